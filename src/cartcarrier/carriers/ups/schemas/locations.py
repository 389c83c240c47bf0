"""Locator, v3: an interface of its own age. Its words for addresses are those of address validation; errors stand inside a 200."""

import msgspec

from cartcarrier.carriers.ups.schemas._base import Coded, Schema


class LocatorHead(Schema, frozen=True, kw_only=True):
    """What the question begins with."""

    request_action: str


class OriginKey(Schema, frozen=True, kw_only=True):
    """Near where. ``PoliticalDivision2`` is the city, ``PoliticalDivision1`` the state."""

    address_line: str
    political_division2: str
    political_division1: str | None = None
    postcode_primary_low: str | None = None
    postcode_extended_low: str | None = None
    country_code: str


class OriginAddress(Schema, frozen=True, kw_only=True):
    """Near where."""

    address_key_format: OriginKey
    maximum_list_size: str


class Translate(Schema, frozen=True, kw_only=True):
    """In which language."""

    locale: str


class AccessPointSearch(Schema, frozen=True, kw_only=True):
    """Only Access Points in this state: 01 is active and free."""

    access_point_status: str


class LocationSearchCriteria(Schema, frozen=True, kw_only=True):
    """How many, how far, and of what kind."""

    maximum_list_size: str
    search_radius: str
    access_point_search: AccessPointSearch


class SortCriteria(Schema, frozen=True, kw_only=True):
    """In which order: 01 is the closest first."""

    sort_type: str


class LocatorRequest(Schema, frozen=True, kw_only=True):
    """The question."""

    request: LocatorHead
    origin_address: OriginAddress
    translate: Translate
    unit_of_measurement: Coded
    location_search_criteria: LocationSearchCriteria
    sort_criteria: SortCriteria


class LocatorRequestEnvelope(Schema, frozen=True, kw_only=True):
    """The question, as it is sent."""

    locator_request: LocatorRequest


class LocatorError(Schema, frozen=True, kw_only=True):
    """Why there is nothing. Its words are not read."""

    error_code: str | None = None


class LocatorResponseHead(Schema, frozen=True, kw_only=True):
    """What the answer begins with: 1 for success."""

    response_status_code: str | None = None
    error: list[LocatorError] | LocatorError | None = None


class PlaceKey(Schema, frozen=True, kw_only=True):
    """Where a place is."""

    consignee_name: str | None = None
    address_line: list[str] | str | None = None
    political_division2: str | None = None
    political_division1: str | None = None
    postcode_primary_low: str | None = None
    country_code: str | None = None


class Distance(Schema, frozen=True, kw_only=True):
    """How far it is, in a straight line."""

    value: str | None = None
    unit_of_measurement: Coded | None = None


class LocationAttribute(Schema, frozen=True, kw_only=True):
    """What kind of place it is: type 01 is the kind of location."""

    option_type: Coded | None = None
    option_code: list[Coded] | Coded | None = None


class AccessPointInformation(Schema, frozen=True, kw_only=True):
    """What an Access Point is called in a shipment."""

    public_access_point_id: str | None = msgspec.field(default=None, name="PublicAccessPointID")


class DropLocation(Schema, frozen=True, kw_only=True):
    """A place. UPS's ``LocationID`` is not for customers, so it is not read."""

    address_key_format: PlaceKey | None = None
    phone_number: list[str] | str | None = None
    location_attribute: list[LocationAttribute] | LocationAttribute | None = None
    distance: Distance | None = None
    access_point_information: AccessPointInformation | None = None


class GeocodeCandidate(Schema, frozen=True, kw_only=True):
    """An address that may be meant."""

    address_key_format: PlaceKey | None = None


class SearchResults(Schema, frozen=True, kw_only=True):
    """Places, or else addresses that may be meant."""

    geocode_candidate: list[GeocodeCandidate] | GeocodeCandidate | None = None
    drop_location: list[DropLocation] | DropLocation | None = None


class LocatorResponse(Schema, frozen=True, kw_only=True):
    """The answer."""

    response: LocatorResponseHead | None = None
    search_results: SearchResults | None = None


class LocatorResponseEnvelope(Schema, frozen=True, kw_only=True):
    """The answer, as it comes."""

    locator_response: LocatorResponse
