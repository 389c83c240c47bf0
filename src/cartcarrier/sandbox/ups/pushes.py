"""What Track Alert tells by itself: one request for each scan, queued for whoever plays the wire (field guide ups.md §7.6).

There is no signature: a credential that was agreed on UPS's portal stands in a header. There is no event id either.
"""

import json
import random
import re
from datetime import datetime, timedelta
from typing import Any, Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.ups.account import CLIENT_ID, WEBHOOK_CREDENTIAL, World, created_at
from cartcarrier.sandbox.ups.alerts import TEST_NUMBERS
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.journey import Journey, Scan, choose_kind, travel
from cartcarrier.sandbox.ups.lanes import END_OF_DAY

TRIES: Final = 5
SENDER: Final = "UPSPubSubTrackingService"
DEFAULT_URL: Final = "https://shop.example.com/ups/track-alert"
_STATE: Final = re.compile(r"[A-Z]{2}")
_ZIP: Final = re.compile(r"\d{5}(?:[-\s]\d{4})?")
_PHOTO: Final = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
# Activity type -> the preference that asks for it: exceptions include updates, and manifests their voids.
_ASKED_BY: Final = {"U": "X", "MV": "M"}


class Pushes:
    """The queue of deliveries.

    Args:
        world: What the platform knows.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def queue(self) -> None:
        """Queue what has happened since the last time: one delivery for each new scan, oldest first."""
        found: list[tuple[datetime, Node, Node]] = []
        account = next(iter(self._world.store.all("account_alerts")), None)
        followed = {row["number"]: row for row in self._world.store.all("alerts")}
        with self._world.store.transaction():
            for shipment in self._world.shipments():
                for package in shipment["packages"]:
                    number = package["tracking_number"]
                    row = followed.get(number) or account
                    if row is not None and package.get("journey") != "not_found":
                        found += self._fresh(number, row, shipment, package)
            for number in TEST_NUMBERS:
                if number in followed:
                    found += self._rehearsal(number, followed[number])
            for _, destination, payload in sorted(found, key=lambda entry: entry[0]):
                key = str(self._world.next_number("pushes"))
                body = json.dumps(payload, separators=(",", ":"))
                row = {"id": key, "body": body, "tries": 0, "destination": destination}
                self._world.store.put("outbox", key, row)

    def take(
        self, *, limit: int | None, duplicates: int, shuffle: bool, keep: bool, secret: str | None
    ) -> list[Document]:  # fmt: skip
        """Return what is queued as requests, and forget it unless told to keep it."""
        self.queue()
        rows = self._world.store.all("outbox")[:limit]
        portal = self._world.store.get("world", "webhook") or {"url": DEFAULT_URL, "credential": WEBHOOK_CREDENTIAL}
        requests = [_request(row, row["destination"] or portal, secret) for row in rows]
        if not keep:
            with self._world.store.transaction():
                for row in rows:
                    self._world.store.delete("outbox", row["id"])
                    self._world.store.put("sent", row["id"], row)
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

    def _fresh(
        self, number: str, row: Document, shipment: Document, package: Document
    ) -> list[tuple[datetime, Node, Node]]:
        now = self._world.now()
        journey = travel(shipment, package, choose_kind(self._world.seed, package), now)
        told = (self._world.store.get("alerted", number) or {"scans": 0})["scans"]
        self._world.store.put("alerted", number, {"scans": len(journey.scans)})
        since = max(datetime.fromisoformat(row["since"]), created_at(shipment))
        until = datetime.fromisoformat(row["until"]) if "until" in row else now
        return [
            (scan.at, row.get("destination") or {}, _payload(number, shipment, journey, scan, row))
            for scan in journey.scans[told:]
            if since <= scan.at <= until and _is_asked(scan, row["preferences"])
        ]

    def _rehearsal(self, number: str, row: Document) -> list[tuple[datetime, Node, Node]]:
        """Return the events of a test number: three, one second apart, from the moment it was subscribed to."""
        if self._world.store.get("alerted", number):
            return []
        self._world.store.put("alerted", number, {"scans": 3})
        start = datetime.fromisoformat(row["since"])
        steps = (("I", "OR", "Origin Scan"), ("I", "OT", "Out for Delivery"), ("D", "FS", "Delivered"))
        made = []
        for seconds, (kind, code, words) in enumerate(steps):
            moment = start + timedelta(seconds=seconds)
            payload = {
                "trackingNumber": number,
                "localActivityDate": f"{moment:%Y%m%d}",
                "localActivityTime": f"{moment:%H%M%S}",
                "activityLocation": {"city": "LOUISVILLE", "stateProvince": "KY", "country": "US"},
                "activityStatus": {"type": kind, "code": code, "description": words},
                "gmtActivityDate": f"{moment:%Y%m%d}",
                "gmtActivityTime": f"{moment:%H%M%S}",
                "gmtOffset": "+00.00",
            }
            made.append((moment, row.get("destination") or {}, payload))
        return made


def _is_asked(scan: Scan, preferences: list[str]) -> bool:
    return not preferences or _ASKED_BY.get(scan.kind, scan.kind) in preferences


def _payload(number: str, shipment: Document, journey: Journey, scan: Scan, row: Document) -> Node:
    """Return an event, with the fields that have a value: not every event has every one."""
    local = scan.at.astimezone(scan.zone)
    delivered = scan.kind == "D" and scan.status == "011"
    place = {"city": scan.place.get("city", "").upper(), "country": scan.place["country"]}
    if _STATE.fullmatch(scan.place.get("state", "")):
        place["stateProvince"] = scan.place["state"]
    if delivered and _ZIP.fullmatch(scan.place.get("postal_code", "")):
        place["postalCode"] = scan.place["postal_code"]
    made: Node = {
        "trackingNumber": number,
        "localActivityDate": f"{local:%Y%m%d}",
        "localActivityTime": f"{local:%H%M%S}",
        "activityLocation": {name: value for name, value in place.items() if value},
        "activityStatus": {
            "type": scan.kind,
            "code": scan.code,
            "description": scan.description,
            "descriptionCode": scan.status,
        },
    }
    if scan.kind != "MV":
        made["scheduledDeliveryDate"] = f"{journey.scheduled:%Y%m%d}"
    if scan.has_gmt:
        minutes = int((local.utcoffset() or timedelta()).total_seconds() // 60)
        made["gmtActivityDate"] = f"{scan.at:%Y%m%d}"
        made["gmtActivityTime"] = f"{scan.at:%H%M%S}"
        made["gmtOffset"] = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}.{abs(minutes) % 60:02d}"
    if delivered:
        made["actualDeliveryDate"], made["actualDeliveryTime"] = f"{local:%Y%m%d}", f"{local:%H%M%S}"
        if row.get("kind", "enhanced") == "enhanced":
            receiver = shipment["origin"] if journey.is_returned else shipment["destination"]
            made["receivedBy"] = (receiver["attention"] or receiver["name"]).upper()
            made["deliveryPhoto"] = _PHOTO
    elif scan.status == "021":
        made |= {"deliveryStartTime": "120000", "deliveryEndTime": "160000"}
        made["deliveryTimeDescription"] = "estimated delivery window"
    elif f"{journey.scheduled:%H%M%S}" == END_OF_DAY:
        made["deliveryTimeDescription"] = "end of day"
    return made


def _request(row: Document, destination: Node, secret: str | None) -> dict[str, Any]:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": SENDER,
        "x-api-key": CLIENT_ID,
        "credential": secret or destination["credential"],
    }
    return {"id": row["id"], "url": destination["url"], "headers": headers, "body": str(row["body"])}
