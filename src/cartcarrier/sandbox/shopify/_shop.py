"""One shop, put together: memory, rules, endpoint."""

from cartcarrier.http import Clock
from cartcarrier.sandbox import Store
from cartcarrier.sandbox.shopify._api import Api
from cartcarrier.sandbox.shopify._auth import Tokens
from cartcarrier.sandbox.shopify._bulk import Bulk
from cartcarrier.sandbox.shopify._cost import CostBucket
from cartcarrier.sandbox.shopify._fulfillment_orders import FulfillmentOrders
from cartcarrier.sandbox.shopify._fulfillments import Fulfillments
from cartcarrier.sandbox.shopify._ids import Document
from cartcarrier.sandbox.shopify._inventory import Inventory
from cartcarrier.sandbox.shopify._mutations import Mutations
from cartcarrier.sandbox.shopify._orders import Orders
from cartcarrier.sandbox.shopify._places import Places
from cartcarrier.sandbox.shopify._queries import Queries
from cartcarrier.sandbox.shopify._requests import Requests
from cartcarrier.sandbox.shopify._stock_mutations import StockMutations
from cartcarrier.sandbox.shopify._views import Views
from cartcarrier.sandbox.shopify._webhooks import Webhooks
from cartcarrier.sandbox.shopify._world import World

SHOP = "cartcarrier-sandbox.myshopify.com"
LOCATIONS: tuple[Document, ...] = (
    {
        "id": 70_000_001,
        "name": "Reno Warehouse",
        "address1": "1 E 1st St",
        "city": "Reno",
        "province": "Nevada",
        "province_code": "NV",
        "zip": "89501",
        "primary": True,
        "service": False,
    },
    {
        "id": 70_000_002,
        "name": "Newark Warehouse",
        "address1": "2 Gateway Ctr",
        "city": "Newark",
        "province": "New Jersey",
        "province_code": "NJ",
        "zip": "07102",
        "primary": False,
        "service": False,
    },
    {
        "id": 70_000_003,
        "name": "Acme Fulfillment",
        "address1": "410 Terry Ave N",
        "city": "Seattle",
        "province": "Washington",
        "province_code": "WA",
        "zip": "98109",
        "primary": False,
        "service": True,
    },
)


class Shop:
    """The shop behind the simulator.

    Args:
        store: The simulator's part of the store.
        clock: Where time comes from.
        limits: Whether the real limits are in force.
        seed: What invented facts are drawn from.
        search_lag: Seconds until searches see a change.
        routing_delay: Seconds until a new order that is not settled has fulfillment orders.
        job_seconds: How long asynchronous jobs take.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        limits: bool,
        seed: int,
        search_lag: float,
        routing_delay: float,
        job_seconds: float,
    ) -> None:
        self.world: World = World(store, clock, search_lag=search_lag, job_seconds=job_seconds)
        self.tokens: Tokens = Tokens(self.world, SHOP, seed)
        if not self.world.table("location"):
            self._plant()
        self.webhooks: Webhooks = Webhooks(self.world, shop=SHOP, secret=self.tokens.app["client_secret"], seed=seed)
        self.inventory: Inventory = Inventory(self.world, self.webhooks)
        self.routing: FulfillmentOrders = FulfillmentOrders(self.world, self.inventory, self.webhooks)
        self.orders: Orders = Orders(self.world, self.routing, self.inventory, self.webhooks, routing_delay)
        self.fulfillments: Fulfillments = Fulfillments(self.world, self.routing, self.inventory, self.webhooks)
        self.bucket: CostBucket = CostBucket(clock, limits=limits)
        places = Places(self.world)
        views = Views(self.world, places)
        queries = Queries(self.world, views, places, SHOP)
        stock = StockMutations(self.world, self.inventory, places)
        self.requests: Requests = Requests(self.world, self.routing, self.webhooks)
        self.bulk: Bulk = Bulk(self.world, queries, self.webhooks, seed)
        queries.join(self.bulk.root())
        mutations = Mutations(
            world=self.world,
            views=views,
            queries=queries,
            orders=self.orders,
            routing=self.routing,
            fulfillments=self.fulfillments,
            stock=stock,
            requests=self.requests,
            bulk=self.bulk,
        )
        self.api: Api = Api(queries, mutations, self.bucket)

    def tick(self) -> None:
        """Let happen what time has brought."""
        self.orders.tick()
        self.bulk.tick()

    def _plant(self) -> None:
        with self.world.transaction():
            self.tokens.plant()
            for location in LOCATIONS:
                row = {
                    "country": "United States",
                    "country_code": "US",
                    "created_at": "2025-01-15T12:00:00Z",
                    **location,
                }
                self.world.put("location", str(location["id"]), row)
