"""The run over three channels, short; the long one is ``make many``."""

from pathlib import Path
from typing import Any

from tests.routes.many_orders import compare, held_open, run


async def test_three_channels_are_read_whole_while_they_change(tmp_path: Path) -> None:
    """Orders are placed, edited, held and cancelled while they are read: at the end both sides hold the same sets."""
    result = await run(180, seed=5, folder=tmp_path)
    assert result.wrong == ()


class _Platforms:
    """Platforms that hold one order each, and sold one label that no channel knows of."""

    def ask(self, simulator: str, command: str) -> Any:
        """Answer as the simulators do."""
        if command == "labels":
            return [{"tracking_number": "1Z1", "voided": False}]
        lines = [{"remaining": 1}]
        order = {"id": f"{simulator}-1", "cancelled": False, "held": False, "lines": lines, "fulfillments": []}
        return [{**order, "payment_status": "PAID", "cancel_state": "NONE_REQUESTED"}]


class _Knows:
    """An application, and the buyers it should know of."""

    def __init__(self, changed: dict[str, dict[str, bool]]) -> None:
        self.changed = changed
        self.placed = {channel: [f"{channel}-1"] for channel in ("shopify", "ebay", "amazon")}


def test_the_comparison_finds_what_is_lost() -> None:
    """A comparison that cannot fail proves nothing: one order forgotten, one stale, one not listed, one label untold."""
    knows: Any = _Knows({"shopify": {}, "ebay": {"ebay-1": True}, "amazon": {"amazon-1": False}})
    platforms: Any = _Platforms()
    wrong = compare(platforms, knows, knows, {("ebay", "ebay-1"), ("shopify", "shopify-1"), ("shopify", "shopify-2")})
    assert wrong == [
        "shopify: changes() never named 1 of 1 orders",
        "shopify: orders() missed 0 and has 1 too many",
        "ebay: of 1 orders changes() did not say last what holds now",
        "amazon: orders() missed 1 and has 0 too many",
        "1 labels are live, the channels were told of 0",
    ]


def test_what_waits_is_not_open() -> None:
    """The set that is expected comes from the platforms' own words."""
    order = {"lines": [{"remaining": 1}], "cancelled": False, "held": True}
    assert not held_open("shopify", order)
    assert held_open("shopify", {**order, "held": False})
    assert not held_open("amazon", {**order, "held": False, "lines": [{"remaining": 0}]})
