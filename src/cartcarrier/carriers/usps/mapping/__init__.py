"""Between our models and USPS's JSON: pure functions, no I/O."""

from cartcarrier.carriers.usps.mapping.addresses import not_found, to_address_question, to_validation
from cartcarrier.carriers.usps.mapping.handover import (
    form_in,
    label_in,
    numbers_for_form,
    to_dollar_text,
    to_location_question,
    to_locations,
    to_manifest,
    to_pickup,
    to_pickup_question,
    to_scan_form,
    to_standard_question,
    to_transit_times,
)
from cartcarrier.carriers.usps.mapping.lanes import day_in, is_home, state_of
from cartcarrier.carriers.usps.mapping.parties import zip_of
from cartcarrier.carriers.usps.mapping.pieces import read_token
from cartcarrier.carriers.usps.mapping.purchase import (
    Wanted,
    choose_image,
    prepare,
    read_step,
    to_format,
    to_key,
    to_reprint,
)
from cartcarrier.carriers.usps.mapping.questions import (
    Quoting,
    asked_service,
    plan_quotes,
    to_options_question,
    to_prices_question,
)
from cartcarrier.carriers.usps.mapping.rates import Offer, offers_of, to_rates
from cartcarrier.carriers.usps.mapping.shipments import (
    Naming,
    is_abroad,
    join_voids,
    number_of,
    to_shipment,
    to_shipped_parcel,
    to_void,
)
from cartcarrier.carriers.usps.mapping.tracking import bare_number, is_number, to_item, to_tracking
from cartcarrier.carriers.usps.mapping.volume import plan

__all__ = [
    "Naming",
    "Offer",
    "Quoting",
    "Wanted",
    "asked_service",
    "bare_number",
    "choose_image",
    "day_in",
    "form_in",
    "is_abroad",
    "is_home",
    "is_number",
    "join_voids",
    "label_in",
    "not_found",
    "number_of",
    "numbers_for_form",
    "offers_of",
    "plan",
    "plan_quotes",
    "prepare",
    "read_step",
    "read_token",
    "state_of",
    "to_address_question",
    "to_dollar_text",
    "to_format",
    "to_item",
    "to_key",
    "to_location_question",
    "to_locations",
    "to_manifest",
    "to_options_question",
    "to_pickup",
    "to_pickup_question",
    "to_prices_question",
    "to_rates",
    "to_reprint",
    "to_scan_form",
    "to_shipment",
    "to_shipped_parcel",
    "to_standard_question",
    "to_tracking",
    "to_transit_times",
    "to_validation",
    "to_void",
    "zip_of",
]
