"""Task groups whose errors come out as they are, not wrapped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.abc


def unwrapped(error: BaseException) -> BaseException:
    """Return the one error to raise for a group of them: the first, the others as notes."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    first, *others = (unwrapped(inner) for inner in error.exceptions)
    for other in others:
        first.add_note(f"at the same time: {type(other).__name__}: {other}")
    return first


@asynccontextmanager
async def task_group() -> AsyncIterator[anyio.abc.TaskGroup]:
    """Run tasks side by side; the first error ends them all and is raised as it is."""
    try:
        async with anyio.create_task_group() as tasks:
            yield tasks
    except BaseExceptionGroup as group:
        raise unwrapped(group) from None
