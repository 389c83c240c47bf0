"""Buying labels: once per key, what they cost, what comes back, what is remembered."""

import base64
import io
import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes
from pathlib import Path

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader

from cartcarrier.sandbox import SQLiteStore
from cartcarrier.sandbox.usps.numbers import impb_check_digit, make_s10, s10_check_digit
from tests.sandbox.usps.samples import (
    VENDOR,
    Json,
    USPSClient,
    base_rate_request,
    code_of,
    domestic,
    international,
    new_key,
    put,
    returning,
)


def charged(label: Json) -> Decimal:
    """Return what a label costs: postage, services and fees."""
    extras = [Decimal(str(part["price"])) for part in (*label["extraServices"], *label["fees"])]
    return Decimal(str(label["postage"])) + sum(extras, Decimal(0))


async def test_a_key_buys_once_however_often_it_comes(usps: USPSClient) -> None:
    """The one carrier with real idempotency: the repeat gives the first answer, and costs nothing."""
    key = new_key()
    first = await usps.buy(domestic(), key)
    usps.pass_time(hours=9)  # other tokens, same key
    second = await usps.buy(domestic(), key)

    assert second == first
    assert usps.simulator.spent()["bought"] == {"USD": str(charged(first))}
    assert usps.simulator.purchases() == [{"key": key, "numbers": [first["trackingNumber"]], "repeats": 1}]
    assert usps.simulator.counts()["labels"] == 1


async def test_the_order_of_members_does_not_matter_to_a_key(usps: USPSClient) -> None:
    """Identical payload means identical content."""
    key = new_key()
    first = await usps.buy(domestic(), key)
    turned = dict(reversed(domestic().items()))

    assert await usps.buy(turned, key) == first


async def test_a_key_with_another_payload_is_refused(usps: USPSClient) -> None:
    """The description does not say what happens; a client that does it has a bug, and must hear of it."""
    key = new_key()
    await usps.buy(domestic(), key)
    answer = await usps.ship(put(domestic(), "packageDescription.weight", 2), key)

    assert answer.status_code == 400
    assert "X-Idempotency-Key" in answer.text
    assert len(usps.simulator.labels()) == 1


async def test_a_key_is_not_shared_between_kinds_of_label(usps: USPSClient) -> None:
    """Keys are unique over all label calls of a company."""
    key = new_key()
    await usps.buy(domestic(), key)
    assert (await usps.ship(international(), key)).status_code == 400


async def test_without_a_key_each_call_buys_a_label(usps: USPSClient) -> None:
    """Then a repeat pays twice, and the chaos harness must see it."""
    numbers = [(await usps.buy(domestic()))["trackingNumber"] for _ in range(2)]

    assert usps.simulator.duplicates() == {"cc-0001": numbers}
    assert [label["tracking_number"] for label in usps.simulator.labels()] == numbers
    assert usps.simulator.counts()["labels"] == 2


async def test_a_key_protects_for_a_day_only(usps: USPSClient) -> None:
    """How long is not documented: a client that trusts it longer pays twice."""
    key = new_key()
    body = put(domestic(), "packageDescription.mailingDate", "2026-01-07")
    first = await usps.buy(body, key)
    usps.pass_time(hours=23)
    assert (await usps.buy(body, key))["trackingNumber"] == first["trackingNumber"]
    usps.pass_time(hours=1)
    again = await usps.buy(body, key)

    assert again["trackingNumber"] != first["trackingNumber"]
    assert usps.simulator.purchases()[0]["numbers"] == [first["trackingNumber"], again["trackingNumber"]]


async def test_a_key_that_is_no_uuid_is_refused_by_the_gateway(usps: USPSClient) -> None:
    """Only UUIDs will do."""
    answer = await usps.ship(domestic(), "order-1001")
    assert answer.status_code == 400
    assert "OASValidation" in answer.text


async def test_a_repeat_after_a_cancellation_is_no_label(usps: USPSClient) -> None:
    """A picture of a cancelled label would be printed and stuck on."""
    key = new_key()
    number = (await usps.buy(domestic(), key))["trackingNumber"]
    await usps.cancel(number)
    assert code_of(await usps.ship(domestic(), key)) == "160186"


async def test_a_lost_answer_is_found_again_by_its_key(usps: USPSClient) -> None:
    """The whole point of the key: the connection broke after the label was bought."""
    await usps.authorize()
    key = new_key()
    usps.simulator.add_fault(operation="ship", kind="drop_after")
    with pytest.raises(httpx.ReadError):
        await usps.ship(domestic(), key)
    (bought,) = usps.simulator.labels()

    assert (await usps.buy(domestic(), key))["trackingNumber"] == bought["tracking_number"]
    assert usps.simulator.spent()["bought"].keys() == {"USD"}
    assert usps.simulator.counts()["labels"] == 1


async def test_a_refused_purchase_leaves_the_key_free(usps: USPSClient) -> None:
    """Otherwise a corrected request could never be sent under it."""
    key = new_key()
    assert (await usps.ship(put(domestic(), "toAddress.ZIPCode", "10018"), key)).status_code == 400
    assert usps.simulator.spent()["bought"] == {}
    await usps.buy(domestic(), key)


async def test_a_purchase_costs_what_the_exact_price_said(usps: USPSClient) -> None:
    """The ingredients of the quote, handed on, give the quote's price."""
    for mail_class, indicator in (
        ("USPS_GROUND_ADVANTAGE", "SP"),
        ("PRIORITY_MAIL", "FB"),
        ("PRIORITY_MAIL_EXPRESS", "PA"),
    ):
        body = put(base_rate_request(), "mailClass", mail_class) | {"rateIndicator": indicator}
        quoted = (await usps.call("POST", "/prices/v3/base-rates/search", body)).json()
        wanted = put(domestic(), "packageDescription.mailClass", mail_class)
        bought = await usps.buy(put(wanted, "packageDescription.rateIndicator", indicator))

        assert bought["postage"] == quoted["totalBasePrice"]
        assert bought["SKU"] == quoted["rates"][0]["SKU"]


async def test_a_rate_holder_buys_at_contract_prices(usps: USPSClient) -> None:
    """The role in the payment token decides, not the label request."""
    plain = await usps.buy(domestic())
    await usps.authorize([*usps.roles(), usps.roles()[0] | {"roleName": "RATE_HOLDER"}])
    cheaper = await usps.buy(domestic())
    usps.simulator.set_switches(contract=False)
    without = await usps.buy(domestic())

    assert cheaper["postage"] < plain["postage"] == without["postage"]


async def test_money_runs_out(usps: USPSClient) -> None:
    """The refusal comes at the purchase, and leaves nothing behind."""
    price = charged(await usps.buy(domestic()))
    usps.simulator.set_funds(amount=str(price * 2 - Decimal("0.01")))
    await usps.buy(domestic())
    refused = await usps.ship(domestic())

    assert code_of(refused) == "100007"
    assert len(usps.simulator.labels()) == 2


async def test_insurance_above_500_becomes_another_service(usps: USPSClient) -> None:
    """USPS turns 930 into 931 by itself."""
    body = put(domestic(), "packageDescription.extraServices", [930])
    low = await usps.buy(put(body, "packageDescription.packageOptions", {"packageValue": 500}))
    high = await usps.buy(put(body, "packageDescription.packageOptions", {"packageValue": 500.01}))

    assert "<= $500" in low["extraServices"][1]["name"]
    assert "> $500" in high["extraServices"][1]["name"]
    assert charged(high) > charged(low) > Decimal(str(low["postage"]))


async def test_numbers_have_valid_check_digits(usps: USPSClient) -> None:
    """22 digits at home, 13 characters abroad, with the account's own mailer id."""
    at_home = (await usps.buy(domestic()))["trackingNumber"]
    abroad = (await usps.buy(international()))["internationalTrackingNumber"]

    assert len(at_home) == 22
    assert at_home.startswith("92")
    assert "900123456" in at_home
    assert int(at_home[-1]) == impb_check_digit(at_home[:-1])
    assert (abroad[:2].isalpha(), abroad[-2:]) == (True, "US")
    assert int(abroad[10]) == s10_check_digit(abroad[2:10])


@pytest.mark.parametrize(
    ("number", "check"),
    [
        ("940010000000000012345", 3),
        ("940011120620640626078", 7),
        ("936128987870031763379", 5),
        ("950551106960504860062", 4),
    ],
)
def test_impb_check_digits_are_those_of_published_numbers(number: str, check: int) -> None:
    """The worked example and three published numbers of the field guide, section 10."""
    assert impb_check_digit(number) == check


@pytest.mark.parametrize(("digits", "check"), [("12345678", 5), ("47312482", 9), ("10000014", 0), ("10000002", 5)])
def test_s10_check_digits_are_those_of_the_worked_examples(digits: str, check: int) -> None:
    """With both of the remainders that are exceptions."""
    assert s10_check_digit(digits) == check
    assert make_s10("CP", 0).startswith("CP10000000")


def image_of(label: Json) -> bytes:
    """Return the bytes of a label's picture."""
    return base64.b64decode(label["labelImage"])


@pytest.mark.parametrize(("kind", "format_"), [("PNG", "PNG"), ("GIF", "GIF"), ("JPG", "JPEG"), ("TIFF", "TIFF")])
async def test_pictures_open(usps: USPSClient, kind: str, format_: str) -> None:
    """Upright, 4 by 6 inches."""
    picture = Image.open(io.BytesIO(image_of(await usps.buy(put(domestic(), "imageInfo.imageType", kind)))))

    assert picture.format == format_
    assert picture.width * 6 == picture.height * 4


async def test_papers_and_thermal_labels_say_sample(usps: USPSClient) -> None:
    """Nobody shall take them for real."""
    number = {}
    for kind in ("PDF", "SVG", "ZPL203DPI", "ZPL300DPI", "EPL300DPI"):
        label = await usps.buy(put(domestic(), "imageInfo.imageType", kind))
        number[kind] = label["trackingNumber"]
        data = image_of(label)
        text = PdfReader(io.BytesIO(data)).pages[0].extract_text() if kind == "PDF" else data.decode()
        assert "SAMPLE" in text
        if kind in {"PDF", "ZPL203DPI"}:
            assert "cc-0001" in text
    assert len(set(number.values())) == 5


async def test_receipts_go_where_they_were_asked_for(usps: USPSClient) -> None:
    """On the same page by default: a letter page, which is what surprises people."""
    body = put(domestic(), "imageInfo.imageType", "PNG")
    same = await usps.buy(put(body, "imageInfo.receiptOption", ...))
    apart = await usps.buy(put(body, "imageInfo.receiptOption", "SEPARATE_PAGE"))
    alone = await usps.buy(put(body, "imageInfo.receiptOption", "NONE"))

    letter = Image.open(io.BytesIO(image_of(same)))
    assert letter.width * 11 == letter.height * 8.5
    assert Image.open(io.BytesIO(base64.b64decode(apart["receiptImage"]))).format == "PNG"
    assert "receiptImage" not in same
    assert "receiptImage" not in alone
    thermal = await usps.buy(put(domestic(), "imageInfo.receiptOption", "SEPARATE_PAGE"))
    assert "receiptImage" not in thermal
    assert image_of(thermal).count(b"^XA") == 2


async def test_labels_that_usps_prints_come_without_a_picture(usps: USPSClient) -> None:
    """NONE, and Label Delivery; Label Broker gives a code for the post office."""
    none = await usps.buy(put(domestic(), "imageInfo.imageType", "NONE"))
    delivered = await usps.buy(put(domestic(), "packageDescription.extraServices", [415]))
    broker = await usps.buy(put(domestic(), "imageInfo.imageType", "LABEL_BROKER"))

    assert "labelImage" not in none
    assert "labelImage" not in delivered
    assert "labelImage" not in broker
    assert broker["labelBrokerID"]
    assert Image.open(io.BytesIO(base64.b64decode(broker["labelBrokerQR"]))).format == "PNG"


async def test_answers_are_forms_of_several_parts_by_default(usps: USPSClient) -> None:
    """The vendor's media type gives flat JSON; without it the pictures are base64 parts of a form, whatever they claim."""
    key = new_key()
    flat = await usps.ship(domestic(), key)
    form = await usps.ship(domestic(), key, accept="*/*")

    assert flat.headers["content-type"] == VENDOR
    assert form.headers["content-type"].startswith("multipart/form-data; boundary=")
    message = message_from_bytes(f"Content-Type: {form.headers['content-type']}\r\n\r\n".encode() + form.content)
    parts = {part.get_param("name", header="content-disposition"): part.get_payload() for part in message.get_payload()}  # type: ignore[union-attr]  # a list of messages
    metadata = {name: value for name, value in flat.json().items() if name != "labelImage"}
    assert json.loads(str(parts["labelMetadata"])) == metadata
    assert base64.b64decode(str(parts["labelImage"])) == image_of(flat.json())


async def test_a_return_label_costs_nothing_until_it_is_used(usps: USPSClient) -> None:
    """Postage is charged when it is scanned, and only then."""
    answer = await usps.ship(returning(), path="/labels/v3/return-label")
    label = answer.json()
    usps.pass_time(days=3)
    assert usps.simulator.spent()["bought"] == {}
    usps.simulator.set_journey(tracking_number=label["trackingNumber"], kind="normal")

    assert usps.simulator.spent()["bought"] == {"USD": str(charged(label))}
    assert usps.simulator.spent()["bought"] == {"USD": str(charged(label))}


async def test_a_return_label_comes_along_when_asked_for(usps: USPSClient) -> None:
    """It needs the sender's ZIP+4, and turns the addresses round."""
    body = put(put(domestic(), "imageInfo.returnLabel", value=True), "fromAddress.ZIPPlus4", "3211")
    label = await usps.buy(body)
    assert label["returnLabel"]["trackingNumber"] != label["trackingNumber"]
    assert label["returnLabel"]["labelAddress"]["ZIPCode"] == "30005"
    assert b"ALPHARETTA" in base64.b64decode(label["returnLabel"]["returnLabelImage"])
    assert usps.simulator.spent()["bought"] == {"USD": str(charged(label))}


async def test_purchases_outlive_the_simulator(make_client: Callable[..., USPSClient], tmp_path: Path) -> None:
    """A killed server knows its keys, labels and money when it is back."""
    path, key = tmp_path / "state", new_key()
    with closing(SQLiteStore(path)) as store:
        first = await make_client(store=store).buy(domestic(), key)
    with closing(SQLiteStore(path)) as store:
        again = make_client(store=store)
        assert await again.buy(domestic(), key) == first
        assert again.simulator.spent()["bought"] == {"USD": str(charged(first))}
        assert again.simulator.counts()["labels"] == 1


async def test_success_may_be_200_or_201(usps: USPSClient) -> None:
    """The older description said 201: a client must take either."""
    assert (await usps.ship(domestic())).status_code == 200
    usps.simulator.set_switches(status_created=True)
    assert (await usps.ship(domestic())).status_code == 201


async def test_a_forgotten_day_is_told(usps: USPSClient) -> None:
    """The mailing date is the sender's calendar: in Georgia it is still Monday."""
    usps.clock.advance(timedelta(hours=16, minutes=59).total_seconds())  # Tuesday 04:59 UTC
    assert (await usps.ship(domestic())).status_code == 200
    usps.pass_time(minutes=1)
    assert code_of(await usps.ship(domestic())) == "160001"
