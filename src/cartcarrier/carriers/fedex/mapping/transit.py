"""Durations without a price."""

import msgspec

from cartcarrier.carriers.fedex.codes import service_name
from cartcarrier.carriers.fedex.config import FedExConfig
from cartcarrier.carriers.fedex.mapping.customs import to_commodities
from cartcarrier.carriers.fedex.mapping.lanes import Lane, tells_customs
from cartcarrier.carriers.fedex.mapping.measures import total_weight
from cartcarrier.carriers.fedex.mapping.parties import Side, to_place
from cartcarrier.carriers.fedex.mapping.rating import (
    arrival_day,
    asked_service,
    days_in_transit,
    is_guaranteed,
    to_packages,
)
from cartcarrier.carriers.fedex.mapping.services import MOST_PRICED, check_request, packaging_of
from cartcarrier.carriers.fedex.mapping.text import said
from cartcarrier.carriers.fedex.schemas import TransitAnswer, TransitRequest
from cartcarrier.carriers.fedex.schemas._base import MeasuredWeight
from cartcarrier.carriers.fedex.schemas.rating import Place, TransitCustoms, TransitShipment
from cartcarrier.models import Service, ShipmentRequest, TransitTime


def to_transit_question(request: ShipmentRequest, config: FedExConfig) -> TransitRequest:
    """Return the question for one service, or for all of them.

    Raises:
        InvalidValueError: Something does not fit; the error names it.
        UnsupportedOperationError: An option cannot be said to FedEx.
    """
    lane = Lane.of(request)
    check_request(request, lane, most=MOST_PRICED, service=None)
    # transit times have no room for what a price knows of a package
    packages = [
        msgspec.structs.replace(package, group_package_count=None, package_special_services=None)
        for package in to_packages(request, lane)
    ]
    goods = []
    if tells_customs(request, lane):
        weight = MeasuredWeight(
            units=packages[0].weight.units, value=total_weight(package.weight for package in packages)
        )
        goods = to_commodities(request, lane, weight=weight, strict=False)
    known = [one for one in goods if one.customs_value is not None]
    home = request.ship_to.residential
    return TransitRequest(
        requested_shipment=TransitShipment(
            shipper=Place(address=to_place(request.ship_from, Side("ShipmentRequest.ship_from"))),
            recipients=[
                Place(address=to_place(request.ship_to, Side("ShipmentRequest.ship_to"), residential=home)),
            ],
            service_type=asked_service(request),
            packaging_type=packaging_of(request),
            ship_datestamp=request.ship_date.isoformat() if request.ship_date is not None else None,
            pickup_type=config.pickup_type,
            requested_package_line_items=packages,
            customs_clearance_detail=TransitCustoms(commodities=known) if known else None,
        )
    )


def to_transit_times(answer: TransitAnswer, request: ShipmentRequest) -> list[TransitTime]:
    """Return the services in an answer, each once; with a service asked for that one only."""
    wanted = asked_service(request)
    found: dict[str, TransitTime] = {}
    for group in answer.output.transit_times or []:
        for detail in group.transit_time_details or []:
            code = said(detail.service_type)
            if code is None or wanted not in {None, code}:
                continue
            found.setdefault(
                code,
                TransitTime(
                    service=Service(code=code, name=service_name(code, detail.service_name)),
                    transit_days=days_in_transit(detail.commit, None),
                    estimated_delivery=arrival_day(detail.commit, None),
                    guaranteed=is_guaranteed(detail.commit, None),
                ),
            )
    return list(found.values())
