"""An event loop in a thread beside the caller's."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from cartcarrier.errors import ConfigurationError

T = TypeVar("T")

_END: Final = object()


class Loop:
    """An event loop in a thread beside the caller's, while it is open."""

    def __init__(self) -> None:
        self.inner: BlockingPortal | None = None

    @property
    def portal(self) -> BlockingPortal:
        """The way into the loop.

        Raises:
            ConfigurationError: It is not open.
        """
        if self.inner is None:
            msg = "not open: use it inside 'with'"
            raise ConfigurationError(msg)
        return self.inner

    def open(self) -> AbstractContextManager[BlockingPortal]:
        """Return the context in which the loop runs."""
        return start_blocking_portal("asyncio")

    def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run it in the loop and wait for its result."""
        return self.portal.call(work)

    def iterate(self, make: Callable[[], AsyncIterator[T]]) -> Iterator[T]:
        """Yield what an async iterator yields; leaving early closes it."""

        async def start() -> AsyncIterator[T]:
            return make()

        async def step() -> T | object:
            return await anext(source, _END)

        async def close() -> None:
            aclose = getattr(source, "aclose", None)
            if aclose is not None:
                await aclose()

        source = self.call(start)
        try:
            while (item := self.call(step)) is not _END:
                yield item  # type: ignore[misc]  # the end was sorted out
        finally:
            if self.inner is not None:
                self.call(close)
