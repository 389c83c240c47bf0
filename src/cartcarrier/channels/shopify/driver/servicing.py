"""Being a fulfillment service: what merchants ask for, and the answers (field guide shopify.md §13, §17)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec

from cartcarrier.channels.shopify import mapping, schemas
from cartcarrier.channels.shopify.client import ShopifyClient, documents
from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.driver.pages import Pages, next_cursor
from cartcarrier.channels.shopify.errors import conflict, response_facts, user_error
from cartcarrier.channels.shopify.options import FulfillmentRequest, FulfillmentRequestKind
from cartcarrier.errors import NotFoundError, OperationError, ResponseError
from cartcarrier.http import Lane, Response

_LIST: Final = "list_fulfillment_requests"
_ANSWER: Final = "answer_fulfillment_request"
# What may be asked for, in Shopify's words.
_ASSIGNED: Final = ("FULFILLMENT_REQUESTED", "CANCELLATION_REQUESTED")
# How a request stands after each answer.
_ANSWERED: Final = {
    (FulfillmentRequestKind.SHIP, True): frozenset({"ACCEPTED"}),
    (FulfillmentRequestKind.SHIP, False): frozenset({"REJECTED"}),
    (FulfillmentRequestKind.CANCEL, True): frozenset({"CANCELLATION_ACCEPTED"}),
    (FulfillmentRequestKind.CANCEL, False): frozenset({"CANCELLATION_REJECTED"}),
}
# What the app writes to a merchant may hold names; Shopify's words about it may repeat those.
_NO_WORDS: Final = False


class Servicing:
    """Answers the merchants of one shop.

    Args:
        client: Who asks.
        config: Says which places are ours; without any all of the app's are.
    """

    def __init__(self, client: ShopifyClient, config: ShopifyConfig) -> None:
        self._client = client
        self._places = sorted(mapping.location_gids(config.location_ids))

    async def waiting(self) -> list[FulfillmentRequest]:
        """Return what is asked for and not answered."""
        pages = Pages(self._client, operation=_LIST)
        found: dict[tuple[str, FulfillmentRequestKind], FulfillmentRequest] = {}
        for status in _ASSIGNED:
            cursor: str | None = None
            cursors: set[str] = set()
            while True:
                data, _ = await pages.read(
                    documents.ASSIGNED_FULFILLMENT_ORDERS,
                    {"status": status, "places": self._places or None, "after": cursor},
                )
                page = data.assigned_fulfillment_orders
                for request in await self._requests(page.nodes, pages):
                    found[request.id, request.kind] = request
                cursor = next_cursor(page.page_info, cursors)
                if cursor is None:
                    break
        return list(found.values())

    async def _requests(
        self, shares: Iterable[schemas.AssignedFulfillmentOrder], pages: Pages
    ) -> list[FulfillmentRequest]:
        requests = []
        for share in shares:
            lines = await pages.share_lines(share.id, share.line_items)
            request = mapping.to_request(msgspec.structs.replace(share, line_items=lines))
            if request is not None:
                requests.append(request)
        return requests

    async def answer(
        self,
        request: FulfillmentRequest,
        *,
        accept: bool,
        reason: str,
        message: str | None,
        ships_at: datetime | None,
    ) -> None:
        """Accept or decline; the same answer twice is no error.

        Raises:
            NotFoundError: There is no such fulfillment order.
            ConflictError: It is not asked for any more, or was answered otherwise.
            RejectedError: Shopify refuses the answer.
        """
        try:
            payload, response = await self._tell(
                request, accept=accept, reason=reason, message=message, ships_at=ships_at
            )
        except OperationError as error:
            if not error.outcome_unknown:
                raise
            # The answer to our answer is lost: how the request stands tells (§17).
            try:
                state, _ = await self._state(request)
            except OperationError as second:
                raise error from second
            if state.request_status in _ANSWERED[request.kind, accept]:
                return
            raise
        if payload is None or (not payload.user_errors and payload.fulfillment_order is None):
            nothing = "shopify answered answer_fulfillment_request with neither a result nor a reason"
            raise ResponseError(nothing, outcome_unknown=True, **response_facts(response))
        if not payload.user_errors:
            return
        # These refusals have no codes: the state decides.
        state, response = await self._state(request)
        if state.request_status in _ANSWERED[request.kind, accept]:
            return
        if mapping.ASKED.get(state.request_status) is not request.kind:
            raise conflict(
                response_facts(response),
                "this is not asked for any more, or it was answered otherwise",
                code="answered",
            )
        raise user_error(response, payload.user_errors, words=_NO_WORDS)

    async def _tell(
        self, request: FulfillmentRequest, *, accept: bool, reason: str, message: str | None, ships_at: datetime | None
    ) -> tuple[schemas.FulfillmentRequestPayload | schemas.CancellationRequestPayload | None, Response]:
        variables: dict[str, Any] = {"id": request.id, "message": message}
        change = self._client.change
        if request.kind is FulfillmentRequestKind.SHIP:
            if accept:
                accepted, response = await change(
                    documents.FULFILLMENT_REQUEST_ACCEPT, {**variables, "shipsAt": ships_at}, operation=_ANSWER
                )
                return accepted.fulfillment_order_accept_fulfillment_request, response
            rejected, response = await change(
                documents.FULFILLMENT_REQUEST_REJECT, {**variables, "reason": reason}, operation=_ANSWER
            )
            return rejected.fulfillment_order_reject_fulfillment_request, response
        if accept:
            stopped, response = await change(documents.CANCELLATION_REQUEST_ACCEPT, variables, operation=_ANSWER)
            return stopped.fulfillment_order_accept_cancellation_request, response
        kept, response = await change(documents.CANCELLATION_REQUEST_REJECT, variables, operation=_ANSWER)
        return kept.fulfillment_order_reject_cancellation_request, response

    async def _state(self, request: FulfillmentRequest) -> tuple[schemas.FulfillmentOrderState, Response]:
        data, response = await self._client.read(
            documents.FULFILLMENT_ORDER_STATE, {"id": request.id}, operation=_ANSWER, lane=Lane.CONFIRM
        )
        if data.fulfillment_order is None:
            message = "shopify does not know the fulfillment order of answer_fulfillment_request"
            raise NotFoundError(message, **response_facts(response))
        return data.fulfillment_order, response
