"""FedEx's refusals in every shape in which they come."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cartcarrier.carriers.fedex.errors import refused, request_id, translate
from cartcarrier.errors import (
    AuthenticationError,
    InsufficientFundsError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    RejectedError,
    ResponseError,
    UnavailableError,
)
from cartcarrier.http import Request, Response
from tests.unit.carriers.fedex.samples import refusal

NOW = datetime(2026, 12, 1, 12, 0, 3, tzinfo=UTC)


def asked(*, safe: bool = True) -> Request:
    """Return a request."""
    return Request(
        operation="ship", method="POST", path="/x", safe=safe, headers={"x-customer-transaction-id": "ours-1"}
    )


def answer(body: object, status: int = 400, *, safe: bool = True, headers: dict[str, str] | None = None) -> Response:
    """Return an answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status=status, content=content, request=asked(safe=safe), provider="fedex", headers=headers or {})


def error_of(body: object, status: int = 400, **changes: Any) -> OperationError | None:
    """Return the error in an answer."""
    response = answer(body, status, **changes)
    return translate(response.request, response, now=NOW)


def provider_error(body: object, status: int = 400, **changes: Any) -> ProviderError:
    """Return the error in an answer that has one."""
    found = error_of(body, status, **changes)
    assert isinstance(found, ProviderError)
    return found


def test_error_names_operation_code_and_transaction() -> None:
    """FedEx's support asks for the last one."""
    found = provider_error(refusal("RECIPIENTS.POSTALCODE.INVALID"))
    assert str(found) == ("FedEx refused ship: the recipient's postal code is invalid (RECIPIENTS.POSTALCODE.INVALID)")
    assert (found.code, found.request_id, found.http_status) == ("RECIPIENTS.POSTALCODE.INVALID", "tx-9", 400)
    assert (found.provider, found.account, found.operation) == ("fedex", "default", "ship")


def test_fedex_own_words_are_not_passed_on() -> None:
    """They may quote an address; and some say only that there are none (field guide fedex.md section 11, pitfall 20)."""
    for message in ("Jill Doe, 9 Elm St", "We are not able to retrieve the message for the warning or error."):
        found = provider_error(refusal("MOON.PHASE.WRONG", message=message))
        assert isinstance(found, RejectedError)
        assert message not in str(found)
        assert "MOON.PHASE.WRONG" in str(found)
        assert all(message not in problem.message for problem in found.problems)


def test_every_code_is_a_problem_with_its_field() -> None:
    """The parameter that FedEx names, or the table's."""
    body = refusal("RECIPIENTS.POSTALCODE.INVALID", "WEIGHT.VALUE.REQUIRED", "MOON.PHASE.WRONG")
    body["errors"][1]["parameterList"] = [{"key": "9 Elm St!", "value": "x"}, {"key": "weight.value", "value": "Jill"}]
    found = provider_error(body)
    assert isinstance(found, RejectedError)
    assert [(one.code, one.field) for one in found.problems] == [
        ("RECIPIENTS.POSTALCODE.INVALID", "recipients.address.postalCode"),
        ("WEIGHT.VALUE.REQUIRED", "weight.value"),
        ("MOON.PHASE.WRONG", None),
    ]


def test_known_code_goes_before_an_unknown_one() -> None:
    """It says what to do."""
    assert provider_error(refusal("MOON.PHASE.WRONG", "NOT.FOUND.ERROR")).code == "NOT.FOUND.ERROR"


def test_open_outcome_goes_before_a_refusal() -> None:
    """What may have been bought must not count as refused."""
    found = provider_error(refusal("WEIGHT.VALUE.REQUIRED", "SYSTEM.UNEXPECTED.ERROR"), safe=False)
    assert isinstance(found, UnavailableError)
    assert found.outcome_unknown


@pytest.mark.parametrize("status", [500, 502, 503])
def test_trouble_of_fedex_own_is_no_refusal(status: int) -> None:
    """Whatever the code beside it."""
    found = provider_error(refusal("WEIGHT.VALUE.REQUIRED"), status, safe=False)
    assert isinstance(found, UnavailableError)
    assert found.outcome_unknown
    assert not provider_error(refusal("WEIGHT.VALUE.REQUIRED"), status).outcome_unknown


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthenticationError), (403, PermissionDeniedError), (404, NotFoundError), (422, RejectedError)],
)
def test_unknown_code_is_left_to_the_status(status: int, kind: type[ProviderError]) -> None:
    """It is not guessed."""
    assert type(provider_error(refusal("MOON.PHASE.WRONG"), status)) is kind


def test_expired_token_is_renewed_whatever_the_code() -> None:
    """The call was not executed, so it is sent again with another token."""
    assert isinstance(provider_error(refusal("FORBIDDEN.ERROR"), 401), AuthenticationError)


def test_missing_approval_says_what_to_do() -> None:
    """Rates work, buying does not (field guide fedex.md section 11, pitfall 3)."""
    found = provider_error(refusal("SHIPMENT.ACCOUNTNUMBER.UNAUTHORIZED"), 403)
    assert isinstance(found, PermissionDeniedError)
    assert "approve your labels" in str(found)


def test_key_of_another_project_says_what_to_do() -> None:
    """Tracking wants its own (field guide fedex.md section 11, pitfall 2)."""
    assert "track_client_id" in str(provider_error(refusal("FORBIDDEN.ERROR"), 403))


def test_credit_hold_is_read_from_the_words() -> None:
    """It has no code that anybody knows."""
    found = provider_error(refusal("ACCOUNT.PROBLEM", message="Payor account is on credit hold"))
    assert isinstance(found, InsufficientFundsError)
    assert found.problems


def test_unnamed_field_of_a_422_is_said_to_be_unnamed() -> None:
    """FedEx refuses the whole and does not say why (field guide fedex.md section 11, pitfall 9)."""
    found = provider_error(refusal("INVALID.INPUT.EXCEPTION"), 422)
    assert isinstance(found, RejectedError)
    assert "does not say which field" in str(found)


# --- other shapes ---------------------------------------------------------------------------------------------------------


def test_not_found_has_a_shape_of_its_own() -> None:
    """A word in place of a list (field guide fedex.md section 8)."""
    found = provider_error({"error": "NOT.FOUND.ERROR", "error_detail": "Jill Doe"}, 404)
    assert isinstance(found, NotFoundError)
    assert found.code == "NOT.FOUND.ERROR"
    assert found.request_id == "ours-1"


def test_one_error_may_come_as_an_object() -> None:
    """Or as a number."""
    assert provider_error({"errors": {"code": "NOT.FOUND.ERROR"}}).code == "NOT.FOUND.ERROR"
    assert provider_error({"errors": [{"code": 17}]}).code == "17"


def test_code_that_is_none_is_not_passed_on() -> None:
    """It may hold anything."""
    found = provider_error({"errors": [{"code": "Jill Doe, 9 Elm St"}]})
    assert isinstance(found, RejectedError)
    assert found.code is None
    assert "Jill" not in str(found)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"<html>", 400, ResponseError),
        (b"", 422, ResponseError),
        (b"<html>", 404, ResponseError),
        (b"\xff", 400, ResponseError),
        (b"<html>", 401, AuthenticationError),
        (b"<html>", 403, PermissionDeniedError),
        (b"<html>", 429, RateLimitError),
        (b"<html>", 503, UnavailableError),
        (b"[]", 400, RejectedError),
        (b'{"errors":[]}', 404, NotFoundError),
        (b'{"errors":"no"}', 400, RejectedError),
    ],
)
def test_page_is_what_its_status_says(body: bytes, status: int, kind: type[ProviderError]) -> None:
    """Servers in front answer with pages (field guide fedex.md section 8)."""
    assert type(provider_error(body, status)) is kind


def test_success_is_no_error() -> None:
    """Nor is one that speaks of errors further down."""
    assert error_of({"output": {}}, 200) is None
    assert error_of({"output": {"x": "y" * 600, "errors": [{"code": "NOT.FOUND.ERROR"}]}}, 200) is None
    assert error_of(b'{"errors":[]}', 200) is None
    assert error_of(b'{"errors":', 200) is None


def test_refusal_inside_a_success_is_an_error() -> None:
    """Whatever the status."""
    found = provider_error(refusal("RECIPIENTS.POSTALCODE.INVALID"), 200)
    assert (type(found).__name__, found.http_status) == ("AddressRejectedError", 200)


# --- too many calls -------------------------------------------------------------------------------------------------------


def test_burst_is_over_at_the_next_window() -> None:
    """FedEx counts in windows of ten seconds (field guide fedex.md section 1.1)."""
    found = provider_error(refusal("TOO.MANY", message="received too many requests in a short duration"), 429)
    assert isinstance(found, RateLimitError)
    assert found.retry_after == timedelta(seconds=7)
    assert not found.outcome_unknown


def test_end_of_the_window_is_never_now() -> None:
    """A wait of nothing is no wait."""
    response = answer(refusal("TOO.MANY"), 429)
    found = translate(response.request, response, now=NOW.replace(second=9, microsecond=999_999))
    assert isinstance(found, RateLimitError)
    assert found.retry_after is not None
    assert found.retry_after >= timedelta(seconds=0.1)


@pytest.mark.parametrize("words", ["You have exceeded your daily quota", "too many requests per day"])
def test_day_is_over_at_midnight_in_greenwich(words: str) -> None:
    """Waiting ten seconds would be asking thousands of times in vain."""
    found = provider_error(refusal("TOO.MANY", message=words), 429)
    assert isinstance(found, RateLimitError)
    assert found.retry_after == timedelta(hours=11, minutes=59, seconds=57)


def test_answer_that_says_how_long_is_believed() -> None:
    """None is documented; one that comes is better than a guess."""
    found = provider_error(refusal("TOO.MANY"), 429, headers={"retry-after": "30"})
    assert isinstance(found, RateLimitError)
    assert found.retry_after == timedelta(seconds=30)


# --- single results -------------------------------------------------------------------------------------------------------


def test_code_inside_a_result_is_an_error() -> None:
    """Of one number of many."""
    response = answer({"transactionId": "tx-1"}, 200)
    known = refused("TRACKING.TRACKINGNUMBER.NOTFOUND", response.request, response)
    assert isinstance(known, NotFoundError)
    assert (known.code, known.request_id) == ("TRACKING.TRACKINGNUMBER.NOTFOUND", "tx-1")
    assert isinstance(refused("MOON.PHASE.WRONG", response.request, response), RejectedError)


@pytest.mark.parametrize("content", [b"<html>", b"\xff", b"{}", b'{"transactionId":null}'])
def test_support_is_told_our_transaction_where_fedex_has_none(content: bytes) -> None:
    """FedEx echoes it, and can be asked for it."""
    response = answer(content, 500)
    assert request_id(response.request, response, None) == "ours-1"
