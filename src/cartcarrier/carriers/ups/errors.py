"""UPS's refusals, as our errors.

Four shapes: the usual one, the older interface's ``Fault``, an error inside a 200, and pages or nothing at all from the servers in
front (field guide ups.md §8). UPS's own words are not passed on: they may repeat an address.
"""

from typing import Final

import msgspec

from cartcarrier.carriers.ups.codes import REQUESTED_BEFORE, Refusal, refusal_for
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    Problem,
    ProviderError,
    RateLimitError,
    RejectedError,
    ResponseError,
    UnavailableError,
    short_code,
)
from cartcarrier.http import Request, Response, status_error


class ErrorItem(msgspec.Struct, frozen=True, gc=False):
    """One error. Its ``message`` is not read."""

    code: str | int | None = None


class Errors(msgspec.Struct, frozen=True, gc=False):
    """Errors, one or several."""

    errors: list[ErrorItem] | ErrorItem | None = None


class PrimaryErrorCode(msgspec.Struct, frozen=True, gc=False, rename="pascal"):
    """The older interface's code."""

    code: str | int | None = None


class ErrorDetail(msgspec.Struct, frozen=True, gc=False, rename="pascal"):
    """The older interface's error."""

    primary_error_code: PrimaryErrorCode | None = None


class FaultErrors(msgspec.Struct, frozen=True, gc=False, rename="pascal"):
    """The older interface's errors."""

    error_detail: list[ErrorDetail] | ErrorDetail | None = None


class FaultDetail(msgspec.Struct, frozen=True, gc=False, rename="pascal"):
    """Around them."""

    errors: FaultErrors | None = None


class Fault(msgspec.Struct, frozen=True, gc=False):
    """Around that."""

    detail: FaultDetail | None = None


class ErrorBody(msgspec.Struct, frozen=True, gc=False):
    """A refusal's body, in either shape."""

    response: Errors | None = None
    fault: Fault | None = msgspec.field(default=None, name="Fault")


_DECODER: Final = msgspec.json.Decoder(ErrorBody)
_TIMED_OUT: Final = 408
_UNNAMED: Final[tuple[type[ProviderError], str]] = (RejectedError, "this driver has no words for the code")
# For codes that nobody has told us about. These statuses say enough without a body that can be read, too; 404 does not: it may
# come from a server in front.
_BY_STATUS: Final[dict[int, tuple[type[ProviderError], str]]] = {
    401: (AuthenticationError, "the credentials are not accepted"),
    403: (PermissionDeniedError, "the account or the app has no right to that"),
    404: (NotFoundError, "there is no such thing"),
    _TIMED_OUT: (UnavailableError, "it took too long"),
    409: (ConflictError, "it collides with what was done before"),
    429: (RateLimitError, "too many calls"),
}
_OVERLOADED: Final[tuple[type[ProviderError], str]] = (UnavailableError, "it is temporarily unable to do it")
_SAYS_ENOUGH: Final = frozenset({401, 403, 408, 409, 429})


def error_codes(content: bytes) -> list[str] | None:
    """Return the codes in a refusal's body; ``None`` when it is a page, cut, or empty."""
    try:
        body = _DECODER.decode(content)
    except msgspec.ValidationError:
        return []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    codes = []
    if body.response is not None:
        errors = body.response.errors
        codes += [item.code for item in (errors if isinstance(errors, list) else [errors] if errors else [])]
    if body.fault is not None and body.fault.detail is not None and body.fault.detail.errors is not None:
        details = body.fault.detail.errors.error_detail
        codes += [
            detail.primary_error_code.code
            for detail in (details if isinstance(details, list) else [details] if details else [])
            if detail.primary_error_code is not None
        ]
    return [str(code) for code in codes if code is not None]


def translate(request: Request, response: Response) -> OperationError | None:
    """Return the error in an answer; ``None`` when there is none, or the status says all.

    A code that means "later" after a write that must not be repeated leaves the outcome unknown, whatever the status; so does
    one that says that the same was requested before: the earlier one may have been bought.
    """
    # An answer with labels is large and not a refusal; a refusal inside a success is small and begins with its errors.
    if response.ok and b'"errors"' not in response.content[:512] and b'"Fault"' not in response.content[:512]:
        return None
    codes = error_codes(response.content)
    if not codes:
        return _without_code(request, response, readable=codes is not None)
    known = [(code, refusal) for code in codes if (refusal := refusal_for(code)) is not None]
    # What leaves the outcome open goes before what would say that nothing was done.
    known.sort(key=lambda one: one[0] != REQUESTED_BEFORE)
    code, refusal = known[0] if known else (codes[0], None)
    if response.status >= 500:
        # whatever the code: it is UPS's own trouble, not the request's
        kind, words = _OVERLOADED
    elif refusal is None or (response.status == 429 and code != REQUESTED_BEFORE):
        kind, words = _BY_STATUS.get(response.status, _UNNAMED)
    else:
        kind, words = refusal.kind, refusal.words
    return _error(kind, words, request, response, code, _problems(codes))


def _without_code(request: Request, response: Response, *, readable: bool) -> OperationError | None:
    if response.ok:
        return None
    if response.status == _TIMED_OUT:
        return _error(*_BY_STATUS[_TIMED_OUT], request, response, None)
    is_refusal = 400 <= response.status < 500
    if is_refusal and not readable and response.status not in _SAYS_ENOUGH:
        return _error(ResponseError, "the answer cannot be read", request, response, None)
    return status_error(response, request_id=request_id(request, response))


def refused(code: str, request: Request, response: Response) -> ProviderError:
    """Return the error for a code that came as a warning inside a success (field guide ups.md §7.2)."""
    refusal = refusal_for(code) or Refusal(RejectedError, "this driver has no words for the code")
    return _error(refusal.kind, refusal.words, request, response, code, _problems([code]))


def _problems(codes: list[str]) -> tuple[Problem, ...]:
    problems = []
    for code in codes:
        refusal = refusal_for(code)
        words = refusal.words if refusal is not None else "see UPS's list of error codes"
        problems.append(Problem(message=words, code=code, field=refusal.field if refusal is not None else None))
    return tuple(problems)


def _error(  # noqa: PLR0917 - private; all callers have the same five at hand
    kind: type[ProviderError],
    words: str,
    request: Request,
    response: Response,
    code: str | None,
    problems: tuple[Problem, ...] = (),
) -> ProviderError:
    number = f" ({short_code(code)})" if code is not None else f" (HTTP {response.status})"
    facts = {**response.facts, "operation": request.operation}
    if issubclass(kind, RejectedError):
        facts["problems"] = problems
    return kind(
        f"UPS refused {request.operation}: {words}{number}",
        code=code,
        request_id=request_id(request, response),
        outcome_unknown=not request.safe and (kind is UnavailableError or code == REQUESTED_BEFORE),
        **facts,
    )


def request_id(request: Request, response: Response) -> str | None:
    """Return what UPS's support asks for: the transaction id that was sent, as UPS repeats it or as we know it."""
    return response.headers.get("transid") or request.headers.get("transId")
