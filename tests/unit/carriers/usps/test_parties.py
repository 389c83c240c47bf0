"""Senders and recipients in USPS's words, and lanes."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from cartcarrier.carriers.usps.mapping.lanes import Lane, day_in, end_of, state_of
from cartcarrier.carriers.usps.mapping.parties import (
    email_of,
    lines_of,
    names_of,
    phone_of,
    to_foreign_party,
    to_party,
    zip_of,
)
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import Address
from tests.unit.carriers.usps.samples import (
    abroad,
    back,
    berliner,
    body_of,
    canadian,
    military,
    recipient,
    request,
    sender,
    soldier,
)


def test_four_digits_of_an_old_address_book_are_left_out() -> None:
    """A ZIP+4 that does not fit is refused (160188; pitfall 27)."""
    made = body_of(request(ship_to=recipient(postal_code="80012-9999")))
    assert made["toAddress"]["ZIPCode"] == "80012"
    assert "ZIPPlus4" not in made["toAddress"]


@pytest.mark.parametrize("code", ["8001", "80012-99", "K1A 0B1", "", None])
def test_other_zip_codes_name_the_field(code: str | None) -> None:
    """USPS takes five digits."""
    with pytest.raises(InvalidValueError) as caught:
        zip_of(recipient(postal_code=code), "ShipmentRequest.ship_to")
    assert caught.value.field == "ShipmentRequest.ship_to.postal_code"


@pytest.mark.parametrize(
    ("name", "company", "firm_due", "expected"),
    [
        ("Jill Q Doe", None, False, ("Jill Q", "Doe", None)),
        ("Jill Doe", "Acme", False, ("Jill", "Doe", "Acme")),
        ("Cher", None, False, (None, None, "Cher")),
        ("Cher", "Acme", False, ("Cher", None, "Acme")),
        ("Acme", "Acme", False, (None, None, "Acme")),
        (None, "Acme", False, (None, None, "Acme")),
        ("Jill Doe", None, True, ("Jill", "Doe", "Jill Doe")),
    ],
)
def test_names_are_first_and_last_or_a_firm(
    name: str | None, company: str | None, firm_due: bool, expected: tuple[str | None, ...]
) -> None:
    """160075; a name of one word goes as a firm, and a customs form wants one (160023)."""
    assert names_of(recipient(name=name, company=company), "x", firm_due=firm_due) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None, "company": None},
        {"name": " ", "company": " "},
        {"name": f"{'x' * 51} Doe"},
        {"name": "x" * 51, "company": "Acme"},
        {"name": None, "company": "x" * 51},
    ],
)
def test_names_that_do_not_fit_name_the_field(changes: dict[str, Any]) -> None:
    """Nothing is cut."""
    with pytest.raises(InvalidValueError) as caught:
        names_of(recipient(**changes), "x")
    assert caught.value.field in {"x.name", "x.company"}


def test_lines_are_two() -> None:
    """The third line and what must be printed join the second."""
    assert lines_of(recipient(street3="Floor 2", delivery_reference="eBay ABC"), "x") == (
        "9 Elm St",
        "Apt 4 Floor 2 eBay ABC",
        None,
    )
    assert lines_of(recipient(street2="ebay ABC", delivery_reference="ABC"), "x")[1] == "ebay ABC"
    assert lines_of(recipient(street2=None), "x") == ("9 Elm St", None, None)
    with pytest.raises(InvalidValueError) as caught:
        lines_of(recipient(street2="y" * 30, street3="z" * 30), "x")
    assert caught.value.field == "x.street3"
    with pytest.raises(InvalidValueError) as caught:
        lines_of(recipient(street1="y" * 51), "x")
    assert caught.value.field == "x.street1"


def test_urbanization_has_a_place_of_its_own() -> None:
    """Puerto Rican streets repeat; the urbanization tells them apart."""
    for place in ({"region": "PR"}, {"country_code": "PR", "region": None}):
        address = recipient(street2="URB Fair Oaks", street3="Apt 1", **place)
        assert lines_of(address, "x") == ("9 Elm St", "Apt 1", "URB Fair Oaks")


@pytest.mark.parametrize(
    ("phone", "at_home", "digits"),
    [
        ("+1 (303) 555-0101", True, "3035550101"),
        ("303.555.0101 ext. 12", True, "3035550101"),
        ("0049 30 5550100", False, "49305550100"),
    ],
)
def test_phones_are_digits(phone: str, at_home: bool, digits: str) -> None:
    """Punctuation is refused by the gateway's pattern."""
    assert phone_of(recipient(phone=phone), "x", at_home=at_home) == digits


@pytest.mark.parametrize(("phone", "at_home"), [(None, True), ("555 0101", True), ("12345", False), ("1" * 16, False)])
def test_phone_that_does_not_fit_names_the_field(phone: str | None, at_home: bool) -> None:
    """A foreign customs office has nobody to call (pitfall 25)."""
    with pytest.raises(InvalidValueError) as caught:
        phone_of(recipient(phone=phone), "x", at_home=at_home)
    assert caught.value.field == "x.phone"


@pytest.mark.parametrize("email", [None, "nobody", f"{'x' * 50}@doe.test", "a b@doe.test"])
def test_email_that_does_not_fit_names_the_field(email: str | None) -> None:
    """The description has a pattern for it."""
    with pytest.raises(InvalidValueError) as caught:
        email_of(recipient(email=email), "x")
    assert caught.value.field == "x.email"


def test_contact_is_said_only_where_it_is_due() -> None:
    """Personal data that nobody reads is not sent, and a bad phone does not stop a label that needs none."""
    made = body_of(request(ship_to=recipient(phone="?", email="?")))
    for side in ("toAddress", "fromAddress"):
        assert not {"phone", "email"} & set(made[side])
    assert to_party(sender(), "x", contact_due=True).email == "ship@acme.test"


def test_contact_goes_along_with_a_customs_form() -> None:
    """Where it is given; the description does not demand it of the sender."""
    made = body_of(abroad())["fromAddress"]
    assert (made["phone"], made["email"]) == ("2125550100", "ship@acme.test")
    bare = body_of(abroad(ship_from=sender(phone=None, email=None)))["fromAddress"]
    assert not {"phone", "email"} & set(bare)
    with pytest.raises(InvalidValueError, match="email"):
        body_of(abroad(ship_from=sender(email="nobody")))


@pytest.mark.parametrize(
    ("changes", "state"),
    [({"region": "co"}, "CO"), ({"country_code": "GU", "region": None}, "GU"), ({"region": "AE"}, "AE")],
)
def test_territories_are_states(changes: dict[str, Any], state: str) -> None:
    """For USPS Guam is a state and not a country (field guide usps.md §4.6)."""
    assert state_of(recipient(**changes), "x") == state


@pytest.mark.parametrize("region", [None, "Colorado", "XX"])
def test_state_that_is_none_names_the_field(region: str | None) -> None:
    """The description has a list of them."""
    with pytest.raises(InvalidValueError) as caught:
        state_of(recipient(region=region), "x")
    assert caught.value.field == "x.region"


def test_lanes() -> None:
    """Which endpoint, whether a form is due, and what the military post does not do hang on it."""
    home, gone, army = Lane.of(request()), Lane.of(abroad()), Lane.of(military())
    assert (home.is_abroad, home.needs_customs, home.is_military) == (False, False, False)
    assert (gone.is_abroad, gone.needs_customs, gone.is_military) == (True, True, False)
    assert (army.is_abroad, army.needs_customs, army.is_military) == (False, True, True)
    assert Lane.of(back()).is_return
    guam = recipient(country_code="GU", region=None, postal_code="96910")
    assert Lane.of(request(ship_to=guam)).needs_customs
    assert not Lane.of(request(ship_from=guam, ship_to=guam)).needs_customs
    assert not Lane.of(request(ship_to=recipient(region="PR", postal_code="00901"))).needs_customs


def test_parcels_leave_from_the_us() -> None:
    """And returns come from there."""
    for asked in (request(ship_from=canadian()), back(ship_to=canadian())):
        with pytest.raises(UnsupportedOperationError) as caught:
            Lane.of(asked)
        assert caught.value.field


def test_day_is_the_senders() -> None:
    """A mailing date in the past is refused (160001), one of tomorrow prints tomorrow."""
    evening = datetime(2026, 12, 2, 2, 0, tzinfo=UTC)
    assert day_in("CA", evening) == date(2026, 12, 1)
    assert day_in("NY", datetime(2026, 12, 2, 3, 59, tzinfo=UTC)) == date(2026, 12, 1)
    assert day_in("GU", evening) == date(2026, 12, 2)
    assert end_of(date(2026, 12, 1), "CA") == datetime(2026, 12, 2, 7, 0, tzinfo=UTC)


def test_foreigners() -> None:
    """Code and name of the country, and the province where it is a code."""
    made = to_foreign_party(canadian(), "x")
    assert (made.country, made.country_code, made.province, made.province_code) == ("Canada", "CA", "ON", "ON")
    assert made.postal_code == "K1A 0B1"
    german = to_foreign_party(berliner(region="Berlin"), "x")
    assert (german.province, german.province_code, german.phone) == ("Berlin", None, "49305550100")
    assert to_foreign_party(berliner(country_code="HK", postal_code=None, region=None), "x").postal_code is None


@pytest.mark.parametrize("code", [None, "10115", "K1A 0B"])
def test_canadian_code_begins_with_a_letter(code: str | None) -> None:
    """160197, refused before it costs a call."""
    with pytest.raises(InvalidValueError) as caught:
        to_foreign_party(canadian(postal_code=code), "x")
    assert caught.value.field == "x.postal_code"


def test_country_that_is_no_destination_is_refused() -> None:
    """Nothing was sent."""
    with pytest.raises(UnsupportedOperationError) as caught:
        to_foreign_party(berliner(country_code="AQ"), "x")
    assert caught.value.field == "x.country_code"


def test_military_address_is_at_home() -> None:
    """It goes to the domestic endpoint, with a form (field guide usps.md §4.6)."""
    made = body_of(military(ship_to=soldier()))
    assert made["toAddress"]["state"] == "AE"
    assert made["customsForm"]["contents"]
    assert made["fromAddress"]["firm"] == "Acme Inc"


def test_unnamed_address_model_is_enough() -> None:
    """The smallest address that the model takes is refused by name, not by an exception."""
    with pytest.raises(InvalidValueError):
        to_party(Address(street1="1 A St", city="X", country_code="US"), "x")
