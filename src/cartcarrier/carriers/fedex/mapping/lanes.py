"""Where a shipment goes, as far as FedEx's rules hang on it."""

import attrs

from cartcarrier.carriers.fedex.codes import POUND_ORIGINS, TERRITORIES
from cartcarrier.models import EUROPEAN_UNION, Address, ContentsType, ShipmentRequest

_US_LIKE = frozenset({"US", "PR"})


def fedex_country(address: Address) -> str:
    """Return the country in FedEx's terms: US territories are countries of their own."""
    region = (address.region or "").strip().upper()
    return region if address.country_code == "US" and region in TERRITORIES else address.country_code


@attrs.frozen(kw_only=True)
class Lane:
    """From where to where.

    Attributes:
        origin: Country in FedEx's terms.
        destination: As ``origin``.
    """

    origin: str
    destination: str

    @classmethod
    def of(cls, request: ShipmentRequest) -> "Lane":
        """Return the lane of a request."""
        return cls(origin=fedex_country(request.ship_from), destination=fedex_country(request.ship_to))

    @property
    def in_pounds(self) -> bool:
        """Whether it is weighed and measured in pounds and inches, as at its origin."""
        return self.origin in POUND_ORIGINS

    @property
    def is_international(self) -> bool:
        """Whether the two countries differ."""
        return self.origin != self.destination

    @property
    def is_within_eu(self) -> bool:
        """Whether it stays in the customs union of the EU."""
        return self.origin in EUROPEAN_UNION and self.destination in EUROPEAN_UNION

    @property
    def is_within_us(self) -> bool:
        """Whether it stays between the US and Puerto Rico: two countries for FedEx, one for customs."""
        return self.origin in _US_LIKE and self.destination in _US_LIKE

    @property
    def needs_customs(self) -> bool:
        """Whether goods on it need a declaration."""
        return self.is_international and not self.is_within_eu and not self.is_within_us


def tells_customs(request: ShipmentRequest, lane: Lane) -> bool:
    """Whether customs is told: where it must be, and across any border where a declaration is given."""
    return lane.needs_customs or (lane.is_international and request.customs is not None)


def is_documents(request: ShipmentRequest) -> bool:
    """Say whether there are papers only in it."""
    return request.customs is not None and request.customs.contents is ContentsType.DOCUMENTS
