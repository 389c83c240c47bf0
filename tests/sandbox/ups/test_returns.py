"""Returns: which label comes back, what is mailed, what is charged, who pays."""

import base64
from typing import Any

import pytest

from tests.sandbox.ups import desk_samples as desk
from tests.sandbox.ups.samples import UPSClient, code_of, domestic, put

OPTIONS = "Shipment.ShipmentServiceOptions"
PACKAGE = "Shipment.Package.0.PackageServiceOptions"
CHARGE = "Shipment.PaymentInformation.ShipmentCharge"
MAIL = {"EMailAddress": "j@example.com"}


@pytest.mark.parametrize(
    ("code", "charge", "has_label"),
    [("2", "260", False), ("3", "280", False), ("5", "290", False), ("9", "250", True), ("10", "250", True), ("11", "280", False)],
)  # fmt: skip
async def test_a_return_service_decides_on_label_and_charge(
    ups: UPSClient, code: str, charge: str, has_label: bool
) -> None:
    """Print labels come with the answer; of the others UPS brings or mails the label."""
    results = await ups.buy(desk.coming_back(code))

    assert ("ShippingLabel" in results["PackageResults"][0]) == has_label
    assert charge in {entry["Code"] for entry in results["ShipmentCharges"]["ItemizedCharges"]}
    assert "LabelURL" not in results


@pytest.mark.parametrize(("detail", "has_label"), [("1701", False), ("1707", True), ("2409", True)])
async def test_an_electronic_label_comes_back_too_from_1707(ups: UPSClient, detail: str, has_label: bool) -> None:
    """It is mailed in any case (field guide, section 4.9)."""
    body = put(desk.coming_back("8", EMail=MAIL), "Request.SubVersion", detail)
    results = await ups.buy(body)

    assert ("ShippingLabel" in results["PackageResults"][0]) == has_label
    number = results["ShipmentIdentificationNumber"]
    assert ups.simulator.emails() == [{"shipment_id": number, "to": "j@example.com", "return_code": "8"}]


async def test_links_to_label_and_receipt_come_when_asked_for(ups: UPSClient) -> None:
    """In place of a mail, or beside it."""
    results = await ups.buy(desk.coming_back("8", LabelLinksIndicator=""))

    assert results["ShipmentIdentificationNumber"] in results["LabelURL"]
    assert results["ReceiptURL"] != results["LabelURL"]
    assert ups.simulator.emails() == []


async def test_a_receipt_comes_when_asked_for(ups: UPSClient) -> None:
    """For who hands the parcel in."""
    plain = await ups.buy(desk.coming_back())
    body = put(desk.coming_back(), "ReceiptSpecification", {"ImageFormat": {"Code": "EPL"}})
    with_receipt = await ups.buy(body)

    assert "ShippingReceipt" not in plain["PackageResults"][0]
    assert with_receipt["PackageResults"][0]["ShippingReceipt"]["ImageFormat"]["Code"] == "HTML"


@pytest.mark.parametrize(
    ("code", "edits", "refusal"),
    [
        pytest.param("21", [], "10003", id="unknown service"),
        pytest.param("8", [], "10002", id="electronic label to nobody"),
        pytest.param(
            "8", [(f"{OPTIONS}.LabelDelivery", {"EMail": {"EMailAddress": "nobody"}})], "10003", id="to no address"
        ),
        pytest.param(
            "8",
            [(f"{OPTIONS}.LabelDelivery", {"EMail": {"EMailAddress": f"{'j' * 40}@example.com"}})],
            "10003",
            id="address too long",
        ),
        pytest.param("9", [(f"{PACKAGE}.ShipperReleaseIndicator", "")], "10003", id="released"),
        pytest.param(
            "9",
            [(f"{PACKAGE}.COD", {"CODFundsCode": "0", "CODAmount": {"CurrencyCode": "USD", "MonetaryValue": "5"}})],
            "10003",
            id="money on delivery",
        ),
        pytest.param("9", [("Shipment.Service.Code", "59")], "121210", id="service without returns"),
        pytest.param("9", [("Shipment.ShipFrom", ...)], "10002", id="from nowhere"),
    ],
)
async def test_a_return_that_breaks_a_rule_is_refused(
    ups: UPSClient, code: str, edits: list[tuple[str, Any]], refusal: str
) -> None:
    """Nothing is bought, and nothing is mailed."""
    body = desk.coming_back(code)
    for path, value in edits:
        put(body, path, value)

    assert code_of(await ups.ship(body)) == refusal
    assert ups.simulator.labels() == []
    assert ups.simulator.emails() == []


async def test_a_return_may_be_voided_for_a_day(ups: UPSClient) -> None:
    """Shipping platforms document 24 hours for returns (field guide, section 5)."""
    numbers = []
    for _ in range(2):
        numbers.append((await ups.buy(desk.coming_back()))["ShipmentIdentificationNumber"])
        ups.simulator.set_journey(tracking_number=numbers[-1], kind="untendered")
    ups.clock.advance(86400)
    ups.token = ""
    in_time = await ups.void(numbers[0])
    ups.clock.advance(1)

    assert in_time.status_code == 200
    assert code_of(await ups.void(numbers[1])) == "190104"


@pytest.mark.parametrize(("code", "answer"), [("2", "300002"), ("3", "300032"), ("5", "300032"), ("8", ""), ("9", "")])
async def test_labels_that_the_shipper_prints_are_recovered(ups: UPSClient, code: str, answer: str) -> None:
    """Forward shipments, print and electronic labels (field guide, section 9)."""
    body = desk.coming_back(code, EMail=MAIL) if code == "8" else desk.coming_back(code)
    number = (await ups.buy(body))["ShipmentIdentificationNumber"]
    found = await ups.recover(TrackingNumber=number)

    assert (found.status_code == 200) == (not answer), found.text
    if answer:
        assert code_of(found) == answer


# --- who pays -----------------------------------------------------------------------------------------------------------


def payer(kind: str, number: str, code: str, country: str = "US") -> dict[str, Any]:
    """Return a charge of transportation to a payer."""
    address = {"PostalCode": code} if kind == "BillReceiver" else {"PostalCode": code, "CountryCode": country}
    return {"Type": "01", kind: {"AccountNumber": number, "Address": address}}


@pytest.mark.parametrize(
    ("charge", "code"),
    [
        pytest.param(payer("BillReceiver", "R3CV01", "80013"), "120437", id="receiver's postal code"),
        pytest.param(payer("BillReceiver", "XXXXXX", "80012"), "120415", id="receiver's account"),
        pytest.param(payer("BillThirdParty", "T1R2D3", "10002"), "120437", id="third party's postal code"),
        pytest.param(payer("BillThirdParty", "T1R2D3", "10001", "CA"), "120437", id="third party's country"),
        pytest.param(payer("BillThirdParty", "XXXXXX", "10001"), "120415", id="third party's account"),
        pytest.param(payer("BillThirdParty", "N0B1LL", "10001"), "120413", id="payer who has not agreed"),
        pytest.param({"Type": "01", "BillShipper": {"AccountNumber": "R3CV01"}}, "120413", id="another shipper"),
        pytest.param({"Type": "01", "BillReceiver": {"Address": {"PostalCode": "80012"}}}, "10002", id="no account"),
    ],
)
async def test_a_payer_who_cannot_be_billed_is_refused(ups: UPSClient, charge: dict[str, Any], code: str) -> None:
    """The postal code is the one that UPS has on file (field guide, section 4.3)."""
    assert code_of(await ups.ship(put(domestic(), CHARGE, [charge]))) == code
    assert ups.simulator.labels() == []


@pytest.mark.parametrize(
    ("charge", "words"),
    [
        pytest.param(payer("BillReceiver", "R3CV01", "80012-1109"), b"F/C", id="receiver"),
        pytest.param(payer("BillThirdParty", "T1R2D3", "10001"), b"3RD PARTY", id="third party"),
    ],
)
async def test_the_label_says_who_pays(ups: UPSClient, charge: dict[str, Any], words: bytes) -> None:
    """The nine digits of a postal code are as good as its five."""
    results = await ups.buy(put(domestic(), CHARGE, [charge]))

    assert words in base64.b64decode(results["PackageResults"][0]["ShippingLabel"]["GraphicImage"])


async def test_a_charge_is_named_once(ups: UPSClient) -> None:
    """Two payers of one charge would be two opinions."""
    charges = [payer("BillThirdParty", "T1R2D3", "10001"), {"Type": "01", "BillShipper": {"AccountNumber": "C4RT01"}}]

    assert code_of(await ups.ship(put(domestic(), CHARGE, charges))) == "10003"
