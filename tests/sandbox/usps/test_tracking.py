"""Where parcels are: by the clock, in both versions, in batches."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cartcarrier.sandbox.usps.journey import KINDS
from tests.sandbox.usps.samples import Json, USPSClient, code_of, domestic, international, message_of, put


async def bought(usps: USPSClient, kind: str = "normal", body: Json | None = None) -> str:
    """Buy a label whose parcel has that story."""
    made = await usps.buy(body or domestic())
    number: str = made.get("trackingNumber") or made["internationalTrackingNumber"]
    usps.simulator.set_journey(tracking_number=number, kind=kind)
    return number


def codes(parcel: Json) -> list[str]:
    """Return the event codes, oldest first."""
    return [event["eventCode"] for event in reversed(parcel["trackingEvents"])]


async def test_a_parcel_moves_with_the_clock(usps: USPSClient) -> None:
    """From a label to a mailbox, newest first."""
    number = await bought(usps)
    assert (await usps.parcel(number))["statusCategory"] == "Pre-Shipment"
    usps.pass_time(hours=10, minutes=30)  # 17:30 in Georgia
    assert (await usps.parcel(number))["statusCategory"] == "Accepted"
    usps.pass_time(hours=12)
    assert (await usps.parcel(number))["statusCategory"] == "In Transit"
    usps.pass_time(days=4)
    parcel = await usps.parcel(number)

    assert parcel["statusCategory"] == "Delivered"
    assert codes(parcel) == ["GX", "03", "SF", "A1", "T1", "TL", "07", "OF", "01"]
    times = [event["GMTTimestamp"] for event in parcel["trackingEvents"]]
    assert times == sorted(times, reverse=True)
    assert parcel["servicesEligibility"]["proofOfDeliveryEnabled"] is True


@pytest.mark.parametrize(
    ("kind", "category", "last"),
    [
        ("normal", "Delivered", "01"),
        ("delayed", "Delivered", "01"),
        ("attempted", "Delivered", "01"),
        ("exception", "Alert", "EX"),
        ("held", "Available for Pickup", "14"),
        ("returned", "Delivered", "01"),
        ("untendered", "Pre-Shipment", "GX"),
    ],
)
async def test_every_story_has_its_end(usps: USPSClient, kind: str, category: str, last: str) -> None:
    """A month later."""
    number = await bought(usps, kind)
    usps.pass_time(days=30)
    parcel = await usps.parcel(number)
    assert parcel["statusCategory"] == category
    assert codes(parcel)[-1] == last
    assert ("To Original Sender" in parcel["status"]) == (kind == "returned")
    assert ("02" in codes(parcel)) == (kind == "attempted")
    assert ("delayed" in str(parcel["trackingEvents"])) == (kind == "delayed")


async def test_customs_may_hold_a_parcel(usps: USPSClient) -> None:
    """After it left the country."""
    number = await bought(usps, "customs_hold", international())
    usps.pass_time(days=30)
    parcel = await usps.parcel(number)
    assert parcel["mailType"] == "INTERNATIONAL_OUTBOUND"
    assert parcel["statusCategory"] == "Alert"
    assert "destinationZIPCode" not in parcel


async def test_a_delayed_parcel_arrives_later(usps: USPSClient) -> None:
    """By a day of delivery."""
    days = {}
    for kind in ("normal", "delayed"):
        number = await bought(usps, kind)
        usps.clock.advance(0)
        days[kind] = number
    usps.pass_time(days=30)
    arrived = {
        kind: datetime.fromisoformat((await usps.parcel(number))["trackingEvents"][0]["eventTimestamp"])
        for kind, number in days.items()
    }
    assert arrived["delayed"] - arrived["normal"] == timedelta(days=1)


async def test_local_time_has_no_zone_and_the_instant_is_apart(usps: USPSClient) -> None:
    """Georgia is five hours behind UTC, Colorado seven."""
    number = await bought(usps)
    usps.pass_time(days=10)
    events = {event["eventCode"]: event for event in (await usps.parcel(number))["trackingEvents"]}
    for code, hours, offset in (("03", 5, "-05:00"), ("01", 7, "-07:00")):
        local = datetime.fromisoformat(events[code]["eventTimestamp"])
        instant = datetime.fromisoformat(events[code]["GMTTimestamp"])
        assert local.tzinfo is None
        assert instant.replace(tzinfo=None) - local == timedelta(hours=hours)
        assert events[code]["GMTOffset"] == offset


@pytest.mark.parametrize(("style", "offset"), [("+hh:mm", "-05:00"), ("h:mm", "-5:00"), ("minutes", "-300")])
async def test_offsets_come_in_three_notations(usps: USPSClient, style: str, offset: str) -> None:
    """Each was seen."""
    usps.simulator.set_switches(gmt_offset_style=style, false_z=True)
    (event,) = (await usps.parcel(await bought(usps)))["trackingEvents"]
    assert event["GMTOffset"] == offset
    assert event["eventTimestamp"] == "2026-01-05T07:00:00Z"  # which is wrong by five hours


async def test_a_batch_answers_for_each(usps: USPSClient) -> None:
    """207 when some fail, in the order asked; the failure has an error of its own."""
    known = await bought(usps)
    answer = await usps.track("9400100000000000123453", known)
    failure, success = answer.json()

    assert answer.status_code == 207
    assert (failure["trackingNumber"], failure["statusCode"]) == ("9400100000000000123453", "404")
    assert "may be incorrect" in str(failure["error"])
    assert success["trackingNumber"] == known
    assert "error" not in success


async def test_a_lone_unknown_number_is_a_404(usps: USPSClient) -> None:
    """Not a list with one failure."""
    answer = await usps.track("9400100000000000123453")
    assert answer.status_code == 404
    assert "may be incorrect" in message_of(answer)


@pytest.mark.parametrize(("count", "status"), [(35, 207), (36, 400), (0, 400)])
async def test_a_batch_has_35_numbers_at_most(usps: USPSClient, count: int, status: int) -> None:
    """The gateway counts."""
    numbers = [await bought(usps)] * min(count, 1) + ["1"] * (count - 1)
    assert (await usps.track(*numbers)).status_code == status


async def test_unknown_keys_in_a_batch_are_refused(usps: USPSClient) -> None:
    """One typo fails all."""
    answer = await usps.call("POST", "/tracking/v3r2/tracking", [{"trackingNumber": "1", "mailDate": "2026-01-05"}])
    assert code_of(answer) == "steps.oasvalidation.Failed"


async def test_numbers_are_found_with_their_routing_code(usps: USPSClient) -> None:
    """As scanners read them: 420, the ZIP code, the number."""
    number = await bought(usps)
    for scanned in (f"42080012{number}", f"420800121109{number}", f"{number[:4]} {number[4:]}"):
        assert (await usps.parcel(scanned))["trackingNumber"] == number


async def test_a_parcel_that_is_denied(usps: USPSClient) -> None:
    """And one that nobody was told of."""
    denied = await bought(usps, "not_found")
    quiet = await bought(usps, body=put(domestic(), "packageDescription.packageOptions", {"generateGXEvent": False}))
    assert (await usps.track(denied)).status_code == 404
    answer = await usps.track(quiet)
    assert answer.status_code == 404
    assert "not yet available" in message_of(answer)


OLD = "/tracking/v3/tracking"


async def test_the_older_version_is_refused_by_the_gateway_unless_granted(usps: USPSClient) -> None:
    """Apps are on one of the two."""
    number = await bought(usps)
    assert code_of(await usps.call("GET", f"{OLD}/{number}")) == "steps.oasvalidation.Failed"
    usps.simulator.set_switches(tracking_api="v3")
    assert (await usps.call("GET", f"{OLD}/{number}?expand=DETAIL")).status_code == 200
    assert (await usps.track(number)).status_code == 404
    usps.simulator.set_switches(tracking_api="both")
    assert (await usps.track(number)).status_code == 200


async def test_the_older_version_sums_up_unless_told_otherwise(usps: USPSClient) -> None:
    """And takes capitals only."""
    usps.simulator.set_switches(tracking_api="v3")
    number = await bought(usps)
    usps.pass_time(days=10)
    summary = (await usps.call("GET", f"{OLD}/{number}")).json()
    detail = (await usps.call("GET", f"{OLD}/{number}?expand=DETAIL")).json()
    assert "Delivered" in summary["eventSummaries"][0]
    assert len(summary["eventSummaries"]) == len(detail["trackingEvents"])
    assert "trackingEvents" not in summary
    assert code_of(await usps.call("GET", f"{OLD}/{number}?expand=detail")) == "steps.oasvalidation.Failed"
    unknown = await usps.call("GET", f"{OLD}/9400100000000000123453")
    assert (unknown.status_code, code_of(unknown)) == (400, "150002")


async def test_truth_may_come_as_text(usps: USPSClient) -> None:
    """As in USPS's own sample."""
    usps.simulator.set_switches(tracking_api="v3", string_booleans=True)
    detail = (await usps.call("GET", f"{OLD}/{await bought(usps)}?expand=DETAIL")).json()
    assert detail["proofOfDeliveryEnabled"] == "false"


async def test_the_test_environment_tracks_its_own_numbers_only(usps: USPSClient) -> None:
    """Labels bought there are never heard of."""
    number = await bought(usps)
    usps.simulator.set_switches(test_environment=True)
    assert "not yet available" in message_of(await usps.track(number))
    delivered = await usps.parcel("420117419361289691090029427113")
    assert delivered["statusCategory"] == "Delivered"
    assert (await usps.track("9434611206217011894085")).status_code == 404


async def test_a_cancelled_label_stays_where_it_was(usps: USPSClient) -> None:
    """Tracking knows no cancellation."""
    number = await bought(usps)
    await usps.cancel(number)
    usps.pass_time(days=5)
    assert (await usps.parcel(number))["statusCategory"] == "Pre-Shipment"


@pytest.mark.parametrize("seed", [0, 7])
async def test_a_seed_draws_stories(make_client: Callable[..., USPSClient], seed: int) -> None:
    """Seed 0 lets all go well; another one does not, and draws the same for the same numbers."""
    ends = []
    for _ in range(2):
        usps = make_client(seed=seed)
        day = usps.clock.now().date().isoformat()
        body = put(domestic(), "packageDescription.mailingDate", day)
        numbers = [(await usps.buy(body))["trackingNumber"] for _ in range(20)]
        usps.pass_time(days=28)
        ends.append([(await usps.parcel(number))["status"] for number in numbers])

    assert ends[0] == ends[1]
    assert (set(ends[0]) == {"Delivered, In/At Mailbox"}) == (seed == 0)


async def test_proof_and_mails_are_promised(usps: USPSClient) -> None:
    """202, and nothing to see: the letter goes by e-mail, to three addresses at most."""
    number = await bought(usps)
    path = f"/tracking/v3r2/tracking/{number}"
    unique = (await usps.parcel(number))["uniqueTrackingID"]
    somebody = {"email": "a@b.test", "firstName": "A", "lastName": "B"}
    mails = {"uniqueTrackingID": unique, "notifyEventTypes": ["ALL_UPDATES"], "recipients": [somebody]}
    letter = {"uniqueTrackingID": unique, "recipients": [somebody]}

    assert (await usps.call("POST", f"{path}/notifications", mails)).status_code == 202
    assert (await usps.call("POST", f"{path}/notifications", mails | {"recipients": [somebody] * 4})).status_code == 400
    assert (await usps.call("POST", f"{path}/notifications", mails | {"uniqueTrackingID": "U1"})).status_code == 400
    assert (await usps.call("POST", "/tracking/v3r2/tracking/1/notifications", mails)).status_code == 404
    assert code_of(await usps.call("POST", f"{path}/proof-of-delivery", letter)) == "150004"
    usps.pass_time(days=10)
    assert (await usps.call("POST", f"{path}/proof-of-delivery", letter)).status_code == 202
    assert (await usps.call("POST", f"/tracking/v3/tracking/{number}/proof-of-delivery", letter)).status_code == 404


async def test_the_older_version_proves_delivery_with_what_its_detail_said(usps: USPSClient) -> None:
    """Three members of the detail have to be repeated."""
    usps.simulator.set_switches(tracking_api="v3")
    number = await bought(usps)
    usps.pass_time(days=10)
    detail = (await usps.call("GET", f"{OLD}/{number}?expand=DETAIL")).json()
    letter = {
        "uniqueMailPieceID": detail["uniqueMailPieceId"],
        "mailPieceIntakeDate": detail["mailPieceIntakeDate"],
        "tableCode": detail["tableCode"],
        "requestType": "email",
        "firstName": "A",
        "lastName": "B",
        "email": ["a@b.test"],
    }
    assert (await usps.call("POST", f"{OLD}/{number}/proof-of-delivery", letter)).status_code == 202
    assert (await usps.call("POST", f"{OLD}/{number}/proof-of-delivery", letter | {"tableCode": ""})).status_code == 400


def test_there_are_no_other_stories() -> None:
    """The list that commands offer is the list that the tests above run through."""
    assert set(KINDS) == {
        "normal",
        "delayed",
        "exception",
        "attempted",
        "held",
        "returned",
        "customs_hold",
        "untendered",
        "not_found",
    }
