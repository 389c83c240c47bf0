"""Pushes: verified on their bytes, then read (field guide shopify.md §15).

A payload is a hint that something changed, and may be older than what is known: the events say what to read again, no more.
"""

import base64
import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

import msgspec

from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.mapping import to_gid
from cartcarrier.errors import AuthenticationError, ConfigurationError, InvalidValueError, ResponseError
from cartcarrier.models import (
    AccountRevoked,
    Event,
    FulfillmentChanged,
    InventoryChanged,
    OrderCancelled,
    OrderChanged,
    PersonalDataAction,
    PersonalDataRequest,
    WebhookOutcome,
    WebhookRequest,
)

_logger = logging.getLogger("cartcarrier.channels.shopify")

MAX_BODY: Final = 5 * 1024 * 1024
"""Bytes of the largest push that is read; Shopify's largest order is far smaller."""

SCOPES_UPDATE: Final = "app/scopes_update"

# What Shopify calls at a fulfillment service's address has no topic; the body says what it is (§13).
_NOTICE: Final = "/fulfillment_order_notification"
_CANCEL_REQUEST: Final = "fulfillment_orders/cancellation_request_submitted"
_NOTICE_KINDS: Final = {
    "FULFILLMENT_REQUEST": "fulfillment_orders/fulfillment_request_submitted",
    "CANCELLATION_REQUEST": _CANCEL_REQUEST,
}

# The topic is not signed: a body is believed to be of one of these only where it names the shop under this name ...
_SHOP_NAMED: Final[Mapping[str, str]] = {
    "app/uninstalled": "myshopify_domain",
    "customers/data_request": "shop_domain",
    "customers/redact": "shop_domain",
    "shop/redact": "shop_domain",
}
# ... and has nothing in it that only another of them has.
_FOREIGN: Final[Mapping[str, frozenset[str]]] = {
    "customers/data_request": frozenset({"orders_to_redact"}),
    "customers/redact": frozenset({"orders_requested", "data_request"}),
    "shop/redact": frozenset({"customer", "orders_to_redact", "orders_requested", "data_request"}),
}

_DECODER: Final = msgspec.json.Decoder(dict[str, Any])


def header(request: WebhookRequest, name: str) -> str | None:
    """Return a header of Shopify's, with or without the ``X-`` that its newer event system leaves out."""
    return request.header(f"X-Shopify-{name}") or request.header(f"Shopify-{name}")


def sign(secret: str, body: bytes) -> str:
    """Return the signature of a push: base64 of HMAC-SHA256 over the bytes as received."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def verify(request: WebhookRequest, config: ShopifyConfig, *, account: str) -> None:
    """Check who sent a push, before a byte of it is read.

    Args:
        request: As received.
        config: With the secrets that may have signed it: the old one signs for up to an hour after a change.
        account: For the error.

    Raises:
        AuthenticationError: The signature is missing or wrong, or the push is for another shop.
        ConfigurationError: There is no secret to verify with.
    """
    secrets = config.signing_secrets
    if not secrets:
        msg = "shopify: a webhook cannot be verified: give client_secret or webhook_secrets"
        raise ConfigurationError(msg, field="webhook_secrets")

    given = (header(request, "Hmac-Sha256") or "").strip().encode("utf-8", "surrogatepass")
    if not given:
        raise _refusal("it is not signed", account)
    # All secrets are tried in the same time, whichever fits.
    if not any([hmac.compare_digest(given, sign(secret, request.body).encode()) for secret in secrets]):  # noqa: C419 - a generator would stop at the first that fits
        raise _refusal("its signature is wrong; the body must be the bytes as received", account)
    shop = (header(request, "Shop-Domain") or "").strip().lower()
    if shop != config.shop:
        # All shops of an app share its secret: the domain says whose it is.
        raise _refusal("it is for another shop", account)


def _refusal(why: str, account: str) -> AuthenticationError:
    return AuthenticationError(
        f"shopify: a webhook is not accepted: {why}", provider="shopify", account=account, operation="receive"
    )


def _fits_topic(topic: str, payload: Mapping[str, Any], shop: str) -> bool:
    """Whether a body can be of the topic that its header names, for the topics that end or erase something.

    Shopify signs the body alone: any captured push with its signature could be sent again as one of these. Their bodies name the shop
    (field guide shopify.md §15), which those of orders, stock and fulfillments do not.
    """
    named = _SHOP_NAMED.get(topic)
    if named is None:
        return True
    domain = payload.get(named)
    if not isinstance(domain, str) or domain.strip().lower() != shop:
        return False
    return not any(name in payload for name in _FOREIGN.get(topic, ()))


def receive(request: WebhookRequest, config: ShopifyConfig, *, key: str, account: str) -> tuple[WebhookOutcome, str]:
    """Verify a push and say what it means.

    Args:
        request: As received.
        config: The shop's settings.
        key: The account's key.
        account: The account's name.

    Returns:
        The outcome, and the topic.

    Raises:
        AuthenticationError: It is not Shopify's, not for this shop, or its body is not one of its topic.
        ConfigurationError: There is no secret to verify with.
        ResponseError: It is genuine, but cannot be read.
    """
    if len(request.body) > MAX_BODY:
        _logger.warning("%s: a webhook of more than %d bytes was not read", key, MAX_BODY)
        return WebhookOutcome(status=413), ""
    verify(request, config, account=account)
    topic = (header(request, "Topic") or "").strip().lower()
    try:
        payload = _DECODER.decode(request.body)
        if not topic and request.url.partition("?")[0].rstrip("/").endswith(_NOTICE):
            topic = _NOTICE_KINDS.get(str(payload.get("kind")), "fulfillment_order_notification")
        if not _fits_topic(topic, payload, config.shop):
            raise _refusal("its body is not one of its topic", account)
        events = to_events(topic, payload, event_id=_event_id(request), account=key, occurred_at=_moment(request))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidValueError):
        raise ResponseError(
            f"shopify: a webhook of the topic {topic or '(none)'} cannot be read",
            provider="shopify",
            account=account,
            operation="receive",
        ) from None
    return WebhookOutcome(events=events), topic


def _event_id(request: WebhookRequest) -> str:
    # The same for every delivery of one push. The event id is shared by several subscriptions, which tell different things.
    given = header(request, "Webhook-Id") or header(request, "Event-Id")
    return given or f"sha256:{hashlib.sha256(request.body).hexdigest()}"


def _moment(request: WebhookRequest) -> datetime | None:
    # Only a hint: deliveries up to a day late are genuine.
    try:
        moment = datetime.fromisoformat((header(request, "Triggered-At") or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _id(kind: str, payload: Mapping[str, Any], *names: str) -> str | None:
    """Return the first id that a payload has under one of these names, as a global id.

    Numbers above 2**53 were cut in some of Shopify's own examples, so the global id is asked for first.
    """
    for name in names:
        value = payload.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            found = to_gid(kind, value)
            if found is not None:
                return found
    return None


def _part(payload: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    found: Any = payload
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _order_id(topic: str, payload: Mapping[str, Any]) -> str | None:
    if topic.startswith("orders/"):
        edit = _part(payload, "order_edit")
        if edit:
            return _id("Order", edit, "order_id")
        own = payload.get("admin_graphql_api_id")
        if isinstance(own, str) and own.startswith("gid://shopify/Order/"):
            return own
        return _id("Order", payload, "admin_graphql_api_order_id", "order_id", "id")
    order = _part(payload, "order")
    return _id("Order", payload, "admin_graphql_api_order_id", "order_id") or _id(
        "Order", order, "admin_graphql_api_id", "id"
    )


def _own_id(kind: str, payload: Mapping[str, Any]) -> str | None:
    own = payload.get("admin_graphql_api_id")
    if isinstance(own, str) and own.startswith(f"gid://shopify/{kind}/"):
        return own
    return _id(kind, payload, "id")


def to_events(
    topic: str, payload: Mapping[str, Any], *, event_id: str, account: str, occurred_at: datetime | None
) -> Sequence[Event]:
    """Return what a push means; nothing for topics that are not our business.

    Args:
        topic: ``"orders/updated"``.
        payload: The body.
        event_id: The same for every delivery.
        account: The account's key.
        occurred_at: When, as Shopify says.

    Raises:
        InvalidValueError: An id that is needed is missing or of another kind.
    """
    read = _READERS.get(topic) or _READERS.get(topic.partition("/")[0])
    facts: dict[str, Any] = {"id": event_id, "account": account, "occurred_at": occurred_at}
    return (read(topic, payload, facts),) if read is not None else ()


_Facts: TypeAlias = dict[str, Any]


def _order_cancelled(topic: str, payload: Mapping[str, Any], facts: _Facts) -> Event:
    order_id = _order_id(topic, payload)
    if order_id is None:
        raise InvalidValueError("the cancelled order is not named", field="id")
    return OrderCancelled(order_id=order_id, **facts)


def _order_changed(topic: str, payload: Mapping[str, Any], facts: _Facts) -> Event:
    return OrderChanged(order_id=_order_id(topic, payload), what=topic, **facts)


def _share_changed(topic: str, payload: Mapping[str, Any], facts: _Facts) -> Event:
    # Most of these name the fulfillment order only: whoever gets one without an order lists what was touched.
    order_id = _id("Order", _part(payload, "fulfillment_order") or payload, "order_id")
    if topic == _CANCEL_REQUEST and order_id is not None:
        return OrderCancelled(order_id=order_id, requested=True, **facts)
    return OrderChanged(order_id=order_id, what=topic, **facts)


def _fulfillment_changed(topic: str, payload: Mapping[str, Any], facts: _Facts) -> Event:
    scan = topic.startswith("fulfillment_events/")
    own = _id("Fulfillment", payload, "fulfillment_id") if scan else _own_id("Fulfillment", payload)
    return FulfillmentChanged(order_id=_id("Order", payload, "order_id"), fulfillment_id=own, **facts)


def _inventory_changed(topic: str, payload: Mapping[str, Any], facts: _Facts) -> Event:
    del topic
    available = payload.get("available")
    # The level's global id names the article whole, where its number may have been cut (see _id).
    level = str(payload.get("admin_graphql_api_id", ""))
    own = parse_qs(level.partition("?")[2]).get("inventory_item_id", ())
    return InventoryChanged(
        item_id=to_gid("InventoryItem", own[0]) if own else _id("InventoryItem", payload, "inventory_item_id"),
        location_id=_id("Location", payload, "location_id"),
        available=available if type(available) is int else None,
        **facts,
    )


def _article_changed(topic: str, payload: Mapping[str, Any], facts: _Facts) -> Event:
    # Whether its stock is kept, or its SKU: what was known by SKU may be another article's now.
    del topic
    sku = payload.get("sku")
    return InventoryChanged(
        item_id=_own_id("InventoryItem", payload), sku=sku if isinstance(sku, str) and sku else None, **facts
    )


def _uninstalled(topic: str, payload: Mapping[str, Any], facts: _Facts) -> Event:
    del topic, payload
    return AccountRevoked(**facts)


def _scopes_changed(topic: str, payload: Mapping[str, Any], facts: _Facts) -> Event:
    del topic, payload
    return Event(**facts)


def _personal_data(topic: str, payload: Mapping[str, Any], facts: _Facts) -> Event:
    if topic == "shop/redact":
        return PersonalDataRequest(action=PersonalDataAction.ERASE_ACCOUNT, **facts)
    erase = topic == "customers/redact"
    return PersonalDataRequest(
        action=PersonalDataAction.ERASE if erase else PersonalDataAction.EXPORT,
        customer_id=_id("Customer", _part(payload, "customer"), "id"),
        order_ids=_order_ids(payload.get("orders_to_redact" if erase else "orders_requested")),
        **facts,
    )


def _order_ids(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        return ()
    found = [to_gid("Order", value) for value in values if isinstance(value, str | int)]
    return tuple(value for value in found if value is not None)


# By topic, or by its first part.
_READERS: Final[Mapping[str, Callable[[str, Mapping[str, Any], _Facts], Event]]] = {
    "orders/cancelled": _order_cancelled,
    "orders": _order_changed,
    "refunds": _order_changed,
    "order_transactions": _order_changed,
    "returns": _order_changed,
    "fulfillment_orders": _share_changed,
    "fulfillment_order_notification": _share_changed,
    "fulfillment_holds": _share_changed,
    "fulfillments": _fulfillment_changed,
    "fulfillment_events": _fulfillment_changed,
    "inventory_levels": _inventory_changed,
    "inventory_items": _article_changed,
    "app/uninstalled": _uninstalled,
    SCOPES_UPDATE: _scopes_changed,
    "customers/data_request": _personal_data,
    "customers/redact": _personal_data,
    "shop/redact": _personal_data,
}
