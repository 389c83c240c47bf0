"""Labels printed again, and proofs of delivery."""

import base64
import json
from typing import Any

import attrs
import pytest

from cartcarrier.carriers.ups import UPSCarrier
from cartcarrier.errors import (
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RejectedError,
    UnavailableError,
)
from cartcarrier.models import (
    Document,
    Label,
    LabelFormat,
    Shipment,
    ShippedParcel,
    TrackingFailure,
    TrackingRef,
)
from tests.unit.carriers.ups.samples import FIRST, SECOND, ZPL, carrier, found, refusal, reply, sent
from tests.unit.carriers.ups.test_driver import of_shipment, once

PDF = b"%PDF-1.4 labels"


def labelled(shipment: Shipment, label: LabelFormat) -> Shipment:
    """Return the shipment with labels of a form."""
    parcels = [attrs.evolve(parcel, label=Label(format=label, data=b"old")) for parcel in shipment.parcels]
    return attrs.evolve(shipment, parcels=parcels)


async def test_label_comes_again_in_its_own_form() -> None:
    """A thermal printer cannot print a PDF."""
    driver = carrier(once(reply(found())))
    assert await driver.reprint_labels(labelled(of_shipment(), LabelFormat.ZPL)) == (
        ShippedParcel(tracking_number=FIRST, label=Label(format=LabelFormat.ZPL, data=ZPL)),
    )
    asked = json.loads(sent(driver)[0].content)["LabelRecoveryRequest"]
    assert asked["TrackingNumber"] == FIRST
    assert asked["LabelSpecification"]["LabelImageFormat"] == {"Code": "ZPL"}
    assert "ReferenceValues" not in asked


async def test_documents_of_a_parcel_are_kept() -> None:
    """Only the label is new."""
    receipt = Document(kind="receipt", format="html", data=b"<html>")
    shipment = of_shipment()
    shipment = attrs.evolve(shipment, parcels=[attrs.evolve(shipment.parcels[0], documents=[receipt])])
    driver = carrier(once(reply(found())))
    (again,) = await driver.reprint_labels(shipment)
    assert again.documents == (receipt,)


async def test_one_pdf_holds_all_labels() -> None:
    """It is the first parcel's (field guide ups.md section 9)."""
    answer = found((FIRST, PDF), (SECOND, None), code="PDF")
    driver = carrier(once(reply(answer)))
    first, second = await driver.reprint_labels(labelled(of_shipment(FIRST, SECOND), LabelFormat.PDF))
    assert first.label == Label(format=LabelFormat.PDF, data=PDF)
    assert second.label is None


async def test_parcel_that_is_not_among_the_labels_is_asked_for_by_its_number() -> None:
    """A shipment is asked for by its first number."""
    driver = carrier(once(reply(found((FIRST, ZPL))), reply(found((SECOND, ZPL + b"2")))))
    first, second = await driver.reprint_labels(labelled(of_shipment(FIRST, SECOND), LabelFormat.ZPL))
    assert first.label is not None
    assert second.label == Label(format=LabelFormat.ZPL, data=ZPL + b"2")
    numbers = [json.loads(one.content)["LabelRecoveryRequest"]["TrackingNumber"] for one in sent(driver)]
    assert numbers == [FIRST, SECOND]


@pytest.mark.parametrize("code", ["300007", "300002", "300006", "300032", "300033"])
async def test_label_that_ups_has_no_more_is_not_found(code: str) -> None:
    """Unknown, sent by e-mail, too old, none, voided."""
    driver = carrier(once(reply(refusal(code), 400)))
    with pytest.raises(NotFoundError) as caught:
        await driver.reprint_labels(of_shipment())
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("300035", 400, ConflictError), ("300034", 400, RejectedError), ("300000", 503, UnavailableError)],
)
async def test_other_refusals_stay_what_they_are(code: str, status: int, kind: type[Exception]) -> None:
    """Later it may be there."""
    driver = carrier(lambda _: reply(refusal(code), status))
    with pytest.raises(kind):
        await driver.reprint_labels(of_shipment())


async def test_answer_without_a_label_is_not_found() -> None:
    """An empty list would be taken for success."""
    driver = carrier(lambda _: reply(found((FIRST, None))))
    with pytest.raises(NotFoundError):
        await driver.reprint_labels(of_shipment())


# --- proof of delivery --------------------------------------------------------------------------------------------------


def tracked(info: object, status: str = "011") -> dict[str, Any]:
    """Return UPS's answer about one parcel."""
    package = {
        "trackingNumber": FIRST,
        "activity": [{"date": "20261124", "time": "120000", "status": {"type": "D", "statusCode": status}}],
        "deliveryInformation": info,
    }
    return {"trackResponse": {"shipment": [{"package": [package]}]}}


def b64(data: bytes) -> str:
    """Return bytes as UPS writes them."""
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("info", "proof"),
    [
        (
            {"pod": {"content": b64(b"<html>proof")}, "signature": {"image": b64(b"GIF89a")}},
            Document(kind="proof_of_delivery", format="html", data=b"<html>proof"),
        ),
        ({"pod": {"content": b64(PDF)}}, Document(kind="proof_of_delivery", format="pdf", data=PDF)),
        ({"signature": {"image": b64(b"GIF89a")}}, Document(kind="signature", format="gif", data=b"GIF89a")),
        (
            {"pod": {"content": ""}, "signature": {"image": b64(b"\x89PNG")}},
            Document(kind="signature", format="png", data=b"\x89PNG"),
        ),
    ],
    ids=["letter", "letter as PDF", "signature", "empty letter"],
)
async def test_letter_comes_before_the_signature(info: object, proof: Document) -> None:
    """It says where and when, too (field guide ups.md section 7.5)."""
    driver = carrier(once(reply(tracked(info))))
    assert await driver.get_proof_of_delivery(TrackingRef(number=FIRST)) == proof
    (one,) = sent(driver)
    assert one.params["returnPOD"] == one.params["returnSignature"] == "true"


async def test_tracking_does_not_ask_for_proofs() -> None:
    """They are large, and personal data."""
    driver = carrier(once(reply(tracked(None))))
    await driver.track([FIRST])
    assert sent(driver)[0].params["returnPOD"] == sent(driver)[0].params["returnSignature"] == "false"


async def test_proof_that_is_not_for_this_account_is_said() -> None:
    """UPS shows nothing to those who are no party of the parcel."""
    driver = carrier(once(reply(tracked({"receivedBy": "DOE"}))))
    with pytest.raises(PermissionDeniedError) as caught:
        await driver.get_proof_of_delivery(FIRST)
    assert "DOE" not in str(caught.value)
    assert caught.value.operation == "get_proof_of_delivery"


async def test_parcel_on_its_way_has_no_proof() -> None:
    """Not found, yet."""
    driver = carrier(once(reply(tracked(None, "005"))))
    with pytest.raises(NotFoundError, match="not delivered yet"):
        await driver.get_proof_of_delivery(FIRST)


async def test_unknown_parcel_has_no_proof() -> None:
    """As in tracking."""
    answer = {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001"}]}]}}
    driver = carrier(once(reply(answer)))
    with pytest.raises(NotFoundError) as caught:
        await driver.get_proof_of_delivery(FIRST)
    assert caught.value.code == "TW0001"


# --- numbers of others --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "owner"), [("449044304137821", "fedex"), ("EA123456785US", "usps")], ids=["FedEx Ground", "USPS abroad"]
)
async def test_number_of_another_carrier_is_told_before_asking(number: str, owner: str) -> None:
    """UPS would say "not found", as it does of a label that is new."""
    driver = carrier(once())
    (one,) = await driver.track([number])
    assert isinstance(one, TrackingFailure)
    assert isinstance(one.error, RejectedError)
    assert owner in str(one.error)


@pytest.mark.parametrize(
    "number",
    [
        "9205590164917312751089",
        "986578788855",
        "RR473124829GB",
        FIRST,
        "1Z999AA10123456780",
        "H1234567890",
        "961207804388822",
    ],
    ids=[
        "final leg",
        "info notice",
        "foreign post",
        "1Z",
        "wrong check digit",
        "waybill",
        "FedEx with a wrong check digit",
    ],
)
async def test_number_that_may_be_ups_is_asked_for(number: str) -> None:
    """A wrong check digit is a reason to warn, never to refuse (field guide ups.md section 10)."""
    answer = {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001"}]}]}}
    driver = carrier(once(reply(answer)))
    (one,) = await driver.track([number])
    assert isinstance(one, TrackingFailure)
    assert len(sent(driver)) == 1


def test_driver_says_how_long_labels_can_be_given_back_and_in_which_forms_they_come() -> None:
    """28 days by oneself; later UPS's service must be asked (field guide ups.md section 5)."""
    assert UPSCarrier.void_window is not None
    assert UPSCarrier.void_window.days == 28
    assert set(UPSCarrier.label_formats) == {
        LabelFormat.GIF,
        LabelFormat.PNG,
        LabelFormat.PDF,
        LabelFormat.ZPL,
        LabelFormat.EPL,
    }


async def test_label_without_a_number_is_the_first_parcels() -> None:
    """UPS names the shipment once, and leaves the number out of the first label at times."""
    answer = found((FIRST, ZPL), (SECOND, ZPL))
    for result in answer["LabelRecoveryResponse"]["LabelResults"]:
        del result["TrackingNumber"]
    driver = carrier(lambda _: reply(answer))
    first, second = await driver.reprint_labels(labelled(of_shipment(FIRST, SECOND), LabelFormat.ZPL))
    assert first.label is not None
    assert second.label == Label(format=LabelFormat.ZPL, data=b"old")
