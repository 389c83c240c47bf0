"""The front door of every simulator: faults, counters, commands."""

from collections.abc import Mapping
from contextlib import closing
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from typing_extensions import override

from cartcarrier.errors import ConfigurationError, InvalidValueError
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.sandbox import (
    Fault,
    FaultKind,
    Faults,
    MemoryStore,
    Sandbox,
    ShiftedClock,
    Simulator,
    SQLiteStore,
    command,
    find_simulator,
    simulator_names,
)
from cartcarrier.sandbox._simulator import ASGIApp, Message


class Acme(Simulator):
    """A platform with one operation: it counts what was bought."""

    name: ClassVar[str] = "acme"

    @override
    def build(self) -> ASGIApp:
        async def buy(request: Request) -> JSONResponse:
            body = await request.body()
            self.store.put("bought", str(self.store.count("bought")), {"body": body.decode()})
            return JSONResponse({"bought": body.decode()})

        return Starlette(routes=[Route("/buy", buy, methods=["POST"]), Route("/look", buy)])

    @override
    def operation(self, method: str, path: str, body: bytes) -> str:
        return path.strip("/")

    @override
    def error_body(self, status: int) -> tuple[bytes, str]:
        return b'{"oops": %d}' % status, "application/problem+json"

    @override
    def settings(self) -> dict[str, object]:
        return {}

    @override
    def hosts(self, base_url: str) -> dict[str, str]:
        return {"api": f"{base_url}/acme"}

    @override
    def describe(self) -> Mapping[str, object]:
        return {}

    @override
    def plant(self) -> None:
        self.store.put("bought", "seeded", {"body": "seeded"})

    @override
    def totals(self) -> Mapping[str, object]:
        return {"bought": self.bought()}

    @command
    def bought(self) -> int:
        """Return how many were bought, the planted one included."""
        return self.store.count("bought")

    def hidden(self) -> None:
        """Do nothing: not a command."""


async def buy(acme: Acme) -> httpx.Response:
    """Buy one."""
    transport = asgi_transport(acme.app)
    return await transport.handle_async_request(httpx.Request("POST", "https://acme.test/buy", content=b"one"))


@pytest.fixture
def clock() -> ManualClock:
    """The simulator's time."""
    return ManualClock()


@pytest.fixture
def acme(clock: ManualClock) -> Acme:
    """Return a fresh simulator."""
    return Acme(clock=clock)


async def test_without_faults_the_platform_answers(acme: Acme) -> None:
    """And the call is counted."""
    answer = await buy(acme)

    assert await answer.aread() == b'{"bought":"one"}'
    assert acme.counts() == {"calls": {"buy": 1}, "bought": 2}


@pytest.mark.parametrize(
    ("kind", "done", "status", "body"),
    [
        pytest.param(FaultKind.STATUS, 0, 502, b'{"oops": 502}', id="status"),
        pytest.param(FaultKind.STATUS_AFTER, 1, 502, b'{"oops": 502}', id="status after"),
        pytest.param(FaultKind.TRUNCATE, 1, 200, b'{"bought', id="truncate"),
        pytest.param(FaultKind.DELAY, 1, 200, b'{"bought":"one"}', id="delay"),
    ],
)
async def test_a_fault_takes_effect_or_not(acme: Acme, kind: FaultKind, done: int, status: int, body: bytes) -> None:
    """What was done and what the client sees of it are two things."""
    acme.faults.add(Fault(operation="buy", kind=kind, status=502))
    answer = await buy(acme)

    assert (answer.status_code, await answer.aread()) == (status, body)
    assert acme.bought() == 1 + done
    assert (await buy(acme)).status_code == 200


async def test_an_edge_server_answers_in_html(acme: Acme) -> None:
    """The platform never heard of the call."""
    acme.add_fault(operation="*", kind="html", status=503)
    answer = await buy(acme)

    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert (await answer.aread()).startswith(b"<!DOCTYPE html>")
    assert acme.bought() == 1


@pytest.mark.parametrize(("kind", "done"), [(FaultKind.DROP_BEFORE, 0), (FaultKind.DROP_AFTER, 1)])
async def test_a_dropped_connection_tells_the_client_nothing(acme: Acme, kind: FaultKind, done: int) -> None:
    """The same error whether the platform did it or not: that is the whole difficulty."""
    acme.faults.add(Fault(operation="buy", kind=kind))
    with pytest.raises(httpx.ReadError):
        await buy(acme)

    assert acme.bought() == 1 + done


@pytest.mark.parametrize("kind", [FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER])
async def test_over_http_a_drop_promises_more_than_it_sends(acme: Acme, kind: FaultKind) -> None:
    """A server closes such a connection, and the client sees it cut."""
    acme.faults.add(Fault(operation="buy", kind=kind))
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"one", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/buy", "headers": [], "query_string": b""}
    await acme.app(scope, receive, send)

    length = int(dict(sent[0]["headers"])[b"content-length"])
    assert sum(len(message["body"]) for message in sent[1:]) < length
    assert sent[-1]["more_body"] is True


async def test_a_delay_passes_by_the_clock(acme: Acme, clock: ManualClock) -> None:
    """Nobody really waits."""
    acme.faults.add(Fault(operation="buy", kind=FaultKind.DELAY, seconds=30))
    await buy(acme)

    assert clock.monotonic() == 30


def test_faults_skip_repeat_and_end() -> None:
    """The second and third call of one operation fail, all others pass."""
    faults = Faults()
    faults.add(Fault(operation="buy", kind=FaultKind.STATUS, times=2, skip=1))
    taken = [faults.take(operation) for operation in ("look", "buy", "look", "buy", "buy", "buy")]

    assert [fault is not None for fault in taken] == [False, False, False, True, True, False]
    assert faults.pending() == ()


def test_faults_are_tried_oldest_first() -> None:
    """One call meets one fault; what comes later waits for its turn."""
    faults = Faults()
    faults.add(Fault(operation="buy", kind=FaultKind.STATUS))
    faults.add(Fault(operation="*", kind=FaultKind.HTML))
    kinds = [fault.kind for fault in (faults.take("buy"), faults.take("buy")) if fault]

    assert kinds == [FaultKind.STATUS, FaultKind.HTML]
    faults.add(Fault(operation="*", kind=FaultKind.HTML, times=0))
    assert faults.take("buy") is None
    faults.clear()
    assert faults.pending() == ()


def test_a_wrong_fault_is_refused(acme: Acme) -> None:
    """A fault that never happens would make a test pass for nothing."""
    with pytest.raises(InvalidValueError, match="no such fault: explode"):
        acme.add_fault(operation="buy", kind="explode")
    with pytest.raises(InvalidValueError, match="negative"):
        acme.add_fault(operation="buy", kind="delay", seconds=-1)


def test_commands_are_what_is_marked(acme: Acme) -> None:
    """Nothing else can be called over HTTP."""
    assert set(acme.commands()) == {"add_fault", "advance", "bought", "clear_faults", "counts", "reset"}


async def test_counters_and_state_survive_the_process(tmp_path: Path, clock: ManualClock) -> None:
    """A restarted simulator knows what it did, and plants nothing twice."""
    path = tmp_path / "state.sqlite3"
    with closing(SQLiteStore(path)) as store:
        await buy(Acme(store=store, clock=clock))
    with closing(SQLiteStore(path)) as store:
        assert Acme(store=store, clock=clock).counts() == {"calls": {"buy": 1}, "bought": 2}


async def test_a_reset_forgets_all_but_what_is_planted(acme: Acme) -> None:
    """As if the store were new."""
    await buy(acme)
    acme.add_fault(operation="buy", kind="html")
    acme.reset()

    assert acme.counts() == {"calls": {}, "bought": 1}
    assert acme.faults.pending() == ()


async def test_the_clock_moves_by_command(acme: Acme, clock: ManualClock) -> None:
    """And says where it stands; a clock that cannot be moved says so."""

    class Fixed:
        """A clock without a handle."""

        now = staticmethod(clock.now)
        monotonic = staticmethod(clock.monotonic)
        sleep = staticmethod(clock.sleep)

    assert await acme.advance(60) == "2026-01-05T12:01:00+00:00"
    with pytest.raises(ConfigurationError, match="ManualClock"):
        await Acme(clock=Fixed()).advance(60)


def test_a_shifted_clock_only_goes_forward() -> None:
    """The sandbox's own clock when nobody gives it one."""
    clock = ShiftedClock()
    before, monotonic = clock.now(), clock.monotonic()
    clock.advance(86400)
    clock.advance(-86400)

    assert (clock.now() - before).days == 1
    assert clock.monotonic() - monotonic >= 86400


def test_a_sandbox_shares_clock_and_store(clock: ManualClock) -> None:
    """So that one advance moves all of its platforms."""
    sandbox = Sandbox(clock=clock, store=MemoryStore())
    ups = sandbox.simulator("ups")

    assert sandbox.simulator("ups") is ups
    assert ups.clock is clock
    with pytest.raises(ConfigurationError, match="there is no simulator dhl"):
        sandbox.simulator("dhl")


async def test_a_sandbox_opens_real_drivers_and_closes_them() -> None:
    """With the seeded account, on the platform's own host names, and nothing left open."""
    async with Sandbox(clock=ManualClock(), limits=False) as sandbox:
        carrier, channel = sandbox.carrier("ups"), sandbox.channel("shopify", account="eu")
        assert (carrier.key, channel.key) == ("ups:default", "shopify:eu")
        assert sandbox.simulator("ups").calls == {}
    await sandbox.aclose()


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever did not install the sandbox is told how."""

    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named 'starlette' for {name}", name="starlette")

    monkeypatch.setattr("cartcarrier.sandbox._sandbox.import_module", missing)
    with pytest.raises(ConfigurationError, match=r"starlette: install cartcarrier\[sandbox\]"):
        find_simulator("ups")


def test_a_simulator_claimed_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of the two is meant, nobody can know."""
    claims = [EntryPoint(name="ups", value=f"{package}:UPS", group="cartcarrier.simulators") for package in ("a", "b")]
    monkeypatch.setattr("cartcarrier.sandbox._sandbox.entry_points", lambda **_: claims)
    with pytest.raises(ConfigurationError, match="a:UPS and b:UPS"):
        find_simulator("ups")


def test_simulators_are_listed() -> None:
    """The built-in ones are there even in a source tree that is not installed."""
    assert {"shopify", "ups"} <= set(simulator_names())
