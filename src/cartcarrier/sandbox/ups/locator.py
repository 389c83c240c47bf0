"""Where the next place of UPS's is: ``POST /api/locations/{version}/search/availabilities/{option}`` (description of Locator)."""

from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.sandbox._gazetteer import STREETS, Street
from cartcarrier.sandbox._geography import US_LIKE, is_postal_code, is_state
from cartcarrier.sandbox.ups import answers, fields
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.places import ACCESS_POINT, CENTER, DROP_BOX, PLACES, STORE, DropPlace, miles_between

LOCATIONS: Final = "1"
ACCESS_POINTS: Final = "64"
OPTIONS: Final = frozenset({LOCATIONS, "8", "16", "24", "32", "40", "48", "56", ACCESS_POINTS})
_KILOMETERS: Final = Decimal("1.609344")
_RADIUS: Final = {"MI": (5, 100), "KM": (5, 150)}
_STATUSES: Final = {"01": "Active-available", "07": "Active-unavailable"}
_SERVICES: Final = (("011", "Drop off of labelled packages"), ("012", "Pickup by the receiver"))
_PROGRAMS: Final = (("001", "UPS Returns"),)


@attrs.frozen(kw_only=True)
class _Origin:
    country: str
    postal_code: str
    candidates: tuple[Node, ...] = ()


def locate(body: Node, *, option: str, version: int) -> Node:
    """Answer a question about places.

    Args:
        body: The request.
        option: The path's request option: 1 places, 64 Access Points, others what services there are.
        version: The path's version: before 3 some lone elements stand bare.

    Raises:
        UPSError: The first rule that is broken. That there is no place nearby is no error.
    """
    if option not in OPTIONS:
        raise UPSError(INVALID, f"{option} is not a request option.")
    root = fields.child(body, "LocatorRequest")
    request = fields.child(root, "Request")
    if fields.required(request, "RequestAction") != "Locator":
        raise UPSError(INVALID, "Request.RequestAction must be Locator.")
    if "Translate" not in root:
        raise UPSError(MISSING, "LocatorRequest.Translate is required.")
    unit = fields.text(root, "UnitOfMeasurement.Code")
    if option in {LOCATIONS, ACCESS_POINTS} and not unit:
        raise UPSError(MISSING, "UnitOfMeasurement.Code is required.")
    if unit not in {"", "MI", "KM"}:
        raise UPSError(INVALID, "UnitOfMeasurement.Code must be MI or KM.")
    unit = unit or "MI"
    results: Node = {}
    origin = _read_origin(root)
    if origin.candidates:
        results["GeocodeCandidate"] = list(origin.candidates)
    elif option in {LOCATIONS, ACCESS_POINTS}:
        found = _search(root, origin, option, unit)
        if found:
            results["DropLocation"] = answers.one_or_many(
                [_drop_location(place, distance, unit) for place, distance in found], single_as_object=version < 2
            )
        if "ExistIndicator" in fields.child(root, "LocationSearchCriteria.AccessPointSearch") and any(
            place.access_point and place.country == origin.country for place in PLACES
        ):
            results["ActiveAvailableAccessPointIndicator"] = ""
    else:
        results["AvailableLocationAttributes"] = _attributes(int(option))
    context = fields.text(request, "TransactionReference.CustomerContext")
    response: Node = {"ResponseStatusCode": "1", "ResponseStatusDescription": "Success"}
    if context:
        response["TransactionReference"] = {"CustomerContext": context}
    return {
        "LocatorResponse": {
            "Response": response,
            "SearchResults": results,
            "AllowAllConfidenceLevels": "False",
        }
    }


def _read_origin(root: Node) -> _Origin:
    address = fields.child(root, "OriginAddress.AddressKeyFormat")
    country = fields.required(
        address, "CountryCode", MISSING, "OriginAddress.AddressKeyFormat.CountryCode is required."
    )
    code = fields.text(address, "PostcodePrimaryLow").replace(" ", "").upper()
    city, state = fields.text(address, "PoliticalDivision2").upper(), fields.text(address, "PoliticalDivision1").upper()
    single = fields.text(address, "SingleLineAddress")
    if not code and not (city and state) and not single and not fields.child(root, "OriginAddress.Geocode"):
        wanted = fields.child(root, "LocationSearchCriteria.AccessPointSearch")
        if not fields.text(wanted, "PublicAccessPointID") and not fields.items(root, "LocationID"):
            raise UPSError(MISSING, "OriginAddress needs a postal code, or a city and a state.")
    if code and not is_postal_code(country, code):
        raise UPSError(INVALID, "OriginAddress.AddressKeyFormat.PostcodePrimaryLow is invalid for the country.")
    if state and not is_state(country, state):
        raise UPSError(INVALID, "OriginAddress.AddressKeyFormat.PoliticalDivision1 is invalid for the country.")
    if code or country not in US_LIKE:
        return _Origin(country=country, postal_code=code)
    words = single.upper().replace(",", " ").split()
    digits = next((word for word in words if len(word) == 5 and word.isdigit()), "")
    if digits:
        return _Origin(country=country, postal_code=digits)
    streets = {s.postal_code: s for s in STREETS if s.city == city and (not state or s.state == state)}
    if len(streets) > 1:
        return _Origin(country=country, postal_code="", candidates=tuple(_candidate(s) for s in streets.values()))
    return _Origin(country=country, postal_code=next(iter(streets), ""))


def _candidate(street: Street) -> Node:
    near = next((place for place in PLACES if place.city == street.city), PLACES[0])
    return {
        "AddressKeyFormat": {
            "AddressLine": street.name,
            "PoliticalDivision2": street.city,
            "PoliticalDivision1": street.state,
            "PostcodePrimaryLow": street.postal_code,
            "CountryCode": "US",
        },
        "Geocode": {"Latitude": near.latitude, "Longitude": near.longitude},
    }


def _search(root: Node, origin: _Origin, option: str, unit: str) -> list[tuple[DropPlace, Decimal]]:
    criteria = fields.child(root, "LocationSearchCriteria")
    most = _read_whole(criteria, "MaximumListSize", 5, (1, 50))
    radius = _read_whole(criteria, "SearchRadius", 100, _RADIUS[unit])
    wanted = fields.child(criteria, "AccessPointSearch")
    number, account = fields.text(wanted, "PublicAccessPointID"), fields.text(wanted, "AccountNumber")
    if number and account:
        raise UPSError(INVALID, "PublicAccessPointID cannot be combined with AccountNumber.")
    status = fields.text(wanted, "AccessPointStatus")
    if status not in {"", *_STATUSES}:
        raise UPSError(INVALID, "AccessPointStatus must be 01 or 07.")
    kinds = _read_kinds(criteria)
    listed = fields.items(root, "LocationID")
    found = []
    for place in PLACES:
        distance = Decimal(str(miles_between(origin.country, origin.postal_code, place)))
        if unit == "KM":
            distance *= _KILOMETERS
        if listed and place.id not in listed:
            continue
        if number:
            fits = place.access_point == number
        elif option == ACCESS_POINTS:
            fits = bool(place.access_point) and place.is_active == (status != "07")
        else:
            fits = place.kind[0] in kinds if kinds else not place.access_point
        if fits and (number or listed or (distance <= radius and place.country == origin.country)):
            found.append((place, distance.quantize(Decimal("0.1"))))
    return sorted(found, key=lambda pair: (pair[1], pair[0].id))[:most]


def _read_kinds(criteria: Node) -> set[str]:
    kinds: set[str] = set()
    for option in fields.objects(criteria, "SearchOption"):
        if fields.required(option, "OptionType.Code") not in {"01", "02", "03", "04", "05", "06"}:
            raise UPSError(INVALID, "SearchOption.OptionType.Code must be 01 to 06.")
        if fields.text(option, "OptionType.Code") == "01":
            kinds |= {fields.required(code, "Code") for code in fields.objects(option, "OptionCode")}
    return kinds


def _read_whole(node: Node, name: str, default: int, limits: tuple[int, int]) -> int:
    written = fields.text(node, name)
    if not written:
        return min(default, limits[1])
    if not written.isdigit() or not limits[0] <= int(written) <= limits[1]:
        raise UPSError(
            INVALID, f"LocationSearchCriteria.{name} must be a whole number from {limits[0]} to {limits[1]}."
        )
    return int(written)


def _drop_location(place: DropPlace, distance: Decimal, unit: str) -> Node:
    address = {
        "ConsigneeName": place.name,
        "AddressLine": place.line,
        "PoliticalDivision2": place.city,
        "PoliticalDivision1": place.state,
        "PostcodePrimaryLow": place.postal_code,
        "CountryCode": place.country,
    }
    opens, closes = place.opens
    made: Node = {
        "LocationID": place.id,
        "OriginOrDestination": "01",
        "IVR": {"PhraseID": f"DL{place.id}"},
        "Geocode": {"Latitude": place.latitude, "Longitude": place.longitude},
        "AddressKeyFormat": address,
        "PhoneNumber": ["8005550199"],
        "LocationAttribute": [
            {
                "OptionType": {"Code": "01", "Description": "Location"},
                "OptionCode": [{"Code": place.kind[0], "Description": place.kind[1]}],
            }
        ],
        "Distance": {
            # Four characters are all that the description allows; a distance of more is one without its decimal.
            "Value": str(distance) if len(str(distance)) <= 4 else str(distance.quantize(Decimal(1))),
            "UnitOfMeasurement": {"Code": unit, "Description": "Miles" if unit == "MI" else "Kilometers"},
        },
        "SpecialInstructions": [{"Segment": ["Ask at the counter."]}],
        "LatestGroundDropOffTime": [f"{closes - 13}:00pm"],
        "LatestAirDropOffTime": [f"{closes - 13}:00pm"],
        "StandardHoursOfOperation": f"Mon-Fri: {opens}:00am-{closes - 12}:00pm; Sat: {opens}:00am-12:00pm; Sun: Closed",
        "Timezone": place.timezone,
        "FacilityType": "PKG",
        "OperatingHours": {"StandardHours": [{"HoursType": "10", "DayOfWeek": _hours(place)}]},
    }
    if place.access_point:
        status = "01" if place.is_active else "07"
        made["AccessPointInformation"] = {
            "PublicAccessPointID": place.access_point,
            "AccessPointStatus": {"Code": status, "Description": _STATUSES[status]},
            "Availability": {"ShippingAvailability": {"AvailableIndicator": ""}} if place.is_active else {},
        }
    return made


def _hours(place: DropPlace) -> list[Node]:
    opens, closes = (f"{hour}00" if hour > 9 else f"0{hour}00" for hour in place.opens)
    week: list[Node] = [{"Day": "1", "ClosedIndicator": ""}]
    week += [{"Day": str(day), "OpenHours": opens, "CloseHours": closes} for day in range(2, 7)]
    return [*week, {"Day": "7", "OpenHours": opens, "CloseHours": "1200"}]


def _attributes(option: int) -> list[Node]:
    """Return what there is to search for: bits of the option ask for services (8), programs (16) and retail places (32)."""
    groups = (
        (8, "03", "AdditionalServices", _SERVICES),
        (16, "04", "ProgramType", _PROGRAMS),
        (32, "02", "RetailLocation", (STORE, CENTER, DROP_BOX, ACCESS_POINT)),
    )
    return [
        {
            "OptionType": {"Code": code, "Description": name},
            "OptionCode": [{"Code": key, "Description": text, "Name": text} for key, text in entries],
        }
        for bit, code, name, entries in groups
        if option & bit
    ]
