"""Shipping once: what is known under the key goes on, what is not is checked, priced, written down, bought and confirmed."""

from contextlib import suppress
from typing import Final

import attrs

from cartcarrier.carriers import new_reference
from cartcarrier.channels import SupportsFulfillment
from cartcarrier.errors import IdempotencyConflictError, LedgerError, OrderChangedError, RateExpiredError
from cartcarrier.fulfillment._address import demand_good_address, with_residential
from cartcarrier.fulfillment._choices import keep_choice, make_record
from cartcarrier.fulfillment._choose import Choice
from cartcarrier.fulfillment._claims import LEASE, Turn
from cartcarrier.fulfillment._compare import open_quantities, order_changes
from cartcarrier.fulfillment._confirm import confirm
from cartcarrier.fulfillment._customs import CustomsUnknownError
from cartcarrier.fulfillment._desk import (
    Desk,
    all_bought,
    bought_shipment,
    is_given_back,
    is_submission,
    last_step,
    needs_telling,
)
from cartcarrier.fulfillment._draft import Draft, check_arguments, make_draft
from cartcarrier.fulfillment._fingerprint import fingerprint
from cartcarrier.fulfillment._packages import still_coming
from cartcarrier.fulfillment._parcels import follow_from_now
from cartcarrier.fulfillment._purchase import buy, discard
from cartcarrier.fulfillment._quote import as_given, choose_rate, still_good
from cartcarrier.fulfillment._reports import Shipped, ShipPlan
from cartcarrier.fulfillment._returns import return_draft
from cartcarrier.fulfillment._settle import Cover, covered_elsewhere, is_withdrawn, settle, withdrawn
from cartcarrier.fulfillment._telling import of_labels
from cartcarrier.ledger import NewShipment, OrderRow, ShipmentRow, ShipmentState, StepKind
from cartcarrier.models import Fulfillment, Order, OrderRef, Rate

_ROUNDS: Final = 4  # a key may be planned by another worker between a look and the plan


async def ship(desk: Desk, plan: ShipPlan) -> Shipped:
    """Buy a shipment once and tell its channel once, whatever has happened under this key before.

    Raises:
        InvalidValueError: The plan cannot be; names the field. Nothing was written down or sent.
        ConfigurationError: A driver that it needs is missing.
        OrderChangedError: The order is not what the caller holds.
        RateExpiredError: The price is over, and a new one is above what is allowed.
        IdempotencyConflictError: The key stands for another shipment, or for one that was given back.
        PurchaseUncertainError: A label may have been bought.
        LedgerError: The ledger cannot be written, or another worker holds the shipment for too long.
        OperationError: The carrier or the channel refused, or could not be reached.
    """
    check_arguments(plan)
    desk.order_source(plan.order.channel)
    if plan.rate is not None:
        desk.label_carrier(plan.rate.carrier)
    wanted = fingerprint(plan)
    ref = plan.order.ref
    async with desk.turn(ref, plan.key) as turn:
        for _ in range(_ROUNDS):
            row = await desk.ledger.get_shipment(ref, plan.key)
            if row is None or row.state is ShipmentState.FAILED:
                done = await _begin(desk, turn, plan, wanted)
            else:
                done = await _go_on(desk, turn, plan, row, wanted)
            if done is not None:
                return done
    msg = f"other workers keep planning shipment {ref}/{plan.key}: try again later with the same key"
    raise LedgerError(msg)


async def confirm_again(desk: Desk, ref: OrderRef, key: str, *, despite_changes: bool) -> Shipped:
    """Tell the channel of a shipment that was bought; see ``Fulfiller.confirm``."""
    await desk.asked_row(ref, key)
    async with desk.turn(ref, key) as turn:
        await turn.take(patience=desk.max_wait)
        row = await desk.row(ref, key)
        if not all_bought(row) or is_given_back(row):
            msg = f"shipment {ref}/{key} is {row.state}: there is nothing to tell the channel"
            raise IdempotencyConflictError(msg)
        return shipped(await confirm(desk, turn, row, despite_changes=despite_changes))


async def _go_on(desk: Desk, turn: Turn, plan: ShipPlan, row: ShipmentRow, wanted: str) -> Shipped | None:
    """Go on with what stands under the key; ``None`` when it must be planned anew."""
    _same_shipment(row, plan, wanted)
    if not _is_complete(row):
        await turn.take(patience=desk.max_wait)
        row = await desk.row(row.ref, row.key)
        _same_shipment(row, plan, wanted)
    if _is_complete(row):
        return shipped(row)
    if row.state is ShipmentState.FAILED:
        return None
    if row.state is ShipmentState.PLANNED:
        # Never sent, so it costs nothing to look at order and price afresh.
        await discard(desk, turn, row)
        return None
    row = await buy(desk, turn, row, order_is_fresh=False, max_increase=plan.max_increase)
    return await _complete(desk, turn, row, choice=None)


def _same_shipment(row: ShipmentRow, plan: ShipPlan, wanted: str) -> None:
    if row.state is ShipmentState.FAILED:
        return
    if is_submission(row):
        raise _handed_over(row)
    if row.request_hash != wanted:
        msg = (
            f"the key {row.key!r} of order {row.ref} stands for a shipment with other parcels, options or rate ({row.state}):"
            " use another key for another parcel"
        )
        raise IdempotencyConflictError(msg)
    if is_given_back(row) or row.state is ShipmentState.VOIDING:
        msg = f"the label under key {plan.key!r} of order {row.ref} was given back ({row.state}): use another key"
        raise IdempotencyConflictError(msg)


def _is_complete(row: ShipmentRow) -> bool:
    """Return whether nothing is left to do: everything bought, and the channel knows or need not."""
    return all_bought(row) and not needs_telling(row)


async def _begin(desk: Desk, turn: Turn, plan: ShipPlan, wanted: str) -> Shipped | None:
    """Plan and buy; ``None`` when another worker was faster and its plan stands."""
    ref = plan.order.ref
    if plan.is_return:  # its order was read just now, and whatever has become of that is no reason against it
        draft = await return_draft(desk, plan)
        nothing = Cover(pieces={}, told=frozenset())
        return await _Attempt(desk, turn, plan, wanted, draft, nothing, plan.order, None).buy(ask_again=False)
    await _not_with_a_warehouse(desk, plan)
    cover = await covered_elsewhere(desk, ref, plan.key)
    with suppress(CustomsUnknownError):  # what a list left out the order itself may say, which is read next
        make_draft(plan, plan.order, ship_from=desk.ship_from, covered=cover.pieces)
    before = await desk.ledger.get_order(ref)
    order = await desk.read_order(ref)
    changes = order_changes(plan.order, order)
    if changes:
        msg = f"order {ref} has changed since it was read ({', '.join(changes)}): nothing was bought; look at it again"
        raise OrderChangedError(msg, changes=changes)
    if plan.check_address:
        carrier = plan.rate.carrier if plan.rate is not None else None
        check = await demand_good_address(desk, order, carrier=carrier)
        order = with_residential(order, check)
    draft = make_draft(plan, order, ship_from=desk.ship_from, covered=cover.pieces)
    attempt = _Attempt(desk, turn, plan, wanted, draft, cover, order, before)
    if await attempt.is_withdrawn():
        raise withdrawn(ref)
    try:
        return await attempt.buy(ask_again=False)
    except RateExpiredError:
        # Between quote and purchase the price ended. Nothing was bought: ask once more, within what the caller allows.
        row = await desk.ledger.get_shipment(ref, plan.key)
        if row is not None and row.state is not ShipmentState.FAILED:
            raise
        return await attempt.buy(ask_again=True)


async def _not_with_a_warehouse(desk: Desk, plan: ShipPlan) -> None:
    """Refuse to buy for pieces that somebody else's warehouse ships."""
    if plan.replacement:
        return
    for row in await desk.ledger.list_shipments(ref=plan.order.ref):
        if row.key == plan.key or not is_submission(row) or row.state is ShipmentState.FAILED:
            continue
        taken = still_coming(row)
        left = open_quantities(plan.order)
        named = {item.order_line_id for parcel in plan.parcels for item in parcel.items if item.order_line_id}
        if any(taken[line] >= pieces for line, pieces in left.items() if line in named) or (
            left and not named and all(taken[line] >= pieces for line, pieces in left.items())
        ):
            raise _handed_over(row)


def _handed_over(row: ShipmentRow) -> IdempotencyConflictError:
    msg = (
        f"order {row.ref} was handed to {row.carrier} under key {row.key!r} ({row.state}): no label was bought; take it back"
        " by void() first"
    )
    return IdempotencyConflictError(msg)


@attrs.frozen
class _Attempt:
    desk: Desk
    turn: Turn
    plan: ShipPlan
    wanted: str
    draft: Draft
    cover: Cover
    order: Order
    before: OrderRow | None

    async def buy(self, *, ask_again: bool) -> Shipped | None:
        """Price, write down, buy, tell; ``None`` when another worker's plan stands."""
        desk, plan = self.desk, self.plan
        choice: Choice | None = None
        if plan.rate is not None:
            rate = await still_good(
                desk, plan.rate, self.draft.request, max_increase=plan.max_increase, ask_again=ask_again
            )
            picked = as_given(desk, plan.rate, rate)
        else:
            picked = await choose_rate(desk, plan, self.draft.request)
            choice, rate = picked.choice, picked.choice.rate
        new = self._write_up(rate)
        # Before the plan, under its reference: a shipment that is there has its choice; one that never comes needs none.
        record = make_record(picked, self.order, ship_date=plan.ship_date, given=choice is None)
        await keep_choice(desk, new.reference, record)
        row, claim = await desk.ledger.plan_shipment(new, owner=self.turn.owner, lease=LEASE, now=desk.now())
        if claim is None:
            await self.turn.take(patience=desk.max_wait)
            return None
        self.turn.given(claim)
        if row.reference != new.reference:
            return None
        await self._only_one_covers(row)
        row = await buy(desk, self.turn, row, order_is_fresh=True, max_increase=plan.max_increase)
        return await _complete(desk, self.turn, row, choice=choice)

    def _write_up(self, rate: Rate) -> NewShipment:
        desk, plan, order = self.desk, self.plan, self.order
        reference = new_reference()
        request = self.draft.at(rate)
        prepared = desk.label_carrier(rate.carrier).prepare_shipment(request, reference=reference)
        tells = isinstance(desk.channel(order.channel), SupportsFulfillment)
        return NewShipment(
            ref=order.ref,
            key=plan.key,
            carrier=rate.carrier,
            request_hash=self.wanted,
            reference=reference,
            lines=self.draft.lines,
            location_id=self.draft.location_id,
            notify_buyer=desk.notify_buyer if plan.notify_buyer is None else plan.notify_buyer,
            confirms=tells and bool(self.draft.lines),
            ship_by=None if plan.is_return else order.ship_by,
            request=request,
            quoted_total=str(rate.total),
            steps=prepared.steps,
        )

    async def _only_one_covers(self, row: ShipmentRow) -> None:
        """Two keys for the same pieces, planned at the same moment: each sees the other now, and at most one goes on.

        A cancellation that began before this plan was written is seen now; one that began after sees this plan and waits.
        """
        cover = await covered_elsewhere(self.desk, row.ref, row.key, told_before=self.cover.told)
        left = open_quantities(self.order)
        fits = all(cover.pieces.get(line, 0) + pieces <= left.get(line, 0) for line, pieces in row.lines.items())
        gone = await self.is_withdrawn()
        if fits and not gone:
            return
        await discard(self.desk, self.turn, row)
        if gone:
            raise withdrawn(row.ref)
        msg = (
            f"another shipment of order {row.ref} was planned for the same pieces at the same time: nothing was bought"
        )
        raise IdempotencyConflictError(msg)

    async def is_withdrawn(self) -> bool:
        """Return whether the order is being cancelled here, or has been since it was read for this attempt."""
        if self.plan.is_return:
            return False
        return await is_withdrawn(self.desk, self.order.ref, self.before)


async def _complete(desk: Desk, turn: Turn, row: ShipmentRow, *, choice: Choice | None) -> Shipped:
    """Everything is bought: follow the parcels, tell the channel, settle the order."""
    await follow_from_now(desk, row)
    if needs_telling(row):
        row = await confirm(desk, turn, row)
    elif row.lines:
        await settle(desk, row, await desk.read_order(row.ref), of_labels(row))
    return shipped(row, choice=choice)


def shipped(row: ShipmentRow, *, choice: Choice | None = None) -> Shipped:
    """Return what the caller gets to see of a shipment that is bought.

    Raises:
        LedgerError: Its record was erased.
    """
    shipment = bought_shipment(row)
    if shipment is None:
        msg = f"shipment {row.ref}/{row.key} is {row.state}, but what was bought has been erased"
        raise LedgerError(msg)
    confirm_step = last_step(row, StepKind.CONFIRM)
    told = confirm_step.result if confirm_step is not None else None
    return Shipped(
        ref=row.ref,
        key=row.key,
        shipment=shipment,
        fulfillment=told if isinstance(told, Fulfillment) else None,
        choice=choice,
        state=row.state,
    )
