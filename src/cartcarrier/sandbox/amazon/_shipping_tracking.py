"""Where parcels are that Amazon carries: scripts that the clock plays.

Facts: field guide amazon.md §6.2.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cartcarrier.sandbox.amazon._world import Document, read_time, stamp

KEPT_DAYS: Final = 45
# Hours after the purchase, event, leg, where, and what the summary says from then on.
_START: Final = (
    (0, "ReadyForReceive", "FORWARD", 0, "PreTransit"),
    (6, "PickupDone", "FORWARD", 0, "InTransit"),
    (12, "ArrivedAtCarrierFacility", "FORWARD", 0, "InTransit"),
    (20, "Departed", "FORWARD", 0, "InTransit"),
    (40, "OutForDelivery", "FORWARD", 1, "OutForDelivery"),
)
JOURNEYS: Final[Mapping[str, tuple[tuple[int, str, str, int, str], ...]]] = {
    "delivered": (*_START, (44, "Delivered", "FORWARD", 1, "Delivered")),
    "attempted": (
        *_START,
        (44, "DeliveryAttempted", "FORWARD", 1, "DeliveryAttempted"),
        (64, "OutForDelivery", "FORWARD", 1, "OutForDelivery"),
        (68, "Delivered", "FORWARD", 1, "Delivered"),
    ),
    "returned": (
        *_START,
        (44, "Rejected", "FORWARD", 1, "Rejected"),
        (50, "ReturnInitiated", "RETURNS", 1, "Rejected"),
        (70, "Departed", "RETURNS", 1, "Rejected"),
        # The parcel is back at the seller, and the summary says Delivered: it is the other leg's (guide §6.2).
        (100, "Delivered", "RETURNS", 0, "Delivered"),
    ),
    "lost": (*_START[:4], (200, "Lost", "FORWARD", 0, "Lost")),
}
_DETAILS: Final[Mapping[str, tuple[str, str]]] = {
    "delivered": ("Delivered", "DeliveredToPorch"),
    "attempted": ("DeliveryAttempted", "CustomerUnavailable"),
    "returned": ("Rejected", "NotRequired"),
}
_PLACES: Final = (
    {"city": "Reno", "stateOrRegion": "NV", "countryCode": "US", "postalCode": "89506"},
    {"city": "Chicago", "stateOrRegion": "IL", "countryCode": "US", "postalCode": "60606"},
)


def _bought(shipment: Document) -> datetime:
    moment = read_time(shipment["bought"])
    if moment is None:
        raise ValueError(shipment["bought"])
    return moment


def picked_up(shipment: Document, now: datetime) -> bool:
    """Whether the carrier has the parcel."""
    return now >= _bought(shipment) + timedelta(hours=6)


def tracking_view(shipment: Document, number: str, now: datetime) -> Document:
    """Show what has happened so far; after 45 days only the last of it."""
    start = _bought(shipment)
    past = [row for row in JOURNEYS[shipment["journey"]] if start + timedelta(hours=row[0]) <= now]
    if shipment["cancelled"]:
        cancelled = read_time(shipment["cancelled"])
        past = [row for row in past if cancelled is None or start + timedelta(hours=row[0]) <= cancelled]
    events = [
        {
            "eventCode": code,
            "eventTime": stamp(start + timedelta(hours=hours)),
            "location": dict(_PLACES[place]),
            "shipmentType": leg,
        }
        for hours, code, leg, place, _ in past
    ]
    status = past[-1][4] if past else "PreTransit"
    if shipment["cancelled"]:
        events.append({"eventCode": "PickupCancelled", "eventTime": shipment["cancelled"], "shipmentType": "FORWARD"})
        status = "PickupCancelled"
    if now > start + timedelta(days=KEPT_DAYS):
        events = events[-1:]
    forward = [detail for code, detail in [_DETAILS.get(shipment["journey"], ("", ""))] if _seen(events, code)]
    return {
        "trackingId": number,
        "alternateLegTrackingId": "null",  # the text: Amazon's own example has it so
        "eventHistory": events,
        "promisedDeliveryDate": shipment["promise"]["deliveryWindow"]["end"],
        "summary": {"status": status, "trackingDetailCodes": {"forward": forward, "returns": []}},
    }


def _seen(events: list[Document], code: str) -> bool:
    return any(event["eventCode"] == code and event["shipmentType"] == "FORWARD" for event in events)
