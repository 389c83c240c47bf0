"""Tables: Amazon's words and ours (field guide amazon.md §5.1, §6.4). What is new is unknown, never guessed."""

from typing import Final

from cartcarrier.models import ProviderOrderStatus, TrackingReason, TrackingStatus

_O: Final = ProviderOrderStatus
# In small letters: the description says Processing, its own example PROCESSING.
ORDER_STATUSES: Final = {
    "new": _O.RECEIVED,
    "received": _O.RECEIVED,
    "planning": _O.PROCESSING,
    "processing": _O.PROCESSING,
    "complete": _O.SHIPPED,
    "completepartialled": _O.PARTIALLY_SHIPPED,
    "cancelled": _O.CANCELLED,
    "unfulfillable": _O.REJECTED,
    "invalid": _O.REJECTED,
}
FINAL: Final = frozenset({"complete", "completepartialled", "cancelled", "unfulfillable", "invalid"})
"""What nothing comes after (field guide amazon.md §5.1)."""
LEFT: Final = frozenset({"complete", "completepartialled"})
"""What is said once all that comes has left."""
CANCELLED: Final = "cancelled"
CANCELLABLE: Final = frozenset({"new", "received", "planning"})
"""Once picking has begun an order is not cancelled any more."""
REFUSALS: Final = {
    "completepartialled": "a part of it was cancelled or could not be fulfilled, and will not come",
    "unfulfillable": "none of it could be fulfilled: there is no sellable stock",
    "invalid": "Amazon could not validate it: the address is not valid, or there is not enough stock",
}
SHIPPED: Final = "shipped"

_S: Final = TrackingStatus
PACKAGE_STATUSES: Final = {
    "IN_TRANSIT": _S.IN_TRANSIT,
    "OUT_FOR_DELIVERY": _S.OUT_FOR_DELIVERY,
    "AVAILABLE_FOR_PICKUP": _S.AVAILABLE_FOR_PICKUP,
    "DELIVERED": _S.DELIVERED,
    "PICKUP_SUCCESSFUL": _S.DELIVERED,
    "RETURNING": _S.RETURN_TO_SENDER,
    "RETURNED": _S.RETURNED,
    "RETURN_REQUEST_ACCEPTED": _S.RETURN_TO_SENDER,
    "RETURN_RECEIVED_IN_FC": _S.RETURNED,
    "UNDELIVERABLE": _S.EXCEPTION,
    "CUSTOMER_ACTION": _S.EXCEPTION,
    "DELAYED": _S.EXCEPTION,
    "DELIVERY_ATTEMPTED": _S.DELIVERY_ATTEMPTED,
    "PICKUP_ATTEMPTED": _S.EXCEPTION,
    "PICKUP_SCHEDULED": _S.PRE_TRANSIT,
    "PICKUP_CANCELLED": _S.CANCELLED,
}
"""``REFUND_ISSUED`` is about money, not about the parcel; ``UNKNOWN`` is what it says."""

EVENTS: Final = {
    "EVENT_101": _S.PRE_TRANSIT,
    "EVENT_102": _S.IN_TRANSIT,
    "EVENT_201": _S.IN_TRANSIT,
    "EVENT_202": _S.IN_TRANSIT,
    "EVENT_203": _S.IN_TRANSIT,
    "EVENT_204": _S.IN_TRANSIT,
    "EVENT_205": _S.IN_TRANSIT,
    "EVENT_206": _S.IN_TRANSIT,
    "EVENT_301": _S.DELIVERED,
    "EVENT_302": _S.OUT_FOR_DELIVERY,
    "EVENT_304": _S.DELIVERY_ATTEMPTED,
    "EVENT_306": _S.IN_TRANSIT,
    "EVENT_307": _S.IN_TRANSIT,
    "EVENT_308": _S.AVAILABLE_FOR_PICKUP,
    "EVENT_309": _S.RETURN_TO_SENDER,
    "EVENT_401": _S.EXCEPTION,
    "EVENT_402": _S.EXCEPTION,
    "EVENT_403": _S.EXCEPTION,
    "EVENT_404": _S.EXCEPTION,
    "EVENT_405": _S.EXCEPTION,
    "EVENT_406": _S.EXCEPTION,
    "EVENT_407": _S.RETURN_TO_SENDER,
    "EVENT_408": _S.RETURN_TO_SENDER,
    "EVENT_409": _S.EXCEPTION,
    "EVENT_411": _S.PRE_TRANSIT,
    "EVENT_412": _S.EXCEPTION,
    "EVENT_413": _S.EXCEPTION,
    "EVENT_414": _S.EXCEPTION,
    "EVENT_415": _S.IN_TRANSIT,
    "EVENT_416": _S.EXCEPTION,
    "EVENT_417": _S.EXCEPTION,
    "EVENT_418": _S.EXCEPTION,
    "EVENT_419": _S.EXCEPTION,
    "EVENT_801": _S.AVAILABLE_FOR_PICKUP,
    "EVENT_804": _S.DELIVERED,
}
EVENT_REASONS: Final = {
    "EVENT_401": TrackingReason.ADDRESS,
    "EVENT_402": TrackingReason.CUSTOMS,
    "EVENT_403": TrackingReason.ADDRESS,
    "EVENT_404": TrackingReason.OTHER,
    "EVENT_405": TrackingReason.DAMAGED,
    "EVENT_406": TrackingReason.CARRIER,
    "EVENT_407": TrackingReason.REFUSED,
    "EVENT_409": TrackingReason.LOST,
    "EVENT_413": TrackingReason.CUSTOMS,
    "EVENT_414": TrackingReason.CARRIER,
    "EVENT_417": TrackingReason.DELAYED,
    "EVENT_418": TrackingReason.ADDRESS,
    "EVENT_419": TrackingReason.ADDRESS,
}
