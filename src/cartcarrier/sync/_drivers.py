"""Single drivers, blocking."""

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from functools import wraps
from types import TracebackType
from typing import Any, Self

from anyio.from_thread import BlockingPortal
from typing_extensions import override

from cartcarrier import registry
from cartcarrier.drivers import Driver
from cartcarrier.errors import ConfigurationError
from cartcarrier.sync._loop import Loop


class BlockingDriver:
    """A driver whose methods block. Its methods, arguments and errors are the driver's own.

    A context manager; it may also be handed to a ``Fulfiller`` of this module, whose loop it then shares.

    Args:
        driver: The driver to run.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._loop = Loop()
        self._stack: ExitStack | None = None

    def __enter__(self) -> Self:
        if self._loop.inner is not None:
            msg = f"{self._driver.key} is open already"
            raise ConfigurationError(msg)
        with ExitStack() as stack:
            self._loop.inner = stack.enter_context(self._loop.open())
            stack.enter_context(self._loop.portal.wrap_async_context_manager(self._driver))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stack, self._stack = self._stack, None
        if stack is not None:
            try:
                stack.__exit__(kind, error, trace)
            finally:
                self._loop.inner = None

    def supports(self, ability: type) -> bool:
        """Return whether the driver has an ability: ``driver.supports(SupportsVoid)``."""
        return isinstance(self._driver, ability)

    def join(self, portal: BlockingPortal | None) -> Driver:
        """Share the loop of a ``Fulfiller``, or share it no longer. Called by that ``Fulfiller``.

        Raises:
            ConfigurationError: It runs in a loop of its own.
        """
        if self._stack is not None:
            msg = f"{self._driver.key} is open by itself: hand it to the Fulfiller without opening it"
            raise ConfigurationError(msg)
        self._loop.inner = portal
        return self._driver

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the driver has
        value = getattr(self._driver, name)
        if not callable(value) or isinstance(value, type):
            return value
        return _blocking(self._loop, value)

    @override
    def __repr__(self) -> str:
        return f"<blocking {self._driver!r}>"


def _blocking(loop: Loop, method: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(method):

        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the method's own
            return loop.call(lambda: method(*args, **kwargs))

        return call

    @wraps(method)
    def plain(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the method's own
        result = method(*args, **kwargs)
        return loop.iterate(lambda: result) if isinstance(result, AsyncIterator) else result

    return plain


def open_channel(driver: str, /, **settings: Any) -> BlockingDriver:  # noqa: ANN401 - as the async one's
    """Open a channel's driver by name, blocking. Arguments and errors are those of ``cartcarrier.open_channel``."""
    return BlockingDriver(registry.open_channel(driver, **settings))


def open_carrier(driver: str, /, **settings: Any) -> BlockingDriver:  # noqa: ANN401 - as the async one's
    """Open a carrier's driver by name, blocking. Arguments and errors are those of ``cartcarrier.open_carrier``."""
    return BlockingDriver(registry.open_carrier(driver, **settings))


def open_provider(driver: str, /, **settings: Any) -> BlockingDriver:  # noqa: ANN401 - as the async one's
    """Open a provider's driver by name, blocking. Arguments and errors are those of ``cartcarrier.open_provider``."""
    return BlockingDriver(registry.open_provider(driver, **settings))
