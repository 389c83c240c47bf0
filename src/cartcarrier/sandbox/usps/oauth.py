"""Tokens: ``POST /oauth2/v3/token`` and ``/revoke`` (field guide usps.md §1)."""

import json
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from cartcarrier.sandbox.usps.account import CLIENT_ID, CLIENT_SECRET, World
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import BAD_TOKEN, NO_SCOPE, ShapeError, USPSError, unauthorized
from cartcarrier.sandbox.usps.shapes import choice, group, read_json, text

LIFETIME_SECONDS: Final = 28_799
UNSUPPORTED_GRANT: Final = "unsupported_grant_type"
_GRANTS: Final = "client_credentials refresh_token authorization_code"
_TOKEN: Final = group(
    {
        "grant_type*": choice(_GRANTS),
        "client_id*": text(),
        "client_secret*": text(),
        "scope": text(least=0),
        "refresh_token": text(),
        "redirect_uri": text(),
        "code": text(),
    }
)
_REVOKE: Final = group({"token*": text(), "token_type_hint": choice("access_token refresh_token")})

# The same thing has had several names: any of them will do (guide §1).
SCOPES_OF: Final[dict[str, tuple[str, ...]]] = {
    "addresses": ("addresses",),
    "prices": ("prices", "domestic-prices"),
    "international-prices": ("international-prices",),
    "shipments": ("shipments",),
    "service-standards": ("service-standards", "service-delivery-standards"),
    "locations": ("locations",),
    "labels": ("labels",),
    "international-labels": ("international-labels",),
    "payments": ("payments",),
    "pickup": ("pickup", "carrier-pickup"),
    "scan-forms": ("scan-forms",),
    "tracking": ("tracking",),
    "subscriptions-tracking": ("subscriptions-tracking", "subscriptions"),
    "adjustments": ("adjustments",),
    "disputes": ("disputes",),
}


def read_form_or_json(content_type: str, body: bytes) -> Node:
    """Read a body that may be a form or JSON."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
    made = read_json(body)
    return made if isinstance(made, dict) else {}


def issue_token(world: World, content_type: str, body: bytes) -> Node:
    """Answer a token request.

    A scope that the app does not own gives a token with an empty scope, and no error (guide §1).

    Raises:
        USPSError: 400 for a request of the wrong form or another grant, 401 for credentials that are not the account's.
    """
    try:
        asked = read_form_or_json(content_type, body)
        _TOKEN(asked, "")
    except ShapeError as error:
        raise error.refuse("/oauth2/v3") from None
    if asked["grant_type"] != "client_credentials":
        raise USPSError(UNSUPPORTED_GRANT, "The simulated app has no users: only client_credentials is served.")
    if (asked["client_id"], asked["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
        raise unauthorized("invalid_client: the client identifier or the client secret is wrong.")
    owned: list[str] = list(world.switch("scopes"))
    wanted = asked.get("scope", "").split()
    granted = owned if not wanted else (wanted if set(wanted) <= set(owned) else [])
    now = world.now()
    with world.store.transaction():
        token = "sandbox." + world.mint("tokens")
        expires_at = now + timedelta(seconds=LIFETIME_SECONDS)
        _forget_old(world, now)
        document = {"token": token, "scopes": granted, "expires_at": expires_at.isoformat()}
        world.store.put("tokens", token, document)
    return {
        "access_token": token,
        "token_type": "Bearer",
        "issued_at": int(now.timestamp() * 1000),
        "expires_in": LIFETIME_SECONDS,
        "status": "approved",
        "scope": " ".join(granted),
        "issuer": "https://keyc.usps.com/realms/USPS",
        "client_id": CLIENT_ID,
        "application_name": "Sandbox",
        "api_products": "[Public Access I, Shipping Default]",
        "public_key": "U0FNUExF",
    }


def revoke_token(world: World, content_type: str, body: bytes) -> None:
    """Answer a request to revoke a token; one that is unknown is no error.

    Raises:
        USPSError: The request has the wrong form.
    """
    try:
        asked = read_form_or_json(content_type, body)
        _REVOKE(asked, "")
    except ShapeError as error:
        raise error.refuse("/oauth2/v3") from None
    world.store.delete("tokens", asked["token"])


def check_token(world: World, authorization: str, product: str) -> None:
    """Let a call through.

    A product that is not granted gives 401 like a bad token does, not 403 (guide §0.4).

    Raises:
        USPSError: 401.
    """
    scheme, _, token = authorization.partition(" ")
    known = world.store.get("tokens", token) if scheme.lower() == "bearer" else None
    if known is None or datetime.fromisoformat(known["expires_at"]) <= world.now():
        raise unauthorized(BAD_TOKEN)
    allowed = set(known["scopes"]) & set(world.switch("scopes"))
    if not allowed & set(SCOPES_OF[product]):
        raise unauthorized(NO_SCOPE)


def token_error(error: USPSError) -> bytes:
    """Return the body of a refusal at the token endpoint, which differs from all others (guide §8)."""
    name = UNSUPPORTED_GRANT if error.code == UNSUPPORTED_GRANT else "invalid_request"
    name = "invalid_client" if error.status == 401 else name
    return json.dumps(
        {"error": name, "error_description": error.detail, "error_uri": "https://developers.usps.com"}
    ).encode()


def _forget_old(world: World, now: datetime) -> None:
    for old in world.store.all("tokens"):
        if datetime.fromisoformat(old["expires_at"]) < now - timedelta(days=1):
            world.store.delete("tokens", old["token"])
