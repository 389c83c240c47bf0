import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cartcarrier.errors import ResponseError
from cartcarrier.http import Request, Response, decode_error, json_decoder, json_encode, read_json


class Line(msgspec.Struct):
    id: str
    kind: str = "x"


class Page(msgspec.Struct):
    orders: list[Line]


class Priced(msgspec.Struct):
    price: Decimal


def answer(request: Request, content: bytes, **changes: Any) -> Response:
    return Response(**{"status": 200, "content": content, "request": request, "provider": "acme", **changes})


@pytest.mark.parametrize("text", [b'{"price": 1.10}', b'{"price": "1.10"}'])
def test_decimals_are_exact_from_numbers_and_text(text: bytes) -> None:
    """1.1 as a float is not 1.10 of any currency."""
    assert str(json_decoder(Priced).decode(text).price) == "1.10"


def test_numbers_without_schema_are_decimals() -> None:
    """No float for money, wherever it comes from."""
    value = json_decoder(dict[str, Any]).decode(b'{"a": 0.1, "b": 2}')
    assert value == {"a": Decimal("0.1"), "b": 2}
    assert isinstance(value["a"], Decimal)


def test_one_decoder_per_schema() -> None:
    """Making one costs more than using it."""
    assert json_decoder(Page) is json_decoder(Page)


def test_encoding_writes_decimals_as_asked() -> None:
    """Some platforms want numbers, some want text; none wants a float."""
    assert json_encode({"a": Decimal("1.10")}) == b'{"a":"1.10"}'
    assert json_encode({"a": Decimal("1.10")}, decimals="number") == b'{"a":1.10}'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"orders": [{"id": 17}]}', "expected `str`, got `int` at $.orders[0].id"),
        (b'{"orders": [{"id": null}]}', "expected `str`, got `null` at $.orders[0].id"),
        (b'{"orders": [{}]}', "missing required field `id` at $.orders[0]"),
        (b"{}", "missing required field `orders` at $"),
        (b'{"orders": [', "cut or malformed"),
        (b'{"orders": [{"id": "\xff\xfe"}]}', "cut or malformed"),
        (b"", "an empty body"),
        (b"<!doctype html><p>Jane Doe", "an HTML page"),
        (b"\xef\xbb\xbf  <html>", "an HTML page"),
        (b"[" * 100_000, "cut or malformed|expected `object`"),
    ],
)
def test_what_cannot_be_read_is_named_by_place(make_request: Callable[..., Request], content: bytes, said: str) -> None:
    """The path of the field is what a maintainer needs; the body is personal data."""
    with pytest.raises(ResponseError, match="acme answered read") as caught:
        read_json(answer(make_request(), content), json_decoder(Page))
    assert any(part in caught.value.message for part in said.split("|"))
    assert "Jane" not in str(caught.value)


def test_nesting_without_end_is_an_answer_that_cannot_be_read(make_request: Callable[..., Request]) -> None:
    """A hostile body must not end in an error from outside our tree."""
    with pytest.raises(ResponseError):
        read_json(answer(make_request(), b"[" * 200_000), json_decoder(list[Any]))


def test_an_xml_document_is_not_called_a_page(make_request: Callable[..., Request]) -> None:
    """Gateways answer XML; the word should lead to them."""
    response = answer(make_request(), b"<fault/>", headers={"Content-Type": "text/xml"})
    with pytest.raises(ResponseError, match="XML document"):
        read_json(response, json_decoder(Page))


@pytest.mark.parametrize(
    ("safe", "status", "unknown"),
    [(True, 200, False), (False, 200, True), (False, 201, True), (False, 400, False)],
)
def test_an_unreadable_success_of_a_write_leaves_the_outcome_open(
    make_write: Callable[..., Request], *, safe: bool, status: int, unknown: bool
) -> None:
    """The label may have been bought; nobody may buy it again unseen."""
    request = make_write(safe=safe)
    with pytest.raises(ResponseError) as caught:
        read_json(answer(request, b"<html>", status=status), json_decoder(Page), request)
    assert caught.value.outcome_unknown is unknown
    assert caught.value.http_status == status


def test_a_value_never_reaches_message_or_cause(make_request: Callable[..., Request]) -> None:
    """What msgspec says quotes the values of enums; tracebacks print causes."""

    class Coded(msgspec.Struct, tag="known"):
        id: str

    with pytest.raises(ResponseError) as caught:
        read_json(answer(make_request(), b'{"type": "Jane Doe", "id": "1"}'), json_decoder(Coded))
    assert "Jane" not in caught.value.message
    assert caught.value.__cause__ is None
    assert "at $.type" in caught.value.message


def test_the_error_pickles(make_request: Callable[..., Request]) -> None:
    """Errors travel between the processes of a job queue."""
    error = decode_error(make_request(), answer(make_request(), b"{"), ValueError())
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(copy), copy.message, copy.operation, copy.provider) == (
        ResponseError,
        error.message,
        "read",
        "acme",
    )
