from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    OperationError,
    RateLimitError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import RetryPolicy, parse_retry_after, retry_delay

FACTS: dict[str, Any] = {"provider": "acme", "operation": "buy"}
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ERRORS = [
    RateLimitError,
    TransportError,
    UnavailableError,
    ResponseError,
    RejectedError,
    ConflictError,
    AuthenticationError,
]


def make_policy(**changes: Any) -> RetryPolicy:
    return RetryPolicy(**{"attempts": 5, "random": Random(1), **changes})  # noqa: S311 - jitter, not secrets


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_an_unsafe_call_is_repeated_after_a_refusal_only(error: type[OperationError]) -> None:
    """A second try of a write whose outcome is not known may buy a second label."""
    delay = retry_delay(error("no", **FACTS), 1, safe=False, policy=make_policy())
    assert (delay is not None) == (error is RateLimitError)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_a_safe_call_is_repeated_when_the_platform_may_do_better_next_time(error: type[OperationError]) -> None:
    """Asking again does not mend a refusal for content."""
    delay = retry_delay(error("no", **FACTS), 1, safe=True, policy=make_policy())
    assert (delay is not None) == (error in {RateLimitError, TransportError, UnavailableError})


@pytest.mark.parametrize("safe", [True, False])
@given(
    attempt=st.integers(1, 60),
    seconds=st.none() | st.floats(0, 200),
    kind=st.sampled_from([RateLimitError, TransportError, UnavailableError]),
    seed=st.integers(0, 1000),
)
def test_a_delay_is_bounded_and_never_shorter_than_asked(
    *, safe: bool, attempt: int, seconds: float | None, kind: type[OperationError], seed: int
) -> None:
    """Whoever comes back too early is refused again, and whoever waits without an end hangs."""
    policy = make_policy(attempts=100, random=Random(seed))  # noqa: S311 - jitter, not secrets
    asked = None if seconds is None else timedelta(seconds=seconds)
    facts = {**FACTS, "retry_after": asked} if kind is RateLimitError else FACTS
    delay = retry_delay(kind("no", **facts), attempt, safe=safe, policy=policy, retry_after=asked)
    too_long = asked is not None and asked > policy.max_retry_after
    if too_long or (kind is not RateLimitError and not safe):
        assert delay is None
    else:
        assert delay is not None
        assert delay <= policy.max_retry_after * 1.1
        if asked is not None:
            assert delay >= asked
        else:
            assert policy.base / 2 <= delay <= policy.cap


@given(attempt=st.integers(1, 10))
def test_the_last_attempt_is_the_last(attempt: int) -> None:
    """The count of attempts includes the first."""
    delay = retry_delay(RateLimitError("no", **FACTS), attempt, safe=True, policy=make_policy(attempts=attempt))
    assert delay is None


def test_waits_double_up_to_the_cap() -> None:
    """A platform in trouble gets room to recover."""
    policy = make_policy(base=timedelta(seconds=1), cap=timedelta(seconds=6))
    longest = [max(policy.backoff(attempt) for _ in range(300)).total_seconds() for attempt in (1, 2, 3, 4, 40)]
    assert longest == pytest.approx([1, 2, 4, 6, 6], rel=0.02)


def test_jitter_is_injected() -> None:
    """Tests must be able to say what is drawn."""
    first, second = (make_policy(random=Random(7)).backoff(3) for _ in range(2))  # noqa: S311 - jitter, not secrets
    assert first == second


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2),
        ("0.5", 0.5),
        (" 7 ", 7),
        ("-3", 0),
        ("Mon, 05 Jan 2026 12:00:30 GMT", 30),
        ("Mon, 05 Jan 2026 13:00:30 +0100", 30),
        ("Mon, 05 Jan 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        (None, None),
        ("nan", None),
        ("inf", None),
        ("1e300", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    """HTTP allows seconds and dates, and platforms send worse."""
    assert parse_retry_after(value, now=NOW) == (None if seconds is None else timedelta(seconds=seconds))


@given(st.text(max_size=40))
def test_retry_after_never_fails(value: str) -> None:
    """A header that cannot be read must not hide the refusal that it came with."""
    delay = parse_retry_after(value, now=NOW)
    assert delay is None or delay >= timedelta()
