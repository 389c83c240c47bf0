"""Orders of v2026-01-01: what is shown, to whom, and page by page."""

import pytest

from tests.sandbox.amazon.client import DE, EU, ORDERS, US, AmazonClient

CREATED = "2026-01-01T00:00:00Z"


async def test_order_shows_only_the_data_that_was_asked_for(amazon: AmazonClient) -> None:
    """Without FULFILLMENT there is no status at all: a client that forgets it must notice."""
    order_id = amazon.simulator.place_order()
    bare = await amazon.order(order_id, "")
    assert set(bare) == {"orderId", "createdTime", "lastUpdatedTime", "salesChannel", "orderItems"}
    assert set(bare["orderItems"][0]) == {"orderItemId", "quantityOrdered", "product"}
    full = await amazon.order(order_id)
    assert {"fulfillment", "recipient", "buyer", "proceeds", "payment", "tax"} <= set(full)
    assert full["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert full["fulfillment"]["fulfilledBy"] == "MERCHANT"


async def test_prices_are_per_line_and_units_have_their_own(amazon: AmazonClient) -> None:
    """Taking the line's amount for a unit's is the classic mistake."""
    line = {"sku": "A", "quantity": 3, "price": "10.00", "tax": "2.18", "discount": "1.50", "shipping": "4.00"}
    order = await amazon.order(amazon.simulator.place_order(lines=[line]))
    item = order["orderItems"][0]
    parts = {row["type"]: row["subtotal"]["amount"] for row in item["proceeds"]["breakdowns"]}
    assert parts == {"ITEM": "30.00", "SHIPPING": "4.00", "TAX": "2.18", "DISCOUNT": "1.50"}
    assert item["product"]["price"]["unitPrice"] == {"amount": "10.00", "currencyCode": "USD"}
    assert item["proceeds"]["proceedsTotal"]["amount"] == "34.68"
    assert order["proceeds"]["grandTotal"]["amount"] == "34.68"


async def test_currency_follows_the_marketplace(amazon: AmazonClient) -> None:
    """A yen has no cents."""
    order_id = amazon.simulator.place_order(marketplace="JP", lines=[{"sku": "A", "price": "1980"}])
    await amazon.log_in("fe")
    amazon.host = "https://sellingpartnerapi-fe.amazon.com"
    order = await amazon.order(order_id)
    assert order["proceeds"]["grandTotal"] == {"amount": "1980", "currencyCode": "JPY"}


async def test_programs_are_told(amazon: AmazonClient) -> None:
    """Prime, business and Transparency orders are shipped in other ways."""
    order_id = amazon.simulator.place_order(
        programs=["PRIME", "AMAZON_BUSINESS"],
        buyer={"company_name": "Harbor & Sons", "po_number": "PO-1"},
        lines=[{"sku": "A", "transparency": True, "gift_message": "Hi", "constraints": ["signatureConfirmation"]}],
        seller_order_id="S-1",
        replaces="112-1111111-1111111",
    )
    order = await amazon.order(order_id)
    assert order["programs"] == ["PRIME", "AMAZON_BUSINESS"]
    assert order["buyer"]["buyerPurchaseOrderNumber"] == "PO-1"
    assert order["orderAliases"] == [{"aliasId": "S-1", "aliasType": "SELLER_ORDER_ID"}]
    assert order["associatedOrders"][0]["associationType"] == "REPLACEMENT_ORIGINAL_ID"
    item = order["orderItems"][0]
    assert item["programs"] == ["TRANSPARENCY"]
    assert item["product"]["price"]["priceDesignation"] == "BUSINESS_PRICE"
    assert item["fulfillment"]["packing"]["giftOption"]["giftMessage"] == "Hi"
    assert item["fulfillment"]["shipping"]["shippingConstraints"] == {"signatureConfirmation": "MANDATORY"}


@pytest.mark.parametrize("status", ["PENDING", "PENDING_AVAILABILITY"])
async def test_unpaid_order_has_no_address_and_no_prices(amazon: AmazonClient, status: str) -> None:
    """It must never be shipped."""
    order = await amazon.order(amazon.simulator.place_order(status=status))
    assert order["fulfillment"]["fulfillmentStatus"] == status
    assert "recipient" not in order
    assert "proceeds" not in order
    assert "price" not in order["orderItems"][0]["product"]


async def test_held_order_loses_its_address_and_gets_it_back(amazon: AmazonClient) -> None:
    """A payment that is looked at again stops the shipping."""
    order_id = amazon.simulator.place_order()
    amazon.simulator.hold(order_id)
    assert "recipient" not in await amazon.order(order_id)
    amazon.simulator.release(order_id)
    assert (await amazon.order(order_id))["recipient"]["deliveryAddress"]["addressLine1"]


async def test_missing_roles_leave_fields_out(amazon: AmazonClient) -> None:
    """Degraded, not refused: the rest of the order is there."""
    order_id = amazon.simulator.place_order(
        address={"name": "Ann", "address_line1": "1 Main St", "postal_code": "10013", "city": "New York"},
        lines=[{"sku": "A", "gift_message": "Hi", "customized_url": "https://x.example/1"}],
    )
    amazon.simulator.set_roles(["inventory_and_order_tracking"])
    order = await amazon.order(order_id)
    assert order["recipient"]["deliveryAddress"] == {"countryCode": "US", "city": "New York"}
    assert order["buyer"] == {}
    assert "packing" not in order["orderItems"][0]["fulfillment"]
    assert "customization" not in order["orderItems"][0]["product"]
    amazon.simulator.set_roles(["inventory_and_order_tracking", "tax_invoicing"])
    assert set((await amazon.order(order_id))["buyer"]) == {"buyerName"}
    amazon.simulator.set_roles(["inventory_and_order_tracking", "direct_to_consumer"])
    order = await amazon.order(order_id)
    assert set(order["buyer"]) == {"buyerEmail"}
    assert order["recipient"]["deliveryAddress"]["addressLine1"] == "1 Main St"


async def test_amazons_own_orders_show_neither_phone_nor_email(amazon: AmazonClient) -> None:
    """The merchant has nothing to do with them."""
    order = await amazon.order(amazon.simulator.place_order(fulfilled_by="AMAZON"))
    assert order["fulfillment"]["fulfilledBy"] == "AMAZON"
    assert "phone" not in order["recipient"]["deliveryAddress"]
    assert "buyerEmail" not in order["buyer"]


async def test_phone_of_a_shipped_order_goes_after_the_latest_delivery(amazon: AmazonClient) -> None:
    """Who needs it must copy it in time."""
    order_id = amazon.simulator.place_order()
    await amazon.confirm(order_id)
    assert "phone" in (await amazon.order(order_id))["recipient"]["deliveryAddress"]
    amazon.clock.advance(7 * 86_400)
    await amazon.log_in()
    assert "phone" not in (await amazon.order(order_id))["recipient"]["deliveryAddress"]


async def test_buyers_request_to_cancel_is_shown_on_the_items_only(amazon: AmazonClient) -> None:
    """The order stays open: only who asks for CANCELLATION sees it."""
    order_id = amazon.simulator.place_order()
    amazon.simulator.request_cancellation(order_id, "ORDERED_BY_MISTAKE")
    order = await amazon.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert order["orderItems"][0]["cancellation"]["cancellationRequest"] == {
        "requester": "BUYER",
        "cancelReason": "ORDERED_BY_MISTAKE",
    }
    assert "cancellation" not in (await amazon.order(order_id, "FULFILLMENT"))["orderItems"][0]


async def test_cancelled_order_says_by_whom(amazon: AmazonClient) -> None:
    """And has no address any more."""
    order_id = amazon.simulator.place_order()
    amazon.simulator.cancel(order_id, by="AMAZON", reason="FRAUD")
    order = await amazon.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    assert order["orderItems"][0]["cancellation"]["cancellationExecution"]["cancelledBy"] == "AMAZON"
    assert order["orderItems"][0]["fulfillment"]["quantityUnfulfilled"] == 0
    assert "recipient" not in order


async def test_edited_quantity_is_shown(amazon: AmazonClient) -> None:
    """A buyer may take units out of an order; the last line's last unit cancels it."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 3}, {"sku": "B"}])
    amazon.simulator.edit_quantity(order_id, 0, 1)
    assert [item["quantityOrdered"] for item in (await amazon.order(order_id))["orderItems"]] == [1, 1]
    amazon.simulator.edit_quantity(order_id, 0, 0)
    assert await amazon.status(order_id) == "UNSHIPPED"
    amazon.simulator.edit_quantity(order_id, 1, 0)
    assert await amazon.status(order_id) == "CANCELLED"


async def test_edited_address_is_shown(amazon: AmazonClient) -> None:
    """And the order's time moves on."""
    order_id = amazon.simulator.place_order()
    before = (await amazon.order(order_id))["lastUpdatedTime"]
    amazon.clock.advance(60)
    amazon.simulator.edit_address(order_id, address_line1="2 Side St")
    order = await amazon.order(order_id)
    assert order["recipient"]["deliveryAddress"]["addressLine1"] == "2 Side St"
    assert order["lastUpdatedTime"] > before


async def test_unknown_order_is_not_found(amazon: AmazonClient) -> None:
    """Also one of another region."""
    german = amazon.simulator.place_order(marketplace="DE")
    for order_id in ("112-0000000-0000000", german):
        assert (await amazon.get(f"{ORDERS}/{order_id}")).status_code == 404


async def test_search_wants_exactly_one_family_of_times(amazon: AmazonClient) -> None:
    """Neither none nor both."""
    time = "2026-01-01T00:00:00Z"
    for query in (
        {},
        {"createdBefore": time},
        {"createdAfter": time, "lastUpdatedAfter": time},
        {"createdAfter": time, "lastUpdatedBefore": time},
    ):
        answer = await amazon.get(ORDERS, **query)
        assert answer.status_code == 400, query
        assert answer.json()["errors"][0]["code"] == "InvalidInput"


@pytest.mark.parametrize(
    "query",
    [
        {"createdAfter": "yesterday"},
        {"createdAfter": "2026-01-01"},
        {"createdAfter": "2026-01-01T00:00:00"},
        {"createdAfter": CREATED, "createdBefore": "2025-12-31T00:00:00Z"},
        {"createdAfter": CREATED, "createdBefore": "2026-01-05T11:58:01Z"},
        {"createdAfter": CREATED, "maxResultsPerPage": "101"},
        {"createdAfter": CREATED, "maxResultsPerPage": "0"},
        {"createdAfter": CREATED, "maxResultsPerPage": "ten"},
        {"createdAfter": CREATED, "fulfillmentStatuses": "Unshipped"},
        {"createdAfter": CREATED, "fulfilledBy": "MFN"},
        {"createdAfter": CREATED, "includedData": "EVERYTHING"},
        {"createdAfter": CREATED, "marketplaceIds": DE},
        {"createdAfter": CREATED, "marketplaceIds": ",".join([US] * 51)},
        {"createdAfter": CREATED, "paginationToken": "bm90IG9uZSBvZiBvdXJz"},
    ],
    ids=[
        "no time",
        "no clock",
        "no zone",
        "backwards",
        "too late",
        "page of 101",
        "page of 0",
        "page of ten",
        "status of v0",
        "channel of v0",
        "data",
        "other region",
        "51 marketplaces",
        "token",
    ],
)
async def test_search_refuses(amazon: AmazonClient, query: dict[str, str]) -> None:
    """Each rule of the guide's table, broken."""
    assert (await amazon.get(ORDERS, **query)).status_code == 400


async def test_upper_bound_two_minutes_ago_is_taken(amazon: AmazonClient) -> None:
    """The rule's other side."""
    assert (await amazon.search(createdAfter=CREATED, createdBefore="2026-01-05T11:58:00Z"))["orders"] == []


async def test_search_runs_two_minutes_behind_and_says_so(amazon: AmazonClient) -> None:
    """The echoed bound is the next watermark: nothing falls between two searches."""
    order_id = amazon.simulator.place_order(settled=False)
    page = await amazon.search()
    assert page["orders"] == []
    assert page["lastUpdatedBefore"] == "2026-01-05T11:58:00.000Z"
    assert (await amazon.order(order_id))["orderId"] == order_id
    amazon.clock.advance(120)
    assert await amazon.search_all(lastUpdatedAfter=page["lastUpdatedBefore"]) == [order_id]


async def test_settled_order_is_found_at_once(amazon: AmazonClient) -> None:
    """For those who don't test the lag; also by whoever searches from the last echoed bound."""
    bound = (await amazon.search())["lastUpdatedBefore"]
    order_id = amazon.simulator.place_order()
    assert await amazon.search_all(lastUpdatedAfter=bound) == [order_id]


async def test_search_filters(amazon: AmazonClient) -> None:
    """By status, by who fulfills, by marketplace."""
    plain = amazon.simulator.place_order()
    pending = amazon.simulator.place_order(status="PENDING")
    fba = amazon.simulator.place_order(fulfilled_by="AMAZON")
    canadian = amazon.simulator.place_order(marketplace="CA")
    german = amazon.simulator.place_order(marketplace="DE")
    assert set(await amazon.search_all()) == {plain, pending, fba, canadian}
    assert await amazon.search_all(fulfillmentStatuses="PENDING,SHIPPED") == [pending]
    assert await amazon.search_all(fulfilledBy="AMAZON") == [fba]
    assert set(await amazon.search_all(marketplaceIds=US)) == {plain, pending, fba}
    await amazon.log_in("eu")
    amazon.host = EU
    assert await amazon.search_all() == [german]


async def test_creation_and_update_are_different_times(amazon: AmazonClient) -> None:
    """Polling by creation never shows later changes as new."""
    old = amazon.simulator.place_order()
    amazon.clock.advance(3600)
    await amazon.log_in()
    amazon.simulator.request_cancellation(old)
    noon = "2026-01-05T12:30:00Z"
    assert await amazon.search_all(lastUpdatedAfter=noon) == [old]
    assert await amazon.search_all(createdAfter=noon) == []


async def test_pages_give_every_order_once(amazon: AmazonClient) -> None:
    """The last page has no token."""
    placed = {amazon.simulator.place_order() for _ in range(7)}
    found = await amazon.search_all(maxResultsPerPage=3)
    assert set(found) == placed
    assert len(found) == 7


async def test_page_token_is_bound_to_its_question(amazon: AmazonClient) -> None:
    """Page size and data may change between pages, nothing else."""
    for _ in range(3):
        amazon.simulator.place_order()
    token = (await amazon.search(maxResultsPerPage=1))["pagination"]["nextToken"]
    changed = {"lastUpdatedAfter": "2026-01-02T00:00:00Z", "paginationToken": token}
    assert (await amazon.get(ORDERS, **changed)).status_code == 400
    filtered = {"lastUpdatedAfter": CREATED, "fulfilledBy": "MERCHANT", "paginationToken": token}
    assert (await amazon.get(ORDERS, **filtered)).status_code == 400
    assert (await amazon.get(ORDERS, paginationToken=token)).status_code == 400
    rest = await amazon.search(paginationToken=token, maxResultsPerPage=100, includedData="FULFILLMENT")
    assert len(rest["orders"]) == 2


async def test_page_token_lives_a_day(amazon: AmazonClient) -> None:
    """After that the search starts again at its watermark."""
    for _ in range(2):
        amazon.simulator.place_order()
    token = (await amazon.search(maxResultsPerPage=1))["pagination"]["nextToken"]
    amazon.clock.advance(86_400)
    await amazon.log_in()
    assert len((await amazon.search(paginationToken=token))["orders"]) == 1
    amazon.clock.advance(1)
    refused = await amazon.get(ORDERS, lastUpdatedAfter=CREATED, paginationToken=token)
    assert refused.status_code == 400


async def test_order_that_changes_between_pages_comes_with_the_next_window(amazon: AmazonClient) -> None:
    """A moving set: pages never repeat an order, and the next search has what moved."""
    placed = []
    for _ in range(4):
        placed.append(amazon.simulator.place_order())
        amazon.clock.advance(1)
    first = await amazon.search(maxResultsPerPage=2)
    late = placed[-1]
    amazon.clock.advance(300)
    amazon.simulator.edit_address(late, city="Elsewhere")
    rest = await amazon.search(maxResultsPerPage=2, paginationToken=first["pagination"]["nextToken"])
    assert [order["orderId"] for order in first["orders"] + rest["orders"]] == placed[:3]
    assert rest["lastUpdatedBefore"] == first["lastUpdatedBefore"]
    assert await amazon.search_all(lastUpdatedAfter=first["lastUpdatedBefore"]) == [late]


async def test_included_data_can_be_refused_by_the_server(amazon: AmazonClient) -> None:
    """It has happened: every question with FULFILLMENT was a 400 for a while."""
    amazon.simulator.set_switches(refuse_fulfillment_data=True)
    assert (await amazon.get(ORDERS, createdAfter=CREATED, includedData="FULFILLMENT")).status_code == 400
    assert (await amazon.get(ORDERS, createdAfter=CREATED, includedData="BUYER")).status_code == 200
