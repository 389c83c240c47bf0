"""Stock: eBay's two quantities, and one of ours (field guide ebay.md §11)."""

import re
from collections.abc import Sequence
from typing import Final

from cartcarrier.channels.ebay import codes, schemas
from cartcarrier.models import InventoryLevel, InventoryResult, InventoryStatus

NOT_MANAGED: Final = "not managed by eBay's Inventory API: a listing made elsewhere must be migrated first"
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,36}")
NAME_THE_PLACE: Final = "eBay keeps this article by place: name the location of the level"
NOT_A_PLACE: Final = (
    "the location of the level is none of eBay's: its keys have at most 36 letters, digits, hyphens and underscores"
)
NO_ANSWER: Final = "eBay did not say whether it took it: set it again"
REPLACED: Final = "a later level of the same call counts"


def _availability(item: schemas.ItemAnswer) -> schemas.ReadAvailability | None:
    known = item.inventory_item
    return known.availability.ship_to_location_availability if known is not None and known.availability else None


def _places(available: schemas.ReadAvailability | None) -> dict[str, schemas.Distribution]:
    if available is None:
        return {}
    return {
        place.merchant_location_key: schemas.Distribution(
            merchant_location_key=place.merchant_location_key,
            quantity=place.quantity or 0,
            fulfillment_time=place.fulfillment_time,
        )
        for place in available.availability_distributions or ()
        if place.merchant_location_key is not None
    }


def published(offers: Sequence[schemas.Offer]) -> list[schemas.Offer]:
    """Return the offers that buyers see; a quantity of the others takes a call of another kind (§11.1)."""
    seen: dict[str, schemas.Offer] = {}
    for offer in offers:
        if offer.status == "PUBLISHED" and offer.format in {None, "FIXED_PRICE"}:
            seen.setdefault(offer.offer_id, offer)  # never the same twice in one call
    return list(seen.values())


def to_levels(sku: str, item: schemas.ItemAnswer, offers: Sequence[schemas.Offer]) -> list[InventoryLevel]:
    """Return what can be sold of an article: what exists, but no more than its offer may sell.

    Args:
        sku: Which article.
        item: What is known of it.
        offers: Of it.
    """
    available = _availability(item)
    places = _places(available)
    if places:
        return [
            InventoryLevel(sku=sku, available=max(place.quantity, 0), location_id=key) for key, place in places.items()
        ]
    if available is None or available.quantity is None:
        return []  # not known, which is not none
    allowed = [offer.available_quantity for offer in published(offers) if offer.available_quantity is not None]
    sellable = min([available.quantity, max(allowed)]) if allowed else available.quantity
    return [InventoryLevel(sku=sku, available=max(sellable, 0))]


def is_known(item: schemas.ItemAnswer | None) -> bool:
    """Return whether the Inventory API manages an article."""
    return item is not None and item.status_code < 300 and item.inventory_item is not None


def to_updates(
    levels: Sequence[InventoryLevel], item: schemas.ItemAnswer, offers: Sequence[schemas.Offer]
) -> schemas.PriceQuantity | str | None:
    """Return how eBay is told of an article's levels; ``None`` when it has them, a text when it cannot be told.

    Only changes are sent: a listing takes 250 a day (§3.4).

    Args:
        levels: All of one article: one without a place, or one for each place.
        item: What is known of it.
        offers: Of it.
    """
    available = _availability(item)
    places = _places(available)
    by_place = {level.location_id: level for level in levels if level.location_id is not None}
    if not all(_KEY.fullmatch(key) for key in by_place):
        return NOT_A_PLACE  # another channel's, and eBay would keep the article at a place that is nowhere
    if not by_place:
        if places:
            return NAME_THE_PLACE
        wanted = levels[-1].available
        new = schemas.NewAvailability(quantity=wanted)
        same = available is not None and available.quantity == wanted
    elif len(by_place) < len(levels):
        return NAME_THE_PLACE
    else:
        changed = {
            key: schemas.Distribution(
                merchant_location_key=key,
                quantity=level.available,
                fulfillment_time=places[key].fulfillment_time if key in places else None,
            )
            for key, level in by_place.items()
        }
        after = {**places, **changed}
        wanted = sum(place.quantity for place in after.values())
        new = schemas.NewAvailability(quantity=wanted, availability_distributions=list(after.values()))
        same = after == places
    live = published(offers)
    if same and all(offer.available_quantity in {None, wanted} for offer in live):
        return None
    told = [schemas.OfferQuantity(offer_id=offer.offer_id, available_quantity=wanted) for offer in live]
    sku = levels[-1].sku
    return schemas.PriceQuantity(sku=sku, ship_to_location_availability=new, offers=told or None)


def will_pass(answers: Sequence[schemas.PriceQuantityAnswer]) -> bool:
    """Return whether eBay refused for want of quiet, or did not answer: worth another try (pitfall 16)."""
    if not answers:
        return True
    return any(error.error_id in codes.PASSING_CODES for answer in answers for error in answer.errors or ()) or any(
        (answer.status_code or 200) >= 500 for answer in answers
    )


def to_results(sku: str, answers: Sequence[schemas.PriceQuantityAnswer]) -> InventoryResult:
    """Return what became of an article: taken only if it and all its offers were.

    Args:
        sku: Which article.
        answers: All that name it; the status of the whole call says nothing about them.
    """
    if not answers:
        return InventoryResult(sku=sku, status=InventoryStatus.PENDING, message=NO_ANSWER)
    for answer in answers:
        errors = answer.errors or ()
        if not errors and 200 <= (answer.status_code or 200) < 300:
            continue
        return InventoryResult(sku=sku, status=InventoryStatus.REJECTED, message=why(errors, answer.status_code))
    return InventoryResult(sku=sku, status=InventoryStatus.ACCEPTED)


def why(errors: Sequence[schemas.ErrorDetail], status: int | None) -> str:
    """Return why something about an article was refused. Calls about stock carry no buyer's data, so eBay's words may stand."""
    said = []
    for error in errors:
        words = (error.message or codes.MEANING.get(error.error_id or 0) or "refused by eBay")[:200]
        said.append(f"{words} ({error.code})" if error.code else words)
    return "; ".join(said) or f"refused by eBay (HTTP {status})"
