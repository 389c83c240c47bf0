"""The exact bytes of a purchase."""

from datetime import date
from typing import Any

import attrs
import msgspec
import pytest

from cartcarrier.carriers.fedex import FedExNotice, FedExOptions
from cartcarrier.carriers.fedex.mapping import prepare, read_step, to_rates
from cartcarrier.carriers.fedex.schemas import RateAnswer
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.http import json_decoder
from cartcarrier.models import (
    Dimensions,
    LabelFormat,
    LengthUnit,
    PurchaseStep,
    Rate,
    ShipmentRequest,
    Weight,
    WeightUnit,
)
from tests.unit.carriers.fedex.samples import (
    ACCOUNT,
    CARRIER,
    REFERENCE,
    abroad,
    body_of,
    config,
    offer,
    offers,
    options,
    parcel,
    recipient,
    request,
    shipment_of,
    step_of,
)


def rate_of(asked: ShipmentRequest, **changes: Any) -> Rate:
    """Return what FedEx asks for it."""
    answer = json_decoder(RateAnswer).decode(msgspec.json.encode(offers(offer("GROUND_HOME_DELIVERY", **changes))))
    (rate,) = to_rates(answer, attrs.evolve(asked, service=None), config(), CARRIER)
    return rate


def test_purchase_is_what_the_field_guide_shows() -> None:
    """To the member (field guide fedex.md section 4.1)."""
    asked = request(reference="order 7", ship_date=date(2026, 12, 1))
    assert body_of(asked) == {
        "labelResponseOptions": "LABEL",
        "accountNumber": {"value": ACCOUNT},
        "requestedShipment": {
            "shipDatestamp": "2026-12-01",
            "shipper": {
                "contact": {"personName": "Ship Desk", "phoneNumber": "9015550100", "companyName": "Acme"},
                "address": {
                    "streetLines": ["1 Dock Rd"],
                    "city": "Memphis",
                    "stateOrProvinceCode": "TN",
                    "postalCode": "38116",
                    "countryCode": "US",
                },
            },
            "recipients": [
                {
                    "contact": {"personName": "Jill Doe", "phoneNumber": "3035550101"},
                    "address": {
                        "streetLines": ["9 Elm St"],
                        "city": "Aurora",
                        "stateOrProvinceCode": "CO",
                        "postalCode": "80012",
                        "countryCode": "US",
                        "residential": True,
                    },
                }
            ],
            "pickupType": "USE_SCHEDULED_PICKUP",
            "serviceType": "GROUND_HOME_DELIVERY",
            "packagingType": "YOUR_PACKAGING",
            "totalWeight": 3,
            "totalPackageCount": 1,
            "shippingChargesPayment": {
                "paymentType": "SENDER",
                "payor": {"responsibleParty": {"accountNumber": {"value": ACCOUNT}}},
            },
            "labelSpecification": {
                "labelFormatType": "COMMON2D",
                "imageType": "PNG",
                "labelStockType": "PAPER_4X6",
            },
            "rateRequestType": ["ACCOUNT", "LIST"],
            "requestedPackageLineItems": [
                {
                    "sequenceNumber": 1,
                    "groupPackageCount": 1,
                    "customerReferences": [
                        {"customerReferenceType": "CUSTOMER_REFERENCE", "value": REFERENCE},
                        {"customerReferenceType": "P_O_NUMBER", "value": "order 7"},
                    ],
                    "weight": {"units": "LB", "value": 3},
                    "dimensions": {"length": 10, "width": 8, "height": 4, "units": "IN"},
                }
            ],
        },
    }


def test_our_reference_stands_on_every_package() -> None:
    """By it a lost purchase is found (field guide fedex.md section 9)."""
    made = shipment_of(request(parcels=[parcel(), parcel()]))
    assert made["totalPackageCount"] == 2
    for place, package in enumerate(made["requestedPackageLineItems"], start=1):
        assert package["customerReferences"][0] == {
            "customerReferenceType": "CUSTOMER_REFERENCE",
            "value": REFERENCE,
        }
        assert (package["sequenceNumber"], package["groupPackageCount"]) == (place, 1)


def test_no_day_is_looked_at() -> None:
    """Without one FedEx takes its own today, which is the sender's; ours may be tomorrow."""
    assert "shipDatestamp" not in shipment_of(request())


def test_units_are_those_of_the_origin() -> None:
    """One system a shipment."""
    heavy = parcel(weight=Weight(value=1, unit=WeightUnit.KILOGRAM))
    assert shipment_of(request(parcels=[heavy]))["requestedPackageLineItems"][0]["weight"]["units"] == "LB"


def test_total_weight_is_the_sum_of_the_packages() -> None:
    """In the packages' unit."""
    light = parcel(weight=Weight(value="1.01", unit=WeightUnit.POUND))
    assert shipment_of(request(parcels=[light, light]))["totalWeight"] == 2.2


def test_sides_are_left_out_where_fedex_knows_them() -> None:
    """FedEx's packaging has its own, and unknown ones are not zero."""
    pak = parcel(packaging="FEDEX_PAK")
    made = shipment_of(request(parcels=[pak], service="FEDEX_2_DAY"))
    assert "dimensions" not in made["requestedPackageLineItems"][0]
    assert made["packagingType"] == "FEDEX_PAK"
    assert "dimensions" not in shipment_of(request(parcels=[parcel(dimensions=None)]))["requestedPackageLineItems"][0]


def test_sides_are_rounded_up() -> None:
    """FedEx cuts decimals."""
    box = parcel(dimensions=Dimensions(length="9.4", width="8", height="4", unit=LengthUnit.INCH))
    assert shipment_of(request(parcels=[box]))["requestedPackageLineItems"][0]["dimensions"]["length"] == 10


@pytest.mark.parametrize(
    ("changes", "image", "stock"),
    [
        ({}, "PNG", "PAPER_4X6"),
        ({"label_formats": [LabelFormat.PDF]}, "PDF", "PAPER_4X6"),
        ({"label_formats": [LabelFormat.ZPL]}, "ZPLII", "STOCK_4X6"),
        ({"label_formats": [LabelFormat.EPL, LabelFormat.PDF]}, "EPL2", "STOCK_4X6"),
        ({"label_formats": [LabelFormat.GIF, LabelFormat.ZPL]}, "ZPLII", "STOCK_4X6"),
        ({"label_formats": [LabelFormat.PDF], "label_size": "8.5x11"}, "PDF", "PAPER_85X11_TOP_HALF_LABEL"),
        (
            {"label_formats": [LabelFormat.ZPL, LabelFormat.PDF], "label_size": "letter"},
            "PDF",
            "PAPER_85X11_TOP_HALF_LABEL",
        ),
        ({"label_formats": [LabelFormat.ZPL], "label_size": "4 x 6.75"}, "ZPLII", "STOCK_4X675"),
        ({"label_size": "4x10.5"}, "ZPLII", "STOCK_4X105_TRAILING_DOC_TAB"),
    ],
)
def test_label_fits_its_paper(changes: dict[str, Any], image: str, stock: str) -> None:
    """A thermal label on laser paper is re-drawn, and its code cannot be read."""
    made = shipment_of(request(options=options(**changes)))["labelSpecification"]
    assert (made["imageType"], made["labelStockType"]) == (image, stock)


@pytest.mark.parametrize(("stock", "image"), [("STOCK_4X675_LEADING_DOC_TAB", "ZPLII"), ("PAPER_LETTER", "PNG")])
def test_paper_may_be_named_as_fedex_does(stock: str, image: str) -> None:
    """The format follows the paper."""
    made = shipment_of(request(options=options(FedExOptions(label_stock=stock))))["labelSpecification"]
    assert (made["imageType"], made["labelStockType"]) == (image, stock)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (options(label_formats=[LabelFormat.GIF]), "options.label_formats"),
        (options(label_formats=[LabelFormat.ZPL], label_size="letter"), "options.label_formats"),
        (options(FedExOptions(label_stock="PAPER_LETTER"), label_formats=[LabelFormat.ZPL]), "options.label_formats"),
        (options(label_size="2x7"), "options.label_size"),
        (options(FedExOptions(label_stock="STOCK_4X6.75")), "FedExOptions.label_stock"),
    ],
)
def test_label_that_cannot_be_had_is_refused(asked: Any, field: str) -> None:
    """Before it is paid."""
    with pytest.raises(UnsupportedOperationError) as caught:
        step_of(request(options=asked))
    assert caught.value.field == field


def test_label_comes_with_the_purchase_unless_asked_otherwise() -> None:
    """Its address dies after a day (field guide fedex.md section 11, pitfall 17)."""
    assert body_of(request())["labelResponseOptions"] == "LABEL"
    assert body_of(request(options=options(FedExOptions(label_by_url=True))))["labelResponseOptions"] == "URL_ONLY"


def test_printed_reference_stands_where_asked() -> None:
    """FedEx's customer reference is ours."""
    asked = request(reference="7", options=options(FedExOptions(reference_kind="INVOICE_NUMBER")))
    (package,) = shipment_of(asked)["requestedPackageLineItems"]
    assert package["customerReferences"][1] == {"customerReferenceType": "INVOICE_NUMBER", "value": "7"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reference": "x" * 31}, "ShipmentRequest.reference"),
        ({"options": options(FedExOptions(description="x" * 51))}, "FedExOptions.description"),
        (
            {"options": options(FedExOptions(notices=[FedExNotice.DELIVERED]))},
            "ShipmentRequest.ship_to.email",
        ),
        (
            {
                "ship_to": recipient(email="x" * 81),
                "options": options(FedExOptions(notices=[FedExNotice.DELIVERED])),
            },
            "ShipmentRequest.ship_to.email",
        ),
    ],
)
def test_text_without_room_is_named(changes: dict[str, Any], field: str) -> None:
    """Nothing is cut in silence."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(**changes))
    assert caught.value.field == field


@pytest.mark.parametrize("reference", ["", " ", "two words", "x" * 31])
def test_reference_must_be_searchable(reference: str) -> None:
    """A look-up names it exactly."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(), reference=reference)
    assert caught.value.field == "reference"


def test_notices_go_to_the_recipient() -> None:
    """About what was asked, each once."""
    asked = request(
        ship_to=recipient(email="jill@example.com"),
        options=options(
            FedExOptions(notices=[FedExNotice.SHIPPED, FedExNotice.DELIVERED, FedExNotice.SHIPPED], description="Books")
        ),
    )
    made = shipment_of(asked)
    (notice,) = made["emailNotificationDetail"]["emailNotificationRecipients"]
    assert notice["emailAddress"] == "jill@example.com"
    assert notice["notificationEventType"] == ["ON_SHIPMENT", "ON_DELIVERY"]
    assert made["requestedPackageLineItems"][0]["itemDescription"] == "Books"


def test_price_is_asked_in_the_wished_for_currency() -> None:
    """As it was quoted."""
    made = shipment_of(request(), currency="EUR")
    assert (made["rateRequestType"], made["preferredCurrency"]) == (["ACCOUNT", "LIST", "PREFERRED"], "EUR")


# --- at a rate ------------------------------------------------------------------------------------------------------------


def test_rate_says_what_is_bought() -> None:
    """With FedEx's own packaging, where it has priced another than was asked."""
    asked = request(service=None)
    rate = rate_of(asked)
    made = shipment_of(attrs.evolve(asked, rate=rate, service="FEDEX_2_DAY"))
    assert made["serviceType"] == "GROUND_HOME_DELIVERY"
    assert made["packagingType"] == "YOUR_PACKAGING"


def test_packaging_that_fedex_has_priced_is_repeated() -> None:
    """It may be another than was asked ("bumped": field guide fedex.md section 2.2)."""
    asked = request(service=None, parcels=[parcel(packaging="FEDEX_BOX", dimensions=None)])
    answer = json_decoder(RateAnswer).decode(
        msgspec.json.encode(offers(offer("FEDEX_2_DAY", packagingType="FEDEX_SMALL_BOX")))
    )
    (rate,) = to_rates(answer, asked, config(), CARRIER)
    with pytest.raises(InvalidValueError, match="another packaging"):
        step_of(attrs.evolve(asked, rate=rate))
    own = attrs.evolve(asked, parcels=[parcel(dimensions=None)], rate=rate)
    assert shipment_of(own)["packagingType"] == "FEDEX_SMALL_BOX"


def test_home_that_fedex_has_found_is_repeated() -> None:
    """Home Delivery without the flag is refused."""
    asked = request(service=None, ship_to=recipient(residential=None))
    made = shipment_of(attrs.evolve(asked, rate=rate_of(asked)))
    assert made["recipients"][0]["address"]["residential"] is True


def test_rate_without_a_token_names_the_service() -> None:
    """One that was kept as plain facts."""
    rate = attrs.evolve(rate_of(request(service=None)), token=None)
    assert shipment_of(request(service=None, rate=rate))["serviceType"] == "GROUND_HOME_DELIVERY"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parcels": [parcel(), parcel()]}, "1 parcels, not 2"),
        ({"parcels": [parcel(packaging="FEDEX_PAK")]}, "another packaging"),
        ({"ship_to": recipient(residential=False)}, "residential"),
        ({"options": options(saturday_delivery=True)}, "saturday"),
        ({"options": options(FedExOptions(one_rate=True))}, "one_rate"),
        ({"is_return": True}, "is_return"),
        ({"options": options(hold_at_location="YBZA")}, "hold_at_location"),
    ],
)
def test_rate_for_something_else_is_refused(changes: dict[str, Any], words: str) -> None:
    """The price would be another one, unseen."""
    asked = request(service=None)
    with pytest.raises(InvalidValueError, match=words) as caught:
        step_of(attrs.evolve(asked, rate=rate_of(asked), **changes))
    assert caught.value.field == "ShipmentRequest.rate"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"carrier": "fedex:other"}, "fedex:other"),
        ({"token": "{}"}, "not one of this driver"),
        ({"token": "zzz"}, "not one of this driver"),
    ],
)
def test_rate_of_another_account_or_driver_is_refused(changes: dict[str, Any], words: str) -> None:
    """Somebody else promised it."""
    asked = request(service=None)
    rate = attrs.evolve(rate_of(asked), **changes)
    with pytest.raises(InvalidValueError, match=words):
        step_of(attrs.evolve(asked, rate=rate))


def test_rate_of_a_later_version_is_refused() -> None:
    """What it fixed cannot be read."""
    asked = request(service=None)
    rate = rate_of(asked)
    assert rate.token is not None
    later = attrs.evolve(rate, token=rate.token.replace('"v":1', '"v":2'))
    with pytest.raises(InvalidValueError, match="another version"):
        step_of(attrs.evolve(asked, rate=later))


# --- the step -------------------------------------------------------------------------------------------------------------


def test_hash_is_of_what_makes_it_this_purchase() -> None:
    """Not of our reference: the same purchase has another one when it is made anew."""
    asked = abroad()
    first = prepare(asked, reference="cc-1", config=config(), carrier=CARRIER)
    second = prepare(asked, reference="cc-2", config=config(), carrier=CARRIER)
    assert first.request_hash == second.request_hash
    assert first.steps[0].body != second.steps[0].body
    other = prepare(abroad(service="INTERNATIONAL_ECONOMY"), reference="cc-1", config=config(), carrier=CARRIER)
    assert other.request_hash != first.request_hash
    elsewhere = prepare(asked, reference="cc-1", config=config(), carrier="fedex:eu")
    assert elsewhere.request_hash != first.request_hash


def test_step_covers_all_parcels() -> None:
    """One call buys them."""
    step = step_of(request(parcels=[parcel(), parcel()]))
    assert (step.index, step.parcels, step.reference, step.key) == (0, (0, 1), REFERENCE, None)


def test_step_knows_what_it_buys() -> None:
    """After a crash the bytes are all there is."""
    asked = request(
        parcels=[parcel(), parcel()],
        ship_date=date(2026, 12, 1),
        service="PRIORITY_OVERNIGHT",
        options=options(label_formats=[LabelFormat.ZPL], saturday_delivery=True),
    )
    facts = read_step(step_of(asked))
    assert (facts.account, facts.service, facts.form) == (ACCOUNT, "PRIORITY_OVERNIGHT", LabelFormat.ZPL)
    assert (facts.parcels, facts.saturday, facts.is_return) == (2, True, False)
    assert facts.ship_date == date(2026, 12, 1)
    back = read_step(step_of(request(is_return=True, service="FEDEX_2_DAY")))
    assert (back.is_return, back.saturday, back.ship_date) == (True, False, None)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff"])
def test_step_of_somebody_else_is_refused(body: bytes) -> None:
    """Its bytes would be sent to FedEx as they are."""
    with pytest.raises(InvalidValueError) as caught:
        read_step(PurchaseStep(index=0, parcels=(0,), reference="cc-1", body=body))
    assert caught.value.field == "PurchaseStep.body"
