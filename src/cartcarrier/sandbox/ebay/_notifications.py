"""The Notification API: configuration, destinations, subscriptions, topics, public keys. Facts: field guide ebay.md §13."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from cartcarrier.sandbox.ebay._deliveries import Deliveries
from cartcarrier.sandbox.ebay._errors import EbayError
from cartcarrier.sandbox.ebay._routes import NOTIFICATION, PREFIX
from cartcarrier.sandbox.ebay._tokens import Caller
from cartcarrier.sandbox.ebay._world import Document, Json, World

TOKEN = re.compile(r"[A-Za-z0-9_-]{32,80}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
INTERNAL = re.compile(r"localhost|.*\.(?:local|internal|localhost)|\d+\.\d+\.\d+\.\d+|\[.*\]|[^.]+")
LEAST, MOST, USUAL = 10, 100, 20

# topic: scopes of which one is needed, schema versions (field guide §13.2)
TOPICS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ORDER_CONFIRMATION": (("sell.fulfillment", "sell.fulfillment.readonly"), ("1.0", "1.1")),
    "ORDER_CANCELLATION_ACTIVITY": (("sell.cancellation", "sell.cancellation.read"), ("1.0",)),
    "ORDER_RETURN_ACTIVITY": (("sell.return", "sell.return.read"), ("1.0",)),
    "ORDER_INQUIRY_ACTIVITY": (("sell.inquiry", "sell.inquiry.read"), ("1.0",)),
    "ITEM_MARKED_SHIPPED": (("commerce.shipping",), ("1.0",)),
    "NEW_MESSAGE": (("commerce.message",), ("1.0",)),
    "MARKETPLACE_ACCOUNT_DELETION": ((), ("1.0",)),
}
Challenge = Callable[[str, str], Awaitable[str | None]]


class Notifications:
    """What is set up.

    Args:
        world: The memory.
        deliveries: What is sent.
        challenge: Asks an endpoint to answer a challenge code, and returns what it said, or ``None``.
    """

    def __init__(self, world: World, deliveries: Deliveries, challenge: Challenge) -> None:
        self._world = world
        self._deliveries = deliveries
        self._challenge = challenge

    # --- configuration ------------------------------------------------------------------------------------------------

    def config(self) -> Document:
        """Answer ``getConfig``.

        Raises:
            EbayError: 195026.
        """
        row = self._world.get("meta", "config")
        if row is None:
            raise EbayError(195026)
        return {"alertEmail": row["email"]}

    def set_config(self, body: Json) -> None:
        """Answer ``updateConfig``.

        Raises:
            EbayError: 195025.
        """
        email = body.get("alertEmail") if isinstance(body, dict) else None
        if not isinstance(email, str) or EMAIL.fullmatch(email) is None:
            raise EbayError(195025)
        self._world.put("meta", "config", {"email": email})

    # --- destinations -------------------------------------------------------------------------------------------------

    async def create_destination(self, body: Json) -> str:
        """Answer ``createDestination``: the endpoint is challenged before it counts.

        Raises:
            EbayError: 195003, 195016 to 195021.
        """
        if self._world.get("meta", "config") is None:
            raise EbayError(195003)
        row = self._read_destination(body)
        self._check_endpoint(row["endpoint"], None)
        await self._check_challenge(row)
        self._check_endpoint(row["endpoint"], None)
        key = self._world.mint("destination")
        destination_id = f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:32]}"
        self._world.put("destination", destination_id, {**row, "id": destination_id})
        return destination_id

    async def update_destination(self, destination_id: str, body: Json) -> None:
        """Answer ``updateDestination``; also the way back from ``MARKED_DOWN``.

        Raises:
            EbayError: 195016 to 195022.
        """
        self.destination(destination_id)
        row = self._read_destination(body)
        self._check_endpoint(row["endpoint"], destination_id)
        await self._check_challenge(row)
        self._world.put("destination", destination_id, {**row, "id": destination_id})

    def destination(self, destination_id: str) -> Document:
        """Answer ``getDestination``.

        Raises:
            EbayError: 195022.
        """
        row = self._world.get("destination", destination_id)
        if row is None:
            raise EbayError(195022)
        return _write_destination(row)

    def delete_destination(self, destination_id: str) -> None:
        """Answer ``deleteDestination``.

        Raises:
            EbayError: 195022, 195024.
        """
        self.destination(destination_id)
        if any(row["destination"] == destination_id for row in self._world.rows("subscription")):
            raise EbayError(195024)
        self._world.drop("destination", destination_id)

    def destinations(self, query: Mapping[str, str], base_url: str) -> Document:
        """Answer ``getDestinations``."""
        rows = [_write_destination(row) for row in self._world.rows("destination")]
        return self._page("destinations", rows, query, f"{base_url}{NOTIFICATION}/destination")

    def _read_destination(self, body: Json) -> Document:
        given = body if isinstance(body, dict) else {}
        delivery = given.get("deliveryConfig") if isinstance(given.get("deliveryConfig"), dict) else {}
        name, endpoint, token = (
            given.get("name"),
            (delivery or {}).get("endpoint"),
            (delivery or {}).get("verificationToken"),
        )
        if not isinstance(name, str) or not name or len(name) > 64 or "<" in name:
            raise EbayError(195016)
        host = (urlsplit(endpoint).hostname or "") if isinstance(endpoint, str) else ""
        if not str(endpoint).startswith("https://") or INTERNAL.fullmatch(host) is not None:
            raise EbayError(195017)
        if given.get("status") not in {"ENABLED", "DISABLED"}:
            raise EbayError(195018)
        if not isinstance(token, str) or TOKEN.fullmatch(token) is None:
            raise EbayError(195019)
        return {"name": name, "status": given["status"], "endpoint": endpoint, "token": token, "failures": 0}

    def _check_endpoint(self, endpoint: str, own: str | None) -> None:
        for row in self._world.rows("destination"):
            if row["endpoint"] == endpoint and row["id"] != own:
                raise EbayError(195021)

    async def _check_challenge(self, row: Mapping[str, Json]) -> None:
        code = self._world.mint("challenge")[:40]
        said = await self._challenge(row["endpoint"], code)
        answered = said == challenge_response(code, row["token"], row["endpoint"])
        self._world.put("challenge", code, {"endpoint": row["endpoint"], "challenge_code": code, "answered": answered})
        if not answered:
            raise EbayError(195020)

    # --- topics and keys ----------------------------------------------------------------------------------------------

    def topic(self, topic_id: str) -> Document:
        """Answer ``getTopic``.

        Raises:
            EbayError: 195002.
        """
        if topic_id not in TOPICS:
            raise EbayError(195002)
        scopes, versions = TOPICS[topic_id]
        portal = topic_id == "MARKETPLACE_ACCOUNT_DELETION"
        return {
            "topicId": topic_id,
            "description": f"Messages of {topic_id.replace('_', ' ').lower()}",
            "authorizationScopes": [f"{PREFIX}/{scope}" for scope in scopes],
            "status": "ENABLED",
            "context": "COMMERCE" if portal else "SELL",
            "scope": "APPLICATION" if portal else "USER",
            "filterable": False,
            "supportedPayloads": [
                {"format": ["JSON"], "schemaVersion": version, "deliveryProtocol": "HTTPS", "deprecated": False}
                for version in versions
            ],
        }

    def topics(self, query: Mapping[str, str], base_url: str) -> Document:
        """Answer ``getTopics``."""
        return self._page("topics", [self.topic(name) for name in TOPICS], query, f"{base_url}{NOTIFICATION}/topic")

    def public_key(self, key_id: str) -> Document:
        """Answer ``getPublicKey``: PEM without line breaks.

        Raises:
            EbayError: 195001.
        """
        pem = self._deliveries.public_key(key_id)
        if pem is None:
            raise EbayError(195001)
        return {"key": pem, "algorithm": "ECDSA", "digest": "SHA1"}

    # --- subscriptions ------------------------------------------------------------------------------------------------

    def subscribe(self, caller: Caller, body: Json) -> str:
        """Answer ``createSubscription``.

        Raises:
            EbayError: 195003 to 195015, 195027.
        """
        given = body if isinstance(body, dict) else {}
        topic = str(given.get("topicId"))
        if topic not in TOPICS:
            raise EbayError(195027)
        row = self._read_subscription(topic, given)
        self._authorize(caller, topic)
        if self._world.get("meta", "config") is None:
            raise EbayError(195003)
        self._check_enabled(row)
        if any(old["topic"] == topic and old["seller"] == caller.seller for old in self._world.rows("subscription")):
            raise EbayError(195012)
        key = self._world.mint("subscription")
        subscription_id = f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:32]}"
        row = {**row, "id": subscription_id, "seller": caller.seller, "created": self._world.stamp()}
        self._world.put("subscription", subscription_id, row)
        return subscription_id

    def update_subscription(self, caller: Caller, subscription_id: str, body: Json) -> None:
        """Answer ``updateSubscription``.

        Raises:
            EbayError: 195006 to 195015.
        """
        old = self._subscription(caller, subscription_id)
        row = self._read_subscription(old["topic"], body if isinstance(body, dict) else {})
        self._check_enabled(row)
        self._world.put("subscription", subscription_id, {**old, **row})

    def set_status(self, caller: Caller, subscription_id: str, status: str) -> None:
        """Answer ``enableSubscription`` and ``disableSubscription``.

        Raises:
            EbayError: 195013, 195015.
        """
        row = {**self._subscription(caller, subscription_id), "status": status}
        self._check_enabled(row)
        self._world.put("subscription", subscription_id, row)

    def subscription(self, caller: Caller, subscription_id: str) -> Document:
        """Answer ``getSubscription``.

        Raises:
            EbayError: 195013.
        """
        return _write_subscription(self._subscription(caller, subscription_id))

    def subscriptions(self, caller: Caller, query: Mapping[str, str], base_url: str) -> Document:
        """Answer ``getSubscriptions``."""
        rows = [_write_subscription(row) for row in self._world.rows("subscription") if row["seller"] == caller.seller]
        return self._page("subscriptions", rows, query, f"{base_url}{NOTIFICATION}/subscription")

    def unsubscribe(self, caller: Caller, subscription_id: str) -> None:
        """Answer ``deleteSubscription``.

        Raises:
            EbayError: 195013.
        """
        self._world.drop("subscription", self._subscription(caller, subscription_id)["key"])

    def test(self, caller: Caller, subscription_id: str) -> None:
        """Answer ``testSubscription``: a message with made-up data is queued.

        Raises:
            EbayError: 195013.
        """
        row = self._subscription(caller, subscription_id)
        self._deliveries.queue(row, {"orderId": "00-00000-00000", "test": True})

    def filter(self, caller: Caller, subscription_id: str) -> None:
        """Answer ``createSubscriptionFilter``: none of these topics can be filtered.

        Raises:
            EbayError: 195013, 195032.
        """
        self._subscription(caller, subscription_id)
        raise EbayError(195032)

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _subscription(self, caller: Caller, subscription_id: str) -> Document:
        row = self._world.get("subscription", subscription_id)
        if row is None or row["seller"] != caller.seller:
            raise EbayError(195013)
        return row

    def _read_subscription(self, topic: str, given: Mapping[str, Json]) -> Document:
        if given.get("status") not in {"ENABLED", "DISABLED"}:
            raise EbayError(195006)
        if self._world.get("destination", str(given.get("destinationId"))) is None:
            raise EbayError(195007)
        payload = given.get("payload") if isinstance(given.get("payload"), dict) else {}
        version = (payload or {}).get("schemaVersion")
        if version not in TOPICS[topic][1]:
            raise EbayError(195008)
        if (payload or {}).get("format") != "JSON":
            raise EbayError(195009)
        if (payload or {}).get("deliveryProtocol") != "HTTPS":
            raise EbayError(195010)
        return {
            "topic": topic,
            "status": given["status"],
            "destination": given["destinationId"],
            "schema_version": version,
        }

    def _authorize(self, caller: Caller, topic: str) -> None:
        """The topic's own scope is needed too; account deletion is set up in the portal, never here."""
        wanted = {f"{PREFIX}/{scope}" for scope in TOPICS[topic][0]}
        if not wanted & caller.scopes:
            raise EbayError(195011)

    def _check_enabled(self, row: Mapping[str, Json]) -> None:
        destination = self._world.get("destination", row["destination"])
        if row["status"] == "ENABLED" and (destination is None or destination["status"] != "ENABLED"):
            raise EbayError(195015)

    def _page(self, name: str, rows: Sequence[Document], query: Mapping[str, str], url: str) -> Document:
        limit = query.get("limit", str(USUAL))
        start = query.get("continuation_token", "0")
        if not limit.isdigit() or not LEAST <= int(limit) <= MOST:
            raise EbayError(195004)
        if not start.isdigit() or int(start) > len(rows):
            raise EbayError(195005)
        size, first = int(limit), int(start)
        page: Document = {
            "total": len(rows),
            "href": f"{url}?{urlencode({'limit': size, 'continuation_token': first})}",
            "limit": size,
            name: list(rows[first : first + size]),
        }
        if first + size < len(rows):
            page["next"] = f"{url}?{urlencode({'limit': size, 'continuation_token': first + size})}"
        return page


def challenge_response(code: str, token: str, endpoint: str) -> str:
    """Return what an endpoint must answer: SHA-256 over code, token and endpoint, in this order."""
    return hashlib.sha256(f"{code}{token}{endpoint}".encode()).hexdigest()


def _write_destination(row: Mapping[str, Json]) -> Document:
    return {
        "destinationId": row["id"],
        "name": row["name"],
        "status": row["status"],
        "deliveryConfig": {"endpoint": row["endpoint"], "verificationToken": row["token"]},
    }


def _write_subscription(row: Mapping[str, Json]) -> Document:
    return {
        "subscriptionId": row["id"],
        "topicId": row["topic"],
        "status": row["status"],
        "creationDate": row["created"],
        "destinationId": row["destination"],
        "payload": {"format": "JSON", "schemaVersion": row["schema_version"], "deliveryProtocol": "HTTPS"},
    }
