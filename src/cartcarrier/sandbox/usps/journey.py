"""What happens to a parcel after its label was made: a script by the clock, one of several for each parcel.

Nothing of it is stored: where a parcel is follows from its label, its script and the time. The event codes are those of the field
guide (usps.md §7.4); the words are the simulator's own where no live answer was quoted.
"""

import random
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final

import attrs

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps.account import created_at
from cartcarrier.sandbox.usps.geography import local_time
from cartcarrier.sandbox.usps.tariff import add_days, transit_days

KINDS: Final = (
    "normal",
    "delayed",
    "exception",
    "attempted",
    "held",
    "returned",
    "customs_hold",
    "untendered",
    "not_found",
)
"""``untendered``: the label is never scanned. ``not_found``: USPS denies that it knows the number."""
_MIXED: Final = {"normal": 70, "delayed": 10, "attempted": 8, "exception": 6, "returned": 6}
_TO_FIRST_SCAN: Final = timedelta(hours=8)
_HUB: Final = {"city": "MEMPHIS TN DISTRIBUTION CENTER", "state": "", "zip_code": "", "country": ""}
_EXCHANGE: Final = {"city": "CHICAGO IL INTERNATIONAL DISTRIBUTION CENTER", "state": "", "zip_code": "", "country": ""}
_NOWHERE: Final = {"city": "", "state": "", "zip_code": "", "country": ""}


@attrs.frozen(kw_only=True)
class Scan:
    """One thing that happened.

    Attributes:
        at: When, in UTC.
        zone: The place's own time.
        place: City, state, ZIP code, country; nothing where USPS says nothing.
        code: USPS's event code.
        text: What people read.
        category: The status category that the parcel is in from then on.
        signer: Who took it.
    """

    at: datetime
    zone: timezone
    place: dict[str, Any]
    code: str
    text: str
    category: str
    signer: str = ""


def choose_kind(seed: int, label: Document) -> str:
    """Return a parcel's script: the one that was set, else by the seed. With seed 0 all goes well.

    A return label is not used unless a script says so.
    """
    if label["journey"]:
        return str(label["journey"])
    if label["kind"] == "return":
        return "untendered"
    if seed == 0:
        return "normal"
    dice = random.Random(f"{seed}:{label['number']}")  # noqa: S311 - not a secret
    return dice.choices(list(_MIXED), list(_MIXED.values()))[0]


def first_scan_at(label: Document) -> datetime | None:
    """Return when the post has the parcel in hand: eight hours after its label, on the mailing date at the earliest."""
    untendered = label["journey"] in {"untendered", "not_found"} or (label["kind"] == "return" and not label["journey"])
    if untendered or label["status"] == "CANCELED":
        return None
    opening = datetime.combine(date.fromisoformat(label["mailing_date"]), time(17), local_time(label["from"]["state"]))
    return max(created_at(label) + _TO_FIRST_SCAN, opening)


def is_scanned(label: Document, now: datetime) -> bool:
    """Say whether somebody has scanned the parcel by now."""
    scan = first_scan_at(label)
    return scan is not None and scan <= now


def due(label: Document) -> date:
    """Return the day on which a parcel is expected."""
    start = (first_scan_at(label) or created_at(label)).astimezone(local_time(label["from"]["state"])).date()
    if label["kind"] == "international":
        return add_days(start, 9)
    return add_days(start, transit_days(label["mail_class"], int(label["zone"])))


def travel(label: Document, kind: str, now: datetime) -> tuple[Scan, ...]:
    """Return a parcel's story up to a time, oldest first."""
    scans = [_Script(label).created()] if label["told"] else []
    if label["status"] != "CANCELED" and kind not in {"untendered", "not_found"}:
        scans += _Script(label).write(kind)
    return tuple(scan for scan in sorted(scans, key=lambda scan: scan.at) if scan.at <= now)


class _Script:
    """Writes a parcel's story from its label to its end."""

    def __init__(self, label: Document) -> None:
        self._label = label
        self._start = first_scan_at({**label, "journey": label["journey"] or "normal"}) or created_at(label)
        self._places = {"here": label["from"], "there": label["to"], "hub": _HUB, "exchange": _EXCHANGE, "": _NOWHERE}
        self._delivery = datetime.combine(due(label), time(13, 40), self._zone("there"))

    def created(self) -> Scan:
        text = "Shipping Label Created, USPS Awaiting Item"
        return self._scan(created_at(self._label), "here", "GX", text, "Pre-Shipment")

    def write(self, kind: str) -> list[Scan]:
        hour = timedelta(hours=1)
        moving = "In Transit"
        scans = [
            self._scan(self._start, "here", "03", "USPS in possession of item", "Accepted"),
            self._scan(self._start + hour, "here", "SF", "Departed Post Office", moving),
            self._scan(self._start + 4 * hour, "hub", "A1", "Arrived at USPS Regional Facility", moving),
            self._scan(self._start + 7 * hour, "hub", "T1", "Departed USPS Regional Facility", moving),
            self._scan(self._start + 11 * hour, "", "TL", "In Transit to Next Facility", moving),
        ]
        if self._label["kind"] == "international":
            scans += [
                self._scan(self._start + 30 * hour, "exchange", "10", "Processed Through Facility", moving),
                self._scan(self._start + 60 * hour, "there", "CU", "Processed Through Customs", moving),
            ]
        if kind == "customs_hold":
            return [*scans, self._scan(self._start + 70 * hour, "there", "CH", "Held in Customs", "Alert")]
        day = self._delivery
        if kind == "delayed":
            text = "In Transit, Arriving Late: your item is delayed"
            scans.append(self._scan(day - 4 * hour, "", "TL", text, moving))
            day = self._next_day(day)
        if kind == "exception":
            text = "Processing Exception, Other Delay"
            return [*scans, self._scan(day - 5 * hour, "there", "EX", text, "Alert")]
        scans.append(self._scan(day - 7 * hour, "there", "07", "Arrived at Post Office", moving))
        if kind == "held":
            return [*scans, self._scan(day - 4 * hour, "there", "14", "Available for Pickup", "Available for Pickup")]
        scans.append(
            self._scan(
                day - 6 * hour, "there", "OF", "Out for Delivery, Expected Delivery by 9:00pm", "Out for Delivery"
            )
        )
        return scans + self._end(kind, day)

    def _end(self, kind: str, day: datetime) -> list[Scan]:
        if kind == "returned":
            back = day + timedelta(days=3)
            return [
                self._scan(day, "there", "04", "Refused", "Alert"),
                self._scan(day + timedelta(hours=5), "there", "09", "Return to Sender", "Returned to Sender"),
                self._scan(back, "here", "01", "Delivered, To Original Sender", "Delivered"),
            ]
        scans = []
        if kind == "attempted":
            text = "Notice Left (No Authorized Recipient Available)"
            scans.append(self._scan(day, "there", "02", text, "Delivery Attempt"))
            day = self._next_day(day)
            scans.append(self._scan(day - timedelta(hours=6), "there", "OF", "Out for Delivery", "Out for Delivery"))
        codes = {service["code"] for service in self._label["services"]}
        signer = self._label["to"]["name"] or self._label["to"]["firm"] if codes & set(range(910, 926)) - {920} else ""
        text = "Delivered, Left with Individual" if signer else "Delivered, In/At Mailbox"
        return [*scans, self._scan(day, "there", "01", text, "Delivered", signer)]

    def _next_day(self, day: datetime) -> datetime:
        return datetime.combine(add_days(day.date(), 1), day.timetz())

    def _zone(self, where: str) -> timezone:
        place = self._places[where]
        if where == "hub":
            return local_time("TN")
        return local_time(place["state"] or "IL", place["country"] or "US")

    def _scan(self, at: datetime, where: str, code: str, text: str, category: str, signer: str = "") -> Scan:  # noqa: PLR0917 - one line of the script
        place = dict(self._places[where])
        return Scan(at=at, zone=self._zone(where), place=place, code=code, text=text, category=category, signer=signer)
