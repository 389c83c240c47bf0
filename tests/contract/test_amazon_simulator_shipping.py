"""Labels and fulfillment orders of the simulated Amazon fit Amazon's published descriptions, errata applied."""

from collections.abc import AsyncIterator

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.amazon import AmazonSimulator
from tests.contract import oracle, oracle_swagger2
from tests.contract.amazon_checked import Checked
from tests.sandbox.amazon import label_calls as labels
from tests.sandbox.amazon import outbound_calls as outbound
from tests.sandbox.amazon.client import SANDBOX_NA, US, AmazonClient

pytestmark = oracle.needs_specs


@pytest.fixture
def checked() -> Checked:
    return Checked()


@pytest.fixture
async def amazon(checked: Checked) -> AsyncIterator[AmazonClient]:
    """Return a client without limits, each of whose exchanges is checked."""
    clock = ManualClock()
    client = AmazonClient(AmazonSimulator(clock=clock, limits=False), clock)
    client.http.event_hooks["response"].append(checked)
    async with client.http:
        await client.log_in()
        yield client


@pytest.mark.parametrize("format_", ["PDF", "PNG", "ZPL"])
@pytest.mark.parametrize("kind", ["order", "elsewhere", "two parcels"])
async def test_labels_fit(amazon: AmazonClient, checked: Checked, kind: str, format_: str) -> None:
    """Rates, purchase, documents, tracking on its way, cancelling; in both directions."""
    order_id = None if kind == "elsewhere" else amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2}])
    packages = [labels.parcel("P-1")] + ([labels.parcel("P-2")] if kind == "two parcels" else [])
    offer = await labels.rates(amazon, order_id, packages=packages)
    query = {"requestToken": offer["requestToken"], "rateId": offer["rates"][0]["rateId"]}
    path = "/shipping/v2/shipments"
    await amazon.call("GET", f"{path}/additionalInputs/schema", params=query, headers=labels.US_BUSINESS)
    first = await labels.buy(amazon, labels.wish(offer, format_=format_), "key")
    assert first.status_code == 200
    chosen = [{"id": "VAS_SIGNATURE_CONFIRMATION"}]
    await labels.buy(amazon, labels.wish(offer, "UPS_PTP_GND", format_, requestedValueAddedServices=chosen))
    await labels.buy(amazon, labels.wish(offer, "UPS_PTP_GND", format_))
    purchase = first.json()["payload"]
    shipment, number = purchase["shipmentId"], purchase["packageDocumentDetails"][0]["trackingId"]
    documents = {"packageClientReferenceId": "P-1", "format": "ZPL", "dpi": "203"}
    await amazon.call("GET", f"{path}/{shipment}/documents", params=documents, headers=labels.US_BUSINESS)
    for journey in ("delivered", "returned", "lost", "attempted"):
        amazon.simulator.set_journey(number, journey)
        for hours in (0, 50, 50, 150):
            amazon.clock.advance(hours * 3600)
            await amazon.log_in()
            assert (await labels.track(amazon, number)).status_code == 200
    assert await labels.cancel(amazon, shipment) == 400
    offer = await labels.rates(amazon, amazon.simulator.place_order())
    fresh = (await labels.buy(amazon, labels.wish(offer))).json()["payload"]
    assert await labels.cancel(amazon, fresh["shipmentId"]) == 200
    await labels.track(amazon, fresh["packageDocumentDetails"][0]["trackingId"])
    heavy = [labels.parcel(weight={"unit": "KILOGRAM", "value": 100})]
    assert (await labels.rates(amazon, amazon.simulator.place_order(), packages=heavy))["ineligibleRates"]
    assert {("purchaseShipment", 400), ("purchaseShipment", 200), ("cancelShipment", 400)} <= checked.seen


async def test_fulfillment_orders_fit(amazon: AmazonClient, checked: Checked) -> None:
    """From preview to the door, with changes and cancellations; their notifications too."""
    await amazon.subscribe("FULFILLMENT_ORDER_STATUS")
    question = {
        "address": outbound.ADDRESS,
        "items": outbound.wish()["items"],
        "marketplaceId": US,
        "includeDeliveryWindows": False,
    }
    await amazon.call("POST", f"{outbound.ORDERS}/preview", json=question)
    short = {**question, "items": [{**outbound.wish()["items"][0], "quantity": 240}]}
    await amazon.call("POST", f"{outbound.ORDERS}/preview", json=short)
    feature = {"featureName": "BLANK_BOX", "featureFulfillmentPolicy": "NotRequired"}
    await outbound.made(
        amazon, "a-1", marketplaceId=US, featureConstraints=[feature], notificationEmails=["a@example.com"]
    )
    await outbound.made(amazon, "a-2", fulfillmentAction="Hold")
    await outbound.create(amazon, outbound.wish("a-1"))
    change = {"fulfillmentAction": "Ship", "shippingSpeedCategory": "Expedited"}
    await amazon.call("PUT", f"{outbound.ORDERS}/a-2", json=change)
    await amazon.call("PUT", f"{outbound.ORDERS}/a-2/cancel")
    for seconds in (0, 60, 900, 4 * 3600):
        await outbound.later(amazon, seconds)
        for id_ in ("a-1", "a-2", "a-3"):
            await amazon.get(f"{outbound.ORDERS}/{id_}")
        await amazon.get(outbound.ORDERS, queryStartDate="2026-01-01T00:00:00Z")
    found = await outbound.read(amazon, "a-1")
    package = found["fulfillmentShipments"][0]["fulfillmentShipmentPackage"][0]
    for journey in ("delivered", "returned", "lost", "attempted"):
        amazon.simulator.set_journey(package["trackingNumber"], journey)
        for hours in (0, 45, 30, 140):
            await outbound.later(amazon, hours * 3600)
            await outbound.tracked(amazon, package["packageNumber"])
    amazon.host = SANDBOX_NA
    await outbound.made(amazon, "s-1")
    await amazon.call("PUT", f"{outbound.ORDERS}/s-1/status", json={"fulfillmentOrderStatus": "Complete"})
    await outbound.read(amazon, "s-1")
    notes = amazon.notifications()
    assert len(notes) > 6
    for note in notes:
        oracle_swagger2.check_notification(note, "FulfillmentOrderStatusNotification")
    assert ("createFulfillmentOrder", 400) in checked.seen
