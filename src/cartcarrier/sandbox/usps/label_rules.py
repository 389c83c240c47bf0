"""What USPS refuses to print a domestic label for (field guide usps.md §4.1 to §4.3, §4.6, §4.9)."""

from datetime import date, datetime, timedelta
from typing import Final

from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.gazetteer import find
from cartcarrier.sandbox.usps.geography import CUSTOMS_STATES, MILITARY, lies_in, local_time
from cartcarrier.sandbox.usps.products import (
    PACKAGING,
    PACKAGING_EXPRESS,
)

IMAGE_DEFAULTS: Final = {"imageType": "PDF", "labelType": "4X6LABEL", "receiptOption": "SAME_PAGE"}
_ZPL: Final = frozenset({"ZPL203DPI", "ZPL300DPI"})
_EXPRESS: Final = "PRIORITY_MAIL_EXPRESS"


def read_image(body: Node) -> Node:
    """Return what picture is wanted, USPS's defaults filled in."""
    return {**IMAGE_DEFAULTS, **body.get("imageInfo", {})}


def check_image(world: World, image: Node, *, customs: bool) -> None:
    """Refuse pictures that cannot be.

    Raises:
        USPSError: 160007 to 160009, 160024, 160124, 160132, 160214, 160292, 160293, 160366, 160367.
    """
    kind, size, receipt = image["imageType"], image["labelType"], image["receiptOption"]
    if size == "6X4LABEL":
        raise USPSError("160367", "6X4LABEL is not currently supported", "imageInfo.labelType")
    if kind == "LABEL_BROKER":
        if world.switch("test_environment"):
            raise USPSError(
                "160124", "'LABEL_BROKER' is not a supported imageType in the TEM environment", "imageInfo.imageType"
            )
        if size != "4X6LABEL":
            raise USPSError(
                "160007", "labelType must be 4X6LABEL when imageType is LABEL_BROKER", "imageInfo.imageType"
            )
        if receipt != "NONE":
            raise USPSError(
                "160008", "receiptOption must be NONE when imageType is LABEL_BROKER", "imageInfo.receiptOption"
            )
    if kind in _ZPL | {"EPL300DPI"} and receipt == "SAME_PAGE":
        raise USPSError(
            "160009",
            "ZPL format does not support same page receipt functionality.",
            "imageInfo.imageType, imageInfo.receiptOption",
        )
    if kind in _ZPL and size == "2X7LABEL":
        raise USPSError(
            "160214",
            "2X7LABEL currently does not support imageInfo.imageType of 'ZPL203DPI' or 'ZPL300DPI'",
            "imageInfo.labelType",
        )
    if kind in _ZPL and size == "4X4LABEL":
        raise USPSError(
            "160366",
            "4X4LABEL currently does not support imageInfo.imageType of 'ZPL203DPI' or 'ZPL300DPI'",
            "imageInfo.labelType",
        )
    if ("packageNumber" in image) != ("totalPackages" in image):
        raise USPSError(
            "160292",
            "must include both packageNumber and totalPackages",
            "imageInfo.packageNumber imageInfo.totalPackages",
        )
    if image.get("packageNumber", 0) > image.get("totalPackages", 0):
        raise USPSError("160293", "cannot exceed totalPackages", "imageInfo.packageNumber")
    if customs and (kind not in _ZPL | {"PDF", "TIFF", "NONE"} or size != "4X6LABEL"):
        raise USPSError(
            "160024", "currently only PDF, TIFF, ZPL300DPI, ZPL203DPI and NONE are supported.", "imageInfo.imageType"
        )
    if customs and image.get("returnLabel"):
        raise USPSError(
            "160132", "Return labels cannot be requested when customs forms are required", "imageInfo.returnLabel"
        )


def check_address(address: Node, name: str) -> None:
    """Refuse an address that no carrier could bring anything to.

    Args:
        address: USPS's address.
        name: ``toAddress`` or ``fromAddress``, for the message.

    Raises:
        USPSError: 160075 no name, 160119 a ZIP code outside of the state, 160307 no house number, 160320 no street delivery,
            160188 another ZIP+4 than the street's.
    """
    if not address.get("firm") and not (address.get("firstName") and address.get("lastName")):
        raise USPSError("160075", "firstName and lastName or firm name are required", f"{name}.firstName")
    if not lies_in(address["state"], address["ZIPCode"]):
        raise USPSError("160119", "ZIP Code is not valid", f"{name}.ZIPCode")
    street = address["streetAddress"].upper()
    boxed = any(word in street for word in ("BOX", "GENERAL DELIVERY", "PSC", "UNIT", "CMR"))
    if not any(letter.isdigit() for letter in street) and not boxed:
        raise USPSError("160307", "Primary Address Number missing", f"{name}.streetAddress")
    found, _, _ = find(
        address["streetAddress"],
        address.get("secondaryAddress", ""),
        city=address["city"],
        state=address["state"],
        zip_code=address["ZIPCode"],
    )
    if len(found) != 1:
        return
    if found[0].route in {"R777", "R779"}:
        raise USPSError(
            "160320",
            f"Address supplied is not a deliverable address: {found[0].route} Phantom Route physical address is not"
            " deliverable.",
            name,
        )
    plus_four = address.get("ZIPPlus4")
    if plus_four is not None and plus_four != found[0].plus_four and not address.get("ignoreBadAddress"):
        text = f"ZIPPlus4 of {plus_four} was requested but ZIPPlus4 of {found[0].plus_four} was found."
        raise USPSError("160188", text, name)


def read_mailing_day(world: World, written: str, state: str) -> date:
    """Return the mailing date, by the origin's calendar.

    The description says up to seven days ahead, the error's text 45: the switch ``mailing_days_ahead`` decides.

    Raises:
        USPSError: 160001 in the past or too far ahead.
    """
    here = local_time(state)
    read = datetime.fromisoformat(written)
    wanted = read.astimezone(here).date() if read.tzinfo is not None else read.date()
    today = world.now().astimezone(here).date()
    if not today <= wanted <= today + timedelta(days=int(world.switch("mailing_days_ahead"))):
        raise USPSError(
            "160001", "cannot be in the past or more than 45 days in the future", "packageDescription.mailingDate"
        )
    return wanted


def read_indicator(package: Node) -> str:
    """Return the rate indicator, from itself or from packaging and shape.

    Raises:
        USPSError: 160284, 160285: both, or neither.
    """
    indicator, packaging = package.get("rateIndicator"), package.get("packagingType")
    if indicator is not None and (packaging is not None or "shape" in package):
        raise USPSError(
            "160284", "cannot include shape or packagingType with rateIndicator", "rateIndicator, packagingType"
        )
    if indicator is not None:
        return str(indicator)
    if packaging is None or "shape" not in package:
        raise USPSError(
            "160285", "either rateIndicator or shape and packagingType are required", "rateIndicator, packagingType"
        )
    return packaging_indicator(package["mailClass"], packaging)


def packaging_indicator(mail_class: str, packaging: str) -> str:
    """Return the rate indicator of a packaging type.

    Raises:
        USPSError: 030002 where the simulator knows none.
    """
    table = PACKAGING | PACKAGING_EXPRESS if mail_class.startswith(_EXPRESS) else PACKAGING
    if packaging not in table:
        raise USPSError("030002", "Could not find working sku from SSF ingredients", "packageDescription")
    return table[packaging]


def check_references(body: Node, image: Node, *, customs: bool) -> None:
    """Refuse more references than the label has room for.

    Raises:
        USPSError: 160314, 160315.
    """
    if len(body["packageDescription"].get("customerReference", ())) < 3:
        return
    if image["labelType"] not in {"4X6LABEL", "4X5LABEL"}:
        raise USPSError(
            "160314",
            "customer reference #3 is only available for imageInfo.labelType '4X6LABEL' and '4X5LABEL'",
            "packageDescription.customerReference",
        )
    if customs:
        raise USPSError(
            "160315", "customer reference #3 cannot be used with a customs form", "packageDescription.customerReference"
        )


def check_hold(world: World, body: Node) -> None:
    """Refuse a parcel to be held, or to be put into a locker, that lacks what that needs.

    Raises:
        USPSError: 160067, 160078 to 160084, 160121, 160126, 160127, 160175 to 160177, 160213, 160217.
    """
    to, sender = body["toAddress"], body["fromAddress"]
    if to.get("parcelLockerDelivery"):
        if world.switch("test_environment"):
            raise USPSError(
                "160126", "Smart Locker is not supported in the TEM environment", "toAddress.parcelLockerDelivery"
            )
        for member, code in (("facilityId", "160083"), ("email", "160084")):
            if not to.get(member):
                raise USPSError(
                    code, "is required with Smart Locker (toAddress.parcelLockerDelivery)", f"toAddress.{member}"
                )
    if not to.get("holdForPickup"):
        return
    if to["state"] in MILITARY:
        raise USPSError("160067", "Hold for Pickup is not valid at APO/FPO/DPO locations", "toAddress.city")
    if to["state"] in CUSTOMS_STATES:
        raise USPSError(
            "160127", "Hold for Pickup cannot be requested when customs forms are required", "toAddress.holdForPickup"
        )
    if read_image(body)["labelType"] == "4X5LABEL":
        raise USPSError("160078", "4X5LABEL is not currently supported with Hold For Pickup", "imageInfo.labelType")
    for party, member, code in (
        (sender, "fromAddress.firstName", "160079"),
        (sender, "fromAddress.lastName", "160080"),
        (sender, "fromAddress.email", "160081"),
        (sender, "fromAddress.phone", "160082"),
        (to, "toAddress.facilityId", "160175"),
        (to, "toAddress.email", "160176"),
        (to, "toAddress.phone", "160177"),
        (to, "toAddress.firstName", "160213"),
        (to, "toAddress.lastName", "160217"),
    ):
        if not party.get(member.partition(".")[2]):
            raise USPSError(code, "is required for Hold for Pickup", member)
    if not str(to["facilityId"]).isdigit():
        raise USPSError("160121", "requested facility does not support Hold for Pickup", "toAddress.facilityId")


def check_visibility(body: Node) -> None:
    """Refuse a third party's parcel whose sender is not told.

    Raises:
        USPSError: 160275.
    """
    if body["packageDescription"].get("shipperVisibilityMethod") != "SENDER_INFORMATION":
        return
    sender = body.get("senderAddress", {})
    if not all(sender.get(member) for member in ("phone", "email", "platformUserId")):
        raise USPSError(
            "160275",
            "senderAddress with phone, email, and platformUserId is required for packageDescription.shipperVisibilityMethod"
            " 'SENDER_INFORMATION'",
            "senderAddress",
        )
