"""Cancelling: whole orders, the seller's wish and the buyer's."""

from typing import Any

import pytest

from cartcarrier.errors import (
    ConflictError,
    InvalidValueError,
    NotFoundError,
    PermissionDeniedError,
    TransportError,
)
from cartcarrier.http import ConnectionDropped, ReceivedRequest
from cartcarrier.models import CancellationStatus
from tests.unit.channels.ebay.fakes import (
    CANCELLATIONS,
    FULFILLMENTS,
    NUMBER,
    ORDER,
    ORDER_ID,
    Answer,
    Ebay,
    answer,
    known,
    order,
    refusal,
    told,
)

pytestmark = pytest.mark.anyio
APPROVE, REJECT = f"{CANCELLATIONS}/5001/approve", f"{CANCELLATIONS}/5001/reject"
SEARCH = f"{CANCELLATIONS}/search"
MARKETPLACE = "x-ebay-c-marketplace-id"


def state(word: str, *requests: dict[str, str], **changes: object) -> Answer:
    """Return an order whose cancellation stands like that."""
    return answer(200, order(cancelStatus={"cancelState": word, "cancelRequests": list(requests)}, **changes))


def asked(by: str = "Buyer", how: str = "REQUESTED") -> dict[str, str]:
    return {"cancelRequestId": "5001", "cancelRequestState": how, "cancelInitiator": by}


@pytest.fixture
def cancellable(ebay: Ebay) -> Ebay:
    """An eBay where an order can be cancelled, and is at work on it afterwards."""
    ebay.on("GET", ORDER, state("NONE_REQUESTED"), state("IN_PROGRESS", asked("Seller")))
    ebay.on("POST", CANCELLATIONS, answer(200, {"cancelId": "5001"}))
    return ebay


async def test_cancellation_says_what_was_paid_and_when(cancellable: Ebay) -> None:
    """The money goes back by itself; eBay wants to know whether there is any."""
    result = await cancellable.channel().cancel_order(ORDER_ID)
    assert cancellable.body("POST", CANCELLATIONS) == {
        "legacyOrderId": ORDER_ID,
        "cancelReason": "OUT_OF_STOCK_OR_CANNOT_FULFILL",
        "buyerPaid": True,
        "buyerPaidDate": {"value": "2026-11-24T08:01:00.000Z"},
    }
    assert result.status is CancellationStatus.PENDING


async def test_cancellation_that_is_over_at_once_is_done(cancellable: Ebay) -> None:
    """The order is read again: what the call answers says only that it was taken."""
    cancellable.on("GET", ORDER, state("NONE_REQUESTED"), state("CANCELED"))
    assert (await cancellable.channel().cancel_order(ORDER_ID)).status is CancellationStatus.DONE


async def test_unpaid_order_is_cancelled_as_such(cancellable: Ebay) -> None:
    """Out of stock would count against the seller."""
    cancellable.on("GET", ORDER, state("NONE_REQUESTED", orderPaymentStatus="PENDING"))
    await cancellable.channel().cancel_order(ORDER_ID)
    assert cancellable.body("POST", CANCELLATIONS) == {
        "legacyOrderId": ORDER_ID,
        "cancelReason": "ORDER_UNPAID",
        "buyerPaid": False,
    }


async def test_legacy_id_is_used_where_one_is_told(cancellable: Ebay) -> None:
    """Post-Order is older than the ids of REST."""
    cancellable.on("GET", ORDER, state("NONE_REQUESTED", legacyOrderId="1105-2000"))
    await cancellable.channel().cancel_order(ORDER_ID)
    assert cancellable.body("POST", CANCELLATIONS)["legacyOrderId"] == "1105-2000"


async def test_reason_may_be_written_in_small_letters(cancellable: Ebay) -> None:
    """A reason is a word of eBay's; its case is not."""
    await cancellable.channel().cancel_order(ORDER_ID, reason="address-issues")
    assert cancellable.body("POST", CANCELLATIONS)["cancelReason"] == "ADDRESS_ISSUES"


async def test_reason_that_ebay_lacks_is_refused_before_sending(ebay: Ebay) -> None:
    """The error names those that there are."""
    with pytest.raises(InvalidValueError, match="BUYER_ASKED_CANCEL") as caught:
        await ebay.channel().cancel_order(ORDER_ID, reason="FULL_MOON")
    assert caught.value.field == "reason"
    assert ebay.sent() == []


async def test_cancelled_order_is_not_cancelled_again(ebay: Ebay) -> None:
    """A cancellation whose answer was lost is sent again."""
    ebay.on("GET", ORDER, state("CANCELED"))
    assert (await ebay.channel().cancel_order(ORDER_ID)).status is CancellationStatus.DONE


async def test_open_cancellation_is_awaited(ebay: Ebay) -> None:
    """A second one would be refused."""
    ebay.on("GET", ORDER, state("IN_PROGRESS", asked("Seller")))
    assert (await ebay.channel().cancel_order(ORDER_ID)).status is CancellationStatus.PENDING
    assert ebay.sent("POST") == []


async def test_wish_of_both_is_a_yes_to_the_buyer(ebay: Ebay) -> None:
    """The seller's own cancellation would be refused while the buyer's waits."""
    ebay.on("GET", ORDER, state("IN_PROGRESS", asked()), state("CANCELED"))
    ebay.on("POST", APPROVE, answer(200))
    assert (await ebay.channel().cancel_order(ORDER_ID)).status is CancellationStatus.DONE


async def test_refusal_is_a_result(cancellable: Ebay) -> None:
    """A shipped order cannot be cancelled: that is an answer, not a failure."""
    cancellable.on("GET", ORDER, state("NONE_REQUESTED"))
    cancellable.on("POST", CANCELLATIONS, refusal(400, 99, category="BUSINESS"))
    result = await cancellable.channel().cancel_order(ORDER_ID)
    assert result.status is CancellationStatus.REFUSED
    assert result.message is not None
    assert "99" in result.message


async def test_refusal_of_a_second_one_is_the_first_ones_state(cancellable: Ebay) -> None:
    """Somebody else may have asked between our look and our call."""
    cancellable.on("POST", CANCELLATIONS, refusal(409, 99))
    assert (await cancellable.channel().cancel_order(ORDER_ID)).status is CancellationStatus.PENDING


async def test_missing_permission_is_no_refusal_of_the_order(cancellable: Ebay) -> None:
    """A set-up that is wrong must not read as "cannot be cancelled"."""
    cancellable.on("POST", CANCELLATIONS, refusal(403, 1100))
    with pytest.raises(PermissionDeniedError):
        await cancellable.channel().cancel_order(ORDER_ID)


async def test_lost_answer_is_uncertain_and_not_repeated(cancellable: Ebay) -> None:
    """The money may be on its way already."""

    def dropped(request: ReceivedRequest) -> Any:
        raise ConnectionDropped

    cancellable.on("POST", CANCELLATIONS, dropped)
    with pytest.raises(TransportError) as caught:
        await cancellable.channel().cancel_order(ORDER_ID)
    assert caught.value.outcome_unknown
    assert len(cancellable.sent("POST")) == 1


async def test_unknown_order_is_not_found(ebay: Ebay) -> None:
    """A success for what does not exist would hide a mix-up."""
    ebay.on("GET", ORDER, refusal(404, 32100))
    with pytest.raises(NotFoundError):
        await ebay.channel().cancel_order(ORDER_ID)


# --- the buyer's wish -----------------------------------------------------------------------------------------------


async def test_yes_to_the_buyer_is_sent(ebay: Ebay) -> None:
    """The refund starts by itself."""
    ebay.on("GET", ORDER, state("IN_PROGRESS", asked()))
    ebay.on("POST", APPROVE, answer(200))
    result = await ebay.channel().answer_cancel_request(ORDER_ID, accept=True)
    assert result.status is CancellationStatus.PENDING
    assert ebay.sent("POST", APPROVE)[0].content == b""


async def test_no_to_the_buyer_names_the_parcel_that_left(ebay: Ebay) -> None:
    """The reason for a no is that it has left."""
    ebay.on("GET", ORDER, state("IN_PROGRESS", asked(), orderFulfillmentStatus="FULFILLED"))
    ebay.on("GET", FULFILLMENTS, known(told()))
    ebay.on("POST", REJECT, answer(200))
    result = await ebay.channel().answer_cancel_request(ORDER_ID, accept=False)
    assert ebay.body("POST", REJECT) == {
        "shipmentDate": {"value": "2026-11-24T08:30:00.000Z"},
        "trackingNumber": NUMBER,
    }
    assert result.status is CancellationStatus.DONE


@pytest.mark.parametrize("status", ["NOT_STARTED", "FULFILLED"])
async def test_no_makes_no_parcel_up(ebay: Ebay, status: str) -> None:
    """A date of shipping that never was is a lie to the buyer."""
    ebay.on("GET", ORDER, state("IN_PROGRESS", asked(), orderFulfillmentStatus=status))
    ebay.on("GET", FULFILLMENTS, known())
    ebay.on("POST", REJECT, answer(200))
    await ebay.channel().answer_cancel_request(ORDER_ID, accept=False)
    assert ebay.body("POST", REJECT) == {}


@pytest.mark.parametrize(
    "standing",
    [
        state("NONE_REQUESTED"),
        state("CANCELED", asked(how="COMPLETED")),
        state("IN_PROGRESS", asked("Seller")),
        state("NONE_REQUESTED", asked(how="REJECTED")),
        state("CANCELED", asked()),
    ],
    ids=["nobody asked", "cancelled", "the seller's own", "declined", "over"],
)
async def test_answer_to_no_request_conflicts(ebay: Ebay, standing: Answer) -> None:
    """Accepting would cancel an order out of the blue."""
    ebay.on("GET", ORDER, standing)
    with pytest.raises(ConflictError):
        await ebay.channel().answer_cancel_request(ORDER_ID, accept=True)
    assert ebay.sent("POST") == []


async def test_request_that_the_order_does_not_show_is_searched(ebay: Ebay) -> None:
    """That the two ids are the same is expected, not confirmed."""
    ebay.on("GET", ORDER, state("IN_PROGRESS"))
    found = {"cancelId": "5001", "cancelStatus": "CANCEL_REQUESTED", "requestorType": "BUYER"}
    ebay.on("GET", SEARCH, answer(200, {"cancellations": [{"cancelId": "4"}, found]}))
    ebay.on("POST", APPROVE, answer(200))
    await ebay.channel().answer_cancel_request(ORDER_ID, accept=True)
    assert dict(ebay.sent("GET", SEARCH)[0].params) == {"legacy_order_id": ORDER_ID, "role": "SELLER"}


async def test_sandbox_is_not_searched(ebay: Ebay) -> None:
    """It has no search: the call would fail and hide the plain answer."""
    ebay.on("GET", ORDER, state("IN_PROGRESS"))
    with pytest.raises(ConflictError):
        await ebay.channel(sandbox=True).answer_cancel_request(ORDER_ID, accept=True)


# --- two spellings of a marketplace ---------------------------------------------------------------------------------


async def test_refusal_without_a_reason_tries_the_other_spelling_once(cancellable: Ebay) -> None:
    """Pages about Post-Order write a hyphen, REST an underscore; which one it takes is not confirmed."""
    cancellable.on("POST", CANCELLATIONS, answer(400), answer(200, {"cancelId": "5001"}))
    channel = cancellable.channel()
    await channel.cancel_order(ORDER_ID)
    cancellable.on("GET", ORDER, state("NONE_REQUESTED"))
    await channel.cancel_order(ORDER_ID)
    assert [request.headers[MARKETPLACE] for request in cancellable.sent("POST")] == ["EBAY_US", "EBAY-US", "EBAY-US"]


async def test_refusal_with_a_reason_is_one(cancellable: Ebay) -> None:
    """The day has few calls of this kind."""
    cancellable.on("GET", ORDER, state("NONE_REQUESTED"))
    cancellable.on("POST", CANCELLATIONS, refusal(400, 99))
    await cancellable.channel().cancel_order(ORDER_ID)
    assert len(cancellable.sent("POST")) == 1


async def test_other_spelling_that_is_refused_too_is_forgotten(cancellable: Ebay) -> None:
    """Then the spelling was not the reason."""
    cancellable.on("GET", ORDER, state("NONE_REQUESTED"))
    cancellable.on("POST", CANCELLATIONS, answer(400))
    channel = cancellable.channel()
    for _ in range(2):
        assert (await channel.cancel_order(ORDER_ID)).status is CancellationStatus.REFUSED
    spellings = [request.headers[MARKETPLACE] for request in cancellable.sent("POST")]
    assert spellings == ["EBAY_US", "EBAY-US", "EBAY_US", "EBAY-US"]
