"""A client that speaks to the simulator as a client of UPS would, and good requests to break."""

import copy
from typing import Any

import httpx
from typing_extensions import override

from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.sandbox.ups import UPSSimulator

Json = dict[str, Any]
ACCOUNT = "C4RT01"
HOST = "https://wwwcie.ups.com"


class _Transport(httpx.AsyncBaseTransport):
    """The HTTP room's in-process transport, as the HTTP library's own class: what drops connections breaks them here too."""

    def __init__(self, simulator: UPSSimulator) -> None:
        self._inner = asgi_transport(simulator.app)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._inner.handle_async_request(request)


class UPSClient:
    """Sends requests to a simulator as a client of UPS would: with a token, and with headers for tracking."""

    def __init__(self, simulator: UPSSimulator, clock: ManualClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.http = httpx.AsyncClient(transport=_Transport(simulator), base_url=HOST)
        self.token = ""

    async def sign_in(self) -> None:
        """Get a token with the seeded account's credentials."""
        settings = self.simulator.settings()
        credentials = (str(settings["client_id"]), str(settings["client_secret"]))
        answer = await self.http.post(
            "/security/v1/oauth/token", data={"grant_type": "client_credentials"}, auth=credentials
        )
        self.token = answer.json()["access_token"]

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Send a request with the token."""
        if not self.token:
            await self.sign_in()
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return await self.http.request(method, path, json=body, headers=sent)

    async def ship(self, body: Json, version: str = "v2409") -> httpx.Response:
        """Ask for a label."""
        return await self.call("POST", f"/api/shipments/{version}/ship", body)

    async def buy(self, body: Json, version: str = "v2409") -> Json:
        """Buy a label, and return its ``ShipmentResults``."""
        answer = await self.ship(body, version)
        assert answer.status_code == 200, answer.text
        results: Json = answer.json()["ShipmentResponse"]["ShipmentResults"]
        return results

    async def rate(self, body: Json, option: str = "Shop", version: str = "v2409") -> httpx.Response:
        """Ask for prices."""
        return await self.call("POST", f"/api/rating/{version}/{option}", body)

    async def recover(self, *, label_format: str = "ZPL", **question: object) -> httpx.Response:
        """Ask for a label again."""
        body = {
            "LabelRecoveryRequest": {
                "Request": {"SubVersion": "1903"},
                "LabelSpecification": {"LabelImageFormat": {"Code": label_format}},
                **question,
            }
        }
        return await self.call("POST", "/api/labels/v1/recovery", body)

    async def recover_reference(self, value: str, *, label_format: str = "ZPL") -> httpx.Response:
        """Ask for a label again, by its reference."""
        return await self.recover(
            ReferenceValues={"ReferenceNumber": {"Value": value}, "ShipperNumber": ACCOUNT}, label_format=label_format
        )

    async def void(self, number: str, query: str = "", version: str = "v2409") -> httpx.Response:
        """Give a label back."""
        return await self.call("DELETE", f"/api/shipments/{version}/void/cancel/{number}{query}")

    async def track(self, number: str, query: str = "") -> httpx.Response:
        """Ask where a parcel is."""
        return await self.call("GET", f"/api/track/v1/details/{number}{query}", transId="t1", transactionSrc="tests")

    async def parcel(self, number: str, query: str = "") -> Json:
        """Ask where a parcel is, and return its ``package``."""
        answer = await self.track(number, query)
        assert answer.status_code == 200, answer.text
        package: Json = answer.json()["trackResponse"]["shipment"][0]["package"][0]
        return package


def code_of(answer: httpx.Response) -> str:
    """Return UPS's error code from an answer in its common shape."""
    code: str = answer.json()["response"]["errors"][0]["code"]
    return code


def us_address(
    line: str = "9 Elm St", city: str = "Aurora", state: str = "CO", code: str = "80012", **more: str
) -> Json:
    """Return an address in the United States."""
    return {
        "AddressLine": [line],
        "City": city,
        "StateProvinceCode": state,
        "PostalCode": code,
        "CountryCode": "US",
        **more,
    }


def domestic() -> Json:
    """Return a good ship request within the US: one package, by Ground, to a home, as ZPL."""
    home = us_address("1 Dock Rd", "Alpharetta", "GA", "30005")
    package = {
        "Packaging": {"Code": "02"},
        "Dimensions": {"UnitOfMeasurement": {"Code": "IN"}, "Length": "10", "Width": "8", "Height": "4"},
        "PackageWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "3"},
        "ReferenceNumber": [{"Code": "TN", "Value": "cc-0001"}],
    }
    shipment = {
        "Description": "Books",
        "Shipper": {
            "Name": "Acme",
            "AttentionName": "Ship Desk",
            "ShipperNumber": ACCOUNT,
            "Phone": {"Number": "7705550100"},
            "Address": home,
        },
        "ShipTo": {
            "Name": "J Doe",
            "AttentionName": "J Doe",
            "Phone": {"Number": "3035550101"},
            "Address": us_address(ResidentialAddressIndicator=""),
        },
        "ShipFrom": {"Name": "Acme", "Address": copy.deepcopy(home)},
        "PaymentInformation": {"ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": ACCOUNT}}]},
        "ShipmentRatingOptions": {"NegotiatedRatesIndicator": ""},
        "Service": {"Code": "03"},
        "Package": [package],
    }
    return {
        "ShipmentRequest": {
            "Request": {
                "RequestOption": "nonvalidate",
                "SubVersion": "2409",
                "TransactionReference": {"CustomerContext": "ord-1001"},
            },
            "Shipment": shipment,
            "LabelSpecification": {
                "LabelImageFormat": {"Code": "ZPL"},
                "LabelStockSize": {"Height": "6", "Width": "4"},
            },
        }
    }


def international() -> Json:
    """Return a good ship request from the US to France, with an invoice."""
    body = domestic()
    shipment = body["ShipmentRequest"]["Shipment"]
    paris = {"AddressLine": ["4 rue X"], "City": "Paris", "PostalCode": "75001", "CountryCode": "FR"}
    buyer = {"Name": "J Dupont", "AttentionName": "J Dupont", "Phone": {"Number": "33155550100"}}
    shipment["ShipTo"] = {**buyer, "Address": paris}
    shipment["Service"] = {"Code": "65"}
    del shipment["Package"][0]["ReferenceNumber"]
    shipment["ReferenceNumber"] = [{"Code": "TN", "Value": "cc-int-1"}]
    product = {
        "Description": ["Cotton shirt"],
        "CommodityCode": "610910",
        "OriginCountryCode": "US",
        "PartNumber": "SKU1",
        "Unit": {"Number": "2", "Value": "15.00", "UnitOfMeasurement": {"Code": "PCS", "Description": "PCS"}},
    }
    shipment["ShipmentServiceOptions"] = {
        "InternationalForms": {
            "FormType": ["01"],
            "InvoiceNumber": "INV-7",
            "InvoiceDate": "20260105",
            "ReasonForExport": "SALE",
            "TermsOfShipment": "DAP",
            "CurrencyCode": "USD",
            "Contacts": {"SoldTo": {**buyer, "Address": copy.deepcopy(paris)}},
            "Product": [product],
        }
    }
    return body


def quote_request() -> Json:
    """Return a good rate request for what ``domestic`` ships, with what transit times need."""
    shipment = copy.deepcopy(domestic()["ShipmentRequest"]["Shipment"])
    package = shipment["Package"][0]
    package["PackagingType"] = package.pop("Packaging")
    del package["ReferenceNumber"]
    for unit in (package["Dimensions"]["UnitOfMeasurement"], package["PackageWeight"]["UnitOfMeasurement"]):
        unit["Description"] = "unit"
    for party in ("Shipper", "ShipTo"):
        del shipment[party]["Phone"]
    shipment["PaymentDetails"] = shipment.pop("PaymentInformation")
    del shipment["Description"]
    shipment["DeliveryTimeInformation"] = {"PackageBillType": "03", "Pickup": {"Date": "20260105", "Time": "1500"}}
    shipment["ShipmentTotalWeight"] = {"UnitOfMeasurement": {"Code": "LBS", "Description": "Pounds"}, "Weight": "3"}
    return {
        "RateRequest": {
            "Request": {"SubVersion": "2409", "TransactionReference": {"CustomerContext": "q-81"}},
            "PickupType": {"Code": "01"},
            "Shipment": shipment,
        }
    }


def address_question(
    *lines: str, city: str = "Aurora", state: str = "CO", code: str = "80012", country: str = "US"
) -> Json:
    """Return an address validation request."""
    return {
        "XAVRequest": {
            "AddressKeyFormat": {
                "ConsigneeName": "J Doe",
                "AddressLine": list(lines) or ["9 Elm St"],
                "PoliticalDivision2": city,
                "PoliticalDivision1": state,
                "PostcodePrimaryLow": code,
                "CountryCode": country,
            }
        }
    }


def put(body: Json, path: str, value: object) -> Json:
    """Set what stands at a dotted path of a request, below its wrapper; ``...`` removes it. Digits are positions in lists."""
    (node,) = body.values()
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    for part in parents:
        node = node[part] if isinstance(part, int) else node.setdefault(part, {})
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return body
