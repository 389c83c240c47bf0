"""UPS's codes and what they mean to us."""

from cartcarrier.carriers.ups.codes.papers import PAPER_FORMATS, PAPER_KINDS
from cartcarrier.carriers.ups.codes.places import POUND_ORIGINS, TERRITORIES
from cartcarrier.carriers.ups.codes.refusals import (
    ALREADY_VOIDED,
    NEGOTIATED_MISSING,
    NO_LIVE_LABEL,
    NONE_TO_FOLLOW,
    NOT_VOIDABLE,
    REFUSALS,
    REQUESTED_BEFORE,
    Refusal,
    refusal_for,
)
from cartcarrier.carriers.ups.codes.services import (
    NEAR_LETTERS,
    NOT_FOR_RETURNS,
    OWN_PACKAGING,
    PALLET,
    check_digit,
    is_ups_tracking_number,
    service_code,
    service_name,
)
from cartcarrier.carriers.ups.codes.tracking import event_reason, event_status
from cartcarrier.carriers.ups.codes.transit import transit_service

__all__ = [
    "ALREADY_VOIDED",
    "NEAR_LETTERS",
    "NEGOTIATED_MISSING",
    "NONE_TO_FOLLOW",
    "NOT_FOR_RETURNS",
    "NOT_VOIDABLE",
    "NO_LIVE_LABEL",
    "OWN_PACKAGING",
    "PALLET",
    "PAPER_FORMATS",
    "PAPER_KINDS",
    "POUND_ORIGINS",
    "REFUSALS",
    "REQUESTED_BEFORE",
    "TERRITORIES",
    "Refusal",
    "check_digit",
    "event_reason",
    "event_status",
    "is_ups_tracking_number",
    "refusal_for",
    "service_code",
    "service_name",
    "transit_service",
]
