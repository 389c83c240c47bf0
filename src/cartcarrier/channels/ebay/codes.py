"""Tables: eBay's words and ours (field guide ebay.md §3.2, §6.1, §9, §15)."""

from enum import StrEnum
from typing import Final

from cartcarrier.models import PaymentStatus

PAYMENT_STATUS: Final = {
    "PENDING": PaymentStatus.PENDING,
    # Ours has no word for a payment that failed; nothing has arrived, and the buyer may try again.
    "FAILED": PaymentStatus.PENDING,
    "PAID": PaymentStatus.PAID,
    "PARTIALLY_REFUNDED": PaymentStatus.PARTIALLY_REFUNDED,
    "FULLY_REFUNDED": PaymentStatus.REFUNDED,
}

UNPAID: Final = frozenset({"PENDING", "FAILED"})

# --- how an order is fulfilled (§5.2) ---

NO_PARCEL_TYPES: Final = frozenset({"DIGITAL", "PREPARE_FOR_PICKUP"})
CHANNEL_TYPE: Final = "FULFILLED_BY_EBAY"
KNOWN_TYPES: Final = frozenset({"SHIP_TO", "SELLER_DEFINED", CHANNEL_TYPE}) | NO_PARCEL_TYPES
STANDARD_ENVELOPE: Final = "US_eBayStandardEnvelope"
SELLER_TO_VAULT: Final = "SELLER_TO_VAULT"

# --- carriers (§6.1) ---

CARRIER_CODE: Final = {
    "usps": "USPS",
    "ups": "UPS",
    "fedex": "FedEx",
    "dhl": "DHL",
    "dhl-express": "DHL",
    "deutsche-post": "DeutschePost",
    "hermes": "Hermes",
    "chronopost": "Chronopost",
    "colissimo": "ColiposteDomestic",
    "correos": "Correos",
    "seur": "Seur",
    "nacex": "Nacex",
    "iloxx": "iLoxx",
    "royal-mail": "RoyalMail",
    "evri": "Evri",
    "dpd": "DPD",
    "gls": "GLS",
    "canada-post": "CanadaPost",
    "australia-post": "AustraliaPost",
    # Buyers of a Mail Innovations parcel are sent to its own site; those of SmartPost to FedEx's.
    "ups-mail-innovations": "UPS-MI",
    "fedex-smartpost": "FedEx",
    "fedex-ground-economy": "FedEx",
}
"""eBay's codes, by names of carriers as our and others' drivers write them. Those of Royal Mail and below it are not confirmed.

What is not here, Amazon's own fleet and OnTrac too, is told as ``Other``: eBay takes no name beside the code.
"""

OTHER_CARRIER: Final = "Other"
"""For any other carrier: the buyer sees the number without a link."""

_BY_CODE: Final = {code.casefold(): name for name, code in reversed(CARRIER_CODE.items())}
_BY_LETTERS: Final = {code.casefold().replace("-", ""): code for code in CARRIER_CODE.values()}


def carrier_key(carrier: str) -> str:
    """Return a carrier's name in the form of the table's keys: ``"Royal Mail"`` and ``"royal_mail:uk"`` alike."""
    return carrier.partition(":")[0].strip().casefold().replace(" ", "-").replace("_", "-")


def carrier_code(carrier: str) -> str:
    """Return eBay's code of a carrier; ``Other`` for those that it has none for.

    Args:
        carrier: A driver's name (``"ups"``), an account's key (``"ups:eu"``), a company's name, or eBay's own code in any case.
    """
    key = carrier_key(carrier)
    if key in CARRIER_CODE:
        return CARRIER_CODE[key]
    return _BY_LETTERS.get(key.replace("-", ""), OTHER_CARRIER)


def carrier_name(code: str | None) -> str:
    """Return the driver's name for eBay's code; ``"unknown"`` when there is none."""
    if code is None or not code.strip():
        return "unknown"
    return _BY_CODE.get(code.strip().casefold(), code.strip())


# --- cancellation (§9) ---

SELLER_REASONS: Final = frozenset(
    {"OUT_OF_STOCK_OR_CANNOT_FULFILL", "BUYER_ASKED_CANCEL", "ADDRESS_ISSUES", "ORDER_UNPAID"}
)
GENERAL_REASON: Final = "OUT_OF_STOCK_OR_CANNOT_FULFILL"
UNPAID_REASON: Final = "ORDER_UNPAID"
OPEN_REQUEST: Final = frozenset({"REQUESTED", "CANCEL_REQUESTED"})

# --- errors (§3.2, §6, §8, §11) ---


class Kind(StrEnum):
    """What an error code means for the caller."""

    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    RATE_LIMIT = "rate_limit"
    UNAVAILABLE = "unavailable"


ERROR_KIND: Final = {
    1001: Kind.AUTHENTICATION,
    1002: Kind.AUTHENTICATION,
    1003: Kind.AUTHENTICATION,
    1100: Kind.PERMISSION,
    2001: Kind.RATE_LIMIT,
    2004: Kind.REJECTED,
    3001: Kind.REJECTED,
    3002: Kind.REJECTED,
    25001: Kind.UNAVAILABLE,
    25025: Kind.UNAVAILABLE,
    25710: Kind.NOT_FOUND,
    25713: Kind.NOT_FOUND,
    30500: Kind.UNAVAILABLE,
    32100: Kind.NOT_FOUND,
    32110: Kind.NOT_FOUND,
    32200: Kind.REJECTED,
    32210: Kind.REJECTED,
    32300: Kind.REJECTED,
    32400: Kind.PERMISSION,
    32500: Kind.REJECTED,
    32600: Kind.REJECTED,
    34100: Kind.REJECTED,
    34200: Kind.REJECTED,
    34300: Kind.REJECTED,
    34500: Kind.CONFLICT,
    195000: Kind.UNAVAILABLE,
    195002: Kind.REJECTED,
    195003: Kind.REJECTED,
    195011: Kind.PERMISSION,
    195012: Kind.CONFLICT,
    195013: Kind.NOT_FOUND,
    195014: Kind.REJECTED,
    195015: Kind.REJECTED,
    195017: Kind.REJECTED,
    195019: Kind.REJECTED,
    195020: Kind.REJECTED,
    195021: Kind.CONFLICT,
    195022: Kind.NOT_FOUND,
    195025: Kind.REJECTED,
    195026: Kind.NOT_FOUND,
}
"""Codes that say more than their status and category do."""

MEANING: Final = {
    1002: "the access token was missing",
    1003: "the access token is of the wrong kind",
    3001: "no such resource; is a host set wrong?",
    3002: "no such resource; is a host set wrong?",
    30500: "eBay's system failed, or the request was malformed",
    30850: "a date lies in the future: this machine's clock is fast",
    32200: "the order has no such line",
    32210: "a line is named twice",
    32300: "the tracking number does not fit the carrier; name the carrier 'Other' to have the number shown without a link",
    32400: "the seller is suspended",
    32500: "the date of shipping is before the order or in the future",
    34100: "the order cannot hold more tracking numbers",
    34200: "lines of the Global Shipping Program and others cannot be told together",
    34300: "lines of the Global Shipping Program are told one by one",
    34500: "it has been told already",
    25004: "the quantity is not acceptable",
    25026: "the seller's selling limit is reached",
    25701: "the Inventory API does not manage this article",
    25702: "the Inventory API does not manage this article",
    25710: "the Inventory API does not manage this article",
    25713: "the offer is gone",
    25759: "the quantity is allocated to an auction",
    195002: "eBay has no such topic",
    195003: "eBay wants an address for alerts first: give alert_email",
    195011: "the seller's consent does not reach this topic",
    195012: "there is a subscription to this topic already",
    195013: "eBay knows no such subscription",
    195014: "the topic, or this form of it, is no longer supported",
    195015: "the destination is not enabled",
    195017: "the endpoint is not acceptable: https, and no internal address",
    195019: "the verification token is not acceptable",
    195020: "the endpoint did not answer the challenge rightly: it must be up, hand GET requests to receive(), and hold the same"
    " verification_token",
    195021: "the endpoint is a destination already",
    195025: "the address for alerts is not acceptable",
}
"""What a code means, in words of ours: eBay's own may quote what was sent."""

SIGNATURE_CODES: Final = range(215_000, 216_000)
"""All of these are about the digital signature: 215120 a wrong one, the others are not documented (§8)."""

TELL_AGAIN_CODES: Final = frozenset({"32300", "34500"})
"""Refusals of a fulfillment that may mean that it has been told: worth a look."""

PASSING_CODES: Final = frozenset({25001, 25025})
"""Refusals of a quantity that pass: eBay works on the same article at that moment."""

SCOPE_NEEDED: Final = {
    "sell.fulfillment": "sell.fulfillment",
    "sell.inventory": "sell.inventory",
    "commerce.notification": "commerce.notification.subscription",
}

# --- pushes (§13) ---

ENABLED: Final = "ENABLED"
APPLICATION: Final = "APPLICATION"
"""The scope of topics that are the application's own, not a seller's."""

ORDER_TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "ORDER_CONFIRMATION": ("sell.fulfillment", "sell.fulfillment.readonly"),
    "ORDER_CANCELLATION_ACTIVITY": ("sell.cancellation", "sell.cancellation.read"),
    "ITEM_MARKED_SHIPPED": ("commerce.shipping",),
}
"""The topics that say something of orders to be shipped, with the scopes of which one is needed (§13.2)."""

# --- languages of the content, by marketplace (§1) ---

_LOCALES: Final = {
    "EBAY_US": "en-US",
    "EBAY_MOTORS_US": "en-US",
    "EBAY_GB": "en-GB",
    "EBAY_IE": "en-IE",
    "EBAY_AU": "en-AU",
    "EBAY_CA": "en-CA",
    "EBAY_DE": "de-DE",
    "EBAY_AT": "de-AT",
    "EBAY_CH": "de-CH",
    "EBAY_FR": "fr-FR",
    "EBAY_IT": "it-IT",
    "EBAY_ES": "es-ES",
    "EBAY_BE": "nl-BE",
    "EBAY_NL": "nl-NL",
    "EBAY_PL": "pl-PL",
}


def locale(marketplace_id: str) -> str:
    """Return the language that a marketplace's content is written in."""
    return _LOCALES.get(marketplace_id, "en-US")
