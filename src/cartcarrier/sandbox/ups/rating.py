"""Prices: ``POST /api/rating/{version}/{requestoption}`` (field guide ups.md §2)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.sandbox._geography import zone
from cartcarrier.sandbox.ups import answers, fields
from cartcarrier.sandbox.ups.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.ups.codes import CONTRACT_SERVICES, GROUND_SAVER, SATURDAY_SERVICES, SERVICE_NAMES
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.lanes import GUARANTEED, Lane, add_working_days, arrival_time, working_days
from cartcarrier.sandbox.ups.requests import Place, read_packages, read_place, read_shipment_signature
from cartcarrier.sandbox.ups.tariff import Price, PricedShipment, billing_weight, price

OPTIONS: Final = {"rate", "shop", "ratetimeintransit", "shoptimeintransit"}
INVOICE_MAY_VARY: Final = ("110971", "Your invoice may vary from the displayed reference rates")
HANDLING_APPLIED: Final = ("110920", "Additional handling has automatically been set on the package.")
NOT_ENTITLED: Final = ("120900", "User Id and Shipper Number combination is not qualified to receive negotiated rates.")
NOT_ENOUGH: Final = (
    "120901",
    "Negotiated rates need the shipper number, the shipper's address and the origin's state.",
)
PICKUP_TYPES: Final = {"01", "03", "06", "07", "19", "20"}
_EARLIEST: Final = timedelta(days=-35)
_LATEST: Final = timedelta(days=60)


@attrs.frozen(kw_only=True)
class _Question:
    """A rate request, read and found good."""

    request: Node
    shipment: Node
    lane: Lane
    origin: Place
    destination: Place
    priced: PricedShipment
    transit: date | None
    bill_type: str


def rate(world: World, body: Node, *, option: str, version: int, transit_asked: bool) -> Node:
    """Answer a rate request.

    Args:
        world: What the platform knows.
        body: The request.
        option: The path's request option.
        version: The path's version: before 2409 a lone element stands bare.
        transit_asked: Whether the query asks for transit times.

    Raises:
        UPSError: The first rule that is broken.
    """
    wanted = option.lower()
    if wanted not in OPTIONS:
        raise UPSError(INVALID, f"{option} is not a request option.", 404)
    question = _read(world, body, with_transit=wanted.endswith("timeintransit") or transit_asked)
    offered = question.lane.services(residential=question.priced.residential)
    if any(package.weight < 1 for package in question.priced.packages):
        offered = tuple(code for code in offered if code != GROUND_SAVER)
    if wanted.startswith("rate"):
        offered = (_read_service(question, offered),)
    elif question.priced.saturday:
        offered = tuple(code for code in offered if code in SATURDAY_SERVICES)
    if not offered:
        raise UPSError("111210", "No service is available between the selected locations.")
    if question.priced.saturday and not set(offered) <= SATURDAY_SERVICES:
        raise UPSError("121045", "Saturday delivery is not available for the requested service.")
    shapes = world.switch("single_as_object")
    bare = version < 2409 if shapes is None else bool(shapes)
    rated = [_rated(world, question, code, bare=bare) for code in offered]
    return {
        "RateResponse": {
            "Response": answers.response(question.request, [INVOICE_MAY_VARY]),
            "RatedShipment": answers.one_or_many(rated, single_as_object=bare),
        }
    }


def _read(world: World, body: Node, *, with_transit: bool) -> _Question:
    fields.check_characters(body)
    root = fields.child(body, "RateRequest")
    shipment = fields.child(root, "Shipment")
    if not shipment:
        raise UPSError(MISSING, "RateRequest.Shipment is required.")
    shipper = fields.child(shipment, "Shipper")
    if not fields.child(shipper, "Address"):
        raise UPSError(MISSING, "Shipment.Shipper.Address is required.")
    number = fields.text(shipper, "ShipperNumber")
    if number and number != ACCOUNT_NUMBER:
        raise UPSError("111580", "The shipper number is invalid.")
    sender = "ShipFrom" if fields.child(shipment, "ShipFrom") else "Shipper"
    origin = read_place(fields.child(shipment, f"{sender}.Address"), sender)
    destination = read_place(fields.child(shipment, "ShipTo.Address"), "ShipTo")
    lane = Lane(origin=origin.country, destination=destination.country)
    options = fields.child(shipment, "ShipmentServiceOptions")
    contracts = frozenset(world.switch("contracts"))
    packages = read_packages(shipment, lane, packaging="PackagingType", rating=True, contracts=contracts)
    if len(packages) > 1 and any(
        fields.child(package, "SimpleRate") for package in fields.objects(shipment, "Package")
    ):
        raise UPSError(INVALID, "Simple Rate takes one package only.")
    pickup_day, bill_type = _read_transit(world, shipment, lane, asked=with_transit)
    priced = PricedShipment(
        lane=lane,
        zone=zone((origin.country, origin.postal_code), (destination.country, destination.postal_code)),
        packages=packages,
        residential=destination.residential,
        postal_code=destination.postal_code,
        saturday=fields.is_on(options, "SaturdayDeliveryIndicator"),
        signature=read_shipment_signature(options, lane),
        carbon_neutral=fields.is_on(options, "UPScarbonneutralIndicator"),
        duties_prepaid=any(
            fields.text(charge, "Type") == "02" and "BillShipper" in charge
            for charge in fields.objects(shipment, "PaymentDetails.ShipmentCharge")
        ),
        return_code=fields.text(options, "ReturnService.Code") or fields.text(shipment, "ReturnService.Code"),
        access_point=bool(fields.items(shipment, "ShipmentIndicationType")),
    )
    return _Question(
        request=fields.child(root, "Request"),
        shipment=shipment,
        lane=lane,
        origin=origin,
        destination=destination,
        priced=priced,
        transit=pickup_day,
        bill_type=bill_type,
    )


def _read_service(question: _Question, offered: tuple[str, ...]) -> str:
    """Read the one service that is to be priced, and say why not where it is not to be had (guide §8)."""
    code = fields.required(question.shipment, "Service.Code", "111100", "The requested service is invalid.")
    code = code[1:] if len(code) == 3 and code.startswith("0") else code
    if code in offered:
        return code
    if code in CONTRACT_SERVICES:
        raise UPSError("111217", "The requested service needs a contract that the shipper does not have.")
    if code not in SERVICE_NAMES:
        raise UPSError("111100", "The requested service is invalid from the selected origin.")
    if code == GROUND_SAVER and question.lane.destination == "US" and not question.priced.residential:
        raise UPSError("111215", "The requested service is only available to residential addresses.")
    raise UPSError("111210", "The requested service is unavailable between the selected locations.")


def _read_transit(world: World, shipment: Node, lane: Lane, *, asked: bool) -> tuple[date | None, str]:
    """Read what transit times need; without it UPS refuses (guide §2.1, §11-9)."""
    if not asked:
        return None, ""
    information = fields.child(shipment, "DeliveryTimeInformation")
    if not information:
        raise UPSError(MISSING, "Shipment.DeliveryTimeInformation is required for time in transit.")
    bill_type = fields.required(information, "PackageBillType")
    if bill_type not in {"02", "03", "04"}:
        raise UPSError(INVALID, "DeliveryTimeInformation.PackageBillType must be 02, 03 or 04.")
    if not fields.child(shipment, "ShipmentTotalWeight"):
        raise UPSError("111549", "Invalid Shipment Total Weight.")
    fields.number(shipment, "ShipmentTotalWeight.Weight", "111549")
    if lane.is_international:
        value = fields.number(shipment, "InvoiceLineTotal.MonetaryValue", "111549")
        if not 1 <= value <= 99_999_999:
            raise UPSError("111549", "Invalid Shipment Contents Value.")
    today = world.now().date()
    written = fields.text(information, "Pickup.Date")
    if not written:
        return today, bill_type
    try:
        day = datetime.strptime(written, "%Y%m%d").date()  # noqa: DTZ007 - a day, without a zone
    except ValueError:
        raise UPSError(INVALID, "DeliveryTimeInformation.Pickup.Date must be YYYYMMDD.") from None
    if not _EARLIEST <= day - today <= _LATEST:
        raise UPSError(INVALID, "DeliveryTimeInformation.Pickup.Date must be within 35 days back and 60 days ahead.")
    return day, bill_type


def _rated(world: World, question: _Question, service: str, *, bare: bool) -> Node:
    priced = question.priced
    if service not in SATURDAY_SERVICES:
        priced = attrs.evolve(priced, saturday=False)
    published = price(priced, service)
    detail = answers.sub_version(question.request)
    alerts = [INVOICE_MAY_VARY]
    if any(package.is_awkward and not package.additional_handling for package in priced.packages):
        alerts.append(HANDLING_APPLIED)
    negotiated, why_not = negotiated_price(world, question.shipment, question.origin, priced, service)
    if why_not:
        alerts.append(why_not)
    made: Node = {
        "Service": {"Code": service},
        "RatedShipmentAlert": answers.one_or_many(
            [{"Code": code, "Description": text} for code, text in alerts], single_as_object=bare
        ),
        "BillingWeight": weight_node(billing_weight(priced.packages), published.currency, question.lane),
        "TransportationCharges": answers.money(published.transportation, published.currency),
        "ServiceOptionsCharges": answers.money(published.options, published.currency),
        "TotalCharges": answers.money(published.total, published.currency),
        "RatedPackage": answers.one_or_many(
            [_rated_package(priced, index, service, question) for index in range(len(priced.packages))],
            single_as_object=bare,
        ),
    }
    if detail >= answers.ZONE_FROM:
        made["Service"]["Description"] = SERVICE_NAMES[service]
        made["Zone"] = str(priced.zone)
    if detail >= answers.BASE_CHARGE_FROM:
        made["BaseServiceCharge"] = answers.money(published.base, published.currency)
    if detail >= answers.ITEMIZED_FROM:
        made["ItemizedCharges"] = answers.one_or_many(answers.itemized(published), single_as_object=bare)
    if fields.is_on(question.shipment, "RatingMethodRequestedIndicator"):
        made["RatingMethod"] = "02"
        made["BillableWeightCalculationMethod"] = "02"
    if fields.is_on(question.shipment, "ShipmentRatingOptions.RateChartIndicator"):
        made["RateChart"] = "1"
    if negotiated:
        made["NegotiatedRateCharges"] = _negotiated_node(negotiated, detail, bare=bare)
    if question.transit is not None:
        made |= _transit_nodes(question, service, question.transit)
    return made


def negotiated_price(
    world: World, shipment: Node, origin: Place, priced: PricedShipment, service: str
) -> tuple[Price | None, tuple[str, str] | None]:
    """Return the account's own price when it is asked for and due, and otherwise the warning that says why not.

    It takes the indicator, the shipper number, the shipper's address and the origin's state (guide §2.1, §11-7).
    """
    if not fields.is_on(shipment, "ShipmentRatingOptions.NegotiatedRatesIndicator"):
        return None, None
    address = fields.child(shipment, "Shipper.Address")
    complete = all(fields.items(address, name) for name in ("AddressLine", "City", "PostalCode"))
    has_state = bool(origin.state) or origin.country not in {"US", "CA"}
    if not (fields.text(shipment, "Shipper.ShipperNumber") and complete and has_state):
        return None, NOT_ENOUGH
    if world.switch("negotiated_refused"):
        raise UPSError(*NOT_ENTITLED, 403)
    if not world.switch("negotiated"):
        return None, NOT_ENTITLED
    return price(priced, service, negotiated=True), None


def weight_node(pounds: Decimal, currency: str, lane: Lane) -> Node:
    """Return the billed weight in the unit of the origin."""
    metric = currency != "USD" and lane.origin not in {"US", "PR"}
    value = (pounds / Decimal("2.20462262")).quantize(Decimal("0.1")) if metric else pounds.quantize(Decimal("0.1"))
    unit = {"Code": "KGS", "Description": "Kilograms"} if metric else {"Code": "LBS", "Description": "Pounds"}
    return {"UnitOfMeasurement": unit, "Weight": str(value)}


def _negotiated_node(negotiated: Price, detail: int, *, bare: bool) -> Node:
    made: Node = {"TotalCharge": answers.money(negotiated.total, negotiated.currency)}
    if detail >= answers.BASE_CHARGE_FROM:
        base = [answers.money(negotiated.base, negotiated.currency)]
        made["BaseServiceCharge"] = answers.one_or_many(base, single_as_object=bare)
    if detail >= answers.ITEMIZED_FROM:
        made["ItemizedCharges"] = answers.one_or_many(answers.itemized(negotiated), single_as_object=bare)
    return made


def _rated_package(priced: PricedShipment, index: int, service: str, question: _Question) -> Node:
    package = priced.packages[index]
    own = price(attrs.evolve(priced, packages=(package,), saturday=False, signature="", duties_prepaid=False), service)
    return {
        "TransportationCharges": answers.money(own.transportation, own.currency),
        "ServiceOptionsCharges": answers.money(own.options, own.currency),
        "TotalCharges": answers.money(own.total, own.currency),
        "Weight": str(package.weight.quantize(Decimal("0.1"))),
        "BillingWeight": weight_node(package.billable, own.currency, question.lane),
    }


def _transit_nodes(question: _Question, service: str, pickup: date) -> Node:
    days = working_days(service, question.priced.zone)
    saturday = question.priced.saturday and service in SATURDAY_SERVICES
    arrival = add_working_days(pickup, days, saturday=saturday)
    estimate: Node = {
        "Arrival": {"Date": f"{arrival:%Y%m%d}", "Time": arrival_time(service)},
        "BusinessDaysInTransit": str(days),
        "Pickup": {"Date": f"{pickup:%Y%m%d}", "Time": "180000"},
        "DayOfWeek": ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")[arrival.weekday()],
        "CustomerCenterCutoff": "200000",
    }
    if question.lane.is_international:
        estimate |= {
            "TotalTransitDays": str((arrival - pickup).days),
            "RestDays": "0",
            "HolidayCount": "0",
            "DelayCount": "0",
        }
    summary: Node = {
        "Service": {"Description": SERVICE_NAMES[service]},
        "EstimatedArrival": estimate,
        "SaturdayDelivery": "1" if arrival.weekday() == 5 else "0",
        "SundayDelivery": "0",
    }
    if service in GUARANTEED:
        summary["GuaranteedIndicator"] = ""
    made: Node = {
        "TimeInTransit": {
            "PickupDate": f"{pickup:%Y%m%d}",
            "PackageBillType": question.bill_type,
            "ServiceSummary": summary,
            "Disclaimer": "All services are guaranteed if shipment is paid for in full by a payee in the origin country.",
        }
    }
    if service in GUARANTEED:  # often absent for Ground (guide §2.2)
        guaranteed = {"BusinessDaysInTransit": str(days), "ScheduledDeliveryDate": f"{arrival:%Y%m%d}"}
        if arrival_time(service) != "233000":
            guaranteed["DeliveryByTime"] = f"{arrival_time(service)[:2]}:{arrival_time(service)[2:4]}"
        made["GuaranteedDelivery"] = guaranteed
    return made
