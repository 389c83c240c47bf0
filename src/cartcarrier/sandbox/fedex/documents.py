"""The papers of a shipment: labels in FedEx's formats, invoices, and addresses from which they can be fetched for a day."""

import base64
from datetime import timedelta
from typing import Any, Final

from cartcarrier.sandbox import _labels as drawing
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex.account import World, age
from cartcarrier.sandbox.fedex.codes import SERVICES
from cartcarrier.sandbox.fedex.errors import NOT_FOUND, FedExError
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.lanes import Lane

URL_LIFE: Final = timedelta(hours=24)
PATH: Final = "/document/v2/document/retrieve"
MEDIA_TYPES: Final = {
    "PDF": "application/pdf",
    "PNG": "image/png",
    "ZPLII": "application/x-zpl",
    "EPL2": "application/x-epl",
}
_CONTENT_TYPES: Final = {"PRO_FORMA_INVOICE": "PROFORMA_INVOICE"}
_TITLES: Final = {
    "COMMERCIAL_INVOICE": "Commercial Invoice",
    "PRO_FORMA_INVOICE": "Proforma Invoice",
    "CERTIFICATE_OF_ORIGIN": "Certificate of Origin",
    "USMCA_CERTIFICATION_OF_ORIGIN": "USMCA Certification of Origin",
    "USMCA_COMMERCIAL_INVOICE_CERTIFICATION_OF_ORIGIN": "USMCA Commercial Invoice Certification of Origin",
    "RETURN_INSTRUCTIONS": "Return Instructions",
}


def label_bytes(shipment: Document, index: int) -> bytes:
    """Draw a package's label in the shipment's format."""
    return _draw(shipment, [index])


def _draw(shipment: Document, indices: list[int]) -> bytes:
    contents = [label_content(shipment, index) for index in indices]
    kind = shipment["label"]["kind"]
    if kind == "PDF":
        return drawing.pdf(contents)
    if kind == "PNG":
        return drawing.upright_png(contents[0])
    return drawing.zpl(contents[0]) if kind == "ZPLII" else drawing.epl(contents[0])


def piece_documents(shipment: Document, index: int, base_url: str) -> list[Node]:
    """Return the documents of a package, as a ship answer has them: the label, in bytes or by address."""
    label = shipment["label"]
    number = shipment["packages"][index]["tracking_number"]
    made: Node = {
        "contentType": "LABEL",
        "copiesToPrint": 1,
        "trackingNumber": number,
        "docType": "PDF" if label["kind"] == "PDF" else label["kind"],
    }
    if label["by_url"]:
        made["url"] = _url(base_url, shipment, f"L{index}")
    else:
        made["encodedLabel"] = _encode(label_bytes(shipment, index))
    return [made]


def shipment_documents(shipment: Document, base_url: str) -> list[Node]:
    """Return the documents of a shipment: the papers that were asked for, and everything in one, by address only."""
    made: list[Node] = []
    for position, kind in enumerate(shipment["documents"]):
        if kind not in _TITLES:
            continue
        entry: Node = {
            "contentType": _CONTENT_TYPES.get(kind, kind),
            "copiesToPrint": 3 if "INVOICE" in kind else 1,
            "trackingNumber": shipment["id"],
            "docType": "PDF",
        }
        if shipment["label"]["by_url"]:
            entry["url"] = _url(base_url, shipment, f"D{position}")
        else:
            entry["encodedLabel"] = _encode(paper(shipment, kind))
        made.append(entry)
    if merged := shipment["label"]["merged"]:
        made.append(
            {
                "contentType": "MERGED_LABELS_ONLY" if merged == "LABELS_ONLY" else "MERGED_LABEL_DOCUMENTS",
                "copiesToPrint": 1,
                "trackingNumber": shipment["id"],
                "docType": "PDF",
                "url": _url(base_url, shipment, "M"),
            }
        )
    return made


def retrieve(world: World, key: str) -> tuple[bytes, str]:
    """Return a document by its address's key, and its media type.

    Raises:
        FedExError: 404: there is none, or the address is older than a day.
    """
    shipment_key, _, part = key.removeprefix("SH,").rpartition("_")
    shipment = world.store.get("shipments", shipment_key)
    if shipment is None or age(shipment, world.now()) >= URL_LIFE:
        raise FedExError(NOT_FOUND, status=404)
    if part == "M":
        return drawing.pdf([label_content(shipment, index) for index in range(len(shipment["packages"]))]), MEDIA_TYPES[
            "PDF"
        ]
    position = int(part[1:]) if part[1:].isdigit() else -1
    if part.startswith("L") and 0 <= position < len(shipment["packages"]):
        return label_bytes(shipment, position), MEDIA_TYPES[shipment["label"]["kind"]]
    if part.startswith("D") and 0 <= position < len(shipment["documents"]):
        return paper(shipment, shipment["documents"][position]), MEDIA_TYPES["PDF"]
    raise FedExError(NOT_FOUND, status=404)


def paper(shipment: Document, kind: str) -> bytes:
    """Draw a paper that goes with a shipment."""
    customs = shipment["customs"]
    lines = [
        f"Number: {customs['invoice_number'] or shipment['id']}",
        f"Air waybill: {shipment['id']}",
        f"Shipper: {', '.join(_address_lines(shipment['shipper']))}",
        f"Receiver: {', '.join(_address_lines(shipment['destination']))}",
        f"Purpose: {customs['purpose']}   Terms: {customs['terms']}",
        *(
            f"{line['quantity']} {line['description']}, HS {line['code']}, made in {line['origin']}, {line['value']}"
            for line in customs["lines"]
        ),
        f"Total: {customs['total']} {customs['currency']}",
    ]
    return drawing.text_page_pdf(_TITLES[kind], lines)


def label_content(shipment: Document, index: int) -> drawing.LabelContent:
    """Return what stands on a package's label."""
    package = shipment["packages"][index]
    receiver = shipment["destination"]
    lane = Lane(origin=shipment["origin"]["country"], destination=receiver["country"])
    notes = [f"{package['signature']} SIGNATURE"] if package["signature"] else []
    references = [f"{_reference_name(each['type'])}: {each['value']}" for each in package["references"]]
    service = SERVICES[shipment["service"]]
    return drawing.LabelContent(
        carrier="FedEx Ground" if service.is_ground else "FedEx Express",
        service=service.name.removeprefix("FedEx "),
        tracking_number=package["tracking_number"],
        sender=_address_lines(shipment["origin"] if shipment["return_type"] else shipment["shipper"]),
        receiver=_address_lines(receiver),
        routing=_routing(receiver, lane),
        weight=f"{package['weight']} {package['weight_unit']}",
        piece=f"{package['sequence']} OF {max(shipment['expected'], len(shipment['packages']))}",
        references=tuple(dict.fromkeys(references))[:3],
        notes=(*notes, *shipment["notes"])[:2],
        billing=shipment["pay_type"],
    )


def _url(base_url: str, shipment: Document, part: str) -> str:
    return f"{base_url}{PATH}/SH,{shipment['key']}_{part}/isLabel=true&autoPrint=false"


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _reference_name(kind: str) -> str:
    return {"P_O_NUMBER": "PO", "INVOICE_NUMBER": "INV", "DEPARTMENT_NUMBER": "DEPT"}.get(kind, "REF")


def _routing(receiver: dict[str, Any], lane: Lane) -> str:
    code = receiver["postal_code"].replace(" ", "")[:5]
    return f"{code} {receiver['state']}".strip() if not lane.is_international else f"{receiver['country']} {code}"


def _address_lines(place: dict[str, Any]) -> tuple[str, ...]:
    attention = place["attention"] if place["attention"] != place["name"] else ""
    last = " ".join(part for part in (place["city"], place["state"], place["postal_code"]) if part)
    country = place["country"] if place["country"] != "US" else ""
    lines = (place["name"], attention, place["phone"], *place["lines"], last, country)
    return tuple(line.upper() for line in lines if line)
