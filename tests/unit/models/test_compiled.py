"""A compiled constructor is the constructor, only quicker; a finished draft is an order like any other."""

import pickle
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cartcarrier as cc
from cartcarrier.models import OrderDraft, compiled, finish_order
from cartcarrier.models._compiled import finisher

NOW = datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
MONEY = cc.Money(amount=Decimal("12.50"), currency="EUR")
ADDRESS: dict[str, Any] = {"street1": "High Street 1", "city": "Leeds", "country_code": "GB"}
LINE: dict[str, Any] = {"id": "L1", "title": "Mug", "quantity": 2, "unfulfilled_quantity": 1}
FULFILLMENT: dict[str, Any] = {"order_id": "1", "lines": {"L1": 1}, "shipped_at": NOW, "notify_buyer": False}
ORDER: dict[str, Any] = {
    "channel": "acme:eu",
    "id": "1",
    "number": "#1",
    "status": cc.OrderStatus.UNFULFILLED,
    "placed_at": NOW,
}
LEAST: list[tuple[type[Any], dict[str, Any]]] = [
    (cc.Money, {"amount": Decimal("12.50"), "currency": "EUR"}),
    (cc.Weight, {"value": Decimal("0.35"), "unit": cc.WeightUnit.KILOGRAM}),
    (cc.Address, ADDRESS),
    (cc.Buyer, {}),
    (cc.OrderLine, LINE),
    (cc.Allocation, {"line_id": "L1", "quantity": 1}),
    (cc.FulfillmentParcel, {"carrier": "ups"}),
    (cc.Fulfillment, FULFILLMENT),
    (cc.Order, ORDER),
]
MORE: list[tuple[type[Any], dict[str, Any]]] = [
    (cc.Money, {"amount": "1.5", "currency": "USD"}),
    (cc.Weight, {"value": 2, "unit": "lb"}),
    (cc.Address, {**ADDRESS, "name": "Ada", "tax_ids": [cc.TaxId(kind="VAT", value="GB1")], "residential": True}),
    (cc.OrderLine, {**LINE, "unit_price": MONEY, "country_of_origin": "DE", "requires_shipping": False}),
    (cc.FulfillmentParcel, {"carrier": "ups", "lines": {"L1": 1}}),
    (cc.Fulfillment, {**FULFILLMENT, "parcels": [cc.FulfillmentParcel(carrier="ups")]}),
    (
        cc.Order,
        {
            **ORDER,
            "ship_to": cc.Address(**ADDRESS),
            "buyer": cc.Buyer(email="ada@example.com"),
            "lines": [cc.OrderLine(**LINE)],
            "allocations": (cc.Allocation(line_id="L1", quantity=1),),
            "fulfillments": (cc.Fulfillment(**FULFILLMENT),),
            "total": MONEY,
            "updated_at": NOW,
            "holds": ("FRAUD",),
            "raw": b"{}",
        },
    ),
]
IDS = [f"{model.__name__} {kind}" for kind, cases in (("least", LEAST), ("more", MORE)) for model, _ in cases]
MODELS = [model for model, _ in LEAST]


class Word(StrEnum):
    """Texts that are more than a text."""

    COUNTRY = "US"


ODD = [
    *(None, "", " ", "x", "US", "us", "USA", "EUR", "eur", "ÄÖÜ", "1.5", "kg", Word.COUNTRY),
    *(0, 1, -1, True, 1.5, Decimal("0.5"), Decimal("NaN"), Decimal("-Infinity")),
    *((), [], ["x"], ("x",), {}, {"L1": 1}, {"L1": 0}, {"L1": 1.5}, b"x"),
    *(NOW, NOW.replace(tzinfo=None), NOW.date()),
]


def outcome(make: Callable[..., object], values: dict[str, Any]) -> object:
    """Return what is made, or all that is said about why it cannot be."""
    try:
        return make(**values)
    except (cc.InvalidValueError, TypeError, ValueError, AttributeError) as exc:
        return type(exc), str(exc).replace("made()", "__init__()"), getattr(exc, "field", None)


def same(one: object, other: object) -> bool:
    """Return whether two outcomes are the same to the last field; what is not a number equals nothing, so texts count."""
    kind: Any = type(one)
    if not attrs.has(kind):
        return one == other
    fields = [field.name for field in attrs.fields(kind)]
    return type(one) is type(other) and all(
        type(getattr(one, name)) is type(getattr(other, name))
        and repr(getattr(one, name)) == repr(getattr(other, name))
        for name in fields
    )


@pytest.mark.parametrize(("model", "values"), [*LEAST, *MORE], ids=IDS)
def test_compiled_makes_what_the_constructor_makes(model: type[Any], values: dict[str, Any]) -> None:
    """Whoever gets the model cannot know, and need not, how it was made."""
    made, usual = compiled(model)(**values), model(**values)
    assert type(made) is model
    assert (made, hash(made), repr(made)) == (usual, hash(usual), repr(usual))
    assert same(made, usual)


@pytest.mark.parametrize(("model", "values"), [*LEAST, *MORE], ids=IDS)
def test_compiled_model_is_frozen_and_travels(model: type[Any], values: dict[str, Any]) -> None:
    """A twin that stayed a twin could be changed, and could not be pickled or evolved."""
    made = compiled(model)(**values)
    for field in attrs.fields(model):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(made, field.name, None)
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own
    assert attrs.evolve(made) == made
    assert cc.from_plain(model, cc.to_plain(made)) == attrs.evolve(made, **({"raw": None} if "raw" in values else {}))


@pytest.mark.parametrize("model", MODELS)
def test_hot_models_are_compiled(model: type[Any]) -> None:
    """One that falls back to its constructor, by a new slot or default, makes long lists slow without a word."""
    assert compiled(model) is not model


@pytest.mark.parametrize("model", MODELS)
@given(data=st.data())
def test_compiled_agrees_with_the_constructor_on_anything(model: type[Any], data: st.DataObject) -> None:
    """The condition in line may be narrower than the validators, never wider: no invalid model, and the same words."""
    values = dict(next(values for least, values in LEAST if least is model))
    names = [field.name for field in attrs.fields(model)]
    for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)):
        values[name] = data.draw(st.sampled_from(ODD))
    assert same(outcome(compiled(model), values), outcome(model, values))


@pytest.mark.parametrize("model", MODELS)
def test_compiled_takes_exactly_the_fields(model: type[Any]) -> None:
    """A forgotten or misspelt field is an error at the call."""
    values = dict(next(values for least, values in LEAST if least is model))
    with pytest.raises(TypeError, match="colour"):
        compiled(model)(**values, colour="red")
    for name in values:
        with pytest.raises(TypeError, match=name):
            compiled(model)(**{key: value for key, value in values.items() if key != name})


@attrs.frozen(kw_only=True)
class _WithWeakReferences:
    name: str


@attrs.frozen(kw_only=True, weakref_slot=False)
class _WithFactory:
    names: list[str] = attrs.field(factory=list)


@attrs.frozen(weakref_slot=False)
class _Positional:
    name: str


@attrs.frozen(kw_only=True, weakref_slot=False)
class _WithMore:
    name: str

    def __attrs_post_init__(self) -> None:
        if self.name == "no":
            raise ValueError


def _converted(value: int, _: object) -> int:
    return value


@attrs.frozen(kw_only=True, weakref_slot=False)
class _WithConverter:
    name: int = attrs.field(converter=attrs.Converter(_converted, takes_self=True))  # type: ignore[misc]  # as of attrs 24


@pytest.mark.parametrize(
    "make",
    [_WithWeakReferences, _WithFactory, _Positional, _WithMore, _WithConverter, dict, outcome],
    ids=["weakref", "factory", "positional", "post init", "converter with self", "no model", "function"],
)
def test_what_cannot_be_compiled_stays_as_it_is(make: Callable[..., object]) -> None:
    """Slow is right; a model without its second half is not."""
    assert compiled(make) is make


@attrs.frozen(kw_only=True, weakref_slot=False)
class _Shadowing:
    type: str = attrs.field(validator=attrs.fields(cc.OrderLine).id.validator)
    len: str = attrs.field(validator=attrs.fields(cc.Money).currency.validator)
    str: int = 1
    model: int = attrs.field(default=2, validator=attrs.validators.ge(2))


def test_field_may_have_the_name_of_a_builtin() -> None:
    """The source that is written has the fields' names as its arguments."""
    made = compiled(_Shadowing)(type="a", len="EUR")
    assert made == _Shadowing(type="a", len="EUR")
    with pytest.raises(ValueError, match="'model' must be >= 2"):
        compiled(_Shadowing)(type="a", len="EUR", model=1)


# --- drafts ---


def draft(**values: Any) -> OrderDraft:
    """Return a draft with all the fields that the constructor would have, but for the conversions."""
    made = OrderDraft()
    for field in attrs.fields(cc.Order):
        setattr(made, field.name, values.get(field.name, field.default))
    return made


def finished(**values: Any) -> cc.Order:
    """Return the order by way of a draft."""
    return finish_order(draft(**values))


ORDERS = [values for model, values in [*LEAST, *MORE] if model is cc.Order]


@pytest.mark.parametrize("values", ORDERS, ids=["least", "more"])
def test_finished_draft_is_the_order(values: dict[str, Any]) -> None:
    """What a draft becomes is equal, hashes, prints and pickles alike, and cannot be changed."""
    made, usual = finished(**values), cc.Order(**values)
    assert type(made) is cc.Order
    assert (made, hash(made), repr(made)) == (usual, hash(usual), repr(usual))
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.id = "2"  # type: ignore[misc]  # what is tested


def test_draft_has_the_fields_of_an_order() -> None:
    """They are written twice, so that type checkers know them; a new field must not be forgotten here."""
    assert typing.get_type_hints(OrderDraft) == {
        field.name: field.type for field in attrs.fields(attrs.resolve_types(cc.Order))
    }


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(cc.Order)])
def test_forgotten_field_of_a_draft_is_named(name: str) -> None:
    """An order with a hole would fail where somebody reads it."""
    made = draft(**ORDER)
    delattr(made, name)
    with pytest.raises(AttributeError, match=name):
        finish_order(made)


@given(data=st.data())
def test_draft_agrees_with_the_constructor_on_anything(data: st.DataObject) -> None:
    """A draft is no way around the validators."""
    values = dict(ORDER)
    names = [field.name for field in attrs.fields(cc.Order)]
    for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)):
        values[name] = data.draw(st.sampled_from(ODD))
    assert same(outcome(finished, values), outcome(cc.Order, values))


class _Narrow:
    __slots__ = ("id",)


@pytest.mark.parametrize(
    ("draft", "model"), [(_Narrow, cc.Order), (type("Twin", (), {"__slots__": ("name",)}), _WithMore)]
)
def test_draft_of_another_shape_is_refused(draft: type[Any], model: type[Any]) -> None:
    """It is found out at import, and not in an order."""
    with pytest.raises(TypeError, match=model.__name__):
        finisher(draft, model)


def test_draft_converts_what_is_not_plain() -> None:
    """A model with converters of its own gets them in a draft too."""

    class Draft:
        __slots__ = tuple(field.name for field in attrs.fields(cc.Fulfillment))

    made: Any = Draft()
    for field in attrs.fields(cc.Fulfillment):
        setattr(made, field.name, FULFILLMENT.get(field.name, field.default))
    told = finisher(Draft, cc.Fulfillment)(made)
    assert told == cc.Fulfillment(**FULFILLMENT)
    assert hash(told) == hash(cc.Fulfillment(**FULFILLMENT)), "a dict was not made immutable"
