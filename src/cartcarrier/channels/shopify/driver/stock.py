"""Stock: read and set (field guide shopify.md §6, §12, §17)."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final, TypeVar
from uuid import uuid4

import msgspec

from cartcarrier.channels.shopify import mapping, schemas
from cartcarrier.channels.shopify.client import ShopifyClient, documents
from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.driver.pages import Pages, next_cursor
from cartcarrier.channels.shopify.errors import response_facts
from cartcarrier.channels.shopify.mapping import Change
from cartcarrier.errors import OperationError, ResponseError, TransportError, UnavailableError
from cartcarrier.http import Lane, Response
from cartcarrier.models import InventoryLevel, InventoryResult

T = TypeVar("T")

_logger = logging.getLogger("cartcarrier.channels.shopify")

# Searched for at once; set at once (an array of an input holds 250: field guide shopify.md §5.1).
_SKUS_A_SEARCH: Final = 25
_SKUS_A_ROUND: Final = 250
_LEVELS_A_CALL: Final = 250
# One bad level fails a whole call (§12). After that many calls each level has one of its own.
_ROUNDS: Final = 4
# A call under our key that still runs is waited for, 1 to 5 s each time (§6).
_BUSY_TRIES: Final = 6
_SHORTEST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 5.0

_BUSY: Final = "IDEMPOTENCY_CONCURRENT_REQUEST"
_FAILED_BEFORE: Final = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
_STALE: Final = "CHANGE_FROM_QUANTITY_STALE"
_SET: Final = "set_inventory"


class Stock:
    """Reads and sets the stock of one shop.

    Args:
        client: Who asks.
        config: Says which places are ours.
        key: The account's key, for the log.
    """

    def __init__(self, client: ShopifyClient, config: ShopifyConfig, *, key: str) -> None:
        self._client = client
        self._locations = mapping.location_gids(config.location_ids)
        self._key = key
        self._random = Random()  # noqa: S311 - jitter, not a secret

    async def get(self, skus: Sequence[str]) -> list[InventoryLevel]:
        """Return the levels of articles; none where a SKU is unknown, is shared by several, or is not tracked."""
        levels: list[InventoryLevel] = []
        for chunk in _chunks(list(dict.fromkeys(skus)), _SKUS_A_SEARCH):
            for sku, item in (await self._find(chunk, "get_inventory")).items():
                if not isinstance(item, str):
                    levels += mapping.to_levels(item, sku, self._locations)
                elif item != mapping.UNKNOWN_SKU:
                    _logger.warning("%s: no stock is given for a SKU: %s", self._key, item)
        return levels

    async def set(self, levels: Sequence[InventoryLevel]) -> list[InventoryResult]:
        """Set levels, and return what became of each, in the same order.

        Raises:
            OperationError: Before anything was set. Later on what goes wrong is a result like any other.
        """
        results: dict[int, InventoryResult] = {}
        told = False
        by_sku: dict[str, list[int]] = {}
        for index, level in enumerate(levels):
            by_sku.setdefault(level.sku, []).append(index)
        for chunk in _chunks(list(by_sku), _SKUS_A_ROUND):
            try:
                items = await self._find(chunk, _SET)
            except OperationError as error:
                if not told:
                    raise
                results |= {
                    index: mapping.rejected(sku, f"it was not set: {error.message}")
                    for sku in chunk
                    for index in by_sku[sku]
                }
                continue
            changes: dict[tuple[str, str], tuple[int, Change]] = {}
            for sku in chunk:
                item = items[sku]
                for index in by_sku[sku]:
                    change = item if isinstance(item, str) else mapping.to_change(levels[index], item, self._locations)
                    if isinstance(change, str):
                        results[index] = mapping.rejected(sku, change)
                        continue
                    place = (change.item_id, change.location_id)
                    if place in changes:
                        results[changes[place][0]] = mapping.superseded(sku)
                    changes[place] = (index, change)
            for batch in _batches([change for _, change in changes.values()]):
                try:
                    answers = await self._write(batch)
                except OperationError as error:
                    if not told:
                        raise
                    answers = {change: _failed(change, error) for change in batch}
                told = True
                for change, answer in answers.items():
                    results[changes[change.item_id, change.location_id][0]] = answer
        return [results[index] for index in range(len(levels))]

    # --- reading ----------------------------------------------------------------------------------------------------

    async def _find(self, skus: Sequence[str], operation: str) -> Mapping[str, schemas.StockItem | str]:
        """Return the article of each SKU, with all its levels, or why there is none."""
        found: dict[str, schemas.StockItem | str] = {}
        pages = Pages(self._client, operation=operation)
        for chunk in _chunks(skus, _SKUS_A_SEARCH):
            wanted = set(chunk)
            items: list[schemas.StockItem] = []
            cursor: str | None = None
            cursors: set[str] = set()
            while True:
                data, _ = await pages.read(
                    documents.INVENTORY_ITEMS, {"query": mapping.sku_search(chunk), "after": cursor}
                )
                page = data.inventory_items
                # A search that is not understood gives everything (§7.1): only what was asked for counts.
                items += [item for item in page.nodes if item.sku in wanted]
                cursor = next_cursor(page.page_info, cursors)
                if cursor is None:
                    break
            for sku in chunk:
                item = mapping.find_item(sku, items)
                found[sku] = item if isinstance(item, str) else await self._whole(item, pages)
        return found

    async def _whole(self, item: schemas.StockItem, pages: Pages) -> schemas.StockItem:
        page = item.inventory_levels
        if not page.page_info.has_next_page:
            return item
        nodes = [*page.nodes, *await pages.stock_levels(item)]
        return msgspec.structs.replace(item, inventory_levels=msgspec.structs.replace(page, nodes=nodes))

    async def _now(self, changes: Sequence[Change]) -> dict[Change, int | None]:
        """Return how the levels stand now."""
        items = await self._find(list(dict.fromkeys(change.sku for change in changes)), _SET)
        now: dict[Change, int | None] = {}
        for change in changes:
            item = items[change.sku]
            now[change] = None if isinstance(item, str) else mapping.available_at(item, change.location_id)
        return now

    # --- writing ----------------------------------------------------------------------------------------------------

    async def _write(self, changes: Sequence[Change]) -> dict[Change, InventoryResult]:
        """Set some levels; all of them to be set, or one that is to be kept at a place for the first time."""
        (first, *others) = changes
        if not others and first.expected is None:
            return {first: await self._activate(first)}
        results: dict[Change, InventoryResult] = {}
        left: list[Change] = []
        for change in changes:
            if change.expected == change.quantity:
                results[change] = mapping.accepted(change.sku)
            else:
                left.append(change)
        for _ in range(_ROUNDS):
            answers = await self._call(left) if left else {}
            if not answers:
                break
            results |= answers
            left = [change for change in left if change not in answers]
        for change in left:
            results[change] = (await self._call([change])).get(change, mapping.pending(change.sku))
        return results

    async def _call(self, changes: Sequence[Change]) -> dict[Change, InventoryResult]:
        """Make one call, and return what is known after it; what is left out is to be told again, under another key."""
        errors, done = await self._set(changes)
        if not errors and done:
            return {change: mapping.accepted(change.sku) for change in changes}
        blamed: dict[Change, schemas.UserError] = {}
        general: list[schemas.UserError] = []
        for error in errors:
            index = mapping.refused_index(error)
            if index is not None and index < len(changes):
                blamed.setdefault(changes[index], error)
            else:
                general.append(error)
        # Whether the others of such a call were set is not documented (§12, §21): the levels tell.
        now = await self._now(changes)
        results: dict[Change, InventoryResult] = {}
        for change in changes:
            refusal = blamed.get(change)
            if now[change] == change.quantity:
                results[change] = mapping.accepted(change.sku)
            elif refusal is not None and refusal.code != _STALE:
                results[change] = mapping.rejected(change.sku, _said(refusal))
            elif now[change] != change.expected:
                results[change] = mapping.stale(change, now[change])
            elif any(error.code == _BUSY for error in general) or not errors:
                results[change] = mapping.pending(change.sku)
            elif len(changes) == 1 and refusal is not None:
                results[change] = mapping.stale(change, now[change])
            elif len(changes) == 1 and not any(error.code == _FAILED_BEFORE for error in general):
                results[change] = mapping.rejected(change.sku, _said(general[0]))
        return results

    async def _set(self, changes: Sequence[Change]) -> tuple[list[schemas.UserError], bool]:
        """Send one call until it is answered, byte for byte the same: its key makes a repeat harmless for a day (§6)."""
        key = str(uuid4())
        variables = {"input": mapping.to_set_input(changes, key=key), "key": key}
        tries = 0
        while True:
            data, response = await self._change(documents.INVENTORY_SET, variables)
            payload = data.inventory_set_quantities
            if payload is None:
                message = "shopify answered set_inventory with neither a result nor a reason"
                raise ResponseError(message, outcome_unknown=True, **response_facts(response))
            tries += 1
            if tries == _BUSY_TRIES or not any(error.code == _BUSY for error in payload.user_errors):
                return payload.user_errors, payload.inventory_adjustment_group is not None
            await self._client.clock.sleep(self._random.uniform(_SHORTEST_PAUSE, _LONGEST_PAUSE))

    async def _change(self, document: documents.Document[T], variables: dict[str, Any]) -> tuple[T, Response]:
        try:
            return await self._client.change(document, variables, operation=_SET, lane=Lane.SYNC, safe=True)
        except (TransportError, UnavailableError, ResponseError) as error:
            # Repeated as often as is sensible; the last word is that nobody knows.
            raise error.replace(outcome_unknown=True) from error

    async def _activate(self, change: Change) -> InventoryResult:
        """Have an article kept at a place that does not have it yet, with so many to begin with."""
        variables = {
            "itemId": change.item_id,
            "locationId": change.location_id,
            "available": change.quantity,
            "key": str(uuid4()),
        }
        data, _ = await self._change(documents.INVENTORY_ACTIVATE, variables)
        payload = data.inventory_activate
        if payload is not None and not payload.user_errors and payload.inventory_level is not None:
            return mapping.accepted(change.sku)
        # These refusals have no codes (§6): the level tells what is the matter.
        now = (await self._now([change]))[change]
        if now == change.quantity:
            return mapping.accepted(change.sku)
        if now is not None:
            return mapping.stale(change, now)
        if payload is not None and payload.user_errors:
            return mapping.rejected(change.sku, _said(payload.user_errors[0]))
        return mapping.pending(change.sku)


def _batches(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    """Yield the levels to set, many at a time; then those that are new to their place, one by one."""
    yield from _chunks([change for change in changes if change.expected is not None], _LEVELS_A_CALL)
    for change in changes:
        if change.expected is None:
            yield [change]


def _chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _said(error: schemas.UserError) -> str:
    # Calls about stock carry nothing about people, so Shopify's words may stand.
    return f"{error.message} ({error.code})" if error.code else error.message


def _failed(change: Change, error: OperationError) -> InventoryResult:
    if error.outcome_unknown:
        return mapping.pending(change.sku, f"{mapping.NO_ANSWER} ({error.message})")
    return mapping.rejected(change.sku, f"it was not set: {error.message}")
