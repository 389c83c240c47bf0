"""Where notifications go, and which are wanted (field guide amazon.md §7.1)."""

from collections.abc import Sequence
from typing import Final

from cartcarrier.channels.amazon.client import AmazonClient
from cartcarrier.channels.amazon.schemas import notices
from cartcarrier.errors import ConflictError, InvalidValueError, NotFoundError
from cartcarrier.platforms.amazon import REMOVED_TYPES

_NEWER: Final = {
    "FEED_PROCESSING_FINISHED": "2020-09-04",
    "REPORT_PROCESSING_FINISHED": "2020-09-04",
    "SHIPMENT_TRACKING_MILESTONE_CHANGED": "2026-01-30",
}
_ORDER_CHANGES: Final = ("OrderStatusChange", "BuyerRequestedChange")


class Subscribing:
    """Notifications of one seller.

    Args:
        client: To send with.
    """

    def __init__(self, client: AmazonClient) -> None:
        self._client = client

    async def destination(self, name: str, arn: str) -> str:
        """Return the id of the destination that is this queue; make it where there is none.

        Raises:
            InvalidValueError: It is no queue that notifications can go to.
        """
        if not arn.startswith("arn:aws:sqs:"):
            raise InvalidValueError("sqs_arn: must be the ARN of an SQS queue (arn:aws:sqs:…)", field="sqs_arn")
        if arn.endswith(".fifo"):
            # Amazon takes it, and nothing ever arrives (pitfall 29).
            msg = "sqs_arn: Amazon sends nothing to FIFO queues: make a standard queue"
            raise InvalidValueError(msg, field="sqs_arn")
        wanted = notices.DestinationWanted(name=name, resource_specification=notices.Resource(sqs=notices.Sqs(arn=arn)))
        try:
            return (await self._client.create_destination(wanted)).destination_id
        except ConflictError:
            for known in await self._client.get_destinations():
                queue = known.resource.sqs if known.resource is not None else None
                if queue is not None and queue.arn == arn:
                    return known.destination_id
            raise

    async def forget(self, destination_id: str) -> None:
        """Forget a destination. Doing it twice is no error."""
        try:
            await self._client.delete_destination(destination_id)
        except NotFoundError:
            return

    async def subscribe(self, notification_type: str, destination_id: str, marketplace_ids: Sequence[str]) -> str:
        """Return the id of the subscription to a type; make it where there is none.

        Raises:
            InvalidValueError: Amazon has no such type any more.
        """
        kind = notification_type.strip().upper()
        if kind in REMOVED_TYPES or not kind.replace("_", "").isalnum():
            msg = "notification_type: Amazon has no such type (any more); changes of orders come as ORDER_CHANGE"
            raise InvalidValueError(msg, field="notification_type")
        version = _NEWER.get(kind, "1.0")
        directive = None
        if kind == "ORDER_CHANGE":
            directive = notices.Directive(
                event_filter=notices.EventFilter(
                    event_filter_type=kind,
                    marketplace_ids=list(marketplace_ids),
                    order_change_types=list(_ORDER_CHANGES),
                )
            )
        wanted = notices.SubscriptionWanted(
            payload_version=version, destination_id=destination_id, processing_directive=directive
        )
        try:
            made = await self._client.create_subscription(kind, wanted)
        except ConflictError:
            made = await self._client.get_subscription(kind, version)
            if made is None:
                raise
        return made.subscription_id if made is not None else ""

    async def unsubscribe(self, notification_type: str, subscription_id: str) -> None:
        """Want a type no longer. Doing it twice is no error."""
        try:
            await self._client.delete_subscription(notification_type.strip().upper(), subscription_id)
        except NotFoundError:
            return
