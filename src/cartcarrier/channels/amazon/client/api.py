"""Paths and verbs: one method, one request, a schema object back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cartcarrier.channels.amazon.client import operations
from cartcarrier.channels.amazon.codes import LISTINGS_FEED
from cartcarrier.channels.amazon.config import AmazonConfig
from cartcarrier.channels.amazon.schemas import notices, orders, stock
from cartcarrier.errors import ResponseError
from cartcarrier.http import Clock, Lane, Response, SessionOwner, Token, json_decoder, read_json
from cartcarrier.platforms.amazon import SHARED, AmazonApi

_LOCALE = "en_US"
_PARTICIPATIONS = SHARED[1]


class AmazonClient:
    """One seller at Amazon.

    Args:
        owner: The driver.
        config: Its settings.
    """

    def __init__(self, owner: SessionOwner, config: AmazonConfig) -> None:
        self.config = config
        self.driver: str = owner.driver
        self.account: str = owner.account
        self._api = AmazonApi(owner, config, operations.OPERATIONS)

    @property
    def clock(self) -> Clock:
        """Where time comes from."""
        return self._api.clock

    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        await self._api.aclose()

    async def exchange_code(self, code: str, *, redirect_uri: str) -> Token:
        """Turn the code of a seller's authorization into a token."""
        return await self._api.exchange_code(code, redirect_uri=redirect_uri)

    async def participations(self) -> list[notices.MarketplaceParticipation]:
        """Return where the seller takes part."""
        response = await self._api.call(_PARTICIPATIONS, named="marketplaces")
        return read_json(response, json_decoder(notices.ParticipationsAnswer)).payload or []

    # --- orders -------------------------------------------------------------------------------------------------------

    async def search_orders(self, query: Mapping[str, str | Sequence[str] | None]) -> tuple[orders.OrderPage, Response]:
        """Return a page of orders."""
        response = await self._api.call(operations.SEARCH_ORDERS, named="list_orders", query=query)
        return read_json(response, json_decoder(orders.OrderPage)), response

    async def get_order(
        self, order_id: str, included: Sequence[str], *, named: str, lane: Lane
    ) -> tuple[orders.OneOrder, Response]:
        """Return an order, still to be read."""
        response = await self._api.call(
            operations.GET_ORDER,
            named=named,
            path={"orderId": order_id},
            query={"includedData": included},
            lane=lane,
        )
        return read_json(response, json_decoder(orders.OneOrder)), response

    async def confirm_shipment(self, order_id: str, confirmation: orders.Confirmation, *, named: str) -> None:
        """Tell Amazon of one package."""
        response = await self._api.call(
            operations.CONFIRM_SHIPMENT,
            named=named,
            path={"orderId": order_id},
            body=confirmation,
            lane=Lane.CONFIRM,
        )
        if response.status != 204:
            # A success is an empty 204 (field guide amazon.md §2.6): anything else was said by somebody else.
            msg = f"amazon answered {named} with HTTP {response.status} where an empty 204 is due; it may have taken effect"
            raise ResponseError(msg, outcome_unknown=True, **response.facts)

    async def regulated_info(self, order_id: str, *, named: str, lane: Lane) -> orders.RegulatedInfo | None:
        """Return how far the verification of a regulated order is."""
        response = await self._api.call(
            operations.GET_REGULATED_INFO, named=named, path={"orderId": order_id}, lane=lane
        )
        return read_json(response, json_decoder(orders.RegulatedAnswer)).payload

    # --- stock --------------------------------------------------------------------------------------------------------

    async def patch_listing(self, sku: str, marketplace_id: str, patch: stock.ListingPatch) -> stock.Submission:
        """Change one listing in one marketplace."""
        response = await self._api.call(
            operations.PATCH_LISTING,
            named="set_inventory",
            path={"sellerId": self._seller, "sku": sku},
            query={"marketplaceIds": marketplace_id, "issueLocale": _LOCALE},
            body=patch,
        )
        return read_json(response, json_decoder(stock.Submission))

    async def get_listing(self, sku: str, marketplace_id: str) -> stock.Item:
        """Return one listing."""
        response = await self._api.call(
            operations.GET_LISTING,
            named="get_inventory",
            path={"sellerId": self._seller, "sku": sku},
            query={"marketplaceIds": marketplace_id, "includedData": "fulfillmentAvailability"},
        )
        return read_json(response, json_decoder(stock.Item))

    async def search_listings(self, skus: Sequence[str], marketplace_id: str) -> list[stock.Item]:
        """Return the listings of up to 20 articles; their numbers must have no comma."""
        response = await self._api.call(
            operations.SEARCH_LISTINGS,
            named="get_inventory",
            path={"sellerId": self._seller},
            query={
                "marketplaceIds": marketplace_id,
                "identifiersType": "SKU",
                "identifiers": skus,
                "includedData": "fulfillmentAvailability",
                "pageSize": "20",
            },
        )
        return read_json(response, json_decoder(stock.Found)).items

    async def inventory_summaries(
        self, marketplace_id: str, skus: Sequence[str], next_token: str | None
    ) -> stock.InventoryAnswer:
        """Return a page of what Amazon holds of up to 50 articles."""
        response = await self._api.call(
            operations.GET_SUMMARIES,
            named="get_fba_inventory",
            query={
                "details": "true",
                "granularityType": "Marketplace",
                "granularityId": marketplace_id,
                "marketplaceIds": marketplace_id,
                "sellerSkus": skus,
                "nextToken": next_token,
            },
        )
        return read_json(response, json_decoder(stock.InventoryAnswer))

    # --- feeds --------------------------------------------------------------------------------------------------------

    async def upload_feed_document(self, content: bytes, content_type: str, *, named: str) -> str:
        """Upload a document, and return its id."""
        response = await self._api.call(
            operations.CREATE_FEED_DOCUMENT, named=named, body=stock.DocumentWanted(content_type=content_type)
        )
        document = read_json(response, json_decoder(stock.FeedDocument))
        await self._api.upload(document.url, content, content_type=content_type, named=named)
        return document.feed_document_id

    async def create_feed(self, wanted: stock.FeedWanted, *, named: str) -> str:
        """Let Amazon work on a document, and return the feed's id."""
        listings = wanted.feed_type == LISTINGS_FEED
        response = await self._api.call(
            operations.CREATE_LISTINGS_FEED if listings else operations.CREATE_FEED, named=named, body=wanted
        )
        return read_json(response, json_decoder(stock.FeedCreated)).feed_id

    async def get_feed(self, feed_id: str, *, named: str) -> stock.Feed:
        """Return how far a feed is."""
        response = await self._api.call(operations.GET_FEED, named=named, path={"feedId": feed_id})
        return read_json(response, json_decoder(stock.Feed))

    async def get_feeds(self, feed_type: str, since: datetime, *, named: str) -> list[stock.Feed]:
        """Return the feeds of a type that were made since."""
        response = await self._api.call(
            operations.GET_FEEDS,
            named=named,
            query={"feedTypes": feed_type, "createdSince": since.strftime("%Y-%m-%dT%H:%M:%SZ")},
        )
        return read_json(response, json_decoder(stock.FeedList)).feeds

    async def download_feed_document(self, document_id: str, *, named: str) -> bytes:
        """Return the content of a document, unpacked."""
        response = await self._api.call(operations.GET_FEED_DOCUMENT, named=named, path={"feedDocumentId": document_id})
        document = read_json(response, json_decoder(stock.FeedDocument))
        gzipped = (document.compression_algorithm or "").upper() == "GZIP"
        return await self._api.download(document.url, named=named, gzipped=gzipped)

    # --- notifications ------------------------------------------------------------------------------------------------

    async def create_destination(self, wanted: notices.DestinationWanted) -> notices.Destination:
        """Name a queue to which notifications go."""
        response = await self._api.call(operations.CREATE_DESTINATION, named="subscribe", body=wanted)
        return read_json(response, json_decoder(notices.DestinationAnswer)).payload

    async def get_destinations(self, *, named: str) -> list[notices.Destination]:
        """Return all destinations of the application."""
        response = await self._api.call(operations.GET_DESTINATIONS, named=named)
        return read_json(response, json_decoder(notices.DestinationsAnswer)).payload or []

    async def delete_destination(self, destination_id: str) -> None:
        """Forget a destination."""
        await self._api.call(
            operations.DELETE_DESTINATION, named="delete_destination", path={"destinationId": destination_id}
        )

    async def create_subscription(
        self, notification_type: str, wanted: notices.SubscriptionWanted
    ) -> notices.Subscription | None:
        """Ask for notifications of a type."""
        response = await self._api.call(
            operations.CREATE_SUBSCRIPTION,
            named="subscribe",
            path={"notificationType": notification_type},
            body=wanted,
        )
        return read_json(response, json_decoder(notices.SubscriptionAnswer)).payload

    async def get_subscriptions(self, notification_type: str, *, named: str) -> list[notices.Subscription]:
        """Return what was asked for of a type, in whatever version."""
        found: list[notices.Subscription] = []
        token: str | None = None
        while True:
            response = await self._api.call(
                operations.GET_SUBSCRIPTIONS,
                named=named,
                query={"notificationTypes": notification_type, "pageSize": "100", "nextToken": token},
            )
            page = read_json(response, json_decoder(notices.SubscriptionsAnswer)).payload or notices.SubscriptionPage()
            found += page.subscriptions or []
            if not page.next_token or page.next_token == token:
                return found
            token = page.next_token

    async def delete_subscription(self, notification_type: str, subscription_id: str) -> None:
        """Ask for them no longer."""
        await self._api.call(
            operations.DELETE_SUBSCRIPTION,
            named="unsubscribe",
            path={"notificationType": notification_type, "subscriptionId": subscription_id},
        )

    @property
    def _seller(self) -> str:
        return self.config.the_seller(self.driver)
