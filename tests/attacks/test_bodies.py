"""Pushes with a right signature whose body is not as it should be: too large, unreadable, a bomb, or wrong in one value.

Whoever may sign is the platform, and platforms change a field on a Friday evening; or it is somebody whose secret has leaked.
"""

import json
import logging
import random
from collections.abc import Callable
from typing import Final

import attrs
import pytest

import cartcarrier as cc
from cartcarrier.testing._leaks import logged, spoken
from tests.attacks.conftest import Open
from tests.attacks.senders import CANARY, SECRET, SENDERS, SIGNING, Sender
from tests.fuzz._mutations import Answered, mutate

Body = Callable[[Sender], bytes]
DEEP: Final = 60_000


def extended(text: str) -> Body:
    """Return an event with one more member, of that text."""
    return lambda sender: sender.event().rstrip()[:-1] + b', "extra": ' + text.encode() + b"}"


BODIES: Final[dict[str, Body]] = {
    "empty": lambda _: b"",
    "blank": lambda _: b" \r\n\t",
    "not JSON": lambda _: b"payload=" + CANARY.encode(),
    "HTML": lambda _: b"<html>" + CANARY.encode() + b"</html>",
    "not UTF-8": lambda sender: sender.event().replace(CANARY.encode(), b"\xff\xfe" + CANARY.encode()),
    "UTF-16": lambda sender: sender.event().decode().encode("utf-16"),
    "byte order mark": lambda sender: b"\xef\xbb\xbf" + sender.event(),
    "null": lambda _: b"null",
    "number": lambda _: b"7",
    "text": lambda _: json.dumps(CANARY).encode(),
    "list": lambda _: b"[]",
    "object": lambda _: b"{}",
    "list of nulls": lambda _: b"[null, null]",
    "nested lists": lambda _: b"[" * DEEP + b"]" * DEEP,
    "nested objects": lambda _: b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "unclosed": lambda _: b"[" * DEEP,
    "event and nested lists": extended("[" * DEEP + "]" * DEEP),
    "event and nested objects": extended('{"a":' * DEEP + "1" + "}" * DEEP),
    "event and a huge whole": extended("9" * 50_000),
    "event and a huge power": extended("1e999999999"),
    "event and a long fraction": extended("0." + "3" * 50_000),
    "event and NaN": extended("NaN"),
    "event and half a pair": extended(r'"\ud83e"'),
    "event and a zero byte": extended(r'"\u0000"'),
    "event twice": lambda sender: sender.event() + sender.event(),
    "cut": lambda sender: sender.event()[: len(sender.event()) // 2],
    "all is null": lambda sender: json.dumps(dict.fromkeys(json.loads(sender.event()))).encode(),
    "all is a list": lambda sender: json.dumps({key: [] for key in json.loads(sender.event())}).encode(),
}
# What of a body is read before the signature can be: there an unreadable one cannot be genuine.
READ_FIRST: Final = frozenset({"usps"})


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("platform", SENDERS)
async def test_unreadable_body_is_an_error_of_ours(sender: Sender, body: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is answered, not crashed over, and nothing of it stands in the error: bodies are full of names."""
    caplog.set_level(logging.DEBUG)
    driver = sender.open()
    said = ""
    try:
        outcome = await driver.receive(sender.send(BODIES[body](sender)))
    except (cc.ResponseError, cc.AuthenticationError) as error:
        if isinstance(error, cc.AuthenticationError):
            assert sender.name in READ_FIRST
        said = spoken(error)
    else:
        assert {event.account for event in outcome.events} <= {driver.key}
        said = repr(outcome.status)
    said += logged(caplog.records)
    assert CANARY not in said
    assert SECRET not in said


def large(sender: Sender) -> bytes:
    """Return a genuine event that is a little larger than anything that is read."""
    return sender.event()[:-1] + b" " * sender.most + b"}"


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "forged"])
@pytest.mark.parametrize("platform", SENDERS)
async def test_oversized_body_is_not_read(sender: Sender, signed: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Memory is what a body is paid with; the limit is far above anything that a platform sends."""
    caplog.set_level(logging.DEBUG)
    push = sender.send(large(sender))
    if not signed:
        push = attrs.evolve(push, headers=dict.fromkeys(push.headers, "AAAA"))
    said = ""
    try:
        outcome = await sender.open().receive(push)
    except cc.AuthenticationError as error:
        said = spoken(error)
    else:
        assert (outcome.status, len(outcome.events)) == (413, 0)
    assert CANARY not in said + logged(caplog.records)


@pytest.mark.parametrize("platform", SENDERS)
async def test_largest_body_is_read(sender: Sender) -> None:
    """The limit is where the docs say, not below."""
    small = sender.event()
    room = sender.most - len(sender.pack(small)) - 4096
    outcome = await sender.open().receive(sender.send(small[:-1] + b" " * room + b"}"))
    assert (outcome.status, len(outcome.events)) == (200, 1)


@pytest.mark.parametrize("platform", SIGNING)
async def test_bombs_of_strangers_are_refused(sender: Sender) -> None:
    """What is not signed is not parsed, or parsed by something that bombs do not hurt."""
    driver = sender.open()
    for body in BODIES.values():
        push = attrs.evolve(sender.send(), body=body(sender))
        push = attrs.evolve(push, headers={**push.headers, sender.header: "QUFBQQ=="})
        with pytest.raises(cc.AuthenticationError):
            await driver.receive(push)


@pytest.mark.parametrize("platform", SENDERS)
async def test_events_that_are_wrong_somewhere_give_our_errors_only(sender: Sender, open_fulfiller: Open) -> None:
    """Through the facade and into the ledger: a value of another kind, a name of nine thousand letters, half a character."""
    draw = random.Random(sender.name)  # noqa: S311 - reproducible, not secret
    taken, refused = 0, []
    async with open_fulfiller(sender) as fulfiller:
        for number in range(120):
            wrong = mutate(Answered(status=200, headers={}, body=sender.event(number)), draw).body
            try:
                outcome = await fulfiller.handle_webhook(sender.key, sender.send(wrong, number=number))
            except (cc.ResponseError, cc.AuthenticationError) as error:
                refused.append(spoken(error))
            else:
                assert {event.account for event in outcome.events} <= {sender.key}
                taken += 1
    assert taken > 10
    assert len(refused) > 5
    assert CANARY not in "".join(refused)
