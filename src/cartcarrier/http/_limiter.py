"""Waiting for a rate limit: in lanes, first come first served in a lane, and never longer than allowed."""

import itertools
import math
from bisect import insort
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import anyio
import attrs

from cartcarrier.errors import RateLimitError
from cartcarrier.http._protocols import Clock, Lane, Limit, LimitStore

_RANK = {lane: rank for rank, lane in enumerate(Lane)}  # the enum's order is the order of precedence

_DAY = timedelta(days=1)  # no longer wait is told, whatever the numbers are


@attrs.define(eq=False)
class _Ticket:
    place: tuple[int, int]  # rank of the lane, then order of arrival
    cost: float
    deadline: float
    woken: anyio.Event = attrs.field(factory=anyio.Event)


@attrs.frozen
class Reservation:
    """Units taken for one call that is under way.

    Attributes:
        number: Counts the calls of this limiter, in the order in which they were let through.
        cost: The units.
        answered_before: Units of all calls that had been answered when this one was let through.
    """

    number: int
    cost: float
    answered_before: float


class Limiter:
    """One limit of one account, as the tasks of this process use it.

    The store holds the state, maybe for several processes. The limiter orders the waiters, remembers what is under way, and
    reads the platform's answers in that light: an answer does not know of the calls that were sent after its own.

    Args:
        key: ``driver:account``, with a name for the limit after it where there are several.
        limit: The bucket as documented; corrected by what the platform says.
        store: Where the state is.
        clock: Where time comes from.
        max_wait: The longest that a call waits.
    """

    def __init__(self, key: str, limit: Limit, store: LimitStore, clock: Clock, max_wait: timedelta) -> None:
        self.key = key
        self.limit: Limit = limit
        self._store = store
        self._clock = clock
        self._max_wait = max_wait
        self._queue: list[_Ticket] = []
        self._numbers = itertools.count()
        self._calls = itertools.count(1)
        self._under_way: dict[int, float] = {}
        self._asked_for = 0.0
        self._answered = 0.0
        self._newest_answer = 0

    async def acquire(
        self, cost: float = 1, lane: Lane = Lane.SYNC, *, operation: str = "call", max_wait: timedelta | None = None
    ) -> None:
        """Take ``cost`` units, waiting for them if need be.

        Args:
            cost: Units that the call needs.
            lane: What it is for.
            operation: What to name in the error.
            max_wait: In place of the limiter's own.

        Raises:
            RateLimitError: They will not be there in time; nothing was sent, nothing taken. ``retry_after`` says when.
        """
        longest = (self._max_wait if max_wait is None else max_wait).total_seconds()
        ticket = _Ticket((_RANK[lane], next(self._numbers)), cost, self._clock.monotonic() + longest)
        self._refuse_hopeless(ticket, longest, operation)
        insort(self._queue, ticket, key=lambda other: other.place)
        try:
            while True:
                if self._queue[0] is ticket:
                    wait = await self._ask(cost, lane)
                    if wait <= timedelta():
                        return
                    remaining = ticket.deadline - self._clock.monotonic()
                    if wait.total_seconds() > remaining:
                        raise self._refusal(operation, wait)
                    # The one at the head keeps time for all: it wakes when the first of them has waited long enough.
                    next_deadline = min(other.deadline for other in self._queue) - self._clock.monotonic()
                    await self._clock.sleep(min(wait.total_seconds(), max(next_deadline, 0) + 1e-6))
                    self._wake_all()
                else:
                    await ticket.woken.wait()
                    ticket.woken = anyio.Event()
                    if self._queue[0] is not ticket and self._clock.monotonic() > ticket.deadline:
                        raise self._refusal(operation, self._estimate(ticket))
        finally:
            self._queue.remove(ticket)
            if self._queue:
                self._queue[0].woken.set()

    @asynccontextmanager
    async def hold(
        self, cost: float = 1, lane: Lane = Lane.SYNC, *, operation: str = "call", max_wait: timedelta | None = None
    ) -> AsyncIterator[Reservation]:
        """Take units, and count the call as under way until the block is left.

        Raises:
            RateLimitError: As ``acquire``.
        """
        await self.acquire(cost, lane, operation=operation, max_wait=max_wait)
        reservation = Reservation(next(self._calls), cost, self._answered)
        self._under_way[reservation.number] = cost
        try:
            yield reservation
        finally:
            self._finish(reservation)

    async def observe(self, limit: Limit, reservation: Reservation | None = None) -> None:
        """Believe what the platform said in the answer to one call.

        Args:
            limit: What it said. ``available`` is cut by the calls that the platform may not have seen yet when it said so: those
                still under way, and those that were under way together with this one.
            reservation: Of the call that was answered; without it only those still under way count.
        """
        available = limit.available
        if reservation is not None:
            self._finish(reservation)
            if reservation.number < self._newest_answer:
                available = None  # a call that was sent later was answered before: this one is old news
            self._newest_answer = max(self._newest_answer, reservation.number)
        if available is not None:
            if reservation is not None:
                available -= self._answered - reservation.answered_before - reservation.cost
            available -= sum(self._under_way.values()) + self._asked_for
        if not all(math.isfinite(number) for number in (limit.capacity, limit.rate, available or 0.0)):
            return  # not a number: as if nothing had been said
        reserve = limit.reserve or self.limit.reserve
        self.limit = attrs.evolve(limit, available=None, reserve=reserve)
        await self._store.observe(
            self.key, limit=attrs.evolve(limit, available=available, reserve=reserve), now=self._clock.now()
        )

    async def block(self, until: datetime) -> None:
        """Let nobody through before that time."""
        await self._store.block(self.key, until=until)

    def _finish(self, reservation: Reservation) -> None:
        if self._under_way.pop(reservation.number, None) is not None:
            self._answered += reservation.cost

    async def _ask(self, cost: float, lane: Lane) -> timedelta:
        # While a store in another thread is taking the units, an answer that is read here must not give them back.
        self._asked_for += cost
        try:
            return await self._store.acquire(self.key, cost=cost, limit=self.limit, lane=lane, now=self._clock.now())
        finally:
            self._asked_for -= cost

    def _refuse_hopeless(self, ticket: _Ticket, longest: float, operation: str) -> None:
        # Whoever cannot be served in time even if all goes well is told now, and not after having waited for it.
        estimate = self._estimate(ticket)
        if estimate.total_seconds() > longest and self._queue and self._queue[0].place < ticket.place:
            raise self._refusal(operation, estimate)

    def _estimate(self, ticket: _Ticket) -> timedelta:
        """Return the least time until this ticket's turn: as if the bucket were full now."""
        ahead = sum(other.cost for other in self._queue if other.place < ticket.place) + min(
            ticket.cost, self.limit.capacity
        )
        if self.limit.rate <= 0:
            return timedelta()
        seconds = max(0.0, ahead - self.limit.capacity) / self.limit.rate
        return timedelta(seconds=seconds) if seconds < _DAY.total_seconds() else _DAY

    def _wake_all(self) -> None:
        for ticket in self._queue:
            ticket.woken.set()

    def _refusal(self, operation: str, wait: timedelta) -> RateLimitError:
        provider, _, rest = self.key.partition(":")
        return RateLimitError(
            f"{provider}: the rate limit leaves no room for {operation} in time; nothing was sent",
            retry_after=wait,
            provider=provider,
            account=rest.partition(":")[0] or "default",
            operation=operation,
        )
