"""UPS's refusals, as our errors."""

from typing import Any

import msgspec
import pytest

from cartcarrier.carriers.ups.codes import REFUSALS, refusal_for
from cartcarrier.carriers.ups.errors import error_codes, refused, translate
from cartcarrier.errors import (
    AddressRejectedError,
    AuthenticationError,
    ConflictError,
    InsufficientFundsError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    RejectedError,
    ResponseError,
    ServiceUnavailableForLaneError,
    UnavailableError,
)
from cartcarrier.http import Request, Response
from tests.unit.carriers.ups.samples import refusal

# The table of the field guide (ups.md section 8, and section 5 for voids), in our words (architecture section 3).
TABLE: list[tuple[type[ProviderError], str]] = [
    (AuthenticationError, "250002 250003 250004 250005 250009 UJ0001 10401 251004"),
    (PermissionDeniedError, "250006 250007 120121 120052 120900"),
    (RateLimitError, "10429"),
    (RejectedError, "10001 10002 10003 10006 20007 20008 121000"),
    (AddressRejectedError, "120801 120802 120803 120201 120206 120213 111285 111286 110208"),
    (ServiceUnavailableForLaneError, "120124 111100 111210 111217 121100 121210 111215 121215"),
    (RejectedError, "120100 120113 120120 120122 111580 120413 120415 120437"),
    (InsufficientFundsError, "120414"),
    (RejectedError, "120020 120616 121050 121055 121056 111035 120598 120599 121150 120505 121045 121200"),
    (ConflictError, "120021"),
    (UnavailableError, "190001 300000 120001 20001 10004 250050"),
    (RejectedError, "190100 190109 190122"),
    (RejectedError, "190101 190102 190103 190104 190108 190112 190113 190115 190118 190121 190124"),
    (ConflictError, "190117"),
    (NotFoundError, "300007"),
    (ConflictError, "300001 300035"),
    (RejectedError, "300002 300006 300032 300033 300034"),
    (NotFoundError, "TW0001"),
    (RejectedError, "TV1002 9264030 9590009"),
    (NotFoundError, "9590022"),
    # UPS's table of Track Alert
    (RejectedError, "10007 VSS000 VSS002 VSS003 VSS004 VSS006 VSS110 VSS200 VSS210 VSS215 VSS220 VSS300 VSS310 VSS400"),
    (RejectedError, "VSS500 VSS600 VSS610 VSS700 VSS800 VSS930"),
    (UnavailableError, "VSS100"),
]
CASES = [(code, kind) for kind, codes in TABLE for code in codes.split()]


def error_of(document: object, status: int = 400, *, safe: bool = True, headers: Any = None) -> OperationError | None:
    """Return what is made of an answer."""
    request = Request(operation="ship", method="POST", path="/x", headers={"transId": "t-1"}, safe=safe)
    content = document if isinstance(document, bytes) else msgspec.json.encode(document)
    response = Response(status=status, headers=headers or {}, content=content, request=request, provider="ups")
    return translate(request, response)


@pytest.mark.parametrize(("code", "kind"), CASES)
def test_code_is_an_error_of_ours(code: str, kind: type[ProviderError]) -> None:
    """What a caller does next hangs on the class."""
    error = error_of(refusal(code))
    assert type(error) is kind
    assert error.code == code
    assert error.request_id == "t-1"


def test_every_code_of_the_table_is_tested() -> None:
    """A code added without a test may be of any class."""
    extra = set(REFUSALS) - {code for code, _ in CASES}
    assert extra == {
        "111057", "111549", "120528", "120529", "120541", "120542", "120543", "120544", "120546", "120547", "120548", "121020",
    }  # fmt: skip
    assert all(REFUSALS[code].kind is RejectedError for code in extra)


def test_no_error_repeats_what_ups_says() -> None:
    """UPS quotes names and streets."""
    for code in (*REFUSALS, "999999", "120299"):
        error = error_of(refusal(code))
        assert error is not None
        shown = f"{error!r} {error.message} {getattr(error, 'problems', '')}"
        assert "Jill" not in shown
        assert "Elm" not in shown


def test_missing_product_explains_both_causes() -> None:
    """250002 kept people searching in their secrets for hours (field guide ups.md pitfall 3)."""
    error = error_of(refusal("250002"), 401)
    assert error is not None
    assert "credentials are wrong" in error.message
    assert "not enabled" in error.message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RejectedError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (408, UnavailableError),
        (409, ConflictError),
        (422, RejectedError),
        (429, RateLimitError),
        (500, UnavailableError),
        (503, UnavailableError),
        (200, RejectedError),
    ],
)
def test_code_that_nobody_told_us_about_goes_by_the_status(status: int, kind: type[ProviderError]) -> None:
    """UPS has thousands."""
    error = error_of(refusal("999999"), status)
    assert type(error) is kind
    assert error.code == "999999"


def test_server_trouble_is_not_the_requests_fault() -> None:
    """Whatever code stands in it."""
    assert type(error_of(refusal("120802"), 500)) is UnavailableError


def test_transient_code_leaves_a_purchase_open() -> None:
    """A code for later after a purchase was sent may mean that it was made."""
    for code in ("120001", "190001"):
        error = error_of(refusal(code), 400, safe=False)
        assert error is not None
        assert error.outcome_unknown
        harmless = error_of(refusal(code), 400, safe=True)
        assert harmless is not None
        assert not harmless.outcome_unknown


def test_refusal_of_a_purchase_is_certain() -> None:
    """Nothing was bought, and the caller may try again at once."""
    error = error_of(refusal("120802"), 400, safe=False)
    assert error is not None
    assert not error.outcome_unknown


def test_all_problems_are_named() -> None:
    """With UPS's code, and the field where the code tells it."""
    error = error_of(refusal("999999", "111285", "120437"))
    assert isinstance(error, RejectedError)
    assert error.code == "111285", "the first code that we know decides"
    assert [(problem.code, problem.field) for problem in error.problems] == [
        ("999999", None),
        ("111285", "Address.PostalCode"),
        ("120437", "PaymentInformation.ShipmentCharge"),
    ]


@pytest.mark.parametrize("many", [True, False])
def test_older_fault_is_read(many: bool) -> None:
    """Some servers still answer in the older interface's words (field guide ups.md section 8)."""
    detail = {"Severity": "Hard", "PrimaryErrorCode": {"Code": "120100", "Description": "x"}}
    document = {"Fault": {"detail": {"Errors": {"ErrorDetail": [detail] if many else detail}}}}
    error = error_of(document, 500)
    assert error is not None
    assert error_codes(msgspec.json.encode(document)) == ["120100"]
    assert type(error_of(document, 200)) is RejectedError


def test_fault_inside_a_success_is_an_error() -> None:
    """A 200 is no proof."""
    error = error_of(refusal("120802"), 200)
    assert type(error) is AddressRejectedError
    assert error.http_status == 200


def test_success_is_no_error() -> None:
    """Nor is one that mentions errors far inside."""
    assert error_of({"ShipmentResponse": {}}, 200) is None
    assert error_of({"ShipmentResponse": {"x": "y" * 600, "errors": []}}, 200) is None
    assert error_of({"errors": []}, 200) is None


@pytest.mark.parametrize("content", [b"", b"<html>Access Denied</html>", b'{"response": {"err'])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ResponseError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, ResponseError),
        (408, UnavailableError),
        (429, RateLimitError),
        (503, UnavailableError),
    ],
)
def test_page_of_a_server_in_front_goes_by_the_status(content: bytes, status: int, kind: type[ProviderError]) -> None:
    """A page with 404 does not mean that UPS knows no such shipment."""
    error = error_of(content, status)
    assert type(error) is kind


def test_other_json_goes_by_the_status() -> None:
    """An error body of another shape is a refusal all the same."""
    assert type(error_of({"message": "no"}, 400)) is RejectedError
    assert type(error_of({"response": {"errors": "no"}}, 404)) is NotFoundError
    assert type(error_of({"response": {"errors": {"code": 120802}}}, 400)) is AddressRejectedError


def test_transaction_id_of_the_answer_comes_first() -> None:
    """It is what UPS's support has in its logs."""
    error = error_of(refusal("120802"), headers={"transid": "t-2"})
    assert error is not None
    assert isinstance(error, ProviderError)
    assert error.request_id == "t-2"


def test_warning_inside_a_success_is_an_error_of_its_code() -> None:
    """Tracking says "not found" that way."""
    request = Request(operation="track", method="GET", path="/x", safe=True)
    response = Response(status=200, request=request, provider="ups")
    assert type(refused("TW0001", request, response)) is NotFoundError
    assert type(refused("TW9999", request, response)) is RejectedError


def test_address_fields_are_a_family_of_codes() -> None:
    """1202xx, as the field guide has them."""
    assert refusal_for("120299") is not None
    assert refusal_for("1202") is None


@pytest.mark.parametrize("codes", [["120021"], ["120802", "120021"]])
@pytest.mark.parametrize("status", [400, 409, 429, 200])
def test_requested_before_leaves_a_purchase_open(codes: list[str], status: int) -> None:
    """The earlier request may have bought the label: it is looked up, not taken as failed."""
    error = error_of(refusal(*codes), status, safe=False)
    assert type(error) is ConflictError
    assert error.outcome_unknown
    harmless = error_of(refusal(*codes), status, safe=True)
    assert harmless is not None
    assert not harmless.outcome_unknown


def test_code_of_any_length_makes_a_short_error() -> None:
    """What stands where a code belongs may be a page, or an address."""
    error = error_of(refusal("9" * 100_000))
    assert isinstance(error, RejectedError)
    assert error.code == "9" * 63 + "…"
    assert error.problems[0].code == error.code
    assert len(error.message) < 200
