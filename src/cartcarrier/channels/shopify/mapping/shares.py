"""What the fulfillment orders of one order say: places, pieces, deadlines, holds (field guide shopify.md §9, §18)."""

from collections.abc import Set
from datetime import datetime
from typing import Final

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.models import Allocation, FulfilledBy, compiled

NO_LOCATIONS: Final[frozenset[str]] = frozenset()
NO_LINES: Final[frozenset[str]] = frozenset()

_allocation: Final = compiled(Allocation)
# Names of their own, here and in the neighbours, because Python 3.11 takes ten times as long to read a member off its enum.
_MERCHANT: Final = FulfilledBy.MERCHANT
_CHANNEL: Final = FulfilledBy.CHANNEL
_NOBODY: Final = FulfilledBy.UNKNOWN


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
        fulfilled_by: Who ships it, or shipped it where nothing waits.
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
        self.no_parcel: Set[str] = NO_LINES
        self.cancel_requested: bool = False
        self.ship_by: datetime | None = None
        self.deliver_by: datetime | None = None
        self.fulfilled_by: FulfilledBy = _NOBODY
        self.holds: tuple[str, ...] = ()
        reasons: set[str] = set()
        parcelled: list[schemas.FulfillmentOrder] = []
        parcelless: list[schemas.FulfillmentOrder] = []
        for share in shares:
            assigned, method = share.assigned_location, share.delivery_method
            place = assigned.location if assigned is not None else None
            location = place.id if place is not None else None
            # An unknown way is taken for a parcel: a person will see it, where a parcel that is forgotten is seen by nobody.
            parcel = method is None or method.method_type not in codes.NO_PARCEL_METHODS
            (parcelled if parcel else parcelless).append(share)
            status = share.status
            ours = not locations or location in locations
            remaining = self._count(share, location, counted=ours and status in codes.COUNTED_STATUSES)
            if not ours:
                continue
            if share.request_status == "CANCELLATION_REQUESTED":
                self.cancel_requested = True
            over = status in codes.OVER_STATUSES
            if over or not remaining:
                self.over.append(share)
            elif parcel:
                self.waiting.append(share)
            else:
                self.other_waiting.append(share)
            if over:
                continue
            if status != "OPEN" or share.fulfillment_holds or share.request_status == "REJECTED":
                reasons.update(_reasons(share))
            self._place(place, own=location in locations)
            self._deadlines(share, method)
        if self.fulfilled_by is _NOBODY and not self.waiting and not self.other_waiting:
            self._look_back(locations)
        if parcelless:
            self.no_parcel = _line_ids(parcelless) - _line_ids(parcelled)
        if reasons:
            self.holds = tuple(sorted(reasons))

    def _count(self, share: schemas.FulfillmentOrder, location: str | None, *, counted: bool) -> int:
        total = 0
        weights, pieces = self.weights, self.pieces
        for line in share.line_items.nodes:
            line_id = line.line_item.id
            if line.weight is not None:
                weights[line_id] = line.weight
            remaining = line.remaining_quantity
            if remaining:
                total += remaining
                if counted:
                    pieces[line_id] = pieces.get(line_id, 0) + remaining
                    self.allocations.append(
                        _allocation(line_id=line_id, quantity=remaining, location_id=location, id=share.id)
                    )
        return total

    def _place(self, place: schemas.Location | None, *, own: bool) -> None:
        # One place of the merchant's makes the order his to ship; the allocations say which share is.
        if own or (place is not None and place.is_fulfillment_service is False):
            self.fulfilled_by = _MERCHANT
        elif place is not None and place.is_fulfillment_service and self.fulfilled_by is _NOBODY:
            self.fulfilled_by = _CHANNEL

    def _look_back(self, locations: frozenset[str]) -> None:
        """Say who had it, where nothing waits any more. What was moved away is closed too, and has no lines left."""
        over = [share for share in self.over if share.status in codes.OVER_STATUSES]
        for share in [share for share in over if share.status == "CLOSED" and share.line_items.nodes] or over:
            place = share.assigned_location.location if share.assigned_location is not None else None
            if place is not None:
                self._place(place, own=place.id in locations)

    def _deadlines(self, share: schemas.FulfillmentOrder, method: schemas.DeliveryMethod | None) -> None:
        ship_by = share.fulfill_by
        if ship_by is not None and (self.ship_by is None or ship_by < self.ship_by):
            self.ship_by = ship_by
        deliver_by = method.max_delivery_date_time if method is not None else None
        if deliver_by is not None and (self.deliver_by is None or deliver_by < self.deliver_by):
            self.deliver_by = deliver_by


def _line_ids(shares: list[schemas.FulfillmentOrder]) -> set[str]:
    return {line.line_item.id for share in shares for line in share.line_items.nodes}


def _reasons(share: schemas.FulfillmentOrder) -> list[str]:
    reasons = [hold.reason for hold in share.fulfillment_holds]
    if share.status in codes.WAITING_STATUSES and not reasons:
        reasons.append(share.status)
    if share.request_status == "REJECTED":
        reasons.append("REQUEST_DECLINED")
    return reasons
