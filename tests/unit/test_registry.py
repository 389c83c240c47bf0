"""Drivers by name, settings by keyword and environment; what is wrong is named before anything is sent."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import attrs
import pytest
from typing_extensions import override

import cartcarrier as cc
from cartcarrier import registry


@attrs.frozen(kw_only=True)
class AcmeConfig:
    """Settings of a driver that exists for these tests."""

    client_id: str
    secret: str = attrs.field(repr=False)
    sandbox: bool = False
    calls: int = 60
    places: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


class AcmeCarrier(cc.Carrier):
    """A carrier that can do nothing."""

    driver: ClassVar[str] = "acme"
    config_class: ClassVar[type[AcmeConfig]] = AcmeConfig

    @override
    async def aclose(self) -> None:
        """Nothing is open."""


NOT_A_DRIVER = object()


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """Entry points as if distributions were installed."""
    installed: list[EntryPoint] = []

    def entry_points(*, group: str, name: str | None = None) -> Sequence[EntryPoint]:
        return [entry for entry in installed if entry.group == group and name in {None, entry.name}]

    monkeypatch.setattr(registry, "entry_points", entry_points)
    return installed


def entry(value: str, name: str = "acme") -> EntryPoint:
    return EntryPoint(name=name, value=value, group="cartcarrier.carriers")


HERE = f"{__name__}:AcmeCarrier"


@pytest.fixture
def acme(install: list[EntryPoint], monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver ``acme`` is installed."""
    install.append(entry(HERE))
    monkeypatch.setattr(EntryPoint, "load", lambda self: {HERE: AcmeCarrier}.get(self.value, NOT_A_DRIVER))


@pytest.mark.usefixtures("acme")
def test_open_gives_the_driver_its_settings() -> None:
    """The key of the account stands in the ledger and the limits."""
    carrier = cc.open_carrier("acme", account="eu", client_id="me", secret="s", places=["a", "b"])
    assert isinstance(carrier, AcmeCarrier)
    assert carrier.key == "acme:eu"
    assert carrier.config == AcmeConfig(client_id="me", secret="s", places=("a", "b"))
    assert repr(carrier) == "<AcmeCarrier acme:eu>"


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({"client_id": "me"}, "secret", "CARTCARRIER_ACME__SECRET"),
        ({"client_id": "me", "secret": "s", "cleint_id": "x"}, "cleint_id", "client_id"),
        ({"client_id": 7, "secret": "s"}, "client_id", "client_id"),
        ({"client_id": None, "secret": "s"}, "client_id", "client_id"),
        ({"client_id": "me", "secret": "s", "sandbox": "yes"}, "sandbox", "sandbox"),
        ({"client_id": "me", "secret": "s", "calls": "60"}, "calls", "calls"),
        ({"client_id": "me", "secret": "s", "places": "abc"}, "places", "places"),
    ],
    ids=[
        "missing",
        "misspelt",
        "number for text",
        "null for text",
        "text for bool",
        "text for number",
        "text for list",
    ],
)
def test_wrong_setting_is_named(settings: dict[str, object], field: str, words: str) -> None:
    """A wrong set-up is found when the driver is opened, not on the first parcel."""
    with pytest.raises(cc.ConfigurationError, match=words) as caught:
        cc.open_carrier("acme", **settings)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.field == field


@pytest.mark.usefixtures("acme")
def test_error_about_a_secret_does_not_show_it() -> None:
    """Errors end up in logs and tickets."""
    with pytest.raises(cc.ConfigurationError) as caught:
        cc.open_carrier("acme", client_id="me", secret=b"canary-secret")
    assert "canary" not in str(caught.value) + repr(caught.value)
    assert "canary" not in repr(cc.open_carrier("acme", client_id="me", secret="canary-secret"))


@pytest.mark.usefixtures("acme")
def test_environment_fills_what_keywords_leave_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets live in the environment of the process."""
    monkeypatch.setenv("CARTCARRIER_ACME__CLIENT_ID", "from-env")
    monkeypatch.setenv("CARTCARRIER_ACME__SECRET", "s")
    monkeypatch.setenv("CARTCARRIER_ACME__SANDBOX", "true")
    monkeypatch.setenv("CARTCARRIER_ACME__CALLS", "7")
    monkeypatch.setenv("CARTCARRIER_ACME__PLACES", "a, b")
    monkeypatch.setenv("CARTCARRIER_ACME__EU__CLIENT_ID", "eu-env")
    config = cc.open_carrier("acme", calls=9).config
    assert config == AcmeConfig(client_id="from-env", secret="s", sandbox=True, calls=9, places=("a", "b"))
    assert cc.open_carrier("acme", account="eu", secret="s").config.client_id == "eu-env"


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("variable", "text", "field"),
    [
        ("CARTCARRIER_ACME__SANDBOX", "maybe", "sandbox"),
        ("CARTCARRIER_ACME__CALLS", "many", "calls"),
        ("CARTCARRIER_ACME__CLEINT_ID", "x", "cleint_id"),
    ],
)
def test_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, text: str, field: str) -> None:
    """A misspelt variable that is ignored is a setting that is not set."""
    monkeypatch.setenv(variable, text)
    with pytest.raises(cc.ConfigurationError) as caught:
        cc.open_carrier("acme", client_id="me", secret="s")
    assert caught.value.field == field


@pytest.mark.parametrize("account", ["", "a:b", "a/b"])
@pytest.mark.usefixtures("acme")
def test_account_name_cannot_break_the_key(account: str) -> None:
    """``driver:account`` is taken apart again."""
    with pytest.raises(cc.ConfigurationError) as caught:
        cc.open_carrier("acme", account=account, client_id="me", secret="s")
    assert caught.value.field == "account"


@pytest.mark.usefixtures("acme")
def test_unknown_driver_lists_the_installed_ones() -> None:
    """Whoever mistypes a name must see the right one."""
    with pytest.raises(cc.DriverNotFoundError, match="installed: acme"):
        cc.open_carrier("acmee")


def test_name_claimed_twice_names_both(install: list[EntryPoint]) -> None:
    """Which of two drivers spends the money must not depend on the order of installation."""
    install += [entry("one:A"), entry("two:B")]
    with pytest.raises(cc.DriverLoadError, match=r"one:A, two:B"):
        cc.open_carrier("acme")


def test_same_distribution_seen_twice_is_no_conflict(
    install: list[EntryPoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editable install beside an old one lists the same entry point twice."""
    install += [entry(HERE), entry(HERE)]
    monkeypatch.setattr(EntryPoint, "load", lambda _: AcmeCarrier)
    assert cc.open_carrier("acme", client_id="me", secret="s").key == "acme:default"


def test_driver_that_fails_to_import_is_named_with_its_cause(
    install: list[EntryPoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The author of the driver must be told what broke."""
    (tmp_path / "broken_driver.py").write_text("raise RuntimeError('boom')\n")
    monkeypatch.syspath_prepend(tmp_path)
    install.append(entry("broken_driver:Carrier"))
    with pytest.raises(cc.DriverLoadError, match=r"broken_driver:Carrier.*RuntimeError: boom") as caught:
        cc.open_carrier("acme")
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_object_that_is_no_carrier_is_refused(install: list[EntryPoint]) -> None:
    """A channel's driver in the carriers' group would fail on the first parcel."""
    install.append(entry("cartcarrier.models:Money"))
    with pytest.raises(cc.DriverLoadError, match="not a class below Carrier"):
        cc.open_carrier("acme")


def test_built_in_drivers_are_found_like_anyone_elses() -> None:
    """No table of ours knows them."""
    assert "shopify" in cc.available_drivers("cartcarrier.channels")
    assert "ups" in cc.available_drivers("cartcarrier.carriers")


@pytest.mark.parametrize(
    ("driver", "settings", "field"),
    [
        ("shopify", {"shop": "a.example.com", "access_token": "x"}, "shop"),
        ("ups", {"client_id": "a", "client_secret": "b", "account_number": "toolong99999"}, "account_number"),
    ],
    ids=["shop", "account number"],
)
def test_built_in_driver_names_the_setting_that_is_wrong(driver: str, settings: dict[str, object], field: str) -> None:
    """What a config's own check says must arrive at whoever opens the driver."""
    opened = cc.open_channel if driver == "shopify" else cc.open_carrier
    with pytest.raises(cc.ConfigurationError) as caught:
        opened(driver, **settings)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.field == field
    assert "invalid value" not in str(caught.value)
