"""Pushes: genuine ones are events, others are refused before they are read."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidValueError,
    PermissionDeniedError,
    ResponseError,
)
from cartcarrier.http import ReceivedRequest
from cartcarrier.models import TrackingFailure, TrackingStatus, TrackingSubscription, TrackingUpdated, WebhookRequest
from tests.unit.carriers.usps.samples import (
    CARRIER,
    FIRST,
    SECRET,
    Answer,
    carrier,
    event,
    never,
    refusal,
    reply,
    sent,
    tracked,
)

URL = "https://shop.test/usps"


def push(*details: dict[str, Any], secret: str = SECRET, header: str = "X-HMAC", **changes: Any) -> WebhookRequest:
    """Return a signed push."""
    found = list(details) or [tracked(event("01", "Delivered"), statusCategory="Delivered")]
    payload = json.dumps(found[0] if len(found) == 1 else found)
    document = {"subscriptionId": "sub-1", "timestamp": "2026-12-01T14:00:00Z", "payload": payload, **changes}
    message = f"{document['timestamp']}{document['payload']}".encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode() if header == "X-HMAC" else digest.hex()
    return WebhookRequest(method="POST", url=URL, headers={header: signature}, body=json.dumps(document).encode())


async def test_genuine_push_is_where_the_parcel_is() -> None:
    """The payload is JSON in a text: read twice."""
    outcome = await carrier(never, webhook_secret=SECRET).receive(push())
    (made,) = outcome.events
    assert isinstance(made, TrackingUpdated)
    assert (made.account, made.tracking.tracking_number, made.tracking.status) == (
        CARRIER,
        FIRST,
        TrackingStatus.DELIVERED,
    )
    assert made.tracking.raw is None
    assert outcome.status == 200


async def test_other_header_and_notation_are_a_setting() -> None:
    """Field reports name two."""
    settings = {"webhook_secret": SECRET, "webhook_header": "X-USPS-Hmac-Signature", "webhook_encoding": "hex"}
    driver = carrier(never, keep_raw=True, **settings)
    outcome = await driver.receive(push(header="X-USPS-Hmac-Signature"))
    (made,) = outcome.events
    assert isinstance(made, TrackingUpdated)
    assert made.tracking.raw is not None
    with pytest.raises(AuthenticationError):
        await driver.receive(push(header="X-HMAC"))


async def test_same_scan_is_the_same_event() -> None:
    """It comes again, in other words around it."""
    driver = carrier(never, webhook_secret=SECRET)
    first = await driver.receive(push())
    again = await driver.receive(push(timestamp="2026-12-01T15:00:00Z"))
    other = await driver.receive(push(tracked(event("OF", "Out"))))
    empty = await driver.receive(push(tracked()))
    ids = [outcome.events[0].id for outcome in (first, again, other, empty)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


async def test_several_parcels_are_several_events() -> None:
    """One without a number is nobody's."""
    driver = carrier(never, webhook_secret=SECRET)
    outcome = await driver.receive(
        push(tracked(event("OF", "Out")), tracked(number="9400100000000000123460"), {"status": "x"})
    )
    assert len(outcome.events) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff\xfe", b'{"timestamp": 1}'])
async def test_body_that_cannot_be_read_is_not_genuine(body: bytes) -> None:
    """What is signed stands in it."""
    request = WebhookRequest(method="POST", url=URL, headers={"x-hmac": "AAAA"}, body=body)
    with pytest.raises(AuthenticationError) as caught:
        await carrier(never, webhook_secret=SECRET).receive(request)
    assert (caught.value.provider, caught.value.operation) == ("usps", "receive")


@pytest.mark.parametrize("signature", ["", "not base64 *", "AAAA", None])
async def test_forged_push_is_refused(signature: str | None) -> None:
    """Whoever finds the address could otherwise deliver parcels."""
    genuine = push()
    headers = {} if signature is None else {"X-HMAC": signature}
    forged = WebhookRequest(method="POST", url=URL, headers=headers, body=genuine.body)
    with pytest.raises(AuthenticationError):
        await carrier(never, webhook_secret=SECRET).receive(forged)
    with pytest.raises(AuthenticationError):
        await carrier(never, webhook_secret=SECRET).receive(push(secret="x" * 32))


@pytest.mark.parametrize(
    ("timestamp", "good"),
    [
        ("2026-11-17T15:00:00Z", True),  # fourteen days
        ("2026-11-17T14:59:59Z", False),
        ("2026-12-01T16:00:00Z", True),  # an hour ahead
        ("2026-12-01T16:00:01Z", False),
        ("2026-12-01T15:00:00", True),
        ("2026-12-01T11:00:00-04:00", True),
        ("2026-12-01T10:00:00-07:00", False),
        (1_796_137_200, True),  # 2026-12-01T15:00:00Z
        (1_796_137_200_000, True),
        ("1796137201", True),
        (1_796_137_200 - 15 * 86_400, False),
        ((1_796_137_200 + 7200) * 1000, False),
    ],
)
async def test_push_is_taken_for_two_weeks_after_it_was_signed(timestamp: str | int, good: bool) -> None:
    """The ledger forgets after thirty days: what is older could not be told from a repetition."""
    driver = carrier(never, webhook_secret=SECRET)
    if good:
        assert len((await driver.receive(push(timestamp=timestamp))).events) == 1
        return
    with pytest.raises(AuthenticationError, match="was signed"):
        await driver.receive(push(timestamp=timestamp))


@pytest.mark.parametrize("timestamp", ["", "yesterday", -5, 10**17, 10**18])
async def test_genuine_push_without_a_time_cannot_be_read(timestamp: str | int) -> None:
    """How old it is cannot be said, and somebody must look: the secret is right."""
    with pytest.raises(ResponseError, match="timestamp"):
        await carrier(never, webhook_secret=SECRET).receive(push(timestamp=timestamp))


async def test_huge_push_is_not_read() -> None:
    """Memory is not for strangers to fill."""
    request = WebhookRequest(method="POST", url=URL, headers={"x-hmac": "AAAA"}, body=b"x" * (1024 * 1024 + 1))
    outcome = await carrier(never, webhook_secret=SECRET).receive(request)
    assert (outcome.status, outcome.events) == (413, ())


async def test_genuine_push_that_cannot_be_read_says_so() -> None:
    """Somebody must look: the secret is right."""
    for payload in ('{"trackingEvents": 7}', "[" * 5000, '{"a":' * 5000):
        with pytest.raises(ResponseError):
            await carrier(never, webhook_secret=SECRET).receive(push(payload=payload))


async def test_without_somebody_to_write_to_nothing_is_subscribed() -> None:
    """USPS warns before it deletes a subscription that nobody uses (field guide usps.md §7.5)."""
    with pytest.raises(ConfigurationError) as caught:
        await carrier(never, webhook_secret=SECRET).subscribe(URL)
    assert caught.value.field == "admin_email"


async def test_without_a_secret_nothing_is_verified() -> None:
    """Nor subscribed: the push could not be verified."""
    driver = carrier(never)
    with pytest.raises(ConfigurationError) as caught:
        await driver.receive(push())
    assert caught.value.field == "webhook_secret"
    for call in (driver.subscribe(URL), driver.subscribe_tracking([FIRST], url=URL)):
        with pytest.raises(ConfigurationError):
            await call


# --- subscriptions ------------------------------------------------------------------------------------------------------


def subscribed(*there: dict[str, Any], listed: bool = True) -> Any:
    """Return USPS with these subscriptions."""

    def answer(asked: ReceivedRequest) -> Answer:
        if asked.method == "GET":
            return (
                reply({"subscriptions": list(there)} if listed else list(there))
                if there
                else refusal(None, "none", 404)
            )
        return reply({"subscriptionId": "sub-9"}) if asked.method == "POST" else reply({})

    return answer


SETTINGS: dict[str, Any] = {"webhook_secret": SECRET, "admin_email": "boss@acme.test"}
KNOWN = {
    "subscriptionId": "sub-1",
    "listenerURL": URL,
    "status": "ENABLED",
    "filterProperties": {"MID": "900123456", "trackingEventTypes": ["ALL_UPDATES"]},
}


async def test_all_parcels_of_the_account_are_subscribed_to() -> None:
    """By the Mailer ID, with the secret that verifies (field guide usps.md §7.5)."""
    driver = carrier(subscribed(), **SETTINGS)
    (made,) = await driver.subscribe(URL)
    assert (made.id, made.topic, made.destination, made.active) == ("sub-9", "ALL_UPDATES", URL, True)
    listed, asked = sent(driver)
    assert (listed.method, dict(listed.params)) == ("GET", {"MID": "900123456"})
    assert asked.path == "/subscriptions-tracking/v3r2/subscriptions"
    assert json.loads(asked.content) == {
        "listenerURL": URL,
        "secret": SECRET,
        "adminNotification": [{"email": "boss@acme.test"}],
        "filterProperties": {"MID": "900123456", "trackingEventTypes": ["ALL_UPDATES"]},
    }


@pytest.mark.parametrize("listed", [True, False])
async def test_what_is_there_is_left_alone(listed: bool) -> None:
    """Ten addresses are all an account has."""
    driver = carrier(subscribed(KNOWN, listed=listed), **SETTINGS)
    (made,) = await driver.subscribe(URL)
    assert made.id == "sub-1"
    assert [one.method for one in sent(driver)] == ["GET"]


async def test_suspended_subscription_is_renewed() -> None:
    """USPS suspends it when nobody answers."""
    driver = carrier(subscribed({**KNOWN, "status": "SUSPENDED"}), **SETTINGS)
    (made,) = await driver.subscribe(URL, topics=["ALL_UPDATES", "ALL_UPDATES"])
    assert made.id == "sub-9"
    assert not (await driver.list_subscriptions())[0].active


async def test_subscriptions_are_listed_in_our_words() -> None:
    """One of a single parcel is named by its number."""
    single = {"subscriptionId": "sub-2", "trackingNumber": FIRST}
    driver = carrier(subscribed(KNOWN, single, {"subscriptionId": "sub-3"}), tracking_api="v3")
    found = await driver.list_subscriptions()
    assert [(one.id, one.topic, one.destination) for one in found] == [
        ("sub-1", "ALL_UPDATES", URL), ("sub-2", FIRST, ""), ("sub-3", "ALL_UPDATES", ""),
    ]  # fmt: skip
    assert sent(driver)[0].path == "/subscriptions-tracking/v3/subscriptions"


async def test_ending_twice_is_no_error() -> None:
    """It is over either way."""
    driver = carrier(subscribed(KNOWN))
    (known,) = await driver.list_subscriptions()
    await driver.unsubscribe(known)
    gone = carrier(lambda _: refusal(None, "gone", 404))
    await gone.unsubscribe(known)
    assert sent(gone)[0].path == "/subscriptions-tracking/v3r2/subscriptions/sub-1"


async def test_single_parcels_are_subscribed_to() -> None:
    """One that is refused stands beside the others."""

    def answer(asked: ReceivedRequest) -> Answer:
        number = json.loads(asked.content)["trackingNumber"]
        return reply({"subscriptionId": "sub-5"}) if number == FIRST else refusal(None, "no", 404)

    made = await carrier(answer, **SETTINGS).subscribe_tracking([f"42080012{FIRST}", "9400100000000000123460"], url=URL)
    assert isinstance(made[0], TrackingSubscription)
    assert (made[0].tracking_number, made[0].id) == (f"42080012{FIRST}", "sub-5")
    assert isinstance(made[1], TrackingFailure)


async def test_address_must_be_https() -> None:
    """Pushes carry personal data."""
    driver = carrier(never, **SETTINGS)
    for call in (driver.subscribe("http://shop.test"), driver.subscribe_tracking([FIRST], url="ftp://x")):
        with pytest.raises(InvalidValueError):
            await call


async def test_missing_product_and_bad_credentials_are_told() -> None:
    """The scope must be granted (field guide usps.md §7.5)."""
    denied = carrier(lambda _: refusal(None, "Insufficient OAuth scope.", 401), **SETTINGS)
    with pytest.raises(PermissionDeniedError, match="subscriptions"):
        await denied.subscribe(URL)
    refused = carrier(lambda _: refusal(None, "Invalid token", 401), **SETTINGS)
    (result,) = await refused.subscribe_tracking([FIRST], url=URL)
    assert isinstance(result, TrackingFailure)
    assert isinstance(result.error, PermissionDeniedError)
    assert "no scope subscriptions" in result.error.message
