"""What was bought, and what became of it."""

from typing import Any

import msgspec
import pytest

from cartcarrier.carriers.usps.documents import is_multipart, read_parts
from cartcarrier.carriers.usps.mapping import Naming, is_abroad, join_voids, number_of, to_shipment, to_void
from cartcarrier.carriers.usps.mapping.purchase import read_step
from cartcarrier.carriers.usps.mapping.shipments import decode, to_shipped_parcel
from cartcarrier.carriers.usps.schemas import CancelResponse, LabelResponse
from cartcarrier.models import LabelFormat, Shipment, VoidStatus
from tests.unit.carriers.usps.samples import (
    CARRIER,
    FIRST,
    FOREIGN,
    NOW,
    PDF,
    REFERENCE,
    SECOND,
    ZPL,
    abroad,
    b64,
    back,
    bought,
    bought_abroad,
    dollars,
    options,
    request,
    step_of,
)

NAMING = Naming(carrier=CARRIER, reference=REFERENCE, now=NOW, test=False)
PNG = b"\x89PNG\r\n\x1a\nxx"


def answer_of(document: dict[str, Any]) -> LabelResponse:
    """Return an answer, read."""
    return msgspec.convert(document, LabelResponse, strict=False)


def shipment_of(document: dict[str, Any], asked: Any = None) -> Shipment:
    """Return what was bought."""
    pdf = options(label_formats=[LabelFormat.PDF])
    made = to_shipment(answer_of(document), read_step(step_of(asked or request(options=pdf))), NAMING)
    assert made is not None
    return made


def test_total_is_postage_and_all_else() -> None:
    """The postage is without extra services and fees (field guide usps.md §4.4)."""
    services = [{"name": "Insurance<SUP>TM</SUP>", "SKU": "I", "price": 2.25}, {"name": "USPS Tracking", "price": 0}]
    made = shipment_of(
        bought(extraServices=services, fees=[{"name": "Nonstandard", "SKU": "F", "price": 4}, {"name": "x"}])
    )
    assert made.total == dollars("14.5")
    assert [(charge.code, charge.description) for charge in made.charges] == [
        ("POSTAGE", "Postage"),
        ("I", "InsuranceTM"),
        ("EXTRA", "USPS Tracking"),
        ("F", "Nonstandard"),
    ]


def test_shipment_says_what_it_is() -> None:
    """Void, reprint and confirmation start from it."""
    made = shipment_of(bought())
    assert (made.id, made.tracking_number, made.reference, made.carrier) == (FIRST, FIRST, REFERENCE, CARRIER)
    assert made.service.code == "USPS_GROUND_ADVANTAGE"
    (parcel,) = made.parcels
    assert parcel.label is not None
    assert (parcel.label.format, parcel.label.data) == (LabelFormat.PDF, PDF)
    assert not made.is_return
    assert made.warnings == ()


def test_return_says_so() -> None:
    """No channel is told of it, and no form takes it in."""
    made = shipment_of(bought(), back())
    assert made.is_return
    assert made.service.code == "USPS_GROUND_ADVANTAGE_RETURN_SERVICE"


def test_number_abroad_has_another_name() -> None:
    """And so have its extra services (field guide usps.md §4.7)."""
    made = shipment_of(
        bought_abroad(prepaidDutiesTaxesFees={"packageFee": 5, "itemCosts": [{"dutyPrice": 3, "taxPrice": 0}]}),
        abroad(),
    )
    assert made.tracking_number == FOREIGN
    assert made.total == dollars("36.75")
    assert [charge.code for charge in made.charges] == ["POSTAGE", "930", "F1", "DUTIES", "DUTIES"]
    assert is_abroad(made)
    assert not is_abroad(shipment_of(bought()))


def test_plain_media_type_nests_its_data() -> None:
    """Whoever answers so is understood too."""
    flat = bought()
    image = flat.pop("labelImage")
    made = shipment_of({"labelMetadata": flat, "labelImage": image, "receiptImage": b64(PDF)})
    assert made.tracking_number == FIRST
    assert made.total == dollars("8.25")
    assert [paper.kind for paper in made.parcels[0].documents] == ["receipt"]


def test_answer_without_a_number_is_no_shipment() -> None:
    """Money may have been spent all the same: the driver says that nobody knows."""
    assert to_shipment(answer_of(bought(trackingNumber=None)), read_step(step_of(request())), NAMING) is None
    assert number_of(answer_of({})) is None


def test_price_that_is_missing_is_not_zero() -> None:
    """``None`` is "not known"."""
    assert shipment_of(bought(postage=None)).total is None


@pytest.mark.parametrize(
    ("image", "form"), [(b64(ZPL), LabelFormat.ZPL), (ZPL.decode(), LabelFormat.ZPL), (b64(PNG), LabelFormat.PNG)]
)
def test_label_is_named_by_its_bytes(image: str, form: LabelFormat) -> None:
    """A printer goes by them; a difference is a warning."""
    made = shipment_of(bought(labelImage=image))
    assert made.parcels[0].label is not None
    assert made.parcels[0].label.format is form
    assert "USPS gave the label as" in made.warnings[0]


@pytest.mark.parametrize("image", [None, "", "no base64 *"])
def test_label_that_cannot_be_read_is_a_warning(image: str | None) -> None:
    """The parcel is paid: what was bought is never lost over its picture."""
    made = shipment_of(bought(labelImage=image))
    assert made.parcels[0].label is None
    assert "reprint" in made.warnings[0]


def test_unknown_bytes_are_what_was_asked_for() -> None:
    """EPL has no magic number."""
    parcel, warnings = to_shipped_parcel(answer_of(bought(data=b"N\nq812")), FIRST, "EPL300DPI")
    assert parcel.label is not None
    assert (parcel.label.format, warnings) == (LabelFormat.EPL, ())
    assert decode("JVBERi0x\r\nLjQ=") == b"%PDF-1.4"


def test_warnings_of_services_are_passed_on() -> None:
    """Without their HTML."""
    services = [{"name": "x", "price": 1, "warnings": [{"warningCode": "W", "warningDescription": "<b>late</b>"}, {}]}]
    assert shipment_of(bought(extraServices=services)).warnings == ("late",)


def test_bare_answer_is_a_shipment() -> None:
    """Number and postage are enough."""
    made = shipment_of({"trackingNumber": FIRST, "postage": 5, "extraServices": [{"price": 1}], "fees": [{"price": 2}]})
    assert [charge.description for charge in made.charges] == ["Postage", "Extra service", "Fee"]


# --- voids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "dispute", "expected", "word"),
    [
        ("CANCELED", None, VoidStatus.VOIDED, None),
        ("canceled ", None, VoidStatus.VOIDED, None),
        ("DISPUTED", "D-7", VoidStatus.REFUND_PENDING, "D-7"),
        ("DISPUTED", None, VoidStatus.REFUND_PENDING, "USPS decides"),
        ("DENIED", None, VoidStatus.REFUSED, "DENIED"),
        ("<b>", None, VoidStatus.REFUSED, "no reason"),
    ],
)
def test_cancelled_and_disputed_are_two_outcomes(
    status: str, dispute: str | None, expected: VoidStatus, word: str | None
) -> None:
    """One costs nothing, the other is a request (field guide usps.md §5; pitfall 14)."""
    made, message = to_void(CancelResponse(status=status, dispute_id=dispute))
    assert made is expected
    assert (word in (message or "")) if word is not None else message is None


def test_whole_is_as_bad_as_its_worst_part() -> None:
    """``REFUSED`` when any was refused."""
    done, pending, refused = (VoidStatus.VOIDED, None), (VoidStatus.REFUND_PENDING, "wait"), (VoidStatus.REFUSED, "no")
    assert join_voids({FIRST: done}).status is VoidStatus.VOIDED
    assert join_voids({FIRST: done, SECOND: pending}).status is VoidStatus.REFUND_PENDING
    both = join_voids({FIRST: pending, SECOND: refused})
    assert (both.status, both.message) == (VoidStatus.REFUSED, "wait; no")
    assert both.parcels == {FIRST: VoidStatus.REFUND_PENDING, SECOND: VoidStatus.REFUSED}


# --- answers in parts ---------------------------------------------------------------------------------------------------

PARTS = (
    b'--b/1?x\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="labelMetadata"\r\n\r\n'
    b'{"trackingNumber": "9400100000000000123453"}\r\n'
    b'--b/1?x\r\nContent-Type: application/pdf\r\nContent-Disposition: form-data; filename="l.pdf"; name="labelImage"\r\n'
    b"Content-Transfer-Encoding: binary\r\n\r\nJVBERi0xLjQ=\r\n--b/1?x--\r\n"
)


@pytest.mark.parametrize("start", [b"", b"\r\n", b"\n"])
def test_answer_in_parts_is_read_by_its_boundary(start: bytes) -> None:
    """The boundary stands in the header; guessed, it corrupts the label (pitfall 7)."""
    parts = read_parts(start + PARTS, 'multipart/form-data; boundary="b/1?x"')
    assert parts is not None
    assert msgspec.json.decode(parts["json"]) == {"trackingNumber": FIRST}
    assert decode(parts["labelImage"].decode()) == b"%PDF-1.4"


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=other"])
def test_parts_that_cannot_be_told_apart_are_none(content_type: str) -> None:
    """The driver says that the outcome is not known."""
    assert read_parts(PARTS, content_type) is None
    assert read_parts(b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b") is None


def test_multipart_is_told_by_its_header() -> None:
    """Refusals at the same address are plain JSON."""
    assert is_multipart("Multipart/Form-Data; boundary=x")
    assert not is_multipart("application/json")
    assert not is_multipart(None)
