"""Pushes that are not what they say: refused as such, whatever is wrong with them, and nothing of them is repeated."""

import base64
import json
import logging
from collections.abc import Callable
from typing import Any, Final

import attrs
import pytest

import cartcarrier as cc
from cartcarrier.testing._leaks import logged, spoken
from tests.attacks.conftest import Open
from tests.attacks.senders import CANARY, SECRET, SENDERS, SIGNING, STRANGERS, Sender

Forge = Callable[[Sender, cc.WebhookRequest], cc.WebhookRequest]
LONG: Final = "A" * 200_000


def with_signature(make: Callable[[str], str]) -> Forge:
    """Return a forgery that changes the signature only."""

    def forge(sender: Sender, push: cc.WebhookRequest) -> cc.WebhookRequest:
        given = push.headers[sender.header]
        return attrs.evolve(push, headers={**push.headers, sender.header: make(given)})

    return forge


def without(sender: Sender, push: cc.WebhookRequest) -> cc.WebhookRequest:
    """Leave the signature out."""
    return attrs.evolve(push, headers={key: value for key, value in push.headers.items() if key != sender.header})


def without_any(sender: Sender, push: cc.WebhookRequest) -> cc.WebhookRequest:
    """Leave all header fields out."""
    del sender
    return attrs.evolve(push, headers={})


def of_a_stranger(sender: Sender, push: cc.WebhookRequest) -> cc.WebhookRequest:
    """Sign the same with another account's secret."""
    del push
    return sender.send(secret=STRANGERS)


def of_another_body(sender: Sender, push: cc.WebhookRequest) -> cc.WebhookRequest:
    """Put a genuine signature on another genuine body."""
    return attrs.evolve(push, body=sender.send(number=2).body)


def longer(sender: Sender, push: cc.WebhookRequest) -> cc.WebhookRequest:
    """Say a little more than was signed."""
    del sender
    at = push.body.rindex(b"}")
    return attrs.evolve(push, body=push.body[:at] + b',"x":1' + push.body[at:])


def last_letter(given: str) -> str:
    """Return a signature that is wrong in its last letter that counts."""
    at = len(given.rstrip("=")) - 2
    return given[:at] + ("A" if given[at] != "A" else "B") + given[at + 1 :]


def nested(_given: str) -> str:
    """Return a header as eBay's is packed, but a thousandfold deep."""
    return base64.b64encode(b'{"kid":"k","x":' + b"[" * 4000 + b"]" * 4000 + b"}").decode()


FORGERIES: Final[dict[str, Forge]] = {
    "missing": without,
    "no headers": without_any,
    "a stranger's": of_a_stranger,
    "another body's": of_another_body,
    "longer body": longer,
    "empty": with_signature(lambda _given: ""),
    "blank": with_signature(lambda _given: " \t "),
    "cut": with_signature(lambda given: given[: len(given) // 2]),
    "last letter": with_signature(last_letter),
    "doubled": with_signature(lambda given: given + given),
    "joined": with_signature(lambda given: f"{given}, AAAA"),
    "not base64": with_signature(lambda _given: "%%%"),
    "umlauts": with_signature(lambda _given: "äöü"),
    "undecodable": with_signature(lambda _given: "\udcff\udc80"),
    "zero bytes": with_signature(lambda _given: "\x00" * 44),
    "null": with_signature(lambda _given: "null"),
    "very long": with_signature(lambda _given: LONG),
    "nested": with_signature(nested),
    "base64 of nothing": with_signature(lambda _given: base64.b64encode(b"{}").decode()),
}
# What is signed is not the body, but it is not refused for that either.
NOT_BY_BODY: Final = {("ups", "another body's"), ("ups", "longer body"), ("usps", "longer body")}


def cases() -> list[Any]:
    """Return every platform with every forgery."""
    return [
        pytest.param(platform, name, id=f"{platform}-{name}")
        for platform in SIGNING
        for name in FORGERIES
        if (platform, name) not in NOT_BY_BODY
    ]


@pytest.mark.parametrize("platform", SIGNING)
async def test_genuine_push_is_taken(sender: Sender) -> None:
    """The forgeries below mean nothing where nothing is ever accepted."""
    outcome = await sender.open().receive(sender.send())
    assert (outcome.status, len(outcome.events)) == (200, 1)


@pytest.mark.parametrize(("platform", "forgery"), cases())
async def test_forged_push_is_refused_in_silence(
    sender: Sender, forgery: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Anybody can post; what they post is neither believed nor repeated, and is no reason for an error 500."""
    caplog.set_level(logging.DEBUG)
    driver = sender.open()
    with pytest.raises(cc.AuthenticationError) as caught:
        await driver.receive(FORGERIES[forgery](sender, sender.send()))
    said = spoken(caught.value) + logged(caplog.records)
    for hidden in (CANARY, SECRET, STRANGERS, "%%%", "äöü"):
        assert hidden not in said
    assert caught.value.provider == sender.name
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize("name", sorted({name for name, _ in NOT_BY_BODY}))
async def test_exceptions_to_the_rule_are_true(name: str, sandbox: Any) -> None:
    """UPS signs no body, and USPS a text inside of it: what their pushes prove is less, and the docs say so."""
    sender = SENDERS[name](sandbox)
    for known, forgery in sorted(NOT_BY_BODY):
        if known == name:
            outcome = await sender.open().receive(FORGERIES[forgery](sender, sender.send()))
            assert len(outcome.events) == 1


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title], ids=["lower", "upper", "title"])
@pytest.mark.parametrize("platform", SIGNING)
async def test_header_names_have_no_case(sender: Sender, spell: Callable[[str], str]) -> None:
    """Frameworks and proxies write them as they like."""
    push = sender.send()
    spelled = {spell(key): value for key, value in push.headers.items()}
    outcome = await sender.open().receive(attrs.evolve(push, headers=spelled))
    assert len(outcome.events) == 1


@pytest.mark.parametrize("platform", SIGNING)
async def test_two_forged_headers_are_no_better_than_one(sender: Sender) -> None:
    """A field that comes twice is a way around what looks at one of them and believes the other."""
    push = sender.send()
    forged = {sender.header.lower(): "AAAA", sender.header.upper(): "BBBB", sender.header.title(): ""}
    others = {key: value for key, value in push.headers.items() if key != sender.header}
    with pytest.raises(cc.AuthenticationError):
        await sender.open().receive(attrs.evolve(push, headers={**others, **forged}))


@pytest.mark.parametrize("platform", SIGNING)
async def test_secret_that_is_not_set_refuses_all(sender: Sender) -> None:
    """A set-up that was forgotten must not open the door."""
    if sender.name == "ebay":
        return  # eBay's keys are public: there is nothing to set
    driver = sender.open(**{name: [] if name == "webhook_secrets" else None for name in sender.settings()})
    with pytest.raises(cc.ConfigurationError) as caught:
        await driver.receive(sender.send())
    assert CANARY not in spoken(caught.value)


@pytest.mark.parametrize("platform", SIGNING)
async def test_forged_push_leaves_no_trace_in_the_ledger(sender: Sender, open_fulfiller: Open) -> None:
    """Were it remembered, the genuine one that comes after it would be taken for a repetition."""
    async with open_fulfiller(sender) as fulfiller:
        for forge in (without, of_a_stranger):
            with pytest.raises(cc.AuthenticationError):
                await fulfiller.handle_webhook(sender.key, forge(sender, sender.send()))
        outcome = await fulfiller.handle_webhook(sender.key, sender.send())
    assert len(outcome.events) == 1


@pytest.mark.parametrize("platform", SIGNING)
async def test_push_of_one_account_is_not_believed_by_another(sender: Sender, open_fulfiller: Open) -> None:
    """Two accounts of one platform differ by their secrets only."""
    if sender.name == "ebay":
        return  # eBay signs for all with one key; whose a push is only its data say
    other: dict[str, Any] = {
        name: [STRANGERS] if name == "webhook_secrets" else STRANGERS for name in sender.settings()
    }
    second = sender.open(account="second", **other)
    drivers: dict[str, Any] = {"channel": "channels", "carrier": "carriers"}
    async with open_fulfiller(sender, **{drivers[sender.kind]: [sender.open(), second]}) as fulfiller:
        with pytest.raises(cc.AuthenticationError):
            await fulfiller.handle_webhook(second.key, sender.send())
        assert len((await fulfiller.handle_webhook(second.key, sender.send(secret=STRANGERS))).events) == 1


@pytest.mark.parametrize("platform", ["amazon"])
async def test_message_of_another_seller_is_refused(sender: Sender) -> None:
    """Queues are not signed; what can be checked is whose it is."""
    body = json.loads(sender.event())
    body["Payload"]["SellerId"] = "A9SOMEBODYELSE"
    with pytest.raises(cc.AuthenticationError) as caught:
        await sender.open().receive(sender.send(json.dumps(body).encode()))
    assert "SOMEBODYELSE" not in spoken(caught.value)
    assert CANARY not in spoken(caught.value)


@pytest.mark.parametrize("platform", ["ebay"])
async def test_unknown_keys_do_not_spend_the_day(sender: Sender) -> None:
    """Each forgery could name another key; eBay would be asked for all of them, at the account's cost."""
    driver = sender.open()
    genuine = sender.send()
    said = json.loads(base64.b64decode(genuine.headers[sender.header]))
    before = sum(sender.simulator.calls.values())
    for number in range(60):
        forged = base64.b64encode(json.dumps({**said, "kid": f"key-{number}"}).encode()).decode()
        with pytest.raises((cc.AuthenticationError, cc.RateLimitError)):
            await driver.receive(attrs.evolve(genuine, headers={sender.header: forged}))
    assert sum(sender.simulator.calls.values()) - before <= 25


@pytest.mark.parametrize("platform", ["ebay"])
async def test_forgeries_do_not_keep_genuine_pushes_out(sender: Sender) -> None:
    """Whoever sends twenty forgeries an hour must not silence eBay: "not asked now" is 5xx, and eBay delivers again."""
    driver = sender.open()
    genuine = sender.send()
    said = json.loads(base64.b64decode(genuine.headers[sender.header]))
    for number in range(25):
        forged = base64.b64encode(json.dumps({**said, "kid": f"key-{number}"}).encode()).decode()
        with pytest.raises(cc.CartCarrierError):
            await driver.receive(attrs.evolve(genuine, headers={sender.header: forged}))
    try:
        came = len((await driver.receive(genuine)).events)
    except cc.AuthenticationError:
        came = 0
    except cc.OperationError:
        came = 1  # answered with 5xx, it comes again
    assert came == 1
