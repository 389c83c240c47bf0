"""What eBay pushes, and where to (field guide ebay.md §13.1, §13.2)."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from cartcarrier.channels.ebay import codes, schemas
from cartcarrier.channels.ebay.client import EbayClient
from cartcarrier.channels.ebay.config import BASE_SCOPE, EbayConfig
from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    PermissionDeniedError,
    RejectedError,
)
from cartcarrier.models import WebhookSubscription

_logger = logging.getLogger("cartcarrier.channels.ebay")

_NAME: Final = "cartcarrier"
_JSON, _HTTPS, _FIRST_VERSION = "JSON", "HTTPS", "1.0"


class Subscribing:
    """The pushes of one seller.

    Args:
        client: To send with.
        config: The seller's settings.
        key: The account's key, for logs.
    """

    def __init__(self, client: EbayClient, config: EbayConfig, *, key: str) -> None:
        self._client = client
        self._config = config
        self._key = key

    async def subscribe(self, destination: str, topics: Sequence[str]) -> list[WebhookSubscription]:
        """Have these topics pushed: make what is missing, move what points elsewhere, enable what is disabled."""
        self._check(destination)
        wanted = list(dict.fromkeys(topics)) or default_topics(self._config)
        # Asked first: nothing is set up for topics that there are not.
        found = {topic: await self._topic(topic) for topic in wanted}
        await self._ensure_alerts()
        destination_id = await self._ensure_destination(destination)
        known: dict[bool, dict[str, schemas.Subscription]] = {}
        made = []
        for topic in wanted:
            theirs = found[topic].scope == codes.APPLICATION
            if theirs not in known:
                known[theirs] = await self._known(as_application=theirs)
            identity = await self._ensure(found[topic], destination_id, known[theirs], as_application=theirs)
            made.append(WebhookSubscription(id=identity, topic=topic, destination=destination))
        return made

    async def known(self) -> list[WebhookSubscription]:
        """Return what is pushed for this seller, and what for the application itself."""
        operation = "list_subscriptions"
        listed = list(await self._client.list_subscriptions(operation=operation))
        try:
            listed += await self._client.list_subscriptions(operation=operation, as_application=True)
        except (AuthenticationError, PermissionDeniedError, RejectedError) as exc:
            # An application without topics of its own is not always let in: those of the developer portal are not listed at all.
            _logger.debug("%s: topics of the application itself cannot be listed: %s", self._key, exc)
        places = {one.destination_id: one for one in await self._client.list_destinations(operation=operation)}
        found = {one.subscription_id: one for one in listed}
        return [_to_ours(one, places) for one in found.values()]

    async def unsubscribe(self, subscription: WebhookSubscription) -> None:
        """End a subscription. Ending it twice is no error."""
        theirs = await self._is_applications(subscription.topic, operation="unsubscribe")
        try:
            await self._client.delete_subscription(subscription.id, as_application=theirs)
        except NotFoundError:
            return

    async def order(self, subscription: WebhookSubscription, order: str, *, operation: str) -> None:
        """Have a subscription enabled, disabled or tested."""
        theirs = await self._is_applications(subscription.topic, operation=operation)
        await self._client.order_subscription(subscription.id, order, operation=operation, as_application=theirs)

    # --- what a subscription needs ----------------------------------------------------------------------------------

    def _check(self, destination: str) -> None:
        parts = urlsplit(destination)
        if parts.scheme != "https" or not parts.hostname or parts.fragment or parts.username or parts.query:
            msg = "destination: must be an https address without a query: eBay adds its challenge as one"
            raise InvalidValueError(msg, field="destination")
        if self._config.verification_token is None:
            msg = "ebay: subscribing needs the setting verification_token: 32 to 80 letters, digits, underscores or hyphens"
            raise ConfigurationError(msg, field="verification_token")
        if self._config.webhook_endpoint not in {None, destination}:
            # The challenge is answered for the setting; another address would never pass it.
            msg = "destination: is not the setting webhook_endpoint, byte for byte, for which the challenge is answered"
            raise InvalidValueError(msg, field="destination")

    async def _topic(self, topic: str) -> schemas.Topic:
        found = await self._client.get_topic(topic, operation="subscribe")
        if found.status not in {None, codes.ENABLED}:
            msg = f"ebay refused subscribe: the topic {topic} is {found.status}"
            raise RejectedError(msg, code=found.status, http_status=200, **self._client.facts("subscribe"))
        return found

    async def _is_applications(self, topic: str, *, operation: str) -> bool:
        try:
            found = await self._client.get_topic(topic, operation=operation)
        except (NotFoundError, RejectedError):
            return False  # a topic that is no more is the seller's to end
        return found.scope == codes.APPLICATION

    async def _ensure_alerts(self) -> None:
        """See to it that eBay knows whom to write to; without that it takes no destination (§13.1)."""
        wanted = self._config.alert_email
        known = (await self._client.get_notification_config()).alert_email
        if known and wanted in {None, known}:
            return
        if wanted is None:
            msg = "ebay: the application's first subscription needs the setting alert_email: whom eBay writes to when pushes fail"
            raise ConfigurationError(msg, field="alert_email")
        await self._client.set_notification_config(schemas.NotificationConfig(alert_email=wanted))

    async def _ensure_destination(self, endpoint: str) -> str:
        wanted = schemas.DestinationWanted(
            name=_NAME,
            status=codes.ENABLED,
            delivery_config=schemas.DeliveryConfig(
                endpoint=endpoint, verification_token=self._config.verification_token
            ),
        )
        known = await self._find_destination(endpoint)
        if known is None:
            try:
                return await self._client.create_destination(wanted)
            except ConflictError:
                # Made meanwhile, or by a call whose answer was lost (§14).
                known = await self._find_destination(endpoint)
                if known is None:
                    raise
        delivery = known.delivery_config or schemas.DeliveryConfig()
        same_token = delivery.verification_token in {None, self._config.verification_token}
        if known.status != codes.ENABLED or not same_token:
            # Disabled, or marked down by eBay after failures, or it holds an older token.
            name = known.name or _NAME
            changed = schemas.DestinationWanted(name, wanted.status, wanted.delivery_config)
            await self._client.update_destination(known.destination_id, changed)
        return known.destination_id

    async def _find_destination(self, endpoint: str) -> schemas.Destination | None:
        for known in await self._client.list_destinations(operation="subscribe"):
            if known.delivery_config is not None and known.delivery_config.endpoint == endpoint:
                return known
        return None

    async def _known(self, *, as_application: bool) -> dict[str, schemas.Subscription]:
        listed = await self._client.list_subscriptions(operation="subscribe", as_application=as_application)
        return {one.topic_id: one for one in listed}

    async def _ensure(
        self,
        topic: schemas.Topic,
        destination_id: str,
        known: Mapping[str, schemas.Subscription],
        *,
        as_application: bool,
    ) -> str:
        """Make, move or enable the one subscription that user and topic can have, and return its id."""
        payload = to_payload(topic)
        existing = known.get(topic.topic_id)
        if existing is None:
            wanted = schemas.SubscriptionWanted(topic.topic_id, codes.ENABLED, destination_id, payload)
            try:
                return await self._client.create_subscription(wanted, as_application=as_application)
            except PermissionDeniedError as exc:
                raise self._denied(topic, exc) from exc
            except ConflictError:
                existing = (await self._known(as_application=as_application)).get(topic.topic_id)
                if existing is None:
                    raise
        fits = existing.destination_id == destination_id and _same_form(existing.payload, payload)
        if fits and existing.status == codes.ENABLED:
            return existing.subscription_id
        if fits:
            await self._client.order_subscription(
                existing.subscription_id, "enable", operation="subscribe", as_application=as_application
            )
        else:
            change = schemas.SubscriptionChanged(codes.ENABLED, destination_id, payload)
            await self._client.update_subscription(existing.subscription_id, change, as_application=as_application)
        return existing.subscription_id

    def _denied(self, topic: schemas.Topic, exc: PermissionDeniedError) -> PermissionDeniedError:
        scopes = [one.removeprefix(f"{BASE_SCOPE}/") for one in topic.authorization_scopes or ()]
        scopes = scopes or list(codes.ORDER_TOPICS.get(topic.topic_id, ()))
        needed = f"it needs the scope {' or '.join(scopes)}" if scopes else "eBay does not say which scope it needs"
        msg = (
            f"ebay refused subscribe: the account may not have the topic {topic.topic_id}: {needed};"
            f" add it to scopes, and have the seller authorize again ({exc.code})"
        )
        return PermissionDeniedError(
            msg,
            code=exc.code,
            request_id=exc.request_id,
            http_status=exc.http_status,
            **self._client.facts("subscribe"),
        )


def default_topics(config: EbayConfig) -> list[str]:
    """Return the topics that say something of orders, as far as the seller's consent is asked for them.

    ``MARKETPLACE_ACCOUNT_DELETION`` is not among them: eBay has it set up in the developer portal (§13.4).
    """
    held = {scope.removeprefix(f"{BASE_SCOPE}/") for scope in config.scopes}
    first, *_ = codes.ORDER_TOPICS
    return [first, *(name for name, scopes in codes.ORDER_TOPICS.items() if name != first and held & set(scopes))]


def to_payload(topic: schemas.Topic) -> schemas.Payload:
    """Return the form to ask for: the newest that is not on its way out, as JSON over HTTPS."""
    offered = [
        one
        for one in topic.supported_payloads or ()
        if one.schema_version
        and one.delivery_protocol in {None, _HTTPS}
        and (one.format is None or _JSON in one.format)
    ]
    current = [one for one in offered if not one.deprecated] or offered
    versions = [one.schema_version or _FIRST_VERSION for one in current]
    return schemas.Payload(
        format=_JSON, schema_version=max(versions, key=_parts, default=_FIRST_VERSION), delivery_protocol=_HTTPS
    )


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


def _same_form(known: schemas.Payload | None, wanted: schemas.Payload) -> bool:
    return known is not None and known.schema_version == wanted.schema_version


def _to_ours(found: schemas.Subscription, places: Mapping[str, schemas.Destination]) -> WebhookSubscription:
    place = places.get(found.destination_id or "")
    delivery = place.delivery_config if place is not None else None
    up = place is None or place.status == codes.ENABLED
    return WebhookSubscription(
        id=found.subscription_id,
        topic=found.topic_id,
        destination=(delivery.endpoint if delivery is not None else None) or found.destination_id or "",
        active=found.status == codes.ENABLED and up,
    )
