"""From the shape that ``place_order`` takes to an order as the platform remembers it."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from cartcarrier.sandbox.amazon._marketplaces import Marketplace, find_marketplace
from cartcarrier.sandbox.amazon._world import Document, read_time, stamp

ADDRESS_FIELDS: Final = (
    "name",
    "company_name",
    "address_line1",
    "address_line2",
    "address_line3",
    "city",
    "district_or_county",
    "state_or_region",
    "municipality",
    "postal_code",
    "country_code",
    "phone",
    "address_type",
)
BUYER_FIELDS: Final = ("name", "email", "company_name", "po_number")
PROGRAMS: Final = frozenset(
    {
        "AMAZON_BAZAAR",
        "AMAZON_BUSINESS",
        "AMAZON_EASY_SHIP",
        "AMAZON_HAUL",
        "DELIVERY_BY_AMAZON",
        "FBM_SHIP_PLUS",
        "INVOICE_BY_AMAZON",
        "IN_STORE_PICK_UP",
        "PREMIUM",
        "PREORDER",
        "PRIME",
    }
)
SERVICE_LEVELS: Final = frozenset(
    {"EXPEDITED", "FREE_ECONOMY", "NEXT_DAY", "PRIORITY", "SAME_DAY", "SECOND_DAY", "SCHEDULED", "STANDARD"}
)
STATES: Final = frozenset({"PENDING_AVAILABILITY", "PENDING", "UNSHIPPED", "UNFULFILLABLE"})
CONSTRAINTS: Final = frozenset(
    {
        "palletDelivery",
        "cashOnDelivery",
        "signatureConfirmation",
        "recipientIdentityVerification",
        "recipientAgeVerification",
    }
)
_LINE_FIELDS: Final[Mapping[str, Any]] = {
    "sku": None,
    "title": None,
    "asin": None,
    "quantity": 1,
    "price": None,
    "tax": None,
    "shipping": "0",
    "shipping_tax": "0",
    "gift_wrap_price": "0",
    "discount": "0",
    "shipping_discount": "0",
    "promotion_ids": (),
    "gift_message": None,
    "gift_wrap_level": None,
    "condition": "NEW",
    "condition_note": None,
    "transparency": False,
    "subscribe_and_save": False,
    "ioss_number": None,
    "customized_url": None,
    "serial_number_required": False,
    "constraints": (),
    "weight_grams": 300,
}
GOODS: Final[tuple[Mapping[str, Any], ...]] = (
    {"sku": "MUG-RED-01", "title": "Red mug", "price": "14.90", "weight_grams": 420},
    {"sku": "TEE-BLK-M", "title": "T-shirt, black", "price": "24.00", "weight_grams": 180},
    {"sku": "LAMP-7", "title": "Desk lamp", "price": "59.50", "weight_grams": 1900},
    {"sku": "BOOK-EN", "title": "A small book", "price": "11.25", "weight_grams": 310},
    {"sku": "SOAP-3", "title": "Soap, three bars", "price": "9.00", "weight_grams": 330},
)
_US: Final[tuple[Mapping[str, str], ...]] = (
    {
        "name": "Maria Gonzalez",
        "address_line1": "1600 Amphitheatre Pkwy",
        "city": "Mountain View",
        "state_or_region": "CA",
        "postal_code": "94043-1351",
    },
    {
        "name": "James O'Neill",
        "company_name": "Harbor & Sons, LLC",
        "address_line1": "233 S Wacker Dr",
        "address_line2": "Suite 4400",
        "city": "Chicago",
        "state_or_region": "IL",
        "postal_code": "60606",
    },
    {
        "name": "Aisha Rahman",
        "address_line1": "700 14th St",
        "city": "Denver",
        "state_or_region": "CO",
        "postal_code": "80202",
    },
    {
        "name": "Łukasz Żółkowski",
        "address_line1": "1000 SW Broadway",
        "city": "Portland",
        "state_or_region": "OR",
        "postal_code": "97205",
    },
)
_ELSEWHERE: Final[Mapping[str, Mapping[str, str]]] = {
    "CA": {
        "name": "Chloé Tremblay",
        "address_line1": "1275 Av. des Canadiens-de-Montréal",
        "city": "Montréal",
        "state_or_region": "QC",
        "postal_code": "H3B 5E8",
        "phone": "+15145550188",
    },
    "MX": {
        "name": "Diego Hernández",
        "address_line1": "Paseo de la Reforma 222",
        "city": "Ciudad de México",
        "state_or_region": "CDMX",
        "postal_code": "06600",
        "phone": "+525555550123",
    },
    "GB": {
        "name": "Oliver Hughes",
        "address_line1": "10 Charles II Street",
        "city": "London",
        "state_or_region": "Greater London",
        "postal_code": "SW1Y 4AA",
        "phone": "+442075550123",
    },
    "DE": {
        "name": "Jürgen Müller",
        "address_line1": "Friedrichstraße 68",
        "city": "Berlin",
        "state_or_region": "Berlin",
        "postal_code": "10117",
        "phone": "+49305550123",
    },
    "JP": {
        "name": "佐藤 花子",
        "address_line1": "丸の内1-9-1",
        "city": "千代田区",
        "state_or_region": "東京都",
        "postal_code": "100-0005",
        "phone": "+81355550123",
    },
}


def asin_of(sku: str) -> str:
    """Return the catalog number that an article has by default."""
    return "B0" + hashlib.sha256(sku.encode()).hexdigest()[:8].upper()


def money(value: object, marketplace: Marketplace) -> str:
    """Write an amount with as many places as the currency has.

    Raises:
        ValueError: It is no amount.
    """
    places = Decimal(1) if marketplace.currency == "JPY" else Decimal("0.01")
    try:
        return str(Decimal(str(value)).quantize(places, rounding=ROUND_HALF_UP))
    except InvalidOperation:
        raise ValueError(f"no amount of money: {value}") from None


def compose(draw: random.Random, shape: Mapping[str, Any], now: datetime) -> Document:
    """Make an order of a shape; what the shape leaves out is drawn or usual.

    Raises:
        ValueError: A member that there is not, or a value that cannot be.
    """
    rest = dict(shape)
    marketplace = _marketplace(rest.pop("marketplace", "US"))
    placed = _moment(rest.pop("placed_at", None), now)
    programs = _members(rest.pop("programs", ()), PROGRAMS, "program")
    order: Document = {
        "region": marketplace.region,
        "marketplace": marketplace.id,
        "non_amazon": bool(rest.pop("non_amazon", False)),
        "currency": rest.pop("currency", marketplace.currency),
        "created": stamp(placed),
        "state": _member(rest.pop("status", "UNSHIPPED"), STATES, "status"),
        "fulfilled_by": _member(rest.pop("fulfilled_by", "MERCHANT"), {"MERCHANT", "AMAZON"}, "fulfilled_by"),
        "service_level": _member(rest.pop("service_level", "STANDARD"), SERVICE_LEVELS, "service level"),
        "programs": programs,
        "seller_order_id": rest.pop("seller_order_id", None),
        "replaces": rest.pop("replaces", None),
        "label_after": _optional_moment(rest.pop("label_after", None)),
        "ship_by": [stamp(placed), stamp(_moment(rest.pop("ship_by", None), placed + timedelta(days=2)))],
        "deliver_by": [
            stamp(placed + timedelta(days=3)),
            stamp(_moment(rest.pop("deliver_by", None), placed + timedelta(days=6))),
        ],
        "tip": rest.pop("delivery_tip", None),
        "regulated": rest.pop("regulated", None),
        "payment_method": rest.pop("payment_method", "CreditCard"),
        "buyer": _buyer(draw, rest.pop("buyer", {})),
        "address": _address(draw, rest.pop("address", {}), marketplace),
        "delivery_preference": rest.pop("delivery_preference", None),
        "cancellation": None,
        "refunded": False,
        "packages": [],
        "lines": [_line(line, marketplace) for line in rest.pop("lines", None) or [{**draw.choice(GOODS)}]],
    }
    if rest:
        raise ValueError(f"no such member: {', '.join(sorted(rest))}")
    return order


def _marketplace(name: object) -> Marketplace:
    found = find_marketplace(str(name))
    if found is None:
        raise ValueError(f"the seller does not sell in {name}")
    return found


def _moment(value: object, default: datetime) -> datetime:
    if value is None:
        return default
    moment = value if isinstance(value, datetime) else read_time(value)
    if moment is None:
        raise ValueError(f"no time with a zone: {value}")
    return moment


def _optional_moment(value: object) -> str | None:
    return None if value is None else stamp(_moment(value, datetime.max))  # noqa: DTZ901 - never used: a value is given


def _member(value: object, allowed: frozenset[str] | set[str], what: str) -> str:
    if value not in allowed:
        raise ValueError(f"no such {what}: {value}; there are {', '.join(sorted(allowed))}")
    return str(value)


def _members(values: Sequence[object], allowed: frozenset[str], what: str) -> list[str]:
    return [_member(value, allowed, what) for value in values]


def _part(given: Mapping[str, Any], fields: Sequence[str], what: str) -> dict[str, Any]:
    unknown = sorted(set(given) - set(fields))
    if unknown:
        raise ValueError(f"no such member of {what}: {', '.join(unknown)}")
    return {name: value for name, value in given.items() if value is not None}


def _buyer(draw: random.Random, given: Mapping[str, Any]) -> Document:
    email = f"{draw.getrandbits(60):015x}@marketplace.amazon.com"
    return {"email": email, **_part(given, BUYER_FIELDS, "buyer")}


def _address(draw: random.Random, given: Mapping[str, Any], marketplace: Marketplace) -> Document:
    own = _part(given, ADDRESS_FIELDS, "address")
    if "address_line1" in own:
        return {"country_code": marketplace.code, **own}
    usual = _ELSEWHERE.get(marketplace.code) or draw.choice(_US)
    country = marketplace.code if marketplace.code in _ELSEWHERE else "US"
    return {"country_code": country, "phone": "+12025550123", "address_type": "RESIDENTIAL", **usual, **own}


def _line(given: Mapping[str, Any], marketplace: Marketplace) -> Document:
    unknown = sorted(set(given) - set(_LINE_FIELDS))
    if unknown:
        raise ValueError(f"no such member of a line: {', '.join(unknown)}")
    line = {**_LINE_FIELDS, **given}
    quantity = int(line["quantity"])
    if quantity < 1:
        raise ValueError("a line has at least one unit")
    line["sku"] = line["sku"] or GOODS[0]["sku"]
    line["asin"] = line["asin"] or asin_of(line["sku"])
    line["title"] = line["title"] or f"Article {line['sku']}"
    price = money(line["price"] if line["price"] is not None else "19.99", marketplace)
    usual_tax = Decimal(price) * quantity * Decimal("0.0725") if marketplace.region == "na" else Decimal(0)
    for name in ("shipping", "shipping_tax", "gift_wrap_price", "discount", "shipping_discount"):
        line[name] = money(line[name], marketplace)
    return {
        **line,
        "price": price,
        "quantity": quantity,
        "tax": money(line["tax"] if line["tax"] is not None else usual_tax, marketplace),
        "promotion_ids": list(line["promotion_ids"]),
        "constraints": _members(line["constraints"], CONSTRAINTS, "constraint"),
        "fulfilled": 0,
        "cancel_request": None,
        "cancelled_by": None,
    }
