"""``confirmShipment``, and orders that Amazon ships itself."""

import pytest

from tests.sandbox.amazon.client import DE, AmazonClient, Value


async def test_confirmed_order_is_shipped_and_shows_its_package(amazon: AmazonClient) -> None:
    """The packages are how a client reads back what it has confirmed."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2}])
    answer = await amazon.confirm(order_id)
    assert (answer.status_code, answer.content) == (204, b"")
    order = await amazon.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert order["orderItems"][0]["fulfillment"] == {"quantityFulfilled": 2, "quantityUnfulfilled": 0}
    package = order["packages"][0]
    assert (package["packageReferenceId"], package["trackingNumber"]) == ("1", "1Z999AA10123456784")
    assert package["packageStatus"] == {"status": "SHIPPED"}
    assert package["packageItems"] == [{"orderItemId": order["orderItems"][0]["orderItemId"], "quantity": 2}]


async def test_partial_shipments_add_up(amazon: AmazonClient) -> None:
    """One call is one package; the order is partly shipped until the last unit has left."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 3}])
    item = (await amazon.order(order_id))["orderItems"][0]["orderItemId"]

    async def leave(reference: str, quantity: int) -> int:
        items = [{"orderItemId": item, "quantity": quantity}]
        answer = await amazon.confirm(
            order_id, packageReferenceId=reference, orderItems=items, trackingNumber=f"1Z{reference}"
        )
        return answer.status_code

    assert await leave("1", 1) == 204
    assert await amazon.status(order_id) == "PARTIALLY_SHIPPED"
    assert await leave("2", 3) == 400
    assert await leave("2", 2) == 204
    assert await amazon.status(order_id) == "SHIPPED"
    assert amazon.simulator.duplicates() == []


async def test_same_reference_edits_the_package(amazon: AmazonClient) -> None:
    """So the call may be repeated, and a wrong number put right."""
    order_id = amazon.simulator.place_order()
    for number in ("1Z1", "1Z1", "1Z2"):
        assert (await amazon.confirm(order_id, trackingNumber=number)).status_code == 204
    packages = (await amazon.order(order_id))["packages"]
    assert [package["trackingNumber"] for package in packages] == ["1Z2"]
    assert amazon.simulator.orders()[0]["fulfillments"][0]["edits"] == 2


async def test_other_reference_after_everything_has_left_is_refused(amazon: AmazonClient) -> None:
    """Amazon's words for "already shipped"."""
    order_id = amazon.simulator.place_order()
    await amazon.confirm(order_id)
    refused = await amazon.confirm(order_id, packageReferenceId="2")
    assert refused.status_code == 400
    assert "PackageToUpdateNotFound" in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "detail",
    [
        {"packageReferenceId": 1},
        {"packageReferenceId": None},
        {"packageReferenceId": "0"},
        {"packageReferenceId": "P-1"},
        {"carrierCode": None},
        {"carrierCode": "ups"},
        {"carrierCode": "Other"},
        {"trackingNumber": None},
        {"trackingNumber": ""},
        {"shipDate": "02/21/2022"},
        {"shipDate": "2026-01-05"},
        {"shipDate": None},
        {"orderItems": []},
        {"orderItems": [{"orderItemId": "00000000000000", "quantity": 1}]},
        {"orderItems": None},
    ],
    ids=lambda detail: "{}={}".format(*next(iter(detail.items()))),
)
async def test_wrong_details_are_refused(amazon: AmazonClient, detail: Value) -> None:
    """Each rule of the guide, broken; nothing has left."""
    order_id = amazon.simulator.place_order()
    assert (await amazon.confirm(order_id, **detail)).status_code == 400
    assert await amazon.status(order_id) == "UNSHIPPED"


@pytest.mark.parametrize("quantity", [0, -1, 3, "1", True, None], ids=repr)
async def test_wrong_quantities_are_refused(amazon: AmazonClient, quantity: Value) -> None:
    """More than is left, none, or no number."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2}])
    item = (await amazon.order(order_id))["orderItems"][0]["orderItemId"]
    answer = await amazon.confirm(order_id, orderItems=[{"orderItemId": item, "quantity": quantity}])
    assert answer.status_code == 400
    assert await amazon.status(order_id) == "UNSHIPPED"


async def test_item_named_twice_is_refused(amazon: AmazonClient) -> None:
    """Or more would leave than there is."""
    order_id = amazon.simulator.place_order()
    item = (await amazon.order(order_id))["orderItems"][0]["orderItemId"]
    twice = [{"orderItemId": item, "quantity": 1}] * 2
    assert (await amazon.confirm(order_id, orderItems=twice)).status_code == 400


async def test_number_as_reference_is_named_in_the_refusal(amazon: AmazonClient) -> None:
    """Amazon's words since January 2026."""
    refused = await amazon.confirm(amazon.simulator.place_order(), packageReferenceId=1)
    assert "fields with invalid type [packageDetail.packageReferenceId]" in refused.json()["errors"][0]["message"]


async def test_other_carrier_needs_a_name(amazon: AmazonClient) -> None:
    """And shows it."""
    order_id = amazon.simulator.place_order()
    answer = await amazon.confirm(order_id, carrierCode="Other", carrierName="Bike Couriers")
    assert answer.status_code == 204
    assert (await amazon.order(order_id))["packages"][0]["carrier"] == "Bike Couriers"


@pytest.mark.parametrize(
    "shape",
    [
        {"status": "PENDING"},
        {"status": "PENDING_AVAILABILITY"},
        {"status": "UNFULFILLABLE"},
        {"fulfilled_by": "AMAZON"},
        {"programs": ["FBM_SHIP_PLUS"]},
        {"programs": ["AMAZON_EASY_SHIP"]},
        {"programs": ["DELIVERY_BY_AMAZON"]},
    ],
    ids=lambda shape: str(next(iter(shape.values()))),
)
async def test_orders_that_are_not_confirmed_so_are_refused(amazon: AmazonClient, shape: Value) -> None:
    """Unpaid, Amazon's own, or confirmed in another way."""
    assert (await amazon.confirm(amazon.simulator.place_order(**shape))).status_code == 400


async def test_cancelled_order_is_refused(amazon: AmazonClient) -> None:
    """A client that loses the race must hear of it."""
    order_id = amazon.simulator.place_order()
    body = await amazon.package(order_id)
    amazon.simulator.cancel(order_id)
    refused = await amazon.send_confirmation(order_id, body)
    assert refused.status_code == 400
    assert "NonexistentOrderItem" in refused.json()["errors"][0]["message"]


async def test_order_with_a_cancel_request_can_still_be_shipped(amazon: AmazonClient) -> None:
    """Amazon does not stop the merchant: only looking does."""
    order_id = amazon.simulator.place_order()
    amazon.simulator.request_cancellation(order_id)
    assert (await amazon.confirm(order_id)).status_code == 204


async def test_marketplace_must_be_the_orders(amazon: AmazonClient) -> None:
    """Several marketplaces in one account are easily mixed up."""
    order_id = amazon.simulator.place_order()
    body = await amazon.package(order_id)
    for marketplace in (DE, "A2EUQ1WTGCTBG2", "", None):
        assert (await amazon.send_confirmation(order_id, {**body, "marketplaceId": marketplace})).status_code == 400


async def test_unknown_order_cannot_be_confirmed(amazon: AmazonClient) -> None:
    """404, as for reading."""
    body = await amazon.package(amazon.simulator.place_order())
    assert (await amazon.send_confirmation("112-0000000-0000000", body)).status_code == 404


async def test_cash_on_delivery_is_for_japan(amazon: AmazonClient) -> None:
    """The member is refused elsewhere."""
    order_id = amazon.simulator.place_order()
    body = {**await amazon.package(order_id), "codCollectionMethod": "DirectPayment"}
    assert (await amazon.send_confirmation(order_id, body)).status_code == 400


async def test_transparency_codes_are_due_for_every_unit(amazon: AmazonClient) -> None:
    """And must look like codes."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2, "transparency": True}])
    item = (await amazon.order(order_id))["orderItems"][0]["orderItemId"]
    code = "AZ" + "A1" * 13 + "B"
    for codes, status in (([], 400), ([code], 400), (["?", code], 400), ([code, code], 204)):
        items = [{"orderItemId": item, "quantity": 2, "transparencyCodes": codes}]
        assert (await amazon.confirm(order_id, orderItems=items)).status_code == status


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b""], ids=repr)
async def test_bodies_that_are_no_objects_are_refused(amazon: AmazonClient, content: bytes) -> None:
    """400, never a crash."""
    order_id = amazon.simulator.place_order()
    path = f"/orders/v0/orders/{order_id}/shipmentConfirmation"
    answer = await amazon.call("POST", path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400


async def test_body_of_another_type_is_refused(amazon: AmazonClient) -> None:
    """415, as the description lists."""
    path = "/feeds/2021-06-30/documents"
    answer = await amazon.call("POST", path, content=b"a=b", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


async def test_amazon_ships_its_own_orders(amazon: AmazonClient) -> None:
    """They turn shipped without any call of ours; their packages are not shown; stock leaves."""
    before = amazon.simulator.fba_stock("FBA-LAMP-7")
    order_id = amazon.simulator.place_order(fulfilled_by="AMAZON", lines=[{"sku": "FBA-LAMP-7", "quantity": 2}])
    assert amazon.simulator.fba_stock("FBA-LAMP-7") == before - 2
    amazon.simulator.ship_by_amazon(order_id)
    order = await amazon.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert "packages" not in order


async def test_package_moves_on(amazon: AmazonClient) -> None:
    """Delivery exists only per package."""
    order_id = amazon.simulator.place_order()
    await amazon.confirm(order_id)
    amazon.simulator.set_package_status(order_id, "1", "DELIVERED", "DELIVERED")
    order = await amazon.order(order_id)
    assert order["packages"][0]["packageStatus"] == {"status": "DELIVERED", "detailedStatus": "DELIVERED"}
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


async def test_one_number_on_two_packages_is_noticed(amazon: AmazonClient) -> None:
    """Amazon takes it; the audit at the end of a run names it."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2}])
    item = (await amazon.order(order_id))["orderItems"][0]["orderItemId"]
    for reference in ("1", "2"):
        items = [{"orderItemId": item, "quantity": 1}]
        await amazon.confirm(order_id, packageReferenceId=reference, orderItems=items)
    assert amazon.simulator.duplicates() == [{"id": order_id, "over": {}, "tracking_numbers": ["1Z999AA10123456784"]}]
