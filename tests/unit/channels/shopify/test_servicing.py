"""Requests to a fulfillment service, and the answers."""

from typing import Any

import pytest

from cartcarrier.channels.shopify import FulfillmentRequest, FulfillmentRequestKind
from cartcarrier.errors import (
    ConflictError,
    InvalidValueError,
    PermissionDeniedError,
    RejectedError,
    ResponseError,
    TransportError,
)
from tests.unit.channels.shopify.fakes import NOW, Shop, page, share_line

SHIP, CANCEL = FulfillmentRequestKind.SHIP, FulfillmentRequestKind.CANCEL
SHARE = "gid://shopify/FulfillmentOrder/11"


@pytest.fixture
def service(shop: Shop) -> Shop:
    """A shop in which the app is a service."""
    shop.scopes = (*shop.scopes, "write_assigned_fulfillment_orders")
    return shop


def assigned(number: int = 11, status: str = "SUBMITTED", **changes: object) -> dict[str, Any]:
    """Return a fulfillment order that a merchant hands over."""
    asked = {
        "kind": "FULFILLMENT_REQUEST",
        "message": "please",
        "requestOptions": {"notify_customer": True},
        "sentAt": "2026-11-24T08:00:00Z",
    }
    return {
        "id": f"gid://shopify/FulfillmentOrder/{number}",
        "status": "OPEN",
        "requestStatus": status,
        "orderId": "gid://shopify/Order/1",
        "orderName": "#1001",
        "assignedLocation": {"location": {"id": "gid://shopify/Location/7"}},
        "merchantRequests": {"nodes": [asked]},
        "lineItems": page(share_line()),
        **changes,
    }


def listed(*shares: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    """Return a page of what is assigned."""
    return {"assignedFulfillmentOrders": page(*shares, after=after)}


async def requests(shop: Shop, **settings: Any) -> list[FulfillmentRequest]:
    async with shop.channel(**settings) as channel:
        return list(await channel.list_fulfillment_requests())


async def test_both_kinds_are_listed_over_all_pages(service: Shop) -> None:
    """What was answered between two questions is left out."""
    service.on(
        "AssignedFulfillmentOrders",
        listed(assigned(11), after="c1"),
        listed(assigned(12), assigned(13, "ACCEPTED")),
        listed(assigned(14, "CANCELLATION_REQUESTED")),
    )
    found = await requests(service)
    assert [(each.id.rpartition("/")[2], each.kind) for each in found] == [("11", SHIP), ("12", SHIP), ("14", CANCEL)]
    asked = service.variables("AssignedFulfillmentOrders")
    assert [each["status"] for each in asked] == ["FULFILLMENT_REQUESTED"] * 2 + ["CANCELLATION_REQUESTED"]
    assert [each["places"] for each in asked] == [None] * 3


async def test_only_our_places_are_asked_about(service: Shop) -> None:
    """One app may be several services."""
    service.on("AssignedFulfillmentOrders", listed())
    assert await requests(service, location_ids=["7"]) == []
    assert service.variables("AssignedFulfillmentOrders")[0]["places"] == ["gid://shopify/Location/7"]


async def test_all_lines_of_a_request_are_read(service: Shop) -> None:
    """More than a page; what has left is not asked for."""
    first = assigned(lineItems=page(share_line(1, 2), share_line(2, 0), after="c1"))
    service.on("AssignedFulfillmentOrders", listed(first), listed())
    service.on("FulfillmentOrderLines", {"fulfillmentOrder": {"lineItems": page(share_line(3, 4))}})
    (found,) = await requests(service)
    assert dict(found.lines) == {"gid://shopify/LineItem/1": 2, "gid://shopify/LineItem/3": 4}
    assert found.requested_at is not None


@pytest.mark.parametrize("options", [None, {}, {"notify_customer": "yes"}, ["odd"]])
async def test_unsaid_options_are_not_known(service: Shop, options: object) -> None:
    """None is not False."""
    share = assigned(assignedLocation={"location": None})
    share["merchantRequests"]["nodes"][0].update(requestOptions=options, message="")
    service.on("AssignedFulfillmentOrders", listed(share), listed())
    (found,) = await requests(service)
    assert (found.notify_buyer, found.message, found.location_id) == (None, None, None)


async def test_request_without_its_paper_is_a_request(service: Shop) -> None:
    """Its status says what is asked, whatever was written."""
    service.on("AssignedFulfillmentOrders", listed(assigned(merchantRequests={"nodes": []})), listed())
    (found,) = await requests(service)
    assert (found.kind, found.requested_at) == (SHIP, None)


# --- answering ---

VERBS = [
    pytest.param(SHIP, True, "FulfillmentRequestAccept", "fulfillmentOrderAcceptFulfillmentRequest", id="ship"),
    pytest.param(SHIP, False, "FulfillmentRequestReject", "fulfillmentOrderRejectFulfillmentRequest", id="not-ship"),
    pytest.param(CANCEL, True, "CancellationRequestAccept", "fulfillmentOrderAcceptCancellationRequest", id="stop"),
    pytest.param(
        CANCEL, False, "CancellationRequestReject", "fulfillmentOrderRejectCancellationRequest", id="not-stop"
    ),
]
DONE = {
    (SHIP, True): "ACCEPTED",
    (SHIP, False): "REJECTED",
    (CANCEL, True): "CANCELLATION_ACCEPTED",
    (CANCEL, False): "CANCELLATION_REJECTED",
}


def request(kind: FulfillmentRequestKind) -> FulfillmentRequest:
    return FulfillmentRequest(id=SHARE, kind=kind, order_id="gid://shopify/Order/1", order_number="#1001")


def state(status: str) -> dict[str, Any]:
    return {"id": SHARE, "status": "OPEN", "requestStatus": status}


def answered(field: str, status: str | None, *messages: str) -> dict[str, Any]:
    errors = [{"field": ["id"], "message": message} for message in messages]
    return {field: {"fulfillmentOrder": state(status) if status else None, "userErrors": errors}}


@pytest.mark.parametrize(("kind", "accept", "name", "field"), VERBS)
async def test_each_answer_has_its_mutation(
    service: Shop, kind: FulfillmentRequestKind, name: str, field: str, *, accept: bool
) -> None:
    """With what the merchant is to know."""
    service.on(name, answered(field, DONE[kind, accept]))
    async with service.channel() as channel:
        await channel.answer_fulfillment_request(
            request(kind), accept=accept, message="see you", reason="invalid_sku", ships_at=NOW
        )
    (told,) = service.variables(name)
    assert (told["id"], told["message"]) == (SHARE, "see you")
    if kind is SHIP and accept:
        assert told["shipsAt"] == "2026-11-24T09:00:00Z"
    if kind is SHIP and not accept:
        assert told["reason"] == "INVALID_SKU"


@pytest.mark.parametrize(("kind", "accept", "name", "field"), VERBS)
async def test_same_answer_twice_is_no_error(
    service: Shop, kind: FulfillmentRequestKind, name: str, field: str, *, accept: bool
) -> None:
    """Shopify refuses the second; the state says that it was given."""
    service.on(name, answered(field, None, "No"))
    service.on("FulfillmentOrderState", {"fulfillmentOrder": state(DONE[kind, accept])})
    async with service.channel() as channel:
        await channel.answer_fulfillment_request(request(kind), accept=accept)


@pytest.mark.parametrize(("kind", "accept", "name", "field"), VERBS)
async def test_another_answer_is_a_conflict(
    service: Shop, kind: FulfillmentRequestKind, name: str, field: str, *, accept: bool
) -> None:
    """What was answered cannot be unanswered."""
    service.on(name, answered(field, None, "No"))
    service.on("FulfillmentOrderState", {"fulfillmentOrder": state(DONE[kind, not accept])})
    async with service.channel() as channel:
        with pytest.raises(ConflictError) as caught:
            await channel.answer_fulfillment_request(request(kind), accept=accept)
    assert caught.value.code == "answered"


async def test_refused_answer_repeats_no_words(service: Shop) -> None:
    """The message to the merchant may be in them."""
    service.on("FulfillmentRequestAccept", answered("fulfillmentOrderAcceptFulfillmentRequest", None, "Ada Example"))
    service.on("FulfillmentOrderState", {"fulfillmentOrder": state("SUBMITTED")})
    async with service.channel() as channel:
        with pytest.raises(RejectedError) as caught:
            await channel.answer_fulfillment_request(request(SHIP), accept=True, message="Ada Example")
    assert "Ada" not in str(caught.value)


async def test_lost_answer_is_looked_up(service: Shop) -> None:
    """Not given twice."""
    service.on("FulfillmentRequestAccept", TimeoutError())
    service.on("FulfillmentOrderState", {"fulfillmentOrder": state("ACCEPTED")})
    async with service.channel() as channel:
        await channel.answer_fulfillment_request(request(SHIP), accept=True)
    assert len(service.variables("FulfillmentRequestAccept")) == 1


@pytest.mark.parametrize("after", [{"fulfillmentOrder": state("SUBMITTED")}, TimeoutError()], ids=["open", "silence"])
async def test_lost_answer_that_shows_nowhere_stays_in_doubt(service: Shop, after: object) -> None:
    """Repeat the call: the same answer twice is no error."""
    service.on("FulfillmentRequestAccept", TimeoutError())
    service.on("FulfillmentOrderState", after)
    async with service.channel() as channel:
        with pytest.raises(TransportError) as caught:
            await channel.answer_fulfillment_request(request(SHIP), accept=True)
    assert caught.value.outcome_unknown


async def test_refused_call_is_not_looked_up(service: Shop) -> None:
    """It was not done, and that is known."""
    service.on("FulfillmentRequestAccept", {"errors": [{"message": "", "extensions": {"code": "ACCESS_DENIED"}}]})
    async with service.channel() as channel:
        with pytest.raises(PermissionDeniedError):
            await channel.answer_fulfillment_request(request(SHIP), accept=True)


async def test_success_without_a_state_is_no_success(service: Shop) -> None:
    """Neither a result nor a reason."""
    service.on("FulfillmentRequestAccept", answered("fulfillmentOrderAcceptFulfillmentRequest", None))
    async with service.channel() as channel:
        with pytest.raises(ResponseError, match="neither"):
            await channel.answer_fulfillment_request(request(SHIP), accept=True)


async def test_unknown_reason_is_refused_before_sending(service: Shop) -> None:
    """Shopify's are a closed list."""
    async with service.channel() as channel:
        with pytest.raises(InvalidValueError, match="INVENTORY_OUT_OF_STOCK"):
            await channel.answer_fulfillment_request(request(SHIP), accept=False, reason="no mood")
    assert service.names() == []
