"""The platform's parts, put together: what operations there are, and what time itself does."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

from cartcarrier.sandbox.amazon import _restricted
from cartcarrier.sandbox.amazon._call import Answer, Call
from cartcarrier.sandbox.amazon._confirm import Confirming
from cartcarrier.sandbox.amazon._feed_work import FeedWork
from cartcarrier.sandbox.amazon._feeds import Feeds
from cartcarrier.sandbox.amazon._inventory import Inventory, region_of
from cartcarrier.sandbox.amazon._limits import Limits
from cartcarrier.sandbox.amazon._listings import AVAILABILITY, Listings
from cartcarrier.sandbox.amazon._lwa import Login
from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES, Marketplace, of_region
from cartcarrier.sandbox.amazon._messages import Messages
from cartcarrier.sandbox.amazon._notifications import Notifications
from cartcarrier.sandbox.amazon._order_search import OrderReading
from cartcarrier.sandbox.amazon._orders import SHIPPABLE, Orders, status_of
from cartcarrier.sandbox.amazon._outbound import Outbound
from cartcarrier.sandbox.amazon._outbound_preview import Previews
from cartcarrier.sandbox.amazon._pages import Pages
from cartcarrier.sandbox.amazon._routes import ROLES
from cartcarrier.sandbox.amazon._shape import GOODS, asin_of
from cartcarrier.sandbox.amazon._shipping import Shipping
from cartcarrier.sandbox.amazon._world import Document, World

Handler = Callable[[Call], Answer]
STOCK_OF_MERCHANT: Final = 500
STOCK_OF_AMAZON: Final = 200


class Platform:
    """Everything that Amazon knows and does.

    Args:
        world: Its memory.
        real_limits: Whether the documented usage plans are in force.
    """

    def __init__(self, world: World, *, real_limits: bool) -> None:
        self.world = world
        self.limits: Limits = Limits(world.clock, real=real_limits)
        self.login: Login = Login(world)
        self.pages: Pages = Pages(world)
        self.messages: Messages = Messages(world)
        self.listings: Listings = Listings(world, self.pages, self.messages)
        self.inventory: Inventory = Inventory(world, self.pages)
        self.orders: Orders = Orders(world, self.messages.order_changed, self._bind_stock)
        self.feeds: Feeds = Feeds(world, self.pages, FeedWork(self.orders, self.listings), self.messages)
        self.notifications: Notifications = Notifications(world)
        self.shipping: Shipping = Shipping(world, self.orders)
        self.outbound: Outbound = Outbound(world, self.pages, self.inventory, self.messages)

    @property
    def roles(self) -> frozenset[str]:
        """What the application may do."""
        row = self.world.get("roles", "app")
        return frozenset(ROLES if row is None else row["roles"])

    @cached_property
    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation."""
        reading = OrderReading(self.world, self.orders, self.pages)
        confirming = Confirming(self.world, self.orders)
        v0 = (
            "getOrderV0",
            "getOrderItemsV0",
            "getOrderAddressV0",
            "getOrderBuyerInfoV0",
            "getOrderItemsBuyerInfoV0",
            "getOrderRegulatedInfo",
        )
        notifications, feeds, shipping, outbound = self.notifications, self.feeds, self.shipping, self.outbound
        return {
            "createRestrictedDataToken": lambda call: _restricted.create_token(self.login, call),
            "getMarketplaceParticipations": _participations,
            "searchOrders": reading.search,
            "getOrder": reading.get,
            "getOrdersV0": reading.search_v0,
            **dict.fromkeys(v0, reading.get_v0),
            "confirmShipment": confirming.confirm,
            "patchListingsItem": self.listings.patch,
            "getListingsItem": self.listings.read,
            "searchListingsItems": self.listings.search,
            "createFeedDocument": feeds.create_document,
            "getFeedDocument": feeds.get_document,
            "createFeed": feeds.create,
            "getFeed": feeds.get,
            "getFeeds": feeds.list,
            "cancelFeed": feeds.cancel,
            "getInventorySummaries": self.inventory.summaries,
            "createDestination": notifications.create_destination,
            "getDestinations": notifications.get_destinations,
            "getDestination": notifications.get_destinations,
            "deleteDestination": notifications.delete_destination,
            "createSubscription": notifications.create_subscription,
            "getSubscription": notifications.get_subscription,
            "getSubscriptions": notifications.get_subscriptions,
            "getSubscriptionById": notifications.subscription_by_id,
            "deleteSubscriptionById": notifications.subscription_by_id,
            "getRates": shipping.rating.rates,
            "getAdditionalInputs": shipping.rating.additional_inputs,
            "purchaseShipment": shipping.purchase,
            "directPurchaseShipment": shipping.refuse,
            "oneClickShipment": shipping.refuse,
            "getShipmentDocuments": shipping.documents,
            "cancelShipment": shipping.cancel,
            "getTracking": shipping.tracking,
            "getFulfillmentPreview": Previews(self.world, self.inventory).preview,
            "createFulfillmentOrder": outbound.create,
            "getFulfillmentOrder": outbound.get,
            "listAllFulfillmentOrders": outbound.list_all,
            "updateFulfillmentOrder": outbound.update,
            "cancelFulfillmentOrder": outbound.cancel,
            "submitFulfillmentOrderStatusUpdate": outbound.set_status,
            "getPackageTrackingDetails": outbound.package,
        }

    def plant(self) -> None:
        """Fill an empty memory: the application, the seller's authorizations, and some articles for sale."""
        self.login.plant()
        for marketplace in MARKETPLACES.values():
            for goods in GOODS:
                self.offer(marketplace, str(goods["sku"]), str(goods["title"]), str(goods["price"]), STOCK_OF_MERCHANT)
        for region in ("na", "eu", "fe"):
            for goods in GOODS:
                sku = f"FBA-{goods['sku']}"
                self.inventory.set(
                    region, sku, asin=asin_of(sku), title=str(goods["title"]), fulfillable=STOCK_OF_AMAZON
                )

    def offer(self, marketplace: Marketplace, sku: str, title: str, price: str, quantity: int) -> None:
        """Offer an article that the merchant holds."""
        attributes: Document = {
            "asin": asin_of(sku),
            "title": title,
            "price": price,
            AVAILABILITY: [
                {"fulfillment_channel_code": "DEFAULT", "quantity": quantity, "lead_time_to_ship_max_days": 2}
            ],
        }
        self.listings.add(marketplace, sku, attributes)

    def tick(self) -> None:
        """Let happen what time has brought since the last look."""
        self.listings.tick()
        self.feeds.tick()
        self.outbound.tick()

    def ship_by_amazon(self, order_id: str, *, settled: bool) -> str:
        """Let Amazon send an order that it fulfills, whole; return the shipment's id.

        Raises:
            ValueError: The merchant fulfills it, or it is not open.
        """
        with self.world.transaction():
            order = self.orders.get(order_id)
            if order is None or order["fulfilled_by"] != "AMAZON" or status_of(order) not in SHIPPABLE:
                raise ValueError(f"order {order_id} is not one that Amazon can send now")
            number = self.world.next_number("amazon_shipment")
            shipment_id = f"D{self.world.draw(f'shipment:{number}').getrandbits(40):010x}"
            for line in order["lines"]:
                self.inventory.leave(order["region"], line["sku"], line["quantity"])
            package = {
                "reference": str(len(order["packages"]) + 1),
                "created": self.world.stamp(),
                "status": "SHIPPED",
                "detailed_status": None,
                "carrier_code": "AMZN_US",
                "carrier": "Amazon Logistics",
                "method": None,
                "tracking": f"TBA{300_000_000_000 + number}",
                "ship_time": self.world.stamp(),
                "items": [{"line_id": line["id"], "quantity": line["quantity"]} for line in order["lines"]],
                "source": "amazon",
                "shipment_id": shipment_id,
                "edits": 0,
            }
            order = self.orders.put_package(order_id, package, settled=settled)
            self.messages.amazon_shipped(order, shipment_id, "Created")
        return shipment_id

    def _bind_stock(self, order: Document, line: Document, units: int) -> None:
        if order["fulfilled_by"] == "AMAZON":
            self.inventory.reserve(region_of(order["marketplace"]), line["sku"], units)
        else:
            self.listings.move(order["marketplace"], line["sku"], units)


def _participations(call: Call) -> Answer:
    """Answer ``getMarketplaceParticipations``."""
    return Answer(
        {
            "payload": [
                {
                    "marketplace": {
                        "id": row.id,
                        "name": row.domain.removeprefix("www.").capitalize(),
                        "countryCode": row.code,
                        "defaultCurrencyCode": row.currency,
                        "defaultLanguageCode": row.language,
                        "domainName": row.domain,
                    },
                    "participation": {"isParticipating": True, "hasSuspendedListings": False},
                    "storeName": "Cartcarrier Goods",
                }
                for row in of_region(call.region)
            ]
        }
    )
