"""The driver: all its parts as one."""

from cartcarrier.carriers.fedex.driver.handover import FedExHandover
from cartcarrier.carriers.fedex.driver.labels import FedExLabels
from cartcarrier.carriers.fedex.driver.places import FedExPlaces
from cartcarrier.carriers.fedex.driver.prices import FedExPrices


class FedExCarrier(FedExPrices, FedExLabels, FedExPlaces, FedExHandover):
    """FedEx, over its REST interface.

    FedEx knows no idempotency key, has no list of shipments and gives no label out twice. Our reference stands on every package;
    a purchase whose answer was lost is looked up under it, and what is found is cancelled, which costs nothing before the first
    scan (field guide fedex.md §9).

    Attributes:
        settle_time: 36 minutes: the tries that are recommended after a lost answer, at 1, 5 and 30 minutes, one after the other.
            How soon FedEx lists a fresh label is not known, Ground perhaps after the day's close only.
        void_window: None: FedEx takes a label back until the parcel is tendered (Ground: until the day is closed), not for a time.
    """
