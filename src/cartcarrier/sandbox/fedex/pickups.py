"""Pickups: ``/pickup/v1/pickups…`` (field guide fedex.md §6). Ordering twice makes two, and nothing lists them."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.fedex.dates import local, read_date
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.lanes import add_working_days
from cartcarrier.sandbox.fedex.parties import read_party
from cartcarrier.sandbox.fedex.requests import read_place

CARRIERS: Final = frozenset({"FDXE", "FDXG"})
DATE_TYPES: Final = frozenset({"SAME_DAY", "FUTURE_DAY"})
CUT_OFF: Final = {"FDXE": time(17), "FDXG": time(9)}
ACCESS: Final = timedelta(hours=1, minutes=30)
FURTHEST: Final = {"FDXE": timedelta(days=1), "FDXG": timedelta(days=14)}
_TIME: Final = re.compile(r"\d\d:\d\d(:\d\d)?")
_PREVIOUS: Final = ("PICKUP.REQUESTED.PREVIOUS.DAY", "That day is over.")
_UNKNOWN: Final = ("PICKUP.CONFIRMATIONCODE.NOTFOUND", "The pickup confirmation code was not found.")


def availabilities(world: World, body: Node) -> Node:
    """Answer when each carrier could come.

    Args:
        world: What the platform knows.
        body: The request.

    Raises:
        FedExError: The first rule that is broken.
    """
    address = fields.child(body, "pickupAddress")
    if not fields.text(address, "postalCode"):
        raise FedExError("PICKUP.POSTALCODE.MISSING", "The postal code is missing.")
    place = read_place(address, "PICKUP")
    carriers, kinds = fields.strings(body, "carriers"), fields.strings(body, "pickupRequestType")
    if not carriers or not CARRIERS.issuperset(carriers):
        raise invalid_input("carriers")
    if not kinds or not DATE_TYPES.issuperset(kinds):
        raise invalid_input("pickupRequestType")
    relation = fields.choice(
        body, "countryRelationship", frozenset({"DOMESTIC", "INTERNATIONAL"}), "PICKUP.COUNTRYRELATIONSHIP.REQUIRED"
    )
    now = local(world.now(), place.country, place.state)
    written = fields.text(body, "dispatchDate")
    today = read_date(written, "PICKUP.DISPATCHDATE.INVALID", "The date is invalid.") if written else now.date()
    if today < now.date():
        raise FedExError(*_PREVIOUS)
    made = [_option(carrier, kind, today, now, relation) for carrier in carriers for kind in kinds]
    return {"requestTimestamp": now.replace(tzinfo=None).isoformat(timespec="seconds"), "options": made}


def _option(carrier: str, kind: str, day: date, now: datetime, relation: str) -> Node:
    later = kind == "FUTURE_DAY"
    when = add_working_days(day, 1) if later else day
    late = not later and when == now.date() and now.time() >= CUT_OFF[carrier]
    return {
        "carrier": carrier,
        "available": when.weekday() < 5 and not late and not (carrier == "FDXG" and not later),
        "pickupDate": when.isoformat(),
        "cutOffTime": f"{CUT_OFF[carrier]:%H:%M:%S}",
        "accessTime": {"hours": 1, "minutes": 30},
        "residentialAvailable": True,
        "countryRelationship": relation,
        "scheduleDay": kind,
        "defaultReadyTime": "12:00:00",
        "defaultLatestTimeOptions": "18:00:00",
        "readyTimeOptions": ["10:00:00", "12:00:00", "14:00:00"],
        "latestTimeOptions": ["16:00:00", "17:00:00", "18:00:00"],
    }


def create(world: World, body: Node) -> Node:
    """Order a pickup: each call orders one, whatever was ordered before.

    Args:
        world: What the platform knows.
        body: The request.

    Raises:
        FedExError: The first rule that is broken.
    """
    _check_account(body)
    carrier = fields.choice(body, "carrierCode", CARRIERS, "PICKUP.CARRIERCODE.REQUIRED")
    origin = fields.child(body, "originDetail")
    party = read_party(fields.child(origin, "pickupLocation"), "PICKUP")
    kind = fields.text(origin, "pickupDateType")
    if kind and kind not in DATE_TYPES:
        raise invalid_input("pickupDateType")
    ready = _read_ready(fields.required(origin, "readyDateTimestamp", "PICKUP.READYDATETIMESTAMP.REQUIRED"))
    closes = _read_time(fields.required(origin, "customerCloseTime", "PICKUP.CUSTOMERCLOSETIME.REQUIRED"))
    now = local(world.now(), party.place.country, party.place.state).replace(tzinfo=None)
    _check_time(carrier, ready, closes, now)
    count = fields.number(body, "packageCount")
    if count is not None and not 1 <= count <= 99:
        raise FedExError("PICKUP.PACKAGECOUNT.INVALID", "The package count must be between 1 and 99.")
    day = ready.date().isoformat()
    same = [each for each in world.store.all("pickups") if _is_same(each, carrier, day, party.place.postal_code)]
    if same and world.switch("refuse_duplicate_pickups"):
        raise FedExError("PICKUP.DUPLICATE.INVALID", "A pickup is scheduled for that day already.")
    with world.store.transaction():
        number = world.next_number("pickups")
        location = f"{party.place.state or party.place.country}KA"
        code = f"{location}{number}" if carrier == "FDXE" else f"{number:07d}"
        world.store.put(
            "pickups",
            code,
            {
                "code": code,
                "carrier": carrier,
                "day": day,
                "ready": ready.isoformat(),
                "closes": closes.isoformat(),
                "location": location if carrier == "FDXE" else "",
                "postal_code": party.place.postal_code,
                "country": party.place.country,
                "state": party.place.state,
                "packages": int(count or 1),
                "created_at": world.now().isoformat(),
                "cancelled_at": None,
            },
        )
    made: Node = {"pickupConfirmationCode": code, "message": "A courier will come."}
    return {**made, "location": location} if carrier == "FDXE" else made


def cancel(world: World, body: Node) -> Node:
    """Cancel a pickup.

    Args:
        world: What the platform knows.
        body: The request.

    Raises:
        FedExError: The first rule that is broken, no such pickup, or its day is over.
    """
    _check_account(body)
    code = fields.required(body, "pickupConfirmationCode", "PICKUP.CONFIRMATIONCODE.REQUIRED")
    day = read_date(
        fields.required(body, "scheduledDate", "PICKUP.SCHEDULEDDATE.REQUIRED"),
        "PICKUP.SCHEDULEDDATE.INVALID",
        "The scheduled date is invalid.",
    )
    carrier = fields.text(body, "carrierCode") or "FDXE"
    if carrier not in CARRIERS:
        raise invalid_input("carrierCode")
    if carrier == "FDXE":
        fields.required(body, "location", "PICKUP.LOCATION.REQUIRED", "The location is required for express pickups.")
    found = world.store.get("pickups", code)
    if found is None or found["cancelled_at"] or (found["carrier"], found["day"]) != (carrier, day.isoformat()):
        raise FedExError(*_UNKNOWN)
    if carrier == "FDXE" and fields.text(body, "location") != found["location"]:
        raise FedExError(*_UNKNOWN)
    if day < local(world.now(), found["country"], found["state"]).date():
        raise FedExError("PICKUP.NUMBER.EXPIRED", "The day of this pickup is over.")
    world.store.put("pickups", code, {**found, "cancelled_at": world.now().isoformat()})
    text = "The pickup is cancelled."
    return {"pickupConfirmationCode": code, "cancelConfirmationMessage": text}


def same_day(pickups: list[Document]) -> dict[str, list[str]]:
    """Return the days for which one carrier was ordered to one place more than once: what was ordered twice."""
    found: dict[str, list[str]] = {}
    for each in pickups:
        if not each["cancelled_at"]:
            found.setdefault(f"{each['carrier']} {each['day']} {each['postal_code']}", []).append(each["code"])
    return {key: codes for key, codes in found.items() if len(codes) > 1}


def _is_same(pickup: Document, carrier: str, day: str, postal_code: str) -> bool:
    there = (pickup["carrier"], pickup["day"], pickup["postal_code"]) == (carrier, day, postal_code)
    return there and not pickup["cancelled_at"]


def _check_account(body: Node) -> None:
    number = fields.required(body, "associatedAccountNumber.value", "ACCOUNT.NUMBER.REQUIRED")
    if number != ACCOUNT_NUMBER:
        raise FedExError("ACCOUNT.NUMBER.NOTFOUND", "The account number was not found.")


def _read_ready(written: str) -> datetime:
    """Read YYYY-MM-DDTHH:MM:SSZ: the place's own clock, whatever the letter says."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=None)
    except ValueError:
        raise FedExError("PICKUP.READYDATETIMESTAMP.INVALID", "The ready time is invalid.") from None


def _read_time(written: str) -> time:
    if not _TIME.fullmatch(written):
        raise FedExError("PICKUP.CUSTOMERCLOSETIME.INVALID", "The closing time must be HH:MM:SS.")
    try:
        return time.fromisoformat(written)
    except ValueError:
        raise FedExError("PICKUP.CUSTOMERCLOSETIME.INVALID", "The closing time must be HH:MM:SS.") from None


def _check_time(carrier: str, ready: datetime, closes: time, now: datetime) -> None:
    day = ready.date()
    if day < now.date():
        raise FedExError(*_PREVIOUS)
    if day > add_working_days(now.date(), 1) and day > now.date() + FURTHEST[carrier]:
        raise FedExError("PICKUP.READYDATETIMESTAMP.INVALID", "That day is too far ahead for a pickup.")
    if day.weekday() >= 5:
        raise FedExError("PICKUP.READYDATETIMESTAMP.INVALID", "There are no pickups on that day.")
    if day == now.date() and carrier == "FDXG":
        raise FedExError("PICKUP.READYDATETIMESTAMP.INVALID", "Ground comes on the next business day at the earliest.")
    if ready.time() > CUT_OFF["FDXE"] or (day == now.date() and now.time() > CUT_OFF[carrier]):
        raise FedExError("PICKUP.CUTOFFTIME.INVALID", "The cut-off time for that day is over.")
    if datetime.combine(day, closes) - ready < ACCESS:
        raise FedExError("PICKUP.ACCESSTIME.INVALID", "The time between ready and closing is too short.")
