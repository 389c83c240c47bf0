"""From an admitted call to its answer: which part of the platform is asked for what."""

import json
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

import attrs

from cartcarrier.sandbox.ebay._errors import EbayError
from cartcarrier.sandbox.ebay._inventory import page_of, read_page
from cartcarrier.sandbox.ebay._order_query import Question, list_orders, read_field_groups
from cartcarrier.sandbox.ebay._order_views import OrderView
from cartcarrier.sandbox.ebay._platform import Platform
from cartcarrier.sandbox.ebay._refunds import issue_refund
from cartcarrier.sandbox.ebay._routes import FULFILLMENT, INVENTORY, NOTIFICATION, Operation
from cartcarrier.sandbox.ebay._tokens import Caller
from cartcarrier.sandbox.ebay._world import Document, Json


@attrs.frozen(kw_only=True)
class Call:
    """A call whose token, scope, signature and quota are in order.

    Attributes:
        operation: What is asked.
        caller: Who asks.
        parts: The members of the path.
        query: The decoded parameters.
        raw_query: The query as it was sent.
        headers: Names in lower case.
        body: The bytes.
        base_url: Where the caller finds this API.
    """

    operation: Operation
    caller: Caller
    parts: Mapping[str, str]
    query: Mapping[str, str]
    raw_query: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str

    @property
    def seller(self) -> str:
        """The seller whose token it is."""
        return self.caller.seller or ""

    def json(self) -> Json:
        """Return the body.

        Raises:
            EbayError: 2004: it is not JSON, or is not called so.
        """
        if not self.headers.get("content-type", "").startswith("application/json"):
            raise EbayError(2004, reason="the Content-Type must be application/json")
        try:
            return json.loads(self.body)
        except ValueError as exc:
            raise EbayError(2004, reason="the body is not JSON") from exc


@attrs.frozen
class Answer:
    """An answer.

    Attributes:
        status: The HTTP status.
        content: What the body says; ``None`` is no body at all.
        headers: More headers.
    """

    status: int
    content: Json = None
    headers: Mapping[str, str] = attrs.field(factory=dict)


Handler = Callable[[Call], Answer | Awaitable[Answer]]


class Api:
    """Answers calls.

    Args:
        platform: What is behind it.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._handlers: Mapping[str, Handler] = {
            **self._order_handlers(),
            **self._inventory_handlers(),
            **self._notification_handlers(),
            **self._developer_handlers(),
        }

    def handler(self, operation: Operation) -> Handler:
        """Return what answers an operation."""
        return self._handlers[operation.name]

    # --- orders -------------------------------------------------------------------------------------------------------

    def _order_handlers(self) -> dict[str, Handler]:
        fulfillments, cancellations = self._platform.fulfillments, self._platform.cancellations
        return {
            "getOrders": self._get_orders,
            "getOrder": self._get_order,
            "createShippingFulfillment": self._ship,
            "getShippingFulfillments": lambda c: Answer(200, fulfillments.all(c.seller, c.parts["orderId"])),
            "getShippingFulfillment": lambda c: Answer(
                200, fulfillments.one(c.seller, c.parts["orderId"], c.parts["fulfillmentId"])
            ),
            "issueRefund": lambda c: Answer(
                200,
                issue_refund(self._platform.world, self._platform.orders, c.seller, c.parts["orderId"], c.json()),
            ),
            "checkCancellationEligibility": lambda c: Answer(200, cancellations.eligibility(c.seller, c.json())),
            "searchCancellations": lambda c: Answer(200, cancellations.search(c.seller, c.query)),
            "createCancellation": lambda c: Answer(200, cancellations.create(c.seller, c.json())),
            "getCancellation": lambda c: Answer(200, cancellations.detail(c.seller, c.parts["cancelId"])),
            "approveCancellation": self._approve,
            "rejectCancellation": self._reject,
            "confirmRefundReceived": self._confirm,
        }

    def _write(self, call: Call, order: Mapping[str, Json], *, breakdown: bool, alone: bool = False) -> Document:
        world = self._platform.world
        return OrderView(
            order,
            now=world.now(),
            base_url=call.base_url,
            breakdown=breakdown,
            alone=alone,
            hide_cancel=world.switch("hide_cancel_state"),
            hidden=self._platform.fulfillments.hidden(order),
        ).write()

    def _get_orders(self, call: Call) -> Answer:
        def write(order: Document, *, breakdown: bool) -> Document:
            return self._write(call, order, breakdown=breakdown)

        world, orders = self._platform.world, self._platform.orders
        question = Question(call.seller, call.query, call.raw_query, call.base_url)
        return Answer(200, list_orders(world, orders, question, write))

    def _get_order(self, call: Call) -> Answer:
        order = self._platform.orders.get(call.parts["orderId"], call.seller)
        if order is None:
            raise EbayError(32100, status=404, orderId=call.parts["orderId"])
        return Answer(200, self._write(call, order, breakdown=read_field_groups(call.query), alone=True))

    def _ship(self, call: Call) -> Answer:
        order_id = call.parts["orderId"]
        made = self._platform.fulfillments.create(call.seller, order_id, call.json())
        where = f"{call.base_url}{FULFILLMENT}/order/{order_id}/shipping_fulfillment/{made}"
        return Answer(201, headers={"Location": where})

    def _approve(self, call: Call) -> Answer:
        self._platform.cancellations.approve(call.seller, call.parts["cancelId"], call.body)
        return Answer(200)

    def _reject(self, call: Call) -> Answer:
        body = call.json() if call.body else {}
        self._platform.cancellations.reject(call.seller, call.parts["cancelId"], body)
        return Answer(200)

    def _confirm(self, _call: Call) -> Answer:
        raise EbayError(10008, role="buyer")

    # --- inventory ----------------------------------------------------------------------------------------------------

    def _inventory_handlers(self) -> dict[str, Handler]:
        inventory, offers = self._platform.inventory, self._platform.offers
        return {
            "bulkUpdatePriceQuantity": lambda c: Answer(*inventory.bulk_update(c.seller, c.json())),
            "bulkGetInventoryItem": lambda c: Answer(200, inventory.bulk_get(c.seller, c.json())),
            "bulkMigrateListing": lambda c: Answer(*inventory.migrate(c.seller, c.json())),
            "getInventoryItems": lambda c: Answer(200, inventory.browse(c.seller, c.query, c.base_url)),
            "getInventoryItem": lambda c: Answer(200, inventory.get(c.seller, c.parts["sku"])),
            "createOrReplaceInventoryItem": self._put_item,
            "deleteInventoryItem": _silent(lambda c: inventory.delete(c.seller, c.parts["sku"])),
            "getOffers": self._get_offers,
            "createOffer": lambda c: Answer(201, {"offerId": offers.create(c.seller, c.json()), "warnings": []}),
            "getOffer": lambda c: Answer(200, offers.write(offers.find(c.seller, c.parts["offerId"]))),
            "updateOffer": _silent(lambda c: offers.replace(c.seller, c.parts["offerId"], c.json())),
            "deleteOffer": _silent(lambda c: offers.delete(c.seller, c.parts["offerId"])),
            "publishOffer": lambda c: Answer(
                200, {"listingId": offers.publish(c.seller, c.parts["offerId"]), "warnings": []}
            ),
            "withdrawOffer": lambda c: Answer(
                200, {"listingId": offers.withdraw(c.seller, c.parts["offerId"]), "warnings": []}
            ),
            "getInventoryLocations": lambda c: Answer(200, inventory.locations(c.seller, c.query, c.base_url)),
            "getInventoryLocation": lambda c: Answer(200, inventory.location(c.seller, c.parts["merchantLocationKey"])),
        }

    def _put_item(self, call: Call) -> Answer:
        language = call.headers["content-language"]
        new = self._platform.inventory.put(call.seller, call.parts["sku"], call.json(), language)
        return Answer(201, {"warnings": []}, {"Content-Language": language}) if new else Answer(204)

    def _get_offers(self, call: Call) -> Answer:
        found = self._platform.offers.browse(call.seller, call.query)
        limit, number = read_page(call.query, 100, None)
        kept = {name: call.query[name] for name in ("sku", "format", "marketplace_id") if name in call.query}
        page = page_of(found, limit, number, f"{call.base_url}{INVENTORY}/offer", kept)
        page["offers"] = [self._platform.offers.write(row) for row in page.pop("rows")]
        return Answer(200, page)

    # --- notifications ------------------------------------------------------------------------------------------------

    def _notification_handlers(self) -> dict[str, Handler]:
        it = self._platform.notifications
        return {
            "getConfig": lambda _: Answer(200, it.config()),
            "updateConfig": _silent(lambda c: it.set_config(c.json())),
            "getDestinations": lambda c: Answer(200, it.destinations(c.query, c.base_url)),
            "createDestination": self._create_destination,
            "getDestination": lambda c: Answer(200, it.destination(c.parts["destinationId"])),
            "updateDestination": self._update_destination,
            "deleteDestination": _silent(lambda c: it.delete_destination(c.parts["destinationId"])),
            "getPublicKey": lambda c: Answer(200, it.public_key(c.parts["publicKeyId"])),
            "getTopics": lambda c: Answer(200, it.topics(c.query, c.base_url)),
            "getTopic": lambda c: Answer(200, it.topic(c.parts["topicId"])),
            "getSubscriptions": lambda c: Answer(200, it.subscriptions(c.caller, c.query, c.base_url)),
            "createSubscription": lambda c: _created(c, "subscription", it.subscribe(c.caller, c.json())),
            "getSubscription": lambda c: Answer(200, it.subscription(c.caller, c.parts["subscriptionId"])),
            "updateSubscription": _silent(
                lambda c: it.update_subscription(c.caller, c.parts["subscriptionId"], c.json())
            ),
            "deleteSubscription": _silent(lambda c: it.unsubscribe(c.caller, c.parts["subscriptionId"])),
            "enableSubscription": _silent(lambda c: it.set_status(c.caller, c.parts["subscriptionId"], "ENABLED")),
            "disableSubscription": _silent(lambda c: it.set_status(c.caller, c.parts["subscriptionId"], "DISABLED")),
            "testSubscription": _silent(lambda c: it.test(c.caller, c.parts["subscriptionId"]), 202),
            "createSubscriptionFilter": _silent(lambda c: it.filter(c.caller, c.parts["subscriptionId"])),
        }

    async def _create_destination(self, call: Call) -> Answer:
        return _created(call, "destination", await self._platform.notifications.create_destination(call.json()))

    async def _update_destination(self, call: Call) -> Answer:
        await self._platform.notifications.update_destination(call.parts["destinationId"], call.json())
        return Answer(204)

    # --- the developer's own ------------------------------------------------------------------------------------------

    def _developer_handlers(self) -> dict[str, Handler]:
        keys = self._platform.keys
        return {
            "getRateLimits": self._rate_limits,
            "getUserRateLimits": lambda _: Answer(204),
            "createSigningKey": self._create_key,
            "getSigningKeys": lambda _: Answer(200, {"signingKeys": keys.all()}),
            "getSigningKey": lambda c: Answer(200, keys.get(c.parts["signingKeyId"])),
        }

    def _rate_limits(self, call: Call) -> Answer:
        found = self._platform.quotas.answer(call.query.get("api_context"), call.query.get("api_name"))
        return Answer(204) if found is None else Answer(200, found)

    def _create_key(self, call: Call) -> Answer:
        body = call.json()
        if not isinstance(body, dict):
            raise EbayError(210006)
        return Answer(200, self._platform.keys.create(body.get("signingKeyCipher")))


def _silent(act: Callable[[Call], None], status: int = 204) -> Handler:
    """Return a handler that does something and has nothing to say."""

    def handle(call: Call) -> Answer:
        act(call)
        return Answer(status)

    return handle


def _created(call: Call, kind: str, key: str) -> Answer:
    return Answer(201, headers={"Location": f"{call.base_url}{NOTIFICATION}/{kind}/{quote(key)}"})
