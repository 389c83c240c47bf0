"""What callers hand to the facade and get back from it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import attrs

from cartcarrier.errors import CartCarrierError
from cartcarrier.fulfillment._choose import Choice, Chooser
from cartcarrier.fulfillment._refund import Refund
from cartcarrier.ledger import ShipmentState
from cartcarrier.models import (
    Address,
    CustomsDeclaration,
    Fulfillment,
    Money,
    Order,
    OrderRef,
    Parcel,
    ProviderOrder,
    Rate,
    Shipment,
    ShipmentOptions,
)


def _to_tuple(parcels: Iterable[Parcel]) -> tuple[Parcel, ...]:
    return tuple(parcels)


@attrs.frozen(kw_only=True)
class Quote:
    """What the carriers ask.

    Attributes:
        rates: Of all that answered; within a currency the cheapest first.
        failures: Why the others did not, by account key.
    """

    rates: tuple[Rate, ...] = ()
    failures: Mapping[str, CartCarrierError] = attrs.field(factory=dict, eq=False)


@attrs.frozen(kw_only=True)
class ShipPlan:
    """One shipment to be made: the arguments of ``Fulfiller.ship``, as a value.

    Attributes:
        order: As the caller has read it.
        parcels: What leaves.
        key: Which shipment of that order; another parcel later, or a replacement, is another key.
        rate: Buy at this rate, and no other.
        choose: Picks one of the rates that are quoted; the cheapest without one.
        options: What else is asked of the carrier.
        max_increase: How much more than ``rate`` may be paid when its price has ended; nothing without one.
        customs: For borders; made from the items and order lines without one.
        ship_date: When it is handed over; ``None`` for today.
        reference: Yours, printed on the label where the carrier can.
        notify_buyer: Whether the channel writes to the buyer; ``None`` for the ``Fulfiller``'s choice.
        replacement: It goes in the place of a parcel that the channel has been told of: nothing need be open, and the
            channel is not told again.
        location_id: Which of the channel's places it leaves from; needed where several could ship these lines.
        check_address: Ask the carriers whether the address is good, before anything is written down.
        is_return: It goes back to the seller; no channel is told. See ``Fulfiller.ship_return``.
        return_to: Where a return goes; ``None`` for where the order left from.
        come_from: Where a return leaves; ``None`` for the buyer's address.
    """

    order: Order
    parcels: tuple[Parcel, ...] = attrs.field(converter=_to_tuple)
    key: str = "1"
    rate: Rate | None = None
    choose: Chooser | None = None
    options: ShipmentOptions = attrs.field(factory=ShipmentOptions)
    max_increase: Money | None = None
    customs: CustomsDeclaration | None = None
    ship_date: date | None = None
    reference: str | None = None
    notify_buyer: bool | None = None
    replacement: bool = False
    location_id: str | None = None
    check_address: bool = False
    is_return: bool = False
    return_to: Address | None = attrs.field(default=None, repr=False)
    come_from: Address | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Shipped:
    """A shipment that was made, now or by an earlier call with the same key.

    Attributes:
        ref: Whose order.
        key: Which shipment of it.
        shipment: What was bought; with several labels, joined to one.
        fulfillment: What the channel was told; ``None`` when it was not, or need not be.
        choice: How the rate was chosen; ``None`` when it was given, or an earlier call bought.
        state: Where the shipment stands.
    """

    ref: OrderRef
    key: str
    shipment: Shipment
    fulfillment: Fulfillment | None = None
    choice: Choice | None = None
    state: ShipmentState


@attrs.frozen(kw_only=True)
class ShipFailure:
    """One of many that was not made.

    Attributes:
        plan: What was asked.
        error: Why not.
    """

    plan: ShipPlan
    error: CartCarrierError


@attrs.frozen(kw_only=True)
class Submitted:
    """An order that somebody else's warehouse ships.

    Attributes:
        ref: Whose order.
        key: Which submission of it.
        provider: The account's key.
        reference: Ours; what ``get_status`` and ``cancel`` of the provider name.
        order: As the provider has it.
        state: Where it stands: ``SUBMITTED`` while the provider has it, ``CONFIRMED`` when all has left and the channel knows.
        fulfillments: What the channel was told, one for each package.
    """

    ref: OrderRef
    key: str
    provider: str
    reference: str
    order: ProviderOrder
    state: ShipmentState
    fulfillments: tuple[Fulfillment, ...] = ()


@attrs.frozen(kw_only=True)
class OrderChange:
    """An order that is new or was touched.

    Attributes:
        cursor: Pass it to ``Fulfiller.changes`` to go on after this one.
        order: As it is now.
        kind: ``"new"``, ``"changed"`` or ``"cancelled"``. A change that comes twice may be new twice.
    """

    cursor: str = attrs.field(repr=False)
    order: Order
    kind: str


@attrs.frozen(kw_only=True)
class UncertainStep:
    """An outside write of which it is not known whether it took effect.

    Attributes:
        ref: Whose order.
        key: Which shipment of it.
        step: ``channel/order/key/purchase/0``.
        reference: What the platform can be asked by.
        why: In words: what is known, and what to do.
    """

    ref: OrderRef
    key: str
    step: str
    reference: str | None = None
    why: str


@attrs.frozen(kw_only=True)
class PlannedShipment:
    """A shipment that was written down but never sent; ``ship`` with its key buys it.

    Attributes:
        ref: Whose order.
        key: Which shipment of it.
    """

    ref: OrderRef
    key: str


@attrs.frozen(kw_only=True)
class RecoveryProblem:
    """Something that recovery could not finish; the next one tries again.

    Attributes:
        ref: Whose order.
        key: Which shipment of it; ``None`` for the cancellation of the order itself.
        error: Why not.
    """

    ref: OrderRef
    key: str | None
    error: CartCarrierError


@attrs.frozen(kw_only=True)
class RecoveryReport:
    """What an earlier crash, time-out or lost answer had left open, and what became of it.

    Attributes:
        found: Shipments that were looked at.
        adopted: Purchases and hand-overs whose lost answer was found.
        confirmed: Shipments, and packages of warehouses, that the channel has been told of now.
        voided: Labels given back now, and hand-overs taken back.
        uncertain: What cannot be known yet, each explained.
        planned: Written down, never sent; not bought here.
        problems: What could not be finished now.
        busy: Shipments that another worker holds.
        refunds: How far the refunds are that carriers take their time with.
    """

    found: int = 0
    adopted: int = 0
    confirmed: int = 0
    voided: int = 0
    uncertain: tuple[UncertainStep, ...] = ()
    planned: tuple[PlannedShipment, ...] = ()
    problems: tuple[RecoveryProblem, ...] = ()
    busy: tuple[PlannedShipment, ...] = ()
    refunds: tuple[Refund, ...] = ()


@attrs.frozen
class Bought:
    """A person found that the purchase took effect.

    Attributes:
        shipment: What was bought, as the carrier shows it.
    """

    shipment: Shipment


@attrs.frozen
class NotBought:
    """A person found that nothing was bought: the key can be used anew."""


@attrs.frozen
class Voided:
    """A person found a label and gave it back at the carrier."""


@attrs.frozen(kw_only=True)
class DeadlineAtRisk:
    """An order whose promised time of shipping is near, and which has not left.

    Attributes:
        ref: Which order.
        number: What people say.
        ship_by: The channel's promise.
        left: Time until then; negative when it has passed.
    """

    ref: OrderRef
    number: str
    ship_by: datetime
    left: timedelta
