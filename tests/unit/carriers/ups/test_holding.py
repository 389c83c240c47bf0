"""Parcels that wait at an Access Point."""

from typing import Any

import attrs
import pytest

from cartcarrier.carriers.ups import UPSNotice, UPSOptions
from cartcarrier.carriers.ups.mapping import to_rate_question
from cartcarrier.carriers.ups.mapping.holding import to_location_id
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import CarrierLocation, ShipmentOptions, ShipmentRequest
from tests.unit.carriers.ups.samples import config, recipient, request, sender, shipment_of, step_of

SHOP = sender(name=None, company="Corner Shop", street2="Suite 4", phone=None)
PLACE = to_location_id("U12345678", "Corner Shop", SHOP)


def held(place: str = PLACE, extra: UPSOptions | None = None, **changes: Any) -> ShipmentRequest:
    """Return a parcel that waits for Jill."""
    asked = request(
        ship_to=recipient(email="jill@example.com"),
        options=ShipmentOptions(hold_at_location=place, carrier_options=extra),
    )
    return attrs.evolve(asked, **changes)


def test_place_stands_on_the_label_with_the_recipients_name() -> None:
    """All of it is in the identity that ``find_locations`` gave; nobody is asked."""
    made = shipment_of(held())
    assert made["AlternateDeliveryAddress"] == {
        "Name": "Corner Shop",
        "AttentionName": "Jill Doe",
        "UPSAccessPointID": "U12345678",
        "Address": {
            "AddressLine": ["1 Dock Rd", "Suite 4"],
            "City": "Alpharetta",
            "StateProvinceCode": "GA",
            "PostalCode": "30005",
            "CountryCode": "US",
        },
    }
    assert made["ShipmentIndicationType"] == [{"Code": "01"}]
    assert made["ShipTo"]["Name"] == "Jill Doe"


def test_parcel_that_is_not_held_says_nothing_of_it() -> None:
    """The elements' presence means something."""
    made = shipment_of(request())
    assert "AlternateDeliveryAddress" not in made
    assert "ShipmentIndicationType" not in made


@pytest.mark.parametrize(
    "asked",
    [held(service="70"), held(extra=UPSOptions(access_point_delivery=True))],
    ids=["economy", "asked for"],
)
def test_parcel_may_be_for_the_access_point_itself(asked: ShipmentRequest) -> None:
    """UPS's second kind."""
    assert shipment_of(asked)["ShipmentIndicationType"] == [{"Code": "02"}]


def test_recipient_is_told_that_the_parcel_waits() -> None:
    """Nobody fetches a parcel of which nobody knows."""
    options = shipment_of(held(extra=UPSOptions(notices=[UPSNotice.DELIVERED])))["ShipmentServiceOptions"]
    codes = [notice["NotificationCode"] for notice in options["Notification"]]
    assert codes == ["8", "012"]
    assert options["Notification"][1]["EMail"] == {"EMailAddress": ["jill@example.com"]}
    assert options["Notification"][1]["Locale"] == {"Language": "ENG", "Dialect": "US"}


def test_recipient_who_cannot_be_told_is_an_error() -> None:
    """Before buying."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(held(ship_to=recipient()))
    assert caught.value.field == "ShipmentRequest.ship_to.email"


def test_bare_id_needs_its_place() -> None:
    """UPS wants the address, and a purchase is prepared without asking anybody."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(held("U12345678"))
    assert caught.value.field == "options.hold_at_location"
    place = CarrierLocation(id="U12345678", name="Corner Shop", address=SHOP)
    made = shipment_of(held("U12345678", UPSOptions(access_point=place)))
    assert made["AlternateDeliveryAddress"] == shipment_of(held())["AlternateDeliveryAddress"]
    other = attrs.evolve(place, id="U99999999")
    with pytest.raises(InvalidValueError):
        step_of(held("U12345678", UPSOptions(access_point=other)))


@pytest.mark.parametrize("place", ["U12345678~", "U12345678~e30", "U12345678~!!", "short~" + PLACE.partition("~")[2]])
def test_id_that_is_not_ours_is_an_error(place: str) -> None:
    """The parcel would go nowhere."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(held(place))
    assert caught.value.field == "options.hold_at_location"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (held(extra=UPSOptions(direct_delivery_only=True)), "UPSOptions.direct_delivery_only"),
        (
            held(extra=UPSOptions(notices=[UPSNotice.SHIPPED, UPSNotice.EXCEPTION, UPSNotice.DELIVERED])),
            "UPSOptions.notices",
        ),
        (
            request(options=ShipmentOptions(carrier_options=UPSOptions(access_point_delivery=True))),
            "UPSOptions.access_point_delivery",
        ),
    ],
    ids=["direct", "notices", "no place"],
)
def test_contradictions_are_refused_before_buying(asked: ShipmentRequest, field: str) -> None:
    """UPS would drop one side."""
    with pytest.raises(UnsupportedOperationError) as caught:
        step_of(asked)
    assert caught.value.field == field


def test_price_is_that_of_a_held_parcel() -> None:
    """Rating takes neither the person nor the id."""
    shipment = to_rate_question(held(), config()).envelope.rate_request.shipment
    assert shipment.shipment_indication_type is not None
    assert shipment.shipment_indication_type[0].code == "01"
    place = shipment.alternate_delivery_address
    assert place is not None
    assert (place.name, place.attention_name, place.ups_access_point_id) == ("Corner Shop", None, None)


def test_identity_shows_no_address_to_people() -> None:
    """It is packed; UPS's own id stands before the tilde, for people."""
    assert PLACE.startswith("U12345678~")
    assert "Dock" not in PLACE
