"""Giving labels back: cancelled, disputed, refused; and how a refund is decided."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.sandbox.usps.samples import (
    Json,
    USPSClient,
    code_of,
    domestic,
    home,
    international,
    military,
    new_key,
    put,
    returning,
)

# The mailing date is Monday, 5 January 2026; the file goes out on the sixth at 00:30 Central, 06:30 UTC. It is noon UTC now.
TO_THE_FILE = timedelta(hours=18, minutes=30).total_seconds()


async def buy_unused(usps: USPSClient, body: Json | None = None, key: str | None = None) -> str:
    """Buy a label for a parcel that nobody will hand over."""
    label = await usps.buy(body or domestic(), key)
    number: str = label.get("trackingNumber") or label["internationalTrackingNumber"]
    usps.simulator.set_journey(tracking_number=number, kind="untendered")
    return number


async def scan_form(usps: USPSClient, *numbers: str) -> None:
    """Put labels on a SCAN form."""
    body = {
        "mailingDate": "2026-01-05",
        "entryFacilityZIPCode": "30005",
        "destinationEntryFacilityType": "NONE",
        "shipment": {"trackingNumbers": list(numbers)},
        "fromAddress": home(),
    }
    answer = await usps.call("POST", "/scan-forms/v3/scan-form", body)
    assert answer.status_code == 200, answer.text


async def test_before_the_file_a_label_is_cancelled_and_costs_nothing(usps: USPSClient) -> None:
    """To the minute: 00:30 Central after the mailing date."""
    number = await buy_unused(usps)
    usps.clock.advance(TO_THE_FILE - 1)
    usps.token = usps.payment = ""
    answer = await usps.cancel(number)

    assert answer.json() == {"trackingNumber": number, "status": "CANCELED"}
    spent = usps.simulator.spent()
    assert spent["net"] == {"USD": "0.00"}
    assert usps.simulator.labels()[0]["voided"] is True
    assert usps.simulator.counts()["voided"] == 1


async def test_after_the_file_a_refund_is_asked_for(usps: USPSClient) -> None:
    """Another outcome: the money is not back yet."""
    number = await buy_unused(usps)
    usps.clock.advance(TO_THE_FILE)
    usps.token = usps.payment = ""
    answer = (await usps.cancel(number)).json()

    assert (answer["trackingNumber"], answer["status"]) == (number, "DISPUTED")
    assert answer["disputeId"]
    assert usps.simulator.spent()["credited"] == {}
    assert usps.simulator.labels()[0]["voided"] is True


async def test_a_refund_is_granted_after_two_weeks_when_nobody_scanned_the_parcel(usps: USPSClient) -> None:
    """The state moves with the clock; until then it is undecided."""
    number = await buy_unused(usps)
    usps.pass_time(days=1)
    await usps.cancel(number)
    usps.pass_time(days=13)
    assert usps.simulator.refunds()[0]["decision"] is None
    usps.pass_time(days=1)
    refund = usps.simulator.refunds()[0]

    assert (refund["tracking_number"], refund["decision"]) == (number, "APPROVED")
    assert usps.simulator.spent()["net"] == {"USD": "0.00"}
    assert usps.simulator.spent()["net"] == {"USD": "0.00"}


async def test_a_refund_is_denied_when_the_parcel_was_scanned(usps: USPSClient) -> None:
    """Asked for, accepted, and lost all the same."""
    number = (await usps.buy(domestic()))["trackingNumber"]
    usps.pass_time(days=2)
    assert (await usps.cancel(number)).json()["status"] == "DISPUTED"
    usps.pass_time(days=15)

    assert usps.simulator.refunds()[0]["decision"] == "DENIED"
    assert usps.simulator.spent()["credited"] == {}


async def test_a_company_has_one_dispute_number_a_day(usps: USPSClient) -> None:
    """Labels of one day share it; the next day has another."""
    numbers = [await buy_unused(usps) for _ in range(3)]
    usps.pass_time(days=1)
    first, second = [(await usps.cancel(number)).json()["disputeId"] for number in numbers[:2]]
    usps.pass_time(days=1)
    third = (await usps.cancel(numbers[2])).json()["disputeId"]

    assert first == second != third


async def test_the_same_label_again_on_the_same_day_is_rejected(usps: USPSClient) -> None:
    """A day later the answer is the state as it stands."""
    number = await buy_unused(usps)
    usps.pass_time(days=1)
    dispute = (await usps.cancel(number)).json()["disputeId"]
    again = await usps.cancel(number)
    usps.pass_time(days=1)
    later = await usps.cancel(number)

    assert code_of(again) == "160184"
    assert later.json() == {"trackingNumber": number, "status": "DISPUTED", "disputeId": dispute}


async def test_a_label_is_cancelled_by_its_key(usps: USPSClient) -> None:
    """Without a number: the way out when the answer to the purchase was lost."""
    key = new_key()
    number = await buy_unused(usps, key=key)
    answer = await usps.cancel(key=key)
    assert answer.json() == {"trackingNumber": number, "status": "CANCELED"}
    assert answer.headers["x-idempotency-key"] == key
    assert code_of(await usps.cancel(key=key)) == "160186"
    assert code_of(await usps.cancel(key=new_key())) == "160185"
    assert code_of(await usps.cancel()) == "160185"


async def test_cancelling_twice_is_refused_and_credits_once(usps: USPSClient) -> None:
    """The code means that it is done."""
    number = await buy_unused(usps)
    await usps.cancel(number)
    assert code_of(await usps.cancel(number)) == "160186"
    assert usps.simulator.spent()["net"] == {"USD": "0.00"}


async def test_a_parcel_that_is_under_way_is_not_cancelled(usps: USPSClient) -> None:
    """Scanned before the file went out."""
    number = (await usps.buy(domestic()))["trackingNumber"]
    usps.clock.advance(timedelta(hours=10).total_seconds() + 1)  # 17:00 in Georgia
    usps.token = usps.payment = ""
    assert code_of(await usps.cancel(number)) == "160184"
    assert usps.simulator.spent()["credited"] == {}


async def test_a_label_on_a_scan_form_waits_a_quarter_of_an_hour(usps: USPSClient) -> None:
    """Neither cancelled nor refunded in between."""
    number = await buy_unused(usps)
    await scan_form(usps, number)
    usps.clock.advance(14 * 60)
    assert code_of(await usps.cancel(number)) == "160174"
    usps.clock.advance(60)
    assert (await usps.cancel(number)).json()["status"] == "DISPUTED"


async def test_what_is_manifested_at_once_is_never_cancelled(usps: USPSClient) -> None:
    """A refund is all there is."""
    body = put(military(), "packageDescription.packageOptions", {"immediateManifest": True})
    number = await buy_unused(usps, body)
    assert (await usps.cancel(number)).json()["status"] == "DISPUTED"


async def test_return_labels_are_not_cancelled(usps: USPSClient) -> None:
    """They need not be: they cost nothing."""
    label = (await usps.ship(returning(), path="/labels/v3/return-label")).json()
    assert code_of(await usps.cancel(label["trackingNumber"])) == "160187"


async def test_international_labels_are_cancelled_at_their_own_address(usps: USPSClient) -> None:
    """And not refunded after the manifest, as the list of errors has it; the description says otherwise, hence the switch."""
    first, second, third = [await buy_unused(usps, international()) for _ in range(3)]
    assert code_of(await usps.cancel(first)) == "160185"
    assert (await usps.cancel(first, abroad=True)).json()["status"] == "CANCELED"
    usps.pass_time(days=1)
    assert code_of(await usps.cancel(second, abroad=True)) == "160277"
    usps.simulator.set_switches(international_refunds=True)
    assert (await usps.cancel(third, abroad=True)).json()["status"] == "DISPUTED"


async def test_refunds_may_be_refused_altogether(usps: USPSClient) -> None:
    """As one field report has it."""
    number = await buy_unused(usps)
    usps.pass_time(days=1)
    usps.simulator.set_switches(refunds=False)
    assert code_of(await usps.cancel(number)) == "160184"


@pytest.mark.parametrize("payment", ["", "pay.unknown"])
async def test_cancelling_needs_a_payment_token(usps: USPSClient, payment: str) -> None:
    """As buying does."""
    number = await buy_unused(usps)
    headers = {"X_Payment_Authorization_Token": payment} if payment else {}
    answer = await usps.call("DELETE", f"/labels/v3/label/{number}", **headers)
    assert answer.status_code == (401 if payment else 400)


async def test_a_fresh_label_may_be_found_late(usps: USPSClient) -> None:
    """Not found means nothing then; the repeat under the key finds it at once."""
    key = new_key()
    usps.simulator.find_late(seconds=60)
    number = await buy_unused(usps, key=key)
    assert code_of(await usps.cancel(number)) == "160185"
    assert code_of(await usps.reprint(number)) == "160378"
    assert (await usps.track(number)).status_code == 404
    assert (await usps.buy(domestic(), key))["trackingNumber"] == number
    usps.clock.advance(60)
    assert (await usps.cancel(number)).json()["status"] == "CANCELED"


async def test_money_of_cancelled_labels_can_be_spent_again(make_client: Callable[..., USPSClient]) -> None:
    """The account is credited at once."""
    usps = make_client()
    price = Decimal(str((await usps.buy(domestic()))["postage"]))
    usps.simulator.set_funds(amount=str(price))
    number = await buy_unused(usps)
    assert code_of(await usps.ship(domestic())) == "100007"
    await usps.cancel(number)
    assert (await usps.ship(domestic())).status_code == 200
