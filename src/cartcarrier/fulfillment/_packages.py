"""What somebody else's warehouse has, has sent, and what the channel knows of that. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import attrs

from cartcarrier.ledger import ShipmentRow, StepKind, StepRow, StepState, package_id
from cartcarrier.models import Fulfillment, FulfillmentParcel, ProviderOrder, ProviderOrderStatus

FIRST_LOOK: Final = timedelta(minutes=5)
"""After that time a warehouse is asked for the first time: an order that was cancelled at once can still be taken back then."""
NO_MORE_COMES: Final = frozenset(
    {ProviderOrderStatus.SHIPPED, ProviderOrderStatus.CANCELLED, ProviderOrderStatus.REJECTED}
)
_LEFT: Final = frozenset({ProviderOrderStatus.SHIPPED, ProviderOrderStatus.PARTIALLY_SHIPPED})


@attrs.frozen(kw_only=True)
class Package:
    """What has left together, under one number.

    Attributes:
        id: Tells it from the others of its order.
        parcels: As the channel is told of them.
        lines: Pieces by line id.
    """

    id: str
    parcels: tuple[FulfillmentParcel, ...]
    lines: Mapping[str, int]


def believed(order: ProviderOrder) -> ProviderOrder:
    """Return what is to be believed of a warehouse's answer: what is to have left, and shows no package, is still with it.

    Believed as it is, the order would be done without its channel being told, and open work for a label.
    """
    if order.parcels or order.status not in _LEFT:
        return order
    return attrs.evolve(order, status=ProviderOrderStatus.PROCESSING, final=False)


def submit_step(row: ShipmentRow) -> StepRow:
    """Return the hand-over of a submission."""
    return next(step for step in row.steps if step.kind is StepKind.SUBMIT)


def provider_order(row: ShipmentRow) -> ProviderOrder | None:
    """Return how far the warehouse is, as it was known last."""
    result = submit_step(row).result
    return result if isinstance(result, ProviderOrder) else None


def is_over(row: ShipmentRow) -> bool:
    """Return whether the warehouse sends no more of it, by its own word or by that of a person."""
    withdrawal = next((step for step in row.steps if step.kind is StepKind.CANCEL), None)
    if withdrawal is not None and withdrawal.state is StepState.DONE:
        return True
    order = provider_order(row)
    return order is not None and (order.final or order.status in NO_MORE_COMES)


def confirm_step(row: ShipmentRow, package: str) -> StepRow | None:
    """Return the newest attempt to tell the channel of a package."""
    return next((step for step in row.steps if step.kind is StepKind.CONFIRM and step.reference == package), None)


def told_lines(row: ShipmentRow) -> dict[str, Mapping[str, int]]:
    """Return what the channel was told, pieces by line id, by package."""
    return {
        step.reference or "": step.result.lines
        for step in row.steps
        if step.kind is StepKind.CONFIRM and step.state is StepState.DONE and isinstance(step.result, Fulfillment)
    }


def packages(row: ShipmentRow) -> list[Package]:
    """Return what has left, a package for each number.

    A warehouse that does not say what is in a package is believed to have put into it what is left; of several such packages
    together the channel is told once nothing more is to come. So it is of a package without a number: that may come yet, and
    told twice it would be two. And so it is of one with the contents of another that was told and is not shown any more: it is
    perhaps the same, under a new number.
    """
    shown = _shown(row)
    if is_over(row):
        return shown
    waiting = renumbered(row)
    return [package for package in shown if package.id not in waiting]


def _shown(row: ShipmentRow) -> list[Package]:
    order = provider_order(row)
    if order is None:
        return []
    groups: dict[str, list[FulfillmentParcel]] = {}
    silent: list[FulfillmentParcel] = []
    over = is_over(row)
    for parcel in order.parcels:
        if parcel.lines and not parcel.tracking_number and not over:
            continue
        if parcel.lines:
            groups.setdefault(package_id(parcel), []).append(parcel)
        else:
            silent.append(parcel)
    found = [Package(id=name, parcels=tuple(parcels), lines=_sum(parcels)) for name, parcels in groups.items()]
    if silent and over:
        left = Counter(dict(row.lines))
        for package in found:
            left.subtract(dict(package.lines))
        lines = {line: pieces for line, pieces in left.items() if pieces > 0}
        # told before under the number of the first of them
        found.append(Package(id=package_id(silent[0]), parcels=tuple(silent), lines=lines or dict(row.lines)))
    return found


def untold(row: ShipmentRow) -> list[Package]:
    """Return the packages that the channel is still to be told of."""
    if not row.confirms:
        return []
    told = told_lines(row)
    return [package for package in packages(row) if package.id not in told]


def renumbered(row: ShipmentRow) -> dict[str, Fulfillment]:
    """Return the packages that took another's place, by their ids, with what the channel was told of that one."""
    shown = _shown(row)
    told = told_lines(row)
    names = {package.id for package in shown}
    gone = [
        step
        for step in row.steps
        if step.kind is StepKind.CONFIRM and step.state is StepState.DONE and step.reference not in names
    ]
    found: dict[str, Fulfillment] = {}
    for package in shown:
        if package.id in told:
            continue
        for step in gone:
            if isinstance(step.result, Fulfillment) and dict(step.result.lines) == dict(package.lines):
                found[package.id] = step.result
                gone.remove(step)
                break
    return found


def on_its_way(row: ShipmentRow) -> Counter[str]:
    """Return the pieces that the warehouse sends or has sent."""
    if not is_over(row):
        return Counter(dict(row.lines))
    sent: Counter[str] = Counter()
    for package in packages(row):
        sent.update(dict(package.lines))
    return sent


def still_coming(row: ShipmentRow) -> Counter[str]:
    """Return the pieces that the warehouse sends or has sent, less those that the channel was told of."""
    pieces = on_its_way(row)
    for lines in told_lines(row).values():
        pieces.subtract(dict(lines))
    return +pieces


def _sum(parcels: list[FulfillmentParcel]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for parcel in parcels:
        total.update(dict(parcel.lines or {}))
    return dict(total)
