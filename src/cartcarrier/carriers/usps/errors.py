"""USPS's refusals, as our errors.

The useful code is an inner one; sometimes a sentence is all there is. Payments refuse in a body that looks like a success, the
gateway has a shape of its own, and pages come from the servers in front (field guide usps.md §8). USPS's own words are not passed
on: they may repeat an address.
"""

import re
from datetime import datetime, timedelta
from typing import Final

import msgspec

from cartcarrier.carriers.usps.codes import (
    OAS,
    ON_ANOTHER_FORM,
    code_in,
    is_of_the_gateway,
    is_refund_asked,
    needed_scope,
    refusal_for,
)
from cartcarrier.carriers.usps.schemas import ErrorHead, ErrorItem, ErrorSource
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


class SilentRefusalError(AuthenticationError):
    """A 401 without a word. With a fresh token it means that an API product is missing; the client says so."""


class FaultDetail(msgspec.Struct, frozen=True, gc=False):
    """The gateway's code."""

    errorcode: str | None = None


class Fault(msgspec.Struct, frozen=True, gc=False):
    """What the gateway says."""

    faultstring: str | None = None
    detail: FaultDetail | None = None


class ErrorBody(msgspec.Struct, frozen=True, gc=False):
    """A refusal's body, in each shape."""

    error: ErrorHead | str | None = None
    fault: Fault | None = None
    message: str | None = None
    body: str | None = None


_DECODER: Final = msgspec.json.Decoder(ErrorBody)
# Field guide usps.md §8: accepted credentials, but not for this.
_NOT_GRANTED: Final = ("insufficient oauth scope", "client application identifier is invalid")
_PRODUCT: Final = (
    "the app has not been granted this API product; ask USPS for it (a service request names CRID, MID and volumes)"
)
_NUMBER: Final = re.compile(r"\b(?:420\d{5}(?:\d{4})?)?(9\d{19,25}|\d{20}|[A-Z]{2}\d{9}[A-Z]{2})\b")
_EFN: Final = re.compile(r"\befn[^0-9A-Za-z]*([0-9]{6,40})", re.IGNORECASE)
_POINTER: Final = re.compile(r"\[Path '(/[\w/\-]*)'")
_MISSING: Final = re.compile(r'missing required properties \(\["([\w", ]+)"\]\)')
_PARAMETER: Final = re.compile(r"[A-Za-z][\w.\[\], /:'-]{0,80}")
_BY_STATUS: Final[dict[int, tuple[type[ProviderError], str]]] = {
    401: (AuthenticationError, "the credentials are not accepted"),
    403: (PermissionDeniedError, "the account or the app has no right to that"),
    404: (NotFoundError, "there is no such thing"),
    408: (UnavailableError, "it took too long"),
    409: (ConflictError, "it collides with what was done before"),
    412: (ConflictError, "it has changed meanwhile"),
    429: (RateLimitError, "too many calls"),
}
_OVERLOADED: Final = (UnavailableError, "it is temporarily unable to do it")
_UNNAMED: Final = (RejectedError, "this driver has no words for the code")


def read_error(content: bytes) -> ErrorBody | None:
    """Return a refusal's body; an empty one when it has another shape, ``None`` when it is a page, cut, or empty."""
    try:
        return _DECODER.decode(content)
    except msgspec.ValidationError:
        return ErrorBody()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def translate(request: Request, response: Response, *, now: datetime) -> OperationError | None:
    """Return the error in an answer; ``None`` when there is none.

    Args:
        request: What was asked.
        response: What came back.
        now: The present: without ``Retry-After`` the quota is there again at the next full hour (field guide usps.md §1.2).
    """
    if response.ok:
        return None
    body = read_error(response.content)
    if body is None:
        return _unreadable(request, response, now)
    head = body.error if isinstance(body.error, ErrorHead) else None
    return refused(request, response, head, extra=_other_words(body), now=now)


def _other_words(body: ErrorBody) -> tuple[str | None, str]:
    """Return the code and the words that stand outside the usual place."""
    fault = body.fault
    code = fault.detail.errorcode if fault is not None and fault.detail is not None else None
    words = [fault.faultstring if fault is not None else None, body.message, body.body]
    if isinstance(body.error, str):
        words.append(body.error)
    return code, " ".join(word for word in words if word)


def refused(
    request: Request,
    response: Response,
    head: ErrorHead | None,
    *,
    status: int | None = None,
    extra: tuple[str | None, str] = (None, ""),
    now: datetime | None = None,
) -> ProviderError:
    """Return the error for a refusal that could be read; of a whole answer, or of one parcel in it.

    Args:
        request: What was asked.
        response: What came back.
        head: The error in it.
        status: Of the part of the answer; by default the answer's.
        extra: Code and words from other places.
        now: The present.
    """
    status = status if status is not None else response.status
    items = list(head.errors or ()) if head is not None else []
    sentence = " ".join(_sentences(head, items, extra[1]))
    codes = _codes(items, head, extra[0], sentence)
    known = next((code for code in codes if refusal_for(code) is not None), None)
    code = known or (codes[0] if codes else None)
    refusal = refusal_for(known) if known is not None else None
    kind, words = _kind(status, code, sentence, (refusal.kind, refusal.words) if refusal is not None else None)
    if words == _PRODUCT and (scope := needed_scope(request.operation)) is not None:
        words = f"{words}; scope {scope}"
    if code == ON_ANOTHER_FORM and (form := _EFN.search(sentence)) is not None:
        words = f"{words}; SCAN form {form[1]}"
    if (number := _NUMBER.search(sentence)) is not None and request.operation == "manifest":
        words = f"{words}; label {number[1]}"
    facts = {**response.facts, "http_status": status}
    if issubclass(kind, RejectedError):
        facts["problems"] = _problems(items, codes, sentence)
    if issubclass(kind, RateLimitError):
        facts["retry_after"] = _until_the_next_hour(response, now)
    number_of_it = f" ({short_code(code)})" if code is not None else f" (HTTP {status})"
    return kind(
        f"USPS refused {request.operation}: {words}{number_of_it}",
        code=code,
        request_id=request_id(response),
        outcome_unknown=not request.safe and issubclass(kind, UnavailableError),
        **facts,
    )


def _kind(
    status: int, code: str | None, sentence: str, known: tuple[type[ProviderError], str] | None
) -> tuple[type[ProviderError], str]:
    if status >= 500:
        # whatever the code: it is USPS's own trouble, not the request's
        return _OVERLOADED
    if status == 401:
        return _unauthorized(sentence)
    if known is not None and status != 429:
        return known
    if code is not None and is_of_the_gateway(code):
        return RejectedError, "a member is misspelled, missing or of the wrong kind; the problem names it"
    return _BY_STATUS.get(status, _UNNAMED)


def _unauthorized(sentence: str) -> tuple[type[ProviderError], str]:
    if any(words in sentence.lower() for words in _NOT_GRANTED):
        return PermissionDeniedError, _PRODUCT
    return (AuthenticationError if sentence.strip() else SilentRefusalError), _BY_STATUS[401][1]


def _sentences(head: ErrorHead | None, items: list[ErrorItem], other: str) -> list[str]:
    words = [text for item in items for text in (item.title, item.detail) if text]
    if head is not None and head.message:
        words.append(head.message)
    # "401", "Bad Request": a status in words tells nothing
    return [text for text in [*words, other] if text and not text.strip().isdecimal()]


def _codes(items: list[ErrorItem], head: ErrorHead | None, other: str | None, sentence: str) -> list[str]:
    found = [str(item.code).strip() for item in items if item.code is not None]
    if head is not None and head.code is not None:
        found.append(str(head.code).strip())
    # the outer code is the status; of use only when it is a code of its own
    codes = [code for code in [*found, other] if code and not (code.isdecimal() and len(code) <= 3)]
    told = code_in(sentence)
    if told is not None:
        codes.insert(0 if is_refund_asked(told) else len(codes), told)
    if OAS.lower() in sentence.lower() and not codes:
        codes.append(OAS)
    return list(dict.fromkeys(codes))


def _problems(items: list[ErrorItem], codes: list[str], sentence: str) -> tuple[Problem, ...]:
    fields = [_field(item.source) for item in items]
    pointer = _POINTER.search(sentence) or _MISSING.search(sentence)
    problems = []
    for place, code in enumerate(codes):
        refusal = refusal_for(code)
        words = refusal.words if refusal is not None else "see USPS's list of errors"
        field = fields[place] if place < len(fields) else None
        if field is None and refusal is not None:
            field = refusal.field
        if is_of_the_gateway(code) and pointer is not None:
            field = pointer[1].replace('"', "")
        problems.append(Problem(message=words, code=code, field=field))
    return tuple(problems)


def _field(source: ErrorSource | str | None) -> str | None:
    name = source.parameter if isinstance(source, ErrorSource) else None
    return name if name is not None and _PARAMETER.fullmatch(name) else None


def _until_the_next_hour(response: Response, now: datetime | None) -> timedelta | None:
    if response.headers.get("retry-after") or now is None:
        return None  # the session reads it
    ahead = (now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return ahead - now


def _unreadable(request: Request, response: Response, now: datetime) -> OperationError:
    if response.status == 401:
        if response.content.strip():
            return status_error(response, request_id=request_id(response))
        return SilentRefusalError(
            f"USPS refused {request.operation}: {_BY_STATUS[401][1]} (HTTP 401)",
            request_id=request_id(response),
            **response.facts,
        )
    if response.status == 404:
        # a page, not USPS's words: it may come from a server in front
        return ResponseError(
            f"USPS refused {request.operation}: the answer cannot be read (HTTP 404)",
            request_id=request_id(response),
            **response.facts,
        )
    if response.status == 408:
        return UnavailableError(
            f"USPS refused {request.operation}: {_BY_STATUS[408][1]} (HTTP 408)",
            request_id=request_id(response),
            outcome_unknown=not request.safe,
            **response.facts,
        )
    error = status_error(response, request_id=request_id(response))
    if isinstance(error, RateLimitError):
        return error.replace(retry_after=_until_the_next_hour(response, now))
    return error


def product_missing(error: SilentRefusalError) -> PermissionDeniedError:
    """Return what a 401 without a word means when the token was just renewed (field guide usps.md §0.4)."""
    scope = needed_scope(error.operation)
    named = f"; scope {scope}" if scope is not None else ""
    return PermissionDeniedError(
        f"USPS refused {error.operation}: the token is fresh, so {_PRODUCT}{named}",
        provider=error.provider,
        account=error.account,
        operation=error.operation,
        code=error.code,
        request_id=error.request_id,
        http_status=error.http_status,
    )


def scope_missing(request: Request, response: Response, scope: str) -> PermissionDeniedError:
    """Return the error for a call whose scope the token does not have."""
    return PermissionDeniedError(
        f"USPS refused {request.operation}: the token has no scope {scope}; {_PRODUCT}",
        code="scope",
        request_id=request_id(response),
        **response.facts,
    )


def request_id(response: Response) -> str | None:
    """Return what USPS's support can search for. No such header is documented; some answers carry one."""
    return response.headers.get("x-request-id") or response.headers.get("x-correlation-id")
