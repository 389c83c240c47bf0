"""Reading orders: both versions, with their pages.

A page token is bound to the question that produced it and lives a day. Pages follow the orders' times, up to a bound that the
first page fixes: an order that changes while one reads leaves the window, and comes with the next one.

Facts: field guide amazon.md §2.1.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from cartcarrier.sandbox.amazon import _views, _views_v0
from cartcarrier.sandbox.amazon._call import Answer, Call
from cartcarrier.sandbox.amazon._errors import DeniedError, InvalidInputError, RefusedError
from cartcarrier.sandbox.amazon._orders import WITH_ADDRESS, Orders, status_of
from cartcarrier.sandbox.amazon._pages import Pages
from cartcarrier.sandbox.amazon._world import Document, World, stamp

TOKEN_SECONDS: Final = 86_400
NEWEST_SECONDS: Final = 120
HISTORY: Final = timedelta(days=2 * 365)
MOST_IDS: Final = 50
_STATUSES: Final = frozenset(_views_v0.STATUSES)
_V0_NAMES: Final[Mapping[str, str]] = {
    "createdAfter": "CreatedAfter",
    "createdBefore": "CreatedBefore",
    "lastUpdatedAfter": "LastUpdatedAfter",
    "lastUpdatedBefore": "LastUpdatedBefore",
}
_SAME_NAMES: Final[Mapping[str, str]] = {name: name for name in _V0_NAMES}


class OrderReading:
    """The read operations of both versions.

    Args:
        world: The platform's memory.
        orders: Its orders.
        pages: Makes and reads page tokens.
    """

    def __init__(self, world: World, orders: Orders, pages: Pages) -> None:
        self._world = world
        self._orders = orders
        self._pages = pages

    # --- v2026-01-01 --------------------------------------------------------------------------------------------------

    def search(self, call: Call) -> Answer:
        """Answer ``searchOrders``.

        Raises:
            RefusedError: A parameter that is missing, wrong or does not go with another one; a token that does not fit.
        """
        if self._world.switch("deny_searching_orders"):
            raise DeniedError
        data = self._data(call)
        statuses = set(call.values("fulfillmentStatuses", allowed=_STATUSES))
        fulfilled_by = set(call.values("fulfilledBy", allowed=frozenset({"MERCHANT", "AMAZON"})))
        marketplaces = {row.id for row in call.marketplaces(required=False)}
        size = call.number("maxResultsPerPage", default=100, least=1, most=100)
        window = self._window(call, _SAME_NAMES)
        token = call.query.get("paginationToken")
        loose = frozenset({"paginationToken", "maxResultsPerPage", "includedData"})
        after = self._resume(call, token, window, loose)
        found = [
            order
            for order in self._orders.all()
            if order["region"] == call.region
            and order["marketplace"] in marketplaces
            and (not statuses or status_of(order) in statuses)
            and (not fulfilled_by or order["fulfilled_by"] in fulfilled_by)
        ]
        page, cursor = _page(found, window, after, size)
        now = self._world.now()
        body: Document = {"orders": [_views.order_view(order, data, call.roles, now) for order in page]}
        if cursor is not None:
            body["pagination"] = {"nextToken": self._next(call, window, cursor, loose)}
        body["lastUpdatedBefore" if window["by"] == "updated" else "createdBefore"] = window["before"]
        return Answer(body)

    def get(self, call: Call) -> Answer:
        """Answer ``getOrder``.

        Raises:
            RefusedError: There is no such order here, or an unknown data set.
        """
        data = self._data(call)
        order = self._find(call)
        return Answer({"order": _views.order_view(order, data, call.roles, self._world.now())})

    def _data(self, call: Call) -> frozenset[str]:
        data = frozenset(call.values("includedData", allowed=_views.DATA_SETS))
        if "FULFILLMENT" in data and self._world.switch("refuse_fulfillment_data"):
            raise InvalidInputError("Request has missing or invalid parameters and cannot be parsed.")
        return data

    # --- v0 -----------------------------------------------------------------------------------------------------------

    def search_v0(self, call: Call) -> Answer:
        """Answer ``getOrders``.

        Raises:
            RefusedError: As ``search``.
        """
        marketplaces = {row.id for row in call.marketplaces(required=True)}
        statuses = set(
            call.values("OrderStatuses", allowed=frozenset({*_views_v0.STATUSES.values(), "InvoiceUnconfirmed"}))
        )
        channels = set(call.values("FulfillmentChannels", allowed=frozenset({"MFN", "AFN"})))
        ids = set(call.values("AmazonOrderIds", most=MOST_IDS))
        size = call.number("MaxResultsPerPage", default=100, least=1, most=100)
        token = call.query.get("NextToken")
        window = self._window(call, _V0_NAMES, optional=bool(ids))
        loose = frozenset({"NextToken", "MaxResultsPerPage"})
        after = self._resume(call, token, window, loose)
        found = [
            order
            for order in self._orders.all()
            if order["region"] == call.region
            and order["marketplace"] in marketplaces
            and (not ids or order["id"] in ids)
            and (not statuses or _views_v0.STATUSES[status_of(order)] in statuses)
            and (not channels or _views_v0.CHANNELS[order["fulfilled_by"]] in channels)
        ]
        page, cursor = _page(found, window, after, size)
        elements, now = call.elements or frozenset(), self._world.now()
        payload: Document = {"Orders": [_views_v0.order_view(order, elements, now) for order in page]}
        if cursor is not None:
            payload["NextToken"] = self._next(call, window, cursor, loose)
        payload["LastUpdatedBefore" if window["by"] == "updated" else "CreatedBefore"] = window["before"]
        return Answer({"payload": payload})

    def get_v0(self, call: Call) -> Answer:
        """Answer the reads of one order: ``getOrder``, its items, address, buyer and regulated information.

        Raises:
            RefusedError: There is no such order here.
        """
        order = self._find(call)
        elements, now = call.elements or frozenset(), self._world.now()
        payload: Document = {"AmazonOrderId": order["id"]}
        if call.name == "getOrderV0":
            payload = _views_v0.order_view(order, elements, now)
        elif call.name == "getOrderItemsV0":
            payload["OrderItems"] = [_views_v0.item_view(order, line, elements) for line in order["lines"]]
        elif call.name == "getOrderAddressV0":
            if status_of(order) in WITH_ADDRESS:
                payload["ShippingAddress"] = _views_v0.address_view(order, elements, now)
        elif call.name == "getOrderBuyerInfoV0":
            payload |= _views_v0.buyer_view(order, elements)
        elif call.name == "getOrderItemsBuyerInfoV0":
            payload["OrderItems"] = [
                {"OrderItemId": line["id"], **_views_v0.item_buyer_view(order, line, elements)}
                for line in order["lines"]
            ]
        else:
            if call.elements is None:
                raise DeniedError("The operation needs a restricted data token.")
            payload = _views_v0.regulated_view(order)
        return Answer({"payload": payload})

    # --- both ---------------------------------------------------------------------------------------------------------

    def _find(self, call: Call) -> Document:
        order = self._orders.get(call.path["orderId"])
        if order is None or order["region"] != call.region:
            raise RefusedError(404, f"The order {call.path['orderId']} was not found.")
        return order

    def _window(self, call: Call, names: Mapping[str, str], *, optional: bool = False) -> Document:
        """Read from when to when, by which of the two times.

        Raises:
            InvalidInputError: None or both families, an end before the start, or an end less than two minutes ago.
        """
        times = {name: call.time(there) for name, there in names.items()}
        created = [name for name in ("createdAfter", "createdBefore") if times[name]]
        updated = [name for name in ("lastUpdatedAfter", "lastUpdatedBefore") if times[name]]
        if created and updated:
            raise InvalidInputError(f"{names[created[0]]} and {names[updated[0]]} cannot be used together.")
        by = "updated" if updated else "created"
        after, before = (
            (times["lastUpdatedAfter"], times["lastUpdatedBefore"])
            if updated
            else (times["createdAfter"], times["createdBefore"])
        )
        if after is None and not optional:
            raise InvalidInputError(
                f"Exactly one of {names['createdAfter']} and {names['lastUpdatedAfter']} must be provided."
            )
        newest = self._world.stamp(-NEWEST_SECONDS)
        if before is not None and before > newest:
            raise InvalidInputError("The upper bound must be at least two minutes before the time of the request.")
        after = max(after or "", stamp(self._world.now() - HISTORY))
        if before is not None and before < after:
            raise InvalidInputError("The upper bound lies before the lower bound.")
        return {
            "by": by,
            "after": after,
            "before": before or self._world.stamp(-self._world.switch("search_lag_seconds")),
        }

    def _resume(self, call: Call, token: str | None, window: Document, loose: frozenset[str]) -> tuple[str, str] | None:
        if token is None:
            return None
        state = self._pages.read(token, call, loose)
        window["before"] = state["before"]
        return state["time"], state["id"]

    def _next(self, call: Call, window: Document, cursor: tuple[str, str], loose: frozenset[str]) -> str:
        state = {"before": window["before"], "time": cursor[0], "id": cursor[1]}
        return self._pages.make(state, call, loose, seconds=TOKEN_SECONDS)


def _page(
    orders: list[Document], window: Document, after: tuple[str, str] | None, size: int
) -> tuple[list[Document], tuple[str, str] | None]:
    """Cut the next page out of a set that moves; also return where to go on, if there is more."""
    by = window["by"]
    inside = sorted((order[by], order["id"]) for order in orders if window["after"] <= order[by] <= window["before"])
    rest = inside if after is None else [place for place in inside if place > after]
    known = {order["id"]: order for order in orders}
    chosen = rest[:size]
    more = chosen[-1] if len(rest) > size else None
    return [known[order_id] for _, order_id in chosen], more
