"""Our words to UPS's and back: pure functions, no I/O."""

from cartcarrier.carriers.ups.mapping.addresses import to_address_question, to_validation
from cartcarrier.carriers.ups.mapping.purchase import PreparedFacts, prepare, read_step, to_recovery
from cartcarrier.carriers.ups.mapping.rating import RateQuestion, to_rate_question, to_rates
from cartcarrier.carriers.ups.mapping.shipments import (
    Naming,
    found_numbers,
    join_voids,
    to_found_shipment,
    to_shipment,
    to_void_result,
    with_labels_of,
)
from cartcarrier.carriers.ups.mapping.tracking import find_package, find_warnings, to_tracking

__all__ = [
    "Naming",
    "PreparedFacts",
    "RateQuestion",
    "find_package",
    "find_warnings",
    "found_numbers",
    "join_voids",
    "prepare",
    "read_step",
    "to_address_question",
    "to_found_shipment",
    "to_rate_question",
    "to_rates",
    "to_recovery",
    "to_shipment",
    "to_tracking",
    "to_validation",
    "to_void_result",
    "with_labels_of",
]
