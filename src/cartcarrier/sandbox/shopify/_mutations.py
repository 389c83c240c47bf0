"""The changes that apps may ask for, with their payloads."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from graphql import FieldNode, GraphQLError

from cartcarrier.sandbox.shopify._bulk import Bulk
from cartcarrier.sandbox.shopify._fulfillment_orders import FulfillmentOrders
from cartcarrier.sandbox.shopify._fulfillments import Fulfillments
from cartcarrier.sandbox.shopify._ids import Document, Json, RefusedError, gid, number_of
from cartcarrier.sandbox.shopify._orders import Orders
from cartcarrier.sandbox.shopify._queries import Queries, subscription
from cartcarrier.sandbox.shopify._request_mutations import RequestMutations
from cartcarrier.sandbox.shopify._requests import Requests
from cartcarrier.sandbox.shopify._stock_mutations import Resolver, StockMutations, said, scoped
from cartcarrier.sandbox.shopify._view_parts import event, hold
from cartcarrier.sandbox.shopify._views import Views
from cartcarrier.sandbox.shopify._world import World

WRITE_FULFILLMENT_ORDERS = (
    "write_merchant_managed_fulfillment_orders",
    "write_assigned_fulfillment_orders",
    "write_third_party_fulfillment_orders",
)
HOLDING = (WRITE_FULFILLMENT_ORDERS[0], WRITE_FULFILLMENT_ORDERS[2])
WORKING = (WRITE_FULFILLMENT_ORDERS[0], WRITE_FULFILLMENT_ORDERS[1])


def _refuse(message: str, field: list[str], code: str | None = None) -> NoReturn:
    raise RefusedError(message, field=field, code=code)


class Mutations:
    """Carries out mutations.

    Args:
        world: The shop's memory.
        views: What makes objects of documents.
        queries: For what payloads show.
        orders: The shop's side of orders.
        routing: The fulfillment orders.
        fulfillments: What left.
        stock: The mutations of stock.
        requests: What is asked of fulfillment services.
        bulk: Bulk operations.
    """

    def __init__(
        self,
        *,
        world: World,
        views: Views,
        queries: Queries,
        orders: Orders,
        routing: FulfillmentOrders,
        fulfillments: Fulfillments,
        stock: StockMutations,
        requests: Requests,
        bulk: Bulk,
    ) -> None:
        self._world = world
        self._views = views
        self._queries = queries
        self._orders = orders
        self._routing = routing
        self._fulfillments = fulfillments
        self._stock = stock
        self._requests = RequestMutations(world, requests, self._show_fulfillment_order)
        self._bulk = bulk

    def root(self, fields: Mapping[str, FieldNode], variables: Mapping[str, Any]) -> dict[str, Resolver]:
        """Return the root object of a mutation: a resolver for each of its fields.

        Args:
            fields: The mutation's fields by response key: their directives carry keys.
            variables: The request's variables.
        """
        return {
            "fulfillmentCreate": scoped(self._world, "fulfillmentCreate", WRITE_FULFILLMENT_ORDERS, self._create),
            "fulfillmentTrackingInfoUpdate": scoped(
                self._world, "fulfillmentTrackingInfoUpdate", WRITE_FULFILLMENT_ORDERS, self._update_tracking
            ),
            "fulfillmentCancel": scoped(
                self._world, "fulfillmentCancel", WRITE_FULFILLMENT_ORDERS, self._cancel_fulfillment
            ),
            "fulfillmentEventCreate": scoped(
                self._world, "fulfillmentEventCreate", ("write_fulfillments",), self._add_event
            ),
            "orderCancel": scoped(self._world, "orderCancel", ("write_orders",), self._cancel_order),
            "fulfillmentOrderHold": scoped(self._world, "fulfillmentOrderHold", HOLDING, self._hold),
            "fulfillmentOrderReleaseHold": scoped(self._world, "fulfillmentOrderReleaseHold", HOLDING, self._release),
            "fulfillmentOrderSplit": scoped(self._world, "fulfillmentOrderSplit", HOLDING, self._split),
            "fulfillmentOrderMove": scoped(self._world, "fulfillmentOrderMove", HOLDING, self._move),
            "fulfillmentOrderOpen": scoped(self._world, "fulfillmentOrderOpen", HOLDING, self._open),
            "fulfillmentOrderCancel": scoped(self._world, "fulfillmentOrderCancel", HOLDING, self._cancel),
            "fulfillmentOrderReportProgress": scoped(
                self._world, "fulfillmentOrderReportProgress", WORKING, self._report_progress
            ),
            "webhookSubscriptionCreate": self._subscribe,
            "webhookSubscriptionUpdate": self._resubscribe,
            "webhookSubscriptionDelete": self._unsubscribe,
            **self._stock.root(fields, variables),
            **self._requests.root(),
            **self._bulk.mutations(),
        }

    def break_off(self, fields: Sequence[FieldNode], variables: Mapping[str, Any]) -> None:
        """Let a mutation break before it did anything: its idempotency keys are used up all the same."""
        self._stock.break_off(fields, variables)

    def _show_fulfillment(self, number: int) -> Document:
        order = self._world.owner("Fulfillment", number)
        if order is None:
            raise GraphQLError("Internal error", extensions={"code": "INTERNAL_SERVER_ERROR"})
        return next(self._views.fulfillment(order, row) for row in order["fulfillments"] if row["id"] == number)

    def _show_fulfillment_order(self, number: int | None) -> Document | None:
        order = self._world.owner("FulfillmentOrder", number)
        if order is None:
            return None
        return next(
            self._views.fulfillment_order(order, row) for row in order["fulfillment_orders"] if row["id"] == number
        )

    # --- fulfillments -------------------------------------------------------------------------------------------------

    def _create(self, _info: object, fulfillment: Mapping[str, Any], message: str | None = None) -> Document:
        del message  # for fulfillment services only
        try:
            number = self._fulfillments.create(fulfillment)
        except RefusedError as exc:
            return {"fulfillment": None, "userErrors": said(exc)}
        return {"fulfillment": self._show_fulfillment(number), "userErrors": []}

    def _update_tracking(
        self,
        _info: object,
        fulfillmentId: str,  # noqa: N803 - the schema's name
        trackingInfoInput: Mapping[str, Any],  # noqa: N803 - the schema's name
        notifyCustomer: bool | None = None,  # noqa: N803, FBT001 - the schema's name
    ) -> Document:
        try:
            number = self._fulfillments.update_tracking(fulfillmentId, trackingInfoInput, notify=bool(notifyCustomer))
        except RefusedError as exc:
            return {"fulfillment": None, "userErrors": said(exc)}
        return {"fulfillment": self._show_fulfillment(number), "userErrors": []}

    def _cancel_fulfillment(self, _info: object, id: str) -> Document:  # noqa: A002 - the schema's name
        try:
            number = self._fulfillments.cancel(id)
        except RefusedError as exc:
            return {"fulfillment": None, "userErrors": said(exc)}
        return {"fulfillment": self._show_fulfillment(number), "userErrors": []}

    def _add_event(self, _info: object, fulfillmentEvent: Mapping[str, Any]) -> Document:  # noqa: N803 - the schema's name
        try:
            number, owner = self._fulfillments.add_event(fulfillmentEvent)
        except RefusedError as exc:
            return {"fulfillmentEvent": None, "userErrors": said(exc)}
        order = self._world.owner("Fulfillment", owner) or {"fulfillments": []}
        events = [entry for row in order["fulfillments"] for entry in row["events"]]
        return {"fulfillmentEvent": next(event(row) for row in events if row["id"] == number), "userErrors": []}

    # --- orders -------------------------------------------------------------------------------------------------------

    def _cancel_order(
        self,
        _info: object,
        orderId: str,  # noqa: N803 - the schema's name
        reason: str,
        restock: bool,  # noqa: FBT001 - the schema's argument
        **others: Json,
    ) -> Document:
        method = others.get("refundMethod") or {}
        refund = bool(
            others.get("refund") or method.get("originalPaymentMethodsRefund") or "storeCreditRefund" in method
        )
        order = self._queries.readable_order(number_of(orderId, "Order"))
        try:
            if others.get("refund") is not None and method:
                _refuse("Only one of refund and refundMethod may be given", ["refund"], "INVALID")
            key = self._orders.start_cancellation(
                order["id"] if order else None,
                reason=reason,
                restock=restock,
                refund=refund,
                note=others.get("staffNote"),
            )
        except RefusedError as exc:
            errors = said(exc)
            return {"job": None, "jobResult": None, "orderCancelUserErrors": errors, "userErrors": errors}
        return {
            "job": {"id": gid("Job", key), "done": False, "query": self._queries.root()},
            "jobResult": self._queries.job_result(key),
            "orderCancelUserErrors": [],
            "userErrors": [],
        }

    # --- fulfillment orders -------------------------------------------------------------------------------------------

    def _hold(self, _info: object, id: str, fulfillmentHold: Mapping[str, Any]) -> Document:  # noqa: A002, N803 - the schema's names
        try:
            made, number, rest = self._routing.hold(id, fulfillmentHold, own=True)
        except RefusedError as exc:
            return {
                "fulfillmentHold": None,
                "fulfillmentOrder": None,
                "remainingFulfillmentOrder": None,
                "userErrors": said(exc),
            }
        return {
            "fulfillmentHold": hold(made),
            "fulfillmentOrder": self._show_fulfillment_order(number),
            "remainingFulfillmentOrder": self._show_fulfillment_order(rest),
            "userErrors": [],
        }

    def _release(
        self,
        _info: object,
        id: str,  # noqa: A002 - the schema's name
        holdIds: list[str] | None = None,  # noqa: N803 - the schema's name
        externalId: str | None = None,  # noqa: N803 - the schema's name
    ) -> Document:
        del externalId
        try:
            number = self._routing.release_holds(id, holdIds)
        except RefusedError as exc:
            return {"fulfillmentOrder": None, "userErrors": said(exc)}
        return {"fulfillmentOrder": self._show_fulfillment_order(number), "userErrors": []}

    def _split(self, _info: object, fulfillmentOrderSplits: list[Mapping[str, Any]]) -> Document:  # noqa: N803 - the schema's name
        done: list[Document] = []
        try:
            for entry in fulfillmentOrderSplits:
                kept, rest = self._routing.split(entry["fulfillmentOrderId"], entry["fulfillmentOrderLineItems"])
                done.append(
                    {
                        "fulfillmentOrder": self._show_fulfillment_order(kept),
                        "remainingFulfillmentOrder": self._show_fulfillment_order(rest),
                        "replacementFulfillmentOrder": None,
                    }
                )
        except RefusedError as exc:
            return {"fulfillmentOrderSplits": None, "userErrors": said(exc)}
        return {"fulfillmentOrderSplits": done, "userErrors": []}

    def _move(
        self,
        _info: object,
        id: str,  # noqa: A002 - the schema's name
        newLocationId: str,  # noqa: N803 - the schema's name
        fulfillmentOrderLineItems: list[Mapping[str, Any]] | None = None,  # noqa: N803 - the schema's name
    ) -> Document:
        try:
            moved, original = self._routing.move(id, newLocationId, fulfillmentOrderLineItems)
        except RefusedError as exc:
            return {
                "movedFulfillmentOrder": None,
                "originalFulfillmentOrder": None,
                "remainingFulfillmentOrder": None,
                "userErrors": said(exc),
            }
        return {
            "movedFulfillmentOrder": self._show_fulfillment_order(moved),
            "originalFulfillmentOrder": self._show_fulfillment_order(original),
            "remainingFulfillmentOrder": None,
            "userErrors": [],
        }

    def _open(self, _info: object, id: str) -> Document:  # noqa: A002 - the schema's name
        return self._one(lambda: self._routing.open(id))

    def _report_progress(self, _info: object, id: str, progressReport: object = None) -> Document:  # noqa: A002, N803 - the schema's names
        del progressReport
        return self._one(lambda: self._routing.report_progress(id))

    def _one(self, run: Callable[[], int]) -> Document:
        try:
            number = run()
        except RefusedError as exc:
            return {"fulfillmentOrder": None, "userErrors": said(exc)}
        return {"fulfillmentOrder": self._show_fulfillment_order(number), "userErrors": []}

    def _cancel(self, _info: object, id: str) -> Document:  # noqa: A002 - the schema's name
        try:
            number, replacement = self._routing.cancel(id)
        except RefusedError as exc:
            return {"fulfillmentOrder": None, "replacementFulfillmentOrder": None, "userErrors": said(exc)}
        return {
            "fulfillmentOrder": self._show_fulfillment_order(number),
            "replacementFulfillmentOrder": self._show_fulfillment_order(replacement),
            "userErrors": [],
        }

    # --- webhooks -----------------------------------------------------------------------------------------------------

    def _subscribe(self, _info: object, topic: str, webhookSubscription: Mapping[str, Any]) -> Document:  # noqa: N803 - the schema's name
        uri = webhookSubscription.get("uri") or webhookSubscription.get("callbackUrl")
        try:
            self._check_address(topic, uri, None)
        except RefusedError as exc:
            return {"webhookSubscription": None, "userErrors": said(exc)}
        with self._world.transaction():
            number = self._world.next_id()
            row: Document = {
                "id": number,
                "topic": topic,
                "uri": uri,
                "format": webhookSubscription.get("format") or "JSON",
                "filter": webhookSubscription.get("filter"),
                "fields": list(webhookSubscription.get("includeFields") or []),
                "name": webhookSubscription.get("name"),
                "created_at": self._world.stamp(),
                "updated_at": self._world.stamp(),
            }
            self._world.put("subscription", str(number), row)
        return {"webhookSubscription": subscription(row), "userErrors": []}

    def _check_address(self, topic: str, uri: str | None, own: str | None) -> None:
        field = ["webhookSubscription", "uri"]
        if not uri or not str(uri).startswith(("https://", "pubsub://", "arn:aws:events:")):
            _refuse("Address protocol http:// is not supported", field)
        for key, row in self._world.table("subscription").items():
            if row["topic"] == topic and row["uri"] == uri and key != own:
                _refuse("Address for this topic has already been taken", field)

    def _resubscribe(self, _info: object, id: str, webhookSubscription: Mapping[str, Any]) -> Document:  # noqa: A002, N803 - the schema's names
        key = str(number_of(id, "WebhookSubscription"))
        row = self._world.table("subscription").get(key)
        if row is None:
            refused = RefusedError("Webhook subscription does not exist", field=["id"])
            return {"webhookSubscription": None, "userErrors": said(refused)}
        names = {"uri": "uri", "callbackUrl": "uri", "format": "format", "filter": "filter", "name": "name"}
        changes = {ours: webhookSubscription[given] for given, ours in names.items() if given in webhookSubscription}
        try:
            self._check_address(row["topic"], changes.get("uri", row["uri"]), key)
        except RefusedError as exc:
            return {"webhookSubscription": None, "userErrors": said(exc)}
        fields = webhookSubscription.get("includeFields", row["fields"]) or []
        row = {**row, **changes, "fields": list(fields), "updated_at": self._world.stamp()}
        with self._world.transaction():
            self._world.put("subscription", key, row)
        return {"webhookSubscription": subscription(row), "userErrors": []}

    def _unsubscribe(self, _info: object, id: str) -> Document:  # noqa: A002 - the schema's name
        key = str(number_of(id, "WebhookSubscription"))
        if key not in self._world.table("subscription"):
            refused = RefusedError("Webhook subscription does not exist", field=["id"])
            return {"deletedWebhookSubscriptionId": None, "userErrors": said(refused)}
        with self._world.transaction():
            self._world.drop("subscription", key)
        return {"deletedWebhookSubscriptionId": id, "userErrors": []}
