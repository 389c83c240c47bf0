"""Login with Amazon: the seller's authorization, tokens, and what they open.

Facts: field guide amazon.md §1.3 and §1.6.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from cartcarrier.sandbox.amazon._errors import DeniedError, LWAError
from cartcarrier.sandbox.amazon._marketplaces import REGIONS
from cartcarrier.sandbox.amazon._world import Document, World, read_time

TOKEN_SECONDS: Final = 3600
CODE_SECONDS: Final = 300
SCOPES: Final = ("sellingpartnerapi::notifications", "sellingpartnerapi::migration")
SELLER_ID: Final = "A3CARTCARRIER1"
APPLICATION_ID: Final = "amzn1.sellerapps.app.0c4e7a52-1b9d-4e0b-9a35-cartcarrier00"


class Login:
    """The application's credentials and the seller's authorizations, one per region.

    Args:
        world: The platform's memory.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def plant(self) -> None:
        """Register the application, and let the seller authorize it in every region."""
        draw = self._world.draw("application")
        self._world.put(
            "application",
            "app",
            {
                "client_id": f"amzn1.application-oa2-client.{draw.getrandbits(128):032x}",
                "client_secret": f"amzn1.oa2-cs.v1.{draw.getrandbits(256):064x}",
            },
        )
        for region in REGIONS:
            self._authorize(region)

    @property
    def application(self) -> Document:
        """The application's client id and secret."""
        return self._world.edit("application", "app")

    def refresh_token(self, region: str) -> str:
        """Return the newest refresh token of a region; the empty text where the authorization is revoked."""
        rows = [key for key, row in self._world.table("refresh").items() if row["region"] == region]
        return rows[-1] if rows else ""

    # --- what the seller and the developer do -------------------------------------------------------------------------

    def consent(self, region: str) -> str:
        """Let the seller agree in Seller Central; return the code that goes back to the application."""
        with self._world.transaction():
            code = self._mint("ANcode")
            self._world.put("code", code, {"region": region, "expires": self._world.stamp(CODE_SECONDS)})
        return code

    def revoke(self, region: str) -> None:
        """Let the seller take the authorization back: refresh tokens and access tokens are dead at once."""
        with self._world.transaction():
            for kind in ("refresh", "token"):
                for key, row in list(self._world.table(kind).items()):
                    if row["region"] == region:
                        self._world.drop(kind, key)

    def rotate_secret(self) -> str:
        """Give the application a new secret; the old one is dead, refresh tokens go on."""
        with self._world.transaction():
            row = self._world.edit("application", "app")
            row["client_secret"] = "amzn1.oa2-cs.v1." + hashlib.sha256(row["client_secret"].encode()).hexdigest()
            self._world.put("application", "app", row)
        return str(row["client_secret"])

    def expire_tokens(self) -> None:
        """Let every access token be expired now."""
        with self._world.transaction():
            for key, row in list(self._world.table("token").items()):
                self._world.put("token", key, {**row, "expires": self._world.stamp()})

    # --- the token endpoint -------------------------------------------------------------------------------------------

    def grant(self, form: Mapping[str, str]) -> Document:
        """Answer the token endpoint.

        Raises:
            LWAError: Wrong application, unknown grant, or what is handed in is not good any more.
        """
        kind = form.get("grant_type")
        if kind is None:
            raise LWAError("invalid_request", "The request is missing a required parameter : grant_type")
        if kind not in {"refresh_token", "client_credentials", "authorization_code"}:
            raise LWAError("unsupported_grant_type", "The authorization grant type is not supported")
        application = self.application
        for name in ("client_id", "client_secret"):
            if not form.get(name):
                raise LWAError("invalid_request", f"The request is missing a required parameter : {name}")
        if form["client_id"] != application["client_id"] or not hmac.compare_digest(
            form["client_secret"].encode(), application["client_secret"].encode()
        ):
            raise LWAError("invalid_client", "Client authentication failed", 401)
        if "scope" in form and "refresh_token" in form:
            raise LWAError("invalid_request", "Send scope or refresh_token, never both")
        if kind == "client_credentials":
            return self._grantless(form.get("scope", ""))
        if kind == "refresh_token":
            return self._refresh(form.get("refresh_token", ""))
        return self._redeem(form.get("code", ""))

    def _grantless(self, scope: str) -> Document:
        if not scope:
            raise LWAError("invalid_request", "The request is missing a required parameter : scope")
        if scope not in SCOPES:
            raise LWAError("invalid_scope", "The requested scope is invalid, unknown, or malformed")
        return {
            "access_token": self._issue({"kind": "grantless", "region": "", "scope": scope}),
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": scope,
        }

    def _refresh(self, refresh_token: str) -> Document:
        if not refresh_token:
            raise LWAError("invalid_request", "The request is missing a required parameter : refresh_token")
        row = self._world.get("refresh", refresh_token)
        if row is None:
            raise LWAError("invalid_grant", "The request has an invalid grant parameter : refresh_token")
        return self._seller(row["region"], refresh_token)

    def _redeem(self, code: str) -> Document:
        row = self._world.get("code", code)
        with self._world.transaction():
            self._world.drop("code", code)
            if row is None or row["expires"] <= self._world.stamp():
                refresh_token = None
            else:
                refresh_token = self._authorize(row["region"])
        if row is None or refresh_token is None:
            raise LWAError("invalid_grant", "The request has an invalid grant parameter : code")
        return self._seller(row["region"], refresh_token)

    def _seller(self, region: str, refresh_token: str) -> Document:
        return {
            "access_token": self._issue({"kind": "seller", "region": region}),
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "refresh_token": refresh_token,
        }

    def issue_restricted(self, region: str, resources: list[Document]) -> str:
        """Make a restricted data token for these resources."""
        return self._issue({"kind": "restricted", "region": region, "resources": resources}, prefix="Atz.sprdt|")

    def _authorize(self, region: str) -> str:
        token = self._mint("Atzr|")
        self._world.put("refresh", token, {"region": region})
        return token

    def _issue(self, row: Document, prefix: str = "Atza|") -> str:
        with self._world.transaction():
            token = self._mint(prefix)
            self._world.put("token", token, {**row, "expires": self._world.stamp(TOKEN_SECONDS)})
        return token

    def _mint(self, prefix: str) -> str:
        number = self._world.next_number("credential")
        return prefix + hashlib.sha256(f"{self._world.seed}:{number}".encode()).hexdigest()

    # --- at the door --------------------------------------------------------------------------------------------------

    def check(self, token: str | None, *, unauthorized: int) -> Document:
        """Return what a token is, if it is good.

        Raises:
            DeniedError: It is missing, not known, revoked or expired.
        """
        if not token:
            raise DeniedError("Access token is missing in the request header.", unauthorized)
        row = self._world.get("token", token)
        if row is None:
            raise DeniedError("The access token you provided is revoked, malformed or invalid.", unauthorized)
        expires, now = read_time(row["expires"]), self._world.now()
        if expires is None or expires <= now:
            raise DeniedError("The access token you provided has expired.")
        return row
