"""The pytest plugin: the marker ``requires``, and the known gaps of a driver. Light: it imports nothing of ours by itself."""

import sys
from collections.abc import Mapping
from typing import Final

import pytest

_DRIVER_FIXTURES: Final = ("carrier", "channel", "provider", "driver")
_MISUSE: Final = (
    "requires: name the ability by keyword, requires(capability=SupportsVoid); a lone class would be decorated"
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "requires(capability): skip unless the driver under test has this ability, an abstract class of ours"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Turn known gaps into strict expected failures.

    Raises:
        pytest.UsageError: A gap names no test or gives no reason, or ``requires`` was used without its keyword.
    """
    module = sys.modules.get("cartcarrier.testing._driver")
    for item in items:
        if any("capability" not in mark.kwargs for mark in item.iter_markers("requires")):
            raise pytest.UsageError(f"{item.nodeid}: {_MISUSE}")
        if module is None or not isinstance(item, pytest.Function) or item.cls is None:
            continue
        if issubclass(item.cls, module.DriverConformance):
            _expect_gaps(item, item.cls.known_gaps)


def _expect_gaps(item: pytest.Function, gaps: Mapping[str, str]) -> None:
    for gap, reason in gaps.items():
        name, _, case = gap.removesuffix("]").partition("[")
        if not name.startswith("test_") or not callable(getattr(item.cls, name, None)):
            raise pytest.UsageError(f"{item.cls.__name__}.known_gaps names {gap!r}, which is no test of the suite")
        if not reason.strip():
            raise pytest.UsageError(f"{item.cls.__name__}.known_gaps gives no reason for {gap!r}")
        if item.originalname != name:
            continue
        # A case may stand beside others in the id: "test_x[track]" is "test_x[asyncio-track]" too.
        cases = item.callspec.id.split("-") if hasattr(item, "callspec") else []
        if set(case.split("-") if case else ()) <= set(cases):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose driver lacks an ability, and say which."""
    fixtures: Mapping[str, object] = getattr(item, "funcargs", {})
    driver = next((fixtures[name] for name in _DRIVER_FIXTURES if name in fixtures), None)
    for mark in item.iter_markers("requires"):
        capability = mark.kwargs["capability"]
        if driver is not None and not isinstance(driver, capability):
            pytest.skip(f"{type(driver).__name__} has no {capability.__name__}")
