"""The demonstration itself, written as an application would be: with the public API only."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import attrs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cartcarrier.carriers.ups import UPSOptions
from cartcarrier.channels import SupportsOrders
from cartcarrier.cli.demo._outcome import (
    Outcome,
    refused_table,
    save_papers,
    say_what_is_simulated,
    shipped_table,
    totals,
)
from cartcarrier.cli.demo._stage import PROVIDER, WAREHOUSE, Stage, real_stage, simulated_stage
from cartcarrier.cli.demo._story import Twist, pack, place_story
from cartcarrier.errors import CartCarrierError, OrderChangedError, RateLimitError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import Quote, ShipFailure, ShipPlan, cheapest
from cartcarrier.models import (
    FulfilledBy,
    LabelFormat,
    Order,
    OrderRef,
    OrderStatus,
    Rate,
    ShipmentOptions,
    Tracking,
    TrackingStatus,
    VoidStatus,
)

# Names in other letters than Latin ones are written in Latin ones where that is possible, and refused where it is not.
OPTIONS = ShipmentOptions(
    label_formats=(LabelFormat.PDF, LabelFormat.GIF, LabelFormat.PNG), carrier_options=(UPSOptions(transliterate=True),)
)
MOST_ROUNDS = 6
AN_HOUR = timedelta(hours=1)
ENDS = frozenset({TrackingStatus.DELIVERED, TrackingStatus.RETURNED})


async def run_demo(count: int, out: Path, real: bool, spend_money: bool, quiet: bool) -> None:  # noqa: FBT001 - from the command line
    """Ship ``count`` ordinary orders and those of the story; print what became of them, and leave the papers in ``out``.

    Args:
        count: Ordinary orders to place; on real accounts the orders that are there count.
        out: The folder for labels, forms and the ledger.
        real: On the accounts in the environment, not on simulators.
        spend_money: With ``real``: a carrier account outside its test environment is allowed.
        quiet: No progress bar.
    """
    console = Console(width=None if Console().is_terminal else 220)
    _make_room(out, anew=not real)
    stage_of = real_stage(spend_money=spend_money) if real else simulated_stage()
    async with stage_of as stage:
        say_what_is_simulated(console, {name: simulator.describe() for name, simulator in stage.simulators.items()})
        twists, placed = place_story(stage, count)
        async with Fulfiller(
            channels=tuple(stage.channels.values()),
            carriers=tuple(stage.carriers.values()),
            providers=tuple(stage.providers.values()),
            ledger=f"sqlite:///{out / 'ledger.db'}",
            ship_from=WAREHOUSE,
            clock=stage.clock,
        ) as fulfiller:
            run = _Run(stage, fulfiller, twists)
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            with Progress(*columns, console=console, disable=quiet) as progress:
                await run.read(progress)
                await run.ship(progress)
                await run.follow(progress)
            await run.explain_the_rest(placed)
        _show(console, run, out)


def _make_room(out: Path, *, anew: bool) -> None:
    """Make the folder; a simulated world starts anew each time, so its old ledger and papers go."""
    out.mkdir(parents=True, exist_ok=True)
    if anew:
        for old in (*out.glob("ledger.db*"), *out.glob("labels/*")):
            old.unlink()


class _Run:
    """One run: what was read, shipped and followed."""

    def __init__(self, stage: Stage, fulfiller: Fulfiller, twists: Mapping[OrderRef, Twist]) -> None:
        self._stage = stage
        self._fulfiller = fulfiller
        self._twists = twists
        self.outcomes: dict[OrderRef, Outcome] = {}
        self.arrived = 0

    async def read(self, progress: Progress) -> None:
        """Read what is open, of all channels at once."""
        bar = progress.add_task("read orders", total=None)
        async for order in self._fulfiller.orders():
            twist = self._twists.get(order.ref)
            self.outcomes[order.ref] = Outcome(order=order, twist=twist.what if twist else "")
            progress.advance(bar)
        progress.update(bar, total=len(self.outcomes))

    async def ship(self, progress: Progress) -> None:
        """Ship the orders of the story one by one, so that each thing happens to its order; then the others at once."""
        bar = progress.add_task("buy, label, confirm", total=len(self.outcomes))
        plans: list[ShipPlan] = []
        for outcome in list(self.outcomes.values()):
            twist = self._twists.get(outcome.order.ref)
            if twist is not None and twist.from_warehouse:
                await self._submit(outcome)
                progress.advance(bar)
                continue
            made = await self._plan(outcome, twist)
            if twist is None and len(made) == 1:
                plans += made
                continue
            for number, plan in enumerate(made):
                # what left under the first key has changed the order: read it again before the second
                fresh = plan if number == 0 else attrs.evolve(plan, order=await self._read_again(plan.order))
                await self._ship_with_twist(outcome, fresh, twist or Twist(what=""))
            progress.advance(bar)
        for _ in range(MOST_ROUNDS):
            wait = timedelta()
            later: list[ShipPlan] = []
            async for result in self._fulfiller.ship_many(plans):
                if not isinstance(result, ShipFailure):
                    self.outcomes[result.ref].shipped.append(result)
                elif isinstance(result.error, RateLimitError):
                    later.append(result.plan)
                    wait = max(wait, result.error.retry_after or AN_HOUR, AN_HOUR)
                else:
                    self.outcomes[result.plan.order.ref].refused = _why(result.error)
                progress.advance(bar, advance=0 if later and isinstance(result, ShipFailure) else 1)
            if not later or not self._stage.simulators:
                break
            plans = await self._plan_again(later, wait)

    async def _plan_again(self, plans: Sequence[ShipPlan], wait: timedelta) -> list[ShipPlan]:
        """Wait until a carrier takes calls again, and ask for prices anew."""
        await self._stage.clock.sleep(wait.total_seconds())
        made: list[ShipPlan] = []
        for plan in plans:
            outcome = self.outcomes[plan.order.ref]
            outcome.notes.append(f"waited {wait.total_seconds() / 60:.0f} min for the quota of {_seller(plan)}")
            outcome.rates = ()
            made += await self._plan(outcome, None, key=plan.key)
        return made

    async def _submit(self, outcome: Outcome) -> None:
        """Let Amazon's warehouse ship an order of another channel."""
        try:
            await self._fulfiller.submit(outcome.order, provider=f"{PROVIDER}:default")
        except CartCarrierError as error:
            outcome.refused = _why(error)
        else:
            outcome.refused = "handed to Amazon's warehouse"

    async def _plan(self, outcome: Outcome, twist: Twist | None, *, key: str = "1") -> list[ShipPlan]:
        """Pack, ask all carriers for prices, choose: a plan for each place that ships; none when that fails."""
        order = await self._with_customs(outcome.order)
        places = pack(order, twist)
        if not places:
            outcome.refused = "nothing in it is sent in a parcel"
        plans: list[ShipPlan] = []
        for number, (place, parcels) in enumerate(places.items(), int(key)):
            try:
                quote: Quote = await self._fulfiller.quote(order, parcels=parcels, options=OPTIONS, location_id=place)
                rates = _of_carrier(quote.rates, twist.carrier if twist else None)
                if not rates:
                    outcome.refused = "; ".join(dict.fromkeys(_why(error) for error in quote.failures.values()))
                    return []
                choice = cheapest()(order, rates)
            except CartCarrierError as error:
                outcome.refused = _why(error)
                return []
            outcome.rates = (*outcome.rates, *quote.rates)
            plans.append(
                ShipPlan(
                    order=order, parcels=parcels, key=str(number), rate=choice.rate, options=OPTIONS, location_id=place
                )
            )
        if len(plans) > 1:
            outcome.notes.append(f"leaves from {len(plans)} places, a shipment from each")
        return plans

    async def _with_customs(self, order: Order) -> Order:
        """A list of orders leaves out what only customs asks for: read the order itself when it goes abroad."""
        abroad = order.ship_to is not None and order.ship_to.country_code != WAREHOUSE.country_code
        return await self._read_again(order) if abroad else order

    async def _read_again(self, order: Order) -> Order:
        channel = self._stage.channels[order.channel]
        return await channel.get_order(order.id) if isinstance(channel, SupportsOrders) else order

    async def _ship_with_twist(self, outcome: Outcome, plan: ShipPlan, twist: Twist) -> None:
        ref = outcome.order.ref
        carrier = plan.rate.carrier if plan.rate is not None else ""
        if self._stage.simulators:
            world = self._stage.world(ref.channel)
            if twist.before_buying is not None:
                twist.before_buying(world, ref.order_id)
            if twist.after_label is not None:
                happen = twist.after_label
                meddler = self._stage.meddlers[carrier.partition(":")[0]]
                meddler.after_next_label = lambda: happen(world, ref.order_id)
        if twist.lost_answer:
            self._stage.lose_next_answer(carrier)
            outcome.notes.append(_FOUND_AGAIN[carrier.partition(":")[0]])
        try:
            outcome.shipped.append(
                await self._fulfiller.ship(
                    plan.order,
                    parcels=plan.parcels,
                    key=plan.key,
                    rate=plan.rate,
                    options=plan.options,
                    location_id=plan.location_id,
                )
            )
        except OrderChangedError as change:
            await self._answer_change(outcome, plan, change, twist)
        except CartCarrierError as error:
            outcome.refused = _why(error)

    async def _answer_change(self, outcome: Outcome, plan: ShipPlan, change: OrderChangedError, twist: Twist) -> None:
        """What a careful merchant does: give the label back, look again, ship what is now to be shipped."""
        outcome.notes.append(f"stopped: {', '.join(change.changes)}")
        key = plan.key
        if change.label_bought:
            result = await self._fulfiller.void(plan.order.ref, key=plan.key)
            outcome.notes.append(
                "label given back" if result.status is not VoidStatus.REFUSED else f"void refused: {result.message}"
            )
            key = "2"
        now = await self._read_again(plan.order)
        if now.status not in {OrderStatus.UNFULFILLED, OrderStatus.PARTIALLY_FULFILLED}:
            outcome.refused = f"now {now.status.replace('_', ' ')}" + (
                f" ({', '.join(now.holds)})" if now.holds else ""
            )
            return
        outcome.order = now
        outcome.rates = ()
        for again in await self._plan(outcome, twist, key=key):
            try:
                outcome.shipped.append(
                    await self._fulfiller.ship(
                        again.order,
                        parcels=again.parcels,
                        key=again.key,
                        rate=again.rate,
                        options=again.options,
                        location_id=again.location_id,
                    )
                )
            except CartCarrierError as error:
                outcome.refused = _why(error)
                return
            outcome.notes.append("read again and shipped")

    async def follow(self, progress: Progress) -> None:
        """Follow all parcels until they have arrived; on simulators days pass in no time."""
        owners = {
            parcel.tracking_number: (outcome, done.shipment.carrier)
            for outcome in self.outcomes.values()
            for done in outcome.shipped
            for parcel in done.shipment.parcels
        }
        bar = progress.add_task("follow the parcels", total=len(owners))
        if not self._stage.simulators:
            for outcome in self.outcomes.values():
                if outcome.shipped:
                    for found in await self._fulfiller.track(outcome.order.ref):
                        if isinstance(found, Tracking):
                            outcome.tracking[found.tracking_number] = found.status
            return
        await self._follow_warehouse()
        self._stage.let_some_go_astray([(carrier, number) for number, (_, carrier) in owners.items()])
        arrived: set[str] = set()
        async for tracking in self._fulfiller.follow():
            owner = owners.get(tracking.tracking_number)
            if owner is None:
                continue  # bought, and given back
            owner[0].tracking[tracking.tracking_number] = tracking.status
            if tracking.status in ENDS and tracking.tracking_number not in arrived:
                arrived.add(tracking.tracking_number)
                progress.advance(bar)
        self.arrived = len(arrived)

    async def _follow_warehouse(self) -> None:
        """Wait until the warehouse has sent what it was handed, and its orders' channels know the numbers."""
        async for submitted in self._fulfiller.follow_submissions():
            outcome = self.outcomes[submitted.ref]
            outcome.refused = ""
            outcome.submitted = submitted

    async def explain_the_rest(self, placed: Sequence[OrderRef]) -> None:
        """Say why the orders that were never offered for shipping were not."""
        for ref in placed:
            channel = self._stage.channels[ref.channel]
            if ref in self.outcomes or not isinstance(channel, SupportsOrders):
                continue
            order: Order = await channel.get_order(ref.order_id)
            twist = self._twists.get(ref)
            self.outcomes[ref] = Outcome(
                order=order, twist=twist.what if twist else "", refused=_why_not_offered(order)
            )


_FOUND_AGAIN = {
    "ups": "looked up at UPS by our reference and adopted: one label",
    "usps": "sent again under its key, and USPS gave its first answer again: one label",
    "fedex": "found at FedEx by our reference, cancelled since its label is gone, bought anew: one label that is paid",
}


def _seller(plan: ShipPlan) -> str:
    return plan.rate.carrier.partition(":")[0] if plan.rate is not None else "a carrier"


def _of_carrier(rates: Sequence[Rate], carrier: str | None) -> list[Rate]:
    return [rate for rate in rates if carrier is None or rate.carrier.partition(":")[0] == carrier]


def _why_not_offered(order: Order) -> str:
    if order.fulfilled_by is FulfilledBy.CHANNEL:
        return "its channel ships it"
    if order.cancel_requested:
        return "somebody asks to cancel it: to be answered first"
    if order.status is OrderStatus.UNFULFILLED:
        return "its channel does not list it: a test order, or one of a marketplace that is not read"
    return order.status.replace("_", " ") + (f" ({', '.join(order.holds)})" if order.holds else "")


def _why(error: CartCarrierError) -> str:
    return f"{type(error).__name__}: {error}"


def _show(console: Console, run: _Run, out: Path) -> None:
    outcomes = sorted(
        run.outcomes.values(), key=lambda one: (one.order.channel, len(one.order.number), one.order.number)
    )
    console.print(shipped_table(outcomes))
    console.print(refused_table(outcomes))
    papers = save_papers(outcomes, out / "labels")
    paid, dearest = totals(outcomes)
    shipped = sum(outcome.left for outcome in outcomes)
    console.print(
        f"{len(outcomes)} orders: {shipped} shipped, {len(outcomes) - shipped} not; "
        f"paid {paid}, where the dearest services would have cost {dearest}; {run.arrived} parcels arrived or came back."
    )
    console.print(f"{papers} labels and forms lie in {out / 'labels'}; the ledger is {out / 'ledger.db'}.")
