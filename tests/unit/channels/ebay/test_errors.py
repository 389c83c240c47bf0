"""eBay's numbers, and the errors that they are here."""

from datetime import timedelta
from typing import Any

import pytest

from cartcarrier.channels.ebay.codes import ERROR_KIND, MEANING, Kind
from cartcarrier.channels.ebay.errors import ebay_error
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    RejectedError,
    UnavailableError,
)
from cartcarrier.http import Request, Response
from tests.unit.channels.ebay.fakes import ORDER, UPDATES, answer, refusal

CLASSES = {
    Kind.AUTHENTICATION: AuthenticationError,
    Kind.PERMISSION: PermissionDeniedError,
    Kind.NOT_FOUND: NotFoundError,
    Kind.CONFLICT: ConflictError,
    Kind.REJECTED: RejectedError,
    Kind.RATE_LIMIT: RateLimitError,
    Kind.UNAVAILABLE: UnavailableError,
}


def error(answered: Any, *, path: str = ORDER, safe: bool = True, resource: str = "sell.fulfillment") -> ProviderError:
    status, headers, content = answered
    request = Request(operation="try_it", method="GET", path=path, safe=safe)
    response = Response(
        status=status, headers={**headers, "rlogid": "r-1"}, content=content, request=request, provider="ebay"
    )
    made = ebay_error(response, resource=resource, wait=timedelta(minutes=1))
    assert isinstance(made, ProviderError)
    return made


@pytest.mark.parametrize(("code", "kind"), sorted(ERROR_KIND.items()))
def test_number_decides(code: int, kind: Kind) -> None:
    """Statuses are coarse at eBay: an unknown order may be a 400."""
    made = error(refusal(400, code))
    assert type(made) is CLASSES[kind]
    assert (made.code, made.http_status, made.request_id) == (str(code), 400, "r-1")


@pytest.mark.parametrize(
    ("status", "category", "kind"),
    [
        (401, "REQUEST", AuthenticationError),
        (403, "REQUEST", PermissionDeniedError),
        (404, "REQUEST", NotFoundError),
        (409, "REQUEST", ConflictError),
        (429, "REQUEST", RateLimitError),
        (500, "APPLICATION", UnavailableError),
        (400, "BUSINESS", ConflictError),
        (400, "REQUEST", RejectedError),
        (422, None, RejectedError),
    ],
)
def test_number_that_is_new_leaves_it_to_status_and_category(
    status: int, category: str | None, kind: type[ProviderError]
) -> None:
    """What eBay adds must still be told apart."""
    assert type(error(refusal(status, 99_999, category=category or "NEW"))) is kind


def test_gravest_of_several_errors_decides() -> None:
    """A missing scope beside a wrong field is a missing scope."""
    both = answer(400, {"errors": [{"errorId": 32600}, {"errorId": 1100}]})
    assert isinstance(error(both), PermissionDeniedError)


def test_all_errors_are_problems_with_what_they_are_about() -> None:
    """Two wrong fields mended one by one are two calls."""
    details = [
        {"errorId": 32500, "parameters": [{"name": "shippedDate", "value": "Jo Doe"}]},
        {"errorId": 32200, "parameters": [{"name": "lineItemId", "value": "1004"}]},
    ]
    made = error(answer(400, {"errors": details}))
    assert isinstance(made, RejectedError)
    assert [(problem.code, problem.field) for problem in made.problems] == [
        ("32500", "shippedDate"),
        ("32200", "lineItemId=1004"),
    ]


def test_post_orders_shape_is_read_too() -> None:
    """Older APIs say ``error`` and ``parameter``."""
    detail = {"errorId": 2004, "parameter": [{"name": "orderId", "value": "12-3"}]}
    made = error(answer(400, {"error": [detail]}))
    assert isinstance(made, RejectedError)
    assert [problem.field for problem in made.problems] == ["orderId=12-3"]


def test_words_that_may_quote_the_buyer_are_not_repeated() -> None:
    """Errors end up in trackers in other hands."""
    made = error(refusal(400, 32600, message="no such street: 1 Elm St", city="Reno"))
    assert isinstance(made, RejectedError)
    assert "Elm" not in f"{made} {made.problems}"
    assert "Reno" not in f"{made} {made.problems}"


def test_umbrella_codes_of_stock_keep_their_words() -> None:
    """25013 and its like say nothing else; calls about stock carry no buyer."""
    made = error(
        refusal(400, 25013, message="The quantity is above your limit."), path=UPDATES, resource="sell.inventory"
    )
    assert "above your limit" in str(made)


def test_other_words_at_a_call_about_stock_are_not_repeated() -> None:
    """A gateway before it may quote whatever it saw."""
    made = error(refusal(400, 2004, message="no such street: 1 Elm St"), path=UPDATES, resource="sell.inventory")
    assert "Elm" not in str(made)


def test_missing_scope_is_named() -> None:
    """A new scope needs a new consent: the message says which."""
    assert "sell.inventory" in str(error(refusal(403, 1100), path=UPDATES, resource="sell.inventory"))


def test_failed_write_may_have_happened() -> None:
    """A read's failure changes nothing; a write's may."""
    assert error(refusal(500, 30500), safe=False).outcome_unknown
    assert not error(refusal(500, 30500)).outcome_unknown


@pytest.mark.parametrize("content", [b"", b"<html>no</html>", b'{"message": "no"}', b'{"error": "no"}', b"[1]"])
def test_body_that_is_no_error_leaves_the_status(content: bytes) -> None:
    """Gateways answer in their own words."""
    assert isinstance(error((503, {}, content)), UnavailableError)
    assert isinstance(error((429, {}, content)), RateLimitError)


def test_meanings_belong_to_known_numbers() -> None:
    """A meaning without a number would never be shown."""
    assert set(MEANING) - set(ERROR_KIND) <= {30850, 25004, 25026, 25701, 25702, 25759}


def test_parameter_whose_name_is_no_name_is_left_out() -> None:
    """Some are numbers; others could hold anything."""
    details = [
        {"errorId": 32600, "parameters": [{"name": "Jo Doe, Reno"}, {"value": "x"}, {"name": "lineItems[0].quantity"}]}
    ]
    made = error(answer(400, {"errors": details}))
    assert isinstance(made, RejectedError)
    assert [problem.field for problem in made.problems] == ["lineItems[0].quantity"]
