"""``issueRefund``: asynchronous, never safe to repeat, and each of its refusals."""

import httpx
import pytest

from cartcarrier.http import ManualClock
from tests.sandbox.ebay.client import ORDERS, EbayClient, Json, code


def usd(value: str) -> Json:
    return {"value": value, "currency": "USD"}


async def refund(ebay: EbayClient, order_id: str, **body: object) -> httpx.Response:
    made = {"reasonForRefund": "BUYER_RETURN", **body}
    return await ebay.call("POST", f"{ORDERS}/order/{order_id}/issue_refund", made)


async def test_refund_is_pending_then_done(ebay: EbayClient, clock: ManualClock) -> None:
    """The payment's state follows when it is done, not when it is asked for."""
    placed = ebay.place(lines=[{"price": "10.00"}], delivery_cost="5.00")
    said = (await refund(ebay, placed, orderLevelRefundAmount=usd("4.00"))).json()
    assert said["refundStatus"] == "PENDING"
    order = await ebay.order(placed)
    assert order["orderPaymentStatus"] == "PAID"
    assert order["paymentSummary"]["refunds"][0]["refundId"] == said["refundId"]
    clock.advance(60)
    order = await ebay.order(placed)
    assert order["orderPaymentStatus"] == "PARTIALLY_REFUNDED"
    assert order["paymentSummary"]["refunds"][0]["refundStatus"] == "REFUNDED"


async def test_same_partial_refund_twice_is_paid_twice(ebay: EbayClient, clock: ManualClock) -> None:
    """Inside what is left, nothing protects from a repeat."""
    placed = ebay.place(lines=[{"price": "10.00"}], delivery_cost="0")
    for _ in range(2):
        assert (await refund(ebay, placed, orderLevelRefundAmount=usd("5.00"))).status_code == 200
        clock.advance(60)
    assert (await ebay.order(placed))["orderPaymentStatus"] == "FULLY_REFUNDED"
    assert code(await refund(ebay, placed, orderLevelRefundAmount=usd("0.01"))) == 34917


async def test_line_refund_stands_at_the_line(ebay: EbayClient) -> None:
    """Not in the payment summary."""
    placed = ebay.place()
    line = (await ebay.order(placed))["lineItems"][0]["lineItemId"]
    items = [{"lineItemId": line, "refundAmount": usd("3.00")}]
    said = (await refund(ebay, placed, refundItems=items)).json()
    order = await ebay.order(placed)
    assert order["lineItems"][0]["refunds"][0]["refundId"] == said["refundId"]
    assert order["paymentSummary"]["refunds"] == []


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        pytest.param({"reasonForRefund": "MOOD"}, 400, 34903, id="reason"),
        pytest.param({}, 400, 34905, id="neither"),
        pytest.param({"orderLevelRefundAmount": usd("1"), "refundItems": [{}]}, 400, 34905, id="both"),
        pytest.param({"orderLevelRefundAmount": {"currency": "USD"}}, 400, 34906, id="no value"),
        pytest.param({"orderLevelRefundAmount": usd("-1.00")}, 400, 34907, id="negative"),
        pytest.param({"orderLevelRefundAmount": usd("1.001")}, 400, 34907, id="three decimals"),
        pytest.param({"orderLevelRefundAmount": usd("much")}, 400, 34907, id="no number"),
        pytest.param({"orderLevelRefundAmount": {"value": "1.00"}}, 400, 34908, id="no currency"),
        pytest.param({"orderLevelRefundAmount": {"value": "1.00", "currency": "EUR"}}, 400, 34909, id="currency"),
        pytest.param({"refundItems": [{"refundAmount": usd("1.00")}]}, 400, 34910, id="no line"),
        pytest.param({"refundItems": [{"lineItemId": "1", "refundAmount": usd("1")}]}, 400, 34914, id="unknown line"),
        pytest.param({"orderLevelRefundAmount": usd("19.91")}, 400, 34915, id="more than the order"),
        pytest.param({"comment": "x" * 1001, "orderLevelRefundAmount": usd("1")}, 400, 34921, id="comment"),
    ],
)
async def test_wrong_refund_is_refused(ebay: EbayClient, body: Json, status: int, error: int) -> None:
    """No money moves."""
    placed = ebay.place(lines=[{"price": "14.90"}], delivery_cost="5.00")
    answer = await refund(ebay, placed, **body)
    assert (answer.status_code, code(answer)) == (status, error)
    assert ebay.simulator.orders()[0]["refunds"] == []


async def test_state_refuses_refunds(ebay: EbayClient) -> None:
    """Unknown order, payment not in, a refund still running, more than the line."""
    assert code(await refund(ebay, "1", orderLevelRefundAmount=usd("1.00"))) == 34913
    unpaid = ebay.place(payment_status="PENDING")
    assert code(await refund(ebay, unpaid, orderLevelRefundAmount=usd("1.00"))) == 34929
    placed = ebay.place(lines=[{"price": "1.00"}, {"price": "9.00"}])
    small = (await ebay.order(placed))["lineItems"][0]["lineItemId"]
    items = [{"lineItemId": small, "refundAmount": usd("6.01")}]
    assert code(await refund(ebay, placed, refundItems=items)) == 34924
    await refund(ebay, placed, orderLevelRefundAmount=usd("1.00"))
    assert code(await refund(ebay, placed, orderLevelRefundAmount=usd("1.00"))) == 34922
