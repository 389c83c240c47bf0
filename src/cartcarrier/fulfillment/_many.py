"""Shipping many, a few at a time; none of them stops the others."""

from collections.abc import AsyncIterator, Iterator, Sequence

import anyio

from cartcarrier.errors import CartCarrierError, InvalidValueError
from cartcarrier.fulfillment._desk import Desk, log
from cartcarrier.fulfillment._reports import ShipFailure, Shipped, ShipPlan
from cartcarrier.fulfillment._ship import ship
from cartcarrier.fulfillment._stream import Send, Stream, closing
from cartcarrier.fulfillment._tasks import task_group


def ship_many(
    desk: Desk, plans: Sequence[ShipPlan] | AsyncIterator[ShipPlan], *, concurrency: int
) -> Stream[Shipped | ShipFailure]:
    """Return an iterator over the results, as they come. Closed early, it ends what it has begun, and begins nothing more.

    Raises:
        InvalidValueError: ``concurrency`` is less than 1.
    """
    if concurrency < 1:
        raise InvalidValueError("concurrency must be at least 1", field="concurrency")

    async def produce(send: Send[Shipped | ShipFailure]) -> None:
        source = _Source(plans)

        async def work() -> None:
            while (plan := await source.next()) is not None:
                try:
                    result: Shipped | ShipFailure = await ship(desk, plan)
                except CartCarrierError as exc:
                    log.warning("order %s/%s was not shipped: %s", plan.order.ref, plan.key, exc)
                    result = ShipFailure(plan=plan, error=exc)
                try:
                    await send(result)
                except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                    return  # nobody waits for results any more; what was bought is in the ledger

        try:
            async with task_group() as tasks:
                for _ in range(concurrency):
                    tasks.start_soon(work)
        finally:
            if isinstance(plans, AsyncIterator):
                async with closing(plans):
                    pass

    return desk.stream(produce, finish=True)


class _Source:
    """Hands out the plans one at a time, to several takers."""

    def __init__(self, plans: Sequence[ShipPlan] | AsyncIterator[ShipPlan]) -> None:
        self._plans: Iterator[ShipPlan] | AsyncIterator[ShipPlan] = (
            plans if isinstance(plans, AsyncIterator) else iter(plans)
        )
        self._lock = anyio.Lock()

    async def next(self) -> ShipPlan | None:
        """Return the next plan, or ``None`` when there is no more."""
        async with self._lock:
            if isinstance(self._plans, AsyncIterator):
                return await anext(self._plans, None)
            return next(self._plans, None)
