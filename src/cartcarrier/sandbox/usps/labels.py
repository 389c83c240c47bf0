"""Buying labels at home: ``POST /labels/v3/label`` and ``/return-label`` (field guide usps.md §4.1 to §4.5, §4.8)."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

import attrs

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps import content_rules, keys, label_rules, label_shapes, payments, rating
from cartcarrier.sandbox.usps.account import CRID, MANIFEST_MID, MID, World
from cartcarrier.sandbox.usps.answers import Answer, Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.geography import local_time, state_of, zone
from cartcarrier.sandbox.usps.label_views import Call, answer
from cartcarrier.sandbox.usps.numbers import make_impb
from cartcarrier.sandbox.usps.options import commitment
from cartcarrier.sandbox.usps.products import CLASSES, LABEL_CLASSES, OLD_NAMES
from cartcarrier.sandbox.usps.tariff import Price, price_piece, price_service, read_piece

Roles = dict[str, Any]
RETURN_OF: Final = {
    "USPS_GROUND_ADVANTAGE": "USPS_GROUND_ADVANTAGE_RETURN_SERVICE",
    "PARCEL_SELECT": "USPS_GROUND_ADVANTAGE_RETURN_SERVICE",
    "PRIORITY_MAIL": "PRIORITY_MAIL_RETURN_SERVICE",
    "PRIORITY_MAIL_EXPRESS": "PRIORITY_MAIL_EXPRESS_RETURN_SERVICE",
}
_SERVICE_TYPES: Final = {921: "002", 922: "003", 923: "004", 924: "005", 930: "006", 931: "007"}


def buy(world: World, body: Node, call: Call) -> Answer:
    """Answer a request for a label; a repeat under one key gives the label of the first time.

    Raises:
        ShapeError: What the gateway does not let through.
        USPSError: What USPS refuses; nothing is charged then.
    """
    label_shapes.DOMESTIC_LABEL(body, "")
    roles = payments.check_payment_token(world, call.payment_token)
    print_ = keys.fingerprint("/label", body)
    label = keys.repeated(world, call.key, print_)
    if label is None:
        label = _make(world, body, roles, call, print_)
    return answer(world, label, call)


def buy_return(world: World, body: Node, call: Call) -> Answer:
    """Answer a request for a return label; it costs nothing until it is used (guide §4.8).

    Raises:
        ShapeError: What the gateway does not let through.
        USPSError: What USPS refuses.
    """
    label_shapes.RETURN_LABEL(body, "")
    roles = payments.check_payment_token(world, call.payment_token)
    if not world.switch("ship_returns"):
        raise USPSError(
            "160304",
            "Must be enrolled in USPS Ship Returns in order to create return labels",
            "Header: X-Payment-Authorization-Token",
        )
    print_ = keys.fingerprint("/return-label", body)
    label = keys.repeated(world, call.key, print_)
    if label is None:
        label = _make_return(world, body, roles, call, print_)
    return answer(world, label, call)


def party(address: Node) -> Document:
    """Return what is kept of an address at home."""
    first, last, firm = (address.get(name, "") for name in ("firstName", "lastName", "firm"))
    return {
        "first": first,
        "last": last,
        "name": f"{first} {last}".strip(),
        "firm": firm,
        "lines": [line for line in (address["streetAddress"], address.get("secondaryAddress", "")) if line],
        "city": address["city"],
        "state": address["state"],
        "zip_code": address["ZIPCode"],
        "plus_four": address.get("ZIPPlus4", ""),
        "country": "US",
    }


def check_payer(world: World, roles: Roles) -> None:
    """Refuse a purchase by a company that may not.

    Raises:
        USPSError: 160302 not enrolled, 160369 nobody pays, 160173 no company name for the mailer id.
    """
    header = "Header: X-Payment-Authorization-Token"
    if not world.switch("ship_outbound"):
        raise USPSError("160302", "Must be enrolled in USPS Ship Outbound in order to create labels", header)
    if "PAYER" not in roles:
        raise USPSError("160369", "PAYER role required", header)
    manifest_mid = roles["LABEL_OWNER"]["manifestMID"]
    if not world.switch("company_name") or manifest_mid not in {MID, MANIFEST_MID}:
        text = f"An indicia company name must be configured by USPS for manifestMID {manifest_mid} in order to create a shipping label."
        raise USPSError("160173", text, "manifestMID")


def contract_prices(world: World, roles: Roles) -> str:
    """Return whose prices a label is bought at: the contract's when a rate holder is named and there is one."""
    return "CONTRACT" if "RATE_HOLDER" in roles and world.switch("contract") else "COMMERCIAL"


def services_of(package: Node, price_type: str) -> list[Document]:
    """Return the extra services that are bought, tracking among them."""
    value = Decimal(str(package.get("packageOptions", {}).get("packageValue", 0)))
    codes = list(dict.fromkeys([920, *package.get("extraServices", ())]))
    made = []
    for code in codes:
        node = price_service(code, value, price_type)
        made.append(
            {"code": int(node["extraService"]), "name": node["name"], "sku": node["SKU"], "price": str(node["price"])}
        )
    return made


def charge_of(price: Price, services: list[Document]) -> Decimal:
    """Return what is charged: postage, fees and extra services."""
    return price.total + sum((Decimal(service["price"]) for service in services), Decimal(0))


def blank_label(world: World, body: Node, roles: Roles, call: Call) -> Document:
    """Return what every label's document begins with."""
    package = body["packageDescription"]
    references = package.get("customerReference", ())
    image = body.get("imageInfo", {})
    owner = roles.get("LABEL_OWNER", {})
    return {
        "key": call.key,
        "created_at": world.now().isoformat(),
        "status": "ACTIVE",
        "dispute": None,
        "scan_form": None,
        "reprints": 0,
        "journey": None,
        "return_number": None,
        "broker_id": "",
        "customs": None,
        "mail_class": OLD_NAMES.get(package["mailClass"], package["mailClass"]),
        "weight": str(package["weight"]),
        "sides": [str(package[name]) for name in ("length", "width", "height")],
        "girth": str(package["girth"]) if "girth" in package else None,
        "odd": bool(package.get("hasNonstandardCharacteristics")),
        "references": [one["referenceNumber"] for one in references if "referenceNumber" in one],
        "printed_references": [one["referenceNumber"] for one in references if one.get("printReferenceNumber")],
        "piece": [image.get("packageNumber", 1), image.get("totalPackages", 1)],
        "suppress_postage": bool(image.get("suppressPostage", True)),
        "immediate": bool(package.get("packageOptions", {}).get("immediateManifest")),
        "told": bool(package.get("packageOptions", {}).get("generateGXEvent", True)),
        "locker": bool(body["toAddress"].get("parcelLockerDelivery")),
        "held": bool(body["toAddress"].get("holdForPickup")),
        "crid": roles.get("PAYER", {}).get("CRID", CRID),
        "mid": owner.get("MID", MID),
        "manifest_mid": owner.get("manifestMID", MANIFEST_MID),
        "entry_zip": package.get("inductionZIPCode", body["fromAddress"]["ZIPCode"]),
        "facility": package.get("destinationEntryFacilityType", "NONE"),
    }


def _make(world: World, body: Node, roles: Roles, call: Call, print_: str) -> Document:
    package: Node = body["packageDescription"]
    customs = body.get("customsForm")
    image = label_rules.read_image(body)
    check_payer(world, roles)
    label_rules.check_image(world, image, customs=customs is not None)
    for name in ("toAddress", "fromAddress"):
        label_rules.check_address(body[name], name)
    content_rules.check_customs(body)
    label_rules.check_hold(world, body)
    label_rules.check_visibility(body)
    content_rules.check_category(package)
    label_rules.check_references(body, image, customs=customs is not None)
    content_rules.check_services(world, package, body["toAddress"]["state"], customs=customs is not None)
    rating.check_services(package["mailClass"], package.get("extraServices", ()), "160010")
    origin = str(package.get("inductionZIPCode", body["fromAddress"]["ZIPCode"]))
    day = label_rules.read_mailing_day(world, package["mailingDate"], state_of(origin) or body["fromAddress"]["state"])
    indicator = label_rules.read_indicator(package)
    price_type = contract_prices(world, roles)
    piece = read_piece(package)
    of = attrs.evolve(
        rating.ingredients(world, {**package, "rateIndicator": indicator, "priceType": "COMMERCIAL"}),
        price_type=price_type,
    )
    if of.mail_class not in LABEL_CLASSES.split():
        raise USPSError("160090", f"{of.mail_class} is not a valid mailClass", "packageDescription.mailClass")
    price = price_piece(piece, of, zone(origin, body["toAddress"]["ZIPCode"]))
    rating.check_category(price, piece)
    services = services_of(package, price_type)
    with world.store.transaction():
        charge = charge_of(price, services)
        payments.spend(world, charge)
        serial = world.next_number("labels")
        label: Document = {
            **blank_label(world, body, roles, call),
            "kind": "domestic",
            "number": make_impb(_service_type(of.mail_class, package), roles["LABEL_OWNER"]["MID"], serial),
            "service_type": _service_type(of.mail_class, package),
            "indicator": indicator,
            "category": of.category,
            "price_type": price_type,
            "mailing_date": day.isoformat(),
            "image": image,
            "from": party(body["fromAddress"]),
            "to": party(body["toAddress"]),
            "commitment": _commitment(of.mail_class, origin, body["toAddress"]["ZIPCode"], day),
            **price_document(price, services),
        }
        if image["imageType"] == "LABEL_BROKER":
            label["broker_id"] = f"SB{serial:08d}"
        if customs is not None:
            label["customs"] = customs_document(customs)
        if image.get("returnLabel"):
            label["return_number"] = _add_return(world, label, body, roles, call)
        world.save_label(label)
        keys.keep(world, call.key, print_, label["number"])
    return label


def _commitment(mail_class: str, origin: str, destination: str, day: date) -> Node:
    """Return the delivery commitment as labels write it: without the guarantee."""
    promised = commitment(mail_class, origin, destination, day)
    promised.pop("guaranteedDelivery", None)
    return promised


def price_document(price: Price, services: list[Document]) -> Document:
    """Return what is kept of a price."""
    return {
        "zone": price.zone,
        "sku": price.sku,
        "postage": str(price.amount),
        "fees": [{"name": name, "sku": sku, "price": str(amount)} for name, sku, amount in price.fees],
        "services": services,
        "charge": str(charge_of(price, services)),
        "dimensional": str(price.dimensional),
    }


def customs_document(form: Node) -> Document:
    """Return what is kept of a customs form: the lines that are printed."""
    lines = [
        f"{item['itemQuantity']} x {item['itemDescription']}, {item.get('itemTotalValue', item.get('itemValue', ''))} USD,"
        f" HS {item.get('HSTariffNumber', 'found by USPS')}, {item.get('countryofOrigin', 'US')}"
        for item in form["contents"]
    ]
    return {"type": form["customsContentType"], "aes": form.get("AESITN", ""), "lines": lines}


def _make_return(world: World, body: Node, roles: Roles, call: Call, print_: str) -> Document:
    package: Node = body["packageDescription"]
    image = label_rules.read_image(body)
    check_payer(world, roles)
    label_rules.check_image(world, image, customs=False)
    for name in ("toAddress", "fromAddress"):
        label_rules.check_address(body[name], name)
    day = world.now().astimezone(local_time(body["fromAddress"]["state"])).date()
    rating.check_services(package["mailClass"], package.get("extraServices", ()), "160010")
    with world.store.transaction():
        label = _return_document(world, body, roles, call, day.isoformat())
        world.save_label(label)
        keys.keep(world, call.key, print_, label["number"])
    return label


def _return_document(world: World, body: Node, roles: Roles, call: Call, day: str) -> Document:
    package: Node = {"destinationEntryFacilityType": "NONE", **body["packageDescription"]}
    indicator = label_rules.read_indicator(package)
    price_type = contract_prices(world, roles)
    of = attrs.evolve(
        rating.ingredients(world, {**package, "rateIndicator": indicator, "priceType": "COMMERCIAL"}),
        price_type=price_type,
    )
    price = price_piece(read_piece(package), of, zone(body["fromAddress"]["ZIPCode"], body["toAddress"]["ZIPCode"]))
    services = services_of(package, price_type)
    serial = world.next_number("labels")
    known = CLASSES[of.mail_class]
    owner: Document = roles.get("RETURN_LABEL_OWNER") or roles["LABEL_OWNER"]
    return {
        **blank_label(world, body, roles, call),
        "kind": "return",
        "mail_class": of.mail_class,
        "number": make_impb(known.service_type, owner["MID"], serial),
        "service_type": known.service_type,
        "indicator": indicator,
        "category": of.category,
        "price_type": price_type,
        "mailing_date": day,
        "image": label_rules.read_image(body),
        "from": party(body["fromAddress"]),
        "to": party(body["toAddress"]),
        "commitment": None,
        **price_document(price, services),
    }


def _add_return(world: World, label: Document, body: Node, roles: Roles, call: Call) -> str:
    """Make the return label that was asked for together with an outbound one."""
    if not world.switch("ship_returns"):
        raise USPSError(
            "160303",
            "Must be enrolled in USPS Ship Returns in order to create labels with return labels",
            "Header: X-Payment-Authorization-Token",
        )
    if "ZIPPlus4" not in body["fromAddress"]:
        raise USPSError(
            "160134", "From address zip4 is required for the label api when requesting a return label", "fromAddress"
        )
    package = {
        **body["packageDescription"],
        "mailClass": RETURN_OF.get(label["mail_class"], "USPS_GROUND_ADVANTAGE_RETURN_SERVICE"),
    }
    package.pop("extraServices", None)
    turned = {
        "imageInfo": {**body.get("imageInfo", {}), "returnLabel": False},
        "fromAddress": body["toAddress"],
        "toAddress": body["fromAddress"],
        "packageDescription": package,
    }
    made = _return_document(world, turned, roles, attrs.evolve(call, key=None), label["mailing_date"])
    world.save_label(made)
    return str(made["number"])


def _service_type(mail_class: str, package: Node) -> str:
    codes = package.get("extraServices", ())
    return next((_SERVICE_TYPES[code] for code in codes if code in _SERVICE_TYPES), CLASSES[mail_class].service_type)
