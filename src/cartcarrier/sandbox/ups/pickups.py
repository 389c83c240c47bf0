"""The driver comes by: price, order, status and cancellation of an on-call pickup (field guide ups.md §6; description of Pickup).

Codes of errors are published nowhere but one: 9500529, a company's name of more than 27 characters, seen by other clients.
"""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from cartcarrier.sandbox._geography import US_STATES, utc_offset
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.ups import answers, fields
from cartcarrier.sandbox.ups.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.pickup_rules import Wanted, read_creation, read_rate

KINDS: Final = frozenset({"oncall", "smart", "both"})
BASE: Final = Decimal("8.50")
SAME_DAY: Final = Decimal("4.50")
RESIDENTIAL: Final = Decimal("3.30")
SATURDAY: Final = Decimal("16.00")
FUEL: Final = Decimal("0.185")
_DIGITS: Final = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_MESSAGES: Final = {
    "001": "Received at dispatch",
    "002": "Dispatched to driver",
    "003": "Order successfully completed",
    "007": "Cancelled",
    "012": "Your pickup request is being processed",
}


def rate(world: World, body: Node, *, kind: str) -> Node:
    """Say what a pickup costs.

    Raises:
        UPSError: The first rule that is broken.
    """
    _check_kind(kind)
    root = fields.child(body, "PickupRateRequest")
    wanted = read_rate(world, root)
    return {
        "PickupRateResponse": {
            "Response": answers.response(fields.child(root, "Request")),
            "RateResult": _rate_result(wanted, _charges(wanted)),
        }
    }


def create(world: World, body: Node) -> Node:
    """Order a pickup. One that is ordered already for the place and the day keeps its number, and costs nothing more.

    Raises:
        UPSError: The first rule that is broken; nothing is ordered then.
    """
    if "PickupTriggerGWNRequest" in body:
        raise UPSError("120121", "The account is not enabled for Smart Pickup.", 403)
    root = fields.child(body, "PickupCreationRequest")
    wanted = read_creation(world, root)
    charges = _charges(wanted) if wanted.is_paid else []
    with world.store.transaction():
        order = _existing(world, wanted)
        if order is None:
            order = _order(world, wanted, charges)
            world.store.put("pickups", order["prn"], order)
            for number in wanted.paid_by:
                world.store.put("pickup_payers", number, {"prn": order["prn"]})
    made: Node = {"Response": answers.response(fields.child(root, "Request")), "PRN": order["prn"]}
    if fields.text(root, "RatePickupIndicator") == "Y":
        made["RateStatus"] = {"Code": "01", "Description": "Rate available"}
        made["RateResult"] = _rate_result(wanted, _charges(wanted))
    else:
        made["RateStatus"] = {"Code": "04", "Description": "Rate not requested"}
    return {"PickupCreationResponse": made}


def pending(world: World, *, kind: str, account: str | None) -> Node:
    """List the pickups of today and tomorrow that have not happened yet.

    Raises:
        UPSError: No account in the header, or not the user's.
    """
    _check_kind(kind)
    if not account:
        raise UPSError(MISSING, "The header AccountNumber is required.")
    if account != ACCOUNT_NUMBER:
        raise UPSError("120120", "The account does not belong to the user.")
    listed = []
    for order in world.store.all("pickups"):
        day = date.fromisoformat(order["day"])
        code = status_of(world, order)
        today = _local_now(world, order).date()
        if code in {"001", "002", "012"} and today <= day <= today + timedelta(days=1):
            entry = {
                "PickupType": "01",
                "ServiceDate": f"{day:%Y%m%d}",
                "PRN": order["prn"],
                "OnCallStatusCode": code,
                "PickupStatusMessage": _MESSAGES[code],
                "BillingCode": "01",
                "ContactName": order["contact"],
            }
            if order["reference"]:
                entry["ReferenceNumber"] = order["reference"]
            listed.append(entry)
    return {"PickupPendingStatusResponse": {"Response": answers.response({}), "PendingStatus": listed}}


def cancel(world: World, *, by: str, prn: str | None, account: str | None) -> Node:
    """Cancel a pickup by its number (02), or the newest of the account's (01).

    Raises:
        UPSError: There is none, or it has happened, or is cancelled.
    """
    if by not in {"01", "02"}:
        raise UPSError(INVALID, "CancelBy must be 01 (account number) or 02 (PRN).")
    if by == "02":
        if not prn:
            raise UPSError(MISSING, "The header Prn is required.")
        order = world.store.get("pickups", prn)
    else:
        if account and account != ACCOUNT_NUMBER:
            raise UPSError("120120", "The account does not belong to the user.")
        open_ones = [o for o in world.store.all("pickups") if status_of(world, o) in {"001", "002", "012"}]
        order = open_ones[-1] if open_ones else None
    if order is None:
        raise UPSError(INVALID, "No pickup of that number, or of the account, was found.")
    status = status_of(world, order)
    if status == "007":
        raise UPSError(INVALID, "The pickup has already been cancelled.")
    if status == "003":
        raise UPSError(INVALID, "The pickup has already been completed.")
    world.store.put("pickups", order["prn"], {**order, "cancelled_at": world.now().isoformat()})
    return {
        "PickupCancelResponse": {
            "Response": answers.response({}),
            "PickupType": "01",
            "GWNStatus": {"Code": "002", "Description": "User Cancelled"},
        }
    }


def divisions(country: str) -> Node:
    """List the states of a country.

    Raises:
        UPSError: A country whose states the simulator does not know.
    """
    if country != "US":
        raise UPSError(INVALID, "No political divisions are known of the country.")
    listed = sorted(US_STATES)
    return {"PickupGetPoliticalDivision1ListResponse": {"Response": answers.response({}), "PoliticalDivision1": listed}}


def status_of(world: World, order: Document) -> str:
    """Return UPS's code of how far a pickup is, by the clock of its place."""
    if order["cancelled_at"]:
        return "007"
    now, day = _local_now(world, order), date.fromisoformat(order["day"])
    if now.date() > day or (now.date() == day and f"{now:%H%M}" >= order["close"]):
        return "003"
    if now.date() == day and f"{now:%H%M}" >= order["ready"]:
        return "002"
    return "001" if now.date() == day else "012"


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise UPSError(INVALID, "The pickup type must be oncall, smart or both.")


def _local_now(world: World, order: Document) -> datetime:
    return world.now() + timedelta(hours=utc_offset(order["country"], order["state"]))


def _existing(world: World, wanted: Wanted) -> Document | None:
    if world.switch("pickup_repeats") == "new":
        return None
    return next(
        (
            order
            for order in world.store.all("pickups")
            if order["place"] == wanted.place
            and order["day"] == wanted.day.isoformat()
            and status_of(world, order) != "007"
        ),
        None,
    )


def _order(world: World, wanted: Wanted, charges: list[tuple[str, str, Decimal]]) -> Document:
    count = world.next_number("pickups")
    tail, left = "", count * 7919
    while len(tail) < 6:
        left, digit = divmod(left, len(_DIGITS))
        tail = _DIGITS[digit] + tail
    total = sum((amount for _, _, amount in charges), Decimal("0.00"))
    world.add_money("pickup_fees", "USD", total)
    return {
        "prn": f"29{wanted.day:%j}{tail}",
        "day": wanted.day.isoformat(),
        "ready": wanted.ready,
        "close": wanted.close,
        "place": wanted.place,
        "state": wanted.state,
        "country": wanted.country,
        "contact": wanted.contact,
        "reference": wanted.reference,
        "pieces": wanted.pieces,
        "fee": str(total),
        "created_at": world.now().isoformat(),
        "cancelled_at": None,
    }


def _charges(wanted: Wanted) -> list[tuple[str, str, Decimal]]:
    found = [("B", "BASE CHARGE", BASE + (SAME_DAY if wanted.is_same_day else 0))]
    if wanted.is_residential:
        found.append(("S", "RESIDENTIAL SURCHARGE", RESIDENTIAL))
    if wanted.day.weekday() == 5:
        found.append(("A", "SATURDAY ON-CALL STOP CHARGE", SATURDAY))
    fuel = (sum((amount for _, _, amount in found), Decimal(0)) * FUEL).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return [*found, ("S", "FUEL SURCHARGE", fuel)]


def _rate_result(wanted: Wanted, charges: list[tuple[str, str, Decimal]]) -> Node:
    total = sum((amount for _, _, amount in charges), Decimal("0.00"))
    return {
        "RateType": "SD" if wanted.is_same_day else "FD",
        "CurrencyCode": "USD",
        "ChargeDetail": [
            {"ChargeCode": code, "ChargeDescription": name, "ChargeAmount": f"{amount:.2f}"}
            for code, name, amount in charges
        ],
        "GrandTotalOfAllCharge": f"{total:.2f}",
    }
