"""Who pays: the shipper, the receiver or a third party, and what UPS wants to know of them (field guide ups.md §4.3)."""

from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.account import (
    ACCOUNT_NUMBER,
    ACCOUNT_POSTAL_CODE,
    THIRD_PARTIES,
    UNBILLABLE,
    World,
)
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.lanes import Lane

_PAYERS = ("BillShipper", "BillReceiver", "BillThirdParty", "ConsigneeBilledIndicator")


def read_payment(world: World, shipment: Node, lane: Lane, *, is_return: bool) -> tuple[str, bool]:
    """Read who pays: one payer for transportation, perhaps one for duties.

    Args:
        world: What the platform knows.
        shipment: UPS's ``Shipment`` object.
        lane: The countries.
        is_return: Whether it comes back: the receiver cannot be billed then.

    Returns:
        Who pays as the label says it, and whether the shipper pays duties.

    Raises:
        UPSError: 120413, 120415 and 120437 for a payer who cannot be billed, 120414 when the card is declined.
    """
    if "PaymentDetails" in shipment and "PaymentInformation" not in shipment:
        raise UPSError(MISSING, "Shipment.PaymentInformation is required; PaymentDetails is read when rating.")
    listed = fields.objects(shipment, "PaymentInformation.ShipmentCharge")
    charges = {fields.required(charge, "Type"): charge for charge in listed}
    if not set(charges) <= {"01", "02", "03"} or "01" not in charges:
        raise UPSError(MISSING, "PaymentInformation.ShipmentCharge needs a payer for transportation, Type 01.")
    if len(charges) < len(listed):
        raise UPSError(INVALID, "PaymentInformation.ShipmentCharge names a charge twice.")
    if "02" in charges and not lane.is_international:
        raise UPSError(
            INVALID, "PaymentInformation.ShipmentCharge Type 02 is only available for international shipments."
        )
    for kind, charge in charges.items():
        _check_payer(charge, kind, is_return=is_return)
    if world.switch("payment_declined"):
        raise UPSError("120414", "The credit card was declined.")
    transportation = charges["01"]
    words = "P/P" if "BillShipper" in transportation else "F/C" if "BillReceiver" in transportation else "3RD PARTY"
    return words, "BillShipper" in charges.get("02", {})


def _check_payer(charge: Node, kind: str, *, is_return: bool) -> None:
    payers = [name for name in _PAYERS if name in charge]
    if len(payers) != 1:
        raise UPSError(INVALID, "ShipmentCharge must name exactly one payer.")
    (payer,) = payers
    if payer == "ConsigneeBilledIndicator":
        return
    number = fields.required(charge, f"{payer}.AccountNumber")
    if payer == "BillShipper":
        if number != ACCOUNT_NUMBER:
            raise UPSError("120413", "The shipper cannot be billed: the account is not the shipper's.")
        return
    if payer == "BillReceiver" and is_return and kind == "01":
        raise UPSError("120415", "The receiver cannot be billed for a return shipment.")
    if number in UNBILLABLE:
        raise UPSError("120413", "The payer's account cannot be billed by others.")
    known = {**THIRD_PARTIES, ACCOUNT_NUMBER: ("US", ACCOUNT_POSTAL_CODE)}
    if number not in known:
        raise UPSError("120415", "The payer's account cannot be billed.")
    country, postal_code = known[number]
    given = fields.text(charge, f"{payer}.Address.PostalCode")
    given_country = fields.text(charge, f"{payer}.Address.CountryCode")
    if given[:5] != postal_code or (payer == "BillThirdParty" and given_country != country):
        raise UPSError("120437", "The payer's postal code does not match the account.")
