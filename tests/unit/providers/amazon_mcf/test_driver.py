"""The driver before a fake Amazon."""

import json
from collections.abc import Callable

import pytest

from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import ConnectionDropped, ReceivedRequest
from cartcarrier.models import CancellationStatus, OrderStatus, ProviderOrderStatus
from tests.unit.providers.amazon_mcf.samples import (
    LINE,
    REFERENCE,
    Answer,
    line,
    order,
    package,
    placed,
    preview,
    previews,
    provider,
    recipient,
    refusal,
    reply,
    request_of,
    sent,
    shipment,
)

ORDERS = "/fba/outbound/2020-07-01/fulfillmentOrders"
MISSING = reply(refusal("NotFound", "no"), 404)


class Warehouse:
    """A fake Amazon: it has an order or not, and answers what it is told to."""

    def __init__(self) -> None:
        self.has: Answer = MISSING
        self.created: Callable[[], Answer] = lambda: reply({})
        self.cancelled: Answer = reply({})
        self.prices: Answer = reply(previews(preview()))
        self.tracked: Answer = reply({"payload": {"packageNumber": 1, "trackingNumber": "TBA1", "trackingEvents": []}})

    def __call__(self, asked: ReceivedRequest) -> Answer:
        """Answer a request."""
        if asked.path == f"{ORDERS}/preview":
            return self.prices
        if asked.path == ORDERS:
            return self.created()
        if asked.path.endswith("/cancel"):
            return self.cancelled
        if asked.path.endswith("/tracking"):
            return self.tracked
        return self.has


@pytest.fixture
def warehouse() -> Warehouse:
    return Warehouse()


async def test_order_is_looked_up_and_then_handed_over(warehouse: Warehouse) -> None:
    """A repeat after a lost answer must find what is there."""
    driver = provider(warehouse)
    taken = await driver.submit(order(), reference=REFERENCE)
    assert [(one.method, one.path) for one in sent(driver)] == [("GET", f"{ORDERS}/{REFERENCE}"), ("POST", ORDERS)]
    assert json.loads(sent(driver)[1].content) == request_of(order())
    assert (taken.reference, taken.status) == (REFERENCE, ProviderOrderStatus.RECEIVED)


async def test_order_that_is_there_is_not_handed_over_again(warehouse: Warehouse) -> None:
    """The goods leave once."""
    warehouse.has = reply(placed("Complete", shipment()))
    driver = provider(warehouse)
    gone = order(status=OrderStatus.FULFILLED, lines=[line(unfulfilled_quantity=0)])
    taken = await driver.submit(gone, reference=REFERENCE)
    assert taken.status is ProviderOrderStatus.SHIPPED
    assert taken.parcels[0].tracking_number == "TBA1"
    assert [one.method for one in sent(driver)] == ["GET"]


async def test_reference_for_other_goods_is_a_conflict(warehouse: Warehouse) -> None:
    """The first order must not be taken for the second."""
    warehouse.has = reply(placed())
    driver = provider(warehouse)
    with pytest.raises(ConflictError) as caught:
        await driver.submit(order(id="2"), reference=REFERENCE)
    assert (caught.value.provider, caught.value.operation, caught.value.code) == (
        "amazon-mcf",
        "submit",
        "ReferenceTaken",
    )
    assert "POST" not in [one.method for one in sent(driver)]


@pytest.mark.parametrize("status", [400, 409], ids=str)
async def test_order_that_another_worker_placed_meanwhile_is_adopted(warehouse: Warehouse, status: int) -> None:
    """Amazon refuses an id that it has, in words that nobody has published."""

    def taken() -> Answer:
        warehouse.has = reply(placed())
        return reply(refusal(), status)

    warehouse.created = taken
    assert (await provider(warehouse).submit(order(), reference=REFERENCE)).status is ProviderOrderStatus.RECEIVED


async def test_refused_order_is_an_error(warehouse: Warehouse) -> None:
    """Nothing is there, so nothing will leave."""
    warehouse.created = lambda: reply(refusal(), 400)
    with pytest.raises(RejectedError) as caught:
        await provider(warehouse).submit(order(), reference=REFERENCE)
    assert not caught.value.outcome_unknown
    assert "Jill" not in f"{caught.value} {caught.value.problems}"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(refusal("InternalFailure"), 500), UnavailableError),
        ((200, {"content-type": "text/html"}, b"<html>one moment</html>"), ResponseError),
        ((200, {}, b'{"pay'), ResponseError),
    ],
    ids=["500", "html", "cut"],
)
async def test_doubtful_answer_leaves_the_outcome_open(
    warehouse: Warehouse, answer: Answer, kind: type[OperationError]
) -> None:
    """It may have been taken; it is sent once, and found on the next try."""
    warehouse.created = lambda: answer
    driver = provider(warehouse)
    with pytest.raises(kind) as caught:
        await driver.submit(order(), reference=REFERENCE)
    assert caught.value.outcome_unknown
    assert len(sent(driver)) == 2


async def test_lost_answer_leaves_the_outcome_open(warehouse: Warehouse) -> None:
    """As above."""

    def drop() -> Answer:
        warehouse.has = reply(placed())
        raise ConnectionDropped

    warehouse.created = drop
    driver = provider(warehouse)
    with pytest.raises(TransportError) as caught:
        await driver.submit(order(), reference=REFERENCE)
    assert caught.value.outcome_unknown
    await driver.submit(order(), reference=REFERENCE)
    assert [one.method for one in sent(driver)] == ["GET", "POST", "GET"]


async def test_error_inside_a_success_is_an_error(warehouse: Warehouse) -> None:
    """Old APIs put errors beside the payload of a 200."""
    warehouse.created = lambda: reply(refusal())
    with pytest.raises(RejectedError):
        await provider(warehouse).submit(order(), reference=REFERENCE)


async def test_empty_answer_to_an_order_is_a_success(warehouse: Warehouse) -> None:
    """There is nothing in it to read."""
    warehouse.created = lambda: (200, {}, b"")
    assert (await provider(warehouse).submit(order(), reference=REFERENCE)).status is ProviderOrderStatus.RECEIVED


async def test_order_that_must_wait_is_not_handed_over(warehouse: Warehouse) -> None:
    """The buyer asked to cancel it."""
    driver = provider(warehouse)
    with pytest.raises(InvalidValueError):
        await driver.submit(order(cancel_requested=True), reference=REFERENCE)
    assert "POST" not in [one.method for one in sent(driver)]


@pytest.mark.parametrize("reference", ["a b", "a+b"])
async def test_unfetchable_reference_sends_nothing(warehouse: Warehouse, reference: str) -> None:
    """Amazon would take the order and never tell of it again."""
    driver = provider(warehouse)
    for call in (
        lambda: driver.submit(order(), reference=reference),
        lambda: driver.get_status(reference),
        lambda: driver.cancel(reference),
        lambda: driver.track(reference),
    ):
        with pytest.raises(InvalidValueError):
            await call()
    assert sent(driver) == []


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "InvalidInput", RejectedError),
        (401, "Unauthorized", AuthenticationError),
        (403, "Unauthorized", PermissionDeniedError),
        (404, "NotFound", NotFoundError),
        (404, "RESOURCE_NOT_FOUND", NotFoundError),
        (503, "ServiceUnavailable", UnavailableError),
    ],
    ids=str,
)
async def test_refusal_becomes_an_error(
    warehouse: Warehouse, status: int, code: str, kind: type[OperationError]
) -> None:
    """The class says what to do next."""
    warehouse.has = reply(refusal(code), status)
    with pytest.raises(kind) as caught:
        await provider(warehouse).get_status(REFERENCE)
    assert (caught.value.provider, caught.value.operation) == ("amazon-mcf", "get_status")
    assert not caught.value.outcome_unknown


async def test_unknown_answer_names_amazons_request(warehouse: Warehouse) -> None:
    """Amazon's support asks for it."""
    warehouse.has = reply({"payload": {"fulfillmentOrder": {}}})
    with pytest.raises(ResponseError) as caught:
        await provider(warehouse).get_status(REFERENCE)
    assert caught.value.request_id == "req-1"


async def test_answer_without_a_payload_is_unreadable(warehouse: Warehouse) -> None:
    """A success with nothing in it says nothing."""
    warehouse.has = reply({})
    with pytest.raises(ResponseError):
        await provider(warehouse).get_status(REFERENCE)


async def test_preview_without_any_speed_is_refused(warehouse: Warehouse) -> None:
    """No stock, or not to that address: the codes say which."""
    unfit = preview(isFulfillable=False, orderUnfulfillableReasons=["UndeliverableAddress"])
    warehouse.prices = reply(previews(unfit))
    with pytest.raises(RejectedError, match="UndeliverableAddress") as caught:
        await provider(warehouse).preview(order())
    assert caught.value.code == "UndeliverableAddress"
    assert caught.value.request_id == "req-1"


async def test_preview_gives_the_speeds_that_can_be_had(warehouse: Warehouse) -> None:
    """The others are left out."""
    warehouse.prices = reply(previews(preview(), preview("Priority", isFulfillable=False), preview("Expedited")))
    rates = await provider(warehouse).preview(order())
    assert [rate.service.code for rate in rates] == ["Standard", "Expedited"]


async def test_preview_without_a_reason_is_refused_all_the_same(warehouse: Warehouse) -> None:
    """An empty list would be taken for free."""
    warehouse.prices = reply(previews())
    with pytest.raises(RejectedError):
        await provider(warehouse).preview(order())


@pytest.mark.parametrize(
    ("answer", "stands", "expected"),
    [
        (reply({}), "Cancelled", CancellationStatus.DONE),
        (reply({}), "Planning", CancellationStatus.PENDING),
        (reply({}), "Processing", CancellationStatus.REFUSED),
        ((200, {}, b""), "Cancelled", CancellationStatus.DONE),
        (reply(refusal(), 400), "Cancelled", CancellationStatus.DONE),
        (reply(refusal(), 400), "Complete", CancellationStatus.REFUSED),
        (reply(refusal(), 400), "Received", CancellationStatus.REFUSED),
    ],
    ids=["done", "pending", "too late", "empty answer", "done before", "shipped", "refused"],
)
async def test_cancellation_is_looked_after(
    warehouse: Warehouse, answer: Answer, stands: str, expected: CancellationStatus
) -> None:
    """Amazon's answer to the request says nothing of the outcome, and a second request is no error."""
    warehouse.cancelled = answer
    warehouse.has = reply(placed(stands))
    driver = provider(warehouse)
    assert (await driver.cancel(REFERENCE)).status is expected
    assert [one.method for one in sent(driver)] == ["PUT", "GET"]


async def test_cancelling_what_amazon_does_not_know_is_not_found(warehouse: Warehouse) -> None:
    """It was never handed over."""
    warehouse.cancelled = MISSING
    with pytest.raises(NotFoundError):
        await provider(warehouse).cancel(REFERENCE)


async def test_packages_are_followed(warehouse: Warehouse) -> None:
    """By Amazon's package numbers, one question each."""
    items = [{"sellerSku": "MUG-1", "sellerFulfillmentOrderItemId": f"{LINE}-x", "quantity": 1, "packageNumber": 1}]
    warehouse.has = reply(placed("Complete", shipment("SHIPPED", package(1), package(2), items=items)))
    driver = provider(warehouse)
    found = await driver.track(REFERENCE)
    assert [one.params["packageNumber"] for one in sent(driver)[1:]] == ["1", "2"]
    assert [tracking.tracking_number for tracking in found] == ["TBA1", "TBA1"]
    assert found[0].raw is None
    driver.keep_raw = True
    assert isinstance((await driver.track(REFERENCE))[0].raw, bytes)


async def test_nothing_is_followed_before_it_has_left(warehouse: Warehouse) -> None:
    """There is no package yet."""
    warehouse.has = reply(placed())
    assert list(await provider(warehouse).track(REFERENCE)) == []


async def test_read_back_without_our_own_items_is_a_conflict(warehouse: Warehouse) -> None:
    """An order that somebody placed by hand under our reference is not ours to report on as submitted."""
    warehouse.has = reply(placed(items=[{"sellerSku": "MUG-1", "sellerFulfillmentOrderItemId": "1", "quantity": 2}]))
    with pytest.raises(ConflictError):
        await provider(warehouse).submit(order(), reference=REFERENCE)


async def test_address_change_between_two_submits_is_a_conflict(warehouse: Warehouse) -> None:
    """The parcel goes to the old address: somebody must know."""
    warehouse.has = reply(placed())
    moved = order(ship_to=recipient(city="Denver"))
    with pytest.raises(ConflictError):
        await provider(warehouse).submit(moved, reference=REFERENCE)


async def test_closing_twice_is_harmless(warehouse: Warehouse) -> None:
    """An exit stack and a finally clause may both close it."""
    driver = provider(warehouse)
    await driver.aclose()
    await driver.aclose()
