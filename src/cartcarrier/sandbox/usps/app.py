"""USPS's paths: who may call, how often, and where each request goes."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cartcarrier.sandbox.usps import (
    addresses,
    adjustments,
    cancelling,
    international,
    labels,
    locations,
    notices,
    oauth,
    options,
    payments,
    pickups,
    quotas,
    rating,
    reprints,
    scan_forms,
    standards,
    subscriptions,
    tracking,
)
from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Answer, Node, to_bytes
from cartcarrier.sandbox.usps.errors import ShapeError, USPSError
from cartcarrier.sandbox.usps.label_views import Call
from cartcarrier.sandbox.usps.shapes import read_json

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request], Awaitable[Any]]

_PRICES: Final = "base-rates|base-rates-list|total-rates|extra-service-rates"
_LABEL: Final = r"/(?:labels/v3/label|international-labels/v3/international-label)"

# (method, path) -> operation, as faults and counters call it; tried in this order.
OPERATIONS: Final = (
    ("POST", re.compile(r"/oauth2/v3/token"), "token"),
    ("POST", re.compile(r"/oauth2/v3/revoke"), "revoke"),
    ("POST", re.compile(r"/payments/v3/payment-authorization"), "payment"),
    ("GET", re.compile(r"/payments/v3/payment-account/[^/]+"), "funds"),
    ("GET", re.compile(r"/addresses/v3/address"), "address"),
    ("GET", re.compile(r"/addresses/v3/city-state"), "city_state"),
    ("GET", re.compile(r"/addresses/v3/zipcode"), "zip_code"),
    ("POST", re.compile(r"/(?:international-)?prices/v3/[^/]+/search"), "rate"),
    ("POST", re.compile(r"/shipments/v3/options/search"), "shop"),
    ("GET", re.compile(r"/service-standards/v3/.*"), "standards"),
    ("GET", re.compile(r"/locations/v3/.*"), "locations"),
    ("POST", re.compile(rf"{_LABEL}|/labels/v3/return-label"), "ship"),
    ("DELETE", re.compile(rf"{_LABEL}(?:/[^/]+)?"), "void"),
    ("PATCH", re.compile(rf"{_LABEL}/[^/]+"), "edit"),
    ("POST", re.compile(rf"{_LABEL}-reprint(?:/[^/]+)?"), "recover"),
    ("POST", re.compile(r"/scan-forms/v3/scan-form"), "manifest"),
    ("GET", re.compile(r"/pickup/v3/carrier-pickup/eligibility"), "pickup_eligibility"),
    ("POST", re.compile(r"/pickup/v3/carrier-pickup"), "pickup"),
    ("GET", re.compile(r"/pickup/v3/carrier-pickup/[^/]+"), "pickup_read"),
    ("PUT", re.compile(r"/pickup/v3/carrier-pickup/[^/]+"), "pickup_change"),
    ("DELETE", re.compile(r"/pickup/v3/carrier-pickup/[^/]+"), "pickup_cancel"),
    ("POST", re.compile(r"/tracking/v3r2/tracking"), "track"),
    ("GET", re.compile(r"/tracking/v3/tracking/[^/]+"), "track"),
    ("POST", re.compile(r"/tracking/v3(?:r2)?/tracking/[^/]+/proof-of-delivery"), "proof_of_delivery"),
    ("POST", re.compile(r"/tracking/v3(?:r2)?/tracking/[^/]+/notifications"), "notify"),
    ("POST", re.compile(r"/subscriptions-tracking/v3(?:r2)?/subscriptions"), "subscribe"),
    ("GET", re.compile(r"/subscriptions-tracking/v3(?:r2)?/subscriptions(?:/[^/]+)?"), "subscriptions"),
    ("DELETE", re.compile(r"/subscriptions-tracking/v3(?:r2)?/subscriptions/[^/]+"), "unsubscribe"),
    ("GET", re.compile(r"/adjustments/v3/.*"), "adjustments"),
    ("POST", re.compile(r"/disputes/v3/dispute"), "dispute"),
)


def name_operation(method: str, path: str) -> str:
    """Return the name of the operation behind a method and a path; ``unknown`` for none."""
    return next((name for verb, pattern, name in OPERATIONS if verb == method and pattern.fullmatch(path)), "unknown")


class USPSPaths:
    """USPS's endpoints.

    Args:
        world: What the platform knows.
        limits: Whether the hourly quotas are in force.
    """

    def __init__(self, world: World, *, limits: bool) -> None:
        self._world = world
        self._limits = limits

    def build(self) -> Starlette:
        """Return the app."""
        open_ = self._open
        label, abroad = "/labels/v3/label", "/international-labels/v3/international-label"
        routes = [
            Route("/oauth2/v3/token", self._token, methods=["POST"]),
            Route("/oauth2/v3/revoke", self._revoke, methods=["POST"]),
            Route("/payments/v3/payment-authorization", open_(self._authorize, "payments"), methods=["POST"]),
            Route("/payments/v3/payment-account/{number}", open_(self._funds, "payments"), methods=["GET"]),
            Route("/addresses/v3/address", open_(self._address, "addresses"), methods=["GET"]),
            Route("/addresses/v3/city-state", open_(self._city, "addresses"), methods=["GET"]),
            Route("/addresses/v3/zipcode", open_(self._zip_code, "addresses"), methods=["GET"]),
            Route("/prices/v3/{name}/search", open_(self._rate, "prices"), methods=["POST"]),
            Route(
                "/international-prices/v3/{name}/search",
                open_(self._rate_abroad, "international-prices"),
                methods=["POST"],
            ),
            Route("/shipments/v3/options/search", open_(self._shop, "shipments"), methods=["POST"]),
            Route("/service-standards/v3/{name}", open_(self._standards, "service-standards"), methods=["GET"]),
            Route(label, open_(self._buy, "labels"), methods=["POST"]),
            Route("/labels/v3/return-label", open_(self._buy_return, "labels"), methods=["POST"]),
            Route(abroad, open_(self._buy_abroad, "international-labels"), methods=["POST"]),
            Route(f"{label}-reprint", open_(self._reprint, "labels"), methods=["POST"]),
            Route(f"{label}-reprint/{{number}}", open_(self._reprint, "labels"), methods=["POST"]),
            Route(f"{abroad}-reprint", open_(self._reprint, "international-labels"), methods=["POST"]),
            Route(f"{abroad}-reprint/{{number}}", open_(self._reprint, "international-labels"), methods=["POST"]),
            Route(label, open_(self._cancel, "labels"), methods=["DELETE"]),
            Route(f"{label}/{{number}}", open_(self._cancel, "labels"), methods=["DELETE"]),
            Route(abroad, open_(self._cancel, "international-labels"), methods=["DELETE"]),
            Route(f"{abroad}/{{number}}", open_(self._cancel, "international-labels"), methods=["DELETE"]),
            Route(f"{label}/{{number}}", open_(self._edit, "labels"), methods=["PATCH"]),
            Route("/tracking/v3r2/tracking", open_(self._track_batch, "tracking"), methods=["POST"]),
            Route("/tracking/v3/tracking/{number}", open_(self._track, "tracking"), methods=["GET"]),
            Route("/tracking/{version}/tracking/{number}/{order}", open_(self._promise, "tracking"), methods=["POST"]),
            Route("/locations/v3/{name}", open_(self._locations, "locations"), methods=["GET"]),
            Route("/scan-forms/v3/scan-form", open_(self._manifest, "scan-forms"), methods=["POST"]),
            Route("/pickup/v3/carrier-pickup/eligibility", open_(self._eligibility, "pickup"), methods=["GET"]),
            Route("/pickup/v3/carrier-pickup", open_(self._pickup, "pickup"), methods=["POST"]),
            Route(
                "/pickup/v3/carrier-pickup/{number}",
                open_(self._one_pickup, "pickup"),
                methods=["GET", "PUT", "DELETE"],
            ),
            Route(
                "/subscriptions-tracking/{version}/subscriptions",
                open_(self._subscriptions, "subscriptions-tracking"),
                methods=["GET", "POST"],
            ),
            Route(
                "/subscriptions-tracking/{version}/subscriptions/{number}",
                open_(self._one_subscription, "subscriptions-tracking"),
                methods=["GET", "DELETE"],
            ),
            Route(
                "/adjustments/v3/adjustments/{crid}/{number}/{kind}",
                open_(self._adjustments, "adjustments"),
                methods=["GET"],
            ),
            Route("/disputes/v3/dispute", open_(self._dispute, "disputes"), methods=["POST"]),
            Route("/{rest:path}", open_(_nowhere), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]
        return Starlette(routes=routes)

    def _open(self, handler: Handler, product: str | None = None) -> Endpoint:
        """Put the guards in front of a handler: the token, then the quota; and turn refusals into USPS's bodies."""

        async def endpoint(request: Request) -> Response:
            api = "/" + "/".join(
                request.url.path.removeprefix(request.scope.get("root_path", "")).strip("/").split("/")[:2]
            )
            try:
                if product is not None:
                    oauth.check_token(self._world, request.headers.get("authorization", ""), product)
                    self._count(product)
                made = await handler(request)
            except ShapeError as error:
                return _refuse(error.refuse(api), api)
            except USPSError as error:
                return _refuse(error, api)
            return _respond(made)

        return endpoint

    def _count(self, product: str) -> None:
        if self._limits:
            quotas.take(self._world, product)

    async def _token(self, request: Request) -> Response:
        body, content_type = await request.body(), request.headers.get("content-type", "")
        try:
            self._count("oauth2")
            return _respond(oauth.issue_token(self._world, content_type, body))
        except USPSError as error:
            return Response(
                oauth.token_error(error), status_code=error.status, media_type="application/json", headers=error.headers
            )

    async def _revoke(self, request: Request) -> Response:
        body, content_type = await request.body(), request.headers.get("content-type", "")
        try:
            self._count("oauth2")
            oauth.revoke_token(self._world, content_type, body)
        except USPSError as error:
            return Response(
                oauth.token_error(error), status_code=error.status, media_type="application/json", headers=error.headers
            )
        return Response(status_code=200)

    async def _authorize(self, request: Request) -> Node:
        cancelling.settle(self._world)
        return payments.authorize(self._world, await _read(request))

    async def _funds(self, request: Request) -> Node:
        cancelling.settle(self._world)
        return payments.read_account(self._world, request.path_params["number"], dict(request.query_params))

    async def _address(self, request: Request) -> Node:
        return addresses.standardize(dict(request.query_params))

    async def _city(self, request: Request) -> Node:
        return addresses.find_city(dict(request.query_params))

    async def _zip_code(self, request: Request) -> Node:
        return addresses.find_zip_code(dict(request.query_params))

    async def _rate(self, request: Request) -> object:
        name = request.path_params["name"]
        if name not in _PRICES.split("|"):
            raise _not_found()
        return rating.search(self._world, name, await _read(request))

    async def _rate_abroad(self, request: Request) -> Node:
        name = request.path_params["name"]
        if name not in _PRICES.split("|"):
            raise _not_found()
        return rating.search_abroad(self._world, name, await _read(request))

    async def _shop(self, request: Request) -> Node:
        return options.search(self._world, await _read(request))

    async def _standards(self, request: Request) -> list[Node]:
        name = request.path_params["name"]
        if name not in {"estimates", "standards"}:
            raise _not_found()
        return standards.estimate(self._world, dict(request.query_params), path=f"/{name}")

    async def _buy(self, request: Request) -> Answer:
        cancelling.settle(self._world)
        return labels.buy(self._world, await _read(request), _call(request))

    async def _buy_return(self, request: Request) -> Answer:
        return labels.buy_return(self._world, await _read(request), _call(request))

    async def _buy_abroad(self, request: Request) -> Answer:
        cancelling.settle(self._world)
        return international.buy(self._world, await _read(request), _call(request))

    async def _reprint(self, request: Request) -> Answer:
        body = await request.body()
        asked = read_json(body) if body.strip() else {}
        number = request.path_params.get("number")
        return reprints.reprint(
            self._world, asked, _call(request), number, abroad="/international-" in request.url.path
        )

    async def _cancel(self, request: Request) -> Answer:
        call = _call(request)
        payments.check_payment_token(self._world, call.payment_token)
        number = request.path_params.get("number")
        cancelling.settle(self._world)
        abroad = "/international-" in request.url.path
        label = cancelling.find_label(self._world, number, call.key, abroad=abroad)
        headers = {"X-Idempotency-Key": call.key} if number is None and call.key else {}
        return Answer(body=to_bytes(cancelling.cancel(self._world, label)), headers=headers)

    async def _edit(self, request: Request) -> Answer:
        return reprints.edit(self._world, await _read(request), _call(request), request.path_params["number"])

    async def _track_batch(self, request: Request) -> Answer:
        status, found = tracking.track_batch(self._world, await _read(request))
        return Answer(body=to_bytes(found), status=status)

    async def _track(self, request: Request) -> Node:
        return tracking.track(self._world, request.path_params["number"], dict(request.query_params))

    async def _promise(self, request: Request) -> Answer:
        if request.path_params["order"] not in {"proof-of-delivery", "notifications"}:
            raise _not_found()
        path = request.path_params
        made = notices.take(
            self._world,
            path["number"],
            await _read(request),
            version=path["version"],
            proof=path["order"] == "proof-of-delivery",
        )
        return Answer(body=to_bytes(made), status=202)

    async def _locations(self, request: Request) -> object:
        name, query = request.path_params["name"], dict(request.query_params)
        if name == "dropoff-locations":
            return locations.find_dropoffs(query)
        if name == "parcel-locker-locations":
            return locations.find_lockers(query)
        if name != "post-office-locations":
            raise _not_found()
        return locations.find_offices(self._world, query)

    async def _manifest(self, request: Request) -> Answer:
        return scan_forms.create(self._world, await _read(request), request.headers.get("accept", ""))

    async def _eligibility(self, request: Request) -> Node:
        return pickups.check_eligibility(dict(request.query_params))

    async def _pickup(self, request: Request) -> Answer:
        return pickups.create(self._world, await _read(request))

    async def _one_pickup(self, request: Request) -> Answer:
        number, tag = request.path_params["number"], request.headers.get("if-match")
        if request.method == "PUT":
            return pickups.change(self._world, number, await _read(request), tag)
        if request.method == "DELETE":
            return pickups.cancel(self._world, number, tag)
        return pickups.read(self._world, number)

    async def _subscriptions(self, request: Request) -> object:
        if request.method == "GET":
            return subscriptions.list_all(self._world, dict(request.query_params))
        return subscriptions.subscribe(self._world, await _read(request))

    async def _one_subscription(self, request: Request) -> object:
        number = request.path_params["number"]
        if request.method == "GET":
            return subscriptions.read(self._world, number)
        subscriptions.unsubscribe(self._world, number)
        return Answer(body=b"")

    async def _adjustments(self, request: Request) -> Node:
        path = request.path_params
        return adjustments.read(self._world, path["crid"], path["number"], path["kind"])

    async def _dispute(self, request: Request) -> Node:
        return adjustments.dispute(self._world, await _read(request))


def _call(request: Request) -> Call:
    headers = request.headers
    return Call(
        key=headers.get("x-idempotency-key"),
        payment_token=headers.get("x-payment-authorization-token"),
        accept=headers.get("accept", ""),
        base_url=str(request.base_url).rstrip("/"),
    )


async def _read(request: Request) -> Any:  # noqa: ANN401 - any JSON value
    return read_json(await request.body())


def _respond(made: object) -> Response:
    if isinstance(made, Answer):
        return Response(made.body, status_code=made.status, media_type=made.media_type, headers=made.headers)
    return Response(to_bytes(made), media_type="application/json")


def _refuse(error: USPSError, api: str) -> Response:
    return Response(
        to_bytes(error.body(api)), status_code=error.status, media_type="application/json", headers=error.headers
    )


def _not_found() -> USPSError:
    return USPSError("", "Resource Not Found", status=404)


async def _nowhere(request: Request) -> Node:
    del request
    raise _not_found()
