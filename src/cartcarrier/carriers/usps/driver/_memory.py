"""Answers that are kept for a while: of 60 calls an hour none is for what was answered before."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Generic, TypeVar

import anyio

T = TypeVar("T")

MOST: Final = 2000


class Memory(Generic[T]):
    """Answers of one kind, in memory; several who ask the same at once wait for one call. Errors are not kept.

    Args:
        lifetime: How long an answer is good; zero keeps nothing.
        most: How many are kept; the oldest go first.
    """

    def __init__(self, lifetime: timedelta, most: int = MOST) -> None:
        self._lifetime = lifetime.total_seconds()
        self._most = most
        self._answers: dict[str, tuple[float, T]] = {}
        self._under_way: dict[str, anyio.Event] = {}

    async def get(self, question: bytes, ask: Callable[[], Awaitable[T]], *, now: float) -> T:
        """Return the answer that is known, or ask.

        Args:
            question: What is asked; only its digest is kept.
            ask: Asks.
            now: The present, by a clock that never goes back.
        """
        if self._lifetime <= 0:
            return await ask()
        key = hashlib.sha256(question).hexdigest()
        while True:
            known = self._answers.get(key)
            if known is not None and now < known[0]:
                return known[1]
            waiting = self._under_way.get(key)
            if waiting is None:
                return await self._ask(key, ask, now)
            await waiting.wait()

    async def _ask(self, key: str, ask: Callable[[], Awaitable[T]], now: float) -> T:
        done = self._under_way[key] = anyio.Event()
        try:
            answer = await ask()
        finally:
            del self._under_way[key]
            done.set()
        self._answers.pop(key, None)
        self._answers[key] = (now + self._lifetime, answer)
        while len(self._answers) > self._most:
            del self._answers[next(iter(self._answers))]
        return answer
