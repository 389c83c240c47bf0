"""Amazon's refusals as our errors, in one place (field guide amazon.md §1.5).

Amazon's own words are never repeated: they quote what was sent, addresses too. Codes are, and paths of fields.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec

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
)
from cartcarrier.http import Request, Response, json_decoder
from cartcarrier.platforms.amazon import codes
from cartcarrier.platforms.amazon.codes import Kind

_REQUEST_ID: Final = "x-amzn-requestid"
_ERROR_TYPE: Final = "x-amzn-errortype"
_FIELD: Final = re.compile(r"\[([A-Za-z]\w*(?:[.\[]\w+\]?)*)\]")
_TOKEN_WORDS: Final = ("expired", "revoked", "malformed", "invalid")


class ApiProblem(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One entry of ``errors``.

    Attributes:
        code: Open: the same thing is spelled in several ways.
        message: For us alone: it may quote what was sent.
        details: As ``message``.
    """

    code: str = ""
    message: str = ""
    details: str | None = None

    @property
    def text(self) -> str:
        """All that Amazon says, in small letters, to look for known words in."""
        return f"{self.code} {self.message} {self.details or ''}".lower()


class _Errors(msgspec.Struct, frozen=True, gc=False):
    errors: list[ApiProblem] | None = None


_DECODER: Final = json_decoder(_Errors)

_SAYS: Final[dict[Kind, tuple[type[ProviderError], str, str]]] = {
    Kind.AUTHENTICATION: (AuthenticationError, "does not accept the access token for", ""),
    Kind.PERMISSION: (
        PermissionDeniedError,
        "denies",
        (
            ": the application lacks a role for it, or the seller has not authorized it since the role was added; a mistyped"
            " address is answered in the same way"
        ),
    ),
    Kind.NOT_FOUND: (NotFoundError, "does not know the object of", ""),
    Kind.CONFLICT: (ConflictError, "reports a conflict for", ""),
    Kind.RATE_LIMIT: (RateLimitError, "throttled", "; nothing was done"),
    Kind.UNAVAILABLE: (UnavailableError, "failed at", ""),
}


def read_problems(response: Response) -> tuple[ApiProblem, ...]:
    """Return what an answer complains about; nothing when it does not, or is no JSON: an HTML page, an empty body."""
    # In older APIs ``errors`` stands beside ``payload`` of a success (§1.5). Most successes do not even have the word.
    if b'"errors"' not in response.content:
        return ()
    try:
        return tuple(_DECODER.decode(response.content).errors or ())
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ()


def error_facts(response: Response) -> dict[str, Any]:
    """Return what every error about an answer says."""
    return {**response.facts, "request_id": response.headers.get(_REQUEST_ID)}


def amazon_error(
    request: Request,
    response: Response,
    *,
    pause: timedelta | None = None,
    markers: Sequence[tuple[str, str]] = (),
) -> OperationError | None:
    """Return the error in an answer, or ``None`` for a success.

    Args:
        request: What was asked.
        response: What came back.
        pause: After how long a throttled call can succeed; Amazon does not say so itself (§1.7).
        markers: Of the operation: patterns in Amazon's text, and the codes that they stand for.
    """
    found = read_problems(response)
    if response.ok and not found:
        return None
    first = found[0] if found else ApiProblem()
    marker = _marker(found, markers)
    kind = _kind(response, first, marker)
    code = marker or first.code.strip() or response.headers.get(_ERROR_TYPE, "").partition(":")[0].strip() or None
    facts: dict[str, Any] = {**error_facts(response), "code": code}
    name, shown = request.operation, f" ({code})" if code else f" (HTTP {response.status})"
    if kind is None:
        return ResponseError(f"amazon answered {name} in an unexpected way (HTTP {response.status})", **facts)
    if kind is Kind.REJECTED:
        problems = _problems(found)
        fields = sorted({problem.field for problem in problems if problem.field})
        where = f" for {', '.join(fields)}" if fields else ""
        return RejectedError(f"amazon refused {name}{where}{shown}", problems=problems, **facts)
    if kind is Kind.RATE_LIMIT and "retry-after" not in response.headers:
        facts["retry_after"] = pause
    if kind is Kind.UNAVAILABLE:
        facts["outcome_unknown"] = not request.safe
    error, words, advice = _SAYS[kind]
    return error(f"amazon {words} {name}{shown}{advice}", **facts)


def _marker(found: Sequence[ApiProblem], markers: Sequence[tuple[str, str]]) -> str | None:
    """Return our word for what Amazon says in its text only; the operation's own come before those of all."""
    for pattern, word in markers:
        if any(re.search(pattern, one.text) for one in found):
            return word
    return next((word for text, word in codes.MARKERS.items() if any(text in one.text for one in found)), None)


def _kind(response: Response, first: ApiProblem, marker: str | None) -> Kind | None:
    status = response.status
    if marker in codes.PERMISSION_MARKERS:
        return Kind.PERMISSION
    if status in {401, 403} and _is_about_the_token(response, first):
        return Kind.AUTHENTICATION
    if status >= 500:
        return Kind.UNAVAILABLE
    if status == 400 or response.ok:
        return codes.kind_of_code(first.code) or Kind.REJECTED
    if status in codes.KIND_BY_STATUS:
        return codes.KIND_BY_STATUS[status]
    return Kind.REJECTED if status >= 400 else None


def _is_about_the_token(response: Response, first: ApiProblem) -> bool:
    # 403 stands for an expired token as well as for a missing role (§1.3): only the text tells.
    if response.status == 401:
        return True
    text = f"{first.text} {response.headers.get(_ERROR_TYPE, '').lower()}"
    return "token" in text and any(word in text for word in _TOKEN_WORDS)


def _problems(found: Sequence[ApiProblem]) -> tuple[Problem, ...]:
    return tuple(
        Problem(message="refused by Amazon", code=one.code.strip() or None, field=_field(one.message)) for one in found
    )


def _field(text: str) -> str | None:
    for match in _FIELD.finditer(text):
        if re.split(r"[.\[]", match[1])[0] in codes.FIELD_ROOTS:
            return match[1]
    return None
