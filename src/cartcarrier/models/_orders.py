"""What was sold, and what a channel is told about it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import attrs
from typing_extensions import override

from cartcarrier.errors import InvalidValueError
from cartcarrier.models._validators import (
    at_least_one,
    aware,
    aware_or_none,
    count,
    country_or_none,
    filled,
    pieces_by_line,
    pieces_by_line_or_none,
    text_or_none,
)
from cartcarrier.models._values import Address, Money, Weight


class OrderStatus(StrEnum):
    """How far an order is, for whoever ships it."""

    PENDING = "pending"
    UNFULFILLED = "unfulfilled"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    ON_HOLD = "on_hold"
    UNKNOWN = "unknown"


class PaymentStatus(StrEnum):
    """How far the payment is."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class FulfilledBy(StrEnum):
    """Who ships it. ``CHANNEL`` (FBA and the like) is never ours to ship."""

    MERCHANT = "merchant"
    CHANNEL = "channel"
    UNKNOWN = "unknown"


class FulfillmentStatus(StrEnum):
    """Whether what a channel was told still stands."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class OrderRef:
    """Which order of which account.

    Attributes:
        channel: The account's key, ``"shopify:eu"``.
        order_id: The channel's own identity of the order.
    """

    channel: str = attrs.field(validator=filled)
    order_id: str = attrs.field(validator=filled)

    @override
    def __str__(self) -> str:
        return f"{self.channel}/{self.order_id}"


@attrs.frozen(kw_only=True, weakref_slot=False)
class Buyer:
    """Who bought. Personal data.

    Attributes:
        id: The channel's identity of the buyer.
        name: As the channel has it.
        email: May be a forwarding address of the channel.
        phone: As the channel has it.
    """

    id: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    name: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    email: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    phone: str | None = attrs.field(default=None, validator=text_or_none, repr=False)


@attrs.frozen(kw_only=True, weakref_slot=False)
class OrderLine:
    """One line of an order.

    Attributes:
        id: The channel's identity of the line.
        sku: The seller's number of the article.
        title: What it is called.
        quantity: Pieces ordered, less what was removed or refunded since.
        unfulfilled_quantity: Pieces that still have to leave.
        unit_price: Per piece, whatever the channel sends.
        total: Of the line, after its discounts.
        tax: Of the line.
        weight: Of one piece.
        hs_code: For customs.
        country_of_origin: ISO 3166-1 alpha-2.
        requires_shipping: False for what is not sent in a parcel.
    """

    id: str = attrs.field(validator=filled)
    sku: str | None = None
    title: str
    quantity: int = attrs.field(validator=count)
    unfulfilled_quantity: int = attrs.field(validator=count)
    unit_price: Money | None = None
    total: Money | None = None
    tax: Money | None = None
    weight: Weight | None = None
    hs_code: str | None = None
    country_of_origin: str | None = attrs.field(default=None, validator=country_or_none)
    requires_shipping: bool = True


@attrs.frozen(kw_only=True, weakref_slot=False)
class Allocation:
    """Which place ships how many of which line (Shopify's fulfillment orders, Amazon's supply sources).

    Attributes:
        line_id: Of the order line.
        quantity: Pieces still to be shipped from there.
        location_id: The channel's identity of the place.
        id: The channel's identity of this share of the order, where it has one.
    """

    line_id: str = attrs.field(validator=filled)
    quantity: int = attrs.field(validator=count)
    location_id: str | None = None
    id: str | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class FulfillmentParcel:
    """A parcel, as a channel is told of it.

    Attributes:
        carrier: The driver's name, ``"ups"``; each channel's driver turns it into the channel's own spelling.
        tracking_number: ``None`` for what leaves without one.
        service: The carrier's service, in words.
        tracking_url: Where the buyer can look.
        lines: What is in it, pieces by line id, where that is known.
    """

    carrier: str = attrs.field(validator=filled)
    tracking_number: str | None = attrs.field(default=None, validator=text_or_none)
    service: str | None = None
    tracking_url: str | None = None
    lines: Mapping[str, int] | None = attrs.field(default=None, converter=pieces_by_line_or_none)


def _pieces(instance: "Fulfillment", attribute: "attrs.Attribute[Mapping[str, int]]", value: Mapping[str, int]) -> None:
    for line_id, quantity in value.items():
        if type(quantity) is not int or quantity < 1:
            path = f"{type(instance).__name__}.{attribute.name}"
            msg = f"{path}: the quantity of line {line_id} must be a whole number of at least 1"
            raise InvalidValueError(msg, field=path)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Fulfillment:
    """What a channel is told: these lines left under this number.

    Attributes:
        order_id: Of the channel.
        lines: Pieces by line id; each at least 1.
        parcels: With their numbers.
        reference: Ours, the same over all retries; empty on what was read from a channel that does not keep it.
        id: The channel's, once it has one.
        location_id: Where they left from, where the channel asks.
        shipped_at: When they left.
        notify_buyer: Whether the channel writes to the buyer. There is no default: channels differ in theirs.
        status: Whether it still stands.
    """

    order_id: str = attrs.field(validator=filled)
    lines: Mapping[str, int] = attrs.field(converter=pieces_by_line, validator=_pieces)
    parcels: tuple[FulfillmentParcel, ...] = attrs.field(default=(), converter=tuple[FulfillmentParcel, ...])
    reference: str = ""
    id: str | None = None
    location_id: str | None = None
    shipped_at: datetime = attrs.field(validator=aware)
    notify_buyer: bool
    status: FulfillmentStatus = FulfillmentStatus.ACTIVE


@attrs.frozen(kw_only=True, weakref_slot=False)
class Order:
    """An order, whatever the channel.

    Attributes:
        channel: The account's key, ``"shopify:eu"``.
        id: The channel's own identity of it.
        number: What people say.
        status: How far it is.
        payment_status: How far the payment is.
        fulfilled_by: Who ships it.
        placed_at: When it was bought.
        updated_at: When the channel last touched it. Holds and moves may not count as that.
        ship_by: The channel's promise to the buyer, for handing over.
        deliver_by: The channel's promise to the buyer, for arrival.
        ship_to: ``None`` when there is nothing to ship, or the address is withheld.
        buyer: Who bought.
        lines: What was bought.
        allocations: Which place ships what, where the channel says.
        fulfillments: What has left already.
        total: As it stands now, in the currency that the seller books.
        shipping_total: Part of it.
        tax_total: Part of it, or on top, as the channel has it.
        discount_total: What was taken off.
        shipping_service: What the buyer chose, in the channel's words.
        cancel_requested: Somebody asked to cancel it; do not ship before that is answered.
        holds: Why it must wait.
        notes: Of buyer or seller.
        tags: What the channel or the seller marks it with (``"prime"``, ``"business"``, a shop's own), in lower case from
            marketplaces, as written from shops. For sorting work; nothing in the library depends on them.
        raw: The channel's own bytes, only with ``keep_raw=True`` on the driver. For people; no code of ours reads it.
    """

    channel: str = attrs.field(validator=filled)
    id: str = attrs.field(validator=filled)
    number: str
    status: OrderStatus
    payment_status: PaymentStatus = PaymentStatus.UNKNOWN
    fulfilled_by: FulfilledBy = FulfilledBy.UNKNOWN
    placed_at: datetime = attrs.field(validator=aware)
    updated_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    ship_by: datetime | None = attrs.field(default=None, validator=aware_or_none)
    deliver_by: datetime | None = attrs.field(default=None, validator=aware_or_none)
    ship_to: Address | None = None
    buyer: Buyer | None = attrs.field(default=None, repr=False)
    lines: tuple[OrderLine, ...] = attrs.field(default=(), converter=tuple[OrderLine, ...])
    allocations: tuple[Allocation, ...] = attrs.field(default=(), converter=tuple[Allocation, ...])
    fulfillments: tuple[Fulfillment, ...] = attrs.field(default=(), converter=tuple[Fulfillment, ...])
    total: Money | None = None
    shipping_total: Money | None = None
    tax_total: Money | None = None
    discount_total: Money | None = None
    shipping_service: str | None = None
    cancel_requested: bool = False
    holds: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    notes: str | None = attrs.field(default=None, repr=False)
    tags: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    raw: bytes | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def ref(self) -> OrderRef:
        """Which order of which account."""
        return OrderRef(channel=self.channel, order_id=self.id)


def _statuses(statuses: Iterable[OrderStatus] | None) -> frozenset[OrderStatus] | None:
    return None if statuses is None else frozenset(statuses)


@attrs.frozen(kw_only=True)
class OrderQuery:
    """Which orders to list.

    Attributes:
        updated_since: Only what the channel touched at or after that time.
        statuses: Only these; ``None`` for all.
        fulfilled_by: Only these; ``None`` for all.
        page_size: How many the channel is asked for at a time; ``None`` for the driver's choice.
    """

    updated_since: datetime | None = attrs.field(default=None, validator=aware_or_none)
    statuses: frozenset[OrderStatus] | None = attrs.field(default=None, converter=attrs.converters.optional(frozenset))
    fulfilled_by: FulfilledBy | None = None
    page_size: int | None = attrs.field(default=None, validator=attrs.validators.optional(at_least_one))
