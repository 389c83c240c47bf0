"""The GraphQL documents that the driver sends, each with the schema of its answer.

They lie in ``documents/`` beside this module, one operation a file, without aliases, valid on every supported version.
"""

from functools import cache
from importlib.resources import files
from typing import Any, Final, Generic, TypeVar

import attrs
import msgspec

from cartcarrier.channels.shopify import schemas
from cartcarrier.http import json_decoder

T = TypeVar("T")

_FOLDER: Final = "documents"


@attrs.frozen
class Document(Generic[T]):
    """One GraphQL operation.

    Attributes:
        name: Of its file, without the ending; also what costs are remembered under.
        schema: Of the whole answer.
        sizes: Its page sizes, outermost first: variable and the size to start with.
    """

    name: str
    schema: type[schemas.Answer[T]]
    sizes: tuple[tuple[str, int], ...] = ()

    @property
    def text(self) -> str:
        """The document, as it is sent."""
        return read_document(self.name)

    @property
    def decoder(self) -> msgspec.json.Decoder[schemas.Answer[T]]:
        """The decoder of its answers."""
        return json_decoder(self.schema)


@cache
def read_document(name: str) -> str:
    """Return the text of a document."""
    return (files("cartcarrier.channels.shopify") / _FOLDER / f"{name}.graphql").read_text(encoding="utf-8")


def document_names() -> tuple[str, ...]:
    """Return the names of all documents in the package."""
    folder = files("cartcarrier.channels.shopify") / _FOLDER
    return tuple(sorted(entry.name.removesuffix(".graphql") for entry in folder.iterdir()))


# Nested pages are small: few orders need more, and the cost of a query counts what could come, not what does
# (field guide shopify.md §5.1). What does not fit is read by the follow-up documents.
_NESTED: Final = (
    ("lines", 10),
    ("shares", 3),
    ("shareLines", 10),
    ("fulfillments", 3),
    ("fulfillmentLines", 10),
)
# One order alone may be a little wider; whoever ships asks for one again and again, so not by much.
_WIDE: Final = (
    ("lines", 15),
    ("shares", 3),
    ("shareLines", 15),
    ("fulfillments", 3),
    ("fulfillmentLines", 15),
)

ORDERS: Final = Document("orders", schemas.Answer[schemas.OrdersData], (("first", 25), *_NESTED))
ORDER: Final = Document("order", schemas.Answer[schemas.OrderData], _WIDE)
PLAN: Final = Document("plan", schemas.Answer[schemas.PlanData], _WIDE[1:])
ORDER_LINES: Final = Document("order_lines", schemas.Answer[schemas.PartData], (("first", 50),))
ORDER_FULFILLMENT_ORDERS: Final = Document(
    "order_fulfillment_orders", schemas.Answer[schemas.PartData], (("first", 10), ("shareLines", 15))
)
FULFILLMENT_ORDER_LINES: Final = Document(
    "fulfillment_order_lines", schemas.Answer[schemas.FulfillmentOrderPartData], (("first", 50),)
)
ORDER_FULFILLMENTS: Final = Document(
    "order_fulfillments", schemas.Answer[schemas.PartData], (("first", 20), ("fulfillmentLines", 15))
)
FULFILLMENT_LINES: Final = Document("fulfillment_lines", schemas.Answer[schemas.FulfillmentPartData], (("first", 50),))
FULFILLMENT: Final = Document("fulfillment", schemas.Answer[schemas.FulfillmentData], (("fulfillmentLines", 15),))
FULFILLMENT_EVENTS: Final = Document(
    "fulfillment_events", schemas.Answer[schemas.FulfillmentEventsData], (("first", 50),)
)
ORDER_STATE: Final = Document("order_state", schemas.Answer[schemas.OrderStateData], (("shares", 20),))
CHANGED_FULFILLMENT_ORDERS: Final = Document(
    "changed_fulfillment_orders", schemas.Answer[schemas.ChangedFulfillmentOrdersData], (("first", 100),)
)
CUSTOMS: Final = Document("customs", schemas.Answer[schemas.CustomsData], (("first", 50),))
SCOPES: Final = Document("scopes", schemas.Answer[schemas.ScopesData])
JOB: Final = Document("job", schemas.Answer[schemas.JobData])
FULFILLMENT_CREATE: Final = Document("fulfillment_create", schemas.Answer[schemas.FulfillmentCreateData])
FULFILLMENT_CANCEL: Final = Document("fulfillment_cancel", schemas.Answer[schemas.FulfillmentCancelData])
TRACKING_UPDATE: Final = Document("tracking_update", schemas.Answer[schemas.TrackingUpdateData])
EVENT_CREATE: Final = Document("event_create", schemas.Answer[schemas.EventCreateData])
ORDER_CANCEL: Final = Document("order_cancel", schemas.Answer[schemas.OrderCancelData])
CANCELLATION_REQUEST_ACCEPT: Final = Document(
    "cancellation_request_accept", schemas.Answer[schemas.AcceptCancellationRequestData]
)
CANCELLATION_REQUEST_REJECT: Final = Document(
    "cancellation_request_reject", schemas.Answer[schemas.RejectCancellationRequestData]
)
INVENTORY_ITEMS: Final = Document(
    "inventory_items", schemas.Answer[schemas.StockItemsData], (("first", 25), ("levels", 10))
)
INVENTORY_ITEM_LEVELS: Final = Document(
    "inventory_item_levels", schemas.Answer[schemas.StockItemPartData], (("first", 50),)
)
INVENTORY_SET: Final = Document("inventory_set", schemas.Answer[schemas.InventorySetData])
INVENTORY_ACTIVATE: Final = Document("inventory_activate", schemas.Answer[schemas.InventoryActivateData])
WEBHOOK_SUBSCRIPTIONS: Final = Document(
    "webhook_subscriptions", schemas.Answer[schemas.SubscriptionsData], (("first", 100),)
)
WEBHOOK_SUBSCRIPTION_CREATE: Final = Document(
    "webhook_subscription_create", schemas.Answer[schemas.SubscriptionCreateData]
)
WEBHOOK_SUBSCRIPTION_UPDATE: Final = Document(
    "webhook_subscription_update", schemas.Answer[schemas.SubscriptionUpdateData]
)
WEBHOOK_SUBSCRIPTION_DELETE: Final = Document(
    "webhook_subscription_delete", schemas.Answer[schemas.SubscriptionDeleteData]
)
ASSIGNED_FULFILLMENT_ORDERS: Final = Document(
    "assigned_fulfillment_orders",
    schemas.Answer[schemas.AssignedFulfillmentOrdersData],
    (("first", 25), ("shareLines", 10)),
)
FULFILLMENT_ORDER_STATE: Final = Document("fulfillment_order_state", schemas.Answer[schemas.FulfillmentOrderStateData])
FULFILLMENT_REQUEST_ACCEPT: Final = Document(
    "fulfillment_request_accept", schemas.Answer[schemas.AcceptFulfillmentRequestData]
)
FULFILLMENT_REQUEST_REJECT: Final = Document(
    "fulfillment_request_reject", schemas.Answer[schemas.RejectFulfillmentRequestData]
)
BULK_RUN: Final = Document("bulk_run", schemas.Answer[schemas.BulkRunData])
BULK_OPERATION: Final = Document("bulk_operation", schemas.Answer[schemas.BulkOperationData])
BULK_OPERATIONS: Final = Document("bulk_operations", schemas.Answer[schemas.BulkOperationsData], (("first", 50),))

DOCUMENTS: Final[dict[str, Document[Any]]] = {
    document.name: document
    for document in (
        ORDERS,
        ORDER,
        PLAN,
        ORDER_LINES,
        ORDER_FULFILLMENT_ORDERS,
        FULFILLMENT_ORDER_LINES,
        ORDER_FULFILLMENTS,
        FULFILLMENT_LINES,
        FULFILLMENT,
        FULFILLMENT_EVENTS,
        ORDER_STATE,
        CHANGED_FULFILLMENT_ORDERS,
        CUSTOMS,
        SCOPES,
        JOB,
        FULFILLMENT_CREATE,
        FULFILLMENT_CANCEL,
        TRACKING_UPDATE,
        EVENT_CREATE,
        ORDER_CANCEL,
        CANCELLATION_REQUEST_ACCEPT,
        CANCELLATION_REQUEST_REJECT,
        INVENTORY_ITEMS,
        INVENTORY_ITEM_LEVELS,
        INVENTORY_SET,
        INVENTORY_ACTIVATE,
        WEBHOOK_SUBSCRIPTIONS,
        WEBHOOK_SUBSCRIPTION_CREATE,
        WEBHOOK_SUBSCRIPTION_UPDATE,
        WEBHOOK_SUBSCRIPTION_DELETE,
        ASSIGNED_FULFILLMENT_ORDERS,
        FULFILLMENT_ORDER_STATE,
        FULFILLMENT_REQUEST_ACCEPT,
        FULFILLMENT_REQUEST_REJECT,
        BULK_RUN,
        BULK_OPERATION,
        BULK_OPERATIONS,
    )
}
