"""Giving labels back: ``PUT /ship/v1/shipments/cancel`` (field guide fedex.md §5). A 200 may say no."""

from decimal import Decimal

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import ACCOUNT_NUMBER, World, is_cancelled
from cartcarrier.sandbox.fedex.codes import SERVICES
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.journey import first_scan_at

_UNKNOWN = (
    "TRACKINGNUMBER.ENTERED.INVALID",
    "The tracking number is wrong.",
)


def cancel(world: World, body: Node) -> Node:
    """Cancel a whole shipment, and credit what it cost; or say that it cannot be cancelled any more.

    Args:
        world: What the platform knows.
        body: The request.

    Raises:
        FedExError: What FedEx does not even look at: another account, an unknown or a cancelled number.
    """
    number = fields.text(body, "accountNumber.value")
    if number != ACCOUNT_NUMBER:
        raise FedExError("SHIPMENT.USER.UNAUTHORIZED", "This user may not do that with this account.")
    control = fields.text(body, "deletionControl")
    if control and control != "DELETE_ALL_PACKAGES":
        raise invalid_input("deletionControl")
    tracking = fields.required(body, "trackingNumber", *_UNKNOWN)
    shipment = world.shipment(tracking)
    if shipment is None or shipment["historic"] or is_cancelled(shipment):
        raise FedExError(*_UNKNOWN)
    sender = fields.text(body, "senderCountryCode")
    if sender and sender != shipment["origin"]["country"]:
        raise FedExError("SENDERCOUNTRYCODE.INVALID", "The sender's country is not the shipment's.")
    service = SERVICES[shipment["service"]]
    if tracking != shipment["id"] and shipment["international"] and not service.is_ground:
        raise FedExError(*_UNKNOWN)  # express abroad is cancelled by its master number
    pending = shipment["return_type"] == "PENDING"
    if pending != fields.flag(body, "emailShipment"):
        raise FedExError(*_UNKNOWN)
    reason = _why_not(world, shipment, pending=pending)
    if reason:
        return {"cancelledShipment": False, "cancelledHistory": False, "message": reason}
    with world.store.transaction():
        for package in shipment["packages"]:
            package["voided_at"] = world.now().isoformat()
            world.next_number("voided")
        shipment["credited"] = shipment["charge"]
        world.save_shipment(shipment)
        if shipment["payer"] == ACCOUNT_NUMBER:
            world.add_money("credited", shipment["currency"], Decimal(shipment["charge"]))
    return {"cancelledShipment": True, "cancelledHistory": True, "message": "The shipment is cancelled."}


def _why_not(world: World, shipment: Document, *, pending: bool) -> str:
    """Say why a shipment cannot be cancelled; empty when it can."""
    if world.switch("refuse_cancel"):
        return "The shipment was not cancelled."
    if pending and shipment["completed_at"]:
        return "Shipment is already confirmed and cannot be cancelled."
    if shipment["closed_on"]:
        return "Shipment cannot be cancelled: the ground close has been performed."
    scanned = first_scan_at(shipment)
    if scanned is not None and scanned <= world.now():
        return "Shipment cannot be cancelled: the package has been tendered."
    return ""
