"""Tokens: the static one, client credentials, the authorization code, and refresh tokens that rotate.

Facts: field guide shopify.md §3.
"""

import base64
import hashlib
import hmac
import random
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from cartcarrier.sandbox.shopify._ids import Document
from cartcarrier.sandbox.shopify._world import World

CLIENT_CREDENTIALS_SECONDS = 86_399
OFFLINE_SECONDS = 3_600
REFRESH_SECONDS = 7_776_000
CODE_SECONDS = 60


class OAuthError(Exception):
    """The token endpoint refuses.

    Args:
        error: The OAuth error's name.
        description: The platform's words.
        status: The HTTP status.
    """

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


def sign_query(secret: str, parameters: Mapping[str, str]) -> str:
    """Sign a callback's query: sorted, joined, HMAC-SHA256 under the client secret, hexadecimal."""
    message = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in sorted(parameters.items()))
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


class Tokens:
    """The app's credentials in this shop.

    Args:
        world: The shop's memory.
        shop: The shop's permanent domain.
        seed: What credentials are drawn from, in a new store.
    """

    def __init__(self, world: World, shop: str, seed: int) -> None:
        self._world = world
        self._shop = shop
        self._seed = seed

    def plant(self) -> None:
        """Give the app its credentials, in a new store."""
        draw = random.Random(f"shopify:{self._seed}")  # noqa: S311 - reproducible credentials of a simulator
        row: Document = {
            "client_id": f"{draw.getrandbits(128):032x}",
            "client_secret": f"shpss_{draw.getrandbits(128):032x}",
            "static": f"shpat_{draw.getrandbits(128):032x}",
        }
        self._world.put("app", "credentials", row)
        self._world.put("token", row["static"], {"expires": None})

    @property
    def app(self) -> Document:
        """The app's client id, secret and static token."""
        return dict(self._world.table("app")["credentials"])

    def accepts(self, token: str | None) -> bool:
        """Whether a token is one of ours and still good."""
        row = self._world.table("token").get(token or "")
        return row is not None and (row["expires"] is None or row["expires"] > self._world.epoch())

    def revoke_all(self) -> None:
        """Take every token away, the static one too."""
        with self._world.transaction():
            for kind in ("token", "refresh", "code"):
                for key in list(self._world.table(kind)):
                    self._world.drop(kind, key)

    def expire_all(self) -> None:
        """Let every access token that can expire be expired; refresh tokens stay good."""
        with self._world.transaction():
            for key, row in list(self._world.table("token").items()):
                if row["expires"] is not None:
                    self._world.put("token", key, {**row, "expires": self._world.epoch()})

    # --- the authorization code ---------------------------------------------------------------------------------------

    def authorize(self, parameters: Mapping[str, str]) -> str:
        """Agree, as the merchant would, and return where the browser goes.

        Raises:
            OAuthError: The app is not known, or gave no address to return to.
        """
        if parameters.get("client_id") != self.app["client_id"]:
            raise OAuthError("application_cannot_be_found", "The application cannot be found")
        target = parameters.get("redirect_uri")
        if not target:
            raise OAuthError("invalid_request", "The redirect_uri is missing")
        with self._world.transaction():
            code = self._mint("")
            self._world.put("code", code, {"expires": self._world.epoch() + CODE_SECONDS})
        host = base64.b64encode(f"admin.shopify.com/store/{self._shop.partition('.')[0]}".encode()).decode().rstrip("=")
        answer = {
            "code": code,
            "host": host,
            "shop": self._shop,
            "state": parameters.get("state", ""),
            "timestamp": str(int(self._world.epoch())),
        }
        answer["hmac"] = sign_query(self.app["client_secret"], answer)
        return f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}"

    # --- the token endpoint -------------------------------------------------------------------------------------------

    def grant(self, form: Mapping[str, str]) -> Document:
        """Answer the token endpoint.

        Raises:
            OAuthError: Wrong app, unknown grant, or what is handed in is not good any more.
        """
        app = self.app
        known = hmac.compare_digest(str(form.get("client_secret", "")), app["client_secret"])
        if form.get("client_id") != app["client_id"] or not known:
            raise OAuthError("invalid_client", "Client authentication failed", 401)
        kind = form.get("grant_type")
        if kind == "client_credentials":
            with self._world.transaction():
                return self._access(CLIENT_CREDENTIALS_SECONDS)
        if kind == "refresh_token":
            return self._refresh(str(form.get("refresh_token", "")))
        if "code" in form:
            return self._redeem(str(form["code"]), expiring=str(form.get("expiring", "")) == "1")
        raise OAuthError("unsupported_grant_type", "The grant type is not supported")

    def new_refresh_token(self) -> str:
        """Return a fresh refresh token, as an installation would leave one behind."""
        with self._world.transaction():
            return self._new_refresh(None)

    def _redeem(self, code: str, *, expiring: bool) -> Document:
        row = self._world.table("code").get(code)
        with self._world.transaction():
            self._world.drop("code", code)
        if row is None or row["expires"] < self._world.epoch():
            raise OAuthError("invalid_request", "The authorization code was not found or was already used")
        with self._world.transaction():
            return self._pair(None) if expiring else self._access(None)

    def _refresh(self, token: str) -> Document:
        """Rotate: this one stays good until a successor is used, then it and the successor's siblings are dead."""
        row = self._world.table("refresh").get(token)
        if row is None or row["expires"] < self._world.epoch():
            raise OAuthError("invalid_grant", "The refresh token is invalid, expired or was already replaced")
        with self._world.transaction():
            before = row["before"]
            if before is not None:
                for key, other in list(self._world.table("refresh").items()):
                    if key == before or (other["before"] == before and key != token):
                        self._world.drop("refresh", key)
            return self._pair(token)

    def _pair(self, before: str | None) -> Document:
        answer = self._access(OFFLINE_SECONDS)
        answer["refresh_token"] = self._new_refresh(before)
        answer["refresh_token_expires_in"] = REFRESH_SECONDS
        return answer

    def _new_refresh(self, before: str | None) -> str:
        token = self._mint("shprt_")
        row: Document = {"expires": self._world.epoch() + REFRESH_SECONDS, "before": before}
        self._world.put("refresh", token, row)
        return token

    def _access(self, seconds: int | None) -> Document:
        token = self._mint("shpat_")
        self._world.put("token", token, {"expires": None if seconds is None else self._world.epoch() + seconds})
        answer: Document = {"access_token": token, "scope": ",".join(sorted(self._world.scopes))}
        if seconds is not None:
            answer["expires_in"] = seconds
        return answer

    def _mint(self, prefix: str) -> str:
        text = f"{self._seed}:{self._world.next_id()}"
        return prefix + hashlib.sha256(text.encode()).hexdigest()[:32]
