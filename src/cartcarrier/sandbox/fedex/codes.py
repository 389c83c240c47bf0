"""FedEx's words: services, packagings, label stocks, document and reference types (field guide fedex.md §2.3, §4)."""

from typing import Final

import attrs


@attrs.frozen
class Service:
    """A service.

    Attributes:
        code: FedEx's ``serviceType``.
        name: As people read it.
        carrier: FDXE express, FDXG ground, FXSP Ground Economy.
        category: As a ship answer says it.
        number: FedEx's two digits.
        days: Working days in the nearest zone.
        days_per_zone: More for each zone farther.
        by: Time of day of the commitment, ``HH:MM``; empty for the end of the day.
    """

    code: str
    name: str
    carrier: str
    category: str
    number: str
    days: int
    days_per_zone: int = 0
    by: str = ""

    @property
    def is_ground(self) -> bool:
        """Whether Ground carries it: other limits, other numbers, and a close at the end of the day."""
        return self.carrier in {"FDXG", "FXSP"}

    @property
    def is_freight(self) -> bool:
        """Whether it is made for pieces above 150 pounds."""
        return "FREIGHT" in self.code


_ALL: Final = (
    Service("FIRST_OVERNIGHT", "FedEx First Overnight", "FDXE", "EXPRESS", "06", 1, by="08:30"),
    Service("PRIORITY_OVERNIGHT", "FedEx Priority Overnight", "FDXE", "EXPRESS", "01", 1, by="10:30"),
    Service("STANDARD_OVERNIGHT", "FedEx Standard Overnight", "FDXE", "EXPRESS", "05", 1, by="17:00"),
    Service("FEDEX_2_DAY_AM", "FedEx 2Day AM", "FDXE", "EXPRESS", "49", 2, by="10:30"),
    Service("FEDEX_2_DAY", "FedEx 2Day", "FDXE", "EXPRESS", "03", 2, by="17:00"),
    Service("FEDEX_EXPRESS_SAVER", "FedEx Express Saver", "FDXE", "EXPRESS", "20", 3, by="17:00"),
    Service("FEDEX_GROUND", "FedEx Ground", "FDXG", "GROUND", "92", 1, 1),
    Service("GROUND_HOME_DELIVERY", "FedEx Home Delivery", "FDXG", "GROUND", "90", 1, 1),
    Service("SMART_POST", "FedEx Ground Economy", "FXSP", "SMARTPOST", "02", 2, 1),
    Service("INTERNATIONAL_FIRST", "FedEx International First", "FDXE", "EXPRESS", "06", 1, by="09:00"),
    Service(
        "FEDEX_INTERNATIONAL_PRIORITY_EXPRESS", "FedEx International Priority Express", "FDXE", "EXPRESS", "10", 2,
        by="12:00",
    ),
    Service("FEDEX_INTERNATIONAL_PRIORITY", "FedEx International Priority", "FDXE", "EXPRESS", "01", 2, by="18:00"),
    Service("INTERNATIONAL_ECONOMY", "FedEx International Economy", "FDXE", "EXPRESS", "04", 4, by="18:00"),
    Service(
        "FEDEX_INTERNATIONAL_CONNECT_PLUS", "FedEx International Connect Plus", "FDXE", "EXPRESS", "26", 3,
        by="18:00",
    ),
    Service("FEDEX_REGIONAL_ECONOMY", "FedEx Regional Economy", "FDXE", "EXPRESS", "25", 3, by="18:00"),
    Service("FEDEX_FIRST", "FedEx First", "FDXE", "EXPRESS", "06", 1, by="09:00"),
    Service("FEDEX_PRIORITY_EXPRESS", "FedEx Priority Express", "FDXE", "EXPRESS", "10", 1, by="12:00"),
    Service("FEDEX_PRIORITY", "FedEx Priority", "FDXE", "EXPRESS", "01", 1, by="18:00"),
    Service("FEDEX_ECONOMY", "FedEx Economy", "FDXE", "EXPRESS", "04", 2, by="18:00"),
    Service("FEDEX_1_DAY_FREIGHT", "FedEx 1Day Freight", "FDXE", "EXPRESS_FREIGHT", "70", 1, by="10:30"),
    Service("FEDEX_2_DAY_FREIGHT", "FedEx 2Day Freight", "FDXE", "EXPRESS_FREIGHT", "80", 2, by="12:00"),
    Service("FEDEX_3_DAY_FREIGHT", "FedEx 3Day Freight", "FDXE", "EXPRESS_FREIGHT", "83", 3, by="15:00"),
)  # fmt: skip
SERVICES: Final = {service.code: service for service in _ALL}

US_EXPRESS: Final = (
    "FIRST_OVERNIGHT",
    "PRIORITY_OVERNIGHT",
    "STANDARD_OVERNIGHT",
    "FEDEX_2_DAY_AM",
    "FEDEX_2_DAY",
    "FEDEX_EXPRESS_SAVER",
)
OVERNIGHT: Final = frozenset({"FIRST_OVERNIGHT", "PRIORITY_OVERNIGHT", "STANDARD_OVERNIGHT"})
SATURDAY_DAYS: Final = {"FIRST_OVERNIGHT": 4, "PRIORITY_OVERNIGHT": 4, "FEDEX_2_DAY": 3}
"""Service -> weekday on which it must leave to arrive on a Saturday; others do not deliver then."""

YOUR_PACKAGING: Final = "YOUR_PACKAGING"
FEDEX_PACKAGING: Final = {
    "FEDEX_ENVELOPE": "10", "FEDEX_PAK": "20", "FEDEX_TUBE": "20", "FEDEX_BOX": "20", "FEDEX_SMALL_BOX": "20",
    "FEDEX_MEDIUM_BOX": "20", "FEDEX_LARGE_BOX": "30", "FEDEX_EXTRA_LARGE_BOX": "50", "FEDEX_10KG_BOX": "22",
    "FEDEX_25KG_BOX": "55",
}  # fmt: skip
"""FedEx's own packaging -> the most that it holds, in pounds."""
ENVELOPE_LIMIT: Final = "1"  # pounds: an envelope that is heavier is rated as a Pak, and the answer says so
PACKAGING: Final = frozenset({YOUR_PACKAGING, *FEDEX_PACKAGING})
INTERNATIONAL_BOXES: Final = frozenset({"FEDEX_10KG_BOX", "FEDEX_25KG_BOX"})

PICKUP_TYPES: Final = frozenset({"CONTACT_FEDEX_TO_SCHEDULE", "DROPOFF_AT_FEDEX_LOCATION", "USE_SCHEDULED_PICKUP"})
PAYMENT_TYPES: Final = frozenset({"SENDER", "RECIPIENT", "THIRD_PARTY", "COLLECT"})
REFERENCE_TYPES: Final = frozenset(
    {
        "CUSTOMER_REFERENCE", "DEPARTMENT_NUMBER", "INVOICE_NUMBER", "P_O_NUMBER", "INTRACOUNTRY_REGULATORY_REFERENCE",
        "RMA_ASSOCIATION",
    }
)  # fmt: skip
SIGNATURES: Final = frozenset({"SERVICE_DEFAULT", "NO_SIGNATURE_REQUIRED", "INDIRECT", "DIRECT", "ADULT"})
SIGNED: Final = frozenset({"INDIRECT", "DIRECT", "ADULT"})

THERMAL_TYPES: Final = frozenset({"ZPLII", "EPL2"})
IMAGE_TYPES: Final = frozenset({"ZPLII", "EPL2", "PDF", "PNG"})
PAPER_STOCKS: Final = frozenset(
    {
        "PAPER_4X6", "PAPER_4X675", "PAPER_4X8", "PAPER_4X9", "PAPER_7X475", "PAPER_85X11_TOP_HALF_LABEL",
        "PAPER_85X11_BOTTOM_HALF_LABEL", "PAPER_LETTER",
    }
)  # fmt: skip
THERMAL_STOCKS: Final = frozenset(
    {
        "STOCK_4X6", "STOCK_4X675", "STOCK_4X8", "STOCK_4X9", "STOCK_4X675_LEADING_DOC_TAB",
        "STOCK_4X675_TRAILING_DOC_TAB", "STOCK_4X85_TRAILING_DOC_TAB", "STOCK_4X9_LEADING_DOC_TAB",
        "STOCK_4X9_TRAILING_DOC_TAB", "STOCK_4X105_TRAILING_DOC_TAB",
    }
)  # fmt: skip

DOCUMENT_TYPES: Final = frozenset(
    {
        "CERTIFICATE_OF_ORIGIN", "COMMERCIAL_INVOICE", "CUSTOM_PACKAGE_DOCUMENT", "CUSTOM_SHIPMENT_DOCUMENT",
        "CUSTOMER_SPECIFIED_LABELS", "EXPORT_DECLARATION", "GENERAL_AGENCY_AGREEMENT", "LABEL",
        "USMCA_CERTIFICATION_OF_ORIGIN", "OP_900", "PENDING_SHIPMENT_EMAIL_NOTIFICATION", "PRO_FORMA_INVOICE",
        "RETURN_INSTRUCTIONS", "USMCA_COMMERCIAL_INVOICE_CERTIFICATION_OF_ORIGIN",
    }
)  # fmt: skip
PURPOSES: Final = frozenset({"GIFT", "NOT_SOLD", "PERSONAL_EFFECTS", "REPAIR_AND_RETURN", "SAMPLE", "SOLD"})
NO_TRADE_DOCUMENTS: Final = frozenset({"BR", "DZ", "IQ", "LY", "UZ"})
"""Countries that take paper only; the choice of countries is the simulator's own."""
NOT_SERVED: Final = frozenset({"CU", "IR", "KP", "SD", "SY"})
DAY_WORDS: Final = (
    "", "ONE_DAY", "TWO_DAYS", "THREE_DAYS", "FOUR_DAYS", "FIVE_DAYS", "SIX_DAYS", "SEVEN_DAYS", "EIGHT_DAYS",
    "NINE_DAYS", "TEN_DAYS",
)  # fmt: skip
