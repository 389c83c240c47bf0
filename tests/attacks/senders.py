"""The six platforms that push, as somebody sees them who can write their requests: genuine ones, and ones that nearly are.

The signatures are made here, from what the platforms say of them, and with nothing of the drivers'.
"""

import base64
import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final, TypeAlias

import attrs
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from typing_extensions import override

import cartcarrier as cc
from cartcarrier.sandbox import Sandbox

Json: TypeAlias = Any
SECRET: Final = "0123456789abcdef0123456789abcdef"
STRANGERS: Final = "fedcba9876543210fedcba9876543210"
CANARY: Final = "Zyx-canary-of-a-body"
"""Stands in every body, where a name or a note would stand."""
ADDRESS: Final = f"https://shop.example/pushes?from={CANARY}"


class Sender(ABC):
    """A platform that pushes to one account.

    Args:
        sandbox: Where its simulator is.
    """

    name: ClassVar[str]
    header: ClassVar[str]
    kind: ClassVar[str] = "carrier"
    signs: ClassVar[bool] = True
    account: ClassVar[str] = "default"
    most: ClassVar[int] = 1024 * 1024

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.simulator: Json = sandbox.simulator(self.name)

    @property
    def key(self) -> str:
        """The account's key."""
        return f"{self.name}:{self.account}"

    def settings(self) -> dict[str, Json]:
        """Return what pushes are verified with, as settings of the driver."""
        return {}

    def open(self, **overrides: Json) -> Json:
        """Return the real driver."""
        opener = self.sandbox.channel if self.kind == "channel" else self.sandbox.carrier
        return opener(self.name, **{**self.settings(), **overrides})

    @abstractmethod
    def event(self, number: int = 1) -> bytes:
        """Return the body of a piece of news that needs no look at the platform; each number is another event."""

    @abstractmethod
    def headers(self, body: bytes, number: int, secret: str) -> dict[str, str]:
        """Return the header fields of a body."""

    def pack(self, body: bytes) -> bytes:
        """Return the bytes that travel; for most they are the body itself."""
        return body

    def send(self, body: bytes | None = None, *, number: int = 1, secret: str = SECRET, **changes: Json) -> cc.WebhookRequest:  # fmt: skip
        """Return a request with a right signature, unless another secret is given.

        Args:
            body: What is sent; the event of that number without one.
            number: Which event.
            secret: What it is signed with.
            changes: Fields of the request, afterwards.
        """
        body = self.event(number) if body is None else body
        packed = self.pack(body) if secret == SECRET else self.pack_as(body, secret)
        request = cc.WebhookRequest(
            method="POST", url=ADDRESS, headers=self.headers(packed, number, secret), body=packed
        )
        return attrs.evolve(request, **changes)

    def pack_as(self, body: bytes, secret: str) -> bytes:
        """Return the bytes that travel from somebody with another secret."""
        del secret
        return self.pack(body)


def _mac(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Shopify(Sender):
    """Shopify: HMAC over the body; topic, shop and ids stand in header fields that nothing signs."""

    name: ClassVar[str] = "shopify"
    kind: ClassVar[str] = "channel"
    header: ClassVar[str] = "X-Shopify-Hmac-Sha256"
    most: ClassVar[int] = 5 * 1024 * 1024
    topic: str = "inventory_levels/update"

    @override
    def settings(self) -> dict[str, Json]:
        return {"webhook_secrets": [SECRET]}

    @override
    def event(self, number: int = 1) -> bytes:
        return json.dumps(
            {"inventory_item_id": number, "location_id": 5, "available": 3, "note": CANARY, "tags": []}
        ).encode()

    @override
    def headers(self, body: bytes, number: int, secret: str) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            self.header: _mac(secret, body),
            "X-Shopify-Topic": self.topic,
            "X-Shopify-Shop-Domain": "cartcarrier-sandbox.myshopify.com",
            "X-Shopify-Webhook-Id": f"webhook-{number}",
        }


class EBay(Sender):
    """eBay: ECDSA over the body, with a key that eBay publishes by its id."""

    name: ClassVar[str] = "ebay"
    kind: ClassVar[str] = "channel"
    header: ClassVar[str] = "X-EBAY-SIGNATURE"

    @override
    def event(self, number: int = 1) -> bytes:
        message = {
            "metadata": {"topic": "ITEM_MARKED_SHIPPED", "schemaVersion": "1.0", "deprecated": False},
            "notification": {
                "notificationId": f"notification-{number}",
                "eventDate": "2026-11-24T08:00:00.000Z",
                "publishDate": "2026-11-24T08:00:01.000Z",
                "publishAttemptCount": 1,
                "data": {"orderId": f"12-{number:05d}-00001", "username": CANARY},
            },
        }
        return json.dumps(message, separators=(",", ":")).encode()

    @override
    def headers(self, body: bytes, number: int, secret: str) -> dict[str, str]:
        genuine: str = self.simulator.platform.deliveries.sign(body)
        if secret == SECRET:
            return {"Content-Type": "application/json", self.header: genuine}
        said = json.loads(base64.b64decode(genuine))
        own = ec.derive_private_key(int(secret, 16), ec.SECP256R1())
        said["signature"] = base64.b64encode(own.sign(body, ec.ECDSA(hashes.SHA1()))).decode()  # noqa: S303 - eBay's choice
        return {self.header: base64.b64encode(json.dumps(said).encode()).decode()}


class Amazon(Sender):
    """Amazon: a message of a queue, which nothing signs."""

    name: ClassVar[str] = "amazon"
    kind: ClassVar[str] = "channel"
    header: ClassVar[str] = "X-Nothing"
    signs: ClassVar[bool] = False

    @override
    def event(self, number: int = 1) -> bytes:
        seller = self.simulator.settings()["seller_id"]
        message = {
            "NotificationVersion": "1.0",
            "NotificationType": "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
            "PayloadVersion": "1.0",
            "EventTime": "2026-11-24T08:00:00Z",
            "Payload": {"SellerId": seller, "Sku": f"MUG-{number}", "Quantity": 4, "Note": CANARY},
            "NotificationMetadata": {"NotificationId": f"notification-{number}"},
        }
        return json.dumps(message).encode()

    @override
    def headers(self, body: bytes, number: int, secret: str) -> dict[str, str]:
        return {}


class FedEx(Sender):
    """FedEx: HMAC over the body."""

    name: ClassVar[str] = "fedex"
    header: ClassVar[str] = "fdx-signature"

    @override
    def settings(self) -> dict[str, Json]:
        return {"webhook_secret": SECRET}

    @override
    def event(self, number: int = 1) -> bytes:
        scan = {"date": "2026-11-24T08:00:00-05:00", "eventType": "AR", "eventDescription": "Arrived", "city": CANARY}
        result = {
            "trackingNumberInfo": {"trackingNumber": f"6123{number:08d}"},
            "latestStatusDetail": {"code": "IT", "statusByLocale": "In transit", "description": CANARY},
            "scanEvents": [scan],
        }
        entry = {"trackingNumber": f"6123{number:08d}", "trackResults": [result]}
        return json.dumps({"output": {"completeTrackResults": [entry]}}).encode()

    @override
    def headers(self, body: bytes, number: int, secret: str) -> dict[str, str]:
        return {self.header: _mac(secret, body)}


class UPS(Sender):
    """UPS: no signature; a credential that was agreed on stands in a header field."""

    name: ClassVar[str] = "ups"
    header: ClassVar[str] = "credential"

    @override
    def settings(self) -> dict[str, Json]:
        return {"webhook_credential": SECRET}

    @override
    def event(self, number: int = 1) -> bytes:
        return json.dumps(
            {
                "trackingNumber": f"1ZC4RT01{number:010d}",
                "localActivityDate": "20261124",
                "localActivityTime": "080000",
                "activityLocation": {"city": "RENO", "stateProvince": "NV", "country": "US"},
                "activityStatus": {"type": "I", "code": "AR", "description": "Arrived", "descriptionCode": "005"},
                "receivedBy": CANARY,
            }
        ).encode()

    @override
    def headers(self, body: bytes, number: int, secret: str) -> dict[str, str]:
        return {self.header: secret, "User-Agent": "UPSPubSubTrackingService"}


class USPS(Sender):
    """USPS: HMAC over a time stamp and a text, both of which stand in the body."""

    name: ClassVar[str] = "usps"
    header: ClassVar[str] = "X-HMAC"
    timestamp: str = "2026-11-24T08:00:01Z"

    @override
    def settings(self) -> dict[str, Json]:
        return {"webhook_secret": SECRET}

    @override
    def event(self, number: int = 1) -> bytes:
        scan = {"eventType": "Arrived", "eventCode": "10", "eventTimestamp": "2026-11-24T08:00:00", "name": CANARY}
        return json.dumps(
            {"trackingNumber": f"94001{number:017d}", "statusCategory": "In Transit", "trackingEvents": [scan]}
        ).encode()

    @override
    def pack(self, body: bytes) -> bytes:
        text = body.decode("utf-8", "surrogateescape")
        return json.dumps({"subscriptionId": "s-1", "timestamp": self.timestamp, "payload": text}).encode()

    @override
    def headers(self, body: bytes, number: int, secret: str) -> dict[str, str]:
        told = json.loads(body)
        signed = (told["timestamp"] + told["payload"]).encode("utf-8", "surrogatepass")
        return {self.header: _mac(secret, signed)}


SENDERS: Final[dict[str, type[Sender]]] = {kind.name: kind for kind in (Amazon, EBay, FedEx, Shopify, UPS, USPS)}
SIGNING: Final = tuple(name for name, kind in SENDERS.items() if kind.signs)
