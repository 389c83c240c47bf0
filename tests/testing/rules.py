"""Running one rule of a suite on one driver, to see whether it holds."""

import inspect
from typing import Any, TypeVar

import pytest

from cartcarrier.drivers import Driver
from cartcarrier.testing import DriverConformance, FaultyTransport, Platform

P = TypeVar("P", bound=Platform)


async def run_rule(
    suite: type[DriverConformance],
    rule: str,
    driver: Driver,
    platform: Platform,
    **case: Any,
) -> None:
    """Run one test of a suite as pytest would: with the transport that fails on demand between driver and platform."""
    driver.transport = FaultyTransport(driver.transport, platform.answer)  # type: ignore[arg-type]  # an object by contract
    instance = suite()
    test = getattr(instance, rule)
    offered = {
        "driver": driver, "carrier": driver, "channel": driver, "provider": driver,
        "platform": platform, "wire": driver.transport, **case,
    }  # fmt: skip
    wanted = inspect.signature(test).parameters
    await test(**{name: offered[name] for name in wanted})


async def broken_rule(
    suite: type[DriverConformance],
    rule: str,
    driver: Driver,
    platform: Platform,
    **case: Any,
) -> str:
    """Return what a rule says of a driver that breaks it; a rule that holds, or skips, fails the test."""
    try:
        await run_rule(suite, rule, driver, platform, **case)
    except pytest.skip.Exception as skipped:
        raise AssertionError(f"{rule} skipped: {skipped}") from skipped
    except (Exception, pytest.fail.Exception) as broken:  # noqa: BLE001 - whatever a test fails with
        return f"{type(broken).__name__}: {broken}"
    raise AssertionError(f"{rule} did not notice")
