"""Ground's end of the day: ``PUT`` and ``POST /ship/v1/endofday/`` (field guide fedex.md §6). Express has none."""

import base64
from typing import Final

from cartcarrier.sandbox import _labels as drawing
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import ACCOUNT_NUMBER, World, is_cancelled
from cartcarrier.sandbox.fedex.codes import SERVICES
from cartcarrier.sandbox.fedex.dates import SHIP_DATE_INVALID, local, read_date
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node

DOCUMENTS: Final = frozenset({"MANIFEST", "OP_950"})
_NOTHING: Final = ("GROUNDCLOSE.SHIPMENTS.NOTFOUND", "No Ground shipments are waiting to be closed.")


def close(world: World, body: Node) -> Node:
    """Close the Ground parcels of a day: those that are not closed yet; afterwards they cannot be cancelled.

    Args:
        world: What the platform knows.
        body: The request.

    Raises:
        FedExError: The first rule that is broken, or there is nothing to close.
    """
    kinds = _check(body, "GCDR")
    if fields.text(body, "groundServiceCategory") != "GROUND":
        raise invalid_input("groundServiceCategory")
    day = read_date(
        fields.text(body, "closeDate"), SHIP_DATE_INVALID, "The ship date is past, too far ahead, or no date."
    )
    if day > local(world.now(), "US", "GA").date():
        raise FedExError(SHIP_DATE_INVALID, "The ship date is past, too far ahead, or no date.")
    found = [
        shipment
        for shipment in world.shipments()
        if SERVICES[shipment["service"]].carrier == "FDXG" and not is_cancelled(shipment)
        if shipment["closed_on"] is None and shipment["ship_date"] <= day.isoformat() and not shipment["return_type"]
    ]
    if not found:
        raise FedExError(*_NOTHING)
    numbers = [package["tracking_number"] for shipment in found for package in shipment["packages"]]
    with world.store.transaction():
        for shipment in found:
            shipment["closed_on"] = day.isoformat()
            world.save_shipment(shipment)
        cycle = f"{world.next_number('closes'):016d}"
        made: Document = {
            "cycle": cycle,
            "day": day.isoformat(),
            "closed_at": world.now().isoformat(),
            "tracking_numbers": numbers,
        }
        world.store.put("closes", cycle, made)
    return _answer([made], kinds)


def reprint(world: World, body: Node) -> Node:
    """Print the papers of earlier closes again.

    Args:
        world: What the platform knows.
        body: The request.

    Raises:
        FedExError: The first rule that is broken, or there was no such close.
    """
    kinds = _check(body, "RGCDR")
    option = fields.text(body, "reprintOption")
    if option == "BY_SHIP_DATE":
        day = read_date(
            fields.text(body, "closeDate"), SHIP_DATE_INVALID, "The ship date is past, too far ahead, or no date."
        ).isoformat()
        found = [each for each in world.store.all("closes") if each["day"] == day]
    elif option == "BY_TRACKING_NUMBER":
        text = "The tracking number is wrong."
        number = fields.required(body, "trackingNumber", "TRACKINGNUMBER.ENTERED.INVALID", text)
        found = [each for each in world.store.all("closes") if number in each["tracking_numbers"]]
    else:
        raise invalid_input("reprintOption")
    if not found:
        raise FedExError(*_NOTHING)
    return _answer(found, kinds)


def _check(body: Node, kind: str) -> list[str]:
    number = fields.text(body, "accountNumber.value")
    if number != ACCOUNT_NUMBER:
        raise FedExError("SHIPMENT.USER.UNAUTHORIZED", "This user may not do that with this account.")
    if fields.text(body, "closeReqType") != kind:
        raise invalid_input("closeReqType")
    kinds = fields.strings(body, "closeDocumentSpecification.closeDocumentTypes")
    if not DOCUMENTS.issuperset(kinds):
        raise invalid_input("closeDocumentTypes")
    return kinds or ["MANIFEST"]


def _answer(closes: list[Document], kinds: list[str]) -> Node:
    return {
        "closeDocuments": [
            {
                "type": kind,
                "shippingCycle": each["cycle"],
                "shippingDocumentDisposition": "RETURNED",
                "resolution": 200,
                "copiesToPrint": 1,
                "parts": [{"documentPartSequenceNumber": 1, "image": base64.b64encode(_draw(each, kind)).decode()}],
            }
            for each in closes
            for kind in kinds
        ]
    }


def _draw(close_: Document, kind: str) -> bytes:
    """Write a paper: the manifest is plain text, as FedEx's sample is; the hazmat report a PDF."""
    lines = [
        f"Account: {ACCOUNT_NUMBER}   Ship date: {close_['day']}   Cycle: {close_['cycle']}",
        *close_["tracking_numbers"],
        f"Total packages: {len(close_['tracking_numbers'])}",
    ]
    if kind == "OP_950":
        return drawing.text_page_pdf("OP-950 Hazardous Materials Certification", lines)
    return "\n".join(["          FedEx Ground Manifest  ** SAMPLE **", *lines, ""]).encode()
