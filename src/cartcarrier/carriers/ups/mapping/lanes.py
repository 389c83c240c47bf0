"""Where a shipment goes, as far as UPS's rules hang on it."""

import attrs

from cartcarrier.carriers.ups.codes import POUND_ORIGINS, TERRITORIES
from cartcarrier.models import EUROPEAN_UNION, Address, ContentsType, ShipmentRequest

_US_LIKE = frozenset({"US", "PR"})


def ups_country(address: Address) -> str:
    """Return the country in UPS's terms: US territories are countries of their own."""
    region = (address.region or "").strip().upper()
    return region if address.country_code == "US" and region in TERRITORIES else address.country_code


@attrs.frozen(kw_only=True)
class Lane:
    """From where to where.

    Attributes:
        origin: Country in UPS's terms.
        destination: As ``origin``.
    """

    origin: str
    destination: str

    @classmethod
    def of(cls, request: ShipmentRequest) -> "Lane":
        """Return the lane of a request."""
        return cls(origin=ups_country(request.ship_from), destination=ups_country(request.ship_to))

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
        """Whether it stays between the US and Puerto Rico: two countries for UPS, one for customs."""
        return self.origin in _US_LIKE and self.destination in _US_LIKE

    @property
    def needs_customs(self) -> bool:
        """Whether goods on it need an invoice."""
        return self.is_international and not self.is_within_eu and not self.is_within_us

    @property
    def references_on_packages(self) -> bool:
        """Whether references stand on packages; else on the shipment (field guide ups.md §4.7)."""
        return self.origin == self.destination and self.origin in _US_LIKE

    @property
    def signature_on_packages(self) -> bool:
        """Whether a signature is asked for on packages; else on the shipment (field guide ups.md §4.6)."""
        return self.is_within_us or (self.origin == self.destination == "CA")

    @property
    def takes_invoice_total(self) -> bool:
        """Whether a purchase names the goods' value beside any form (field guide ups.md §4.4)."""
        return self.origin == "US" and self.destination in {"PR", "CA"}

    @property
    def takes_documents_only(self) -> bool:
        """Whether UPS can be told that there are papers only (its description of ``DocumentsOnlyIndicator``)."""
        return self.is_international and self.origin != "US" and self.destination not in {"CA", "PR", "MX"}


LETTER = "01"


def is_documents(request: ShipmentRequest) -> bool:
    """Say whether there are papers only in it."""
    declared = request.customs is not None and request.customs.contents is ContentsType.DOCUMENTS
    return declared or all(parcel.packaging == LETTER for parcel in request.parcels)
