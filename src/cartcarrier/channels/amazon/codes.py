"""Tables: Amazon's words and ours."""

from collections.abc import Mapping
from typing import Final

from cartcarrier.models import OrderStatus, PaymentStatus

STATUS: Final = {
    "PENDING_AVAILABILITY": OrderStatus.PENDING,
    "PENDING": OrderStatus.PENDING,
    "UNSHIPPED": OrderStatus.UNFULFILLED,
    "PARTIALLY_SHIPPED": OrderStatus.PARTIALLY_FULFILLED,
    "SHIPPED": OrderStatus.FULFILLED,
    # Named by Amazon's migration data, not by the description (field guide amazon.md §2.2).
    "INVOICE_UNCONFIRMED": OrderStatus.FULFILLED,
    "CANCELLED": OrderStatus.CANCELLED,
    "UNFULFILLABLE": OrderStatus.ON_HOLD,
}
"""``fulfillmentStatus`` (field guide amazon.md §2.2). What is not here is ``UNKNOWN``."""

ASKED_STATUSES: Final[Mapping[OrderStatus, tuple[str, ...]]] = {
    OrderStatus.PENDING: ("PENDING_AVAILABILITY", "PENDING"),
    OrderStatus.UNFULFILLED: ("UNSHIPPED",),
    OrderStatus.PARTIALLY_FULFILLED: ("PARTIALLY_SHIPPED",),
    OrderStatus.FULFILLED: ("SHIPPED",),
    OrderStatus.CANCELLED: ("CANCELLED",),
    OrderStatus.ON_HOLD: ("UNFULFILLABLE",),
}
"""What to ask for; nothing can be asked for ``UNKNOWN``."""

PAYMENT: Final = {
    "PENDING_AVAILABILITY": PaymentStatus.PENDING,
    "PENDING": PaymentStatus.PENDING,
    "UNSHIPPED": PaymentStatus.PAID,
    "PARTIALLY_SHIPPED": PaymentStatus.PAID,
    "SHIPPED": PaymentStatus.PAID,
    "INVOICE_UNCONFIRMED": PaymentStatus.PAID,
}
"""Amazon holds an order ``PENDING`` until the payment is authorized (§2.2)."""

SHIPPABLE: Final = frozenset({"UNSHIPPED", "PARTIALLY_SHIPPED"})
"""Statuses in which an address is due, and something may be sent (§2.2)."""

INCLUDED: Final = ("FULFILLMENT", "RECIPIENT", "BUYER", "PROCEEDS", "CANCELLATION", "PACKAGES")
"""What is always asked for: without ``FULFILLMENT`` not even the status comes (§2.1, pitfall 2)."""

TAX_COUNTRIES: Final = frozenset({"TR", "BR"})
"""Where the buyer's tax number is needed on papers (pitfall 34)."""

DISPENSABLE: Final = frozenset({"BUYER", "TAX"})
"""Data without which an order can be shipped all the same."""

HELD_PROGRAMS: Final = {
    "AMAZON_EASY_SHIP": "AMAZON_EASY_SHIP",
    "DELIVERY_BY_AMAZON": "DELIVERY_BY_AMAZON",
    "IN_STORE_PICK_UP": "IN_STORE_PICK_UP",
}
"""Programs whose orders have a flow of their own: no label of ours, no confirmation (§2.8)."""

CONFIRMS_ITSELF: Final = "FBM_SHIP_PLUS"
"""Orders that answer a confirmation with 400: the label from Amazon confirms (§2.6)."""

_LISTED: Final = (
    "USPS, UPS, UPSMI, FedEx, DHL, Fastway, GLS, GO!, Hermes Logistik Gruppe, Royal Mail, Parcelforce, City Link, TNT, Target, "
    "SagawaExpress, NipponExpress, YamatoTransport, DHL Global Mail, UPS Mail Innovations, FedEx SmartPost, OSM, OnTrac, "
    "Streamlite, Newgistics, Canada Post, Blue Package, Chronopost, Deutsche Post, DPD, La Poste, Parcelnet, Poste Italiane, "
    "SDA, Smartmail, FEDEX_JP, JP_EXPRESS, NITTSU, SAGAWA, YAMATO, BlueDart, AFL/Fedex, Aramex, India Post, Professional, DTDC, "
    "Overnite Express, First Flight, Delhivery, Lasership, Yodel"
)
_ALIASES: Final = {
    "dhlexpress": "DHL",
    "fedexgroundeconomy": "FedEx SmartPost",
    "hermes": "Hermes Logistik Gruppe",
}


def carrier_key(carrier: str) -> str:
    """Return a carrier's name by its letters and digits alone: ``"Royal Mail"``, ``"royal-mail"`` and ``"royal_mail:uk"`` alike."""
    return "".join(letter for letter in carrier.partition(":")[0].lower() if letter.isalnum())


CARRIER_CODES: Final = {**{carrier_key(code): code for code in reversed(_LISTED.split(", "))}, **_ALIASES}
"""Amazon's carrier codes by their letters: our drivers' names are among them (§2.6)."""

OTHER_CARRIER: Final = "Other"
"""For all else, with the carrier's name beside it."""

_SHOWN: Final = {
    "amazon": "Amazon Shipping",
    "amazonshipping": "Amazon Shipping",
    "amazonbuyshipping": "Amazon Shipping",
    "amazonlogistics": "Amazon Logistics",
    "amazonmcf": "Amazon Logistics",
}
"""Names for people, of carriers that Amazon has no code for: its own, of all."""


def carrier_words(carrier: str, own: Mapping[str, str]) -> tuple[str, str]:
    """Return Amazon's code of a carrier, and the name to show beside it.

    Args:
        carrier: A driver's name (``"ups"``), an account's key (``"ups:eu"``), a company's name, or Amazon's own code in any case.
        own: The seller's codes by driver, in place of the table's.
    """
    key = carrier_key(carrier)
    code = {carrier_key(name): word for name, word in own.items()}.get(key) or CARRIER_CODES.get(key, OTHER_CARRIER)
    if code != OTHER_CARRIER:
        return code, code
    # Required with Other (§2.6); the account's name is nobody's business.
    return code, _SHOWN.get(key) or carrier.partition(":")[0].strip()


DRIVERS: Final = {"usps": "usps", "ups": "ups", "fedex": "fedex", "dhl": "dhl"}
"""Our carriers' drivers, by Amazon's code in small letters."""

PACKAGE_CANCELLED: Final = "CANCELLED"

CANCEL_REASONS: Final = (
    "NoInventory",
    "ShippingAddressUndeliverable",
    "CustomerExchange",
    "BuyerCanceled",
    "GeneralAdjustment",
    "CarrierCreditDecision",
    "RiskAssessmentInformationNotValid",
    "CarrierCoverageFailure",
    "CustomerReturn",
    "MerchandiseNotReceived",
)
"""Every one but ``NoInventory`` puts the units back into the listing's stock (§2.9)."""

GENERAL_REASON: Final = "GeneralAdjustment"
BUYERS_REASON: Final = "BuyerCanceled"

KNOWN_ALREADY: Final = frozenset(
    {"PackageToUpdateNotFound", "InvalidPackageVersion", "TooManyUpdates", "NonexistentOrderItem"}
)
"""Refusals of a confirmation after which the order tells what happened (§2.6, pitfall 10)."""

MERCHANT_STOCK: Final = "DEFAULT"
"""The fulfillment channel of stock that the seller holds; any other is Amazon's (§3.1)."""

LISTINGS_FEED: Final = "JSON_LISTINGS_FEED"
CANCEL_FEED: Final = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
FEED_LIMIT: Final = 25_000
"""Messages of one listings feed (§3.2)."""

FBA_CHANNEL: Final = {"na": "AMAZON_NA", "eu": "AMAZON_EU", "fe": "AMAZON_JP"}
"""The place of stock in Amazon's warehouses, by region (§3.1)."""
