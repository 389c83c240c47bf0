"""Customs forms: what lies in a parcel, as USPS prints and sends it (field guide usps.md §4.7)."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from cartcarrier.carriers.usps.codes import TARIFF_NUMBER_DUE
from cartcarrier.carriers.usps.mapping.lanes import Lane
from cartcarrier.carriers.usps.mapping.measures import to_dollars, to_pounds, trimmed
from cartcarrier.carriers.usps.mapping.text import COMMENTS, DESCRIPTION, limited
from cartcarrier.carriers.usps.schemas import Content, CustomsForm, QuotedItem, TaxReference
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    Address,
    BillParty,
    ContentsType,
    CustomsDeclaration,
    ParcelItem,
    ShipmentRequest,
    WeightUnit,
)

_CONTENTS: Final = {
    ContentsType.MERCHANDISE: "MERCHANDISE",
    ContentsType.GIFT: "GIFT",
    ContentsType.SAMPLE: "COMMERCIAL_SAMPLE",
    ContentsType.DOCUMENTS: "DOCUMENT",
    ContentsType.RETURNED_GOODS: "RETURNED_GOODS",
    ContentsType.OTHER: "OTHER",
}
_MOST: Final = 30
_MOST_PIECES: Final = 9999
_INVOICE: Final = 15
_FILING: Final = 35
_TAX_ABROAD: Final = 28
_TAX_HOME: Final = 40
_TARIFF: Final = (6, 14)
_SAYS_NOTHING: Final = frozenset({"none", "not applicable", "n/a", "null", "gift", "merchandise"})
# Above this in one tariff line an export must be filed (field guide usps.md §4.7; the exemption for Canada is unconfirmed there).
_FILING_DUE: Final = Decimal(2500)
_EXEMPT: Final = "30.37(a)"
_EXEMPT_TO_CANADA: Final = "30.36"
_WEIGHT_STEP: Final = Decimal("0.0001")
# Rounding makes items heavier than their parcel; a tenth is more than rounding does.
_TOLERANCE: Final = Decimal("1.1")
_TERMS: Final = frozenset({None, "DAP", "DDU", "DDP"})


def wants_prepaid_duties(request: ShipmentRequest) -> bool:
    """Whether the sender pays duties."""
    return request.customs is not None and (request.customs.incoterm or "").upper() == "DDP"


def items_with_paths(request: ShipmentRequest, index: int) -> list[tuple[str, ParcelItem]]:
    """Return what lies in a parcel, each with its path.

    Raises:
        InvalidValueError: The declaration lists goods, and does not say in which of several parcels they are.
    """
    declared = request.customs.items if request.customs is not None else ()
    own = request.parcels[index].items
    if declared and len(request.parcels) > 1 and not own:
        field = f"ShipmentRequest.parcels[{index}].items"
        raise InvalidValueError(
            f"{field} must say which goods are in it: each parcel has a form of its own", field=field
        )
    if declared and len(request.parcels) == 1:
        return [(f"ShipmentRequest.customs.items[{place}]", item) for place, item in enumerate(declared)]
    return [(f"ShipmentRequest.parcels[{index}].items[{place}]", item) for place, item in enumerate(own)]


def _check_terms(customs: CustomsDeclaration) -> None:
    terms = (customs.incoterm or "").upper() or None
    bill = customs.duties_bill_to
    payer = BillParty.SENDER if terms == "DDP" else BillParty.RECEIVER
    for field, wanted, why in (
        ("customs.incoterm", terms not in _TERMS, "can be DAP, or DDP for duties that you prepay"),
        (
            "customs.duties_bill_to",
            bill is not None and (bill.party is not payer or bill.account_number is not None),
            "is said by the incoterm, DAP or DDP, and takes no account",
        ),
        ("customs.document_ids", bool(customs.document_ids), "cannot be said: USPS takes no papers of your own"),
        ("customs.sold_to", customs.sold_to is not None, "cannot be said: the form names the recipient only"),
    ):
        if wanted:
            raise UnsupportedOperationError(f"usps: {field} {why}; nothing was sent", field=field)


def to_customs_form(request: ShipmentRequest, index: int, lane: Lane) -> CustomsForm:
    """Return the form of one parcel.

    Raises:
        InvalidValueError: Something is missing, too long, or says nothing; the error names it.
        UnsupportedOperationError: Something cannot be said to USPS.
    """
    customs = request.customs or CustomsDeclaration()
    _check_terms(customs)
    items = items_with_paths(request, index)
    if not items:
        field = f"ShipmentRequest.parcels[{index}].items"
        raise InvalidValueError(f"{field} must say what is in it: a customs form is due there", field=field)
    if len(items) > _MOST:
        field = items[0][0].rpartition("[")[0]
        raise InvalidValueError(f"{field} has {len(items)} lines, USPS takes {_MOST}", field=field)
    contents = _contents(request, index, items)
    comments = None
    if customs.contents is ContentsType.OTHER:
        field = "ShipmentRequest.customs.explanation"
        if not (customs.explanation or "").strip():
            raise InvalidValueError(f"{field} must say what it is when contents is OTHER", field=field)
        comments = limited(customs.explanation or "", COMMENTS, field)
    invoice = customs.invoice_number
    return CustomsForm(
        customs_content_type=_CONTENTS[customs.contents],
        content_comments=comments,
        aes_itn=_filing(customs, contents, request.ship_to.country_code, lane),
        invoice_number=limited(invoice, _INVOICE, "ShipmentRequest.customs.invoice_number") if invoice else None,
        importers_reference=_tax_reference(request.ship_to, "ShipmentRequest.ship_to", lane),
        exporters_reference=_tax_reference(request.ship_from, "ShipmentRequest.ship_from", lane),
        contents=contents,
    )


def _contents(request: ShipmentRequest, index: int, items: Sequence[tuple[str, ParcelItem]]) -> list[Content]:
    weights = _weights(request, index, items)
    due = request.ship_to.country_code in TARIFF_NUMBER_DUE
    return [_content(path, item, weight, tariff_due=due) for (path, item), weight in zip(items, weights, strict=True)]


def _content(path: str, item: ParcelItem, weight: Decimal, *, tariff_due: bool) -> Content:
    title = limited(item.title, DESCRIPTION, f"{path}.title")
    if title.lower().rstrip(".") in _SAYS_NOTHING:
        # 160050, refused before it costs a call (field guide usps.md §11, pitfall 24)
        raise InvalidValueError(f"{path}.title must say what it is; USPS refuses {title!r}", field=f"{path}.title")
    if item.quantity > _MOST_PIECES:
        raise InvalidValueError(f"{path}.quantity is more than {_MOST_PIECES}", field=f"{path}.quantity")
    if item.unit_value is None:
        raise InvalidValueError(f"{path}.unit_value must be given for customs", field=f"{path}.unit_value")
    value = to_dollars(item.unit_value * item.quantity, f"{path}.unit_value")
    if not value:
        raise InvalidValueError(
            f"{path}.unit_value must be more than 0: customs wants what it is worth", field=f"{path}.unit_value"
        )
    tariff = (item.hs_code or "").replace(".", "").replace(" ", "") or None
    least, most = _TARIFF
    if tariff is None and tariff_due:
        raise InvalidValueError(f"{path}.hs_code must be given for that country", field=f"{path}.hs_code")
    if tariff is not None and not (least <= len(tariff) <= most and tariff.isascii() and tariff.isalnum()):
        raise InvalidValueError(f"{path}.hs_code must have {least} to {most} digits", field=f"{path}.hs_code")
    if item.country_of_origin is None:
        raise InvalidValueError(
            f"{path}.country_of_origin must be given for customs", field=f"{path}.country_of_origin"
        )
    return Content(
        item_description=title,
        item_quantity=item.quantity,
        item_total_value=value,
        weight_uom="lb",
        item_total_weight=weight,
        tariff_number=tariff,
        country_of_origin=item.country_of_origin,
    )


def _weights(request: ShipmentRequest, index: int, items: Sequence[tuple[str, ParcelItem]]) -> list[Decimal]:
    """Return the weight of each line in pounds; together not more than the parcel (160205; pitfall 23)."""
    exact: list[Decimal] = []
    for path, item in items:
        if item.weight is None:
            raise InvalidValueError(f"{path}.weight must be given for customs", field=f"{path}.weight")
        exact.append(item.weight.to(WeightUnit.POUND).value * item.quantity)
    whole = to_pounds(request.parcels[index].weight)
    total = sum(exact, Decimal(0))
    if total > whole * _TOLERANCE:
        field = f"ShipmentRequest.parcels[{index}].weight"
        raise InvalidValueError(f"{field} is less than the goods in it weigh", field=field)
    factor = min(Decimal(1), whole / total) if total else Decimal(1)
    return [trimmed(max((weight * factor).quantize(_WEIGHT_STEP, ROUND_FLOOR), _WEIGHT_STEP)) for weight in exact]


def _filing(customs: CustomsDeclaration, contents: Sequence[Content], country: str, lane: Lane) -> str | None:
    field = "ShipmentRequest.customs.export_filing"
    given = (customs.export_filing or "").strip()
    if given:
        text = given if not given.startswith("30.") else f"NO EEI {given}"
        return limited(text, _FILING, field)
    if not lane.is_abroad:
        return None
    if country == "CA":
        return f"NO EEI {_EXEMPT_TO_CANADA}"
    by_tariff: dict[str, Decimal] = {}
    for content in contents:
        key = content.tariff_number or content.item_description
        by_tariff[key] = by_tariff.get(key, Decimal(0)) + content.item_total_value
    if max(by_tariff.values()) > _FILING_DUE:
        msg = (
            f"{field} must be the filing's number (ITN): goods of one tariff line are worth more than {_FILING_DUE} USD"
        )
        raise InvalidValueError(msg, field=field)
    return f"NO EEI {_EXEMPT}"


def _tax_reference(address: Address, field: str, lane: Lane) -> TaxReference | str | None:
    if not address.tax_ids:
        return None
    path = f"{field}.tax_ids"
    if len(address.tax_ids) > 1:
        raise UnsupportedOperationError(f"usps: {path} has several numbers, a form has room for one", field=path)
    tax = address.tax_ids[0]
    if not lane.is_abroad:
        return limited(tax.value, _TAX_HOME, path)
    kind = tax.kind.upper()
    reference = "VAT_NUMBER" if kind == "VAT" else "IMPORTER_CODE" if kind in {"EORI", "IMPORTER"} else "TAX_CODE"
    return TaxReference(reference_type=reference, reference=limited(tax.value, _TAX_ABROAD, path))


def goods_value(request: ShipmentRequest, index: int) -> Decimal | None:
    """Return what lies in a parcel is worth; ``None`` when that is not known."""
    total = Decimal(0)
    for path, item in items_with_paths(request, index):
        if item.unit_value is None:
            return None
        total += to_dollars(item.unit_value * item.quantity, f"{path}.unit_value")
    return total or None


def to_quoted_items(request: ShipmentRequest, index: int) -> list[QuotedItem]:
    """Return the goods for a quote of duties. The country of origin has another spelling here than on the form.

    Raises:
        InvalidValueError: There are none (160396), or a value is missing.
    """
    items = items_with_paths(request, index)
    if not items:
        field = f"ShipmentRequest.parcels[{index}].items"
        raise InvalidValueError(f"{field} must say what is in it: duties are counted on it", field=field)
    made = []
    for place, (path, item) in enumerate(items):
        if item.unit_value is None:
            raise InvalidValueError(f"{path}.unit_value must be given for customs", field=f"{path}.unit_value")
        made.append(
            QuotedItem(
                item_id=str(place + 1),
                item_value=to_dollars(item.unit_value, f"{path}.unit_value"),
                item_quantity=item.quantity,
                country_of_origin=item.country_of_origin,
                tariff_number=(item.hs_code or "").replace(".", "").replace(" ", "") or None,
            )
        )
    return made
