"""Addresses, people, phones, payers."""

import pytest

from cartcarrier.carriers.ups.mapping.parties import Side, to_charge, to_party, to_phone, to_postal_code
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import Address, BillParty, BillTo, TaxId
from tests.unit.carriers.ups.samples import parisian, recipient, sender

TO = Side("ShipmentRequest.ship_to")


@pytest.mark.parametrize(
    ("country", "region", "given", "expected"),
    [
        ("US", "CO", "80012-1234", "800121234"),
        ("US", "CO", "80012", "80012"),
        ("CA", "ON", "k1a 0b1", "K1A0B1"),
        ("GB", None, "sw1a 1aa", "SW1A 1AA"),
        ("HK", None, None, None),
    ],
)
def test_postal_codes_take_the_form_that_ups_wants(country: str, region: str, given: str, expected: str) -> None:
    """A Canadian code with a space or small letters is refused (field guide ups.md pitfall 19)."""
    address = recipient(country_code=country, region=region, postal_code=given)
    assert to_postal_code(address, TO) == expected


@pytest.mark.parametrize(("country", "code"), [("US", "8001"), ("US", None), ("CA", "K1A"), ("GB", "1234567890")])
def test_postal_code_that_does_not_fit_names_the_field(country: str, code: str | None) -> None:
    """It would be cut, or the parcel sent elsewhere."""
    with pytest.raises(InvalidValueError) as caught:
        to_postal_code(recipient(country_code=country, region="ON", postal_code=code), TO)
    assert caught.value.field == "ShipmentRequest.ship_to.postal_code"


@pytest.mark.parametrize(
    ("country", "phone", "digits", "extension"),
    [
        ("US", "+1 (303) 555-0101", "3035550101", None),
        ("US", "1-303-555-0101 ext. 12", "3035550101", "12"),
        ("CA", "613.555.0101", "6135550101", None),
        ("FR", "+33 1 55 50 01 00", "33155500100", None),
        ("FR", "0033 1 55 50 01 00", "33155500100", None),
    ],
)
def test_phones_are_digits(country: str, phone: str, digits: str, extension: str | None) -> None:
    """Punctuation and country codes are refused in North America (field guide ups.md pitfall 13)."""
    made = to_phone(recipient(country_code=country, phone=phone), TO)
    assert made is not None
    assert (made.number, made.extension) == (digits, extension)


@pytest.mark.parametrize(
    ("country", "phone"),
    [("US", "555-0101"), ("US", "+33 1 55 50 01 00"), ("US", "303 555 0101 x12345"), ("FR", "1" * 16), ("FR", "none")],
)
def test_phone_that_does_not_fit_names_the_field(country: str, phone: str) -> None:
    """A number that is made to fit rings somebody else."""
    with pytest.raises(InvalidValueError) as caught:
        to_phone(recipient(country_code=country, phone=phone), TO)
    assert caught.value.field == "ShipmentRequest.ship_to.phone"


def test_home_is_told_by_presence() -> None:
    """The indicator means a home whatever stands in it (field guide ups.md pitfall 2)."""
    assert to_party(recipient(), TO, residential=True).address.residential_address_indicator == ""
    assert to_party(recipient(), TO, residential=False).address.residential_address_indicator is None


@pytest.mark.parametrize(
    ("name", "company", "expected"),
    [
        ("Jill", "Acme", ("Acme", "Jill")),
        ("Jill", None, ("Jill", "Jill")),
        (None, "Acme", ("Acme", "Acme")),
        ("Jill", " ", ("Jill", "Jill")),
    ],
)
def test_firm_comes_before_the_person(name: str | None, company: str | None, expected: tuple[str, str]) -> None:
    """UPS wants both a name and an attention name across borders."""
    made = to_party(recipient(name=name, company=company), TO)
    assert (made.name, made.attention_name) == expected


def test_nobody_is_an_error() -> None:
    """UPS refuses a parcel for nobody; we name the field in our words."""
    with pytest.raises(InvalidValueError) as caught:
        to_party(recipient(name=None), TO)
    assert caught.value.field == "ShipmentRequest.ship_to.name"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "x" * 36}, "name"),
        ({"company": "x" * 36}, "company"),
        ({"city": "x" * 31}, "city"),
        ({"region": "Colorado"}, "region"),
        ({"region": None}, "region"),
        ({"street1": "x" * 36}, "street1"),
        ({"street2": "\u6771"}, "street2"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, str | None], field: str) -> None:
    """Each limit of the label is an error before buying, in the words of our model."""
    with pytest.raises(InvalidValueError) as caught:
        to_party(recipient(**change), TO)
    assert caught.value.field == f"ShipmentRequest.ship_to.{field}"


def test_delivery_reference_is_printed_as_a_line() -> None:
    """Without it a locker or hub cannot tell whose parcel it is."""
    made = to_party(recipient(delivery_reference="ebay:abc123"), TO)
    assert made.address.address_line == ["9 Elm St", "ebay:abc123"]
    again = to_party(recipient(street2="Hub ebay:abc123", delivery_reference="ebay:abc123"), TO)
    assert again.address.address_line == ["9 Elm St", "Hub ebay:abc123"]


def test_long_province_is_left_out_where_it_plays_no_part() -> None:
    """A cut province would be another one; UPS needs none in France."""
    assert to_party(parisian(), TO).address.state_province_code is None
    assert to_party(recipient(country_code="AU", region="NSW", phone=None), TO).address.state_province_code == "NSW"


@pytest.mark.parametrize("region", ["PR", "VI", "GU"])
def test_territories_are_countries(region: str) -> None:
    """The US post writes San Juan as a city in the state PR; UPS has a country of that name."""
    code = "00901" if region == "PR" else "96910"
    assert to_party(recipient(region=region, postal_code=code), TO).address.country_code == region


def test_tax_numbers_go_across_borders_only() -> None:
    """They are personal data, and nobody within a country needs them."""
    someone = sender(tax_ids=[TaxId(kind="EIN", value="12 3456789"), TaxId(kind="IOSS", value="IM0000000001")])
    abroad = to_party(someone, Side("s"), customs=True, vendor=True)
    assert abroad.tax_identification_number == "123456789"
    assert abroad.vendor_info is not None
    assert (abroad.vendor_info.vendor_collect_id_type_code, abroad.vendor_info.vendor_collect_id_number) == (
        "0356",
        "IM0000000001",
    )
    at_home = to_party(someone, Side("s"))
    assert (at_home.tax_identification_number, at_home.vendor_info) == (None, None)


def test_two_tax_numbers_cannot_be_said() -> None:
    """One would be missing from the invoice."""
    someone = sender(tax_ids=[TaxId(kind="EIN", value="1"), TaxId(kind="EORI", value="2")])
    with pytest.raises(UnsupportedOperationError):
        to_party(someone, Side("s"), customs=True)


def test_tax_number_without_room_cannot_be_said() -> None:
    """Cut, it is somebody else's."""
    with pytest.raises(UnsupportedOperationError):
        to_party(sender(tax_ids=[TaxId(kind="EORI", value="1" * 16)]), Side("s"), customs=True)


def test_sender_pays_by_the_account_that_ships() -> None:
    """UPS wants the shipper's own number there."""
    made = to_charge("01", None, "AB12C3", "b")
    assert made.bill_shipper is not None
    assert made.bill_shipper.account_number == "AB12C3"
    with pytest.raises(InvalidValueError):
        to_charge("01", BillTo(party=BillParty.SENDER, account_number="XXXXXX"), "AB12C3", "b")


def test_receiver_pays_with_postal_code() -> None:
    """The code must be the one registered with the payer's account (field guide ups.md pitfall 22)."""
    bill = BillTo(party=BillParty.RECEIVER, account_number="a1b2c3", postal_code="75001", country_code="FR")
    made = to_charge("02", bill, "AB12C3", "b")
    assert made.bill_receiver is not None
    assert made.bill_receiver.address is not None
    assert (made.type, made.bill_receiver.account_number, made.bill_receiver.address.postal_code) == (
        "02",
        "A1B2C3",
        "75001",
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"account_number": None}, "account_number"),
        ({"account_number": "short"}, "account_number"),
        ({"postal_code": None}, "postal_code"),
        ({"country_code": None}, "country_code"),
    ],
)
def test_third_party_without_its_facts_is_an_error(change: dict[str, str | None], field: str) -> None:
    """UPS would bill nobody, or us."""
    values = {"account_number": "A1B2C3", "postal_code": "60601", "country_code": "US", **change}
    bill = BillTo(party=BillParty.THIRD_PARTY, **values)
    with pytest.raises(InvalidValueError) as caught:
        to_charge("01", bill, "AB12C3", "ShipmentRequest.options.bill_to")
    assert caught.value.field == f"ShipmentRequest.options.bill_to.{field}"


def test_errors_show_nothing_of_the_address() -> None:
    """Messages end up in logs."""
    secret = "Unlikely-Street-Name-That-Is-Far-Too-Long"
    address: Address = recipient(street1=secret)
    with pytest.raises(InvalidValueError) as caught:
        to_party(address, TO)
    assert secret not in str(caught.value)
