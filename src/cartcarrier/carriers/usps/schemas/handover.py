"""Addresses, SCAN forms, pickups, places."""

from decimal import Decimal

import msgspec

from cartcarrier.carriers.usps.schemas._base import Party, Schema


class StreetAddress(Schema, frozen=True, kw_only=True):
    """An address, as USPS answers it; any part may be null."""

    street_address: str | None = None
    secondary_address: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = msgspec.field(default=None, name="ZIPCode")
    zip_plus4: str | None = msgspec.field(default=None, name="ZIPPlus4")
    urbanization: str | None = None


class Coded(Schema, frozen=True, kw_only=True):
    """A code with its words."""

    code: str | None = None
    text: str | None = None


class AdditionalInfo(Schema, frozen=True, kw_only=True):
    """What USPS knows about a delivery point."""

    carrier_route: str | None = None
    dpv_confirmation: str | None = msgspec.field(default=None, name="DPVConfirmation")
    dpv_cmra: str | None = msgspec.field(default=None, name="DPVCMRA")
    business: str | None = None
    vacant: str | None = None


class AddressResponse(Schema, frozen=True, kw_only=True):
    """A checked address."""

    firm: str | None = None
    address: StreetAddress
    additional_info: AdditionalInfo | None = None
    corrections: list[Coded] | None = None
    matches: list[Coded] | None = None
    warnings: list[str] | None = None


class CityStateResponse(Schema, frozen=True, kw_only=True):
    """The city and state of a ZIP code."""

    city: str
    state: str
    zip_code: str | None = msgspec.field(default=None, name="ZIPCode")


class ScanImageInfo(Schema, frozen=True, kw_only=True):
    """Which form is wanted."""

    image_type: str
    label_type: str


class ScanShipment(Schema, frozen=True, kw_only=True):
    """What goes on the form."""

    tracking_numbers: list[str]


class ScanFormRequest(Schema, frozen=True, kw_only=True):
    """Close a day's parcels."""

    image_info: ScanImageInfo
    mailing_date: str
    # written out although it is the description's default: what is closed here is handed over now
    overwrite_mailing_date: bool
    entry_facility_zip_code: str = msgspec.field(name="entryFacilityZIPCode")
    destination_entry_facility_type: str
    shipment: ScanShipment
    from_address: Party


class ScanMetadata(Schema, frozen=True, kw_only=True):
    """What is on the form."""

    manifest_number: str | None = None
    tracking_numbers: list[str] | None = None


class ScanFormResponse(ScanMetadata, frozen=True, kw_only=True):
    """A form: flat under the vendor's media type, else with its data apart."""

    metadata: ScanMetadata | None = msgspec.field(default=None, name="SCANFormMetaData")
    image: str | None = msgspec.field(default=None, name="SCANFormImage")


class PickupStreet(Schema, frozen=True, kw_only=True):
    """Where the carrier comes."""

    street_address: str
    secondary_address: str | None = None
    city: str
    state: str
    zip_code: str = msgspec.field(name="ZIPCode")
    urbanization: str | None = None


class Contact(Schema, frozen=True, kw_only=True):
    """How the sender is reached: one of the two."""

    email: str | None = None
    cell_number: str | None = None


class PickupAddress(Schema, frozen=True, kw_only=True):
    """Who is visited."""

    first_name: str
    last_name: str
    firm: str | None = None
    address: PickupStreet
    contact: list[Contact]


class PickupPackages(Schema, frozen=True, kw_only=True):
    """How many of which."""

    package_type: str
    package_count: int


class PickupLocation(Schema, frozen=True, kw_only=True):
    """Where they lie."""

    package_location: str
    special_instructions: str | None = None


class PickupQuestion(Schema, frozen=True, kw_only=True):
    """Ask the carrier to come."""

    pickup_date: str
    pickup_address: PickupAddress
    packages: list[PickupPackages]
    estimated_weight: Decimal
    pickup_location: PickupLocation


class PickupResponse(Schema, frozen=True, kw_only=True):
    """The carrier will come."""

    confirmation_number: str
    pickup_date: str | None = None


class PostOffice(Schema, frozen=True, kw_only=True):
    """A place of USPS's."""

    facility_id: str | None = msgspec.field(default=None, name="facilityID")
    # USPS's own example spells it otherwise than its description
    facility_id_too: str | None = msgspec.field(default=None, name="facilityId")
    facility_name: str | None = None
    facility_address: StreetAddress | None = None
    post_office_type: str | None = None
    distance: Decimal | None = None


class LocationsResponse(Schema, frozen=True, kw_only=True):
    """Places near an address."""

    locations: list[PostOffice] | None = None
