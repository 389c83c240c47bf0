"""Personal data that has had its time: erased in a loop, so that nobody has to think of it."""

from datetime import datetime, timedelta
from typing import Final

import attrs

from cartcarrier.fulfillment._desk import Desk, log

AGAIN: Final = timedelta(hours=1)


@attrs.define
class RetentionWatch:
    """When personal data is erased in a loop.

    Attributes:
        keep: How long after an order was settled its data is kept; ``None``: until ``purge_personal_data`` is called.
    """

    _desk: Desk
    keep: timedelta | None
    _due: datetime | None = None

    async def look(self) -> None:
        """Erase what is due, if it is time to look."""
        now = self._desk.now()
        if self.keep is None or (self._due is not None and now < self._due):
            return
        self._due = now + AGAIN
        erased = await self._desk.ledger.purge_personal_data(before=now - self.keep)
        if erased:
            log.info("personal data of %d orders was erased, %d days after they were settled", erased, self.keep.days)
