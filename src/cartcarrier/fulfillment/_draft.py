"""Checking a plan before anything is read, written down or sent, and working out what follows from it. Pure."""

from collections.abc import Mapping, Sequence

import attrs

from cartcarrier.errors import ConfigurationError, InvalidValueError
from cartcarrier.fulfillment._compare import open_quantities
from cartcarrier.fulfillment._customs import crosses_customs, declaration
from cartcarrier.fulfillment._desk import ShipFrom
from cartcarrier.fulfillment._reports import ShipPlan
from cartcarrier.models import (
    Address,
    Allocation,
    FulfilledBy,
    Order,
    OrderStatus,
    Parcel,
    Rate,
    ShipmentOptions,
    ShipmentRequest,
)


@attrs.frozen(kw_only=True)
class Draft:
    """What follows from a plan.

    Attributes:
        lines: Pieces by order line id that the shipment covers.
        location_id: Where they leave from, where the channel says.
        request: For quoting; the rate and its service are still open.
    """

    lines: Mapping[str, int]
    location_id: str | None
    request: ShipmentRequest = attrs.field(repr=False)

    def at(self, rate: Rate) -> ShipmentRequest:
        """Return the request that buys at this rate."""
        return attrs.evolve(self.request, rate=rate)


def check_arguments(plan: ShipPlan) -> None:
    """Check what can be checked without knowing what is open.

    Raises:
        InvalidValueError: Naming the field.
    """
    if not plan.key or plan.key.isspace() or "/" in plan.key:
        raise InvalidValueError("key must not be empty and must not contain '/'", field="key")
    if not plan.parcels:
        raise InvalidValueError("parcels: at least one is needed", field="parcels")
    if plan.max_increase is not None and plan.rate is None:
        raise InvalidValueError("max_increase is about a given rate: pass rate too", field="max_increase")
    if plan.rate is not None and plan.choose is not None:
        raise InvalidValueError("rate and choose exclude each other", field="choose")
    if plan.is_return and plan.replacement:
        raise InvalidValueError("a replacement goes to the buyer, a return comes from there", field="is_return")
    if not plan.is_return and (plan.return_to is not None or plan.come_from is not None):
        field = "return_to" if plan.return_to is not None else "come_from"
        raise InvalidValueError(f"{field} is about a return: pass is_return too", field=field)
    if plan.max_increase is not None and plan.rate is not None:
        if plan.max_increase.currency != plan.rate.total.currency:
            msg = f"max_increase is in {plan.max_increase.currency}, the rate in {plan.rate.total.currency}"
            raise InvalidValueError(msg, field="max_increase")
        if plan.max_increase.amount < 0:
            raise InvalidValueError("max_increase must not be negative", field="max_increase")


def make_draft(plan: ShipPlan, order: Order, *, ship_from: ShipFrom | None, covered: Mapping[str, int]) -> Draft:
    """Work out what a plan covers, from where to where.

    Args:
        plan: Checked by ``check_arguments``.
        order: The order to go by.
        ship_from: Where parcels leave, or how to find that out.
        covered: Pieces that other shipments of this order cover, of which the channel does not know yet.

    Raises:
        InvalidValueError: Naming the field.
        ConfigurationError: Where it leaves from was never said.
    """
    must_be_shippable(order)
    lines = {} if plan.replacement else _lines(plan.parcels, order, covered)
    return draft_for(
        order,
        parcels=plan.parcels,
        options=plan.options,
        lines=lines,
        ship_from=ship_from,
        plan=plan,
    )


def draft_for(
    order: Order,
    *,
    parcels: Sequence[Parcel],
    options: ShipmentOptions,
    lines: Mapping[str, int],
    ship_from: ShipFrom | None,
    plan: ShipPlan | None = None,
    location_id: str | None = None,
) -> Draft:
    """Work out where these lines leave from and go to.

    Raises:
        InvalidValueError: Naming the field.
        ConfigurationError: Where it leaves from was never said.
    """
    if order.ship_to is None:
        msg = f"order {order.ref} has no address to ship to, or its channel withholds it"
        raise InvalidValueError(msg, field="order.ship_to")
    location_id = _location(order, lines, wanted=plan.location_id if plan is not None else location_id)
    start = _start(order, lines, location_id, ship_from)
    customs = plan.customs if plan is not None else None
    if customs is None and crosses_customs(start, order.ship_to):
        customs = declaration(order, parcels, lines)
    request = ShipmentRequest(
        ship_from=start,
        ship_to=order.ship_to,
        parcels=parcels,
        options=options,
        customs=customs,
        order=order.ref,
        reference=plan.reference if plan is not None else None,
        ship_date=plan.ship_date if plan is not None else None,
    )
    return Draft(lines=lines, location_id=location_id, request=request)


def must_be_shippable(order: Order) -> None:
    """Demand an order that its seller should ship now.

    Raises:
        InvalidValueError: Naming the field.
    """
    if order.fulfilled_by is FulfilledBy.CHANNEL:
        msg = f"order {order.ref} is shipped by its channel; it is not ours to ship"
        raise InvalidValueError(msg, field="order.fulfilled_by")
    if order.status in {OrderStatus.CANCELLED, OrderStatus.PENDING, OrderStatus.ON_HOLD}:
        msg = f"order {order.ref} is {order.status}: it must not be shipped now"
        raise InvalidValueError(msg, field="order.status")
    if order.cancel_requested:
        msg = f"somebody asks to cancel order {order.ref}: answer that first"
        raise InvalidValueError(msg, field="order.cancel_requested")
    if order.holds:
        msg = f"order {order.ref} is on hold ({', '.join(order.holds)}): it must not be shipped now"
        raise InvalidValueError(msg, field="order.holds")


def _lines(parcels: Sequence[Parcel], order: Order, covered: Mapping[str, int]) -> dict[str, int]:
    """Pieces by line: those that the parcels' items name or, when none does, all that is open."""
    to_ship = {line_id: n - covered.get(line_id, 0) for line_id, n in open_quantities(order).items()}
    named: dict[str, int] = {}
    known = {line.id: line for line in order.lines}
    for parcel_index, parcel in enumerate(parcels):
        for item_index, item in enumerate(parcel.items):
            if item.order_line_id is None:
                continue
            field = f"parcels[{parcel_index}].items[{item_index}]"
            line = known.get(item.order_line_id)
            if line is None:
                msg = f"{field}.order_line_id: order {order.ref} has no line {item.order_line_id}"
                raise InvalidValueError(msg, field=f"{field}.order_line_id")
            if not line.requires_shipping:
                msg = f"{field}.order_line_id: line {line.id} of order {order.ref} is not shipped in a parcel"
                raise InvalidValueError(msg, field=f"{field}.order_line_id")
            named[line.id] = named.get(line.id, 0) + item.quantity
            if named[line.id] > to_ship.get(line.id, 0):
                msg = (
                    f"{field}.quantity: {named[line.id]} pieces of line {line.id} of order {order.ref},"
                    f" but {max(0, to_ship.get(line.id, 0))} are open and not covered by another shipment"
                )
                raise InvalidValueError(msg, field=f"{field}.quantity")
    lines = named or {line_id: pieces for line_id, pieces in to_ship.items() if pieces > 0}
    if not lines:
        msg = f"nothing of order {order.ref} is open that another shipment does not cover"
        raise InvalidValueError(msg, field="order.lines")
    return lines


def open_lines(order: Order, parcels: Sequence[Parcel]) -> Mapping[str, int]:
    """Return what parcels would cover, for a quote: pieces by line.

    Raises:
        InvalidValueError: Naming the field.
    """
    return _lines(parcels, order, {})


def _location(order: Order, lines: Mapping[str, int], *, wanted: str | None) -> str | None:
    """Return the place that ships all these lines; ``None`` where the channel does not allot them.

    Raises:
        InvalidValueError: No place has them all, the wanted one has not, or several have and none was named.
    """
    there: dict[str | None, dict[str, int]] = {}
    for share in order.allocations:
        if share.line_id in lines:
            pieces = there.setdefault(share.location_id, {})
            pieces[share.line_id] = pieces.get(share.line_id, 0) + share.quantity
    fitting = [
        place for place, pieces in there.items() if all(pieces.get(line, 0) >= count for line, count in lines.items())
    ]
    if wanted is not None:
        if there and wanted not in fitting:
            msg = f"location_id: {wanted} does not ship these lines of order {order.ref}, or not so many pieces"
            raise InvalidValueError(msg, field="location_id")
        return wanted
    if not there or len(fitting) == 1:
        return fitting[0] if fitting else None
    if not fitting:
        msg = (
            f"the lines of order {order.ref} leave from several places: ship each place's lines apart, under a key of"
            " their own, and name them by order_line_id in the parcels' items"
        )
        raise InvalidValueError(msg, field="parcels.items")
    msg = f"several places could ship these lines of order {order.ref}: say which by location_id"
    raise InvalidValueError(msg, field="location_id")


def _start(order: Order, lines: Mapping[str, int], location_id: str | None, ship_from: ShipFrom | None) -> Address:
    if ship_from is None:
        msg = "where do parcels leave from? give the Fulfiller ship_from"
        raise ConfigurationError(msg, field="ship_from")
    if isinstance(ship_from, Address):
        return ship_from
    for share in order.allocations:
        if share.line_id in lines and share.location_id == location_id:
            return ship_from(order, share)
    line_id, pieces = next(iter(lines.items()), (order.lines[0].id if order.lines else "-", 0))
    return ship_from(order, Allocation(line_id=line_id, quantity=pieces))
