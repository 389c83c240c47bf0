"""Pickups: what they cost, how far they are, what is refused, and what happens when one is ordered twice."""

from typing import Any

import pytest

from tests.sandbox.ups import desk_samples as desk
from tests.sandbox.ups.samples import ACCOUNT, Json, UPSClient, code_of, domestic, put

INVALID, MISSING = "10003", "10002"
ADDRESS, WHEN, PIECE = "PickupAddress", "PickupDateInfo", "PickupPiece.0"


async def order(ups: UPSClient, body: Json | None = None) -> str:
    """Order a pickup, and return its number."""
    answer = await desk.order_pickup(ups, body)
    assert answer.status_code == 200, answer.text
    prn: str = answer.json()["PickupCreationResponse"]["PRN"]
    return prn


async def statuses(ups: UPSClient) -> list[tuple[str, str]]:
    """Return number and status of what is pending."""
    ups.token = ""
    answer = await desk.pending_pickups(ups)
    listed = answer.json()["PickupPendingStatusResponse"]["PendingStatus"]
    return [(entry["PRN"], entry["OnCallStatusCode"]) for entry in listed]


async def test_a_pickup_costs_what_its_price_said(ups: UPSClient) -> None:
    """With fuel; a home, a Saturday and the same day cost more."""
    question = await ups.call("POST", "/api/shipments/v2409/pickup/oncall", desk.pickup_price(), **desk.HEADERS)
    priced = question.json()["PickupRateResponse"]["RateResult"]
    ordered = (await desk.order_pickup(ups)).json()["PickupCreationResponse"]
    home = put(desk.pickup_order(), f"{ADDRESS}.ResidentialIndicator", "Y")
    saturday = put(desk.pickup_order(), f"{WHEN}.PickupDate", "20260110")
    today = put(desk.pickup_order(), f"{WHEN}.PickupDate", "20260105")
    dearer = [(await desk.order_pickup(ups, body)).json()["PickupCreationResponse"] for body in (home, saturday, today)]

    assert ordered["RateResult"] == priced
    assert ordered["RateStatus"]["Code"] == "01"
    assert ups.simulator.pickups()[0]["fee"] == priced["GrandTotalOfAllCharge"] == "10.07"
    totals = [made["RateResult"]["GrandTotalOfAllCharge"] for made in dearer]
    assert totals == ["13.98", "29.03", "15.41"]
    assert [made["RateResult"]["RateType"] for made in dearer] == ["FD", "FD", "SD"]


async def test_a_price_that_is_not_asked_for_is_not_said(ups: UPSClient) -> None:
    """But charged."""
    answer = (await desk.order_pickup(ups, put(desk.pickup_order(), "RatePickupIndicator", "N"))).json()

    assert answer["PickupCreationResponse"]["RateStatus"]["Code"] == "04"
    assert "RateResult" not in answer["PickupCreationResponse"]
    assert ups.simulator.pickups()[0]["fee"] == "10.07"


async def test_a_free_pickup_costs_nothing(ups: UPSClient) -> None:
    """Payment method 00."""
    await order(ups, put(desk.pickup_order(), "PaymentMethod", "00"))

    assert ups.simulator.pickups()[0]["fee"] == "0.00"


async def test_a_pickup_goes_its_way_by_the_clock_of_its_place(ups: UPSClient) -> None:
    """Being processed until its day, then at dispatch, with the driver, done; done ones are not listed."""
    prn = await order(ups)  # Tuesday, 10 to 17 in Georgia; it is Monday, 7 in the morning there
    seen = []
    for hours in (0, 17, 10, 7):
        ups.clock.advance(hours * 3600)
        seen.append(await statuses(ups))

    assert seen == [[(prn, "012")], [(prn, "001")], [(prn, "002")], []]
    assert ups.simulator.pickups()[0]["status"] == "003"


async def test_only_today_and_tomorrow_are_listed(ups: UPSClient) -> None:
    """A pickup of next week cannot be found so (description of Pickup)."""
    await order(ups, put(desk.pickup_order(), f"{WHEN}.PickupDate", "20260112"))

    assert await statuses(ups) == []


async def test_a_pickup_is_cancelled_once(ups: UPSClient) -> None:
    """By its number; again, after the visit, or under a number of nobody it is refused."""
    first, second = await order(ups), await order(ups, put(desk.pickup_order(), f"{WHEN}.PickupDate", "20260107"))
    cancelled = await desk.cancel_pickup(ups, Prn=first)
    again = await desk.cancel_pickup(ups, Prn=first)
    ups.clock.advance(3 * 86400)
    ups.token = ""
    late = await desk.cancel_pickup(ups, Prn=second)
    unknown = await desk.cancel_pickup(ups, Prn="29999999999")

    assert cancelled.json()["PickupCancelResponse"]["GWNStatus"]["Code"] == "002"
    assert [code_of(answer) for answer in (again, late, unknown)] == [INVALID] * 3
    assert [entry["status"] for entry in ups.simulator.pickups()] == ["007", "003"]


async def test_the_account_cancels_its_newest(ups: UPSClient) -> None:
    """Which is why the number is the better way (field guide, section 6)."""
    await order(ups)
    newest = await order(ups, put(desk.pickup_order(), f"{WHEN}.PickupDate", "20260107"))
    answer = await desk.cancel_pickup(ups, "01", AccountNumber=ACCOUNT)

    assert answer.status_code == 200
    assert [entry["prn"] for entry in ups.simulator.pickups() if entry["status"] == "007"] == [newest]


async def test_a_pickup_ordered_twice_keeps_its_number(ups: UPSClient) -> None:
    """As described; nothing more is charged. Another point of the address, another day, or one cancelled is another pickup."""
    first = await order(ups)
    second = await order(ups)
    other_point = await order(ups, put(desk.pickup_order(), f"{ADDRESS}.PickupPoint", "Lobby"))
    await desk.cancel_pickup(ups, Prn=first)
    anew = await order(ups)

    assert first == second
    assert len({first, other_point, anew}) == 3
    assert len(ups.simulator.pickups()) == 3


async def test_a_pickup_ordered_twice_may_come_twice(ups: UPSClient) -> None:
    """The careful reading: each order costs (field guide, section 12)."""
    ups.simulator.set_switches(pickup_repeats="new")

    assert await order(ups) != await order(ups)
    assert [entry["fee"] for entry in ups.simulator.pickups()] == ["10.07", "10.07"]


async def test_the_cut_off_is_local(ups: UPSClient) -> None:
    """Until two o'clock for the same day: it is seven in the morning in Georgia."""
    body = put(desk.pickup_order(), f"{WHEN}.PickupDate", "20260105")
    ups.clock.advance(7 * 3600)
    at_two = await desk.order_pickup(ups, body)
    ups.clock.advance(60)
    ups.token = ""
    other = put(body, f"{ADDRESS}.PickupPoint", "Lobby")

    assert at_two.status_code == 200
    assert code_of(await desk.order_pickup(ups, other)) == INVALID
    assert len(ups.simulator.pickups()) == 1


async def test_a_tracking_number_pays_once(ups: UPSClient) -> None:
    """One that has paid for a pickup cannot be used again (description of Pickup)."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    body = put(put(desk.pickup_order(), "PaymentMethod", "04"), "TrackingData", [{"TrackingNumber": number}])
    await order(ups, body)
    again = await desk.order_pickup(ups, put(body, f"{WHEN}.PickupDate", "20260107"))
    unknown = put(body, "TrackingData", [{"TrackingNumber": "1ZC4RT010300009999"}])

    assert code_of(again) == INVALID
    assert code_of(await desk.order_pickup(ups, unknown)) == INVALID


async def test_a_smart_pickup_needs_an_account_for_it(ups: UPSClient) -> None:
    """The seeded one has none."""
    body = {"PickupTriggerGWNRequest": {"Request": {}, "AccountNumber": ACCOUNT, "ServiceDateOption": "01"}}
    answer = await desk.order_pickup(ups, body)

    assert (answer.status_code, code_of(answer)) == (403, "120121")


PIECE_OF_MANY = {"ServiceCode": "003", "Quantity": "1", "DestinationCountryCode": "US", "ContainerCode": "01"}
BROKEN: list[tuple[str, list[tuple[str, Any]], str]] = [
    ("rate it or not", [("RatePickupIndicator", ...)], MISSING),
    ("rate it, in words", [("RatePickupIndicator", "yes")], INVALID),
    ("no company", [(f"{ADDRESS}.CompanyName", ...)], MISSING),
    ("company too long", [(f"{ADDRESS}.CompanyName", "C" * 28)], "9500529"),
    ("no contact", [(f"{ADDRESS}.ContactName", ...)], MISSING),
    ("contact too long", [(f"{ADDRESS}.ContactName", "C" * 23)], INVALID),
    ("no street", [(f"{ADDRESS}.AddressLine", [])], MISSING),
    ("street too long", [(f"{ADDRESS}.AddressLine", ["s" * 74])], INVALID),
    ("no city", [(f"{ADDRESS}.City", ...)], MISSING),
    ("no state", [(f"{ADDRESS}.StateProvince", ...)], INVALID),
    ("postal code of another state", [(f"{ADDRESS}.PostalCode", "80012")], INVALID),
    ("no postal code", [(f"{ADDRESS}.PostalCode", ...)], INVALID),
    ("no country", [(f"{ADDRESS}.CountryCode", ...)], MISSING),
    ("home or not", [(f"{ADDRESS}.ResidentialIndicator", "")], MISSING),
    ("point too long", [(f"{ADDRESS}.PickupPoint", "p" * 12)], INVALID),
    ("no phone", [(f"{ADDRESS}.Phone", ...)], MISSING),
    ("phone without digits", [(f"{ADDRESS}.Phone.Number", "none")], INVALID),
    ("other address or not", [("AlternateAddressIndicator", ...)], MISSING),
    ("overweight in words", [("OverweightIndicator", "heavy")], INVALID),
    ("no pieces", [("PickupPiece", [])], MISSING),
    ("service with two digits", [(f"{PIECE}.ServiceCode", "03")], INVALID),
    ("unknown service", [(f"{PIECE}.ServiceCode", "098")], INVALID),
    ("none of a service", [(f"{PIECE}.Quantity", "0")], INVALID),
    ("1000 of a service", [(f"{PIECE}.Quantity", "1000")], INVALID),
    ("no destination", [(f"{PIECE}.DestinationCountryCode", ...)], MISSING),
    ("unknown container", [(f"{PIECE}.ContainerCode", "04")], INVALID),
    ("pallet by ground", [(f"{PIECE}.ContainerCode", "03")], INVALID),
    ("no date", [(f"{WHEN}.PickupDate", ...)], MISSING),
    ("date with dashes", [(f"{WHEN}.PickupDate", "2026-01-06")], INVALID),
    ("yesterday", [(f"{WHEN}.PickupDate", "20260104")], INVALID),
    ("far ahead", [(f"{WHEN}.PickupDate", "20260401")], INVALID),
    ("sunday", [(f"{WHEN}.PickupDate", "20260111")], INVALID),
    ("ready after closing", [(f"{WHEN}.ReadyTime", "1701")], INVALID),
    ("too short a window", [(f"{WHEN}.ReadyTime", "1601")], INVALID),
    ("time that is none", [(f"{WHEN}.CloseTime", "2500")], INVALID),
    ("today, ready too late", [(f"{WHEN}.PickupDate", "20260105"), (f"{WHEN}.ReadyTime", "1401")], INVALID),
    ("no payment", [("PaymentMethod", ...)], MISSING),
    ("unknown payment", [("PaymentMethod", "02")], INVALID),
    ("account pays, which one?", [("Shipper", ...)], MISSING),
    ("account of somebody else", [("Shipper.Account.AccountNumber", "T1R2D3")], "120120"),
    ("card pays, which one?", [("PaymentMethod", "03")], MISSING),
    ("tracking number pays, which one?", [("PaymentMethod", "04")], MISSING),
    ("31 tracking numbers", [("TrackingData", [{"TrackingNumber": "1ZC4RT010300009999"}] * 31)], INVALID),
    ("tracking number of another form", [("TrackingData", [{"TrackingNumber": "1Z"}])], INVALID),
    ("instruction too long", [("SpecialInstruction", "i" * 58)], INVALID),
    ("reference too long", [("ReferenceNumber", "r" * 36)], INVALID),
    ("emoji", [(f"{ADDRESS}.ContactName", "\N{PARTY POPPER}")], "121000"),
]


@pytest.mark.parametrize(("edits", "code"), [pytest.param(e, c, id=n) for n, e, c in BROKEN])
async def test_an_order_that_breaks_a_rule_is_refused(ups: UPSClient, edits: list[tuple[str, Any]], code: str) -> None:
    """And no driver comes."""
    body = desk.pickup_order()
    for path, value in edits:
        put(body, path, value)

    assert code_of(await desk.order_pickup(ups, body)) == code
    assert ups.simulator.pickups() == []


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("ServiceDateOption", "04", INVALID),
        ("ServiceDateOption", ..., MISSING),
        ("PickupDateInfo", ..., MISSING),
        ("PickupAddress.City", ..., MISSING),
        ("ShipperAccount.AccountNumber", "T1R2D3", "120120"),
    ],
)
async def test_a_question_for_the_price_that_breaks_a_rule_is_refused(
    ups: UPSClient, path: str, value: Any, code: str
) -> None:
    """The same address rules hold."""
    body = put(desk.pickup_price(), path, value)

    assert code_of(await ups.call("POST", "/api/shipments/v2409/pickup/oncall", body, **desk.HEADERS)) == code


async def test_status_and_cancellation_need_their_headers(ups: UPSClient) -> None:
    """Account and number stand there, and not in the path or a body."""
    path = "/api/shipments/v2409/pickup"

    assert code_of(await ups.call("GET", f"{path}/oncall", **desk.HEADERS)) == MISSING
    assert code_of(await desk.pending_pickups(ups, "T1R2D3")) == "120120"
    assert code_of(await ups.call("GET", f"{path}/never", AccountNumber=ACCOUNT)) == INVALID
    assert code_of(await desk.cancel_pickup(ups)) == MISSING
    assert code_of(await desk.cancel_pickup(ups, "03")) == INVALID
    assert code_of(await desk.cancel_pickup(ups, "01", AccountNumber="T1R2D3")) == "120120"
    assert code_of(await desk.cancel_pickup(ups, "01", AccountNumber=ACCOUNT)) == INVALID


@pytest.mark.parametrize(("country", "status"), [("US", 200), ("XX", 400)])
async def test_states_are_listed(ups: UPSClient, country: str, status: int) -> None:
    """Of countries that have some."""
    assert (await ups.call("GET", f"/api/pickup/v2409/countries/{country}", **desk.HEADERS)).status_code == status
