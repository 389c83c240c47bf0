"""Requests and answers for the tests of the UPS driver; all invented."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from cartcarrier.carriers.ups import UPSCarrier, UPSConfig
from cartcarrier.carriers.ups.mapping import prepare
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
    ShipmentRequest,
    Weight,
    WeightUnit,
)

REFERENCE = "cc-0123456789abcdef"
TODAY = date(2026, 11, 24)
CARRIER = "ups:default"
FIRST = "1ZAB12C30376543211"
SECOND = "1ZAB12C30376543220"
ZPL = b"^XA^FO20,20^FDone^FS^XZ"

Answer = tuple[int, Mapping[str, str], bytes]


def config(**changes: Any) -> UPSConfig:
    """Return settings of an account."""
    settings: dict[str, Any] = {"client_id": "id-of-app", "client_secret": "secret-of-app", "account_number": "AB12C3"}
    return UPSConfig(**{**settings, **changes})


def sender(**changes: Any) -> Address:
    """Return the warehouse."""
    values: dict[str, Any] = {
        "name": "Ship Desk",
        "company": "Acme",
        "street1": "1 Dock Rd",
        "city": "Alpharetta",
        "region": "GA",
        "postal_code": "30005",
        "country_code": "US",
        "phone": "(770) 555-0100",
    }
    return Address(**{**values, **changes})


def recipient(**changes: Any) -> Address:
    """Return somebody in Colorado."""
    values: dict[str, Any] = {
        "name": "Jill Doe",
        "street1": "9 Elm St",
        "city": "Aurora",
        "region": "CO",
        "postal_code": "80012",
        "country_code": "US",
        "phone": "+1 303 555 0101",
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
        "title": "Cotton shirt",
        "quantity": 2,
        "unit_value": Money(amount="15.00", currency="USD"),
        "hs_code": "6109.10",
        "country_of_origin": "PT",
    }
    return ParcelItem(**{**values, **changes})


def request(**changes: Any) -> ShipmentRequest:
    """Return a parcel by Ground, within the US."""
    values: dict[str, Any] = {
        "ship_from": sender(),
        "ship_to": recipient(),
        "parcels": [parcel()],
        "service": "03",
    }
    return ShipmentRequest(**{**values, **changes})


def abroad(**changes: Any) -> ShipmentRequest:
    """Return a parcel from the US to France."""
    values: dict[str, Any] = {
        "ship_to": parisian(),
        "parcels": [parcel(items=[shirt()])],
        "service": "65",
        "customs": CustomsDeclaration(invoice_number="INV-7", invoice_date=TODAY, incoterm="DAP"),
    }
    return request(**{**values, **changes})


def step_of(asked: ShipmentRequest, *, reference: str = REFERENCE, **settings: Any) -> PurchaseStep:
    """Return the step that buys this."""
    made = prepare(asked, reference=reference, config=config(**settings), carrier=CARRIER, today=TODAY)
    return made.steps[0]


def body_of(asked: ShipmentRequest, **settings: Any) -> dict[str, Any]:
    """Return what UPS would be sent, below ``ShipmentRequest``."""
    document: dict[str, Any] = json.loads(step_of(asked, **settings).body)
    return document["ShipmentRequest"]  # type: ignore[no-any-return]  # plain JSON


def shipment_of(asked: ShipmentRequest, **settings: Any) -> dict[str, Any]:
    """Return what UPS would be sent, below ``ShipmentRequest.Shipment``."""
    return body_of(asked, **settings)["Shipment"]  # type: ignore[no-any-return]  # plain JSON


def money(value: str, currency: str = "USD") -> dict[str, str]:
    """Return an amount as UPS writes it."""
    return {"CurrencyCode": currency, "MonetaryValue": value}


def package_result(number: str = FIRST, *, data: bytes = ZPL, code: str = "ZPL") -> dict[str, Any]:
    """Return one package that was bought."""
    picture = base64.b64encode(data).decode()
    return {
        "TrackingNumber": number,
        "ShippingLabel": {"ImageFormat": {"Code": code, "Description": code}, "GraphicImage": picture},
    }


def bought(*packages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the answer to a purchase."""
    results: dict[str, Any] = {
        "ShipmentCharges": {
            "TransportationCharges": money("20.00"),
            "ServiceOptionsCharges": money("0.00"),
            "TotalCharges": money("20.00"),
        },
        "NegotiatedRateCharges": {
            "ItemizedCharges": [{"Code": "375", **money("1.50")}],
            "TotalCharge": money("12.50"),
        },
        "ShipmentIdentificationNumber": FIRST,
        "PackageResults": list(packages) or [package_result()],
    }
    results.update(changes)
    return {
        "ShipmentResponse": {
            "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
            "ShipmentResults": {name: value for name, value in results.items() if value is not None},
        }
    }


def found(*packages: tuple[str, bytes | None], code: str = "ZPL", **changes: Any) -> dict[str, Any]:
    """Return the answer to a look-up."""
    results: list[dict[str, Any]] = []
    for number, data in packages or ((FIRST, ZPL),):
        result: dict[str, Any] = {"TrackingNumber": number}
        if data is not None:
            picture = base64.b64encode(data).decode()
            result["LabelImage"] = {"LabelImageFormat": {"Code": code}, "GraphicImage": picture}
        results.append(result)
    answer: dict[str, Any] = {
        "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
        "ShipmentIdentificationNumber": FIRST,
        "LabelResults": results,
    }
    answer.update(changes)
    return {"LabelRecoveryResponse": {name: value for name, value in answer.items() if value is not None}}


def refusal(*codes: str) -> dict[str, Any]:
    """Return a refusal that quotes the recipient."""
    return {"response": {"errors": [{"code": code, "message": "Jill Doe, 9 Elm St is refused"} for code in codes]}}


def reply(document: object, status: int = 200) -> Answer:
    """Return an answer in JSON."""
    return status, {"content-type": "application/json"}, msgspec.json.encode(document)


TOKEN = {
    "token_type": "Bearer",
    "issued_at": "1795516800000",
    "client_id": "id-of-app",
    "access_token": "token-1",
    "scope": "",
    "expires_in": "14399",
    "refresh_count": "0",
    "status": "approved",
}


def transport(answer: Callable[[ReceivedRequest], Answer]) -> HandlerTransport:
    """Return UPS, which gives tokens by itself and asks ``answer`` for the rest."""
    return handler_transport(lambda asked: reply(TOKEN) if asked.path.endswith("/oauth/token") else answer(asked))


def carrier(answer: Callable[[ReceivedRequest], Answer], **settings: Any) -> UPSCarrier:
    """Return the driver before such a UPS."""
    return UPSCarrier(config(**settings), transport=transport(answer), clock=ManualClock())


def sent(driver: UPSCarrier) -> list[ReceivedRequest]:
    """Return what the driver has sent beside token requests."""
    return [one for one in all_sent(driver) if not one.path.endswith("/oauth/token")]


def all_sent(driver: UPSCarrier) -> list[ReceivedRequest]:
    """Return what the driver has sent, token requests too."""
    assert isinstance(driver.transport, HandlerTransport)
    return driver.transport.requests
