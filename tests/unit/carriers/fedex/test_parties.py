"""Addresses, people, phones and payers."""

from typing import Any

import pytest

from cartcarrier.carriers.fedex.mapping.lanes import Lane, fedex_country
from cartcarrier.carriers.fedex.mapping.parties import (
    Side,
    to_address,
    to_contact,
    to_party,
    to_payment,
    to_phone,
    to_place,
    to_postal_code,
    to_region,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import BillParty, BillTo, TaxId
from tests.unit.carriers.fedex.samples import ACCOUNT, parisian, recipient, sender

SIDE = Side("ShipmentRequest.ship_to")


@pytest.mark.parametrize(
    ("country", "given", "told"),
    [
        ("US", "80012", "80012"),
        ("US", "80012-1234", "80012-1234"),
        ("US", "800121234", "80012-1234"),
        ("CA", "h2x 1y4", "H2X1Y4"),
        ("FR", " 75001 ", "75001"),
        ("HK", None, None),
    ],
)
def test_postal_code_takes_the_form_that_fedex_wants(country: str, given: str | None, told: str | None) -> None:
    """A code in another form is refused, or priced for elsewhere."""
    address = recipient(country_code=country, postal_code=given, region="ON" if country == "CA" else None)
    assert to_postal_code(address, SIDE) == told


@pytest.mark.parametrize(
    ("country", "given"), [("US", "8001"), ("US", None), ("CA", "12345"), ("FR", "1" * 11)], ids=str
)
def test_postal_code_that_does_not_fit_names_its_field(country: str, given: str | None) -> None:
    """Before anything is bought."""
    with pytest.raises(InvalidValueError) as caught:
        to_postal_code(recipient(country_code=country, postal_code=given), SIDE)
    assert caught.value.field == "ShipmentRequest.ship_to.postal_code"


@pytest.mark.parametrize(
    ("country", "given", "told"),
    [
        ("US", "co", "CO"),
        ("US", "US-CO", "CO"),
        ("CA", "QC", "PQ"),
        ("CA", "CA-ON", "ON"),
        ("US", "PR", "PR"),
        ("FR", "Île-de-France", None),
        ("AU", "NSW", "NSW"),
        ("DE", None, None),
    ],
)
def test_region_is_a_code(country: str, given: str | None, told: str | None) -> None:
    """Full names are refused, and so is QC."""
    assert to_region(recipient(country_code=country, region=given), SIDE) == told


@pytest.mark.parametrize("given", ["Colorado", "C", None, "C1"])
def test_region_spelled_out_in_the_us_is_an_error(given: str | None) -> None:
    """It must not be guessed."""
    with pytest.raises(InvalidValueError) as caught:
        to_region(recipient(region=given), SIDE)
    assert caught.value.field == "ShipmentRequest.ship_to.region"


@pytest.mark.parametrize(
    ("country", "given", "told"),
    [
        ("US", "(303) 555-0101", ("3035550101", None)),
        ("US", "+1 303 555 0101 ext. 12", ("3035550101", "12")),
        ("CA", "1-514-555-0101 x7", ("5145550101", "7")),
        ("FR", "+33 1 55 50 01 00", ("33155500100", None)),
        ("FR", "0033 1 55 50 01 00", ("33155500100", None)),
    ],
)
def test_phone_is_digits(country: str, given: str, told: tuple[str, str | None]) -> None:
    """Ten of them in North America."""
    assert to_phone(recipient(country_code=country, phone=given), SIDE) == told


@pytest.mark.parametrize(
    ("country", "given"),
    [
        ("US", None),
        ("US", " "),
        ("US", "555-0101"),
        ("US", "303 555 0101 ext 1234567"),
        ("FR", "0155"),
        ("FR", "1" * 16),
    ],
)
def test_phone_that_does_not_fit_names_its_field(country: str, given: str | None) -> None:
    """A missing phone is an error at FedEx, not a warning."""
    with pytest.raises(InvalidValueError) as caught:
        to_phone(recipient(country_code=country, phone=given), SIDE)
    assert caught.value.field == "ShipmentRequest.ship_to.phone"


@pytest.mark.parametrize("residential", [True, False, None])
def test_home_is_said_as_it_is_known(residential: bool | None) -> None:
    """An unknown one that is told as a firm is sent by the wrong service."""
    assert to_address(recipient(), SIDE, residential=residential).residential is residential


def test_price_is_asked_with_city_and_state() -> None:
    """Without them only Ground is priced; the street plays no part."""
    place = to_place(recipient(), SIDE, residential=True)
    assert (place.city, place.state_or_province_code, place.postal_code) == ("Aurora", "CO", "80012")
    assert place.street_lines is None
    assert place.residential is True


def test_delivery_reference_is_printed_once() -> None:
    """A locker does not open without it."""
    address = recipient(delivery_reference="LOCKER 7")
    assert to_address(address, SIDE).street_lines == ["9 Elm St", "LOCKER 7"]
    already = recipient(street2="LOCKER 7", delivery_reference="LOCKER 7")
    assert to_address(already, SIDE).street_lines == ["9 Elm St", "LOCKER 7"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": None, "company": None}, "name"),
        ({"name": "x" * 71}, "name"),
        ({"company": "x" * 36}, "company"),
        ({"city": "x" * 36}, "city"),
    ],
)
def test_part_that_does_not_fit_is_named(changes: dict[str, Any], field: str) -> None:
    """Nothing is cut in silence."""
    with pytest.raises(InvalidValueError) as caught:
        to_party(recipient(**changes), SIDE)
    assert caught.value.field == f"ShipmentRequest.ship_to.{field}"


def test_contact_has_person_firm_and_mail() -> None:
    """A mail address that is too long is left out: FedEx only sends notices to it."""
    contact = to_contact(sender(email="desk@example.com"), SIDE)
    assert (contact.person_name, contact.company_name) == ("Ship Desk", "Acme")
    assert contact.email_address == "desk@example.com"
    assert to_contact(sender(email="d" * 70 + "@example.com"), SIDE).email_address is None


def test_tax_numbers_go_along_over_borders_only() -> None:
    """They are personal data."""
    numbers = (
        TaxId(kind="EIN", value="12-3456789"),
        TaxId(kind="ioss", value="IM 0400000001"),
        TaxId(kind="RFC", value="ABC"),
    )
    address = recipient(tax_ids=numbers)
    assert to_party(address, SIDE).tins is None
    made = to_party(address, SIDE, customs=True).tins or []
    assert [(one.number, one.tin_type, one.usage) for one in made] == [
        ("12-3456789", "FEDERAL", None),
        ("IM0400000001", "BUSINESS_UNION", "IOSS"),
        ("ABC", "BUSINESS_NATIONAL", "RFC"),
    ]


def test_tax_number_without_room_is_an_error() -> None:
    """18 characters are all there is."""
    with pytest.raises(InvalidValueError) as caught:
        to_party(recipient(tax_ids=[TaxId(kind="VAT", value="1" * 19)]), SIDE, customs=True)
    assert caught.value.field == "ShipmentRequest.ship_to.tax_ids"


# --- who pays -------------------------------------------------------------------------------------------------------------


def test_sender_pays_with_the_account_that_ships() -> None:
    """Another one under SENDER is refused, so it is copied (field guide fedex.md section 11, pitfall 8)."""
    payment = to_payment(None, ACCOUNT, "bill_to")
    assert payment.payment_type == "SENDER"
    assert payment.payor is not None
    assert payment.payor.responsible_party.account_number.value == ACCOUNT
    assert to_payment(BillTo(party=BillParty.SENDER, account_number=ACCOUNT), ACCOUNT, "bill_to") == payment


def test_other_account_of_the_sender_is_an_error() -> None:
    """It is a third party's."""
    with pytest.raises(InvalidValueError) as caught:
        to_payment(BillTo(party=BillParty.SENDER, account_number="987654321"), ACCOUNT, "bill_to")
    assert caught.value.field == "bill_to.account_number"


@pytest.mark.parametrize(("party", "kind"), [(BillParty.RECEIVER, "RECIPIENT"), (BillParty.THIRD_PARTY, "THIRD_PARTY")])
def test_somebody_else_pays_with_their_account(party: BillParty, kind: str) -> None:
    """Whoever is billed must be the one who was meant."""
    payment = to_payment(BillTo(party=party, account_number="9876-5432-1"), ACCOUNT, "bill_to")
    assert payment.payment_type == kind
    assert payment.payor is not None
    assert payment.payor.responsible_party.account_number.value == "987654321"


@pytest.mark.parametrize("number", [None, "A1B2C3"])
def test_payer_without_an_account_is_an_error(number: str | None) -> None:
    """FedEx would bill the sender, or nobody."""
    with pytest.raises(InvalidValueError) as caught:
        to_payment(BillTo(party=BillParty.THIRD_PARTY, account_number=number), ACCOUNT, "bill_to")
    assert caught.value.field == "bill_to.account_number"


# --- lanes ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "destination", "pounds", "customs"),
    [
        ("US", "US", True, False),
        ("US", "PR", True, False),
        ("US", "CA", True, True),
        ("DE", "FR", False, False),
        ("DE", "US", False, True),
        ("CA", "CA", False, False),
    ],
)
def test_lane_decides_units_and_papers(origin: str, destination: str, pounds: bool, customs: bool) -> None:
    """They are the origin's; papers are for borders of customs."""
    lane = Lane(origin=origin, destination=destination)
    assert (lane.in_pounds, lane.needs_customs) == (pounds, customs)


def test_territories_are_countries_for_fedex() -> None:
    """The US post writes them as states."""
    assert fedex_country(recipient(region="PR")) == "PR"
    assert fedex_country(recipient()) == "US"
    assert fedex_country(parisian()) == "FR"
