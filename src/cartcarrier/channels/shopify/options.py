"""The typed extras of this driver: what a merchant asks of a fulfillment service, which no other channel knows."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import attrs


class FulfillmentRequestKind(StrEnum):
    """What is asked for."""

    SHIP = "ship"
    CANCEL = "cancel"


def _frozen(lines: Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType(dict(lines))


@attrs.frozen(kw_only=True)
class FulfillmentRequest:
    """A merchant's request to the fulfillment service that this app is.

    Attributes:
        id: Of the fulfillment order.
        kind: Whether to ship it, or not to ship it after all.
        order_id: Of the order that it is a share of.
        order_number: What people call that order.
        location_id: The service's place that is to ship.
        lines: Pieces that remain, by order line.
        message: What the merchant wrote. May hold personal data.
        notify_buyer: Whether the merchant wants the buyer to be told; ``None`` when nothing is said.
        requested_at: When.
    """

    id: str
    kind: FulfillmentRequestKind
    order_id: str
    order_number: str
    location_id: str | None = None
    lines: Mapping[str, int] = attrs.field(factory=dict, converter=_frozen, hash=False)
    message: str | None = attrs.field(default=None, repr=False)
    notify_buyer: bool | None = None
    requested_at: datetime | None = None
