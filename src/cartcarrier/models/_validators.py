"""Checks and conversions that the models share. A model that exists is valid."""

from collections.abc import Hashable, ItemsView, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

import attrs
from typing_extensions import override

from cartcarrier.errors import InvalidValueError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


def _path(instance: object, attribute: "attrs.Attribute[Any]") -> str:
    return f"{type(instance).__name__}.{attribute.name}"


def refuse(instance: object, attribute: "attrs.Attribute[Any]", why: str) -> InvalidValueError:
    """Return the error that says which field of which model is wrong, without its value: that may be personal."""
    path = _path(instance, attribute)
    return InvalidValueError(f"{path} {why}", field=path)


def filled(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand a text that is not blank."""
    if not isinstance(value, str):
        raise refuse(instance, attribute, f"must be a text, not {type(value).__name__}")
    if not value or value.isspace():
        raise refuse(instance, attribute, "must not be empty")


def text_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand a text or ``None``."""
    if value is not None and not isinstance(value, str):
        raise refuse(instance, attribute, f"must be a text or None, not {type(value).__name__}")


def aware(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand a date and time with a zone."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise refuse(instance, attribute, "must be a datetime with a time zone")


def aware_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand a date and time with a zone, or ``None``."""
    if value is not None:
        aware(instance, attribute, value)


def naive_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand a wall clock without a zone, or ``None``."""
    if value is not None and (not isinstance(value, datetime) or value.tzinfo is not None):
        raise refuse(instance, attribute, "must be a wall clock time without a time zone")


def count(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand a whole number of at least 0."""
    if type(value) is not int:
        raise refuse(instance, attribute, f"must be a whole number, not {type(value).__name__}")
    if value < 0:
        raise refuse(instance, attribute, "must not be negative")


def at_least_one(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand a whole number of at least 1."""
    count(instance, attribute, value)
    if value == 0:
        raise refuse(instance, attribute, "must be at least 1")


def country(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand an ISO 3166-1 alpha-2 code in capitals."""
    if (
        not isinstance(value, str)
        or len(value) != 2
        or not value.isascii()
        or not value.isalpha()
        or not value.isupper()
    ):
        raise refuse(instance, attribute, "must be an ISO 3166-1 alpha-2 code such as 'US'")


def country_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand an ISO 3166-1 alpha-2 code, or ``None``."""
    if value is not None:
        country(instance, attribute, value)


def currency(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand the form of an ISO 4217 code."""
    if (
        not isinstance(value, str)
        or len(value) != 3
        or not value.isascii()
        or not value.isalpha()
        or not value.isupper()
    ):
        raise refuse(instance, attribute, "must be an ISO 4217 code such as 'USD'")


def some(instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:  # noqa: ANN401 - any sized value
    """Demand at least one element."""
    if not value:
        raise refuse(instance, attribute, "must have at least one element")


def to_decimal(value: object, path: str) -> Decimal:
    """Return an exact decimal. A float is refused: it has lost what was meant already."""
    if type(value) is Decimal:
        number = value
    elif type(value) is int or isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            msg = f"{path} must be a decimal number"
            raise InvalidValueError(msg, field=path) from None
    else:
        msg = f"{path} must be a Decimal, an int or a text, not {type(value).__name__}"
        raise InvalidValueError(msg, field=path)
    if not is_sensible(number):
        msg = f"{path} must be a finite number of less than 10^16"
        raise InvalidValueError(msg, field=path)
    return number


def is_sensible(number: Decimal) -> bool:
    """Return whether a number is finite and of a size that occurs: writing out 1E+999999 takes a machine down."""
    return number.is_finite() and (not number or -31 < number.adjusted() < 16)


def to_amount(value: Decimal | int | str) -> Decimal:
    """Return an exact amount of money."""
    return value if type(value) is Decimal and is_sensible(value) else to_decimal(value, "Money.amount")


class FrozenMapping(Mapping[K, V], Generic[K, V]):
    """A mapping that cannot be changed, and so can be compared, hashed and shared."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V] | None = None) -> None:
        object.__setattr__(self, "_items", dict(items or {}))

    _items: dict[K, V]

    @override
    def __getitem__(self, key: K) -> V:
        return self._items[key]

    @override
    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    @override
    def __len__(self) -> int:
        return len(self._items)

    @override
    def items(self) -> ItemsView[K, V]:
        # What Mapping has calls back for every value.
        return self._items.items()

    @override
    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    @override
    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, FrozenMapping) else self._items == other

    @override
    def __repr__(self) -> str:
        return repr(self._items)

    @override
    def __setattr__(self, name: str, value: object) -> None:
        msg = "this mapping cannot be changed"
        raise AttributeError(msg)

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return (FrozenMapping, (self._items,))


def pieces_by_line(items: Mapping[str, int]) -> Mapping[str, int]:
    """Return the mapping as one that cannot be changed."""
    if type(items) is FrozenMapping:
        return items
    if not isinstance(items, Mapping):
        msg = f"lines must be a mapping of line id to pieces, not {type(items).__name__}"
        raise InvalidValueError(msg, field="lines")
    return FrozenMapping(items)


def pieces_by_line_or_none(items: Mapping[str, int] | None) -> Mapping[str, int] | None:
    """Return the mapping as one that cannot be changed, or ``None``."""
    return None if items is None else pieces_by_line(items)
