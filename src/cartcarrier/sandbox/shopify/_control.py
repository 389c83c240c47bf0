"""The control surface: what merchant, buyer, platform and bad luck do."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import command
from cartcarrier.sandbox.shopify._api import Breakdown
from cartcarrier.sandbox.shopify._audit import duplicates, summary
from cartcarrier.sandbox.shopify._back_office import BackOffice
from cartcarrier.sandbox.shopify._ids import Document, Json, gid, order_number
from cartcarrier.sandbox.shopify._seed import shape
from cartcarrier.sandbox.shopify._shop import LOCATIONS, SHOP
from cartcarrier.sandbox.shopify._status import LIVE_FULFILLMENTS

Reference = str | int


class Control(BackOffice):
    """Commands of the Shopify simulator; the same in process and over HTTP.

    Orders are named by their global id or number, fulfillment orders by their global id.
    """

    def _order(self, order_id: Reference) -> Document:
        self.shop.tick()
        order = self.shop.world.order(order_number(order_id))
        if order is None:
            raise InvalidValueError(f"the sandbox's shop has no order {order_id}", field="order_id")
        return order

    def _fulfillment_orders(self, order: Document) -> list[str]:
        return [gid("FulfillmentOrder", entry["id"]) for entry in order["fulfillment_orders"]]

    # --- orders -------------------------------------------------------------------------------------------------------

    @command
    def place_order(self, **shape: Json) -> str:
        """Let a buyer place an order, and return its global id.

        Args:
            shape: ``lines`` (each with ``sku title variant_title quantity price weight_grams requires_shipping gift_card
                hs_code origin origin_province vendor location_id`` or ``locations``, a mapping of location to quantity),
                ``address`` (``first_name last_name company address1 address2 city province province_code zip country
                country_code phone``), ``needs_address`` (``False``: no address at all), ``currency``,
                ``presentment_currency``, ``presentment_rate``, ``financial_status``, ``gateway``, ``shipping_title``,
                ``shipping_code``, ``shipping_price``, ``discount``, ``tax_rate``, ``taxes_included``, ``note``, ``tags``,
                ``email``, ``po_number``, ``test``, ``placed_at``, ``fulfill_at`` (scheduled until then), ``fulfill_by``,
                ``deliver_by``, ``attributes``, ``localized_fields``, ``risk``, and ``settled``: ``False`` makes searches
                lag behind the order and its fulfillment orders appear only after the routing delay.

        Raises:
            InvalidValueError: No such member, or it cannot be.
        """
        try:
            return gid("Order", self.shop.orders.place(**shape))
        except (TypeError, ValueError, KeyError) as exc:
            raise InvalidValueError(f"an order cannot be placed like that: {exc}", field="shape") from exc

    @command
    def seed_orders(self, n: int, seed: int = 0) -> list[str]:
        """Place many orders as they come: plain and awkward ones; the same seed places the same ones."""
        draw = random.Random(f"orders:{seed}")  # noqa: S311 - reproducible, not secret
        places = tuple(gid("Location", row["id"]) for row in LOCATIONS if not row["service"])
        with self.shop.world.transaction():
            return [gid("Order", self.shop.orders.place(**shape(draw, index, places))) for index in range(n)]

    @command
    def edit_address(self, order_id: Reference, *, propagate: bool = True, **fields: Json) -> None:
        """Let the merchant correct the shipping address.

        Args:
            order_id: Which order.
            propagate: Whether the fulfillment orders' destination follows; its ``updatedAt`` moves in neither case.
            fields: The members that change.
        """
        order = self._order(order_id)
        try:
            self.shop.orders.edit_address(order["id"], propagate=propagate, fields=fields)
        except ValueError as exc:
            raise InvalidValueError(str(exc), field="fields") from exc

    @command
    def edit_quantity(self, order_id: Reference, line_index: int, quantity: int) -> None:
        """Let the merchant edit how many units of a line the order has."""
        order = self._order(order_id)
        try:
            self.shop.orders.edit_quantity(order["id"], line_index, quantity)
        except (ValueError, IndexError) as exc:
            raise InvalidValueError(str(exc), field="quantity") from exc

    @command
    def set_financial_status(self, order_id: Reference, status: str) -> None:
        """Let a payment come in (``PAID``), fail (``VOIDED``), and so on."""
        self.shop.orders.set_financial_status(self._order(order_id)["id"], status)

    @command
    def cancel(self, order_id: Reference, reason: str = "CUSTOMER", *, restock: bool = True) -> None:
        """Cancel an order in the admin, at once.

        Raises:
            InvalidValueError: Something of it has left, or it is cancelled already.
        """
        order = self._order(order_id)
        try:
            self.shop.orders.cancel_now(order["id"], reason=reason, restock=restock)
        except ValueError as exc:
            raise InvalidValueError(str(exc), field="order_id") from exc

    # --- fulfillment orders -------------------------------------------------------------------------------------------

    @command
    def fulfillment_orders(self, order_id: Reference) -> list[dict[str, object]]:
        """Return an order's fulfillment orders, also those that the app cannot see."""
        order = self._order(order_id)
        sku = {line["id"]: line["sku"] for line in order["lines"]}
        return [
            {
                "id": gid("FulfillmentOrder", entry["id"]),
                "status": entry["status"],
                "request_status": entry["request_status"],
                "location_id": gid("Location", entry["location_id"]),
                "updated_at": entry["updated_at"],
                "holds": [gid("FulfillmentHold", hold["id"]) for hold in entry["holds"]],
                "lines": [
                    {
                        "id": gid("FulfillmentOrderLineItem", line["id"]),
                        "sku": sku[line["line_id"]],
                        "total": line["total"],
                        "remaining": line["remaining"],
                    }
                    for line in entry["lines"]
                ],
            }
            for entry in order["fulfillment_orders"]
        ]

    @command
    def hold(
        self, order_id: Reference, reason: str = "HIGH_RISK_OF_FRAUD", *, handle: str = "", notes: str | None = None
    ) -> list[str]:
        """Let somebody else's app hold every open fulfillment order of an order; return the holds."""
        order = self._order(order_id)
        wish = {"reason": reason, "handle": handle, "reasonNotes": notes}
        made: list[str] = []
        for entry in order["fulfillment_orders"]:
            if entry["status"] in {"OPEN", "IN_PROGRESS", "ON_HOLD"}:
                held, _, _ = self._carry_out(
                    self.shop.routing.hold, gid("FulfillmentOrder", entry["id"]), wish, own=False
                )
                made.append(gid("FulfillmentHold", held["id"]))
        return made

    @command
    def release(self, order_id: Reference) -> None:
        """Let every hold of an order go."""
        for entry in self._order(order_id)["fulfillment_orders"]:
            if entry["holds"]:
                self._carry_out(self.shop.routing.release_holds, gid("FulfillmentOrder", entry["id"]), None)

    @command
    def split(self, fulfillment_order_id: str, lines: Sequence[Mapping[str, Any]]) -> list[str]:
        """Split a fulfillment order: these lines (``id``, ``quantity``) stay; return it and the one with the rest."""
        return [
            gid("FulfillmentOrder", each)
            for each in self._carry_out(self.shop.routing.split, fulfillment_order_id, lines)
        ]

    @command
    def move(self, fulfillment_order_id: str, location_id: str) -> str:
        """Move a whole fulfillment order to another location; return the new one."""
        moved, _ = self._carry_out(self.shop.routing.move, fulfillment_order_id, location_id, None)
        return gid("FulfillmentOrder", moved)

    @command
    def set_request_status(self, fulfillment_order_id: str, status: str) -> None:
        """Put a fulfillment order where a fulfillment service would have put it: ``SUBMITTED``, ``ACCEPTED`` and so on."""
        self._carry_out(self.shop.routing.set_request_status, fulfillment_order_id, status)

    # --- the platform -------------------------------------------------------------------------------------------------

    @command
    def credentials(self) -> dict[str, dict[str, str]]:
        """Return driver settings for each way to authenticate, and the secret that signs webhooks.

        The refresh token is a fresh one every time: as if the app had been installed again.
        """
        app = self.shop.tokens.app
        client = {"shop": SHOP, "client_id": app["client_id"], "client_secret": app["client_secret"]}
        return {
            "static": {"shop": SHOP, "access_token": app["static"]},
            "client_credentials": client,
            "refresh": {**client, "refresh_token": self.shop.tokens.new_refresh_token()},
            "webhooks": {"secret": app["client_secret"]},
        }

    @command
    def set_scopes(self, scopes: Sequence[str]) -> None:
        """Grant the app these scopes and no others. Without a scope, its fulfillment orders are an empty list."""
        self.shop.world.set(scopes=list(scopes))
        self.shop.webhooks.publish("APP_SCOPES_UPDATE", {"id": 1, "current": list(scopes)})

    @command
    def set_access_level(self, level: int) -> None:
        """Set the level of access to customers' data: below 2, addresses are withheld."""
        self.shop.world.set(access_level=level)

    @command
    def expire_tokens(self) -> None:
        """Let every access token that can expire be expired now."""
        self.shop.tokens.expire_all()

    @command
    def revoke_tokens(self) -> None:
        """Take every token away, as an uninstalled app's; its webhook goes out first."""
        self.shop.webhooks.publish("APP_UNINSTALLED", {"id": 1, "domain": SHOP, "myshopify_domain": SHOP})
        self.shop.tokens.revoke_all()

    @command
    def break_down(self, operation: str = "*", *, after: bool = False, times: int = 1) -> None:
        """Answer ``INTERNAL_SERVER_ERROR`` inside a 200: before the effect, or after it has happened."""
        self.shop.api.breakdowns.append(Breakdown(operation, after, times))

    @command
    def drain_bucket(self) -> None:
        """Let another process of the same app have used up the points."""
        self.shop.bucket.take(self.shop.bucket.level())

    # --- webhooks -----------------------------------------------------------------------------------------------------

    @command
    def deliveries(
        self,
        *,
        limit: int | None = None,
        duplicates: int = 0,
        shuffle: bool = False,
        keep: bool = False,
        secret: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return the queued webhooks as signed requests: ``url``, ``headers``, ``body``.

        Args:
            limit: At most so many.
            duplicates: How often each comes again.
            shuffle: Whether they come in another order.
            keep: Whether they stay in the queue.
            secret: Sign with this one, as after a rotation.
        """
        self.shop.tick()
        return self.shop.webhooks.take(limit=limit, duplicates=duplicates, shuffle=shuffle, keep=keep, secret=secret)

    @command
    def report_delivery(self, webhook_id: str, status: int, seconds: float = 0) -> str:
        """Say how a delivery went. Not 2xx, or slower than 5 s: it comes again, 8 times, then its subscription ends."""
        return self.shop.webhooks.report(webhook_id, status, seconds)

    @command
    def push_webhook(self, topic: str, payload: Mapping[str, Any], url: str) -> None:
        """Queue a webhook that nobody subscribed to, such as ``CUSTOMERS_REDACT``."""
        self.shop.webhooks.push(topic, payload, url)

    # --- for harnesses ------------------------------------------------------------------------------------------------

    @command
    def orders(self) -> list[dict[str, Any]]:
        """Return every order with what left under which number: for comparing sets at the end of a run."""
        self.shop.tick()
        return [summary(order) for order in self.shop.world.orders()]

    @command
    def duplicates(self) -> list[dict[str, Any]]:
        """Return the orders of which more left than was ordered, or whose live fulfillments share a number."""
        return duplicates(self.shop.world.orders())

    @override
    def totals(self) -> dict[str, object]:
        orders = self.shop.world.orders()
        live = {
            gid("Order", order["id"]): sum(1 for row in order["fulfillments"] if row["status"] in LIVE_FULFILLMENTS)
            for order in orders
        }
        return {
            "orders": len(orders),
            "fulfillments": sum(live.values()),
            "fulfillments_by_order": {key: count for key, count in live.items() if count},
            "deliveries": len(self.shop.world.table("delivery")),
        }
