"""What USPS tells by itself: subscriptions, signed pushes, adjustments."""

import base64
import hashlib
import hmac
import json

import pytest

from tests.sandbox.usps.samples import Json, USPSClient, code_of, domestic

PATH = "/subscriptions-tracking/v3/subscriptions"
SECRET = "0123456789abcdef0123456789abcdef"


def request(**more: object) -> Json:
    """Return a good request for a subscription to all parcels of the account."""
    return {
        "listenerURL": "https://shop.example/usps",
        "secret": SECRET,
        "adminNotification": [{"email": "ops@shop.example"}],
        "filterProperties": {"MID": "900123456", "trackingEventTypes": ["ALL_UPDATES"]},
        **more,
    }


def single(number: str, **more: object) -> Json:
    """Return a good request for a subscription to one parcel."""
    body = request(trackingNumber=number, **more)
    del body["filterProperties"]
    return body


async def subscribe(usps: USPSClient, body: Json | None = None) -> str:
    """Make a subscription, and return its number."""
    answer = await usps.call("POST", PATH, body or request())
    assert answer.status_code == 200, answer.text
    number: str = answer.json()["subscriptionId"]
    return number


async def test_every_event_is_pushed_once(usps: USPSClient) -> None:
    """With the parcel as it was then, newest event first."""
    await subscribe(usps)
    number = (await usps.buy(domestic()))["trackingNumber"]
    usps.pass_time(days=10)
    told = [json.loads(json.loads(push["body"])["payload"]) for push in usps.simulator.deliveries()]

    assert [detail["trackingEvents"][0]["eventCode"] for detail in told] == [
        "GX",
        "03",
        "SF",
        "A1",
        "T1",
        "TL",
        "07",
        "OF",
        "01",
    ]
    assert {detail["trackingNumber"] for detail in told} == {number}
    assert usps.simulator.deliveries() == []


async def test_a_push_is_signed_over_timestamp_and_payload(usps: USPSClient) -> None:
    """As received: the payload is JSON inside of JSON."""
    await subscribe(usps)
    await usps.buy(domestic())
    (push,) = usps.simulator.deliveries()
    body = json.loads(push["body"])
    digest = hmac.new(SECRET.encode(), (body["timestamp"] + body["payload"]).encode(), hashlib.sha256).digest()

    assert push["headers"]["X-HMAC"] == base64.b64encode(digest).decode()
    assert push["url"] == "https://shop.example/usps"


async def test_pushes_come_twice_and_in_another_order_when_told_to(usps: USPSClient) -> None:
    """The network's misfortunes, on demand."""
    await subscribe(usps)
    await usps.buy(domestic())
    usps.pass_time(days=10)
    in_order = usps.simulator.deliveries(keep=True)
    mixed = usps.simulator.deliveries(duplicates=1, shuffle=True)
    assert len(mixed) == 2 * len(in_order)
    assert [one["id"] for one in mixed] != sorted(one["id"] for one in mixed)


async def test_a_push_that_failed_comes_again_until_the_listener_is_suspended(usps: USPSClient) -> None:
    """Five failures in a row."""
    number = await subscribe(usps)
    await usps.buy(domestic())
    outcomes = []
    for _ in range(5):
        (push,) = usps.simulator.deliveries()
        outcomes.append(usps.simulator.report_delivery(push["id"], 500))
    assert outcomes == ["queued again"] * 4 + ["suspended"]
    assert (await usps.call("GET", f"{PATH}/{number}")).json()["status"] == "SUSPENDED"
    assert usps.simulator.report_delivery("push-9", 200) == "unknown"


async def test_a_subscription_to_one_parcel_tells_of_that_one(usps: USPSClient) -> None:
    """And of no other."""
    first = (await usps.buy(domestic()))["trackingNumber"]
    await subscribe(usps, single(first))
    await usps.buy(domestic())
    usps.pass_time(days=10)
    told = {json.loads(json.loads(push["body"])["payload"])["trackingNumber"] for push in usps.simulator.deliveries()}
    assert told == {first}


async def test_what_happened_before_is_not_told(usps: USPSClient) -> None:
    """A subscription starts when it is made."""
    await usps.buy(domestic())
    usps.pass_time(days=10)
    await subscribe(usps)
    assert usps.simulator.deliveries() == []


async def test_the_same_subscription_again_is_the_same(usps: USPSClient) -> None:
    """USPS sorts doubles out; the secret is never shown."""
    first = await subscribe(usps)
    assert await subscribe(usps) == first
    assert SECRET not in (await usps.call("GET", f"{PATH}/{first}")).text


async def test_a_subscription_that_hears_nothing_is_deleted_after_a_month(usps: USPSClient) -> None:
    """Traffic that was taken keeps it alive."""
    idle, used = await subscribe(usps, single("1")), await subscribe(usps)
    await usps.buy(domestic())
    usps.pass_time(days=20)
    for push in usps.simulator.deliveries():
        usps.simulator.report_delivery(push["id"], 200)
    usps.pass_time(days=11)
    assert (await usps.call("GET", f"{PATH}/{idle}")).status_code == 404
    assert (await usps.call("GET", f"{PATH}/{used}")).status_code == 200


async def test_subscriptions_are_listed_by_mailer_id(usps: USPSClient) -> None:
    """In capitals; a bare list is refused, an empty one is a 404."""
    assert (await usps.call("GET", f"{PATH}?MID=900123456")).status_code == 404
    number = await subscribe(usps)
    assert [one["subscriptionId"] for one in (await usps.call("GET", f"{PATH}?MID=900123456")).json()] == [number]
    assert (await usps.call("GET", PATH)).status_code == 400
    assert (await usps.call("GET", f"{PATH}?mid=900123456")).status_code == 400
    assert (await usps.call("DELETE", f"{PATH}/{number}")).status_code == 200
    assert (await usps.call("DELETE", f"{PATH}/{number}")).status_code == 404


async def test_ten_listeners_are_the_most(usps: USPSClient) -> None:
    """For a company."""
    for index in range(10):
        await subscribe(usps, request(listenerURL=f"https://shop.example/{index}"))
    assert (await usps.call("POST", PATH, request(listenerURL="https://shop.example/11"))).status_code == 400
    await subscribe(usps, single("1", listenerURL="https://shop.example/3"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (request(secret="short"), 400),
        (request(trackingNumber="1"), 400),
        (request(filterProperties={"MID": "900999999"}), 403),
        (request(webhook="x"), 400),
    ],
)
async def test_subscriptions_that_cannot_be(usps: USPSClient, body: Json, status: int) -> None:
    """A secret of another length, both filters, another's mailer id, a strange member."""
    assert (await usps.call("POST", PATH, body)).status_code == status


async def test_a_scope_is_needed(usps: USPSClient) -> None:
    """It is granted on request only."""
    usps.simulator.set_switches(scopes=["tracking"])
    assert (await usps.call("POST", PATH, request())).status_code == 401


async def test_adjustments_are_charged_and_told(usps: USPSClient) -> None:
    """A scan found more weight: the money is gone, and can be disputed once."""
    label = await usps.buy(domestic())
    number = label["trackingNumber"]
    before = usps.simulator.spent()["net"]["USD"]
    usps.simulator.adjust(tracking_number=number, amount="1.20")
    usps.simulator.adjust(tracking_number=number, amount="-0.20", kind="DUPLICATES", reason="DUPLICATE")
    path = f"/adjustments/v3/adjustments/12345678/{number}"
    (found,) = (await usps.call("GET", f"{path}/CENSUS")).json()["adjustments"]

    assert found["adjustmentAmount"] == 1.2
    assert float(usps.simulator.spent()["net"]["USD"]) == pytest.approx(float(before) + 1)
    assert (await usps.call("GET", f"{path}/UNMANIFESTED")).status_code == 404
    assert (await usps.call("GET", f"/adjustments/v3/adjustments/1/{number}/CENSUS")).status_code == 403
    question = {"CRID": "12345678", "trackingNumber": number, "reason": "WEIGHT"}
    assert (await usps.call("POST", "/disputes/v3/dispute", question)).json()["disputeId"]
    assert (await usps.call("POST", "/disputes/v3/dispute", question)).status_code == 400
    assert code_of(await usps.call("POST", "/disputes/v3/dispute", {})) == "steps.oasvalidation.Failed"
