"""Setting pushes up: configuration, destinations, subscriptions, topics (field guide ebay.md §13.1, §13.2)."""

from cartcarrier.channels.ebay.schemas.base import Struct


class NotificationConfig(Struct, frozen=True):
    """The application's configuration: whom eBay writes to when pushes fail."""

    alert_email: str | None = None


class DeliveryConfig(Struct, frozen=True):
    """An endpoint, and the token that answers its challenge. A secret: never shown."""

    endpoint: str | None = None
    verification_token: str | None = None


class DestinationWanted(Struct, frozen=True):
    """Where pushes are to go."""

    name: str
    status: str
    delivery_config: DeliveryConfig


class Destination(Struct, frozen=True):
    """Where pushes go. ``MARKED_DOWN`` is eBay's own word for one that failed too often."""

    destination_id: str
    name: str | None = None
    status: str | None = None
    delivery_config: DeliveryConfig | None = None


class Destinations(Struct, frozen=True):
    """One page of destinations."""

    destinations: list[Destination] | None = None
    next: str | None = None


class Payload(Struct, frozen=True):
    """The form of a topic's pushes, as it is asked for."""

    format: str | None = None
    schema_version: str | None = None
    delivery_protocol: str | None = None


class SubscriptionChanged(Struct, frozen=True):
    """What a subscription is to be."""

    status: str
    destination_id: str
    payload: Payload


class SubscriptionWanted(Struct, frozen=True):
    """A subscription that is to be made."""

    topic_id: str
    status: str
    destination_id: str
    payload: Payload


class Subscription(Struct, frozen=True):
    """One topic that is pushed to one destination."""

    subscription_id: str
    topic_id: str
    status: str | None = None
    destination_id: str | None = None
    payload: Payload | None = None


class Subscriptions(Struct, frozen=True):
    """One page of subscriptions."""

    subscriptions: list[Subscription] | None = None
    next: str | None = None


class SupportedPayload(Struct, frozen=True):
    """A form in which a topic can be had."""

    schema_version: str | None = None
    format: list[str] | None = None
    delivery_protocol: str | None = None
    deprecated: bool | None = None


class Topic(Struct, frozen=True):
    """What can be pushed, and what it takes."""

    topic_id: str
    status: str | None = None
    scope: str | None = None
    authorization_scopes: list[str] | None = None
    supported_payloads: list[SupportedPayload] | None = None
