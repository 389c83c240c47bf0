"""Prices and durations."""

from collections.abc import Sequence

from typing_extensions import override

from cartcarrier.carriers import (
    SupportsRates,
    SupportsTransitTimes,
)
from cartcarrier.carriers.fedex import mapping
from cartcarrier.carriers.fedex.driver._base import FedExBase
from cartcarrier.errors import (
    ServiceUnavailableForLaneError,
)
from cartcarrier.models import (
    Rate,
    ShipmentRequest,
    TransitTime,
)


class FedExPrices(FedExBase, SupportsRates, SupportsTransitTimes):
    """Prices and durations."""

    @override
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        """Return FedEx's prices, the account's own where it has them, with the time in transit.

        Without ``request.service`` and ``request.rate`` all services are asked for, and a lane that FedEx does not serve gives no
        rates. With ``options.saturday_delivery`` the prices are those of the variants that deliver on Saturday.

        Raises:
            AddressRejectedError: One of the addresses is not accepted.
            RejectedError: The parcel or an option is not accepted.
            ServiceUnavailableForLaneError: The asked service does not run between the two places.
            InvalidValueError: Something does not fit; the error names it. Nothing was sent.
            UnsupportedOperationError: An option cannot be said to FedEx. Nothing was sent.
        """
        question = mapping.to_rate_question(request, self.config)
        service = mapping.asked_service(request)
        try:
            answer = await self._client.rate(question)
        except ServiceUnavailableForLaneError:
            if service is None:
                return ()
            raise
        rates = tuple(mapping.to_rates(answer, request, self.config, self.key))
        if not rates and service is not None:
            raise self._not_offered(service, "rate")
        return rates

    @override
    async def get_transit_times(self, request: ShipmentRequest) -> Sequence[TransitTime]:
        """Return the services that run between the two places and how long they take; with ``request.service`` that one only.

        Raises:
            AddressRejectedError: One of the addresses is not accepted.
            ServiceUnavailableForLaneError: The service asked for does not run between the two places.
            InvalidValueError: Something does not fit; the error names it. Nothing was sent.
        """
        question = mapping.to_transit_question(request, self.config)
        service = mapping.asked_service(request)
        try:
            answer = await self._client.transit_times(question)
        except ServiceUnavailableForLaneError:
            if service is None:
                return ()
            raise
        times = tuple(mapping.to_transit_times(answer, request))
        if not times and service is not None:
            raise self._not_offered(service, "transit_times")
        return times

    def _not_offered(self, service: str, operation: str) -> ServiceUnavailableForLaneError:
        return ServiceUnavailableForLaneError(
            f"FedEx does not offer the service {service} between these places",
            provider=self.driver,
            account=self.account,
            operation=operation,
            http_status=200,
        )
