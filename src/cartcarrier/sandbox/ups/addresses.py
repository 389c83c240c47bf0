"""Address validation at street level: ``POST /api/addressvalidation/{version}/{requestoption}`` (field guide ups.md §3)."""

from cartcarrier.sandbox._gazetteer import STREETS, Street, split_line
from cartcarrier.sandbox.ups import answers, fields
from cartcarrier.sandbox.ups.account import World
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node

_CLASSES = {"0": "UnClassified", "1": "Commercial", "2": "Residential"}
_DEFAULT_CANDIDATES = 15


def validate(world: World, body: Node, *, option: str, version: int, limit: int | None, regional: bool) -> Node:
    """Answer an address validation request.

    Args:
        world: What the platform knows.
        body: The request.
        option: 1 validate, 2 classify, 3 both.
        version: The path's version: in 1 a lone candidate stands bare.
        limit: How many candidates at most.
        regional: Whether only city, state and postal code are compared.

    Raises:
        UPSError: The request cannot be answered.
    """
    if option not in {"1", "2", "3"}:
        raise UPSError(INVALID, "The request option must be 1, 2 or 3.")
    if limit is not None and not 0 <= limit <= 50:
        raise UPSError(INVALID, "The maximum candidate list size must be between 0 and 50.")
    root = fields.child(body, "XAVRequest")
    address = fields.child(root, "AddressKeyFormat")
    if not address:
        raise UPSError(MISSING, "XAVRequest.AddressKeyFormat is required.")
    country = fields.required(address, "CountryCode")
    if country not in {"US", "PR"}:
        raise UPSError(INVALID, "Street level address validation is available in the US and Puerto Rico.")
    state = fields.text(address, "PoliticalDivision1").upper()
    known_states = world.switch("cie_states")
    if known_states and state not in known_states:
        raise UPSError("9264030", "The state is not supported in the Customer Integration Environment.")
    exact, similar, unit = _search(address, regional=regional)
    found = exact or similar
    made: Node = {"Response": answers.response(fields.child(root, "Request"))}
    if not found:
        made["NoCandidatesIndicator"] = ""
        if option != "1":
            made["AddressClassification"] = _classification("0")
        return {"XAVResponse": made}
    candidates = [_candidate(street, address, unit, option, regional=regional) for street in found]
    candidates = candidates[: _DEFAULT_CANDIDATES if limit is None else limit]
    made["ValidAddressIndicator" if exact else "AmbiguousAddressIndicator"] = ""
    if option != "1":
        made["AddressClassification"] = _classification(found[0].classification if exact else "0")
    if option != "2" and candidates:
        shapes = world.switch("single_as_object")
        bare = version < 2 if shapes is None else bool(shapes)
        made["Candidate"] = answers.one_or_many(candidates, single_as_object=bare)
    return {"XAVResponse": made}


def _search(address: Node, *, regional: bool) -> tuple[list[Street], list[Street], str]:
    """Return the streets that fit exactly (one, or none), those that nearly do, and the unit as written."""
    lines = tuple(line for line in fields.items(address, "AddressLine") if isinstance(line, str))
    number, name, unit = split_line(lines)
    city = fields.text(address, "PoliticalDivision2").upper()
    state = fields.text(address, "PoliticalDivision1").upper()
    postal_code = fields.text(address, "PostcodePrimaryLow")[:5]
    there = [
        street
        for street in STREETS
        if (street.state == state or fields.text(address, "CountryCode") == street.state)
        and (street.city == city or street.postal_code == postal_code)
    ]
    if regional:
        exact = [street for street in there if street.city == city and street.postal_code == postal_code]
        return exact[:1], there, ""
    same_street = [street for street in there if street.name == name]
    fitting = [street for street in same_street if number is not None and street.first <= number <= street.last]
    at_code = [street for street in fitting if street.postal_code == postal_code] or fitting
    if len(at_code) == 1 and not (at_code[0].needs_unit and not unit):
        return at_code, [], unit
    # A missing house number, unit or direction leaves several possibilities; so does one street in two postal codes.
    similar = fitting or same_street or [street for street in there if name and street.name.endswith(f" {name}")]
    return [], similar, unit


def _candidate(street: Street, address: Node, unit: str, option: str, *, regional: bool) -> Node:
    lines = tuple(line for line in fields.items(address, "AddressLine") if isinstance(line, str))
    number, _, _ = split_line(lines)
    house = f"{number} {street.name}" if number is not None else f"{street.first}-{street.last} {street.name}"
    made: Node = {
        "PoliticalDivision2": street.city,
        "PoliticalDivision1": street.state,
        "PostcodePrimaryLow": street.postal_code,
        "Region": f"{street.city} {street.state} {street.postal_code}-{street.extension}",
        "CountryCode": fields.text(address, "CountryCode"),
    }
    if not regional:
        made |= {"AddressLine": [f"{house} {unit}".strip()], "PostcodeExtendedLow": street.extension}
    candidate: Node = {"AddressKeyFormat": made}
    if option == "3":
        candidate["AddressClassification"] = _classification(street.classification)
    return candidate


def _classification(code: str) -> Node:
    return {"Code": code, "Description": _CLASSES[code]}
