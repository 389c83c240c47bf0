"""All prices with their days in one call: ``POST /shipments/v3/options/search`` (field guide usps.md §2.1, §2.2)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from cartcarrier.sandbox.usps import rate_shapes
from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.geography import MILITARY, local_time, state_of, zone
from cartcarrier.sandbox.usps.lanes import price_group
from cartcarrier.sandbox.usps.products import CLASSES, EXTRA_SERVICES
from cartcarrier.sandbox.usps.rating import (
    check_services,
    has_service,
    offer,
    offer_abroad,
    quote_duties,
    resolve_price_type,
)
from cartcarrier.sandbox.usps.tariff import Piece, Price, add_days, price_service, rate_node, read_piece, transit_days

DAYS_AHEAD: Final = timedelta(days=30)
_EVERYTHING: Final = frozenset({"ALL", "ALL_OUTBOUND", "ALL_RETURNS"})


def search(world: World, body: Node) -> Node:
    """Answer a search for shipping options.

    Raises:
        USPSError: What has no price.
        ShapeError: What the gateway does not let through.
    """
    rate_shapes.SHIPPING_OPTIONS(body, "")
    description: Node = body["packageDescription"]
    abroad = "destinationCountryCode" in body
    origin_state = state_of(body["originZIPCode"])
    if origin_state is None:
        raise USPSError("160243", "ZIP Code is not valid", "originZIPCode")
    start = _read_day(world, description, origin_state)
    piece = read_piece(description)
    if not abroad and state_of(body["destinationZIPCode"]) is None:
        raise USPSError("160244", "ZIP Code is not valid", "destinationZIPCode")
    mail_class = description["mailClass"]
    if mail_class not in _EVERYTHING:
        check_services(mail_class, description.get("extraServices", ()), "160155")
    made = []
    for pricing in body["pricingOptions"]:
        prices = _find(world, body, pricing, piece)
        options = [_option(price, body, start) for price in prices]
        if "shippingFilter" in body:
            options = _only_best(options, body["shippingFilter"])
        made.append({**pricing, "shippingOptions": _by_class(options)})
    if not any(entry["shippingOptions"] for entry in made):
        raise USPSError("160306", "No valid rates for these mail classes", "packageDescription.mailClass")
    answer: Node = {"originZIPCode": body["originZIPCode"], "pricingOptions": made}
    for name in ("destinationZIPCode", "foreignPostalCode", "destinationCountryCode"):
        if name in body:
            answer[name] = body[name]
    return answer


def commitment(mail_class: str, origin: str, destination: str, start: date) -> Node:
    """Return the delivery commitment of a domestic class; none for soldiers, only a word."""
    state = state_of(destination)
    if state in MILITARY:
        return {"name": "MILITARY"}
    days = transit_days(mail_class, zone(origin, destination))
    arrival = add_days(start, days, sunday=mail_class == "PRIORITY_MAIL_EXPRESS").isoformat()
    return {
        "name": f"{days} Day" if days == 1 else f"{days} Days",
        "scheduleDeliveryDate": arrival,
        "expectedDeliveryDate": arrival,
        "guaranteedDelivery": CLASSES[mail_class].guaranteed,
        "isPriorityMailNextDay": mail_class == "PRIORITY_MAIL" and days == 1,
    }


def _find(world: World, body: Node, pricing: Node, piece: Piece) -> list[Price]:
    mail_class = body["packageDescription"]["mailClass"]
    account = pricing.get("paymentAccount", {})
    asked = pricing.get("priceType", "COMMERCIAL")
    if asked == "CONTRACT" and "accountNumber" not in account:
        raise USPSError("160154", "required when priceType is 'CONTRACT'", "paymentAccount")
    if asked == "CONTRACT" and "destinationCountryCode" not in body and "CRID" not in account:
        raise USPSError("160154", "required when priceType is 'CONTRACT'", "paymentAccount.CRID")
    price_type = resolve_price_type(world, {"priceType": asked, **account}, explicit_class=True)
    if "destinationCountryCode" in body:
        return offer_abroad(piece, [mail_class], price_group(body["destinationCountryCode"]), price_type)
    found = offer(piece, [mail_class], zone(body["originZIPCode"], body["destinationZIPCode"]), price_type)
    wanted = body.get("destinationEntryFacilityType", "NONE")
    return [price for price in found if wanted in ("NONE", price.of.facility)]


def _option(price: Price, body: Node, start: date) -> tuple[str, Node, int]:
    """Return class, rate option and days in transit."""
    description = body["packageDescription"]
    value = Decimal(str(description.get("packageValue", 0)))
    codes = [
        code
        for code in description.get("extraServices", ())
        if has_service(price.of.mail_class, code) and code in EXTRA_SERVICES
    ]
    services = [price_service(code, value, price.of.price_type) for code in codes]
    abroad = "destinationCountryCode" in body
    rate = rate_node(price)
    dimensional = rate.pop("dimWeight")
    rate["dimensionalWeight"] = dimensional if abroad else dimensional * 16  # ounces at home (guide §2.2)
    made: Node = {
        "totalPrice": price.total + sum((service["price"] for service in services), Decimal(0)),
        "totalBasePrice": price.total,
        "rates": [rate],
        "extraServices": services,
    }
    if abroad:
        made |= quote_duties(body)
        return price.of.mail_class, made, 0
    promised = commitment(price.of.mail_class, body["originZIPCode"], body["destinationZIPCode"], start)
    made["commitment"] = promised
    return price.of.mail_class, made, transit_days(price.of.mail_class, int(price.zone))


def _by_class(options: list[tuple[str, Node, int]]) -> list[Node]:
    classes: dict[str, list[Node]] = {}
    for mail_class, option, _ in options:
        classes.setdefault(mail_class, []).append(option)
    return [{"mailClass": mail_class, "rateOptions": found} for mail_class, found in classes.items()]


def _only_best(options: list[tuple[str, Node, int]], by: str) -> list[tuple[str, Node, int]]:
    if by == "SERVICE_STANDARDS":
        options = sorted(options, key=lambda one: (one[2], one[1]["totalPrice"]))
    else:
        options = sorted(options, key=lambda one: one[1]["totalPrice"])
    return options[:1]


def _read_day(world: World, description: Node, state: str) -> date:
    here = local_time(state)
    today = world.now().astimezone(here).date()
    if "mailingDate" not in description:
        return today
    written: str = description["mailingDate"]
    read = datetime.fromisoformat(written)
    wanted = read.astimezone(here).date() if read.tzinfo is not None else read.date()
    if not today <= wanted <= today + DAYS_AHEAD:
        last = today + DAYS_AHEAD
        raise USPSError(
            "040002",
            f"Invalid AcceptDate {wanted:%m/%d/%Y}. AcceptDate must be between {today:%m/%d/%Y} and {last:%m/%d/%Y}.",
            "mailingDate",
        )
    return wanted
