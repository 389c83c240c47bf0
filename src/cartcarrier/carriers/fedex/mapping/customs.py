"""What customs is told, and the invoice that FedEx makes of it (field guide fedex.md §4.4)."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from cartcarrier.carriers.fedex.mapping.goods import items_with_paths
from cartcarrier.carriers.fedex.mapping.lanes import Lane, is_documents
from cartcarrier.carriers.fedex.mapping.measures import sum_of, to_amount, to_goods_weight, to_unit_price
from cartcarrier.carriers.fedex.mapping.parties import to_payment
from cartcarrier.carriers.fedex.mapping.services import fedex_options
from cartcarrier.carriers.fedex.mapping.text import limited
from cartcarrier.carriers.fedex.schemas._base import (
    Amount,
    AttachedDocument,
    Commodity,
    EtdDetail,
    MeasuredWeight,
    Payment,
)
from cartcarrier.carriers.fedex.schemas.shipping import (
    CommercialInvoice,
    CustomsDetail,
    CustomsOption,
    DocumentFormat,
    DocumentSpecification,
    ExportDetail,
    InvoiceDocument,
    RecipientCustomsId,
    Reference,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import (
    Address,
    BillParty,
    BillTo,
    ContentsType,
    CustomsDeclaration,
    Money,
    ParcelItem,
    ShipmentRequest,
)

_MOST_KINDS: Final = 99
"""As many as FedEx's own invoice has room for; the shipment may have 999 (field guide fedex.md §4.4)."""
_DESCRIPTION: Final = 450
_EXPLANATION: Final = 150
_PART: Final = 40
_INVOICE: Final = "COMMERCIAL_INVOICE"
_PIECES: Final = "PCS"
_TERMS: Final = frozenset(["CFR", "CIF", "CIP", "CPT", "DAP", "DAT", "DDP", "DDU", "DPU", "EXW", "FAS", "FCA", "FOB"])
_PURPOSES: Final = {
    ContentsType.MERCHANDISE: "SOLD",
    ContentsType.GIFT: "GIFT",
    ContentsType.SAMPLE: "SAMPLE",
    ContentsType.DOCUMENTS: "NOT_SOLD",
    ContentsType.RETURNED_GOODS: "NOT_SOLD",
    ContentsType.OTHER: "NOT_SOLD",
}
_HS_CODE: Final = re.compile(r"[0-9A-Z]{4,14}")
_ITN: Final = re.compile(r"(?:AES)?\W*(?:ITN)?\W*(X\d{14})")
_LEGEND: Final = re.compile(r"(?:NO\s*EEI\s*)?(?:FTR\s*)?(30\.\d{1,2}(?:\([a-z0-9]{1,2}\)){0,3})", re.IGNORECASE)
_PATH: Final = "ShipmentRequest.customs"
_BRAZIL: Final = {"CPF": "INDIVIDUAL", "CNPJ": "COMPANY", "PASSPORT": "PASSPORT"}

UPLOAD_TYPES: Final = frozenset(
    {
        "CERTIFICATE_OF_ORIGIN",
        _INVOICE,
        "ETD_LABEL",
        "USMCA_CERTIFICATION_OF_ORIGIN",
        "USMCA_COMMERCIAL_INVOICE_CERTIFICATION_OF_ORIGIN",
        "OTHER",
        "PRO_FORMA_INVOICE",
    }
)


def to_commodities(request: ShipmentRequest, lane: Lane, *, weight: MeasuredWeight, strict: bool) -> list[Commodity]:
    """Return the goods.

    Args:
        request: What is shipped.
        lane: From where to where.
        weight: Of all parcels together, for papers.
        strict: Say what is missing; a question for prices leaves it out instead.

    Raises:
        InvalidValueError: Customs would not be told enough; the error names what is missing.
    """
    items = items_with_paths(request)
    if is_documents(request) and not items:
        nothing = Amount(amount=Decimal(0), currency="USD")
        return [
            Commodity(
                description="Documents",
                country_of_manufacture=lane.origin,
                quantity=1,
                quantity_units=_PIECES,
                number_of_pieces=1,
                unit_price=nothing,
                customs_value=nothing,
                weight=weight,
            )
        ]
    if not items and strict:
        msg = f"{_PATH}.items: goods that cross a border need a declaration; list them there or in the parcels"
        raise InvalidValueError(msg, field=f"{_PATH}.items")
    if len(items) > _MOST_KINDS:
        msg = f"{_PATH}.items has {len(items)}, FedEx's invoice takes {_MOST_KINDS}"
        raise InvalidValueError(msg, field=f"{_PATH}.items")
    return [_commodity(path, item, lane, strict=strict) for path, item in items]


def _commodity(path: str, item: ParcelItem, lane: Lane, *, strict: bool) -> Commodity:
    if strict:
        _check_item(path, item)
    unit = item.unit_value
    code = _hs_code(path, item, strict=strict)
    return Commodity(
        description=limited(item.title, _DESCRIPTION, f"{path}.title"),
        country_of_manufacture=item.country_of_origin,
        harmonized_code=code,
        part_number=item.sku if item.sku is not None and len(item.sku) <= _PART else None,
        quantity=item.quantity,
        quantity_units=_PIECES,
        number_of_pieces=1,
        unit_price=to_unit_price(unit, f"{path}.unit_value") if unit is not None else None,
        customs_value=to_amount(unit * item.quantity, f"{path}.unit_value") if unit is not None else None,
        weight=to_goods_weight(item.weight, item.quantity, in_pounds=lane.in_pounds, field=f"{path}.weight")
        if item.weight is not None
        else None,
    )


def _check_item(path: str, item: ParcelItem) -> None:
    for name in ("unit_value", "weight", "hs_code", "country_of_origin"):
        if not getattr(item, name):
            raise InvalidValueError(f"{path}.{name} must be known for customs", field=f"{path}.{name}")


def _hs_code(path: str, item: ParcelItem, *, strict: bool) -> str | None:
    code = re.sub(r"[\s.-]", "", item.hs_code or "").upper()
    if _HS_CODE.fullmatch(code):
        return code
    if strict:
        raise InvalidValueError(f"{path}.hs_code must have 4 to 14 digits", field=f"{path}.hs_code")
    return None


def goods_value(request: ShipmentRequest) -> Money | None:
    """Return what all goods are worth; ``None`` when that is not known of each.

    Raises:
        InvalidValueError: The values are in several currencies.
    """
    total: Money | None = None
    for path, item in items_with_paths(request):
        if item.unit_value is None:
            return None
        value = item.unit_value * item.quantity
        if total is not None and total.currency != value.currency:
            raise InvalidValueError(f"{path}.unit_value is in another currency", field=f"{path}.unit_value")
        total = value if total is None else total + value
    return total


def to_customs(
    request: ShipmentRequest, lane: Lane, *, account: str, reference: str, weight: MeasuredWeight
) -> CustomsDetail:
    """Return what customs is told.

    Args:
        request: What is shipped.
        lane: From where to where.
        account: That ships.
        reference: The invoice's number where none is given.
        weight: Of all parcels together, for papers.

    Raises:
        InvalidValueError: Customs would not be told enough; the error names what is missing.
    """
    declaration = request.customs or CustomsDeclaration()
    goods_value(request)  # in one currency
    commodities = to_commodities(request, lane, weight=weight, strict=True)
    values = [one.customs_value for one in commodities if one.customs_value is not None]
    number = limited(declaration.invoice_number or reference, 30, f"{_PATH}.invoice_number")
    return CustomsDetail(
        commercial_invoice=CommercialInvoice(
            customer_references=[Reference(customer_reference_type="INVOICE_NUMBER", value=number)],
            terms_of_sale=_terms(declaration),
            shipment_purpose=_PURPOSES[declaration.contents],
            special_instructions=_explanation(declaration),
        ),
        duties_payment=to_duties(declaration, account),
        commodities=commodities,
        is_document_only=is_documents(request),
        recipient_customs_id=_customs_id(request.ship_to) if lane.destination == "BR" else None,
        customs_option=_customs_option(request),
        export_detail=_export(request, declaration),
        total_customs_value=sum_of(values),
    )


def _explanation(declaration: CustomsDeclaration) -> str | None:
    field = f"{_PATH}.explanation"
    if declaration.explanation:
        return limited(declaration.explanation, _EXPLANATION, field)
    if declaration.contents is ContentsType.OTHER:
        raise InvalidValueError(f"{field} must say why the goods are sent", field=field)
    return None


def _terms(declaration: CustomsDeclaration) -> str | None:
    if declaration.incoterm is None:
        return None
    term = declaration.incoterm.strip().upper()
    if term not in _TERMS:
        field = f"{_PATH}.incoterm"
        raise InvalidValueError(f"{field} must be one of {', '.join(sorted(_TERMS))} for FedEx", field=field)
    return term


def to_duties(declaration: CustomsDeclaration, account: str) -> Payment:
    """Return who pays duties and taxes: who is named, or the sender with DDP, or else the recipient.

    Raises:
        InvalidValueError: The one named and the incoterm do not fit, or the payer's account is missing.
    """
    field = f"{_PATH}.duties_bill_to"
    paid = (declaration.incoterm or "").strip().upper() == "DDP"
    bill = declaration.duties_bill_to
    if bill is None:
        bill = BillTo(party=BillParty.SENDER if paid else BillParty.RECEIVER)
    elif paid and bill.party is BillParty.RECEIVER:
        raise InvalidValueError(f"{field}: with DDP the sender's side pays duties, not the receiver", field=field)
    if bill.party is BillParty.RECEIVER and bill.account_number is None:
        return Payment(payment_type="RECIPIENT")
    return to_payment(bill, account, field)


def _customs_id(address: Address) -> RecipientCustomsId | None:
    for tax in address.tax_ids:
        kind = _BRAZIL.get(tax.kind.upper())
        if kind is not None:
            return RecipientCustomsId(type=kind, value=tax.value.replace(" ", ""))
    return None


def _customs_option(request: ShipmentRequest) -> CustomsOption | None:
    extra = fedex_options(request)
    kind = extra.customs_option or ("COURTESY_RETURN_LABEL" if request.is_return else None)
    if kind is None:
        return None
    words = extra.rma_reason if kind == "OTHER" else None
    return CustomsOption(type=kind, description=words)


def _export(request: ShipmentRequest, declaration: CustomsDeclaration) -> ExportDetail | None:
    canada = fedex_options(request).canada_export
    statement = None
    if declaration.export_filing:
        said = declaration.export_filing.strip()
        number, legend = _ITN.fullmatch(said.upper()), _LEGEND.fullmatch(said)
        if number is not None:
            statement = f"AES{number[1]}"
        elif legend is not None:
            # one of FedEx's own words, for example NO_EEI_30_37_A (the description of exportComplianceStatement)
            statement = "NO_EEI_" + "_".join(re.findall(r"[0-9A-Z]+", legend[1].upper()))
        else:
            field = f"{_PATH}.export_filing"
            msg = f"{field} must be an exemption such as '30.37(a)' or an ITN (X and 14 digits)"
            raise InvalidValueError(msg, field=field)
    if canada is None and statement is None:
        return None
    return ExportDetail(b13_a_filing_option=canada, export_compliance_statement=statement)


# --- papers ---------------------------------------------------------------------------------------------------------------


def read_document_ids(identities: Sequence[str]) -> list[AttachedDocument]:
    """Return papers that were handed in beforehand.

    Args:
        identities: As ``upload_document`` returned them: FedEx's kind of paper, a colon, FedEx's number.
    """
    found = []
    for identity in identities:
        kind, colon, number = identity.partition(":")
        if colon and kind in UPLOAD_TYPES:
            found.append(AttachedDocument(document_type=kind, document_id=number))
        else:
            found.append(AttachedDocument(document_id=identity))
    return found


def to_trade_documents(request: ShipmentRequest) -> EtdDetail | None:
    """Return the electronic trade documents: your own papers, and FedEx's invoice where yours is not among them."""
    declaration = request.customs or CustomsDeclaration()
    attached = read_document_ids(declaration.document_ids)
    own_invoice = any(one.document_type == _INVOICE for one in attached)
    requested = fedex_options(request).paperless and not own_invoice and not is_documents(request)
    if not attached and not requested:
        return None
    return EtdDetail(attached_documents=attached or None, requested_document_types=[_INVOICE] if requested else None)


def to_papers(request: ShipmentRequest) -> DocumentSpecification | None:
    """Return which papers FedEx makes: the invoice, unless yours was handed in, or there are papers only in the parcel."""
    declaration = request.customs or CustomsDeclaration()
    own = any(one.document_type == _INVOICE for one in read_document_ids(declaration.document_ids))
    if own or is_documents(request):
        return None
    form = DocumentFormat(stock_type="PAPER_LETTER", doc_type="PDF")
    return DocumentSpecification(
        shipping_document_types=[_INVOICE], commercial_invoice_detail=InvoiceDocument(document_format=form)
    )
