"""Where the demonstration plays: on simulators with a hand in their world, or on the accounts in the environment."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from cartcarrier.carriers import Carrier
from cartcarrier.channels import Channel
from cartcarrier.errors import ConfigurationError
from cartcarrier.http import Clock, ManualClock, SystemClock, asgi_transport
from cartcarrier.models import Address
from cartcarrier.providers import FulfillmentProvider
from cartcarrier.registry import open_carrier, open_channel
from cartcarrier.sandbox import Fault, FaultKind, Sandbox, Simulator

CHANNELS: Final = ("shopify", "ebay", "amazon")
CARRIERS: Final = ("ups", "fedex", "usps")
PROVIDER: Final = "amazon-mcf"
WAREHOUSE: Final = Address(
    name="Shipping Desk",
    company="Acme Goods",
    street1="1 Dock Rd",
    city="Alpharetta",
    region="GA",
    postal_code="30005",
    country_code="US",
    phone="7705550100",
    email="desk@example.com",
    residential=False,
)
JOURNEYS: Final = (*["normal"] * 5, "delayed", "normal", "attempted", "normal", "normal", "returned")
SELLS_LABELS: Final = ("/ship", "/shipments", "/label", "/international-label")  # how the paths of purchases end
ASGIApp = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


class Meddler:
    """Stands before a carrier, and lets something happen at a channel right after the next label was sold."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.after_next_label: Callable[[], object] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        await self._app(scope, receive, send)
        bought = scope.get("method") == "POST" and scope.get("path", "").endswith(SELLS_LABELS)
        if bought and self.after_next_label is not None:
            happen, self.after_next_label = self.after_next_label, None
            happen()


@attrs.frozen(kw_only=True)
class Stage:
    """Channels and carriers to play with, and, on simulators, the hands behind them.

    Attributes:
        channels: Sell; by account key.
        carriers: Move; by account key.
        providers: Somebody else's warehouses; by account key.
        clock: Whose time it is.
        simulators: The platforms behind them, by name; empty on real accounts.
        meddlers: Let things happen in between, by the carrier's name.
    """

    channels: Mapping[str, Channel]
    carriers: Mapping[str, Carrier]
    providers: Mapping[str, FulfillmentProvider] = attrs.field(factory=dict)
    clock: Clock
    simulators: Mapping[str, Simulator] = attrs.field(factory=dict)
    meddlers: Mapping[str, Meddler] = attrs.field(factory=dict)

    def world(self, key: str) -> Any:  # noqa: ANN401 - each simulator has commands of its own
        """Return the simulator behind an account."""
        return self.simulators[key.partition(":")[0].partition("-")[0]]

    def let_some_go_astray(self, parcels: Sequence[tuple[str, str]]) -> None:
        """Let most parcels travel well, and some be late, find nobody at home, or go back.

        Args:
            parcels: The carrier's account key and the number of each.
        """
        for index, (carrier, number) in enumerate(parcels):
            self.world(carrier).set_journey(tracking_number=number, kind=JOURNEYS[index % len(JOURNEYS)])

    def lose_next_answer(self, carrier: str) -> None:
        """Let a carrier sell the next label and the connection break before its answer arrives."""
        self.world(carrier).faults.add(Fault(operation="ship", kind=FaultKind.DROP_AFTER))


@asynccontextmanager
async def simulated_stage() -> AsyncIterator[Stage]:
    """Open the real drivers on simulators in this process; their time is moved by hand, so that nobody waits."""
    clock = ManualClock(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    async with Sandbox(clock=clock, limits=True) as sandbox:
        simulators = {name: sandbox.simulator(name) for name in (*CHANNELS, *CARRIERS)}
        meddlers = {name: Meddler(simulators[name].app) for name in CARRIERS}
        channels = [sandbox.channel(name) for name in CHANNELS]
        carriers = [sandbox.carrier(name, transport=asgi_transport(meddlers[name])) for name in CARRIERS]
        provider = sandbox.provider(PROVIDER)
        yield Stage(
            channels={channel.key: channel for channel in channels},
            carriers={carrier.key: carrier for carrier in carriers},
            providers={provider.key: provider},
            clock=clock,
            simulators=simulators,
            meddlers=meddlers,
        )


@asynccontextmanager
async def real_stage(*, spend_money: bool) -> AsyncIterator[Stage]:
    """Open the accounts that the environment names: a shop of Shopify's and a carrier account at UPS.

    Raises:
        ConfigurationError: A setting is missing, or the carrier account would spend money without leave.
    """
    carrier = open_carrier("ups")
    if not carrier.config.sandbox and not spend_money:
        msg = "the carrier account is not in its test environment: set CARTCARRIER_UPS__SANDBOX=true, or say --spend-money"
        raise ConfigurationError(msg, field="sandbox")
    channel = open_channel("shopify")
    yield Stage(channels={channel.key: channel}, carriers={carrier.key: carrier}, clock=SystemClock())
