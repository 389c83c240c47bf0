"""UPS's paths: who may call, how often, and where each request goes."""

import re
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cartcarrier.sandbox._bucket import Bucket
from cartcarrier.sandbox.ups import addresses, rating, recovery, shipping, tracking, voiding
from cartcarrier.sandbox.ups.account import World
from cartcarrier.sandbox.ups.desk_paths import Answer, DeskPaths
from cartcarrier.sandbox.ups.errors import INVALID, MESSAGES, UPSError, error_body, fault_body
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.oauth import check_token, issue_token
from cartcarrier.sandbox.ups.reading import MAX_TRANS_ID, read_json, read_version

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request], Awaitable[Answer]]

# (method, path) -> operation, as faults and counters call it; tried in this order.
OPERATIONS: Final = (
    ("POST", re.compile(r"/security/v1/oauth/token"), "token"),
    ("POST", re.compile(r"/api/rating/[^/]+/(?i:rate).*"), "rate"),
    ("POST", re.compile(r"/api/rating/[^/]+/.*"), "shop"),
    ("POST", re.compile(r"/api/shipments/[^/]+/ship"), "ship"),
    ("DELETE", re.compile(r"/api/shipments/[^/]+/void/cancel/.*"), "void"),
    ("POST", re.compile(r"/api/labels/[^/]+/recovery"), "recover"),
    ("POST", re.compile(r"/api/addressvalidation/.*"), "address"),
    ("POST", re.compile(r"/api/shipments/[^/]+/transittimes"), "transit"),
    ("POST", re.compile(r"/api/locations/.*"), "locate"),
    ("POST", re.compile(r"/api/pickupcreation/[^/]+/pickup"), "pickup"),
    ("POST", re.compile(r"/api/shipments/[^/]+/pickup/.*"), "pickup_rate"),
    ("GET", re.compile(r"/api/shipments/[^/]+/pickup/.*"), "pickup_status"),
    ("DELETE", re.compile(r"/api/shipments/[^/]+/pickup/.*"), "pickup_cancel"),
    ("GET", re.compile(r"/api/pickup/[^/]+/countries/.*"), "pickup_divisions"),
    ("POST", re.compile(r"/api/paperlessdocuments/[^/]+/upload"), "upload"),
    ("POST", re.compile(r"/api/paperlessdocuments/[^/]+/image"), "attach"),
    ("DELETE", re.compile(r"/api/paperlessdocuments/.*"), "delete_document"),
    ("POST", re.compile(r"/api/track/[^/]+/subscription/[^/]+/package"), "subscribe"),
    ("POST", re.compile(r"/api/track/[^/]+/subscription/[^/]+/account"), "subscribe_account"),
    ("DELETE", re.compile(r"/api/track/[^/]+/subscription/[^/]+/account"), "unsubscribe_account"),
    ("GET", re.compile(r"/api/track/v1/details/.*"), "track"),
    ("GET", re.compile(r"/api/track/v1/shipment/details/.*"), "track_shipment"),
    ("GET", re.compile(r"/api/track/v1/reference/details/.*"), "track_reference"),
)


def name_operation(method: str, path: str) -> str:
    """Return the name of the operation behind a method and a path; ``unknown`` for none."""
    return next((name for verb, pattern, name in OPERATIONS if verb == method and pattern.fullmatch(path)), "unknown")


class UPSPaths:
    """UPS's endpoints.

    Args:
        world: What the platform knows.
        bucket: The rate limit; ``None`` when it is raised.
    """

    def __init__(self, world: World, bucket: Bucket | None) -> None:
        self._world = world
        self._bucket = bucket

    def build(self) -> Starlette:
        """Return the app."""
        routes = [
            Route("/security/v1/oauth/token", self._open(self._token), methods=["POST"]),
            Route("/api/rating/{version}/{option}", self._open(self._rate, "rating"), methods=["POST"]),
            Route("/api/shipments/{version}/ship", self._open(self._ship, "shipping"), methods=["POST"]),
            Route(
                "/api/shipments/{version}/void/cancel/{number}", self._open(self._void, "shipping"), methods=["DELETE"]
            ),
            Route("/api/labels/{version}/recovery", self._open(self._recover, "shipping"), methods=["POST"]),
            Route("/api/addressvalidation/{version}/{option}", self._open(self._address, "address"), methods=["POST"]),
            Route("/api/track/v1/details/{number}", self._open(self._track, "tracking"), methods=["GET"]),
            Route(
                "/api/track/v1/shipment/details/{number}", self._open(self._track_shipment, "tracking"), methods=["GET"]
            ),
            Route(
                "/api/track/v1/reference/details/{value}",
                self._open(self._track_reference, "tracking"),
                methods=["GET"],
            ),
            *(
                Route(path, self._open(handler, product), methods=[method])
                for method, path, handler, product in DeskPaths(self._world).table()
            ),
            Route(
                "/api/track/{version}/subscription/{rest:path}",
                self._open(_wrong_method),
                methods=["GET", "PUT", "PATCH", "DELETE"],
            ),
            Route("/{rest:path}", self._open(_nowhere), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]
        return Starlette(routes=routes)

    def _open(self, handler: Handler, product: str | None = None) -> Endpoint:
        """Put the guards in front of a handler: the limit, then the token; and turn refusals into UPS's bodies."""

        async def endpoint(request: Request) -> Response:
            try:
                self._let_through(request, product)
                made = await handler(request)
                content, status = made if isinstance(made, tuple) else (made, 200)
                answer: Response = JSONResponse(content, status_code=status)
            except UPSError as error:
                legacy = self._world.switch("legacy_fault")
                body = (
                    fault_body(error.code, error.message)
                    if legacy
                    else error_body(error.code, error.message, error.extra)
                )
                answer = Response(body, status_code=error.status, media_type="application/json")
            if "transid" in request.headers:
                answer.headers["transid"] = request.headers["transid"]
            return answer

        return endpoint

    def _let_through(self, request: Request, product: str | None) -> None:
        if self._bucket is not None and not self._bucket.take():
            raise UPSError("10429", MESSAGES["10429"], 429)
        if code := self._world.switch("outages").get(name_operation(request.method, request.url.path)):
            raise UPSError(code, MESSAGES.get(code, "The UPS system is unavailable; please try again later."), 500)
        if product is not None:
            check_token(self._world, request.headers.get("authorization", ""), product)

    async def _token(self, request: Request) -> Node:
        headers = request.headers
        body = await request.body()
        return issue_token(self._world, headers.get("authorization", ""), headers.get("content-type", ""), body)

    async def _rate(self, request: Request) -> Node:
        return rating.rate(
            self._world,
            await read_json(request),
            option=request.path_params["option"],
            version=read_version(request),
            transit_asked=request.query_params.get("additionalinfo") == "timeintransit",
        )

    async def _ship(self, request: Request) -> Node:
        return shipping.ship(self._world, await read_json(request), version=read_version(request))

    async def _void(self, request: Request) -> Node:
        number, tracking_number = request.path_params["number"], request.query_params.get("trackingnumber")
        return voiding.void(self._world, number, tracking=tracking_number, version=read_version(request))

    async def _recover(self, request: Request) -> Node:
        read_version(request)
        return recovery.recover(self._world, await read_json(request))

    async def _address(self, request: Request) -> Node:
        query = request.query_params
        limit = query.get("maximumcandidatelistsize")
        if limit is not None and not limit.isdigit():
            raise UPSError(INVALID, "The maximum candidate list size must be a number.")
        return addresses.validate(
            self._world,
            await read_json(request),
            option=request.path_params["option"],
            version=read_version(request),
            limit=None if limit is None else int(limit),
            regional=query.get("regionalrequestindicator", "").lower() == "true",
        )

    async def _track(self, request: Request) -> Node:
        _check_transaction(request)
        query = request.query_params
        return tracking.track(
            self._world,
            request.path_params["number"],
            signature=query.get("returnSignature") == "true",
            pod=query.get("returnPOD") == "true",
            milestones=query.get("returnMilestones") == "true",
        )

    async def _track_shipment(self, request: Request) -> Node:
        _check_transaction(request)
        offset, count = request.query_params.get("offset", "0"), request.query_params.get("count", "50")
        if not offset.isdigit() or not count.isdigit():
            raise UPSError(INVALID, "offset and count must be numbers.")
        return tracking.track_shipment(self._world, request.path_params["number"], offset=int(offset), count=int(count))

    async def _track_reference(self, request: Request) -> Node:
        _check_transaction(request)
        query = request.query_params
        return tracking.track_reference(
            self._world,
            request.path_params["value"],
            first=query.get("fromPickUpDate"),
            last=query.get("toPickUpDate"),
            shipper=query.get("shipperNum"),
        )


async def _nowhere(request: Request) -> Answer:
    raise UPSError("10404", f"There is nothing at {request.method} {request.url.path}.", 404)


async def _wrong_method(request: Request) -> Answer:
    raise UPSError("405", f"Method Not Allowed: {request.method}.", 405)


def _check_transaction(request: Request) -> None:
    """Refuse a tracking call without its two headers, or with an identifier of more than 32 characters (guide §1.1)."""
    identifier = request.headers.get("transid", "")
    if not identifier or len(identifier) > MAX_TRANS_ID:
        raise UPSError("TV1001", "Missing or invalid transId.")
    if not request.headers.get("transactionsrc"):
        raise UPSError("TV1001", "Missing or invalid transactionSrc.")
