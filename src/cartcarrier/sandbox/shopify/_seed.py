"""Orders as they come: most of them plain, some of them awkward."""

import random
from collections.abc import Mapping
from typing import Any

US: tuple[Mapping[str, str | None], ...] = (
    {
        "first_name": "Maria",
        "last_name": "Gonzalez",
        "address1": "1600 Amphitheatre Pkwy",
        "city": "Mountain View",
        "province": "California",
        "province_code": "CA",
        "zip": "94043",
    },
    {
        "first_name": "James",
        "last_name": "O'Neill",
        "company": "Harbor & Sons, LLC",
        "address1": "233 S Wacker Dr",
        "address2": "Suite 4400",
        "city": "Chicago",
        "province": "Illinois",
        "province_code": "IL",
        "zip": "60606",
    },
    {
        "first_name": "Aisha",
        "last_name": "Rahman",
        "address1": "700 14th St",
        "city": "Denver",
        "province": "Colorado",
        "province_code": "CO",
        "zip": "80202-1234",
    },
    {
        "first_name": "Łukasz",
        "last_name": "Żółkowski-Dvořák",
        "address1": "4 Privet Drive",
        "city": "Portland",
        "province": "Oregon",
        "province_code": "OR",
        "zip": "97205",
    },
    {
        "first_name": "李",
        "last_name": "小龍",
        "address1": "268 Canal St",
        "address2": "4F",
        "city": "New York",
        "province": "New York",
        "province_code": "NY",
        "zip": "10013",
    },
    {
        "first_name": "Bartholomew",
        "last_name": "Featherstonehaugh-Cholmondeley",
        "company": "The Very Long Company Name of Greater Springfield Incorporated",
        "address1": "12345 Old Martin Luther King Junior Memorial Boulevard Northwest Building 7",
        "address2": "Entrance C, third floor, ring twice at reception and ask for Bart",
        "city": "Springfield",
        "province": "Massachusetts",
        "province_code": "MA",
        "zip": "01103",
    },
)
PO_BOX: Mapping[str, str | None] = {
    "first_name": "Ruth",
    "last_name": "Whitaker",
    "address1": "PO Box 1187",
    "city": "Bozeman",
    "province": "Montana",
    "province_code": "MT",
    "zip": "59771",
}
PUERTO_RICO: Mapping[str, str | None] = {
    "first_name": "José",
    "last_name": "Núñez",
    "address1": "100 Calle San Francisco",
    "city": "San Juan",
    "province": "Puerto Rico",
    "province_code": "PR",
    "zip": "00901",
}
CANADA: tuple[Mapping[str, str | None], ...] = (
    {
        "first_name": "Chloé",
        "last_name": "Tremblay",
        "address1": "1275 Av. des Canadiens-de-Montréal",
        "city": "Montréal",
        "province": "Quebec",
        "province_code": "QC",
        "zip": "H3B 5E8",
        "country": "Canada",
        "country_code": "CA",
        "phone": "+15145550188",
    },
    {
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
    },
)
BAD_ADDRESS: Mapping[str, str | None] = {
    "first_name": "Nobody",
    "last_name": "Nowhere",
    "address1": "99999 Nonexistent Rd",
    "city": "Faketown",
    "province": "California",
    "province_code": "CA",
    "zip": "00000",
}
GOODS: tuple[Mapping[str, Any], ...] = (
    {
        "sku": "MUG-RED-01",
        "title": "Red mug",
        "price": "14.90",
        "weight_grams": 420,
        "hs_code": "691200",
        "origin": "PT",
    },
    {
        "sku": "TEE-BLK-M",
        "title": "T-shirt, black",
        "price": "24.00",
        "weight_grams": 180,
        "hs_code": "610910",
        "origin": "IN",
    },
    {
        "sku": "LAMP-7",
        "title": "Desk lamp",
        "price": "59.50",
        "weight_grams": 1900,
        "hs_code": "940521",
        "origin": "CN",
    },
    {
        "sku": "BOOK-EN",
        "title": "A small book",
        "price": "11.25",
        "weight_grams": 310,
        "hs_code": "490199",
        "origin": "US",
    },
    {
        "sku": "SOAP-3",
        "title": "Soap, three bars",
        "price": "9.00",
        "weight_grams": 330,
        "hs_code": "340111",
        "origin": "FR",
    },
)
DIGITAL: Mapping[str, Any] = {
    "sku": "EBOOK-1",
    "title": "E-book",
    "price": "7.00",
    "weight_grams": 0,
    "requires_shipping": False,
}
KINDS = (
    "plain",
    "plain",
    "multi",
    "canada",
    "plain",
    "digital_line",
    "po_box",
    "two_locations",
    "plain",
    "puerto_rico",
    "bad_address",
    "plain",
)
RARE = ("test", "digital_only", "cash_on_delivery", "other_currency", "no_sku", "long_note")


def shape(draw: random.Random, index: int, locations: tuple[str, ...]) -> dict[str, Any]:
    """Return the shape of an order: the same draw gives the same one.

    Args:
        draw: Where chance comes from.
        index: How many came before: every kind comes round, chance only varies it.
        locations: Global ids of the places that ship.
    """
    kind = RARE[index // 20 % len(RARE)] if index % 20 == 19 else KINDS[index % len(KINDS)]
    wanted = draw.sample(GOODS, draw.choice((1, 1, 2, 3)))
    lines = [{**goods, "quantity": draw.choice((1, 1, 1, 2, 3))} for goods in wanted]
    order: dict[str, Any] = {
        "lines": lines,
        "address": _address(draw.choice(US)),
        "email": f"buyer{index}@example.com",
        "tax_rate": draw.choice(("0.00", "0.0725", "0.08875")),
        "shipping_title": draw.choice(("Standard", "Express", "Economy")),
    }
    order.update(_twist(kind, order, draw, locations))
    return order


def _address(address: Mapping[str, str | None]) -> dict[str, str | None]:
    return {"country": "United States", "country_code": "US", "phone": "+12025550123", **address}


def _twist(kind: str, order: Mapping[str, Any], draw: random.Random, locations: tuple[str, ...]) -> dict[str, Any]:
    lines = order["lines"]
    first = {**lines[0], "quantity": 3}
    twists: Mapping[str, dict[str, Any]] = {
        "multi": {"lines": [{**line, "quantity": draw.randint(2, 6)} for line in lines]},
        "canada": {"address": dict(draw.choice(CANADA)), "tax_rate": "0.05"},
        "puerto_rico": {"address": _address(PUERTO_RICO)},
        "po_box": {"address": _address(PO_BOX), "shipping_title": "Economy"},
        "bad_address": {"address": _address(BAD_ADDRESS)},
        "digital_line": {"lines": [*lines, {**DIGITAL, "quantity": 1}]},
        "two_locations": {"lines": [{**first, "locations": {locations[0]: 2, locations[1]: 1}}, *lines[1:]]},
        "test": {"test": True},
        "digital_only": {"lines": [{**DIGITAL, "quantity": 1}], "needs_address": False},
        "cash_on_delivery": {"financial_status": "PENDING", "gateway": "Cash on Delivery (COD)"},
        "other_currency": {"presentment_currency": "EUR", "presentment_rate": "0.92", "discount": "3.00"},
        "no_sku": {"lines": [{"title": "Custom engraving ✍️", "price": "30.00", "weight_grams": 90}]},
        "long_note": {"note": "Please leave at the side door; the dog is friendly. 🐕 " * 8, "tags": ["gift", "VIP"]},
    }
    return twists.get(kind, {})
