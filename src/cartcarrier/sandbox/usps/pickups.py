"""The carrier takes parcels along: ``/pickup/v3/carrier-pickup`` (field guide usps.md §6)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

import attrs

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Answer, Node, to_bytes
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.gazetteer import abbreviate
from cartcarrier.sandbox.usps.geography import CENTRAL, STATES, lies_in
from cartcarrier.sandbox.usps.shapes import EMAIL, check_query, choice, day, flag, group, many, number, text, whole

LATEST_HOUR: Final = 2
"""Until when a pickup can be asked for on its own day, Central time."""
TAG_LIFE: Final = timedelta(hours=1)
YEAR: Final = timedelta(days=365)
LONGEST_COMMENT: Final = 255
_STATE: Final = choice(" ".join(sorted(STATES | {state.lower() for state in STATES})))
_ADDRESS: Final = group(
    {
        "streetAddress*": text(most=50),
        "secondaryAddress": text(least=0, most=50),
        "city*": text(most=28),
        "state*": _STATE,
        "ZIPCode": text(pattern=r"\d{5}"),
        "ZIPPlus4": text(pattern=r"\d{4}"),
        "urbanization": text(least=0, most=96),
    }
)
_CONTACT: Final = group(
    {"email": text(most=50, pattern=EMAIL), "cellNumber": text(pattern=r"\d{10}"), "phone": text(pattern=r"\d{10}")}
)
_REQUEST: Final = {
    "pickupDate*": day,
    "pickupAddress*": group(
        {
            "firstName*": text(most=50),
            "lastName*": text(most=50),
            "firm": text(least=0, most=50),
            "address*": _ADDRESS,
            "contact*": many(_CONTACT, least=1, most=2),
        }
    ),
    "packages*": many(
        group(
            {
                "packageType*": choice(
                    "FIRST-CLASS_PACKAGE_SERVICE PRIORITY_MAIL_EXPRESS PRIORITY_MAIL RETURNS USPS_GROUND_ADVANTAGE"
                    " INTERNATIONAL OTHER"
                ),
                "packageCount*": whole(least=0),
            }
        )
    ),
    "estimatedWeight*": number(),
    "pickupLocation*": group(
        {
            "packageLocation*": choice(
                "FRONT_DOOR BACK_DOOR SIDE_DOOR KNOCK_ON_DOOR MAIL_ROOM OFFICE PORCH RECEPTION MAILBOX OTHER"
            ),
            "specialInstructions": text(),
            "dogPresent": flag,
        }
    ),
    "nextAvailablePickup": flag,
}
CREATE: Final = group(_REQUEST)
CHANGE: Final = group({"confirmationNumber": text(), "pickupDate": day, "carrierPickupRequest*": group(_REQUEST)})
_QUERY: Final = {
    "streetAddress*": text(),
    "secondaryAddress": text(),
    "city": text(),
    "state": _STATE,
    "ZIPCode": text(pattern=r"\d{5}"),
    "ZIPPlus4": text(pattern=r"\d{4}"),
    "urbanization": text(),
}


@attrs.frozen(kw_only=True)
class _Codes:
    """The codes of the same refusals, which differ between a new pickup and a changed one."""

    past: str
    far: str
    closed: str
    long: str
    other: str


_NEW: Final = _Codes(past="020016", far="020017", closed="020018", long="020019", other="020020")
_CHANGED: Final = _Codes(past="020009", far="020010", closed="020011", long="020012", other="020013")


def check_eligibility(query: dict[str, str]) -> Node:
    """Answer whether the carrier comes to an address.

    Raises:
        USPSError: 020003 without ZIP code, or city and state; where the ZIP code is in another state.
        ShapeError: What the gateway does not let through.
    """
    check_query(query, _QUERY, "/carrier-pickup/eligibility")
    if "ZIPCode" not in query and not ("city" in query and "state" in query):
        raise USPSError("020003", "Invalid pickup details.", "ZIPCode")
    if "ZIPCode" in query and "state" in query and not lies_in(query["state"].upper(), query["ZIPCode"]):
        raise USPSError("020003", "Invalid pickup details.", "ZIPCode")
    names = ("streetAddress", "secondaryAddress", "city", "state", "ZIPCode", "ZIPPlus4", "urbanization")
    return {"address": {name: query[name].upper() for name in names if name in query}}


def create(world: World, body: Node) -> Answer:
    """Order a pickup.

    Raises:
        USPSError: 020001 there is one for the address, 020016 to 020020 for dates and comments.
        ShapeError: What the gateway does not let through.
    """
    CREATE(body, "")
    wanted = _read_day(world, body, _NEW)
    _check_location(body, _NEW)
    address = _address_key(body)
    for other in world.store.all("pickups"):
        if other["address"] == address and other["date"] == wanted.isoformat() and other["status"] == "ACTIVE":
            raise USPSError("020001", "Pickup already exists for this address.", "pickupAddress")
    with world.store.transaction():
        confirmation = f"WTC{world.next_number('pickups'):08d}"
        pickup: Document = {
            "number": confirmation,
            "date": wanted.isoformat(),
            "address": address,
            "status": "ACTIVE",
            "request": _plain(body),
            "tag": None,
        }
        world.store.put("pickups", confirmation, pickup)
    return _answer(world, pickup)


def read(world: World, confirmation: str) -> Answer:
    """Return a pickup with a new tag, good for an hour or for one change.

    Raises:
        USPSError: 404 there is none of that number.
    """
    found = _answer(world, _find(world, confirmation))
    # The description says a list, the published example an object: the switch says which.
    return attrs.evolve(found, body=b"[" + found.body + b"]") if world.switch("pickup_as_list") else found


def change(world: World, confirmation: str, body: Node, tag: str | None) -> Answer:
    """Change a pickup.

    Raises:
        USPSError: 400 no tag, 404 no such pickup, 412 a tag that is not the last one or too old, and as ``create``.
        ShapeError: What the gateway does not let through.
    """
    CHANGE(body, "")
    pickup = _find(world, confirmation)
    _check_tag(world, pickup, tag)
    asked = body["carrierPickupRequest"]
    wanted = _read_day(world, asked, _CHANGED)
    _check_location(asked, _CHANGED)
    pickup |= {"date": wanted.isoformat(), "address": _address_key(asked), "request": _plain(asked)}
    return _answer(world, pickup)


def cancel(world: World, confirmation: str, tag: str | None) -> Answer:
    """Cancel a pickup.

    Raises:
        USPSError: 400 no tag, 404 no such pickup, 412 a tag that is not the last one or too old.
    """
    pickup = _find(world, confirmation)
    _check_tag(world, pickup, tag)
    world.store.put("pickups", confirmation, {**pickup, "status": "CANCELED", "tag": None})
    return Answer(body=b"", media_type="application/json")


def _find(world: World, confirmation: str) -> Document:
    pickup = world.store.get("pickups", confirmation)
    if pickup is None or pickup["status"] != "ACTIVE":
        raise USPSError("", f"Pickup with confirmation number {confirmation} could not be found.", status=404)
    return pickup


def _check_tag(world: World, pickup: Document, tag: str | None) -> None:
    if not tag:
        raise USPSError("", "OASValidation failed: [ERROR - Header parameter 'If-Match' is required but not found: []]")
    kept = pickup["tag"]
    fresh = kept is not None and datetime.fromisoformat(kept["at"]) + TAG_LIFE > world.now()
    if not fresh or tag != kept["value"]:
        raise USPSError("", "The ETag in If-Match is not current: read the pickup again.", status=412)


def _read_day(world: World, body: Node, codes: _Codes) -> date:
    now = world.now().astimezone(CENTRAL)
    wanted = date.fromisoformat(body["pickupDate"])
    if wanted < now.date():
        raise USPSError(codes.past, "Pickup date is in the past.", "pickupDate")
    if wanted > now.date() + YEAR:
        raise USPSError(codes.far, "Pickups can only be scheduled one year in the future.", "pickupDate")
    while _is_closed(wanted, now):
        if not body.get("nextAvailablePickup"):
            raise USPSError(codes.closed, "Pickup Request cannot be scheduled on requested day.", "pickupDate")
        wanted += timedelta(days=1)
    return wanted


def _is_closed(wanted: date, now: datetime) -> bool:
    return wanted.weekday() == 6 or (wanted == now.date() and now.hour >= LATEST_HOUR)


def _check_location(body: Node, codes: _Codes) -> None:
    location = body["pickupLocation"]
    comment = location.get("specialInstructions", "")
    if len(comment) > LONGEST_COMMENT:
        raise USPSError(codes.long, "Comment length exceeds 255 characters.", "pickupLocation.specialInstructions")
    if location["packageLocation"] == "OTHER" and not comment:
        raise USPSError(
            codes.other, "Pickup location of Other requires additional information in comments.", "pickupLocation"
        )
    if not any(package["packageCount"] for package in body["packages"]):
        raise USPSError("020003", "Invalid pickup details.", "packages")


def _address_key(body: Node) -> str:
    address = body["pickupAddress"]["address"]
    place = address.get("ZIPCode") or f"{address['city']} {address['state']}"
    return abbreviate(f"{address['streetAddress']} {address.get('secondaryAddress', '')} {place}")


def _answer(world: World, pickup: Mapping[str, object]) -> Answer:
    """Write a pickup with a new tag; the tag is kept."""
    tag = f'"{world.mint("tags")[:24]}"'
    kept = {**pickup, "tag": {"value": tag, "at": world.now().isoformat()}}
    world.store.put("pickups", str(pickup["number"]), kept)
    made = {
        "confirmationNumber": pickup["number"],
        "pickupDate": pickup["date"],
        "carrierPickupRequest": pickup["request"],
    }
    return Answer(body=to_bytes(made), headers={"ETag": tag})


def _plain(body: Node) -> Node:
    return {**body, "estimatedWeight": float(body["estimatedWeight"])}
