"""Reading one order, walking over all, with the scarcest of calls."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from cartcarrier.channels.amazon.driver.reading import Memory
from cartcarrier.channels.amazon.mapping import OrderFacts
from cartcarrier.errors import (
    ConfigurationError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    ResponseError,
)
from cartcarrier.http import ReceivedRequest
from cartcarrier.models import Order, OrderQuery, OrderStatus
from tests.unit.channels.amazon.fakes import NOW, ORDER, OTHER, Amazon, money, order, page, refusal
from tests.unit.channels.amazon.test_webhooks import change, pushed

DATA = "FULFILLMENT,RECIPIENT,BUYER,PROCEEDS,CANCELLATION,PACKAGES"


async def walk(amazon_channel: Any, query: OrderQuery | None = None) -> tuple[list[Order], OperationError | None]:
    """Return what a listing gave, and the error in which it ended."""
    found: list[Order] = []
    try:
        async for one in amazon_channel.list_orders(query or OrderQuery()):
            found.append(one)  # noqa: PERF401 - what came before an error is kept
    except OperationError as error:
        return found, error
    return found, None


def ids(found: list[Order]) -> list[str]:
    """Return the orders' ids."""
    return [one.id for one in found]


# --- one order ------------------------------------------------------------------------------------------------------------


async def test_order_is_asked_for_with_all_that_is_needed(amazon: Amazon) -> None:
    """Without FULFILLMENT not even the status comes (pitfall 2)."""
    amazon.on("getOrder", {"order": order()})
    assert (await amazon.channel().get_order(ORDER)).id == ORDER
    (request,) = amazon.requests("getOrder")
    assert request.path == f"/orders/2026-01-01/orders/{ORDER}"
    assert request.params == {"includedData": DATA}
    assert request.headers["x-amz-access-token"] == "Atza|1"


async def test_tax_numbers_are_asked_for_in_brazil_and_turkey(amazon: Amazon) -> None:
    """Their data set is another one (pitfall 34)."""
    amazon.on("getOrder", {"order": order()})
    await amazon.channel(marketplace_ids=["BR"]).get_order(ORDER)
    assert amazon.requests("getOrder")[0].params == {"includedData": f"{DATA},TAX"}


async def test_malformed_id_is_not_found_and_not_sent(amazon: Amazon) -> None:
    """Amazon answers 403, as if a role were missing."""
    with pytest.raises(NotFoundError) as caught:
        await amazon.channel().get_order("1/2")
    assert (caught.value.provider, caught.value.account, caught.value.operation) == ("amazon", "us", "get_order")
    assert amazon.asked == []


async def test_raw_bytes_are_those_of_the_order(amazon: Amazon) -> None:
    """Not those of the page around it."""
    amazon.on("getOrder", {"order": order()})
    amazon.on("searchOrders", page(order()))
    channel = amazon.channel(keep_raw=True)
    got = await channel.get_order(ORDER)
    (listed,), _ = await walk(channel)
    assert got.raw == listed.raw
    assert got.raw is not None
    assert got.raw.startswith(b'{"orderId"')


async def test_order_that_cannot_be_expressed_is_a_named_error(amazon: Amazon) -> None:
    """Its id, and what is wrong with it."""
    amazon.on("getOrder", {"order": order(proceeds={"grandTotal": money("1", "€")})})
    with pytest.raises(ResponseError, match=ORDER) as caught:
        await amazon.channel().get_order(ORDER)
    assert not caught.value.outcome_unknown


async def test_missing_role_for_buyers_is_done_without(amazon: Amazon, caplog: pytest.LogCaptureFixture) -> None:
    """An order can be shipped without its buyer's name; once known, it is not asked for again."""

    def answer(request: ReceivedRequest) -> Any:
        wanted = request.params["includedData"]
        return refusal(403, "AccessDeniedException") if "BUYER" in wanted else {"order": order(buyer=None)}

    amazon.on("getOrder", answer)
    channel = amazon.channel()
    with caplog.at_level(logging.WARNING):
        assert (await channel.get_order(ORDER)).buyer is None
        await channel.get_order(ORDER)
    assert [request.params["includedData"] for request in amazon.requests("getOrder")] == [
        DATA,
        DATA.replace(",BUYER", ""),
        DATA.replace(",BUYER", ""),
    ]
    assert "BUYER" in caplog.text


async def test_missing_role_for_orders_is_an_error_that_names_it(amazon: Amazon) -> None:
    """Whatever is left out of the question (pitfall 3)."""
    amazon.on("getOrder", refusal(403, "AccessDeniedException"))
    amazon.on("searchOrders", refusal(403, "AccessDeniedException"))
    channel = amazon.channel()
    with pytest.raises(PermissionDeniedError, match="authorize again") as caught:
        await channel.get_order(ORDER)
    assert (caught.value.code, caught.value.request_id, caught.value.http_status) == (
        "AccessDeniedException",
        "req-1",
        403,
    )
    _, error = await walk(channel)
    assert isinstance(error, PermissionDeniedError)
    assert len(amazon.requests("searchOrders")) == 2


async def test_closed_driver_sends_nothing(amazon: Amazon) -> None:
    """A task that outlives its context."""
    channel = amazon.channel()
    await channel.aclose()
    with pytest.raises(ConfigurationError):
        await channel.get_order(ORDER)


async def test_seller_who_has_not_authorized_is_told_so(amazon: Amazon) -> None:
    """Nothing can be sent without the refresh token."""
    with pytest.raises(ConfigurationError) as caught:
        await amazon.channel(refresh_token=None).get_order(ORDER)
    assert caught.value.field == "refresh_token"


# --- pages ----------------------------------------------------------------------------------------------------------------


async def test_next_page_repeats_all_parameters(amazon: Amazon) -> None:
    """Changed, the token is refused (pitfall 5)."""
    amazon.on("searchOrders", page(order(), token="t+/="), page(order(OTHER)))
    found, error = await walk(amazon.channel())
    assert (ids(found), error) == ([ORDER, OTHER], None)
    first, second = amazon.requests("searchOrders")
    assert dict(second.params) == {**first.params, "paginationToken": "t+/="}
    assert "paginationToken=t%2B%2F%3D" in second.url


async def test_refused_token_starts_again_once(amazon: Amazon) -> None:
    """It lives a day; what was given before is not given again."""
    bad = refusal(400, "InvalidInput")
    amazon.on("searchOrders", page(order(), token="t"), bad, page(order(), token="u"), page(order(OTHER)))
    found, error = await walk(amazon.channel())
    assert (ids(found), error) == ([ORDER, OTHER], None)


async def test_token_that_is_refused_again_is_an_error(amazon: Amazon) -> None:
    """For ever would be too long."""
    bad = refusal(400, "InvalidInput")
    amazon.on("searchOrders", page(order(), token="t"), bad, page(order(), token="u"), bad)
    found, error = await walk(amazon.channel())
    assert (ids(found), type(error)) == ([ORDER], RejectedError)


async def test_repeated_token_ends_the_walk(amazon: Amazon, caplog: pytest.LogCaptureFixture) -> None:
    """The same page again and again (pitfall 6)."""
    amazon.on("searchOrders", page(order(), token="t"))
    with caplog.at_level(logging.WARNING):
        found, error = await walk(amazon.channel())
    assert (ids(found), error) == ([ORDER], None)
    assert len(amazon.requests("searchOrders")) == 2
    assert "repeats" in caplog.text


async def test_same_state_is_given_once_and_a_newer_one_again(amazon: Amazon) -> None:
    """Orders that change while the walk goes on move to another page."""
    newer = order(lastUpdatedTime="2026-11-24T08:59:00Z")
    amazon.on("searchOrders", page(order(), token="t"), page(order(), newer))
    found, _ = await walk(amazon.channel())
    assert [one.updated_at for one in found] == [NOW - timedelta(hours=1), NOW - timedelta(minutes=1)]


async def test_what_does_not_fit_is_left_out(amazon: Amazon) -> None:
    """Amazon is asked for a second more; and an unknown word is no filter."""
    old = order(OTHER, lastUpdatedTime="2026-11-24T07:59:59.5Z")
    amazon.on("searchOrders", page(order(), old))
    found, _ = await walk(amazon.channel(), OrderQuery(updated_since=NOW - timedelta(hours=1)))
    assert ids(found) == [ORDER]


async def test_nothing_was_touched_in_the_future(amazon: Amazon) -> None:
    """Amazon would refuse to look."""
    assert await walk(amazon.channel(), OrderQuery(updated_since=NOW + timedelta(days=1))) == ([], None)
    assert amazon.asked == []


async def test_refused_search_is_an_error_and_no_empty_list(amazon: Amazon) -> None:
    """Amazon once refused a sound question for a day: the watermark must not move (pitfall 4)."""
    amazon.on("searchOrders", refusal(400, "InvalidInput"))
    found, error = await walk(amazon.channel())
    assert (found, type(error)) == ([], RejectedError)


@pytest.mark.parametrize(
    "broken",
    [{"orderId": OTHER, "createdTime": "x"}, order(OTHER, proceeds={"grandTotal": money("1", "?")})],
    ids=["another shape", "a currency that is none"],
)
async def test_order_that_cannot_be_read_does_not_take_the_others_with_it(
    amazon: Amazon, broken: dict[str, Any]
) -> None:
    """They are given, then the error names it."""
    third = "111-0000000-0000003"
    amazon.on("searchOrders", page(order(), broken, order(third)))
    found, error = await walk(amazon.channel())
    assert ids(found) == [ORDER, third]
    assert isinstance(error, ResponseError)
    assert OTHER in error.message
    assert (error.provider, error.account, error.operation) == ("amazon", "us", "list_orders")


async def test_some_withheld_addresses_hold_their_orders_only(amazon: Amazon, caplog: pytest.LogCaptureFixture) -> None:
    """One odd order is no missing role; it is said, and not shipped."""
    amazon.on("searchOrders", page(order(), order(OTHER, recipient=None)))
    with caplog.at_level(logging.WARNING):
        found, error = await walk(amazon.channel())
    assert error is None
    assert [(one.id, one.holds) for one in found] == [(ORDER, ()), (OTHER, ("ADDRESS_WITHHELD",))]
    assert OTHER in caplog.text


async def test_all_withheld_addresses_are_a_missing_role(amazon: Amazon) -> None:
    """An application that reads orders without addresses says so."""
    amazon.on("searchOrders", page(order(recipient=None), order(OTHER, recipient={})))
    found, error = await walk(amazon.channel())
    assert ids(found) == [ORDER, OTHER]
    assert isinstance(error, PermissionDeniedError)
    assert error.code == "AddressWithheld"
    found, error = await walk(amazon.channel(read_addresses=False))
    assert (ids(found), error) == ([ORDER, OTHER], None)
    assert "RECIPIENT" not in amazon.requests("searchOrders")[-1].params["includedData"]


async def test_closed_orders_do_not_hide_a_missing_role(amazon: Amazon) -> None:
    """Their address is not due: they prove nothing."""
    amazon.on("searchOrders", page(order(recipient=None), order(OTHER, "CANCELLED", recipient=None)))
    _, error = await walk(amazon.channel())
    assert isinstance(error, PermissionDeniedError)


# --- limits ---------------------------------------------------------------------------------------------------------------

THROTTLED = refusal(429, "QuotaExceeded")


async def test_throttled_search_gives_what_notifications_named(amazon: Amazon) -> None:
    """The other call has ninety times as many calls (pitfall 1); and the caller knows that it is not all."""
    amazon.on("searchOrders", THROTTLED)
    amazon.on("getOrder", {"order": order(OTHER)})
    channel = amazon.channel()
    await channel.receive(pushed(change(AmazonOrderId=OTHER)))
    found, error = await walk(channel)
    assert ids(found) == [OTHER]
    assert isinstance(error, RateLimitError)
    # 1 / 0.0056 calls a second: no Retry-After says it.
    assert error.retry_after is not None
    assert timedelta(seconds=178) < error.retry_after < timedelta(seconds=179)
    assert amazon.clock.now() == NOW, "and nobody slept for it"
    again, _ = await walk(channel)
    assert again == [], "named once, given once"


async def test_search_that_lags_behind_a_notification_is_helped(amazon: Amazon) -> None:
    """The order is not in the search yet."""
    amazon.on("searchOrders", page(order()))
    amazon.on("getOrder", {"order": order(OTHER)})
    channel = amazon.channel()
    for order_id in (ORDER, OTHER):
        await channel.receive(pushed(change(AmazonOrderId=order_id)))
    found, error = await walk(channel)
    assert (ids(found), error) == ([ORDER, OTHER], None)
    assert len(amazon.requests("getOrder")) == 1, "what the search gave is not read again"


async def test_named_order_that_does_not_fit_is_left_out(amazon: Amazon) -> None:
    """The query holds for it, too; one that Amazon does not know is nothing."""
    amazon.on("searchOrders", page())
    amazon.on("getOrder", {"order": order(status="SHIPPED")}, refusal(404, "NotFound"))
    channel = amazon.channel()
    await channel.receive(pushed(change()))
    await channel.receive(pushed(change(AmazonOrderId=OTHER)))
    query = OrderQuery(statuses={OrderStatus.UNFULFILLED})  # type: ignore[arg-type]  # the attrs plugin loses frozenset's type variable
    assert await walk(channel, query) == ([], None)


async def test_searches_are_spread_out_when_asked_for(amazon: Amazon) -> None:
    """With notifications a search every quarter of an hour is enough."""
    amazon.on("searchOrders", page(order()))
    amazon.on("getOrder", {"order": order(OTHER)})
    channel = amazon.channel(search_minutes=15)
    assert ids((await walk(channel))[0]) == [ORDER]
    await channel.receive(pushed(change(AmazonOrderId=OTHER)))
    assert await walk(channel) == ([(await channel.get_order(OTHER))], None)
    assert len(amazon.requests("searchOrders")) == 1
    amazon.clock.advance(15 * 60)
    assert ids((await walk(channel))[0]) == [ORDER]
    assert len(amazon.requests("searchOrders")) == 2


async def test_question_for_a_window_is_always_searched_for(amazon: Amazon) -> None:
    """Who names a time reconciles, and wants all of it."""
    amazon.on("searchOrders", page(order()))
    channel = amazon.channel(search_minutes=15)
    since = OrderQuery(updated_since=NOW - timedelta(hours=2))
    for _ in range(2):
        assert ids((await walk(channel, since))[0]) == [ORDER]
    assert len(amazon.requests("searchOrders")) == 2


async def test_walk_that_met_the_limit_goes_on_there(amazon: Amazon) -> None:
    """And begins anew afterwards, so that each walk is whole."""
    third = "111-0000000-0000003"
    amazon.on(
        "searchOrders",
        page(order(), token="t"),
        THROTTLED,
        page(order(OTHER)),
        page(order(), token="u"),
        page(order(third)),
    )
    channel = amazon.channel()
    found, error = await walk(channel)
    assert (ids(found), type(error)) == ([ORDER], RateLimitError)
    amazon.clock.advance(600)
    found, error = await walk(channel)
    assert (ids(found), error) == ([OTHER, ORDER, third], None)
    resumed = amazon.requests("searchOrders")[2]
    assert dict(resumed.params) == dict(amazon.requests("searchOrders")[1].params), "all parameters repeated unchanged"


async def test_old_place_in_a_list_is_not_gone_back_to(amazon: Amazon) -> None:
    """A token lives a day."""
    amazon.on("searchOrders", page(order(), token="t"), THROTTLED, page(order()))
    channel = amazon.channel()
    await walk(channel)
    amazon.clock.advance(24 * 3600)
    assert ids((await walk(channel))[0]) == [ORDER]
    assert "paginationToken" not in amazon.requests("searchOrders")[2].params


async def test_orders_named_beyond_the_limit_are_given_next_time(amazon: Amazon) -> None:
    """Nothing that was named is forgotten."""
    amazon.on("searchOrders", page())
    amazon.on("getOrder", lambda request: {"order": order(request.path.rpartition("/")[2])})
    channel = amazon.channel()
    named = [f"111-000000{group}-000000{number}" for group in range(3) for number in range(10)]
    for order_id in named:
        await channel.receive(pushed(change(AmazonOrderId=order_id)))
    first, _ = await walk(channel)
    second, _ = await walk(channel)
    assert sorted(ids(first) + ids(second)) == sorted(named)
    assert len(first) == 20


async def test_header_sets_the_pace(amazon: Amazon) -> None:
    """A seller with a larger plan is not held to the documented one."""
    amazon.headers = {"x-amzn-RateLimit-Limit": "10.0"}
    amazon.on("getOrder", {"order": order()})
    channel = amazon.channel()
    for _ in range(31):
        await channel.get_order(ORDER)
    assert amazon.clock.now() - NOW < timedelta(seconds=1), "at 0.5 a second the last one would have waited for two"


async def test_documented_pace_holds_without_the_header(amazon: Amazon) -> None:
    """It may be absent, on refusals always (pitfall 22)."""
    amazon.on("getOrder", {"order": order()})
    channel = amazon.channel()
    for _ in range(31):
        await channel.get_order(ORDER)
    assert timedelta(seconds=1.9) < amazon.clock.now() - NOW < timedelta(seconds=2.1)


async def test_named_order_without_an_address_is_held_and_said(amazon: Amazon) -> None:
    """It is no less an order than one that a search gave."""
    amazon.on("searchOrders", THROTTLED)
    amazon.on("getOrder", {"order": order(recipient=None)})
    channel = amazon.channel()
    await channel.receive(pushed(change()))
    found, error = await walk(channel)
    assert [(one.id, one.holds) for one in found] == [(ORDER, ("ADDRESS_WITHHELD",))]
    assert isinstance(error, PermissionDeniedError)


async def test_named_order_waits_when_its_call_is_throttled_too(amazon: Amazon) -> None:
    """And is given next time."""
    status, headers, body = THROTTLED
    amazon.on("searchOrders", page())
    amazon.on("getOrder", (status, {**headers, "retry-after": "3600"}, body), {"order": order()})
    channel = amazon.channel()
    await channel.receive(pushed(change()))
    assert await walk(channel) == ([], None)
    amazon.clock.advance(3600)
    assert ids((await walk(channel))[0]) == [ORDER]


@pytest.mark.parametrize(
    "broken",
    [{"order": {"orderId": ORDER}}, {"order": order(proceeds={"grandTotal": money("1", "?")})}],
    ids=["another shape", "a currency that is none"],
)
async def test_named_order_that_cannot_be_read_is_named(amazon: Amazon, broken: dict[str, Any]) -> None:
    """By its id."""
    amazon.on("searchOrders", page())
    amazon.on("getOrder", broken)
    channel = amazon.channel()
    await channel.receive(pushed(change()))
    found, error = await walk(channel)
    assert found == []
    assert isinstance(error, ResponseError)
    assert ORDER in error.message


async def test_denied_order_is_asked_for_with_less_and_then_given_up(amazon: Amazon) -> None:
    """A search as well: without the buyer once, and never again."""

    def answer(request: ReceivedRequest) -> Any:
        wanted = request.params["includedData"]
        return refusal(403, "AccessDeniedException") if "BUYER" in wanted else page(order(buyer=None))

    amazon.on("searchOrders", answer)
    channel = amazon.channel()
    for _ in range(2):
        assert ids((await walk(channel))[0]) == [ORDER]
    assert len(amazon.requests("searchOrders")) == 3
    amazon.on("getOrder", refusal(403, "AccessDeniedException"))
    with pytest.raises(PermissionDeniedError):
        await channel.get_order(ORDER)
    assert len(amazon.requests("getOrder")) == 1


async def test_order_without_any_id_does_not_break_the_page(amazon: Amazon) -> None:
    """It cannot be named, but it is counted."""
    amazon.on("searchOrders", {"orders": [7, order()]})
    found, error = await walk(amazon.channel())
    assert ids(found) == [ORDER]
    assert isinstance(error, ResponseError)
    assert "(no id)" in error.message


def test_what_is_remembered_of_orders_is_bounded() -> None:
    """A channel that runs for years."""
    memory = Memory()
    for number in range(10_500):
        memory.touch(str(number))
        memory.keep_facts(str(number), OrderFacts(marketplace_id="m"))
    assert len(memory.touched) == len(memory.facts) == 10_000
    assert next(iter(memory.touched)) == next(iter(memory.facts)) == "500"


async def test_order_that_is_to_be_shipped_must_have_its_address(amazon: Amazon) -> None:
    """Read alone, it is an error: whoever asks is about to buy a label."""
    amazon.on("getOrder", {"order": order(recipient={"deliveryAddress": {"city": "Springfield", "countryCode": "US"}})})
    with pytest.raises(PermissionDeniedError, match="Direct-to-Consumer") as caught:
        await amazon.channel().get_order(ORDER)
    assert (caught.value.code, caught.value.operation) == ("AddressWithheld", "get_order")
    assert (await amazon.channel(read_addresses=False).get_order(ORDER)).ship_to is None
