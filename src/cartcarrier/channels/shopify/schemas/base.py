"""The envelope of every answer, and values that occur in many."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import msgspec

from cartcarrier.errors import short_code

T = TypeVar("T")

Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class Struct(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """What all schemas of this driver share."""


class ThrottleStatus(Struct, frozen=True):
    """How full the bucket of query costs is."""

    maximum_available: float
    currently_available: float
    restore_rate: float


class Cost(Struct, frozen=True):
    """What a query cost."""

    requested_query_cost: float | None = None
    actual_query_cost: float | None = None
    throttle_status: ThrottleStatus | None = None


class Extensions(Struct, frozen=True):
    """What stands beside the data."""

    cost: Cost | None = None


class GraphQLError(Struct, frozen=True):
    """One error at the top level of an answer; ``extensions`` differs by code."""

    message: str = ""
    path: list[str | int] | None = None
    extensions: dict[str, Any] | None = None

    @property
    def code(self) -> str:
        """The code, cut to a bearable length, or an empty text: validation errors of old have none."""
        code = (self.extensions or {}).get("code")
        return (short_code(code) or "") if isinstance(code, str) else ""

    @property
    def field(self) -> str:
        """The path as one text: ``orders.nodes.0.shippingAddress``."""
        return ".".join(str(part) for part in self.path or ())


class Answer(Struct, Generic[T], frozen=True):
    """Every answer of the GraphQL endpoint."""

    data: T | None = None
    errors: list[GraphQLError] | str | None = None
    extensions: Extensions | None = None


class UserError(Struct, frozen=True):
    """Why a mutation was refused. Most have no code (field guide shopify.md §5.3)."""

    message: str
    field: list[str] | None = None
    code: str | None = None


class PageInfo(Struct, frozen=True):
    """Whether there is more, and where it begins."""

    has_next_page: bool
    end_cursor: str | None = None


class MoneyV2(Struct, frozen=True):
    """An amount."""

    amount: str
    currency_code: str


class MoneyBag(Struct, frozen=True):
    """An amount in the currency that the shop books."""

    shop_money: MoneyV2


class Weight(Struct, frozen=True):
    """The weight of one piece."""

    value: Decimal
    unit: str


class Ref(Struct, frozen=True):
    """An object of which only the identity is asked for."""

    id: str


class MailingAddress(Struct, frozen=True):
    """Where the buyer wants it. All of it may be withheld."""

    name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    zip: str | None = None
    country_code_v2: str | None = msgspec.field(name="countryCodeV2", default=None)
    phone: str | None = None


class Destination(Struct, frozen=True):
    """Where a fulfillment order goes."""

    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    zip: str | None = None
    country_code: str | None = None
    phone: str | None = None
    email: str | None = None
