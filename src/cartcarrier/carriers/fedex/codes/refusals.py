"""FedEx's error codes: which error of ours each is, and what to say about it.

FedEx's own texts are not passed on: they may repeat an address or a name. Source: field guide fedex.md §8.
"""

import re
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
        field: Path of the refused field in FedEx's names, where the code tells it.
    """

    kind: type[ProviderError]
    words: str
    field: str | None = None


_GROUPS: Final[tuple[tuple[str, Refusal], ...]] = (
    (
        "NOT.AUTHORIZED.ERROR LOGIN.REAUTHENTICATE.ERROR AUTHENTICATION.TOKEN.INVALID SESSION.EXPIRED.ERROR",
        Refusal(AuthenticationError, "the credentials or the token are not accepted"),
    ),
    (
        "FORBIDDEN.ERROR UNAUTHORIZED.USAGE UNAUTHORIZED.ACCESS.ERROR",
        Refusal(
            PermissionDeniedError,
            "the project on FedEx's developer portal has no right to that: enable the API there, and note that tracking often"
            " needs a project of its own (track_client_id)",
        ),
    ),
    (
        "SHIPMENT.USER.UNAUTHORIZED SHIPMENT.ACCOUNTNUMBER.UNAUTHORIZED ACCOUNT.VALIDATION.ERROR",
        Refusal(
            PermissionDeniedError,
            "the account may not do that with these credentials: link it to the project, and have FedEx approve your labels"
            " (quoting needs no approval, buying does)",
            "accountNumber.value",
        ),
    ),
    (
        "ACCOUNTNUMBER.REGISTRATION.REQUIRED ACCOUNT.NUMBER.NOTFOUND USER.ACCOUNT.NOTFOUND",
        Refusal(
            PermissionDeniedError,
            "the account number is not registered for these credentials: check the setting account_number",
            "accountNumber.value",
        ),
    ),
    (
        "ACCOUNT.NUMBER.MISMATCH",
        Refusal(RejectedError, "the account that pays is not the account that ships", "shippingChargesPayment.payor"),
    ),
    ("INVALID.INPUT.EXCEPTION", Refusal(RejectedError, "the request is malformed; FedEx does not say which field")),
    (
        "MIXED.MEASURING.UNITS.INCLUDED",
        Refusal(RejectedError, "units of weight or length are mixed", "requestedPackageLineItems"),
    ),
    (
        "CURRENCYTYPE.PACKAGES.MUST",
        Refusal(RejectedError, "the packages' values are in several currencies", "requestedPackageLineItems"),
    ),
    (
        "RECIPIENTS.ADDRESSSTATEORPROVINCECODE.MISMATCH COUNTRY.POSTALANDSTATEORPROVINCECODE.MISMATCH",
        Refusal(
            AddressRejectedError,
            "state or province does not fit the postal code or the country",
            "recipients.address.stateOrProvinceCode",
        ),
    ),
    (
        "RECIPIENTS.POSTALCODE.INVALID",
        Refusal(AddressRejectedError, "the recipient's postal code is invalid", "recipients.address.postalCode"),
    ),
    (
        "IMPORTEROFRECORD.POSTALSTATE.MISMATCH",
        Refusal(AddressRejectedError, "the importer's postal code and state do not fit", "importerOfRecord.address"),
    ),
    (
        "ADDRESS.DETAIL.INVALID STANDARDIZED.ADDRESS.NOTFOUND",
        Refusal(AddressRejectedError, "the address is not one FedEx knows", "address"),
    ),
    ("STREETLINE1.EMPTY", Refusal(AddressRejectedError, "the address has no street", "address.streetLines")),
    (
        "ORIGIN.COUNTRY.NOTSERVED",
        Refusal(ServiceUnavailableForLaneError, "FedEx does not collect in the sender's country", "shipper.address"),
    ),
    (
        "DESTINATION.COUNTRY.NOTSERVED",
        Refusal(ServiceUnavailableForLaneError, "FedEx does not deliver to that country", "recipients.address"),
    ),
    (
        "SERVICE.PACKAGECOMBINATION.INVALID",
        Refusal(
            ServiceUnavailableForLaneError,
            "the service does not take this packaging between these places",
            "serviceType",
        ),
    ),
    (
        "TRACKING.TRACKINGNUMBER.NOTFOUND TRACKING.REFERENCENUMBER.NOTFOUND TRACKING.TCN.NOTFOUND TRACKING.DATA.NOTFOUND",
        Refusal(NotFoundError, "nothing is known about that number or reference, or nothing yet"),
    ),
    ("NOTIFICATION.TRACKINGNBR.NOTFOUND", Refusal(NotFoundError, "nothing is known about that number, or nothing yet")),
    ("NOT.FOUND.ERROR", Refusal(NotFoundError, "there is no such thing")),
    ("SHIPMENT.JOBID.INVALID", Refusal(NotFoundError, "there is no such job", "jobId")),
    (
        "TRACKING.TRACKINGNUMBER.EMPTY TRACKING.TRACKINGNUMBER.INVALID TRACKINGNUMBER.ENTERED.INVALID",
        Refusal(RejectedError, "that is not a tracking number it can do this with", "trackingNumber"),
    ),
    ("TRACKING.REFERENCETYPE.INVALID", Refusal(RejectedError, "that is not a kind of reference", "type")),
    (
        "PICKUP.REQUESTED.PREVIOUS.DAY",
        Refusal(RejectedError, "the pickup's day is over", "originDetail.readyDateTimestamp"),
    ),
    ("PICKUP.NUMBER.EXPIRED", Refusal(RejectedError, "the pickup's day is over", "pickupConfirmationCode")),
    ("AVAILABILITY.SHIP.DATE.INVALID", Refusal(RejectedError, "the ship date is not possible", "shipDatestamp")),
    (
        "INTERNAL.SERVER.ERROR SYSTEM.UNEXPECTED.ERROR SYSTEM.GENERAL.ERROR SERVICE.UNAVAILABLE.ERROR",
        Refusal(UnavailableError, "it is temporarily unable to do it"),
    ),
)

REFUSALS: Final = {code: refusal for codes, refusal in _GROUPS for code in codes.split()}

_FUNDS: Final = Refusal(
    InsufficientFundsError, "the account that should pay is on credit hold", "shippingChargesPayment"
)
_NOT: Final = r"(?:UNAVAILABLE|INVALID|NOT\.?(?:AVAILABLE|ALLOWED|SERVED|SUPPORTED|FOUND|OFFERED))"
# In this order: what says more goes first. Families of codes that FedEx adds to without notice.
_FAMILIES: Final[tuple[tuple[re.Pattern[str], Refusal], ...]] = (
    (re.compile(r"(?:^|\.)CREDIT(?:HOLD|LIMIT)?(?:\.|$)"), _FUNDS),
    (
        re.compile(rf"(?:^|\.)SERVICE(?:\.?TYPE)?\.{_NOT}$|\.NOTSERVED$"),
        Refusal(ServiceUnavailableForLaneError, "the service does not run between these places", "serviceType"),
    ),
    (
        re.compile(r"POSTAL(?:CODE|CITY|STATE)(?:\.|$)|(?:^|\.)ZIP(?:CODE)?\."),
        Refusal(AddressRejectedError, "a postal code is missing or invalid", "address.postalCode"),
    ),
    (
        re.compile(r"(?:^|\.)CITY(?:NAME)?\."),
        Refusal(AddressRejectedError, "a city is missing or invalid", "address.city"),
    ),
    (
        re.compile(r"STATEORPROVINCECODE\."),
        Refusal(AddressRejectedError, "a state or province is missing or invalid", "address.stateOrProvinceCode"),
    ),
    (
        re.compile(r"STREETLINES?\d?\."),
        Refusal(AddressRejectedError, "a street is missing or too long", "address.streetLines"),
    ),
    (
        re.compile(r"(?:^|\.)ALREADY\.?(?:CANCELLED|CANCELED|DELETED|CLOSED|EXISTS)"),
        Refusal(ConflictError, "that was done before"),
    ),
    (re.compile(r"NOT\.?FOUND$"), Refusal(NotFoundError, "there is no such thing, or not yet")),
    (re.compile(r"UNAUTHORIZED$"), Refusal(PermissionDeniedError, "the account or the project has no right to that")),
    (re.compile(r"^PICKUP\."), Refusal(RejectedError, "the pickup is not possible like that", "originDetail")),
    (re.compile(r"TOO\.?LONG$"), Refusal(RejectedError, "a field is too long")),
    (re.compile(r"(?:REQUIRED|EMPTY|MISSING)$"), Refusal(RejectedError, "a field is missing")),
    (re.compile(r"(?:INVALID|MISMATCH|NOTALLOWED|NOT\.ALLOWED)$"), Refusal(RejectedError, "a field is invalid")),
)

ALREADY_CANCELLED: Final = re.compile(r"(?:^|\.)ALREADY\.?(?:CANCELLED|CANCELED|DELETED)(?:\.|$)")
"""FedEx says itself that it was cancelled before. One that was closed before is no such thing: it is live."""
NOT_KNOWN: Final = re.compile(r"TRACKINGNUMBER(?:\.ENTERED)?\.(?:INVALID|NOTFOUND)$|NOT\.?FOUND(?:\.ERROR)?$")
"""What a second cancel is answered with, and a first one for a number that is not the account's: FedEx does not tell the two
apart (field guide fedex.md §5)."""
NOT_CANCELLED: Final = re.compile(rf"{NOT_KNOWN.pattern}|SHIPMENT\..*(?:DELETE|CANCEL)")
"""A cancel that was refused for the shipment's state, or for one before it: its tracking tells."""


def refusal_for(code: str) -> Refusal | None:
    """Return what a code means; ``None`` for one that nobody has told us about."""
    known = REFUSALS.get(code)
    if known is not None:
        return known
    upper = code.upper()
    return next((refusal for pattern, refusal in _FAMILIES if pattern.search(upper)), None)


_CREDIT: Final = re.compile(r"credit (?:hold|limit)|(?:payor|account)[^.]{0,40} credit", re.IGNORECASE)
_DAILY: Final = re.compile(r"\b(?:daily|per day|day's|quota|24 hours)\b", re.IGNORECASE)


def says_credit(message: str) -> bool:
    """Whether a text says that the payer's credit is used up; FedEx's codes for it are not known (field guide fedex.md §8)."""
    return _CREDIT.search(message) is not None


def says_daily(message: str) -> bool:
    """Whether a refusal for too many calls is about the day, not about the last ten seconds (field guide fedex.md §1.1)."""
    return _DAILY.search(message) is not None
