"""Requests and answers for the tests of the FedEx driver; all invented."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cartcarrier.carriers.fedex import FedExCarrier, FedExConfig, FedExOptions
from cartcarrier.carriers.fedex.mapping import prepare
from cartcarrier.http import HandlerTransport, ManualClock, ReceivedRequest, handler_transport
from cartcarrier.models import (
    Address,
    CustomsDeclaration,
    Dimensions,
    LengthUnit,
    Money,
    Parcel,
    ParcelItem,
    PurchaseStep,
    ShipmentOptions,
    ShipmentRequest,
    Weight,
    WeightUnit,
)

REFERENCE = "cc-0123456789abcdef"
CARRIER = "fedex:default"
ACCOUNT = "123456789"
FIRST = "794953535000"
SECOND = "794953535011"
ZPL = b"^XA^FO20,20^FDone^FS^XZ"

Answer = tuple[int, Mapping[str, str], bytes]


def config(**changes: Any) -> FedExConfig:
    """Return settings of an account."""
    settings: dict[str, Any] = {"client_id": "id-of-app", "client_secret": "secret-of-app", "account_number": ACCOUNT}
    return FedExConfig(**{**settings, **changes})


def sender(**changes: Any) -> Address:
    """Return the warehouse."""
    values: dict[str, Any] = {
        "name": "Ship Desk",
        "company": "Acme",
        "street1": "1 Dock Rd",
        "city": "Memphis",
        "region": "TN",
        "postal_code": "38116",
        "country_code": "US",
        "phone": "(901) 555-0100",
    }
    return Address(**{**values, **changes})


def recipient(**changes: Any) -> Address:
    """Return a home in Colorado."""
    values: dict[str, Any] = {
        "name": "Jill Doe",
        "street1": "9 Elm St",
        "city": "Aurora",
        "region": "CO",
        "postal_code": "80012",
        "country_code": "US",
        "phone": "+1 303 555 0101",
        "residential": True,
    }
    return Address(**{**values, **changes})


def parisian(**changes: Any) -> Address:
    """Return somebody in France."""
    values: dict[str, Any] = {
        "name": "Anaïs Doe",
        "street1": "4 rue des Tests",
        "city": "Paris",
        "region": "Île-de-France",
        "postal_code": "75001",
        "country_code": "FR",
        "phone": "+33 1 55 50 01 00",
    }
    return Address(**{**values, **changes})


def parcel(**changes: Any) -> Parcel:
    """Return a box of 3 lb."""
    values: dict[str, Any] = {
        "weight": Weight(value="3", unit=WeightUnit.POUND),
        "dimensions": Dimensions(length="10", width="8", height="4", unit=LengthUnit.INCH),
    }
    return Parcel(**{**values, **changes})


def shirt(**changes: Any) -> ParcelItem:
    """Return two shirts."""
    values: dict[str, Any] = {
        "sku": "SKU1",
        "title": "Cotton shirt, men's",
        "quantity": 2,
        "unit_value": Money(amount="15.00", currency="USD"),
        "weight": Weight(value="0.4", unit=WeightUnit.POUND),
        "hs_code": "6109.10.0012",
        "country_of_origin": "PT",
    }
    return ParcelItem(**{**values, **changes})


def options(fedex: FedExOptions | None = None, **changes: Any) -> ShipmentOptions:
    """Return options, FedEx's own beside the general ones."""
    return ShipmentOptions(carrier_options=fedex, **changes)


def request(**changes: Any) -> ShipmentRequest:
    """Return a parcel to a home, within the US."""
    values: dict[str, Any] = {
        "ship_from": sender(),
        "ship_to": recipient(),
        "parcels": [parcel()],
        "service": "GROUND_HOME_DELIVERY",
    }
    return ShipmentRequest(**{**values, **changes})


def abroad(**changes: Any) -> ShipmentRequest:
    """Return a parcel from the US to France."""
    values: dict[str, Any] = {
        "ship_to": parisian(),
        "parcels": [parcel(items=[shirt()])],
        "service": "FEDEX_INTERNATIONAL_PRIORITY",
        "customs": CustomsDeclaration(invoice_number="INV-7", incoterm="DAP"),
    }
    return request(**{**values, **changes})


def step_of(asked: ShipmentRequest, *, reference: str = REFERENCE, **settings: Any) -> PurchaseStep:
    """Return the step that buys this."""
    return prepare(asked, reference=reference, config=config(**settings), carrier=CARRIER).steps[0]


def body_of(asked: ShipmentRequest, **settings: Any) -> dict[str, Any]:
    """Return what FedEx would be sent."""
    document: dict[str, Any] = json.loads(step_of(asked, **settings).body)
    return document


def shipment_of(asked: ShipmentRequest, **settings: Any) -> dict[str, Any]:
    """Return what FedEx would be sent, below ``requestedShipment``."""
    return body_of(asked, **settings)["requestedShipment"]  # type: ignore[no-any-return]  # plain JSON


def b64(data: bytes) -> str:
    """Return bytes as FedEx writes them."""
    return base64.b64encode(data).decode()


def piece(number: str = FIRST, *, data: bytes | None = ZPL, sequence: int = 1, **changes: Any) -> dict[str, Any]:
    """Return one package that was bought."""
    papers = [{"contentType": "LABEL", "docType": "ZPLII", "encodedLabel": b64(data)}] if data is not None else []
    made = {
        "trackingNumber": number,
        "masterTrackingNumber": FIRST,
        "packageSequenceNumber": sequence,
        "packageDocuments": papers,
    }
    return {**made, **changes}


def bought(*pieces: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the answer to a purchase."""
    made: dict[str, Any] = {
        "serviceType": "GROUND_HOME_DELIVERY",
        "serviceName": "FedEx Home Delivery®",
        "masterTrackingNumber": FIRST,
        "pieceResponses": list(pieces) or [piece()],
        "completedShipmentDetail": {
            "shipmentRating": {
                "actualRateType": "PAYOR_ACCOUNT_PACKAGE",
                "shipmentRateDetails": [
                    {
                        "rateType": "PAYOR_LIST_PACKAGE",
                        "totalBaseCharge": 18.0,
                        "totalNetCharge": 20.0,
                        "currency": "USD",
                    },
                    {
                        "rateType": "PAYOR_ACCOUNT_PACKAGE",
                        "totalBaseCharge": 10.97,
                        "totalNetCharge": 12.53,
                        "currency": "USD",
                        "surcharges": [{"surchargeType": "FUEL", "description": "Fuel Surcharge", "amount": 1.56}],
                    },
                ],
            }
        },
    }
    made.update(changes)
    return {
        "transactionId": "tx-1",
        "output": {
            "transactionShipments": [{name: value for name, value in made.items() if value is not None}],
        },
    }


def price(amount: object, kind: str = "ACCOUNT", **changes: Any) -> dict[str, Any]:
    """Return a price of one kind."""
    return {"rateType": kind, "totalNetCharge": amount, "currency": "USD", **changes}


def offer(service: str, *prices: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return one service and its prices."""
    details = list(prices) or [price(12.53), price(20.0, "LIST")]
    made: dict[str, Any] = {
        "serviceType": service,
        "packagingType": "YOUR_PACKAGING",
        "ratedShipmentDetails": details,
    }
    return {**made, **changes}


def offers(*services: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the answer to a question for prices."""
    return {"transactionId": "tx-1", "output": {"rateReplyDetails": list(services), **changes}}


def scan(kind: str, when: str, **changes: Any) -> dict[str, Any]:
    """Return a scan."""
    return {"eventType": kind, "date": when, "eventDescription": f"words for {kind}", **changes}


def result(*scans: dict[str, Any], number: str = FIRST, code: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return what is known about one parcel."""
    made: dict[str, Any] = {
        "trackingNumberInfo": {"trackingNumber": number, "trackingNumberUniqueId": f"1~{number}~FDEG"},
        "scanEvents": list(scans),
    }
    if code is not None:
        made["latestStatusDetail"] = {"code": code, "derivedCode": code}
    return {**made, **changes}


def tracked(*results: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the answer to a question for parcels; results of the same number stand together."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in results:
        groups.setdefault(one["trackingNumberInfo"]["trackingNumber"], []).append(one)
    complete = [{"trackingNumber": number, "trackResults": found} for number, found in groups.items()]
    return {"transactionId": "tx-1", "output": {"completeTrackResults": complete, **changes}}


def unknown(number: str, code: str = "TRACKING.TRACKINGNUMBER.NOTFOUND") -> dict[str, Any]:
    """Return what FedEx says of a number that it does not know."""
    return {
        "trackingNumberInfo": {"trackingNumber": number},
        "error": {"code": code, "message": "Jill Doe, 9 Elm St"},
    }


def refusal(*codes: str, message: str = "Jill Doe, 9 Elm St is refused") -> dict[str, Any]:
    """Return a refusal that quotes the recipient."""
    return {"transactionId": "tx-9", "errors": [{"code": code, "message": message} for code in codes]}


def reply(document: object, status: int = 200) -> Answer:
    """Return an answer in JSON."""
    return status, {"content-type": "application/json"}, msgspec.json.encode(document)


TOKEN = {"access_token": "token-1", "token_type": "bearer", "expires_in": 3600, "scope": "CXS"}


def transport(answer: Callable[[ReceivedRequest], Answer]) -> HandlerTransport:
    """Return FedEx, which gives tokens by itself and asks ``answer`` for the rest."""
    return handler_transport(lambda asked: reply(TOKEN) if asked.path == "/oauth/token" else answer(asked))


def carrier(answer: Callable[[ReceivedRequest], Answer], **settings: Any) -> FedExCarrier:
    """Return the driver before such a FedEx."""
    return FedExCarrier(config(**settings), transport=transport(answer), clock=ManualClock())


def always(document: object, status: int = 200, **settings: Any) -> FedExCarrier:
    """Return the driver before a FedEx that answers everything alike."""
    return carrier(lambda _: reply(document, status), **settings)


def sent(driver: FedExCarrier) -> list[ReceivedRequest]:
    """Return what the driver has sent beside token requests."""
    return [one for one in all_sent(driver) if one.path != "/oauth/token"]


def all_sent(driver: FedExCarrier) -> list[ReceivedRequest]:
    """Return what the driver has sent, token requests too."""
    assert isinstance(driver.transport, HandlerTransport)
    return driver.transport.requests


def body_sent(driver: FedExCarrier, place: int = -1) -> dict[str, Any]:
    """Return the body of a request that the driver has sent."""
    document: dict[str, Any] = json.loads(sent(driver)[place].content)
    return document
