"""eBay's question whose the endpoint is: the one push that is answered without a signature."""

import hashlib
import json
import logging
from typing import Any

import attrs
import pytest

import cartcarrier as cc
from cartcarrier.testing._leaks import logged, spoken
from tests.attacks.senders import SENDERS, Sender

TOKEN = "verification-token-of-forty-letters-0001"
ENDPOINT = "https://shop.example/ebay"


@pytest.fixture
def platform() -> str:
    """Nobody else asks."""
    return "ebay"


def question(query: str, **changes: Any) -> cc.WebhookRequest:
    """Return the question."""
    given = {"method": "GET", "url": f"{ENDPOINT}?{query}", "headers": {}, "body": b"", **changes}
    return cc.WebhookRequest(**given)


def answer(code: str) -> str:
    """Return what eBay expects, as its documentation says it."""
    return hashlib.sha256((code + TOKEN + ENDPOINT).encode()).hexdigest()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("challenge_code=abc123", "abc123"),
        ("x=1&challenge_code=a%2Bb%20c", "a+b c"),
        ("challenge_code=", ""),
        ("challenge_code=first&challenge_code=second", "first"),
        ("challenge_code=" + "9" * 100_000, "9" * 100_000),
        ("challenge_code=%C3%A9%00%22%7D", 'é\x00"}'),
    ],
    ids=["plain", "quoted", "empty", "twice", "long", "odd letters"],
)
async def test_challenge_is_answered_with_a_digest(sender: Sender, query: str, code: str) -> None:
    """The answer is JSON, whatever the code is, and shows nothing of the token."""
    driver = sender.open(verification_token=TOKEN, webhook_endpoint=ENDPOINT)
    outcome = await driver.receive(question(query))
    assert outcome.status == 200
    assert json.loads(outcome.body) == {"challengeResponse": answer(code)}
    assert TOKEN.encode() not in outcome.body


async def test_code_that_is_no_text_is_answered_all_the_same(sender: Sender) -> None:
    """Bytes that are no UTF-8 in a query are anybody's to send."""
    driver = sender.open(verification_token=TOKEN, webhook_endpoint=ENDPOINT)
    outcome = await driver.receive(question("challenge_code=%FF%FE"))
    assert outcome.status in {200, 400}


async def test_get_without_a_code_is_a_bad_request(sender: Sender) -> None:
    """A person with a browser, or a probe."""
    outcome = await sender.open(verification_token=TOKEN).receive(question("code=1"))
    assert (outcome.status, outcome.body, outcome.events) == (400, b"", ())


async def test_challenge_without_a_token_says_what_is_missing(sender: Sender) -> None:
    """It must not be answered with the digest of nothing."""
    driver = sender.open(verification_token=None)
    with pytest.raises(cc.ConfigurationError) as caught:
        await driver.receive(question("challenge_code=abc"))
    assert caught.value.field == "verification_token"


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS", ""])
async def test_challenge_by_another_method_is_a_push_without_a_signature(sender: Sender, method: str) -> None:
    """A code in the query opens no way around the signature."""
    driver = sender.open(verification_token=TOKEN)
    with pytest.raises(cc.AuthenticationError):
        await driver.receive(question("challenge_code=abc", method=method, body=sender.event()))


async def test_challenge_with_a_body_is_no_event(sender: Sender) -> None:
    """A GET with a genuine body in it stands for nothing."""
    driver = sender.open(verification_token=TOKEN, webhook_endpoint=ENDPOINT)
    outcome = await driver.receive(attrs.evolve(sender.send(), method="get", url=f"{ENDPOINT}?challenge_code=abc"))
    assert outcome.events == ()


async def test_challenge_is_not_logged(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    """Code and token together are what the answer is made of."""
    caplog.set_level(logging.DEBUG)
    driver = sender.open(verification_token=TOKEN)
    await driver.receive(question("challenge_code=canary-code"))
    said = logged(caplog.records)
    assert "canary-code" not in said
    assert TOKEN not in said


@pytest.mark.parametrize("other", sorted(set(SENDERS) - {"ebay"}))
async def test_nobody_else_answers_a_challenge(other: str, sandbox: Any) -> None:
    """To the others a GET is a push without a signature, or without a body."""
    with pytest.raises((cc.AuthenticationError, cc.ResponseError)) as caught:
        await SENDERS[other](sandbox).open().receive(question("challenge_code=canary-code"))
    assert "canary-code" not in spoken(caught.value)
