"""What UPS's interfaces share.

Every scalar is a text. What may come once or several times is read as an object or an array: which of the two UPS sends hangs on
the version, and not always (field guide ups.md §0, §11 pitfall 6). What is ``None`` is left out when a request is written, so
no empty container ever is; an indicator is on by being there, as ``""`` (§0).
"""

from typing import TypeVar

import msgspec

T = TypeVar("T")


class Schema(msgspec.Struct, rename="pascal", frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One object of UPS's JSON."""


def many(value: list[T] | T | None) -> list[T]:
    """Return what came once, several times or not at all as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


class Coded(Schema, frozen=True, kw_only=True):
    """A code, perhaps with its words."""

    code: str | None = None
    description: str | None = None


class Alert(Coded, frozen=True, kw_only=True):
    """A warning beside a success."""


class Amount(Schema, frozen=True, kw_only=True):
    """Money."""

    currency_code: str | None = None
    monetary_value: str | None = None


class Transaction(Schema, frozen=True, kw_only=True):
    """Comes back as it was sent; good for logs, no use against repeats."""

    customer_context: str | None = None


class ResponseHead(Schema, frozen=True, kw_only=True):
    """What every answer begins with."""

    response_status: Coded | None = None
    alert: list[Alert] | Alert | None = None
    transaction_reference: Transaction | None = None


class PostalAddress(Schema, frozen=True, kw_only=True):
    """An address."""

    address_line: list[str] | None = None
    city: str | None = None
    state_province_code: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    residential_address_indicator: str | None = None


class Phone(Schema, frozen=True, kw_only=True):
    """A phone number, digits only."""

    number: str
    extension: str | None = None


class VendorInfo(Schema, frozen=True, kw_only=True):
    """Who collected the import tax."""

    vendor_collect_id_type_code: str = msgspec.field(name="VendorCollectIDTypeCode")
    vendor_collect_id_number: str = msgspec.field(name="VendorCollectIDNumber")


class Party(Schema, frozen=True, kw_only=True):
    """Shipper, sender, recipient or buyer."""

    name: str
    attention_name: str | None = None
    tax_identification_number: str | None = None
    phone: Phone | None = None
    shipper_number: str | None = None
    email: str | None = msgspec.field(default=None, name="EMailAddress")
    address: PostalAddress
    vendor_info: VendorInfo | None = None


class Bill(Schema, frozen=True, kw_only=True):
    """An account that pays."""

    account_number: str
    address: PostalAddress | None = None


class ShipmentCharge(Schema, frozen=True, kw_only=True):
    """Who pays what: 01 transport, 02 duties and taxes."""

    type: str
    bill_shipper: Bill | None = None
    bill_receiver: Bill | None = None
    bill_third_party: Bill | None = None


class Payment(Schema, frozen=True, kw_only=True):
    """Who pays; ``PaymentInformation`` in Ship, ``PaymentDetails`` in Rating (field guide ups.md §0)."""

    shipment_charge: list[ShipmentCharge]


class RatingOptions(Schema, frozen=True, kw_only=True):
    """Which prices are wanted."""

    negotiated_rates_indicator: str | None = None
    tpfc_negotiated_rates_indicator: str | None = msgspec.field(default=None, name="TPFCNegotiatedRatesIndicator")


class Measured(Schema, frozen=True, kw_only=True):
    """A weight."""

    unit_of_measurement: Coded
    weight: str


class Sides(Schema, frozen=True, kw_only=True):
    """The sides of a package."""

    unit_of_measurement: Coded
    length: str
    width: str
    height: str


class DeliveryConfirmation(Schema, frozen=True, kw_only=True):
    """Who must sign; the codes differ between package and shipment (field guide ups.md §4.6)."""

    dcis_type: str = msgspec.field(name="DCISType")


class DryIce(Schema, frozen=True, kw_only=True):
    """Dry ice in a package, by the rules of CFR, IATA or ADR (field guide ups.md §4.7)."""

    regulation_set: str
    dry_ice_weight: Measured
    medical_use_indicator: str | None = None


class HazMat(Schema, frozen=True, kw_only=True):
    """Regulated goods in a package, for Ship (field guide ups.md §4.7)."""

    id_number: str = msgspec.field(name="IDNumber")
    proper_shipping_name: str
    regulation_set: str
    transportation_mode: str
    commodity_regulated_level_code: str
    chemical_record_identifier: str


class PricedHazMat(Schema, frozen=True, kw_only=True):
    """Regulated goods in a package, for Rating, which has them one level deeper."""

    package_identifier: str
    haz_mat_chemical_record: list[HazMat]


class PackageServiceOptions(Schema, frozen=True, kw_only=True):
    """What is asked for one package."""

    delivery_confirmation: DeliveryConfirmation | None = None
    declared_value: Amount | None = None
    shipper_release_indicator: str | None = None
    haz_mat: list[HazMat] | PricedHazMat | None = None
    dry_ice: DryIce | None = None
    package_identifier: str | None = None


class RestrictedArticles(Schema, frozen=True, kw_only=True):
    """Goods that need a contract."""

    diagnostic_specimens_indicator: str | None = None
    alcoholic_beverages_indicator: str | None = None
    perishables_indicator: str | None = None
    plants_indicator: str | None = None
    seeds_indicator: str | None = None
    special_exceptions_indicator: str | None = None
    tobacco_indicator: str | None = None
    e_cigarettes_indicator: str | None = msgspec.field(default=None, name="ECigarettesIndicator")


class AlternateDelivery(Schema, frozen=True, kw_only=True):
    """The Access Point where a parcel waits; Rating takes neither the person nor the id."""

    name: str
    attention_name: str | None = None
    ups_access_point_id: str | None = msgspec.field(default=None, name="UPSAccessPointID")
    address: PostalAddress
