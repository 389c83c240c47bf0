"""A client that speaks to the simulator as a client of USPS would, and good requests to break."""

import copy
import uuid
from typing import Any

import httpx
from typing_extensions import override

from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.sandbox.usps import USPSSimulator

Json = dict[str, Any]
HOST = "https://apis-tem.usps.com"
VENDOR = "application/vnd.usps.labels+json"
TODAY = "2026-01-05"


class _Transport(httpx.AsyncBaseTransport):
    """The HTTP room's in-process transport, as the HTTP library's own class: what drops connections breaks them here too."""

    def __init__(self, simulator: USPSSimulator) -> None:
        self._inner = asgi_transport(simulator.app)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._inner.handle_async_request(request)


class USPSClient:
    """Sends requests to a simulator as a client of USPS would: with both tokens."""

    def __init__(self, simulator: USPSSimulator, clock: ManualClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.http = httpx.AsyncClient(transport=_Transport(simulator), base_url=HOST)
        self.token = ""
        self.payment = ""

    async def sign_in(self, **more: str) -> Json:
        """Get a token with the seeded account's credentials."""
        settings = self.simulator.settings()
        body = {"grant_type": "client_credentials", "client_id": settings["client_id"], **more}
        answer = await self.http.post("/oauth2/v3/token", json={**body, "client_secret": settings["client_secret"]})
        made: Json = answer.json()
        self.token = made["access_token"]
        return made

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Send a request with the token."""
        if not self.token:
            await self.sign_in()
        sent = {
            "Authorization": f"Bearer {self.token}",
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        return await self.http.request(method, path, json=body, headers=sent)

    async def authorize(self, roles: list[Json] | None = None) -> httpx.Response:
        """Ask for a payment token."""
        body = {"roles": roles if roles is not None else self.roles()}
        answer = await self.call("POST", "/payments/v3/payment-authorization", body)
        if answer.status_code == 200:
            self.payment = answer.json().get("paymentAuthorizationToken", "")
        return answer

    def roles(self) -> list[Json]:
        """Return the roles of the seeded account."""
        settings = self.simulator.settings()
        owner = {"CRID": settings["crid"], "MID": settings["mid"], "manifestMID": settings["manifest_mid"]}
        account = {"accountType": settings["account_type"], "accountNumber": settings["account_number"]}
        return [{"roleName": "PAYER", **owner, **account}, {"roleName": "LABEL_OWNER", **owner}]

    async def paid(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Send a request with both tokens."""
        if not self.payment:
            await self.authorize()
        return await self.call(method, path, body, X_Payment_Authorization_Token=self.payment, **headers)

    async def ship(self, body: Json, key: str | None = None, *, accept: str = VENDOR, path: str = "") -> httpx.Response:
        """Ask for a label."""
        headers = {"Accept": accept} | ({"X_Idempotency_Key": key} if key else {})
        where = path or ("/international-labels/v3/international-label" if is_abroad(body) else "/labels/v3/label")
        return await self.paid("POST", where, body, **headers)

    async def buy(self, body: Json, key: str | None = None) -> Json:
        """Buy a label, and return its answer."""
        answer = await self.ship(body, key)
        assert answer.status_code in {200, 201}, answer.text
        made: Json = answer.json()
        return made

    async def cancel(self, number: str = "", key: str | None = None, *, abroad: bool = False) -> httpx.Response:
        """Give a label back."""
        start = "/international-labels/v3/international-label" if abroad else "/labels/v3/label"
        headers = {"X_Idempotency_Key": key} if key else {}
        return await self.paid("DELETE", f"{start}/{number}" if number else start, **headers)

    async def reprint(self, number: str = "", key: str | None = None, *, image: str = "PDF") -> httpx.Response:
        """Ask for a label again."""
        path = f"/labels/v3/label-reprint/{number}" if number else "/labels/v3/label-reprint"
        headers = {"Accept": VENDOR} | ({"X_Idempotency_Key": key} if key else {})
        return await self.paid("POST", path, {"imageInfo": {"imageType": image}}, **headers)

    async def track(self, *numbers: str) -> httpx.Response:
        """Ask where parcels are."""
        return await self.call("POST", "/tracking/v3r2/tracking", [{"trackingNumber": number} for number in numbers])

    async def parcel(self, number: str) -> Json:
        """Ask where one parcel is."""
        answer = await self.track(number)
        assert answer.status_code == 200, answer.text
        made: Json = answer.json()[0]
        return made

    def pass_time(self, **duration: float) -> None:
        """Let time pass, and forget tokens that may be too old by then."""
        units = {"days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}
        self.clock.advance(sum(units[unit] * amount for unit, amount in duration.items()))
        self.token = self.payment = ""


def code_of(answer: httpx.Response) -> str:
    """Return USPS's inner error code, or the outer one where there is no other."""
    error = answer.json()["error"]
    code: str = error["errors"][0]["code"] if error["errors"] else error["code"]
    return code


def message_of(answer: httpx.Response) -> str:
    """Return USPS's sentence."""
    error = answer.json()["error"]
    text: str = error["errors"][0]["detail"] if error["errors"] else error["message"]
    return text


def is_abroad(body: Json) -> bool:
    """Say whether a label request is an international one."""
    return "countryISOAlpha2Code" in body["toAddress"]


def new_key() -> str:
    """Return an idempotency key."""
    return str(uuid.uuid4())


def home() -> Json:
    """Return the sender's address."""
    return {
        "firm": "Acme Inc",
        "streetAddress": "1 Dock Rd",
        "city": "Alpharetta",
        "state": "GA",
        "ZIPCode": "30005",
    }


def domestic() -> Json:
    """Return a good request for a domestic label: Ground Advantage, as ZPL, without a receipt."""
    return {
        "imageInfo": {"imageType": "ZPL203DPI", "labelType": "4X6LABEL", "receiptOption": "NONE"},
        "toAddress": {
            "firstName": "Jo",
            "lastName": "Doe",
            "streetAddress": "9 Elm St",
            "city": "Aurora",
            "state": "CO",
            "ZIPCode": "80012",
        },
        "fromAddress": home(),
        "packageDescription": {
            "mailClass": "USPS_GROUND_ADVANTAGE",
            "rateIndicator": "SP",
            "processingCategory": "MACHINABLE",
            "destinationEntryFacilityType": "NONE",
            "weightUOM": "lb",
            "weight": 1.25,
            "dimensionsUOM": "in",
            "length": 9,
            "width": 6,
            "height": 4,
            "mailingDate": TODAY,
            "customerReference": [{"referenceNumber": "cc-0001", "printReferenceNumber": True}],
        },
    }


def returning() -> Json:
    """Return a good request for a return label."""
    body = domestic()
    body["toAddress"], body["fromAddress"] = body["fromAddress"], body["toAddress"]
    package = body["packageDescription"]
    package["mailClass"] = "USPS_GROUND_ADVANTAGE_RETURN_SERVICE"
    for name in ("mailingDate", "destinationEntryFacilityType"):  # a return label knows neither
        del package[name]
    return body


def military() -> Json:
    """Return a good request for a label to a soldier, with a customs form."""
    body = domestic()
    body["toAddress"] |= {"streetAddress": "PSC 3 BOX 100", "city": "APO", "state": "AE", "ZIPCode": "09021"}
    body["packageDescription"] |= {"mailClass": "PRIORITY_MAIL"}
    body["customsForm"] = {
        "customsContentType": "MERCHANDISE",
        "AESITN": "NO EEI 30.37(a)",
        "contents": [
            {
                "itemDescription": "Cotton shirt",
                "itemQuantity": 2,
                "itemTotalValue": 40,
                "itemTotalWeight": 1,
                "weightUOM": "lb",
                "HSTariffNumber": "610910",
                "countryofOrigin": "US",
            }
        ],
    }
    return body


def international() -> Json:
    """Return a good request for a label to Canada."""
    return {
        "imageInfo": {"imageType": "PDF", "labelType": "4X6LABEL"},
        "toAddress": {
            "firstName": "Ann",
            "lastName": "Roy",
            "streetAddress": "10 Rue A",
            "city": "Ottawa",
            "province": "Ontario",
            "provinceISOAlpha2Code": "ON",
            "postalCode": "K1A 0B1",
            "country": "Canada",
            "countryISOAlpha2Code": "CA",
            "phone": "16135550100",
        },
        "fromAddress": {**home(), "firstName": "Ship", "lastName": "Desk", "phone": "2125550100"},
        "packageDescription": {
            "mailClass": "PRIORITY_MAIL_INTERNATIONAL",
            "rateIndicator": "SP",
            "processingCategory": "MACHINABLE",
            "destinationEntryFacilityType": "NONE",
            "weightUOM": "lb",
            "weight": 2.0,
            "dimensionsUOM": "in",
            "length": 9,
            "width": 6,
            "height": 4,
            "mailingDate": TODAY,
            "packageOptions": {"packageValue": 40, "nonDeliveryOption": "RETURN"},
            "customerReference": [{"referenceNumber": "cc-int-1"}],
        },
        "customsForm": {
            "customsContentType": "MERCHANDISE",
            "AESITN": "NO EEI 30.37(a)",
            "invoiceNumber": "INV-1001",
            "contents": [
                {
                    "itemDescription": "Cotton shirt",
                    "itemQuantity": 2,
                    "itemTotalValue": 40,
                    "weightUOM": "lb",
                    "itemTotalWeight": 1.5,
                    "HSTariffNumber": "610910",
                    "countryofOrigin": "US",
                }
            ],
        },
    }


def options_request() -> Json:
    """Return a good request for shipping options of what ``domestic`` ships."""
    return {
        "originZIPCode": "30005",
        "destinationZIPCode": "80012",
        "pricingOptions": [{"priceType": "COMMERCIAL"}],
        "packageDescription": {
            "weight": 1.25,
            "length": 9,
            "width": 6,
            "height": 4,
            "mailClass": "ALL_OUTBOUND",
            "mailingDate": TODAY,
        },
    }


def options_abroad() -> Json:
    """Return a good request for shipping options of what ``international`` ships."""
    body = options_request()
    del body["destinationZIPCode"]
    body |= {"destinationCountryCode": "CA", "foreignPostalCode": "K1A0B1"}
    body["packageDescription"] |= {"weight": 2, "mailClass": "ALL"}
    return body


def rates_request() -> Json:
    """Return a good request for the prices of what ``domestic`` ships."""
    return {
        "originZIPCode": "30005",
        "destinationZIPCode": "80012",
        "weight": 1.25,
        "length": 9,
        "width": 6,
        "height": 4,
        "mailClasses": ["USPS_GROUND_ADVANTAGE", "PRIORITY_MAIL"],
        "priceType": "COMMERCIAL",
        "mailingDate": TODAY,
    }


def base_rate_request() -> Json:
    """Return a good request for the exact price of what ``domestic`` ships."""
    body = rates_request()
    del body["mailClasses"]
    return body | {
        "mailClass": "USPS_GROUND_ADVANTAGE",
        "processingCategory": "MACHINABLE",
        "rateIndicator": "SP",
        "destinationEntryFacilityType": "NONE",
    }


def rates_abroad() -> Json:
    """Return a good request for the prices of what ``international`` ships."""
    body = rates_request()
    for name in ("mailClasses", "destinationZIPCode"):
        del body[name]
    return body | {"destinationCountryCode": "CA", "foreignPostalCode": "K1A0B1", "mailClass": "ALL", "weight": 2}


def put(body: Json, path: str, value: object) -> Json:
    """Set what stands at a dotted path of a copy of a request; ``...`` removes it. Digits are positions in lists."""
    made = copy.deepcopy(body)
    node: Any = made
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    for part in parents:
        node = node[part] if isinstance(part, int) else node.setdefault(part, {})
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return made
