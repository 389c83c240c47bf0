"""Factories: what they make is valid, can be changed, and holds together."""

from collections.abc import Callable
from typing import Any

import pytest

import cartcarrier.testing as kit
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import from_plain, to_plain

FACTORIES = {name: getattr(kit, name) for name in kit.__all__ if name.startswith("make_")}


@pytest.mark.parametrize("make", FACTORIES.values(), ids=FACTORIES)
def test_what_is_made_survives_a_round_trip(make: Callable[..., Any]) -> None:
    """A factory's model must pass where a real one passes: ledger, files, other processes."""
    model = make()
    assert from_plain(type(model), to_plain(model)) == model


@pytest.mark.parametrize("make", FACTORIES.values(), ids=FACTORIES)
def test_text_form_names_nobody(make: Callable[..., Any]) -> None:
    """The kit's own canaries must be hidden by the models, or every suite would find them."""
    kit.check_no_leak(repr(make()), kit.personal_data(), "the model")


def test_change_by_keyword() -> None:
    """A test says what it is about, and no more."""
    assert kit.make_order(number="#7").number == "#7"
    assert kit.make_address(city="Boston").city == "Boston"


def test_wrong_change_is_refused() -> None:
    """A test must not run on a model that cannot be."""
    with pytest.raises(InvalidValueError):
        kit.make_address(country_code="usa")


def test_lines_of_an_order_are_allocated() -> None:
    """Allocations follow the lines, so that an order with other lines is still shippable."""
    order = kit.make_order(lines=[kit.make_order_line(id="a", quantity=3), kit.make_order_line(id="b")])
    assert [(share.line_id, share.quantity) for share in order.allocations] == [("a", 3), ("b", 2)]


def test_number_of_a_shipment_is_its_parcels() -> None:
    """One parcel: its number is the shipment's."""
    shipment = kit.make_shipment(tracking_number="1Z1")
    assert [parcel.tracking_number for parcel in shipment.parcels] == ["1Z1"]


def test_kit_lists_what_it_loads() -> None:
    """A name in ``__all__`` that does not load is found out by whoever needs it first."""
    assert all(getattr(kit, name) is not None for name in kit.__all__)
    assert list(kit.__all__) == sorted(kit.__all__)
    assert set(kit.__all__) <= set(dir(kit))


def test_unknown_name_is_an_attribute_error() -> None:
    """A misspelt name must say so, as in any module."""
    with pytest.raises(AttributeError, match="make_ordr"):
        kit.make_ordr  # noqa: B018 - the access is what is tested


def test_leak_is_reported_without_being_repeated() -> None:
    """The failure of a test about secrets must not print the secret."""
    with pytest.raises(AssertionError) as caught:
        kit.check_no_leak("… not-a-secret-at-all …", ["not-a-secret-at-all"], "the log")
    assert "not-a-secret-at-all" not in str(caught.value)
    assert "the log shows a secret" in str(caught.value)


def test_error_speaks_of_its_cause_and_notes() -> None:
    """What an error came from is printed with it, and so is searched."""
    error = RuntimeError("outer")
    error.__cause__ = ValueError("inner")
    error.add_note("a note")
    said = kit.spoken(error)
    assert "inner" in said
    assert "outer" in said
    assert "a note" in said


def test_error_that_hides_its_context_does_not_speak_of_it() -> None:
    """``raise … from None`` keeps a cause with secrets out of tracebacks; the search follows that."""
    error = RuntimeError("outer")
    error.__context__ = ValueError("inner")
    assert "inner" in kit.spoken(error)
    error.__suppress_context__ = True
    assert "inner" not in kit.spoken(error)
