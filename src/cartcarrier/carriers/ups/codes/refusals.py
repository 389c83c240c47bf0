"""UPS's error codes: which error of ours each is, and what to say about it.

UPS's own texts are not passed on: they may repeat an address or a name. Source: field guide ups.md §8, and §5 for voids.
"""

from typing import Final

import attrs

from cartcarrier.errors import (
    AddressRejectedError,
    AuthenticationError,
    ConflictError,
    InsufficientFundsError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    RejectedError,
    ServiceUnavailableForLaneError,
    UnavailableError,
)


@attrs.frozen
class Refusal:
    """What an error code means.

    Attributes:
        kind: Our error.
        words: What is wrong, and what to do, as the end of a sentence.
        field: Path of the refused field in UPS's names, where the code tells it.
    """

    kind: type[ProviderError]
    words: str
    field: str | None = None


_NOT_ENABLED = "the credentials are wrong, or the API product is not enabled for the app on UPS's developer portal"
_GROUPS: Final[tuple[tuple[str, Refusal], ...]] = (
    ("250002", Refusal(AuthenticationError, _NOT_ENABLED)),
    (
        "250003 250004 250005 250009 UJ0001 10401",
        Refusal(AuthenticationError, "the credentials or the token are not accepted"),
    ),
    ("251004", Refusal(AuthenticationError, "the token has expired")),
    (
        "250006 250007",
        Refusal(PermissionDeniedError, "too many failed attempts, locked for up to a day: do not repeat"),
    ),
    ("120121 120052", Refusal(PermissionDeniedError, "this account is not enabled for that")),
    ("120900", Refusal(PermissionDeniedError, "the account has no negotiated rates")),
    ("10429", Refusal(RateLimitError, "too many calls")),
    ("10001 10002 10003 10006 20007 20008", Refusal(RejectedError, "the request is malformed or a field is invalid")),
    (
        "121000",
        Refusal(RejectedError, "a field has characters UPS does not take, or an empty container was sent"),
    ),
    ("120801 120802 120803", Refusal(AddressRejectedError, "the address is not one UPS knows", "ShipTo.Address")),
    ("111285", Refusal(AddressRejectedError, "the postal code is invalid for the state", "Address.PostalCode")),
    ("111286", Refusal(AddressRejectedError, "the state is invalid for the country", "Address.StateProvinceCode")),
    ("110208", Refusal(AddressRejectedError, "the destination's country is missing or invalid", "ShipTo.Address")),
    ("120213", Refusal(AddressRejectedError, "the recipient's phone number is invalid", "ShipTo.Phone.Number")),
    (
        "120124 111100 111210 111217 121100 121210 111215 121215",
        Refusal(ServiceUnavailableForLaneError, "the service does not run between these places", "Service.Code"),
    ),
    (
        "120100 120113 120120 120122 111580",
        Refusal(
            RejectedError,
            "the account number is wrong or not registered for these credentials: check the setting account_number",
            "Shipper.ShipperNumber",
        ),
    ),
    (
        "120413 120415 120437",
        Refusal(
            RejectedError,
            "the account that should pay cannot be billed; its postal code must be the one registered with UPS",
            "PaymentInformation.ShipmentCharge",
        ),
    ),
    (
        "120414",
        Refusal(InsufficientFundsError, "the means of payment was declined", "PaymentInformation.ShipmentCharge"),
    ),
    ("120020", Refusal(RejectedError, "too many packages", "Shipment.Package")),
    (
        "120616 121050 121055 121056 111035",
        Refusal(RejectedError, "a package is too heavy or too large", "Shipment.Package"),
    ),
    (
        "120598 120599 121150 121020",
        Refusal(RejectedError, "the signature option is not allowed here", "DeliveryConfirmation.DCISType"),
    ),
    (
        "120505 121045 121200",
        Refusal(RejectedError, "Saturday delivery is not offered for this", "SaturdayDeliveryIndicator"),
    ),
    (
        "120541 120542 120543 120544",
        Refusal(RejectedError, "references are at the wrong level for these countries", "ReferenceNumber"),
    ),
    (
        "120528 120529 120548 120546 120547 111057",
        Refusal(RejectedError, "the units of weight or length do not fit each other or the origin", "Shipment.Package"),
    ),
    ("111549", Refusal(RejectedError, "the total weight of the shipment is missing", "ShipmentTotalWeight")),
    ("120021", Refusal(ConflictError, "the same shipment was requested before")),
    (
        "190001 300000 120001 20001 10004 250050",
        Refusal(UnavailableError, "it is temporarily unable to do it"),
    ),
    ("190100 190109 190122", Refusal(RejectedError, "the number to be voided is not a valid one")),
    (
        "190101 190102",
        Refusal(
            RejectedError,
            "the shipment is unknown to UPS or the time for voiding it is over; UPS does not say which",
        ),
    ),
    (
        "190103 190108 190115 190118 190121 190124",
        Refusal(RejectedError, "UPS does not void this shipment any more, or not through this account"),
    ),
    ("190104", Refusal(RejectedError, "UPS does not void this return shipment")),
    (
        "190112 190113",
        Refusal(RejectedError, "return and international shipments are voided as a whole, not by parcel"),
    ),
    ("190117", Refusal(ConflictError, "it was voided before")),
    ("300007", Refusal(NotFoundError, "no shipment, or none yet, has that number or reference")),
    ("300001 300035", Refusal(ConflictError, "several shipments answer to that reference")),
    ("300002", Refusal(RejectedError, "the label was sent by e-mail and is not given out")),
    ("300006", Refusal(RejectedError, "the label is too old to be recovered")),
    ("300032", Refusal(RejectedError, "the shipment has no label")),
    ("300033", Refusal(RejectedError, "the shipment was voided")),
    ("300034", Refusal(RejectedError, "the shipment is not processed yet")),
    ("TW0001", Refusal(NotFoundError, "nothing is known about that number, or nothing yet")),
    ("TV1002", Refusal(RejectedError, "that is not a tracking number", "inquiryNumber")),
    ("9264030", Refusal(RejectedError, "addresses of this state are not checked in UPS's test environment")),
    ("9590009", Refusal(RejectedError, "the tracking number does not fit the document")),
    ("9590022", Refusal(NotFoundError, "there is no document of that id")),
    # UPS's table in its description of Track Alert
    ("10007 VSS000 VSS110 VSS930", Refusal(RejectedError, "the request is malformed or a field is invalid")),
    ("VSS002 VSS003 VSS004 VSS006", Refusal(RejectedError, "the transaction's name or source is missing or invalid")),
    ("VSS100", Refusal(UnavailableError, "it is temporarily unable to do it")),
    (
        "VSS200 VSS210",
        Refusal(RejectedError, "none of the numbers can be followed by pushes: 1Z and 1R only", "trackingNumberList"),
    ),
    (
        "VSS215",
        Refusal(RejectedError, "UPS's test environment pushes about its test numbers only", "trackingNumberList"),
    ),
    ("VSS220", Refusal(RejectedError, "more than 100 numbers at once", "trackingNumberList")),
    ("VSS300 VSS310 VSS400", Refusal(RejectedError, "the language or the country is invalid", "locale")),
    (
        "VSS500 VSS600 VSS610 VSS700 VSS800",
        Refusal(
            RejectedError,
            "the address for pushes or its credential is missing or invalid: set both on UPS's developer portal",
        ),
    ),
)

REFUSALS: Final = {code: refusal for codes, refusal in _GROUPS for code in codes.split()}

REQUESTED_BEFORE: Final = "120021"
"""Of a purchase: the earlier request may have bought the label (field guide ups.md §8), so it is looked up."""
ALREADY_VOIDED: Final = "190117"
NO_LIVE_LABEL: Final = frozenset({"300007", "300033"})
"""A look-up that finds nothing, or what was voided since: no label is live under that reference."""
NOT_VOIDABLE: Final = frozenset(
    ["190101", "190102", "190103", "190104", "190108", "190112", "190113", "190115", "190118", "190121", "190124"]
)
NONE_TO_FOLLOW: Final = frozenset({"VSS200", "VSS210", "VSS215"})
"""Refused are the numbers, not the question."""
NEGOTIATED_MISSING: Final = frozenset({"120900", "120901"})

_ADDRESS_FIELD: Final = "1202"


def refusal_for(code: str) -> Refusal | None:
    """Return what a code means; ``None`` for one that nobody has told us about."""
    known = REFUSALS.get(code)
    if known is None and len(code) == 6 and code.startswith(_ADDRESS_FIELD):
        return Refusal(AddressRejectedError, "a field of an address is missing or invalid", "ShipTo.Address")
    return known
