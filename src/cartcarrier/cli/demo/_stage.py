"""Where the demonstration plays: on simulators with a hand in their world, or on the accounts in the environment."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, Protocol, cast, runtime_checkable

import attrs

from cartcarrier.carriers import Carrier
from cartcarrier.channels import Channel
from cartcarrier.errors import ConfigurationError
from cartcarrier.http import Clock, ManualClock, SystemClock, asgi_transport
from cartcarrier.models import Address
from cartcarrier.registry import open_carrier, open_channel
from cartcarrier.sandbox import Fault, FaultKind, Sandbox, Simulator

WAREHOUSE = Address(
    name="Shipping Desk",
    company="Acme Goods",
    street1="1 Dock Rd",
    city="Alpharetta",
    region="GA",
    postal_code="30005",
    country_code="US",
    phone="7705550100",
    residential=False,
)
JOURNEYS: Final = (*["normal"] * 5, "delayed", "normal", "attempted", "normal", "normal", "returned")
ASGIApp = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


class Shop(Protocol):
    """What the demonstration does to the simulated shop."""

    def place_order(self, **shape: Any) -> str:  # noqa: ANN401 - the simulator's own
        """Let a buyer place an order."""
        ...

    def seed_orders(self, n: int, seed: int = 0) -> list[str]:
        """Place many orders."""
        ...

    def edit_address(self, order_id: str, **fields: str) -> None:
        """Correct an address."""
        ...

    def edit_quantity(self, order_id: str, line_index: int, quantity: int) -> None:
        """Change how many."""
        ...

    def cancel(self, order_id: str) -> None:
        """Cancel an order."""
        ...

    def hold(self, order_id: str) -> list[str]:
        """Put an order on hold."""
        ...


@runtime_checkable
class Roads(Protocol):
    """What the demonstration decides about parcels."""

    def set_journey(self, *, tracking_number: str, kind: str) -> None:
        """Choose what happens to a parcel."""
        ...


class Meddler:
    """Stands before the carrier, and lets something happen in the shop right after the next label was sold."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.after_next_label: Callable[[], object] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        await self._app(scope, receive, send)
        if scope.get("path", "").endswith("/ship") and self.after_next_label is not None:
            happen, self.after_next_label = self.after_next_label, None
            happen()


@attrs.frozen(kw_only=True)
class Stage:
    """Channels and carriers to play with, and, on simulators, the hands behind them.

    Attributes:
        channel: Sells.
        carrier: Moves.
        clock: Whose time it is.
        simulated: What is simulated, and at which limits; empty on real accounts.
        shop: The simulated shop.
        carrier_simulator: The simulated carrier.
        meddler: Lets things happen in between.
    """

    channel: Channel
    carrier: Carrier
    clock: Clock
    simulated: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict)
    shop: Shop | None = None
    carrier_simulator: Simulator | None = None
    meddler: Meddler | None = None

    def let_some_go_astray(self, numbers: Sequence[str]) -> None:
        """Let most parcels travel well, and some be late, find nobody at home, or go back."""
        if isinstance(self.carrier_simulator, Roads):
            for index, number in enumerate(numbers):
                self.carrier_simulator.set_journey(tracking_number=number, kind=JOURNEYS[index % len(JOURNEYS)])

    def lose_next_answer(self) -> None:
        """Let the carrier sell the next label and the connection break before its answer arrives."""
        if self.carrier_simulator is not None:
            self.carrier_simulator.faults.add(Fault(operation="ship", kind=FaultKind.DROP_AFTER))


@asynccontextmanager
async def simulated_stage() -> AsyncIterator[Stage]:
    """Open the real drivers on simulators in this process; their time is moved by hand, so that nobody waits."""
    clock = ManualClock(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    async with Sandbox(clock=clock, limits=True) as sandbox:
        shop, carrier = sandbox.simulator("shopify"), sandbox.simulator("ups")
        meddler = Meddler(carrier.app)
        yield Stage(
            channel=sandbox.channel("shopify"),
            carrier=sandbox.carrier("ups", transport=asgi_transport(meddler)),
            clock=clock,
            simulated={"Shopify": shop.describe(), "UPS": carrier.describe()},
            shop=cast("Shop", shop),
            carrier_simulator=carrier,
            meddler=meddler,
        )


@asynccontextmanager
async def real_stage(*, spend_money: bool) -> AsyncIterator[Stage]:
    """Open the accounts that the environment names.

    Raises:
        ConfigurationError: A setting is missing, or the carrier account would spend money without leave.
    """
    carrier = open_carrier("ups")
    if not carrier.config.sandbox and not spend_money:
        msg = "the carrier account is not in its test environment: set CARTCARRIER_UPS__SANDBOX=true, or say --spend-money"
        raise ConfigurationError(msg, field="sandbox")
    yield Stage(channel=open_channel("shopify"), carrier=carrier, clock=SystemClock())
