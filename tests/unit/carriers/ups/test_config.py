"""The settings of an account."""

from typing import Any

import pytest

from cartcarrier.carriers.ups import UPSCarrier, UPSConfig, UPSOptions
from cartcarrier.errors import ConfigurationError, InvalidValueError
from cartcarrier.registry import open_carrier
from tests.unit.carriers.ups.samples import config


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_secret": " "}, "client_secret"),
        ({"account_number": "AB12"}, "account_number"),
        ({"account_number": 123456}, "account_number"),
        ({"sandbox": "yes"}, "sandbox"),
        ({"webhook_credential": ""}, "webhook_credential"),
        ({"calls_per_second": 0}, "calls_per_second"),
        ({"calls_per_second": True}, "calls_per_second"),
        ({"pickup_type": "1"}, "pickup_type"),
        ({"customer_classification": "02"}, "customer_classification"),
    ],
)
def test_wrong_setting_is_named(change: dict[str, Any], field: str) -> None:
    """UPS takes some wrong values for another in silence: a wrong pickup type is another price."""
    with pytest.raises(InvalidValueError) as caught:
        config(**change)
    assert caught.value.field == f"UPSConfig.{field}"


def test_account_number_is_written_in_capitals() -> None:
    """UPS prints it so."""
    assert config(account_number="ab12c3").account_number == "AB12C3"


def test_hosts_are_those_of_the_environment() -> None:
    """A purchase in the wrong one is paid for."""
    assert config().host == "https://onlinetools.ups.com"
    assert config(sandbox=True).host == "https://wwwcie.ups.com"


def test_no_secret_is_shown() -> None:
    """Settings end up in logs."""
    made = config(webhook_credential="hush")
    for secret in ("id-of-app", "secret-of-app", "AB12C3", "hush"):
        assert secret not in repr(made)
        assert secret not in repr(UPSCarrier(made))


def test_driver_is_opened_by_name() -> None:
    """As any other."""
    opened = open_carrier("ups", client_id="a", client_secret="b", account_number="AB12C3", sandbox=True)
    assert isinstance(opened, UPSCarrier)
    assert isinstance(opened.config, UPSConfig)
    assert opened.key == "ups:default"


def test_unknown_host_is_an_error_at_once() -> None:
    """A mistyped name would send secrets to the real one."""
    with pytest.raises(ConfigurationError) as caught:
        UPSCarrier(config(), hosts={"apis": "https://example.com"})
    assert caught.value.field == "hosts"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"notice_emails": ["a@example.com"] * 6}, "notice_emails"),
        ({"reference_code": "P"}, "reference_code"),
        ({"reference_code": "P-"}, "reference_code"),
    ],
)
def test_wrong_option_is_named(change: dict[str, Any], field: str) -> None:
    """Before anything is made of it."""
    with pytest.raises(InvalidValueError) as caught:
        UPSOptions(**change)
    assert caught.value.field == f"UPSOptions.{field}"
