"""The settings of one seller in one region."""

from typing import Any

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.platforms.amazon import MARKETPLACES, AmazonAccount


def _count(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if type(value) is not int or value < 0:
        path = f"{type(instance).__name__}.{attribute.name}"
        raise InvalidValueError(f"{path} must be a whole number of at least 0", field=path)


def _texts(value: object) -> tuple[object, ...]:
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]  # checked by the validator


def _pairs(instance: object, attribute: "attrs.Attribute[Any]", value: tuple[object, ...]) -> None:
    if not all(isinstance(item, str) and all(part.strip() for part in item.partition("=")) for item in value):
        path = f"{type(instance).__name__}.{attribute.name}"
        raise InvalidValueError(f"{path} must hold texts such as 'gls=GLS'", field=path)


@attrs.frozen(kw_only=True)
class AmazonConfig(AmazonAccount):
    """The settings of one seller in one region.

    Attributes:
        application_id: Of the application in the developer console (``amzn1.sp.solution.…``); ``authorization_url`` needs it.
        draft_application: The application is not published yet.
        read_addresses: Ask for recipients. Without it no role for addresses is needed, and nothing can be shipped.
        check_regulated: Ask, for each order that is read, whether its verification is awaited (one more call, and a role).
        carrier_codes: Amazon's carrier codes where its own table does not serve, as ``"driver=Code"``.
        search_minutes: Search for orders at most that often, and give what notifications named in between; 0 searches always.
            For applications that hand over ``ORDER_CHANGE``.
        feed_threshold: From so many levels on, stock goes by feed.
        feed_wait_seconds: How long ``set_inventory`` and ``cancel_order`` wait for a feed before they answer ``PENDING``.
        product_type: Of offers whose stock is set; the catch-all fits any.
    """

    application_id: str | None = None
    draft_application: bool = False
    read_addresses: bool = True
    check_regulated: bool = False
    carrier_codes: tuple[str, ...] = attrs.field(default=(), converter=_texts, validator=_pairs)
    search_minutes: int = attrs.field(default=0, validator=_count)
    feed_threshold: int = attrs.field(default=50, validator=_count)
    feed_wait_seconds: int = attrs.field(default=30, validator=_count)
    product_type: str = "PRODUCT"

    @property
    def countries(self) -> frozenset[str]:
        """The countries of the marketplaces, as far as they are known."""
        return frozenset(MARKETPLACES[one].country_code for one in self.marketplace_ids if one in MARKETPLACES)

    @property
    def own_carrier_codes(self) -> dict[str, str]:
        """``carrier_codes`` by driver, in small letters."""
        return {one.partition("=")[0].strip().lower(): one.partition("=")[2].strip() for one in self.carrier_codes}
