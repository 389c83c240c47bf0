"""The labels themselves, in each format that rates offer, and their numbers."""

import base64
from decimal import Decimal

from cartcarrier.sandbox import _labels
from cartcarrier.sandbox.amazon._tariff import Service, services_of
from cartcarrier.sandbox.amazon._world import Document


def package_view(shipment: Document, package: Document, order: Document | None, specification: Document) -> Document:
    """Show a package with its label, drawn in the format that is wanted."""
    content = _content(shipment, package, order)
    format_ = specification["format"]
    if format_ == "PDF":
        document = _labels.pdf([content])
    elif format_ == "PNG":
        document = _labels.upright_png(content)
    else:
        document = _labels.zpl(content)
    return {
        "packageClientReferenceId": package["reference"],
        "packageDocuments": [{"type": "LABEL", "format": format_, "contents": base64.b64encode(document).decode()}],
        "trackingId": package["tracking"],
    }


def _content(shipment: Document, package: Document, order: Document | None) -> _labels.LabelContent:
    service = next(each for each in services_of(shipment["business"]) if each.id == shipment["service"])
    receiver = shipment["request"].get("shipTo")
    if order is not None:
        address = order["address"]
        lines = _lines(
            address.get("name"),
            address.get("address_line1"),
            address.get("address_line2"),
            (address.get("city"), address.get("state_or_region"), address.get("postal_code")),
            address.get("country_code"),
        )
    else:
        lines = _address_lines(receiver or {})
    return _labels.LabelContent(
        carrier=service.carrier_name,
        service=service.name,
        tracking_number=package["tracking"],
        sender=_address_lines(shipment["request"]["shipFrom"]),
        receiver=lines,
        weight=f"{Decimal(package['kilograms']).quantize(Decimal('0.01'))} KG",
        references=tuple(each for each in (shipment["order"], package["reference"]) if each),
        billing="AMAZON",
    )


def _address_lines(address: Document) -> tuple[str, ...]:
    return _lines(
        address.get("name"),
        address.get("addressLine1"),
        address.get("addressLine2"),
        (address.get("city"), address.get("stateOrRegion"), address.get("postalCode")),
        address.get("countryCode"),
    )


def _lines(*parts: object) -> tuple[str, ...]:
    joined = [" ".join(str(each) for each in part if each) if isinstance(part, tuple) else part for part in parts]
    return tuple(str(part) for part in joined if part)


def tracking_number(service: Service, number: int) -> str:
    """Return the n-th tracking number, in the carrier's form."""
    if service.carrier_id == "UPS":
        return f"1ZSAMPLE03{number:08d}"
    if service.carrier_id == "USPS":
        return f"94055000{number:014d}"
    return f"7949{number:08d}" if service.carrier_id == "FEDEX" else f"TBA{400_000_000_000 + number}"
