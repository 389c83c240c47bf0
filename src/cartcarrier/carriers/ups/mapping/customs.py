"""The invoice that UPS makes for customs (field guide ups.md §4.4)."""

import re
from datetime import date
from typing import Final

from cartcarrier.carriers.ups.mapping.goods import goods_value, items_with_paths
from cartcarrier.carriers.ups.mapping.lanes import Lane, ups_country
from cartcarrier.carriers.ups.mapping.measures import to_unit_value, to_weight
from cartcarrier.carriers.ups.mapping.papers import INVOICE, MOST_PAPERS, read_document_ids
from cartcarrier.carriers.ups.mapping.parties import Side, to_charge, to_party
from cartcarrier.carriers.ups.mapping.services import ups_options
from cartcarrier.carriers.ups.mapping.text import LINE, LINES, limited, plain, wrapped
from cartcarrier.carriers.ups.schemas._base import Coded, ShipmentCharge
from cartcarrier.carriers.ups.schemas.shipping import (
    Contacts,
    EEIFilingOption,
    InternationalForms,
    Product,
    ShipperFiled,
    Unit,
    UserCreatedForm,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import BillParty, ContentsType, CustomsDeclaration, ParcelItem, ShipmentRequest

_INVOICE: Final = "01"
_PARTIAL: Final = "05"
"""Of returns: they take no other form (UPS's description of ``FormType``)."""
_OWN: Final = "07"
_EEI: Final = "11"
_RETURN: Final = "RETURN"
_SHIPPER_FILED: Final = "1"
_MOST_PRODUCTS: Final = 50  # UPS's description; the guide has 100 from elsewhere, and the smaller one is safe
_DESCRIPTION: Final = 50
_REASON: Final = 20
_PIECES: Final = Coded(code="PCS", description="PCS")
_TERMS: Final = frozenset(["CFR", "CIF", "CIP", "CPT", "DAF", "DAP", "DDP", "DEQ", "DES", "EXW", "FAS", "FCA", "FOB"])
_REASONS: Final = {
    ContentsType.MERCHANDISE: "SALE",
    ContentsType.GIFT: "GIFT",
    ContentsType.SAMPLE: "SAMPLE",
    ContentsType.RETURNED_GOODS: "RETURN",
}
_HS_CODE: Final = re.compile(r"[0-9A-Z]{6,15}")
_ITN: Final = re.compile(r"(?:AES)?\W*(?:ITN)?\W*(X\d{14})")
_LEGEND: Final = re.compile(r"30\.\d{1,2}(?:\([a-z0-9]{1,2}\)){0,3}")
_PATH: Final = "ShipmentRequest.customs"


def to_forms(request: ShipmentRequest, lane: Lane, *, reference: str, today: date) -> InternationalForms:
    """Return the order for an invoice.

    Args:
        request: What is shipped.
        lane: From where to where.
        reference: The invoice's number where none is given.
        today: The invoice's date where neither it nor a ship date is given.

    Raises:
        InvalidValueError: Customs would not be told enough; the error names what is missing.
    """
    declaration = request.customs or CustomsDeclaration()
    transliterate = ups_options(request).transliterate
    items = items_with_paths(request)
    if not items:
        msg = f"{_PATH}.items: goods that cross a border need a declaration; list them there or in the parcels"
        raise InvalidValueError(msg, field=f"{_PATH}.items")
    if len(items) > _MOST_PRODUCTS:
        raise InvalidValueError(f"{_PATH}.items has {len(items)}, UPS takes {_MOST_PRODUCTS}", field=f"{_PATH}.items")
    for path, item in items:
        if item.unit_value is None:
            raise InvalidValueError(f"{path}.unit_value must be known for customs", field=f"{path}.unit_value")
    total = goods_value(items)
    assert total is not None  # noqa: S101 - each item has a value, as was just seen
    buyer = declaration.sold_to or request.ship_to
    buyer_path = f"{_PATH}.sold_to" if declaration.sold_to is not None else "ShipmentRequest.ship_to"
    if ups_country(buyer) != lane.destination:
        field = f"{_PATH}.sold_to.country_code"
        raise InvalidValueError(f"{field} must be the recipient's country; UPS takes no other", field=field)
    back = request.is_return
    filing = None if back else _filing(declaration)
    given = declaration.invoice_date or request.ship_date
    papers = read_document_ids(declaration.document_ids)
    if len(papers) > MOST_PAPERS:
        field = f"{_PATH}.document_ids"
        raise InvalidValueError(f"{field} has {len(papers)}, UPS takes {MOST_PAPERS}", field=field)
    forms = [_PARTIAL] if back else [] if any(paper.kind == INVOICE for paper in papers) else [_INVOICE]
    forms += [_OWN] if papers else []
    forms += [_EEI] if filing is not None else []
    sold_to = None if back else Contacts(sold_to=to_party(buyer, Side(buyer_path, transliterate), customs=True))
    return InternationalForms(
        form_type=forms,
        user_created_form=UserCreatedForm(document_id=[paper.number for paper in papers]) if papers else None,
        eei_filing_option=filing,
        contacts=sold_to,
        product=[
            _product(path, item, place, lane, transliterate=transliterate, coded=not back)
            for place, (path, item) in enumerate(items, start=1)
        ],
        invoice_number=limited(declaration.invoice_number or reference, LINE, f"{_PATH}.invoice_number"),
        invoice_date=None if back else f"{given or today:%Y%m%d}",
        terms_of_shipment=_terms(declaration),
        reason_for_export=_RETURN
        if back and declaration.contents is ContentsType.MERCHANDISE
        else _reason(declaration, transliterate=transliterate),
        currency_code=total.currency,
    )


def _terms(declaration: CustomsDeclaration) -> str | None:
    if declaration.incoterm is None:
        return None
    term = declaration.incoterm.strip().upper()
    if term not in _TERMS:
        field = f"{_PATH}.incoterm"
        raise InvalidValueError(f"{field} must be one of {', '.join(sorted(_TERMS))} for UPS", field=field)
    return term


def _reason(declaration: CustomsDeclaration, *, transliterate: bool) -> str:
    known = _REASONS.get(declaration.contents)
    if known is not None:
        return known
    field = f"{_PATH}.explanation"
    if not declaration.explanation:
        raise InvalidValueError(f"{field} must say why the goods are sent", field=field)
    return limited(declaration.explanation, _REASON, field, transliterate=transliterate)


def _filing(declaration: CustomsDeclaration) -> EEIFilingOption | None:
    if not declaration.export_filing:
        return None
    said = declaration.export_filing.strip()
    number = _ITN.fullmatch(said.upper())
    if number is not None:
        filed = ShipperFiled(code="A", pre_departure_itn_number=number[1])
    elif _LEGEND.fullmatch(said):
        filed = ShipperFiled(code="B", exemption_legend=said)
    else:
        field = f"{_PATH}.export_filing"
        raise InvalidValueError(
            f"{field} must be an exemption such as '30.37(a)' or an ITN (X and 14 digits)", field=field
        )
    return EEIFilingOption(code=_SHIPPER_FILED, shipper_filed=filed)


def _product(path: str, item: ParcelItem, place: int, lane: Lane, *, transliterate: bool, coded: bool) -> Product:
    lines = wrapped(plain(item.title, f"{path}.title", transliterate=transliterate), LINE)
    if lines is None or len(lines) > LINES:
        msg = f"{path}.title does not fit on {LINES} lines of {LINE} characters"
        raise InvalidValueError(msg, field=f"{path}.title")
    if item.country_of_origin is None:
        raise InvalidValueError(
            f"{path}.country_of_origin must be known for customs", field=f"{path}.country_of_origin"
        )
    number = str(item.quantity)
    if len(number) > 7:
        raise InvalidValueError(f"{path}.quantity has more digits than UPS has room for", field=f"{path}.quantity")
    if coded and not item.hs_code:
        # without it customs decides, or holds the parcel: the fee comes later (field guide ups.md §4.4)
        raise InvalidValueError(f"{path}.hs_code must be known for customs", field=f"{path}.hs_code")
    assert item.unit_value is not None  # noqa: S101 - to_forms has looked
    weight = None
    if item.weight is not None and item.weight:
        weight = to_weight(item.weight * item.quantity, in_pounds=lane.in_pounds, field=f"{path}.weight")
    return Product(
        description=lines,
        unit=Unit(
            number=number, unit_of_measurement=_PIECES, value=to_unit_value(item.unit_value, f"{path}.unit_value")
        ),
        commodity_code=_hs_code(item.hs_code, f"{path}.hs_code"),
        part_number=limited(item.sku or str(place), LINE, f"{path}.sku", transliterate=transliterate),
        origin_country_code=item.country_of_origin,
        product_weight=weight,
    )


def _hs_code(code: str | None, field: str) -> str | None:
    if not code:
        return None
    bare = re.sub(r"[ .]", "", code).upper()
    if not _HS_CODE.fullmatch(bare):
        raise InvalidValueError(f"{field} must have 6 to 15 letters or digits", field=field)
    return bare


def to_duties(request: ShipmentRequest, account: str) -> ShipmentCharge | None:
    """Return who pays duties; ``None`` leaves them to the recipient, which is UPS's own rule (field guide ups.md §4.3).

    Raises:
        InvalidValueError: The payer contradicts the terms, or cannot be billed.
    """
    declaration = request.customs
    if declaration is None:
        return None
    field = f"{_PATH}.duties_bill_to"
    delivered_paid = (declaration.incoterm or "").strip().upper() == "DDP"
    bill = declaration.duties_bill_to
    if bill is None:
        return to_charge("02", None, account, field) if delivered_paid else None
    if bill.party is BillParty.RECEIVER:
        if delivered_paid:
            raise InvalidValueError(f"{field}: with DDP the sender's side pays duties, not the receiver", field=field)
        if bill.account_number is None:
            return None
    return to_charge("02", bill, account, field)


def to_description(request: ShipmentRequest) -> str:
    """Return what the goods are, for the whole shipment.

    It is a summary: the invoice has every title in full. Titles too long together give way to the first one, and that, if need be,
    to its first words.

    Raises:
        InvalidValueError: There is nothing to make it of.
    """
    extra = ups_options(request)
    if extra.description:
        return limited(extra.description, _DESCRIPTION, "UPSOptions.description", transliterate=extra.transliterate)
    titles = list(
        dict.fromkeys(
            plain(item.title, f"{path}.title", transliterate=extra.transliterate)
            for path, item in items_with_paths(request)
        )
    )
    if not titles:
        if request.customs is not None and request.customs.contents is ContentsType.DOCUMENTS:
            return "Documents"
        field = "UPSOptions.description"
        raise InvalidValueError(f"{field} or the parcels' items must say what the goods are", field=field)
    whole = "; ".join(titles)
    if len(whole) <= _DESCRIPTION:
        return whole
    first = wrapped(titles[0], _DESCRIPTION)
    return first[0] if first else titles[0][:_DESCRIPTION]
