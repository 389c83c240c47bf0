"""Finding a label again: the only thing that stands between a lost answer and a second label."""

import base64
import io
from datetime import timedelta

import pytest
from PIL import Image
from pypdf import PdfReader

from tests.sandbox.ups.samples import ACCOUNT, UPSClient, code_of, domestic, international, put


async def test_a_reference_finds_the_same_label(ups: UPSClient) -> None:
    """What is adopted must be what was bought, to the byte."""
    bought = await ups.buy(domestic())
    found = (await ups.recover_reference("cc-0001")).json()["LabelRecoveryResponse"]

    assert found["ShipmentIdentificationNumber"] == bought["ShipmentIdentificationNumber"]
    (result,) = found["LabelResults"]
    assert result["TrackingNumber"] == bought["PackageResults"][0]["TrackingNumber"]
    assert result["LabelImage"]["GraphicImage"] == bought["PackageResults"][0]["ShippingLabel"]["GraphicImage"]


async def test_a_tracking_number_finds_its_label_alone(ups: UPSClient) -> None:
    """A package of several is found by its own number."""
    body = domestic()
    packages = body["ShipmentRequest"]["Shipment"]["Package"]
    packages.append(dict(packages[0]))
    bought = await ups.buy(body)
    second = bought["PackageResults"][1]["TrackingNumber"]
    whole = (await ups.recover(TrackingNumber=bought["ShipmentIdentificationNumber"])).json()
    one = (await ups.recover(TrackingNumber=second)).json()

    assert len(whole["LabelRecoveryResponse"]["LabelResults"]) == 2
    assert [result["TrackingNumber"] for result in one["LabelRecoveryResponse"]["LabelResults"]] == [second]


async def test_a_pdf_holds_all_labels_in_the_first_result(ups: UPSClient) -> None:
    """The others have a number and no picture (field guide, section 9)."""
    body = domestic()
    packages = body["ShipmentRequest"]["Shipment"]["Package"]
    packages.append(dict(packages[0]))
    bought = await ups.buy(body)
    first, second = (await ups.recover_reference("cc-0001", label_format="PDF")).json()["LabelRecoveryResponse"][
        "LabelResults"
    ]

    pages = PdfReader(io.BytesIO(base64.b64decode(first["LabelImage"]["GraphicImage"]))).pages
    texts = [page.extract_text().replace(" ", "") for page in pages]
    assert [result["TrackingNumber"] in text for result, text in zip(bought["PackageResults"], texts, strict=True)] == [
        True,
        True,
    ]
    assert [float(edge) for edge in pages[0].mediabox[2:]] == pytest.approx([288, 432], abs=1)
    assert "LabelImage" not in second


@pytest.mark.parametrize(
    ("kind", "start"), [("ZPL", b"^XA"), ("EPL", b"\nN\n"), ("GIF", b"GIF8"), ("SPL", b"\x1b@"), ("PDF", b"%PDF")]
)
async def test_every_format_can_be_had(ups: UPSClient, kind: str, start: bytes) -> None:
    """PDF exists here only, not when buying."""
    await ups.buy(domestic())
    (result,) = (await ups.recover_reference("cc-0001", label_format=kind)).json()["LabelRecoveryResponse"][
        "LabelResults"
    ]

    image = base64.b64decode(result["LabelImage"]["GraphicImage"])
    assert image.startswith(start)
    if kind == "GIF":
        with Image.open(io.BytesIO(image)) as picture:
            assert picture.size == (1400, 800)


async def test_several_shipments_are_listed_as_candidates(ups: UPSClient) -> None:
    """A label bought twice shows here; the adopter keeps the earliest and voids the rest."""
    numbers = [(await ups.buy(domestic()))["ShipmentIdentificationNumber"] for _ in range(2)]
    answer = (await ups.recover_reference("cc-0001")).json()["LabelRecoveryResponse"]
    await ups.void(numbers[1])
    after = (await ups.recover_reference("cc-0001")).json()["LabelRecoveryResponse"]

    assert [candidate["TrackingNumber"] for candidate in answer["TrackingCandidate"]] == numbers
    assert answer["TrackingCandidate"][0]["PickupDateRange"] == {"BeginDate": "20260105", "EndDate": "20260106"}
    assert "LabelResults" not in answer
    assert after["ShipmentIdentificationNumber"] == numbers[0]


async def test_a_fresh_label_can_be_found_late(ups: UPSClient) -> None:
    """How soon UPS finds a label is not known: not found means nothing yet."""
    ups.simulator.find_late(seconds=90)
    bought = await ups.buy(domestic())
    ups.clock.advance(89)
    too_soon = [
        await ups.recover_reference("cc-0001"),
        await ups.recover(TrackingNumber=bought["ShipmentIdentificationNumber"]),
    ]
    ups.clock.advance(1)

    assert [(answer.status_code, code_of(answer)) for answer in too_soon] == [(400, "300007")] * 2
    assert (await ups.recover_reference("cc-0001")).status_code == 200


async def test_an_unknown_reference_is_not_found(ups: UPSClient) -> None:
    """Nor is a known one under another shipper's number, nor a number of nobody."""
    await ups.buy(domestic())
    other = {"ReferenceNumber": {"Value": "cc-0001"}, "ShipperNumber": "T1R2D3"}

    for answer in (
        await ups.recover_reference("cc-0002"),
        await ups.recover(ReferenceValues=other),
        await ups.recover(TrackingNumber="1ZC4RT010300000999"),
    ):
        assert code_of(answer) == "300007"


async def test_a_voided_label_is_said_to_be_voided(ups: UPSClient) -> None:
    """Not the same as not found: it was bought, and given back."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    await ups.void(number)

    assert code_of(await ups.recover_reference("cc-0001")) == "300033"
    assert code_of(await ups.recover(TrackingNumber=number)) == "300033"


async def test_a_reference_reaches_back_thirty_days(ups: UPSClient) -> None:
    """A number reaches further, until the label has expired."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    ups.clock.advance(timedelta(days=31).total_seconds())
    ups.token = ""
    by_reference = await ups.recover_reference("cc-0001")
    by_number = await ups.recover(TrackingNumber=number)
    ups.clock.advance(timedelta(days=60).total_seconds())
    ups.token = ""

    assert code_of(by_reference) == "300007"
    assert by_number.status_code == 200
    assert code_of(await ups.recover(TrackingNumber=number)) == "300006"


async def test_customs_papers_come_again(ups: UPSClient) -> None:
    """A lost answer took the invoice with it."""
    bought = await ups.buy(international())
    found = (await ups.recover_reference("cc-int-1")).json()["LabelRecoveryResponse"]

    first = PdfReader(io.BytesIO(base64.b64decode(bought["Form"]["Image"]["GraphicImage"])))
    again = PdfReader(io.BytesIO(base64.b64decode(found["Form"]["Image"]["GraphicImage"])))
    assert again.pages[0].extract_text() == first.pages[0].extract_text()


async def test_a_question_without_number_or_reference_is_refused(ups: UPSClient) -> None:
    """Nor is a format that recovery does not know, nor a reference without its shipper."""
    value = {"ReferenceNumber": {"Value": "cc-0001"}}

    assert code_of(await ups.recover()) == "10002"
    assert code_of(await ups.recover(ReferenceValues=value)) == "10002"
    assert code_of(await ups.recover_reference("cc-0001", label_format="PNG")) == "10003"
    assert code_of(await ups.recover(ReferenceValues={"ShipperNumber": ACCOUNT})) == "10002"


async def test_a_reference_on_the_shipment_is_found_too(ups: UPSClient) -> None:
    """International lanes bear their references there."""
    bought = await ups.buy(put(international(), "Shipment.ReferenceNumber.0.Value", "cc-other"))
    found = (await ups.recover_reference("cc-other")).json()["LabelRecoveryResponse"]

    assert found["ShipmentIdentificationNumber"] == bought["ShipmentIdentificationNumber"]
