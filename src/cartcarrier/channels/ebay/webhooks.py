"""Pushes: the challenge, the signature, and what they mean (field guide ebay.md §13)."""

import base64
import binascii
import hashlib
import json
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import attrs
import msgspec

from cartcarrier.channels.ebay import schemas
from cartcarrier.channels.ebay.config import EbayConfig
from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    RateLimitError,
    RejectedError,
    ResponseError,
)
from cartcarrier.http import Clock, json_decoder, json_encode
from cartcarrier.models import (
    AccountRevoked,
    Event,
    FulfillmentChanged,
    OrderCancelled,
    OrderChanged,
    PersonalDataAction,
    PersonalDataRequest,
    WebhookOutcome,
    WebhookRequest,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_logger = logging.getLogger("cartcarrier.channels.ebay")

SIGNATURE_HEADER: Final = "X-EBAY-SIGNATURE"
MAX_BODY: Final = 1024 * 1024
"""Bytes of the largest push that is read; eBay's are far smaller."""

_KEY_ID: Final = re.compile(r"[A-Za-z0-9_\-]{1,100}")
_KEPT: Final = timedelta(hours=1)
_MOST_KEYS: Final = 100
# A key is asked for anew after a false signature, but not for each of many forgeries: that would spend the day's calls.
_FRESH: Final = timedelta(minutes=1)
_MOST_MISSES: Final = 20
_DEEPEST: Final = 8


def answer_challenge(request: WebhookRequest, config: EbayConfig) -> WebhookOutcome | None:
    """Return what to answer when eBay asks whose the endpoint is; ``None`` when it does not.

    Args:
        request: As received.
        config: With the token, and the endpoint as registered: proxies change what a request says (pitfall 21).

    Raises:
        ConfigurationError: There is no token.
    """
    if request.method.upper() != "GET":
        return None
    parts = urlsplit(request.url)
    codes = parse_qs(parts.query, keep_blank_values=True).get("challenge_code")
    if codes is None:
        return WebhookOutcome(status=400)
    if config.verification_token is None:
        msg = "ebay: the challenge of a notification endpoint needs the setting verification_token"
        raise ConfigurationError(msg, field="verification_token")
    endpoint = config.webhook_endpoint or request.url.partition("?")[0]
    digest = hashlib.sha256((codes[0] + config.verification_token + endpoint).encode()).hexdigest()
    body = json_encode({"challengeResponse": digest})
    return WebhookOutcome(status=200, headers={"Content-Type": "application/json"}, body=body)


@attrs.frozen
class _Key:
    public: "EllipticCurvePublicKey"
    digest: str
    read_at: datetime


class Keys:
    """eBay's public keys, each kept for an hour.

    Args:
        fetch: Asks eBay for one.
        account: For the error.
    """

    def __init__(self, fetch: Callable[[str], Awaitable[schemas.PublicKey]], *, account: str) -> None:
        self._fetch = fetch
        self._account = account
        self._keys: OrderedDict[str, _Key] = OrderedDict()
        self._misses: list[datetime] = []

    async def get(self, key_id: str, *, clock: Clock, anew: bool = False) -> tuple[_Key, bool] | None:
        """Return a key and whether it was asked for just now; ``None`` when eBay has none of that id.

        Args:
            key_id: Which.
            clock: What time it is.
            anew: Whether to ask again for one that is kept.

        Raises:
            RateLimitError: Too many keys that eBay does not have were asked for within the hour, so this one is not. It may be a
                genuine one: answer 5xx, so that the push comes again.
            OperationError: eBay cannot be asked; answer 5xx, so that the push comes again.
        """
        now = clock.now()
        kept = self._keys.get(key_id)
        if kept is not None and now - kept.read_at < (_FRESH if anew else _KEPT):
            self._keys.move_to_end(key_id)
            return kept, False
        self._misses = [moment for moment in self._misses if now - moment < _KEPT]
        if kept is None and len(self._misses) >= _MOST_MISSES:
            msg = (
                "ebay: the key of a push is not known and not asked for now: too many pushes named keys that eBay does not have; "
                "answer 5xx, so that it comes again"
            )
            raise RateLimitError(
                msg,
                retry_after=self._misses[0] + _KEPT - now,
                provider="ebay",
                account=self._account,
                operation="receive",
            )
        try:
            answer = await self._fetch(key_id)
        except (NotFoundError, RejectedError):
            self._misses.append(now)
            return None
        key = _read_key(answer, now)
        if key is None:
            return None
        self._keys[key_id] = key
        self._keys.move_to_end(key_id)
        while len(self._keys) > _MOST_KEYS:
            self._keys.popitem(last=False)
        return key, True


def _read_key(answer: schemas.PublicKey, now: datetime) -> _Key | None:
    """Read a key whose PEM has no line breaks (pitfall 20)."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - with the first push
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 - as above

    body = re.sub(r"-----[A-Z ]+-----|\s", "", answer.key)
    try:
        public = load_der_public_key(base64.b64decode(body, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return None
    if not isinstance(public, EllipticCurvePublicKey):
        return None
    return _Key(public, (answer.digest or "SHA1").upper().replace("-", ""), now)


def _fits(key: _Key, signature: bytes, body: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - with the first push
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415 - as above

    # SHA-1 is what eBay signs with (§13.3).
    algorithm = hashes.SHA256() if key.digest == "SHA256" else hashes.SHA1()  # noqa: S303 - the platform's choice
    try:
        key.public.verify(signature, body, ECDSA(algorithm))
    except InvalidSignature:
        return False
    return True


async def verify(request: WebhookRequest, keys: Keys, *, clock: Clock, account: str) -> None:
    """Check that eBay sent a push.

    Args:
        request: As received.
        keys: eBay's.
        clock: What time it is.
        account: For the error.

    Raises:
        AuthenticationError: The signature is missing or false.
        OperationError: eBay cannot be asked for its key, or is not: see ``Keys.get``.
    """

    def refusal(why: str) -> AuthenticationError:
        msg = f"ebay: a push is not accepted: {why}"
        return AuthenticationError(msg, provider="ebay", account=account, operation="receive")

    header = _read_header(request.header(SIGNATURE_HEADER) or "")
    if header is None:
        raise refusal("its signature is missing or cannot be read")
    key_id, signature = header
    found = await keys.get(key_id, clock=clock)
    if found is None:
        raise refusal("it is signed with a key that eBay does not have")
    key, just_now = found
    if _fits_somehow(key, signature, request.body):
        return
    # eBay may have replaced the key: ask once, unless it was asked just now.
    again = None if just_now else await keys.get(key_id, clock=clock, anew=True)
    if again is None or not again[1] or not _fits_somehow(again[0], signature, request.body):
        raise refusal("its signature is false; the body must be the bytes as received")


def _fits_somehow(key: _Key, signature: bytes, body: bytes) -> bool:
    if _fits(key, signature, body):
        return True
    # eBay signs the compact text of the object, which is what travels; a proxy may have spaced it out.
    try:
        compact = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return compact != body and _fits(key, signature, compact)


def _read_header(text: str) -> tuple[str, bytes] | None:
    try:
        header = json_decoder(schemas.SignatureHeader).decode(base64.b64decode(text, validate=True))
        signature = base64.b64decode(header.signature, validate=True)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError, binascii.Error):
        return None
    # The id becomes part of a path.
    return (header.kid, signature) if _KEY_ID.fullmatch(header.kid) and signature else None


def read(request: WebhookRequest, config: EbayConfig, *, key: str, account: str) -> WebhookOutcome:
    """Say what a verified push means.

    Args:
        request: As received.
        config: Names the seller.
        key: The account's key.
        account: The account's name.

    Raises:
        ResponseError: It cannot be read.
    """
    try:
        message = json_decoder(schemas.Message).decode(request.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        msg = "ebay: a push cannot be read"
        raise ResponseError(msg, provider="ebay", account=account, operation="receive") from None
    events = to_events(message, config, key=key)
    if not events:
        _logger.debug("%s: a push of the topic %s means nothing here", key, message.metadata.topic)
    return WebhookOutcome(events=events)


def to_events(message: schemas.Message, config: EbayConfig, *, key: str) -> tuple[Event, ...]:
    """Return what a push means; nothing for topics that are not our business."""
    told = message.notification
    facts: dict[str, Any] = {"id": told.notification_id, "account": key, "occurred_at": told.event_date}
    topic = message.metadata.topic
    if topic == "MARKETPLACE_ACCOUNT_DELETION":
        return _account_deletion(told.data, config, facts)
    order_id = find_order_id(told.data)
    if topic == "ORDER_CANCELLATION_ACTIVITY" and order_id is not None:
        return (OrderCancelled(order_id=order_id, requested=True, **facts),)
    if topic == "ITEM_MARKED_SHIPPED":
        return (FulfillmentChanged(order_id=order_id, **facts),)
    if topic.startswith("ORDER_"):
        return (OrderChanged(order_id=order_id, what=topic, **facts),)
    return ()


def _account_deletion(data: Mapping[str, Any], config: EbayConfig, facts: dict[str, Any]) -> tuple[Event, ...]:
    """Return the erasure of somebody under each of the names that orders may hold (§5, §13.4)."""
    names = [data.get(name) for name in ("username", "userId")]
    known = list(dict.fromkeys(name for name in names if isinstance(name, str) and name))
    events: list[Event] = [
        PersonalDataRequest(
            **{**facts, "id": facts["id"] if index == 0 else f"{facts['id']}:{index}"},
            action=PersonalDataAction.ERASE,
            customer_id=name,
        )
        for index, name in enumerate(known)
    ]
    if config.seller_id is not None and config.seller_id in known:
        events.append(AccountRevoked(**{**facts, "id": f"{facts['id']}:seller"}))
    return tuple(events)


def find_order_id(data: object, depth: int = 0) -> str | None:
    """Return the order that a push is about, wherever its data name it: their form is not documented (§13.2)."""
    if depth > _DEEPEST:
        return None
    if isinstance(data, Mapping):
        for name in ("orderId", "legacyOrderId"):
            value = data.get(name)
            if isinstance(value, str) and value.strip():
                return value
        parts = list(data.values())
    elif isinstance(data, list):
        parts = data
    else:
        return None
    return next((found for part in parts if (found := find_order_id(part, depth + 1)) is not None), None)
