"""The settings of an account at FedEx, and what only FedEx can be asked for."""

from typing import Any

import pytest

from cartcarrier.carriers.fedex import FedExConfig, FedExNotice, FedExOptions
from cartcarrier.errors import InvalidValueError
from tests.unit.carriers.fedex.samples import config


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_id", " "),
        ("client_secret", ""),
        ("client_secret", 5),
        ("account_number", "12345678"),
        ("account_number", "AB12C3456"),
        ("account_number", None),
        ("sandbox", "yes"),
        ("webhook_secret", ""),
        ("webhook_header", "not a header"),
        ("webhook_header", None),
        ("pickup_type", "DAILY"),
        ("currency", "euro"),
        ("currency", 7),
        ("calls_per_window", 5),
        ("calls_per_window", True),
        ("calls_per_window", 14.5),
    ],
)
def test_wrong_setting_is_named(field: str, value: Any) -> None:
    """Whoever mistypes a setting must be told which one, not what FedEx thinks of it days later."""
    with pytest.raises(InvalidValueError) as caught:
        config(**{field: value})
    assert caught.value.field == f"FedExConfig.{field}"


@pytest.mark.parametrize("missing", ["track_client_id", "track_client_secret"])
def test_half_a_pair_of_tracking_credentials_is_refused(missing: str) -> None:
    """With half of it tracking would go on with the key that FedEx refuses."""
    pair = {"track_client_id": "id-of-tracker", "track_client_secret": "secret-of-tracker"}
    del pair[missing]
    with pytest.raises(InvalidValueError) as caught:
        config(**pair)
    assert caught.value.field == f"FedExConfig.{missing}"


def test_account_number_is_read_as_people_write_it() -> None:
    """Invoices print it in groups."""
    assert config(account_number="1234-5678-9").account_number == "123456789"


def test_secrets_are_not_shown() -> None:
    """Settings end up in logs."""
    shown = repr(
        config(
            track_client_id="id-of-tracker", track_client_secret="secret-of-tracker", webhook_secret="secret-of-push"
        )
    )
    for hidden in ("id-of", "secret-of", "123456789"):
        assert hidden not in shown


@pytest.mark.parametrize(
    ("sandbox", "api", "documents"),
    [
        (False, "https://apis.fedex.com", "https://documentapi.prod.fedex.com"),
        (True, "https://apis-sandbox.fedex.com", "https://documentapitest.prod.fedex.com/sandbox"),
    ],
)
def test_hosts_are_those_of_the_environment(sandbox: bool, api: str, documents: str) -> None:
    """A test label bought in production costs money."""
    made = config(sandbox=sandbox)
    assert (made.host, made.documents_host) == (api, documents)


def test_tracking_is_apart_only_with_credentials_of_its_own() -> None:
    """Limits and tokens go by it."""
    assert not config().tracks_apart
    assert config(track_client_id="id-of-tracker", track_client_secret="secret-of-tracker").tracks_apart


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("smartpost_indicia", "PARCEL"),
        ("smartpost_endorsement", "RETURN"),
        ("home_delivery", "MORNING"),
        ("customs_option", "GIFT"),
        ("alcohol_recipient", "ANYBODY"),
        ("canada_export", "YES"),
        ("reference_kind", "CUSTOMER_REFERENCE"),
    ],
)
def test_wrong_option_is_named(field: str, value: str) -> None:
    """A word that FedEx does not know is refused by it without saying which; our reference's place is taken."""
    changes: dict[str, Any] = {field: value}
    with pytest.raises(InvalidValueError) as caught:
        FedExOptions(**changes)
    assert caught.value.field == f"FedExOptions.{field}"


def test_notices_are_read_from_their_values() -> None:
    """Settings files hold texts."""
    assert FedExOptions(notices=["ON_DELIVERY"]).notices == (FedExNotice.DELIVERED,)  # type: ignore[list-item]  # as untyped callers do


def test_config_takes_keywords_only() -> None:
    """Two secrets in the wrong order would go unnoticed."""
    with pytest.raises(TypeError):
        FedExConfig("id", "secret", "123456789")  # type: ignore[call-arg]  # that is the point
