"""A sandbox in process: simulators and the drivers opened on them, sharing one clock and one store."""

from contextlib import AsyncExitStack
from importlib import import_module
from importlib.metadata import entry_points
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from cartcarrier.errors import ConfigurationError
from cartcarrier.http import Clock
from cartcarrier.sandbox._clock import ShiftedClock
from cartcarrier.sandbox._simulator import Simulator
from cartcarrier.sandbox._store import MemoryStore, Store

if TYPE_CHECKING:
    from cartcarrier.carriers import Carrier
    from cartcarrier.channels import Channel
    from cartcarrier.providers import FulfillmentProvider

GROUP = "cartcarrier.simulators"
# The entry points are the way; these let a source tree that is not installed find its own.
BUILT_IN = {
    "amazon": "cartcarrier.sandbox.amazon:AmazonSimulator",
    "ebay": "cartcarrier.sandbox.ebay:EbaySimulator",
    "fedex": "cartcarrier.sandbox.fedex:FedExSimulator",
    "shopify": "cartcarrier.sandbox.shopify:ShopifySimulator",
    "ups": "cartcarrier.sandbox.ups:UPSSimulator",
    "usps": "cartcarrier.sandbox.usps:USPSSimulator",
}

DriverType = TypeVar("DriverType")


def simulator_names() -> tuple[str, ...]:
    """Return the names of all simulators that are installed, sorted."""
    return tuple(sorted({*BUILT_IN, *(point.name for point in entry_points(group=GROUP))}))


def find_simulator(name: str) -> type[Simulator]:
    """Return the class of a simulator.

    Raises:
        ConfigurationError: There is none of that name, two distributions claim it, or what it needs is not installed.
    """
    points = {point.value for point in entry_points(group=GROUP, name=name)} or {BUILT_IN.get(name, "")}
    if len(points) > 1:
        raise ConfigurationError(f"the simulator {name} is claimed by {' and '.join(sorted(points))}: uninstall one")
    target = points.pop()
    if not target:
        raise ConfigurationError(f"there is no simulator {name}; installed are {', '.join(simulator_names())}")
    module, _, attribute = target.partition(":")
    try:
        return cast("type[Simulator]", getattr(import_module(module), attribute))
    except ModuleNotFoundError as exc:
        raise missing_extra(f"the simulator {name}", exc) from exc


def missing_extra(what: str, cause: ModuleNotFoundError) -> ConfigurationError:
    """Say that the extra ``sandbox`` is not installed."""
    return ConfigurationError(f"{what} needs the module {cause.name}: install cartcarrier[sandbox]")


class Sandbox:
    """Platforms without accounts: real drivers, talking to simulators in this process.

    ::

        async with Sandbox() as sandbox:
            carrier = sandbox.carrier("ups")

    Args:
        clock: The time of simulators and drivers alike; by default the system's, which ``advance`` can move ahead.
        limits: Whether the platforms' real rate limits are in force.
        seed: What invented facts are drawn from.
        store: Where the simulators keep their state; by default in memory.
    """

    def __init__(
        self, *, clock: Clock | None = None, limits: bool = True, seed: int = 0, store: Store | None = None
    ) -> None:
        self.clock: Clock = clock if clock is not None else ShiftedClock()
        self.store: Store = store if store is not None else MemoryStore()
        self._limits = limits
        self._seed = seed
        self._simulators: dict[str, Simulator] = {}
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every driver that was opened here. A second call does nothing."""
        await self._exit.aclose()

    def simulator(self, name: str) -> Simulator:
        """Return the simulator of that name; made when first asked for.

        Raises:
            ConfigurationError: There is none of that name, or the extra ``sandbox`` is not installed.
        """
        if name not in self._simulators:
            self._simulators[name] = find_simulator(name)(
                store=self.store, clock=self.clock, limits=self._limits, seed=self._seed
            )
        return self._simulators[name]

    def channel(self, name: str, *, account: str = "default", **overrides: object) -> "Channel":
        """Open a channel's real driver on its simulator, with the seeded account's settings.

        Args:
            name: The driver's name, which is the simulator's.
            account: Your name for the account.
            overrides: Settings and common arguments in place of the sandbox's.
        """
        from cartcarrier.registry import open_channel  # noqa: PLC0415 - drivers load when first used

        return self._keep(open_channel(name, account=account, **self._arguments(name, overrides)))

    def carrier(self, name: str, *, account: str = "default", **overrides: object) -> "Carrier":
        """Open a carrier's real driver on its simulator; see ``channel``."""
        from cartcarrier.registry import open_carrier  # noqa: PLC0415 - drivers load when first used

        return self._keep(open_carrier(name, account=account, **self._arguments(name, overrides)))

    def provider(self, name: str, *, account: str = "default", **overrides: object) -> "FulfillmentProvider":
        """Open a provider's real driver on its simulator; see ``channel``."""
        from cartcarrier.registry import open_provider  # noqa: PLC0415 - drivers load when first used

        return self._keep(open_provider(name, account=account, **self._arguments(name, overrides)))

    def _arguments(self, name: str, overrides: dict[str, object]) -> dict[str, Any]:
        from cartcarrier.http import asgi_transport  # noqa: PLC0415 - brings the HTTP library, which commands do without

        # one simulator may serve several drivers of its platform: "amazon-buy-shipping" is served by "amazon"
        simulator = self.simulator(name if name in simulator_names() else name.partition("-")[0])
        transport = asgi_transport(simulator.app)
        return {"transport": transport, "clock": self.clock, **simulator.settings_for(name), **overrides}

    def _keep(self, driver: DriverType) -> DriverType:
        self._exit.push_async_callback(cast("Any", driver).aclose)
        return driver
