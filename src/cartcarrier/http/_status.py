"""The meaning of a bare HTTP status, for answers about which the driver has nothing better to say."""

from typing import Any

from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    RejectedError,
    ResponseError,
    UnavailableError,
)
from cartcarrier.http._messages import Response

_KINDS: dict[int, tuple[type[ProviderError], str]] = {
    401: (AuthenticationError, "does not accept the credentials"),
    403: (PermissionDeniedError, "does not allow"),
    404: (NotFoundError, "does not know the object of"),
    409: (ConflictError, "reports a conflict for"),
    410: (NotFoundError, "no longer knows the object of"),
    429: (RateLimitError, "got too many calls at"),
}


def status_error(response: Response, message: str | None = None, **facts: Any) -> ProviderError:  # noqa: ANN401 - ProviderError's
    """Return the error that an HTTP status stands for.

    Args:
        response: The answer; its status is not a success.
        message: What to say; by default, who refused which operation with which status.
        facts: Further facts of the error: ``code``, ``request_id``, ``outcome_unknown``.
    """
    if response.status in _KINDS:
        kind, words = _KINDS[response.status]
    elif response.status >= 500:
        kind, words = UnavailableError, "failed at"
        facts.setdefault("outcome_unknown", not response.request.safe)
    elif response.status >= 400:
        kind, words = RejectedError, "refused"
    elif response.status >= 300:
        kind, words = ResponseError, "answered with a redirect, which is not followed, to"
    else:
        kind, words = ResponseError, "answered in an unexpected way to"
        facts.setdefault("outcome_unknown", not response.request.safe)
    default = f"{response.provider} {words} {response.request.operation} (HTTP {response.status})"
    return kind(message or default, **{**response.facts, **facts})
