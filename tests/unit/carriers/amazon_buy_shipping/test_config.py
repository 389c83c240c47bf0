"""The settings of a seller who buys labels from Amazon."""

from typing import Any

import pytest

from cartcarrier.errors import InvalidValueError
from tests.unit.carriers.amazon_buy_shipping.samples import config


@pytest.mark.parametrize(
    ("marketplace", "region", "business", "currency"),
    [
        ("US", "na", "AmazonShipping_US", "USD"),
        ("GB", "eu", "AmazonShipping_UK", "GBP"),
        ("AE", "eu", "AmazonShipping_UAE", "AED"),
        ("FR", "eu", "AmazonShipping_FR", "EUR"),
        ("IN", "eu", "AmazonShipping_IN", "INR"),
        ("JP", "fe", "AmazonShipping_JP", "JPY"),
    ],
)
def test_business_is_that_of_the_first_marketplace(marketplace: str, region: str, business: str, currency: str) -> None:
    """Left out, Amazon takes the United Kingdom: an American seller would be told that nothing runs."""
    made = config(marketplace_ids=[marketplace], region=region)
    assert (made.business, made.currency) == (business, currency)


def test_business_can_be_named() -> None:
    """Amazon adds countries faster than tables are mended."""
    made = config(marketplace_ids=["DE"], region="eu", business_id="AmazonShipping_DE")
    assert (made.business, made.currency) == ("AmazonShipping_DE", None)


def test_marketplace_without_a_business_must_name_one() -> None:
    """A guess would send every call to another country's business."""
    with pytest.raises(InvalidValueError) as caught:
        config(marketplace_ids=["DE"], region="eu")
    assert caught.value.field == "AmazonBuyShippingConfig.business_id"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"business_id": "UK"}, "business_id"),
        ({"business_id": "AmazonShipping_us"}, "business_id"),
        ({"tracking_carrier_id": " "}, "tracking_carrier_id"),
        ({"region": "us"}, "region"),
        ({"marketplace_ids": ["GB"]}, "marketplace_ids"),
        ({"client_secret": ""}, "client_secret"),
    ],
    ids=str,
)
def test_wrong_setting_is_named(settings: dict[str, Any], field: str) -> None:
    """Whoever sets an account up learns what to mend before the first call."""
    with pytest.raises(InvalidValueError) as caught:
        config(**settings)
    assert caught.value.field == f"AmazonBuyShippingConfig.{field}"


def test_text_form_shows_no_secret() -> None:
    """Settings end up in logs."""
    shown = repr(config())
    assert "secret-of-app" not in shown
    assert "Atzr" not in shown


def test_bare_numbers_are_looked_for_at_amazons_own_fleet() -> None:
    """Only those parcels can be followed at Amazon."""
    assert config().own_fleet == "AMZN_US"
    assert config(tracking_carrier_id="AMZL").own_fleet == "AMZL"
