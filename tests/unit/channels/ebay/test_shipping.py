"""Telling eBay what has left: each parcel once, and believed when it is seen."""

import json
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from cartcarrier.errors import (
    ConflictError,
    InvalidValueError,
    NotFoundError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import ConnectionDropped, ReceivedRequest
from cartcarrier.models import FulfillmentParcel
from tests.unit.channels.ebay.fakes import (
    FULFILLMENTS,
    LINE,
    NOW,
    NUMBER,
    ORDER,
    Answer,
    Ebay,
    answer,
    created,
    known,
    leaving,
    line,
    numbers,
    order,
    refusal,
    told,
)

pytestmark = pytest.mark.anyio
SECOND = line(2)["lineItemId"]


def dropped(request: ReceivedRequest) -> Any:
    raise ConnectionDropped


@pytest.fixture
def open_order(ebay: Ebay) -> Ebay:
    """An eBay with an open order, which takes what it is told and shows it."""
    ebay.on("GET", ORDER, answer(200, order()))
    ebay.on("POST", FULFILLMENTS, created())
    ebay.on("GET", FULFILLMENTS, known(told()))
    return ebay


async def test_parcel_is_told_with_number_carrier_and_quantity(open_order: Ebay) -> None:
    """A missing quantity would mean one piece, whatever the line has."""
    done = await open_order.channel().fulfill(leaving())
    assert open_order.body("POST", FULFILLMENTS) == {
        "lineItems": [{"lineItemId": LINE, "quantity": 2}],
        "shippedDate": "2026-11-24T08:30:00.000Z",
        "shippingCarrierCode": "UPS",
        "trackingNumber": NUMBER,
    }
    assert done.id == NUMBER


async def test_success_is_believed_when_it_is_seen(open_order: Ebay) -> None:
    """Calls have succeeded while the site went on showing the order as not shipped."""
    open_order.on("GET", FULFILLMENTS, known(), known(), known(told()))
    await open_order.channel().fulfill(leaving())
    assert len(open_order.sent("GET", FULFILLMENTS)) == 3
    assert open_order.clock.now() - NOW >= timedelta(seconds=5)


async def test_success_that_is_never_seen_is_uncertain(open_order: Ebay) -> None:
    """Whoever is told that it worked never looks again, and the buyer waits."""
    open_order.on("GET", FULFILLMENTS, known())
    with pytest.raises(ResponseError) as caught:
        await open_order.channel().fulfill(leaving())
    assert caught.value.outcome_unknown
    assert len(open_order.sent("POST", FULFILLMENTS)) == 1


async def test_look_that_fails_after_a_success_is_uncertain(open_order: Ebay) -> None:
    """The failure of a read must not read as if nothing had been told."""
    open_order.on("GET", FULFILLMENTS, refusal(403, 1100))
    with pytest.raises(Exception, match="1100") as caught:
        await open_order.channel().fulfill(leaving())
    assert getattr(caught.value, "outcome_unknown", None) is True


async def test_number_that_is_known_is_not_told_again(ebay: Ebay) -> None:
    """After a lost answer the second call must not make a second parcel."""
    ebay.on("GET", ORDER, answer(200, order(orderFulfillmentStatus="FULFILLED")))
    ebay.on("GET", FULFILLMENTS, known(told()))
    done = await ebay.channel().fulfill(leaving("1z 999aa1-0123456784"))
    assert done.id == NUMBER
    assert ebay.sent("POST") == []


async def test_parcel_without_number_is_known_by_lines_and_time(ebay: Ebay) -> None:
    """Such parcels get an id that means nothing."""
    ebay.on("GET", ORDER, answer(200, order(orderFulfillmentStatus="FULFILLED")))
    ebay.on("GET", FULFILLMENTS, known(told(None)))
    done = await ebay.channel().fulfill(leaving(None))
    assert (done.id, ebay.sent("POST")) == (None, [])


async def test_parcel_without_number_has_no_carrier(ebay: Ebay) -> None:
    """Number and carrier come together or not at all; half of the pair is a system error at eBay."""
    ebay.on("GET", ORDER, answer(200, order()))
    ebay.on("POST", FULFILLMENTS, created("999"))
    ebay.on("GET", FULFILLMENTS, known(told(None)))
    done = await ebay.channel().fulfill(leaving(None))
    assert set(ebay.body("POST", FULFILLMENTS)) == {"lineItems", "shippedDate"}
    assert done.id is None


@pytest.mark.parametrize(
    ("status", "code"), [(409, None), (400, 34500), (400, 32300)], ids=["conflict", "use PUT", "number refused"]
)
async def test_refusal_that_may_mean_told_already_is_looked_into(
    open_order: Ebay, status: int, code: int | None
) -> None:
    """A repeat of our own earlier call is no error."""
    open_order.on("POST", FULFILLMENTS, answer(409) if code is None else refusal(status, code))
    assert (await open_order.channel().fulfill(leaving())).id == NUMBER


async def test_number_that_ebay_refuses_is_an_error_that_names_the_way_out(open_order: Ebay) -> None:
    """Falling back to no number in silence would leave the buyer without one."""
    open_order.on("POST", FULFILLMENTS, refusal(400, 32300, trackingNumber=NUMBER))
    open_order.on("GET", FULFILLMENTS, known())
    with pytest.raises(RejectedError, match="'Other'") as caught:
        await open_order.channel().fulfill(leaving())
    assert caught.value.code == "32300"
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [
        ("32300", f"trackingNumber={NUMBER}")
    ]
    assert len(open_order.sent("POST", FULFILLMENTS)) == 1


async def test_lost_answer_is_uncertain_and_not_repeated(open_order: Ebay) -> None:
    """No write of eBay's takes a key: only a look can tell."""
    open_order.on("POST", FULFILLMENTS, dropped)
    with pytest.raises(TransportError) as caught:
        await open_order.channel().fulfill(leaving())
    assert caught.value.outcome_unknown
    assert len(open_order.sent("POST", FULFILLMENTS)) == 1


async def test_system_error_of_a_write_is_not_repeated(open_order: Ebay) -> None:
    """30500 comes for malformed input, too: a storm of repeats mends nothing."""
    open_order.on("POST", FULFILLMENTS, refusal(500, 30500, category="APPLICATION"))
    with pytest.raises(UnavailableError, match="malformed") as caught:
        await open_order.channel().fulfill(leaving())
    assert caught.value.outcome_unknown
    assert len(open_order.sent("POST", FULFILLMENTS)) == 1


@pytest.mark.parametrize(
    "strange",
    [(200, {"content-type": "text/html"}, b"<html>one moment</html>"), (200, created()[1], b""), answer(201)],
    ids=["page of a proxy", "another status", "no address"],
)
async def test_answer_of_another_form_is_uncertain(open_order: Ebay, strange: Answer) -> None:
    """What is not eBay's yes is not taken for one."""
    open_order.on("POST", FULFILLMENTS, strange)
    with pytest.raises(ResponseError) as caught:
        await open_order.channel().fulfill(leaving())
    assert caught.value.outcome_unknown


async def test_every_parcel_is_a_call_of_its_own(open_order: Ebay) -> None:
    """One number a fulfillment; the pieces of a line may be divided."""
    open_order.on("POST", FULFILLMENTS, created("A1"), created("B2"))
    open_order.on("GET", FULFILLMENTS, known(told("A1", {LINE: 1}), told("B2", {LINE: 1})))
    parcels = [
        FulfillmentParcel(carrier="usps", tracking_number="A1", lines={LINE: 1}),
        FulfillmentParcel(carrier="fedex", tracking_number="B2", lines={LINE: 1}),
    ]
    done = await open_order.channel().fulfill(leaving(parcels=parcels))
    sent = [json.loads(request.content) for request in open_order.sent("POST", FULFILLMENTS)]
    assert [(one["trackingNumber"], one["shippingCarrierCode"], one["lineItems"]) for one in sent] == [
        ("A1", "USPS", [{"lineItemId": LINE, "quantity": 1}]),
        ("B2", "FedEx", [{"lineItemId": LINE, "quantity": 1}]),
    ]
    assert done.id == "A1"


async def test_parcel_after_one_that_was_told_is_uncertain_when_it_fails(open_order: Ebay) -> None:
    """A plain refusal would read as if nothing at all had been told."""
    open_order.on("POST", FULFILLMENTS, created("A1"), refusal(400, 32600))
    with pytest.raises(RejectedError) as caught:
        await open_order.channel().fulfill(leaving("A1", "B2"))
    assert caught.value.outcome_unknown


async def test_only_the_parcels_that_ebay_lacks_are_told(ebay: Ebay) -> None:
    """A repeat after a half success finishes the other half."""
    partly = order(orderFulfillmentStatus="IN_PROGRESS", lineItems=[line(lineItemFulfillmentStatus="IN_PROGRESS")])
    ebay.on("GET", ORDER, answer(200, partly))
    ebay.on("POST", FULFILLMENTS, created("B2"))
    first = told("A1", {LINE: 1})
    ebay.on("GET", FULFILLMENTS, known(first), known(first, told("B2", {LINE: 1})))
    await ebay.channel().fulfill(leaving("A1", "B2"))
    assert numbers(ebay.sent("POST", FULFILLMENTS)) == ["B2"]


async def test_pieces_that_have_left_conflict_before_anything_is_sent(ebay: Ebay) -> None:
    """What eBay says to too many pieces is not documented."""
    partly = order(orderFulfillmentStatus="IN_PROGRESS", lineItems=[line(lineItemFulfillmentStatus="IN_PROGRESS")])
    ebay.on("GET", ORDER, answer(200, partly))
    ebay.on("GET", FULFILLMENTS, known(told("A1", {LINE: 1})))
    with pytest.raises(ConflictError, match="only 1") as caught:
        await ebay.channel().fulfill(leaving("B2"))
    assert not caught.value.outcome_unknown
    assert ebay.sent("POST") == []


async def test_cancelled_order_conflicts_before_anything_is_sent(ebay: Ebay) -> None:
    """The buyer has the money back."""
    ebay.on("GET", ORDER, answer(200, order(cancelStatus={"cancelState": "CANCELED"})))
    with pytest.raises(ConflictError, match="cancelled"):
        await ebay.channel().fulfill(leaving())
    assert ebay.sent("POST") == []


async def test_unknown_order_is_not_found(ebay: Ebay) -> None:
    """It is called an invalid id, with 400 or 404."""
    ebay.on("GET", ORDER, refusal(400, 32100))
    with pytest.raises(NotFoundError) as caught:
        await ebay.channel().fulfill(leaving())
    assert caught.value.code == "32100"


async def test_number_without_letters_and_digits_is_refused_before_sending(ebay: Ebay) -> None:
    """Stripped, nothing would be left of it, and the parcel would be told without one."""
    with pytest.raises(InvalidValueError) as caught:
        await ebay.channel().fulfill(leaving("--"))
    assert caught.value.field == "FulfillmentParcel.tracking_number"
    assert ebay.sent() == []


async def test_shipping_date_is_never_in_the_future_of_ebay(open_order: Ebay) -> None:
    """What a fast clock writes is refused (32500); eBay's own clock stands in every answer."""
    slow = NOW - timedelta(minutes=3)
    open_order.on("GET", ORDER, answer(200, order(), date=format_datetime(slow, usegmt=True)))
    open_order.on("GET", FULFILLMENTS, known(told()))
    await open_order.channel().fulfill(leaving(shipped_at=NOW))
    assert open_order.body("POST", FULFILLMENTS)["shippedDate"] == "2026-11-24T08:57:00.000Z"


async def test_shipping_date_is_never_before_the_order(open_order: Ebay) -> None:
    """A label bought ahead would be refused (32500)."""
    await open_order.channel().fulfill(leaving(shipped_at=NOW - timedelta(days=1)))
    assert open_order.body("POST", FULFILLMENTS)["shippedDate"] == "2026-11-24T08:00:00.000Z"


@pytest.mark.parametrize(
    ("carrier", "code"),
    [("fedex", "FedEx"), ("ups:eu", "UPS"), ("Royal Mail", "RoyalMail"), ("DHL", "DHL"), ("speedy", "Other")],
)
async def test_carrier_is_spelled_as_ebay_does(open_order: Ebay, carrier: str, code: str) -> None:
    """With ``fedex`` in small letters the number is refused or has no link."""
    parcel = FulfillmentParcel(carrier=carrier, tracking_number=NUMBER)
    await open_order.channel().fulfill(leaving(parcels=[parcel]))
    assert open_order.body("POST", FULFILLMENTS)["shippingCarrierCode"] == code


async def test_own_code_of_a_carrier_comes_first(open_order: Ebay) -> None:
    """Some of eBay's spellings differ by site and are not confirmed."""
    parcel = FulfillmentParcel(carrier="Speedy", tracking_number=NUMBER)
    channel = open_order.channel(carrier_codes={"speedy": "SpeedyBG"})
    await channel.fulfill(leaving(parcels=[parcel]))
    assert open_order.body("POST", FULFILLMENTS)["shippingCarrierCode"] == "SpeedyBG"


async def test_number_goes_without_signs(open_order: Ebay) -> None:
    """Letters and digits are all that eBay takes."""
    done = await open_order.channel().fulfill(leaving("1Z 999-AA1.0123456784"))
    assert numbers(open_order.sent("POST")) == [NUMBER]
    assert [parcel.tracking_number for parcel in done.parcels] == [NUMBER]


async def test_parcels_that_do_not_say_what_is_in_them_share_the_pieces(open_order: Ebay) -> None:
    """Each number must be told, and no piece twice."""
    open_order.on("GET", ORDER, answer(200, order(lineItems=[line(), line(2)])))
    open_order.on("POST", FULFILLMENTS, created("A1"), created("B2"))
    open_order.on("GET", FULFILLMENTS, known(told("A1"), told("B2")))
    await open_order.channel().fulfill(leaving("A1", "B2", lines={LINE: 2, SECOND: 1}))
    told_lines = [json.loads(request.content)["lineItems"] for request in open_order.sent("POST")]
    pieces = {LINE: 0, SECOND: 0}
    for one in told_lines:
        assert one, "a parcel without pieces is refused"
        for part in one:
            pieces[part["lineItemId"]] += part["quantity"]
    assert pieces == {LINE: 2, SECOND: 1}


async def test_more_boxes_of_one_unit_are_left_out(open_order: Ebay, caplog: pytest.LogCaptureFixture) -> None:
    """One number is what a unit can have at eBay; refusing would leave a shipped order unconfirmed."""
    open_order.on("POST", FULFILLMENTS, created("A1"))
    open_order.on("GET", FULFILLMENTS, known(told("A1", {LINE: 1})))
    done = await open_order.channel().fulfill(leaving("A1", "B2", lines={LINE: 1}))
    assert [parcel.tracking_number for parcel in done.parcels] == ["A1"]
    assert "1 of 2 parcels" in caplog.text


async def test_fulfillments_are_listed_oldest_first(ebay: Ebay) -> None:
    """The newest one that tells of a shipment is taken for its last word."""
    late = told("B2", {LINE: 1}, shippedDate="2026-11-24T08:45:00.000Z")
    ebay.on("GET", FULFILLMENTS, known(late, told("A1", {LINE: 1})))
    listed = await ebay.channel().list_fulfillments("12-34567-89012")
    assert [one.id for one in listed] == ["A1", "B2"]


async def test_fulfillment_without_carrier_is_read(ebay: Ebay) -> None:
    """Recorded answers left it out."""
    bare = {name: value for name, value in told().items() if name != "shippingCarrierCode"}
    ebay.on("GET", FULFILLMENTS, known(bare))
    (one,) = await ebay.channel().list_fulfillments("12-34567-89012")
    assert [(parcel.carrier, parcel.tracking_number) for parcel in one.parcels] == [("unknown", NUMBER)]


async def test_fulfillment_without_parcels_is_told(ebay: Ebay) -> None:
    """Handed over in person, it has left all the same."""
    ebay.on("GET", ORDER, answer(200, order()))
    ebay.on("POST", FULFILLMENTS, created("999"))
    ebay.on("GET", FULFILLMENTS, known(told("OTHER1"), told(None)))
    done = await ebay.channel().fulfill(leaving(parcels=()))
    assert (done.id, done.parcels) == (None, ())
    assert ebay.body("POST", FULFILLMENTS)["lineItems"] == [{"lineItemId": LINE, "quantity": 2}]


async def test_contents_that_are_more_than_what_leaves_are_cut(open_order: Ebay) -> None:
    """A parcel may name lines of another shipment; only what is told now is told."""
    parcel = FulfillmentParcel(carrier="ups", tracking_number=NUMBER, lines={LINE: 5, "another": 1})
    await open_order.channel().fulfill(leaving(parcels=[parcel]))
    assert open_order.body("POST", FULFILLMENTS)["lineItems"] == [{"lineItemId": LINE, "quantity": 2}]


async def test_line_that_ebay_does_not_know_is_for_ebay_to_refuse(open_order: Ebay) -> None:
    """Its own code says what was wrong."""
    open_order.on("POST", FULFILLMENTS, refusal(400, 32200, lineItemId="7"))
    with pytest.raises(RejectedError, match="no such line"):
        await open_order.channel().fulfill(leaving(lines={"7": 1}))
