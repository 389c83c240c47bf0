"""Shopify's orders as ours (field guide shopify.md §8, §9, §18)."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.channels.shopify.mapping.addresses import conflicts, destination_address, shipping_address
from cartcarrier.channels.shopify.mapping.fulfillments import to_fulfillment
from cartcarrier.channels.shopify.mapping.shares import NO_LOCATIONS, Tally
from cartcarrier.channels.shopify.mapping.status import order_status
from cartcarrier.models import Address, Buyer, FulfilledBy, Money, Order, OrderLine, OrderStatus, PaymentStatus, Weight

ADDRESS_MISSING: Final = "ADDRESS_MISSING"
ADDRESS_CONFLICT: Final = "ADDRESS_CONFLICT"
RISK_CANCEL: Final = "RISK_CANCEL"
TEST_ORDER: Final = "TEST_ORDER"
"""Holds of our own making, beside Shopify's reasons."""

_NOTHING: Final[Mapping[str, schemas.InventoryItem]] = {}
_SHIPPABLE: Final = frozenset({OrderStatus.UNFULFILLED, OrderStatus.PARTIALLY_FULFILLED})


# Amounts repeat: shipping, discounts and taxes of nought, the same article in many orders. A model that does not change can
# be shared, and making one anew costs ten times a look-up.
@lru_cache(maxsize=8192)
def _money(amount: str, currency: str) -> Money:
    return Money(amount=Decimal(amount), currency=currency)


@lru_cache(maxsize=2048)
def _weight(value: Decimal, unit: str) -> Weight | None:
    # Shopify has 0 where nobody entered a weight; a unit that we do not know is not guessed.
    known = codes.WEIGHT_UNIT.get(unit)
    return Weight(value=value, unit=known) if known is not None and value > 0 else None


def to_money(bag: schemas.MoneyBag | None) -> Money | None:
    """Return an amount in the currency that the shop books."""
    return _money(bag.shop_money.amount, bag.shop_money.currency_code) if bag is not None else None


def _tax(line: schemas.LineItem) -> Money | None:
    taxes = line.tax_lines
    if len(taxes) == 1:
        only = taxes[0].price_set.shop_money
        return _money(only.amount, only.currency_code)
    if taxes:
        amount = sum((Decimal(part.price_set.shop_money.amount) for part in taxes), Decimal())
        return Money(amount=amount, currency=taxes[0].price_set.shop_money.currency_code)
    price = line.original_unit_price_set
    return _money("0", price.shop_money.currency_code) if price is not None else None


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
        weight = weights.get(line_id)
        article = customs.get(line_id) if customs else None
        lines.append(
            OrderLine(
                id=line_id,
                sku=line.sku or None,
                title=line.title,
                quantity=quantity,
                unfulfilled_quantity=pieces.get(line_id, 0) if routed else line.unfulfilled_quantity,
                unit_price=to_money(line.original_unit_price_set),
                total=to_money(line.discounted_total_set) if whole else None,
                tax=_tax(line) if whole else None,
                weight=_weight(weight.value, weight.unit) if weight is not None else None,
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
    shipping_line = node.shipping_line
    return Order(
        channel=channel,
        id=node.id,
        number=node.name,
        status=status,
        payment_status=codes.PAYMENT_STATUS.get(node.display_financial_status or "", PaymentStatus.UNKNOWN),
        fulfilled_by=FulfilledBy.CHANNEL if foreign else tally.fulfilled_by,
        placed_at=node.created_at,
        updated_at=node.updated_at,
        ship_by=tally.ship_by,
        deliver_by=tally.deliver_by,
        ship_to=ship_to,
        buyer=Buyer(email=node.email, phone=node.phone) if node.email or node.phone else None,
        lines=_lines(node, tally, customs, routed=bool(shares)),
        allocations=tuple(tally.allocations),
        fulfillments=tuple([to_fulfillment(told, order_id=node.id) for told in node.fulfillments]),
        total=to_money(node.current_total_price_set),
        shipping_total=to_money(node.total_shipping_price_set),
        tax_total=to_money(node.current_total_tax_set),
        discount_total=to_money(node.current_total_discounts_set),
        shipping_service=shipping_line.title if shipping_line is not None else None,
        cancel_requested=tally.cancel_requested,
        holds=holds,
        notes=node.note or None,
        raw=raw,
    )


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
