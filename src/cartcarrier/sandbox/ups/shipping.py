"""Buying: ``POST /api/shipments/{version}/ship`` (field guide ups.md §4). There is no idempotency: each call buys a label."""

import base64
from decimal import Decimal

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.ups import answers, documents, fields, paperless
from cartcarrier.sandbox.ups.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.numbers import make_tracking_number, service_digits
from cartcarrier.sandbox.ups.rating import negotiated_price, weight_node
from cartcarrier.sandbox.ups.ship_rules import ShipRequest, read_ship_request
from cartcarrier.sandbox.ups.tariff import Price, billing_weight, price

_FORMS_SENT = "ShipmentServiceOptions.InternationalForms.UserCreatedForm.DocumentID"
_LINKS = "https://www.ups.com/uel/llp"
_HTML = {"Code": "HTML", "Description": "HTML"}
HIGH_VALUE = Decimal(999)  # above it the driver signs a report (guide §4.7)


def ship(world: World, body: Node, *, version: int) -> Node:
    """Buy a label for every package of a request: money is spent, whatever becomes of the answer.

    Args:
        world: What the platform knows.
        body: The request.
        version: The path's version: before 2403 a lone element stands bare.

    Raises:
        UPSError: The first rule that is broken; nothing is bought then.
    """
    request = read_ship_request(world, body)
    published = price(request.priced, request.service)
    negotiated, why_not = negotiated_price(world, request.shipment, request.origin, request.priced, request.service)
    with world.store.transaction():
        shipment = _record(world, request, negotiated or published)
        world.save_shipment(shipment)
        world.add_money("bought", shipment["currency"], Decimal(shipment["charge"]))
        paperless.tie_documents(world, fields.items(request.shipment, _FORMS_SENT), shipment["id"])
    shapes = world.switch("single_as_object")
    bare = version < 2403 if shapes is None else bool(shapes)
    results = _results(request, shipment, published, negotiated, bare=bare)
    return {
        "ShipmentResponse": {
            "Response": answers.response(request.request, [why_not] if why_not else None),
            "ShipmentResults": results,
        }
    }


def _record(world: World, request: ShipRequest, paid: Price) -> Document:
    packages = []
    signatures = [package.signature or request.priced.signature for package in request.priced.packages]
    for package, signature in zip(request.priced.packages, signatures, strict=True):
        serial = world.next_number("labels")
        number = make_tracking_number(ACCOUNT_NUMBER, service_digits(request.service, signature), serial)
        packages.append(
            {
                "tracking_number": number,
                "weight_lbs": str(package.weight.quantize(Decimal("0.1"))),
                "signature": signature,
                "declared_value": str(package.declared_value),
                "voided_at": None,
            }
        )
    return {
        "id": packages[0]["tracking_number"],
        "created_at": world.now().isoformat(),
        "service": request.service,
        "charge": str(paid.total),
        "currency": paid.currency,
        "packages": packages,
        "references": [{"code": code, "value": value} for code, value in request.references],
        "origin": documents.place_document(request.shipment, request.sender),
        "shipper": documents.place_document(request.shipment, "Shipper"),
        "destination": documents.place_document(request.shipment, "ShipTo"),
        "international": request.priced.lane.is_international,
        "zone": request.priced.zone,
        "return_code": request.priced.return_code,
        "label_mailed_to": request.returned.email,
        "access_point": request.access_point,
        "dry_ice": any(package.dry_ice for package in request.priced.packages),
        "saturday": request.priced.saturday,
        "invoice": documents.invoice_document(request.shipment) if request.has_invoice else None,
        "billing": request.billing,
        "journey": None,
    }


def _results(
    request: ShipRequest, shipment: Document, published: Price, negotiated: Price | None, *, bare: bool
) -> Node:
    detail = answers.sub_version(request.request)
    charges: Node = {
        "TransportationCharges": answers.money(published.transportation, published.currency),
        "ServiceOptionsCharges": answers.money(published.options, published.currency),
        "TotalCharges": answers.money(published.total, published.currency),
    }
    if detail >= answers.BASE_CHARGE_FROM:
        charges["BaseServiceCharge"] = answers.money(published.base, published.currency)
    if detail >= answers.ITEMIZED_FROM:
        charges["ItemizedCharges"] = answers.one_or_many(answers.itemized(published), single_as_object=bare)
    packages = [_package_result(request, shipment, index) for index in range(len(shipment["packages"]))]
    made: Node = {
        "ShipmentCharges": charges,
        "BillingWeight": weight_node(billing_weight(request.priced.packages), published.currency, request.priced.lane),
        "ShipmentIdentificationNumber": shipment["id"],
        "PackageResults": answers.one_or_many(packages, single_as_object=bare),
    }
    if fields.is_on(request.shipment, "RatingMethodRequestedIndicator"):
        made |= {"RatingMethod": "02", "BillableWeightCalculationMethod": "02"}
    if negotiated:
        account: Node = {"TotalCharge": answers.money(negotiated.total, negotiated.currency)}
        if detail >= answers.ITEMIZED_FROM:
            account["ItemizedCharges"] = answers.one_or_many(answers.itemized(negotiated), single_as_object=bare)
        made["NegotiatedRateCharges"] = account
    if shipment["invoice"]:
        made["Form"] = {
            "Code": "01",
            "Description": "All Requested International Forms",
            "Image": documents.form_image(shipment),
        }
    if any(Decimal(package["declared_value"]) > HIGH_VALUE for package in shipment["packages"]):
        receipt = {"ImageFormat": _HTML, "GraphicImage": _encode(documents.high_value_report(shipment))}
        made["ControlLogReceipt"] = answers.one_or_many([receipt], single_as_object=bare)
    if request.returned.has_links:
        made["LabelURL"] = f"{_LINKS}?loc=en_US&key={shipment['id']}"
        made["ReceiptURL"] = f"{_LINKS}?loc=en_US&kind=receipt&key={shipment['id']}"
    if fields.child(request.shipment, "DGSignatoryInfo"):
        paper = _encode(documents.dangerous_goods_paper(shipment, request.shipment))
        made["DGPaperImage"] = answers.one_or_many([paper], single_as_object=bare)
    return made


def _package_result(request: ShipRequest, shipment: Document, index: int) -> Node:
    package = shipment["packages"][index]
    own = price(documents.one_package(request.priced, index), request.service)
    made: Node = {
        "TrackingNumber": package["tracking_number"],
        "BaseServiceCharge": answers.money(own.base, own.currency),
        "ServiceOptionsCharges": answers.money(own.options, own.currency),
    }
    if request.returned.has_label:
        made["ShippingLabel"] = _label(request, shipment, index)
        if request.returned.code and request.has_receipt:
            made["ShippingReceipt"] = {
                "ImageFormat": _HTML,
                "GraphicImage": _encode(documents.drop_off_receipt(shipment, index)),
            }
    if answers.sub_version(request.request) >= answers.PACKAGE_LEVEL_FROM and own.extras:
        made["ItemizedCharges"] = [charge for charge in answers.itemized(own) if charge["Code"] != "375"]
    return made


def _label(request: ShipRequest, shipment: Document, index: int) -> Node:
    label: Node = {
        "ImageFormat": {"Code": request.label_format, "Description": request.label_format},
        "GraphicImage": documents.label_image(shipment, index, request.label_format),
    }
    if request.label_format == "GIF":
        label["HTMLImage"] = documents.label_page(shipment, index)
    return label


def _encode(page: bytes) -> str:
    return base64.b64encode(page).decode()
