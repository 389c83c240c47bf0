"""Who carries a parcel, in Amazon's words and in those that channels know."""

import pytest

from cartcarrier.channels.amazon.codes import carrier_words
from cartcarrier.channels.ebay.codes import carrier_code
from cartcarrier.channels.shopify.codes import company_name
from cartcarrier.platforms.amazon import carrier_name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (("Amazon Logistics",), "amazon"),
        (("AMZN_US",), "amazon"),
        (("AMZL US",), "amazon"),
        (("amzn-uk", "Amazon Shipping"), "amazon"),
        (("UPS",), "ups"),
        (("FEDEX", "FedEx"), "fedex"),
        (("FedEx SmartPost",), "fedex"),
        (("usps",), "usps"),
        (("United  Parcel Service",), "ups"),
        (("OnTrac",), "ontrac"),
        (("UPSMI",), "UPS Mail Innovations"),
        (("X-17", "UPS"), "ups"),
        (("X-17", "Yodel"), "Yodel"),
        (("Yodel", None), "Yodel"),
        (("  Yodel   Direct ",), "Yodel Direct"),
        ((None, " "), None),
        ((), None),
    ],
    ids=str,
)
def test_carrier_has_the_name_that_channels_know(said: tuple[str | None, ...], name: str | None) -> None:
    """A driver's name where there is one; else Amazon's words, never its id."""
    assert carrier_name(*said) == name


@pytest.mark.parametrize(
    ("carrier", "ebay", "amazon", "shopify"),
    [
        ("ups", "UPS", ("UPS", "UPS"), "UPS"),
        ("usps", "USPS", ("USPS", "USPS"), "USPS"),
        ("fedex", "FedEx", ("FedEx", "FedEx"), "FedEx"),
        ("fedex:eu", "FedEx", ("FedEx", "FedEx"), "FedEx"),
        ("ontrac", "Other", ("OnTrac", "OnTrac"), "OnTrac"),
        ("amazon", "Other", ("Other", "Amazon Shipping"), "Amazon"),
        ("amazon_shipping", "Other", ("Other", "Amazon Shipping"), "Amazon"),
        ("amazon-shipping", "Other", ("Other", "Amazon Shipping"), "Amazon"),
        ("amazon-buy-shipping", "Other", ("Other", "Amazon Shipping"), "Amazon"),
        ("UPS Mail Innovations", "UPS-MI", ("UPS Mail Innovations", "UPS Mail Innovations"), "UPS Mail Innovations"),
        ("Speedy Snail", "Other", ("Other", "Speedy Snail"), "Speedy Snail"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_channel_is_told_a_carrier_in_its_own_words(
    carrier: str, ebay: str, amazon: tuple[str, str], shopify: str
) -> None:
    """What Amazon sold or sent is told to other channels, too; one that a channel does not know is told as another, by name."""
    assert carrier_code(carrier) == ebay
    assert carrier_words(carrier, {}) == amazon
    assert company_name(carrier) == shopify
