"""Tokens: ``POST /security/v1/oauth/token`` (field guide ups.md §1). Every value of the answer is a string."""

import base64
import binascii
import hashlib
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from cartcarrier.sandbox.ups.account import CLIENT_ID, CLIENT_SECRET, World
from cartcarrier.sandbox.ups.errors import MESSAGES, UPSError
from cartcarrier.sandbox.ups.fields import Node

LIFETIME_SECONDS = 14399


def issue_token(world: World, authorization: str, content_type: str, body: bytes) -> Node:
    """Answer a token request.

    Raises:
        UPSError: 400 for a request of the wrong form, 401 for credentials that are not the account's.
    """
    if not content_type.startswith("application/x-www-form-urlencoded"):
        raise UPSError("10400", "Invalid/Missing Content-Type.")
    if parse_qs(body.decode("latin-1")).get("grant_type") != ["client_credentials"]:
        raise UPSError("10400", "Invalid/Missing grant_type.")
    if _read_basic(authorization) != (CLIENT_ID, CLIENT_SECRET):
        raise UPSError("250002", MESSAGES["250002"], 401)
    now = world.now()
    with world.store.transaction():
        number = world.next_number("tokens")
        token = "sandbox-" + hashlib.sha256(f"{world.seed}:{number}:{now.isoformat()}".encode()).hexdigest()
        expires_at = now + timedelta(seconds=LIFETIME_SECONDS)
        for old in world.store.all("tokens"):
            if datetime.fromisoformat(old["expires_at"]) < now - timedelta(days=1):
                world.store.delete("tokens", old["token"])
        world.store.put("tokens", token, {"token": token, "expires_at": expires_at.isoformat()})
    return {
        "token_type": "Bearer",
        "issued_at": str(int(now.timestamp() * 1000)),
        "client_id": CLIENT_ID,
        "access_token": token,
        "scope": "",
        "expires_in": str(LIFETIME_SECONDS),
        "refresh_count": "0",
        "status": "approved",
    }


def check_token(world: World, authorization: str, product: str) -> None:
    """Let a call through.

    Raises:
        UPSError: 251004 for a token that has expired; 250002 for one that was never given, and, with the same words, for a
            product that is not enabled on the app (guide §1, §11-3).
    """
    scheme, _, token = authorization.partition(" ")
    known = world.store.get("tokens", token) if scheme.lower() == "bearer" else None
    if known is None:
        raise UPSError("250002", MESSAGES["250002"], 401)
    if datetime.fromisoformat(known["expires_at"]) <= world.now():
        raise UPSError("251004", MESSAGES["251004"], 401)
    if product in world.switch("disabled_products"):
        raise UPSError("250002", MESSAGES["250002"], 401)


def _read_basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, separator, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, secret) if separator else None
