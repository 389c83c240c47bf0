"""The feed route: document, upload, feed, result (field guide amazon.md §2.9)."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Final

from cartcarrier.channels.amazon.client import AmazonClient
from cartcarrier.channels.amazon.schemas import stock as schemas
from cartcarrier.errors import OperationError

_OVER: Final = frozenset({"DONE", "CANCELLED", "FATAL"})
_FIRST_PAUSE: Final = 2.0
_LONGEST_PAUSE: Final = 30.0
_MARGIN: Final = timedelta(minutes=1)


class Feeds:
    """Feeds of one seller.

    Args:
        client: To send with.
    """

    def __init__(self, client: AmazonClient) -> None:
        self._client = client

    async def submit(
        self,
        feed_type: str,
        content: bytes,
        content_type: str,
        *,
        named: str,
        marketplace_ids: Sequence[str] | None = None,
        others: Callable[[], Collection[str]] = tuple,
    ) -> str:
        """Hand a document in, and return the feed's id.

        A lost answer is looked up among the feeds made since: one of this type must be ours. Where there is none, it is sent
        once more. For documents that say the same twice without harm only.

        Args:
            feed_type: What it is about.
            content: The document.
            content_type: Its media type.
            named: The operation.
            marketplace_ids: Where it counts; all of the account's by default.
            others: Returns the feeds that are known to carry other documents: none of these is ours.
        """
        document_id = await self._client.upload_feed_document(content, content_type, named=named)
        wanted = schemas.FeedWanted(
            feed_type=feed_type,
            marketplace_ids=list(marketplace_ids or self._client.config.marketplace_ids),
            input_feed_document_id=document_id,
        )
        began = self._client.clock.now()
        try:
            return await self._client.create_feed(wanted, named=named)
        except OperationError as exc:
            if not exc.outcome_unknown:
                raise
            since = [
                feed
                for feed in await self._client.get_feeds(feed_type, began - _MARGIN, named=named)
                if feed.created_time is not None
                and feed.created_time >= began - timedelta(seconds=1)
                and feed.feed_id not in others()
            ]
            if len(since) > 1:
                raise
            if since:
                return since[0].feed_id
            return await self._client.create_feed(wanted, named=named)

    async def wait(self, feed_id: str, seconds: float, *, named: str) -> schemas.Feed:
        """Return how far a feed is, after at most so many seconds, or as soon as it is over."""
        clock = self._client.clock
        deadline = clock.monotonic() + seconds
        pause = _FIRST_PAUSE
        while True:
            feed = await self._client.get_feed(feed_id, named=named)
            left = deadline - clock.monotonic()
            if is_over(feed) or left <= 0:
                return feed
            await clock.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    async def result(self, feed: schemas.Feed, *, named: str) -> bytes | None:
        """Return the report of a feed that is over; ``None`` where there is none."""
        if feed.result_feed_document_id is None:
            return None
        return await self._client.download_feed_document(feed.result_feed_document_id, named=named)


def is_over(feed: schemas.Feed) -> bool:
    """Return whether Amazon works on a feed no more."""
    return feed.processing_status.upper() in _OVER
