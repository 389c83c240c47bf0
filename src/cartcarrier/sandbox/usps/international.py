"""Buying labels that leave the country: ``POST /international-labels/v3/international-label`` (field guide usps.md §4.7)."""

from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps import content_rules, documents, keys, label_rules, label_shapes, labels, payments, rating
from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import VENDOR_JSON, Answer, Node, Part, write_parts
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.label_views import Call
from cartcarrier.sandbox.usps.labels import Roles
from cartcarrier.sandbox.usps.lanes import price_group
from cartcarrier.sandbox.usps.numbers import make_s10
from cartcarrier.sandbox.usps.products import ABROAD_BY_CLASS, CLASSES
from cartcarrier.sandbox.usps.tariff import price_piece, read_piece

_TRACKING_PLUS: Final = frozenset({481, 482})
_DANGEROUS: Final = frozenset({813, 826})
_FIRST_CLASS: Final = "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE"


def buy(world: World, body: Node, call: Call) -> Answer:
    """Answer a request for an international label; a repeat under one key gives the label of the first time.

    Raises:
        ShapeError: What the gateway does not let through.
        USPSError: What USPS refuses; nothing is charged then.
    """
    label_shapes.INTERNATIONAL_LABEL(body, "")
    roles = payments.check_payment_token(world, call.payment_token)
    print_ = keys.fingerprint("/international-label", body)
    label = keys.repeated(world, call.key, print_)
    if label is None:
        label = _make(world, body, roles, call, print_)
    return answer(label, call)


def answer(label: Document, call: Call, *, more: Node | None = None) -> Answer:
    """Write a label's answer: metadata and picture, which has the customs declaration on its second page."""
    made = metadata(label)
    parts = [Part(name="labelMetadata", body=made)]
    kind = label["image"]["imageType"]
    if kind == "LABEL_BROKER":
        parts.append(
            Part(name="labelBrokerQR", body=documents.qr_image(label), file_name="qr.png", media_type="image/png")
        )
    elif kind != "NONE":
        picture = documents.label_image(label, label["image"])
        media = documents.MEDIA_TYPES[kind]
        parts.append(
            Part(name="labelImage", body=picture, file_name=f"label-image.{kind[:3].lower()}", media_type=media)
        )
    if label["duties"] is not None and more is None and VENDOR_JSON not in call.accept:
        parts.append(Part(name="prepaidDutiesTaxesFees", body=_read_money(label["duties"])))
    if more is not None:
        parts.append(Part(name="reprintInfo", body=more))
    return write_parts(parts, call.accept, status=200 if more is not None else 201, flat=more is None)


def metadata(label: Document) -> Node:
    """Return a label's metadata; extra services are named otherwise than at home."""
    to = label["to"]
    address: Node = {
        "streetAddress": to["lines"][0],
        "city": to["city"],
        "country": to["country_name"],
        "countryISOAlpha2Code": to["country"],
    }
    for name, member in (
        ("firstName", "first"),
        ("lastName", "last"),
        ("firm", "firm"),
        ("postalCode", "zip_code"),
        ("province", "state"),
    ):
        if to[member]:
            address[name] = to[member]
    made: Node = {
        "labelAddress": address,
        "internationalTrackingNumber": label["number"],
        "constructCode": "I01",
        "SKU": label["sku"],
        "postage": Decimal(label["postage"]),
        "extraServices": [
            {
                "serviceID": str(service["code"]),
                "serviceName": service["name"],
                "sku": service["sku"],
                "price": Decimal(service["price"]),
            }
            for service in label["services"]
        ],
        "internationalPriceGroup": label["zone"],
        "weightUOM": "lb",
        "weight": Decimal(label["weight"]),
        "dimensionalWeight": f"{Decimal(label['dimensional']):.2f}",
        "mailingDate": label["mailing_date"],
        "fees": [],
    }
    if label["broker_id"]:
        made["labelBrokerID"] = label["broker_id"]
    return made


def _make(world: World, body: Node, roles: Roles, call: Call, print_: str) -> Document:
    package: Node = body["packageDescription"]
    sender, to = body["fromAddress"], body["toAddress"]
    if not world.switch("ship_outbound"):
        raise USPSError(
            "160305",
            "Must be enrolled in USPS Ship Outbound in order to create international labels",
            "Header: X-Payment-Authorization-Token",
        )
    labels.check_payer(world, roles)
    _check(world, body)
    day = label_rules.read_mailing_day(world, package["mailingDate"], sender["state"])
    country = to["countryISOAlpha2Code"].upper()
    group = price_group(country)
    price_type = labels.contract_prices(world, roles)
    of = attrs.evolve(
        rating.ingredients(world, {**package, "rateIndicator": _indicator(package), "priceType": "COMMERCIAL"}),
        price_type=price_type,
    )
    price = price_piece(read_piece(package), of, group)
    services = [service for service in labels.services_of(package, price_type) if service["code"] != 920]
    duties = _duties(body) if package.get("prepayDutiesTaxesFees") else None
    with world.store.transaction():
        charge = labels.charge_of(price, services) + (sum(_amounts(duties), Decimal(0)) if duties else Decimal(0))
        payments.spend(world, charge)
        serial = world.next_number("labels")
        label: Document = {
            **labels.blank_label(world, body, roles, call),
            "kind": "international",
            "number": make_s10(CLASSES[of.mail_class].service_type, serial),
            "service_type": "",
            "indicator": of.indicator,
            "category": of.category,
            "price_type": price_type,
            "mailing_date": day.isoformat(),
            "image": {**label_rules.read_image(body), "receiptOption": "NONE"},
            "from": labels.party(sender),
            "to": _party_abroad(to, country),
            "commitment": None,
            "customs": labels.customs_document(body["customsForm"]),
            "duties": duties,
            **labels.price_document(price, services),
            "charge": str(charge),
        }
        if label["image"]["imageType"] == "LABEL_BROKER":
            label["broker_id"] = f"SB{serial:08d}"
        world.save_label(label)
        keys.keep(world, call.key, print_, label["number"])
    return label


def _check(world: World, body: Node) -> None:
    package, sender, to, form = body["packageDescription"], body["fromAddress"], body["toAddress"], body["customsForm"]
    label_rules.check_address(sender, "fromAddress")
    if not to.get("firm") and not (to.get("firstName") and to.get("lastName")):
        raise USPSError("160075", "firstName and lastName or firm name are required", "toAddress.firstName")
    if not sender.get("firm"):
        raise USPSError("160023", "firm is required in From Address for labels with customs form.", "firm")
    if to["countryISOAlpha2Code"].upper() == "CA" and not str(to.get("postalCode", ""))[:1].isalpha():
        raise USPSError(
            "160197",
            "required to begin with an alphabetical character for countryISOAlpha2Code CA",
            "internationalAddress.postalCode",
        )
    if body.get("imageInfo", {}).get("imageType") == "LABEL_BROKER" and world.switch("test_environment"):
        raise USPSError(
            "160124", "'LABEL_BROKER' is not a supported imageType in the TEM environment", "imageInfo.imageType"
        )
    _check_services(package, form)
    if form.get("restrictionType") == "OTHER" and "restrictionComments" not in form:
        raise USPSError("160236", "required when restrictionType is OTHER", "customsForm.restrictionComments")
    if form["customsContentType"] == "OTHER" and "contentComments" not in form:
        raise USPSError("160237", "required when customsContentType is OTHER", "customsForm.contentComments")
    if (
        form["customsContentType"] == "CREMATED_REMAINS"
        and package["mailClass"] != "PRIORITY_MAIL_EXPRESS_INTERNATIONAL"
    ):
        raise USPSError(
            "160233",
            "currently only packageDescription.mailClass 'PRIORITY_MAIL_EXPRESS_INTERNATIONAL' is supported for"
            " customsForm.customsContentType 'CREMATED_REMAINS'",
            "packageDescription.mailClass",
        )
    for item in form["contents"]:
        for member, code in (("itemTotalValue", "160198"), ("itemTotalWeight", "160199")):
            if member not in item and member.replace("Total", "") not in item:
                raise USPSError(code, "must not be null", f"InternationalCustomsFormPackageContents.{member}")
    content_rules.check_contents(form, Decimal(str(package["weight"])), "160205")


def _check_services(package: Node, form: Node) -> None:
    codes = frozenset(package.get("extraServices", ()))
    options = package.get("packageOptions", {})
    value = Decimal(str(options.get("packageValue", 0)))
    if len(codes & _TRACKING_PLUS) > 1:
        raise USPSError(
            "160052", "only one tracking option may be selected from [481, 482]", "packageDescription.extraServices"
        )
    known = ABROAD_BY_CLASS[package["mailClass"]]
    if codes - known:
        raise USPSError(
            "160053", f"only {sorted(known)} are supported for this Mail Class", "packageDescription.extraServices"
        )
    if codes & {930, 931} and value <= 0:
        raise USPSError("160200", "required with extra service 930 or 931", "InternationalPackageOptions.packageValue")
    if package["mailClass"] == _FIRST_CLASS and value > 400:
        raise USPSError(
            "160201", "cannot exceed $400 for FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE", "packageOptions.packageValue"
        )
    if options.get("nonDeliveryOption") == "REDIRECT" and "redirectAddress" not in options:
        raise USPSError(
            "160203", "required with nonDeliveryOption of REDIRECT", "InternationalPackageOptions.redirectAddress"
        )
    if codes & _DANGEROUS and form["customsContentType"] != "DANGEROUS_GOODS":
        raise USPSError(
            "160240",
            "customsContentType must be 'DANGEROUS_GOODS' for extra services Radioactive Materials Package (813) or Biological"
            " Materials (826)",
            "customsForm.customsContentType",
        )


def _indicator(package: Node) -> str:
    indicator, packaging = package.get("rateIndicator"), package.get("packagingType")
    if indicator is not None and packaging is not None:
        raise USPSError("160287", "cannot include packagingType with rateIndicator", "rateIndicator, packagingType")
    if indicator is None and packaging is None:
        raise USPSError("160286", "either rateIndicator or packagingType is required", "rateIndicator, packagingType")
    return (
        str(indicator)
        if indicator is not None
        else label_rules.packaging_indicator(package["mailClass"], str(packaging))
    )


def _duties(body: Node) -> Document:
    items = []
    for item in body["customsForm"]["contents"]:
        value = Decimal(str(item.get("itemTotalValue", item.get("itemValue", 0))))
        items.append(
            {
                "dutyPrice": str((value * Decimal("0.10")).quantize(Decimal("0.01"))),
                "taxPrice": str((value * Decimal("0.20")).quantize(Decimal("0.01"))),
                "itemDescription": item["itemDescription"],
            }
        )
    return {"packageFee": "5.00", "itemCosts": items}


def _amounts(duties: Document) -> list[Decimal]:
    costs = [Decimal(item[name]) for item in duties["itemCosts"] for name in ("dutyPrice", "taxPrice")]
    return [Decimal(duties["packageFee"]), *costs]


def _read_money(duties: Document) -> Node:
    return {
        "packageFee": Decimal(duties["packageFee"]),
        "itemCosts": [
            {**item, "dutyPrice": Decimal(item["dutyPrice"]), "taxPrice": Decimal(item["taxPrice"])}
            for item in duties["itemCosts"]
        ],
    }


def _party_abroad(address: Node, country: str) -> Document:
    first, last, firm = (address.get(name, "") for name in ("firstName", "lastName", "firm"))
    return {
        "first": first,
        "last": last,
        "name": f"{first} {last}".strip(),
        "firm": firm,
        "lines": [line for line in (address["streetAddress"], address.get("secondaryAddress", "")) if line],
        "city": address["city"],
        "state": address.get("province", ""),
        "zip_code": address.get("postalCode", ""),
        "plus_four": "",
        "country": country,
        "country_name": address["country"],
    }
