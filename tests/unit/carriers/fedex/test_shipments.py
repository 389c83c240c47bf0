"""What was bought, and what a look-up finds."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import attrs
import msgspec
import pytest

from cartcarrier.carriers.fedex.mapping import (
    Naming,
    found_results,
    label_urls,
    look_up_errors,
    masters,
    read_step,
    to_cancel,
    to_found_shipment,
    to_look_up,
    to_results_question,
    to_shipment,
)
from cartcarrier.carriers.fedex.mapping import bought as bought_in
from cartcarrier.carriers.fedex.mapping.labels import decode, form_of, kind_of
from cartcarrier.carriers.fedex.schemas import ShipAnswer, TrackAnswer
from cartcarrier.http import json_decoder
from cartcarrier.models import LabelFormat, Money, Shipment, ShipmentRequest
from tests.unit.carriers.fedex.samples import (
    ACCOUNT,
    CARRIER,
    FIRST,
    REFERENCE,
    SECOND,
    ZPL,
    b64,
    bought,
    config,
    options,
    parcel,
    piece,
    request,
    result,
    scan,
    step_of,
    tracked,
    unknown,
)

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
PDF = b"%PDF-1.7 label"
ASKED = request(options=options(label_formats=[LabelFormat.ZPL]))
TWO = attrs.evolve(ASKED, parcels=[parcel(), parcel()])


def naming() -> Naming:
    """Return what an answer does not say."""
    return Naming(carrier=CARRIER, reference=REFERENCE, now=NOW, test=False)


def read(answer: dict[str, Any]) -> ShipAnswer:
    """Return an answer as the driver reads it."""
    return json_decoder(ShipAnswer).decode(msgspec.json.encode(answer))


def shipment_in(answer: dict[str, Any], asked: ShipmentRequest = ASKED, **fetched: bytes) -> Shipment:
    """Return the shipment in an answer."""
    told = read(answer)
    made = bought_in(told)
    assert made is not None
    papers = {f"https://www.fedex.com/{name}": data for name, data in fetched.items()}
    return to_shipment(made, told, read_step(step_of(asked)), naming(), fetched=papers)


def test_shipment_is_what_was_bought() -> None:
    """Void, look-up and confirmation start from it."""
    made = shipment_in(bought())
    assert (made.carrier, made.id, made.tracking_number, made.reference) == (CARRIER, FIRST, FIRST, REFERENCE)
    assert (made.service.code, made.service.name) == ("GROUND_HOME_DELIVERY", "FedEx Home Delivery")
    assert made.created_at == NOW
    assert (made.is_return, made.test, made.warnings) == (False, False, ())
    (parcel_,) = made.parcels
    assert parcel_.label is not None
    assert (parcel_.label.format, parcel_.label.data) == (LabelFormat.ZPL, ZPL)


def test_price_is_the_one_that_is_charged() -> None:
    """Several kinds of price come; the actual one is named."""
    made = shipment_in(bought())
    assert made.total == Money(amount="12.53", currency="USD")
    assert made.list_total == Money(amount="20.0", currency="USD")
    assert [(charge.code, charge.amount.amount) for charge in made.charges] == [
        ("BASE", Decimal("10.97")),
        ("FUEL", Decimal("1.56")),
    ]


@pytest.mark.parametrize("actual", [None, "PAYOR_ACCOUNT_SHIPMENT"])
def test_price_of_the_account_stands_for_one_that_is_not_named(actual: str | None) -> None:
    """The list price, taken for what was paid, is a wrong sum in the books."""
    details = [
        {"rateType": "PAYOR_LIST_PACKAGE", "totalNetCharge": 20.0, "currency": "USD"},
        {"rateType": "PAYOR_ACCOUNT_PACKAGE", "totalNetCharge": 12.53, "currency": "USD"},
    ]
    rating = {"shipmentRateDetails": details, **({"actualRateType": actual} if actual is not None else {})}
    made = shipment_in(bought(completedShipmentDetail={"shipmentRating": rating}))
    assert made.total == Money(amount="12.53", currency="USD")
    assert made.list_total == Money(amount="20.0", currency="USD")


def test_parcels_that_are_told_apart_are_one_shipment() -> None:
    """The answer has room for several; a label that is left lying in it is paid for all the same."""
    first, second = bought(piece(FIRST, sequence=1)), bought(piece(SECOND, sequence=2))
    answer = {"output": {"transactionShipments": [*_shipments(first), *_shipments(second)]}}
    made = shipment_in(answer, TWO)
    assert [parcel_.tracking_number for parcel_ in made.parcels] == [FIRST, SECOND]
    assert all(parcel_.label is not None for parcel_ in made.parcels)
    assert made.warnings == ()


def _shipments(answer: dict[str, Any]) -> list[Any]:
    found: list[Any] = answer["output"]["transactionShipments"]
    return found


def test_discount_is_a_part_of_the_price() -> None:
    """Without it the parts are more than the whole."""
    rating = {
        "actualRateType": "PAYOR_ACCOUNT_PACKAGE",
        "shipmentRateDetails": [
            {
                "rateType": "PAYOR_ACCOUNT_PACKAGE",
                "totalBaseCharge": 14.53,
                "totalNetCharge": 12.53,
                "currency": "UKL",
                "freightDiscounts": [{"rateDiscountType": "VOLUME", "description": "Volume", "amount": "2.00"}],
            },
            {"rateType": "PAYOR_LIST_PACKAGE", "totalNetCharge": 20.0, "currency": "USD"},
        ],
    }
    made = shipment_in(bought(completedShipmentDetail={"shipmentRating": rating}))
    assert made.total == Money(amount="12.53", currency="GBP")
    assert made.list_total is None
    assert [(charge.code, charge.amount.amount) for charge in made.charges] == [
        ("BASE", Decimal("14.53")),
        ("VOLUME", Decimal("-2.00")),
    ]


def test_sum_of_discounts_stands_for_those_that_are_not_named() -> None:
    """FedEx often says no more."""
    rating = {
        "shipmentRateDetails": [
            {"totalBaseCharge": 14.53, "totalFreightDiscounts": 2.00, "totalNetCharge": 12.53, "currency": "USD"}
        ]
    }
    made = shipment_in(bought(completedShipmentDetail={"shipmentRating": rating}))
    assert [(charge.code, charge.amount.amount) for charge in made.charges] == [
        ("BASE", Decimal("14.53")),
        ("DISCOUNT", Decimal("-2.0")),
    ]


@pytest.mark.parametrize(
    ("rating", "total"),
    [
        ({"shipmentRateDetails": [{"totalNetCharge": 5.0, "currency": "USD"}]}, Money(amount="5.0", currency="USD")),
        ({"shipmentRateDetails": [{"totalNetCharge": 5.0}]}, None),
        ({}, None),
        (None, None),
    ],
)
def test_price_that_is_not_said_is_not_known(rating: dict[str, Any] | None, total: Money | None) -> None:
    """It costs no bought label."""
    detail = {"shipmentRating": rating} if rating is not None else None
    made = shipment_in(bought(completedShipmentDetail=detail))
    assert made.total == total
    assert made.parcels[0].label is not None


def test_parcels_are_in_the_order_of_the_request() -> None:
    """The labels go on the boxes by it."""
    made = shipment_in(bought(piece(SECOND, sequence=2), piece(FIRST, sequence=1)), TWO)
    assert [one.tracking_number for one in made.parcels] == [FIRST, SECOND]
    assert made.tracking_number == FIRST
    assert made.warnings == ()


def test_master_number_goes_first() -> None:
    """A void names it."""
    made = shipment_in(bought(piece(SECOND, masterTrackingNumber=FIRST), masterTrackingNumber=None))
    assert (made.id, made.tracking_number) == (FIRST, FIRST)
    alone = shipment_in(bought(piece(SECOND, masterTrackingNumber=None), masterTrackingNumber=None))
    assert (alone.id, alone.tracking_number) == (SECOND, SECOND)


def test_missing_parcel_is_a_warning() -> None:
    """What was bought is not lost over it."""
    made = shipment_in(bought(), TWO)
    assert "2 parcels were asked for, FedEx answers 1" in made.warnings


def test_master_without_pieces_is_a_shipment() -> None:
    """Money was spent."""
    told = read(bought(pieceResponses=[]))
    made = bought_in(told)
    assert made is not None
    shipment = to_shipment(made, told, read_step(step_of(ASKED)), naming(), fetched={})
    assert [one.tracking_number for one in shipment.parcels] == [FIRST]


@pytest.mark.parametrize(
    "answer",
    [
        {"output": {}},
        {"output": {"transactionShipments": []}},
        {"output": {"transactionShipments": [{"serviceType": "FEDEX_2_DAY"}]}},
        {"output": {"transactionShipments": [{"pieceResponses": [{"netChargeAmount": 1}]}]}},
    ],
)
def test_answer_without_a_parcel_is_none(answer: dict[str, Any]) -> None:
    """The caller must look, then."""
    assert bought_in(read(answer)) is None


def test_label_that_cannot_be_read_is_a_warning() -> None:
    """It is not given out a second time."""
    broken = piece(packageDocuments=[{"contentType": "LABEL", "encodedLabel": "not base64!"}])
    made = shipment_in(bought(broken))
    assert made.parcels[0].label is None
    assert "not given out" in made.warnings[0]


def test_label_is_named_by_its_bytes() -> None:
    """A printer goes by them."""
    other = piece(packageDocuments=[{"contentType": "LABEL", "docType": "ZPLII", "encodedLabel": b64(PDF)}])
    made = shipment_in(bought(other))
    assert made.parcels[0].label is not None
    assert made.parcels[0].label.format is LabelFormat.PDF
    assert made.warnings == ("FedEx gave the label as pdf, not as zpl",)


def test_other_papers_of_a_parcel_are_documents() -> None:
    """A second label, a hazard sheet."""
    papers = [
        {"contentType": "AUXILIARY", "docType": "ZPLII", "encodedLabel": b64(ZPL)},
        {"contentType": "LABEL", "docType": "ZPLII", "encodedLabel": b64(ZPL)},
        {"contentType": "LABEL", "docType": "PDF", "encodedLabel": b64(PDF)},
        {"docType": "PDF"},
    ]
    (one,) = shipment_in(bought(piece(packageDocuments=papers))).parcels
    assert one.label is not None
    assert [(paper.kind, paper.format) for paper in one.documents] == [("auxiliary", "zplii"), ("label", "pdf")]


def test_papers_of_the_shipment_are_documents() -> None:
    """The invoice that must be printed."""
    papers = [
        {"contentType": "COMMERCIAL_INVOICE", "docType": "PDF", "encodedLabel": b64(PDF)},
        {"contentType": "PROFORMA_INVOICE", "encodedLabel": b64(b"\x89PNG...")},
        {"encodedLabel": b64(b"text")},
    ]
    made = shipment_in(bought(shipmentDocuments=papers))
    assert [(paper.kind, paper.format) for paper in made.documents] == [
        ("commercial_invoice", "pdf"),
        ("pro_forma_invoice", "png"),
        ("document", "unknown"),
    ]
    assert made.documents[0].data == PDF


def test_label_by_address_is_fetched() -> None:
    """Its address dies after a day."""
    url = "https://www.fedex.com/label"
    answer = bought(
        piece(packageDocuments=[{"contentType": "LABEL", "docType": "ZPLII", "url": url}]),
        shipmentDocuments=[{"contentType": "COMMERCIAL_INVOICE", "url": "https://www.fedex.com/invoice"}],
    )
    made = bought_in(read(answer))
    assert made is not None
    assert label_urls(made) == [url, "https://www.fedex.com/invoice"]
    shipment = shipment_in(answer, label=ZPL)
    assert shipment.parcels[0].label is not None
    assert shipment.parcels[0].label.data == ZPL
    assert shipment.documents == ()
    with_bytes = bought_in(read(bought()))
    assert with_bytes is not None
    assert label_urls(with_bytes) == []


def test_what_fedex_wants_known_is_a_warning() -> None:
    """Of the answer, and of the shipment."""
    answer = bought(alerts=[{"code": "SHIP.RECIPIENT.POSTALCITY.MISMATCH", "message": "look again"}])
    answer["output"]["alerts"] = [{"code": "A.B", "alertType": "NOTE", "message": "note"}]
    made = shipment_in(answer)
    assert made.warnings == ("A.B: note", "SHIP.RECIPIENT.POSTALCITY.MISMATCH: look again")


def test_other_service_than_asked_is_a_warning() -> None:
    """It may cost another price."""
    made = shipment_in(bought(serviceType="FEDEX_GROUND", serviceName=None))
    assert made.service.code == "FEDEX_GROUND"
    assert made.warnings == ("GROUND_HOME_DELIVERY was asked for, FedEx answers FEDEX_GROUND",)
    assert shipment_in(bought(serviceType=None)).service.code == "GROUND_HOME_DELIVERY"


def test_return_says_that_it_is_one() -> None:
    """No channel is told of it."""
    assert shipment_in(bought(), attrs.evolve(ASKED, is_return=True)).is_return


def test_job_is_followed_when_nothing_was_made_yet() -> None:
    """Above forty packages FedEx takes its time (field guide fedex.md section 0.2)."""
    facts = read_step(step_of(ASKED))
    question = to_results_question(read({"output": {"jobId": "job-1"}}), facts)
    assert question is not None
    assert (question.account_number.value, question.job_id) == (ACCOUNT, "job-1")
    assert to_results_question(read(bought()), facts) is None
    done = bought()
    done["output"]["jobId"] = "job-1"
    assert to_results_question(read(done), facts) is None


# --- labels ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said", "kind"),
    [
        (b"%PDF-1.4", "ZPLII", LabelFormat.PDF),
        (b"\x89PNG\r\n\x1a\n", None, LabelFormat.PNG),
        (b"GIF89a", None, LabelFormat.GIF),
        (b"\r\n^XA", None, LabelFormat.ZPL),
        (b"\x10CT~~CD", None, LabelFormat.ZPL),
        (b"N\nq812", "EPL2", LabelFormat.EPL),
        (b"????", None, LabelFormat.ZPL),
        (b"????", "TIFF", LabelFormat.ZPL),
    ],
)
def test_form_of_a_label_is_told_by_its_bytes(data: bytes, said: str | None, kind: LabelFormat) -> None:
    """Then by FedEx's word, then by what was asked for."""
    assert kind_of(data, said, LabelFormat.ZPL) is kind


def test_base64_is_read_with_line_breaks() -> None:
    """And nothing else is."""
    assert decode("XlhB\nXlha") == b"^XA^XZ"
    assert decode(None) is None
    assert decode("") is None
    assert decode("%%%") is None
    assert form_of(b"plain", None) == "unknown"


# --- found again ----------------------------------------------------------------------------------------------------------


def found_in(*results: dict[str, Any]) -> dict[str, Any]:
    """Return what is live under our reference."""
    answer = json_decoder(TrackAnswer).decode(msgspec.json.encode(tracked(*results)))
    return dict(found_results(answer, REFERENCE))


def identifiers(**values: list[str] | str) -> dict[str, Any]:
    """Return other numbers of a parcel."""
    listed = [{"type": kind, "value": value} for kind, value in values.items()]
    return {"additionalTrackingInfo": {"packageIdentifiers": listed}}


MINE = identifiers(CUSTOMER_REFERENCE=[REFERENCE])


def test_look_up_names_reference_account_and_days() -> None:
    """FedEx's last name for the last day is odd (field guide fedex.md section 7.1)."""
    question = to_look_up(REFERENCE, read_step(step_of(ASKED)), date(2026, 12, 10))
    made = question.references_information
    assert (made.type, made.value, made.account_number) == ("CUSTOMER_REFERENCE", REFERENCE, ACCOUNT)
    assert (made.ship_date_begin, made.ship_date_end_date) == ("2026-11-10", "2026-12-11")
    later = attrs.evolve(ASKED, ship_date=date(2026, 12, 15))
    made = to_look_up(REFERENCE, read_step(step_of(later)), date(2026, 12, 10)).references_information
    assert (made.ship_date_begin, made.ship_date_end_date) == ("2026-12-09", "2026-12-16")


def test_found_is_what_has_our_reference_and_lives() -> None:
    """Somebody else's would be cancelled; what is cancelled is not there."""
    found = found_in(
        result(scan("OC", "2026-12-01T12:00:00-06:00"), code="OC", **MINE),
        result(number=SECOND, code="OC", **identifiers(CUSTOMER_REFERENCE="cc-other")),
        result(number="794953535022", code="CA", **MINE),
        unknown("794953535033"),
        result(number="794953535044", code="OC"),
    )
    assert list(found) == [FIRST, "794953535044"]


def test_state_is_read_from_the_code_where_the_derived_one_is_missing() -> None:
    """A cancelled one must not be cancelled again."""
    cancelled = result(**MINE)
    cancelled["latestStatusDetail"] = {"code": "CA"}
    assert found_in(cancelled) == {}
    assert list(found_in(result(**MINE))) == [FIRST]


def test_several_parcels_are_one_shipment() -> None:
    """By the master that FedEx names, or by their count."""
    facts = read_step(step_of(TWO))
    mps = identifiers(CUSTOMER_REFERENCE=[REFERENCE], STANDARD_MPS=[SECOND])
    named = found_in(result(code="OC", **mps), result(number=SECOND, code="OC", **mps))
    assert masters(named, facts) == [SECOND]
    first = result(code="OC", packageDetails={"sequenceNumber": "2"}, **MINE)
    second = result(number=SECOND, code="OC", packageDetails={"sequenceNumber": 1}, **MINE)
    assert masters(found_in(first, second), facts) == [SECOND]


def test_several_shipments_are_told_apart() -> None:
    """One of two must not be cancelled for the other."""
    facts = read_step(step_of(ASKED))
    both = found_in(result(code="OC", **MINE), result(number=SECOND, code="OC", **MINE))
    assert masters(both, facts) == [FIRST, SECOND]
    mps = identifiers(CUSTOMER_REFERENCE=[REFERENCE], STANDARD_MPS="794953535022")
    mixed = found_in(result(code="OC", **mps), result(number=SECOND, code="OC", **MINE))
    assert masters(mixed, facts) == ["794953535022", SECOND]


def test_found_shipment_says_that_its_label_is_gone() -> None:
    """FedEx gives none out twice."""
    found = found_in(
        result(number=SECOND, code="OC", serviceDetail={"type": "FEDEX_GROUND", "description": "FedEx Ground"}, **MINE),
        result(code="OC", **MINE),
    )
    made = to_found_shipment(found, FIRST, read_step(step_of(TWO)), naming())
    assert (made.id, made.reference, made.total) == (FIRST, REFERENCE, None)
    assert [one.tracking_number for one in made.parcels] == [FIRST, SECOND]
    assert all(one.label is None for one in made.parcels)
    assert made.service.code == "FEDEX_GROUND"
    assert len(made.warnings) == 1


def test_parcels_that_are_not_listed_yet_are_a_warning() -> None:
    """The void by the master takes them along."""
    made = to_found_shipment(found_in(result(code="OC", **MINE)), FIRST, read_step(step_of(TWO)), naming())
    assert made.service.code == "GROUND_HOME_DELIVERY"
    assert "2 parcels were asked for, FedEx knows 1 of them so far" in made.warnings


def test_errors_in_place_of_results_are_named() -> None:
    """One that is not "not found" says nothing about the purchase."""
    answer = json_decoder(TrackAnswer).decode(
        msgspec.json.encode(tracked(unknown(FIRST, "SYSTEM.GENERAL.ERROR"), result(number=SECOND)))
    )
    assert look_up_errors(answer) == ["SYSTEM.GENERAL.ERROR"]
    assert look_up_errors(json_decoder(TrackAnswer).decode(b'{"output":{}}')) == []


def test_cancel_names_account_and_master() -> None:
    """All packages: there is no other way (field guide fedex.md section 5)."""
    made = to_cancel(FIRST, config())
    assert (made.account_number.value, made.tracking_number, made.deletion_control) == (
        ACCOUNT,
        FIRST,
        "DELETE_ALL_PACKAGES",
    )


def test_number_of_spaces_is_none() -> None:
    """A model refuses it, and money was spent."""
    made = shipment_in(bought(piece(" ", masterTrackingNumber=FIRST), piece(SECOND, sequence=2), serviceType=" "), TWO)
    assert (made.id, [one.tracking_number for one in made.parcels]) == (FIRST, [SECOND])
    assert made.service.code == "GROUND_HOME_DELIVERY"
    assert bought_in(read(bought(piece(" "), masterTrackingNumber=" "))) is None
