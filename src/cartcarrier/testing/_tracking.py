"""What holds for every carrier that says where parcels are."""

import pytest

from cartcarrier.carriers import SupportsTracking
from cartcarrier.errors import NotFoundError
from cartcarrier.models import Tracking, TrackingFailure, TrackingRef, event_order
from cartcarrier.testing._driver import DriverConformance, check_error
from cartcarrier.testing._platform import CarrierPlatform


class TrackingRules(DriverConformance):
    """The rules about tracking; part of ``CarrierConformance``."""

    @pytest.mark.requires(capability=SupportsTracking)
    async def test_events_are_aware_and_in_order(self, carrier: SupportsTracking, platform: CarrierPlatform) -> None:
        """Oldest first, each time with a zone or not at all: the last event is where the parcel is."""
        tracking = await self._follow(carrier, platform)
        assert tracking.carrier == carrier.key
        assert tracking.events, "the platform says that this parcel has been scanned"
        assert list(tracking.events) == sorted(tracking.events, key=event_order)
        for event in tracking.events:
            assert event.occurred_at is None or event.occurred_at.tzinfo is not None
            assert event.local_time is None or event.local_time.tzinfo is None

    @pytest.mark.requires(capability=SupportsTracking)
    async def test_same_event_has_the_same_key(self, carrier: SupportsTracking, platform: CarrierPlatform) -> None:
        """By the key two answers are joined; a new one each time would tell the buyer everything twice."""
        first = await self._follow(carrier, platform)
        (second,) = await carrier.track([TrackingRef(number=first.tracking_number)])
        assert isinstance(second, Tracking)
        keys = [event.key for event in first.events]
        assert len(set(keys)) == len(keys)
        assert keys == [event.key for event in second.events][: len(keys)]
        assert first.merge(second).events == second.events

    @pytest.mark.requires(capability=SupportsTracking)
    async def test_results_are_in_the_order_asked(self, carrier: SupportsTracking, platform: CarrierPlatform) -> None:
        """One number that cannot be followed must not hide the others, nor move them."""
        known = await platform.known_tracking_number(carrier)
        unknown = platform.unknown_number
        asked: list[TrackingRef | str] = [unknown, known, TrackingRef(number=unknown), TrackingRef(number=known)]
        results = await carrier.track(asked)
        assert [type(result) for result in results] == [TrackingFailure, Tracking, TrackingFailure, Tracking]
        assert [result.tracking_number for result in results] == [
            ref.number if isinstance(ref, TrackingRef) else ref for ref in asked
        ]

    @pytest.mark.requires(capability=SupportsTracking)
    async def test_unknown_number_is_not_found(self, carrier: SupportsTracking, platform: CarrierPlatform) -> None:
        """A number that is not known yet is asked for again later; anything else is looked into."""
        (failure,) = await carrier.track([platform.unknown_number])
        assert isinstance(failure, TrackingFailure)
        assert isinstance(failure.error, NotFoundError), f"{type(failure.error).__name__} instead of NotFoundError"
        check_error(failure.error, carrier)

    @pytest.mark.requires(capability=SupportsTracking)
    async def test_unknown_number_has_the_carriers_code(
        self, carrier: SupportsTracking, platform: CarrierPlatform
    ) -> None:
        """The carrier's support asks for it."""
        (failure,) = await carrier.track([platform.unknown_number])
        assert isinstance(failure, TrackingFailure)
        assert getattr(failure.error, "code", None)

    @pytest.mark.requires(capability=SupportsTracking)
    async def test_following_nothing_gives_nothing(self, carrier: SupportsTracking) -> None:
        """An empty list is what a quiet day looks like."""
        assert list(await carrier.track([])) == []

    async def _follow(self, carrier: SupportsTracking, platform: CarrierPlatform) -> Tracking:
        (tracking,) = await carrier.track([await platform.known_tracking_number(carrier)])
        assert isinstance(tracking, Tracking), "the number that the platform names cannot be followed"
        return tracking

    def _is_unknown(self, failure: TrackingFailure) -> bool:
        return isinstance(failure.error, NotFoundError)
