"""Our words to UPS's and back: pure functions, no I/O."""

from cartcarrier.carriers.ups.mapping.addresses import to_address_question, to_validation
from cartcarrier.carriers.ups.mapping.alerts import MOST_AT_ONCE, can_follow, to_pushed_tracking, to_subscription
from cartcarrier.carriers.ups.mapping.locations import is_guess, location_codes, to_location_question, to_locations
from cartcarrier.carriers.ups.mapping.papers import read_document_ids, to_document_id, to_push, to_upload
from cartcarrier.carriers.ups.mapping.pickups import (
    find_pending,
    pending_numbers,
    to_pickup,
    to_pickup_charge,
    to_pickup_question,
    to_pickup_result,
)
from cartcarrier.carriers.ups.mapping.purchase import prepare
from cartcarrier.carriers.ups.mapping.rating import RateQuestion, to_rate_question, to_rates
from cartcarrier.carriers.ups.mapping.recovery import PreparedFacts, read_step, to_recovery, to_reprint_question
from cartcarrier.carriers.ups.mapping.shipments import (
    Naming,
    found_numbers,
    join_voids,
    to_found_shipment,
    to_reprint,
    to_shipment,
    to_void_result,
    with_labels_of,
)
from cartcarrier.carriers.ups.mapping.tracking import find_package, find_warnings, to_proof, to_tracking
from cartcarrier.carriers.ups.mapping.transit import is_ambiguous, to_transit_question, to_transit_times

__all__ = [
    "MOST_AT_ONCE",
    "Naming",
    "PreparedFacts",
    "RateQuestion",
    "can_follow",
    "find_package",
    "find_pending",
    "find_warnings",
    "found_numbers",
    "is_ambiguous",
    "is_guess",
    "join_voids",
    "location_codes",
    "pending_numbers",
    "prepare",
    "read_document_ids",
    "read_step",
    "to_address_question",
    "to_document_id",
    "to_found_shipment",
    "to_location_question",
    "to_locations",
    "to_pickup",
    "to_pickup_charge",
    "to_pickup_question",
    "to_pickup_result",
    "to_proof",
    "to_push",
    "to_pushed_tracking",
    "to_rate_question",
    "to_rates",
    "to_recovery",
    "to_reprint",
    "to_reprint_question",
    "to_shipment",
    "to_subscription",
    "to_tracking",
    "to_transit_question",
    "to_transit_times",
    "to_upload",
    "to_validation",
    "to_void_result",
    "with_labels_of",
]
