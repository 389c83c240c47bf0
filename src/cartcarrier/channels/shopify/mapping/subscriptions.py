"""Topics and destinations of pushes (field guide shopify.md §15)."""

import hashlib
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import WebhookSubscription

DEFAULT_TOPICS: Final = (
    "orders/create",
    "orders/updated",
    "orders/cancelled",
    "app/uninstalled",
    "app/scopes_update",
)
"""What the Fulfiller and the driver make use of. Payments, edits, refunds and fulfillments come as ``orders/updated`` too, and
pushes about fulfillment orders do not say which order they are of."""

PRIVACY_TOPICS: Final = frozenset({"customers/data_request", "customers/redact", "shop/redact"})
"""Set in the app's configuration, not by the API."""

_TOPIC: Final = re.compile(r"[a-z_]+/[a-z_]+")
_WORD: Final = re.compile(r"[A-Z_]+")
_QUEUE: Final = re.compile(r"pubsub://[A-Za-z0-9.:_~%+-]+:[A-Za-z0-9._~%+-]+|arn:aws:events:[A-Za-z0-9._:/-]+")
# A name is unique in a shop, has up to 50 letters, digits, hyphens and underscores (Shopify's changelog, 2026-02-11).
_LONGEST_NAME: Final = 50
_NAME: Final = "cartcarrier-"


def to_topics(topics: Sequence[str]) -> tuple[str, ...]:
    """Return topics as the headers of pushes have them, each once; without any those that are made use of.

    Args:
        topics: ``"orders/updated"``, or in the words of the schema, ``"ORDERS_UPDATED"``.

    Raises:
        InvalidValueError: One of them is no topic.
    """
    if isinstance(topics, str):
        topics = (topics,)
    found = []
    for topic in topics or DEFAULT_TOPICS:
        if not (_TOPIC.fullmatch(topic) or _WORD.fullmatch(topic)):
            msg = "a topic of Shopify's is written 'orders/updated' or 'ORDERS_UPDATED'"
            raise InvalidValueError(msg, field="topics")
        found.append(topic_text(topic) if _WORD.fullmatch(topic) else topic)
    return tuple(dict.fromkeys(found))


def topic_word(topic: str) -> str:
    """Return a topic in the words of the schema: ``ORDERS_UPDATED``."""
    return topic.replace("/", "_").upper()


def topic_text(word: str) -> str:
    """Return a topic as the headers of pushes have it; one of a family that is not known stays as it is."""
    text = word.lower()
    families = [family for family in codes.TOPIC_FAMILIES if text.startswith(f"{family}_")]
    if not families:
        return word
    family = max(families, key=len)
    return f"{family}/{text[len(family) + 1 :]}"


def topic_scopes(topic: str) -> tuple[str, ...]:
    """Return the scopes of which a topic needs one; none where none is needed, or it is not known."""
    return codes.TOPIC_SCOPES.get(topic) or codes.TOPIC_SCOPES.get(topic.partition("/")[0], ())


def check_destination(destination: str) -> str:
    """Return where pushes are to go.

    Raises:
        InvalidValueError: It is neither an ``https`` address nor the name of a queue that Shopify can push to.
    """
    if _QUEUE.fullmatch(destination):
        return destination
    try:
        parts = urlsplit(destination)
        sound = parts.scheme == "https" and bool(parts.hostname) and not parts.fragment and parts.username is None
    except ValueError:
        sound = False
    if not sound or not destination.isascii() or any(character <= " " for character in destination):
        msg = "shopify pushes to an https address, to pubsub://project:topic or to arn:aws:events:…"
        raise InvalidValueError(msg, field="destination")
    return destination


def subscription_name(topic: str) -> str:
    """Return the name by which our subscription to a topic is known again."""
    name = _NAME + topic_word(topic).lower()
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST_NAME - 9]}-{digest}"


def is_whole(subscription: schemas.Subscription) -> bool:
    """Return whether a subscription pushes all that happens, in a form that ``receive`` reads."""
    return subscription.format == "JSON" and not subscription.filter and not subscription.include_fields


def to_subscription_input(destination: str, *, name: str | None) -> schemas.SubscriptionInput:
    """Return what Shopify is told of a subscription."""
    return schemas.SubscriptionInput(uri=destination, format="JSON", name=name)


def to_subscription(told: schemas.Subscription, *, topic: str | None = None) -> WebhookSubscription:
    """Return one of Shopify's subscriptions as ours. It stands until pushes fail for four hours."""
    return WebhookSubscription(id=told.id, topic=topic or topic_text(told.topic), destination=told.uri)
