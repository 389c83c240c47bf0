"""The sandbox over HTTP: each simulator below its name, commands at /_control. No port is opened here."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.sandbox import MemoryStore, SandboxApp, SQLiteStore
from cartcarrier.sandbox._server import STATE_FILE, KeptClock, open_store
from cartcarrier.sandbox.ups import UPSSimulator


@pytest.fixture
def simulator() -> UPSSimulator:
    """Return the simulator behind the server."""
    return UPSSimulator(clock=ManualClock())


@pytest.fixture
def app(simulator: UPSSimulator) -> SandboxApp:
    """Return the server's app."""
    return SandboxApp({"ups": simulator})


async def call(app: SandboxApp, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Send a request to the server's app; return status and JSON."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = httpx.Request(method, f"http://127.0.0.1:8700{path}", content=content)
    answer = await asgi_transport(app).handle_async_request(request)
    return answer.status_code, json.loads(await answer.aread())


async def test_a_simulator_is_below_its_name(app: SandboxApp, simulator: UPSSimulator) -> None:
    """With the platform's own paths after it; hosts() says where a driver must look."""
    settings = simulator.settings()
    assert simulator.hosts("http://127.0.0.1:8700") == {"api": "http://127.0.0.1:8700/ups"}
    request = httpx.Request(
        "POST",
        "http://127.0.0.1:8700/ups/security/v1/oauth/token",
        data={"grant_type": "client_credentials"},
    )
    credentials = httpx.BasicAuth(str(settings["client_id"]), str(settings["client_secret"]))
    signed = next(credentials.auth_flow(request))
    answer = await asgi_transport(app).handle_async_request(signed)

    assert answer.status_code == 200
    assert simulator.calls["token"] == 1


async def test_control_lists_what_there_is(app: SandboxApp) -> None:
    """Enough for a person with curl."""
    assert await call(app, "GET", "/_control") == (200, {"simulators": ["ups"]})
    status, about = await call(app, "GET", "/_control/ups")

    assert (status, about["simulator"]) == (200, "ups")
    assert {"labels", "spent", "find_late", "add_fault", "counts", "advance"} <= set(about["commands"])
    assert about["about"]["platform"] == "UPS REST APIs"


async def test_a_command_runs_with_the_body_as_arguments(app: SandboxApp, simulator: UPSSimulator) -> None:
    """The same commands as in process."""
    assert await call(app, "POST", "/_control/ups/add_fault", {"operation": "ship", "kind": "html"}) == (200, None)
    status, moved = await call(app, "POST", "/_control/ups/advance", {"seconds": 60})
    labels = await call(app, "POST", "/_control/ups/labels")

    assert [fault.operation for fault in simulator.faults.pending()] == ["ship"]
    assert (status, moved) == (200, "2026-01-05T12:01:00+00:00")
    assert labels == (200, [])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        pytest.param("POST", "/_control/dhl/labels", None, 404, "no simulator dhl", id="no such simulator"),
        pytest.param("POST", "/_control/ups/world", None, 404, "no command world", id="no such command"),
        pytest.param("GET", "/_control/ups/labels", None, 405, "POST", id="wrong method"),
        pytest.param("POST", "/_control/ups/find_late", {"second": 1}, 400, "find_late", id="wrong argument"),
        pytest.param("POST", "/_control/ups/find_late", b"{", 400, "find_late", id="no JSON"),
        pytest.param("POST", "/_control/ups/find_late", [1], 400, "find_late", id="no object"),
        pytest.param("POST", "/_control/ups/find_late", {"seconds": -1}, 400, "negative", id="refused value"),
        pytest.param("GET", "/dhl/rates", None, 404, "no simulator at /dhl", id="no such platform"),
    ],
)  # fmt: skip
async def test_a_wrong_control_call_says_why(  # noqa: PLR0917 - the columns of the table above
    app: SandboxApp, method: str, path: str, body: object, status: int, words: str
) -> None:
    """And does nothing."""
    got, answer = await call(app, method, path, body)

    assert got == status
    assert words in answer["error"]


async def test_the_server_answers_its_lifespan(app: SandboxApp) -> None:
    """Servers ask before the first request and after the last."""
    asked = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    said = []

    async def receive() -> dict[str, str]:
        return asked.pop(0)

    async def send(message: Any) -> None:
        said.append(message["type"])

    await app({"type": "lifespan"}, receive, send)

    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_the_clock_of_a_served_sandbox_survives_a_restart(tmp_path: Path) -> None:
    """Otherwise parcels would travel back in time."""
    store = open_store(tmp_path / "state")
    clock = KeptClock(store)
    clock.advance(3 * 86400)
    file = SQLiteStore(tmp_path / "state" / STATE_FILE)
    again = KeptClock(file)
    file.close()
    store.close()

    assert again.offset == clock.offset
    assert again.offset.days == 3
    assert isinstance(open_store(None), MemoryStore)
