"""Stock, checked addresses, cancellations, somebody else's warehouse, pushes."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import attrs

from cartcarrier.models._orders import FulfillmentParcel
from cartcarrier.models._tracking import Tracking
from cartcarrier.models._validators import aware_or_none, count, filled
from cartcarrier.models._values import Address


@attrs.frozen(kw_only=True)
class InventoryLevel:
    """How many of an article can be sold.

    Attributes:
        sku: The seller's number.
        available: Pieces free to sell.
        location_id: The channel's identity of the place; ``None`` where it has one only.
    """

    sku: str = attrs.field(validator=filled)
    available: int = attrs.field(validator=count)
    location_id: str | None = None


class InventoryStatus(StrEnum):
    """What became of a level that was set."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"
    STALE = "stale"


@attrs.frozen(kw_only=True)
class InventoryResult:
    """What became of one level.

    Attributes:
        sku: Which article.
        status: What became of it.
        message: Why.
    """

    sku: str
    status: InventoryStatus
    message: str | None = None


class AddressVerdict(StrEnum):
    """What a carrier thinks of an address."""

    VALID = "valid"
    CORRECTED = "corrected"
    AMBIGUOUS = "ambiguous"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class AddressValidation:
    """What a carrier thinks of an address.

    Attributes:
        verdict: In one word.
        candidates: Addresses it may have meant, the likeliest first.
        residential: A home; ``None`` when the carrier does not know.
        messages: In the carrier's words.
    """

    verdict: AddressVerdict
    candidates: tuple[Address, ...] = attrs.field(default=(), converter=tuple[Address, ...])
    residential: bool | None = None
    messages: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...], repr=False)


class CancellationStatus(StrEnum):
    """What became of a cancellation."""

    DONE = "done"
    PENDING = "pending"
    REFUSED = "refused"


@attrs.frozen(kw_only=True)
class CancellationResult:
    """What became of a cancellation.

    Attributes:
        status: In one word.
        message: Why, or what is awaited.
    """

    status: CancellationStatus
    message: str | None = attrs.field(default=None, repr=False)


class ProviderOrderStatus(StrEnum):
    """How far somebody else's warehouse is."""

    RECEIVED = "received"
    PROCESSING = "processing"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class ProviderOrder:
    """An order at somebody else's warehouse.

    Attributes:
        reference: Ours.
        id: Theirs.
        status: How far it is.
        parcels: What has left, with its numbers.
        message: What the warehouse wants known.
        final: No more of it comes, though not all has left: the rest was cancelled, or is not there.
    """

    reference: str = attrs.field(validator=filled)
    id: str | None = None
    status: ProviderOrderStatus
    parcels: tuple[FulfillmentParcel, ...] = attrs.field(default=(), converter=tuple[FulfillmentParcel, ...])
    message: str | None = attrs.field(default=None, repr=False)
    final: bool = False


@attrs.frozen(kw_only=True)
class WebhookRequest:
    """A push, as it was received: the body is not to be decoded, re-encoded or unpacked before.

    Attributes:
        method: ``"POST"``, or ``"GET"`` for a challenge.
        url: With its query.
        headers: Looked up whatever their case.
        body: The bytes.
    """

    method: str
    url: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False, eq=False)
    body: bytes = attrs.field(repr=False)

    def header(self, name: str) -> str | None:
        """Return a header, whatever the case of its name."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)


@attrs.frozen(kw_only=True)
class Event:
    """Something a platform told us.

    Attributes:
        id: The same for every delivery of the same event.
        account: The account's key, ``"shopify:eu"``.
        occurred_at: When, as the platform says.
    """

    id: str = attrs.field(validator=filled)
    account: str = attrs.field(validator=filled)
    occurred_at: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True)
class OrderChanged(Event):
    """An order was placed, paid, edited, held, released, moved: read it again.

    Attributes:
        order_id: Of the channel; ``None`` when the push names only a part of it.
        what: The platform's own topic.
    """

    order_id: str | None = None
    what: str


@attrs.frozen(kw_only=True)
class OrderCancelled(Event):
    """An order was cancelled, or somebody asks for that: do not ship it.

    Attributes:
        order_id: Of the channel.
        requested: True when it is asked for but not decided.
    """

    order_id: str
    requested: bool = False


@attrs.frozen(kw_only=True)
class FulfillmentChanged(Event):
    """A fulfillment was made or changed, perhaps by somebody else.

    Attributes:
        order_id: Of the channel.
        fulfillment_id: Of the channel.
    """

    order_id: str | None = None
    fulfillment_id: str | None = None


@attrs.frozen(kw_only=True)
class InventoryChanged(Event):
    """Stock moved at the channel.

    Attributes:
        item_id: The channel's identity of the article.
        sku: The seller's number, where the push has it.
        location_id: Where.
        available: What the channel says is left.
    """

    item_id: str | None = None
    sku: str | None = None
    location_id: str | None = None
    available: int | None = None


@attrs.frozen(kw_only=True)
class TrackingUpdated(Event):
    """A parcel moved.

    Attributes:
        tracking: What the push says; merge it with what is known.
    """

    tracking: Tracking


@attrs.frozen(kw_only=True)
class AccountRevoked(Event):
    """The seller took the authorization back: drop the tokens."""


class PersonalDataAction(StrEnum):
    """What is asked about personal data."""

    EXPORT = "export"
    ERASE = "erase"
    ERASE_ACCOUNT = "erase_account"


@attrs.frozen(kw_only=True)
class PersonalDataRequest(Event):
    """Somebody asks for their data, or for its deletion.

    Attributes:
        action: What is asked.
        customer_id: Whose, in the channel's terms.
        order_ids: Which orders; empty for all of that customer.
    """

    action: PersonalDataAction
    customer_id: str | None = attrs.field(default=None, repr=False)
    order_ids: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen(kw_only=True)
class WebhookOutcome:
    """What a push means, and what to answer.

    Attributes:
        events: Perhaps none.
        status: HTTP status to answer with.
        headers: To answer with.
        body: To answer with.
    """

    events: tuple[Event, ...] = attrs.field(default=(), converter=tuple[Event, ...])
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict, eq=False)
    body: bytes = b""


@attrs.frozen(kw_only=True)
class WebhookSubscription:
    """A platform's promise to push.

    Attributes:
        id: The platform's.
        topic: What is pushed, in the platform's words.
        destination: Where to: an address of yours, or the platform's name for a queue. Never a secret.
        active: Whether it pushes now.
        expires_at: When it ends by itself; ``None`` when it does not, or the platform does not say.
    """

    id: str = attrs.field(validator=filled)
    topic: str
    destination: str
    active: bool = True
    expires_at: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True)
class TrackingSubscription:
    """A carrier's promise to push what becomes of one parcel.

    Attributes:
        tracking_number: Of the parcel.
        id: The carrier's identity of the subscription, where it has one.
        expires_at: When it ends by itself: subscribe again before.
    """

    tracking_number: str = attrs.field(validator=filled)
    id: str | None = None
    expires_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
