"""What every ledger must do with orders, pushes, cursors and parcels."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.ledger import (
    Ledger,
    WorkState,
)
from cartcarrier.models import (
    OrderRef,
)
from cartcarrier.testing import make_order
from cartcarrier.testing._factories import NOW
from tests.unit.ledger.builders import (
    REF,
)
from tests.unit.ledger.conformance.moves import (
    LATER,
    make_parcel_row,
    make_tracking,
)


class OrderConformance:
    """Orders, pushes, cursors, parcels."""

    async def test_recorded_order_comes_back_whole(self, ledger: Ledger) -> None:
        """Recovery and comparison work on what was recorded, to the last field."""
        order = make_order(ship_by=LATER)
        await ledger.record_orders([order], now=NOW)
        row = await ledger.get_order(order.ref)
        assert row is not None
        assert row.order == order
        assert (row.number, row.state, row.reason) == ("#1001", WorkState.OPEN, None)
        assert (row.ship_by, row.first_seen, row.last_seen) == (LATER, NOW, NOW)

    async def test_unknown_order_is_none(self, ledger: Ledger) -> None:
        """A look-up that finds nothing is no failure."""
        assert await ledger.get_order(REF) is None

    async def test_recording_again_freshens_what_is_known(self, ledger: Ledger) -> None:
        """The newest answer of the channel counts; when the order was seen first does not change."""
        await ledger.record_orders([make_order()], now=NOW)
        await ledger.record_orders([make_order(notes="ring twice", number="#1001-B", ship_by=LATER)], now=LATER)
        row = await ledger.get_order(REF)
        assert row is not None
        assert row.order is not None
        assert row.order.notes == "ring twice"
        assert (row.number, row.ship_by) == ("#1001-B", LATER)
        assert (row.first_seen, row.last_seen) == (NOW, LATER)

    async def test_recording_again_leaves_a_settled_order_settled(self, ledger: Ledger) -> None:
        """A channel lists shipped orders again; they must not come back as work."""
        await ledger.record_orders([make_order()], now=NOW)
        await ledger.settle_order(REF, WorkState.SHIPPED, now=NOW)
        await ledger.record_orders([make_order()], now=LATER)
        row = await ledger.get_order(REF)
        assert row is not None
        assert row.state is WorkState.SHIPPED

    async def test_settling_keeps_the_reason_until_the_next(self, ledger: Ledger) -> None:
        """People ask why an order was dismissed, and an old reason must not explain a new state."""
        await ledger.record_orders([make_order()], now=NOW)
        await ledger.settle_order(REF, WorkState.DISMISSED, reason="sold at the door", now=NOW)
        row = await ledger.get_order(REF)
        assert row is not None
        assert (row.state, row.reason) == (WorkState.DISMISSED, "sold at the door")
        await ledger.settle_order(REF, WorkState.OPEN, now=NOW)
        row = await ledger.get_order(REF)
        assert row is not None
        assert (row.state, row.reason) == (WorkState.OPEN, None)

    async def test_order_that_was_never_recorded_can_be_settled(self, ledger: Ledger) -> None:
        """What a person decided is not lost because the channel was not listed first."""
        await ledger.settle_order(REF, WorkState.CANCELLED, now=NOW)
        row = await ledger.get_order(REF)
        assert row is not None
        assert (row.state, row.order) == (WorkState.CANCELLED, None)

    async def test_orders_are_listed_by_promise(self, ledger: Ledger) -> None:
        """The channel's ship-by time is the priority; without a promise an order comes last, the oldest first."""
        for seen, (name, ship_by) in enumerate([("d", None), ("a", LATER), ("c", None), ("b", NOW)]):
            await ledger.record_orders([make_order(id=name, ship_by=ship_by)], now=NOW + timedelta(seconds=seen))
        rows = await ledger.list_orders(states=[WorkState.OPEN])
        assert [row.ref.order_id for row in rows] == ["b", "a", "d", "c"]

    async def test_promises_in_other_zones_are_sorted_as_moments(self, ledger: Ledger) -> None:
        """Sorting the texts of zoned times would ship the wrong order first."""
        tokyo = timezone(timedelta(hours=9))
        late = datetime(2026, 1, 6, 1, tzinfo=UTC)
        early = datetime(2026, 1, 6, 9, tzinfo=tokyo)  # midnight UTC
        await ledger.record_orders(
            [make_order(id="late", ship_by=late), make_order(id="early", ship_by=early)], now=NOW
        )
        rows = await ledger.list_orders(states=[WorkState.OPEN])
        assert [row.ref.order_id for row in rows] == ["early", "late"]

    async def test_orders_are_listed_by_state_and_channel(self, ledger: Ledger) -> None:
        """Work of one account is asked for alone."""
        await ledger.record_orders([make_order(id="a"), make_order(id="b"), make_order(channel="ebay:uk")], now=NOW)
        await ledger.settle_order(OrderRef(channel="shopify:default", order_id="b"), WorkState.SHIPPED, now=NOW)
        rows = await ledger.list_orders(states=[WorkState.OPEN], channel="shopify:default")
        assert [row.ref.order_id for row in rows] == ["a"]
        rows = await ledger.list_orders(states=[WorkState.OPEN, WorkState.SHIPPED])
        assert len(rows) == 3
        assert await ledger.list_orders(states=[]) == []

    async def test_time_without_zone_is_refused(self, ledger: Ledger) -> None:
        """A lease that ends at an unknown time protects nothing."""
        naive = datetime(2026, 1, 5)  # noqa: DTZ001 - what is refused
        with pytest.raises(InvalidValueError):
            await ledger.record_orders([make_order()], now=naive)
        assert await ledger.get_order(REF) is None

    async def test_event_is_new_once(self, ledger: Ledger) -> None:
        """Platforms push the same event several times."""
        assert await ledger.record_event("shopify:default", "e1", now=NOW) is True
        assert await ledger.record_event("shopify:default", "e1", now=LATER) is False
        assert await ledger.record_event("shopify:eu", "e1", now=LATER) is True

    async def test_cursor_is_kept_by_name(self, ledger: Ledger) -> None:
        """Polling goes on where it stopped."""
        assert await ledger.load_cursor("orders") is None
        await ledger.save_cursor("orders", "a")
        await ledger.save_cursor("orders", "b")
        await ledger.save_cursor("other", "c")
        assert await ledger.load_cursor("orders") == "b"

    async def test_parcel_comes_back_whole_and_is_replaced(self, ledger: Ledger) -> None:
        """What the channel was told must be known, or it is told twice."""
        await ledger.follow_parcels([make_parcel_row(due_at=NOW)])
        assert await ledger.list_parcels(ref=REF) == [make_parcel_row(due_at=NOW)]
        row = make_parcel_row(tracking=make_tracking(), due_at=LATER, told=frozenset({"e1", "e2"}))
        await ledger.follow_parcels([row])
        assert await ledger.list_parcels(ref=REF) == [row]
        await ledger.follow_parcels([make_parcel_row()])
        assert await ledger.list_parcels(ref=REF) == [make_parcel_row()]

    async def test_due_parcels_are_listed_the_earliest_first(self, ledger: Ledger) -> None:
        """A carrier is asked only about parcels whose time has come; arrived ones are not asked about."""
        rows = [
            make_parcel_row("late", due_at=LATER),
            make_parcel_row("now", due_at=NOW),
            make_parcel_row("arrived"),
            make_parcel_row("past", due_at=NOW - timedelta(minutes=1)),
        ]
        await ledger.follow_parcels(rows)
        due = await ledger.list_parcels(due_before=NOW)
        assert [row.tracking_number for row in due] == ["past", "now"]
        assert await ledger.next_parcel_due() == NOW - timedelta(minutes=1)

    async def test_parcels_of_an_order_include_the_arrived(self, ledger: Ledger) -> None:
        """Somebody who asks about an order wants all of its parcels, and no others."""
        other = OrderRef(channel="shopify:default", order_id="other")
        await ledger.follow_parcels(
            [make_parcel_row("a"), make_parcel_row("b", due_at=NOW), make_parcel_row("c", ref=other)]
        )
        rows = await ledger.list_parcels(ref=REF)
        assert [row.tracking_number for row in rows] == ["b", "a"]

    async def test_nothing_is_due_when_nothing_travels(self, ledger: Ledger) -> None:
        """The loop that follows parcels ends then."""
        await ledger.follow_parcels([make_parcel_row()])
        assert await ledger.next_parcel_due() is None
