"""Addresses: ``GET /addresses/v3/address``, ``/city-state`` and ``/zipcode`` (field guide usps.md §3)."""

from typing import Final

from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.gazetteer import Street, city_of, find
from cartcarrier.sandbox.usps.geography import STATES, lies_in, state_of
from cartcarrier.sandbox.usps.shapes import check_query, choice, text

_ZIP: Final = text(pattern=r"\d{5}")
_ADDRESS: Final = {
    "firm": text(least=0, most=50),
    "streetAddress*": text(),
    "secondaryAddress": text(),
    "city": text(),
    "state*": choice(" ".join(sorted(STATES))),
    "urbanization": text(),
    "ZIPCode": _ZIP,
    "ZIPPlus4": text(pattern=r"\d{4}"),
}
_ZIP_CODE: Final = {**{name: shape for name, shape in _ADDRESS.items() if name != "city"}, "city*": text()}
del _ZIP_CODE["urbanization"]


def standardize(query: dict[str, str]) -> Node:
    """Answer an address look-up.

    Raises:
        USPSError: 404 with a sentence when nothing or too much fits; 010002 to 010004 for what cannot be.
    """
    check_query(query, _ADDRESS, "/address")
    if "city" not in query and "ZIPCode" not in query:
        raise USPSError("010004", "Invalid City", "city")
    street, number, unit = _search(query)
    confirmed, matches, corrections = "Y", [_remark("31", "Single Response - exact match")], []
    if street.needs_unit and not unit:
        confirmed, matches = "D", []
        corrections = [_remark("32", "Default address: more information, such as an apartment, is needed.")]
    elif street.units and unit not in street.units:
        confirmed = "S"
    written = f"{number} {street.name}"
    return {
        "firm": query.get("firm", "").upper(),
        "address": {
            **_address(street, written, unit),
            "streetAddressAbbreviation": written,
            "cityAbbreviation": street.city,
        },
        "additionalInfo": {
            "deliveryPoint": f"{(number or 0) % 100:02d}",
            "carrierRoute": street.route,
            "DPVConfirmation": confirmed,
            "DPVCMRA": _yes(street.agent),
            "business": _yes(street.business),
            "centralDeliveryPoint": _yes(street.needs_unit),
            "vacant": _yes(street.vacant),
        },
        "corrections": corrections,
        "matches": matches,
        "warnings": [],
    }


def find_city(query: dict[str, str]) -> Node:
    """Answer which city and state a ZIP code has.

    Raises:
        USPSError: 010002 for a ZIP code that no place has.
    """
    check_query(query, {"ZIPCode*": _ZIP}, "/city-state")
    zip_code = query["ZIPCode"]
    state = state_of(zip_code)
    if state is None:
        raise USPSError("010002", "Invalid ZIP Code", "ZIPCode")
    known = city_of(zip_code)
    city = known[0] if known is not None else f"TOWN {zip_code[:3]}"
    return {"city": city, "state": state, "ZIPCode": zip_code}


def find_zip_code(query: dict[str, str]) -> Node:
    """Answer which ZIP code an address has.

    Raises:
        USPSError: As ``standardize``.
    """
    check_query(query, _ZIP_CODE, "/zipcode")
    street, number, unit = _search(query)
    return {"firm": query.get("firm", "").upper(), "address": _address(street, f"{number} {street.name}", unit)}


def _search(query: dict[str, str]) -> tuple[Street, int | None, str]:
    state, zip_code = query["state"], query.get("ZIPCode", "")
    if zip_code and state_of(zip_code) is None:
        raise USPSError("010002", "Invalid ZIP Code", "ZIPCode")
    if zip_code and not lies_in(state, zip_code) and "city" not in query:
        raise USPSError("010003", "Invalid State Code", "state")
    found, number, unit = find(
        query["streetAddress"],
        query.get("secondaryAddress", ""),
        city=query.get("city", ""),
        state=state,
        zip_code=zip_code,
    )
    if not found:
        raise USPSError("", "Address Not Found", status=404)
    if len(found) > 1:
        raise USPSError(
            "", "Multiple addresses were found for the information you entered, and no default exists.", status=404
        )
    return found[0], number, unit


def _address(street: Street, written: str, unit: str) -> Node:
    made: Node = {
        "streetAddress": written,
        "secondaryAddress": unit,
        "city": street.city,
        "state": street.state,
        "ZIPCode": street.zip_code,
        "ZIPPlus4": street.plus_four,
        "urbanization": street.urbanization,
    }
    return made


def _remark(code: str, words: str) -> Node:
    return {"code": code, "text": words}


def _yes(value: bool) -> str:  # noqa: FBT001 - the value is what is written
    return "Y" if value else "N"
