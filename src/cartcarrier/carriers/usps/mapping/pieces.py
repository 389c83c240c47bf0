"""Parcels, measured and packed in USPS's words, and what the price of one was made of."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import attrs
import msgspec

from cartcarrier.carriers.usps.codes import ABROAD, RETURNS, mail_class
from cartcarrier.carriers.usps.codes.services import EXPRESS_SIGNED, SIGNED
from cartcarrier.carriers.usps.mapping.extras import Extras, packaging_of, to_extras, usps_options
from cartcarrier.carriers.usps.mapping.lanes import Lane
from cartcarrier.carriers.usps.mapping.measures import (
    Sides,
    is_by_volume,
    is_machinable,
    is_oversized,
    to_pounds,
    to_sides,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import ShipmentRequest

TOKEN_VERSION: Final = 1
NO_FACILITY: Final = "NONE"
MACHINABLE: Final = "MACHINABLE"
NONSTANDARD: Final = "NONSTANDARD"


class Ingredients(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the price of one parcel was made of.

    Attributes:
        packaging: USPS's word.
        indicator: ``rateIndicator``.
        category: ``processingCategory``.
        price_type: Whose prices.
        services: The extra services in it.
        weight: In pounds.
        sides: In inches.
    """

    packaging: str
    indicator: str
    category: str
    price_type: str
    services: tuple[int, ...]
    weight: str
    sides: tuple[str, str, str]


class RateToken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a purchase must repeat so that the price holds.

    Attributes:
        v: Version of the token.
        service: The mail class.
        mailing_date: The day that it was priced for.
        parcels: In order.
    """

    v: int
    service: str
    mailing_date: str
    parcels: tuple[Ingredients, ...]


_TOKEN: Final = msgspec.json.Decoder(RateToken)


def read_token(token: str) -> RateToken:
    """Read a rate's token.

    Raises:
        InvalidValueError: It is not one of ours, or of another version.
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
class Piece:
    """One parcel, measured.

    Attributes:
        packaging: USPS's word.
        pounds: What it weighs.
        sides: In inches.
        girth: Of what is not rectangular.
        nonstandard: Whether machines do not take it, or the sender says so.
        flagged: Whether the sender says so.
        extras: What is asked for beside moving it.
    """

    packaging: str
    pounds: Decimal
    sides: Sides
    girth: Decimal | None
    nonstandard: bool
    flagged: bool
    extras: Extras

    @property
    def category(self) -> str:
        """The processing category where no quote tells one (field guide usps.md §2.4)."""
        return NONSTANDARD if self.nonstandard else MACHINABLE


def to_piece(request: ShipmentRequest, index: int, lane: Lane, service: str | None) -> Piece:
    """Return a parcel, measured.

    Raises:
        InvalidValueError: The sides are missing.
    """
    parcel = request.parcels[index]
    extra = usps_options(request)
    packaging = packaging_of(parcel, index)
    pounds = to_pounds(parcel.weight)
    if parcel.dimensions is None:
        field = f"ShipmentRequest.parcels[{index}].dimensions"
        msg = f"{field} must be given, of USPS's own packaging too: USPS wants them, and prices by volume"
        raise InvalidValueError(msg, field=field)
    sides = to_sides(parcel.dimensions)
    return Piece(
        packaging=packaging,
        pounds=pounds,
        sides=sides,
        girth=extra.girth,
        nonstandard=extra.nonstandard or extra.girth is not None or not is_machinable(sides, pounds),
        flagged=extra.nonstandard,
        extras=to_extras(request, index, lane, service),
    )


def to_service(code: str, lane: Lane) -> str | None:
    """Return the mail class of a service on a lane; ``None`` when USPS has none of that name there.

    A return can be asked for by the class of the way out.
    """
    found = mail_class(code)
    if found is None:
        return None
    if lane.is_return:
        back = found if found in RETURNS else f"{found}_RETURN_SERVICE"
        return back if back in RETURNS else None
    if found in RETURNS or (found in ABROAD) is not lane.is_abroad:
        return None
    return found


def default_volume_indicator(piece: Piece) -> str | None:
    """Return the rate indicator of the sender's own box that is priced apart; ``None`` for a common one."""
    if is_oversized(piece.sides, piece.girth):
        return "OS"
    if is_by_volume(piece.sides, piece.pounds):
        return "DN" if piece.girth is not None else "DR"
    return None


def same_services(quoted: Sequence[int], asked: Sequence[int]) -> bool:
    """Whether two lists ask for the same; a signature has a code of its own on Express (field guide usps.md §4.2)."""
    plain = [{SIGNED if code == EXPRESS_SIGNED else code for code in codes} for codes in (quoted, asked)]
    return plain[0] == plain[1]


def to_day(text: str | None) -> date | None:
    """Read a date, or the date of a date and time."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
