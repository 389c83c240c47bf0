"""What UPS refuses to ship (field guide ups.md §4, §8): each rule with UPS's own code where the guide knows it.

Where the guide names none, the code is one of the general ones (10002: missing or of the wrong type, 10003: not a value that
UPS takes) and the message names the member. The codes 1201xx of the shipper and 1203xx of the origin follow the pattern of the
documented 1202xx of the receiver.
"""

from datetime import datetime, timedelta

import attrs

from cartcarrier.sandbox._gazetteer import city_of
from cartcarrier.sandbox._geography import zone
from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.account import ACCOUNT_NUMBER, REFUSED_ACCOUNTS, World
from cartcarrier.sandbox.ups.billing_rules import read_payment
from cartcarrier.sandbox.ups.codes import CONTRACT_SERVICES, GROUND_SAVER, LETTER, SERVICE_NAMES
from cartcarrier.sandbox.ups.customs_rules import check_customs
from cartcarrier.sandbox.ups.documents import SHIP_FORMATS
from cartcarrier.sandbox.ups.errors import ILLEGAL_CHARACTERS, INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.lanes import Lane
from cartcarrier.sandbox.ups.option_rules import read_options
from cartcarrier.sandbox.ups.requests import Place, read_packages, read_place, read_shipment_signature
from cartcarrier.sandbox.ups.return_rules import Return, read_return
from cartcarrier.sandbox.ups.tariff import PricedShipment

# Party -> first digits of its error codes, and of the code of an address that does not exist.
_PARTIES = {"Shipper": ("1201", "120801"), "ShipTo": ("1202", "120802"), "ShipFrom": ("1203", "120803")}
_TAX_BLOCKS = (
    "GlobalTaxInformation",
    "Shipper.TaxIdentificationNumber",
    "ShipTo.TaxIdentificationNumber",
    "ShipFrom.VendorInfo",
)
_PHONE_COUNTRIES = frozenset({"US", "CA", "PR", "VI"})


@attrs.frozen(kw_only=True)
class ShipRequest:
    """A ship request, read and found good.

    Attributes:
        request: UPS's ``Request`` object.
        shipment: UPS's ``Shipment`` object.
        sender: The member that is the origin: ``ShipFrom``, or ``Shipper`` without one.
        service: The rating code.
        origin: Where it leaves.
        priced: As the tariff sees it.
        references: Code and value of every reference, of packages and shipment.
        label_format: GIF, PNG, ZPL, EPL or SPL.
        billing: Who pays, as the label says it.
        has_invoice: Whether international forms are asked for.
        returned: The return service, and whether its label comes with the answer.
        access_point: The Access Point where it waits, or empty.
        has_receipt: Whether a receipt for the drop-off is asked for.
    """

    request: Node
    shipment: Node
    sender: str
    service: str
    origin: Place
    priced: PricedShipment
    references: tuple[tuple[str, str], ...]
    label_format: str
    billing: str
    has_invoice: bool
    returned: Return
    access_point: str
    has_receipt: bool


def read_ship_request(world: World, body: Node) -> ShipRequest:
    """Read a ship request.

    Raises:
        UPSError: The first rule that is broken.
    """
    fields.check_characters(body)
    root = fields.child(body, "ShipmentRequest")
    shipment = fields.child(root, "Shipment")
    if not shipment:
        raise UPSError(MISSING, "ShipmentRequest.Shipment is required.")
    request = fields.child(root, "Request")
    option = fields.required(request, "RequestOption")
    if option not in {"validate", "nonvalidate"}:
        raise UPSError("20007", "Request.RequestOption must be validate or nonvalidate.")
    detail = fields.text(request, "SubVersion")
    if detail and not (len(detail) == 4 and detail.isdigit()):
        raise UPSError("20008", "Request.SubVersion must have four digits.")
    _check_shipper(shipment)
    sender = "ShipFrom" if fields.child(shipment, "ShipFrom") else "Shipper"
    places = {name: _read_party(shipment, name, option) for name in dict.fromkeys(("Shipper", sender, "ShipTo"))}
    origin, destination = places[sender], places["ShipTo"]
    lane = Lane(origin=origin.country, destination=destination.country)
    service = _read_service(shipment, lane, destination)
    packages = read_packages(
        shipment, lane, packaging="Packaging", rating=False, contracts=frozenset(world.switch("contracts"))
    )
    if service == GROUND_SAVER and any(package.weight < 1 for package in packages):
        raise UPSError("120616", "Ground Saver takes packages of one pound and more.")
    options = fields.child(shipment, "ShipmentServiceOptions")
    _check_phones(shipment, places, lane, service)
    _check_tax_blocks(shipment)
    _check_description(shipment, lane, service)
    returned = read_return(shipment, request, places, service)
    access_point = read_options(world, shipment, lane, service, is_return=bool(returned.code))
    billing, duties_prepaid = read_payment(world, shipment, lane, is_return=bool(returned.code))
    signature = read_shipment_signature(options, lane)
    if returned.code and (signature or any(package.signature for package in packages)):
        raise UPSError("121020", "Delivery confirmation is not available on return shipments.")
    _check_date(world, shipment)
    has_invoice = check_customs(world, shipment, lane, service, is_letter=_is_letter(shipment))
    return ShipRequest(
        request=request,
        shipment=shipment,
        sender=sender,
        service=service,
        origin=origin,
        priced=PricedShipment(
            lane=lane,
            zone=zone((origin.country, origin.postal_code), (destination.country, destination.postal_code)),
            packages=packages,
            residential=destination.residential,
            postal_code=destination.postal_code,
            saturday=fields.is_on(options, "SaturdayDeliveryIndicator"),
            signature=signature,
            carbon_neutral=fields.is_on(options, "UPScarbonneutralIndicator"),
            duties_prepaid=duties_prepaid,
            return_code=returned.code,
            access_point=bool(access_point),
        ),
        references=_read_references(shipment, lane),
        label_format=_read_label_format(root),
        billing=billing,
        has_invoice=has_invoice,
        returned=returned,
        access_point=access_point,
        has_receipt=bool(fields.child(root, "ReceiptSpecification")),
    )


def _check_shipper(shipment: Node) -> None:
    number = fields.text(shipment, "Shipper.ShipperNumber")
    if len(number) != 6:
        raise UPSError("120100", "Missing or invalid shipper number.")
    if number in REFUSED_ACCOUNTS:
        raise UPSError(*REFUSED_ACCOUNTS[number])
    if number != ACCOUNT_NUMBER:
        raise UPSError("120120", "The shipper number does not belong to the user.")


def _read_party(shipment: Node, name: str, option: str) -> Place:
    prefix, wrong_address = _PARTIES[name]
    party = fields.child(shipment, name)
    words = {"Shipper": "shipper", "ShipTo": "ship to", "ShipFrom": "ship from"}[name]
    if not 0 < len(fields.text(party, "Name")) <= 35:
        raise UPSError(f"{prefix}00" if prefix != "1201" else "120104", f"Missing or invalid {words} company name.")
    if len(fields.text(party, "AttentionName")) > 35:
        raise UPSError(f"{prefix}01", f"Missing or invalid {words} attention name.")
    address = fields.child(party, "Address")
    lines = fields.items(address, "AddressLine")
    if (
        not lines
        or len(lines) > 3
        or not all(isinstance(line, str) and len(line) <= 35 for line in lines)
        or not lines[0]
    ):
        raise UPSError(f"{prefix}02", f"Missing or invalid {words} address line 1.")
    if not 0 < len(fields.text(address, "City")) <= 30:
        raise UPSError(f"{prefix}05", f"Missing or invalid {words} city.")
    if len(fields.text(party, "EMailAddress")) > 50:
        raise UPSError(INVALID, f"{name}.EMailAddress takes up to 50 characters.")
    country = fields.text(address, "CountryCode")
    if country in {"US", "CA"} and not fields.text(address, "StateProvinceCode"):
        raise UPSError(f"{prefix}06", f"Missing or invalid {words} StateProvinceCode.")
    place = read_place(address, name)
    # "validate" compares city, state and postal code; "nonvalidate" only the last two (guide §3).
    known = city_of(place.postal_code)
    if option == "validate" and place.country == "US" and known and known != place.city.upper():
        raise UPSError(wrong_address, f"Address validation error on {name} address.")
    return place


def _check_phones(shipment: Node, places: dict[str, Place], lane: Lane, service: str) -> None:
    """Phones where they are required, and of the right form everywhere (guide §4.2, §11-13)."""
    if lane.is_international or service == "14":
        for name, prefix in (("Shipper", "1201"), ("ShipTo", "1202")):
            words = "shipper" if name == "Shipper" else "ship to"
            if not fields.text(shipment, f"{name}.AttentionName"):
                raise UPSError(f"{prefix}01", f"Missing or invalid {words} attention name.")
            if not fields.text(shipment, f"{name}.Phone.Number"):
                raise UPSError(f"{prefix}09", f"Missing or invalid {words} phone number.")
    for name, place in places.items():
        number = fields.text(shipment, f"{name}.Phone.Number")
        if not number:
            continue
        code = {"Shipper": "120113", "ShipTo": "120213", "ShipFrom": "120313"}[name]
        if not number.isdigit() or len(number) > 15:
            raise UPSError(code, f"{name} phone number must hold digits only, up to 15.")
        if place.country in _PHONE_COUNTRIES and len(number) != 10:
            raise UPSError(code, f"{name} phone number must hold 10 digits in {place.country}.")


def _read_service(shipment: Node, lane: Lane, destination: Place) -> str:
    code = fields.required(shipment, "Service.Code", "121100", "The requested service is invalid.")
    if code in CONTRACT_SERVICES:
        raise UPSError("120124", "The requested service needs a contract that the shipper does not have.")
    if code not in SERVICE_NAMES:
        raise UPSError("121100", "The requested service is invalid from the selected origin.")
    if code == GROUND_SAVER and not destination.residential and lane.destination == "US":
        raise UPSError("121215", "The requested service is only available to residential addresses.")
    if code not in lane.services(residential=True):
        raise UPSError("121210", "The requested service is unavailable between the selected locations.")
    return code


def _check_tax_blocks(shipment: Node) -> None:
    for path in _TAX_BLOCKS:
        block = fields.find(shipment, path)
        parent, _, name = path.rpartition(".")
        there = name in fields.child(shipment, parent) if parent else name in shipment
        if there and fields.is_blank(block):
            raise UPSError(ILLEGAL_CHARACTERS, f"{path} is empty.")


def _is_letter(shipment: Node) -> bool:
    return all(fields.text(package, "Packaging.Code") == LETTER for package in fields.objects(shipment, "Package"))


def _check_description(shipment: Node, lane: Lane, service: str) -> None:
    description = fields.text(shipment, "Description")
    if len(description) > 50:
        raise UPSError(INVALID, "Shipment.Description takes up to 50 characters.")
    exempt = _is_letter(shipment) or (lane.is_within_union and service == "11")
    if (
        (lane.origin != lane.destination and not exempt) or "AE" in {lane.origin, lane.destination}
    ) and not description:
        raise UPSError(MISSING, "Shipment.Description is required for this shipment.")


def _check_date(world: World, shipment: Node) -> None:
    written = fields.text(shipment, "ShipmentDate")
    if not written:
        return
    try:
        day = datetime.strptime(written, "%Y%m%d").date()  # noqa: DTZ007 - a day, without a zone
    except ValueError:
        raise UPSError(INVALID, "Shipment.ShipmentDate must be YYYYMMDD.") from None
    # A day of slack on both sides: UPS counts in the origin's local time.
    if not -timedelta(days=1) <= day - world.now().date() <= timedelta(days=8):
        raise UPSError(INVALID, "Shipment.ShipmentDate must be within the next seven days.")


def _read_references(shipment: Node, lane: Lane) -> tuple[tuple[str, str], ...]:
    """Read references at the level that the lane takes (guide §4.7)."""
    on_shipment = fields.objects(shipment, "ReferenceNumber")
    on_packages = [fields.objects(package, "ReferenceNumber") for package in fields.objects(shipment, "Package")]
    if lane.takes_package_references and on_shipment:
        raise UPSError("120541", "Shipment reference numbers are not allowed between these countries.")
    if not lane.takes_package_references and any(on_packages):
        raise UPSError("120542", "Package reference numbers are not allowed between these countries.")
    if len(on_shipment) > 2 or any(len(references) > 5 for references in on_packages):
        raise UPSError("120543", "The number of reference numbers exceeds the maximum.")
    found = []
    for reference in (*on_shipment, *(reference for references in on_packages for reference in references)):
        value = fields.required(reference, "Value", "120544", "Missing or invalid reference number value.")
        if len(value) > 35 or (fields.is_on(reference, "BarCodeIndicator") and not _fits_barcode(value)):
            raise UPSError("120544", "Missing or invalid reference number value.")
        found.append((fields.text(reference, "Code"), value))
    return tuple(dict.fromkeys(found))


def _fits_barcode(value: str) -> bool:
    return (len(value) <= 14 and value.isalnum()) or (len(value) <= 24 and value.isdigit())


def _read_label_format(root: Node) -> str:
    specification = fields.child(root, "LabelSpecification")
    code = fields.required(specification, "LabelImageFormat.Code")
    if code not in SHIP_FORMATS:
        raise UPSError(INVALID, "LabelSpecification.LabelImageFormat.Code must be GIF, PNG, ZPL, EPL or SPL.")
    if code in {"ZPL", "EPL", "SPL"}:
        size = fields.child(specification, "LabelStockSize")
        if fields.text(size, "Height") not in {"6", "8"} or fields.text(size, "Width") != "4":
            raise UPSError(INVALID, "LabelSpecification.LabelStockSize must be 6 or 8 high and 4 wide.")
    return code
