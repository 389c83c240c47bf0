"""What passes between a client and the simulated Amazon fits Amazon's published descriptions, errata applied.

Every exchange of a test here is checked, in both directions; requests that are broken on purpose are checked in their answer only.
"""

import json
from collections.abc import AsyncIterator
from xml.etree import ElementTree as ET

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.amazon import AmazonSimulator
from cartcarrier.sandbox.amazon._routes import OPERATIONS, Operation
from tests.contract import oracle, oracle_swagger2
from tests.contract.amazon_checked import Checked
from tests.sandbox.amazon.client import (
    ALL_DATA,
    EU,
    LISTINGS,
    ORDERS,
    ORDERS_V0,
    SANDBOX_NA,
    US,
    AmazonClient,
    Json,
    acknowledgement,
    listings_feed,
    quantity_patch,
)

pytestmark = oracle.needs_specs

XML_TYPE, JSON_TYPE = "text/xml; charset=UTF-8", "application/json; charset=UTF-8"
CREATED = "2026-01-01T00:00:00Z"


@pytest.fixture
def checked() -> Checked:
    return Checked()


@pytest.fixture
async def amazon(checked: Checked) -> AsyncIterator[AmazonClient]:
    """Return a client without limits, each of whose exchanges is checked."""
    clock = ManualClock()
    client = AmazonClient(AmazonSimulator(clock=clock, limits=False), clock)
    client.http.event_hooks["response"].append(checked)
    async with client.http:
        await client.log_in()
        yield client


def tree(element: ET.Element) -> object:
    """Read XML as lists of children by name, so that a JSON Schema can look at it."""
    if len(element) == 0:
        return element.text or ""
    found: dict[str, list[object]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(tree(child))
    return found


ORDER_SHAPES: dict[str, Json] = {
    "plain": {},
    "prime": {"programs": ["PRIME", "PREMIUM"], "service_level": "NEXT_DAY", "label_after": "2026-01-06T00:00:00Z"},
    "business": {
        "programs": ["AMAZON_BUSINESS"],
        "buyer": {"name": "Ann Lee", "company_name": "Harbor", "po_number": "PO-1"},
        "seller_order_id": "S-1",
    },
    "rich line": {
        "lines": [
            {
                "sku": "A",
                "quantity": 3,
                "shipping": "4.99",
                "shipping_tax": "0.40",
                "discount": "2.00",
                "shipping_discount": "1.00",
                "promotion_ids": ["P-1"],
                "gift_message": "Hi",
                "gift_wrap_level": "Classic",
                "gift_wrap_price": "3.00",
                "condition_note": "boxed",
                "transparency": True,
                "subscribe_and_save": True,
                "ioss_number": "IM3720000224",
                "customized_url": "https://x.example/1",
                "serial_number_required": True,
                "constraints": ["signatureConfirmation", "cashOnDelivery"],
            },
            {"sku": "B"},
        ],
        "delivery_tip": "5.00",
        "delivery_preference": "ring twice",
    },
    "pending": {"status": "PENDING"},
    "pre-order": {"status": "PENDING_AVAILABILITY", "programs": ["PREORDER"]},
    "unfulfillable": {"status": "UNFULFILLABLE", "non_amazon": True},
    "amazon": {"fulfilled_by": "AMAZON"},
    "replacement": {"replaces": "112-1111111-1111111", "lines": [{"sku": "A", "price": "0"}]},
    "canadian": {"marketplace": "CA"},
    "regulated": {"regulated": "Pending"},
}


@pytest.mark.parametrize("name", ORDER_SHAPES)
async def test_orders_fit(amazon: AmazonClient, name: str) -> None:
    """In both versions, with every data set, with and without personal data, in every state."""
    order_id = amazon.simulator.place_order(**ORDER_SHAPES[name])

    async def read() -> None:
        await amazon.order(order_id, ALL_DATA)
        await amazon.search(includedData=ALL_DATA)
        await v0_reads(amazon, order_id)

    await read()
    if name in {"plain", "rich line", "canadian"}:
        amazon.simulator.request_cancellation(order_id)
        await read()
        if name != "rich line":
            assert (await amazon.confirm(order_id)).status_code == 204
            amazon.simulator.set_package_status(order_id, "1", "DELIVERED", "DELIVERED")
            await read()
    elif name == "amazon":
        amazon.simulator.ship_by_amazon(order_id)
        await read()
    elif name in {"prime", "pending"}:
        amazon.simulator.cancel(order_id)
        await read()
    amazon.simulator.set_roles(["inventory_and_order_tracking"])
    await amazon.order(order_id, ALL_DATA)


async def v0_reads(amazon: AmazonClient, order_id: str) -> None:
    """Read an order in v0, without and with restricted data tokens."""
    for part, elements in (
        ("", ("buyerInfo", "shippingAddress")),
        ("/orderItems", ("buyerInfo",)),
        ("/address", ()),
        ("/buyerInfo", ()),
        ("/orderItems/buyerInfo", ()),
        ("/regulatedInfo", ()),
    ):
        path = f"{ORDERS_V0}/{order_id}{part}"
        await amazon.get(path)
        token = await amazon.restricted(f"{ORDERS_V0}/{{orderId}}{part}", *elements)
        assert (await amazon.call("GET", path, token=token)).status_code == 200
    await amazon.get(ORDERS_V0, CreatedAfter=CREATED, MarketplaceIds=US)


async def test_pages_of_orders_fit(amazon: AmazonClient) -> None:
    """With their tokens, by both times."""
    for _ in range(3):
        amazon.simulator.place_order()
    assert len(await amazon.search_all(maxResultsPerPage=1)) == 3
    assert len(await amazon.search_all(maxResultsPerPage=1, createdAfter=CREATED)) == 3


async def test_confirmations_fit(amazon: AmazonClient, checked: Checked) -> None:
    """Requests, and every kind of refusal."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2}])
    assert (await amazon.confirm(order_id, packageReferenceId=1)).status_code == 400
    assert (await amazon.confirm(order_id, carrierCode="Other", carrierName="Bikes")).status_code == 204
    assert (await amazon.confirm(order_id, packageReferenceId="2")).status_code == 400
    body = await amazon.package(order_id)
    await amazon.send_confirmation("112-0000000-0000000", body)
    await amazon.call("POST", f"{ORDERS_V0}/{order_id}/shipmentConfirmation", token="wrong", json=body)
    assert {("confirmShipment", status) for status in (204, 400, 401, 404)} <= checked.seen


async def test_stock_fits(amazon: AmazonClient) -> None:
    """Patches that are accepted, invalid and previewed; listings and Amazon's own stock."""
    seller = amazon.simulator.settings()["seller_id"]
    for patch in (quantity_patch(5), quantity_patch(-1), {"op": "delete", "path": "/attributes/x"}):
        assert (await amazon.patch("MUG-RED-01", patch, issueLocale="en_US")).status_code == 200
    await amazon.patch("MUG-RED-01", quantity_patch(5), mode="VALIDATION_PREVIEW")
    everything = "summaries,attributes,issues,offers,fulfillmentAvailability,productTypes"
    await amazon.get(f"{LISTINGS}/{seller}/MUG-RED-01", marketplaceIds=US, includedData=everything)
    await amazon.get(f"{LISTINGS}/{seller}/NOTHING", marketplaceIds=US)
    await amazon.get(f"{LISTINGS}/{seller}", marketplaceIds=US, includedData=everything, pageSize="2")
    for number in range(60):
        amazon.simulator.set_fba_stock(f"X-{number}", number, inbound=1)
    question = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US}
    page = (await amazon.get("/fba/inventory/v1/summaries", **question, details="true")).json()
    token = page["pagination"]["nextToken"]
    assert (await amazon.get("/fba/inventory/v1/summaries", **question, details="true", nextToken=token)).json()
    await amazon.get("/fba/inventory/v1/summaries", **question, sellerSkus="X-1")


async def test_listings_feed_fits(amazon: AmazonClient) -> None:
    """The feed, its report with refused messages, and every state on the way."""
    seller = str(amazon.simulator.settings()["seller_id"])
    content = listings_feed({"MUG-RED-01": 5, "UNKNOWN": 5, "LAMP-7": -1}, seller)
    feed = json.loads(content)
    oracle_swagger2.check_feed_document(feed, "listings-feed-schema-v2")
    for message in feed["messages"]:
        oracle_swagger2.check_feed_document(message, "listings-feed-message-schema-v2")
    feed_id = await amazon.feed("JSON_LISTINGS_FEED", content, JSON_TYPE)
    for seconds in (0, 30, 60):
        amazon.clock.advance(seconds)
        await amazon.feed_state(feed_id)
    report = json.loads(await amazon.report(feed_id))
    assert len(report["issues"]) == 2
    oracle_swagger2.check_feed_document(report, "listings-feed-processing-report-schema-v2")
    await amazon.get("/feeds/2021-06-30/feeds", feedTypes="JSON_LISTINGS_FEED", pageSize="1")
    for doomed in ("FATAL", "CANCELLED"):
        amazon.simulator.doom_next_feed(doomed)
        feed_id = await amazon.feed("JSON_LISTINGS_FEED", content, JSON_TYPE)
        amazon.clock.advance(90)
        assert (await amazon.feed_state(feed_id))["processingStatus"] == doomed
    feed_id = await amazon.feed("JSON_LISTINGS_FEED", content, JSON_TYPE)
    assert (await amazon.call("DELETE", f"/feeds/2021-06-30/feeds/{feed_id}")).status_code == 200
    assert (await amazon.call("DELETE", f"/feeds/2021-06-30/feeds/{feed_id}")).status_code == 400


async def test_acknowledgement_feed_fits(amazon: AmazonClient) -> None:
    """Against schemas of ours: Amazon's are not at hand."""
    seller = str(amazon.simulator.settings()["seller_id"])
    order_id = amazon.simulator.place_order()
    items = [item["orderItemId"] for item in (await amazon.order(order_id))["orderItems"]]
    content = acknowledgement({order_id: items, "112-0000000-0000000": ["1"]}, seller)
    oracle_swagger2.check_assumed(
        tree(ET.fromstring(content)),  # noqa: S314 - written above
        "order_acknowledgement",
    )
    feed_id = await amazon.feed("POST_ORDER_ACKNOWLEDGEMENT_DATA", content, XML_TYPE)
    amazon.clock.advance(90)
    report = tree(ET.fromstring(await amazon.report(feed_id)))  # noqa: S314 - written by the simulator
    oracle_swagger2.check_assumed(report, "order_processing_report")


async def subscribe_events(amazon: AmazonClient, kind: str) -> None:
    resource = {"eventBridge": {"region": "us-east-1", "accountId": "123456789012"}}
    body: Json = {"name": "events", "resourceSpecification": resource}
    made = await amazon.call("POST", "/notifications/v1/destinations", token=await amazon.grantless(), json=body)
    body = {"payloadVersion": "1.0", "destinationId": made.json()["payload"]["destinationId"]}
    assert (await amazon.call("POST", f"/notifications/v1/subscriptions/{kind}", json=body)).status_code == 200


async def test_notifications_fit(amazon: AmazonClient) -> None:
    """Each type against Amazon's own schema of it."""
    for kind in (
        "ORDER_CHANGE",
        "FEED_PROCESSING_FINISHED",
        "FBA_OUTBOUND_SHIPMENT_STATUS",
        "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
    ):
        assert (await amazon.subscribe(kind)).status_code == 200
    await subscribe_events(amazon, "LISTINGS_ITEM_STATUS_CHANGE")
    order_id = amazon.simulator.place_order(lines=[{"sku": "MUG-RED-01"}], programs=["PRIME"])
    amazon.simulator.request_cancellation(order_id)
    await amazon.confirm(order_id)
    amazon.simulator.cancel(amazon.simulator.place_order(programs=["PREORDER"], replaces=order_id))
    amazon.simulator.ship_by_amazon(
        amazon.simulator.place_order(
            fulfilled_by="AMAZON", lines=[{"sku": "FBA-LAMP-7"}], address={"address_line1": "x"}
        )
    )
    await amazon.patch("MUG-RED-01", quantity_patch(0))
    seller = str(amazon.simulator.settings()["seller_id"])
    await amazon.feed("JSON_LISTINGS_FEED", listings_feed({"SOAP-3": 1}, seller), JSON_TYPE)
    amazon.clock.advance(90)
    schemas = {
        "ORDER_CHANGE": "OrderChangeNotification",
        "FEED_PROCESSING_FINISHED": "FeedProcessingFinishedNotification",
        "FBA_OUTBOUND_SHIPMENT_STATUS": "FBAOutboundShipmentStatusNotification",
        "LISTINGS_ITEM_MFN_QUANTITY_CHANGE": "ListingsItemMfnQuantityChange",
        "LISTINGS_ITEM_STATUS_CHANGE": "ListingsItemStatusChangeNotification",
    }
    seen = set()
    for body in amazon.notifications():
        note = body.get("detail", body)
        kind = note.get("NotificationType") or note["notificationType"]
        oracle_swagger2.check_notification(note, schemas[kind])
        seen.add(kind)
    assert seen == set(schemas)


async def test_subscriptions_fit(amazon: AmazonClient) -> None:
    """All operations on them, conflicts and absences too."""
    wanted = {"eventFilter": {"eventFilterType": "ORDER_CHANGE", "marketplaceIds": [US]}}
    made = (await amazon.subscribe("ORDER_CHANGE", directive=wanted)).json()["payload"]
    await amazon.subscribe("ORDER_CHANGE", directive=wanted)
    base, token = "/notifications/v1", await amazon.grantless()
    await amazon.get(f"{base}/subscriptions/ORDER_CHANGE")
    await amazon.get(f"{base}/subscriptions/FEED_PROCESSING_FINISHED")
    await amazon.get(f"{base}/subscriptions", notificationTypes="ORDER_CHANGE")
    for path in (
        f"{base}/subscriptions/ORDER_CHANGE/{made['subscriptionId']}",
        f"{base}/destinations/{made['destinationId']}",
    ):
        for method in ("GET", "DELETE", "GET"):
            await amazon.call(method, path, token=token)


async def test_sellers_fit(amazon: AmazonClient) -> None:
    """In every region."""
    await amazon.get("/sellers/v1/marketplaceParticipations")
    await amazon.log_in("eu")
    amazon.host = EU
    countries = (await amazon.get("/sellers/v1/marketplaceParticipations")).json()["payload"]
    assert {row["marketplace"]["countryCode"] for row in countries} >= {"GB", "DE"}


async def test_amazons_sandbox_fits(amazon: AmazonClient) -> None:
    """Its fixed answers are of the same shapes."""
    amazon.host = SANDBOX_NA
    await amazon.get(f"{ORDERS}/171-9876543-2109876", includedData=ALL_DATA)
    await amazon.get(f"{ORDERS}/1")
    await amazon.get("/sellers/v1/marketplaceParticipations")


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if not each.sandbox_only], ids=lambda each: each.name
)
async def test_refusals_fit(amazon: AmazonClient, operation: Operation) -> None:
    """At the door, over the limit, and by order of the harness: each operation's own schema of errors."""
    path = operation.template.replace("{sellerId}", str(amazon.simulator.settings()["seller_id"]))
    for name in ("orderId", "sku", "feedId", "feedDocumentId", "destinationId", "notificationType", "subscriptionId"):
        path = path.replace(f"{{{name}}}", "X")
    for name in ("shipmentId", "sellerFulfillmentOrderId"):
        path = path.replace(f"{{{name}}}", "X")
    token = await amazon.grantless() if operation.grantless else str(amazon.token)
    assert (await amazon.call(operation.method, path, token="wrong")).status_code in {401, 403}
    body: Json | None = None if operation.method in {"GET", "DELETE"} else {}
    first = await amazon.call(operation.method, path, token=token, json=body)
    assert first.status_code in {200, 400, 404}, first.text
    amazon.simulator.set_limit(operation.name, 0.001, 1)
    await amazon.call(operation.method, path, token=token, json=body)
    assert (await amazon.call(operation.method, path, token=token, json=body)).status_code == 429
    for status in (500, 503):
        amazon.simulator.add_fault(operation=operation.name, kind="status", status=status)
        assert (await amazon.call(operation.method, path, token=token)).status_code == status


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        ({"grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}, 200),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400),
        ({"grant_type": "client_credentials", "scope": "x"}, 400),
        ({"grant_type": "x"}, 400),
        ({"client_secret": "x", "grant_type": "refresh_token"}, 401),
    ],
    ids=["grantless", "grant", "scope", "type", "client"],
)
async def test_token_endpoint_fits(amazon: AmazonClient, grant: dict[str, str], status: int) -> None:
    """Against a schema of ours: Amazon publishes none."""
    assert (await amazon.grant(**grant)).status_code == status


def test_errata_are_needed() -> None:
    """A description that Amazon has mended must lose its patch: each patch changes something."""
    patches = json.loads(oracle_swagger2.ERRATA.read_text(encoding="utf-8"))["patches"]
    for patch in patches:
        assert patch["reason"]
        assert patch["evidence"]
        for name in patch["specs"]:
            before = oracle.load_yaml(name)
            after = json.loads(json.dumps(before))
            oracle.apply_patch(after, patch)
            assert before != after, name


def test_oracle_refuses_what_does_not_fit() -> None:
    """An oracle that says yes to everything proves nothing."""
    good = b'{"feedId":"1"}'
    template = "/feeds/2021-06-30/feeds"
    body = json.dumps({"feedType": "X", "marketplaceIds": [US], "inputFeedDocumentId": "d"}).encode()
    oracle_swagger2.check_exchange("POST", template, "", body, 202, good)
    for request, status, answer in (
        (body, 202, b'{"feedid":"1"}'),
        (body, 202, b'{"feedId":"1","more":1}'),
        (body, 418, good),
        (b'{"feedType":"X"}', 202, good),
    ):
        with pytest.raises(AssertionError):
            oracle_swagger2.check_exchange("POST", template, "", request, status, answer)
    for query in ("", "createdAfter=x&fulfillmentStatuses=Shipped", "createdAfter=x&sort=asc"):
        with pytest.raises(AssertionError):
            oracle_swagger2.check_exchange("GET", ORDERS, query, b"", 200, b'{"orders":[{}]}')
