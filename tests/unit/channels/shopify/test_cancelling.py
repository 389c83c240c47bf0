"""Cancelling orders, and answering who asks for it."""

from typing import Any

import pytest

from cartcarrier.errors import (
    ConflictError,
    InvalidValueError,
    NotFoundError,
    PermissionDeniedError,
    RejectedError,
    ResponseError,
    TransportError,
)
from cartcarrier.http import ConnectionDropped
from cartcarrier.models import CancellationStatus
from tests.unit.channels.shopify import fakes as make
from tests.unit.channels.shopify.fakes import SCOPES, Shop

CANCELLED = "2026-11-24T09:00:00Z"
SERVICE = (*SCOPES, "write_assigned_fulfillment_orders")


def state(cancelled: str | None = None, *requests: str, after: str | None = None) -> dict[str, Any]:
    shares = [
        {"id": f"gid://shopify/FulfillmentOrder/{11 + index}", "status": "IN_PROGRESS", "requestStatus": request}
        for index, request in enumerate(requests)
    ]
    return {
        "order": {
            "id": "gid://shopify/Order/1",
            "cancelledAt": cancelled,
            "fulfillmentOrders": make.page(*shares, after=after),
        }
    }


def started(*, done: bool = False, errors: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    job = None if errors else {"id": "gid://shopify/Job/7", "done": done}
    refusals = [{"code": code, "field": ["orderId"], "message": message} for code, message in errors]
    return {"orderCancel": {"job": job, "orderCancelUserErrors": refusals}}


def job(*, done: bool) -> dict[str, Any]:
    return {"job": {"id": "gid://shopify/Job/7", "done": done}}


async def test_cancelling_waits_for_the_job_and_reads_the_order(shop: Shop) -> None:
    """Shopify cancels in the background."""
    shop.on("OrderState", state(), state(CANCELLED))
    shop.on("OrderCancel", started())
    shop.on("Job", job(done=False), job(done=True))
    result = await shop.channel().cancel_order("1", reason="inventory")
    assert result.status is CancellationStatus.DONE
    assert shop.variables("OrderCancel") == [
        {
            "id": "gid://shopify/Order/1",
            "reason": "INVENTORY",
            "restock": True,
            "refundMethod": {"originalPaymentMethodsRefund": True},
            "notifyCustomer": True,
        }
    ]


async def test_money_stock_and_mail_are_settings(shop: Shop) -> None:
    """It can't be undone."""
    shop.on("OrderState", state(), state(CANCELLED))
    shop.on("OrderCancel", started(done=True))
    channel = shop.channel(refund_on_cancel=False, restock_on_cancel=False, notify_on_cancel=False)
    await channel.cancel_order("1")
    (asked,) = shop.variables("OrderCancel")
    assert asked["reason"] == "OTHER"
    assert (asked["restock"], asked["notifyCustomer"]) == (False, False)
    assert asked["refundMethod"] == {"originalPaymentMethodsRefund": False}


async def test_cancelling_twice_is_no_error(shop: Shop) -> None:
    """The order is read first."""
    shop.on("OrderState", state(CANCELLED))
    assert (await shop.channel().cancel_order("1")).status is CancellationStatus.DONE
    assert shop.variables("OrderCancel") == []


async def test_end_of_the_job_is_not_success(shop: Shop) -> None:
    """An active return keeps the order alive (pitfall 27)."""
    shop.on("OrderState", state())
    shop.on("OrderCancel", started())
    shop.on("Job", job(done=True))
    assert (await shop.channel().cancel_order("1")).status is CancellationStatus.REFUSED


async def test_long_work_is_pending(shop: Shop) -> None:
    """The caller gets an answer in bounded time."""
    shop.on("OrderState", state())
    shop.on("OrderCancel", started())
    shop.on("Job", job(done=False))
    assert (await shop.channel().cancel_order("1")).status is CancellationStatus.PENDING
    assert len(shop.variables("Job")) == 6


async def test_refusal_for_the_orders_sake_is_a_result(shop: Shop) -> None:
    """Open fulfillments must be taken back first."""
    shop.on("OrderState", state())
    shop.on("OrderCancel", started(errors=(("INVALID", "has fulfillments"),)))
    result = await shop.channel().cancel_order("1")
    assert result.status is CancellationStatus.REFUSED
    assert "has fulfillments" in (result.message or "")


async def test_refusal_of_a_cancelled_order_is_success(shop: Shop) -> None:
    """Somebody else was faster."""
    shop.on("OrderState", state(), state(CANCELLED))
    shop.on("OrderCancel", started(errors=(("INVALID", "already cancelled"),)))
    assert (await shop.channel().cancel_order("1")).status is CancellationStatus.DONE


RUNNING = (
    "Order has already been cancelled",
    "A cancellation is already in progress",
    "Order is being cancelled",
    "Cancellation pending for this order",
)


@pytest.mark.parametrize("words", RUNNING)
async def test_cancellation_that_runs_already_is_pending(shop: Shop, words: str) -> None:
    """Somebody began it seconds ago: refused would mean that it can be shipped."""
    shop.on("OrderState", state())
    shop.on("OrderCancel", started(errors=(("INVALID", words),)))
    assert (await shop.channel().cancel_order("1")).status is CancellationStatus.PENDING


async def test_cancellation_that_runs_already_is_waited_for(shop: Shop) -> None:
    """Its job is not ours to ask about; the order is."""
    shop.on("OrderState", *[state()] * 4, state(CANCELLED))
    shop.on("OrderCancel", started(errors=(("INVALID", RUNNING[1]),)))
    assert (await shop.channel().cancel_order("1")).status is CancellationStatus.DONE
    assert shop.variables("Job") == []


@pytest.mark.parametrize(
    "words",
    [
        "Cannot cancel an order with fulfillments",
        "Cannot cancel: a return is in progress",
        "The order cannot be cancelled because of a pending payment",
        "Cancellation is not possible while a fulfillment is in progress",
    ],
)
async def test_order_that_cannot_be_cancelled_is_not_waited_for(shop: Shop, words: str) -> None:
    """Words that only sound alike."""
    shop.on("OrderState", state())
    shop.on("OrderCancel", started(errors=(("INVALID", words),)))
    assert (await shop.channel().cancel_order("1")).status is CancellationStatus.REFUSED
    assert len(shop.variables("OrderState")) == 2


async def test_missing_permission_to_refund_is_an_error(shop: Shop) -> None:
    """It is not the order's fault."""
    shop.on("OrderState", state())
    shop.on("OrderCancel", started(errors=(("NO_REFUND_PERMISSION", "no"),)))
    with pytest.raises(PermissionDeniedError):
        await shop.channel().cancel_order("1")


async def test_lost_answer_is_looked_up_in_the_order(shop: Shop) -> None:
    """The job is lost with it, so only the order can tell (§17)."""
    shop.on("OrderState", state(), state(), state(CANCELLED))
    shop.on("OrderCancel", ConnectionDropped())
    assert (await shop.channel().cancel_order("1")).status is CancellationStatus.DONE
    assert len(shop.variables("OrderCancel")) == 1


async def test_lost_answer_that_shows_nowhere_stays_unknown(shop: Shop) -> None:
    """Not seen is not the same as not done."""
    shop.on("OrderState", state())
    shop.on("OrderCancel", ConnectionDropped())
    with pytest.raises(TransportError) as caught:
        await shop.channel().cancel_order("1")
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("payload", [None, {"job": None, "orderCancelUserErrors": []}], ids=["null", "no-job"])
async def test_neither_job_nor_reason_is_unknown(shop: Shop, payload: Any) -> None:
    """A 200 is not a success."""
    shop.on("OrderState", state())
    shop.on("OrderCancel", {"orderCancel": payload})
    with pytest.raises(ResponseError) as caught:
        await shop.channel().cancel_order("1")
    assert caught.value.outcome_unknown


async def test_unknown_order_is_not_found(shop: Shop) -> None:
    """Nothing is cancelled that is not there."""
    shop.on("OrderState", {"order": None})
    with pytest.raises(NotFoundError):
        await shop.channel().cancel_order("404")


async def test_unknown_reason_is_refused_before_sending(shop: Shop) -> None:
    """Shopify has six."""
    with pytest.raises(InvalidValueError):
        await shop.channel().cancel_order("1", reason="whim")
    assert shop.asked == []


@pytest.mark.parametrize(
    ("accept", "name", "mutation", "expected"),
    [
        (True, "CancellationRequestAccept", "fulfillmentOrderAcceptCancellationRequest", CancellationStatus.DONE),
        (False, "CancellationRequestReject", "fulfillmentOrderRejectCancellationRequest", CancellationStatus.REFUSED),
    ],
    ids=["accept", "decline"],
)
async def test_request_to_the_service_is_answered(
    shop: Shop,
    accept: bool,
    name: str,
    mutation: str,
    expected: CancellationStatus,
) -> None:
    """Each fulfillment order that asks gets its answer; the others are left alone."""
    shop.scopes = SERVICE
    shop.on("OrderState", state(None, "ACCEPTED", "CANCELLATION_REQUESTED", "CANCELLATION_REQUESTED"))
    share = {"id": "gid://shopify/FulfillmentOrder/12", "status": "CLOSED", "requestStatus": "CANCELLATION_ACCEPTED"}
    shop.on(name, {mutation: {"fulfillmentOrder": share, "userErrors": []}})
    result = await shop.channel().answer_cancel_request("1", accept=accept)
    assert result.status is expected
    assert [asked["id"][-2:] for asked in shop.variables(name)] == ["12", "13"]


async def test_request_on_a_later_page_is_found(shop: Shop) -> None:
    """An order with many fulfillment orders asks on the last."""
    shop.scopes = SERVICE
    shop.on("OrderState", state(None, "UNSUBMITTED", after="c"), state(None, "CANCELLATION_REQUESTED"))
    share = {"id": "gid://shopify/FulfillmentOrder/11", "status": "CLOSED", "requestStatus": "CANCELLATION_ACCEPTED"}
    shop.on(
        "CancellationRequestAccept",
        {"fulfillmentOrderAcceptCancellationRequest": {"fulfillmentOrder": share, "userErrors": []}},
    )
    assert (await shop.channel().answer_cancel_request("1", accept=True)).status is CancellationStatus.DONE


async def test_nobody_asks_is_a_conflict(shop: Shop) -> None:
    """Buyers cannot ask on Shopify."""
    shop.scopes = SERVICE
    shop.on("OrderState", state(None, "CANCELLATION_ACCEPTED"))
    with pytest.raises(ConflictError):
        await shop.channel().answer_cancel_request("1", accept=True)


@pytest.mark.parametrize(
    ("after", "kind"),
    [("CANCELLATION_REJECTED", ConflictError), ("CANCELLATION_REQUESTED", RejectedError)],
    ids=["answered", "still-asking"],
)
async def test_refused_answer_is_judged_by_the_state(shop: Shop, after: str, kind: type[Exception]) -> None:
    """Somebody else answered, or Shopify does not like ours."""
    shop.scopes = SERVICE
    shop.on("OrderState", state(None, "CANCELLATION_REQUESTED"), state(None, after))
    refusal = {"fulfillmentOrder": None, "userErrors": [{"field": ["id"], "message": "no"}]}
    shop.on("CancellationRequestAccept", {"fulfillmentOrderAcceptCancellationRequest": refusal})
    with pytest.raises(kind):
        await shop.channel().answer_cancel_request("1", accept=True)


async def test_answer_that_made_nothing_is_unknown(shop: Shop) -> None:
    """Neither a result nor a reason."""
    shop.scopes = SERVICE
    shop.on("OrderState", state(None, "CANCELLATION_REQUESTED"))
    shop.on("CancellationRequestReject", {"fulfillmentOrderRejectCancellationRequest": None})
    with pytest.raises(ResponseError):
        await shop.channel().answer_cancel_request("1", accept=False)


async def test_only_a_service_can_answer(shop: Shop) -> None:
    """Without the scope Shopify would show nothing to answer."""
    with pytest.raises(PermissionDeniedError, match="write_assigned_fulfillment_orders"):
        await shop.channel().answer_cancel_request("1", accept=True)
