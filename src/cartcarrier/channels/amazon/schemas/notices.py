"""Notifications v1 and Sellers v1 (field guide amazon.md §1.2, §7.1)."""

from cartcarrier.channels.amazon.schemas._base import Base


class Sqs(Base, frozen=True, kw_only=True):
    """A queue."""

    arn: str


class EventBridge(Base, frozen=True, kw_only=True):
    """An event bus."""

    region: str
    account_id: str
    name: str | None = None


class Resource(Base, frozen=True, kw_only=True):
    """One of the two."""

    sqs: Sqs | None = None
    event_bridge: EventBridge | None = None


class DestinationWanted(Base, frozen=True, kw_only=True):
    """What ``createDestination`` sends."""

    name: str
    resource_specification: Resource


class Destination(Base, frozen=True, kw_only=True):
    """Where notifications go."""

    destination_id: str
    name: str | None = None
    resource: Resource | None = None


class DestinationAnswer(Base, frozen=True, kw_only=True):
    """The envelope of one."""

    payload: Destination


class DestinationsAnswer(Base, frozen=True, kw_only=True):
    """The envelope of all."""

    payload: list[Destination] | None = None


class EventFilter(Base, frozen=True, kw_only=True):
    """Which events are wanted."""

    event_filter_type: str
    marketplace_ids: list[str] | None = None
    order_change_types: list[str] | None = None


class Directive(Base, frozen=True, kw_only=True):
    """How events are worked on before they are sent."""

    event_filter: EventFilter | None = None
    filter_expression: str | None = None


class SubscriptionWanted(Base, frozen=True, kw_only=True):
    """What ``createSubscription`` sends."""

    payload_version: str
    destination_id: str
    processing_directive: Directive | None = None


class Subscription(Base, frozen=True, kw_only=True):
    """What was subscribed to."""

    subscription_id: str
    payload_version: str | None = None
    destination_id: str | None = None
    processing_directive: Directive | None = None


class SubscriptionAnswer(Base, frozen=True, kw_only=True):
    """The envelope of one."""

    payload: Subscription | None = None


class SubscriptionPage(Base, frozen=True, kw_only=True):
    """Some of a type's subscriptions."""

    subscriptions: list[Subscription] | None = None
    next_token: str | None = None


class SubscriptionsAnswer(Base, frozen=True, kw_only=True):
    """The envelope of several."""

    payload: SubscriptionPage | None = None


class SoldAt(Base, frozen=True, kw_only=True):
    """A marketplace."""

    id: str
    country_code: str | None = None
    default_currency_code: str | None = None


class Participation(Base, frozen=True, kw_only=True):
    """How a seller takes part."""

    is_participating: bool | None = None
    has_suspended_listings: bool | None = None


class MarketplaceParticipation(Base, frozen=True, kw_only=True):
    """Both."""

    marketplace: SoldAt
    participation: Participation | None = None


class ParticipationsAnswer(Base, frozen=True, kw_only=True):
    """The envelope of ``getMarketplaceParticipations``."""

    payload: list[MarketplaceParticipation] | None = None
