"""Wrong answers, a short run; the long one is ``make fuzz``."""

import random
from typing import Any

import pytest

import cartcarrier as cc
from cartcarrier.carriers.ups import UPSCarrier
from tests.fuzz.__main__ import run
from tests.fuzz._harness import Tally, make_trial
from tests.fuzz._operations import operations


@pytest.fixture
def anyio_backend() -> str:
    """One event loop library: the answers are the same for both."""
    return "asyncio"


async def test_wrong_answers_give_our_errors_only() -> None:
    """A platform changes a field on a Friday evening; what leaves the library is an error that says so."""
    tally = await run(1200, seed=7)
    assert tally.stories == []
    assert tally.read > tally.answers / 2


async def purchase_trial(draw: random.Random) -> Tally:
    """Answer UPS's purchase wrongly, sixty times."""
    operation = next(one for one in operations() if (one.driver, one.name) == ("ups", "purchase"))
    trial = await make_trial(operation)
    assert trial is not None
    tally = Tally()
    for _ in range(60):
        await trial.run(draw, tally)
    return tally


async def test_an_error_of_the_language_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A harness that cannot fail proves nothing: a driver that stumbles over an answer."""
    bought = UPSCarrier.purchase

    async def stumble(self: UPSCarrier, step: cc.PurchaseStep) -> cc.Shipment:
        try:
            return await bought(self, step)
        except cc.ResponseError:
            raise KeyError("ShipmentResponse") from None

    monkeypatch.setattr(UPSCarrier, "purchase", stumble)
    monkeypatch.setattr("tests.fuzz._harness.make_scene", _unhurt(monkeypatch, bought, stumble))
    tally = await purchase_trial(random.Random(3))  # noqa: S311 - reproducible, not secret
    assert any("KeyError" in story for story in tally.stories)


async def test_a_guess_about_a_purchase_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that takes an answer it cannot read for a refusal would let a second label be bought."""
    bought = UPSCarrier.purchase

    async def guess(self: UPSCarrier, step: cc.PurchaseStep) -> cc.Shipment:
        try:
            return await bought(self, step)
        except cc.ResponseError as exc:
            raise exc.replace(outcome_unknown=False) from None

    monkeypatch.setattr(UPSCarrier, "purchase", guess)
    monkeypatch.setattr("tests.fuzz._harness.make_scene", _unhurt(monkeypatch, bought, guess))
    tally = await purchase_trial(random.Random(3))  # noqa: S311 - reproducible, not secret
    assert any("says that nothing was bought" in story for story in tally.stories)


def _unhurt(monkeypatch: pytest.MonkeyPatch, whole: Any, broken: Any) -> Any:
    """Set the scene with the driver as it is, and break it afterwards."""
    from tests.fuzz._operations import make_scene

    async def make(kind: str, driver: str) -> Any:
        monkeypatch.setattr(UPSCarrier, "purchase", whole)
        made = await make_scene(kind, driver)
        monkeypatch.setattr(UPSCarrier, "purchase", broken)
        return made

    return make
