"""Checked addresses, postal codes and places."""

from decimal import Decimal

import msgspec

from cartcarrier.carriers.fedex.schemas._base import Alert, Contact, PostalAddress, Schema


class AddressToValidate(Schema, frozen=True, kw_only=True):
    """One address."""

    address: PostalAddress
    client_reference_id: str | None = None


class AddressRequest(Schema, frozen=True, kw_only=True):
    """Up to 100 addresses."""

    addresses_to_validate: list[AddressToValidate]


class ParsedPostalCode(Schema, frozen=True, kw_only=True):
    """A postal code in its parts."""

    base: str | None = None
    add_on: str | None = None


class Token(Schema, frozen=True, kw_only=True):
    """A part of an address, and whether FedEx changed it."""

    changed: bool | None = None
    value: str | None = None


class Message(Schema, frozen=True, kw_only=True):
    """What FedEx wants known."""

    code: str | None = None
    message: str | None = None


class Attributes(msgspec.Struct, rename="pascal", frozen=True, gc=False, kw_only=True):
    """What FedEx found out. Texts or truth values (field guide fedex.md §3)."""

    matched: str | bool | None = None
    resolved: str | bool | None = None
    dpv: str | bool | None = msgspec.field(default=None, name="DPV")
    suite_required_but_missing: str | bool | None = None
    invalid_suite_number: str | bool | None = None
    multiple_matches: str | bool | None = None
    country_supported: str | bool | None = None


class ResolvedAddress(Schema, frozen=True, kw_only=True):
    """An address as FedEx would write it."""

    street_lines_token: list[str | Token] | None = None
    city: str | None = None
    city_token: list[Token] | None = None
    state_or_province_code: str | None = None
    postal_code_token: Token | None = None
    parsed_postal_code: ParsedPostalCode | None = None
    country_code: str | None = None
    classification: str | None = None
    attributes: Attributes | None = None
    customer_message: list[str | Message] | None = None


class AddressOutput(Schema, frozen=True, kw_only=True):
    """In the order asked."""

    resolved_addresses: list[ResolvedAddress] | None = None
    alerts: list[Alert] | Alert | str | None = None


class AddressAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    output: AddressOutput


# --- postal codes ---------------------------------------------------------------------------------------------------------


class PostalRequest(Schema, frozen=True, kw_only=True):
    """One postal code."""

    carrier_code: str
    country_code: str
    state_or_province_code: str
    postal_code: str
    ship_date: str


class LocationDescription(Schema, frozen=True, kw_only=True):
    """Who serves it."""

    location_id: str | None = None
    service_area: str | None = None


class PostalOutput(Schema, frozen=True, kw_only=True):
    """What FedEx thinks of it."""

    country_code: str | None = None
    state_or_province_code: str | None = None
    cleaned_postal_code: str | None = None
    location_descriptions: list[LocationDescription] | None = None
    alerts: list[Alert] | Alert | str | None = None


class PostalAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    output: PostalOutput


# --- places ---------------------------------------------------------------------------------------------------------------


class Distance(Schema, frozen=True, kw_only=True):
    """How far."""

    units: str | None = None
    value: Decimal | None = None


class LocationControls(Schema, frozen=True, kw_only=True):
    """How many, and how far away."""

    distance: Distance
    max_results: int


class SearchPlace(Schema, frozen=True, kw_only=True):
    """Near what."""

    address: PostalAddress


class Sort(Schema, frozen=True, kw_only=True):
    """In what order."""

    criteria: str
    order: str


class Capability(Schema, frozen=True, kw_only=True):
    """What the place must be able to do."""

    transfer_of_possession_type: str


class LocationRequest(Schema, frozen=True, kw_only=True):
    """A question for places."""

    locations_summary_request_control_parameters: LocationControls
    location_search_criterion: str
    location: SearchPlace
    multiple_matches_action: str
    sort: Sort
    location_capabilities: list[Capability]


class Ancillary(Schema, frozen=True, kw_only=True):
    """What stands over the door."""

    display_name: str | None = None


class ContactAndAddress(Schema, frozen=True, kw_only=True):
    """Name and address of a place."""

    contact: Contact | None = None
    address: PostalAddress | None = None
    address_ancillary_detail: Ancillary | None = None


class LocationDetail(Schema, frozen=True, kw_only=True):
    """A place."""

    location_id: str | None = None
    location_type: str | None = None
    distance: Distance | None = None
    contact_and_address: ContactAndAddress | None = None


class LocationOutput(Schema, frozen=True, kw_only=True):
    """Places."""

    location_detail_list: list[LocationDetail] | None = None
    alerts: list[Alert] | Alert | str | None = None


class LocationAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    output: LocationOutput
