"""What eBay marks an order with, and what its buyer wrote (field guide ebay.md §5, §5.1, §5.2)."""

from collections.abc import Iterator
from typing import Final

from cartcarrier.channels.ebay import codes, schemas

_DIGITAL, _PICKUP = "DIGITAL", "PREPARE_FOR_PICKUP"
_ORDINARY_SALE: Final = "FIXED_PRICE"


def to_tags(order: schemas.Order) -> tuple[str, ...]:
    """Return what an order is marked with, in small letters, each once."""
    return tuple(dict.fromkeys(_tags(order)))


def _tags(order: schemas.Order) -> Iterator[str]:
    program = order.program or schemas.Program()
    instruction = next(iter(order.fulfillment_start_instructions or ()), None)
    kind = instruction.fulfillment_instructions_type if instruction is not None else None
    to_hub = (
        instruction is not None
        and instruction.ebay_supported_fulfillment
        and instruction.final_destination_address is not None
        and program.authenticity_verification is None
    )
    if program.authenticity_verification is not None:
        yield "authenticity_guarantee"
    if program.ebay_international_shipping is not None or to_hub:
        yield "international_shipping"
    if program.ebay_vault is not None:
        yield "vault"
    if program.ebay_shipping is not None:
        yield "ebay_shipping"
    if kind == codes.CHANNEL_TYPE or program.fulfillment_program is not None:
        yield "fulfilled_by_ebay"
    if kind == _PICKUP:
        yield "pickup"
    if kind == _DIGITAL:
        yield "digital"
    for line in order.line_items:
        yield from _of_line(line)


def _of_line(line: schemas.LineItem) -> Iterator[str]:
    properties = line.properties or schemas.LineProperties()
    if line.sold_format and line.sold_format != _ORDINARY_SALE:
        yield line.sold_format.strip().lower()
    if properties.from_best_offer:
        yield "best_offer"
    if properties.sold_via_ad_campaign:
        yield "ad_campaign"
    if line.gift_details is not None:
        yield "gift"


def to_notes(order: schemas.Order) -> str | None:
    """Return what the buyer wrote: to the seller at checkout, and to whom a line is a present for."""
    notes = [order.buyer_checkout_notes]
    notes += [
        f"line {line.line_item_id}: {line.gift_details.message}"
        for line in order.line_items
        if line.gift_details is not None and line.gift_details.message
    ]
    return "\n".join(note for note in notes if note) or None
