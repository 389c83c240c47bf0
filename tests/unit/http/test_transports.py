import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
import pytest

from cartcarrier.errors import TransportError
from cartcarrier.http import (
    ConnectionDropped,
    ReceivedRequest,
    Request,
    RetryPolicy,
    Session,
    asgi_transport,
    handler_transport,
)

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]


def make_app(seen: list[Any], *, answer: bytes = b"{}", length: int | None = None) -> App:
    async def app(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        message = await receive()
        seen.append((scope, message))
        announced = str(len(answer) if length is None else length).encode()
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", announced)]})
        await send({"type": "http.response.body", "body": answer[:1], "more_body": True})
        await send({"type": "http.response.body", "body": answer[1:]})

    return app


async def test_an_app_gets_the_request_and_answers_it(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """A simulator in this process sees what a server would see, and knows that it is in process."""
    seen: list[Any] = []
    session = make_session(None, transport=asgi_transport(make_app(seen, answer=b'{"a":1}')))
    response = await session.send(make_write(path="/a%2Fb", params={"q": "x y"}))
    [(scope, message)] = seen
    assert (response.status, response.content) == (201, b'{"a":1}')
    assert scope["extensions"]["cartcarrier.inprocess"] == {}
    assert (scope["method"], scope["raw_path"], scope["query_string"]) == ("POST", b"/a%2Fb", b"q=x%20y")
    assert (b"host", b"api.acme.example") in scope["headers"]
    assert message == {"type": "http.request", "body": b"{}", "more_body": False}


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("sent", [False, True])
async def test_a_dropped_connection_is_one_to_the_client(
    make_session: Callable[..., Session], make_write: Callable[..., Request], *, sent: bool, grouped: bool
) -> None:
    """Also when it was raised in a task group of the app."""

    async def app(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        async def drop() -> None:
            raise ConnectionDropped(sent=sent)

        if not grouped:
            await drop()
        async with anyio.create_task_group() as group:
            group.start_soon(drop)

    session = make_session(None, transport=asgi_transport(app), retry=RetryPolicy(attempts=1))
    with pytest.raises(TransportError) as caught:
        await session.send(make_write())
    assert caught.value.outcome_unknown is sent


async def test_a_cut_answer_is_a_broken_connection(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """A simulator cuts an answer by announcing more than it sends."""
    session = make_session(None, transport=asgi_transport(make_app([], length=100)))
    with pytest.raises(TransportError) as caught:
        await session.send(make_write())
    assert caught.value.outcome_unknown


async def test_an_app_that_says_nothing_is_a_broken_connection(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """As a server that closes."""

    async def app(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        return None

    with pytest.raises(TransportError):
        await make_session(None, transport=asgi_transport(app)).send(make_write())


async def test_a_bug_in_an_app_is_seen(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """A simulator's own failure must not look like a fault that was asked for."""

    async def app(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await make_session(None, transport=asgi_transport(app)).send(make_write())


async def test_an_app_that_waits_for_the_end_learns_of_it(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """Frameworks listen for the client's leaving beside their answer."""
    seen: list[Any] = []

    async def app(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        await receive()

        async def listen() -> None:
            seen.append(await receive())

        async with anyio.create_task_group() as group:
            group.start_soon(listen)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})

    await make_session(None, transport=asgi_transport(app)).send(make_request())
    assert seen == [{"type": "http.disconnect"}]


async def test_a_handler_may_be_async_and_its_requests_are_kept(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """A fake with memory is what tests of drivers look into."""

    async def handler(request: ReceivedRequest) -> tuple[int, dict[str, str], bytes]:
        await anyio.lowlevel.checkpoint()
        return 200, {}, b"{}"

    transport = handler_transport(handler)
    await make_session(None, transport=transport).send(make_write(params={"a": "b", "empty": ""}))
    [request] = transport.requests
    assert (request.path, dict(request.params)) == ("/labels", {"a": "b", "empty": ""})
    assert "b" not in repr(request).replace("bytes", "").replace("object", "")


@pytest.mark.parametrize("module", ["httpx", "authlib", "httpx_aiohttp", "ssl", "aiohttp", "trio"])
def test_importing_the_room_loads_nothing_heavy(module: str) -> None:
    """``import cartcarrier`` must cost next to nothing."""
    code = f"import sys, cartcarrier.http; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_authlib_loads_with_the_first_token_only(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """Drivers with a fixed token never need it."""
    code = (
        "import sys, anyio\n"
        "from cartcarrier.http import *\n"
        "class D:\n"
        "    driver='a'; account='b'; key='a:b'; hosts={}; tokens=limits=clock=max_wait=None\n"
        "    transport=handler_transport(lambda r: (200, {}, b'{}'))\n"
        "s=Session(D(), hosts={'api': 'https://a.example'}, auth=StaticAuth({'x': 'y'}))\n"
        "anyio.run(s.send, Request(operation='o', method='GET', path='/'))\n"
        "sys.exit('authlib' in sys.modules or 'httpx' not in sys.modules)\n"
    )
    result = await anyio.run_process([sys.executable, "-c", code], check=False)
    assert result.returncode == 0, result.stderr
