"""The models' constructors, compiled: same fields, same checks, same errors, a fifth of the time.

This is the one place where the library trades plainness for speed; drivers that read long lists use it, nobody has to.

A frozen attrs constructor is dear for two reasons: each field is set through ``object.__setattr__``, because the class refuses
plain assignment, and each check is a call. ``compiled`` writes a function, as attrs itself writes ``__init__``, that

1. has the checks of the fields in line, as one condition, and *leaves whatever fails it to the constructor*, which says what is
   wrong, or takes what the condition was too narrow for, such as a list where a tuple is quicker;
2. fills an instance of a *twin*: an empty class with the same slots that refuses nothing;
3. turns the twin's instance into the model by assigning its ``__class__``, which Python allows between classes of the same
   layout. (A slot for weak references is laid out differently, so the models that are compiled have none.)

``finisher`` is for the one model that is too wide for keywords: from the sixteenth on, CPython passes them by way of a dict, at a
cost of 1 µs. Its twin is filled by hand, and has the checks and the third step only.

Since all that is unusual goes to the constructor, a model made here is as valid as any other.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, ParamSpec, TypeVar, get_origin

import attrs

from cartcarrier.models import _validators

P = ParamSpec("P")
M = TypeVar("M")
D = TypeVar("D")

_FACTORY: Final[type] = type(attrs.Factory(list))

_IS_COUNTRY: Final = "_type({0}) is _str and _len({0}) == 2 and {0}.isascii() and {0}.isalpha() and {0}.isupper()"
_IS_MOMENT: Final = "_type({0}) is _datetime and {0}.tzinfo is not None"
_CHECKS: Final[dict[object, str]] = {
    _validators.filled: "_type({0}) is _str and {0} and not {0}.isspace()",
    _validators.text_or_none: "({0} is None or _type({0}) is _str)",
    _validators.aware: _IS_MOMENT,
    _validators.aware_or_none: f"({{0}} is None or {_IS_MOMENT})",
    _validators.count: "_type({0}) is _int and {0} >= 0",
    _validators.country: _IS_COUNTRY,
    _validators.country_or_none: f"({{0}} is None or {_IS_COUNTRY})",
    _validators.currency: "_type({0}) is _str and _len({0}) == 3 and {0}.isascii() and {0}.isalpha() and {0}.isupper()",
}
"""The validators that are written in line. Each may be narrower than its validator, never wider; the others are called."""

_KEPT: Final[dict[object, str]] = {
    _validators.to_amount: "_type({0}) is _Decimal and {0}.is_finite() and -31 < {0}.adjusted() < 16",
    tuple: "_type({0}) is _tuple",
}
"""What a converter would leave as it is. The other converters are called."""

# With an underscore, so that no field's name hides them.
_NAMES: Final[dict[str, object]] = {
    "_Decimal": Decimal,
    "_datetime": datetime,
    "_int": int,
    "_len": len,
    "_str": str,
    "_tuple": tuple,
    "_type": type,
}


def compiled(model: Callable[P, M]) -> Callable[P, M]:
    """Return the constructor of a model, for those who make thousands: same arguments, results and errors.

    Where a model cannot be compiled, the constructor itself is returned: that is slower, and the same otherwise.

    Args:
        model: A class made by ``attrs.frozen(kw_only=True, weakref_slot=False)``.
    """
    if not isinstance(model, type) or not attrs.has(model):
        return model
    fields = attrs.fields(model)
    twin = type(model.__name__, (), {"__slots__": tuple(field.name for field in fields)})
    if not _same_layout(twin, model) or not _plain(model):
        return model  # type: ignore[return-value]  # narrowed by isinstance, to a type without its parameters
    parts = _Parts(fields)
    lines = [
        f"def made(*, {', '.join(parts.parameters)}):",
        *parts.refusal(),
        "    _made = _twin()",
        *(f"    _made.{field.name} = {value}" for field, value in zip(fields, parts.values, strict=True)),
        *parts.calls,
        "    _made.__class__ = _model",
        "    return _made",
    ]
    made: Callable[P, M] = _run(lines, {**parts.names, "_model": model, "_twin": twin}, model.__qualname__)
    return made


def finisher(draft: type[D], model: type[M]) -> Callable[[D], M]:
    """Return a function that turns a draft into the model: with the same checks and errors as the constructor has.

    Args:
        draft: A class with exactly the fields of the model as slots, and nothing else.
        model: What it becomes. The very object is changed, so that a draft that is finished is frozen.

    Raises:
        TypeError: They are laid out differently, or the constructor does more than to check and convert.
    """
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(model)  # type: ignore[arg-type]  # not of attrs: it raises
    if not _same_layout(draft, model) or not _plain(model):  # type: ignore[arg-type]  # the same
        msg = f"{draft.__name__} cannot become {model.__name__}: other slots, or a constructor of its own kind"
        raise TypeError(msg)
    parts = _Parts(fields)
    lines = [
        "def finish(_made):",
        # A field that was forgotten is an AttributeError here, and not where somebody reads it.
        *(f"    {name} = _made.{field.name}" for field, name in zip(fields, parts.arguments, strict=True)),
        *parts.refusal(),
        *(
            f"    _made.{field.name} = {value}"
            for field, name, value in zip(fields, parts.arguments, parts.values, strict=True)
            if value != name
        ),
        *parts.calls,
        "    _made.__class__ = _model",
        "    return _made",
    ]
    finish: Callable[[D], M] = _run(lines, {**parts.names, "_model": model}, draft.__qualname__)
    finish.__doc__ = f"Turn the draft into the {model.__name__} that it is: checked, and frozen from then on."
    return finish


def _same_layout(twin: type, model: type) -> bool:
    instance: Any = twin()
    try:
        instance.__class__ = model
    except TypeError:
        return False
    return True


def _plain(model: type[attrs.AttrsInstance]) -> bool:
    """Return whether the constructor does nothing but what the functions here do."""
    if hasattr(model, "__attrs_pre_init__") or hasattr(model, "__attrs_post_init__"):
        return False
    return all(
        field.kw_only
        and field.init
        and not isinstance(field.default, _FACTORY)
        and not isinstance(field.converter, attrs.Converter)
        for field in attrs.fields(model)
    )


def _run(lines: list[str], names: dict[str, Any], what: str) -> Any:  # noqa: ANN401 - the function, whatever it takes
    exec(compile("\n".join(lines), f"<compiled {what}>", "exec"), names)  # noqa: S102 - of our own fields, as attrs does
    return names[lines[0].removeprefix("def ").partition("(")[0]]


class _Parts:
    """What the functions are put together from.

    Attributes:
        arguments: The names of the constructor's arguments.
        parameters: The same, with their defaults.
        values: What is stored in each field.
        checks: Conditions that all must hold.
        calls: Statements for the checks that have no such form.
        names: What the source refers to.
    """

    def __init__(self, fields: "tuple[attrs.Attribute[Any], ...]") -> None:
        self.arguments = [field.alias or field.name for field in fields]
        self.parameters: list[str] = []
        self.values: list[str] = []
        self.checks: list[str] = []
        self.calls: list[str] = []
        self.names: dict[str, Any] = dict(_NAMES)
        for field, name in zip(fields, self.arguments, strict=True):
            self._default(field, name)
            self._conversion(field, name)
            self._check(field, name)

    def refusal(self) -> list[str]:
        """Return the statements that leave to the constructor what does not pass."""
        if not self.checks:
            return []
        given = ", ".join(f"{name}={name}" for name in self.arguments)
        return [f"    if not ({' and '.join(self.checks)}):", f"        return _model({given})"]

    def _default(self, field: "attrs.Attribute[Any]", name: str) -> None:
        if field.default is attrs.NOTHING:
            self.parameters.append(name)
        else:
            self.names[f"_default_{name}"] = field.default
            self.parameters.append(f"{name}=_default_{name}")

    def _conversion(self, field: "attrs.Attribute[Any]", name: str) -> None:
        converter = get_origin(field.converter) or field.converter
        if converter in _KEPT:
            self.checks.append(_KEPT[converter].format(name))
        if converter is None or converter in _KEPT:
            self.values.append(name)
        else:
            self.names[f"_convert_{name}"] = converter
            self.values.append(f"_convert_{name}({name})")

    def _check(self, field: "attrs.Attribute[Any]", name: str) -> None:
        if field.validator is None:
            return
        if field.converter is None and field.validator in _CHECKS:
            self.checks.append(_CHECKS[field.validator].format(name))
        else:
            self.names[f"_check_{name}"], self.names[f"_field_{name}"] = field.validator, field
            self.calls.append(f"    _check_{name}(_made, _field_{name}, _made.{field.name})")
