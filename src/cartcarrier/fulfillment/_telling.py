"""What a channel is told of what left, and how that is recognized again. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import attrs

from cartcarrier.fulfillment._desk import bought_parts
from cartcarrier.fulfillment._packages import Package, confirm_step
from cartcarrier.ledger import ShipmentRow, StepKind, StepRow
from cartcarrier.models import Fulfillment, FulfillmentParcel, FulfillmentStatus, Parcel


@attrs.frozen(kw_only=True)
class Notice:
    """One thing that a channel is told: the labels of a shipment, or a package that a warehouse has sent.

    Attributes:
        index: Of its step among the confirmations of the shipment.
        reference: What its step names.
        ours: The reference that the channel is given.
        numbers: The tracking numbers by which it is recognized.
        lines: Pieces by line id.
        step: The newest attempt to tell it; ``None`` before the first.
        make: Makes what the channel is told, at a time: the same for every try.
    """

    index: int
    reference: str
    ours: str
    numbers: frozenset[str]
    lines: Mapping[str, int]
    step: StepRow | None
    make: Callable[[datetime], Fulfillment]

    def known_in(self, fulfillments: Iterable[Fulfillment]) -> Fulfillment | None:
        """Return the newest of the channel's fulfillments that tell of this, if together they tell of all of it.

        They are known by a tracking number, or by our reference where the channel keeps it.
        """
        ours = [
            known
            for known in fulfillments
            if known.status is not FulfillmentStatus.CANCELLED
            and known.status is not FulfillmentStatus.FAILED
            and (
                (known.reference and known.reference == self.ours)
                or any(parcel.tracking_number in self.numbers for parcel in known.parcels)
            )
        ]
        if not ours:
            return None
        told: Counter[str] = Counter()
        for known in ours:
            told.update(dict(known.lines))
        silent_on_lines = not told
        if silent_on_lines or all(told[line_id] >= pieces for line_id, pieces in self.lines.items()):
            return ours[-1]
        return None


def of_labels(row: ShipmentRow) -> Notice:
    """Return what there is to tell of a shipment whose labels were bought."""
    numbers = {parcel.tracking_number for part in bought_parts(row) for parcel in part.parcels}
    numbers |= {part.tracking_number for part in bought_parts(row)}
    return Notice(
        index=0,
        reference=row.reference,
        ours=row.reference,
        numbers=frozenset(numbers),
        lines=row.lines,
        step=next((step for step in row.steps if step.kind is StepKind.CONFIRM), None),
        make=lambda now: make_fulfillment(row, now=now),
    )


def of_package(row: ShipmentRow, package: Package) -> Notice:
    """Return what there is to tell of a package that a warehouse has sent."""
    step = confirm_step(row, package.id)
    taken = [known.index for known in row.steps if known.kind is StepKind.CONFIRM]
    index = step.index if step is not None else max(taken, default=-1) + 1
    ours = f"{row.reference}-{index + 1}"

    def make(now: datetime) -> Fulfillment:
        return Fulfillment(
            order_id=row.ref.order_id,
            lines=package.lines,
            parcels=package.parcels,
            reference=ours,
            location_id=row.location_id,
            shipped_at=now if step is None or step.planned_at > now else step.planned_at,
            notify_buyer=row.notify_buyer,
        )

    numbers = [parcel.tracking_number for parcel in package.parcels]
    return Notice(
        index=index,
        reference=package.id,
        ours=ours,
        numbers=frozenset(number for number in numbers if number),
        lines=package.lines,
        step=step,
        make=make,
    )


def told_already(row: ShipmentRow, fulfillments: Iterable[Fulfillment]) -> Fulfillment | None:
    """Return what the channel knows of a shipment's labels; see ``Notice.known_in``."""
    return of_labels(row).known_in(fulfillments)


def make_fulfillment(row: ShipmentRow, *, now: datetime) -> Fulfillment:
    """Return what the channel is told of labels: the same for every try."""
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
