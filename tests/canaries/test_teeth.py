"""The harness finds what is planted: a leak by each way out that it listens to."""

import base64
import logging
import sqlite3
import urllib.parse
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

import cartcarrier as cc
from cartcarrier.carriers.ups import UPSCarrier
from tests.canaries.planted import WHO, Canaries
from tests.canaries.route import travel
from tests.canaries.test_route import check_ledger
from tests.canaries.watch import Watch, tables
from tests.canaries.world import World

TOKEN: Final = "canary-token-0123456789"


@pytest.fixture
def anyio_backend() -> str:
    """As the tests of the route."""
    return "asyncio"


def by_debug(watch: Watch) -> None:
    """Log a token where only the chattiest see it."""
    logging.getLogger("httpcore.http11").debug("send %r", [(b"authorization", f"Bearer {TOKEN}".encode())])


def by_extra(watch: Watch) -> None:
    """Log it beside the message."""
    logging.getLogger("cartcarrier.http").debug("sent", extra={"headers": TOKEN})


def by_traceback(watch: Watch) -> None:
    """Log the error that quotes it."""
    try:
        int(TOKEN)
    except ValueError:
        logging.getLogger("cartcarrier.anything").exception("failed")


def by_cause(watch: Watch) -> None:
    """Keep it in the cause of an error."""
    try:
        try:
            {"known": 1}[WHO["street"]]
        except KeyError as exc:
            raise cc.ConfigurationError("wrong", field="street") from exc
    except cc.ConfigurationError as error:
        watch.hear(error, "test")


def by_note(watch: Watch) -> None:
    """Keep it in a note."""
    error = cc.ConfigurationError("wrong", field="street")
    error.add_note(WHO["note"])
    watch.hear(error, "test")


def by_warning(watch: Watch) -> None:
    """Warn of it."""
    warnings.warn(f"odd phone {WHO['phone']}", stacklevel=1)


def by_repr(watch: Watch) -> None:
    """Show it."""
    watch.look({"email": WHO["email"].upper()}, "test")


def packed(watch: Watch) -> None:
    """Show it in the packing of HTTP's basic authentication."""
    watch.say("test", f"Basic {base64.b64encode(f'client:{TOKEN}'.encode()).decode()}")


def quoted(watch: Watch) -> None:
    """Show it in an address."""
    watch.say("test", f"GET /addresses?street={urllib.parse.quote_plus(WHO['street'])}")


@pytest.mark.parametrize(
    "leak", [by_debug, by_extra, by_traceback, by_cause, by_note, by_warning, by_repr, packed, quoted]
)
def test_planted_leak_is_found(leak: Callable[[Watch], None]) -> None:
    """A harness that cannot fail proves nothing."""
    watch = Watch(Canaries({TOKEN}))
    with watch:
        logging.getLogger("cartcarrier").debug("nothing of interest")
        leak(watch)
    assert watch.leaks()


def test_innocent_words_are_no_leak() -> None:
    """One that always fails proves no more."""
    watch = Watch(Canaries({TOKEN}))
    with watch:
        logging.getLogger("cartcarrier.http").debug("ups:default ship POST /ship: 200 in 0.1 s")
        watch.hear(cc.ConfigurationError("ups: client_id must be given", field="client_id"), "test")
    assert watch.leaks() == []


def test_levels_of_all_loggers_are_as_they_were() -> None:
    """The tests that come after this one are not to listen to everything."""
    before = {name: logging.getLogger(name).level for name in ("httpx", "cartcarrier", "asyncio")}
    with Watch(Canaries()):
        assert logging.getLogger("httpx").level == logging.DEBUG
    assert {name: logging.getLogger(name).level for name in before} == before


async def test_leak_in_a_driver_is_found_on_the_route(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that logs the request it buys with, as one does for a day of debugging and forgets."""
    bought = UPSCarrier.purchase

    async def chatty(self: UPSCarrier, step: cc.PurchaseStep) -> cc.Shipment:
        logging.getLogger("cartcarrier.carriers.ups").debug("purchase: %s", step.body)
        return await bought(self, step)

    monkeypatch.setattr(UPSCarrier, "purchase", chatty)
    world = World("shopify", "ups", tmp_path)
    await travel(world)
    assert any("cartcarrier.carriers.ups" in leak and "zqstreet" in leak for leak in world.watch.leaks())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders SET number = 'Zqstreet'",
        "UPDATE steps SET error_message = 'no such street: 77 Zqstreet Lane'",
        "INSERT INTO cursors VALUES ('shopify', 'canary-token-0123456789')",
    ],
)
def test_leak_in_the_ledger_is_found(statement: str, tmp_path: Path) -> None:
    """A column that is read in a support case by somebody who must not see addresses."""
    world: Any = World("shopify", "ups", tmp_path)
    world.canaries.hide(TOKEN)
    with closing(sqlite3.connect(world.path)) as connection:
        connection.executescript(
            "CREATE TABLE orders (number); INSERT INTO orders VALUES ('#1');"
            "CREATE TABLE steps (error_message); INSERT INTO steps VALUES (NULL);"
            "CREATE TABLE cursors (name, value);"
        )
        connection.execute(statement)
        connection.commit()
    assert {name for name, _ in tables(world.path)} == {"orders", "steps", "cursors"}
    with pytest.raises(AssertionError, match="holds"):
        check_ledger(world)
