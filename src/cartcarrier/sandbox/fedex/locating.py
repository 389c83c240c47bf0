"""Where to drop parcels and have them held: ``POST /location/v1/locations``."""

from decimal import Decimal
from typing import Final

from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.places import STATIONS, Station
from cartcarrier.sandbox.fedex.requests import Place, read_place

CRITERIA: Final = frozenset({"ADDRESS", "GEOGRAPHIC_COORDINATES", "PHONE_NUMBER"})
_DAYS: Final = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_MILES_PER_DEGREE: Final = Decimal(60)


def find(body: Node) -> Node:
    """Answer which places are near.

    Args:
        body: The request.

    Raises:
        FedExError: The first rule that is broken, or there is nothing near.
    """
    criterion = fields.text(body, "locationSearchCriterion") or "ADDRESS"
    if criterion not in CRITERIA:
        raise invalid_input("locationSearchCriterion")
    address = fields.child(body, "location.address")
    if not address:
        raise FedExError("LOCATION.ADDRESS.REQUIRED", "The address is required.")
    position = fields.child(body, "location.longLat")
    if criterion == "GEOGRAPHIC_COORDINATES" and not position:
        raise FedExError("ERROR.LONGLAT.REQUIRED", "Longitude and latitude are required.")
    place = None if criterion == "GEOGRAPHIC_COORDINATES" else read_place(address, "LOCATION")
    country = fields.text(address, "countryCode")
    types, holding = fields.strings(body, "locationTypes"), _wants_holding(body)
    most = fields.number(body, "locationsSummaryRequestControlParameters.maxResults")
    reach = fields.number(body, "locationsSummaryRequestControlParameters.distance.value")
    found = sorted(
        (
            (_distance(station, place, position), station)
            for station in STATIONS
            if station.country == country and (not types or station.kind in types) and (station.holds or not holding)
        ),
        key=lambda pair: (pair[0], pair[1].id),
    )
    near = [pair for pair in found if reach is None or pair[0] <= reach][: int(most or 10)]
    if not near:
        raise FedExError("LOCATION.LOCATIONS.NOTFOUND", "No locations were found near that address.")
    made: Node = {
        "totalResults": len(found),
        "resultsReturned": len(near),
        "matchedAddress": address,
        "locationDetailList": [_detail(station, distance) for distance, station in near],
    }
    return made


def _wants_holding(body: Node) -> bool:
    kinds = {fields.text(each, "transferOfPossessionType") for each in fields.objects(body, "locationCapabilities")}
    return bool(kinds & {"HOLD_AT_LOCATION", "REDIRECT_TO_HOLD_AT_LOCATION"})


def _distance(station: Station, place: Place | None, position: Node) -> Decimal:
    """Return how far away a place is, in miles: by coordinates, else invented from the postal codes."""
    if place is None:
        found = [
            abs(Decimal(fields.text(position, name)) - Decimal(own))
            for name, own in zip(("latitude", "longitude"), station.position, strict=True)
        ]
        return (sum(found, Decimal(0)) * _MILES_PER_DEGREE).quantize(Decimal("0.1"))
    if station.country == "US":
        return (Decimal(abs(int(station.postal_code) - int(place.postal_code[:5]))) / 20 + Decimal("0.4")).quantize(
            Decimal("0.1")
        )
    same = station.postal_code[:3] == place.postal_code.replace(" ", "")[:3]
    return Decimal("0.6") if same else Decimal("240.0")


def _detail(station: Station, distance: Decimal) -> Node:
    address = {
        "streetLines": [station.line],
        "city": station.city,
        "stateOrProvinceCode": station.state,
        "postalCode": station.postal_code,
        "countryCode": station.country,
        "residential": False,
    }
    hours = {"operationalHoursType": "OPEN_BY_HOURS", "operationalHours": [{"begins": "08:00:00", "ends": "20:00:00"}]}
    return {
        "distance": {"units": "MI", "value": distance},
        "contactAndAddress": {
            "contact": {"companyName": station.name, "phoneNumber": "8004633339"},
            "address": {name: value for name, value in address.items() if value != ""},
        },
        "locationId": station.id,
        "locationType": station.kind,
        "locationAttributeTypes": ["ALREADY_OPEN"],
        "geoPositionalCoordinates": {
            "latitude": Decimal(station.position[0]),
            "longitude": Decimal(station.position[1]),
        },
        "storeHours": [
            {"dayofweek": day, **hours}
            if day != "SUNDAY"
            else {"dayofweek": day, "operationalHoursType": "CLOSED_ALL_DAY"}
            for day in _DAYS
        ],
        "packageMaximumLimits": {"weight": {"units": "LB", "value": 55}},
    }
