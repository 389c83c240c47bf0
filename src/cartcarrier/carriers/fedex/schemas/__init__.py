"""FedEx's JSON, as msgspec structs; one module for each group of interfaces."""

from cartcarrier.carriers.fedex.schemas._base import Schema
from cartcarrier.carriers.fedex.schemas.addresses import (
    AddressAnswer,
    AddressRequest,
    LocationAnswer,
    LocationRequest,
    PostalAnswer,
    PostalRequest,
)
from cartcarrier.carriers.fedex.schemas.handover import (
    CloseAnswer,
    CloseRequest,
    PickupAnswer,
    PickupCancelAnswer,
    PickupCancelRequest,
    PickupRequest,
    Upload,
    UploadAnswer,
)
from cartcarrier.carriers.fedex.schemas.rating import RateAnswer, RateRequest, TransitAnswer, TransitRequest
from cartcarrier.carriers.fedex.schemas.shipping import (
    CancelAnswer,
    CancelRequest,
    ResultsRequest,
    ShipAnswer,
    ShipRequest,
)
from cartcarrier.carriers.fedex.schemas.tracking import (
    ProofAnswer,
    ProofRequest,
    Push,
    ReferenceRequest,
    TrackAnswer,
    TrackRequest,
    TrackResult,
)

__all__ = [
    "AddressAnswer",
    "AddressRequest",
    "CancelAnswer",
    "CancelRequest",
    "CloseAnswer",
    "CloseRequest",
    "LocationAnswer",
    "LocationRequest",
    "PickupAnswer",
    "PickupCancelAnswer",
    "PickupCancelRequest",
    "PickupRequest",
    "PostalAnswer",
    "PostalRequest",
    "ProofAnswer",
    "ProofRequest",
    "Push",
    "RateAnswer",
    "RateRequest",
    "ReferenceRequest",
    "ResultsRequest",
    "Schema",
    "ShipAnswer",
    "ShipRequest",
    "TrackAnswer",
    "TrackRequest",
    "TrackResult",
    "TransitAnswer",
    "TransitRequest",
    "Upload",
    "UploadAnswer",
]
