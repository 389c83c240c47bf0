"""Amazon's own sandbox: fixed answers to fixed questions, and nothing else.

Facts: field guide amazon.md §1.1 and §10. Fulfillment Outbound is the exception: its sandbox has memory.
"""

from collections.abc import Callable, Mapping
from typing import Final

from cartcarrier.sandbox.amazon._call import Answer, Call
from cartcarrier.sandbox.amazon._errors import InvalidInputError, RefusedError
from cartcarrier.sandbox.amazon._world import Document

ORDER_ID: Final = "171-9876543-2109876"
CONFIRMED_ID: Final = "902-1106328-1059050"
SHIP_DATE: Final = "2022-02-11T01:00:00.000Z"
BAD_DATE: Final = "02/21/2022"
_ORDER_DATA: Final = frozenset(
    {"BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PACKAGES"}
)
_DETAIL: Final[Mapping[str, object]] = {
    "packageReferenceId": "1",
    "carrierCode": "FedEx",
    "trackingNumber": "112345678",
}


def answer(call: Call) -> Answer:
    """Answer what a pattern of the static sandbox fits.

    Raises:
        RefusedError: None does, or the pattern's answer is a refusal.
    """
    pattern = _PATTERNS.get(call.name)
    found = pattern(call) if pattern else None
    if found is None:
        raise InvalidInputError("Could not match input arguments")
    return found


def _get_order(call: Call) -> Answer | None:
    if call.path["orderId"] != ORDER_ID or not set(call.values("includedData")) >= _ORDER_DATA:
        return None
    return Answer({"order": _ORDER})


def _confirm(call: Call) -> Answer | None:
    if call.path["orderId"] != CONFIRMED_ID:
        return None
    detail = call.json().get("packageDetail")
    if not isinstance(detail, dict) or any(detail.get(name) != value for name, value in _DETAIL.items()):
        return None
    if detail.get("shipDate") == BAD_DATE:
        raise RefusedError(400, "Invalid Input", code="Invalid Input")
    return Answer(status=204) if detail.get("shipDate") == SHIP_DATE else None


def _participations(call: Call) -> Answer | None:
    return Answer(
        {
            "payload": [
                {
                    "marketplace": {
                        "id": "ATVPDKIKX0DER",
                        "name": "Amazon.com",
                        "countryCode": "US",
                        "defaultCurrencyCode": "USD",
                        "defaultLanguageCode": "en_US",
                        "domainName": "www.amazon.com",
                    },
                    "participation": {"isParticipating": True, "hasSuspendedListings": False},
                    "storeName": "BestSellerStore",
                }
            ]
        }
        if not call.query
        else None
    )


_PATTERNS: Final[Mapping[str, Callable[[Call], Answer | None]]] = {
    "getOrder": _get_order,
    "confirmShipment": _confirm,
    "getMarketplaceParticipations": _participations,
}


def _reais(value: str) -> Document:
    return {"amount": value, "currencyCode": "BRL"}


# A Brazilian Prime order of the merchant, as the static sandbox has one; names and numbers are of our own making.
_ORDER: Final[Document] = {
    "orderId": ORDER_ID,
    "createdTime": "2025-12-20T14:30:00.000Z",
    "lastUpdatedTime": "2025-12-21T09:15:00.000Z",
    "programs": ["PRIME"],
    "salesChannel": {
        "channelName": "AMAZON",
        "marketplaceId": "A2Q3Y263D00KWC",
        "marketplaceName": "Amazon.com.br",
    },
    "buyer": {"buyerEmail": "x1y2z3@marketplace.amazon.com.br"},
    "recipient": {
        "deliveryAddress": {
            "name": "Ana Souza",
            "addressLine1": "Avenida Paulista 1000",
            "city": "São Paulo",
            "stateOrRegion": "SP",
            "postalCode": "01310-100",
            "countryCode": "BR",
            "phone": "+5511955550123",
            "extendedFields": {
                "streetName": "Avenida Paulista",
                "streetNumber": "1000",
                "complement": "Apto 12",
                "neighborhood": "Bela Vista",
            },
            "addressType": "RESIDENTIAL",
        }
    },
    "proceeds": {
        "grandTotal": _reais("159.90"),
        "breakdowns": [
            {"type": "ITEM", "subtotal": _reais("149.90")},
            {"type": "SHIPPING", "subtotal": _reais("10.00")},
        ],
    },
    "fulfillment": {
        "fulfillmentStatus": "SHIPPED",
        "fulfilledBy": "MERCHANT",
        "fulfillmentServiceLevel": "STANDARD",
        "shipByWindow": {"earliestDateTime": "2025-12-20T14:30:00.000Z", "latestDateTime": "2025-12-22T02:59:59.000Z"},
        "deliverByWindow": {
            "earliestDateTime": "2025-12-23T03:00:00.000Z",
            "latestDateTime": "2025-12-27T02:59:59.000Z",
        },
    },
    "orderItems": [
        {
            "orderItemId": "98765432109876",
            "quantityOrdered": 1,
            "product": {
                "asin": "B0EXAMPLE1",
                "title": "Headphones",
                "sellerSku": "HEADPHONES-01",
                "condition": {"conditionType": "NEW"},
                "price": {"unitPrice": _reais("149.90")},
            },
            "proceeds": {
                "proceedsTotal": _reais("159.90"),
                "breakdowns": [
                    {"type": "ITEM", "subtotal": _reais("149.90")},
                    {"type": "SHIPPING", "subtotal": _reais("10.00")},
                ],
            },
            "fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 0},
        }
    ],
    "packages": [
        {
            "packageReferenceId": "1",
            "createdTime": "2025-12-21T09:00:00.000Z",
            "packageStatus": {"status": "IN_TRANSIT"},
            "carrier": "Correios",
            "shipTime": "2025-12-21T09:15:00.000Z",
            "trackingNumber": "BR123456789BR",
            "packageItems": [{"orderItemId": "98765432109876", "quantity": 1}],
        }
    ],
}
