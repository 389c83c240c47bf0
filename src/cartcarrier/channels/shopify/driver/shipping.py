"""Telling Shopify what has left, and mending it (field guide shopify.md §10, §17).

Nothing here is repeated once it may have been done. What is repeated is the reading: a refusal is judged by the state of the
order, not by Shopify's words, since most refusals have no code.
"""

from collections.abc import Mapping
from typing import Final

import attrs
import msgspec

from cartcarrier.channels.shopify import mapping, schemas
from cartcarrier.channels.shopify.client import ShopifyClient, documents
from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.driver.pages import Pages, next_cursor
from cartcarrier.channels.shopify.errors import conflict, response_facts, user_error
from cartcarrier.channels.shopify.mapping.plan import Call, Part, PlanError, adopt, plan_calls, split_parts
from cartcarrier.errors import InvalidValueError, NotFoundError, RejectedError, ResponseError, UnsupportedOperationError
from cartcarrier.http import Lane, Response
from cartcarrier.models import Fulfillment, FulfillmentParcel, TrackingEvent

# The words of scans may hold names; Shopify's words about them may repeat those.
_NO_WORDS: Final = False


class Shipping:
    """Writes the fulfillments of one shop.

    Args:
        client: Who asks.
        config: The shop's settings.
    """

    def __init__(self, client: ShopifyClient, config: ShopifyConfig) -> None:
        self._client = client
        self._locations = mapping.location_gids(config.location_ids)

    # --- telling ----------------------------------------------------------------------------------------------------

    async def fulfill(self, fulfillment: Fulfillment, order_id: str, *, foreign: bool) -> Fulfillment:
        """Tell Shopify that these lines left; what it was told already under the same numbers is not told again.

        Args:
            fulfillment: What left.
            order_id: The order's global id.
            foreign: Whether places of fulfillment services are this app's to ship from.

        Raises:
            ConflictError: The pieces have left, are on hold, or the order is cancelled.
            RejectedError: Shopify refuses it.
            NotFoundError: There is no such order.
        """
        parts = _parts(fulfillment)
        location = _gid("Location", fulfillment.location_id) if fulfillment.location_id is not None else None
        made: list[str] = []
        adopted: list[str] = []
        places: set[str | None] = set()
        refused: tuple[schemas.FulfillmentInput, Exception] | None = None
        while True:
            plan, response = await self._plan(order_id)
            try:
                for part in parts:
                    adopted += [item.id for item in adopt(part, plan.fulfillments, ours=[*made, *adopted])]
                calls = plan_calls(
                    plan,
                    [part for part in parts if part.lines],
                    notify=fulfillment.notify_buyer,
                    location_id=location,
                    locations=self._locations,
                    foreign=foreign,
                )
            except PlanError as error:
                raise conflict(response_facts(response), error.message, code=error.code) from None
            refusal = None
            for call in calls:
                if refused is not None and refused[0] == call.body:
                    raise refused[1]  # the order is as it was: Shopify's reason is another
                try:
                    made.append(await self._tell(call))
                except RejectedError as error:
                    refusal = (call.body, error)
                    break
                call.part.take(call.lines)
                places.add(call.location_id)
            if refusal is None:
                break
            if refused is not None:
                raise refusal[1]
            # Ids change with every split, move and hold: read again, and try once more (field guide shopify.md, pitfall 5).
            refused = refusal
        return attrs.evolve(
            fulfillment,
            id=mapping.join_ids([*adopted, *made]),
            location_id=fulfillment.location_id or (next(iter(places)) if len(places) == 1 else None),
        )

    async def _tell(self, call: Call) -> str:
        data, response = await self._client.change(
            documents.FULFILLMENT_CREATE, {"fulfillment": call.body}, operation="fulfill"
        )
        payload = data.fulfillment_create
        if payload is not None and payload.user_errors:
            raise user_error(response, payload.user_errors)
        return _made(payload, response, "fulfill").id

    async def _plan(self, order_id: str) -> tuple[schemas.PlanOrder, Response]:
        pages = Pages(self._client, operation="fulfill", lane=Lane.CONFIRM)
        asked = self._client.size(documents.PLAN, "fulfillments")
        data, response = await pages.read(documents.PLAN, {"id": order_id})
        order = data.order
        if order is None:
            raise NotFoundError("shopify does not know the order of fulfill", **response_facts(response))
        shares = await pages.whole_shares(order.id, order.fulfillment_orders)
        asked = min(asked, self._client.size(documents.PLAN, "fulfillments"))
        told = await pages.whole_fulfillments(order.id, order.fulfillments, asked=asked)
        return msgspec.structs.replace(order, fulfillment_orders=shares, fulfillments=told), response

    # --- mending ----------------------------------------------------------------------------------------------------

    async def update_tracking(self, fulfillment: Fulfillment) -> Fulfillment:
        """Replace carrier and numbers; a set, so that a repeat does no harm unless the buyer is written to.

        Raises:
            NotFoundError: There is no such fulfillment.
            ConflictError: It was taken back.
        """
        ids = _ids(fulfillment)
        for own_id, parcels in (await self._parcels_by_id(ids, fulfillment, "update_tracking")).items():
            tracking = mapping.to_tracking_input(parcels)
            data, response = await self._client.change(
                documents.TRACKING_UPDATE,
                {"id": own_id, "trackingInfo": tracking or {}, "notifyCustomer": fulfillment.notify_buyer},
                operation="update_tracking",
                safe=not fulfillment.notify_buyer,
            )
            payload = data.fulfillment_tracking_info_update
            if payload is not None and payload.user_errors:
                told = await self._told(own_id, "update_tracking")
                if told.status == "CANCELLED":
                    raise conflict(
                        response_facts(response), "the fulfillment was taken back; its numbers stay as they are"
                    )
                raise user_error(response, payload.user_errors)
            _made(payload, response, "update_tracking")
        return fulfillment

    async def cancel(self, fulfillment: Fulfillment) -> None:
        """Take a fulfillment back; twice is no error.

        Raises:
            NotFoundError: There is no such fulfillment.
            ConflictError: It cannot be taken back any more.
        """
        for own_id in _ids(fulfillment):
            data, response = await self._client.change(
                documents.FULFILLMENT_CANCEL, {"id": own_id}, operation="cancel_fulfillment"
            )
            payload = data.fulfillment_cancel
            if payload is None or payload.user_errors:
                # The second time is refused too: only the state tells one from the other (§10.2).
                told = await self._told(own_id, "cancel_fulfillment")
                if told.status == "CANCELLED":
                    continue
                why = payload.user_errors[0].message if payload is not None else "no reason given"
                raise conflict(response_facts(response), f"the fulfillment cannot be taken back: {why}")
            _made(payload, response, "cancel_fulfillment")

    # --- scans ------------------------------------------------------------------------------------------------------

    async def post_event(self, fulfillment: Fulfillment, event: TrackingEvent) -> None:
        """Tell Shopify of a scan, unless it has it: nothing there can be taken back.

        Raises:
            NotFoundError: There is no such fulfillment.
        """
        status = mapping.event_status(event)
        if status is None:
            return
        numbers = {parcel.tracking_number for parcel in fulfillment.parcels if parcel.tracking_number}
        ids = _ids(fulfillment)
        for own_id in ids:
            known, own_numbers = await self._events(own_id, event)
            # One of several: the caller narrows the parcels to the one that was scanned.
            if len(ids) > 1 and numbers and own_numbers and not numbers & own_numbers:
                continue
            if mapping.knows_event(known, event, status=status):
                continue
            data, response = await self._client.change(
                documents.EVENT_CREATE,
                {"event": mapping.to_event_input(event, status=status, fulfillment_id=own_id)},
                operation="post_tracking_event",
                lane=Lane.TRACK,
            )
            payload = data.fulfillment_event_create
            if payload is not None and payload.user_errors:
                raise user_error(response, payload.user_errors, words=_NO_WORDS)
            if payload is None or payload.fulfillment_event is None:
                raise _nothing(response, "post_tracking_event")

    async def _events(self, own_id: str, event: TrackingEvent) -> tuple[list[schemas.FulfillmentEvent], set[str]]:
        """Return what Shopify knows of a parcel, newest first, back to the time of the scan."""
        events: list[schemas.FulfillmentEvent] = []
        cursor: str | None = None
        cursors: set[str] = set()
        while True:
            data, response = await self._client.read(
                documents.FULFILLMENT_EVENTS,
                {"id": own_id, "after": cursor},
                operation="post_tracking_event",
                lane=Lane.TRACK,
            )
            if data.fulfillment is None:
                raise _unknown(response, "post_tracking_event")
            page = data.fulfillment.events
            events += page.nodes
            cursor = next_cursor(page.page_info, cursors)
            old = event.occurred_at is not None and bool(page.nodes) and page.nodes[-1].happened_at < event.occurred_at
            if cursor is None or old:
                return events, {info.number for info in data.fulfillment.tracking_info if info.number}

    # --- reading back -----------------------------------------------------------------------------------------------

    async def _told(self, own_id: str, operation: str) -> schemas.Fulfillment:
        pages = Pages(self._client, operation=operation, lane=Lane.CONFIRM)
        data, response = await pages.read(documents.FULFILLMENT, {"id": own_id})
        if data.fulfillment is None:
            raise _unknown(response, operation)
        return await pages.whole_fulfillment(data.fulfillment)

    async def _parcels_by_id(
        self, ids: tuple[str, ...], fulfillment: Fulfillment, operation: str
    ) -> dict[str, tuple[FulfillmentParcel, ...]]:
        """Return which parcels belong to which of Shopify's fulfillments."""
        if len(ids) == 1 or len(fulfillment.parcels) <= 1:
            return dict.fromkeys(ids, fulfillment.parcels)
        found: dict[str, tuple[FulfillmentParcel, ...]] = {}
        for own_id in ids:
            lines = mapping.line_quantities(await self._told(own_id, operation))
            fitting = [
                parcel
                for parcel in fulfillment.parcels
                if parcel.lines and lines.items() <= _line_gids(parcel.lines).items()
            ]
            if len(fitting) != 1:
                msg = (
                    "shopify has this as several fulfillments, and what is in each parcel does not tell them apart: "
                    "change each one by its own id"
                )
                raise UnsupportedOperationError(msg, field="Fulfillment.parcels")
            found[own_id] = tuple(fitting)
        return found


def _made(payload: schemas.FulfillmentPayload | None, response: Response, operation: str) -> schemas.MadeFulfillment:
    """Return what a mutation made. Nothing made and nothing refused is no success (field guide shopify.md §5.3)."""
    if payload is None or payload.fulfillment is None:
        raise _nothing(response, operation)
    if payload.fulfillment.status in {"ERROR", "FAILURE"}:
        raise conflict(
            response_facts(response), f"the fulfillment failed ({payload.fulfillment.status}); its lines are open"
        )
    return payload.fulfillment


def _nothing(response: Response, operation: str) -> ResponseError:
    message = f"shopify answered {operation} with neither a result nor a reason"
    return ResponseError(message, outcome_unknown=not response.request.safe, **response_facts(response))


def _unknown(response: Response, operation: str) -> NotFoundError:
    return NotFoundError(f"shopify does not know the fulfillment of {operation}", **response_facts(response))


def _gid(kind: str, value: str) -> str:
    gid = mapping.to_gid(kind, value)
    if gid is None:
        raise InvalidValueError(f"this is not the id of a Shopify {kind}", field=f"{kind}.id")
    return gid


def _ids(fulfillment: Fulfillment) -> tuple[str, ...]:
    ids = tuple(_gid("Fulfillment", part) for part in mapping.split_ids(fulfillment.id or ""))
    if not ids:
        raise InvalidValueError("Fulfillment.id is needed to change a fulfillment", field="Fulfillment.id")
    return ids


def _line_gids(lines: Mapping[str, int]) -> dict[str, int]:
    return {_gid("LineItem", line_id): quantity for line_id, quantity in lines.items()}


def _parts(fulfillment: Fulfillment) -> list[Part]:
    parcels = [
        attrs.evolve(parcel, lines=_line_gids(parcel.lines)) if parcel.lines else parcel
        for parcel in fulfillment.parcels
    ]
    return split_parts(_line_gids(fulfillment.lines), parcels)
