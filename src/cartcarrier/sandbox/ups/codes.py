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
    "120": "DELIVERY CONFIRMATION",
    "121": "DELIVERY CONFIRMATION",
    "200": "DRY ICE",
    "250": "PRINT RETURN LABEL",
    "270": "RESIDENTIAL ADDRESS",
    "280": "RETURN SERVICE",
    "300": "SATURDAY DELIVERY",
    "350": "ELECTRONIC RETURN LABEL",
    "375": "FUEL SURCHARGE",
    "376": "DELIVERY AREA",
    "377": "LARGE PACKAGE",
    "378": "SHIPPER PAYS DUTY AND TAX",
    "400": "DECLARED VALUE",
    "441": "CARBON NEUTRAL",
}

SATURDAY_SERVICES: Final = frozenset({"01", "02", "07", "13", "14", "54"})
RETURN_CODES: Final = frozenset({"2", "3", "5", "8", "9", "10"})
NO_RETURN_SERVICES: Final = frozenset({"13", "59", "82", "83", "84", "85", "86", "C6", "C7", "C8"})
TERMS_OF_SHIPMENT: Final = _words("CFR CIF CIP CPT DAF DAP DDP DEQ DES EXW FAS FCA FOB")
FORM_TYPES: Final = frozenset({"01", "03", "04", "05", "06", "07", "08", "09", "10", "11"})
REFERENCE_CODES: Final = _words("AJ AT BM 9V ON DP 3Q IK MK MJ PM PC PO RQ RZ SA SE ST TN 28 TJ EI SY")
