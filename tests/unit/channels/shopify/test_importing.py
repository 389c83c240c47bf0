"""The first big import: what is asked for, how its result is read, and what is no result."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cartcarrier.channels.shopify import ShopifyChannel
from cartcarrier.channels.shopify.client import files
from cartcarrier.channels.shopify.mapping import created_since, may_match
from cartcarrier.errors import (
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import ReceivedRequest
from cartcarrier.models import Order, OrderQuery, OrderStatus
from tests.unit.channels.shopify.fakes import NOW, Shop, money, order, page, share

FILE = "https://storage.example/result.jsonl?X-Signature=se%2Fcret&Expires=1"
OPERATION = "gid://shopify/BulkOperation/5"


def operation(status: str = "COMPLETED", **changes: object) -> dict[str, Any]:
    """Return a bulk operation."""
    return {
        "id": OPERATION,
        "status": status,
        "errorCode": None,
        "fileSize": None,
        "url": FILE if status == "COMPLETED" else None,
        "createdAt": "2026-11-24T09:00:00Z",
        "query": "{ orders }",
        **changes,
    }


def begun(*codes: str | None, **changes: object) -> dict[str, Any]:
    """Return the answer to the mutation."""
    errors = [{"code": code, "field": None, "message": "Shopify's words"} for code in codes]
    return {
        "bulkOperationRunQuery": {
            "bulkOperation": None if codes else operation("CREATED", **changes),
            "userErrors": errors,
        }
    }


def lines(*orders: Mapping[str, Any]) -> bytes:
    """Return a result: each order with its fulfillment orders."""
    written = []
    for number, each in enumerate(orders, start=1):
        facts = {
            "id": f"gid://shopify/Order/{number}",
            "updatedAt": "2026-11-24T08:00:00Z",
            "cancelledAt": None,
            "test": False,
        }
        written.append({**facts, **{name: value for name, value in each.items() if name != "states"}})
        written += [
            {"id": f"gid://shopify/FulfillmentOrder/{number}0", "status": status, "__parentId": facts["id"]}
            for status in each.get("states", ("OPEN",))
        ]
    return b"".join(json.dumps(line).encode() + b"\n" for line in written)


def ranged(content: bytes) -> Callable[[ReceivedRequest], tuple[int, Mapping[str, str], bytes]]:
    """Return a server of a file that knows ranges."""

    def serve(request: ReceivedRequest) -> tuple[int, Mapping[str, str], bytes]:
        first, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        piece = content[int(first) : int(last) + 1]
        return 206, {"content-range": f"bytes {first}-{int(first) + len(piece) - 1}/{len(content)}"}, piece

    return serve


def whole(content: bytes) -> Callable[[ReceivedRequest], tuple[int, Mapping[str, str], bytes]]:
    """Return a server of a file that knows no ranges."""
    return lambda _: (200, {}, content)


def answer_orders(shop: Shop, *, known: Callable[[int], bool] = lambda _: True) -> None:
    """Answer what orders are asked for by id."""

    def answer(variables: Mapping[str, Any]) -> dict[str, Any]:
        numbers = [int(part.removeprefix("id:")) for part in variables["query"].split(" OR ")]
        return {"orders": page(*[order(number) for number in numbers if known(number)])}

    shop.on("Orders", answer)


async def imported(channel: ShopifyChannel, query: OrderQuery | None = None) -> list[Order]:
    return [each async for each in channel.import_orders(query or OrderQuery())]


@pytest.fixture
def ready(shop: Shop) -> Shop:
    """A shop whose operation ends well at once, with three orders."""
    shop.on("BulkRun", begun())
    shop.on("BulkOperation", {"bulkOperation": operation()})
    shop.serve = whole(lines({}, {}, {}))
    answer_orders(shop)
    return shop


# --- the operation ---


async def test_orders_are_asked_for_with_their_shares_grouped(ready: Shop) -> None:
    """No deeper than two levels, in a window that has an end."""
    async with ready.channel() as channel:
        found = await imported(channel, OrderQuery(updated_since=NOW - timedelta(days=1)))
    assert [each.id for each in found] == [f"gid://shopify/Order/{number}" for number in (1, 2, 3)]
    (told,) = ready.variables("BulkRun")
    assert "updated_at:>='2026-11-23T09:00:00Z' updated_at:<'2026-11-24T09:00:01Z'" in told["query"]
    assert told["query"].count("edges") == 2


async def test_operation_is_waited_for_with_growing_pauses(ready: Shop) -> None:
    """An hour's work is not asked about every second."""
    ready.on(
        "BulkOperation",
        *[{"bulkOperation": operation("RUNNING")}] * 9,
        {"bulkOperation": operation("CANCELING")},
        {"bulkOperation": operation()},
    )
    before = ready.clock.now()
    async with ready.channel() as channel:
        assert len(await imported(channel)) == 3
    assert (ready.clock.now() - before) == timedelta(seconds=1 + 2 + 4 + 8 + 16 + 32 + 60 * 5)


@pytest.mark.parametrize(
    ("ended", "kind", "word"),
    [
        pytest.param(operation("FAILED", errorCode="TIMEOUT"), UnavailableError, "TIMEOUT", id="timeout"),
        pytest.param(operation("FAILED", errorCode="INTERNAL_SERVER_ERROR"), UnavailableError, "anew", id="internal"),
        pytest.param(operation("FAILED"), UnavailableError, "FAILED", id="no-code"),
        pytest.param(operation("FAILED", errorCode="ACCESS_DENIED"), PermissionDeniedError, "denies", id="denied"),
        pytest.param(operation("EXPIRED"), NotFoundError, "7 days", id="expired"),
        pytest.param(operation("CANCELED"), ConflictError, "canceled", id="canceled"),
        pytest.param(operation("PAUSED"), ResponseError, "PAUSED", id="new-word"),
        pytest.param(None, NotFoundError, "does not know", id="unknown"),
    ],
)
async def test_operation_without_a_whole_result_is_an_error(
    ready: Shop, ended: dict[str, Any] | None, kind: type[Exception], word: str
) -> None:
    """A part of the orders must not be taken for all of them, whatever partial file there is."""
    ready.on("BulkOperation", {"bulkOperation": ended})
    async with ready.channel() as channel:
        with pytest.raises(kind, match=word):
            await imported(channel)
    assert ready.fetched == []


async def test_nothing_that_matches_has_no_file(ready: Shop) -> None:
    """It is an end, not an error."""
    ready.on("BulkOperation", {"bulkOperation": operation(url=None)})
    async with ready.channel() as channel:
        assert await imported(channel) == []


@pytest.mark.parametrize("code", ["OPERATION_IN_PROGRESS", "LIMIT_REACHED"])
async def test_another_operation_that_runs_is_a_conflict(ready: Shop, code: str) -> None:
    """It says how to take one's own over."""
    ready.on("BulkRun", begun(code))
    async with ready.channel() as channel:
        with pytest.raises(ConflictError, match="operation_id") as caught:
            await imported(channel)
    assert caught.value.code == code


async def test_refused_query_is_rejected(ready: Shop) -> None:
    """Not to be repeated as it is."""
    ready.on("BulkRun", begun("INVALID"))
    async with ready.channel() as channel:
        with pytest.raises(RejectedError, match="INVALID"):
            await imported(channel)


async def test_success_without_an_operation_is_no_success(ready: Shop) -> None:
    """Neither a result nor a reason."""
    ready.on("BulkRun", {"bulkOperationRunQuery": None})
    async with ready.channel() as channel:
        with pytest.raises(ResponseError, match="neither"):
            await imported(channel)


async def test_lost_answer_finds_its_operation_by_its_query(ready: Shop) -> None:
    """Not an older one of the same words, and not another's."""
    ready.on("BulkRun", TimeoutError())

    def running(_: object) -> dict[str, Any]:
        (told,) = ready.variables("BulkRun")
        mine = operation("RUNNING", id="gid://shopify/BulkOperation/9", query=told["query"])
        old = operation(
            "RUNNING", id="gid://shopify/BulkOperation/8", query=told["query"], createdAt="2026-11-24T07:00:00Z"
        )
        return {"bulkOperations": {"nodes": [operation("RUNNING"), old, mine]}}

    ready.on("BulkOperations", running)
    async with ready.channel() as channel:
        assert len(await imported(channel)) == 3
    assert ready.variables("BulkOperation")[0] == {"id": "gid://shopify/BulkOperation/9"}


def old_one(shop: Shop) -> dict[str, Any]:
    """Return an operation with the same query, of two hours ago."""
    (told,) = shop.variables("BulkRun")
    return {"bulkOperations": {"nodes": [operation("RUNNING", query=told["query"], createdAt="2026-11-24T07:00:00Z")]}}


async def test_old_operation_is_not_the_lost_one(ready: Shop) -> None:
    """Its result is older than the question."""
    ready.on("BulkRun", TimeoutError())
    ready.on("BulkOperations", lambda _: old_one(ready))
    async with ready.channel() as channel:
        with pytest.raises(TransportError):
            await imported(channel)


@pytest.mark.parametrize("answer", [{"bulkOperations": {"nodes": []}}, TimeoutError()], ids=["none", "silence"])
async def test_lost_answer_without_an_operation_stays_in_doubt(ready: Shop, answer: object) -> None:
    """Then whoever asks decides."""
    ready.on("BulkRun", TimeoutError())
    ready.on("BulkOperations", answer)
    async with ready.channel() as channel:
        with pytest.raises(TransportError) as caught:
            await imported(channel)
    assert caught.value.outcome_unknown


async def test_refused_request_is_not_looked_up(ready: Shop) -> None:
    """It was not done, and that is known."""
    ready.on("BulkRun", {"errors": [{"message": "", "extensions": {"code": "ACCESS_DENIED"}}]})
    async with ready.channel() as channel:
        with pytest.raises(PermissionDeniedError):
            await imported(channel)


async def test_operation_is_taken_up_again_by_its_id(ready: Shop) -> None:
    """Nothing is begun anew."""
    async with ready.channel() as channel:
        importing = channel.import_orders(operation_id=OPERATION)
        assert len([each async for each in importing]) == 3
    assert ready.variables("BulkRun") == []


# --- the file ---


async def test_file_is_read_without_our_token(ready: Shop) -> None:
    """Its address is a stranger's; the signature in it goes out as it came."""
    async with ready.channel() as channel:
        await imported(channel)
    (fetched,) = ready.fetched
    assert fetched.url == FILE
    assert "x-shopify-access-token" not in fetched.headers


async def test_file_comes_in_pieces(ready: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that are cut are put together again; no piece is larger than asked for."""
    monkeypatch.setattr(files, "PIECE", 64)
    content = lines(*[{}] * 30)
    ready.serve = ranged(content)
    ready.on("BulkOperation", {"bulkOperation": operation(fileSize=str(len(content)))})
    async with ready.channel() as channel:
        assert len(await imported(channel)) == 30
    assert len(ready.fetched) == -(-len(content) // 64)


async def test_file_of_unknown_size_is_read_to_its_end(ready: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pieces say how long it is."""
    monkeypatch.setattr(files, "PIECE", 64)
    ready.serve = ranged(lines(*[{}] * 5))
    async with ready.channel() as channel:
        assert len(await imported(channel)) == 5


async def test_last_line_needs_no_end(ready: Shop) -> None:
    """And empty ones are none."""
    ready.serve = whole(b"\n" + lines({}, {"states": ()}).rstrip(b"\n"))
    async with ready.channel() as channel:
        assert len(await imported(channel)) == 2


async def test_file_that_is_shorter_than_said_is_an_error(ready: Shop) -> None:
    """Orders that were cut off would be missed by nobody."""
    ready.on("BulkOperation", {"bulkOperation": operation(fileSize="100000")})
    async with ready.channel() as channel:
        with pytest.raises(ResponseError, match="not as long"):
            await imported(channel)


@pytest.mark.parametrize(
    ("headers", "piece"),
    [
        pytest.param({"content-range": "bytes 5-9/10"}, b"12345", id="another-piece"),
        pytest.param({}, b"12345", id="no-range"),
        pytest.param({"content-range": "bytes 0-4/5"}, b"123", id="cut-piece"),
    ],
)
async def test_piece_that_does_not_fit_is_an_error(ready: Shop, headers: dict[str, str], piece: bytes) -> None:
    """Lines would be put together wrongly."""
    ready.serve = lambda _: (206, headers, piece)
    async with ready.channel() as channel:
        with pytest.raises(ResponseError, match="do not fit"):
            await imported(channel)


async def test_file_of_unsaid_length_ends_with_a_short_piece(ready: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some servers do not say how long a file is."""
    monkeypatch.setattr(files, "PIECE", 64)
    content = lines(*[{}] * 5)
    serve = ranged(content)

    def unsaid(request: ReceivedRequest) -> tuple[int, Mapping[str, str], bytes]:
        status, headers, piece = serve(request)
        return status, {"content-range": headers["content-range"].rpartition("/")[0] + "/*"}, piece

    ready.serve = unsaid
    async with ready.channel() as channel:
        assert len(await imported(channel)) == 5


async def test_server_that_forgets_ranges_half_way_gives_nothing_twice(
    ready: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it sends the whole file: what was read before is left out."""
    monkeypatch.setattr(files, "PIECE", 300)
    content = lines(*[{}] * 5)
    knowing = ranged(content)
    ready.serve = lambda request: knowing(request) if len(ready.fetched) == 1 else (200, {}, content)
    async with ready.channel() as channel:
        found = await imported(channel)
    assert [each.number for each in found] == [f"#100{number}" for number in range(1, 6)]


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_file_that_is_gone_is_not_found(ready: Shop, status: int) -> None:
    """After seven days."""
    ready.serve = lambda _: (status, {}, b"")
    async with ready.channel() as channel:
        with pytest.raises(NotFoundError, match="7 days"):
            await imported(channel)


async def test_file_of_a_broken_server_is_asked_for_again(ready: Shop) -> None:
    """It only reads."""
    answers: list[tuple[int, Mapping[str, str], bytes]] = [(503, {}, b""), (200, {}, lines({}))]
    ready.serve = lambda _: answers.pop(0)
    async with ready.channel() as channel:
        assert len(await imported(channel)) == 1


@pytest.mark.parametrize(
    "url", ["http://storage.example/x", "ftp://x", "https://", "https://user@x/y", "https://x:8443/y", "https://[x/y"]
)
async def test_odd_address_is_not_fetched(ready: Shop, url: str) -> None:
    """Nothing is sent where no such file can be."""
    ready.on("BulkOperation", {"bulkOperation": operation(url=url)})
    async with ready.channel() as channel:
        with pytest.raises(ResponseError, match="address"):
            await imported(channel)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        pytest.param(b"<html>\n", "cannot be read", id="no-json"),
        pytest.param(b'{"id": 5}\n', "cannot be read", id="no-id"),
        pytest.param(b'{"id": "gid://shopify/Product/1"}\n', "not a list of orders", id="another-list"),
        pytest.param(
            b'{"id": "gid://shopify/FulfillmentOrder/1", "__parentId": "gid://shopify/Order/1"}\n',
            "not grouped",
            id="no-parent",
        ),
        pytest.param(
            lines({}, {}) + b'{"id": "gid://shopify/FulfillmentOrder/9", "__parentId": "gid://shopify/Order/1"}\n',
            "not grouped",
            id="late-child",
        ),
    ],
)
async def test_result_that_cannot_be_used_is_an_error(ready: Shop, content: bytes, word: str) -> None:
    """Lines out of their order would be shares that nobody looked at."""
    ready.serve = whole(content)
    async with ready.channel() as channel:
        with pytest.raises(ResponseError, match=word):
            await imported(channel)


# --- the orders ---


async def test_orders_are_read_25_at_a_time(ready: Shop) -> None:
    """As a listing does."""
    ready.serve = whole(lines(*[{}] * 60))
    async with ready.channel() as channel:
        assert len(await imported(channel)) == 60
    assert [told["first"] for told in ready.variables("Orders")] == [25, 25, 10]


async def test_orders_that_the_search_lacks_are_read_alone(ready: Shop) -> None:
    """It lags behind; what was deleted since is left out."""
    answer_orders(ready, known=lambda number: number == 1)
    ready.on("Order", {"order": order(2)}, {"order": None})
    async with ready.channel() as channel:
        assert [each.number for each in await imported(channel)] == ["#1001", "#1002"]


async def test_order_that_cannot_be_does_not_take_the_others_with_it(ready: Shop) -> None:
    """It is named at the end, and nothing is dropped in silence."""
    odd = order(2, currentTotalPriceSet=money("1.00", "USDC"))
    ready.on("Orders", {"orders": page(order(1), odd)})
    ready.on("Order", {"order": order(3)})
    async with ready.channel() as channel:
        found = channel.import_orders(OrderQuery())
        assert [(await anext(found)).number, (await anext(found)).number] == ["#1001", "#1003"]
        with pytest.raises(ResponseError, match=r"gid://shopify/Order/2\b.*Money.currency"):
            await anext(found)


async def test_search_that_gives_everything_gives_nothing_more(ready: Shop) -> None:
    """A filter that is not understood is left out without a word (field guide shopify.md §7.1)."""
    ready.on("Orders", {"orders": page(*[order(number) for number in range(1, 9)])})
    async with ready.channel() as channel:
        assert [each.number for each in await imported(channel)] == ["#1001", "#1002", "#1003"]


async def test_smaller_pages_are_read_to_the_end(ready: Shop) -> None:
    """A page that was too heavy is smaller than the batch."""
    ready.on("Orders", {"orders": page(order(1), after="c1")}, {"orders": page(order(2), order(3))})
    async with ready.channel() as channel:
        assert len(await imported(channel)) == 3


async def test_unwanted_orders_are_not_read(ready: Shop) -> None:
    """Finished, cancelled, test and untouched ones, each known from its line."""
    ready.serve = whole(
        lines(
            {"states": ("CLOSED", "CANCELLED")},
            {"cancelledAt": "2026-11-24T08:00:00Z"},
            {"test": True},
            {"updatedAt": "2026-11-20T08:00:00Z"},
            {},
        )
    )
    query = OrderQuery(
        statuses=frozenset({OrderStatus.UNFULFILLED}),  # type: ignore[arg-type]  # the attrs plugin loses the type variable
        updated_since=NOW - timedelta(days=1),
    )
    async with ready.channel() as channel:
        found = await imported(channel, query)
    assert [each.number for each in found] == ["#1005"]
    assert [told["query"] for told in ready.variables("Orders")] == ["id:5"]


async def test_orders_of_other_places_are_left_out(ready: Shop) -> None:
    """As in a listing."""
    ready.on(
        "Orders",
        {"orders": page(order(1), order(2, fulfillmentOrders=page(share(location=8))), order(3))},
    )
    async with ready.channel(location_ids=["7"]) as channel:
        assert [each.number for each in await imported(channel)] == ["#1001", "#1003"]


async def test_raw_bytes_are_kept_when_asked_for(ready: Shop) -> None:
    """Each order its own."""
    async with ready.channel(keep_raw=True) as channel:
        found = await imported(channel)
    assert [json.loads(each.raw or b"")["name"] for each in found] == ["#1001", "#1002", "#1003"]


async def test_withheld_addresses_are_an_error(ready: Shop) -> None:
    """A page on which every address is missing is no page of odd orders."""
    ready.on("Orders", {"orders": page(order(1, shippingAddress=None))})
    async with ready.channel() as channel:
        with pytest.raises(PermissionDeniedError, match="level 2"):
            await imported(channel)


async def test_driver_closes_a_file_that_was_left_half_way(ready: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops has nothing to close."""
    monkeypatch.setattr(files, "PIECE", 64)
    ready.serve = ranged(lines(*[{}] * 200))
    async with ready.channel() as channel:
        importing = channel.import_orders()
        await anext(importing)
    assert len(ready.fetched) < 200


@pytest.mark.parametrize(
    ("statuses", "cancelled", "states", "may"),
    [
        (None, True, set(), True),
        ({OrderStatus.CANCELLED}, True, {"OPEN"}, True),
        ({OrderStatus.UNFULFILLED}, True, {"OPEN"}, False),
        ({OrderStatus.UNFULFILLED}, False, {"CLOSED"}, False),
        ({OrderStatus.FULFILLED}, False, {"CLOSED"}, True),
        ({OrderStatus.UNFULFILLED}, False, {"CLOSED", "OPEN"}, True),
        ({OrderStatus.PENDING}, False, set(), True),
        ({OrderStatus.UNFULFILLED}, False, {"NEW_WORD"}, True),
    ],
)
def test_what_is_unsure_may_match(
    statuses: set[OrderStatus] | None, states: set[str], *, cancelled: bool, may: bool
) -> None:
    """Only what cannot be wanted is left unread."""
    query = OrderQuery(statuses=statuses)  # type: ignore[arg-type]  # the attrs plugin loses the type variable
    assert may_match(query, cancelled=cancelled, states=states) is may


def test_moment_of_the_search_is_utc() -> None:
    """Shopify compares in UTC."""
    assert created_since(datetime(2026, 11, 24, 9, tzinfo=UTC)) == "created_at:>='2026-11-24T09:00:00Z'"
