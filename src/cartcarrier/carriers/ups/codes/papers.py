"""Kinds and forms of papers that UPS takes for customs (field guide ups.md §4.4)."""

from typing import Final

PAPER_KINDS: Final = {
    "authorization": "001",
    "commercial_invoice": "002",
    "certificate_of_origin": "003",
    "export_accompanying_document": "004",
    "export_license": "005",
    "import_permit": "006",
    "usmca": "007",
    "other": "008",
    "power_of_attorney": "009",
    "packing_list": "010",
    "sed": "011",
    "shippers_letter_of_instruction": "012",
    "declaration": "013",
}
"""``Document.kind`` to UPS's code."""
PAPER_FORMATS: Final = frozenset(["bmp", "doc", "docx", "gif", "jpg", "pdf", "png", "rtf", "tif", "txt", "xls", "xlsx"])
