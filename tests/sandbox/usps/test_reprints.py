"""Labels again, and changed."""

import base64
import io
from decimal import Decimal

import httpx
import pytest
from PIL import Image

from tests.sandbox.usps.samples import VENDOR, USPSClient, code_of, domestic, international, new_key, put


async def edit(usps: USPSClient, number: str, **changes: object) -> httpx.Response:
    """Change a label's package; returns the answer."""
    patch = [
        {"op": "replace", "path": f"/packageDescription/{name}", "value": value} for name, value in changes.items()
    ]
    return await usps.paid("PATCH", f"/labels/v3/label/{number}", patch)


async def test_a_label_is_printed_again_three_times_at_most(usps: USPSClient) -> None:
    """By number or by key; each counts."""
    key = new_key()
    number = (await usps.buy(domestic(), key))["trackingNumber"]
    counts = [
        (await usps.reprint(number)).json()["reprintInfo"],
        (await usps.reprint(key=key)).json()["reprintInfo"],
        (await usps.reprint(number)).json()["reprintInfo"],
    ]
    fourth = await usps.reprint(number)

    assert [count["reprintNumber"] for count in counts] == [1, 2, 3]
    assert {count["reprintLimit"] for count in counts} == {3}
    assert code_of(fourth) == "160382"


async def test_a_reprint_may_have_another_form(usps: USPSClient) -> None:
    """From ZPL to a picture, with the same number on it."""
    number = (await usps.buy(domestic()))["trackingNumber"]
    picture = (await usps.reprint(number, image="PNG")).json()
    thermal = (await usps.reprint(number, image="ZPL203DPI")).json()

    assert Image.open(io.BytesIO(base64.b64decode(picture["labelImage"]))).format == "PNG"
    assert number.encode() in base64.b64decode(thermal["labelImage"]).replace(b" ", b"")
    assert picture["labelMetadata"]["trackingNumber"] == number


async def test_a_key_that_bought_nothing_finds_nothing(usps: USPSClient) -> None:
    """So a reprint tells whether a purchase happened."""
    key = new_key()
    await usps.ship(put(domestic(), "toAddress.ZIPCode", "10018"), key)
    assert code_of(await usps.reprint(key=key)) == "160378"


async def test_what_is_given_back_is_not_printed(usps: USPSClient) -> None:
    """Cancelled and disputed have codes of their own."""
    first, second = [
        (await usps.buy(put(domestic(), "packageDescription.mailingDate", "2026-01-05")))["trackingNumber"]
        for _ in range(2)
    ]
    await usps.cancel(first)
    assert code_of(await usps.reprint(first)) == "160379"
    usps.simulator.set_journey(tracking_number=second, kind="untendered")
    usps.pass_time(days=1)
    await usps.cancel(second)
    assert code_of(await usps.reprint(second)) == "160380"


async def test_reprints_end_with_the_mailing_date(usps: USPSClient) -> None:
    """By the sender's calendar; after 45 days nobody remembers the label."""
    number = (await usps.buy(domestic()))["trackingNumber"]
    usps.pass_time(hours=16)
    assert (await usps.reprint(number)).status_code == 200
    usps.pass_time(hours=1)  # midnight in Georgia
    assert code_of(await usps.reprint(number)) == "160381"
    usps.pass_time(days=45)
    assert code_of(await usps.reprint(number)) == "160378"


async def test_international_labels_are_reprinted_at_their_own_address(usps: USPSClient) -> None:
    """By number and by key."""
    key = new_key()
    number = (await usps.buy(international(), key))["internationalTrackingNumber"]
    path = "/international-labels/v3/international-label-reprint"
    by_number = await usps.paid("POST", f"{path}/{number}", {}, Accept=VENDOR)
    by_key = await usps.paid("POST", path, {}, Accept=VENDOR, X_Idempotency_Key=key)

    assert by_number.json()["labelMetadata"]["internationalTrackingNumber"] == number
    assert by_key.json()["reprintInfo"] == {"reprintNumber": 2, "reprintLimit": 3}
    assert code_of(await usps.reprint(number)) == "160378"


async def test_a_heavier_parcel_costs_the_difference(usps: USPSClient) -> None:
    """And a lighter one gets it back."""
    label = await usps.buy(domestic())
    number = label["trackingNumber"]
    heavier = await edit(usps, number, weight=5)
    price = Decimal(str(heavier.json()["postage"]))
    assert price > Decimal(str(label["postage"]))
    assert usps.simulator.spent()["net"] == {"USD": str(price)}
    await edit(usps, number, weight=1.25)
    assert usps.simulator.spent()["net"] == {"USD": str(Decimal(str(label["postage"])))}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"weight": 0.5}, "160248"),
        ({"weight": "5"}, "160252"),
        ({"weight": 0}, "160252"),
        ({"rateIndicator": "CP"}, "160249"),
        ({"length": 40}, "030011"),
        ({"rateIndicator": "FB"}, "030002"),
    ],
)
async def test_edits_that_change_too_much_are_refused(usps: USPSClient, changes: dict[str, object], code: str) -> None:
    """The label stays what it was."""
    label = await usps.buy(domestic())
    answer = await edit(usps, label["trackingNumber"], **changes)

    assert code_of(answer) == code
    assert usps.simulator.spent()["net"] == {"USD": str(Decimal(str(label["postage"])))}


async def test_only_live_labels_without_printed_postage_are_edited(usps: USPSClient) -> None:
    """Unknown, cancelled, printed with postage, manifested; and only weight, size and ingredients."""
    shown = (await usps.buy(put(domestic(), "imageInfo.suppressPostage", value=False)))["trackingNumber"]
    gone = (await usps.buy(domestic()))["trackingNumber"]
    kept = (await usps.buy(domestic()))["trackingNumber"]
    await usps.cancel(gone)
    assert code_of(await edit(usps, "1", weight=2)) == "160179"
    assert code_of(await edit(usps, gone, weight=2)) == "160178"
    assert code_of(await edit(usps, shown, weight=2)) == "160250"
    assert code_of(await edit(usps, kept, mailClass="PRIORITY_MAIL")) == "steps.oasvalidation.Failed"
    usps.pass_time(days=1)
    assert code_of(await edit(usps, kept, weight=2)) == "160178"
