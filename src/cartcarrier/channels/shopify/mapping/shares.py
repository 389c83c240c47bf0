"""What the fulfillment orders of one order say: places, pieces, deadlines, holds (field guide shopify.md §9, §18)."""

from datetime import datetime
from typing import Final

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.models import Allocation, FulfilledBy

NO_LOCATIONS: Final[frozenset[str]] = frozenset()


class Tally:
    """The fulfillment orders of one order, counted. One pass over them, because a page has hundreds.

    Attributes:
        waiting: Those in which pieces remain and that want a carrier's parcel.
        other_waiting: Those in which pieces remain and that are picked up, handed over or downloaded.
        over: Those with which nothing will happen any more, or in which nothing remains.
        allocations: Which place ships what.
        pieces: What still has to leave, by line.
        weights: Of one piece, by line.
        no_parcel: Lines that are only in fulfillment orders without a parcel.
        holds: Why the order must wait.
        cancel_requested: Whether a merchant asks a fulfillment service to stop.
        ship_by: The earliest deadline.
        deliver_by: The earliest promise.
        fulfilled_by: Who ships it.
    """

    __slots__ = (
        "allocations",
        "cancel_requested",
        "deliver_by",
        "fulfilled_by",
        "holds",
        "no_parcel",
        "other_waiting",
        "over",
        "pieces",
        "ship_by",
        "waiting",
        "weights",
    )

    def __init__(self, shares: list[schemas.FulfillmentOrder], locations: frozenset[str]) -> None:
        self.waiting: list[schemas.FulfillmentOrder] = []
        self.other_waiting: list[schemas.FulfillmentOrder] = []
        self.over: list[schemas.FulfillmentOrder] = []
        self.allocations: list[Allocation] = []
        self.pieces: dict[str, int] = {}
        self.weights: dict[str, schemas.Weight] = {}
        self.no_parcel: set[str] = set()
        self.cancel_requested = False
        self.ship_by: datetime | None = None
        self.deliver_by: datetime | None = None
        self.fulfilled_by = FulfilledBy.UNKNOWN
        self.holds: tuple[str, ...] = ()
        parcelled: set[str] = set()
        reasons: set[str] = set()
        for share in shares:
            method = share.delivery_method
            # An unknown way is taken for a parcel: a person will see it, where a parcel that is forgotten is seen by nobody.
            parcel = method is None or method.method_type not in codes.NO_PARCEL_METHODS
            place = share.assigned_location.location if share.assigned_location is not None else None
            location = place.id if place is not None else None
            ours = not locations or location in locations
            over = share.status in codes.OVER_STATUSES
            remaining = self._count(share, location, counted=ours and share.status in codes.COUNTED_STATUSES)
            (parcelled if parcel else self.no_parcel).update([line.line_item.id for line in share.line_items.nodes])
            if not ours:
                continue
            if share.request_status == "CANCELLATION_REQUESTED":
                self.cancel_requested = True
            if over or not remaining:
                self.over.append(share)
            elif parcel:
                self.waiting.append(share)
            else:
                self.other_waiting.append(share)
            if over:
                continue
            if share.status != "OPEN" or share.fulfillment_holds or share.request_status == "REJECTED":
                reasons.update(_reasons(share))
            self._place(place, own=location in locations)
            self._deadlines(share, method)
        self.no_parcel -= parcelled
        if reasons:
            self.holds = tuple(sorted(reasons))

    def _count(self, share: schemas.FulfillmentOrder, location: str | None, *, counted: bool) -> int:
        total = 0
        for line in share.line_items.nodes:
            line_id = line.line_item.id
            if line.weight is not None:
                self.weights[line_id] = line.weight
            remaining = line.remaining_quantity
            if remaining:
                total += remaining
                if counted:
                    self.pieces[line_id] = self.pieces.get(line_id, 0) + remaining
                    self.allocations.append(
                        Allocation(line_id=line_id, quantity=remaining, location_id=location, id=share.id)
                    )
        return total

    def _place(self, place: schemas.Location | None, *, own: bool) -> None:
        # One place of the merchant's makes the order his to ship; the allocations say which share is.
        if own or (place is not None and place.is_fulfillment_service is False):
            self.fulfilled_by = FulfilledBy.MERCHANT
        elif place is not None and place.is_fulfillment_service and self.fulfilled_by is FulfilledBy.UNKNOWN:
            self.fulfilled_by = FulfilledBy.CHANNEL

    def _deadlines(self, share: schemas.FulfillmentOrder, method: schemas.DeliveryMethod | None) -> None:
        ship_by = share.fulfill_by
        if ship_by is not None and (self.ship_by is None or ship_by < self.ship_by):
            self.ship_by = ship_by
        deliver_by = method.max_delivery_date_time if method is not None else None
        if deliver_by is not None and (self.deliver_by is None or deliver_by < self.deliver_by):
            self.deliver_by = deliver_by


def _reasons(share: schemas.FulfillmentOrder) -> list[str]:
    reasons = [hold.reason for hold in share.fulfillment_holds]
    if share.status in codes.WAITING_STATUSES and not reasons:
        reasons.append(share.status)
    if share.request_status == "REJECTED":
        reasons.append("REQUEST_DECLINED")
    return reasons
