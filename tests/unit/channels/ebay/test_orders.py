"""Reading orders while they move."""

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import attrs
import pytest

from cartcarrier.errors import NotFoundError, ResponseError, UnavailableError
from cartcarrier.http import ReceivedRequest
from cartcarrier.models import FulfilledBy, Order, OrderQuery, OrderStatus
from tests.unit.channels.ebay.fakes import (
    FULFILLMENTS,
    LINE,
    NOW,
    ORDER,
    ORDERS,
    Answer,
    Ebay,
    answer,
    known,
    line,
    order,
    page,
    refusal,
    told,
)

pytestmark = pytest.mark.anyio
OPEN = OrderQuery(statuses=frozenset({OrderStatus.UNFULFILLED}))  # type: ignore[arg-type]  # the attrs plugin loses the type variable


async def walk(ebay: Ebay, query: OrderQuery = OrderQuery(), **settings: object) -> list[Order]:  # noqa: B008 - it cannot be changed
    return [found async for found in ebay.channel(**settings).list_orders(query)]


def filters(ebay: Ebay) -> list[str]:
    return [request.params["filter"] for request in ebay.sent("GET", ORDERS)]


async def test_past_is_read_first_and_what_moves_last(ebay: Ebay) -> None:
    """What is touched during the walk leaves the first window for the second."""
    ebay.on("GET", ORDERS, answer(200, page()))
    await walk(ebay, OrderQuery(updated_since=NOW - timedelta(hours=1)))
    assert filters(ebay) == [
        "lastmodifieddate:[2026-11-24T07:58:00.000Z..2026-11-24T08:58:00.000Z]",
        "lastmodifieddate:[2026-11-24T08:58:00.000Z..]",
    ]


async def test_window_begins_two_minutes_earlier(ebay: Ebay) -> None:
    """Lists show a change up to two minutes late: what was touched just before the last poll is visible only now."""
    ebay.on("GET", ORDERS, answer(200, page(order(lastModifiedDate="2026-11-24T08:29:00.000Z"))))
    found = await walk(ebay, OrderQuery(updated_since=NOW - timedelta(minutes=30)))
    assert [one.id for one in found] == ["12-34567-89012"]


async def test_window_never_begins_in_the_future(ebay: Ebay) -> None:
    """A date ahead of eBay's clock is refused (30850); nothing was touched there."""
    assert await walk(ebay, OrderQuery(updated_since=NOW + timedelta(hours=1))) == []
    assert ebay.sent() == []


async def test_windows_go_by_the_slower_clock(ebay: Ebay) -> None:
    """A fast clock of ours would ask for a future."""
    slow = NOW - timedelta(minutes=10)
    ebay.on("GET", ORDER, answer(200, order(), date=format_datetime(slow, usegmt=True)))
    ebay.on("GET", ORDERS, answer(200, page()))
    channel = ebay.channel()
    await channel.get_order("12-34567-89012")
    assert [one async for one in channel.list_orders(OrderQuery(updated_since=NOW - timedelta(hours=1)))] == []
    assert filters(ebay)[0].endswith("..2026-11-24T08:48:00.000Z]")


async def test_what_is_new_by_our_clock_is_asked_for_by_ebays(ebay: Ebay) -> None:
    """A start ahead of eBay's clock but not of ours must not make the list empty."""
    slow = NOW - timedelta(minutes=10)
    ebay.on("GET", ORDER, answer(200, order(), date=format_datetime(slow, usegmt=True)))
    ebay.on("GET", ORDERS, answer(200, page(order(lastModifiedDate="2026-11-24T08:51:00.000Z"))))
    channel = ebay.channel()
    await channel.get_order("12-34567-89012")
    assert [one async for one in channel.list_orders(OrderQuery(updated_since=NOW))]
    assert filters(ebay) == ["lastmodifieddate:[2026-11-24T08:50:00.000Z..]"]


async def test_date_that_is_hours_old_is_no_clock(ebay: Ebay) -> None:
    """A page from a cache must not push the windows into the past."""
    old = NOW - timedelta(days=30)
    ebay.on("GET", ORDER, answer(200, order(), date=format_datetime(old, usegmt=True)))
    ebay.on("GET", ORDERS, answer(200, page()))
    channel = ebay.channel()
    await channel.get_order("12-34567-89012")
    assert [one async for one in channel.list_orders(OrderQuery(updated_since=NOW))] == []
    assert filters(ebay) == ["lastmodifieddate:[2026-11-24T08:58:00.000Z..]"]


async def test_filter_has_one_kind_of_date(ebay: Ebay) -> None:
    """With both, eBay ignores the second without a word."""
    ebay.on("GET", ORDERS, answer(200, page()))
    await walk(ebay)
    await walk(ebay, OPEN)
    await walk(ebay, attrs.evolve(OPEN, updated_since=NOW - timedelta(days=1)))
    for text in filters(ebay):
        assert ("creationdate" in text) != ("lastmodifieddate" in text)


async def test_open_orders_are_asked_for_as_such(ebay: Ebay) -> None:
    """Of ninety days of orders a shop has shipped all but a few."""
    ebay.on("GET", ORDERS, answer(200, page()))
    await walk(ebay, OPEN)
    assert all(text.endswith(",orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}") for text in filters(ebay))


async def test_brackets_are_encoded(ebay: Ebay) -> None:
    """Unencoded they are refused, or the filter is ignored and ninety days come back."""
    ebay.on("GET", ORDERS, answer(200, page()))
    await walk(ebay, OPEN)
    for request in ebay.sent("GET", ORDERS):
        assert not set("[]{}|") & set(request.url)
        assert "%5B" in request.url


async def test_orders_from_outside_the_window_are_left_out(ebay: Ebay, caplog: pytest.LogCaptureFixture) -> None:
    """A filter that got lost on the way brings everything."""
    ebay.on("GET", ORDERS, answer(200, page(order(lastModifiedDate="2026-11-01T08:00:00.000Z"))))
    assert await walk(ebay, OrderQuery(updated_since=NOW - timedelta(hours=1))) == []
    assert "outside the window" in caplog.text


async def test_pages_are_counted_by_record(ebay: Ebay) -> None:
    """Taken as a number of pages, the offset skips orders or repeats them."""
    orders = [order(f"11-{n}") for n in range(5)]

    def answer_page(request: ReceivedRequest) -> Answer:
        if request.params["filter"].endswith("..]"):
            return answer(200, page())
        first = int(request.params["offset"])
        more = "https://api.ebay.com/next" if first + 2 < 5 else None
        return answer(200, page(*orders[first : first + 2], total=5, after=more))

    ebay.on("GET", ORDERS, answer_page)
    found = await walk(ebay, OrderQuery(page_size=2))
    assert [one.id for one in found] == [f"11-{n}" for n in range(5)]
    assert [request.params["offset"] for request in ebay.sent("GET", ORDERS)] == ["0", "2", "4", "0"]


async def test_page_is_never_larger_than_ebay_allows(ebay: Ebay) -> None:
    """Above 200 eBay refuses (31100)."""
    ebay.on("GET", ORDERS, answer(200, page()))
    await walk(ebay, OrderQuery(page_size=1000))
    assert {request.params["limit"] for request in ebay.sent("GET", ORDERS)} == {"200"}


async def test_tax_is_always_asked_for(ebay: Ebay) -> None:
    """Without it the totals leave out what eBay collects."""
    ebay.on("GET", ORDERS, answer(200, page()))
    ebay.on("GET", ORDER, answer(200, order()))
    await walk(ebay)
    await ebay.channel().get_order("12-34567-89012")
    assert {request.params["fieldGroups"] for request in ebay.sent()} == {"TAX_BREAKDOWN"}


class MovingList:
    """A list of which an order that was read moves away between two pages, so that another one slips over the border."""

    def __init__(self) -> None:
        self.stamps = {f"11-{n}": f"2026-11-24T08:{10 + n}:00.000Z" for n in range(4)}
        self.asked = 0

    def __call__(self, request: ReceivedRequest) -> Answer:
        """Answer from the list as it is now."""
        self.asked += 1
        if self.asked == 2:
            self.stamps["11-0"] = "2026-11-24T08:59:00.000Z"
        start, _, end = request.params["filter"].partition("[")[2].partition("]")[0].partition("..")
        inside = sorted((stamp, name) for name, stamp in self.stamps.items() if start <= stamp <= (end or "9"))
        first, limit = int(request.params["offset"]), int(request.params["limit"])
        found = [order(name, lastModifiedDate=stamp) for stamp, name in inside[first : first + limit]]
        more = "https://api.ebay.com/next" if first + limit < len(inside) else None
        return answer(200, page(*found, total=len(inside), after=more))


async def test_order_that_slips_over_the_border_of_a_page_is_found(ebay: Ebay) -> None:
    """An order that nobody sees is never shipped."""
    ebay.on("GET", ORDERS, MovingList())
    found = await walk(ebay, OrderQuery(updated_since=NOW - timedelta(hours=1), page_size=2))
    assert {one.id for one in found} == {"11-0", "11-1", "11-2", "11-3"}


async def test_state_that_comes_twice_is_yielded_once(ebay: Ebay) -> None:
    """The windows share their border."""
    ebay.on("GET", ORDERS, answer(200, page(order(lastModifiedDate="2026-11-24T08:58:00.000Z"))))
    assert len(await walk(ebay, OrderQuery(updated_since=NOW - timedelta(hours=1)))) == 1


async def test_partly_shipped_order_in_a_list_has_its_open_pieces(ebay: Ebay) -> None:
    """The list alone does not say how many are left."""
    partly = order(orderFulfillmentStatus="IN_PROGRESS", lineItems=[line(lineItemFulfillmentStatus="IN_PROGRESS")])
    ebay.on("GET", ORDERS, answer(200, page(partly)), answer(200, page()))
    ebay.on("GET", FULFILLMENTS, known(told("A1", {LINE: 1})))
    (found,) = await walk(ebay)
    assert [one.unfulfilled_quantity for one in found.lines] == [1]


async def test_shipped_order_in_a_list_costs_no_call_more(ebay: Ebay) -> None:
    """The day's calls are shared by all sellers of the application."""
    shipped = order(orderFulfillmentStatus="FULFILLED", lineItems=[line(lineItemFulfillmentStatus="FULFILLED")])
    ebay.on("GET", ORDERS, answer(200, page(shipped)), answer(200, page()))
    await walk(ebay)
    assert ebay.sent("GET", FULFILLMENTS) == []


async def test_order_is_read_with_what_has_left_of_it(ebay: Ebay) -> None:
    """Before a second parcel is bought, the first one must be seen."""
    ebay.on("GET", ORDER, answer(200, order(fulfillmentHrefs=[f"https://api.ebay.com{FULFILLMENTS}/A1"])))
    ebay.on("GET", FULFILLMENTS, known(told("A1", {LINE: 1})))
    found = await ebay.channel().get_order("12-34567-89012")
    assert [one.id for one in found.fulfillments] == ["A1"]


@pytest.mark.parametrize("gone", [refusal(404, 32100), refusal(400, 32100), answer(404)], ids=["404", "400", "bare"])
async def test_unknown_order_is_not_found(ebay: Ebay, gone: Answer) -> None:
    """In each of the ways in which eBay says so."""
    ebay.on("GET", ORDER, gone)
    with pytest.raises(NotFoundError):
        await ebay.channel().get_order("12-34567-89012")


@pytest.mark.parametrize("order_id", ["", "..", "  "])
async def test_id_that_no_path_can_hold_is_not_found(ebay: Ebay, order_id: str) -> None:
    """It must not lead to another address."""
    with pytest.raises(NotFoundError):
        await ebay.channel().get_order(order_id)
    assert ebay.sent() == []


async def test_id_is_encoded_into_the_path(ebay: Ebay) -> None:
    """An id with a slash must not reach for another resource."""
    ebay.on("GET", f"{ORDERS}/1%2F..%2Fx", refusal(404, 32100))
    with pytest.raises(NotFoundError):
        await ebay.channel().get_order("1/../x")


async def test_raw_is_kept_only_on_request(ebay: Ebay) -> None:
    """Each order's own bytes, not the page's: they are personal data."""
    ebay.on("GET", ORDERS, answer(200, page(order("11-1"), order("11-2"))), answer(200, page()))
    found = await walk(ebay, keep_raw=True)
    assert [b'"11-1"' in (one.raw or b"") for one in found] == [True, False]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ((503, {"content-type": "text/html"}, b"<html>sorry</html>"), UnavailableError),
        ((200, {"content-type": "text/html"}, b"<html>sorry</html>"), ResponseError),
        ((200, {"content-type": "application/json"}, b""), ResponseError),
    ],
    ids=["page", "page that says 200", "nothing"],
)
async def test_answer_that_is_no_json_is_named(ebay: Ebay, body: Answer, kind: type[Exception]) -> None:
    """Gateways answer in HTML, and some answers are empty."""
    ebay.on("GET", ORDER, body)
    with pytest.raises(kind):
        await ebay.channel().get_order("12-34567-89012")


async def test_walk_can_be_stopped(ebay: Ebay) -> None:
    """Whoever has found the order asks for no more."""
    ebay.on("GET", ORDERS, answer(200, page(order("11-1"), order("11-2"), total=400, after="https://api.ebay.com/n")))
    found: Any = await anext(ebay.channel().list_orders())
    assert found.id == "11-1"
    assert len(ebay.sent()) == 1


async def test_warning_in_a_success_is_passed_on(ebay: Ebay, caplog: pytest.LogCaptureFixture) -> None:
    """A filter that is ignored is told in a warning, if at all; its words may quote what was asked."""
    warning = {"errorId": 30999, "message": "something about Jo Doe"}
    ebay.on("GET", ORDERS, answer(200, {**page(), "warnings": [warning]}))
    await walk(ebay)
    assert "30999" in caplog.text
    assert "Jo Doe" not in caplog.text


class RestlessList:
    """A list whose total falls with every page, for ever."""

    def __init__(self) -> None:
        self.left = 1000

    def __call__(self, request: ReceivedRequest) -> Answer:
        """Answer with one order more to come, fewer each time."""
        if request.params["filter"].endswith("..]"):
            return answer(200, page())
        self.left -= 1
        first = request.params["offset"] == "0"
        found = order("11-1", lastModifiedDate="2026-11-24T08:57:00.000Z")
        return answer(200, page(found, total=self.left, after="https://api.ebay.com/n" if first else None))


async def test_walk_over_a_list_that_never_rests_comes_to_an_end(ebay: Ebay) -> None:
    """A shop where something changes all the time must be read all the same."""
    ebay.on("GET", ORDERS, RestlessList())
    found = await walk(ebay, OrderQuery(updated_since=NOW - timedelta(minutes=3), page_size=1))
    assert [one.id for one in found] == ["11-1"]
    assert len(ebay.sent("GET", ORDERS)) < 3000


async def test_window_goes_no_further_back_than_ebay_looks(ebay: Ebay) -> None:
    """More than two years are refused (30830)."""
    ebay.on("GET", ORDERS, answer(200, page()))
    await walk(ebay, OrderQuery(updated_since=NOW - timedelta(days=5000)))
    assert filters(ebay)[0].startswith("lastmodifieddate:[2024-11-25T")


async def test_date_of_another_form_is_ignored(ebay: Ebay) -> None:
    """A proxy may write what it likes there."""
    for written in ("yesterday", "Tue, 24 Nov 2026 09:00:00 -0000", ""):
        ebay.on("GET", ORDER, answer(200, order(), date=written))
        assert (await ebay.channel().get_order("12-34567-89012")).id == "12-34567-89012"


async def test_order_of_another_state_fits_no_query_for_open_ones(ebay: Ebay) -> None:
    """The filter of eBay knows neither cancelled nor held orders."""
    held = order("11-1", program={"ebayShipping": {"shippingLabelProvidedBy": "EBAY"}})
    ebay.on("GET", ORDERS, answer(200, page(held, order("11-2"))))
    assert [one.id for one in await walk(ebay, OPEN)] == ["11-2"]


async def test_only_orders_of_ours_are_listed_on_request(ebay: Ebay) -> None:
    """What eBay ships is not work."""
    theirs = order("11-1", fulfillmentStartInstructions=[{"fulfillmentInstructionsType": "FULFILLED_BY_EBAY"}])
    ebay.on("GET", ORDERS, answer(200, page(theirs, order("11-2"))))
    found = await walk(ebay, OrderQuery(fulfilled_by=FulfilledBy.MERCHANT))
    assert [one.id for one in found] == ["11-2"]
