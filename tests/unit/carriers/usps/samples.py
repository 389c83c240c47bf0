"""Requests and answers for the tests of the USPS driver; all invented."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from cartcarrier.carriers.usps import USPSCarrier, USPSConfig, USPSOptions
from cartcarrier.carriers.usps.mapping import prepare
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
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
TODAY = date(2026, 12, 1)
CARRIER = "usps:default"
FIRST = "9400100000000000123453"
SECOND = "9400100000000000123460"
FOREIGN = "EA123456785US"
PDF = b"%PDF-1.4 label"
ZPL = b"^XA^FO20,20^FDone^FS^XZ"
SECRET = "0123456789abcdef0123456789abcdef"

Answer = tuple[int, Mapping[str, str], bytes]
Handler = Callable[[ReceivedRequest], Answer]


def config(**changes: Any) -> USPSConfig:
    """Return settings of an account with plenty of calls, and without memory."""
    settings: dict[str, Any] = {
        "client_id": "key-of-app",
        "client_secret": "secret-of-app",
        "crid": "12345678",
        "mid": "900123456",
        "manifest_mid": "900123457",
        "account_type": "EPS",
        "account_number": "1000000001",
        "calls_per_hour": 100_000,
        "quote_cache_minutes": 0,
        "address_cache_days": 0,
    }
    return USPSConfig(**{**settings, **changes})


def sender(**changes: Any) -> Address:
    """Return the warehouse."""
    values: dict[str, Any] = {
        "name": "Ship Desk",
        "company": "Acme Inc",
        "street1": "1 Dock Rd",
        "city": "New York",
        "region": "NY",
        "postal_code": "10018",
        "country_code": "US",
        "phone": "(212) 555-0100",
        "email": "ship@acme.test",
    }
    return Address(**{**values, **changes})


def recipient(**changes: Any) -> Address:
    """Return somebody in Colorado."""
    values: dict[str, Any] = {
        "name": "Jill Q Doe",
        "street1": "9 Elm St",
        "street2": "Apt 4",
        "city": "Aurora",
        "region": "CO",
        "postal_code": "80012",
        "country_code": "US",
        "phone": "+1 303 555 0101",
        "email": "jill@doe.test",
    }
    return Address(**{**values, **changes})


def soldier(**changes: Any) -> Address:
    """Return somebody in the military post."""
    return recipient(
        **{
            "street1": "PSC 802 BOX 74",
            "street2": None,
            "city": "APO",
            "region": "AE",
            "postal_code": "09499",
            **changes,
        }
    )


def canadian(**changes: Any) -> Address:
    """Return somebody in Canada."""
    values: dict[str, Any] = {
        "name": "Ann Roy",
        "street1": "10 Rue A",
        "city": "Ottawa",
        "region": "ON",
        "postal_code": "k1a 0b1",
        "country_code": "CA",
        "phone": "+1 613 555 0100",
    }
    return Address(**{**values, **changes})


def berliner(**changes: Any) -> Address:
    """Return somebody in Germany."""
    values: dict[str, Any] = {
        "name": "Jörg Müller",
        "street1": "Unter den Linden 1",
        "city": "Berlin",
        "postal_code": "10117",
        "country_code": "DE",
        "phone": "+49 30 5550100",
    }
    return Address(**{**values, **changes})


def pounds(value: str) -> Weight:
    """Return a weight."""
    return Weight(value=Decimal(value), unit=WeightUnit.POUND)


def inches(length: str, width: str, height: str) -> Dimensions:
    """Return sides."""
    return Dimensions(length=length, width=width, height=height, unit=LengthUnit.INCH)


def dollars(value: str) -> Money:
    """Return money."""
    return Money(amount=Decimal(value), currency="USD")


def parcel(**changes: Any) -> Parcel:
    """Return a box of 1.25 lb."""
    values: dict[str, Any] = {"weight": pounds("1.25"), "dimensions": inches("9", "6", "4")}
    return Parcel(**{**values, **changes})


def shirt(**changes: Any) -> ParcelItem:
    """Return two shirts."""
    values: dict[str, Any] = {
        "title": "Cotton shirt",
        "quantity": 2,
        "unit_value": dollars("20"),
        "weight": pounds("0.5"),
        "hs_code": "6109.10",
        "country_of_origin": "PT",
    }
    return ParcelItem(**{**values, **changes})


def options(**changes: Any) -> ShipmentOptions:
    """Return what is asked beside."""
    return ShipmentOptions(**changes)


def extra(**changes: Any) -> ShipmentOptions:
    """Return what only USPS is asked."""
    return ShipmentOptions(carrier_options=USPSOptions(**changes))


def request(**changes: Any) -> ShipmentRequest:
    """Return a parcel by Ground Advantage."""
    values: dict[str, Any] = {
        "ship_from": sender(),
        "ship_to": recipient(),
        "parcels": [parcel()],
        "service": "USPS_GROUND_ADVANTAGE",
    }
    return ShipmentRequest(**{**values, **changes})


def abroad(**changes: Any) -> ShipmentRequest:
    """Return a parcel to Canada."""
    values: dict[str, Any] = {
        "ship_to": canadian(),
        "parcels": [parcel(items=[shirt()])],
        "service": "PRIORITY_MAIL_INTERNATIONAL",
        "customs": CustomsDeclaration(invoice_number="INV-7"),
    }
    return request(**{**values, **changes})


def military(**changes: Any) -> ShipmentRequest:
    """Return a parcel to a soldier."""
    values: dict[str, Any] = {
        "ship_to": soldier(),
        "parcels": [parcel(items=[shirt()])],
        "service": "PRIORITY_MAIL",
        "customs": CustomsDeclaration(),
    }
    return request(**{**values, **changes})


def back(**changes: Any) -> ShipmentRequest:
    """Return a return."""
    values: dict[str, Any] = {"ship_from": recipient(), "ship_to": sender(), "is_return": True}
    return request(**{**values, **changes})


def steps_of(asked: ShipmentRequest, *, reference: str = REFERENCE) -> tuple[PurchaseStep, ...]:
    """Return the steps that buy this."""
    return prepare(asked, reference=reference, carrier=CARRIER, crid="12345678", now=NOW).steps


def step_of(asked: ShipmentRequest, *, reference: str = REFERENCE) -> PurchaseStep:
    """Return the step that buys this."""
    return steps_of(asked, reference=reference)[0]


def body_of(asked: ShipmentRequest) -> dict[str, Any]:
    """Return what USPS would be sent."""
    return json.loads(step_of(asked).body, parse_float=Decimal)  # type: ignore[no-any-return]  # plain JSON


def package_of(asked: ShipmentRequest) -> dict[str, Any]:
    """Return what USPS would be told of the parcel."""
    return body_of(asked)["packageDescription"]  # type: ignore[no-any-return]  # plain JSON


def b64(data: bytes) -> str:
    """Return bytes as USPS writes them."""
    return base64.b64encode(data).decode()


def bought(number: str = FIRST, *, data: bytes = PDF, **changes: Any) -> dict[str, Any]:
    """Return the answer to a purchase."""
    answer = {
        "labelAddress": {"streetAddress": "9 ELM ST", "city": "AURORA", "state": "CO", "ZIPCode": "80012"},
        "routingInformation": "42080012",
        "trackingNumber": number,
        "SKU": "DUXP0XXXXC05013",
        "postage": 8.25,
        "extraServices": [{"name": "USPS Tracking", "SKU": "DXTU0EXXXCX0000", "price": 0}],
        "fees": [],
        "zone": "05",
        "mailingDate": "2026-12-01T00:00:00Z",
        "weight": 1.25,
        "labelImage": b64(data),
    }
    return {name: value for name, value in {**answer, **changes}.items() if value is not None}


def bought_abroad(number: str = FOREIGN, **changes: Any) -> dict[str, Any]:
    """Return the answer to a purchase abroad."""
    answer = {
        "internationalTrackingNumber": number,
        "postage": 25.5,
        "extraServices": [{"serviceID": "930", "serviceName": "Insurance", "sku": "IX", "price": 2.25}],
        "fees": [{"name": "Nonstandard", "SKU": "F1", "price": 1}],
        "dimensionalWeight": "0.00",
        "mailingDate": "2026-12-01",
        "labelImage": b64(PDF),
    }
    return {**answer, **changes}


def price(
    mail_class: str = "USPS_GROUND_ADVANTAGE", amount: float = 8.25, *, indicator: str | None = "SP", **changes: Any
) -> dict[str, Any]:
    """Return one rate."""
    made = {
        "SKU": "DUXP0XXXXC05013",
        "description": f"{mail_class} Machinable Single-piece",
        "priceType": "COMMERCIAL",
        "price": amount,
        "weight": 1.25,
        "fees": [],
        "startDate": "2026-01-01",
        "endDate": "",
        "mailClass": mail_class,
        "zone": "05",
        "processingCategory": "MACHINABLE",
        "rateIndicator": indicator,
        "destinationEntryFacilityType": "NONE",
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def rate_option(*rates: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return one way to send it."""
    found = list(rates) or [price()]
    total = sum(rate["price"] for rate in found)
    answer = {
        "commitment": {
            "name": "3 Days",
            "scheduleDeliveryDate": "2026-12-04",
            "expectedDeliveryDate": "2026-12-05",
            "guaranteedDelivery": False,
        },
        "totalBasePrice": total,
        "totalPrice": total,
        "rates": found,
        "extraServices": [],
    }
    return {name: value for name, value in {**answer, **changes}.items() if value is not None}


def priced(*choices: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of Shipping Options."""
    classes: dict[str, list[dict[str, Any]]] = {}
    for choice in choices or (rate_option(),):
        classes.setdefault(choice["rates"][0]["mailClass"], []).append(choice)
    return {
        "originZIPCode": "10018",
        "destinationZIPCode": "80012",
        "pricingOptions": [
            {
                "priceType": "COMMERCIAL",
                "shippingOptions": [{"mailClass": name, "rateOptions": found} for name, found in classes.items()],
            }
        ],
    }


def event(code: str, text: str, local: str = "2026-12-02T13:58:00", **changes: Any) -> dict[str, Any]:
    """Return a scan."""
    made = {
        "eventType": text,
        "eventCode": code,
        "eventTimestamp": local,
        "eventCity": "AURORA",
        "eventState": "CO",
        "eventZIPCode": "80012",
    }
    return {**made, **changes}


def tracked(*events: dict[str, Any], number: str = FIRST, **changes: Any) -> dict[str, Any]:
    """Return where a parcel is; events newest first, as USPS has them."""
    return {"trackingNumber": number, "statusCategory": "In Transit", "trackingEvents": list(events), **changes}


def refusal(code: str | None, text: str = "Jill Doe, 9 Elm St is refused", status: int = 400, **source: Any) -> Answer:
    """Return a refusal that quotes the recipient."""
    item: dict[str, Any] = {"status": str(status), "title": "Bad Request", "detail": text, "source": source or {}}
    if code is not None:
        item["code"] = code
    head = {"code": str(status), "message": "Bad Request", "errors": [item]}
    return reply({"apiVersion": "/x/v3", "error": head}, status)


def reply(document: object, status: int = 200, **headers: str) -> Answer:
    """Return an answer in JSON."""
    return status, {"content-type": "application/json", **headers}, msgspec.json.encode(document)


TOKEN = {
    "access_token": "token-1",
    "token_type": "Bearer",
    "issued_at": 1795516800000,
    "expires_in": "28799",
    "status": "approved",
    "scope": "addresses prices shipments labels international-labels payments tracking",
}
PAYMENT = {"paymentAuthorizationToken": "payment-1", "roles": []}
UNCOUNTED = ("/oauth2/v3/token", "/payments/v3/payment-authorization")


def transport(answer: Handler) -> HandlerTransport:
    """Return USPS, which gives both tokens by itself and asks ``answer`` for the rest."""

    def respond(asked: ReceivedRequest) -> Answer:
        if asked.path == UNCOUNTED[0]:
            return reply(TOKEN)
        return reply(PAYMENT) if asked.path == UNCOUNTED[1] else answer(asked)

    return handler_transport(respond)


def carrier(answer: Handler, *, keep_raw: bool = False, **settings: Any) -> USPSCarrier:
    """Return the driver before such a USPS."""
    return USPSCarrier(config(**settings), transport=transport(answer), clock=ManualClock(NOW), keep_raw=keep_raw)


def sent(driver: USPSCarrier) -> list[ReceivedRequest]:
    """Return what the driver has sent beside token requests."""
    return [one for one in all_sent(driver) if one.path not in UNCOUNTED]


def all_sent(driver: USPSCarrier) -> list[ReceivedRequest]:
    """Return what the driver has sent, token requests too."""
    assert isinstance(driver.transport, HandlerTransport)
    return driver.transport.requests


def never(asked: ReceivedRequest) -> Answer:
    """Fail: nothing may be sent."""
    raise AssertionError(f"{asked.method} {asked.path} was sent")
