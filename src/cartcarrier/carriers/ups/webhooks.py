"""Pushes of Track Alert: who sent it is checked first, then it is read (field guide ups.md §7.6).

UPS signs nothing: it sends the credential along that was set on its developer portal. In which header it comes is not published for
the version in use, so the two known ones are looked at. A push has no id either: parcel and event make one.
"""

import hashlib
import hmac
from typing import Final

import msgspec

from cartcarrier.carriers.ups import mapping
from cartcarrier.carriers.ups.config import UPSConfig
from cartcarrier.carriers.ups.schemas import TrackingAlert
from cartcarrier.errors import AuthenticationError, ConfigurationError, ResponseError
from cartcarrier.models import TrackingUpdated, WebhookOutcome, WebhookRequest

MAX_BODY: Final = 1024 * 1024
"""Bytes of the largest push that is read; UPS's have a few hundred."""
_HEADERS: Final = ("authorization", "credential")
_ONE: Final = msgspec.json.Decoder(TrackingAlert)
_SEVERAL: Final = msgspec.json.Decoder(list[TrackingAlert])


def require_credential(config: UPSConfig) -> str:
    """Return what pushes are verified with.

    Raises:
        ConfigurationError: It is not set.
    """
    if config.webhook_credential is None:
        msg = "ups: webhook_credential is not set, so no push can be verified; it is the one on UPS's developer portal"
        raise ConfigurationError(msg, field="webhook_credential")
    return config.webhook_credential


def receive(
    request: WebhookRequest, *, config: UPSConfig, account: str, carrier: str, keep_raw: bool
) -> WebhookOutcome:
    """Verify a push and return its news.

    Args:
        request: As it was received.
        config: With the credential.
        account: The account's name, for errors.
        carrier: The account's key.
        keep_raw: Keep the body in ``raw``.

    Raises:
        ConfigurationError: The credential is not set.
        AuthenticationError: The push has none, or another.
        ResponseError: It is genuine, but cannot be read.
    """
    _verify(request, require_credential(config), account)
    if len(request.body) > MAX_BODY:
        return WebhookOutcome(status=413)
    try:
        several = request.body.lstrip()[:1] == b"["
        alerts = _SEVERAL.decode(request.body) if several else [_ONE.decode(request.body)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _unreadable(account) from None
    if any(not alert.tracking_number.strip() for alert in alerts):
        raise _unreadable(account)
    events = []
    for alert in alerts:
        tracking = mapping.to_pushed_tracking(alert, carrier, request.body if keep_raw else None)
        event = tracking.events[0]
        # what a later push says anew of the same event (a new date of delivery) is another one
        what = f"{tracking.tracking_number}|{event.key}|{alert.scheduled_delivery_date or ''}"
        events.append(
            TrackingUpdated(
                id=hashlib.sha256(what.encode()).hexdigest(),
                account=carrier,
                occurred_at=event.occurred_at,
                tracking=tracking,
            )
        )
    return WebhookOutcome(events=events)


def _verify(request: WebhookRequest, credential: str, account: str) -> None:
    given = [value.strip() for name in _HEADERS if (value := request.header(name))]
    # "Bearer x" and bare "x" alike: the scheme is no secret
    tried = [*given, *(value.partition(" ")[2].strip() for value in given)]
    wanted = credential.encode()
    # a web server may hand on what is no UTF-8 as surrogates; all are compared, whichever fits
    fits = [hmac.compare_digest(value.encode("utf-8", "surrogatepass"), wanted) for value in tried if value]
    if not any(fits):
        raise AuthenticationError(
            f"a push for {account} was refused: its credential is {'wrong' if given else 'missing'}",
            provider="ups",
            account=account,
            operation="receive",
        )


def _unreadable(account: str) -> ResponseError:
    return ResponseError(
        "UPS pushed what cannot be read as an event of a parcel", provider="ups", account=account, operation="receive"
    )
