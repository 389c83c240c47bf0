import gzip
import logging
import pickle
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import anyio
import pytest
from typing_extensions import override

from cartcarrier.errors import (
    ConfigurationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import (
    ConnectionDropped,
    HandlerTransport,
    Headers,
    Lane,
    Limit,
    ManualClock,
    MemoryLimitStore,
    ReceivedRequest,
    Request,
    Response,
    RetryPolicy,
    Session,
    StaticAuth,
    status_error,
)

Answer = tuple[int, dict[str, str], bytes]


class Script:
    """Answers in order, the last one for ever; an exception is raised."""

    def __init__(self, *answers: Answer | BaseException) -> None:
        self.answers = list(answers)
        self.requests: list[ReceivedRequest] = []

    def __call__(self, request: ReceivedRequest) -> Answer:
        """Answer one request."""
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


OK: Answer = (200, {}, b"{}")


# --- what is sent -----------------------------------------------------------------------------------------------------


async def test_a_request_is_sent_as_it_says(make_session: Callable[..., Session]) -> None:
    """Base address, encoded query, headers and body arrive unchanged."""
    script = Script(OK)
    session = make_session(script, headers={"X-All": "1"})
    await session.send(
        Request(
            operation="buy",
            method="POST",
            path="/a%2Fb",
            host="token",
            params={"filter": "a b:[x..]&c", "ids": ["1", "2"]},
            headers={"X-One": "2"},
            content=b"{}",
        )
    )
    [sent] = script.requests
    assert sent.url == "https://id.acme.example/v1/a%2Fb?filter=a%20b%3A%5Bx..%5D%26c&ids=1&ids=2"
    assert (sent.method, sent.content) == ("POST", b"{}")
    assert sent.headers["x-all"] == "1"
    assert sent.headers["x-one"] == "2"
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["user-agent"].startswith("cartcarrier/")


@pytest.mark.parametrize("path", ["no-slash", "/a?b=1", "/a#b", "/../x", "/a/./b", "/a b", "/ä", "/a\\b", "", "/a\nb"])
async def test_a_path_that_is_not_encoded_is_refused(make_session: Callable[..., Session], path: str) -> None:
    """An order number with a slash or a question mark in it must not become another request."""
    script = Script(OK)
    with pytest.raises(InvalidValueError):
        await make_session(script).send(Request(operation="x", method="GET", path=path))
    assert script.requests == []


@pytest.mark.parametrize("secret", ["line\nbreak", "umläut", "null\x00"], ids=["break", "umlaut", "null"])
async def test_a_secret_that_cannot_be_sent_is_not_quoted(
    make_session: Callable[..., Session], make_request: Callable[..., Request], secret: str
) -> None:
    """The HTTP library would print it in its own error."""
    session = make_session(Script(OK), auth=StaticAuth({"Authorization": f"Bearer CANARY{secret}"}))
    with pytest.raises(ConfigurationError) as caught:
        await session.send(make_request())
    assert "CANARY" not in f"{caught.value!r} {caught.value.__context__!r}"
    assert caught.value.field == "Authorization"


@pytest.mark.parametrize(
    "address",
    [
        "http://api.acme.example",
        "ftp://127.0.0.1",
        "api.acme.example",
        "https://",
        "https://u:p@x.example",
        "https://x.example?a=1",
        "https://x.example/#a",
        "http://127.0.0.1.evil.example",
        "https://x.example:port",
        "https://x.exa mple",
    ],
)
def test_a_host_that_would_leak_is_refused(make_session: Callable[..., Session], address: str) -> None:
    """Secrets go over https, or not at all."""
    with pytest.raises(ConfigurationError) as caught:
        make_session(Script(OK), hosts={"api": address})
    assert caught.value.field == "hosts.api"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8700/ups", "http://localhost:1/", "http://[::1]:9", "https://x.example/"]
)
async def test_plain_http_is_for_this_machine(
    make_owner: Callable[..., Any], make_request: Callable[..., Request], address: str
) -> None:
    """Simulators are served there."""
    script = Script(OK)
    session = Session(make_owner(script, hosts={"api": address}), hosts={"api": "https://api.acme.example"})
    await session.send(make_request())
    assert script.requests[0].url == address.rstrip("/") + "/orders/1"


async def test_a_request_to_an_unknown_host_is_not_sent(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """A driver's own slip, said by name."""
    with pytest.raises(ConfigurationError, match="'uploads'"):
        await make_session(Script(OK)).send(make_request(host="uploads"))


def test_an_unknown_host_is_named(make_owner: Callable[..., Any]) -> None:
    """A misspelt name would otherwise send production data to production."""
    with pytest.raises(ConfigurationError, match="'apj'") as caught:
        Session(make_owner(None, hosts={"apj": "https://x.example"}), hosts={"api": "https://api.acme.example"})
    assert caught.value.field == "hosts"


# --- what comes back --------------------------------------------------------------------------------------------------


async def test_an_answer_is_read_whole(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """Decompressed, with headers found in any case."""
    packed = gzip.compress(b'{"a": 1}')
    script = Script(
        (200, {"Content-Encoding": "gzip", "X-Request-ID": "r1", "Content-Length": str(len(packed))}, packed)
    )
    response = await make_session(script).send(make_request())
    assert response.content == b'{"a": 1}'
    assert response.headers["x-request-id"] == response.headers["X-REQUEST-ID"] == "r1"
    assert (response.provider, response.account, response.ok) == ("acme", "eu", True)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, ResponseError),
        (400, RejectedError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (409, ConflictError),
        (410, NotFoundError),
        (422, RejectedError),
        (429, RateLimitError),
        (500, UnavailableError),
        (503, UnavailableError),
    ],
)
async def test_a_status_alone_says_enough_for_an_error(
    make_session: Callable[..., Session], make_write: Callable[..., Request], status: int, kind: type[OperationError]
) -> None:
    """Also where a driver has nothing better to say, an error never passes for an answer."""
    session = make_session(Script((status, {}, b"")), retry=RetryPolicy(attempts=1))
    with pytest.raises(kind) as caught:
        await session.send(make_write())
    assert type(caught.value) is kind
    error = caught.value
    assert (error.provider, error.account, error.operation) == ("acme", "eu", "buy")
    assert error.http_status == status  # type: ignore[attr-defined]  # every kind above is a ProviderError
    assert error.outcome_unknown is (status >= 500)


async def test_a_redirect_is_not_followed(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """The token would go wherever the redirect says."""
    script = Script((302, {"Location": "https://evil.example/"}, b""))
    session = make_session(script, auth=StaticAuth({"Authorization": "Bearer secret-token"}))
    with pytest.raises(ResponseError, match="redirect"):
        await session.send(make_request())
    assert len(script.requests) == 1


async def test_cookies_are_not_kept(make_session: Callable[..., Session], make_request: Callable[..., Request]) -> None:
    """State that nobody asked for makes the second call differ from the first."""
    script = Script((200, {"Set-Cookie": "a=b; Path=/"}, b"{}"))
    session = make_session(script)
    await session.send(make_request())
    await session.send(make_request())
    assert "cookie" not in script.requests[1].headers


async def test_a_success_with_a_fault_inside_is_an_error(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """GraphQL and others answer 200 to everything."""

    def translate(request: Request, response: Response) -> OperationError | None:
        return RejectedError("no", code="X", **response.facts) if b"fault" in response.content else None

    session = make_session(Script((200, {}, b'{"fault": 1}')), translate=translate)
    with pytest.raises(RejectedError) as caught:
        await session.send(make_write())
    assert (caught.value.code, caught.value.http_status, caught.value.account) == ("X", 200, "eu")


async def test_a_translation_may_raise(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """An error body that cannot be read is raised by the JSON reader, in the middle of translating."""

    def translate(request: Request, response: Response) -> OperationError | None:
        raise ResponseError("unreadable", provider="acme", operation="buy")

    with pytest.raises(ResponseError) as caught:
        await make_session(Script((502, {}, b"<html>")), translate=translate).send(make_write())
    assert caught.value.outcome_unknown
    assert caught.value.account == "eu"


@pytest.mark.parametrize(
    ("status", "kind", "safe", "unknown"),
    [
        (500, UnavailableError, False, True),
        (500, UnavailableError, True, False),
        (503, ResponseError, False, True),
        (200, UnavailableError, False, True),
        (200, ResponseError, False, True),
        (200, ResponseError, True, False),
        (404, ResponseError, False, False),
        (400, RejectedError, False, False),
        (200, RejectedError, False, False),
        (503, RateLimitError, False, False),
    ],
)
async def test_doubt_about_a_write_is_never_forgotten(
    make_session: Callable[..., Session], *, status: int, kind: type[OperationError], safe: bool, unknown: bool
) -> None:
    """A driver that forgets to say so would have its label bought twice."""

    def translate(request: Request, response: Response) -> OperationError | None:
        return kind("said", **response.facts)

    session = make_session(Script((status, {}, b"")), translate=translate, retry=RetryPolicy(attempts=1))
    with pytest.raises(kind) as caught:
        await session.send(Request(operation="buy", method="POST", path="/x", safe=safe))
    assert caught.value.outcome_unknown is unknown


# --- no answer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "safe", "unknown"),
    [
        (ConnectionDropped(sent=False), False, False),
        (ConnectionDropped(sent=False), True, False),
        (ConnectionDropped(sent=True), False, True),
        (ConnectionDropped(sent=True), True, False),
        (OSError("reset"), False, True),
        ((200, {"Content-Length": "10"}, b"{}"), False, True),
        ((200, {"Content-Length": "10"}, b"{}"), True, False),
        ((200, {"Content-Encoding": "gzip"}, b"not gzip"), False, True),
        ((200, {"Content-Encoding": "br"}, b"bomb"), False, True),
        ((200, {"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(b"{}"))), False, True),
    ],
    ids=["refused", "refused-safe", "lost", "lost-safe", "os", "cut", "cut-safe", "garbled", "unasked", "nested"],
)
async def test_no_answer_says_whether_it_may_have_happened(
    make_session: Callable[..., Session], *, failure: Answer | BaseException, safe: bool, unknown: bool
) -> None:
    """The whole of exactly-once rests on this table."""
    session = make_session(Script(failure), retry=RetryPolicy(attempts=1))
    with pytest.raises(TransportError) as caught:
        await session.send(Request(operation="buy", method="POST", path="/x", safe=safe))
    assert caught.value.outcome_unknown is unknown
    assert ("may have taken effect" in caught.value.message) is unknown
    assert isinstance(caught.value.__cause__, Exception)


@pytest.mark.parametrize(
    "failure",
    [OSError("GET https://api.acme.example/x?name=CANARY failed for CANARY@shop.example"), ConnectionDropped()],
    ids=["text", "request"],
)
async def test_nothing_personal_is_in_the_chain_of_an_error(
    make_session: Callable[..., Session], failure: BaseException
) -> None:
    """Tracebacks print causes, and the HTTP library's errors hold the request."""
    session = make_session(Script(failure), retry=RetryPolicy(attempts=1))
    with pytest.raises(TransportError) as caught:
        await session.send(
            Request(operation="x", method="GET", path="/x", params={"q": "CANARY"}, headers={"Authorization": "CANARY"})
        )
    error: BaseException | None = caught.value
    while error is not None:
        held = getattr(error, "_request", None)
        assert "CANARY" not in f"{error!r} {held and held.url} {held and dict(held.headers)}"
        error = error.__cause__


async def test_an_answer_without_end_is_cut_off(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """A hostile or broken server must not fill the memory; small on the wire may be large when unpacked."""
    body = gzip.compress(b"0" * 200_000)
    session = make_session(Script((200, {"Content-Encoding": "gzip"}, body)), max_answer=100_000)
    with pytest.raises(ResponseError, match="more than 100000 bytes") as caught:
        await session.send(make_write())
    assert caught.value.outcome_unknown


async def test_a_bomb_is_not_unpacked(make_session: Callable[..., Session], make_write: Callable[..., Request]) -> None:
    """Sixty kilobytes of gzip hold sixty megabytes; finding that out must not need the sixty megabytes."""
    body = gzip.compress(bytes(60_000_000), compresslevel=1)
    session = make_session(Script((200, {"Content-Encoding": "gzip"}, body)), max_answer=1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(ResponseError, match="more than"):
            await session.send(make_write())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


async def test_an_answer_of_just_the_size_is_read(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """The bound is a bound, not one less."""
    response = await make_session(Script((200, {}, b"0" * 100)), max_answer=100).send(make_request())
    assert len(response.content) == 100


async def test_a_head_request_has_no_body(make_session: Callable[..., Session]) -> None:
    """Its Content-Length speaks of a body that does not come."""
    session = make_session(Script((200, {"Content-Length": "10"}, b"")))
    response = await session.send(Request(operation="x", method="HEAD", path="/x"))
    assert response.status == 200


async def test_cancellation_goes_through(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """Nobody may turn it into an error, or into another try."""
    started = anyio.Event()

    async def never(request: ReceivedRequest) -> Answer:
        started.set()
        await anyio.sleep_forever()
        return OK

    async with anyio.create_task_group() as group:
        group.start_soon(make_session(never).send, make_write())
        await started.wait()
        group.cancel_scope.cancel()
    assert group.cancel_scope.cancelled_caught


async def test_an_exchange_that_drips_is_ended(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """Each silence is short, and yet it would never end."""

    async def never(request: ReceivedRequest) -> Answer:
        await anyio.sleep_forever()
        return OK

    with pytest.raises(TransportError, match="too long") as caught:
        await make_session(never).send(make_write(timeout=0.001))
    assert caught.value.outcome_unknown


# --- trying again -----------------------------------------------------------------------------------------------------


async def test_a_safe_request_is_repeated_with_growing_waits(
    make_session: Callable[..., Session], make_request: Callable[..., Request], clock: ManualClock
) -> None:
    """Reading again does no harm."""
    script = Script((503, {}, b""), ConnectionDropped(), OK)
    await make_session(script, retry=RetryPolicy(base=timedelta(seconds=1))).send(make_request())
    assert len(script.requests) == 3
    assert 1.5 <= clock.monotonic() <= 3


@pytest.mark.parametrize(
    "failure", [(503, {}, b""), ConnectionDropped(), ConnectionDropped(sent=False)], ids=["503", "lost", "refused"]
)
async def test_a_write_is_sent_once(
    make_session: Callable[..., Session], make_write: Callable[..., Request], failure: Answer | BaseException
) -> None:
    """A second label costs money."""
    script = Script(failure)
    with pytest.raises(OperationError):
        await make_session(script).send(make_write())
    assert len(script.requests) == 1


async def test_a_write_that_was_refused_for_the_rate_is_repeated(
    make_session: Callable[..., Session], make_write: Callable[..., Request], clock: ManualClock
) -> None:
    """A refusal says that nothing was done; the wait is the one asked for."""
    script = Script((429, {"Retry-After": "7"}, b""), OK)
    await make_session(script).send(make_write())
    assert len(script.requests) == 2
    assert 7 <= clock.monotonic() <= 7.8


async def test_the_wait_that_was_asked_for_reaches_the_caller(
    make_session: Callable[..., Session], make_write: Callable[..., Request], clock: ManualClock
) -> None:
    """Too long to wait here; the caller can plan with it."""
    script = Script((429, {"Retry-After": "600"}, b""))
    with pytest.raises(RateLimitError) as caught:
        await make_session(script).send(make_write())
    assert caught.value.retry_after == timedelta(seconds=600)
    assert clock.monotonic() == 0


async def test_waits_for_the_rate_add_up_to_max_wait(
    make_session: Callable[..., Session], make_write: Callable[..., Request], clock: ManualClock
) -> None:
    """Four waits of just under the maximum would be four times the maximum."""
    script = Script((429, {"Retry-After": "25"}, b""))
    session = make_session(script, max_wait=timedelta(seconds=60), retry=RetryPolicy(attempts=9))
    with pytest.raises(RateLimitError):
        await session.send(make_write())
    assert clock.monotonic() <= 60
    assert len(script.requests) == 3


# --- limits -----------------------------------------------------------------------------------------------------------


async def test_a_limit_that_leaves_no_room_refuses_without_sending(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """``max_wait`` is read when first used, since a driver may get it late."""
    script = Script(OK)
    session = make_session(
        script, limits=lambda _: ("all", Limit(capacity=1, rate=0.01)), max_wait=timedelta(seconds=5)
    )
    await session.send(make_request())
    with pytest.raises(RateLimitError) as caught:
        await session.send(make_request())
    assert len(script.requests) == 1
    assert caught.value.operation == "read"


async def test_answers_teach_the_limit(
    make_session: Callable[..., Session], make_request: Callable[..., Request], clock: ManualClock
) -> None:
    """What the platform says of its bucket replaces what we assumed."""

    def observe(request: Request, response: Response) -> Iterable[tuple[str, Limit]]:
        return [("all", Limit(capacity=10, rate=1, available=float(response.headers["x-left"])))]

    session = make_session(
        Script((200, {"X-Left": "0"}, b"{}")),
        limits=lambda _: ("all", Limit(capacity=100, rate=100)),
        observe=observe,
    )
    for _ in range(3):
        await session.send(make_request())
    assert clock.monotonic() == pytest.approx(2, abs=0.01)


async def test_a_refusal_pauses_all_users_of_the_limit(
    make_owner: Callable[..., Any], make_request: Callable[..., Request]
) -> None:
    """Two sessions on one store are one account to the platform."""
    store = MemoryLimitStore()
    busy, idle = Script((429, {"Retry-After": "600"}, b"")), Script(OK)
    for script in (busy, idle):
        session = Session(
            make_owner(script, limits=store),
            hosts={"api": "https://api.acme.example"},
            limits=lambda _: ("all", Limit(capacity=100, rate=100)),
        )
        with pytest.raises(RateLimitError) as caught:
            await session.send(make_request(lane=Lane.PURCHASE))
        assert caught.value.retry_after == timedelta(seconds=600)
    assert (len(busy.requests), len(idle.requests)) == (1, 0)


# --- life -------------------------------------------------------------------------------------------------------------


async def test_closing_twice_is_fine_and_use_after_it_is_said(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """A closed driver must not open connections that nobody closes."""
    session = make_session(Script(OK))
    await session.send(make_request())
    await session.aclose()
    await session.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        await session.send(make_request())


async def test_a_transport_that_was_lent_is_not_closed(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """One simulator serves several drivers."""

    class Lent(HandlerTransport):
        closed = False

        @override
        async def aclose(self) -> None:
            self.closed = True

    transport = Lent(lambda _: OK)
    session = make_session(None, transport=transport)
    await session.send(make_request())
    await session.aclose()
    assert not transport.closed


async def test_what_is_bound_late_is_used(make_owner: Callable[..., Any], make_request: Callable[..., Request]) -> None:
    """The Fulfiller brings clock and stores after the driver was made."""
    owner = make_owner(Script((429, {"Retry-After": "5"}, b""), OK), clock=None)
    session = Session(owner, hosts={"api": "https://api.acme.example"})
    owner.clock = late = ManualClock()
    await session.send(make_request())
    assert late.monotonic() >= 5


async def test_the_log_says_what_and_how_but_not_whom(
    make_session: Callable[..., Session], caplog: pytest.LogCaptureFixture
) -> None:
    """Paths, queries, headers and bodies name people."""
    script = Script((503, {"X": "CANARY"}, b"CANARY"), (200, {}, b"CANARY"))
    session = make_session(script, auth=StaticAuth({"Authorization": "Bearer CANARY"}))
    with caplog.at_level(logging.DEBUG, logger="cartcarrier.http"):
        await session.send(
            Request(
                operation="track",
                method="GET",
                path="/track/CANARY",
                template="/track/{number}",
                params={"name": "CANARY"},
                content=b"CANARY",
                safe=True,
            )
        )
    ours = [record.getMessage() for record in caplog.records if record.name == "cartcarrier.http"]
    assert len(ours) == 2
    assert "acme:eu track GET /track/{number}: 503" in ours[0]
    assert ours[1].endswith("try 2")
    assert not any("CANARY" in line for line in ours)


def test_reprs_show_nothing_personal(make_session: Callable[..., Session]) -> None:
    """They end up in logs and error reports."""
    request = Request(
        operation="buy",
        method="POST",
        path="/CANARY",
        params={"a": "CANARY"},
        headers={"b": "CANARY"},
        content=b"CANARY",
    )
    response = Response(status=200, headers={"x": "CANARY"}, content=b"CANARY", request=request, provider="acme")
    text = f"{request!r} {response!r} {response.headers!r} {make_session(Script(OK))!r}"
    assert "CANARY" not in text
    assert "buy" in text


def test_messages_pickle() -> None:
    """They may cross to another process with the error that speaks of them."""
    request = Request(operation="x", method="GET", path="/", lane=Lane.TRACK)
    response = Response(status=404, headers={"A": "b"}, request=request, provider="acme")
    copy = pickle.loads(pickle.dumps(response))  # noqa: S301 - our own bytes
    assert (copy.status, dict(copy.headers), copy.request.lane) == (404, {"a": "b"}, Lane.TRACK)
    error = pickle.loads(pickle.dumps(status_error(response)))  # noqa: S301 - our own bytes
    assert (type(error), error.http_status) == (NotFoundError, 404)


def test_headers_that_come_twice_are_joined() -> None:
    """As HTTP says."""
    headers = Headers([("Link", "a"), ("link", "b")])
    assert headers["LINK"] == "a, b"
    assert (len(headers), "lInk" in headers, "other" in headers) == (1, True, False)
