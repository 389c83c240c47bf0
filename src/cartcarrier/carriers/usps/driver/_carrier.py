"""The USPS driver."""

from cartcarrier.carriers.usps.driver._buying import Buying
from cartcarrier.carriers.usps.driver._following import Following
from cartcarrier.carriers.usps.driver._handing import Handing
from cartcarrier.carriers.usps.driver._quoting import Quoting


class USPSCarrier(Quoting, Buying, Following, Handing):
    """USPS, over its REST interface v3.

    USPS knows idempotency keys: the same bytes under the same key give the first label again, and no second charge. A shipment of
    several parcels is a label for each, bought step by step. An account's calls are counted, 60 an hour for a new one: prices and
    addresses are answered from memory where they can be, and a share of the calls is kept for purchases; ``plan_volume`` says what that
    allows.

    Attributes:
        key_lifetime: Twelve hours. USPS does not say how long it keeps keys; a purchase is to be settled on its day (field guide
            usps.md §9). It also ends with the mailing date, which is in the bytes.
        settle_time: ``None``: how soon a look-up that finds nothing can be believed is not known.
        void_window: ``None``: a label is cancelled until the night after its mailing date, later a refund is asked for.
    """
