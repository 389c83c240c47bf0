"""Where a parcel is: the clock moves it along its script."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.ups.samples import Json, UPSClient, code_of, domestic, international, put

DAY = timedelta(days=1).total_seconds()
HOUR = timedelta(hours=1).total_seconds()


async def bought(ups: UPSClient, kind: str | None = None, body: Json | None = None) -> str:
    """Buy a label and return its number."""
    number: str = (await ups.buy(body or domestic()))["ShipmentIdentificationNumber"]
    if kind is not None:
        ups.simulator.set_journey(tracking_number=number, kind=kind)
    return number


async def later(ups: UPSClient, seconds: float, number: str) -> Json:
    """Let time pass, and return what UPS says of the parcel then."""
    ups.clock.advance(seconds)
    ups.token = ""
    return await ups.parcel(number)


def statuses(parcel: Json) -> list[tuple[str, str, str]]:
    """Return type, code and status of each activity, oldest first."""
    return [(s["type"], s["code"], s["statusCode"]) for s in (a["status"] for a in reversed(parcel["activity"]))]


async def test_a_parcel_travels_with_the_clock(ups: UPSClient) -> None:
    """From the label to the door; nothing happens while the clock stands still."""
    number = await bought(ups)
    fresh = await later(ups, 0, number)
    scanned = await later(ups, 8 * HOUR, number)
    on_the_van = await later(ups, 6 * DAY + 22 * HOUR, number)  # Monday, 12 January, 11:00 in Colorado
    at_home = await later(ups, DAY, number)

    assert statuses(fresh) == [("M", "MP", "003")]
    assert statuses(scanned) == [("M", "MP", "003"), ("I", "OR", "160")]
    assert on_the_van["currentStatus"]["statusCode"] == "021"
    assert on_the_van["deliveryTime"]["type"] == "EDW"
    assert statuses(at_home)[-2:] == [("I", "OT", "021"), ("D", "FS", "011")]
    assert at_home["currentStatus"]["statusCode"] == "011"
    assert at_home["deliveryInformation"]["receivedBy"] == "J DOE"


async def test_a_parcel_arrives_on_the_day_that_was_quoted(ups: UPSClient) -> None:
    """Bought on Monday, Next Day Air is there on Tuesday morning, before half past ten in Colorado."""
    number = await bought(ups, body=put(domestic(), "Shipment.Service.Code", "01"))
    before = await later(ups, 0, number)
    after = await later(ups, 2 * DAY, number)

    assert before["deliveryDate"] == [{"type": "SDD", "date": "20260106"}]
    assert before["deliveryTime"] == {"type": "CMT", "endTime": "103000"}
    assert after["deliveryDate"] == [{"type": "DEL", "date": "20260106"}]
    assert after["deliveryTime"] == {"type": "DEL", "endTime": "102300"}
    assert (after["activity"][0]["date"], after["activity"][0]["time"]) == ("20260106", "102300")


async def test_activities_come_newest_first_with_utc_in_two_notations(ups: UPSClient) -> None:
    """A parser must take both, and the one event that has none; all must mean what the local time says."""
    parcel = await later(ups, 10 * DAY, await bought(ups))
    notations = set()
    moments = []
    for activity in parcel["activity"]:
        local = datetime.strptime(activity["date"] + activity["time"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if "gmtDate" not in activity:
            assert activity["status"]["code"] == "MP"
            continue
        notations.add(":" in activity["gmtTime"])
        written = activity["gmtDate"] + activity["gmtTime"].replace(":", "").rjust(6, "0")
        moment = datetime.strptime(written, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        hours, minutes = activity["gmtOffset"].split(":")
        assert local - moment == timedelta(hours=int(hours), minutes=int(minutes))
        moments.append(moment)

    assert notations == {True, False}
    assert moments == sorted(moments, reverse=True)
    assert parcel["activity"][-1]["status"]["code"] == "MP"


@pytest.mark.parametrize(
    ("kind", "marks", "last"),
    [
        pytest.param("delayed", [("X", "7X", "048")], ("D", "FS", "011"), id="delayed"),
        pytest.param("attempted", [("X", "48", "022")], ("D", "FS", "011"), id="attempted"),
        pytest.param("exception", [("X", "AE", "029")], ("X", "AE", "029"), id="exception"),
        pytest.param("returned", [("X", "KR", "013"), ("X", "UF", "035")], ("D", "FS", "011"), id="returned"),
        pytest.param("untendered", [], ("M", "MP", "003"), id="untendered"),
    ],
)
async def test_each_script_leaves_its_mark(
    ups: UPSClient, kind: str, marks: list[tuple[str, str, str]], last: tuple[str, str, str]
) -> None:
    """Commands choose what goes wrong; the end of a return looks like a delivery, at home."""
    parcel = await later(ups, 20 * DAY, await bought(ups, kind))

    assert [status for status in statuses(parcel) if status[0] == "X"] == marks
    assert statuses(parcel)[-1] == last
    city = {"untendered": None, "returned": "Alpharetta"}.get(kind, "Aurora")
    assert parcel["activity"][0]["location"]["address"].get("city") == city


async def test_a_delay_moves_the_day_once_it_is_known(ups: UPSClient) -> None:
    """The first promise stays beside the new one."""
    number = await bought(ups, "delayed", put(domestic(), "Shipment.Service.Code", "02"))
    promised = await later(ups, 0, number)
    moved = await later(ups, 2 * DAY + 6 * HOUR, number)
    done = await later(ups, 2 * DAY, number)

    assert promised["deliveryDate"] == [{"type": "SDD", "date": "20260107"}]
    assert moved["deliveryDate"] == [{"type": "SDD", "date": "20260107"}, {"type": "RDD", "date": "20260108"}]
    assert done["deliveryDate"] == [{"type": "DEL", "date": "20260108"}]


async def test_a_parcel_abroad_crosses_the_border(ups: UPSClient) -> None:
    """Export, import, clearance; or it is held there."""
    passing = statuses(await later(ups, 20 * DAY, await bought(ups, body=international())))
    held = statuses(await later(ups, 20 * DAY, await bought(ups, "customs_hold", international())))

    assert [code for _, code, _ in passing if code in {"EP", "IP", "CC"}] == ["EP", "IP", "CC"]
    assert passing[-1] == ("D", "FS", "011")
    assert held[-1] == ("X", "D0", "058")


async def test_a_voided_label_ends_there(ups: UPSClient) -> None:
    """The void is the last thing that happens to it, whatever the clock says."""
    number = await bought(ups)
    ups.clock.advance(HOUR)
    await ups.void(number)
    parcel = await later(ups, 20 * DAY, number)

    assert statuses(parcel) == [("M", "MP", "003"), ("MV", "VP", "007")]
    assert parcel["deliveryDate"] == []


async def test_an_unknown_number_is_a_warning_with_status_200(ups: UPSClient) -> None:
    """Not an error; and UPS may deny a number that it sold (field guide, sections 0-8 and 11-11)."""
    denied = await bought(ups, "not_found")
    for number in ("1ZC4RT010399999999", denied):
        answer = await ups.track(number)
        shipment = answer.json()["trackResponse"]["shipment"][0]
        assert answer.status_code == 200
        assert [warning["code"] for warning in shipment["warnings"]] == ["TW0001"]
        assert "package" not in shipment


async def test_numbers_are_forgotten_after_120_days(ups: UPSClient) -> None:
    """Whoever needs the history keeps it."""
    number = await bought(ups)
    ups.clock.advance(121 * DAY)
    ups.token = ""

    assert "warnings" in (await ups.track(number)).json()["trackResponse"]["shipment"][0]


@pytest.mark.parametrize("number", ["123456", "1" * 35, "1Z-C4RT01"])
async def test_a_number_that_is_none_is_refused(ups: UPSClient, number: str) -> None:
    """UPS takes 7 to 34 letters and digits."""
    answer = await ups.track(number)

    assert (answer.status_code, code_of(answer)) == (400, "TV1002")


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"transactionSrc": "tests"}, id="no transId"),
        pytest.param({"transId": "t"}, id="no transactionSrc"),
        pytest.param({"transId": "t" * 33, "transactionSrc": "tests"}, id="transId too long"),
    ],
)
async def test_tracking_needs_its_two_headers(ups: UPSClient, headers: dict[str, str]) -> None:
    """A dashed UUID of 36 characters is too long."""
    answer = await ups.call("GET", "/api/track/v1/details/1ZC4RT010300000018", **headers)

    assert answer.status_code == 400


async def test_signature_and_proof_come_when_asked_for(ups: UPSClient) -> None:
    """And not before the parcel was delivered."""
    number = await bought(ups)
    query = "?returnSignature=true&returnPOD=true&returnMilestones=true"
    before = await ups.parcel(number, query)
    ups.clock.advance(10 * DAY)
    ups.token = ""
    after = await ups.parcel(number, query)
    unasked = await ups.parcel(number)

    assert "deliveryInformation" not in before
    assert set(after["deliveryInformation"]) == {"location", "receivedBy", "signature", "pod", "deliveryPhoto"}
    assert set(unasked["deliveryInformation"]) == {"location", "receivedBy"}
    assert [milestone["state"] for milestone in before["milestones"]] == ["complete"] + ["incomplete"] * 3
    assert [milestone["current"] for milestone in after["milestones"]] == [False, False, False, True]


async def test_one_package_of_several_is_shown_alone(ups: UPSClient) -> None:
    """The count says how many there are; the shipment's own path shows them all."""
    body = domestic()
    packages = body["ShipmentRequest"]["Shipment"]["Package"]
    packages.append(dict(packages[0]))
    results = (await ups.buy(body))["PackageResults"]
    second = results[1]["TrackingNumber"]
    parcel = await ups.parcel(second)
    path = f"/api/track/v1/shipment/details/{second}"
    whole = await ups.call("GET", path, transId="t", transactionSrc="tests")
    page = await ups.call("GET", path + "?offset=1&count=1", transId="t", transactionSrc="tests")

    assert (parcel["trackingNumber"], parcel["packageCount"]) == (second, 2)
    assert len(whole.json()["trackResponse"]["shipment"][0]["package"]) == 2
    assert [p["trackingNumber"] for p in page.json()["trackResponse"]["shipment"][0]["package"]] == [second]


async def test_a_reference_finds_parcels_of_the_last_14_days(ups: UPSClient) -> None:
    """Further back only when asked."""
    number = await bought(ups)
    path = "/api/track/v1/reference/details/cc-0001"
    headers = {"transId": "t", "transactionSrc": "tests"}
    found = await ups.call("GET", f"{path}?shipperNum=C4RT01", **headers)
    stranger = await ups.call("GET", f"{path}?shipperNum=T1R2D3", **headers)
    ups.clock.advance(15 * DAY)
    ups.token = ""
    too_late = await ups.call("GET", path, **headers)
    asked = await ups.call("GET", f"{path}?fromPickUpDate=20260101&toPickUpDate=20260110", **headers)

    for answer in (found, asked):
        assert [p["trackingNumber"] for p in answer.json()["trackResponse"]["shipment"][0]["package"]] == [number]
    for answer in (stranger, too_late):
        assert "package" not in answer.json()["trackResponse"]["shipment"][0]


async def test_a_seed_mixes_the_scripts(make_client: Callable[..., UPSClient]) -> None:
    """The same seed gives the same mixture; seed 0 lets everything go well."""

    async def endings(seed: int) -> list[str]:
        ups = make_client(seed=seed)
        numbers = [await bought(ups) for _ in range(30)]
        ups.clock.advance(20 * DAY)
        ups.token = ""
        return [(await ups.parcel(number))["currentStatus"]["statusCode"] for number in numbers]

    assert set(await endings(0)) == {"011"}
    mixed = await endings(7)
    assert len(set(mixed)) > 1
    assert await endings(7) == mixed
