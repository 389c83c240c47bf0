"""What Amazon's drivers share: marketplaces, usage plans, error bodies, notifications."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from cartcarrier.channels.amazon import AmazonChannel, AmazonConfig
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    ResponseError,
    UnavailableError,
)
from cartcarrier.http import Limit, ReceivedRequest, Request, Response, handler_transport
from cartcarrier.platforms.amazon import (
    MARKETPLACES,
    REGIONS,
    AmazonAccount,
    AmazonApi,
    LimitTable,
    Operation,
    amazon_error,
    find_marketplace,
    read_notification,
    read_problems,
)

SEARCH = Operation(id="searchThings", method="GET", template="/things/{thingId}", rate=0.0056, burst=20, reserve=0.25)


def request(operation: Operation = SEARCH, **changes: Any) -> Request:
    """Return a request of an operation."""
    return Request(
        **{
            "operation": "look",
            "method": operation.method,
            "path": "/things/1",
            "template": operation.template,
            "safe": True,
            **changes,
        }
    )


def response(status: int, body: Any = b"", headers: Mapping[str, str] | None = None, **changes: Any) -> Response:
    """Return an answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(
        status=status,
        headers=headers or {},
        content=content,
        request=request(**changes),
        provider="amazon",
        account="us",
    )


def refusal(code: str = "X", message: str = "no", details: str | None = None) -> dict[str, Any]:
    """Return an error's body."""
    return {"errors": [{"code": code, "message": message, "details": details}]}


# --- marketplaces ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "country"), [("US", "US"), ("uk", "GB"), ("GB", "GB"), ("A1F83G8C2ARO7P", "GB"), ("JP", "JP")]
)
def test_marketplace_is_found_by_id_and_country(text: str, country: str) -> None:
    """Amazon writes UK, ISO has GB: both are meant."""
    found = find_marketplace(text)
    assert found is not None
    assert found.country_code == country


def test_unknown_marketplace_passes_through() -> None:
    """New ones appear (pitfall 35), and orders from outside Amazon have ids of their own."""
    account = AmazonAccount(client_id="i", client_secret="s", marketplace_ids=["ANEWONE00000", "US"], region="NA")
    assert account.marketplace_ids == ("ANEWONE00000", "ATVPDKIKX0DER")
    assert find_marketplace("31060") is None


def test_table_of_marketplaces_is_whole() -> None:
    """Each country once, each in a region that exists."""
    assert len(MARKETPLACES) == 23
    assert len({market.country_code for market in MARKETPLACES.values()}) == 23
    assert {market.region for market in MARKETPLACES.values()} == set(REGIONS)


@pytest.mark.parametrize(
    ("region", "sandbox", "host"),
    [
        ("na", False, "https://sellingpartnerapi-na.amazon.com"),
        ("eu", False, "https://sellingpartnerapi-eu.amazon.com"),
        ("fe", True, "https://sandbox.sellingpartnerapi-fe.amazon.com"),
    ],
)
def test_region_decides_the_host(region: str, sandbox: bool, host: str) -> None:
    """A seller in two regions has two accounts."""
    market = {"na": "US", "eu": "DE", "fe": "JP"}[region]
    account = AmazonAccount(client_id="i", client_secret="s", marketplace_ids=[market], region=region, sandbox=sandbox)
    assert account.base_url == host


# --- usage plans ----------------------------------------------------------------------------------------------------------


def test_plan_is_the_documented_one_until_amazon_says_otherwise() -> None:
    """The header has the rate, not what is left and not the burst."""
    table = LimitTable([SEARCH])
    assert table.limits(request()) == ("searchThings", Limit(capacity=20, rate=0.0056, reserve=0.25))
    observed = table.observe(request(), response(200, headers={"x-amzn-RateLimit-Limit": "0.5"}))
    assert observed == (("searchThings", Limit(capacity=20, rate=0.5, reserve=0.25)),)
    assert table.limits(request()) == observed[0]
    assert table.pause(request()) == timedelta(seconds=2)


@pytest.mark.parametrize("value", [None, "", "soon", "0", "-1", "nan", "inf", "1e9"])
def test_header_that_says_nothing_changes_nothing(value: str | None) -> None:
    """A rate of zero would be for ever."""
    table = LimitTable([SEARCH])
    headers = {"x-amzn-RateLimit-Limit": value} if value is not None else {}
    assert table.observe(request(), response(200, headers=headers)) == ()
    assert table.pause(request()) == timedelta(seconds=1 / 0.0056)


def test_tokens_and_documents_have_no_plan() -> None:
    """They are not the Selling Partner API's."""
    table = LimitTable([SEARCH])
    other = request(template="/auth/o2/token")
    assert table.limits(other) is None
    assert table.pause(other) is None
    assert table.observe(other, response(200, headers={"x-amzn-RateLimit-Limit": "1"})) == ()


def test_sandbox_has_one_plan_for_all() -> None:
    """Five a second."""
    table = LimitTable([SEARCH], sandbox=True)
    assert table.limits(request()) == ("sandbox", Limit(capacity=15, rate=5))
    assert table.observe(request(), response(200, headers={"x-amzn-RateLimit-Limit": "1"})) == ()
    assert table.pause(request()) == timedelta(seconds=0.2)


# --- errors ---------------------------------------------------------------------------------------------------------------

PAUSE = timedelta(seconds=7)

CASES: list[tuple[str, int, Any, type[OperationError]]] = [
    ("bad input", 400, refusal("InvalidInput"), RejectedError),
    ("bad input with a space", 400, refusal("Invalid Input"), RejectedError),
    ("a status for a code", 400, refusal("400"), RejectedError),
    ("throttled as 400", 400, refusal("QuotaExceeded"), RateLimitError),
    ("not found as 400", 400, refusal("RESOURCE_NOT_FOUND"), NotFoundError),
    ("no token", 401, refusal("Unauthorized"), AuthenticationError),
    ("no role", 403, refusal("Unauthorized", "Access to requested resource is denied."), PermissionDeniedError),
    (
        "expired",
        403,
        refusal("Unauthorized", "denied", "The access token you provided has expired."),
        AuthenticationError,
    ),
    (
        "revoked",
        403,
        refusal("Unauthorized", "x", "The access token you provided is revoked, malformed or invalid."),
        AuthenticationError,
    ),
    ("not found", 404, refusal("NotFound"), NotFoundError),
    ("conflict", 409, refusal("Conflict"), ConflictError),
    ("too large", 413, refusal("X"), RejectedError),
    ("wrong type", 415, refusal("X"), RejectedError),
    ("throttled", 429, refusal("QuotaExceeded"), RateLimitError),
    ("failed", 500, refusal("InternalFailure"), UnavailableError),
    ("down", 503, b"", UnavailableError),
    ("a page of html", 400, b"<html>", RejectedError),
    ("nothing", 403, b"", PermissionDeniedError),
    ("a redirect", 302, b"", ResponseError),
    ("an error in a success", 200, {"payload": None, **refusal("InternalFailure")}, UnavailableError),
    ("a refusal in a success", 200, refusal("InvalidInput"), RejectedError),
    (
        "data elements",
        400,
        refusal("InvalidInput", "Application does not have access to one or more requested data elements: [x]"),
        PermissionDeniedError,
    ),
]


@pytest.mark.parametrize(("status", "body", "kind"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_refusal_has_its_error(status: int, body: Any, kind: type[OperationError]) -> None:
    """The status decides, the code refines: Amazon spells the same thing in several ways."""
    answer = response(status, body, {"x-amzn-RequestId": "req-1"})
    error = amazon_error(answer.request, answer, pause=PAUSE)
    assert type(error) is kind
    assert (error.provider, error.account, error.operation) == ("amazon", "us", "look")
    assert (getattr(error, "request_id", None), getattr(error, "http_status", None)) == ("req-1", status)
    assert not error.outcome_unknown
    if isinstance(error, RateLimitError):
        assert error.retry_after == PAUSE


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"errors": []}', b'{"errors": null}', b'{"title": "\\"errors\\""}', b"<errors>", b'{"errors": 1}'],
)
def test_success_is_none(body: bytes) -> None:
    """The word alone is no error."""
    answer = response(200, body)
    assert amazon_error(answer.request, answer) is None
    assert read_problems(answer) == ()


def test_failed_write_may_have_happened() -> None:
    """And a throttled one has not."""
    for status, unknown in ((500, True), (429, False), (400, False)):
        answer = response(status, refusal(), safe=False)
        error = amazon_error(answer.request, answer)
        assert error is not None
        assert error.outcome_unknown is unknown


def test_own_words_of_amazon_are_not_repeated() -> None:
    """They quote what was sent; paths of fields and codes say enough."""
    said = "Ada Example of [packageDetail.carrierCode], [Ada.Example] and [1 Main Street] is wrong"
    answer = response(400, refusal("InvalidInput", said, "Ada Example"))
    error = amazon_error(answer.request, answer)
    assert isinstance(error, RejectedError)
    assert [(one.field, one.code) for one in error.problems] == [("packageDetail.carrierCode", "InvalidInput")]
    assert "Ada" not in f"{error} {error.problems}"
    assert error.code == "InvalidInput"


def test_code_is_found_where_there_is_one() -> None:
    """A known word of the text, then the code, then the header; never an empty one."""
    cases: list[tuple[Any, Mapping[str, str], str | None]] = [
        (refusal("InvalidInput", "… PackageToUpdateNotFound"), {}, "PackageToUpdateNotFound"),
        (refusal("InvalidInput", "order already fulfilled"), {}, "PackageToUpdateNotFound"),
        (refusal("InvalidInput"), {"x-amzn-ErrorType": "Y"}, "InvalidInput"),
        (b"", {"x-amzn-ErrorType": "ValidationException:http://x"}, "ValidationException"),
        (refusal(" "), {}, None),
    ]
    for body, headers, code in cases:
        answer = response(400, body, headers)
        error = amazon_error(answer.request, answer)
        assert isinstance(error, RejectedError)
        assert error.code == code


def test_wait_that_amazon_names_is_left_to_the_header() -> None:
    """None is documented; if one comes, it counts."""
    answer = response(429, refusal("QuotaExceeded"), {"retry-after": "60"})
    error = amazon_error(answer.request, answer, pause=PAUSE)
    assert isinstance(error, RateLimitError)
    assert error.retry_after is None, "the session puts in what the header says"


# --- notifications --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inner", ["OrderChangeNotification", "orderChangeNotification", None])
def test_notification_is_read_in_every_spelling(inner: str | None) -> None:
    """Wrapped in its own name or not, small or large."""
    content = {"SellerId": "A3", "Deep": {"Value": 1}}
    note = read_notification(
        json.dumps(
            {
                "notificationType": "X",
                "eventTime": "2026-11-24T09:00:00Z",
                "Payload": {inner: content} if inner else content,
                "NotificationMetadata": {"notificationId": "n"},
            }
        ).encode()
    )
    assert (note.type, note.id, note.seller_id) == ("X", "n", "A3")
    assert note.event_time == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert (note.field("deep", "VALUE"), note.field("deep", "other"), note.field("deep", "value", "x")) == (
        1,
        None,
        None,
    )


def test_notification_shows_no_content() -> None:
    """It may have a postal code."""
    note = read_notification(
        b'{"NotificationType": "X", "Payload": {"p": "48110", "q": 1}, "NotificationMetadata": {"NotificationId": "n"}}'
    )
    assert "48110" not in repr(note)
    assert note.event_time is None


# --- what an operation adds -----------------------------------------------------------------------------------------------


def test_operations_own_words_become_codes() -> None:
    """A driver names what Amazon says in its text only; the text itself is not repeated."""
    markers = ((r"already (?:been )?done", "DoneBefore"),)
    body = {"errors": [{"code": "InvalidInput", "message": "Jo Doe has already been done"}]}
    error = amazon_error(request(), response(400, body), markers=markers)
    assert isinstance(error, RejectedError)
    assert error.code == "DoneBefore"
    assert "Jo" not in str(error)
    plain = amazon_error(request(), response(400, body))
    assert isinstance(plain, RejectedError)
    assert plain.code == "InvalidInput"


async def test_call_has_the_words_and_the_patience_of_its_operation() -> None:
    """Each by the call: no subclass is needed, and other operations are not touched."""
    refused = json.dumps({"errors": [{"code": "InvalidInput", "message": "already done"}]}).encode()
    token = b'{"access_token": "Atza|1", "token_type": "bearer", "expires_in": 3600}'

    def answer(received: ReceivedRequest) -> tuple[int, dict[str, str], bytes]:
        return (200, {}, token) if received.path == "/auth/o2/token" else (400, {}, refused)

    class Sniffer:
        """Keeps the time-outs of the requests to the API."""

        def __init__(self) -> None:
            self.inner: Any = handler_transport(answer)
            self.patience: list[object] = []

        async def handle_async_request(self, asked: Any) -> Any:
            """Hand on."""
            if asked.url.path.startswith("/things"):
                self.patience.append(asked.extensions["timeout"]["read"])
            return await self.inner.handle_async_request(asked)

        async def aclose(self) -> None:
            """Do nothing."""

    wire = Sniffer()
    account = AmazonAccount(client_id="i", client_secret="s", refresh_token="r", marketplace_ids=["US"], region="na")
    owner = AmazonChannel(AmazonConfig(**attrs.asdict(account)), transport=wire)
    marked = Operation(id="m", method="GET", template="/things/m", rate=1, burst=9, markers=(("already", "Done"),))
    api = AmazonApi(owner, account, [SEARCH, marked])
    with pytest.raises(RejectedError) as caught:
        await api.call(marked, named="look", timeout=7.5)
    assert caught.value.code == "Done"
    with pytest.raises(RejectedError) as caught:
        await api.call(SEARCH, named="look", path={"thingId": "1"})
    assert caught.value.code == "InvalidInput"
    assert wire.patience[0] == 7.5
    assert wire.patience[1] != 7.5
    await api.aclose()
