"""How far an order is, and why it must wait (field guide ebay.md §5.2, §15.1)."""

from typing import Final

from cartcarrier.channels.ebay import codes, schemas
from cartcarrier.channels.ebay.mapping.addresses import same_place
from cartcarrier.models import FulfilledBy, OrderStatus

EBAY_LABEL: Final = "EBAY_LABEL"
STANDARD_ENVELOPE: Final = "STANDARD_ENVELOPE"
VAULT: Final = "VAULT"
SELLER_DEFINED: Final = "SELLER_DEFINED"
PICKUP: Final = "PICKUP"
HUB_REFERENCE_MISSING: Final = "HUB_REFERENCE_MISSING"
AUTHENTICATOR_UNKNOWN: Final = "AUTHENTICATOR_UNKNOWN"
SEVERAL_DESTINATIONS: Final = "SEVERAL_DESTINATIONS"
UNKNOWN_INSTRUCTION: Final = "UNKNOWN_INSTRUCTION"
ADDRESS_WITHHELD: Final = "ADDRESS_WITHHELD"
ADDRESS_NOT_EXPRESSIBLE: Final = "ADDRESS_NOT_EXPRESSIBLE"
CURRENCY_NOT_EXPRESSIBLE: Final = "CURRENCY_NOT_EXPRESSIBLE"
"""Why an order must wait, in words of ours: eBay has none."""

_BY_FULFILLMENT: Final = {
    "NOT_STARTED": OrderStatus.UNFULFILLED,
    "IN_PROGRESS": OrderStatus.PARTIALLY_FULFILLED,
    "FULFILLED": OrderStatus.FULFILLED,
}
_PAYMENTS: Final = frozenset(codes.PAYMENT_STATUS)
_CANCEL_STATES: Final = frozenset({None, "NONE_REQUESTED", "IN_PROGRESS", "CANCELED"})


def instruction_of(order: schemas.Order) -> schemas.StartInstruction | None:
    """Return how an order is fulfilled; there is one instruction today."""
    instructions = order.fulfillment_start_instructions
    return instructions[0] if instructions else None


def cancel_state(order: schemas.Order) -> str | None:
    """Return eBay's word for how a cancellation stands."""
    return order.cancel_status.cancel_state if order.cancel_status is not None else None


def is_cancelled(order: schemas.Order) -> bool:
    """Return whether nothing of an order is to leave any more: cancelled, or all money back before anything left."""
    if cancel_state(order) == "CANCELED":
        return True
    return order.order_payment_status == "FULLY_REFUNDED" and order.order_fulfillment_status == "NOT_STARTED"


def fulfilled_by(order: schemas.Order) -> FulfilledBy:
    """Return who ships an order."""
    instruction = instruction_of(order)
    if instruction is not None and instruction.fulfillment_instructions_type == codes.CHANNEL_TYPE:
        return FulfilledBy.CHANNEL
    program = order.program.fulfillment_program if order.program is not None else None
    if program is not None and program.fulfilled_by is not None:
        return FulfilledBy.CHANNEL
    return FulfilledBy.MERCHANT


def needs_parcel(order: schemas.Order) -> bool:
    """Return whether an order is sent at all: neither downloaded nor fetched."""
    instruction = instruction_of(order)
    return instruction is None or instruction.fulfillment_instructions_type not in codes.NO_PARCEL_TYPES


def holds(order: schemas.Order) -> list[str]:
    """Return why no label may be bought for an order, as far as eBay's programs go."""
    found: list[str] = []
    program = order.program
    instruction = instruction_of(order)
    if program is not None:
        shipping, vault = program.ebay_shipping, program.ebay_vault
        if shipping is not None and shipping.shipping_label_provided_by == "EBAY":
            found.append(EBAY_LABEL)
        if vault is not None and _plain(vault.fulfillment_type) != codes.SELLER_TO_VAULT:
            found.append(VAULT)
    if instruction is None:
        return found
    if len(order.fulfillment_start_instructions or ()) > 1:
        found.append(SEVERAL_DESTINATIONS)
    kind = instruction.fulfillment_instructions_type
    if kind == "SELLER_DEFINED":
        found.append(SELLER_DEFINED)
    elif kind == "PREPARE_FOR_PICKUP":
        found.append(PICKUP)
    elif kind is not None and kind not in codes.KNOWN_TYPES:
        found.append(UNKNOWN_INSTRUCTION)
    step = instruction.shipping_step
    if step is None:
        return found
    if step.shipping_service_code == codes.STANDARD_ENVELOPE:
        found.append(STANDARD_ENVELOPE)
    return found + _hub_holds(order, instruction, step)


def _hub_holds(order: schemas.Order, instruction: schemas.StartInstruction, step: schemas.ShippingStep) -> list[str]:
    """Return what is wrong with an order that goes to a place of eBay's first."""
    program = order.program
    authentic = program is not None and program.authenticity_verification is not None
    abroad = program is not None and program.ebay_international_shipping is not None
    final = instruction.final_destination_address
    if authentic:
        # The description contradicts itself about which of the two is the authenticator: ask a person when in doubt (§5.2).
        to = step.ship_to.contact_address if step.ship_to is not None else None
        return [AUTHENTICATOR_UNKNOWN] if same_place(to, final) else []
    hub = abroad or (instruction.ebay_supported_fulfillment and final is not None)
    if hub and not (step.ship_to_reference_id or "").strip():
        return [HUB_REFERENCE_MISSING]
    return []


def order_status(order: schemas.Order, *, held: bool) -> OrderStatus:
    """Return how far an order is.

    Args:
        order: As eBay has it.
        held: Whether something stands in the way of shipping it.
    """
    if is_cancelled(order):
        return OrderStatus.CANCELLED
    if order.order_payment_status in codes.UNPAID:
        return OrderStatus.PENDING
    status = _BY_FULFILLMENT.get(order.order_fulfillment_status or "", OrderStatus.UNKNOWN)
    payment_known = order.order_payment_status is None or order.order_payment_status in _PAYMENTS
    if not payment_known or cancel_state(order) not in _CANCEL_STATES:
        return OrderStatus.UNKNOWN
    if status is OrderStatus.UNFULFILLED and (held or cancel_state(order) == "IN_PROGRESS"):
        return OrderStatus.ON_HOLD
    if status is OrderStatus.PARTIALLY_FULFILLED and held:
        return OrderStatus.ON_HOLD
    return status


def _plain(text: str | None) -> str:
    # Documented in words ("Seller to Vault"), seen as an enumeration.
    return (text or "").strip().upper().replace(" ", "_")
