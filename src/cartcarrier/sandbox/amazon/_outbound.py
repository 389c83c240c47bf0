"""Multi-channel fulfillment: Amazon sends orders of other channels from its stock (2020-07-01).

Facts: field guide amazon.md §5.1. The times between statuses are invented; a cancellation takes half a minute, and is lost when
processing begins before.
"""

from datetime import datetime, timedelta
from typing import Final

from cartcarrier.sandbox.amazon import _outbound_requests as requests
from cartcarrier.sandbox.amazon._call import Answer, Call
from cartcarrier.sandbox.amazon._errors import DeniedError, InvalidInputError, RefusedError
from cartcarrier.sandbox.amazon._inventory import Inventory
from cartcarrier.sandbox.amazon._messages import Messages
from cartcarrier.sandbox.amazon._outbound_preview import DAYS
from cartcarrier.sandbox.amazon._outbound_views import (
    notification,
    order_result,
    order_view,
    package_number_of,
    package_view,
)
from cartcarrier.sandbox.amazon._pages import Pages
from cartcarrier.sandbox.amazon._world import Document, World, read_time, stamp

PLANNING_SECONDS: Final = 60
PROCESSING_SECONDS: Final = 900
SHIPPED_SECONDS: Final = 4 * 3600
CANCEL_SECONDS: Final = 30
HOLD_DAYS: Final = 14
FILL_ALL_SECONDS: Final = 86_400
PAGE: Final = 50
OPEN: Final = frozenset({"New", "Received", "Planning"})
ENDED: Final = frozenset({"Complete", "CompletePartialled", "Unfulfillable", "Invalid", "Cancelled"})
STATUSES: Final = OPEN | ENDED | {"Processing"}
_LOOSE: Final = frozenset({"nextToken"})


class Outbound:
    """The operations, and the fulfillment orders.

    Args:
        world: The platform's memory.
        pages: Makes page tokens.
        inventory: The stock from which is sent.
        messages: Where notifications go.
    """

    def __init__(self, world: World, pages: Pages, inventory: Inventory, messages: Messages) -> None:
        self._world = world
        self._pages = pages
        self._inventory = inventory
        self._messages = messages

    # --- orders -------------------------------------------------------------------------------------------------------

    def create(self, call: Call) -> Answer:
        """Answer ``createFulfillmentOrder``: an id that is taken is refused, so no order is made twice.

        Raises:
            InvalidInputError: The request is wrong, the id is taken, or Amazon holds no such article.
        """
        order = requests.read_order(call, call.json())
        key = _key(call, order["id"])
        if self._world.get("outbound", key) is not None:
            raise InvalidInputError(f"A fulfillment order with the id {order['id']} exists already.")
        if not call.sandbox:
            for item in order["items"]:
                if self._inventory.get(call.region, item["sku"]) is None:
                    raise InvalidInputError(f"The seller SKU {item['sku']} is not in Amazon's inventory.")
        now = self._world.stamp()
        order |= {
            "region": call.region,
            "sandbox": call.sandbox,
            "status": "Received",
            "received": now,
            "updated": now,
            "released": now if order["action"] == "Ship" else None,
            "cancel_at": None,
            "visible": self._world.stamp(self._world.switch("fulfillment_order_lag_seconds")),
            "shipments": [],
            "reserved": False,
            "journey": "delivered",
        }
        with self._world.transaction():
            order = self._reserve(order)
            self._keep(key, order)
        return Answer({})

    def get(self, call: Call) -> Answer:
        """Answer ``getFulfillmentOrder``.

        Raises:
            RefusedError: There is no such order, or it cannot be seen yet.
        """
        return Answer({"payload": order_result(self._order(call))})

    def list_all(self, call: Call) -> Answer:
        """Answer ``listAllFulfillmentOrders``, by last update.

        Raises:
            InvalidInputError: The date or the token is wrong.
        """
        since = call.time("queryStartDate") or self._world.stamp(-36 * 3600)
        token = call.query.get("nextToken")
        start = self._pages.read(token, call, _LOOSE)["start"] if token else 0
        rows = sorted(
            (
                row
                for row in self._world.table("outbound").values()
                if row["region"] == call.region
                and row["sandbox"] == call.sandbox
                and row["updated"] >= since
                and row["visible"] <= self._world.stamp()
            ),
            key=lambda row: (row["updated"], row["id"]),
        )
        payload: Document = {"fulfillmentOrders": [order_view(row) for row in rows[start : start + PAGE]]}
        if start + PAGE < len(rows):
            payload["nextToken"] = self._pages.make({"start": start + PAGE}, call, _LOOSE, seconds=3600)
        return Answer({"payload": payload})

    def update(self, call: Call) -> Answer:
        """Answer ``updateFulfillmentOrder``: mostly, to let a held order go.

        Raises:
            RefusedError: There is no such order, it is too far, or a value is not allowed.
        """
        order, body = self._order(call), call.json()
        if order["status"] not in OPEN:
            raise InvalidInputError(f"The order cannot be changed: it is {order['status']}.")
        changed = dict(order)
        if "fulfillmentAction" in body:
            if body["fulfillmentAction"] not in requests.ACTIONS:
                raise InvalidInputError("fulfillmentAction is not valid.")
            changed["action"] = body["fulfillmentAction"]
            if changed["action"] == "Ship" and order["released"] is None:
                changed["released"] = self._world.stamp()
        if "shippingSpeedCategory" in body:
            if body["shippingSpeedCategory"] not in requests.SPEEDS:
                raise InvalidInputError("shippingSpeedCategory is not valid.")
            changed["speed"] = body["shippingSpeedCategory"]
        if "destinationAddress" in body:
            changed["address"] = requests.read_address(body, "destinationAddress")
        with self._world.transaction():
            self._keep(order["key"], {**changed, "updated": self._world.stamp()})
        return Answer({})

    def cancel(self, call: Call) -> Answer:
        """Answer ``cancelFulfillmentOrder``: a request, which reading the order shows to be granted or lost.

        Raises:
            RefusedError: There is no such order, or it is too far.
        """
        order = self._order(call)
        if order["status"] == "Cancelled":
            return Answer({})
        if order["status"] not in OPEN:
            raise InvalidInputError(f"The order cannot be cancelled: it is {order['status']}.")
        with self._world.transaction():
            if order["sandbox"]:
                self._move(order, "Cancelled")
            else:
                at = order["cancel_at"] or self._world.stamp(CANCEL_SECONDS)
                self._world.put("outbound", order["key"], {**order, "cancel_at": at})
        return Answer({})

    def set_status(self, call: Call) -> Answer:
        """Answer ``submitFulfillmentOrderStatusUpdate``, which exists in Amazon's sandbox alone.

        Raises:
            RefusedError: There is no such order, or no such status.
        """
        order, status = self._order(call), call.json().get("fulfillmentOrderStatus")
        if status not in STATUSES:
            raise InvalidInputError(f"fulfillmentOrderStatus {status} is not valid.")
        with self._world.transaction():
            if status in {"Complete", "CompletePartialled"}:
                order = self._ship(order)
            self._move(order, status)
        return Answer({})

    def package(self, call: Call) -> Answer:
        """Answer ``getPackageTrackingDetails``.

        Raises:
            RefusedError: No such package.
        """
        text = call.query.get("packageNumber", "")
        if not text.isascii() or not text.isdigit():
            raise InvalidInputError("packageNumber must be a number.")
        number = int(text)
        for order in self._world.table("outbound").values():
            if order["region"] == call.region and order["sandbox"] == call.sandbox and _has_package(order, number):
                return Answer({"payload": package_view(order, number, self._world.now())})
        raise RefusedError(404, f"The package {number} was not found.")

    def _order(self, call: Call) -> Document:
        id_ = call.path["sellerFulfillmentOrderId"].replace("+", " ")  # as Amazon reads paths (guide §5.1)
        if " " in id_:
            raise DeniedError
        order = self._world.get("outbound", _key(call, id_))
        if order is None or order["visible"] > self._world.stamp():
            raise RefusedError(404, f"The fulfillment order {id_} was not found.")
        return order

    # --- by the clock -------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let orders move on whose time has come."""
        now = self._world.now()
        for order in list(self._world.table("outbound").values()):
            if order["status"] not in ENDED and not order["sandbox"]:
                with self._world.transaction():
                    self._advance(order, now)

    def _advance(self, order: Document, now: datetime) -> None:
        """Carry out one after the other what is due; each step at its own time."""
        while order["status"] not in ENDED:
            due = self._next_step(order)
            if due is None or due[0] > now:
                return
            moment, status = due
            if status in {"Complete", "CompletePartialled"}:
                order = self._ship(order)
            order = self._move(order, status, moment)

    def _next_step(self, order: Document) -> tuple[datetime, str] | None:
        received, released, cancel = (read_time(order[name]) for name in ("received", "released", "cancel_at"))
        if received is None:
            return None
        steps: list[tuple[datetime, str]] = []
        if order["status"] != "Processing":
            if cancel is not None:
                steps.append((cancel, "Cancelled"))
            if released is None:
                steps.append((received + timedelta(days=HOLD_DAYS), "Cancelled"))
        if released is not None:
            steps += self._forward(order, released)
        return min(steps) if steps else None

    def _forward(self, order: Document, released: datetime) -> list[tuple[datetime, str]]:
        planning = released + timedelta(seconds=PLANNING_SECONDS)
        processing = released + timedelta(seconds=PROCESSING_SECONDS)
        if order["status"] in {"New", "Received"}:
            return [(planning, "Planning" if order["reserved"] or order["policy"] == "FillAll" else "Unfulfillable")]
        if order["status"] == "Planning":
            if not order["reserved"]:
                return [(released + timedelta(seconds=FILL_ALL_SECONDS), "Unfulfillable")]
            return [(processing, "Processing")]
        partly = any(item["unfulfillable"] for item in order["items"])
        return [(released + timedelta(seconds=SHIPPED_SECONDS), "CompletePartialled" if partly else "Complete")]

    def _reserve(self, order: Document) -> Document:
        """Bind stock as the policy wants it: all, or what there is."""
        if order["sandbox"]:
            return {**order, "reserved": True}
        available = {item["id"]: self._inventory.fulfillable(order["region"], item["sku"]) for item in order["items"]}
        enough = all(available[item["id"]] >= item["quantity"] for item in order["items"])
        partly = order["policy"] == "FillAllAvailable" and any(available.values())
        if not enough and not partly:
            return order
        items = []
        for item in order["items"]:
            units = min(item["quantity"], available[item["id"]])
            self._inventory.reserve(order["region"], item["sku"], units)
            items.append({**item, "unfulfillable": item["quantity"] - units})
        return {**order, "items": items, "reserved": True}

    def _ship(self, order: Document) -> Document:
        """Send everything that is reserved, in one package."""
        number = self._world.next_number("outbound_package")
        shipped = read_time(order["released"]) or self._world.now()
        moment = self._world.now() if order["sandbox"] else shipped + timedelta(seconds=SHIPPED_SECONDS)
        items = [
            {"sku": item["sku"], "id": item["id"], "quantity": item["quantity"] - item["unfulfillable"]}
            for item in order["items"]
            if item["quantity"] > item["unfulfillable"]
        ]
        for item in items:
            if not order["sandbox"]:
                self._inventory.leave(order["region"], item["sku"], item["quantity"])
        shipment = {
            "id": f"D{self._world.draw(f'outbound:{number}').getrandbits(40):010x}",
            "package": package_number_of(number),
            "tracking": f"TBA{500_000_000_000 + number}",
            "at": stamp(moment),
            "arrives": stamp(moment + timedelta(days=DAYS[order["speed"]])),
            "items": items,
        }
        return {**order, "shipments": [*order["shipments"], shipment]}

    def _move(self, order: Document, status: str, moment: datetime | None = None) -> Document:
        if status in {"Cancelled", "Unfulfillable"}:
            order = self._release(order, cancelled=status == "Cancelled")
        order = {**order, "status": status, "updated": stamp(moment) if moment else self._world.stamp()}
        self._keep(order.get("key") or _row_key(order), order)
        return order

    def _release(self, order: Document, *, cancelled: bool) -> Document:
        if order["reserved"] and not order["sandbox"]:
            for item in order["items"]:
                self._inventory.reserve(order["region"], item["sku"], -(item["quantity"] - item["unfulfillable"]))
        name = "cancelled" if cancelled else "unfulfillable"
        items = [{**item, name: item["quantity"]} for item in order["items"]]
        return {**order, "items": items, "reserved": False}

    def _keep(self, key: str, order: Document) -> None:
        before = self._world.get("outbound", key)
        self._world.put("outbound", key, order)
        if before is None or before["status"] != order["status"]:
            self._messages.fulfillment_order_changed(order["region"], notification(order))


def _row_key(order: Document) -> str:
    return f"{order['region']}:{'sandbox' if order['sandbox'] else 'live'}:{order['id']}"


def _key(call: Call, id_: str) -> str:
    return _row_key({"region": call.region, "sandbox": call.sandbox, "id": id_})


def _has_package(order: Document, number: int) -> bool:
    return any(shipment["package"] == number for shipment in order["shipments"])
