"""What ``reconcile`` finds: differences between ledger, carriers and channels, each with a way to mend it."""

from collections.abc import Awaitable, Callable

import attrs

from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.models import OrderRef


@attrs.frozen(kw_only=True)
class Finding:
    """A difference.

    Attributes:
        ref: Whose order.
        key: Which shipment of it; ``None`` where none of ours is meant.
        what: In words: what differs, and what ``fix`` does about it.
    """

    ref: OrderRef
    key: str | None
    what: str
    _mend: Callable[[], Awaitable[None]] | None = attrs.field(default=None, alias="mend", repr=False, eq=False)

    async def fix(self) -> None:
        """Mend it. Doing that twice does no more than once.

        Raises:
            UnsupportedOperationError: No driver at hand can mend it; a person must.
            CartCarrierError: What stood in the way.
        """
        if self._mend is None:
            msg = f"order {self.ref}: this difference has no mending here; a person must look: {self.what}"
            raise UnsupportedOperationError(msg)
        await self._mend()


class PaidNotLinked(Finding):
    """The carrier was paid for a label that no shipment of the ledger has.

    Never found yet: no interface lists a carrier's own purchases.
    """


class LinkedNotPaid(Finding):
    """The channel has been told a tracking number that the ledger has not bought."""


class NotConfirmed(Finding):
    """A label was bought, but the channel does not know."""


class CancelledButLive(Finding):
    """The order is cancelled, its label is not void."""


class ConfirmedWithoutLabel(Finding):
    """The channel believes that a parcel left whose label is void."""


class RefundRefused(Finding):
    """A label was given back, and the carrier refuses the money for it."""


class NeverScanned(Finding):
    """A label was bought long ago, and no carrier has seen its parcel."""


class ChargeMismatch(Finding):
    """The carrier charged another amount than the one it was bought at.

    Never found yet: no interface reads a carrier's invoices.
    """
