"""Our models to Acme's JSON and back; pure functions."""

import hashlib
from datetime import datetime
from decimal import ROUND_UP

from cartcarrier import models
from cartcarrier.errors import InvalidValueError, RateExpiredError, UnsupportedOperationError
from cartcarrier.http import json_encode
from msgspec.structs import replace

from acme_carrier.codes import FORMATS, SIGNATURES, STATUSES
from acme_carrier.schemas import BoughtLabel, LabelRequest, Parcel, Place, Prices

# What can be asked of a carrier, and cannot be said to Acme.
_NO_OPTIONS = ("saturday_delivery", "hold_at_location", "dry_ice", "lithium", "alcohol", "bill_to", "label_size")


def to_label_request(request: models.ShipmentRequest) -> LabelRequest:
    """Return the question for prices; a purchase asks the same, and more."""
    options, parcel = request.options, request.parcels[0]
    for name in (*_NO_OPTIONS, "carrier_options"):
        if getattr(options, name):
            raise UnsupportedOperationError(f"Acme cannot be told {name}", field=f"options.{name}")
    for name in ("customs", "ship_date", "is_return"):
        if getattr(request, name):
            raise UnsupportedOperationError(f"Acme cannot be told {name}", field=name)
    if len(request.parcels) != 1 or parcel.insured_value or parcel.packaging:
        raise UnsupportedOperationError("Acme takes one plain, uninsured parcel a label", field="parcels")
    if options.signature and options.signature not in SIGNATURES:
        raise UnsupportedOperationError(f"Acme has no signature {options.signature}", field="options.signature")
    return LabelRequest(
        sender=_to_place(request.ship_from, "ship_from"),
        recipient=_to_place(request.ship_to, "ship_to"),
        grams=int(parcel.weight.to(models.WeightUnit.GRAM).value.to_integral_value(ROUND_UP)),
        service=request.rate.service.code if request.rate else request.service,
        signature=SIGNATURES[options.signature] if options.signature else None,
    )


def to_purchase(
    request: models.ShipmentRequest, *, carrier: str, reference: str, now: datetime
) -> models.PreparedPurchase:
    """Return the purchase, to the byte."""
    question, rate = to_label_request(request), request.rate
    form = next((FORMATS[form] for form in request.options.label_formats if form in FORMATS), None)
    if form is None:
        raise UnsupportedOperationError("Acme prints PDF and ZPL only", field="options.label_formats")
    if question.service is None:
        raise InvalidValueError("Acme needs a service or a rate", field="service")
    if rate and rate.valid_until and rate.valid_until <= now:
        raise RateExpiredError(f"Acme's price for {rate.service.name} is over: ask again")
    order = replace(question, quote=rate.token if rate else None, format=form, printed_reference=request.reference)
    body = json_encode(replace(order, reference=reference))
    step = models.PurchaseStep(index=0, parcels=(0,), reference=reference, body=body)
    digest = hashlib.sha256(json_encode(order)).hexdigest()
    return models.PreparedPurchase(carrier=carrier, request_hash=digest, steps=(step,))


def to_rates(answer: Prices, *, carrier: str) -> list[models.Rate]:
    """Return the prices. The quote travels in the rate's token, so that the purchase can repeat it."""
    return [
        models.Rate(
            carrier=carrier,
            service=models.Service(code=price.service, name=price.name),
            total=models.Money(amount=price.amount, currency=price.currency),
            transit_days=price.days,
            valid_until=price.valid_until,
            token=price.quote,
        )
        for price in answer.prices
    ]


def to_shipment(label: BoughtLabel, *, carrier: str) -> models.Shipment:
    """Return what was bought."""
    printed = models.Label(format=models.LabelFormat(label.format.lower()), data=label.data)
    return models.Shipment(
        carrier=carrier,
        id=label.id,
        service=models.Service(code=label.service, name=label.name),
        tracking_number=label.tracking_number,
        parcels=(models.ShippedParcel(tracking_number=label.tracking_number, label=printed),),
        total=models.Money(amount=label.amount, currency=label.currency),
        created_at=label.bought_at,
        reference=label.reference,
    )


def to_tracking(parcel: Parcel, *, carrier: str) -> models.Tracking:
    """Return where a parcel is. Acme's newest scan comes first; ours comes last."""
    events = [
        models.TrackingEvent(
            status=STATUSES.get(scan.code, models.TrackingStatus.UNKNOWN),
            description=scan.text,
            carrier_code=scan.code,
            occurred_at=scan.at,
            location=models.Location(city=scan.city, country_code="US"),
            key=scan.id,
        )
        for scan in sorted(parcel.scans, key=lambda scan: scan.at)
    ]
    status = models.status_after(events) or models.TrackingStatus.UNKNOWN
    return models.Tracking(carrier=carrier, tracking_number=parcel.tracking_number, status=status, events=events)


def _to_place(address: models.Address, field: str) -> Place:
    name = address.name or address.company
    if address.country_code != "US" or not (name and address.region and address.postal_code):
        raise UnsupportedOperationError("Acme needs a name, a state and a ZIP code within the US", field=field)
    if address.street2:
        raise UnsupportedOperationError("Acme has one line for the street", field=f"{field}.street2")
    return Place(name=name, street=address.street1, city=address.city, state=address.region, zip=address.postal_code)
