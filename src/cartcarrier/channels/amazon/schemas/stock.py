"""Listings Items 2021-08-01, the listings feed and its report, FBA Inventory v1 (field guide amazon.md §3)."""

from datetime import datetime

from cartcarrier.channels.amazon.schemas._base import Base


class Availability(Base, frozen=True, kw_only=True, rename=lambda name: name):
    """A quantity as it is written: in snake case, unlike as it is read (§3.1)."""

    fulfillment_channel_code: str
    quantity: int


class Patch(Base, frozen=True, kw_only=True):
    """One change of a listing."""

    op: str
    path: str
    value: list[Availability]


class ListingPatch(Base, frozen=True, kw_only=True):
    """What ``patchListingsItem`` sends."""

    product_type: str
    patches: list[Patch]


class Issue(Base, frozen=True, kw_only=True):
    """What Amazon has against a listing."""

    code: str | None = None
    message: str | None = None
    severity: str | None = None


class Submission(Base, frozen=True, kw_only=True):
    """What became of a patch: 200 even where it was refused (pitfall 16)."""

    sku: str | None = None
    status: str
    submission_id: str | None = None
    issues: list[Issue] | None = None


class ReadAvailability(Base, frozen=True, kw_only=True):
    """A quantity as it is read."""

    fulfillment_channel_code: str
    quantity: int | None = None


class Item(Base, frozen=True, kw_only=True):
    """A listing."""

    sku: str
    fulfillment_availability: list[ReadAvailability] | None = None


class Found(Base, frozen=True, kw_only=True):
    """Listings that were searched for."""

    items: list[Item]


class FeedHeader(Base, frozen=True, kw_only=True):
    """Whose feed it is."""

    seller_id: str
    version: str
    issue_locale: str


class FeedMessage(Base, frozen=True, kw_only=True):
    """One change in a feed."""

    message_id: int
    sku: str
    operation_type: str
    product_type: str
    patches: list[Patch]


class ListingsFeed(Base, frozen=True, kw_only=True):
    """The document of a listings feed."""

    header: FeedHeader
    messages: list[FeedMessage]


class ReportIssue(Base, frozen=True, kw_only=True):
    """What Amazon has against a message of a feed; without its number where it is against all of it."""

    message_id: int | None = None
    sku: str | None = None
    code: str | None = None
    severity: str | None = None
    message: str | None = None


class ReportSummary(Base, frozen=True, kw_only=True):
    """How many messages were taken."""

    messages_processed: int | None = None
    messages_accepted: int | None = None
    messages_invalid: int | None = None


class Report(Base, frozen=True, kw_only=True):
    """The result of a listings feed."""

    issues: list[ReportIssue] | None = None
    summary: ReportSummary | None = None


class InventoryDetails(Base, frozen=True, kw_only=True):
    """Amazon's stock in its parts."""

    fulfillable_quantity: int | None = None


class InventorySummary(Base, frozen=True, kw_only=True):
    """Amazon's stock of an article."""

    seller_sku: str | None = None
    inventory_details: InventoryDetails | None = None
    total_quantity: int | None = None


class InventorySummaries(Base, frozen=True, kw_only=True):
    """A page of Amazon's stock."""

    inventory_summaries: list[InventorySummary]


class InventoryPagination(Base, frozen=True, kw_only=True):
    """Where the next page begins; good for 30 seconds (pitfall 28)."""

    next_token: str | None = None


class InventoryAnswer(Base, frozen=True, kw_only=True):
    """The envelope of ``getInventorySummaries``: the pagination is outside of the payload (§1.5)."""

    payload: InventorySummaries
    pagination: InventoryPagination | None = None


# --- Feeds 2021-06-30 -----------------------------------------------------------------------------------------------------


class DocumentWanted(Base, frozen=True, kw_only=True):
    """What ``createFeedDocument`` sends."""

    content_type: str


class FeedDocument(Base, frozen=True, kw_only=True):
    """Where a document goes, or lies."""

    feed_document_id: str
    url: str
    compression_algorithm: str | None = None


class FeedWanted(Base, frozen=True, kw_only=True):
    """What ``createFeed`` sends."""

    feed_type: str
    marketplace_ids: list[str]
    input_feed_document_id: str


class FeedCreated(Base, frozen=True, kw_only=True):
    """What ``createFeed`` answers."""

    feed_id: str


class Feed(Base, frozen=True, kw_only=True):
    """How far a feed is."""

    feed_id: str
    feed_type: str | None = None
    created_time: datetime | None = None
    processing_status: str
    result_feed_document_id: str | None = None


class FeedList(Base, frozen=True, kw_only=True):
    """Feeds that were asked for."""

    feeds: list[Feed]
