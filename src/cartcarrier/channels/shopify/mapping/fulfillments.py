"""What Shopify was told, and what it is to be told (field guide shopify.md §10, §18.4, §18.5)."""

from collections.abc import Sequence
from typing import Final

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.channels.shopify.mapping.repeated import carrier_name
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    Fulfillment,
    FulfillmentParcel,
    FulfillmentStatus,
    TrackingEvent,
    TrackingStatus,
    compiled,
)

_fulfillment: Final = compiled(Fulfillment)
_parcel: Final = compiled(FulfillmentParcel)
_UNKNOWN: Final = FulfillmentStatus.UNKNOWN


def line_quantities(told: schemas.Fulfillment) -> dict[str, int]:
    """Return the pieces of a fulfillment by line."""
    lines: dict[str, int] = {}
    for line in told.fulfillment_line_items.nodes:
        quantity = line.quantity
        if quantity:
            line_id = line.line_item.id
            lines[line_id] = lines.get(line_id, 0) + quantity
    return lines


def to_fulfillment(told: schemas.Fulfillment, *, order_id: str) -> Fulfillment:
    """Return one of Shopify's fulfillments as ours. Shopify keeps no reference, and not whether the buyer was told."""
    place = told.location
    return _fulfillment(
        order_id=order_id,
        id=told.id,
        lines=line_quantities(told),
        parcels=tuple(
            [
                _parcel(
                    carrier=carrier_name(info.company),
                    tracking_number=info.number or None,
                    tracking_url=info.url or None,
                )
                for info in told.tracking_info
            ]
        ),
        location_id=place.id if place is not None else None,
        shipped_at=told.created_at,
        notify_buyer=False,
        status=codes.FULFILLMENT_STATUS.get(told.status, _UNKNOWN),
    )


def to_fulfillments(told: Sequence[schemas.Fulfillment], *, order_id: str) -> tuple[Fulfillment, ...]:
    """Return Shopify's fulfillments as ours, oldest first."""
    ordered = sorted(told, key=lambda item: item.created_at)
    return tuple(to_fulfillment(item, order_id=order_id) for item in ordered)


def to_tracking_input(parcels: Sequence[FulfillmentParcel]) -> schemas.TrackingInput | None:
    """Return the numbers of the parcels, or ``None`` when there are none.

    Raises:
        UnsupportedOperationError: They travel with several carriers: Shopify takes one company for all numbers of a call.
    """
    numbered = [parcel for parcel in parcels if parcel.tracking_number]
    companies = list(dict.fromkeys(codes.company_name(parcel.carrier) for parcel in numbered))
    if not numbered:
        # An address alone needs a number, so there is nothing but the company to say (§10.1).
        names = list(dict.fromkeys(codes.company_name(parcel.carrier) for parcel in parcels))
        return schemas.TrackingInput(company=names[0]) if len(names) == 1 else None
    if len(companies) > 1:
        msg = (
            "shopify takes one carrier for all parcels of a fulfillment: say what is in each parcel (FulfillmentParcel.lines), "
            "or make a fulfillment for each carrier"
        )
        raise UnsupportedOperationError(msg, field="Fulfillment.parcels")
    if len(numbered) == 1:
        return schemas.TrackingInput(
            company=companies[0], number=numbered[0].tracking_number, url=numbered[0].tracking_url or None
        )
    urls = [parcel.tracking_url for parcel in numbered if parcel.tracking_url]
    return schemas.TrackingInput(
        company=companies[0],
        numbers=[parcel.tracking_number for parcel in numbered if parcel.tracking_number],
        urls=urls if len(urls) == len(numbered) else None,
    )


def event_status(event: TrackingEvent) -> str | None:
    """Return Shopify's word for a scan, or ``None`` when Shopify has none and is not told."""
    if event.status is None:
        return None
    if event.status is TrackingStatus.EXCEPTION and event.reason in codes.FINAL_REASONS:
        return "FAILURE"
    return codes.EVENT_STATUS.get(event.status)


def to_event_input(event: TrackingEvent, *, status: str, fulfillment_id: str) -> schemas.EventInput:
    """Return what Shopify is told of a scan."""
    place = event.location
    return schemas.EventInput(
        fulfillment_id=fulfillment_id,
        status=status,
        happened_at=event.occurred_at,
        message=event.description or None,
        city=(place.city or None) if place is not None else None,
        province=(place.region or None) if place is not None else None,
        zip=(place.postal_code or None) if place is not None else None,
        country=(place.country_code or None) if place is not None else None,
    )


def knows_event(known: Sequence[schemas.FulfillmentEvent], event: TrackingEvent, *, status: str) -> bool:
    """Return whether Shopify has the scan already: nothing there can be taken back (§10.2).

    A scan of which the time is not known is the same when status and words are.
    """
    if event.occurred_at is None:
        return any(item.status == status and (item.message or None) == (event.description or None) for item in known)
    # Shopify keeps whole seconds.
    moment = event.occurred_at.replace(microsecond=0)
    return any(item.status == status and item.happened_at.replace(microsecond=0) == moment for item in known)


def to_cancel_reason(reason: str | None) -> str:
    """Return Shopify's word for why an order is cancelled.

    Raises:
        InvalidValueError: It is none of Shopify's.
    """
    if reason is None:
        return "OTHER"
    word = reason.strip().upper()
    if word not in codes.CANCEL_REASONS:
        msg = f"shopify cancels for one of these reasons: {', '.join(sorted(codes.CANCEL_REASONS))}"
        raise InvalidValueError(msg, field="reason")
    return word
