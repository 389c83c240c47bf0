"""The Shopify simulator: one shop's Admin API over HTTP."""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from typing_extensions import override

from cartcarrier.http import Clock
from cartcarrier.sandbox import Store
from cartcarrier.sandbox._simulator import ASGIApp
from cartcarrier.sandbox.shopify._auth import OAuthError
from cartcarrier.sandbox.shopify._control import Control
from cartcarrier.sandbox.shopify._cost import CEILING
from cartcarrier.sandbox.shopify._ids import Json
from cartcarrier.sandbox.shopify._schema import VERSIONS, root_names, serve_version
from cartcarrier.sandbox.shopify._shop import SHOP, Shop

REFUSALS: Mapping[int, str] = {
    400: "Bad Request",
    401: "[API] Invalid API key or access token (unrecognized login or wrong password)",
    402: "Unavailable Shop",
    403: "[API] This action requires merchant approval.",
    404: "Not Found",
    423: "Locked",
    429: "Exceeded the call limit for api client. Reduce request rates to resume uninterrupted service.",
    430: "Shopify Security Rejection",
    503: "Service Unavailable",
}
KEPT_NAMES = 512
JSON = "application/json; charset=utf-8"


class ShopifySimulator(Control):
    """One Shopify shop on your own machine.

    It runs real GraphQL against a part of the published schema, keeps the platform's rules of access, cost, search and
    fulfillment orders, and remembers everything in its store, but for the level of the cost bucket.

    Args:
        store: Where its state is kept; by default in memory.
        clock: Where its time comes from; by default the system's.
        limits: Whether the real cost limits of a Standard shop are in force.
        seed: What credentials and the like are drawn from.
        search_lag: Seconds until searches see a change; reads by id see it at once.
        routing_delay: Seconds until an order placed with ``settled=False`` has fulfillment orders.
        job_seconds: How long the job of ``orderCancel`` takes.
    """

    name: ClassVar[str] = "shopify"

    def __init__(
        self,
        *,
        store: Store | None = None,
        clock: Clock | None = None,
        limits: bool = True,
        seed: int = 0,
        search_lag: float = 1.0,
        routing_delay: float = 30.0,
        job_seconds: float = 3.0,
    ) -> None:
        self._delays = {"search_lag": search_lag, "routing_delay": routing_delay, "job_seconds": job_seconds}
        self._shop: Shop | None = None
        self._names: dict[str, str] = {}
        self._requests = 0
        super().__init__(store=store, clock=clock, limits=limits, seed=seed)

    @property
    @override
    def shop(self) -> Shop:
        if self._shop is None:
            self._shop = Shop(self.store, self.clock, limits=self.limits, seed=self.seed, **self._delays)
        return self._shop

    @override
    def plant(self) -> None:
        self._shop = None
        self._shop = self.shop

    @override
    def settings(self) -> dict[str, object]:
        return {"shop": SHOP, "access_token": self.shop.tokens.app["static"]}

    @override
    def hosts(self, base_url: str) -> dict[str, str]:
        return {"api": f"{base_url.rstrip('/')}/shopify"}

    @override
    def describe(self) -> Mapping[str, object]:
        bucket = self.shop.bucket
        return {
            "platform": "Shopify Admin GraphQL API",
            "shop": SHOP,
            "versions": list(VERSIONS),
            "limits": "real" if self.limits else "raised",
            "cost": {"maximum": bucket.capacity, "restored_a_second": bucket.rate, "ceiling_of_a_query": CEILING},
            **{name: f"{seconds} s" for name, seconds in self._delays.items()},
            "not_simulated": ["refunds", "returns", "bulk mutations", "order editing sessions", "metafields"],
        }

    @override
    def error_body(self, status: int) -> tuple[bytes, str]:
        return msgspec.json.encode({"errors": REFUSALS.get(status, "Internal Server Error")}), JSON

    @override
    def operation(self, method: str, path: str, body: bytes) -> str:
        if path.endswith("/admin/oauth/access_token"):
            return "token"
        if path.endswith("/admin/oauth/authorize"):
            return "authorize"
        if "/bulk/" in path:
            return "bulk_file"
        if not path.endswith("/graphql.json"):
            return "unknown"
        try:
            text = msgspec.json.decode(body).get("query")
        except (msgspec.DecodeError, AttributeError):
            return "unknown"
        return self._root_name(text) if isinstance(text, str) else "unknown"

    def _root_name(self, text: str) -> str:
        name = self._names.get(text)
        if name is None:
            if len(self._names) >= KEPT_NAMES:
                self._names.clear()
            name = self._names[text] = next(iter(root_names(text)), "unknown")
        return name

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    @override
    def build(self) -> ASGIApp:
        return Starlette(
            routes=[
                Route("/admin/api/{version}/graphql.json", self._graphql, methods=["POST"]),
                Route("/bulk/{secret}.jsonl", self._bulk_file, methods=["GET"]),
                Route("/admin/oauth/access_token", self._token, methods=["POST"]),
                Route("/admin/oauth/authorize", self._authorize, methods=["GET"]),
            ],
            exception_handlers={404: self._not_found, 405: self._not_found},
        )

    def _reply(
        self, status: int, content: object, *, request_id: str | None = None, version: str | None = None
    ) -> Response:
        headers = {"X-Request-Id": request_id or self._request_id()}
        if version is not None:
            headers["X-Shopify-API-Version"] = version
        return Response(msgspec.json.encode(content), status, headers, JSON)

    def _request_id(self) -> str:
        self._requests += 1
        return self.shop.world.job_key(self._requests)

    async def _not_found(self, _request: Request, _exc: Exception) -> Response:
        return self._reply(404, {"errors": REFUSALS[404]})

    def _other_shop(self, request: Request) -> bool:
        """Whether the request is for another shop than the one that lives here; a loopback address is always here."""
        host = request.headers.get("host", "").partition(":")[0].lower()
        return host.endswith(".myshopify.com") and host != SHOP

    async def _graphql(self, request: Request) -> Response:
        version = serve_version(request.path_params["version"])
        if version is None or self._other_shop(request):
            return self._reply(404, {"errors": REFUSALS[404]})
        if not self.shop.tokens.accepts(request.headers.get("x-shopify-access-token")):
            return self._reply(401, {"errors": REFUSALS[401]}, version=version)
        body = await request.body()
        self.shop.bulk.version = version
        self.shop.bulk.base_url = str(request.base_url).rstrip("/")
        self.shop.tick()
        request_id = self._request_id()
        status, answer = self.shop.api.answer(body, version, request_id)
        return self._reply(status, answer, request_id=request_id, version=version)

    async def _bulk_file(self, request: Request) -> Response:
        """Serve the file of a bulk operation: the address is the permission, so a token that comes along is refused."""
        if "x-shopify-access-token" in request.headers or "authorization" in request.headers:
            return Response("The access token does not belong here.", 400, media_type="text/plain")
        text = self.shop.bulk.file(request.path_params["secret"])
        if text is None:
            return Response("No such object, or it has expired.", 404, media_type="text/plain")
        return Response(text, media_type="application/jsonl")

    async def _token(self, request: Request) -> Response:
        if self._other_shop(request):
            return self._reply(404, {"errors": REFUSALS[404]})
        body = await request.body()
        try:
            form = _read_form(body, request.headers.get("content-type", ""))
        except ValueError:
            return self._reply(400, {"error": "invalid_request", "error_description": "The body cannot be read"})
        try:
            return self._reply(200, self.shop.tokens.grant(form))
        except OAuthError as exc:
            return self._reply(exc.status, {"error": exc.error, "error_description": exc.description})

    async def _authorize(self, request: Request) -> Response:
        try:
            target = self.shop.tokens.authorize(dict(request.query_params))
        except OAuthError as exc:
            return self._reply(exc.status, {"error": exc.error, "error_description": exc.description})
        return RedirectResponse(target, 302)


def _read_form(body: bytes, content_type: str) -> dict[str, str]:
    if "json" in content_type:
        value: Json = msgspec.json.decode(body)
        if not isinstance(value, dict):
            raise ValueError("not an object")
        return {str(key): str(entry) for key, entry in value.items()}
    return dict(parse_qsl(body.decode()))
