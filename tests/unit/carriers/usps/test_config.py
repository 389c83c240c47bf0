"""The settings of an account, and what only USPS can be asked."""

from decimal import Decimal
from typing import Any

import pytest

from cartcarrier.carriers.usps import USPSOptions
from cartcarrier.carriers.usps.config import PRODUCTION, SANDBOX
from cartcarrier.errors import InvalidValueError
from tests.unit.carriers.usps.samples import SECRET, config


def test_hosts_differ() -> None:
    """A label of the test environment is worth nothing."""
    assert config().host == PRODUCTION
    assert config(sandbox=True).host == SANDBOX


def test_text_form_shows_no_number_and_no_secret() -> None:
    """It ends up in logs."""
    shown = repr(config(webhook_secret=SECRET, admin_email="boss@acme.test"))
    for hidden in ("key-of-app", "secret-of-app", "12345678", "900123456", "900123457", "1000000001", SECRET, "boss@"):
        assert hidden not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", " "),
        ("client_secret", None),
        ("crid", "1"),
        ("crid", 12345678),
        ("mid", "12345"),
        ("manifest_mid", "1234567"),
        ("account_type", "CASH"),
        ("account_number", ""),
        ("permit_zip", "1001"),
        ("sandbox", "yes"),
        ("calls_per_hour", 0),
        ("calls_per_hour", "60"),
        ("quote_cache_minutes", -1),
        ("address_cache_days", 91),
        ("price_type", "CHEAP"),
        ("contract_fallback", 1),
        ("tracking_api", "v2"),
        ("pickup_location", "ROOF"),
        ("pickup_instructions", ""),
        ("webhook_secret", "short"),
        ("webhook_secret", 7),
        ("webhook_header", ""),
        ("webhook_encoding", "base32"),
        ("admin_email", ""),
    ],
)
def test_wrong_setting_is_named(name: str, value: object) -> None:
    """Found at the first call it would be a 400 of USPS, and one of 60."""
    with pytest.raises(InvalidValueError) as caught:
        config(**{name: value})
    assert caught.value.field == f"USPSConfig.{name}"


def test_permit_needs_its_zip_code() -> None:
    """160215."""
    with pytest.raises(InvalidValueError, match="permit_zip"):
        config(account_type="permit")
    assert config(account_type="permit", permit_zip=" 10018 ").account_type == "PERMIT"


def test_other_place_needs_instructions() -> None:
    """020020."""
    with pytest.raises(InvalidValueError, match="pickup_instructions"):
        config(pickup_location="other")
    assert config(pickup_location="other", pickup_instructions="Behind the shed").pickup_location == "OTHER"


@pytest.mark.parametrize(
    ("name", "value"), [("zpl_dpi", 200), ("girth", Decimal(0)), ("girth", 20), ("content_type", "ALCOHOL")]
)
def test_wrong_option_is_named(name: str, value: Any) -> None:
    """An option is a promise to say it."""
    with pytest.raises(InvalidValueError) as caught:
        USPSOptions(**{name: value})
    assert caught.value.field == f"USPSOptions.{name}"
