"""What an application does beside shipping: reconcile, forget people, run in the background, be stopped at any moment."""

from datetime import timedelta
from pathlib import Path

import anyio
import httpx
import pytest

import cartcarrier as cc
from cartcarrier.testing import check_no_leak
from tests.routes.route import MUG, Act, Gate, Route, box, hours, some


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Both: what is cancelled, waits or runs side by side here depends on the loop."""
    return str(request.param)


PEOPLE = ("Quilla", "Canary", "350 5th Ave", "Floor 7", "2125550147", "quilla@example.com")


async def found(route: Route, fulfiller: cc.Fulfiller) -> list[cc.Finding]:
    return [finding async for finding in fulfiller.reconcile(route.clock.now() - timedelta(days=30))]


async def touch_shop(route: Route, document: str, **variables: object) -> None:
    """Do something in the shop behind our back, as another app would."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(route.shop.app),
        base_url="https://cartcarrier-sandbox.myshopify.com",
        headers={"X-Shopify-Access-Token": str(route.shop.settings()["access_token"])},
    ) as client:
        answer = await client.post("/admin/api/2026-10/graphql.json", json={"query": document, "variables": variables})
        said = answer.json()
        assert "errors" not in said, said
        assert next(iter(said["data"].values()))["userErrors"] == []


# --- reconcile --------------------------------------------------------------------------------------------------------


async def test_nothing_is_found_where_all_is_well(route: Route) -> None:
    """Shipped, partly shipped, voided and cancelled orders, all as they should be."""
    plain, partly, voided, cancelled = route.place(), route.place({**MUG, "quantity": 3}), route.place(), route.place()
    async with route.open() as fulfiller:
        orders = {order.id: order async for order in fulfiller.orders()}
        await fulfiller.ship(orders[plain], parcels=[box()])
        await fulfiller.ship(orders[partly], parcels=[box(some(orders[partly].lines[0], 1))])
        await fulfiller.ship(orders[voided], parcels=[box()])
        await fulfiller.void(orders[voided].ref)
        await fulfiller.cancel(orders[cancelled].ref)
        assert await found(route, fulfiller) == []


async def test_confirmation_that_the_shop_lost_is_found_and_mended_once(route: Route) -> None:
    """Somebody has cancelled the fulfillment in the admin: the label is live, the shop does not know."""
    order_id = route.place()
    async with route.open() as fulfiller:
        await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()])
        fulfillment = route.shop.orders()[0]["fulfillments"][0]["id"]
        await touch_shop(
            route, "mutation($id: ID!) { fulfillmentCancel(id: $id) { userErrors { message } } }", id=fulfillment
        )
        (finding,) = await found(route, fulfiller)
        assert isinstance(finding, cc.NotConfirmed)
        await finding.fix()
        await finding.fix()
        assert await found(route, fulfiller) == []
    route.audit(labels=1, fulfillments=1)


async def test_number_that_is_not_ours_is_found(route: Route) -> None:
    """A parcel that somebody else has told: the ledger has bought no such label."""
    order_id = route.place({**MUG, "quantity": 3})
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box(some(order.lines[0], 1))])
        await touch_shop(
            route,
            "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { userErrors { message } } }",
            f={
                "trackingInfo": {"company": "UPS", "number": "1Z9999999999999999"},
                "lineItemsByFulfillmentOrder": [
                    {"fulfillmentOrderId": route.shop.fulfillment_orders(order_id)[0]["id"]}
                ],
            },
        )
        (finding,) = await found(route, fulfiller)
        assert isinstance(finding, cc.LinkedNotPaid)
        assert finding.key is None


async def test_void_that_the_shop_does_not_know_is_found_and_mended_once(route: Route) -> None:
    """The label went back while the shop was down: it still believes that a parcel left."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box()])
        route.shop.add_fault(operation="fulfillmentCancel", kind="status", status=503, times=50)
        result = await fulfiller.void(order.ref)
        assert result.status is cc.VoidStatus.VOIDED
        assert "still believes" in (result.message or "")
        route.shop.clear_faults()
        (finding,) = await found(route, fulfiller)
        assert isinstance(finding, cc.ConfirmedWithoutLabel)
        await finding.fix()
        await finding.fix()
        assert await found(route, fulfiller) == []
    route.audit(labels=0, fulfillments=0, bought=1)


async def test_live_label_of_a_cancelled_order_is_found_and_given_back(route: Route) -> None:
    """Cancelled in the admin, and nobody pushed it: the fix brings the money back."""
    order_id = route.place()
    route.shop.add_fault(operation="fulfillmentCreate", kind="status", status=503, times=50)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.OperationError):
            await fulfiller.ship(order, parcels=[box()])
        route.shop.clear_faults()
        route.shop.cancel(order_id)
        (finding,) = await found(route, fulfiller)
        assert isinstance(finding, cc.CancelledButLive)
        await finding.fix()
        assert await found(route, fulfiller) == []
    assert route.states() == ["voided"]
    route.audit(labels=0, fulfillments=0, bought=1)


# --- personal data ----------------------------------------------------------------------------------------------------


def file_bytes(path: Path) -> bytes:
    """Return all that is on the disk of a ledger, its log included."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.iterdir()) if each.name.startswith(path.name))


async def test_purged_ledger_holds_nobody(route: Route) -> None:
    """Settled long enough ago: no name, street, phone or mail is left in the file, and what was shipped still is."""
    order_id = route.place(email="quilla@example.com", note="for Quilla Canary")
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        done = await fulfiller.ship(order, parcels=[box()])
        async for _ in fulfiller.follow():
            pass
        assert b"Canary" in file_bytes(route.path), "the point of this test: it was there"
        route.clock.advance(hours(24 * 90))
        assert await fulfiller.purge_personal_data(route.clock.now() - timedelta(days=30)) == 1
        assert await fulfiller.purge_personal_data(route.clock.now() - timedelta(days=30)) == 0
    left = file_bytes(route.path)
    for word in PEOPLE:
        assert word.encode() not in left, f"{word} is still in the ledger's file"
    assert route.states() == ["confirmed"]
    assert done.shipment.tracking_number.encode() in left


async def test_open_orders_keep_their_address(route: Route) -> None:
    """What must still be shipped cannot be forgotten yet."""
    order_id = route.place()
    async with route.open() as fulfiller:
        await route.order(fulfiller, order_id)
        route.clock.advance(hours(24 * 50))
        assert await fulfiller.purge_personal_data(route.clock.now()) == 0
        done = await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()])
    assert done.shipment.parcels[0].label is not None


async def test_same_key_after_the_purge_says_that_it_was_erased(route: Route) -> None:
    """A redelivered job, months later: no second label, whatever else it gets."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box()])
        route.clock.advance(hours(24 * 40))
        await fulfiller.purge_personal_data(route.clock.now() - timedelta(days=30))
        again = await fulfiller.ship(order, parcels=[box()])
        assert again.shipment.tracking_number in route.labels()
    route.audit(labels=1, fulfillments=1)


async def test_no_error_or_log_names_a_person(route: Route, caplog: pytest.LogCaptureFixture) -> None:
    """All the way through a run in which much goes wrong."""
    caplog.set_level("DEBUG")
    order_ids = [route.place(email="quilla@example.com") for _ in range(4)]
    route.ups.add_fault(operation="ship", kind="drop_after")
    route.ups.add_fault(operation="ship", kind="html", skip=1)
    route.shop.add_fault(operation="fulfillmentCreate", kind="truncate", skip=1)
    said: list[str] = []
    async with route.open() as fulfiller:
        orders = {order.id: order async for order in fulfiller.orders()}
        route.shop.edit_address(order_ids[3], address1="11 Wall St")
        for order in orders.values():
            try:
                said.append(repr(await fulfiller.ship(order, parcels=[box()])))
            except cc.CartCarrierError as exc:
                said += [str(exc), repr(exc), *getattr(exc, "__notes__", [])]
        said.append(repr(await fulfiller.recover()))
    check_no_leak(caplog.text, PEOPLE, "the log")
    check_no_leak("\n".join(said), PEOPLE, "an error or a result's text form")
    secrets = [str(value) for name, value in route.shop.settings().items() if name == "access_token"]
    check_no_leak(caplog.text + "\n".join(said), secrets, "the log or an error")


# --- running, and being stopped ---------------------------------------------------------------------------------------


async def test_run_recovers_confirms_and_follows_until_cancelled(route: Route) -> None:
    """The background worker of one machine: what an earlier process left is brought to its end."""
    order_id = route.place()
    route.ups.find_late(seconds=90)
    route.ups.add_fault(operation="ship", kind="drop_after")
    route.shop.add_fault(operation="fulfillmentCreate", kind="status", status=503, times=9)
    async with route.open(max_wait=timedelta(seconds=5)) as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[box()])
    route.clock.advance(120)
    delivered = anyio.Event()

    async def look() -> None:
        if "DELIVERED" in route.shop.orders()[0]["fulfillments"][0]["events"]:
            delivered.set()

    Gate(route.shop, "fulfillmentEventCreate").act = look
    async with route.open() as fulfiller, anyio.create_task_group() as tasks:
        tasks.start_soon(fulfiller.run)
        with anyio.fail_after(60):
            await delivered.wait()
        tasks.cancel_scope.cancel()
    assert route.states() == ["confirmed"]
    assert route.work() == {order_id: "shipped"}
    route.audit(labels=1, fulfillments=1)


def stop(scope: anyio.CancelScope) -> Act:
    """Return what cancels the caller's work."""

    async def act() -> None:
        scope.cancel()
        await anyio.lowlevel.checkpoint()

    return act


@pytest.mark.parametrize("operation", ["order", "shop", "ship", "fulfillmentCreate"])
async def test_stopped_when_the_platform_had_done_it_is_finished_by_the_next_process(
    route: Route, operation: str
) -> None:
    """The task is cancelled before the answer is read: nothing is lost, nothing is bought or told twice."""
    order_id = route.place()
    gate = Gate(route.ups if operation in {"shop", "ship"} else route.shop, operation)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with anyio.CancelScope() as scope:
            gate.act = stop(scope)
            await fulfiller.ship(order, parcels=[box()])
        assert scope.cancelled_caught
        gate.act = None
    async with route.open() as fulfiller:
        report = await fulfiller.recover()
        assert (report.problems, report.uncertain) == ((), ())
        for open_id in await route.open_work(fulfiller):
            await fulfiller.ship(await route.order(fulfiller, open_id), parcels=[box()])
    assert route.states() == ["confirmed"]
    assert route.ups.calls["ship"] == route.shop.calls["fulfillmentCreate"] == 1
    route.audit(labels=1, fulfillments=1)


async def test_stopped_before_the_carrier_heard_of_it_stays_uncertain(route: Route) -> None:
    """Nobody can tell that from a purchase that shows late: it is said, and a person's word frees the key."""
    order_id = route.place()
    gate = Gate(route.ups, "ship", before=True)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with anyio.CancelScope() as scope:
            gate.act = stop(scope)
            await fulfiller.ship(order, parcels=[box()])
        assert scope.cancelled_caught
        gate.act = None
        (uncertain,) = (await fulfiller.recover()).uncertain
        assert uncertain.ref == order.ref
        await fulfiller.resolve(order.ref, outcome=cc.NotBought())
        await fulfiller.ship(order, parcels=[box()])
    route.audit(labels=1, fulfillments=1)
