"""Listing and reading orders."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cartcarrier.errors import NotFoundError, PermissionDeniedError, ResponseError
from cartcarrier.models import FulfilledBy, OrderQuery, OrderStatus
from tests.unit.channels.shopify import fakes as make
from tests.unit.channels.shopify.fakes import Shop

SINCE = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


def query_of(*statuses: OrderStatus) -> OrderQuery:
    facts: dict[str, Any] = {"statuses": frozenset(statuses)}
    return OrderQuery(**facts)


async def test_walk_follows_the_cursors(shop: Shop) -> None:
    """All pages, in turn."""
    shop.on(
        "Orders",
        {"orders": make.page(make.order(1), make.order(2), after="c1")},
        {"orders": make.page(make.order(3))},
    )
    assert [order.number async for order in shop.channel().list_orders()] == ["#1001", "#1002", "#1003"]
    assert [asked["after"] for asked in shop.variables("Orders")] == [None, "c1"]


async def test_same_state_is_yielded_once(shop: Shop) -> None:
    """An order that changes during the walk moves to the end and pushes others over the border of a page (pitfall 9)."""
    changed = make.order(1, updatedAt="2026-11-24T08:59:00Z")
    shop.on(
        "Orders",
        {"orders": make.page(make.order(1), make.order(2), after="c1")},
        {"orders": make.page(make.order(2), changed)},
    )
    found = [(order.number, order.updated_at) async for order in shop.channel().list_orders()]
    assert found == [
        ("#1001", datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
        ("#1002", datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
        ("#1001", datetime(2026, 11, 24, 8, 59, tzinfo=UTC)),
    ]


async def test_repeated_cursor_ends_the_walk(shop: Shop) -> None:
    """A cursor that comes again would go on for ever (pitfall 10)."""
    shop.on("Orders", {"orders": make.page(make.order(1), after="c1")})
    assert [order.number async for order in shop.channel().list_orders()] == ["#1001"]
    assert len(shop.variables("Orders")) == 2


async def test_caller_may_stop_at_any_time(shop: Shop) -> None:
    """No page is read that nobody wants."""
    shop.on("Orders", {"orders": make.page(make.order(1), make.order(2), after="c1")})
    async for _ in shop.channel().list_orders():
        break
    assert len(shop.variables("Orders")) == 1


async def test_window_has_both_ends(shop: Shop) -> None:
    """Quoted, since they hold colons; sorted by what is filtered by."""
    shop.on("Orders", {"orders": make.page()})
    shop.on("ChangedFulfillmentOrders", {"fulfillmentOrders": make.page()})
    _ = [order async for order in shop.channel().list_orders(OrderQuery(updated_since=SINCE))]
    (asked,) = shop.variables("Orders")
    assert asked["query"] == "updated_at:>='2026-11-24T07:30:00Z' updated_at:<'2026-11-24T09:00:01Z'"


async def test_time_zones_are_turned_into_utc(shop: Shop) -> None:
    """Shopify would read a bare time in the shop's zone."""
    from datetime import timezone

    shop.on("Orders", {"orders": make.page()})
    shop.on("ChangedFulfillmentOrders", {"fulfillmentOrders": make.page()})
    since = SINCE.astimezone(timezone(timedelta(hours=5)))
    _ = [order async for order in shop.channel().list_orders(OrderQuery(updated_since=since))]
    assert shop.variables("Orders")[0]["query"].startswith("updated_at:>='2026-11-24T07:30:00Z'")


async def test_ignored_filter_is_noticed(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Shopify leaves a filter out without a word and gives everything (§7.1)."""
    old = make.order(2, updatedAt="2026-11-20T08:00:00Z")
    shop.on("Orders", {"orders": make.page(old, make.order(1))})
    shop.on("ChangedFulfillmentOrders", {"fulfillmentOrders": make.page()})
    with caplog.at_level(logging.WARNING):
        found = [order.number async for order in shop.channel().list_orders(OrderQuery(updated_since=SINCE))]
    assert found == ["#1001"]
    assert "older than asked for" in caplog.text


async def test_statuses_are_sorted_out_here(shop: Shop) -> None:
    """Shopify's own summary lags and means something else."""
    shop.on("Orders", {"orders": make.page(make.order(1), make.order(2, cancelledAt="2026-11-24T08:00:00Z"))})
    query = query_of(OrderStatus.UNFULFILLED)
    assert [order.number async for order in shop.channel().list_orders(query)] == ["#1001"]
    query = query_of(OrderStatus.CANCELLED)
    assert [order.number async for order in shop.channel().list_orders(query)] == ["#1002"]
    assert shop.variables("Orders")[-1]["query"].endswith("status:cancelled")


async def test_who_ships_is_sorted_out_here(shop: Shop) -> None:
    """Orders of a fulfillment service are not ours."""
    shop.on("Orders", {"orders": make.page(make.order(1))})
    query = OrderQuery(fulfilled_by=FulfilledBy.CHANNEL)
    assert [order.number async for order in shop.channel().list_orders(query)] == []


async def test_test_orders_are_left_out_unless_wanted(shop: Shop) -> None:
    """They look like real ones (pitfall 35)."""
    shop.on("Orders", {"orders": make.page(make.order(1, test=True), make.order(2))})
    assert [order.number async for order in shop.channel().list_orders()] == ["#1002"]
    wanted = shop.channel(include_test_orders=True)
    assert [order.number async for order in wanted.list_orders()] == ["#1001", "#1002"]


async def test_hold_is_noticed_although_the_order_was_not_touched(shop: Shop) -> None:
    """A hold leaves Order.updatedAt alone; the fulfillment orders have a time of their own (pitfall 6)."""
    held = make.share(
        status="ON_HOLD", fulfillmentHolds=[{"reason": "HIGH_RISK_OF_FRAUD"}], updatedAt="2026-11-24T08:30:00Z"
    )
    shop.on("Orders", {"orders": make.page(make.order(1))})
    shop.on(
        "ChangedFulfillmentOrders",
        {
            "fulfillmentOrders": make.page(
                {
                    "id": "gid://shopify/FulfillmentOrder/11",
                    "orderId": "gid://shopify/Order/1",
                    "updatedAt": "2026-11-24T08:00:00Z",
                },
                {
                    "id": "gid://shopify/FulfillmentOrder/12",
                    "orderId": "gid://shopify/Order/2",
                    "updatedAt": "2026-11-24T08:30:00Z",
                },
                {
                    "id": "gid://shopify/FulfillmentOrder/13",
                    "orderId": "gid://shopify/Order/3",
                    "updatedAt": "2026-11-24T07:00:00Z",
                },
            )
        },
    )
    shop.on("Order", {"order": make.order(2, updatedAt="2026-11-20T08:00:00Z", fulfillmentOrders=make.page(held))})
    found = [order async for order in shop.channel().list_orders(OrderQuery(updated_since=SINCE))]
    assert [(order.number, order.holds) for order in found] == [("#1001", ()), ("#1002", ("HIGH_RISK_OF_FRAUD",))]
    assert [asked["id"] for asked in shop.variables("Order")] == ["gid://shopify/Order/2"]


async def test_order_that_is_gone_does_not_end_the_walk(shop: Shop) -> None:
    """Between two questions an order can be deleted."""
    shop.on("Orders", {"orders": make.page()})
    shop.on(
        "ChangedFulfillmentOrders",
        {
            "fulfillmentOrders": make.page(
                {
                    "id": "gid://shopify/FulfillmentOrder/12",
                    "orderId": "gid://shopify/Order/2",
                    "updatedAt": "2026-11-24T08:30:00Z",
                }
            )
        },
    )
    shop.on("Order", {"order": None})
    assert [order async for order in shop.channel().list_orders(OrderQuery(updated_since=SINCE))] == []


async def test_lines_beyond_the_first_page_are_read(shop: Shop) -> None:
    """An order that is cut looks smaller than it is."""
    payload = make.order(
        1,
        lineItems=make.page(make.line(1), after="l1"),
        fulfillmentOrders=make.page(
            make.share(11, make.share_line(1), lineItems=make.page(make.share_line(1), after="s1")), after="f1"
        ),
        fulfillments=[
            make.told(
                21,
                fulfillmentLineItems=make.page(
                    {"quantity": 1, "lineItem": {"id": "gid://shopify/LineItem/1"}}, after="t1"
                ),
            )
        ],
    )
    shop.on("Order", {"order": payload})
    shop.on(
        "OrderLines",
        {"order": {"lineItems": make.page(make.line(2), after="l2")}},
        {"order": {"lineItems": make.page(make.line(3))}},
    )
    shop.on("OrderFulfillmentOrders", {"order": {"fulfillmentOrders": make.page(make.share(12, make.share_line(3)))}})
    shop.on("FulfillmentOrderLines", {"fulfillmentOrder": {"lineItems": make.page(make.share_line(2))}})
    shop.on(
        "FulfillmentLines",
        {
            "fulfillment": {
                "fulfillmentLineItems": make.page({"quantity": 2, "lineItem": {"id": "gid://shopify/LineItem/2"}})
            }
        },
    )
    order = await shop.channel().get_order("1")
    assert [line.id[-1] for line in order.lines] == ["1", "2", "3"]
    assert [(item.line_id[-1], item.id) for item in order.allocations] == [
        ("1", "gid://shopify/FulfillmentOrder/11"),
        ("2", "gid://shopify/FulfillmentOrder/11"),
        ("3", "gid://shopify/FulfillmentOrder/12"),
    ]
    assert order.fulfillments[0].lines == {"gid://shopify/LineItem/1": 1, "gid://shopify/LineItem/2": 2}
    assert [asked["after"] for asked in shop.variables("OrderLines")] == ["l1", "l2"]


async def test_list_that_is_cut_short_is_an_error(shop: Shop) -> None:
    """A page that says there is more and does not say where would hide pieces."""
    cut = {**make.page(make.line(1)), "pageInfo": {"hasNextPage": True, "endCursor": None}}
    shop.on("Order", {"order": make.order(1, lineItems=cut)})
    with pytest.raises(ResponseError):
        await shop.channel().get_order("1")


async def test_fulfillments_beyond_the_first_list_are_read(shop: Shop) -> None:
    """That list has no cursor: a longer one is asked for."""
    shop.on("Order", {"order": make.order(1, fulfillments=[make.told(20 + n) for n in range(3)])})
    shop.on("OrderFulfillments", {"order": {"fulfillments": [make.told(20 + n) for n in range(7)]}})
    order = await shop.channel().get_order("1")
    assert len(order.fulfillments) == 7
    assert [asked["first"] for asked in shop.variables("OrderFulfillments")] == [20]


async def test_unknown_order_is_not_found(shop: Shop) -> None:
    """Shopify answers null, with 200."""
    shop.on("Order", {"order": None})
    with pytest.raises(NotFoundError, match="60 days"):
        await shop.channel().get_order("404")


async def test_what_cannot_be_an_id_is_not_found(shop: Shop) -> None:
    """Nothing is asked for it."""
    with pytest.raises(NotFoundError):
        await shop.channel().get_order("no-such-order")
    assert shop.asked == []


async def test_withheld_addresses_name_level_2(shop: Shop) -> None:
    """An app that is not approved gets null: that must not look like an order without an address (§4)."""
    denied = {
        "data": {"order": make.order(shippingAddress=None)},
        "errors": [
            {
                "message": "This app is not approved to access the MailingAddress object.",
                "path": ["order", "shippingAddress"],
                "extensions": {"code": "ACCESS_DENIED"},
            }
        ],
    }
    shop.on("Order", denied)
    with pytest.raises(PermissionDeniedError, match="level 2") as caught:
        await shop.channel().get_order("1")
    assert caught.value.code == "ACCESS_DENIED"


async def test_addresses_withheld_without_a_word_name_level_2_too(shop: Shop) -> None:
    """Shopify does not always say so."""
    shop.on("Order", {"order": make.order(shippingAddress=None)})
    with pytest.raises(PermissionDeniedError, match="level 2"):
        await shop.channel().get_order("1")
    shop.on("Orders", {"orders": make.page(make.order(1, shippingAddress=None), make.order(2, shippingAddress=None))})
    with pytest.raises(PermissionDeniedError, match="level 2"):
        _ = [order async for order in shop.channel().list_orders()]


async def test_one_odd_order_does_not_hide_the_others(shop: Shop) -> None:
    """A draft order may truly have no address: it is held, and the rest goes on."""
    shop.on("Orders", {"orders": make.page(make.order(1), make.order(2, shippingAddress=None))})
    found = [(order.number, order.status) async for order in shop.channel().list_orders()]
    assert found == [("#1001", OrderStatus.UNFULFILLED), ("#1002", OrderStatus.ON_HOLD)]


async def test_withheld_email_is_not_known(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Apps are approved field by field; an order can be shipped without the buyer's mail."""
    answer = {
        "data": {"order": make.order(email=None)},
        "errors": [{"message": "denied", "path": ["order", "email"], "extensions": {"code": "ACCESS_DENIED"}}],
    }
    shop.on("Order", answer)
    with caplog.at_level(logging.WARNING):
        order = await shop.channel().get_order("1")
    assert order.buyer is None
    assert order.ship_to is not None
    assert "email" in caplog.text


async def test_partial_data_is_not_taken_for_empty(shop: Shop) -> None:
    """A null beside an error is not known; it is not an order without fulfillment orders."""
    answer = {
        "data": {"order": make.order(fulfillmentOrders=None)},
        "errors": [
            {
                "message": "Access denied",
                "path": ["order", "fulfillmentOrders"],
                "extensions": {
                    "code": "ACCESS_DENIED",
                    "requiredAccess": "`read_assigned_fulfillment_orders` access scope.",
                },
            }
        ],
    }
    shop.on("Order", answer)
    with pytest.raises(PermissionDeniedError, match="read_assigned_fulfillment_orders"):
        await shop.channel().get_order("1")


@pytest.mark.parametrize(
    ("granted", "named"),
    [
        (("write_merchant_managed_fulfillment_orders",), "read_orders"),
        (("read_orders",), "read_merchant_managed_fulfillment_orders"),
        ((), "read_orders"),
    ],
    ids=str,
)
async def test_missing_scope_is_an_error_and_not_an_empty_list(
    shop: Shop, granted: tuple[str, ...], named: str
) -> None:
    """Shopify leaves out what the app may not see (pitfall 2)."""
    shop.scopes = granted
    shop.on("Orders", {"orders": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}})
    with pytest.raises(PermissionDeniedError, match=named) as caught:
        _ = [order async for order in shop.channel().list_orders()]
    assert caught.value.code == "missing_scope"


async def test_scopes_are_asked_for_once(shop: Shop) -> None:
    """A question for each call would cost a call for each call."""
    shop.on("Order", {"order": make.order()})
    channel = shop.channel()
    await channel.get_order("1")
    await channel.get_order("1")
    assert [name for name, _ in shop.asked] == ["Scopes", "Order", "Order"]


async def test_invisible_pieces_are_warned_of(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """More is unfulfilled than the visible fulfillment orders hold: some are hidden (pitfall 2)."""
    line = make.line(quantity=5, currentQuantity=5, unfulfilledQuantity=5)
    shop.on("Order", {"order": make.order(lineItems=make.page(line))})
    with caplog.at_level(logging.WARNING):
        await shop.channel().get_order("1")
    assert "3 unfulfilled pieces" in caplog.text


async def test_customs_data_is_read_for_orders_abroad_only(shop: Shop) -> None:
    """It costs a query, and within a country nobody asks for it."""
    shop.scopes = (*shop.scopes, "read_products")
    shop.on("Order", {"order": make.order()})
    channel = shop.channel()
    assert (await channel.get_order("1")).lines[0].hs_code is None
    shop.on("Order", {"order": make.order(shippingAddress=make.address(countryCodeV2="CH"))})
    article = {"inventoryItem": {"harmonizedSystemCode": "691200", "countryCodeOfOrigin": "PT"}}
    shop.on("Customs", {"order": {"lineItems": make.page({"id": "gid://shopify/LineItem/1", "variant": article})}})
    line = (await channel.get_order("1")).lines[0]
    assert (line.hs_code, line.country_of_origin) == ("691200", "PT")
    assert len(shop.variables("Customs")) == 1


async def test_order_is_read_although_customs_data_is_refused(shop: Shop) -> None:
    """It can be entered by hand; the order cannot."""
    shop.scopes = (*shop.scopes, "read_products")
    shop.on("Order", {"order": make.order(shippingAddress=make.address(countryCodeV2="CH"))})
    shop.on("Customs", {"errors": [{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}], "data": None})
    assert (await shop.channel().get_order("1")).lines[0].hs_code is None


async def test_raw_bytes_are_kept_only_when_asked_for(shop: Shop) -> None:
    """They are personal data."""
    shop.on("Order", {"order": make.order(1)})
    shop.on("Orders", {"orders": make.page(make.order(1), make.order(2))})
    assert (await shop.channel().get_order("1")).raw is None
    keeping = shop.channel(keep_raw=True)
    one = await keeping.get_order("1")
    assert one.raw is not None
    assert json.loads(one.raw) == make.order(1)
    listed = [order async for order in keeping.list_orders()]
    assert [json.loads(order.raw or b"")["id"] for order in listed] == [
        "gid://shopify/Order/1",
        "gid://shopify/Order/2",
    ]


async def test_list_of_fulfillments_is_oldest_first(shop: Shop) -> None:
    """Whoever looks for his own reads from the beginning."""
    shop.on(
        "OrderFulfillments",
        {"order": {"fulfillments": [make.told(22, createdAt="2026-11-24T08:40:00Z"), make.told(21)]}},
    )
    found = await shop.channel().list_fulfillments("1")
    assert [item.id for item in found] == ["gid://shopify/Fulfillment/21", "gid://shopify/Fulfillment/22"]
    assert {item.order_id for item in found} == {"gid://shopify/Order/1"}


async def test_fulfillments_of_an_unknown_order_are_not_found(shop: Shop) -> None:
    """An empty list would say that nothing has left."""
    shop.on("OrderFulfillments", {"order": None})
    with pytest.raises(NotFoundError):
        await shop.channel().list_fulfillments("404")


async def test_more_fulfillments_than_can_be_read_are_an_error(shop: Shop) -> None:
    """A list without a cursor that is full may hide one."""

    def full(variables: dict[str, Any]) -> dict[str, Any]:
        return {
            "data": {"order": {"fulfillments": [make.told(20 + n) for n in range(variables["first"])]}},
            "extensions": {},
        }

    shop.on("OrderFulfillments", full)
    with pytest.raises(ResponseError):
        await shop.channel().list_fulfillments("1")
    assert [asked["first"] for asked in shop.variables("OrderFulfillments")] == [20, 20, 100, 250]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lineItems": make.page(make.line(currentQuantity=-1))}, "OrderLine.quantity"),
        ({"currentTotalPriceSet": make.money("much")}, "Money.amount"),
        ({"currentTotalPriceSet": make.money("1.00", "euro")}, "Money.currency"),
    ],
    ids=["count", "amount", "currency"],
)
async def test_order_that_cannot_be_is_unreadable(shop: Shop, changes: dict[str, Any], field: str) -> None:
    """It names the field, and nothing of its value."""
    shop.on("Order", {"order": make.order(1, **changes)})
    with pytest.raises(ResponseError, match=field):
        await shop.channel().get_order("1")


async def test_orders_of_other_places_are_not_listed(shop: Shop) -> None:
    """Where places are named, what ships elsewhere is somebody else's work."""
    elsewhere = make.share(11, location=8)
    shop.on("Orders", {"orders": make.page(make.order(1), make.order(2, fulfillmentOrders=make.page(elsewhere)))})
    found = [order.number async for order in shop.channel(location_ids=("7",)).list_orders()]
    assert found == ["#1001"]


async def test_order_that_cannot_be_does_not_take_the_others_with_it(shop: Shop) -> None:
    """One in a currency that cannot be expressed would hide all that come after it, each time anew."""
    odd = make.order(2, currentTotalPriceSet=make.money("1.00", "USDC"))
    shop.on(
        "Orders",
        {"orders": make.page(make.order(1), odd, after="c1")},
        {"orders": make.page(make.order(3))},
    )
    walk = shop.channel().list_orders()
    found = [(await anext(walk)).number, (await anext(walk)).number]
    assert found == ["#1001", "#1003"]
    with pytest.raises(ResponseError, match=r"gid://shopify/Order/2\b.*Money.currency") as caught:
        await anext(walk)
    assert "1.00" not in str(caught.value)
    with pytest.raises(StopAsyncIteration):
        await anext(walk)


async def test_touched_order_that_cannot_be_is_named_and_the_others_are_given(shop: Shop) -> None:
    """Of one of them only a fulfillment order changed, and it is read by itself."""
    shop.on("Orders", {"orders": make.page()})
    touched = [
        {
            "id": f"gid://shopify/FulfillmentOrder/1{number}",
            "orderId": f"gid://shopify/Order/{number}",
            "updatedAt": "2026-11-24T08:30:00Z",
        }
        for number in (2, 3)
    ]
    shop.on("ChangedFulfillmentOrders", {"fulfillmentOrders": make.page(*touched)})
    odd = make.order(2, currentTotalPriceSet=make.money("1.00", "USDC"))
    shop.on("Order", {"order": odd}, {"order": make.order(3)})
    walk = shop.channel().list_orders(OrderQuery(updated_since=SINCE))
    assert (await anext(walk)).number == "#1003"
    with pytest.raises(ResponseError, match=r"gid://shopify/Order/2\b"):
        await anext(walk)
