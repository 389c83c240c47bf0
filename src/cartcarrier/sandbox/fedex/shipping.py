"""Buying: ``POST /ship/v1/shipments`` (field guide fedex.md §4). There is no idempotency: each call buys labels."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex import documents, fields
from cartcarrier.sandbox.fedex.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.fedex.codes import DAY_WORDS, SERVICES, Service
from cartcarrier.sandbox.fedex.errors import FedExError
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.lanes import commit
from cartcarrier.sandbox.fedex.numbers import barcode, make_economy, make_express, make_ground
from cartcarrier.sandbox.fedex.rating import alerts_of
from cartcarrier.sandbox.fedex.ship_rules import ShipRequest, check_account, read_ship_request
from cartcarrier.sandbox.fedex.tariff import DIM_DIVISOR, FUEL_PERCENT, Price, price


def ship(world: World, body: Node, base_url: str) -> Node:
    """Buy a label for every package of a request: money is spent, whatever becomes of the answer.

    Args:
        world: What the platform knows.
        body: The request.
        base_url: What addresses of labels begin with.

    Raises:
        FedExError: The first rule that is broken; nothing is bought then.
    """
    request = read_ship_request(world, body)
    listed = price(request.priced, request.service, account=False)
    paid = price(request.priced, request.service, account=True)
    with world.store.transaction():
        shipment, first = _record(world, request, listed, paid)
        world.save_shipment(shipment)
        if shipment["payer"] == ACCOUNT_NUMBER:
            world.add_money("bought", paid.currency, paid.total)
        if request.is_async:
            job = world.new_id("job").replace("-", "")
            world.store.put("jobs", job, {"shipment": shipment["key"], "alerts": _alerts(request)})
            return {"jobId": job}
    return _output([_answer(shipment, first, base_url, (listed, paid))], _alerts(request))


def results(world: World, body: Node, base_url: str) -> Node:
    """Answer ``POST /ship/v1/shipments/results``: what became of a job; it can be asked again and again.

    Raises:
        FedExError: SHIPMENT.JOBID.INVALID.
    """
    check_account(world, body)
    job_id = fields.required(body, "jobId", "SHIPMENT.JOBID.INVALID", "The job id is invalid.")
    job = world.store.get("jobs", job_id)
    shipment = world.store.get("shipments", job["shipment"]) if job else None
    if job is None or shipment is None:
        raise FedExError("SHIPMENT.JOBID.INVALID", "The job id is invalid.")
    return _output([_answer(shipment, 0, base_url, None)], job["alerts"])


def validate(world: World, body: Node) -> Node:
    """Answer ``POST /ship/v1/shipments/packages/validate``: the rules of buying, without buying.

    Raises:
        FedExError: The first rule that is broken.
    """
    request = read_ship_request(world, body, validating=True)
    text = "The shipment keeps all rules."
    alerts = [{"code": "SHIPMENT.VALIDATION.SUCCESS", "alertType": "NOTE", "message": text}]
    return {"alerts": [*alerts, *(alert for alert in _alerts(request) if "alertType" in alert)]}


def _output(shipments: list[Node], alerts: list[Node]) -> Node:
    """Put alerts where their shape belongs: those with a type above, those without beside the shipment (guide §4.8)."""
    plain = [alert for alert in alerts if "alertType" not in alert]
    typed = [alert for alert in alerts if "alertType" in alert]
    if plain:
        shipments[0]["alerts"] = plain
    return {"transactionShipments": shipments, **({"alerts": typed} if typed else {})}


def _alerts(request: ShipRequest) -> list[Node]:
    found = alerts_of(request.origin.place, request.recipient.place)
    found += [{"code": code, "alertType": "WARNING", "message": text} for code, text in request.customs.alerts]
    if request.recipient.has_odd_phone:
        text = "The recipient's phone number has more than digits in it."
        found.append({"code": "RECIPIENTCONTACT.PHONENUMBER.INVALID", "message": text})
    return found


def _record(world: World, request: ShipRequest, listed: Price, paid: Price) -> tuple[Document, int]:
    """Return the shipment with its new packages, and the position of the first of these."""
    packages = _packages(world, request, paid)
    if request.master:
        parent = world.shipment(request.master)
        if parent is None:
            raise FedExError("TRACKINGNUMBER.ENTERED.INVALID", "The master tracking number was not found.")
        parent["packages"] += packages
        parent["charge"] = str(Decimal(parent["charge"]) + paid.total)
        parent["list_charge"] = str(Decimal(parent["list_charge"]) + listed.total)
        parent["references"] = _all_references(parent["packages"], request)
        return parent, len(parent["packages"]) - len(packages)
    customs, service = request.customs, request.service
    shipment: Document = {
        "key": f"{packages[0]['tracking_number']}{world.count('labels') if world.switch('virtualized') else ''}",
        "id": packages[0]["tracking_number"],
        "historic": False,
        "created_at": world.now().isoformat(),
        "ship_date": request.start.isoformat(),
        "service": service.code,
        "packaging": request.priced.packaging,
        "payer": request.payer,
        "pay_type": request.pay_type,
        "charge": str(paid.total),
        "list_charge": str(listed.total),
        "currency": paid.currency,
        "zone": request.priced.zone,
        "international": request.priced.lane.is_international,
        "residential": request.priced.lane.residential,
        "saturday": request.options.saturday,
        "hold": request.options.hold,
        "return_type": request.options.return_type,
        "outbound": request.options.outbound,
        "expires": request.options.expires,
        "notes": list(request.options.notes),
        "shipper": request.shipper.document(),
        "origin": request.origin.document(),
        "destination": request.recipient.document(),
        "packages": packages,
        "references": _all_references(packages, request),
        "expected": request.expected,
        "documents": list(customs.documents),
        "customs": {
            "lines": list(customs.lines),
            "invoice_number": customs.invoice_number,
            "terms": customs.terms,
            "purpose": customs.purpose,
            "total": str(customs.total[0]),
            "currency": customs.total[1],
        },
        "etd": customs.etd,
        "label": {
            "kind": request.label.kind,
            "stock": request.label.stock,
            "by_url": request.label.by_url,
            "merged": request.label.merged,
        },
        "closed_on": None,
        "completed_at": None,
    }
    return shipment, 0


def _packages(world: World, request: ShipRequest, paid: Price) -> list[Document]:
    made: list[Document] = []
    shares = _split(paid.total, sum(piece.count for piece in request.pieces))
    lines = zip(request.pieces, request.options.signatures, request.references, strict=True)
    for piece, signature, references in lines:
        for _ in range(piece.count):
            serial = world.next_number("labels")
            made.append(
                {
                    "tracking_number": _number(request.service, 0 if world.switch("virtualized") else serial),
                    "sequence": request.sequence + len(made),
                    "weight": f"{piece.weight.normalize():f}",
                    "weight_unit": piece.unit,
                    "sides": list(piece.sides),
                    "side_unit": piece.side_unit,
                    "billable": str(piece.priced.billable),
                    "declared_value": str(piece.priced.declared_value),
                    "signature": signature,
                    "special_services": sorted(piece.priced.special_services),
                    "references": [{"type": kind, "value": value} for kind, value in references],
                    "shows_references": "groupPackageCount" in piece.line,
                    "charge": str(shares[len(made)]),
                    "voided_at": None,
                }
            )
    return made


def _split(total: Decimal, count: int) -> list[Decimal]:
    """Share a sum; the first part gets what rounding leaves."""
    share = (total / count).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return [total - share * (count - 1), *([share] * (count - 1))]


def _number(service: Service, serial: int) -> str:
    if service.code == "SMART_POST":
        return make_economy(serial)
    return make_ground(serial) if service.is_ground else make_express(serial)


def _all_references(packages: list[Document], request: ShipRequest) -> list[dict[str, str]]:
    found = [
        {"code": reference["type"], "value": reference["value"]}
        for package in packages
        for reference in package["references"]
    ]
    if request.customs.invoice_number:
        found.append({"code": "INVOICE_NUMBER", "value": request.customs.invoice_number})
    return [dict(pair) for pair in dict.fromkeys(tuple(sorted(each.items())) for each in found)]


def _answer(
    shipment: Document,
    first: int,
    base_url: str,
    prices: tuple[Price, Price] | None,
) -> Node:
    """Write what a ship call answers about a shipment.

    Args:
        shipment: Its document.
        first: The position of the first package that is new.
        base_url: What addresses of labels begin with.
        prices: The published and the account's price of what was bought; ``None`` for a job's results, which say the sums.
    """
    service = SERVICES[shipment["service"]]
    pending = shipment["return_type"] == "PENDING"
    indices = range(first, len(shipment["packages"]))
    made: Node = {
        "masterTrackingNumber": shipment["id"],
        "serviceType": service.code,
        "serviceName": service.name,
        "serviceCategory": service.category,
        "shipDatestamp": shipment["ship_date"],
        "pieceResponses": [_piece(shipment, index, base_url, pending=pending) for index in indices],
        "completedShipmentDetail": _completed(shipment, service, indices, prices),
    }
    papers = [] if pending else documents.shipment_documents(shipment, base_url)
    if papers:
        made["shipmentDocuments"] = papers
    return made


def _piece(shipment: Document, index: int, base_url: str, *, pending: bool) -> Node:
    package = shipment["packages"][index]
    ours = shipment["payer"] == ACCOUNT_NUMBER
    made: Node = {
        "masterTrackingNumber": shipment["id"],
        "trackingNumber": package["tracking_number"],
        "trackingIdType": _id_type(SERVICES[shipment["service"]]),
        "packageSequenceNumber": package["sequence"],
        "serviceCategory": SERVICES[shipment["service"]].category,
        "netChargeAmount": Decimal(package["charge"]) if ours else Decimal("0.00"),
        "packageDocuments": [] if pending else documents.piece_documents(shipment, index, base_url),
    }
    if package["shows_references"]:
        made["customerReferences"] = [
            {"customerReferenceType": each["type"], "value": each["value"]} for each in package["references"]
        ]
    return made


def _id_type(service: Service) -> str:
    return {"FDXG": "GROUND", "FXSP": "USPS"}.get(service.carrier, "FEDEX")


def _tracking_id(service: Service, number: str) -> Node:
    made = {
        "formId": "0201" if not service.is_ground else "",
        "trackingIdType": _id_type(service),
        "trackingNumber": number,
    }
    if service.code == "SMART_POST":
        made["uspsApplicationId"] = "92"
    return {name: value for name, value in made.items() if value}


def _completed(shipment: Document, service: Service, indices: range, prices: tuple[Price, Price] | None) -> Node:
    when = commit(service, shipment["zone"], date.fromisoformat(shipment["ship_date"]), saturday=shipment["saturday"])
    receiver = shipment["destination"]
    made: Node = {
        "usDomestic": shipment["origin"]["country"] == receiver["country"] == "US",
        "carrierCode": service.carrier,
        "masterTrackingId": _tracking_id(service, shipment["id"]),
        "packagingDescription": shipment["packaging"].replace("_", " ").title(),
        "serviceDescription": {
            "serviceType": service.code,
            "code": service.number,
            "names": [{"type": "long", "encoding": "utf-8", "value": service.name}],
            "operatingOrgCodes": ["FXG" if service.is_ground else "FXE"],
            "description": service.name,
            "serviceCategory": "parcel",
        },
        "operationalDetail": {
            "countryCode": receiver["country"],
            "postalCode": receiver["postal_code"],
            "serviceCode": service.number,
            "transitTime": DAY_WORDS[min(when.days, 10)],
            "ineligibleForMoneyBackGuarantee": True,
        },
        "completedPackageDetails": [_completed_package(shipment, service, index) for index in indices],
    }
    if not service.is_ground:
        made["operationalDetail"] |= {
            "deliveryDate": when.at.date().isoformat(),
            "deliveryDay": f"{when.at:%a}".upper(),
            "commitDate": when.at.isoformat(timespec="seconds"),
            "commitDay": f"{when.at:%a}".upper(),
        }
    if prices is not None:
        made["shipmentRating"] = _rating(shipment, *prices)
    else:
        amount = Decimal(shipment["charge"])
        total = {"rateType": "PAYOR_ACCOUNT_SHIPMENT", "totalNetCharge": amount, "currency": shipment["currency"]}
        made["shipmentRating"] = {"actualRateType": "PAYOR_ACCOUNT_SHIPMENT", "shipmentRateDetails": [total]}
    if shipment["etd"] is not None:
        made["completedEtdDetail"] = {
            "folderId": f"0b0493e5{shipment['id'][-8:]}",
            "type": "COMMERCIAL_INVOICE",
            "uploadDocumentReferenceDetails": [
                *({"documentType": kind, "documentId": f"0904{shipment['id']}"} for kind in shipment["etd"]["types"]),
                *({"documentType": "OTHER", "documentId": number} for number in shipment["etd"]["ids"]),
            ],
        }
    if shipment["return_type"] == "PENDING":
        access = {"role": "SHIPMENT_COMPLETOR", "emailLabelUrl": f"https://www.fedex.com/label/{shipment['id']}"}
        made["accessDetail"] = {"accessorDetails": [{**access, "userId": shipment["id"], "password": "sample"}]}
    return made


def _completed_package(shipment: Document, service: Service, index: int) -> Node:
    package = shipment["packages"][index]
    number = package["tracking_number"]
    return {
        "sequenceNumber": package["sequence"],
        "groupNumber": 0,
        "signatureOption": package["signature"] or "SERVICE_DEFAULT",
        "trackingIds": [_tracking_id(service, number)],
        "operationalDetail": {
            "barcodes": {
                "stringBarcodes": [
                    {"type": "FEDEX_1D", "value": barcode(number, shipment["destination"]["postal_code"])}
                ]
            }
        },
    }


def _rating(shipment: Document, listed: Price, paid: Price) -> Node:
    return {
        "actualRateType": "PAYOR_ACCOUNT_SHIPMENT",
        "shipmentRateDetails": [
            _rate_detail(shipment, "PAYOR_ACCOUNT_SHIPMENT", paid),
            _rate_detail(shipment, "PAYOR_LIST_SHIPMENT", listed),
        ],
    }


def _rate_detail(shipment: Document, kind: str, paid: Price) -> Node:
    weight = sum((Decimal(package["billable"]) for package in shipment["packages"]), Decimal(0))
    return {
        "rateType": kind,
        "rateZone": f"{shipment['zone']}",
        "ratedWeightMethod": "ACTUAL",
        "dimDivisor": DIM_DIVISOR,
        "fuelSurchargePercent": FUEL_PERCENT,
        "totalBillingWeight": {"units": "LB", "value": weight},
        "totalBaseCharge": paid.base,
        "totalFreightDiscounts": paid.discount,
        "totalNetFreight": paid.freight,
        "totalSurcharges": paid.extras,
        "totalTaxes": paid.tax,
        "totalNetFedExCharge": paid.before_tax,
        "totalNetCharge": paid.total,
        "totalRebates": Decimal("0.00"),
        "totalDutiesAndTaxes": Decimal("0.00"),
        "totalNetChargeWithDutiesAndTaxes": paid.total,
        "surcharges": [
            {"surchargeType": name, "description": text, "level": "PACKAGE", "amount": amount}
            for name, text, amount in paid.named()
        ],
        "taxes": [
            {"type": name, "description": name, "level": "SHIPMENT", "amount": amount} for name, amount in paid.taxes
        ],
        "currency": paid.currency,
    }
