"""Models for tests: valid, complete enough, and changed by keyword.

The names and addresses are invented, and odd enough to be searched for: see ``personal_data``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from cartcarrier.models import (
    Address,
    Allocation,
    Buyer,
    Dimensions,
    FulfilledBy,
    Fulfillment,
    FulfillmentParcel,
    Label,
    LabelFormat,
    LengthUnit,
    Money,
    Order,
    OrderLine,
    OrderStatus,
    Parcel,
    PaymentStatus,
    Rate,
    Service,
    Shipment,
    ShipmentRequest,
    ShippedParcel,
    Weight,
    WeightUnit,
)

NAME: Final = "Quilla Canary"
STREET: Final = "12 Canarybird Lane"
PHONE: Final = "2125550147"
EMAIL: Final = "quilla.canary@example.com"
NOW: Final = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)

M = TypeVar("M")


def _make(cls: type[M], defaults: Mapping[str, object], changes: Mapping[str, object]) -> M:
    return cls(**{**defaults, **changes})


def make_address(**changes: Any) -> Address:  # noqa: ANN401 - the fields of Address
    """Return a home in New York."""
    defaults = {
        "name": NAME,
        "street1": STREET,
        "city": "New York",
        "region": "NY",
        "postal_code": "10001",
        "country_code": "US",
        "phone": PHONE,
        "email": EMAIL,
        "residential": True,
    }
    return _make(Address, defaults, changes)


def make_warehouse(**changes: Any) -> Address:  # noqa: ANN401 - the fields of Address
    """Return a sender in Los Angeles."""
    defaults = {
        "name": "Shipping Desk",
        "company": "Example Goods",
        "street1": "1 Dock Road",
        "city": "Los Angeles",
        "region": "CA",
        "postal_code": "90001",
        "country_code": "US",
        "phone": "2135550100",
    }
    return _make(Address, defaults, changes)


def make_parcel(**changes: Any) -> Parcel:  # noqa: ANN401 - the fields of Parcel
    """Return a box of two pounds."""
    defaults = {
        "weight": Weight(value=Decimal(2), unit=WeightUnit.POUND),
        "dimensions": Dimensions(length=Decimal(10), width=Decimal(8), height=Decimal(4), unit=LengthUnit.INCH),
    }
    return _make(Parcel, defaults, changes)


def make_request(**changes: Any) -> ShipmentRequest:  # noqa: ANN401 - the fields of ShipmentRequest
    """Return one parcel from Los Angeles to New York."""
    defaults = {"ship_from": make_warehouse(), "ship_to": make_address(), "parcels": (make_parcel(),)}
    return _make(ShipmentRequest, defaults, changes)


def make_order_line(**changes: Any) -> OrderLine:  # noqa: ANN401 - the fields of OrderLine
    """Return two mugs; none has left."""
    quantity = changes.get("quantity", 2)
    defaults = {
        "id": "line-1",
        "sku": "MUG-1",
        "title": "Mug",
        "quantity": quantity,
        "unfulfilled_quantity": quantity,
        "unit_price": Money(amount=Decimal("12.50"), currency="USD"),
        "weight": Weight(value=Decimal(350), unit=WeightUnit.GRAM),
        "country_of_origin": "PT",
        "hs_code": "691200",
    }
    return _make(OrderLine, defaults, changes)


def make_order(**changes: Any) -> Order:  # noqa: ANN401 - the fields of Order
    """Return a paid order of one line that may be shipped."""
    lines = tuple(changes.get("lines", (make_order_line(),)))
    defaults = {
        "channel": "shopify:default",
        "id": "order-1",
        "number": "#1001",
        "status": OrderStatus.UNFULFILLED,
        "payment_status": PaymentStatus.PAID,
        "fulfilled_by": FulfilledBy.MERCHANT,
        "placed_at": NOW,
        "updated_at": NOW,
        "ship_to": make_address(),
        "buyer": Buyer(name=NAME, email=EMAIL, phone=PHONE),
        "lines": lines,
        "allocations": tuple(
            Allocation(line_id=line.id, quantity=line.unfulfilled_quantity, location_id="location-1") for line in lines
        ),
        "total": Money(amount=Decimal("25.00"), currency="USD"),
    }
    return _make(Order, defaults, changes)


def make_rate(**changes: Any) -> Rate:  # noqa: ANN401 - the fields of Rate
    """Return a price of UPS Ground."""
    defaults = {
        "carrier": "ups:default",
        "service": Service(code="03", name="UPS Ground"),
        "total": Money(amount=Decimal("9.80"), currency="USD"),
        "transit_days": 4,
    }
    return _make(Rate, defaults, changes)


def make_shipment(**changes: Any) -> Shipment:  # noqa: ANN401 - the fields of Shipment
    """Return a bought shipment of one parcel."""
    number = changes.get("tracking_number", "1Z999AA10123456784")
    defaults = {
        "carrier": "ups:default",
        "id": number,
        "service": Service(code="03", name="UPS Ground"),
        "tracking_number": number,
        "parcels": (
            ShippedParcel(tracking_number=number, label=Label(format=LabelFormat.ZPL, data=b"^XA^FDSAMPLE^FS^XZ")),
        ),
        "total": Money(amount=Decimal("9.80"), currency="USD"),
        "created_at": NOW,
        "reference": "cc-0000000000000001",
    }
    return _make(Shipment, defaults, changes)


def make_fulfillment(**changes: Any) -> Fulfillment:  # noqa: ANN401 - the fields of Fulfillment
    """Return what a channel is told when the order of ``make_order`` has left in one parcel."""
    defaults = {
        "order_id": "order-1",
        "lines": {"line-1": 2},
        "parcels": (FulfillmentParcel(carrier="ups", tracking_number="1Z999AA10123456784", service="UPS Ground"),),
        "reference": "cc-0000000000000001",
        "shipped_at": NOW,
        "notify_buyer": False,
    }
    return _make(Fulfillment, defaults, changes)
