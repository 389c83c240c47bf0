"""Listings, patched one by one, and stock that Amazon holds."""

import pytest

from tests.sandbox.amazon.client import DE, LISTINGS, US, AmazonClient, Json, Value, quantity_patch

SUMMARIES = "/fba/inventory/v1/summaries"
FBA = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US, "details": "true"}


async def accepted(amazon: AmazonClient, sku: str, *patches: Json) -> Json:
    answer = await amazon.patch(sku, *patches)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def availability(amazon: AmazonClient, sku: str = "MUG-RED-01") -> Value:
    return (amazon.simulator.listing(sku) or {}).get("fulfillment_availability")


async def test_accepted_patch_takes_effect_later(amazon: AmazonClient) -> None:
    """ACCEPTED is not done: the offer changes a minute on."""
    answer = await accepted(amazon, "MUG-RED-01", quantity_patch(10))
    assert (answer["status"], answer["issues"]) == ("ACCEPTED", [])
    assert amazon.simulator.stock("MUG-RED-01") == 500
    amazon.clock.advance(60)
    assert amazon.simulator.stock("MUG-RED-01") == 10


async def test_merge_keeps_the_lead_time_and_replace_wipes_it(amazon: AmazonClient) -> None:
    """The reason to merge."""
    await accepted(amazon, "MUG-RED-01", quantity_patch(10))
    amazon.clock.advance(60)
    assert availability(amazon) == [
        {"fulfillment_channel_code": "DEFAULT", "quantity": 10, "lead_time_to_ship_max_days": 2}
    ]
    await accepted(amazon, "MUG-RED-01", quantity_patch(11, op="replace"))
    amazon.clock.advance(60)
    assert availability(amazon) == [{"fulfillment_channel_code": "DEFAULT", "quantity": 11}]


async def test_other_channel_is_a_second_entry(amazon: AmazonClient) -> None:
    """Switching the channel is not renaming it."""
    patch = {**quantity_patch(0), "value": [{"fulfillment_channel_code": "AMAZON_NA"}]}
    await accepted(amazon, "MUG-RED-01", patch)
    amazon.clock.advance(60)
    assert [entry["fulfillment_channel_code"] for entry in availability(amazon)] == ["DEFAULT", "AMAZON_NA"]


async def test_delete_takes_an_attribute_away(amazon: AmazonClient) -> None:
    """Whole, or the entry that is named."""
    patch = {"op": "delete", "path": "/attributes/fulfillment_availability"}
    await accepted(amazon, "MUG-RED-01", patch)
    amazon.clock.advance(60)
    assert availability(amazon) is None
    assert amazon.simulator.stock("MUG-RED-01") is None


@pytest.mark.parametrize(
    ("sku", "patch"),
    [
        ("NO-SUCH-SKU", quantity_patch(1)),
        ("MUG-RED-01", quantity_patch(1, channel=None)),
        ("MUG-RED-01", quantity_patch(1, channel="AMAZON_NA")),
        ("MUG-RED-01", quantity_patch(1, channel="AMAZON_EU")),
        ("MUG-RED-01", quantity_patch(-1)),
        ("MUG-RED-01", quantity_patch("ten")),
        ("MUG-RED-01", {"op": "merge", "path": "/attributes/fulfillmentAvailability", "value": [{"quantity": 1}]}),
    ],
    ids=["sku", "no channel", "amazon's stock", "other continent", "negative", "text", "camel case"],
)
async def test_invalid_submission_is_answered_with_200(amazon: AmazonClient, sku: str, patch: Json) -> None:
    """A client that looks at the HTTP status alone takes it for done."""
    answer = await accepted(amazon, sku, patch)
    assert answer["status"] == "INVALID"
    assert answer["issues"][0]["severity"] == "ERROR"
    amazon.clock.advance(60)
    assert amazon.simulator.stock("MUG-RED-01") == 500


async def test_wrong_product_type_is_invalid_and_the_general_one_is_good(amazon: AmazonClient) -> None:
    """PRODUCT works for patches of the offer."""
    statuses = []
    for product_type in ("SHOES", "LUGGAGE", "PRODUCT"):
        answer = await amazon.patch("MUG-RED-01", quantity_patch(1), product_type=product_type)
        statuses.append(answer.json()["status"])
    assert statuses == ["INVALID", "ACCEPTED", "ACCEPTED"]


async def test_preview_validates_and_does_nothing(amazon: AmazonClient) -> None:
    """VALID exists for previews alone."""
    answer = await amazon.patch("MUG-RED-01", quantity_patch(1), mode="VALIDATION_PREVIEW")
    assert answer.json()["status"] == "VALID"
    amazon.clock.advance(60)
    assert amazon.simulator.stock("MUG-RED-01") == 500


@pytest.mark.parametrize(
    ("patches", "query"),
    [
        ([], {}),
        ([{"op": "move", "path": "/attributes/x", "value": []}], {}),
        ([{"op": "merge", "path": "/attributes/x/y", "value": []}], {}),
        ([{"op": "merge", "path": "/x", "value": []}], {}),
        ([{"op": "merge", "path": "/attributes/x", "value": {"quantity": 1}}], {}),
        ([{"op": "merge", "path": "/attributes/x"}], {}),
        ([quantity_patch(1)], {"mode": "DRY_RUN"}),
        ([quantity_patch(1)], {"marketplaceIds": ""}),
        ([quantity_patch(1)], {"marketplaceIds": DE}),
    ],
    ids=["none", "op", "deep", "path", "object", "no value", "mode", "no marketplace", "other region"],
)
async def test_wrong_patch_is_refused(amazon: AmazonClient, patches: list[Json], query: dict[str, str]) -> None:
    """What is no submission at all is a 400."""
    assert (await amazon.patch("MUG-RED-01", *patches, **query)).status_code == 400


async def test_listings_of_another_seller_are_denied(amazon: AmazonClient) -> None:
    """The seller id stands in the path."""
    body = {"productType": "PRODUCT", "patches": [quantity_patch(1)]}
    answer = await amazon.call("PATCH", f"{LISTINGS}/AOTHER/MUG-RED-01", json=body, params={"marketplaceIds": US})
    assert answer.status_code == 403


async def test_sku_with_a_slash_must_be_encoded(amazon: AmazonClient) -> None:
    """Unencoded it is another path, and that is a 403."""
    amazon.simulator.add_listing("A/B +1", quantity=3)
    assert (await amazon.patch("A%2FB%20%2B1", quantity_patch(9))).json()["status"] == "ACCEPTED"
    assert (await amazon.patch("A/B%20%2B1", quantity_patch(9))).status_code == 403
    amazon.clock.advance(60)
    assert amazon.simulator.stock("A/B +1") == 9
    assert amazon.simulator.calls["patchListingsItem"] == 2


async def test_accepted_patch_may_do_nothing(amazon: AmazonClient) -> None:
    """It has been seen: only reading back tells."""
    amazon.simulator.set_switches(swallowed_patches=1)
    for quantity in (1, 2):
        assert (await accepted(amazon, "MUG-RED-01", quantity_patch(quantity)))["status"] == "ACCEPTED"
        amazon.clock.advance(60)
        assert amazon.simulator.stock("MUG-RED-01") == (500 if quantity == 1 else 2)


async def test_several_marketplaces_are_patched_at_once(amazon: AmazonClient) -> None:
    """Each has a listing of its own."""
    await amazon.patch("MUG-RED-01", quantity_patch(4), marketplaceIds=f"{US},A2EUQ1WTGCTBG2")
    amazon.clock.advance(60)
    assert [amazon.simulator.stock("MUG-RED-01", code) for code in ("US", "CA", "MX")] == [4, 4, 500]


async def test_later_patch_wins(amazon: AmazonClient) -> None:
    """They take effect in the order in which they came."""
    for quantity in (1, 2, 3):
        await accepted(amazon, "MUG-RED-01", quantity_patch(quantity))
    amazon.clock.advance(60)
    assert amazon.simulator.stock("MUG-RED-01") == 3


async def test_listing_is_read_back(amazon: AmazonClient) -> None:
    """In camel case, where patches are in snake case."""
    path = f"{LISTINGS}/{amazon.simulator.settings()['seller_id']}"
    answer = await amazon.get(f"{path}/MUG-RED-01", marketplaceIds=US, includedData="fulfillmentAvailability,issues")
    assert answer.json() == {
        "sku": "MUG-RED-01",
        "issues": [],
        "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 500}],
    }
    assert (await amazon.get(f"{path}/NOTHING", marketplaceIds=US)).status_code == 404
    assert (await amazon.get(f"{path}/MUG-RED-01", marketplaceIds=US, includedData="all")).status_code == 400


async def test_listings_are_searched_by_sku_and_page(amazon: AmazonClient) -> None:
    """The way round for SKUs that paths cannot carry."""
    path = f"{LISTINGS}/{amazon.simulator.settings()['seller_id']}"
    found = await amazon.get(path, marketplaceIds=US, identifiers="LAMP-7,SOAP-3", identifiersType="SKU")
    assert {item["sku"] for item in found.json()["items"]} == {"LAMP-7", "SOAP-3"}
    assert (await amazon.get(path, marketplaceIds=US, identifiers="LAMP-7")).status_code == 400
    first = (await amazon.get(path, marketplaceIds=US, pageSize="3")).json()
    rest = await amazon.get(path, marketplaceIds=US, pageSize="3", pageToken=first["pagination"]["nextToken"])
    assert (first["numberOfResults"], len(first["items"]), len(rest.json()["items"])) == (5, 3, 2)


async def test_order_takes_units_from_the_offer(amazon: AmazonClient) -> None:
    """And a cancelled one gives them back."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "LAMP-7", "quantity": 3}])
    assert amazon.simulator.stock("LAMP-7") == 497
    amazon.simulator.edit_quantity(order_id, 0, 1)
    assert amazon.simulator.stock("LAMP-7") == 499
    amazon.simulator.cancel(order_id)
    assert amazon.simulator.stock("LAMP-7") == 500


# --- stock held by Amazon ---------------------------------------------------------------------------------------------


async def summaries(amazon: AmazonClient, **query: str) -> Json:
    amazon.clock.advance(1)
    answer = await amazon.get(SUMMARIES, **{**FBA, **query})
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def test_sellable_units_are_the_fulfillable_ones(amazon: AmazonClient) -> None:
    """The total counts what is reserved and on its way."""
    amazon.simulator.set_fba_stock("X", 10, inbound=5)
    amazon.simulator.place_order(fulfilled_by="AMAZON", lines=[{"sku": "X", "quantity": 2}])
    row = (await summaries(amazon, sellerSkus="X"))["payload"]["inventorySummaries"][0]
    assert row["totalQuantity"] == 15
    assert row["inventoryDetails"]["fulfillableQuantity"] == 8
    assert row["inventoryDetails"]["reservedQuantity"]["totalReservedQuantity"] == 2
    plain = await summaries(amazon, sellerSkus="X", details="false")
    assert "inventoryDetails" not in plain["payload"]["inventorySummaries"][0]


async def test_units_leave_the_total_when_they_are_sent(amazon: AmazonClient) -> None:
    """Reserved ones are still there; sent ones are not."""
    amazon.simulator.set_fba_stock("X", 10)
    order_id = amazon.simulator.place_order(fulfilled_by="AMAZON", lines=[{"sku": "X", "quantity": 2}])

    async def total() -> int:
        return int((await summaries(amazon, sellerSkus="X"))["payload"]["inventorySummaries"][0]["totalQuantity"])

    assert await total() == 10
    amazon.simulator.ship_by_amazon(order_id)
    assert await total() == 8


async def test_stock_pages_with_a_token_beside_the_payload(amazon: AmazonClient) -> None:
    """Fifty at a time."""
    for number in range(60):
        amazon.simulator.set_fba_stock(f"X-{number}", number)
    first = await summaries(amazon)
    rest = await summaries(amazon, nextToken=first["pagination"]["nextToken"])
    found = first["payload"]["inventorySummaries"] + rest["payload"]["inventorySummaries"]
    assert len({row["sellerSku"] for row in found}) == len(found) == 65
    assert "pagination" not in rest


async def test_stock_token_lives_thirty_seconds(amazon: AmazonClient) -> None:
    """Pages are fetched back to back, or again from the start."""
    for number in range(60):
        amazon.simulator.set_fba_stock(f"X-{number}", number)
    token = (await summaries(amazon))["pagination"]["nextToken"]
    amazon.clock.advance(31)
    assert (await amazon.get(SUMMARIES, **FBA, nextToken=token)).status_code == 400


async def test_stock_changes_since_a_time(amazon: AmazonClient) -> None:
    """Only what has changed; the time must be repeated on every page."""
    amazon.clock.advance(60)
    amazon.simulator.set_fba_stock("NEW", 1)
    found = await summaries(amazon, startDateTime="2026-01-05T12:00:30Z")
    assert [row["sellerSku"] for row in found["payload"]["inventorySummaries"]] == ["NEW"]


@pytest.mark.parametrize(
    "query",
    [
        {"granularityType": "Warehouse"},
        {"granularityId": "A2EUQ1WTGCTBG2"},
        {"marketplaceIds": ""},
        {"marketplaceIds": f"{US},A2EUQ1WTGCTBG2"},
        {"granularityId": DE, "marketplaceIds": DE},
        {"details": "yes"},
        {"startDateTime": "2024-01-01T00:00:00Z"},
        {"sellerSkus": ",".join(["x"] * 51)},
        {"nextToken": "x"},
    ],
    ids=["type", "other id", "none", "two", "other region", "details", "too old", "51 SKUs", "token"],
)
async def test_stock_refuses(amazon: AmazonClient, query: dict[str, str]) -> None:
    """Each rule, broken."""
    assert (await amazon.get(SUMMARIES, **{**FBA, **query})).status_code == 400
