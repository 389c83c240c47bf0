"""What is charged or given back later: adjustments after scanning, and disputes of them (field guide usps.md §5).

USPS publishes no description of these calls; the shapes are assumed.
"""

from decimal import Decimal
from typing import Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps.account import CRID, World
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.shapes import group, text

KINDS: Final = ("CENSUS", "DUPLICATES", "UNMANIFESTED")
REASONS: Final = ("WEIGHT", "DIMENSIONS", "PACKAGING", "ZONE", "DUPLICATE", "UNMANIFESTED")
DISPUTE: Final = group(
    {"CRID*": text(), "trackingNumber*": text(), "adjustmentId": text(), "reason*": text(), "description": text()}
)


def adjust(world: World, label: Document, *, kind: str, reason: str, amount: Decimal) -> Document:
    """Charge a label's account for what a scan found out, or give it back when the amount is negative."""
    with world.store.transaction():
        number = f"ADJ{world.next_number('adjustments'):08d}"
        made: Document = {
            "id": number,
            "number": label["number"],
            "kind": kind,
            "reason": reason,
            "amount": str(amount),
            "at": world.now().isoformat(),
            "disputed": False,
        }
        world.store.put("adjustments", number, made)
        if amount >= 0:
            world.pay(amount)
        else:
            world.credit(-amount)
    return made


def read(world: World, crid: str, number: str, kind: str) -> Node:
    """Answer which adjustments of a kind a parcel had.

    Raises:
        USPSError: 403 another's company, 404 none.
    """
    if kind not in KINDS:
        raise USPSError("", "Resource Not Found", status=404)
    if crid != CRID:
        raise USPSError("", "The CRID is not authorized for this application.", status=403)
    found = [one for one in world.store.all("adjustments") if one["number"] == number and one["kind"] == kind]
    if not found:
        raise USPSError("", "No adjustments were found for this tracking number.", status=404)
    return {
        "CRID": crid,
        "trackingNumber": number,
        "adjustmentType": kind,
        "adjustments": [
            {
                "adjustmentId": one["id"],
                "adjustmentReason": one["reason"],
                "adjustmentAmount": Decimal(one["amount"]),
                "adjustmentDate": one["at"][:10],
                "disputed": one["disputed"],
            }
            for one in found
        ],
    }


def dispute(world: World, body: Node) -> Node:
    """Take a dispute of an adjustment.

    Raises:
        USPSError: 404 there is none to dispute; 400 it is disputed already.
        ShapeError: What the gateway does not let through.
    """
    DISPUTE(body, "")
    found = [one for one in world.store.all("adjustments") if one["number"] == body["trackingNumber"]]
    if body["CRID"] != CRID or not found:
        raise USPSError("", "No adjustments were found for this tracking number.", status=404)
    if all(one["disputed"] for one in found):
        raise USPSError("", "The adjustment is disputed already.")
    with world.store.transaction():
        for one in found:
            world.store.put("adjustments", one["id"], {**one, "disputed": True})
        number = f"{90_000_000 + world.next_number('disputes')}"
    return {"disputeId": number, "trackingNumber": body["trackingNumber"], "status": "SUBMITTED"}
