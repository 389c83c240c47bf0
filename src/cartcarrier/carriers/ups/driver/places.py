"""Addresses, and places where parcels wait."""

from collections.abc import Sequence

from typing_extensions import override

from cartcarrier.carriers import SupportsAddressValidation, SupportsLocations
from cartcarrier.carriers.ups import mapping
from cartcarrier.carriers.ups.driver._base import UPSBase
from cartcarrier.errors import AddressRejectedError
from cartcarrier.models import Address, AddressValidation, CarrierLocation


class UPSPlaces(UPSBase, SupportsAddressValidation, SupportsLocations):
    """The places."""

    @override
    async def validate_address(self, address: Address) -> AddressValidation:
        """Return what UPS thinks of an address; US and Puerto Rico only.

        Raises:
            UnsupportedOperationError: The address is elsewhere. Nothing was sent.
            RejectedError: In the test environment: it does not check this state.
        """
        question = mapping.to_address_question(address)
        answer = await self._client.validate(question)
        return mapping.to_validation(answer, address)

    @override
    async def find_locations(self, address: Address, *, limit: int = 10) -> Sequence[CarrierLocation]:
        """Return Access Points near an address, the nearest first; their ``id`` is for ``hold_at_location``.

        The ``id`` holds the place's name and address beside UPS's own id (before the tilde), because UPS wants all of it with the
        purchase.

        Args:
            address: Near where.
            limit: How many at most, up to 50.

        Raises:
            AddressRejectedError: UPS does not know the address, and thinks of others.
            InvalidValueError: The limit is out of range, or a line cannot be written. Nothing was sent.
        """
        answer, response = await self._client.locate(mapping.to_location_question(address, limit=limit))
        codes = mapping.location_codes(answer)
        if mapping.is_guess(answer):
            msg = "UPS does not know this address and thinks of others: check street, city and postal code"
            raise AddressRejectedError(msg, **response.facts)
        places = tuple(mapping.to_locations(answer, limit=limit))
        if not places and codes:
            raise self._client.warned(codes[0], response)
        return places
