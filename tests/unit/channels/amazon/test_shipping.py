"""Confirming, mending, cancelling."""

import json
from datetime import timedelta
from typing import Any

import attrs
import pytest

from cartcarrier.errors import (
    ConfigurationError,
    ConflictError,
    NotFoundError,
    RateLimitError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.models import CancellationStatus, Fulfillment, FulfillmentParcel
from tests.unit.channels.amazon.fakes import (
    CA,
    LOST,
    NOW,
    ORDER,
    US,
    Amazon,
    item,
    order,
    package,
    refusal,
)

GONE = refusal(
    400, "InvalidInput", "Failed to create package due to not finding a matching package ... PackageToUpdateNotFound"
)


def left(**changes: Any) -> Fulfillment:
    """Return what left: all of the order, in one parcel."""
    return Fulfillment(
        **{
            "order_id": ORDER,
            "lines": {"1": 2},
            "parcels": (FulfillmentParcel(carrier="ups", tracking_number="1Z999AA10123456784", service="UPS Ground"),),
            "reference": "17",
            "shipped_at": NOW - timedelta(minutes=5),
            "notify_buyer": True,
            **changes,
        }
    )


async def test_order_is_read_for_its_marketplace_when_it_was_not_yet(amazon: Amazon) -> None:
    """A process that restarted knows nothing of it."""
    amazon.on("getOrder", {"order": order(salesChannel={"marketplaceId": CA})})
    amazon.on("confirmShipment", None)
    done = await amazon.channel().fulfill(left())
    assert amazon.names() == ["getOrder", "confirmShipment"]
    assert amazon.bodies("confirmShipment")[0]["marketplaceId"] == CA
    assert done == attrs.evolve(left(), id="17")


async def test_order_that_was_read_is_not_read_again(amazon: Amazon) -> None:
    """Confirmations have four times the calls of getOrder."""
    amazon.on("getOrder", {"order": order()})
    amazon.on("confirmShipment", None)
    channel = amazon.channel()
    await channel.get_order(ORDER)
    await channel.fulfill(left())
    assert amazon.names() == ["getOrder", "confirmShipment"]
    assert amazon.requests("confirmShipment")[0].path == f"/orders/v0/orders/{ORDER}/shipmentConfirmation"


async def test_order_without_a_marketplace_has_the_accounts_first(amazon: Amazon) -> None:
    """Orders from outside Amazon name none."""
    amazon.on("getOrder", {"order": order(salesChannel={"channelName": "NON_AMAZON"})})
    amazon.on("confirmShipment", None)
    await amazon.channel(marketplace_ids=["US", "CA"]).fulfill(left())
    assert amazon.bodies("confirmShipment")[0]["marketplaceId"] == US


async def test_same_is_told_again_in_the_same_words(amazon: Amazon) -> None:
    """With the same reference and body Amazon edits the same package, to what it is already."""
    amazon.on("getOrder", {"order": order()})
    amazon.on("confirmShipment", None)
    channel = amazon.channel()
    for _ in range(2):
        await channel.fulfill(left(reference="cc-0123456789abcdef"))
    first, second = amazon.bodies("confirmShipment")
    assert first == second


async def test_several_parcels_are_several_calls(amazon: Amazon) -> None:
    """One call is one package; the fulfillment's id has them all."""
    amazon.on("getOrder", {"order": order()})
    amazon.on("confirmShipment", None)
    parcels = tuple(FulfillmentParcel(carrier="ups", tracking_number=f"1Z{n}", lines={"1": 1}) for n in range(2))
    done = await amazon.channel().fulfill(left(parcels=parcels))
    sent = [body["packageDetail"]["packageReferenceId"] for body in amazon.bodies("confirmShipment")]
    assert len(set(sent)) == 2
    assert done.id == ",".join(sent)


async def test_parcels_without_contents_are_told_once_and_shown_so(
    amazon: Amazon, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer has the number that Amazon knows; the others are not hidden, but said in the log."""
    amazon.on("getOrder", {"order": order()})
    amazon.on("confirmShipment", None)
    parcels = tuple(FulfillmentParcel(carrier="ups", tracking_number=f"1Z{n}") for n in range(2))
    done = await amazon.channel().fulfill(left(parcels=parcels))
    assert [parcel.tracking_number for parcel in done.parcels] == ["1Z0"]
    assert "first number only" in caplog.text


async def test_package_that_amazon_knows_by_its_number_is_a_success(amazon: Amazon) -> None:
    """Told under another reference, by whomever (pitfall 10)."""
    shipped = order(status="SHIPPED", packages=[package("9")], orderItems=[item(done=2)])
    amazon.on("getOrder", {"order": order()}, {"order": shipped})
    amazon.on("confirmShipment", GONE)
    assert (await amazon.channel().fulfill(left())).id == "9"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            {"status": "SHIPPED", "packages": [package("9", trackingNumber="X")], "orderItems": [item(done=2)]},
            "left already",
        ),
        ({"status": "CANCELLED"}, "cancelled"),
        ({"status": "PENDING"}, "may not be shipped"),
    ],
    ids=["shipped otherwise", "cancelled", "not paid"],
)
async def test_refusal_is_explained_by_the_order(amazon: Amazon, state: dict[str, Any], words: str) -> None:
    """Amazon's 400 says none of it plainly."""
    amazon.on("getOrder", {"order": order()}, {"order": order(**state)})
    amazon.on("confirmShipment", refusal(400, "InvalidInput"))
    with pytest.raises(ConflictError, match=words) as caught:
        await amazon.channel().fulfill(left())
    assert not caught.value.outcome_unknown
    assert (caught.value.request_id, caught.value.http_status) == ("req-1", 400)


async def test_refusal_of_an_open_order_stays_one(amazon: Amazon) -> None:
    """With the field that Amazon names, and none of its words."""
    amazon.on("getOrder", {"order": order()})
    message = "fields with invalid type [packageDetail.packageReferenceId] for Ada Example"
    amazon.on("confirmShipment", refusal(400, "InvalidInput", message))
    with pytest.raises(RejectedError) as caught:
        await amazon.channel().fulfill(left())
    assert [problem.field for problem in caught.value.problems] == ["packageDetail.packageReferenceId"]
    assert "Ada" not in str(caught.value)


async def test_order_that_amazon_does_not_know_is_not_found(amazon: Amazon) -> None:
    """A confirmation that reaches nothing must not look as if it did."""
    amazon.on("getOrder", refusal(404, "NotFound"))
    with pytest.raises(NotFoundError):
        await amazon.channel().fulfill(left())
    assert amazon.requests("confirmShipment") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"programs": ["FBM_SHIP_PLUS"]},
        {"programs": ["AMAZON_EASY_SHIP"]},
        {"programs": ["DELIVERY_BY_AMAZON"]},
        {"fulfillment": {**order()["fulfillment"], "fulfilledBy": "AMAZON"}},
    ],
    ids=["ship plus", "easy ship", "delivery by amazon", "fba"],
)
async def test_what_amazon_confirms_itself_is_not_confirmed(amazon: Amazon, changes: dict[str, Any]) -> None:
    """It would answer 400."""
    amazon.on("getOrder", {"order": order(**changes)})
    with pytest.raises(UnsupportedOperationError):
        await amazon.channel().fulfill(left())
    assert amazon.requests("confirmShipment") == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (LOST, TransportError),
        (refusal(500, "InternalFailure"), UnavailableError),
        ((200, {"content-type": "text/html"}, b"<html>"), ResponseError),
    ],
    ids=["lost", "failed", "a page"],
)
async def test_outcome_that_is_not_known_is_said_and_not_repeated(
    amazon: Amazon, answer: Any, kind: type[Exception]
) -> None:
    """Confirming charges the buyer: look first."""
    amazon.on("getOrder", {"order": order()})
    amazon.on("confirmShipment", answer)
    with pytest.raises(kind) as caught:
        await amazon.channel().fulfill(left())
    assert getattr(caught.value, "outcome_unknown", False)
    assert len(amazon.requests("confirmShipment")) == 1


async def test_throttled_confirmation_did_not_run_and_is_repeated(amazon: Amazon) -> None:
    """Half a second later one call has flowed back."""
    amazon.on("getOrder", {"order": order()})
    amazon.on("confirmShipment", refusal(429, "QuotaExceeded"), None)
    await amazon.channel().fulfill(left())
    assert len(amazon.requests("confirmShipment")) == 2
    assert timedelta(seconds=0.5) <= amazon.clock.now() - NOW < timedelta(seconds=1)


async def test_confirmation_that_is_throttled_for_long_is_known_to_have_failed(amazon: Amazon) -> None:
    """It may be told again at once when the time comes."""
    amazon.on("getOrder", {"order": order()})
    status, headers, body = refusal(429, "QuotaExceeded")
    amazon.on("confirmShipment", (status, {**headers, "retry-after": "3600"}, body))
    with pytest.raises(RateLimitError) as caught:
        await amazon.channel().fulfill(left())
    assert not caught.value.outcome_unknown
    assert caught.value.retry_after is not None
    assert caught.value.retry_after >= timedelta(hours=1)


async def test_known_packages_are_listed_oldest_first(amazon: Amazon) -> None:
    """In whatever order Amazon gives them."""
    later = package("2", {"1": 1}, shipTime="2026-11-24T08:50:00Z")
    amazon.on("getOrder", {"order": order(packages=[later, package("1", {"1": 1})])})
    assert [one.id for one in await amazon.channel().list_fulfillments(ORDER)] == ["1", "2"]


async def test_edit_uses_the_reference_that_amazon_has(amazon: Amazon) -> None:
    """Another one would be another package."""
    amazon.on("getOrder", {"order": order(packages=[package("9")])})
    amazon.on("confirmShipment", None)
    parcel = FulfillmentParcel(carrier="fedex", tracking_number="79")
    changed = await amazon.channel().update_tracking(left(id="9", parcels=(parcel,)))
    assert changed.id == "9"
    detail = amazon.bodies("confirmShipment")[0]["packageDetail"]
    assert (detail["packageReferenceId"], detail["carrierCode"], detail["trackingNumber"]) == ("9", "FedEx", "79")


@pytest.mark.parametrize("reference", ["8", "9,8", None], ids=["unknown", "one of two", "none"])
async def test_edit_of_what_amazon_does_not_know_is_not_found(amazon: Amazon, reference: str | None) -> None:
    """It would make a new package of it."""
    amazon.on("getOrder", {"order": order(packages=[package("9")])})
    with pytest.raises(NotFoundError):
        await amazon.channel().update_tracking(left(id=reference))
    assert amazon.requests("confirmShipment") == []


async def test_cancelled_package_is_not_edited(amazon: Amazon) -> None:
    """Nothing left under it."""
    amazon.on("getOrder", {"order": order(packages=[package("9", packageStatus={"status": "CANCELLED"})])})
    with pytest.raises(ConflictError):
        await amazon.channel().update_tracking(left(id="9"))


# --- cancelling -----------------------------------------------------------------------------------------------------------

PUT: tuple[int, dict[str, str], bytes] = (200, {}, b"")
TAKEN = b"<ProcessingReport><ProcessingSummary><MessagesSuccessful>1</MessagesSuccessful></ProcessingSummary></ProcessingReport>"
REFUSED = (
    b"<ProcessingReport><Result><ResultCode>Error</ResultCode><ResultMessageCode>18028</ResultMessageCode></Result>"
    b"</ProcessingReport>"
)


def feed(amazon: Amazon, *statuses: str, report: bytes = TAKEN) -> None:
    """Let Amazon take a feed and work on it in these steps."""
    document = {"feedDocumentId": "d-1", "url": "https://documents.example/in?X-Sig=a%2Bb"}
    amazon.on("createFeedDocument", document)
    amazon.on("document PUT", PUT)
    amazon.on("createFeed", {"feedId": "f-1"})
    steps = [{"feedId": "f-1", "feedType": "x", "processingStatus": status} for status in statuses]
    steps[-1]["resultFeedDocumentId"] = "r-1"
    amazon.on("getFeed", *steps)
    amazon.on("getFeedDocument", {"feedDocumentId": "r-1", "url": "https://documents.example/out"})
    amazon.on("document GET", (200, {}, report))


async def test_cancellation_is_a_feed(amazon: Amazon) -> None:
    """Announced, uploaded with the type that was announced and without credentials, then worked on."""
    amazon.on("getOrder", {"order": order(orderItems=[item(1), item(2)])}, {"order": order(status="CANCELLED")})
    feed(amazon, "DONE")
    result = await amazon.channel().cancel_order(ORDER, reason="BuyerCanceled")
    assert result.status is CancellationStatus.DONE
    assert amazon.bodies("createFeedDocument") == [{"contentType": "text/xml; charset=UTF-8"}]
    (upload,) = amazon.requests("document PUT")
    assert upload.headers["content-type"] == "text/xml; charset=UTF-8"
    assert "x-amz-access-token" not in upload.headers
    assert upload.url == "https://documents.example/in?X-Sig=a%2Bb"
    text = upload.content.decode()
    assert text.count("<CancelReason>BuyerCanceled</CancelReason>") == 2
    assert "<MerchantIdentifier>A3SELLER</MerchantIdentifier>" in text
    assert amazon.bodies("createFeed") == [
        {"feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA", "marketplaceIds": [US], "inputFeedDocumentId": "d-1"}
    ]


async def test_feed_that_takes_its_time_is_pending(amazon: Amazon) -> None:
    """Asked again, the same feed is looked at."""
    amazon.on("getOrder", {"order": order()}, {"order": order()}, {"order": order(status="CANCELLED")})
    feed(amazon, "IN_QUEUE")
    channel = amazon.channel(feed_wait_seconds=0)
    assert (await channel.cancel_order(ORDER)).status is CancellationStatus.PENDING
    assert (await channel.cancel_order(ORDER)).status is CancellationStatus.PENDING
    assert (await channel.cancel_order(ORDER)).status is CancellationStatus.DONE
    assert len(amazon.requests("createFeed")) == 1


async def test_feed_that_is_done_is_not_yet_a_cancellation(amazon: Amazon) -> None:
    """The order says when it is."""
    amazon.on("getOrder", {"order": order()})
    feed(amazon, "DONE")
    assert (await amazon.channel().cancel_order(ORDER)).status is CancellationStatus.PENDING


async def test_message_that_was_refused_is_a_refusal(amazon: Amazon) -> None:
    """With Amazon's code."""
    amazon.on("getOrder", {"order": order()})
    feed(amazon, "DONE", report=REFUSED)
    result = await amazon.channel().cancel_order(ORDER)
    assert result.status is CancellationStatus.REFUSED
    assert "18028" in (result.message or "")


@pytest.mark.parametrize("end", ["FATAL", "CANCELLED"])
async def test_feed_that_died_is_a_refusal_unless_it_worked(amazon: Amazon, end: str) -> None:
    """FATAL may have been carried out: the order decides."""
    amazon.on(
        "getOrder", {"order": order()}, {"order": order()}, {"order": order()}, {"order": order(status="CANCELLED")}
    )
    feed(amazon, end, report=b"")
    channel = amazon.channel()
    assert (await channel.cancel_order(ORDER)).status is CancellationStatus.REFUSED
    assert (await channel.cancel_order(ORDER)).status is CancellationStatus.DONE


@pytest.mark.parametrize(
    "state",
    [
        {"status": "SHIPPED"},
        {"status": "PARTIALLY_SHIPPED"},
        {"orderItems": [item(done=1)]},
        {"fulfillment": {**order()["fulfillment"], "fulfilledBy": "AMAZON"}},
    ],
    ids=["shipped", "partly shipped", "one piece has left", "fba"],
)
async def test_what_has_left_is_not_cancelled(amazon: Amazon, state: dict[str, Any]) -> None:
    """The feed would refund the whole order."""
    amazon.on("getOrder", {"order": order(**state)})
    assert (await amazon.channel().cancel_order(ORDER)).status is CancellationStatus.REFUSED
    assert amazon.names() == ["getOrder"]


async def test_cancelled_order_is_done(amazon: Amazon) -> None:
    """Twice is no error, and sends nothing."""
    amazon.on("getOrder", {"order": order(status="CANCELLED")})
    assert (await amazon.channel().cancel_order(ORDER)).status is CancellationStatus.DONE
    assert amazon.names() == ["getOrder"]


async def test_request_can_be_declined_by_shipping(amazon: Amazon) -> None:
    """Amazon has no other way."""
    asked = item(cancellation={"cancellationRequest": {"requester": "BUYER"}})
    amazon.on("getOrder", {"order": order(orderItems=[asked])})
    result = await amazon.channel().answer_cancel_request(ORDER, accept=False)
    assert result.status is CancellationStatus.REFUSED
    assert amazon.names() == ["getOrder"]


async def test_accepted_request_is_the_buyers(amazon: Amazon) -> None:
    """It does not count against the seller."""
    asked = order(orderItems=[item(cancellation={"cancellationRequest": {"requester": "BUYER"}})])
    amazon.on("getOrder", {"order": asked}, {"order": asked}, {"order": order(status="CANCELLED")})
    feed(amazon, "DONE")
    assert (await amazon.channel().answer_cancel_request(ORDER, accept=True)).status is CancellationStatus.DONE
    assert b"<CancelReason>BuyerCanceled</CancelReason>" in amazon.requests("document PUT")[0].content


async def test_cancelling_needs_the_sellers_id(amazon: Amazon) -> None:
    """It stands in the document."""
    amazon.on("getOrder", {"order": order()})
    with pytest.raises(ConfigurationError) as caught:
        await amazon.channel(seller_id=None).cancel_order(ORDER)
    assert caught.value.field == "seller_id"
    assert amazon.names() == ["getOrder"]


async def test_feed_of_another_order_is_not_taken_for_the_lost_one(amazon: Amazon) -> None:
    """Two orders are cancelled in one second, and the second feed is lost on its way: its order would never be cancelled."""
    other = "902-0000000-0000002"
    amazon.on("getOrder", {"order": order()}, {"order": order(orderId=other)})
    feed(amazon, "IN_PROGRESS")
    amazon.on("createFeed", {"feedId": "f-1"}, LOST, {"feedId": "f-2"})
    made = {"feedId": "f-1", "processingStatus": "IN_QUEUE", "createdTime": NOW.isoformat()}
    amazon.on("getFeeds", {"feeds": [made]})
    channel = amazon.channel(feed_wait_seconds=0)
    await channel.cancel_order(ORDER)
    result = await channel.cancel_order(other)
    assert result.status is CancellationStatus.PENDING
    assert "f-2" in (result.message or "")
    assert len(amazon.requests("createFeed")) == 3


@pytest.mark.parametrize(
    ("since", "sent"),
    [([], 2), (["f-7"], 1), (["f-7", "f-8"], 1)],
    ids=["none was made", "one was made", "two were made"],
)
async def test_lost_answer_of_a_feed_is_looked_up(amazon: Amazon, since: list[str], sent: int) -> None:
    """Made twice, it would eat two of the few that there are."""
    amazon.on("getOrder", {"order": order()}, {"order": order(status="CANCELLED")})
    feed(amazon, "DONE")
    amazon.on("createFeed", LOST, {"feedId": "f-1"})
    stamp = NOW.isoformat()
    old = {"feedId": "f-0", "processingStatus": "DONE", "createdTime": (NOW - timedelta(minutes=1)).isoformat()}
    made = [{"feedId": one, "processingStatus": "IN_QUEUE", "createdTime": stamp} for one in since]
    amazon.on("getFeeds", {"feeds": [old, *made]})
    call = amazon.channel().cancel_order(ORDER)
    if len(since) > 1:
        with pytest.raises(TransportError):
            await call
    else:
        assert (await call).status is CancellationStatus.DONE
    assert len(amazon.requests("createFeed")) == sent
    assert (
        json.loads(json.dumps(dict(amazon.requests("getFeeds")[0].params)))["feedTypes"]
        == "POST_ORDER_ACKNOWLEDGEMENT_DATA"
    )
