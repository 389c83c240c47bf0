"""What UPS wants to know about goods that cross a border (field guide ups.md §4.4)."""

from decimal import Decimal

from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.account import World
from cartcarrier.sandbox.ups.codes import FORM_TYPES, TERMS_OF_SHIPMENT
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.lanes import Lane
from cartcarrier.sandbox.ups.paperless import check_documents

_WITH_PRODUCTS = frozenset({"01", "03", "04", "05", "11"})
_WITH_SOLD_TO = frozenset({"01", "04"})
MAX_PRODUCTS = 100


def check_customs(world: World, shipment: Node, lane: Lane, service: str, *, is_letter: bool) -> bool:
    """Refuse an international shipment that customs would stop.

    Args:
        world: What the platform knows: uploaded documents.
        shipment: UPS's ``Shipment`` object.
        lane: The countries.
        service: The rating code.
        is_letter: Whether only letters are sent; they need no forms.

    Returns:
        Whether forms are asked for, so that an image of them comes back.

    Raises:
        UPSError: The first rule that is broken.
    """
    if lane.needs_line_total and not fields.child(shipment, "ReturnService") and not is_letter:
        fields.required(shipment, "InvoiceLineTotal.CurrencyCode")
        if not Decimal(1) <= fields.number(shipment, "InvoiceLineTotal.MonetaryValue") <= 99_999_999:
            raise UPSError(INVALID, "InvoiceLineTotal.MonetaryValue must be between 1 and 99999999.")
    forms = fields.child(shipment, "ShipmentServiceOptions.InternationalForms")
    if not forms:
        exempt = is_letter or (lane.is_within_union and service in {"11", "07", "54", "65"})
        if lane.is_international and not exempt and not fields.is_on(shipment, "DocumentsOnlyIndicator"):
            raise UPSError(MISSING, "ShipmentServiceOptions.InternationalForms is required for this shipment.")
        return False
    _check_forms(world, shipment, forms)
    return True


def _check_forms(world: World, shipment: Node, forms: Node) -> None:
    types = {kind if isinstance(kind, str) else "" for kind in fields.items(forms, "FormType")}
    if not types or not types <= FORM_TYPES:
        raise UPSError(INVALID, "InternationalForms.FormType is missing or invalid.")
    if {"01", "05"} <= types:
        raise UPSError(INVALID, "InternationalForms.FormType 01 and 05 exclude each other.")
    if "07" in types and not fields.items(forms, "UserCreatedForm.DocumentID"):
        raise UPSError(MISSING, "InternationalForms.UserCreatedForm.DocumentID is required for FormType 07.")
    check_documents(world, fields.items(forms, "UserCreatedForm.DocumentID"))
    if types & _WITH_SOLD_TO:
        _check_sold_to(shipment, forms)
    if "01" in types:
        for name in ("InvoiceDate", "ReasonForExport", "CurrencyCode"):
            fields.required(forms, name)
        terms = fields.text(forms, "TermsOfShipment")
        if terms and terms not in TERMS_OF_SHIPMENT:
            raise UPSError(INVALID, "InternationalForms.TermsOfShipment is invalid.")
        if len(fields.text(forms, "ReasonForExport")) > 20:
            raise UPSError(INVALID, "InternationalForms.ReasonForExport takes up to 20 characters.")
    products = fields.objects(forms, "Product")
    if types & _WITH_PRODUCTS and not products:
        raise UPSError(MISSING, "InternationalForms.Product is required.")
    if len(products) > MAX_PRODUCTS:
        raise UPSError(INVALID, "InternationalForms.Product takes up to 100 products.")
    for product in products:
        _check_product(product, priced="01" in types)


def _check_sold_to(shipment: Node, forms: Node) -> None:
    sold_to = fields.child(forms, "Contacts.SoldTo")
    if not sold_to:
        raise UPSError(MISSING, "InternationalForms.Contacts.SoldTo is required.")
    for name in ("Name", "AttentionName", "Phone.Number", "Address.City"):
        fields.required(sold_to, name, MISSING, f"SoldTo.{name} is required.")
    lines = fields.items(sold_to, "Address.AddressLine")
    if not lines or not all(isinstance(line, str) and 0 < len(line) <= 35 for line in lines):
        raise UPSError(INVALID, "SoldTo.Address.AddressLine is missing or too long.")
    if fields.text(sold_to, "Address.CountryCode") != fields.text(shipment, "ShipTo.Address.CountryCode"):
        raise UPSError(INVALID, "The country of SoldTo must be the country of ShipTo.")


def _check_product(product: Node, *, priced: bool) -> None:
    lines = fields.items(product, "Description")
    if not 1 <= len(lines) <= 3 or not all(isinstance(line, str) and 0 < len(line) <= 35 for line in lines):
        raise UPSError(INVALID, "Product.Description takes one to three lines of up to 35 characters.")
    code = fields.text(product, "CommodityCode")
    if code and not (6 <= len(code) <= 15 and code.isalnum()):
        raise UPSError(INVALID, "Product.CommodityCode takes 6 to 15 letters and digits.")
    if priced:
        fields.required(product, "OriginCountryCode")
        fields.required(product, "Unit.UnitOfMeasurement.Code")
        fields.number(product, "Unit.Number")
        value = fields.number(product, "Unit.Value")
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -6:
            raise UPSError(INVALID, "Product.Unit.Value takes up to six decimals.")
