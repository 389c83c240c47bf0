"""eBay's refusals as our errors, in one place (field guide ebay.md §3).

eBay's own words quote what was sent, names and streets among it. They are repeated for calls about stock only, which carry no
buyer's data, and whose umbrella codes say nothing without them.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec

from cartcarrier.channels.ebay import codes, schemas
from cartcarrier.channels.ebay.codes import Kind
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
    UnavailableError,
)
from cartcarrier.http import Request, Response, json_decoder, redact, status_error

_ID_HEADERS: Final = ("x-ebay-c-request-id", "rlogid")
_WITHOUT_BUYERS: Final = "/sell/inventory/"
_STOCK_ERRORS: Final = 25  # 25xxx are Inventory's own (§3.2)
_LONGEST: Final = 200
# Values that name a thing and no person.
_HARMLESS_NAMES: Final = frozenset({"sku", "offerid", "orderid", "lineitemid", "trackingnumber", "listingid"})
_HARMLESS_VALUE: Final = re.compile(r"[\w.\-]{1,60}")

_CLASSES: Final[dict[Kind, type[ProviderError]]] = {
    Kind.AUTHENTICATION: AuthenticationError,
    Kind.PERMISSION: PermissionDeniedError,
    Kind.NOT_FOUND: NotFoundError,
    Kind.CONFLICT: ConflictError,
    Kind.REJECTED: RejectedError,
    Kind.RATE_LIMIT: RateLimitError,
    Kind.UNAVAILABLE: UnavailableError,
}
_BY_STATUS: Final = {
    401: Kind.AUTHENTICATION,
    403: Kind.PERMISSION,
    404: Kind.NOT_FOUND,
    409: Kind.CONFLICT,
    410: Kind.NOT_FOUND,
    429: Kind.RATE_LIMIT,
}
# What decides when an answer has several errors: what stops everything before what is about one field.
_GRAVITY: Final = tuple(
    Kind[name] for name in ("AUTHENTICATION", "PERMISSION", "RATE_LIMIT", "UNAVAILABLE", "CONFLICT")
)


def response_facts(response: Response) -> dict[str, Any]:
    """Return what every error about an answer says."""
    found = (response.headers.get(name) for name in _ID_HEADERS)
    return {**response.facts, "request_id": next((value for value in found if value), None)}


def error_details(content: bytes) -> Sequence[schemas.ErrorDetail]:
    """Return the errors in a body, in either of eBay's two shapes; none when it cannot be read."""
    try:
        return json_decoder(schemas.ErrorBody).decode(content).details
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ()


def kind_of(detail: schemas.ErrorDetail, status: int) -> Kind:
    """Return what one error means: by its number, else by the HTTP status, else by its category."""
    known = codes.ERROR_KIND.get(detail.error_id or 0)
    if known is not None:
        return known
    if (detail.error_id or 0) in codes.SIGNATURE_CODES:
        return Kind.PERMISSION
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return Kind.UNAVAILABLE
    return Kind.CONFLICT if detail.category == "BUSINESS" else Kind.REJECTED


def ebay_error(response: Response, *, resource: str | None, wait: timedelta | None) -> OperationError:
    """Return the error for an answer that is no success.

    Args:
        response: The answer.
        resource: The quota that the call counts against, which also says which scope it needs.
        wait: How long to stay away after too many calls, where eBay does not say.
    """
    details = error_details(response.content)
    facts = response_facts(response)
    if not details:
        return _bare(response, facts, resource, wait)
    kinds = [kind_of(detail, response.status) for detail in details]
    kind = next((grave for grave in _GRAVITY if grave in kinds), kinds[0])
    detail = details[kinds.index(kind)]
    operation = response.request.operation
    why = meaning(detail, response.request)
    message = f"ebay refused {operation}" + (f": {why}" if why else "")
    if detail.code is not None:
        message += f" ({detail.code})"
    if kind is Kind.RATE_LIMIT:
        return RateLimitError(_spent(operation, resource), code=detail.code, retry_after=wait, **facts)
    if kind is Kind.UNAVAILABLE:
        failed = f"ebay failed at {operation} ({detail.code or response.status})" + (f": {why}" if why else "")
        return UnavailableError(failed, code=detail.code, outcome_unknown=not response.request.safe, **facts)
    if kind is Kind.PERMISSION:
        message += _what_is_missing(detail, resource)
    if kind is Kind.AUTHENTICATION:
        message = f"ebay does not accept the access token for {operation} ({detail.code or response.status})"
    if kind is Kind.REJECTED:
        return RejectedError(message, code=detail.code, problems=problems(details, response.request), **facts)
    return _CLASSES[kind](message, code=detail.code, **facts)


def _bare(response: Response, facts: dict[str, Any], resource: str | None, wait: timedelta | None) -> OperationError:
    request_id = facts["request_id"]
    if response.status == 429:
        return RateLimitError(_spent(response.request.operation, resource), retry_after=wait, **facts)
    return status_error(response, request_id=request_id)


def _spent(operation: str, resource: str | None) -> str:
    return f"ebay got too many calls of {resource or 'this kind'} from this application; {operation} was not done"


def _what_is_missing(detail: schemas.ErrorDetail, resource: str | None) -> str:
    if (detail.error_id or 0) in codes.SIGNATURE_CODES:
        return "; sellers of the EU and the United Kingdom need the setting signing_key"
    scope = codes.SCOPE_NEEDED.get(resource or "")
    if detail.error_id == 1100 and scope is not None:
        return f"; add the scope {scope} to scopes, and have the seller authorize again"
    if detail.error_id == 1100:
        return "; a scope or a program is missing: have the seller authorize again"
    return ""


def meaning(detail: schemas.ErrorDetail, request: Request) -> str:
    """Return what an error means, without personal data; empty when only its number is known."""
    if (detail.error_id or 0) in codes.SIGNATURE_CODES:
        return "the digital signature is missing or wrong"
    of_stock = detail.error_id is not None and detail.error_id // 1000 == _STOCK_ERRORS
    if of_stock and request.path.startswith(_WITHOUT_BUYERS):
        said = detail.message or detail.long_message or codes.MEANING.get(detail.error_id or 0, "")
        return redact(said)[:_LONGEST]
    return codes.MEANING.get(detail.error_id or 0, "")


def field_of(detail: schemas.ErrorDetail) -> str | None:
    """Return what an error is about: the names of its parameters, and their values where those name a thing."""
    parts = []
    for parameter in detail.names:
        name = parameter.name or ""
        if not re.fullmatch(r"[A-Za-z][\w.\[\]]{0,60}", name):
            continue
        value = parameter.value or ""
        harmless = name.casefold() in _HARMLESS_NAMES and _HARMLESS_VALUE.fullmatch(value)
        parts.append(f"{name}={value}" if harmless else name)
    return ", ".join(parts) or None


def problems(details: Sequence[schemas.ErrorDetail], request: Request) -> tuple[Problem, ...]:
    """Return each error with its number and what it is about."""
    return tuple(
        Problem(message=meaning(detail, request) or "refused by eBay", code=detail.code, field=field_of(detail))
        for detail in details
    )
