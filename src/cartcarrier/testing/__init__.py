"""The test kit: conformance suites for driver authors, factories and transports for everybody.

Subclass a suite, give one fixture, and load the plugin with ``addopts = ["-p", "cartcarrier.testing"]``. Names are loaded when
first used, so that factories work without pytest, and the plugin costs nothing. Needs the extra ``cartcarrier[testing]``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartcarrier.http import ConnectionDropped, HandlerTransport, ManualClock, ReceivedRequest, handler_transport
    from cartcarrier.testing._carrier import CarrierConformance
    from cartcarrier.testing._channel import ChannelConformance
    from cartcarrier.testing._driver import DriverConformance
    from cartcarrier.testing._factories import (
        make_address,
        make_fulfillment,
        make_order,
        make_order_line,
        make_parcel,
        make_rate,
        make_request,
        make_shipment,
        make_warehouse,
    )
    from cartcarrier.testing._leaks import check_no_leak, personal_data, spoken
    from cartcarrier.testing._platform import CarrierPlatform, ChannelPlatform, Platform, ProviderPlatform
    from cartcarrier.testing._provider import ProviderConformance
    from cartcarrier.testing._transport import Answered, Failure, FaultyTransport

_HOMES = {
    "cartcarrier.http": (
        "ConnectionDropped",
        "HandlerTransport",
        "ManualClock",
        "ReceivedRequest",
        "handler_transport",
    ),
    "cartcarrier.testing._carrier": ("CarrierConformance",),
    "cartcarrier.testing._channel": ("ChannelConformance",),
    "cartcarrier.testing._driver": ("DriverConformance",),
    "cartcarrier.testing._factories": (
        "make_address",
        "make_fulfillment",
        "make_order",
        "make_order_line",
        "make_parcel",
        "make_rate",
        "make_request",
        "make_shipment",
        "make_warehouse",
    ),
    "cartcarrier.testing._leaks": ("check_no_leak", "personal_data", "spoken"),
    "cartcarrier.testing._platform": ("CarrierPlatform", "ChannelPlatform", "Platform", "ProviderPlatform"),
    "cartcarrier.testing._provider": ("ProviderConformance",),
    "cartcarrier.testing._transport": ("Answered", "Failure", "FaultyTransport"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

# What pytest loads with `-p cartcarrier.testing`; nobody else imports it.
pytest_plugins: tuple[str, ...] = ("cartcarrier.testing._plugin",)

__all__ = [
    "Answered",
    "CarrierConformance",
    "CarrierPlatform",
    "ChannelConformance",
    "ChannelPlatform",
    "ConnectionDropped",
    "DriverConformance",
    "Failure",
    "FaultyTransport",
    "HandlerTransport",
    "ManualClock",
    "Platform",
    "ProviderConformance",
    "ProviderPlatform",
    "ReceivedRequest",
    "check_no_leak",
    "handler_transport",
    "make_address",
    "make_fulfillment",
    "make_order",
    "make_order_line",
    "make_parcel",
    "make_rate",
    "make_request",
    "make_shipment",
    "make_warehouse",
    "personal_data",
    "pytest_plugins",
    "spoken",
]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        msg = f"module 'cartcarrier.testing' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
