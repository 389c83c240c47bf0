"""What FedEx refuses about options (field guide fedex.md §4.5, §4.6): signatures, hold, Saturday, goods, returns."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.codes import SIGNED, Service
from cartcarrier.sandbox.fedex.dates import read_date
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.lanes import Lane, delivers_saturday
from cartcarrier.sandbox.fedex.places import BY_ID, HOLD_TYPES
from cartcarrier.sandbox.fedex.requests import Piece

_SHIPMENT_SERVICES: Final = frozenset(
    {
        "SATURDAY_DELIVERY", "SATURDAY_PICKUP", "HOLD_AT_LOCATION", "ELECTRONIC_TRADE_DOCUMENTS", "RETURN_SHIPMENT",
        "PENDING_SHIPMENT", "FEDEX_ONE_RATE", "EVENT_NOTIFICATION", "HOME_DELIVERY_PREMIUM", "BROKER_SELECT_OPTION",
        "DRY_ICE", "COD", "INSIDE_DELIVERY", "INSIDE_PICKUP", "RETURNS_CLEARANCE", "THIRD_PARTY_CONSIGNEE",
        "PROTECTION_FROM_FREEZING",
    }
)  # fmt: skip
_PACKAGE_SERVICES: Final = frozenset(
    {
        "SIGNATURE_OPTION", "DRY_ICE", "BATTERY", "STANDALONE_BATTERY", "DANGEROUS_GOODS", "ALCOHOL",
        "NON_STANDARD_CONTAINER", "PRIORITY_ALERT", "COD", "APPOINTMENT", "EVENING", "DATE_CERTAIN",
        "PIECE_COUNT_VERIFICATION",
    }
)  # fmt: skip
_RETURN_TYPES: Final = frozenset({"PRINT_RETURN_LABEL", "PENDING"})
_BATTERIES: Final = (
    ("batteryPackingType", frozenset({"CONTAINED_IN_EQUIPMENT", "PACKED_WITH_EQUIPMENT"})),
    ("batteryRegulatoryType", frozenset({"IATA_SECTION_II"})),
    ("batteryMaterialType", frozenset({"LITHIUM_METAL", "LITHIUM_ION"})),
)
_REGULATIONS: Final = frozenset({"ADR", "DOT", "IATA", "ORMD"})
_PREMIUMS: Final = frozenset({"EVENING", "DATE_CERTAIN", "APPOINTMENT"})
HIGH_VALUE: Final = Decimal(500)
_PENDING_LIFE: Final = timedelta(days=730)


@attrs.frozen(kw_only=True)
class Options:
    """What was asked for beside transport.

    Attributes:
        saturday: Delivery on a Saturday.
        hold: The place that keeps the parcel, or empty.
        return_type: FedEx's ``returnType``, or empty.
        outbound: The number that a return belongs to, or empty.
        expires: Until when an emailed label can be printed, or empty.
        one_rate: The flat price.
        signatures: What is signed, for each line of packages.
        notes: Words for the label.
    """

    saturday: bool
    hold: str
    return_type: str
    outbound: str
    expires: str
    one_rate: bool
    signatures: tuple[str, ...]
    notes: tuple[str, ...]


def read_options(  # noqa: PLR0917 - what options depend on
    shipment: Node, pieces: tuple[Piece, ...], lane: Lane, service: Service, start: date, today: date
) -> Options:
    """Read the options, and refuse what FedEx refuses.

    Args:
        shipment: FedEx's ``requestedShipment``.
        pieces: The lines of packages.
        lane: The ends.
        service: Which.
        start: The day of departure.
        today: The present day.

    Raises:
        FedExError: The first rule that is broken.
    """
    special = fields.child(shipment, "shipmentSpecialServices")
    kinds = frozenset(fields.strings(special, "specialServiceTypes"))
    if not kinds <= _SHIPMENT_SERVICES:
        raise FedExError("SPECIALSERVICETYPES.INVALID", "A special service of the shipment is invalid.")
    saturday = "SATURDAY_DELIVERY" in kinds
    if saturday and not delivers_saturday(service, start):
        raise FedExError(
            "SATURDAY.SERVICE.UNAVAILABLE", "This service, leaving that day, is not delivered on Saturday."
        )
    hold = _read_hold(special) if "HOLD_AT_LOCATION" in kinds else ""
    if "HOME_DELIVERY_PREMIUM" in kinds:
        _check_premium(special, service)
    return_type, expires = _read_return(special, kinds, pieces, today)
    _check_ice(special, kinds, pieces, lane)
    signatures = tuple(_read_goods(piece, lane, is_return=bool(return_type), held=bool(hold)) for piece in pieces)
    return Options(
        saturday=saturday,
        hold=hold,
        return_type=return_type,
        outbound=fields.text(special, "returnShipmentDetail.returnAssociationDetail.trackingNumber"),
        expires=expires,
        one_rate="FEDEX_ONE_RATE" in kinds,
        signatures=signatures,
        notes=tuple(
            word
            for word, on in (("SATURDAY DELIVERY", saturday), (f"HOLD {hold}", hold), ("RETURN", return_type))
            if on
        ),
    )


def _read_hold(special: Node) -> str:
    detail = fields.child(special, "holdAtLocationDetail")
    location = fields.required(detail, "locationId", "HOLDATLOCATION.LOCATIONID.REQUIRED")
    kind = fields.text(detail, "locationType")
    if kind and kind not in HOLD_TYPES:
        raise invalid_input("locationType")
    if location not in BY_ID or not BY_ID[location].holds:
        raise FedExError("HOLDATLOCATION.LOCATIONID.INVALID", "FedEx holds no parcels at that location.")
    return location


def _check_premium(special: Node, service: Service) -> None:
    if service.code != "GROUND_HOME_DELIVERY":
        raise FedExError("HOMEDELIVERYPREMIUM.SERVICE.UNAVAILABLE", "Premium delivery goes with Home Delivery only.")
    fields.choice(
        special, "homeDeliveryPremiumDetail.homedeliveryPremiumType", _PREMIUMS, "HOMEDELIVERYPREMIUM.TYPE.REQUIRED"
    )


def _read_return(special: Node, kinds: frozenset[str], pieces: tuple[Piece, ...], today: date) -> tuple[str, str]:
    if "RETURN_SHIPMENT" not in kinds:
        return "", ""
    kind = fields.choice(special, "returnShipmentDetail.returnType", _RETURN_TYPES, "RETURNTYPE.REQUIRED")
    if "SATURDAY_DELIVERY" in kinds:
        raise FedExError("RETURN.SATURDAY.SERVICE.UNAVAILABLE", "Returns are not delivered on Saturday.")
    if kind != "PENDING":
        return kind, ""
    if "PENDING_SHIPMENT" not in kinds:
        raise FedExError("SPECIALSERVICETYPES.PENDINGSHIPMENT.REQUIRED", "An emailed label is a pending shipment.")
    pending = fields.child(special, "pendingShipmentDetail")
    fields.choice(pending, "pendingShipmentType", frozenset({"EMAIL"}), "PENDINGSHIPMENTTYPE.REQUIRED")
    written = fields.required(pending, "expirationTimeStamp", "EXPIRATIONTIMESTAMP.REQUIRED")
    expires = read_date(written[:10], "EXPIRATIONTIMESTAMP.INVALID", "The expiration must be a date.")
    if not today <= expires <= today + _PENDING_LIFE:
        raise FedExError("EXPIRATIONTIMESTAMP.INVALID", "The expiration must lie within the next two years.")
    recipients = fields.objects(pending, "emailLabelDetail.recipients")
    if not recipients:
        raise FedExError("EMAILLABELDETAIL.RECIPIENTS.REQUIRED", "An emailed label needs a recipient.")
    for recipient in recipients:
        fields.required(recipient, "emailAddress", "EMAILLABELDETAIL.EMAILADDRESS.REQUIRED")
        fields.at_most(recipient, "emailAddress", 200, "EMAILADDRESS.TOO.LONG")
        roles = frozenset({"SHIPMENT_COMPLETOR", "SHIPMENT_INITIATOR"})
        fields.choice(recipient, "role", roles, "EMAILLABELDETAIL.ROLE.REQUIRED")
    if sum(piece.count for piece in pieces) > 1:
        raise FedExError("PENDINGSHIPMENT.PACKAGECOUNT.INVALID", "An emailed label is for one package.")
    fields.required(pieces[0].line, "itemDescription", "ITEMDESCRIPTION.REQUIRED")
    return kind, expires.isoformat()


def _check_ice(special: Node, kinds: frozenset[str], pieces: tuple[Piece, ...], lane: Lane) -> None:
    cold = [piece for piece in pieces if "DRY_ICE" in piece.priced.special_services]
    several = sum(piece.count for piece in pieces) > 1
    if not cold or not lane.is_international or not several:
        return
    detail = fields.child(special, "shipmentDryIceDetail")
    if "DRY_ICE" not in kinds or not detail:
        raise FedExError("SHIPMENTDRYICEDETAIL.REQUIRED", "Dry ice in several packages is declared for the shipment.")
    if fields.number(detail, "packageCount") != sum(piece.count for piece in cold):
        raise FedExError("SHIPMENTDRYICEDETAIL.PACKAGECOUNT.INVALID", "The count of packages with dry ice is wrong.")


def _read_goods(piece: Piece, lane: Lane, *, is_return: bool, held: bool) -> str:
    """Check what a package holds, and return what is signed for it."""
    special = fields.child(piece.line, "packageSpecialServices")
    kinds = piece.priced.special_services
    if not kinds <= _PACKAGE_SERVICES:
        raise FedExError("SPECIALSERVICETYPES.INVALID", "A special service of a package is invalid.")
    if "DRY_ICE" in kinds:
        _check_dry_ice(special, piece)
    _check_batteries(special, kinds)
    if "DANGEROUS_GOODS" in kinds:
        _check_dangerous(fields.child(special, "dangerousGoodsDetail"))
    # the option counts only when its special service is named
    signature = piece.priced.signature if "SIGNATURE_OPTION" in kinds else ""
    if "ALCOHOL" in kinds:
        recipients = frozenset({"LICENSEE", "CONSUMER"})
        fields.choice(special, "alcoholDetail.alcoholRecipientType", recipients, "ALCOHOLDETAIL.RECIPIENTTYPE.REQUIRED")
        if signature != "ADULT":
            raise FedExError("ALCOHOL.SIGNATUREOPTION.INVALID", "Alcohol is handed over against an adult's signature.")
    return _sign(signature, piece, lane, is_return=is_return, held=held)


def _check_batteries(special: Node, kinds: frozenset[str]) -> None:
    batteries = fields.objects(special, "batteryDetails")
    if "BATTERY" in kinds and not batteries:
        raise FedExError("BATTERYDETAILS.REQUIRED", "Batteries need their details.")
    for battery in batteries:
        for name, choices in _BATTERIES:
            fields.choice(battery, name, choices, f"BATTERYDETAILS.{name.upper()}.REQUIRED")
    if "STANDALONE_BATTERY" in kinds and not fields.objects(special, "standaloneBatteryDetails"):
        raise FedExError("STANDALONEBATTERYDETAILS.REQUIRED", "Loose batteries need their details.")


def _check_dangerous(detail: Node) -> None:
    regulation = fields.choice(detail, "regulation", _REGULATIONS, "DANGEROUSGOODSDETAIL.REGULATION.REQUIRED")
    if regulation == "IATA" and not fields.text(detail, "accessibility"):
        raise FedExError("DANGEROUSGOODSDETAIL.ACCESSIBILITY.REQUIRED", "IATA goods need their accessibility.")
    if not fields.strings(detail, "options"):
        raise FedExError("DANGEROUSGOODSDETAIL.OPTIONS.REQUIRED", "Dangerous goods need their kind.")


def _sign(signature: str, piece: Piece, lane: Lane, *, is_return: bool, held: bool) -> str:
    """Return what is signed: hold and a high value force a direct signature."""
    valuable = piece.priced.declared_value >= HIGH_VALUE
    not_a_home = signature == "INDIRECT" and not (lane.residential and lane.destination == "US")
    refused = not_a_home or (signature in SIGNED and is_return)
    if refused or (signature == "NO_SIGNATURE_REQUIRED" and valuable):
        raise FedExError("SIGNATUREOPTION.INVALID", "This signature option is not available for this shipment.")
    if (held or valuable) and signature not in {"DIRECT", "ADULT"}:
        return "" if is_return else "DIRECT"
    return signature if signature in SIGNED else ""


def _check_dry_ice(special: Node, piece: Piece) -> None:
    unit = fields.required(special, "dryIceWeight.units", "DRYICEWEIGHT.REQUIRED", "Dry ice needs its weight.")
    value = fields.number(special, "dryIceWeight.value")
    if unit != "KG":
        raise FedExError("DRYICEWEIGHT.UNITS.INVALID", "The weight of dry ice must be in KG.")
    if not value or value <= 0 or value * Decimal("2.20462262") > piece.priced.weight:
        raise FedExError("DRYICEWEIGHT.VALUE.INVALID", "The weight of dry ice must fit into the package's.")
