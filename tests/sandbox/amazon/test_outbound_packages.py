"""Multi-channel fulfillment: previews, packages on their way, what is told, and Amazon's dynamic sandbox."""

import pytest

from tests.sandbox.amazon.client import SANDBOX_NA, AmazonClient
from tests.sandbox.amazon.outbound_calls import (
    ADDRESS,
    BASE,
    ORDERS,
    SKU,
    STOCK,
    later,
    made,
    read,
    status,
    tracked,
    wish,
)


async def test_preview_tells_fees_and_what_is_missing(amazon: AmazonClient) -> None:
    """Per speed; nothing is bound."""
    body = {"address": ADDRESS, "items": wish()["items"]}
    answer = await amazon.call("POST", f"{ORDERS}/preview", json=body)
    previews = {row["shippingSpeedCategory"]: row for row in answer.json()["payload"]["fulfillmentPreviews"]}
    assert set(previews) == {"Standard", "Expedited", "Priority"}
    fees = {name: row["estimatedFees"][0]["amount"]["value"] for name, row in previews.items()}
    assert fees == {"Standard": "15.50", "Expedited": "22.70", "Priority": "29.90"}
    short = {
        "address": ADDRESS,
        "items": [{**wish()["items"][0], "quantity": 201}],
        "shippingSpeedCategories": ["Standard"],
    }
    row = (await amazon.call("POST", f"{ORDERS}/preview", json=short)).json()["payload"]["fulfillmentPreviews"][0]
    assert row["isFulfillable"] is False
    assert row["unfulfillablePreviewItems"][0]["sellerSku"] == SKU
    assert amazon.simulator.fba_stock(SKU) == STOCK
    for wrong in ({**body, "shippingSpeedCategories": ["Rocket"]}, {**body, "items": []}, {"items": body["items"]}):
        assert (await amazon.call("POST", f"{ORDERS}/preview", json=wrong)).status_code == 400


async def package_of(amazon: AmazonClient) -> tuple[int, str]:
    id_ = await made(amazon)
    await later(amazon, 4 * 3600)
    package = (await read(amazon, id_))["fulfillmentShipments"][0]["fulfillmentShipmentPackage"][0]
    return package["packageNumber"], package["trackingNumber"]


async def test_package_is_tracked_by_its_number(amazon: AmazonClient) -> None:
    """Oldest event first."""
    number, tracking = await package_of(amazon)
    seen = []
    for hours in (0, 44, 6):
        await later(amazon, hours * 3600)
        details = await tracked(amazon, number)
        seen.append((details["currentStatus"], details["trackingEvents"][-1]["eventCode"]))
    assert seen == [("IN_TRANSIT", "EVENT_101"), ("OUT_FOR_DELIVERY", "EVENT_302"), ("DELIVERED", "EVENT_301")]
    assert details["trackingNumber"] == tracking
    assert details["trackingEvents"] == sorted(details["trackingEvents"], key=lambda event: event["eventDate"])


@pytest.mark.parametrize(
    ("journey", "end"), [("lost", "UNDELIVERABLE"), ("returned", "RETURNED"), ("attempted", "DELIVERED")]
)
async def test_package_can_meet_with_misfortune(amazon: AmazonClient, journey: str, end: str) -> None:
    """By order of the harness."""
    number, tracking = await package_of(amazon)
    amazon.simulator.set_journey(tracking, journey)
    await later(amazon, 200 * 3600)
    assert (await tracked(amazon, number))["currentStatus"] == end


@pytest.mark.parametrize(("number", "expected"), [("", 400), ("x", 400), ("7", 404)], ids=["none", "text", "unknown"])
async def test_wrong_package_number_is_refused(amazon: AmazonClient, number: str, expected: int) -> None:
    """A number, and one that there is."""
    assert (await amazon.get(f"{BASE}/tracking", packageNumber=number)).status_code == expected


async def test_every_status_is_told(amazon: AmazonClient) -> None:
    """With the package once there is one."""
    await amazon.subscribe("FULFILLMENT_ORDER_STATUS")
    await made(amazon)
    await later(amazon, 4 * 3600)
    notes = [note["Payload"]["FulfillmentOrderStatusNotification"] for note in amazon.notifications()]
    assert [note["FulfillmentOrderStatus"] for note in notes] == ["Received", "Planning", "Processing", "Complete"]
    assert "FulfillmentShipment" not in notes[0]
    assert notes[-1]["FulfillmentShipment"]["FulfillmentShipmentPackages"][0]["TrackingNumber"].startswith("TBA")


async def test_amazons_sandbox_has_memory_here_and_moves_by_order(amazon: AmazonClient) -> None:
    """The dynamic sandbox: orders apart from the real ones, whose status the developer sets."""
    status_path = f"{ORDERS}/s-1/status"
    assert (await amazon.call("PUT", status_path, json={"fulfillmentOrderStatus": "Complete"})).status_code == 403
    amazon.host = SANDBOX_NA
    await made(amazon, "s-1", items=[{"sellerSku": "ANY", "sellerFulfillmentOrderItemId": "1", "quantity": 1}])
    await later(amazon, 86_400)
    assert await status(amazon, "s-1") == "Received"
    assert (await amazon.call("PUT", status_path, json={"fulfillmentOrderStatus": "Sent"})).status_code == 400
    assert (await amazon.call("PUT", status_path, json={"fulfillmentOrderStatus": "Complete"})).status_code == 200
    assert await status(amazon, "s-1") == "Complete"
    package = (await read(amazon, "s-1"))["fulfillmentShipments"][0]["fulfillmentShipmentPackage"][0]
    assert (await tracked(amazon, package["packageNumber"]))["currentStatus"] == "IN_TRANSIT"
    assert amazon.simulator.fulfillment_orders() == []
    amazon.host = "https://sellingpartnerapi-na.amazon.com"
    assert (await amazon.get(f"{ORDERS}/s-1")).status_code == 404
