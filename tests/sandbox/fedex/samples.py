"""A client that speaks to the simulator as a client of FedEx would, and good requests to break."""

import copy
from typing import Any

import httpx
from typing_extensions import override

from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.sandbox.fedex import FedExSimulator

Json = dict[str, Any]
ACCOUNT = "740561073"
HOST = "https://apis-sandbox.fedex.com"
DOCUMENT_HOST = "https://documentapitest.prod.fedex.com/sandbox"


class _Transport(httpx.AsyncBaseTransport):
    """The HTTP room's in-process transport, as the HTTP library's own class: what drops connections breaks them here too."""

    def __init__(self, simulator: FedExSimulator) -> None:
        self._inner = asgi_transport(simulator.app)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._inner.handle_async_request(request)


class FedExClient:
    """Sends requests to a simulator as a client of FedEx would: with one token for tracking and one for the rest."""

    def __init__(self, simulator: FedExSimulator, clock: ManualClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.http = httpx.AsyncClient(transport=_Transport(simulator), base_url=HOST)
        self.tokens: dict[str, str] = {}

    async def ask_token(self, **changes: str) -> httpx.Response:
        """Ask for a token, with the shipping project's credentials unless told otherwise."""
        settings = self.simulator.settings()
        form = {
            "grant_type": "client_credentials",
            "client_id": str(settings["client_id"]),
            "client_secret": str(settings["client_secret"]),
        }
        return await self.http.post("/oauth/token", data={**form, **changes})

    async def sign_in(self, project: str = "ship") -> str:
        """Get a project's token, or use the one there is."""
        if project not in self.tokens:
            settings = self.simulator.settings()
            names = ("client_id", "client_secret") if project == "ship" else ("track_client_id", "track_client_secret")
            client_id, client_secret = (str(settings[name]) for name in names)
            answer = await self.ask_token(client_id=client_id, client_secret=client_secret)
            self.tokens[project] = answer.json()["access_token"]
        return self.tokens[project]

    async def call(
        self, path: str, body: object = None, *, method: str = "POST", project: str = "", **headers: str
    ) -> httpx.Response:
        """Send a request with the token that the path needs."""
        token = await self.sign_in(project or ("track" if path.startswith("/track/") else "ship"))
        sent = {"Authorization": f"Bearer {token}", "X-locale": "en_US", **headers}
        return await self.http.request(method, path, json=body, headers=sent)

    async def output(self, path: str, body: object, *, method: str = "POST", **headers: str) -> Json:
        """Send a request that must succeed, and return its ``output``."""
        answer = await self.call(path, body, method=method, **headers)
        assert answer.status_code == 200, answer.text
        output: Json = answer.json()["output"]
        return output

    async def ship(self, body: Json) -> httpx.Response:
        """Ask for labels."""
        return await self.call("/ship/v1/shipments", body)

    async def buy(self, body: Json) -> Json:
        """Buy labels, and return their ``transactionShipments`` element."""
        shipment: Json = (await self.output("/ship/v1/shipments", body))["transactionShipments"][0]
        return shipment

    async def rate(self, body: Json) -> httpx.Response:
        """Ask for prices."""
        return await self.call("/rate/v1/rates/quotes", body)

    async def quotes(self, body: Json) -> list[Json]:
        """Ask for prices, and return ``rateReplyDetails``."""
        found: list[Json] = (await self.output("/rate/v1/rates/quotes", body))["rateReplyDetails"]
        return found

    async def cancel(self, number: str, **changes: object) -> httpx.Response:
        """Give labels back."""
        body: Json = {
            "accountNumber": {"value": ACCOUNT},
            "senderCountryCode": "US",
            "deletionControl": "DELETE_ALL_PACKAGES",
            "trackingNumber": number,
        }
        return await self.call("/ship/v1/shipments/cancel", {**body, **changes}, method="PUT")

    async def track(self, *numbers: str, detailed: bool = True, locale: str = "en_US") -> list[Json]:
        """Ask where parcels are, and return ``completeTrackResults``."""
        body = {
            "includeDetailedScans": detailed,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers],
        }
        answer = await self.output("/track/v1/trackingnumbers", body, **{"X-locale": locale})
        found: list[Json] = answer["completeTrackResults"]
        return found

    async def parcel(self, number: str, locale: str = "en_US") -> Json:
        """Ask where a parcel is, and return its ``trackResult``."""
        result: Json = (await self.track(number, locale=locale))[0]["trackResults"][0]
        return result

    async def find(self, value: str, **changes: object) -> list[Json]:
        """Ask what bears a reference, and return ``completeTrackResults``."""
        asked: Json = {"type": "CUSTOMER_REFERENCE", "value": value, "accountNumber": ACCOUNT, **changes}
        body = {"includeDetailedScans": True, "referencesInformation": asked}
        found: list[Json] = (await self.output("/track/v1/referencenumbers", body))["completeTrackResults"]
        return found


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return an answer's status and FedEx's error code."""
    code: str = answer.json()["errors"][0]["code"]
    return answer.status_code, code


def address(
    line: str = "9 Elm St", city: str = "Aurora", state: str = "CO", code: str = "80012", **more: object
) -> Json:
    """Return an address in the United States."""
    made = {"streetLines": [line], "city": city, "stateOrProvinceCode": state, "postalCode": code, "countryCode": "US"}
    return {**made, **more}


def domestic() -> Json:
    """Return a good ship request within the US: one package, by Home Delivery, as ZPL."""
    package = {
        "weight": {"units": "LB", "value": 3.5},
        "dimensions": {"length": 10, "width": 8, "height": 4, "units": "IN"},
        "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": "cc-0001"}],
        "groupPackageCount": 1,
    }
    shipment = {
        "shipDatestamp": "2026-01-05",
        "shipper": {
            "contact": {"personName": "Ship Desk", "companyName": "Acme", "phoneNumber": "7705550100"},
            "address": address("1 Dock Rd", "Alpharetta", "GA", "30005"),
        },
        "recipients": [
            {"contact": {"personName": "J Doe", "phoneNumber": "3035550101"}, "address": address(residential=True)}
        ],
        "serviceType": "GROUND_HOME_DELIVERY",
        "packagingType": "YOUR_PACKAGING",
        "pickupType": "USE_SCHEDULED_PICKUP",
        "totalWeight": 3.5,
        "shippingChargesPayment": {"paymentType": "SENDER"},
        "labelSpecification": {"imageType": "ZPLII", "labelStockType": "STOCK_4X6"},
        "requestedPackageLineItems": [package],
    }
    return {"labelResponseOptions": "LABEL", "accountNumber": {"value": ACCOUNT}, "requestedShipment": shipment}


def express(service: str = "FEDEX_2_DAY") -> Json:
    """Return a good ship request within the US by an express service."""
    return put(domestic(), "serviceType", service)


def international() -> Json:
    """Return a good ship request from the US to France, with an invoice."""
    body = express("FEDEX_INTERNATIONAL_PRIORITY")
    shipment = body["requestedShipment"]
    shipment["recipients"] = [
        {
            "contact": {"personName": "J Dupont", "phoneNumber": "33155550100"},
            "address": {"streetLines": ["4 rue X"], "city": "Paris", "postalCode": "75001", "countryCode": "FR"},
        }
    ]
    shipment["customsClearanceDetail"] = {
        "dutiesPayment": {"paymentType": "RECIPIENT"},
        "isDocumentOnly": False,
        "commercialInvoice": {
            "shipmentPurpose": "SOLD",
            "termsOfSale": "DAP",
            "customerReferences": [{"customerReferenceType": "INVOICE_NUMBER", "value": "INV-7"}],
        },
        "commodities": [
            {
                "description": "Cotton shirt",
                "countryOfManufacture": "US",
                "harmonizedCode": "6109100012",
                "quantity": 2,
                "quantityUnits": "PCS",
                "numberOfPieces": 1,
                "unitPrice": {"amount": 15.0, "currency": "USD"},
                "customsValue": {"amount": 30.0, "currency": "USD"},
                "weight": {"units": "LB", "value": 0.8},
            }
        ],
        "totalCustomsValue": {"amount": 30.0, "currency": "USD"},
    }
    shipment["shippingDocumentSpecification"] = {
        "shippingDocumentTypes": ["COMMERCIAL_INVOICE"],
        "commercialInvoiceDetail": {"documentFormat": {"stockType": "PAPER_LETTER", "docType": "PDF"}},
    }
    return body


def quote_request() -> Json:
    """Return a good rate request for what ``domestic`` ships, with transit times and both prices."""
    shipment = copy.deepcopy(domestic()["requestedShipment"])
    (package,) = shipment["requestedPackageLineItems"]
    del package["customerReferences"]
    for party in (shipment["shipper"], shipment["recipients"][0]):
        del party["address"]["streetLines"]
    asked = {
        "shipper": {"address": shipment["shipper"]["address"]},
        "recipient": {"address": shipment["recipients"][0]["address"]},
        "pickupType": "DROPOFF_AT_FEDEX_LOCATION",
        "packagingType": "YOUR_PACKAGING",
        "rateRequestType": ["ACCOUNT", "LIST"],
        "shipDateStamp": "2026-01-05",
        "requestedPackageLineItems": [package],
    }
    return {
        "accountNumber": {"value": ACCOUNT},
        "rateRequestControlParameters": {"returnTransitTimes": True},
        "requestedShipment": asked,
    }


def put(body: Json, path: str, value: object) -> Json:
    """Set what stands at a dotted path of ``requestedShipment``; ``...`` removes it. Digits are positions in lists.

    A path that begins with a slash starts at the body itself.
    """
    node: Any = body if path.startswith("/") else body["requestedShipment"]
    *parents, last = (int(part) if part.isdigit() else part for part in path.lstrip("/").split("."))
    for part in parents:
        node = node[part] if isinstance(part, int) else node.setdefault(part, {})
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return body
