"""Telling Amazon what has left (field guide amazon.md §2.6)."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from cartcarrier.channels.amazon import codes, mapping
from cartcarrier.channels.amazon.driver.reading import OrderReader
from cartcarrier.channels.amazon.schemas import orders as schemas
from cartcarrier.errors import ConflictError, NotFoundError, ProviderError, RejectedError, UnsupportedOperationError
from cartcarrier.http import Lane
from cartcarrier.models import Fulfillment

_logger = logging.getLogger("cartcarrier.channels.amazon")

Codes = Mapping[str, Sequence[str]]


class Shipping:
    """Confirmations of one seller.

    Args:
        reader: To read orders with.
    """

    def __init__(self, reader: OrderReader) -> None:
        self._reader = reader
        self._client = reader.client
        self._config = reader.config

    async def fulfill(self, fulfillment: Fulfillment, *, transparency_codes: Codes | None) -> Fulfillment:
        """Tell Amazon of each parcel; what it knows already is no error.

        Raises:
            ConflictError: The order is shipped otherwise or cancelled.
            RejectedError: Amazon refuses it.
            NotFoundError: Amazon does not know the order.
            UnsupportedOperationError: The order is not confirmed this way.
        """
        packages = mapping.plan_packages(fulfillment)
        facts = await self._facts(fulfillment.order_id, named="fulfill")
        self._check(facts)
        if len(packages) < len(fulfillment.parcels):
            _logger.warning(
                "%s: the parcels of order %s do not say what is in each: Amazon is told of the first number only",
                self._reader.key,
                fulfillment.order_id,
            )
        ids = [
            await self._tell(package, fulfillment, facts, named="fulfill", transparency_codes=transparency_codes)
            for package in packages
        ]
        return mapping.with_packages(fulfillment, packages, ids)

    async def update(self, fulfillment: Fulfillment, *, transparency_codes: Codes | None) -> Fulfillment:
        """Replace carrier and number of packages that Amazon knows: a second confirmation under their references edits them.

        Raises:
            NotFoundError: Amazon does not know the fulfillment. It would make a new package of it.
            ConflictError: It cannot be changed any more.
        """
        named = "update_tracking"
        references = [part for part in (fulfillment.id or "").split(",") if part]
        node, _, response = await self._reader.node(fulfillment.order_id, named=named, lane=Lane.CONFIRM)
        known = {package.package_reference_id: package for package in node.packages or ()}
        if not references or any(reference not in known for reference in references):
            msg = f"amazon does not know the fulfillment of {named}: no package of the order has its id"
            raise NotFoundError(msg, **response.facts)
        for reference in references:
            status = known[reference].package_status
            if status is not None and status.status == codes.PACKAGE_CANCELLED:
                raise ConflictError(f"amazon: the package of {named} is cancelled", **response.facts)
        packages = mapping.plan_packages(fulfillment, references)
        facts = mapping.order_facts(node, fallback=self._config.marketplace_ids[0])
        ids = [
            await self._tell(package, fulfillment, facts, named=named, transparency_codes=transparency_codes)
            for package in packages
        ]
        return mapping.with_packages(fulfillment, packages, ids)

    async def known(self, order_id: str) -> Sequence[Fulfillment]:
        """Return what Amazon knows of, oldest first."""
        node, _, _ = await self._reader.node(order_id, named="list_fulfillments", lane=Lane.CONFIRM)
        found = [mapping.to_fulfillment(node, package) for package in node.packages or ()]
        return sorted(found, key=lambda one: one.shipped_at)

    async def _facts(self, order_id: str, *, named: str) -> mapping.OrderFacts:
        # An order that was read before need not be read for its marketplace: confirmations have four times the calls.
        known = self._reader.memory.facts.get(order_id)
        if known is not None:
            return known
        await self._reader.node(order_id, named=named, lane=Lane.CONFIRM)
        return self._reader.memory.facts[order_id]

    def _check(self, facts: mapping.OrderFacts) -> None:
        """Refuse to confirm what has a flow of its own (§2.6, §2.8)."""
        if facts.by_amazon:
            raise UnsupportedOperationError(
                "amazon ships this order itself: there is nothing to confirm", field="order_id"
            )
        if codes.CONFIRMS_ITSELF in facts.programs:
            msg = "amazon confirms Ship+ orders by the label that is bought from it: there is nothing to confirm"
            raise UnsupportedOperationError(msg, field="order_id")
        for program in sorted(facts.programs.intersection(codes.HELD_PROGRAMS)):
            msg = f"amazon: orders of {program} have a flow of their own and are not confirmed this way"
            raise UnsupportedOperationError(msg, field="order_id")

    async def _tell(
        self,
        package: mapping.Package,
        fulfillment: Fulfillment,
        facts: mapping.OrderFacts,
        *,
        named: str,
        transparency_codes: Codes | None,
    ) -> str:
        """Tell Amazon of one package, and return the id under which it knows it."""
        confirmation = mapping.to_confirmation(
            package,
            fulfillment,
            facts,
            self._config,
            now=self._client.clock.now() - timedelta(seconds=1),
            transparency_codes=transparency_codes,
        )
        try:
            await self._client.confirm_shipment(fulfillment.order_id, confirmation, named=named)
        except (RejectedError, ConflictError, NotFoundError) as exc:
            return await self._read_back(package, fulfillment, exc, named=named)
        return package.reference

    async def _read_back(
        self, package: mapping.Package, fulfillment: Fulfillment, exc: ProviderError, *, named: str
    ) -> str:
        """Find out what a refusal means: said already, shipped otherwise, cancelled, or truly refused (pitfall 10)."""
        node, _, _ = await self._reader.node(fulfillment.order_id, named=named, lane=Lane.CONFIRM)
        told = mapping.told_package(package, node.packages or ())
        if told is not None:
            return told.package_reference_id
        status = node.fulfillment.fulfillment_status if node.fulfillment is not None else ""
        facts = _facts_of(exc)
        if status == "CANCELLED":
            raise ConflictError(f"amazon refused {named}: the order is cancelled ({exc.code})", **facts) from exc
        if not _has_room(node, package) or exc.code in codes.KNOWN_ALREADY - {"NonexistentOrderItem"}:
            msg = f"amazon refused {named}: these pieces have left already, under another number ({exc.code})"
            raise ConflictError(msg, **facts) from exc
        if status not in codes.SHIPPABLE:
            raise ConflictError(
                f"amazon refused {named}: the order may not be shipped now ({exc.code})", **facts
            ) from exc
        raise exc


def _has_room(node: schemas.Order, package: mapping.Package) -> bool:
    """Return whether so many pieces are still open as the package holds; true where Amazon does not say."""
    left = {
        item.order_item_id: item.fulfillment.quantity_unfulfilled
        for item in node.order_items
        if item.fulfillment is not None and item.fulfillment.quantity_unfulfilled is not None
    }
    return all(left.get(line_id, quantity) >= quantity for line_id, quantity in package.lines.items())


def _facts_of(exc: ProviderError) -> dict[str, Any]:
    names = ("provider", "account", "operation", "code", "request_id", "http_status")
    return {name: getattr(exc, name) for name in names}
