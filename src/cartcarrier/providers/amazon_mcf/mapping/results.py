"""What Amazon's warehouse answers: prices, and how far an order is."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cartcarrier.errors import Problem
from cartcarrier.models import (
    CancellationResult,
    CancellationStatus,
    Charge,
    FulfillmentParcel,
    Money,
    ProviderOrder,
    ProviderOrderStatus,
    Rate,
    Service,
)
from cartcarrier.platforms.amazon import carrier_name
from cartcarrier.providers.amazon_mcf import codes, schemas
from cartcarrier.providers.amazon_mcf.mapping.orders import line_id

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def _status(placed: schemas.PlacedOrder) -> str:
    return (placed.fulfillment_order.fulfillment_order_status or "").lower()


def to_provider_order(placed: schemas.PlacedOrder) -> ProviderOrder:
    """Return how far an order is, with what has left."""
    said = _status(placed)
    status = codes.ORDER_STATUSES.get(said, ProviderOrderStatus.UNKNOWN)
    parcels = _parcels(placed)
    final = said in codes.FINAL
    if said in codes.LEFT and not _is_whole(placed, parcels):
        # Believed, what is not shown yet would be open again, and be shipped a second time.
        status, final = ProviderOrderStatus.PROCESSING, False
    if status is ProviderOrderStatus.PROCESSING and parcels:
        status = ProviderOrderStatus.PARTIALLY_SHIPPED
    reference = placed.fulfillment_order.seller_fulfillment_order_id
    return ProviderOrder(
        reference=reference,
        id=reference,
        status=status,
        parcels=parcels,
        message=codes.REFUSALS.get(said),
        final=final,
    )


def _is_whole(placed: schemas.PlacedOrder, parcels: Sequence[FulfillmentParcel]) -> bool:
    """Return whether the parcels hold all that is to come, as far as that is said."""
    if not parcels or any(parcel.lines is None for parcel in parcels):
        return bool(parcels)
    shown: Counter[str] = Counter()
    for parcel in parcels:
        shown.update(dict(parcel.lines or {}))
    return all(
        shown[line_id(item.seller_fulfillment_order_item_id)]
        >= item.quantity - (item.cancelled_quantity or 0) - (item.unfulfillable_quantity or 0)
        for item in placed.fulfillment_order_items or ()
    )


def _parcels(placed: schemas.PlacedOrder) -> list[FulfillmentParcel]:
    parcels = []
    for shipment in placed.fulfillment_shipments or ():
        # A shipment that Amazon cancels is planned anew under another id; only what has left counts (§5.1).
        if (shipment.fulfillment_shipment_status or "").lower() != codes.SHIPPED:
            continue
        packages = shipment.fulfillment_shipment_package or [schemas.ShippedPackage(package_number=0)]
        for package in packages:
            lines: dict[str, int] = {}
            for item in shipment.fulfillment_shipment_item or ():
                if item.package_number == package.package_number or (
                    len(packages) == 1 and not (item.package_number and package.package_number)
                ):
                    name = line_id(item.seller_fulfillment_order_item_id)
                    lines[name] = lines.get(name, 0) + item.quantity
            parcels.append(
                FulfillmentParcel(
                    carrier=carrier_name(package.carrier_code) or "unknown",
                    tracking_number=package.tracking_number or package.amazon_fulfillment_tracking_number or None,
                    lines=lines or None,
                )
            )
    return parcels


def package_numbers(placed: schemas.PlacedOrder) -> list[int]:
    """Return Amazon's numbers of the packages that have left."""
    return [
        package.package_number
        for shipment in placed.fulfillment_shipments or ()
        if (shipment.fulfillment_shipment_status or "").lower() == codes.SHIPPED
        for package in shipment.fulfillment_shipment_package or ()
    ]


def cancellation(placed: schemas.PlacedOrder) -> CancellationResult:
    """Return what became of a cancellation, from how the order stands after it."""
    said = _status(placed)
    if said == codes.CANCELLED:
        return CancellationResult(status=CancellationStatus.DONE)
    if said in codes.CANCELLABLE:
        return CancellationResult(
            status=CancellationStatus.PENDING, message="Amazon was asked to cancel it, and has not done so yet"
        )
    status = placed.fulfillment_order.fulfillment_order_status or "in a state that it does not name"
    return CancellationResult(
        status=CancellationStatus.REFUSED, message=f"Amazon does not cancel it any more: it is {status}"
    )


def refused(result: CancellationResult, why: str) -> CancellationResult:
    """Return the result of a cancellation that Amazon refused: done before, or not to be had.

    Args:
        result: From how the order stands.
        why: What Amazon's refusal is.
    """
    if result.status is CancellationStatus.PENDING:
        return CancellationResult(status=CancellationStatus.REFUSED, message=why)
    return result


def to_rates(previews: Sequence[schemas.Preview], *, carrier: str) -> list[Rate]:
    """Return what each speed would cost, of those that can be had and have a price in one currency.

    Args:
        previews: Amazon's.
        carrier: The account's key.
    """
    rates = []
    for preview in previews:
        fees = preview.estimated_fees or []
        if not preview.is_fulfillable or len({fee.amount.currency_code for fee in fees}) != 1:
            continue
        charges = [Charge(code=fee.name, description=fee.name, amount=_to_money(fee.amount)) for fee in fees]
        rates.append(
            Rate(
                carrier=carrier,
                service=Service(code=preview.shipping_speed_category, name=preview.shipping_speed_category),
                total=sum((charge.amount for charge in charges[1:]), start=charges[0].amount),
                charges=charges,
                estimated_delivery=_latest(preview.fulfillment_preview_shipments or ()),
            )
        )
    return rates


def _to_money(price: schemas.Price) -> Money:
    return Money(amount=price.value, currency=price.currency_code)


def to_moment(text: str | None) -> datetime | None:
    """Read a time with its zone; ``None`` for what is not one."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _latest(shipments: Sequence[schemas.PreviewShipment]) -> datetime | None:
    """Return when the last shipment arrives at the latest; ``None`` as soon as one of them has no date."""
    moments = [to_moment(shipment.latest_arrival_date) for shipment in shipments]
    known = [moment for moment in moments if moment is not None]
    return max(known) if known and len(known) == len(moments) else None


def unfulfillable(previews: Sequence[schemas.Preview]) -> tuple[Problem, ...]:
    """Return why an order cannot be shipped at any speed, without Amazon's free text."""
    problems: dict[tuple[str | None, str], Problem] = {}
    for preview in previews:
        for item in preview.unfulfillable_preview_items or ():
            for reason in item.item_unfulfillable_reasons or [""]:
                code = reason if _CODE.fullmatch(reason) else None
                words = f"the article {item.seller_sku or '?'} cannot be shipped"
                problems.setdefault((code, words), Problem(message=words, code=code, field="items"))
        for reason in preview.order_unfulfillable_reasons or ():
            code = reason if _CODE.fullmatch(reason) else None
            problems.setdefault((code, ""), Problem(message="the order cannot be shipped", code=code))
    return tuple(problems.values())
