"""OAuth 2: one refresh for however many calls wait for it, in this process and in others.

Authlib makes the token requests (its transport-free parts); sending, storing and agreeing on who refreshes is done here.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, TypeGuard

import anyio
import attrs
import msgspec
from typing_extensions import override

from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    OperationError,
    RateLimitError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http._auth import Auth
from cartcarrier.http._json import json_decoder, json_encode, read_json
from cartcarrier.http._messages import Request, Response
from cartcarrier.http._protocols import Lane, Token
from cartcarrier.http._retry import parse_retry_after
from cartcarrier.http._stores import LoopLocks

Grant = Literal["client_credentials", "refresh_token"]
ClientAuthentication = Literal["basic", "post", "json"]

_ATTEMPTS = 3  # of one token request; platforms ban those who hammer this endpoint (field guide fedex.md section 1)
_PAUSE = timedelta(seconds=2)  # the same source
_FORM = "application/x-www-form-urlencoded"
_AUTHLIB_METHODS = {"basic": "client_secret_basic", "post": "client_secret_post"}
# The grant is gone for good: revoked, expired, or used up. USPS has a word of its own (field guide usps.md, pitfall 32).
_GRANT_IS_GONE = frozenset({"invalid_grant", "invalid_refresh_token"})
_CLIENT_IS_WRONG = frozenset({"invalid_client", "unauthorized_client", "invalid_request", "invalid_scope"})
# A token that replaced a refused one and is refused as well is not replaced again before this.
_CALM = timedelta(seconds=60)


class OAuth2Auth(Auth):
    """Bearer tokens by client credentials, or by a refresh token.

    A platform that differs overrides ``parse_token`` or ``token_error``.

    Args:
        token_path: Path of the token endpoint.
        client_id: The application.
        client_secret: Its secret.
        token_host: Which of the session's hosts has the endpoint.
        grant: How tokens are got.
        client_authentication: Where id and secret go: HTTP Basic, the form body, or a JSON body.
        scope: What to ask for, with spaces between.
        refresh_token: The one that the seller's consent gave; for the grant of that name.
        rotates: Each use of a refresh token replaces it. That needs a store that lasts.
        leeway: A token is renewed that long before it ends, but not before nine tenths of its life are over.
        header: The header field that carries the token.
        scheme: What stands before the token in it, with its space.
        fields: What else the token request says.
        token_headers: Header fields of the token request.
        name: Tells several credentials of one account apart (FedEx tracks with its own).
    """

    def __init__(
        self,
        *,
        token_path: str,
        client_id: str,
        client_secret: str,
        token_host: str = "api",  # noqa: S107 - the name of a host
        grant: Grant = "client_credentials",
        client_authentication: ClientAuthentication = "basic",
        scope: str | None = None,
        refresh_token: str | None = None,
        rotates: bool = False,
        leeway: timedelta = timedelta(minutes=5),
        header: str = "Authorization",
        scheme: str = "Bearer ",
        fields: Mapping[str, str] | None = None,
        token_headers: Mapping[str, str] | None = None,
        name: str = "",
    ) -> None:
        self._token_path = token_path
        self._token_host = token_host
        self._client_id = client_id
        self._client_secret = client_secret
        self._grant = grant
        self._client_authentication = client_authentication
        self._scope = scope
        self._refresh_token = refresh_token
        self._rotates = rotates
        self._leeway = leeway
        self._header = header
        self._scheme = scheme
        self._fields = dict(fields or {})
        self._token_headers = dict(token_headers or {})
        self._name = name
        self._token: Token | None = None
        self._replacement: tuple[str, datetime] | None = None
        self._locks = LoopLocks()

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._grant} at {self._token_path}>"

    @property
    def token_key(self) -> str:
        """The key in the token store: the account, and a digest of the settings, so that new settings start afresh."""
        seed = [
            self.session.base_url(self._token_host) + self._token_path,
            self._grant,
            self._client_id,
            self._client_secret if self._grant == "client_credentials" else (self._refresh_token or ""),
            self._scope or "",
        ]
        digest = hashlib.sha256("\n".join(seed).encode()).hexdigest()[:16]
        return f"{self.session.key}:{self._name or 'token'}:{digest}"

    @override
    async def headers(self, request: Request) -> Mapping[str, str]:
        """Return the header field with a token that is good, getting one first if need be.

        Raises:
            AuthenticationError: The platform refuses client or refresh token.
            ConfigurationError: A refresh token that rotates, and no store that lasts; nothing was sent.
            TransportError: The token endpoint gave no answer; the call itself was not sent.
        """
        token = await self.get_token(lane=request.lane)
        return {self._header: self._scheme + token.access_token}

    async def get_token(self, *, lane: Lane = Lane.SYNC) -> Token:
        """Return a token that is good now.

        Args:
            lane: What it is for; the token request, if there is one, goes in the same lane.

        Raises:
            AuthenticationError: As ``headers``.
            ConfigurationError: As ``headers``.
            TransportError: As ``headers``.
        """
        self._check_settings()
        if self._token is not None and self._is_good(self._token):
            return self._token
        return await self._renew(failed=None, lane=lane)

    @override
    async def refused(self, request: Request, response: Response) -> bool:
        """Replace the token that was refused, unless somebody has already.

        Returns:
            True when there is another token than the refused one.
        """
        failed = request.headers.get(self._header, "").removeprefix(self._scheme)
        if self._token is not None and self._token.access_token != failed:
            return True
        now = self.session.clock.now()
        if self._replacement is not None and self._replacement[0] == failed and now < self._replacement[1] + _CALM:
            return False
        token = await self._renew(failed=failed, lane=request.lane)
        if token.access_token == failed:
            return False
        self._replacement = (token.access_token, now)
        return True

    async def exchange_code(self, code: str, *, redirect_uri: str, code_verifier: str | None = None) -> Token:
        """Turn the code that a seller's consent gave into a token. It is returned, not kept.

        Args:
            code: From the redirect. It is good once, so this is never repeated.
            redirect_uri: The same as in the authorization URL.
            code_verifier: The PKCE verifier, if there was one.

        Raises:
            AuthenticationError: The code is wrong, used, or too old.
        """
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if code_verifier is not None:
            fields["code_verifier"] = code_verifier
        return await self._ask(self._request(fields, lane=Lane.SYNC))

    def parse_token(self, payload: Mapping[str, Any], *, requested_at: datetime) -> Token:
        """Read the token endpoint's answer; override for a platform that differs.

        Args:
            payload: The JSON object. Numbers may come as text (field guide ups.md section 1).
            requested_at: When the request was sent; lifetimes count from then.
        """
        lifetime = _seconds(payload.get("expires_in"))
        refresh_lifetime = _seconds(payload.get("refresh_token_expires_in"))
        said = payload.get("scope")
        scopes: tuple[str, ...] = tuple(said.replace(",", " ").split()) if isinstance(said, str) else ()
        return Token(
            access_token=str(payload["access_token"]),
            expires_at=None if lifetime is None else requested_at + lifetime,
            refresh_token=payload.get("refresh_token") or None,
            refresh_expires_at=None if refresh_lifetime is None else requested_at + refresh_lifetime,
            scopes=scopes,
            extra={} if lifetime is None else {"lifetime": str(int(lifetime.total_seconds()))},
        )

    def token_error(self, request: Request, response: Response) -> OperationError | None:
        """Read the token endpoint's refusal; override for a platform that differs.

        Args:
            request: The token request.
            response: Its answer, whatever the status.

        Returns:
            The error, or None where there is nothing to say beyond what the session's ``translate`` and the status say.
        """
        del request
        if response.ok:
            return None
        try:
            code = json_decoder(_OAuthError).decode(response.content).error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        if code in _GRANT_IS_GONE:
            return AuthenticationError(
                f"{response.provider} no longer accepts the consent of account {response.account!r}:"
                " the seller must authorize again",
                code=code,
                **response.facts,
            )
        if code in _CLIENT_IS_WRONG and response.status < 500:
            return AuthenticationError(
                f"{response.provider} refused the application's credentials ({code}): check client id, secret and scopes",
                code=code,
                **response.facts,
            )
        return None

    # --- who refreshes ----------------------------------------------------------------------------------------------

    async def _renew(self, *, failed: str | None, lane: Lane) -> Token:
        """Return a good token other than the failed one; of all who ask at once, one asks the platform."""
        key = self.token_key
        store = self.session.tokens
        async with self._locks(key):
            # Somebody in this process may have been here while this call waited for the lock.
            if self._serves(self._token, failed):
                return self._token
            stored = await store.load(key)
            if self._serves(stored, failed):
                self._token = stored
                return stored
            async with store.lock(key):
                # Or somebody in another.
                stored = await store.load(key)
                if self._serves(stored, failed):
                    self._token = stored
                    return stored
                token = await self._ask(self._renewal(stored, lane), previous=stored)
                # Kept before it is used: a platform that rotates forgets the old refresh token when the new token is used.
                # Not to be cancelled: what came is all there is.
                with anyio.CancelScope(shield=True):
                    await store.save(key, token)
                self._token = token
                return token

    def _serves(self, token: Token | None, failed: str | None) -> TypeGuard[Token]:
        return token is not None and token.access_token != failed and self._is_good(token)

    def _is_good(self, token: Token) -> bool:
        if token.expires_at is None:
            return True
        leeway = self._leeway
        lifetime = _seconds(token.extra.get("lifetime"))
        if lifetime is not None:
            leeway = min(leeway, lifetime / 10)
        return self.session.clock.now() < token.expires_at - leeway

    def _check_settings(self) -> None:
        provider = self.session.provider
        if self._grant != "refresh_token":
            return
        if not self._refresh_token:
            msg = f"{provider}: there is no refresh token; the seller must authorize first"
            raise ConfigurationError(msg, field="refresh_token")
        if self._rotates and not self.session.tokens.durable:
            msg = (
                f"{provider} replaces the refresh token at each use, and the token store forgets it when the process ends:"
                " pass tokens= with a store that lasts, or open the driver inside a Fulfiller"
            )
            raise ConfigurationError(msg, field="tokens")

    # --- the token request ------------------------------------------------------------------------------------------

    def _renewal(self, stored: Token | None, lane: Lane) -> Request:
        fields: dict[str, str] = {"grant_type": self._grant}
        if self._grant == "refresh_token":
            fields["refresh_token"] = (
                (stored.refresh_token if stored is not None else None) or self._refresh_token or ""
            )
        if self._scope:
            fields["scope"] = self._scope
        return self._request(fields, lane=lane, safe=True)

    def _request(self, fields: Mapping[str, str], *, lane: Lane, safe: bool = False) -> Request:
        fields = {**fields, **self._fields}
        headers = dict(self._token_headers)
        if self._client_authentication == "json":
            secrets = {"client_id": self._client_id, "client_secret": self._client_secret}
            content, content_type = json_encode({**fields, **secrets}), "application/json"
        else:
            from authlib.oauth2.auth import ClientAuth  # noqa: PLC0415 - Authlib loads with the first token request
            from authlib.oauth2.rfc6749.parameters import prepare_token_request  # noqa: PLC0415 - as above

            rest = {name: value for name, value in fields.items() if name != "grant_type"}
            client = ClientAuth(self._client_id, self._client_secret, _AUTHLIB_METHODS[self._client_authentication])
            body = prepare_token_request(fields["grant_type"], **rest)
            _, headers, body = client.prepare("POST", self._token_path, headers, body)
            content, content_type = body.encode(), _FORM
        return Request(
            operation="token",
            method="POST",
            path=self._token_path,
            template=self._token_path,
            host=self._token_host,
            headers=headers,
            content=content,
            content_type=content_type,
            safe=safe,
            lane=lane,
        )

    async def _ask(self, request: Request, *, previous: Token | None = None) -> Token:
        """Send a token request. A lost answer is asked for again, with the same refresh token."""
        session = self.session
        attempts = _ATTEMPTS if request.safe else 1
        attempt = 0
        while True:
            attempt += 1
            requested_at = session.clock.now()
            error: OperationError
            retry_after = None
            try:
                response = await session.exchange(request, attempt=attempt)
            except TransportError as exc:
                error = exc.replace(outcome_unknown=False)
                error.__cause__ = exc.__cause__
            else:
                refusal = self._refusal(request, response)
                if refusal is None:
                    return self._read(response, requested_at, previous)
                error = refusal
                retry_after = parse_retry_after(response.headers.get("retry-after"), now=session.clock.now())
            retryable = isinstance(error, TransportError | UnavailableError | RateLimitError)
            delay = max(session.retry.backoff(attempt) if retry_after is None else retry_after, _PAUSE)
            if not retryable or attempt >= attempts or delay > session.retry.max_retry_after:
                raise error
            await session.clock.sleep(delay.total_seconds())

    def _refusal(self, request: Request, response: Response) -> OperationError | None:
        error = self.token_error(request, response)
        if error is None:
            error = self.session.translate(request, response)
        if error is not None and error.outcome_unknown:
            error = error.replace(outcome_unknown=False)  # whatever became of the token, the call was not sent
        return error

    def _read(self, response: Response, requested_at: datetime, previous: Token | None) -> Token:
        payload = read_json(response, json_decoder(dict[str, Any]))
        try:
            token = self.parse_token(payload, requested_at=requested_at)
        except (KeyError, ValueError, TypeError, OverflowError):
            # From nothing: the cause may quote the token.
            raise ResponseError(
                f"{response.provider} answered the token request without a token that can be read", **response.facts
            ) from None
        if self._grant == "refresh_token" and token.refresh_token is None:
            # Not replaced, so the old one stays good (field guide ebay.md section 2.3).
            kept = previous.refresh_token if previous is not None and previous.refresh_token else self._refresh_token
            ends = previous.refresh_expires_at if previous is not None else None
            token = attrs.evolve(token, refresh_token=kept, refresh_expires_at=ends)
        return token


class _OAuthError(msgspec.Struct):
    """The error body of RFC 6749, section 5.2. Its description is not repeated to anybody: it may quote what was sent."""

    error: str


def _seconds(value: object) -> timedelta | None:
    if value is None or value == "":
        return None
    return timedelta(seconds=float(str(value)))
