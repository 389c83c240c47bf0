"""Values that occur in many answers, and errors."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, TypeAlias

import msgspec

Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class Struct(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """What all schemas of this driver share."""


class Amount(Struct, frozen=True):
    """An amount of money. Where eBay converted it, ``currency`` is the seller's (field guide ebay.md §1)."""

    value: Decimal
    currency: str


class ErrorParameter(Struct, frozen=True):
    """What an error is about."""

    name: str | None = None
    value: str | None = None


class ErrorDetail(Struct, frozen=True):
    """One error or warning; all but its number may be missing (field guide ebay.md §3.1)."""

    error_id: int | None = None
    domain: str | None = None
    category: str | None = None
    message: str | None = None
    long_message: str | None = None
    parameters: list[ErrorParameter] | None = None
    parameter: list[ErrorParameter] | None = None

    @property
    def code(self) -> str | None:
        """The number as text."""
        return str(self.error_id) if self.error_id is not None else None

    @property
    def names(self) -> tuple[ErrorParameter, ...]:
        """The parameters, under whichever name they came."""
        return tuple(self.parameters or self.parameter or ())


class ErrorBody(Struct, frozen=True):
    """A refusal: ``errors`` of REST, ``error`` as a list of Post-Order's, ``error`` as a text of the token endpoint's."""

    errors: list[ErrorDetail] | None = None
    error: list[ErrorDetail] | str | None = None

    @property
    def details(self) -> list[ErrorDetail]:
        """The errors, under whichever name they came."""
        if self.errors:
            return self.errors
        return self.error if isinstance(self.error, list) else []


class Warned(Struct, frozen=True):
    """An answer of which only the warnings are read."""

    warnings: list[ErrorDetail] | None = None
