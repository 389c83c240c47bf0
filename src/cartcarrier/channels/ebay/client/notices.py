"""Setting pushes up: what is the application's own goes with its token, what is the seller's with theirs (§13.1)."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from cartcarrier.channels.ebay import schemas
from cartcarrier.channels.ebay.client.core import Wire
from cartcarrier.channels.ebay.errors import response_facts
from cartcarrier.errors import NotFoundError, ResponseError
from cartcarrier.http import Lane, Request, Response, json_decoder, json_encode, read_json

_BASE: Final = "/commerce/notification/v1"
_PAGE: Final = "100"
_MOST_PAGES: Final = 100
# A part of a path: eBay's ids are letters, digits and hyphens.
_ID: Final = re.compile(r"[A-Za-z0-9_\-]{1,200}")


class Notices(Wire):
    """The Notification API, for one seller and their application."""

    # --- the application's ------------------------------------------------------------------------------------------

    async def get_notification_config(self) -> schemas.NotificationConfig:
        """Return whom eBay writes to when pushes fail; nobody where that was never said."""
        try:
            response = await self.send_as_application(_request("subscribe", "GET", "/config"))
        except NotFoundError:
            return schemas.NotificationConfig()
        return read_json(response, json_decoder(schemas.NotificationConfig))

    async def set_notification_config(self, config: schemas.NotificationConfig) -> None:
        """Say whom eBay is to write to."""
        await self.send_as_application(_request("subscribe", "PUT", "/config", content=json_encode(config)))

    async def list_destinations(self, *, operation: str) -> Sequence[schemas.Destination]:
        """Return all endpoints of the application."""
        found: list[schemas.Destination] = []
        token: str | None = None
        for _ in range(_MOST_PAGES):
            request = _request(operation, "GET", "/destination", token=token)
            answer = await self.read_as_application(request, schemas.Destinations)
            found += answer.destinations or ()
            following = _following(answer.next)
            if following is None or following == token:
                break
            token = following
        return found

    async def create_destination(self, wanted: schemas.DestinationWanted) -> str:
        """Name an endpoint, and return its id. eBay asks it for its challenge before it answers."""
        response = await self.send_as_application(
            _request("subscribe", "POST", "/destination", content=json_encode(wanted))
        )
        return _made(response)

    async def update_destination(self, destination_id: str, wanted: schemas.DestinationWanted) -> None:
        """Change an endpoint; one that eBay has marked down is up again after it has answered the challenge."""
        path = f"/destination/{_plain(destination_id)}"
        await self.send_as_application(_request("subscribe", "PUT", path, content=json_encode(wanted)))

    async def get_topic(self, topic_id: str, *, operation: str) -> schemas.Topic:
        """Return what can be pushed under a name, and what it takes."""
        request = _request(operation, "GET", f"/topic/{quote(topic_id, safe='')}", template="/topic/{topic_id}")
        return await self.read_as_application(request, schemas.Topic)

    # --- the seller's, or of a topic that is the application's ------------------------------------------------------

    async def list_subscriptions(
        self, *, operation: str, as_application: bool = False
    ) -> Sequence[schemas.Subscription]:
        """Return all subscriptions of the seller, or those of the application itself."""
        found: list[schemas.Subscription] = []
        token: str | None = None
        for _ in range(_MOST_PAGES):
            request = _request(operation, "GET", "/subscription", token=token)
            response = await self._send_as(request, as_application=as_application)
            answer = read_json(response, json_decoder(schemas.Subscriptions))
            found += answer.subscriptions or ()
            following = _following(answer.next)
            if following is None or following == token:
                break
            token = following
        return found

    async def create_subscription(self, wanted: schemas.SubscriptionWanted, *, as_application: bool) -> str:
        """Ask for a topic, and return the subscription's id."""
        request = _request("subscribe", "POST", "/subscription", content=json_encode(wanted))
        return _made(await self._send_as(request, as_application=as_application))

    async def update_subscription(
        self, subscription_id: str, change: schemas.SubscriptionChanged, *, as_application: bool
    ) -> None:
        """Change where, in which form and whether a topic is pushed."""
        path = f"/subscription/{_plain(subscription_id)}"
        request = _request("subscribe", "PUT", path, content=json_encode(change))
        await self._send_as(request, as_application=as_application)

    async def order_subscription(
        self, subscription_id: str, order: str, *, operation: str, as_application: bool
    ) -> None:
        """Have one enabled, disabled or tested. There is no body, and no content type for one (§1)."""
        request = _request(operation, "POST", f"/subscription/{_plain(subscription_id)}/{order}")
        await self._send_as(request, as_application=as_application)

    async def delete_subscription(self, subscription_id: str, *, as_application: bool) -> None:
        """End a subscription."""
        request = _request("unsubscribe", "DELETE", f"/subscription/{_plain(subscription_id)}")
        await self._send_as(request, as_application=as_application)

    async def _send_as(self, request: Request, *, as_application: bool) -> Response:
        return await (self.send_as_application(request) if as_application else self.send(request))


def _request(
    operation: str,
    method: str,
    path: str,
    *,
    content: bytes | None = None,
    token: str | None = None,
    template: str | None = None,
) -> Request:
    # All of it may be sent twice: what is there already is said to be there, and is looked up (§14).
    params = {"limit": _PAGE} if method == "GET" and path in {"/destination", "/subscription"} else {}
    if token is not None:
        params["continuation_token"] = token
    return Request(
        operation=operation,
        method=method,
        path=_BASE + path,
        template=_BASE + (template or _named(path)),
        params=params,
        content=content,
        safe=True,
        lane=Lane.SYNC,
    )


def _named(path: str) -> str:
    parts = path.split("/")
    if len(parts) > 2:
        parts[2] = f"{{{parts[1]}_id}}"
    return "/".join(parts)


def _plain(identity: str) -> str:
    """Return an id as a part of a path; what cannot be one of eBay's is known to nobody."""
    return quote(identity, safe="") if _ID.fullmatch(identity) else "unknown"


def _following(address: str | None) -> str | None:
    """Return the token of the next page; the address may name a host of somebody else's, so only its query counts."""
    if not address:
        return None
    found = parse_qs(urlsplit(address).query).get("continuation_token")
    return found[0] if found and found[0] else None


def _made(response: Response) -> str:
    identity = response.headers.get("location", "").rstrip("/").rpartition("/")[2]
    if response.status != 201 or not _ID.fullmatch(identity):
        msg = f"ebay answered {response.request.operation} without saying what it made (HTTP {response.status})"
        raise ResponseError(msg, outcome_unknown=True, **response_facts(response))
    return identity
