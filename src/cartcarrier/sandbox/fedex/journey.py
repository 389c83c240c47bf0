"""What happens to a parcel after its label was made: a script by the clock, one of several for each parcel.

Nothing of it is stored: where a parcel is follows from when its label was bought, its service, its script and the time.
The codes are FedEx's (field guide fedex.md §7.3); the words are the simulator's own.
"""

import random
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final

import attrs

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex.account import created_at
from cartcarrier.sandbox.fedex.codes import SERVICES
from cartcarrier.sandbox.fedex.dates import zone_of
from cartcarrier.sandbox.fedex.lanes import add_working_days, commit
from cartcarrier.sandbox.fedex.places import BY_ID

KINDS: Final = (
    "normal", "delayed", "exception", "attempted", "returned", "customs_hold", "held", "odd", "untendered", "not_found",
)  # fmt: skip
"""``untendered``: never scanned. ``not_found``: FedEx denies the number. ``odd``: codes and dates as some clients met."""
_MIXED: Final = {"normal": 68, "delayed": 10, "attempted": 8, "exception": 6, "returned": 6, "odd": 2}
_TO_FIRST_SCAN: Final = timedelta(hours=8)
_HUB: Final = {"city": "MEMPHIS", "state": "TN", "postal_code": "38118", "country": "US"}
_HUB_ABROAD: Final = {"city": "ROISSY CHARLES DE GAULLE CEDEX", "state": "", "postal_code": "95700", "country": "FR"}
_HOUR: Final = timedelta(hours=1)


@attrs.frozen(kw_only=True)
class Scan:
    """One thing that happened.

    Attributes:
        at: When, in UTC.
        zone: The place's own time.
        place: City, state, postal code, country.
        code: FedEx's ``eventType``.
        derived: FedEx's ``derivedStatusCode``, which says the state that the event leads to.
        text: What people read.
        location: FedEx's ``locationType``.
        exception: FedEx's number of the exception, and its words; empty without.
        delay: FedEx's type of delay, or empty.
        reschedules_to: The new day of delivery, where this moves it.
        date_only: Whether FedEx knows the day only.
    """

    at: datetime
    zone: timezone
    place: dict[str, Any]
    code: str
    derived: str
    text: str
    location: str = "FEDEX_FACILITY"
    exception: tuple[str, str] = ("", "")
    delay: str = ""
    reschedules_to: datetime | None = None
    date_only: bool = False


@attrs.frozen(kw_only=True)
class Journey:
    """A parcel's story so far.

    Attributes:
        scans: Oldest first.
        scheduled: When it is to arrive, by the destination's clock.
        rescheduled: What replaced that, once FedEx has said so.
        delivered: The last scan, when that handed it over.
        is_returned: Whether it went back to its sender.
        attempts: How often delivery was tried in vain.
    """

    scans: tuple[Scan, ...]
    scheduled: datetime
    rescheduled: datetime | None
    delivered: Scan | None
    is_returned: bool
    attempts: int


def choose_kind(seed: int, package: Document) -> str:
    """Return a parcel's script: the one that was set, else by the seed. With seed 0 all goes well."""
    if package.get("journey"):
        return str(package["journey"])
    if seed == 0:
        return "normal"
    dice = random.Random(f"{seed}:{package['tracking_number']}")  # noqa: S311 - not a secret
    return dice.choices(list(_MIXED), list(_MIXED.values()))[0]


def tendered_at(shipment: Document) -> datetime:
    """Return when FedEx gets a shipment's parcels: hours after the label, in the afternoon of a later ship date."""
    bought = created_at(shipment)
    origin = shipment["origin"]
    zone = zone_of(origin["country"], origin["state"])
    leaves = date.fromisoformat(shipment["ship_date"])
    afternoon = datetime.combine(leaves, time(15), zone)
    return (
        max(bought + _TO_FIRST_SCAN, afternoon) if leaves > bought.astimezone(zone).date() else bought + _TO_FIRST_SCAN
    )


def first_scan_at(shipment: Document) -> datetime | None:
    """Return when FedEx has the first of the parcels in hand: from then on nothing can be cancelled."""
    if all(package.get("journey") in {"untendered", "not_found"} for package in shipment["packages"]):
        return None
    if shipment["return_type"] == "PENDING" and not shipment["completed_at"]:
        return None
    return tendered_at(shipment)


def travel(shipment: Document, package: Document, kind: str, now: datetime) -> Journey:
    """Return a parcel's story up to a time.

    Args:
        shipment: The document of its shipment.
        package: Its own.
        kind: Its script.
        now: Until when.
    """
    script = _Script(shipment)
    if first_scan_at(shipment) is None and kind != "not_found":
        kind = "untendered"
    scans = script.write(kind)
    if package["voided_at"]:
        voided_at = datetime.fromisoformat(package["voided_at"])
        kept = [scan for scan in scans if scan.at <= voided_at]
        scans = [*kept, script.scan(voided_at, "here", "CA", "CA", "Shipment cancelled by sender", location="CUSTOMER")]
    past = tuple(scan for scan in scans if scan.at <= now)
    moved = [scan.reschedules_to for scan in past if scan.reschedules_to is not None]
    last = past[-1] if past else None
    delivered = last if last is not None and last.code == "DL" else None
    return Journey(
        scans=past,
        scheduled=script.scheduled,
        rescheduled=moved[-1] if moved else None,
        delivered=delivered,
        is_returned=any(scan.code == "RS" for scan in past),
        attempts=sum(1 for scan in past if scan.code == "DE" and scan.exception[0] == "08"),
    )


class _Script:
    """Writes a parcel's story from its label to its end."""

    def __init__(self, shipment: Document) -> None:
        self._bought = created_at(shipment)
        self._start = tendered_at(shipment)
        self._international = shipment["international"]
        self._hold = shipment["hold"]
        origin, destination = shipment["origin"], shipment["destination"]
        self._places: dict[str, dict[str, Any]] = {
            "here": origin,
            "hub": _HUB if origin["country"] in {"US", "PR", "CA", "MX"} else _HUB_ABROAD,
            "there": destination,
        }
        if self._hold:
            station = BY_ID[self._hold]
            self._places["counter"] = {
                "city": station.city,
                "state": station.state,
                "postal_code": station.postal_code,
                "country": station.country,
            }
        there = zone_of(destination["country"], destination["state"])
        leaves = self._start.astimezone(zone_of(origin["country"], origin["state"])).date()
        when = commit(SERVICES[shipment["service"]], shipment["zone"], leaves, saturday=shipment["saturday"])
        self.scheduled = when.at.replace(tzinfo=there)
        at = min(time(14, 12), when.at.time())
        self._delivery = datetime.combine(when.at.date(), at, there) - timedelta(minutes=7)

    def write(self, kind: str) -> list[Scan]:
        """Return the whole story, also what has not happened yet."""
        text = "Shipment information sent to FedEx"
        scans = [self.scan(self._bought, "here", "OC", "OC", text, location="CUSTOMER")]
        if kind in {"untendered", "not_found"}:
            return scans
        scans += self._to_destination(kind)
        if kind == "customs_hold" and self._international:
            return _in_order(scans)
        if kind == "exception":
            reason = ("03", "Incorrect address - Recipient address")
            told = self._delivery - _HOUR * 6
            scans.append(self.scan(told, "there", "DE", "DE", "Delivery exception", exception=reason))
            return _in_order(scans)
        if kind == "odd":
            return _in_order([*scans, *self._oddities()])
        held = bool(self._hold) or kind == "held"
        return _in_order([*scans, *(self._at_counter() if held else self._last_mile(kind))])

    def _to_destination(self, kind: str) -> list[Scan]:
        start = self._start
        scans = [
            self.scan(start, "here", "PU", "PU", "Picked up", location="PICKUP_LOCATION"),
            self.scan(start + _HOUR * 2, "here", "DP", "IT", "Left FedEx origin facility"),
            self.scan(start + _HOUR * 6, "hub", "AR", "IT", "Arrived at FedEx hub", location="SORT_FACILITY"),
            self.scan(start + _HOUR * 7, "hub", "DP", "IT", "Departed FedEx hub", location="SORT_FACILITY"),
        ]
        if self._international:
            text = "International shipment release - Import"
            scans.append(
                self.scan(start + _HOUR * 16, "there", "CP", "CP", "Clearance in progress", location="PORT_OF_ENTRY")
            )
            if kind == "customs_hold":
                reason = ("A25", "Package available for clearance")
                late = self.scan(
                    start + _HOUR * 18, "there", "CD", "CD", "Clearance delay", location="PORT_OF_ENTRY",
                    exception=reason, delay="CLEARANCE",
                )  # fmt: skip
                return [*scans, late]
            scans.append(self.scan(start + _HOUR * 20, "there", "CC", "IT", text, location="PORT_OF_ENTRY"))
        text = "At local FedEx facility"
        scans.append(
            self.scan(self._delivery - _HOUR * 9, "there", "AR", "IT", text, location="DESTINATION_FEDEX_FACILITY")
        )
        return scans

    def _last_mile(self, kind: str) -> list[Scan]:
        day, scans = self._delivery, []
        next_day = self._next_working_day(day)
        if kind == "delayed":
            late = self.scan(
                day - _HOUR * 8, "there", "DY", "DY", "Delay", delay="WEATHER", reschedules_to=next_day,
                exception=("84", "Delay beyond our control"),
            )  # fmt: skip
            scans.append(late)
            day = next_day
        scans.append(self._out_for_delivery(day))
        if kind == "attempted":
            reason = ("08", "Recipient not in/Business closed")
            tried = self.scan(
                day, "there", "DE", "DE", "Delivery exception", location="DELIVERY_LOCATION", exception=reason,
                reschedules_to=next_day,
            )  # fmt: skip
            scans += [tried, self._out_for_delivery(next_day)]
            day = next_day
        if kind == "returned":
            back = day + timedelta(days=3)
            reason = ("07", "Package not accepted by recipient")
            return [
                *scans,
                self.scan(
                    day, "there", "DE", "DE", "Delivery exception", exception=reason, location="DELIVERY_LOCATION"
                ),
                self.scan(day + _HOUR * 4, "there", "RS", "RS", "Returning package to shipper"),
                self.scan(back - _HOUR * 8, "here", "AR", "IT", "At local FedEx facility"),
                self.scan(back, "here", "DL", "DL", "Delivered", location="DELIVERY_LOCATION"),
            ]
        return [*scans, self.scan(day, "there", "DL", "DL", "Delivered", location="DELIVERY_LOCATION")]

    def _at_counter(self) -> list[Scan]:
        where = "counter" if self._hold else "there"
        day, office = self._delivery, "FEDEX_OFFICE_LOCATION"
        return [
            self.scan(day, where, "HL", "HL", "Ready for recipient pickup", location=office),
            self.scan(day + _HOUR * 20, where, "DL", "DL", "Delivered", location=office),
        ]

    def _oddities(self) -> list[Scan]:
        """What clients have met: a code nobody knows, a scan with a date only, two scans at one time (guide §7.4)."""
        day = self._delivery
        return [
            self.scan(day - _HOUR * 8, "there", "ZZ", "ZZ", "Something new"),
            self.scan(day - _HOUR * 7, "there", "AF", "IT", "At local FedEx facility", date_only=True),
            self._out_for_delivery(day),
            self.scan(day - _HOUR * 4, "there", "OD", "OD", "On FedEx vehicle for delivery", location="VEHICLE"),
            self.scan(day, "there", "DL", "DL", "Delivered", location="DELIVERY_LOCATION"),
        ]

    def _out_for_delivery(self, day: datetime) -> Scan:
        return self.scan(day - _HOUR * 5, "there", "OD", "OD", "On FedEx vehicle for delivery", location="VEHICLE")

    def _next_working_day(self, moment: datetime) -> datetime:
        return datetime.combine(add_working_days(moment.date(), 1), moment.time(), moment.tzinfo)

    def scan(
        self, at: datetime, where: str, code: str, derived: str, text: str, **more: Any  # noqa: ANN401 - see Scan
    ) -> Scan:  # fmt: skip
        """Return one scan at one of the story's places."""
        place = self._places[where]
        return Scan(
            at=at, zone=zone_of(place["country"], place.get("state", "")), place=place, code=code, derived=derived,
            text=text, **more,
        )  # fmt: skip


def _in_order(scans: list[Scan]) -> list[Scan]:
    """Keep the script's order where a fast service leaves no room for it: each scan after the one before."""
    made: list[Scan] = []
    for scan in scans:
        earliest = made[-1].at + timedelta(minutes=20) if made else scan.at
        made.append(scan if scan.at >= earliest else attrs.evolve(scan, at=earliest))
    return made
