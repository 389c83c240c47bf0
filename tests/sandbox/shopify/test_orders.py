"""What merchants and buyers do to orders, and what it does to time stamps."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from cartcarrier.errors import InvalidValueError

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

CANCEL = """mutation($id: ID!, $reason: OrderCancelReason!, $note: String) {
  orderCancel(orderId: $id, reason: $reason, restock: true, refundMethod: {originalPaymentMethodsRefund: true}, staffNote: $note) {
    job { id done } jobResult { status done } orderCancelUserErrors { code message } userErrors { message } } }"""
JOB = "query($id: ID!) { job(id: $id) { id done } }"


async def cancel(shop: Fixture, order: str, **more: Fixture) -> dict[str, Any]:
    said: dict[str, Any] = (await shop.data(CANCEL, id=order, reason="INVENTORY", **more))["orderCancel"]
    return said


async def test_cancellation_is_a_job(shop: Fixture, clock: Fixture) -> None:
    """Accepted at once, done later; the order tells whether it came true."""
    order = shop.place()
    said = await cancel(shop, order)
    assert said["job"]["done"] is False
    assert (await shop.order(order))["cancelledAt"] is None
    clock.advance(3)
    assert (await shop.data(JOB, id=said["job"]["id"]))["job"]["done"] is True
    after = await shop.order(order)
    assert after["cancelledAt"] == "2026-11-24T09:00:03Z"
    assert [entry["status"] for entry in after["fulfillmentOrders"]["nodes"]] == ["CANCELLED"]
    assert after["displayFinancialStatus"] == "REFUNDED"
    assert after["lineItems"]["nodes"][0]["currentQuantity"] == 0


async def test_second_cancellation_is_refused(shop: Fixture, clock: Fixture) -> None:
    """While the job runs, and after it."""
    order = shop.place()
    await cancel(shop, order)
    assert (await cancel(shop, order))["orderCancelUserErrors"][0]["code"] == "INVALID"
    clock.advance(3)
    assert "already" in (await cancel(shop, order))["orderCancelUserErrors"][0]["message"]


async def test_order_with_a_live_fulfillment_is_not_cancelled(shop: Fixture) -> None:
    """The fulfillment must be cancelled first."""
    order = shop.place()
    made = await shop.ship_all(order)
    assert (await cancel(shop, order))["orderCancelUserErrors"][0]["code"] == "INVALID"
    await shop.data(
        "mutation($id: ID!) { fulfillmentCancel(id: $id) { userErrors { message } } }", id=made["fulfillment"]["id"]
    )
    assert (await cancel(shop, order))["orderCancelUserErrors"] == []


async def test_job_is_done_but_the_order_alive_when_it_shipped_meanwhile(shop: Fixture, clock: Fixture) -> None:
    """Done is not success: a client reads cancelledAt."""
    order = shop.place()
    said = await cancel(shop, order)
    await shop.ship_all(order)
    clock.advance(3)
    assert (await shop.data(JOB, id=said["job"]["id"]))["job"]["done"] is True
    assert (await shop.order(order))["cancelledAt"] is None
    (summary,) = shop.simulator.orders()
    assert (summary["cancelled"], len(summary["fulfillments"])) == (False, 1)


async def test_unknown_order_and_long_note_are_refused(shop: Fixture) -> None:
    """With their codes."""
    assert (await cancel(shop, "gid://shopify/Order/1"))["orderCancelUserErrors"][0]["code"] == "NOT_FOUND"
    said = await cancel(shop, shop.place(), note="x" * 256)
    assert said["orderCancelUserErrors"][0]["code"] == "INVALID"


async def test_authorized_order_is_voided(shop: Fixture) -> None:
    """Nothing was taken, so nothing is refunded."""
    order = shop.place(financial_status="AUTHORIZED")
    shop.simulator.cancel(order)
    assert (await shop.order(order))["displayFinancialStatus"] == "VOIDED"


# --- time stamps ------------------------------------------------------------------------------------------------------


async def stamps(shop: Fixture, order: str) -> tuple[str, str]:
    whole = await shop.order(order)
    return whole["updatedAt"], whole["fulfillmentOrders"]["nodes"][0]["updatedAt"]


async def test_hold_moves_only_the_fulfillment_orders_stamp(shop: Fixture, clock: Fixture) -> None:
    """Whoever polls orders alone never sees a hold."""
    order = shop.place()
    clock.advance(60)
    shop.simulator.hold(order)
    assert await stamps(shop, order) == ("2026-11-24T09:00:00Z", "2026-11-24T09:01:00Z")
    clock.advance(60)
    shop.simulator.release(order)
    assert await stamps(shop, order) == ("2026-11-24T09:00:00Z", "2026-11-24T09:02:00Z")


async def test_address_edit_moves_only_the_orders_stamp(shop: Fixture, clock: Fixture) -> None:
    """Whoever polls fulfillment orders alone never sees a new address."""
    order = shop.place()
    clock.advance(60)
    shop.simulator.edit_address(order, address1="5 New St")
    assert await stamps(shop, order) == ("2026-11-24T09:01:00Z", "2026-11-24T09:00:00Z")


@pytest.mark.parametrize(("propagate", "destination"), [(True, "5 New St"), (False, "350 5th Ave")])
async def test_destination_may_lag_behind_the_address(shop: Fixture, propagate: bool, destination: str) -> None:
    """Both are read and compared before a label is bought."""
    order = shop.place()
    shop.simulator.edit_address(order, propagate=propagate, address1="5 New St")
    whole = await shop.order(order)
    assert whole["shippingAddress"]["address1"] == "5 New St"
    assert whole["fulfillmentOrders"]["nodes"][0]["destination"]["address1"] == destination


async def test_removed_unit_leaves_the_current_and_remaining_quantity(shop: Fixture) -> None:
    """Quantity keeps what was bought."""
    order = shop.place(lines=[{"sku": "A", "quantity": 3}])
    shop.simulator.edit_quantity(order, 0, 1)
    whole = await shop.order(order)
    (line,) = whole["lineItems"]["nodes"]
    assert (line["quantity"], line["currentQuantity"], line["unfulfilledQuantity"]) == (3, 1, 1)


async def test_added_unit_comes_to_the_open_fulfillment_order(shop: Fixture) -> None:
    """Or makes a new one when there is none."""
    order = shop.place()
    shop.simulator.edit_quantity(order, 0, 2)
    (entry,) = await shop.fulfillment_orders(order)
    assert entry["lineItems"]["nodes"][0]["remainingQuantity"] == 2
    await shop.ship_all(order)
    shop.simulator.edit_quantity(order, 0, 3)
    _, added = await shop.fulfillment_orders(order)
    assert added["lineItems"]["nodes"][0]["remainingQuantity"] == 1


async def test_emptied_order_needs_no_fulfillment(shop: Fixture) -> None:
    """The status that came with 2026-10."""
    order = shop.place()
    shop.simulator.edit_quantity(order, 0, 0)
    whole = await shop.order(order)
    assert whole["displayFulfillmentStatus"] == "FULFILLMENT_NOT_REQUIRED"
    document = "query($id: ID!) { order(id: $id) { displayFulfillmentStatus } }"
    older = (await shop.post(document, {"id": order}, version="2026-07")).json()
    assert older["data"]["order"]["displayFulfillmentStatus"] == "FULFILLED"
    assert whole["fulfillmentOrders"]["nodes"][0]["status"] == "CLOSED"


async def test_commands_refuse_what_cannot_be(shop: Fixture) -> None:
    """A misspelt harness must not look like a passing one."""
    order = shop.place()
    await shop.ship_all(order)
    impossible: tuple[Callable[[], object], ...] = (
        lambda: shop.simulator.place_order(adress={}),
        lambda: shop.simulator.place_order(lines=[{"skew": "A"}]),
        lambda: shop.simulator.place_order(address={"street": "x"}),
        lambda: shop.simulator.place_order(lines=[{"quantity": 2, "locations": {70_000_001: 1}}]),
        lambda: shop.simulator.place_order(lines=[{"location_id": 1}]),
        lambda: shop.simulator.edit_quantity(order, 0, 0),
        lambda: shop.simulator.edit_quantity(order, 7, 1),
        lambda: shop.simulator.edit_address(order, street="x"),
        lambda: shop.simulator.cancel(order),
        lambda: shop.simulator.hold("gid://shopify/Order/1"),
        lambda: shop.simulator.split("gid://shopify/FulfillmentOrder/1", []),
    )
    for attempt in impossible:
        with pytest.raises(InvalidValueError):
            attempt()
    assert shop.simulator.counts()["orders"] == 1


# --- money, seeds, audit ----------------------------------------------------------------------------------------------


async def test_totals_are_those_of_a_receipt(shop: Fixture) -> None:
    """2 times 14.90 + 9.00, less 3.80, plus 5.00 shipping, plus 10 % tax on 35.00, at 0.5 to the euro."""
    order = shop.place(
        lines=[{"price": "14.90", "quantity": 2}, {"price": "9.00"}],
        discount="3.80",
        tax_rate="0.10",
        presentment_currency="EUR",
        presentment_rate="0.5",
    )
    document = """query($id: ID!) { order(id: $id) {
      currentTotalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
      currentTotalTaxSet { shopMoney { amount } } totalShippingPriceSet { shopMoney { amount } } } }"""
    money = (await shop.data(document, id=order))["order"]
    assert money["currentTotalPriceSet"] == {
        "shopMoney": {"amount": "43.50", "currencyCode": "USD"},
        "presentmentMoney": {"amount": "21.75", "currencyCode": "EUR"},
    }
    assert money["currentTotalTaxSet"]["shopMoney"]["amount"] == "3.50"
    assert money["totalShippingPriceSet"]["shopMoney"]["amount"] == "5.00"


async def test_tax_inside_the_price_is_not_added_again(shop: Fixture) -> None:
    """12.00 with 20 % inside is 2.00 of tax."""
    order = shop.place(lines=[{"price": "12.00"}], tax_rate="0.20", taxes_included=True, shipping_price="0.00")
    document = """query($id: ID!) { order(id: $id) { taxesIncluded totalPriceSet { shopMoney { amount } }
      totalTaxSet { shopMoney { amount } } } }"""
    shown = (await shop.data(document, id=order))["order"]
    assert shown["totalPriceSet"]["shopMoney"]["amount"] == "12.00"
    assert shown["totalTaxSet"]["shopMoney"]["amount"] == "2.00"


async def test_seeded_orders_are_reproducible_and_awkward(shop: Fixture) -> None:
    """The demo's mix holds every kind that breaks naive code."""
    shop.simulator.seed_orders(40, 7)
    document = """{ orders(first: 100, sortKey: ID) { nodes { test displayFinancialStatus
      shippingAddress { address1 countryCodeV2 provinceCode firstName }
      fulfillmentOrders(first: 10) { nodes { deliveryMethod { methodType } } }
      lineItems(first: 10) { nodes { sku requiresShipping quantity } } } } }"""
    first = (await shop.data(document))["orders"]["nodes"]
    addresses = [row["shippingAddress"] for row in first if row["shippingAddress"]]
    assert {address["countryCodeV2"] for address in addresses} == {"US", "CA"}
    assert any(address["provinceCode"] == "PR" for address in addresses)
    assert any(address["address1"].startswith("PO Box") for address in addresses)
    assert any(len(address["address1"]) > 70 for address in addresses)
    assert any(not address["firstName"].isascii() for address in addresses)
    assert any(row["test"] for row in first)
    assert any(not line["requiresShipping"] for row in first for line in row["lineItems"]["nodes"])
    assert any(len(row["fulfillmentOrders"]["nodes"]) == 2 for row in first)
    shop.simulator.reset()
    shop.simulator.seed_orders(40, 7)
    assert (await shop.data(document))["orders"]["nodes"] == first


async def test_canadian_goods_carry_customs_data(shop: Fixture) -> None:
    """Tariff code and origin live at the inventory item."""
    order = shop.place(lines=[{"sku": "T", "hs_code": "610910", "origin": "IN"}])
    document = """query($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes { variant { inventoryItem {
      harmonizedSystemCode countryCodeOfOrigin measurement { weight { value unit } } } } } } } }"""
    (line,) = (await shop.data(document, id=order))["order"]["lineItems"]["nodes"]
    item = line["variant"]["inventoryItem"]
    assert (item["harmonizedSystemCode"], item["countryCodeOfOrigin"]) == ("610910", "IN")
    assert item["measurement"]["weight"] == {"value": 250.0, "unit": "GRAMS"}


async def test_summary_counts_what_left(shop: Fixture) -> None:
    """The chaos harness compares these sets with carriers and ledger."""
    order = shop.place(lines=[{"sku": "A", "quantity": 2}])
    await shop.ship_all(order, "1Z4")
    (summary,) = shop.simulator.orders()
    assert summary["lines"][0]["remaining"] == 0
    assert summary["fulfillments"][0]["tracking"] == [{"company": "UPS", "number": "1Z4"}]
    assert summary["fulfillments"][0]["lines"][0]["quantity"] == 2
    assert shop.simulator.counts()["fulfillments_by_order"] == {order: 1}
    assert shop.simulator.counts()["calls"]["fulfillmentCreate"] == 1
    assert shop.simulator.duplicates() == []
