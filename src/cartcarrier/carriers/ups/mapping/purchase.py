"""The exact bytes of a purchase."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Final

import attrs
import msgspec

from cartcarrier.carriers.ups.codes import service_code, service_name
from cartcarrier.carriers.ups.config import UPSConfig
from cartcarrier.carriers.ups.mapping.customs import to_description, to_duties, to_forms
from cartcarrier.carriers.ups.mapping.goods import goods_value, items_with_paths
from cartcarrier.carriers.ups.mapping.holding import to_access_point, to_indication, to_waiting_notice
from cartcarrier.carriers.ups.mapping.lanes import LETTER, Lane, is_documents
from cartcarrier.carriers.ups.mapping.measures import to_amount, to_sides, to_weight
from cartcarrier.carriers.ups.mapping.parties import Side, to_charge, to_party
from cartcarrier.carriers.ups.mapping.rating import RateToken, read_token
from cartcarrier.carriers.ups.mapping.returns import to_contents, to_label_delivery, to_return_service
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
from cartcarrier.carriers.ups.mapping.text import LINE, limited
from cartcarrier.carriers.ups.options import UPSOptions
from cartcarrier.carriers.ups.schemas import ShipmentRequestEnvelope
from cartcarrier.carriers.ups.schemas._base import Coded, Payment, Transaction
from cartcarrier.carriers.ups.schemas.shipping import (
    Email,
    LabelSpecification,
    Notification,
    Package,
    Reference,
    RequestHead,
    Shipment,
    ShipmentServiceOptions,
    StockSize,
)
from cartcarrier.carriers.ups.schemas.shipping import (
    ShipmentRequest as UPSShipmentRequest,
)
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    LabelFormat,
    Parcel,
    PreparedPurchase,
    PurchaseStep,
    ShipmentOptions,
    ShipmentRequest,
)

SUB_VERSION: Final = "2409"
_AGENT: Final = "Mozilla/4.5"
_REFERENCE_CODE: Final = "TN"
_EMAIL: Final = 50
_STANDARD: Final = "11"
# Field guide ups.md §4.8: pictures are 4 by 6, thermal labels also 4 by 8.
_HEIGHTS: Final = {None: "6", "4x6": "6", "4x8": "8"}
_NATIVE: Final = frozenset({LabelFormat.GIF, LabelFormat.PNG, LabelFormat.ZPL, LabelFormat.EPL})
_THERMAL: Final = frozenset({LabelFormat.ZPL, LabelFormat.EPL})
# Stands in the context that UPS echoes and does not read; so the step itself knows which label was wanted.
WANTS_PDF: Final = " label=pdf"
_NO_REFERENCE: Final = "-"
_NO_DATE: Final = date(1970, 1, 1)


@attrs.frozen(kw_only=True)
class LabelChoice:
    """Which label to buy, and which to hand over.

    Attributes:
        native: What the purchase asks UPS for.
        wanted: What the user gets: the same, or a PDF from label recovery.
        height: Of the paper, in inches.
    """

    native: LabelFormat
    wanted: LabelFormat
    height: str


def choose_label(options: ShipmentOptions) -> LabelChoice:
    """Return the first wanted label that UPS has.

    Raises:
        UnsupportedOperationError: UPS has none of them, or not in that size. Nothing was sent.
    """
    size = (options.label_size or "4x6").lower().replace(" ", "")
    if size not in _HEIGHTS:
        field = "options.label_size"
        raise UnsupportedOperationError(f"ups: {field} can be 4x6 or, thermal, 4x8; nothing was sent", field=field)
    possible = _NATIVE | {LabelFormat.PDF} if size == "4x6" else _THERMAL
    wanted = next((one for one in options.label_formats if one in possible), None)
    if wanted is None:
        field = "options.label_formats"
        have = ", ".join(sorted(possible))
        raise UnsupportedOperationError(f"ups: {field} has none that UPS makes in {size} ({have})", field=field)
    native = wanted
    if wanted is LabelFormat.PDF:
        # Ship makes no PDF (field guide ups.md §0.7): a picture is bought, and the PDF recovered afterwards.
        native = next((one for one in options.label_formats if one in _NATIVE), LabelFormat.GIF)
    return LabelChoice(native=native, wanted=wanted, height=_HEIGHTS[size])


def prepare(
    request: ShipmentRequest, *, reference: str, config: UPSConfig, carrier: str, today: date
) -> PreparedPurchase:
    """Return the purchase that UPS will be sent.

    Args:
        request: What is to be bought.
        reference: Ours, unique.
        config: The account.
        carrier: The account's key.
        today: The invoice's date where the request has none.

    Raises:
        InvalidValueError: Something would be cut in silence, or cost money; the error names it.
        UnsupportedOperationError: An option or every wanted label cannot be had.
    """
    limited(reference, LINE, "reference")
    if not reference.strip() or " " in reference:
        raise InvalidValueError("reference must be a text without spaces", field="reference")
    request = _at_its_rate(request, carrier)
    body = msgspec.json.encode(_envelope(request, reference, config, today))
    identity = msgspec.json.encode(_envelope(request, _NO_REFERENCE, config, _NO_DATE))
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
        return attrs.evolve(request, service=rate.service.code)
    token = read_token(rate.token)
    _compare(token, request, field)
    parcels = tuple(
        attrs.evolve(parcel, packaging=packaging)
        for parcel, packaging in zip(request.parcels, token.packaging, strict=True)
    )
    return attrs.evolve(request, service=token.service, parcels=parcels)


def _compare(token: RateToken, request: ShipmentRequest, field: str) -> None:
    if len(token.packaging) != len(request.parcels):
        msg = f"{field} was quoted for {len(token.packaging)} parcels, not {len(request.parcels)}; quote again"
        raise InvalidValueError(msg, field=field)
    for parcel, packaging in zip(request.parcels, token.packaging, strict=True):
        if parcel.packaging not in {None, packaging}:
            raise InvalidValueError(f"{field} was quoted for another packaging; quote again", field=field)
    for name, quoted, asked in (
        ("ship_to.residential", token.residential, request.ship_to.residential is True),
        ("options.saturday_delivery", token.saturday, request.options.saturday_delivery),
        ("is_return", token.is_return, request.is_return),
        ("options.hold_at_location", token.held, request.options.hold_at_location is not None),
    ):
        if quoted is not asked:
            raise InvalidValueError(f"{field} was quoted with {name} {quoted}; quote again", field=field)


def _envelope(request: ShipmentRequest, reference: str, config: UPSConfig, today: date) -> ShipmentRequestEnvelope:
    check_request(request)
    choice = choose_label(request.options)
    context = reference + (WANTS_PDF if choice.wanted is LabelFormat.PDF else "")
    return ShipmentRequestEnvelope(
        shipment_request=UPSShipmentRequest(
            request=RequestHead(
                request_option="nonvalidate",
                sub_version=SUB_VERSION,
                transaction_reference=Transaction(customer_context=context),
            ),
            shipment=_shipment(request, reference, config, today),
            label_specification=label_specification(choice.native, choice.height),
        )
    )


def label_specification(code: LabelFormat, height: str) -> LabelSpecification:
    """Return what label UPS is asked for; thermal ones need a size, pictures the name of a browser."""
    pictures = code not in _THERMAL
    return LabelSpecification(
        label_image_format=Coded(code=code.upper()),
        http_user_agent=_AGENT if pictures else None,
        label_stock_size=StockSize(height=height, width="4"),
    )


def _shipment(request: ShipmentRequest, reference: str, config: UPSConfig, today: date) -> Shipment:
    lane = Lane.of(request)
    extra = ups_options(request)
    service = service_code(request.service or "")
    documents = is_documents(request)
    customs = lane.needs_customs and not documents
    charges = [to_charge("01", request.options.bill_to, config.account_number, "ShipmentRequest.options.bill_to")]
    duties = to_duties(request, config.account_number) if customs else None
    if duties is not None:
        charges.append(duties)
    letters = all(parcel.packaging == LETTER for parcel in request.parcels)
    due = (lane.is_international and not letters and not (lane.is_within_eu and service == _STANDARD)) or (
        "AE" in {lane.origin, lane.destination}
    )
    sender = Side("ShipmentRequest.ship_from", extra.transliterate)
    recipient = Side("ShipmentRequest.ship_to", extra.transliterate)
    references = _references(request, reference, extra)
    value = (
        goods_value(items_with_paths(request))
        if lane.takes_invoice_total and not documents and not request.is_return
        else None
    )
    home = request.ship_to.residential is True
    options = _options(request, lane, reference, today, customs=customs)
    return Shipment(
        description=to_description(request) if due or extra.description else None,
        documents_only_indicator="" if documents and lane.takes_documents_only else None,
        return_service=to_return_service(request),
        # who holds the account: of a return that is where it goes (field guide ups.md §4.9)
        shipper=to_party(request.ship_to, recipient, account=config.account_number, customs=customs)
        if request.is_return
        else to_party(request.ship_from, sender, account=config.account_number, customs=customs),
        ship_to=to_party(request.ship_to, recipient, residential=home, customs=customs),
        alternate_delivery_address=to_access_point(request),
        ship_from=to_party(request.ship_from, sender, customs=customs, vendor=True),
        payment_information=Payment(shipment_charge=charges),
        shipment_rating_options=rating_options(request),
        reference_number=None if lane.references_on_packages else references,
        service=Coded(code=service, description=service_name(service, lane.origin)),
        shipment_indication_type=to_indication(request),
        invoice_line_total=to_amount(value, "ShipmentRequest.customs") if value is not None and value.amount else None,
        shipment_service_options=options,
        shipment_date=f"{request.ship_date:%Y%m%d}" if request.ship_date is not None else None,
        package=[
            _package(request, index, parcel, lane, references if lane.references_on_packages else None)
            for index, parcel in enumerate(request.parcels)
        ],
    )


def _references(request: ShipmentRequest, reference: str, extra: UPSOptions) -> list[Reference]:
    # Ours first: it is what a look-up names. The lane decides on the level, and both levels are an error (§4.7).
    made = [Reference(code=_REFERENCE_CODE, value=reference)]
    if request.reference:
        value = limited(request.reference, LINE, "ShipmentRequest.reference", transliterate=extra.transliterate)
        made.append(Reference(code=extra.reference_code, value=value))
    return made


def _package(
    request: ShipmentRequest, index: int, parcel: Parcel, lane: Lane, references: list[Reference] | None
) -> Package:
    extra = ups_options(request)
    path = f"ShipmentRequest.parcels[{index}]"
    sides = None
    if parcel.dimensions is not None and has_sides(parcel):
        sides = to_sides(parcel.dimensions, in_pounds=lane.in_pounds, field=f"{path}.dimensions")
    return Package(
        description=to_contents(request, parcel, path),
        packaging=Coded(code=packaging_of(parcel)),
        dimensions=sides,
        package_weight=to_weight(parcel.weight, in_pounds=lane.in_pounds, field=f"{path}.weight"),
        reference_number=references,
        additional_handling_indicator="" if extra.additional_handling else None,
        simple_rate=Coded(code=extra.simple_rate.value) if extra.simple_rate is not None else None,
        package_service_options=package_options(request, index, lane),
    )


def _options(
    request: ShipmentRequest, lane: Lane, reference: str, today: date, *, customs: bool
) -> ShipmentServiceOptions | None:
    extra = ups_options(request)
    notice = to_waiting_notice(request)
    waiting = [notice] if notice is not None else []
    made = ShipmentServiceOptions(
        saturday_delivery_indicator="" if request.options.saturday_delivery else None,
        direct_delivery_only_indicator="" if extra.direct_delivery_only else None,
        notification=[*_notices(request, extra), *waiting] or None,
        label_delivery=to_label_delivery(request),
        international_forms=to_forms(request, lane, reference=reference, today=today) if customs else None,
        delivery_confirmation=shipment_confirmation(request.options, lane),
        carbon_neutral_indicator="" if extra.carbon_neutral else None,
        restricted_articles=restricted_articles(request),
    )
    return None if made == ShipmentServiceOptions() else made


def _notices(request: ShipmentRequest, extra: UPSOptions) -> list[Notification]:
    if not extra.notices:
        return []
    # of a return the customer is who sends it
    customer = "ship_from" if request.is_return else "ship_to"
    field = "UPSOptions.notice_emails" if extra.notice_emails else f"ShipmentRequest.{customer}.email"
    emails: Sequence[str | None] = extra.notice_emails or (getattr(request, customer).email,)
    checked = []
    for email in emails:
        if not email or len(email) > _EMAIL or not email.isascii():
            raise InvalidValueError(f"{field} must be an e-mail address of up to {_EMAIL} characters", field=field)
        checked.append(email)
    return [
        Notification(notification_code=notice.value, email=Email(email=checked))
        for notice in dict.fromkeys(extra.notices)
    ]
