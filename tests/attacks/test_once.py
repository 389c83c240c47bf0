"""Every event is handled once: delivered twice, at the same time, out of order, after a restart, to two processes."""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.ledger import open_ledger
from cartcarrier.sandbox import Sandbox
from tests.attacks.conftest import Open
from tests.attacks.senders import SENDERS, USPS, Sender, Shopify
from tests.routes.route import MUG, NEW_YORK, START, box

AT_ONCE = 20


def ids(outcomes: list[cc.WebhookOutcome]) -> list[str]:
    """Return the ids of all events that were handed on as new."""
    return [event.id for outcome in outcomes for event in outcome.events]


@pytest.mark.parametrize("platform", SENDERS)
async def test_replayed_push_is_answered_and_stands_for_nothing(sender: Sender, open_fulfiller: Open) -> None:
    """The platform must hear 200, or it goes on delivering; the application must not hear of it again."""
    async with open_fulfiller(sender) as fulfiller:
        outcomes = [await fulfiller.handle_webhook(sender.key, sender.send()) for _ in range(3)]
        assert [outcome.status for outcome in outcomes] == [200, 200, 200]
        assert len(ids(outcomes)) == 1
        other = await fulfiller.handle_webhook(sender.key, sender.send(number=2))
        assert len(other.events) == 1


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.parametrize("platform", SENDERS)
async def test_event_that_comes_many_times_at_once_is_new_once(sender: Sender, open_fulfiller: Open) -> None:
    """Platforms that wait too long for an answer send the same again while the first is being dealt with."""
    outcomes: list[cc.WebhookOutcome] = []
    async with open_fulfiller(sender) as fulfiller:

        async def deliver() -> None:
            outcomes.append(await fulfiller.handle_webhook(sender.key, sender.send()))

        async with anyio.create_task_group() as tasks:
            for _ in range(AT_ONCE):
                tasks.start_soon(deliver)
    assert len(outcomes) == AT_ONCE
    assert len(ids(outcomes)) == 1


@pytest.mark.parametrize("platform", SENDERS)
async def test_event_is_known_after_a_restart(sender: Sender, open_fulfiller: Open, clock: ManualClock) -> None:
    """What was seen is in the ledger, for longer than any platform tries."""
    async with open_fulfiller(sender) as fulfiller:
        first = await fulfiller.handle_webhook(sender.key, sender.send())
    clock.advance(13 * 86_400)
    async with open_fulfiller(sender) as fulfiller:
        again = await fulfiller.handle_webhook(sender.key, sender.send())
    assert (len(first.events), len(again.events)) == (1, 0)


async def test_same_id_at_two_accounts_is_two_events(sandbox: Sandbox, open_fulfiller: Open) -> None:
    """Platforms number their own, not each other's."""
    amazon, ebay = SENDERS["amazon"](sandbox), SENDERS["ebay"](sandbox)
    async with open_fulfiller(amazon, ebay) as fulfiller:
        outcomes = [await fulfiller.handle_webhook(one.key, one.send(number=7)) for one in (amazon, ebay)]
    assert ids(outcomes) == ["notification-7", "notification-7"]


async def test_cancellation_at_once_and_again_gives_one_label_back(
    sandbox: Sandbox, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Acting comes before remembering, so it may happen twice: the money comes back once, and the state is what it was."""
    shop = Shopify(sandbox)
    shop.topic = "orders/cancelled"
    order_id: str = shop.simulator.place_order(lines=[MUG], address=NEW_YORK)
    clock.advance(5)
    shop.simulator.add_fault(operation="fulfillmentCreate", kind="status", status=503, times=50)
    body = json.dumps({"id": 1, "admin_graphql_api_id": order_id}).encode()
    outcomes: list[cc.WebhookOutcome] = []
    async with open_fulfiller(shop, SENDERS["ups"](sandbox)) as fulfiller:
        (order,) = [order async for order in fulfiller.orders()]
        with pytest.raises(cc.OperationError):
            await fulfiller.ship(order, parcels=[box()])
        shop.simulator.clear_faults()
        shop.simulator.cancel(order_id)

        async def deliver(number: int) -> None:
            outcomes.append(await fulfiller.handle_webhook(shop.key, shop.send(body, number=number)))

        async with anyio.create_task_group() as tasks:
            for place in range(6):
                tasks.start_soon(deliver, place // 2)
        await deliver(0)
    ups: Any = sandbox.simulator("ups")
    assert len(ids(outcomes)) == 3
    assert [label["voided"] for label in ups.labels()] == [True]
    assert ups.duplicates() == {}


async def test_replay_after_the_memory_is_over_does_no_harm(
    sandbox: Sandbox, open_fulfiller: Open, clock: ManualClock
) -> None:
    """After thirty days an old push is news again; what it says is read from the platform, so it says nothing new."""
    shop = Shopify(sandbox)
    shop.topic = "orders/cancelled"
    order_id: str = shop.simulator.place_order(lines=[MUG], address=NEW_YORK)
    clock.advance(5)
    body = json.dumps({"id": 1, "admin_graphql_api_id": order_id}).encode()
    async with open_fulfiller(shop, SENDERS["ups"](sandbox)) as fulfiller:
        (order,) = [order async for order in fulfiller.orders()]
        await fulfiller.ship(order, parcels=[box()])
        await fulfiller.handle_webhook(shop.key, shop.send(body))
        clock.advance(31 * 86_400)
        again = await fulfiller.handle_webhook(shop.key, shop.send(body))
    assert len(again.events) == 1
    ups: Any = sandbox.simulator("ups")
    assert [label["voided"] for label in ups.labels()] == [False]
    assert not shop.simulator.orders()[0]["cancelled"]


@pytest.mark.parametrize("platform", ["usps"])
async def test_push_that_was_signed_long_ago_is_refused(sender: Sender, clock: ManualClock) -> None:
    """USPS is the one that signs a time; older than the ledger's memory, a push cannot be told from a replay."""
    push = sender.send()
    clock.advance(31 * 86_400)
    with pytest.raises(cc.AuthenticationError):
        await sender.open().receive(push)


@pytest.mark.parametrize("topic", ["shop/redact", "app/uninstalled"])
async def test_topic_that_does_not_fit_the_body_is_not_believed(sandbox: Sandbox, topic: str) -> None:
    """Shopify signs the body alone: one captured order under another topic would erase an account's orders."""
    shop = Shopify(sandbox)
    captured = shop.send(json.dumps({"id": 1, "admin_graphql_api_id": "gid://shopify/Order/1"}).encode())
    moved = attrs.evolve(captured, headers={**captured.headers, "X-Shopify-Topic": topic})
    try:
        outcome = await shop.open().receive(moved)
    except (cc.ResponseError, cc.AuthenticationError):
        return
    assert not [event for event in outcome.events if isinstance(event, cc.PersonalDataRequest | cc.AccountRevoked)]


@pytest.mark.parametrize("platform", ["fedex", "ups", "usps"])
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_scans_end_the_same_in_any_order(
    sender: Sender, seed: int, open_fulfiller: Open, clock: ManualClock, tmp_path: Path
) -> None:
    """Shuffled, doubled, the last one first: what is known of a parcel in the end is what in order would have told."""
    shop = Shopify(sender.sandbox)
    shop.simulator.place_order(lines=[MUG], address=NEW_YORK)
    clock.advance(5)
    async with open_fulfiller(shop, sender) as fulfiller:
        (order,) = [order async for order in fulfiller.orders()]
        shipped = await fulfiller.ship(order, parcels=[box()], choose=ground)
        assert shipped.shipment is not None
        number = shipped.shipment.tracking_number
        pushes = [push_of(sender, number, step) for step in range(5)]
        told = {event.id for push in pushes for event in (await sender.open().receive(push)).events}
        many = pushes * 2
        random.Random(seed).shuffle(many)  # noqa: S311 - reproducible, not secret
        outcomes = [await fulfiller.handle_webhook(sender.key, push) for push in many]
    assert Counter(ids(outcomes)) == Counter(dict.fromkeys(told, 1))
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    await ledger.open()
    (row,) = await ledger.list_parcels(tracking_number=number)
    await ledger.aclose()
    assert row.tracking is not None
    assert row.tracking.status is cc.TrackingStatus.DELIVERED
    assert len({event.key for event in row.tracking.events}) == len(row.tracking.events) >= 5


def ground(_order: cc.Order, rates: Sequence[cc.Rate]) -> cc.Choice:
    """Choose what travels on the ground: it can be followed everywhere."""
    rate = next((rate for rate in rates if "round" in rate.service.name), rates[0])
    return cc.Choice(rate=rate, reason="it can be followed")


def push_of(sender: Sender, number: str, step: int) -> cc.WebhookRequest:
    """Return a parcel's scan: picked up, on its way, …, delivered."""
    hour, done = 9 + step, step == 4
    body = json.loads(sender.event())
    if sender.name == "ups":
        kind, code, status = ("D", "FS", "011") if done else ("I", "AR", "005")
        body |= {"trackingNumber": number, "localActivityTime": f"{hour:02d}0000"}
        body |= {"gmtActivityDate": "20261124", "gmtActivityTime": f"{hour + 8:02d}0000", "gmtOffset": "-08.00"}
        body["activityStatus"] = {"type": kind, "code": code, "description": "x", "descriptionCode": status}
    elif sender.name == "fedex":
        code = "DL" if done else "IT"
        scan = {"date": f"2026-11-24T{hour:02d}:00:00-08:00", "eventType": "DL" if done else "AR"}
        scan |= {"eventDescription": f"Step {step}", "derivedStatusCode": code}
        (entry,) = body["output"]["completeTrackResults"]
        entry["trackingNumber"] = number
        entry["trackResults"] = [
            {
                "trackingNumberInfo": {"trackingNumber": number},
                "latestStatusDetail": {"code": code, "derivedCode": code, "statusByLocale": "x", "description": "x"},
                "scanEvents": [scan],
            }
        ]
    else:
        scan = {"eventType": "Delivered" if done else f"Arrived {step}", "eventCode": "01" if done else "10"}
        scan |= {"eventTimestamp": f"2026-11-24T{hour:02d}:00:00"}
        category = "Delivered" if done else "In Transit"
        body = {"trackingNumber": number, "statusCategory": category, "status": category, "trackingEvents": [scan]}
    return sender.send(json.dumps(body).encode(), number=step)


PROCESS = """
import json, sys
import anyio
import cartcarrier as cc
from cartcarrier.http import handler_transport

async def main(path, ledger):
    settings = json.loads(open(path).read())
    wall = handler_transport(lambda request: (500, {}, b""))
    async with cc.Fulfiller(
        channels=[cc.open_channel(name, transport=wall, **given) for name, given in settings["channels"].items()],
        carriers=[cc.open_carrier(name, transport=wall, **given) for name, given in settings["carriers"].items()],
        ledger=ledger,
    ) as fulfiller:
        print("ready", flush=True)
        sys.stdin.readline()
        for push in settings["pushes"]:
            request = cc.WebhookRequest(
                method="POST", url=push["url"], headers=push["headers"], body=push["body"].encode()
            )
            for event in (await fulfiller.handle_webhook(push["key"], request)).events:
                print(event.account, event.id, flush=True)

anyio.run(main, *sys.argv[1:])
"""


def test_two_processes_share_the_events_between_them(tmp_path: Path) -> None:
    """Two workers behind one address, one ledger: each push reaches both, each event is handed on by one of them."""
    sandbox = Sandbox(clock=ManualClock(START), limits=False)
    senders = [SENDERS[name](sandbox) for name in ("shopify", "amazon", "fedex", "ups", "usps")]
    settings: dict[str, Any] = {"channels": {}, "carriers": {}, "pushes": []}
    for sender in senders:
        if isinstance(sender, USPS):
            sender.timestamp = datetime.now(UTC).isoformat()  # the workers have the machine's own clock
        settings[f"{sender.kind}s"][sender.name] = {
            **sender.simulator.settings_for(sender.name),
            **sender.settings(),
        }
        for number in range(12):
            push = sender.send(number=number)
            plain = {"url": push.url, "headers": dict(push.headers), "body": push.body.decode(), "key": sender.key}
            settings["pushes"].append(plain)
    path, ledger = tmp_path / "pushes.json", f"sqlite:///{tmp_path / 'shared.db'}"
    path.write_text(json.dumps(settings), encoding="utf-8")
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(path), ledger],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=60)[0].splitlines() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    handled = Counter(line for lines in said for line in lines)
    assert set(handled.values()) == {1}
    assert len(handled) == len(settings["pushes"])
