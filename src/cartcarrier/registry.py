"""Drivers by name: found through entry points, loaded when first asked for, opened from plain settings.

Built-in drivers are registered like anyone else's, in the groups ``cartcarrier.channels``, ``cartcarrier.carriers`` and
``cartcarrier.providers``. An entry point names a class below ``Channel``, ``Carrier`` or ``FulfillmentProvider``.
"""

import os
import typing
from collections.abc import Mapping
from datetime import timedelta
from importlib.metadata import EntryPoint, entry_points
from types import UnionType
from typing import Any, Final, TypeVar

import attrs

from cartcarrier.carriers import Carrier
from cartcarrier.channels import Channel
from cartcarrier.drivers import Driver
from cartcarrier.errors import ConfigurationError, DriverLoadError, DriverNotFoundError, InvalidValueError
from cartcarrier.http import Clock, LimitStore, TokenStore
from cartcarrier.models import from_plain
from cartcarrier.providers import FulfillmentProvider

__all__ = ["available_drivers", "load_driver", "open_carrier", "open_channel", "open_provider"]

D = TypeVar("D", bound=Driver)

CHANNELS: Final = "cartcarrier.channels"
CARRIERS: Final = "cartcarrier.carriers"
PROVIDERS: Final = "cartcarrier.providers"


def available_drivers(group: str) -> Mapping[str, str]:
    """Return the names of the installed drivers of a group, each with the object it stands for; nothing is imported."""
    return {entry.name: entry.value for entry in sorted(entry_points(group=group), key=lambda entry: entry.name)}


def _entry(group: str, name: str) -> EntryPoint:
    found = {entry.value: entry for entry in entry_points(group=group, name=name)}
    kind = group.rpartition(".")[2]
    if not found:
        known = ", ".join(available_drivers(group)) or "none"
        msg = f"no driver {name!r} is installed among the {kind}; installed: {known}"
        raise DriverNotFoundError(msg, field="driver")
    if len(found) > 1:
        msg = f"the name {name!r} is claimed twice among the {kind}: {', '.join(sorted(found))}; uninstall one of them"
        raise DriverLoadError(msg, field="driver")
    return next(iter(found.values()))


def load_driver(group: str, name: str, base: type[D]) -> type[D]:
    """Return the driver's class.

    Args:
        group: ``"cartcarrier.carriers"`` and the like.
        name: Of the entry point.
        base: What the class must be below.

    Raises:
        DriverNotFoundError: No such driver is installed.
        DriverLoadError: It cannot be imported, is not a driver of that kind, or its name is taken twice.
    """
    entry = _entry(group, name)
    try:
        loaded = entry.load()
    except Exception as exc:
        msg = f"the driver {name!r} ({entry.value}) cannot be imported: {type(exc).__name__}: {exc}"
        raise DriverLoadError(msg, field="driver") from exc
    if not (isinstance(loaded, type) and issubclass(loaded, base)):
        msg = f"the driver {name!r} ({entry.value}) is not a class below {base.__name__}"
        raise DriverLoadError(msg, field="driver")
    return loaded


def _variable(driver: str, account: str, setting: str) -> str:
    middle = "" if account == "default" else f"{account}__"
    return f"CARTCARRIER_{driver}__{middle}{setting}".upper().replace("-", "_")


def _element(kind: object) -> object:
    """Return what an optional type is when it is not ``None``."""
    if typing.get_origin(kind) in {typing.Union, UnionType}:
        return next(part for part in typing.get_args(kind) if part is not type(None))
    return kind


def _from_environment(cls: type[Any], driver: str, account: str) -> dict[str, object]:
    """Read settings from variables such as ``CARTCARRIER_UPS__CLIENT_ID``, or ``CARTCARRIER_UPS__EU__CLIENT_ID``."""
    hints = typing.get_type_hints(cls)
    prefix = _variable(driver, account, "")
    settings: dict[str, object] = {}
    for variable, text in os.environ.items():
        if not variable.startswith(prefix) or "__" in variable[len(prefix) :]:
            continue
        name = variable[len(prefix) :].lower()
        kind = _element(hints.get(name, str))
        if kind is bool:
            if text.lower() not in {"true", "false", "1", "0"}:
                msg = f"{driver}: the environment variable {variable} must be true or false"
                raise ConfigurationError(msg, field=name)
            settings[name] = text.lower() in {"true", "1"}
        elif kind is int:
            try:
                settings[name] = int(text)
            except ValueError:
                msg = f"{driver}: the environment variable {variable} must be a whole number"
                raise ConfigurationError(msg, field=name) from None
        elif typing.get_origin(kind) in {tuple, list, frozenset}:
            settings[name] = [part.strip() for part in text.split(",") if part.strip()]
        else:
            settings[name] = text
    return settings


def read_config(cls: type[Any], driver: str, account: str, settings: Mapping[str, object]) -> Any:  # noqa: ANN401 - an instance of cls
    """Return the driver's config from keywords and, for what they leave out, the environment.

    Raises:
        ConfigurationError: A setting is unknown, missing or of the wrong kind; the error names it, never its value.
    """
    fields = attrs.fields_dict(cls)
    merged = {**_from_environment(cls, driver, account), **settings}
    for name in merged:
        if name not in fields:
            known = ", ".join(sorted(fields))
            msg = f"{driver} has no setting {name!r}; it has: {known}"
            raise ConfigurationError(msg, field=name)
    for name, field in fields.items():
        if field.default is attrs.NOTHING and name not in merged:
            variable = _variable(driver, account, name)
            msg = f"{driver} needs the setting {name!r}; give it as a keyword or as {variable}"
            raise ConfigurationError(msg, field=name)
    try:
        return from_plain(cls, {name: list(v) if isinstance(v, tuple) else v for name, v in merged.items()})
    except InvalidValueError as exc:
        name = (exc.field or "").rpartition(".")[2]
        raise ConfigurationError(f"{driver}: the setting {exc.message}", field=name or None) from None


def _open(
    group: str,
    base: type[D],
    driver: str,
    *,
    account: str,
    transport: object | None,
    hosts: Mapping[str, str] | None,
    tokens: TokenStore | None,
    limits: LimitStore | None,
    keep_raw: bool,
    clock: Clock | None,
    max_wait: timedelta | None,
    settings: Mapping[str, object],
) -> D:
    cls = load_driver(group, driver, base)
    config = read_config(cls.config_class, driver, account, settings)
    return cls(
        config,
        account=account,
        transport=transport,
        hosts=hosts,
        tokens=tokens,
        limits=limits,
        keep_raw=keep_raw,
        clock=clock,
        max_wait=max_wait,
    )


def open_channel(
    driver: str,
    /,
    *,
    account: str = "default",
    transport: object | None = None,
    hosts: Mapping[str, str] | None = None,
    tokens: TokenStore | None = None,
    limits: LimitStore | None = None,
    keep_raw: bool = False,
    clock: Clock | None = None,
    max_wait: timedelta | None = None,
    **settings: object,
) -> Channel:
    """Open a channel's driver by name. Nothing is sent.

    Args:
        driver: The name of an installed driver, ``"shopify"``.
        account: Your name for this account; ``driver:account`` is its key everywhere.
        transport: For tests: an HTTP transport in place of the network.
        hosts: Base addresses by the driver's host names, in place of the platform's own.
        tokens: Where tokens are kept.
        limits: Where the state of rate limits is kept.
        keep_raw: Keep the platform's own bytes in ``raw``. They are personal data.
        clock: Where time comes from.
        max_wait: The longest that a call waits for a rate limit.
        **settings: The driver's own. What is left out is read from the environment: ``CARTCARRIER_SHOPIFY__SHOP`` for the
            account ``default``, ``CARTCARRIER_SHOPIFY__EU__SHOP`` for the account ``eu``.

    Raises:
        DriverNotFoundError: No driver of that name is installed.
        DriverLoadError: It cannot be used.
        ConfigurationError: A setting is unknown, missing or wrong; the error names it.
    """
    return _open(
        CHANNELS,
        Channel,  # type: ignore[type-abstract]  # an abstract base is what is meant: python/mypy#4717
        driver,
        account=account,
        transport=transport,
        hosts=hosts,
        tokens=tokens,
        limits=limits,
        keep_raw=keep_raw,
        clock=clock,
        max_wait=max_wait,
        settings=settings,
    )


def open_carrier(
    driver: str,
    /,
    *,
    account: str = "default",
    transport: object | None = None,
    hosts: Mapping[str, str] | None = None,
    tokens: TokenStore | None = None,
    limits: LimitStore | None = None,
    keep_raw: bool = False,
    clock: Clock | None = None,
    max_wait: timedelta | None = None,
    **settings: object,
) -> Carrier:
    """Open a carrier's driver by name. Nothing is sent. Arguments and errors are those of ``open_channel``."""
    return _open(
        CARRIERS,
        Carrier,  # type: ignore[type-abstract]  # an abstract base is what is meant: python/mypy#4717
        driver,
        account=account,
        transport=transport,
        hosts=hosts,
        tokens=tokens,
        limits=limits,
        keep_raw=keep_raw,
        clock=clock,
        max_wait=max_wait,
        settings=settings,
    )


def open_provider(
    driver: str,
    /,
    *,
    account: str = "default",
    transport: object | None = None,
    hosts: Mapping[str, str] | None = None,
    tokens: TokenStore | None = None,
    limits: LimitStore | None = None,
    keep_raw: bool = False,
    clock: Clock | None = None,
    max_wait: timedelta | None = None,
    **settings: object,
) -> FulfillmentProvider:
    """Open a provider's driver by name. Nothing is sent. Arguments and errors are those of ``open_channel``."""
    return _open(
        PROVIDERS,
        FulfillmentProvider,  # type: ignore[type-abstract]  # an abstract base is what is meant: python/mypy#4717
        driver,
        account=account,
        transport=transport,
        hosts=hosts,
        tokens=tokens,
        limits=limits,
        keep_raw=keep_raw,
        clock=clock,
        max_wait=max_wait,
        settings=settings,
    )
