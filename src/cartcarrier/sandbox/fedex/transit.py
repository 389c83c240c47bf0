"""Times without prices: ``POST /availability/v1/…`` (field guide fedex.md §2.2)."""

from decimal import Decimal

from cartcarrier.sandbox._geography import zone
from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import World
from cartcarrier.sandbox.fedex.codes import DAY_WORDS, FEDEX_PACKAGING, PACKAGING, YOUR_PACKAGING, Service
from cartcarrier.sandbox.fedex.dates import read_ship_date
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.lanes import Commitment, Lane, commit
from cartcarrier.sandbox.fedex.rating import NO_SERVICE, candidates, fits
from cartcarrier.sandbox.fedex.requests import Place, as_packages, read_pieces, read_place
from cartcarrier.sandbox.fedex.tariff import PricedPackage, PricedShipment


def transit_times(world: World, body: Node) -> Node:
    """Answer how long each service takes.

    Args:
        world: What the platform knows.
        body: The request.

    Raises:
        FedExError: The first rule that is broken, or nothing is offered.
    """
    shipment = fields.child(body, "requestedShipment")
    origin, destination = _read_ends(shipment)
    packaging = fields.choice(shipment, "packagingType", PACKAGING, "PACKAGINGTYPE.REQUIRED")
    priced = _as_priced(origin, destination, packaging, as_packages(read_pieces(shipment, weight_optional=False)))
    start = read_ship_date(world, fields.text(shipment, "shipDatestamp"), origin.country, origin.state)
    wanted, carriers = fields.text(shipment, "serviceType"), fields.strings(body, "carrierCodes")
    found = [
        service
        for service in candidates(priced)
        if fits(priced, service) and wanted in {"", service.code} and (not carriers or service.carrier in carriers)
    ]
    if not found:
        raise FedExError(NO_SERVICE, "Invalid service and packaging combination for these places and packages.")
    details = [_detail(service, commit(service, priced.zone, start)) for service in found]
    return {"transitTimes": [{"transitTimeDetails": details}], "encoded": False}


def options(world: World, body: Node) -> Node:
    """Answer which services and packagings can be combined between two places.

    Args:
        world: What the platform knows.
        body: The request.

    Raises:
        FedExError: The first rule that is broken.
    """
    del world
    shipment = fields.child(body, "requestedShipment")
    origin, destination = _read_ends(shipment)
    carriers = fields.strings(body, "carrierCodes")
    made = [
        _option(service, packaging)
        for packaging in (YOUR_PACKAGING, *FEDEX_PACKAGING)
        for service in _as_priced(origin, destination, packaging, (PricedPackage(weight=Decimal(1)),)).lane.services()
        if fits(_as_priced(origin, destination, packaging, (PricedPackage(weight=Decimal(1)),)), service)
        if not carriers or service.carrier in carriers
    ]
    kinds = ("SATURDAY_DELIVERY", "HOLD_AT_LOCATION", "RETURN_SHIPMENT")
    shown = [{"key": kind, "displayText": kind.replace("_", " ").title()} for kind in kinds]
    return {"packageOptions": made, "serviceOptions": shown, "oneRate": origin.country == destination.country == "US"}


def _read_ends(shipment: Node) -> tuple[Place, Place]:
    recipients = fields.objects(shipment, "recipients")
    if not fields.child(shipment, "shipper") or not recipients:
        raise invalid_input("requestedShipment")
    shipper = fields.child(shipment, "shipper.address")
    if not fields.text(shipper, "postalCode"):
        raise FedExError("ORIGIN.POSTAL.REQUIRED", "The origin's postal code is required.")
    return read_place(shipper, "SHIPPER"), read_place(fields.child(recipients[0], "address"), "RECIPIENTS")


def _as_priced(
    origin: Place, destination: Place, packaging: str, packages: tuple[PricedPackage, ...]
) -> PricedShipment:
    return PricedShipment(
        lane=Lane(origin=origin.country, destination=destination.country, residential=destination.residential),
        zone=zone((origin.country, origin.postal_code), (destination.country, destination.postal_code)),
        packages=packages,
        postal_code=destination.postal_code,
        packaging=packaging,
    )


def _detail(service: Service, when: Commitment) -> Node:
    made: Node = {
        "serviceType": service.code,
        "serviceName": service.name,
        "commit": {
            "dateDetail": {
                "dayOfWeek": f"{when.at:%a}".upper(),
                "time": f"{when.at:%H:%M:%S}",
                "day": f"{when.at:%b-%d-%Y}",
            }
        },
    }
    if service.is_ground:
        word = DAY_WORDS[min(when.days, 10)]
        made["commit"]["transitDays"] = {"minimumTransitTime": word, "description": f"{when.days} Business Days"}
    return made


def _option(service: Service, packaging: str) -> Node:
    pounds = Decimal(FEDEX_PACKAGING.get(packaging, "150"))
    kilograms = (pounds / Decimal("2.20462262")).quantize(Decimal("0.1"))
    return {
        "serviceType": {"key": service.code, "displayText": service.name},
        "packageType": {"key": packaging, "displayText": packaging.replace("_", " ").title()},
        "rateTypes": ["WEIGHT_BASED"],
        "maxWeightAllowed": {"units": "LB", "value": pounds},
        "maxMetricWeightAllowed": {"units": "KG", "value": kilograms},
    }
