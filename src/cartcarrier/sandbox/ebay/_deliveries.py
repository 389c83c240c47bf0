"""Notifications on their way: signed requests, queued for whoever plays the wire. Facts: field guide ebay.md §13.3."""

import base64
import json
import random
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cartcarrier.sandbox.ebay._world import Document, Json, World

# How often eBay tries, and when it marks a destination down, is not documented: both numbers are ours.
TRIES, FAILURES = 5, 10
ORDER_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256


class Deliveries:
    """The queue, and the key that signs.

    Args:
        world: The memory.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = random.Random(world.seed)  # noqa: S311 - reproducible order, not a secret

    # --- keys ---------------------------------------------------------------------------------------------------------

    def rotate(self) -> str:
        """Sign with a new key from now on, and return its id."""
        secret = self._world.mint("notification key")
        key_id = f"{secret[:8]}-{secret[8:12]}-{secret[12:16]}-{secret[16:20]}-{secret[20:32]}"
        self._world.put("notification_key", key_id, {"secret": secret})
        self._world.put("meta", "notification_key", {"id": key_id})
        return key_id

    def public_key(self, key_id: str) -> str | None:
        """Return a key as PEM without its line breaks, or ``None``."""
        row = self._world.get("notification_key", key_id)
        if row is None:
            return None
        der = _private(row["secret"]).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"-----BEGIN PUBLIC KEY-----{base64.b64encode(der).decode()}-----END PUBLIC KEY-----"

    def sign(self, body: bytes) -> str:
        """Return the header that signs a body."""
        key_id = self._world.table("meta")["notification_key"]["id"]
        private = _private(self._world.table("notification_key")[key_id]["secret"])
        signature = private.sign(body, ec.ECDSA(hashes.SHA1(), deterministic_signing=True))  # noqa: S303 - eBay's choice
        header = {
            "alg": "ecdsa",
            "kid": key_id,
            "signature": base64.b64encode(signature).decode(),
            "digest": "SHA1",
        }
        return base64.b64encode(json.dumps(header, separators=(",", ":")).encode()).decode()

    # --- the queue ----------------------------------------------------------------------------------------------------

    def publish(self, topic: str, seller: str, data: Document) -> None:
        """Queue a message for the seller's subscription to a topic, if there is an enabled one."""
        for row in self._world.rows("subscription"):
            if row["topic"] == topic and row["seller"] == seller and row["status"] == "ENABLED":
                destination = self._world.get("destination", row["destination"])
                if destination is not None and destination["status"] == "ENABLED":
                    self.queue(row, data)

    def queue(self, subscription: Mapping[str, Json], data: Document) -> str:
        """Queue a message of a subscription, and return its notification id."""
        destination = self._world.table("destination")[subscription["destination"]]
        return self.push(
            subscription["topic"],
            data,
            destination["endpoint"],
            version=subscription["schema_version"],
            destination=subscription["destination"],
        )

    def push(
        self, topic: str, data: Document, url: str, *, version: str = "1.0", destination: str | None = None
    ) -> str:
        """Queue a message for an address, and return its notification id."""
        secret = self._world.mint("notification")
        key = f"{secret[:8]}-{secret[8:12]}-{secret[12:16]}-{secret[16:20]}-{secret[20:32]}"
        row: Document = {
            "topic": topic,
            "version": version,
            "url": url,
            "data": data,
            "event_date": self._world.stamp(),
            "attempts": 1,
            "destination": destination,
        }
        self._world.put("delivery", key, row)
        return key

    def take(self, *, limit: int | None, duplicates: int, shuffle: bool, keep: bool) -> list[Document]:
        """Return what is queued as signed requests, and forget it unless told to keep it."""
        rows = self._world.rows("delivery")[:limit]
        out = [self._request(row) for row in rows for _ in range(1 + duplicates)]
        if not keep:
            with self._world.transaction():
                for row in rows:
                    self._world.drop("delivery", row["key"])
                    self._world.put("sent", row["key"], row)
        if shuffle:
            self._random.shuffle(out)
        return out

    def report(self, notification_id: str, status: int) -> str:
        """Hear how a delivery went: anything but 2xx comes again; a destination that fails too often is marked down."""
        row = self._world.get("sent", notification_id)
        if row is None:
            return "unknown"
        with self._world.transaction():
            self._world.drop("sent", notification_id)
            destination = self._world.get("destination", row["destination"] or "")
            good = 200 <= status < 300
            if destination is not None:
                failures = 0 if good else destination["failures"] + 1
                state = "MARKED_DOWN" if failures >= FAILURES else destination["status"]
                self._world.put(
                    "destination", destination["id"], {**destination, "failures": failures, "status": state}
                )
            if good:
                return "delivered"
            if row["attempts"] >= TRIES:
                return "given up"
            self._world.put("delivery", notification_id, {**row, "attempts": row["attempts"] + 1})
            return "queued again"

    def _request(self, row: Mapping[str, Json]) -> Document:
        message = {
            "metadata": {"topic": row["topic"], "schemaVersion": row["version"], "deprecated": False},
            "notification": {
                "notificationId": row["key"],
                "eventDate": row["event_date"],
                "publishDate": self._world.stamp(),
                "publishAttemptCount": row["attempts"],
                "data": row["data"],
            },
        }
        body = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
        headers = {"Content-Type": "application/json", "X-EBAY-SIGNATURE": self.sign(body.encode())}
        return {"url": row["url"], "headers": headers, "body": body}


def _private(secret: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(secret, 16) % (ORDER_N - 1) + 1, ec.SECP256R1())
