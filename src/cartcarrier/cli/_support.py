"""What each installed driver can do, read from the abilities that its class is built of."""

import inspect
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cartcarrier import carriers, channels
from cartcarrier.carriers import Carrier, SupportsLabels, SupportsVoid
from cartcarrier.channels import Channel
from cartcarrier.drivers import Driver
from cartcarrier.providers import FulfillmentProvider
from cartcarrier.registry import available_drivers, load_driver

BEGIN: Final = "<!-- generated: python -m cartcarrier drivers --abilities -->"
END: Final = "<!-- end of what is generated -->"
_BASES: Final[tuple[tuple[str, type[Driver]], ...]] = (
    ("channels", Channel),
    ("carriers", Carrier),
    ("providers", FulfillmentProvider),
)


def abilities(*rooms: object) -> dict[str, type[object]]:
    """Return the abilities that rooms define, by name, in the order in which they are read."""
    members = (member for room in rooms for member in inspect.getmembers(room, inspect.isclass))
    return dict(sorted((name, kind) for name, kind in members if name.startswith("Supports")))


def support_tables() -> str:
    """Return the tables of abilities in Markdown: a column for each driver, a row for each ability."""
    parts: list[str] = []
    for kind, base in _BASES:
        drivers = {
            name: load_driver(f"cartcarrier.{kind}", name, base) for name in available_drivers(f"cartcarrier.{kind}")
        }
        rows = {
            "channels": abilities(channels),
            "carriers": abilities(carriers),
            "providers": dict[str, type[object]](),
        }[kind]
        if rows:
            body = [
                [f"`{name}`", *("yes" if issubclass(driver, ability) else "" for driver in drivers.values())]
                for name, ability in rows.items()
            ]
            parts.append(_table([f"Ability of {kind}", *(f"`{name}`" for name in drivers)], body))
        if kind == "carriers":
            parts.append(
                _table(["What is promised", *(f"`{name}`" for name in drivers)], _promises(tuple(drivers.values())))
            )
    return "\n\n".join(parts) + "\n"


def _promises(drivers: Sequence[type[Driver]]) -> list[list[str]]:
    rows: list[list[str]] = []
    sellers = [driver if issubclass(driver, SupportsLabels) else None for driver in drivers]
    takers = [driver if issubclass(driver, SupportsVoid) else None for driver in drivers]
    rows.append(["a lost purchase is found by", *(f"`{one.purchase_safety}`" if one else "" for one in sellers)])
    rows.append(["its key protects for", *(_span(one.key_lifetime) if one else "" for one in sellers)])
    rows.append(
        ["a look-up that finds nothing is believed after", *(_span(one.settle_time) if one else "" for one in sellers)]
    )
    rows.append(
        ["labels as", *(", ".join(form.upper() for form in one.label_formats) if one else "" for one in sellers)]
    )
    rows.append(["labels can be given back for", *(_span(one.void_window) if one else "" for one in takers)])
    return rows


def _span(span: timedelta | None) -> str:
    if span is None:
        return "not said"
    if span.days:
        return f"{span.days} days" if span.days > 1 else "1 day"
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} hours" if minutes % 60 == 0 and minutes > 60 else f"{minutes} minutes"


def _table(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
