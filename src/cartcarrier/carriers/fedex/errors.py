"""FedEx's refusals, as our errors.

Three shapes: the usual one with a list of errors, a bare ``error`` with a 404, and pages or nothing from the servers in front
(field guide fedex.md §8). FedEx's own words are not passed on: they may repeat an address. They are read for two things that have
no code: a day's quota, and a payer on credit hold.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from cartcarrier.carriers.fedex.codes import Refusal, refusal_for, says_credit, says_daily
from cartcarrier.carriers.fedex.config import WINDOW_SECONDS
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    InsufficientFundsError,
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
from cartcarrier.http import Request, Response, parse_retry_after, status_error


class Parameter(msgspec.Struct, frozen=True, gc=False):
    """What an error is about. Its value is not read."""

    key: str | None = None


class ErrorItem(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One error."""

    code: str | int | None = None
    message: str | None = None
    parameter_list: list[Parameter] | None = None


class ErrorBody(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A refusal's body, in either shape."""

    transaction_id: str | None = None
    errors: list[ErrorItem] | ErrorItem | None = None
    error: str | None = None
    output: msgspec.Raw | None = None


_DECODER: Final = msgspec.json.Decoder(ErrorBody)
_WINDOW: Final = timedelta(seconds=WINDOW_SECONDS)
_UNNAMED: Final[tuple[type[ProviderError], str]] = (RejectedError, "this driver has no words for the code")
_OVERLOADED: Final[tuple[type[ProviderError], str]] = (UnavailableError, "it is temporarily unable to do it")
_TOO_MANY: Final = 429
_ODD: Final[tuple[type[ProviderError], str]] = (
    ResponseError,
    "a success with an error that this driver has no words for",
)
_BY_STATUS: Final[dict[int, tuple[type[ProviderError], str]]] = {
    401: (AuthenticationError, "the credentials are not accepted"),
    403: (PermissionDeniedError, "the account or the project has no right to that"),
    404: (NotFoundError, "there is no such thing"),
    408: (UnavailableError, "it took too long"),
    409: (ConflictError, "it collides with what was done before"),
    _TOO_MANY: (RateLimitError, "too many calls"),
}
_PATH: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.\[\]]{0,79}")
_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def _read(content: bytes) -> ErrorBody | None:
    """Return a refusal's body; ``None`` when it is a page, cut, or empty, an empty one when its shape is another."""
    try:
        return _DECODER.decode(content)
    except msgspec.ValidationError:
        return ErrorBody()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _items(body: ErrorBody) -> list[ErrorItem]:
    errors = body.errors if isinstance(body.errors, list) else [body.errors] if body.errors is not None else []
    return errors if errors or body.error is None else [ErrorItem(code=body.error)]


def _has_output(body: ErrorBody) -> bool:
    return body.output is not None and bytes(body.output).strip() not in {b"null", b"{}"}


def _code(item: ErrorItem) -> str | None:
    """Return an error's code; what does not look like one may hold anything and is not passed on."""
    text = str(item.code).strip() if item.code is not None else ""
    return text if _CODE.fullmatch(text) else None


def translate(request: Request, response: Response, *, now: datetime) -> OperationError | None:
    """Return the error in an answer; ``None`` when there is none, or the status says all.

    Args:
        request: What was asked.
        response: What came back.
        now: The present, to say when a limit ends.
    """
    # A refusal inside a success begins with its errors; a success with labels is large.
    if response.ok and b'"errors"' not in response.content[:512]:
        return None
    body = _read(response.content)
    items = _items(body) if body is not None else []
    if response.ok and (not items or (not request.safe and body is not None and _has_output(body))):
        return None  # what was bought or done counts, whatever else is said
    transaction = body.transaction_id if body is not None else None
    if response.status == _TOO_MANY:
        return _too_many(request, response, items, transaction, now)
    coded = [(code, item) for item in items if (code := _code(item)) is not None]
    if not coded:
        return _without_code(request, response, readable=body is not None)
    known = [(code, refusal) for code, _ in coded if (refusal := refusal_for(code)) is not None]
    # An outcome that is open goes before one that says that nothing was done.
    known.sort(key=lambda one: one[1].kind is not UnavailableError)
    code, refusal = known[0] if known else (coded[0][0], None)
    if response.status >= 500:
        # whatever the code: it is FedEx's own trouble, not the request's
        kind, words = _OVERLOADED
    elif response.status == 401:
        kind, words = _BY_STATUS[401]
    elif any(says_credit(one.message or "") for one in items):
        kind, words = InsufficientFundsError, "the account that should pay has no credit left"
    elif refusal is None:
        kind, words = _BY_STATUS.get(response.status, _ODD if response.ok and not request.safe else _UNNAMED)
    else:
        kind, words = refusal.kind, refusal.words
    problems = tuple(_problem(code, item) for code, item in coded)
    return _error(kind, words, request, response, code, transaction, problems)


def _without_code(request: Request, response: Response, *, readable: bool) -> OperationError | None:
    if response.status == 408:
        return _error(*_BY_STATUS[408], request, response, None, None)
    is_refusal = 400 <= response.status < 500
    if is_refusal and not readable and response.status not in _BY_STATUS:
        return _error(ResponseError, "the answer cannot be read", request, response, None, None)
    if response.status == 404 and not readable:
        # it may come from a server in front
        return _error(ResponseError, "the answer cannot be read", request, response, None, None)
    return status_error(response, request_id=request_id(request, response, None))


def _too_many(
    request: Request, response: Response, items: list[ErrorItem], transaction: str | None, now: datetime
) -> RateLimitError:
    """Return the error for too many calls: until the window of ten seconds ends, or until the day does.

    No ``Retry-After`` is documented; one that comes all the same is believed. The day is Greenwich's (field guide fedex.md §1.1).
    """
    asked = parse_retry_after(response.headers.get("retry-after"), now=now)
    daily = any(says_daily(item.message or "") for item in items)
    if daily:
        midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)
        wait, words = midnight - now, "the day's calls are used up"
    else:
        seconds = now.timestamp() % WINDOW_SECONDS
        wait, words = max(_WINDOW - timedelta(seconds=seconds), timedelta(seconds=0.1)), "too many calls in ten seconds"
    code = next((code for item in items if (code := _code(item)) is not None), None)
    return RateLimitError(
        f"FedEx refused {request.operation}: {words}{_number(code, response)}",
        retry_after=wait if asked is None else asked,
        code=code,
        request_id=request_id(request, response, transaction),
        **response.facts,
    )


def refused(code: str, request: Request, response: Response) -> ProviderError:
    """Return the error for a code that came inside a success: for one number of many (field guide fedex.md §7.2)."""
    refusal = refusal_for(code) or Refusal(*_UNNAMED)
    item = ErrorItem(code=code)
    kind = refusal.kind
    return _error(kind, refusal.words, request, response, code, None, (_problem(code, item),))


def _problem(code: str, item: ErrorItem) -> Problem:
    refusal = refusal_for(code)
    words = refusal.words if refusal is not None else "see FedEx's list of error codes"
    named = next(
        (one.key for one in item.parameter_list or [] if one.key is not None and _PATH.fullmatch(one.key)), None
    )
    return Problem(message=words, code=code, field=named or (refusal.field if refusal is not None else None))


def _number(code: str | None, response: Response) -> str:
    return f" ({short_code(code)})" if code is not None else f" (HTTP {response.status})"


def _error(  # noqa: PLR0917 - private; all callers have the same at hand
    kind: type[ProviderError],
    words: str,
    request: Request,
    response: Response,
    code: str | None,
    transaction: str | None,
    problems: tuple[Problem, ...] = (),
) -> ProviderError:
    facts = {**response.facts, "operation": request.operation}
    if issubclass(kind, RejectedError):
        facts["problems"] = problems
    return kind(
        f"FedEx refused {request.operation}: {words}{_number(code, response)}",
        code=code,
        request_id=request_id(request, response, transaction),
        outcome_unknown=not request.safe and (kind is UnavailableError or (response.ok and kind is ResponseError)),
        **facts,
    )


class _Transaction(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    transaction_id: str | None = None


_TRANSACTION: Final = msgspec.json.Decoder(_Transaction)


def request_id(request: Request, response: Response, transaction: str | None) -> str | None:
    """Return what FedEx's support asks for: its transaction id, or else ours, which it echoes."""
    if transaction is None:
        try:
            transaction = _TRANSACTION.decode(response.content).transaction_id
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            transaction = None
    return transaction or request.headers.get("x-customer-transaction-id")
