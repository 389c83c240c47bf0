"""What happens to a parcel after its label was made: a script by the clock, one of several for each parcel.

Nothing of it is stored: where a parcel is follows from when its label was bought, its service, its script and the time.
The codes are UPS's (field guide ups.md §7.4, tracking code tables); the words are the simulator's own.
"""

import random
from datetime import datetime, time, timedelta, timezone
from typing import Any, Final

import attrs

from cartcarrier.sandbox._geography import utc_offset
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.ups.account import created_at
from cartcarrier.sandbox.ups.lanes import add_working_days, arrival_time, working_days
from cartcarrier.sandbox.ups.places import find_access_point

KINDS: Final = (
    "normal",
    "delayed",
    "exception",
    "attempted",
    "returned",
    "customs_hold",
    "untendered",
    "not_found",
    "not_collected",
)
"""``untendered``: the label is never scanned. ``not_found``: UPS denies that it knows the number. ``not_collected``: nobody comes
to the Access Point for it; without one it goes as ``returned``."""
HELD_FOR: Final = timedelta(days=7)
"""How long an Access Point keeps a parcel."""
_MIXED: Final = {"normal": 70, "delayed": 10, "attempted": 8, "exception": 6, "returned": 6}
_TO_FIRST_SCAN: Final = timedelta(hours=8)
_HUB: Final = {"city": "Louisville", "state": "KY", "postal_code": "40219", "country": "US"}
_HUB_ABROAD: Final = {"city": "Koeln", "state": "", "postal_code": "51147", "country": "DE"}


@attrs.frozen(kw_only=True)
class Scan:
    """One thing that happened.

    Attributes:
        at: When, in UTC.
        zone: The place's own time.
        place: City, state, postal code, country; only the country where UPS has nothing more.
        kind: UPS's activity type: M, MV, I, D, X.
        code: UPS's two-letter code, which means something under its type only.
        status: UPS's status code, three digits.
        description: What people read.
        simple: What people read in short.
        has_gmt: Whether UPS says the time in UTC too; for some events it does not (guide §7.3).
        reschedules_to: The new day of delivery, where this moves it.
    """

    at: datetime
    zone: timezone
    place: dict[str, Any]
    kind: str
    code: str
    status: str
    description: str
    simple: str
    has_gmt: bool = True
    reschedules_to: datetime | None = None


@attrs.frozen(kw_only=True)
class Journey:
    """A parcel's story so far.

    Attributes:
        scans: Oldest first.
        scheduled: When it is to arrive, by the destination's clock.
        rescheduled: The day that replaced it, once UPS has said so.
        delivered: The last scan, when that handed it over.
        is_returned: Whether it was handed to its sender.
        waits_since: Since when it waits, or waited, at an Access Point.
    """

    scans: tuple[Scan, ...]
    scheduled: datetime
    rescheduled: datetime | None
    delivered: Scan | None
    is_returned: bool
    waits_since: datetime | None = None


def choose_kind(seed: int, package: Document) -> str:
    """Return a parcel's script: the one that was set, else by the seed. With seed 0 all goes well."""
    if package.get("journey"):
        return str(package["journey"])
    if seed == 0:
        return "normal"
    dice = random.Random(f"{seed}:{package['tracking_number']}")  # noqa: S311 - not a secret
    return dice.choices(list(_MIXED), list(_MIXED.values()))[0]


def first_scan_at(shipment: Document) -> datetime | None:
    """Return when UPS has the first of the parcels in hand: from then on nothing can be voided."""
    if all(package.get("journey") in {"untendered", "not_found"} for package in shipment["packages"]):
        return None
    return created_at(shipment) + _TO_FIRST_SCAN


def travel(shipment: Document, package: Document, kind: str, now: datetime) -> Journey:
    """Return a parcel's story up to a time.

    Args:
        shipment: The document of its shipment.
        package: Its own.
        kind: Its script.
        now: Until when.
    """
    bought = created_at(shipment)
    script = _Script(shipment, bought)
    scans = script.write(kind)
    if package["voided_at"]:
        voided_at = datetime.fromisoformat(package["voided_at"])
        kept = [scan for scan in scans if scan.at <= voided_at]
        scans = [
            *kept,
            script.scan(voided_at, "here", "MV", "VP", "007", "The label was voided.", "Label Voided", gmt=False),
        ]
    past = tuple(scan for scan in scans if scan.at <= now)
    moved = [scan.reschedules_to for scan in past if scan.reschedules_to is not None]
    last = past[-1] if past else None
    delivered = last if last is not None and last.status == "011" else None
    return Journey(
        scans=past,
        scheduled=script.scheduled,
        rescheduled=moved[-1] if moved else None,
        delivered=delivered,
        is_returned=delivered is not None and any(scan.status == "035" for scan in past),
        waits_since=next((scan.at.astimezone(scan.zone) for scan in past if scan.code == "2Q"), None),
    )


class _Script:
    """Writes a parcel's story from its label to its end."""

    def __init__(self, shipment: Document, bought: datetime) -> None:
        self._bought = bought
        self._international = shipment["international"]
        self._access_point = find_access_point(shipment.get("access_point") or "")
        origin, destination = shipment["origin"], shipment["destination"]
        self._places: dict[str, dict[str, Any]] = {
            "label": {"country": origin["country"]},
            "here": origin,
            "hub": _HUB if origin["country"] in {"US", "PR", "CA"} else _HUB_ABROAD,
            "there": destination,
        }
        if self._access_point is not None:
            self._places["shop"] = {
                "city": self._access_point.city,
                "state": self._access_point.state,
                "postal_code": self._access_point.postal_code,
                "country": self._access_point.country,
            }
        there = _zone(destination)
        days = working_days(shipment["service"], shipment["zone"])
        day = add_working_days(bought.astimezone(_zone(origin)).date(), days, saturday=shipment["saturday"])
        by = arrival_time(shipment["service"])
        at_most = time(int(by[:2]), int(by[2:4]))
        self.scheduled = datetime.combine(day, at_most, there)
        self._delivery = datetime.combine(day, min(time(14, 12), at_most), there) - timedelta(minutes=7)

    def write(self, kind: str) -> list[Scan]:
        scans = [
            self.scan(
                self._bought,
                "label",
                "M",
                "MP",
                "003",
                "Label created, not yet in UPS's hands.",
                "Label Created",
                gmt=False,
            )
        ]
        if kind in {"untendered", "not_found"}:
            return scans
        scans += self._to_destination(kind)
        if kind == "customs_hold":
            return _in_order(scans)
        if kind == "exception":
            told = self._delivery - timedelta(hours=6)
            scans.append(
                self.scan(
                    told, "there", "X", "AE", "029", "The street number is wrong; UPS asks for it.", "Action Required"
                )
            )
            return _in_order(scans)
        return _in_order([*scans, *self._last_mile(kind)])

    def _to_destination(self, kind: str) -> list[Scan]:
        start = self._bought + _TO_FIRST_SCAN
        hour = timedelta(hours=1)
        scans = [
            self.scan(start, "here", "I", "OR", "160", "Origin scan.", "We Have Your Package"),
            self.scan(start + hour * 2, "here", "I", "DP", "005", "Departed from facility.", "On the Way"),
            self.scan(start + hour * 6, "hub", "I", "AR", "005", "Arrived at facility.", "On the Way"),
        ]
        if self._international:
            scans += [
                self.scan(start + hour * 8, "hub", "I", "EP", "005", "Export scan.", "On the Way"),
                self.scan(
                    start + hour * 16,
                    "there",
                    "I",
                    "IP",
                    "012",
                    "Import scan, clearance in progress.",
                    "Clearance in Progress",
                ),
            ]
            if kind == "customs_hold":
                text = "Clearance needs information that is missing."
                return [
                    *scans,
                    self.scan(start + hour * 18, "there", "X", "D0", "058", text, "Clearance Information Required"),
                ]
            scans.append(
                self.scan(start + hour * 20, "there", "I", "CC", "014", "Clearance completed.", "Clearance Completed")
            )
        else:
            scans.append(self.scan(start + hour * 7, "hub", "I", "DP", "005", "Departed from facility.", "On the Way"))
        scans.append(
            self.scan(self._delivery - hour * 9, "there", "I", "AR", "005", "Arrived at facility.", "On the Way")
        )
        return scans

    def _last_mile(self, kind: str) -> list[Scan]:
        hour = timedelta(hours=1)
        day = self._delivery
        scans: list[Scan] = []
        next_day = self._next_working_day(day)
        if kind == "delayed":
            scans.append(
                self.scan(
                    day - hour * 8,
                    "there",
                    "X",
                    "7X",
                    "048",
                    "Weather has delayed the parcel.",
                    "Delay",
                    new_day=next_day,
                )
            )
            day = next_day
        scans.append(
            self.scan(day - hour * 7, "there", "I", "YP", "071", "Processed for delivery.", "Preparing for Delivery")
        )
        scans.append(
            self.scan(day - hour * 5, "there", "I", "OT", "021", "Out for delivery today.", "Out for Delivery")
        )
        if kind == "attempted":
            text = "Nobody was there to receive the parcel."
            scans.append(self.scan(day, "there", "X", "48", "022", text, "First Attempt Made", new_day=next_day))
            scans.append(
                self.scan(next_day - hour * 5, "there", "I", "OT", "021", "Out for delivery today.", "Out for Delivery")
            )
            day = next_day
        if self._access_point is not None:
            return [*scans, *self._at_access_point(day, kind)]
        if kind in {"returned", "not_collected"}:
            back = day + timedelta(days=3)
            return [
                *scans,
                self.scan(day, "there", "X", "KR", "013", "The receiver refused the parcel.", "Exception"),
                self.scan(
                    day + hour * 4,
                    "there",
                    "X",
                    "UF",
                    "035",
                    "The parcel goes back to its sender.",
                    "Returning to Sender",
                ),
                self.scan(back - hour * 8, "here", "I", "AR", "005", "Arrived at facility.", "On the Way"),
                self.scan(back, "here", "D", "FS", "011", "Delivered.", "Delivered"),
            ]
        return [*scans, self.scan(day, "there", "D", "FS", "011", "Delivered.", "Delivered")]

    def _at_access_point(self, day: datetime, kind: str) -> list[Scan]:
        """Write what happens at the shop: it arrives, and is collected the next day, or never."""
        scans = [
            self.scan(day, "shop", "D", "2Q", "161", "Delivered to the Access Point.", "Delivered to UPS Access Point")
        ]
        if kind not in {"returned", "not_collected"}:
            at = day + timedelta(days=1, hours=3)
            return [*scans, self.scan(at, "shop", "D", "2W", "011", "Collected at the Access Point.", "Delivered")]
        late, hour = day + HELD_FOR, timedelta(hours=1)
        text = "Nobody collected the parcel in time."
        return [
            *scans,
            self.scan(late, "shop", "X", "3N", "013", text, "Exception"),
            self.scan(
                late + hour, "shop", "X", "UF", "035", "The parcel goes back to its sender.", "Returning to Sender"
            ),
            self.scan(late + hour * 60, "here", "I", "AR", "005", "Arrived at facility.", "On the Way"),
            self.scan(late + hour * 68, "here", "D", "FS", "011", "Delivered.", "Delivered"),
        ]

    def _next_working_day(self, moment: datetime) -> datetime:
        return datetime.combine(add_working_days(moment.date(), 1), moment.time(), moment.tzinfo)

    def scan(  # noqa: PLR0917 - the columns of a table
        self, at: datetime, where: str, kind: str, code: str, status: str, description: str, simple: str,
        *, gmt: bool = True, new_day: datetime | None = None,
    ) -> Scan:  # fmt: skip
        place = self._places[where]
        return Scan(
            at=at,
            zone=_zone(place),
            place=place,
            kind=kind,
            code=code,
            status=status,
            description=description,
            simple=simple,
            has_gmt=gmt,
            reschedules_to=new_day,
        )


def _zone(place: dict[str, Any]) -> timezone:
    return timezone(timedelta(hours=utc_offset(place["country"], place.get("state", ""))))


def _in_order(scans: list[Scan]) -> list[Scan]:
    """Keep the script's order where a fast service leaves no room for it: each scan after the one before."""
    made: list[Scan] = []
    for scan in scans:
        earliest = made[-1].at + timedelta(minutes=20) if made else scan.at
        made.append(scan if scan.at >= earliest else attrs.evolve(scan, at=earliest))
    return made
