"""Time in Transit, v1: names begin small, numbers are numbers, and the services have codes of their own (field guide ups.md §2.2)."""

from decimal import Decimal

import msgspec


class Camel(msgspec.Struct, rename="camel", frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One object of this interface."""


class TransitQuestion(Camel, frozen=True, kw_only=True):
    """The question."""

    origin_country_code: str
    origin_state_province: str | None = None
    origin_city_name: str | None = None
    origin_postal_code: str | None = None
    destination_country_code: str
    destination_state_province: str | None = None
    destination_city_name: str | None = None
    destination_postal_code: str | None = None
    residential_indicator: str | None = None
    ship_date: str | None = None
    weight: Decimal | None = None
    weight_unit_of_measure: str | None = None
    shipment_contents_value: Decimal | None = None
    shipment_contents_currency_code: str | None = None
    bill_type: str | None = None
    number_of_packages: int | None = None


class TransitService(Camel, frozen=True, kw_only=True):
    """One service and how long it takes."""

    service_level: str | None = None
    service_level_description: str | None = None
    delivery_date: str | None = None
    delivery_time: str | None = None
    business_transit_days: int | None = None
    total_transit_days: int | None = None
    guarantee_indicator: str | None = None


class TransitAnswer(Camel, frozen=True, kw_only=True):
    """The services."""

    guarantee_suspended: bool | None = None
    services: list[TransitService] | TransitService | None = None


class TransitCandidate(Camel, frozen=True, kw_only=True):
    """A place that may be meant."""

    country_code: str | None = None


class TransitValidation(Camel, frozen=True, kw_only=True):
    """What is wrong with the question; the status is 200 all the same."""

    invalid_field_list: list[str] | None = None
    invalid_field_list_codes: list[str] | None = None
    destination_ambiguous: bool | None = None
    origin_ambiguous: bool | None = None


class TransitResponse(Camel, frozen=True, kw_only=True):
    """The answer."""

    validation_list: TransitValidation | None = None
    destination_pick_list: list[TransitCandidate] | TransitCandidate | None = None
    origin_pick_list: list[TransitCandidate] | TransitCandidate | None = None
    ems_response: TransitAnswer | None = None
