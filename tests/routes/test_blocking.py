"""The same route without async: the blocking facade over the same simulators, in one process, over HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import cartcarrier as cc
from cartcarrier import sync
from cartcarrier.http import asgi_transport
from cartcarrier.sandbox.shopify import ShopifySimulator
from cartcarrier.sandbox.ups import UPSSimulator
from tests.routes.route import LAMP, MUG, NEW_YORK, Json, box, leave_from, some


class _Shop:
    """Simulators and the blocking facade on them."""

    def __init__(self, path: Path) -> None:
        self.shop = ShopifySimulator(search_lag=0)
        self.ups = UPSSimulator()
        self.path = path

    @contextmanager
    def open(self) -> Iterator[sync.Fulfiller]:
        """Open the blocking facade."""
        shop: dict[str, Json] = self.shop.settings()
        ups: dict[str, Json] = self.ups.settings()
        channel = cc.open_channel("shopify", transport=asgi_transport(self.shop.app), **shop)
        carrier = cc.open_carrier("ups", transport=asgi_transport(self.ups.app), **ups)
        with sync.Fulfiller(
            channels=[channel], carriers=[carrier], ledger=f"sqlite:///{self.path}", ship_from=leave_from
        ) as fulfiller:
            yield fulfiller

    def place(self, *lines: object) -> str:
        """Let a buyer place an order."""
        return self.shop.place_order(lines=list(lines), address=NEW_YORK)


@pytest.fixture
def world(tmp_path: Path) -> _Shop:
    return _Shop(tmp_path / "ledger.db")


def test_whole_route_blocking(world: _Shop) -> None:
    """Orders, quote, shipping in two keys, tracking, void: as in the async one."""
    order_id = world.place({**MUG, "quantity": 2}, LAMP)
    with world.open() as fulfiller:
        (order,) = list(fulfiller.orders())
        assert order.id == order_id
        quote = fulfiller.quote(order, parcels=[box()])
        mug, lamp = order.lines
        first = fulfiller.ship(order, parcels=[box(some(mug, 2))], choose=cc.cheapest())
        assert first.choice is not None
        assert first.choice.rate.total == quote.rates[0].total
        (again,) = list(fulfiller.orders())
        second = fulfiller.ship(again, parcels=[box(some(lamp, 1))], key="2")
        assert list(fulfiller.orders()) == []
        assert len(fulfiller.track(order.ref)) == 2
        assert fulfiller.void(order.ref, key="2").status is cc.VoidStatus.VOIDED
        assert [each.id for each in fulfiller.orders()] == [order_id]
    live = [label["tracking_number"] for label in world.ups.labels() if not label["voided"]]
    assert live == [first.shipment.tracking_number]
    assert second.shipment.tracking_number not in live
    assert world.ups.duplicates() == {}
    assert world.shop.duplicates() == []
    assert world.shop.counts()["fulfillments"] == 1


def test_same_key_from_two_threads_buys_one_label(world: _Shop) -> None:
    """A web server with threads: both requests get the same shipment."""
    world.place(MUG)
    numbers: list[str] = []
    with world.open() as fulfiller:
        (order,) = list(fulfiller.orders())

        def ship() -> None:
            numbers.append(fulfiller.ship(order, parcels=[box()]).shipment.tracking_number)

        threads = [threading.Thread(target=ship) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(numbers) == 4
    assert len(set(numbers)) == 1
    assert world.ups.counts()["labels"] == 1
    assert world.shop.counts()["fulfillments"] == 1


def test_errors_come_out_as_they_are(world: _Shop) -> None:
    """The same tree, with the same facts."""
    order_id = world.place(MUG)
    with world.open() as fulfiller:
        (order,) = list(fulfiller.orders())
        world.shop.hold(order_id)
        with pytest.raises(cc.OrderChangedError) as caught:
            fulfiller.ship(order, parcels=[box()])
        assert any("on hold" in change for change in caught.value.changes)
    assert world.ups.counts()["labels"] == 0


def test_many_blocking(world: _Shop) -> None:
    """The iterator is a plain one."""
    for _ in range(5):
        world.place(MUG)
    with world.open() as fulfiller:
        plans = [cc.ShipPlan(order=order, parcels=(box(),)) for order in fulfiller.orders()]
        results = list(fulfiller.ship_many(plans, concurrency=4))
        assert all(isinstance(result, cc.Shipped) for result in results)
    assert world.ups.counts()["labels"] == 5
    assert world.shop.counts()["fulfillments"] == 5
    assert world.ups.duplicates() == {}
