"""Commands about the seller's account: articles, authorization, roles, limits, switches."""

from collections.abc import Sequence

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import command
from cartcarrier.sandbox.amazon._control_base import ControlBase
from cartcarrier.sandbox.amazon._limits import LISTINGS_FEED
from cartcarrier.sandbox.amazon._lwa import APPLICATION_ID, SELLER_ID
from cartcarrier.sandbox.amazon._marketplaces import of_region
from cartcarrier.sandbox.amazon._routes import BY_NAME, ROLES, Plan
from cartcarrier.sandbox.amazon._shape import asin_of
from cartcarrier.sandbox.amazon._world import DEFAULT_SWITCHES, Document


class AccountCommands(ControlBase):
    """What the seller and Amazon settle between them."""

    @command
    def add_listing(
        self, sku: str, *, quantity: int = 100, title: str = "", price: str = "19.99", marketplace: str = "US"
    ) -> None:
        """Offer an article that the merchant holds; one that exists is replaced.

        Raises:
            InvalidValueError: The seller does not sell there.
        """
        self.platform.offer(self._marketplace(marketplace), sku, title or f"Article {sku}", price, quantity)

    @command
    def stock(self, sku: str, marketplace: str = "US") -> int | None:
        """Return how many units the merchant offers; ``None`` where the article is not listed.

        Raises:
            InvalidValueError: The seller does not sell there.
        """
        self.platform.tick()
        return self.platform.listings.quantity(self._marketplace(marketplace).id, sku)

    @command
    def listing(self, sku: str, marketplace: str = "US") -> Document | None:
        """Return a listing's attributes as the platform keeps them, or ``None``.

        Raises:
            InvalidValueError: The seller does not sell there.
        """
        self.platform.tick()
        found = self.platform.listings.get(self._marketplace(marketplace).id, sku)
        return None if found is None else dict(found["attributes"])

    @command
    def set_fba_stock(self, sku: str, quantity: int, *, inbound: int = 0, region: str = "na") -> None:
        """Say how many units of an article Amazon holds and can send.

        Raises:
            InvalidValueError: No such region.
        """
        self._region(region)
        self.platform.inventory.set(
            region, sku, asin=asin_of(sku), title=f"Article {sku}", fulfillable=quantity, inbound=inbound
        )

    @command
    def fba_stock(self, sku: str, region: str = "na") -> int:
        """Return how many units of an article Amazon can send.

        Raises:
            InvalidValueError: No such region.
        """
        self._region(region)
        self.platform.tick()
        return self.platform.inventory.fulfillable(region, sku)

    @command
    def credentials(self, region: str = "na") -> dict[str, object]:
        """Return driver settings for a region, with all of the seller's marketplaces there.

        Raises:
            InvalidValueError: No such region.
        """
        self._region(region)
        application = self.platform.login.application
        return {
            "client_id": application["client_id"],
            "client_secret": application["client_secret"],
            "refresh_token": self.platform.login.refresh_token(region),
            "seller_id": SELLER_ID,
            "marketplace_ids": [row.id for row in of_region(region)],
            "region": region,
            "sandbox": False,
        }

    @command
    def label_settings(self, region: str = "na") -> dict[str, object]:
        """Return driver settings for buying labels: those of the account, and the business that sells them.

        Raises:
            InvalidValueError: No such region.
        """
        business = {"na": "AmazonShipping_US", "eu": "AmazonShipping_UK", "fe": "AmazonShipping_JP"}
        return {**self.credentials(region), "business_id": business[region]}

    @command
    def consent(self, region: str = "na", state: str = "") -> dict[str, str]:
        """Let the seller authorize the application; return the query with which the browser comes back.

        The code in it is good for five minutes.

        Raises:
            InvalidValueError: No such region.
        """
        self._region(region)
        code = self.platform.login.consent(region)
        return {
            "state": state,
            "selling_partner_id": SELLER_ID,
            "spapi_oauth_code": code,
            "application": APPLICATION_ID,
        }

    @command
    def revoke(self, region: str = "na") -> None:
        """Let the seller take the authorization back: all tokens of the region are dead.

        Raises:
            InvalidValueError: No such region.
        """
        self._region(region)
        self.platform.login.revoke(region)

    @command
    def expire_tokens(self) -> None:
        """Let every access token be expired now; refresh tokens stay good."""
        self.platform.login.expire_tokens()

    @command
    def rotate_secret(self) -> str:
        """Give the application a new client secret, and return it; the old one is dead."""
        return self.platform.login.rotate_secret()

    @command
    def set_roles(self, roles: Sequence[str]) -> None:
        """Say which roles the application has; see ``_routes.ROLES``. All of them at first.

        Raises:
            InvalidValueError: No such role.
        """
        if unknown := sorted(set(roles) - set(ROLES)):
            raise InvalidValueError(f"no such role: {unknown[0]}; there are {', '.join(ROLES)}", field="roles")
        self.platform.world.put("roles", "app", {"roles": sorted(roles)})

    @command
    def set_limit(self, operation: str, rate: float, burst: float) -> None:
        """Give the seller another usage plan, as Amazon does; the header of answers says its rate.

        Args:
            operation: Its id, or ``createFeed:JSON_LISTINGS_FEED``.
            rate: Calls a second.
            burst: Calls at once.

        Raises:
            InvalidValueError: No such operation, or a plan under which nothing goes.
        """
        if operation not in BY_NAME and operation != LISTINGS_FEED:
            raise InvalidValueError(f"no such operation: {operation}", field="operation")
        if rate <= 0 or burst < 1:
            raise InvalidValueError("a usage plan lets something through", field="rate")
        self.platform.limits.set(operation, Plan(rate, burst))

    @command
    def set_switches(self, **positions: object) -> dict[str, object]:
        """Move switches that change how the platform behaves, and return all of them.

        Args:
            positions: ``search_lag_seconds`` (how far behind searches are), ``listing_delay_seconds`` (until an accepted patch
                takes effect), ``feed_queue_seconds`` and ``feed_work_seconds``, ``result_gzip_above`` (bytes), ``rate_header``
                (whether answers bear it), ``deny_searching_orders`` (403 whatever is asked for), ``refuse_fulfillment_data``
                (400 to every ``includedData`` with ``FULFILLMENT``), ``swallowed_patches`` (how many accepted patches do
                nothing), ``subscription_delay_seconds`` (until messages flow), ``idempotency_seconds`` (life of a key of
                Shipping v2), ``fulfillment_order_lag_seconds`` (until a new fulfillment order can be read).

        Raises:
            InvalidValueError: No such switch.
        """
        if unknown := sorted(set(positions) - set(DEFAULT_SWITCHES)):
            raise InvalidValueError(f"no such switch: {', '.join(unknown)}", field=unknown[0])
        for name, value in positions.items():
            self.platform.world.set_switch(name, value)
        return {name: self.platform.world.switch(name) for name in DEFAULT_SWITCHES}
