"""Feeds as tests send them."""

import json
from xml.etree import ElementTree as ET

from tests.sandbox.amazon.client import AmazonClient, Json, acknowledgement

LISTINGS, CANCEL = "JSON_LISTINGS_FEED", "POST_ORDER_ACKNOWLEDGEMENT_DATA"
JSON_TYPE, XML_TYPE = "application/json; charset=UTF-8", "text/xml; charset=UTF-8"
FEEDS = "/feeds/2021-06-30/feeds"
WHOLE = 90  # seconds from creation to the report


def seller_of(amazon: AmazonClient) -> str:
    return str(amazon.simulator.settings()["seller_id"])


def read_report(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - written by our own simulator


async def items_of(amazon: AmazonClient, *orders: str) -> dict[str, list[str]]:
    return {
        order_id: [item["orderItemId"] for item in (await amazon.order(order_id))["orderItems"]] for order_id in orders
    }


async def cancel(amazon: AmazonClient, *orders: str, reason: str = "NoInventory") -> tuple[Json, ET.Element]:
    """Cancel orders by feed; return the feed when it has ended, and its report."""
    content = acknowledgement(await items_of(amazon, *orders), seller_of(amazon), reason=reason)
    feed_id = await amazon.feed(CANCEL, content, XML_TYPE)
    amazon.clock.advance(WHOLE)
    report = read_report(await amazon.report(feed_id))
    return await amazon.feed_state(feed_id), report


async def update(amazon: AmazonClient, content: bytes) -> tuple[Json, Json]:
    """Send a listings feed; return the feed when it has ended, and its report."""
    feed_id = await amazon.feed(LISTINGS, content, JSON_TYPE)
    amazon.clock.advance(WHOLE)
    report: Json = json.loads(await amazon.report(feed_id))
    return await amazon.feed_state(feed_id), report


async def document(amazon: AmazonClient) -> Json:
    made: Json = (await amazon.call("POST", "/feeds/2021-06-30/documents", json={"contentType": JSON_TYPE})).json()
    return made
