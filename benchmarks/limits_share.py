"""How much of each published limit one client reaches, and how often it is refused.

Run ``python benchmarks/limits_share.py [part of a name]``. The real drivers meet the simulators, which enforce the limits that the
platforms publish; both sides share a clock that is moved by hand, so an hour takes seconds. Eight tasks ask as fast as they
are let (a driver opens ten connections at most). The ceiling is what the limit allows in that time, from a full bucket on; a refusal is a 429, or Shopify's throttled
answer. A daily quota of eBay's ends with a share kept for writes, so its reads stop short of it on purpose: the table says both.
Ends with 1 when a limit is used for less than 95 in 100 of what is meant to be used, or when anything was refused.
"""

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import anyio
import attrs
import httpx
from typing_extensions import override

import cartcarrier as cc
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.sandbox import Sandbox

START: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TASKS: Final = 8
NETWORK: Final = 0.05  # seconds that an answer takes
ENOUGH: Final = 0.95
FOREVER: Final = timedelta(days=2)
ADDRESS: Final = cc.Address(
    name="Dana Reyes",
    street1="350 5th Ave",
    city="New York",
    region="NY",
    postal_code="10118",
    country_code="US",
    phone="2125550147",
)
WAREHOUSE: Final = attrs.evolve(
    ADDRESS, name="Desk", street1="1 E 1st St", city="Reno", region="NV", postal_code="89501"
)
PARCEL: Final = cc.Parcel(
    weight=cc.Weight(value=Decimal(2), unit=cc.WeightUnit.POUND),
    dimensions=cc.Dimensions(length=Decimal(10), width=Decimal(8), height=Decimal(4), unit=cc.LengthUnit.INCH),
)
REQUEST: Final = cc.ShipmentRequest(ship_from=WAREHOUSE, ship_to=ADDRESS, parcels=(PARCEL,))

Call = Callable[[Any], Awaitable[object]]


class Meter(httpx.AsyncBaseTransport):
    """Passes calls on to a simulator, and counts what it allowed and what it refused.

    Args:
        app: The simulator's.
        path: Only calls whose path holds this are counted.
        clock: By which an answer takes its time.
    """

    def __init__(self, app: Any, path: str, clock: ManualClock) -> None:
        self._clock = clock
        self._inner = asgi_transport(app)
        self._path = path
        self.used = 0.0
        self.refused = 0

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer: httpx.Response = await self._inner.handle_async_request(request)
        if self._path not in request.url.path:
            return answer
        body = await answer.aread()
        await self._clock.sleep(NETWORK)
        if answer.status_code == 429 or b'"THROTTLED"' in body:
            self.refused += 1
        elif b'"actualQueryCost"' in body:
            self.used += json.loads(body)["extensions"]["cost"]["actualQueryCost"]
        else:
            self.used += 1
        stream = httpx.ByteStream(body)
        headers = {key: value for key, value in answer.headers.items() if not key.lower().startswith("content-")}
        return httpx.Response(answer.status_code, headers=headers, stream=stream, request=request)


@attrs.frozen(kw_only=True)
class Case:
    """A limit, and what uses it up.

    Attributes:
        name: Platform and operation.
        driver: What is opened, with its simulator.
        path: What its calls' paths hold.
        burst: What a full bucket holds; units are calls, at Shopify points.
        per_second: What flows back.
        seconds: How long it is used.
        call: Uses it once; told the driver, after ``prepare``.
        prepare: Sets the simulator up; returns what the call needs.
        kept: Share of the burst that these calls must leave, because it is kept for buying and confirming.
        source: Where the limit is published.
        window: Where the limit is so many calls in so many seconds, wherever the platform's window begins: those seconds. Whoever
            must never be refused then fills a bucket so that no window can hold more, and reaches the less the shorter it is used.
        meant: What is meant to be used of such a limit, as a share.
    """

    name: str
    driver: str
    path: str
    burst: float
    per_second: float
    seconds: float
    call: Callable[[Any, Any], Awaitable[object]]
    prepare: Callable[[Any], Any] = lambda simulator: None  # noqa: ARG005 - nothing to set up
    kept: float = 0.0
    source: str
    window: float = 0.0
    meant: float = 1.0

    @property
    def ceiling(self) -> float:
        """What the limit allows in that time."""
        if self.window:
            return self.burst * self.seconds / self.window
        return self.burst + self.per_second * self.seconds


def plain_order(simulator: Any) -> str:
    """Place an order that can be read."""
    if "ebay" in type(simulator).__module__:
        address = {"addressLine1": "350 5th Ave", "city": "New York", "stateOrProvince": "NY", "postalCode": "10118"}
        address["countryCode"] = "US"
    elif "amazon" in type(simulator).__module__:
        address = {"name": "Dana Reyes", "address_line1": "350 5th Ave", "city": "New York", "state_or_region": "NY"}
        address |= {"postal_code": "10118", "country_code": "US"}
    else:
        address = {"first_name": "Dana", "last_name": "Reyes", "address1": "350 5th Ave", "city": "New York"}
        address |= {"province": "New York", "province_code": "NY", "zip": "10118", "country": "United States"}
        address["country_code"] = "US"
    lines = [{"sku": "MUG", "title": "Mug", "quantity": 1, "price": "12.50"}]
    return str(simulator.place_order(lines=lines, address=address))


async def read_order(channel: Any, order_id: str) -> object:
    """Read it."""
    return await channel.get_order(order_id)


async def list_some(channel: Any, _order_id: str) -> object:
    """Read the first page of what is open."""
    return [order async for order in channel.list_orders(cc.OrderQuery(updated_since=START - timedelta(days=1)))]


async def rates(carrier: Any, _nothing: object) -> object:
    """Ask what a parcel costs."""
    return await carrier.get_rates(REQUEST)


async def where(carrier: Any, _nothing: object) -> object:
    """Ask where a parcel is."""
    return await carrier.track(["1Z999AA10123456784"])


async def checked(carrier: Any, numbers: Any) -> object:
    """Have an address checked that was not asked about before."""
    return await carrier.validate_address(attrs.evolve(ADDRESS, street1=f"{next(numbers)} 5th Ave"))


async def stock(channel: Any, _nothing: object) -> object:
    """Tell a channel how many are left."""
    return await channel.set_inventory([cc.InventoryLevel(sku="MUG", available=3)])


def listed(simulator: Any) -> None:
    """List an article."""
    simulator.add_listing(sku="MUG")


CASES: Final[Sequence[Case]] = (
    Case(
        name="Shopify points, getting orders",
        driver="shopify",
        path="graphql",
        burst=2000,
        per_second=100,
        seconds=900,
        call=read_order,
        prepare=plain_order,
        source="shopify.md §1",
    ),
    Case(
        name="Amazon searchOrders",
        driver="amazon",
        path="/orders/2026-01-01/orders",
        burst=20,
        per_second=0.0056,
        seconds=20_000,
        call=list_some,
        prepare=plain_order,
        source="amazon.md §9",
    ),
    Case(
        name="Amazon getOrder",
        driver="amazon",
        path="/orders/2026-01-01/orders/",
        burst=30,
        per_second=0.5,
        seconds=600,
        call=read_order,
        prepare=plain_order,
        source="amazon.md §9",
    ),
    Case(
        name="Amazon patchListingsItem",
        driver="amazon",
        path="/listings/2021-08-01/items/",
        burst=10,
        per_second=5,
        seconds=120,
        call=stock,
        prepare=listed,
        source="amazon.md §9",
    ),
    Case(
        name="eBay sell.fulfillment, the listings of a day",
        driver="ebay",
        path="/sell/fulfillment/",
        burst=100_000,
        per_second=0,
        seconds=3600,
        call=list_some,
        prepare=plain_order,
        kept=0.2,
        source="ebay.md §1",
    ),
    Case(
        name="UPS, rates",
        driver="ups",
        path="/api/rating/",
        burst=10,
        per_second=10,
        seconds=60,
        call=rates,
        source="ups.md §1.2",
    ),
    Case(
        name="FedEx, rates",
        driver="fedex",
        path="/rate/",
        burst=1400,
        per_second=0,
        window=10,
        seconds=30,
        call=rates,
        meant=0.97,
        source="fedex.md §1.1",
    ),
    Case(
        name="USPS of a new account, addresses",
        driver="usps",
        path="/addresses/",
        burst=60,
        per_second=0,
        window=3600,
        seconds=8 * 3600,
        call=checked,
        prepare=lambda simulator: iter(range(100, 100_000)),  # noqa: ARG005 - answers are kept, so each asks anew
        meant=0.7,
        source="usps.md §1.2",
    ),
)


async def measure(case: Case) -> tuple[float, int]:
    """Use a limit up for its time; return how much of it was used, and how often it was refused."""
    clock = ManualClock(START)
    async with Sandbox(clock=clock) as sandbox:
        simulator: Any = sandbox.simulator(case.driver)
        given = case.prepare(simulator)
        clock.advance(300)
        meter = Meter(simulator.app, case.path, clock)
        settings: dict[str, Any] = {"transport": meter, "max_wait": FOREVER}
        is_channel = case.driver in {"shopify", "amazon", "ebay"}
        driver = (sandbox.channel if is_channel else sandbox.carrier)(case.driver, **settings)
        end = clock.monotonic() + case.seconds

        async def ask() -> None:
            while clock.monotonic() < end:
                with anyio.CancelScope() as scope:
                    tasks_scopes.append(scope)
                    try:
                        await case.call(driver, given)
                    except cc.RateLimitError:
                        return

        async def stop() -> None:
            await clock.sleep(case.seconds)
            for scope in tasks_scopes:
                scope.cancel()

        tasks_scopes: list[anyio.CancelScope] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stop)
            for _ in range(TASKS):
                tasks.start_soon(ask)
        return meter.used, meter.refused


def main() -> int:
    """Print the table; the exit status is 1 when a limit was wasted or overstepped."""
    wanted = sys.argv[1].lower() if len(sys.argv) > 1 else ""
    bad = 0
    print(
        f"{'limit':48s} {'published':>18s} {'over':>8s} {'ceiling':>9s} {'used':>9s} {'share':>7s} {'meant':>6s} {'refused':>8s}"
    )
    for case in CASES:
        if wanted not in case.name.lower():
            continue
        used, refused = anyio.run(measure, case)
        share = used / case.ceiling
        meant = case.meant if case.window else (case.ceiling - case.kept * case.burst) / case.ceiling
        published = f"{case.burst:g} in {case.window:g} s" if case.window else f"{case.burst:g} + {case.per_second:g}/s"
        print(
            f"{case.name:48s} {published:>18s} {case.seconds:7g}s {case.ceiling:9.0f} {used:9.0f} {share:7.1%} {meant:6.0%}"
            f" {refused:8d}"
        )
        bad += refused > 0 or share < ENOUGH * meant
    print("limits wasted or overstepped:", bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
