"""The settings."""

from typing import Any

import pytest

from cartcarrier.channels.amazon import AmazonConfig, codes
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import OrderStatus
from cartcarrier.registry import read_config
from tests.unit.channels.amazon.fakes import SECRET, settings


def test_secrets_are_not_shown() -> None:
    """A config in a log must not give the account away."""
    shown = repr(AmazonConfig(**settings()))
    assert SECRET not in shown
    assert "Atzr" not in shown


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"region": "us"}, "region"),
        ({"marketplace_ids": []}, "marketplace_ids"),
        ({"marketplace_ids": ["US", "US"]}, "marketplace_ids"),
        ({"marketplace_ids": ["DE"]}, "marketplace_ids"),
        ({"client_id": " "}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"refresh_token": ""}, "refresh_token"),
        ({"seller_id": ""}, "seller_id"),
        ({"feed_threshold": -1}, "feed_threshold"),
        ({"carrier_codes": ["gls"]}, "carrier_codes"),
    ],
    ids=str,
)
def test_wrong_setting_is_named(changes: dict[str, Any], field: str) -> None:
    """The field, not its value: it may be a secret."""
    with pytest.raises(InvalidValueError) as caught:
        AmazonConfig(**settings(**changes))
    assert caught.value.field == f"AmazonConfig.{field}"


def test_settings_are_read_like_those_of_any_driver() -> None:
    """From keywords, as open_channel hands them over."""
    config = read_config(AmazonConfig, "amazon", "default", settings(sandbox=True))
    assert isinstance(config, AmazonConfig)
    assert config.base_url == "https://sandbox.sellingpartnerapi-na.amazon.com"


def test_seller_is_in_brazil_or_turkey() -> None:
    """There the buyer's tax number goes on the papers."""
    assert AmazonConfig(**settings(marketplace_ids=["BR", "US"])).countries == {"BR", "US"}


def test_every_status_has_a_payment_or_none_is_known() -> None:
    """Paid is what Amazon lets be shipped."""
    paid = {word for word, status in codes.STATUS.items() if status in {OrderStatus.UNFULFILLED, OrderStatus.FULFILLED}}
    assert paid <= set(codes.PAYMENT)
