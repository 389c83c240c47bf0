"""Stock of the merchant and of Amazon (field guide amazon.md §3)."""

from collections.abc import Collection, Iterable, Sequence

import attrs

from cartcarrier.channels.amazon import codes
from cartcarrier.channels.amazon.schemas import stock as schemas
from cartcarrier.http import json_encode
from cartcarrier.models import InventoryLevel, InventoryResult, InventoryStatus

_RANK = {
    InventoryStatus.ACCEPTED: 0,
    InventoryStatus.PENDING: 1,
    InventoryStatus.STALE: 2,
    InventoryStatus.REJECTED: 3,
}


def _patch(available: int) -> schemas.Patch:
    # merge leaves lead time and restock date alone; replace would wipe them (pitfall 15).
    return schemas.Patch(
        op="merge",
        path="/attributes/fulfillment_availability",
        value=[schemas.Availability(fulfillment_channel_code=codes.MERCHANT_STOCK, quantity=available)],
    )


def to_listing_patch(available: int, product_type: str) -> schemas.ListingPatch:
    """Return the change of one listing's quantity."""
    return schemas.ListingPatch(product_type=product_type, patches=[_patch(available)])


def to_listings_feed(levels: Sequence[InventoryLevel], *, seller_id: str, product_type: str) -> bytes:
    """Return the document that sets many quantities; the messages are numbered from 1 in the order of the levels."""
    feed = schemas.ListingsFeed(
        header=schemas.FeedHeader(seller_id=seller_id, version="2.0", issue_locale="en_US"),
        messages=[
            schemas.FeedMessage(
                message_id=number,
                sku=level.sku,
                operation_type="PATCH",
                product_type=product_type,
                patches=[_patch(level.available)],
            )
            for number, level in enumerate(levels, start=1)
        ],
    )
    return json_encode(feed)


def _words(code: str | None, message: str | None) -> str:
    return ": ".join(part for part in (code, message) if part) or "refused by Amazon"


def submission_result(sku: str, submission: schemas.Submission) -> InventoryResult:
    """Return what became of a patch: its status counts, not the 200 (pitfall 16)."""
    errors = [issue for issue in submission.issues or () if (issue.severity or "").upper() == "ERROR"]
    if submission.status.upper() == "ACCEPTED":
        note = _words(errors[0].code, errors[0].message) if errors else None
        return InventoryResult(sku=sku, status=InventoryStatus.ACCEPTED, message=note)
    issues = errors or list(submission.issues or ())
    why = _words(issues[0].code, issues[0].message) if issues else f"Amazon says {submission.status}"
    return InventoryResult(sku=sku, status=InventoryStatus.REJECTED, message=why)


def feed_results(
    levels: Sequence[InventoryLevel], report: schemas.Report, *, whole: bool, numbered: bool = True
) -> list[InventoryResult]:
    """Return one result for each level of a feed, from its report: ``DONE`` is not yet success (pitfall 32).

    Args:
        levels: Of the feed.
        report: Amazon's.
        whole: Whether Amazon worked on all of them; of a feed that broke off, what the report does not name is not known.
        numbered: Whether the levels stand in the order of the messages; if not, the articles' names decide.
    """
    refused: dict[int, str] = {}
    for_all: str | None = None
    by_sku = {level.sku: number for number, level in enumerate(levels, start=1)}
    for issue in report.issues or ():
        if (issue.severity or "").upper() != "ERROR":
            continue
        named = by_sku.get(issue.sku or "")
        number = issue.message_id if numbered and issue.message_id is not None else named
        if number is None and (issue.sku or issue.message_id is not None):
            continue  # of an article that is not asked about, or of nobody knows which; the counts tell that it is missing
        if number is None:
            for_all = _words(issue.code, issue.message)
        else:
            refused.setdefault(number, _words(issue.code, issue.message))
    summary = report.summary or schemas.ReportSummary()
    # The counts must bear out what the issues say; where they do not, nothing is taken for granted.
    certain = summary.messages_accepted is None or summary.messages_accepted >= len(levels) - len(refused)
    results = []
    for number, level in enumerate(levels, start=1):
        if number in refused:
            results.append(InventoryResult(sku=level.sku, status=InventoryStatus.REJECTED, message=refused[number]))
        elif for_all is not None and not summary.messages_accepted:
            results.append(InventoryResult(sku=level.sku, status=InventoryStatus.REJECTED, message=for_all))
        elif whole and certain:
            results.append(InventoryResult(sku=level.sku, status=InventoryStatus.ACCEPTED))
        else:
            why = "the feed broke off, or its report does not name this article: read the stock, and set it again"
            results.append(InventoryResult(sku=level.sku, status=InventoryStatus.PENDING, message=why))
    return results


def latest_only(levels: Sequence[InventoryLevel]) -> set[int]:
    """Return the places of the levels that count: of several for one article and place, the last one."""
    last: dict[tuple[str, str | None], int] = {}
    for index, level in enumerate(levels):
        last[level.sku, level.location_id] = index
    return set(last.values())


def combined(results: Sequence[InventoryResult]) -> InventoryResult:
    """Return the worst of what became of one level in several marketplaces, with all that is said of it: each feed's id."""
    worst = max(results, key=lambda result: _RANK[result.status])
    said = [result.message for result in results if result.status is worst.status and result.message]
    return attrs.evolve(worst, message="; ".join(dict.fromkeys(said)) or None)


def to_levels(items: Iterable[schemas.Item], wanted: Collection[str], place: str | None) -> list[InventoryLevel]:
    """Return the merchant's stock of the articles that were asked for; what Amazon does not know is no level.

    Args:
        items: Listings.
        wanted: The articles that were asked for.
        place: The marketplace, where there are several.
    """
    return [
        InventoryLevel(sku=item.sku, available=entry.quantity, location_id=place)
        for item in items
        if item.sku in wanted
        for entry in item.fulfillment_availability or ()
        if entry.fulfillment_channel_code == codes.MERCHANT_STOCK and entry.quantity is not None and entry.quantity >= 0
    ]
