"""The exact bytes of a purchase, a step for each parcel; and of the question that finds out what became of one."""

import hashlib
from datetime import date, datetime
from typing import Final
from uuid import UUID

import attrs
import msgspec

from cartcarrier.carriers.usps.codes import RETURNS, default_indicator, mail_class
from cartcarrier.carriers.usps.codes.services import BY_VOLUME, VARIABLE
from cartcarrier.carriers.usps.mapping.customs import goods_value, to_customs_form, wants_prepaid_duties
from cartcarrier.carriers.usps.mapping.extras import check_request, usps_options
from cartcarrier.carriers.usps.mapping.lanes import Lane, day_in, end_of
from cartcarrier.carriers.usps.mapping.parties import to_foreign_party, to_party
from cartcarrier.carriers.usps.mapping.pieces import (
    NO_FACILITY,
    Ingredients,
    Piece,
    RateToken,
    default_volume_indicator,
    read_token,
    same_services,
    to_piece,
    to_service,
)
from cartcarrier.carriers.usps.mapping.text import REFERENCE, limited
from cartcarrier.carriers.usps.schemas import (
    CustomerReference,
    ForeignLabelRequest,
    ImageInfo,
    LabelRequest,
    PackageDescription,
    PackageOptions,
    ReprintRequest,
)
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    LabelFormat,
    PreparedPurchase,
    PurchaseStep,
    ShipmentOptions,
    ShipmentRequest,
)

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_SIZES: Final = {"4x6": "4X6LABEL", "4x4": "4X4LABEL", "4x5": "4X5LABEL", "2x7": "2X7LABEL"}
_PICTURES: Final = {LabelFormat.PDF: "PDF", LabelFormat.PNG: "PNG", LabelFormat.GIF: "GIF"}
_EPL: Final = "EPL300DPI"
# Field guide usps.md §4.3, §4.7: what is made with a customs form, and abroad.
_WITH_CUSTOMS: Final = frozenset({LabelFormat.PDF, LabelFormat.ZPL})
_SMALL: Final = frozenset({LabelFormat.PDF, LabelFormat.PNG, LabelFormat.GIF})
_NONE: Final = "NONE"
_RETURN: Final = "RETURN"
_NO_REFERENCE: Final = "-"
_NO_DATE: Final = date(1970, 1, 1)


@attrs.frozen(kw_only=True)
class Wanted:
    """What a purchase was for, as its bytes say.

    Attributes:
        operation: ``ship``, ``return`` or ``ship_abroad``.
        service: The mail class.
        image: ``imageType``.
        size: ``labelType``.
        day: The mailing date.
        duties: Whether the sender pays duties.
    """

    operation: str
    service: str
    image: str
    size: str
    day: str | None
    duties: bool = False


class _Package(msgspec.Struct, rename="camel", frozen=True, gc=False):
    mail_class: str
    mailing_date: str | None = None
    prepay_duties_taxes_fees: bool = False


class _Sent(msgspec.Struct, rename="camel", frozen=True, gc=False):
    image_info: ImageInfo
    package_description: _Package
    to_address: dict[str, object]


_READ: Final = msgspec.json.Decoder(_Sent)


def read_step(step: PurchaseStep) -> Wanted:
    """Return what a step buys, and where: its own bytes tell (field guide usps.md §4: three endpoints).

    Raises:
        InvalidValueError: The bytes are not this driver's.
    """
    try:
        sent = _READ.decode(step.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        field = "PurchaseStep.body"
        raise InvalidValueError(f"{field} is not one that this driver has prepared", field=field) from None
    service = sent.package_description.mail_class
    abroad = "countryISOAlpha2Code" in sent.to_address
    return Wanted(
        operation="ship_abroad" if abroad else "return" if service in RETURNS else "ship",
        service=service,
        image=sent.image_info.image_type,
        size=sent.image_info.label_type,
        day=sent.package_description.mailing_date,
        duties=sent.package_description.prepay_duties_taxes_fees,
    )


def to_key(carrier: str, crid: str, reference: str) -> str:
    """Return the idempotency key of a purchase: a UUID of random form, the same for the same reference.

    USPS wants it unique for a CRID and unguessable. Our reference is: 64 random bits, new for each purchase and for each later one
    of the same parcel. Made from it, the key is the same whenever the same purchase is prepared again.
    """
    digest = hashlib.sha256(f"{carrier}\n{crid}\n{reference}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def choose_image(options: ShipmentOptions, lane: Lane, dpi: int) -> tuple[str, str]:
    """Return the first wanted label that USPS makes, as ``imageType`` and ``labelType``.

    Raises:
        UnsupportedOperationError: It makes none of them, or not in that size. Nothing was sent.
    """
    size = (options.label_size or "4x6").lower().replace(" ", "")
    customs = lane.needs_customs
    if size not in _SIZES or (customs and size != "4x6"):
        field = "options.label_size"
        can = "4x6 with a customs form" if customs and size in _SIZES else ", ".join(_SIZES)
        raise UnsupportedOperationError(f"usps: {field} can be {can}; nothing was sent", field=field)
    possible = set(LabelFormat)
    if customs:
        possible = set(_WITH_CUSTOMS)
    elif size in {"4x4", "2x7"}:
        possible = set(_SMALL)
    elif size != "4x6":
        possible.discard(LabelFormat.EPL)
    wanted = next((one for one in options.label_formats if one in possible), None)
    if wanted is None:
        field = "options.label_formats"
        have = ", ".join(sorted(possible))
        raise UnsupportedOperationError(
            f"usps: {field} has none that USPS makes here ({have}); nothing was sent", field=field
        )
    image = _PICTURES.get(wanted) or (_EPL if wanted is LabelFormat.EPL else f"ZPL{dpi}DPI")
    return image, _SIZES[size]


def to_format(image: str) -> LabelFormat:
    """Return our name of an ``imageType``."""
    for form in LabelFormat:
        if image.upper().startswith(form.upper()):
            return form
    return LabelFormat.PDF


@attrs.frozen(kw_only=True)
class _Plan:
    request: ShipmentRequest
    lane: Lane
    service: str
    day: date
    token: RateToken | None


def prepare(request: ShipmentRequest, *, reference: str, carrier: str, crid: str, now: datetime) -> PreparedPurchase:
    """Return the purchase that USPS will be sent: a step for each parcel.

    Args:
        request: What is to be bought.
        reference: Ours, unique.
        carrier: The account's key.
        crid: Keys are unique for it.
        now: For the mailing date where the request has none: today, where the parcel is.

    Raises:
        InvalidValueError: Something would be cut in silence, or cost money; the error names it.
        UnsupportedOperationError: An option or every wanted label cannot be had.
    """
    if not reference.strip() or " " in reference or len(reference) > REFERENCE:
        raise InvalidValueError(
            f"reference must be a text without spaces, of at most {REFERENCE} characters", field="reference"
        )
    plan = _plan(request, carrier, now)
    count = len(request.parcels)
    steps = []
    for index in range(count):
        own = reference if count == 1 else f"{reference}-{index + 1}"
        steps.append(
            PurchaseStep(
                index=index,
                parcels=(index,),
                reference=own,
                key=to_key(carrier, crid, own),
                body=_body(plan, index, own),
                expires_at=end_of(plan.day, plan.lane.origin),
            )
        )
    same_day = plan if request.ship_date is not None else attrs.evolve(plan, day=_NO_DATE)
    identity = b"\n".join(_body(same_day, index, _NO_REFERENCE) for index in range(count))
    digest = hashlib.sha256(carrier.encode() + b"\n" + identity).hexdigest()
    return PreparedPurchase(carrier=carrier, request_hash=digest, steps=steps)


def _plan(request: ShipmentRequest, carrier: str, now: datetime) -> _Plan:
    lane = Lane.of(request)
    check_request(request, lane)
    rate, field = request.rate, "ShipmentRequest.rate"
    today = day_in(lane.origin, now)
    if rate is not None and rate.carrier != carrier:
        raise InvalidValueError(f"{field} is of {rate.carrier}, not of {carrier}", field=field)
    token = read_token(rate.token) if rate is not None and rate.token is not None else None
    asked = token.service if token is not None else rate.service.code if rate is not None else request.service
    if not asked:
        msg = "ShipmentRequest.service or ShipmentRequest.rate must say which service to buy"
        raise InvalidValueError(msg, field="ShipmentRequest.service")
    service = to_service(asked, lane)
    if service is None:
        why = "does not run there" if mail_class(asked) is not None else "is no service of USPS"
        raise InvalidValueError(f"ShipmentRequest.service: {asked} {why}", field="ShipmentRequest.service")
    day = request.ship_date or today
    if token is not None:
        quoted = date.fromisoformat(token.mailing_date)
        if request.ship_date not in {None, quoted}:
            raise InvalidValueError(
                f"{field} was quoted for {quoted}; quote again for {request.ship_date}", field=field
            )
        day = quoted
        if len(token.parcels) != len(request.parcels):
            msg = f"{field} was quoted for {len(token.parcels)} parcels, not {len(request.parcels)}; quote again"
            raise InvalidValueError(msg, field=field)
    if day < today:
        # 160001, refused before it costs a call
        raise InvalidValueError(
            f"ShipmentRequest.ship_date {day} is over at the place of departure", field="ShipmentRequest.ship_date"
        )
    return _Plan(request=request, lane=lane, service=service, day=day, token=token)


def _compare(quoted: Ingredients, piece: Piece) -> None:
    field = "ShipmentRequest.rate"
    sides = (str(piece.sides.length), str(piece.sides.width), str(piece.sides.height))
    for what, same in (
        ("packaging", quoted.packaging == piece.packaging),
        ("weight", quoted.weight == str(piece.pounds)),
        ("sides", quoted.sides == sides),
        ("options", same_services(quoted.services, piece.extras.services)),
    ):
        if not same:
            raise InvalidValueError(f"{field} was quoted for other {what}; quote again", field=field)


def _body(plan: _Plan, index: int, reference: str) -> bytes:
    request, lane = plan.request, plan.lane
    options = request.options
    image, size = choose_image(options, lane, usps_options(request).zpl_dpi)
    count = len(request.parcels)
    # printed only; not on the narrow label (160291), and abroad there is no room for it
    numbered = count > 1 and size != _SIZES["2x7"] and not lane.is_abroad and not lane.is_return
    picture = ImageInfo(
        image_type=image,
        label_type=size,
        receipt_option=None if lane.is_abroad else _NONE,  # the default is a receipt on letter paper (pitfall 26)
        package_number=index + 1 if numbered else None,
        total_packages=count if numbered else None,
    )
    package = _package(plan, index, reference)
    form = to_customs_form(request, index, lane) if lane.needs_customs else None
    customs = form is not None
    held = options.hold_at_location.strip() if options.hold_at_location is not None else None
    sender = to_party(
        request.ship_from,
        "ShipmentRequest.ship_from",
        firm_due=customs,
        contact_due=held is not None,
        with_contact=customs,
    )
    if lane.is_abroad:
        assert form is not None  # noqa: S101 - what goes abroad needs one
        recipient = to_foreign_party(request.ship_to, "ShipmentRequest.ship_to")
        return _ENCODER.encode(
            ForeignLabelRequest(
                image_info=picture,
                to_address=recipient,
                from_address=sender,
                package_description=package,
                customs_form=form,
            )
        )
    if held is not None:
        for address, path in (
            (request.ship_from, "ShipmentRequest.ship_from"),
            (request.ship_to, "ShipmentRequest.ship_to"),
        ):
            if address.name is None or len(address.name.split()) < 2:
                # 160079, 160080, 160213, 160217
                raise InvalidValueError(
                    f"{path}.name must have a first and a last name: the parcel waits for it", field=f"{path}.name"
                )
    return _ENCODER.encode(
        LabelRequest(
            image_info=picture,
            to_address=to_party(
                request.ship_to, "ShipmentRequest.ship_to", contact_due=held is not None, facility=held
            ),
            from_address=sender,
            package_description=package,
            customs_form=form,
        )
    )


def _package(plan: _Plan, index: int, reference: str) -> PackageDescription:
    request, lane, service = plan.request, plan.lane, plan.service
    piece = to_piece(request, index, lane, service)
    quoted = plan.token.parcels[index] if plan.token is not None else None
    if quoted is not None:
        _compare(quoted, piece)
    services = quoted.services if quoted is not None else piece.extras.services
    field = f"ShipmentRequest.parcels[{index}].packaging"
    indicator = quoted.indicator if quoted is not None else _indicator(piece, service, lane)
    if indicator is None:
        raise InvalidValueError(f"{field} {piece.packaging} is bought at a rate: get_rates tells its tier", field=field)
    value = piece.extras.value
    if value is None and lane.is_abroad:
        value = goods_value(request, index)
    settings = PackageOptions(
        package_value=value,
        content_type=piece.extras.content_type if not lane.is_abroad else None,
        non_delivery_option=_RETURN if lane.needs_customs else None,
    )
    return PackageDescription(
        mail_class=service,
        rate_indicator=indicator,
        processing_category=quoted.category if quoted is not None else piece.category,
        destination_entry_facility_type=None if lane.is_return else NO_FACILITY,
        weight_uom="lb",
        weight=piece.pounds,
        dimensions_uom="in",
        length=piece.sides.length,
        width=piece.sides.width,
        height=piece.sides.height,
        girth=piece.girth,
        has_nonstandard_characteristics=(piece.flagged or None) if not lane.is_abroad else None,
        mailing_date=None if lane.is_return else plan.day.isoformat(),
        customer_reference=_references(request, reference, lane),
        extra_services=list(services) or None,
        package_options=settings if settings != PackageOptions() else None,
        prepay_duties_taxes_fees=(wants_prepaid_duties(request) or None) if lane.is_abroad else None,
    )


def _indicator(piece: Piece, service: str, lane: Lane) -> str | None:
    apart = default_volume_indicator(piece)
    if piece.packaging == VARIABLE and service.removesuffix("_RETURN_SERVICE") in BY_VOLUME and apart is not None:
        return apart
    return default_indicator(piece.packaging, service.removesuffix("_RETURN_SERVICE"), to_military=lane.to_military)


def _references(request: ShipmentRequest, reference: str, lane: Lane) -> list[CustomerReference]:
    """Return the user's reference, printed at home, and ours, which is not (field guide usps.md §4.1)."""
    printed = None if lane.is_abroad else True
    found = []
    if request.reference:
        text = limited(request.reference, REFERENCE, "ShipmentRequest.reference")
        if text:
            found.append(CustomerReference(reference_number=text, print_reference_number=printed))
    found.append(CustomerReference(reference_number=reference))
    return found


def to_reprint(image: str, size: str) -> ReprintRequest:
    """Return the question for a label that was bought before."""
    return ReprintRequest(image_info=ImageInfo(image_type=image, label_type=size))
