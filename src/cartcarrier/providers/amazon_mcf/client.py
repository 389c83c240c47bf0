"""Sending to Fulfillment Outbound 2020-07-01: one method, one request."""

from typing import Any, Final, TypeVar

import attrs
import msgspec

from cartcarrier.errors import ResponseError
from cartcarrier.http import Lane, Response, RetryPolicy, SessionOwner, json_decoder, read_json
from cartcarrier.platforms.amazon import AmazonApi, Operation
from cartcarrier.providers.amazon_mcf.config import AmazonMCFConfig
from cartcarrier.providers.amazon_mcf.schemas import OrderRequest, PackageDetails, PlacedOrder, PreviewRequest, Previews

_BASE: Final = "/fba/outbound/2020-07-01"
# All of it: 2 calls a second, 30 at once (field guide amazon.md §5.1, §9).
_RATE: Final = 2
_BURST: Final = 30
_PREVIEW: Final = Operation(
    id="getFulfillmentPreview",
    method="POST",
    template=f"{_BASE}/fulfillmentOrders/preview",
    rate=_RATE,
    burst=_BURST,
)
# Not safe: it is sent once, and who lost the answer looks the order up under its id.
_CREATE: Final = Operation(
    id="createFulfillmentOrder",
    method="POST",
    template=f"{_BASE}/fulfillmentOrders",
    rate=_RATE,
    burst=_BURST,
    safe=False,
)
_GET: Final = Operation(
    id="getFulfillmentOrder",
    method="GET",
    template=f"{_BASE}/fulfillmentOrders/{{sellerFulfillmentOrderId}}",
    rate=_RATE,
    burst=_BURST,
    reserve=0.2,
)
_CANCEL: Final = Operation(
    id="cancelFulfillmentOrder",
    method="PUT",
    template=f"{_BASE}/fulfillmentOrders/{{sellerFulfillmentOrderId}}/cancel",
    rate=_RATE,
    burst=_BURST,
)
_TRACK: Final = Operation(
    id="getPackageTrackingDetails", method="GET", template=f"{_BASE}/tracking", rate=_RATE, burst=_BURST
)
OPERATIONS: Final = (_PREVIEW, _CREATE, _GET, _CANCEL, _TRACK)

T = TypeVar("T")


class MCFClient:
    """Sends the requests of one account.

    Args:
        owner: The driver.
        config: Its settings.
        retry: How often to try.
    """

    def __init__(self, owner: SessionOwner, config: AmazonMCFConfig, *, retry: RetryPolicy | None = None) -> None:
        self._api = AmazonApi(owner, config, OPERATIONS, retry=retry)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._api.aclose()

    async def preview(self, question: PreviewRequest) -> tuple[Previews, Response]:
        """Ask what it would cost, and when it would arrive."""
        response = await self._api.call(_PREVIEW, named="preview", body=question)
        return _payload(response, Previews), response

    async def create(self, order: OrderRequest) -> None:
        """Hand an order over. The answer says nothing but that it was taken."""
        response = await self._api.call(_CREATE, named="submit", body=order, lane=Lane.PURCHASE)
        if response.content.strip():
            _named(response, dict[str, Any])

    async def get(self, order_id: str, *, named: str = "get_status", lane: Lane = Lane.SYNC) -> PlacedOrder:
        """Ask how an order stands."""
        response = await self._api.call(_GET, named=named, path={"sellerFulfillmentOrderId": order_id}, lane=lane)
        return _payload(response, PlacedOrder)

    async def cancel(self, order_id: str) -> None:
        """Ask for an order not to be shipped. The answer is empty, and says nothing of the outcome."""
        response = await self._api.call(
            _CANCEL, named="cancel", path={"sellerFulfillmentOrderId": order_id}, lane=Lane.CONFIRM
        )
        if response.content.strip():
            _named(response, dict[str, Any])

    async def track(self, package_number: int) -> tuple[PackageDetails, Response]:
        """Ask where a package is."""
        response = await self._api.call(
            _TRACK, named="track", query={"packageNumber": str(package_number)}, lane=Lane.TRACK
        )
        return _payload(response, PackageDetails), response


def _payload(response: Response, schema: type[T]) -> T:
    members = _named(response, dict[str, msgspec.Raw])
    # Without the envelope the schema says what is missing.
    inside = attrs.evolve(response, content=bytes(members.get("payload", b"{}")))
    return _named(inside, schema)


def _named(response: Response, schema: type[T]) -> T:
    """Read an answer; the error for one that cannot be read has Amazon's request id, too."""
    decoder: msgspec.json.Decoder[T] = json_decoder(schema)
    try:
        return read_json(response, decoder)
    except ResponseError as exc:
        found = exc.replace(request_id=response.headers.get("x-amzn-requestid"))
        raise found from exc.__cause__
