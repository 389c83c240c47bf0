"""What became of a purchase whose answer was lost. Nothing here buys anew.

How that is found out is the carrier's ``PurchaseSafety``:

* ``NATIVE_KEY``: the same bytes are sent again while the key protects; the platform repeats its first answer.
* ``LOOKUP_ADOPT``: the carrier is asked by our reference; what it knows is adopted.
* ``LOOKUP_CANCEL``: as above, but the label is gone: what is found is given back, and the step counts as refused.
* ``UNCERTAIN``: nobody can be asked.

The step ends ``done`` or ``refused``; otherwise it stays ``uncertain`` and ``PurchaseUncertainError`` says so.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain, repeat
from typing import Final

import anyio
import attrs

from cartcarrier.carriers import SupportsLabels, SupportsShipmentLookup, SupportsVoid
from cartcarrier.errors import (
    CartCarrierError,
    ConflictError,
    InsufficientFundsError,
    LedgerError,
    OperationError,
    PurchaseUncertainError,
    RejectedError,
)
from cartcarrier.fulfillment._claims import Turn
from cartcarrier.fulfillment._desk import Desk, as_asked, log, purchases, step_name
from cartcarrier.http import Clock
from cartcarrier.ledger import ShipmentRow, StepRow, StepState
from cartcarrier.models import Money, PurchaseSafety, PurchaseStep, Shipment, VoidStatus

GIVEN_BACK: Final = "given_back"
"""Why a step is refused: its label was found without its bytes, and was given back."""
NOT_FOUND: Final = "not_found"
"""Why a step is refused: the carrier does not know it after its settle time, and the user allows to buy anew."""
_GIVING_BACK: Final = "giving_back"

_DELAYS: Final = (1, 2, 4, 8, 15)
"""Seconds between looks; the last one repeats."""


def outcome_unknown(error: CartCarrierError) -> bool:
    """Return whether a call that failed in this way may have taken effect all the same.

    A driver that could not write to the ledger (a token, a limit) may have been answered before that.
    """
    return isinstance(error, LedgerError) or (isinstance(error, OperationError) and error.outcome_unknown)


def error_code(error: CartCarrierError) -> str:
    """Return what a step row says of an error: the platform's code or the error's class."""
    return getattr(error, "code", None) or type(error).__name__


def uncertain(row: ShipmentRow, step: StepRow, why: str) -> PurchaseUncertainError:
    """Return the error that says that nobody knows, and what can be done."""
    msg = (
        f"whether {row.carrier} sold a label for shipment {row.ref}/{row.key} is not known: {why}."
        f" Nothing is bought again. recover() looks again; resolve() settles it once a person has looked"
        f" (reference {step.reference})"
    )
    return PurchaseUncertainError(msg, step=step_name(row, step), reference=step.reference)


async def find_out(desk: Desk, turn: Turn, row: ShipmentRow, step: StepRow, *, patience: timedelta) -> StepRow:
    """Find out what became of a step that was sent.

    Args:
        desk: The context.
        turn: Holds the lease.
        row: The shipment.
        step: In state ``sending`` or ``uncertain``.
        patience: How long to go on looking; zero for one look.

    Returns:
        The step, ``done`` (its result adopted) or ``refused`` (nothing of it is live).

    Raises:
        PurchaseUncertainError: It is still not known.
        RejectedError: The carrier repeated its refusal; the step is ``refused``.
        LeaseLostError: Another worker has taken over.
    """
    carrier = desk.label_carrier(row.carrier)
    if step.state is StepState.SENDING:
        why = "it was sent, and no answer was recorded"
        step = await desk.ledger.doubt_step(turn.claim, step.id, code="no_answer", message=why, now=desk.now())
    case = _Case(desk, turn, row, step, carrier, _Patience(desk.clock, patience))
    if step.purchase is None or not step.purchase.body:
        raise uncertain(row, step, "its bytes were erased")
    if carrier.purchase_safety is PurchaseSafety.NATIVE_KEY:
        return await case.send_again(step.purchase)
    if carrier.purchase_safety is PurchaseSafety.UNCERTAIN or not isinstance(carrier, SupportsShipmentLookup):
        raise await case.still_uncertain("the carrier cannot be asked")
    return await case.look(carrier, step.purchase)


class _Patience:
    """Growing waits until a deadline, by the clock."""

    def __init__(self, clock: Clock, patience: timedelta) -> None:
        self._clock = clock
        self._deadline = clock.now() + patience
        self._delays = chain(_DELAYS, repeat(_DELAYS[-1]))

    async def wait(self) -> bool:
        """Wait before another look, or return False when there is no time left for one."""
        delay = next(self._delays)
        if self._clock.now() + timedelta(seconds=delay) > self._deadline:
            return False
        await self._clock.sleep(delay)
        return True


@attrs.define
class _Case:
    desk: Desk
    turn: Turn
    row: ShipmentRow
    step: StepRow
    carrier: SupportsLabels
    patience: _Patience

    async def send_again(self, purchase: PurchaseStep) -> StepRow:
        """Send the same bytes under the same key, while that key protects."""
        ends = self._key_ends(purchase)
        why = "the time in which its key protects is over"
        while ends is not None and self.desk.now() < ends:
            try:
                shipment = await self.carrier.purchase(purchase)
            except (InsufficientFundsError, LedgerError) as exc:
                # The first sending may be what emptied the account; a ledger error says nothing about the carrier.
                why = str(exc)
            except RejectedError as exc:
                # What is refused now (the mailing day is over, the service has ended) may have been bought before.
                bought = await self._bought_before(purchase)
                if bought is not None:
                    return await self._found(bought)
                await self._refuse(error_code(exc), str(exc))
                raise
            except CartCarrierError as exc:
                why = str(exc)
            else:
                return await self._adopt(shipment)
            if not await self.patience.wait():
                break
            await self.turn.renew()
        if isinstance(self.carrier, SupportsShipmentLookup):
            return await self.look(self.carrier, purchase)
        raise await self.still_uncertain(why)

    async def _bought_before(self, purchase: PurchaseStep) -> Shipment | None:
        """Return what an earlier sending bought, where the carrier can be asked."""
        if not isinstance(self.carrier, SupportsShipmentLookup):
            return None
        try:
            return await self.carrier.find_purchase(purchase)
        except LedgerError:
            raise
        except CartCarrierError as exc:
            raise await self.still_uncertain(str(exc)) from exc

    async def look(self, carrier: SupportsShipmentLookup, purchase: PurchaseStep) -> StepRow:
        """Ask the carrier by our reference, at growing intervals."""
        while True:
            asked_at = self.desk.now()
            try:
                found = await carrier.find_purchase(purchase)
            except ConflictError as exc:
                raise await self.still_uncertain(str(exc)) from exc
            except CartCarrierError as exc:
                why = str(exc)
            else:
                if found is not None:
                    return await self._found(found)
                if self.step.error_code == _GIVING_BACK:
                    return await self._refuse(GIVEN_BACK, "its label was given back")
                if self._is_settled(asked_at):
                    return await self._refuse(NOT_FOUND, "the carrier does not know it after its settle time")
                why = "the carrier does not know of it yet"
            if not await self.patience.wait():
                raise await self.still_uncertain(why)
            await self.turn.renew()

    async def still_uncertain(self, why: str) -> PurchaseUncertainError:
        """Write down why it is not known, and return the error that says so."""
        code = self.step.error_code if self.step.error_code == _GIVING_BACK else "not_known"
        self.step = await self._doubt(code, why)
        log.warning("%s is uncertain", step_name(self.row, self.step))
        return uncertain(self.row, self.step, why)

    async def _found(self, found: Shipment) -> StepRow:
        if self.carrier.purchase_safety is not PurchaseSafety.LOOKUP_CANCEL:
            return await self._adopt(found)
        if not isinstance(self.carrier, SupportsVoid):
            raise await self.still_uncertain(f"label {found.id} was found, and the carrier cannot take it back")
        # Written first: when the process dies after the void, a look that finds nothing means that it was given back.
        self.step = await self._doubt(_GIVING_BACK, f"label {found.id} was found without its bytes, and is given back")
        try:
            given_back = await self.carrier.void_shipment(found)
        except CartCarrierError as exc:
            if not outcome_unknown(exc):
                self.step = await self._doubt("found", f"label {found.id} is live")
            raise await self.still_uncertain(f"label {found.id} was found, and giving it back failed: {exc}") from exc
        if given_back.status is VoidStatus.REFUSED:
            self.step = await self._doubt("found", f"label {found.id} is live")
            raise await self.still_uncertain(f"label {found.id} was found, and the carrier will not take it back")
        log.info("%s: a label without bytes was given back", step_name(self.row, self.step))
        return await self._refuse(GIVEN_BACK, f"label {found.id} was found without its bytes, and given back")

    async def _adopt(self, shipment: Shipment) -> StepRow:
        log.info("%s: what was bought has been found", step_name(self.row, self.step))
        if shipment.total is None and self.row.quoted_total is not None and len(purchases(self.row)) == 1:
            amount, _, currency = self.row.quoted_total.partition(" ")
            total = Money(amount=Decimal(amount), currency=currency)
            shipment = attrs.evolve(shipment, total=total, total_is_estimate=True)
        shipment = as_asked(self.row, shipment)
        with anyio.CancelScope(shield=True):
            self.step = await self.desk.ledger.finish_step(self.turn.claim, self.step.id, shipment, now=self.desk.now())
        return self.step

    async def _refuse(self, code: str, message: str) -> StepRow:
        return await self.desk.ledger.refuse_step(
            self.turn.claim, self.step.id, code=code, message=message, now=self.desk.now()
        )

    async def _doubt(self, code: str, message: str) -> StepRow:
        return await self.desk.ledger.doubt_step(
            self.turn.claim, self.step.id, code=code, message=message, now=self.desk.now()
        )

    def _key_ends(self, purchase: PurchaseStep) -> datetime | None:
        """Return until when the key protects; ``None`` when that is not known, so it does not."""
        lifetime = self.carrier.key_lifetime
        if purchase.key is None or lifetime is None or self.step.sent_at is None:
            return None
        ends = self.step.sent_at + lifetime
        return ends if purchase.expires_at is None else min(ends, purchase.expires_at)

    def _is_settled(self, asked_at: datetime) -> bool:
        """Return whether the carrier's "not found" may be believed, by the user's own wish.

        The call may have waited ``max_wait`` for its rate limit before it was really sent.
        """
        settle_time = self.carrier.settle_time
        if not self.desk.rebuy_after_settle or settle_time is None or self.step.sent_at is None:
            return False
        return asked_at >= self.step.sent_at + self.desk.max_wait + settle_time
