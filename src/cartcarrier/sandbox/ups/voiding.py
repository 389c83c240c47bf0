"""Giving labels back: ``DELETE /api/shipments/{version}/void/cancel/{id}`` (field guide ups.md §5)."""

import json
import re
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.ups import answers
from cartcarrier.sandbox.ups.account import THIRD_PARTIES, World, age, is_voided
from cartcarrier.sandbox.ups.errors import UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.journey import first_scan_at
from cartcarrier.sandbox.ups.numbers import TRACKING_NUMBER

WINDOW = timedelta(days=28)
RETURN_WINDOW = timedelta(hours=24)
ROADIE_NUMBER = re.compile(r"1R(?:[0-9A-Z]{14}|[0-9A-Z]{26})")
ROADIE_VERSION = 3
MAX_NUMBERS = 20
# What the guide lists as "void refused" without saying when: a command makes a shipment one of these.
REFUSALS = {
    "190108": "The shipment cannot be voided.",
    "190115": "The shipment is being processed and cannot be voided.",
    "190118": "The shipment was billed and cannot be voided.",
    "190121": "Shipments of this kind cannot be voided.",
    "190124": "The shipment is a part of another and cannot be voided alone.",
}
CARRIAGE_RETURNS = "&#xD;&#xD;&#xD;"


def void(world: World, number: str, *, tracking: str | None, version: int) -> Node:
    """Void a shipment, or some of its packages, and credit what they cost.

    Args:
        world: What the platform knows.
        number: The shipment's number, as the path has it.
        tracking: The query's ``trackingnumber``: one number, or a JSON list of up to 20.
        version: The path's version: before 2403 a lone element stands bare.

    Raises:
        UPSError: What UPS refuses to void; nothing is voided then, in part neither.
    """
    if ROADIE_NUMBER.fullmatch(number) and version != ROADIE_VERSION:
        raise UPSError("190122", "The number is not valid for this version: 1R numbers are voided by version v3.")
    if not TRACKING_NUMBER.fullmatch(number):
        raise UPSError("190100", "Invalid shipment identification number.")
    if number[2:8] in THIRD_PARTIES:
        raise UPSError("190103", "The shipment was made by another shipper.")
    shipment = world.shipment(number)
    if shipment is None or shipment["id"] != number:
        raise UPSError("190102", "No shipment found within the allowed void period.")
    wanted = _read_numbers(tracking) if tracking is not None else None
    packages = {package["tracking_number"]: package for package in shipment["packages"]}
    if wanted is not None and not set(wanted) <= set(packages):
        raise UPSError("190102", "No shipment found within the allowed void period.")
    if is_voided(shipment) and wanted is None:
        raise UPSError("190117", "The shipment has already been voided.")
    _check_time(world, shipment)
    if wanted is not None and shipment["international"]:
        raise UPSError("190112", "Packages of international shipments cannot be voided one by one.")
    if wanted is not None and shipment["return_code"]:
        raise UPSError("190113", "Packages of return shipments cannot be voided one by one.")
    chosen = wanted if wanted is not None else list(packages)
    with world.store.transaction():
        _void(world, shipment, chosen)
        world.save_shipment(shipment)
    shapes = world.switch("single_as_object")
    bare = version < 2403 if shapes is None else bool(shapes)
    made: Node = {
        "Response": answers.response({}),
        "SummaryResult": {"Status": {"Code": "1", "Description": "Voided"}},
    }
    if wanted is not None or len(packages) > 1:
        levels = [
            {"TrackingNumber": chosen_number, "Status": {"Code": "1", "Description": "Voided"}}
            for chosen_number in chosen
        ]
        made[world.switch("void_result_key")] = answers.one_or_many(levels, single_as_object=bare)
    result: Node = {"VoidShipmentResponse": made}
    return _decorate(result) if world.switch("cie_void_decoration") else result


def _check_time(world: World, shipment: Document) -> None:
    """Refuse what is too old, in transit, or not to be voided for a reason of UPS's own."""
    if (code := shipment.get("void_refusal")) and code in REFUSALS:
        raise UPSError(code, REFUSALS[code])
    if shipment["return_code"] and age(shipment, world.now()) > RETURN_WINDOW:
        raise UPSError("190104", "The return shipment cannot be voided any more.")
    if age(shipment, world.now()) > WINDOW:
        raise UPSError("190101", "Time for voiding has expired.")
    scanned = first_scan_at(shipment)
    if scanned is not None and scanned <= world.now() and not is_voided(shipment):
        raise UPSError("190101", "Time for voiding has expired: the package is in transit.")


def _read_numbers(written: str) -> list[str]:
    """Read the query: a bare number, or a JSON list."""
    numbers: Any = written
    if written.lstrip().startswith("["):
        try:
            numbers = json.loads(written)
        except ValueError:
            raise UPSError("190109", "Invalid tracking number.") from None
    listed = numbers if isinstance(numbers, list) else [numbers]
    if not 0 < len(listed) <= MAX_NUMBERS or not all(isinstance(number, str) for number in listed):
        raise UPSError("190109", "Invalid tracking number.")
    return list(dict.fromkeys(listed))


def _void(world: World, shipment: Document, numbers: list[str]) -> None:
    """Mark packages, and credit each with its share; the last one gets what is left."""
    charge = Decimal(shipment["charge"])
    share = (charge / len(shipment["packages"])).quantize(Decimal("0.01"), ROUND_HALF_UP)
    for package in shipment["packages"]:
        if package["tracking_number"] not in numbers or package["voided_at"]:
            continue
        package["voided_at"] = world.now().isoformat()
        world.next_number("voided")
        credited = Decimal(shipment.get("credited", "0.00"))
        credit = charge - credited if is_voided(shipment) else share
        shipment["credited"] = str(credited + credit)
        world.add_money("credited", shipment["currency"], credit)


def _decorate(node: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Put encoded carriage returns in front of every string, as CIE has been seen to do (guide §1.3)."""
    if isinstance(node, dict):
        return {name: _decorate(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_decorate(value) for value in node]
    return f"{CARRIAGE_RETURNS}{node}" if isinstance(node, str) else node
