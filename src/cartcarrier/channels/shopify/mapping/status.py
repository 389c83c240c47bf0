"""How far an order is, out of its fulfillment orders (field guide shopify.md §18.1)."""

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.channels.shopify.mapping.shares import Tally
from cartcarrier.models import OrderStatus


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
        return OrderStatus.CANCELLED
    # What is picked up, downloaded or handed over counts only where nothing is to be sent.
    waiting = tally.waiting or ([] if _parcels_left(tally) else tally.other_waiting)
    if not waiting:
        return _finished(node, tally) if tally.over or tally.other_waiting else _unrouted(node)
    if payment_blocks(node):
        # A void with nothing shipped waits for a person; all else waits for the money.
        void = node.display_financial_status == "VOIDED" and not _anything_left(node)
        return OrderStatus.ON_HOLD if void else OrderStatus.PENDING
    states = {share.status for share in waiting}
    if states <= codes.WAITING_STATUSES or node.display_fulfillment_status == "REQUEST_DECLINED":
        return OrderStatus.ON_HOLD
    if states & codes.OPEN_STATUSES:
        return OrderStatus.PARTIALLY_FULFILLED if _anything_left(node) else OrderStatus.UNFULFILLED
    return OrderStatus.UNKNOWN


def _parcels_left(tally: Tally) -> bool:
    return any(
        share.delivery_method is None or share.delivery_method.method_type not in codes.NO_PARCEL_METHODS
        for share in tally.over
    )


def _anything_left(node: schemas.Order) -> bool:
    return node.display_fulfillment_status == "PARTIALLY_FULFILLED" or any(
        told.status in codes.LIVE_FULFILLMENTS for told in node.fulfillments
    )


def _unrouted(node: schemas.Order) -> OrderStatus:
    """Return the status where there is no fulfillment order: routing takes its time (field guide shopify.md, pitfall 1)."""
    display = node.display_fulfillment_status
    if display in codes.DONE_DISPLAY:
        return OrderStatus.FULFILLED
    if any(line.unfulfilled_quantity > 0 for line in node.line_items.nodes):
        return OrderStatus.PENDING
    if _anything_left(node):
        return OrderStatus.FULFILLED
    return OrderStatus.PENDING if display in codes.KNOWN_DISPLAY else OrderStatus.UNKNOWN


def _finished(node: schemas.Order, tally: Tally) -> OrderStatus:
    """Return the status where nothing remains."""
    states = {share.status for share in tally.over}
    if not states <= codes.KNOWN_STATUSES:
        return OrderStatus.UNKNOWN
    if "CLOSED" in states or _anything_left(node) or node.display_fulfillment_status in codes.DONE_DISPLAY:
        return OrderStatus.FULFILLED
    # Every share was taken back and none took its place: all lines were removed or refunded, and nothing is left to ship.
    return OrderStatus.CANCELLED
