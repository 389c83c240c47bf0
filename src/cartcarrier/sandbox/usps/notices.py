"""E-mails about a parcel, and the letter that proves its delivery (field guide usps.md §7.1): asked for, taken, never seen."""

from typing import Final

from cartcarrier.sandbox.usps import journey
from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import ShapeError, USPSError
from cartcarrier.sandbox.usps.shapes import EMAIL, choice, day, group, many, text
from cartcarrier.sandbox.usps.tracking import NOT_YET, unique_id

MOST: Final = 3
_EMAIL: Final = text(most=50, pattern=EMAIL)
_NAMES: Final = {"firstName": text(least=0, most=50), "lastName": text(least=0, most=50)}
NOTIFY: Final = group(
    {
        "uniqueTrackingID*": text(),
        "mailingDate": day,
        "notifyEventTypes*": many(choice("EXPECTED_DELIVERY DELIVERY_ACTIVITY ALL_UPDATES"), least=1),
        "recipients*": many(group({"email*": _EMAIL, **_NAMES}), least=1, most=MOST),
    }
)
PROVE: Final = group(
    {
        "uniqueTrackingID*": text(),
        "mailingDate": day,
        "letterType": choice("PROOF_OF_DELIVERY RETURN_RECEIPT_ELECTRONIC"),
        "recipients*": many(
            group({"email*": _EMAIL, "firstName*": text(least=0, most=50), "lastName*": text(least=0, most=50)}),
            least=1,
            most=MOST,
        ),
        "CRID": text(least=2, most=18),
    }
)
OLD_PROVE: Final = group(
    {
        "uniqueMailPieceID*": text(),
        "mailPieceIntakeDate*": text(),
        "tableCode*": text(),
        "requestType*": choice("email"),
        "firstName*": text(),
        "lastName*": text(),
        "email*": many(_EMAIL, least=1, most=MOST),
        "CRID": text(least=2, most=18),
    }
)


def take(world: World, number: str, body: Node, *, version: str, proof: bool) -> Node:
    """Take an order for e-mails, or for a letter.

    Args:
        world: What the platform knows.
        number: The parcel's.
        body: The request.
        version: ``v3r2`` or ``v3``, as the path has it.
        proof: Whether the letter is wanted.

    Raises:
        USPSError: 404 for the version that the app is not on, for the older version's e-mails, which are not simulated, and for
            numbers that nothing is known of; 150004 a letter for a parcel that was not delivered.
        ShapeError: What the gateway does not let through.
    """
    if world.switch("tracking_api") not in {version, "both"}:
        raise USPSError("", "Resource Not Found", status=404)
    if version == "v3" and not proof:
        raise USPSError("", "Resource Not Found", status=404)
    shape = OLD_PROVE if version == "v3" else PROVE if proof else NOTIFY
    shape(body, "")
    label = world.label(number)
    if label is None:
        raise USPSError("150005", f"Unable to sign up for notifications for this Impb, {NOT_YET}", status=404)
    said = body["uniqueMailPieceID" if version == "v3" else "uniqueTrackingID"]
    if said != unique_id(label):
        raise ShapeError("The unique id is not that of the tracking number", "/uniqueTrackingID")
    scans = journey.travel(label, journey.choose_kind(world.seed, label), world.now())
    if proof and not any(scan.category == "Delivered" for scan in scans):
        raise USPSError("150004", "Delivery status information is not available for your item via this web site.")
    with world.store.transaction():
        count = world.next_number("mails")
    text_ = f"Your request {count} was received and will be sent by e-mail."
    return {"resultText": text_, "returnCode": "0"} if version == "v3" else {"transactionMessage": text_}
