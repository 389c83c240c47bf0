"""Questions and answers: one method, one request, a schema object back."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import quote

import attrs

from cartcarrier.channels.ebay import codes, schemas
from cartcarrier.channels.ebay.auth import consent_address, decoded_code, redirect_name
from cartcarrier.channels.ebay.client.notices import Notices
from cartcarrier.channels.ebay.config import EbayConfig
from cartcarrier.channels.ebay.errors import response_facts
from cartcarrier.errors import NotFoundError, RejectedError, ResponseError
from cartcarrier.http import Lane, Request, Response, SessionOwner, json_decoder, json_encode, read_json

T = TypeVar("T")

_ORDERS: Final = "/sell/fulfillment/v1/order"
_INVENTORY: Final = "/sell/inventory/v1"
_CANCELLATIONS: Final = "/post-order/v2/cancellation"
_KEYS: Final = "/commerce/notification/v1/public_key"
_MARKETPLACE_HEADER: Final = "X-EBAY-C-MARKETPLACE-ID"


class EbayClient(Notices):
    """eBay's APIs, for one seller.

    Args:
        driver: Whose requests they are.
        config: The seller's settings.
    """

    def __init__(self, driver: SessionOwner, config: EbayConfig) -> None:
        super().__init__(driver, config)
        self._marketplace = config.marketplace_id
        # Without an explicit language Inventory answers 400, and so it does to a library's default (pitfall 17).
        self._language = codes.locale(config.marketplace_id)

    # --- the seller's consent ---------------------------------------------------------------------------------------

    def consent_address(self, *, redirect_uri: str, state: str) -> str:
        """Return the page to send the seller to."""
        base = self._seller.base_url("auth")
        return consent_address(self._config, base, redirect_uri=redirect_uri, state=state)

    async def exchange_code(self, code: str, *, redirect_uri: str) -> str:
        """Return the refresh token that a code stands for."""
        name = redirect_name(self._config, redirect_uri)
        token = await self._seller_auth.exchange_code(decoded_code(code), redirect_uri=name)
        if token.refresh_token is None:
            msg = "ebay answered the authorization code without a refresh token"
            raise ResponseError(msg, **self.facts("token"))
        return token.refresh_token

    # --- orders -----------------------------------------------------------------------------------------------------

    async def list_orders(
        self, criteria: str, *, limit: int, offset: int, lane: Lane = Lane.SYNC
    ) -> tuple[schemas.OrderPage, Response]:
        """Return one page of orders, from a record on."""
        params = {"filter": criteria, "limit": str(limit), "offset": str(offset), "fieldGroups": "TAX_BREAKDOWN"}
        request = Request(
            operation="list_orders",
            method="GET",
            path=_ORDERS,
            template=_ORDERS,
            params=params,
            safe=True,
            lane=lane,
        )
        return await self.read(request, schemas.OrderPage)

    async def get_order(
        self, order_id: str, *, operation: str = "get_order", lane: Lane = Lane.CONFIRM
    ) -> tuple[schemas.Order, Response]:
        """Return one order, with what lists leave out."""
        request = Request(
            operation=operation,
            method="GET",
            path=f"{_ORDERS}/{self._order(order_id, operation)}",
            template=f"{_ORDERS}/{{orderId}}",
            params={"fieldGroups": "TAX_BREAKDOWN"},
            safe=True,
            lane=lane,
        )
        return await self.read(request, schemas.Order)

    async def list_fulfillments(
        self, order_id: str, *, operation: str = "list_fulfillments", lane: Lane = Lane.CONFIRM
    ) -> schemas.ShippingFulfillments:
        """Return the parcels that eBay knows of."""
        request = Request(
            operation=operation,
            method="GET",
            path=f"{_ORDERS}/{self._order(order_id, operation)}/shipping_fulfillment",
            template=f"{_ORDERS}/{{orderId}}/shipping_fulfillment",
            safe=True,
            lane=lane,
        )
        found, _ = await self.read(request, schemas.ShippingFulfillments)
        return found

    async def create_fulfillment(self, order_id: str, details: schemas.ShippingFulfillmentDetails) -> str:
        """Tell eBay of a parcel, once, and return the id that it got.

        Raises:
            OperationError: ``outcome_unknown`` is true when eBay may know of it all the same.
        """
        request = Request(
            operation="fulfill",
            method="POST",
            path=f"{_ORDERS}/{self._order(order_id, 'fulfill')}/shipping_fulfillment",
            template=f"{_ORDERS}/{{orderId}}/shipping_fulfillment",
            content=json_encode(details),
            lane=Lane.CONFIRM,
        )
        response = await self.send(request)
        # 201, nothing in it, and the id at the end of Location (§6). Anything else is not eBay's answer.
        identity = response.headers.get("location", "").rstrip("/").rpartition("/")[2]
        if response.status != 201 or not identity:
            msg = f"ebay answered fulfill without saying what it made (HTTP {response.status})"
            raise ResponseError(msg, outcome_unknown=True, **response_facts(response))
        return identity

    # --- cancellations ----------------------------------------------------------------------------------------------

    async def create_cancellation(self, wish: schemas.CreateCancellation) -> schemas.CancellationCreated:
        """Ask for the cancellation of an order."""
        request = self._post_order("cancel_order", "POST", "", content=json_encode(wish))
        created, _ = await self._post_order_read(request, schemas.CancellationCreated)
        return created

    async def search_cancellations(self, order_id: str, *, operation: str) -> Sequence[schemas.CancellationSummary]:
        """Return the cancellations of an order. eBay's sandbox cannot be asked."""
        params = {"legacy_order_id": order_id, "role": "SELLER"}
        request = self._post_order(operation, "GET", "/search", params=params)
        found, _ = await self._post_order_read(request, schemas.Cancellations)
        return found.cancellations

    async def approve_cancellation(self, cancel_id: str, *, operation: str) -> None:
        """Say yes to the buyer; the money goes back by itself. There is no body, and no content type for one."""
        request = self._post_order(operation, "POST", f"/{quote(cancel_id, safe='')}/approve")
        await self._post_order_send(request)

    async def reject_cancellation(self, cancel_id: str, answer: schemas.RejectCancellation) -> None:
        """Say no to the buyer."""
        path = f"/{quote(cancel_id, safe='')}/reject"
        request = self._post_order("answer_cancel_request", "POST", path, content=json_encode(answer))
        await self._post_order_send(request)

    def _post_order(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Request:
        last = path.rpartition("/")[2]
        named = path if path in {"", "/search"} else f"/{{cancelId}}/{last}"
        return Request(
            operation=operation,
            method=method,
            path=_CANCELLATIONS + path,
            template=_CANCELLATIONS + named,
            params=params or {},
            headers={_MARKETPLACE_HEADER: self._marketplace},
            content=content,
            safe=method == "GET",
            lane=Lane.CONFIRM,
        )

    async def _post_order_send(self, request: Request) -> Response:
        try:
            return await self.send(request)
        except RejectedError as error:
            # Pages about Post-Order write EBAY-US, REST writes EBAY_US, and neither is confirmed (pitfall 31). A refusal that
            # names no reason may be about that; one that names one is not.
            if error.http_status != 400 or error.code is not None:
                raise
            other = self._marketplace.replace("_", "-") if "_" in self._marketplace else self._config.marketplace_id
            retried = attrs.evolve(request, headers={**request.headers, _MARKETPLACE_HEADER: other})
            try:
                response = await self.send(retried)
            except RejectedError:
                raise error from None
            self._marketplace = other
            return response

    async def _post_order_read(self, request: Request, schema: type[T]) -> tuple[T, Response]:
        response = await self._post_order_send(request)
        return read_json(response, json_decoder(schema)), response

    # --- stock ------------------------------------------------------------------------------------------------------

    async def get_items(self, skus: Sequence[str], *, operation: str) -> Sequence[schemas.ItemAnswer]:
        """Return what is known of at most 25 articles."""
        question = schemas.ItemsQuestion(requests=[schemas.Sku(sku=sku) for sku in skus])
        path = f"{_INVENTORY}/bulk_get_inventory_item"
        request = self._inventory(operation, "POST", path, content=json_encode(question))
        answer, _ = await self.read(request, schemas.ItemsAnswer)
        return answer.responses

    async def get_offers(self, sku: str, *, operation: str) -> Sequence[schemas.Offer]:
        """Return the fixed-price offers of an article; none where eBay knows no offer of it."""
        found: list[schemas.Offer] = []
        page = 0
        while True:
            # The offset counts pages here, not records as with orders (pitfall 8).
            params = {"sku": sku, "format": "FIXED_PRICE", "limit": "100", "offset": str(page)}
            try:
                answer, _ = await self.read(
                    self._inventory(operation, "GET", f"{_INVENTORY}/offer", params=params), schemas.Offers
                )
            except NotFoundError as error:
                if error.code is None:
                    raise
                return found
            found += answer.offers
            page += 1
            if answer.next is None or not answer.offers:
                return found

    async def update_quantities(
        self, requests: Sequence[schemas.PriceQuantity]
    ) -> Sequence[schemas.PriceQuantityAnswer]:
        """Set the quantities of some articles. They are absolute, so a repeat does no harm."""
        path = f"{_INVENTORY}/bulk_update_price_quantity"
        content = json_encode(schemas.BulkPriceQuantity(requests=list(requests)))
        request = attrs.evolve(self._inventory("set_inventory", "POST", path, content=content), lane=Lane.CONFIRM)
        answer, _ = await self.read(request, schemas.BulkPriceQuantityAnswer)
        return answer.responses

    def _inventory(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Request:
        headers = {"Accept-Language": self._language}
        if content is not None:
            headers["Content-Language"] = self._language
        return Request(
            operation=operation,
            method=method,
            path=path,
            template=path,
            params=params or {},
            headers=headers,
            content=content,
            safe=True,
        )

    # --- keys of pushes ---------------------------------------------------------------------------------------------

    async def get_public_key(self, key_id: str) -> schemas.PublicKey:
        """Return the key that pushes are signed with under this id."""
        request = Request(
            operation="receive",
            method="GET",
            path=f"{_KEYS}/{quote(key_id, safe='')}",
            template=f"{_KEYS}/{{public_key_id}}",
            safe=True,
            lane=Lane.CONFIRM,
        )
        return await self.read_as_application(request, schemas.PublicKey)

    # --- what they share --------------------------------------------------------------------------------------------

    def _order(self, order_id: str, operation: str) -> str:
        """Return an order's id as part of a path. Ids are opaque; one that no path can hold belongs to no order."""
        if not order_id.strip() or order_id in {".", ".."}:
            msg = f"ebay does not know the order of {operation}: that is not the form of its ids"
            raise NotFoundError(msg, **self.facts(operation))
        return quote(order_id, safe="")
