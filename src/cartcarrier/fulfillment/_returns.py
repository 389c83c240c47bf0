"""The way back: the addresses of a shipment change places, and no channel hears of it."""

from collections.abc import Sequence

import attrs

from cartcarrier.errors import ConfigurationError, InvalidValueError
from cartcarrier.fulfillment._customs import crosses_customs, declaration
from cartcarrier.fulfillment._desk import Desk, all_bought, is_return
from cartcarrier.fulfillment._draft import Draft
from cartcarrier.fulfillment._reports import ShipPlan
from cartcarrier.ledger import ShipmentRow
from cartcarrier.models import Address, Allocation, ContentsType, Order, ShipmentRequest


async def return_draft(desk: Desk, plan: ShipPlan) -> Draft:
    """Work out from where to where a return goes.

    Raises:
        InvalidValueError: Nothing says where the buyer is; names the field.
        ConfigurationError: Nothing says where returns go.
    """
    order = plan.order
    there = await _way_there(desk, order)
    start = plan.come_from or order.ship_to or (there.request.ship_to if there and there.request else None)
    if start is None:
        msg = f"order {order.ref} has no address any more, and neither has the ledger: say where the return leaves"
        raise InvalidValueError(msg, field="come_from")
    goal = plan.return_to or (there.request.ship_from if there and there.request else None) or _home(desk, order)
    customs = plan.customs
    if customs is None and crosses_customs(start, goal):
        lines = there.lines if there is not None else {}
        customs = attrs.evolve(declaration(order, plan.parcels, lines), contents=ContentsType.RETURNED_GOODS)
    request = ShipmentRequest(
        ship_from=start,
        ship_to=goal,
        parcels=plan.parcels,
        options=plan.options,
        customs=customs,
        order=order.ref,
        reference=plan.reference,
        is_return=True,
        ship_date=plan.ship_date,
    )
    return Draft(lines={}, location_id=None, request=request)


async def _way_there(desk: Desk, order: Order) -> ShipmentRow | None:
    """Return the newest shipment that left for the buyer, as far as its addresses are still known."""
    rows: Sequence[ShipmentRow] = await desk.ledger.list_shipments(ref=order.ref)
    left = [row for row in rows if row.request is not None and all_bought(row) and not is_return(row)]
    return max(left, key=lambda row: row.created_at, default=None)


def _home(desk: Desk, order: Order) -> Address:
    if desk.ship_from is None:
        msg = "where do returns go? give the Fulfiller ship_from, or say return_to"
        raise ConfigurationError(msg, field="ship_from")
    if isinstance(desk.ship_from, Address):
        return desk.ship_from
    share = next(iter(order.allocations), None)
    line = order.lines[0].id if order.lines else "-"
    return desk.ship_from(order, share if share is not None else Allocation(line_id=line, quantity=0))
