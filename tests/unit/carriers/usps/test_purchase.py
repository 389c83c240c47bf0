"""The exact bytes of a purchase: complete, frozen, and nothing in them that costs without having been asked for."""

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import msgspec
import pytest

from cartcarrier.carriers.ups import UPSOptions
from cartcarrier.carriers.usps.mapping import plan_quotes, prepare, read_step, to_key, to_rates
from cartcarrier.carriers.usps.mapping.purchase import to_format
from cartcarrier.carriers.usps.mapping.rates import offers_of
from cartcarrier.carriers.usps.schemas import OptionsResponse
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    BillParty,
    BillTo,
    LabelFormat,
    PurchaseStep,
    Rate,
    Service,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
    Weight,
    WeightUnit,
)
from tests.unit.carriers.usps.samples import (
    CARRIER,
    NOW,
    REFERENCE,
    abroad,
    back,
    body_of,
    dollars,
    extra,
    inches,
    military,
    options,
    package_of,
    parcel,
    pounds,
    price,
    priced,
    rate_option,
    recipient,
    request,
    sender,
    shirt,
    step_of,
    steps_of,
)

ICE = Weight(value=Decimal(1), unit=WeightUnit.KILOGRAM)
BULKY = inches("20", "20", "20")


def prepared(asked: ShipmentRequest, *, reference: str = REFERENCE, now: datetime = NOW) -> Any:
    """Return the purchase."""
    return prepare(asked, reference=reference, carrier=CARRIER, crid="12345678", now=now)


def quoted(asked: ShipmentRequest, *rates: dict[str, Any], now: datetime = NOW) -> Rate:
    """Return the rate of one price that USPS has answered."""
    quoting = plan_quotes(asked, now)
    assert quoting is not None
    answer = msgspec.convert(priced(*(rate_option(rate) for rate in rates)), OptionsResponse, strict=False)
    offers = [offers_of(answer, piece) for piece in quoting.pieces]
    return to_rates(quoting, offers, CARRIER, "COMMERCIAL")[0]


# --- keys and steps -----------------------------------------------------------------------------------------------------


def test_same_purchase_has_the_same_key_and_bytes() -> None:
    """After a crash the same are sent again; others would be another label."""
    first, second = prepared(request()), prepared(request())
    assert first == second
    key = uuid.UUID(first.steps[0].key)
    assert key.version == 4
    assert str(key) == first.steps[0].key


def test_keys_differ_by_reference_account_and_parcel() -> None:
    """They must be unique for a CRID (field guide usps.md §9.3)."""
    two = prepared(request(parcels=[parcel(), parcel()])).steps
    keys = {
        to_key(CARRIER, "12345678", REFERENCE),
        to_key(CARRIER, "12345678", "cc-other"),
        to_key("usps:eu", "12345678", REFERENCE),
        to_key(CARRIER, "87654321", REFERENCE),
        *(step.key for step in two),
    }
    assert len(keys) == 6


def test_each_parcel_is_a_step() -> None:
    """USPS has no shipment of several parcels; each label is bought, lost and found by itself."""
    steps = steps_of(request(parcels=[parcel(), parcel(weight=pounds("2"))]))
    assert [(step.index, step.parcels, step.reference) for step in steps] == [
        (0, (0,), f"{REFERENCE}-1"),
        (1, (1,), f"{REFERENCE}-2"),
    ]
    bodies = [json.loads(step.body) for step in steps]
    assert [body["packageDescription"]["weight"] for body in bodies] == [1.25, 2]
    assert [(body["imageInfo"]["packageNumber"], body["imageInfo"]["totalPackages"]) for body in bodies] == [
        (1, 2),
        (2, 2),
    ]


def test_numbers_are_printed_where_there_is_room() -> None:
    """160291: not on the narrow label; abroad and on returns there is no member for it."""
    two = [parcel(items=[shirt()]), parcel(items=[shirt()])]
    narrow = options(label_size="2x7", label_formats=[LabelFormat.PDF])
    for asked in (request(parcels=two, options=narrow), abroad(parcels=two), back(parcels=two), request()):
        assert "packageNumber" not in body_of(asked)["imageInfo"]


def test_bytes_are_over_with_the_mailing_date() -> None:
    """The day is frozen in them, and a day in the past is refused (160001)."""
    assert step_of(request()).expires_at == datetime(2026, 12, 2, 4, 0, tzinfo=UTC)
    later = step_of(request(ship_date=date(2026, 12, 5)))
    assert later.expires_at == datetime(2026, 12, 6, 4, 0, tzinfo=UTC)
    assert package_of(request(ship_date=date(2026, 12, 5)))["mailingDate"] == "2026-12-05"


def test_day_is_today_where_the_parcel_is() -> None:
    """At 3 in the morning UTC it is yesterday still in New York."""
    made = prepared(request(), now=datetime(2026, 12, 2, 3, 0, tzinfo=UTC))
    assert json.loads(made.steps[0].body)["packageDescription"]["mailingDate"] == "2026-12-01"


def test_day_that_is_over_is_refused() -> None:
    """Before it costs a call."""
    with pytest.raises(InvalidValueError) as caught:
        prepared(request(ship_date=date(2026, 11, 30)))
    assert caught.value.field == "ShipmentRequest.ship_date"


def test_hash_tells_purchases_apart_and_not_days() -> None:
    """The same key of ours with the same hash is the same purchase, also when it is asked for tomorrow."""
    first = prepared(request())
    tomorrow = prepared(request(), now=NOW + timedelta(days=1), reference="cc-other")
    assert first.request_hash == tomorrow.request_hash
    for other in (
        request(parcels=[parcel(weight=pounds("2"))]),
        request(service="PRIORITY_MAIL"),
        request(ship_date=date(2026, 12, 1)),
        request(reference="7"),
    ):
        assert prepared(other).request_hash != first.request_hash


@pytest.mark.parametrize("reference", ["", " ", "a b", "x" * 31])
def test_reference_is_a_short_word(reference: str) -> None:
    """It goes along as a reference of 30 characters."""
    with pytest.raises(InvalidValueError) as caught:
        prepared(request(), reference=reference)
    assert caught.value.field == "reference"


# --- where --------------------------------------------------------------------------------------------------------------


def test_bytes_tell_where_they_are_bought() -> None:
    """Three endpoints; a step keeps nothing but its bytes."""
    operations = [read_step(step_of(asked)).operation for asked in (request(), back(), abroad(), military())]
    assert operations == ["ship", "return", "ship_abroad", "ship"]
    wanted = read_step(step_of(request()))
    assert (wanted.service, wanted.image, wanted.size, wanted.day) == (
        "USPS_GROUND_ADVANTAGE",
        "GIF",
        "4X6LABEL",
        "2026-12-01",
    )


@pytest.mark.parametrize("body", [b"{}", b"not json", b"\xff", b'{"imageInfo":{}}'])
def test_bytes_of_others_are_refused(body: bytes) -> None:
    """They were prepared by another driver, or another version."""
    with pytest.raises(InvalidValueError) as caught:
        read_step(PurchaseStep(index=0, parcels=(0,), reference="r", body=body))
    assert caught.value.field == "PurchaseStep.body"


def test_addresses_are_never_taken_for_better() -> None:
    """``ignoreBadAddress`` sells a label to nowhere."""
    assert b"ignoreBadAddress" not in step_of(request()).body


def test_nothing_is_null_or_empty() -> None:
    """The gateway refuses both (field guide usps.md §0.11; pitfall 9)."""

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            assert node
            for child in node:
                walk(child)
        else:
            assert node not in {None, ""}

    for asked in (request(), abroad(), back(), military()):
        walk(body_of(asked))


# --- what ---------------------------------------------------------------------------------------------------------------


def test_receipt_is_never_printed() -> None:
    """The default is a receipt on letter paper, which ZPL refuses (160009; pitfall 26)."""
    assert body_of(request())["imageInfo"]["receiptOption"] == "NONE"
    assert body_of(back())["imageInfo"]["receiptOption"] == "NONE"
    assert "receiptOption" not in body_of(abroad())["imageInfo"]


@pytest.mark.parametrize(
    ("asked", "image"),
    [
        (options(label_formats=[LabelFormat.PDF]), "PDF"),
        (options(label_formats=[LabelFormat.ZPL]), "ZPL203DPI"),
        (
            ShipmentOptions(label_formats=[LabelFormat.ZPL], carrier_options=extra(zpl_dpi=300).carrier_options),
            "ZPL300DPI",
        ),
        (options(label_formats=[LabelFormat.EPL]), "EPL300DPI"),
        (options(label_formats=[LabelFormat.EPL, LabelFormat.PNG], label_size="4x5"), "PNG"),
        (options(label_formats=[LabelFormat.ZPL, LabelFormat.PDF], label_size="4 x 4"), "PDF"),
    ],
)
def test_first_label_that_is_made_is_bought(asked: ShipmentOptions, image: str) -> None:
    """A label that the printer cannot read costs the same."""
    assert body_of(request(options=asked))["imageInfo"]["imageType"] == image


def test_customs_labels_are_fewer() -> None:
    """160024: PDF or ZPL, 4 by 6."""
    for asked in (abroad(), military()):
        assert body_of(asked)["imageInfo"]["imageType"] == "PDF"
        with pytest.raises(UnsupportedOperationError) as caught:
            step_of(attrs.evolve(asked, options=options(label_formats=[LabelFormat.PNG])))
        assert caught.value.field == "options.label_formats"
        with pytest.raises(UnsupportedOperationError) as caught:
            step_of(attrs.evolve(asked, options=options(label_size="4x5")))
        assert caught.value.field == "options.label_size"


@pytest.mark.parametrize("size", ["4x8", "6x4", "8.5x11"])
def test_size_that_is_not_made_is_refused(size: str) -> None:
    """160367."""
    with pytest.raises(UnsupportedOperationError) as caught:
        step_of(request(options=options(label_size=size)))
    assert caught.value.field == "options.label_size"


def test_formats_have_our_names() -> None:
    """For labels that come again."""
    assert [to_format(image) for image in ("PDF", "ZPL300DPI", "EPL300DPI", "GIF", "PNG", "TIFF")] == [
        LabelFormat.PDF, LabelFormat.ZPL, LabelFormat.EPL, LabelFormat.GIF, LabelFormat.PNG, LabelFormat.PDF,
    ]  # fmt: skip


def test_references() -> None:
    """The user's is printed, ours travels along; abroad nothing is printed."""
    assert package_of(request(reference="order 7"))["customerReference"] == [
        {"referenceNumber": "order 7", "printReferenceNumber": True},
        {"referenceNumber": REFERENCE},
    ]
    assert package_of(abroad(reference="order 7"))["customerReference"] == [
        {"referenceNumber": "order 7"},
        {"referenceNumber": REFERENCE},
    ]
    assert package_of(request(reference=" "))["customerReference"] == [{"referenceNumber": REFERENCE}]
    with pytest.raises(InvalidValueError, match="reference"):
        step_of(request(reference="x" * 31))


@pytest.mark.parametrize(
    ("asked", "indicator", "category"),
    [
        (request(), "SP", "MACHINABLE"),
        (request(service="PRIORITY_MAIL_EXPRESS"), "PA", "MACHINABLE"),
        (request(service="PRIORITY_MAIL", parcels=[parcel(packaging="md_flat_rate_box")]), "FB", "MACHINABLE"),
        (request(service="PRIORITY_MAIL_EXPRESS", parcels=[parcel(packaging="FLAT_RATE_ENVELOPE")]), "E4", "MACHINABLE"),
        (request(service="PRIORITY_MAIL", parcels=[parcel(packaging="CUBIC_PARCELS")]), "CP", "MACHINABLE"),
        (request(parcels=[parcel(dimensions=BULKY)]), "DR", "NONSTANDARD"),
        (request(parcels=[parcel(dimensions=BULKY)], options=extra(girth=Decimal(60))), "DN", "NONSTANDARD"),
        (request(parcels=[parcel(dimensions=inches("60", "15", "15"))]), "OS", "NONSTANDARD"),
        (request(service="MEDIA_MAIL", parcels=[parcel(dimensions=BULKY)]), "SP", "NONSTANDARD"),
        (request(parcels=[parcel(weight=pounds("40"))]), "SP", "NONSTANDARD"),
        (request(options=extra(nonstandard=True)), "SP", "NONSTANDARD"),
        (abroad(), "SP", "MACHINABLE"),
        (back(), "SP", "MACHINABLE"),
        (back(parcels=[parcel(dimensions=BULKY)]), "DR", "NONSTANDARD"),
    ],
)  # fmt: skip
def test_ingredients_without_a_quote(asked: ShipmentRequest, indicator: str, category: str) -> None:
    """Wrong ones are refused (030002, 030007, 030011), or charged later."""
    made = package_of(asked)
    assert (made["rateIndicator"], made["processingCategory"]) == (indicator, category)
    assert made.get("hasNonstandardCharacteristics") is (True if asked.options == extra(nonstandard=True) else None)


def test_packaging_of_usps_must_be_named_and_known() -> None:
    """A flat-rate price on a box of one's own is charged weeks later (pitfall 30)."""
    assert package_of(request(service="PRIORITY_MAIL"))["rateIndicator"] == "SP"
    for packaging, word in (("BOX", "packaging"), ("CUBIC_SOFT_PACK", "get_rates")):
        with pytest.raises(InvalidValueError, match=word) as caught:
            step_of(request(parcels=[parcel(packaging=packaging)]))
        assert caught.value.field == "ShipmentRequest.parcels[0].packaging"


def test_sides_are_demanded() -> None:
    """USPS prices by volume."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(parcels=[parcel(dimensions=None)]))
    assert caught.value.field == "ShipmentRequest.parcels[0].dimensions"


@pytest.mark.parametrize(
    ("asked", "services"),
    [
        (request(options=options(signature=Signature.DIRECT)), [921]),
        (request(options=options(signature=Signature.INDIRECT)), [921]),
        (request(options=options(signature=Signature.ADULT)), [922]),
        (request(options=options(signature=Signature.NOT_REQUIRED)), None),
        (request(service="PRIORITY_MAIL_EXPRESS", options=options(signature=Signature.DIRECT)), [981]),
        (request(options=attrs.evolve(extra(restricted_delivery=True), signature=Signature.DIRECT)), [924]),
        (request(options=attrs.evolve(extra(restricted_delivery=True), signature=Signature.ADULT)), [923]),
        (request(parcels=[parcel(insured_value=dollars("500"))]), [930]),
        (request(parcels=[parcel(insured_value=dollars("500.01"))]), [931]),
        (request(parcels=[parcel(insured_value=dollars("0"))]), None),
        (request(service="PRIORITY_MAIL_EXPRESS", options=extra(sunday_delivery=True)), [991]),
        (request(options=extra(extra_services=[955])), [955]),
        (request(options=options(dry_ice=ICE)), [819]),
        (request(options=options(lithium="816")), [816]),
        (abroad(options=options(lithium=" 820 ")), [820]),
    ],
)
def test_extra_services(asked: ShipmentRequest, services: list[int] | None) -> None:
    """What is asked for is said in USPS's codes (field guide usps.md §4.2)."""
    assert package_of(asked).get("extraServices") == services


def test_insurance_says_its_value() -> None:
    """160017."""
    assert package_of(request(parcels=[parcel(insured_value=dollars("750"))]))["packageOptions"] == {
        "packageValue": 750
    }


@pytest.mark.parametrize(
    ("asked", "content"),
    [
        (request(options=options(lithium="818")), "HAZMAT"),
        (request(options=options(dry_ice=ICE)), "HAZMAT"),
        (request(options=extra(extra_services=[832])), "HAZMAT"),
        (request(options=extra(content_type="PERISHABLE")), "PERISHABLE"),
    ],
)
def test_dangerous_goods_are_said(asked: ShipmentRequest, content: str) -> None:
    """Unsaid, they are a crime."""
    assert package_of(asked)["packageOptions"]["contentType"] == content


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (request(options=options(saturday_delivery=True)), "options.saturday_delivery"),
        (request(options=options(alcohol=True)), "options.alcohol"),
        (request(options=options(bill_to=BillTo(party=BillParty.THIRD_PARTY, account_number="1"))), "options.bill_to"),
        (request(options=options(bill_to=BillTo(party=BillParty.SENDER, account_number="1"))), "options.bill_to"),
        (request(options=options(lithium="UN3481")), "options.lithium"),
        (request(options=options(lithium="815")), "options.lithium"),
        (abroad(options=options(hold_at_location="123")), "options.hold_at_location"),
        (back(options=options(hold_at_location="123")), "options.hold_at_location"),
        (military(options=options(hold_at_location="123")), "options.hold_at_location"),
        (abroad(options=options(signature=Signature.DIRECT)), "options.signature"),
        (military(options=options(signature=Signature.ADULT)), "options.signature"),
        (abroad(options=options(dry_ice=ICE)), "options.dry_ice"),
        (abroad(options=options(lithium="818")), "options.lithium"),
        (military(options=extra(extra_services=[818])), "options.lithium"),
        (military(options=extra(extra_services=[819])), "options.dry_ice"),
        (military(options=extra(extra_services=[957])), "USPSOptions.extra_services"),
        (military(parcels=[parcel(items=[shirt()], insured_value=dollars("600"))]), "parcels.insured_value"),
    ],
)
def test_what_cannot_be_said_is_refused_before_buying(asked: ShipmentRequest, field: str) -> None:
    """Nothing was sent."""
    with pytest.raises(UnsupportedOperationError) as caught:
        step_of(asked)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (request(options=options(dry_ice=ICE, lithium="818")), "USPSOptions.extra_services"),
        (request(options=extra(extra_services=[480, 955, 957, 910, 930, 365])), "USPSOptions.extra_services"),
        (abroad(options=extra(extra_services=[480, 820, 930, 931])), "USPSOptions.extra_services"),
        (request(options=extra(restricted_delivery=True)), "USPSOptions.restricted_delivery"),
        (request(options=options(carrier_options=UPSOptions())), "ShipmentOptions.carrier_options"),
        (request(options=options(hold_at_location="12345678")), "options.hold_at_location"),
        (request(options=options(hold_at_location=" ")), "options.hold_at_location"),
        (request(service=None), "ShipmentRequest.service"),
        (request(service="GROUND"), "ShipmentRequest.service"),
        (request(service="PRIORITY_MAIL_INTERNATIONAL"), "ShipmentRequest.service"),
        (abroad(service="PRIORITY_MAIL"), "ShipmentRequest.service"),
        (back(service="MEDIA_MAIL"), "ShipmentRequest.service"),
    ],
)
def test_what_does_not_fit_names_the_field(asked: ShipmentRequest, field: str) -> None:
    """Before a call is spent on a refusal."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(asked)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "old", ["FIRST-CLASS_PACKAGE_SERVICE", "Parcel Select Ground", "RETAIL_GROUND", "First_Class_Package"]
)
def test_old_names_are_ground_advantage(old: str) -> None:
    """They stand in users' settings still (pitfall 31)."""
    assert package_of(request(service=old))["mailClass"] == "USPS_GROUND_ADVANTAGE"


def test_sender_pays_is_no_special_wish() -> None:
    """It is what the account does anyway."""
    assert step_of(request(options=options(bill_to=BillTo(party=BillParty.SENDER)))).body == step_of(request()).body


def test_held_parcel_has_contacts_of_both_sides() -> None:
    """160079 to 160082, 160175 to 160177."""
    made = body_of(request(options=options(hold_at_location="1234567")))
    assert made["toAddress"]["holdForPickup"] is True
    assert made["toAddress"]["facilityId"] == "1234567"
    assert (made["toAddress"]["phone"], made["toAddress"]["email"]) == ("3035550101", "jill@doe.test")
    assert (made["fromAddress"]["phone"], made["fromAddress"]["email"]) == ("2125550100", "ship@acme.test")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ship_to": recipient(phone=None)}, "ship_to.phone"),
        ({"ship_to": recipient(email=None)}, "ship_to.email"),
        ({"ship_to": recipient(name="Cher")}, "ship_to.name"),
        ({"ship_from": sender(name=None)}, "ship_from.name"),
        ({"ship_from": sender(email=None)}, "ship_from.email"),
    ],
)
def test_held_parcel_without_contact_names_the_field(changes: dict[str, Any], field: str) -> None:
    """USPS would refuse it, and it would have cost a call."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(options=options(hold_at_location="1234567"), **changes))
    assert caught.value.field == f"ShipmentRequest.{field}"


def test_returns_have_classes_of_their_own() -> None:
    """And no day: they are paid when they are used (field guide usps.md §4.8)."""
    made = package_of(back())
    assert made["mailClass"] == "USPS_GROUND_ADVANTAGE_RETURN_SERVICE"
    assert "mailingDate" not in made
    assert package_of(back(service="PRIORITY_MAIL_RETURN_SERVICE"))["mailClass"] == "PRIORITY_MAIL_RETURN_SERVICE"


# --- at a rate ----------------------------------------------------------------------------------------------------------


def test_purchase_repeats_what_was_priced() -> None:
    """Otherwise price and label disagree (pitfalls 11 and 29)."""
    rate = quoted(request(), price(indicator="DR", processingCategory="NONSTANDARD"))
    made = package_of(request(service=None, rate=rate))
    assert (made["mailClass"], made["rateIndicator"], made["processingCategory"]) == (
        "USPS_GROUND_ADVANTAGE", "DR", "NONSTANDARD",
    )  # fmt: skip
    assert made["mailingDate"] == "2026-12-01"
    assert made["destinationEntryFacilityType"] == "NONE"


def test_rate_of_another_day_is_the_same_purchase() -> None:
    """A price is no part of what is bought, and neither is the day that nobody has named."""
    first = quoted(request(), price())
    later = quoted(request(), price(amount=9), now=NOW + timedelta(days=1))
    hashes = {
        prepared(request(rate=rate), now=NOW + timedelta(days=1) if rate is later else NOW).request_hash
        for rate in (first, later)
    }
    assert len(hashes) == 1


def test_rate_without_a_token_is_its_service() -> None:
    """Somebody made it by hand."""
    rate = Rate(carrier=CARRIER, service=Service(code="PRIORITY_MAIL", name=""), total=dollars("1"))
    assert package_of(request(service=None, rate=rate))["mailClass"] == "PRIORITY_MAIL"


def test_rate_of_another_day_or_account_is_refused() -> None:
    """Its price is another one."""
    rate = quoted(request(), price())
    with pytest.raises(InvalidValueError, match="quoted for 2026-12-01"):
        step_of(request(rate=rate, ship_date=date(2026, 12, 2)))
    with pytest.raises(InvalidValueError, match="usps:other"):
        step_of(request(rate=attrs.evolve(rate, carrier="usps:other")))
    with pytest.raises(InvalidValueError, match="not one of this driver's"):
        step_of(request(rate=attrs.evolve(rate, token="{}")))
    assert rate.token is not None
    with pytest.raises(InvalidValueError, match="another version"):
        step_of(request(rate=attrs.evolve(rate, token=rate.token.replace('"v":1', '"v":2'))))
    assert step_of(request(rate=rate, ship_date=date(2026, 12, 1))).body


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"parcels": [parcel(), parcel()]}, "1 parcels, not 2"),
        ({"parcels": [parcel(weight=pounds("2"))]}, "weight"),
        ({"parcels": [parcel(dimensions=inches("9", "6", "5"))]}, "sides"),
        ({"parcels": [parcel(packaging="SM_FLAT_RATE_BOX")]}, "packaging"),
        ({"options": options(signature=Signature.ADULT)}, "options"),
    ],
)
def test_rate_of_another_parcel_is_refused(changes: dict[str, Any], word: str) -> None:
    """The label would cost something else (pitfall 29)."""
    rate = quoted(request(), price())
    with pytest.raises(InvalidValueError, match=word) as caught:
        step_of(request(**{"rate": rate, **changes}))
    assert caught.value.field == "ShipmentRequest.rate"


def test_signature_that_was_priced_is_bought() -> None:
    """Shopping for all services asks for the common code; Express is bought as it was priced."""
    signed = options(signature=Signature.DIRECT)
    extras = [{"extraService": "921", "name": "Signature", "price": 3}]
    asked = request(service=None, options=signed)
    quoting = plan_quotes(asked, NOW)
    assert quoting is not None
    option = rate_option(price("PRIORITY_MAIL_EXPRESS", 40, indicator="PA"), extraServices=extras, totalPrice=43)
    answer = msgspec.convert(priced(option), OptionsResponse, strict=False)
    (rate,) = to_rates(quoting, [offers_of(answer, quoting.pieces[0])], CARRIER, "COMMERCIAL")
    assert package_of(attrs.evolve(asked, rate=rate))["extraServices"] == [921]


@pytest.mark.parametrize(("asked", "indicator"), [(request, "PL"), (military, "PM")], ids=["at home", "military post"])
def test_large_box_is_bought_as_what_it_is(asked: Any, indicator: str) -> None:
    """The military post has a price of its own for it (field guide usps.md §2.4)."""
    boxed = asked(service="PRIORITY_MAIL", parcels=[parcel(packaging="LG_FLAT_RATE_BOX", items=[shirt()])])
    assert package_of(boxed)["rateIndicator"] == indicator
