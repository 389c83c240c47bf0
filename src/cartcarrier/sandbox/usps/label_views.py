"""How a label is answered: metadata, pictures, receipts, in the form that the caller accepts (field guide usps.md §4.4)."""

from datetime import datetime, time
from decimal import Decimal

import attrs

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps import documents
from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import VENDOR_JSON, Answer, Node, Part, write_parts


@attrs.frozen(kw_only=True)
class Call:
    """What a label call brings beside its body.

    Attributes:
        key: The idempotency key, or ``None``.
        payment_token: The payment authorization token, or ``None``.
        accept: The media type that the caller wants.
        base_url: Where the simulator is reached; links in the answer start with it.
    """

    key: str | None
    payment_token: str | None
    accept: str
    base_url: str


def answer(world: World, label: Document, call: Call, *, more: Node | None = None) -> Answer:
    """Write a label's answer: metadata, picture, receipt, and the return label that came with it.

    Args:
        world: What the platform knows.
        label: The label.
        call: Says which form the caller accepts.
        more: Members that go with the metadata, of a reprint.
    """
    first, picture, receipt = ("labelMetadata", "labelImage", "receiptImage")
    if label["kind"] == "return":
        first, picture, receipt = ("returnLabelMetadata", "returnLabelImage", "returnReceiptImage")
    parts = [Part(name=first, body=metadata(label, call.base_url))]
    parts += _pictures(label, picture, receipt)
    if label["return_number"] and more is None:
        back = world.label(label["return_number"])
        if back is not None:
            parts.append(Part(name="returnLabelMetadata", body=metadata(back, call.base_url)))
            parts += _pictures(back, "returnLabelImage", "returnReceiptImage")
    if more is not None:
        parts.append(Part(name="reprintInfo", body=more))
    alone = label["kind"] == "return" and more is None and VENDOR_JSON in call.accept
    if alone:  # a return label alone comes flat, as an outbound one does
        parts[0] = attrs.evolve(parts[0], name="labelMetadata")
    status = 201 if world.switch("status_created") and more is None else 200
    return write_parts(parts, call.accept, status=status, flat=more is None)


def metadata(label: Document, base_url: str) -> Node:
    """Return a label's metadata, without pictures."""
    to = label["to"]
    address: Node = {
        "streetAddress": to["lines"][0].upper(),
        "secondaryAddress": to["lines"][1].upper() if len(to["lines"]) > 1 else "",
        "city": to["city"].upper(),
        "state": to["state"],
        "ZIPCode": to["zip_code"],
        **{
            name: to[member]
            for name, member in (("firstName", "first"), ("lastName", "last"), ("firm", "firm"))
            if to[member]
        },
        "ignoreBadAddress": False,
    }
    if to["plus_four"]:
        address["ZIPPlus4"] = to["plus_four"]
    made: Node = {
        "labelAddress": address,
        "routingInformation": f"420{to['zip_code']}{to['plus_four']}",
        "trackingNumber": label["number"],
        "SKU": label["sku"],
        "postage": Decimal(label["postage"]),
        "extraServices": [
            {"name": service["name"], "SKU": service["sku"], "price": Decimal(service["price"])}
            for service in label["services"]
        ],
        "serviceTypeCode": label["service_type"],
        "zone": label["zone"],
        "mailingDate": datetime.combine(datetime.fromisoformat(label["mailing_date"]).date(), time(22)).isoformat()
        + "Z",
        "weightUOM": "lb",
        "weight": Decimal(label["weight"]),
        "dimensionalWeight": Decimal(label["dimensional"]) * 16,
        "fees": [{"name": fee["name"], "SKU": fee["sku"], "price": Decimal(fee["price"])} for fee in label["fees"]],
        "bannerText": "USPS TRACKING # USPS SHIP",
        "retailDistributionCode": "04",
        "links": [
            {
                "rel": ["receipt"],
                "title": "Track",
                "href": f"{base_url}/tracking/v3/tracking/{label['number']}",
                "method": "GET",
            }
        ],
    }
    if label["kind"] == "domestic":
        made["constructCode"] = "C01"
        made["commitment"] = label["commitment"]
    if label["broker_id"]:
        made["labelBrokerID"] = label["broker_id"]
    return made


def _pictures(label: Document, picture: str, receipt: str) -> list[Part]:
    image = label["image"]
    kind = image["imageType"]
    codes = {service["code"] for service in label["services"]}
    if kind == "LABEL_BROKER":
        return [Part(name="labelBrokerQR", body=documents.qr_image(label), file_name="qr.png", media_type="image/png")]
    if kind == "NONE" or 415 in codes:
        return []
    suffix = kind[:3].lower()
    media = documents.MEDIA_TYPES[kind]
    parts = [
        Part(
            name=picture, body=documents.label_image(label, image), file_name=f"label-image.{suffix}", media_type=media
        )
    ]
    if image["receiptOption"] == "SEPARATE_PAGE" and kind not in documents.THERMAL:
        page = documents.receipt_image(label, kind)
        parts.append(Part(name=receipt, body=page, file_name=f"receipt-image.{suffix}", media_type=media))
    return parts
