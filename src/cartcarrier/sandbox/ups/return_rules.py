"""What UPS asks of a return shipment (field guide ups.md §4.9; description of Shipping)."""

import attrs

from cartcarrier.sandbox.ups import answers, fields
from cartcarrier.sandbox.ups.codes import LABEL_BY_EMAIL, NO_RETURN_SERVICES, PRINTED_BY_SHIPPER, RETURN_CODES
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.requests import Place

EMAILED_LABEL_FROM = 1707
MAX_EMAIL = 50


@attrs.frozen(kw_only=True)
class Return:
    """How a parcel comes back.

    Attributes:
        code: The return service; empty for a shipment that goes out.
        has_label: Whether the label comes with the answer: of the others UPS brings or mails it.
        email: Where UPS mails the label, or empty.
        has_links: Whether links to the label come with the answer.
    """

    code: str = ""
    has_label: bool = True
    email: str = ""
    has_links: bool = False


def read_return(shipment: Node, request: Node, places: dict[str, Place], service: str) -> Return:
    """Read the return service and what goes with it.

    Args:
        shipment: UPS's ``Shipment`` object.
        request: UPS's ``Request`` object: its SubVersion decides whether an e-mailed label comes back too.
        places: The parties.
        service: The rating code.

    Raises:
        UPSError: The first rule that is broken.
    """
    options = fields.child(shipment, "ShipmentServiceOptions")
    if not fields.child(shipment, "ReturnService"):
        return Return()
    code = fields.required(shipment, "ReturnService.Code")
    if code not in RETURN_CODES:
        raise UPSError(INVALID, "ReturnService.Code is invalid.")
    if service in NO_RETURN_SERVICES:
        raise UPSError("121210", "The requested service is not available for return shipments.")
    if "ShipFrom" not in places:
        raise UPSError(MISSING, "Shipment.ShipFrom is required for return shipments.")
    if len({place.country for place in places.values()}) > 2:
        raise UPSError(INVALID, "Two of the countries of a return shipment must be the same.")
    packages = fields.objects(shipment, "Package")
    if len(packages) > (1 if places["ShipFrom"].country in {"US", "PR"} else 20):
        raise UPSError("120020", "The number of packages exceeds the maximum for return shipments.")
    if not all(fields.text(package, "Description") for package in packages):
        raise UPSError(MISSING, "Package.Description is required for return shipments.")
    if fields.is_on(options, "SaturdayDeliveryIndicator"):
        raise UPSError("120505", "Saturday delivery is not available for return shipments.")
    for package in packages:
        if fields.is_on(package, "PackageServiceOptions.ShipperReleaseIndicator"):
            raise UPSError(INVALID, "ShipperReleaseIndicator is not available for return shipments.")
    if fields.child(options, "COD") or any(fields.child(package, "PackageServiceOptions.COD") for package in packages):
        raise UPSError(INVALID, "COD is not available for return shipments.")
    return _read_delivery(fields.child(options, "LabelDelivery"), code, answers.sub_version(request))


def _read_delivery(delivery: Node, code: str, detail: int) -> Return:
    email, links = fields.text(delivery, "EMail.EMailAddress"), fields.is_on(delivery, "LabelLinksIndicator")
    if code == LABEL_BY_EMAIL and not email and not links:
        raise UPSError(MISSING, "ShipmentServiceOptions.LabelDelivery is required for electronic return labels.")
    if email and (len(email) > MAX_EMAIL or not all(email.partition("@"))):
        raise UPSError(INVALID, "LabelDelivery.EMail.EMailAddress is not an e-mail address of up to 50 characters.")
    printed = code in PRINTED_BY_SHIPPER or (code == LABEL_BY_EMAIL and detail >= EMAILED_LABEL_FROM)
    return Return(code=code, has_label=printed, email=email, has_links=links)
