"""What FedEx tells by itself: signed, in order, and again when asked to (field guide fedex.md, section 7.5)."""

import base64
import hashlib
import hmac
import json
from typing import Any

from tests.sandbox.fedex.samples import FedExClient, express

URL = "https://shop.example.org/fedex"


def code(delivery: dict[str, Any]) -> tuple[str, str]:
    """Return whose event it is, and which."""
    result = json.loads(delivery["body"])["output"]["completeTrackResults"][0]
    return result["trackingNumber"], result["trackResults"][0]["scanEvents"][0]["eventType"]


async def test_each_scan_is_told_once(fedex: FedExClient) -> None:
    """In the order in which things happened; what is not due yet comes later."""
    fedex.simulator.subscribe(url=URL)
    number = (await fedex.buy(express()))["masterTrackingNumber"]
    at_once = fedex.simulator.deliveries()
    fedex.clock.advance(86400)
    after_a_day = fedex.simulator.deliveries()
    fedex.clock.advance(10 * 86400)
    rest = fedex.simulator.deliveries()

    assert [code(each) for each in at_once] == [(number, "OC")]
    assert [code(each)[1] for each in after_a_day] == ["PU", "DP", "AR", "DP"]
    assert [code(each)[1] for each in rest] == ["AR", "OD", "DL"]
    assert fedex.simulator.deliveries() == []
    assert {each["url"] for each in (*at_once, *rest)} == {URL}


async def test_an_event_shows_the_parcel_as_it_was_then(fedex: FedExClient) -> None:
    """Not as it is when the event is delivered."""
    fedex.simulator.subscribe(url=URL)
    await fedex.buy(express())
    fedex.clock.advance(10 * 86400)
    states = []
    for each in fedex.simulator.deliveries():
        result = json.loads(each["body"])["output"]["completeTrackResults"][0]["trackResults"][0]
        states.append(result["latestStatusDetail"]["derivedCode"])

    assert states == ["OC", "PU", "IT", "IT", "IT", "IT", "OD", "DL"]


async def test_an_event_is_signed_over_its_raw_bytes(fedex: FedExClient) -> None:
    """Base64 of HMAC-SHA256 under the security token; no event id is sent."""
    fedex.simulator.subscribe(url=URL, security_token="s3cret")
    await fedex.buy(express())
    (kept,) = fedex.simulator.deliveries(keep=True)
    (other,) = fedex.simulator.deliveries(secret="other")

    expected = base64.b64encode(hmac.new(b"s3cret", kept["body"].encode(), hashlib.sha256).digest()).decode()
    assert kept["headers"]["fdx-signature"] == expected
    assert other["body"] == kept["body"]
    assert other["headers"]["fdx-signature"] != expected
    assert not {"id", "event-id"} & {name.lower() for name in kept["headers"]}


async def test_events_come_twice_and_out_of_order(fedex: FedExClient) -> None:
    """A client must bear both."""
    fedex.simulator.subscribe(url=URL)
    await fedex.buy(express())
    fedex.clock.advance(10 * 86400)
    plain = fedex.simulator.deliveries(keep=True)
    shaken = fedex.simulator.deliveries(duplicates=1, shuffle=True)

    assert len(shaken) == 2 * len(plain)
    assert {each["body"] for each in shaken} == {each["body"] for each in plain}
    assert [each["body"] for each in shaken][: len(plain)] != [each["body"] for each in plain]


async def test_an_event_that_was_refused_comes_again(fedex: FedExClient) -> None:
    """A few times; then it is given up."""
    fedex.simulator.subscribe(url=URL)
    await fedex.buy(express())
    outcomes = []
    for status in (500, 404, 503, 500, 500):
        (delivery,) = fedex.simulator.deliveries()
        outcomes.append(fedex.simulator.report_delivery(delivery["id"], status))

    assert outcomes == ["queued again"] * 4 + ["given up"]
    assert fedex.simulator.deliveries() == []
    assert fedex.simulator.report_delivery("1", 200) == "unknown"


async def test_a_delivered_event_is_done(fedex: FedExClient) -> None:
    """2xx ends it."""
    fedex.simulator.subscribe(url=URL)
    await fedex.buy(express())
    (delivery,) = fedex.simulator.deliveries(limit=1)

    assert fedex.simulator.report_delivery(delivery["id"], 204) == "delivered"
    assert fedex.simulator.deliveries() == []


async def test_only_numbers_that_were_subscribed_are_told(fedex: FedExClient) -> None:
    """And nothing from before the subscription, or without one."""
    early = (await fedex.buy(express()))["masterTrackingNumber"]
    late = (await fedex.buy(express()))["masterTrackingNumber"]
    assert fedex.simulator.deliveries() == []
    fedex.clock.advance(3600)
    fedex.simulator.subscribe(url=URL, tracking_numbers=[late])
    fedex.clock.advance(10 * 86400)
    told = [code(each) for each in fedex.simulator.deliveries()]

    assert {number for number, _ in told} == {late}
    assert ("OC" in {event for _, event in told}) is False
    assert early != late


async def test_the_shape_can_be_a_bare_result(fedex: FedExClient) -> None:
    """FedEx publishes none, so a client should bear both that resemble a tracking answer."""
    fedex.simulator.set_switches(push_shape="result")
    fedex.simulator.subscribe(url=URL)
    await fedex.buy(express())
    (delivery,) = fedex.simulator.deliveries()

    assert set(json.loads(delivery["body"])) == {"trackingNumber", "trackResults"}
