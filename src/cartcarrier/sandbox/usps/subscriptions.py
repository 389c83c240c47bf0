"""What USPS tells without being asked: tracking subscriptions and their pushes (field guide usps.md §7.5).

USPS publishes no description of them; the shapes are those of field reports.
"""

import base64
import hashlib
import hmac
import json
import random
from datetime import datetime, timedelta
from typing import Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps import journey, tracking
from cartcarrier.sandbox.usps.account import MANIFEST_MID, MID, World, strip_routing
from cartcarrier.sandbox.usps.answers import Node, to_bytes
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.shapes import EMAIL, group, many, text

IDLE_LIFE: Final = timedelta(days=30)
MOST_LISTENERS: Final = 10
FAILURES: Final = 5
_MAILER_ID: Final = text(pattern=r"\d{6}|\d{9}")
REQUEST: Final = group(
    {
        "listenerURL*": text(pattern=r"https?://\S+"),
        "secret*": text(least=32, most=32),
        "adminNotification*": many(group({"email*": text(pattern=EMAIL)}), least=1),
        "filterProperties": group({"MID*": _MAILER_ID, "trackingEventTypes": many(text(), least=1)}),
        "trackingNumber": text(),
    }
)


def subscribe(world: World, body: Node) -> Node:
    """Make a subscription to a mailer's parcels, or to one; the same asked for again is the same.

    Raises:
        USPSError: 400 neither or both, 403 a mailer id that is another's, 400 an eleventh listener.
        ShapeError: What the gateway does not let through.
    """
    REQUEST(body, "")
    if ("filterProperties" in body) == ("trackingNumber" in body):
        raise USPSError("", "Either filterProperties or trackingNumber is required.")
    mailer = body.get("filterProperties", {}).get("MID", "")
    if mailer and mailer not in {MID, MANIFEST_MID}:
        raise USPSError("", "The MID is not authorized for this application.", status=403)
    live = _live(world)
    for row in live:
        if _terms(row["request"]) == _terms(body):
            return _write(row)
    if len({row["request"]["listenerURL"] for row in live} | {body["listenerURL"]}) > MOST_LISTENERS:
        raise USPSError("", f"No more than {MOST_LISTENERS} listener URLs are allowed for a CRID.")
    with world.store.transaction():
        key = world.mint("subscriptions")
        subscription_id = f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:32]}"
        now = world.now().isoformat()
        made: Document = {
            "id": subscription_id,
            "request": body,
            "status": "ENABLED",
            "made_at": now,
            "used_at": now,
            "failures": 0,
            "told": [],
        }
        world.store.put("subscriptions", subscription_id, made)
    return _write(made)


def read(world: World, subscription_id: str) -> Node:
    """Return a subscription.

    Raises:
        USPSError: 404 there is none.
    """
    return _write(_find(world, subscription_id))


def list_all(world: World, query: dict[str, str]) -> list[Node]:
    """Return the subscriptions of a mailer id.

    Raises:
        USPSError: 400 without ``MID`` in capitals, 404 there are none.
    """
    if set(query) != {"MID"}:
        raise USPSError("", "Query parameter 'MID' is required.")
    found = [row for row in _live(world) if row["request"].get("filterProperties", {}).get("MID") == query["MID"]]
    if not found:
        raise USPSError("", "No subscriptions were found.", status=404)
    return [_write(row) for row in found]


def unsubscribe(world: World, subscription_id: str) -> None:
    """End a subscription.

    Raises:
        USPSError: 404 there is none.
    """
    _find(world, subscription_id)
    world.store.delete("subscriptions", subscription_id)


def take(world: World, *, limit: int | None, duplicates: int, shuffle: bool, keep: bool) -> list[Document]:
    """Return what is to be pushed as signed requests, and forget it unless told to keep it."""
    _queue(world)
    rows = world.store.all("deliveries")[:limit]
    out = [_request(row) for row in rows for _ in range(1 + duplicates)]
    if not keep:
        with world.store.transaction():
            for row in rows:
                world.store.delete("deliveries", row["id"])
                world.store.put("sent", row["id"], row)
    if shuffle:
        random.Random(world.seed).shuffle(out)  # noqa: S311 - reproducible order, not a secret
    return out


def report(world: World, delivery_id: str, status: int) -> str:
    """Hear how a push went: what is not 2xx comes again; a listener that fails too often suspends its subscription."""
    row = world.store.get("sent", delivery_id)
    if row is None:
        return "unknown"
    with world.store.transaction():
        world.store.delete("sent", delivery_id)
        subscription = world.store.get("subscriptions", row["subscription"])
        good = 200 <= status < 300
        if subscription is not None:
            subscription["failures"] = 0 if good else subscription["failures"] + 1
            if good:
                subscription["used_at"] = world.now().isoformat()
            if subscription["failures"] >= FAILURES:
                subscription["status"] = "SUSPENDED"
            world.store.put("subscriptions", subscription["id"], subscription)
            if subscription["status"] == "SUSPENDED":
                return "suspended"
        if good:
            return "delivered"
        world.store.put("deliveries", delivery_id, row)
        return "queued again"


def sign(secret: str, timestamp: str, payload: str) -> str:
    """Return the header that signs a push: base64 of HMAC-SHA256 over timestamp and payload."""
    return base64.b64encode(hmac.new(secret.encode(), (timestamp + payload).encode(), hashlib.sha256).digest()).decode()


def _queue(world: World) -> None:
    """Queue a push for each event that has happened since the subscription was made, and was not told yet."""
    now = world.now()
    for row in _live(world):
        if row["status"] != "ENABLED":
            continue
        since = datetime.fromisoformat(row["made_at"])
        told = set(row["told"])
        for label in world.labels():
            if not _is_meant(row, label):
                continue
            kind = journey.choose_kind(world.seed, label)
            if kind == "not_found":
                continue
            for scan in journey.travel(label, kind, now):
                name = f"{label['number']} {scan.code} {scan.at.isoformat()}"
                if scan.at >= since and name not in told:
                    told.add(name)
                    _push(world, row, label, scan.at)
        if len(told) > len(row["told"]):
            world.store.put("subscriptions", row["id"], {**row, "told": sorted(told)})


def _push(world: World, row: Document, label: Document, at: datetime) -> None:
    payload = to_bytes(tracking.written_at(world, label, at)).decode()
    delivery = f"push-{world.next_number('pushes'):06d}"
    world.store.put(
        "deliveries",
        delivery,
        {
            "id": delivery,
            "subscription": row["id"],
            "url": row["request"]["listenerURL"],
            "secret": row["request"]["secret"],
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}Z",
            "payload": payload,
        },
    )


def _request(row: Document) -> Document:
    body = json.dumps(
        {"subscriptionId": row["subscription"], "timestamp": row["timestamp"], "payload": row["payload"]},
        ensure_ascii=False,
    )
    signature = sign(row["secret"], row["timestamp"], row["payload"])
    headers = {"Content-Type": "application/json", "X-HMAC": signature}
    return {"id": row["id"], "url": row["url"], "headers": headers, "body": body}


def _is_meant(row: Document, label: Document) -> bool:
    request = row["request"]
    if "trackingNumber" in request:
        return strip_routing(request["trackingNumber"]) == str(label["number"])
    return request["filterProperties"]["MID"] in {label["mid"], label["manifest_mid"]}


def _live(world: World) -> list[Document]:
    """Return the subscriptions, without those that have been idle for a month: they are deleted."""
    found = []
    for row in world.store.all("subscriptions"):
        if datetime.fromisoformat(row["used_at"]) + IDLE_LIFE < world.now():
            world.store.delete("subscriptions", row["id"])
        else:
            found.append(row)
    return found


def _find(world: World, subscription_id: str) -> Document:
    row = next((row for row in _live(world) if row["id"] == subscription_id), None)
    if row is None:
        raise USPSError("", "The subscription was not found.", status=404)
    return row


def _terms(request: Node) -> Node:
    return {name: request.get(name) for name in ("listenerURL", "filterProperties", "trackingNumber")}


def _write(row: Document) -> Node:
    request = {name: value for name, value in row["request"].items() if name != "secret"}
    return {"subscriptionId": row["id"], "status": row["status"], **request}
