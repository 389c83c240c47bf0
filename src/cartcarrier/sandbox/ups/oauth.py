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
WARNED_AFTER = 20
LOCKED_AFTER = 30
LOCKED_FOR = timedelta(hours=24)


def issue_token(world: World, authorization: str, content_type: str, body: bytes) -> Node:
    """Answer a token request.

    Raises:
        UPSError: 400 for a request of the wrong form, 401 for credentials that are not the account's or are locked, 403 for a
            merchant who is blocked.
    """
    if not content_type.startswith("application/x-www-form-urlencoded"):
        raise UPSError("10400", "Invalid/Missing Content-Type.")
    if parse_qs(body.decode("latin-1")).get("grant_type") != ["client_credentials"]:
        raise UPSError("10400", "Invalid/Missing grant_type.")
    now = world.now()
    _check_lock(world, now)
    if world.switch("merchant_blocked"):
        raise UPSError("10403", "Blocked Merchant", 403)
    if _read_basic(authorization) != (CLIENT_ID, CLIENT_SECRET):
        code = _count_failure(world, now)
        raise UPSError(code, MESSAGES[code], 401)
    world.store.delete("world", "failures")
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


def _check_lock(world: World, now: datetime) -> None:
    failures = world.store.get("world", "failures")
    if failures and failures["locked_until"] and datetime.fromisoformat(failures["locked_until"]) > now:
        raise UPSError("250007", MESSAGES["250007"], 401)


def _count_failure(world: World, now: datetime) -> str:
    """Count wrong credentials: after some UPS says that it is enough, after more it locks the access for a day (guide §8)."""
    failures = world.store.get("world", "failures") or {"count": 0}
    count = failures["count"] + 1
    locked_until = (now + LOCKED_FOR).isoformat() if count >= LOCKED_AFTER else None
    world.store.put("world", "failures", {"count": 0 if locked_until else count, "locked_until": locked_until})
    if count >= WARNED_AFTER:
        return "250006"
    return str(world.switch("auth_code"))


def check_token(world: World, authorization: str, product: str) -> None:
    """Let a call through.

    Raises:
        UPSError: 251004 for a token that has expired; 250002 for one that was never given (UJ0001 at Track Alert), and, with the
            same words, for a product that is not enabled on the app (guide §1, §11-3).
    """
    scheme, _, token = authorization.partition(" ")
    known = world.store.get("tokens", token) if scheme.lower() == "bearer" else None
    if known is None:
        code = "UJ0001" if product == "track_alert" else str(world.switch("auth_code"))
        raise UPSError(code, MESSAGES[code], 401)
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
