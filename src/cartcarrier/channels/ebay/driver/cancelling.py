"""Cancelling orders, and answering buyers who ask for that (field guide ebay.md §9)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs

from cartcarrier.channels.ebay import codes, mapping, schemas
from cartcarrier.channels.ebay.client import EbayClient
from cartcarrier.channels.ebay.config import EbayConfig
from cartcarrier.errors import ConflictError, InvalidValueError, RejectedError
from cartcarrier.models import CancellationResult, CancellationStatus

_DONE: Final = CancellationResult(status=CancellationStatus.DONE)
_PENDING: Final = CancellationResult(
    status=CancellationStatus.PENDING, message="eBay is at work on it: the buyer's money is on its way back"
)
_BUYER: Final = "BUYER"


@attrs.frozen
class _Case:
    """How the cancellation of an order stands.

    Attributes:
        order: With its requests.
        asked_by_buyer: The request of the buyer's that waits for an answer.
    """

    order: schemas.Order
    asked_by_buyer: str | None

    @property
    def is_over(self) -> bool:
        return mapping.cancel_state(self.order) == "CANCELED"

    @property
    def is_open(self) -> bool:
        return mapping.cancel_state(self.order) == "IN_PROGRESS"


class Cancelling:
    """Cancels whole orders: eBay knows no others.

    Args:
        client: To ask with.
        config: Tells production from the sandbox, where cancellations cannot be searched.
    """

    def __init__(self, client: EbayClient, config: EbayConfig) -> None:
        self._client = client
        self._config = config

    async def cancel_order(self, order_id: str, reason: str | None) -> CancellationResult:
        """Cancel an order, or accept the buyer's own wish for that.

        Raises:
            NotFoundError: eBay does not know it.
            InvalidValueError: The reason is none of eBay's.
            PermissionDeniedError: A signing key or a consent is missing.
        """
        wanted = _reason(reason)
        case = await self._case(order_id, "cancel_order")
        if case.is_over:
            return CancellationResult(status=CancellationStatus.DONE, message="cancelled already")
        if case.asked_by_buyer is not None:
            await self._client.approve_cancellation(case.asked_by_buyer, operation="cancel_order")
            return await self._outcome(order_id, "cancel_order")
        return await self._ask(case, wanted)

    async def _ask(self, case: _Case, reason: str | None) -> CancellationResult:
        if case.is_open:
            return _PENDING
        order, unpaid = case.order, case.order.order_payment_status in codes.UNPAID
        paid_at = None if unpaid else _paid_at(order)
        wish = schemas.CreateCancellation(
            legacy_order_id=_legacy_id(order),
            cancel_reason=reason or (codes.UNPAID_REASON if unpaid else codes.GENERAL_REASON),
            buyer_paid=not unpaid,
            buyer_paid_date=schemas.DateValue(value=mapping.to_text(paid_at)) if paid_at is not None else None,
        )
        try:
            await self._client.create_cancellation(wish)
        except (RejectedError, ConflictError) as error:
            # A second one is refused while one is open; that is no refusal of ours.
            now = await self._case(order.order_id, "cancel_order")
            if now.is_over or now.is_open:
                return _DONE if now.is_over else _PENDING
            return CancellationResult(status=CancellationStatus.REFUSED, message=error.message)
        return await self._outcome(order.order_id, "cancel_order")

    async def answer(self, order_id: str, *, accept: bool) -> CancellationResult:
        """Answer the buyer.

        Raises:
            NotFoundError: eBay does not know the order.
            ConflictError: The buyer does not ask for it, or it has been answered.
        """
        operation = "answer_cancel_request"
        case = await self._case(order_id, operation)
        if case.asked_by_buyer is None:
            why = "it is cancelled already" if case.is_over else "no request of the buyer's waits for an answer"
            raise ConflictError(f"ebay: nothing to answer: {why}", **self._client.facts(operation))
        if accept:
            await self._client.approve_cancellation(case.asked_by_buyer, operation=operation)
            return await self._outcome(order_id, operation)
        await self._client.reject_cancellation(case.asked_by_buyer, await self._evidence(case.order))
        return CancellationResult(status=CancellationStatus.DONE, message="the buyer's request was declined")

    async def _case(self, order_id: str, operation: str) -> _Case:
        # Read singly: lists leave the requests out (pitfall 9).
        order, _ = await self._client.get_order(order_id, operation=operation)
        requests = (order.cancel_status.cancel_requests if order.cancel_status is not None else None) or ()
        waiting = _of_buyer(requests)
        in_progress = mapping.cancel_state(order) == "IN_PROGRESS"
        if waiting is None and in_progress and not requests and not self._config.sandbox:
            found = await self._client.search_cancellations(_legacy_id(order), operation=operation)
            open_ones = [
                one
                for one in found
                if one.cancel_status in codes.OPEN_REQUEST and (one.requestor_type or "").upper() == _BUYER
            ]
            waiting = open_ones[0].cancel_id if open_ones else None
        return _Case(order, waiting if in_progress else None)

    async def _outcome(self, order_id: str, operation: str) -> CancellationResult:
        order, _ = await self._client.get_order(order_id, operation=operation)
        if mapping.cancel_state(order) == "CANCELED":
            return _DONE
        return _PENDING

    async def _evidence(self, order: schemas.Order) -> schemas.RejectCancellation:
        """Return what says that the order has left; nothing is made up where it has not."""
        if not mapping.has_left(order):
            return schemas.RejectCancellation()
        told = await self._client.list_fulfillments(order.order_id, operation="answer_cancel_request")
        if not told.fulfillments:
            return schemas.RejectCancellation()
        last = max(told.fulfillments, key=lambda one: one.shipped_date)
        return schemas.RejectCancellation(
            shipment_date=schemas.DateValue(value=mapping.to_text(last.shipped_date)),
            tracking_number=last.shipment_tracking_number or None,
        )


def _of_buyer(requests: Sequence[schemas.CancelRequest]) -> str | None:
    for request in requests:
        by_buyer = (request.cancel_initiator or "").strip().upper() == _BUYER
        if request.cancel_request_state in codes.OPEN_REQUEST and by_buyer and request.cancel_request_id:
            return request.cancel_request_id
    return None


def _reason(reason: str | None) -> str | None:
    if reason is None:
        return None
    wanted = reason.strip().upper().replace("-", "_").replace(" ", "_")
    if wanted not in codes.SELLER_REASONS:
        msg = f"ebay has no such reason; it has: {', '.join(sorted(codes.SELLER_REASONS))}"
        raise InvalidValueError(msg, field="reason")
    return wanted


def _legacy_id(order: schemas.Order) -> str:
    # Post-Order takes the id of REST for paid orders; where a legacy one is told it is surer (§5).
    return order.legacy_order_id or order.order_id


def _paid_at(order: schemas.Order) -> datetime | None:
    payments = order.payment_summary.payments if order.payment_summary is not None else None
    paid = [payment.payment_date for payment in payments or () if payment.payment_status == "PAID"]
    return max((moment for moment in paid if moment is not None), default=None)
