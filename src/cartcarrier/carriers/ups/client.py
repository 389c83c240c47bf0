"""UPS's paths and verbs: one method, one request, one schema."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import quote
from uuid import uuid4

import msgspec

from cartcarrier.carriers.ups.auth import ups_auth
from cartcarrier.carriers.ups.config import UPSConfig
from cartcarrier.carriers.ups.errors import refused, request_id, translate
from cartcarrier.carriers.ups.schemas import (
    DeleteResponseEnvelope,
    LabelRecoveryRequestEnvelope,
    LabelRecoveryResponse,
    LabelRecoveryResponseEnvelope,
    LocatorRequestEnvelope,
    LocatorResponse,
    LocatorResponseEnvelope,
    PickupCancelResponseEnvelope,
    PickupCreationRequestEnvelope,
    PickupCreationResponse,
    PickupCreationResponseEnvelope,
    PickupPendingStatusResponse,
    PickupPendingStatusResponseEnvelope,
    PickupRateRequestEnvelope,
    PickupRateResponse,
    PickupRateResponseEnvelope,
    PushRequestEnvelope,
    PushResponseEnvelope,
    RateRequestEnvelope,
    RateResponse,
    RateResponseEnvelope,
    ShipmentResponseEnvelope,
    SubscriptionAnswer,
    SubscriptionRequest,
    TrackResponseEnvelope,
    TransitQuestion,
    TransitResponse,
    UploadRequestEnvelope,
    UploadResponse,
    UploadResponseEnvelope,
    VoidShipmentResponse,
    VoidShipmentResponseEnvelope,
    XAVRequestEnvelope,
    XAVResponse,
    XAVResponseEnvelope,
)
from cartcarrier.carriers.ups.schemas.answers import ShipmentResponse
from cartcarrier.errors import ProviderError, ResponseError
from cartcarrier.http import (
    Lane,
    Limit,
    Request,
    Response,
    RetryPolicy,
    Session,
    SessionOwner,
    json_decoder,
    json_encode,
    read_json,
)

VERSION: Final = "v2409"  # pinned: it decides the shape of the JSON (field guide ups.md §0.2)
ROADIE: Final = "v3"
_ACCESS_POINTS: Final = 64
_BY_PRN: Final = "02"
_BOTH: Final = 3  # validate and classify
_SOURCE: Final = "cartcarrier"
_RESERVE: Final = 0.2
# 1, 2, 4, 8 s, at most 60 s (field guide ups.md §1.2)
_RETRY: Final = RetryPolicy(attempts=5, base=timedelta(seconds=1), cap=timedelta(seconds=60))
# A label with forms takes its time; who gives up too early has an open question instead of a label.
_SHIP_PATIENCE: Final = 90.0

T = TypeVar("T")


class UPSClient:
    """Sends the requests of one account.

    Args:
        owner: The driver.
        config: Its settings.
    """

    def __init__(self, owner: SessionOwner, config: UPSConfig) -> None:
        # one call less in the bucket than in a second: a token is asked for beside it
        capacity = max(config.calls_per_second - 1, 1)
        limit = Limit(capacity=capacity, rate=config.calls_per_second, reserve=_RESERVE)
        self._session = Session(
            owner,
            hosts={"api": config.host},
            auth=ups_auth(config),
            translate=translate,
            # a token is asked for while its call waits in the same queue: it must not wait behind it
            limits=lambda request: None if request.operation == "token" else ("", limit),
            retry=_RETRY,
            headers={"transactionSrc": _SOURCE, "Accept": "application/json"},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()

    async def rate(self, option: str, question: RateRequestEnvelope) -> RateResponse:
        """Ask for prices: ``Rate``, ``Shop``, ``Ratetimeintransit`` or ``Shoptimeintransit``."""
        request = self._post("rate", f"/api/rating/{VERSION}/{option}", json_encode(question))
        return (await self._read(request, RateResponseEnvelope)).rate_response

    async def ship(self, body: bytes) -> ShipmentResponse:
        """Buy. Sent once; what is lost is not repeated (field guide ups.md §0.1)."""
        request = Request(
            operation="ship",
            method="POST",
            path=f"/api/shipments/{VERSION}/ship",
            template="/api/shipments/{version}/ship",
            headers=self._headers(),
            content=body,
            safe=False,
            lane=Lane.PURCHASE,
            timeout=_SHIP_PATIENCE,
        )
        response = await self._session.send(request)
        answer = self._decode(response, ShipmentResponseEnvelope).shipment_response
        if not answer.shipment_results.package_results:
            raise self._unreadable(response, "without the parcels that were bought")
        return answer

    async def recover(self, question: LabelRecoveryRequestEnvelope) -> LabelRecoveryResponse:
        """Look a shipment up, with its labels."""
        request = self._post("recover", "/api/labels/v1/recovery", json_encode(question), lane=Lane.PURCHASE)
        return (await self._read(request, LabelRecoveryResponseEnvelope)).label_recovery_response

    async def void(self, shipment_id: str, numbers: Sequence[str], *, roadie: bool = False) -> VoidShipmentResponse:
        """Give a shipment back, or with ``numbers`` some of its parcels, up to 20."""
        params = {}
        if numbers:
            params["trackingnumber"] = (
                numbers[0] if len(numbers) == 1 else json.dumps(list(numbers), separators=(",", ":"))
            )
        version = ROADIE if roadie else VERSION
        request = Request(
            operation="void",
            method="DELETE",
            path=f"/api/shipments/{version}/void/cancel/{quote(shipment_id, safe='')}",
            template="/api/shipments/{version}/void/cancel/{shipment}",
            params=params,
            headers=self._headers(),
            safe=True,  # a repeat is answered with "voided before"
            lane=Lane.CONFIRM,
        )
        return (await self._read(request, VoidShipmentResponseEnvelope)).void_shipment_response

    async def track(self, number: str, *, proof: bool = False) -> tuple[TrackResponseEnvelope, Response]:
        """Ask for one parcel; the answer's bytes come too. With ``proof`` the letter and the signature of a delivery are asked for."""
        flag = "true" if proof else "false"
        request = Request(
            operation="get_proof_of_delivery" if proof else "track",
            method="GET",
            path=f"/api/track/v1/details/{quote(number, safe='')}",
            template="/api/track/v1/details/{number}",
            params={"locale": "en_US", "returnSignature": flag, "returnMilestones": "false", "returnPOD": flag},
            headers=self._headers(),
            safe=True,
            lane=Lane.TRACK,
        )
        response = await self._session.send(request)
        return self._decode(response, TrackResponseEnvelope), response

    async def validate(self, question: XAVRequestEnvelope) -> XAVResponse:
        """Check and classify an address."""
        request = self._post("validate_address", f"/api/addressvalidation/v2/{_BOTH}", json_encode(question))
        return (await self._read(request, XAVResponseEnvelope)).xav_response

    async def transit_times(self, question: TransitQuestion) -> tuple[TransitResponse, Response]:
        """Ask how long services take. Numbers are numbers here."""
        content = json_encode(question, decimals="number")
        request = self._post("get_transit_times", "/api/shipments/v1/transittimes", content)
        response = await self._session.send(request)
        return self._decode(response, TransitResponse), response

    async def locate(self, question: LocatorRequestEnvelope) -> tuple[LocatorResponse, Response]:
        """Ask for Access Points."""
        path = f"/api/locations/v3/search/availabilities/{_ACCESS_POINTS}"
        request = self._post("find_locations", path, json_encode(question))
        response = await self._session.send(request)
        return self._decode(response, LocatorResponseEnvelope).locator_response, response

    async def upload(self, question: UploadRequestEnvelope) -> tuple[UploadResponse, Response]:
        """Hand a paper in. A repeat leaves a copy that nobody uses (field guide ups.md §12)."""
        account = question.upload_request.shipper_number
        path = "/api/paperlessdocuments/v2/upload"
        request = self._post("upload_document", path, json_encode(question), headers={"ShipperNumber": account})
        response = await self._session.send(request)
        return self._decode(response, UploadResponseEnvelope).upload_response, response

    async def attach(self, question: PushRequestEnvelope) -> None:
        """Join papers to a shipment. Whether a repeat does harm is not known (field guide ups.md §12): sent once."""
        account = question.push_request.shipper_number
        path = "/api/paperlessdocuments/v2/image"
        headers = {"ShipperNumber": account}
        request = self._post("attach_documents", path, json_encode(question), headers=headers, safe=False)
        await self._read(request, PushResponseEnvelope)

    async def delete_paper(self, number: str, account: str) -> None:
        """Take a paper back. The words in the path are meant literally (field guide ups.md §4.4)."""
        path = "/api/paperlessdocuments/v2/DocumentId/ShipperNumber"
        headers = {"DocumentId": number, "ShipperNumber": account}
        await self._read(self._bare("delete_document", "DELETE", path, headers), DeleteResponseEnvelope)

    async def create_pickup(self, question: PickupCreationRequestEnvelope) -> tuple[PickupCreationResponse, Response]:
        """Have somebody come. It costs: sent once (field guide ups.md §12)."""
        path = f"/api/pickupcreation/{VERSION}/pickup"
        request = self._post("schedule_pickup", path, json_encode(question), lane=Lane.PURCHASE, safe=False)
        response = await self._session.send(request)
        return self._decode(response, PickupCreationResponseEnvelope).pickup_creation_response, response

    async def rate_pickup(self, question: PickupRateRequestEnvelope) -> PickupRateResponse:
        """Ask what a visit would cost."""
        request = self._post("rate_pickup", f"/api/shipments/{VERSION}/pickup/oncall", json_encode(question))
        return (await self._read(request, PickupRateResponseEnvelope)).pickup_rate_response

    async def pending_pickups(self, account: str) -> PickupPendingStatusResponse:
        """Ask which visits are still to come, today and tomorrow."""
        path = f"/api/shipments/{VERSION}/pickup/oncall"
        request = self._bare("pending_pickups", "GET", path, {"AccountNumber": account})
        return (await self._read(request, PickupPendingStatusResponseEnvelope)).pickup_pending_status_response

    async def cancel_pickup(self, prn: str) -> None:
        """Tell the driver not to come, by the visit's own number: by account it would be the latest, whichever that is."""
        path = f"/api/shipments/{VERSION}/pickup/{_BY_PRN}"
        await self._read(self._bare("cancel_pickup", "DELETE", path, {"Prn": prn}), PickupCancelResponseEnvelope)

    async def subscribe(self, question: SubscriptionRequest) -> SubscriptionAnswer:
        """Have news of parcels pushed, up to 100."""
        request = self._post("subscribe_tracking", "/api/track/v2/subscription/standard/package", json_encode(question))
        return await self._read(request, SubscriptionAnswer)

    def warned(self, code: str, response: Response) -> ProviderError:
        """Return the error for a code that came as a warning inside a success."""
        return refused(code, response.request, response)

    def odd(self, response: Response, what: str) -> ResponseError:
        """Return the error for an answer that can be read and makes no sense."""
        return self._unreadable(response, what)

    def _post(
        self,
        operation: str,
        path: str,
        content: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        lane: Lane = Lane.SYNC,
        safe: bool = True,
    ) -> Request:
        return Request(
            operation=operation,
            method="POST",
            path=path,
            template=path,
            headers={**self._headers(), **(headers or {})},
            content=content,
            safe=safe,
            lane=lane,
        )

    def _bare(self, operation: str, method: str, path: str, headers: Mapping[str, str]) -> Request:
        return Request(
            operation=operation,
            method=method,
            path=path,
            template=path,
            headers={**self._headers(), **headers},
            safe=True,
            lane=Lane.SYNC,
        )

    def _headers(self) -> dict[str, str]:
        # 32 characters: with hyphens it would be 36, which UPS refuses (field guide ups.md §1.1)
        return {"transId": uuid4().hex}

    async def _read(self, request: Request, schema: type[T]) -> T:
        return self._decode(await self._session.send(request), schema)

    def _decode(self, response: Response, schema: type[T]) -> T:
        decoder: msgspec.json.Decoder[T] = json_decoder(schema)
        try:
            return read_json(response, decoder)
        except ResponseError as exc:
            found = exc.replace(request_id=request_id(response.request, response))
            found.__cause__ = exc.__cause__
            raise found from exc.__cause__

    def _unreadable(self, response: Response, what: str) -> ResponseError:
        return ResponseError(
            f"UPS answered {response.request.operation} {what}",
            request_id=request_id(response.request, response),
            outcome_unknown=not response.request.safe,
            **response.facts,
        )
