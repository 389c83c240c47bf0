"""Track Alert: subscriptions by tracking number or account (field guide ups.md §7.6; description of Track Alert).

A subscription lives 14 days and has no history. In version 2 address and credential of the receiver are set on UPS's portal,
so here by command; version 1 carried them in the request.
"""

import re
from datetime import timedelta
from typing import Any, Final

from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.ups.errors import UPSError
from cartcarrier.sandbox.ups.fields import Node

LIFETIME: Final = timedelta(days=14)
MAX_NUMBERS: Final = 100
MAX_TRANS_ID: Final = 32
MAX_SOURCE: Final = 512
MAX_URL: Final = 256
KINDS: Final = frozenset({"standard", "enhanced"})
PREFERENCES: Final = frozenset({"D", "I", "M", "X"})
TEST_NUMBERS: Final = ("1ZCIETST0111111114", "1ZCIETST0422222228")
"""They send events one second apart, as often as they are subscribed to."""
_NUMBER: Final = re.compile(r"1Z[0-9A-Z]{16}|1R[0-9A-Z]{14}|1R[0-9A-Z]{26}")
_LOCALE: Final = "en_US"

REJECTED: Final = "The Subscription request has been rejected."


class AlertError(UPSError):
    """A refusal of Track Alert: it lists the tracking numbers that are at fault, none or some.

    Args:
        code: UPS's own code.
        message: UPS's words.
        invalid: The tracking numbers.
    """

    def __init__(self, code: str, message: str, invalid: list[str] | None = None) -> None:
        super().__init__(code, message)
        self.extra: dict[str, Any] = {"invalidTrackingNumbers": invalid or []}


def check_headers(transaction: str | None, source: str | None) -> None:
    """Refuse a call without its two headers, or with ones that are too long.

    Raises:
        AlertError: VSS002, VSS003, VSS004, VSS006.
    """
    if not transaction:
        raise AlertError("VSS002", "Missing transId")
    if len(transaction) > MAX_TRANS_ID:
        raise AlertError("VSS003", f"Please enter a valid Transaction ID, {REJECTED}")
    if not source:
        raise AlertError("VSS004", "Missing transactionSrc")
    if len(source) > MAX_SOURCE:
        raise AlertError("VSS006", f"Please enter a valid Transaction SRC, {REJECTED}")


def subscribe_numbers(world: World, body: Node, *, kind: str, version: str) -> Node:
    """Subscribe to tracking numbers: those of the wrong form are named, the others are taken.

    Args:
        world: What the platform knows.
        body: The request.
        kind: The path's type.
        version: The path's version, ``v1`` or ``v2``.

    Raises:
        AlertError: The request as a whole is refused.
    """
    preferences = _read_common(body, kind)
    destination = _read_destination(body) if version == "v1" else {}
    if "trackingNumberList" not in body or not isinstance(body["trackingNumberList"], list):
        raise AlertError("VSS200", f"Tracking Number List is required. {REJECTED}")
    listed: list[Any] = body["trackingNumberList"]
    if not listed:
        raise AlertError("VSS200", f"Tracking Number List is required. {REJECTED}")
    if len(listed) > MAX_NUMBERS:
        raise AlertError("VSS220", f"You have submitted over 100 tracking numbers which is not allowed. {REJECTED}")
    valid = [number for number in listed if isinstance(number, str) and _NUMBER.fullmatch(number)]
    invalid = [str(number) for number in listed if number not in valid]
    if valid and world.switch("cie_track_alert") and not set(valid) <= set(TEST_NUMBERS):
        raise AlertError("VSS215", "The tracking number that was submitted is not a valid CIE tracking number.", valid)
    if not valid:
        raise AlertError("VSS210", f"The request should have at least one valid tracking number. {REJECTED}", invalid)
    now = world.now()
    with world.store.transaction():
        for number in dict.fromkeys(valid):
            row = {
                "number": number,
                "kind": kind,
                "preferences": preferences,
                "since": now.isoformat(),
                "until": (now + LIFETIME).isoformat(),
                "destination": destination,
            }
            old = world.store.get("alerts", number)
            if old is not None and old["until"] >= row["since"]:
                row["since"] = old["since"]  # still alive: nothing is lost between the two
            if number in TEST_NUMBERS:
                row["since"] = now.isoformat()
                world.store.delete("alerted", number)
            world.store.put("alerts", number, row)
    made: Node = {"validTrackingNumbers": list(dict.fromkeys(valid))}
    if invalid:
        made["invalidTrackingNumbers"] = invalid
    return made


def subscribe_account(world: World, body: Node, *, kind: str) -> Node:
    """Subscribe to everything that an account ships.

    Raises:
        AlertError: The request is refused; VSS000 for an account that is not the user's.
    """
    if kind != "enhanced":
        raise AlertError("VSS930", f"Type is missing or invalid, {REJECTED}")
    preferences = _read_common(body, kind)
    _check_account(body.get("shipperAccountNumber"))
    row = {"preferences": preferences, "since": world.now().isoformat()}
    world.store.put("account_alerts", ACCOUNT_NUMBER, row)
    return {"expiryDate": "9999-12-31"}


def unsubscribe_account(world: World, *, kind: str, account: str | None) -> Node:
    """End the subscription of an account.

    Raises:
        AlertError: VSS000: none, or not the user's.
    """
    if kind != "enhanced":
        raise AlertError("VSS930", f"Type is missing or invalid, {REJECTED}")
    _check_account(account)
    if world.store.get("account_alerts", ACCOUNT_NUMBER) is None:
        raise AlertError("VSS000", f"Invalid request and {REJECTED}")
    world.store.delete("account_alerts", ACCOUNT_NUMBER)
    return {"message": "Account unsubscribed"}


def _check_account(account: object) -> None:
    if account != ACCOUNT_NUMBER:
        raise AlertError("VSS000", f"Invalid request and {REJECTED}")


def _read_common(body: Node, kind: str) -> list[str]:
    if kind not in KINDS:
        raise AlertError("VSS930", f"Type is missing or invalid, {REJECTED}")
    if not body:
        raise AlertError("VSS110", f"Subscription request is empty or not present. {REJECTED}")
    locale = body.get("locale")
    if not locale:
        raise AlertError("VSS300", f"Locale is required. {REJECTED}")
    if locale != _LOCALE:
        raise AlertError("VSS310", f"Please enter a valid locale. {REJECTED}")
    country = body.get("countryCode")
    if country is not None and not (isinstance(country, str) and len(country) == 2 and country.isupper()):
        raise AlertError("VSS400", f"Please enter a valid country code. {REJECTED}")
    preferences = body.get("eventPreferences")
    if preferences is None:
        return []
    if not isinstance(preferences, list) or not 1 <= len(preferences) <= 4 or _are_unknown(preferences):
        raise AlertError("VSS000", f"Invalid request and {REJECTED}")
    if kind != "enhanced":
        raise AlertError("VSS000", f"Event preferences are for enhanced subscriptions. {REJECTED}")
    return list(preferences)


def _are_unknown(preferences: list[Any]) -> bool:
    return not all(isinstance(preference, str) and preference in PREFERENCES for preference in preferences)


def _read_destination(body: Node) -> Node:
    """Read where version 1 is to send: address, credential and its type."""
    if not isinstance(body.get("destination"), dict):
        raise AlertError("VSS500", f"Destination is required. {REJECTED}")
    destination: Node = body["destination"]
    url = fields.text(destination, "url")
    if not url:
        raise AlertError("VSS600", f"URL is empty or not present. {REJECTED}")
    if len(url) > MAX_URL:
        raise AlertError("VSS610", f"URL is too long. {REJECTED}")
    if not fields.text(destination, "credential"):
        raise AlertError("VSS700", f"Credential is empty or not present. {REJECTED}")
    if not fields.text(destination, "credentialType"):
        raise AlertError("VSS800", f"CredentialType is empty or not present. {REJECTED}")
    return {"url": url, "credential": fields.text(destination, "credential")}
