"""An order that is being filled in: for drivers that read pages of them (see ``_compiled``)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import attrs

from cartcarrier.models._compiled import finisher
from cartcarrier.models._orders import (
    Allocation,
    Buyer,
    FulfilledBy,
    Fulfillment,
    Order,
    OrderLine,
    OrderStatus,
    PaymentStatus,
)
from cartcarrier.models._values import Address, Money


class OrderDraft:
    """An order whose fields are set one by one, in a quarter of the time that the constructor takes.

    Every field must be set, since there are no defaults; ``finish_order`` makes the order of it. The fields are those of ``Order``.
    """

    __slots__ = tuple(field.name for field in attrs.fields(Order))

    channel: str
    id: str
    number: str
    status: OrderStatus
    payment_status: PaymentStatus
    fulfilled_by: FulfilledBy
    placed_at: datetime
    updated_at: datetime | None
    ship_by: datetime | None
    deliver_by: datetime | None
    ship_to: Address | None
    buyer: Buyer | None
    lines: tuple[OrderLine, ...]
    allocations: tuple[Allocation, ...]
    fulfillments: tuple[Fulfillment, ...]
    total: Money | None
    shipping_total: Money | None
    tax_total: Money | None
    discount_total: Money | None
    shipping_service: str | None
    cancel_requested: bool
    holds: tuple[str, ...]
    notes: str | None
    tags: tuple[str, ...]
    raw: bytes | None


finish_order: Final[Callable[[OrderDraft], Order]] = finisher(OrderDraft, Order)
"""Turn the draft into the order that it is: checked, and frozen from then on.

Raises ``InvalidValueError`` for a value that an order cannot have, and ``AttributeError`` for a field that was not set.
"""
