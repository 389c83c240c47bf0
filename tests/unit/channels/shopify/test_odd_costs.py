"""Costs that no bucket of Shopify's has: they are not believed, and the shop goes on."""

from datetime import timedelta
from typing import Any

import pytest

from cartcarrier.channels.shopify import schemas
from cartcarrier.channels.shopify.errors import throttle_wait, user_error
from cartcarrier.errors import RejectedError
from cartcarrier.http import Request, Response
from tests.unit.channels.shopify import fakes as make
from tests.unit.channels.shopify.fakes import Shop

ODD = [1e-300, 1e300, -1e300, float("nan"), float("inf"), float("-inf"), -5.0, 0.0]
WRITABLE = [number for number in ODD if abs(number) <= 1e300]  # JSON has no words for the others
GOOD = {"maximumAvailable": 2000.0, "currentlyAvailable": 1900.0, "restoreRate": 100.0}
PLACES = ["maximumAvailable", "currentlyAvailable", "restoreRate"]


def throttled(status: dict[str, Any], points: float = 500) -> dict[str, Any]:
    """Return a refusal for the limit."""
    return {
        "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {"cost": {"requestedQueryCost": points, "actualQueryCost": None, "throttleStatus": status}},
    }


@pytest.mark.parametrize("number", WRITABLE)
@pytest.mark.parametrize("place", PLACES)
async def test_odd_bucket_does_not_stop_a_shop(shop: Shop, place: str, number: float) -> None:
    """One odd answer, and the limit store would fail every call that follows."""
    shop.on("Order", throttled({**GOOD, place: number}), {"order": make.order()})
    channel = shop.channel()
    started = shop.clock.now()
    for _ in range(3):
        assert (await channel.get_order("1")).number == "#1001"
    assert shop.clock.now() - started < timedelta(minutes=1)


@pytest.mark.parametrize("number", WRITABLE)
async def test_odd_bucket_beside_an_answer_is_not_believed(shop: Shop, number: float) -> None:
    """A success is no better proof of a number than a refusal."""
    channel = shop.channel()
    for place in PLACES:
        shop.cost = {**make.COST, "throttleStatus": {**GOOD, place: number}}
        shop.on("Order", {"order": make.order()})
        started = shop.clock.now()
        for _ in range(2):
            await channel.get_order("1")
        # An empty bucket is a fact, not an oddity; all else goes at once.
        assert shop.clock.now() - started < timedelta(seconds=10)
        assert (channel._client._limit.capacity, channel._client._limit.rate) == (2000, 100)


@pytest.mark.parametrize("points", [1e300, 1e5, -5.0])
async def test_odd_cost_of_a_query_is_not_believed(shop: Shop, points: float) -> None:
    """It would be taken from the bucket before the next query of the kind, and never flow back."""
    shop.cost = {"requestedQueryCost": points, "actualQueryCost": 40, "throttleStatus": GOOD}
    # An answer that says nothing about the bucket, so that nothing corrects what was taken for it.
    unread: tuple[int, dict[str, str], bytes] = (400, {}, b"")
    shop.on("Order", {"order": make.order()}, unread, {"order": make.order()})
    channel = shop.channel()
    started = shop.clock.now()
    await channel.get_order("1")
    with pytest.raises(RejectedError):
        await channel.get_order("1")
    await channel.get_order("1")
    assert shop.clock.now() - started < timedelta(seconds=10)
    assert not channel._client._costs


@pytest.mark.parametrize("number", ODD)
@pytest.mark.parametrize("place", ["maximum_available", "currently_available", "restore_rate", "points"])
def test_wait_after_throttled_is_bearable_whatever_the_numbers(place: str, number: float) -> None:
    """An arithmetic error is not one of ours."""
    values = {"maximum_available": 2000.0, "currently_available": 0.0, "restore_rate": 100.0, "points": 500.0}
    values[place] = number
    points = values.pop("points")
    cost = schemas.Cost(requested_query_cost=points, throttle_status=schemas.ThrottleStatus(**values))
    assert timedelta(seconds=1) <= throttle_wait(cost) <= timedelta(seconds=20)


def test_wait_after_throttled_ends_within_the_hour() -> None:
    """The slowest bucket that is believed, and the dearest query."""
    status = schemas.ThrottleStatus(maximum_available=1000.0, currently_available=-2000.0, restore_rate=1.0)
    assert throttle_wait(schemas.Cost(requested_query_cost=1e4, throttle_status=status)) == timedelta(hours=1)


async def test_code_of_any_length_makes_a_short_error(shop: Shop) -> None:
    """What stands where a code belongs may be anything."""
    code = "X" * 100_000
    shop.on("Order", {"errors": [{"message": "no", "extensions": {"code": code}}], "data": None})
    with pytest.raises(RejectedError) as caught:
        await shop.channel().get_order("1")
    assert caught.value.code == "X" * 63 + "…"
    assert len(caught.value.message) < 300
    assert caught.value.problems[0].code == caught.value.code


def test_user_error_with_a_long_code_is_short() -> None:
    """The other channel of refusals."""
    request = Request(operation="fulfillment_cancel", method="POST", path="/x", safe=False)
    response = Response(status=200, request=request, provider="shopify")
    error = user_error(response, [schemas.UserError(message="no", code="X" * 100_000)])
    assert error.code == "X" * 63 + "…"
    assert len(error.message) < 200
