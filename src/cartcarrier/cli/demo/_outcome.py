"""What became of each order, and the tables that show it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs
from rich.console import Console
from rich.table import Table

from cartcarrier.fulfillment import Shipped, Submitted
from cartcarrier.models import Money, Order, Rate, TrackingStatus


@attrs.define(kw_only=True)
class Outcome:
    """What became of one order.

    Attributes:
        order: As it was read.
        twist: What happened to it.
        shipped: What was bought, in one or more shipments.
        rates: What it could have cost.
        refused: Why nothing left.
        notes: What was done about it.
        tracking: Where the parcels stand.
        submitted: What somebody else's warehouse made of it.
    """

    order: Order
    twist: str = ""
    shipped: list[Shipped] = attrs.Factory(list)
    rates: tuple[Rate, ...] = ()
    refused: str = ""
    notes: list[str] = attrs.Factory(list)
    tracking: dict[str, TrackingStatus] = attrs.Factory(dict)
    submitted: Submitted | None = None

    @property
    def left(self) -> bool:
        """Whether something of it is on its way."""
        return bool(self.shipped or (self.submitted is not None and self.submitted.fulfillments))


def shipped_table(outcomes: Iterable[Outcome]) -> Table:
    """Return a row for each order that left: what, at which price, against which alternatives."""
    table = Table(title="Shipped", title_justify="left", expand=False)
    for column in ("channel", "order", "to", "parcels", "service", "price"):
        table.add_column(column, no_wrap=True)
    table.add_column("the others asked", no_wrap=True)
    table.add_column("now", no_wrap=True)
    table.add_column("what happened on the way")
    for outcome in outcomes:
        if outcome.submitted is not None and outcome.left:
            table.add_row(*_warehouse_row(outcome, outcome.submitted))
        if not outcome.shipped:
            continue
        first = outcome.shipped[0].shipment
        numbers = [parcel.tracking_number for done in outcome.shipped for parcel in done.shipment.parcels]
        others = sorted(
            rate.total.amount
            for rate in outcome.rates
            if (rate.carrier, rate.service.code) != (first.carrier, first.service.code)
        )
        asked = f"{others[0]:.2f} to {others[-1]:.2f}" if others else "-"
        states = ", ".join(sorted({str(outcome.tracking.get(number, "?")).replace("_", " ") for number in numbers}))
        told = "; ".join(filter(None, (outcome.twist, *outcome.notes)))
        table.add_row(
            outcome.order.channel.partition(":")[0],
            outcome.order.number,
            _where(outcome.order),
            str(len(numbers)),
            f"{first.carrier.partition(':')[0]}: {first.service.name}",
            str(first.total),
            asked,
            states,
            told,
        )
    return table


def _warehouse_row(outcome: Outcome, submitted: Submitted) -> tuple[str, ...]:
    parcels = [parcel for told in submitted.fulfillments for parcel in told.parcels]
    return (
        outcome.order.channel.partition(":")[0],
        outcome.order.number,
        _where(outcome.order),
        str(len(parcels)),
        f"{submitted.provider.partition(':')[0]}: {', '.join(sorted({parcel.carrier for parcel in parcels}))}",
        "-",
        "-",
        str(submitted.order.status).replace("_", " "),
        f"{outcome.twist}; its channel was told {', '.join(parcel.tracking_number or '?' for parcel in parcels)}",
    )


def _where(order: Order) -> str:
    return f"{order.ship_to.region or ''} {order.ship_to.country_code}".strip() if order.ship_to else "?"


def refused_table(outcomes: Iterable[Outcome]) -> Table:
    """Return a row for each order that did not leave, and why."""
    table = Table(title="Not shipped", title_justify="left", expand=False)
    table.add_column("channel", no_wrap=True)
    table.add_column("order", no_wrap=True)
    table.add_column("what happened")
    table.add_column("why nothing left, and what was done")
    for outcome in outcomes:
        if not outcome.left:
            table.add_row(
                outcome.order.channel.partition(":")[0],
                outcome.order.number,
                outcome.twist,
                "; ".join(filter(None, (outcome.refused, *outcome.notes))),
            )
    return table


def totals(outcomes: Iterable[Outcome]) -> tuple[Money | None, Money | None]:
    """Return what was paid, and what the dearest alternative of each order would have cost; one currency."""
    paid: Money | None = None
    dearest: Money | None = None
    for outcome in outcomes:
        for done in outcome.shipped:
            total = done.shipment.total
            if total is None or not outcome.rates:
                continue
            paid = total if paid is None else paid + total
            most = max(rate.total for rate in outcome.rates)
            dearest = most if dearest is None else dearest + most
    return paid, dearest


def save_papers(outcomes: Iterable[Outcome], folder: Path) -> int:
    """Write labels and forms into a folder, named by order and number; return how many files."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for outcome in outcomes:
        stem = f"{outcome.order.channel.partition(':')[0]}-{outcome.order.number.lstrip('#')}"
        for done in outcome.shipped:
            for parcel in done.shipment.parcels:
                if parcel.label is not None:
                    parcel.label.save(folder / f"{stem}-{parcel.tracking_number}.{parcel.label.format}")
                    count += 1
            for index, document in enumerate(done.shipment.documents, 1):
                (folder / f"{stem}-{document.kind}-{index}.{document.format}").write_bytes(document.data)
                count += 1
    return count


def say_what_is_simulated(console: Console, simulated: Mapping[str, Mapping[str, object]]) -> None:
    """Say plainly that no platform was reached."""
    if not simulated:
        console.print("Real accounts, from the environment.")
        return
    console.print(
        "[bold]These platforms are simulated[/bold]; the drivers are the real ones. No account, no internet, no money."
    )
    for name, facts in simulated.items():
        console.print(
            f"  {name}: " + "; ".join(f"{key.replace('_', ' ')}: {_words(value)}" for key, value in facts.items())
        )


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key.replace('_', ' ')} {_words(part)}" for key, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
