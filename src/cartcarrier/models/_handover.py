"""Around the handing over: how long it takes, where parcels wait, the day's manifest, the carrier's visit."""

from datetime import date, datetime

import attrs

from cartcarrier.models._shipping import Document, Service
from cartcarrier.models._validators import at_least_one, aware, filled, text_or_none
from cartcarrier.models._values import Address, Money, Weight


@attrs.frozen(kw_only=True)
class TransitTime:
    """How long a service takes between two places.

    Attributes:
        service: Which service.
        transit_days: Business days on the way.
        estimated_delivery: A day, or a time with zone.
        guaranteed: Whether the carrier stands by it; ``None`` when it does not say.
    """

    service: Service
    transit_days: int | None = None
    estimated_delivery: datetime | date | None = None
    guaranteed: bool | None = None


@attrs.frozen(kw_only=True)
class CarrierLocation:
    """A place of the carrier's where a parcel can wait for its recipient, or be handed in.

    Attributes:
        id: What ``ShipmentOptions.hold_at_location`` names.
        name: What stands over the door.
        address: Where it is.
        kind: The carrier's own word for what it is.
        distance: As the carrier prints it, with its unit.
    """

    id: str = attrs.field(validator=filled)
    name: str
    address: Address
    kind: str | None = attrs.field(default=None, validator=text_or_none)
    distance: str | None = attrs.field(default=None, validator=text_or_none)


@attrs.frozen(kw_only=True)
class Manifest:
    """The day's parcels, closed for hand-over.

    Attributes:
        id: The carrier's.
        documents: What the driver of the truck scans or signs.
        tracking_numbers: What is in it.
    """

    id: str
    documents: tuple[Document, ...] = attrs.field(default=(), converter=tuple[Document, ...])
    tracking_numbers: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen(kw_only=True)
class PickupRequest:
    """Ask the carrier to come.

    Attributes:
        address: Where.
        ready_at: From when.
        close_at: Until when.
        parcels: How many.
        weight: Of all together.
        service: The carrier's code.
    """

    address: Address
    ready_at: datetime = attrs.field(validator=aware)
    close_at: datetime = attrs.field(validator=aware)
    parcels: int = attrs.field(validator=at_least_one)
    weight: Weight | None = None
    service: str | None = None


@attrs.frozen(kw_only=True)
class Pickup:
    """The carrier will come.

    Attributes:
        carrier: The account's key.
        id: What a cancellation names.
        window: From when to when.
        charge: What it costs.
    """

    carrier: str
    id: str
    window: tuple[datetime, datetime] | None = None
    charge: Money | None = None
