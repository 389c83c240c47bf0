"""What FedEx refuses about customs papers (field guide fedex.md §4.4)."""

import re
from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import World
from cartcarrier.sandbox.fedex.codes import DOCUMENT_TYPES, NO_TRADE_DOCUMENTS, PURPOSES
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.lanes import Lane
from cartcarrier.sandbox.fedex.payments import check_payment
from cartcarrier.sandbox.fedex.requests import MIXED_UNITS, read_money

MAX_COMMODITIES: Final = 999
MAX_PRINTED: Final = 99
_ITN: Final = re.compile(r"AES ?X\d{14}")
# The description wants a word such as NO_EEI_30_37_A, the field guide knows the citation itself.
_CITATION: Final = re.compile(
    r"NO_EEI_30_\d{1,2}(_[A-Z0-9]{1,2})*|(NO ?EEI|FTR)\b.*30\.\d{1,2}.*|30\.\d{1,2}.*", re.IGNORECASE
)
_FILING: Final = frozenset(
    {"NOT_REQUIRED", "MANUALLY_ATTACHED", "FILED_ELECTRONICALLY", "SUMMARY_REPORTING", "FEDEX_TO_STAMP"}
)
_EEI_ABOVE: Final = Decimal(2500)


@attrs.frozen(kw_only=True)
class Customs:
    """What a shipment's customs papers say.

    Attributes:
        lines: Description, quantity, value and currency of each commodity.
        invoice_number: As printed.
        terms: Incoterm.
        purpose: FedEx's ``shipmentPurpose``.
        total: Value of all, and its currency.
        duties_prepaid: Whether the shipper pays duties.
        documents: Papers that FedEx draws and returns.
        etd: The electronic documents, or ``None``: their types, and ids of those that were uploaded.
        alerts: Warnings.
    """

    lines: tuple[dict[str, str], ...] = ()
    invoice_number: str = ""
    terms: str = ""
    purpose: str = ""
    total: tuple[Decimal, str] = (Decimal(0), "")
    duties_prepaid: bool = False
    documents: tuple[str, ...] = ()
    etd: dict[str, list[str]] | None = None
    alerts: tuple[tuple[str, str], ...] = ()


def read_customs(world: World, shipment: Node, lane: Lane, weight_unit: str, *, needs_papers: bool) -> Customs:
    """Read the customs papers, and refuse what is wrong with them.

    Args:
        world: What the platform knows: uploaded documents.
        shipment: FedEx's ``requestedShipment``.
        lane: The ends.
        weight_unit: The packages' unit of weight, which the commodities must have too.
        needs_papers: Whether the shipment can go without.

    Raises:
        FedExError: The first rule that is broken.
    """
    detail = fields.child(shipment, "customsClearanceDetail")
    documents = tuple(fields.strings(shipment, "shippingDocumentSpecification.shippingDocumentTypes"))
    if not DOCUMENT_TYPES.issuperset(documents):
        raise invalid_input("shippingDocumentTypes")
    if not lane.is_international:
        return Customs(documents=documents)
    if not detail:
        if needs_papers:
            raise FedExError("CUSTOMSCLEARANCEDETAIL.REQUIRED", "Customs clearance details are required.")
        return Customs(documents=documents)
    document_only = fields.flag(detail, "isDocumentOnly")
    lines, total = _read_commodities(detail, weight_unit, document_only=document_only)
    given, currency = read_money(detail, "totalCustomsValue", 11)
    if currency and not document_only and (given, currency) != total:
        raise FedExError("TOTALCUSTOMSVALUE.INVALID", "The total customs value must be the sum of the commodities'.")
    duties = fields.child(detail, "dutiesPayment")
    if duties:
        check_payment(duties, "DUTIESPAYMENT")
    invoice = fields.child(detail, "commercialInvoice")
    purpose = _check_invoice(invoice, documents, document_only=document_only)
    if len(lines) > MAX_PRINTED and documents:
        raise FedExError("COMMODITIES.SIZE.INVALID", "An invoice drawn by FedEx takes at most 99 commodities.")
    _check_export(detail, lane, total[0], document_only=document_only)
    etd, alerts = _read_etd(world, shipment, lane)
    return Customs(
        lines=lines,
        invoice_number=next(
            (
                fields.text(reference, "value")
                for reference in fields.objects(invoice, "customerReferences")
                if fields.text(reference, "customerReferenceType") == "INVOICE_NUMBER"
            ),
            "",
        ),
        terms=fields.text(invoice, "termsOfSale"),
        purpose=purpose,
        total=total,
        duties_prepaid=fields.text(duties, "paymentType") == "SENDER",
        documents=documents,
        etd=etd,
        alerts=alerts,
    )


def _read_commodities(
    detail: Node, weight_unit: str, *, document_only: bool
) -> tuple[tuple[dict[str, str], ...], tuple[Decimal, str]]:
    commodities = fields.objects(detail, "commodities")
    if not commodities and not document_only:
        raise FedExError("COMMODITIES.REQUIRED", "At least one commodity is required.")
    if len(commodities) > MAX_COMMODITIES:
        raise FedExError("COMMODITIES.SIZE.INVALID", "A shipment takes at most 999 commodities.")
    lines: list[dict[str, str]] = []
    total, currency = Decimal(0), ""
    for commodity in commodities:
        description = fields.required(commodity, "description", "COMMODITY.DESCRIPTION.REQUIRED")
        fields.at_most(commodity, "description", 450, "COMMODITY.DESCRIPTION.TOO.LONG")
        amount, own_currency = read_money(commodity, "customsValue", 11)
        quantity = fields.number(commodity, "quantity")
        if not document_only:
            origin = fields.required(commodity, "countryOfManufacture", "COMMODITY.COUNTRYOFMANUFACTURE.REQUIRED")
            if len(origin) > 4:
                raise FedExError("COMMODITY.COUNTRYOFMANUFACTURE.INVALID", "The country of manufacture is invalid.")
            if quantity is None or quantity < 1:
                raise FedExError("COMMODITY.QUANTITY.REQUIRED", "A commodity needs a quantity.")
            fields.required(commodity, "quantityUnits", "COMMODITY.QUANTITYUNITS.REQUIRED")
            if not own_currency:
                raise FedExError("COMMODITY.CUSTOMSVALUE.REQUIRED", "A commodity needs its customs value.")
            _check_weight(commodity, weight_unit)
        if currency and own_currency and own_currency != currency:
            raise FedExError("CURRENCYTYPE.PACKAGES.MUST", "All commodities must have one currency.")
        currency = currency or own_currency
        total += amount
        lines.append(
            {
                "description": description,
                "code": fields.text(commodity, "harmonizedCode"),
                "origin": fields.text(commodity, "countryOfManufacture"),
                "quantity": f"{quantity or 1} {fields.text(commodity, 'quantityUnits')}",
                "value": f"{amount} {own_currency}",
            }
        )
    return tuple(lines), (total, currency)


def _check_weight(commodity: Node, weight_unit: str) -> None:
    unit = fields.required(commodity, "weight.units", "COMMODITY.WEIGHT.REQUIRED", "A commodity needs its weight.")
    if fields.number(commodity, "weight.value") is None:
        raise FedExError("COMMODITY.WEIGHT.REQUIRED", "A commodity needs its weight.")
    if unit != weight_unit:
        raise FedExError(MIXED_UNITS, "The weights of commodities must have the unit of the packages' weights.")


def _check_invoice(invoice: Node, documents: tuple[str, ...], *, document_only: bool) -> str:
    purpose = fields.text(invoice, "shipmentPurpose")
    if purpose and purpose not in PURPOSES:
        raise invalid_input("shipmentPurpose")
    drawn = {"COMMERCIAL_INVOICE", "PRO_FORMA_INVOICE"}.intersection(documents)
    if not purpose and not document_only and (invoice or drawn):
        raise FedExError("SHIPMENTPURPOSE.REQUIRED", "The commercial invoice needs the purpose of the shipment.")
    fields.at_most(invoice, "termsOfSale", 3, "TERMSOFSALE.TOO.LONG")
    fields.at_most(invoice, "declarationStatement", 554, "DECLARATIONSTATEMENT.TOO.LONG")
    if purpose == "SOLD" and "PRO_FORMA_INVOICE" in documents:
        raise FedExError("SHIPMENTPURPOSE.INVALID", "SOLD is not a purpose of a proforma invoice.")
    return purpose


def _check_export(detail: Node, lane: Lane, total: Decimal, *, document_only: bool) -> None:
    export = fields.child(detail, "exportDetail")
    statement = fields.text(export, "exportComplianceStatement")
    if lane.origin == "US":
        if statement and not _ITN.fullmatch(statement) and not _CITATION.fullmatch(statement):
            raise FedExError(
                "EXPORTCOMPLIANCESTATEMENT.INVALID", "The statement must be an ITN or an FTR exemption number."
            )
        if not statement and not document_only and total > _EEI_ABOVE and lane.destination != "CA":
            raise FedExError("EXPORTCOMPLIANCESTATEMENT.REQUIRED", "Goods above 2500 USD need an export statement.")
    filing = fields.text(export, "b13AFilingOption")
    if filing and filing not in _FILING:
        raise invalid_input("b13AFilingOption")


def _read_etd(
    world: World, shipment: Node, lane: Lane
) -> tuple[dict[str, list[str]] | None, tuple[tuple[str, str], ...]]:
    special = fields.child(shipment, "shipmentSpecialServices")
    if "ELECTRONIC_TRADE_DOCUMENTS" not in fields.strings(special, "specialServiceTypes"):
        return None, ()
    detail = fields.child(special, "etdDetail")
    requested = fields.strings(detail, "requestedDocumentTypes")
    attached = fields.objects(detail, "attachedDocuments")
    later = "POST_SHIPMENT_UPLOAD_REQUESTED" in fields.strings(detail, "attributes")
    if not DOCUMENT_TYPES.issuperset(requested):
        raise invalid_input("requestedDocumentTypes")
    if not requested and not attached and not later:
        raise FedExError("ETDDETAIL.DOCUMENTS.REQUIRED", "Electronic trade documents need documents.")
    ids = [fields.required(each, "documentId", "ETDDETAIL.DOCUMENTID.REQUIRED") for each in attached]
    for document_id in ids:
        if world.store.get("documents", document_id) is None:
            raise FedExError("ETDDETAIL.DOCUMENTID.INVALID", "The attached document was not found.")
    if {lane.origin, lane.destination} & NO_TRADE_DOCUMENTS:
        text = "The destination takes paper only; please attach it."
        return None, (("SHIPMENT.ETD.NOTALLOWED", text),)
    return {"types": requested, "ids": ids}, ()
