"""The exact bytes of a purchase, and what a step knows about itself."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Final

import attrs
import msgspec

from cartcarrier.carriers.fedex.codes import FORMATS, HOME, IMAGES, OWN_PACKAGING, THERMAL
from cartcarrier.carriers.fedex.codes.services import LASER_SIZES, LASER_STOCKS, THERMAL_SIZES, THERMAL_STOCKS
from cartcarrier.carriers.fedex.config import FedExConfig
from cartcarrier.carriers.fedex.mapping.customs import to_customs, to_papers, to_trade_documents
from cartcarrier.carriers.fedex.mapping.lanes import Lane, tells_customs
from cartcarrier.carriers.fedex.mapping.measures import sum_of, to_sides, to_weight, total_weight
from cartcarrier.carriers.fedex.mapping.parties import Side, to_party, to_payment
from cartcarrier.carriers.fedex.mapping.rating import RateToken, asked_service, read_token
from cartcarrier.carriers.fedex.mapping.services import (
    MOST_LINES,
    check_request,
    declared_value,
    economy_detail,
    fedex_options,
    package_services,
    packaging_of,
    shipment_services,
)
from cartcarrier.carriers.fedex.mapping.text import limited
from cartcarrier.carriers.fedex.options import FedExOptions
from cartcarrier.carriers.fedex.schemas import ShipRequest
from cartcarrier.carriers.fedex.schemas._base import (
    Account,
    Amount,
    EtdDetail,
    MeasuredWeight,
    ShipmentServices,
)
from cartcarrier.carriers.fedex.schemas.shipping import (
    LabelSpecification,
    NoticeRecipient,
    Notices,
    Reference,
    Shipment,
    ShipPackage,
)
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.http import json_encode
from cartcarrier.models import (
    LabelFormat,
    Parcel,
    PreparedPurchase,
    PurchaseStep,
    ShipmentOptions,
    ShipmentRequest,
)

_REFERENCE: Final = 30
"""Characters; Ground's limit in older guides, the smaller of two (field guide fedex.md §4.2: unconfirmed)."""
_DESCRIPTION: Final = 50
_NO_REFERENCE: Final = "-"
_OURS: Final = "CUSTOMER_REFERENCE"
_SATURDAY: Final = "SATURDAY_DELIVERY"
_RETURN: Final = "RETURN_SHIPMENT"
_ETD: Final = "ELECTRONIC_TRADE_DOCUMENTS"
_BY_URL: Final = "URL_ONLY"
_WITH_BYTES: Final = "LABEL"


@attrs.frozen(kw_only=True)
class LabelChoice:
    """Which label to buy.

    Attributes:
        form: Of the label.
        stock: FedEx's name of its paper.
    """

    form: LabelFormat
    stock: str


def choose_label(options: ShipmentOptions, extra: FedExOptions) -> LabelChoice:
    """Return the first wanted label that FedEx has.

    Raises:
        UnsupportedOperationError: FedEx has none of them, or not on that paper. Nothing was sent.
    """
    size = (options.label_size or "4x6").lower().replace(" ", "")
    stock = extra.label_stock
    if stock is not None and stock not in LASER_STOCKS | THERMAL_STOCKS:
        field = "FedExOptions.label_stock"
        known = ", ".join(sorted(LASER_STOCKS | THERMAL_STOCKS))
        raise UnsupportedOperationError(f"fedex: {field} must be one of {known}; nothing was sent", field=field)
    if stock is None and size not in LASER_SIZES and size not in THERMAL_SIZES:
        field = "options.label_size"
        known = ", ".join(sorted(LASER_SIZES.keys() | THERMAL_SIZES.keys()))
        raise UnsupportedOperationError(f"fedex: {field} can be {known}; nothing was sent", field=field)
    for form in options.label_formats:
        thermal = form in THERMAL
        if form not in IMAGES:
            continue
        if stock is not None:
            if stock in (THERMAL_STOCKS if thermal else LASER_STOCKS):
                return LabelChoice(form=form, stock=stock)
            continue
        found = (THERMAL_SIZES if thermal else LASER_SIZES).get(size)
        if found is not None:
            return LabelChoice(form=form, stock=found)
    field = "options.label_formats"
    raise UnsupportedOperationError(
        f"fedex: {field} has none that FedEx makes on {stock or size}; it makes PDF and PNG for laser printers, ZPL and EPL for"
        " thermal ones",
        field=field,
    )


def prepare(request: ShipmentRequest, *, reference: str, config: FedExConfig, carrier: str) -> PreparedPurchase:
    """Return the purchase that FedEx will be sent. No day is looked at: without a ship date FedEx takes its own today.

    Args:
        request: What is to be bought.
        reference: Ours, unique.
        config: The account.
        carrier: The account's key.

    Raises:
        InvalidValueError: Something would be cut in silence, or cost money; the error names it.
        UnsupportedOperationError: An option or every wanted label cannot be had.
    """
    limited(reference, _REFERENCE, "reference")
    if not reference.strip() or " " in reference:
        raise InvalidValueError("reference must be a text without spaces", field="reference")
    request = _at_its_rate(request, carrier)
    body = json_encode(_purchase(request, reference, config), decimals="number")
    identity = json_encode(_purchase(request, _NO_REFERENCE, config), decimals="number")
    step = PurchaseStep(index=0, parcels=range(len(request.parcels)), reference=reference, body=body)
    digest = hashlib.sha256(carrier.encode() + b"\n" + identity).hexdigest()
    return PreparedPurchase(carrier=carrier, request_hash=digest, steps=(step,))


def _at_its_rate(request: ShipmentRequest, carrier: str) -> ShipmentRequest:
    """Return the request with what its rate fixed, so that the price holds."""
    rate = request.rate
    field = "ShipmentRequest.rate"
    if rate is None:
        if not request.service:
            msg = "ShipmentRequest.service or ShipmentRequest.rate must say which service to buy"
            raise InvalidValueError(msg, field="ShipmentRequest.service")
        return request
    if rate.carrier != carrier:
        raise InvalidValueError(f"{field} is of {rate.carrier}, not of {carrier}", field=field)
    if rate.token is None:
        return attrs.evolve(request, service=rate.service.code, rate=None)
    token = read_token(rate.token)
    _compare(token, request, field)
    residential = request.ship_to.residential if token.residential is None else token.residential
    parcels = tuple(attrs.evolve(parcel, packaging=token.packaging) for parcel in request.parcels)
    return attrs.evolve(
        request,
        service=token.service,
        rate=None,
        parcels=parcels,
        ship_to=attrs.evolve(request.ship_to, residential=residential),
    )


def _compare(token: RateToken, request: ShipmentRequest, field: str) -> None:
    if token.parcels != len(request.parcels):
        msg = f"{field} was quoted for {token.parcels} parcels, not {len(request.parcels)}; quote again"
        raise InvalidValueError(msg, field=field)
    # FedEx may have quoted for another packaging than was asked: then its own counts (field guide fedex.md §2.2)
    asked = {parcel.packaging for parcel in request.parcels} - {None, OWN_PACKAGING, token.packaging}
    if asked:
        raise InvalidValueError(f"{field} was quoted for another packaging; quote again", field=field)
    told = request.ship_to.residential
    if told is not None and token.residential is not told:
        raise InvalidValueError(
            f"{field} was quoted with ship_to.residential {token.residential}; quote again", field=field
        )
    for name, quoted, asked_for in (
        ("options.saturday_delivery", token.saturday, request.options.saturday_delivery),
        ("FedExOptions.one_rate", token.one_rate, fedex_options(request).one_rate),
        ("is_return", token.is_return, request.is_return),
        ("options.hold_at_location", token.held, request.options.hold_at_location is not None),
    ):
        if quoted is not asked_for:
            raise InvalidValueError(f"{field} was quoted with {name} {quoted}; quote again", field=field)


def _purchase(request: ShipmentRequest, reference: str, config: FedExConfig) -> ShipRequest:
    extra = fedex_options(request)
    return ShipRequest(
        label_response_options=_BY_URL if extra.label_by_url else _WITH_BYTES,
        account_number=Account(value=config.account_number),
        requested_shipment=_shipment(request, reference, config, extra),
    )


def _shipment(request: ShipmentRequest, reference: str, config: FedExConfig, extra: FedExOptions) -> Shipment:
    lane = Lane.of(request)
    service = asked_service(request) or ""
    check_request(request, lane, most=MOST_LINES, service=service)
    choice = choose_label(request.options, extra)
    customs = tells_customs(request, lane)
    packages = [_package(request, index, parcel, lane, reference) for index, parcel in enumerate(request.parcels)]
    weight = MeasuredWeight(units=packages[0].weight.units, value=total_weight(package.weight for package in packages))
    sender, recipient = Side("ShipmentRequest.ship_from"), Side("ShipmentRequest.ship_to")
    declaration = request.customs
    sold_to = declaration.sold_to if declaration is not None else None
    home = True if service == HOME else request.ship_to.residential
    return Shipment(
        ship_datestamp=request.ship_date.isoformat() if request.ship_date is not None else None,
        total_declared_value=_total_value(packages),
        shipper=to_party(request.ship_from, sender, customs=customs),
        recipients=[to_party(request.ship_to, recipient, residential=home, customs=customs)],
        sold_to=to_party(sold_to, Side("ShipmentRequest.customs.sold_to"), customs=True)
        if sold_to is not None and customs
        else None,
        pickup_type=config.pickup_type,
        service_type=service,
        packaging_type=packaging_of(request),
        total_weight=weight.value,
        total_package_count=len(packages),
        shipping_charges_payment=to_payment(
            request.options.bill_to, config.account_number, "ShipmentRequest.options.bill_to"
        ),
        shipment_special_services=_services(request, customs=customs),
        email_notification_detail=_notices(request, extra),
        customs_clearance_detail=to_customs(
            request, lane, account=config.account_number, reference=reference, weight=weight
        )
        if customs
        else None,
        smart_post_info_detail=economy_detail(request),
        label_specification=LabelSpecification(
            label_format_type="COMMON2D", image_type=IMAGES[choice.form], label_stock_type=choice.stock
        ),
        shipping_document_specification=to_papers(request) if customs else None,
        rate_request_type=["ACCOUNT", "LIST"] if config.currency is None else ["ACCOUNT", "LIST", "PREFERRED"],
        preferred_currency=config.currency,
        requested_package_line_items=packages,
    )


def _total_value(packages: Sequence[ShipPackage]) -> Amount | None:
    """Return the sum of the packages' values, which FedEx demands to be it (field guide fedex.md §4.5).

    Raises:
        InvalidValueError: They are in several currencies.
    """
    values = [package.declared_value for package in packages if package.declared_value is not None]
    if len({value.currency for value in values}) > 1:
        field = "ShipmentRequest.parcels"
        raise InvalidValueError(f"{field} have insured values in several currencies, FedEx takes one", field=field)
    return sum_of(values)


def _package(request: ShipmentRequest, index: int, parcel: Parcel, lane: Lane, reference: str) -> ShipPackage:
    extra = fedex_options(request)
    path = f"ShipmentRequest.parcels[{index}]"
    sides = None
    if parcel.dimensions is not None and (parcel.packaging or OWN_PACKAGING) == OWN_PACKAGING:
        sides = to_sides(parcel.dimensions, in_pounds=lane.in_pounds, field=f"{path}.dimensions")
    # Ours first, on every package: it is what a look-up names (field guide fedex.md §9).
    references = [Reference(customer_reference_type=_OURS, value=reference)]
    if request.reference:
        printed = limited(request.reference, _REFERENCE, "ShipmentRequest.reference")
        references.append(Reference(customer_reference_type=extra.reference_kind, value=printed))
    words = extra.description
    return ShipPackage(
        sequence_number=index + 1,
        group_package_count=1,
        customer_references=references,
        declared_value=declared_value(parcel, index),
        weight=to_weight(parcel.weight, in_pounds=lane.in_pounds, field=f"{path}.weight"),
        dimensions=sides,
        item_description=limited(words, _DESCRIPTION, "FedExOptions.description") if words else None,
        package_special_services=package_services(request),
    )


def _services(request: ShipmentRequest, *, customs: bool) -> ShipmentServices | None:
    made = shipment_services(request)
    papers: EtdDetail | None = to_trade_documents(request) if customs else None
    if papers is None:
        return made
    if made is None:
        return ShipmentServices(special_service_types=[_ETD], etd_detail=papers)
    kinds = [*made.special_service_types, _ETD]
    return msgspec.structs.replace(made, special_service_types=kinds, etd_detail=papers)


def _notices(request: ShipmentRequest, extra: FedExOptions) -> Notices | None:
    if not extra.notices:
        return None
    email = (request.ship_to.email or "").strip()
    if not email or len(email) > 80:
        field = "ShipmentRequest.ship_to.email"
        raise InvalidValueError(f"{field} must be an e-mail address of up to 80 characters for notices", field=field)
    return Notices(
        aggregation_type="PER_SHIPMENT",
        email_notification_recipients=[
            NoticeRecipient(
                email_notification_recipient_type="RECIPIENT",
                email_address=email,
                notification_format_type="TEXT",
                notification_type="EMAIL",
                locale="en_US",
                notification_event_type=[notice.value for notice in dict.fromkeys(extra.notices)],
            )
        ],
    )


_PURCHASE: Final = msgspec.json.Decoder(ShipRequest)


@attrs.frozen(kw_only=True)
class PreparedFacts:
    """What a step knows about itself.

    Attributes:
        account: That ships.
        service: FedEx's code.
        form: The label that was asked for.
        parcels: How many.
        saturday: Saturday delivery is asked for.
        is_return: It is a return.
        ship_date: When it is handed over; ``None`` where that was left to FedEx.
    """

    account: str
    service: str
    form: LabelFormat
    parcels: int
    saturday: bool
    is_return: bool
    ship_date: date | None


def read_step(step: PurchaseStep) -> PreparedFacts:
    """Read a step that ``prepare`` made.

    Raises:
        InvalidValueError: It is not one.
    """
    try:
        made = _PURCHASE.decode(step.body)
        shipment = made.requested_shipment
        form = FORMATS[shipment.label_specification.image_type]
        day = date.fromisoformat(shipment.ship_datestamp) if shipment.ship_datestamp is not None else None
    except (msgspec.MsgspecError, KeyError, ValueError):
        raise InvalidValueError("PurchaseStep.body is not one of this driver's", field="PurchaseStep.body") from None
    services = shipment.shipment_special_services
    kinds = services.special_service_types if services is not None else []
    return PreparedFacts(
        account=made.account_number.value,
        service=shipment.service_type,
        form=form,
        parcels=len(shipment.requested_package_line_items),
        saturday=_SATURDAY in kinds,
        is_return=_RETURN in kinds,
        ship_date=day,
    )
