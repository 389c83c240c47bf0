"""Multi-channel fulfillment: orders of other channels, sent from Amazon's stock."""

import pytest

from tests.sandbox.amazon.client import US, AmazonClient, Json
from tests.sandbox.amazon.outbound_calls import ADDRESS, ORDERS, SKU, STOCK, create, later, made, read, status, wish


async def test_order_goes_from_received_to_complete_with_the_clock(amazon: AmazonClient) -> None:
    """And its package has a number, which items point to."""
    id_ = await made(amazon)
    seen = []
    for seconds in (0, 60, 840, 4 * 3600 - 900):
        await later(amazon, seconds)
        seen.append(await status(amazon, id_))
    assert seen == ["Received", "Planning", "Processing", "Complete"]
    shipment = (await read(amazon, id_))["fulfillmentShipments"][0]
    package = shipment["fulfillmentShipmentPackage"][0]
    assert shipment["fulfillmentShipmentStatus"] == "SHIPPED"
    assert package["trackingNumber"].startswith("TBA")
    assert shipment["fulfillmentShipmentItem"][0]["packageNumber"] == package["packageNumber"]


async def test_processing_order_has_a_pending_shipment_without_package(amazon: AmazonClient) -> None:
    """A number comes with the shipping."""
    id_ = await made(amazon)
    await later(amazon, 900)
    shipment = (await read(amazon, id_))["fulfillmentShipments"][0]
    assert shipment["fulfillmentShipmentStatus"] == "PENDING"
    assert "fulfillmentShipmentPackage" not in shipment


async def test_stock_is_bound_at_once_and_leaves_with_the_parcel(amazon: AmazonClient) -> None:
    """So nobody sells it again."""
    id_ = await made(amazon)
    question = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US, "sellerSkus": SKU}

    async def held() -> tuple[int, int]:
        rows = (await amazon.get("/fba/inventory/v1/summaries", **question)).json()["payload"]["inventorySummaries"]
        return amazon.simulator.fba_stock(SKU), rows[0]["totalQuantity"]

    assert await held() == (STOCK - 2, STOCK)
    await later(amazon, 4 * 3600)
    assert await status(amazon, id_) == "Complete"
    assert await held() == (STOCK - 2, STOCK - 2)


async def test_same_id_makes_no_second_order(amazon: AmazonClient) -> None:
    """The id is ours: after a lost answer one looks, and sends it again without fear."""
    await made(amazon)
    again = await create(amazon, wish())
    assert again.status_code == 400
    assert len(amazon.simulator.fulfillment_orders()) == 1
    assert amazon.simulator.fba_stock(SKU) == STOCK - 2


async def test_lost_answer_is_found_by_id(amazon: AmazonClient) -> None:
    """The order is there although nobody heard of it."""
    amazon.simulator.add_fault(operation="createFulfillmentOrder", kind="status_after", status=503)
    assert (await create(amazon, wish())).status_code == 503
    assert await status(amazon, "shopify-1001-1") == "Received"


async def test_new_order_may_be_visible_later(amazon: AmazonClient) -> None:
    """Not found right after the write proves nothing."""
    amazon.simulator.set_switches(fulfillment_order_lag_seconds=10.0)
    await made(amazon)
    assert (await amazon.get(f"{ORDERS}/shopify-1001-1")).status_code == 404
    assert (await create(amazon, wish())).status_code == 400
    await later(amazon, 10)
    assert await status(amazon, "shopify-1001-1") == "Received"


async def test_cancellation_is_granted_while_it_is_early(amazon: AmazonClient) -> None:
    """Half a minute after it was asked for; the stock is free again."""
    id_ = await made(amazon)
    assert (await amazon.call("PUT", f"{ORDERS}/{id_}/cancel")).json() == {}
    assert await status(amazon, id_) == "Received"
    await later(amazon, 30)
    assert await status(amazon, id_) == "Cancelled"
    assert (await read(amazon, id_))["fulfillmentOrderItems"][0]["cancelledQuantity"] == 2
    assert amazon.simulator.fba_stock(SKU) == STOCK
    assert (await amazon.call("PUT", f"{ORDERS}/{id_}/cancel")).status_code == 200


async def test_cancellation_is_lost_to_processing(amazon: AmazonClient) -> None:
    """200 was an answer, not a promise: only reading tells."""
    id_ = await made(amazon)
    await later(amazon, 880)
    assert (await amazon.call("PUT", f"{ORDERS}/{id_}/cancel")).status_code == 200
    await later(amazon, 30)
    assert await status(amazon, id_) == "Processing"
    assert (await amazon.call("PUT", f"{ORDERS}/{id_}/cancel")).status_code == 400
    await later(amazon, 4 * 3600)
    assert await status(amazon, id_) == "Complete"


async def test_held_order_waits_for_its_release(amazon: AmazonClient) -> None:
    """Then it goes as others do."""
    id_ = await made(amazon, fulfillmentAction="Hold")
    await later(amazon, 86_400)
    assert await status(amazon, id_) == "Received"
    answer = await amazon.call("PUT", f"{ORDERS}/{id_}", json={"fulfillmentAction": "Ship"})
    assert answer.status_code == 200
    await later(amazon, 4 * 3600)
    assert await status(amazon, id_) == "Complete"


async def test_held_order_is_cancelled_after_a_fortnight(amazon: AmazonClient) -> None:
    """Nobody released it."""
    id_ = await made(amazon, fulfillmentAction="Hold")
    await later(amazon, 14 * 86_400)
    assert await status(amazon, id_) == "Cancelled"
    assert amazon.simulator.fba_stock(SKU) == STOCK


@pytest.mark.parametrize(
    ("policy", "end", "left", "unfulfillable"),
    [
        ("FillOrKill", "Unfulfillable", 1, 2),
        ("FillAllAvailable", "CompletePartialled", 0, 1),
        ("FillAll", "Unfulfillable", 1, 2),
    ],
)
async def test_policy_decides_what_short_stock_means(
    amazon: AmazonClient, policy: str, end: str, left: int, unfulfillable: int
) -> None:
    """All or nothing, what there is, or waiting a day."""
    amazon.simulator.set_fba_stock("RARE", 1)
    items = [{"sellerSku": "RARE", "sellerFulfillmentOrderItemId": "1", "quantity": 2}]
    id_ = await made(amazon, fulfillmentPolicy=policy, items=items)
    await later(amazon, 4 * 3600)
    if policy == "FillAll":
        assert await status(amazon, id_) == "Planning"
        await later(amazon, 86_400)
    assert await status(amazon, id_) == end
    assert amazon.simulator.fba_stock("RARE") == left
    assert (await read(amazon, id_))["fulfillmentOrderItems"][0]["unfulfillableQuantity"] == unfulfillable


@pytest.mark.parametrize(
    "changes",
    [
        {"sellerFulfillmentOrderId": "x" * 41},
        {"sellerFulfillmentOrderId": None},
        {"displayableOrderId": "two  spaces"},
        {"displayableOrderId": "日本"},
        {"displayableOrderDate": "yesterday"},
        {"displayableOrderComment": "x" * 751},
        {"displayableOrderComment": None},
        {"shippingSpeedCategory": "Rocket"},
        {"shippingSpeedCategory": "ScheduledDelivery"},
        {"fulfillmentAction": "Wait"},
        {"fulfillmentPolicy": "Some"},
        {"destinationAddress": {**ADDRESS, "city": ""}},
        {"destinationAddress": {**ADDRESS, "countryCode": "JP"}},
        {"destinationAddress": {**ADDRESS, "postalCode": None}},
        {"marketplaceId": "A1PA6795UKMFR9"},
        {"notificationEmails": ["x" * 65]},
        {"featureConstraints": [{"featureName": "GOLD_BOX", "featureFulfillmentPolicy": "Required"}]},
        {"featureConstraints": [{"featureName": "BLANK_BOX", "featureFulfillmentPolicy": "Maybe"}]},
        {"items": []},
        {"items": [{"sellerSku": "UNKNOWN", "sellerFulfillmentOrderItemId": "1", "quantity": 1}]},
        {"items": [{"sellerSku": SKU, "sellerFulfillmentOrderItemId": "1", "quantity": 251}]},
        {"items": [{"sellerSku": SKU, "sellerFulfillmentOrderItemId": "1", "quantity": 0}]},
        {"items": [{"sellerSku": SKU, "sellerFulfillmentOrderItemId": "1", "quantity": 1}] * 2},
        {
            "items": [
                {"sellerSku": SKU, "sellerFulfillmentOrderItemId": str(number), "quantity": 1} for number in range(101)
            ]
        },
    ],
    ids=[
        "long id",
        "no id",
        "two spaces",
        "alphabet",
        "date",
        "long comment",
        "no comment",
        "speed",
        "speed of Japan",
        "action",
        "policy",
        "no city",
        "city in Japan",
        "no postal code",
        "other region",
        "e-mail",
        "feature",
        "feature policy",
        "no items",
        "unknown SKU",
        "251 units",
        "no units",
        "item twice",
        "101 lines",
    ],
)
async def test_wrong_order_is_refused(amazon: AmazonClient, changes: Json) -> None:
    """Each rule, broken; no stock is bound."""
    assert (await create(amazon, wish(**changes))).status_code == 400
    assert amazon.simulator.fulfillment_orders() == []
    assert amazon.simulator.fba_stock(SKU) == STOCK


async def test_signature_cannot_be_required_outside_of_america(amazon: AmazonClient) -> None:
    """A feature that is required and cannot be had refuses the order; one that is only wished for does not."""
    abroad = {**ADDRESS, "countryCode": "CA"}
    for policy, expected in (("Required", 400), ("NotRequired", 200)):
        feature = {"featureName": "SIGNATURE_CONFIRMATION", "featureFulfillmentPolicy": policy}
        answer = await create(amazon, wish(destinationAddress=abroad, featureConstraints=[feature]))
        assert answer.status_code == expected


@pytest.mark.parametrize("id_", ["A 1", "A+1"])
async def test_id_with_space_or_plus_cannot_be_read_back(amazon: AmazonClient, id_: str) -> None:
    """It can be made, and never be found again: the guide's reason for a small alphabet."""
    await made(amazon, id_)
    for path in (id_.replace(" ", "%20"), id_.replace("+", "%2B").replace(" ", "+")):
        assert (await amazon.get(f"{ORDERS}/{path}")).status_code == 403


async def test_unknown_order_is_not_found(amazon: AmazonClient) -> None:
    """For reading, changing and cancelling."""
    assert (await amazon.get(f"{ORDERS}/nothing")).status_code == 404
    assert (await amazon.call("PUT", f"{ORDERS}/nothing/cancel")).status_code == 404
    assert (await amazon.call("PUT", f"{ORDERS}/nothing", json={})).status_code == 404


async def test_list_is_by_last_update_and_pages(amazon: AmazonClient) -> None:
    """Fifty at a time."""
    amazon.simulator.set_limit("createFulfillmentOrder", 100, 100)
    items = [{"sellerSku": SKU, "sellerFulfillmentOrderItemId": "1", "quantity": 1}]
    ids = [await made(amazon, f"o-{number:02d}", items=items) for number in range(52)]
    first = (await amazon.get(ORDERS)).json()["payload"]
    rest = (await amazon.get(ORDERS, nextToken=first["nextToken"])).json()["payload"]
    found = [row["sellerFulfillmentOrderId"] for row in first["fulfillmentOrders"] + rest["fulfillmentOrders"]]
    assert found == ids
    assert "nextToken" not in rest
    await later(amazon, 30)
    assert (await amazon.get(ORDERS, queryStartDate="2026-01-05T12:00:10Z")).json()["payload"] == {
        "fulfillmentOrders": []
    }
    assert (await amazon.get(ORDERS, queryStartDate="today")).status_code == 400


async def test_order_can_be_changed_until_it_is_processed(amazon: AmazonClient) -> None:
    """Speed and address; not later."""
    id_ = await made(amazon)
    change = {"shippingSpeedCategory": "Priority", "destinationAddress": {**ADDRESS, "name": "Bob"}}
    assert (await amazon.call("PUT", f"{ORDERS}/{id_}", json=change)).status_code == 200
    order = (await read(amazon, id_))["fulfillmentOrder"]
    assert (order["shippingSpeedCategory"], order["destinationAddress"]["name"]) == ("Priority", "Bob")
    refused: tuple[Json, ...] = (
        {"shippingSpeedCategory": "x"},
        {"fulfillmentAction": "x"},
        {"destinationAddress": {}},
    )
    for wrong in refused:
        assert (await amazon.call("PUT", f"{ORDERS}/{id_}", json=wrong)).status_code == 400
    await later(amazon, 900)
    assert (await amazon.call("PUT", f"{ORDERS}/{id_}", json=change)).status_code == 400
