"""Stock of articles that the Inventory API manages (field guide ebay.md §11)."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

import anyio

from cartcarrier.channels.ebay import mapping, schemas
from cartcarrier.channels.ebay.client import EbayClient
from cartcarrier.channels.ebay.config import MOST_SKUS_A_CALL, EbayConfig
from cartcarrier.errors import (
    CartCarrierError,
    OperationError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.models import InventoryLevel, InventoryResult, InventoryStatus

# §3.4: few requests in flight per application.
_AT_ONCE: Final = 5
_TRIES: Final = 3
_SHORTEST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 5.0


class Stock:
    """Reads and sets quantities.

    Args:
        client: To ask with.
        config: Says how many articles to set at a time.
    """

    def __init__(self, client: EbayClient, config: EbayConfig) -> None:
        self._client = client
        self._skus_per_call = config.skus_per_call
        self._random = Random()  # noqa: S311 - jitter, not a secret

    async def get(self, skus: Sequence[str]) -> list[InventoryLevel]:
        """Return the levels of articles; none for those that the Inventory API does not manage."""
        levels: list[InventoryLevel] = []
        for chunk in _chunks(list(dict.fromkeys(skus)), MOST_SKUS_A_CALL):
            items = await self._items(chunk, "get_inventory")
            known = [sku for sku in chunk if mapping.is_known(items.get(sku))]
            offers = await self._offers(known, "get_inventory")
            for sku in known:
                levels += mapping.to_levels(sku, items[sku], offers[sku])
        return levels

    async def set(self, levels: Sequence[InventoryLevel]) -> list[InventoryResult]:
        """Set levels, and return what became of each, in the same order.

        What goes wrong with a later part of many is a result like any other; with the first part it is raised.
        """
        wanted: dict[str, dict[str | None, InventoryLevel]] = {}
        for level in levels:
            wanted.setdefault(level.sku, {})[level.location_id] = level
        results: dict[str, InventoryResult] = {}
        for chunk in _chunks(list(wanted), MOST_SKUS_A_CALL):
            try:
                results |= await self._set_chunk({sku: list(wanted[sku].values()) for sku in chunk})
            except OperationError as error:
                if not results:
                    raise
                results |= {sku: _failed(sku, error) for sku in chunk}
        return [
            results[level.sku]
            if wanted[level.sku][level.location_id] is level
            else InventoryResult(sku=level.sku, status=InventoryStatus.STALE, message=mapping.REPLACED)
            for level in levels
        ]

    async def _set_chunk(self, wanted: Mapping[str, list[InventoryLevel]]) -> dict[str, InventoryResult]:
        results: dict[str, InventoryResult] = {}
        items = await self._items(list(wanted), "set_inventory")
        known = [sku for sku in wanted if mapping.is_known(items.get(sku))]
        offers = await self._offers(known, "set_inventory")
        updates: list[schemas.PriceQuantity] = []
        for sku, levels in wanted.items():
            if sku not in known:
                results[sku] = _unmanaged(sku, items.get(sku))
                continue
            update = mapping.to_updates(levels, items[sku], offers[sku])
            if isinstance(update, str):
                results[sku] = InventoryResult(sku=sku, status=InventoryStatus.REJECTED, message=update)
            elif update is None:
                results[sku] = InventoryResult(sku=sku, status=InventoryStatus.ACCEPTED)
            else:
                updates.append(update)
        while updates:
            batch, updates = updates[: self._skus_per_call], updates[self._skus_per_call :]
            try:
                results |= await self._write(batch)
            except OperationError as error:
                if not results:
                    raise
                results |= {update.sku: _failed(update.sku, error) for update in batch}
        return results

    async def _write(self, batch: Sequence[schemas.PriceQuantity]) -> dict[str, InventoryResult]:
        """Set some articles; those that eBay was not ready for once more, one by one (pitfall 16)."""
        try:
            answers = await self._update(batch)
        except RejectedError as error:
            if error.http_status != 400 or len(batch) == 1:
                raise
            # eBay's texts disagree about how many one call takes (§11.1).
            self._skus_per_call = 1
            alone: dict[str, InventoryResult] = {}
            for update in batch:
                try:
                    alone |= await self._write([update])
                except RejectedError as refusal:
                    alone[update.sku] = _failed(update.sku, refusal)
            return alone
        for update in batch:
            for _ in range(_TRIES - 1):
                if not mapping.will_pass(answers[update.sku]):
                    break
                pause = self._random.uniform(_SHORTEST_PAUSE, _LONGEST_PAUSE)
                await self._client.clock.sleep(pause)
                answers |= await self._update([update])
        return {update.sku: mapping.to_results(update.sku, answers[update.sku]) for update in batch}

    async def _update(self, batch: Sequence[schemas.PriceQuantity]) -> dict[str, list[schemas.PriceQuantityAnswer]]:
        answers: dict[str, list[schemas.PriceQuantityAnswer]] = {update.sku: [] for update in batch}
        by_offer = {offer.offer_id: update.sku for update in batch for offer in update.offers or ()}
        for answer in await self._client.update_quantities(batch):
            sku = answer.sku or by_offer.get(answer.offer_id or "")
            if sku is None and answer.offer_id is None and len(batch) == 1:
                sku = batch[0].sku
            if sku in answers:
                answers[sku].append(answer)
        return answers

    async def _items(self, skus: Sequence[str], operation: str) -> dict[str, schemas.ItemAnswer]:
        answers = await self._client.get_items(skus, operation=operation)
        if len(skus) == 1 and len(answers) == 1:
            return {skus[0]: answers[0]}
        return {answer.sku: answer for answer in answers if answer.sku is not None}

    async def _offers(self, skus: Sequence[str], operation: str) -> dict[str, Sequence[schemas.Offer]]:
        """Return the offers of each article, a few questions at a time."""
        found: dict[str, Sequence[schemas.Offer]] = {}
        trouble: list[CartCarrierError] = []
        places = anyio.CapacityLimiter(_AT_ONCE)

        async def ask(sku: str) -> None:
            async with places:
                if trouble:
                    return
                try:
                    found[sku] = await self._client.get_offers(sku, operation=operation)
                except CartCarrierError as error:
                    trouble.append(error)

        async with anyio.create_task_group() as group:
            for sku in skus:
                group.start_soon(ask, sku)
        if trouble:
            raise trouble[0]
        return found


def _chunks(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _unmanaged(sku: str, item: schemas.ItemAnswer | None) -> InventoryResult:
    if item is None:
        return InventoryResult(sku=sku, status=InventoryStatus.PENDING, message=mapping.NO_ANSWER)
    if item.status_code >= 500:
        message = mapping.why(item.errors or (), item.status_code)
        return InventoryResult(sku=sku, status=InventoryStatus.REJECTED, message=message)
    return InventoryResult(sku=sku, status=InventoryStatus.REJECTED, message=mapping.NOT_MANAGED)


def _failed(sku: str, error: OperationError) -> InventoryResult:
    doubtful = isinstance(error, TransportError | UnavailableError | ResponseError)
    status = InventoryStatus.PENDING if doubtful else InventoryStatus.REJECTED
    message = f"{mapping.NO_ANSWER}: {error.message}" if doubtful else error.message
    return InventoryResult(sku=sku, status=status, message=message)
