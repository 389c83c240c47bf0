"""Which pieces are taken out of which fulfillment order (field guide shopify.md §9, §10.1).

A fulfillment of ours may need several of Shopify's: one for each place, since Shopify takes fulfillment orders of one place in a
call; one for each parcel where its contents are known, so that each has its own number and scans.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.channels.shopify.mapping.fulfillments import line_quantities, to_tracking_input
from cartcarrier.models import FulfillmentParcel

_CREATE: Final = "CREATE_FULFILLMENT"


class PlanError(Exception):
    """The pieces cannot be taken as the order stands.

    Args:
        message: Why, without personal data.
        code: ``on_hold``, ``cancelled``, ``no_pieces``, ``number_taken``.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@attrs.define
class Part:
    """Pieces that travel under the same numbers.

    Attributes:
        lines: What has still to be told, by line.
        parcels: Whose numbers they travel under.
    """

    lines: dict[str, int]
    parcels: tuple[FulfillmentParcel, ...]

    @property
    def numbers(self) -> frozenset[str]:
        """The tracking numbers."""
        return frozenset(parcel.tracking_number for parcel in self.parcels if parcel.tracking_number)

    def take(self, lines: Mapping[str, int]) -> None:
        """Strike off what has been told."""
        for line_id, quantity in lines.items():
            left = self.lines.get(line_id, 0) - quantity
            if left > 0:
                self.lines[line_id] = left
            else:
                self.lines.pop(line_id, None)


@attrs.frozen
class Call:
    """One ``fulfillmentCreate``.

    Attributes:
        part: What it is a piece of.
        lines: What it tells, by line.
        location_id: Where it leaves from; ``None`` where places are withheld.
        body: What is sent.
    """

    part: Part
    lines: Mapping[str, int]
    location_id: str | None
    body: schemas.FulfillmentInput


def split_parts(lines: Mapping[str, int], parcels: Sequence[FulfillmentParcel]) -> list[Part]:
    """Return what travels together: parcel by parcel where all their contents are known, else all in one.

    Args:
        lines: All pieces, by line.
        parcels: With ``lines`` of the same ids, or without.
    """
    contents: dict[str, int] = {}
    for parcel in parcels:
        for line_id, quantity in (parcel.lines or {}).items():
            contents[line_id] = contents.get(line_id, 0) + quantity
    if len(parcels) > 1 and all(parcel.lines for parcel in parcels) and contents == dict(lines):
        return [Part(dict(parcel.lines or {}), (parcel,)) for parcel in parcels]
    return [Part(dict(lines), tuple(parcels))]


def adopt(part: Part, told: Sequence[schemas.Fulfillment], *, ours: Sequence[str]) -> list[schemas.Fulfillment]:
    """Strike off a part what Shopify was told of it already, and return where.

    Shopify keeps no reference of ours and not which app told it, so a fulfillment is known again by number and lines
    (field guide shopify.md §10.1, §17). What travels without a number is never known again.

    Args:
        part: What should be told.
        told: What was, by anybody.
        ours: Ids that this very call has made, and that account for what was struck off already.

    Raises:
        PlanError: The number stands for other pieces.
    """
    found = []
    for item in told:
        numbers = {info.number for info in item.tracking_info if info.number}
        if not part.lines or not part.numbers or numbers != part.numbers:
            continue
        if item.id in ours or item.status not in codes.LIVE_FULFILLMENTS:
            continue
        lines = line_quantities(item)
        if not lines.keys() & part.lines.keys():
            continue
        fits = all(quantity <= part.lines.get(line_id, 0) for line_id, quantity in lines.items())
        covers = all(quantity <= lines.get(line_id, 0) for line_id, quantity in part.lines.items())
        if not (fits or covers):
            msg = "the tracking number stands for other pieces of this order already"
            raise PlanError(msg, "number_taken")
        part.take(lines)
        found.append(item)
    return found


@attrs.define
class _Stock:
    """What can be taken out of one fulfillment order."""

    share: schemas.FulfillmentOrder
    place: str
    location_id: str | None
    lines: list[tuple[str, str, int]]  # the fulfillment order's line, the order's line, pieces

    def pieces(self, line_id: str) -> int:
        return sum(left for _, line, left in self.lines if line == line_id)

    def take(self, line_id: str, wanted: int) -> list[schemas.FulfillmentOrderLineItemInput]:
        taken = []
        for index, (own_id, line, left) in enumerate(self.lines):
            if line != line_id or not left or not wanted:
                continue
            quantity = min(left, wanted)
            wanted -= quantity
            self.lines[index] = (own_id, line, left - quantity)
            taken.append(schemas.FulfillmentOrderLineItemInput(id=own_id, quantity=quantity))
        return taken


def _stocks(
    order: schemas.PlanOrder, *, location_id: str | None, locations: frozenset[str], foreign: bool
) -> list[_Stock]:
    stocks = []
    for share in order.fulfillment_orders.nodes:
        # Shopify itself says what may be done (§9); a guess from the status would not see another app's hold.
        if not any(action.action == _CREATE for action in share.supported_actions):
            continue
        place = share.assigned_location.location if share.assigned_location is not None else None
        found = place.id if place is not None else None
        if location_id is not None and found != location_id:
            continue
        if locations and found not in locations:
            continue
        # Somebody else's fulfillment service ships it; telling Shopify in its place was stopped in 2024-10 (pitfall 30).
        if not foreign and place is not None and place.is_fulfillment_service and found not in locations:
            continue
        lines = [
            (line.id, line.line_item.id, line.remaining_quantity)
            for line in share.line_items.nodes
            if line.remaining_quantity > 0
        ]
        stocks.append(_Stock(share, found or share.id, found, lines))
    return stocks


def plan_calls(
    order: schemas.PlanOrder,
    parts: Sequence[Part],
    *,
    notify: bool,
    location_id: str | None = None,
    locations: frozenset[str] = frozenset(),
    foreign: bool = True,
) -> list[Call]:
    """Return what Shopify is to be told.

    Args:
        order: As it stands now.
        parts: What has left.
        notify: Whether Shopify writes to the buyer.
        location_id: Where all of it left from, where the caller says.
        locations: The places that are ours; empty for all.
        foreign: Whether places of fulfillment services are ours too.

    Raises:
        PlanError: Some pieces cannot be taken: they have left, are on hold, or the order is cancelled.
        UnsupportedOperationError: One part travels with several carriers.
    """
    if order.cancelled_at is not None:
        raise PlanError("the order is cancelled", "cancelled")
    stocks = _stocks(order, location_id=location_id, locations=locations, foreign=foreign)
    calls: list[Call] = []
    for part in parts:
        tracking = to_tracking_input(part.parcels)
        wanted = dict(part.lines)
        for place in _places(stocks, wanted):
            here = [stock for stock in stocks if stock.place == place]
            told: dict[str, int] = {}
            groups = []
            for stock in here:
                taken = []
                for line_id in list(wanted):
                    inputs = stock.take(line_id, wanted[line_id])
                    quantity = sum(item.quantity for item in inputs)
                    if quantity:
                        taken += inputs
                        told[line_id] = told.get(line_id, 0) + quantity
                        wanted[line_id] -= quantity
                        if not wanted[line_id]:
                            del wanted[line_id]
                if taken:
                    # Always explicit (§10.1): left out, all that remains would count as sent.
                    groups.append(
                        schemas.FulfillmentOrderLineItemsInput(
                            fulfillment_order_id=stock.share.id, fulfillment_order_line_items=taken
                        )
                    )
            if groups:
                body = schemas.FulfillmentInput(
                    line_items_by_fulfillment_order=groups, notify_customer=notify, tracking_info=tracking
                )
                calls.append(Call(part, told, here[0].location_id, body))
        if wanted:
            raise _shortage(order, wanted, location_id)
    return calls


def _places(stocks: Sequence[_Stock], wanted: Mapping[str, int]) -> list[str]:
    """Return the places to take from: one that has all of it, if there is one, else all in Shopify's order."""
    places = list(dict.fromkeys(stock.place for stock in stocks))
    for place in places:
        here = [stock for stock in stocks if stock.place == place]
        if all(sum(stock.pieces(line_id) for stock in here) >= quantity for line_id, quantity in wanted.items()):
            return [place]
    return places


def _shortage(order: schemas.PlanOrder, wanted: Mapping[str, int], location_id: str | None) -> PlanError:
    """Return why the pieces are not there."""
    reasons: set[str] = set()
    for share in order.fulfillment_orders.nodes:
        lines = {line.line_item.id for line in share.line_items.nodes if line.remaining_quantity > 0}
        if not lines & wanted.keys() or share.status not in codes.WAITING_STATUSES:
            continue
        reasons.update(hold.reason for hold in share.fulfillment_holds)
        reasons.add(share.status)
    names = ", ".join(sorted(wanted))
    if reasons:
        return PlanError(f"pieces of {names} wait ({', '.join(sorted(reasons))})", "on_hold")
    where = f" at location {location_id}" if location_id is not None else ""
    return PlanError(
        f"not so many pieces of {names} remain to be shipped{where}: they have left, were removed or moved", "no_pieces"
    )
