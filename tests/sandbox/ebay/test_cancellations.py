"""Cancellations: asked by the buyer or made by the seller, run by time, signed where EU and UK law wants it."""

import httpx
import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.http import ManualClock
from tests.sandbox.ebay.client import CANCEL, EbayClient, Json, code

OUT_OF_STOCK = "OUT_OF_STOCK_OR_CANNOT_FULFILL"


async def cancel(ebay: EbayClient, order_id: str, reason: str = OUT_OF_STOCK, **more: object) -> httpx.Response:
    signed = bool(more.pop("signed", False))
    body = {"legacyOrderId": order_id, "cancelReason": reason, **more}
    return await ebay.call("POST", CANCEL, body, signed=signed)


async def detail(ebay: EbayClient, cancel_id: str) -> Json:
    found: Json = (await ebay.get(f"{CANCEL}/{cancel_id}"))["cancelDetail"]
    return found


async def test_seller_cancels_and_time_finishes_it(ebay: EbayClient, clock: ManualClock) -> None:
    """Accepted, then running, then closed with the refund done."""
    placed = ebay.place(lines=[{"price": "10.00"}], delivery_cost="5.00")
    answer = await cancel(ebay, placed, buyerPaid=True)
    assert answer.status_code == 200
    cancel_id = answer.json()["cancelId"]
    running = await detail(ebay, cancel_id)
    assert (running["cancelStatus"], running["cancelState"]) == ("CANCEL_PENDING", "REFUND_PENDING")
    assert running["requestorType"] == "SELLER"
    assert (await ebay.order(placed))["cancelStatus"]["cancelState"] == "IN_PROGRESS"
    clock.advance(59)
    assert (await detail(ebay, cancel_id))["cancelStatus"] == "CANCEL_PENDING"
    clock.advance(1)
    closed = await detail(ebay, cancel_id)
    assert (closed["cancelStatus"], closed["cancelState"]) == ("CANCEL_CLOSED_WITH_REFUND", "CLOSED")
    order = await ebay.order(placed)
    assert order["cancelStatus"]["cancelState"] == "CANCELED"
    assert order["cancelStatus"]["cancelRequests"][0]["cancelRequestState"] == "COMPLETED"
    assert order["orderPaymentStatus"] == "FULLY_REFUNDED"
    assert order["paymentSummary"]["refunds"][0]["amount"]["value"] == "15.00"
    assert order["orderFulfillmentStatus"] == "NOT_STARTED"


async def test_cancellations_can_be_slow(ebay: EbayClient, clock: ManualClock) -> None:
    """The switch for a day of waiting."""
    ebay.simulator.set_switches(cancel_seconds=86_400)
    placed = ebay.place()
    cancel_id = (await cancel(ebay, placed)).json()["cancelId"]
    clock.advance(86_399)
    ebay.forget_tokens()
    assert (await detail(ebay, cancel_id))["cancelStatus"] == "CANCEL_PENDING"
    clock.advance(1)
    assert (await detail(ebay, cancel_id))["cancelStatus"] == "CANCEL_CLOSED_WITH_REFUND"


@pytest.mark.parametrize(
    ("payment", "reason", "status"),
    [("PENDING", OUT_OF_STOCK, "CANCEL_CLOSED_NO_REFUND"), ("PENDING", "ORDER_UNPAID", "CANCEL_CLOSED_FOR_COMMITMENT")],
    ids=["unpaid", "for being unpaid"],
)
async def test_unpaid_orders_close_without_refund(
    ebay: EbayClient, clock: ManualClock, payment: str, reason: str, status: str
) -> None:
    """Nothing was paid, nothing goes back."""
    placed = ebay.place(payment_status=payment)
    cancel_id = (await cancel(ebay, placed, reason)).json()["cancelId"]
    clock.advance(60)
    assert (await detail(ebay, cancel_id))["cancelStatus"] == status
    assert (await ebay.order(placed))["paymentSummary"]["refunds"] == []


@pytest.mark.parametrize(
    "why", ["shipped", "open request", "running", "cancelled", "a month old", "paid but called unpaid"]
)
async def test_order_that_cannot_be_cancelled_is_refused(ebay: EbayClient, why: str) -> None:
    """In Post-Order's own shape, and check_eligibility says so beforehand."""
    placed = ebay.place(**({"placed_at": "2026-10-24T08:59:59Z"} if why == "a month old" else {}))
    match why:
        case "shipped":
            await ebay.ship(placed)
        case "open request":
            ebay.simulator.request_cancellation(placed)
        case "running":
            await cancel(ebay, placed)
        case "cancelled":
            ebay.simulator.cancel(placed)
    answer = await cancel(ebay, placed, "ORDER_UNPAID" if why == "paid but called unpaid" else OUT_OF_STOCK)
    assert (answer.status_code, code(answer)) == (409, 10005)
    assert set(answer.json()) == {"error"}
    said = (await ebay.call("POST", f"{CANCEL}/check_eligibility", {"legacyOrderId": placed})).json()
    assert said["eligible"] is (why == "paid but called unpaid")
    if why == "paid but called unpaid":
        assert "ORDER_UNPAID" not in said["eligibleCancelReason"]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"cancelReason": OUT_OF_STOCK}, 400, 10002),
        ({"legacyOrderId": "00-00000-00000", "cancelReason": OUT_OF_STOCK}, 404, 10007),
        ({"legacyOrderId": "{order}"}, 400, 10002),
        ({"legacyOrderId": "{order}", "cancelReason": "ORDER_MISTAKE"}, 400, 10002),
        ({"legacyOrderId": "{order}", "cancelReason": OUT_OF_STOCK, "buyerPaid": "yes"}, 400, 10002),
    ],
    ids=["no order", "unknown order", "no reason", "a buyer's reason", "paid as text"],
)
async def test_wrong_cancellation_is_refused(ebay: EbayClient, body: Json, status: int, error: int) -> None:
    """Nothing begins."""
    placed = ebay.place()
    body = {name: value.format(order=placed) if isinstance(value, str) else value for name, value in body.items()}
    answer = await ebay.call("POST", CANCEL, body)
    assert (answer.status_code, code(answer)) == (status, error)
    assert (await ebay.order(placed))["cancelStatus"]["cancelState"] == "NONE_REQUESTED"


async def test_buyers_request_is_approved(ebay: EbayClient, clock: ManualClock) -> None:
    """Approval starts the refund; nothing can ship from then on."""
    placed = ebay.place()
    cancel_id = ebay.simulator.request_cancellation(placed)
    asked = await detail(ebay, cancel_id)
    assert (asked["cancelStatus"], asked["requestorType"]) == ("CANCEL_REQUESTED", "BUYER")
    assert asked["sellerResponseDueDate"] == {"value": "2026-11-27T09:00:00.000Z"}
    answer = await ebay.call("POST", f"{CANCEL}/{cancel_id}/approve")
    assert (answer.status_code, answer.content) == (200, b"")
    assert (await ebay.ship(placed)).status_code == 409
    clock.advance(60)
    assert (await detail(ebay, cancel_id))["cancelStatus"] == "CANCEL_CLOSED_WITH_REFUND"


async def test_buyers_request_is_rejected(ebay: EbayClient) -> None:
    """The order goes on as before, and the request is remembered."""
    placed = ebay.place()
    cancel_id = ebay.simulator.request_cancellation(placed)
    body = {"shipmentDate": {"value": "2026-11-24T08:00:00.000Z"}, "trackingNumber": "1Z999AA10123456784"}
    assert (await ebay.call("POST", f"{CANCEL}/{cancel_id}/reject", body)).status_code == 200
    assert (await detail(ebay, cancel_id))["cancelStatus"] == "CANCEL_REJECTED"
    status = (await ebay.order(placed))["cancelStatus"]
    assert status["cancelState"] == "NONE_REQUESTED"
    assert status["cancelRequests"][0]["cancelRequestState"] == "REJECTED"
    assert (await ebay.ship(placed)).status_code == 201


async def test_shipping_closes_an_open_request(ebay: EbayClient) -> None:
    """A confirmed shipment answers the buyer."""
    placed = ebay.place()
    cancel_id = ebay.simulator.request_cancellation(placed)
    assert (await ebay.ship(placed)).status_code == 201
    assert (await detail(ebay, cancel_id))["cancelStatus"] == "CANCEL_REJECTED"


@pytest.mark.parametrize("answer", ["approve", "reject"])
async def test_only_an_open_request_can_be_answered(ebay: EbayClient, answer: str) -> None:
    """A second answer is refused: effectively idempotent."""
    cancel_id = ebay.simulator.request_cancellation(ebay.place())
    await ebay.call("POST", f"{CANCEL}/{cancel_id}/approve")
    refused = await ebay.call("POST", f"{CANCEL}/{cancel_id}/{answer}")
    assert (refused.status_code, code(refused)) == (409, 10006)
    missing = await ebay.call("POST", f"{CANCEL}/1/{answer}")
    assert (missing.status_code, code(missing)) == (404, 10004)


async def test_approval_takes_no_body(ebay: EbayClient) -> None:
    """A body where none belongs surfaces as an internal error."""
    cancel_id = ebay.simulator.request_cancellation(ebay.place())
    answer = await ebay.call("POST", f"{CANCEL}/{cancel_id}/approve", {})
    assert answer.status_code == 500
    assert (await detail(ebay, cancel_id))["cancelStatus"] == "CANCEL_REQUESTED"


async def test_unreadable_rejection_is_refused(ebay: EbayClient) -> None:
    """A date that is none."""
    cancel_id = ebay.simulator.request_cancellation(ebay.place())
    answer = await ebay.call("POST", f"{CANCEL}/{cancel_id}/reject", {"shipmentDate": {"value": "soon"}})
    assert (answer.status_code, code(answer)) == (400, 10002)


async def test_confirming_a_refund_is_the_buyers(ebay: EbayClient) -> None:
    """A seller cannot."""
    cancel_id = ebay.simulator.request_cancellation(ebay.place())
    assert (await ebay.call("POST", f"{CANCEL}/{cancel_id}/confirm")).status_code == 403


async def test_search_finds_by_order(ebay: EbayClient) -> None:
    """The way back to a cancellation whose answer was lost."""
    first, second = ebay.place(), ebay.place()
    await cancel(ebay, first)
    wanted = ebay.simulator.request_cancellation(second)
    found = await ebay.get(f"{CANCEL}/search", legacy_order_id=second, role="SELLER")
    assert [row["cancelId"] for row in found["cancellations"]] == [wanted]
    assert (await ebay.get(f"{CANCEL}/search"))["total"] == 2
    assert (await ebay.get(f"{CANCEL}/search", cancel_id=wanted))["total"] == 1
    assert (await ebay.get(f"{CANCEL}/search", creation_date_range_from="2026-11-24T09:00:00.000Z"))["total"] == 2
    assert (await ebay.get(f"{CANCEL}/search", creation_date_range_to="2026-11-24T08:59:59.999Z"))["total"] == 0


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"offset": "x"},
        {"role": "JUDGE"},
        {"creation_date_range_from": "2025-01-01T00:00:00Z"},
    ],
    ids=["no limit", "limit", "offset", "role", "too far back"],
)
async def test_wrong_search_is_refused(ebay: EbayClient, params: dict[str, str]) -> None:
    """Eighteen months back at most."""
    assert (await ebay.call("GET", f"{CANCEL}/search", params=params)).status_code == 400


async def test_unknown_marketplace_header_is_refused(ebay: EbayClient) -> None:
    """Both spellings pass, something else does not."""
    cancel_id = ebay.simulator.request_cancellation(ebay.place())
    for value, status in (("EBAY_US", 200), ("EBAY-US", 200), ("US", 400)):
        headers = {"X-EBAY-C-MARKETPLACE-ID": value}
        assert (await ebay.call("GET", f"{CANCEL}/{cancel_id}", headers=headers)).status_code == status


async def test_seller_hub_cancels_at_once(ebay: EbayClient) -> None:
    """The command for a harness; a shipped order cannot be cancelled."""
    placed, shipped = ebay.place(), ebay.place()
    ebay.simulator.request_cancellation(placed)
    ebay.simulator.cancel(placed)
    assert (await ebay.order(placed))["cancelStatus"]["cancelState"] == "CANCELED"
    await ebay.ship(shipped)
    for command in (ebay.simulator.cancel, ebay.simulator.request_cancellation):
        with pytest.raises(InvalidValueError):
            command(shipped)
