"""Countries that belong together for customs."""

from typing import Final

EUROPEAN_UNION: Final[frozenset[str]] = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - it reads best so
)
"""The customs union within which goods need no declaration: 27 members, ISO 3166-1 alpha-2."""
