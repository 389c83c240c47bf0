"""Setting and reading stock."""

import gzip
import json
from typing import Any

import pytest

from cartcarrier.errors import (
    ConfigurationError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RejectedError,
    TransportError,
)
from cartcarrier.http import ReceivedRequest
from cartcarrier.models import InventoryLevel, InventoryStatus
from tests.unit.channels.amazon.fakes import CA, LOST, US, Amazon, refusal
from tests.unit.channels.amazon.test_shipping import feed

OK = {"sku": "A", "status": "ACCEPTED", "submissionId": "s", "issues": []}
ACCEPTED, PENDING = InventoryStatus.ACCEPTED, InventoryStatus.PENDING
REJECTED, STALE = InventoryStatus.REJECTED, InventoryStatus.STALE


def level(sku: str, available: int = 5, place: str | None = None) -> InventoryLevel:
    """Return a level."""
    return InventoryLevel(sku=sku, available=available, location_id=place)


def many(count: int = 3) -> list[InventoryLevel]:
    """Return levels of several articles."""
    return [level(f"SKU-{number}") for number in range(count)]


async def statuses(amazon: Amazon, levels: list[InventoryLevel], **changes: Any) -> list[InventoryStatus]:
    """Set levels, and return what became of each."""
    results = await amazon.channel(**changes).set_inventory(levels)
    assert [result.sku for result in results] == [one.sku for one in levels], "one for each, in their order"
    return [result.status for result in results]


async def test_few_levels_are_patches(amazon: Amazon) -> None:
    """One each, of one marketplace."""
    amazon.on("patchListingsItem", OK)
    assert await statuses(amazon, many()) == [ACCEPTED] * 3
    first = amazon.requests("patchListingsItem")[0]
    assert first.path == "/listings/2021-08-01/items/A3SELLER/SKU-0"
    assert first.params == {"marketplaceIds": US, "issueLocale": "en_US"}
    assert json.loads(first.content)["productType"] == "PRODUCT"


@pytest.mark.parametrize(
    ("sku", "path"), [("A/1", "A%2F1"), ("A+1 ?#", "A%2B1%20%3F%23"), ("A%1", "A%251"), ("Ä", "%C3%84")]
)
async def test_every_character_of_an_article_is_escaped(amazon: Amazon, sku: str, path: str) -> None:
    """A slash would be another path, answered with 403 (pitfall 13)."""
    amazon.on("patchListingsItem", OK)
    assert await statuses(amazon, [level(sku)]) == [ACCEPTED]
    assert amazon.requests("patchListingsItem")[0].path.endswith(f"/A3SELLER/{path}")


@pytest.mark.parametrize("answer", [refusal(403, "Unauthorized"), refusal(404, "NotFound")], ids=["403", "404"])
async def test_article_that_does_not_work_in_a_path_goes_by_feed(amazon: Amazon, answer: Any) -> None:
    """The same article, said in a document."""
    amazon.on("patchListingsItem", lambda request: answer if "%2F" in request.path else OK)
    feed(amazon, "DONE", report=b'{"issues": [], "summary": {"messagesAccepted": 1}}')
    assert await statuses(amazon, [level("A/1"), level("B")]) == [ACCEPTED, ACCEPTED]
    assert [one["sku"] for one in amazon.bodies("document PUT")[0]["messages"]] == ["A/1"]


async def test_article_named_by_dots_goes_by_feed(amazon: Amazon) -> None:
    """In a path it would lead upwards."""
    feed(amazon, "DONE", report=b'{"summary": {"messagesAccepted": 1}}')
    assert await statuses(amazon, [level("..")]) == [ACCEPTED]
    assert amazon.requests("patchListingsItem") == []


async def test_refused_article_does_not_keep_the_others_from_being_set(amazon: Amazon) -> None:
    """A result each: refused in a 200, refused by a 400, failed, lost, taken."""
    answers = {
        "SKU-0": {
            "sku": "A",
            "status": "INVALID",
            "submissionId": "s",
            "issues": [{"code": "1", "message": "no", "severity": "ERROR"}],
        },
        "SKU-1": refusal(400, "InvalidInput"),
        "SKU-2": refusal(404, "NotFound"),
        "SKU-3": LOST,
        "SKU-4": (200, {}, b"{}"),
        "SKU-5": OK,
    }
    amazon.on("patchListingsItem", lambda request: answers[request.path.rpartition("/")[2]])
    assert await statuses(amazon, many(6)) == [REJECTED, REJECTED, REJECTED, PENDING, PENDING, ACCEPTED]


@pytest.mark.parametrize(
    ("answer", "kind", "unknown"),
    [(refusal(403, "Unauthorized"), PermissionDeniedError, False), (LOST, TransportError, True)],
    ids=["no role", "no network"],
)
async def test_trouble_of_the_account_is_an_error_and_not_a_list_of_refusals(
    amazon: Amazon, answer: Any, kind: type[OperationError], unknown: bool
) -> None:
    """A role that is missing is no fault of the articles."""
    amazon.on("patchListingsItem", answer)
    with pytest.raises(kind) as caught:
        await amazon.channel().set_inventory(many())
    assert caught.value.outcome_unknown is unknown


async def test_unknown_articles_alone_are_results(amazon: Amazon) -> None:
    """All refused, each for itself."""
    amazon.on("patchListingsItem", refusal(400, "InvalidInput"))
    assert await statuses(amazon, many()) == [REJECTED] * 3


async def test_level_without_a_place_is_set_in_all_marketplaces(amazon: Amazon) -> None:
    """Refused in one of them, it is refused."""

    def answer(request: ReceivedRequest) -> Any:
        return OK if request.params["marketplaceIds"] == US else refusal(400, "InvalidInput")

    amazon.on("patchListingsItem", answer)
    levels = [level("A"), level("B", place=US)]
    assert await statuses(amazon, levels, marketplace_ids=["US", "CA"]) == [REJECTED, ACCEPTED]
    assert len(amazon.requests("patchListingsItem")) == 3


@pytest.mark.parametrize("place", ["AMAZON_NA", "AMAZON_JP", "somewhere"])
async def test_places_that_are_not_ours_are_refused(amazon: Amazon, place: str) -> None:
    """FBA stock is counted by Amazon."""
    assert await statuses(amazon, [level("A", place=place)]) == [REJECTED]
    assert amazon.asked == []


async def test_last_of_several_levels_is_set(amazon: Amazon) -> None:
    """The others are stale."""
    amazon.on("patchListingsItem", OK)
    assert await statuses(amazon, [level("A", 1), level("A", 2)]) == [STALE, ACCEPTED]
    (body,) = amazon.bodies("patchListingsItem")
    assert body["patches"][0]["value"][0]["quantity"] == 2


async def test_no_levels_are_no_call(amazon: Amazon) -> None:
    """And no error."""
    assert await amazon.channel().set_inventory([]) == []


async def test_many_levels_are_one_feed(amazon: Amazon) -> None:
    """Five a second would take its time."""
    report = {
        "issues": [{"messageId": 2, "severity": "ERROR", "code": "9", "message": "unknown"}],
        "summary": {"messagesAccepted": 2},
    }
    feed(amazon, "IN_QUEUE", "IN_PROGRESS", "DONE", report=json.dumps(report).encode())
    assert await statuses(amazon, many(), feed_threshold=3) == [ACCEPTED, REJECTED, ACCEPTED]
    assert amazon.bodies("createFeedDocument") == [{"contentType": "application/json; charset=UTF-8"}]
    assert amazon.requests("document PUT")[0].headers["content-type"] == "application/json; charset=UTF-8"
    assert amazon.bodies("createFeed")[0]["feedType"] == "JSON_LISTINGS_FEED"
    assert len(amazon.requests("getFeed")) == 3


async def test_feed_is_for_one_marketplace(amazon: Amazon) -> None:
    """Two marketplaces, two feeds."""
    feed(amazon, "DONE", report=b'{"summary": {"messagesAccepted": 3}}')
    await statuses(amazon, many(), feed_threshold=3, marketplace_ids=["US", "CA"])
    assert [body["marketplaceIds"] for body in amazon.bodies("createFeed")] == [[US], [CA]]


async def test_packed_report_is_unpacked(amazon: Amazon) -> None:
    """Amazon packs long ones."""
    feed(amazon, "DONE", report=gzip.compress(b'{"summary": {"messagesAccepted": 3}}'))
    amazon.on(
        "getFeedDocument",
        {"feedDocumentId": "r-1", "url": "https://documents.example/out", "compressionAlgorithm": "GZIP"},
    )
    assert await statuses(amazon, many(), feed_threshold=3) == [ACCEPTED] * 3


async def test_report_that_cannot_be_unpacked_leaves_the_levels_pending(amazon: Amazon) -> None:
    """Cut on its way."""
    feed(amazon, "DONE", report=gzip.compress(b'{"summary": {"messagesAccepted": 3}}')[:-9])
    amazon.on(
        "getFeedDocument",
        {"feedDocumentId": "r-1", "url": "https://documents.example/out", "compressionAlgorithm": "GZIP"},
    )
    assert await statuses(amazon, many(), feed_threshold=3) == [PENDING] * 3


@pytest.mark.parametrize(
    ("end", "report", "expected"),
    [
        (
            "FATAL",
            b'{"issues": [{"messageId": 1, "severity": "ERROR", "message": "no"}]}',
            [REJECTED, PENDING, PENDING],
        ),
        ("DONE", b"{", [PENDING] * 3),
        ("DONE", b'{"issues": "x"}', [PENDING] * 3),
    ],
    ids=["broken off", "cut report", "another shape"],
)
async def test_what_a_report_does_not_say_is_not_success(
    amazon: Amazon, end: str, report: bytes, expected: list[InventoryStatus]
) -> None:
    """Half of it may be set: read, and set again."""
    feed(amazon, end, report=report)
    assert await statuses(amazon, many(), feed_threshold=3) == expected


@pytest.mark.parametrize(("end", "expected"), [("CANCELLED", REJECTED), ("FATAL", PENDING), ("DONE", PENDING)])
async def test_feed_without_a_report(amazon: Amazon, end: str, expected: InventoryStatus) -> None:
    """Cancelled means that nothing was done; all else is not known."""
    feed(amazon, end)
    amazon.on("getFeed", {"feedId": "f-1", "processingStatus": end})
    assert await statuses(amazon, many(), feed_threshold=3) == [expected] * 3


async def test_report_that_cannot_be_fetched_leaves_the_levels_pending(amazon: Amazon) -> None:
    """The feed was handed in; nothing is lost."""
    feed(amazon, "DONE")
    amazon.on("document GET", (403, {}, b"<Error/>"), (200, {}, b'{"summary": {"messagesAccepted": 3}}'))
    channel = amazon.channel(feed_threshold=3)
    assert {result.status for result in await channel.set_inventory(many())} == {PENDING}
    assert {result.status for result in await channel.get_inventory_results("f-1")} == {ACCEPTED}
    with pytest.raises(NotFoundError):
        await channel.get_inventory_results("f-2")


async def test_upload_that_is_refused_is_an_error(amazon: Amazon) -> None:
    """Its address is good for five minutes (pitfall 33)."""
    feed(amazon, "DONE")
    amazon.on("document PUT", (403, {}, b"<Error/>"))
    with pytest.raises(RejectedError, match="five minutes"):
        await amazon.channel(feed_threshold=3).set_inventory(many())
    assert amazon.requests("createFeed") == []


async def test_stock_needs_the_sellers_id(amazon: Amazon) -> None:
    """It is part of the path."""
    with pytest.raises(ConfigurationError):
        await amazon.channel(seller_id=None).set_inventory(many())
    with pytest.raises(ConfigurationError):
        await amazon.channel(seller_id=None).get_inventory(["A"])


# --- reading --------------------------------------------------------------------------------------------------------------


def listing(sku: str, quantity: int) -> dict[str, Any]:
    """Return a listing of the merchant's."""
    return {"sku": sku, "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": quantity}]}


async def test_stock_of_twenty_is_one_call(amazon: Amazon) -> None:
    """Asked for by their numbers, in every marketplace."""
    amazon.on("searchListingsItems", {"numberOfResults": 1, "items": [listing("SKU-0", 3)]})
    levels = await amazon.channel(marketplace_ids=["US", "CA"]).get_inventory([f"SKU-{n}" for n in range(25)])
    assert [(one.sku, one.available, one.location_id) for one in levels] == [("SKU-0", 3, US), ("SKU-0", 3, CA)]
    requests = amazon.requests("searchListingsItems")
    assert [len(request.params["identifiers"].split(",")) for request in requests] == [20, 5, 20, 5]
    assert requests[0].params["identifiersType"] == "SKU"


async def test_article_with_a_comma_is_asked_for_alone(amazon: Amazon) -> None:
    """In a list it would be two."""
    amazon.on("getListingsItem", listing("A,1", 3), refusal(404, "NotFound"))
    levels = await amazon.channel().get_inventory(["A,1", "B,1"])
    assert levels == [level("A,1", 3)]
    assert amazon.requests("searchListingsItems") == []


def summaries(*rows: tuple[str, int], token: str | None = None) -> dict[str, Any]:
    """Return a page of Amazon's stock."""
    found: dict[str, Any] = {
        "payload": {
            "granularity": {"granularityType": "Marketplace", "granularityId": US},
            "inventorySummaries": [
                {"sellerSku": sku, "totalQuantity": 99, "inventoryDetails": {"fulfillableQuantity": quantity}}
                for sku, quantity in rows
            ],
        }
    }
    if token is not None:
        found["pagination"] = {"nextToken": token}
    return found


async def test_amazons_stock_is_what_it_can_send(amazon: Amazon) -> None:
    """The total includes what is on its way; and answers have articles that nobody asked for."""
    amazon.on("getInventorySummaries", summaries(("A", 3), ("X", 7), token="t+/"), summaries(("B", 0)))
    levels = await amazon.channel().get_fba_inventory(["A", "B", "C"])
    assert levels == [level("A", 3, "AMAZON_NA"), level("B", 0, "AMAZON_NA")]
    first, second = amazon.requests("getInventorySummaries")
    assert first.params == {
        "details": "true",
        "granularityType": "Marketplace",
        "granularityId": US,
        "marketplaceIds": US,
        "sellerSkus": "A,B,C",
    }
    assert dict(second.params) == {**first.params, "nextToken": "t+/"}


async def test_dead_token_starts_again(amazon: Amazon) -> None:
    """It lives 30 seconds (pitfall 28)."""
    dead = refusal(400, "InvalidInput")
    amazon.on("getInventorySummaries", summaries(("A", 3), token="t"), dead, summaries(("A", 4)))
    assert await amazon.channel().get_fba_inventory(["A"]) == [level("A", 4, "AMAZON_NA")]


async def test_refused_question_is_an_error(amazon: Amazon) -> None:
    """Not an empty list."""
    amazon.on("getInventorySummaries", refusal(400, "InvalidInput"))
    with pytest.raises(RejectedError):
        await amazon.channel().get_fba_inventory(["A"])


async def test_feed_of_another_kind_is_none_of_stock(amazon: Amazon) -> None:
    """A cancellation's report would be read as one of stock."""
    amazon.on("getFeed", {"feedId": "f-1", "feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA", "processingStatus": "DONE"})
    with pytest.raises(NotFoundError, match="none of stock"):
        await amazon.channel().get_inventory_results("f-1", levels=many())
