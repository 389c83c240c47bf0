"""Stock: absolute values in bulk, a result each, full replacement, and listings that this API does not see."""

from typing import Any

import httpx
import pytest

from cartcarrier.http import ManualClock
from tests.sandbox.ebay.client import STOCK, EbayClient, Json, code

BULK = f"{STOCK}/bulk_update_price_quantity"
ITEM: Json = {
    "availability": {"shipToLocationAvailability": {"quantity": 5}},
    "condition": "NEW",
    "product": {"title": "Red mug", "aspects": {"Color": ["Red"]}},
}
OFFER: Json = {
    "sku": "MUG",
    "marketplaceId": "EBAY_US",
    "format": "FIXED_PRICE",
    "availableQuantity": 3,
    "categoryId": "20625",
    "merchantLocationKey": "main",
    "listingPolicies": {"fulfillmentPolicyId": "1", "paymentPolicyId": "2", "returnPolicyId": "3"},
    "pricingSummary": {"price": {"value": "14.90", "currency": "USD"}},
}


async def update(ebay: EbayClient, *requests: Json) -> httpx.Response:
    return await ebay.call("POST", BULK, {"requests": list(requests)})


def wish(sku: str, quantity: Any, *offers: str) -> Json:
    made: Json = {"sku": sku, "shipToLocationAvailability": {"quantity": quantity}}
    if offers:
        made["offers"] = [{"offerId": offer, "availableQuantity": quantity} for offer in offers]
    return made


async def test_bulk_update_sets_both_numbers(ebay: EbayClient) -> None:
    """The item's and the offer's; a repeat ends in the same state."""
    offer = ebay.simulator.stock("MUG", 5)
    for _ in range(2):
        answer = await update(ebay, wish("MUG", 12, offer))
        assert answer.status_code == 200
        assert answer.json()["responses"] == [
            {"sku": "MUG", "offerId": offer, "statusCode": 200, "errors": [], "warnings": []}
        ]
    assert ebay.simulator.inventory() == {"MUG": {"quantity": 12, "offers": {offer: {"quantity": 12, "listed": 12}}}}


async def test_listing_shows_the_smaller_number(ebay: EbayClient) -> None:
    """The offer's, capped by the item's."""
    offer = ebay.simulator.stock("MUG", 5)
    await update(ebay, wish("MUG", 2))
    assert ebay.simulator.inventory()["MUG"]["offers"][offer] == {"quantity": 5, "listed": 2}


async def test_price_alone_can_change(ebay: EbayClient) -> None:
    """An offer needs no SKU beside it."""
    offer = ebay.simulator.stock("MUG", 5)
    request = {"offers": [{"offerId": offer, "price": {"value": "9.90", "currency": "USD"}}]}
    assert (await update(ebay, request)).json()["responses"][0]["statusCode"] == 200
    read = await ebay.get(f"{STOCK}/offer/{offer}")
    assert read["pricingSummary"]["price"]["value"] == "9.90"
    assert read["availableQuantity"] == 5


async def test_one_result_for_each_member(ebay: EbayClient) -> None:
    """207 says nothing of the members: one unknown SKU, one unknown offer, one unpublished, one that works."""
    offer = ebay.simulator.stock("MUG", 5)
    await ebay.call("PUT", f"{STOCK}/inventory_item/CUP", ITEM)
    created = await ebay.call("POST", f"{STOCK}/offer", {**OFFER, "sku": "CUP"})
    unpublished = created.json()["offerId"]
    answer = await update(
        ebay, wish("NONE", 1), wish("MUG", 7, offer, "1"), wish("CUP", 1, unpublished), wish("MUG", -1, offer)
    )
    assert answer.status_code == 207
    found = [(row.get("sku"), row.get("offerId"), row["statusCode"]) for row in answer.json()["responses"]]
    assert found == [
        ("NONE", None, 400),
        ("MUG", offer, 200),
        ("MUG", "1", 404),
        ("CUP", unpublished, 400),
        ("MUG", offer, 400),
    ]
    errors = [row["errors"][0]["errorId"] for row in answer.json()["responses"] if row["errors"]]
    assert errors == [25702, 25713, 25002, 25004]
    assert ebay.simulator.inventory()["MUG"]["quantity"] == 7


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"sku": "MUG"}, 25709),
        ({"shipToLocationAvailability": {"quantity": 1}}, 25709),
        ({"sku": "MUG", "shipToLocationAvailability": {}}, 25709),
        ({"sku": "MUG", "shipToLocationAvailability": {"quantity": "7"}}, 25004),
        ({"sku": "MUG", "offers": [{"availableQuantity": 1}]}, 25709),
        ({"sku": "MUG", "offers": [{"offerId": "{o}"}]}, 25709),
        ({"sku": "MUG", "offers": [{"offerId": "{o}", "availableQuantity": 1}] * 2}, 25002),
        ({"sku": "LAMP", "offers": [{"offerId": "{o}", "availableQuantity": 1}]}, 25002),
        ({"sku": "MUG", "offers": [{"offerId": "{o}", "price": {"value": "0", "currency": "USD"}}]}, 25709),
    ],
    ids=[
        "nothing",
        "no SKU",
        "no quantity",
        "text",
        "no offer id",
        "empty offer",
        "offer twice",
        "other SKU",
        "no price",
    ],
)
async def test_wrong_member_is_its_own_error(ebay: EbayClient, request_: Json, error: int) -> None:
    """And nothing of it is done."""
    offer = ebay.simulator.stock("MUG", 5)
    if "offers" in request_:
        request_ = {
            **request_,
            "offers": [
                {name: offer if value == "{o}" else value for name, value in each.items()}
                for each in request_["offers"]
            ],
        }
    answer = await update(ebay, request_)
    assert answer.status_code == 207
    assert {row["errors"][0]["errorId"] for row in answer.json()["responses"]} == {error}
    assert ebay.simulator.inventory()["MUG"] == {"quantity": 5, "offers": {offer: {"quantity": 5, "listed": 5}}}


async def test_bulk_calls_have_sizes(ebay: EbayClient) -> None:
    """Twenty-five, or one SKU where the prose is taken at its word."""
    assert code(await update(ebay, *[wish(f"S{number}", 1) for number in range(26)])) == 25727
    assert code(await update(ebay)) == 25709
    assert (await update(ebay, wish("A", 1), wish("B", 1))).status_code == 207
    ebay.simulator.set_switches(one_sku_per_call=True)
    assert code(await update(ebay, wish("A", 1), wish("B", 1))) == 25709
    read = await ebay.call("POST", f"{STOCK}/bulk_get_inventory_item", {"requests": [{"sku": "A"}] * 2})
    assert code(read) == 25734


async def test_listing_takes_250_revisions_a_day(ebay: EbayClient, clock: ManualClock) -> None:
    """The 251st waits for the next day."""
    offer = ebay.simulator.stock("MUG", 5)
    request = {"offers": [{"offerId": offer, "availableQuantity": 1}]}
    for _ in range(10):
        assert (await update(ebay, *[request] * 25)).status_code == 200
    refused = (await update(ebay, request)).json()["responses"][0]
    assert refused["errors"][0]["errorId"] == 25002
    clock.advance(86_400)
    ebay.forget_tokens()
    assert (await update(ebay, request)).status_code == 200


async def test_ordered_trouble_with_a_sku(ebay: EbayClient) -> None:
    """Concurrency, once; then an answer that leaves the member out."""
    ebay.simulator.stock("MUG", 5)
    ebay.simulator.fail_sku("MUG", 25025)
    row = (await update(ebay, wish("MUG", 7))).json()["responses"][0]
    assert (row["statusCode"], row["errors"][0]["errorId"]) == (500, 25025)
    assert (await update(ebay, wish("MUG", 7))).status_code == 200
    ebay.simulator.fail_sku("MUG", 0)
    assert (await update(ebay, wish("MUG", 9))).json() == {"responses": []}
    assert ebay.simulator.inventory()["MUG"]["quantity"] == 7


async def test_sale_takes_from_both_numbers(ebay: EbayClient) -> None:
    """A write computed before it re-adds the unit."""
    offer = ebay.simulator.stock("MUG", 5)
    ebay.place(lines=[{"sku": "MUG", "quantity": 2}])
    assert ebay.simulator.inventory() == {"MUG": {"quantity": 3, "offers": {offer: {"quantity": 3, "listed": 3}}}}
    assert (await ebay.get(f"{STOCK}/offer/{offer}"))["listing"]["soldQuantity"] == 2


async def test_put_replaces_everything(ebay: EbayClient) -> None:
    """What is left out is gone, the quantity too."""
    path = f"{STOCK}/inventory_item/MUG"
    created = await ebay.call("PUT", path, ITEM)
    assert (created.status_code, created.headers["Content-Language"]) == (201, "en-US")
    assert (await ebay.get(path))["product"]["title"] == "Red mug"
    assert (await ebay.call("PUT", path, {"condition": "USED_GOOD"})).status_code == 204
    assert await ebay.get(path) == {"sku": "MUG", "locale": "en_US", "condition": "USED_GOOD"}


async def test_quantities_can_be_divided_over_locations(ebay: EbayClient) -> None:
    """They stay when a bulk update names the total only."""
    divided = {"quantity": 5, "availabilityDistributions": [{"merchantLocationKey": "main", "quantity": 5}]}
    path = f"{STOCK}/inventory_item/MUG"
    await ebay.call("PUT", path, {"availability": {"shipToLocationAvailability": divided}})
    assert (await ebay.get(path))["availability"]["shipToLocationAvailability"] == divided
    await update(ebay, wish("MUG", 4))
    assert (await ebay.get(path))["availability"]["shipToLocationAvailability"] == {**divided, "quantity": 4}


async def test_offer_lives_its_life(ebay: EbayClient) -> None:
    """Created, published once, revised, withdrawn, deleted."""
    await ebay.call("PUT", f"{STOCK}/inventory_item/MUG", ITEM)
    offer = (await ebay.call("POST", f"{STOCK}/offer", OFFER)).json()["offerId"]
    path = f"{STOCK}/offer/{offer}"
    assert (await ebay.get(path))["status"] == "UNPUBLISHED"
    listings = {(await ebay.call("POST", f"{path}/publish")).json()["listingId"] for _ in range(2)}
    assert len(listings) == 1
    assert (await ebay.get(path))["listing"]["listingStatus"] == "ACTIVE"
    again = await ebay.call("POST", f"{STOCK}/offer", OFFER)
    assert (again.status_code, code(again)) == (400, 25002)
    details = {name: value for name, value in OFFER.items() if name not in {"sku", "marketplaceId", "format"}}
    assert (await ebay.call("PUT", path, {**details, "availableQuantity": 1})).status_code == 204
    assert (await ebay.get(path))["availableQuantity"] == 1
    found = (await ebay.get(f"{STOCK}/offer", sku="MUG", format="FIXED_PRICE"))["offers"]
    assert [row["offerId"] for row in found] == [offer]
    assert (await ebay.call("POST", f"{path}/withdraw")).json()["listingId"] in listings
    assert code(await ebay.call("POST", f"{path}/withdraw")) == 25002
    assert (await ebay.call("DELETE", path)).status_code == 204
    assert code(await ebay.call("GET", path)) == 25713


async def test_nothing_found_is_404(ebay: EbayClient) -> None:
    """No item, no offer: not managed here, which is no failure."""
    for path, error in (
        (f"{STOCK}/inventory_item/NONE", 25710),
        (f"{STOCK}/offer?sku=NONE", 25713),
        (f"{STOCK}/location/none", 25805),
    ):
        answer = await ebay.call("GET", path)
        assert (answer.status_code, code(answer)) == (404, error)


async def test_listing_made_elsewhere_is_invisible_until_migrated(ebay: EbayClient) -> None:
    """It is live, and yet a 404; migration makes item and offer of it."""
    listing = ebay.simulator.list_elsewhere("OLD-1", 4)
    assert (await ebay.call("GET", f"{STOCK}/inventory_item/OLD-1")).status_code == 404
    answer = await ebay.call(
        "POST", f"{STOCK}/bulk_migrate_listing", {"requests": [{"listingId": listing}, {"listingId": "1"}]}
    )
    assert answer.status_code == 207
    good, bad = answer.json()["responses"]
    assert (good["statusCode"], bad["errors"][0]["errorId"]) == (200, 25718)
    offer = good["inventoryItems"][0]["offerId"]
    assert (await ebay.get(f"{STOCK}/offer/{offer}"))["listing"]["listingId"] == listing
    assert ebay.simulator.inventory()["OLD-1"]["quantity"] == 4


async def test_listing_without_sku_cannot_be_migrated(ebay: EbayClient) -> None:
    """25718."""
    listing = ebay.simulator.list_elsewhere(None, 4)
    answer = await ebay.call("POST", f"{STOCK}/bulk_migrate_listing", {"requests": [{"listingId": listing}]})
    assert answer.json()["responses"][0]["errors"][0]["errorId"] == 25718


async def test_item_pages_go_by_number(ebay: EbayClient) -> None:
    """Here the offset is a page, unlike that of orders."""
    for number in range(5):
        ebay.simulator.stock(f"S{number}", 1)
    page = await ebay.get(f"{STOCK}/inventory_item", limit=2, offset=1)
    assert [row["sku"] for row in page["inventoryItems"]] == ["S2", "S3"]
    assert (page["total"], page["size"]) == (5, 2)
    assert "offset=2" in page["next"]
    for params in ({"limit": 201}, {"limit": 0}, {"offset": -1}):
        assert code(await ebay.call("GET", f"{STOCK}/inventory_item", params=params)) == 25706


async def test_bulk_read_has_a_result_for_each(ebay: EbayClient) -> None:
    """The unknown one beside the known."""
    ebay.simulator.stock("MUG", 5)
    body = {"requests": [{"sku": "MUG"}, {"sku": "NONE"}]}
    rows = (await ebay.call("POST", f"{STOCK}/bulk_get_inventory_item", body)).json()["responses"]
    assert [(row["sku"], row["statusCode"]) for row in rows] == [("MUG", 200), ("NONE", 404)]


async def test_locations(ebay: EbayClient) -> None:
    """The keys that distributions name."""
    found = await ebay.get(f"{STOCK}/location")
    assert [row["merchantLocationKey"] for row in found["locations"]] == ["main"]
    assert (await ebay.get(f"{STOCK}/location/main"))["name"] == "Main warehouse"


@pytest.mark.parametrize("value", ["", "*", "xx-YY", "en"], ids=["none", "star", "unknown", "no country"])
async def test_reads_want_a_locale(ebay: EbayClient, value: str) -> None:
    """What HTTP libraries put there by themselves is a 400."""
    answer = await ebay.call("GET", f"{STOCK}/inventory_item", headers={"Accept-Language": value})
    assert (answer.status_code, code(answer)) == (400, 25709)


@pytest.mark.parametrize(("method", "path"), [("PUT", "inventory_item/MUG"), ("POST", "offer"), ("PUT", "offer/1")])
async def test_writes_want_a_language(ebay: EbayClient, method: str, path: str) -> None:
    """Content-Language, of the marketplace."""
    answer = await ebay.call(method, f"{STOCK}/{path}", {}, headers={"Content-Language": ""})
    assert (answer.status_code, code(answer)) == (400, 25709)


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("PUT", "inventory_item/two words", ITEM, 25707),
        ("PUT", f"inventory_item/{'x' * 51}", ITEM, 25707),
        ("PUT", "inventory_item/A", {"colour": "red"}, 25709),
        ("PUT", "inventory_item/A", {"availability": {"shipToLocationAvailability": {"quantity": -1}}}, 25004),
        ("POST", "offer", {**OFFER, "sku": "NONE"}, 25702),
        ("POST", "offer", {**OFFER, "format": None}, 25709),
        ("POST", "offer", {**OFFER, "colour": "red"}, 25709),
        ("GET", "offer", None, 25709),
        ("PUT", "inventory_item/a%2Fb", ITEM, 3001),
    ],
    ids=["space", "long", "member", "negative", "no item", "no format", "offer member", "offers of nothing", "slash"],
)
async def test_wrong_inventory_request_is_refused(
    ebay: EbayClient, method: str, path: str, body: Json | None, error: int
) -> None:
    """A slash in a SKU leads to another path altogether."""
    assert code(await ebay.call(method, f"{STOCK}/{path}", body)) == error


async def test_incomplete_offer_is_not_published(ebay: EbayClient) -> None:
    """25002 says what is missing."""
    await ebay.call("PUT", f"{STOCK}/inventory_item/MUG", ITEM)
    bare = {name: OFFER[name] for name in ("sku", "marketplaceId", "format")}
    offer = (await ebay.call("POST", f"{STOCK}/offer", bare)).json()["offerId"]
    answer = await ebay.call("POST", f"{STOCK}/offer/{offer}/publish")
    assert code(answer) == 25002
    assert answer.json()["errors"][0]["parameters"] == [{"name": "reason", "value": "categoryId is missing"}]


async def test_deleted_item_takes_its_offers_along(ebay: EbayClient) -> None:
    """Nothing of it is left."""
    offer = ebay.simulator.stock("MUG", 5)
    assert (await ebay.call("DELETE", f"{STOCK}/inventory_item/MUG")).status_code == 204
    assert (await ebay.call("GET", f"{STOCK}/offer/{offer}")).status_code == 404
    assert (await ebay.call("DELETE", f"{STOCK}/inventory_item/MUG")).status_code == 404
