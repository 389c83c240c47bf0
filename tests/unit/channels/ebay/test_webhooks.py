"""Pushes: the challenge, the signature, and what they mean."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    RateLimitError,
    ResponseError,
    UnavailableError,
)
from cartcarrier.models import (
    AccountRevoked,
    FulfillmentChanged,
    OrderCancelled,
    OrderChanged,
    PersonalDataAction,
    PersonalDataRequest,
    WebhookRequest,
)
from tests.unit.channels.ebay.fakes import NOW, Answer, Ebay, answer, refusal
from tests.unit.channels.ebay.test_auth import RSA

pytestmark = pytest.mark.anyio
URL = "https://hooks.example.com/ebay"
TOKEN = "k3-token-of-the-endpoint-0123456789-01234"
KEY = ec.derive_private_key(1234567, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(7654321, ec.SECP256R1())
KEYS = "/commerce/notification/v1/public_key"


def key_answer(key: ec.EllipticCurvePrivateKey = KEY, digest: str = "SHA1") -> Answer:
    """Return a public key as eBay does: its PEM without line breaks."""
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().replace("\n", "")
    return answer(200, {"key": pem, "algorithm": "ECDSA", "digest": digest})


def message(topic: str = "ORDER_CONFIRMATION", **data: object) -> dict[str, Any]:
    return {
        "metadata": {"topic": topic, "schemaVersion": "1.0", "deprecated": False},
        "notification": {
            "notificationId": "49feeaeb-1",
            "eventDate": "2026-11-24T09:00:00.000Z",
            "publishDate": "2026-11-24T09:00:03.000Z",
            "publishAttemptCount": 1,
            "data": data or {"order": {"orderId": "12-3"}},
        },
    }


def push(
    body: bytes | None = None,
    *,
    key: ec.EllipticCurvePrivateKey = KEY,
    kid: str = "key-1",
    signed: bytes | None = None,
    digest: hashes.HashAlgorithm | None = None,
) -> WebhookRequest:
    content = json.dumps(message(), separators=(",", ":")).encode() if body is None else body
    algorithm = digest or hashes.SHA1()  # noqa: S303 - what eBay signs with
    made = key.sign(content if signed is None else signed, ec.ECDSA(algorithm))
    header = {"alg": "ecdsa", "kid": kid, "signature": base64.b64encode(made).decode(), "digest": "SHA1"}
    encoded = base64.b64encode(json.dumps(header).encode()).decode()
    return WebhookRequest(method="POST", url=URL, headers={"X-Ebay-Signature": encoded}, body=content)


def push_of(topic: str, **data: object) -> WebhookRequest:
    return push(json.dumps(message(topic, **data)).encode())


@pytest.fixture
def keyed(ebay: Ebay) -> Ebay:
    """An eBay that tells its public key."""
    ebay.on("GET", f"{KEYS}/key-1", key_answer())
    return ebay


# --- the challenge --------------------------------------------------------------------------------------------------


def challenge(code: str = "abc", url: str = URL) -> WebhookRequest:
    return WebhookRequest(method="GET", url=f"{url}?challenge_code={code}", headers={}, body=b"")


@pytest.mark.parametrize("registered", ["https://hooks.example.com/ebay/", None], ids=["configured", "as asked"])
async def test_challenge_is_answered_for_the_registered_endpoint(ebay: Ebay, registered: str | None) -> None:
    """A proxy changes what the request says; eBay goes by what was registered, byte for byte."""
    channel = ebay.channel(verification_token=TOKEN, webhook_endpoint=registered)
    outcome = await channel.receive(challenge())
    expected = hashlib.sha256(f"abc{TOKEN}{registered or URL}".encode()).hexdigest()
    assert json.loads(outcome.body) == {"challengeResponse": expected}
    assert (outcome.status, dict(outcome.headers)) == (200, {"Content-Type": "application/json"})
    assert ebay.sent() == []


async def test_challenge_without_a_token_is_an_error_of_the_set_up(ebay: Ebay) -> None:
    """A wrong answer would have eBay refuse the endpoint without a word."""
    with pytest.raises(ConfigurationError) as caught:
        await ebay.channel().receive(challenge())
    assert caught.value.field == "verification_token"


async def test_visit_without_a_challenge_is_no_push(ebay: Ebay) -> None:
    """Anybody may open the address."""
    outcome = await ebay.channel().receive(WebhookRequest(method="GET", url=URL, headers={}, body=b""))
    assert (outcome.status, outcome.events) == (400, ())


# --- the signature --------------------------------------------------------------------------------------------------


async def test_genuine_push_is_an_event(keyed: Ebay) -> None:
    """Signed over the bytes as they came."""
    outcome = await keyed.channel().receive(push())
    assert outcome.events == (
        OrderChanged(
            id="49feeaeb-1", account="ebay:default", occurred_at=NOW, order_id="12-3", what="ORDER_CONFIRMATION"
        ),
    )
    assert outcome.status == 200


async def test_bytes_are_verified_as_they_came(keyed: Ebay) -> None:
    """Encoding anew with other escapes or spaces breaks what eBay signed."""
    body = '{ "metadata": {"topic": "ORDER_CONFIRMATION"}, "notification": {"notificationId": "ü\\u00fc\\/"} }'.encode()
    (event,) = (await keyed.channel().receive(push(body))).events
    assert event.id == "üü/"


async def test_push_that_a_proxy_spaced_out_is_verified_by_its_compact_text(keyed: Ebay) -> None:
    """The compact text is what eBay signs."""
    compact = json.dumps(message(), separators=(",", ":"), ensure_ascii=False).encode()
    spaced = json.dumps(message(), indent=2, ensure_ascii=False).encode()
    assert (await keyed.channel().receive(push(spaced, signed=compact))).events


@pytest.mark.parametrize(
    "forged",
    [
        push(key=OTHER_KEY),
        push(signed=b"something else"),
        WebhookRequest(method="POST", url=URL, headers={}, body=b"{}"),
        WebhookRequest(method="POST", url=URL, headers={"x-ebay-signature": "?"}, body=b"{}"),
        WebhookRequest(method="POST", url=URL, headers={"x-ebay-signature": "e30="}, body=b"{}"),
        push(kid="../user"),
    ],
    ids=["other key", "other body", "none", "no base64", "empty object", "key id that is a path"],
)
async def test_forged_push_is_refused(keyed: Ebay, forged: WebhookRequest) -> None:
    """Whoever finds the address could otherwise erase orders."""
    with pytest.raises(AuthenticationError):
        await keyed.channel().receive(forged)


async def test_key_is_kept_for_an_hour(keyed: Ebay) -> None:
    """Keys are asked for by the day's calls."""
    channel = keyed.channel()
    for _ in range(3):
        await channel.receive(push())
    assert len(keyed.sent()) == 1
    keyed.clock.advance(3601)
    await channel.receive(push())
    assert len(keyed.sent()) == 2


async def test_key_that_was_replaced_is_asked_for_anew(keyed: Ebay) -> None:
    """A kept key would refuse what is genuine."""
    channel = keyed.channel()
    await channel.receive(push())
    keyed.on("GET", f"{KEYS}/key-1", key_answer(OTHER_KEY))
    keyed.clock.advance(120)
    assert (await channel.receive(push(key=OTHER_KEY))).events


async def test_many_forgeries_ask_for_a_key_once(keyed: Ebay) -> None:
    """Otherwise anybody could spend the day's calls."""
    channel = keyed.channel()
    for _ in range(5):
        with pytest.raises(AuthenticationError):
            await channel.receive(push(key=OTHER_KEY))
    assert len(keyed.sent()) == 1


async def test_invented_keys_are_asked_for_a_few_times_only(keyed: Ebay) -> None:
    """Each forgery may name another one; those that are kept go on verifying."""
    channel = keyed.channel()
    await channel.receive(push())
    for number in range(40):
        keyed.on("GET", f"{KEYS}/invented-{number}", refusal(404, 195_001))
        with pytest.raises(AuthenticationError if number < 20 else RateLimitError) as caught:
            await channel.receive(push(kid=f"invented-{number}"))
    assert isinstance(caught.value, RateLimitError)
    assert caught.value.retry_after == timedelta(hours=1)
    assert len(keyed.sent()) == 1 + 20
    assert (await channel.receive(push())).events


async def test_key_that_is_not_asked_for_now_is_asked_for_an_hour_later(keyed: Ebay) -> None:
    """Whoever invents keys must not have a genuine push thrown away: 401 is final, 5xx comes again."""
    channel = keyed.channel()
    for number in range(20):
        keyed.on("GET", f"{KEYS}/invented-{number}", refusal(404, 195_001))
        with pytest.raises(AuthenticationError):
            await channel.receive(push(kid=f"invented-{number}"))
    with pytest.raises(RateLimitError):
        await channel.receive(push())
    keyed.clock.advance(3601)
    assert (await channel.receive(push())).events


async def test_header_that_is_nested_without_end_is_refused(keyed: Ebay) -> None:
    """Anybody can send one; a parser that gives up is no error of ours."""
    deep = base64.b64encode(b'{"kid":"k","x":' + b"[" * 4000 + b"]" * 4000 + b"}").decode()
    with pytest.raises(AuthenticationError):
        await keyed.channel().receive(attrs.evolve(push(), headers={"X-EBAY-SIGNATURE": deep}))


async def test_key_that_cannot_be_read_now_asks_for_the_push_again(ebay: Ebay) -> None:
    """A genuine push must not be thrown away for a failure of eBay's."""
    ebay.on("GET", f"{KEYS}/key-1", answer(503))
    with pytest.raises(UnavailableError):
        await ebay.channel().receive(push())


async def test_key_says_how_it_digests(ebay: Ebay) -> None:
    """SHA-1 today; eBay can change it without asking us."""
    ebay.on("GET", f"{KEYS}/key-1", key_answer(digest="SHA256"))
    assert (await ebay.channel().receive(push(digest=hashes.SHA256()))).events


RSA_PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    "pem", ["-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----", RSA_PEM], ids=["unreadable", "of another kind"]
)
async def test_key_that_is_none_refuses(ebay: Ebay, pem: str) -> None:
    """Without a key nothing is verified, and what is not verified is refused."""
    ebay.on("GET", f"{KEYS}/key-1", answer(200, {"key": pem}))
    with pytest.raises(AuthenticationError):
        await ebay.channel().receive(push())


async def test_genuine_push_that_cannot_be_read_is_named(keyed: Ebay) -> None:
    """Not a forgery, and not lost in silence."""
    with pytest.raises(ResponseError):
        await keyed.channel().receive(push(b'{"metadata": 1}'))


async def test_huge_body_is_not_read(ebay: Ebay) -> None:
    """A signature over a gigabyte is work for nothing."""
    request = WebhookRequest(method="POST", url=URL, headers={}, body=b" " * (1024 * 1024 + 1))
    assert (await ebay.channel().receive(request)).status == 413


# --- what they mean -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [{"orderId": "12-3"}, {"a": [{"b": {"legacyOrderId": "12-3"}}]}], ids=str)
async def test_order_is_found_wherever_it_is_named(keyed: Ebay, data: dict[str, Any]) -> None:
    """What these pushes hold is not documented."""
    (event,) = (await keyed.channel().receive(push_of("ORDER_RETURN_ACTIVITY", **data))).events
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.what) == ("12-3", "ORDER_RETURN_ACTIVITY")


async def test_cancellation_stops_the_label(keyed: Ebay) -> None:
    """The buyer asks; nothing is bought before that is answered."""
    (event,) = (await keyed.channel().receive(push_of("ORDER_CANCELLATION_ACTIVITY", orderId="12-3"))).events
    assert isinstance(event, OrderCancelled)
    assert (event.order_id, event.requested) == ("12-3", True)


async def test_cancellation_without_an_order_is_still_told(keyed: Ebay) -> None:
    """Then the list must be read."""
    (event,) = (await keyed.channel().receive(push_of("ORDER_CANCELLATION_ACTIVITY", x=1))).events
    assert isinstance(event, OrderChanged)
    assert event.order_id is None


async def test_parcel_told_elsewhere_is_told(keyed: Ebay) -> None:
    """Somebody shipped it in Seller Hub: our plan for it is over."""
    (event,) = (await keyed.channel().receive(push_of("ITEM_MARKED_SHIPPED", orderId="12-3"))).events
    assert isinstance(event, FulfillmentChanged)


async def test_closed_account_erases_the_buyer_under_both_names(keyed: Ebay) -> None:
    """Orders hold the user name, or in some regions the immutable id."""
    request = push_of("MARKETPLACE_ACCOUNT_DELETION", username="jodoe", userId="ma8vp1jySJC", eiasToken="nY+")
    events = (await keyed.channel().receive(request)).events
    assert [
        (event.id, event.action, event.customer_id) for event in events if isinstance(event, PersonalDataRequest)
    ] == [
        ("49feeaeb-1", PersonalDataAction.ERASE, "jodoe"),
        ("49feeaeb-1:1", PersonalDataAction.ERASE, "ma8vp1jySJC"),
    ]
    assert "jodoe" not in repr(events)


async def test_sellers_own_closed_account_is_revoked(keyed: Ebay) -> None:
    """Nothing can be read of it any more."""
    request = push_of("MARKETPLACE_ACCOUNT_DELETION", username="acme", userId="u1")
    events = (await keyed.channel(seller_id="acme").receive(request)).events
    assert [type(event) for event in events] == [PersonalDataRequest, PersonalDataRequest, AccountRevoked]
    assert len({event.id for event in events}) == 3


async def test_topic_that_is_not_our_business_is_acknowledged(keyed: Ebay) -> None:
    """Unanswered, eBay would send it again and mark the endpoint as down."""
    outcome = await keyed.channel().receive(push_of("NEW_MESSAGE", text="hello"))
    assert (outcome.status, outcome.events) == (200, ())


async def test_body_that_is_no_json_is_refused_like_any_other(keyed: Ebay) -> None:
    """Nothing is read before it is verified."""
    with pytest.raises(AuthenticationError):
        await keyed.channel().receive(push(b"\xff\xfe not json", key=OTHER_KEY))


async def test_keys_are_kept_up_to_a_number(ebay: Ebay) -> None:
    """Memory does not grow with the number of keys."""
    channel = ebay.channel()
    for number in range(101):
        ebay.on("GET", f"{KEYS}/key-{number}", key_answer())
        await channel.receive(push(kid=f"key-{number}"))
    await channel.receive(push(kid="key-0"))
    assert len(ebay.sent()) == 102


async def test_order_that_is_buried_too_deep_is_not_looked_for(keyed: Ebay) -> None:
    """Whoever nests without end must not stop us."""
    deep: dict[str, Any] = {"orderId": "12-3"}
    for _ in range(20):
        deep = {"a": deep}
    (event,) = (await keyed.channel().receive(push_of("ORDER_CONFIRMATION", **deep))).events
    assert isinstance(event, OrderChanged)
    assert event.order_id is None
