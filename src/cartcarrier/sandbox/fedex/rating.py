"""Prices: ``POST /rate/v1/rates/quotes`` (field guide fedex.md §2)."""

from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from cartcarrier.sandbox._geography import zone
from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.fedex.codes import (
    DAY_WORDS,
    ENVELOPE_LIMIT,
    FEDEX_PACKAGING,
    INTERNATIONAL_BOXES,
    PACKAGING,
    PICKUP_TYPES,
    SERVICES,
    US_EXPRESS,
    YOUR_PACKAGING,
    Service,
)
from cartcarrier.sandbox.fedex.dates import read_ship_date
from cartcarrier.sandbox.fedex.errors import FedExError
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.lanes import Commitment, Lane, commit, delivers_saturday
from cartcarrier.sandbox.fedex.requests import Place, as_packages, read_pieces, read_place, too_big
from cartcarrier.sandbox.fedex.tariff import DIM_DIVISOR, FUEL_PERCENT, Price, PricedShipment, price

NO_SERVICE = "SERVICE.PACKAGECOMBINATION.INVALID"
MAX_PACKAGES = 100
RATE_TYPES = frozenset({"ACCOUNT", "LIST", "PREFERRED", "INCENTIVE"})
SORTS = frozenset({"SERVICENAMETRADITIONAL", "COMMITASCENDING", "COMMITDESCENDING"})
OPTIONS = frozenset({"SATURDAY_DELIVERY", "FREIGHT_GUARANTEE", "SMART_POST_ALLOWED_INDICIA", "SMARTPOST_HUB_ID"})


@attrs.frozen(kw_only=True)
class Question:
    """A rate request, read.

    Attributes:
        control: FedEx's ``rateRequestControlParameters``.
        shipment: FedEx's ``requestedShipment``.
        origin: Where it leaves.
        destination: Where it goes.
        start: When.
        priced: As the tariff sees it.
        services: What was asked for and can be had, fastest first.
        wanted: The types of prices.
        preferred: The currency of preferred prices.
        has_zero_side: Whether a package has a side of 0.
    """

    control: Node
    shipment: Node
    origin: Place
    destination: Place
    start: date
    priced: PricedShipment
    services: tuple[Service, ...]
    wanted: tuple[str, ...]
    preferred: str
    has_zero_side: bool


def rate(world: World, body: Node) -> Node:
    """Answer a rate request.

    Args:
        world: What the platform knows.
        body: The request.

    Raises:
        FedExError: The first rule that is broken, or nothing is offered.
    """
    question = _read(world, body)
    details: list[Node] = []
    for service in question.services:
        details.append(_detail(world, question, service, saturday=False))
        if _saturday_asked(question) and delivers_saturday(service, question.start):
            details.append(_detail(world, question, service, saturday=True))
    order = fields.text(question.control, "rateSortOrder")
    if order.startswith("COMMIT"):
        keyed = sorted(details, key=lambda detail: str(detail["_at"]), reverse=order == "COMMITDESCENDING")
        details = keyed
    if fields.flag(question.control, "servicesNeededOnRateFailure"):
        details += [_without_price(service, question) for service in _unavailable(question)]
    for detail in details:
        detail.pop("_at", None)
    made: Node = {"rateReplyDetails": details, "quoteDate": question.start.isoformat(), "isEncoded": False}
    if alerts := alerts_of(question.origin, question.destination):
        made["alerts"] = alerts
    return made


def alerts_of(origin: Place, destination: Place) -> list[Node]:
    """Return warnings about cities that do not fit their postal codes."""
    found = (("SHIPPER", "Shipper", origin), ("RECIPIENT", "Recipient", destination))
    return [
        {
            "code": f"SHIP.{code}.POSTALCITY.MISMATCH",
            "alertType": "WARNING",
            "message": f"{name}: the city is not that of the postal code.",
        }
        for code, name, place in found
        if place.city_differs
    ]


def _read(world: World, body: Node) -> Question:
    _check_account(body)
    control = fields.child(body, "rateRequestControlParameters")
    shipment = fields.child(body, "requestedShipment")
    if not shipment:
        raise shapeless()
    if fields.text(shipment, "pickupType") not in PICKUP_TYPES:
        raise shapeless()
    wanted = fields.strings(shipment, "rateRequestType") or ["ACCOUNT"]
    if not RATE_TYPES.issuperset(wanted) or not (SORTS | {""}).issuperset({fields.text(control, "rateSortOrder")}):
        raise shapeless()
    if not OPTIONS.issuperset(variable_options(control)):
        raise shapeless()
    origin = read_place(fields.child(shipment, "shipper.address"), "SHIPPER")
    destination = read_place(fields.child(shipment, "recipient.address"), "RECIPIENTS")
    lane = Lane(origin=origin.country, destination=destination.country, residential=destination.residential)
    special = fields.strings(shipment, "shipmentSpecialServices.specialServiceTypes")
    packaging = fields.text(shipment, "packagingType") or YOUR_PACKAGING
    if packaging not in PACKAGING:
        raise shapeless()
    one_rate = "FEDEX_ONE_RATE" in special
    pieces = read_pieces(shipment, weight_optional=one_rate)
    packages = as_packages(pieces)
    if len(packages) > MAX_PACKAGES:
        raise FedExError("TOTALPACKAGECOUNT.INVALID", "A rate request takes at most 100 packages.")
    priced = PricedShipment(
        lane=lane,
        zone=zone((origin.country, origin.postal_code), (destination.country, destination.postal_code)),
        packages=packages,
        postal_code=destination.postal_code,
        packaging=packaging,
        one_rate=one_rate,
        saturday="SATURDAY_DELIVERY" in special,
        duties_prepaid=fields.text(shipment, "customsClearanceDetail.dutiesPayment.paymentType") == "SENDER",
        is_return="RETURN_SHIPMENT" in special,
    )
    start = read_ship_date(world, fields.text(shipment, "shipDateStamp"), origin.country, origin.state)
    question = Question(
        control=control,
        shipment=shipment,
        origin=origin,
        destination=destination,
        start=start,
        priced=priced,
        services=(),
        wanted=tuple(dict.fromkeys(wanted)),
        preferred=fields.text(shipment, "preferredCurrency"),
        has_zero_side=any(piece.has_zero_side for piece in pieces),
    )
    services = _offered(question, fields.text(shipment, "serviceType"), fields.strings(body, "carrierCodes"))
    if not services:
        raise FedExError(NO_SERVICE, "Invalid service and packaging combination for these places and packages.")
    return attrs.evolve(question, services=services)


def _check_account(body: Node) -> None:
    number = fields.text(body, "accountNumber.value")
    if not number:
        raise FedExError("ACCOUNT.NUMBER.REQUIRED", "The account number is required.")
    if len(number) != 9 or not number.isdigit():
        raise FedExError("ACCOUNT.NUMBER.INVALID", "The account number must have 9 digits.")
    if number != ACCOUNT_NUMBER:
        raise FedExError("ACCOUNT.NUMBER.NOTFOUND", "The account number was not found.")
    payment = fields.child(body, "requestedShipment.shippingChargesPayment")
    payor = fields.text(payment, "payor.responsibleParty.accountNumber.value")
    if fields.text(payment, "paymentType") == "SENDER" and payor and payor != number:
        message = "Where the sender pays, the payor's account is the shipper's."
        raise FedExError("ACCOUNT.NUMBER.MISMATCH", message)


def shapeless() -> FedExError:
    """Return the refusal of a rate request of the wrong shape, which names no member (guide §2.1)."""
    return FedExError("INVALID.INPUT.EXCEPTION", "Validation failed for object='rateInputVO'. Error count: 1", 422)


def variable_options(control: Node) -> list[str]:
    """Return ``variableOptions``: the description has one word, clients also send a list."""
    found = fields.find(control, "variableOptions")
    return fields.strings(control, "variableOptions") if isinstance(found, list) else [found] if found else []


def _saturday_asked(question: Question) -> bool:
    return "SATURDAY_DELIVERY" in variable_options(question.control) and not question.priced.saturday


def _offered(question: Question, service: str, carriers: list[str]) -> tuple[Service, ...]:
    found = [each for each in candidates(question.priced) if _is_offered(question, each)]
    if service:
        found = [each for each in found if each.code == service]
        # Ground to a home is quoted when it is asked for by its own name, with the surcharge (guide §11-4).
        if (
            service == "FEDEX_GROUND"
            and not found
            and (question.origin.country, question.destination.country) == ("US", "US")
        ):
            found = [SERVICES[service]] if _is_offered(question, SERVICES[service]) else []
    if carriers:
        found = [each for each in found if each.carrier in carriers]
    return tuple(found)


def candidates(shipment: PricedShipment) -> tuple[Service, ...]:
    """Return what the lane offers for such weights: parcels up to 150 pounds, freight above."""
    heavy = any(package.weight > 150 for package in shipment.packages)
    return shipment.lane.freight() if heavy else shipment.lane.services()


def _is_offered(question: Question, service: Service) -> bool:
    if question.has_zero_side and not service.is_ground:
        return False  # a side of 0 makes the express services vanish (guide §11-7)
    if service.code == "SMART_POST" and not fields.child(question.shipment, "smartPostInfoDetail"):
        return False
    if question.priced.saturday and not delivers_saturday(service, question.start):
        return False
    return fits(question.priced, service)


def fits(shipment: PricedShipment, service: Service) -> bool:
    """Say whether a service takes packages of such weights, sizes and packaging (guide §2.3)."""
    packages, packaging = shipment.packages, shipment.packaging
    if any(too_big(package, ground=service.is_ground) for package in packages):
        return False
    if service.code == "SMART_POST" and (len(packages) > 1 or not shipment.lane.residential or packages[0].weight > 70):
        return False
    if service.is_ground or service.is_freight:
        return packaging == YOUR_PACKAGING and not shipment.one_rate
    if shipment.one_rate:
        return packaging in FEDEX_PACKAGING and packaging not in INTERNATIONAL_BOXES and service.code in US_EXPRESS
    if packaging in INTERNATIONAL_BOXES and not shipment.lane.is_international:
        return False
    most = Decimal(FEDEX_PACKAGING.get(packaging, "150"))
    return all(package.weight <= most for package in packages)


def _unavailable(question: Question) -> list[Service]:
    return [service for service in question.priced.lane.services() if service not in question.services]


def _without_price(service: Service, question: Question) -> Node:
    message = {"code": "RATE.SERVICE.UNAVAILABLE", "message": "Rates are not available for this service."}
    return {
        "serviceType": service.code,
        "serviceName": service.name,
        "packagingType": question.priced.packaging,
        "customerMessages": [message],
    }


def _detail(world: World, question: Question, service: Service, *, saturday: bool) -> Node:
    priced = attrs.evolve(question.priced, saturday=saturday or question.priced.saturday)
    when = commit(service, priced.zone, question.start, saturday=priced.saturday)
    kinds = {"PREFERRED": "PREFERRED_CURRENCY"}
    made: Node = {
        "_at": when.at.isoformat(),
        "serviceType": service.code,
        "serviceName": service.name,
        "packagingType": _bumped(priced),
        "ratedShipmentDetails": [
            _rated(world, kinds.get(kind, kind), priced, _price_as(priced, service, kind, question.preferred))
            for kind in question.wanted
        ],
        "operationalDetail": _operational(question, service, when),
        "signatureOptionType": "SERVICE_DEFAULT",
        "serviceDescription": {
            "serviceType": service.code,
            "code": service.number,
            "names": [{"type": "long", "encoding": "utf-8", "value": service.name}],
            "description": service.name,
            "serviceCategory": "parcel",
        },
    }
    if priced.lane.is_international:
        text = "Duties, taxes and fees of import are not included."
        made["customerMessages"] = [{"code": "SERVICE.TYPE.INTERNATIONAL.MESSAGE", "message": text}]
    if fields.flag(question.control, "returnTransitTimes"):
        made["commit"] = commit_node(service, when)
    return made


def _bumped(priced: PricedShipment) -> str:
    """Return the packaging that is rated: an envelope that is too heavy counts as a Pak (guide §2.2)."""
    heavy = any(package.weight > Decimal(ENVELOPE_LIMIT) for package in priced.packages)
    return "FEDEX_PAK" if priced.packaging == "FEDEX_ENVELOPE" and heavy else priced.packaging


def _price_as(priced: PricedShipment, service: Service, kind: str, preferred: str) -> Price:
    return price(priced, service, account=kind != "LIST", currency=preferred if kind == "PREFERRED" else "")


def commit_node(service: Service, when: Commitment) -> Node:
    """Return when it arrives, as a rate answer says it."""
    word = DAY_WORDS[min(when.days, 10)]
    made: Node = {
        "dateDetail": {"dayOfWeek": f"{when.at:%a}".upper(), "dayFormat": when.at.isoformat(timespec="seconds")},
        "saturdayDelivery": when.saturday,
    }
    if service.is_ground:
        made["transitDays"] = {"minimumTransitTime": word, "description": f"{when.days} Business Days"}
        if service.code != "SMART_POST":
            made["daysInTransit"] = word
        else:
            made["daysInTransit"] = "SMARTPOST_TRANSIT_DAYS"
    return made


def _operational(question: Question, service: Service, when: Commitment) -> Node:
    made: Node = {
        "serviceCode": service.number,
        "destinationPostalCode": question.destination.postal_code,
        "countryCodes": [question.destination.country],
        "ineligibleForMoneyBackGuarantee": True,
    }
    if fields.flag(question.control, "returnTransitTimes"):
        stamp = when.at.isoformat(timespec="seconds")
        made |= {"deliveryDate": stamp, "deliveryDay": f"{when.at:%a}".upper()}
        made |= {"transitTime": DAY_WORDS[min(when.days, 10)]} if service.is_ground else {"commitDate": stamp}
    return made


def _rated(world: World, kind: str, priced: PricedShipment, paid: Price) -> Node:
    weight = sum((package.billable for package in priced.packages), Decimal(0))
    dimensional = sum((package.dimensional for package in priced.packages), Decimal(0))
    by_size = any(package.dimensional > package.weight for package in priced.packages)
    method = "DIM" if by_size else "ACTUAL"
    share = paid.total / len(priced.packages)

    def money(amount: Decimal) -> Any:  # noqa: ANN401 - a number, or the older object
        return {"amount": amount, "currency": paid.currency} if world.switch("money_as_object") else amount

    made: Node = {
        "rateType": kind,
        "ratedWeightMethod": method,
        "totalDiscounts": paid.discount,
        "totalBaseCharge": paid.base,
        "totalNetFedExCharge": paid.before_tax,
        "totalNetCharge": money(paid.total),
        "totalDutiesAndTaxes": Decimal("0.00"),
        "totalNetChargeWithDutiesAndTaxes": money(paid.total),
        "totalDutiesTaxesAndFees": Decimal("0.00"),
        "totalAncillaryFeesAndTaxes": Decimal("0.00"),
        "shipmentRateDetail": {
            "rateZone": f"US{priced.zone:03d}O" if priced.zone < 40 else f"{priced.zone}",
            "ratingBasis": "FLAT_RATE_PER_PACK" if priced.one_rate else "SHIPMENT_WEIGHT_BASED",
            "dimDivisor": DIM_DIVISOR if dimensional else 0,
            "fuelSurchargePercent": FUEL_PERCENT,
            "totalSurcharges": paid.extras,
            "totalFreightDiscount": paid.discount,
            "surCharges": [
                {"type": name, "description": text, "level": "PACKAGE", "amount": amount}
                for name, text, amount in paid.named()
            ],
            "freightDiscount": _discounts(paid),
            "taxes": [{"type": name, "description": name, "amount": amount} for name, amount in paid.taxes],
            "totalBillingWeight": {"units": "LB", "value": weight},
            "currency": paid.currency,
        },
        "ratedPackages": [
            {
                "groupNumber": 0,
                "effectiveNetDiscount": Decimal("0.00"),
                "packageRateDetail": {
                    "rateType": f"PAYOR_{kind}_PACKAGE",
                    "ratedWeightMethod": method,
                    "billingWeight": {"units": "LB", "value": package.billable},
                    "netCharge": share.quantize(Decimal("0.01")),
                },
            }
            for package in priced.packages
        ],
    }
    if dimensional:
        made["shipmentRateDetail"]["totalDimWeight"] = {"units": "LB", "value": dimensional.quantize(Decimal("0.1"))}
    if world.switch("detail_currency"):
        made["currency"] = paid.currency
    return made


def _discounts(paid: Price) -> list[Node]:
    if not paid.discount:
        return []
    percent = (paid.discount / paid.base * 100).quantize(Decimal("0.1"))
    return [{"type": "VOLUME", "description": "Volume discount", "amount": paid.discount, "percent": percent}]
