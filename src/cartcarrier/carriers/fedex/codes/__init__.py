"""FedEx's codes and what they mean to us."""

from cartcarrier.carriers.fedex.codes.currencies import from_fedex_currency, to_fedex_currency
from cartcarrier.carriers.fedex.codes.places import (
    POUND_ORIGINS,
    TERRITORIES,
    from_fedex_region,
    standard_offset,
    to_fedex_region,
)
from cartcarrier.carriers.fedex.codes.refusals import (
    ALREADY_CANCELLED,
    NOT_CANCELLED,
    NOT_KNOWN,
    REFUSALS,
    Refusal,
    refusal_for,
    says_credit,
    says_daily,
)
from cartcarrier.carriers.fedex.codes.services import (
    ECONOMY,
    FORMATS,
    GROUND,
    GROUND_SERVICES,
    HOME,
    IMAGES,
    OWN_PACKAGING,
    THERMAL,
    express_check_digit,
    plain_number,
    service_name,
    transit_days,
)
from cartcarrier.carriers.fedex.codes.tracking import event_reason, event_status

__all__ = [
    "ALREADY_CANCELLED",
    "ECONOMY",
    "FORMATS",
    "GROUND",
    "GROUND_SERVICES",
    "HOME",
    "IMAGES",
    "NOT_CANCELLED",
    "NOT_KNOWN",
    "OWN_PACKAGING",
    "POUND_ORIGINS",
    "REFUSALS",
    "TERRITORIES",
    "THERMAL",
    "Refusal",
    "event_reason",
    "event_status",
    "express_check_digit",
    "from_fedex_currency",
    "from_fedex_region",
    "plain_number",
    "refusal_for",
    "says_credit",
    "says_daily",
    "service_name",
    "standard_offset",
    "to_fedex_currency",
    "to_fedex_region",
    "transit_days",
]
