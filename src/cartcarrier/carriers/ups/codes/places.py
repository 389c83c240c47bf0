"""Countries as UPS groups them."""

from typing import Final

# The US post writes these as states, UPS as countries (field guide ups.md §4.2, §4.6).
TERRITORIES: Final = frozenset({"AS", "GU", "MP", "PR", "VI"})
# Origins that weigh in pounds and measure in inches; everybody else in kilograms and centimetres. Mixed with a metric country
# they are refused: 120546, 120547 (field guide ups.md §11, pitfall 24).
POUND_ORIGINS: Final = frozenset({"US"}) | TERRITORIES
