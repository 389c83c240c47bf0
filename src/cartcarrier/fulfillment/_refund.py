"""How far the refund of a label is."""

import attrs

from cartcarrier.models import OrderRef, VoidStatus


@attrs.frozen(kw_only=True)
class Refund:
    """How far a refund is.

    Attributes:
        ref: Whose order.
        key: Which shipment of it.
        carrier: The account's key.
        status: ``VOIDED`` when the money is back, ``REFUSED`` when it will not come, ``REFUND_PENDING`` while it is awaited.
        message: What the carrier says, or why it could not be asked.
    """

    ref: OrderRef
    key: str
    carrier: str
    status: VoidStatus
    message: str | None = None
