"""USPS's paths and verbs: one method, one request, one schema."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec

from cartcarrier.carriers.usps.auth import USPSAuth
from cartcarrier.carriers.usps.config import USPSConfig
from cartcarrier.carriers.usps.documents import is_multipart, read_parts
from cartcarrier.carriers.usps.errors import SilentRefusalError, product_missing, refused, request_id, translate
from cartcarrier.carriers.usps.schemas import (
    AddressResponse,
    CancelResponse,
    CityStateResponse,
    ErrorHead,
    Estimate,
    LabelMetadata,
    LabelResponse,
    LocationsResponse,
    OptionsRequest,
    OptionsResponse,
    PaymentAccountResponse,
    PickupQuestion,
    PickupResponse,
    PrepaidDuties,
    PricesRequest,
    PricesResponse,
    ReprintRequest,
    ScanFormRequest,
    ScanFormResponse,
    ScanMetadata,
    Subscription,
    SubscriptionRequest,
    Subscriptions,
    TrackDetail,
    TrackItem,
)
from cartcarrier.errors import NotFoundError, OperationError, ProviderError, ResponseError
from cartcarrier.http import (
    Lane,
    Limit,
    Request,
    Response,
    RetryPolicy,
    Session,
    SessionOwner,
    decode_error,
    json_decoder,
    json_encode,
    read_json,
)

KEY_HEADER: Final = "X-Idempotency-Key"
LABEL_PATHS: Final[Mapping[str, str]] = {
    "ship": "/labels/v3/label",
    "return": "/labels/v3/return-label",
    "ship_abroad": "/international-labels/v3/international-label",
}
_ONE_DOCUMENT: Final = "application/vnd.usps.labels+json"
# The only one-document form that says what prepaid duties cost (the description of the label abroad).
_WITH_DUTIES: Final = "application/json"
# A share of the hour's calls may come at once and the rest flows back over the hour, so that no hour holds more than USPS allows,
# whenever it is counted from. A bucket of the whole quota would let twice of it through in its first hour.
BURST: Final = 1 / 3
RESERVE: Final = 0.25
"""Of what may come at once, for purchases and cancellations only."""
_HOUR: Final = 3600
# Each try counts: two more, and no sooner than USPS's minutes allow.
_RETRY: Final = RetryPolicy(attempts=3)
_SHIP_PATIENCE: Final = 90.0
_UNCOUNTED: Final = frozenset({"token", "payment"})

T = TypeVar("T")


def quota(calls_per_hour: int) -> Limit:
    """Return the bucket for an hourly quota."""
    burst = max(1, int(calls_per_hour * BURST))
    return Limit(capacity=burst, rate=max(calls_per_hour - burst, 1) / _HOUR, reserve=RESERVE if burst > 1 else 0.0)


class USPSClient:
    """Sends the requests of one account.

    Args:
        owner: The driver.
        config: Its settings.
    """

    def __init__(self, owner: SessionOwner, config: USPSConfig) -> None:
        limit = quota(config.calls_per_hour)
        self._session = Session(
            owner,
            hosts={"api": config.host},
            auth=USPSAuth(config),
            translate=lambda request, response: translate(request, response, now=self._session.clock.now()),
            # three of each a day; a call that has its place must not wait again for the token that it needs
            limits=lambda request: None if request.operation in _UNCOUNTED else ("", limit),
            retry=_RETRY,
            headers={"Accept": "application/json"},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()

    # --- prices and places ------------------------------------------------------------------------------------------

    async def options(self, question: OptionsRequest) -> OptionsResponse:
        """Ask for everything about one parcel in one call."""
        return await self._post("rate", "/shipments/v3/options/search", question, OptionsResponse)

    async def prices(self, kind: str, question: PricesRequest) -> PricesResponse:
        """Ask for prices only: ``total-rates`` or ``base-rates-list``."""
        root = "prices" if question.destination_country_code is None else "international-prices"
        return await self._post("rate", f"/{root}/v3/{kind}/search", question, PricesResponse)

    async def estimates(self, params: Mapping[str, str]) -> list[Estimate]:
        """Ask how long a service takes."""
        return await self._get("transit_times", "/service-standards/v3/estimates", list[Estimate], params=params)

    async def address(self, params: Mapping[str, str]) -> AddressResponse:
        """Check an address."""
        return await self._get("validate_address", "/addresses/v3/address", AddressResponse, params=params)

    async def city_state(self, zip_code: str) -> CityStateResponse:
        """Ask for the city and state of a ZIP code."""
        params = {"ZIPCode": zip_code}
        return await self._get("city_state", "/addresses/v3/city-state", CityStateResponse, params=params)

    async def post_offices(self, params: Mapping[str, str]) -> LocationsResponse:
        """Ask for post offices."""
        return await self._get(
            "find_locations", "/locations/v3/post-office-locations", LocationsResponse, params=params
        )

    async def payment_account(self, number: str, params: Mapping[str, str]) -> PaymentAccountResponse:
        """Ask whether the account can pay."""
        path = f"/payments/v3/payment-account/{quote(number, safe='')}"
        template = "/payments/v3/payment-account/{number}"
        return await self._get("funds", path, PaymentAccountResponse, template=template, params=params)

    # --- labels -----------------------------------------------------------------------------------------------------

    async def buy(self, operation: str, body: bytes, key: str, *, duties: bool = False) -> LabelResponse:
        """Buy a label. Sent once: who repeats it, with the same bytes under the same key, is not decided here.

        Args:
            operation: ``ship``, ``return`` or ``ship_abroad``.
            body: The exact bytes.
            key: The idempotency key.
            duties: The sender pays them; the answer is to say what they cost.
        """
        path = LABEL_PATHS[operation]
        request = Request(
            operation=operation,
            method="POST",
            path=path,
            template=path,
            headers={KEY_HEADER: key, "Accept": _WITH_DUTIES if duties else _ONE_DOCUMENT},
            content=body,
            safe=False,
            lane=Lane.PURCHASE,
            timeout=_SHIP_PATIENCE,
        )
        response = await self._send(request)
        return self._label(response)

    async def reprint(
        self, question: ReprintRequest, *, abroad: bool, number: str | None = None, key: str | None = None
    ) -> LabelResponse:
        """Ask for a label again, by its number or by the key of its purchase. Each time counts: 3 for a label.

        One try: a repeat after a lost answer would count too. That nothing is known of it is no unknown outcome: nothing is bought.
        """
        path = "/international-labels/v3/international-label-reprint" if abroad else "/labels/v3/label-reprint"
        headers = {"Accept": _ONE_DOCUMENT} | ({KEY_HEADER: key} if key is not None else {})
        request = Request(
            operation="reprint",
            method="POST",
            path=path if number is None else f"{path}/{quote(number, safe='')}",
            template=path if number is None else f"{path}/{{number}}",
            headers=headers,
            content=json_encode(question),
            safe=False,
            lane=Lane.PURCHASE,
        )
        try:
            return self._label(await self._send(request))
        except OperationError as exc:
            known = exc.replace(outcome_unknown=False)
            known.__cause__ = exc.__cause__
            raise known from exc.__cause__

    async def cancel(self, number: str, *, abroad: bool) -> CancelResponse:
        """Give a label back, or ask for a refund."""
        path = LABEL_PATHS["ship_abroad" if abroad else "ship"]
        request = Request(
            operation="void",
            method="DELETE",
            path=f"{path}/{quote(number, safe='')}",
            template=f"{path}/{{number}}",
            safe=True,  # a repeat is answered with "cancelled before"
            lane=Lane.CONFIRM,
        )
        return self._decode(await self._send(request), CancelResponse)

    # --- handing over -----------------------------------------------------------------------------------------------

    async def scan_form(self, question: ScanFormRequest) -> ScanFormResponse:
        """Make a SCAN form. Not repeated here: a repeat is refused, and names the form that there is."""
        path = "/scan-forms/v3/scan-form"
        request = Request(
            operation="manifest",
            method="POST",
            path=path,
            template=path,
            headers={"Accept": _ONE_DOCUMENT},
            content=json_encode(question),
            lane=Lane.CONFIRM,
            timeout=_SHIP_PATIENCE,
        )
        response = await self._send(request)
        return self._document(
            response,
            ScanFormResponse,
            ScanMetadata,
            lambda metadata, parts: ScanFormResponse(metadata=metadata, image=_picture(parts)),
        )

    async def pick_up(self, question: PickupQuestion) -> PickupResponse:
        """Ask the carrier to come."""
        request = self._request(
            "schedule_pickup",
            "POST",
            "/pickup/v3/carrier-pickup",
            content=json_encode(question, decimals="number"),
            safe=False,
            lane=Lane.CONFIRM,
        )
        return self._decode(await self._send(request), PickupResponse)

    async def pickup_tag(self, number: str) -> str | None:
        """Return the tag that a change of a pickup must name; ``None`` when the answer has none."""
        return (await self._send(self._pickup("GET", number))).headers.get("etag")

    async def cancel_pickup(self, number: str, tag: str) -> None:
        """Tell the carrier not to come."""
        await self._send(self._pickup("DELETE", number, {"If-Match": tag}))

    # --- tracking ---------------------------------------------------------------------------------------------------

    async def track_many(self, items: Sequence[TrackItem]) -> tuple[list[TrackDetail], Response]:
        """Ask for up to 35 parcels (v3r2); the answer comes too."""
        path = "/tracking/v3r2/tracking"
        request = self._request("track", "POST", path, content=json_encode(list(items)), lane=Lane.TRACK)
        response = await self._send(request)
        return self._decode(response, list[TrackDetail]), response

    async def track_one(self, item: TrackItem) -> tuple[TrackDetail, Response]:
        """Ask for one parcel (v3); the answer comes too."""
        params = {"expand": "DETAIL"}
        if item.destination_zip_code is not None:
            params["destinationZIPCode"] = item.destination_zip_code
        if item.mailing_date is not None:
            params["mailingDate"] = item.mailing_date
        path = f"/tracking/v3/tracking/{quote(item.tracking_number, safe='')}"
        template = "/tracking/v3/tracking/{number}"
        response = await self._send(
            self._request("track", "GET", path, template=template, params=params, lane=Lane.TRACK)
        )
        return self._decode(response, TrackDetail), response

    def failed_part(self, response: Response, head: ErrorHead, status: int) -> ProviderError:
        """Return the error of one parcel in an answer about several."""
        return refused(response.request, response, head, status=status)

    def odd(self, response: Response, what: str) -> ResponseError:
        """Return the error for an answer that can be read and makes no sense."""
        return ResponseError(
            f"USPS answered {response.request.operation} {what}",
            request_id=request_id(response),
            outcome_unknown=not response.request.safe,
            **response.facts,
        )

    # --- pushes -----------------------------------------------------------------------------------------------------

    async def subscribe(self, version: str, question: SubscriptionRequest) -> Subscription:
        """Ask for pushes; USPS knows a repeat (field guide usps.md §7.5)."""
        return await self._post("subscribe", f"/subscriptions-tracking/{version}/subscriptions", question, Subscription)

    async def subscriptions(self, version: str, mid: str) -> list[Subscription]:
        """Return the pushes of a Mailer ID; none are a 404."""
        path = f"/subscriptions-tracking/{version}/subscriptions"
        try:
            response = await self._send(self._request("subscribe", "GET", path, params={"MID": mid}))
        except NotFoundError:
            return []
        found: Any = self._decode(response, Subscriptions | list[Subscription])  # type: ignore[arg-type]  # a union is no class
        return list(found.subscriptions if isinstance(found, Subscriptions) else found)

    async def unsubscribe(self, version: str, number: str) -> None:
        """End a push."""
        path = f"/subscriptions-tracking/{version}/subscriptions"
        template = f"{path}/{{id}}"
        await self._send(self._request("subscribe", "DELETE", f"{path}/{quote(number, safe='')}", template=template))

    # --- how --------------------------------------------------------------------------------------------------------

    async def _send(self, request: Request) -> Response:
        try:
            return await self._session.send(request)
        except SilentRefusalError as exc:
            # the session has renewed the token before it gave up
            raise product_missing(exc) from None

    async def _post(self, operation: str, path: str, question: msgspec.Struct, schema: type[T]) -> T:
        content = json_encode(question, decimals="number")
        return self._decode(await self._send(self._request(operation, "POST", path, content=content)), schema)

    async def _get(
        self, operation: str, path: str, schema: type[T], *, template: str | None = None, params: Mapping[str, str]
    ) -> T:
        request = self._request(operation, "GET", path, template=template, params=params)
        return self._decode(await self._send(request), schema)

    def _request(self, operation: str, method: str, path: str, **facts: Any) -> Request:  # noqa: ANN401 - fields of Request
        given = {name: value for name, value in facts.items() if value is not None}
        return Request(operation=operation, method=method, path=path, **{"template": path, "safe": True, **given})

    def _pickup(self, method: str, number: str, headers: Mapping[str, str] | None = None) -> Request:
        return self._request(
            "cancel_pickup",
            method,
            f"/pickup/v3/carrier-pickup/{quote(number, safe='')}",
            template="/pickup/v3/carrier-pickup/{number}",
            headers=dict(headers or {}),
            lane=Lane.CONFIRM,
        )

    def _label(self, response: Response) -> LabelResponse:
        return self._document(response, LabelResponse, LabelMetadata, _joined)

    def _document(
        self, response: Response, schema: type[T], inner: type[Any], join: Callable[[Any, Mapping[str, bytes]], T]
    ) -> T:
        """Read an answer that is one document, or several parts."""
        content_type = response.headers.get("content-type")
        if not is_multipart(content_type):
            return self._decode(response, schema)
        parts = read_parts(response.content, content_type or "")
        if parts is None:
            raise self.odd(response, "in parts that cannot be read")
        try:
            return join(json_decoder(inner).decode(parts["json"]), parts)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
            raise decode_error(response.request, response, exc) from None

    def _decode(self, response: Response, schema: type[T]) -> T:
        return read_json(response, json_decoder(schema))


def _joined(metadata: LabelMetadata, parts: Mapping[str, bytes]) -> LabelResponse:
    duties = parts.get("prepaidDutiesTaxesFees")
    return LabelResponse(
        label_metadata=metadata,
        label_image=_picture(parts),
        receipt_image=_text(parts.get("receiptImage")),
        prepaid_duties=json_decoder(PrepaidDuties).decode(duties) if duties is not None else None,
    )


def _picture(parts: Mapping[str, bytes]) -> str | None:
    """Return the picture in the parts of an answer: named so, or the first that is no receipt."""
    for name, data in parts.items():
        if name not in {"json", "prepaidDutiesTaxesFees"} and "receipt" not in name.lower():
            return _text(data)
    return None


def _text(data: bytes | None) -> str | None:
    return data.decode("ascii", "replace") if data is not None else None
