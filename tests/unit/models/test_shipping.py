"""Parcels, requests and labels refuse what cannot be shipped, before anything is sent."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import cartcarrier as cc

HERE = cc.Address(name="Desk", street1="1 Dock Rd", city="Reno", country_code="US")
POUND = cc.Weight(value=Decimal(1), unit=cc.WeightUnit.POUND)


def parcel(**changes: object) -> cc.Parcel:
    return cc.Parcel(**{"weight": POUND, **changes})  # type: ignore[arg-type]  # a factory


def request(*parcels: cc.Parcel) -> cc.ShipmentRequest:
    return cc.ShipmentRequest(ship_from=HERE, ship_to=HERE, parcels=parcels)


def insured(currency: str) -> cc.Parcel:
    return parcel(insured_value=cc.Money(amount=Decimal(5), currency=currency))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: parcel(weight=None), "Parcel.weight"),
        (lambda: parcel(weight=cc.Weight(value=Decimal(0), unit=cc.WeightUnit.GRAM)), "Parcel.weight"),
        (lambda: parcel(weight=3), "Parcel.weight"),
        (lambda: request(), "ShipmentRequest.parcels"),
        (lambda: request(insured("USD"), insured("EUR")), "ShipmentRequest.parcels"),
        (lambda: cc.ParcelItem(title="Mug", quantity=0), "ParcelItem.quantity"),
        (lambda: cc.ParcelItem(title="", quantity=1), "ParcelItem.title"),
        (lambda: cc.ShipmentOptions(label_formats=()), "ShipmentOptions.label_formats"),
    ],
    ids=["no weight", "zero weight", "bare number", "no parcels", "currency mix", "no pieces", "no title", "no format"],
)
def test_wrong_value_names_its_field(make: Callable[[], object], field: str) -> None:
    """What is wrong is said before it costs money."""
    with pytest.raises(cc.InvalidValueError) as caught:
        make()
    assert caught.value.field == field


def test_label_is_saved_under_its_content(tmp_path: Path) -> None:
    """Saving the same label twice leaves one file; two labels leave two."""
    label = cc.Label(format=cc.LabelFormat.ZPL, data=b"^XA^XZ")
    first, again = label.save(tmp_path), label.save(tmp_path)
    other = cc.Label(format=cc.LabelFormat.ZPL, data=b"^XA1^XZ").save(tmp_path)
    assert first == again != other
    assert first.suffix == ".zpl"
    assert first.read_bytes() == b"^XA^XZ"
    named = label.save(tmp_path / "mine.zpl")
    assert named == tmp_path / "mine.zpl"


def test_label_and_step_show_no_bytes() -> None:
    """A label shows an address."""
    step = cc.PurchaseStep(index=0, parcels=(0,), reference="cc-1", body=b"Canary")
    assert "Canary" not in repr(cc.Label(format=cc.LabelFormat.GIF, data=b"Canary")) + repr(step)


def test_shipment_survives_plain_json() -> None:
    """The ledger keeps shipments so; a label that changed would not scan."""
    from datetime import UTC, datetime

    shipment = cc.Shipment(
        carrier="acme:default",
        id="S1",
        service=cc.Service(code="03", name="Ground"),
        tracking_number="A1",
        parcels=(
            cc.ShippedParcel(tracking_number="A1", label=cc.Label(format=cc.LabelFormat.GIF, data=b"\x00\xffGIF")),
        ),
        total=cc.Money(amount=Decimal("9.90"), currency="USD"),
        created_at=datetime(2026, 11, 24, tzinfo=UTC),
        reference="cc-1",
    )
    assert cc.from_plain(cc.Shipment, cc.to_plain(shipment)) == shipment


def test_void_result_says_it_by_parcel() -> None:
    """A void may succeed in part."""
    result = cc.VoidResult(
        status=cc.VoidStatus.REFUSED, parcels={"A1": cc.VoidStatus.VOIDED, "A2": cc.VoidStatus.REFUSED}
    )
    assert cc.from_plain(cc.VoidResult, cc.to_plain(result)) == result
