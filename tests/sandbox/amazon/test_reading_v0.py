"""Orders as v0 shows them."""

import pytest

from tests.sandbox.amazon.client import ORDERS_V0, US, AmazonClient, Json

CREATED = "2026-01-01T00:00:00Z"
PENDING_V0 = {"ItemPrice", "ItemTax", "PromotionDiscount", "BuyerInfo", "IsGift"}


async def v0(amazon: AmazonClient, **query: str) -> Json:
    answer = await amazon.get(ORDERS_V0, MarketplaceIds=US, **query)
    assert answer.status_code == 200, answer.text
    payload: Json = answer.json()["payload"]
    return payload


async def test_v0_has_names_of_its_own(amazon: AmazonClient) -> None:
    """Canceled with one l, booleans of two kinds, amounts per line."""
    order_id = amazon.simulator.place_order(
        programs=["PRIME"], lines=[{"sku": "A", "quantity": 2, "price": "5.00", "gift_message": "Hi"}]
    )
    amazon.simulator.request_cancellation(order_id)
    path = f"{ORDERS_V0}/{order_id}"
    item = (await amazon.get(f"{path}/orderItems")).json()["payload"]["OrderItems"][0]
    assert item["ItemPrice"] == {"CurrencyCode": "USD", "Amount": "10.00"}
    assert item["IsGift"] == "true"
    assert item["BuyerRequestedCancel"]["IsBuyerRequestedCancel"] == "true"
    assert "GiftMessageText" not in item["BuyerInfo"]
    amazon.simulator.cancel(order_id)
    order = (await amazon.get(path)).json()["payload"]
    assert (order["OrderStatus"], order["IsPrime"], order["FulfillmentChannel"]) == ("Canceled", True, "MFN")


async def test_v0_withholds_prices_of_pending_orders(amazon: AmazonClient) -> None:
    """Until the payment is authorized."""
    order_id = amazon.simulator.place_order(status="PENDING")
    item = (await amazon.get(f"{ORDERS_V0}/{order_id}/orderItems")).json()["payload"]["OrderItems"][0]
    assert not PENDING_V0 & set(item)
    assert "OrderTotal" not in (await amazon.get(f"{ORDERS_V0}/{order_id}")).json()["payload"]


async def test_v0_parts_of_an_order_are_restricted_too(amazon: AmazonClient) -> None:
    """Address, buyer and gift message, each with a token of its own."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "gift_message": "Hi"}])
    base = f"{ORDERS_V0}/{order_id}"
    for part, field, member in (
        ("address", "ShippingAddress", "Name"),
        ("buyerInfo", "BuyerEmail", None),
        ("orderItems/buyerInfo", "OrderItems", "GiftMessageText"),
    ):
        plain = (await amazon.get(f"{base}/{part}")).json()["payload"]
        token = await amazon.restricted(f"{ORDERS_V0}/{{orderId}}/{part}")
        full = (await amazon.call("GET", f"{base}/{part}", token=token)).json()["payload"]
        assert str(member or field) not in str(plain)
        assert str(member or field) in str(full)


async def test_v0_search_pages_and_filters(amazon: AmazonClient) -> None:
    """With tokens of its own name."""
    placed = {amazon.simulator.place_order() for _ in range(3)}
    fba = amazon.simulator.place_order(fulfilled_by="AMAZON")
    page = await v0(amazon, CreatedAfter=CREATED, FulfillmentChannels="MFN", MaxResultsPerPage="2")
    found = [order["AmazonOrderId"] for order in page["Orders"]]
    page = await v0(
        amazon, CreatedAfter=CREATED, FulfillmentChannels="MFN", MaxResultsPerPage="2", NextToken=page["NextToken"]
    )
    found += [order["AmazonOrderId"] for order in page["Orders"]]
    assert set(found) == placed
    assert "NextToken" not in page
    assert [order["AmazonOrderId"] for order in (await v0(amazon, AmazonOrderIds=fba))["Orders"]] == [fba]


@pytest.mark.parametrize(
    "query",
    [
        {"CreatedAfter": CREATED},
        {"MarketplaceIds": US},
        {"MarketplaceIds": US, "CreatedAfter": CREATED, "LastUpdatedAfter": CREATED},
        {"MarketplaceIds": US, "CreatedAfter": CREATED, "OrderStatuses": "UNSHIPPED"},
        {"MarketplaceIds": US, "CreatedAfter": CREATED, "FulfillmentChannels": "MERCHANT"},
        {"MarketplaceIds": US, "CreatedAfter": CREATED, "CreatedBefore": "2026-01-05T11:59:00Z"},
        {"MarketplaceIds": US, "AmazonOrderIds": ",".join(["x"] * 51)},
        {"MarketplaceIds": US, "CreatedAfter": CREATED, "NextToken": "x"},
    ],
    ids=["no marketplace", "no time", "both times", "status", "channel", "too late", "51 ids", "token"],
)
async def test_v0_search_refuses(amazon: AmazonClient, query: dict[str, str]) -> None:
    """Each rule, broken."""
    assert (await amazon.get(ORDERS_V0, **query)).status_code == 400
