"""A driver finds its own options among those of the carriers that are asked together."""

import attrs
import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.models import ShipmentOptions


@attrs.frozen
class _Ours:
    n: int = 1


@attrs.frozen
class _Theirs:
    pass


def test_a_lone_object_is_the_driver_s_own() -> None:
    """The usual case: one carrier."""
    assert ShipmentOptions(carrier_options=_Ours(2)).own(_Ours) == _Ours(2)
    assert ShipmentOptions().own(_Ours) is None


def test_options_of_other_carriers_are_left_to_them() -> None:
    """Several carriers are asked for their price at once, and each has its own."""
    options = ShipmentOptions(carrier_options=(_Theirs(), _Ours(3)))
    assert options.own(_Ours) == _Ours(3)
    assert ShipmentOptions(carrier_options=(_Theirs(),)).own(_Ours) is None


@pytest.mark.parametrize("wrong", [_Theirs(), {"n": 1}, (_Ours(1), _Ours(2))], ids=["theirs", "a dict", "two"])
def test_what_cannot_be_meant_is_named(wrong: object) -> None:
    """Options that were ignored in silence would send a parcel without its signature."""
    with pytest.raises(InvalidValueError) as caught:
        ShipmentOptions(carrier_options=wrong).own(_Ours)
    assert caught.value.field == "ShipmentOptions.carrier_options"
