"""Parcels that will not arrive as the buyer was told: known before the buyer asks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

import attrs

from cartcarrier.fulfillment._choices import deliver_by, load_choice
from cartcarrier.fulfillment._choose import day_ends
from cartcarrier.fulfillment._desk import Desk, is_return, log
from cartcarrier.fulfillment._parcels import is_over, last_news, was_seen
from cartcarrier.fulfillment._zones import zone_of
from cartcarrier.ledger import ShipmentRow, TrackingRow
from cartcarrier.models import OrderRef, TrackingStatus

QUIET: Final = timedelta(days=3)
"""So long without news, weekends not counted, a parcel counts as late."""
_SATURDAY: Final = 5
_FAR: Final = timedelta(days=3650)
_MARK: Final = "late/"


@attrs.frozen(kw_only=True)
class ParcelLate:
    """A parcel that will not arrive as promised, or of which nothing is heard.

    Attributes:
        ref: Whose order.
        key: Which shipment of it.
        carrier: The account's key.
        tracking_number: Which parcel.
        status: Where it stands.
        promised: What the buyer counts on: the channel's ``deliver_by``, or what the rate promised when it was chosen.
        expected: The carrier's present estimate; ``None`` when it gives none.
        last_news: When something was last heard of it.
        why: ``"expected"`` (the estimate lies beyond the promise), ``"overdue"`` (the promise is over), ``"returning"``,
            ``"silent"`` (no news for days), ``"unseen"`` (the label was bought days ago, and no carrier has seen the parcel).
        what: In words.
    """

    ref: OrderRef
    key: str
    carrier: str
    tracking_number: str
    status: TrackingStatus
    promised: datetime | None
    expected: datetime | date | None
    last_news: datetime | None
    why: str
    what: str


async def late_parcels(desk: Desk, *, quiet: timedelta) -> Sequence[ParcelLate]:
    """Return the parcels under way that are late, the longest without news first; see ``Fulfiller.late_parcels``."""
    travelling = await desk.ledger.list_parcels(due_before=desk.now() + _FAR)
    found = [late for row in travelling if (late := await _lateness(desk, row, quiet=quiet)) is not None]
    return sorted(found, key=lambda late: late.last_news or datetime.min.replace(tzinfo=UTC))


async def say_if_late(desk: Desk, row: TrackingRow) -> TrackingRow:
    """Log, once for each reason, that a parcel is late; returns the row with that noted. It is not written here."""
    late = await _lateness(desk, row, quiet=QUIET)
    if late is None or f"{_MARK}{late.why}" in row.told:
        return row
    log.warning("ParcelLate: %s of %s/%s: %s", row.tracking_number, row.ref, row.key, late.what)
    return attrs.evolve(row, told=row.told | {f"{_MARK}{late.why}"})


async def _lateness(desk: Desk, row: TrackingRow, *, quiet: timedelta) -> ParcelLate | None:
    if is_over(row.tracking):
        return None
    shipment = await desk.ledger.get_shipment(row.ref, row.key)
    if shipment is None or is_return(shipment):
        return None
    ship_to = shipment.request.ship_to if shipment.request is not None else None
    promised = deliver_by(await desk.ledger.get_order(row.ref), await load_choice(desk, shipment))
    reason = _reason(row, shipment, desk.now(), promised=promised, zone=zone_of(ship_to), quiet=quiet)
    if reason is None:
        return None
    return ParcelLate(
        ref=row.ref,
        key=row.key,
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        status=row.tracking.status if row.tracking is not None else TrackingStatus.UNKNOWN,
        promised=promised,
        expected=row.tracking.estimated_delivery if row.tracking is not None else None,
        last_news=last_news(row.tracking),
        why=reason[0],
        what=reason[1],
    )


def _reason(
    row: TrackingRow,
    shipment: ShipmentRow,
    now: datetime,
    *,
    promised: datetime | None,
    zone: tzinfo,
    quiet: timedelta,
) -> tuple[str, str] | None:
    """Return the first reason that holds, in a word and in words."""
    tracking = row.tracking
    if tracking is not None and tracking.status is TrackingStatus.RETURN_TO_SENDER:
        return "returning", "it is on its way back to the sender"
    expected = day_ends(tracking.estimated_delivery, zone) if tracking is not None else None
    if promised is not None and now > promised:
        return "overdue", f"it was promised by {promised}, and has not arrived"
    if promised is not None and expected is not None and expected > promised:
        return "expected", f"it was promised by {promised}, and is expected by {expected}"
    begun = _handed_over(shipment)
    seen = was_seen(tracking)
    since = max(begun, last_news(tracking) or begun) if seen else begun
    # while the carrier stands by a day that is still to come, a long haul without scans is no alarm yet
    patience = quiet * 2 if seen and expected is not None and expected >= now else quiet
    if _without_weekends(since, now) < patience:
        return None
    if seen:
        return "silent", f"{row.carrier} has had no news of it for {(now - since).days} days"
    return "unseen", f"its label was bought {(now - since).days} days ago, and {row.carrier} has not seen it"


def _without_weekends(since: datetime, now: datetime) -> timedelta:
    """Return the time between, less Saturdays and Sundays, on which many parcels rest."""
    days = (since.date() + timedelta(days=ahead) for ahead in range(1, (now.date() - since.date()).days + 1))
    return now - since - timedelta(days=sum(day.weekday() >= _SATURDAY for day in days))


def _handed_over(shipment: ShipmentRow) -> datetime:
    planned = shipment.request.ship_date if shipment.request is not None else None
    if planned is None or planned <= shipment.created_at.date():
        return shipment.created_at
    return datetime(planned.year, planned.month, planned.day, tzinfo=UTC)
