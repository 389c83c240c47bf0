"""Where parcels are: ``POST /tracking/v3r2/tracking`` and ``GET /tracking/v3/tracking/{trackingNumber}`` (field guide usps.md §7)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps import journey
from cartcarrier.sandbox.usps.account import World, age, strip_routing
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import ShapeError, USPSError
from cartcarrier.sandbox.usps.journey import Scan
from cartcarrier.sandbox.usps.products import CLASSES, EXTRA_SERVICES
from cartcarrier.sandbox.usps.shapes import check_query, choice, day, flag, group, many, text

BATCH: Final = 35
API: Final = "/tracking/v3r2"
_ZIP: Final = text(pattern=r"\d{5}")
BATCH_REQUEST: Final = many(
    group({"trackingNumber*": text(), "mailingDate": day, "destinationZIPCode": _ZIP, "includeVeriPoint": flag}),
    least=1,
    most=BATCH,
)
_QUERY: Final = {"expand": choice("SUMMARY DETAIL"), "destinationZIPCode": _ZIP, "mailingDate": day}
NOT_YET: Final = (
    "A status update is not yet available on your package. It will be available when the shipper provides an update or the"
    " package is delivered to USPS. Check back soon."
)
MAYBE_WRONG: Final = (
    "The tracking number may be incorrect or the status update is not yet available. Please verify your tracking number and"
    " try again later."
)
_CANNED: Final = {
    "420117419361289691090029427113": "normal",
    "9361289691090029427113": "normal",
    "92026124161170148800003176": "attempted",
    "92055124161170148800000274": "attempted",
    "9205590982952107001084": "untendered",
}
"""Numbers that answer in USPS's test environment (guide §1.3)."""


def track_batch(world: World, body: object) -> tuple[int, object]:
    """Answer up to 35 numbers at once: 200 when all are known, 207 when some are not, 404 for a lone unknown one.

    Raises:
        USPSError: 404 for an app that is on the older version; 404 as above.
        ShapeError: What the gateway does not let through.
    """
    if world.switch("tracking_api") == "v3":
        raise USPSError("", "Resource Not Found", status=404)
    BATCH_REQUEST(body, "")
    assert isinstance(body, list)  # noqa: S101 - the shape above says so
    found: list[Node] = []
    failed = 0
    for entry in body:
        try:
            found.append(_detail(world, *_find(world, entry["trackingNumber"]), world.now()))
        except USPSError as error:
            failed += 1
            found.append({**error.body(API), "statusCode": "404", "trackingNumber": entry["trackingNumber"]})
            if len(body) == 1:
                raise USPSError(error.code, error.detail, "trackingNumber", status=404) from None
    return (207 if failed else 200), found


def track(world: World, number: str, query: dict[str, str]) -> Node:
    """Answer one number, in the older version.

    Raises:
        USPSError: 400 with 150001 or 150002: nothing is known.
        ShapeError: The app is on the newer version: the gateway does not let the older one through (guide §7.1).
    """
    if world.switch("tracking_api") == "v3r2":
        raise ShapeError("Operation 'GET' is not allowed on path '/tracking/{trackingNumber}'", "")
    check_query(query, _QUERY, "/tracking/{trackingNumber}")
    label, kind = _find(world, number)
    scans = journey.travel(label, kind, world.now())
    if query.get("expand", "SUMMARY") == "SUMMARY":
        return _summary(world, label, scans)
    return _old_detail(world, label, scans)


def unique_id(label: Document) -> str:
    """Return what tells a parcel from others that bear the same number; orders for letters must repeat it."""
    return f"U{label['number'][-12:]}"


def written_at(world: World, label: Document, at: datetime) -> Node:
    """Return what a push says of a parcel: its detail as it was at a time, as ``track_batch`` writes it."""
    return _detail(world, label, journey.choose_kind(world.seed, label), at)


def _find(world: World, number: str) -> tuple[Document, str]:
    if world.switch("test_environment"):
        return _find_canned(world, number)
    label = world.label(number)
    if label is None:
        raise USPSError("150002", MAYBE_WRONG, "trackingNumber")
    kind = journey.choose_kind(world.seed, label)
    late = timedelta(seconds=float(world.switch("find_late_seconds")))
    if kind == "not_found" or age(label, world.now()) < late:
        raise USPSError("150002", MAYBE_WRONG, "trackingNumber")
    if not journey.travel(label, kind, world.now()):
        raise USPSError("150001", NOT_YET, "trackingNumber")
    return label, kind


def _find_canned(world: World, number: str) -> tuple[Document, str]:
    """Return the parcel behind one of the numbers that the test environment answers; its own labels never get a scan."""
    kind = _CANNED.get("".join(number.split())) or _CANNED.get(strip_routing(number))
    if kind is None:
        raise USPSError("150001", NOT_YET, "trackingNumber")
    made = world.now() - timedelta(days=10)
    place = {
        "name": "",
        "firm": "SAMPLE",
        "lines": ["1 MAIN ST"],
        "country": "US",
        "plus_four": "",
        "first": "",
        "last": "",
    }
    label: Document = {
        "number": strip_routing(number),
        "kind": "domestic",
        "mail_class": "PRIORITY_MAIL",
        "service_type": "055",
        "zone": "04",
        "created_at": made.isoformat(),
        "mailing_date": made.date().isoformat(),
        "status": "ACTIVE",
        "journey": kind,
        "told": True,
        "services": [],
        "held": False,
        "from": {**place, "city": "RICHMOND", "state": "VA", "zip_code": "23227"},
        "to": {**place, "city": "CEDAR RAPIDS", "state": "IA", "zip_code": "52404"},
    }
    return label, kind


def _detail(world: World, label: Document, kind: str, at: datetime) -> Node:
    scans = journey.travel(label, kind, at)
    last = scans[-1]
    made: Node = {
        "trackingNumber": label["number"],
        "mailClass": _decorated(CLASSES[label["mail_class"]].name),
        "mailType": "INTERNATIONAL_OUTBOUND" if label["kind"] == "international" else "DOMESTIC_MAIL",
        "mailingDate": label["mailing_date"],
        "kahalaIndicator": False,
        "services": [_decorated("USPS Tracking"), *_services(label)],
        "status": last.text,
        "statusCategory": last.category,
        "statusSummary": _sentence(last),
        "accessControl": "FREE",
        "uniqueTrackingID": unique_id(label),
        "originCity": label["from"]["city"].upper(),
        "originState": label["from"]["state"],
        "originZIPCode": label["from"]["zip_code"],
        "originCountry": "US",
        "destinationCountry": label["to"]["country"],
        "servicesEligibility": {
            "proofOfDeliveryEnabled": last.category == "Delivered",
            "RREEnabled": False,
            "trackingProofOfDeliveryEnabled": False,
        },
        "trackingEvents": [_event(world, scan) for scan in reversed(scans)],
    }
    if label["service_type"]:
        made["serviceTypeCode"] = label["service_type"]
    if label["kind"] != "international":
        made |= {
            "destinationCity": label["to"]["city"].upper(),
            "destinationState": label["to"]["state"],
            "destinationZIPCode": label["to"]["zip_code"],
        }
        if last.category != "Pre-Shipment":
            made["deliveryDateExpectation"] = _expectation(label, scans)
    return made


def _expectation(label: Document, scans: tuple[Scan, ...]) -> Node:
    expected = journey.due(label)
    if any("Late" in scan.text for scan in scans):
        expected = scans[-1].at.date() + timedelta(days=1) if scans[-1].category != "Delivered" else scans[-1].at.date()
    made: Node = {"expectedDeliveryDate": expected.isoformat(), "endOfDay": "9:00 pm"}
    if CLASSES[label["mail_class"]].guaranteed:
        made["guaranteedDeliveryDate"] = journey.due(label).isoformat()
    else:
        made |= {
            "predictedDeliveryDate": expected.isoformat(),
            "predictedDeliveryWindowStartTime": "1:15pm",
            "predictedDeliveryWindowEndTime": "5:15pm",
        }
    return made


def _event(world: World, scan: Scan) -> Node:
    local = scan.at.astimezone(scan.zone)
    made: Node = {
        "eventType": scan.text,
        "eventCode": scan.code,
        "eventTimestamp": _local(world, local),
        "GMTTimestamp": f"{scan.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
        "GMTOffset": _offset(world, local),
        "eventCity": scan.place["city"].upper(),
        "eventCountry": "" if scan.place["country"] == "US" else scan.place["country"],
    }
    if len(scan.place["state"]) == 2 and scan.place["country"] == "US":
        made |= {"eventState": scan.place["state"], "eventZIPCode": scan.place["zip_code"]}
    if scan.signer:
        made["recipientName"] = scan.signer
    return made


def _old_event(world: World, scan: Scan) -> Node:
    made = _event(world, scan)
    made["eventZIP"] = made.pop("eventZIPCode", "")
    made.setdefault("eventState", "")
    name = made.pop("recipientName", "")
    made |= {"firm": "", "name": name, "authorizedAgent": _truth(world, value=False)}
    return made


def _old_detail(world: World, label: Document, scans: tuple[Scan, ...]) -> Node:
    last = scans[-1]
    made: Node = {
        "trackingNumber": label["number"],
        "mailClass": _decorated(CLASSES[label["mail_class"]].name),
        "mailType": "INTERNATIONAL_OUTBOUND" if label["kind"] == "international" else "DOMESTIC_MAIL",
        "serviceTypeCode": label["service_type"],
        "services": ["USPS Tracking", *_services(label)],
        "status": last.text,
        "statusCategory": last.category,
        "statusSummary": _sentence(last),
        "originCity": label["from"]["city"].upper(),
        "originState": label["from"]["state"],
        "originZIP": label["from"]["zip_code"],
        "accessControl": "FREE",
        "proofOfDeliveryEnabled": _truth(world, value=last.category == "Delivered"),
        "onTime": _truth(world, value=not any("Late" in scan.text for scan in scans)),
        "uniqueMailPieceId": unique_id(label),
        "tableCode": "T",
        "mailPieceIntakeDate": f"{scans[0].at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
        "trackingEvents": [_old_event(world, scan) for scan in reversed(scans)],
    }
    if label["kind"] != "international":
        made |= {
            "destinationCity": label["to"]["city"].upper(),
            "destinationState": label["to"]["state"],
            "destinationZIP": label["to"]["zip_code"],
        }
        if last.category != "Pre-Shipment":
            made |= {
                "expectedDeliveryTimeStamp": f"{journey.due(label).isoformat()}T00:00:00Z",
                "predictedDeliveryDate": journey.due(label).isoformat(),
            }
    return made


def _summary(world: World, label: Document, scans: tuple[Scan, ...]) -> Node:
    del world
    made: Node = {"trackingNumber": label["number"], "eventSummaries": [_sentence(scan) for scan in reversed(scans)]}
    if label["kind"] != "international":
        made["expectedDeliveryDate"] = journey.due(label).isoformat()
    return made


def _services(label: Document) -> list[str]:
    return [EXTRA_SERVICES[service["code"]][0] for service in label["services"] if service["code"] != 920]


def _decorated(name: str) -> str:
    return f"{name}<SUP>&reg;</SUP>"


def _sentence(scan: Scan) -> str:
    local = scan.at.astimezone(scan.zone)
    place = " ".join(part for part in (scan.place["city"], scan.place["state"], scan.place["zip_code"]) if part)
    return f"{scan.text}, {local:%B} {local.day}, {local.year}, {local:%I:%M %p}, {place.upper()}".rstrip(", ")


def _local(world: World, local: datetime) -> str:
    """Write the wall clock, as USPS does: without a zone; samples append a wrong Z (guide §7.3)."""
    return f"{local:%Y-%m-%dT%H:%M:%S}" + ("Z" if world.switch("false_z") else "")


def _offset(world: World, local: datetime) -> str:
    offset = local.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    style = world.switch("gmt_offset_style")
    if style == "minutes":
        return str(minutes)
    sign = "-" if minutes < 0 else "+" if style == "+hh:mm" else ""
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{hours:02d}:{rest:02d}" if style == "+hh:mm" else f"{sign}{hours}:{rest:02d}"


def _truth(world: World, *, value: bool) -> object:
    return str(value).lower() if world.switch("string_booleans") else value
