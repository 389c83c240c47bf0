"""How long it takes: ``POST /api/shipments/{version}/transittimes`` (field guide ups.md §2.2; description of Time in Transit).

Its JSON is another world: camel case, and service codes of its own that are not the rating codes.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

import attrs

from cartcarrier.sandbox._gazetteer import STREETS
from cartcarrier.sandbox._geography import US_LIKE, is_postal_code, utc_offset, zone
from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.account import World
from cartcarrier.sandbox.ups.codes import SATURDAY_SERVICES, SERVICE_NAMES
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.lanes import GUARANTEED, Lane, add_working_days, arrival_time, working_days

# Rating code -> level code. Those of international services are UPS's (01, 05, 11, 21, 28 stand in its list); which is which
# is not published, and so is the simulator's choice.
_DOMESTIC: Final = {"14": "1DM", "01": "1DA", "13": "1DP", "59": "2DM", "02": "2DA", "12": "3DS", "03": "GND"}
_SATURDAY: Final = {"14": "1DMS", "01": "1DAS"}
_ABROAD: Final = {"54": "21", "07": "01", "65": "28", "08": "05", "11": "03", "12": "33"}
_COUNTRIES: Final = {
    "US": "UNITED STATES",
    "CA": "CANADA",
    "MX": "MEXICO",
    "PR": "PUERTO RICO",
    "DE": "GERMANY",
    "FR": "FRANCE",
    "GB": "UNITED KINGDOM",
}
_EARLIEST: Final = timedelta(days=-35)
_LATEST: Final = timedelta(days=60)
_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
NO_CODES: Final = frozenset({"IE", "HK", "AE"})


@attrs.frozen(kw_only=True)
class _End:
    """One end of the way."""

    country: str
    state: str
    city: str
    postal_code: str


def transit_times(world: World, body: Node) -> tuple[Node, int]:
    """Answer a question about time in transit.

    Args:
        world: What the platform knows.
        body: The request.

    Returns:
        The answer and its status: a place that is several is no error, but a list to pick from.

    Raises:
        UPSError: The first rule that is broken.
    """
    origin, destination = _read_end(body, "origin"), _read_end(body, "destination")
    lane = Lane(origin=origin.country, destination=destination.country)
    bill_type = _read_bill_type(body, lane)
    weight = _read_weight(body, lane)
    value = _read_value(body, lane, bill_type)
    residential = _read_residential(body, lane)
    day, time_of_day = _read_moment(world, body, origin)
    lists = {name: _candidates(end) for name, end in (("origin", origin), ("destination", destination))}
    if any(lists.values()):
        made: Node = {"validationList": {f"{name}Ambiguous": bool(found) for name, found in lists.items()}}
        made |= {f"{name}PickList": found for name, found in lists.items() if found}
        return made, int(world.switch("ambiguous_status"))
    for end in (origin, destination):
        if not end.postal_code and end.country not in NO_CODES:
            raise UPSError(INVALID, "The postal code is required for the country.")
    services = _services(lane, origin, destination, day, residential=residential == "01")
    answer: Node = {
        "shipDate": day.isoformat(),
        "shipTime": time_of_day,
        "serviceLevel": "A",
        "billType": bill_type,
        "residentialIndicator": residential,
        "weight": str(weight),
        "shipmentContentsValue": str(value),
        "guaranteeSuspended": False,
        "numberOfServices": len(services),
        "services": services,
    }
    for name, end in (("origin", origin), ("destination", destination)):
        answer[f"{name}CountryName"] = _COUNTRIES.get(end.country, end.country)
        answer[f"{name}CountryCode"] = end.country
        parts = {"StateProvince": end.state, "CityName": end.city, "PostalCode": end.postal_code}
        parts |= {"PostalCodeLow": end.postal_code, "PostalCodeHigh": end.postal_code}
        answer |= {f"{name}{part}": text for part, text in parts.items() if text}
    if "weight" in body:
        answer["weightUnitOfMeasure"] = fields.text(body, "weightUnitOfMeasure")
    if value:
        answer["shipmentContentsCurrencyCode"] = fields.text(body, "shipmentContentsCurrencyCode")
    if lane.is_international:
        answer["dutyType"] = "02" if bill_type == "02" else "01"
    return {"emsResponse": answer}, 200


def _read_end(body: Node, name: str) -> _End:
    country = fields.required(body, f"{name}CountryCode", MISSING, f"{name}CountryCode is required.")
    if len(country) != 2 or not country.isalpha() or not country.isupper():
        raise UPSError(INVALID, f"{name}CountryCode must be a country code of two letters.")
    code = fields.text(body, f"{name}PostalCode")
    if code and not is_postal_code(country, code):
        raise UPSError(INVALID, f"{name}PostalCode is not a postal code of the country.")
    return _End(
        country=country,
        state=fields.text(body, f"{name}StateProvince"),
        city=fields.text(body, f"{name}CityName"),
        postal_code=code,
    )


def _read_bill_type(body: Node, lane: Lane) -> str:
    kind = fields.text(body, "billType")
    if not kind and lane.is_international:
        raise UPSError(MISSING, "billType is required for international requests.")
    if kind and kind not in {"02", "03", "04"}:
        raise UPSError(INVALID, "billType must be 02, 03 or 04.")
    return kind or "03"


def _read_number(body: Node, name: str) -> Decimal | None:
    """Read a number: the description wants one, its example sends a string, and UPS takes both."""
    written = body.get(name)
    if written is None or written == "":
        return None
    try:
        value = Decimal(str(written)) if not isinstance(written, bool) else Decimal("NaN")
    except InvalidOperation:
        raise UPSError(INVALID, f"{name} must be a number.") from None
    if not value.is_finite() or value < 0:
        raise UPSError(INVALID, f"{name} must be a positive number.")
    return value


def _read_weight(body: Node, lane: Lane) -> Decimal:
    weight = _read_number(body, "weight")
    unit = fields.text(body, "weightUnitOfMeasure")
    if weight is None:
        if lane.is_international:
            raise UPSError(MISSING, "weight is required for international requests.")
        return Decimal("0.0")
    if unit not in {"LBS", "KGS"}:
        raise UPSError(MISSING, "weightUnitOfMeasure must be LBS or KGS.")
    if weight > (70 if unit == "KGS" else 150):
        raise UPSError(INVALID, "weight exceeds the maximum of 150 LBS or 70 KGS.")
    return weight.quantize(Decimal("0.1"))


def _read_value(body: Node, lane: Lane, bill_type: str) -> Decimal:
    value = _read_number(body, "shipmentContentsValue")
    if value is None:
        if lane.is_international and bill_type != "02":
            raise UPSError(MISSING, "shipmentContentsValue is required between these countries.")
        return Decimal("0.0")
    if len(fields.text(body, "shipmentContentsCurrencyCode")) != 3:
        raise UPSError(MISSING, "shipmentContentsCurrencyCode is required with a value.")
    return value


def _read_residential(body: Node, lane: Lane) -> str:
    mark = fields.text(body, "residentialIndicator")
    if not mark and not lane.is_international:
        raise UPSError(MISSING, "residentialIndicator is required for domestic requests.")
    if mark not in {"", "01", "02"}:
        raise UPSError(INVALID, "residentialIndicator must be 01 or 02.")
    return mark or "02"


def _read_moment(world: World, body: Node, origin: _End) -> tuple[date, str]:
    now = world.now() + timedelta(hours=utc_offset(origin.country, origin.state))
    written, time_of_day = fields.text(body, "shipDate"), fields.text(body, "shipTime")
    try:
        day = date.fromisoformat(written) if written else now.date()
        if time_of_day:
            datetime.strptime(time_of_day, "%H:%M:%S")  # noqa: DTZ007 - a time of day
    except ValueError:
        raise UPSError(INVALID, "shipDate must be YYYY-MM-DD and shipTime HH:MM:SS.") from None
    if written and len(written) != 10:
        raise UPSError(INVALID, "shipDate must be YYYY-MM-DD.")
    if not _EARLIEST <= day - now.date() <= _LATEST:
        raise UPSError(INVALID, "shipDate must be within 35 days back and 60 days ahead.")
    return day, time_of_day or f"{now:%H:%M:%S}"


def _candidates(end: _End) -> list[Node]:
    """Return what a town without a postal code may be: nothing when that is clear."""
    if end.postal_code or end.country not in US_LIKE or not end.city:
        return []
    found = [s for s in STREETS if s.city == end.city.upper() and (not end.state or s.state == end.state.upper())]
    return [
        {
            "countryName": _COUNTRIES[end.country],
            "countryCode": end.country,
            "stateProvince": street.state,
            "city": street.city,
            "postalCode": street.postal_code,
        }
        for street in {street.postal_code: street for street in found}.values()
    ]


def _services(lane: Lane, origin: _End, destination: _End, day: date, *, residential: bool) -> list[Node]:
    names = _ABROAD if lane.is_international or lane.origin not in US_LIKE else _DOMESTIC
    offered = [code for code in lane.services(residential=residential) if code in names]
    distance = zone((origin.country, origin.postal_code), (destination.country, destination.postal_code))
    made = [_service(code, names[code], lane, day, distance, saturday=False) for code in offered]
    if names is _DOMESTIC:
        for code in offered:
            weekday = add_working_days(day, working_days(code, distance))
            if code in _SATURDAY and add_working_days(day, working_days(code, distance), saturday=True) < weekday:
                made.append(_service(code, _SATURDAY[code], lane, day, distance, saturday=True))
    return made


def _service(code: str, level: str, lane: Lane, day: date, distance: int, *, saturday: bool) -> Node:
    days = working_days(code, distance)
    pickup = add_working_days(day, 0)
    arrival = add_working_days(pickup, days, saturday=saturday)
    by = arrival_time(code)
    clock = f"{by[:2]}:{by[2:4]}:{by[4:]}"
    rest = (arrival - pickup).days - days
    made: Node = {
        "serviceLevel": level,
        "serviceLevelDescription": SERVICE_NAMES[code] + (" (Saturday Delivery)" if saturday else ""),
        "shipDate": day.isoformat(),
        "deliveryDate": arrival.isoformat(),
        "commitTime": clock,
        "deliveryTime": clock,
        "deliveryDayOfWeek": _DAYS[arrival.weekday()],
        "nextDayPickupIndicator": "1" if pickup != day else "0",
        "saturdayPickupIndicator": "0",
        "guaranteeIndicator": "1" if code in GUARANTEED else "0",
        "totalTransitDays": (arrival - pickup).days if lane.is_international else 0,
        "businessTransitDays": days,
        "restDaysCount": rest if lane.is_international else 0,
        "holidayCount": 0,
        "delayCount": 0,
        "pickupDate": pickup.isoformat(),
        "pickupTime": "18:00:00",
        "cstccutoffTime": "16:00:00",
    }
    friday = add_working_days(pickup, days, saturday=True)
    if lane.is_international and code in SATURDAY_SERVICES and friday < arrival:
        made |= {"saturdayDeliveryDate": friday.isoformat(), "saturdayDeliveryTime": clock}
    return made
