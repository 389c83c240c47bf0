"""Recording and replaying what the drivers and their platforms say to each other over HTTP.

Replay is the default: no simulator, no network. ``pytest tests/recorded --record-mode=rewrite`` records anew: against the
platforms' own sandboxes for every platform whose credentials are in the environment (``CARTCARRIER_UPS__CLIENT_ID``,
``…__CLIENT_SECRET``, ``…__ACCOUNT_NUMBER``; ``CARTCARRIER_SHOPIFY__SHOP``, ``…__ACCESS_TOKEN``), and against the simulators,
served on this machine, for the others. Each cassette says which of the two it was.
"""

import json
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import attrs
import httpx
import pytest
import yaml
from typing_extensions import override

from cartcarrier.http import Clock, ManualClock, SystemClock
from cartcarrier.models import to_plain
from cartcarrier.sandbox import SandboxApp, Simulator, find_simulator
from cartcarrier.testing import personal_data
from tests.recorded.scrub import Scrubber, known_values, scrubbed_request, scrubbed_response

SIMULATED_AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
CREDENTIALS = {
    "ups": ("CLIENT_ID", "CLIENT_SECRET", "ACCOUNT_NUMBER"),
    "shopify": ("SHOP", "ACCESS_TOKEN"),
}
# What a driver is opened with at replay: of the right form, and nobody's.
STAND_INS: dict[str, dict[str, object]] = {
    "ups": {"client_id": "replayed", "client_secret": "replayed", "account_number": "A1B2C3", "sandbox": True},
    "shopify": {"shop": "scrubbed.myshopify.com", "access_token": "replayed"},
}


def credentials(platform: str) -> dict[str, object] | None:
    """Return the settings of a platform's own sandbox from the environment, when they are complete."""
    names = {name: os.environ.get(f"CARTCARRIER_{platform.upper()}__{name}") for name in CREDENTIALS[platform]}
    if not all(names.values()):
        return None
    extra: dict[str, object] = {"sandbox": True} if platform == "ups" else {}
    return {name.lower(): value for name, value in names.items()} | extra


@attrs.define
class Stage:
    """Where one test plays: at a simulator, at the platform's own sandbox, or from a cassette.

    Attributes:
        platform: ``"ups"`` or ``"shopify"``.
        recording: Whether it is recorded now.
        recorded_from: ``"simulator"`` or ``"platform"``.
        recorded_at: When; at replay the driver's clock stands there.
        settings: For opening the driver.
        clock: The driver's clock.
        scrubber: Takes out what must not be kept.
        simulator: While recording from one.
        models: What the driver made of the answers, by name, scrubbed.
    """

    platform: str
    recording: bool
    recorded_from: str
    recorded_at: datetime
    settings: dict[str, object]
    clock: Clock
    scrubber: Scrubber
    simulator: Simulator | None = None
    models: dict[str, object] = attrs.field(factory=dict)

    def keep(self, name: str, model: object) -> None:
        """Remember a model, to be compared with what the recording gave."""
        self.models[name] = self.scrubber.document(to_plain(model))

    def label(self) -> dict[str, str]:
        """Return what stands at the head of the cassette."""
        return {"recorded_from": self.recorded_from, "recorded_at": self.recorded_at.isoformat()}


@pytest.fixture
def anyio_backend() -> str:
    """One back-end: a cassette is written once."""
    return "asyncio"


@pytest.fixture(scope="session")
def served() -> Iterator[Callable[[str], tuple[Simulator, str]]]:
    """Serve simulators over HTTP on this machine, each in a thread of its own, when they are asked for."""
    stops: list[Callable[[], None]] = []

    def serve(name: str) -> tuple[Simulator, str]:
        simulator = find_simulator(name)(clock=ManualClock(SIMULATED_AT))
        base, stop = _serve(SandboxApp({name: simulator}))
        stops.append(stop)
        return simulator, base

    yield serve
    for stop in stops:
        stop()


def _serve(app: SandboxApp) -> tuple[str, Callable[[], None]]:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the simulator's server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]

    def stop() -> None:
        server.should_exit = True
        thread.join()

    return f"http://127.0.0.1:{port}", stop


@pytest.fixture
def cassette_path(request: pytest.FixtureRequest, vcr_cassette_dir: str) -> Path:
    """The file of this test's recording."""
    return Path(vcr_cassette_dir) / f"{request.node.originalname}.yaml"


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    """The recording's name: the test's, without the back-end."""
    return str(request.node.originalname)


@pytest.fixture
def stage(
    request: pytest.FixtureRequest,
    record_mode: str,
    cassette_path: Path,
    served: Callable[[str], tuple[Simulator, str]],
) -> Iterator[Stage]:
    """Where this test plays. After it, what the driver made of the answers is compared with what was recorded."""
    platform = request.module.PLATFORM
    made = _recording(platform, served) if record_mode != "none" else _replay(platform, cassette_path)
    models_path = cassette_path.with_suffix(".models.json")
    _LABEL.update(made.label())
    yield made
    if made.recording:
        models_path.parent.mkdir(parents=True, exist_ok=True)
        models_path.write_text(json.dumps(made.models, indent=1, sort_keys=True) + "\n")
    else:
        assert json.loads(models_path.read_text()) == made.models, "the recording is read otherwise than it was"


def _recording(platform: str, served: Callable[[str], tuple[Simulator, str]]) -> Stage:
    own = credentials(platform)
    simulator: Simulator | None = None
    if own is not None:
        settings, moment, source = own, datetime.now(UTC).replace(microsecond=0), "platform"
    else:
        simulator, base = served(platform)
        settings = {**simulator.settings(), "hosts": simulator.hosts(base)}
        moment, source = SIMULATED_AT, "simulator"
    account = settings.get("account_number")
    secrets = [value for name, value in settings.items() if name not in {"account_number", "hosts", "shop", "sandbox"}]
    known = known_values(secrets, personal_data(), account=str(account) if account else None)
    return Stage(
        platform=platform,
        recording=True,
        recorded_from=source,
        recorded_at=moment,
        settings=settings,
        clock=ManualClock(moment) if simulator else _ClockOf(moment),
        scrubber=Scrubber(known),
        simulator=simulator,
    )


def _replay(platform: str, cassette_path: Path) -> Stage:
    head = yaml.safe_load(cassette_path.read_text())
    moment = datetime.fromisoformat(head["recorded_at"])
    return Stage(
        platform=platform,
        recording=False,
        recorded_from=head["recorded_from"],
        recorded_at=moment,
        settings=dict(STAND_INS[platform]),
        clock=ManualClock(moment),
        scrubber=Scrubber(known_values([], personal_data())),
    )


class _ClockOf(SystemClock):
    """Says one moment, and really waits: for recording from a platform."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    @override
    def now(self) -> datetime:
        return self._moment


@pytest.fixture
def vcr_config(stage: Stage) -> dict[str, Any]:
    """How vcrpy records: scrubbed, labelled, and matched by all that the driver says."""
    return {
        "before_record_request": lambda request: scrubbed_request(stage.scrubber, request),
        "before_record_response": lambda response: scrubbed_response(stage.scrubber, response),
        "decode_compressed_response": True,
        "match_on": ["method", "scheme", "host", "path", "query", "body"],
        "serializer": "yaml",
    }


_LABEL: dict[str, str] = {}
"""What stands at the head of the cassette that is written next."""


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Write the label at the head of each cassette."""
    del config
    plain: ModuleType = vcr.serializers["yaml"]

    def serialize(cassette: dict[str, Any]) -> str:
        head = "".join(f"{name}: '{value}'\n" for name, value in _LABEL.items())
        return head + str(plain.serialize(cassette))

    vcr.register_serializer("yaml", SimpleNamespace(serialize=serialize, deserialize=plain.deserialize))


@pytest.fixture
async def transport() -> AsyncIterator[httpx.AsyncHTTPTransport]:
    """The plain transport: vcrpy sees through it, and not through the fast one."""
    async with httpx.AsyncHTTPTransport() as opened:
        yield opened
