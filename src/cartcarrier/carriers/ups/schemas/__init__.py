"""UPS's JSON, as msgspec structs; one module for each interface."""

from cartcarrier.carriers.ups.schemas._base import Alert, Amount, Schema, many
from cartcarrier.carriers.ups.schemas.addresses import (
    AddressKeyFormat,
    XAVRequest,
    XAVRequestEnvelope,
    XAVResponse,
    XAVResponseEnvelope,
)
from cartcarrier.carriers.ups.schemas.alerts import SubscriptionAnswer, SubscriptionRequest, TrackingAlert
from cartcarrier.carriers.ups.schemas.answers import (
    LabelRecoveryResponse,
    LabelRecoveryResponseEnvelope,
    ShipmentResponseEnvelope,
    ShipmentResults,
    VoidShipmentResponse,
    VoidShipmentResponseEnvelope,
)
from cartcarrier.carriers.ups.schemas.locations import (
    LocatorRequestEnvelope,
    LocatorResponse,
    LocatorResponseEnvelope,
)
from cartcarrier.carriers.ups.schemas.papers import (
    DeleteResponseEnvelope,
    PushRequestEnvelope,
    PushResponseEnvelope,
    UploadRequestEnvelope,
    UploadResponse,
    UploadResponseEnvelope,
)
from cartcarrier.carriers.ups.schemas.pickups import (
    PickupCancelResponseEnvelope,
    PickupCreationRequestEnvelope,
    PickupCreationResponse,
    PickupCreationResponseEnvelope,
    PickupPendingStatusResponse,
    PickupPendingStatusResponseEnvelope,
    PickupRateRequestEnvelope,
    PickupRateResponse,
    PickupRateResponseEnvelope,
)
from cartcarrier.carriers.ups.schemas.rating import RateRequestEnvelope, RateResponse, RateResponseEnvelope
from cartcarrier.carriers.ups.schemas.shipping import LabelRecoveryRequestEnvelope, ShipmentRequestEnvelope
from cartcarrier.carriers.ups.schemas.tracking import TrackPackage, TrackResponseEnvelope
from cartcarrier.carriers.ups.schemas.transit import TransitQuestion, TransitResponse

__all__ = [
    "AddressKeyFormat",
    "Alert",
    "Amount",
    "DeleteResponseEnvelope",
    "LabelRecoveryRequestEnvelope",
    "LabelRecoveryResponse",
    "LabelRecoveryResponseEnvelope",
    "LocatorRequestEnvelope",
    "LocatorResponse",
    "LocatorResponseEnvelope",
    "PickupCancelResponseEnvelope",
    "PickupCreationRequestEnvelope",
    "PickupCreationResponse",
    "PickupCreationResponseEnvelope",
    "PickupPendingStatusResponse",
    "PickupPendingStatusResponseEnvelope",
    "PickupRateRequestEnvelope",
    "PickupRateResponse",
    "PickupRateResponseEnvelope",
    "PushRequestEnvelope",
    "PushResponseEnvelope",
    "RateRequestEnvelope",
    "RateResponse",
    "RateResponseEnvelope",
    "Schema",
    "ShipmentRequestEnvelope",
    "ShipmentResponseEnvelope",
    "ShipmentResults",
    "SubscriptionAnswer",
    "SubscriptionRequest",
    "TrackPackage",
    "TrackResponseEnvelope",
    "TrackingAlert",
    "TransitQuestion",
    "TransitResponse",
    "UploadRequestEnvelope",
    "UploadResponse",
    "UploadResponseEnvelope",
    "VoidShipmentResponse",
    "VoidShipmentResponseEnvelope",
    "XAVRequest",
    "XAVRequestEnvelope",
    "XAVResponse",
    "XAVResponseEnvelope",
    "many",
]
