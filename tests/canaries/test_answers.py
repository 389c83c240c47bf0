"""Every operation of every driver, answered with messages that quote people, and with values that are wrong."""

import random
from typing import Any

import httpx
import pytest

import cartcarrier as cc
from cartcarrier.testing import personal_data
from tests.canaries.planted import OTHERS, PERSONAL, SENTENCE, Canaries, order_shape, secrets_of, tokens_in
from tests.canaries.watch import Watch
from tests.canaries.world import quoting
from tests.fuzz import _harness, _operations
from tests.fuzz._harness import Tally, make_trial
from tests.fuzz._mutations import Answered, mutate
from tests.fuzz._operations import Operation, operations

MOST = 6  # answers of one operation
REQUEST = httpx.Request("POST", "https://platform.example")
ALL = operations()


@pytest.fixture
def anyio_backend() -> str:
    """One event loop library: the answers are the same for both."""
    return "asyncio"


REFUSALS = (400, 404, 409, 422, 500)


class Script:
    """What the next answer is."""

    deed: str = "mutate"
    simulator: Any = None

    def say(self, said: Answered, draw: random.Random) -> Answered:
        """Return the wrong answer, in the place of the fuzz harness's own."""
        if self.deed == "quote":
            return quoting(said, REQUEST)
        if self.deed == "mutate":
            return mutate(said, draw)
        status = draw.choice(REFUSALS)
        # in the platform's own form, so that it is read as far as its messages
        body, kind = self.simulator.error_body(status)
        return quoting(Answered(status=status, headers={"content-type": kind}, body=body), REQUEST)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Let the worlds of the fuzz harness be full of canaries, and their wrong answers quote them."""
    for channel in list(_operations.UNITED_STATES):
        monkeypatch.setitem(_operations.UNITED_STATES, channel, order_shape(channel)["address"])
    made = Script()
    monkeypatch.setattr(_harness, "mutate", made.say)
    return made


@pytest.mark.parametrize("driver", sorted({operation.driver for operation in ALL}))
async def test_no_error_and_no_log_repeats_what_a_platform_says_of_people(driver: str, script: Script) -> None:
    """A message in a tracker is read by people who have no business with the buyer's address."""
    watch = Watch(Canaries())
    draw = random.Random(driver)  # noqa: S311 - reproducible, not secret
    heard = 0
    with watch:
        for operation in ALL:
            if operation.driver == driver:
                heard += await ask(operation, watch, draw, script)
    assert heard >= 2
    assert watch.strangers == []
    # what httpx logs of USPS's address check is told of in test_wire.py
    assert watch.leaks() == []


def test_other_canaries_are_those_of_the_factories() -> None:
    """Were their person renamed, nothing would be found any more."""
    for value in personal_data():
        assert any(word in value.lower() for word in OTHERS), value


async def ask(operation: Operation, watch: Watch, draw: random.Random, script: Script) -> int:
    """Ask an operation with each of its answers wrong in turn, and listen; returns how many errors there were."""
    trial = await make_trial(operation)
    if trial is None:
        return 0
    settings: dict[str, Any] = trial._settings  # what the harness opens the driver with
    watch.canaries.hide(*secrets_of(settings))
    for _, said in trial._heard:
        watch.canaries.hide(*tokens_in(said.body))
    errors = 0

    def judge(index: int, wrong: Answered, result: object, error: BaseException | None) -> None:
        nonlocal errors
        del index, wrong
        if error is not None:
            errors += 1
            watch.hear(error, operation.name)
        for one in result if isinstance(result, list | tuple) else (result,):
            if isinstance(one, cc.TrackingFailure):
                watch.hear(one.error, operation.name)
            watch.look(one, operation.name)

    trial._judge = judge  # type: ignore[method-assign]  # it listens in place of the fuzz harness's own judgement
    script.simulator = trial._scene.simulator
    for index in trial._targets[:MOST]:
        trial._targets = trial._any = [index]
        for script.deed in ("quote", "refuse", "refuse", "mutate"):
            await trial.run(draw, Tally())
    return errors


def test_sentence_holds_every_canary() -> None:
    """What is not said cannot be repeated."""
    assert [word for word in PERSONAL if word not in SENTENCE.lower()] == []
