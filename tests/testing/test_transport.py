"""The transport that fails on demand: what arrives, what is answered, and what is remembered."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from cartcarrier.errors import OperationError, TransportError
from cartcarrier.http import ManualClock, Request, Response, Session, StaticAuth
from cartcarrier.testing import Answered, Failure, FaultyTransport, HandlerTransport, ReceivedRequest, handler_transport

BODY = b'{"label": "L-1", "of": "nobody"}'


def answer(request: ReceivedRequest) -> Answered:
    """Answer everything alike."""
    return 200, {"content-type": "application/json"}, BODY


@pytest.fixture
def platform() -> HandlerTransport:
    """The transport to the platform: it remembers what arrived."""
    return handler_transport(answer)


@pytest.fixture
async def session(platform: HandlerTransport) -> AsyncIterator[Session]:
    """A session that sends through the transport that fails."""
    owner: Any = SimpleNamespace(
        driver="acme", account="default", key="acme:default", transport=FaultyTransport(platform), hosts={},
        tokens=None, limits=None, clock=ManualClock(), max_wait=None,
    )  # fmt: skip
    opened = Session(owner, hosts={"api": "https://acme.example"}, auth=StaticAuth({"X-Token": "Key canary-1"}))
    yield opened
    await opened.aclose()


async def buy(session: Session) -> Response:
    """Send a write: it is not repeated, whatever comes."""
    return await session.send(Request(operation="buy", method="POST", path="/labels", content=b"{}"))


def wire(session: Session) -> FaultyTransport:
    """Return the transport that fails."""
    transport = session._owner.transport
    assert isinstance(transport, FaultyTransport)
    return transport


@pytest.mark.parametrize(
    ("failure", "arrives"),
    [
        (Failure.REFUSED, False),
        (Failure.LOST, True),
        (Failure.LIMITED, False),
        (Failure.UNAVAILABLE, False),
        (Failure.UNAVAILABLE_AFTER, True),
        (Failure.UNAUTHORIZED, False),
        (Failure.FORBIDDEN, False),
        (Failure.QUOTED, False),
    ],
)
async def test_failure_arrives_or_does_not(
    session: Session,
    platform: HandlerTransport,
    failure: Failure,
    arrives: bool,
) -> None:
    """Whether the platform did it is the whole difference for what is unknown."""
    with wire(session).failing(failure, lambda _: True), pytest.raises(OperationError):
        await buy(session)
    assert len(platform.requests) == arrives


@pytest.mark.parametrize(
    ("failure", "arrives", "body"),
    [
        (Failure.HTML, False, b"<!DOCTYPE html>"),
        (Failure.SHAPE, False, b'{"unexpected"'),
        (Failure.CUT, True, BODY[: len(BODY) // 2]),
    ],
    ids=str,
)
async def test_unreadable_answer_says_success(
    session: Session,
    platform: HandlerTransport,
    failure: Failure,
    arrives: bool,
    body: bytes,
) -> None:
    """The status alone must not give it away: a driver has to look at the body."""
    with wire(session).failing(failure, lambda _: True):
        response = await buy(session)
    assert response.status == 200
    assert response.content.startswith(body)
    assert len(response.content) < len(BODY) or failure is not Failure.CUT
    assert len(platform.requests) == arrives


@pytest.mark.parametrize(("failure", "unknown"), [(Failure.REFUSED, False), (Failure.LOST, True)], ids=str)
async def test_broken_connection_is_told_from_none(session: Session, failure: Failure, unknown: bool) -> None:
    """A connection that was never made carried nothing."""
    with wire(session).failing(failure, lambda _: True), pytest.raises(TransportError) as caught:
        await buy(session)
    assert caught.value.outcome_unknown is unknown


async def test_only_what_fits_fails(session: Session) -> None:
    """One path at a time can be disturbed."""
    with wire(session).failing(Failure.LOST, lambda request: request.path == "/elsewhere"):
        assert (await buy(session)).content == BODY


async def test_all_is_well_after_the_block(session: Session) -> None:
    """A failure must not reach the next test."""
    with wire(session).failing(Failure.LOST, lambda _: True), pytest.raises(TransportError):
        await buy(session)
    assert (await buy(session)).content == BODY


async def test_requests_and_credentials_are_remembered(session: Session) -> None:
    """A suite counts the ones, and searches logs for the others."""
    with wire(session).failing(Failure.REFUSED, lambda _: True), pytest.raises(TransportError):
        await buy(session)
    assert wire(session).count() == wire(session).count("/labels") == 1
    assert wire(session).count("/token") == 0
    assert wire(session).credentials == {"canary-1"}
    assert "canary-1" not in repr(wire(session))
