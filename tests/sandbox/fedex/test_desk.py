"""The end of the day, trade documents and places."""

import base64
import json
from typing import Any

import httpx
import pytest

from tests.sandbox.fedex.samples import FedExClient, Json, domestic, express, international, put, refusal
from tests.sandbox.fedex.shop import ETD, close_request, document_form

CLOSE, LOCATIONS = "/ship/v1/endofday/", "/location/v1/locations"
NOTHING = (400, "GROUNDCLOSE.SHIPMENTS.NOTFOUND")
INPUT = (422, "INVALID.INPUT.EXCEPTION")


# --- Ground's end of the day --------------------------------------------------------------------------------------------


async def close(fedex: FedExClient, *, method: str = "PUT", **changes: object) -> httpx.Response:
    """Close the day, or, with POST, print a close again."""
    return await fedex.call(CLOSE, close_request(**changes), method=method)


def manifest(answer: httpx.Response, index: int = 0) -> str:
    """Return the text of a manifest."""
    assert answer.status_code == 200, answer.text
    document = answer.json()["output"]["closeDocuments"][index]
    assert document["type"] == "MANIFEST"
    return base64.b64decode(document["parts"][0]["image"]).decode()


async def test_a_close_takes_ground_parcels_once(fedex: FedExClient) -> None:
    """Express has none, cancelled ones are out, and a second close takes what came after (field guide, section 6)."""
    first = (await fedex.buy(domestic()))["masterTrackingNumber"]
    await fedex.cancel((await fedex.buy(domestic()))["masterTrackingNumber"])
    await fedex.buy(express())
    early = manifest(await close(fedex))
    nothing = await close(fedex)
    second = (await fedex.buy(domestic()))["masterTrackingNumber"]
    late = manifest(await close(fedex))

    assert "SAMPLE" in early
    assert [first in early, "Total packages: 1" in early, first in late, second in late] == [True, True, False, True]
    assert refusal(nothing) == NOTHING
    assert [each["tracking_numbers"] for each in fedex.simulator.closes()] == [[first], [second]]


async def test_a_manifest_can_be_printed_again(fedex: FedExClient) -> None:
    """By day, with every close of it, or by a tracking number."""
    numbers = []
    for _ in range(2):
        numbers.append((await fedex.buy(domestic()))["masterTrackingNumber"])
        await close(fedex)
    again = {"method": "POST", "closeReqType": "RGCDR"}
    by_day = await close(fedex, **again, reprintOption="BY_SHIP_DATE")
    by_number = await close(fedex, **again, reprintOption="BY_TRACKING_NUMBER", trackingNumber=numbers[1])

    assert [numbers[0] in manifest(by_day, 0), numbers[1] in manifest(by_day, 1)] == [True, True]
    assert len(by_number.json()["output"]["closeDocuments"]) == 1
    assert numbers[1] in manifest(by_number)


async def test_other_papers_come_when_asked_for(fedex: FedExClient) -> None:
    """The hazmat report is a PDF."""
    await fedex.buy(domestic())
    answer = await close(fedex, closeDocumentSpecification={"closeDocumentTypes": ["MANIFEST", "OP_950"]})
    documents = answer.json()["output"]["closeDocuments"]

    assert [each["type"] for each in documents] == ["MANIFEST", "OP_950"]
    assert base64.b64decode(documents[1]["parts"][0]["image"]).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("method", "changes", "expected"),
    [
        ("PUT", {"accountNumber": {"value": "802255209"}}, (400, "SHIPMENT.USER.UNAUTHORIZED")),
        ("PUT", {"closeReqType": "RGCDR"}, INPUT),
        ("PUT", {"groundServiceCategory": "EXPRESS"}, INPUT),
        ("PUT", {"closeDate": "tomorrow"}, (400, "AVAILABILITY.SHIP.DATE.INVALID")),
        ("PUT", {"closeDate": "2026-01-06"}, (400, "AVAILABILITY.SHIP.DATE.INVALID")),
        ("PUT", {"closeDate": "2026-01-04"}, NOTHING),
        ("PUT", {"closeDocumentSpecification": {"closeDocumentTypes": ["NOVEL"]}}, INPUT),
        ("POST", {}, INPUT),
        ("POST", {"closeReqType": "RGCDR"}, INPUT),
        ("POST", {"closeReqType": "RGCDR", "reprintOption": "BY_SHIP_DATE"}, NOTHING),
        ("POST", {"closeReqType": "RGCDR", "reprintOption": "BY_TRACKING_NUMBER"}, (400, "TRACKINGNUMBER.ENTERED.INVALID")),
    ],
)  # fmt: skip
async def test_a_wrong_close_is_refused(
    fedex: FedExClient, method: str, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Nothing is closed then."""
    await fedex.buy(domestic())

    assert refusal(await close(fedex, method=method, **changes)) == expected
    assert fedex.simulator.closes() == []


# --- trade documents ----------------------------------------------------------------------------------------------------


async def upload(
    fedex: FedExClient, document: object, *, content: bytes | None = b"%PDF-1.7", token: str = ""
) -> httpx.Response:
    """Send a form as FedEx's document host wants it."""
    files: list[tuple[str, Any]] = [("document", (None, json.dumps(document), "application/json"))]
    if content is not None:
        files.append(("attachment", ("invoice.pdf", content, "application/pdf")))
    headers = {"Authorization": f"Bearer {token or await fedex.sign_in()}", "x-customer-transaction-id": "ord-1"}
    url = f"https://documentapitest.prod.fedex.com/sandbox{ETD}"
    return await fedex.http.post(url, files=files, headers=headers)


async def test_an_uploaded_document_goes_with_a_shipment(fedex: FedExClient) -> None:
    """By its id; bytes arrive as they were sent."""
    content = b"%PDF-1.7\r\n\x00\xff--boundary\r\nrest"
    answer = await upload(fedex, document_form(), content=content)
    meta = answer.json()["output"]["meta"]
    attached = [{"documentType": "COMMERCIAL_INVOICE", "documentId": meta["docId"]}]
    special = {"specialServiceTypes": ["ELECTRONIC_TRADE_DOCUMENTS"], "etdDetail": {"attachedDocuments": attached}}
    shipment = await fedex.buy(put(international(), "shipmentSpecialServices", special))

    assert (answer.status_code, answer.json()["customerTransactionId"], meta["documentType"]) == (201, "ord-1", "CI")
    assert fedex.simulator.documents()[0]["bytes"] == len(content)
    detail = shipment["completedShipmentDetail"]["completedEtdDetail"]
    assert meta["docId"] in {each["documentId"] for each in detail["uploadDocumentReferenceDetails"]}


async def test_a_document_can_come_after_the_shipment(fedex: FedExClient) -> None:
    """When the shipment said that it would."""
    later = {"attributes": ["POST_SHIPMENT_UPLOAD_REQUESTED"]}
    special = {"specialServiceTypes": ["ELECTRONIC_TRADE_DOCUMENTS"], "etdDetail": later}
    said = (await fedex.buy(put(international(), "shipmentSpecialServices", special)))["masterTrackingNumber"]
    silent = (await fedex.buy(international()))["masterTrackingNumber"]
    answers = []
    for number in (said, silent, "790000000098"):
        meta = {"trackingNumber": number, "shipmentDate": "2026-01-05T00:00:00"}
        answers.append(await upload(fedex, {**document_form(**meta), "workflowName": "ETDPostshipment"}))

    assert answers[0].status_code == 201
    assert [refusal(answer) for answer in answers[1:]] == [(400, "1024"), (400, "1001")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"workflowName": "ETDSometime"}, "1001"),
        ({"workflowName": ""}, "1001"),
        ({"name": ""}, "1001"),
        ({"contentType": "video/mp4"}, "1001"),
        ({"meta": {"shipDocumentType": "NOVEL", "originCountryCode": "US", "destinationCountryCode": "FR"}}, "1001"),
        ({"meta": {"shipDocumentType": "OTHER", "originCountryCode": "US"}}, "1001"),
        ({"meta": {"shipDocumentType": "OTHER", "originCountryCode": "US", "destinationCountryCode": "BR"}}, "1024"),
        ({"meta": {"shipDocumentType": "USMCA_CERTIFICATION_OF_ORIGIN", "originCountryCode": "US", "destinationCountryCode": "CA"}}, "1001"),
    ],
)  # fmt: skip
async def test_a_wrong_document_is_refused(fedex: FedExClient, changes: dict[str, Any], code: str) -> None:
    """The document host has numbers for codes, and no transaction id."""
    answer = await upload(fedex, {**document_form(), **changes})

    assert refusal(answer) == (400, code)
    assert set(answer.json()) == {"errors"}
    assert fedex.simulator.documents() == []


async def test_a_document_needs_a_file_of_five_megabytes_at_most(fedex: FedExClient) -> None:
    """Without it there is nothing to keep."""
    answers = [await upload(fedex, document_form(), content=content) for content in (None, b"", b"x" * 5242881)]

    assert [refusal(answer) for answer in answers] == [(400, "1002")] * 3


async def test_a_document_without_its_form_is_refused(fedex: FedExClient) -> None:
    """JSON is for the other hosts; the details must be one JSON object; the token has an error of its own."""
    token = await fedex.sign_in()
    url = f"https://documentapitest.prod.fedex.com/sandbox{ETD}"
    in_json = await fedex.http.post(url, json=document_form(), headers={"Authorization": f"Bearer {token}"})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=x"}
    torn = await fedex.http.post(url, content=b"nothing", headers=headers)
    a_list = await upload(fedex, [])
    stranger = await upload(fedex, document_form(), token="none")

    assert [refusal(answer) for answer in (in_json, torn, a_list)] == [(400, "1001")] * 3
    assert refusal(stranger) == (401, "AUTHENTICATION.TOKEN.INVALID")


# --- places -------------------------------------------------------------------------------------------------------------


def near(code: str = "80012", country: str = "US", **more: Any) -> Json:
    """Return a good question about places."""
    return {"location": {"address": {"postalCode": code, "countryCode": country}}, **more}


async def test_places_come_nearest_first(fedex: FedExClient) -> None:
    """Those of the country; a hold goes to one of them."""
    found = (await fedex.output(LOCATIONS, near()))["locationDetailList"]
    distances = [each["distance"]["value"] for each in found]

    assert found[0]["locationId"] == "AURKA"
    assert distances == sorted(distances)
    assert {each["contactAndAddress"]["address"]["countryCode"] for each in found} == {"US"}


async def test_places_can_be_chosen(fedex: FedExClient) -> None:
    """By type, by what they do, by distance, by number, by coordinates."""
    capability: Json = {"locationCapabilities": [{"transferOfPossessionType": "HOLD_AT_LOCATION"}]}
    control: Json = {"locationsSummaryRequestControlParameters": {"maxResults": 1}}
    reach: Json = {"locationsSummaryRequestControlParameters": {"distance": {"units": "MI", "value": 5}}}
    position = {"longLat": {"latitude": "35.03", "longitude": "-90.0"}, "address": {"countryCode": "US"}}

    async def ids(body: Json) -> list[str]:
        return [each["locationId"] for each in (await fedex.output(LOCATIONS, body))["locationDetailList"]]

    assert "DENGT" in await ids(near())
    assert "DENGT" not in await ids(near(**capability))
    assert await ids(near(locationTypes=["FEDEX_GROUND_TERMINAL"])) == ["DENGT"]
    assert await ids(near(**control)) == ["AURKA"]
    assert await ids(near(**reach)) == ["AURKA", "DENWA"]
    assert await ids(near("75001", "FR")) == ["CDGKA"]
    by_position = await ids({"locationSearchCriterion": "GEOGRAPHIC_COORDINATES", "location": position})
    assert by_position[0] == "MEMKA"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "LOCATION.ADDRESS.REQUIRED")),
        (near(locationSearchCriterion="SMELL"), INPUT),
        (near(locationSearchCriterion="GEOGRAPHIC_COORDINATES"), (400, "ERROR.LONGLAT.REQUIRED")),
        (near("8001"), (400, "LOCATION.POSTALCODE.INVALID")),
        (near("10115", "DE"), (400, "LOCATION.LOCATIONS.NOTFOUND")),
    ],
    ids=["nothing", "criterion", "no position", "postal code", "none there"],
)
async def test_a_wrong_question_about_places_is_refused(
    fedex: FedExClient, body: Json, expected: tuple[int, str]
) -> None:
    """Each for its own reason."""
    assert refusal(await fedex.call(LOCATIONS, body)) == expected
