"""Settings: read strictly, shown never."""

import pytest

from cartcarrier.channels.ebay import EbayChannel, EbayConfig
from cartcarrier.channels.ebay.codes import locale
from cartcarrier.errors import InvalidValueError
from tests.unit.channels.ebay.fakes import config
from tests.unit.channels.ebay.test_auth import ED25519, key_text


@pytest.mark.parametrize("given", ["EBAY_US", "EBAY-US", " ebay_us "])
def test_marketplace_is_spelled_with_an_underscore(given: str) -> None:
    """Older pages write a hyphen, which REST refuses."""
    assert config(marketplace_id=given).marketplace_id == "EBAY_US"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", ""),
        ("client_secret", "  "),
        ("refresh_token", ""),
        ("marketplace_id", "US"),
        ("ru_name", ""),
        ("signing_key", "{}"),
        ("signing_key", '{"jwe": "x", "privateKey": "AAAA"}'),
        ("verification_token", "short"),
        ("webhook_endpoint", "http://a.example"),
        ("seller_id", ""),
        ("scopes", []),
        ("carrier_codes", {"ups": ""}),
        ("skus_per_call", 26),
        ("skus_per_call", True),
        ("reserve_percent", 91),
    ],
)
def test_setting_that_cannot_be_is_named(name: str, value: object) -> None:
    """Wrong settings are found before anything is sent."""
    with pytest.raises(InvalidValueError) as caught:
        config(**{name: value})
    assert caught.value.field == f"EbayConfig.{name}"


def test_text_form_shows_no_secret() -> None:
    """Settings end up in logs."""
    shown = repr(config(signing_key=key_text(ED25519), verification_token="k3-not-a-secret-0123456789-0123456789"))
    for secret in ("PRD-not-a-secret", "refresh", "jwe", "k3-not"):
        assert secret not in shown.replace("refresh_token", "")


def test_hosts_are_those_of_the_environment() -> None:
    """Sandbox and production know nothing of each other."""
    assert config().hosts == {
        "api": "https://api.ebay.com",
        "apiz": "https://apiz.ebay.com",
        "auth": "https://auth.ebay.com",
    }
    assert config(sandbox=True).hosts["apiz"] == "https://apiz.sandbox.ebay.com"


def test_language_follows_the_marketplace() -> None:
    """Inventory answers 400 to a language that it does not expect."""
    assert [locale(name) for name in ("EBAY_DE", "EBAY_GB", "EBAY_ZZ")] == ["de-DE", "en-GB", "en-US"]


def test_driver_knows_its_config() -> None:
    """The registry turns keywords into it."""
    assert EbayChannel.config_class is EbayConfig
