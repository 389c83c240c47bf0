"""What USPS refuses to carry at all, or not with that service: contents, extra services, customs (guide usps.md §4.2, §4.6, §4.7)."""

from decimal import Decimal
from typing import Final

from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.geography import CUSTOMS_STATES, MILITARY
from cartcarrier.sandbox.usps.products import FLAT_INDICATORS, HAZARDOUS, INSURANCE, NOT_MILITARY, SIGNATURES

_EXPRESS: Final = "PRIORITY_MAIL_EXPRESS"
_LIVE: Final = frozenset({"BEES", "DAY_OLD_POULTRY", "ADULT_BIRDS", "OTHER_LIVES"})
_TARIFF_WORDS: Final = frozenset(
    {"SHIRT", "SHIRTS", "MUG", "MUGS", "BOOK", "BOOKS", "TOY", "TOYS", "SHOE", "SHOES", "SOCKS", "POSTER", "CANDLE"}
)
_BLIND: Final = frozenset({"None", "Not Applicable", "N/A", "Null", "Gift", "Merchandise"})


def check_services(world: World, package: Node, to_state: str, *, customs: bool) -> None:
    """Refuse extra services and contents that do not go together or not there.

    Raises:
        USPSError: 160017, 160025 to 160028, 160095, 160096, 160125, 160130, 160234, 160261, 160300.
    """
    codes = frozenset(package.get("extraServices", ()))
    options = package.get("packageOptions", {})
    value = Decimal(str(options.get("packageValue", 0)))
    if codes & INSURANCE and value <= 0:
        code = min(codes & INSURANCE)
        raise USPSError(
            "160017",
            f"packageValue is required with insurance(extraService = {code})",
            "packageDescription/packageOptions",
        )
    if len(codes & HAZARDOUS) > 1:
        raise USPSError(
            "160261",
            "only one Hazmat Service Code can be used, but more than one was found.",
            "packageDescription.extraServices",
        )
    if to_state in MILITARY:
        for code, forbidden in NOT_MILITARY.items():
            if wrong := sorted(codes & forbidden):
                raise USPSError(
                    code,
                    f"ExtraServices: {wrong} are not valid at APO/FPO/DPO locations.",
                    "packageDescription.extraServices",
                )
    if package.get("physicalSignatureRequired") and not (codes & SIGNATURES or (930 in codes and value > 500)):
        raise USPSError(
            "160095",
            "requires extraServiceCode 910, 911, 912, 913, 921, 922, 923, 924, 925, 934, 955, 981 or extraServiceCode 930 with"
            " a packageValue greater than 500",
            "packageDescription.physicalSignatureRequired",
        )
    if package.get("carrierRelease") and package["mailClass"] in {"PRIORITY_MAIL", _EXPRESS, "USPS_GROUND_ADVANTAGE"}:
        raise USPSError(
            "160096",
            "not eligible with mailClass 'PRIORITY_MAIL', 'PRIORITY_MAIL_EXPRESS', and 'USPS_GROUND_ADVANTAGE'",
            "packageDescription.carrierRelease",
        )
    if 415 in codes and world.switch("test_environment"):
        raise USPSError(
            "160125",
            "Print and Deliver (415) is not a supported extraService in the TEM environment",
            "packageDescription.extraServices",
        )
    if 415 in codes and customs:
        raise USPSError(
            "160300",
            "Label Delivery Service [415] is not supported with customs forms",
            "packageDescription.extraServices",
        )
    _check_content(package, customs=customs)


def _check_content(package: Node, *, customs: bool) -> None:
    options = package.get("packageOptions", {})
    content = options.get("contentType")
    if content == "CREMATED_REMAINS" and package["mailClass"] != _EXPRESS:
        raise USPSError(
            "160234",
            "currently only packageDescription.mailClass 'PRIORITY_MAIL_EXPRESS' is supported for"
            " packageDescription.packageOptions.contentType 'CREMATED_REMAINS'",
            "packageDescription.mailClass",
        )
    if content in _LIVE | {"HAZMAT"} and package.get("rateIndicator") in FLAT_INDICATORS:
        raise USPSError(
            "160279",
            "USPS-produced packaging is not eligible for shipping mailable hazardous material or live animals",
            "packageDescription.rateIndicator",
        )
    if options.get("immediateManifest") and not customs:
        raise USPSError(
            "160313", "immediateManifest is only supported when using a customForm", "packageOptions.immediateManifest"
        )
    if options.get("nonDeliveryOption") == "REDIRECT" and "redirectAddress" not in options:
        raise USPSError(
            "160060", "redirectAddress is required when nonDeliveryOption is 'REDIRECT'", "nonDeliveryOption"
        )


def check_category(package: Node) -> None:
    """Refuse letters and flats where they are not taken.

    Raises:
        USPSError: 160020, 160388.
    """
    category, mail_class = package["processingCategory"], package["mailClass"]
    if category == "LETTERS" and mail_class not in {"PRIORITY_MAIL", _EXPRESS}:
        raise USPSError(
            "160020",
            "'LETTERS' is only valid for mailClass 'PRIORITY_MAIL' and 'PRIORITY_MAIL_EXPRESS'",
            "processingCategory/mailClass",
        )
    if category == "FLATS" and mail_class == "USPS_GROUND_ADVANTAGE":
        raise USPSError(
            "160388", "'FLATS' is not valid for mailClass 'USPS_GROUND_ADVANTAGE'", "processingCategory/mailClass"
        )


def check_customs(body: Node) -> None:
    """Refuse a customs form that is missing, superfluous or incomplete, for places at home that want one.

    Raises:
        USPSError: 160018, 160019, 160021, 160023, 160069, 160120, 160140.
    """
    to, sender, form = body["toAddress"], body["fromAddress"], body.get("customsForm")
    needed = to["state"] in CUSTOMS_STATES and sender["state"] not in CUSTOMS_STATES
    if needed and form is None:
        if to["state"] in MILITARY:
            raise USPSError("160120", "Military ZIP Code requires a customs form", "toAddress.ZIPCode")
        raise USPSError("160140", f"Customs form data required toAddress ZIP code {to['ZIPCode']}", "zip5")
    if form is None:
        return
    if not needed:
        mail_class = body["packageDescription"]["mailClass"]
        raise USPSError("160069", f"customsForm is not necessary for mail class {mail_class}", "customsForm")
    if not sender.get("firm"):
        raise USPSError("160023", "firm is required in From Address for labels with customs form.", "firm")
    if form.get("restrictionType") == "OTHER" and "restrictionComments" not in form:
        raise USPSError(
            "160018", "restrictionComments is required when restrictionType is OTHER", "customsForm.restrictionComments"
        )
    if form["customsContentType"] == "OTHER" and "contentComments" not in form:
        raise USPSError(
            "160019", "contentComments are required when contentType is OTHER", "customsForm.contentComments"
        )
    check_contents(form, Decimal(str(body["packageDescription"]["weight"])), "160021")


def check_contents(form: Node, weight: Decimal, code: str) -> None:
    """Refuse goods that weigh more than the parcel, or are described by an empty word.

    Args:
        form: The customs form.
        weight: Of the parcel, in pounds.
        code: USPS's code for too much weight.

    Raises:
        USPSError: 160050, 160055, 160136 or 160153 for goods whose tariff number cannot be found, and that code.
    """
    total = Decimal(0)
    for item in form["contents"]:
        if item["itemDescription"] in _BLIND:
            raise USPSError(
                "160050",
                "cannot be any of the following: 'None', 'Not Applicable', 'N/A', 'Null', 'Gift', or 'Merchandise'",
                "contents.itemDescription",
            )
        if "HSTariffNumber" not in item and ("itemCategory" in item) != ("itemSubcategory" in item):
            raise USPSError(
                "160055",
                "customsForm.contents requires an itemDescription, itemCategory, and itemSubcategory when HSTariffNumber is blank",
                "customsForm.contents",
            )
        if "HSTariffNumber" not in item and "itemCategory" not in item and not _has_tariff(item["itemDescription"]):
            raise USPSError(
                "160153" if code == "160205" else "160136",
                f"Failed to find HSTariffNumber for the following: {item['itemDescription']}",
                "HSTariffNumber",
            )
        each = Decimal(str(item.get("itemWeight", 0))) * item["itemQuantity"]
        total += Decimal(str(item["itemTotalWeight"])) if "itemTotalWeight" in item else each
    if total > weight:
        raise USPSError(
            code,
            f"total weight of all of the content items: {total} cannot be more than the total weight: {weight} of the package",
            "packageDescription.weight",
        )


def _has_tariff(description: str) -> bool:
    """Say whether USPS finds the tariff number of goods by itself: for some words only (guide §4.7)."""
    return any(word in _TARIFF_WORDS for word in description.upper().replace(",", " ").split())
