"""How far an order is (field guide §18.1)."""

import json
from typing import Any

import msgspec
import pytest

from cartcarrier.channels.shopify import mapping, schemas
from cartcarrier.models import OrderStatus, PaymentStatus
from tests.unit.channels.shopify import fakes as make

DECODER = msgspec.json.Decoder(schemas.Order)


def status(payload: dict[str, Any]) -> OrderStatus:
    return mapping.to_order(DECODER.decode(json.dumps(payload)), channel="shopify:eu").status


def shares(*wanted: str | tuple[str, int]) -> dict[str, Any]:
    """Return fulfillment orders of these statuses; with a number: that many pieces remain, else 2, or 0 when over."""
    made = []
    for index, item in enumerate(wanted):
        word, remaining = item if isinstance(item, tuple) else (item, 0 if item in {"CLOSED", "CANCELLED"} else 2)
        made.append(make.share(11 + index, make.share_line(1, remaining), status=word))
    return dict(make.page(*made))


@pytest.mark.parametrize(
    ("wanted", "changes", "expected"),
    [
        (("OPEN",), {}, OrderStatus.UNFULFILLED),
        (("IN_PROGRESS",), {}, OrderStatus.UNFULFILLED),
        (("OPEN",), {"cancelledAt": "2026-11-24T08:00:00Z"}, OrderStatus.CANCELLED),
        (("CLOSED",), {}, OrderStatus.FULFILLED),
        (("CLOSED", "CANCELLED"), {}, OrderStatus.FULFILLED),
        (("ON_HOLD",), {}, OrderStatus.ON_HOLD),
        (("SCHEDULED",), {}, OrderStatus.ON_HOLD),
        (("INCOMPLETE",), {}, OrderStatus.ON_HOLD),
        (("ON_HOLD", "SCHEDULED"), {}, OrderStatus.ON_HOLD),
        (("OPEN", "ON_HOLD"), {}, OrderStatus.UNFULFILLED),
        (("OPEN",), {"displayFulfillmentStatus": "REQUEST_DECLINED"}, OrderStatus.ON_HOLD),
        (("OPEN", "CLOSED"), {"displayFulfillmentStatus": "PARTIALLY_FULFILLED"}, OrderStatus.PARTIALLY_FULFILLED),
        (("ON_HOLD", "CLOSED"), {"displayFulfillmentStatus": "PARTIALLY_FULFILLED"}, OrderStatus.ON_HOLD),
        (("NEW_WORD",), {}, OrderStatus.UNKNOWN),
        ((("NEW_WORD", 0),), {}, OrderStatus.UNKNOWN),
        (("CANCELLED",), {}, OrderStatus.CANCELLED),
        (("OPEN",), {"displayFulfillmentStatus": "NEW_WORD"}, OrderStatus.UNFULFILLED),
        ((), {}, OrderStatus.PENDING),
        ((), {"displayFulfillmentStatus": "FULFILLED"}, OrderStatus.FULFILLED),
        ((), {"displayFulfillmentStatus": "FULFILLMENT_NOT_REQUIRED"}, OrderStatus.FULFILLED),
        (("OPEN",), {"displayFinancialStatus": "PENDING"}, OrderStatus.PENDING),
        (("OPEN",), {"displayFinancialStatus": "EXPIRED"}, OrderStatus.PENDING),
        (("OPEN",), {"displayFinancialStatus": "VOIDED"}, OrderStatus.ON_HOLD),
        (
            ("OPEN", "CLOSED"),
            {"displayFinancialStatus": "VOIDED", "displayFulfillmentStatus": "PARTIALLY_FULFILLED"},
            OrderStatus.PENDING,
        ),
        (("OPEN",), {"displayFinancialStatus": "AUTHORIZED"}, OrderStatus.UNFULFILLED),
        (("OPEN",), {"displayFinancialStatus": None}, OrderStatus.UNFULFILLED),
        (("CLOSED",), {"displayFinancialStatus": "PENDING"}, OrderStatus.FULFILLED),
    ],
    ids=str,
)
def test_status_by_the_table(
    wanted: tuple[str | tuple[str, int], ...], changes: dict[str, Any], expected: OrderStatus
) -> None:
    """Row by row; the first that fits counts."""
    assert status(make.order(fulfillmentOrders=shares(*wanted), **changes)) is expected


def test_cash_on_delivery_is_shipped() -> None:
    """PENDING with a manual gateway is how such orders look until the buyer has paid at the door (pitfall 25)."""
    payments = [{"kind": "SALE", "status": "PENDING", "manualPaymentGateway": True}]
    payload = make.order(displayFinancialStatus="PENDING", transactions=payments)
    assert status(payload) is OrderStatus.UNFULFILLED


def test_payment_status_is_told_apart_from_the_orders() -> None:
    """The user may have a policy of his own for unpaid orders."""
    node = DECODER.decode(json.dumps(make.order(displayFinancialStatus="NEW_WORD")))
    assert mapping.to_order(node, channel="shopify:eu").payment_status is PaymentStatus.UNKNOWN


def test_shipped_goods_beside_an_open_download_are_fulfilled() -> None:
    """What is not sent does not keep an order open for whoever ships."""
    download = make.share(12, make.share_line(2, 1), deliveryMethod={"methodType": "NONE", "maxDeliveryDateTime": None})
    goods = make.share(11, make.share_line(1, 0), status="CLOSED")
    assert status(make.order(fulfillmentOrders=make.page(goods, download))) is OrderStatus.FULFILLED


def test_order_of_downloads_alone_has_a_status_too() -> None:
    """A digital line needs a fulfillment as well, without a number (§10.1)."""
    download = make.share(deliveryMethod={"methodType": "NONE", "maxDeliveryDateTime": None})
    assert status(make.order(fulfillmentOrders=make.page(download))) is OrderStatus.UNFULFILLED


def test_partly_shipped_is_seen_from_what_was_told() -> None:
    """The summary for people lags behind."""
    payload = make.order(fulfillments=[make.told(21, {1: 1})], fulfillmentOrders=shares(("IN_PROGRESS", 1)))
    assert status(payload) is OrderStatus.PARTIALLY_FULFILLED


def test_unrouted_order_of_which_all_has_left_is_fulfilled() -> None:
    """Fulfillment orders of others are not shown to us."""
    payload = make.order(
        fulfillmentOrders=make.page(),
        lineItems=make.page(make.line(unfulfilledQuantity=0)),
        fulfillments=[make.told()],
        displayFulfillmentStatus="OPEN",
    )
    assert status(payload) is OrderStatus.FULFILLED
    assert status({**payload, "fulfillments": []}) is OrderStatus.PENDING
    assert status({**payload, "fulfillments": [], "displayFulfillmentStatus": "NEW_WORD"}) is OrderStatus.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"status": "ON_HOLD", "fulfillmentHolds": [{"reason": "OTHER"}, {"reason": "AWAITING_PAYMENT"}]},
            ("AWAITING_PAYMENT", "OTHER"),
        ),
        ({"status": "ON_HOLD"}, ("ON_HOLD",)),
        ({"status": "SCHEDULED"}, ("SCHEDULED",)),
        ({"requestStatus": "REJECTED"}, ("REQUEST_DECLINED",)),
        ({"status": "CLOSED", "fulfillmentHolds": [{"reason": "OTHER"}]}, ()),
    ],
    ids=str,
)
def test_holds_are_named(changes: dict[str, Any], expected: tuple[str, ...]) -> None:
    """Sorted and each once, so that two readings of the same order are equal (pitfall 6)."""
    node = DECODER.decode(json.dumps(make.order(fulfillmentOrders=make.page(make.share(**changes)))))
    assert mapping.to_order(node, channel="shopify:eu").holds == expected
