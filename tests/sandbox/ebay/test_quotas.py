"""Daily quotas of the keyset, what Developer Analytics says about them, and faults."""

import httpx
import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.http import ManualClock
from tests.sandbox.ebay.client import CANCEL, ORDERS, SCOPE, STOCK, EbayClient, Json, code, make_client

LIMITS = "/developer/analytics/v1_beta/rate_limit/"


async def rate(ebay: EbayClient, resource: str, **params: str) -> Json:
    answer = await ebay.get(LIMITS, app=True, **params)
    found: Json = next(
        row["rates"][0] for limit in answer["rateLimits"] for row in limit["resources"] if row["name"] == resource
    )
    return found


async def test_each_call_is_counted(ebay: EbayClient) -> None:
    """Reads and writes alike, in the resource they belong to."""
    for _ in range(3):
        await ebay.orders()
    said = await rate(ebay, "sell.fulfillment", api_name="fulfillment", api_context="sell")
    assert said == {
        "count": 3,
        "limit": 100_000,
        "remaining": 99_997,
        "reset": "2026-11-25T08:00:00.000Z",
        "timeWindow": 86_400,
    }
    assert (await rate(ebay, "sell.inventory"))["count"] == 0


async def test_filter_of_rate_limits(ebay: EbayClient) -> None:
    """An API that has no quota here is nothing to report."""
    found = await ebay.get(LIMITS, app=True, api_name="fulfillment")
    assert [row["name"] for row in found["rateLimits"][0]["resources"]] == [
        "sell.fulfillment",
        "sell.fulfillment.refund",
    ]
    answer = await ebay.call("GET", LIMITS, app=True, params={"api_context": "buy"})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_no_user_has_limits_of_their_own(ebay: EbayClient) -> None:
    """204, as for an API without them."""
    assert (await ebay.call("GET", "/developer/analytics/v1_beta/user_rate_limit/")).status_code == 204


async def test_used_up_quota_is_429_until_midnight_pacific(ebay: EbayClient, clock: ManualClock) -> None:
    """Not in a second: at eight o'clock UTC in winter."""
    ebay.simulator.use_quota("sell.fulfillment", 1)
    placed = ebay.place()
    await ebay.orders()
    refused = await ebay.ship(placed, [("1", 1)])
    assert (refused.status_code, code(refused)) == (429, 2001)
    assert ebay.simulator.orders()[0]["fulfillments"] == []
    clock.advance(23 * 3_600 - 1)
    ebay.forget_tokens()
    assert (await ebay.call("GET", f"{ORDERS}/order")).status_code == 429
    clock.advance(1)
    await ebay.orders()
    assert (await rate(ebay, "sell.fulfillment"))["count"] == 1


async def test_midnight_pacific_moves_with_summer(ebay: EbayClient, clock: ManualClock) -> None:
    """Seven o'clock UTC while daylight saving lasts."""
    clock.advance(180 * 86_400)
    assert ebay.simulator.quotas()["sell.fulfillment"]["reset"] == "2027-05-24T07:00:00.000Z"


async def test_sellers_share_the_quota(ebay: EbayClient) -> None:
    """It is the application's."""
    other = ebay.simulator.add_seller("zweiter", "DE", "EBAY_DE")
    ebay.simulator.use_quota("sell.fulfillment", 1)
    await ebay.orders()
    ebay.become(other)
    assert (await ebay.call("GET", f"{ORDERS}/order")).status_code == 429


async def test_quotas_are_apart(ebay: EbayClient) -> None:
    """Orders used up leave stock, refunds and cancellations alone."""
    ebay.simulator.use_quota("sell.fulfillment")
    assert (await ebay.call("GET", f"{STOCK}/inventory_item")).status_code == 200
    assert (await ebay.call("GET", f"{CANCEL}/search")).status_code == 200
    ebay.simulator.use_quota("post-order.cancellation")
    assert (await ebay.call("GET", f"{CANCEL}/search")).status_code == 429


async def test_refused_token_takes_nothing(ebay: EbayClient) -> None:
    """Only admitted calls count."""
    await ebay.http.get(f"{ORDERS}/order", headers={"Authorization": "Bearer nonsense"})
    assert ebay.simulator.quotas()["sell.fulfillment"]["used"] == 0
    assert ebay.simulator.counts()["calls"] == {"getOrders": 1}


async def test_token_endpoint_has_limits_of_its_own(ebay: EbayClient) -> None:
    """A thousand application tokens a day."""
    ebay.simulator.use_quota("token.client_credentials", 1)
    form = {"grant_type": "client_credentials", "scope": SCOPE}
    assert (await ebay.grant(**form)).status_code == 200
    assert (await ebay.grant(**form)).status_code == 429


async def test_raised_limits_say_so(clock: ManualClock) -> None:
    """A thousand times as high, for throughput."""
    ebay = make_client(clock, limits=False)
    assert ebay.simulator.describe()["limits"] == "raised"
    assert (await rate(ebay, "sell.fulfillment"))["limit"] == 100_000_000


async def test_unknown_quota_is_refused(ebay: EbayClient) -> None:
    """A misspelled one would disturb nothing."""
    with pytest.raises(InvalidValueError):
        ebay.simulator.use_quota("sell.orders")
    with pytest.raises(InvalidValueError):
        ebay.simulator.use_quota("sell.fulfillment", 100_001)
    with pytest.raises(InvalidValueError):
        ebay.simulator.set_switches(list_lga=3)


# --- faults -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [(429, "application/json", 2001), (500, "application/json", 30500), (401, "application/json", 1001)],
)
async def test_ordered_refusals_are_ebays_own(ebay: EbayClient, status: int, kind: str, error: int) -> None:
    """Nothing is done, and the body is what the platform sends with that status."""
    placed = ebay.place()
    line = (await ebay.order(placed))["lineItems"][0]["lineItemId"]
    ebay.simulator.add_fault(operation="createShippingFulfillment", kind="status", status=status)
    answer = await ebay.ship(placed, [(line, 1)])
    assert (answer.status_code, answer.headers["Content-Type"], code(answer)) == (status, kind, error)
    assert ebay.simulator.orders()[0]["fulfillments"] == []


async def test_gateway_answers_in_html(ebay: EbayClient) -> None:
    """502 to 504 come from a place that speaks no JSON."""
    ebay.simulator.add_fault(operation="getOrders", kind="status", status=503)
    answer = await ebay.call("GET", f"{ORDERS}/order")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/identity/v1/oauth2/token", "token"),
        ("GET", "/oauth2/authorize", "authorize"),
        ("GET", f"{ORDERS}/order", "getOrders"),
        ("GET", f"{ORDERS}/order/1", "getOrder"),
        ("POST", f"{ORDERS}/order/1/shipping_fulfillment", "createShippingFulfillment"),
        ("POST", CANCEL, "createCancellation"),
        ("GET", f"{CANCEL}/search", "searchCancellations"),
        ("GET", f"{CANCEL}/1", "getCancellation"),
        ("GET", "/developer/analytics/v1_beta/rate_limit", "getRateLimits"),
        ("GET", "/favicon.ico", "unknown"),
    ],
)
async def test_operations_have_names(ebay: EbayClient, method: str, path: str, name: str) -> None:
    """Faults and counters go by them."""
    assert ebay.simulator.operation(method, path, b"") == name


async def test_every_operation_has_a_handler(ebay: EbayClient) -> None:
    """A path that is known but not answered would be a hole."""
    from cartcarrier.sandbox.ebay._api import Api
    from cartcarrier.sandbox.ebay._routes import OPERATIONS

    api = Api(ebay.simulator.platform)
    assert all(callable(api.handler(operation)) for operation in OPERATIONS)
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)


async def test_body_must_be_json(ebay: EbayClient) -> None:
    """And must be called so."""
    headers = {"Authorization": f"Bearer {await ebay.user_token()}"}
    path = f"{ORDERS}/order/{ebay.place()}/shipping_fulfillment"
    for content, kind in ((b"{}", "text/plain"), (b"{", "application/json")):
        answer: httpx.Response = await ebay.http.post(path, content=content, headers={**headers, "Content-Type": kind})
        assert (answer.status_code, code(answer)) == (400, 2004)
