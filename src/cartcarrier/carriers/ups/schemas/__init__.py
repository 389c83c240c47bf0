"""UPS's JSON, as msgspec structs; one module for each interface."""

from cartcarrier.carriers.ups.schemas._base import Alert, Amount, Schema, many
from cartcarrier.carriers.ups.schemas.addresses import (
    AddressKeyFormat,
    XAVRequest,
    XAVRequestEnvelope,
    XAVResponse,
    XAVResponseEnvelope,
)
from cartcarrier.carriers.ups.schemas.answers import (
    LabelRecoveryResponse,
    LabelRecoveryResponseEnvelope,
    ShipmentResponseEnvelope,
    ShipmentResults,
    VoidShipmentResponse,
    VoidShipmentResponseEnvelope,
)
from cartcarrier.carriers.ups.schemas.rating import RateRequestEnvelope, RateResponse, RateResponseEnvelope
from cartcarrier.carriers.ups.schemas.shipping import LabelRecoveryRequestEnvelope, ShipmentRequestEnvelope
from cartcarrier.carriers.ups.schemas.tracking import TrackPackage, TrackResponseEnvelope

__all__ = [
    "AddressKeyFormat",
    "Alert",
    "Amount",
    "LabelRecoveryRequestEnvelope",
    "LabelRecoveryResponse",
    "LabelRecoveryResponseEnvelope",
    "RateRequestEnvelope",
    "RateResponse",
    "RateResponseEnvelope",
    "Schema",
    "ShipmentRequestEnvelope",
    "ShipmentResponseEnvelope",
    "ShipmentResults",
    "TrackPackage",
    "TrackResponseEnvelope",
    "VoidShipmentResponse",
    "VoidShipmentResponseEnvelope",
    "XAVRequest",
    "XAVRequestEnvelope",
    "XAVResponse",
    "XAVResponseEnvelope",
    "many",
]
