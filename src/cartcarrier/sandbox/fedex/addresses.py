"""Addresses and postal codes: ``/address/v1/…/resolve`` and ``/country/v1/postal/validate`` (field guide fedex.md §3)."""

from typing import Final

from cartcarrier.sandbox._gazetteer import STREETS, Street, city_of, split_line
from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import World
from cartcarrier.sandbox.fedex.dates import read_ship_date
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.requests import read_place

MAX_ADDRESSES: Final = 100
SUPPORTED: Final = frozenset({"US", "PR", "CA", "DE", "FR", "GB", "IT", "ES", "MX"})
_CLASSES: Final = {"0": "UNKNOWN", "1": "BUSINESS", "2": "RESIDENTIAL"}
_CARRIERS: Final = frozenset({"FDXE", "FDXG", "FXSP", "FDXC", "FXCC"})


def resolve(world: World, body: Node) -> Node:
    """Answer an address validation request: one result for each address, in order.

    Args:
        world: What the platform knows: addresses that tests have called bad.
        body: The request.

    Raises:
        FedExError: Not one address, too many, or one without what is needed.
    """
    asked = fields.objects(body, "addressesToValidate")
    if not asked:
        raise FedExError("ADDRESSESTOVALIDATE.EMPTY", "At least one address is required.")
    if len(asked) > MAX_ADDRESSES:
        raise FedExError("ADDRESSESTOVALIDATE.SIZE.INVALID", "A request takes at most 100 addresses.")
    found = [_resolve(world, fields.child(entry, "address")) for entry in asked]
    if world.switch("string_attributes"):
        for each in found:
            each["attributes"] = {
                name: str(value).lower() if isinstance(value, bool) else value
                for name, value in each["attributes"].items()
            }
    return {"resolvedAddresses": found}


def _resolve(world: World, address: Node) -> Node:
    lines = tuple(line.strip() for line in fields.strings(address, "streetLines") if line.strip())
    if not lines:
        raise FedExError("STREETLINE1.EMPTY", "At least one line of the street is required.")
    country = fields.text(address, "countryCode") or "US"
    given: Node = {
        "streetLinesToken": [line.upper() for line in lines],
        "city": fields.text(address, "city").upper(),
        "stateOrProvinceCode": fields.text(address, "stateOrProvinceCode").upper(),
        "countryCode": country,
    }
    code = fields.text(address, "postalCode").upper()
    if country not in SUPPORTED:
        return _unresolved(given, code, supported=False)
    if country not in {"US", "PR"}:
        return _elsewhere(given, code)
    if _box(lines):
        return {**_unresolved(given, code), "postOfficeBox": True}
    number, name, unit = split_line(lines)
    bad = world.store.get("bad_addresses", code[:5])
    found = [] if bad else _search(number, name, given["city"], given["stateOrProvinceCode"], code)
    if len(found) != 1:
        return _unresolved(given, code, several=len(found) > 1)
    return _resolved(found[0], given, code, number, unit)


def _search(number: int | None, name: str, city: str, state: str, code: str) -> list[Street]:
    there = [
        street
        for street in STREETS
        if street.name == name and number is not None and street.first <= number <= street.last
        if street.state in {state, "PR"} and (street.city == city or street.postal_code == code[:5])
    ]
    at_code = [street for street in there if street.postal_code == code[:5]]
    return at_code or there


def _resolved(street: Street, given: Node, code: str, number: int | None, unit: str) -> Node:
    house = f"{number} {street.name}"
    missing = street.needs_unit and not unit
    lines = [house, unit] if unit else [house]
    zip_code = f"{street.postal_code}-{street.extension}"
    changed = [
        given["city"] != street.city,
        code not in {street.postal_code, zip_code},
        given["streetLinesToken"] != lines,
    ]
    made = _base(given)
    made |= {
        "streetLinesToken": lines,
        "city": street.city,
        "stateOrProvinceCode": street.state,
        "cityToken": [{"changed": changed[0], "value": street.city}],
        "postalCodeToken": {"changed": changed[1], "value": zip_code},
        "parsedPostalCode": {
            "base": street.postal_code,
            "addOn": street.extension,
            "deliveryPoint": f"{(number or 0) % 100:02d}",
        },
        "classification": _CLASSES[street.classification],
        "normalizedStatusNameDPV": not missing,
        "standardizedStatusNameMatchSource": "Postal",
        "resolutionMethodName": "USPS_VALIDATE",
        "attributes": _attributes(
            AddressType="STANDARDIZED", Matched=True, Resolved=not missing, DPV=not missing, StreetAddress=True,
            ZIP4Match=True, SuiteRequiredButMissing=missing, ValidMultiUnit=bool(unit) and street.needs_unit,
            MultiUnitBase=street.needs_unit,
        ),
    }  # fmt: skip
    if missing:
        made["customerMessage"] = [_message("SUITE.NUMBER.REQUIRED", "A suite or apartment number is required.")]
    return made


def _elsewhere(given: Node, code: str) -> Node:
    """Outside the United States the form is checked, no more: partly covered (guide §3)."""
    made = _base(given)
    known = bool(given["city"]) and bool(code)
    made |= {
        "classification": "UNKNOWN",
        "parsedPostalCode": {"base": code},
        "resolutionMethodName": "GENERIC_VALIDATE",
        "attributes": _attributes(AddressType="NORMALIZED", Matched=known, Resolved=known),
    }
    return made


def _unresolved(given: Node, code: str, *, supported: bool = True, several: bool = False) -> Node:
    made = _base(given)
    made |= {
        "classification": "UNKNOWN",
        "parsedPostalCode": {"base": code},
        "customerMessage": [_message("STANDARDIZED.ADDRESS.NOTFOUND", "No standardized address was found.")],
        "resolutionMethodName": "GENERIC_VALIDATE",
        "attributes": _attributes(AddressType="RAW", CountrySupported=supported, MultipleMatches=several),
    }
    return made


def _base(given: Node) -> Node:
    return {
        **given,
        "customerMessage": [],
        "cityToken": [{"changed": False, "value": given["city"]}],
        "postOfficeBox": False,
        "ruralRouteHighwayContract": False,
        "generalDelivery": False,
        "normalizedStatusNameDPV": False,
    }


def _attributes(**on: bool | str) -> Node:
    """Return the attributes: booleans, as described; live they are strings too, and a switch makes them so (guide §3)."""
    usual: dict[str, bool | str] = {
        "POBox": False, "POBoxOnlyZIP": False, "SplitZip": False, "SuiteRequiredButMissing": False,
        "InvalidSuiteNumber": False, "ResolutionInput": "RAW_ADDRESS", "DPV": False, "ResolutionMethod": "USPS_VALIDATE",
        "DataVintage": "January 2026", "MatchSource": "Postal", "CountrySupported": True, "ValidlyFormed": True,
        "Matched": False, "Resolved": False, "Inserted": False, "MultiUnitBase": False, "ZIP11Match": False,
        "ZIP4Match": False, "UniqueZIP": False, "StreetAddress": False, "RRConversion": False, "ValidMultiUnit": False,
        "AddressType": "RAW", "AddressPrecision": "STREET_ADDRESS", "MultipleMatches": False,
    }  # fmt: skip
    return {**usual, **on}


def _message(code: str, message: str) -> Node:
    return {"code": code, "message": message}


def _box(lines: tuple[str, ...]) -> bool:
    return lines[0].upper().replace(".", "").startswith(("PO BOX", "P O BOX"))


def validate_postal(world: World, body: Node) -> Node:
    """Answer a postal code request.

    Raises:
        FedExError: What is missing, and a code that does not exist.
    """
    carrier = fields.text(body, "carrierCode")
    if carrier not in _CARRIERS:
        raise invalid_input("carrierCode")
    country = fields.required(body, "countryCode", "COUNTRYCODE.REQUIRED")
    if not fields.text(body, "postalCode"):
        raise FedExError("CITYNAME.POSTALCODE.REQUIRED", "The postal code is missing.")
    place = read_place(body, "DESTINATION")
    read_ship_date(world, fields.required(body, "shipDate", "SHIPDATE.REQUIRED"), country, place.state)
    initials = (city_of(place.postal_code) or "")[:2]
    return {
        "countryCode": country,
        "stateOrProvinceCode": place.state,
        "cityFirstInitials": initials,
        "cleanedPostalCode": place.postal_code.replace("-", "").replace(" ", ""),
        "locationDescriptions": [
            {
                "locationId": f"{place.state or country}KA",
                "locationNumber": "0",
                "serviceArea": "A1",
                "airportId": place.state,
            }
        ],
    }
