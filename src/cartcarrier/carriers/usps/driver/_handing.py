"""Addresses, SCAN forms, the carrier's visit, post offices, the account's balance."""

from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from cartcarrier.carriers import SupportsAddressValidation, SupportsLocations, SupportsManifest, SupportsPickup
from cartcarrier.carriers.usps import mapping
from cartcarrier.carriers.usps.codes import AMBIGUOUS, NOT_FOR_A_FORM, ON_ANOTHER_FORM
from cartcarrier.carriers.usps.driver._base import USPSBase
from cartcarrier.errors import (
    AddressRejectedError,
    ConflictError,
    NotFoundError,
    OperationError,
    RejectedError,
    ResponseError,
)
from cartcarrier.models import (
    Address,
    AddressValidation,
    CarrierLocation,
    Manifest,
    Money,
    Pickup,
    PickupRequest,
    Shipment,
)

_LEFT_OUT: Final = 10
"""Labels that are left out of a form, at most: each costs a call."""


class Handing(USPSBase, SupportsAddressValidation, SupportsManifest, SupportsPickup, SupportsLocations):
    """From the checked address to the parcel in the carrier's hands."""

    @override
    async def validate_address(self, address: Address) -> AddressValidation:
        """Return what USPS thinks of an address in the US or its territories. Known ones are answered from memory.

        Raises:
            UnsupportedOperationError: The address is elsewhere. Nothing was sent.
            InvalidValueError: A part does not fit, or the state is missing.
        """
        question = mapping.to_address_question(address)

        async def ask() -> AddressValidation:
            try:
                answer = await self._client.address(question)
            except AddressRejectedError as exc:
                return mapping.not_found(ambiguous=exc.code == AMBIGUOUS)
            except NotFoundError:
                return mapping.not_found(ambiguous=False)
            return mapping.to_validation(answer, address)

        key = repr((sorted(question.items()), address)) + repr(_parts(address))
        return await self._addresses.get(key.encode(), ask, now=self._time.monotonic())

    async def city_and_state(self, zip_code: str) -> tuple[str, str]:
        """Return the city and state of a ZIP code, ``("NEW YORK", "NY")``. Known ones are answered from memory.

        Raises:
            AddressRejectedError: USPS has no such ZIP code.
            InvalidValueError: It has not 5 or 9 digits.
        """
        digits = mapping.zip_of(Address(street1="-", city="-", country_code="US", postal_code=zip_code), "zip_code")

        async def ask() -> tuple[str, str]:
            answer = await self._client.city_state(digits)
            return answer.city, answer.state

        return await self._cities.get(digits.encode(), ask, now=self._time.monotonic())

    async def has_funds(self, amount: Money | None = None) -> bool | None:
        """Return whether the account can pay, now or an amount; ``None`` when USPS does not say. Costs a call: for batches.

        Raises:
            PermissionDeniedError: The account is unknown, inactive, or the app has no payments.
        """
        params = {"accountType": self.config.account_type}
        if self.config.permit_zip is not None:
            params["permitZIPCode"] = self.config.permit_zip
        if amount is not None:
            params["amount"] = mapping.to_dollar_text(amount.amount)
        return (await self._client.payment_account(self.config.account_number, params)).sufficient_funds

    # --- the day's parcels ------------------------------------------------------------------------------------------

    @override
    async def create_manifest(self, shipments: Sequence[Shipment], *, ship_from: Address) -> Manifest:
        """Close these shipments with a SCAN form. Without one nothing breaks: each parcel is scanned by itself.

        A label that cannot go on a form (given back, or for a locker) is left out; ``Manifest.tracking_numbers`` is what is on it.
        Returns are never on it. There is no second print: keep the document. When an answer is lost the form is asked for again, and
        USPS then names the one that there is: its number comes without the document.

        Raises:
            NotFoundError: USPS does not know one of the labels.
            ConflictError: One is on another form, which the message names, or was manifested already.
            RejectedError: The labels cannot share a form.
        """
        numbers = mapping.numbers_for_form(shipments)
        day = mapping.day_in(mapping.state_of(ship_from, "ship_from"), self._now())
        repeated = False
        for _ in range(_LEFT_OUT):
            try:
                answer = await self._client.scan_form(mapping.to_scan_form(numbers, ship_from, day))
            except ConflictError as exc:
                form = mapping.form_in(exc.message)
                if not repeated or exc.code != ON_ANOTHER_FORM or form is None:
                    raise
                return Manifest(id=form, tracking_numbers=numbers)
            except RejectedError as exc:
                left_out = mapping.label_in(exc.message)
                if exc.code not in NOT_FOR_A_FORM or left_out not in numbers or len(numbers) == 1:
                    raise
                numbers = [number for number in numbers if number != left_out]
                continue
            except OperationError as exc:
                if not exc.outcome_unknown or repeated:
                    raise
                repeated = True
                continue
            manifest = mapping.to_manifest(answer, numbers)
            if manifest is None:
                raise ResponseError(
                    "USPS answered manifest without a form's number",
                    provider=self.driver,
                    account=self.account,
                    operation="manifest",
                    outcome_unknown=True,
                    http_status=200,
                )
            return manifest
        raise RejectedError(
            f"USPS refused manifest: more than {_LEFT_OUT} labels cannot go on a SCAN form",
            provider=self.driver,
            account=self.account,
            operation="manifest",
        )

    @override
    async def schedule_pickup(self, request: PickupRequest) -> Pickup:
        """Ask the carrier to come with the mail, on the day of ``ready_at``. It is free, and has no window.

        Raises:
            RejectedError: The carrier does not come that day.
            ConflictError: A pickup is arranged for the address already: the carrier comes. USPS does not tell its number again.
            InvalidValueError: Name, contact or weight are missing.
            OperationError: With ``outcome_unknown`` when it may come all the same.
        """
        answer = await self._client.pick_up(mapping.to_pickup_question(request, self.config))
        return mapping.to_pickup(answer.confirmation_number, self.key)

    @override
    async def cancel_pickup(self, pickup: Pickup) -> None:
        """Tell the carrier not to come. Telling it twice is no error."""
        try:
            tag = await self._client.pickup_tag(pickup.id)
            await self._client.cancel_pickup(pickup.id, tag if tag is not None else "*")
        except NotFoundError:
            return

    @override
    async def find_locations(self, address: Address, *, limit: int = 10) -> Sequence[CarrierLocation]:
        """Return the post offices near an address that hold parcels, the nearest first.

        Raises:
            AddressRejectedError: USPS cannot find the place.
            UnsupportedOperationError: The address is abroad.
        """
        answer = await self._client.post_offices(mapping.to_location_question(address, limit))
        return tuple(mapping.to_locations(answer, limit))


def _parts(address: Address) -> tuple[object, ...]:
    # what the address's text form hides; it stays in memory, as a digest
    return (
        address.name,
        address.company,
        address.street1,
        address.street2,
        address.street3,
        address.city,
        address.postal_code,
    )
