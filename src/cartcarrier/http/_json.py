"""JSON in and out, through msgspec: exact decimals, and errors that name the field and show no data."""

import functools
import re
from decimal import Decimal
from typing import Any, Literal, TypeVar

import msgspec

from cartcarrier.errors import ResponseError
from cartcarrier.http._messages import Request, Response

T = TypeVar("T")

_FIELD = re.compile(r"at (?:`key` in )?`(?P<path>\$[^`]*)`")
# The only words of msgspec that never quote the document.
_HARMLESS = re.compile(r"Expected `[^`]*`, got `[^`]*`|Object missing required field `[^`]*`")


@functools.cache
def _decoder(schema: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(schema, float_hook=Decimal)


def json_decoder(schema: type[T]) -> msgspec.json.Decoder[T]:
    """Return the decoder of a schema, made once.

    ``Decimal`` fields read numbers and strings, exactly; a number without a schema becomes a ``Decimal`` too, never a float.
    """
    return _decoder(schema)  # type: ignore[arg-type]  # the cache asks for a hashable, and a class is one


_ENCODERS = {
    "string": msgspec.json.Encoder(decimal_format="string"),
    "number": msgspec.json.Encoder(decimal_format="number"),
}


def json_encode(value: object, *, decimals: Literal["string", "number"] = "string") -> bytes:
    """Return a value as JSON: structs, attrs instances, dicts, lists, dates.

    Args:
        value: What to encode.
        decimals: How a ``Decimal`` is written.
    """
    return _ENCODERS[decimals].encode(value)


def read_json(response: Response, decoder: msgspec.json.Decoder[T], request: Request | None = None) -> T:
    """Decode the body of an answer.

    Args:
        response: The answer.
        decoder: From ``json_decoder``.
        request: What was asked; by default ``response.request``.

    Raises:
        ResponseError: It is an HTML page, cut, or not of the documented shape. ``outcome_unknown`` is true when it answers a
            write that must not be repeated, and reports success.
    """
    try:
        return decoder.decode(response.content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise decode_error(request or response.request, response, exc) from _harmless(exc)


def decode_error(request: Request, response: Response, exc: BaseException) -> ResponseError:
    """Return the error for an answer that could not be read; it shows nothing of the body.

    Args:
        request: What was asked.
        response: The answer.
        exc: What the decoder said.
    """
    facts = {**response.facts, "operation": request.operation}
    return ResponseError(
        f"{response.provider} answered {request.operation} {_what(response, exc)} (HTTP {response.status})",
        outcome_unknown=not request.safe and response.ok,
        **facts,
    )


def _what(response: Response, exc: BaseException) -> str:
    start = response.content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "with an empty body where JSON is due"
    if start.startswith(b"<"):
        kind = "HTML page" if "html" in response.headers.get("content-type", "html") else "XML document"
        return f"with an {kind} where JSON is due"
    if isinstance(exc, msgspec.ValidationError):
        said = _HARMLESS.search(str(exc))
        field = _FIELD.search(str(exc))
        reason = (
            said.group().replace("Expected", "expected").replace("Object missing", "missing")
            if said
            else "invalid value"
        )
        return f"in another shape than documented: {reason} at {field['path'] if field else '$'}"
    return "with JSON that is cut or malformed"


def _harmless(exc: BaseException) -> BaseException | None:
    """Return the cause to chain, unless it may quote the document."""
    if isinstance(exc, UnicodeDecodeError | RecursionError):
        return None  # the first holds the whole body
    if isinstance(exc, msgspec.ValidationError) and not _HARMLESS.search(str(exc)):
        return None
    return exc
