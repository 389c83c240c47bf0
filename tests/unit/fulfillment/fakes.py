"""A world in memory: a channel and carriers below the real interfaces that count labels, money and confirmations."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import anyio.lowlevel
import attrs
from typing_extensions import override

from cartcarrier.carriers import (
    Carrier,
    SupportsLabels,
    SupportsManifest,
    SupportsRates,
    SupportsShipmentLookup,
    SupportsTracking,
    SupportsVoid,
)
from cartcarrier.channels import (
    Channel,
    SupportsFulfillment,
    SupportsFulfillmentChanges,
    SupportsInventory,
    SupportsOrderCancellation,
    SupportsOrders,
    SupportsTrackingUpdates,
)
from cartcarrier.drivers import SupportsWebhooks
from cartcarrier.errors import CartCarrierError, ConflictError, NotFoundError, TransportError
from cartcarrier.http import Clock
from cartcarrier.models import (
    Address,
    CancellationResult,
    CancellationStatus,
    Event,
    Fulfillment,
    FulfillmentParcel,
    FulfillmentStatus,
    InventoryLevel,
    InventoryResult,
    InventoryStatus,
    Label,
    LabelFormat,
    Manifest,
    Money,
    Order,
    OrderLine,
    OrderQuery,
    OrderStatus,
    Parcel,
    ParcelItem,
    PreparedPurchase,
    ProviderOrder,
    ProviderOrderStatus,
    PurchaseSafety,
    PurchaseStep,
    Rate,
    Service,
    Shipment,
    ShipmentRequest,
    ShippedParcel,
    Tracking,
    TrackingEvent,
    TrackingFailure,
    TrackingRef,
    TrackingStatus,
    VoidResult,
    VoidStatus,
    WebhookOutcome,
    WebhookRequest,
    Weight,
    WeightUnit,
)
from cartcarrier.providers import FulfillmentProvider

WAREHOUSE = Address(
    name="Packing Desk", street1="1 Dock Rd", city="Reno", region="NV", postal_code="89502", country_code="US"
)
HOME = Address(name="Pat Buyer", street1="2 Elm St", city="Salem", region="OR", postal_code="97301", country_code="US")
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def usd(amount: str) -> Money:
    """Dollars."""
    return Money(amount=Decimal(amount), currency="USD")


def make_order(order_id: str = "1001", **changes: object) -> Order:
    """An open order of two lines: two pieces of A, one of B."""
    order = Order(
        channel="fakeshop:default",
        id=order_id,
        number=f"#{order_id}",
        status=OrderStatus.UNFULFILLED,
        placed_at=NOON - timedelta(hours=1),
        updated_at=NOON - timedelta(hours=1),
        ship_to=HOME,
        lines=(
            OrderLine(id="a", sku="A", title="Mug", quantity=2, unfulfilled_quantity=2, unit_price=usd("8")),
            OrderLine(id="b", sku="B", title="Tea", quantity=1, unfulfilled_quantity=1, unit_price=usd("5")),
        ),
    )
    return attrs.evolve(order, **changes)  # type: ignore[arg-type]  # any field of an order


def make_parcel(**lines: int) -> Parcel:
    """A pound, with these pieces by line id in it; without any, nothing is said of what is in it."""
    items = [ParcelItem(title=line, quantity=n, order_line_id=line) for line, n in lines.items()]
    return Parcel(weight=Weight(value=Decimal(1), unit=WeightUnit.POUND), items=tuple(items))


class KilledError(BaseException):
    """The process dies here."""


@attrs.define
class Fate:
    """Counts the places at which a process may die, and lets it die at one of them."""

    die_at: int | None = None
    reached: list[str] = attrs.field(factory=list)
    dead: bool = False

    async def reach(self, place: str) -> None:
        """Pass a place, or die there; whoever is dead does nothing more."""
        if not self.dead:
            self.reached.append(place)
            self.dead = len(self.reached) - 1 == self.die_at
        if self.dead:
            raise KilledError(place)
        await anyio.lowlevel.checkpoint()


@attrs.define
class SoldLabel:
    """A label as its carrier sees it."""

    shipment: Shipment
    step_reference: str
    sold_at: datetime
    void: bool = False


Fault = tuple[CartCarrierError | BaseException, bool]


@attrs.define
class World:
    """All that is true outside: orders, confirmations, labels, money. It outlives the process under test."""

    clock: Clock
    orders: dict[str, Order] = attrs.field(factory=dict)
    fulfillments: list[Fulfillment] = attrs.field(factory=list)
    told_at: dict[str, datetime] = attrs.field(factory=dict)
    takes_twice: bool = False
    labels: list[SoldLabel] = attrs.field(factory=list)
    scans: dict[str, list[TrackingEvent]] = attrs.field(factory=dict)
    estimates: dict[str, date] = attrs.field(factory=dict)
    posted: list[tuple[str, str]] = attrs.field(factory=list)
    calls: Counter[str] = attrs.field(factory=Counter)
    faults: dict[str, list[Fault]] = attrs.field(factory=dict)
    hooks: dict[str, Callable[[], Awaitable[None]]] = attrs.field(factory=dict)
    fate: Fate = attrs.field(factory=Fate)
    void_refused: bool = False
    cancel_answer: CancellationStatus = CancellationStatus.DONE
    found_after: timedelta = timedelta(0)
    told_after: timedelta = timedelta(0)
    manifests: list[Manifest] = attrs.field(factory=list)
    submitted: Counter[str] = attrs.field(factory=Counter)
    handed: dict[str, ProviderOrder] = attrs.field(factory=dict)
    handed_orders: dict[str, Order] = attrs.field(factory=dict)
    handed_at: dict[str, datetime] = attrs.field(factory=dict)
    warehouse_answer: CancellationStatus = CancellationStatus.DONE
    stock: dict[tuple[str, str], int] = attrs.field(factory=dict)

    def add(self, *orders: Order) -> None:
        """Let buyers buy."""
        self.orders.update({order.id: order for order in orders})

    def fail(self, operation: str, error: BaseException, *, after_effect: bool = False) -> None:
        """Let the next call of that name fail, before or after it took effect."""
        self.faults.setdefault(operation, []).append((error, after_effect))

    def lose(self, operation: str, *, effect: bool = True) -> None:
        """Let the answer of the next call get lost; with or without its effect."""
        error = TransportError("the line went dead", provider="fake", operation=operation, outcome_unknown=True)
        self.fail(operation, error, after_effect=effect)

    async def call(self, operation: str, effect: Callable[[], object]) -> object:
        """One call from outside: it may fail, and the process may die before or after its effect."""
        self.calls[operation] += 1
        await self.fate.reach(f"before {operation}")
        fault = self.faults.get(operation) and self.faults[operation].pop(0)
        if fault and not fault[1]:
            raise fault[0]
        result = effect()
        if operation in self.hooks:
            await self.hooks[operation]()
        await self.fate.reach(f"after {operation}")
        if fault:
            raise fault[0]
        return result

    @property
    def live(self) -> list[SoldLabel]:
        """Labels that are paid for and not void."""
        return [label for label in self.labels if not label.void]

    @property
    def told(self) -> list[Fulfillment]:
        """What the channel believes to have left."""
        return [known for known in self.fulfillments if known.status is FulfillmentStatus.ACTIVE]

    @property
    def shown(self) -> list[Fulfillment]:
        """What the channel shows of it by now."""
        now = self.clock.now()
        return [known for known in self.told if now >= self.told_at.get(known.id or "", now) + self.told_after]

    def send(
        self,
        number: str,
        *,
        status: ProviderOrderStatus = ProviderOrderStatus.SHIPPED,
        final: bool = False,
        **lines: int,
    ) -> None:
        """Let a package leave the warehouse, with these pieces by line id in it; ``final``: and nothing more."""
        ((reference, known),) = self.handed.items()
        parcel = FulfillmentParcel(carrier="ups", tracking_number=number, lines=lines or None)
        self.handed[reference] = attrs.evolve(known, status=status, final=final, parcels=(*known.parcels, parcel))

    def change(self, order_id: str, **changes: object) -> None:
        """Let somebody touch an order."""
        self.orders[order_id] = attrs.evolve(self.orders[order_id], **changes)  # type: ignore[arg-type]  # any field

    def cancel(self, order_id: str) -> None:
        """Let the order be cancelled at the channel."""
        self.change(order_id, status=OrderStatus.CANCELLED)


@attrs.frozen
class FakeConfig:
    """Nothing to set."""


class _Fake:
    config_class: ClassVar[type] = FakeConfig
    world: World
    closed: int = 0

    async def aclose(self) -> None:
        """Count."""
        self.closed += 1


class OrderChannel(_Fake, SupportsOrders):
    """A channel that can only be read."""

    driver = "fakeshop"

    def __init__(self, world: World, account: str = "default") -> None:
        super().__init__(FakeConfig(), account=account)
        self.world = world

    @override
    async def list_orders(self, query: OrderQuery = OrderQuery()) -> AsyncIterator[Order]:  # noqa: B008 - frozen
        await self.world.call(f"list_orders {self.account}", lambda: None)
        for order in list(self.world.orders.values()):
            if order.channel != self.key:
                continue
            if query.statuses is not None and order.status not in query.statuses:
                continue
            if query.updated_since is not None and order.updated_at and order.updated_at < query.updated_since:
                continue
            yield self._shown(order.id)

    @override
    async def get_order(self, order_id: str) -> Order:
        await self.world.call("get_order", lambda: None)
        if order_id not in self.world.orders:
            raise NotFoundError("no such order", provider="fakeshop", operation="get_order")
        return self._shown(order_id)

    def _shown(self, order_id: str) -> Order:
        order = self.world.orders[order_id]
        known = [f for f in self.world.shown if f.order_id == order_id]
        return attrs.evolve(order, fulfillments=known)


class FakeChannel(
    OrderChannel,
    SupportsFulfillment,
    SupportsFulfillmentChanges,
    SupportsOrderCancellation,
    SupportsTrackingUpdates,
    SupportsInventory,
    SupportsWebhooks,
):
    """A channel that can do everything."""

    @override
    async def fulfill(self, fulfillment: Fulfillment) -> Fulfillment:
        def effect() -> Fulfillment:
            order = self.world.orders[fulfillment.order_id]
            left = {line.id: line.unfulfilled_quantity for line in order.lines}
            gone = any(left[k] < n for k, n in fulfillment.lines.items())
            if order.status is OrderStatus.CANCELLED or (gone and not self.world.takes_twice):
                raise ConflictError("it has left already, or is cancelled", provider="fakeshop", operation="fulfill")
            kept = attrs.evolve(fulfillment, id=f"f{len(self.world.fulfillments) + 1}")
            self.world.fulfillments.append(kept)
            self.world.told_at[kept.id or ""] = self.world.clock.now()
            if not self.world.takes_twice:
                self._move(fulfillment, -1)
            return kept

        result = await self.world.call("fulfill", effect)
        assert isinstance(result, Fulfillment)
        return result

    def _move(self, fulfillment: Fulfillment, sign: int) -> None:
        order = self.world.orders[fulfillment.order_id]
        lines = [
            attrs.evolve(
                line, unfulfilled_quantity=line.unfulfilled_quantity + sign * fulfillment.lines.get(line.id, 0)
            )
            for line in order.lines
        ]
        left = sum(line.unfulfilled_quantity for line in lines)
        total = sum(line.quantity for line in lines)
        status = (
            OrderStatus.FULFILLED
            if not left
            else OrderStatus.UNFULFILLED
            if left == total
            else OrderStatus.PARTIALLY_FULFILLED
        )
        self.world.change(order.id, lines=lines, status=status)

    @override
    async def list_fulfillments(self, order_id: str) -> Sequence[Fulfillment]:
        await self.world.call("list_fulfillments", lambda: None)
        return [known for known in self.world.shown if known.order_id == order_id]

    @override
    async def update_tracking(self, fulfillment: Fulfillment) -> Fulfillment:
        return fulfillment

    @override
    async def cancel_fulfillment(self, fulfillment: Fulfillment) -> None:
        def effect() -> None:
            for index, known in enumerate(self.world.fulfillments):
                if known.id == fulfillment.id and known.status is FulfillmentStatus.ACTIVE:
                    self.world.fulfillments[index] = attrs.evolve(known, status=FulfillmentStatus.CANCELLED)
                    self._move(known, 1)

        await self.world.call("cancel_fulfillment", effect)

    @override
    async def cancel_order(self, order_id: str, *, reason: str | None = None) -> CancellationResult:
        def effect() -> CancellationResult:
            if any(known.order_id == order_id for known in self.world.told):
                return CancellationResult(status=CancellationStatus.REFUSED, message="it has left")
            if self.world.cancel_answer is CancellationStatus.DONE:
                self.world.cancel(order_id)
            return CancellationResult(status=self.world.cancel_answer)

        result = await self.world.call("cancel_order", effect)
        assert isinstance(result, CancellationResult)
        return result

    @override
    async def answer_cancel_request(self, order_id: str, *, accept: bool) -> CancellationResult:
        await self.world.call("answer_cancel_request", lambda: self.world.cancel(order_id))
        return CancellationResult(status=CancellationStatus.DONE)

    @override
    async def post_tracking_event(self, fulfillment: Fulfillment, event: TrackingEvent) -> None:
        await self.world.call(
            "post_tracking_event", lambda: self.world.posted.append((fulfillment.id or "", event.key))
        )

    @override
    async def get_inventory(self, skus: Sequence[str]) -> Sequence[InventoryLevel]:
        await self.world.call(f"get_inventory {self.account}", lambda: None)
        known = {sku: self.world.stock.get((self.key, sku)) for sku in skus}
        return [InventoryLevel(sku=sku, available=count) for sku, count in known.items() if count is not None]

    @override
    async def set_inventory(self, levels: Sequence[InventoryLevel]) -> Sequence[InventoryResult]:
        def effect() -> None:
            self.world.stock.update({(self.key, level.sku): level.available for level in levels})

        await self.world.call(f"set_inventory {self.account}", effect)
        return [InventoryResult(sku=level.sku, status=InventoryStatus.ACCEPTED) for level in levels]

    pushes: tuple[Event, ...] = ()

    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        await self.world.call("receive", lambda: None)
        return WebhookOutcome(events=self.pushes)


class BlindCarrier(_Fake, SupportsRates, SupportsLabels, SupportsVoid, SupportsTracking, SupportsManifest):
    """A carrier that cannot be asked what became of a purchase."""

    driver = "fakepost"
    purchase_safety = PurchaseSafety.UNCERTAIN
    keyed: ClassVar[bool] = False

    def __init__(self, world: World, account: str = "default", *, price: str = "10", per_parcel: bool = False) -> None:
        super().__init__(FakeConfig(), account=account)
        self.world = world
        self.price = price
        self.per_parcel = per_parcel
        self.marketplace = False
        self.valid_for: timedelta | None = None

    @override
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        await self.world.call(f"get_rates {self.account}", lambda: None)
        until = self.world.clock.now() + self.valid_for if self.valid_for is not None else None
        return [
            Rate(
                carrier=self.key,
                service=Service(code=code, name=code.title()),
                total=usd(str(Decimal(self.price) + extra)),
                transit_days=days,
                valid_until=until,
            )
            for code, extra, days in (("ground", 0, 5), ("air", 20, 1))
            if request.service in {None, code}
        ]

    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        count = len(request.parcels)
        groups = [(n,) for n in range(count)] if self.per_parcel else [tuple(range(count))]
        service = request.rate.service.code if request.rate else request.service
        steps = [
            PurchaseStep(
                index=index,
                parcels=group,
                reference=f"{reference}-{index}" if self.per_parcel else reference,
                key=f"key-{reference}-{index}" if self.keyed else None,
                body=json.dumps({"service": service, "reference": f"{reference}-{index}"}).encode(),
            )
            for index, group in enumerate(groups)
        ]
        return PreparedPurchase(carrier=self.key, request_hash="-", steps=steps)

    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        result = await self.world.call("purchase", lambda: self._sell(step))
        assert isinstance(result, Shipment)
        return result

    def _sell(self, step: PurchaseStep) -> Shipment:
        return self._new_label(step)

    def _new_label(self, step: PurchaseStep) -> Shipment:
        number = f"1F{len(self.world.labels) + 1:04}"
        label = Label(format=LabelFormat.PDF, data=b"%PDF " + number.encode())
        parcels = [
            ShippedParcel(tracking_number=number if not n else f"{number}-{n}", label=label)
            for n in range(len(step.parcels))
        ]
        now = self.world.clock.now()
        code = json.loads(step.body)["service"]
        shipment = Shipment(
            carrier=self.key,
            id=f"S{number}",
            service=Service(code=code, name=code.title()),
            tracking_number=number,
            parcels=parcels,
            total=usd(self.price),
            created_at=now,
            reference=step.reference,
            confirms_order=self.marketplace,
        )
        self.world.labels.append(SoldLabel(shipment, step.reference, now))
        return shipment

    @override
    async def void_shipment(self, shipment: Shipment, *, tracking_numbers: Sequence[str] | None = None) -> VoidResult:
        def effect() -> VoidResult:
            if self.world.void_refused:
                return VoidResult(status=VoidStatus.REFUSED, message="it was scanned")
            for label in self.world.labels:
                if label.shipment.id == shipment.id:
                    label.void = True
            return VoidResult(status=VoidStatus.VOIDED)

        result = await self.world.call("void", effect)
        assert isinstance(result, VoidResult)
        return result

    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        await self.world.call("track", lambda: None)
        found: list[Tracking | TrackingFailure] = []
        for ref in refs:
            number = ref if isinstance(ref, str) else ref.number
            events = tuple(self.world.scans.get(number, ()))
            if not events:
                error = NotFoundError("not scanned yet", provider="fakepost", operation="track")
                found.append(TrackingFailure(tracking_number=number, error=error))
                continue
            status = next((e.status for e in reversed(events) if e.status), TrackingStatus.UNKNOWN)
            found.append(
                Tracking(
                    carrier=self.key,
                    tracking_number=number,
                    status=status,
                    events=events,
                    estimated_delivery=self.world.estimates.get(number),
                )
            )
        return found

    @override
    async def create_manifest(self, shipments: Sequence[Shipment], *, ship_from: Address) -> Manifest:
        def effect() -> Manifest:
            numbers = [shipment.tracking_number for shipment in shipments]
            if {*numbers} & {number for made in self.world.manifests for number in made.tracking_numbers}:
                raise ConflictError("manifested already", provider="fakepost", operation="create_manifest")
            self.world.manifests.append(Manifest(id=f"M{len(self.world.manifests) + 1}", tracking_numbers=numbers))
            return self.world.manifests[-1]

        result = await self.world.call("create_manifest", effect)
        assert isinstance(result, Manifest)
        return result


class KeyCarrier(BlindCarrier):
    """A carrier that repeats its first answer for the same key, for an hour."""

    purchase_safety = PurchaseSafety.NATIVE_KEY
    key_lifetime = timedelta(hours=1)
    keyed = True

    @override
    def _sell(self, step: PurchaseStep) -> Shipment:
        for label in self.world.labels:
            fresh = self.world.clock.now() < label.sold_at + self.key_lifetime
            if label.step_reference == step.reference and fresh:
                return label.shipment
        return self._new_label(step)


class AdoptCarrier(BlindCarrier, SupportsShipmentLookup):
    """A carrier that can be asked by our reference, and gives the label again."""

    purchase_safety = PurchaseSafety.LOOKUP_ADOPT
    settle_time = timedelta(minutes=10)
    keeps_label: ClassVar[bool] = True

    @override
    async def find_purchase(self, step: PurchaseStep) -> Shipment | None:
        await self.world.call("find", lambda: None)
        now = self.world.clock.now()
        for label in self.world.labels:
            if (
                label.step_reference == step.reference
                and not label.void
                and now >= label.sold_at + self.world.found_after
            ):
                bare = [attrs.evolve(p, label=None) for p in label.shipment.parcels]
                found = label.shipment if self.keeps_label else attrs.evolve(label.shipment, parcels=bare)
                return attrs.evolve(found, total=None)
        return None


class KeyAndLookCarrier(AdoptCarrier):
    """A carrier that repeats its first answer for the same key, and can be asked, too."""

    purchase_safety = PurchaseSafety.NATIVE_KEY
    key_lifetime = timedelta(hours=1)
    keyed = True


class CancelCarrier(AdoptCarrier):
    """A carrier that can be asked by our reference, but the label is gone."""

    purchase_safety = PurchaseSafety.LOOKUP_CANCEL
    keeps_label = False


CARRIERS: tuple[type[BlindCarrier], ...] = (KeyCarrier, AdoptCarrier, CancelCarrier, BlindCarrier)


class FakeProvider(_Fake, FulfillmentProvider):
    """Somebody else's warehouse."""

    driver = "fakewarehouse"

    def __init__(self, world: World) -> None:
        super().__init__(FakeConfig())
        self.world = world

    @override
    async def preview(self, order: Order) -> Sequence[Rate]:
        return []

    @override
    async def submit(self, order: Order, *, reference: str, service: str | None = None) -> ProviderOrder:
        def effect() -> ProviderOrder:
            self.world.submitted.update([reference])
            self.world.handed_orders.setdefault(reference, order)
            self.world.handed_at.setdefault(reference, self.world.clock.now())
            received = ProviderOrder(reference=reference, status=ProviderOrderStatus.RECEIVED)
            return self.world.handed.setdefault(reference, received)

        result = await self.world.call("submit", effect)
        assert isinstance(result, ProviderOrder)
        return result

    @override
    async def get_status(self, reference: str) -> ProviderOrder:
        def effect() -> ProviderOrder:
            known = self.world.handed.get(reference)
            if known is None or self.world.clock.now() < self.world.handed_at[reference] + self.world.found_after:
                raise NotFoundError("no such order", provider="fakewarehouse", operation="get_status")
            return known

        result = await self.world.call("get_status", effect)
        assert isinstance(result, ProviderOrder)
        return result

    @override
    async def cancel(self, reference: str) -> CancellationResult:
        def effect() -> CancellationResult:
            known = self.world.handed[reference]
            if known.status is ProviderOrderStatus.CANCELLED:
                return CancellationResult(status=CancellationStatus.DONE)
            if known.parcels:
                return CancellationResult(status=CancellationStatus.REFUSED, message="it has left")
            if self.world.warehouse_answer is CancellationStatus.DONE:
                self.world.handed[reference] = attrs.evolve(known, status=ProviderOrderStatus.CANCELLED)
            return CancellationResult(status=self.world.warehouse_answer, message="as it is")

        result = await self.world.call("cancel", effect)
        assert isinstance(result, CancellationResult)
        return result


__all__ = ["CARRIERS", "Carrier", "Channel"]
