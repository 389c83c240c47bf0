"""Documents that the merchant made: uploaded, used by a shipment, attached to one, deleted."""

from typing import Any

import pytest

from tests.sandbox.ups import desk_samples as desk
from tests.sandbox.ups.samples import ACCOUNT, Json, UPSClient, code_of, international, put

INVALID, MISSING = "10003", "10002"
FORMS = "Shipment.ShipmentServiceOptions.InternationalForms"
FORM = "UserCreatedForm.0"


async def test_each_file_gets_a_number_of_26_characters(ups: UPSClient) -> None:
    """In the order of the files."""
    body = desk.upload_request()
    body["UploadRequest"]["UserCreatedForm"] *= 13
    answer = (await desk.send_upload(ups, body)).json()["UploadResponse"]

    numbers = answer["FormsHistoryDocumentID"]["DocumentID"]
    assert len(set(numbers)) == 13
    assert {len(number) for number in numbers} == {26}
    assert answer["Response"]["TransactionReference"] == {"CustomerContext": "papers"}
    assert [document["id"] for document in ups.simulator.documents()] == numbers


async def test_a_shipment_takes_uploaded_documents(ups: UPSClient) -> None:
    """Form 07, alone or beside UPS's own invoice; the document knows its shipment then."""
    number = await desk.upload(ups)
    body = put(put(international(), f"{FORMS}.FormType", ["07"]), f"{FORMS}.UserCreatedForm", {"DocumentID": [number]})
    for member in ("Product", "Contacts"):
        put(body, f"{FORMS}.{member}", ...)
    bought = (await ups.buy(body))["ShipmentIdentificationNumber"]

    assert ups.simulator.documents()[0]["shipments"] == [bought]


@pytest.mark.parametrize("number", ["2026-01-01-00.00.00.000000", ""], ids=["unknown", "empty"])
async def test_a_shipment_with_an_unknown_document_is_refused(ups: UPSClient, number: str) -> None:
    """A customs officer would look for it in vain."""
    body = put(put(international(), f"{FORMS}.FormType", ["07"]), f"{FORMS}.UserCreatedForm", {"DocumentID": [number]})

    assert code_of(await ups.ship(body)) == "9590022"
    assert ups.simulator.labels() == []


async def test_a_shipment_takes_thirteen_documents(ups: UPSClient) -> None:
    """Not fourteen."""
    numbers = [await desk.upload(ups) for _ in range(14)]
    body = put(put(international(), f"{FORMS}.FormType", ["07"]), f"{FORMS}.UserCreatedForm", {"DocumentID": numbers})

    assert code_of(await ups.ship(body)) == INVALID
    assert (await ups.ship(put(body, f"{FORMS}.UserCreatedForm", {"DocumentID": numbers[1:]}))).status_code == 200


async def test_documents_are_attached_afterwards(ups: UPSClient) -> None:
    """To a shipment that was bought without them; the group that results can be sent again."""
    bought = (await ups.buy(international()))["ShipmentIdentificationNumber"]
    number = await desk.upload(ups)
    answer = await desk.attach(ups, desk.attach_request(number, bought))
    group = answer.json()["PushToImageRepositoryResponse"]["FormsGroupID"]
    again = await desk.attach(ups, put(desk.attach_request(number, bought), "FormsGroupID", group))

    assert len(group) == 26
    assert again.json()["PushToImageRepositoryResponse"]["FormsGroupID"] == group
    assert ups.simulator.documents()[0]["shipments"] == [bought, bought]


async def test_a_deleted_document_is_gone(ups: UPSClient) -> None:
    """Deleting it again says that it is not there."""
    number = await desk.upload(ups)
    first = await desk.delete_document(ups, DocumentId=number, **desk.SHIPPER)
    second = await desk.delete_document(ups, DocumentId=number, **desk.SHIPPER)

    assert first.status_code == 200
    assert code_of(second) == "9590022"
    assert ups.simulator.documents() == []


BROKEN: list[tuple[str, list[tuple[str, Any]], str]] = [
    ("no request", [("Request", ...)], MISSING),
    ("no shipper", [("ShipperNumber", ...)], MISSING),
    ("another shipper", [("ShipperNumber", "T1R2D3")], "120120"),
    ("no files", [("UserCreatedForm", [])], MISSING),
    ("fourteen files", [("UserCreatedForm", desk.upload_request()["UploadRequest"]["UserCreatedForm"] * 14)], INVALID),
    ("no name", [(f"{FORM}.UserCreatedFormFileName", "")], MISSING),
    ("name too long", [(f"{FORM}.UserCreatedFormFileName", "n" * 301)], INVALID),
    ("unknown format", [(f"{FORM}.UserCreatedFormFileFormat", "odt")], INVALID),
    ("no format", [(f"{FORM}.UserCreatedFormFileFormat", ...)], MISSING),
    ("unknown type", [(f"{FORM}.UserCreatedFormDocumentType", "014")], INVALID),
    ("no type", [(f"{FORM}.UserCreatedFormDocumentType", ...)], MISSING),
    ("no content", [(f"{FORM}.UserCreatedFormFile", "")], MISSING),
    ("content that is no base64", [(f"{FORM}.UserCreatedFormFile", "%PDF")], INVALID),
]


@pytest.mark.parametrize(("edits", "code"), [pytest.param(e, c, id=n) for n, e, c in BROKEN])
async def test_an_upload_that_breaks_a_rule_is_refused(ups: UPSClient, edits: list[tuple[str, Any]], code: str) -> None:
    """And nothing of it is kept."""
    body = desk.upload_request()
    for path, value in edits:
        put(body, path, value)

    assert code_of(await desk.send_upload(ups, body)) == code
    assert ups.simulator.documents() == []


@pytest.mark.parametrize(("cie", "limit"), [(False, 10 * 1024 * 1024), (True, 1024 * 1024)])
async def test_a_file_has_its_limit(ups: UPSClient, cie: bool, limit: int) -> None:
    """Ten megabytes; in UPS's test system one (field guide, section 1.3)."""
    ups.simulator.set_switches(cie_paperless=cie)

    assert (await desk.send_upload(ups, desk.upload_request(b"x" * limit))).status_code == 200
    assert code_of(await desk.send_upload(ups, desk.upload_request(b"x" * (limit + 1)))) == INVALID


async def test_the_account_must_be_enabled(ups: UPSClient) -> None:
    """For uploading forms that were created offline (field guide, section 4.4)."""
    ups.simulator.set_switches(paperless_enabled=False)
    answer = await desk.send_upload(ups)

    assert (answer.status_code, code_of(answer)) == (403, "120052")


@pytest.mark.parametrize(
    ("headers", "code"), [({"Other": "x"}, MISSING), ({"ShipperNumber": "T1R2D3"}, "120120")], ids=["none", "another"]
)
async def test_every_path_wants_the_shipper_in_a_header(ups: UPSClient, headers: dict[str, str], code: str) -> None:
    """Beside the one in the body."""
    body = desk.attach_request("x" * 26, "1ZC4RT010300000018")

    assert code_of(await desk.send_upload(ups, None, **headers)) == code
    assert code_of(await desk.attach(ups, body, **headers)) == code
    assert code_of(await desk.delete_document(ups, DocumentId="x" * 26, **headers)) == code


async def test_a_deletion_names_its_document(ups: UPSClient) -> None:
    """In a header: the words in the path are literal."""
    assert code_of(await desk.delete_document(ups, ShipperNumber=ACCOUNT)) == MISSING


ATTACH: list[tuple[str, list[tuple[str, Any]], str]] = [
    ("no documents", [("FormsHistoryDocumentID", ...)], MISSING),
    ("unknown document", [("FormsHistoryDocumentID.DocumentID", ["2026-01-01-00.00.00.000000"])], "9590022"),
    ("freight", [("ShipmentType", "2")], INVALID),
    ("no moment", [("ShipmentDateAndTime", ...)], MISSING),
    ("moment of another form", [("ShipmentDateAndTime", "2026-01-05T07:00:00")], INVALID),
    ("no shipment", [("ShipmentIdentifier", ...)], MISSING),
    ("unknown shipment", [("ShipmentIdentifier", "1ZC4RT010300009999")], "9590009"),
    ("no parcels", [("TrackingNumber", ...)], MISSING),
    ("parcel of another shipment", [("TrackingNumber", ["1ZC4RT010300009999"])], "9590009"),
    ("unknown group", [("FormsGroupID", "2026-01-01-00.00.00.000000")], "9590022"),
]


@pytest.mark.parametrize(("edits", "code"), [pytest.param(e, c, id=n) for n, e, c in ATTACH])
async def test_an_attachment_that_breaks_a_rule_is_refused(
    ups: UPSClient, edits: list[tuple[str, Any]], code: str
) -> None:
    """And the document stays without a shipment."""
    bought = (await ups.buy(international()))["ShipmentIdentificationNumber"]
    body: Json = desk.attach_request(await desk.upload(ups), bought)
    for path, value in edits:
        put(body, path, value)

    assert code_of(await desk.attach(ups, body)) == code
    assert ups.simulator.documents()[0]["shipments"] == []
