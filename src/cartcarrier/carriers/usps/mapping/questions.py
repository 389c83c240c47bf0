"""What is asked about, in the words of each of USPS's interfaces for prices."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.carriers.usps.codes import ABROAD, HOME, RETURNS
from cartcarrier.carriers.usps.config import USPSConfig
from cartcarrier.carriers.usps.mapping.customs import goods_value, to_quoted_items, wants_prepaid_duties
from cartcarrier.carriers.usps.mapping.extras import check_request
from cartcarrier.carriers.usps.mapping.lanes import Lane, day_in
from cartcarrier.carriers.usps.mapping.parties import country_name, foreign_code, zip_of
from cartcarrier.carriers.usps.mapping.pieces import Piece, to_piece, to_service
from cartcarrier.carriers.usps.schemas import (
    OptionsPackage,
    OptionsRequest,
    PaymentAccount,
    PricesRequest,
    PricingOption,
)
from cartcarrier.models import ShipmentRequest

_STATE: Final = re.compile(r"[A-Za-z]{2}")
_ALL_HOME: Final = "ALL_OUTBOUND"
_ALL: Final = "ALL"
_ALL_RETURNS: Final = "ALL_RETURNS"


@attrs.frozen(kw_only=True)
class Quoting:
    """What is asked about, ready for each of USPS's questions.

    Attributes:
        request: Ours.
        lane: Where it goes.
        service: The one that is asked for; ``None`` for all.
        day: The mailing date.
        pieces: The parcels.
    """

    request: ShipmentRequest
    lane: Lane
    service: str | None
    day: date
    pieces: tuple[Piece, ...]

    @property
    def services(self) -> frozenset[str]:
        """Which mail classes are wanted."""
        if self.service is not None:
            return frozenset({self.service})
        return frozenset(ABROAD if self.lane.is_abroad else RETURNS if self.lane.is_return else HOME)


def asked_service(request: ShipmentRequest) -> str | None:
    """Return the service that is asked for, as it was written; ``None`` for all."""
    return request.rate.service.code if request.rate is not None else request.service


def plan_quotes(request: ShipmentRequest, now: datetime) -> Quoting | None:
    """Return what is to be asked.

    Returns:
        ``None`` when the service that is asked for does not exist there.

    Raises:
        InvalidValueError: Something does not fit; the error names it.
        UnsupportedOperationError: An option cannot be said to USPS.
    """
    lane = Lane.of(request)
    check_request(request, lane)
    asked = asked_service(request)
    service = to_service(asked, lane) if asked else None
    if asked and service is None:
        return None
    return Quoting(
        request=request,
        lane=lane,
        service=service,
        day=request.ship_date or day_in(lane.origin, now),
        pieces=tuple(to_piece(request, index, lane, service) for index in range(len(request.parcels))),
    )


def to_options_question(quoting: Quoting, index: int, config: USPSConfig, price_type: str) -> OptionsRequest:
    """Return the question to Shipping Options about one parcel."""
    request, lane, piece = quoting.request, quoting.lane, quoting.pieces[index]
    every = _ALL if lane.is_abroad else _ALL_RETURNS if lane.is_return else _ALL_HOME
    account = None
    if price_type == "CONTRACT":
        account = PaymentAccount(
            account_type=config.account_type,
            account_number=config.account_number,
            crid=None if lane.is_abroad else config.crid,
        )
    duties = lane.is_abroad and wants_prepaid_duties(request)
    region = (request.ship_to.region or "").strip()
    return OptionsRequest(
        origin_zip_code=zip_of(request.ship_from, "ShipmentRequest.ship_from"),
        **_destination(quoting),
        pricing_options=[PricingOption(price_type=price_type, payment_account=account)],
        package_description=OptionsPackage(
            weight=piece.pounds,
            length=piece.sides.length,
            width=piece.sides.width,
            height=piece.sides.height,
            girth=piece.girth,
            has_nonstandard_characteristics=piece.flagged or None,
            mail_class=quoting.service or every,
            extra_services=list(piece.extras.services) or None,
            package_value=_value(quoting, index),
            mailing_date=quoting.day.isoformat(),
        ),
        request_duties_taxes_fees=duties or None,
        destination_city=request.ship_to.city if duties else None,
        destination_state=region.upper() if duties and _STATE.fullmatch(region) else None,
        items=to_quoted_items(request, index) if duties else None,
    )


def _destination(quoting: Quoting) -> dict[str, str | None]:
    to, field = quoting.request.ship_to, "ShipmentRequest.ship_to"
    if not quoting.lane.is_abroad:
        return {"destination_zip_code": zip_of(to, field)}
    country_name(to, field)  # what is no destination is refused before it costs a call
    return {"destination_country_code": to.country_code, "foreign_postal_code": foreign_code(to, field)}


def _value(quoting: Quoting, index: int) -> Decimal | None:
    value = quoting.pieces[index].extras.value
    return goods_value(quoting.request, index) if value is None and quoting.lane.is_abroad else value


def to_prices_question(
    quoting: Quoting, index: int, config: USPSConfig, price_type: str, *, extras: bool
) -> PricesRequest:
    """Return the question to Prices about one parcel.

    Args:
        quoting: What is asked about.
        index: Of the parcel.
        config: The account.
        price_type: Whose prices.
        extras: Ask for extra services too: ``total-rates`` can, ``base-rates-list`` cannot.
    """
    piece, abroad = quoting.pieces[index], quoting.lane.is_abroad
    several = sorted(quoting.services) if quoting.service is None and not abroad else None
    contract = price_type == "CONTRACT"
    return PricesRequest(
        origin_zip_code=zip_of(quoting.request.ship_from, "ShipmentRequest.ship_from"),
        **_destination(quoting),
        weight=piece.pounds,
        length=piece.sides.length,
        width=piece.sides.width,
        height=piece.sides.height,
        # documented as optional, and missed where it is missing (field guide usps.md §11, pitfall 10)
        mail_class=None if several else quoting.service or _ALL,
        mail_classes=several,
        price_type=price_type,
        mailing_date=quoting.day.isoformat(),
        account_type=config.account_type if contract else None,
        account_number=config.account_number if contract else None,
        has_nonstandard_characteristics=(piece.flagged or None) if not abroad else None,
        item_value=_value(quoting, index) if extras else None,
        extra_services=(list(piece.extras.services) or None) if extras else None,
    )
