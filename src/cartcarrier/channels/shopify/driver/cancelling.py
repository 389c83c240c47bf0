"""Cancelling orders, and answering who asks for it (field guide shopify.md §11.1, §13)."""

import re
from typing import Final

from cartcarrier.channels.shopify import schemas
from cartcarrier.channels.shopify.client import ShopifyClient, documents
from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.driver.pages import next_cursor
from cartcarrier.channels.shopify.errors import conflict, response_facts, user_error
from cartcarrier.errors import NotFoundError, OperationError, ResponseError
from cartcarrier.http import Lane, Response
from cartcarrier.models import CancellationResult, CancellationStatus

# Shopify cancels in the background. That long is waited for it; then the result is PENDING.
_POLLS: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
# The refusal of a second cancellation has no code of its own (§11.1, §17): the words are a hint, and only make us look longer.
_RUNNING: Final = re.compile(
    r"already (?:been |being )?cancel|being cancel|pending cancel"
    r"|cancell?(?:ation|ing)\s+(?:\w+\s+){0,2}(?:already|in progress|under ?way|running|pending)",
    re.IGNORECASE,
)
_REQUESTED: Final = "CANCELLATION_REQUESTED"
_ANSWERED: Final = frozenset({"CANCELLATION_ACCEPTED", "CANCELLATION_REJECTED"})


class Cancelling:
    """Cancels orders of one shop.

    Args:
        client: Who asks.
        config: The shop's settings.
    """

    def __init__(self, client: ShopifyClient, config: ShopifyConfig) -> None:
        self._client = client
        self._config = config

    async def cancel(self, order_id: str, *, reason: str) -> CancellationResult:
        """Cancel an order, and see what becomes of it. It cannot be undone.

        Args:
            order_id: A global id.
            reason: In Shopify's words.

        Raises:
            NotFoundError: There is no such order.
        """
        if (await self._state(order_id, "cancel_order"))[0].cancelled_at is not None:
            return CancellationResult(status=CancellationStatus.DONE, message="cancelled already")
        try:
            data, response = await self._client.change(
                documents.ORDER_CANCEL,
                {
                    "id": order_id,
                    "reason": reason,
                    "restock": self._config.restock_on_cancel,
                    "refundMethod": {"originalPaymentMethodsRefund": self._config.refund_on_cancel},
                    "notifyCustomer": self._config.notify_on_cancel,
                },
                operation="cancel_order",
            )
        except OperationError as error:
            if not error.outcome_unknown:
                raise
            # The answer is lost, and with it the job: only the order can tell (§17).
            try:
                cancelled = await self._wait(order_id, None)
            except OperationError as second:
                raise error from second
            if cancelled:
                return CancellationResult(status=CancellationStatus.DONE)
            raise
        payload = data.order_cancel
        if payload is None:
            raise _nothing(response)
        if payload.order_cancel_user_errors:
            return await self._refused(order_id, payload.order_cancel_user_errors, response)
        if payload.job is None:
            raise _nothing(response)
        try:
            done = await self._wait(order_id, payload.job)
        except OperationError:
            done = None  # Shopify has taken it on; how it ends is not known yet
        if done:
            return CancellationResult(status=CancellationStatus.DONE)
        if done is None:
            return CancellationResult(
                status=CancellationStatus.PENDING, message="Shopify is still at it; read the order again"
            )
        # The job's end is not its success: an active return or a fulfillment that stands keeps the order alive (pitfall 27).
        return CancellationResult(
            status=CancellationStatus.REFUSED,
            message="Shopify ended the work without cancelling: fulfillments or returns may stand in the way",
        )

    async def answer(self, order_id: str, *, accept: bool) -> CancellationResult:
        """Accept or decline the requests of a merchant to a fulfillment service.

        Raises:
            NotFoundError: There is no such order.
            ConflictError: Nobody asks, or it has been answered.
        """
        operation = "answer_cancel_request"
        order, response = await self._state(order_id, operation)
        asking = [share for share in order.fulfillment_orders.nodes if share.request_status == _REQUESTED]
        if not asking:
            raise conflict(response_facts(response), "nobody asks to cancel this order, or it has been answered")
        for share in asking:
            payload: schemas.CancellationRequestPayload | None
            if accept:
                accepted, response = await self._client.change(
                    documents.CANCELLATION_REQUEST_ACCEPT, {"id": share.id}, operation=operation
                )
                payload = accepted.fulfillment_order_accept_cancellation_request
            else:
                rejected, response = await self._client.change(
                    documents.CANCELLATION_REQUEST_REJECT, {"id": share.id}, operation=operation
                )
                payload = rejected.fulfillment_order_reject_cancellation_request
            if payload is None or (not payload.user_errors and payload.fulfillment_order is None):
                raise _nothing(response)
            if payload.user_errors:
                state, response = await self._state(order_id, operation)
                now = {item.id: item.request_status for item in state.fulfillment_orders.nodes}
                if now.get(share.id) != _REQUESTED:
                    raise conflict(response_facts(response), "the request has been answered by somebody else")
                raise user_error(response, payload.user_errors)
        if accept:
            return CancellationResult(status=CancellationStatus.DONE, message="the request was accepted")
        return CancellationResult(status=CancellationStatus.REFUSED, message="the request was declined")

    async def _refused(self, order_id: str, errors: list[schemas.UserError], response: Response) -> CancellationResult:
        """Return what a refusal means: the state of the order decides, not the words."""
        if (await self._state(order_id, "cancel_order"))[0].cancelled_at is not None:
            return CancellationResult(status=CancellationStatus.DONE, message="cancelled already")
        if any(_RUNNING.search(error.message) for error in errors):
            # Somebody began it, and Shopify works on it in the background.
            if await self._wait(order_id, None):
                return CancellationResult(status=CancellationStatus.DONE, message="cancelled already")
            return CancellationResult(
                status=CancellationStatus.PENDING, message="a cancellation runs already; read the order again"
            )
        error = user_error(response, errors)
        if not hasattr(error, "problems"):
            raise error  # not for this order's sake: a permission is missing, or Shopify failed
        return CancellationResult(status=CancellationStatus.REFUSED, message=error.message)

    async def _wait(self, order_id: str, job: schemas.Job | None) -> bool | None:
        """Wait for the end, for a while: True cancelled, False ended without it, None not yet known."""
        for seconds in (0.0, *_POLLS):
            if seconds:
                await self._client.clock.sleep(seconds)
            ended = job is not None and job.done
            if job is not None and not ended:
                data, _ = await self._client.read(
                    documents.JOB, {"id": job.id}, operation="cancel_order", lane=Lane.CONFIRM
                )
                ended = data.job is None or data.job.done
            if job is not None and not ended:
                continue
            if (await self._state(order_id, "cancel_order"))[0].cancelled_at is not None:
                return True
            if ended:
                return False
        return None

    async def _state(self, order_id: str, operation: str) -> tuple[schemas.OrderState, Response]:
        """Return how an order stands, with all its fulfillment orders."""
        states: list[schemas.FulfillmentOrderState] = []
        cursor: str | None = None
        cursors: set[str] = set()
        while True:
            data, response = await self._client.read(
                documents.ORDER_STATE, {"id": order_id, "after": cursor}, operation=operation, lane=Lane.CONFIRM
            )
            order = data.order
            if order is None:
                raise NotFoundError(f"shopify does not know the order of {operation}", **response_facts(response))
            states += order.fulfillment_orders.nodes
            cursor = next_cursor(order.fulfillment_orders.page_info, cursors)
            if cursor is None:
                page = schemas.FulfillmentOrderStates(page_info=order.fulfillment_orders.page_info, nodes=states)
                return schemas.OrderState(
                    id=order.id, fulfillment_orders=page, cancelled_at=order.cancelled_at
                ), response


def _nothing(response: Response) -> ResponseError:
    message = f"shopify answered {response.request.operation} with neither a result nor a reason"
    return ResponseError(message, outcome_unknown=True, **response_facts(response))
