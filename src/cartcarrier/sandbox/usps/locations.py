"""Post offices, drop-off places and lockers: ``GET /locations/v3/…`` (field guide usps.md §4.9, §12). All invented."""

from typing import Final

from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.gazetteer import city_of, zip_of
from cartcarrier.sandbox.usps.geography import STATES, state_of
from cartcarrier.sandbox.usps.products import CATEGORIES, FACILITIES, LABEL_CLASSES
from cartcarrier.sandbox.usps.shapes import check_query, choice, day, text

PAGE: Final = 20
MOST: Final = 100
_NUMBER: Final = text(pattern=r"-?\d+(?:\.\d+)?")
_WHOLE: Final = text(pattern=r"\d+")
_ZIP: Final = text(pattern=r"\d{5}(?:-\d{4})?")
_PICKUP_SERVICES: Final = (
    "PICKUP_ACCOUNTABLE_MAIL PICKUP_HOLD_MAIL PICKUP_NOTICE_LEFT_MAIL PICKUP_PARCEL_LOCKER HOLD_FOR_PICKUP"
)
_PLACE: Final = {
    "streetAddress": text(),
    "secondaryAddress": text(),
    "city": text(),
    "state": choice(" ".join(sorted(STATES))),
    "urbanization": text(),
    "ZIPCode": _ZIP,
    "ZIPPlus4": text(pattern=r"\d{4}"),
    "LAT": _NUMBER,
    "LONG": _NUMBER,
    "radius": _WHOLE,
    "length": _NUMBER,
    "width": _NUMBER,
    "height": _NUMBER,
    "offset": _WHOLE,
    "limit": _WHOLE,
}
_LOCKERS: Final = {name: _PLACE[name] for name in ("city", "state", "ZIPCode", "offset", "limit")}
_OFFICES: Final = {
    **_PLACE,
    "postOfficeType": choice("CONTRACT_POSTAL_UNIT POST_OFFICE SELF_SERVICE_KIOSK VILLAGE_POST_OFFICE"),
    "mailingService": text(),
    "businessService": text(),
    "passportService": text(),
    "pickupService": choice(_PICKUP_SERVICES),
    "financialService": text(),
    "hours": choice("WEEKDAY_AFTER_5 SATURDAY_HOURS SUNDAY_HOURS 24-HOUR_FACILITIES"),
}
_DROPOFF: Final = {
    "destinationZIPCode*": text(pattern=r"\d{5}"),
    "destinationZIPPlus4": text(pattern=r"\d{4}"),
    "mailClass": choice(LABEL_CLASSES),
    "processingCategory": choice(CATEGORIES),
    "destinationEntryFacilityType": choice(FACILITIES),
    "palletized": choice("PALLETIZED NON_PALLETIZED BOTH"),
    "mailingDate": day,
}
_WEEKDAYS: Final = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")
# Name, type, whether it keeps parcels for pickup, whether it is open on Saturdays.
_BRANCHES: Final = (
    ("MAIN POST OFFICE", "POST_OFFICE", True, True),
    ("DOWNTOWN STATION", "POST_OFFICE", True, False),
    ("UNIVERSITY BRANCH", "POST_OFFICE", False, True),
    ("CORNER STORE", "CONTRACT_POSTAL_UNIT", False, True),
    ("LOBBY KIOSK", "SELF_SERVICE_KIOSK", False, True),
)


def find_offices(world: World, query: dict[str, str]) -> Node:
    """Answer which post offices are near.

    Raises:
        USPSError: 160033 no such place, 160171 and 160230 none or several ways to say where, 160231 lockers without sizes.
        ShapeError: What the gateway does not let through.
    """
    check_query(query, _OFFICES, "/post-office-locations")
    zip_code = _read_place(query)
    sized = all(name in query for name in ("length", "width", "height"))
    if query.get("pickupService") == "PICKUP_PARCEL_LOCKER" and not sized:
        raise USPSError("160231", "'PICKUP_PARCEL_LOCKER' service requires dimensions", "pickupService")
    found = [
        _office(world, zip_code, index)
        for index, (_, kind, holds, saturday) in enumerate(_BRANCHES)
        if _fits(query, kind, holds=holds, saturday=saturday)
    ]
    offset, limit = int(query.get("offset", "0")), min(int(query.get("limit", str(PAGE))), MOST)
    return {
        "locations": found[offset : offset + limit],
        "metadata": {
            "totalCount": len(found),
            "page": offset // limit + 1 if limit else 1,
            "totalPages": -(-len(found) // limit) if limit else 0,
            "limit": limit,
            "offset": offset,
        },
    }


def find_lockers(query: dict[str, str]) -> list[Node]:
    """Answer which parcel lockers are near.

    Raises:
        USPSError: 160033 no such place, 160171 and 160230 none or several ways to say where.
        ShapeError: What the gateway does not let through.
    """
    check_query(query, _LOCKERS, "/parcel-locker-locations")
    zip_code = _read_place(query)
    offset, limit = int(query.get("offset", "0")), min(int(query.get("limit", str(PAGE))), MOST)
    return [_locker(zip_code, index) for index in range(2)][offset : offset + limit]


def find_dropoffs(query: dict[str, str]) -> list[Node]:
    """Answer where parcels for a ZIP code can be entered into the mail.

    Raises:
        USPSError: 160033 no such place.
        ShapeError: What the gateway does not let through.
    """
    check_query(query, _DROPOFF, "/dropoff-locations")
    zip_code = query["destinationZIPCode"]
    if state_of(zip_code) is None:
        raise USPSError("160033", "No geocode candidates found for requested address")
    hours = [{"dayOfWeek": day_, "times": [{"openTime": "08:00:00", "closeTime": "17:00:00"}]} for day_ in _WEEKDAYS]
    return [
        {
            "dropShipmentKey": f"{zip_code}1",
            "facilityName": f"DELIVERY UNIT {zip_code}",
            "facilityAddress": {"address": _address(zip_code, 1)},
            "dropSitePhoneNumber": "8005550100",
            "destinationZIPCode": zip_code,
            "destinationEntryFacilityType": "DESTINATION_DELIVERY_UNIT",
            "acceptedPackageTypes": [
                {"mailClass": "PARCEL_SELECT", "processingCategory": "MACHINABLE", "palletized": "NON_PALLETIZED"}
            ],
            "dropShipAcceptanceTimes": hours,
            "timeZone": "US/Eastern",
            "DSTObserved": True,
        }
    ]


def _read_place(query: dict[str, str]) -> str:
    ways = {
        "ZIPCode": "ZIPCode" in query and "streetAddress" not in query and "city" not in query,
        "city": "city" in query and "state" in query,
        "point": "LAT" in query and "LONG" in query,
        "street": "streetAddress" in query and "ZIPCode" in query and "city" not in query,
    }
    said = [name for name, given in ways.items() if given]
    sentence = "one of a complete domestic address, city & state, ZIPCode, or LAT & LONG is required"
    if not said:
        raise USPSError("160171", sentence, "streetAddress/secondaryAddress/city/state/ZIPCode/LAT/LONG")
    if len(said) > 1:
        raise USPSError("160230", f"only {sentence}", "streetAddress/secondaryAddress/city/state/ZIPCode/LAT/LONG")
    if "ZIPCode" in query:
        zip_code = query["ZIPCode"][:5]
        if state_of(zip_code) is None:
            raise USPSError("160033", "No geocode candidates found for requested address")
        return zip_code
    if said[0] == "point":
        return "10018"
    found = zip_of(query["city"], query["state"])
    if found is None:
        raise USPSError("160033", "No geocode candidates found for requested address")
    return found


def _fits(query: dict[str, str], kind: str, *, holds: bool, saturday: bool) -> bool:
    if query.get("postOfficeType", kind) != kind:
        return False
    if query.get("pickupService") == "HOLD_FOR_PICKUP" and not holds:
        return False
    return query.get("hours") != "SATURDAY_HOURS" or saturday


def _office(world: World, zip_code: str, index: int) -> Node:
    name, kind, holds, saturday = _BRANCHES[index]
    opening = [{"dayOfWeek": day_, "times": [{"openTime": "09:00:00", "closeTime": "17:00:00"}]} for day_ in _WEEKDAYS]
    if saturday:
        opening.append({"dayOfWeek": "SATURDAY", "times": [{"openTime": "09:00:00", "closeTime": "13:00:00"}]})
    services: list[Node] = [{"service": "BUSINESS_HOURS", "hours": opening}]
    if holds:
        services.append({"service": "HOLD_FOR_PICKUP", "hours": opening})
    return {
        "facilityName": name,
        "facilityAddress": _address(zip_code, index),
        # The description says facilityID, USPS's own example facilityId: the switch says which.
        str(world.switch("facility_id_name")): f"13{int(zip_code[:3]):03d}{index:02d}",
        "geoCoordinates": {"latitude": 30 + int(zip_code[:2]) / 10, "longitude": -70 - int(zip_code[:2]) / 2},
        "postOfficeType": kind,
        "distance": 0.4 + index * 1.1,
        "phoneNumbers": {"phone": f"800555010{index}"},
        "services": services,
        "temporaryClosure": False,
        "parking": "LOT",
        "timeZone": "US/Eastern",
        "DSTObserved": True,
    }


def _locker(zip_code: str, index: int) -> Node:
    return {
        "facilityID": f"15{int(zip_code[:3]):03d}{index:02d}",
        "locationName": f"SMART LOCKER {index + 1}",
        "locationAddress": _address(zip_code, index),
        "deliveryAddress": _address(zip_code, index),
        "latitude": 30 + int(zip_code[:2]) / 10,
        "longitude": -70 - int(zip_code[:2]) / 2,
        "lockerStatus": "ACTIVE",
        "lockerOnline": True,
        "lockerSizeMaximumLength": 18.0,
        "lockerSizeMaximumWidth": 15.0,
        "lockerSizeMaximumHeight": 12.0,
        "serviceDirectShip": True,
    }


def _address(zip_code: str, index: int) -> Node:
    known = city_of(zip_code)
    return {
        "streetAddress": f"{100 + index} POSTAL WAY",
        "city": known[0] if known is not None else f"TOWN {zip_code[:3]}",
        "state": state_of(zip_code),
        "ZIPCode": zip_code,
        "ZIPPlus4": "9998",
    }
