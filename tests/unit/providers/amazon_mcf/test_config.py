"""The settings of a seller whose FBA stock ships orders from elsewhere."""

from typing import Any

import pytest

from cartcarrier.errors import ConfigurationError, InvalidValueError
from cartcarrier.providers.amazon_mcf import AmazonMCFProvider
from tests.unit.providers.amazon_mcf.samples import config


def test_successor_is_refused_by_name() -> None:
    """Talking 2020 to who asks for 2026 would be found out by an order that went otherwise."""
    with pytest.raises(ConfigurationError, match="2026-07-04 is not implemented") as caught:
        AmazonMCFProvider(config(api_version="2026-07-04"))
    assert caught.value.field == "api_version"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"api_version": "2021-01-01"}, "api_version"),
        ({"shipping_speed": "standard"}, "shipping_speed"),
        ({"shipping_speed": "ScheduledDelivery"}, "shipping_speed"),
        ({"fulfillment_policy": "Some"}, "fulfillment_policy"),
        ({"comment": " "}, "comment"),
        ({"comment": "x" * 751}, "comment"),
        ({"blank_box": "yes"}, "blank_box"),
        ({"notify_buyer": 1}, "notify_buyer"),
        ({"region": "us"}, "region"),
    ],
    ids=str,
)
def test_wrong_setting_is_named(settings: dict[str, Any], field: str) -> None:
    """Before the first call, not after the first order."""
    with pytest.raises(InvalidValueError) as caught:
        config(**settings)
    assert caught.value.field == f"AmazonMCFConfig.{field}"


def test_features_are_those_that_were_asked_for() -> None:
    """Each one costs, or makes an order unfulfillable."""
    assert config().features == ()
    everything = config(
        blank_box=True, block_amazon_logistics=True, overbox=True, packing_slip=True, signature_confirmation=True
    )
    assert everything.features == ("BLANK_BOX", "BLOCK_AMZL", "OVERBOX", "PACKING_SLIP", "SIGNATURE_CONFIRMATION")


def test_text_form_shows_no_secret() -> None:
    """Settings end up in logs."""
    assert "secret-of-app" not in repr(config())
    assert "Atzr" not in repr(config())
