"""FedEx's paths: who may call, how often, and where each request goes."""

import gzip
import json
import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cartcarrier.sandbox.fedex import (
    addresses,
    cancelling,
    closing,
    documents,
    locating,
    papers,
    pickups,
    proofs,
    rating,
    shipping,
    tracking,
    transit,
)
from cartcarrier.sandbox.fedex.account import World
from cartcarrier.sandbox.fedex.errors import (
    NOT_AUTHORIZED,
    NOT_FOUND,
    PLACEHOLDER,
    FedExError,
    error_envelope,
    invalid_input,
)
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.limits import Limits
from cartcarrier.sandbox.fedex.oauth import check_capability, issue_token, project_of
from cartcarrier.sandbox.fedex.words import DEFAULT_LOCALE

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, Node], Node]

# (method, path) -> operation, as faults and counters call it, and the capability that the project needs.
OPERATIONS: Final = (
    ("POST", "/oauth/token", "token", ""),
    ("POST", "/rate/v1/rates/quotes", "rate", "rate"),
    ("POST", "/availability/v1/transittimes", "transit", "availability"),
    ("POST", "/availability/v1/packageandserviceoptions", "options", "availability"),
    ("POST", "/address/v1/addresses/resolve", "address", "address"),
    ("POST", "/country/v1/postal/validate", "postal", "postal"),
    ("POST", "/ship/v1/shipments", "ship", "ship"),
    ("POST", "/ship/v1/shipments/results", "ship_results", "ship"),
    ("POST", "/ship/v1/shipments/packages/validate", "validate", "ship"),
    ("PUT", "/ship/v1/shipments/cancel", "cancel", "ship"),
    ("PUT", "/ship/v1/endofday/", "close", "ship"),
    ("POST", "/ship/v1/endofday/", "close_reprint", "ship"),
    ("POST", "/pickup/v1/pickups/availabilities", "pickup_availability", "pickup"),
    ("POST", "/pickup/v1/pickups", "pickup", "pickup"),
    ("PUT", "/pickup/v1/pickups/cancel", "pickup_cancel", "pickup"),
    ("POST", "/documents/v1/etds/upload", "upload", "documents"),
    ("POST", "/documents/v1/etds/multiupload", "upload_several", "documents"),
    ("POST", "/location/v1/locations", "locations", "locations"),
    ("POST", "/track/v1/trackingdocuments", "proof", "track"),
    ("POST", "/track/v1/trackingnumbers", "track", "track"),
    ("POST", "/track/v1/referencenumbers", "track_reference", "track"),
    ("POST", "/track/v1/associatedshipments", "track_associated", "track"),
)
_UPLOADS: Final = frozenset({"upload", "upload_several"})
_BY_PATH: Final = {(method, path): (name, capability) for method, path, name, capability in OPERATIONS}


def name_operation(method: str, path: str) -> str:
    """Return the name of the operation behind a method and a path; ``unknown`` for none."""
    path = path.removeprefix("/sandbox")
    if method == "GET" and path.startswith(documents.PATH):
        return "document"
    return _BY_PATH.get((method, path), ("unknown", ""))[0]


class FedExPaths:
    """FedEx's endpoints.

    Args:
        world: What the platform knows.
        limits: The rate limits; ``None`` when they are raised.
        mount: Below which path it is served when it is not in process.
    """

    def __init__(self, world: World, limits: Limits | None, mount: str) -> None:
        self._world = world
        self._limits = limits
        self._mount = mount
        self._handlers: dict[str, Handler] = {
            "rate": lambda _, body: rating.rate(world, body),
            "transit": lambda _, body: transit.transit_times(world, body),
            "options": lambda _, body: transit.options(world, body),
            "address": lambda _, body: addresses.resolve(world, body),
            "postal": lambda _, body: addresses.validate_postal(world, body),
            "ship": lambda request, body: shipping.ship(world, body, self._base_url(request)),
            "ship_results": lambda request, body: shipping.results(world, body, self._base_url(request)),
            "validate": lambda _, body: shipping.validate(world, body),
            "cancel": lambda _, body: cancelling.cancel(world, body),
            "close": lambda _, body: closing.close(world, body),
            "close_reprint": lambda _, body: closing.reprint(world, body),
            "pickup_availability": lambda _, body: pickups.availabilities(world, body),
            "pickup": lambda _, body: pickups.create(world, body),
            "pickup_cancel": lambda _, body: pickups.cancel(world, body),
            "locations": lambda _, body: locating.find(body),
            "proof": lambda request, body: proofs.prove(world, body, self._locale(request)),
            "track": lambda request, body: tracking.track(world, body, self._locale(request)),
            "track_reference": lambda request, body: tracking.track_reference(world, body, self._locale(request)),
            "track_associated": lambda request, body: tracking.track_associated(world, body, self._locale(request)),
        }

    def build(self) -> Starlette:
        """Return the app."""
        everything = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        return Starlette(routes=[Route("/{rest:path}", self._endpoint, methods=everything)])

    async def _endpoint(self, request: Request) -> Response:
        path = request.url.path
        name, capability = _BY_PATH.get((request.method, path.removeprefix("/sandbox")), ("", ""))
        customer_id = request.headers.get("x-customer-transaction-id")
        try:
            _check_host(request.url.hostname or "", capability)
            if not name:
                return self._document(request)
            if name == "token":
                return self._json(request, await self._token(request))
            self._let_through(request, capability)
            output = await self._carry_out(name, request)
        except FedExError as error:
            if self._world.switch("missing_messages"):
                error.message = PLACEHOLDER
            return self._json(request, self._refusal(name, error, customer_id), error.status)
        return self._json(request, self._envelope(name, output, customer_id), 201 if name in _UPLOADS else 200)

    async def _carry_out(self, name: str, request: Request) -> Node:
        if name in _UPLOADS:
            form = papers.read_form(request.headers.get("content-type", ""), await request.body())
            take = papers.upload if name == "upload" else papers.upload_several
            return take(self._world, form)
        return self._handlers[name](request, await _read_json(request))

    def _envelope(self, name: str, output: Node, customer_id: str | None) -> Node:
        """Put an answer into its envelope; not all of them have room for both ids (the published descriptions)."""
        made: Node = {} if name == "upload" else {"transactionId": self._world.new_id("transaction")}
        if customer_id is not None and name not in {"close", "close_reprint"}:
            made["customerTransactionId"] = customer_id
        return {**made, "output": output}

    def _refusal(self, name: str, error: FedExError, customer_id: str | None) -> Node:
        if name == "validate" and error.status == 404:
            return {"error": error.code, "error_detail": error.message}
        if name in _UPLOADS and error.code == NOT_AUTHORIZED:
            error = FedExError("AUTHENTICATION.TOKEN.INVALID", "The token is unknown or has expired.", 401)
        made = error_envelope(error, self._world.new_id("transaction"), customer_id)
        if name == "upload":
            return {"errors": made["errors"]}
        if name in {"close", "close_reprint"}:
            made.pop("customerTransactionId", None)
        return made

    def _let_through(self, request: Request, capability: str) -> None:
        project = project_of(self._world, request.headers.get("authorization", ""))
        if self._limits is not None:
            self._limits.take_call(project, capability)
        check_capability(self._world, project, capability)

    async def _token(self, request: Request) -> Node:
        if self._limits is not None:
            self._limits.take_token_call(request.client.host if request.client else "")
        return issue_token(self._world, request.headers.get("content-type", ""), await request.body())

    def _document(self, request: Request) -> Response:
        """Answer an address of a label, which needs no token and lives for a day."""
        path = request.url.path
        if request.method != "GET" or not path.startswith(documents.PATH):
            raise FedExError(NOT_FOUND, status=404)
        key = path.removeprefix(documents.PATH).strip("/").partition("/")[0]
        content, media_type = documents.retrieve(self._world, key)
        return Response(content, media_type=media_type)

    def _base_url(self, request: Request) -> str:
        """Return what addresses begin with: FedEx's own host in process, else where the sandbox is served."""
        base = str(request.base_url).rstrip("/")
        return base if str(request.url.hostname).endswith("fedex.com") else f"{base}/{self._mount}"

    def _locale(self, request: Request) -> str:
        return str(request.headers.get("x-locale") or self._world.switch("account_language") or DEFAULT_LOCALE)

    def _json(self, request: Request, body: Node, status: int = 200) -> Response:
        content = json.dumps(body, default=_plain, separators=(",", ":")).encode()
        headers = {}
        how = self._world.switch("gzip")
        if how == "always" or (how == "asked" and re.search(r"\bgzip\b", request.headers.get("accept-encoding", ""))):
            content = gzip.compress(content, 1, mtime=0)
            headers["content-encoding"] = "gzip"
        return Response(content, status_code=status, headers=headers, media_type="application/json")


def _check_host(host: str, capability: str) -> None:
    """Let a host answer what is its own; a host that is not FedEx's is the served sandbox, which answers everything.

    Raises:
        FedExError: 404 on the wrong one of FedEx's hosts; 401 in production, where the sandbox's keys open nothing.
    """
    if not host.endswith("fedex.com"):
        return
    if host in {"apis.fedex.com", "documentapi.prod.fedex.com"}:
        raise FedExError(NOT_AUTHORIZED, status=401)
    if host.startswith("documentapi") != (capability == "documents"):
        raise FedExError(NOT_FOUND, status=404)


async def _read_json(request: Request) -> Node:
    """Read the body: a JSON object.

    Raises:
        FedExError: 422, when it is none, or not called one.
    """
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise FedExError("INVALID.INPUT.EXCEPTION", "The content type must be application/json.", 415)
    try:
        body: Any = json.loads(await request.body(), parse_float=Decimal)
    except ValueError:
        raise invalid_input("body") from None
    if not isinstance(body, dict):
        raise invalid_input("body")
    return body


def _plain(value: object) -> object:
    """Write a decimal as a JSON number: two decimals come back as they were."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
