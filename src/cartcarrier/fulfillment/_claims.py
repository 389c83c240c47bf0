"""The right to work on a shipment: a lock inside the process, a lease in the ledger between processes."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import anyio
import attrs

from cartcarrier.errors import LedgerError
from cartcarrier.fulfillment._workers import Workers
from cartcarrier.http import Clock
from cartcarrier.ledger import Claim, Ledger
from cartcarrier.models import OrderRef

LEASE: Final = timedelta(seconds=30)
ORDER: Final = ""
"""The key of an order as a whole, in place of one of its shipments'."""
_BEATS: Final = 3  # renewals within a lease
_POLL: Final = 0.5  # seconds between two tries to get a lease that another worker holds

_log = logging.getLogger("cartcarrier.fulfillment")


class Turn:
    """One caller's turn at one shipment. It holds the lock; the lease is taken when it is needed.

    Attributes:
        ref: Whose order.
        key: Which shipment of it.
    """

    def __init__(self, claims: "Claims", ref: OrderRef, key: str) -> None:
        self._claims = claims
        self._claim: Claim | None = None
        self.ref = ref
        self.key = key

    @property
    def claim(self) -> Claim:
        """What every write to the ledger names.

        Raises:
            LedgerError: The lease was not taken.
        """
        if self._claim is None:
            msg = f"shipment {self.ref}/{self.key} was to be written without holding its lease"
            raise LedgerError(msg)
        return self._claim

    def given(self, claim: Claim) -> None:
        """Go on with a lease that the ledger gave when the shipment was planned."""
        self._claim = claim

    async def take(self, *, patience: timedelta) -> None:
        """Take the lease, waiting for whoever holds it.

        Raises:
            LedgerError: Another worker held it all that time.
        """
        if not await self.try_to_take(patience=patience):
            msg = f"another worker is at {self.ref}/{self.key}: try again later with the same key"
            raise LedgerError(msg)

    async def try_to_take(self, *, patience: timedelta) -> bool:
        """Take the lease within that time, or return False."""
        claims = self._claims
        deadline = claims.clock.now() + patience
        while True:
            now = claims.clock.now()
            if await self._claim_as(claims.owner) or await self._inherit():
                return True
            if now >= deadline:
                return False
            await claims.clock.sleep(_POLL)

    async def _claim_as(self, owner: str) -> bool:
        claims = self._claims
        claim = await claims.ledger.claim(self.ref, self.key, owner=owner, lease=LEASE, now=claims.clock.now())
        if claim is not None:
            self._claim = claim
        return claim is not None

    async def _inherit(self) -> bool:
        """Take over what a worker of this machine held when its process died, without waiting for its lease to end."""
        for owner in await self._claims.workers.dead():
            if await self._claim_as(owner):
                _log.info("shipment %s/%s was left by a worker that died", self.ref, self.key)
                return True
        return False

    @property
    def owner(self) -> str:
        """The name under which the lease is held, or will be."""
        return self._claims.owner if self._claim is None else self._claim.owner

    async def renew(self) -> None:
        """Lengthen the lease.

        Raises:
            LeaseLostError: Another worker has taken over: write nothing, send nothing.
        """
        claim = self._claim
        if claim is None:
            return
        renewed = await self._claims.ledger.renew(claim, lease=LEASE, now=self._claims.clock.now())
        if self._claim is claim:  # it may have been given back, or planned anew, meanwhile
            self._claim = renewed

    async def let_go(self) -> None:
        """Give the lease back, if there is one."""
        if self._claim is not None:
            claim, self._claim = self._claim, None
            await self._claims.ledger.release(claim)


@attrs.define
class _Queue:
    lock: anyio.Lock = attrs.field(factory=anyio.Lock)
    users: int = 0


class Claims:
    """Who works on what.

    Args:
        ledger: Where leases are.
        clock: Where time comes from.
        owner: The name of this worker; no other has it.
        max_wait: The longest that a call waits for another one of this process.
    """

    def __init__(self, ledger: Ledger, clock: Clock, *, owner: str, max_wait: timedelta) -> None:
        self.ledger = ledger
        self.clock = clock
        self.owner = owner
        self.workers = Workers(ledger, clock, name=owner)
        self._max_wait = max_wait
        self._queues: dict[tuple[OrderRef, str], _Queue] = {}
        self._active: set[Turn] = set()

    @asynccontextmanager
    async def turn(self, ref: OrderRef, key: str) -> AsyncIterator[Turn]:
        """Wait for one's turn at a shipment among the calls of this process; whatever lease it takes is given back.

        Raises:
            LedgerError: Another call of this process held it for longer than ``max_wait``.
        """
        queue = self._queues.setdefault((ref, key), _Queue())
        queue.users += 1
        try:
            # Real time, not the clock's: a hand-moved clock would run ahead of calls that are merely waiting for a disk.
            with anyio.move_on_after(self._max_wait.total_seconds()) as patience:
                await queue.lock.acquire()
            if patience.cancelled_caught:
                msg = f"another call is at {ref}/{key}: try again later with the same key"
                raise LedgerError(msg)
            turn = Turn(self, ref, key)
            self._active.add(turn)
            try:
                yield turn
            finally:
                self._active.discard(turn)
                with anyio.CancelScope(shield=True):
                    try:
                        await turn.let_go()
                    finally:
                        queue.lock.release()
        finally:
            queue.users -= 1
            if not queue.users:
                del self._queues[ref, key]

    async def keep_alive(self) -> None:
        """Renew the leases of all turns until cancelled: a call to a platform may take longer than a lease.

        In real time, so that a clock moved by hand is not moved by this.
        """
        while True:
            await anyio.sleep(LEASE.total_seconds() / _BEATS)
            for turn in tuple(self._active):
                try:
                    await turn.renew()
                except LedgerError as exc:
                    if turn in self._active:  # whoever works on it finds out with the next write
                        _log.warning("the lease of shipment %s/%s was not renewed: %s", turn.ref, turn.key, exc)
