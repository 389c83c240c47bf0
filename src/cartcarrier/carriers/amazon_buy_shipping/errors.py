"""What Shipping v2's refusals mean beyond their status (field guide amazon.md §4.2)."""

from typing import Final

from cartcarrier.carriers.amazon_buy_shipping import codes
from cartcarrier.errors import OperationError, ProviderError, RateExpiredError

_NOT_ENROLLED: Final = (
    "for orders from outside Amazon the seller must be enrolled in Amazon Shipping; without that such calls are refused,"
    " though they work in Amazon's sandbox"
)
_BY_LETTERS: Final = "".join(letter for letter in codes.TOKEN_EXPIRED.lower() if letter.isalnum())


def is_expired(error: OperationError) -> bool:
    """Return whether a refusal says that the rate's ten minutes are over."""
    code = error.code if isinstance(error, ProviderError) else None
    return code is not None and "".join(letter for letter in code.lower() if letter.isalnum()) == _BY_LETTERS


def expired() -> RateExpiredError:
    """Return the error for a rate that is over."""
    return RateExpiredError(
        "amazon no longer sells at this rate (TOKEN_EXPIRED): a rate is good for ten minutes; quote again"
    )


def hint_at_enrolment(error: ProviderError) -> None:
    """Say what is the likeliest reason when a call for an order from outside Amazon is refused."""
    error.add_note(_NOT_ENROLLED)


def hint_at_the_carrier(error: ProviderError) -> None:
    """Say what is the likeliest reason when a parcel cannot be followed (field guide amazon.md §4.2)."""
    error.add_note("amazon follows the parcels that it carries itself; for others ask the carrier that is on the label")
