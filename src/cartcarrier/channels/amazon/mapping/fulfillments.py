"""Packages: what Amazon is told, and what it knows (field guide amazon.md §2.5, §2.6)."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import attrs

from cartcarrier.channels.amazon import codes
from cartcarrier.channels.amazon.config import AmazonConfig
from cartcarrier.channels.amazon.schemas import orders as schemas
from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.models import Fulfillment, FulfillmentParcel, FulfillmentStatus

# Pitfall 9: digits, and never a number in JSON.
_REFERENCE: Final = re.compile(r"[1-9][0-9]{0,8}")
_LOWEST: Final = 1_000_000
_SPAN: Final = 999_000_000


@attrs.frozen(kw_only=True)
class OrderFacts:
    """What a confirmation must know of its order. No personal data.

    Attributes:
        marketplace_id: Where it was sold.
        programs: What it takes part in.
        by_amazon: Amazon ships it.
        cash_on_delivery: The carrier collects the money.
    """

    marketplace_id: str
    programs: frozenset[str] = frozenset()
    by_amazon: bool = False
    cash_on_delivery: bool = False


def order_facts(node: schemas.Order, *, fallback: str) -> OrderFacts:
    """Return what a confirmation must know.

    Args:
        node: The order.
        fallback: The marketplace of an order that names none.
    """
    cash = any(
        item.fulfillment is not None
        and item.fulfillment.shipping is not None
        and item.fulfillment.shipping.shipping_constraints is not None
        and item.fulfillment.shipping.shipping_constraints.cash_on_delivery == "MANDATORY"
        for item in node.order_items
    )
    return OrderFacts(
        marketplace_id=node.sales_channel.marketplace_id or fallback,
        programs=frozenset(node.programs or ()),
        by_amazon=node.fulfillment is not None and node.fulfillment.fulfilled_by == "AMAZON",
        cash_on_delivery=cash,
    )


@attrs.frozen(kw_only=True)
class Package:
    """One package to tell Amazon of.

    Attributes:
        reference: Its ``packageReferenceId``.
        parcel: With carrier and number.
        lines: What is in it.
    """

    reference: str
    parcel: FulfillmentParcel
    lines: Mapping[str, int]


def package_reference(reference: str, index: int) -> str:
    """Return the number under which Amazon is told of a parcel: the same on every try, whoever makes it.

    A reference of digits is taken as it is. Another becomes a number of seven to nine digits, above what people count to, so
    that packages entered by hand are not edited by accident. Two parcels of one order meet by chance once in 10**9.

    Args:
        reference: Ours, of the fulfillment.
        index: Which of its parcels.
    """
    if index == 0 and _REFERENCE.fullmatch(reference):
        return reference
    digest = hashlib.sha256(f"{reference}\n{index}".encode()).digest()
    return str(_LOWEST + int.from_bytes(digest[:8], "big") % _SPAN)


def plan_packages(fulfillment: Fulfillment, references: Sequence[str] | None = None) -> tuple[Package, ...]:
    """Return the packages to tell Amazon of: one call is one package, with what is in it (§2.6).

    Where several parcels do not say what is in each, all is told under the first one's number: Amazon wants contents, and a
    late confirmation costs more than a number that its buyer does not see.

    Args:
        fulfillment: What left.
        references: Of packages that Amazon knows, to edit them; ``None`` to make them from the fulfillment's reference.

    Raises:
        UnsupportedOperationError: A parcel has no number: Amazon cannot be told of it.
    """
    if not fulfillment.parcels:
        msg = "amazon: a confirmation needs a parcel with carrier and tracking number"
        raise UnsupportedOperationError(msg, field="parcels")
    told: list[tuple[FulfillmentParcel, Mapping[str, int]]]
    contents: Counter[str] = Counter()
    for parcel in fulfillment.parcels:
        contents.update(dict(parcel.lines or {}))
    if all(parcel.lines for parcel in fulfillment.parcels) and contents == Counter(dict(fulfillment.lines)):
        told = [(parcel, parcel.lines or {}) for parcel in fulfillment.parcels]
    else:
        told = [(fulfillment.parcels[0], fulfillment.lines)]
    if any(parcel.tracking_number is None for parcel, _ in told):
        msg = "amazon: a confirmation needs the tracking number of every parcel"
        raise UnsupportedOperationError(msg, field="parcels.tracking_number")
    if references is not None and len(references) < len(told):
        msg = f"amazon: {len(references)} packages cannot be edited into {len(told)}; tell of the others by fulfill()"
        raise UnsupportedOperationError(msg, field="parcels")
    return tuple(
        Package(
            reference=references[index] if references is not None else package_reference(fulfillment.reference, index),
            parcel=parcel,
            lines=lines,
        )
        for index, (parcel, lines) in enumerate(told)
    )


def to_confirmation(
    package: Package,
    fulfillment: Fulfillment,
    facts: OrderFacts,
    config: AmazonConfig,
    *,
    now: datetime,
    transparency_codes: Mapping[str, Sequence[str]] | None = None,
) -> schemas.Confirmation:
    """Return what ``confirmShipment`` sends for one package.

    Args:
        package: Which.
        fulfillment: What it belongs to.
        facts: Of the order.
        config: With carrier codes of the seller's own.
        now: No parcel leaves later: what Amazon does with a date ahead is not known, so it is cut (§2.6).
        transparency_codes: By line, for articles that have them.
    """
    code, shown = codes.carrier_words(package.parcel.carrier, config.own_carrier_codes)
    shipped = min(fulfillment.shipped_at, now).astimezone(UTC)
    return schemas.Confirmation(
        marketplace_id=facts.marketplace_id,
        cod_collection_method="DirectPayment" if facts.cash_on_delivery else None,
        package_detail=schemas.PackageDetail(
            package_reference_id=package.reference,
            carrier_code=code,
            carrier_name=shown,
            shipping_method=package.parcel.service,
            tracking_number=package.parcel.tracking_number or "",
            ship_date=shipped.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            ship_from_supply_source_id=fulfillment.location_id,
            order_items=[
                schemas.ConfirmedItem(
                    order_item_id=line_id,
                    quantity=quantity,
                    transparency_codes=list((transparency_codes or {}).get(line_id, ())) or None,
                )
                for line_id, quantity in package.lines.items()
            ],
        ),
    )


def to_fulfillment(node: schemas.Order, package: schemas.OrderPackage) -> Fulfillment:
    """Return what Amazon knows of a package."""
    carrier = (package.carrier or "").strip()
    state = package.package_status.status if package.package_status is not None else None
    lines: Counter[str] = Counter()
    for item in package.package_items or ():
        if item.quantity > 0:
            lines[item.order_item_id] += item.quantity
    return Fulfillment(
        order_id=node.order_id,
        lines=dict(lines),
        parcels=[
            FulfillmentParcel(
                carrier=codes.DRIVERS.get(carrier.lower(), carrier) or "unknown",
                tracking_number=(package.tracking_number or "").strip() or None,
                service=package.shipping_service or None,
            )
        ],
        # Equal to ours only where ours is of digits; another reference of ours cannot be had back.
        reference=package.package_reference_id,
        id=package.package_reference_id,
        shipped_at=package.ship_time or package.created_time or node.last_updated_time,
        # Amazon writes to the buyer always.
        notify_buyer=True,
        status=FulfillmentStatus.CANCELLED if state == codes.PACKAGE_CANCELLED else FulfillmentStatus.ACTIVE,
    )


def told_package(package: Package, known: Iterable[schemas.OrderPackage]) -> schemas.OrderPackage | None:
    """Return the package by which Amazon knows of one of ours already: by its number, and with all that is in it."""
    number = (package.parcel.tracking_number or "").strip().lower()
    for other in known:
        if other.package_status is not None and other.package_status.status == codes.PACKAGE_CANCELLED:
            continue
        if (other.tracking_number or "").strip().lower() != number:
            continue
        inside: Counter[str] = Counter()
        for item in other.package_items or ():
            inside[item.order_item_id] += item.quantity
        if not inside or all(inside[line_id] >= quantity for line_id, quantity in package.lines.items()):
            return other
    return None


def with_packages(fulfillment: Fulfillment, packages: Sequence[Package], ids: Sequence[str]) -> Fulfillment:
    """Return a fulfillment as Amazon was told of it: the parcels that it knows, and their ids joined by commas."""
    return attrs.evolve(fulfillment, id=",".join(ids), parcels=[package.parcel for package in packages])
