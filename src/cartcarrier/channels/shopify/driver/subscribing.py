"""Subscriptions to pushes, made by the Admin API (field guide shopify.md §15, §17).

Shopify ends a subscription when its pushes failed for four hours, so what stands is looked at each time. What an app has in its
configuration file is not seen here: Shopify pushes those topics twice then.
"""

from collections.abc import Sequence
from typing import Any, Final

from cartcarrier.channels.shopify import mapping, schemas
from cartcarrier.channels.shopify.client import ShopifyClient, documents
from cartcarrier.channels.shopify.driver.pages import next_cursor
from cartcarrier.channels.shopify.errors import response_facts, user_error
from cartcarrier.errors import NotFoundError, OperationError, PermissionDeniedError, RejectedError, ResponseError
from cartcarrier.http import Response
from cartcarrier.models import WebhookSubscription

_SUBSCRIBE: Final = "subscribe"


class Subscribing:
    """Keeps the subscriptions of one shop.

    Args:
        client: Who asks.
        scopes: What was granted, with what it implies.
    """

    def __init__(self, client: ShopifyClient, scopes: frozenset[str]) -> None:
        self._client = client
        self._scopes = scopes

    async def subscribe(self, destination: str, topics: Sequence[str]) -> list[WebhookSubscription]:
        """Have these topics pushed there: keep what fits, move what is ours, make what is missing.

        Args:
            destination: Checked already.
            topics: ``orders/updated`` and the like, each once.

        Raises:
            PermissionDeniedError: A scope is missing.
            RejectedError: Shopify refuses a topic, or has it set elsewhere.
        """
        for topic in topics:
            self._check(topic)
        known = await self.standing(_SUBSCRIBE)
        return [mapping.to_subscription(await self._settle(topic, destination, known), topic=topic) for topic in topics]

    def _check(self, topic: str) -> None:
        facts = self._client.facts(_SUBSCRIBE)
        if topic in mapping.PRIVACY_TOPICS:
            message = f"shopify pushes {topic} to where the app's configuration says; it cannot be subscribed to"
            raise RejectedError(message, code="app_configuration", **facts)
        group = mapping.topic_scopes(topic)
        if group and not self._scopes.intersection(group):
            message = (
                f"shopify has not granted this app what the topic {topic} needs: one of the scopes {', '.join(group)}"
            )
            raise PermissionDeniedError(message, code="missing_scope", **facts)

    async def _settle(
        self, topic: str, destination: str, known: Sequence[schemas.Subscription]
    ) -> schemas.Subscription:
        mine = [each for each in known if each.topic == mapping.topic_word(topic)]
        for each in mine:
            if each.uri == destination and mapping.is_whole(each):
                return each
        name = mapping.subscription_name(topic)
        for each in mine:
            # By name: another address may be another service of the same app, which wants its pushes too.
            if each.name == name and mapping.is_whole(each):
                return await self._move(each, destination, name)
        return await self._make(topic, destination, name)

    async def _move(self, old: schemas.Subscription, destination: str, name: str) -> schemas.Subscription:
        told = mapping.to_subscription_input(destination, name=name)
        data, response = await self._client.change(
            documents.WEBHOOK_SUBSCRIPTION_UPDATE,
            {"id": old.id, "subscription": told},
            operation=_SUBSCRIBE,
            safe=True,  # a set: the second time changes nothing
        )
        return self._made(data.webhook_subscription_update, response, mapping.topic_text(old.topic))

    async def _make(self, topic: str, destination: str, name: str) -> schemas.Subscription:
        variables: dict[str, Any] = {
            "topic": mapping.topic_word(topic),
            "subscription": mapping.to_subscription_input(destination, name=name),
        }
        try:
            data, response = await self._client.change(
                documents.WEBHOOK_SUBSCRIPTION_CREATE, variables, operation=_SUBSCRIBE
            )
        except RejectedError as error:
            # A topic that the schema lacks is no user error; which of many it was must be said.
            facts = {**self._client.facts(_SUBSCRIBE), "http_status": error.http_status, "request_id": error.request_id}
            raise RejectedError(f"shopify refuses the topic {topic}", code=error.code, **facts) from error
        except OperationError as error:
            if not error.outcome_unknown:
                raise
            try:
                found = await self._find(topic, destination)
            except OperationError as second:
                raise error from second
            if found is None:
                raise
            return found
        payload = data.webhook_subscription_create
        if payload is not None and payload.user_errors:
            # An address that has the topic already is refused (§17); somebody was faster.
            found = await self._find(topic, destination)
            if found is not None:
                return found
            if any("name" in (error.field or ()) for error in payload.user_errors):
                # Another app of the shop has this name: do without, and never move it.
                nameless = {**variables, "subscription": mapping.to_subscription_input(destination, name=None)}
                data, response = await self._client.change(
                    documents.WEBHOOK_SUBSCRIPTION_CREATE, nameless, operation=_SUBSCRIBE
                )
                payload = data.webhook_subscription_create
        return self._made(payload, response, topic)

    async def _find(self, topic: str, destination: str) -> schemas.Subscription | None:
        word = mapping.topic_word(topic)
        for each in await self.standing(_SUBSCRIBE):
            if (each.topic, each.uri) == (word, destination) and mapping.is_whole(each):
                return each
        return None

    def _made(
        self, payload: schemas.SubscriptionPayload | None, response: Response, topic: str
    ) -> schemas.Subscription:
        if payload is not None and payload.user_errors:
            refusal = user_error(response, payload.user_errors)
            facts = {"code": refusal.code, **response_facts(response)}
            raise RejectedError(f"shopify refuses the topic {topic}: {payload.user_errors[0].message}", **facts)
        if payload is None or payload.webhook_subscription is None:
            message = f"shopify answered the subscription to {topic} with neither a result nor a reason"
            raise ResponseError(message, outcome_unknown=True, **response_facts(response))
        return payload.webhook_subscription

    async def standing(self, operation: str) -> list[schemas.Subscription]:
        """Return all subscriptions that this app made by the API."""
        found: dict[str, schemas.Subscription] = {}
        cursor: str | None = None
        cursors: set[str] = set()
        while True:
            data, _ = await self._client.read(documents.WEBHOOK_SUBSCRIPTIONS, {"after": cursor}, operation=operation)
            page = data.webhook_subscriptions
            found |= {each.id: each for each in page.nodes}
            cursor = next_cursor(page.page_info, cursors)
            if cursor is None:
                return list(found.values())

    async def unsubscribe(self, subscription_id: str) -> None:
        """End a subscription; one that is not there is ended already."""
        try:
            data, response = await self._client.change(
                documents.WEBHOOK_SUBSCRIPTION_DELETE, {"id": subscription_id}, operation="unsubscribe", safe=True
            )
        except NotFoundError:
            return
        payload = data.webhook_subscription_delete
        if payload is not None and not payload.user_errors and payload.deleted_webhook_subscription_id is not None:
            return
        # The second time is refused too, without a code: whether it stands tells one from the other.
        if subscription_id not in {each.id for each in await self.standing("unsubscribe")}:
            return
        if payload is not None and payload.user_errors:
            raise user_error(response, payload.user_errors)
        message = "shopify answered unsubscribe with neither a result nor a reason"
        raise ResponseError(message, **response_facts(response))
