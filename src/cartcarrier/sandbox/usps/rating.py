"""Prices: ``POST /prices/v3/…/search`` and ``/international-prices/v3/…/search`` (field guide usps.md §2)."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from cartcarrier.sandbox.usps import rate_shapes
from cartcarrier.sandbox.usps.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.geography import local_time, state_of, zone
from cartcarrier.sandbox.usps.lanes import price_group
from cartcarrier.sandbox.usps.products import (
    ABROAD_BY_CLASS,
    CONTENT_RESTRICTED,
    DOMESTIC,
    EXPRESS_ONLY,
    FLAT_RATES,
    FLAT_RATES_ABROAD,
    OLD_CATEGORIES,
    OLD_NAMES,
    RATED_ABROAD,
    RETURNS,
    SINGLE_PIECE,
)
from cartcarrier.sandbox.usps.tariff import Ingredients, Piece, Price, price_piece, price_service, rate_node, read_piece

DAYS_AHEAD: Final = timedelta(days=7)
_ENTRIES: Final = (
    "DESTINATION_DELIVERY_UNIT",
    "DESTINATION_SERVICE_HUB",
    "DESTINATION_SECTIONAL_CENTER_FACILITY",
    "DESTINATION_NETWORK_DISTRIBUTION_CENTER",
)


def search(world: World, name: str, body: Node) -> Node | list[Node]:
    """Answer one of the domestic price searches.

    Args:
        world: What the platform knows.
        name: ``base-rates``, ``base-rates-list``, ``total-rates`` or ``extra-service-rates``.
        body: The request.

    Raises:
        USPSError: What has no price.
        ShapeError: What the gateway does not let through.
    """
    if name == "extra-service-rates":
        rate_shapes.EXTRA_SERVICE_RATES(body, "")
        price_type = resolve_price_type(world, body, explicit_class=True)
        value = Decimal(str(body.get("itemValue", 0)))
        codes = body.get("extraServices") or [921, 922, 930, 955]
        if value <= 0 and "extraServices" not in body:
            codes = [code for code in codes if code != 930]
        check_services(body["mailClass"], codes, "160010")
        return [price_service(code, value, price_type) for code in codes]
    if name == "base-rates":
        rate_shapes.BASE_RATES(body, "")
        check_day(world, body)
        made = price_piece(read_piece(body), ingredients(world, body), find_zone(body))
        check_category(made, read_piece(body))
        return {"totalBasePrice": made.total, "rates": [rate_node(made)]}
    shape = rate_shapes.TOTAL_RATES if name == "total-rates" else rate_shapes.BASE_RATES_LIST
    shape(body, "")
    check_day(world, body)
    asked = body.get("mailClasses") or [body.get("mailClass", "ALL")]
    price_type = resolve_price_type(world, body, explicit_class="ALL" not in asked)
    offers = offer(read_piece(body), asked, find_zone(body), price_type)
    if not offers:
        raise USPSError("030020", "No valid rates for these parameters.")
    value = Decimal(str(body.get("itemValue", 0)))
    return {"rateOptions": [rate_option(price, body, value, total=name == "total-rates") for price in offers]}


def search_abroad(world: World, name: str, body: Node) -> Node:
    """Answer one of the international price searches; see ``search``."""
    if name == "extra-service-rates":
        rate_shapes.ABROAD_EXTRA_SERVICE_RATES(body, "")
        value = Decimal(body.get("itemValue", "0"))
        codes = body.get("extraServices") or ([body["extraService"]] if "extraService" in body else [930])
        found = [price_service(code, value, "RETAIL") for code in codes]
        return {"extraServices": [{**node, "extraService": int(node["extraService"])} for node in found]}
    shapes = {
        "base-rates": rate_shapes.ABROAD_BASE_RATES,
        "base-rates-list": rate_shapes.ABROAD_BASE_RATES_LIST,
        "total-rates": rate_shapes.ABROAD_TOTAL_RATES,
    }
    shapes[name](body, "")
    check_day(world, body)
    group = price_group(body["destinationCountryCode"])
    price_type = resolve_price_type(world, body, explicit_class=body.get("mailClass", "ALL") != "ALL")
    if name == "base-rates":
        made = price_piece(read_piece(body), ingredients(world, body), group)
        return {"totalBasePrice": made.total, "rates": [rate_node(made)]}
    offers = offer_abroad(read_piece(body), [body.get("mailClass", "ALL")], group, price_type)
    if not offers:
        raise USPSError("030020", "No valid rates for these parameters.")
    value = Decimal(str(body.get("itemValue", 0)))
    duties = quote_duties(body)
    options = []
    for price in offers:
        option = rate_option(price, body, value, total=name == "total-rates")
        options.append(
            {**option, **duties} if price.of.mail_class == "PRIORITY_MAIL_EXPRESS_INTERNATIONAL" or duties else option
        )
    return {"rateOptions": options}


def offer(piece: Piece, classes: Iterable[str], zone_number: int, price_type: str) -> list[Price]:
    """Return every price of some domestic classes that the parcel can have; ``ALL`` means all that bring something there."""
    found: list[Price] = []
    for mail_class in _expand(classes, tuple(DOMESTIC)):
        if mail_class not in DOMESTIC | RETURNS:
            continue
        facilities = _ENTRIES if mail_class == "PARCEL_SELECT" else ("NONE",)
        for facility in facilities:
            for indicator in _indicators(piece, mail_class, FLAT_RATES):
                of = Ingredients(
                    mail_class=mail_class,
                    indicator=indicator,
                    category=piece.category,
                    facility=facility,
                    price_type=price_type if mail_class not in CONTENT_RESTRICTED else "COMMERCIAL",
                )
                found += _try(piece, of, zone_number)
    return found


def offer_abroad(piece: Piece, classes: Iterable[str], group: int, price_type: str) -> list[Price]:
    """Return every price of some international classes; see ``offer``."""
    found: list[Price] = []
    for mail_class in _expand(classes, tuple(RATED_ABROAD)):
        for indicator in _indicators(piece, mail_class, FLAT_RATES_ABROAD):
            of = Ingredients(mail_class=mail_class, indicator=indicator, category="MACHINABLE", price_type=price_type)
            found += _try(piece, of, group)
    return found


def rate_option(price: Price, body: Node, value: Decimal, *, total: bool) -> Node:
    """Return a price as USPS writes it in ``rateOptions``.

    Args:
        price: The price.
        body: The request; its extra services are priced where the class has them.
        value: Of the goods.
        total: Whether extra services belong into the answer.
    """
    made: Node = {"totalBasePrice": price.total, "rates": [rate_node(price)]}
    if not total:
        return made
    codes = [code for code in body.get("extraServices", ()) if has_service(price.of.mail_class, code)]
    services = [price_service(code, value, price.of.price_type) for code in codes]
    made["extraServices"] = services
    if "extraServices" in body:
        made["totalPrice"] = price.total + sum((service["price"] for service in services), Decimal(0))
    return made


def has_service(mail_class: str, code: int) -> bool:
    """Say whether a class has an extra service."""
    if mail_class in ABROAD_BY_CLASS:
        return code in ABROAD_BY_CLASS[mail_class] | {370}
    if code in EXPRESS_ONLY:
        return mail_class == "PRIORITY_MAIL_EXPRESS"
    if code in {940, 941}:
        return mail_class.startswith("PRIORITY_MAIL")
    if code in range(910, 914):
        return mail_class in {"PRIORITY_MAIL", "USPS_GROUND_ADVANTAGE"}
    if mail_class in CONTENT_RESTRICTED:
        return code not in {415, 921, 922, 923, 924}
    return True


def check_services(mail_class: str, codes: Iterable[int], code: str) -> None:
    """Refuse extra services that a class does not have.

    Raises:
        USPSError: With that code.
    """
    wrong = [one for one in codes if not has_service(OLD_NAMES.get(mail_class, mail_class), one)]
    if wrong:
        text = f"Mailclass : {mail_class} with ExtraServices: {wrong} is an unsupported combination."
        raise USPSError(code, text, "packageDescription.mailClass, packageDescription.extraServices")


def ingredients(world: World, body: Node) -> Ingredients:
    """Read the ingredients of an exact price."""
    mail_class = str(body["mailClass"])
    mail_class = OLD_NAMES.get(mail_class, mail_class)
    facility = body["destinationEntryFacilityType"]
    if mail_class == "USPS_RETAIL_GROUND" or (mail_class == "PARCEL_SELECT" and facility == "NONE"):
        mail_class = "USPS_GROUND_ADVANTAGE"
    category = str(body["processingCategory"])
    category = OLD_CATEGORIES.get(category, category)
    if mail_class not in DOMESTIC | RETURNS | RATED_ABROAD:
        raise USPSError("030022", "Could not find base postage for this piece.")
    return Ingredients(
        mail_class=mail_class,
        indicator=body["rateIndicator"],
        category=category,
        facility=facility,
        price_type=resolve_price_type(world, body, explicit_class=True),
    )


def check_category(price: Price, piece: Piece) -> None:
    """Refuse a parcel that is said to be machinable and is not.

    Raises:
        USPSError: 030011.
    """
    if price.of.category == "MACHINABLE" and not piece.is_machinable and price.of.mail_class in DOMESTIC | RETURNS:
        raise USPSError("030011", "Package was marked as machinable, but is nonmachinable")


def resolve_price_type(world: World, body: Mapping[str, Any], *, explicit_class: bool) -> str:
    """Return whose prices hold: an account's number brings its contract, whatever was asked for (guide §2.1).

    Args:
        world: What the platform knows.
        body: ``priceType``, ``accountType``, ``accountNumber``.
        explicit_class: Whether a class is named: without one there are no contract prices.

    Raises:
        USPSError: 403 when the account is another's, or the contract not shared with the app; 160207, 160208 a contract
            without an account; 160212 there is no contract.
    """
    asked = str(body.get("priceType", "COMMERCIAL"))
    asked = {"NSA": "CONTRACT", "COMMERCIAL_BASE": "COMMERCIAL", "COMMERCIAL_PLUS": "COMMERCIAL"}.get(asked, asked)
    account = body.get("accountNumber")
    if account is None:
        if asked == "CONTRACT":
            name, code = ("accountType", "160207") if "accountType" not in body else ("accountNumber", "160208")
            raise USPSError(code, f"{name} is required for priceType CONTRACT", name)
        return asked
    if account != ACCOUNT_NUMBER or not world.switch("contract_shared"):
        raise USPSError("", "The requested contract information is not authorized to access.", status=403)
    if not world.switch("contract"):
        if asked == "CONTRACT":
            raise USPSError("160212", "An approved contract could not be found. Please contact a sales representative.")
        return asked
    return "CONTRACT" if explicit_class else "COMMERCIAL"


def find_zone(body: Node) -> int:
    """Return the tariff zone of a request.

    Raises:
        USPSError: 030001 for a ZIP code that no place has.
    """
    origin, destination = body["originZIPCode"], body["destinationZIPCode"]
    if state_of(origin) is None or state_of(destination) is None:
        raise USPSError("030001", "Could not find zone from provided ZIPs, date, and mail class")
    return zone(origin, destination)


def check_day(world: World, body: Node) -> None:
    """Refuse a mailing date that has no prices.

    Raises:
        USPSError: 160211 in the past, 030003 more than seven days ahead.
    """
    if "mailingDate" not in body:
        return
    wanted = date.fromisoformat(body["mailingDate"])
    today = world.now().astimezone(local_time(state_of(body.get("originZIPCode", "10018")) or "NY")).date()
    if wanted < today:
        raise USPSError("160211", "must be a date in the present or in the future", "mailingDate")
    if wanted > today + DAYS_AHEAD:
        raise USPSError(
            "030003", f"The provided mailing date is not supported: {wanted} is too far ahead.", "mailingDate"
        )


def quote_duties(body: Node) -> Node:
    """Return the quote of duties and taxes, where it was asked for: a tenth and a fifth of the value, invented.

    Raises:
        USPSError: 160396 without items.
    """
    if not body.get("requestDutiesTaxesFees"):
        return {}
    items = body.get("items") or []
    if not items:
        raise USPSError("160396", "at least 1 item is required when requesting duties, taxes, and fees", "items")
    quotes = [
        {
            "itemId": item["itemId"],
            "dutyPrice": (Decimal(str(item["itemValue"])) * Decimal("0.10")).quantize(Decimal("0.01")),
            "taxPrice": (Decimal(str(item["itemValue"])) * Decimal("0.20")).quantize(Decimal("0.01")),
        }
        for item in items
    ]
    return {"dutiesTaxesFeesQuote": {"packageFee": Decimal("5.00"), "itemQuotes": quotes}}


def _expand(classes: Iterable[str], everything: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name in classes:
        if name in {"ALL", "ALL_OUTBOUND"}:
            found += everything
        elif name == "ALL_RETURNS":
            found += RETURNS
        else:
            renamed = "USPS_GROUND_ADVANTAGE" if name == "USPS_RETAIL_GROUND" else name
            found.append(OLD_NAMES.get(renamed, renamed))
    return list(dict.fromkeys(found))


def _indicators(piece: Piece, mail_class: str, flats: Mapping[str, Mapping[str, Any]]) -> list[str]:
    single = SINGLE_PIECE.get(mail_class, "SP")
    by_size = mail_class in {"USPS_GROUND_ADVANTAGE", "PRIORITY_MAIL"} and piece.dimensional > piece.weight
    if by_size:
        single = "DN" if piece.girth is not None else "DR"
    if piece.length_and_girth > 108:
        single = "OS"
    return [single, "CP", *flats.get(mail_class, {})]


def _try(piece: Piece, of: Ingredients, zone_number: int) -> list[Price]:
    try:
        return [price_piece(piece, of, zone_number)]
    except USPSError:
        return []
