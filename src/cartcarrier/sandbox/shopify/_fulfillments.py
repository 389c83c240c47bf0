"""Fulfillments: made, changed, cancelled; tracking events. None of it is idempotent (field guide shopify.md §10, §17)."""

from collections.abc import Mapping, Sequence
from typing import Any

from cartcarrier.sandbox.shopify._fulfillment_orders import FulfillmentOrders
from cartcarrier.sandbox.shopify._ids import Document, RefusedError, number_of, read_time, stamp
from cartcarrier.sandbox.shopify._inventory import Inventory
from cartcarrier.sandbox.shopify._routing import supported_actions
from cartcarrier.sandbox.shopify._status import fulfillment_status
from cartcarrier.sandbox.shopify._webhooks import Webhooks
from cartcarrier.sandbox.shopify._world import World

MAX_LINES = 512
# Where a company's name makes a link by itself; every other one is text (field guide shopify.md §10.3).
TRACKING_PAGES: Mapping[str, str] = {
    "UPS": "https://www.ups.com/WebTracking?loc=en_US&requester=ST&trackNums={}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction.action?tLabels={}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={}",
    "DHL Express": "https://www.dhl.com/en/express/tracking.html?AWB={}",
    "Canada Post": "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}",
}


class Fulfillments:
    """The shop's record of what left.

    Args:
        world: The shop's memory.
        routing: The fulfillment orders.
        inventory: Where goods go from.
        webhooks: Who is told.
    """

    def __init__(self, world: World, routing: FulfillmentOrders, inventory: Inventory, webhooks: Webhooks) -> None:
        self._world = world
        self._routing = routing
        self._inventory = inventory
        self._webhooks = webhooks

    def create(self, fulfillment: Mapping[str, Any]) -> int:
        """Record that lines of fulfillment orders left, and return the fulfillment's number.

        Raises:
            RefusedError: Fulfillment orders of several orders or places, not ready, or more than remains.
        """
        tracking = tracking_of(fulfillment.get("trackingInfo") or {}, ["fulfillment", "trackingInfo"])
        groups = fulfillment["lineItemsByFulfillmentOrder"]
        field = ["fulfillment", "lineItemsByFulfillmentOrder"]
        if not groups:
            raise RefusedError("Fulfillment orders can't be blank", field=field)
        if sum(len(group.get("fulfillmentOrderLineItems") or ()) for group in groups) > MAX_LINES:
            raise RefusedError("Line items are too many (maximum is 512)", field=field)
        with self._world.transaction():
            order, targets = self._targets(groups, field)
            lines: list[Document] = []
            items = {line["id"]: line["item_id"] for line in order["lines"]}
            for group, target in zip(groups, targets, strict=True):
                wanted = group.get("fulfillmentOrderLineItems")
                parts = self._routing.select(target, wanted, field) if wanted else self._routing.everything(target)
                if not parts:
                    raise RefusedError("Invalid fulfillment order line item quantity requested.", field=field)
                for part, quantity in parts:
                    part["remaining"] -= quantity
                    lines.append(
                        {
                            "id": self._world.next_id(),
                            "line_id": part["line_id"],
                            "fulfillment_order_id": target["id"],
                            "quantity": quantity,
                        }
                    )
                    self._inventory.ship(items[part["line_id"]], target["location_id"], quantity)
                target["updated_at"] = self._world.stamp()
                self._routing.settle(target)
            at = self._world.stamp()
            made: Document = {
                "id": self._world.next_id(),
                "name": f"{order['name']}-F{len(order['fulfillments']) + 1}",
                "status": "SUCCESS",
                "created_at": at,
                "updated_at": at,
                "location_id": targets[0]["location_id"],
                "notify": bool(fulfillment.get("notifyCustomer")),
                "origin": fulfillment.get("originAddress"),
                "tracking": tracking,
                "lines": lines,
                "events": [],
            }
            order["fulfillments"].append(made)
            self._world.save(order)
            self._webhooks.fulfillment_event(order, made, "CREATE")
            done = fulfillment_status(order) == "FULFILLED"
            self._webhooks.order_event(order, "ORDERS_FULFILLED" if done else "ORDERS_PARTIALLY_FULFILLED")
            self._webhooks.order_event(order, "ORDERS_UPDATED")
        return int(made["id"])

    def _targets(self, groups: Sequence[Mapping[str, Any]], field: list[str]) -> tuple[Document, list[Document]]:
        """Return the order and its fulfillment orders, all of them ready to ship from one place."""
        order: Document | None = None
        targets: list[Document] = []
        for group in groups:
            try:
                owner, found = self._routing.find(group["fulfillmentOrderId"], code=None)
            except RefusedError as exc:
                raise RefusedError(exc.message, field=field) from exc
            if order is not None and owner["id"] != order["id"]:
                raise RefusedError("All fulfillment orders must belong to the same order.", field=field)
            if order is None:
                order = owner
            target = next(fo for fo in order["fulfillment_orders"] if fo["id"] == found["id"])
            if target in targets:
                raise RefusedError("Fulfillment order is listed twice.", field=field)
            targets.append(target)
        if order is None:
            raise RefusedError("Fulfillment orders can't be blank", field=field)
        if len({target["location_id"] for target in targets}) > 1:
            raise RefusedError("All fulfillment orders must be assigned to the same location.", field=field)
        for target in targets:
            at_service = self._routing.is_service(target["location_id"])
            if "CREATE_FULFILLMENT" not in supported_actions(
                target, at_service=at_service, as_service=self._world.is_service_app
            ):
                number, status = target["id"], target["status"].lower()
                raise RefusedError(f"Fulfillment order {number} has an unfulfillable status= {status}.", field=field)
        return order, targets

    def _find(self, value: object, field: list[str]) -> tuple[Document, Document]:
        number = number_of(value, "Fulfillment")
        owner = self._world.owner("Fulfillment", number)
        if owner is None:
            raise RefusedError("Fulfillment does not exist.", field=field)
        order = self._world.edit(owner["id"])
        return order, next(entry for entry in order["fulfillments"] if entry["id"] == number)

    def update_tracking(self, value: object, info: Mapping[str, Any], *, notify: bool) -> int:
        """Replace the tracking info as a whole."""
        tracking = tracking_of(info, ["trackingInfoInput"])
        with self._world.transaction():
            order, fulfillment = self._find(value, ["fulfillmentId"])
            if fulfillment["status"] == "CANCELLED":
                raise RefusedError("Fulfillment is cancelled.", field=["fulfillmentId"])
            fulfillment["tracking"] = tracking
            fulfillment["notify"] = fulfillment["notify"] or notify
            fulfillment["updated_at"] = self._world.stamp()
            self._world.save(order)
            self._webhooks.fulfillment_event(order, fulfillment, "UPDATE")
            self._webhooks.order_event(order, "ORDERS_UPDATED")
        return int(fulfillment["id"])

    def cancel(self, value: object) -> int:
        """Cancel it; its lines come back in new fulfillment orders."""
        with self._world.transaction():
            order, fulfillment = self._find(value, ["id"])
            if fulfillment["status"] == "CANCELLED":
                raise RefusedError("Fulfillment has already been cancelled.", field=["id"])
            if any(event["status"] == "DELIVERED" for event in fulfillment["events"]):
                raise RefusedError("Fulfillment cannot be cancelled.", field=["id"])
            fulfillment["status"] = "CANCELLED"
            fulfillment["updated_at"] = self._world.stamp()
            items = {line["id"]: line["item_id"] for line in order["lines"]}
            by_source: dict[int, list[Document]] = {}
            for line in fulfillment["lines"]:
                by_source.setdefault(line["fulfillment_order_id"], []).append(line)
            for source_id, lines in by_source.items():
                source = next(fo for fo in order["fulfillment_orders"] if fo["id"] == source_id)
                for line in lines:
                    part = next(entry for entry in source["lines"] if entry["line_id"] == line["line_id"])
                    part["total"] -= line["quantity"]
                    self._inventory.ship(items[line["line_id"]], fulfillment["location_id"], -line["quantity"])
                source["updated_at"] = self._world.stamp()
                self._routing.settle(source)
                back = [(line["line_id"], line["quantity"]) for line in lines]
                self._routing.like(order, source, back, location_id=fulfillment["location_id"], status="OPEN")
            self._world.save(order)
            self._webhooks.fulfillment_event(order, fulfillment, "UPDATE")
            self._webhooks.order_event(order, "ORDERS_UPDATED")
        return int(fulfillment["id"])

    def add_event(self, event: Mapping[str, Any]) -> tuple[int, int]:
        """Append a tracking event, equal ones too; return its number and the fulfillment's."""
        field = ["fulfillmentEvent"]
        times: dict[str, str | None] = {}
        for name in ("happenedAt", "estimatedDeliveryAt"):
            moment = read_time(event[name]) if event.get(name) else None
            if event.get(name) and moment is None:
                raise RefusedError(f"{name} is not a valid time.", field=[*field, name])
            times[name] = stamp(moment) if moment else None
        with self._world.transaction():
            order, fulfillment = self._find(event["fulfillmentId"], [*field, "fulfillmentId"])
            made: Document = {
                "id": self._world.next_id(),
                "status": event["status"],
                "happened_at": times["happenedAt"] or self._world.stamp(),
                "created_at": self._world.stamp(),
                "estimated_delivery_at": times["estimatedDeliveryAt"],
                **{
                    name: event.get(name)
                    for name in ("message", "address1", "city", "province", "country", "zip", "latitude", "longitude")
                },
            }
            fulfillment["events"].append(made)
            fulfillment["updated_at"] = self._world.stamp()
            self._world.save(order)
            self._webhooks.event_event(order, fulfillment, made)
            self._webhooks.fulfillment_event(order, fulfillment, "UPDATE")
        return int(made["id"]), int(fulfillment["id"])


def tracking_of(info: Mapping[str, Any], field: list[str]) -> list[Document]:
    """Read tracking info in its singular or plural form.

    Raises:
        RefusedError: Both forms at once, or an address without a number.
    """
    number, numbers, url, urls = (info.get(name) for name in ("number", "numbers", "url", "urls"))
    if (number is not None and numbers) or (url is not None and urls):
        raise RefusedError("Tracking info can have singular or plural fields, not both.", field=field)
    all_numbers = list(numbers or ([number] if number else []))
    all_urls = list(urls or ([url] if url else []))
    if all_urls and not all_numbers:
        raise RefusedError("Tracking number can't be blank when a tracking URL is given.", field=field)
    company = info.get("company")
    if not all_numbers:
        return [{"company": company, "number": None, "url": None}] if company else []
    page = TRACKING_PAGES.get(company or "")
    return [
        {
            "company": company,
            "number": each,
            "url": all_urls[index] if index < len(all_urls) else page.format(each) if page else None,
        }
        for index, each in enumerate(all_numbers)
    ]
