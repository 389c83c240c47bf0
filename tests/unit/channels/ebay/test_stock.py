"""Stock: absolute, only what changed, one result a level."""

import json
from collections.abc import Sequence

import pytest

from cartcarrier.errors import NotFoundError, PermissionDeniedError, TransportError
from cartcarrier.http import ConnectionDropped, ReceivedRequest
from cartcarrier.models import InventoryLevel, InventoryResult, InventoryStatus
from tests.unit.channels.ebay.fakes import (
    ITEMS,
    NOW,
    OFFERS,
    UPDATES,
    Answer,
    Ebay,
    answer,
    item,
    items,
    offer,
    offers,
    refusal,
    unknown_item,
    updated,
)

pytestmark = pytest.mark.anyio
ACCEPTED, REJECTED = InventoryStatus.ACCEPTED, InventoryStatus.REJECTED
PENDING, STALE = InventoryStatus.PENDING, InventoryStatus.STALE


def level(sku: str, available: int, place: str | None = None) -> InventoryLevel:
    return InventoryLevel(sku=sku, available=available, location_id=place)


def statuses(results: Sequence[InventoryResult]) -> list[tuple[str, InventoryStatus]]:
    return [(result.sku, result.status) for result in results]


def take_all(request: ReceivedRequest) -> Answer:
    """Take every quantity, of articles and offers."""
    answers = []
    for one in json.loads(request.content)["requests"]:
        answers.append({"sku": one["sku"], "statusCode": 200})
        answers += [{"sku": one["sku"], "offerId": o["offerId"], "statusCode": 200} for o in one.get("offers", [])]
    return updated(*answers)


def all_known(request: ReceivedRequest) -> Answer:
    """Know every article that is asked for."""
    return items(*[item(one["sku"]) for one in json.loads(request.content)["requests"]])


@pytest.fixture
def shelf(ebay: Ebay) -> Ebay:
    """An eBay that has five of everything, each with a published offer of five."""
    ebay.on("POST", ITEMS, all_known)
    ebay.on("GET", OFFERS, lambda request: offers(offer(f"offer-{request.params['sku']}")))
    ebay.on("POST", UPDATES, take_all)
    return ebay


async def test_article_and_offer_are_set_in_one_call(shelf: Ebay) -> None:
    """Buyers see the offer's number, capped by the article's: set alone, either one is wrong."""
    (result,) = await shelf.channel().set_inventory([level("A", 12)])
    assert shelf.body("POST", UPDATES) == {
        "requests": [
            {
                "sku": "A",
                "shipToLocationAvailability": {"quantity": 12},
                "offers": [{"offerId": "offer-A", "availableQuantity": 12}],
            }
        ]
    }
    assert result.status is ACCEPTED


async def test_stock_is_set_by_the_bulk_call_only(shelf: Ebay) -> None:
    """Replacing the article for a number would lose its title and its pictures."""
    await shelf.channel().set_inventory([level("A", 0), level("B", 7)])
    assert {(request.method, request.path) for request in shelf.sent()} == {
        ("POST", ITEMS),
        ("GET", OFFERS),
        ("POST", UPDATES),
    }


async def test_quantity_that_is_right_is_not_sent(shelf: Ebay) -> None:
    """A listing takes 250 revisions a day."""
    (result,) = await shelf.channel().set_inventory([level("A", 5)])
    assert result.status is ACCEPTED
    assert shelf.sent("POST", UPDATES) == []


async def test_offer_that_differs_from_its_article_is_set(shelf: Ebay) -> None:
    """A sale lowers both, a hand in Seller Hub one."""
    shelf.on("GET", OFFERS, offers(offer("o", 3)))
    await shelf.channel().set_inventory([level("A", 5)])
    assert shelf.body("POST", UPDATES)["requests"][0]["offers"] == [{"offerId": "o", "availableQuantity": 5}]


async def test_offer_that_is_not_published_is_left_alone(shelf: Ebay) -> None:
    """The bulk call takes published offers only."""
    shelf.on("GET", OFFERS, offers(offer("draft", status="UNPUBLISHED"), offer("live", 3), offer("live", 3)))
    await shelf.channel().set_inventory([level("A", 5)])
    assert [one["offerId"] for one in shelf.body("POST", UPDATES)["requests"][0]["offers"]] == ["live"]


async def test_listing_made_elsewhere_is_a_result_and_never_created(ebay: Ebay) -> None:
    """An article made for it would be a second listing of the same thing."""
    ebay.on("POST", ITEMS, items(unknown_item("A")))
    (result,) = await ebay.channel().set_inventory([level("A", 5)])
    assert result.status is REJECTED
    assert "not managed" in (result.message or "")
    assert len(ebay.sent()) == 1


async def test_unknown_article_does_not_keep_the_others(shelf: Ebay) -> None:
    """One result a level, in the same order."""
    shelf.on("POST", ITEMS, items(item("A"), unknown_item("B"), item("C")))
    results = await shelf.channel().set_inventory([level("A", 1), level("B", 2), level("C", 3)])
    assert statuses(results) == [("A", ACCEPTED), ("B", REJECTED), ("C", ACCEPTED)]


async def test_refused_offer_refuses_the_level(shelf: Ebay) -> None:
    """The article's success alone sells nothing."""
    error = {"errorId": 25026, "message": "You have reached your selling limit."}
    refused = {"sku": "A", "offerId": "offer-A", "statusCode": 400, "errors": [error]}
    shelf.on("POST", UPDATES, updated({"sku": "A", "statusCode": 200}, refused))
    (result,) = await shelf.channel().set_inventory([level("A", 9)])
    assert (result.status, result.message) == (REJECTED, "You have reached your selling limit. (25026)")


async def test_later_level_of_the_same_call_counts(shelf: Ebay) -> None:
    """Two numbers for one place cannot both hold."""
    results = await shelf.channel().set_inventory([level("A", 1), level("A", 2)])
    assert statuses(results) == [("A", STALE), ("A", ACCEPTED)]
    assert shelf.body("POST", UPDATES)["requests"][0]["shipToLocationAvailability"] == {"quantity": 2}


@pytest.mark.parametrize("code", [25001, 25025])
async def test_article_at_work_is_tried_again_alone_and_later(shelf: Ebay, code: int) -> None:
    """Variations of one listing that are set together get in each other's way."""
    busy = {"sku": "A", "statusCode": 500, "errors": [{"errorId": code}]}
    shelf.on("POST", UPDATES, updated(busy, {"sku": "B", "statusCode": 200}), take_all)
    results = await shelf.channel().set_inventory([level("A", 1), level("B", 1)])
    assert statuses(results) == [("A", ACCEPTED), ("B", ACCEPTED)]
    again = json.loads(shelf.sent("POST", UPDATES)[1].content)["requests"]
    assert [one["sku"] for one in again] == ["A"]
    assert (shelf.clock.now() - NOW).total_seconds() >= 1


async def test_article_that_stays_at_work_is_given_up(shelf: Ebay) -> None:
    """Three tries, and then the caller knows."""
    shelf.on("POST", UPDATES, updated({"sku": "A", "statusCode": 500, "errors": [{"errorId": 25025}]}))
    (result,) = await shelf.channel().set_inventory([level("A", 1)])
    assert result.status is REJECTED
    assert len(shelf.sent("POST", UPDATES)) == 3


async def test_article_without_an_answer_is_not_known(shelf: Ebay) -> None:
    """A member that the answer leaves out is neither taken nor refused."""
    shelf.on("POST", UPDATES, updated())
    (result,) = await shelf.channel().set_inventory([level("A", 1)])
    assert result.status is PENDING


async def test_call_that_takes_one_article_only_is_remembered(shelf: Ebay) -> None:
    """The texts disagree about how many one call takes."""

    def one_only(request: ReceivedRequest) -> Answer:
        return take_all(request) if len(json.loads(request.content)["requests"]) == 1 else refusal(400, 25002)

    shelf.on("POST", UPDATES, one_only)
    channel = shelf.channel()
    for available in (1, 2):
        results = await channel.set_inventory([level("A", available), level("B", available)])
        assert statuses(results) == [("A", ACCEPTED), ("B", ACCEPTED)]
    assert len(shelf.sent("POST", UPDATES)) == 1 + 2 + 2


async def test_many_articles_go_in_calls_of_25(shelf: Ebay) -> None:
    """More than eBay takes at a time is refused whole."""
    levels = [level(f"S-{n}", 1) for n in range(60)]
    assert statuses(await shelf.channel().set_inventory(levels)) == [(one.sku, ACCEPTED) for one in levels]
    assert [len(json.loads(request.content)["requests"]) for request in shelf.sent("POST", UPDATES)] == [25, 25, 10]


async def test_failure_of_a_later_part_loses_no_result(shelf: Ebay) -> None:
    """Those that were set are set: an error in their place would hide it."""

    def breaking(request: ReceivedRequest) -> Answer:
        if b'"S-30"' in request.content:
            raise ConnectionDropped
        return take_all(request)

    shelf.on("POST", UPDATES, breaking)
    results = await shelf.channel().set_inventory([level(f"S-{n}", 1) for n in range(40)])
    assert [result.status for result in results] == [ACCEPTED] * 25 + [PENDING] * 15


async def test_failure_of_the_first_part_is_raised(shelf: Ebay) -> None:
    """A channel that cannot be reached has no results to give."""

    def broken(request: ReceivedRequest) -> Answer:
        raise ConnectionDropped

    shelf.on("POST", ITEMS, broken)
    with pytest.raises(TransportError):
        await shelf.channel().set_inventory([level("A", 1)])


async def test_failure_among_many_questions_is_one_error(shelf: Ebay) -> None:
    """Not a group of them: that is no error of ours."""
    shelf.on("GET", OFFERS, refusal(403, 1100))
    with pytest.raises(PermissionDeniedError):
        await shelf.channel().set_inventory([level("A", 1), level("B", 1)])


async def test_language_is_always_said(shelf: Ebay) -> None:
    """Without it, or with a library's default, Inventory answers 400."""
    await shelf.channel(marketplace_id="EBAY_DE").set_inventory([level("A", 1)])
    assert {request.headers["accept-language"] for request in shelf.sent()} == {"de-DE"}
    assert {request.headers["content-language"] for request in shelf.sent("POST")} == {"de-DE"}
    assert all("content-language" not in request.headers for request in shelf.sent("GET"))


async def test_refusal_of_one_alone_is_its_result(shelf: Ebay) -> None:
    """The others of the batch are set."""

    def picky(request: ReceivedRequest) -> Answer:
        asked = json.loads(request.content)["requests"]
        return (
            refusal(400, 25004, message="Bad number.")
            if {"sku": "A"}.items() <= asked[0].items()
            else take_all(request)
        )

    shelf.on("POST", UPDATES, picky)
    results = await shelf.channel().set_inventory([level("A", 1), level("B", 1)])
    assert statuses(results) == [("A", REJECTED), ("B", ACCEPTED)]


async def test_failed_write_beside_settled_results_is_a_result(shelf: Ebay) -> None:
    """What needed no call is settled, whatever becomes of the others."""

    def broken(request: ReceivedRequest) -> Answer:
        raise ConnectionDropped

    shelf.on("POST", UPDATES, broken)
    results = await shelf.channel().set_inventory([level("A", 5), level("B", 1)])
    assert statuses(results) == [("A", ACCEPTED), ("B", PENDING)]


async def test_article_that_cannot_be_read_is_told_apart_from_an_unknown_one(shelf: Ebay) -> None:
    """It failed, or was left out; neither means that it is not managed."""
    failed = {"sku": "A", "statusCode": 500, "errors": [{"errorId": 25001, "message": "System error."}]}
    shelf.on("POST", ITEMS, items(failed))
    results = await shelf.channel().set_inventory([level("A", 1), level("B", 1)])
    assert statuses(results) == [("A", REJECTED), ("B", PENDING)]
    assert results[0].message == "System error. (25001)"


async def test_answers_are_known_by_their_offer_too(shelf: Ebay) -> None:
    """An answer may name the offer and not the article."""
    shelf.on("POST", UPDATES, updated({"offerId": "offer-A", "statusCode": 200}, {"offerId": "?", "statusCode": 200}))
    results = await shelf.channel().set_inventory([level("A", 1), level("B", 1)])
    assert statuses(results) == [("A", ACCEPTED), ("B", PENDING)]


async def test_only_answer_belongs_to_the_only_article(shelf: Ebay) -> None:
    """Alone in a call, it needs no name."""
    shelf.on("POST", UPDATES, updated({"statusCode": 200}))
    (result,) = await shelf.channel(skus_per_call=1).set_inventory([level("A", 1)])
    assert result.status is ACCEPTED


async def test_offers_that_are_not_to_be_found_for_no_reason_are_an_error(shelf: Ebay) -> None:
    """A gateway's 404 must not pass for "no offer"."""
    shelf.on("GET", OFFERS, answer(404))
    with pytest.raises(NotFoundError):
        await shelf.channel().set_inventory([level("A", 1)])


async def test_article_without_availability_is_set(shelf: Ebay) -> None:
    """Managed, but never counted."""
    shelf.on("POST", ITEMS, items({"sku": "A", "statusCode": 200, "inventoryItem": {}}))
    (result,) = await shelf.channel().set_inventory([level("A", 5)])
    assert result.status is ACCEPTED
    assert len(shelf.sent("POST", UPDATES)) == 1


# --- by place -------------------------------------------------------------------------------------------------------

PLACES = [
    {"merchantLocationKey": "east", "quantity": 3, "fulfillmentTime": {"unit": "BUSINESS_DAY", "value": 2}},
    {"merchantLocationKey": "west", "quantity": 4},
]


async def test_level_of_a_place_keeps_the_others(shelf: Ebay) -> None:
    """The list replaces what is there: a place that is left out is empty."""
    shelf.on("POST", ITEMS, items(item("A", 7, availabilityDistributions=PLACES)))
    await shelf.channel().set_inventory([level("A", 1, "west")])
    (request,) = shelf.body("POST", UPDATES)["requests"]
    assert request["shipToLocationAvailability"] == {
        "quantity": 4,
        "availabilityDistributions": [PLACES[0], {"merchantLocationKey": "west", "quantity": 1}],
    }
    assert request["offers"] == [{"offerId": "offer-A", "availableQuantity": 4}]


async def test_level_without_a_place_is_refused_where_there_are_some(shelf: Ebay) -> None:
    """Whose number it is cannot be guessed."""
    shelf.on("POST", ITEMS, items(item("A", 7, availabilityDistributions=PLACES)))
    (result,) = await shelf.channel().set_inventory([level("A", 9)])
    assert result.status is REJECTED
    assert "location" in (result.message or "")


async def test_levels_with_and_without_a_place_are_refused_together(shelf: Ebay) -> None:
    """The total and a part of it cannot both be set."""
    shelf.on("POST", ITEMS, items(item("A", 7, availabilityDistributions=PLACES)))
    results = await shelf.channel().set_inventory([level("A", 1, "east"), level("A", 9)])
    assert statuses(results) == [("A", REJECTED), ("A", REJECTED)]


async def test_levels_are_read_by_place(shelf: Ebay) -> None:
    """One level for each place that has some."""
    shelf.on("POST", ITEMS, items(item("A", 7, availabilityDistributions=PLACES)))
    assert await shelf.channel().get_inventory(["A"]) == [level("A", 3, "east"), level("A", 4, "west")]


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("exists", "offered", "sellable"), [(5, 5, 5), (5, 2, 2), (2, 5, 2), (5, None, 5)], ids=str)
async def test_what_can_be_sold_is_the_offer_capped_by_the_article(
    shelf: Ebay, exists: int, offered: int | None, sellable: int
) -> None:
    """There are two numbers; buyers see the lower one."""
    shelf.on("POST", ITEMS, items(item("A", exists)))
    shelf.on("GET", OFFERS, offers(offer("o", offered)))
    assert await shelf.channel().get_inventory(["A"]) == [level("A", sellable)]


async def test_article_without_an_offer_is_read(shelf: Ebay) -> None:
    """No offer is said by an error (25713), and means none."""
    shelf.on("GET", OFFERS, refusal(404, 25713))
    assert await shelf.channel().get_inventory(["A"]) == [level("A", 5)]


async def test_unknown_stock_is_no_level(shelf: Ebay) -> None:
    """None is not zero: zero would stop a sale that never was."""
    shelf.on("POST", ITEMS, items(unknown_item("A"), item("B", None)))
    assert await shelf.channel().get_inventory(["A", "B"]) == []


async def test_offers_are_counted_by_page(shelf: Ebay) -> None:
    """Taken as a number of records, the offset skips a hundred pages."""
    shelf.on("GET", OFFERS, offers(offer("1", 1), after="https://api.ebay.com/next"), offers(offer("2", 4)))
    assert await shelf.channel().get_inventory(["A"]) == [level("A", 4)]
    assert [request.params["offset"] for request in shelf.sent("GET", OFFERS)] == ["0", "1"]


async def test_article_is_asked_for_once(shelf: Ebay) -> None:
    """A doubled name in the question is a doubled level in the answer."""
    assert len(await shelf.channel().get_inventory(["A", "A"])) == 1


async def test_write_of_stock_may_use_the_reserved_share(shelf: Ebay) -> None:
    """Stock that is not lowered is sold twice."""
    store_answers = answer(
        200,
        {
            "rateLimits": [
                {"resources": [{"name": "sell.inventory", "rates": [{"limit": 2000000, "remaining": 400004}]}]}
            ]
        },
    )
    shelf.on("GET", "/developer/analytics/v1_beta/rate_limit/", store_answers)
    channel = shelf.channel()
    await channel.read_quotas()
    # Three reads are left above the share: one of articles and two of offers.
    results = await channel.set_inventory([level("A", 1), level("B", 1)])
    assert statuses(results) == [("A", ACCEPTED), ("B", ACCEPTED)]


@pytest.mark.parametrize("place", ["gid://shopify/Location/70000001", "", "a" * 37, "Haupt lager"])
async def test_a_place_that_is_none_of_ebays_is_refused(shelf: Ebay, place: str) -> None:
    """A level of another channel's place would have eBay keep the article at a place that is nowhere."""
    results = await shelf.channel().set_inventory([level("A", 3, place), level("B", 4, "main-2")])
    assert statuses(results) == [("A", REJECTED), ("B", ACCEPTED)]
    assert "none of eBay's" in str(results[0].message)
    assert [one["sku"] for one in shelf.body("POST", UPDATES)["requests"]] == ["B"]
