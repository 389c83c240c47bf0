"""What was bought, found, taken back."""

import base64
import io
import json
import sys
from typing import Any

import attrs
import pytest
from PIL import Image

from cartcarrier.carriers.ups.codes import is_ups_tracking_number
from cartcarrier.carriers.ups.mapping import (
    Naming,
    found_numbers,
    labels,
    read_step,
    to_found_shipment,
    to_shipment,
    to_void_result,
    with_labels_of,
)
from cartcarrier.carriers.ups.schemas import (
    LabelRecoveryResponseEnvelope,
    ShipmentResponseEnvelope,
    VoidShipmentResponseEnvelope,
)
from cartcarrier.http import ManualClock, json_decoder
from cartcarrier.models import LabelFormat, Shipment, ShipmentOptions, ShipmentRequest, VoidStatus
from tests.unit.carriers.ups.samples import (
    CARRIER,
    FIRST,
    REFERENCE,
    SECOND,
    ZPL,
    bought,
    found,
    money,
    package_result,
    parcel,
    request,
    step_of,
)

NOW = ManualClock().now()
PDF = b"%PDF-1.4 all labels"


def asked(label: LabelFormat = LabelFormat.ZPL, **changes: Any) -> ShipmentRequest:
    """Return a request for a label of that form."""
    return request(options=ShipmentOptions(label_formats=[label], **changes.pop("options", {})), **changes)


def naming() -> Naming:
    """Return what an answer does not say."""
    return Naming(carrier=CARRIER, reference=REFERENCE, now=NOW, test=False)


def shipment(document: dict[str, Any], what: ShipmentRequest | None = None) -> Shipment:
    """Return what is made of the answer to a purchase."""
    answer = json_decoder(ShipmentResponseEnvelope).decode(json.dumps(document)).shipment_response
    made = to_shipment(answer.shipment_results, answer.response, read_step(step_of(what or asked())), naming())
    assert made is not None
    return made


def recovered(
    document: dict[str, Any], what: ShipmentRequest | None = None, label: LabelFormat = LabelFormat.ZPL
) -> Shipment:
    """Return what is made of the answer to a look-up."""
    answer = json_decoder(LabelRecoveryResponseEnvelope).decode(json.dumps(document)).label_recovery_response
    made = to_found_shipment(answer, label, read_step(step_of(what or asked())), naming())
    assert made is not None
    return made


def picture(width: int, height: int, form: str = "GIF") -> bytes:
    """Return a picture with one dark corner, top left."""
    drawn = Image.new("L", (width, height), 255)
    drawn.putpixel((0, 0), 0)
    data = io.BytesIO()
    drawn.save(data, format=form)
    return data.getvalue()


# --- bought -------------------------------------------------------------------------------------------------------------


def test_shipment_says_what_was_bought() -> None:
    """The account's own price, decoded labels, the reference that a look-up names."""
    made = shipment(bought())
    assert (made.id, made.tracking_number, made.reference, made.carrier) == (FIRST, FIRST, REFERENCE, CARRIER)
    assert (made.service.code, made.service.name) == ("03", "UPS Ground")
    assert (str(made.total), str(made.list_total), made.total_is_estimate) == ("12.50 USD", "20.00 USD", False)
    assert [(charge.code, str(charge.amount)) for charge in made.charges] == [("375", "1.50 USD")]
    assert made.parcels[0].label is not None
    assert (made.parcels[0].label.format, made.parcels[0].label.data) == (LabelFormat.ZPL, ZPL)
    assert made.created_at == NOW
    assert made.warnings == ()


def test_each_parcel_has_its_number_and_label() -> None:
    """In the order of the request."""
    document = bought(package_result(), package_result(SECOND, data=b"^XA second ^XZ"))
    made = shipment(document, asked(parcels=[parcel(), parcel()]))
    assert [one.tracking_number for one in made.parcels] == [FIRST, SECOND]
    assert made.parcels[1].label is not None
    assert made.parcels[1].label.data == b"^XA second ^XZ"


def test_one_package_may_come_as_an_object() -> None:
    """Older versions do that (field guide ups.md pitfall 6)."""
    assert shipment(bought(PackageResults=package_result())) == shipment(bought())


def test_fewer_parcels_than_asked_are_a_warning() -> None:
    """The label is bought all the same."""
    assert any("2 parcels" in warning for warning in shipment(bought(), asked(parcels=[parcel(), parcel()])).warnings)


def test_published_price_counts_without_a_negotiated_one() -> None:
    """UPS leaves the container out where no discount applies."""
    made = shipment(bought(NegotiatedRateCharges=None))
    assert (str(made.total), str(made.list_total)) == ("20.00 USD", "20.00 USD")
    assert [charge.code for charge in made.charges] == ["transportation", "service-options"]


def test_unreadable_price_does_not_cost_the_label() -> None:
    """The label is paid for; the price can be seen on the invoice."""
    made = shipment(bought(NegotiatedRateCharges=None, ShipmentCharges={"TotalCharges": money("")}))
    assert (made.total, made.list_total, made.charges) == (None, None, ())
    assert made.parcels[0].label is not None


def test_alerts_are_warnings() -> None:
    """A success may say that no negotiated price was given (field guide ups.md section 4.10)."""
    document = bought()
    document["ShipmentResponse"]["Response"]["Alert"] = {"Code": "120900", "Description": "not eligible"}
    assert shipment(document).warnings == ("120900: not eligible",)


@pytest.mark.parametrize("charged", [True, False])
def test_saturday_that_is_not_charged_is_a_warning(charged: bool) -> None:
    """UPS drops an indicator in silence when it does not understand it (field guide ups.md pitfall 1)."""
    lines = [{"Code": "300", **money("16.00")}] if charged else []
    document = bought(NegotiatedRateCharges={"ItemizedCharges": lines, "TotalCharge": money("12.50")})
    made = shipment(document, asked(options={"saturday_delivery": True}))
    assert any("Saturday" in warning for warning in made.warnings) is not charged


def test_papers_are_documents() -> None:
    """The invoice and the high-value report travel with the parcel."""
    pdf = base64.b64encode(PDF).decode()
    image = {"ImageFormat": {"Code": "PDF", "Description": "PDF"}, "GraphicImage": pdf}
    receipt = {"ImageFormat": {"Code": "HTML"}, "GraphicImage": base64.b64encode(b"<html>").decode()}
    document = bought(
        {**package_result(), "ShippingReceipt": receipt},
        Form={"Code": "01", "Image": image},
        ControlLogReceipt=[receipt],
        HighValueReport={"Image": image},
        DGPaperImage=[pdf],
    )
    made = shipment(document)
    assert [(one.kind, one.format, one.data) for one in made.documents] == [
        ("commercial_invoice", "pdf", PDF),
        ("control_log", "html", b"<html>"),
        ("high_value_report", "pdf", PDF),
        ("dangerous_goods_paper", "pdf", PDF),
    ]
    assert [(one.kind, one.format) for one in made.parcels[0].documents] == [("receipt", "html")]


def test_members_that_ups_leaves_out_are_not_missed() -> None:
    """Its description demands them (field guide ups.md section 4.10)."""
    made = shipment({"ShipmentResponse": {"ShipmentResults": {"PackageResults": [{"TrackingNumber": FIRST}]}}})
    assert (made.id, made.parcels[0].label) == (FIRST, None)
    assert any("label" in warning for warning in made.warnings)


def test_mail_innovations_go_by_the_postal_number() -> None:
    """UPS's own number is not scanned (field guide ups.md section 4.10)."""
    pic = "9241990000003349952296"
    made = shipment(bought({**package_result(), "USPSPICNumber": pic}), asked(service="M4"))
    assert (made.id, made.tracking_number, made.parcels[0].tracking_number) == (FIRST, pic, pic)


def test_answer_without_parcels_is_nothing() -> None:
    """The client refuses it; the mapping does not invent one."""
    answer = json_decoder(ShipmentResponseEnvelope).decode(b'{"ShipmentResponse": {"ShipmentResults": {}}}')
    results = answer.shipment_response.shipment_results
    assert to_shipment(results, None, read_step(step_of(asked())), naming()) is None


def test_published_price_is_made_of_base_and_surcharges() -> None:
    """Where UPS itemizes it, packages included; what has no readable amount is left out."""
    charges = {
        "BaseServiceCharge": money("17.00"),
        "ItemizedCharges": [{"Code": "375", **money("3.00")}, {"Code": "376"}],
        "TotalCharges": money("25.00"),
    }
    package = {**package_result(), "ItemizedCharges": {"Code": "120", **money("5.00")}}
    made = shipment(bought(package, NegotiatedRateCharges=None, ShipmentCharges=charges))
    assert [(one.code, str(one.amount)) for one in made.charges] == [
        ("base", "17.00 USD"),
        ("375", "3.00 USD"),
        ("120", "5.00 USD"),
    ]


def test_package_surcharges_of_the_account_are_charges() -> None:
    """Its own price has them at both levels."""
    package = {**package_result(), "NegotiatedCharges": {"ItemizedCharges": [{"Code": "120", **money("4.00")}]}}
    assert [one.code for one in shipment(bought(package)).charges] == ["375", "120"]


def test_purchase_without_any_price_is_a_purchase() -> None:
    """The price is not known, the label is."""
    made = shipment(bought(NegotiatedRateCharges=None, ShipmentCharges=None))
    assert (made.total, made.charges) == (None, ())


def test_paper_that_cannot_be_read_is_left_out() -> None:
    """It can be fetched again; the label is what counts."""
    made = shipment(bought(Form={"Code": "01"}, HighValueReport={"Image": {"GraphicImage": "?"}}))
    assert made.documents == ()


def test_wrong_check_digit_is_a_warning() -> None:
    """Never a reason to refuse: UPS has other numbers, too (field guide ups.md section 10)."""
    made = shipment(bought(package_result("1ZAB12C30376543212")))
    assert any("check digit" in warning for warning in made.warnings)


@pytest.mark.parametrize(
    "number", ["1ZAB12C30376543211", "1Z5R89390357567127", "1ZXX3150YW44070023", "1Z8V92A70367203024"]
)
def test_published_numbers_have_the_right_check_digit(number: str) -> None:
    """The field guide verified these (ups.md section 10)."""
    assert is_ups_tracking_number(number)
    assert not is_ups_tracking_number(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("number", ["1R12345678901234", "92419900000033499522966220", "1z8v92a70367203024", ""])
def test_other_numbers_are_not_of_that_form(number: str) -> None:
    """Roadie, the post, small letters."""
    assert not is_ups_tracking_number(number)


# --- labels -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["GIF", "PNG"])
def test_pictures_are_turned_upright(form: str) -> None:
    """UPS draws them on their side; a 4 by 6 printer cuts them (field guide ups.md pitfall 15)."""
    text = base64.b64encode(picture(6, 4, form)).decode()
    made = labels.to_label(text, form, LabelFormat(form.lower())).label
    assert made is not None
    with Image.open(io.BytesIO(made.data)) as turned:
        assert turned.size == (4, 6)
        assert turned.format == form
        corner = turned.convert("L").getpixel((3, 0))
    assert corner == 0, "turned clockwise, the top left corner is at the top right"


def test_picture_that_stands_is_left_alone() -> None:
    """Byte for byte."""
    data = picture(4, 6)
    made = labels.to_label(base64.b64encode(data).decode(), "GIF", LabelFormat.GIF).label
    assert made is not None
    assert made.data == data


def test_picture_that_cannot_be_turned_is_given_with_a_warning() -> None:
    """A bought label is never lost."""
    text = base64.b64encode(b"GIF89a broken").decode()
    made = labels.to_label(text, "GIF", LabelFormat.GIF)
    assert made.label is not None
    assert made.label.data == b"GIF89a broken"
    assert made.warning is not None
    assert "side" in made.warning


def test_without_pillow_the_picture_stays_as_ups_sent_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow is an extra."""
    data = picture(6, 4)
    monkeypatch.setitem(sys.modules, "PIL", None)
    made = labels.to_label(base64.b64encode(data).decode(), "GIF", LabelFormat.GIF)
    assert made.label is not None
    assert made.label.data == data
    assert made.warning is not None
    assert "cartcarrier[labels]" in made.warning


def test_label_is_named_by_its_bytes() -> None:
    """UPS gives a GIF at times where another picture was asked for (field guide ups.md section 4.8)."""
    made = labels.to_label(base64.b64encode(picture(4, 6)).decode(), "PNG", LabelFormat.PNG)
    assert made.label is not None
    assert made.label.format is LabelFormat.GIF
    assert made.warning == "UPS gave the label as gif, not as png"


@pytest.mark.parametrize(
    ("code", "expected"), [("EPL", LabelFormat.EPL), ("SPL", LabelFormat.ZPL), (None, LabelFormat.ZPL)]
)
def test_label_without_a_signature_goes_by_its_name(code: str | None, expected: LabelFormat) -> None:
    """EPL begins as it likes; a name that we have no word for leaves what was asked for."""
    text = base64.b64encode(b"\nN\nq812\n").decode()
    made = labels.to_label(text, code, LabelFormat.ZPL).label
    assert made is not None
    assert made.format is expected


def test_another_picture_on_its_side_has_both_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    """None hides the other."""
    text = base64.b64encode(picture(6, 4)).decode()
    monkeypatch.setitem(sys.modules, "PIL", None)
    warning = labels.to_label(text, "GIF", LabelFormat.PNG).warning or ""
    assert "not as png" in warning
    assert "side" in warning


@pytest.mark.parametrize("text", [None, "", "not base64!"])
def test_label_that_cannot_be_read_is_a_warning(text: str | None) -> None:
    """The number is there, so it can be recovered."""
    made = labels.to_label(text, "ZPL", LabelFormat.ZPL)
    assert made.label is None
    assert made.warning is not None


# --- found --------------------------------------------------------------------------------------------------------------


def test_found_shipment_is_the_bought_one_without_its_price() -> None:
    """UPS does not repeat the price; a guess would be taken for it."""
    made = recovered(found())
    assert (made.id, made.tracking_number, made.service.code, made.reference) == (FIRST, FIRST, "03", REFERENCE)
    assert (made.total, made.total_is_estimate) == (None, False)
    assert made.parcels[0].label is not None
    assert made.parcels[0].label.data == ZPL


def test_found_pdf_stands_in_the_first_result() -> None:
    """It holds all labels (field guide ups.md section 9)."""
    what = asked(LabelFormat.PDF, parcels=[parcel(), parcel()])
    made = recovered(found((FIRST, PDF), (SECOND, None), code="PDF"), what, LabelFormat.PDF)
    assert [one.label is not None for one in made.parcels] == [True, False]
    assert made.warnings == ("the first parcel's PDF holds the labels of all 2 parcels",)


def test_pdf_takes_the_place_of_the_bought_label() -> None:
    """Price and papers of the purchase stay."""
    what = asked(LabelFormat.PDF, parcels=[parcel(), parcel()])
    first = shipment(bought(package_result(), package_result(SECOND)), what)
    both = with_labels_of(first, recovered(found((FIRST, PDF), (SECOND, PDF), code="PDF"), what, LabelFormat.PDF))
    assert both is not None
    assert [one.label.format if one.label else None for one in both.parcels] == [LabelFormat.PDF, LabelFormat.PDF]
    joined = with_labels_of(first, recovered(found((FIRST, PDF), (SECOND, None), code="PDF"), what, LabelFormat.PDF))
    assert joined is not None
    assert [one.label.format if one.label else None for one in joined.parcels] == [LabelFormat.PDF, None]
    assert any("all 2 parcels" in warning for warning in joined.warnings)
    assert joined.total == first.total


def test_recovery_without_a_pdf_replaces_nothing() -> None:
    """Another picture is no better than the bought one."""
    first = shipment(bought(), asked(LabelFormat.PDF))
    assert with_labels_of(first, recovered(found(), label=LabelFormat.PDF)) is None


def test_recovery_that_lacks_a_label_replaces_nothing() -> None:
    """A parcel without a label is worse than one with another form of it."""
    what = asked(LabelFormat.PDF, parcels=[parcel(), parcel()])
    first = shipment(bought(package_result(), package_result(SECOND)), what)
    other = recovered(found((FIRST, PDF), ("1ZAB12C30376543230", PDF), code="PDF"), what, LabelFormat.PDF)
    assert with_labels_of(first, other) is None


def test_found_mail_innovations_parcel_goes_by_the_postal_number() -> None:
    """It has a label of its own."""
    pic = "9241990000003349952296"
    result: dict[str, Any] = {
        "TrackingNumber": FIRST,
        "MailInnovationsTrackingNumber": pic,
        "MailInnovationsLabelImage": {
            "LabelImageFormat": {"Code": "ZPL"},
            "GraphicImage": base64.b64encode(ZPL).decode(),
        },
    }
    made = recovered(found(LabelResults=[result]), asked(service="M4"))
    assert (made.id, made.tracking_number) == (FIRST, pic)
    assert made.parcels[0].label is not None
    assert made.parcels[0].label.data == ZPL


def test_found_results_without_a_number_are_not_parcels() -> None:
    """The first may be known by the shipment's number; another is nobody's."""
    image = {"LabelImageFormat": {"Code": "ZPL"}, "GraphicImage": base64.b64encode(ZPL).decode()}
    made = recovered(found(LabelResults=[{"LabelImage": image}, {"LabelImage": image}]))
    assert [one.tracking_number for one in made.parcels] == [FIRST]


def test_found_label_of_another_form_is_a_warning() -> None:
    """UPS gives what it has."""
    made = recovered(found((FIRST, b"^XA^XZ")), asked(LabelFormat.EPL), LabelFormat.EPL)
    assert made.warnings == ("UPS gave the label as zpl, not as epl",)


def test_several_shipments_are_named() -> None:
    """Whoever resolves it must know them."""
    candidates = [{"TrackingNumber": FIRST}, {"TrackingNumber": SECOND}]
    document = {"LabelRecoveryResponse": {"TrackingCandidate": candidates}}
    answer = json_decoder(LabelRecoveryResponseEnvelope).decode(json.dumps(document)).label_recovery_response
    assert found_numbers(answer) == (FIRST, SECOND)


# --- taken back ---------------------------------------------------------------------------------------------------------


def voided(summary: str | None, asked_for: list[str], *, whole: bool, **members: Any) -> Any:
    """Return what is made of the answer to a void."""
    body: dict[str, Any] = {"Response": {"ResponseStatus": {"Code": "1"}}, **members}
    if summary is not None:
        body["SummaryResult"] = {"Status": {"Code": summary, "Description": "Voided"}}
    document = json.dumps({"VoidShipmentResponse": body})
    answer = json_decoder(VoidShipmentResponseEnvelope).decode(document).void_shipment_response
    return to_void_result(answer, asked_for, whole=whole)


def result(number: str, code: str) -> dict[str, Any]:
    """Return what became of one package."""
    return {"TrackingNumber": number, "Status": {"Code": code, "Description": ""}}


def test_whole_void_needs_the_summary_only() -> None:
    """UPS does not list the packages then."""
    made = voided("1", [FIRST, SECOND], whole=True)
    assert made.status is VoidStatus.VOIDED
    assert dict(made.parcels) == {FIRST: VoidStatus.VOIDED, SECOND: VoidStatus.VOIDED}


@pytest.mark.parametrize("name", ["PackageLevelResult", "PackageLevelResults"])
@pytest.mark.parametrize("shape", [list, lambda items: next(iter(items))], ids=["array", "object"])
def test_packages_are_read_under_both_names_and_in_both_shapes(name: str, shape: Any) -> None:
    """Documented plural, seen singular (field guide ups.md pitfall 18)."""
    made = voided("1", [FIRST], whole=False, **{name: shape([result(FIRST, "1")])})
    assert (made.status, dict(made.parcels)) == (VoidStatus.VOIDED, {FIRST: VoidStatus.VOIDED})


def test_carriage_returns_of_the_test_environment_are_stripped() -> None:
    """``&#xD;`` before every text (field guide ups.md section 1.3)."""
    dirt = "&#xD;&#xD;&#xD;"
    made = voided(f"{dirt}1", [FIRST], whole=False, PackageLevelResult=result(f"{dirt}{FIRST}", f"{dirt}1"))
    assert dict(made.parcels) == {FIRST: VoidStatus.VOIDED}


def test_partial_void_is_refused_and_says_which() -> None:
    """One of two labels is live still, and costs."""
    results = [result(FIRST, "1"), result(SECOND, "0")]
    made = voided("0", [FIRST, SECOND], whole=False, PackageLevelResult=results)
    assert made.status is VoidStatus.REFUSED
    assert dict(made.parcels) == {FIRST: VoidStatus.VOIDED, SECOND: VoidStatus.REFUSED}
    assert SECOND in (made.message or "")


def test_package_that_ups_does_not_name_is_not_voided() -> None:
    """Silence about one of several is no yes."""
    made = voided("1", [FIRST, SECOND], whole=False, PackageLevelResult=[result(FIRST, "1")])
    assert dict(made.parcels) == {FIRST: VoidStatus.VOIDED, SECOND: VoidStatus.REFUSED}


@pytest.mark.parametrize("summary", ["0", None])
def test_void_without_a_yes_is_refused(summary: str | None) -> None:
    """A label that may be live is not written off."""
    made = voided(summary, [FIRST], whole=True)
    assert made.status is VoidStatus.REFUSED
    assert made.message


def test_shipment_shows_no_label() -> None:
    """Its text form ends up in logs."""
    made = attrs.evolve(shipment(bought()), warnings=())
    assert "one" not in repr(made.parcels[0].label)
