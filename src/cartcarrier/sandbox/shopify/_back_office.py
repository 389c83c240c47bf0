"""The control surface's back office: stock, places, fulfillment services, bulk operations."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import Simulator, command
from cartcarrier.sandbox.shopify._bulk import FAILURES, Mishap
from cartcarrier.sandbox.shopify._ids import Json, RefusedError, gid
from cartcarrier.sandbox.shopify._shop import Shop


class BackOffice(Simulator):
    """Commands for what happens behind the counter."""

    @property
    @abstractmethod
    def shop(self) -> Shop:
        """The shop behind it."""

    def _carry_out(self, run: Json, *arguments: Json, **named: Json) -> Json:
        try:
            return run(*arguments, **named)
        except RefusedError as exc:
            raise InvalidValueError(f"the sandbox's shop refuses: {exc.message}", field="order_id") from exc

    # --- fulfillment services -----------------------------------------------------------------------------------------

    @command
    def request_fulfillment(
        self,
        fulfillment_order_id: str,
        message: str | None = None,
        *,
        lines: Sequence[Mapping[str, Any]] | None = None,
        notify: bool = False,
    ) -> None:
        """Let the merchant ask the service to ship all or these lines (``id``, ``quantity``)."""
        self._carry_out(self.shop.requests.submit, fulfillment_order_id, lines, message, notify=notify)

    @command
    def request_cancellation(self, fulfillment_order_id: str, message: str | None = None) -> None:
        """Let the merchant ask the service not to ship after all."""
        self._carry_out(self.shop.requests.submit_cancellation, fulfillment_order_id, message)

    @command
    def set_service_callback(self, location_id: str, url: str | None) -> None:
        """Register the address at which a service wants to be called; requests are queued for it like webhooks.

        Raises:
            InvalidValueError: That location is no service's.
        """
        self._change_location(location_id, service=True, callback=url.rstrip("/") if url else None)

    def _change_location(self, location_id: str, *, service: bool | None = None, **changes: Json) -> None:
        try:
            key = str(self.shop.routing.location(location_id))
        except ValueError as exc:
            raise InvalidValueError(str(exc), field="location_id") from exc
        row = self.shop.world.table("location")[key]
        if service is not None and row["service"] is not service:
            raise InvalidValueError("that location is not managed by a fulfillment service", field="location_id")
        with self.shop.world.transaction():
            self.shop.world.put("location", key, {**row, **changes})

    # --- stock --------------------------------------------------------------------------------------------------------

    @command
    def add_item(
        self,
        sku: str | None,
        *,
        available: int = 0,
        locations: Sequence[str] | None = None,
        tracked: bool = True,
        mutable: bool = True,
    ) -> str:
        """Add an article that is on sale, and return its inventory item; also one more of a SKU that is taken.

        Args:
            sku: Not unique on this platform.
            available: What is there, at each location.
            locations: Where it is stocked; everywhere without one.
            tracked: Whether its stock is counted.
            mutable: ``False`` for the parent of a bundle, whose stock no app may set.
        """
        places = None if locations is None else [self.shop.routing.location(each) for each in locations]
        return gid("InventoryItem", self.shop.inventory.add(sku, available, places, tracked=tracked, mutable=mutable))

    @command
    def set_location_active(self, location_id: str, *, active: bool) -> None:
        """Deactivate a location, or activate it again; a deactivated one refuses writes of stock."""
        self._change_location(location_id, active=active)

    @command
    def keep_keys_busy(self, seconds: float) -> None:
        """Let the first call under an idempotency key count as running for so long: repeats are told to wait."""
        self.shop.inventory.busy_seconds = seconds

    # --- bulk operations ----------------------------------------------------------------------------------------------

    @command
    def fail_bulk(self, code: str = "INTERNAL_SERVER_ERROR", *, partial: bool = False) -> None:
        """Let the next bulk operation that ends fail.

        Args:
            code: ``ACCESS_DENIED``, ``INTERNAL_SERVER_ERROR`` or ``TIMEOUT``.
            partial: Whether half of the file is there.

        Raises:
            InvalidValueError: No such code.
        """
        if code not in FAILURES:
            raise InvalidValueError(f"a bulk operation fails with one of {', '.join(sorted(FAILURES))}", field="code")
        self.shop.bulk.mishaps.append(Mishap(code, partial))
