"""Shopify's orders as ours (field guide shopify.md §8, §9, §18)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.channels.shopify.mapping.addresses import conflicts, destination_address, shipping_address
from cartcarrier.channels.shopify.mapping.fulfillments import to_fulfillment
from cartcarrier.channels.shopify.mapping.repeated import to_money, to_weight
from cartcarrier.channels.shopify.mapping.shares import NO_LOCATIONS, Tally
from cartcarrier.channels.shopify.mapping.status import order_status
from cartcarrier.models import (
    Address,
    Buyer,
    FulfilledBy,
    Money,
    Order,
    OrderDraft,
    OrderLine,
    OrderStatus,
    PaymentStatus,
    compiled,
    finish_order,
)

ADDRESS_MISSING: Final = "ADDRESS_MISSING"
ADDRESS_CONFLICT: Final = "ADDRESS_CONFLICT"
RISK_CANCEL: Final = "RISK_CANCEL"
TEST_ORDER: Final = "TEST_ORDER"
"""Holds of our own making, beside Shopify's reasons."""

_NOTHING: Final[Mapping[str, schemas.InventoryItem]] = {}
_SHIPPABLE: Final = frozenset({OrderStatus.UNFULFILLED, OrderStatus.PARTIALLY_FULFILLED})

_line: Final = compiled(OrderLine)
_buyer: Final = compiled(Buyer)
_NOT_KNOWN: Final = PaymentStatus.UNKNOWN


def _taxes(line: schemas.LineItem) -> Money | None:
    """Return the taxes of a line that has several, or none."""
    price, taxes = line.original_unit_price_set, line.tax_lines
    if taxes:
        amount = sum((Decimal(part.price_set.shop_money.amount) for part in taxes), Decimal())
        return Money(amount=amount, currency=taxes[0].price_set.shop_money.currency_code)
    return Money(amount=Decimal(), currency=price.shop_money.currency_code) if price is not None else None


def _lines(
    node: schemas.Order, tally: Tally, customs: Mapping[str, schemas.InventoryItem], *, routed: bool
) -> tuple[OrderLine, ...]:
    pieces, weights, no_parcel = tally.pieces, tally.weights, tally.no_parcel
    lines = []
    for line in node.line_items.nodes:
        line_id = line.id
        quantity = line.current_quantity
        # Totals and taxes count the pieces that were removed since; a share of them would be a guess.
        whole = quantity == line.quantity
        taxes = line.tax_lines
        article = customs.get(line_id) if customs else None
        lines.append(
            _line(
                id=line_id,
                sku=line.sku or None,
                title=line.title,
                quantity=quantity,
                unfulfilled_quantity=pieces.get(line_id, 0) if routed else line.unfulfilled_quantity,
                unit_price=to_money(line.original_unit_price_set),
                total=to_money(line.discounted_total_set) if whole else None,
                tax=(to_money(taxes[0].price_set) if len(taxes) == 1 else _taxes(line)) if whole else None,
                weight=to_weight(weights.get(line_id)),
                hs_code=article.harmonized_system_code or None if article is not None else None,
                country_of_origin=article.country_code_of_origin or None if article is not None else None,
                requires_shipping=line.requires_shipping and line_id not in no_parcel,
            )
        )
    return tuple(lines)


def _ship_to(node: schemas.Order, tally: Tally) -> tuple[Address | None, str | None]:
    """Return the address to ship to, and why the order must wait for it."""
    for share in tally.waiting:
        method = share.delivery_method
        if method is not None and method.method_type == "PICKUP_POINT" and share.destination is not None:
            point = destination_address(share.destination, node)
            if point is not None:
                return point, None
    given = shipping_address(node.shipping_address, node)
    if given is None:
        return None, ADDRESS_MISSING if tally.waiting else None
    for share in tally.waiting:
        if share.destination is None or not conflicts(share.destination, given):
            continue
        # The newer of the two counts (§9): an edited address moves the order's time, not the fulfillment order's (pitfall 7).
        if share.updated_at is None or node.updated_at <= share.updated_at:
            return given, ADDRESS_CONFLICT
    return given, None


def to_order(
    node: schemas.Order,
    *,
    channel: str,
    locations: frozenset[str] = NO_LOCATIONS,
    customs: Mapping[str, schemas.InventoryItem] = _NOTHING,
    raw: bytes | None = None,
    hold_tests: bool = True,
) -> Order:
    """Return Shopify's order as ours.

    Args:
        node: With all pages of its lines and fulfillment orders.
        channel: The account's key.
        locations: Only what these places ship counts; empty for all.
        customs: The articles by line, where they were asked for.
        raw: What to keep of Shopify's own bytes.
        hold_tests: Whether a test order must not be shipped (pitfall 35).
    """
    shares = node.fulfillment_orders.nodes
    tally = Tally(shares, locations)
    ship_to, trouble = _ship_to(node, tally)
    holds = tally.holds
    if node.risk is not None and node.risk.recommendation == "CANCEL" and tally.waiting:
        trouble = trouble or RISK_CANCEL
    if node.test and hold_tests:
        trouble = TEST_ORDER
    # What ships elsewhere only is somebody else's, and as far as those places are.
    foreign = is_foreign(node, locations)
    status = order_status(node, Tally(shares, NO_LOCATIONS) if foreign else tally)
    if trouble is not None:
        holds = (*holds, trouble)
        status = OrderStatus.ON_HOLD if status in _SHIPPABLE else status
    draft = OrderDraft()
    draft.channel = channel
    draft.id = node.id
    draft.number = node.name
    draft.status = status
    draft.payment_status = codes.PAYMENT_STATUS.get(node.display_financial_status or "", _NOT_KNOWN)
    draft.fulfilled_by = FulfilledBy.CHANNEL if foreign else tally.fulfilled_by
    draft.placed_at = node.created_at
    draft.updated_at = node.updated_at
    draft.ship_by = tally.ship_by
    draft.deliver_by = tally.deliver_by
    draft.ship_to = ship_to
    draft.buyer = _buyer(email=node.email, phone=node.phone) if node.email or node.phone else None
    draft.lines = _lines(node, tally, customs, routed=bool(shares))
    draft.allocations = tuple(tally.allocations)
    told = node.fulfillments
    draft.fulfillments = tuple([to_fulfillment(each, order_id=node.id) for each in told]) if told else ()
    draft.total = to_money(node.current_total_price_set)
    draft.shipping_total = to_money(node.total_shipping_price_set)
    draft.tax_total = to_money(node.current_total_tax_set)
    draft.discount_total = to_money(node.current_total_discounts_set)
    draft.shipping_service = node.shipping_line.title if node.shipping_line is not None else None
    draft.cancel_requested = tally.cancel_requested
    draft.holds = holds
    draft.notes = node.note or None
    draft.tags = node.tags
    draft.raw = raw
    return finish_order(draft)


def is_foreign(node: schemas.Order, locations: frozenset[str]) -> bool:
    """Return whether an order is shipped by other places than these alone."""
    if not locations or not node.fulfillment_orders.nodes:
        return False
    for share in node.fulfillment_orders.nodes:
        place = share.assigned_location.location if share.assigned_location is not None else None
        if place is not None and place.id in locations:
            return False
    return True


def hidden_pieces(node: schemas.Order) -> int:
    """Return how many unfulfilled pieces are in no fulfillment order that we may see.

    Without its scope a fulfillment order is left out without a word (field guide shopify.md §0, pitfall 2).
    """
    shares = node.fulfillment_orders.nodes
    if not shares or node.cancelled_at is not None:
        return 0
    wanted = 0
    for line in node.line_items.nodes:
        wanted += line.unfulfilled_quantity
    if not wanted:
        return 0
    for share in shares:
        if share.status not in codes.OVER_STATUSES:
            for part in share.line_items.nodes:
                wanted -= part.remaining_quantity
    return max(wanted, 0)


def needs_address(node: schemas.Order) -> bool:
    """Return whether an order has pieces that must go to an address, so that having none means that it is withheld (§4)."""
    if node.cancelled_at is not None:
        return False
    for share in node.fulfillment_orders.nodes:
        if share.status not in codes.COUNTED_STATUSES:
            continue
        method = share.delivery_method
        if method is not None and method.method_type in codes.NO_PARCEL_METHODS:
            continue
        if any(line.remaining_quantity and line.requires_shipping for line in share.line_items.nodes):
            return True
    return False


def crosses_border(node: schemas.Order, order: Order) -> bool:
    """Return whether customs will ask about what still has to leave."""
    if order.ship_to is None:
        return False
    return any(
        share.status in codes.COUNTED_STATUSES
        and share.assigned_location is not None
        and share.assigned_location.country_code not in {None, order.ship_to.country_code}
        for share in node.fulfillment_orders.nodes
    )
