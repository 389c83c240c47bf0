"""Shipping v2: labels bought once, documents, cancelling, tracking."""

import base64
import io

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader

from cartcarrier.sandbox.amazon import AmazonSimulator
from tests.sandbox.amazon.client import AmazonClient, Json
from tests.sandbox.amazon.label_calls import (
    BASE,
    US_BUSINESS,
    ask,
    bought,
    buy,
    cancel,
    parcel,
    question,
    rates,
    track,
    wish,
)


async def test_label_confirms_its_order_by_itself(amazon: AmazonClient) -> None:
    """The order is shipped, and its packages have the number: nobody needs to confirm."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2}])
    purchase = await bought(amazon, order_id)
    number = purchase["packageDocumentDetails"][0]["trackingId"]
    order = await amazon.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert [(each["carrier"], each["trackingNumber"]) for each in order["packages"]] == [("Amazon Shipping", number)]
    assert order["packages"][0]["packageItems"][0]["quantity"] == 2
    refused = await amazon.confirm(order_id, packageReferenceId="7")
    assert "PackageToUpdateNotFound" in refused.text


async def test_label_for_a_part_leaves_the_rest(amazon: AmazonClient) -> None:
    """With the items named."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 3}])
    item = (await amazon.order(order_id))["orderItems"][0]["orderItemId"]
    some = [parcel(items=[{"itemIdentifier": item, "quantity": 1}])]
    offer = await rates(amazon, order_id, packages=some)
    assert (await buy(amazon, wish(offer))).status_code == 200
    assert await amazon.status(order_id) == "PARTIALLY_SHIPPED"
    for quantity, status in ((3, 400), (2, 200)):
        more = [parcel(items=[{"itemIdentifier": item, "quantity": quantity}])]
        assert (await ask(amazon, question(order_id, packages=more))).status_code == status


async def test_rates_can_be_bought_for_ten_minutes(amazon: AmazonClient) -> None:
    """Then the token has expired, and one asks again."""
    body = wish(await rates(amazon, amazon.simulator.place_order()))
    amazon.clock.advance(600)
    refused = await buy(amazon, body, "k")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "TOKEN_EXPIRED")
    assert amazon.simulator.labels() == []


async def test_same_key_gives_the_same_answer_and_no_second_label(amazon: AmazonClient) -> None:
    """The one promise on which buying once rests."""
    body = wish(await rates(amazon, amazon.simulator.place_order()))
    first = await buy(amazon, body, "key-1")
    amazon.clock.advance(599)
    again = await buy(amazon, body, "key-1")
    assert again.content == first.content
    assert len(amazon.simulator.labels()) == 1
    assert amazon.simulator.spent()["bought"] == {"USD": "6.70"}


async def test_same_key_is_good_after_the_token_has_expired(amazon: AmazonClient) -> None:
    """A repeated purchase within the key's own life is no new purchase."""
    body = wish(await rates(amazon, amazon.simulator.place_order()))
    amazon.clock.advance(300)
    await buy(amazon, body, "key-1")
    amazon.clock.advance(400)
    assert (await buy(amazon, body, "key-1")).status_code == 200
    assert len(amazon.simulator.labels()) == 1


async def test_key_whose_life_is_over_protects_no_more(amazon: AmazonClient) -> None:
    """With a token that is still good a second label is bought: the audit names it."""
    amazon.simulator.set_switches(idempotency_seconds=60.0)
    body = wish(await rates(amazon, amazon.simulator.place_order()))
    await buy(amazon, body, "key-1")
    amazon.clock.advance(60)
    assert (await buy(amazon, body, "key-1")).status_code == 200
    assert len(amazon.simulator.labels()) == 2
    assert len(amazon.simulator.duplicates()) == 1


async def test_same_key_for_another_purchase_is_refused(amazon: AmazonClient) -> None:
    """Or somebody's label would be somebody else's."""
    offer = await rates(amazon, amazon.simulator.place_order())
    await buy(amazon, wish(offer), "key-1")
    assert (await buy(amazon, wish(offer, "USPS_PTP_GA"), "key-1")).status_code == 400


async def test_without_a_key_every_call_buys(amazon: AmazonClient) -> None:
    """Money is spent twice, and more leaves than was ordered."""
    order_id = amazon.simulator.place_order()
    body = wish(await rates(amazon, order_id))
    for _ in range(2):
        assert (await buy(amazon, body)).status_code == 200
    assert amazon.simulator.spent()["bought"] == {"USD": "13.40"}
    assert amazon.simulator.duplicates()[0]["id"] == order_id


async def test_lost_answer_can_be_had_again_with_the_key(amazon: AmazonClient) -> None:
    """The write took effect, the answer did not arrive."""
    body = wish(await rates(amazon, amazon.simulator.place_order()))
    amazon.simulator.add_fault(operation="purchaseShipment", kind="status_after", status=500)
    assert (await buy(amazon, body, "key-1")).status_code == 500
    assert (await buy(amazon, body, "key-1")).status_code == 200
    assert len(amazon.simulator.labels()) == 1


@pytest.mark.parametrize(
    ("chosen", "status"),
    [
        ([], 400),
        (["VAS_NO_CONFIRMATION"], 200),
        (["VAS_SIGNATURE_CONFIRMATION"], 200),
        (["VAS_SIGNATURE_CONFIRMATION", "VAS_NO_CONFIRMATION"], 400),
        (["VAS_BALLOONS"], 400),
    ],
    ids=["none", "plain", "signature", "two", "unknown"],
)
async def test_required_service_must_be_chosen(amazon: AmazonClient, chosen: list[str], status: int) -> None:
    """One of every group that is required, in Amazon's own words if not."""
    offer = await rates(amazon, amazon.simulator.place_order())
    body = wish(offer, "UPS_PTP_GND", requestedValueAddedServices=[{"id": each} for each in chosen])
    answer = await buy(amazon, body)
    assert answer.status_code == status
    if status == 400:
        assert "requested value added services are invalid" in answer.text
    else:
        extra = 2.5 if "SIGNATURE" in chosen[0] else 0
        assert amazon.simulator.labels()[0]["price"] == f"{9.1 + extra:.2f}"


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "GIF"},
        {"size": {"width": 8, "length": 11, "unit": "INCH"}},
        {"dpi": 600},
        {"pageLayout": "LETTER"},
        {"needFileJoining": True},
        {"requestedDocumentTypes": ["PACKSLIP"]},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_document_must_be_one_that_the_rate_offers(amazon: AmazonClient, changes: Json) -> None:
    """No other combination."""
    body = wish(await rates(amazon, amazon.simulator.place_order()))
    body["requestedDocumentSpecification"] |= changes
    assert (await buy(amazon, body)).status_code == 400


async def test_rate_must_be_the_tokens(amazon: AmazonClient) -> None:
    """Not another's, nor an invented one."""
    first, second = [await rates(amazon, amazon.simulator.place_order()) for _ in range(2)]
    body = wish(first)
    for change in ({"rateId": "x"}, {"requestToken": "x"}, {"requestToken": second["requestToken"]}, {"rateId": None}):
        assert (await buy(amazon, {**body, **change})).status_code == 400


async def test_order_cancelled_between_rates_and_purchase_gets_no_label(amazon: AmazonClient) -> None:
    """Money is not spent on it."""
    order_id = amazon.simulator.place_order()
    body = wish(await rates(amazon, order_id))
    amazon.simulator.cancel(order_id)
    assert (await buy(amazon, body)).status_code == 400
    assert amazon.simulator.labels() == []


@pytest.mark.parametrize("path", ["shipments/directPurchase", "oneClickShipment"])
async def test_buying_without_rates_is_refused(amazon: AmazonClient, path: str) -> None:
    """The seller is not enrolled for it."""
    answer = await amazon.call(
        "POST", f"{BASE}/{path}", json={"channelDetails": {"channelType": "AMAZON"}}, headers=US_BUSINESS
    )
    assert answer.status_code == 403


async def test_labels_can_be_opened(amazon: AmazonClient) -> None:
    """In every format, as plain Base64; they say what they are."""
    contents = {}
    for format_ in ("PDF", "PNG", "ZPL"):
        order_id = amazon.simulator.place_order()
        purchase = await bought(amazon, order_id, format_=format_)
        detail = purchase["packageDocumentDetails"][0]
        assert detail["packageDocuments"][0]["format"] == format_
        contents[format_] = (base64.b64decode(detail["packageDocuments"][0]["contents"]), detail["trackingId"])
    pdf, number = contents["PDF"]
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "SAMPLE" in text
    assert number in text
    assert Image.open(io.BytesIO(contents["PNG"][0])).size == (800, 1200)
    zpl, number = contents["ZPL"]
    assert zpl.startswith(b"^XA")
    assert number.encode() in zpl


async def test_documents_can_be_had_again(amazon: AmazonClient) -> None:
    """In another format too; not after cancelling."""
    purchase = await bought(amazon, amazon.simulator.place_order())
    path = f"{BASE}/shipments/{purchase['shipmentId']}/documents"

    async def again(**query: str) -> httpx.Response:
        return await amazon.call("GET", path, params=query, headers=US_BUSINESS)

    same = await again(packageClientReferenceId="P-1", format="ZPL", dpi="300")
    detail = same.json()["payload"]["packageDocumentDetail"]
    assert detail["trackingId"] == purchase["packageDocumentDetails"][0]["trackingId"]
    assert base64.b64decode(detail["packageDocuments"][0]["contents"]).startswith(b"^XA")
    for query in ({}, {"packageClientReferenceId": "P-2"}, {"packageClientReferenceId": "P-1", "format": "GIF"}):
        assert (await again(**query)).status_code == 400
    await cancel(amazon, purchase["shipmentId"])
    assert (await again(packageClientReferenceId="P-1")).status_code == 400
    unknown = await amazon.call("GET", f"{BASE}/shipments/x/documents", headers=US_BUSINESS)
    assert unknown.status_code == 404


async def test_cancelled_label_gives_the_money_back_and_leaves_the_order(amazon: AmazonClient) -> None:
    """The order stays shipped, its package is cancelled, and a new label may be bought."""
    order_id = amazon.simulator.place_order()
    purchase = await bought(amazon, order_id)
    assert await cancel(amazon, purchase["shipmentId"]) == 200
    order = await amazon.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert order["packages"][0]["packageStatus"]["status"] == "CANCELLED"
    assert amazon.simulator.spent()["net"] == {"USD": "0.00"}
    assert await cancel(amazon, purchase["shipmentId"]) == 400
    assert await cancel(amazon, "unknown") == 404
    await bought(amazon, order_id)
    assert amazon.simulator.duplicates() == []


async def test_smaller_label_after_a_cancelled_one_ships_nothing_back(amazon: AmazonClient) -> None:
    """What was shipped once stays shipped on the order, whatever its packages say."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2}])
    await cancel(amazon, (await bought(amazon, order_id))["shipmentId"])
    item = (await amazon.order(order_id))["orderItems"][0]["orderItemId"]
    offer = await rates(amazon, order_id, packages=[parcel(items=[{"itemIdentifier": item, "quantity": 1}])])
    assert (await buy(amazon, wish(offer))).status_code == 200
    assert await amazon.status(order_id) == "SHIPPED"


async def test_parcel_that_the_carrier_has_cannot_be_cancelled(amazon: AmazonClient) -> None:
    """It is on its way."""
    purchase = await bought(amazon, amazon.simulator.place_order())
    amazon.clock.advance(6 * 3600)
    await amazon.log_in()
    assert await cancel(amazon, purchase["shipmentId"]) == 400
    assert amazon.simulator.spent()["net"] == {"USD": "6.70"}


async def test_parcel_moves_with_the_clock(amazon: AmazonClient) -> None:
    """From the label to the door."""
    purchase = await bought(amazon, amazon.simulator.place_order())
    number = purchase["packageDocumentDetails"][0]["trackingId"]
    statuses = []
    for hours in (0, 6, 34, 4):
        amazon.clock.advance(hours * 3600)
        await amazon.log_in()
        payload = (await track(amazon, number)).json()["payload"]
        statuses.append((payload["summary"]["status"], payload["eventHistory"][-1]["eventCode"]))
    assert statuses == [
        ("PreTransit", "ReadyForReceive"),
        ("InTransit", "PickupDone"),
        ("OutForDelivery", "OutForDelivery"),
        ("Delivered", "Delivered"),
    ]
    amazon.clock.advance(46 * 86_400)
    await amazon.log_in()
    assert len((await track(amazon, number)).json()["payload"]["eventHistory"]) == 1


async def test_parcel_that_comes_back_is_delivered_on_the_other_leg(amazon: AmazonClient) -> None:
    """The summary says Delivered all the same: the leg must be looked at."""
    purchase = await bought(amazon, amazon.simulator.place_order())
    number = purchase["packageDocumentDetails"][0]["trackingId"]
    amazon.simulator.set_journey(number, "returned")
    amazon.clock.advance(100 * 3600)
    await amazon.log_in()
    payload = (await track(amazon, number)).json()["payload"]
    last = payload["eventHistory"][-1]
    assert (payload["summary"]["status"], last["eventCode"], last["shipmentType"]) == (
        "Delivered",
        "Delivered",
        "RETURNS",
    )


async def test_cancelled_parcel_is_tracked_as_such(amazon: AmazonClient) -> None:
    """That is how a cancellation is found again."""
    purchase = await bought(amazon, amazon.simulator.place_order())
    await cancel(amazon, purchase["shipmentId"])
    number = purchase["packageDocumentDetails"][0]["trackingId"]
    assert (await track(amazon, number)).json()["payload"]["summary"]["status"] == "PickupCancelled"


async def test_other_carriers_are_asked_themselves(amazon: AmazonClient) -> None:
    """Amazon tracks what it carries."""
    purchase = await bought(amazon, amazon.simulator.place_order(), service="USPS_PTP_GA")
    number = purchase["packageDocumentDetails"][0]["trackingId"]
    assert (await track(amazon, number, "USPS")).status_code == 400
    assert (await track(amazon, number, "AMZN_US")).status_code == 404
    assert (await track(amazon, "TBA1")).status_code == 404
    assert (await track(amazon, "")).status_code == 400


async def test_order_from_elsewhere_gets_a_label_too(amazon: AmazonClient) -> None:
    """It confirms nothing."""
    answer = await buy(amazon, wish(await rates(amazon, None), format_="ZPL"))
    contents = answer.json()["payload"]["packageDocumentDetails"][0]["packageDocuments"][0]["contents"]
    assert b"Chicago" in base64.b64decode(contents)
    assert amazon.simulator.orders() == []


async def test_two_parcels_have_two_numbers(amazon: AmazonClient) -> None:
    """And two packages of the order, the second with what is left."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2}])
    item = (await amazon.order(order_id))["orderItems"][0]["orderItemId"]
    one = [{"itemIdentifier": item, "quantity": 1}]
    offer = await rates(amazon, order_id, packages=[parcel("P-1", items=one), parcel("P-2", items=one)])
    purchase = (await buy(amazon, wish(offer))).json()["payload"]
    numbers = {detail["trackingId"] for detail in purchase["packageDocumentDetails"]}
    assert {package["trackingNumber"] for package in (await amazon.order(order_id))["packages"]} == numbers
    assert len(numbers) == 2
    assert amazon.simulator.duplicates() == []


async def test_additional_inputs_are_asked_for_by_no_rate(amazon: AmazonClient) -> None:
    """But the operation is there."""
    offer = await rates(amazon, amazon.simulator.place_order())
    path = f"{BASE}/shipments/additionalInputs/schema"
    query = {"requestToken": offer["requestToken"], "rateId": offer["rates"][0]["rateId"]}
    assert (await amazon.call("GET", path, params=query, headers=US_BUSINESS)).json() == {"payload": {}}
    assert (await amazon.call("GET", path, headers=US_BUSINESS)).status_code == 400


def test_label_settings_name_the_business(simulator: AmazonSimulator) -> None:
    """The driver of labels needs it beside the account."""
    assert simulator.label_settings() == {**simulator.credentials(), "business_id": "AmazonShipping_US"}
