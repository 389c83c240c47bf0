"""How long a page of 100 Shopify orders takes from bytes to unified orders, against ``orjson.loads`` of the same bytes.

Run: ``python benchmarks/shopify_orders.py``. It makes its own page of realistic orders.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import orjson

from cartcarrier.channels.shopify import mapping
from cartcarrier.channels.shopify.client.documents import ORDERS
from cartcarrier.models import Order

TARGET = 1.6
ORDERS_IN_PAGE = 100

_STREETS = ("Rue de Rivoli", "Market Street", "Hauptstraße", "Via Roma", "Kungsgatan", "High Street")
_CITIES = (("Portland", "OR", "97204", "US"), ("Köln", "NW", "50667", "DE"), ("Lyon", "ARA", "69002", "FR"))
_SERVICES = ("Standard", "Express", "Economy", "Click & Collect")


def money(amount: float) -> dict[str, object]:
    """Return an amount as Shopify sends it."""
    return {"shopMoney": {"amount": f"{amount:.2f}", "currencyCode": "EUR"}}


def page_info() -> dict[str, object]:
    """Return the end of a list."""
    return {"hasNextPage": False, "endCursor": "eyJsYXN0X2lkIjo1MTIzNDU2Nzg5MDEyfQ=="}


def make_order(number: int, rng: random.Random) -> dict[str, Any]:
    """Return one order of one to five lines, as the query of the driver gets it."""
    base = 5_100_000_000_000 + number
    lines = rng.choices((1, 2, 3, 4, 5), weights=(40, 28, 16, 10, 6))[0]
    shipped = rng.random() < 0.4
    city, region, postal_code, country = rng.choice(_CITIES)
    items: list[dict[str, Any]] = []
    for index in range(lines):
        quantity = rng.choices((1, 2, 3), weights=(75, 18, 7))[0]
        price = rng.randrange(400, 19_900) / 100
        items.append(
            {
                "id": f"gid://shopify/LineItem/{base * 10 + index}",
                "sku": f"SKU-{rng.randrange(10_000, 99_999)}",
                "title": rng.choice(
                    ("Enamel mug, red", "Linen towel 50 x 70", "Cast iron pan", "Beeswax candle, set of 4")
                ),
                "quantity": quantity,
                "currentQuantity": quantity,
                "unfulfilledQuantity": 0 if shipped else quantity,
                "requiresShipping": True,
                "originalUnitPriceSet": money(price),
                "discountedTotalSet": money(price * quantity),
                "taxLines": [{"priceSet": money(price * quantity * 0.19)}],
            }
        )
    total = sum(float(item["discountedTotalSet"]["shopMoney"]["amount"]) for item in items) + 4.9
    location = {"id": f"gid://shopify/Location/{rng.choice((7001, 7002))}", "isFulfillmentService": False}
    share: dict[str, Any] = {
        "id": f"gid://shopify/FulfillmentOrder/{base + 1_000_000}",
        "status": "CLOSED" if shipped else "OPEN",
        "requestStatus": "UNSUBMITTED",
        "updatedAt": "2026-11-23T09:12:44Z",
        "fulfillAt": "2026-11-23T09:00:00Z",
        "fulfillBy": "2026-11-25T16:00:00Z",
        "assignedLocation": {"countryCode": "DE", "location": location},
        "deliveryMethod": {"methodType": "SHIPPING", "maxDeliveryDateTime": None},
        "destination": {
            "firstName": "Ada",
            "lastName": "Example",
            "company": None,
            "address1": f"{rng.choice(_STREETS)} {number}",
            "address2": None,
            "city": city,
            "province": region,
            "zip": postal_code,
            "countryCode": country,
            "phone": "+49 30 5550100",
            "email": f"buyer{number}@example.com",
        },
        "fulfillmentHolds": [],
        "lineItems": {
            "pageInfo": page_info(),
            "nodes": [
                {
                    "id": f"gid://shopify/FulfillmentOrderLineItem/{base * 10 + index + 500}",
                    "remainingQuantity": item["unfulfilledQuantity"],
                    "requiresShipping": True,
                    "weight": {"value": rng.choice((0.35, 0.8, 1.25, 240.0)), "unit": "KILOGRAMS"},
                    "lineItem": {"id": item["id"]},
                }
                for index, item in enumerate(items)
            ],
        },
    }
    told = {
        "id": f"gid://shopify/Fulfillment/{base + 2_000_000}",
        "status": "SUCCESS",
        "createdAt": "2026-11-23T15:01:02Z",
        "location": {"id": location["id"]},
        "trackingInfo": [
            {
                "company": "UPS",
                "number": f"1Z999AA1{rng.randrange(10**9, 10**10)}",
                "url": "https://www.ups.com/track?loc=en_US&requester=ST/",
            }
        ],
        "fulfillmentLineItems": {
            "pageInfo": page_info(),
            "nodes": [{"quantity": item["quantity"], "lineItem": {"id": item["id"]}} for item in items],
        },
    }
    destination = share["destination"]
    return {
        "id": f"gid://shopify/Order/{base}",
        "name": f"#{1000 + number}",
        "createdAt": "2026-11-23T08:59:58Z",
        "updatedAt": "2026-11-23T15:01:03Z",
        "cancelledAt": None,
        "test": False,
        "displayFinancialStatus": rng.choice(("PAID", "PAID", "PAID", "AUTHORIZED", "PARTIALLY_REFUNDED")),
        "displayFulfillmentStatus": "FULFILLED" if shipped else "UNFULFILLED",
        "email": f"buyer{number}@example.com",
        "phone": None,
        "note": "Please leave it with the neighbours." if rng.random() < 0.15 else None,
        "currentTotalPriceSet": money(total),
        "totalShippingPriceSet": money(4.9),
        "currentTotalTaxSet": money(total * 0.16),
        "currentTotalDiscountsSet": money(0),
        "shippingLine": {"title": rng.choice(_SERVICES)},
        "risk": {"recommendation": "ACCEPT"},
        "transactions": [{"kind": "SALE", "status": "SUCCESS", "manualPaymentGateway": False}],
        "shippingAddress": {
            "name": "Ada Example",
            "company": None,
            "address1": destination["address1"],
            "address2": None,
            "city": city,
            "province": region,
            "provinceCode": region,
            "zip": postal_code,
            "countryCodeV2": country,
            "phone": "+49 30 5550100",
        },
        "lineItems": {"pageInfo": page_info(), "nodes": items},
        "fulfillmentOrders": {"pageInfo": page_info(), "nodes": [share]},
        "fulfillments": [told] if shipped else [],
    }


def make_page(orders: int = ORDERS_IN_PAGE, seed: int = 7) -> bytes:
    """Return the answer to the driver's query for that many orders."""
    rng = random.Random(seed)  # noqa: S311 - the same page in every run
    answer = {
        "data": {"orders": {"pageInfo": page_info(), "nodes": [make_order(n, rng) for n in range(orders)]}},
        "extensions": {
            "cost": {
                "requestedQueryCost": 812,
                "actualQueryCost": 633,
                "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1367, "restoreRate": 100.0},
            }
        },
    }
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def to_orders(page: bytes) -> list[Order]:
    """Do what the driver does with a page."""
    data = ORDERS.decoder.decode(page).data
    assert data is not None
    return [mapping.to_order(node, channel="shopify:default") for node in data.orders.nodes]


def best(work: Callable[[bytes], object], page: bytes, rounds: int) -> list[float]:
    """Return the seconds of each round."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work(page)
        times.append(time.perf_counter() - started)
    return times


def main() -> None:
    """Print the ratio of medians; both are measured in turn, so that they share the machine's mood."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    page = make_page()
    orders = to_orders(page)
    assert len(orders) == ORDERS_IN_PAGE
    ours: list[float] = []
    theirs: list[float] = []
    decoding: list[float] = []
    for _ in range(options.rounds):
        theirs += best(orjson.loads, page, options.repeats)
        decoding += best(ORDERS.decoder.decode, page, options.repeats)
        ours += best(to_orders, page, options.repeats)
    base = statistics.median(theirs)
    ratio = statistics.median(ours) / base
    print(f"page: {len(page):,} bytes, {len(orders)} orders, {sum(len(order.lines) for order in orders)} lines")
    print(f"orjson.loads          {base * 1e3:7.2f} ms  1.00")
    print(
        f"bytes to structs      {statistics.median(decoding) * 1e3:7.2f} ms  {statistics.median(decoding) / base:.2f}"
    )
    print(f"bytes to orders       {statistics.median(ours) * 1e3:7.2f} ms  {ratio:.2f}")
    print(f"target: at most {TARGET}; {'met' if ratio <= TARGET else 'not met'}")


if __name__ == "__main__":
    main()
