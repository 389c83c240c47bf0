"""What was bought: nothing of it is lost because a part of the answer cannot be read."""

import base64
import gzip
from typing import Any

import attrs
import msgspec
import pytest

from cartcarrier.carriers.amazon_buy_shipping import schemas
from cartcarrier.carriers.amazon_buy_shipping.mapping import needs_reprint, read_step, to_shipment, with_documents
from cartcarrier.http import json_decoder
from cartcarrier.models import LabelFormat, Money, Shipment, ShipmentRequest
from tests.unit.carriers.amazon_buy_shipping.samples import (
    CARRIER,
    NOW,
    NUMBER,
    PDF,
    PNG,
    REFERENCE,
    SHIPMENT_ID,
    ZPL,
    amazon_request,
    bought,
    offer,
    request,
    step_of,
)


def shipment_of(answer: dict[str, Any], asked: ShipmentRequest | None = None, *, test: bool = False) -> Shipment:
    """Return what an answer to a purchase means."""
    read = json_decoder(schemas.Purchased).decode(msgspec.json.encode(answer["payload"]))
    facts = read_step(step_of(asked or request()))
    return to_shipment(read, facts, carrier=CARRIER, reference=REFERENCE, now=NOW, test=test)


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def reprinted(**details: Any) -> schemas.Reprinted:
    answer = {"shipmentId": SHIPMENT_ID, "packageDocumentDetail": details}
    return json_decoder(schemas.Reprinted).decode(msgspec.json.encode(answer))


def test_shipment_has_what_void_and_tracking_need() -> None:
    """There is no asking later: Shipping v2 has no look-up."""
    shipment = shipment_of(bought())
    assert (shipment.id, shipment.tracking_number, shipment.reference) == (SHIPMENT_ID, NUMBER, REFERENCE)
    assert shipment.service.code == "std-us-swa-mfn"
    assert shipment.created_at == NOW
    assert shipment.warnings == ()


def test_price_is_the_rates() -> None:
    """A purchase does not repeat it."""
    shipment = shipment_of(bought())
    assert shipment.total == Money(amount="7", currency="USD")
    assert shipment.total_is_estimate


@pytest.mark.parametrize(("asked", "confirms"), [(amazon_request(), True), (request(), False)], ids=["amazon", "other"])
def test_label_of_an_amazon_order_confirms_it(asked: ShipmentRequest, *, confirms: bool) -> None:
    """Confirmed again, Amazon would refuse; not confirmed elsewhere, the buyer would never hear of it."""
    assert shipment_of(bought(), asked).confirms_order is confirms


@pytest.mark.parametrize(
    ("data", "form"),
    [(PNG, LabelFormat.PNG), (PDF, LabelFormat.PDF), (ZPL, LabelFormat.ZPL), (b"\n" + ZPL, LabelFormat.ZPL)],
    ids=["png", "pdf", "zpl", "zpl after a line"],
)
def test_label_is_named_by_its_bytes(data: bytes, form: LabelFormat) -> None:
    """What Amazon calls it does not help the printer."""
    label = shipment_of(bought(data)).parcels[0].label
    assert label is not None
    assert (label.format, label.data) == (form, data)


def test_packed_label_is_unpacked() -> None:
    """The older API gzips, this one does not; the bytes say which it is."""
    label = shipment_of(bought(gzip.compress(ZPL))).parcels[0].label
    assert label is not None
    assert label.data == ZPL


@pytest.mark.parametrize(
    "contents",
    [None, "", "!", packed(b"garbage"), packed(b"\x1f\x8bcut")],
    ids=["null", "empty", "no base64", "garbage", "cut gzip"],
)
def test_unreadable_label_loses_nothing_that_was_bought(contents: str | None) -> None:
    """Raised as an error the shipment's id would be gone, and with it the way to give it back."""
    documents = [{"type": "LABEL", "format": "PNG", "contents": contents}]
    shipment = shipment_of(bought(packageDocuments=documents))
    assert shipment.parcels[0].label is None
    assert shipment.id == SHIPMENT_ID
    assert needs_reprint(shipment)
    assert any("do not buy it again" in warning for warning in shipment.warnings)


@pytest.mark.parametrize(
    "number", [1578648261977, "1578648261977", " 1578648261977 "], ids=["number", "text", "spaces"]
)
def test_number_may_come_as_a_number(number: object) -> None:
    """Amazon's own example has it so."""
    assert shipment_of(bought(trackingId=number)).tracking_number == "1578648261977"


@pytest.mark.parametrize("number", [None, "", " "], ids=["null", "empty", "blank"])
def test_shipment_without_a_number_keeps_its_id(number: object) -> None:
    """It was paid for."""
    shipment = shipment_of(bought(trackingId=number))
    assert shipment.tracking_number == SHIPMENT_ID
    assert any("no tracking number" in warning for warning in shipment.warnings)


def test_answer_without_parcels_keeps_the_shipment() -> None:
    """As above."""
    shipment = shipment_of({"payload": {"shipmentId": SHIPMENT_ID, "packageDocumentDetails": None}})
    assert (shipment.id, len(shipment.parcels)) == (SHIPMENT_ID, 1)
    assert len(shipment.warnings) == 2


def test_papers_come_as_documents() -> None:
    """A customs form must go on the parcel, too."""
    papers = [
        {"type": "LABEL", "format": "PNG", "contents": packed(PNG)},
        {"type": "CUSTOM_FORM", "format": "PDF", "contents": packed(PDF)},
        {"type": "PACKSLIP", "format": "PDF", "contents": packed(b"odd")},
        {"type": "RECEIPT", "format": "PDF", "contents": None},
        {"type": "NEW_KIND", "format": "PDF", "contents": packed(PDF)},
    ]
    parcel = shipment_of(bought(packageDocuments=papers)).parcels[0]
    assert [(one.kind, one.format) for one in parcel.documents] == [
        ("customs_form", "pdf"),
        ("packing_slip", "pdf"),
        ("new_kind", "pdf"),
    ]


def test_label_of_the_sandbox_says_so() -> None:
    """It must not go on a parcel."""
    assert shipment_of(bought(), test=True).test
    assert not shipment_of(bought()).test


def test_reprint_gives_label_and_number() -> None:
    """What did not come with the purchase may come when it is asked for."""
    shipment = shipment_of(bought(None, trackingId=None))
    made = with_documents(
        shipment, reprinted(trackingId=NUMBER, packageDocuments=[{"type": "LABEL", "contents": packed(PDF)}])
    )
    assert made.tracking_number == made.parcels[0].tracking_number == NUMBER
    assert made.parcels[0].label is not None
    assert made.warnings == ()


def test_reprint_without_a_label_changes_nothing() -> None:
    """The warning stays."""
    shipment = shipment_of(bought(None))
    assert with_documents(shipment, reprinted(packageDocuments=[])) == shipment


def test_reprint_without_a_number_keeps_the_one_that_is_known() -> None:
    """It was on the first answer."""
    shipment = shipment_of(bought(None))
    made = with_documents(shipment, reprinted(packageDocuments=[{"type": "LABEL", "contents": packed(PDF)}]))
    assert made.tracking_number == NUMBER


@pytest.mark.parametrize(
    ("carrier", "name", "carried_by"),
    [
        ("UPS", "UPS", "ups"),
        ("USPS", None, "usps"),
        ("FEDEX", "FedEx", "fedex"),
        ("AMZN_US", "Amazon Shipping", "amazon"),
        ("ONTRAC", "OnTrac", "ontrac"),
        ("SNL-1", "Speedy Snail", "Speedy Snail"),
    ],
)
def test_who_carries_is_told_to_the_channels(carrier: str, name: str | None, carried_by: str) -> None:
    """An order of another channel is confirmed with who is on the label, not with who sold it."""
    asked = request()
    facts = read_step(step_of(asked, offer(carrierId=carrier, carrierName=name)))
    read = json_decoder(schemas.Purchased).decode(msgspec.json.encode(bought()["payload"]))
    made = to_shipment(read, facts, carrier=CARRIER, reference=REFERENCE, now=NOW, test=False)
    assert made.carried_by == carried_by


def test_step_from_before_an_update_is_read() -> None:
    """It waits in somebody's ledger, without the carrier's name in it."""
    step = step_of(request())
    body = msgspec.json.decode(step.body)
    del body["carrierName"]
    facts = read_step(attrs.evolve(step, body=msgspec.json.encode(body)))
    assert facts.carrier_name is None
