"""Pushes: verified on their bytes, then read (field guide usps.md §7.5).

The signature is over the timestamp and the payload as the text that it is in the body. Reports name two headers and two notations;
which of them an account meets is a setting.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Any, Final

import msgspec

from cartcarrier.carriers.usps.config import USPSConfig
from cartcarrier.carriers.usps.mapping import bare_number, to_tracking
from cartcarrier.carriers.usps.schemas import Push, TrackDetail
from cartcarrier.errors import AuthenticationError, ConfigurationError, ResponseError
from cartcarrier.models import Event, TrackingUpdated, WebhookOutcome, WebhookRequest

MAX_BODY: Final = 1024 * 1024
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
    request: WebhookRequest, config: USPSConfig, *, carrier: str, account: str, keep_raw: bool
) -> WebhookOutcome:
    """Verify a push, and return what it means.

    Raises:
        AuthenticationError: The signature is missing or wrong.
        ResponseError: It is genuine, but cannot be read.
        ConfigurationError: There is no secret to verify with.
    """
    secret = secret_of(config)
    facts: dict[str, Any] = {"provider": "usps", "account": account, "operation": "receive"}
    given = (request.header(config.webhook_header) or "").strip()
    if not given or len(request.body) > MAX_BODY:
        raise AuthenticationError("usps: a push is not accepted: it is not signed", **facts)
    signature = _given(given, config.webhook_encoding)
    push = _read(request.body)
    # What is signed stands inside the body: unreadable, it cannot be genuine either.
    wanted = sign(secret, str(push.timestamp), push.payload) if push is not None else b""
    if push is None or signature is None or not hmac.compare_digest(signature, wanted):
        raise AuthenticationError(
            "usps: a push is not accepted: its signature is wrong; the body must be the bytes as received", **facts
        )
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
