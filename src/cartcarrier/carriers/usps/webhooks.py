"""Pushes: verified on their bytes, then read (field guide usps.md §7.5).

The signature is over the timestamp and the payload as the text that it is in the body. Reports name two headers and two notations;
which of them an account meets is a setting.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from cartcarrier.carriers.usps.config import USPSConfig
from cartcarrier.carriers.usps.mapping import bare_number, to_tracking
from cartcarrier.carriers.usps.schemas import Push, TrackDetail
from cartcarrier.errors import AuthenticationError, ConfigurationError, ResponseError
from cartcarrier.models import Event, TrackingUpdated, WebhookOutcome, WebhookRequest

MAX_BODY: Final = 1024 * 1024
OLDEST: Final = timedelta(days=14)
"""How long ago a push may have been signed.

An event is remembered in the ledger for 30 days, so what is sent again within them is known for a repetition; with less than that, nothing
that was forgotten is news again. Two weeks are far more than a suspended listener and its repetitions take, and leave room for a time that
is the place's own with a false ``Z`` (field guide usps.md §7.3).
"""
AHEAD: Final = timedelta(hours=1)
"""How far the clock that signed may be ahead of ours."""
_MILLISECONDS: Final = 10**11  # a count from here on is of milliseconds: as seconds, it would be the year 5138
_PUSH: Final = msgspec.json.Decoder(Push)
_DETAIL: Final = msgspec.json.Decoder(TrackDetail | list[TrackDetail])


def sign(secret: str, timestamp: str, payload: str) -> bytes:
    """Return the signature of a push: HMAC-SHA256 over timestamp and payload."""
    return hmac.new(secret.encode(), (timestamp + payload).encode(), hashlib.sha256).digest()


def secret_of(config: USPSConfig) -> str:
    """Return what pushes are signed with.

    Raises:
        ConfigurationError: It is not set.
    """
    if config.webhook_secret is None:
        msg = "usps: pushes cannot be verified: set webhook_secret, 32 characters of your own"
        raise ConfigurationError(msg, field="webhook_secret")
    return config.webhook_secret


def _given(text: str, encoding: str) -> bytes | None:
    try:
        if encoding == "hex":
            return bytes.fromhex(text)
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def receive(
    request: WebhookRequest, config: USPSConfig, *, carrier: str, account: str, keep_raw: bool, now: datetime
) -> WebhookOutcome:
    """Verify a push, and return what it means.

    Args:
        request: As received.
        config: With the secret.
        carrier: The account's key.
        account: The account's name, for errors.
        keep_raw: Keep the payload in ``raw``.
        now: The present, aware.

    Raises:
        AuthenticationError: The signature is missing or wrong, or was made too long ago or in the future.
        ResponseError: It is genuine, but cannot be read.
        ConfigurationError: There is no secret to verify with.
    """
    secret = secret_of(config)
    facts: dict[str, Any] = {"provider": "usps", "account": account, "operation": "receive"}
    given = (request.header(config.webhook_header) or "").strip()
    if not given:
        raise AuthenticationError("usps: a push is not accepted: it is not signed", **facts)
    if len(request.body) > MAX_BODY:
        return WebhookOutcome(status=413)
    signature = _given(given, config.webhook_encoding)
    push = _read(request.body)
    # What is signed stands inside the body: unreadable, it cannot be genuine either.
    wanted = sign(secret, str(push.timestamp), push.payload) if push is not None else b""
    if push is None or signature is None or not hmac.compare_digest(signature, wanted):
        raise AuthenticationError(
            "usps: a push is not accepted: its signature is wrong; the body must be the bytes as received", **facts
        )
    signed_at = _moment(push.timestamp)
    if signed_at is None:
        raise ResponseError("usps: a genuine push could not be read: its timestamp is no time", **facts)
    if not now - OLDEST <= signed_at <= now + AHEAD:
        why = "long ago" if signed_at < now else "in the future; is this machine's clock right?"
        raise AuthenticationError(f"usps: a push is not accepted: it was signed {why}", **facts)
    try:
        found = _DETAIL.decode(push.payload)
    except (msgspec.MsgspecError, RecursionError):
        raise ResponseError("usps: a genuine push could not be read", **facts) from None
    details = found if isinstance(found, list) else [found]
    raw = push.payload.encode() if keep_raw else None
    return WebhookOutcome(events=[_event(detail, push, carrier, raw) for detail in details if detail.tracking_number])


def _read(body: bytes) -> Push | None:
    try:
        return _PUSH.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _moment(timestamp: str | int) -> datetime | None:
    """Read a time as text, or as a count of seconds or milliseconds: which of them USPS sends is not published."""
    text = str(timestamp).strip()
    try:
        if text.isascii() and text.isdigit():
            count = int(text)
            return datetime.fromtimestamp(count / 1000 if count >= _MILLISECONDS else count, UTC)
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _event(detail: TrackDetail, push: Push, carrier: str, raw: bytes | None) -> Event:
    number = bare_number(detail.tracking_number or "")
    tracking = to_tracking(detail, number, carrier, raw)
    newest = tracking.events[-1] if tracking.events else None
    # the same event comes again, and out of order: number, code and time tell it (field guide usps.md §7.5)
    seed = f"{number}\n{newest.key}" if newest is not None else f"{number}\n{push.payload}"
    return TrackingUpdated(
        id=hashlib.sha256(seed.encode()).hexdigest()[:32],
        account=carrier,
        occurred_at=newest.occurred_at if newest is not None else None,
        tracking=tracking,
    )
