"""Good requests to UPS's other paths, to break: transit times, places, pickups, papers, subscriptions."""

import base64
from typing import Any

import httpx

from tests.sandbox.ups.samples import ACCOUNT, Json, UPSClient, domestic, put

HEADERS = {"transId": "t1", "transactionSrc": "tests"}
SHIPPER = {"ShipperNumber": ACCOUNT}
ALERT = "/api/track/v2/subscription"
TEST_NUMBER = "1ZCIETST0111111114"


def transit_question(**changes: Any) -> Json:
    """Return a good question about time in transit, from Alpharetta to a home in Aurora; ``...`` removes a member."""
    body = {
        "originCountryCode": "US",
        "originStateProvince": "GA",
        "originCityName": "Alpharetta",
        "originPostalCode": "30005",
        "destinationCountryCode": "US",
        "destinationStateProvince": "CO",
        "destinationCityName": "Aurora",
        "destinationPostalCode": "80012",
        "residentialIndicator": "01",
        "shipDate": "2026-01-05",
        "weight": "3.0",
        "weightUnitOfMeasure": "LBS",
        "numberOfPackages": 1,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def transit_abroad(**changes: Any) -> Json:
    """Return a good question about time in transit from Alpharetta to Paris."""
    return transit_question(
        **{
            "destinationCountryCode": "FR",
            "destinationStateProvince": ...,
            "destinationCityName": "Paris",
            "destinationPostalCode": "75001",
            "residentialIndicator": "02",
            "billType": "03",
            "shipmentContentsValue": "30",
            "shipmentContentsCurrencyCode": "USD",
            **changes,
        }
    )


async def ask_transit(ups: UPSClient, body: Json) -> httpx.Response:
    """Ask for time in transit."""
    return await ups.call("POST", "/api/shipments/v1/transittimes", body, **HEADERS)


def places_question(code: str = "80012", country: str = "US", **criteria: Any) -> Json:
    """Return a good question about places near a postal code."""
    address = {
        "AddressLine": "9 Elm St",
        "PoliticalDivision2": "Aurora",
        "PoliticalDivision1": "CO",
        "PostcodePrimaryLow": code,
        "CountryCode": country,
    }
    return {
        "LocatorRequest": {
            "Request": {"RequestAction": "Locator", "TransactionReference": {"CustomerContext": "near"}},
            "OriginAddress": {"AddressKeyFormat": address},
            "Translate": {"Locale": "en_US"},
            "UnitOfMeasurement": {"Code": "MI"},
            "LocationSearchCriteria": {"MaximumListSize": "10", "SearchRadius": "75", **criteria},
        }
    }


async def ask_places(ups: UPSClient, body: Json, option: str = "64") -> httpx.Response:
    """Ask for places; by default for Access Points."""
    return await ups.call("POST", f"/api/locations/v3/search/availabilities/{option}?Locale=en_US", body)


def pickup_order() -> Json:
    """Return a good order of a pickup tomorrow, paid by the account."""
    return {
        "PickupCreationRequest": {
            "Request": {"TransactionReference": {"CustomerContext": "come"}},
            "RatePickupIndicator": "Y",
            "Shipper": {"Account": {"AccountNumber": ACCOUNT, "AccountCountryCode": "US"}},
            "PickupDateInfo": {"CloseTime": "1700", "ReadyTime": "1000", "PickupDate": "20260106"},
            "PickupAddress": {
                "CompanyName": "Acme",
                "ContactName": "Ship Desk",
                "AddressLine": ["1 Dock Rd"],
                "City": "Alpharetta",
                "StateProvince": "GA",
                "PostalCode": "30005",
                "CountryCode": "US",
                "ResidentialIndicator": "N",
                "PickupPoint": "Dock 3",
                "Phone": {"Number": "7705550100"},
            },
            "AlternateAddressIndicator": "Y",
            "PickupPiece": [
                {"ServiceCode": "003", "Quantity": "5", "DestinationCountryCode": "US", "ContainerCode": "01"}
            ],
            "OverweightIndicator": "N",
            "PaymentMethod": "01",
            "ReferenceNumber": "day-1",
        }
    }


def pickup_price() -> Json:
    """Return a good question about the price of that pickup."""
    order = pickup_order()["PickupCreationRequest"]
    kept = ("AddressLine", "City", "StateProvince", "PostalCode", "CountryCode", "ResidentialIndicator")
    address = {name: order["PickupAddress"][name] for name in kept}
    address["AddressLine"] = address["AddressLine"][0]
    return {
        "PickupRateRequest": {
            "Request": {"TransactionReference": {"CustomerContext": "how much"}},
            "ShipperAccount": order["Shipper"]["Account"],
            "PickupAddress": address,
            "AlternateAddressIndicator": "Y",
            "ServiceDateOption": "03",
            "PickupDateInfo": order["PickupDateInfo"],
        }
    }


async def order_pickup(ups: UPSClient, body: Json | None = None) -> httpx.Response:
    """Order a pickup."""
    return await ups.call("POST", "/api/pickupcreation/v2409/pickup", body or pickup_order(), **HEADERS)


async def pending_pickups(ups: UPSClient, account: str = ACCOUNT) -> httpx.Response:
    """Ask which pickups are pending."""
    return await ups.call("GET", "/api/shipments/v2409/pickup/oncall", AccountNumber=account, **HEADERS)


async def cancel_pickup(ups: UPSClient, by: str = "02", **headers: str) -> httpx.Response:
    """Cancel a pickup."""
    return await ups.call("DELETE", f"/api/shipments/v2409/pickup/{by}", **headers, **HEADERS)


def upload_request(content: bytes = b"%PDF-1.4 an invoice", **changes: Any) -> Json:
    """Return a good upload of one commercial invoice."""
    form = {
        "UserCreatedFormFileName": "invoice.pdf",
        "UserCreatedFormFileFormat": "pdf",
        "UserCreatedFormDocumentType": "002",
        "UserCreatedFormFile": base64.b64encode(content).decode(),
        **changes,
    }
    request = {"Request": {"TransactionReference": {"CustomerContext": "papers"}}, "ShipperNumber": ACCOUNT}
    return {"UploadRequest": {**request, "UserCreatedForm": [form]}}


async def send_upload(ups: UPSClient, body: Json | None = None, **headers: str) -> httpx.Response:
    """Upload documents."""
    sent = headers or SHIPPER
    return await ups.call("POST", "/api/paperlessdocuments/v2/upload", body or upload_request(), **sent)


async def upload(ups: UPSClient) -> str:
    """Upload a document, and return its number."""
    answer = await send_upload(ups)
    assert answer.status_code == 200, answer.text
    number: str = answer.json()["UploadResponse"]["FormsHistoryDocumentID"]["DocumentID"][0]
    return number


def attach_request(document: str, shipment: str) -> Json:
    """Return a good request to attach a document to a shipment."""
    return {
        "PushToImageRepositoryRequest": {
            "Request": {"TransactionReference": {"CustomerContext": "papers"}},
            "ShipperNumber": ACCOUNT,
            "FormsHistoryDocumentID": {"DocumentID": [document]},
            "ShipmentIdentifier": shipment,
            "ShipmentDateAndTime": "2026-01-05-07.00.00",
            "ShipmentType": "1",
            "TrackingNumber": [shipment],
        }
    }


async def attach(ups: UPSClient, body: Json, **headers: str) -> httpx.Response:
    """Attach documents to a shipment."""
    return await ups.call("POST", "/api/paperlessdocuments/v2/image", body, **(headers or SHIPPER))


async def delete_document(ups: UPSClient, **headers: str) -> httpx.Response:
    """Delete a document."""
    return await ups.call("DELETE", "/api/paperlessdocuments/v2/DocumentId/ShipperNumber", **headers)


def subscription(*numbers: str, **changes: Any) -> Json:
    """Return a good subscription to tracking numbers."""
    return {"locale": "en_US", "countryCode": "US", "trackingNumberList": list(numbers), **changes}


async def subscribe(ups: UPSClient, body: Json, kind: str = "standard", version: str = "v2") -> httpx.Response:
    """Subscribe to tracking numbers."""
    return await ups.call("POST", f"/api/track/{version}/subscription/{kind}/package", body, **HEADERS)


def to_access_point(number: str = "U12345678", kind: str = "01") -> Json:
    """Return a good ship request to an Access Point in Aurora."""
    body = put(domestic(), "Shipment.ShipmentIndicationType", [{"Code": kind}])
    place = {"AddressLine": ["12 Elm St"], "City": "Aurora", "StateProvinceCode": "CO", "PostalCode": "80012"}
    put(
        body,
        "Shipment.AlternateDeliveryAddress",
        {
            "Name": "Elm Street Market",
            "AttentionName": "J Doe",
            "UPSAccessPointID": number,
            "Address": {**place, "CountryCode": "US"},
        },
    )
    notice = {"NotificationCode": "012", "EMail": {"EMailAddress": ["j@example.com"]}}
    notice["Locale"] = {"Language": "ENG", "Dialect": "US"}
    return put(body, "Shipment.ShipmentServiceOptions.Notification", [notice])


def coming_back(code: str = "9", **delivery: Any) -> Json:
    """Return a good ship request for a return, by printed label unless told otherwise."""
    body = put(domestic(), "Shipment.ReturnService", {"Code": code})
    put(body, "Shipment.Package.0.Description", "Shoes")
    if delivery:
        put(body, "Shipment.ShipmentServiceOptions.LabelDelivery", delivery)
    return body


def hazardous(**changes: Any) -> Json:
    """Return a fully regulated commodity: lithium ion batteries packed with equipment."""
    goods = {
        "RegulationSet": "CFR",
        "CommodityRegulatedLevelCode": "FR",
        "IDNumber": "UN3481",
        "ProperShippingName": "Lithium ion batteries packed with equipment",
        "ClassDivisionNumber": "9",
        "Quantity": "2.0",
        "UOM": "kg",
        "PackagingType": "FIBERBOARD BOX",
        "PackagingTypeQuantity": "1",
        "TransportationMode": "Ground",
        "EmergencyPhone": "18005550199",
        "EmergencyContact": "Acme Hotline",
        "ChemicalRecordIdentifier": "1",
        **changes,
    }
    return {name: value for name, value in goods.items() if value is not ...}
