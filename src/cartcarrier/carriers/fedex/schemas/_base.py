"""What FedEx's interfaces share.

Ship, Rate and Track name the same things differently (field guide fedex.md §0.4), so each has structs of its own; here are the
parts that are the same. What is ``None`` is left out when a request is written.
"""

from decimal import Decimal

import msgspec


class Schema(msgspec.Struct, rename="camel", frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One object of FedEx's JSON."""


class Account(Schema, frozen=True, kw_only=True):
    """An account number."""

    value: str


class Amount(Schema, frozen=True, kw_only=True):
    """Money, with FedEx's own codes of currencies."""

    amount: Decimal | None = None
    currency: str | None = None


class MeasuredWeight(Schema, frozen=True, kw_only=True):
    """A weight: KG or LB."""

    units: str
    value: Decimal


class Sides(Schema, frozen=True, kw_only=True):
    """The sides of a package: whole numbers, CM or IN."""

    length: int
    width: int
    height: int
    units: str


class PostalAddress(Schema, frozen=True, kw_only=True):
    """An address. The street is missing in questions for prices and in places that show less."""

    street_lines: list[str] | None = None
    city: str | None = None
    state_or_province_code: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    residential: bool | None = None


class Contact(Schema, frozen=True, kw_only=True):
    """A person or a firm."""

    person_name: str | None = None
    email_address: str | None = None
    phone_extension: str | None = None
    phone_number: str | None = None
    company_name: str | None = None


class TaxNumber(Schema, frozen=True, kw_only=True):
    """A number at a tax or customs office."""

    number: str
    tin_type: str
    usage: str | None = None


class Party(Schema, frozen=True, kw_only=True):
    """Sender, recipient, buyer or importer."""

    contact: Contact | None = None
    address: PostalAddress
    tins: list[TaxNumber] | None = None


class ResponsibleParty(Schema, frozen=True, kw_only=True):
    """Whose account pays."""

    account_number: Account


class Payor(Schema, frozen=True, kw_only=True):
    """Around it."""

    responsible_party: ResponsibleParty


class Payment(Schema, frozen=True, kw_only=True):
    """Who pays."""

    payment_type: str
    payor: Payor | None = None


class Alert(Schema, frozen=True, kw_only=True):
    """A warning beside a success; its type may be missing (field guide fedex.md §4.8)."""

    code: str | None = None
    alert_type: str | None = None
    message: str | None = None


class AlcoholDetail(Schema, frozen=True, kw_only=True):
    """Who gets alcohol."""

    alcohol_recipient_type: str


class BatteryDetail(Schema, frozen=True, kw_only=True):
    """Lithium batteries in, or with, what they power."""

    battery_packing_type: str
    battery_regulatory_type: str
    battery_material_type: str


class StandaloneBattery(Schema, frozen=True, kw_only=True):
    """Lithium batteries by themselves."""

    battery_material_type: str


class PackageServices(Schema, frozen=True, kw_only=True):
    """What is asked for one package."""

    special_service_types: list[str]
    signature_option_type: str | None = None
    alcohol_detail: AlcoholDetail | None = None
    battery_details: list[BatteryDetail] | None = None
    standalone_battery_details: list[StandaloneBattery] | None = None
    dry_ice_weight: MeasuredWeight | None = None


class Hold(Schema, frozen=True, kw_only=True):
    """Where a parcel waits."""

    location_id: str


class ReturnAssociation(Schema, frozen=True, kw_only=True):
    """Which parcel a return answers."""

    tracking_number: str


class Rma(Schema, frozen=True, kw_only=True):
    """Why a return comes back."""

    reason: str


class ReturnDetail(Schema, frozen=True, kw_only=True):
    """A return."""

    return_type: str
    rma: Rma | None = None
    return_association_detail: ReturnAssociation | None = None


class HomeDelivery(Schema, frozen=True, kw_only=True):
    """Evening, date or appointment."""

    premium_type: str = msgspec.field(name="homedeliveryPremiumType")
    delivery_date: str | None = None


class AttachedDocument(Schema, frozen=True, kw_only=True):
    """A paper that was handed in beforehand."""

    document_type: str | None = None
    document_id: str | None = None


class EtdDetail(Schema, frozen=True, kw_only=True):
    """Electronic trade documents."""

    attached_documents: list[AttachedDocument] | None = None
    requested_document_types: list[str] | None = None


class ShipmentServices(Schema, frozen=True, kw_only=True):
    """What is asked for the whole shipment."""

    special_service_types: list[str]
    return_shipment_detail: ReturnDetail | None = None
    hold_at_location_detail: Hold | None = None
    home_delivery_premium_detail: HomeDelivery | None = None
    etd_detail: EtdDetail | None = None


class Economy(Schema, frozen=True, kw_only=True):
    """Ground Economy's own details."""

    hub_id: str
    indicia: str
    ancillary_endorsement: str | None = None


class Commodity(Schema, frozen=True, kw_only=True):
    """One kind of goods. ``customs_value`` and ``weight`` are the line's, ``unit_price`` is one piece's."""

    description: str
    country_of_manufacture: str | None = None
    harmonized_code: str | None = None
    part_number: str | None = None
    quantity: int | None = None
    quantity_units: str | None = None
    number_of_pieces: int | None = None
    unit_price: Amount | None = None
    customs_value: Amount | None = None
    weight: MeasuredWeight | None = None
