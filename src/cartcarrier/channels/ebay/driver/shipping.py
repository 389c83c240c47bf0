"""Telling eBay what has left (field guide ebay.md §6, §14)."""

import logging
from collections.abc import Sequence
from typing import Final

import attrs

from cartcarrier.channels.ebay import codes, mapping, schemas
from cartcarrier.channels.ebay.client import EbayClient
from cartcarrier.channels.ebay.config import EbayConfig
from cartcarrier.errors import ConflictError, OperationError, ProviderError, ResponseError
from cartcarrier.models import Fulfillment

_logger = logging.getLogger("cartcarrier.channels.ebay")

# How long to wait for eBay to show what it has taken (§14: whether it lags is not confirmed).
_LOOKS: Final = (0.0, 5.0, 10.0)


class Shipping:
    """Tells eBay of parcels, each once.

    Args:
        client: To ask with.
        config: With the seller's own codes of carriers.
    """

    def __init__(self, client: EbayClient, config: EbayConfig) -> None:
        self._client = client
        self._config = config

    async def fulfill(self, fulfillment: Fulfillment) -> Fulfillment:
        """Tell eBay of each parcel that it does not know yet, and see that it shows them.

        Raises:
            NotFoundError: eBay does not know the order.
            ConflictError: The order is cancelled, or the pieces have left under other numbers.
            RejectedError: eBay refuses it.
            OperationError: ``outcome_unknown`` when eBay may know of one all the same.
        """
        tellings = mapping.tellings(fulfillment)
        order_id = fulfillment.order_id
        order, _ = await self._client.get_order(order_id, operation="fulfill")
        known: Sequence[schemas.ShippingFulfillment] = ()
        if mapping.has_left(order):
            known = (await self._client.list_fulfillments(order_id, operation="fulfill")).fulfillments
        details = [
            mapping.to_details(
                telling,
                shipped_at=fulfillment.shipped_at,
                placed_at=order.creation_date,
                now=self._client.now(),
                overrides=self._config.carrier_codes,
            )
            for telling in tellings
        ]
        pairs = list(zip(tellings, details, strict=True))
        new = [pair for pair in pairs if not any(mapping.is_told(*pair, one) for one in known)]
        self._check(order, known, [telling for telling, _ in new])
        for index, (telling, detail) in enumerate(new):
            try:
                await self._tell(order_id, telling, detail)
            except OperationError as error:
                if index == 0 or error.outcome_unknown:
                    raise
                # Whoever looks then finds the parcels before this one; repeating it tells only the rest.
                raise error.replace(outcome_unknown=True) from error.__cause__
        shown = await self._see(order_id, pairs) if new else known
        return self._answer(fulfillment, tellings, shown)

    def _check(
        self,
        order: schemas.Order,
        known: Sequence[schemas.ShippingFulfillment],
        tellings: Sequence[mapping.Telling],
    ) -> None:
        """Refuse what cannot be, before anything is sent: eBay's own answer to it is not documented."""
        facts = self._client.facts("fulfill")
        if not tellings:
            return
        if mapping.cancel_state(order) == "CANCELED":
            raise ConflictError("ebay: the order is cancelled; nothing was told", **facts)
        left = {line.line_item_id: line.quantity for line in order.line_items}
        for one in known:
            for part in one.line_items:
                if part.line_item_id in left:
                    left[part.line_item_id] -= part.quantity
        for line in order.line_items:
            if line.line_item_fulfillment_status == "FULFILLED":
                left[line.line_item_id] = 0
        for telling in tellings:
            for line_id, pieces in telling.lines.items():
                if line_id in left and pieces > left[line_id]:
                    msg = f"ebay: of line {line_id} only {max(left[line_id], 0)} have not left yet, not {pieces}"
                    raise ConflictError(msg, **facts)
                left[line_id] = left.get(line_id, 0) - pieces

    async def _tell(self, order_id: str, telling: mapping.Telling, details: schemas.ShippingFulfillmentDetails) -> None:
        try:
            await self._client.create_fulfillment(order_id, details)
        except ProviderError as error:
            if error.outcome_unknown or not _may_be_told(error):
                raise
            # "Told already", in one of the ways eBay says that: look whether it is ours.
            known = (await self._client.list_fulfillments(order_id, operation="fulfill")).fulfillments
            if not any(mapping.is_told(telling, details, one) for one in known):
                raise

    async def _see(
        self, order_id: str, pairs: Sequence[tuple[mapping.Telling, schemas.ShippingFulfillmentDetails]]
    ) -> Sequence[schemas.ShippingFulfillment]:
        """Return what eBay shows, once it shows all parcels: a success is believed when it is seen (pitfall 1)."""
        for seconds in _LOOKS:
            if seconds:
                await self._client.clock.sleep(seconds)
            try:
                known = (await self._client.list_fulfillments(order_id, operation="fulfill")).fulfillments
            except OperationError as error:
                raise error.replace(outcome_unknown=True) from error.__cause__
            if all(any(mapping.is_told(*pair, one) for one in known) for pair in pairs):
                return known
        msg = "ebay took the confirmation but does not show it: look again, and tell it once more if it never does"
        raise ResponseError(msg, outcome_unknown=True, **self._client.facts("fulfill"))

    def _answer(
        self,
        fulfillment: Fulfillment,
        tellings: Sequence[mapping.Telling],
        shown: Sequence[schemas.ShippingFulfillment],
    ) -> Fulfillment:
        numbers = [mapping.number_key(telling.number) for telling in tellings if telling.number is not None]
        by_number = {mapping.number_key(one.shipment_tracking_number): one.fulfillment_id for one in shown}
        # With their numbers as eBay has them from now on.
        parcels = [
            attrs.evolve(telling.parcel, tracking_number=telling.number)
            for telling in tellings
            if telling.parcel is not None
        ]
        if len(parcels) < len(fulfillment.parcels):
            _logger.warning(
                "ebay:%s: eBay takes one number for a unit: %d of %d parcels were told",
                self._client.facts("fulfill")["account"],
                len(parcels),
                len(fulfillment.parcels),
            )
        identity = by_number.get(numbers[0]) if numbers else None
        return attrs.evolve(fulfillment, id=identity, parcels=parcels)


def _may_be_told(error: ProviderError) -> bool:
    return isinstance(error, ConflictError) or error.code in codes.TELL_AGAIN_CODES
