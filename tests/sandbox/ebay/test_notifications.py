"""Notifications: set up with a challenge, signed with ECDSA, sent again when they fail, and the account deletion."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from cartcarrier.errors import InvalidValueError
from tests.sandbox.ebay.client import ENDPOINT, HOOKS, SCOPE, EbayClient, Json, code, subscription


async def verify(ebay: EbayClient, delivery: Mapping[str, Any]) -> Json:
    """Check a delivery's signature as an application does, and return the message."""
    header = json.loads(base64.b64decode(delivery["headers"]["X-EBAY-SIGNATURE"]))
    assert (header["alg"], header["digest"]) == ("ecdsa", "SHA1")
    key = await ebay.get(f"{HOOKS}/public_key/{header['kid']}", app=True)
    assert (key["algorithm"], key["digest"]) == ("ECDSA", "SHA1")
    assert "\n" not in key["key"]
    der = base64.b64decode(
        key["key"].removeprefix("-----BEGIN PUBLIC KEY-----").removesuffix("-----END PUBLIC KEY-----")
    )
    public = load_der_public_key(der)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    signature = base64.b64decode(header["signature"])
    algorithm = ec.ECDSA(hashes.SHA1())  # noqa: S303 - eBay's choice
    public.verify(signature, delivery["body"].encode(), algorithm)
    with pytest.raises(InvalidSignature):
        public.verify(signature, delivery["body"].encode() + b" ", algorithm)
    message: Json = json.loads(delivery["body"])
    return message


async def test_order_confirmation_comes_for_each_line(ebay: EbayClient) -> None:
    """Signed, and keyed on the order."""
    await ebay.subscribe()
    placed = ebay.place(lines=[{"sku": "A"}, {"sku": "B"}])
    deliveries = ebay.simulator.deliveries()
    messages = [await verify(ebay, delivery) for delivery in deliveries]
    assert [delivery["url"] for delivery in deliveries] == [ENDPOINT, ENDPOINT]
    assert [message["metadata"]["topic"] for message in messages] == ["ORDER_CONFIRMATION"] * 2
    assert {message["notification"]["data"]["orderId"] for message in messages} == {placed}
    assert len({message["notification"]["notificationId"] for message in messages}) == 2
    assert ebay.simulator.deliveries() == []


async def test_unpaid_order_is_confirmed_when_it_is_paid(ebay: EbayClient) -> None:
    """And again after a payment that failed first."""
    await ebay.subscribe()
    placed = ebay.place(payment_status="PENDING")
    assert ebay.simulator.deliveries() == []
    ebay.simulator.release(placed)
    assert len(ebay.simulator.deliveries()) == 1
    ebay.simulator.fail_payment(placed)
    ebay.simulator.release(placed)
    assert len(ebay.simulator.deliveries()) == 1


async def test_cancellations_and_shipments_are_told(ebay: EbayClient) -> None:
    """Each step of a cancellation, and what was shipped elsewhere."""
    await ebay.subscribe("ORDER_CANCELLATION_ACTIVITY")
    await ebay.subscribe("ITEM_MARKED_SHIPPED")
    cancelled, shipped = ebay.place(), ebay.place()
    ebay.simulator.request_cancellation(cancelled)
    ebay.simulator.cancel(cancelled)
    ebay.simulator.ship_elsewhere(shipped)
    told = [json.loads(delivery["body"]) for delivery in ebay.simulator.deliveries()]
    found = [(message["metadata"]["topic"], message["notification"]["data"]) for message in told]
    assert [topic for topic, _ in found] == ["ORDER_CANCELLATION_ACTIVITY"] * 2 + ["ITEM_MARKED_SHIPPED"]
    assert [data["orderId"] for _, data in found] == [cancelled, cancelled, shipped]
    assert [data.get("cancelStatus") for _, data in found[:2]] == ["CANCEL_REQUESTED", "CANCEL_CLOSED_WITH_REFUND"]


async def test_account_deletion_goes_to_the_portals_endpoint(ebay: EbayClient) -> None:
    """No subscription asked for it."""
    ebay.simulator.delete_account("jodoe", "https://app.example.com/deletion")
    delivery = ebay.simulator.deliveries()[0]
    assert delivery["url"] == "https://app.example.com/deletion"
    message = await verify(ebay, delivery)
    assert message["metadata"] == {"topic": "MARKETPLACE_ACCOUNT_DELETION", "schemaVersion": "1.0", "deprecated": False}
    assert set(message["notification"]["data"]) == {"username", "userId", "eiasToken"}
    assert message["notification"]["data"]["username"] == "jodoe"


async def test_body_is_signed_as_sent(ebay: EbayClient) -> None:
    """With letters that another encoder would escape."""
    ebay.simulator.push_notification("NEW_MESSAGE", {"text": "grüße / 你好"})
    delivery = ebay.simulator.deliveries()[0]
    assert "grüße / 你好" in delivery["body"]
    await verify(ebay, delivery)


async def test_new_key_signs_and_the_old_one_still_verifies(ebay: EbayClient) -> None:
    """A message may be older than the change."""
    ebay.simulator.delete_account("one")
    before = ebay.simulator.deliveries()
    ebay.simulator.rotate_notification_key()
    ebay.simulator.delete_account("two")
    after = ebay.simulator.deliveries()
    kids = [json.loads(base64.b64decode(d["headers"]["X-EBAY-SIGNATURE"]))["kid"] for d in (*before, *after)]
    assert kids[0] != kids[1]
    for delivery in (*before, *after):
        await verify(ebay, delivery)


async def test_failed_delivery_comes_again(ebay: EbayClient) -> None:
    """Counted in the message; a success ends it."""
    await ebay.subscribe()
    ebay.place()
    identifier = json.loads(ebay.simulator.deliveries()[0]["body"])["notification"]["notificationId"]
    assert ebay.simulator.report_delivery(identifier, 503) == "queued again"
    message = json.loads(ebay.simulator.deliveries()[0]["body"])["notification"]
    assert (message["notificationId"], message["publishAttemptCount"]) == (identifier, 2)
    assert ebay.simulator.report_delivery(identifier, 204) == "delivered"
    assert ebay.simulator.report_delivery(identifier, 204) == "unknown"
    assert ebay.simulator.deliveries() == []


async def test_failing_destination_is_marked_down_until_it_is_put_back(ebay: EbayClient) -> None:
    """Nothing is sent there meanwhile."""
    await ebay.subscribe()
    destination = (await ebay.get(f"{HOOKS}/destination", app=True))["destinations"][0]
    for _ in range(3):
        ebay.place()
        while queued := ebay.simulator.deliveries():
            for delivery in queued:
                identifier = json.loads(delivery["body"])["notification"]["notificationId"]
                ebay.simulator.report_delivery(identifier, 500)
    path = f"{HOOKS}/destination/{destination['destinationId']}"
    assert (await ebay.get(path, app=True))["status"] == "MARKED_DOWN"
    ebay.place()
    assert ebay.simulator.deliveries() == []
    assert (await ebay.call("PUT", path, ebay.destination_body(), app=True)).status_code == 204
    ebay.place()
    assert len(ebay.simulator.deliveries()) == 1


async def test_deliveries_can_be_doubled_kept_and_shuffled(ebay: EbayClient) -> None:
    """What the wire does on bad days."""
    await ebay.subscribe()
    for _ in range(8):
        ebay.place()
    assert len(ebay.simulator.deliveries(limit=3, keep=True)) == 3
    bodies = [
        json.loads(d["body"])["notification"]["notificationId"]
        for d in ebay.simulator.deliveries(duplicates=1, shuffle=True)
    ]
    assert len(bodies) == 16
    assert len(set(bodies)) == 8
    assert bodies != sorted(bodies, key=bodies.index) or bodies[0] != bodies[1]


# --- set-up -------------------------------------------------------------------------------------------------------------


async def test_endpoint_is_challenged(ebay: EbayClient) -> None:
    """By default the application behind it holds the token of the settings."""
    await ebay.call("PUT", f"{HOOKS}/config", {"alertEmail": "ops@example.com"}, app=True)
    await ebay.destination()
    assert [(row["endpoint"], row["answered"]) for row in ebay.simulator.challenges()] == [(ENDPOINT, True)]
    refused = await ebay.call(
        "POST", f"{HOOKS}/destination", ebay.destination_body(endpoint=f"{ENDPOINT}2", token="x" * 32), app=True
    )
    assert (refused.status_code, code(refused)) == (409, 195020)
    ebay.simulator.answer_challenges(f"{ENDPOINT}2", "x" * 32)
    await ebay.destination(endpoint=f"{ENDPOINT}2", token="x" * 32)
    ebay.simulator.answer_challenges(f"{ENDPOINT}3")
    answer = await ebay.call("POST", f"{HOOKS}/destination", ebay.destination_body(endpoint=f"{ENDPOINT}3"), app=True)
    assert code(answer) == 195020


@pytest.mark.parametrize("broken", [None, "status", "type", "text", "digest"])
async def test_attached_endpoint_answers_for_itself(ebay: EbayClient, broken: str | None) -> None:
    """Code in this process: SHA-256 over code, token and endpoint, as JSON, with a 200."""
    import hashlib

    await ebay.call("PUT", f"{HOOKS}/config", {"alertEmail": "ops@example.com"}, app=True)
    token = "t" * 40

    async def receive(
        method: str, url: str, _headers: Mapping[str, str], _body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        assert method == "GET"
        challenge = url.partition("?challenge_code=")[2]
        said = hashlib.sha256(f"{challenge}{token}{ENDPOINT}{'/' if broken == 'digest' else ''}".encode()).hexdigest()
        body = b"hello" if broken == "text" else json.dumps({"challengeResponse": said}).encode()
        kind = "text/plain" if broken == "type" else "application/json"
        return 500 if broken == "status" else 200, {"Content-Type": kind}, body

    ebay.simulator.attach_receiver(ENDPOINT, receive)
    answer = await ebay.call("POST", f"{HOOKS}/destination", ebay.destination_body(token=token), app=True)
    assert answer.status_code == (201 if broken is None else 409)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": ""}, 195016),
        ({"name": "<b>"}, 195016),
        ({"endpoint": "http://hooks.example.com"}, 195017),
        ({"endpoint": "https://localhost/x"}, 195017),
        ({"endpoint": "https://10.0.0.1/x"}, 195017),
        ({"status": "ON"}, 195018),
        ({"token": "short"}, 195019),
        ({"token": "x" * 81}, 195019),
        ({"token": "ü" * 40}, 195019),
    ],
    ids=["no name", "markup", "no TLS", "localhost", "internal", "status", "short", "long", "letters"],
)
async def test_wrong_destination_is_refused(ebay: EbayClient, changes: dict[str, object], error: int) -> None:
    """Before anybody is challenged."""
    await ebay.call("PUT", f"{HOOKS}/config", {"alertEmail": "ops@example.com"}, app=True)
    answer = await ebay.call("POST", f"{HOOKS}/destination", ebay.destination_body(**changes), app=True)
    assert code(answer) == error
    assert ebay.simulator.challenges() == []


async def test_set_up_has_an_order(ebay: EbayClient) -> None:
    """Configuration, destination, subscription; repeats are told as such."""
    missing = await ebay.call("GET", f"{HOOKS}/config", app=True)
    assert (missing.status_code, code(missing)) == (404, 195026)
    early = await ebay.call("POST", f"{HOOKS}/destination", ebay.destination_body(), app=True)
    assert (early.status_code, code(early)) == (409, 195003)
    wrong = await ebay.call("PUT", f"{HOOKS}/config", {"alertEmail": "ops"}, app=True)
    assert code(wrong) == 195025
    first = await ebay.subscribe()
    assert await ebay.get(f"{HOOKS}/config", app=True) == {"alertEmail": "ops@example.com"}
    again = await ebay.call("POST", f"{HOOKS}/destination", ebay.destination_body(), app=True)
    assert (again.status_code, code(again)) == (409, 195021)
    destination = (await ebay.get(f"{HOOKS}/destination", app=True))["destinations"][0]["destinationId"]
    twice = await ebay.call("POST", f"{HOOKS}/subscription", subscription("ORDER_CONFIRMATION", destination))
    assert (twice.status_code, code(twice)) == (409, 195012)
    in_use = await ebay.call("DELETE", f"{HOOKS}/destination/{destination}", app=True)
    assert (in_use.status_code, code(in_use)) == (409, 195024)
    assert (await ebay.call("DELETE", f"{HOOKS}/subscription/{first}")).status_code == 204
    assert (await ebay.call("DELETE", f"{HOOKS}/destination/{destination}", app=True)).status_code == 204
    assert code(await ebay.call("GET", f"{HOOKS}/destination/{destination}", app=True)) == 195022


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"topicId": "WEATHER"}, 195027),
        ({"status": "ON"}, 195006),
        ({"destinationId": "none"}, 195007),
        ({"payload": {"format": "JSON", "schemaVersion": "9", "deliveryProtocol": "HTTPS"}}, 195008),
        ({"payload": {"format": "XML", "schemaVersion": "1.0", "deliveryProtocol": "HTTPS"}}, 195009),
        ({"payload": {"format": "JSON", "schemaVersion": "1.0", "deliveryProtocol": "FTP"}}, 195010),
        ({"topicId": "MARKETPLACE_ACCOUNT_DELETION"}, 195011),
    ],
    ids=["topic", "status", "destination", "version", "format", "protocol", "portal's topic"],
)
async def test_wrong_subscription_is_refused(ebay: EbayClient, changes: Json, error: int) -> None:
    """Account deletion is set up in the portal, never here."""
    await ebay.call("PUT", f"{HOOKS}/config", {"alertEmail": "ops@example.com"}, app=True)
    destination = await ebay.destination()
    body = {**subscription("ORDER_CONFIRMATION", destination), **changes}
    assert code(await ebay.call("POST", f"{HOOKS}/subscription", body)) == error


async def test_topic_needs_its_own_scope(ebay: EbayClient) -> None:
    """Beside the one for subscriptions."""
    await ebay.call("PUT", f"{HOOKS}/config", {"alertEmail": "ops@example.com"}, app=True)
    destination = await ebay.destination()
    ebay.simulator.set_scopes([SCOPE, f"{SCOPE}/commerce.notification.subscription"])
    answer = await ebay.call("POST", f"{HOOKS}/subscription", subscription("ORDER_CONFIRMATION", destination))
    assert (answer.status_code, code(answer)) == (403, 195011)


async def test_disabled_destination_takes_no_enabled_subscription(ebay: EbayClient) -> None:
    """195015, also when it is enabled later."""
    await ebay.call("PUT", f"{HOOKS}/config", {"alertEmail": "ops@example.com"}, app=True)
    destination = await ebay.destination(status="DISABLED")
    answer = await ebay.call("POST", f"{HOOKS}/subscription", subscription("ORDER_CONFIRMATION", destination))
    assert (answer.status_code, code(answer)) == (409, 195015)
    made = await ebay.call(
        "POST", f"{HOOKS}/subscription", subscription("ORDER_CONFIRMATION", destination, status="DISABLED")
    )
    path = f"{HOOKS}/subscription/{made.headers['Location'].rpartition('/')[2]}"
    assert code(await ebay.call("POST", f"{path}/enable")) == 195015


async def test_subscription_is_switched_and_tested(ebay: EbayClient) -> None:
    """Off means silence; a test message comes at any time; filters are for other topics."""
    path = f"{HOOKS}/subscription/{await ebay.subscribe()}"
    assert (await ebay.call("POST", f"{path}/disable")).status_code == 204
    ebay.place()
    assert ebay.simulator.deliveries() == []
    assert (await ebay.get(path))["status"] == "DISABLED"
    assert (await ebay.call("POST", f"{path}/enable")).status_code == 204
    assert (await ebay.call("POST", f"{path}/test")).status_code == 202
    assert len(ebay.simulator.deliveries()) == 1
    assert code(await ebay.call("POST", f"{path}/filter", {"filterSchema": {}})) == 195032
    body = await ebay.get(path)
    changes = {name: body[name] for name in ("status", "destinationId", "payload")}
    changes["payload"]["schemaVersion"] = "1.1"
    assert (await ebay.call("PUT", path, changes)).status_code == 204
    ebay.place()
    assert json.loads(ebay.simulator.deliveries()[0]["body"])["metadata"]["schemaVersion"] == "1.1"
    assert code(await ebay.call("GET", f"{HOOKS}/subscription/none")) == 195013


async def test_subscriptions_are_each_sellers_own(ebay: EbayClient) -> None:
    """One a topic and user."""
    first = await ebay.subscribe()
    ebay.become(ebay.simulator.add_seller("zweiter", "DE", "EBAY_DE"))
    assert (await ebay.get(f"{HOOKS}/subscription"))["total"] == 0
    assert (await ebay.call("GET", f"{HOOKS}/subscription/{first}")).status_code == 404
    await ebay.subscribe()
    ebay.place(seller="zweiter")
    assert len(ebay.simulator.deliveries()) == 1


async def test_topics_and_pages(ebay: EbayClient) -> None:
    """Ten to a hundred a page, and a token for the next."""
    topic = await ebay.get(f"{HOOKS}/topic/ORDER_CONFIRMATION", app=True)
    assert topic["filterable"] is False
    assert [payload["schemaVersion"] for payload in topic["supportedPayloads"]] == ["1.0", "1.1"]
    assert (await ebay.get(f"{HOOKS}/topic", app=True))["total"] == 7
    assert code(await ebay.call("GET", f"{HOOKS}/topic/WEATHER", app=True)) == 195002
    for params, error in (({"limit": 9}, 195004), ({"limit": 101}, 195004), ({"continuation_token": "x"}, 195005)):
        assert code(await ebay.call("GET", f"{HOOKS}/topic", app=True, params=params)) == error
    await ebay.call("PUT", f"{HOOKS}/config", {"alertEmail": "ops@example.com"}, app=True)
    for number in range(12):
        await ebay.destination(endpoint=f"{ENDPOINT}/{number}")
    page = await ebay.get(f"{HOOKS}/destination", app=True, limit=10)
    rest = await ebay.call("GET", page["next"].removeprefix("https://api.ebay.com"), app=True)
    assert (len(page["destinations"]), len(rest.json()["destinations"])) == (10, 2)


async def test_unknown_key_is_404(ebay: EbayClient) -> None:
    """A forged header names one."""
    answer = await ebay.call("GET", f"{HOOKS}/public_key/none", app=True)
    assert (answer.status_code, code(answer)) == (404, 195001)


async def test_unknown_topic_cannot_be_pushed(ebay: EbayClient) -> None:
    """A misspelled one would test nothing."""
    with pytest.raises(InvalidValueError):
        ebay.simulator.push_notification("ORDER_CONFIRMED", {})
