"""Reading orders: filters, pages by record over a moving set, what a list keeps back, money and addresses."""

from datetime import timedelta
from typing import Any

import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.http import ManualClock
from tests.sandbox.ebay.client import API, ORDERS, START, EbayClient, code


def stamp(clock: ManualClock, seconds: float = 0) -> str:
    moment = clock.now() + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def modified(clock: ManualClock, start: float, end: float | None = None) -> str:
    last = "" if end is None else stamp(clock, end)
    return f"lastmodifieddate:[{stamp(clock, start)}..{last}]"


async def test_pages_go_by_record(ebay: EbayClient, clock: ManualClock) -> None:
    """The offset counts orders, not pages, and next is a whole address."""
    placed = []
    for _ in range(5):
        placed.append(ebay.place())
        clock.advance(1)
    page = await ebay.orders(limit=2, offset=1)
    assert [order["orderId"] for order in page["orders"]] == placed[1:3]
    assert (page["total"], page["limit"], page["offset"]) == (5, 2, 1)
    assert page["next"].startswith(f"{API}{ORDERS}/order?")
    answer = await ebay.call("GET", page["next"].removeprefix(API))
    assert [order["orderId"] for order in answer.json()["orders"]] == placed[3:]
    assert "next" not in answer.json()


async def test_page_is_fifty_by_default(ebay: EbayClient) -> None:
    """And two hundred at most."""
    ebay.simulator.seed_orders(60)
    assert len(await ebay.ids()) == 50
    assert len(await ebay.ids(limit=200)) == 60


async def test_pages_are_no_snapshot(ebay: EbayClient, clock: ManualClock) -> None:
    """An order that changes between two pages moves to the end, and its neighbour is skipped."""
    ebay.simulator.set_switches(list_lag=0)
    placed = []
    for _ in range(3):
        placed.append(ebay.place())
        clock.advance(10)
    since = modified(clock, -60)
    assert await ebay.ids(since, limit=1) == placed[:1]
    ebay.simulator.hold(placed[0], "payout")
    assert await ebay.ids(since, limit=1, offset=1) == [placed[2]]
    assert await ebay.ids(since, limit=1, offset=2) == [placed[0]]


async def test_bounds_are_inclusive(ebay: EbayClient, clock: ManualClock) -> None:
    """Both ends of a window belong to it."""
    placed = ebay.place()
    clock.advance(60)
    assert await ebay.ids(f"creationdate:[{stamp(clock, -60)}..{stamp(clock, -60)}]") == [placed]
    assert await ebay.ids(f"creationdate:[{stamp(clock, -59)}..{stamp(clock)}]") == []
    assert await ebay.ids(f"creationdate:[{stamp(clock, -61)}..]") == [placed]


async def test_creation_date_wins_over_modification(ebay: EbayClient, clock: ManualClock) -> None:
    """With both given, only creationdate counts."""
    placed = ebay.place()
    clock.advance(3_600)
    nothing = modified(clock, -60)
    assert await ebay.ids(nothing) == []
    assert await ebay.ids(f"{nothing},creationdate:[{stamp(clock, -7_200)}..]") == [placed]


async def test_without_dates_ninety_days_are_shown(ebay: EbayClient) -> None:
    """A filter that was lost brings everything back."""
    old = (START - timedelta(days=91)).isoformat()
    young = (START - timedelta(days=89)).isoformat()
    ebay.place(placed_at=old)
    shown = ebay.place(placed_at=young)
    assert await ebay.ids() == [shown]


async def test_status_filters(ebay: EbayClient, clock: ManualClock) -> None:
    """Open ones, or those with shipments: the partly shipped are in both."""
    ebay.simulator.set_switches(list_lag=0)
    untouched, partly, done = (ebay.place(lines=[{"sku": "A", "quantity": 2}]) for _ in range(3))
    clock.advance(1)
    line = (await ebay.order(partly))["lineItems"][0]["lineItemId"]
    await ebay.ship(partly, [(line, 1)])
    await ebay.ship(done, number="1Z999AA10123456784", carrier="UPS")
    assert await ebay.ids("orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}") == [untouched, partly]
    assert await ebay.ids("orderfulfillmentstatus:{FULFILLED|IN_PROGRESS}") == [partly, done]


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"filter": "color:{RED}"}, 30700),
        ({"filter": "orderfulfillmentstatus:{NOT_STARTED}"}, 30800),
        ({"filter": "creationdate:2026-11-24"}, 30800),
        ({"filter": "creationdate:[yesterday..]"}, 30810),
        ({"filter": "creationdate:[..2026-11-24T08:00:00.000Z]"}, 30820),
        ({"filter": "creationdate:[2024-01-01T00:00:00.000Z..]"}, 30830),
        ({"filter": "creationdate:[2026-11-24T08:00:00.000Z..2026-11-24T07:00:00.000Z]"}, 30840),
        ({"filter": "lastmodifieddate:[2026-11-24T08:00:00.000Z..2026-11-24T09:00:00.001Z]"}, 30850),
        ({"orderIds": ",".join(f"12-{number:05d}-00000" for number in range(51))}, 30900),
        ({"offset": "-1"}, 31000),
        ({"limit": "201"}, 31100),
        ({"limit": "0"}, 31100),
        ({"limit": "ten"}, 31100),
        ({"fieldGroups": "EVERYTHING"}, 32800),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_wrong_list_question_is_refused(ebay: EbayClient, params: dict[str, str], error: int) -> None:
    """With the code of what is wrong; dates in the future make a fast clock a failure."""
    answer = await ebay.call("GET", f"{ORDERS}/order", params=params)
    assert (answer.status_code, code(answer)) == (400, error)
    assert answer.json()["errors"][0]["category"] == "REQUEST"


async def test_error_names_its_parameters(ebay: EbayClient) -> None:
    """What was wrong stands in the error's parameters, for people."""
    error = (await ebay.call("GET", f"{ORDERS}/order", params={"limit": "201"})).json()["errors"][0]
    assert error["parameters"] == [{"name": "limit", "value": "201"}]
    assert error["domain"] == "API_FULFILLMENT"


async def test_unencoded_brackets_are_refused(ebay: EbayClient) -> None:
    """Some stacks on the way refuse them; the simulator always does."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{ORDERS}/order",
        "raw_path": f"{ORDERS}/order".encode(),
        "query_string": b"filter=orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}",
        "headers": [(b"host", b"api.ebay.com"), (b"authorization", f"Bearer {await ebay.user_token()}".encode())],
        "scheme": "https",
        "server": ("api.ebay.com", 443),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await ebay.simulator.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert b"30700" in sent[1]["body"]


async def test_order_ids_ignore_everything_else(ebay: EbayClient) -> None:
    """The other parameters are not looked at."""
    first, _, third = (ebay.place() for _ in range(3))
    found = await ebay.ids("color:{RED}", orderIds=f"{third},{first},00-00000-00000", limit=500)
    assert found == [first, third]


async def test_changes_reach_lists_after_two_minutes(ebay: EbayClient, clock: ManualClock) -> None:
    """A poll up to the present misses what changed just now; getOrder does not."""
    placed = ebay.place()
    clock.advance(600)
    await ebay.ship(placed)
    assert (await ebay.order(placed))["orderFulfillmentStatus"] == "FULFILLED"
    clock.advance(119)
    assert await ebay.ids(modified(clock, -200)) == []
    assert await ebay.ids("orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}") == [placed]
    clock.advance(1)
    assert await ebay.ids(modified(clock, -200)) == [placed]
    assert await ebay.ids("orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}") == []


async def test_unsettled_order_is_in_no_list_yet(ebay: EbayClient, clock: ManualClock) -> None:
    """New orders lag too, unless they are placed as settled."""
    placed = ebay.place(settled=False)
    assert await ebay.ids() == []
    assert (await ebay.order(placed))["orderId"] == placed
    clock.advance(120)
    assert await ebay.ids() == [placed]


async def test_lagging_list_shows_the_last_version_it_knows(ebay: EbayClient, clock: ManualClock) -> None:
    """Several changes within the lag appear one after the other."""
    placed = ebay.place(lines=[{"sku": "A", "quantity": 2}])
    line = (await ebay.order(placed))["lineItems"][0]["lineItemId"]
    clock.advance(60)
    await ebay.ship(placed, [(line, 1)])
    clock.advance(60)
    await ebay.ship(placed, [(line, 1)], number="1Z999AA10123456784", carrier="UPS")

    async def status() -> str:
        return str((await ebay.orders())["orders"][0]["orderFulfillmentStatus"])

    assert await status() == "NOT_STARTED"
    clock.advance(60)
    assert await status() == "IN_PROGRESS"
    clock.advance(60)
    assert await status() == "FULFILLED"


async def test_list_never_fills_cancel_requests(ebay: EbayClient, clock: ManualClock) -> None:
    """The state is in the list; who asked and why is in getOrder only."""
    placed = ebay.place()
    cancellation = ebay.simulator.request_cancellation(placed, "WONT_ARRIVE_IN_TIME")
    clock.advance(120)
    listed = (await ebay.orders())["orders"][0]["cancelStatus"]
    assert listed == {"cancelState": "IN_PROGRESS", "cancelRequests": []}
    alone = (await ebay.order(placed))["cancelStatus"]
    assert alone["cancelState"] == "IN_PROGRESS"
    request = alone["cancelRequests"][0]
    assert request["cancelRequestId"] == cancellation
    assert (request["cancelInitiator"], request["cancelRequestState"]) == ("Buyer", "REQUESTED")


async def test_list_can_hide_the_cancel_state_too(ebay: EbayClient, clock: ManualClock) -> None:
    """The switch for the worst case: only getOrder knows."""
    ebay.simulator.set_switches(hide_cancel_state=True)
    placed = ebay.place()
    ebay.simulator.request_cancellation(placed)
    clock.advance(120)
    assert (await ebay.orders())["orders"][0]["cancelStatus"]["cancelState"] == "NONE_REQUESTED"
    assert (await ebay.order(placed))["cancelStatus"]["cancelState"] == "IN_PROGRESS"


async def test_unknown_order_is_32100(ebay: EbayClient) -> None:
    """With a 404, as one order; with a 400, as the owner of fulfillments."""
    answer = await ebay.call("GET", f"{ORDERS}/order/12-34567-89012")
    assert (answer.status_code, code(answer)) == (404, 32100)
    answer = await ebay.call("GET", f"{ORDERS}/order/12-34567-89012/shipping_fulfillment")
    assert (answer.status_code, code(answer)) == (400, 32100)


@pytest.mark.parametrize(
    "shape",
    [{"kind": "wish"}, {"lines": []}, {"lines": [{"weight": 3}]}, {"colour": "red"}, {"payment_status": "MAYBE"}],
    ids=["kind", "no lines", "line member", "member", "payment"],
)
async def test_impossible_order_is_refused_and_leaves_nothing(ebay: EbayClient, shape: dict[str, Any]) -> None:
    """A harness with a spelling mistake must not run on something else."""
    with pytest.raises(InvalidValueError):
        ebay.place(**shape)
    assert ebay.simulator.orders() == []


async def test_server_tells_its_date(ebay: EbayClient) -> None:
    """Clients take the upper bound of their window from it."""
    answer = await ebay.call("GET", f"{ORDERS}/order")
    assert answer.headers["Date"] == "Tue, 24 Nov 2026 09:00:00 GMT"
