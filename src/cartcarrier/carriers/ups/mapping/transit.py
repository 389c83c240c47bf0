"""How long services take: our request to UPS's question, UPS's answer to our times."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

from cartcarrier.carriers.ups.codes import service_code, service_name, transit_service
from cartcarrier.carriers.ups.mapping.goods import goods_value, items_with_paths
from cartcarrier.carriers.ups.mapping.lanes import Lane, is_documents
from cartcarrier.carriers.ups.mapping.parties import Side, to_postal_code, to_region
from cartcarrier.carriers.ups.mapping.text import limited
from cartcarrier.carriers.ups.mapping.tracking import to_day
from cartcarrier.carriers.ups.schemas import TransitQuestion, TransitResponse, many
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Service, ShipmentRequest, TransitTime, WeightUnit

_CITY: Final = 50
_STATES: Final = frozenset({"US", "CA", "PR"})
_HOME, _BUSINESS = "01", "02"
_PAPERS, _GOODS = "02", "03"
_TENTH: Final = Decimal("0.1")
_CENT: Final = Decimal("0.01")


def to_transit_question(request: ShipmentRequest) -> TransitQuestion:
    """Return the question.

    Raises:
        InvalidValueError: A postal code has the wrong form, or the goods' value is not known where UPS wants it.
    """
    lane = Lane.of(request)
    sender, recipient = Side("ShipmentRequest.ship_from"), Side("ShipmentRequest.ship_to")
    weight = unit = value = currency = None
    documents = is_documents(request)
    if lane.is_international:
        weight, unit = _weight(request, lane)
        if not documents or lane.destination == "CA":
            total = goods_value(items_with_paths(request))
            if total is None or not total.amount:
                field = "ShipmentRequest.parcels"
                raise InvalidValueError(f"{field}: UPS wants to know what the items are worth", field=field)
            value, currency = total.amount.quantize(_CENT, ROUND_HALF_UP), total.currency
    return TransitQuestion(
        origin_country_code=lane.origin,
        origin_state_province=to_region(request.ship_from, sender) if lane.origin in _STATES else None,
        origin_city_name=limited(request.ship_from.city, _CITY, sender.field("city"), transliterate=True),
        origin_postal_code=to_postal_code(request.ship_from, sender),
        destination_country_code=lane.destination,
        destination_state_province=to_region(request.ship_to, recipient) if lane.destination in _STATES else None,
        destination_city_name=limited(request.ship_to.city, _CITY, recipient.field("city"), transliterate=True),
        destination_postal_code=to_postal_code(request.ship_to, recipient),
        residential_indicator=_HOME if request.ship_to.residential is True else _BUSINESS,
        ship_date=request.ship_date.isoformat() if request.ship_date is not None else None,
        weight=weight,
        weight_unit_of_measure=unit,
        shipment_contents_value=value,
        shipment_contents_currency_code=currency,
        bill_type=_PAPERS if documents else _GOODS,
        number_of_packages=len(request.parcels),
    )


def _weight(request: ShipmentRequest, lane: Lane) -> tuple[Decimal, str]:
    """Return what is weighed: all of it, or the most that UPS's question has room for; the time does not hang on it."""
    unit = WeightUnit.POUND if lane.in_pounds else WeightUnit.KILOGRAM
    most = Decimal(150) if lane.in_pounds else Decimal(70)
    total = sum((parcel.weight.to(unit).value for parcel in request.parcels), Decimal(0))
    return min(total.quantize(_TENTH, ROUND_CEILING), most), "LBS" if lane.in_pounds else "KGS"


def is_ambiguous(answer: TransitResponse) -> bool:
    """Say whether UPS does not know which places are meant; it answers 200 all the same (field guide ups.md §2.2)."""
    checked = answer.validation_list
    said = checked is not None and bool(
        checked.destination_ambiguous or checked.origin_ambiguous or checked.invalid_field_list_codes
    )
    return said or bool(many(answer.destination_pick_list) or many(answer.origin_pick_list))


def to_transit_times(answer: TransitResponse, request: ShipmentRequest) -> list[TransitTime]:
    """Return the services and how long they take, in Rating's codes.

    Of a service that is delivered on Saturday too, the time that fits the request is taken.

    Args:
        answer: UPS's.
        request: What was asked; with ``service`` that one only.
    """
    found = answer.ems_response
    if found is None:
        return []
    lane = Lane.of(request)
    asked = request.rate.service.code if request.rate is not None else request.service
    wanted = service_code(asked) if asked else None
    times: dict[str, tuple[bool, TransitTime]] = {}
    for service in many(found.services):
        if not service.service_level:
            continue
        described = service.service_level_description or ""
        code, on_saturday = transit_service(service.service_level.strip(), described)
        if (wanted is not None and code != wanted) or (on_saturday and not request.options.saturday_delivery):
            continue
        if code in times and times[code][0] >= on_saturday:
            continue
        guaranteed = None if service.guarantee_indicator is None else service.guarantee_indicator.strip() == "1"
        name = described if code.startswith("transit-") and described else service_name(code, lane.origin)
        times[code] = (
            on_saturday,
            TransitTime(
                service=Service(code=code, name=name),
                transit_days=service.business_transit_days,
                estimated_delivery=to_day(service.delivery_date),
                guaranteed=False if found.guarantee_suspended else guaranteed,
            ),
        )
    return [time for _, time in times.values()]
