"""Amazon's orders as ours (field guide amazon.md §2.2 to §2.5, §2.8)."""

from datetime import datetime
from typing import Final

from cartcarrier.channels.amazon import codes
from cartcarrier.channels.amazon.mapping import money
from cartcarrier.channels.amazon.mapping.addresses import to_address
from cartcarrier.channels.amazon.mapping.fulfillments import to_fulfillment
from cartcarrier.channels.amazon.mapping.tags import to_notes, to_tags
from cartcarrier.channels.amazon.schemas import orders as schemas
from cartcarrier.models import Buyer, FulfilledBy, Money, Order, OrderLine, OrderStatus, PaymentStatus

ADDRESS_WITHHELD: Final = "ADDRESS_WITHHELD"
LABEL_NOT_YET: Final = "LABEL_NOT_YET"
UNFULFILLABLE: Final = "UNFULFILLABLE"
VERIFICATION: Final = "REGULATED_VERIFICATION"
"""Holds of our own making, beside the names of programs."""

_FULFILLED_BY: Final = {"MERCHANT": FulfilledBy.MERCHANT, "AMAZON": FulfilledBy.CHANNEL}


def _status(node: schemas.Order) -> str:
    return node.fulfillment.fulfillment_status if node.fulfillment is not None else ""


def _fulfilled_by(node: schemas.Order) -> FulfilledBy:
    said = node.fulfillment.fulfilled_by if node.fulfillment is not None else None
    return _FULFILLED_BY.get(said or "", FulfilledBy.UNKNOWN)


def has_address(node: schemas.Order) -> bool:
    """Return whether an order came with an address that a parcel can be sent to."""
    return to_address(node) is not None


def lacks_address(node: schemas.Order) -> bool:
    """Return whether an address is due and withheld: the seller ships, the status says that it is given, and it is not.

    A role that is missing shows as missing fields, not as an error (§1.6).
    """
    return (
        _status(node) in codes.SHIPPABLE
        and _fulfilled_by(node) is not FulfilledBy.CHANNEL
        and not _program_holds(node)
        and to_address(node) is None
    )


def _program_holds(node: schemas.Order) -> list[str]:
    return [codes.HELD_PROGRAMS[program] for program in node.programs or () if program in codes.HELD_PROGRAMS]


def _holds(node: schemas.Order, now: datetime, verification: str | None) -> list[str]:
    holds = _program_holds(node)
    if lacks_address(node):
        holds.append(ADDRESS_WITHHELD)
    if _status(node) == "UNFULFILLABLE":
        holds.append(UNFULFILLABLE)
    window = node.fulfillment.label_printing_window if node.fulfillment is not None else None
    earliest = window.earliest_date_time if window is not None else None
    if earliest is not None and _status(node) in codes.SHIPPABLE and now < earliest:
        holds.append(LABEL_NOT_YET)
    if verification is not None and verification.lower() != "approved":
        # Pending, rejected, expired or a word that is new: not to be shipped (§2.7).
        holds.append(f"{VERIFICATION}_{verification.upper()}")
    return holds


def _line(item: schemas.OrderItem, status: str) -> OrderLine:
    done = item.fulfillment.quantity_fulfilled if item.fulfillment is not None else None
    left = item.fulfillment.quantity_unfulfilled if item.fulfillment is not None else None
    cancelled = item.cancellation is not None and item.cancellation.cancellation_execution is not None
    if left is None:
        # Nothing says how much is open. All of it where nothing has left yet; else none, so that nothing is sent twice.
        left = item.quantity_ordered if status == "UNSHIPPED" or codes.STATUS.get(status) is OrderStatus.PENDING else 0
    if cancelled or status == "CANCELLED":
        left = 0
    quantity = (done or 0) + left if cancelled else item.quantity_ordered
    breakdowns = item.proceeds.breakdowns if item.proceeds is not None else None
    product = item.product or schemas.ItemProduct()
    # Amounts count the pieces that were cancelled; a share of them would be a guess.
    whole = not cancelled
    return OrderLine(
        id=item.order_item_id,
        sku=product.seller_sku or None,
        title=product.title or product.seller_sku or product.asin or item.order_item_id,
        quantity=quantity,
        unfulfilled_quantity=min(left, quantity),
        unit_price=money.unit_price(item),
        total=money.line_total(breakdowns) if whole else None,
        tax=money.part(breakdowns, "TAX") if whole else None,
    )


def _order_part(node: schemas.Order, kind: str) -> Money | None:
    """Return a part of the proceeds: the order's own sum, else that of its lines."""
    own = node.proceeds.breakdowns if node.proceeds is not None else None
    return money.part(own, kind) or money.total(
        one.subtotal
        for item in node.order_items
        for one in (item.proceeds.breakdowns if item.proceeds is not None else None) or ()
        if one.type == kind
    )


def _discount(node: schemas.Order) -> Money | None:
    own = money.discount(node.proceeds.breakdowns if node.proceeds is not None else None)
    return own or money.discount(
        one
        for item in node.order_items
        for one in (item.proceeds.breakdowns if item.proceeds is not None else None) or ()
    )


def _cancel_requested(node: schemas.Order) -> bool:
    """Return whether somebody asks for a cancellation: only the items carry it, the order stays ``UNSHIPPED`` (§2.8)."""
    if codes.STATUS.get(_status(node)) in {OrderStatus.CANCELLED, OrderStatus.FULFILLED}:
        return False
    return any(
        item.cancellation is not None
        and item.cancellation.cancellation_request is not None
        and item.cancellation.cancellation_execution is None
        for item in node.order_items
    )


def _buyer(node: schemas.Order) -> Buyer | None:
    if node.buyer is None or not (node.buyer.buyer_name or node.buyer.buyer_email):
        return None
    return Buyer(name=node.buyer.buyer_name or None, email=node.buyer.buyer_email or None)


def to_order(
    node: schemas.Order, *, channel: str, now: datetime, verification: str | None = None, raw: bytes | None = None
) -> Order:
    """Return an order in our words.

    Args:
        node: As Amazon gives it, with the data sets that the driver always asks for.
        channel: The account's key.
        now: The present: before its time no label may be made.
        verification: The state of a regulated order's verification, where it was asked for.
        raw: Amazon's own bytes, where they are kept.

    Raises:
        InvalidValueError: The order has what we cannot express.
    """
    status = _status(node)
    fulfillment = node.fulfillment
    ship_by = fulfillment.ship_by_window if fulfillment is not None else None
    deliver_by = fulfillment.deliver_by_window if fulfillment is not None else None
    return Order(
        channel=channel,
        id=node.order_id,
        number=node.order_id,
        status=codes.STATUS.get(status, OrderStatus.UNKNOWN),
        payment_status=codes.PAYMENT.get(status, PaymentStatus.UNKNOWN),
        fulfilled_by=_fulfilled_by(node),
        placed_at=node.created_time,
        updated_at=node.last_updated_time,
        ship_by=ship_by.latest_date_time if ship_by is not None else None,
        deliver_by=deliver_by.latest_date_time if deliver_by is not None else None,
        ship_to=to_address(node),
        buyer=_buyer(node),
        lines=[_line(item, status) for item in node.order_items],
        fulfillments=[to_fulfillment(node, package) for package in node.packages or ()],
        total=money.to_money(node.proceeds.grand_total) if node.proceeds is not None else None,
        shipping_total=_order_part(node, "SHIPPING"),
        tax_total=_order_part(node, "TAX"),
        discount_total=_discount(node),
        shipping_service=fulfillment.fulfillment_service_level if fulfillment is not None else None,
        cancel_requested=_cancel_requested(node),
        holds=_holds(node, now, verification),
        notes=to_notes(node),
        tags=to_tags(node),
        raw=raw,
    )
