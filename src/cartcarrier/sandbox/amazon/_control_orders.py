"""Commands about orders: what buyers, the seller and Amazon do with them."""

from typing import Any, Final

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import command
from cartcarrier.sandbox.amazon._control_base import ControlBase
from cartcarrier.sandbox.amazon._seed import seed_shape
from cartcarrier.sandbox.amazon._shape import ADDRESS_FIELDS
from cartcarrier.sandbox.amazon._world import Document

PACKAGE_STATUSES: Final = frozenset({"PENDING", "IN_TRANSIT", "SHIPPED", "DELIVERED", "CANCELLED", "UNDELIVERABLE"})


class OrderCommands(ControlBase):
    """Where a command takes ``settled``: by default its effect is dated back by the lag of searches.

    So the next search sees it; ``settled=False`` dates it now, and ``searchOrders`` sees it two minutes later.
    """

    def _line(self, order: Document, index: int) -> None:
        if not 0 <= index < len(order["lines"]):
            raise InvalidValueError(f"order {order['id']} has {len(order['lines'])} lines", field="line_index")

    @command
    def place_order(self, *, settled: bool = True, **shape: Any) -> str:  # noqa: ANN401 - the members are listed below
        """Let a buyer place an order, and return its id.

        Args:
            settled: See the class.
            shape: ``marketplace`` (id or country; US by default), ``fulfilled_by`` (``MERCHANT``, ``AMAZON``), ``status``
                (``UNSHIPPED``, ``PENDING``, ``PENDING_AVAILABILITY``, ``UNFULFILLABLE``), ``lines`` (each with ``sku title asin
                quantity price tax shipping shipping_tax gift_wrap_price discount shipping_discount promotion_ids gift_message
                gift_wrap_level condition condition_note transparency subscribe_and_save ioss_number customized_url
                serial_number_required constraints weight_grams``; ``price`` is a unit's, the other amounts are the line's),
                ``address`` (``name company_name address_line1 address_line2 address_line3 city district_or_county
                state_or_region municipality postal_code country_code phone address_type``), ``buyer`` (``name email
                company_name po_number``), ``programs`` (``PRIME``, ``AMAZON_BUSINESS``, ``FBM_SHIP_PLUS``, …), ``service_level``,
                ``seller_order_id``, ``replaces``, ``currency``, ``placed_at``, ``ship_by``, ``deliver_by``, ``label_after``,
                ``delivery_tip``, ``delivery_preference``, ``payment_method``, ``regulated`` (a verification status),
                ``non_amazon``.

        Raises:
            InvalidValueError: No such member, or it cannot be.
        """
        self.platform.tick()
        try:
            return str(self.platform.orders.place(shape, settled=settled)["id"])
        except (TypeError, ValueError, KeyError) as exc:
            raise InvalidValueError(f"an order cannot be placed like that: {exc}", field="shape") from exc

    @command
    def seed_orders(self, n: int, seed: int = 0, *, settled: bool = True) -> list[str]:
        """Place many orders as they come: plain and awkward ones; the same seed places the same ones."""
        draw = self.platform.world.draw(f"orders:{seed}")
        with self.platform.world.transaction():
            return [self.place_order(settled=settled, **seed_shape(draw, index)) for index in range(n)]

    @command
    def request_cancellation(
        self,
        order_id: str,
        reason: str = "ORDERED_BY_MISTAKE",
        *,
        line_index: int | None = None,
        settled: bool = True,
    ) -> None:
        """Let the buyer ask for a cancellation: the order stays open, its items (or one of them) bear the request.

        Raises:
            InvalidValueError: The order is not open, or has no such line.
        """
        order = self._order(order_id)
        if line_index is not None:
            self._line(order, line_index)
        self._try(self.platform.orders.request_cancellation, order_id, reason, line_index, settled=settled)

    @command
    def cancel(
        self, order_id: str, by: str = "BUYER", reason: str = "BUYER_CANCELLED", *, settled: bool = True
    ) -> None:
        """Cancel a whole order, as Amazon does for the buyer, or the seller in Seller Central (``by="MERCHANT"``).

        Raises:
            InvalidValueError: Something of it has left, or it is cancelled already.
        """
        self._order(order_id)
        self._try(self.platform.orders.cancel, order_id, by=by, reason=reason, settled=settled)

    @command
    def edit_quantity(self, order_id: str, line_index: int, quantity: int, *, settled: bool = True) -> None:
        """Change how many units of a line are ordered; 0 cancels the line.

        Raises:
            InvalidValueError: No such line, or fewer than have left.
        """
        self._line(self._order(order_id), line_index)
        if quantity < 0:
            raise InvalidValueError("a quantity cannot be negative", field="quantity")
        self._try(self.platform.orders.edit_quantity, order_id, line_index, quantity, settled=settled)

    @command
    def edit_address(self, order_id: str, *, settled: bool = True, **fields: str | None) -> None:
        """Change members of the address.

        Raises:
            InvalidValueError: No such member.
        """
        self._order(order_id)
        if unknown := sorted(set(fields) - set(ADDRESS_FIELDS)):
            raise InvalidValueError(f"no such member of an address: {', '.join(unknown)}", field=unknown[0])
        self.platform.orders.edit_address(order_id, fields, settled=settled)

    @command
    def hold(self, order_id: str, *, settled: bool = True) -> None:
        """Let the payment be looked at again: the order is ``PENDING``, its address is gone, nothing may be shipped.

        Raises:
            InvalidValueError: Something of it has left, or it is cancelled.
        """
        self._order(order_id)
        self._try(self.platform.orders.set_state, order_id, "PENDING", settled=settled)

    @command
    def release(self, order_id: str, *, settled: bool = True) -> None:
        """Let the payment be authorized: the order is ``UNSHIPPED``.

        Raises:
            InvalidValueError: Something of it has left, or it is cancelled.
        """
        self._order(order_id)
        self._try(self.platform.orders.set_state, order_id, "UNSHIPPED", settled=settled)

    @command
    def ship_by_amazon(self, order_id: str, *, settled: bool = True) -> str:
        """Let Amazon send an order that it fulfills, whole; return the shipment's id.

        Raises:
            InvalidValueError: The merchant fulfills it, or it is not open.
        """
        self._order(order_id)
        return str(self._try(self.platform.ship_by_amazon, order_id, settled=settled))

    @command
    def set_package_status(
        self, order_id: str, reference: str, status: str, detailed_status: str | None = None, *, settled: bool = True
    ) -> None:
        """Move a package on: ``IN_TRANSIT``, ``DELIVERED`` and so on.

        Raises:
            InvalidValueError: No such package or status.
        """
        self._order(order_id)
        if status not in PACKAGE_STATUSES:
            raise InvalidValueError(f"no such status of a package: {status}", field="status")
        self._try(
            self.platform.orders.set_package_status, order_id, reference, status, detailed_status, settled=settled
        )
