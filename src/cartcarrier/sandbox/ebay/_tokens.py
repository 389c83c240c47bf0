"""OAuth: the consent page, the code, user and application tokens. Facts: field guide ebay.md §2."""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import parse_qs, urlencode

import attrs

from cartcarrier.sandbox.ebay._errors import EbayError, OAuthError
from cartcarrier.sandbox.ebay._quotas import Quotas
from cartcarrier.sandbox.ebay._routes import BASE, DECISION_PATH, EVERY_SCOPE, GRANT_QUOTAS
from cartcarrier.sandbox.ebay._world import Document, World

ACCESS_SECONDS = 7_200
REFRESH_SECONDS = 47_304_000
CODE_SECONDS = 299
FORM = "application/x-www-form-urlencoded"
ACCEPTED_URL = "https://app.example.com/ebay/accepted"
DECLINED_URL = "https://app.example.com/ebay/declined"


@attrs.frozen
class Caller:
    """Who calls.

    Attributes:
        seller: The seller whose token it is; ``None`` for the application's own.
        scopes: What the token may do.
    """

    seller: str | None
    scopes: frozenset[str]


class Tokens:
    """The keyset, its consents and tokens.

    Args:
        world: The memory.
        quotas: The daily limits of the token endpoint.
    """

    def __init__(self, world: World, quotas: Quotas) -> None:
        self._world = world
        self._quotas = quotas

    def plant(self) -> None:
        """Register the application, in a new store."""
        self._world.put(
            "meta",
            "app",
            {
                "client_id": f"CartCarr-sandbox-PRD-{self._world.mint('client')[:9]}-{self._world.mint('client')[:8]}",
                "client_secret": f"PRD-{self._world.mint('secret')[:24]}",
                "ru_name": f"CartCarrier_Inc-CartCarr-sandbo-{self._world.mint('runame')[:8]}",
                "verification_token": self._world.mint("verification")[:40],
                "scopes": list(EVERY_SCOPE),
            },
        )

    @property
    def app(self) -> Document:
        """The application's client id, secret, RuName, verification token and scopes."""
        return self._world.table("meta")["app"]

    # --- calling ------------------------------------------------------------------------------------------------------

    def caller(self, token: str) -> Caller:
        """Return whose token this is.

        Raises:
            EbayError: 1001: nobody's, or its two hours are over.
        """
        row = self._world.get("token", token)
        if row is None or row["expires"] <= self._world.epoch():
            raise EbayError(1001)
        return Caller(row["seller"], frozenset(row["scopes"]))

    def consent(self, seller: str, scopes: Iterable[str]) -> str:
        """Let a seller agree, and return the refresh token."""
        token = f"v^1.1#i^1#p^3#r^1#f^0#I^3#t^{self._world.mint('refresh')}"
        expires = self._world.epoch() + REFRESH_SECONDS
        self._world.put("refresh", token, {"seller": seller, "scopes": list(scopes), "expires": expires})
        return token

    def refresh_token(self, seller: str) -> str:
        """Return the seller's newest refresh token, or an empty text when every consent has been withdrawn."""
        found = [row["key"] for row in self._world.rows("refresh") if row["seller"] == seller]
        return found[-1] if found else ""

    def revoke(self, seller: str) -> None:
        """Withdraw everything that a seller has agreed to: as a changed password does."""
        with self._world.transaction():
            for kind in ("refresh", "token", "code"):
                for row in self._world.rows(kind):
                    if row["seller"] == seller:
                        self._world.drop(kind, row["key"])

    def expire(self) -> None:
        """Let every access token be over now; refresh tokens stay good."""
        with self._world.transaction():
            for row in self._world.rows("token"):
                self._world.put("token", row["key"], {**row, "expires": self._world.epoch()})

    # --- consent ------------------------------------------------------------------------------------------------------

    def consent_page(self, query: Mapping[str, str]) -> str:
        """Return the page on which the seller agrees or declines.

        Raises:
            OAuthError: Nobody's client id, not the RuName, another response type, or a scope the keyset has not got.
        """
        scopes = self._check_consent(query)
        links = {word: f"{DECISION_PATH}?{urlencode({**query, 'decision': word})}" for word in ("agree", "decline")}
        items = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
        return (
            "<!DOCTYPE html><html><head><title>Grant access</title></head><body><h1>Grant access to your account</h1>"
            f'<ul>{items}</ul><a id="agree" href="{escape(links["agree"])}">Agree and continue</a> '
            f'<a id="decline" href="{escape(links["decline"])}">Not now</a></body></html>'
        )

    def decide(self, query: Mapping[str, str], seller: str, *, agree: bool) -> str:
        """Return where the seller's browser goes after the decision.

        Raises:
            OAuthError: As ``consent_page``.
        """
        scopes = self._check_consent(query)
        state = {"state": query["state"]} if "state" in query else {}
        if not agree:
            return f"{DECLINED_URL}?{urlencode({'error': 'access_denied', **state})}"
        code = f"v^1.1#i^1#f^0#r^1#p^3#I^3#t^{self._world.mint('code')}"
        expires = self._world.epoch() + CODE_SECONDS
        self._world.put("code", code, {"seller": seller, "scopes": scopes, "expires": expires})
        return f"{ACCEPTED_URL}?{urlencode({**state, 'code': code, 'expires_in': str(CODE_SECONDS)})}"

    def _check_consent(self, query: Mapping[str, str]) -> list[str]:
        if query.get("client_id") != self.app["client_id"]:
            raise OAuthError("unauthorized_client", "The OAuth client was not found")
        if query.get("redirect_uri") != self.app["ru_name"]:
            raise OAuthError("invalid_request", "The redirect_uri is not the RuName of this keyset")
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "The response_type must be code")
        return self._scopes(query.get("scope", ""), self.app["scopes"])

    @staticmethod
    def _scopes(wanted: str, granted: Iterable[str]) -> list[str]:
        scopes = wanted.split()
        if not scopes or not set(scopes) <= set(granted):
            raise OAuthError(
                "invalid_scope", "The requested scope is invalid, unknown, malformed, or exceeds what was granted"
            )
        return scopes

    # --- the token endpoint -------------------------------------------------------------------------------------------

    def grant(self, authorization: str, content_type: str, body: bytes) -> Document:
        """Answer the token endpoint.

        Raises:
            OAuthError: Not this keyset, not a form, an unknown grant, something that is not good any more, or the day's
                limit of that grant is used up (which status and name that has is not documented: 429 is ours).
        """
        expected = (self.app["client_id"], self.app["client_secret"])
        given = _read_basic(authorization)
        if given is None or not all(
            hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, expected, strict=True)
        ):
            raise OAuthError("invalid_client", "Client authentication failed", 401)
        if not content_type.lower().startswith(FORM):
            raise OAuthError("invalid_request", f"The body must be {FORM}")
        form = {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
        kind = form.get("grant_type", "")
        if kind not in GRANT_QUOTAS:
            raise OAuthError("unsupported_grant_type", "The grant type in the request is not supported")
        if not self._quotas.take(f"token.{kind}"):
            raise OAuthError("temporarily_unavailable", "The daily limit of this grant is reached", 429)
        with self._world.transaction():
            if kind == "client_credentials":
                return self._application(form)
            return self._redeem(form) if kind == "authorization_code" else self._refresh(form)

    def _application(self, form: Mapping[str, str]) -> Document:
        scopes = self._scopes(form.get("scope", BASE), [BASE])
        return self._access(None, scopes, "Application Access Token")

    def _redeem(self, form: Mapping[str, str]) -> Document:
        row = self._world.get("code", form.get("code", ""))
        good = (
            row is not None and row["expires"] > self._world.epoch() and form.get("redirect_uri") == self.app["ru_name"]
        )
        if row is None or not good:
            raise OAuthError(
                "invalid_grant", "The authorization code is invalid, was used, or was issued to another client"
            )
        self._world.drop("code", row["key"])
        answer = self._access(row["seller"], row["scopes"], "User Access Token")
        refresh = self.consent(row["seller"], row["scopes"])
        return {**answer, "refresh_token": refresh, "refresh_token_expires_in": REFRESH_SECONDS}

    def _refresh(self, form: Mapping[str, str]) -> Document:
        row = self._world.get("refresh", form.get("refresh_token", ""))
        if row is None or row["expires"] <= self._world.epoch():
            raise OAuthError(
                "invalid_grant", "The authorization refresh token is invalid or was issued to another client"
            )
        scopes = self._scopes(form["scope"], row["scopes"]) if "scope" in form else row["scopes"]
        return self._access(row["seller"], scopes, "User Access Token")

    def _access(self, seller: str | None, scopes: Iterable[str], kind: str) -> Document:
        for old in self._world.rows("token"):
            if old["expires"] <= self._world.epoch():
                self._world.drop("token", old["key"])
        token = f"v^1.1#i^1#f^0#p^{3 if seller else 1}#t^{self._world.mint('access')}"
        expires = self._world.epoch() + ACCESS_SECONDS
        self._world.put("token", token, {"seller": seller, "scopes": list(scopes), "expires": expires})
        return {"access_token": token, "expires_in": ACCESS_SECONDS, "token_type": kind}


def _read_basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, separator, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, secret) if separator else None
