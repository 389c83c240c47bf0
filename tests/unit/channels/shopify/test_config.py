"""The settings of a shop."""

from typing import Any

import pytest

from cartcarrier import open_channel
from cartcarrier.channels.shopify import ShopifyChannel, ShopifyConfig
from cartcarrier.errors import ConfigurationError, InvalidValueError

TOKEN = "shpat_0123456789abcdef"


@pytest.mark.parametrize(
    "given",
    ["my-shop", "my-shop.myshopify.com", "MY-SHOP.myshopify.com", "https://my-shop.myshopify.com/", " my-shop "],
)
def test_shop_is_written_in_many_ways(given: str) -> None:
    """People paste what their browser shows."""
    assert ShopifyConfig(shop=given, access_token=TOKEN).shop == "my-shop.myshopify.com"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "www.my-shop.com",
        "my-shop.myshopify.com.evil.example",
        "a b",
        "-shop",
        "https://evil.example/my-shop.myshopify.com",
    ],
)
def test_other_hosts_never_get_the_token(given: str) -> None:
    """The token travels with every request: a domain that is not Shopify's would read it."""
    with pytest.raises(InvalidValueError) as caught:
        ShopifyConfig(shop=given, access_token=TOKEN)
    assert caught.value.field == "ShopifyConfig.shop"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "access_token"),
        ({"client_id": "a"}, "client_secret"),
        ({"client_secret": "a"}, "client_id"),
        ({"refresh_token": "a"}, "client_id"),
        ({"client_id": "a", "refresh_token": "b"}, "client_secret"),
        ({"access_token": TOKEN, "client_id": "a"}, "client_id"),
        ({"access_token": TOKEN, "client_secret": "a"}, "client_secret"),
        ({"access_token": TOKEN, "refresh_token": "a"}, "refresh_token"),
        ({"access_token": ""}, "access_token"),
        ({"access_token": TOKEN, "api_version": "2025-10"}, "api_version"),
        ({"api_version": "unstable"}, "api_version"),
        ({"location_ids": ("gid://shopify/Order/7",)}, "location_ids"),
        ({"shop": 5}, "shop"),
        ({"access_token": TOKEN, "webhook_secrets": ("",)}, "webhook_secrets"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_wrong_combinations_name_the_field(settings: dict[str, Any], field: str) -> None:
    """Whoever sets a shop up learns which setting to mend."""
    with pytest.raises(InvalidValueError) as caught:
        ShopifyConfig(**{"shop": "my-shop", **settings})
    assert caught.value.field == f"ShopifyConfig.{field}"


def test_open_channel_refuses_a_wrong_combination() -> None:
    """Nothing is sent with settings that contradict each other."""
    with pytest.raises(ConfigurationError):
        open_channel("shopify", shop="my-shop", access_token=TOKEN, refresh_token="b")


def test_open_channel_opens_the_driver() -> None:
    """The entry point leads here."""
    channel = open_channel("shopify", account="eu", shop="my-shop", access_token=TOKEN, webhook_secrets=("a", "b"))
    assert isinstance(channel, ShopifyChannel)
    assert channel.key == "shopify:eu"
    assert channel.config.webhook_secrets == ("a", "b")


def test_no_secret_in_the_text_form() -> None:
    """Settings end up in tracebacks and logs."""
    text = repr(ShopifyConfig(shop="my-shop", access_token="shpat_sesame", webhook_secrets=("sesame",)))
    text += repr(ShopifyConfig(shop="my-shop", client_id="id", client_secret="sesame", refresh_token="sesame"))
    assert "sesame" not in text


def test_one_text_is_one_secret() -> None:
    """A text is a sequence of letters to Python, but not to people."""
    assert ShopifyConfig(shop="s", access_token=TOKEN, webhook_secrets="sesame").webhook_secrets == ("sesame",)
