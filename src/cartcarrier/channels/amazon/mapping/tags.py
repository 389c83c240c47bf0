"""What Amazon marks an order with, and what people wrote to it (field guide amazon.md §2.3, §2.8)."""

from collections.abc import Iterator
from typing import Final

from cartcarrier.channels.amazon.schemas import orders as schemas

_PROGRAMS: Final = {"AMAZON_BUSINESS": "business", "AMAZON_EASY_SHIP": "easy_ship"}
_ASSOCIATIONS: Final = {"REPLACEMENT_ORIGINAL_ID": "replacement", "EXCHANGE_ORIGINAL_ID": "exchange"}
_CONSTRAINTS: Final = (
    "signature_confirmation",
    "recipient_age_verification",
    "recipient_identity_verification",
    "cash_on_delivery",
    "pallet_delivery",
)
_PICKUP_POINT: Final = "PICKUP_POINT"


def to_tags(node: schemas.Order) -> tuple[str, ...]:
    """Return what an order is marked with, in small letters, each once; programs that are new under their own name."""
    return tuple(dict.fromkeys(_tags(node)))


def _tags(node: schemas.Order) -> Iterator[str]:
    yield from (_program(program) for program in node.programs or ())
    for other in node.associated_orders or ():
        word = _ASSOCIATIONS.get(other.association_type or "", _plain(other.association_type or ""))
        if word:
            yield word
        if word and other.order_id:
            yield f"{word}_of:{other.order_id}"
    address = node.recipient.delivery_address if node.recipient is not None else None
    if address is not None and address.address_type == _PICKUP_POINT:
        yield "pickup_point"
    for item in node.order_items:
        yield from _of_item(item)


def _of_item(item: schemas.OrderItem) -> Iterator[str]:
    yield from (_program(program) for program in item.programs or ())
    packing = item.fulfillment.packing if item.fulfillment is not None else None
    shipping = item.fulfillment.shipping if item.fulfillment is not None else None
    gift = packing.gift_option if packing is not None else None
    if gift is not None:
        yield "gift"
        if gift.gift_wrap_level:
            yield f"gift_wrap:{gift.gift_wrap_level.strip().lower()}"
    serials = packing.serial_number_requirement if packing is not None else None
    if serials is not None and serials.requirement_type == "REQUIRED":
        yield "serial_numbers"
    constraints = shipping.shipping_constraints if shipping is not None else None
    if constraints is not None:
        yield from (name for name in _CONSTRAINTS if getattr(constraints, name) == "MANDATORY")


def _program(program: str) -> str:
    return _PROGRAMS.get(program, _plain(program))


def _plain(word: str) -> str:
    return word.strip().lower().replace(" ", "_").replace("-", "_")


def to_notes(node: schemas.Order) -> str | None:
    """Return what buyer and seller wrote: numbers of theirs, where to leave it, what the card of a present is to say."""
    notes: list[str] = []
    if node.buyer is not None and node.buyer.buyer_purchase_order_number:
        notes.append(f"purchase order: {node.buyer.buyer_purchase_order_number}")
    if node.buyer is not None and node.buyer.buyer_company_name:
        notes.append(f"buyer's company: {node.buyer.buyer_company_name}")
    notes += [
        f"seller's number: {one.alias_id}" for one in node.order_aliases or () if one.alias_type == "SELLER_ORDER_ID"
    ]
    preference = node.recipient.delivery_preference if node.recipient is not None else None
    if preference is not None:
        notes += [text for text in (preference.drop_off_location, preference.address_instruction) if text]
    for item in node.order_items:
        packing = item.fulfillment.packing if item.fulfillment is not None else None
        gift = packing.gift_option if packing is not None else None
        if gift is not None and gift.gift_message:
            notes.append(f"line {item.order_item_id}: {gift.gift_message}")
    return "\n".join(dict.fromkeys(notes)) or None
