"""What FedEx tells by itself: signed requests about each scan, queued for who plays the wire (field guide fedex.md §7.5).

A subscription is made on FedEx's portal, so here by command. There is no event id, and no promise of order.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import random
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex.account import SECURITY_TOKEN, World
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.journey import Journey, choose_kind, travel
from cartcarrier.sandbox.fedex.track_views import result

TRIES: Final = 5
SENDER: Final = "nat.fxconnect.eastus2.heap-prod.fedex.io"
MAX_URL: Final = 200


def sign(token: str, body: bytes) -> str:
    """Sign a body: base64 of HMAC-SHA256 under the security token, over the raw bytes."""
    return base64.b64encode(hmac.new(token.encode(), body, hashlib.sha256).digest()).decode()


class Pushes:
    """The subscription and the queue of deliveries.

    Args:
        world: What the platform knows.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def subscribe(self, url: str, numbers: list[str] | None, token: str) -> None:
        """Send events to an address: of the whole account, or of some numbers.

        Raises:
            InvalidValueError: An address that FedEx's portal refuses.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        if (
            parts.scheme != "https"
            or len(url) > MAX_URL
            or host.endswith("fedex.com")
            or _is_ip(host)
            or "." not in host
        ):
            raise InvalidValueError("FedEx pushes to public HTTPS addresses of up to 200 characters only", field="url")
        row = {"url": url, "numbers": numbers, "token": token, "since": self._world.now().isoformat()}
        self._world.store.put("world", "subscription", row)

    def queue(self) -> None:
        """Queue what has happened since the last time: one delivery for each new scan, oldest first."""
        row = self._world.store.get("world", "subscription")
        if row is None:
            return
        since = datetime.fromisoformat(row["since"])
        now = self._world.now()
        found: list[tuple[datetime, Node]] = []
        for shipment in self._world.shipments():
            for package in shipment["packages"]:
                number = package["tracking_number"]
                if package.get("journey") == "not_found" or (row["numbers"] and number not in row["numbers"]):
                    continue
                told = travel(shipment, package, choose_kind(self._world.seed, package), now)
                sent = self._world.store.get("pushed", number) or {"scans": 0}
                fresh = range(sent["scans"], len(told.scans))
                found += [
                    (told.scans[index].at, _payload(self._world, shipment, package, told, index))
                    for index in fresh
                    if told.scans[index].at >= since
                ]
                self._world.store.put("pushed", number, {"scans": len(told.scans)})
        with self._world.store.transaction():
            for _, payload in sorted(found, key=lambda pair: pair[0]):
                number = self._world.next_number("pushes")
                body = json.dumps(payload, separators=(",", ":"))
                self._world.store.put("outbox", str(number), {"id": str(number), "body": body, "tries": 0})

    def take(
        self, *, limit: int | None, duplicates: int, shuffle: bool, keep: bool, secret: str | None
    ) -> list[Document]:  # fmt: skip
        """Return what is queued as requests, and forget it unless told to keep it."""
        self.queue()
        row = self._world.store.get("world", "subscription")
        rows = self._world.store.all("outbox")[:limit]
        token = secret or (row["token"] if row else SECURITY_TOKEN)
        url = row["url"] if row else ""
        requests = [_request(url, each, token) for each in rows]
        if not keep:
            with self._world.store.transaction():
                for each in rows:
                    self._world.store.delete("outbox", each["id"])
                    self._world.store.put("sent", each["id"], each)
        out = [dict(request) for request in requests for _ in range(1 + duplicates)]
        if shuffle:
            random.Random(self._world.seed).shuffle(out)  # noqa: S311 - reproducible, not secret
        return out

    def report(self, delivery: str, status: int) -> str:
        """Hear how a delivery went: anything but 2xx comes again, a few times."""
        row = self._world.store.get("sent", delivery)
        if row is None:
            return "unknown"
        with self._world.store.transaction():
            self._world.store.delete("sent", delivery)
            if 200 <= status < 300:
                return "delivered"
            row = {**row, "tries": row["tries"] + 1}
            if row["tries"] < TRIES:
                self._world.store.put("outbox", delivery, row)
                return "queued again"
            return "given up"


def _payload(world: World, shipment: Document, package: Document, told: Journey, index: int) -> Node:
    """Return an event as it looked when it happened: the shape of a tracking answer (guide §7.5)."""
    then = told.scans[index].at
    journey = travel(shipment, package, choose_kind(world.seed, package), then)
    found = result(shipment, package, journey, detailed=False, locale="en_US")
    entry = {"trackingNumber": package["tracking_number"], "trackResults": [found]}
    if world.switch("push_shape") == "result":
        return entry
    return {"output": {"completeTrackResults": [entry]}}


def _request(url: str, row: Document, token: str) -> dict[str, Any]:
    body = str(row["body"])
    headers = {
        "Content-Type": "application/json",
        "fdx-signature": sign(token, body.encode()),
        "User-Agent": SENDER,
    }
    return {"id": row["id"], "url": url, "headers": headers, "body": body}


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
