"""From a wish to an order's document: lines, money, and where it shall go. Facts: field guide ebay.md §5."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from cartcarrier.sandbox.ebay._world import Document, Json, World, from_stamp, to_stamp

CENT = Decimal("0.01")
FIRST_ITEM, FIRST_LINE = 335_000_000_001, 10_047_800_000_001
KINDS = (
    "ordinary",
    "international",
    "gsp",
    "authenticity",
    "vault",
    "ebay_shipping",
    "fulfilled_by_ebay",
    "pickup",
    "click_and_collect",
    "digital",
    "seller_defined",
    "standard_envelope",
)
INSTRUCTIONS: Mapping[str, str] = {
    "fulfilled_by_ebay": "FULFILLED_BY_EBAY",
    "pickup": "PREPARE_FOR_PICKUP",
    "digital": "DIGITAL",
    "seller_defined": "SELLER_DEFINED",
}
NO_ADDRESS = frozenset({"fulfilled_by_ebay", "pickup", "digital"})
HUB: Mapping[str, str] = {
    "addressLine1": "1850 Airport Exchange Blvd",
    "addressLine2": "Suite 200",
    "city": "Erlanger",
    "stateOrProvince": "KY",
    "postalCode": "41018",
    "countryCode": "US",
}
AUTHENTICATOR: Mapping[str, str] = {
    "addressLine1": "1 Authentication Way",
    "city": "Las Vegas",
    "stateOrProvince": "NV",
    "postalCode": "89103",
    "countryCode": "US",
}
HOME: Mapping[str, str] = {
    "addressLine1": "1600 Amphitheatre Pkwy",
    "city": "Mountain View",
    "stateOrProvince": "CA",
    "postalCode": "94043",
    "countryCode": "US",
}
ABROAD: Mapping[str, str] = {
    "addressLine1": "Torstraße 140",
    "city": "Berlin",
    "postalCode": "10119",
    "countryCode": "DE",
}
ADDRESS_MEMBERS = frozenset(
    {"addressLine1", "addressLine2", "city", "stateOrProvince", "postalCode", "countryCode", "county"}
)


def cents(value: object) -> str:
    """Write an amount with two decimals.

    Raises:
        ValueError: It is no number.
    """
    try:
        return str(Decimal(str(value)).quantize(CENT))
    except ArithmeticError as exc:
        raise ValueError(f"{value!r} is no amount") from exc


def read_address(address: Mapping[str, str]) -> dict[str, str]:
    """Check an address's members.

    Raises:
        ValueError: One of them is none of eBay's.
    """
    if unknown := set(address) - ADDRESS_MEMBERS:
        raise ValueError(f"an address has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(ADDRESS_MEMBERS))}")
    return {name: value for name, value in address.items() if value}


def make_order(
    world: World,
    *,
    seller: Document,
    lines: Sequence[Mapping[str, Json]] = ({"sku": "MUG-RED-01", "title": "Red mug", "price": "14.90"},),
    kind: str = "ordinary",
    buyer: str | None = None,
    full_name: str | None = "Maria Gonzalez",
    company: str | None = None,
    address: Mapping[str, str] | None = None,
    final_address: Mapping[str, str] | None = None,
    reference: str | None = None,
    email: str | None = "maria.gonzalez@members.example.com",
    phone: str | None = "6505550123",
    currency: str | None = None,
    converted_from: Sequence[str] | None = None,
    delivery_cost: Json = "5.00",
    delivery_discount: Json = "0",
    tax_rate: Json = "0",
    tax_type: str = "STATE_SALES_TAX",
    collected: bool = True,
    tax_reference: Mapping[str, str] | None = None,
    tax_identifier: Mapping[str, str] | None = None,
    payment_status: str = "PAID",
    payout_hold: bool = False,
    service: str = "USPSPriority",
    carrier: str | None = "USPS",
    note: str | None = None,
    placed_at: str | None = None,
    ship_by_days: int = 3,
    vault: str = "SELLER_TO_VAULT",
    numbered: bool = True,
) -> Document:
    """Return a new order's document; ``EbaySimulator.place_order`` says what each member means.

    Raises:
        ValueError: It cannot be like that.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of order {kind}; there are {', '.join(KINDS)}")
    if payment_status not in {"PAID", "PENDING", "FAILED"}:
        raise ValueError(f"a new order is PAID, PENDING or FAILED, not {payment_status}")
    if not lines:
        raise ValueError("an order has at least one line")
    created = world.stamp() if placed_at is None else to_stamp(from_stamp(placed_at))
    if created > world.stamp():
        raise ValueError("an order cannot be placed in the future")
    number = world.next_number("order")
    made_lines = [
        _make_line(world, line, kind=kind, tax_rate=tax_rate, tax_type=tax_type, collected=collected) for line in lines
    ]
    hub = kind in {"international", "gsp"}
    home = read_address(address if address is not None else HOME)
    final = read_address(final_address if final_address is not None else ABROAD) if hub else None
    if kind == "authenticity":
        final, home = home, dict(AUTHENTICATOR)
    return {
        "id": f"{10 + number % 17:02d}-{(13_000 + number * 7) % 100_000:05d}-{(21_000 + number * 31) % 100_000:05d}",
        "record": str(100 + number) if numbered else None,
        "seller": seller["key"],
        "marketplace": seller["marketplace"],
        "kind": kind,
        "vault": vault,
        "created": created,
        "modified": created,
        "buyer": buyer or f"buyer-{number}",
        "tax_identifier": dict(tax_identifier) if tax_identifier else None,
        "full_name": full_name,
        "company": company,
        "address": dict(HUB) if hub and address is None else home,
        "final_address": final,
        "reference": reference or (f"PRB{7_000_000 + number}" if hub else None),
        "email": email,
        "phone": phone,
        "note": note,
        "service": "US_eBayStandardEnvelope" if kind == "standard_envelope" else service,
        "carrier": carrier,
        "currency": currency or seller["currency"],
        "converted_from": list(converted_from) if converted_from else None,
        "delivery_cost": cents(delivery_cost),
        "delivery_discount": cents(delivery_discount),
        "tax_reference": dict(tax_reference) if tax_reference else None,
        "ship_by_days": ship_by_days,
        "payment_status": payment_status,
        "paid_at": created if payment_status == "PAID" else None,
        "payout_hold": payout_hold,
        "lines": made_lines,
        "fulfillments": [],
        "refunds": [],
        "cancel_state": "NONE_REQUESTED",
        "cancelled_at": None,
        "cancel_by_seller": False,
        "cancel_requests": [],
    }


def _make_line(
    world: World, line: Mapping[str, Json], *, kind: str, tax_rate: Json, tax_type: str, collected: bool
) -> Document:
    quantity = int(line.get("quantity", 1))
    if quantity < 1:
        raise ValueError("a line has at least one unit")
    cost = Decimal(cents(line.get("price", "10.00"))) * quantity
    discount = Decimal(cents(line.get("discount", "0")))
    tax = line.get("tax", (cost - discount) * Decimal(str(line.get("tax_rate", tax_rate))))
    known = {"sku", "title", "quantity", "price", "discount", "tax", "tax_rate", "tax_type", "collected", "gsp"}
    known |= {"item_id", "variation_id", "aspects", "recipient_email"}
    if unknown := set(line) - known:
        raise ValueError(f"a line has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")
    return {
        "id": str(FIRST_LINE + world.next_number("line")),
        "sku": line.get("sku"),
        "title": line.get("title") or line.get("sku") or "Something nice",
        "quantity": quantity,
        "cost": cents(cost),
        "discount": cents(discount),
        "tax": cents(tax),
        "tax_type": line.get("tax_type", tax_type),
        "collected": bool(line.get("collected", collected)),
        "item_id": str(line.get("item_id") or FIRST_ITEM + world.next_number("item")),
        "variation_id": line.get("variation_id"),
        "aspects": dict(line.get("aspects") or {}),
        "recipient_email": line.get("recipient_email") or ("gift@example.com" if kind == "digital" else None),
        "gsp": bool(line.get("gsp", kind == "gsp")),
    }
