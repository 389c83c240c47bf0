"""Customs forms: complete and true before anything is bought."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from cartcarrier.carriers.usps.mapping.customs import goods_value, to_quoted_items, wants_prepaid_duties
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    BillParty,
    BillTo,
    ContentsType,
    CustomsDeclaration,
    Money,
    ShipmentRequest,
    TaxId,
)
from tests.unit.carriers.usps.samples import (
    abroad,
    berliner,
    body_of,
    military,
    parcel,
    pounds,
    recipient,
    sender,
    shirt,
    steps_of,
)


def form_of(asked: ShipmentRequest) -> dict[str, Any]:
    """Return the form that would be sent."""
    return body_of(asked)["customsForm"]  # type: ignore[no-any-return]  # plain JSON


def with_items(*items: Any, **changes: Any) -> ShipmentRequest:
    """Return a parcel abroad with these goods."""
    return abroad(parcels=[parcel(items=items)], **changes)


def declared(**changes: Any) -> ShipmentRequest:
    """Return a parcel abroad, declared so."""
    return abroad(customs=CustomsDeclaration(**changes))


def test_lines_are_totals() -> None:
    """Value and weight are of the whole line; the country has a spelling of its own here (pitfall 33)."""
    (line,) = form_of(abroad())["contents"]
    assert line == {
        "itemDescription": "Cotton shirt",
        "itemQuantity": 2,
        "itemTotalValue": 40,
        "weightUOM": "lb",
        "itemTotalWeight": 1,
        "HSTariffNumber": "610910",
        "countryofOrigin": "PT",
    }


@pytest.mark.parametrize("title", ["Gift", "merchandise", "N/A", "None", "Null", "Not Applicable", "GIFT."])
def test_words_that_say_nothing_are_refused(title: str) -> None:
    """160050, before it costs a call (pitfall 24)."""
    with pytest.raises(InvalidValueError) as caught:
        form_of(with_items(shirt(title=title)))
    assert caught.value.field == "ShipmentRequest.parcels[0].items[0].title"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "x" * 31}, "title"),
        ({"unit_value": None}, "unit_value"),
        ({"unit_value": Money(amount=Decimal(0), currency="USD")}, "unit_value"),
        ({"unit_value": Money(amount=Decimal(5), currency="EUR")}, "unit_value"),
        ({"weight": None}, "weight"),
        ({"hs_code": "61"}, "hs_code"),
        ({"hs_code": "61ä910"}, "hs_code"),
        ({"country_of_origin": None}, "country_of_origin"),
        ({"quantity": 10_000, "weight": pounds("0.0001"), "unit_value": Money(amount=Decimal("0.01"), currency="USD")}, "quantity"),
    ],
)  # fmt: skip
def test_line_that_is_not_complete_names_the_field(changes: dict[str, Any], field: str) -> None:
    """A parcel that hangs at a border costs more than an error."""
    with pytest.raises(InvalidValueError) as caught:
        form_of(with_items(shirt(**changes)))
    assert caught.value.field == f"ShipmentRequest.parcels[0].items[0].{field}"


def test_tariff_number_is_demanded_where_customs_demands_it() -> None:
    """The EU turns parcels back without (pitfall 25)."""
    with pytest.raises(InvalidValueError, match="hs_code"):
        form_of(with_items(shirt(hs_code=None), ship_to=berliner()))
    assert "HSTariffNumber" not in form_of(with_items(shirt(hs_code=None)))["contents"][0]


def test_weights_of_goods_stay_below_the_parcels() -> None:
    """Rounding makes them heavier together; that is refused (160205; pitfall 23)."""
    asked = with_items(shirt(weight=pounds("0.21"), quantity=3), shirt(weight=pounds("0.21"), quantity=3))
    lines = form_of(asked)["contents"]
    assert sum(Decimal(line["itemTotalWeight"]) for line in lines) <= Decimal("1.25")
    assert lines[0]["itemTotalWeight"] == Decimal("0.625")


def test_goods_much_heavier_than_the_parcel_are_an_error() -> None:
    """That is no rounding: somebody has mistyped."""
    with pytest.raises(InvalidValueError) as caught:
        form_of(with_items(shirt(weight=pounds("1"), quantity=2)))
    assert caught.value.field == "ShipmentRequest.parcels[0].weight"


def test_weightless_goods_weigh_something() -> None:
    """The description wants more than 0."""
    (line,) = form_of(with_items(shirt(weight=pounds("0"), quantity=1)))["contents"]
    assert line["itemTotalWeight"] == Decimal("0.0001")


def test_goods_are_listed() -> None:
    """A form without lines is refused, and one of 31 too."""
    for items in ((), [shirt(quantity=1, weight=pounds("0.01"))] * 31):
        with pytest.raises(InvalidValueError) as caught:
            form_of(with_items(*items))
        assert caught.value.field == "ShipmentRequest.parcels[0].items"


def test_declared_goods_count_for_one_parcel() -> None:
    """Of several parcels each has its own form, so each must say what is in it."""
    goods = [shirt(title="Wool scarf")]
    assert form_of(declared(items=goods))["contents"][0]["itemDescription"] == "Wool scarf"
    both = attrs.evolve(declared(items=goods), parcels=[parcel(items=[shirt()]), parcel()])
    with pytest.raises(InvalidValueError) as caught:
        steps_of(both)
    assert caught.value.field == "ShipmentRequest.parcels[1].items"


@pytest.mark.parametrize(
    ("contents", "word"),
    [
        (ContentsType.GIFT, "GIFT"),
        (ContentsType.SAMPLE, "COMMERCIAL_SAMPLE"),
        (ContentsType.DOCUMENTS, "DOCUMENT"),
        (ContentsType.RETURNED_GOODS, "RETURNED_GOODS"),
    ],
)
def test_contents_have_usps_words(contents: ContentsType, word: str) -> None:
    """A gift is taxed otherwise than merchandise."""
    assert form_of(declared(contents=contents))["customsContentType"] == word


def test_other_contents_are_explained() -> None:
    """160237."""
    made = form_of(declared(contents=ContentsType.OTHER, explanation="Spare part"))
    assert (made["customsContentType"], made["contentComments"]) == ("OTHER", "Spare part")
    for explanation in (None, " ", "x" * 26):
        with pytest.raises(InvalidValueError) as caught:
            form_of(declared(contents=ContentsType.OTHER, explanation=explanation))
        assert caught.value.field == "ShipmentRequest.customs.explanation"


def test_export_filing() -> None:
    """Up to 2,500 USD a tariff line are exempt, more must be filed."""
    german = berliner()
    assert form_of(abroad())["AESITN"] == "NO EEI 30.36"
    assert form_of(with_items(shirt(), ship_to=german))["AESITN"] == "NO EEI 30.37(a)"
    assert form_of(declared(export_filing="30.37(h)"))["AESITN"] == "NO EEI 30.37(h)"
    assert form_of(declared(export_filing="X20261201123456"))["AESITN"] == "X20261201123456"
    dear = shirt(unit_value=Money(amount=Decimal(1300), currency="USD"))
    with pytest.raises(InvalidValueError) as caught:
        form_of(with_items(dear, ship_to=german))
    assert caught.value.field == "ShipmentRequest.customs.export_filing"
    apart = [
        shirt(unit_value=Money(amount=Decimal(1300), currency="USD"), quantity=1, hs_code=code, weight=pounds("0.5"))
        for code in ("610910", "620520")
    ]
    assert form_of(with_items(*apart, ship_to=german))["AESITN"] == "NO EEI 30.37(a)"
    assert "AESITN" not in form_of(military())


def test_invoice_is_short() -> None:
    """Fifteen characters."""
    assert form_of(abroad())["invoiceNumber"] == "INV-7"
    with pytest.raises(InvalidValueError, match="invoice_number"):
        form_of(declared(invoice_number="x" * 16))


@pytest.mark.parametrize(
    ("kind", "word"),
    [("VAT", "VAT_NUMBER"), ("EORI", "IMPORTER_CODE"), ("IOSS", "TAX_CODE"), ("importer", "IMPORTER_CODE")],
)
def test_tax_numbers_are_objects_abroad(kind: str, word: str) -> None:
    """And texts at home: one serializer for each (pitfall 33)."""
    tax = TaxId(kind=kind, value="DE123")
    made = form_of(abroad(ship_to=berliner(tax_ids=[tax]), ship_from=sender(tax_ids=[tax])))
    assert made["importersReference"] == {"referenceType": word, "reference": "DE123"}
    assert made["exportersReference"] == {"referenceType": word, "reference": "DE123"}
    at_home = form_of(military(ship_from=sender(tax_ids=[tax])))
    assert at_home["exportersReference"] == "DE123"


def test_one_tax_number_has_room() -> None:
    """Another one would be left out."""
    tax = TaxId(kind="VAT", value="DE123")
    with pytest.raises(UnsupportedOperationError) as caught:
        form_of(abroad(ship_to=berliner(tax_ids=[tax, tax])))
    assert caught.value.field == "ShipmentRequest.ship_to.tax_ids"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"incoterm": "EXW"}, "customs.incoterm"),
        ({"duties_bill_to": BillTo(party=BillParty.THIRD_PARTY, account_number="1")}, "customs.duties_bill_to"),
        ({"incoterm": "DDP", "duties_bill_to": BillTo(party=BillParty.RECEIVER)}, "customs.duties_bill_to"),
        (
            {"incoterm": "DDP", "duties_bill_to": BillTo(party=BillParty.SENDER, account_number="1")},
            "customs.duties_bill_to",
        ),
        ({"document_ids": ["d"]}, "customs.document_ids"),
        ({"sold_to": recipient()}, "customs.sold_to"),
    ],
)
def test_what_usps_cannot_be_told_is_refused(changes: dict[str, Any], field: str) -> None:
    """Dropped in silence it would be another deal."""
    with pytest.raises(UnsupportedOperationError) as caught:
        form_of(declared(**changes))
    assert caught.value.field == field


def test_duties_are_prepaid_when_asked() -> None:
    """Otherwise the recipient pays."""
    assert wants_prepaid_duties(declared(incoterm="ddp"))
    assert body_of(declared(incoterm="DDP"))["packageDescription"]["prepayDutiesTaxesFees"] is True
    assert "prepayDutiesTaxesFees" not in body_of(abroad())["packageDescription"]
    assert not wants_prepaid_duties(attrs.evolve(abroad(), customs=None))


def test_quoted_goods() -> None:
    """In the words of prices, where the country is spelled otherwise (pitfall 33)."""
    (item,) = to_quoted_items(abroad(), 0)
    assert (item.item_id, item.item_value, item.item_quantity, item.country_of_origin) == ("1", Decimal(20), 2, "PT")
    for items in ((), [shirt(unit_value=None)]):
        with pytest.raises(InvalidValueError):
            to_quoted_items(with_items(*items), 0)


def test_value_of_goods() -> None:
    """Not known is not 0."""
    assert goods_value(abroad(), 0) == Decimal(40)
    assert goods_value(with_items(shirt(unit_value=None)), 0) is None
    assert goods_value(with_items(), 0) is None
    assert body_of(abroad())["packageDescription"]["packageOptions"] == {
        "packageValue": 40,
        "nonDeliveryOption": "RETURN",
    }
