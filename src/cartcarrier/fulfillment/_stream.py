"""Iterators fed by background tasks, so that nothing is yielded from inside a task group."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Generic, Self, TypeVar

import anyio
import anyio.abc
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from typing_extensions import override

from cartcarrier.fulfillment._tasks import unwrapped

T = TypeVar("T")

Send = Callable[[T], Awaitable[None]]


class Stream(AsyncIterator[T], Generic[T]):
    """What a background task finds, one by one.

    It starts with the first ``anext`` and is closed by ``aclose``, by its end, or with its ``Fulfiller``.

    Args:
        tasks: Who runs the background task.
        produce: Sends what it finds; an error of it is raised after all it has sent.
        buffer: How many may wait for the consumer.
        finish: On closing, let the background task end what it has begun, in place of cancelling it.
    """

    def __init__(
        self,
        tasks: anyio.abc.TaskGroup,
        produce: Callable[[Send[T]], Awaitable[None]],
        *,
        buffer: int = 16,
        finish: bool = False,
    ) -> None:
        self._tasks = tasks
        self._produce = produce
        self._finish = finish
        self._buffer = buffer
        self._receive: MemoryObjectReceiveStream[T] | None = None
        self._scope = anyio.CancelScope()
        self._ended = anyio.Event()
        self._closed = False
        self._error: BaseException | None = None

    async def _run(self, sender: MemoryObjectSendStream[T]) -> None:
        try:
            with self._scope, sender:
                await self._produce(sender.send)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass  # the consumer has gone
        except Exception as exc:  # noqa: BLE001 - not swallowed: raised where the consumer waits
            self._error = unwrapped(exc)
        finally:
            self._ended.set()

    @override
    async def __anext__(self) -> T:
        if self._closed:
            raise StopAsyncIteration
        if self._receive is None:
            sender, self._receive = anyio.create_memory_object_stream[T](self._buffer)
            self._tasks.start_soon(self._run, sender)
        try:
            return await self._receive.receive()
        except anyio.EndOfStream:
            await self._ended.wait()
            self.close()
            if self._error is not None:
                raise self._error from None
            raise StopAsyncIteration from None

    @property
    def started(self) -> bool:
        """Whether a background task was started and has not ended."""
        return self._receive is not None and not self._ended.is_set()

    def close(self) -> None:
        """Take nothing more. A background task stops when it next sends."""
        self._closed = True
        if self._receive is not None:
            self._receive.close()

    async def aclose(self) -> None:
        """Close, and wait until the background task has ended. Closing twice does nothing."""
        self.close()
        if self._receive is None:
            return
        if not self._finish:
            self._scope.cancel()
        await self._ended.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


@asynccontextmanager
async def closing(items: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close an iterator of a driver when it is left early, where it is one that can be closed."""
    try:
        yield items
    finally:
        aclose = getattr(items, "aclose", None)
        if aclose is not None:
            with anyio.CancelScope(shield=True):
                await aclose()
