"""What Amazon offers, as rates."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from cartcarrier.carriers.amazon_buy_shipping import AmazonBuyShippingOptions, schemas
from cartcarrier.carriers.amazon_buy_shipping.codes import INELIGIBLE
from cartcarrier.carriers.amazon_buy_shipping.mapping import no_offer, read_token, to_question, to_rates
from cartcarrier.errors import (
    InvalidValueError,
    PermissionDeniedError,
    ProviderError,
    RejectedError,
    ServiceUnavailableForLaneError,
    UnsupportedOperationError,
)
from cartcarrier.http import json_decoder, json_encode
from cartcarrier.models import LabelFormat, Money, ShipmentOptions, ShipmentRequest, Signature
from tests.unit.carriers.amazon_buy_shipping.samples import (
    CARRIER,
    UNTIL,
    amazon_request,
    config,
    document,
    group,
    ineligible,
    offer,
    rates_answer,
    rates_for,
    read_rates,
    request,
    service,
)

NONE, DELIVERY = service("NO_CONFIRMATION"), service("DELIVERY_CONFIRMATION")
SIGNED, ADULT = service("SIGNATURE_CONFIRMATION", 2.5), service("ADULT_SIGNATURE_CONFIRMATION", 4.25)
FACTS: dict[str, Any] = {"provider": "amazon-buy-shipping", "account": "default", "operation": "get_rates"}


def usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def test_rate_says_what_it_costs_and_until_when() -> None:
    """A price is a promise, and this one is short."""
    items = [
        {
            "rateItemID": "BASE_RATE",
            "rateItemNameLocalization": "Base",
            "rateItemCharge": {"value": "6.00", "unit": "USD"},
        },
        {"rateItemID": "FUEL_SURCHARGE", "rateItemCharge": {"value": 1, "unit": "USD"}},
    ]
    (rate,) = rates_for(request(), offer(rateItemList=items))
    assert rate.carrier == CARRIER
    assert (rate.service.code, rate.service.name) == ("std-us-swa-mfn", "Amazon Shipping Ground")
    assert rate.total == usd("7")
    assert [(charge.code, charge.description, charge.amount) for charge in rate.charges] == [
        ("BASE_RATE", "Base", usd("6.00")),
        ("FUEL_SURCHARGE", "FUEL_SURCHARGE", usd("1")),
    ]
    assert rate.estimated_delivery == datetime(2026, 1, 8, 20, tzinfo=UTC)
    assert rate.valid_until == UNTIL


def test_carriers_name_is_not_said_twice() -> None:
    """A name like UPS UPS Ground helps nobody."""
    (rate,) = rates_for(request(), offer(carrierName="UPS", serviceName="UPS Ground"))
    assert rate.service.name == "UPS Ground"


def test_what_amazon_leaves_out_is_not_known() -> None:
    """A promise without a window is no day."""
    bare = offer(promise={}, serviceName=None, carrierName=None, supportedDocumentSpecifications=[document()])
    (rate,) = rates_for(request(), bare)
    assert rate.estimated_delivery is None
    assert rate.service.name == "std-us-swa-mfn"


def test_excluded_benefits_and_payment_are_warnings() -> None:
    """A label without claims protection is another product."""
    benefits = {
        "includedBenefits": [],
        "excludedBenefits": [
            {"benefit": "CLAIMS_PROTECTED", "reasonCodes": ["LATE_DELIVERY_RISK"]},
            {"benefit": "OTHER"},
        ],
    }
    (rate,) = rates_for(request(), offer(benefits=benefits, paymentType="PAY_DIRECT_TO_CARRIER"))
    assert rate.warnings == (
        "without CLAIMS_PROTECTED (LATE_DELIVERY_RISK)",
        "without OTHER",
        "paid to the carrier directly, not through Amazon",
    )


@pytest.mark.parametrize(
    ("signature", "groups", "ids", "total"),
    [
        (None, [], [], "7"),
        (None, [group(ADULT, SIGNED, NONE)], ["NO_CONFIRMATION"], "7"),
        (None, [group(service("SIGNATURE_CONFIRMATION"), DELIVERY)], ["DELIVERY_CONFIRMATION"], "7"),
        (None, [group(service("SIG_X", 2))], ["SIG_X"], "9"),
        (None, [group(ADULT, NONE, required=False)], [], "7"),
        (None, [group(service("A")), group(service("B", 1), service("C"))], ["A", "C"], "7"),
        (Signature.NOT_REQUIRED, [group(ADULT, DELIVERY)], ["DELIVERY_CONFIRMATION"], "7"),
        (Signature.NOT_REQUIRED, [], [], "7"),
        (Signature.DIRECT, [group(NONE, SIGNED, ADULT)], ["SIGNATURE_CONFIRMATION"], "9.5"),
        (Signature.ADULT, [group(NONE, SIGNED, ADULT, required=False)], ["ADULT_SIGNATURE_CONFIRMATION"], "11.25"),
        (
            Signature.ADULT,
            [group(service("VAS_ADULT_SIGNATURE_CONFIRMATION", 1))],
            ["VAS_ADULT_SIGNATURE_CONFIRMATION"],
            "8",
        ),
        (Signature.ADULT, [group(service("A")), group(NONE, ADULT)], ["A", "ADULT_SIGNATURE_CONFIRMATION"], "11.25"),
    ],
    ids=[
        "nothing demanded",
        "cheapest",
        "least demanding of equal price",
        "only one",
        "not demanded",
        "one of each group",
        "no signature wanted",
        "no signature to be had",
        "direct",
        "adult",
        "prefixed",
        "signature beside another group",
    ],
)
def test_demanded_services_are_chosen_and_priced(
    signature: Signature | None, groups: list[Any], ids: list[str], total: str
) -> None:
    """A purchase without them is refused, and one with a dearer one than needed costs more."""
    asked = request(options=ShipmentOptions(signature=signature))
    (rate,) = rates_for(asked, offer(availableValueAddedServiceGroups=groups))
    assert list(read_token(rate.token).services) == ids
    assert rate.total == usd(total)


@pytest.mark.parametrize(
    ("signature", "groups"),
    [
        (Signature.ADULT, []),
        (Signature.ADULT, [group(NONE, SIGNED)]),
        (Signature.DIRECT, [group(NONE, ADULT)]),
        (Signature.NOT_REQUIRED, [group(SIGNED, ADULT)]),
        (None, [group()]),
        (None, [group(service("X", 1, "EUR"))]),
    ],
    ids=["no group", "no adult", "no direct", "signature only", "empty group", "other currency"],
)
def test_offer_that_cannot_do_it_is_none(signature: Signature | None, groups: list[Any]) -> None:
    """A label for an adult's signature must not be one that is left at the door."""
    asked = request(options=ShipmentOptions(signature=signature))
    assert rates_for(asked, offer(availableValueAddedServiceGroups=groups)) == []


def test_named_services_are_bought() -> None:
    """Amazon's own ids are open: whoever knows one can ask for it."""
    extra = AmazonBuyShippingOptions(value_added_services=["OTP"])
    asked = request(options=ShipmentOptions(carrier_options=extra))
    groups = [group(NONE), group(service("OTP", 1), required=False)]
    (rate,) = rates_for(asked, offer(availableValueAddedServiceGroups=groups))
    assert read_token(rate.token).services == ("NO_CONFIRMATION", "OTP")
    assert rates_for(asked, offer(availableValueAddedServiceGroups=[group(NONE)])) == []


def _outcome(asked: ShipmentRequest, *offers: Any, refused: list[Any] | None = None) -> Exception | None:
    answer = json_decoder(schemas.Rates).decode(json_encode(rates_answer(*offers, ineligible=refused)["payload"]))
    question = to_question(asked, config())
    rates, dropped = to_rates(answer, asked, question, carrier=CARRIER, valid_until=UNTIL)
    assert rates == []
    return no_offer(answer, question, dropped, FACTS)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (ShipmentOptions(signature=Signature.ADULT), "options.signature"),
        (ShipmentOptions(label_formats=[LabelFormat.EPL]), "options.label_formats"),
        (
            ShipmentOptions(carrier_options=AmazonBuyShippingOptions(value_added_services=["X"])),
            "options.carrier_options",
        ),
    ],
    ids=["signature", "label", "service"],
)
def test_option_that_no_offer_has_is_named(options: ShipmentOptions, field: str) -> None:
    """An empty list would say that nothing runs there."""
    error = _outcome(request(options=options), offer())
    assert isinstance(error, UnsupportedOperationError)
    assert error.field == field
    assert "std-us-swa-mfn" in str(error)


def test_offer_that_wants_further_inputs_is_shown_on_request_only() -> None:
    """A chooser that takes the cheapest would take one that cannot be bought."""
    wants = offer(requiresAdditionalInputs=True)
    assert isinstance(_outcome(request(), wants), UnsupportedOperationError)
    extra = AmazonBuyShippingOptions(with_additional_inputs=True)
    (rate,) = rates_for(request(options=ShipmentOptions(carrier_options=extra)), wants)
    assert any("additional_inputs" in warning for warning in rate.warnings)


@pytest.mark.parametrize("code", [*INELIGIBLE, "BRAND_NEW"])
def test_reason_of_a_named_service_decides_the_error(code: str) -> None:
    """Too heavy, not there, and terms not accepted are mended in three different ways."""
    expected = {
        "SIZE_RESTRICTIONS": RejectedError,
        "WEIGHT_RESTRICTIONS": RejectedError,
        "UNSUPPORTED_VAS": RejectedError,
        "VAS_COMBINATION_RESTRICTION": RejectedError,
        "TERMS_AND_CONDITIONS_NOT_ACCEPTED": PermissionDeniedError,
    }.get(code, ServiceUnavailableForLaneError)
    error = _outcome(request(service="UPS_PTP_GND"), refused=[ineligible(code)])
    assert type(error) is expected
    assert isinstance(error, ProviderError)
    assert error.code == code
    assert "Jill" not in str(error)


def test_unknown_service_is_not_on_offer() -> None:
    """Silence would be taken for "free"."""
    error = _outcome(request(service="NO_SUCH"), offer())
    assert type(error) is ServiceUnavailableForLaneError
    assert "NO_SUCH" in str(error)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], None),
        (["NO_COVERAGE"], None),
        (["NO_COVERAGE", "WEIGHT_RESTRICTIONS"], None),
        (["WEIGHT_RESTRICTIONS", "SIZE_RESTRICTIONS"], RejectedError),
        (["TERMS_AND_CONDITIONS_NOT_ACCEPTED"], PermissionDeniedError),
    ],
    ids=["nothing", "lane", "mixed", "parcel", "terms"],
)
def test_no_offer_at_all_has_a_reason_where_it_can_be_mended(
    codes: list[str], expected: type[Exception] | None
) -> None:
    """Nothing between two places is no error; a parcel that is too heavy for everybody is."""
    refused = [ineligible(code, f"S{place}") for place, code in enumerate(codes)]
    error = _outcome(request(), refused=refused)
    assert type(error) is (expected or type(None))


def test_asked_service_is_the_only_one() -> None:
    """Whoever asks for Ground must not be handed the price of overnight."""
    both = [offer(), offer(serviceId="UPS_PTP_GND", rateId="rate-2")]
    assert [rate.service.code for rate in rates_for(request(service="UPS_PTP_GND"), *both)] == ["UPS_PTP_GND"]
    assert len(rates_for(request(), *both)) == 2


def test_token_holds_all_that_the_purchase_repeats() -> None:
    """The rate may be bought by another process, which has nothing but the token."""
    token = read_token(rates_for(amazon_request(), offer())[0].token)
    assert (token.request_token, token.rate_id) == ("token-of-the-answer", "rate-1")
    assert (token.amazon, token.carrier_id, token.service) == (True, "AMZN_US", "std-us-swa-mfn")
    assert [one.format for one in token.documents] == ["PDF", "PNG", "ZPL"]


@pytest.mark.parametrize("token", [None, "", "{}", "x", '{"v":2}'], ids=str)
def test_strange_token_is_refused(token: str | None) -> None:
    """Another driver's token, or a cut one, buys nothing."""
    with pytest.raises(InvalidValueError) as caught:
        read_token(token)
    assert caught.value.field == "ShipmentRequest.rate"


def test_token_of_a_later_version_is_refused() -> None:
    """A label must not be bought by a reading of what is not understood."""
    token = json.loads(rates_for(request(), offer())[0].token or "")
    with pytest.raises(InvalidValueError, match="another version"):
        read_token(json.dumps({**token, "v": 2}))


def test_rate_with_a_token_survives_the_ledger() -> None:
    """Rates are kept as plain values."""
    (rate,) = rates_for(request(), offer())
    assert attrs.evolve(rate) == rate
    assert read_rates(offer()).request_token == "token-of-the-answer"
