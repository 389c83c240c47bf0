"""Who pays: what FedEx refuses about it (field guide fedex.md §4.3)."""

from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import ACCOUNT_NUMBER, THIRD_PARTIES
from cartcarrier.sandbox.fedex.codes import PAYMENT_TYPES
from cartcarrier.sandbox.fedex.errors import FedExError
from cartcarrier.sandbox.fedex.fields import Node


def check_payment(payment: Node, name: str) -> str:
    """Read a payment, and return the account that pays; empty when it is a recipient without one.

    Args:
        payment: FedEx's object.
        name: As the codes begin: ``SHIPPINGCHARGESPAYMENT`` or ``DUTIESPAYMENT``.

    Raises:
        FedExError: The first rule that is broken.
    """
    kind = fields.choice(payment, "paymentType", PAYMENT_TYPES, f"{name}.PAYMENTTYPE.REQUIRED")
    number = fields.text(payment, "payor.responsibleParty.accountNumber.value")
    if kind == "SENDER":
        if number and number != ACCOUNT_NUMBER:
            message = "Where the sender pays, the payor's account is the shipper's."
            raise FedExError("ACCOUNT.NUMBER.MISMATCH", message)
        return ACCOUNT_NUMBER
    if not number:
        if name == "DUTIESPAYMENT" and kind == "RECIPIENT":
            return ""
        raise FedExError(f"{name}.PAYOR.ACCOUNTNUMBER.REQUIRED", "The payor's account number is required.")
    if number not in {ACCOUNT_NUMBER, *THIRD_PARTIES}:
        raise FedExError(f"{name}.PAYOR.ACCOUNTNUMBER.INVALID", "The payor's account number is invalid.")
    return number
