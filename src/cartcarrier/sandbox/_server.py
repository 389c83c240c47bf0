"""Simulators served over HTTP: one process, one port, each below its name, with commands at ``/_control``."""

import inspect
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from typing_extensions import override

from cartcarrier.errors import CartCarrierError, ConfigurationError
from cartcarrier.http import Clock
from cartcarrier.sandbox._clock import ShiftedClock
from cartcarrier.sandbox._sandbox import find_simulator, missing_extra, simulator_names
from cartcarrier.sandbox._simulator import Receive, Scope, Send, Simulator
from cartcarrier.sandbox._store import MemoryStore, SQLiteStore, Store

STATE_FILE = "sandbox.sqlite3"


class SandboxApp:
    """The ASGI app that is served: ``/{name}/…`` goes to that simulator, ``/_control/…`` to its commands.

    ``GET /_control`` lists the simulators, ``GET /_control/{name}`` a simulator's description and commands;
    ``POST /_control/{name}/{command}`` runs one with the JSON object in the body as its arguments.

    Args:
        simulators: By name.
    """

    def __init__(self, simulators: Mapping[str, Simulator]) -> None:
        self._simulators = dict(simulators)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        first, _, rest = scope["path"].lstrip("/").partition("/")
        if first == "_control":
            status, result = await self._control(scope["method"], rest, receive)
            await _send_json(send, status, result)
        elif first in self._simulators:
            await self._simulators[first].app(_below(scope, first), receive, send)
        else:
            await _send_json(send, 404, {"error": f"no simulator at /{first}", "simulators": sorted(self._simulators)})

    async def _control(self, method: str, path: str, receive: Receive) -> tuple[int, object]:
        name, _, command = path.strip("/").partition("/")
        if not name:
            return 200, {"simulators": sorted(self._simulators)}
        if name not in self._simulators:
            return 404, {"error": f"no simulator {name}", "simulators": sorted(self._simulators)}
        simulator = self._simulators[name]
        commands = simulator.commands()
        if not command:
            return 200, {"simulator": name, "about": dict(simulator.describe()), "commands": sorted(commands)}
        if command not in commands:
            return 404, {"error": f"no command {command}", "commands": sorted(commands)}
        if method != "POST":
            return 405, {"error": "commands are sent with POST"}
        return await _run(command, commands[command], await _read_body(receive))


async def _run(name: str, command: Callable[..., Any], body: bytes) -> tuple[int, object]:
    """Run a command with the arguments in the body; wrong ones are a 400 that says why."""
    try:
        arguments = json.loads(body) if body.strip() else {}
        inspect.signature(command).bind(**arguments)
    except (ValueError, TypeError) as exc:
        return 400, {"error": f"{name}: {exc}"}
    try:
        result = command(**arguments)
        if inspect.isawaitable(result):
            result = await result
    except CartCarrierError as exc:
        return 400, {"error": exc.message}
    return 200, result


async def serve(
    *,
    port: int,
    host: str = "127.0.0.1",
    state: Path | None = None,
    limits: bool = True,
    simulators: Sequence[str] | None = None,
    clock: Clock | None = None,
    seed: int = 0,
) -> None:
    """Serve simulators until the process is told to stop; says on standard output when it is ready.

    Runs on asyncio, which the server behind it needs.

    Args:
        port: Where to listen; 0 lets the system choose, and the ready line says what it chose.
        host: On which address.
        state: A directory whose file keeps the state over restarts; in memory without it.
        limits: Whether the platforms' real rate limits are in force.
        simulators: Their names; all that are installed by default.
        clock: The simulators' time; by default the system's, moved ahead by the command ``advance``, and kept so in ``state``.
        seed: What invented facts are drawn from.

    Raises:
        ConfigurationError: No such simulator, the extra ``sandbox`` is missing, or the port is taken.
    """
    try:
        import uvicorn  # noqa: PLC0415 - an extra, needed for serving only
    except ModuleNotFoundError as exc:
        raise missing_extra("serving the sandbox", exc) from exc

    names = tuple(simulators) if simulators is not None else simulator_names()
    store = open_store(state)
    shared = clock if clock is not None else KeptClock(store)
    made = {name: find_simulator(name)(store=store, clock=shared, limits=limits, seed=seed) for name in names}
    words = "real limits" if limits else "limits raised"

    class Server(uvicorn.Server):
        @override
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                taken = self.servers[0].sockets[0].getsockname()[1]
                line = f"cartcarrier sandbox ready on http://{host}:{taken} ({', '.join(names)}; {words})\n"
                sys.stdout.write(line)
                sys.stdout.flush()

    config = uvicorn.Config(
        SandboxApp(made), host=host, port=port, log_level="critical", access_log=False, lifespan="off"
    )
    try:
        await Server(config).serve()
    except SystemExit as exc:
        raise ConfigurationError(f"cannot listen on {host}:{port}; is it taken?", field="port") from exc
    finally:
        store.close()


def open_store(state: Path | None) -> Store:
    """Open the store of a served sandbox: in a file of that directory, or in memory."""
    if state is None:
        return MemoryStore()
    state.mkdir(parents=True, exist_ok=True)
    return SQLiteStore(state / STATE_FILE)


class KeptClock(ShiftedClock):
    """The system's time plus an offset that survives a restart.

    Args:
        store: Where the offset is kept.
    """

    def __init__(self, store: Store) -> None:
        kept = store.get("sandbox", "clock") or {"offset_seconds": "0"}
        super().__init__(timedelta(seconds=float(kept["offset_seconds"])))
        self._store = store

    @override
    def advance(self, seconds: float) -> None:
        """Let that many seconds have passed, for good."""
        super().advance(seconds)
        self._store.put("sandbox", "clock", {"offset_seconds": str(self.offset.total_seconds())})


def _below(scope: Scope, name: str) -> Scope:
    """Return the scope as the simulator sees it: without its own name in front of the path."""
    prefix = f"/{name}"
    raw = scope.get("raw_path") or scope["path"].encode()
    return {**scope, "path": scope["path"][len(prefix) :] or "/", "raw_path": raw[len(prefix) :] or b"/"}


async def _read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send_json(send: Send, status: int, result: object) -> None:
    body = json.dumps(result, default=_plain).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
