"""When to try again, as a pure function."""

from datetime import UTC, datetime, timedelta
from random import Random

import attrs
from attrs.validators import ge

from cartcarrier.errors import OperationError, RateLimitError, TransportError, UnavailableError


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often to try, and how long to wait in between.

    Attributes:
        attempts: Tries in all, the first included.
        base: The first wait; each next one is twice as long.
        cap: The longest wait of our own choosing.
        max_retry_after: The longest wait that a platform may ask for; asked for more, the error is raised at once.
        random: Where the jitter comes from.
    """

    attempts: int = attrs.field(default=4, validator=ge(1))
    base: timedelta = timedelta(milliseconds=500)
    cap: timedelta = timedelta(seconds=30)
    max_retry_after: timedelta = timedelta(seconds=60)
    random: Random = attrs.field(factory=Random, eq=False, repr=False)

    def backoff(self, attempt: int) -> timedelta:
        """Return the wait after that many tries: between half and all of the doubled base, at most the cap."""
        longest = min(self.base * (1 << min(attempt - 1, 32)), self.cap)
        return longest * (0.5 + 0.5 * self.random.random())

    def honoured(self, asked: timedelta) -> timedelta | None:
        """Return the wait for one that the platform asked for, never shorter, or None when it is too long."""
        if asked > self.max_retry_after:
            return None
        # A little later than asked, so that all who were refused together do not come back together.
        return asked + min(asked, timedelta(seconds=10)) * 0.1 * self.random.random()


def retry_delay(
    error: OperationError,
    attempt: int,
    *,
    safe: bool,
    policy: RetryPolicy,
    retry_after: timedelta | None = None,
) -> timedelta | None:
    """Return the wait before another try, or None to give up.

    A refusal for the rate limit may be followed by another try whatever the call is, because nothing was done. All else is
    repeated only when a repeat does no harm.

    Args:
        error: What the try ended in.
        attempt: How many tries there were, from 1.
        safe: Whether the request may be repeated without harm.
        policy: How often and how long.
        retry_after: What the answer's ``Retry-After`` said, where the error cannot carry it.
    """
    if attempt >= policy.attempts:
        return None
    if isinstance(error, RateLimitError):
        asked = error.retry_after if error.retry_after is not None else retry_after
        return policy.backoff(attempt) if asked is None else policy.honoured(asked)
    if safe and isinstance(error, TransportError | UnavailableError):
        return policy.backoff(attempt) if retry_after is None else policy.honoured(retry_after)
    return None


def parse_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Read a ``Retry-After`` field: seconds, or an HTTP date.

    Args:
        value: The field, if there was one.
        now: The present, for dates.

    Returns:
        How long to wait, never negative; None when there is nothing readable.
    """
    text = (value or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - dates are rare, and the import is not light

        try:
            date = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
        date = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
        return max(date - now, timedelta())
    try:
        return max(timedelta(seconds=seconds), timedelta())
    except (ValueError, OverflowError):  # nan, inf and their like
        return None
