"""Checked addresses, postal codes and places."""

from collections.abc import Sequence
from datetime import date

from typing_extensions import override

from cartcarrier.carriers import (
    SupportsAddressValidation,
    SupportsLocations,
)
from cartcarrier.carriers.fedex import mapping
from cartcarrier.carriers.fedex.driver._base import FedExBase
from cartcarrier.carriers.fedex.options import FedExPostalCode
from cartcarrier.errors import (
    AddressRejectedError,
    NotFoundError,
)
from cartcarrier.models import (
    Address,
    AddressValidation,
    AddressVerdict,
    CarrierLocation,
)


class FedExPlaces(FedExBase, SupportsAddressValidation, SupportsLocations):
    """Addresses and places."""

    @override
    async def validate_address(self, address: Address) -> AddressValidation:
        """Return what FedEx thinks of an address. Outside the US and Canada it knows some countries only: ``UNKNOWN`` there.

        Raises:
            RejectedError: FedEx refuses the question.
        """
        try:
            answer = await self._client.validate(mapping.to_address_question(address))
        except AddressRejectedError as exc:
            return AddressValidation(verdict=AddressVerdict.INVALID, messages=(exc.message,))
        return mapping.to_validation(answer, address)

    async def validate_postal_code(
        self,
        postal_code: str,
        *,
        country_code: str,
        region: str | None = None,
        ground: bool = False,
        ship_date: date | None = None,
    ) -> FedExPostalCode:
        """Return what FedEx thinks of a postal code. One that it does not know is an answer, not an error.

        Args:
            postal_code: As people write it.
            country_code: ISO 3166-1 alpha-2.
            region: State or province; FedEx says whether it fits.
            ground: Ask FedEx Ground's network rather than Express's.
            ship_date: For which day; ``None`` for today.

        Raises:
            InvalidValueError: The postal code or the country is empty. Nothing was sent.
            RejectedError: FedEx refuses the question.
        """
        question = mapping.to_postal_question(
            postal_code,
            country_code=country_code,
            region=region,
            ground=ground,
            day=ship_date or self._now().date(),
        )
        try:
            answer = await self._client.validate_postal(question)
        except (AddressRejectedError, NotFoundError) as exc:
            return FedExPostalCode(valid=False, country_code=question.country_code, messages=(exc.message,))
        return mapping.to_postal_code(answer)

    @override
    async def find_locations(self, address: Address, *, limit: int = 10) -> Sequence[CarrierLocation]:
        """Return places near an address where a parcel can wait, the nearest first; their ``id`` is for ``hold_at_location``.

        Raises:
            AddressRejectedError: The address is not accepted.
            InvalidValueError: ``limit`` is not from 1 to 100. Nothing was sent.
        """
        question = mapping.to_location_question(address, limit)
        try:
            answer = await self._client.locations(question)
        except NotFoundError:
            return ()
        return tuple(mapping.to_locations(answer, limit))
