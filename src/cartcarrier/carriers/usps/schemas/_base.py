"""What USPS's interfaces share.

USPS mixes styles (``ZIPCode``, ``CRID``, ``countryofOrigin``), so each name is written out where it is not camel case. What is
``None`` is left out when a request is written: the gateway refuses null and empty texts (field guide usps.md §0.11).
"""

from decimal import Decimal

import msgspec


class Schema(msgspec.Struct, rename="camel", frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One object of USPS's JSON."""


class Party(Schema, frozen=True, kw_only=True):
    """Somebody within the US, its territories and its military post."""

    first_name: str | None = None
    last_name: str | None = None
    firm: str | None = None
    street_address: str
    secondary_address: str | None = None
    city: str
    state: str
    zip_code: str = msgspec.field(name="ZIPCode")
    urbanization: str | None = None
    phone: str | None = None
    email: str | None = None
    ignore_bad_address: bool | None = None
    hold_for_pickup: bool | None = None
    facility_id: str | None = None


class ForeignParty(Schema, frozen=True, kw_only=True):
    """Somebody abroad."""

    first_name: str | None = None
    last_name: str | None = None
    firm: str | None = None
    street_address: str
    secondary_address: str | None = None
    city: str
    postal_code: str | None = None
    province: str | None = None
    province_code: str | None = msgspec.field(default=None, name="provinceISOAlpha2Code")
    country: str
    country_code: str = msgspec.field(name="countryISOAlpha2Code")
    phone: str | None = None


class Fee(Schema, frozen=True, kw_only=True):
    """A surcharge."""

    name: str | None = None
    sku: str | None = msgspec.field(default=None, name="SKU")
    price: Decimal | None = None


class Warned(Schema, frozen=True, kw_only=True):
    """Something that USPS wants known."""

    warning_code: str | None = None
    warning_description: str | None = None
