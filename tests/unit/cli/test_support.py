"""The table of abilities, and the page that shows it."""

from pathlib import Path

from cartcarrier import carriers
from cartcarrier.cli._support import BEGIN, END, abilities, support_tables

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "support.md"


def test_the_page_shows_what_the_drivers_can_do() -> None:
    """A table that is written by hand is wrong within a month. Paste what ``cartcarrier drivers --abilities`` prints."""
    text = PAGE.read_text(encoding="utf-8")
    shown = text.partition(BEGIN)[2].partition(END)[0].strip()
    assert shown == support_tables().strip()


def test_every_ability_of_a_carrier_has_a_row() -> None:
    """One that is forgotten would look as if nobody had it."""
    table = support_tables()
    for name in dir(carriers):
        if name.startswith("Supports"):
            assert f"| `{name}` |" in table


def test_what_a_driver_is_not_is_left_empty() -> None:
    """UPS voids labels; it makes no manifest."""
    rows = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]]
        for line in support_tables().splitlines()
        if line
    }
    head = rows["Ability of carriers"]
    ups = head.index("`ups`")
    assert rows["`SupportsVoid`"][ups] == "yes"
    assert rows["`SupportsManifest`"][ups] == ""


def test_abilities_are_read_from_the_rooms() -> None:
    """A new ability shows up by itself."""
    assert "SupportsReprint" in abilities(carriers)
