"""What carriers said of parcels that no table knows: counted, never guessed."""

from collections.abc import Sequence

import attrs

from cartcarrier.fulfillment._desk import Desk
from cartcarrier.models import TrackingEvent, TrackingStatus, event_order


@attrs.frozen(kw_only=True)
class UnknownCode:
    """A carrier's code that its driver does not know.

    Attributes:
        carrier: The account's key.
        code: The carrier's code; ``None`` where it gave none.
        count: How many scans of parcels in the ledger carry it.
        description: The carrier's words for it, of the newest scan.
        tracking_number: One of the parcels.
    """

    carrier: str
    code: str | None
    count: int
    description: str | None
    tracking_number: str


async def unknown_tracking_codes(desk: Desk) -> Sequence[UnknownCode]:
    """Return the codes that no driver knows, the most frequent first; see ``Fulfiller.unknown_tracking_codes``."""
    found: dict[tuple[str, str | None], list[tuple[TrackingEvent, str]]] = {}
    for row in await desk.ledger.list_parcels():
        for event in row.tracking.events if row.tracking is not None else ():
            if event.status is TrackingStatus.UNKNOWN:
                found.setdefault((row.carrier, event.carrier_code), []).append((event, row.tracking_number))
    codes: list[UnknownCode] = []
    for (carrier, code), scans in found.items():
        newest, number = max(scans, key=lambda scan: event_order(scan[0]))
        codes.append(
            UnknownCode(
                carrier=carrier, code=code, count=len(scans), description=newest.description, tracking_number=number
            )
        )
    return sorted(codes, key=lambda one: (-one.count, one.carrier, one.code or ""))
