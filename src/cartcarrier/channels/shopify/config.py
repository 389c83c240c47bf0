"""The settings of one shop."""

import re
from typing import Any, Final

import attrs

from cartcarrier.errors import InvalidValueError

SUPPORTED_VERSIONS: Final = ("2026-04", "2026-07", "2026-10")
"""Versions whose schema the documents were checked against (field guide shopify.md §1)."""

# Field guide shopify.md §2: the permanent domain only, since a token must not travel to a shop's own domain.
_SHOP: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-_]*\.(?:myshopify\.com|shopify\.com|myshopify\.io|shop\.dev)")
_PLACE: Final = re.compile(r"(?:gid://shopify/Location/)?[0-9]+")
_HANDLE: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-_]*")

DEFAULT_SCOPES: Final = (
    "read_orders",
    "read_locations",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
    "read_fulfillments",
    "write_fulfillments",
    "write_orders",
    "read_inventory",
    "write_inventory",
)
"""What the abilities of this driver need at the merchant's own locations (field guide shopify.md §4)."""


def is_shop_domain(text: str) -> bool:
    """Return whether a text has the form of a shop's permanent domain."""
    return _SHOP.fullmatch(text) is not None


def normalize_shop(text: str) -> str:
    """Return a shop's permanent domain in small letters, out of a handle, a domain or an address.

    Raises:
        InvalidValueError: It is none of these.
    """
    name = text.strip().lower()
    name = name.removeprefix("https://").removeprefix("http://").partition("/")[0]
    if _HANDLE.fullmatch(name):
        name = f"{name}.myshopify.com"
    if not is_shop_domain(name):
        msg = "ShopifyConfig.shop must be the shop's permanent domain, such as 'my-shop.myshopify.com'"
        raise InvalidValueError(msg, field="ShopifyConfig.shop")
    return name


def _shop(value: object) -> object:
    return normalize_shop(value) if isinstance(value, str) else value


def _refuse(name: str, why: str) -> InvalidValueError:
    return InvalidValueError(f"ShopifyConfig.{name} {why}", field=f"ShopifyConfig.{name}")


def _secret_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise _refuse(attribute.name, "must be a text that is not empty")


def _text(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if not isinstance(value, str):
        raise _refuse(attribute.name, "must be a text")


def _texts(instance: object, attribute: "attrs.Attribute[Any]", value: tuple[object, ...]) -> None:
    del instance
    if not all(isinstance(item, str) and item.strip() for item in value):
        raise _refuse(attribute.name, "must hold texts that are not empty")


def _places(instance: object, attribute: "attrs.Attribute[Any]", value: tuple[object, ...]) -> None:
    del instance
    if not all(isinstance(item, str) and _PLACE.fullmatch(item) for item in value):
        raise _refuse(
            attribute.name, "must hold ids of locations, such as 'gid://shopify/Location/7', or their numbers"
        )


def _version(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if value not in SUPPORTED_VERSIONS:
        raise _refuse(attribute.name, f"must be one of {', '.join(SUPPORTED_VERSIONS)}")


def _texts_converter(value: object) -> tuple[object, ...]:
    # One text alone is meant as one element, not as its letters.
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]  # checked by the validator


@attrs.frozen(kw_only=True)
class ShopifyConfig:
    """The settings of one shop.

    Either ``access_token``, or ``client_id`` and ``client_secret``: with a ``refresh_token`` for an app that a seller has
    authorized, without one for an app of the organization that owns the shop (client credentials).

    Attributes:
        shop: The permanent domain, ``my-shop.myshopify.com``, or its first part.
        access_token: Of a custom app; it does not expire.
        client_id: Of the app.
        client_secret: Of the app; also verifies webhooks and the return from the authorization page.
        refresh_token: As ``exchange_code`` gave it. It is replaced at each use, so the token store must last.
        api_version: Of the Admin API.
        webhook_secrets: More secrets that may sign webhooks: the old one while a new one is introduced, or the one that the
            shop's admin shows for webhooks made there.
        location_ids: Only what ships from these locations is ours; empty for all. An app that is a fulfillment service names
            its own location here.
        scopes: What ``authorization_url`` asks for.
        include_test_orders: Test orders look like real ones; they are left out unless asked for.
        refund_on_cancel: ``cancel_order`` gives the money back the way it came.
        restock_on_cancel: ``cancel_order`` puts the pieces back into stock.
        notify_on_cancel: ``cancel_order`` lets Shopify write to the buyer.
    """

    shop: str = attrs.field(converter=_shop, validator=_text)
    access_token: str | None = attrs.field(default=None, repr=False, validator=_secret_or_none)
    client_id: str | None = attrs.field(default=None, validator=_secret_or_none)
    client_secret: str | None = attrs.field(default=None, repr=False, validator=_secret_or_none)
    refresh_token: str | None = attrs.field(default=None, repr=False, validator=_secret_or_none)
    api_version: str = attrs.field(default="2026-10", validator=_version)
    webhook_secrets: tuple[str, ...] = attrs.field(default=(), converter=_texts_converter, validator=_texts, repr=False)
    location_ids: tuple[str, ...] = attrs.field(default=(), converter=_texts_converter, validator=_places)
    scopes: tuple[str, ...] = attrs.field(default=DEFAULT_SCOPES, converter=_texts_converter, validator=_texts)
    include_test_orders: bool = False
    refund_on_cancel: bool = True
    restock_on_cancel: bool = True
    notify_on_cancel: bool = True

    def __attrs_post_init__(self) -> None:
        if self.access_token is not None:
            for name in ("client_id", "client_secret", "refresh_token"):
                if getattr(self, name) is not None:
                    raise _refuse(name, "and access_token exclude each other: give one way to get in")
            return
        if self.client_id is None and self.client_secret is None and self.refresh_token is None:
            raise _refuse("access_token", "is needed, or client_id and client_secret")
        for name in ("client_id", "client_secret"):
            if getattr(self, name) is None:
                raise _refuse(name, "is needed where there is no access_token")

    @property
    def graphql_path(self) -> str:
        """Path of the one GraphQL endpoint of the chosen version."""
        return f"/admin/api/{self.api_version}/graphql.json"

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """All secrets that may have signed a webhook, the likeliest first."""
        own = (self.client_secret,) if self.client_secret is not None else ()
        return tuple(dict.fromkeys((*own, *self.webhook_secrets)))
