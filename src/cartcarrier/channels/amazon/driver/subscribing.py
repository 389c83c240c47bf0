"""Where notifications go, and which are wanted (field guide amazon.md §7.1)."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from cartcarrier.channels.amazon.client import AmazonClient
from cartcarrier.channels.amazon.schemas import notices
from cartcarrier.errors import (
    ConflictError,
    InvalidValueError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RejectedError,
    ResponseError,
)
from cartcarrier.models import WebhookSubscription
from cartcarrier.platforms.amazon import REMOVED_TYPES

ORDERS: Final = "ORDER_CHANGE"
_NEWER: Final = {
    "FEED_PROCESSING_FINISHED": "2020-09-04",
    "REPORT_PROCESSING_FINISHED": "2020-09-04",
    "SHIPMENT_TRACKING_MILESTONE_CHANGED": "2026-01-30",
}
_ORDER_CHANGES: Final = ("OrderStatusChange", "BuyerRequestedChange")
LISTED: Final = (
    ORDERS,
    "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
    "FBA_INVENTORY_AVAILABILITY_CHANGES",
    "FBA_OUTBOUND_SHIPMENT_STATUS",
    "FULFILLMENT_ORDER_STATUS",
    "FEED_PROCESSING_FINISHED",
    "REPORT_PROCESSING_FINISHED",
)
"""The types that are asked about: Amazon gives no list of all."""


class Subscribing:
    """Notifications of one seller.

    Args:
        client: To send with.
    """

    def __init__(self, client: AmazonClient) -> None:
        self._client = client

    async def subscribe(self, arn: str, topics: Sequence[str]) -> list[WebhookSubscription]:
        """Have these types sent to this queue: make what is missing, replace what goes elsewhere.

        Raises:
            InvalidValueError: It is no queue that notifications can go to, or Amazon has no such type any more.
        """
        _check_queue(arn)
        kinds = list(dict.fromkeys(_kind(topic) for topic in topics)) or [ORDERS]
        destination_id = await self._destination(arn)
        made = []
        for kind in kinds:
            try:
                identity = await self._ensure(kind, destination_id)
            except PermissionDeniedError as exc:
                raise self._denied(kind, exc) from exc
            made.append(WebhookSubscription(id=identity, topic=kind, destination=arn))
        return made

    async def known(self) -> list[WebhookSubscription]:
        """Return what was asked for, with the queues' addresses."""
        named = "list_subscriptions"
        found: list[tuple[str, notices.Subscription]] = []
        refusals: list[ProviderError] = []
        for kind in LISTED:
            try:
                found += [(kind, one) for one in await self._client.get_subscriptions(kind, named=named)]
            except (RejectedError, NotFoundError, PermissionDeniedError) as exc:
                # Not every region has every type, and not every application may have it: then it has no subscription either.
                refusals.append(exc)
        if len(refusals) == len(LISTED):
            raise refusals[0]
        places = {one.destination_id: one for one in await self._client.get_destinations(named=named)} if found else {}
        return [
            WebhookSubscription(
                id=one.subscription_id,
                topic=kind,
                destination=_address(places.get(one.destination_id or "")) or one.destination_id or "",
            )
            for kind, one in found
        ]

    async def unsubscribe(self, subscription: WebhookSubscription) -> None:
        """Want a type no longer. Doing it twice is no error."""
        try:
            await self._client.delete_subscription(subscription.topic.strip().upper(), subscription.id)
        except NotFoundError:
            return

    async def forget(self, arn: str) -> None:
        """Let Amazon forget a queue. Doing it twice is no error."""
        known = await self._find(arn, named="delete_destination")
        if known is None:
            return
        try:
            await self._client.delete_destination(known.destination_id)
        except NotFoundError:
            return

    # --- what a subscription needs ----------------------------------------------------------------------------------

    async def _destination(self, arn: str) -> str:
        """Return the id of the destination that is this queue; make it where there is none."""
        known = await self._find(arn, named="subscribe")
        if known is not None:
            return known.destination_id
        wanted = notices.DestinationWanted(
            name=_name(arn), resource_specification=notices.Resource(sqs=notices.Sqs(arn=arn))
        )
        try:
            return (await self._client.create_destination(wanted)).destination_id
        except ConflictError:
            # Made meanwhile, or by a call whose answer was lost (§9).
            known = await self._find(arn, named="subscribe")
            if known is None:
                raise
            return known.destination_id

    async def _find(self, arn: str, *, named: str) -> notices.Destination | None:
        for known in await self._client.get_destinations(named=named):
            queue = known.resource.sqs if known.resource is not None else None
            if queue is not None and queue.arn == arn:
                return known
        return None

    async def _ensure(self, kind: str, destination_id: str) -> str:
        version = _NEWER.get(kind, "1.0")
        existing = await self._of_version(kind, version)
        if existing is not None and self._fits(kind, existing, destination_id):
            return existing.subscription_id
        if existing is not None:
            # There is no changing one; a second one of the same version is a conflict.
            await self._end(kind, existing.subscription_id)
        directive = None
        if kind == ORDERS:
            directive = notices.Directive(
                event_filter=notices.EventFilter(
                    event_filter_type=kind,
                    marketplace_ids=list(self._client.config.marketplace_ids),
                    order_change_types=list(_ORDER_CHANGES),
                )
            )
        wanted = notices.SubscriptionWanted(
            payload_version=version, destination_id=destination_id, processing_directive=directive
        )
        try:
            made = await self._client.create_subscription(kind, wanted)
        except ConflictError:
            made = await self._of_version(kind, version)
            if made is None or not self._fits(kind, made, destination_id):
                raise
        if made is None:
            made = await self._of_version(kind, version)
        if made is None:
            msg = f"amazon took the subscription to {kind}, and does not show it: subscribe again"
            raise ResponseError(msg, outcome_unknown=True, **self._facts())
        return made.subscription_id

    async def _of_version(self, kind: str, version: str) -> notices.Subscription | None:
        for one in await self._client.get_subscriptions(kind, named="subscribe"):
            directive = one.processing_directive
            # One with an expression was made by somebody else, beside ours.
            of_others = directive is not None and bool(directive.filter_expression)
            if one.payload_version in {None, version} and not of_others:
                return one
        return None

    def _fits(self, kind: str, known: notices.Subscription, destination_id: str) -> bool:
        """Return whether a subscription does what is wanted. More than that is no reason for an hour without messages."""
        if known.destination_id != destination_id:
            return False
        directive = known.processing_directive
        if kind != ORDERS or directive is None or directive.event_filter is None:
            return True
        places, changes = directive.event_filter.marketplace_ids, directive.event_filter.order_change_types
        return (not places or set(self._client.config.marketplace_ids) <= set(places)) and (
            not changes or set(_ORDER_CHANGES) <= set(changes)
        )

    async def _end(self, kind: str, subscription_id: str) -> None:
        try:
            await self._client.delete_subscription(kind, subscription_id)
        except NotFoundError:
            return

    def _denied(self, kind: str, exc: PermissionDeniedError) -> PermissionDeniedError:
        msg = (
            f"amazon denies notifications of the type {kind}: the application lacks the role for it, or the seller has not"
            f" authorized it since the role was added ({exc.code})"
        )
        return PermissionDeniedError(
            msg,
            code=exc.code,
            request_id=exc.request_id,
            http_status=exc.http_status,
            **self._facts(),
        )

    def _facts(self) -> dict[str, Any]:
        return {"provider": self._client.driver, "account": self._client.account, "operation": "subscribe"}


def _check_queue(arn: str) -> None:
    if not arn.startswith("arn:aws:sqs:") or len(arn.split(":")) != 6 or not all(arn.split(":")):
        msg = "destination: must be the ARN of an SQS queue (arn:aws:sqs:<region>:<account>:<name>)"
        raise InvalidValueError(msg, field="destination")
    if arn.endswith(".fifo"):
        # Amazon takes it, and nothing ever arrives (pitfall 29).
        msg = "destination: Amazon sends nothing to FIFO queues: make a standard queue"
        raise InvalidValueError(msg, field="destination")


def _kind(topic: str) -> str:
    kind = topic.strip().upper()
    if kind in REMOVED_TYPES or not kind.replace("_", "").isalnum():
        msg = "topics: Amazon has no such type (any more); changes of orders come as ORDER_CHANGE"
        raise InvalidValueError(msg, field="topics")
    return kind


def _name(arn: str) -> str:
    """Return a name that says which queue, and that no other queue has."""
    digest = hashlib.sha256(arn.encode()).hexdigest()[:8]
    return f"cartcarrier-{arn.rpartition(':')[2][:80]}-{digest}"


def _address(place: notices.Destination | None) -> str | None:
    resource = place.resource if place is not None else None
    if resource is not None and resource.sqs is not None:
        return resource.sqs.arn
    bus = resource.event_bridge if resource is not None else None
    return f"eventbridge:{bus.region}:{bus.account_id}" if bus is not None else None
