"""FedEx's paths and verbs: one method, one request, one schema."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import parse_qs, quote, urlsplit
from uuid import uuid4

import attrs
import msgspec

from cartcarrier.carriers.fedex.auth import TRACKING, FedExAuth
from cartcarrier.carriers.fedex.config import WINDOW_SECONDS, FedExConfig
from cartcarrier.carriers.fedex.documents import form_body
from cartcarrier.carriers.fedex.errors import refused, request_id, translate
from cartcarrier.carriers.fedex.schemas import (
    AddressAnswer,
    AddressRequest,
    CancelAnswer,
    CancelRequest,
    CloseAnswer,
    CloseRequest,
    LocationAnswer,
    LocationRequest,
    PickupAnswer,
    PickupCancelAnswer,
    PickupCancelRequest,
    PickupRequest,
    PostalAnswer,
    PostalRequest,
    ProofAnswer,
    ProofRequest,
    RateAnswer,
    RateRequest,
    ReferenceRequest,
    ResultsRequest,
    ShipAnswer,
    TrackAnswer,
    TrackRequest,
    TransitAnswer,
    TransitRequest,
    Upload,
    UploadAnswer,
)
from cartcarrier.errors import OperationError, ProviderError, ResponseError
from cartcarrier.http import (
    Clock,
    Lane,
    Limit,
    LimitStore,
    Request,
    Response,
    RetryPolicy,
    Session,
    SessionOwner,
    TokenStore,
    json_decoder,
    json_encode,
    read_json,
)

_RESERVE: Final = 0.2
_TOKEN_LIMIT: Final = Limit(capacity=3, rate=0.5)
"""Below both thresholds of the token endpoint, which bans for ten minutes: about 3 a second for 5 seconds, 1 a second for two
minutes (field guide fedex.md §1.1)."""
_TRACK_SHARE: Final = 4
"""Where one project does all, tracking has a quarter of its calls for itself, so that its day's quota stops nothing else."""
_BURST: Final = 28
# Sandbox and production are slow alike under load; a lost read is asked again after 1, 2, 4 s.
_RETRY: Final = RetryPolicy(
    attempts=4, base=timedelta(seconds=1), cap=timedelta(seconds=30), max_retry_after=timedelta(seconds=60)
)
# Several labels with customs papers take their time; who gives up too early has an open question instead of a label.
_SHIP_PATIENCE: Final = 90.0
_FETCH_PATIENCE: Final = 60.0
_OUR_DOMAINS: Final = (".fedex.com", ".fedex.io")

T = TypeVar("T")


def window_limit(calls: int) -> Limit:
    """Return a bucket that never lets more than ``calls`` through in any ten seconds, wherever FedEx's window begins.

    In ten seconds a bucket gives its capacity and what flows back meanwhile.
    """
    capacity = max(calls // _BURST, 1)
    return Limit(capacity=capacity, rate=(calls - capacity) / WINDOW_SECONDS, reserve=_RESERVE)


@attrs.frozen(kw_only=True)
class _Stranger:
    """Who fetches a label from an address that FedEx named: the driver, without its hosts, tokens and limits."""

    driver: str
    account: str
    key: str
    transport: object | None
    clock: Clock | None
    max_wait: timedelta | None
    hosts: Mapping[str, str] = attrs.field(factory=dict)
    tokens: TokenStore | None = None
    limits: LimitStore | None = None


class FedExClient:
    """Sends the requests of one account.

    Args:
        owner: The driver.
        config: Its settings.
    """

    def __init__(self, owner: SessionOwner, config: FedExConfig) -> None:
        self._owner = owner
        if config.tracks_apart:
            main = track = window_limit(config.calls_per_window)
        else:
            track = window_limit(config.calls_per_window // _TRACK_SHARE)
            main = window_limit(config.calls_per_window - config.calls_per_window // _TRACK_SHARE)
        limits = {"token": ("token", _TOKEN_LIMIT), **dict.fromkeys(TRACKING, ("track", track))}
        self._session = Session(
            owner,
            hosts={"api": config.host, "documents": config.documents_host},
            auth=FedExAuth(config),
            translate=self._translate,
            limits=lambda request: limits.get(request.operation, ("", main)),
            retry=_RETRY,
            # fixed: without it texts follow the account's language, and change (field guide fedex.md §1)
            headers={"x-locale": "en_US", "Accept": "application/json", "Accept-Encoding": "gzip"},
        )

    def _translate(self, request: Request, response: Response) -> OperationError | None:
        return translate(request, response, now=self._session.clock.now())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()

    async def rate(self, question: RateRequest) -> RateAnswer:
        """Ask for prices."""
        return await self._ask("rate", "/rate/v1/rates/quotes", question, RateAnswer)

    async def transit_times(self, question: TransitRequest) -> TransitAnswer:
        """Ask how long services take."""
        return await self._ask("transit_times", "/availability/v1/transittimes", question, TransitAnswer)

    async def validate(self, question: AddressRequest) -> AddressAnswer:
        """Check and classify addresses."""
        return await self._ask("validate_address", "/address/v1/addresses/resolve", question, AddressAnswer)

    async def validate_postal(self, question: PostalRequest) -> PostalAnswer:
        """Check a postal code."""
        return await self._ask("validate_postal_code", "/country/v1/postal/validate", question, PostalAnswer)

    async def locations(self, question: LocationRequest) -> LocationAnswer:
        """Ask for places."""
        return await self._ask("find_locations", "/location/v1/locations", question, LocationAnswer)

    async def ship(self, body: bytes) -> tuple[ShipAnswer, Response]:
        """Buy. Sent once; what is lost is not repeated (field guide fedex.md §0.1). The answer's bytes come too."""
        request = self._request(
            "ship", "POST", "/ship/v1/shipments", body, safe=False, lane=Lane.PURCHASE, timeout=_SHIP_PATIENCE
        )
        response = await self._session.send(request)
        return self._decode(response, ShipAnswer), response

    async def ship_results(self, question: ResultsRequest) -> ShipAnswer:
        """Ask what became of a purchase that FedEx makes in its own time."""
        path = "/ship/v1/shipments/results"
        return await self._ask("ship_results", path, question, ShipAnswer, lane=Lane.PURCHASE)

    async def cancel(self, question: CancelRequest) -> CancelAnswer:
        """Give a shipment back. Sent once: a repeat does no harm, but whoever repeats it must know that, to read the answer."""
        request = self._request(
            "void",
            "PUT",
            "/ship/v1/shipments/cancel",
            json_encode(question, decimals="number"),
            safe=False,
            lane=Lane.CONFIRM,
        )
        return self._decode(await self._session.send(request), CancelAnswer)

    async def track(self, question: TrackRequest) -> tuple[TrackAnswer, Response]:
        """Ask for up to 30 parcels; the answer's bytes come too."""
        path = "/track/v1/trackingnumbers"
        request = self._request(
            "track", "POST", path, json_encode(question, decimals="number"), safe=True, lane=Lane.TRACK
        )
        response = await self._session.send(request)
        return self._decode(response, TrackAnswer), response

    async def track_reference(self, question: ReferenceRequest) -> tuple[TrackAnswer, Response]:
        """Ask what has our reference."""
        path = "/track/v1/referencenumbers"
        request = self._request("find_purchase", "POST", path, json_encode(question), safe=True, lane=Lane.PURCHASE)
        response = await self._session.send(request)
        return self._decode(response, TrackAnswer), response

    async def proof(self, question: ProofRequest) -> tuple[ProofAnswer, Response]:
        """Ask for a proof of delivery."""
        path = "/track/v1/trackingdocuments"
        request = self._request(
            "proof_of_delivery", "POST", path, json_encode(question, decimals="number"), safe=True, lane=Lane.TRACK
        )
        response = await self._session.send(request)
        return self._decode(response, ProofAnswer), response

    async def close_day(self, question: CloseRequest) -> tuple[CloseAnswer, Response]:
        """Close Ground's day. Sent once: what it closed, a second one would leave out (field guide fedex.md §12)."""
        path = "/ship/v1/endofday/"  # with the slash at its end
        request = self._request(
            "manifest", "PUT", path, json_encode(question, decimals="number"), safe=False, lane=Lane.CONFIRM
        )
        response = await self._session.send(request)
        return self._decode(response, CloseAnswer), response

    async def reprint_close(self, question: CloseRequest) -> CloseAnswer:
        """Get the manifest of a day that is closed again."""
        return await self._ask("manifest", "/ship/v1/endofday/", question, CloseAnswer, lane=Lane.CONFIRM)

    async def pickup(self, question: PickupRequest) -> tuple[PickupAnswer, Response]:
        """Ask FedEx to come. Sent once: there is no list to find a lost one in (field guide fedex.md §12)."""
        path = "/pickup/v1/pickups"
        request = self._request(
            "schedule_pickup", "POST", path, json_encode(question, decimals="number"), safe=False, lane=Lane.CONFIRM
        )
        response = await self._session.send(request)
        return self._decode(response, PickupAnswer), response

    async def cancel_pickup(self, question: PickupCancelRequest) -> PickupCancelAnswer:
        """Tell FedEx not to come."""
        path = "/pickup/v1/pickups/cancel"
        request = self._request(
            "cancel_pickup", "PUT", path, json_encode(question, decimals="number"), safe=True, lane=Lane.CONFIRM
        )
        return self._decode(await self._session.send(request), PickupCancelAnswer)

    async def upload(self, upload: Upload, data: bytes) -> tuple[UploadAnswer, Response]:
        """Hand a paper in. A repeat makes an orphan, which does no harm (field guide fedex.md §12)."""
        content, content_type = form_body(
            {"document": json_encode(upload)},
            file_field="attachment",
            file_name=upload.name,
            content_type=upload.content_type,
            data=data,
        )
        path = "/documents/v1/etds/upload"
        request = attrs.evolve(
            self._request("upload_document", "POST", path, content, safe=True, lane=Lane.PURCHASE),
            host="documents",
            content_type=content_type,
        )
        response = await self._session.send(request)
        return self._decode(response, UploadAnswer), response

    async def fetch(self, url: str) -> bytes:
        """Return what lies at an address that FedEx named in an answer.

        Raises:
            ResponseError: The address is not one of FedEx's; nothing was sent.
            OperationError: It could not be fetched.
        """
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            raise self._strange() from None
        base = f"{parts.scheme}://{parts.netloc}"
        own = base == self._base_origin()
        if not own and not (parts.scheme == "https" and host.endswith(_OUR_DOMAINS)):
            raise self._strange()
        stranger = _Stranger(
            driver=self._owner.driver,
            account=self._owner.account,
            key=self._owner.key,
            transport=self._owner.transport,
            clock=self._owner.clock,
            max_wait=self._owner.max_wait,
        )
        session = Session(stranger, hosts={"label": base}, retry=_RETRY, timeout=_FETCH_PATIENCE)
        request = Request(
            operation="fetch_label",
            method="GET",
            path=quote(parts.path or "/", safe="%/:@!$&'()*+,;=~"),
            template="(label)",
            host="label",
            params=parse_qs(parts.query, keep_blank_values=True),
            safe=True,
            lane=Lane.PURCHASE,
        )
        try:
            return (await session.send(request)).content
        finally:
            await session.aclose()

    def _strange(self) -> ResponseError:
        return ResponseError(
            "FedEx named a label's address that is not one of its own; nothing was fetched",
            provider=self._owner.driver,
            account=self._owner.account,
            operation="fetch_label",
        )

    def _base_origin(self) -> str:
        parts = urlsplit(self._session.base_url("api"))
        return f"{parts.scheme}://{parts.netloc}"

    def refused(self, code: str, response: Response) -> ProviderError:
        """Return the error for a code that came inside a success."""
        return refused(code, response.request, response)

    def odd(self, response: Response, what: str) -> ResponseError:
        """Return the error for an answer that can be read and makes no sense."""
        return ResponseError(
            f"FedEx answered {response.request.operation} {what}",
            request_id=request_id(response.request, response, None),
            outcome_unknown=not response.request.safe,
            **response.facts,
        )

    async def _ask(
        self, operation: str, path: str, question: msgspec.Struct, schema: type[T], *, lane: Lane = Lane.SYNC
    ) -> T:
        request = self._request(operation, "POST", path, json_encode(question, decimals="number"), safe=True, lane=lane)
        return self._decode(await self._session.send(request), schema)

    def _request(
        self,
        operation: str,
        method: str,
        path: str,
        content: bytes,
        *,
        safe: bool,
        lane: Lane,
        timeout: float | None = None,
    ) -> Request:
        return Request(
            operation=operation,
            method=method,
            path=path,
            template=path,
            headers={"x-customer-transaction-id": str(uuid4())},
            content=content,
            safe=safe,
            lane=lane,
            timeout=timeout,
        )

    def _decode(self, response: Response, schema: type[T]) -> T:
        decoder: msgspec.json.Decoder[T] = json_decoder(schema)
        try:
            return read_json(response, decoder)
        except ResponseError as exc:
            found = exc.replace(request_id=request_id(response.request, response, None))
            found.__cause__ = exc.__cause__
            raise found from exc.__cause__
