"""USPS's refusals: the right error, with a code and without a word of the platform's that may name people."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cartcarrier.carriers.usps.codes import REFUSALS, code_in, missing_scope, refusal_for
from cartcarrier.carriers.usps.errors import SilentRefusalError, product_missing, request_id, scope_missing, translate
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
from tests.unit.carriers.usps.samples import refusal

NOW = datetime(2026, 12, 1, 15, 20, tzinfo=UTC)
BUY = Request(operation="ship", method="POST", path="/labels/v3/label", safe=False)
READ = Request(operation="rate", method="POST", path="/shipments/v3/options/search", safe=True)
FORM = Request(operation="manifest", method="POST", path="/scan-forms/v3/scan-form")


def answer(status: int, body: object, *, request: Request = READ, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer of USPS's."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Response(status=status, headers=dict(headers or {}), content=content, request=request, provider="usps")


def error_of(response: Response) -> ProviderError:
    """Return what an answer is."""
    error = translate(response.request, response, now=NOW)
    assert isinstance(error, ProviderError)
    return error


def refused(
    code: str | None, text: str = "", status: int = 400, request: Request = READ, **source: Any
) -> ProviderError:
    """Return what a refusal is."""
    _, _, content = refusal(code, text, status, **source)
    return error_of(answer(status, content, request=request))


KINDS = [
    (
        AddressRejectedError,
        "010001 010002 010003 010004 010005 010006 160119 160138 160183 160188 160192 160263 160307 160308 160309 160310 160311 160312 160320",
    ),
    (
        ServiceUnavailableForLaneError,
        "030001 030004 030008 030013 030020 030021 030022 030023 160306 160054 040001 160257 160258 160288",
    ),
    (PermissionDeniedError, "160302 160303 160304 160305 160173 160259 160369 160131 160383 100001 100002 100003 100004 100006 160212 160255"),
    (UnavailableError, "100005 160368"),
    (InsufficientFundsError, "100007"),
    (
        RejectedError,
        (
            "160215 160229 160254 160289 160290 160372 160390 030002 030007 030010 030011 030024 160010 160013 160016 160284 160287 160206"
        " 160211 160001 160092 030003 160017 160049 160055 160120 160133 160140 160153 160197 160205 160236 160237 160253 160121 160122 160319"
        " 160174 160184 160187 160276 160277 160301 160377 160381 160382 160384 020018 150011 150012"
            " 160014 160015 160050 160051 160052 160053 160178 160198 160199 160200 160201 160202 160203 160204 160207 160208 160209 160210"
            " 160217 160218 160219 160220 160221 160222 160223 160224 160225 160226 160227 160228 160285 160286"
            " 030005 030006 160132 160134 160234 160275 160292 160313 160375"
        ),
    ),
    (NotFoundError, "160185 160179 160378 160039 160037 150001 150002 150003 150009"),
    (ConflictError, "160186 160040 160398 020001 160364 160379 160380"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, codes in KINDS for code in codes.split()])
def test_code_is_the_error_of_the_guide(kind: type[ProviderError], code: str) -> None:
    """What went wrong decides what a caller does next (field guide usps.md §8)."""
    error = refused(code)
    assert type(error) is kind
    assert error.code == code
    assert (error.provider, error.account, error.operation, error.http_status) == ("usps", "default", "rate", 400)
    assert code in error.message
    assert "no words" not in error.message
    if isinstance(error, RejectedError):
        assert error.problems[0].code == code


def test_every_code_has_words_of_ours() -> None:
    """And a class below ``ProviderError``."""
    for code, known in REFUSALS.items():
        assert known.words
        assert code.isdecimal()
        assert len(code) == 6
    assert refusal_for("000000") is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_platforms_words_are_not_passed_on(status: int) -> None:
    """They repeat names and streets."""
    for code in (None, "160075", "999999"):
        error = refused(code, "Jill Doe, 9 Elm St", status, parameter="toAddress Jill Doe!")
        assert "Jill" not in repr(error) + str(error) + repr(getattr(error, "problems", ""))


@pytest.mark.parametrize("body", [b"", b"<html>", {"error": {"code": "408", "message": "Request Timeout"}}])
def test_request_that_took_too_long_may_have_bought(body: object) -> None:
    """Whoever gave up in between does not know what USPS did."""
    error = error_of(answer(408, body, request=BUY))
    assert type(error) is UnavailableError
    assert error.outcome_unknown
    assert not error_of(answer(408, body)).outcome_unknown


def test_field_is_named() -> None:
    """By the refusal itself, else by the code; a pointer of the gateway stands in brackets."""
    named = refused("160075", parameter="toAddress.firstName")
    assert isinstance(named, RejectedError)
    assert named.problems[0].field == "toAddress.firstName"
    by_code = refused("030002")
    assert isinstance(by_code, RejectedError)
    assert by_code.problems[0].field == "rateIndicator"
    text = "OASValidation OpenAPI failed: [ERROR - [Path '/packageDescription/weight'] Instance type (string) does not match]"
    for code in ("OASValidation", None):
        pointed = refused(code, text)
        assert type(pointed) is RejectedError
        assert pointed.code == "OASValidation"
        assert pointed.problems[0].field == "/packageDescription/weight"


def test_member_that_the_gateway_misses_is_named() -> None:
    """By its name; values are not repeated."""
    text = (
        'OASValidation failed with reason: "[ERROR - Object has missing required properties (["weight","length"]): []]"'
    )
    missed = refused("steps.oasvalidation.Failed", text)
    assert isinstance(missed, RejectedError)
    assert missed.problems[0].field == "weight,length"


def test_gateways_code_is_a_refusal() -> None:
    """A misspelled member is our fault, and no money was spent (pitfall 9)."""
    body = {"fault": {"faultstring": "x", "detail": {"errorcode": "OASValidation.Failed"}}}
    assert type(error_of(answer(400, body))) is RejectedError
    steps = {"fault": {"faultstring": "OASValidation failed", "detail": {"errorcode": "steps.oasvalidation.Failed"}}}
    assert type(error_of(answer(400, steps))) is RejectedError


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("Could not find working sku from SSF ingredients", "030002"),
        ("An approved contract could not be found for PRIORITY_MAIL.", "160212"),
        ("Order already canceled", "160186"),
        ("Order cannot be canceled", "160184"),
        ("duplicate submission", "160364"),
        ("A status update is not yet available on your package", "150002"),
        ("The tracking number may be incorrect", "150002"),
        ("CRID isn't enrolled in USPS Ship Outbound", "160302"),
        ("Multiple addresses were found for the information", "010006"),
        ("The weather is fine", None),
    ],
)
def test_sentence_is_read_where_the_code_is_missing(sentence: str, code: str | None) -> None:
    """Prices leave it out often."""
    assert code_in(sentence) == code
    assert refused(None, sentence).code == code


def test_known_code_goes_before_unknown_ones() -> None:
    """Of several errors the one that we understand counts."""
    items = [{"code": "999999", "detail": "x"}, {"code": "160075", "detail": "y", "source": "API"}]
    error = error_of(answer(400, {"error": {"code": "400", "message": "", "errors": items}}))
    assert error.code == "160075"
    assert isinstance(error, RejectedError)
    assert [problem.code for problem in error.problems] == ["999999", "160075"]


# --- 401 and 403 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Insufficient OAuth scope.", "The client application identifier is invalid."])
def test_missing_product_is_not_bad_credentials(text: str) -> None:
    """It is a 401 all the same (pitfalls 4 and 6)."""
    error = refused(None, text, 401)
    assert type(error) is PermissionDeniedError
    assert "API product" in error.message
    assert "scope domestic-prices or" in error.message


def test_401_with_words_is_bad_credentials() -> None:
    """The session renews the token and tries again."""
    assert type(refused(None, "Invalid access token", 401)) is AuthenticationError
    assert type(error_of(answer(401, b"<html>no</html>"))) is AuthenticationError


@pytest.mark.parametrize(
    "body", [b"", {"error": {"code": "401", "message": "401"}}, {"error": {"code": "", "message": ""}}, {}]
)
def test_401_without_a_word_is_told_apart(body: object) -> None:
    """With a fresh token it means that a product is missing."""
    error = error_of(answer(401, body))
    assert isinstance(error, SilentRefusalError)
    told = product_missing(error)
    assert type(told) is PermissionDeniedError
    assert (told.provider, told.operation, told.http_status) == ("usps", "rate", 401)


def test_scope_that_is_missing_is_named() -> None:
    """Whoever reads it knows what to ask USPS for."""
    assert missing_scope("ship", ("addresses", "prices")) == "labels"
    assert missing_scope("rate", ("prices",)) is None
    assert missing_scope("ship", ()) is None
    assert missing_scope("odd", ("prices",)) is None
    error = scope_missing(BUY, answer(401, b"", request=BUY), "labels")
    assert "labels" in error.message


def test_403_is_a_right_that_is_missing() -> None:
    """A contract that is not shared, or the gateway's control (pitfall 12)."""
    assert (
        type(refused(None, "The requested contract information is not authorized to access", 403))
        is PermissionDeniedError
    )
    fault = {
        "fault": {
            "faultstring": "Raising fault. Fault name : Raise-Fault-Access-Control",
            "detail": {"errorcode": "steps.raisefault.RaiseFault"},
        }
    }
    assert type(error_of(answer(403, fault))) is PermissionDeniedError


# --- the rest -----------------------------------------------------------------------------------------------------------


def test_quota_is_back_at_the_next_full_hour() -> None:
    """Where USPS does not say when (field guide usps.md §1.2)."""
    error = refused(None, "Exceeded quota limit", 429)
    assert isinstance(error, RateLimitError)
    assert error.retry_after == timedelta(minutes=40)
    assert error_of(answer(429, b"")).__class__ is RateLimitError
    bare = error_of(answer(429, b"<html>"))
    assert isinstance(bare, RateLimitError)
    assert bare.retry_after == timedelta(minutes=40)
    said = error_of(answer(429, {"error": {"code": "429"}}, headers={"retry-after": "30"}))
    assert isinstance(said, RateLimitError)
    assert said.retry_after is None  # the session reads the header


def test_trouble_of_usps_leaves_a_purchase_open() -> None:
    """Whatever the code: it may have been bought."""
    for status in (500, 503):
        error = refused("160075", status=status, request=BUY)
        assert type(error) is UnavailableError
        assert error.outcome_unknown
        assert not refused("160075", status=status).outcome_unknown
    page = error_of(answer(502, b"<html>", request=BUY))
    assert isinstance(page, UnavailableError)
    assert page.outcome_unknown
    later = refused("100005", request=BUY)
    assert later.outcome_unknown


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, NotFoundError), (409, ConflictError), (412, ConflictError), (408, UnavailableError), (418, RejectedError)],
)
def test_bare_status_says_what_it_can(status: int, kind: type[OperationError]) -> None:
    """Without a code or a sentence that is known."""
    assert type(refused(None, "x", status)) is kind


def test_page_where_json_is_due_is_not_believed() -> None:
    """A 404 of a server in front is no answer of USPS's."""
    assert isinstance(error_of(answer(404, b"<html>")), ResponseError)
    assert isinstance(error_of(answer(400, b"<html>")), RejectedError)


def test_success_is_no_error() -> None:
    """201 is one too (pitfall 8)."""
    for status in (200, 201, 202, 207):
        assert translate(READ, answer(status, {"error": {"code": "1"}}), now=NOW) is None


def test_form_and_label_are_named() -> None:
    """They are numbers, not people: which form there is, and which label keeps it from being made."""
    text = "barcode 9400100000000000123453 is already part of another SCAN Form with efn 92750901234567890123"
    error = refused("160040", text, request=FORM)
    assert "SCAN form 92750901234567890123" in error.message
    assert "label 9400100000000000123453" in error.message
    assert "label 9400100000000000123453" not in refused("160040", text).message
    assert "SCAN form" in refused("160040", "efn unknown", request=FORM).message


def test_other_shapes_are_read() -> None:
    """The token endpoint's, the payments' and texts in place of objects (field guide usps.md §8)."""
    assert error_of(answer(400, {"error": "invalid_request"})).code is None
    assert error_of(answer(400, {"body": "CRID isn't enrolled in USPS Ship"})).code == "160302"
    assert error_of(answer(400, {"message": "Order not found"})).code == "160185"
    assert error_of(answer(400, {"error": [1]})).__class__ is RejectedError
    assert error_of(answer(400, {"fault": {}})).__class__ is RejectedError


def test_request_id_is_kept_where_there_is_one() -> None:
    """USPS documents none."""
    assert request_id(answer(200, b"", headers={"x-request-id": "r-1"})) == "r-1"
    assert request_id(answer(200, b"", headers={"x-correlation-id": "c-1"})) == "c-1"
    assert request_id(answer(200, b"")) is None


def test_table_has_no_code_twice() -> None:
    """The later one would win in silence."""
    from cartcarrier.carriers.usps.codes.refusals import _GROUPS

    codes = [code for group, _ in _GROUPS for code in group.split()]
    assert sorted({code for code in codes if codes.count(code) > 1}) == []
