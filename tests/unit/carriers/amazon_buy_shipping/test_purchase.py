"""The exact bytes of a purchase."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from cartcarrier.carriers.amazon_buy_shipping import AmazonBuyShippingOptions
from cartcarrier.carriers.amazon_buy_shipping.mapping import prepare, read_step
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import LabelFormat, Money, OrderRef, PurchaseStep, ShipmentOptions, ShipmentRequest, Signature
from tests.unit.carriers.amazon_buy_shipping.samples import (
    CARRIER,
    REFERENCE,
    UNTIL,
    amazon_request,
    at_rate,
    book,
    config,
    document,
    group,
    offer,
    parcel,
    rates_for,
    recipient,
    request,
    sender,
    sent_by,
    service,
    step_of,
)


def test_purchase_repeats_the_rate() -> None:
    """Amazon knows the offer by its two names, and wants every demanded service again."""
    step = step_of(request(), offer(availableValueAddedServiceGroups=[group(service("NO_CONFIRMATION"))]))
    assert sent_by(step) == {
        "requestToken": "token-of-the-answer",
        "rateId": "rate-1",
        "requestedDocumentSpecification": {
            "format": "PNG",
            "size": {"width": 4, "length": 6, "unit": "INCH"},
            "dpi": 203,
            "pageLayout": "LEFT",
            "needFileJoining": False,
            "requestedDocumentTypes": ["LABEL"],
        },
        "requestedValueAddedServices": [{"id": "NO_CONFIRMATION"}],
    }


def test_step_is_protected_by_our_reference_until_the_rate_ends() -> None:
    """The same bytes under the same key are the same purchase."""
    step = step_of(request())
    assert (step.key, step.reference, step.expires_at) == (REFERENCE, REFERENCE, UNTIL)
    assert step.parcels == (0,)


def test_bytes_are_sent_as_they_were_prepared() -> None:
    """What the ledger keeps is what leaves, to the byte."""
    step = step_of(request())
    facts = read_step(step)
    assert json.loads(bytes(facts.request)) == sent_by(step)
    assert bytes(facts.request) in step.body


@pytest.mark.parametrize(
    ("formats", "offered", "expected"),
    [
        (None, ["PDF", "ZPL", "PNG"], "PNG"),
        (None, ["ZPL", "PDF"], "PDF"),
        ([LabelFormat.ZPL, LabelFormat.PNG], ["PNG", "ZPL"], "ZPL"),
        ([LabelFormat.GIF, LabelFormat.PDF], ["PDF", "PNG"], "PDF"),
    ],
    ids=["png first", "pdf before zpl", "zpl wanted", "gif is not had"],
)
def test_first_wanted_label_that_is_offered_is_taken(
    formats: list[LabelFormat] | None, offered: list[str], expected: str
) -> None:
    """A label that the printer cannot read costs the same."""
    options = ShipmentOptions(label_formats=formats) if formats else ShipmentOptions()
    made = sent_by(
        step_of(request(options=options), offer(supportedDocumentSpecifications=[document(one) for one in offered]))
    )
    assert made["requestedDocumentSpecification"]["format"] == expected


@pytest.mark.parametrize(
    ("option", "extra", "expected"),
    [
        ({"supportedDPIs": [300]}, {}, {"dpi": 300}),
        ({"supportedDPIs": None}, {}, {"dpi": None}),
        ({}, {"dpi": 300}, {"dpi": 300}),
        ({}, {"page_layout": "RIGHT"}, {"pageLayout": "RIGHT"}),
        ({"supportedPageLayouts": None}, {}, {"pageLayout": None}),
        ({"supportedFileJoiningOptions": [True]}, {}, {"needFileJoining": True}),
        ({"supportedFileJoiningOptions": None}, {}, {"needFileJoining": False}),
        (
            {
                "supportedFileJoiningOptions": [True],
                "supportedDocumentDetails": [
                    {"name": "PACKSLIP", "isMandatory": True},
                    {"name": "LABEL", "isMandatory": True},
                    {"name": "CUSTOM_FORM", "isMandatory": False},
                ],
            },
            {},
            {"requestedDocumentTypes": ["LABEL", "PACKSLIP"]},
        ),
        (
            {
                "supportedDocumentDetails": [
                    {"name": "LABEL", "isMandatory": True},
                    {"name": "CUSTOM_FORM", "isMandatory": False},
                    {"name": "RECEIPT", "isMandatory": False},
                ]
            },
            {},
            {"requestedDocumentTypes": ["LABEL", "CUSTOM_FORM"]},
        ),
    ],
    ids=str,
)
def test_document_is_one_of_the_rates_own_combinations(
    option: dict[str, Any], extra: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Amazon refuses every other one, at the moment of buying."""
    asked = request(options=ShipmentOptions(carrier_options=AmazonBuyShippingOptions(**extra)))
    made = sent_by(step_of(asked, offer(supportedDocumentSpecifications=[document(**option)])))
    specification = made["requestedDocumentSpecification"]
    assert {name: specification.get(name) for name in expected} == expected


def test_four_by_six_inches_is_taken_unless_another_size_is_asked_for() -> None:
    """A sheet of letter size does not fit a label printer."""
    sizes = [
        document("PNG", width=8, length=11),
        document("PNG"),
        document("PNG", width=10, length=15, unit="CENTIMETER"),
    ]
    asked = at_rate(request(), offer(supportedDocumentSpecifications=sizes))
    for size, width in ((None, 4), ("8x11", 8), ("10x15cm", 10)):
        made = sent_by(step_of(attrs.evolve(asked, options=ShipmentOptions(label_size=size))))
        assert made["requestedDocumentSpecification"]["size"]["width"] == width


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (ShipmentOptions(label_formats=[LabelFormat.GIF]), "options.label_formats"),
        (ShipmentOptions(label_size="4x8"), "options.label_size"),
        (ShipmentOptions(label_size="large"), "options.label_size"),
        (ShipmentOptions(carrier_options=AmazonBuyShippingOptions(dpi=600)), "options.label_formats"),
        (ShipmentOptions(carrier_options=AmazonBuyShippingOptions(page_layout="TOP")), "options.label_formats"),
    ],
    ids=["format", "size", "nonsense", "dpi", "layout"],
)
def test_label_that_the_rate_does_not_have_is_refused_before_buying(options: ShipmentOptions, field: str) -> None:
    """Found out afterwards it is a paid label that nobody can print."""
    with pytest.raises(UnsupportedOperationError) as caught:
        step_of(attrs.evolve(at_rate(request()), options=options))
    assert caught.value.field == field


def test_print_option_without_a_label_is_passed_over() -> None:
    """A packing slip alone is no label."""
    slip = document("PNG", supportedDocumentDetails=[{"name": "PACKSLIP", "isMandatory": True}])
    assert rates_for(request(), offer(supportedDocumentSpecifications=[slip])) == []


def test_reference_is_printed() -> None:
    """The user's own reference is what the warehouse sorts by."""
    made = sent_by(step_of(request(reference="order 7")))["requestedDocumentSpecification"]
    assert made["requestedLabelCustomization"] == {"requestAttributes": ["PACKAGE_CLIENT_REFERENCE_ID"]}
    assert "requestedLabelCustomization" not in sent_by(step_of(request()))["requestedDocumentSpecification"]


@pytest.mark.parametrize(
    "changes",
    [
        {"parcels": [parcel(insured_value=Money(amount=Decimal(250), currency="USD"))]},
        {"ship_to": recipient(street1="10 Elm St")},
        {"ship_from": sender(postal_code="89507")},
        {"reference": "order 8"},
        {"ship_date": date(2026, 1, 9)},
        {"order": OrderRef(channel="amazon:default", order_id="1"), "parcels": [parcel(items=[book()])]},
        {"options": ShipmentOptions(hold_at_location="AP-1")},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_rate_holds_for_what_was_quoted_only(changes: dict[str, Any]) -> None:
    """The purchase repeats two names and nothing else: Amazon would sell the label that was quoted, for another parcel."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(attrs.evolve(at_rate(request()), **changes))
    assert caught.value.field == "ShipmentRequest.rate"


def test_another_signature_must_be_quoted_anew() -> None:
    """Its price is another, and so is what happens at the door."""
    options = ShipmentOptions(signature=Signature.ADULT)
    with pytest.raises(InvalidValueError) as caught:
        step_of(attrs.evolve(at_rate(request()), options=options))
    assert caught.value.field == "ShipmentRequest.options.signature"


def test_another_value_added_service_must_be_quoted_anew() -> None:
    """As above."""
    options = ShipmentOptions(carrier_options=AmazonBuyShippingOptions(value_added_services=["OTP"]))
    with pytest.raises(InvalidValueError) as caught:
        step_of(attrs.evolve(at_rate(request()), options=options))
    assert caught.value.field == "ShipmentRequest.options.carrier_options"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rate": None}, "ShipmentRequest.rate"),
        ({"service": "UPS_PTP_GND"}, "ShipmentRequest.rate"),
    ],
    ids=["no rate", "another service"],
)
def test_nothing_is_bought_without_its_rate(changes: dict[str, Any], field: str) -> None:
    """Amazon sells at the rates it has just quoted, and at no others."""
    asked: ShipmentRequest = attrs.evolve(at_rate(request()), **changes)
    with pytest.raises(InvalidValueError) as caught:
        prepare(asked, reference=REFERENCE, config=config(), carrier=CARRIER)
    assert caught.value.field == field


def test_rate_of_another_account_is_refused() -> None:
    """The other seller would pay."""
    asked = at_rate(request())
    with pytest.raises(InvalidValueError) as caught:
        prepare(asked, reference=REFERENCE, config=config(), carrier="amazon-buy-shipping:other")
    assert caught.value.field == "ShipmentRequest.rate"


def test_further_inputs_go_with_the_purchase() -> None:
    """Amazon says by a schema of its own what a carrier wants to know."""
    wants = offer(requiresAdditionalInputs=True)
    shown = AmazonBuyShippingOptions(with_additional_inputs=True)
    asked = at_rate(request(options=ShipmentOptions(carrier_options=shown)), wants)
    with pytest.raises(InvalidValueError) as caught:
        step_of(asked)
    assert caught.value.field == "ShipmentRequest.options.carrier_options"
    given = AmazonBuyShippingOptions(additional_inputs='{"harmonizedSystemCode": "490199"}')
    made = sent_by(step_of(attrs.evolve(asked, options=ShipmentOptions(carrier_options=given))))
    assert made["additionalInputs"] == {"harmonizedSystemCode": "490199"}


def test_purchase_of_the_same_thing_has_the_same_hash_at_another_quote() -> None:
    """Names and prices of a quote change every time; what is bought does not."""
    first = prepare(at_rate(request()), reference="cc-1", config=config(), carrier=CARRIER)
    dearer = offer(rateId="rate-9", totalCharge={"value": 8, "unit": "USD"})
    second = prepare(at_rate(request(), dearer), reference="cc-2", config=config(), carrier=CARRIER)
    other = prepare(at_rate(request(), offer(serviceId="x")), reference="cc-3", config=config(), carrier=CARRIER)
    assert first.request_hash == second.request_hash != other.request_hash


def test_reference_must_fit_a_header() -> None:
    """It is the idempotency key."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(), reference="a b")
    assert caught.value.field == "reference"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"v": 1}'], ids=["empty", "object", "version only"])
def test_strange_step_is_refused(body: bytes) -> None:
    """Another carrier's bytes must not be sent."""
    with pytest.raises(InvalidValueError):
        read_step(PurchaseStep(index=0, parcels=(0,), reference=REFERENCE, body=body))


def test_step_of_a_later_version_is_refused() -> None:
    """Bytes that are not understood buy nothing."""
    step = step_of(amazon_request())
    later = attrs.evolve(step, body=step.body.replace(b'{"v":1', b'{"v":2', 1))
    with pytest.raises(InvalidValueError, match="another version"):
        read_step(later)
