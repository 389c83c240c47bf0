"""What lies in a shipment, for customs."""

from cartcarrier.models import ParcelItem, ShipmentRequest


def items_with_paths(request: ShipmentRequest) -> list[tuple[str, ParcelItem]]:
    """Return what customs is told of, each with its path: the declaration's items, or else what lies in the parcels."""
    if request.customs is not None and request.customs.items:
        return [(f"ShipmentRequest.customs.items[{place}]", item) for place, item in enumerate(request.customs.items)]
    return [
        (f"ShipmentRequest.parcels[{index}].items[{place}]", item)
        for index, parcel in enumerate(request.parcels)
        for place, item in enumerate(parcel.items)
    ]
