"""The orders that something happens to, and what the merchant does about it."""

from collections.abc import Callable, Mapping
from decimal import ROUND_UP, Decimal
from typing import Any, Final

import attrs

from cartcarrier.cli.demo._stage import Stage
from cartcarrier.models import Dimensions, LengthUnit, Order, OrderRef, Parcel, ParcelItem, Weight, WeightUnit

Shape = Mapping[str, Any]
Deed = Callable[[Any, str], object]
"""Done to a simulator and one of its orders."""

MUG: Final[Shape] = {"sku": "MUG-RED-01", "title": "Red mug", "price": "14.90", "weight_grams": 420}
CUSTOMS: Final[Shape] = {"hs_code": "691200", "origin": "PT"}
FBA_SKU: Final = "LAMP-FBA"
HOME: Final[Mapping[str, Shape]] = {
    "shopify": {
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
    },
    "ebay": {
        "addressLine1": "12 Elm St",
        "city": "Aurora",
        "stateOrProvince": "CO",
        "postalCode": "80012",
        "countryCode": "US",
    },
    "amazon": {
        "name": "Dana Reyes",
        "address_line1": "12 Elm St",
        "city": "Aurora",
        "state_or_region": "CO",
        "postal_code": "80012",
        "country_code": "US",
        "phone": "3035550101",
    },
}
CANADA: Final[Shape] = {
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
        before_reading: Done to the channel before the orders are read.
        before_buying: Done between reading and buying.
        after_label: Done right after the label was sold, before the channel is told.
        lost_answer: The carrier's answer to the purchase is lost.
        carrier: Only this one's rates are looked at.
        from_warehouse: Somebody else's warehouse ships it.
        parcels: How many parcels it needs.
        keep_back: How many pieces of the first line are not in stock.
    """

    what: str
    before_reading: Deed | None = None
    before_buying: Deed | None = None
    after_label: Deed | None = None
    lost_answer: bool = False
    carrier: str | None = None
    from_warehouse: bool = False
    parcels: int = 1
    keep_back: int = 0


def _cancel(channel: Any, order: str) -> object:  # noqa: ANN401 - a simulator
    return channel.cancel(order)


def _hold(channel: Any, order: str) -> object:  # noqa: ANN401 - a simulator
    return channel.hold(order)


def _ask_to_cancel(channel: Any, order: str) -> object:  # noqa: ANN401 - a simulator
    return channel.request_cancellation(order)


STORY: Final[tuple[tuple[str, Shape, Twist], ...]] = (
    ("shopify", {"quantity": 3}, Twist(what="one of three mugs is not in stock", keep_back=1)),
    ("shopify", {"quantity": 4}, Twist(what="needs two parcels", parcels=2)),
    ("shopify", {"quantity": 2, "address": CANADA}, Twist(what="crosses the border, by UPS", carrier="ups")),
    ("shopify", {"quantity": 2, "address": CANADA}, Twist(what="crosses the border, by FedEx", carrier="fedex")),
    ("shopify", {"quantity": 2, "address": CANADA}, Twist(what="crosses the border, by USPS", carrier="usps")),
    ("shopify", {"zip": "99999", "city": "Nowhere"}, Twist(what="its address does not exist")),
    ("shopify", {}, Twist(what="cancelled before we read it", before_reading=_cancel)),
    ("shopify", {}, Twist(what="put on hold before we read it", before_reading=_hold)),
    ("shopify", {}, Twist(what="put on hold between reading and buying", before_buying=_hold)),
    ("shopify", {}, Twist(what="cancelled between reading and buying", before_buying=_cancel)),
    (
        "shopify",
        {},
        Twist(
            what="address edited between reading and buying",
            before_buying=lambda shop, order: shop.edit_address(order, address1="77 Elm St", address2="Unit 4"),
        ),
    ),
    (
        "shopify",
        {"quantity": 2},
        Twist(
            what="quantity edited after the label was bought",
            after_label=lambda shop, order: shop.edit_quantity(order, 0, 1),
        ),
    ),
    ("shopify", {}, Twist(what="cancelled after the label was bought", after_label=_cancel)),
    ("shopify", {}, Twist(what="the answer to its purchase is lost", lost_answer=True, carrier="ups")),
    ("shopify", {"sku": FBA_SKU}, Twist(what="lies in Amazon's warehouse", from_warehouse=True)),
    ("ebay", {"quantity": 2}, Twist(what="the answer to its purchase is lost", lost_answer=True, carrier="usps")),
    ("ebay", {}, Twist(what="the buyer asks to cancel, between reading and buying", before_buying=_ask_to_cancel)),
    ("ebay", {}, Twist(what="its payment is looked at again, between reading and buying", before_buying=_hold)),
    (
        "ebay",
        {},
        Twist(
            what="address edited after the label was bought",
            after_label=lambda ebay, order: ebay.edit_address(order, addressLine1="77 Elm St"),
        ),
    ),
    ("ebay", {"sku": FBA_SKU}, Twist(what="lies in Amazon's warehouse", from_warehouse=True)),
    ("amazon", {"programs": ["PRIME"]}, Twist(what="a Prime order that its seller ships")),
    ("amazon", {"fulfilled_by": "AMAZON"}, Twist(what="Amazon ships it: never ours")),
    ("amazon", {}, Twist(what="the answer to its purchase is lost", lost_answer=True, carrier="fedex")),
    ("amazon", {}, Twist(what="the buyer asks to cancel, before we read it", before_reading=_ask_to_cancel)),
    ("amazon", {}, Twist(what="cancelled between reading and buying", before_buying=_cancel)),
)


def place_story(stage: Stage, count: int) -> tuple[dict[OrderRef, Twist], list[OrderRef]]:
    """Place the orders of the story and ordinary ones, and do what happens before they are read.

    Args:
        stage: On simulators.
        count: Ordinary orders, shared out over the channels.

    Returns:
        The twists by order, and all orders that were placed.
    """
    twists: dict[OrderRef, Twist] = {}
    placed: list[OrderRef] = []
    if not stage.simulators:
        return twists, placed
    stage.simulators["amazon"].commands()["set_fba_stock"](FBA_SKU, 50)
    for name, shape, twist in STORY:
        world = stage.world(name)
        address = {**shape.get("address", HOME[name]), **{k: v for k, v in shape.items() if k in {"zip", "city"}}}
        line = {**MUG, "sku": shape.get("sku", MUG["sku"]), "quantity": shape.get("quantity", 1)}
        extra = {key: shape[key] for key in ("programs", "fulfilled_by") if key in shape}
        if name == "shopify":
            line |= CUSTOMS
        if name == "ebay":
            del line["weight_grams"]
            extra |= {"full_name": "Dana Reyes", "phone": "3035550101"}
        order_id = world.place_order(lines=[line], address=address, **extra)
        ref = OrderRef(channel=f"{name}:default", order_id=order_id)
        twists[ref] = twist
        placed.append(ref)
        if twist.before_reading is not None:
            twist.before_reading(world, order_id)
    for share, key in enumerate(stage.channels):
        some = count // len(stage.channels) + (share < count % len(stage.channels))
        placed += [OrderRef(channel=key, order_id=order_id) for order_id in stage.world(key).seed_orders(some, seed=11)]
    return twists, placed


def pack(order: Order, twist: Twist | None) -> dict[str | None, list[Parcel]]:
    """Put what is open into parcels: those of each place that ships, as the channel has shared the order out.

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
