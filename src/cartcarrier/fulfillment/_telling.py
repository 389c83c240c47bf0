"""What a channel is told of a shipment, and how that is recognized again. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from cartcarrier.fulfillment._desk import bought_parts
from cartcarrier.ledger import ShipmentRow
from cartcarrier.models import Fulfillment, FulfillmentParcel, FulfillmentStatus, Parcel


def told_already(row: ShipmentRow, fulfillments: Iterable[Fulfillment]) -> Fulfillment | None:
    """Return the newest of the channel's fulfillments that tell of this shipment, if together they tell of all of it.

    They are known by a tracking number of its labels, or by our reference where the channel keeps it.
    """
    numbers = {parcel.tracking_number for part in bought_parts(row) for parcel in part.parcels}
    numbers |= {part.tracking_number for part in bought_parts(row)}
    ours = [
        known
        for known in fulfillments
        if known.status is not FulfillmentStatus.CANCELLED
        and known.status is not FulfillmentStatus.FAILED
        and (
            (known.reference and known.reference == row.reference)
            or any(parcel.tracking_number in numbers for parcel in known.parcels)
        )
    ]
    if not ours:
        return None
    told: Counter[str] = Counter()
    for known in ours:
        told.update(dict(known.lines))
    silent_on_lines = not told
    if silent_on_lines or all(told[line_id] >= pieces for line_id, pieces in row.lines.items()):
        return ours[-1]
    return None


def make_fulfillment(row: ShipmentRow, *, now: datetime) -> Fulfillment:
    """Return what the channel is told: the same for every try."""
    parcels: list[FulfillmentParcel] = []
    parts = bought_parts(row)
    asked = row.request.parcels if row.request is not None else ()
    bought = [(part, parcel) for part in parts for parcel in part.parcels]
    for index, (part, parcel) in enumerate(bought):
        parcels.append(
            FulfillmentParcel(
                carrier=part.carried_by or row.carrier.partition(":")[0],
                tracking_number=parcel.tracking_number,
                service=part.service.name,
                lines=_lines_in(asked[index]) if len(asked) == len(bought) else None,
            )
        )
    return Fulfillment(
        order_id=row.ref.order_id,
        lines=row.lines,
        parcels=parcels,
        reference=row.reference,
        location_id=row.location_id,
        # the carrier's clock may be ahead of ours, and no channel takes a parcel that leaves tomorrow
        shipped_at=min(parts[0].created_at, now),
        notify_buyer=row.notify_buyer,
    )


def _lines_in(parcel: Parcel) -> dict[str, int] | None:
    lines: dict[str, int] = {}
    for item in parcel.items:
        if item.order_line_id is not None:
            lines[item.order_line_id] = lines.get(item.order_line_id, 0) + item.quantity
    return lines or None
