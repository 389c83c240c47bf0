"""What FedEx refuses to ship (field guide fedex.md §4, §8): each rule with FedEx's own code where the guide knows it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.sandbox._geography import zone
from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.fedex.codes import (
    IMAGE_TYPES,
    PACKAGING,
    PAPER_STOCKS,
    PICKUP_TYPES,
    REFERENCE_TYPES,
    SERVICES,
    THERMAL_STOCKS,
    THERMAL_TYPES,
    Service,
)
from cartcarrier.sandbox.fedex.customs_rules import Customs, read_customs
from cartcarrier.sandbox.fedex.dates import local, read_ship_date
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.lanes import Lane
from cartcarrier.sandbox.fedex.option_rules import Options, read_options
from cartcarrier.sandbox.fedex.parties import Party, read_party
from cartcarrier.sandbox.fedex.payments import check_payment
from cartcarrier.sandbox.fedex.rating import NO_SERVICE, fits
from cartcarrier.sandbox.fedex.requests import Piece, read_money, read_pieces
from cartcarrier.sandbox.fedex.tariff import PricedShipment

MAX_LINES: Final = 30
MAX_AT_ONCE: Final = 40
MAX_PACKAGES: Final = 200
MASTER_NOT_FOUND: Final = "TRACKINGNUMBER.ENTERED.INVALID"


@attrs.frozen(kw_only=True)
class Label:
    """How labels shall look.

    Attributes:
        kind: FedEx's ``imageType``.
        stock: FedEx's ``labelStockType``.
        by_url: Whether addresses are wanted in place of bytes.
        merged: FedEx's ``mergeLabelDocOption``; it counts with addresses only.
        dpi: Dots per inch.
    """

    kind: str
    stock: str
    by_url: bool
    merged: str
    dpi: int


@attrs.frozen(kw_only=True)
class ShipRequest:
    """A ship request, read and found good.

    Attributes:
        shipment: FedEx's ``requestedShipment``.
        service: Which.
        start: The day of departure.
        shipper: Who pays and is printed.
        origin: Where it leaves.
        recipient: Where it goes.
        pieces: Lines of packages.
        priced: As the tariff sees it.
        options: Beside transport.
        customs: The papers.
        label: How labels shall look.
        payer: The account that is billed.
        pay_type: FedEx's ``paymentType``.
        references: Type and value for each line of packages.
        is_async: Whether a job is answered in place of labels.
        master: The number of the shipment that this package joins, or empty.
        sequence: Which package of it.
        expected: How many packages it will have; one label at a time only.
    """

    shipment: Node
    service: Service
    start: date
    shipper: Party
    origin: Party
    recipient: Party
    pieces: tuple[Piece, ...]
    priced: PricedShipment
    options: Options
    customs: Customs
    label: Label
    payer: str
    pay_type: str
    references: tuple[tuple[tuple[str, str], ...], ...]
    is_async: bool
    master: str
    sequence: int
    expected: int


def read_ship_request(world: World, body: Node, *, validating: bool = False) -> ShipRequest:
    """Read a ship request.

    Args:
        world: What the platform knows.
        body: The request.
        validating: Whether it is only checked: then one package is allowed, and no label options are needed.

    Raises:
        FedExError: The first rule that is broken.
    """
    check_account(world, body)
    shipment = fields.child(body, "requestedShipment")
    if not shipment:
        raise FedExError("REQUESTEDSHIPMENT.REQUIRED", "requestedShipment is required.")
    shipper = read_party(fields.child(shipment, "shipper"), "SHIPPER")
    recipient = _read_recipient(shipment)
    origin = read_party(shipment["origin"], "SHIPPER") if fields.child(shipment, "origin") else shipper
    fields.choice(shipment, "pickupType", PICKUP_TYPES, "PICKUPTYPE.REQUIRED")
    ends = (origin.place, recipient.place)
    start = read_ship_date(world, fields.text(shipment, "shipDatestamp"), ends[0].country, ends[0].state)
    today = local(world.now(), ends[0].country, ends[0].state).date()
    lane = Lane(origin=ends[0].country, destination=ends[1].country, residential=ends[1].residential)
    one_rate = "FEDEX_ONE_RATE" in fields.strings(shipment, "shipmentSpecialServices.specialServiceTypes")
    pieces = read_pieces(shipment, weight_optional=one_rate)
    is_async = _check_count(body, pieces, validating=validating)
    service = _read_service(world, shipment, lane)
    options = read_options(shipment, pieces, lane, service, start, today)
    customs = read_customs(world, shipment, lane, pieces[0].unit, needs_papers=options.return_type != "PENDING")
    packages = tuple(
        attrs.evolve(piece.priced, signature=signature)
        for piece, signature in zip(pieces, options.signatures, strict=True)
        for _ in range(piece.count)
    )
    packaging = fields.choice(shipment, "packagingType", PACKAGING, "PACKAGINGTYPE.REQUIRED")
    priced = PricedShipment(
        lane=lane,
        zone=zone((ends[0].country, ends[0].postal_code), (ends[1].country, ends[1].postal_code)),
        packages=packages,
        postal_code=ends[1].postal_code,
        packaging=packaging,
        one_rate=options.one_rate,
        saturday=options.saturday,
        duties_prepaid=customs.duties_prepaid,
        is_return=bool(options.return_type),
    )
    _check_fit(shipment, priced, service)
    _check_values(shipment, pieces)
    payment = fields.child(shipment, "shippingChargesPayment")
    payer = check_payment(payment, "SHIPPINGCHARGESPAYMENT")
    if fields.text(payment, "paymentType") == "COLLECT" and not service.is_ground:
        raise FedExError("SHIPPINGCHARGESPAYMENT.PAYMENTTYPE.INVALID", "Collect is a payment of Ground only.")
    master, sequence, expected = _read_chain(world, body, shipment, pieces)
    request = ShipRequest(
        shipment=shipment,
        service=service,
        start=start,
        shipper=shipper,
        origin=origin,
        recipient=recipient,
        pieces=pieces,
        priced=priced,
        options=options,
        customs=customs,
        label=_read_label(body, shipment, optional=validating),
        payer=payer,
        pay_type=fields.text(payment, "paymentType"),
        references=tuple(tuple(_read_references(piece.line, ground=service.is_ground)) for piece in pieces),
        is_async=is_async,
        master=master,
        sequence=sequence,
        expected=expected,
    )
    if options.return_type == "PENDING" and fields.text(body, "shipAction") != "TRANSFER":
        raise FedExError("SHIPACTION.REQUIRED", "An emailed label needs shipAction TRANSFER.")
    return request


def check_account(world: World, body: Node) -> None:
    """Let an account ship.

    Raises:
        FedExError: The number is none, somebody else's, or not allowed to print labels (guide §0-8, §11-3).
    """
    number = fields.text(body, "accountNumber.value")
    if len(number) != 9 or not number.isdigit():
        message = "An account number has nine digits."
        raise FedExError("ACCOUNTNUMBER.REGISTRATION.REQUIRED", message)
    if number != ACCOUNT_NUMBER or not world.switch("label_approval"):
        raise FedExError("SHIPMENT.ACCOUNTNUMBER.UNAUTHORIZED", "This account may not print labels.", 403)
    if world.switch("credit_hold"):
        raise FedExError("ACCOUNT.CREDIT.HOLD", "The payor's account is on credit hold.")


def _read_recipient(shipment: Node) -> Party:
    recipients = fields.objects(shipment, "recipients")
    if not recipients:
        raise FedExError("RECIPIENTS.REQUIRED", "A recipient is required.")
    if len(recipients) > 1:
        raise FedExError("RECIPIENTS.SIZE.INVALID", "A shipment has one recipient, contact and address in one element.")
    return read_party(recipients[0], "RECIPIENTS")


def _check_count(body: Node, pieces: tuple[Piece, ...], *, validating: bool) -> bool:
    """Refuse too many packages, and say whether they become a job."""
    if len(pieces) > MAX_LINES:
        raise FedExError("REQUESTEDPACKAGELINEITEMS.SIZE.INVALID", "A request takes at most 30 lines of packages.")
    total = sum(piece.count for piece in pieces)
    if total > MAX_PACKAGES:
        raise FedExError("TOTALPACKAGECOUNT.INVALID", "A shipment takes at most 200 packages.")
    if validating and total > 1:
        raise FedExError("TOTALPACKAGECOUNT.INVALID", "One package can be checked at a time.")
    option = fields.text(body, "processingOptionType")
    if option and option not in {"SYNCHRONOUS_ONLY", "ALLOW_ASYNCHRONOUS"}:
        raise invalid_input("processingOptionType")
    if total <= MAX_AT_ONCE:
        return False
    if option != "ALLOW_ASYNCHRONOUS":
        raise FedExError("TOTALPACKAGECOUNT.INVALID", "More than 40 packages need ALLOW_ASYNCHRONOUS.")
    return True


def _read_service(world: World, shipment: Node, lane: Lane) -> Service:
    code = fields.required(shipment, "serviceType", "SERVICETYPE.REQUIRED")
    service = SERVICES.get(code)
    if code == "GROUND_HOME_DELIVERY" and not lane.residential:
        raise FedExError(NO_SERVICE, "FedEx Home Delivery needs a residential address.")
    if code == "FEDEX_GROUND" and lane.residential and (lane.origin, lane.destination) == ("US", "US"):
        if world.switch("ground_to_homes") == "refused":
            raise FedExError(NO_SERVICE, "FedEx Ground does not deliver to residences.")
        return SERVICES[code]
    if service is None or service not in (*lane.services(), *lane.freight()):
        raise FedExError(NO_SERVICE, "The service is not available between these places.")
    return service


def _check_fit(shipment: Node, priced: PricedShipment, service: Service) -> None:
    if service.code == "SMART_POST":
        detail = fields.child(shipment, "smartPostInfoDetail")
        fields.required(detail, "hubId", "SMARTPOSTINFODETAIL.HUBID.REQUIRED")
        indicia = fields.required(detail, "indicia", "SMARTPOSTINFODETAIL.INDICIA.REQUIRED")
        light = priced.packages[0].weight < 1
        if indicia == "PRESORTED_STANDARD" and not light:
            raise FedExError("SMARTPOSTINFODETAIL.INDICIA.INVALID", "PRESORTED_STANDARD is for less than one pound.")
        if light and indicia != "PRESORTED_STANDARD":
            raise FedExError("SMARTPOSTINFODETAIL.INDICIA.INVALID", "Less than one pound goes as PRESORTED_STANDARD.")
    if any(package.weight > 150 for package in priced.packages) != service.is_freight:
        raise FedExError("PACKAGEWEIGHT.VALUE.INVALID", "A parcel weighs at most 150 LB or 68 KG, freight more.")
    if not fits(priced, service):
        raise FedExError(NO_SERVICE, "Invalid service and packaging combination for these packages.")


def _check_values(shipment: Node, pieces: tuple[Piece, ...]) -> None:
    total, currency = read_money(shipment, "totalDeclaredValue", 7)
    values = sum((piece.priced.declared_value * piece.count for piece in pieces), Decimal(0))
    currencies = {piece.currency for piece in pieces if piece.currency}
    if currency and currencies and currencies != {currency}:
        raise FedExError("CURRENCYTYPE.PACKAGES.MUST", "All packages must have one currency.")
    if currency and total != values:
        raise FedExError("TOTALDECLAREDVALUE.INVALID", "The total must be the sum of the packages' declared values.")


def _read_chain(world: World, body: Node, shipment: Node, pieces: tuple[Piece, ...]) -> tuple[str, int, int]:
    """Read what goes with labels one at a time: the master's number, the position, and how many there will be."""
    if not fields.flag(body, "oneLabelAtATime"):
        return "", 1, 0
    if sum(piece.count for piece in pieces) != 1:
        raise FedExError("ONELABELATATIME.PACKAGECOUNT.INVALID", "One label at a time is for one package a request.")
    total = fields.number(shipment, "totalPackageCount")
    if total is None or total < 1:
        raise FedExError("TOTALPACKAGECOUNT.REQUIRED", "One label at a time needs totalPackageCount.")
    sequence = fields.number(pieces[0].line, "sequenceNumber") or Decimal(1)
    master = fields.child(shipment, "masterTrackingId")
    if not master:
        return "", 1, int(total)
    number = fields.required(master, "trackingNumber", "MASTERTRACKINGID.TRACKINGNUMBER.REQUIRED")
    fields.required(master, "trackingIdType", "MASTERTRACKINGID.TRACKINGIDTYPE.REQUIRED")
    parent = world.shipment(number)
    if parent is None or parent["id"] != number:
        raise FedExError(MASTER_NOT_FOUND, "The master tracking number was not found.")
    taken = {package["sequence"] for package in parent["packages"]}
    if int(sequence) in taken or not 1 <= sequence <= parent["expected"]:
        raise FedExError("SEQUENCENUMBER.INVALID", "That package of the shipment exists, or cannot.")
    return number, int(sequence), int(total)


def _read_references(line: Node, *, ground: bool) -> Iterator[tuple[str, str]]:
    fields.at_most(line, "itemDescription", 50, "ITEMDESCRIPTION.TOO.LONG")
    for reference in fields.objects(line, "customerReferences"):
        kind = fields.choice(
            reference, "customerReferenceType", REFERENCE_TYPES, "CUSTOMERREFERENCES.CUSTOMERREFERENCETYPE.REQUIRED"
        )
        value = fields.required(reference, "value", "CUSTOMERREFERENCES.VALUE.REQUIRED")
        if len(value) > (30 if ground else 40):
            raise FedExError("CUSTOMERREFERENCES.VALUE.TOO.LONG", "A reference takes 40 characters, with Ground 30.")
        yield kind, value


def _read_label(body: Node, shipment: Node, *, optional: bool) -> Label:
    if optional and "labelResponseOptions" not in body:
        response = "LABEL"
    else:
        options = frozenset({"LABEL", "URL_ONLY"})
        response = fields.choice(body, "labelResponseOptions", options, "LABELRESPONSEOPTIONS.REQUIRED")
    specification = fields.child(shipment, "labelSpecification")
    kind = fields.choice(specification, "imageType", IMAGE_TYPES, "LABELSPECIFICATION.IMAGETYPE.REQUIRED")
    stocks = PAPER_STOCKS | THERMAL_STOCKS
    stock = fields.choice(specification, "labelStockType", stocks, "LABELSPECIFICATION.LABELSTOCKTYPE.REQUIRED")
    if (kind in THERMAL_TYPES) != (stock in THERMAL_STOCKS):
        raise FedExError(
            "LABELSPECIFICATION.LABELSTOCKTYPE.INVALID", "The label stock does not go with the image type."
        )
    merged = fields.text(body, "mergeLabelDocOption")
    if merged not in {"", "NONE", "LABELS_AND_DOCS", "LABELS_ONLY"}:
        raise invalid_input("mergeLabelDocOption")
    return Label(
        kind=kind,
        stock=stock,
        by_url=response == "URL_ONLY",
        merged=merged if response == "URL_ONLY" and merged != "NONE" else "",
        dpi=300 if kind == "ZPLII" and fields.number(specification, "resolution") == 300 else 203,
    )
