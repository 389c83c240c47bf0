"""Prices: our request to FedEx's question, FedEx's answer to our rates."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import msgspec

from cartcarrier.carriers.fedex.codes import (
    ECONOMY,
    GROUND,
    HOME,
    OWN_PACKAGING,
    service_name,
    transit_days,
)
from cartcarrier.carriers.fedex.config import FedExConfig
from cartcarrier.carriers.fedex.mapping.charges import alert_texts, to_charges, to_money
from cartcarrier.carriers.fedex.mapping.customs import to_commodities, to_duties
from cartcarrier.carriers.fedex.mapping.lanes import Lane, is_documents, tells_customs
from cartcarrier.carriers.fedex.mapping.measures import to_sides, to_weight, total_weight
from cartcarrier.carriers.fedex.mapping.parties import Side, to_place
from cartcarrier.carriers.fedex.mapping.services import (
    MOST_PRICED,
    check_request,
    declared_value,
    economy_detail,
    fedex_options,
    package_services,
    packaging_of,
    shipment_services,
)
from cartcarrier.carriers.fedex.mapping.text import said
from cartcarrier.carriers.fedex.schemas import RateAnswer, RateRequest
from cartcarrier.carriers.fedex.schemas._base import (
    Account,
    HomeDelivery,
    MeasuredWeight,
    ReturnDetail,
    ShipmentServices,
)
from cartcarrier.carriers.fedex.schemas.rating import (
    Commit,
    OperationalDetail,
    Place,
    RateBattery,
    RateControls,
    RateCustoms,
    RatedShipmentDetail,
    RatePackage,
    RatePackageServices,
    RateReplyDetail,
    RateShipment,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import BillParty, CustomsDeclaration, Money, Rate, Service, ShipmentRequest

TOKEN_VERSION: Final = 1
_SATURDAY: Final = "SATURDAY_DELIVERY"
# Of several prices of one service the first of these is what the account pays (field guide fedex.md §2.1, §2.2).
_OWN: Final = ("ACCOUNT", "INCENTIVE", "ACTUAL", "CURRENT", "CUSTOM")
_PREFERRED: Final = ("PREFERRED_CURRENCY", "PREFERRED", "PREFERRED_ACCOUNT", "PREFERRED_INCENTIVE")
_LIST: Final = ("LIST", "PREFERRED_LIST")


class RateToken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a purchase must repeat so that the price holds.

    Attributes:
        v: Version of the token.
        service: FedEx's code.
        packaging: FedEx's code; it may differ from what was asked.
        parcels: How many were priced.
        residential: Whether it was priced as a home; ``None`` where nothing was said.
        saturday: Whether it is the variant with Saturday delivery.
        one_rate: Whether it is a price of FedEx One Rate.
        is_return: Whether it was priced as a return.
        held: Whether it was priced as waiting at a location.
    """

    v: int
    service: str
    packaging: str
    parcels: int
    residential: bool | None
    saturday: bool
    one_rate: bool
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


def asked_service(request: ShipmentRequest) -> str | None:
    """Return the one service that is asked for; ``None`` for all."""
    return (request.rate.service.code if request.rate is not None else request.service) or None


def to_rate_question(request: ShipmentRequest, config: FedExConfig) -> RateRequest:
    """Return the question for one service, or for all of them.

    Raises:
        InvalidValueError: Something does not fit; the error names it.
        UnsupportedOperationError: An option cannot be said to FedEx.
    """
    lane = Lane.of(request)
    service = asked_service(request)
    # a question costs nothing: whether Ground is for a home is for FedEx to say
    check_request(request, lane, most=MOST_PRICED, service=None if service in {GROUND, HOME} else service)
    packages = to_packages(request, lane)
    kinds = ["ACCOUNT", "LIST"] if config.currency is None else ["ACCOUNT", "LIST", "PREFERRED"]
    weight = total_weight(package.weight for package in packages)
    return RateRequest(
        account_number=Account(value=config.account_number),
        rate_request_control_parameters=RateControls(
            return_transit_times=True, variable_options=_SATURDAY if request.options.saturday_delivery else None
        ),
        requested_shipment=RateShipment(
            shipper=Place(address=to_place(request.ship_from, Side("ShipmentRequest.ship_from"))),
            recipient=Place(
                address=to_place(
                    request.ship_to, Side("ShipmentRequest.ship_to"), residential=request.ship_to.residential
                )
            ),
            service_type=service,
            preferred_currency=config.currency,
            rate_request_type=kinds,
            ship_date_stamp=request.ship_date.isoformat() if request.ship_date is not None else None,
            pickup_type=config.pickup_type,
            packaging_type=packaging_of(request),
            total_package_count=len(packages),
            total_weight=weight,
            document_shipment=True if is_documents(request) else None,
            requested_package_line_items=packages,
            shipment_special_services=_services(request),
            customs_clearance_detail=_customs(request, lane, config, packages[0].weight.units, weight),
            smart_post_info_detail=economy_detail(request),
        ),
    )


def to_packages(request: ShipmentRequest, lane: Lane) -> list[RatePackage]:
    """Return the packages to be priced; unknown sides are left out, never 0 (field guide fedex.md §11, pitfall 7)."""
    packages = []
    for index, parcel in enumerate(request.parcels):
        path = f"ShipmentRequest.parcels[{index}]"
        packages.append(
            RatePackage(
                group_package_count=1,
                declared_value=declared_value(parcel, index),
                weight=to_weight(parcel.weight, in_pounds=lane.in_pounds, field=f"{path}.weight"),
                dimensions=to_sides(parcel.dimensions, in_pounds=lane.in_pounds, field=f"{path}.dimensions")
                if parcel.dimensions is not None and (parcel.packaging or OWN_PACKAGING) == OWN_PACKAGING
                else None,
                package_special_services=_package_services(request),
            )
        )
    return packages


def _package_services(request: ShipmentRequest) -> RatePackageServices | None:
    """Return what is asked for one package, in Rate's words."""
    made = package_services(request)
    if made is None:
        return None
    return RatePackageServices(
        special_service_types=made.special_service_types,
        signature_option_type=made.signature_option_type,
        alcohol_detail=made.alcohol_detail,
        battery_details=[
            RateBattery(
                material=one.battery_material_type,
                regulatory_sub_type=one.battery_regulatory_type,
                packing=one.battery_packing_type,
            )
            for one in made.battery_details
        ]
        if made.battery_details is not None
        else None,
        standalone_battery_details=made.standalone_battery_details,
        dry_ice_weight=made.dry_ice_weight,
    )


def _services(request: ShipmentRequest) -> ShipmentServices | None:
    """Return what is asked for the shipment, but for Saturday: as a variable option FedEx prices it beside the usual."""
    made = shipment_services(request)
    if made is None:
        return None
    kinds = [kind for kind in made.special_service_types if kind != _SATURDAY]
    back, premium = made.return_shipment_detail, made.home_delivery_premium_detail
    return (
        msgspec.structs.replace(
            made,
            special_service_types=kinds,
            # a price has room for the kinds of return and home delivery only
            return_shipment_detail=ReturnDetail(return_type=back.return_type) if back is not None else None,
            home_delivery_premium_detail=HomeDelivery(premium_type=premium.premium_type)
            if premium is not None
            else None,
        )
        if kinds
        else None
    )


def _customs(
    request: ShipmentRequest, lane: Lane, config: FedExConfig, units: str, weight: Decimal
) -> RateCustoms | None:
    if not tells_customs(request, lane):
        return None
    goods = to_commodities(request, lane, weight=MeasuredWeight(units=units, value=weight), strict=False)
    if not goods:
        return None
    duties = to_duties(request.customs or CustomsDeclaration(), config.account_number)
    # whoever else pays duties plays no part in a price of ours
    return RateCustoms(duties_payment=duties if duties.payment_type == "SENDER" else None, commodities=goods)


# --- answers --------------------------------------------------------------------------------------------------------------


def to_rates(answer: RateAnswer, request: ShipmentRequest, config: FedExConfig, carrier: str) -> list[Rate]:
    """Return the rates in an answer; a service without a readable price is left out.

    With Saturday delivery FedEx answers a service twice; the variant that was asked for is taken. Of Ground and Home Delivery
    the one that fits the address is taken (field guide fedex.md §11, pitfalls 4 and 13).

    Args:
        answer: FedEx's.
        request: What was asked.
        config: The account.
        carrier: The account's key.
    """
    found = [detail for detail in answer.output.rate_reply_details or [] if _is_wanted(detail, request)]
    found = _for_the_address(found, request)
    general = alert_texts(answer.output.alerts)
    rates: dict[str, Rate] = {}
    for detail in found:
        made = _rate(detail, request, config, carrier, general)
        if made is not None:
            rates.setdefault(made.service.code, made)
    return list(rates.values())


def _is_wanted(detail: RateReplyDetail, request: ShipmentRequest) -> bool:
    wanted = asked_service(request)
    if said(detail.service_type) is None or wanted not in {None, detail.service_type}:
        return False
    saturday = detail.commit is not None and detail.commit.saturday_delivery is True
    return saturday is request.options.saturday_delivery


def _for_the_address(found: list[RateReplyDetail], request: ShipmentRequest) -> list[RateReplyDetail]:
    if asked_service(request) is not None:
        return found
    home = request.ship_to.residential
    offered = {detail.service_type for detail in found}
    unfit = set()
    if home is False:
        unfit.add(HOME)
    if home is True and HOME in offered:
        unfit.add(GROUND)
    if home is None and {GROUND, HOME} <= offered:
        unfit.add(HOME)
    if fedex_options(request).smartpost_hub is None:
        # it cannot be bought without its hub
        unfit.add(ECONOMY)
    return [detail for detail in found if detail.service_type not in unfit]


def _pick(
    details: Iterable[RatedShipmentDetail], kinds: tuple[str, ...], currency: str | None = None
) -> tuple[RatedShipmentDetail, Money] | None:
    by_kind: dict[str, tuple[RatedShipmentDetail, Money]] = {}
    for detail in details:
        money = detail_money(detail)
        if money is not None and currency in {None, money.currency}:
            by_kind.setdefault((detail.rate_type or "").upper(), (detail, money))
    return next((by_kind[kind] for kind in kinds if kind in by_kind), None)


def detail_money(detail: RatedShipmentDetail) -> Money | None:
    """Return what a price is, wherever its currency stands (field guide fedex.md §11, pitfall 12)."""
    under = detail.shipment_rate_detail
    return to_money(detail.total_net_charge, detail.currency or (under.currency if under is not None else None))


def _rate(
    detail: RateReplyDetail, request: ShipmentRequest, config: FedExConfig, carrier: str, general: tuple[str, ...]
) -> Rate | None:
    details = detail.rated_shipment_details or []
    preferred = _pick(details, (*_PREFERRED, *_OWN), config.currency) if config.currency is not None else None
    own = preferred or _pick(details, _OWN)
    chosen = own or _pick(details, (*_LIST, *_PREFERRED))
    code = said(detail.service_type)
    if chosen is None or code is None:
        return None
    rated, total = chosen
    published = _pick(details, _LIST, total.currency)
    warnings = [*general, *alert_texts(detail.customer_messages)]
    if own is None:
        warnings.append("FedEx gave no price of the account's own; this is the list price")
    if config.currency is not None and total.currency != config.currency:
        warnings.append(f"FedEx gave no price in {config.currency}")
    bill = request.options.bill_to
    if bill is not None and bill.party is not BillParty.SENDER:
        warnings.append("priced as if this account paid: FedEx does not say what another one pays")
    residential = True if code == HOME else request.ship_to.residential
    packaging = detail.packaging_type or packaging_of(request)
    token = RateToken(
        v=TOKEN_VERSION,
        service=code,
        packaging=packaging,
        parcels=len(request.parcels),
        residential=residential,
        saturday=request.options.saturday_delivery,
        one_rate=fedex_options(request).one_rate,
        is_return=request.is_return,
        held=request.options.hold_at_location is not None,
    )
    return Rate(
        carrier=carrier,
        service=Service(code=code, name=service_name(code, detail.service_name)),
        total=total,
        list_total=published[1] if published is not None else None,
        charges=to_charges(rated, total.currency),
        transit_days=days_in_transit(detail.commit, detail.operational_detail),
        estimated_delivery=arrival_day(detail.commit, detail.operational_detail),
        guaranteed=is_guaranteed(detail.commit, detail.operational_detail),
        residential=residential,
        token=msgspec.json.encode(token).decode(),
        warnings=dict.fromkeys(warnings),
    )


def days_in_transit(commit: Commit | None, plan: OperationalDetail | None) -> int | None:
    """Return how many days it takes, by whichever of FedEx's words say it."""
    words = [
        commit.transit_days.minimum_transit_time if commit is not None and commit.transit_days is not None else None,
        plan.transit_time if plan is not None else None,
    ]
    return next((days for word in words if (days := transit_days(word)) is not None), None)


def arrival_day(commit: Commit | None, plan: OperationalDetail | None) -> date | None:
    """Return the day of arrival. FedEx gives the destination's wall clock without its zone: the day is all that can be said."""
    detail = commit.date_detail if commit is not None else None
    texts = [detail.day_format if detail is not None else None, detail.day if detail is not None else None]
    if plan is not None:
        texts += [plan.delivery_date, plan.commit_date]
    return next((day for text in texts if (day := read_day(text)) is not None), None)


_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], start=1
    )
}


def read_day(text: str | None) -> date | None:
    """Return the day of an ISO date or time, or of ``Apr-13-2021``; ``None`` for what is neither."""
    given = (text or "").strip()
    month, _, rest = given.partition("-")
    try:
        if month.upper() in _MONTHS:
            day, _, year = rest.partition("-")
            return date(int(year), _MONTHS[month.upper()], int(day))
        return datetime.fromisoformat(given).date()
    except ValueError:
        return None


def is_guaranteed(commit: Commit | None, plan: OperationalDetail | None) -> bool | None:
    """Return whether FedEx stands by the time; ``None`` when it does not say."""
    if plan is not None and plan.ineligible_for_money_back_guarantee is not None:
        return not plan.ineligible_for_money_back_guarantee
    return True if commit is not None and commit.guaranteed_type is not None else None
