"""The whole route full of canaries: none comes out anywhere but where personal data and tokens are kept."""

from pathlib import Path
from typing import Final

import pytest
from cryptography.fernet import Fernet

from tests.canaries.route import travel
from tests.canaries.watch import tables
from tests.canaries.world import World

CHANNELS: Final = ("shopify", "ebay", "amazon")
CARRIERS: Final = ("ups", "fedex", "usps", "amazon-buy-shipping")
PLACES: Final = [
    (channel, carrier)
    for channel in CHANNELS
    for carrier in CARRIERS
    if carrier != "amazon-buy-shipping" or channel == "amazon"
]


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio, whose debug log is listened to as well."""
    return "asyncio"


def check_ledger(world: World) -> None:
    """Demand that personal data lie in one table, tokens in another, and nothing of either elsewhere."""
    for name, text in tables(world.path):
        persons, secrets = world.canaries.persons_in(text), world.canaries.secrets_in(text)
        assert name == "personal_data" or not persons, f"{name} holds {persons}"
        # Without keys tokens lie there as they are; it is the one place, and the file is its owner's alone.
        assert name == "tokens" or not secrets, f"{name} holds {secrets}"
        assert not [secret for secret in world.never_kept if secret in text], f"{name} holds a secret of the settings"
        if name != "personal_data":
            assert not [label for label in world.labels if label.decode("latin-1")[:200] in text], name


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the ledger plain, whatever is set where the tests run: what lies where must be seen."""
    monkeypatch.delenv("CARTCARRIER_LEDGER_KEYS", raising=False)


def check_folder(path: Path) -> None:
    """Demand that nothing but the ledger was written, and that it is its owner's alone."""
    assert {file.name for file in path.parent.iterdir()} == {path.name}
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("channel", "carrier"),
    [("shopify", "ups"), ("ebay", "fedex"), ("amazon", "usps"), ("amazon", "amazon-buy-shipping")],
)
async def test_nothing_comes_out_when_all_is_well(channel: str, carrier: str, tmp_path: Path) -> None:
    """Logs at the chattiest level, texts of all objects, errors of mistakes: fit for everybody's eyes."""
    world = World(channel, carrier, tmp_path)
    await travel(world)
    assert world.labels, f"nothing was bought, so nothing was tried: {world.watch.errors}"
    assert len(world.canaries.secrets) >= 6
    assert len(world.watch.said) > 100
    assert world.watch.strangers == []
    assert world.watch.leaks() == []
    check_ledger(world)
    held = dict(tables(world.path))
    assert len(world.canaries.persons_in(held["personal_data"])) >= 5, "what is not there cannot leak"
    check_folder(world.path)


@pytest.mark.parametrize(("channel", "carrier"), PLACES)
async def test_nothing_comes_out_when_all_goes_wrong(channel: str, carrier: str, tmp_path: Path) -> None:
    """Platforms quote names, streets and credentials in what they say; answers are cut, lost and altered."""
    world = World(channel, carrier, tmp_path, share=0.25)
    await travel(world)
    assert sum(world.watch.errors.values()) > 5
    assert world.watch.strangers == []
    assert world.watch.leaks() == []
    check_ledger(world)


@pytest.mark.parametrize(("channel", "carrier"), [("shopify", "ups"), ("ebay", "fedex"), ("amazon", "usps")])
async def test_nothing_comes_out_when_every_answer_quotes(channel: str, carrier: str, tmp_path: Path) -> None:
    """Inside a 200, too: beside the data stand messages that quote who was written to."""
    world = World(channel, carrier, tmp_path, share=1, deeds=("quote",))
    await travel(world)
    assert world.watch.strangers == []
    assert world.watch.leaks() == []
    check_ledger(world)


async def test_sealed_ledger_holds_nothing_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who copies the file without its key gets order ids, numbers and amounts; no address, no label, no token, and not the key."""
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("CARTCARRIER_LEDGER_KEYS", key)
    world = World("shopify", "fedex", tmp_path, share=0.1)
    world.canaries.hide(key)
    await travel(world)
    assert world.labels
    assert world.watch.leaks() == []
    for name, text in tables(world.path):
        assert world.canaries.found_in(text) == [], name
    check_bytes(world)


def check_bytes(world: World) -> None:
    """Demand that nothing is left between the rows either: in free pages, or beside the file."""
    for file in world.path.parent.iterdir():
        raw = file.read_bytes().decode("latin-1")
        assert world.canaries.found_in(raw) == [], file.name
        assert not [label for label in world.labels if label.decode("latin-1")[:200] in raw], file.name


async def test_erased_is_gone_from_the_file(tmp_path: Path) -> None:
    """A deleted row stays in a file until it is overwritten; here it is."""
    world = World("shopify", "ups", tmp_path)
    await travel(world)
    assert world.labels
    async with world.open() as fulfiller:
        world.clock.advance(86_400)
        assert await fulfiller.purge_personal_data(world.clock.now()) == 2
    raw = world.path.read_bytes().decode("latin-1")
    assert world.canaries.persons_in(raw) == []
    assert not [label for label in world.labels if label.decode("latin-1")[:200] in raw]
