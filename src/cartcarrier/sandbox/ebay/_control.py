"""The control surface: what buyers and sellers do, and what harnesses ask."""

import random
from typing import Any

from typing_extensions import override

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import command
from cartcarrier.sandbox.ebay._audit import duplicates, summary
from cartcarrier.sandbox.ebay._cancellations import BUYER_REASONS, OPEN
from cartcarrier.sandbox.ebay._desk import Desk
from cartcarrier.sandbox.ebay._errors import PROBLEMS, EbayError
from cartcarrier.sandbox.ebay._seed import shape as seed_shape
from cartcarrier.sandbox.ebay._shape import cents
from cartcarrier.sandbox.ebay._world import Document, Json


class Control(Desk):
    """Commands of the eBay simulator; the same in process and over HTTP."""

    def _order(self, order_id: str) -> Document:
        self.platform.tick()
        order = self.platform.orders.get(order_id)
        if order is None:
            raise InvalidValueError(f"the sandbox's eBay has no order {order_id}", field="order_id")
        return order

    # --- orders -------------------------------------------------------------------------------------------------------

    @command
    def place_order(self, *, seller: str | None = None, settled: bool = True, **shape: Json) -> str:
        """Let a buyer buy, and return the order's id.

        Args:
            seller: From whom.
            settled: ``False`` makes lists lag behind the new order, as they lag behind every change.
            shape: ``lines`` (each with ``sku title quantity price discount tax`` or ``tax_rate``, ``tax_type collected
                item_id variation_id aspects gsp recipient_email``), ``kind`` (``ordinary international gsp authenticity
                vault ebay_shipping fulfilled_by_ebay pickup click_and_collect digital seller_defined
                standard_envelope``), ``buyer full_name company email phone note``, ``address`` and ``final_address``
                (eBay's member names), ``reference`` (of a hub), ``currency converted_from`` (currency and rate),
                ``delivery_cost delivery_discount tax_rate tax_type collected tax_reference tax_identifier``,
                ``payment_status`` (``PAID PENDING FAILED``), ``payout_hold service carrier placed_at ship_by_days vault
                numbered``.

        Raises:
            InvalidValueError: No such member, or it cannot be.
        """
        try:
            order = self.platform.place_order(seller=seller, settled=settled, shape=shape)
        except (TypeError, ValueError, KeyError) as exc:
            raise InvalidValueError(f"an order cannot be placed like that: {exc}", field="shape") from exc
        return str(order["id"])

    @command
    def seed_orders(self, n: int, seed: int = 0, seller: str | None = None) -> list[str]:
        """Place many orders as they come: plain and awkward ones; the same seed places the same ones."""
        draw = random.Random(f"orders:{seed}")  # noqa: S311 - reproducible, not secret
        with self.platform.world.transaction():
            return [self.place_order(seller=seller, **seed_shape(draw, index)) for index in range(n)]

    @command
    def edit_address(self, order_id: str, *, touch: bool = False, **fields: Json) -> None:
        """Let the buyer correct where it goes; whether ``lastModifiedDate`` moves with it is not confirmed.

        Args:
            order_id: Which order.
            touch: Whether it moves.
            fields: ``fullName companyName phoneNumber email`` and the address's members.

        Raises:
            InvalidValueError: No such order or member.
        """
        order = self._order(order_id)
        try:
            self.platform.orders.edit_address(order["id"], fields, touch=touch)
        except ValueError as exc:
            raise InvalidValueError(str(exc), field="fields") from exc

    @command
    def hold(self, order_id: str, kind: str = "payment") -> None:
        """Hold something back: the buyer's ``payment`` (the order must wait), or the ``payout`` (it must not)."""
        order = self._order(order_id)
        if kind == "payment":
            self.platform.orders.set_payment(order["id"], "PENDING")
        else:
            self._set_payout_hold(order_id, held=True)

    @command
    def release(self, order_id: str) -> None:
        """Let everything go that is held: the payment comes in, the payout leaves."""
        order = self._order(order_id)
        if order["payment_status"] != "PAID":
            with self.platform.world.transaction():
                self.platform.confirm(self.platform.orders.set_payment(order["id"], "PAID"))
        if order["payout_hold"]:
            self._set_payout_hold(order_id, held=False)

    @command
    def fail_payment(self, order_id: str) -> None:
        """Let the buyer's payment fail."""
        self.platform.orders.set_payment(self._order(order_id)["id"], "FAILED")

    def _set_payout_hold(self, order_id: str, *, held: bool) -> None:
        changed = self.platform.orders.edit(order_id)
        changed["payout_hold"] = held
        self.platform.orders.save(changed)

    @command
    def ship_elsewhere(self, order_id: str, tracking_number: str | None = None, carrier: str = "USPS") -> str:
        """Let the seller mark what is left as shipped, in Seller Hub or by another tool; return the fulfillment's id.

        Raises:
            InvalidValueError: eBay refuses it.
        """
        order = summary(self._order(order_id))
        lines = [{"lineItemId": row["id"], "quantity": row["remaining"]} for row in order["lines"] if row["remaining"]]
        body: Document = {"lineItems": lines}
        if tracking_number:
            body.update(trackingNumber=tracking_number, shippingCarrierCode=carrier)
        try:
            return self.platform.fulfillments.create(order["seller"], order_id, body)
        except EbayError as exc:
            raise InvalidValueError(f"the sandbox's eBay refuses: {exc.message}", field="order_id") from exc

    # --- cancellations ------------------------------------------------------------------------------------------------

    @command
    def request_cancellation(self, order_id: str, reason: str = "ORDER_MISTAKE") -> str:
        """Let the buyer ask for a cancellation, and return its id.

        Raises:
            InvalidValueError: No such reason, or the order has shipped, is cancelled, or has an open request.
        """
        if reason not in BUYER_REASONS:
            raise InvalidValueError(f"buyers have the reasons {', '.join(BUYER_REASONS)}", field="reason")
        order = self._order(order_id)
        obstacle = self.platform.cancellations.obstacle(order)
        if obstacle is not None and obstacle != "TOO_LATE":
            raise InvalidValueError(f"the buyer cannot ask for that: {obstacle}", field="order_id")
        return str(self.platform.cancellations.open(order_id, reason=reason, by="BUYER")["id"])

    @command
    def cancel(self, order_id: str, reason: str = "BUYER_ASKED_CANCEL") -> None:
        """Cancel an order in Seller Hub, at once and with the refund done; an open request of the buyer's is granted.

        Raises:
            InvalidValueError: It has shipped, or is cancelled.
        """
        order = self._order(order_id)
        cancellations = self.platform.cancellations
        obstacle = cancellations.obstacle(order)
        with self.platform.world.transaction():
            if obstacle == "CANCELLATION_ALREADY_OPEN":
                self.finish_cancellation(order_id)
            elif obstacle in {None, "TOO_LATE"}:
                cancellations.finish(cancellations.open(order_id, reason=reason, by="SELLER")["id"])
            else:
                raise InvalidValueError(f"it cannot be cancelled: {obstacle}", field="order_id")

    @command
    def finish_cancellation(self, order_id: str) -> None:
        """Let an open cancellation of an order be over now, granted and refunded.

        Raises:
            InvalidValueError: None is open.
        """
        self._order(order_id)
        for row in self.platform.world.rows("cancellation"):
            if row["order"] == order_id and row["status"] in OPEN:
                self.platform.cancellations.finish(row["id"])
                return
        raise InvalidValueError(f"no cancellation of {order_id} is open", field="order_id")

    # --- stock --------------------------------------------------------------------------------------------------------

    @command
    def stock(
        self, sku: str, quantity: int, *, seller: str | None = None, price: str = "14.90", title: str | None = None
    ) -> str:
        """Have a published offer on an item that the Inventory API manages, with that quantity; return the offer's id."""
        owner = self.platform.seller(seller)
        found = [row for row in self.platform.offers.of(owner["key"], sku) if row["listing"]]
        with self.platform.world.transaction():
            if found:
                item = self.platform.world.table("item")[f"{owner['key']}/{sku}"]
                self.platform.world.put("item", item["key"], {**item, "quantity": quantity})
                self.platform.world.put("offer", found[0]["key"], {**found[0], "quantity": quantity})
                return str(found[0]["id"])
            listing = self._new_listing(owner, sku, quantity, price, title)
            self.platform.world.drop("listing", listing["id"])
            return str(self.platform.offers.adopt(listing)["id"])

    @command
    def list_elsewhere(
        self,
        sku: str | None,
        quantity: int,
        *,
        seller: str | None = None,
        price: str = "14.90",
        title: str | None = None,
    ) -> str:
        """Have a live listing that was made in Seller Hub: the Inventory API does not see it. Return its number."""
        with self.platform.world.transaction():
            return str(self._new_listing(self.platform.seller(seller), sku, quantity, price, title)["id"])

    def _new_listing(self, owner: Document, sku: str | None, quantity: int, price: str, title: str | None) -> Document:
        number = str(335_900_000_000 + self.platform.world.next_number("elsewhere"))
        listing = {
            "id": number,
            "seller": owner["key"],
            "marketplace": owner["marketplace"],
            "sku": sku,
            "quantity": quantity,
            "title": title or sku or "Something nice",
            "price": {"value": cents(price), "currency": owner["currency"]},
        }
        return self.platform.world.put("listing", number, listing)

    @command
    def inventory(self, seller: str | None = None) -> dict[str, dict[str, Any]]:
        """Return each managed SKU's numbers: what exists, what each offer may sell, and what buyers see."""
        owner = self.platform.seller(seller)["key"]
        return {
            item["sku"]: {
                "quantity": item["quantity"],
                "offers": {
                    row["id"]: {"quantity": row["quantity"], "listed": self.platform.offers.listed(row)}
                    for row in self.platform.offers.of(owner, item["sku"])
                },
            }
            for item in self.platform.world.rows("item")
            if item["seller"] == owner
        }

    @command
    def fail_sku(self, sku: str, error_id: int = 25025, times: int = 1) -> None:
        """Let bulk updates of a SKU fail, so many times; error 0 leaves its answer out altogether.

        Raises:
            InvalidValueError: There is no such error.
        """
        if error_id and error_id not in PROBLEMS:
            raise InvalidValueError(f"no error {error_id}", field="error_id")
        self.platform.world.put("trouble", sku, {"error_id": error_id, "times": times})

    # --- for harnesses ------------------------------------------------------------------------------------------------

    @command
    def orders(self) -> list[dict[str, Any]]:
        """Return every order with what left under which number: for comparing sets at the end of a run."""
        self.platform.tick()
        return [summary(order) for order in self.platform.orders.all()]

    @command
    def duplicates(self) -> list[dict[str, Any]]:
        """Return the orders of which more left than was ordered, whose numbers repeat, or that left though cancelled."""
        return duplicates(self.platform.orders.all())

    @override
    def totals(self) -> dict[str, object]:
        self.platform.tick()
        orders = self.platform.orders.all()
        return {
            "orders": len(orders),
            "cancelled": sum(1 for order in orders if order["cancel_state"] == "CANCELED"),
            "fulfillments": sum(len(order["fulfillments"]) for order in orders),
            "fulfillments_by_order": {
                order["id"]: len(order["fulfillments"]) for order in orders if order["fulfillments"]
            },
            "refunds": sum(len(order["refunds"]) for order in orders),
            "deliveries": len(self.platform.world.table("delivery")),
        }
