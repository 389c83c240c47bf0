"""Everything behind the paths: one keyset, its sellers, and what they have."""

import json
from collections.abc import Awaitable, Callable, Mapping

from cartcarrier.errors import InvalidValueError
from cartcarrier.http import Clock
from cartcarrier.sandbox import Store
from cartcarrier.sandbox.ebay._cancellations import Cancellations
from cartcarrier.sandbox.ebay._deliveries import Deliveries
from cartcarrier.sandbox.ebay._fulfillments import Fulfillments
from cartcarrier.sandbox.ebay._inventory import Inventory
from cartcarrier.sandbox.ebay._notifications import Notifications, challenge_response
from cartcarrier.sandbox.ebay._offers import Offers
from cartcarrier.sandbox.ebay._orders import Orders
from cartcarrier.sandbox.ebay._quotas import Quotas
from cartcarrier.sandbox.ebay._routes import EVERY_SCOPE
from cartcarrier.sandbox.ebay._signatures import SigningKeys
from cartcarrier.sandbox.ebay._tokens import Tokens
from cartcarrier.sandbox.ebay._world import Document, Json, World

Receiver = Callable[[str, str, Mapping[str, str], bytes], Awaitable[tuple[int, Mapping[str, str], bytes]]]
FIRST_SELLER = "cartcarrier_us"
CURRENCIES: Mapping[str, str] = {
    "EBAY_US": "USD",
    "EBAY_GB": "GBP",
    "EBAY_AU": "AUD",
    "EBAY_CA": "CAD",
    "EBAY_CH": "CHF",
    "EBAY_PL": "PLN",
}


class Platform:
    """One eBay.

    Args:
        store: Where everything is kept.
        clock: Where time comes from.
        limits: Whether the real quotas are in force.
        seed: What invented facts are drawn from.
    """

    def __init__(self, store: Store, clock: Clock, *, limits: bool, seed: int) -> None:
        self.world: World = World(store, clock, seed=seed)
        self.quotas: Quotas = Quotas(self.world, limits=limits)
        self.tokens: Tokens = Tokens(self.world, self.quotas)
        self.keys: SigningKeys = SigningKeys(self.world)
        self.deliveries: Deliveries = Deliveries(self.world)
        self.notifications: Notifications = Notifications(self.world, self.deliveries, self._challenge)
        self.orders: Orders = Orders(self.world)
        self.cancellations: Cancellations = Cancellations(self.world, self.orders, self.deliveries.publish)
        self.fulfillments: Fulfillments = Fulfillments(
            self.world, self.orders, self.deliveries.publish, self.cancellations.decline
        )
        self.offers: Offers = Offers(self.world, self.quotas)
        self.inventory: Inventory = Inventory(self.world, self.offers)
        self.receivers: dict[str, Receiver] = {}

    def plant(self) -> None:
        """Fill a new store: the keyset, its first seller, the key that signs notifications."""
        self.tokens.plant()
        self.deliveries.rotate()
        self.add_seller(FIRST_SELLER, "US", "EBAY_US")

    def add_seller(self, name: str, country: str, marketplace: str) -> None:
        """Let another seller come, and agree to everything."""
        currency = CURRENCIES.get(marketplace, "EUR")
        self.world.put("seller", name, {"country": country, "marketplace": marketplace, "currency": currency})
        self.world.put(
            "location",
            f"{name}/main",
            {
                "seller": name,
                "id": str(700 + self.world.next_number("location")),
                "location": "main",
                "name": "Main warehouse",
                "address": {"addressLine1": "100 Main St", "city": "Austin", "country": country, "postalCode": "78701"},
            },
        )
        self.tokens.consent(name, EVERY_SCOPE)

    def seller(self, name: str | None = None) -> Document:
        """Return a seller; the first one when none is named.

        Raises:
            InvalidValueError: There is none of that name.
        """
        row = self.world.get("seller", name or FIRST_SELLER)
        if row is None:
            raise InvalidValueError(f"the sandbox's eBay has no seller {name}", field="seller")
        return row

    def tick(self) -> None:
        """Let time do what is due."""
        self.cancellations.tick()
        self.orders.tick()

    def place_order(self, *, seller: str | None, settled: bool, shape: Mapping[str, Json]) -> Document:
        """Let a buyer buy: stock goes down, subscribers hear of each line.

        Raises:
            ValueError: It cannot be like that.
            TypeError: No such member.
        """
        with self.world.transaction():
            order = self.orders.place(seller=self.seller(seller), settled=settled, **shape)
            for line in order["lines"]:
                self.offers.sell(order["seller"], line["sku"], line["quantity"])
            self.confirm(order)
        return order

    def confirm(self, order: Document) -> None:
        """Tell subscribers of an order, a message for each of its lines."""
        if order["payment_status"] == "PENDING":
            return
        for line in order["lines"]:
            data = {"orderId": order["id"], "lineItemId": line["id"], "listingId": line["item_id"]}
            self.deliveries.publish("ORDER_CONFIRMATION", order["seller"], data)

    async def _challenge(self, endpoint: str, code: str) -> str | None:
        """Return what an endpoint answers: an attached one itself, any other as its application would.

        An endpoint that nobody attached or described is taken for one of the application whose ``verification_token``
        the settings give.
        """
        if (receiver := self.receivers.get(endpoint)) is not None:
            status, headers, body = await receiver("GET", f"{endpoint}?challenge_code={code}", {}, b"")
            kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
            if status != 200 or not kind.startswith("application/json"):
                return None
            try:
                said = json.loads(body)
            except ValueError:
                return None
            return str(said.get("challengeResponse")) if isinstance(said, dict) else None
        known = self.world.get("endpoint", endpoint)
        token = self.tokens.app["verification_token"] if known is None else known["token"]
        return None if token is None else challenge_response(code, token, endpoint)
