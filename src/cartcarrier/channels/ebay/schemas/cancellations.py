"""Cancellations (Post-Order v2, which has no published schemas: field guide ebay.md §9)."""

from cartcarrier.channels.ebay.schemas.base import Struct


class DateValue(Struct, frozen=True):
    """A date as Post-Order writes it."""

    value: str


class CreateCancellation(Struct, frozen=True, omit_defaults=True):
    """The seller's wish to cancel an order."""

    legacy_order_id: str
    cancel_reason: str
    buyer_paid: bool | None = None
    buyer_paid_date: DateValue | None = None


class CancellationCreated(Struct, frozen=True):
    """That wish was taken."""

    cancel_id: str


class RejectCancellation(Struct, frozen=True, omit_defaults=True):
    """No: it has left."""

    shipment_date: DateValue | None = None
    tracking_number: str | None = None


class CancellationSummary(Struct, frozen=True):
    """One cancellation; which members there are is not certain."""

    cancel_id: str
    legacy_order_id: str | None = None
    cancel_status: str | None = None
    cancel_state: str | None = None
    requestor_type: str | None = None


class Cancellations(Struct, frozen=True):
    """What a search found."""

    cancellations: list[CancellationSummary]
