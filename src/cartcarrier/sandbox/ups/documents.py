"""The papers of a shipment: labels in UPS's formats, the invoice, the report of a high value."""

import base64
from typing import Any

import attrs

from cartcarrier.sandbox import _labels as drawing
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.codes import SERVICE_NAMES
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.tariff import PricedShipment

_DRAW = {
    "GIF": drawing.gif,
    "PNG": drawing.png,
    "ZPL": drawing.zpl,
    "EPL": drawing.epl,
    "SPL": drawing.spl,
}
SHIP_FORMATS = frozenset(_DRAW)
RECOVERY_FORMATS = frozenset({"GIF", "PDF", "ZPL", "EPL", "SPL"})


def place_document(shipment: Node, name: str) -> Document:
    """Return what is kept of a party: what its label and its parcel's journey need."""
    party = fields.child(shipment, name)
    address = fields.child(party, "Address")
    return {
        "name": fields.text(party, "Name"),
        "attention": fields.text(party, "AttentionName"),
        "phone": fields.text(party, "Phone.Number"),
        "lines": [line for line in fields.items(address, "AddressLine") if isinstance(line, str)],
        "city": fields.text(address, "City"),
        "state": fields.text(address, "StateProvinceCode"),
        "postal_code": fields.text(address, "PostalCode"),
        "country": fields.text(address, "CountryCode"),
        "residential": fields.is_on(address, "ResidentialAddressIndicator"),
    }


def invoice_document(shipment: Node) -> Document:
    """Return what is kept of the international forms: the lines of the invoice."""
    forms = fields.child(shipment, "ShipmentServiceOptions.InternationalForms")
    products = []
    for product in fields.objects(forms, "Product"):
        description = " ".join(str(line) for line in fields.items(product, "Description"))
        unit = fields.child(product, "Unit")
        products.append(
            f"{fields.text(unit, 'Number')} x {description}, {fields.text(unit, 'Value')} {fields.text(forms, 'CurrencyCode')}"
            f" each, HS {fields.text(product, 'CommodityCode')}, made in {fields.text(product, 'OriginCountryCode')}"
        )
    return {
        "number": fields.text(forms, "InvoiceNumber"),
        "date": fields.text(forms, "InvoiceDate"),
        "reason": fields.text(forms, "ReasonForExport"),
        "terms": fields.text(forms, "TermsOfShipment"),
        "products": products,
    }


def one_package(priced: PricedShipment, index: int) -> PricedShipment:
    """Return a shipment of one of the packages, without what is charged once for all of them."""
    return attrs.evolve(
        priced, packages=(priced.packages[index],), saturday=False, signature="", duties_prepaid=False, return_code=""
    )


def label_image(shipment: Document, index: int, label_format: str) -> str:
    """Return a package's label, encoded in base64."""
    return base64.b64encode(_DRAW[label_format](label_content(shipment, index))).decode()


def labels_pdf(shipment: Document) -> str:
    """Return all labels of a shipment as one PDF, encoded in base64."""
    contents = [label_content(shipment, index) for index in range(len(shipment["packages"]))]
    return base64.b64encode(drawing.pdf(contents)).decode()


def label_page(shipment: Document, index: int) -> str:
    """Return the page of HTML that shows a GIF label, encoded in base64."""
    number = shipment["packages"][index]["tracking_number"]
    page = (
        "<!DOCTYPE html><html><head><title>View/Print Label</title></head><body>"
        f'<p>SAMPLE</p><img src="./label{number}.gif" height="392" width="651"></body></html>'
    )
    return base64.b64encode(page.encode()).decode()


def form_image(shipment: Document) -> Node:
    """Return the ``Image`` of the international forms: a PDF."""
    invoice = shipment["invoice"]
    lines = [
        f"Invoice number: {invoice['number']}   Date: {invoice['date']}",
        f"Tracking number: {shipment['id']}",
        f"Terms: {invoice['terms']}   Reason: {invoice['reason']}",
        "",
        "From: " + ", ".join(_address_lines(shipment["shipper"])),
        "To: " + ", ".join(_address_lines(shipment["destination"])),
        "",
        *invoice["products"],
    ]
    page = drawing.text_page_pdf("Commercial invoice", lines)
    return {"ImageFormat": {"Code": "PDF", "Description": "PDF"}, "GraphicImage": base64.b64encode(page).decode()}


def high_value_report(shipment: Document) -> bytes:
    """Return the report that the driver signs for a package of more than 999 dollars: a page of HTML."""
    rows = "".join(
        f"<tr><td>{package['tracking_number']}</td><td>{package['declared_value']} USD</td></tr>"
        for package in shipment["packages"]
    )
    return (
        "<!DOCTYPE html><html><head><title>High Value Report</title></head><body><h1>UPS High Value Report (SAMPLE)</h1>"
        f"<table>{rows}</table><p>Driver's signature: ____________</p></body></html>"
    ).encode()


def drop_off_receipt(shipment: Document, index: int) -> bytes:
    """Return the receipt for who hands a return in: a page of HTML."""
    number = shipment["packages"][index]["tracking_number"]
    return (
        "<!DOCTYPE html><html><head><title>Receipt</title></head><body><h1>Drop-off receipt (SAMPLE)</h1>"
        f"<p>Tracking number: {number}</p></body></html>"
    ).encode()


def dangerous_goods_paper(shipment: Document, request: Node) -> bytes:
    """Return the shipping paper of regulated goods: a PDF."""
    lines = [f"Tracking number: {shipment['id']}", f"Signed by: {fields.text(request, 'DGSignatoryInfo.Name')}", ""]
    for package in fields.objects(request, "Package"):
        for goods in fields.objects(package, "PackageServiceOptions.HazMat"):
            lines.append(  # noqa: PERF401 - two loops read better than a nested comprehension
                f"{fields.text(goods, 'IDNumber')} {fields.text(goods, 'ProperShippingName')}, class"
                f" {fields.text(goods, 'ClassDivisionNumber')}, {fields.text(goods, 'Quantity')} {fields.text(goods, 'UOM')}"
            )
    return drawing.text_page_pdf("Dangerous goods shipping paper", lines)


def label_content(shipment: Document, index: int) -> drawing.LabelContent:
    """Return what stands on a package's label."""
    package = shipment["packages"][index]
    receiver, sender = (
        shipment["destination"],
        shipment["shipper"] if not shipment["return_code"] else shipment["origin"],
    )
    notes = {"signature": "SIGNATURE REQUIRED", "adult": "ADULT SIGNATURE"}.get(package["signature"], "")
    references = [f"{_reference_name(reference['code'])}: {reference['value']}" for reference in shipment["references"]]
    return drawing.LabelContent(
        carrier="UPS",
        service=SERVICE_NAMES.get(shipment["service"], f"UPS {shipment['service']}"),
        tracking_number=package["tracking_number"],
        sender=_address_lines(sender),
        receiver=_address_lines(receiver),
        routing=_routing(receiver, shipment["service"]),
        weight=f"{package['weight_lbs']} LBS",
        piece=f"{index + 1} OF {len(shipment['packages'])}",
        references=tuple(dict.fromkeys(references))[:3],
        notes=tuple(note for note in (notes, *_notes(shipment)) if note),
        billing=shipment["billing"],
    )


def _notes(shipment: Document) -> tuple[str, ...]:
    return (
        "SATURDAY" if shipment["saturday"] else "",
        "RETURN SERVICE" if shipment["return_code"] else "",
        f"HOLD AT ACCESS POINT {shipment['access_point']}" if shipment.get("access_point") else "",
        "DRY ICE UN1845" if shipment.get("dry_ice") else "",
    )


def _reference_name(code: str) -> str:
    return "TRX REF NO." if code == "TN" else f"REF {code}".strip()


def _routing(receiver: dict[str, Any], service: str) -> str:
    code = receiver["postal_code"].replace(" ", "").upper()
    if receiver["country"] == "US":
        return f"{receiver['state']} {code[:3]} {int(code[3:5]) % 10}-{service}"
    return f"{receiver['country']} {code[:4]} {service}".strip()


def _address_lines(place: dict[str, Any]) -> tuple[str, ...]:
    attention = place["attention"] if place["attention"] != place["name"] else ""
    last = " ".join(part for part in (place["city"], place["state"], place["postal_code"]) if part)
    country = place["country"] if place["country"] != "US" else ""
    lines = (place["name"], attention, place["phone"], *place["lines"], last, country)
    return tuple(line.upper() for line in lines if line)
