"""Prices and times: one call for all of them, and no call for what was asked before."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from typing_extensions import override

from cartcarrier.carriers import SupportsRates, SupportsTransitTimes
from cartcarrier.carriers.usps import mapping
from cartcarrier.carriers.usps.client import quota
from cartcarrier.carriers.usps.codes import NO_CONTRACT, is_of_the_gateway
from cartcarrier.carriers.usps.driver._base import USPSBase
from cartcarrier.carriers.usps.options import VolumePlan
from cartcarrier.errors import (
    OperationError,
    PermissionDeniedError,
    RejectedError,
    ServiceUnavailableForLaneError,
    UnavailableError,
)
from cartcarrier.http import json_encode
from cartcarrier.models import Rate, ShipmentRequest, TransitTime

_CONTRACT: Final = "CONTRACT"
_COMMERCIAL: Final = "COMMERCIAL"
_FORBIDDEN: Final = 403
_BROKEN: Final = 500
_FELL_BACK: Final = "USPS does not let this app see the account's contract: these are commercial prices"


class Quoting(USPSBase, SupportsRates, SupportsTransitTimes):
    """What it costs and how long it takes."""

    @override
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        """Return USPS's prices: one call for each parcel, none for a parcel that was priced lately.

        Without ``request.service`` and ``request.rate`` Ground Advantage, Priority Mail and Priority Mail Express are priced, or their
        counterparts abroad; Media Mail and the like only by name. A parcel without ``packaging`` is priced as the sender's own box.

        Raises:
            AddressRejectedError: One of the addresses is not accepted.
            RejectedError: The parcel or an option is not accepted.
            ServiceUnavailableForLaneError: The asked service does not run between the two places.
            PermissionDeniedError: The account's contract is not shared with the app (``price_type`` ``CONTRACT``).
            InvalidValueError: Something does not fit; the error names it. Nothing was sent.
            UnsupportedOperationError: An option cannot be said to USPS. Nothing was sent.
        """
        quoting = mapping.plan_quotes(request, self._now())
        if quoting is None:
            raise self._no_service("rate", mapping.asked_service(request))
        try:
            rates = await self._rates(quoting, self.config.price_type)
        except ServiceUnavailableForLaneError:
            if quoting.service is None:
                return ()
            raise
        except PermissionDeniedError as exc:
            contract = exc.code in NO_CONTRACT or exc.http_status == _FORBIDDEN
            if not contract or self.config.price_type != _CONTRACT or not self.config.contract_fallback:
                raise
            rates = await self._rates(quoting, _COMMERCIAL, (_FELL_BACK,))
        if not rates and quoting.service is not None:
            raise self._no_service("rate", quoting.service)
        return tuple(rates)

    async def _rates(self, quoting: mapping.Quoting, price_type: str, warnings: Sequence[str] = ()) -> list[Rate]:
        answers = [await self._offers(quoting, index, price_type) for index in range(len(quoting.pieces))]
        return mapping.to_rates(quoting, answers, self.key, price_type, warnings)

    async def _offers(self, quoting: mapping.Quoting, index: int, price_type: str) -> Sequence[mapping.Offer]:
        piece = quoting.pieces[index]
        question = mapping.to_options_question(quoting, index, self.config, price_type)

        async def options() -> Sequence[mapping.Offer]:
            return mapping.offers_of(await self._client.options(question), piece)

        async def prices(kind: str, *, extras: bool) -> Sequence[mapping.Offer]:
            asked = mapping.to_prices_question(quoting, index, self.config, price_type, extras=extras)
            return mapping.offers_of(await self._client.prices(kind, asked), piece)

        async def ask() -> Sequence[mapping.Offer]:
            ways: list[Callable[[], Awaitable[Sequence[mapping.Offer]]]] = [
                options,
                lambda: prices("total-rates", extras=True),
            ]
            if not piece.extras.services:
                ways.append(lambda: prices("base-rates-list", extras=False))
            for way in ways[:-1]:
                try:
                    return await way()
                except (RejectedError, UnavailableError) as exc:
                    if not _is_the_ways_fault(exc):
                        raise
            return await ways[-1]()

        return await self._quotes.get(
            json_encode((question, piece.packaging), decimals="number"), ask, now=self._time.monotonic()
        )

    @override
    async def get_transit_times(self, request: ShipmentRequest) -> Sequence[TransitTime]:
        """Return USPS's service standards; there are none abroad. One call for each service, kept for a day.

        Raises:
            AddressRejectedError: One of the ZIP codes is not accepted.
            ServiceUnavailableForLaneError: The asked service does not run between the two places.
        """
        quoting = mapping.plan_quotes(request, self._now())
        if quoting is None:
            raise self._no_service("transit_times", mapping.asked_service(request))
        if quoting.lane.is_abroad:
            return ()
        found: list[TransitTime] = []
        for service in sorted(quoting.services):
            question = mapping.to_standard_question(quoting, service)

            async def ask(question: dict[str, str] = question, service: str = service) -> Sequence[TransitTime]:
                return mapping.to_transit_times(await self._client.estimates(question), service)

            try:
                found += await self._standards.get(json_encode(question), ask, now=self._time.monotonic())
            except ServiceUnavailableForLaneError:
                if quoting.service is not None:
                    raise
        if not found and quoting.service is not None:
            raise self._no_service("transit_times", quoting.service)
        return tuple(found)

    def plan_volume(
        self,
        *,
        parcels_per_day: int | None = None,
        hours: int = 8,
        quotes_per_parcel: Decimal | int = 1,
        addresses_per_parcel: Decimal | int = 1,
        voids_per_parcel: Decimal | int = Decimal("0.02"),
        looks_per_parcel: Decimal | int = 20,
    ) -> VolumePlan:
        """Say what volume the account's hourly quota allows, before you go live with it. Nothing is sent.

        Args:
            parcels_per_day: The volume that you have in mind.
            hours: Working hours of a day.
            quotes_per_parcel: Prices asked for; the same parcel to the same ZIP code is answered from memory within the hour.
            addresses_per_parcel: Addresses checked; known ones are answered from memory.
            voids_per_parcel: Share of labels that is given back.
            looks_per_parcel: How often a parcel is followed until it has arrived; 35 are followed in one call.

        Returns:
            Figures, and a sentence that says what to ask USPS for.

        Raises:
            InvalidValueError: A figure makes no sense.
        """
        limit = quota(self.config.calls_per_hour)
        return mapping.plan(
            calls_per_hour=self.config.calls_per_hour,
            burst=int(limit.capacity),
            sustained=Decimal(round(limit.rate * timedelta(hours=1).total_seconds())),
            parcels_per_day=parcels_per_day,
            hours=hours,
            quotes_per_parcel=Decimal(quotes_per_parcel),
            addresses_per_parcel=Decimal(addresses_per_parcel),
            voids_per_parcel=Decimal(voids_per_parcel),
            looks_per_parcel=Decimal(looks_per_parcel),
            batch=self.config.tracking_api == "v3r2",
        )


def _is_the_ways_fault(error: OperationError) -> bool:
    """Whether another interface is worth a try: the gateway did not take the question, or the interface is broken (pitfall 13)."""
    if isinstance(error, RejectedError):
        return error.code is not None and is_of_the_gateway(error.code)
    return isinstance(error, UnavailableError) and error.http_status == _BROKEN
