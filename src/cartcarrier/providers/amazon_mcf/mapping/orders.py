"""Our orders as Amazon's warehouse takes them, and whether one that it has is the same."""

import hashlib
import re
from typing import Final

from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import Address, FulfilledBy, Order, OrderLine, OrderStatus
from cartcarrier.platforms.amazon import MARKETPLACES
from cartcarrier.providers.amazon_mcf import schemas
from cartcarrier.providers.amazon_mcf.config import SPEEDS, AmazonMCFConfig

# Ids with a space or a plus cannot be fetched back (field guide amazon.md §5.1, §8.14).
_REFERENCE: Final = re.compile(r"[A-Za-z0-9-]{1,40}")
_SKU: Final = 50
_ITEM_ID: Final = 50
_MOST_LINES: Final = 100
_MOST_UNITS: Final = 250
_DISPLAY_ID: Final = 40
_EMAIL: Final = 64
_LINES: Final = 3
_MARK: Final = 8
_MARKED: Final = re.compile(r"(.+)-([0-9a-f]{8})")
_CLOSED: Final = frozenset({OrderStatus.CANCELLED, OrderStatus.PENDING, OrderStatus.ON_HOLD})


def check_reference(reference: str) -> None:
    """Demand a reference that Amazon gives back unharmed.

    Raises:
        InvalidValueError: It is not 1 to 40 letters, digits and hyphens.
    """
    if not _REFERENCE.fullmatch(reference):
        raise InvalidValueError("reference must be 1 to 40 letters, digits and hyphens", field="reference")


def check_shippable(order: Order) -> None:
    """Demand an order that may be shipped now.

    Raises:
        InvalidValueError: It is not ours to ship, or must wait.
    """
    if order.fulfilled_by is FulfilledBy.CHANNEL:
        msg = f"order {order.ref} is shipped by its channel; it is not ours to ship"
        raise InvalidValueError(msg, field="order.fulfilled_by")
    if order.status in _CLOSED:
        raise InvalidValueError(
            f"order {order.ref} is {order.status}: it must not be shipped now", field="order.status"
        )
    if order.cancel_requested:
        msg = f"somebody asks to cancel order {order.ref}: answer that first"
        raise InvalidValueError(msg, field="order.cancel_requested")
    if order.holds:
        msg = f"order {order.ref} is on hold ({', '.join(order.holds)}): it must not be shipped now"
        raise InvalidValueError(msg, field="order.holds")


def to_speed(service: str | None, config: AmazonMCFConfig) -> str:
    """Return the speed that is asked for.

    Raises:
        UnsupportedOperationError: It is a scheduled delivery, for which a window would have to be chosen.
        InvalidValueError: It is no speed of Amazon's.
    """
    if service is None:
        return config.shipping_speed
    if service == "ScheduledDelivery":
        msg = "amazon-mcf: a scheduled delivery needs a window, which an order here does not have; nothing was sent"
        raise UnsupportedOperationError(msg, field="service")
    if service not in SPEEDS:
        raise InvalidValueError(f"service must be one of {', '.join(SPEEDS)}", field="service")
    return service


def to_preview(order: Order, config: AmazonMCFConfig) -> schemas.PreviewRequest:
    """Return the question what an order would cost.

    Raises:
        InvalidValueError: Something of the order is missing or does not fit; the error names it.
        UnsupportedOperationError: The marketplace wants more than an order has.
    """
    return schemas.PreviewRequest(
        marketplace_id=_marketplace(config),
        address=_to_address(order),
        items=[
            schemas.PreviewItem(
                seller_sku=item.seller_sku,
                seller_fulfillment_order_item_id=item.seller_fulfillment_order_item_id,
                quantity=item.quantity,
            )
            for item in _items(order)
        ],
        shipping_speed_categories=list(SPEEDS),
        feature_constraints=_features(config),
    )


def to_order(order: Order, config: AmazonMCFConfig, *, reference: str, service: str | None) -> schemas.OrderRequest:
    """Return the order for the warehouse: all that is open, under our reference.

    Raises:
        InvalidValueError: Something of the order is missing or does not fit; the error names it.
        UnsupportedOperationError: The marketplace or the speed wants more than an order has.
    """
    return schemas.OrderRequest(
        marketplace_id=_marketplace(config),
        seller_fulfillment_order_id=reference,
        displayable_order_id=_displayable(order.number) or reference,
        displayable_order_date=order.placed_at.isoformat(),
        displayable_order_comment=config.comment,
        shipping_speed_category=to_speed(service, config),
        destination_address=_to_address(order),
        fulfillment_action="Ship",
        fulfillment_policy=config.fulfillment_policy,
        notification_emails=_emails(order, config),
        feature_constraints=_features(config),
        items=_items(order),
    )


def _marketplace(config: AmazonMCFConfig) -> str:
    first = config.marketplace_ids[0]
    market = MARKETPLACES.get(first)
    if market is not None and market.country_code == "IN":
        # Payment information is demanded there (field guide amazon.md §5.1), and an order does not hold it.
        msg = "amazon-mcf: India wants payment information that an order here does not have; nothing was sent"
        raise UnsupportedOperationError(msg, field="marketplace_ids")
    return first


def _features(config: AmazonMCFConfig) -> list[schemas.Feature] | None:
    return [
        schemas.Feature(feature_name=name, feature_fulfillment_policy="Required") for name in config.features
    ] or None


def _emails(order: Order, config: AmazonMCFConfig) -> list[str] | None:
    if not config.notify_buyer:
        return None
    field = "order.ship_to.email"
    email = (order.ship_to.email if order.ship_to is not None else None) or (
        order.buyer.email if order.buyer is not None else None
    )
    if not email or len(email) > _EMAIL:
        raise InvalidValueError(
            f"{field} must be given, with up to {_EMAIL} characters, to notify the buyer", field=field
        )
    return [email]


def _displayable(number: str) -> str | None:
    """Return what the recipient sees as the order's number; ``None`` when Amazon cannot show it (field guide amazon.md §5.1)."""
    said = number.strip()
    try:
        said.encode("latin-1")
    except UnicodeEncodeError:
        return None
    return said if 0 < len(said) <= _DISPLAY_ID and "  " not in said else None


def _to_address(order: Order) -> schemas.Address:
    address = order.ship_to
    if address is None:
        msg = f"order {order.ref} has no address to ship to, or its channel withholds it"
        raise InvalidValueError(msg, field="order.ship_to")
    name = (address.name or "").strip() or (address.company or "").strip()
    if not name:
        field = "order.ship_to.name"
        raise InvalidValueError(f"{field} must be given: Amazon demands it", field=field)
    postal_code = (address.postal_code or "").strip()
    if not postal_code:
        field = "order.ship_to.postal_code"
        raise InvalidValueError(f"{field} must be given: Amazon demands it", field=field)
    lines = _lines(address, name)
    japan = address.country_code == "JP"
    return schemas.Address(
        name=name,
        address_line1=lines[0],
        address_line2=lines[1] if len(lines) > 1 else None,
        address_line3=lines[2] if len(lines) > 2 else None,
        # Demanded everywhere but in Japan, where it must be absent (field guide amazon.md §5.1): there it begins the first line.
        city=None if japan else address.city.strip(),
        state_or_region=(address.region or "").strip() or None,
        postal_code=postal_code,
        country_code=address.country_code,
        phone=(address.phone or "").strip() or None,
    )


def _lines(address: Address, name: str) -> list[str]:
    lines = [said for line in (address.street1, address.street2, address.street3) if (said := (line or "").strip())]
    city = address.city.strip()
    if address.country_code == "JP" and city not in lines[0]:
        lines[0] = f"{city} {lines[0]}"
    company = (address.company or "").strip()
    for extra, field in (
        (company if company != name else "", "company"),
        (address.delivery_reference, "delivery_reference"),
    ):
        said = (extra or "").strip()
        if not said or any(said in line for line in lines):
            continue
        lines.append(said)
        if len(lines) > _LINES:
            path = f"order.ship_to.{field}"
            raise InvalidValueError(f"{path}: Amazon has three address lines, and none is left for it", field=path)
    return lines


def _open_lines(order: Order) -> list[OrderLine]:
    return [line for line in order.lines if line.requires_shipping and line.unfulfilled_quantity]


def _mark(order: Order) -> str:
    """Return a short digest of whose order it is and where it goes: by it a reference that is used twice is known."""
    address = order.ship_to
    parts = [order.channel, order.id]
    if address is not None:
        parts += [
            part or ""
            for part in (
                address.name,
                address.company,
                address.street1,
                address.street2,
                address.street3,
                address.city,
                address.region,
                address.postal_code,
                address.country_code,
            )
        ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_MARK]


def _items(order: Order) -> list[schemas.OrderItem]:
    lines = _open_lines(order)
    if not lines:
        raise InvalidValueError(
            f"nothing of order {order.ref} is open that is shipped in a parcel", field="order.lines"
        )
    if len(lines) > _MOST_LINES:
        msg = f"order {order.ref} has {len(lines)} open lines, and Amazon takes {_MOST_LINES}"
        raise InvalidValueError(msg, field="order.lines")
    units = sum(line.unfulfilled_quantity for line in lines)
    if units > _MOST_UNITS:
        msg = f"order {order.ref} has {units} open pieces, and Amazon takes {_MOST_UNITS}"
        raise InvalidValueError(msg, field="order.lines")
    mark = _mark(order)
    items = []
    for place, line in enumerate(order.lines):
        if line not in lines:
            continue
        sku = line.sku or ""
        if not 0 < len(sku) <= _SKU:
            field = f"order.lines[{place}].sku"
            raise InvalidValueError(f"{field} must be the SKU of the FBA stock, 1 to {_SKU} characters", field=field)
        item_id = f"{line.id}-{mark}"
        if len(item_id) > _ITEM_ID:
            field = f"order.lines[{place}].id"
            raise InvalidValueError(f"{field} has more than {_ITEM_ID - _MARK - 1} characters", field=field)
        items.append(
            schemas.OrderItem(
                seller_sku=sku, seller_fulfillment_order_item_id=item_id, quantity=line.unfulfilled_quantity
            )
        )
    return items


def line_id(item_id: str) -> str:
    """Return the order's line of an item; the item's own id where somebody else made it."""
    match = _MARKED.fullmatch(item_id)
    return match[1] if match is not None else item_id


def conflict(order: Order, placed: schemas.PlacedOrder, *, speed: str) -> str | None:
    """Return why an order that the warehouse has is not this one; ``None`` when it is.

    What has left since does not count: the warehouse may have more pieces than are open now, not fewer.

    Args:
        order: Ours.
        placed: What the warehouse has under the reference.
        speed: The speed that is asked for.
    """
    mark = _mark(order)
    lines = {line.id: line for line in order.lines}
    had: dict[str, int] = {}
    for item in placed.fulfillment_order_items or ():
        match = _MARKED.fullmatch(item.seller_fulfillment_order_item_id)
        if match is None or match[2] != mark:
            return "it stands for another order, or for another address"
        line = lines.get(match[1])
        if line is None or (item.seller_sku is not None and item.seller_sku != line.sku):
            return "it stands for other articles"
        if item.quantity > line.quantity:
            return f"it stands for {item.quantity} pieces of line {line.id}, which has {line.quantity}"
        had[line.id] = item.quantity
    for line in _open_lines(order):
        if had.get(line.id, 0) < line.unfulfilled_quantity:
            return f"it stands for {had.get(line.id, 0)} pieces of line {line.id}, and {line.unfulfilled_quantity} are open"
    was = placed.fulfillment_order.shipping_speed_category
    if was is not None and was.lower() != speed.lower():
        return f"it was handed over for {was}, not for {speed}"
    return None
