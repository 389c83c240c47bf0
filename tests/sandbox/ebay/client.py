"""A client that speaks to the simulated eBay as any HTTP client would, with tokens and signatures of its own making."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import load_der_private_key

from cartcarrier.http import ManualClock
from cartcarrier.sandbox import MemoryStore, Store
from cartcarrier.sandbox.ebay import EbaySimulator

Json = dict[str, Any]
API, APIZ, AUTH = "https://api.ebay.com", "https://apiz.ebay.com", "https://auth.ebay.com"
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SCOPE = "https://api.ebay.com/oauth/api_scope"
ORDERS, STOCK, HOOKS = "/sell/fulfillment/v1", "/sell/inventory/v1", "/commerce/notification/v1"
CANCEL = "/post-order/v2/cancellation"
ENDPOINT = "https://hooks.example.com/ebay"


class EbayClient:
    """Sends requests to a simulator.

    Attributes:
        simulator: The simulator.
        clock: The clock that both share.
        settings: The settings of the seller whose user token is used.
        signing_key: What signs, when there is one.
    """

    def __init__(self, simulator: EbaySimulator, clock: ManualClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self._in_process), base_url=API)
        self.settings = simulator.settings()
        self.signing_key: Mapping[str, Any] | None = None
        self._tokens: dict[str, str] = {}

    async def _in_process(self, scope: Any, receive: Any, send: Any) -> None:
        """Let the simulator know that a dropped connection can be raised."""
        await self.simulator.app({**scope, "extensions": {"cartcarrier.inprocess": {}}}, receive, send)

    # --- tokens -------------------------------------------------------------------------------------------------------

    async def grant(self, **form: str) -> httpx.Response:
        """Ask the token endpoint."""
        right = (str(self.settings["client_id"]), str(self.settings["client_secret"]))
        return await self.http.post("/identity/v1/oauth2/token", data=form, auth=right)

    async def user_token(self) -> str:
        """Return the seller's access token, got once."""
        return await self._token("user", grant_type="refresh_token", refresh_token=str(self.settings["refresh_token"]))

    async def app_token(self) -> str:
        """Return the application's access token, got once."""
        return await self._token("app", grant_type="client_credentials", scope=SCOPE)

    async def _token(self, kind: str, **form: str) -> str:
        if kind not in self._tokens:
            answer = await self.grant(**form)
            assert answer.status_code == 200, answer.text
            self._tokens[kind] = answer.json()["access_token"]
        return self._tokens[kind]

    def forget_tokens(self) -> None:
        """Get new tokens with the next call."""
        self._tokens.clear()

    def become(self, settings: Mapping[str, Any]) -> None:
        """Speak for another seller."""
        self.settings = dict(settings)
        self.forget_tokens()

    # --- calls --------------------------------------------------------------------------------------------------------

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        app: bool = False,
        host: str = API,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        signed: bool = False,
    ) -> httpx.Response:
        """Send a request with the right token in the right clothes."""
        token = await (self.app_token() if app else self.user_token())
        scheme = "IAF" if path.startswith("/post-order/") else "Bearer"
        sent = {"Authorization": f"{scheme} {token}", "Accept": "application/json"}
        if "/sell/inventory/" in path:
            sent["Accept-Language"] = sent["Content-Language"] = "en-US"
        request = self.http.build_request(
            method, host + path, params=params, json=body, headers={**sent, **(headers or {})}
        )
        if signed:
            self.sign(request)
        return await self.http.send(request)

    def sign(
        self, request: httpx.Request, *, created: int | None = None, authority: str | None = None, without: str = ""
    ) -> None:
        """Sign a request as field guide ebay.md §8 says; properly, but ``without`` one of the components."""
        key = self.signing_key
        assert key is not None
        names = ["x-ebay-signature-key", "@method", "@path", "@authority"]
        values = {
            "x-ebay-signature-key": key["jwe"],
            "@method": request.method,
            "@path": request.url.path,
            "@authority": authority or request.url.host,
        }
        if request.content:
            digest = base64.b64encode(hashlib.sha256(request.content).digest()).decode()
            values["content-digest"] = request.headers["Content-Digest"] = f"sha-256=:{digest}:"
            names.insert(0, "content-digest")
        names = [name for name in names if name != without]
        moment = int(self.clock.now().timestamp()) if created is None else created
        parameters = f"({' '.join(f'{chr(34)}{name}{chr(34)}' for name in names)});created={moment}"
        base = "\n".join([*(f'"{name}": {values[name]}' for name in names), f'"@signature-params": {parameters}'])
        private = load_der_private_key(base64.b64decode(key["privateKey"]), None)
        assert isinstance(private, ed25519.Ed25519PrivateKey)
        request.headers["x-ebay-signature-key"] = key["jwe"]
        request.headers["Signature-Input"] = f"sig1={parameters}"
        request.headers["Signature"] = f"sig1=:{base64.b64encode(private.sign(base.encode())).decode()}:"

    async def get(self, path: str, *, app: bool = False, **params: str | int) -> Json:
        """Read something that must be there."""
        return await self.read(path, params, app=app)

    async def read(self, path: str, params: Mapping[str, str | int], *, app: bool = False) -> Json:
        """Read something that must be there."""
        answer = await self.call("GET", path, app=app, params=params or None)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    # --- orders -------------------------------------------------------------------------------------------------------

    def place(self, **shape: Any) -> str:
        """Let a buyer buy."""
        return self.simulator.place_order(**shape)

    async def order(self, order_id: str, **params: str) -> Json:
        """Read one order."""
        return await self.read(f"{ORDERS}/order/{order_id}", params)

    async def orders(self, filter_: str | None = None, **params: str | int) -> Json:
        """Read a page of orders."""
        return await self.read(f"{ORDERS}/order", params if filter_ is None else {**params, "filter": filter_})

    async def ids(self, filter_: str | None = None, **params: str | int) -> list[str]:
        """Read the ids on a page of orders."""
        return [order["orderId"] for order in (await self.orders(filter_, **params))["orders"]]

    async def ship(
        self,
        order_id: str,
        lines: Sequence[tuple[str, int]] | None = None,
        number: str | None = "9400111202555842761024",
        carrier: str | None = "USPS",
        **more: object,
    ) -> httpx.Response:
        """Create a fulfillment; of every line as bought unless told otherwise."""
        if lines is None:
            order = await self.order(order_id)
            lines = [(line["lineItemId"], line["quantity"]) for line in order["lineItems"]]
        body: Json = {"lineItems": [{"lineItemId": line, "quantity": quantity} for line, quantity in lines], **more}
        if number is not None:
            body["trackingNumber"] = number
        if carrier is not None and number is not None:
            body["shippingCarrierCode"] = carrier
        return await self.call("POST", f"{ORDERS}/order/{order_id}/shipping_fulfillment", body)

    async def fulfillments(self, order_id: str) -> list[Json]:
        """Read an order's fulfillments."""
        found: list[Json] = (await self.get(f"{ORDERS}/order/{order_id}/shipping_fulfillment"))["fulfillments"]
        return found

    # --- notifications ------------------------------------------------------------------------------------------------

    async def subscribe(self, topic: str = "ORDER_CONFIRMATION", version: str = "1.0") -> str:
        """Set up what is needed for a topic, and return the subscription's id."""
        await self.call("PUT", f"{HOOKS}/config", {"alertEmail": "ops@example.com"}, app=True)
        destinations = (await self.get(f"{HOOKS}/destination", app=True))["destinations"]
        destination = destinations[0]["destinationId"] if destinations else await self.destination()
        body = subscription(topic, destination, version)
        answer = await self.call("POST", f"{HOOKS}/subscription", body)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"].rpartition("/")[2]

    async def destination(self, **changes: object) -> str:
        """Create a destination that must be accepted, and return its id."""
        answer = await self.call("POST", f"{HOOKS}/destination", self.destination_body(**changes), app=True)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"].rpartition("/")[2]

    def destination_body(self, **changes: object) -> Json:
        """Return what creates a destination."""
        token = changes.pop("token", self.settings["verification_token"])
        endpoint = changes.pop("endpoint", ENDPOINT)
        delivery = {"endpoint": endpoint, "verificationToken": token}
        return {"name": "orders", "status": "ENABLED", "deliveryConfig": delivery, **changes}


def subscription(topic: str, destination: str, version: str = "1.0", **changes: object) -> Json:
    """Return what creates a subscription."""
    payload = {"format": "JSON", "schemaVersion": version, "deliveryProtocol": "HTTPS"}
    return {"topicId": topic, "status": "ENABLED", "destinationId": destination, "payload": payload, **changes}


def make_client(clock: ManualClock, *, store: Store | None = None, limits: bool = True) -> EbayClient:
    """Return a client of a simulator on this store: as often as a process is started anew."""
    return EbayClient(
        EbaySimulator(store=store if store is not None else MemoryStore(), clock=clock, limits=limits), clock
    )


def code(answer: httpx.Response) -> int:
    """Return the code of a refusal's first error, in either of the two shapes."""
    body = answer.json()
    found: int = (body.get("errors") or body.get("error"))[0]["errorId"]
    return found


def encode(text: str) -> str:
    """Percent-encode everything that a filter has."""
    return quote(text, safe="")
