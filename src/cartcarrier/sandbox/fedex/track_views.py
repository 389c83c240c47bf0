"""What a tracking answer says about one parcel (field guide fedex.md §7.2, §7.4)."""

from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex.account import created_at
from cartcarrier.sandbox.fedex.codes import SERVICES
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.journey import Journey, Scan, tendered_at
from cartcarrier.sandbox.fedex.words import say

COUNTRY_NAMES: Final = {"US": "United States", "CA": "Canada", "GB": "United Kingdom", "FR": "France", "DE": "Germany"}
MEMPHIS: Final = timezone(timedelta(hours=-6))
"""What stands at midnight in this zone is a day, not a moment (guide §7.4)."""
IDENTIFIERS: Final = {
    "CUSTOMER_REFERENCE": "CUSTOMER_REFERENCE",
    "P_O_NUMBER": "PURCHASE_ORDER",
    "INVOICE_NUMBER": "INVOICE",
    "DEPARTMENT_NUMBER": "DEPARTMENT",
    "RMA_ASSOCIATION": "RETURN_MATERIALS_AUTHORIZATION",
}
"""A label's type of reference -> what tracking calls it."""


def unique_id(shipment: Document, package: Document) -> str:
    """Return what tells apart parcels that bear the same number at different times."""
    day = (created_at(shipment).date() - date(1858, 11, 17)).days
    kind = "FDEG" if SERVICES[shipment["service"]].is_ground else "FX"
    return f"{2400000 + day}~{package['tracking_number']}~{kind}"


def number_info(shipment: Document, package: Document) -> Node:
    """Return the number, the carrier and what makes the number unique."""
    return {
        "trackingNumber": package["tracking_number"],
        "carrierCode": SERVICES[shipment["service"]].carrier,
        "trackingNumberUniqueId": unique_id(shipment, package),
    }


def result(shipment: Document, package: Document, journey: Journey, *, detailed: bool, locale: str) -> Node:
    """Return a parcel's ``trackResult``.

    Args:
        shipment: The document of its shipment.
        package: Its own.
        journey: Its story so far.
        detailed: Whether every scan is wanted, or the newest.
        locale: The language of the texts.
    """
    newest_first = list(reversed(journey.scans))
    service = SERVICES[shipment["service"]]
    made: Node = {
        "trackingNumberInfo": number_info(shipment, package),
        "additionalTrackingInfo": {
            "nickname": "",
            "packageIdentifiers": _identifiers(shipment, package),
            "hasAssociatedShipments": len(shipment["packages"]) > 1,
        },
        "shipperInformation": {"address": _address(shipment["origin"])},
        "recipientInformation": {"address": _address(shipment["destination"])},
        "latestStatusDetail": _status(newest_first[0], locale),
        "dateAndTimes": _dates(shipment, journey),
        "packageDetails": _package(shipment, package),
        "shipmentDetails": {
            "beforePossessionStatus": len(journey.scans) == 1,
            "weight": _weights(package),
        },
        "scanEvents": [_event(scan, locale) for scan in (newest_first if detailed else newest_first[:1])],
        "serviceDetail": {"type": service.code, "description": service.name, "shortDescription": service.number},
        "deliveryDetails": _delivery(shipment, journey),
        "originLocation": {"locationContactAndAddress": {"address": _address(shipment["origin"])}},
        "destinationLocation": {"locationContactAndAddress": {"address": _address(shipment["destination"])}},
        "lastUpdatedDestinationAddress": _address(shipment["destination"]),
        "availableImages": _images(journey),
        "availableNotifications": ["ON_DELIVERY", "ON_EXCEPTION"],
        "goodsClassificationCode": "",
    }
    made |= _windows(shipment, journey)
    if journey.is_returned:
        made["returnDetail"] = {
            "authorizationName": "",
            "reasonDetail": [{"type": "REJECTED", "description": "Package not accepted by recipient"}],
        }
    return made


def _identifiers(shipment: Document, package: Document) -> list[Node]:
    found = [
        {"type": IDENTIFIERS.get(each["type"], "SHIPPER_REFERENCE"), "value": [each["value"]]}
        for each in package["references"]
    ]
    if len(shipment["packages"]) > 1:
        found.append({"type": "STANDARD_MPS", "value": [shipment["id"]]})
    return found


def _status(scan: Scan, locale: str) -> Node:
    made: Node = {
        "code": scan.code,
        "derivedCode": scan.derived,
        "statusByLocale": say(scan.text, locale),
        "description": say(scan.text, locale),
        "scanLocation": _address(scan.place),
    }
    if scan.exception[0]:
        code, words = scan.exception
        made["ancillaryDetails"] = [
            {"reason": code, "reasonDescription": words, "action": "No action is required.", "actionDescription": words}
        ]
    if scan.delay:
        made["delayDetail"] = {"type": scan.delay, "status": "DELAYED"}
    return made


def _event(scan: Scan, locale: str) -> Node:
    moment = scan.at.astimezone(scan.zone)
    made: Node = {
        "date": moment.date().isoformat() if scan.date_only else moment.isoformat(timespec="seconds"),
        "eventType": scan.code,
        "eventDescription": say(scan.text, locale),
        "derivedStatusCode": scan.derived,
        "derivedStatus": say(scan.text, locale),
        "exceptionCode": scan.exception[0],
        "exceptionDescription": scan.exception[1],
        "scanLocation": _address(scan.place),
        "locationType": scan.location,
    }
    if scan.delay:
        made["delayDetail"] = {"type": scan.delay, "status": "DELAYED"}
    return made


def _dates(shipment: Document, journey: Journey) -> list[Node]:
    """Return the dates: estimates stay until delivery, and days are midnights in Memphis."""
    found = [("SHIP", _midnight(datetime.fromisoformat(shipment["ship_date"])))]
    picked = next((scan for scan in journey.scans if scan.code == "PU"), None)
    if picked is None:
        origin = journey.scans[0].zone
        found.append(("ANTICIPATED_TENDER", _midnight(tendered_at(shipment).astimezone(origin))))
    else:
        found.append(("ACTUAL_PICKUP", picked.at.astimezone(picked.zone).isoformat(timespec="seconds")))
    if journey.delivered is not None:
        done = journey.delivered
        found.insert(0, ("ACTUAL_DELIVERY", done.at.astimezone(done.zone).isoformat(timespec="seconds")))
    elif _is_expected(journey):
        due = journey.rescheduled or journey.scheduled
        by_day = SERVICES[shipment["service"]].is_ground
        found.append(("ESTIMATED_DELIVERY", _midnight(due) if by_day else due.isoformat(timespec="seconds")))
        if not by_day:
            found.append(("COMMITMENT", journey.scheduled.isoformat(timespec="seconds")))
    return [{"type": kind, "dateTime": value} for kind, value in found]


def _midnight(moment: datetime) -> str:
    return datetime.combine(moment.date(), time(), MEMPHIS).isoformat(timespec="seconds")


def _is_expected(journey: Journey) -> bool:
    return not journey.is_returned and not any(scan.code == "CA" for scan in journey.scans)


def _windows(shipment: Document, journey: Journey) -> Node:
    """Return the windows of delivery: the standard one, and a narrow one on the day; one end may lack its zone."""
    if journey.delivered is not None or not _is_expected(journey):
        return {}
    due = journey.rescheduled or journey.scheduled
    made: Node = {
        "standardTransitTimeWindow": {
            "type": "ESTIMATED_DELIVERY",
            "window": {"ends": _midnight(due) if SERVICES[shipment["service"]].is_ground else due.isoformat()},
        }
    }
    if journey.scans[-1].code == "OD":
        begins, ends = due.replace(hour=12, minute=0), due.replace(hour=16, minute=0)
        made["estimatedDeliveryTimeWindow"] = {
            "type": "ESTIMATED_DELIVERY",
            "window": {"begins": begins.replace(tzinfo=None).isoformat(), "ends": ends.isoformat()},
        }
    return made


def _delivery(shipment: Document, journey: Journey) -> Node:
    made: Node = {"deliveryAttempts": str(journey.attempts), "destinationServiceArea": "A1"}
    if journey.delivered is None:
        return made
    receiver = shipment["origin"] if journey.is_returned else shipment["destination"]
    name = (receiver["attention"] or receiver["name"]).upper()
    where = "FEDEX_LOCATION" if journey.delivered.location == "FEDEX_OFFICE_LOCATION" else None
    return {
        **made,
        "deliveryAttempts": str(journey.attempts + 1),
        "receivedByName": name,
        "signedByName": name,
        "actualDeliveryAddress": _address(journey.delivered.place),
        "locationType": where or ("RESIDENCE" if receiver.get("residential") else "RECEPTIONIST_OR_FRONT_DESK"),
        "locationDescription": "Left at front door" if receiver.get("residential") else "Receptionist/Front Desk",
    }


def _images(journey: Journey) -> list[Node]:
    return [{"type": "SIGNATURE_PROOF_OF_DELIVERY", "size": "LARGE"}] if journey.delivered is not None else []


def _package(shipment: Document, package: Document) -> Node:
    dimensions = [
        {"length": length, "width": width, "height": height, "units": package["side_unit"]}
        for length, width, height in ([package["sides"]] if package["sides"] else [])
    ]
    return {
        "sequenceNumber": str(package["sequence"]),
        "count": str(len(shipment["packages"])),
        "packagingDescription": {
            "type": shipment["packaging"],
            "description": shipment["packaging"].replace("_", " ").title(),
        },
        "weightAndDimensions": {"weight": _weights(package), "dimensions": dimensions},
        "packageContent": [],
    }


def _weights(package: Document) -> list[Node]:
    return [{"unit": package["weight_unit"], "value": package["weight"]}]


def _address(place: dict[str, Any]) -> Node:
    """Return a place without its street, which only the account's own secured answers have."""
    made = {
        "city": place["city"].upper(),
        "stateOrProvinceCode": place.get("state", ""),
        "postalCode": place.get("postal_code", ""),
        "countryCode": place["country"],
        "countryName": COUNTRY_NAMES.get(place["country"], ""),
    }
    return {**{name: value for name, value in made.items() if value}, "residential": bool(place.get("residential"))}
