"""What passes between a client and the simulated eBay fits eBay's published descriptions, errata applied.

Every exchange of a client is checked in both directions as it happens. Where eBay publishes no schema (the token endpoint,
Post-Order, what it pushes) it is checked against one of ours in ``assumed/ebay_*.json``.
"""

import base64
import copy
import json
import re
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.ebay import EbaySimulator
from cartcarrier.sandbox.ebay._notifications import challenge_response
from cartcarrier.sandbox.ebay._routes import OPERATIONS
from cartcarrier.sandbox.ebay._shape import KINDS
from tests.contract import oracle
from tests.sandbox.ebay.client import (
    APIZ,
    CANCEL,
    ENDPOINT,
    HOOKS,
    ORDERS,
    START,
    STOCK,
    EbayClient,
    Json,
    subscription,
)

pytestmark = oracle.needs_specs

SPECS = {
    "/sell/fulfillment/v1": "ebay/sell_fulfillment_v1.json",
    "/sell/inventory/v1": "ebay/sell_inventory_v1.json",
    "/commerce/notification/v1": "ebay/commerce_notification_v1.json",
    "/developer/analytics/v1_beta": "ebay/developer_analytics_v1_beta.json",
    "/developer/key_management/v1": "ebay/developer_key_management_v1.json",
    "/post-order/v2": "ebay/post_order_cancellation_v2.json",
}
ASSUMED = Path(__file__).parent / "assumed"
ENVELOPE = "errors"


@cache
def assumed_schemas() -> dict[str, jsonschema_rs.Draft202012Validator]:
    """Return the validators of our own schemas by name."""
    made: dict[str, jsonschema_rs.Draft202012Validator] = {}
    for path in sorted(ASSUMED.glob("ebay_*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for name, schema in document["schemas"].items():
            made[name] = jsonschema_rs.Draft202012Validator({"allOf": [schema], "$defs": document.get("$defs", {})})
    return made


def check_assumed(name: str, body: object) -> None:
    """Fail the test when a body does not fit our own schema of that name."""
    assert not oracle.problems(assumed_schemas()[name], body), name


@cache
def templates(spec: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    paths = oracle.load_spec(spec)["paths"]
    return tuple((re.compile(re.sub(r"\{\w+\}", "[^/]+", path.rstrip("/")) + "/?"), path) for path in paths)


@cache
def error_validator(spec: str) -> Any:
    """Return a validator of a refusal: the description has the error, and says nowhere what it stands in."""
    components = copy.deepcopy(oracle.load_spec(spec)["components"])
    error = {"$ref": "#/components/schemas/Error"}
    envelope = {
        "type": "object",
        "required": [ENVELOPE],
        "properties": {ENVELOPE: {"type": "array", "minItems": 1, "items": error}},
        "additionalProperties": False,
    }
    closed = oracle._to_json_schema({"components": components}, closed=True)
    return jsonschema_rs.Draft4Validator({"allOf": [envelope], **closed})


class CheckedClient(EbayClient):
    """A client whose every exchange is checked.

    Attributes:
        seen: The operations so far, as method and path template.
    """

    def __init__(self, simulator: EbaySimulator, clock: ManualClock) -> None:
        super().__init__(simulator, clock)
        self.seen: set[tuple[str, str]] = set()
        self.http.event_hooks = {"response": [self._check]}

    async def _check(self, response: httpx.Response) -> None:
        await response.aread()
        path = response.request.url.path
        base = next((base for base in SPECS if path.startswith(base)), None)
        if path == "/identity/v1/oauth2/token":
            self._check_token(response)
        elif base is not None:
            self._check_call(response, SPECS[base], path.removeprefix(base), base)

    @staticmethod
    def _check_token(response: httpx.Response) -> None:
        body = response.json()
        if response.status_code != 200:
            check_assumed("token.error", body)
        elif "refresh_token" in body:
            check_assumed("token.user", body)
        else:
            user = body["token_type"] == "User Access Token"
            check_assumed("token.refreshed" if user else "token.application", body)

    def _check_call(self, response: httpx.Response, spec: str, path: str, base: str) -> None:
        method = response.request.method
        # A literal path comes before one with a variable in its place.
        fitting = sorted(
            (template for pattern, template in templates(spec) if pattern.fullmatch(path)), key=lambda t: "{" in t
        )
        found = next((t for t in fitting if method.lower() in oracle.load_spec(spec)["paths"][t]), None)
        assert found is not None, f"{spec} has no {method} {path}"
        self.seen.add((method, base + found.rstrip("/")))
        if base == "/post-order/v2":
            self._check_post_order(response, method, base + path)
            return
        if response.is_success and response.request.content:
            oracle.check(json.loads(response.request.content), spec, found, method, "request")
        described = oracle.load_spec(spec)["paths"][found][method.lower()]["responses"]
        assert str(response.status_code) in described or response.status_code in {401, 403, 429}, response.text
        if not response.is_success:
            assert not oracle.problems(error_validator(spec), response.json()), response.text
        elif response.content:
            status = 200 if response.status_code == 207 else response.status_code
            oracle.check(response.json(), spec, found, method, "response", status)
        else:
            # A created thing is described by an empty object, and is answered with nothing.
            assert response.status_code in {201, 202, 204}

    def _check_post_order(self, response: httpx.Response, method: str, path: str) -> None:
        name = self.simulator.operation(method, path, b"")
        schemas = assumed_schemas()
        if not response.is_success:
            body = response.json()
            assert ENVELOPE in body or not oracle.problems(schemas["postOrder.error"], body)
            return
        assert response.status_code == 200
        if response.request.content:
            check_assumed(f"{name}.request", json.loads(response.request.content))
        if response.content:
            check_assumed(name, response.json())
        else:
            assert name not in schemas


@pytest.fixture
async def ebay() -> AsyncIterator[CheckedClient]:
    """Return a client of a fresh simulator, whose every exchange is checked."""
    clock = ManualClock(START)
    client = CheckedClient(EbaySimulator(clock=clock), clock)
    async with client.http:
        yield client


@pytest.mark.parametrize("fields", [{}, {"fieldGroups": "TAX_BREAKDOWN"}], ids=["plain", "breakdown"])
@pytest.mark.parametrize("kind", KINDS)
async def test_orders_of_every_kind_fit(ebay: CheckedClient, kind: str, fields: dict[str, str]) -> None:
    """Alone and in a list."""
    placed = ebay.place(
        kind=kind,
        lines=[
            {
                "sku": "A",
                "quantity": 2,
                "tax": "1.00",
                "discount": "2.00",
                "variation_id": "7",
                "aspects": {"Color": "Red"},
            },
            {"title": "No SKU"},
        ],
        note="Hello",
        payout_hold=True,
        converted_from=("EUR", "1.08"),
        delivery_discount="1.00",
        tax_reference={"name": "IOSS", "value": "IM1234567890"},
        tax_identifier={"taxpayerId": "X", "taxIdentifierType": "CODICE_FISCALE", "issuingCountry": "IT"},
        company="ACME",
    )
    assert (await ebay.order(placed, **fields))["orderId"] == placed
    assert (await ebay.orders(**fields))["total"] == 1


async def test_seeded_orders_fit(ebay: CheckedClient) -> None:
    """The plain and the awkward ones, over several pages."""
    ebay.simulator.seed_orders(160)
    for offset in range(0, 160, 40):
        await ebay.orders(limit=40, offset=offset, fieldGroups="TAX_BREAKDOWN")


async def tour_orders(ebay: CheckedClient) -> None:
    placed = ebay.place(lines=[{"sku": "A", "quantity": 2}, {"sku": "B"}])
    lines = [line["lineItemId"] for line in (await ebay.order(placed))["lineItems"]]
    await ebay.ship(placed, [(lines[0], 1)], shippedDate="2026-11-24T09:00:00.000Z")
    await ebay.ship(placed, [(lines[1], 1)], number=None)
    await ebay.fulfillments(placed)
    await ebay.get(f"{ORDERS}/order/{placed}/shipping_fulfillment/999")
    money = {"value": "1.00", "currency": "USD"}
    refund: Json = {"reasonForRefund": "OTHER_ADJUSTMENT", "comment": "sorry", "orderLevelRefundAmount": money}
    path = f"{ORDERS}/order/{placed}/issue_refund"
    await ebay.call("POST", path, refund)
    ebay.clock.advance(60)
    refund = {"reasonForRefund": "BUYER_RETURN", "refundItems": [{"lineItemId": lines[0], "refundAmount": money}]}
    await ebay.call("POST", path, refund)
    ebay.clock.advance(60)
    await ebay.order(placed)


async def tour_cancellations(ebay: CheckedClient) -> None:
    first, second, third = (ebay.place() for _ in range(3))
    await ebay.call("POST", f"{CANCEL}/check_eligibility", {"legacyOrderId": first})
    paid = {"buyerPaid": True, "buyerPaidDate": {"value": "2026-11-23T18:02:11.000Z"}}
    body = {"legacyOrderId": first, "cancelReason": "ADDRESS_ISSUES", **paid}
    made = (await ebay.call("POST", CANCEL, body)).json()["cancelId"]
    await ebay.call("POST", f"{CANCEL}/check_eligibility", {"legacyOrderId": first})
    accepted, refused = (ebay.simulator.request_cancellation(order) for order in (second, third))
    await ebay.call("POST", f"{CANCEL}/{accepted}/approve")
    reason = {"shipmentDate": {"value": "2026-11-24T08:00:00.000Z"}, "trackingNumber": "1Z999AA10123456784"}
    await ebay.call("POST", f"{CANCEL}/{refused}/reject", reason)
    await ebay.call("POST", f"{CANCEL}/{refused}/confirm")
    await ebay.get(f"{CANCEL}/search")
    ebay.clock.advance(60)
    for cancel_id in (made, accepted, refused):
        await ebay.get(f"{CANCEL}/{cancel_id}", fieldgroups="FULL")
    await ebay.get(f"{CANCEL}/search", limit=2)
    for order_id in (first, second, third):
        await ebay.order(order_id)


async def tour_inventory(ebay: CheckedClient) -> None:
    item = {
        "availability": {"shipToLocationAvailability": {"quantity": 5}},
        "condition": "NEW",
        "product": {"title": "Cup", "aspects": {"Color": ["Red"]}},
    }
    offer = {
        "sku": "CUP",
        "marketplaceId": "EBAY_US",
        "format": "FIXED_PRICE",
        "availableQuantity": 3,
        "categoryId": "20625",
        "merchantLocationKey": "main",
        "listingPolicies": {"fulfillmentPolicyId": "1", "paymentPolicyId": "2", "returnPolicyId": "3"},
        "pricingSummary": {"price": {"value": "14.90", "currency": "USD"}},
    }
    for _ in range(2):
        await ebay.call("PUT", f"{STOCK}/inventory_item/CUP", item)
    await ebay.get(f"{STOCK}/inventory_item/CUP")
    path = f"{STOCK}/offer/{(await ebay.call('POST', f'{STOCK}/offer', offer)).json()['offerId']}"
    await ebay.get(path)
    await ebay.call("POST", f"{path}/publish")
    await ebay.call("PUT", path, {name: offer[name] for name in ("categoryId", "pricingSummary")})
    await ebay.get(f"{STOCK}/offer", sku="CUP", limit=1)
    number = path.rpartition("/")[2]
    wanted = [
        {
            "sku": "CUP",
            "shipToLocationAvailability": {
                "quantity": 4,
                "availabilityDistributions": [
                    {"merchantLocationKey": "main", "quantity": 4, "fulfillmentTime": {"value": 1, "unit": "DAY"}}
                ],
            },
            "offers": [{"offerId": number, "availableQuantity": 4, "price": {"value": "9.90", "currency": "USD"}}],
        },
        {"sku": "NONE", "shipToLocationAvailability": {"quantity": 1}},
    ]
    assert (await ebay.call("POST", f"{STOCK}/bulk_update_price_quantity", {"requests": wanted})).status_code == 207
    await ebay.call("POST", f"{STOCK}/bulk_get_inventory_item", {"requests": [{"sku": "CUP"}, {"sku": "NONE"}]})
    listing = ebay.simulator.list_elsewhere("OLD", 2)
    await ebay.call("POST", f"{STOCK}/bulk_migrate_listing", {"requests": [{"listingId": listing}, {"listingId": "1"}]})
    await ebay.get(f"{STOCK}/inventory_item", limit=1)
    await ebay.get(f"{STOCK}/location")
    await ebay.get(f"{STOCK}/location/main")
    await ebay.call("POST", f"{path}/withdraw")
    await ebay.call("DELETE", path)
    await ebay.call("DELETE", f"{STOCK}/inventory_item/CUP")


async def tour_notifications(ebay: CheckedClient) -> None:
    made = await ebay.subscribe("ORDER_CONFIRMATION", "1.1")
    path = f"{HOOKS}/subscription/{made}"
    read = await ebay.get(path)
    await ebay.get(f"{HOOKS}/config", app=True)
    await ebay.get(f"{HOOKS}/subscription", limit=10)
    destination = f"{HOOKS}/destination/{read['destinationId']}"
    await ebay.get(destination, app=True)
    await ebay.call("PUT", destination, ebay.destination_body(), app=True)
    await ebay.call("POST", f"{path}/disable")
    await ebay.call("POST", f"{path}/enable")
    await ebay.call("POST", f"{path}/test")
    await ebay.call("POST", f"{path}/filter", {"filterSchema": {}})
    await ebay.call("PUT", path, {name: read[name] for name in ("status", "destinationId", "payload")})
    await ebay.call("POST", f"{HOOKS}/subscription", subscription("ORDER_CONFIRMATION", read["destinationId"]))
    await ebay.get(f"{HOOKS}/topic", app=True)
    await ebay.get(f"{HOOKS}/topic/ORDER_CONFIRMATION", app=True)
    header = ebay.simulator.deliveries()[0]["headers"]["X-EBAY-SIGNATURE"]
    await ebay.get(f"{HOOKS}/public_key/{json.loads(base64.b64decode(header))['kid']}", app=True)
    await ebay.call("DELETE", path)
    await ebay.call("DELETE", destination, app=True)


async def tour_developer(ebay: CheckedClient) -> None:
    await ebay.get("/developer/analytics/v1_beta/rate_limit/", app=True)
    await ebay.call("GET", "/developer/analytics/v1_beta/rate_limit/", app=True, params={"api_name": "browse"})
    await ebay.call("GET", "/developer/analytics/v1_beta/user_rate_limit/")
    keys = "/developer/key_management/v1/signing_key"
    made = await ebay.call("POST", keys, {"signingKeyCipher": "ED25519"}, app=True, host=APIZ)
    await ebay.call("GET", f"{keys}/{made.json()['signingKeyId']}", app=True, host=APIZ)
    await ebay.call("GET", keys, app=True, host=APIZ)


async def test_every_simulated_operation_fits(ebay: CheckedClient) -> None:
    """In both directions, and none is left out."""
    await ebay.orders()
    for tour in (tour_orders, tour_cancellations, tour_inventory, tour_notifications, tour_developer):
        await tour(ebay)

    def plain(path: str) -> str:
        return re.sub(r"\{\w+\}", "{}", path.rstrip("/"))

    seen = {(method, plain(path)) for method, path in ebay.seen}
    assert seen == {(operation.method, plain(operation.path)) for operation in OPERATIONS}


@pytest.mark.parametrize(
    ("method", "path", "app"),
    [
        ("GET", f"{ORDERS}/order?limit=201", False),
        ("GET", f"{ORDERS}/order/none", False),
        ("POST", f"{ORDERS}/order/none/shipping_fulfillment", False),
        ("POST", f"{ORDERS}/order/none/issue_refund", False),
        ("GET", f"{STOCK}/inventory_item/none", False),
        ("POST", f"{STOCK}/bulk_update_price_quantity", False),
        ("GET", f"{HOOKS}/topic/none", True),
        ("POST", f"{HOOKS}/destination", True),
        ("GET", f"{HOOKS}/subscription?limit=1", False),
        ("GET", f"{CANCEL}/none", False),
        ("POST", CANCEL, False),
        ("GET", f"{ORDERS}/order", True),
    ],
)
async def test_refusals_fit(ebay: CheckedClient, method: str, path: str, app: bool) -> None:
    """With the status that the description has for them."""
    answer = await ebay.call(method, path, {} if method == "POST" else None, app=app)
    assert answer.is_client_error


async def test_used_up_quota_fits(ebay: CheckedClient) -> None:
    """429 in the same shape."""
    ebay.simulator.use_quota("sell.fulfillment")
    assert (await ebay.call("GET", f"{ORDERS}/order")).status_code == 429


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500])
def test_ordered_refusals_fit(status: int) -> None:
    """What faults answer with."""
    body, kind = EbaySimulator().error_body(status)
    assert kind == "application/json"
    assert not oracle.problems(error_validator(SPECS["/sell/fulfillment/v1"]), json.loads(body))


async def test_token_answers_fit(ebay: CheckedClient) -> None:
    """Each grant, and a refusal: our own schema, since eBay publishes none."""
    query = {
        "client_id": str(ebay.settings["client_id"]),
        "redirect_uri": str(ebay.settings["ru_name"]),
        "response_type": "code",
        "scope": "https://api.ebay.com/oauth/api_scope",
    }
    url = ebay.simulator.consent(str(httpx.URL("https://auth.ebay.com/oauth2/authorize", params=query)))
    code = httpx.URL(url).params["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": str(ebay.settings["ru_name"])}
    assert (await ebay.grant(**form)).status_code == 200
    assert (await ebay.grant(**form)).status_code == 400
    await ebay.user_token()
    await ebay.app_token()


async def test_pushed_messages_fit(ebay: CheckedClient) -> None:
    """Our own schema: the envelope, the header, and what is known of the data."""
    for topic in ("ORDER_CONFIRMATION", "ORDER_CANCELLATION_ACTIVITY", "ITEM_MARKED_SHIPPED"):
        await ebay.subscribe(topic)
    shipped, cancelled = ebay.place(), ebay.place()
    ebay.simulator.ship_elsewhere(shipped)
    ebay.simulator.cancel(cancelled)
    ebay.simulator.delete_account("jodoe")
    topics: set[str] = set()
    for delivery in ebay.simulator.deliveries():
        check_assumed("notification.header", json.loads(base64.b64decode(delivery["headers"]["X-EBAY-SIGNATURE"])))
        message: Json = json.loads(delivery["body"])
        check_assumed("notification.message", message)
        topic = message["metadata"]["topic"]
        topics.add(topic)
        name = f"data.{topic}" if f"data.{topic}" in assumed_schemas() else "data.order"
        check_assumed(name, message["notification"]["data"])
    assert len(topics) == 4
    check_assumed("notification.challenge", {"challengeResponse": challenge_response("a", "b", ENDPOINT)})


def test_assumed_schemas_are_named_and_counted() -> None:
    """What no description of eBay's covers: so much is our own reading of the guide."""
    assert len(assumed_schemas()) == 17


def test_checks_would_notice() -> None:
    """A misspelled member, a wrong type and a missing one are each seen: the oracle is no rubber stamp."""
    spec, path = "ebay/sell_fulfillment_v1.json", "/order/{orderId}"
    validator = oracle.validator_for_operation(spec, path, "get", "response")
    assert oracle.problems(validator, {"orderID": "1"})
    assert oracle.problems(validator, {"lineItems": [{"quantity": "2"}]})
    assert not oracle.problems(validator, {"lineItems": [{"quantity": 2}]})
    assert oracle.problems(assumed_schemas()["createCancellation"], {})
    assert oracle.problems(assumed_schemas()["token.user"], {"access_token": "x"})
    assert oracle.problems(error_validator(spec), {"errors": [{"errorID": 1}]})
