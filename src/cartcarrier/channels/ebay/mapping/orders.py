"""eBay's orders as ours (field guide ebay.md §5, §15)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from cartcarrier.channels.ebay import codes, schemas
from cartcarrier.channels.ebay.mapping import status as states
from cartcarrier.channels.ebay.mapping.addresses import tax_ids, to_address
from cartcarrier.channels.ebay.mapping.fulfillments import to_fulfillments
from cartcarrier.channels.ebay.mapping.money import (
    has_foreign_money,
    to_money,
    to_tax,
    to_unit_price,
    total_of,
)
from cartcarrier.channels.ebay.mapping.tags import to_notes, to_tags
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Address, Buyer, FulfilledBy, Money, Order, OrderLine, OrderStatus, PaymentStatus

_NOTHING: Sequence[schemas.ShippingFulfillment] = ()


def has_left_in_part(order: schemas.Order) -> bool:
    """Return whether the open quantities of an order cannot be told without its fulfillments (§5.1)."""
    if states.is_cancelled(order):
        return False
    return any(line.line_item_fulfillment_status not in {"NOT_STARTED", "FULFILLED"} for line in order.line_items)


def has_left(order: schemas.Order) -> bool:
    """Return whether eBay knows of parcels of an order."""
    return bool(order.fulfillment_hrefs) or order.order_fulfillment_status != "NOT_STARTED"


def _open_pieces(line: schemas.LineItem, told: Counter[str], *, cancelled: bool) -> int:
    if cancelled or line.line_item_fulfillment_status == "FULFILLED":
        return 0
    if line.line_item_fulfillment_status == "NOT_STARTED":
        return line.quantity
    return max(line.quantity - told[line.line_item_id], 0)


def _lines(
    order: schemas.Order, fulfillments: Sequence[schemas.ShippingFulfillment], *, parcel: bool
) -> tuple[OrderLine, ...]:
    told: Counter[str] = Counter()
    for fulfillment in fulfillments:
        for part in fulfillment.line_items:
            told[part.line_item_id] += part.quantity
    cancelled = states.is_cancelled(order)
    return tuple(
        [
            OrderLine(
                id=line.line_item_id,
                # Listings without a number of the seller's have none; it is not made up (pitfall 13).
                sku=line.sku or None,
                title=line.title,
                quantity=line.quantity,
                unfulfilled_quantity=_open_pieces(line, told, cancelled=cancelled),
                unit_price=to_unit_price(line),
                total=to_money(line.discounted_line_item_cost or line.line_item_cost),
                tax=to_tax(line),
                requires_shipping=parcel,
            )
            for line in order.line_items
        ]
    )


def _ship_to(order: schemas.Order) -> tuple[Address | None, str | None]:
    """Return the address for the label, and why there is none where there should be one.

    ``finalDestinationAddress`` is never it: the parcel would be lost between hub and buyer (pitfall 12).
    """
    instruction = states.instruction_of(order)
    step = instruction.shipping_step if instruction is not None else None
    if step is None or step.ship_to is None:
        return None, states.ADDRESS_WITHHELD
    try:
        address = to_address(step.ship_to, reference=step.ship_to_reference_id, numbers=tax_ids(order))
    except InvalidValueError:
        return None, states.ADDRESS_NOT_EXPRESSIBLE
    return address, None if address is not None else states.ADDRESS_WITHHELD


def _buyer(order: schemas.Order) -> Buyer | None:
    buyer = order.buyer
    if buyer is None:
        return None
    contact = buyer.buyer_registration_address or schemas.Contact()
    phone = contact.primary_phone.phone_number if contact.primary_phone is not None else None
    return Buyer(id=buyer.username, name=contact.full_name, email=contact.email, phone=phone)


def _earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _promises(order: schemas.Order, lines: Sequence[OrderLine]) -> tuple[datetime | None, datetime | None]:
    """Return until when an order must be handed over and arrive: the earliest of what is open."""
    waiting = {line.id for line in lines if line.unfulfilled_quantity}
    promised = [
        line.line_item_fulfillment_instructions
        for line in order.line_items
        if line.line_item_id in waiting and line.line_item_fulfillment_instructions is not None
    ]
    ship_by = _earliest([promise.ship_by_date for promise in promised])
    deliver_by = _earliest([promise.max_estimated_delivery_date for promise in promised])
    instruction = states.instruction_of(order)
    if deliver_by is None and waiting and instruction is not None:
        deliver_by = instruction.max_estimated_delivery_date
    return ship_by, deliver_by


def _discount(summary: schemas.PricingSummary) -> Money | None:
    # Discounts are negative at eBay (pitfall 11); ours is what was taken off.
    discount = to_money(summary.price_discount)
    return -discount if discount is not None and discount.amount < 0 else discount


def to_order(
    order: schemas.Order,
    *,
    channel: str,
    fulfillments: Sequence[schemas.ShippingFulfillment] = _NOTHING,
    raw: bytes | None = None,
) -> Order:
    """Return eBay's order as ours.

    What cannot be expressed, a country or a currency, is a hold that says so: the order is there, and is not shipped by mistake.

    Args:
        order: As eBay has it.
        channel: The account's key.
        fulfillments: What has left of it, where it was asked for.
        raw: What to keep of eBay's own bytes.
    """
    who = states.fulfilled_by(order)
    parcel = states.needs_parcel(order)
    lines = _lines(order, fulfillments, parcel=parcel)
    ship_to, trouble = _ship_to(order)
    holds = states.holds(order)
    is_open = any(line.unfulfilled_quantity for line in lines)
    if trouble is not None and parcel and is_open and who is FulfilledBy.MERCHANT:
        holds.append(trouble)
    if has_foreign_money(order):
        holds.append(states.CURRENCY_NOT_EXPRESSIBLE)
    if not is_open:
        holds = []
    ship_by, deliver_by = _promises(order, lines)
    summary = order.pricing_summary or schemas.PricingSummary()
    instruction = states.instruction_of(order)
    step = instruction.shipping_step if instruction is not None else None
    current = states.order_status(order, held=bool(holds))
    return Order(
        channel=channel,
        id=order.order_id,
        number=order.sales_record_reference or order.order_id,
        status=current,
        payment_status=codes.PAYMENT_STATUS.get(order.order_payment_status or "", PaymentStatus.UNKNOWN),
        fulfilled_by=who,
        placed_at=order.creation_date,
        updated_at=order.last_modified_date,
        ship_by=ship_by,
        deliver_by=deliver_by,
        ship_to=ship_to,
        buyer=_buyer(order),
        lines=lines,
        fulfillments=to_fulfillments(fulfillments, order_id=order.order_id),
        total=to_money(summary.total),
        shipping_total=total_of((to_money(summary.delivery_cost), to_money(summary.delivery_discount))),
        tax_total=total_of(line.tax for line in lines),
        discount_total=_discount(summary),
        shipping_service=step.shipping_service_code if step is not None else None,
        cancel_requested=states.cancel_state(order) == "IN_PROGRESS" and current is not OrderStatus.CANCELLED,
        holds=holds,
        notes=to_notes(order),
        tags=to_tags(order),
        raw=raw,
    )
