"""How long a page of 100 Shopify orders takes from bytes to unified orders, against ``orjson.loads`` of the same bytes.

Run: ``python benchmarks/shopify_orders.py``. It makes its own pages of realistic orders: 20 different ones, of a shop with 400
articles, read in turn as a poll reads them. The driver shares amounts that it has met before, so what it has kept is thrown away
before each round (and before each page, for the time of a first page). Each page is measured right after ``orjson.loads`` of the
same page, so that both share the machine's mood; a round's ratio is that of its sums.
"""

import argparse
import gc
import json
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from cartcarrier.channels.shopify import mapping
from cartcarrier.channels.shopify.client.documents import ORDERS
from cartcarrier.channels.shopify.mapping.repeated import forget
from cartcarrier.models import Order

TARGET = 1.6
ORDERS_IN_PAGE = 100
PAGES = 20
ARTICLES = 400

_STREETS = ("Rue de Rivoli", "Market Street", "Hauptstraße", "Via Roma", "Kungsgatan", "High Street")
_CITIES = (("Portland", "OR", "97204", "US"), ("Köln", "NW", "50667", "DE"), ("Lyon", "ARA", "69002", "FR"))
_TITLES = ("Enamel mug, red", "Linen towel 50 x 70", "Cast iron pan", "Beeswax candle, set of 4")
_SERVICES = ("Standard", "Express", "Economy", "Click & Collect")


def money(amount: float) -> dict[str, object]:
    """Return an amount as Shopify sends it."""
    return {"shopMoney": {"amount": f"{amount:.2f}", "currencyCode": "EUR"}}


def page_info() -> dict[str, object]:
    """Return the end of a list."""
    return {"hasNextPage": False, "endCursor": "eyJsYXN0X2lkIjo1MTIzNDU2Nzg5MDEyfQ=="}


@dataclass(frozen=True)
class Article:
    """What the shop sells."""

    sku: str
    title: str
    price: float
    weight: float


def make_article(rng: random.Random) -> Article:
    """Return an article with its price."""
    return Article(
        sku=f"SKU-{rng.randrange(10_000, 99_999)}",
        title=rng.choice(_TITLES),
        price=rng.randrange(400, 19_900) / 100,
        weight=rng.choice((0.35, 0.8, 1.25, 240.0)),
    )


def make_order(number: int, rng: random.Random, articles: Sequence[Article]) -> dict[str, Any]:
    """Return one order of one to five lines, as the query of the driver gets it."""
    base = 5_100_000_000_000 + number
    lines = rng.choices((1, 2, 3, 4, 5), weights=(40, 28, 16, 10, 6))[0]
    shipped = rng.random() < 0.4
    city, region, postal_code, country = rng.choice(_CITIES)
    items: list[dict[str, Any]] = []
    bought = rng.choices(articles, k=lines)
    for index, article in enumerate(bought):
        quantity = rng.choices((1, 2, 3), weights=(75, 18, 7))[0]
        price = article.price
        items.append(
            {
                "id": f"gid://shopify/LineItem/{base * 10 + index}",
                "sku": article.sku,
                "title": article.title,
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
                    "weight": {"value": bought[index].weight, "unit": "KILOGRAMS"},
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


def make_page(page: int, articles: int | None = ARTICLES) -> bytes:
    """Return the answer to the driver's query for one page.

    Args:
        page: Its number; each has other orders.
        articles: How many the shop has; ``None`` for as many as there are lines, so that hardly a price occurs twice.
    """
    rng = random.Random(page)  # noqa: S311 - the same page in every run
    shop = random.Random(7 if articles else page)  # noqa: S311 - the same shop on every page
    catalogue = [make_article(shop) for _ in range(articles or 10 * ORDERS_IN_PAGE)]
    first = page * ORDERS_IN_PAGE
    nodes = [make_order(first + index, rng, catalogue) for index in range(ORDERS_IN_PAGE)]
    answer = {
        "data": {"orders": {"pageInfo": page_info(), "nodes": nodes}},
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
    """Do what the driver does with a page: take node after node, and let go of each."""
    data = ORDERS.decoder.decode(page).data
    assert data is not None
    nodes = deque(data.orders.nodes)
    del data
    orders = []
    while nodes:
        orders.append(mapping.to_order(nodes.popleft(), channel="shopify:default"))
    return orders


def seconds(work: Callable[[bytes], object], page: bytes) -> float:
    """Return the processor's seconds that it takes, with letting go of what it made."""
    started = time.thread_time()
    work(page)
    return time.thread_time() - started


@dataclass(frozen=True)
class Round:
    """The seconds of one round over the same pages."""

    parsing: float
    decoding: float
    mapping: float


def one_round(pages: Sequence[bytes], *, cold: bool = False, keep: bool = False) -> Round:
    """Read all pages in turn.

    Args:
        pages: What is read.
        cold: Forget before every page.
        keep: Do not forget before the round.
    """
    parsing = decoding = whole = 0.0
    if not keep:
        forget()
    gc.collect()
    gc.freeze()  # so that nobody pays for walking through what this script has
    for page in pages:
        if cold:
            forget()
        parsing += seconds(orjson.loads, page)
        decoding += seconds(ORDERS.decoder.decode, page)
        whole += seconds(to_orders, page)
    return Round(parsing, decoding, whole)


def report(name: str, rounds: Sequence[Round], pages: int) -> float:
    """Print the ratios, and return their median."""
    ratios = [one.mapping / one.parsing for one in rounds]
    each = statistics.median(one.mapping for one in rounds) / pages
    print(f"{name:<44}{each * 1e3:6.2f} ms a page   median {statistics.median(ratios):.2f}   min {min(ratios):.2f}")
    return statistics.median(ratios)


def main() -> None:
    """Print the ratios, over rounds in which all is measured in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    pages = [make_page(number) for number in range(PAGES)]
    dear = [make_page(number, articles=None) for number in range(PAGES)]
    lines = sum(len(order.lines) for page in pages for order in to_orders(page)) / PAGES
    turn, cold, same, unlike = [], [], [], []
    for _ in range(options.rounds):
        turn.append(one_round(pages))
        cold.append(one_round(pages, cold=True))
        unlike.append(one_round(dear))
        same.append(one_round([pages[0]] * PAGES, keep=True))
    size = sum(len(page) for page in pages) // PAGES
    parsing = statistics.median(one.parsing for one in turn)
    decoding = statistics.median(one.decoding for one in turn)
    print(f"{PAGES} pages of {size:,} bytes, {ORDERS_IN_PAGE} orders, {lines:.0f} lines; {options.rounds} rounds")
    print(f"{'orjson.loads':<44}{parsing / PAGES * 1e3:6.2f} ms a page          1.00")
    print(f"{'bytes to structs':<44}{decoding / PAGES * 1e3:6.2f} ms a page          {decoding / parsing:.2f}")
    ratio = report("bytes to orders, page after page", turn, PAGES)
    report("  a first page, nothing met before", cold, PAGES)
    report("  no price twice", unlike, PAGES)
    report("  the same page again and again", same, PAGES)
    print(f"target: at most {TARGET} page after page; {'met' if ratio <= TARGET else 'not met'}")
    if ratio > TARGET:
        sys.exit(1)


if __name__ == "__main__":
    main()
