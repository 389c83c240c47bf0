"""UPS's code tables as far as the simulator knows them (field guide ups.md §2.3 to §2.5)."""

from typing import Final


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


SERVICE_NAMES: Final = {
    "01": "UPS Next Day Air",
    "02": "UPS 2nd Day Air",
    "03": "UPS Ground",
    "07": "UPS Worldwide Express",
    "08": "UPS Worldwide Expedited",
    "11": "UPS Standard",
    "12": "UPS 3 Day Select",
    "13": "UPS Next Day Air Saver",
    "14": "UPS Next Day Air Early",
    "54": "UPS Worldwide Express Plus",
    "59": "UPS 2nd Day Air A.M.",
    "65": "UPS Worldwide Saver",
    "93": "UPS Ground Saver",
}

PACKAGING: Final = _words("00 01 02 03 04 21 24 25 30 2a 2b 2c 56 57 58 59 60 61 62 63 64 65 66 67")
LETTER: Final = "01"

CHARGE_NAMES: Final = {
    "100": "ADDITIONAL HANDLING",
    "110": "COD",
    "120": "DELIVERY CONFIRMATION",
    "121": "DELIVERY CONFIRMATION",
    "199": "HAZARDOUS MATERIALS",
    "200": "DRY ICE",
    "250": "PRINT RETURN LABEL",
    "260": "PRINT AND MAIL RETURN LABEL",
    "270": "RESIDENTIAL ADDRESS",
    "280": "RETURN SERVICE ONE ATTEMPT",
    "290": "RETURN SERVICE THREE ATTEMPTS",
    "300": "SATURDAY DELIVERY",
    "350": "ELECTRONIC RETURN LABEL",
    "375": "FUEL SURCHARGE",
    "376": "DELIVERY AREA",
    "377": "LARGE PACKAGE",
    "378": "SHIPPER PAYS DUTY AND TAX",
    "400": "DECLARED VALUE",
    "441": "CARBON NEUTRAL",
    "540": "ACCESS POINT",
}

SATURDAY_SERVICES: Final = frozenset({"01", "02", "07", "13", "14", "54"})
NO_SATURDAY_COUNTRIES: Final = frozenset({"MX", "BR", "JP", "CN", "IN", "AU", "AE"})
"""Where no Saturday delivery is had; invented, so that the rule can be met."""

# Sold under a contract of their own (guide §2.3): the account has none, so they are known and refused.
CONTRACT_SERVICES: Final = _words("17 72 70 71 96 74 75 82 83 84 85 86 M2 M3 M4 M5 M6 M7 C6 C7 C8 T0 T1")
GROUND_SAVER: Final = "93"

# Return service -> what UPS charges for it (guide §2.5, §4.9). Pack & Collect (11 to 20) costs as one attempt.
RETURN_CHARGES: Final = {"2": "260", "3": "280", "5": "290", "8": "350", "9": "250", "10": "250"}
RETURN_CODES: Final = frozenset(RETURN_CHARGES) | frozenset(str(code) for code in range(11, 21))
PRINTED_BY_SHIPPER: Final = frozenset({"", "9", "10"})
"""Return services, and none at all, whose label comes back with the answer; code 8 does from SubVersion 1707."""
LABEL_BY_EMAIL: Final = "8"
NO_RETURN_SERVICES: Final = frozenset({"13", "59", "82", "83", "84", "85", "86", "C6", "C7", "C8"})
TERMS_OF_SHIPMENT: Final = _words("CFR CIF CIP CPT DAF DAP DDP DEQ DES EXW FAS FCA FOB")
FORM_TYPES: Final = frozenset({"01", "03", "04", "05", "06", "07", "08", "09", "10", "11"})
REFERENCE_CODES: Final = _words("AJ AT BM 9V ON DP 3Q IK MK MJ PM PC PO RQ RZ SA SE ST TN 28 TJ EI SY")
