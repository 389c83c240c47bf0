"""A client that speaks to the simulated Amazon as any HTTP client would."""

import gzip
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import httpx

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.amazon import AmazonSimulator

Json = dict[str, Any]
Value: TypeAlias = Any

NA = "https://sellingpartnerapi-na.amazon.com"
EU = "https://sellingpartnerapi-eu.amazon.com"
SANDBOX_NA = "https://sandbox.sellingpartnerapi-na.amazon.com"
TOKEN_URL = "https://api.amazon.com/auth/o2/token"
US = "ATVPDKIKX0DER"
DE = "A1PA6795UKMFR9"
AGENT = "Shop/1.0 (Language=Python/3.11; Platform=Linux)"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"
ALL_DATA = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS"
ORDERS, ORDERS_V0 = "/orders/2026-01-01/orders", "/orders/v0/orders"
LISTINGS = "/listings/2021-08-01/items"


class AmazonClient:
    """Calls the simulator; ``token`` is what it shows at the door."""

    def __init__(self, simulator: AmazonSimulator, clock: ManualClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.host = NA
        self.token: str | None = None
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(simulator.app), base_url=NA, headers={"user-agent": AGENT}
        )

    async def grant(self, **form: str) -> httpx.Response:
        """Ask the token endpoint; the application's credentials are filled in."""
        known = self.simulator.credentials()
        whole = {"client_id": str(known["client_id"]), "client_secret": str(known["client_secret"]), **form}
        return await self.http.post(TOKEN_URL, data=whole)

    async def log_in(self, region: str = "na") -> str:
        """Get an access token of the seller, and show it from now on."""
        refresh = str(self.simulator.credentials(region)["refresh_token"])
        answer = await self.grant(grant_type="refresh_token", refresh_token=refresh)
        assert answer.status_code == 200, answer.text
        self.token = str(answer.json()["access_token"])
        return self.token

    async def grantless(self) -> str:
        """Get a token of the application for notifications."""
        answer = await self.grant(grant_type="client_credentials", scope="sellingpartnerapi::notifications")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def restricted(self, path: str, *elements: str) -> str:
        """Get a restricted data token."""
        resource: Json = {"method": "GET", "path": path}
        if elements:
            resource["dataElements"] = list(elements)
        body = {"restrictedResources": [resource]}
        answer = await self.call("POST", "/tokens/2021-03-01/restrictedDataToken", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["restrictedDataToken"])

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Value,
    ) -> httpx.Response:
        """Send a request to the API."""
        shown = token if token is not None else self.token
        every = {} if shown is None else {"x-amz-access-token": shown}
        return await self.http.request(method, self.host + path, headers={**every, **(headers or {})}, **more)

    async def get(self, path: str, **query: Value) -> httpx.Response:
        """Read something."""
        return await self.call("GET", path, params=query)

    # --- orders -------------------------------------------------------------------------------------------------------

    async def search(self, **query: Value) -> Json:
        """Search orders; the search must succeed."""
        question = {"lastUpdatedAfter": "2026-01-01T00:00:00Z", **query}
        if "createdAfter" in query:
            del question["lastUpdatedAfter"]
        answer = await self.get(ORDERS, **question)
        assert answer.status_code == 200, answer.text
        whole: Json = answer.json()
        return whole

    async def search_all(self, **query: Value) -> list[str]:
        """Search orders over all pages, and return their ids."""
        page = await self.search(**query)
        ids = [order["orderId"] for order in page["orders"]]
        while "pagination" in page:
            page = await self.search(**query, paginationToken=page["pagination"]["nextToken"])
            ids += [order["orderId"] for order in page["orders"]]
        return ids

    async def order(self, order_id: str, data: str = ALL_DATA) -> Json:
        """Read an order."""
        answer = await self.get(f"{ORDERS}/{order_id}", includedData=data)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()["order"]
        return found

    async def status(self, order_id: str) -> str:
        """Read an order's status."""
        return str((await self.order(order_id, "FULFILLMENT"))["fulfillment"]["fulfillmentStatus"])

    async def package(self, order_id: str, **detail: Value) -> Json:
        """Return the body that confirms all of an order as one package; ``detail`` changes it."""
        order = await self.order(order_id)
        items = [
            {"orderItemId": item["orderItemId"], "quantity": item["quantityOrdered"]} for item in order["orderItems"]
        ]
        usual: Json = {
            "packageReferenceId": "1",
            "carrierCode": "UPS",
            "shippingMethod": "UPS Ground",
            "trackingNumber": "1Z999AA10123456784",
            "shipDate": "2026-01-05T12:00:00.000Z",
            "orderItems": items,
        }
        changed = {name: value for name, value in {**usual, **detail}.items() if value is not None}
        return {"marketplaceId": order["salesChannel"]["marketplaceId"], "packageDetail": changed}

    async def send_confirmation(self, order_id: str, body: Json) -> httpx.Response:
        """Confirm with this body."""
        return await self.call("POST", f"{ORDERS_V0}/{order_id}/shipmentConfirmation", json=body)

    async def confirm(self, order_id: str, **detail: Value) -> httpx.Response:
        """Confirm all of an order as one package; ``detail`` changes it."""
        return await self.send_confirmation(order_id, await self.package(order_id, **detail))

    # --- feeds --------------------------------------------------------------------------------------------------------

    async def upload(self, content: bytes, content_type: str) -> str:
        """Make a feed document and upload it; return its id."""
        answer = await self.call("POST", "/feeds/2021-06-30/documents", json={"contentType": content_type})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        put = await self.http.put(made["url"], content=content, headers={"content-type": content_type})
        assert put.status_code == 200, put.text
        return str(made["feedDocumentId"])

    async def create_feed(self, feed_type: str, document: str, *marketplaces: str) -> httpx.Response:
        """Create a feed of a document."""
        body = {"feedType": feed_type, "marketplaceIds": list(marketplaces or (US,)), "inputFeedDocumentId": document}
        return await self.call("POST", "/feeds/2021-06-30/feeds", json=body)

    async def feed(self, feed_type: str, content: bytes, content_type: str) -> str:
        """Upload and create a feed; return its id."""
        answer = await self.create_feed(feed_type, await self.upload(content, content_type))
        assert answer.status_code == 202, answer.text
        return str(answer.json()["feedId"])

    async def feed_state(self, feed_id: str) -> Json:
        """Read a feed."""
        answer = await self.get(f"/feeds/2021-06-30/feeds/{feed_id}")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def report(self, feed_id: str) -> bytes:
        """Download the report about a feed that has ended."""
        state = await self.feed_state(feed_id)
        answer = await self.get(f"/feeds/2021-06-30/documents/{state['resultFeedDocumentId']}")
        assert answer.status_code == 200, answer.text
        document = answer.json()
        content = (await self.http.get(document["url"])).content
        return gzip.decompress(content) if document.get("compressionAlgorithm") == "GZIP" else content

    # --- listings and notifications -----------------------------------------------------------------------------------

    async def patch(self, sku: str, *patches: Json, product_type: str = "PRODUCT", **query: Value) -> httpx.Response:
        """Patch a listing; the SKU must be encoded."""
        seller = self.simulator.settings()["seller_id"]
        body = {"productType": product_type, "patches": list(patches)}
        return await self.call("PATCH", f"{LISTINGS}/{seller}/{sku}", json=body, params={"marketplaceIds": US, **query})

    async def subscribe(self, kind: str, *, arn: str = QUEUE, directive: Json | None = None) -> httpx.Response:
        """Make a destination if there is none, and subscribe."""
        token = await self.grantless()
        await self.call(
            "POST",
            "/notifications/v1/destinations",
            token=token,
            json={"name": "queue", "resourceSpecification": {"sqs": {"arn": arn}}},
        )
        listed = (await self.call("GET", "/notifications/v1/destinations", token=token)).json()["payload"]
        destination = next(row["destinationId"] for row in listed if row["resource"].get("sqs") == {"arn": arn})
        version = "2020-09-04" if kind == "FEED_PROCESSING_FINISHED" else "1.0"
        body: Json = {"payloadVersion": version, "destinationId": destination}
        if directive is not None:
            body["processingDirective"] = directive
        return await self.call("POST", f"/notifications/v1/subscriptions/{kind}", json=body)

    def notifications(self, **how: Value) -> list[Json]:
        """Take the notifications that wait in the queue."""
        return [json.loads(message["Body"]) for message in self.simulator.messages(**how)]


def quantity_patch(quantity: Value, op: str = "merge", channel: str | None = "DEFAULT") -> Json:
    """Return the patch that sets a quantity."""
    entry: Json = {"quantity": quantity}
    if channel is not None:
        entry["fulfillment_channel_code"] = channel
    return {"op": op, "path": "/attributes/fulfillment_availability", "value": [entry]}


def listings_feed(quantities: Mapping[str, Value], seller: str) -> bytes:
    """Return a feed that sets quantities by SKU."""
    messages = [
        {
            "messageId": number,
            "sku": sku,
            "operationType": "PATCH",
            "productType": "PRODUCT",
            "patches": [quantity_patch(quantity)],
        }
        for number, (sku, quantity) in enumerate(quantities.items(), start=1)
    ]
    return json.dumps({"header": {"sellerId": seller, "version": "2.0"}, "messages": messages}).encode()


def acknowledgement(
    orders: Mapping[str, list[str]], seller: str, *, status: str = "Failure", reason: str = "NoInventory"
) -> bytes:
    """Return a feed that cancels orders: order id to its item ids."""
    messages = "".join(
        f"<Message><MessageID>{number}</MessageID><OrderAcknowledgement><AmazonOrderID>{order_id}</AmazonOrderID>"
        f"<StatusCode>{status}</StatusCode>"
        + "".join(
            f"<Item><AmazonOrderItemCode>{item}</AmazonOrderItemCode><CancelReason>{reason}</CancelReason></Item>"
            for item in items
        )
        + "</OrderAcknowledgement></Message>"
        for number, (order_id, items) in enumerate(orders.items(), start=1)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><AmazonEnvelope><Header><DocumentVersion>1.01</DocumentVersion>'
        f"<MerchantIdentifier>{seller}</MerchantIdentifier></Header><MessageType>OrderAcknowledgement</MessageType>"
        f"{messages}</AmazonEnvelope>"
    ).encode()
