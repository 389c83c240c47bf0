"""Buying a label: what it costs, what comes back, what is remembered."""

import base64
import io
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader

from cartcarrier.sandbox import SQLiteStore
from cartcarrier.sandbox._server import SandboxApp
from cartcarrier.sandbox.fedex.numbers import express_check, is_valid, mod10_check
from tests.sandbox.fedex.samples import (  # fmt: skip
    FedExClient,
    Json,
    domestic,
    express,
    international,
    put,
    quote_request,
    refusal,
)

LABELS = {"ZPLII": "STOCK_4X6", "EPL2": "STOCK_4X6", "PDF": "PAPER_4X6", "PNG": "PAPER_4X6"}


def label(shipment: Json, index: int = 0) -> bytes:
    """Return the bytes of a package's label."""
    return base64.b64decode(shipment["pieceResponses"][index]["packageDocuments"][0]["encodedLabel"])


def as_image(body: Json, image: str) -> Json:
    """Ask for labels in a format."""
    return put(body, "labelSpecification", {"imageType": image, "labelStockType": LABELS[image]})


def total(shipment: Json) -> Decimal:
    """Return what was paid, as a client picks it: of the rate type that is called the actual one."""
    rating = shipment["completedShipmentDetail"]["shipmentRating"]
    paid = next(each for each in rating["shipmentRateDetails"] if each["rateType"] == rating["actualRateType"])
    return Decimal(str(paid["totalNetCharge"]))


async def test_each_call_buys_a_label_and_spends_money(fedex: FedExClient) -> None:
    """FedEx has no idempotency: a client that repeats a call pays twice, and the chaos harness must see it."""
    first = await fedex.buy(domestic())
    second = await fedex.buy(domestic())

    numbers = [first["masterTrackingNumber"], second["masterTrackingNumber"]]
    assert len(set(numbers)) == 2
    assert fedex.simulator.labels() == [
        {
            "tracking_number": number,
            "shipment_id": number,
            "service": "GROUND_HOME_DELIVERY",
            "references": ["cc-0001"],
            "created_at": "2026-01-05T12:00:00+00:00",
            "voided": False,
        }
        for number in numbers
    ]
    assert fedex.simulator.spent()["bought"] == {"USD": str(total(first) * 2)}
    assert fedex.simulator.duplicates() == {"cc-0001": numbers}
    assert fedex.simulator.duplicates(code="P_O_NUMBER") == {}
    assert fedex.simulator.counts()["labels"] == 2


async def test_a_purchase_costs_what_the_quote_said(fedex: FedExClient) -> None:
    """A quote is worth nothing when the purchase costs something else."""
    for quoted in await fedex.quotes(quote_request()):
        bought = await fedex.buy(express(quoted["serviceType"]))
        prices = {each["rateType"]: each["totalNetCharge"] for each in quoted["ratedShipmentDetails"]}
        paid = {
            each["rateType"]: each["totalNetCharge"]
            for each in bought["completedShipmentDetail"]["shipmentRating"]["shipmentRateDetails"]
        }

        assert paid == {"PAYOR_ACCOUNT_SHIPMENT": prices["ACCOUNT"], "PAYOR_LIST_SHIPMENT": prices["LIST"]}


async def test_every_package_has_a_number_of_its_own_with_a_valid_check_digit(fedex: FedExClient) -> None:
    """Several lines and identical packages in one of them; the master's number is the first package's."""
    for service, digits in (("FEDEX_2_DAY", 12), ("GROUND_HOME_DELIVERY", 15)):
        body = express(service)
        lines = body["requestedShipment"]["requestedPackageLineItems"]
        lines.append({**lines[0], "groupPackageCount": 2})
        shipment = await fedex.buy(body)

        numbers = [piece["trackingNumber"] for piece in shipment["pieceResponses"]]
        assert len(set(numbers)) == 3
        assert shipment["masterTrackingNumber"] == numbers[0]
        assert {piece["masterTrackingNumber"] for piece in shipment["pieceResponses"]} == {numbers[0]}
        assert all(len(number) == digits and is_valid(number) for number in numbers)
        assert [f"{index + 1} OF 3".encode() in label(shipment, index) for index in range(3)] == [True] * 3
        charges = [Decimal(str(piece["netChargeAmount"])) for piece in shipment["pieceResponses"]]
        assert sum(charges) == total(shipment)


@pytest.mark.parametrize("number", ["986578788855", "477179081230", "123456789012", "612340987650"])
def test_express_check_digits_are_those_of_published_numbers(number: str) -> None:
    """Two published ones and the two worked examples of the field guide, section 10."""
    assert express_check(number[:-1]) == int(number[-1])


@pytest.mark.parametrize("digits", ["987654321012343", "041441760228964", "987654312345672"])
def test_ground_check_digits_are_those_of_published_numbers(digits: str) -> None:
    """The worked example, a published number, and the end of the published 9611020987654312345672."""
    assert mod10_check(digits[:-1]) == int(digits[-1])


def test_a_wrong_check_digit_is_seen() -> None:
    """In both forms; others have rules of their own, and pass."""
    assert [is_valid(number) for number in ("987654321012344", "123456789013", "12345678")] == [False, False, True]


@pytest.mark.parametrize("image", LABELS)
async def test_labels_open_and_say_sample(fedex: FedExClient, image: str) -> None:
    """What is printed must be what was bought, and nobody may take it for real."""
    shipment = await fedex.buy(as_image(domestic(), image))
    data, number = label(shipment), shipment["masterTrackingNumber"]
    document = shipment["pieceResponses"][0]["packageDocuments"][0]

    assert (document["contentType"], document["docType"]) == ("LABEL", image)
    if image == "PDF":
        text = PdfReader(io.BytesIO(data)).pages[0].extract_text()
        assert "SAMPLE" in text
        assert number in text
    elif image == "PNG":
        with Image.open(io.BytesIO(data)) as picture:
            assert (picture.format, picture.size) == ("PNG", (800, 1200))
    elif image == "ZPLII":
        assert data.startswith(b"^XA")
        assert b"SAMPLE" in data
        assert f"^FD{number}^FS".encode() in data
    else:
        assert b"SAMPLE" in data
        assert f'"{number}"\nP1'.encode() in data


async def test_a_label_by_address_can_be_fetched_for_a_day(fedex: FedExClient) -> None:
    """A URL that is opened a day later is a 404 (field guide, section 11-17)."""
    shipment = await fedex.buy(put(international(), "/labelResponseOptions", "URL_ONLY"))
    document = shipment["pieceResponses"][0]["packageDocuments"][0]
    paper = shipment["shipmentDocuments"][0]
    early = [await fedex.http.get(each["url"]) for each in (document, paper)]
    fedex.clock.advance(24 * 3600)
    late = await fedex.http.get(document["url"])

    assert "encodedLabel" not in document
    assert early[0].content.startswith(b"^XA")
    assert early[1].content.startswith(b"%PDF")
    assert refusal(late) == (404, "NOT.FOUND.ERROR")
    assert (await fedex.http.get("/document/v2/document/retrieve/SH,1_L0/x")).status_code == 404


async def test_a_served_sandbox_gives_addresses_of_its_own(fedex: FedExClient) -> None:
    """Over HTTP a label's address must lead back to the sandbox, below the simulator's name."""
    app = SandboxApp({"fedex": fedex.simulator})
    transport = httpx.ASGITransport(app=app)
    token = await fedex.sign_in()
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8700") as http:
        headers = {"Authorization": f"Bearer {token}"}
        body = put(domestic(), "/labelResponseOptions", "URL_ONLY")
        bought = await http.post("/fedex/ship/v1/shipments", json=body, headers=headers)
        shipment = bought.json()["output"]["transactionShipments"][0]
        url = shipment["pieceResponses"][0]["packageDocuments"][0]["url"]
        fetched = await http.get(url)

    assert url.startswith("http://127.0.0.1:8700/fedex/document/")
    assert fetched.content.startswith(b"^XA")


async def test_everything_in_one_file_comes_by_address_only(fedex: FedExClient) -> None:
    """With bytes the option counts for nothing (field guide, section 4.7)."""
    merged = "/mergeLabelDocOption"
    by_url = put(put(domestic(), merged, "LABELS_ONLY"), "/labelResponseOptions", "URL_ONLY")
    (document,) = (await fedex.buy(by_url))["shipmentDocuments"]

    assert document["contentType"] == "MERGED_LABELS_ONLY"
    assert (await fedex.http.get(document["url"])).content.startswith(b"%PDF")
    assert "shipmentDocuments" not in await fedex.buy(put(domestic(), merged, "LABELS_ONLY"))


async def test_an_international_shipment_comes_with_its_invoice(fedex: FedExClient) -> None:
    """Customs papers come back as one PDF for the shipment."""
    shipment = await fedex.buy(international())
    (document,) = shipment["shipmentDocuments"]
    text = PdfReader(io.BytesIO(base64.b64decode(document["encodedLabel"]))).pages[0].extract_text()

    assert document["contentType"] == "COMMERCIAL_INVOICE"
    assert all(word in text for word in ("INV-7", "Cotton shirt", shipment["masterTrackingNumber"]))


async def test_references_come_back_when_the_group_is_counted(fedex: FedExClient) -> None:
    """FedEx repeats them only then (field guide, section 4.6); they are kept all the same."""
    counted = await fedex.buy(domestic())
    plain = await fedex.buy(put(domestic(), "requestedPackageLineItems.0.groupPackageCount", ...))

    expected = [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": "cc-0001"}]
    assert counted["pieceResponses"][0]["customerReferences"] == expected
    assert "customerReferences" not in plain["pieceResponses"][0]
    assert [each["references"] for each in fedex.simulator.labels()] == [["cc-0001"]] * 2


async def test_what_somebody_else_pays_costs_us_nothing(fedex: FedExClient) -> None:
    """The piece then says 0 (field guide, section 4.8)."""
    payment = {"paymentType": "THIRD_PARTY", "payor": {"responsibleParty": {"accountNumber": {"value": "802255209"}}}}
    shipment = await fedex.buy(put(domestic(), "shippingChargesPayment", payment))

    assert shipment["pieceResponses"][0]["netChargeAmount"] == 0
    assert fedex.simulator.spent()["bought"] == {}
    assert b"THIRD_PARTY" in label(shipment)


async def test_pieces_can_be_bought_one_at_a_time(fedex: FedExClient) -> None:
    """The children name the master and their place; together they are one shipment."""
    body = put(put(express(), "/oneLabelAtATime", value=True), "totalPackageCount", 2)
    first = await fedex.buy(body)
    master = {"trackingNumber": first["masterTrackingNumber"], "trackingIdType": "FEDEX"}
    child = put(put(body, "masterTrackingId", master), "requestedPackageLineItems.0.sequenceNumber", 2)
    second = await fedex.buy(child)
    again = await fedex.ship(child)

    assert second["masterTrackingNumber"] == first["masterTrackingNumber"]
    assert [piece["packageSequenceNumber"] for piece in second["pieceResponses"]] == [2]
    assert b"2 OF 2" in label(second)
    assert len({each["tracking_number"] for each in fedex.simulator.labels()}) == 2
    assert len(fedex.simulator.world.shipments()) == 1
    assert fedex.simulator.spent()["bought"] == {"USD": str(total(first) * 2)}
    assert refusal(again) == (400, "SEQUENCENUMBER.INVALID")


async def test_a_hold_goes_to_its_counter_and_is_signed(fedex: FedExClient) -> None:
    """Hold and a high value force a signature (field guide, section 4.6)."""
    hold = {"specialServiceTypes": ["HOLD_AT_LOCATION"], "holdAtLocationDetail": {"locationId": "AURKA"}}
    held = await fedex.buy(put(express(), "shipmentSpecialServices", hold))
    value = {"amount": 500, "currency": "USD"}
    valuable = await fedex.buy(put(express(), "requestedPackageLineItems.0.declaredValue", value))
    plain = await fedex.buy(express())

    signed = [
        each["completedShipmentDetail"]["completedPackageDetails"][0]["signatureOption"]
        for each in (held, valuable, plain)
    ]
    assert signed == ["DIRECT", "DIRECT", "SERVICE_DEFAULT"]
    assert b"HOLD AURKA" in label(held)


async def test_an_emailed_return_has_no_label_yet(fedex: FedExClient) -> None:
    """Its receiver prints it; until then it cannot be scanned."""
    body = put(domestic(), "requestedPackageLineItems.0.itemDescription", "Shoes")
    pending = {
        "pendingShipmentType": "EMAIL",
        "expirationTimeStamp": "2026-02-05",
        "emailLabelDetail": {"recipients": [{"emailAddress": "j@example.org", "role": "SHIPMENT_COMPLETOR"}]},
    }
    special = {
        "specialServiceTypes": ["RETURN_SHIPMENT", "PENDING_SHIPMENT"],
        "returnShipmentDetail": {"returnType": "PENDING"},
        "pendingShipmentDetail": pending,
    }
    shipment = await fedex.buy(put(put(body, "shipmentSpecialServices", special), "/shipAction", "TRANSFER"))
    number = shipment["masterTrackingNumber"]
    fedex.clock.advance(86400)
    fedex.tokens.clear()
    before = (await fedex.parcel(number))["latestStatusDetail"]["code"]
    fedex.simulator.complete_pending(tracking_number=number)
    after = (await fedex.parcel(number))["latestStatusDetail"]["code"]

    assert shipment["pieceResponses"][0]["packageDocuments"] == []
    assert shipment["completedShipmentDetail"]["accessDetail"]["accessorDetails"][0]["emailLabelUrl"]
    assert (before, after) != ("OC", "OC")
    assert before == "OC"


async def test_warnings_come_with_the_label(fedex: FedExClient) -> None:
    """In two shapes: with a type above the shipments, without one beside them (field guide, section 4.8)."""
    body = put(domestic(), "recipients.0.contact.phoneNumber", "(303) 555-0101")
    output = await fedex.output("/ship/v1/shipments", put(body, "recipients.0.address.city", "Denver"))

    assert [alert["code"] for alert in output["alerts"]] == ["SHIP.RECIPIENT.POSTALCITY.MISMATCH"]
    beside = output["transactionShipments"][0]["alerts"]
    assert [alert["code"] for alert in beside] == ["RECIPIENTCONTACT.PHONENUMBER.INVALID"]
    assert "alertType" not in beside[0]


async def test_labels_can_be_missing_though_rates_work(fedex: FedExClient) -> None:
    """Quoting and buying are gated separately in production (field guide, sections 0-8 and 11-3)."""
    fedex.simulator.set_switches(label_approval=False)
    refused = await fedex.ship(domestic())

    assert refusal(refused) == (403, "SHIPMENT.ACCOUNTNUMBER.UNAUTHORIZED")
    assert (await fedex.rate(quote_request())).status_code == 200


async def test_an_account_on_hold_buys_nothing(fedex: FedExClient) -> None:
    """The text says credit; the code is not known for sure."""
    fedex.simulator.set_switches(credit_hold=True)
    answer = await fedex.ship(domestic())

    assert answer.status_code == 400
    assert "credit" in answer.text
    assert fedex.simulator.labels() == []


async def test_fedexs_own_sandbox_repeats_itself(fedex: FedExClient) -> None:
    """Its answers are canned: every label has the same number (field guide, section 11-21)."""
    fedex.simulator.set_switches(virtualized=True)
    numbers = {(await fedex.buy(domestic()))["masterTrackingNumber"] for _ in range(3)}

    assert len(numbers) == 1
    assert len(fedex.simulator.labels()) == 3


async def test_labels_survive_the_process(make_client: Callable[..., FedExClient], tmp_path: Path) -> None:
    """A killed client is counted against the simulator, so the simulator must not forget."""
    path = tmp_path / "state.sqlite3"
    with closing(SQLiteStore(path)) as store:
        before = make_client(store=store)
        number = (await before.buy(domestic()))["masterTrackingNumber"]
        labels, counts = before.simulator.labels(), before.simulator.counts()
    with closing(SQLiteStore(path)) as store:
        after = make_client(store=store)
        after.tokens = before.tokens

        assert after.simulator.labels() == labels
        assert after.simulator.counts() == counts
        assert [each["trackingNumber"] for each in await after.find("cc-0001")] == [number]
        assert (await after.buy(domestic()))["masterTrackingNumber"] != number


async def test_nothing_is_bought_when_a_rule_is_broken(fedex: FedExClient) -> None:
    """A refusal must not leave a label or a cent behind."""
    answer = await fedex.ship(put(domestic(), "/accountNumber.value", "802255209"))

    assert refusal(answer) == (403, "SHIPMENT.ACCOUNTNUMBER.UNAUTHORIZED")
    assert fedex.simulator.labels() == []
    assert fedex.simulator.spent()["bought"] == {}
