"""What has left, as eBay is told and as it tells (field guide ebay.md §6)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import attrs

from cartcarrier.channels.ebay import codes, schemas
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Fulfillment, FulfillmentParcel


@attrs.frozen(kw_only=True)
class Telling:
    """One parcel, as eBay is told of it in one call.

    Attributes:
        parcel: Which one; ``None`` when no parcel was named.
        number: Its number in eBay's form.
        lines: What is in it.
    """

    parcel: FulfillmentParcel | None
    number: str | None
    lines: Mapping[str, int]


def to_text(moment: datetime) -> str:
    """Return a moment with exactly three decimals, in UTC (§1)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def normalized_number(number: str) -> str:
    """Return a tracking number with letters and digits only; their case is kept (pitfall 24)."""
    return "".join(sign for sign in number if sign.isascii() and sign.isalnum())


def number_key(number: str | None) -> str | None:
    """Return a tracking number in the form in which two are compared."""
    return normalized_number(number).upper() or None if number is not None else None


def tellings(fulfillment: Fulfillment) -> tuple[Telling, ...]:
    """Return the calls that tell eBay of a fulfillment: one for each parcel, and each piece once.

    Where the parcels do not say what is in them, each gets a piece and the first one the rest. A parcel for which no piece is
    left, a box more of the same unit, cannot be told to eBay: it is left out.

    Raises:
        InvalidValueError: A tracking number has neither letters nor digits.
    """
    left = dict(fulfillment.lines)
    contents: list[dict[str, int]] = [_take(left, parcel.lines or {}) for parcel in fulfillment.parcels]
    for content in contents:
        if not content and left:
            line_id = max(left, key=lambda line_id: left[line_id])
            content.update(_take(left, {line_id: 1}))
    if left and contents:
        silent = [index for index, parcel in enumerate(fulfillment.parcels) if not parcel.lines]
        taker = contents[silent[0] if silent else 0]
        for line_id, pieces in left.items():
            taker[line_id] = taker.get(line_id, 0) + pieces
    if not contents:
        return (Telling(parcel=None, number=None, lines=left),)
    return tuple(
        Telling(parcel=parcel, number=_number(parcel), lines=content)
        for parcel, content in zip(fulfillment.parcels, contents, strict=True)
        if content
    )


def _take(left: dict[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    taken: dict[str, int] = {}
    for line_id, pieces in wanted.items():
        given = min(pieces, left.get(line_id, 0))
        if given > 0:
            taken[line_id] = given
            left[line_id] -= given
            if not left[line_id]:
                del left[line_id]
    return taken


def _number(parcel: FulfillmentParcel) -> str | None:
    if parcel.tracking_number is None:
        return None
    number = normalized_number(parcel.tracking_number)
    if not number:
        msg = "ebay takes tracking numbers of letters and digits; this one has neither"
        raise InvalidValueError(msg, field="FulfillmentParcel.tracking_number")
    return number


def to_details(
    telling: Telling, *, shipped_at: datetime, placed_at: datetime, now: datetime, overrides: Mapping[str, str]
) -> schemas.ShippingFulfillmentDetails:
    """Return what eBay is told of a parcel.

    Args:
        telling: Which parcel.
        shipped_at: When it left.
        placed_at: When it was bought: eBay takes nothing earlier.
        now: eBay takes nothing later (32500).
        overrides: eBay's codes by names of carriers, in place of the table's.
    """
    moment = max(min(shipped_at, now), placed_at)
    carrier = telling.parcel.carrier if telling.parcel is not None and telling.number is not None else None
    code = None
    if carrier is not None:
        own = {codes.carrier_key(name): code for name, code in overrides.items()}
        code = own.get(codes.carrier_key(carrier)) or codes.carrier_code(carrier)
    return schemas.ShippingFulfillmentDetails(
        # The quantity is always said: left out, it would be 1 whatever the line has (§6).
        line_items=[schemas.ShippedLine(line_item_id=line_id, quantity=n) for line_id, n in telling.lines.items()],
        shipped_date=to_text(moment),
        shipping_carrier_code=code,
        tracking_number=telling.number,
    )


def is_told(telling: Telling, details: schemas.ShippingFulfillmentDetails, known: schemas.ShippingFulfillment) -> bool:
    """Return whether eBay knows of a parcel already: by its number, or without one by lines and time (§6)."""
    if telling.number is not None:
        return number_key(telling.number) == number_key(known.shipment_tracking_number)
    if number_key(known.shipment_tracking_number) is not None:
        return False
    same_lines = {part.line_item_id: part.quantity for part in known.line_items} == dict(telling.lines)
    return same_lines and to_text(known.shipped_date) == details.shipped_date


def to_fulfillments(known: Sequence[schemas.ShippingFulfillment], *, order_id: str) -> tuple[Fulfillment, ...]:
    """Return what eBay knows to have left, oldest first."""
    return tuple(to_fulfillment(one, order_id=order_id) for one in sorted(known, key=lambda one: one.shipped_date))


def to_fulfillment(known: schemas.ShippingFulfillment, *, order_id: str) -> Fulfillment:
    """Return one of them. Without a tracking number its id means nothing, and is left out (§15.3)."""
    number = known.shipment_tracking_number or None
    lines: dict[str, int] = {}
    for part in known.line_items:
        lines[part.line_item_id] = lines.get(part.line_item_id, 0) + part.quantity
    return Fulfillment(
        order_id=order_id,
        lines={line_id: pieces for line_id, pieces in lines.items() if pieces > 0},
        parcels=(FulfillmentParcel(carrier=codes.carrier_name(known.shipping_carrier_code), tracking_number=number),),
        id=known.fulfillment_id if number is not None else None,
        shipped_at=known.shipped_date,
        # There is no switch: eBay always tells the buyer (§6).
        notify_buyer=True,
    )
