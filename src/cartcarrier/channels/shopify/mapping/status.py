"""How far an order is, out of its fulfillment orders (field guide shopify.md §18.1)."""

from typing import Final

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.channels.shopify.mapping.shares import Tally
from cartcarrier.models import OrderStatus

_PENDING: Final = OrderStatus.PENDING
_UNFULFILLED: Final = OrderStatus.UNFULFILLED
_PARTIALLY_FULFILLED: Final = OrderStatus.PARTIALLY_FULFILLED
_FULFILLED: Final = OrderStatus.FULFILLED
_CANCELLED: Final = OrderStatus.CANCELLED
_ON_HOLD: Final = OrderStatus.ON_HOLD
_UNKNOWN: Final = OrderStatus.UNKNOWN


def payment_blocks(node: schemas.Order) -> bool:
    """Return whether money that a card or the like should bring has not come.

    Cash on delivery, bank transfers and the like stay ``PENDING`` too, but that is how they are meant
    (field guide shopify.md §8, pitfall 25).
    """
    status = node.display_financial_status
    if status == "PENDING":
        return not any(payment.manual_payment_gateway for payment in node.transactions)
    return status in {"EXPIRED", "VOIDED"}


def order_status(node: schemas.Order, tally: Tally) -> OrderStatus:
    """Return the status of an order; the first rule that fits counts.

    Args:
        node: The order.
        tally: Its fulfillment orders, as far as they are ours.
    """
    if node.cancelled_at is not None:
        return _CANCELLED
    # What is picked up, downloaded or handed over counts only where nothing is to be sent.
    waiting = tally.waiting
    if not waiting and tally.other_waiting and not _parcels_left(tally):
        waiting = tally.other_waiting
    if not waiting:
        return _finished(node, tally) if tally.over or tally.other_waiting else _unrouted(node)
    if payment_blocks(node):
        # A void with nothing shipped waits for a person; all else waits for the money.
        void = node.display_financial_status == "VOIDED" and not _anything_left(node)
        return _ON_HOLD if void else _PENDING
    states = {share.status for share in waiting}
    if states <= codes.WAITING_STATUSES or node.display_fulfillment_status == "REQUEST_DECLINED":
        return _ON_HOLD
    if states & codes.OPEN_STATUSES:
        return _PARTIALLY_FULFILLED if _anything_left(node) else _UNFULFILLED
    return _UNKNOWN


def _parcels_left(tally: Tally) -> bool:
    return any(
        share.delivery_method is None or share.delivery_method.method_type not in codes.NO_PARCEL_METHODS
        for share in tally.over
    )


def _anything_left(node: schemas.Order) -> bool:
    if node.display_fulfillment_status == "PARTIALLY_FULFILLED":
        return True
    return bool(node.fulfillments) and any(told.status in codes.LIVE_FULFILLMENTS for told in node.fulfillments)


def _unrouted(node: schemas.Order) -> OrderStatus:
    """Return the status where there is no fulfillment order: routing takes its time (field guide shopify.md, pitfall 1)."""
    display = node.display_fulfillment_status
    if display in codes.DONE_DISPLAY:
        return _FULFILLED
    if any(line.unfulfilled_quantity > 0 for line in node.line_items.nodes):
        return _PENDING
    if _anything_left(node):
        return _FULFILLED
    return _PENDING if display in codes.KNOWN_DISPLAY else _UNKNOWN


def _finished(node: schemas.Order, tally: Tally) -> OrderStatus:
    """Return the status where nothing remains."""
    states = {share.status for share in tally.over}
    if not states <= codes.KNOWN_STATUSES:
        return _UNKNOWN
    if "CLOSED" in states or _anything_left(node) or node.display_fulfillment_status in codes.DONE_DISPLAY:
        return _FULFILLED
    # Every share was taken back and none took its place: all lines were removed or refunded, and nothing is left to ship.
    return _CANCELLED
