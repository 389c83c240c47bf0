"""Merging what pull and push say about a parcel, whatever the order they come in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier import InvalidValueError, Tracking, TrackingEvent, TrackingStatus
from cartcarrier.models import status_after

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
S = TrackingStatus


def event(hours: int, status: TrackingStatus | None, key: str | None = None) -> TrackingEvent:
    return TrackingEvent(status=status, occurred_at=START + timedelta(hours=hours), key=key or f"{hours}-{status}")


def tracking(*events: TrackingEvent, status: TrackingStatus | None = None, **more: object) -> Tracking:
    return Tracking(
        carrier="acme:default",
        tracking_number="A1",
        status=status or status_after(sorted(events, key=lambda e: e.key)) or S.UNKNOWN,
        events=events,
        **more,  # type: ignore[arg-type]  # a factory
    )


events = st.lists(
    st.builds(event, st.integers(0, 20), st.sampled_from([*S, None]), st.sampled_from([*"abcdefgh"])), max_size=6
)


@st.composite
def trackings(draw: st.DrawFn) -> Tracking:
    chosen = {e.key: e for e in draw(events)}
    return tracking(
        *chosen.values(), status=draw(st.sampled_from(list(S))), signed_by=draw(st.sampled_from([None, "A", "B"]))
    )


@given(trackings(), trackings())
def test_merge_is_commutative(one: Tracking, other: Tracking) -> None:
    """A push may come before or after the poll that tells the same."""
    assert one.merge(other) == other.merge(one)


@given(trackings(), trackings())
def test_merge_is_idempotent(one: Tracking, other: Tracking) -> None:
    """A push may come twice."""
    assert one.merge(one) == one
    both = one.merge(other)
    assert both.merge(both) == both
    assert both.merge(other).events == both.events


@given(trackings(), trackings())
def test_merge_loses_no_event(one: Tracking, other: Tracking) -> None:
    """Each key of either side is there, once."""
    keys = [e.key for e in one.merge(other).events]
    assert sorted(keys) == sorted({e.key for e in (*one.events, *other.events)})


def test_delivery_on_the_way_back_is_a_return() -> None:
    """The seller has it, not the buyer."""
    assert (
        status_after(
            [event(1, S.IN_TRANSIT), event(2, S.RETURN_TO_SENDER), event(3, S.IN_TRANSIT), event(4, S.DELIVERED)]
        )
        is S.RETURNED
    )


def test_late_scan_does_not_undo_a_delivery() -> None:
    """Depots report late; the parcel does not leave the buyer's house for that."""
    assert status_after([event(1, S.DELIVERED), event(2, S.IN_TRANSIT)]) is S.DELIVERED


def test_correction_undoes_a_delivery() -> None:
    """Delivered to the wrong door and taken back is not delivered."""
    assert status_after([event(1, S.DELIVERED), event(2, S.RETURN_TO_SENDER)]) is S.RETURN_TO_SENDER


def test_note_changes_nothing() -> None:
    """An event without a status is for people to read."""
    assert status_after([event(1, S.OUT_FOR_DELIVERY), event(2, None)]) is S.OUT_FOR_DELIVERY


def test_unknown_does_not_replace_what_is_known() -> None:
    """A new code of the carrier must not hide where the parcel is."""
    assert status_after([event(1, S.OUT_FOR_DELIVERY), event(2, S.UNKNOWN)]) is S.OUT_FOR_DELIVERY
    assert status_after([event(1, S.UNKNOWN)]) is S.UNKNOWN
    assert status_after([]) is None


def test_two_parcels_do_not_merge() -> None:
    """Mixing two parcels would tell a buyer of a stranger's delivery."""
    with pytest.raises(InvalidValueError, match="different parcels"):
        tracking().merge(Tracking(carrier="acme:default", tracking_number="B2", status=S.UNKNOWN))


def test_event_time_must_have_a_zone() -> None:
    """A wall clock without a zone belongs in local_time."""
    naive = datetime(2026, 11, 24, 8, 0)  # noqa: DTZ001 - naive on purpose
    with pytest.raises(InvalidValueError) as caught:
        TrackingEvent(occurred_at=naive, key="k")
    assert caught.value.field == "TrackingEvent.occurred_at"
    assert TrackingEvent(local_time=naive, key="k").local_time == naive
    with pytest.raises(InvalidValueError):
        TrackingEvent(local_time=START, key="k")
