"""What it costs, and how long it takes."""

from collections.abc import Sequence

from typing_extensions import override

from cartcarrier.carriers import SupportsRates, SupportsTransitTimes
from cartcarrier.carriers.ups import mapping
from cartcarrier.carriers.ups.driver._base import UPSBase
from cartcarrier.errors import AddressRejectedError, ServiceUnavailableForLaneError
from cartcarrier.models import Rate, ShipmentRequest, TransitTime


class UPSPrices(UPSBase, SupportsRates, SupportsTransitTimes):
    """The asking beforehand."""

    @override
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        """Return UPS's prices, the account's own where it has them.

        Without ``request.service`` and ``request.rate`` all services are asked for, and a lane that UPS does not serve gives no
        rates.

        Raises:
            AddressRejectedError: One of the addresses is not accepted.
            RejectedError: The parcel or an option is not accepted.
            ServiceUnavailableForLaneError: The asked service does not run between the two places.
            InvalidValueError: Something does not fit; the error names it. Nothing was sent.
            UnsupportedOperationError: An option cannot be said to UPS. Nothing was sent.
        """
        question = mapping.to_rate_question(request, self.config)
        try:
            answer = await self._client.rate(question.option, question.envelope)
        except ServiceUnavailableForLaneError:
            if question.service is None:
                return ()
            raise
        rates = tuple(mapping.to_rates(answer, request, self.key))
        if not rates and question.service is not None:
            raise ServiceUnavailableForLaneError(
                f"UPS has no price for the service {question.service} between these places",
                provider=self.driver,
                account=self.account,
                operation="rate",
                http_status=200,
            )
        return rates

    @override
    async def get_transit_times(self, request: ShipmentRequest) -> Sequence[TransitTime]:
        """Return the services that run between the two places and how long they take, in the codes that buy them.

        UPS has codes of its own for this; a service that cannot be named in the others has ``transit-`` before UPS's, and cannot be
        bought by it. Saturday's times are those of ``options.saturday_delivery``.

        Raises:
            AddressRejectedError: UPS does not know which places are meant.
            ServiceUnavailableForLaneError: The asked service does not run between the two places.
            InvalidValueError: A postal code has the wrong form, or across a border the goods' value is not known. Nothing was sent.
        """
        answer, response = await self._client.transit_times(mapping.to_transit_question(request))
        times = tuple(mapping.to_transit_times(answer, request))
        if times:
            return times
        facts = {**response.facts}
        if mapping.is_ambiguous(answer):
            msg = "UPS does not know which places are meant: check the cities and postal codes"
            raise AddressRejectedError(msg, **facts)
        if request.service is not None or request.rate is not None:
            raise ServiceUnavailableForLaneError("UPS has no time for this service between these places", **facts)
        return ()
