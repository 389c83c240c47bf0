"""Where a parcel is: ``GET /api/track/v1/…`` (field guide ups.md §7)."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.ups.account import World, created_at
from cartcarrier.sandbox.ups.codes import SERVICE_NAMES
from cartcarrier.sandbox.ups.errors import INVALID, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.journey import HELD_FOR, Journey, Scan, choose_kind, travel
from cartcarrier.sandbox.ups.lanes import END_OF_DAY
from cartcarrier.sandbox.ups.numbers import INQUIRY_NUMBER

KEPT = timedelta(days=120)
REFERENCE_WINDOW = timedelta(days=14)
# A transparent GIF of one dot, which is what an empty signature looks like.
_SIGNATURE = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def track(world: World, number: str, *, signature: bool, pod: bool, milestones: bool) -> Node:
    """Answer a question about one parcel.

    Args:
        world: What the platform knows.
        number: The inquiry number.
        signature: Whether the receiver's signature is wanted.
        pod: Whether the letter of proof is wanted.
        milestones: Whether milestones are wanted.

    Raises:
        UPSError: TV1002: not a number that UPS could know. One that it does not know is no error.
    """
    number = _read_number(number)
    found = _find(world, number)
    if found is None:
        return _not_found(number)
    shipment, package = found
    made = _package(world, shipment, package, signature=signature, pod=pod, milestones=milestones)
    return {
        "trackResponse": {"shipment": [{"inquiryNumber": number, "package": [made], "userRelation": ["MYCHOICE_HOME"]}]}
    }


def track_shipment(world: World, number: str, *, offset: int, count: int) -> Node:
    """Answer a question about all parcels of a shipment.

    Raises:
        UPSError: TV1002, as in ``track``.
    """
    number = _read_number(number)
    found = _find(world, number)
    if found is None:
        return _not_found(number)
    shipment, _ = found
    packages = [_package(world, shipment, package) for package in shipment["packages"]]
    return {"trackResponse": {"shipment": [{"inquiryNumber": number, "package": packages[offset : offset + count]}]}}


def track_reference(world: World, value: str, *, first: str | None, last: str | None, shipper: str | None) -> Node:
    """Answer a question about what bears a reference.

    Args:
        world: What the platform knows.
        value: The reference.
        first: The earliest day, YYYYMMDD; 14 days ago by default.
        last: The latest day; today by default.
        shipper: The shipper's number, when given.

    Raises:
        UPSError: A day that is none.
    """
    now = world.now()
    earliest = _read_day(first) if first else now - REFERENCE_WINDOW
    latest = _read_day(last) + timedelta(days=1) if last else now
    found = [
        shipment
        for shipment in world.with_reference(unquote(value))
        if earliest <= created_at(shipment) <= latest and (not shipper or shipment["id"][2:8] == shipper)
    ]
    if not found:
        return _not_found(value)
    packages = [_package(world, shipment, package) for shipment in found for package in shipment["packages"]]
    return {"trackResponse": {"shipment": [{"inquiryNumber": value, "package": packages}]}}


def _read_number(number: str) -> str:
    if not INQUIRY_NUMBER.fullmatch(number):
        raise UPSError("TV1002", "Invalid inquiry number")
    return number.upper()


def _read_day(written: str) -> datetime:
    try:
        return datetime.strptime(written, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise UPSError(INVALID, "A date must be YYYYMMDD.") from None


def _find(world: World, number: str) -> tuple[Document, Document] | None:
    shipment = world.shipment(number)
    if shipment is None or world.now() - created_at(shipment) > KEPT:
        return None
    package = next(package for package in shipment["packages"] if package["tracking_number"] == number)
    return None if package.get("journey") == "not_found" else (shipment, package)


def _not_found(number: str) -> Node:
    """Say that nothing is known: HTTP 200 with a warning, and no package (guide §0-8)."""
    warning = {"code": "TW0001", "message": "Tracking Information Not Found"}
    return {"trackResponse": {"shipment": [{"inquiryNumber": number, "warnings": [warning]}]}}


def _package(
    world: World,
    shipment: Document,
    package: Document,
    *,
    signature: bool = False,
    pod: bool = False,
    milestones: bool = False,
) -> Node:
    journey = travel(shipment, package, choose_kind(world.seed, package), world.now())
    newest_first = list(reversed(journey.scans))
    made: Node = {
        "trackingNumber": package["tracking_number"],
        "deliveryDate": _delivery_dates(journey),
        "activity": [_activity(scan, len(journey.scans) - index) for index, scan in enumerate(newest_first)],
        "currentStatus": _status(newest_first[0]),
        "packageAddress": [_address("ORIGIN", shipment["origin"]), _address("DESTINATION", shipment["destination"])],
        "weight": {"unitOfMeasurement": "LBS", "weight": f"{float(package['weight_lbs']):.2f}"},
        "service": {
            "code": shipment["service"].rjust(3, "0"),
            "levelCode": shipment["service"].rjust(3, "0"),
            "description": SERVICE_NAMES.get(shipment["service"], "UPS"),
        },
        "referenceNumber": [{"type": "PACKAGE", "number": reference["value"]} for reference in shipment["references"]],
        "packageCount": len(shipment["packages"]),
    }
    if (window := _delivery_time(journey)) is not None:
        made["deliveryTime"] = window
    if package["signature"]:
        made["additionalServices"] = [
            "ADULT_SIGNATURE_REQUIRED" if package["signature"] == "adult" else "SIGNATURE_REQUIRED"
        ]
    if milestones:
        made["milestones"] = _milestones(journey)
    if journey.waits_since is not None and journey.delivered is None:
        made["accessPointInformation"] = {"pickupByDate": f"{journey.waits_since + HELD_FOR:%Y%m%d}"}
    if journey.delivered is not None:
        receiver = shipment["origin"] if journey.is_returned else shipment["destination"]
        information: Node = {
            "location": "UPS ACCESS POINT" if journey.waits_since and not journey.is_returned else "FRONT DOOR",
            "receivedBy": (receiver["attention"] or receiver["name"]).upper(),
        }
        if signature:
            information["signature"] = {"image": _SIGNATURE}
        if pod:
            letter = f"<html><body>Proof of delivery (SAMPLE) for {package['tracking_number']}</body></html>"
            information["pod"] = {"content": base64.b64encode(letter.encode()).decode()}
            if shipment["destination"]["residential"] and not package["signature"] and not journey.is_returned:
                information["deliveryPhoto"] = {
                    "isNonPostalCodeCountry": False,
                    "photo": _SIGNATURE,
                    "photoCaptureInd": "Y",
                    "photoDispositionCode": "V",
                }
        made["deliveryInformation"] = information
    return made


def _activity(scan: Scan, position: int) -> Node:
    local = scan.at.astimezone(scan.zone)
    place = {
        "city": scan.place.get("city", ""),
        "stateProvince": scan.place.get("state", ""),
        "postalCode": scan.place.get("postal_code", ""),
        "country": scan.place["country"],
        "countryCode": scan.place["country"],
    }
    made: Node = {
        "date": f"{local:%Y%m%d}",
        "time": f"{local:%H%M%S}",
        "location": {"address": {name: value for name, value in place.items() if value}, "slic": f"{position:04d}"},
        "status": _status(scan),
    }
    if scan.has_gmt:
        moment = scan.at.astimezone(UTC)
        hours = int((scan.zone.utcoffset(None)).total_seconds() // 3600)
        made["gmtDate"] = f"{moment:%Y%m%d}"
        # Both notations have been seen: with colons, and digits without leading zeros (guide §7.3).
        made["gmtTime"] = f"{moment:%H:%M:%S}" if position % 2 else str(int(f"{moment:%H%M%S}"))
        made["gmtOffset"] = f"{'-' if hours < 0 else '+'}{abs(hours):02d}:00"
    return made


def _status(scan: Scan) -> Node:
    return {
        "type": scan.kind,
        "code": scan.code,
        "statusCode": scan.status,
        "description": scan.description,
        "simplifiedTextDescription": scan.simple,
    }


def _address(kind: str, place: Document) -> Node:
    address = {
        "city": place["city"],
        "stateProvince": place["state"],
        "countryCode": place["country"],
        "country": place["country"],
    }
    return {"type": kind, "address": {name: value for name, value in address.items() if value}}


def _delivery_dates(journey: Journey) -> list[Node]:
    if journey.delivered is not None:
        return [{"type": "DEL", "date": f"{journey.delivered.at.astimezone(journey.delivered.zone):%Y%m%d}"}]
    if any(scan.kind == "MV" or scan.status == "035" for scan in journey.scans):
        return []
    dates = [{"type": "SDD", "date": f"{journey.scheduled:%Y%m%d}"}]
    if journey.rescheduled is not None:
        dates.append({"type": "RDD", "date": f"{journey.rescheduled:%Y%m%d}"})
    return dates


def _delivery_time(journey: Journey) -> Node | None:
    if journey.delivered is not None:
        return {"type": "DEL", "endTime": f"{journey.delivered.at.astimezone(journey.delivered.zone):%H%M%S}"}
    if not _delivery_dates(journey):
        return None
    if journey.scans[-1].status == "021":
        return {"type": "EDW", "startTime": "120000", "endTime": "160000"}
    by = f"{journey.scheduled:%H%M%S}"
    return {"type": "EOD" if by == END_OF_DAY else "CMT", "endTime": by}


def _milestones(journey: Journey) -> list[Node]:
    steps = (("Label Created", "M"), ("We Have Your Package", "I"), ("Out for Delivery", "021"), ("Delivery", "D"))
    seen = {scan.kind for scan in journey.scans} | {scan.status for scan in journey.scans}
    reached = [name for name, mark in steps if mark in seen]
    return [
        {
            "category": name,
            "code": mark,
            "current": name == reached[-1],
            "description": name,
            "state": "complete" if name in reached else "incomplete",
        }
        for name, mark in steps
    ]
