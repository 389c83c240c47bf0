"""The streets that the simulated address validation knows; all of them invented, in towns that exist."""

from typing import Final

import attrs


@attrs.frozen(kw_only=True)
class Street:
    """A street, or a part of it, and the house numbers on it.

    Attributes:
        name: As the post writes it, abbreviated and in capitals.
        first: The lowest house number.
        last: The highest.
        city: In capitals.
        state: Two letters.
        postal_code: Five digits.
        extension: The four digits that follow.
        classification: 0 unknown, 1 commercial, 2 residential.
        needs_unit: Whether an address there is incomplete without an apartment or a suite.
    """

    name: str
    first: int
    last: int
    city: str
    state: str
    postal_code: str
    extension: str
    classification: str = "2"
    needs_unit: bool = False


STREETS: Final = (
    Street(name="DOCK RD", first=1, last=99, city="ALPHARETTA", state="GA", postal_code="30005", extension="3211", classification="1"),
    Street(name="ELM ST", first=1, last=199, city="AURORA", state="CO", postal_code="80012", extension="1109"),
    Street(name="HARBOR BLVD", first=100, last=899, city="PORTLAND", state="OR", postal_code="97209", extension="4410", classification="1"),
    Street(name="MAPLE AVE", first=1, last=999, city="BROOKLYN", state="NY", postal_code="11201", extension="2204", needs_unit=True),
    Street(name="N LAKE ST", first=100, last=499, city="CHICAGO", state="IL", postal_code="60614", extension="7710"),
    Street(name="S LAKE ST", first=100, last=499, city="CHICAGO", state="IL", postal_code="60616", extension="8820"),
    Street(name="OAK LN", first=10, last=90, city="AUSTIN", state="TX", postal_code="78701", extension="5501"),
    Street(name="OAK LN", first=10, last=90, city="AUSTIN", state="TX", postal_code="78704", extension="6602"),
    Street(name="SUNSET DR", first=1, last=500, city="MIAMI", state="FL", postal_code="33143", extension="0907"),
    Street(name="FOUNDRY WAY", first=1, last=50, city="SEATTLE", state="WA", postal_code="98101", extension="3344", classification="1"),
    Street(name="NEW FIELD RD", first=1, last=20, city="BOISE", state="ID", postal_code="83702", extension="1200", classification="0"),
    Street(name="CALLE SOL", first=1, last=300, city="SAN JUAN", state="PR", postal_code="00901", extension="4455"),
)  # fmt: skip

_ABBREVIATIONS: Final = {
    "STREET": "ST", "ROAD": "RD", "AVENUE": "AVE", "BOULEVARD": "BLVD", "DRIVE": "DR", "LANE": "LN", "NORTH": "N",
    "SOUTH": "S", "EAST": "E", "WEST": "W", "APARTMENT": "APT", "SUITE": "STE", "UNIT": "UNIT",
}  # fmt: skip
_UNITS: Final = frozenset({"APT", "STE", "UNIT", "#"})


def city_of(postal_code: str) -> str | None:
    """Return the city of a ZIP code that the gazetteer knows, in capitals."""
    return next((street.city for street in STREETS if street.postal_code == postal_code[:5]), None)


def split_line(lines: tuple[str, ...]) -> tuple[int | None, str, str]:
    """Take address lines apart: house number, street as the post writes it, unit."""
    words = [
        _ABBREVIATIONS.get(word, word) for word in " ".join(lines).upper().replace(".", "").replace(",", " ").split()
    ]
    number = int(words.pop(0)) if words and words[0].isdigit() else None
    unit_at = next((index for index, word in enumerate(words) if word in _UNITS or word.startswith("#")), len(words))
    return number, " ".join(words[:unit_at]), " ".join(words[unit_at:])
