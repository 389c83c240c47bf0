"""Usage plans: exactly the documented rates and bursts."""

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.amazon import AmazonSimulator
from tests.sandbox.amazon.client import EU, ORDERS, US, AmazonClient, listings_feed

SEARCH = {"createdAfter": "2026-01-01T00:00:00Z"}
LIMIT = "x-amzn-ratelimit-limit"


async def drain(amazon: AmazonClient, path: str, **query: str) -> int:
    """Call until it is refused, and return how often it was answered."""
    for count in range(200):
        answer = await amazon.get(path, **query)
        if answer.status_code == 429:
            return count
    raise AssertionError("no limit")


@pytest.mark.parametrize(
    ("path", "query", "burst", "rate"),
    [
        (ORDERS, SEARCH, 20, "0.0056"),
        (f"{ORDERS}/112-0000000-0000000", {}, 30, "0.5"),
        ("/orders/v0/orders", {"CreatedAfter": SEARCH["createdAfter"], "MarketplaceIds": US}, 20, "0.0167"),
        ("/sellers/v1/marketplaceParticipations", {}, 15, "0.016"),
        ("/fba/inventory/v1/summaries", {}, 2, "2.0"),
        ("/feeds/2021-06-30/feeds", {}, 10, "0.0222"),
        ("/feeds/2021-06-30/feeds/1", {}, 15, "2.0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_burst_and_rate_are_the_documented_ones(
    amazon: AmazonClient, path: str, query: dict[str, str], burst: int, rate: str
) -> None:
    """The header says the rate, on good answers and on 400 and 404."""
    assert (await amazon.get(path, **query)).headers[LIMIT] == rate
    assert await drain(amazon, path, **query) == burst - 1


async def test_refused_call_says_only_that_the_quota_is_used_up(amazon: AmazonClient) -> None:
    """No header helps: neither the rate nor when to come back."""
    await drain(amazon, ORDERS, **SEARCH)
    refused = await amazon.get(ORDERS, **SEARCH)
    assert refused.status_code == 429
    assert refused.json() == {
        "errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota for the requested resource."}]
    }
    assert LIMIT not in refused.headers
    assert "retry-after" not in refused.headers


async def test_bucket_fills_at_the_rate(amazon: AmazonClient) -> None:
    """One search in 179 seconds."""
    await drain(amazon, ORDERS, **SEARCH)
    amazon.clock.advance(178)
    assert (await amazon.get(ORDERS, **SEARCH)).status_code == 429
    amazon.clock.advance(1)
    assert (await amazon.get(ORDERS, **SEARCH)).status_code == 200
    assert (await amazon.get(ORDERS, **SEARCH)).status_code == 429


async def test_every_region_has_buckets_of_its_own(amazon: AmazonClient) -> None:
    """A seller in two regions is two sellers, for grantless calls too."""
    token = await amazon.grantless()

    async def destinations() -> int:
        return (await amazon.call("GET", "/notifications/v1/destinations", token=token)).status_code

    assert [await destinations() for _ in range(6)] == [200] * 5 + [429]
    amazon.host = EU
    assert await destinations() == 200


async def test_every_operation_has_a_bucket_of_its_own(amazon: AmazonClient) -> None:
    """Reading one order goes on when searching is over."""
    order_id = amazon.simulator.place_order()
    await drain(amazon, ORDERS, **SEARCH)
    assert (await amazon.get(f"{ORDERS}/{order_id}")).status_code == 200


async def test_throttled_write_was_not_done(amazon: AmazonClient) -> None:
    """So 429 may be retried even for writes."""
    order_id = amazon.simulator.place_order()
    body = await amazon.package(order_id)
    for _ in range(10):
        assert (await amazon.send_confirmation(order_id, {**body, "packageDetail": {}})).status_code == 400
    assert (await amazon.send_confirmation(order_id, body)).status_code == 429
    assert await amazon.status(order_id) == "UNSHIPPED"
    amazon.clock.advance(0.5)
    assert (await amazon.send_confirmation(order_id, body)).status_code == 204


async def test_denied_calls_cost_nothing_and_show_no_rate(amazon: AmazonClient) -> None:
    """Authentication comes first."""
    for _ in range(40):
        denied = await amazon.call("GET", ORDERS, token="wrong", params=SEARCH)
        assert denied.status_code == 403
        assert LIMIT not in denied.headers
    assert (await amazon.get(ORDERS, **SEARCH)).status_code == 200


async def test_listings_feeds_have_a_limit_of_their_own(amazon: AmazonClient) -> None:
    """Five in five minutes; other feeds don't count against them."""
    seller = str(amazon.simulator.settings()["seller_id"])
    document = await amazon.upload(listings_feed({"MUG-RED-01": 1}, seller), "application/json")
    made = [(await amazon.create_feed("JSON_LISTINGS_FEED", document)).status_code for _ in range(6)]
    assert made == [202] * 5 + [429]
    acknowledged = await amazon.create_feed("POST_ORDER_ACKNOWLEDGEMENT_DATA", document)
    assert acknowledged.status_code == 202
    assert acknowledged.headers[LIMIT] == "0.0083"
    amazon.clock.advance(60)
    assert (await amazon.create_feed("JSON_LISTINGS_FEED", document)).status_code == 202


async def test_other_plan_shows_in_the_header_and_holds(amazon: AmazonClient) -> None:
    """Amazon gives large sellers more: a client that reads the header uses it."""
    amazon.simulator.set_limit("searchOrders", 0.5, 3)
    assert (await amazon.get(ORDERS, **SEARCH)).headers[LIMIT] == "0.5"
    assert await drain(amazon, ORDERS, **SEARCH) == 2
    amazon.clock.advance(2)
    assert (await amazon.get(ORDERS, **SEARCH)).status_code == 200


async def test_header_may_be_absent(amazon: AmazonClient) -> None:
    """Best effort, says the guide."""
    amazon.simulator.set_switches(rate_header=False)
    assert LIMIT not in (await amazon.get(ORDERS, **SEARCH)).headers


async def test_amazons_sandbox_shares_one_bucket(amazon: AmazonClient) -> None:
    """Fifteen calls of any kind, then five a second."""
    amazon.host = "https://sandbox.sellingpartnerapi-na.amazon.com"
    paths = ["/sellers/v1/marketplaceParticipations", f"{ORDERS}/1", "/feeds/2021-06-30/feeds"]
    answers = [(await amazon.get(paths[index % 3])).status_code for index in range(16)]
    assert 429 not in answers[:15]
    assert answers[15] == 429
    amazon.clock.advance(0.2)
    assert (await amazon.get(paths[0])).headers[LIMIT] == "5.0"


async def test_limits_can_be_raised_and_the_simulator_says_so(clock: ManualClock) -> None:
    """For throughput runs: the header says the raised rate, so that adaptive clients use it."""
    amazon = AmazonClient(AmazonSimulator(clock=clock, limits=False), clock)
    async with amazon.http:
        await amazon.log_in()
        for _ in range(100):
            answer = await amazon.get(ORDERS, **SEARCH)
            assert (answer.status_code, answer.headers[LIMIT]) == (200, "1000.0")
    assert "raised" in str(amazon.simulator.describe()["limits"])
