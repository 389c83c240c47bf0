"""Track Alert: who may subscribe to what, for how long, and what is pushed."""

import json
from collections import Counter
from typing import Any

import pytest

from cartcarrier.errors import InvalidValueError
from tests.sandbox.ups import desk_samples as desk
from tests.sandbox.ups.samples import Json, UPSClient, code_of, domestic

DAY = 86400
ACCOUNT_PATH = f"{desk.ALERT}/enhanced/account"
ACCOUNT_BODY = {"locale": "en_US", "countryCode": "US", "shipperAccountNumber": "C4RT01"}


def events(ups: UPSClient, **how: Any) -> list[Json]:
    """Return what was pushed since the last time."""
    return [json.loads(push["body"]) for push in ups.simulator.deliveries(**how)]


def codes(pushed: list[Json]) -> list[tuple[str, str]]:
    """Return type and code of events."""
    return [(event["activityStatus"]["type"], event["activityStatus"]["code"]) for event in pushed]


async def followed(ups: UPSClient, kind: str = "standard", **changes: Any) -> str:
    """Buy a label, and subscribe to its number."""
    number: str = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    answer = await desk.subscribe(ups, desk.subscription(number, **changes), kind)
    assert answer.status_code == 200, answer.text
    return number


async def test_good_numbers_are_taken_and_bad_ones_named(ups: UPSClient) -> None:
    """One bad number does not spoil the rest (field guide, section 7.6)."""
    good, roadie = "1Z5R89390357567127", "1R12345678912345"
    answer = await desk.subscribe(ups, desk.subscription(good, "1Z5R893903$", roadie, "794644790138", good))

    assert answer.status_code == 200
    assert answer.json() == {
        "validTrackingNumbers": [good, roadie],
        "invalidTrackingNumbers": ["1Z5R893903$", "794644790138"],
    }
    assert [row["number"] for row in ups.simulator.alerts()] == [good, roadie]


async def test_every_scan_is_pushed_once(ups: UPSClient) -> None:
    """In its order, with its time in both forms; nothing of what was before."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    ups.clock.advance(9 * 3600)
    ups.token = ""
    await desk.subscribe(ups, desk.subscription(number))
    before = events(ups)
    ups.clock.advance(10 * DAY)
    pushed = events(ups)
    after = events(ups)

    assert before == after == []
    assert codes(pushed)[0] == ("I", "DP")
    assert codes(pushed)[-1] == ("D", "FS")
    assert Counter(event["trackingNumber"] for event in pushed) == {number: len(pushed)}
    first = pushed[0]
    assert (first["gmtActivityDate"], first["gmtActivityTime"], first["gmtOffset"]) == ("20260105", "220000", "-05.00")
    assert (first["localActivityDate"], first["localActivityTime"]) == ("20260105", "170000")
    assert pushed[-1]["actualDeliveryDate"] == pushed[-1]["localActivityDate"]


async def test_a_subscription_lives_fourteen_days(ups: UPSClient) -> None:
    """What comes later is not told, until somebody subscribes again."""
    number = (await ups.buy(desk.to_access_point()))["ShipmentIdentificationNumber"]
    ups.simulator.set_journey(tracking_number=number, kind="not_collected")
    await desk.subscribe(ups, desk.subscription(number))
    ups.clock.advance(14 * DAY)
    in_time = codes(events(ups))
    ups.clock.advance(14 * DAY)
    too_late = events(ups)

    assert ("D", "2Q") in in_time
    assert ("X", "3N") not in in_time
    assert too_late == []


async def test_a_subscription_is_renewed_without_a_gap(ups: UPSClient) -> None:
    """Subscribing again to what is alive prolongs it, and repeats nothing."""
    number = await followed(ups)
    ups.clock.advance(DAY)
    ups.token = ""
    await desk.subscribe(ups, desk.subscription(number))
    first = events(ups)
    ups.clock.advance(9 * DAY)
    rest = events(ups)

    assert ("M", "MP") in codes(first)
    assert ("D", "FS") in codes(rest)
    assert not [event for event in rest if event in first]
    (row,) = ups.simulator.alerts()
    assert row["until"] == "2026-01-20T12:00:00+00:00"


async def test_a_push_bears_the_credential_of_the_portal(ups: UPSClient) -> None:
    """There is no signature; another sender's credential is what a receiver must refuse."""
    await followed(ups)
    ups.simulator.set_webhook(url="https://shop.example/hooks/ups", credential="agreed")
    (right,) = ups.simulator.deliveries(keep=True)
    (wrong,) = ups.simulator.deliveries(secret="guessed")

    assert right["url"] == "https://shop.example/hooks/ups"
    assert right["headers"]["credential"] == "agreed"
    assert right["headers"]["User-Agent"] == "UPSPubSubTrackingService"
    assert wrong["headers"]["credential"] == "guessed"
    assert right["body"] == wrong["body"]


async def test_the_driver_settings_hold_the_default_credential(ups: UPSClient) -> None:
    """A driver that is opened on the simulator trusts its pushes."""
    await followed(ups)
    (push,) = ups.simulator.deliveries()

    assert push["headers"]["credential"] == ups.simulator.settings()["webhook_credential"]


async def test_only_https_addresses_are_taken(ups: UPSClient) -> None:
    """With a credential."""
    with pytest.raises(InvalidValueError):
        ups.simulator.set_webhook(url="http://shop.example/")
    with pytest.raises(InvalidValueError):
        ups.simulator.set_webhook(url="https://shop.example/", credential="")


async def test_a_push_that_fails_comes_again(ups: UPSClient) -> None:
    """Five times in all; one that arrived does not."""
    await followed(ups)
    (push,) = ups.simulator.deliveries()
    answers = []
    for _ in range(5):
        answers.append(ups.simulator.report_delivery(push["id"], 500))
        ups.simulator.deliveries()

    assert answers == ["queued again"] * 4 + ["given up"]
    assert ups.simulator.report_delivery(push["id"], 200) == "unknown"


async def test_pushes_come_twice_and_in_any_order(ups: UPSClient) -> None:
    """There is no event number to tell a repeat by."""
    await followed(ups)
    ups.clock.advance(10 * DAY)
    straight = ups.simulator.deliveries(keep=True)
    shuffled = ups.simulator.deliveries(duplicates=1, shuffle=True)

    assert len(shuffled) == 2 * len(straight)
    assert Counter(push["id"] for push in shuffled) == Counter(dict.fromkeys((push["id"] for push in straight), 2))
    assert [push["id"] for push in shuffled[: len(straight)]] != [push["id"] for push in straight]


@pytest.mark.parametrize(
    ("preferences", "types"),
    [(["D"], {"D"}), (["I"], {"I"}), (["M", "X"], {"M", "X"}), (None, {"M", "I", "X", "D"})],
)
async def test_enhanced_subscribers_choose_their_events(
    ups: UPSClient, preferences: list[str] | None, types: set[str]
) -> None:
    """All of them by default."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    ups.simulator.set_journey(tracking_number=number, kind="delayed")
    changes = {} if preferences is None else {"eventPreferences": preferences}
    await desk.subscribe(ups, desk.subscription(number, **changes), "enhanced")
    ups.clock.advance(10 * DAY)

    assert {kind for kind, _ in codes(events(ups))} == types


@pytest.mark.parametrize(("kind", "has"), [("standard", False), ("enhanced", True)])
async def test_photo_and_name_are_for_enhanced_subscribers(ups: UPSClient, kind: str, has: bool) -> None:
    """At delivery."""
    await followed(ups, kind)
    ups.clock.advance(10 * DAY)
    delivered = events(ups)[-1]

    assert ("receivedBy" in delivered, "deliveryPhoto" in delivered) == (has, has)


async def test_a_voided_label_is_told(ups: UPSClient) -> None:
    """As a manifest void."""
    number = await followed(ups)
    await ups.void(number)

    assert codes(events(ups)) == [("M", "MP"), ("MV", "VP")]


async def test_test_numbers_send_events_a_second_apart(ups: UPSClient) -> None:
    """As often as they are subscribed to (field guide, section 1.3)."""
    seconds = []
    for _ in range(2):
        await desk.subscribe(ups, desk.subscription(desk.TEST_NUMBER))
        seconds.append([event["localActivityTime"] for event in events(ups)])
        ups.clock.advance(60)

    assert seconds == [["120000", "120001", "120002"], ["120100", "120101", "120102"]]


async def test_an_account_follows_all_that_it_ships(ups: UPSClient) -> None:
    """Until it leaves."""
    answer = await ups.call("POST", ACCOUNT_PATH, ACCOUNT_BODY, **desk.HEADERS)
    for _ in range(2):
        await ups.buy(domestic())
    pushed = events(ups)
    left = await ups.call("DELETE", f"{ACCOUNT_PATH}?shipper_account_number=C4RT01", **desk.HEADERS)
    ups.clock.advance(10 * DAY)

    assert answer.json() == {"expiryDate": "9999-12-31"}
    assert len({event["trackingNumber"] for event in pushed}) == 2
    assert left.json() == {"message": "Account unsubscribed"}
    assert events(ups) == []


BROKEN: list[tuple[str, Json | None, str, str]] = [
    ("empty", {}, "standard", "VSS110"),
    ("nothing", None, "standard", "VSS110"),
    ("no locale", desk.subscription("1Z5R89390357567127", locale=""), "standard", "VSS300"),
    ("unknown locale", desk.subscription("1Z5R89390357567127", locale="fr_FR"), "standard", "VSS310"),
    ("unknown country", desk.subscription("1Z5R89390357567127", countryCode="usa"), "standard", "VSS400"),
    ("no list", {"locale": "en_US"}, "standard", "VSS200"),
    ("no numbers", desk.subscription(), "standard", "VSS200"),
    ("no good number", desk.subscription("1Z", "12345"), "standard", "VSS210"),
    ("101 numbers", desk.subscription(*["1Z5R89390357567127"] * 101), "standard", "VSS220"),
    ("unknown type", desk.subscription("1Z5R89390357567127"), "golden", "VSS930"),
    ("preferences, standard", desk.subscription("1Z5R89390357567127", eventPreferences=["D"]), "standard", "VSS000"),
    ("unknown preference", desk.subscription("1Z5R89390357567127", eventPreferences=["Z"]), "enhanced", "VSS000"),
    ("no preference", desk.subscription("1Z5R89390357567127", eventPreferences=[]), "enhanced", "VSS000"),
]


@pytest.mark.parametrize(("body", "kind", "code"), [pytest.param(b, k, c, id=n) for n, b, k, c in BROKEN])
async def test_a_subscription_that_breaks_a_rule_is_refused(
    ups: UPSClient, body: Json | None, kind: str, code: str
) -> None:
    """The whole of it; the answer lists the numbers that are at fault, in any case."""
    answer = await ups.call(
        "POST", f"{desk.ALERT}/{kind}/package", body, **desk.HEADERS, **{"Content-Type": "application/json"}
    )

    assert (answer.status_code, code_of(answer)) == (400, code), answer.text
    assert "invalidTrackingNumbers" in answer.json()
    assert ups.simulator.alerts() == []


async def test_a_hundred_numbers_are_taken(ups: UPSClient) -> None:
    """The limit itself is no breach."""
    numbers = [f"1Z5R8939035756{serial:04d}" for serial in range(100)]

    assert (await desk.subscribe(ups, desk.subscription(*numbers))).status_code == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"transactionSrc": "tests"}, "VSS002"),
        ({"transId": "t" * 33, "transactionSrc": "tests"}, "VSS003"),
        ({"transId": "t1"}, "VSS004"),
        ({"transId": "t1", "transactionSrc": "s" * 513}, "VSS006"),
        ({**desk.HEADERS, "Content-Type": "text/plain"}, "10007"),
    ],
)
async def test_headers_that_break_a_rule_are_refused(ups: UPSClient, headers: dict[str, str], code: str) -> None:
    """Each with a code of its own."""
    body = desk.subscription(desk.TEST_NUMBER)

    assert code_of(await ups.call("POST", f"{desk.ALERT}/standard/package", body, **headers)) == code


DESTINATION = {"url": "https://shop.example/old", "credential": "old", "credentialType": "Bearer"}


@pytest.mark.parametrize(
    ("destination", "code"),
    [
        (None, "VSS500"),
        ({**DESTINATION, "url": ""}, "VSS600"),
        ({**DESTINATION, "url": "https://" + "u" * 250}, "VSS610"),
        ({**DESTINATION, "credential": ""}, "VSS700"),
        ({**DESTINATION, "credentialType": ""}, "VSS800"),
    ],
)
async def test_version_1_wants_a_destination(ups: UPSClient, destination: Json | None, code: str) -> None:
    """In version 2 it stands on the portal."""
    body = desk.subscription(desk.TEST_NUMBER, destination=destination)

    assert code_of(await desk.subscribe(ups, body, version="v1")) == code
    assert (await desk.subscribe(ups, body)).status_code == 200


async def test_version_1_pushes_to_its_destination(ups: UPSClient) -> None:
    """With its own credential."""
    body = desk.subscription(desk.TEST_NUMBER, destination=DESTINATION)
    await desk.subscribe(ups, body, version="v1")
    push = ups.simulator.deliveries()[0]

    assert (push["url"], push["headers"]["credential"]) == ("https://shop.example/old", "old")


async def test_the_test_system_takes_test_numbers_only(ups: UPSClient) -> None:
    """And says which were none."""
    ups.simulator.set_switches(cie_track_alert=True)
    answer = await desk.subscribe(ups, desk.subscription("1Z5R89390357567127"))

    assert code_of(answer) == "VSS215"
    assert (await desk.subscribe(ups, desk.subscription(desk.TEST_NUMBER))).status_code == 200


async def test_accounts_are_followed_by_their_owner(ups: UPSClient) -> None:
    """By enhanced subscription; what is not followed cannot be left."""
    path = f"{ACCOUNT_PATH}?shipper_account_number"
    foreign = await ups.call("POST", ACCOUNT_PATH, {**ACCOUNT_BODY, "shipperAccountNumber": "T1R2D3"}, **desk.HEADERS)
    standard = await ups.call("POST", f"{desk.ALERT}/standard/account", ACCOUNT_BODY, **desk.HEADERS)
    leaving = [await ups.call("DELETE", f"{path}={number}", **desk.HEADERS) for number in ("C4RT01", "T1R2D3")]
    leaving.append(
        await ups.call("DELETE", f"{desk.ALERT}/standard/account?shipper_account_number=C4RT01", **desk.HEADERS)
    )

    assert [code_of(answer) for answer in (foreign, standard, *leaving)] == [
        "VSS000", "VSS930", "VSS000", "VSS000", "VSS930",
    ]  # fmt: skip


async def test_another_method_is_not_allowed(ups: UPSClient) -> None:
    """405, where other paths of UPS would say 404."""
    answer = await ups.call("GET", f"{desk.ALERT}/standard/package", **desk.HEADERS)

    assert (answer.status_code, code_of(answer)) == (405, "405")


async def test_a_parcel_that_ups_denies_is_not_told_of(ups: UPSClient) -> None:
    """Nor is one that was never subscribed to."""
    number = await followed(ups)
    await ups.buy(domestic())
    ups.simulator.set_journey(tracking_number=number, kind="not_found")
    ups.clock.advance(10 * DAY)

    assert events(ups) == []
