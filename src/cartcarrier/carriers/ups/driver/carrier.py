"""The driver: all its parts as one."""

from cartcarrier.carriers.ups.driver.handover import UPSHandover
from cartcarrier.carriers.ups.driver.labels import UPSLabels
from cartcarrier.carriers.ups.driver.places import UPSPlaces
from cartcarrier.carriers.ups.driver.prices import UPSPrices
from cartcarrier.carriers.ups.driver.tracking import UPSTracking


class UPSCarrier(UPSPrices, UPSLabels, UPSTracking, UPSPlaces, UPSHandover):
    """UPS, over its REST interface.

    UPS knows no idempotency key. Our reference stands on the label (where the lane has references), and a purchase whose answer was
    lost is looked up under it; a label that is found is adopted.

    Not offered, because UPS has no way to say it: closing the day into a manifest. A label is billed once it is bought, whether or
    not somebody says in the evening that it left: void what is not used (field guide ups.md §0.10, §6).

    Attributes:
        settle_time: Ten minutes. UPS keeps working after a connection is lost, and how soon a label can be found is not known; the
            tries that are recommended end 8.5 minutes after the purchase (field guide ups.md §9).
        void_window: 28 days. Later UPS's service has to be asked, and after 180 days nobody can (§5).
    """
