"""What UPS asks of the options of a shipment: Saturday, Access Points, notices, restricted goods (field guide ups.md §4.7).

Where the guide names no code the general ones are used, as elsewhere.
"""

from typing import Final

from cartcarrier.sandbox._geography import EUROPEAN_UNION
from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.account import World
from cartcarrier.sandbox.ups.codes import NO_SATURDAY_COUNTRIES, SATURDAY_SERVICES
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.lanes import Lane
from cartcarrier.sandbox.ups.places import find_access_point

HOLD: Final = "01"  # waits at the Access Point; "02" is delivered there when nobody is at home
ACCESS_POINT_NOTICE: Final = "012"
MAX_NOTICES: Final = 3
MAX_ADDRESSES: Final = 5
_NOTICES: Final = frozenset({"2", "5", "6", "7", "8", ACCESS_POINT_NOTICE, "013"})
_RETURN_NOTICES: Final = frozenset({"2", "5"})


def read_options(world: World, shipment: Node, lane: Lane, service: str, *, is_return: bool) -> str:
    """Read the options of a shipment.

    Args:
        world: What the platform knows.
        shipment: UPS's ``Shipment`` object.
        lane: The countries.
        service: The rating code.
        is_return: Whether it comes back.

    Returns:
        The Access Point where it goes to, or empty.

    Raises:
        UPSError: The first rule that is broken.
    """
    options = fields.child(shipment, "ShipmentServiceOptions")
    point = _read_access_point(shipment, options, is_return=is_return)
    _check_saturday(options, lane, service, at_access_point=bool(point))
    if fields.is_on(options, "HoldForPickupIndicator"):
        raise UPSError(INVALID, "HoldForPickupIndicator is only available for Express Freight.")
    if fields.child(options, "RestrictedArticles") and "restricted_articles" not in world.switch("contracts"):
        raise UPSError("120052", "The account is not enabled for restricted articles.", 403)
    if fields.child(options, "COD") and lane.origin not in EUROPEAN_UNION:
        raise UPSError(INVALID, "Shipment COD is only available from countries of the European Union.")
    if fields.child(options, "COD") and fields.child(options, "DeliveryConfirmation"):
        raise UPSError("121020", "Delivery confirmation is not available on COD shipments.")
    _check_notices(options, is_return=is_return, at_access_point=bool(point))
    if len(fields.text(shipment, "Service.Description")) > 35:
        raise UPSError(INVALID, "Service.Description takes up to 35 characters.")
    return point


def _check_saturday(options: Node, lane: Lane, service: str, *, at_access_point: bool) -> None:
    if not fields.is_on(options, "SaturdayDeliveryIndicator"):
        return
    if service not in SATURDAY_SERVICES:
        raise UPSError("121045", "Saturday delivery is not available for the requested service.")
    if lane.destination in NO_SATURDAY_COUNTRIES:
        raise UPSError("121200", "Saturday delivery is not available at the destination.")
    if at_access_point:
        raise UPSError("121200", "Saturday delivery is not available at an Access Point.")


def _read_access_point(shipment: Node, options: Node, *, is_return: bool) -> str:
    kinds = [fields.text(kind, "Code") for kind in fields.objects(shipment, "ShipmentIndicationType")]
    if not kinds:
        return ""
    if not set(kinds) <= {"01", "02"} or len(set(kinds)) > 1:
        raise UPSError(INVALID, "ShipmentIndicationType.Code must be 01 or 02.")
    if is_return:
        raise UPSError(INVALID, "Access Point shipments cannot be return shipments.")
    if fields.is_on(options, "DirectDeliveryOnlyIndicator"):
        raise UPSError(INVALID, "DirectDeliveryOnlyIndicator is not valid with Access Point shipments.")
    place = fields.child(shipment, "AlternateDeliveryAddress")
    number = fields.required(
        place,
        "UPSAccessPointID",
        MISSING,
        "AlternateDeliveryAddress.UPSAccessPointID is required for Access Point shipments.",
    )
    for name in ("Name", "AttentionName", "Address.City", "Address.CountryCode"):
        fields.required(place, name, MISSING, f"AlternateDeliveryAddress.{name} is required.")
    lines = fields.items(place, "Address.AddressLine")
    if not lines or not all(isinstance(line, str) and 0 < len(line) <= 35 for line in lines):
        raise UPSError(INVALID, "AlternateDeliveryAddress.Address.AddressLine is missing or too long.")
    found = find_access_point(number)
    if found is None or found.country != fields.text(place, "Address.CountryCode"):
        raise UPSError(INVALID, "AlternateDeliveryAddress.UPSAccessPointID is not an Access Point in that country.")
    if not found.is_active:
        raise UPSError(INVALID, "AlternateDeliveryAddress.UPSAccessPointID is not available at present.")
    return number


def _check_notices(options: Node, *, is_return: bool, at_access_point: bool) -> None:
    notices = fields.objects(options, "Notification")
    if len(notices) > MAX_NOTICES:
        raise UPSError(INVALID, "ShipmentServiceOptions.Notification takes up to three notices.")
    codes = {fields.required(notice, "NotificationCode") for notice in notices}
    if not codes <= _NOTICES:
        raise UPSError(INVALID, "Notification.NotificationCode is invalid.")
    if codes & _RETURN_NOTICES and not is_return:
        raise UPSError(INVALID, "Notification.NotificationCode 2 and 5 are only valid for return shipments.")
    if at_access_point and ACCESS_POINT_NOTICE not in codes:
        raise UPSError(MISSING, "Access Point shipments need the notice 012 to the receiver.")
    for notice in notices:
        addresses = fields.items(notice, "EMail.EMailAddress")
        told_otherwise = fields.child(notice, "VoiceMessage") or fields.child(notice, "TextMessage")
        if not addresses and not told_otherwise:
            raise UPSError(MISSING, "Notification.EMail.EMailAddress is required.")
        if len(addresses) > MAX_ADDRESSES:
            raise UPSError(INVALID, "Notification.EMail takes up to five addresses.")
        if not all(isinstance(address, str) and all(address.partition("@")) for address in addresses):
            raise UPSError(INVALID, "Notification.EMail.EMailAddress is not an e-mail address.")
