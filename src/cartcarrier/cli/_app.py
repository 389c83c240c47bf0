"""The commands, by cyclopts."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import anyio
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from cartcarrier.registry import available_drivers

app = App(
    name="cartcarrier",
    help="Ship the orders of your shops with your carriers, and never buy a label twice.",
    version=f"cartcarrier {version('cartcarrier')}",
)


@app.command
def drivers(*, abilities: bool = False) -> None:
    """List the drivers that are installed.

    Args:
        abilities: Say what each can do, as tables in Markdown, in place of the list.
    """
    if abilities:
        from cartcarrier.cli._support import support_tables  # noqa: PLC0415 - loads every driver

        sys.stdout.write(support_tables())
        return
    table = Table("kind", "name", "class")
    for kind in ("channels", "carriers", "providers"):
        for name, target in available_drivers(f"cartcarrier.{kind}").items():
            table.add_row(kind, name, target)
    Console().print(table)


@app.command
def sandbox(
    *,
    port: int = 8700,
    host: str = "127.0.0.1",
    state: Path | None = None,
    limits: bool = True,
    simulators: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
) -> None:
    """Serve the simulators over HTTP until stopped.

    Args:
        port: Where to listen; 0 lets the system choose.
        host: On which address.
        state: A folder that keeps the state over restarts; in memory without it.
        limits: Enforce the platforms' real rate limits.
        simulators: Which ones; all without it.
    """
    from cartcarrier.sandbox import serve  # noqa: PLC0415 - brings the extra `sandbox`

    async def run() -> None:
        await serve(port=port, host=host, state=state, limits=limits, simulators=simulators)

    anyio.run(run, backend="asyncio")


@app.command
def demo(
    *,
    orders: int = 44,
    out: Path = Path("demo-output"),
    real: bool = False,
    spend_money: bool = False,
    quiet: bool = False,
) -> None:
    """Ship awkward orders the whole way, on simulators, and show what became of each.

    Args:
        orders: How many ordinary orders, beside the eleven that something happens to.
        out: The folder for labels, customs forms and the ledger.
        real: Use the accounts in the environment (CARTCARRIER_SHOPIFY__SHOP, CARTCARRIER_UPS__CLIENT_ID and so on) in place
            of the simulators; nothing is then done to the orders on purpose.
        spend_money: With --real: allow a carrier account that is not in its test environment.
        quiet: No progress bar.
    """
    from cartcarrier.cli.demo import run_demo  # noqa: PLC0415 - brings the simulators

    anyio.run(run_demo, orders, out, real, spend_money, quiet, backend="asyncio")
