"""Stock: what is asked, what is told, and what each answer means."""

from collections.abc import Mapping
from typing import Any

import pytest

from cartcarrier.errors import PermissionDeniedError, RejectedError, ResponseError, TransportError, UnavailableError
from cartcarrier.models import InventoryLevel, InventoryStatus
from tests.unit.channels.shopify.fakes import Shop, page

PLACE, OTHER = "gid://shopify/Location/7", "gid://shopify/Location/8"
ACCEPTED, REJECTED, STALE, PENDING = (
    InventoryStatus.ACCEPTED,
    InventoryStatus.REJECTED,
    InventoryStatus.STALE,
    InventoryStatus.PENDING,
)
DONE = {
    "inventorySetQuantities": {
        "inventoryAdjustmentGroup": {"id": "gid://shopify/InventoryAdjustmentGroup/1"},
        "userErrors": [],
    }
}


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """A shop that lets stock be read and set."""
    shop.scopes = (*shop.scopes, "read_inventory", "write_inventory")
    return shop


def item(number: int, sku: str, *levels: tuple[str, int], **changes: object) -> dict[str, Any]:
    """Return an article with so many at each place."""
    nodes = [
        {"location": {"id": place, "isActive": True}, "quantities": [{"name": "available", "quantity": quantity}]}
        for place, quantity in levels
    ]
    return {
        "id": f"gid://shopify/InventoryItem/{number}",
        "sku": sku,
        "tracked": True,
        "duplicateSkuCount": 1,
        "inventoryLevels": page(*nodes),
        **changes,
    }


def found(*items: Mapping[str, Any], after: str | None = None) -> dict[str, Any]:
    """Return what a search finds."""
    return {"inventoryItems": page(*items, after=after)}


def refused(*errors: tuple[str | None, int | None]) -> dict[str, Any]:
    """Return refusals by code and level."""
    told = [
        {
            "code": code,
            "field": None if index is None else ["input", "quantities", str(index)],
            "message": "Shopify's words",
        }
        for code, index in errors
    ]
    return {"inventorySetQuantities": {"inventoryAdjustmentGroup": None, "userErrors": told}}


def level(sku: str, available: int, place: str | None = PLACE) -> InventoryLevel:
    return InventoryLevel(sku=sku, available=available, location_id=place)


async def set_levels(shop: Shop, *levels: InventoryLevel, **settings: Any) -> list[tuple[str, InventoryStatus]]:
    """Set levels, and return what became of each."""
    async with shop.channel(**settings) as channel:
        return [(result.sku, result.status) for result in await channel.set_inventory(levels)]


# --- reading ---


async def test_only_the_same_sku_counts(stocked: Shop) -> None:
    """The search finds what is alike, and everything when it does not understand."""
    stocked.on("InventoryItems", found(item(1, "MUG-RED", (PLACE, 3)), item(2, "mug", (PLACE, 5)), item(3, "MUG")))
    async with stocked.channel() as channel:
        assert await channel.get_inventory(["MUG", "mug"]) == [level("mug", 5)]
    assert stocked.variables("InventoryItems")[0]["query"] == "sku:'MUG' OR sku:'mug'"


async def test_what_was_sold_twice_is_none(stocked: Shop) -> None:
    """A negative level is no level that could be sold."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, -2))))
    async with stocked.channel() as channel:
        assert await channel.get_inventory(["MUG"]) == [level("MUG", 0)]


async def test_levels_of_many_places_are_all_read(stocked: Shop) -> None:
    """A page of levels is not all of them."""
    first = item(1, "MUG", (PLACE, 3))
    first["inventoryLevels"] = page(*first["inventoryLevels"]["nodes"], after="c1")
    more = item(1, "MUG", (OTHER, 4))["inventoryLevels"]
    stocked.on("InventoryItems", found(first))
    stocked.on("InventoryItemLevels", {"inventoryItem": {"inventoryLevels": more}})
    async with stocked.channel() as channel:
        assert await channel.get_inventory(["MUG"]) == [level("MUG", 3), level("MUG", 4, OTHER)]


async def test_levels_cut_short_are_an_error(stocked: Shop) -> None:
    """An article that went away half-way has no known stock."""
    first = item(1, "MUG", (PLACE, 3))
    first["inventoryLevels"] = page(*first["inventoryLevels"]["nodes"], after="c1")
    stocked.on("InventoryItems", found(first))
    stocked.on("InventoryItemLevels", {"inventoryItem": None})
    async with stocked.channel() as channel:
        with pytest.raises(ResponseError, match="cut a list short"):
            await channel.get_inventory(["MUG"])


async def test_all_pages_of_a_search_are_read(stocked: Shop) -> None:
    """The article with just this SKU may be on the last one."""
    stocked.on("InventoryItems", found(item(1, "MUG-2", (PLACE, 3)), after="c1"), found(item(2, "MUG", (PLACE, 4))))
    async with stocked.channel() as channel:
        assert await channel.get_inventory(["MUG"]) == [level("MUG", 4)]


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([item(1, "MUG", (PLACE, 3)), item(2, "MUG", (PLACE, 4))], id="both-found"),
        pytest.param([item(1, "MUG", (PLACE, 3), duplicateSkuCount=2)], id="counted"),
        pytest.param([item(1, "MUG", (PLACE, 3), tracked=False)], id="untracked"),
    ],
)
async def test_sku_that_is_not_one_articles_stock_has_no_level(stocked: Shop, items: list[dict[str, Any]]) -> None:
    """Pitfall 29: the wrong one of two would be sold out."""
    stocked.on("InventoryItems", found(*items))
    async with stocked.channel() as channel:
        assert await channel.get_inventory(["MUG"]) == []
    assert await set_levels(stocked, level("MUG", 1)) == [("MUG", REJECTED)]


# --- setting ---


async def test_level_is_set_from_what_it_was(stocked: Shop) -> None:
    """Compare and set: what changed in between is not overwritten (pitfall 18)."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    stocked.on("InventorySet", DONE)
    assert await set_levels(stocked, level("MUG", 9)) == [("MUG", ACCEPTED)]
    (told,) = stocked.variables("InventorySet")
    assert told["input"]["quantities"] == [
        {
            "inventoryItemId": "gid://shopify/InventoryItem/1",
            "locationId": PLACE,
            "quantity": 9,
            "changeFromQuantity": 3,
        }
    ]
    assert (told["input"]["name"], told["input"]["reason"]) == ("available", "correction")
    assert told["key"] in told["input"]["referenceDocumentUri"]


async def test_level_that_is_so_already_is_not_told(stocked: Shop) -> None:
    """A change that changes nothing would stand in the shop's history all the same."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    assert await set_levels(stocked, level("MUG", 3)) == [("MUG", ACCEPTED)]


async def test_level_that_moved_meanwhile_is_stale(stocked: Shop) -> None:
    """Somebody bought one between reading and setting: the count is not overwritten, and the other level is set."""
    before = [item(1, "MUG", (PLACE, 3)), item(2, "LAMP", (PLACE, 1))]
    after = [item(1, "MUG", (PLACE, 2)), item(2, "LAMP", (PLACE, 1))]
    stocked.on("InventoryItems", found(*before), found(*after))
    stocked.on("InventorySet", refused(("CHANGE_FROM_QUANTITY_STALE", 0)), DONE)
    assert await set_levels(stocked, level("MUG", 9), level("LAMP", 5)) == [("MUG", STALE), ("LAMP", ACCEPTED)]
    first, second = stocked.variables("InventorySet")
    assert [each["quantity"] for each in second["input"]["quantities"]] == [5]
    assert first["key"] != second["key"], "another call has another key"


async def test_level_that_came_to_be_so_meanwhile_is_accepted(stocked: Shop) -> None:
    """Whoever set it, it is what was asked for."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))), found(item(1, "MUG", (PLACE, 9))))
    stocked.on("InventorySet", refused(("CHANGE_FROM_QUANTITY_STALE", 0)))
    assert await set_levels(stocked, level("MUG", 9)) == [("MUG", ACCEPTED)]


async def test_refused_level_keeps_no_other_from_being_set(stocked: Shop) -> None:
    """One bad level fails a whole call at Shopify: the rest is told again."""
    stocked.on("InventoryItems", found(item(1, "BUNDLE", (PLACE, 3)), item(2, "LAMP", (PLACE, 1))))
    stocked.on("InventorySet", refused(("NON_MUTABLE_INVENTORY_ITEM", 0)), DONE)
    assert await set_levels(stocked, level("BUNDLE", 9), level("LAMP", 5)) == [("BUNDLE", REJECTED), ("LAMP", ACCEPTED)]


async def test_refusal_that_names_no_level_is_tried_one_by_one(stocked: Shop) -> None:
    """Then the level that is to blame is found."""
    stocked.on("InventoryItems", found(item(1, "BUNDLE", (PLACE, 3)), item(2, "LAMP", (PLACE, 1))))
    stocked.on("InventorySet", refused(("INVALID_REASON", None)), refused(("INVALID_REASON", None)), DONE)
    assert await set_levels(stocked, level("BUNDLE", 9), level("LAMP", 5)) == [("BUNDLE", REJECTED), ("LAMP", ACCEPTED)]


async def test_call_that_failed_before_gets_a_new_key(stocked: Shop) -> None:
    """Its key is burnt (field guide shopify.md §6)."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    stocked.on("InventorySet", refused(("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", None)), DONE)
    assert await set_levels(stocked, level("MUG", 9)) == [("MUG", ACCEPTED)]
    first, second = stocked.variables("InventorySet")
    assert first["key"] != second["key"]


async def test_call_that_still_runs_is_repeated_under_its_key(stocked: Shop) -> None:
    """Pitfall 20: some seconds later, byte for byte the same."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    stocked.on("InventorySet", refused(("IDEMPOTENCY_CONCURRENT_REQUEST", None)), DONE)
    assert await set_levels(stocked, level("MUG", 9)) == [("MUG", ACCEPTED)]
    first, second = stocked.variables("InventorySet")
    assert first == second


async def test_call_that_runs_for_ever_is_pending(stocked: Shop) -> None:
    """Waiting has an end; what became of it is not made up."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    stocked.on("InventorySet", refused(("IDEMPOTENCY_CONCURRENT_REQUEST", None)))
    assert await set_levels(stocked, level("MUG", 9)) == [("MUG", PENDING)]
    assert len({told["key"] for told in stocked.variables("InventorySet")}) == 1


async def test_success_without_a_change_is_read_again(stocked: Shop) -> None:
    """Neither a result nor a reason is no success (field guide shopify.md §5.3)."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    stocked.on("InventorySet", refused())
    assert await set_levels(stocked, level("MUG", 9)) == [("MUG", PENDING)]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(TimeoutError(), TransportError, id="silence"),
        pytest.param((503, {}, b""), UnavailableError, id="503"),
        pytest.param({"inventorySetQuantities": None}, ResponseError, id="nothing"),
    ],
)
async def test_lost_answer_keeps_its_key_and_is_in_doubt(stocked: Shop, answer: object, kind: type[Exception]) -> None:
    """Each try is the same call (pitfall 19: the key is made once)."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    stocked.on("InventorySet", answer)
    async with stocked.channel() as channel:
        with pytest.raises(kind) as caught:
            await channel.set_inventory([level("MUG", 9)])
    assert getattr(caught.value, "outcome_unknown", False)
    told = stocked.variables("InventorySet")
    assert all(each == told[0] for each in told)


async def test_later_failure_is_a_result(stocked: Shop) -> None:
    """What was set before must be known: the rest is pending or rejected, never raised over it."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3)), item(2, "LAMP", (PLACE, 1))))
    stocked.on("InventorySet", DONE)
    stocked.on("InventoryActivate", TimeoutError())
    levels = [level("MUG", 9), level("LAMP", 5, OTHER)]
    assert await set_levels(stocked, *levels) == [("MUG", ACCEPTED), ("LAMP", PENDING)]


async def test_refused_call_is_an_error_before_anything_is_set(stocked: Shop) -> None:
    """Not even one level can be set like this."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    stocked.on("InventorySet", {"errors": [{"message": "", "extensions": {"code": "BAD_REQUEST"}}]})
    async with stocked.channel() as channel:
        with pytest.raises(RejectedError) as caught:
            await channel.set_inventory([level("MUG", 9)])
    assert not caught.value.outcome_unknown


async def test_many_bad_levels_end_in_calls_of_one(stocked: Shop) -> None:
    """Shopify may name one at a time: after some rounds each level has a call of its own."""
    skus = [f"S-{number}" for number in range(8)]
    stocked.on("InventoryItems", found(*[item(number + 1, sku, (PLACE, 0)) for number, sku in enumerate(skus)]))

    def answer(variables: Mapping[str, Any]) -> Any:
        bad = [
            index
            for index, told in enumerate(variables["input"]["quantities"])
            if not told["inventoryItemId"].endswith("/8")
        ]
        return refused(("INVALID_INVENTORY_ITEM", bad[0])) if bad else DONE

    stocked.on("InventorySet", answer)
    results = await set_levels(stocked, *[level(sku, 5) for sku in skus])
    assert [status for _, status in results] == [REJECTED] * 7 + [ACCEPTED]
    assert [len(told["input"]["quantities"]) for told in stocked.variables("InventorySet")] == [8, 7, 6, 5, 1, 1, 1, 1]


async def test_stale_level_that_reads_as_before_is_stale(stocked: Shop) -> None:
    """It moved there and back, or what is read is old: Shopify's word counts."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    stocked.on("InventorySet", refused(("CHANGE_FROM_QUANTITY_STALE", 0)))
    assert await set_levels(stocked, level("MUG", 9)) == [("MUG", STALE)]


async def test_later_refusal_is_a_result(stocked: Shop) -> None:
    """It was not done, and that is known."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3)), item(2, "LAMP", (PLACE, 1))))
    stocked.on("InventorySet", DONE)
    stocked.on("InventoryActivate", {"errors": [{"message": "", "extensions": {"code": "ACCESS_DENIED"}}]})
    levels = [level("MUG", 9), level("LAMP", 5, OTHER)]
    assert await set_levels(stocked, *levels) == [("MUG", ACCEPTED), ("LAMP", REJECTED)]


async def test_search_that_fails_first_is_an_error(stocked: Shop) -> None:
    """Nothing was set, so nothing is lost by raising."""
    stocked.on("InventoryItems", {"errors": [{"message": "", "extensions": {"code": "ACCESS_DENIED"}}]})
    async with stocked.channel() as channel:
        with pytest.raises(PermissionDeniedError):
            await channel.set_inventory([level("MUG", 9)])


async def test_hundreds_of_articles_are_searched_in_parts(stocked: Shop) -> None:
    """And set 250 at a time; a later part that cannot be read is rejected, level by level."""

    def search(variables: Mapping[str, Any]) -> Any:
        skus = [part.removeprefix("sku:").strip("'") for part in variables["query"].split(" OR ")]
        if "S-260" in skus:
            return {"errors": [{"message": "", "extensions": {"code": "ACCESS_DENIED"}}]}
        return found(*[item(int(sku[2:]) + 1, sku, (PLACE, 0)) for sku in skus])

    stocked.on("InventoryItems", search)
    stocked.on("InventorySet", DONE)
    results = await set_levels(stocked, *[level(f"S-{number}", 5) for number in range(270)])
    assert [status for _, status in results] == [ACCEPTED] * 250 + [REJECTED] * 20
    assert [len(told["input"]["quantities"]) for told in stocked.variables("InventorySet")] == [250]


async def test_levels_of_several_places_are_250_a_call(stocked: Shop) -> None:
    """An array of an input holds no more."""

    def search(variables: Mapping[str, Any]) -> Any:
        skus = [part.removeprefix("sku:").strip("'") for part in variables["query"].split(" OR ")]
        return found(*[item(int(sku[2:]) + 1, sku, (PLACE, 0), (OTHER, 0)) for sku in skus])

    stocked.on("InventoryItems", search)
    stocked.on("InventorySet", DONE)
    levels = [level(f"S-{number}", 5, place) for number in range(130) for place in (PLACE, OTHER)]
    assert {status for _, status in await set_levels(stocked, *levels)} == {ACCEPTED}
    assert [len(told["input"]["quantities"]) for told in stocked.variables("InventorySet")] == [250, 10]


# --- places ---


async def test_closed_place_is_not_the_one_that_is_meant(stocked: Shop) -> None:
    """Nobody sells from there."""
    mug = item(1, "MUG", (OTHER, 2), (PLACE, 3))
    mug["inventoryLevels"]["nodes"][0]["location"]["isActive"] = False
    stocked.on("InventoryItems", found(mug))
    stocked.on("InventorySet", DONE)
    assert await set_levels(stocked, level("MUG", 9, None)) == [("MUG", ACCEPTED)]
    (told,) = stocked.variables("InventorySet")
    assert told["input"]["quantities"][0]["locationId"] == PLACE


async def test_level_without_a_place_is_for_the_only_one(stocked: Shop) -> None:
    """Where there are several, or none, it must be named."""
    stocked.on(
        "InventoryItems", found(item(1, "ONE", (PLACE, 3)), item(2, "TWO", (PLACE, 1), (OTHER, 1)), item(3, "NONE"))
    )
    stocked.on("InventorySet", DONE)
    levels = [level("ONE", 9, None), level("TWO", 9, None), level("NONE", 9, None)]
    assert await set_levels(stocked, *levels) == [("ONE", ACCEPTED), ("TWO", REJECTED), ("NONE", REJECTED)]


async def test_place_may_be_a_bare_number(stocked: Shop) -> None:
    """And is the same place as its global id: the later of the two counts."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    stocked.on("InventorySet", DONE)
    levels = [level("MUG", 8, "7"), level("MUG", 9)]
    assert await set_levels(stocked, *levels) == [("MUG", STALE), ("MUG", ACCEPTED)]
    (told,) = stocked.variables("InventorySet")
    assert [each["quantity"] for each in told["input"]["quantities"]] == [9]


@pytest.mark.parametrize(
    ("location", "settings"),
    [
        pytest.param("somewhere", {}, id="no-id"),
        pytest.param("gid://shopify/Order/7", {}, id="an-order"),
        pytest.param(OTHER, {"location_ids": ["7"]}, id="not-ours"),
        pytest.param(None, {"location_ids": ["7", "8"]}, id="several-ours"),
    ],
)
async def test_place_that_cannot_be_meant_is_rejected(
    stocked: Shop, location: str | None, settings: dict[str, Any]
) -> None:
    """Nothing is set at a guess."""
    stocked.on("InventoryItems", found(item(1, "MUG", (PLACE, 3))))
    assert await set_levels(stocked, level("MUG", 9, location), **settings) == [("MUG", REJECTED)]


async def test_place_that_is_closed_or_keeps_no_count_is_rejected(stocked: Shop) -> None:
    """Shopify would refuse the whole call for it."""
    closed, bare = item(1, "MUG", (PLACE, 3)), item(2, "LAMP", (PLACE, 3))
    closed["inventoryLevels"]["nodes"][0]["location"]["isActive"] = False
    bare["inventoryLevels"]["nodes"][0]["quantities"] = []
    stocked.on("InventoryItems", found(closed, bare))
    assert await set_levels(stocked, level("MUG", 9), level("LAMP", 9)) == [("MUG", REJECTED), ("LAMP", REJECTED)]
    async with stocked.channel() as channel:
        assert await channel.get_inventory(["MUG", "LAMP"]) == []


# --- new at a place ---

ACTIVATED = {
    "inventoryActivate": {
        "inventoryLevel": {"id": "gid://shopify/InventoryLevel/1?inventory_item_id=1"},
        "userErrors": [],
    }
}
NOT_ACTIVATED = {"inventoryActivate": {"inventoryLevel": None, "userErrors": [{"field": None, "message": "No"}]}}


async def test_article_new_to_a_place_begins_with_its_level(stocked: Shop) -> None:
    """With a key of its own."""
    stocked.on("InventoryItems", found(item(1, "MUG", (OTHER, 3))))
    stocked.on("InventoryActivate", ACTIVATED)
    assert await set_levels(stocked, level("MUG", 9)) == [("MUG", ACCEPTED)]
    (told,) = stocked.variables("InventoryActivate")
    assert (told["locationId"], told["available"]) == (PLACE, 9)
    assert told["key"]


@pytest.mark.parametrize(
    ("now", "status"),
    [
        pytest.param([(PLACE, 9)], ACCEPTED, id="there-already"),
        pytest.param([(PLACE, 4)], STALE, id="there-with-another"),
        pytest.param([], REJECTED, id="not-there"),
    ],
)
async def test_refused_beginning_is_judged_by_the_level(
    stocked: Shop, now: list[tuple[str, int]], status: InventoryStatus
) -> None:
    """These refusals have no codes."""
    stocked.on("InventoryItems", found(item(1, "MUG", (OTHER, 3))), found(item(1, "MUG", (OTHER, 3), *now)))
    stocked.on("InventoryActivate", NOT_ACTIVATED)
    assert await set_levels(stocked, level("MUG", 9)) == [("MUG", status)]


async def test_beginning_without_a_result_is_pending(stocked: Shop) -> None:
    """Neither a level nor a reason."""
    stocked.on("InventoryItems", found(item(1, "MUG", (OTHER, 3))))
    stocked.on("InventoryActivate", {"inventoryActivate": None})
    assert await set_levels(stocked, level("MUG", 9)) == [("MUG", PENDING)]
