"""Models to plain JSON values and back, by cattrs. Strict: no null or number becomes a text, no float becomes a decimal."""

import base64
import binascii
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.v import transform_error

from cartcarrier.errors import InvalidValueError
from cartcarrier.models._validators import to_decimal

T = TypeVar("T")


def _exactly(kind: type) -> Any:  # noqa: ANN401 - a cattrs hook
    def structure(value: object, _: object) -> object:
        if type(value) is not kind:
            msg = f"must be {kind.__name__}, not {type(value).__name__}"
            raise ValueError(msg)
        return value

    return structure


def _is_enum(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _text(value: object, kind: type[str]) -> str:
    if type(value) is not str and not isinstance(value, Enum):
        msg = f"must be a text, not {type(value).__name__}"
        raise TypeError(msg)
    # cattrs looks up the hook of str for every StrEnum too
    return kind(value) if _is_enum(kind) else str(value)


def _moment(value: object, _: object) -> datetime:
    if not isinstance(value, str):
        msg = f"must be an ISO 8601 text, not {type(value).__name__}"
        raise TypeError(msg)
    return datetime.fromisoformat(value)


def _day(value: object, _: object) -> date:
    if not isinstance(value, str):
        msg = f"must be an ISO 8601 text, not {type(value).__name__}"
        raise TypeError(msg)
    return date.fromisoformat(value)


def _moment_or_day(value: object, _: object) -> datetime | date | None:
    if value is None:
        return None
    return _day(value, _) if isinstance(value, str) and len(value) == 10 else _moment(value, _)


def _bytes(value: object, _: object) -> bytes:
    if not isinstance(value, str):
        msg = f"must be a base64 text, not {type(value).__name__}"
        raise TypeError(msg)
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as exc:
        msg = "must be a base64 text"
        raise ValueError(msg) from exc


def _is_moment_or_day(kind: object) -> bool:
    return get_origin(kind) is not None and {datetime, date} <= set(get_args(kind))


def _is_collection(kind: object) -> bool:
    return get_origin(kind) is frozenset or (get_origin(kind) is tuple and get_args(kind)[-1] is Ellipsis)


def _free(value: object, _: object) -> None:
    if value is not None:
        msg = "cannot be read from plain values; set it on the model"
        raise ValueError(msg)


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    for kind in (int, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook(str, _text)
    converter.register_unstructure_hook_func(_is_enum, lambda member: member.value)
    converter.register_structure_hook(Decimal, lambda value, _: to_decimal(value, "value"))
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(datetime, _moment)
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_structure_hook(date, _day)
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(bytes, _bytes)
    converter.register_unstructure_hook(bytes, lambda value: base64.b64encode(value).decode())
    converter.register_structure_hook_func(_is_moment_or_day, _moment_or_day)
    converter.register_unstructure_hook_func(
        _is_moment_or_day, lambda value: None if value is None else value.isoformat()
    )
    converter.register_structure_hook_func(lambda kind: kind in {object, object | None}, _free)

    def unstructure(cls: type) -> Any:  # noqa: ANN401 - a cattrs hook
        # what a platform sent is for people; it does not travel with the model
        if "raw" in attrs.fields_dict(cls):
            return make_dict_unstructure_fn(cls, converter, raw=override(omit=True))
        return make_dict_unstructure_fn(cls, converter)

    def structure(cls: type) -> Any:  # noqa: ANN401 - a cattrs hook
        return make_dict_structure_fn(
            cls, converter, _cattrs_forbid_extra_keys=True, _cattrs_prefer_attrib_converters=False
        )

    def collection(kind: Any) -> Any:  # noqa: ANN401 - a cattrs hook
        origin, elements = get_origin(kind), list[get_args(kind)[0]]  # type: ignore[misc]  # made at run time
        as_list = converter.get_structure_hook(elements)

        def structure_collection(value: object, _: object) -> object:
            # a text is iterable too, and would become a tuple of its letters
            if isinstance(value, str | bytes | Mapping):
                msg = f"must be a list, not {type(value).__name__}"
                raise TypeError(msg)
            return origin(as_list(value, elements))

        return structure_collection

    converter.register_structure_hook_factory(_is_collection, collection)
    converter.register_unstructure_hook_factory(attrs.has, unstructure)
    converter.register_structure_hook_factory(attrs.has, structure)
    return converter


def _ours(group: BaseException) -> InvalidValueError | None:
    """Return the first error of ours in a group: a model's own check says more than "invalid value"."""
    if isinstance(group, InvalidValueError):
        return group if group.field and "." in group.field else None
    for part in getattr(group, "exceptions", ()):
        found = _ours(part)
        if found is not None:
            return found
    return None


def to_plain(model: object) -> Any:  # noqa: ANN401 - a dict for a model, a list for a sequence
    """Return the model as plain JSON values: texts, numbers, lists and dicts.

    Decimals become texts, times ISO 8601, bytes base64. ``raw`` is left out.
    """
    return _converter().unstructure(model)


def from_plain(cls: type[T], values: object) -> T:
    """Return the model that ``to_plain`` made these values of.

    Raises:
        InvalidValueError: A value does not fit; the error names its field.
    """
    if attrs.has(cls) and not isinstance(values, Mapping):
        msg = f"{cls.__name__}: must be an object, not {type(values).__name__}"
        raise InvalidValueError(msg, field=cls.__name__)
    try:
        return _converter().structure(values, cls)
    except InvalidValueError:
        raise
    except cattrs.BaseValidationError as exc:
        ours = _ours(exc)
        if ours is not None:
            raise ours from None
        first = transform_error(exc, path=cls.__name__)[0]
        why, _, path = first.partition(" @ ")
        raise InvalidValueError(f"{path or cls.__name__}: {why}", field=path or cls.__name__) from None
    except (TypeError, ValueError) as exc:
        raise InvalidValueError(f"{cls.__name__}: {exc}", field=cls.__name__) from None
