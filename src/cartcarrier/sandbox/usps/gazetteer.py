"""The streets that the simulated address look-up knows; all of them invented, in towns that exist."""

from typing import Final

import attrs


@attrs.frozen(kw_only=True)
class Street:
    """A street, or a part of it, and the house numbers on it.

    Attributes:
        name: As USPS writes it, abbreviated and in capitals.
        first: The lowest house number.
        last: The highest.
        city: In capitals.
        state: Two letters.
        zip_code: Five digits.
        plus_four: The four digits that follow.
        business: Whether firms are there.
        needs_unit: Whether an address there is incomplete without an apartment or a suite.
        units: The units that exist; none means that any will do.
        route: The carrier's route; ``R777`` is one without street delivery.
        vacant: Whether nobody is there.
        agent: Whether a commercial agency receives the mail.
        urbanization: For Puerto Rico.
    """

    name: str
    first: int
    last: int
    city: str
    state: str
    zip_code: str
    plus_four: str
    business: bool = False
    needs_unit: bool = False
    units: tuple[str, ...] = ()
    route: str = "C012"
    vacant: bool = False
    agent: bool = False
    urbanization: str = ""


def _street(name: str, numbers: tuple[int, int], place: str, zip_code: str, plus_four: str, **more: object) -> Street:
    city, state = place.rsplit(" ", 1)
    return Street(
        name=name,
        first=numbers[0],
        last=numbers[1],
        city=city,
        state=state,
        zip_code=zip_code,
        plus_four=plus_four,
        **more,  # type: ignore[arg-type]  # keywords of Street
    )


STREETS: Final = (
    _street("DOCK RD", (1, 99), "ALPHARETTA GA", "30005", "3211", business=True),
    _street("DOCK RD", (1, 99), "NEW YORK NY", "10018", "4301", business=True),
    _street("ELM ST", (1, 199), "AURORA CO", "80012", "1109"),
    _street("HARBOR BLVD", (100, 899), "PORTLAND OR", "97209", "4410", business=True),
    _street("MAPLE AVE", (1, 999), "BROOKLYN NY", "11201", "2204", needs_unit=True),
    _street("PINE CT", (1, 40), "BROOKLYN NY", "11201", "2299", needs_unit=True, units=("APT 1", "APT 2", "APT 3")),
    _street("N LAKE ST", (100, 499), "CHICAGO IL", "60614", "7710"),
    _street("S LAKE ST", (100, 499), "CHICAGO IL", "60616", "8820"),
    _street("OAK LN", (10, 90), "AUSTIN TX", "78701", "5501"),
    _street("OAK LN", (10, 90), "AUSTIN TX", "78704", "6602"),
    _street("SUNSET DR", (1, 500), "MIAMI FL", "33143", "0907"),
    _street("FOUNDRY WAY", (1, 50), "SEATTLE WA", "98101", "3344", business=True),
    _street("NEW FIELD RD", (1, 20), "BOISE ID", "83702", "1200", vacant=True),
    _street("GHOST RD", (1, 50), "BOISE ID", "83702", "1777", route="R777"),
    _street("MAILBOX PLZ", (1, 300), "SACRAMENTO CA", "95823", "2001", business=True, agent=True),
    _street("BROOKFIELD DR", (4000, 4999), "SACRAMENTO CA", "95823", "1804"),
    _street("CALLE SOL", (1, 300), "SAN JUAN PR", "00901", "4455", urbanization="URB LAS FLORES"),
)

_WORDS: Final = {
    "STREET": "ST", "ROAD": "RD", "AVENUE": "AVE", "BOULEVARD": "BLVD", "DRIVE": "DR", "LANE": "LN", "NORTH": "N",
    "SOUTH": "S", "EAST": "E", "WEST": "W", "APARTMENT": "APT", "SUITE": "STE", "COURT": "CT", "PLAZA": "PLZ",
}  # fmt: skip
_UNITS: Final = frozenset({"APT", "STE", "UNIT", "FL", "RM", "#"})
_DIRECTIONS: Final = frozenset({"N", "S", "E", "W", "NE", "NW", "SE", "SW"})


def abbreviate(line: str) -> str:
    """Write a line as USPS does: in capitals, without dots and commas, with the usual abbreviations."""
    words = line.upper().replace(".", "").replace(",", " ").split()
    return " ".join(_WORDS.get(word, word) for word in words)


def split_line(street: str, secondary: str) -> tuple[int | None, str, str]:
    """Take address lines apart: house number, street as USPS writes it, unit. A direction belongs to the street."""
    words, extra = abbreviate(street).split(), abbreviate(secondary)
    if extra in _DIRECTIONS:
        words.append(extra)
        extra = ""
    number = int(words.pop(0)) if words and words[0].isdigit() else None
    unit_at = next((at for at, word in enumerate(words) if word in _UNITS or word.startswith("#")), len(words))
    unit = extra or " ".join(words[unit_at:])
    return number, " ".join(words[:unit_at]), unit


def city_of(zip_code: str) -> tuple[str, str] | None:
    """Return city and state of a ZIP code that the gazetteer knows."""
    return next(((street.city, street.state) for street in STREETS if street.zip_code == zip_code[:5]), None)


def zip_of(city: str, state: str) -> str | None:
    """Return a ZIP code of a city that the gazetteer knows."""
    wanted = (city.upper().strip(), state)
    return next((street.zip_code for street in STREETS if (street.city, street.state) == wanted), None)


def find(street: str, secondary: str, *, city: str, state: str, zip_code: str) -> tuple[list[Street], int | None, str]:
    """Return the streets that fit lines and place, the house number and the unit."""
    number, name, unit = split_line(street, secondary)
    there = [
        one for one in STREETS if one.state == state and (one.zip_code == zip_code or one.city == city.upper().strip())
    ]
    fitting = [one for one in there if one.name == name and number is not None and one.first <= number <= one.last]
    return [one for one in fitting if one.zip_code == zip_code] or fitting, number, unit
