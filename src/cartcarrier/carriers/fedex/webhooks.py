"""Pushes of FedEx's Advanced Integrated Visibility: verify the raw body, then read it (field guide fedex.md §7.5).

FedEx publishes no description of the payload; it resembles an answer of Track. No event has an id and no push a time, so the
digest of the body tells deliveries apart, and the scans' own times order them.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Final

import msgspec

from cartcarrier.carriers.fedex import mapping
from cartcarrier.carriers.fedex.config import FedExConfig
from cartcarrier.carriers.fedex.schemas import Push, TrackResult
from cartcarrier.carriers.fedex.schemas.tracking import CompleteTrackResult
from cartcarrier.errors import AuthenticationError, ConfigurationError, ResponseError
from cartcarrier.models import TrackingUpdated, WebhookOutcome, WebhookRequest, event_order

MAX_BODY: Final = 1024 * 1024
"""Far above any push."""
_OTHER_HEADER: Final = "x-fdx-sc-signature"
_PUSH: Final = msgspec.json.Decoder(Push)
_PUSHES: Final = msgspec.json.Decoder(list[Push])
_RESULT: Final = msgspec.json.Decoder(TrackResult)
_RESULTS: Final = msgspec.json.Decoder(list[TrackResult])


def receive(
    request: WebhookRequest, *, config: FedExConfig, account: str, carrier: str, keep_raw: bool
) -> WebhookOutcome:
    """Verify a push and return its news. One that is too large is neither verified nor read.

    Args:
        request: As it was received.
        config: With the secret and the name of the header.
        account: The account's name, for errors.
        carrier: The account's key.
        keep_raw: Keep the body in ``raw``.

    Raises:
        ConfigurationError: The secret is not set.
        AuthenticationError: The signature is missing or wrong.
        ResponseError: It is genuine, but cannot be read.
    """
    if len(request.body) > MAX_BODY:
        return WebhookOutcome(status=413)
    _verify(request, config, account)
    digest = hashlib.sha256(request.body).hexdigest()
    events = []
    for place, (number, result) in enumerate(_results(request.body, account)):
        raw = request.body if keep_raw else None
        tracking = mapping.to_tracking(result, number, carrier, raw)
        moments = [event.occurred_at for event in sorted(tracking.events, key=event_order) if event.occurred_at]
        events.append(
            TrackingUpdated(
                id=f"{digest}:{place}",
                account=carrier,
                occurred_at=moments[-1] if moments else None,
                tracking=tracking,
            )
        )
    return WebhookOutcome(events=events)


def _verify(request: WebhookRequest, config: FedExConfig, account: str) -> None:
    if config.webhook_secret is None:
        raise ConfigurationError("fedex: webhook_secret is not set, so no push can be verified", field="webhook_secret")
    given = request.header(config.webhook_header) or request.header(_OTHER_HEADER)
    made = hmac.new(config.webhook_secret.encode(), request.body, hashlib.sha256).digest()
    if given is None or not _matches(given.strip(), made):
        raise AuthenticationError(
            f"a push for {account} was refused: its signature is {'missing' if given is None else 'wrong'}",
            provider="fedex",
            account=account,
            operation="receive",
        )


def _matches(given: str, made: bytes) -> bool:
    """Compare in constant time: base64 first, then hexadecimal; FedEx's words speak of both."""
    try:
        if hmac.compare_digest(base64.b64decode(given, validate=True), made):
            return True
    except (binascii.Error, ValueError):
        pass
    try:
        return hmac.compare_digest(bytes.fromhex(given), made)
    except ValueError:
        return False


def _results(body: bytes, account: str) -> list[tuple[str, TrackResult]]:
    """Return the parcels in a push, in whichever of the known shapes it comes."""
    try:
        several = body.lstrip()[:1] == b"["
        pushes = _PUSHES.decode(body) if several else [_PUSH.decode(body)]
        bare = _RESULTS.decode(body) if several else [_RESULT.decode(body)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _unreadable(account) from None
    found: list[tuple[str, TrackResult]] = []
    for push, result in zip(pushes, bare, strict=True):
        found += _in_push(push, result)
    if not found:
        raise _unreadable(account)
    return found


def _in_push(push: Push, result: TrackResult) -> list[tuple[str, TrackResult]]:
    groups = list(push.complete_track_results or [])
    if push.output is not None:
        groups += push.output.complete_track_results or []
    if push.track_results is not None:
        groups.append(CompleteTrackResult(tracking_number=push.tracking_number, track_results=push.track_results))
    if not groups and (push.latest_status_detail is not None or push.scan_events):
        groups.append(CompleteTrackResult(tracking_number=push.tracking_number, track_results=[result]))
    found = []
    for group in groups:
        for one in group.track_results or []:
            info = one.tracking_number_info
            number = (info.tracking_number if info is not None else None) or group.tracking_number
            if number and one.error is None:
                found.append((number, one))
    return found


def _unreadable(account: str) -> ResponseError:
    return ResponseError(
        "FedEx pushed something that cannot be read", provider="fedex", account=account, operation="receive"
    )
