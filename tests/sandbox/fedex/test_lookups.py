"""Parcels found by what they bear: a reference, a master, an outbound parcel; and the proof that they arrived."""

import base64

import pytest

from tests.sandbox.fedex.samples import ACCOUNT, FedExClient, Json, domestic, express, put, refusal
from tests.sandbox.fedex.shop import buy, close_request, wait

REFERENCE, ASSOCIATED, PROOF = (
    "/track/v1/referencenumbers",
    "/track/v1/associatedshipments",
    "/track/v1/trackingdocuments",
)


async def test_a_label_is_found_by_its_reference(fedex: FedExClient) -> None:
    """With every package of the shipment that bears it; the label's image is gone for good (field guide, section 9)."""
    body = domestic()
    lines = body["requestedShipment"]["requestedPackageLineItems"]
    lines.append({"weight": {"units": "LB", "value": 1}})
    shipment = await fedex.buy(body)
    (found,) = await fedex.find("cc-0001")
    result = found["trackResults"][0]

    assert found["trackingNumber"] == shipment["masterTrackingNumber"]
    assert {"type": "CUSTOMER_REFERENCE", "value": ["cc-0001"]} in result["additionalTrackingInfo"][
        "packageIdentifiers"
    ]
    assert "encodedLabel" not in str(found)


async def test_a_label_may_be_found_late(fedex: FedExClient) -> None:
    """By command; by its number it is known at once."""
    fedex.simulator.find_late(seconds=300)
    number = await buy(fedex, domestic())
    early = await fedex.find("cc-0001")
    await wait(fedex, seconds=300)

    assert early[0]["trackResults"][0]["error"]["code"] == "TRACKING.REFERENCENUMBER.NOTFOUND"
    assert [each["trackingNumber"] for each in await fedex.find("cc-0001")] == [number]


async def test_grounds_labels_may_be_found_only_after_the_close(fedex: FedExClient) -> None:
    """Nobody knows for sure (field guide, section 9-2), so a client must bear it."""
    fedex.simulator.set_switches(ground_listed_after_close=True)
    number = await buy(fedex, domestic())
    early = await fedex.find("cc-0001")
    await fedex.output("/ship/v1/endofday/", close_request(), method="PUT")

    assert early[0]["trackResults"][0]["error"]["code"] == "TRACKING.REFERENCENUMBER.NOTFOUND"
    assert [each["trackingNumber"] for each in await fedex.find("cc-0001")] == [number]


async def test_a_cancelled_label_is_found_as_cancelled(fedex: FedExClient) -> None:
    """A client that adopts it would ship with a dead label."""
    await fedex.cancel(await buy(fedex, domestic()))
    await buy(fedex, domestic())
    states = [each["trackResults"][0]["latestStatusDetail"]["code"] for each in await fedex.find("cc-0001")]

    assert states == ["CA", "OC"]


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "PURCHASE_ORDER"},
        {"accountNumber": "802255209"},
        {"carrierCode": "FDXE"},
        {"shipDateBegin": "2026-01-06"},
        {"shipDateBegin": "2026-01-01", "shipDateEndDate": "2026-01-04"},
        {"accountNumber": "", "destinationPostalCode": "80010", "destinationCountryCode": "US"},
    ],
)
async def test_a_reference_is_found_only_where_it_was_asked_for(fedex: FedExClient, changes: Json) -> None:
    """By type, account, carrier, window and destination."""
    await buy(fedex, domestic())
    (found,) = await fedex.find("cc-0001", **changes)

    assert found["trackResults"][0]["error"]["code"] == "TRACKING.REFERENCENUMBER.NOTFOUND"


async def test_the_window_of_references_is_a_month(fedex: FedExClient) -> None:
    """Without dates: thirty days back (field guide, section 7.1)."""
    await buy(fedex, domestic())
    await wait(fedex, days=30)
    kept = await fedex.find("cc-0001")
    await wait(fedex, days=1)

    assert "error" not in kept[0]["trackResults"][0]
    assert "error" in (await fedex.find("cc-0001"))[0]["trackResults"][0]
    assert "error" not in (await fedex.find("cc-0001", shipDateBegin="2026-01-01"))[0]["trackResults"][0]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "TRACKING.REFERENCEVALUE.EMPTY"),
        ({"value": "1", "type": "MINE", "accountNumber": ACCOUNT}, "TRACKING.REFERENCETYPE.INVALID"),
        ({"value": "1"}, "TRACKING.ACCOUNTNUMBER.EMPTY"),
        ({"value": "1", "accountNumber": ACCOUNT, "shipDateBegin": "yesterday"}, "TRACKING.SHIPDATE.INVALID"),
        ({"value": "1", "accountNumber": ACCOUNT, "shipDateBegin": "2027-01-01"}, "TRACKING.SHIPDATE.INVALID"),
    ],
    ids=["nothing", "unknown type", "whose", "no date", "backwards"],
)
async def test_a_wrong_question_by_reference_is_refused(fedex: FedExClient, asked: Json, code: str) -> None:
    """Either the account or the destination must be said."""
    assert refusal(await fedex.call(REFERENCE, {"referencesInformation": asked})) == (400, code)


async def test_the_pieces_of_a_shipment_are_found_by_its_master(fedex: FedExClient) -> None:
    """By a child's number they are not."""
    shipment = await fedex.buy(put(express(), "requestedPackageLineItems.0.groupPackageCount", 3))
    numbers = [piece["trackingNumber"] for piece in shipment["pieceResponses"]]
    answers = []
    for number in numbers[:2]:
        asked = {
            "associatedType": "STANDARD_MPS",
            "masterTrackingNumberInfo": {"trackingNumberInfo": {"trackingNumber": number}},
        }
        answers.append((await fedex.output(ASSOCIATED, asked))["completeTrackResults"])

    assert [each["trackingNumber"] for each in answers[0]] == numbers
    assert answers[1][0]["trackResults"][0]["error"]["code"] == "TRACKING.TRACKINGNUMBER.NOTFOUND"
    assert refusal(await fedex.call(ASSOCIATED, {"associatedType": "ALL"})) == (400, "TRACKING.REFERENCETYPE.INVALID")
    assert refusal(await fedex.call(ASSOCIATED, {"associatedType": "GROUP_MPS"})) == (
        400,
        "TRACKING.TRACKINGNUMBER.EMPTY",
    )


async def test_a_return_is_found_by_its_outbound_parcel(fedex: FedExClient) -> None:
    """When it was said which one that is."""
    out = await buy(fedex, express())
    detail = {"returnType": "PRINT_RETURN_LABEL", "returnAssociationDetail": {"trackingNumber": out}}
    special = {"specialServiceTypes": ["RETURN_SHIPMENT"], "returnShipmentDetail": detail}
    back = await buy(fedex, put(express(), "shipmentSpecialServices", special))
    number = {"trackingNumberInfo": {"trackingNumber": out}}
    asked = {"associatedType": "OUTBOUND_LINK_TO_RETURN", "masterTrackingNumberInfo": number}
    found = (await fedex.output(ASSOCIATED, asked))["completeTrackResults"]

    assert [each["trackingNumber"] for each in found] == [back]


def proof_request(*numbers: str, kind: str = "SIGNATURE_PROOF_OF_DELIVERY", shape: str = "PDF") -> Json:
    """Return a question about proofs of delivery."""
    return {
        "trackDocumentDetail": {"documentType": kind, "documentFormat": shape},
        "trackDocumentSpecification": [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers],
    }


async def test_a_proof_can_be_had_after_delivery(fedex: FedExClient) -> None:
    """Before, there is none; with others, there is a warning."""
    done = await buy(fedex, express("PRIORITY_OVERNIGHT"))
    late = await buy(fedex, express(), "untendered")
    early = await fedex.call(PROOF, proof_request(done))
    await wait(fedex, days=3)
    both = await fedex.output(PROOF, proof_request(done, late))
    picture = await fedex.output(PROOF, proof_request(done, shape="PNG"))

    assert refusal(early) == (400, "TRACKING.DATA.NOTFOUND")
    assert [base64.b64decode(each)[:4] for each in both["document"]] == [b"%PDF"]
    assert [alert["code"] for alert in both["alerts"]] == ["TRACKING.DATA.NOTFOUND"]
    assert base64.b64decode(picture["document"][0]).startswith(b"\x89PNG")
    assert picture["localization"] == {"languageCode": "en", "localeCode": "US"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (proof_request(), (400, "TRACKING.TRACKINGNUMBER.EMPTY")),
        (proof_request("790000000098"), (400, "TRACKING.TRACKINGNUMBER.NOTFOUND")),
        (proof_request(*["1"] * 31), (400, "TRACKING.TRACKINGNUMBERS.INVALID")),
        (proof_request("1", kind="SELFIE"), (422, "INVALID.INPUT.EXCEPTION")),
        (proof_request("1", shape="GIF"), (422, "INVALID.INPUT.EXCEPTION")),
    ],
    ids=["none", "unknown", "31", "unknown type", "unknown format"],
)
async def test_a_wrong_question_about_proofs_is_refused(
    fedex: FedExClient, body: Json, expected: tuple[int, str]
) -> None:
    """At most thirty, in two formats."""
    assert refusal(await fedex.call(PROOF, body)) == expected
