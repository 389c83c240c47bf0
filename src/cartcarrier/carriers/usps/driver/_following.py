"""Where parcels are, asked and pushed."""

from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from cartcarrier.carriers import SupportsSubscriptions, SupportsTracking, SupportsTrackingSubscriptions
from cartcarrier.carriers.usps import mapping, webhooks
from cartcarrier.carriers.usps.codes import is_of_the_gateway
from cartcarrier.carriers.usps.driver._base import USPSBase
from cartcarrier.carriers.usps.schemas import (
    AdminNotification,
    Subscription,
    SubscriptionFilter,
    SubscriptionRequest,
    TrackDetail,
    TrackItem,
)
from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    ProviderError,
    RejectedError,
    ResponseError,
)
from cartcarrier.http import Response
from cartcarrier.models import (
    Tracking,
    TrackingFailure,
    TrackingRef,
    TrackingSubscription,
    WebhookOutcome,
    WebhookRequest,
    WebhookSubscription,
)

TOGETHER: Final = 35
"""Parcels in one call of v3r2."""
_EVERYTHING: Final = "ALL_UPDATES"
_SUSPENDED: Final = "SUSPENDED"
_NOT_FOUND: Final = 404

_Result = Tracking | TrackingFailure


class Following(USPSBase, SupportsTracking, SupportsSubscriptions, SupportsTrackingSubscriptions):
    """Tracking in both versions, and pushes."""

    _falls_back = False

    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        """Return where these parcels are: one result for each, in the order asked; 35 in a call.

        An app that has only the old version is asked about one parcel at a time, once the first answer has told.

        Raises:
            AuthenticationError: The credentials are not accepted.
        """
        numbers = [ref if isinstance(ref, str) else ref.number for ref in refs]
        items: dict[str, TrackItem] = {}
        results: dict[str, _Result] = {}
        for ref, number in zip(refs, numbers, strict=True):
            item = mapping.to_item(ref)
            if not mapping.is_number(item.tracking_number):
                results[number] = TrackingFailure(tracking_number=number, error=self._no_number())
            elif number not in items:
                items[number] = item
        asked = list(items.items())
        for start in range(0, len(asked), TOGETHER):
            results.update(await self._track_some(dict(asked[start : start + TOGETHER])))
        return tuple(results[number] for number in numbers)

    def _no_number(self) -> OperationError:
        return RejectedError(
            "a number for USPS's tracking has 10 to 34 letters and digits; nothing was sent",
            provider=self.driver,
            account=self.account,
            operation="track",
        )

    async def _track_some(self, items: dict[str, TrackItem]) -> dict[str, _Result]:
        if self.config.tracking_api == "v3" or self._falls_back:
            return await self._track_apart(items)
        try:
            details, response = await self._client.track_many(list(items.values()))
        except AuthenticationError:
            raise
        except OperationError as exc:
            if _is_old_version(exc):
                return await self._fall_back(items)
            return {number: TrackingFailure(tracking_number=number, error=exc) for number in items}
        return self._sort(items, details, response)

    async def _fall_back(self, items: dict[str, TrackItem]) -> dict[str, _Result]:
        """Ask the old version from now on, unless the app has not that one either."""
        found = await self._track_apart(items)
        self._falls_back = not all(
            isinstance(one, TrackingFailure) and _is_old_version(one.error) for one in found.values()
        )
        return found

    async def _track_apart(self, items: dict[str, TrackItem]) -> dict[str, _Result]:
        found: dict[str, _Result] = {}
        for number, item in items.items():
            try:
                detail, response = await self._client.track_one(item)
            except AuthenticationError:
                raise
            except OperationError as exc:
                found[number] = TrackingFailure(tracking_number=number, error=exc)
            else:
                found[number] = self._result(number, detail, response)
        return found

    def _sort(
        self, items: dict[str, TrackItem], details: Sequence[TrackDetail], response: Response
    ) -> dict[str, _Result]:
        """Put each answer to its number; by the number, else by the place: a failed one need not name it."""
        by_number = {
            mapping.bare_number(detail.tracking_number): detail for detail in details if detail.tracking_number
        }
        nameless = [detail for detail in details if not detail.tracking_number]
        found: dict[str, _Result] = {}
        for place, (number, item) in enumerate(items.items()):
            detail = by_number.get(item.tracking_number)
            if detail is None and len(details) == len(items) and not details[place].tracking_number:
                detail = details[place]
            if detail is None and len(nameless) == 1 and len(details) == len(items):
                detail = nameless[0]
            if detail is None:
                error = self._client.odd(response, "without one of the parcels that were asked for")
                found[number] = TrackingFailure(tracking_number=number, error=error)
            else:
                found[number] = self._result(number, detail, response)
        return found

    def _result(self, number: str, detail: TrackDetail, response: Response) -> _Result:
        if detail.error is not None:
            status = _status_of(detail)
            error: ProviderError = self._client.failed_part(response, detail.error, status)
            return TrackingFailure(tracking_number=number, error=error)
        if detail.tracking_number is None and not detail.tracking_events:
            error = self._client.odd(response, "without the parcel that was asked for")
            return TrackingFailure(tracking_number=number, error=error)
        return mapping.to_tracking(detail, number, self.key, response.content if self.keep_raw else None)

    # --- pushes -----------------------------------------------------------------------------------------------------

    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        """Verify a push, and say what it means; see ``SupportsWebhooks.receive``."""
        return webhooks.receive(
            request,
            self.config,
            carrier=self.key,
            account=self.account,
            keep_raw=self.keep_raw,
            now=self._now(),
        )

    @override
    async def subscribe(self, destination: str, *, topics: Sequence[str] = ()) -> Sequence[WebhookSubscription]:
        """Have news of all parcels of the Mailer ID pushed; safe to repeat.

        A subscription ends after 30 days without traffic, and is suspended when nobody answers: call this from time to time. An account
        has 10 addresses at most.

        Args:
            destination: An ``https`` address of yours.
            topics: ``trackingEventTypes``; without any, all.

        Raises:
            InvalidValueError: The destination is no ``https`` address.
            ConfigurationError: ``webhook_secret`` or ``admin_email`` is not set.
            PermissionDeniedError: The app has no subscriptions.
        """
        self._check(destination, "destination")
        there = await self.list_subscriptions()
        made: list[WebhookSubscription] = []
        for topic in tuple(dict.fromkeys(topics)) or (_EVERYTHING,):
            known = next(
                (one for one in there if one.active and (one.destination, one.topic) == (destination, topic)), None
            )
            if known is None:
                wanted = SubscriptionFilter(mid=self.config.mid, tracking_event_types=[topic])
                answer = await self._client.subscribe(self.config.tracking_api, self._subscription(destination, wanted))
                known = WebhookSubscription(id=answer.subscription_id, topic=topic, destination=destination)
            made.append(known)
        return tuple(made)

    @override
    async def list_subscriptions(self) -> Sequence[WebhookSubscription]:
        """Return what is subscribed to for the Mailer ID."""
        found = await self._client.subscriptions(self.config.tracking_api, self.config.mid)
        return tuple(_to_subscription(one) for one in found)

    @override
    async def unsubscribe(self, subscription: WebhookSubscription) -> None:
        """End a subscription. Ending it twice is no error."""
        try:
            await self._client.unsubscribe(self.config.tracking_api, subscription.id)
        except NotFoundError:
            return

    @override
    async def subscribe_tracking(
        self, refs: Sequence[TrackingRef | str], *, url: str
    ) -> Sequence[TrackingSubscription | TrackingFailure]:
        """Have news of these parcels pushed: a call for each. ``subscribe`` has all of the account's in one.

        Raises:
            InvalidValueError: The address is no ``https`` address.
            ConfigurationError: ``webhook_secret`` or ``admin_email`` is not set.
            AuthenticationError: The credentials are not accepted.
        """
        self._check(url, "url")
        results: list[TrackingSubscription | TrackingFailure] = []
        for ref in refs:
            number = ref if isinstance(ref, str) else ref.number
            question = self._subscription(url, None, tracking_number=mapping.bare_number(number))
            try:
                answer = await self._client.subscribe(self.config.tracking_api, question)
            except AuthenticationError:
                raise
            except OperationError as exc:
                results.append(TrackingFailure(tracking_number=number, error=exc))
            else:
                results.append(TrackingSubscription(tracking_number=number, id=answer.subscription_id))
        return tuple(results)

    def _admin(self) -> str:
        if self.config.admin_email is None:
            msg = "usps: set admin_email: USPS wants to know whom to write to about subscriptions"
            raise ConfigurationError(msg, field="admin_email")
        return self.config.admin_email

    def _check(self, url: str, field: str) -> None:
        webhooks.secret_of(self.config)
        self._admin()
        if not url.startswith("https://"):
            raise InvalidValueError(f"usps: {field} must be an https address of yours", field=field)

    def _subscription(
        self, url: str, wanted: SubscriptionFilter | None, *, tracking_number: str | None = None
    ) -> SubscriptionRequest:
        return SubscriptionRequest(
            listener_url=url,
            secret=webhooks.secret_of(self.config),
            admin_notification=[AdminNotification(email=self._admin())],
            filter_properties=wanted,
            tracking_number=tracking_number,
        )


def _status_of(detail: TrackDetail) -> int:
    for text in (detail.status_code, detail.error.code if detail.error is not None else None):
        if text is not None and str(text).isdecimal() and len(str(text)) == 3:
            return int(text)
    return _NOT_FOUND


def _is_old_version(error: OperationError) -> bool:
    """Whether the app has only the old version: its path is not there, or its question is not taken (field guide usps.md §7.1)."""
    code = getattr(error, "code", None) or ""
    if isinstance(error, RejectedError):
        return is_of_the_gateway(code)
    if isinstance(error, ResponseError):
        return error.http_status == _NOT_FOUND
    # an unknown number has a code of its own; a path that is not there has none, or the gateway's
    return isinstance(error, NotFoundError) and (not code or code.startswith("messaging."))


def _to_subscription(found: Subscription) -> WebhookSubscription:
    wanted = found.filter_properties or SubscriptionFilter()
    number = found.tracking_number or wanted.tracking_number
    topic = number or ",".join(wanted.tracking_event_types or ()) or _EVERYTHING
    return WebhookSubscription(
        id=found.subscription_id,
        topic=topic,
        destination=found.listener_url or "",
        active=(found.status or "").upper() != _SUSPENDED,
    )
