"""The day's calls: shared by the application's sellers, with a share kept for writes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest

from cartcarrier.channels.ebay.client import quotas as rooms
from cartcarrier.errors import RateLimitError
from cartcarrier.http import Lane, Limit, MemoryLimitStore
from tests.unit.channels.ebay.fakes import (
    FULFILLMENTS,
    NOW,
    ORDER,
    ORDER_ID,
    ORDERS,
    QUOTAS,
    Ebay,
    answer,
    config,
    created,
    known,
    leaving,
    order,
    page,
    quotas,
    refusal,
    told,
)

pytestmark = pytest.mark.anyio
SPENT = refusal(429, 2001)


def fulfillable(ebay: Ebay) -> None:
    ebay.on("GET", ORDER, answer(200, order()))
    ebay.on("POST", FULFILLMENTS, created())
    ebay.on("GET", FULFILLMENTS, known(told()))
    ebay.on("GET", ORDERS, answer(200, page()))


async def test_polls_stop_while_confirmations_go_on(ebay: Ebay) -> None:
    """A parcel that is not confirmed for want of calls is late in eBay's eyes."""
    fulfillable(ebay)
    ebay.on("GET", QUOTAS, quotas(sell_fulfillment=20_000))
    channel = ebay.channel()
    await channel.read_quotas()
    with pytest.raises(RateLimitError) as caught:
        await anext(channel.list_orders())
    assert caught.value.retry_after is not None
    assert ebay.sent("GET", ORDERS) == []
    assert (await channel.fulfill(leaving())).id is not None


async def test_share_for_writes_can_be_chosen(ebay: Ebay) -> None:
    """A seller who ships much and polls little needs another one."""
    fulfillable(ebay)
    ebay.on("GET", QUOTAS, quotas(sell_fulfillment=20_000))
    channel = ebay.channel(reserve_percent=10)
    await channel.read_quotas()
    assert [one async for one in channel.list_orders()] == []


async def test_spent_quota_is_asked_about_once_and_waited_for(ebay: Ebay) -> None:
    """Too many calls mean until midnight in California, not in a second."""
    ebay.on("GET", ORDER, SPENT)
    ebay.on("GET", QUOTAS, quotas(sell_fulfillment=0))
    channel = ebay.channel()
    for _ in range(2):
        with pytest.raises(RateLimitError) as caught:
            await channel.get_order(ORDER_ID)
        assert caught.value.retry_after == timedelta(hours=23)
    assert (len(ebay.sent("GET", ORDER)), len(ebay.sent("GET", QUOTAS))) == (1, 1)


async def test_day_after_has_calls_again(ebay: Ebay) -> None:
    """At midnight all counts start anew."""
    ebay.on("GET", ORDER, SPENT, answer(200, order()))
    ebay.on("GET", QUOTAS, quotas(sell_fulfillment=0))
    channel = ebay.channel()
    with pytest.raises(RateLimitError):
        await channel.get_order(ORDER_ID)
    ebay.clock.advance(timedelta(hours=23, seconds=1).total_seconds())
    assert (await channel.get_order(ORDER_ID)).id == ORDER_ID


async def test_pause_that_ebay_asks_for_needs_no_question(ebay: Ebay) -> None:
    """Where eBay says when to come back, it is believed."""
    ebay.on("GET", ORDER, answer(429, None, retry_after="3600"))
    with pytest.raises(RateLimitError) as caught:
        await ebay.channel().get_order(ORDER_ID)
    assert caught.value.retry_after == timedelta(hours=1)
    assert ebay.sent("GET", QUOTAS) == []


async def test_burst_below_the_quota_is_waited_for_longer_each_time(ebay: Ebay) -> None:
    """Bursts are throttled too, and nobody says for how long."""
    ebay.on("GET", ORDER, SPENT)
    ebay.on("GET", QUOTAS, quotas(sell_fulfillment=90_000))
    channel = ebay.channel()
    waits = []
    for _ in range(3):
        with pytest.raises(RateLimitError) as caught:
            await channel.get_order(ORDER_ID)
        assert caught.value.retry_after is not None
        waits.append(caught.value.retry_after)
        ebay.clock.advance(caught.value.retry_after.total_seconds())
    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]


async def test_quotas_that_cannot_be_read_leave_the_refusal(ebay: Ebay) -> None:
    """The failure of a question about a failure must not hide it."""
    ebay.on("GET", ORDER, SPENT)
    ebay.on("GET", QUOTAS, refusal(403, 1100))
    with pytest.raises(RateLimitError) as caught:
        await ebay.channel().get_order(ORDER_ID)
    assert (caught.value.code, caught.value.retry_after) == ("2001", timedelta(minutes=1))


async def test_raised_quota_is_believed(ebay: Ebay) -> None:
    """Quotas are raised on request; the documented one is only where we begin."""
    fulfillable(ebay)
    store = MemoryLimitStore()
    limits = rooms.ApplicationLimits(lambda: store, config(), ebay.clock.now)
    await limits.believe(rooms.Quota(resource="sell.fulfillment", limit=100_000, remaining=20_000, reset=None))
    raised = quotas(sell_fulfillment=900_000)
    ebay.on("GET", QUOTAS, raised)
    assert [one async for one in ebay.channel(limits=store).list_orders()] == []


async def test_sellers_of_one_application_share_its_calls(ebay: Ebay) -> None:
    """The count is by application, whatever seller a call is for."""
    ebay.on("GET", ORDER, SPENT)
    ebay.on("GET", QUOTAS, quotas(sell_fulfillment=0))
    store = MemoryLimitStore()
    one, other = ebay.channel(account="one", limits=store), ebay.channel(account="other", limits=store)
    for channel in (one, other):
        with pytest.raises(RateLimitError):
            await channel.get_order(ORDER_ID)
    assert len(ebay.sent("GET", ORDER)) == 1


async def test_application_that_is_another_has_calls_of_its_own(ebay: Ebay) -> None:
    """Two keysets in one ledger must not stop each other."""
    ebay.on("GET", ORDER, SPENT, answer(200, order()))
    ebay.on("GET", QUOTAS, quotas(sell_fulfillment=0))
    store = MemoryLimitStore()
    with pytest.raises(RateLimitError):
        await ebay.channel(limits=store).get_order(ORDER_ID)
    assert (await ebay.channel(limits=store, client_id="other").get_order(ORDER_ID)).id == ORDER_ID


async def test_only_daily_windows_count(ebay: Ebay) -> None:
    """A window of minutes beside the day's would be taken for the whole day."""
    told_quotas = {
        "rateLimits": [
            {
                "resources": [
                    {
                        "name": "sell.fulfillment",
                        "rates": [
                            {"limit": 100000, "remaining": 99, "timeWindow": 86400},
                            {"limit": 10, "remaining": 9, "timeWindow": 300},
                        ],
                    }
                ]
            }
        ]
    }
    ebay.on("GET", QUOTAS, answer(200, told_quotas))
    assert {name: quota.remaining for name, quota in (await ebay.channel().read_quotas()).items()} == {
        "sell.fulfillment": 99
    }


async def test_nothing_to_report_is_no_error(ebay: Ebay) -> None:
    """204 means that."""
    ebay.on("GET", QUOTAS, answer(204))
    assert await ebay.channel().read_quotas() == {}


async def test_quotas_are_asked_for_by_the_application(ebay: Ebay) -> None:
    """A seller's token is of the wrong kind there."""
    ebay.on("GET", QUOTAS, quotas())
    await ebay.channel().read_quotas()
    assert ebay.sent()[0].headers["authorization"] == "Bearer application-token-1"


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        (datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 25, 8, tzinfo=UTC)),
        (datetime(2026, 7, 1, 6, tzinfo=UTC), datetime(2026, 7, 1, 7, tzinfo=UTC)),
        (datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
    ids=["winter", "summer", "the day of the change"],
)
def test_day_ends_at_midnight_in_california(now: datetime, reset: datetime) -> None:
    """Summer time moves it by an hour."""
    assert rooms.next_reset(now) == reset


async def test_wait_is_never_longer_than_the_day() -> None:
    """A bucket that never fills says a day; at midnight there is another one."""
    store = MemoryLimitStore()
    limits = rooms.ApplicationLimits(lambda: store, config(), lambda: NOW)
    limit = Limit(capacity=1, rate=0)
    key = "ebay:default:sell.fulfillment"
    assert await limits.acquire(key, cost=1, limit=limit, lane=Lane.CONFIRM, now=NOW) == timedelta()
    assert await limits.acquire(key, cost=1, limit=limit, lane=Lane.CONFIRM, now=NOW) == timedelta(hours=23)


def test_machine_without_zone_data_counts_by_standard_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day that begins an hour late wastes an hour; one that begins early is refused."""

    def missing(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(rooms, "ZoneInfo", missing)
    rooms._pacific.cache_clear()
    try:
        assert rooms.next_reset(datetime(2026, 7, 1, 6, tzinfo=UTC)) == datetime(2026, 7, 1, 8, tzinfo=UTC)
    finally:
        rooms._pacific.cache_clear()


def test_text_form_shows_no_client() -> None:
    """The store's name stands in logs."""
    assert "ACME" not in repr(rooms.ApplicationLimits(MemoryLimitStore, config(), lambda: NOW))
