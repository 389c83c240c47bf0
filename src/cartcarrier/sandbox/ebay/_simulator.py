"""The eBay simulator: the front of the platform over HTTP. Facts: field guide ebay.md §1 to §3."""

import inspect
import json
import re
from collections.abc import Mapping
from email.utils import format_datetime
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from typing_extensions import override

from cartcarrier.http import Clock
from cartcarrier.sandbox import Store
from cartcarrier.sandbox._simulator import HTML_PAGE, ASGIApp, Receive, Scope, Send
from cartcarrier.sandbox.ebay._api import Answer, Api, Call
from cartcarrier.sandbox.ebay._control import Control
from cartcarrier.sandbox.ebay._errors import EbayError, OAuthError
from cartcarrier.sandbox.ebay._platform import FIRST_SELLER, Platform
from cartcarrier.sandbox.ebay._quotas import REVISIONS_A_DAY
from cartcarrier.sandbox.ebay._routes import CONSENT_PATH, DECISION_PATH, QUOTAS, TOKEN_PATH, Operation, find
from cartcarrier.sandbox.ebay._signatures import Message
from cartcarrier.sandbox.ebay._tokens import Caller
from cartcarrier.sandbox.ebay._world import SWITCHES

JSON = "application/json"
DOMAIN, OTHER_WORLD = ".ebay.com", ".sandbox.ebay.com"
LOCALES = frozenset(
    f"{language}-{country}"
    for language, countries in {
        "en": ("US", "GB", "AU", "CA", "IE"),
        "de": ("DE", "AT", "CH"),
        "fr": ("FR", "BE", "CA"),
        "it": ("IT",),
        "es": ("ES",),
        "nl": ("NL", "BE"),
        "pl": ("PL",),
    }.items()
    for country in countries
)
MARKETPLACE = re.compile(r"EBAY[_-][A-Z]{2}")
USUAL_ERRORS: Mapping[int, int] = {400: 2004, 401: 1001, 403: 1100, 404: 2002, 409: 32900, 429: 2001}
POST_ORDER_CODES = range(10_001, 10_100)


class EbaySimulator(Control):
    """One eBay on your own machine: the production environment, one keyset, and at first one seller in the US.

    Args:
        store: Where its state is kept; by default in memory.
        clock: Where its time comes from; by default the system's.
        limits: Whether the real daily quotas are in force; otherwise they are a thousand times as high.
        seed: What credentials and the like are drawn from.
    """

    name: ClassVar[str] = "ebay"

    def __init__(
        self, *, store: Store | None = None, clock: Clock | None = None, limits: bool = True, seed: int = 0
    ) -> None:
        self._platform: Platform | None = None
        super().__init__(store=store, clock=clock, limits=limits, seed=seed)

    @property
    @override
    def platform(self) -> Platform:
        if self._platform is None:
            self._platform = Platform(self.store, self.clock, limits=self.limits, seed=self.seed)
        return self._platform

    @override
    def plant(self) -> None:
        receivers = self._platform.receivers if self._platform is not None else {}
        self._platform = None
        self.platform.receivers.update(receivers)
        self.platform.plant()

    @override
    def settings(self) -> dict[str, object]:
        return self._settings(FIRST_SELLER)

    @override
    def hosts(self, base_url: str) -> dict[str, str]:
        url = f"{base_url.rstrip('/')}/{self.name}"
        return {"api": url, "apiz": url, "auth": url}

    @override
    def describe(self) -> Mapping[str, object]:
        return {
            "platform": "eBay Sell APIs, production",
            "sellers": [row["key"] for row in self.platform.world.rows("seller")],
            "limits": "real" if self.limits else "raised",
            "calls_a_day": {name: self.platform.quotas.limit(name) for name in QUOTAS},
            "revisions_of_a_listing_a_day": REVISIONS_A_DAY,
            "switches": {name: self.platform.world.switch(name) for name in SWITCHES},
            "not_simulated": [
                "logistics (labels bought on eBay)",
                "returns, inquiries and cases",
                "finances and payment disputes",
                "account policies",
                "inventory item groups",
                "subscription filters (no topic has them)",
            ],
        }

    @override
    def operation(self, method: str, path: str, body: bytes) -> str:
        if path == TOKEN_PATH:
            return "token"
        if path in {CONSENT_PATH, DECISION_PATH}:
            return "authorize"
        operation, _, _ = find(method, path)
        return "unknown" if operation is None else operation.name

    @override
    def error_body(self, status: int) -> tuple[bytes, str]:
        """Return eBay's own body; its gateways answer in HTML when nobody is behind them."""
        if status in {502, 503, 504}:
            return HTML_PAGE, "text/html; charset=utf-8"
        return json.dumps(EbayError(USUAL_ERRORS.get(status, 30500), status=status).body()).encode(), JSON

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    @override
    def build(self) -> ASGIApp:
        api = Api(self.platform)
        kept: tuple[Platform, Api] = (self.platform, api)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal kept
            if kept[0] is not self.platform:
                kept = (self.platform, Api(self.platform))
            request = Request(scope, receive)
            response = await self._respond(kept[1], request)
            if _host(request).endswith(DOMAIN):
                # Served over HTTP, the server behind writes the date.
                response.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)
            await response(scope, receive, send)

        return app

    async def _respond(self, api: Api, request: Request) -> Response:
        self.platform.tick()
        path = request.url.path
        if path == TOKEN_PATH and request.method == "POST" and _at(request, "api"):
            return await self._token(request)
        if path in {CONSENT_PATH, DECISION_PATH} and request.method == "GET" and _at(request, "auth"):
            return self._consent(request)
        operation, parts, known = find(request.method, path)
        if operation is None or not _at(request, operation.host):
            error = EbayError(3002 if known else 3001)
            return _reply(Answer(error.status, error.body()))
        try:
            call = await self._admit(operation, parts, request)
            answer = api.handler(operation)(call)
            return _reply(await answer if inspect.isawaitable(answer) else answer)
        except EbayError as exc:
            post_order = operation.post_order and exc.error_id in POST_ORDER_CODES
            return _reply(Answer(exc.status, exc.body(post_order=post_order)))

    async def _admit(self, operation: Operation, parts: Mapping[str, str], request: Request) -> Call:
        """Let a call through: token, scope, headers, signature, quota, in this order."""
        body = await request.body()
        caller = self._authenticate(operation, request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if operation.locale and headers.get("accept-language", "").split(",")[0].split(";")[0] not in LOCALES:
            raise EbayError(25709, field="Accept-Language")
        if operation.language and headers.get("content-language") not in LOCALES:
            raise EbayError(25709, field="Content-Language")
        if operation.post_order and MARKETPLACE.fullmatch(headers.get("x-ebay-c-marketplace-id", "EBAY_US")) is None:
            raise EbayError(10002, field="X-EBAY-C-MARKETPLACE-ID")
        if operation.signed:
            self._check_signature(caller, headers, body, request)
        if operation.resource is not None and not self.platform.quotas.take(operation.resource):
            raise EbayError(2001)
        return Call(
            operation=operation,
            caller=caller,
            parts=parts,
            query=dict(request.query_params),
            raw_query=request.url.query,
            headers=headers,
            body=body,
            base_url=_base_url(request),
        )

    def _authenticate(self, operation: Operation, request: Request) -> Caller:
        given = request.headers.get("authorization", "")
        scheme, _, token = given.partition(" ")
        if not given or not token.strip():
            raise EbayError(1002)
        if scheme.lower() != operation.scheme or _host(request).endswith(OTHER_WORLD):
            # A token of the other environment is nobody's here; so is one in the other API's clothes.
            raise EbayError(1001)
        caller = self.platform.tokens.caller(token.strip())
        if (caller.seller is None) != (operation.audience == "app"):
            raise EbayError(1003)
        if operation.scopes and not caller.scopes & set(operation.scopes):
            raise EbayError(1100)
        return caller

    def _check_signature(self, caller: Caller, headers: Mapping[str, str], body: bytes, request: Request) -> None:
        """EU and UK sellers must sign these; whoever signs them anyway must do it right."""
        country = self.platform.seller(caller.seller)["country"]
        if not self.platform.keys.required(country) and "x-ebay-signature-key" not in headers:
            return
        path = request.url.path
        paths = (path,) if _host(request).endswith(DOMAIN) else (path, f"/{self.name}{path}")
        self.platform.keys.check(
            Message(
                method=request.method,
                paths=paths,
                authority=request.headers.get("host", ""),
                headers=headers,
                body=body,
            )
        )

    async def _token(self, request: Request) -> Response:
        headers = request.headers
        try:
            # The other environment does not know this keyset, so nobody is who they say there.
            authorization = "" if _host(request).endswith(OTHER_WORLD) else headers.get("authorization", "")
            answer = self.platform.tokens.grant(authorization, headers.get("content-type", ""), await request.body())
        except OAuthError as exc:
            return _reply(Answer(exc.status, {"error": exc.error, "error_description": exc.description}))
        return _reply(Answer(200, answer))

    def _consent(self, request: Request) -> Response:
        query = dict(request.query_params)
        seller, decision = query.pop("seller", FIRST_SELLER), query.pop("decision", "")
        try:
            if request.url.path == CONSENT_PATH:
                return HTMLResponse(self.platform.tokens.consent_page(query))
            target = self.platform.tokens.decide(query, seller, agree=decision == "agree")
        except OAuthError as exc:
            return _reply(Answer(exc.status, {"error": exc.error, "error_description": exc.description}))
        return RedirectResponse(target, 302)


def _host(request: Request) -> str:
    return request.headers.get("host", "").partition(":")[0].lower()


def _at(request: Request, name: str) -> bool:
    """Whether a path is asked for at the host it lives at; served over HTTP, all live at one."""
    host = _host(request)
    return not host.endswith(DOMAIN) or host.partition(".")[0] == name


def _base_url(request: Request) -> str:
    if _host(request).endswith(DOMAIN):
        return f"https://{request.headers['host']}"
    return f"{request.url.scheme}://{request.headers.get('host', 'localhost')}/{EbaySimulator.name}"


def _reply(answer: Answer) -> Response:
    if answer.content is None:
        return Response(None, answer.status, dict(answer.headers))
    body = json.dumps(answer.content, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(body, answer.status, dict(answer.headers), JSON)
