"""Giving labels back: ``DELETE /labels/v3/label[/{trackingNumber}]``, and the same abroad (field guide usps.md §5)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps import keys
from cartcarrier.sandbox.usps.account import World, age
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.geography import CENTRAL
from cartcarrier.sandbox.usps.journey import first_scan_at, is_scanned
from cartcarrier.sandbox.usps.manifest import is_manifested

NOT_FOUND: Final = ("160185", "Order not found", "trackingNumber")


def find_label(world: World, number: str | None, key: str | None, *, abroad: bool) -> Document:
    """Return the label that a number or a key names; fresh ones may take a while to be found (``find_late``).

    Raises:
        ShapeError: The key is no UUID.
        USPSError: 160185 there is none.
    """
    if number is not None:
        label = world.label(number)
    elif key is not None:
        label = keys.label_of(world, key, NOT_FOUND)
    else:
        raise USPSError("160185", "Order not found", "X-Idempotency-Key")
    if label is None or (label["kind"] == "international") is not abroad or not is_ready(world, label):
        raise USPSError(*NOT_FOUND)
    return label


def is_ready(world: World, label: Document) -> bool:
    """Say whether a label can be found by now: the command ``find_late`` lets that take a while."""
    return age(label, world.now()) >= timedelta(seconds=float(world.switch("find_late_seconds")))


def cancel(world: World, label: Document) -> Node:
    """Cancel a label, or ask for its refund when it is too late for that.

    Before the post has been told of it, it is cancelled and costs nothing. Afterwards a refund is asked for; whether it comes is
    decided days later, and depends on nobody having scanned the parcel.

    Raises:
        USPSError: 160186 cancelled already, 160187 a return label, 160174 on a SCAN form that is not sent yet, 160184 the
            parcel is under way, or its refund was asked for today, 160277 an international one after the manifest.
    """
    now = world.now()
    if label["kind"] == "return":
        raise USPSError("160187", "Return label orders cannot be canceled", "trackingNumber")
    if label["status"] == "CANCELED":
        raise USPSError("160186", "Order already canceled", "trackingNumber")
    if label["status"] == "DISPUTED":
        asked = datetime.fromisoformat(label["dispute"]["at"]).astimezone(CENTRAL).date()
        if asked == now.astimezone(CENTRAL).date():
            raise USPSError(
                "160184", "Order cannot be canceled: duplicate submission of the same label", "trackingNumber"
            )
        return _write(label)
    if is_manifested(label, now) or label["immediate"]:
        return _dispute(world, label)
    if label["scan_form"] is not None:
        raise USPSError("160174", "Labels associated with a scan form cannot be canceled", "trackingNumber")
    if is_scanned(label, now):
        raise USPSError("160184", "Order cannot be canceled", "trackingNumber")
    with world.store.transaction():
        label["status"] = "CANCELED"
        label["canceled_at"] = now.isoformat()
        world.next_number("voided")
        world.credit(Decimal(label["charge"]))
        world.save_label(label)
    return _write(label)


def settle(world: World) -> None:
    """Let happen what time brings: refunds are granted or refused, return labels that were used are charged."""
    now = world.now()
    for label in world.pending_labels():
        if label["kind"] == "return" and not label.get("charged") and (scan := first_scan_at(label)) and scan <= now:
            with world.store.transaction():
                label["charged"] = True
                world.pay(Decimal(label["charge"]))
                world.save_label(label)
        dispute = label["dispute"]
        if dispute is None or dispute["decision"] is not None or datetime.fromisoformat(dispute["decided_at"]) > now:
            continue
        with world.store.transaction():
            granted = not is_scanned(label, now)
            dispute["decision"] = "APPROVED" if granted else "DENIED"
            if granted:
                world.credit(Decimal(label["charge"]))
            world.save_label(label)


def _dispute(world: World, label: Document) -> Node:
    if not world.switch("refunds"):
        raise USPSError("160184", "Order cannot be canceled", "trackingNumber")
    if label["kind"] == "international" and not world.switch("international_refunds"):
        raise USPSError(
            "160277", "International labels cannot be refunded after they have been manifested", "trackingNumber"
        )
    now = world.now()
    day = now.astimezone(CENTRAL).date().isoformat()
    with world.store.transaction():
        name = f"{label['crid']}:{day}"
        known = world.store.get("dispute-days", name)
        if known is None:  # one number a company a day (guide §5)
            known = {"id": f"{90_000_000 + world.next_number('disputes')}"}
            world.store.put("dispute-days", name, known)
        label["status"] = "DISPUTED"
        label["dispute"] = {
            "id": known["id"],
            "at": now.isoformat(),
            "decided_at": (now + timedelta(days=float(world.switch("dispute_days")))).isoformat(),
            "decision": None,
        }
        world.next_number("voided")
        world.save_label(label)
    return _write(label)


def _write(label: Document) -> Node:
    made: Node = {"trackingNumber": label["number"], "status": label["status"]}
    if label["dispute"] is not None:
        made["disputeId"] = label["dispute"]["id"]
    return made
