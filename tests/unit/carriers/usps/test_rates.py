"""Prices: which of the many that come back is the one to pay."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import attrs
import msgspec
import pytest

from cartcarrier.carriers.usps.mapping import (
    asked_service,
    plan_quotes,
    to_options_question,
    to_prices_question,
    to_rates,
)
from cartcarrier.carriers.usps.mapping.questions import Quoting
from cartcarrier.carriers.usps.mapping.rates import arrival, offers_of, transit_days
from cartcarrier.carriers.usps.schemas import Commitment, OptionsResponse, PricesResponse
from cartcarrier.http import json_encode
from cartcarrier.models import CustomsDeclaration, Rate, ShipmentRequest, Signature
from tests.unit.carriers.usps.samples import (
    CARRIER,
    NOW,
    abroad,
    back,
    berliner,
    canadian,
    config,
    dollars,
    extra,
    inches,
    military,
    options,
    parcel,
    price,
    priced,
    rate_option,
    request,
    shirt,
)

ALL = request(service=None)


def quoting_of(asked: ShipmentRequest) -> Quoting:
    """Return what is asked."""
    quoting = plan_quotes(asked, NOW)
    assert quoting is not None
    return quoting


def rates_of(asked: ShipmentRequest, *found: dict[str, Any]) -> list[Rate]:
    """Return the rates that come of these ways."""
    quoting = quoting_of(asked)
    answer = msgspec.convert(priced(*found), OptionsResponse, strict=False)
    return to_rates(quoting, [offers_of(answer, piece) for piece in quoting.pieces], CARRIER, "COMMERCIAL")


def question_of(asked: ShipmentRequest, **settings: Any) -> dict[str, Any]:
    """Return the question to Shipping Options."""
    made = to_options_question(quoting_of(asked), 0, config(**settings), settings.get("price_type", "COMMERCIAL"))
    return json.loads(json_encode(made, decimals="number"))  # type: ignore[no-any-return]  # plain JSON


def test_one_question_asks_for_all() -> None:
    """Of 60 calls an hour, one is for all prices, days and extra services (pitfall 1)."""
    assert question_of(ALL) == {
        "originZIPCode": "10018",
        "destinationZIPCode": "80012",
        "pricingOptions": [{"priceType": "COMMERCIAL"}],
        "packageDescription": {
            "weight": 1.25,
            "length": 9,
            "width": 6,
            "height": 4,
            "mailClass": "ALL_OUTBOUND",
            "mailingDate": "2026-12-01",
        },
    }


def test_question_abroad_has_other_keys() -> None:
    """Keys of both kinds together are refused as matching two schemas (field guide usps.md §2.1)."""
    made = question_of(abroad(service=None))
    assert (made["destinationCountryCode"], made["foreignPostalCode"]) == ("CA", "K1A 0B1")
    assert "destinationZIPCode" not in made
    assert made["packageDescription"]["mailClass"] == "ALL"
    assert made["packageDescription"]["packageValue"] == 40


def test_class_is_always_said() -> None:
    """Documented as optional, and missed where it is missing (pitfall 10)."""
    at_home = to_prices_question(quoting_of(ALL), 0, config(), "COMMERCIAL", extras=True)
    assert at_home.mail_classes == ["PRIORITY_MAIL", "PRIORITY_MAIL_EXPRESS", "USPS_GROUND_ADVANTAGE"]
    assert at_home.mail_class is None
    gone = to_prices_question(quoting_of(abroad(service=None)), 0, config(), "COMMERCIAL", extras=True)
    assert (gone.mail_class, gone.mail_classes) == ("ALL", None)
    one = to_prices_question(quoting_of(request()), 0, config(), "COMMERCIAL", extras=False)
    assert (one.mail_class, one.item_value) == ("USPS_GROUND_ADVANTAGE", None)
    assert question_of(back(service=None))["packageDescription"]["mailClass"] == "ALL_RETURNS"


def test_contract_names_the_account() -> None:
    """160154; without a contract no account goes along: it would be a 403 (pitfall 12)."""
    assert question_of(ALL, price_type="CONTRACT")["pricingOptions"] == [
        {
            "priceType": "CONTRACT",
            "paymentAccount": {"accountType": "EPS", "accountNumber": "1000000001", "CRID": "12345678"},
        }
    ]
    assert "paymentAccount" not in json.dumps(question_of(ALL))
    made = to_prices_question(quoting_of(ALL), 0, config(), "CONTRACT", extras=True)
    assert (made.account_type, made.account_number) == ("EPS", "1000000001")


def test_duties_are_quoted_when_the_sender_pays_them() -> None:
    """160396: with the goods, in the spelling of prices (pitfall 33)."""
    ddp = CustomsDeclaration(incoterm="DDP")
    made = question_of(abroad(customs=ddp))
    assert made["requestDutiesTaxesFees"] is True
    assert (made["destinationCity"], made["destinationState"]) == ("Ottawa", "ON")
    assert made["items"] == [
        {"itemId": "1", "itemValue": 20, "itemQuantity": 2, "countryOfOrigin": "PT", "HSTariffNumber": "610910"}
    ]
    assert "destinationState" not in question_of(abroad(customs=ddp, ship_to=berliner(region="Berlin")))
    assert "requestDutiesTaxesFees" not in question_of(abroad())


def test_what_is_asked_beside_is_priced() -> None:
    """Insurance that was not priced is a surprise on the bill."""
    asked = request(parcels=[parcel(insured_value=dollars("80"))], options=options(signature=Signature.ADULT))
    made = question_of(asked)["packageDescription"]
    assert (made["extraServices"], made["packageValue"]) == ([922, 930], 80)
    tube = question_of(request(options=extra(nonstandard=True, girth=Decimal(20))))["packageDescription"]
    assert (tube["hasNonstandardCharacteristics"], tube["girth"]) == (True, 20)


def test_rates_name_service_price_and_day() -> None:
    """One for each mail class."""
    found = rates_of(
        ALL,
        rate_option(price("PRIORITY_MAIL", 12.68)),
        rate_option(price(fees=[{"name": "Nonstandard Length", "SKU": "F", "price": 4}]), totalBasePrice=12.25),
    )
    assert [(rate.service.code, rate.total) for rate in found] == [
        ("PRIORITY_MAIL", dollars("12.68")),
        ("USPS_GROUND_ADVANTAGE", dollars("12.25")),
    ]
    ground = found[1]
    assert ground.carrier == CARRIER
    assert ground.service.name == "USPS Ground Advantage"
    assert (ground.transit_days, ground.estimated_delivery, ground.guaranteed) == (3, date(2026, 12, 5), False)
    assert [(charge.description, charge.amount) for charge in ground.charges] == [
        ("USPS_GROUND_ADVANTAGE Machinable Single-piece", dollars("8.25")),
        ("Nonstandard Length", dollars("4")),
    ]
    assert ground.valid_until == datetime(2026, 12, 2, 4, 0, tzinfo=UTC)


def test_own_box_is_never_priced_as_one_of_usps() -> None:
    """That is charged weeks later (pitfall 30); nor as volume that nobody asked for."""
    offers = [
        rate_option(price("PRIORITY_MAIL", amount, indicator=indicator))
        for amount, indicator in ((5, "FE"), (6, "CP"), (7, "3D"), (12, "SP"))
    ]
    (rate,) = rates_of(request(service="PRIORITY_MAIL"), *offers)
    assert rate.total == dollars("12")
    (flat,) = rates_of(request(service="PRIORITY_MAIL", parcels=[parcel(packaging="FLAT_RATE_ENVELOPE")]), *offers)
    assert flat.total == dollars("5")
    (cubic,) = rates_of(request(service="PRIORITY_MAIL", parcels=[parcel(packaging="CUBIC_PARCELS")]), *offers)
    assert cubic.total == dollars("6")


def test_entry_at_the_far_end_is_no_offer() -> None:
    """It looks cheap, and somebody would have to drive there (field guide usps.md §2.2)."""
    near = rate_option(price())
    far = rate_option(price(amount=2, destinationEntryFacilityType="DESTINATION_DELIVERY_UNIT"))
    assert [rate.total for rate in rates_of(ALL, far, near)] == [dollars("8.25")]


def test_volume_and_machines_choose_the_price() -> None:
    """Priced as a common box, a bulky one is refused (030007) or charged later."""
    offers = [
        rate_option(price(amount=9, indicator="SP")),
        rate_option(price(amount=30, indicator="DR", processingCategory="NONSTANDARD")),
        rate_option(price(amount=5, indicator="DR", processingCategory="MACHINABLE")),
        rate_option(price(amount=8, indicator="SP", processingCategory="NONSTANDARD")),
        rate_option(price(amount=99, indicator="OS", processingCategory="NONSTANDARD")),
    ]
    for sides, total in ((("9", "6", "4"), "9"), (("20", "20", "20"), "30"), (("60", "15", "15"), "99")):
        (rate,) = rates_of(request(parcels=[parcel(dimensions=inches(*sides))]), *offers)
        assert rate.total == dollars(total)


def test_restricted_classes_are_offered_by_name_only() -> None:
    """Media Mail is cheap, and for books."""
    offers = [rate_option(price("MEDIA_MAIL", 3)), rate_option(price())]
    assert [rate.service.code for rate in rates_of(ALL, *offers)] == ["USPS_GROUND_ADVANTAGE"]
    assert [rate.service.code for rate in rates_of(request(service="MEDIA_MAIL"), *offers)] == ["MEDIA_MAIL"]


def test_extra_services_are_in_the_price() -> None:
    """Whatever member has the total."""
    asked = request(options=options(signature=Signature.DIRECT))
    warned = [{"warningCode": "W1", "warningDescription": "Not on <b>Sunday</b>"}]
    signed = {"extraService": "921", "name": "Signature<SUP>&reg;</SUP>", "SKU": "S", "price": 3.45, "warnings": warned}
    other = {"extraService": "955", "name": "Receipt", "price": 9}
    for total in (11.70, None):
        (rate,) = rates_of(asked, rate_option(price(), extraServices=[signed, other], totalPrice=total))
        assert rate.total == dollars("11.70")
        assert rate.charges[-1].code == "921"
        assert rate.charges[-1].description == "Signature®"
        assert rate.warnings == ("Not on Sunday",)


def test_service_that_cannot_do_it_is_no_offer() -> None:
    """A signature that is not priced would be dropped in silence."""
    asked = request(options=options(signature=Signature.DIRECT))
    for changes in ({"totalPrice": None}, {}, {"extraServices": [{"extraService": "955", "price": 1}]}):
        assert rates_of(asked, rate_option(price(), **changes)) == []


def test_extra_services_without_a_code_count() -> None:
    """Older answers name them in words only."""
    asked = request(options=options(signature=Signature.DIRECT))
    (rate,) = rates_of(asked, rate_option(price(), extraServices=[{"name": "Signature", "price": 3}], totalPrice=11.25))
    assert rate.total == dollars("11.25")


def test_duties_are_in_the_price() -> None:
    """The sender pays them."""
    asked = abroad(customs=CustomsDeclaration(incoterm="DDP"))
    quote = {
        "packageFee": 5,
        "itemQuotes": [{"itemId": "1", "dutyPrice": 4, "taxPrice": 2.5}, {"itemId": "2", "dutyPrice": 0}],
    }
    (rate,) = rates_of(asked, rate_option(price("PRIORITY_MAIL_INTERNATIONAL", 25), dutiesTaxesFeesQuote=quote))
    assert rate.total == dollars("36.5")
    assert [charge.code for charge in rate.charges].count("DUTIES") == 3
    (none,) = rates_of(asked, rate_option(price("PRIORITY_MAIL_INTERNATIONAL", 25), dutiesTaxesFeesQuote={}))
    assert none.total == dollars("25")


@pytest.mark.parametrize(
    "option",
    [
        rate_option(price(indicator=None)),
        rate_option(price(), totalBasePrice=0),
        {**rate_option(price()), "rates": [price(), price(destinationEntryFacilityType="DESTINATION_SERVICE_HUB")]},
    ],
)
def test_price_that_cannot_be_repeated_is_no_offer(option: dict[str, Any]) -> None:
    """Without its ingredients the label would cost something else."""
    assert rates_of(ALL, option) == []


def test_base_price_is_the_sum_where_it_is_missing() -> None:
    """The lists of prices leave it out at times."""
    (rate,) = rates_of(ALL, rate_option(price(), totalBasePrice=None))
    assert rate.total == dollars("8.25")
    fees = [{"name": "Nonstandard Length", "SKU": "D813XNLXXXXXXXX", "price": 4}]
    (charged,) = rates_of(ALL, rate_option(price(fees=fees), totalBasePrice=None))
    assert charged.total == dollars("12.25"), "fees are a part of it"
    bare = price()
    del bare["price"], bare["SKU"], bare["processingCategory"]
    (named,) = rates_of(ALL, {"totalBasePrice": 7, "rates": [bare]})
    assert (named.total, named.charges) == (dollars("7"), ())
    (odd,) = rates_of(ALL, rate_option(price(processingCategory="CATALOGS")))
    assert '"category":"MACHINABLE"' in (odd.token or "")


def test_prices_answer_is_read_too() -> None:
    """The fall-back has the class in the rate."""
    quoting = quoting_of(ALL)
    answer = msgspec.convert(
        {"rateOptions": [rate_option(price(), commitment=None), {"rates": []}]}, PricesResponse, strict=False
    )
    (rate,) = to_rates(quoting, [offers_of(answer, quoting.pieces[0])], CARRIER, "COMMERCIAL", ("careful",))
    assert (rate.transit_days, rate.estimated_delivery, rate.guaranteed) == (None, None, None)
    assert rate.warnings == ("careful",)
    nameless = price()
    del nameless["mailClass"]
    silent = msgspec.convert({"rateOptions": [rate_option(nameless)]}, PricesResponse, strict=False)
    assert offers_of(silent, quoting.pieces[0]) == []


def test_several_parcels_are_one_price() -> None:
    """Only what all of them can have."""
    asked = request(service=None, parcels=[parcel(), parcel(items=[shirt()])])
    quoting = quoting_of(asked)
    first = msgspec.convert(
        priced(rate_option(price()), rate_option(price("PRIORITY_MAIL", 12))), OptionsResponse, strict=False
    )
    late = {"name": "5 Days", "expectedDeliveryDate": "2026-12-07", "guaranteedDelivery": True}
    second = msgspec.convert(priced(rate_option(price(amount=9), commitment=late)), OptionsResponse, strict=False)
    answers = [offers_of(first, quoting.pieces[0]), offers_of(second, quoting.pieces[1])]
    (rate,) = to_rates(quoting, answers, CARRIER, "COMMERCIAL")
    assert rate.total == dollars("17.25")
    assert (rate.transit_days, rate.estimated_delivery, rate.guaranteed) == (5, date(2026, 12, 7), False)
    assert len(json.loads(rate.token or "")["parcels"]) == 2


@pytest.mark.parametrize(
    ("commitment", "days", "day"),
    [
        (Commitment(name="2-Day", schedule_delivery_date="2026-12-03"), 2, date(2026, 12, 3)),
        (Commitment(name="MILITARY"), None, None),
        (Commitment(name="NO STD", expected_delivery_date=""), None, None),
        (Commitment(expected_delivery_date="soon"), None, None),
        (None, None, None),
    ],
)
def test_days_are_read_or_left_open(commitment: Commitment | None, days: int | None, day: date | None) -> None:
    """No standard is no promise."""
    assert (transit_days(commitment), arrival(commitment)) == (days, day)


@pytest.mark.parametrize(
    "asked", [request(service="97"), abroad(service="PRIORITY_MAIL"), request(service="PRIORITY_MAIL_INTERNATIONAL")]
)
def test_service_that_does_not_run_there_is_none(asked: ShipmentRequest) -> None:
    """Known without a call."""
    assert plan_quotes(asked, NOW) is None
    assert asked_service(asked)


def test_rates_service_is_asked_for_again() -> None:
    """A price that is over is asked for anew."""
    (rate,) = rates_of(ALL, rate_option(price()))
    again = quoting_of(attrs.evolve(ALL, rate=rate))
    assert again.services == {"USPS_GROUND_ADVANTAGE"}
    assert quoting_of(abroad(service=None, ship_to=canadian())).services == {
        "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE",
        "PRIORITY_MAIL_INTERNATIONAL",
        "PRIORITY_MAIL_EXPRESS_INTERNATIONAL",
    }


@pytest.mark.parametrize(("asked", "total"), [(request, "26"), (military, "24.5")], ids=["at home", "military post"])
def test_large_box_of_the_military_post_is_for_it_only(asked: Any, total: str) -> None:
    """It is cheaper; on a parcel to anybody else the difference is charged weeks later."""
    boxed = asked(service="PRIORITY_MAIL", parcels=[parcel(packaging="LG_FLAT_RATE_BOX", items=[shirt()])])
    options_ = [
        rate_option(price("PRIORITY_MAIL", amount, indicator=kind)) for kind, amount in (("PL", 26), ("PM", 24.5))
    ]
    (rate,) = rates_of(boxed, *options_)
    assert rate.total == dollars(total)
