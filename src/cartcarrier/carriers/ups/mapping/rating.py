"""Prices: our request to UPS's question, UPS's answer to our rates."""

import re
from datetime import date
from typing import Final

import attrs
import msgspec

from cartcarrier.carriers.ups.codes import NEGOTIATED_MISSING, service_code, service_name
from cartcarrier.carriers.ups.config import UPSConfig
from cartcarrier.carriers.ups.mapping.charges import (
    BASE,
    OPTIONS,
    TRANSPORT,
    alert_texts,
    head_alerts,
    named_charge,
    to_charge_lines,
    to_money,
)
from cartcarrier.carriers.ups.mapping.customs import to_duties
from cartcarrier.carriers.ups.mapping.goods import goods_value, items_with_paths
from cartcarrier.carriers.ups.mapping.holding import to_access_point, to_indication
from cartcarrier.carriers.ups.mapping.lanes import Lane, is_documents
from cartcarrier.carriers.ups.mapping.measures import to_amount, to_sides, to_total_weight, to_weight
from cartcarrier.carriers.ups.mapping.parties import Side, to_charge, to_party
from cartcarrier.carriers.ups.mapping.returns import to_return_service
from cartcarrier.carriers.ups.mapping.services import (
    check_request,
    has_sides,
    package_options,
    packaging_of,
    rating_options,
    restricted_articles,
    shipment_confirmation,
    ups_options,
)
from cartcarrier.carriers.ups.schemas import RateRequestEnvelope, RateResponse, many
from cartcarrier.carriers.ups.schemas._base import Amount, Coded, Party, Payment
from cartcarrier.carriers.ups.schemas.rating import (
    DeliveryTimeInformation,
    Pickup,
    RatedPackageRequest,
    RatedShipment,
    RateRequest,
    RateServiceOptions,
    RateShipment,
    RequestHead,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Charge, Rate, Service, ShipmentRequest

SUB_VERSION: Final = "2409"
TOKEN_VERSION: Final = 1
_REGION: Final = 2
_LETTERS: Final = "02"
_GOODS: Final = "03"
_DAY: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


class RateToken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a purchase must repeat so that the price holds.

    Attributes:
        v: Version of the token.
        service: UPS's code.
        packaging: UPS's code of each parcel, in order.
        negotiated: Whether the account's own price was found.
        residential: Whether it was priced as a home.
        saturday: Whether Saturday delivery was priced in.
        is_return: Whether it was priced as a return.
        held: Whether it was priced as waiting at an Access Point.
    """

    v: int
    service: str
    packaging: tuple[str, ...]
    negotiated: bool
    residential: bool
    saturday: bool
    is_return: bool = False
    held: bool = False


_TOKEN: Final = msgspec.json.Decoder(RateToken)


def read_token(token: str) -> RateToken:
    """Read a rate's token.

    Raises:
        InvalidValueError: It is not one of ours, or of a later version.
    """
    field = "ShipmentRequest.rate"
    try:
        made = _TOKEN.decode(token)
    except msgspec.MsgspecError:
        raise InvalidValueError(f"{field}: its token is not one of this driver's; quote again", field=field) from None
    if made.v != TOKEN_VERSION:
        raise InvalidValueError(f"{field}: its token is of another version; quote again", field=field)
    return made


@attrs.frozen(kw_only=True)
class RateQuestion:
    """A question for prices.

    Attributes:
        option: Which of UPS's four questions it is.
        service: The one that is asked for; ``None`` for all.
        envelope: The question itself.
    """

    option: str
    service: str | None
    envelope: RateRequestEnvelope


def to_rate_question(request: ShipmentRequest, config: UPSConfig) -> RateQuestion:
    """Return the question for one service, or for all of them.

    The time in transit is asked for too, unless UPS would want the goods' value and it is not known (field guide ups.md §2.1).

    Raises:
        InvalidValueError: Something does not fit; the error names it.
        UnsupportedOperationError: An option cannot be said to UPS.
    """
    check_request(request)
    lane = Lane.of(request)
    documents = is_documents(request)
    service = request.rate.service.code if request.rate is not None else request.service
    total = _invoice_total(request, lane)
    with_transit = not lane.is_international or lane.is_within_eu or documents or total is not None
    option = (
        ("Ratetimeintransit" if with_transit else "Rate")
        if service
        else "Shoptimeintransit"
        if with_transit
        else "Shop"
    )
    shipment = RateShipment(
        # the shipper is who holds the account: of a return that is where it goes
        shipper=_party(request, "ship_to" if request.is_return else "ship_from", config.account_number),
        ship_to=_party(request, "ship_to"),
        ship_from=_party(request, "ship_from"),
        alternate_delivery_address=to_access_point(request, priced=True),
        shipment_indication_type=to_indication(request),
        payment_details=_payment(request, config, customs=lane.needs_customs and not documents),
        shipment_rating_options=rating_options(request),
        service=Coded(code=service, description=service_name(service, lane.origin)) if service else None,
        delivery_time_information=_transit(request, documents=documents) if with_transit else None,
        invoice_line_total=total,
        shipment_total_weight=to_total_weight(package.package_weight for package in _packages(request, lane)),
        documents_only_indicator="" if documents and lane.takes_documents_only else None,
        package=_packages(request, lane),
        shipment_service_options=_options(request, lane),
    )
    kind = config.customer_classification
    question = RateRequest(
        request=RequestHead(sub_version=SUB_VERSION),
        pickup_type=Coded(code=config.pickup_type),
        customer_classification=Coded(code=kind) if kind is not None else None,
        shipment=shipment,
    )
    return RateQuestion(option=option, service=service or None, envelope=RateRequestEnvelope(rate_request=question))


def _party(request: ShipmentRequest, name: str, account: str | None = None) -> Party:
    side = Side(f"ShipmentRequest.{name}", ups_options(request).transliterate, _REGION)
    address = getattr(request, name)
    home = name == "ship_to" and account is None and address.residential is True
    party = to_party(address, side, account=account, residential=home)
    without_phone: Party = msgspec.structs.replace(party, phone=None)  # Rating has none
    return without_phone


def _payment(request: ShipmentRequest, config: UPSConfig, *, customs: bool) -> Payment:
    account = config.account_number
    charges = [to_charge("01", request.options.bill_to, account, "ShipmentRequest.options.bill_to")]
    # whoever pays duties for the recipient pays a fee for it, which belongs to the price
    duties = to_duties(request, account) if customs else None
    if duties is not None:
        charges.append(duties)
    return Payment(shipment_charge=charges)


def _transit(request: ShipmentRequest, *, documents: bool) -> DeliveryTimeInformation:
    # Without a date UPS takes its own today, which is better than ours: we do not know the sender's time zone.
    day = request.ship_date
    return DeliveryTimeInformation(
        package_bill_type=_LETTERS if documents else _GOODS,
        pickup=Pickup(date=f"{day:%Y%m%d}") if day is not None else None,
    )


def _invoice_total(request: ShipmentRequest, lane: Lane) -> Amount | None:
    if not lane.is_international:
        return None
    value = goods_value(items_with_paths(request))
    if value is None or value.amount < 1:
        return None
    return to_amount(value, "ShipmentRequest.parcels")


def _packages(request: ShipmentRequest, lane: Lane) -> list[RatedPackageRequest]:
    extra = ups_options(request)
    packages = []
    for index, parcel in enumerate(request.parcels):
        path = f"ShipmentRequest.parcels[{index}]"
        sides = None
        if parcel.dimensions is not None and has_sides(parcel):
            sides = to_sides(parcel.dimensions, in_pounds=lane.in_pounds, field=f"{path}.dimensions")
        packages.append(
            RatedPackageRequest(
                packaging_type=Coded(code=packaging_of(parcel)),
                dimensions=sides,
                package_weight=to_weight(parcel.weight, in_pounds=lane.in_pounds, field=f"{path}.weight"),
                package_service_options=package_options(request, index, lane, priced=True),
                additional_handling_indicator="" if extra.additional_handling else None,
                simple_rate=Coded(code=extra.simple_rate.value) if extra.simple_rate is not None else None,
            )
        )
    return packages


def _options(request: ShipmentRequest, lane: Lane) -> RateServiceOptions | None:
    extra = ups_options(request)
    made = RateServiceOptions(
        saturday_delivery_indicator="" if request.options.saturday_delivery else None,
        direct_delivery_only_indicator="" if extra.direct_delivery_only else None,
        delivery_confirmation=shipment_confirmation(request.options, lane),
        carbon_neutral_indicator="" if extra.carbon_neutral else None,
        restricted_articles=restricted_articles(request),
        return_service=to_return_service(request),
    )
    return None if made == RateServiceOptions() else made


def to_rates(answer: RateResponse, request: ShipmentRequest, carrier: str) -> list[Rate]:
    """Return the rates in an answer; a service without a readable price is left out.

    Args:
        answer: UPS's.
        request: What was asked.
        carrier: The account's key.
    """
    lane = Lane.of(request)
    general = head_alerts(answer.response)
    rates = []
    for rated in many(answer.rated_shipment):
        published = to_money(rated.total_charges)
        negotiated = to_money(rated.negotiated_rate_charges.total_charge if rated.negotiated_rate_charges else None)
        total = negotiated or published
        if total is None:
            continue
        code = service_code(rated.service.code or "")
        if not code:
            continue
        residential = request.ship_to.residential is True
        token = RateToken(
            v=TOKEN_VERSION,
            service=code,
            packaging=tuple(packaging_of(parcel) for parcel in request.parcels),
            negotiated=negotiated is not None,
            residential=residential,
            saturday=request.options.saturday_delivery,
            is_return=request.is_return,
            held=request.options.hold_at_location is not None,
        )
        warnings = alert_texts(general, rated.rated_shipment_alert)
        if negotiated is None and not any(warning[:6] in NEGOTIATED_MISSING for warning in warnings):
            warnings += ("UPS gave no negotiated price; this is the published one",)
        rates.append(
            Rate(
                carrier=carrier,
                service=Service(code=code, name=service_name(code, lane.origin)),
                total=total,
                list_total=published,
                charges=_charges(rated, own=negotiated is not None),
                transit_days=_transit_days(rated),
                estimated_delivery=_arrival(rated),
                guaranteed=_guaranteed(rated),
                residential=residential,
                token=msgspec.json.encode(token).decode(),
                warnings=warnings,
            )
        )
    return rates


def _charges(rated: RatedShipment, *, own: bool) -> list[Charge]:
    packages = many(rated.rated_package)
    lines: list[Charge] = []
    if own and rated.negotiated_rate_charges is not None:
        for base in many(rated.negotiated_rate_charges.base_service_charge):
            lines += named_charge(BASE, "Base service charge", base)
        lines += to_charge_lines(many(rated.negotiated_rate_charges.itemized_charges))
        for package in packages:
            if package.negotiated_charges is not None:
                lines += to_charge_lines(many(package.negotiated_charges.itemized_charges))
        return lines
    itemized = to_charge_lines(many(rated.itemized_charges))
    for package in packages:
        itemized += to_charge_lines(many(package.itemized_charges))
    base_charge = named_charge(BASE, "Base service charge", rated.base_service_charge)
    if base_charge and itemized:
        return base_charge + itemized
    return named_charge(TRANSPORT, "Transportation", rated.transportation_charges) + named_charge(
        OPTIONS, "Service options", rated.service_options_charges
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None


def _day(text: str | None) -> date | None:
    match = _DAY.match(text or "")
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _transit_days(rated: RatedShipment) -> int | None:
    summary = rated.time_in_transit.service_summary if rated.time_in_transit is not None else None
    arrival = summary.estimated_arrival if summary is not None else None
    days = _number(arrival.business_days_in_transit) if arrival is not None else None
    if days is None and rated.guaranteed_delivery is not None:
        days = _number(rated.guaranteed_delivery.business_days_in_transit)
    return days


def _arrival(rated: RatedShipment) -> date | None:
    # UPS gives the destination's wall clock without its zone: the day is all that can be said (field guide ups.md §2.2).
    summary = rated.time_in_transit.service_summary if rated.time_in_transit is not None else None
    estimate = summary.estimated_arrival if summary is not None else None
    day = _day(estimate.arrival.date) if estimate is not None and estimate.arrival is not None else None
    if day is None and rated.guaranteed_delivery is not None:
        day = _day(rated.guaranteed_delivery.scheduled_delivery_date)
    return day


def _guaranteed(rated: RatedShipment) -> bool | None:
    if rated.time_in_transit is not None and rated.time_in_transit.service_summary is not None:
        return rated.time_in_transit.service_summary.guaranteed_indicator is not None
    return True if rated.guaranteed_delivery is not None else None
