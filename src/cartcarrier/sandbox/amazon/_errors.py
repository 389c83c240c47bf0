"""Refusals as Amazon writes them.

Facts: field guide amazon.md §1.5 and §1.7.
"""

import json
from typing import Any, Final

Document = dict[str, Any]

DENIED: Final = "Access to requested resource is denied."
THROTTLED: Final = "You exceeded your quota for the requested resource."

_BY_STATUS: Final[dict[int, tuple[str, str]]] = {
    400: ("InvalidInput", "Request has missing or invalid parameters and cannot be parsed."),
    401: ("Unauthorized", DENIED),
    403: ("Unauthorized", DENIED),
    404: ("NotFound", "The specified resource does not exist."),
    409: ("Conflict", "The resource specified conflicts with the current state."),
    413: ("RequestTooLarge", "The request size exceeded the maximum accepted size."),
    415: ("UnsupportedMediaType", "The request's Content-Type header is invalid."),
    429: ("QuotaExceeded", THROTTLED),
    500: ("InternalFailure", "We encountered an internal error. Please try again."),
    503: ("ServiceUnavailable", "Service is temporarily unavailable. Please try again."),
}
_TYPES: Final = {400: "ValidationException", 401: "AccessDeniedException", 403: "AccessDeniedException"}


class RefusedError(Exception):
    """The API says no.

    Args:
        status: The HTTP status.
        message: Amazon's words, or ours where they are not known; by default what goes with the status.
        code: Amazon's code; by default what goes with the status.
        details: What stands in ``details``.
    """

    def __init__(
        self, status: int, message: str | None = None, *, code: str | None = None, details: str | None = None
    ) -> None:
        default_code, default_message = _BY_STATUS.get(status, _BY_STATUS[500])
        super().__init__(message or default_message)
        self.status = status
        self.code = code or default_code
        self.message = message or default_message
        self.details = details

    @property
    def error_type(self) -> str | None:
        """What stands in the header ``x-amzn-ErrorType``, where one does."""
        return _TYPES.get(self.status)

    def body(self) -> Document:
        """Return the answer's body."""
        error = {"code": self.code, "message": self.message}
        return {"errors": [error if self.details is None else {**error, "details": self.details}]}


class InvalidInputError(RefusedError):
    """A 400 with Amazon's usual code.

    Args:
        message: What is wrong.
        details: What stands in ``details``.
    """

    def __init__(self, message: str, *, details: str | None = None) -> None:
        super().__init__(400, message, details=details)


class DeniedError(RefusedError):
    """The call is not allowed.

    Args:
        details: Why, in Amazon's words.
        status: 401 or 403.
    """

    def __init__(self, details: str = "", status: int = 403) -> None:
        super().__init__(status, DENIED, details=details)


class LWAError(Exception):
    """Login with Amazon says no.

    Args:
        error: The OAuth error's name.
        description: Amazon's words.
        status: The HTTP status.
    """

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status

    def body(self) -> Document:
        """Return the answer's body."""
        return {"error": self.error, "error_description": self.description}


def body_for_status(status: int) -> bytes:
    """Return what the API says with a status, for faults that were ordered."""
    return json.dumps(RefusedError(status).body()).encode()
