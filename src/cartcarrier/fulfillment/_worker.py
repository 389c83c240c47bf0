"""The loop of one machine: recover, tell what is not told yet, follow what travels, warn of deadlines, until cancelled."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import anyio

from cartcarrier.errors import CartCarrierError, LedgerError
from cartcarrier.fulfillment._cancel import finish_cancellations
from cartcarrier.fulfillment._confirm import confirm
from cartcarrier.fulfillment._desk import Desk, log, needs_telling
from cartcarrier.fulfillment._follow import ask_about_due
from cartcarrier.fulfillment._recovery import recover
from cartcarrier.fulfillment._refunds import AGAIN, RefundWatch
from cartcarrier.fulfillment._reports import DeadlineAtRisk
from cartcarrier.fulfillment._retention import RetentionWatch
from cartcarrier.fulfillment._tasks import task_group
from cartcarrier.fulfillment._warehouse import look_at_due
from cartcarrier.ledger import ShipmentRow, ShipmentState, WorkState
from cartcarrier.models import OrderRef

_TICK: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_WARN_AHEAD: Final = timedelta(hours=4)


async def run(desk: Desk, *, concurrency: int) -> None:
    """Work until cancelled; see ``Fulfiller.run``."""
    await recover(desk)
    retries = _Retries(desk, concurrency)
    refunds = RefundWatch(desk, due=desk.now() + AGAIN)  # recovery has just asked
    retention = RetentionWatch(desk, desk.keep_personal_data)
    warned: set[tuple[OrderRef, datetime]] = set()
    while True:
        await retries.confirm_what_is_due()
        await finish_cancellations(desk)
        await ask_about_due(desk)
        await look_at_due(desk)
        await refunds.look()
        await retention.look()
        for risk in await deadlines_at_risk(desk, within=_WARN_AHEAD):
            if (risk.ref, risk.ship_by) not in warned:
                warned.add((risk.ref, risk.ship_by))
                log.warning("DeadlineAtRisk: order %s must leave by %s", risk.ref, risk.ship_by)
        await desk.clock.sleep(_TICK.total_seconds())


async def deadlines_at_risk(desk: Desk, *, within: timedelta) -> Sequence[DeadlineAtRisk]:
    """Return the open orders that must leave within that time, the most urgent first."""
    now = desk.now()
    return [
        DeadlineAtRisk(ref=row.ref, number=row.number, ship_by=row.ship_by, left=row.ship_by - now)
        for row in await desk.ledger.list_orders(states=(WorkState.OPEN,))
        if row.ship_by is not None and row.ship_by - now <= within
    ]


class _Retries:
    """Confirmations that failed before: the most urgent first, each at growing intervals."""

    def __init__(self, desk: Desk, concurrency: int) -> None:
        self._desk = desk
        self._limiter = anyio.CapacityLimiter(concurrency)
        self._pauses: dict[tuple[OrderRef, str], tuple[datetime, timedelta]] = {}

    async def confirm_what_is_due(self) -> None:
        """Tell the channels of what is bought and not told; a failure waits for a later round."""
        now = self._desk.now()
        rows = await self._desk.ledger.list_shipments(states=(ShipmentState.BOUGHT, ShipmentState.CONFIRMING))
        async with task_group() as tasks:
            for row in rows:
                due, _ = self._pauses.get((row.ref, row.key), (now, _TICK))
                if needs_telling(row) and due <= now:
                    tasks.start_soon(self._confirm, row)

    async def _confirm(self, row: ShipmentRow) -> None:
        desk = self._desk
        name = (row.ref, row.key)
        async with self._limiter, desk.turn(row.ref, row.key) as turn:
            try:
                if await turn.try_to_take(patience=timedelta(0)):
                    await confirm(desk, turn, await desk.row(row.ref, row.key))
                    self._pauses.pop(name, None)
            except LedgerError as exc:
                log.warning("%s/%s was not confirmed: %s", *name, exc)
            except CartCarrierError as exc:
                _, pause = self._pauses.get(name, (desk.now(), _TICK))
                self._pauses[name] = (desk.now() + pause, min(pause * 2, _LONGEST_PAUSE))
                log.warning("%s/%s is not confirmed, next try in %s: %s", *name, pause, exc)
