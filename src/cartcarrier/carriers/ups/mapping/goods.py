"""What lies in a shipment, for customs."""

from collections.abc import Sequence

from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Money, ParcelItem, ShipmentRequest


def items_with_paths(request: ShipmentRequest) -> list[tuple[str, ParcelItem]]:
    """Return what customs is told of, each with its path: the declaration's items, or else what lies in the parcels."""
    if request.customs is not None and request.customs.items:
        return [(f"ShipmentRequest.customs.items[{place}]", item) for place, item in enumerate(request.customs.items)]
    return [
        (f"ShipmentRequest.parcels[{index}].items[{place}]", item)
        for index, parcel in enumerate(request.parcels)
        for place, item in enumerate(parcel.items)
    ]


def goods_value(items: Sequence[tuple[str, ParcelItem]]) -> Money | None:
    """Return what all of it is worth; ``None`` when that is not known of each item.

    Raises:
        InvalidValueError: The items' values are in several currencies.
    """
    total: Money | None = None
    for path, item in items:
        if item.unit_value is None:
            return None
        value = item.unit_value * item.quantity
        if total is not None and total.currency != value.currency:
            raise InvalidValueError(f"{path}.unit_value is in another currency", field=f"{path}.unit_value")
        total = value if total is None else total + value
    return total
