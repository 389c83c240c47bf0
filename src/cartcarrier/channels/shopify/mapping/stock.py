"""Stock: which article a SKU is, which place a level is for, what is to be changed (field guide shopify.md §12)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import attrs

from cartcarrier.channels.shopify import schemas
from cartcarrier.channels.shopify.mapping.ids import to_gid
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import InventoryLevel, InventoryResult, InventoryStatus

UNKNOWN_SKU: Final = "Shopify's search finds no article with this SKU"
AMBIGUOUS_SKU: Final = "several articles have this SKU: which of them is meant cannot be told"
NOT_TRACKED: Final = "Shopify does not keep the stock of this article (it is not tracked)"
NAME_THE_PLACE: Final = (
    "the stock of this article is kept at several locations, or at none: name the location of the level"
)
NOT_A_PLACE: Final = "location_id is not the id of a Shopify location"
NOT_OUR_PLACE: Final = "location_id is not one of the location_ids of the settings"
CLOSED_PLACE: Final = "the location is deactivated, and takes no stock"
NOT_KEPT: Final = "Shopify keeps no available quantity of this article there"
REPLACED: Final = "a later level of the same call counts"
NO_ANSWER: Final = "Shopify did not say whether it took it: read the level, and set it again"

_AVAILABLE: Final = "available"
_LEVELS: Final = "quantities"


@attrs.frozen(kw_only=True)
class Change:
    """A level that is to be another.

    Attributes:
        sku: Of the article.
        item_id: The article's global id.
        location_id: The place's global id.
        quantity: What it is to be.
        expected: What it was when it was read; ``None`` where the place does not have the article yet.
    """

    sku: str
    item_id: str
    location_id: str
    quantity: int
    expected: int | None


def sku_search(skus: Sequence[str]) -> str:
    """Return the search for articles.

    The search compares words and perhaps not letter by letter (§12), so what it finds is compared again by ``find_item``.
    """
    return " OR ".join(f"sku:{_quoted(sku)}" for sku in skus)


def _quoted(text: str) -> str:
    quote = '"' if "'" in text else "'"
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


def find_item(sku: str, items: Sequence[schemas.StockItem]) -> schemas.StockItem | str:
    """Return the one article with exactly this SKU, or why there is none.

    A SKU is not unique at Shopify: the wrong one of two would be sold out (pitfall 29).
    """
    fitting = {item.id: item for item in items if item.sku == sku}
    if not fitting:
        return UNKNOWN_SKU
    (item, *others) = fitting.values()
    if others or item.duplicate_sku_count > 1:
        return AMBIGUOUS_SKU
    return item if item.tracked else NOT_TRACKED


def available_at(item: schemas.StockItem, location_id: str) -> int | None:
    """Return what can be sold of an article at a place; ``None`` where the place does not have it."""
    for level in item.inventory_levels.nodes:
        if level.location.id == location_id:
            return _available(level)
    return None


def _available(level: schemas.StockLevel) -> int | None:
    return next((part.quantity for part in level.quantities if part.name == _AVAILABLE), None)


def to_levels(item: schemas.StockItem, sku: str, locations: frozenset[str]) -> list[InventoryLevel]:
    """Return the levels of an article at the places that are ours. What was sold twice is none, not less than none."""
    levels = []
    for level in item.inventory_levels.nodes:
        place = level.location
        quantity = _available(level)
        if quantity is not None and place.is_active and (not locations or place.id in locations):
            levels.append(InventoryLevel(sku=sku, available=max(quantity, 0), location_id=place.id))
    return levels


def to_change(level: InventoryLevel, item: schemas.StockItem, locations: frozenset[str]) -> Change | str:
    """Return what a level is to become, or why it cannot be said to Shopify.

    Args:
        level: As the caller wants it.
        item: The article.
        locations: The places that are ours; empty for all.
    """
    place = _place(level, item, locations)
    if place is None:
        return NAME_THE_PLACE
    if not place.startswith("gid:"):
        return place
    for known in item.inventory_levels.nodes:
        if known.location.id == place:
            if not known.location.is_active:
                return CLOSED_PLACE
            if _available(known) is None:
                return NOT_KEPT
    return Change(
        sku=level.sku,
        item_id=item.id,
        location_id=place,
        quantity=level.available,
        expected=available_at(item, place),
    )


def _place(level: InventoryLevel, item: schemas.StockItem, locations: frozenset[str]) -> str | None:
    """Return the place that a level is for; why not; or ``None`` where it must be named."""
    if level.location_id is not None:
        try:
            named = to_gid("Location", level.location_id)
        except InvalidValueError:
            named = None
        if named is None:
            return NOT_A_PLACE
        return named if not locations or named in locations else NOT_OUR_PLACE
    if locations:
        return next(iter(locations)) if len(locations) == 1 else None
    places = [known.location.id for known in item.inventory_levels.nodes if known.location.is_active]
    return places[0] if len(places) == 1 else None


def to_set_input(changes: Sequence[Change], *, key: str) -> schemas.InventorySetInput:
    """Return what Shopify is told: to set each level, if it still is what it was when it was read.

    Args:
        changes: At most 250.
        key: Of the call; the shop's history of its stock shows it.
    """
    return schemas.InventorySetInput(
        name=_AVAILABLE,
        reason="correction",
        reference_document_uri=f"gid://cartcarrier/StockSync/{key}",
        quantities=[
            schemas.QuantityInput(
                inventory_item_id=change.item_id,
                location_id=change.location_id,
                quantity=change.quantity,
                change_from_quantity=change.expected,
            )
            for change in changes
        ],
    )


def refused_index(error: schemas.UserError) -> int | None:
    """Return which of the levels of a call a refusal is about; ``None`` when it is about the whole call."""
    path = error.field or []
    for name, index in pairwise(path):
        if name == _LEVELS and index.isascii() and index.isdigit():
            return int(index)
    return None


def accepted(sku: str) -> InventoryResult:
    """Return that a level was set, or is so already."""
    return InventoryResult(sku=sku, status=InventoryStatus.ACCEPTED)


def rejected(sku: str, why: str) -> InventoryResult:
    """Return that a level was not set."""
    return InventoryResult(sku=sku, status=InventoryStatus.REJECTED, message=why)


def pending(sku: str, why: str = NO_ANSWER) -> InventoryResult:
    """Return that it is not known whether a level was set."""
    return InventoryResult(sku=sku, status=InventoryStatus.PENDING, message=why)


def superseded(sku: str) -> InventoryResult:
    """Return that a level was not set because a later one of the same call is for the same article and place."""
    return InventoryResult(sku=sku, status=InventoryStatus.STALE, message=REPLACED)


def stale(change: Change, now: int | None) -> InventoryResult:
    """Return that a level was not set because it is not what it was when it was read: somebody sold or counted."""
    message = f"it was {change.expected} when it was read and is {now} now: count again before it is set"
    return InventoryResult(sku=change.sku, status=InventoryStatus.STALE, message=message)
