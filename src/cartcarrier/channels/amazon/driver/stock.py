"""Stock: of the merchant by patches or by a feed, of Amazon by its summaries (field guide amazon.md §3)."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

import attrs

from cartcarrier.channels.amazon import codes, mapping
from cartcarrier.channels.amazon.client import AmazonClient
from cartcarrier.channels.amazon.driver.feeding import Feeds, is_over
from cartcarrier.channels.amazon.schemas import stock as schemas
from cartcarrier.errors import (
    CartCarrierError,
    ConfigurationError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.http import json_decoder
from cartcarrier.models import InventoryLevel, InventoryResult, InventoryStatus

_JSON: Final = "application/json; charset=UTF-8"
_SEARCHED_AT_ONCE: Final = 20
_SUMMARIZED_AT_ONCE: Final = 50
# In paths these work everywhere; others have been answered with 403 or 404 although they exist (pitfall 13).
_PLAIN_SKU: Final = re.compile(r"[A-Za-z0-9._~-]+")
_RESTARTS: Final = 2


@attrs.frozen
class _Work:
    """One level in one marketplace."""

    index: int
    level: InventoryLevel
    marketplace_id: str


class Stock:
    """Stock of one seller.

    Args:
        client: To send with.
        feeds: Levels by the feed that carries them; shared by all calls of a driver, to ask for results later.
    """

    def __init__(self, client: AmazonClient, feeds: "OrderedDict[str, tuple[InventoryLevel, ...]]") -> None:
        self._client = client
        self._config = client.config
        self._feeds = Feeds(client)
        self._sent = feeds

    # --- reading ------------------------------------------------------------------------------------------------------

    async def get(self, skus: Sequence[str]) -> list[InventoryLevel]:
        """Return the merchant's levels, one for each marketplace that has the article."""
        wanted = list(dict.fromkeys(skus))
        levels: list[InventoryLevel] = []
        for marketplace_id in self._config.marketplace_ids:
            place = marketplace_id if len(self._config.marketplace_ids) > 1 else None
            # A comma separates the articles of a search (§1.4).
            together = [sku for sku in wanted if "," not in sku]
            for start in range(0, len(together), _SEARCHED_AT_ONCE):
                chunk = together[start : start + _SEARCHED_AT_ONCE]
                found = await self._client.search_listings(chunk, marketplace_id)
                levels += mapping.to_levels(found, set(chunk), place)
            for sku in wanted:
                if "," in sku:
                    levels += await self._get_alone(sku, marketplace_id, place)
        return levels

    async def _get_alone(self, sku: str, marketplace_id: str, place: str | None) -> list[InventoryLevel]:
        try:
            item = await self._client.get_listing(sku, marketplace_id)
        except NotFoundError:
            return []
        return mapping.to_levels([item], {sku}, place)

    async def get_fba(self, skus: Sequence[str]) -> list[InventoryLevel]:
        """Return what Amazon holds and can send: not what is on its way to it (§3.3)."""
        marketplace_id = self._config.marketplace_ids[0]
        place = codes.FBA_CHANNEL[self._config.region]
        wanted = list(dict.fromkeys(skus))
        levels: dict[str, InventoryLevel] = {}
        for start in range(0, len(wanted), _SUMMARIZED_AT_ONCE):
            chunk = wanted[start : start + _SUMMARIZED_AT_ONCE]
            for summary in await self._summaries(marketplace_id, chunk):
                details = summary.inventory_details
                quantity = details.fulfillable_quantity if details is not None else None
                # Answers may be over-complete (§3.3).
                if summary.seller_sku in chunk and quantity is not None:
                    levels[summary.seller_sku] = InventoryLevel(
                        sku=summary.seller_sku, available=max(quantity, 0), location_id=place
                    )
        return list(levels.values())

    async def _summaries(self, marketplace_id: str, skus: Sequence[str]) -> list[schemas.InventorySummary]:
        """Return all pages, fetched back to back: a token lives 30 seconds. Where one has died, start again (pitfall 28)."""
        restarts = 0
        while True:
            found: list[schemas.InventorySummary] = []
            token: str | None = None
            try:
                while True:
                    answer = await self._client.inventory_summaries(marketplace_id, skus, token)
                    found += answer.payload.inventory_summaries
                    following = answer.pagination.next_token if answer.pagination is not None else None
                    if not following or following == token:
                        return found
                    token = following
            except RejectedError:
                if token is None or restarts == _RESTARTS:
                    raise
                restarts += 1

    # --- setting ------------------------------------------------------------------------------------------------------

    async def set(self, levels: Sequence[InventoryLevel]) -> list[InventoryResult]:
        """Set levels: one by one, or by a feed where they are many; one result for each, in their order."""
        parts: list[list[InventoryResult]] = [[] for _ in levels]
        failures: list[CartCarrierError] = []
        work: list[_Work] = []
        counting = mapping.latest_only(levels)
        for index, level in enumerate(levels):
            if index not in counting:
                why = "another level for the same article comes after it in the same call"
                parts[index].append(InventoryResult(sku=level.sku, status=InventoryStatus.STALE, message=why))
                continue
            try:
                work += [_Work(index, level, one) for one in self._places(level)]
            except UnsupportedOperationError as exc:
                parts[index].append(
                    InventoryResult(sku=level.sku, status=InventoryStatus.REJECTED, message=exc.message)
                )
        many = len(work) >= max(self._config.feed_threshold, 1)
        by_feed = work if many else await self._patch_all(work, parts, failures)
        await self._feed_all(by_feed, parts, failures)
        if failures and len(failures) >= len(work):
            # Nothing was set, and for one reason: that is the account's trouble, not the articles'.
            raise failures[0]
        return [mapping.combined(part) for part in parts]

    def _places(self, level: InventoryLevel) -> tuple[str, ...]:
        """Return the marketplaces in which a level is to be set: the one it names, or all."""
        place = level.location_id
        if place is None:
            return self._config.marketplace_ids
        if place in self._config.marketplace_ids:
            return (place,)
        if place in codes.FBA_CHANNEL.values() or place.startswith("AMAZON_"):
            raise UnsupportedOperationError("stock in Amazon's warehouses is counted by Amazon", field="location_id")
        msg = "that is none of the account's marketplaces"
        raise UnsupportedOperationError(msg, field="location_id")

    async def _patch_all(
        self, work: Sequence[_Work], parts: list[list[InventoryResult]], failures: list[CartCarrierError]
    ) -> list[_Work]:
        """Set levels one by one; return those that must go by feed because their numbers do not work in a path."""
        left: list[_Work] = []
        for one in work:
            sku = one.level.sku
            patch = mapping.to_listing_patch(one.level.available, self._config.product_type)
            try:
                submission = await self._client.patch_listing(sku, one.marketplace_id, patch)
            except (NotFoundError, PermissionDeniedError, InvalidValueError) as exc:
                if isinstance(exc, InvalidValueError) or _PLAIN_SKU.fullmatch(sku) is None:
                    left.append(one)
                    continue
                parts[one.index].append(_refused(sku, exc))
                if isinstance(exc, PermissionDeniedError):
                    failures.append(exc)
            except ConfigurationError:
                raise
            except OperationError as exc:
                parts[one.index].append(_refused(sku, exc))
                if not isinstance(exc, RejectedError):
                    failures.append(exc.replace(outcome_unknown=True) if _may_be_set(exc) else exc)
            else:
                parts[one.index].append(mapping.submission_result(sku, submission))
        return left

    async def _feed_all(
        self, work: Sequence[_Work], parts: list[list[InventoryResult]], failures: list[CartCarrierError]
    ) -> None:
        """Set levels by feeds, one for each marketplace, and 25,000 messages at most."""
        for marketplace_id in self._config.marketplace_ids:
            mine = [one for one in work if one.marketplace_id == marketplace_id]
            for start in range(0, len(mine), codes.FEED_LIMIT):
                chunk = mine[start : start + codes.FEED_LIMIT]
                try:
                    results = await self._feed([one.level for one in chunk], marketplace_id)
                except OperationError as exc:
                    results = [_refused(one.level.sku, exc) for one in chunk]
                    failures += [exc] * len(chunk)
                for one, result in zip(chunk, results, strict=True):
                    parts[one.index].append(result)

    async def _feed(self, levels: Sequence[InventoryLevel], marketplace_id: str) -> list[InventoryResult]:
        document = mapping.to_listings_feed(
            levels, seller_id=self._config.the_seller(self._client.driver), product_type=self._config.product_type
        )
        feed_id = await self._feeds.submit(
            codes.LISTINGS_FEED,
            document,
            _JSON,
            named="set_inventory",
            marketplace_ids=(marketplace_id,),
            others=self._sent.keys,
        )
        self._sent[feed_id] = tuple(levels)
        while len(self._sent) > 64:
            self._sent.popitem(last=False)
        try:
            return await self.results(feed_id, wait=self._config.feed_wait_seconds)
        except OperationError:
            return _pending(levels, f"feed {feed_id} was handed in; its result could not be read yet")

    async def results(
        self, feed_id: str, *, wait: float = 0, given: Sequence[InventoryLevel] = ()
    ) -> list[InventoryResult]:
        """Return what became of the levels of a feed: of those that this driver remembers, or of those that are given.

        Raises:
            NotFoundError: This process did not hand it in, or long ago, and no levels are given; or Amazon does not know it.
        """
        named = "get_inventory_results"
        levels = tuple(given) or self._sent.get(feed_id)
        facts: dict[str, Any] = {
            "provider": self._client.driver,
            "account": self._client.account,
            "operation": named,
        }
        if levels is None:
            msg = f"amazon: feed {feed_id} was not handed in by this process, or too long ago: give its levels, too"
            raise NotFoundError(msg, **facts)
        feed = await self._feeds.wait(feed_id, wait, named=named)
        if not is_over(feed):
            return _pending(levels, f"Amazon works on it (feed {feed_id})")
        if given and feed.feed_type not in {None, codes.LISTINGS_FEED}:
            raise NotFoundError(f"amazon: feed {feed_id} is none of stock", **facts)
        status = feed.processing_status.upper()
        document = await self._feeds.result(feed, named=named)
        if document is None:
            if status == "CANCELLED":
                why = f"feed {feed_id} was cancelled before anything was set"
                return [InventoryResult(sku=one.sku, status=InventoryStatus.REJECTED, message=why) for one in levels]
            return _pending(levels, f"feed {feed_id} ended {status} without a report: read the stock, and set it again")
        try:
            report = json_decoder(schemas.Report).decode(document)
        except ValueError:
            return _pending(levels, f"the report of feed {feed_id} cannot be read: read the stock, and set it again")
        # Levels that are given need not be in the order of the feed's messages.
        return mapping.feed_results(levels, report, whole=status == "DONE", numbered=not given)


def _pending(levels: Sequence[InventoryLevel], why: str) -> list[InventoryResult]:
    return [InventoryResult(sku=one.sku, status=InventoryStatus.PENDING, message=why) for one in levels]


def _may_be_set(exc: CartCarrierError) -> bool:
    """Return whether a level may have been set all the same; a patch may be repeated, so its errors do not say so."""
    return isinstance(exc, TransportError | UnavailableError | ResponseError)


def _refused(sku: str, exc: CartCarrierError) -> InventoryResult:
    status = InventoryStatus.PENDING if _may_be_set(exc) else InventoryStatus.REJECTED
    return InventoryResult(sku=sku, status=status, message=exc.message)
