"""The front of the platform: hosts and paths, who gets in, and the shape of answers.

Facts: field guide amazon.md §1.
"""

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from cartcarrier.sandbox._simulator import Receive, Scope, Send
from cartcarrier.sandbox.amazon import _static
from cartcarrier.sandbox.amazon._call import Answer, Call
from cartcarrier.sandbox.amazon._errors import DeniedError, InvalidInputError, LWAError, RefusedError
from cartcarrier.sandbox.amazon._feeds import UploadError
from cartcarrier.sandbox.amazon._limits import as_header
from cartcarrier.sandbox.amazon._lwa import SCOPES
from cartcarrier.sandbox.amazon._marketplaces import API_HOSTS, SANDBOX_HOSTS, TOKEN_HOST, UPLOAD_HOST
from cartcarrier.sandbox.amazon._platform import Platform
from cartcarrier.sandbox.amazon._restricted import opened_by
from cartcarrier.sandbox.amazon._routes import (
    TOKEN_PATH,
    UPLOAD_PATH,
    Operation,
    Place,
    find_operation,
    read_place,
)
from cartcarrier.sandbox.amazon._world import Document

MOST_USER_AGENT: Final = 500
_LIMIT_SHOWN_ON: Final = frozenset({200, 201, 202, 204, 400, 404})
_FORM: Final = "application/x-www-form-urlencoded"
_DYNAMIC_SANDBOX: Final = "/fba/outbound/"


class AmazonPaths:
    """The ASGI app: the token endpoint, presigned addresses, and the API.

    Args:
        platform: What is behind it.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        place = read_place(raw.partition(b"?")[0].decode("latin-1"))
        self._platform.tick()
        headers = dict(request.headers)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        host = headers.get("host", "").partition(":")[0]
        if place.path == TOKEN_PATH and host not in API_HOSTS | SANDBOX_HOSTS:
            response = self._token(scope["method"], headers, body)
        elif place.path.startswith(UPLOAD_PATH) and host not in API_HOSTS | SANDBOX_HOSTS:
            response = self._upload(scope["method"], unquote(place.path), query, headers, body)
        else:
            origin = _origin(scope["scheme"], headers.get("host", ""), place)
            response = self._api(scope["method"], place, host, origin, query, headers, body)
        await response(scope, receive, send)

    # --- Login with Amazon --------------------------------------------------------------------------------------------

    def _token(self, method: str, headers: Mapping[str, str], body: bytes) -> Response:
        try:
            if method != "POST":
                raise LWAError("invalid_request", "The token endpoint takes POST", 405)  # noqa: TRY301 - one place answers
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != _FORM:
                raise LWAError("invalid_request", f"The content type must be {_FORM}")  # noqa: TRY301 - one place answers
            form = dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
            return _json(200, self._platform.login.grant(form), {"cache-control": "no-store"})
        except LWAError as refused:
            return _json(refused.status, refused.body(), {"cache-control": "no-store"})

    # --- presigned addresses ------------------------------------------------------------------------------------------

    def _upload(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Response:
        try:
            if method == "PUT":
                self._platform.feeds.upload(path, query, headers, body)
                return Response(status_code=200)
            content = self._platform.feeds.download(path, query)
            return Response(content, media_type="application/octet-stream")
        except UploadError as refused:
            return Response(refused.body(), status_code=refused.status, media_type="application/xml")

    # --- the API ------------------------------------------------------------------------------------------------------

    def _api(  # noqa: PLR0917 - a request, taken apart
        self,
        method: str,
        place: Place,
        host: str,
        origin: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Response:
        platform = self._platform
        extra = {"x-amzn-RequestId": self._request_id()}
        bucket: str | None = None
        try:
            found = find_operation(method, place.path)
            sandbox = place.sandbox or host in SANDBOX_HOSTS
            if found is None or host == TOKEN_HOST or (found[0].sandbox_only and not sandbox):
                raise DeniedError  # a mistyped path is 403, not 404 (guide §1.5)
            operation, names = found
            _check_user_agent(headers)
            region, roles, elements = self._enter(operation, place, host, headers)
            bucket = platform.limits.name_for(operation, feed_type=_feed_type(operation, body), sandbox=sandbox)
            if not platform.limits.take(region, bucket):
                raise RefusedError(429)  # noqa: TRY301 - one place answers
            call = Call(
                name=operation.name,
                region=region,
                path=names,
                query=query,
                headers=headers,
                body=body,
                roles=roles,
                elements=elements,
                origin=origin,
                sandbox=sandbox,
            )
            if sandbox and not operation.template.startswith(_DYNAMIC_SANDBOX):
                answer = _static.answer(call)
            else:
                answer = platform.handlers[operation.name](call)
        except RefusedError as refused:
            if refused.error_type:
                extra["x-amzn-ErrorType"] = refused.error_type
            answer = Answer(refused.body(), status=refused.status)
        if bucket is not None and answer.status in _LIMIT_SHOWN_ON and platform.world.switch("rate_header"):
            extra["x-amzn-RateLimit-Limit"] = as_header(platform.limits.plan(bucket))
        return _json(answer.status, answer.body, {**extra, **answer.headers})

    def _enter(
        self, operation: Operation, place: Place, host: str, headers: Mapping[str, str]
    ) -> tuple[str, frozenset[str], frozenset[str] | None]:
        """Check the token: is it good, is it for here, may it do this.

        Raises:
            RefusedError: No.
        """
        platform = self._platform
        token = platform.login.check(headers.get("x-amz-access-token"), unauthorized=operation.unauthorized)
        called = place.region or API_HOSTS.get(host) or SANDBOX_HOSTS.get(host)
        if operation.grantless:
            if token["kind"] != "grantless" or token["scope"] != SCOPES[0]:
                raise DeniedError("The operation is grantless: use a token with its scope.")
            return called or "na", platform.roles, None
        if token["kind"] == "grantless":
            raise DeniedError("The operation needs the authorization of a selling partner.")
        region = str(token["region"])
        if called is not None and called != region:
            raise DeniedError("The access token is for another region.")
        roles = platform.roles
        if operation.roles and not roles & set(operation.roles):
            raise DeniedError
        elements = None
        if token["kind"] == "restricted":
            elements = opened_by(token, operation.name, place.path)
        return region, roles, elements

    def _request_id(self) -> str:
        self._requests += 1
        text = f"{self._platform.world.draw(f'request:{self._requests}').getrandbits(128):032x}"
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _check_user_agent(headers: Mapping[str, str]) -> None:
    """Refuse a call without the mandatory header, or with one that is too long or names no language (guide §1.4)."""
    agent = headers.get("user-agent", "")
    if not agent or len(agent) > MOST_USER_AGENT or "Language=" not in agent:
        raise InvalidInputError("The User-Agent header is missing, too long, or has no Language attribute.")


def _feed_type(operation: Operation, body: bytes) -> str | None:
    if operation.name != "createFeed":
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    kind = found.get("feedType") if isinstance(found, dict) else None
    return kind if isinstance(kind, str) else None


def _origin(scheme: str, host: str, place: Place) -> str:
    """Return where presigned addresses must lie: at the storage's own host, or where this simulator is served."""
    region = place.region or API_HOSTS.get(host.partition(":")[0]) or SANDBOX_HOSTS.get(host.partition(":")[0])
    if host.partition(":")[0] in API_HOSTS | SANDBOX_HOSTS:
        return "https://" + UPLOAD_HOST.format(region=region)
    return f"{scheme}://{host}/amazon"


def _json(status: int, body: Document | None, headers: Mapping[str, str]) -> Response:
    if body is None:
        return Response(status_code=status, headers=dict(headers))
    return Response(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        status_code=status,
        headers=dict(headers),
        media_type="application/json",
    )
