"""Costs, page sizes, errors inside successes."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cartcarrier.channels.shopify.client import documents
from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import ConnectionDropped
from cartcarrier.models import Fulfillment, OrderQuery
from tests.unit.channels.shopify import fakes as make
from tests.unit.channels.shopify.fakes import Shop

THROTTLED = {
    "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
    "extensions": {
        "cost": {
            "requestedQueryCost": 500,
            "actualQueryCost": None,
            "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 100, "restoreRate": 100.0},
        }
    },
}
TOO_COSTLY = {
    "errors": [{"message": "too much", "extensions": {"code": "MAX_COST_EXCEEDED", "cost": 1723, "maxCost": 1000}}]
}
SECRET_WORDS = "Ada Example, Hauptstraße 1"


def failure(code: str, **more: object) -> dict[str, Any]:
    return {
        "errors": [{"message": SECRET_WORDS, "path": ["order"], "extensions": {"code": code, **more}}],
        "data": None,
    }


async def listed(shop: Shop, query: OrderQuery | None = None) -> list[str]:
    channel = shop.channel()
    return [order.number async for order in channel.list_orders(query or OrderQuery())]


async def test_throttled_query_waits_as_long_as_the_cost_says(shop: Shop) -> None:
    """Asking at once again would be throttled again; the bucket fills by a known rate (pitfall 14)."""
    shop.on("Orders", THROTTLED, {"orders": make.page(make.order())})
    started = shop.clock.now()
    assert await listed(shop) == ["#1001"]
    waited = shop.clock.now() - started
    assert timedelta(seconds=4) <= waited <= timedelta(seconds=6)


async def test_throttled_change_did_not_run_and_is_repeated(shop: Shop) -> None:
    """THROTTLED is the one failure after which a write may be sent again."""
    shop.on(
        "FulfillmentCancel",
        THROTTLED,
        {
            "fulfillmentCancel": {
                "fulfillment": {"id": "gid://shopify/Fulfillment/21", "status": "CANCELLED"},
                "userErrors": [],
            }
        },
    )
    channel = shop.channel()
    await channel.cancel_fulfillment(make_fulfillment())
    assert shop.names() == ["FulfillmentCancel", "FulfillmentCancel"]


def make_fulfillment() -> Fulfillment:
    return Fulfillment(
        order_id="1",
        id="21",
        lines={"1": 2},
        shipped_at=datetime(2026, 11, 24, tzinfo=UTC),
        notify_buyer=False,
    )


async def test_costs_are_learned_from_the_answers(shop: Shop) -> None:
    """They cannot be computed: the formula is not published (§5.1)."""
    shop.on("Orders", {"orders": make.page(make.order())})
    channel = shop.channel()
    _ = [order async for order in channel.list_orders()]
    sizes = tuple(size for _, size in documents.ORDERS.sizes)
    assert channel._client._costs["orders", sizes] == 100
    assert channel._client._limit.capacity == 2000
    assert channel._client._limit.rate == 100


async def test_full_bucket_of_others_is_respected(shop: Shop) -> None:
    """Other programs of the same app drain the same bucket: the answer is believed, not our own count."""
    shop.cost = {
        "requestedQueryCost": 600,
        "actualQueryCost": 500,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 0, "restoreRate": 100.0},
    }
    shop.on("Orders", {"orders": make.page(make.order())})
    channel = shop.channel()
    _ = [order async for order in channel.list_orders()]
    started = shop.clock.now()
    _ = [order async for order in channel.list_orders()]
    # 600 points and the tenth that is kept for shipping, at 100 a second
    assert timedelta(seconds=7) <= shop.clock.now() - started <= timedelta(seconds=9)


async def test_query_that_is_too_costly_is_asked_in_smaller_pages(shop: Shop) -> None:
    """It would never run as it is; the outermost page is halved first, and the size is remembered."""
    shop.on("Orders", TOO_COSTLY, TOO_COSTLY, {"orders": make.page(make.order())})
    channel = shop.channel()
    for _ in range(2):
        assert [order.number async for order in channel.list_orders()] == ["#1001"]
    assert [asked["first"] for asked in shop.variables("Orders")] == [25, 13, 7, 7]


async def test_nested_pages_shrink_when_the_outermost_is_one(shop: Shop) -> None:
    """At the very end the query is refused: it can't be made smaller."""
    shop.on("Orders", TOO_COSTLY)
    with pytest.raises(RejectedError) as caught:
        await listed(shop)
    assert caught.value.code == "MAX_COST_EXCEEDED"
    sizes = [(asked["first"], asked["lines"], asked["shareLines"]) for asked in shop.variables("Orders")]
    assert sizes[0] == (25, 10, 10)
    assert (1, 5, 5) in sizes
    assert sizes[-1] == (1, 1, 1)


@pytest.mark.parametrize("status", [502, 504])
async def test_wide_query_that_fails_twice_is_asked_in_smaller_pages(shop: Shop, status: int) -> None:
    """Shopify's edge gives up on wide queries: asking the same again fails again (pitfall 15)."""
    down = (status, {"content-type": "text/html"}, b"<html>bad gateway</html>")
    shop.on("Orders", down, down, {"orders": make.page(make.order())})
    assert await listed(shop) == ["#1001"]
    assert [asked["first"] for asked in shop.variables("Orders")] == [25, 25, 13]


async def test_pages_grow_again_after_the_trouble(shop: Shop) -> None:
    """A bad minute must not make a shop slow for as long as the process lives."""
    down: tuple[int, dict[str, str], bytes] = (502, {}, b"")
    shop.on("Orders", down, down, {"orders": make.page(make.order())})
    channel = shop.channel()
    for _ in range(21):
        _ = [order async for order in channel.list_orders()]
    assert [asked["first"] for asked in shop.variables("Orders")][-2:] == [13, 25]


async def test_query_that_goes_on_failing_is_unavailable(shop: Shop) -> None:
    """In the end the caller is told."""
    shop.on("Scopes", (502, {}, b""))
    with pytest.raises(UnavailableError) as caught:
        await listed(shop)
    assert caught.value.http_status == 502
    assert not caught.value.outcome_unknown


async def test_page_size_of_the_caller_is_kept_within_shopifys(shop: Shop) -> None:
    """More than 250 is refused."""
    shop.on("Orders", {"orders": make.page(make.order())})
    await listed(shop, OrderQuery(page_size=1000))
    await listed(shop, OrderQuery(page_size=5))
    assert [asked["first"] for asked in shop.variables("Orders")] == [250, 5]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (
            failure("ACCESS_DENIED", requiredAccess="`read_orders` access scope."),
            PermissionDeniedError,
            "ACCESS_DENIED",
        ),
        (failure("SHOP_INACTIVE"), PermissionDeniedError, "SHOP_INACTIVE"),
        (failure("BAD_REQUEST"), RejectedError, "BAD_REQUEST"),
        (failure("INVALID_FIELD_ARGUMENTS"), RejectedError, "INVALID_FIELD_ARGUMENTS"),
        (failure("undefinedField"), RejectedError, "undefinedField"),
        (failure("RESOURCE_NOT_FOUND"), NotFoundError, "RESOURCE_NOT_FOUND"),
        ({"errors": [{"message": SECRET_WORDS}]}, RejectedError, None),
        ({"errors": "Not Found"}, RejectedError, None),
        ((401, {}, b'{"errors":"[API] Invalid API key"}'), AuthenticationError, None),
        ((402, {}, b"{}"), PermissionDeniedError, "402"),
        ((403, {}, b"{}"), PermissionDeniedError, "403"),
        ((423, {}, b"{}"), PermissionDeniedError, "423"),
        ((430, {}, b"{}"), PermissionDeniedError, "430"),
        ((400, {}, b"{}"), RejectedError, "400"),
        ((200, {"content-type": "text/html"}, b"<html>maintenance</html>"), ResponseError, None),
        ((200, {}, b'{"data": {"order": '), ResponseError, None),
        ((200, {}, b'{"data": {"order": 5}}'), ResponseError, None),
        ((200, {}, b'{"data": null}'), ResponseError, None),
    ],
    ids=str,
)
async def test_each_refusal_has_its_error(
    shop: Shop, answer: object, kind: type[ProviderError], code: str | None
) -> None:
    """One decoder reads all three channels in which Shopify says no; the error names who, what and where (pitfall 16)."""
    shop.on("Order", answer)
    with pytest.raises(kind) as caught:
        await shop.channel().get_order("1")
    error = caught.value
    assert type(error) is kind
    assert error.code == code
    assert (error.provider, error.account, error.operation) == ("shopify", "eu", "get_order")
    assert error.http_status is not None
    assert "Ada" not in str(error)
    assert "Hauptstra" not in str(error)


async def test_error_carries_the_request_id(shop: Shop) -> None:
    """Shopify's support asks for it."""
    shop.on("Order", failure("BAD_REQUEST"))
    with pytest.raises(RejectedError) as caught:
        await shop.channel().get_order("1")
    assert caught.value.request_id == "11aa22bb-33cc"


async def test_missing_access_names_the_scope(shop: Shop) -> None:
    """The user must know what to ask for."""
    shop.on("Order", failure("ACCESS_DENIED", requiredAccess="`read_orders` access scope."))
    with pytest.raises(PermissionDeniedError, match="read_orders"):
        await shop.channel().get_order("1")


async def test_wrong_shop_or_version_is_a_matter_of_configuration(shop: Shop) -> None:
    """It is not that the order does not exist."""
    shop.on("Order", (404, {}, b'{"errors":"Not Found"}'))
    with pytest.raises(ConfigurationError):
        await shop.channel().get_order("1")


async def test_failure_inside_shopify_is_retried_for_a_query(shop: Shop) -> None:
    """Reading twice does no harm."""
    shop.on("Order", failure("INTERNAL_SERVER_ERROR", requestId="abc"), {"order": make.order()})
    assert (await shop.channel().get_order("1")).number == "#1001"


@pytest.mark.parametrize(
    "answer",
    [
        {
            "errors": [{"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "abc"}}],
            "data": None,
        },
        (500, {}, b""),
        (502, {}, b""),
        (503, {}, b""),
        (200, {"content-type": "text/html"}, b"<html></html>"),
        (200, {}, b'{"data": {"fulfillmentCancel": null}'),
        {"data": None, "extensions": {}},
        "dropped",
    ],
    ids=str,
)
async def test_lost_answer_to_a_change_is_not_repeated(shop: Shop, answer: object) -> None:
    """It may have been done: whoever asked must look first (§17)."""
    shop.on("FulfillmentCancel", ConnectionDropped() if answer == "dropped" else answer)
    with pytest.raises((ProviderError, TransportError)) as caught:
        await shop.channel().cancel_fulfillment(make_fulfillment())
    assert caught.value.outcome_unknown
    assert shop.names() == ["FulfillmentCancel"]


async def test_refused_change_was_not_done(shop: Shop) -> None:
    """A plain refusal leaves nothing uncertain."""
    shop.on("FulfillmentCancel", failure("ACCESS_DENIED"))
    with pytest.raises(PermissionDeniedError) as caught:
        await shop.channel().cancel_fulfillment(make_fulfillment())
    assert not caught.value.outcome_unknown


async def test_silent_fall_forward_is_said_once(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """A version that has ended runs as the oldest that has not, and fields may be gone (pitfall 33)."""
    shop.version = "2027-01"
    shop.on("Order", {"order": make.order()})
    channel = shop.channel()
    assert channel.version_warning is None
    with caplog.at_level(logging.WARNING):
        await channel.get_order("1")
        await channel.get_order("1")
    assert channel.version_warning is not None
    assert "2027-01" in channel.version_warning
    assert [record for record in caplog.records if "2027-01" in record.getMessage()].__len__() == 1


async def test_chosen_version_is_asked_and_not_warned_of(shop: Shop) -> None:
    """The setting goes into the path."""
    shop.version = "2026-04"
    shop.on("Order", {"order": make.order()})
    channel = shop.channel(api_version="2026-04")
    await channel.get_order("1")
    assert {request.path for request in shop.transport.requests} == {"/admin/api/2026-04/graphql.json"}
    assert channel.version_warning is None


async def test_documents_are_sent_without_aliases(shop: Shop) -> None:
    """What is sent is the file in the package."""
    shop.on("Order", {"order": make.order()})
    await shop.channel().get_order("1")
    question = json.loads(shop.transport.requests[-1].content)
    assert question["query"] == documents.ORDER.text
    assert set(question) == {"query", "variables"}


async def test_wait_beyond_max_wait_is_an_error(shop: Shop) -> None:
    """Waiting in silence would be hanging."""
    shop.on("Order", {"order": make.order()})
    channel = shop.channel()
    channel.max_wait = timedelta(seconds=5)
    await channel.get_order("1")
    shop.cost = {
        "requestedQueryCost": 900,
        "actualQueryCost": 900,
        "throttleStatus": {"maximumAvailable": 1000.0, "currentlyAvailable": 0, "restoreRate": 1.0},
    }
    await channel.get_order("1")
    with pytest.raises(RateLimitError) as caught:
        await channel.get_order("1")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > timedelta(seconds=5)
    assert len(shop.variables("Order")) == 2


async def test_closed_driver_sends_nothing(shop: Shop) -> None:
    """Closing twice is no error; using it afterwards is."""
    channel = shop.channel()
    await channel.aclose()
    await channel.aclose()
    with pytest.raises(ConfigurationError):
        await channel.get_order("1")
    assert shop.asked == []


async def test_edge_limit_waits_for_retry_after(shop: Shop) -> None:
    """Shopify's edge answers 429 with a time."""
    shop.on("Order", (429, {"retry-after": "3"}, b""), {"order": make.order()})
    started = shop.clock.now()
    await shop.channel().get_order("1")
    assert shop.clock.now() - started >= timedelta(seconds=3)
