"""The settings of one seller."""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from cartcarrier.channels.ebay.config.keys import SigningKey, read_signing_key
from cartcarrier.errors import InvalidValueError

BASE_SCOPE: Final = "https://api.ebay.com/oauth/api_scope"
"""The scope of application tokens; all others are spelled below it (field guide ebay.md §2.4)."""

DEFAULT_SCOPES: Final = (
    BASE_SCOPE,
    f"{BASE_SCOPE}/sell.fulfillment",
    f"{BASE_SCOPE}/sell.inventory",
    f"{BASE_SCOPE}/commerce.notification.subscription",
)
"""What the abilities of this driver need of a seller."""

_MARKETPLACE: Final = re.compile(r"EBAY_[A-Z]{2}(?:_[A-Z]{2})?")
# Field guide ebay.md §13.1: 32 to 80 characters.
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_VERIFICATION_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32,80}")
MOST_SKUS_A_CALL: Final = 25
"""Field guide ebay.md §3.4: of ``bulk_update_price_quantity`` and ``bulk_get_inventory_item``."""


def _refuse(name: str, why: str) -> InvalidValueError:
    return InvalidValueError(f"EbayConfig.{name} {why}", field=f"EbayConfig.{name}")


def _secret(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if not isinstance(value, str) or not value.strip():
        raise _refuse(attribute.name, "must be a text that is not empty")


def _secret_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None:
        _secret(instance, attribute, value)


def _to_marketplace(value: object) -> object:
    # Trading and the pages of Post-Order write EBAY-US, REST writes EBAY_US (pitfall 31).
    return value.strip().upper().replace("-", "_") if isinstance(value, str) else value


def _marketplace(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if not isinstance(value, str) or not _MARKETPLACE.fullmatch(value):
        raise _refuse(attribute.name, "must be the id of a marketplace, such as 'EBAY_US' or 'EBAY_DE'")


def _verification_token(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if value is not None and (not isinstance(value, str) or not _VERIFICATION_TOKEN.fullmatch(value)):
        raise _refuse(attribute.name, "must be 32 to 80 letters, digits, underscores or hyphens")


def _endpoint(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if value is not None and (not isinstance(value, str) or not value.startswith("https://")):
        raise _refuse(attribute.name, "must be the address that is registered at eBay, beginning with https://")


def _email(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if value is not None and (not isinstance(value, str) or not _EMAIL.fullmatch(value)):
        raise _refuse(attribute.name, "must be an e-mail address")


def _signing_key(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if value is None:
        return
    problem = read_signing_key(value) if isinstance(value, str) else "it must be a text"
    if isinstance(problem, str):
        why = f"cannot be read: {problem}; give eBay's answer to createSigningKey as JSON, with jwe and privateKey"
        raise _refuse(attribute.name, why)


def _batch(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if type(value) is not int or not 1 <= value <= MOST_SKUS_A_CALL:
        raise _refuse(attribute.name, f"must be a whole number from 1 to {MOST_SKUS_A_CALL}")


def _share(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    del instance
    if type(value) is not int or not 0 <= value <= 90:
        raise _refuse(attribute.name, "must be a whole number from 0 to 90")


def _texts_converter(value: object) -> tuple[object, ...]:
    # One text alone is meant as one element, not as its letters.
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]  # checked by the validator


def _texts(instance: object, attribute: "attrs.Attribute[Any]", value: tuple[object, ...]) -> None:
    del instance
    if not value or not all(isinstance(item, str) and item.strip() for item in value):
        raise _refuse(attribute.name, "must hold texts that are not empty")


def _codes(instance: object, attribute: "attrs.Attribute[Any]", value: Mapping[object, object]) -> None:
    del instance
    for ours, theirs in value.items():
        if not (isinstance(ours, str) and ours.strip() and isinstance(theirs, str) and theirs.strip()):
            raise _refuse(attribute.name, "must map names of carriers to eBay's codes, both texts")


@attrs.frozen(kw_only=True)
class EbayConfig:
    """The settings of one seller.

    Attributes:
        client_id: Of the keyset ("App ID").
        client_secret: Of the keyset ("Cert ID").
        refresh_token: As ``exchange_code`` gave it; good for 18 months, not renewed by use. Left out only where a seller is
            still to be connected.
        marketplace_id: The seller's own marketplace, ``"EBAY_US"``. Orders of all marketplaces are read whatever it is.
        sandbox: True for eBay's sandbox, which has keysets, users and data of its own.
        ru_name: The name that stands for the redirect addresses at eBay ("RuName").
        signing_key: eBay's answer to ``createSigningKey``, as JSON text. Sellers of the EU and the United Kingdom need it to
            cancel orders.
        verification_token: Of the notification endpoint, to answer eBay's challenge.
        webhook_endpoint: The endpoint's address as registered at eBay, byte for byte; by default what the request says.
        alert_email: Whom eBay writes to when pushes fail; ``subscribe`` needs it once for each application.
        seller_id: The seller's user name or immutable user id at eBay. When that account is closed, ``AccountRevoked`` says so.
        scopes: What ``authorization_url`` asks for.
        carrier_codes: eBay's codes by our names of carriers, in place of the driver's own table.
        skus_per_call: How many articles to set at a time; eBay's texts disagree, so a refusal makes it one.
        reserve_percent: Share of each daily quota that only buying, confirming and cancelling may use.
    """

    client_id: str = attrs.field(validator=_secret)
    client_secret: str = attrs.field(repr=False, validator=_secret)
    refresh_token: str | None = attrs.field(default=None, repr=False, validator=_secret_or_none)
    marketplace_id: str = attrs.field(converter=_to_marketplace, validator=_marketplace)
    sandbox: bool = False
    ru_name: str | None = attrs.field(default=None, validator=_secret_or_none)
    signing_key: str | None = attrs.field(default=None, repr=False, validator=_signing_key)
    verification_token: str | None = attrs.field(default=None, repr=False, validator=_verification_token)
    webhook_endpoint: str | None = attrs.field(default=None, validator=_endpoint)
    alert_email: str | None = attrs.field(default=None, repr=False, validator=_email)
    seller_id: str | None = attrs.field(default=None, validator=_secret_or_none)
    scopes: tuple[str, ...] = attrs.field(default=DEFAULT_SCOPES, converter=_texts_converter, validator=_texts)
    carrier_codes: Mapping[str, str] = attrs.field(factory=dict, validator=_codes, eq=False)
    skus_per_call: int = attrs.field(default=MOST_SKUS_A_CALL, validator=_batch)
    reserve_percent: int = attrs.field(default=20, validator=_share)

    @property
    def hosts(self) -> dict[str, str]:
        """The hosts of eBay by name (field guide ebay.md §1)."""
        middle = ".sandbox" if self.sandbox else ""
        return {name: f"https://{name}{middle}.ebay.com" for name in ("api", "apiz", "auth")}

    @property
    def key_to_sign_with(self) -> SigningKey | None:
        """The signing key, read; ``None`` where there is none."""
        if self.signing_key is None:
            return None
        key = read_signing_key(self.signing_key)
        return None if isinstance(key, str) else key
