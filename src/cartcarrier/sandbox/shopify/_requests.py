"""Fulfillment services: what merchants ask of them, and what they answer. Facts: field guide shopify.md §9, §13.

``UNSUBMITTED → SUBMITTED → ACCEPTED | REJECTED``, ``ACCEPTED → CANCELLATION_REQUESTED → CANCELLATION_ACCEPTED |
CANCELLATION_REJECTED``, ``ACCEPTED → CLOSED`` when the service gives up. What was rejected, cancelled or given up is the
merchant's again, and may be submitted anew.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from cartcarrier.sandbox.shopify._fulfillment_orders import FulfillmentOrders
from cartcarrier.sandbox.shopify._ids import Document, RefusedError, number_of, read_time, stamp
from cartcarrier.sandbox.shopify._webhooks import Webhooks
from cartcarrier.sandbox.shopify._world import World

FULFILLMENT, CANCELLATION = "FULFILLMENT_REQUEST", "CANCELLATION_REQUEST"
# Where the merchant may ask for fulfillment: it lies with nobody.
FREE = frozenset({"UNSUBMITTED", "REJECTED", "CLOSED"})
ACCEPTED = frozenset({"ACCEPTED", "CANCELLATION_REJECTED"})
MAX_MESSAGE = 255


class Requests:
    """Requests to fulfillment services.

    Args:
        world: The shop's memory.
        routing: The fulfillment orders.
        webhooks: Who is told.
    """

    def __init__(self, world: World, routing: FulfillmentOrders, webhooks: Webhooks) -> None:
        self._world = world
        self._routing = routing
        self._webhooks = webhooks

    # --- what merchants ask -------------------------------------------------------------------------------------------

    def submit(
        self, value: object, lines: Sequence[Mapping[str, Any]] | None, message: str | None, *, notify: bool
    ) -> tuple[int, int | None]:
        """Ask a service to ship; return what was submitted, and what a partial request leaves with the merchant.

        Raises:
            RefusedError: It lies at no service, is asked for already, or cannot be shipped now.
        """
        with self._world.transaction():
            order, target = self._routing.find(value, code=None)
            if not self._routing.is_service(target["location_id"]):
                _refuse("Fulfillment order's assigned location is not managed by a fulfillment service.")
            if target["request_status"] not in FREE or target["status"] not in {"OPEN", "IN_PROGRESS", "INCOMPLETE"}:
                _refuse("Fulfillment order is not in a state in which fulfillment can be requested.")
            rest = None
            if lines:
                parts = self._routing.select(target, lines, ["fulfillmentOrderLineItems"])
                rest = self._routing.separate(order, target, parts)
            target["request_status"] = "SUBMITTED"
            target["status"] = "OPEN"
            made = self._ask(target, FULFILLMENT, message, {"notify_customer": notify})
            self._keep(order, target)
            self._webhooks.fulfillment_requested(target, made)
        return int(target["id"]), rest

    def submit_cancellation(self, value: object, message: str | None) -> int:
        """Ask a service that has accepted not to ship after all.

        Raises:
            RefusedError: No service has accepted it.
        """
        with self._world.transaction():
            order, target = self._routing.find(value, code=None)
            if target["request_status"] not in ACCEPTED or target["status"] not in {"OPEN", "IN_PROGRESS"}:
                _refuse("Fulfillment order is not in a state in which its cancellation can be requested.")
            target["request_status"] = "CANCELLATION_REQUESTED"
            made = self._ask(target, CANCELLATION, message, {})
            self._keep(order, target)
            self._webhooks.cancellation_requested(target, made)
        return int(target["id"])

    # --- what services answer -----------------------------------------------------------------------------------------

    def accept(self, value: object, message: str | None, estimated: str | None) -> int:
        """Take a fulfillment request on.

        Raises:
            RefusedError: Nobody asked.
        """
        with self._world.transaction():
            order, target = self._asked(value, "SUBMITTED", "fulfillment request")
            target["request_status"] = "ACCEPTED"
            target["status"] = "IN_PROGRESS"
            moment = read_time(estimated) if estimated else None
            said = {} if moment is None else {"estimated_shipped_at": stamp(moment)}
            self._answer(order, target, "FULFILLMENT_REQUEST_ACCEPTED", message, said)
        return int(target["id"])

    def reject(
        self, value: object, reason: str | None, message: str | None, lines: Sequence[Mapping[str, Any]] | None
    ) -> int:
        """Turn a fulfillment request down: the merchant decides anew.

        Raises:
            RefusedError: Nobody asked, or a line is another fulfillment order's.
        """
        with self._world.transaction():
            order, target = self._asked(value, "SUBMITTED", "fulfillment request")
            known = {line["id"] for line in target["lines"]}
            for line in lines or ():
                if number_of(line["fulfillmentOrderLineItemId"], "FulfillmentOrderLineItem") not in known:
                    _refuse("Fulfillment order line item does not exist.", "lineItems")
            target["request_status"] = "REJECTED"
            target["status"] = "OPEN"
            self._answer(order, target, "FULFILLMENT_REQUEST_REJECTED", message, {"reason": reason or "OTHER"})
        return int(target["id"])

    def accept_cancellation(self, value: object, message: str | None) -> int:
        """Agree not to ship: it is closed, and what has not left lies with the merchant again, under a new id.

        Raises:
            RefusedError: Nobody asked.
        """
        with self._world.transaction():
            order, target = self._asked(value, "CANCELLATION_REQUESTED", "cancellation request")
            rest = [(part["line_id"], quantity) for part, quantity in self._routing.everything(target)]
            if rest:
                self._routing.like(order, target, rest)
            self._routing.void(target)
            target["request_status"] = "CANCELLATION_ACCEPTED"
            target["status"] = "CLOSED"
            self._answer(order, target, "CANCELLATION_REQUEST_ACCEPTED", message, {})
        return int(target["id"])

    def reject_cancellation(self, value: object, message: str | None) -> int:
        """Refuse: it ships all the same.

        Raises:
            RefusedError: Nobody asked.
        """
        with self._world.transaction():
            order, target = self._asked(value, "CANCELLATION_REQUESTED", "cancellation request")
            target["request_status"] = "CANCELLATION_REJECTED"
            target["status"] = "IN_PROGRESS"
            self._answer(order, target, "CANCELLATION_REQUEST_REJECTED", message, {})
        return int(target["id"])

    def close(self, value: object, message: str | None) -> int:
        """Give up what was accepted: it is incomplete, and the merchant decides.

        Raises:
            RefusedError: It was not accepted, lies at no service, or is not being worked on.
        """
        with self._world.transaction():
            order, target = self._routing.find(value, code=None)
            if (
                not self._routing.is_service(target["location_id"])
                or target["request_status"] not in ACCEPTED
                or target["status"] != "IN_PROGRESS"
            ):
                _refuse("Fulfillment order is not in progress at a fulfillment service and cannot be closed.")
            target["request_status"] = "CLOSED"
            target["status"] = "INCOMPLETE"
            self._answer(order, target, "FULFILLMENT_SERVICE_FAILED_TO_COMPLETE", message, {})
        return int(target["id"])

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _asked(self, value: object, status: str, what: str) -> tuple[Document, Document]:
        order, target = self._routing.find(value, code=None)
        if target["request_status"] != status:
            _refuse(f"Fulfillment order has no {what} that could be answered.")
        return order, target

    def _ask(self, target: Document, kind: str, message: str | None, options: Mapping[str, Any]) -> Mapping[str, Any]:
        if message is not None and len(message) > MAX_MESSAGE:
            _refuse("Message is too long (maximum is 255 characters)", "message")
        made = {
            "id": self._world.next_id(),
            "kind": kind,
            "message": message,
            "options": dict(options),
            "response": None,
            "sent_at": self._world.stamp(),
        }
        target["requests"] = [*target.get("requests", []), made]
        return made

    def _answer(
        self, order: Document, target: Document, topic: str, message: str | None, said: Mapping[str, Any]
    ) -> None:
        if target.get("requests"):
            target["requests"][-1]["response"] = {**({} if message is None else {"message": message}), **said} or None
        self._keep(order, target)
        self._webhooks.request_answered(topic, target, message)

    def _keep(self, order: Document, target: Document) -> None:
        self._routing.touch(target)
        self._world.save(order, touch=False)


def _refuse(message: str, field: str = "id") -> NoReturn:
    raise RefusedError(message, field=[field])
