"""The customs declaration that is made where the caller gives none."""

from collections.abc import Mapping, Sequence
from typing import Final

from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Address, CustomsDeclaration, Order, Parcel, ParcelItem

# The customs union of the EU, with Monaco, which belongs to it by its treaty with France. Goods move in it undeclared.
# Its members' territories with country codes of their own (Réunion, Åland and the like) need papers and are not in it.
_UNION: Final = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)


def crosses_customs(ship_from: Address, ship_to: Address) -> bool:
    """Return whether a parcel between the two is declared."""
    here, there = ship_from.country_code, ship_to.country_code
    return here != there and not (here in _UNION and there in _UNION)


class CustomsUnknownError(InvalidValueError):
    """What customs asks for is not known; the order may say it where a list of orders left it out."""


def declaration(order: Order, parcels: Sequence[Parcel], lines: Mapping[str, int]) -> CustomsDeclaration:
    """Return what customs is told: delivered at place, the items of the parcels or, without any, the order's lines.

    Args:
        order: Fills in what the parcels' items leave out.
        parcels: What leaves.
        lines: What leaves, by order line.

    Raises:
        CustomsUnknownError: An item's value or origin is known from neither.
        InvalidValueError: Nothing says what is in the parcels.
    """
    by_id = {line.id: line for line in order.lines}
    items = [item for parcel in parcels for item in parcel.items]
    if not items:
        items = [
            ParcelItem(title=by_id[line_id].title or "article", quantity=pieces, order_line_id=line_id)
            for line_id, pieces in lines.items()
        ]
    if not items:
        msg = "the parcel crosses a border and nothing says what is in it: give the parcels items"
        raise InvalidValueError(msg, field="parcels.items")
    return CustomsDeclaration(incoterm="DAP", items=[_filled_in(item, order) for item in items])


def _filled_in(item: ParcelItem, order: Order) -> ParcelItem:
    line = next((line for line in order.lines if line.id == item.order_line_id), None)
    unit_value = item.unit_value or (line.unit_price if line else None)
    origin = item.country_of_origin or (line.country_of_origin if line else None)
    for name, value in (("unit_value", unit_value), ("country_of_origin", origin)):
        if value is None:
            what = f"order line {item.order_line_id}" if item.order_line_id else f"article {item.sku or '(no sku)'}"
            msg = f"the parcel crosses a border, and {name} of {what} is not known: give it in the parcel's items"
            raise CustomsUnknownError(msg, field=f"parcels.items.{name}")
    return ParcelItem(
        sku=item.sku or (line.sku if line else None),
        title=item.title,
        quantity=item.quantity,
        unit_value=unit_value,
        weight=item.weight or (line.weight if line else None),
        hs_code=item.hs_code or (line.hs_code if line else None),
        country_of_origin=origin,
        order_line_id=item.order_line_id,
    )
