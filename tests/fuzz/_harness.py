"""Records what a driver is answered, answers it again with something wrong, and looks at what it makes of that."""

import importlib
import inspect
import pkgutil
import random
from collections import Counter
from typing import Any

import anyio
import attrs
import httpx
from typing_extensions import override

import cartcarrier as cc
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.registry import open_carrier, open_channel, open_provider
from tests.fuzz._mutations import Answered, mutate
from tests.fuzz._operations import Operation, Scene, make_scene

OPEN: dict[str, Any] = {"channel": open_channel, "carrier": open_carrier, "provider": open_provider}
# how functions of a mapping room are called that read an answer, and those that make a question
READS = ("to_", "read_", "from_", "is_", "parse", "merge", "void", "shipment", "rate", "order", "track")
ASKS = ("to_rating", "to_request", "to_body", "to_query", "to_shipping")
MOST_CALLS = 300  # a driver that asks more often for one operation is taken for one that hangs


class Recorder(httpx.AsyncBaseTransport):
    """Passes calls on to a simulator, and keeps what was answered."""

    def __init__(self, app: Any) -> None:
        self._inner = asgi_transport(app)
        self.heard: list[tuple[str, Answered]] = []

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer: httpx.Response = await self._inner.handle_async_request(request)
        body = await answer.aread()
        said = Answered(status=answer.status_code, headers=dict(answer.headers), body=body)
        self.heard.append((_name(request), said))
        return _respond(said, request)


class Replayer(httpx.AsyncBaseTransport):
    """Answers as was recorded, by method and path, but for the one answer that is wrong.

    Args:
        heard: What was recorded.
        wrong: Which of it is replaced, and by what.
    """

    def __init__(self, heard: list[tuple[str, Answered]], wrong: tuple[int, Answered]) -> None:
        self._left = [(name, wrong[1] if index == wrong[0] else said) for index, (name, said) in enumerate(heard)]
        self._last = dict(self._left)
        self.calls = 0

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise HangError
        await anyio.lowlevel.checkpoint()
        name = _name(request)
        for index, (known, said) in enumerate(self._left):
            if known == name:
                del self._left[index]
                return _respond(said, request)
        said = self._last.get(name, Answered(status=404, headers={"content-type": "application/json"}, body=b"{}"))
        return _respond(said, request)


class HangError(Exception):
    """A driver asks on and on."""


def _name(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path}"


def _respond(said: Answered, request: httpx.Request) -> httpx.Response:
    # the body is kept as it reads, not as it was packed
    headers = {
        key: value for key, value in said.headers.items() if key.lower() not in {"content-length", "content-encoding"}
    }
    return httpx.Response(said.status, headers=headers, stream=httpx.ByteStream(said.body), request=request)


class MappingWatch:
    """Notices whether anything of a driver's mapping room was called: that an answer got beyond decoding.

    Args:
        driver: The driver's class; its package has a room ``mapping``.
    """

    def __init__(self, driver: type[Any]) -> None:
        self.reached = False
        room = f"{driver.__module__.partition('.driver')[0]}.mapping"
        package = importlib.import_module(room)
        below = pkgutil.walk_packages(getattr(package, "__path__", []), f"{room}.")
        self._replaced: list[tuple[Any, str, Any]] = []
        for module in [package, *(importlib.import_module(found.name) for found in below)]:
            for name, member in list(vars(module).items()):
                ours = inspect.isfunction(member) and (member.__module__ or "").startswith(room)
                if ours and name.startswith(READS) and not name.startswith(ASKS):
                    self._replaced.append((module, name, member))

    def __enter__(self) -> "MappingWatch":
        self.reached = False
        for module, name, member in self._replaced:
            setattr(module, name, self._watched(member))
        return self

    def __exit__(self, *error: object) -> None:
        for module, name, member in self._replaced:
            setattr(module, name, member)

    def _watched(self, function: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self.reached = True
            return function(*arguments, **named)

        return call


@attrs.define
class Tally:
    """What the answers came to.

    Attributes:
        answers: How many were given.
        read: How many got as far as the mapping: beyond decoding.
        outcomes: What came of them, by kind.
        stories: What should not have been.
        drivers: How many operations each driver was asked.
    """

    answers: int = 0
    read: int = 0
    outcomes: Counter[str] = attrs.Factory(Counter)
    stories: list[str] = attrs.Factory(list)
    drivers: Counter[str] = attrs.Factory(Counter)


class Trial:
    """One operation of one driver, to be answered wrongly as often as wished.

    Args:
        operation: What is asked.
        scene: In which world.
        heard: How it was answered when all was well.
        settings: The driver's.
        watch: On its mapping room.
    """

    def __init__(
        self,
        operation: Operation,
        scene: Scene,
        heard: list[tuple[str, Answered]],
        settings: dict[str, Any],
        watch: MappingWatch,
    ) -> None:
        self.operation = operation
        self._scene = scene
        self._heard = heard
        self._settings = settings
        self._watch = watch
        tokens = [index for index, (name, _) in enumerate(heard) if "token" in name.lower()]
        self._targets = [index for index in range(len(heard)) if index not in tokens] or tokens
        self._any = list(range(len(heard)))

    async def run(self, draw: random.Random, tally: Tally) -> None:
        """Give one wrong answer, and judge what the driver makes of it."""
        # a token that cannot be read is tried too, but seldom: it gets nowhere near the mapping
        index = draw.choice(self._targets if draw.random() < 0.97 else self._any)
        wrong = mutate(self._heard[index][1], draw)
        transport = Replayer(self._heard, (index, wrong))
        # the platform's time goes on from where the world was left, for this driver alone
        clock = ManualClock(self._scene.clock.now())
        driver = OPEN[self.operation.kind](self.operation.driver, transport=transport, clock=clock, **self._settings)
        tally.answers += 1
        result: object = None
        error: BaseException | None = None
        try:
            with self._watch, anyio.fail_after(20):
                result = await self.operation.run(driver, self._scene)
        except (cc.CartCarrierError, Exception) as exc:  # noqa: BLE001 - what leaves a driver is what is judged
            error = exc
        finally:
            await driver.aclose()
        tally.read += self._watch.reached
        tally.outcomes["answered" if error is None else type(error).__name__] += 1
        story = self._judge(index, wrong, result, error)
        if story is not None:
            tally.stories.append(f"{self.operation.driver} {self.operation.name}, {self._heard[index][0]}: {story}")

    def _judge(self, index: int, wrong: Answered, result: object, error: BaseException | None) -> str | None:
        if error is not None and not isinstance(error, cc.CartCarrierError):
            return f"{type(error).__name__}: {str(error)[:200]} left the driver; the answer was {wrong.body[:600]!r}"
        if result is not None:
            other = self._other(result)
            if other is not None:
                return other
        return (
            self._judge_purchase(index, wrong, result, error)
            if self.operation.buys and self._is_purchase(index)
            else None
        )

    def _other(self, result: object) -> str | None:
        """Say that a driver took an answer about something else for one about what it asked."""
        if isinstance(result, cc.Order) and result.id != self._scene.order_id:
            return f"asked for {self._scene.order_id}, got {result.id}"
        if self.operation.name == "track" and isinstance(result, list | tuple):
            numbers = [found.tracking_number for found in result]
            if numbers != [self._scene.shipment.tracking_number]:
                return f"asked for {self._scene.shipment.tracking_number}, got {numbers}"
        return None

    def _judge_purchase(self, index: int, wrong: Answered, result: object, error: BaseException | None) -> str | None:
        if isinstance(result, cc.Shipment):
            numbers = {parcel.tracking_number for parcel in result.parcels} | {result.tracking_number}
            unknown = [number for number in numbers if number.encode() not in wrong.body.replace(b'\\"', b'"')]
            return f"bought under {unknown}, which no answer said" if unknown and number_is_plain(unknown) else None
        if isinstance(error, cc.CartCarrierError) and wrong.status in {200, 201}:
            doubtful = isinstance(error, cc.OperationError) and error.outcome_unknown
            if not doubtful and wrong.body != self._heard[index][1].body:
                return f"{type(error).__name__} ({error.message[:160]}) says that nothing was bought; the answer was {wrong.body[:600]!r}"
        return None

    def _is_purchase(self, index: int) -> bool:
        name = self._heard[index][0]
        return name.startswith(("POST", "PUT")) and "token" not in name.lower() and index == self._writes()[-1]

    def _writes(self) -> list[int]:
        return [i for i, (name, _) in enumerate(self._heard) if name.startswith("POST") and "token" not in name.lower()]


def number_is_plain(numbers: list[str]) -> bool:
    """Return whether these can be looked for in JSON as they stand."""
    return all(number.isascii() and number.isalnum() for number in numbers)


async def make_trial(operation: Operation) -> Trial | None:
    """Record the operation once, in a world of its own; ``None`` when the driver lacks the ability."""
    scene, sandbox = await make_scene(operation.kind, operation.driver)
    settings = dict(scene.simulator.settings_for(operation.driver))
    recorder = Recorder(scene.simulator.app)
    driver = OPEN[operation.kind](operation.driver, transport=recorder, clock=scene.clock, **settings)
    async with sandbox, driver:
        if operation.ability is not None and not isinstance(driver, operation.ability):
            return None
        await operation.run(driver, scene)
    return Trial(operation, scene, recorder.heard, settings, MappingWatch(type(driver)))
