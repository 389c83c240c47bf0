"""The orders that something happens to, and what the merchant does about it."""

from collections.abc import Callable, Mapping
from decimal import ROUND_UP, Decimal
from typing import Any, Final

import attrs

from cartcarrier.cli.demo._stage import Shop, Stage
from cartcarrier.models import Dimensions, LengthUnit, Order, Parcel, ParcelItem, Weight, WeightUnit

MUG: Final[Mapping[str, Any]] = {
    "sku": "MUG-RED-01",
    "title": "Red mug",
    "price": "14.90",
    "weight_grams": 420,
    "hs_code": "691200",
    "origin": "PT",
}
HOME: Final[Mapping[str, str]] = {
    "first_name": "Dana",
    "last_name": "Reyes",
    "address1": "12 Elm St",
    "city": "Aurora",
    "province": "Colorado",
    "province_code": "CO",
    "zip": "80012",
    "country": "United States",
    "country_code": "US",
    "phone": "+13035550101",
}
CANADA: Final[Mapping[str, str]] = {
    "first_name": "Owen",
    "last_name": "Clarke",
    "address1": "290 Bremner Blvd",
    "city": "Toronto",
    "province": "Ontario",
    "province_code": "ON",
    "zip": "M5V 3L9",
    "country": "Canada",
    "country_code": "CA",
    "phone": "+14165550144",
}
BOX: Final = Weight(value=Decimal(120), unit=WeightUnit.GRAM)
ASSUMED: Final = Weight(value=Decimal(300), unit=WeightUnit.GRAM)


@attrs.frozen(kw_only=True)
class Twist:
    """Something that happens to one order.

    Attributes:
        what: In words, for the table.
        before_reading: Done to the shop before the orders are read.
        before_buying: Done between reading and buying.
        after_label: Done right after the label was sold, before the shop is told.
        lost_answer: The carrier's answer to the purchase is lost.
        parcels: How many parcels it needs.
        keep_back: How many pieces of the first line are not in stock.
    """

    what: str
    before_reading: Callable[[Shop, str], object] | None = None
    before_buying: Callable[[Shop, str], object] | None = None
    after_label: Callable[[Shop, str], object] | None = None
    lost_answer: bool = False
    parcels: int = 1
    keep_back: int = 0


STORY: Final[tuple[tuple[Mapping[str, Any], Twist], ...]] = (
    ({"quantity": 3}, Twist(what="one of three mugs is not in stock", keep_back=1)),
    ({"quantity": 4}, Twist(what="needs two parcels", parcels=2)),
    ({"quantity": 2, "address": CANADA}, Twist(what="crosses the border")),
    ({"zip": "99999", "city": "Nowhere"}, Twist(what="its address does not exist")),
    ({}, Twist(what="cancelled before we read it", before_reading=lambda shop, order: shop.cancel(order))),
    ({}, Twist(what="put on hold before we read it", before_reading=lambda shop, order: shop.hold(order))),
    ({}, Twist(what="put on hold between reading and buying", before_buying=lambda shop, order: shop.hold(order))),
    ({}, Twist(what="cancelled between reading and buying", before_buying=lambda shop, order: shop.cancel(order))),
    (
        {},
        Twist(
            what="address edited between reading and buying",
            before_buying=lambda shop, order: shop.edit_address(order, address1="77 Elm St", address2="Unit 4"),
        ),
    ),
    (
        {"quantity": 2},
        Twist(
            what="quantity edited after the label was bought",
            after_label=lambda shop, order: shop.edit_quantity(order, 0, 1),
        ),
    ),
    ({}, Twist(what="cancelled after the label was bought", after_label=lambda shop, order: shop.cancel(order))),
    ({}, Twist(what="the answer to its purchase is lost", lost_answer=True)),
)


def place_story(stage: Stage) -> dict[str, Twist]:
    """Place the orders of the story, and do what happens before they are read; return the twists by order id."""
    twists: dict[str, Twist] = {}
    shop = stage.shop
    if shop is None:
        return twists
    for shape, twist in STORY:
        address = {**shape.get("address", HOME), **{k: v for k, v in shape.items() if k in {"zip", "city"}}}
        order_id = shop.place_order(lines=[{**MUG, "quantity": shape.get("quantity", 1)}], address=address)
        twists[order_id] = twist
        if twist.before_reading is not None:
            twist.before_reading(shop, order_id)
    return twists


def pack(order: Order, twist: Twist | None) -> dict[str | None, list[Parcel]]:
    """Put what is open into parcels: those of each place that ships, as the shop has shared the order out.

    Args:
        order: As it was read.
        twist: How many parcels it needs, and what is not in stock.
    """
    boxes = twist.parcels if twist else 1
    kept_back = twist.keep_back if twist else 0
    by_place: dict[str | None, list[ParcelItem]] = {}
    for line in order.lines:
        if not line.requires_shipping or not line.unfulfilled_quantity:
            continue
        piece = ParcelItem(
            sku=line.sku,
            title=line.title,
            quantity=1,
            unit_value=line.unit_price,
            weight=line.weight,
            hs_code=line.hs_code,
            country_of_origin=line.country_of_origin,
            order_line_id=line.id,
        )
        shares = [(share.location_id, share.quantity) for share in order.allocations if share.line_id == line.id]
        for place, quantity in shares or [(None, line.unfulfilled_quantity)]:
            by_place.setdefault(place, []).extend([piece] * (quantity - kept_back))
            kept_back = 0
    return {
        place: [_box(pieces[box::boxes]) for box in range(boxes) if pieces[box::boxes]]
        for place, pieces in by_place.items()
        if pieces
    }


def _box(pieces: list[ParcelItem]) -> Parcel:
    items: dict[str | None, ParcelItem] = {}
    weight = BOX
    for piece in pieces:
        known = items.get(piece.order_line_id)
        items[piece.order_line_id] = piece if known is None else attrs.evolve(known, quantity=known.quantity + 1)
        weight += piece.weight or ASSUMED
    height = (Decimal(len(pieces)) * Decimal("1.5") + 2).quantize(Decimal(1), rounding=ROUND_UP)
    return Parcel(
        weight=weight,
        dimensions=Dimensions(
            length=Decimal(12), width=Decimal(9), height=min(height, Decimal(12)), unit=LengthUnit.INCH
        ),
        items=items.values(),
    )
