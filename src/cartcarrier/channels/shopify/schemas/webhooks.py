"""Subscriptions to pushes (field guide shopify.md §15)."""

from cartcarrier.channels.shopify.schemas.base import PageInfo, Struct, UserError


class Subscription(Struct, frozen=True):
    """What is pushed where."""

    id: str
    topic: str
    uri: str
    format: str
    name: str | None = None
    filter: str | None = None
    include_fields: tuple[str, ...] = ()


class Subscriptions(Struct, frozen=True):
    """A page of them."""

    page_info: PageInfo
    nodes: list[Subscription]


class SubscriptionsData(Struct, frozen=True):
    """Answer to ``webhook_subscriptions``."""

    webhook_subscriptions: Subscriptions


class SubscriptionPayload(Struct, frozen=True):
    """What mutations of subscriptions answer."""

    user_errors: list[UserError]
    webhook_subscription: Subscription | None = None


class SubscriptionCreateData(Struct, frozen=True):
    """Answer to ``webhook_subscription_create``."""

    webhook_subscription_create: SubscriptionPayload | None


class SubscriptionUpdateData(Struct, frozen=True):
    """Answer to ``webhook_subscription_update``."""

    webhook_subscription_update: SubscriptionPayload | None


class SubscriptionDeletePayload(Struct, frozen=True):
    """What ``webhookSubscriptionDelete`` answers."""

    user_errors: list[UserError]
    deleted_webhook_subscription_id: str | None = None


class SubscriptionDeleteData(Struct, frozen=True):
    """Answer to ``webhook_subscription_delete``."""

    webhook_subscription_delete: SubscriptionDeletePayload | None


class SubscriptionInput(Struct, frozen=True, omit_defaults=True):
    """What Shopify is told of a subscription."""

    uri: str
    format: str
    name: str | None = None
