"""Buying a label: what it costs, what comes back, what is remembered."""

import base64
import io
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from cartcarrier.sandbox import SQLiteStore
from cartcarrier.sandbox.ups.numbers import check_digit
from tests.sandbox.ups.samples import UPSClient, code_of, domestic, international, put, quote_request


def label(results: dict, index: int = 0) -> bytes:  # type: ignore[type-arg]  # plain JSON
    """Return the bytes of a package's label."""
    return base64.b64decode(results["PackageResults"][index]["ShippingLabel"]["GraphicImage"])


async def test_each_call_buys_a_label_and_spends_money(ups: UPSClient) -> None:
    """UPS has no idempotency: a client that repeats a call pays twice, and the chaos harness must see it."""
    first = await ups.buy(domestic())
    second = await ups.buy(domestic())

    numbers = {first["ShipmentIdentificationNumber"], second["ShipmentIdentificationNumber"]}
    assert len(numbers) == 2
    assert [entry["tracking_number"] for entry in ups.simulator.labels()] == [
        first["ShipmentIdentificationNumber"],
        second["ShipmentIdentificationNumber"],
    ]
    paid = Decimal(first["NegotiatedRateCharges"]["TotalCharge"]["MonetaryValue"])
    assert ups.simulator.spent()["bought"] == {"USD": str(paid * 2)}
    assert ups.simulator.duplicates() == {"cc-0001": sorted(numbers)}
    assert ups.simulator.counts()["labels"] == 2


async def test_a_purchase_costs_what_the_quote_said(ups: UPSClient) -> None:
    """A quote is worth nothing when the purchase costs something else."""
    for service in ("03", "02", "01", "93"):
        quoted = (await ups.rate(put(quote_request(), "Shipment.Service", {"Code": service}), "Rate")).json()
        rated = quoted["RateResponse"]["RatedShipment"][0]
        bought = await ups.buy(put(domestic(), "Shipment.Service.Code", service))

        assert bought["ShipmentCharges"]["TotalCharges"] == rated["TotalCharges"]
        assert bought["NegotiatedRateCharges"]["TotalCharge"] == rated["NegotiatedRateCharges"]["TotalCharge"]


async def test_every_package_has_a_number_of_its_own_with_a_valid_check_digit(ups: UPSClient) -> None:
    """A multi-piece shipment has one identification number, which is its first package's, and a 1Z for each piece."""
    body = domestic()
    packages = body["ShipmentRequest"]["Shipment"]["Package"]
    packages += [dict(packages[0]), dict(packages[0])]
    results = await ups.buy(body)

    numbers = [result["TrackingNumber"] for result in results["PackageResults"]]
    assert len(set(numbers)) == 3
    assert results["ShipmentIdentificationNumber"] == numbers[0]
    assert all(number.startswith("1ZC4RT01") and len(number) == 18 for number in numbers)
    assert all(int(number[-1]) == check_digit(number[2:-1]) for number in numbers)
    assert [b"3 OF 3" in label(results, index) for index in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    ("body", "digit"), [("AB12C3037654321", 1), ("5R8939035756712", 7), ("XX3150YW4407002", 3), ("8V92A7036720302", 4)]
)
def test_check_digits_are_those_of_published_numbers(body: str, digit: int) -> None:
    """The numbers are the worked example and the three published ones of the field guide, section 10."""
    assert check_digit(body) == digit


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
async def test_raster_labels_open_in_landscape(ups: UPSClient, kind: str) -> None:
    """UPS draws labels sideways; a printer helper that expects them upright prints them wrong."""
    results = await ups.buy(put(domestic(), "LabelSpecification.LabelImageFormat.Code", kind))

    with Image.open(io.BytesIO(label(results))) as image:
        assert (image.format, image.size) == (kind, (1400, 800))
    assert ("HTMLImage" in results["PackageResults"][0]["ShippingLabel"]) == (kind == "GIF")


async def test_thermal_labels_hold_the_number_in_a_barcode(ups: UPSClient) -> None:
    """What the scanner reads must be what the tracking number says."""
    zpl = await ups.buy(domestic())
    epl = await ups.buy(put(domestic(), "LabelSpecification.LabelImageFormat.Code", "EPL"))

    text = label(zpl).decode()
    assert text.startswith("^XA")
    assert text.rstrip().endswith("^XZ")
    assert f"^BCN,170,N,N,N,A^FD{zpl['ShipmentIdentificationNumber']}^FS" in text
    assert f',"{epl["ShipmentIdentificationNumber"]}"\nP1' in label(epl).decode()


async def test_an_international_shipment_comes_with_its_invoice(ups: UPSClient) -> None:
    """Customs papers come back as one PDF for the shipment."""
    results = await ups.buy(international())

    image = results["Form"]["Image"]
    text = PdfReader(io.BytesIO(base64.b64decode(image["GraphicImage"]))).pages[0].extract_text()
    assert image["ImageFormat"]["Code"] == "PDF"
    assert "INV-7" in text
    assert "Cotton shirt" in text
    assert results["ShipmentIdentificationNumber"] in text


async def test_a_declared_value_above_999_dollars_brings_a_report(ups: UPSClient) -> None:
    """The driver signs for it, so the merchant must print it."""
    value = {"DeclaredValue": {"CurrencyCode": "USD", "MonetaryValue": "999"}}
    low = await ups.buy(put(domestic(), "Shipment.Package.0.PackageServiceOptions", value))
    value["DeclaredValue"]["MonetaryValue"] = "999.01"
    high = await ups.buy(put(domestic(), "Shipment.Package.0.PackageServiceOptions", value))

    assert "ControlLogReceipt" not in low
    report = base64.b64decode(high["ControlLogReceipt"][0]["GraphicImage"]).decode()
    assert high["ShipmentIdentificationNumber"] in report


async def test_a_json_boolean_is_no_indicator(ups: UPSClient) -> None:
    """UPS drops it in silence and sells the label without the service (field guide, section 11-1)."""
    saturday = "Shipment.ShipmentServiceOptions.SaturdayDeliveryIndicator"
    codes = []
    for value in ("", "N", True, False):
        body = put(put(domestic(), "Shipment.Service.Code", "01"), saturday, value)
        charges = (await ups.buy(body))["ShipmentCharges"]["ItemizedCharges"]
        codes.append("300" in {charge["Code"] for charge in charges})

    assert codes == [True, True, False, False]


async def test_an_account_without_prices_of_its_own_is_warned(ups: UPSClient) -> None:
    """The warning comes with the label; the published price is the price then."""
    ups.simulator.set_switches(negotiated=False)
    answer = (await ups.ship(domestic())).json()["ShipmentResponse"]

    assert [alert["Code"] for alert in answer["Response"]["Alert"]] == ["120900"]
    assert "NegotiatedRateCharges" not in answer["ShipmentResults"]
    total = answer["ShipmentResults"]["ShipmentCharges"]["TotalCharges"]["MonetaryValue"]
    assert ups.simulator.spent()["bought"] == {"USD": total}


async def test_an_old_path_version_answers_with_a_bare_package(ups: UPSClient) -> None:
    """Below v2403 a lone element is an object (field guide, section 0-2)."""
    old = await ups.buy(domestic(), version="v1")
    new = await ups.buy(domestic(), version="v2403")

    assert isinstance(old["PackageResults"], dict)
    assert isinstance(new["PackageResults"], list)


async def test_the_number_says_when_a_signature_is_wanted(ups: UPSClient) -> None:
    """The two digits of a 1Z are not the rating code (field guide, section 10)."""
    confirmation = "Shipment.Package.0.PackageServiceOptions.DeliveryConfirmation"
    plain = await ups.buy(domestic())
    adult = await ups.buy(put(domestic(), confirmation, {"DCISType": "3"}))
    saver = await ups.buy(put(domestic(), "Shipment.Service.Code", "93"))

    numbers = [results["ShipmentIdentificationNumber"][8:10] for results in (plain, adult, saver)]
    assert numbers == ["03", "A8", "YW"]


async def test_labels_survive_the_process(make_client: Callable[..., UPSClient], tmp_path: Path) -> None:
    """A killed client is counted against the simulator, so the simulator must not forget."""
    path = tmp_path / "state.sqlite3"
    with closing(SQLiteStore(path)) as store:
        before = make_client(store=store)
        number = (await before.buy(domestic()))["ShipmentIdentificationNumber"]
        labels, counts = before.simulator.labels(), before.simulator.counts()
    with closing(SQLiteStore(path)) as store:
        after = make_client(store=store)
        after.token = before.token

        assert after.simulator.labels() == labels
        assert after.simulator.counts() == counts
        found = (await after.recover_reference("cc-0001")).json()
        assert found["LabelRecoveryResponse"]["ShipmentIdentificationNumber"] == number
        assert (await after.buy(domestic()))["ShipmentIdentificationNumber"] != number


async def test_nothing_is_bought_when_a_rule_is_broken(ups: UPSClient) -> None:
    """A refusal must not leave a label or a cent behind."""
    answer = await ups.ship(put(domestic(), "Shipment.Shipper.ShipperNumber", "WRONG1"))

    assert (answer.status_code, code_of(answer)) == (400, "120120")
    assert ups.simulator.labels() == []
    assert ups.simulator.spent()["bought"] == {}
