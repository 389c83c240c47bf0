"""The question for prices: what is shipped, from where, for whose order."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import attrs
import msgspec

from cartcarrier.carriers.amazon_buy_shipping import codes, schemas
from cartcarrier.carriers.amazon_buy_shipping.config import AmazonBuyShippingConfig
from cartcarrier.carriers.amazon_buy_shipping.mapping.parties import to_address
from cartcarrier.carriers.amazon_buy_shipping.options import AmazonBuyShippingOptions
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    LengthUnit,
    Money,
    Parcel,
    ParcelItem,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
    TaxId,
    Weight,
)

AMAZON: Final = "AMAZON"
EXTERNAL: Final = "EXTERNAL"
_CHANNEL: Final = "amazon"
_GST: Final = "GST"
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_ONLY_MFN: Final = (
    "only Amazon's Merchant Fulfillment API can do that, which this driver does not use; nothing was sent"
)


@attrs.frozen(kw_only=True)
class Question:
    """A question for prices.

    Attributes:
        body: Exactly what is sent.
        digest: Of the body: a rate holds for what was asked and nothing else.
        amazon: Whether it is for an order of Amazon's own marketplaces.
        service: The one that is asked for; ``None`` for all.
        package: Amazon is told this name of the parcel, and repeats it.
        printed: Whether that name is the user's, to be printed.
    """

    body: bytes = attrs.field(repr=False)
    digest: str
    amazon: bool
    service: str | None
    package: str
    printed: bool


def own_options(options: ShipmentOptions) -> AmazonBuyShippingOptions:
    """Return what only Amazon is asked.

    Raises:
        InvalidValueError: They are another carrier's options.
    """
    return options.own(AmazonBuyShippingOptions) or AmazonBuyShippingOptions()


def is_for_amazon(request: ShipmentRequest) -> bool:
    """Return whether the label is for an order of Amazon's marketplaces."""
    return request.order is not None and request.order.channel.partition(":")[0] == _CHANNEL


def to_question(request: ShipmentRequest, config: AmazonBuyShippingConfig) -> Question:
    """Return the question for prices.

    Raises:
        InvalidValueError: Something is missing or does not fit; the error names it.
        UnsupportedOperationError: An option cannot be said to Amazon.
    """
    amazon = is_for_amazon(request)
    _check(request, amazon=amazon)
    parcel = request.parcels[0]
    extra = own_options(request.options)
    package = request.reference or "1"
    order_id = request.order.order_id if amazon and request.order is not None else None
    hold = request.options.hold_at_location
    made = schemas.RatesRequest(
        # Amazon takes the recipient from its own order and ignores what is said here (field guide amazon.md §4.2).
        ship_to=None if amazon else to_address(request.ship_to, "ShipmentRequest.ship_to"),
        ship_from=to_address(request.ship_from, "ShipmentRequest.ship_from"),
        # A day, not an hour, is what is meant: noon UTC is that day from Los Angeles to Tokyo.
        ship_date=f"{request.ship_date.isoformat()}T12:00:00Z" if request.ship_date is not None else None,
        shipper_instruction=schemas.ShipperInstruction(delivery_notes=extra.delivery_notes)
        if extra.delivery_notes is not None
        else None,
        packages=[
            schemas.Package(
                dimensions=_sides(parcel),
                weight=_weight(parcel.weight),
                insured_value=_insured(request, config),
                package_client_reference_id=package,
                items=_items(parcel, amazon=amazon),
            )
        ],
        tax_details=_tax_details(request, amazon=amazon),
        channel_details=schemas.ChannelDetails(
            channel_type=AMAZON if amazon else EXTERNAL,
            amazon_order_details=schemas.AmazonOrderDetails(order_id=order_id) if order_id is not None else None,
        ),
        destination_access_point_details=schemas.AccessPoint(access_point_id=hold) if hold is not None else None,
    )
    body = _ENCODER.encode(made)
    service = request.service or (request.rate.service.code if request.rate is not None else None)
    return Question(
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
        amazon=amazon,
        service=service,
        package=package,
        printed=request.reference is not None,
    )


def _unsupported(field: str, why: str) -> UnsupportedOperationError:
    return UnsupportedOperationError(f"amazon-buy-shipping: {field}: {why}", field=field)


def _check(request: ShipmentRequest, *, amazon: bool) -> None:
    options = request.options
    own_options(options)
    if len(request.parcels) > 1:
        why = "Amazon sells a label for one parcel at a time: ship each under a key of its own; nothing was sent"
        raise _unsupported("parcels", why)
    if request.parcels[0].packaging is not None:
        raise _unsupported("parcels[0].packaging", f"the carriers' own boxes: {_ONLY_MFN}")
    if options.lithium is not None:
        raise _unsupported("options.lithium", f"limited quantities of hazardous goods: {_ONLY_MFN}")
    if options.signature is Signature.INDIRECT:
        raise _unsupported("options.signature", "Amazon knows direct and adult signatures; nothing was sent")
    for field, asked in (
        ("options.saturday_delivery", options.saturday_delivery),
        ("options.dry_ice", options.dry_ice is not None),
        ("options.alcohol", options.alcohol),
        ("options.bill_to", options.bill_to is not None),
        ("is_return", request.is_return),
    ):
        if asked:
            raise _unsupported(field, "that cannot be said to Amazon; nothing was sent")
    if request.customs is not None and not amazon:
        why = "for orders from outside Amazon there is no customs declaration; nothing was sent"
        raise _unsupported("customs", why)


def _plain(number: Decimal) -> Decimal:
    """Return the number without zeros at its end, so that 1 and 1.0 are one question."""
    return Decimal(format(number.normalize(), "f"))


def _sides(parcel: Parcel) -> schemas.Sides:
    field = "ShipmentRequest.parcels[0].dimensions"
    if parcel.dimensions is None:
        raise InvalidValueError(f"{field} must be given: Amazon demands them", field=field)
    sides = parcel.dimensions
    if sides.unit not in codes.LENGTH_UNITS:
        sides = sides.to(LengthUnit.CENTIMETER)
    return schemas.Sides(
        length=_plain(sides.length),
        width=_plain(sides.width),
        height=_plain(sides.height),
        unit=codes.LENGTH_UNITS[sides.unit],
    )


def _weight(weight: Weight) -> schemas.Measure:
    return schemas.Measure(value=_plain(weight.value), unit=codes.WEIGHT_UNITS[weight.unit])


def _money(money: Money) -> schemas.Currency:
    return schemas.Currency(value=_plain(money.amount), unit=money.currency)


def _insured(request: ShipmentRequest, config: AmazonBuyShippingConfig) -> schemas.Currency:
    parcel = request.parcels[0]
    if parcel.insured_value is not None:
        return _money(parcel.insured_value)
    # Amazon demands the value; nothing is insured unless it was asked for.
    currency = next((item.unit_value.currency for item in parcel.items if item.unit_value is not None), config.currency)
    if currency is None:
        field = "ShipmentRequest.parcels[0].insured_value"
        raise InvalidValueError(f"{field} must be given: the currency of this business is not known", field=field)
    return schemas.Currency(value=Decimal(0), unit=currency)


def _items(parcel: Parcel, *, amazon: bool) -> list[schemas.Item]:
    if amazon:
        field = "ShipmentRequest.parcels[0].items"
        if not parcel.items or any(item.order_line_id is None for item in parcel.items):
            # The label confirms the shipment of these lines: none may be guessed.
            why = "must say what lies in the parcel, each with its order_line_id: buying the label tells the buyer"
            raise InvalidValueError(f"{field} {why}", field=field)
    if not parcel.items:
        return [schemas.Item(quantity=1)]
    return [_item(item) for item in parcel.items]


def _item(item: ParcelItem) -> schemas.Item:
    return schemas.Item(
        item_value=_money(item.unit_value) if item.unit_value is not None else None,
        description=item.title,
        item_identifier=item.order_line_id or item.sku,
        quantity=item.quantity,
        weight=_weight(item.weight) if item.weight is not None and item.weight.value else None,
    )


def _tax_details(request: ShipmentRequest, *, amazon: bool) -> list[schemas.TaxDetail] | None:
    numbers: Sequence[TaxId] = (*request.ship_from.tax_ids, *(() if amazon else request.ship_to.tax_ids))
    found = []
    for number in numbers:
        if number.kind.upper() != _GST:
            if amazon:
                continue  # Amazon knows its own order's numbers, IOSS among them
            raise _unsupported("tax_ids", f"Amazon takes no tax number but GST, not {number.kind}; nothing was sent")
        found.append(schemas.TaxDetail(tax_type=_GST, tax_registration_number=number.value))
    return found or None
