"""Acme's JSON, as Acme writes it."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct


class Place(Struct, frozen=True):
    """An address."""

    name: str
    street: str
    city: str
    state: str
    zip: str


class LabelRequest(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is priced, or bought: then with a reference and a format."""

    sender: Place
    recipient: Place
    grams: int
    service: str | None = None
    quote: str | None = None
    format: str | None = None
    signature: str | None = None
    printed_reference: str | None = None
    reference: str | None = None


class Price(Struct, frozen=True, rename="camel"):
    """One service and what it costs."""

    service: str
    name: str
    amount: Decimal
    currency: str
    days: int
    quote: str
    valid_until: datetime


class Prices(Struct, frozen=True):
    """The answer to a question for prices."""

    prices: tuple[Price, ...]


class BoughtLabel(Struct, frozen=True, rename="camel"):
    """A label, as bought or as found again."""

    id: str
    tracking_number: str
    service: str
    name: str
    amount: Decimal
    currency: str
    bought_at: datetime
    reference: str
    format: str
    data: bytes


class FoundLabels(Struct, frozen=True):
    """The answer to a look-up."""

    labels: tuple[BoughtLabel, ...]


class VoidAnswer(Struct, frozen=True):
    """The answer to a void."""

    voided: bool


class Scan(Struct, frozen=True):
    """Something that happened to a parcel."""

    id: str
    code: str
    text: str
    at: datetime
    city: str


class Parcel(Struct, frozen=True, rename="camel"):
    """The answer to a tracking number."""

    tracking_number: str
    scans: tuple[Scan, ...]


class Fault(Struct, frozen=True):
    """What Acme says when it refuses."""

    code: str
    message: str
    field: str | None = None
