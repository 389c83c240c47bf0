"""Tables: Amazon's words and ours. All of Amazon's vocabularies are open: what is new is unknown, never guessed."""

from typing import Final

import attrs

from cartcarrier.errors import (
    PermissionDeniedError,
    ProviderError,
    RejectedError,
    ServiceUnavailableForLaneError,
)
from cartcarrier.models import LabelFormat, LengthUnit, Signature, TrackingReason, TrackingStatus, WeightUnit

TOKEN_EXPIRED: Final = "TOKEN_EXPIRED"  # noqa: S105 - an error code: the ten minutes of a rate are over

ALREADY_CANCELLED: Final = "AlreadyCancelled"
"""Our word for what Amazon says of a second cancel in its text only."""

WEIGHT_UNITS: Final = {
    WeightUnit.GRAM: "GRAM",
    WeightUnit.KILOGRAM: "KILOGRAM",
    WeightUnit.OUNCE: "OUNCE",
    WeightUnit.POUND: "POUND",
}
LENGTH_UNITS: Final = {LengthUnit.INCH: "INCH", LengthUnit.CENTIMETER: "CENTIMETER"}
"""Millimetres are written as centimetres."""

FORMATS: Final = {LabelFormat.PDF: "PDF", LabelFormat.PNG: "PNG", LabelFormat.ZPL: "ZPL"}

LABEL: Final = "LABEL"
CUSTOMS: Final = "CUSTOM_FORM"
DOCUMENT_KINDS: Final = {"PACKSLIP": "packing_slip", "RECEIPT": "receipt", CUSTOMS: "customs_form"}

# Which value-added service says it. The ids are not in the published description; they are those seen at the carriers that Amazon
# sells (rate items of the same names are, field guide amazon.md §4.2). An offer without the id is no offer for the request.
SIGNATURES: Final[dict[Signature, tuple[str, ...]]] = {
    Signature.NOT_REQUIRED: ("NO_CONFIRMATION", "DELIVERY_CONFIRMATION"),
    Signature.DIRECT: ("SIGNATURE_CONFIRMATION",),
    Signature.ADULT: ("ADULT_SIGNATURE_CONFIRMATION",),
}
_PREFIX: Final = "VAS_"
_DEMANDS: Final = {
    "NO_CONFIRMATION": 0,
    "DELIVERY_CONFIRMATION": 1,
    "SIGNATURE_CONFIRMATION": 3,
    "ADULT_SIGNATURE_CONFIRMATION": 4,
}


def plain_service(service_id: str) -> str:
    """Return the id of a value-added service without the prefix that stands before some."""
    return service_id.removeprefix(_PREFIX)


def demand(service_id: str) -> int:
    """Return how much a confirmation asks of the recipient; at the same price the least demanding one is taken."""
    return _DEMANDS.get(plain_service(service_id), 2)


@attrs.frozen
class Reason:
    """Why a service is not on offer.

    Attributes:
        kind: Our error.
        words: The end of a sentence.
        field: What of the request it is about.
    """

    kind: type[ProviderError]
    words: str
    field: str | None = None


_LANE: Final = ServiceUnavailableForLaneError
# Field guide amazon.md §4.2.
INELIGIBLE: Final = {
    "NO_COVERAGE": Reason(_LANE, "it does not run between these places"),
    "PICKUP_SLOT_RESTRICTION": Reason(_LANE, "there is no pickup at that time", "shipDate"),
    "LATE_DELIVERY": Reason(_LANE, "it would arrive later than the buyer was promised"),
    "PROGRAM_CONSTRAINTS": Reason(_LANE, "the order's program does not allow it"),
    "UNKNOWN": Reason(_LANE, "Amazon gives no reason"),
    "SIZE_RESTRICTIONS": Reason(RejectedError, "the parcel is too large or too small", "packages[0].dimensions"),
    "WEIGHT_RESTRICTIONS": Reason(RejectedError, "the parcel is too heavy or too light", "packages[0].weight"),
    "UNSUPPORTED_VAS": Reason(RejectedError, "a value-added service is not offered with it", "valueAddedServices"),
    "VAS_COMBINATION_RESTRICTION": Reason(
        RejectedError, "the value-added services do not go together", "valueAddedServices"
    ),
    "TERMS_AND_CONDITIONS_NOT_ACCEPTED": Reason(
        PermissionDeniedError, "the seller must accept the carrier's terms in Seller Central"
    ),
}


def ineligible(code: str) -> Reason:
    """Return what a reason means; one that nobody has told us about says no more than that there is no offer."""
    return INELIGIBLE.get(code, Reason(_LANE, "for a reason that this driver has no words for"))


FORWARD: Final = "FORWARD"
RETURNS: Final = "RETURNS"
_S: Final = TrackingStatus
# Field guide amazon.md §6.2. Its "failure" is an exception with us; what is on its way back is a return.
EVENTS: Final = {
    "ReadyForReceive": _S.PRE_TRANSIT,
    "PickupDone": _S.IN_TRANSIT,
    "Departed": _S.IN_TRANSIT,
    "ArrivedAtCarrierFacility": _S.IN_TRANSIT,
    "OutForDelivery": _S.OUT_FOR_DELIVERY,
    "AvailableForPickup": _S.AVAILABLE_FOR_PICKUP,
    "Delivered": _S.DELIVERED,
    "DeliveryAttempted": _S.DELIVERY_ATTEMPTED,
    "RecipientRequestedAlternateDeliveryTiming": _S.EXCEPTION,
    "Rejected": _S.RETURN_TO_SENDER,
    "ReturnInitiated": _S.RETURN_TO_SENDER,
    "Undeliverable": _S.EXCEPTION,
    "Lost": _S.EXCEPTION,
    "PickupCancelled": _S.CANCELLED,
}
SUMMARIES: Final = {
    "PreTransit": _S.PRE_TRANSIT,
    "InTransit": _S.IN_TRANSIT,
    "OutForDelivery": _S.OUT_FOR_DELIVERY,
    "AwaitingCustomerPickup": _S.AVAILABLE_FOR_PICKUP,
    "Delivered": _S.DELIVERED,
    "DeliveryAttempted": _S.DELIVERY_ATTEMPTED,
    "Rejected": _S.RETURN_TO_SENDER,
    "Undeliverable": _S.EXCEPTION,
    "Lost": _S.EXCEPTION,
    "PickupCancelled": _S.CANCELLED,
}
EVENT_REASONS: Final = {
    "Lost": TrackingReason.LOST,
    "Rejected": TrackingReason.REFUSED,
    "RecipientRequestedAlternateDeliveryTiming": TrackingReason.DELAYED,
}
DETAIL_REASONS: Final = {
    "BusinessClosed": TrackingReason.RECIPIENT_ABSENT,
    "CustomerUnavailable": TrackingReason.RECIPIENT_ABSENT,
    "UnableToContactRecipient": TrackingReason.RECIPIENT_ABSENT,
    "UnableToAccess": TrackingReason.ADDRESS,
    "AddressNotFound": TrackingReason.ADDRESS,
    "PaymentNotReady": TrackingReason.OTHER,
    "OtpNotAvailable": TrackingReason.OTHER,
    "Damaged": TrackingReason.DAMAGED,
    "Rejected": TrackingReason.REFUSED,
    "RejectedByRecipientWithVerification": TrackingReason.REFUSED,
    "CancelledByRecipient": TrackingReason.REFUSED,
    "NotRequired": TrackingReason.REFUSED,
    "IncorrectItems": TrackingReason.REFUSED,
    "HazmatShipment": TrackingReason.CARRIER,
}


def event_status(code: str, leg: str | None) -> TrackingStatus:
    """Return what an event makes of the parcel: on the way back a delivery means that it has come back."""
    if leg == RETURNS:
        return _S.RETURNED if code == "Delivered" else _S.RETURN_TO_SENDER
    return EVENTS.get(code, _S.UNKNOWN)
