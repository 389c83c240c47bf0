"""What every simulator is: a stateful ASGI app with a platform's own paths, and commands to watch and disturb it."""

import inspect
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import cached_property
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

import attrs

from cartcarrier.errors import ConfigurationError
from cartcarrier.http import Clock, ConnectionDropped
from cartcarrier.sandbox._clock import ShiftedClock
from cartcarrier.sandbox._faults import Fault, FaultKind, Faults
from cartcarrier.sandbox._store import MemoryStore, ScopedStore, Store

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

Method = TypeVar("Method", bound=Callable[..., Any])

HTML_PAGE = (
    b"<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h1>Reference #18.5</h1></body></html>"
)


@runtime_checkable
class _Advanceable(Protocol):
    def advance(self, seconds: float) -> object: ...


def command(method: Method) -> Method:
    """Make a simulator's method part of its control surface: callable in process and over HTTP by its name."""
    method.__sandbox_command__ = True  # type: ignore[attr-defined]  # a mark on a function, read back by commands()
    return method


class Simulator(ABC):
    """A platform on your own machine: its paths, its rules, its errors, its memory.

    Args:
        store: Where its state is kept; by default in memory.
        clock: Where its time comes from; by default the system's.
        limits: Whether the platform's real rate limits are in force. ``False`` raises them, and ``describe()`` says so.
        seed: What its invented facts are drawn from; the same seed gives the same ones.

    Attributes:
        name: The name under which drivers and commands find it.
        store: Its part of the store: no other simulator's documents are in it.
        faults: What shall go wrong.
    """

    name: ClassVar[str]

    def __init__(
        self, *, store: Store | None = None, clock: Clock | None = None, limits: bool = True, seed: int = 0
    ) -> None:
        self.store: Store = ScopedStore(store if store is not None else MemoryStore(), self.name)
        self.clock: Clock = clock if clock is not None else ShiftedClock()
        self.limits = limits
        self.seed = seed
        self.faults: Faults = Faults()
        self._plant()

    @cached_property
    def app(self) -> ASGIApp:
        """The platform as an ASGI app; faults are carried out and calls counted at its front door."""
        return _FrontDoor(self, self.build())

    @property
    def calls(self) -> Counter[str]:
        """How often each operation was called, from the store: refused and failed calls included."""
        return Counter(self.store.get("sandbox", "calls") or {})

    @abstractmethod
    def build(self) -> ASGIApp:
        """Make the platform's app, without faults and counters; called once."""

    @abstractmethod
    def operation(self, method: str, path: str, body: bytes) -> str:
        """Name the operation that a request is for, as faults and counters call it."""

    @abstractmethod
    def error_body(self, status: int) -> tuple[bytes, str]:
        """Return the platform's own body for an error of that status, and its content type."""

    @abstractmethod
    def settings(self) -> dict[str, object]:
        """Return the settings with which a driver opens the seeded account."""

    def settings_for(self, driver: str) -> dict[str, object]:
        """Return the settings of the driver of that name, where one platform has several."""
        del driver
        return self.settings()

    @abstractmethod
    def hosts(self, base_url: str) -> dict[str, str]:
        """Return what a driver's ``hosts=`` must be when this simulator is served below that address."""

    @abstractmethod
    def describe(self) -> Mapping[str, object]:
        """Say what is simulated, and which limits are in force."""

    def plant(self) -> None:  # noqa: B027 - a hook: most simulators start empty
        """Fill an empty store with what the platform has at first. Called once in the life of a store."""

    def totals(self) -> Mapping[str, object]:
        """Return what ``counts()`` says beside the calls."""
        return {}

    def commands(self) -> dict[str, Callable[..., Any]]:
        """Return the control surface by name."""
        return {
            name: getattr(self, name)
            for name, member in inspect.getmembers_static(type(self), inspect.isfunction)
            if getattr(member, "__sandbox_command__", False)
        }

    @command
    def add_fault(
        self, *, operation: str, kind: str, times: int = 1, skip: int = 0, status: int = 503, seconds: float = 0
    ) -> None:
        """Order something to go wrong; see ``Fault``.

        Raises:
            InvalidValueError: No such kind, or a negative number.
        """
        self.faults.add(Fault(operation=operation, kind=kind, times=times, skip=skip, status=status, seconds=seconds))

    @command
    def clear_faults(self) -> None:
        """Let everything go well from now on."""
        self.faults.clear()

    @command
    def counts(self) -> dict[str, object]:
        """Return how often each operation was called, and the simulator's own totals."""
        return {"calls": dict(self.calls), **self.totals()}

    @command
    async def advance(self, seconds: float) -> str:
        """Move the clock on, and return the new time.

        Raises:
            ConfigurationError: The clock is one that cannot be moved.
        """
        if not isinstance(self.clock, _Advanceable):
            raise ConfigurationError(
                "the sandbox's clock cannot be moved by hand: give it a ManualClock", field="clock"
            )
        moved = self.clock.advance(seconds)
        if inspect.isawaitable(moved):
            await moved
        return self.clock.now().isoformat()

    @command
    def reset(self) -> None:
        """Forget everything, as if the store were new."""
        with self.store.transaction():
            self.store.clear()
            self.faults.clear()
            self._plant()

    def count_call(self, operation: str) -> None:
        """Add one to an operation's counter, durably."""
        calls = self.calls
        calls[operation] += 1
        self.store.put("sandbox", "calls", dict(calls))

    def _plant(self) -> None:
        if self.store.get("sandbox", "planted") is None:
            with self.store.transaction():
                self.plant()
                self.store.put("sandbox", "planted", {"seed": self.seed})


@attrs.frozen
class _Answer:
    """A whole answer, held back until it is decided what the caller gets to see of it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class _FrontDoor:
    """Counts each call, and lets go wrong what was ordered to."""

    def __init__(self, simulator: Simulator, app: ASGIApp) -> None:
        self._simulator = simulator
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        simulator = self._simulator
        body = await _read(receive)
        operation = simulator.operation(scope["method"], scope["path"], body)
        simulator.count_call(operation)
        fault = simulator.faults.take(operation)
        if fault is None:
            await self._app(scope, _replay(body), send)
            return
        if fault.kind is FaultKind.DELAY:
            await simulator.clock.sleep(fault.seconds)
            await self._app(scope, _replay(body), send)
        elif fault.kind is FaultKind.DROP_BEFORE:
            await _drop(scope, send)
        elif fault.kind is FaultKind.HTML:
            await _answer(send, _Answer(fault.status, [(b"content-type", b"text/html; charset=utf-8")], HTML_PAGE))
        elif fault.kind is FaultKind.STATUS:
            await _answer(send, self._refusal(fault))
        else:
            answer = await self._run(scope, body)
            if fault.kind is FaultKind.DROP_AFTER:
                await _drop(scope, send)
            elif fault.kind is FaultKind.STATUS_AFTER:
                await _answer(send, self._refusal(fault))
            else:
                await _answer(send, attrs.evolve(answer, body=answer.body[: len(answer.body) // 2]))

    def _refusal(self, fault: Fault) -> _Answer:
        body, content_type = self._simulator.error_body(fault.status)
        return _Answer(fault.status, [(b"content-type", content_type.encode())], body)

    async def _run(self, scope: Scope, body: bytes) -> _Answer:
        """Let the platform do it, and keep the answer."""
        start: Message = {}
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self._app(scope, _replay(body), keep)
        return _Answer(start["status"], list(start.get("headers", [])), b"".join(parts))


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


async def _answer(send: Send, answer: _Answer) -> None:
    headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def _drop(scope: Scope, send: Send) -> None:
    """Lose the connection: in process by raising, over HTTP by promising more bytes than are sent."""
    extensions: Mapping[str, object] = scope.get("extensions") or {}
    if "cartcarrier.inprocess" in extensions:
        raise ConnectionDropped
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4096")]})
    await send({"type": "http.response.body", "body": b" ", "more_body": True})
