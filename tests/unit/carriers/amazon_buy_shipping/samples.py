"""Requests and answers for the tests of the Buy Shipping driver; all invented."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import msgspec

from cartcarrier.carriers.amazon_buy_shipping import AmazonBuyShippingCarrier, AmazonBuyShippingConfig, schemas
from cartcarrier.carriers.amazon_buy_shipping.mapping import prepare, to_question, to_rates
from cartcarrier.http import HandlerTransport, ManualClock, ReceivedRequest, handler_transport, json_decoder
from cartcarrier.models import (
    Address,
    Dimensions,
    LengthUnit,
    OrderRef,
    Parcel,
    ParcelItem,
    PurchaseStep,
    Rate,
    ShipmentRequest,
    Weight,
    WeightUnit,
)

REFERENCE = "cc-0123456789abcdef"
CARRIER = "amazon-buy-shipping:default"
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=10)
ORDER_ID = "902-1106328-1059050"
LINE_ID = "79039765272157"
NUMBER = "TBA123456789000"
SHIPMENT_ID = "87852211788104"
PNG = b"\x89PNG\r\n\x1a\nlabel"
PDF = b"%PDF-1.4 label"
ZPL = b"^XA^FDlabel^FS^XZ"

Answer = tuple[int, Mapping[str, str], bytes]
Json = dict[str, Any]


def config(**changes: Any) -> AmazonBuyShippingConfig:
    """Return settings of a seller in the US."""
    settings: Json = {
        "client_id": "amzn1.application-oa2-client.one",
        "client_secret": "secret-of-app",
        "refresh_token": "Atzr|refresh-of-seller",
        "seller_id": "A3SELLER",
        "marketplace_ids": ["ATVPDKIKX0DER"],
        "region": "na",
    }
    return AmazonBuyShippingConfig(**{**settings, **changes})


def sender(**changes: Any) -> Address:
    """Return the warehouse."""
    values: Json = {
        "name": "Ship Desk",
        "company": "Acme",
        "street1": "1 Dock Rd",
        "city": "Reno",
        "region": "NV",
        "postal_code": "89506",
        "country_code": "US",
        "phone": "7755550100",
    }
    return Address(**{**values, **changes})


def recipient(**changes: Any) -> Address:
    """Return somebody in Colorado."""
    values: Json = {
        "name": "Jill Doe",
        "street1": "9 Elm St",
        "city": "Aurora",
        "region": "CO",
        "postal_code": "80012",
        "country_code": "US",
    }
    return Address(**{**values, **changes})


def parcel(**changes: Any) -> Parcel:
    """Return a box of 3 lb."""
    values: Json = {
        "weight": Weight(value="3", unit=WeightUnit.POUND),
        "dimensions": Dimensions(length="10", width="8", height="4", unit=LengthUnit.INCH),
    }
    return Parcel(**{**values, **changes})


def book(**changes: Any) -> ParcelItem:
    """Return a line of an Amazon order."""
    values: Json = {"sku": "BOOK-1", "title": "A book", "quantity": 2, "order_line_id": LINE_ID}
    return ParcelItem(**{**values, **changes})


def request(**changes: Any) -> ShipmentRequest:
    """Return a parcel of an order from outside Amazon."""
    values: Json = {"ship_from": sender(), "ship_to": recipient(), "parcels": [parcel()]}
    return ShipmentRequest(**{**values, **changes})


def amazon_request(**changes: Any) -> ShipmentRequest:
    """Return a parcel of an order of Amazon's marketplace."""
    values: Json = {
        "order": OrderRef(channel="amazon:default", order_id=ORDER_ID),
        "parcels": [parcel(items=[book()])],
    }
    return request(**{**values, **changes})


def document(form: str = "PNG", *, width: int = 4, length: int = 6, unit: str = "INCH", **option: Any) -> Json:
    """Return a form in which an offer's label can be had."""
    values: Json = {
        "supportedDPIs": [300, 203],
        "supportedPageLayouts": ["LEFT", "RIGHT"],
        "supportedFileJoiningOptions": [True, False],
        "supportedDocumentDetails": [{"name": "LABEL", "isMandatory": True}],
    }
    return {
        "format": form,
        "size": {"width": width, "length": length, "unit": unit},
        "printOptions": [{**values, **option}],
    }


def service(name: str, cost: float = 0, unit: str = "USD") -> Json:
    """Return a value-added service."""
    return {"id": name, "name": name.lower(), "cost": {"value": cost, "unit": unit}}


def group(*services: Json, required: bool = True) -> Json:
    """Return a group of value-added services."""
    return {
        "groupId": "CONFIRMATION",
        "groupDescription": "Confirmation",
        "isRequired": required,
        "valueAddedServices": list(services),
    }


def offer(**changes: Any) -> Json:
    """Return an offer of Amazon's."""
    values: Json = {
        "rateId": "rate-1",
        "carrierId": "AMZN_US",
        "carrierName": "Amazon Shipping",
        "serviceId": "std-us-swa-mfn",
        "serviceName": "Ground",
        "totalCharge": {"value": 7, "unit": "USD"},
        "promise": {"deliveryWindow": {"start": "2026-01-08T08:00:00Z", "end": "2026-01-08T20:00:00Z"}},
        "supportedDocumentSpecifications": [document("PDF"), document("PNG"), document("ZPL")],
        "requiresAdditionalInputs": False,
    }
    return {**values, **changes}


def rates_answer(*offers: Json, ineligible: list[Json] | None = None) -> Json:
    """Return the answer to a question for prices."""
    return {
        "payload": {
            "requestToken": "token-of-the-answer",
            "rates": list(offers),
            "ineligibleRates": ineligible or [],
        }
    }


def ineligible(code: str, name: str = "UPS_PTP_GND") -> Json:
    """Return a service that is not on offer."""
    return {
        "serviceId": name,
        "serviceName": name,
        "carrierId": "UPS",
        "carrierName": "UPS",
        "ineligibilityReasons": [{"code": code, "message": "Jill Doe, 9 Elm St cannot be served"}],
    }


def read_rates(*offers: Json) -> schemas.Rates:
    """Return an answer as the driver reads it."""
    return json_decoder(schemas.Rates).decode(msgspec.json.encode(rates_answer(*offers)["payload"]))


def rates_for(asked: ShipmentRequest, *offers: Json, **settings: Any) -> list[Rate]:
    """Return the rates of some offers."""
    question = to_question(asked, config(**settings))
    rates, _ = to_rates(read_rates(*offers), asked, question, carrier=CARRIER, valid_until=UNTIL)
    return rates


def at_rate(asked: ShipmentRequest, *offers: Json) -> ShipmentRequest:
    """Return the request at the first rate of some offers."""
    return attrs.evolve(asked, rate=rates_for(asked, *(offers or (offer(),)))[0])


def step_of(asked: ShipmentRequest, *offers: Json, reference: str = REFERENCE) -> PurchaseStep:
    """Return the step that buys this, at the first rate of some offers."""
    made = asked if asked.rate is not None else at_rate(asked, *offers)
    return prepare(made, reference=reference, config=config(), carrier=CARRIER).steps[0]


def sent_by(step: PurchaseStep) -> Json:
    """Return what a step sends."""
    return json.loads(step.body)["request"]  # type: ignore[no-any-return]  # plain JSON


def question_of(asked: ShipmentRequest, **settings: Any) -> Json:
    """Return what Amazon is asked."""
    return json.loads(to_question(asked, config(**settings)).body)  # type: ignore[no-any-return]  # plain JSON


def bought(data: bytes | None = PNG, **changes: Any) -> Json:
    """Return the answer to a purchase."""
    details: Json = {
        "packageClientReferenceId": "1",
        "trackingId": NUMBER,
        "packageDocuments": [
            {"type": "LABEL", "format": "PNG", "contents": base64.b64encode(data).decode()},
        ]
        if data is not None
        else [],
    }
    details.update(changes)
    payload: Json = {"shipmentId": SHIPMENT_ID, "packageDocumentDetails": [details], "promise": {}}
    return {"payload": payload}


def refusal(code: str = "InvalidInput", message: str = "Jill Doe, 9 Elm St is refused") -> Json:
    """Return a refusal that quotes the recipient."""
    return {"errors": [{"code": code, "message": message, "details": ""}]}


def reply(document: object, status: int = 200, **headers: str) -> Answer:
    """Return an answer in JSON."""
    return (
        status,
        {"content-type": "application/json", "x-amzn-RequestId": "req-1", **headers},
        msgspec.json.encode(document),
    )


TOKEN = {"access_token": "Atza|access-1", "token_type": "bearer", "expires_in": 3600}


def transport(answer: Callable[[ReceivedRequest], Answer]) -> HandlerTransport:
    """Return Amazon, which gives tokens by itself and asks ``answer`` for the rest."""
    return handler_transport(lambda asked: reply(TOKEN) if asked.path == "/auth/o2/token" else answer(asked))


def carrier(answer: Callable[[ReceivedRequest], Answer], **settings: Any) -> AmazonBuyShippingCarrier:
    """Return the driver before such an Amazon, at noon of 5 January 2026."""
    return AmazonBuyShippingCarrier(config(**settings), transport=transport(answer), clock=ManualClock(NOW))


def sent(driver: AmazonBuyShippingCarrier) -> list[ReceivedRequest]:
    """Return what the driver has sent beside token requests."""
    assert isinstance(driver.transport, HandlerTransport)
    return [one for one in driver.transport.requests if one.path != "/auth/o2/token"]
