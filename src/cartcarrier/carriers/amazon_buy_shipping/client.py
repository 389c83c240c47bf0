"""Sending to Shipping v2: one method, one request."""

from typing import Any, Final, TypeVar

import attrs
import msgspec

from cartcarrier.carriers.amazon_buy_shipping.codes import ALREADY_CANCELLED
from cartcarrier.carriers.amazon_buy_shipping.config import AmazonBuyShippingConfig
from cartcarrier.carriers.amazon_buy_shipping.schemas import Followed, Purchased, Rates, Reprinted
from cartcarrier.errors import ResponseError
from cartcarrier.http import Clock, Lane, Response, RetryPolicy, SessionOwner, json_decoder, read_json
from cartcarrier.platforms.amazon import AmazonApi, Operation

BUSINESS_HEADER: Final = "x-amzn-shipping-business-id"
KEY_HEADER: Final = "x-amzn-IdempotencyKey"
# All of Shipping v2: 80 calls a second, 100 at once (field guide amazon.md §4.2, §9).
_RATE: Final = 80
_BURST: Final = 100
_RESERVE: Final = 0.2
_RATES: Final = Operation(
    id="getRates", method="POST", template="/shipping/v2/shipments/rates", rate=_RATE, burst=_BURST, reserve=_RESERVE
)
# Not safe: it is sent once, and who lost the answer sends the same bytes under the same key again.
_PURCHASE: Final = Operation(
    id="purchaseShipment", method="POST", template="/shipping/v2/shipments", rate=_RATE, burst=_BURST, safe=False
)
_DOCUMENTS: Final = Operation(
    id="getShipmentDocuments",
    method="GET",
    template="/shipping/v2/shipments/{shipmentId}/documents",
    rate=_RATE,
    burst=_BURST,
)
# Amazon's only word of a second cancel is in its text. No narrower than it must be: "cannot be cancelled: picked up already" is
# another thing.
_CANCEL: Final = Operation(
    id="cancelShipment",
    method="PUT",
    template="/shipping/v2/shipments/{shipmentId}/cancel",
    rate=_RATE,
    burst=_BURST,
    markers=((r"cancell?ed already|already (?:been )?cancell?ed", ALREADY_CANCELLED),),
)
_TRACK: Final = Operation(id="getTracking", method="GET", template="/shipping/v2/tracking", rate=_RATE, burst=_BURST)
_INPUTS: Final = Operation(
    id="getAdditionalInputs",
    method="GET",
    template="/shipping/v2/shipments/additionalInputs/schema",
    rate=_RATE,
    burst=_BURST,
)
OPERATIONS: Final = (_RATES, _PURCHASE, _DOCUMENTS, _CANCEL, _TRACK, _INPUTS)

T = TypeVar("T")


class BuyShippingClient:
    """Sends the requests of one account.

    Args:
        owner: The driver.
        config: Its settings.
        retry: How often to try.
    """

    def __init__(
        self, owner: SessionOwner, config: AmazonBuyShippingConfig, *, retry: RetryPolicy | None = None
    ) -> None:
        self._api = AmazonApi(owner, config, OPERATIONS, retry=retry)
        self._headers = {BUSINESS_HEADER: config.business}

    @property
    def clock(self) -> Clock:
        """Where time comes from."""
        return self._api.clock

    async def aclose(self) -> None:
        """Close the connections."""
        await self._api.aclose()

    async def rates(self, body: bytes) -> tuple[Rates, Response]:
        """Ask for prices."""
        response = await self._api.call(_RATES, named="get_rates", body=msgspec.Raw(body), headers=self._headers)
        return _read(response, Rates), response

    async def purchase(self, body: bytes, *, key: str) -> Purchased:
        """Buy. The same bytes under the same key are the same purchase."""
        response = await self._api.call(
            _PURCHASE,
            named="purchase",
            body=msgspec.Raw(body),
            headers={**self._headers, KEY_HEADER: key},
            lane=Lane.PURCHASE,
        )
        return _read(response, Purchased)

    async def documents(self, shipment_id: str, package: str, *, form: str, dpi: int | None) -> Reprinted:
        """Ask for the documents of a parcel once more."""
        response = await self._api.call(
            _DOCUMENTS,
            named="documents",
            path={"shipmentId": shipment_id},
            query={
                "packageClientReferenceId": package,
                "format": form,
                "dpi": str(dpi) if dpi is not None else None,
            },
            headers=self._headers,
            lane=Lane.PURCHASE,
        )
        return _read(response, Reprinted)

    async def cancel(self, shipment_id: str) -> None:
        """Give a label back. The answer is empty."""
        response = await self._api.call(
            _CANCEL, named="void", path={"shipmentId": shipment_id}, headers=self._headers, lane=Lane.CONFIRM
        )
        if response.content.strip():
            read_json(response, json_decoder(dict[str, Any]))

    async def track(self, number: str, carrier_id: str) -> tuple[Followed, Response]:
        """Ask about a parcel."""
        response = await self._api.call(
            _TRACK,
            named="track",
            query={"trackingId": number, "carrierId": carrier_id},
            headers=self._headers,
            lane=Lane.TRACK,
        )
        return _read(response, Followed), response

    async def additional_inputs(self, request_token: str, rate_id: str) -> dict[str, Any]:
        """Ask which further inputs an offer wants: a JSON Schema."""
        response = await self._api.call(
            _INPUTS,
            named="get_additional_inputs",
            query={"requestToken": request_token, "rateId": rate_id},
            headers=self._headers,
        )
        return _read(response, dict[str, Any])


def _read(response: Response, schema: type[T]) -> T:
    """Read an answer, in its envelope or without it: Amazon's own examples have none (field guide amazon.md §1.5)."""
    try:
        members = read_json(response, json_decoder(dict[str, msgspec.Raw]))
        inside = members.get("payload")
        bare = response if inside is None else attrs.evolve(response, content=bytes(inside))
        decoder: msgspec.json.Decoder[T] = json_decoder(schema)
        return read_json(bare, decoder)
    except ResponseError as exc:
        found = exc.replace(request_id=response.headers.get("x-amzn-requestid"))
        raise found from exc.__cause__
