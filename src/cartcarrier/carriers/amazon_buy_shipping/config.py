"""The settings of one seller who buys labels from Amazon."""

import re
from typing import Any, Final

import attrs
from typing_extensions import override

from cartcarrier.errors import InvalidValueError
from cartcarrier.platforms.amazon import MARKETPLACES, AmazonAccount

_BUSINESS: Final = re.compile(r"AmazonShipping_[A-Z]{2,3}")
# Field guide amazon.md §4.2: the businesses that there are, by the country of the marketplace.
_BY_COUNTRY: Final = {
    "US": "AmazonShipping_US",
    "IN": "AmazonShipping_IN",
    "GB": "AmazonShipping_UK",
    "AE": "AmazonShipping_UAE",
    "SA": "AmazonShipping_SA",
    "EG": "AmazonShipping_EG",
    "IT": "AmazonShipping_IT",
    "ES": "AmazonShipping_ES",
    "FR": "AmazonShipping_FR",
    "JP": "AmazonShipping_JP",
}
_CURRENCIES: Final = {
    "AmazonShipping_US": "USD",
    "AmazonShipping_IN": "INR",
    "AmazonShipping_UK": "GBP",
    "AmazonShipping_UAE": "AED",
    "AmazonShipping_SA": "SAR",
    "AmazonShipping_EG": "EGP",
    "AmazonShipping_IT": "EUR",
    "AmazonShipping_ES": "EUR",
    "AmazonShipping_FR": "EUR",
    "AmazonShipping_JP": "JPY",
}


def _refuse(name: str, why: str) -> InvalidValueError:
    path = f"AmazonBuyShippingConfig.{name}"
    return InvalidValueError(f"{path} {why}", field=path)


def _business(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    # Open at its end: Amazon adds countries.
    if value is not None and not (isinstance(value, str) and _BUSINESS.fullmatch(value)):
        raise _refuse(attribute.name, "must be a name such as 'AmazonShipping_US'")


def _carrier(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise _refuse(attribute.name, "must be a text that is not empty")


@attrs.frozen(kw_only=True)
class AmazonBuyShippingConfig(AmazonAccount):
    """The settings of one seller who buys labels from Amazon; those of every Amazon driver, and two more.

    Attributes:
        business_id: Amazon's shipping business, ``"AmazonShipping_US"`` and the like. ``None`` takes that of the first
            marketplace. It always travels with the call: Amazon's own default is the United Kingdom (field guide amazon.md §4.2).
        tracking_carrier_id: Amazon's identity of the carrier that is asked about a tracking number of which nothing else is
            known. ``None`` takes Amazon's own fleet in the country of the business; that name is not confirmed.
    """

    business_id: str | None = attrs.field(default=None, validator=_business)
    tracking_carrier_id: str | None = attrs.field(default=None, validator=_carrier)

    @override
    def __attrs_post_init__(self) -> None:
        AmazonAccount.__attrs_post_init__(
            self
        )  # slots make a class of their own, which super() without arguments misses
        if self.business_id is None and self._own_business() is None:
            why = "must be given: the first marketplace has no shipping business of its own that is known"
            raise _refuse("business_id", why)

    def _own_business(self) -> str | None:
        market = MARKETPLACES.get(self.marketplace_ids[0])
        return _BY_COUNTRY.get(market.country_code) if market is not None else None

    @property
    def business(self) -> str:
        """The shipping business that every call names."""
        return self.business_id or self._own_business() or ""

    @property
    def currency(self) -> str | None:
        """The currency of the business; ``None`` for one that is new."""
        return _CURRENCIES.get(self.business)

    @property
    def own_fleet(self) -> str:
        """Which carrier a bare tracking number is looked for at."""
        return self.tracking_carrier_id or f"AMZN_{self.business.rpartition('_')[2]}"
