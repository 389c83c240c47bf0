"""Acme's codes, and what they mean to us."""

from typing import Final

from cartcarrier.errors import (
    AddressRejectedError,
    ConflictError,
    InsufficientFundsError,
    NotFoundError,
    ProviderError,
    RejectedError,
    ServiceUnavailableForLaneError,
)
from cartcarrier.models import LabelFormat, Signature, TrackingStatus

ERRORS: Final[dict[str, type[ProviderError]]] = {
    "BAD_ADDRESS": AddressRejectedError,
    "BAD_VALUE": RejectedError,
    "NO_SERVICE": ServiceUnavailableForLaneError,
    "NO_MONEY": InsufficientFundsError,
    "NOT_FOUND": NotFoundError,
    "ALREADY_VOIDED": ConflictError,
}
ALREADY_VOIDED: Final = "ALREADY_VOIDED"

STATUSES: Final = {
    "LABEL": TrackingStatus.PRE_TRANSIT,
    "PICKUP": TrackingStatus.IN_TRANSIT,
    "DEPOT": TrackingStatus.IN_TRANSIT,
    "OUT": TrackingStatus.OUT_FOR_DELIVERY,
    "DONE": TrackingStatus.DELIVERED,
}
FORMATS: Final = {LabelFormat.PDF: "PDF", LabelFormat.ZPL: "ZPL"}
SIGNATURES: Final = {Signature.DIRECT: "ANYBODY", Signature.ADULT: "ADULT"}
