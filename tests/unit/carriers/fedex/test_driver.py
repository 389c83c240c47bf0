"""The driver before a FedEx made by hand: what it sends, and what it makes of the answers."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from typing_extensions import override

from cartcarrier.carriers.fedex import FedExCarrier, FedExOptions
from cartcarrier.carriers.fedex.auth import FedExAuth
from cartcarrier.carriers.fedex.client import window_limit
from cartcarrier.errors import (
    AddressRejectedError,
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RateExpiredError,
    RateLimitError,
    RejectedError,
    ResponseError,
    ServiceUnavailableForLaneError,
    TransportError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.http import (
    ConnectionDropped,
    ManualClock,
    MemoryLimitStore,
    MemoryTokenStore,
    ReceivedRequest,
    handler_transport,
)
from cartcarrier.models import (
    AddressVerdict,
    Document,
    LabelFormat,
    PickupRequest,
    PurchaseSafety,
    Shipment,
    ShippedParcel,
    Tracking,
    TrackingFailure,
    TrackingRef,
    TrackingStatus,
    VoidStatus,
)
from tests.unit.carriers.fedex.samples import (
    CARRIER,
    FIRST,
    REFERENCE,
    SECOND,
    TOKEN,
    ZPL,
    Answer,
    abroad,
    all_sent,
    always,
    b64,
    body_sent,
    bought,
    carrier,
    config,
    offer,
    offers,
    options,
    parcel,
    piece,
    recipient,
    refusal,
    reply,
    request,
    result,
    scan,
    sender,
    sent,
    step_of,
    tracked,
    transport,
    unknown,
)

STEP = step_of(request())


def lost(_: ReceivedRequest) -> Answer:
    """Drop the connection."""
    raise ConnectionDropped


async def shipment() -> Shipment:
    """Return something bought."""
    return await always(bought()).purchase(STEP)


def paths(driver: FedExCarrier) -> list[str]:
    """Return where the driver has sent to."""
    return [one.path for one in sent(driver)]


# --- prices and durations -------------------------------------------------------------------------------------------------


async def test_rates_come_from_one_call() -> None:
    """All services at once."""
    driver = always(offers(offer("GROUND_HOME_DELIVERY"), offer("FEDEX_2_DAY")))
    rates = await driver.get_rates(request(service=None))
    assert [rate.service.code for rate in rates] == ["GROUND_HOME_DELIVERY", "FEDEX_2_DAY"]
    assert {rate.carrier for rate in rates} == {CARRIER}
    assert paths(driver) == ["/rate/v1/rates/quotes"]


async def test_lane_that_is_not_served_has_no_rates() -> None:
    """Asked for one service, that is an error."""
    driver = always(refusal("DESTINATION.COUNTRY.NOTSERVED"), 400)
    assert await driver.get_rates(request(service=None)) == ()
    assert await driver.get_transit_times(request(service=None)) == ()
    for call in (driver.get_rates, driver.get_transit_times):
        with pytest.raises(ServiceUnavailableForLaneError):
            await call(request())


async def test_asked_service_without_a_price_is_an_error() -> None:
    """Silence is not "free"."""
    driver = always(offers(offer("FEDEX_2_DAY")))
    with pytest.raises(ServiceUnavailableForLaneError, match="GROUND_HOME_DELIVERY"):
        await driver.get_rates(request())
    times = always({"output": {"transitTimes": []}})
    with pytest.raises(ServiceUnavailableForLaneError, match="GROUND_HOME_DELIVERY"):
        await times.get_transit_times(request())
    assert await times.get_transit_times(request(service=None)) == ()


async def test_durations_are_asked_without_a_price() -> None:
    """From an interface of its own."""
    driver = always({"output": {"transitTimes": [{"transitTimeDetails": [{"serviceType": "FEDEX_2_DAY"}]}]}})
    (found,) = await driver.get_transit_times(request(service=None))
    assert found.service.code == "FEDEX_2_DAY"
    assert paths(driver) == ["/availability/v1/transittimes"]


# --- buying ---------------------------------------------------------------------------------------------------------------


def test_safety_is_look_and_cancel() -> None:
    """FedEx gives no label out twice (field guide fedex.md section 9)."""
    assert FedExCarrier.purchase_safety is PurchaseSafety.LOOKUP_CANCEL
    assert FedExCarrier.settle_time == timedelta(minutes=36)
    assert FedExCarrier.void_window is None


async def test_purchase_sends_the_bytes_of_the_step() -> None:
    """The ledger has kept them."""
    driver = always(bought())
    made = await driver.purchase(STEP)
    (asked,) = sent(driver)
    assert asked.content == STEP.body
    assert (made.tracking_number, made.reference, made.test) == (FIRST, REFERENCE, False)


async def test_label_of_the_test_environment_says_so() -> None:
    """It must not go on a parcel; there all labels may have the same number (field guide fedex.md section 11, pitfall 21)."""
    driver = always(bought(piece(FIRST), piece(FIRST, sequence=2)), sandbox=True)
    made = await driver.purchase(step_of(request(parcels=[parcel(), parcel()])))
    assert made.test
    assert [one.tracking_number for one in made.parcels] == [FIRST, FIRST]


@pytest.mark.parametrize(
    "answer",
    [
        lost,
        lambda _: reply(refusal("SYSTEM.UNEXPECTED.ERROR"), 500),
        lambda _: reply(refusal("SYSTEM.UNEXPECTED.ERROR"), 400),
        lambda _: (503, {}, b"<html>"),
        lambda _: (200, {}, b'{"output": {"transactionSh'),
        lambda _: reply({"output": {}}),
        lambda _: reply({"output": {"transactionShipments": [{"pieceResponses": []}]}}),
    ],
    ids=["dropped", "5xx", "system error", "page", "cut", "nothing", "no parcel"],
)
async def test_lost_purchase_has_an_unknown_outcome(answer: Callable[[ReceivedRequest], Answer]) -> None:
    """Sent once, never again unseen: a second label costs money."""
    driver = carrier(answer)
    with pytest.raises(OperationError) as caught:
        await driver.purchase(STEP)
    assert caught.value.outcome_unknown
    assert len(sent(driver)) == 1


async def test_refused_purchase_is_known_to_have_failed() -> None:
    """The caller may mend it and try again at once."""
    driver = always(refusal("RECIPIENTS.POSTALCODE.INVALID"), 400)
    with pytest.raises(AddressRejectedError) as caught:
        await driver.purchase(STEP)
    assert not caught.value.outcome_unknown


async def test_expired_token_is_renewed_and_the_purchase_repeated() -> None:
    """It was not executed (field guide fedex.md section 1)."""
    answers = iter([reply(refusal("NOT.AUTHORIZED.ERROR"), 401), reply(bought())])
    tokens = iter(["token-1", "token-2"])

    def answer(asked: ReceivedRequest) -> Answer:
        if asked.path == "/oauth/token":
            return reply({**TOKEN, "access_token": next(tokens)})
        return next(answers)

    driver = carrier(answer)

    driver.transport = handler_transport(answer)
    await driver.purchase(STEP)
    assert [one.headers["authorization"] for one in sent(driver)] == ["Bearer token-1", "Bearer token-2"]


async def test_expired_rate_is_refused_before_buying() -> None:
    """A price that is over would be replaced by another one, unseen."""
    driver = always(offers(offer("GROUND_HOME_DELIVERY")))
    (rate,) = await driver.get_rates(request())
    over = attrs.evolve(rate, valid_until=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(RateExpiredError):
        driver.prepare_shipment(request(rate=over), reference=REFERENCE)
    assert driver.prepare_shipment(request(rate=rate), reference=REFERENCE).steps


async def test_job_is_waited_for() -> None:
    """FedEx makes many packages in its own time (field guide fedex.md section 4.5)."""
    answers = iter(
        [
            reply({"output": {"jobId": "job-1"}}),
            reply(refusal("SHIPMENT.JOBID.INVALID"), 400),
            reply({"output": {}}),
            reply(bought()),
        ]
    )
    driver = carrier(lambda _: next(answers))
    assert (await driver.purchase(STEP)).tracking_number == FIRST
    assert paths(driver) == ["/ship/v1/shipments"] + ["/ship/v1/shipments/results"] * 3
    assert body_sent(driver) == {"accountNumber": {"value": "123456789"}, "jobId": "job-1"}


@pytest.mark.parametrize(
    "results",
    [lambda: reply({"output": {}}), lambda: reply(refusal("WEIGHT.VALUE.REQUIRED"), 400)],
    ids=["never", "refused"],
)
async def test_job_that_does_not_end_leaves_the_outcome_open(results: Callable[[], Answer]) -> None:
    """Its labels may come a minute later."""
    driver = carrier(
        lambda asked: reply({"output": {"jobId": "job-1"}}) if asked.path == "/ship/v1/shipments" else results()
    )
    with pytest.raises(OperationError) as caught:
        await driver.purchase(STEP)
    assert caught.value.outcome_unknown


def by_url(url: str) -> dict[str, Any]:
    """Return a purchase whose label comes as an address."""
    return bought(piece(packageDocuments=[{"contentType": "LABEL", "docType": "ZPLII", "url": url}]))


async def test_label_by_address_is_fetched_at_once() -> None:
    """It dies after a day, so its bytes are kept (field guide fedex.md section 11, pitfall 17)."""
    url = "https://www.fedex.com/document/v1/cache/SH%2Fa%20b/x:y?isLabel=true&autoPrint=false"

    def answer(asked: ReceivedRequest) -> Answer:
        return reply(by_url(url)) if asked.path == "/ship/v1/shipments" else (200, {}, ZPL)

    driver = carrier(answer)
    made = await driver.purchase(step_of(request(options=options(FedExOptions(label_by_url=True)))))
    assert made.parcels[0].label is not None
    assert made.parcels[0].label.data == ZPL
    fetched = sent(driver)[1]
    assert (fetched.method, fetched.url) == ("GET", url)
    assert "authorization" not in fetched.headers


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/label",
        "http://www.fedex.com/label",
        "https://fedex.com.evil.example/label",
        "https://[fedex.com/",
        "https://evilfedex.com/x",
        "ftp://x",
    ],
)
async def test_address_that_is_not_fedex_own_is_not_fetched(url: str) -> None:
    """What was bought is not lost over it."""
    driver = always(by_url(url))
    made = await driver.purchase(STEP)
    assert paths(driver) == ["/ship/v1/shipments"]
    assert made.parcels[0].label is None
    assert any("not one of its own" in warning for warning in made.warnings)


async def test_label_that_cannot_be_fetched_is_a_warning() -> None:
    """Money was spent: the shipment is returned."""

    def answer(asked: ReceivedRequest) -> Answer:
        return reply(by_url("https://www.fedex.com/label")) if asked.path == "/ship/v1/shipments" else (404, {}, b"")

    made = await carrier(answer).purchase(STEP)
    assert made.tracking_number == FIRST
    assert any("could not be fetched" in warning for warning in made.warnings)


# --- looking up -----------------------------------------------------------------------------------------------------------

MINE: dict[str, Any] = {
    "additionalTrackingInfo": {"packageIdentifiers": [{"type": "CUSTOMER_REFERENCE", "value": [REFERENCE]}]}
}


async def test_lost_purchase_is_found_by_its_reference() -> None:
    """Its label is gone; it is cancelled, and bought anew."""
    driver = always(tracked(result(code="OC", **MINE)))
    found = await driver.find_purchase(STEP)
    assert found is not None
    assert (found.tracking_number, found.reference, found.parcels[0].label) == (FIRST, REFERENCE, None)
    assert body_sent(driver)["referencesInformation"]["value"] == REFERENCE


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (refusal("TRACKING.REFERENCENUMBER.NOTFOUND"), 404),
        (refusal("TRACKING.REFERENCENUMBER.NOTFOUND"), 400),
        (tracked(unknown(FIRST, "TRACKING.REFERENCENUMBER.NOTFOUND")), 200),
        ({"output": {"alerts": "TRACKING.DATA.NOTFOUND - Tracking data unavailable"}}, 200),
        (tracked(result(code="CA", **MINE)), 200),
    ],
    ids=["404", "400", "in the result", "alert", "cancelled"],
)
async def test_nothing_live_is_none(document: dict[str, Any], status: int) -> None:
    """Or nothing yet: before the settle time it means little."""
    assert await always(document, status).find_purchase(STEP) is None


@pytest.mark.parametrize(
    ("document", "status", "kind"),
    [
        (refusal("NOT.FOUND.ERROR"), 404, NotFoundError),
        (refusal("FORBIDDEN.ERROR"), 403, PermissionDeniedError),
        (tracked(unknown(FIRST, "SYSTEM.GENERAL.ERROR")), 200, UnavailableError),
        (tracked(result(code="OC", **MINE), result(number=SECOND, code="OC", **MINE)), 200, ConflictError),
    ],
    ids=["no such path", "forbidden", "error in the result", "two shipments"],
)
async def test_look_up_that_cannot_be_believed_is_an_error(
    document: dict[str, Any], status: int, kind: type[OperationError]
) -> None:
    """Taken for "not found", it buys a second label."""
    with pytest.raises(kind):
        await always(document, status).find_purchase(STEP)


async def test_purchase_that_makes_no_sense_may_be_bought_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A complaint of ours about the answer, taken for a refusal, buys a second label."""

    def complain(*_: object, **__: object) -> Shipment:
        raise InvalidValueError("Shipment.total must be finite", field="Shipment.total")

    monkeypatch.setattr("cartcarrier.carriers.fedex.mapping.to_shipment", complain)
    with pytest.raises(ResponseError) as caught:
        await always(bought()).purchase(STEP)
    assert caught.value.outcome_unknown


async def test_job_that_was_not_waited_for_may_have_bought() -> None:
    """Somebody closes the driver while FedEx makes the labels."""
    closing: list[FedExCarrier] = []

    class Closing(ManualClock):
        @override
        async def sleep(self, seconds: float) -> None:
            await closing[0].aclose()
            await super().sleep(seconds)

    job = reply({"output": {"jobId": "job-1"}})
    driver = FedExCarrier(config(), transport=transport(lambda _: job), clock=Closing())
    closing.append(driver)
    with pytest.raises(ResponseError) as caught:
        await driver.purchase(STEP)
    assert caught.value.outcome_unknown


async def test_label_beside_an_error_is_bought() -> None:
    """What was sold counts, whatever else the answer says."""
    answer = {"errors": [{"code": "SOMETHING.INVALID", "message": "x"}], **bought()}
    assert (await always(answer).purchase(STEP)).tracking_number == FIRST


async def test_success_with_an_unknown_error_leaves_the_outcome_open() -> None:
    """A 200 is no refusal; a code that nobody has explained does not make it one."""
    with pytest.raises(ResponseError) as caught:
        await always(refusal("LABEL.IMAGE.WORN")).purchase(STEP)
    assert caught.value.outcome_unknown
    with pytest.raises(RejectedError):
        await always(refusal("LABEL.IMAGE.WORN")).get_rates(request())
    with pytest.raises(AddressRejectedError) as refused:
        await always({**refusal("RECIPIENTS.POSTALCODE.INVALID"), "output": None}).purchase(STEP)
    assert not refused.value.outcome_unknown


@pytest.mark.parametrize("body", [b"<html>", b'{"errors":[]}', b'{"errors":[{"code":"A.B"}]}'])
async def test_request_that_took_too_long_may_have_bought(body: bytes) -> None:
    """Whoever gave up in between does not know what FedEx did."""
    with pytest.raises(UnavailableError) as caught:
        await carrier(lambda _: (408, {}, body)).purchase(STEP)
    assert caught.value.outcome_unknown


async def test_day_that_is_over_is_not_replaced_in_silence() -> None:
    """FedEx would take its own today, and the promise to the buyer is another."""
    driver = always({})
    yesterday = driver._now().date() - timedelta(days=2)
    with pytest.raises(InvalidValueError) as caught:
        driver.prepare_shipment(request(ship_date=yesterday), reference=REFERENCE)
    assert caught.value.field == "ShipmentRequest.ship_date"
    today = driver.prepare_shipment(request(ship_date=driver._now().date()), reference=REFERENCE)
    assert len(today.steps) == 1


async def test_reference_in_capitals_is_ours() -> None:
    """Not found, a bought label is bought again."""
    shouted = {"packageIdentifiers": [{"type": "CUSTOMER_REFERENCE", "value": [REFERENCE.upper()]}]}
    found = await always(tracked(result(code="OC", additionalTrackingInfo=shouted))).find_purchase(STEP)
    assert found is not None


def test_forms_of_labels_are_said() -> None:
    """A shop chooses by them before it asks for a price."""
    assert set(FedExCarrier.label_formats) == {LabelFormat.PDF, LabelFormat.PNG, LabelFormat.ZPL, LabelFormat.EPL}


# --- giving back ----------------------------------------------------------------------------------------------------------


async def test_shipment_is_cancelled_by_its_master_number() -> None:
    """All of it."""
    made = attrs.evolve(
        await shipment(), parcels=[ShippedParcel(tracking_number=FIRST), ShippedParcel(tracking_number=SECOND)]
    )
    driver = always({"output": {"cancelledShipment": True, "message": "Shipment is successfully cancelled"}})
    done = await driver.void_shipment(made, tracking_numbers=[SECOND, FIRST])
    assert done.status is VoidStatus.VOIDED
    assert dict(done.parcels) == {FIRST: VoidStatus.VOIDED, SECOND: VoidStatus.VOIDED}
    assert body_sent(driver)["trackingNumber"] == FIRST


async def test_some_parcels_cannot_be_given_back_alone() -> None:
    """FedEx would cancel all of them."""
    made = attrs.evolve(
        await shipment(), parcels=[ShippedParcel(tracking_number=FIRST), ShippedParcel(tracking_number=SECOND)]
    )
    driver = always({})
    with pytest.raises(UnsupportedOperationError):
        await driver.void_shipment(made, tracking_numbers=[FIRST])
    for numbers in ([], ["794953535022"]):
        with pytest.raises(InvalidValueError):
            await driver.void_shipment(made, tracking_numbers=numbers)
    assert all_sent(driver) == []


def cancels(document: object, status: int, followed: object) -> FedExCarrier:
    """Return the driver before a FedEx that refuses to cancel and follows the parcel."""
    return carrier(lambda asked: reply(document, status) if asked.method == "PUT" else reply(followed))


NOT_CANCELLED = {"output": {"cancelledShipment": False}}
ENTERED = refusal("TRACKINGNUMBER.ENTERED.INVALID")


@pytest.mark.parametrize(("document", "status"), [(NOT_CANCELLED, 200), (ENTERED, 400)], ids=["200", "400"])
async def test_second_cancellation_is_no_error(document: dict[str, Any], status: int) -> None:
    """FedEx answers it as one of an unknown number, or "not cancelled"; its tracking tells."""
    driver = cancels(document, status, tracked(result(scan("CA", "2026-01-05T12:00:00-06:00"), code="CA")))
    assert (await driver.void_shipment(await shipment())).status is VoidStatus.VOIDED


async def test_success_that_has_cancelled_nothing_is_a_refusal() -> None:
    """A 200 with false (field guide fedex.md section 11, pitfall 19)."""
    moving = tracked(result(scan("PU", "2026-01-05T12:00:00-06:00"), code="PU"))
    refused = await cancels(NOT_CANCELLED, 200, moving).void_shipment(await shipment())
    assert refused.status is VoidStatus.REFUSED
    assert refused.message is not None
    assert "in_transit" in refused.message
    unlisted = await cancels(NOT_CANCELLED, 200, tracked(unknown(FIRST))).void_shipment(await shipment())
    assert unlisted.status is VoidStatus.REFUSED
    silent = await cancels({"output": {}}, 200, moving).void_shipment(await shipment())
    assert silent.status is VoidStatus.REFUSED


async def test_unknown_shipment_is_not_found() -> None:
    """Neither cancelling nor tracking knows it: a mix-up of accounts."""
    with pytest.raises(NotFoundError) as caught:
        await cancels(ENTERED, 400, tracked(unknown(FIRST))).void_shipment(await shipment())
    assert caught.value.code == "TRACKINGNUMBER.ENTERED.INVALID"


async def test_shipment_on_its_way_is_refused_with_why() -> None:
    """It was scanned."""
    moving = tracked(result(scan("PU", "2026-01-05T12:00:00-06:00"), code="PU"))
    done = await cancels(ENTERED, 400, moving).void_shipment(await shipment())
    assert done.status is VoidStatus.REFUSED
    assert done.message is not None
    assert "TRACKINGNUMBER.ENTERED.INVALID" in done.message


async def test_refusal_that_tracking_cannot_explain_is_raised() -> None:
    """It is not known what became of it."""
    driver = carrier(
        lambda asked: reply(ENTERED, 400) if asked.method == "PUT" else reply(refusal("FORBIDDEN.ERROR"), 403)
    )
    with pytest.raises(RejectedError) as caught:
        await driver.void_shipment(await shipment())
    assert caught.value.code == "TRACKINGNUMBER.ENTERED.INVALID"


async def test_cancellation_after_one_that_was_sent_is_done() -> None:
    """Ours has taken effect; FedEx knows the number no more."""
    answers = iter(
        [
            reply({"output": {"cancelledShipment": True}}),
            reply(ENTERED, 400),
        ]
    )
    driver = carrier(lambda _: next(answers))
    made = await shipment()
    for _ in range(2):
        assert (await driver.void_shipment(made)).status is VoidStatus.VOIDED


def cancelled_in_silence(*answers: Callable[[ReceivedRequest], Answer], followed: object) -> FedExCarrier:
    """Return the driver before a FedEx that answers cancellations one after the other, and follows the parcel."""
    replies = list(answers)
    return carrier(lambda asked: replies.pop(0)(asked) if asked.method == "PUT" else reply(followed))


LISTED = tracked(result(scan("OC", "2026-01-05T12:00:00-06:00"), code="OC"))
MOVING = tracked(result(scan("PU", "2026-01-05T12:00:00-06:00"), code="PU"))
NOT_LISTED = tracked(unknown(FIRST))


@pytest.mark.parametrize("followed", [LISTED, NOT_LISTED], ids=["listed", "not listed yet"])
async def test_lost_cancellation_is_repeated_and_understood(followed: dict[str, Any]) -> None:
    """The first has done it; the second is answered as one of a number that FedEx does not know."""
    driver = cancelled_in_silence(lost, lambda _: reply(ENTERED, 400), followed=followed)
    assert (await driver.void_shipment(await shipment())).status is VoidStatus.VOIDED
    assert paths(driver).count("/ship/v1/shipments/cancel") == 2


async def test_lost_cancellation_may_have_taken_effect() -> None:
    """Three tries; then a later one settles it."""
    driver = cancelled_in_silence(lost, lost, lost, lambda _: reply(ENTERED, 400), followed=LISTED)
    made = await shipment()
    with pytest.raises(TransportError) as caught:
        await driver.void_shipment(made)
    assert caught.value.outcome_unknown
    assert (await driver.void_shipment(made)).status is VoidStatus.VOIDED


@pytest.mark.parametrize(
    ("answer", "followed"),
    [
        (lambda _: reply(NOT_CANCELLED), LISTED),
        (lambda _: reply(refusal("SHIPMENT.CANCEL.NOTALLOWED"), 400), LISTED),
        (lambda _: reply(ENTERED, 400), MOVING),
    ],
    ids=["not cancelled", "not allowed", "on its way"],
)
async def test_lost_cancellation_proves_nothing_by_itself(
    answer: Callable[[ReceivedRequest], Answer], followed: dict[str, Any]
) -> None:
    """Believed to be voided, a live label is paid for and ships what was cancelled."""
    driver = cancelled_in_silence(lost, answer, followed=followed)
    assert (await driver.void_shipment(await shipment())).status is VoidStatus.REFUSED


@pytest.mark.parametrize(
    ("code", "status"), [("SHIPMENT.ALREADY.CLOSED", 400), ("GROUND.PACKAGE.ALREADYCLOSED", 400), ("X.Y", 409)]
)
async def test_conflict_that_is_no_cancellation_voids_nothing(code: str, status: int) -> None:
    """A parcel of a closed day is live, and billed."""
    done = await cancels(refusal(code), status, LISTED).void_shipment(await shipment())
    assert done.status is VoidStatus.REFUSED
    bare = await cancels({"errors": []}, 409, LISTED).void_shipment(await shipment())
    assert bare.status is VoidStatus.REFUSED


async def test_refused_cancellation_of_what_tracking_does_not_know_is_a_refusal() -> None:
    """FedEx has said that it will not; only "not known" means a mix-up."""
    done = await cancels(refusal("SHIPMENT.CANCEL.NOTALLOWED"), 400, NOT_LISTED).void_shipment(await shipment())
    assert done.status is VoidStatus.REFUSED


async def test_page_in_place_of_a_refusal_is_not_asked_for_again() -> None:
    """A 404 of a server in front tells nothing, however often."""
    driver = carrier(lambda _: (404, {"content-type": "text/html"}, b"<html>"))
    with pytest.raises(ResponseError):
        await driver.void_shipment(await shipment())
    assert len(sent(driver)) == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [("SHIPMENT.ALREADY.CANCELLED", VoidStatus.VOIDED), ("ACCOUNT.NUMBER.MISMATCH", VoidStatus.REFUSED)],
)
async def test_other_refusals_say_what_they_are(code: str, status: VoidStatus) -> None:
    """Done before is done; a wrong account is a refusal."""
    assert (await always(refusal(code), 400).void_shipment(await shipment())).status is status


async def test_404_without_a_code_is_raised() -> None:
    """It may come from a server in front, and says nothing about the shipment."""
    with pytest.raises(NotFoundError):
        await always({"errors": []}, 404).void_shipment(await shipment())


async def test_memory_of_cancellations_is_bounded() -> None:
    """A worker runs for months."""
    driver = always({"output": {"cancelledShipment": True}})
    made = await shipment()
    for number in range(4100):
        driver._given_back.add(f"{number}")
    await driver.void_shipment(made)
    assert len(driver._given_back) == 4096
    assert FIRST in driver._given_back


# --- tracking -------------------------------------------------------------------------------------------------------------


def follows(asked: ReceivedRequest) -> Answer:
    """Answer for each number that was asked for, in another order; numbers that begin with 0 are unknown."""
    numbers = [one["trackingNumberInfo"]["trackingNumber"] for one in json.loads(asked.content)["trackingInfo"]]
    found = [
        unknown(number)
        if number.startswith("0")
        else result(scan("PU", "2026-01-05T12:00:00-06:00"), number=number, code="PU")
        for number in reversed(numbers)
    ]
    return reply(tracked(*found))


async def test_parcels_are_followed_thirty_a_call_in_the_order_asked() -> None:
    """Duplicates too; one unknown number hides nobody."""
    driver = carrier(follows)
    numbers = [f"{number:012}" for number in range(123456789000, 123456789064)]
    refs: list[TrackingRef | str] = [*numbers, "012345678901", TrackingRef(number=numbers[0]), "no-number"]
    results = await driver.track(refs)
    assert [one.tracking_number for one in results] == [*numbers, "012345678901", numbers[0], "no-number"]
    assert [type(one) for one in results[:64]] == [Tracking] * 64
    assert [type(one) for one in results[64:]] == [TrackingFailure, Tracking, TrackingFailure]
    assert len(sent(driver)) == 3
    assert isinstance(results[64], TrackingFailure)
    assert isinstance(results[64].error, NotFoundError)
    assert isinstance(results[66], TrackingFailure)
    assert isinstance(results[66].error, RejectedError)


async def test_following_nothing_asks_nothing() -> None:
    """A quiet day."""
    driver = always({})
    assert await driver.track([]) == ()
    assert all_sent(driver) == []


async def test_number_that_makes_fedex_refuse_all_is_found() -> None:
    """The others are followed all the same."""

    def answer(asked: ReceivedRequest) -> Answer:
        bad = b"999999999999" in asked.content
        return reply(refusal("TRACKING.TRACKINGNUMBER.INVALID"), 400) if bad else follows(asked)

    driver = carrier(answer)
    results = await driver.track([FIRST, "999999999999", SECOND, "999999999999"])
    assert [type(one) for one in results] == [Tracking, TrackingFailure, Tracking, TrackingFailure]


async def test_trouble_is_a_failure_of_each_parcel() -> None:
    """It is beside the results, where the caller looks."""
    driver = always(refusal("FORBIDDEN.ERROR"), 403)
    results = await driver.track([FIRST, SECOND])
    assert all(isinstance(one, TrackingFailure) and isinstance(one.error, PermissionDeniedError) for one in results)


async def test_wrong_credentials_are_raised() -> None:
    """They concern all of them."""
    driver = always(refusal("NOT.AUTHORIZED.ERROR"), 401)
    with pytest.raises(AuthenticationError):
        await driver.track([f"{number:012}" for number in range(123456789000, 123456789200)])


async def test_closed_driver_follows_nobody() -> None:
    """And says so."""
    driver = carrier(follows)
    await driver.aclose()
    with pytest.raises(ConfigurationError):
        await driver.track([FIRST])


async def test_parcel_that_is_missing_in_the_answer_is_a_failure() -> None:
    """It is not "unknown"."""
    (missing,) = await always(tracked(result(number=SECOND))).track([FIRST])
    assert isinstance(missing, TrackingFailure)
    assert isinstance(missing.error, ResponseError)


async def test_bytes_are_kept_only_when_asked() -> None:
    """They are personal data."""
    (plain,) = await carrier(follows).track([FIRST])
    assert isinstance(plain, Tracking)
    assert plain.raw is None
    driver = FedExCarrier(config(), transport=transport(follows), clock=ManualClock(), keep_raw=True)
    (kept,) = await driver.track([FIRST])
    assert isinstance(kept, Tracking)
    assert isinstance(kept.raw, bytes)


async def test_text_of_the_account_language_plays_no_part() -> None:
    """Codes are mapped; the locale is fixed (field guide fedex.md section 11, pitfall 23)."""
    odd = result(code="OD", latestStatusDetail={"code": "OD", "statusByLocale": "In Zustellung", "description": "?"})
    driver = always(tracked(odd))
    (found,) = await driver.track([FIRST])
    assert isinstance(found, Tracking)
    assert found.status is TrackingStatus.OUT_FOR_DELIVERY
    assert sent(driver)[0].headers["x-locale"] == "en_US"


async def test_alerts_may_be_a_text() -> None:
    """In samples they are a list (field guide fedex.md section 11, pitfall 14)."""
    document = tracked(result(code="OD"))
    document["output"]["alerts"] = "TRACKING.DATA.NOTFOUND"
    (found,) = await always(document).track([FIRST])
    assert isinstance(found, Tracking)


async def test_packed_answer_is_unpacked() -> None:
    """FedEx packs without being asked (field guide fedex.md section 1)."""
    content = gzip.compress(json.dumps(tracked(result(code="OD"))).encode())
    driver = carrier(lambda _: (200, {"content-type": "application/json", "content-encoding": "gzip"}, content))
    (found,) = await driver.track([FIRST])
    assert isinstance(found, Tracking)


async def test_proof_of_delivery_is_a_paper() -> None:
    """With a name on it."""
    driver = always({"output": {"documentFormat": "PDF", "document": [b64(b"%PDF-1.7")]}})
    proof = await driver.get_proof_of_delivery(TrackingRef(number=FIRST, shipped_on=date(2026, 1, 5)))
    assert (proof.kind, proof.format, proof.data) == ("proof_of_delivery", "pdf", b"%PDF-1.7")


async def test_proof_of_what_is_not_delivered_is_not_found() -> None:
    """An empty answer is none."""
    with pytest.raises(NotFoundError) as caught:
        await always({"output": {"alerts": "TRACKING.DATA.NOTFOUND"}}).get_proof_of_delivery(FIRST)
    assert caught.value.code == "TRACKING.DATA.NOTFOUND"
    driver = always({})
    with pytest.raises(RejectedError):
        await driver.get_proof_of_delivery("no-number")
    assert all_sent(driver) == []


# --- addresses and places -------------------------------------------------------------------------------------------------


async def test_address_that_is_refused_is_invalid() -> None:
    """A verdict, not an error."""
    found = await always(refusal("STREETLINE1.EMPTY"), 400).validate_address(recipient())
    assert found.verdict is AddressVerdict.INVALID
    assert "STREETLINE1.EMPTY" in found.messages[0]
    assert (await always({"output": {}}).validate_address(recipient())).verdict is AddressVerdict.UNKNOWN


async def test_postal_code_that_is_refused_is_not_valid() -> None:
    """Asked for today unless another day is named."""
    driver = always(refusal("COUNTRY.POSTALANDSTATEORPROVINCECODE.MISMATCH"), 400)
    found = await driver.validate_postal_code("80012", country_code="US", region="TN")
    assert (found.valid, found.country_code) == (False, "US")
    assert body_sent(driver)["shipDate"] == "2026-01-05"
    driver = always({"output": {"cleanedPostalCode": "80012"}})
    good = await driver.validate_postal_code("80012", country_code="US", region="CO", ship_date=date(2026, 2, 3))
    assert (good.valid, good.postal_code) == (True, "80012")
    assert body_sent(driver)["shipDate"] == "2026-02-03"


async def test_no_place_is_no_error() -> None:
    """Nor is one that FedEx calls not found."""
    assert await always({"output": {}}).find_locations(recipient()) == ()
    assert await always(refusal("LOCATION.NOTFOUND"), 404).find_locations(recipient()) == ()
    with pytest.raises(AddressRejectedError):
        await always(refusal("ADDRESS.DETAIL.INVALID"), 400).find_locations(recipient())


# --- the handing over -----------------------------------------------------------------------------------------------------

CLOSED = {"output": {"closeDocuments": [{"type": "MANIFEST", "parts": [{"image": b64(b"manifest")}]}]}}


async def test_day_of_ground_is_closed_once() -> None:
    """Of the sender's calendar."""
    driver = always(CLOSED)
    manifest = await driver.create_manifest([await shipment()], ship_from=sender())
    assert manifest.tracking_numbers == (FIRST,)
    assert manifest.documents[0].data == b"manifest"
    assert (sent(driver)[0].method, sent(driver)[0].path) == ("PUT", "/ship/v1/endofday/")


async def test_lost_close_is_not_sent_again_unseen() -> None:
    """What it closed, a second one would leave out."""
    driver = carrier(lost)
    with pytest.raises(TransportError) as caught:
        await driver.create_manifest([await shipment()], ship_from=sender())
    assert caught.value.outcome_unknown
    assert len(sent(driver)) == 1


async def test_what_was_closed_before_is_a_conflict() -> None:
    """FedEx says that there is nothing to close; the manifest can be printed again."""

    def answer(asked: ReceivedRequest) -> Answer:
        return reply(refusal("GROUNDCLOSE.SHIPMENTS.NOTFOUND"), 400) if asked.method == "PUT" else reply(CLOSED)

    driver = carrier(answer)
    with pytest.raises(ConflictError) as caught:
        await driver.create_manifest([await shipment()], ship_from=sender())
    assert caught.value.code == "GROUNDCLOSE.SHIPMENTS.NOTFOUND"
    assert body_sent(driver)["trackingNumber"] == FIRST
    with pytest.raises(ConflictError):
        await always({"output": {}}).create_manifest([await shipment()], ship_from=sender())


async def test_refusal_of_what_was_not_closed_stays_one() -> None:
    """The day is still open."""
    driver = always(refusal("ACCOUNT.NUMBER.MISMATCH"), 400)
    with pytest.raises(RejectedError):
        await driver.create_manifest([await shipment()], ship_from=sender())


READY = datetime(2026, 1, 6, 9, tzinfo=timezone(timedelta(hours=-6)))
PICKUP = PickupRequest(address=sender(), ready_at=READY, close_at=READY.replace(hour=17), parcels=2, service="FDXE")
CONFIRMED = {"output": {"pickupConfirmationCode": "3001", "location": "MEMA"}}


async def test_lost_pickup_is_not_asked_for_again_unseen() -> None:
    """Two drivers would come, and there is no list to find the first in."""
    driver = carrier(lost)
    with pytest.raises(TransportError) as caught:
        await driver.schedule_pickup(PICKUP)
    assert caught.value.outcome_unknown
    assert len(sent(driver)) == 1
    with pytest.raises(ResponseError) as odd:
        await always({"output": {}}).schedule_pickup(PICKUP)
    assert odd.value.outcome_unknown


async def test_telling_fedex_twice_not_to_come_is_no_error() -> None:
    """Too late is one."""
    pickup = await always(CONFIRMED).schedule_pickup(PICKUP)
    for code in ("PICKUP.CONFIRMATION.NOTFOUND", "PICKUP.ALREADY.CANCELLED"):
        await always(refusal(code), 400).cancel_pickup(pickup)
    await always({"output": {}}).cancel_pickup(pickup)
    with pytest.raises(RejectedError):
        await always(refusal("PICKUP.NUMBER.EXPIRED"), 400).cancel_pickup(pickup)


async def test_paper_is_handed_in_at_a_host_of_its_own() -> None:
    """And comes back as what the purchase names."""
    driver = always({"output": {"meta": {"docId": "0904", "documentType": "CI"}}}, 201)
    paper = Document(kind="commercial_invoice", format="pdf", data=b"%PDF-1.7")
    assert await driver.upload_document(paper, request=abroad()) == "COMMERCIAL_INVOICE:0904"
    (asked,) = sent(driver)
    assert asked.url == "https://documentapi.prod.fedex.com/documents/v1/etds/upload"
    assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
    odd: list[dict[str, Any]] = [{"output": {}}, {"output": {"meta": {"docId": ""}}}]
    for answer in odd:
        with pytest.raises(ResponseError):
            await always(answer, 201).upload_document(paper, request=abroad())


# --- tokens and limits ----------------------------------------------------------------------------------------------------


async def test_one_token_serves_many_calls() -> None:
    """FedEx locks out whoever asks too often (field guide fedex.md section 11, pitfall 1)."""
    driver = always({"output": {}})
    for _ in range(5):
        await driver.validate_address(recipient())
    assert [one.path for one in all_sent(driver)].count("/oauth/token") == 1


async def test_token_is_shared_by_all_who_share_the_store() -> None:
    """Other workers, other processes."""
    tokens = MemoryTokenStore()
    drivers = [
        FedExCarrier(config(), transport=transport(lambda _: reply({"output": {}})), clock=ManualClock(), tokens=tokens)
        for _ in range(3)
    ]
    for driver in drivers:
        await driver.validate_address(recipient())
    assert sum(one.path == "/oauth/token" for driver in drivers for one in all_sent(driver)) == 1


async def test_tracking_goes_with_its_own_credentials() -> None:
    """A shipping key is refused by Track (field guide fedex.md section 11, pitfall 2)."""

    def answer(asked: ReceivedRequest) -> Answer:
        if asked.path == "/oauth/token":
            who = "tracker" if b"id-of-tracker" in asked.content else "shipper"
            return reply({**TOKEN, "access_token": who})
        return reply({"output": {}}) if "track" not in asked.path else follows(asked)

    settings = config(track_client_id="id-of-tracker", track_client_secret="secret-of-tracker")
    driver = FedExCarrier(settings, transport=handler_transport(answer), clock=ManualClock())
    await driver.validate_address(recipient())
    await driver.track([FIRST])
    used = {one.path: one.headers["authorization"] for one in sent(driver)}
    assert used == {
        "/address/v1/addresses/resolve": "Bearer shipper",
        "/track/v1/trackingnumbers": "Bearer tracker",
    }


async def test_locked_out_driver_stays_away_for_ten_minutes() -> None:
    """Each further try prolongs the ban; all who share the limits keep still."""
    clock, limits = ManualClock(), MemoryLimitStore()

    banned = handler_transport(lambda _: reply(refusal("FORBIDDEN.ERROR"), 403))
    drivers = [FedExCarrier(config(), transport=banned, clock=clock, limits=limits) for _ in range(2)]
    for driver in (*drivers, *drivers):
        with pytest.raises(RateLimitError) as caught:
            await driver.validate_address(recipient())
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > timedelta(minutes=9)
    assert len(banned.requests) == 1
    await clock.sleep(601)
    with pytest.raises(RateLimitError):
        await drivers[0].validate_address(recipient())
    assert len(banned.requests) == 2


async def test_driver_locked_out_while_it_renews_stays_away() -> None:
    """The refusal of a token is answered with the ban; the token endpoint is left alone from then on."""
    tokens = iter([reply(TOKEN), reply(refusal("FORBIDDEN.ERROR"), 403)])
    wire = handler_transport(
        lambda asked: next(tokens) if asked.path == "/oauth/token" else reply(refusal("NOT.AUTHORIZED.ERROR"), 401)
    )
    driver = FedExCarrier(config(), transport=wire, clock=ManualClock())
    for _ in range(2):
        with pytest.raises(RateLimitError):
            await driver.validate_address(recipient())
    assert [one.path for one in wire.requests].count("/oauth/token") == 2


def test_credentials_are_not_shown() -> None:
    """Objects end up in logs."""
    assert repr(FedExAuth(config())) == "<FedExAuth at /oauth/token>"


async def test_wrong_credentials_are_no_ban() -> None:
    """They are told as what they are."""
    wire = handler_transport(lambda _: reply(refusal("NOT.AUTHORIZED.ERROR"), 401))
    driver = FedExCarrier(config(), transport=wire, clock=ManualClock())
    with pytest.raises(AuthenticationError):
        await driver.validate_address(recipient())


@pytest.mark.parametrize("calls", [10, 28, 100, 350, 1050, 1400])
def test_no_ten_seconds_hold_more_calls_than_the_window(calls: int) -> None:
    """Wherever FedEx's fixed window begins: the bucket's content, and what flows in meanwhile."""
    limit = window_limit(calls)
    assert limit.capacity + 10 * limit.rate == pytest.approx(calls)
    assert limit.rate * 10 >= 0.9 * calls
    assert limit.capacity >= 1


async def test_tracking_that_is_used_up_stops_no_purchase() -> None:
    """Its quota is a day's (field guide fedex.md section 1.1)."""

    def answer(asked: ReceivedRequest) -> Answer:
        if "track" in asked.path:
            return reply(refusal("TOO.MANY", message="daily quota"), 429)
        return reply(bought())

    driver = carrier(answer)
    for _ in range(2):
        (failed,) = await driver.track([FIRST])
        assert isinstance(failed, TrackingFailure)
        assert isinstance(failed.error, RateLimitError)
    assert paths(driver).count("/track/v1/trackingnumbers") == 1
    assert (await driver.purchase(STEP)).tracking_number == FIRST


async def test_burst_is_waited_for_and_repeated() -> None:
    """Nothing was done, so it may be sent again, a purchase too."""
    answers = iter([reply(refusal("TOO.MANY", message="in a short duration"), 429), reply(bought())])
    driver = carrier(lambda _: next(answers))
    assert (await driver.purchase(STEP)).tracking_number == FIRST
    assert driver.clock is not None
    assert driver.clock.now() >= datetime(2026, 1, 1, 0, 0, 10, tzinfo=UTC)


async def test_every_call_has_an_id_of_its_own() -> None:
    """FedEx echoes it, and its support finds the call by it."""
    driver = always({"output": {}})
    for _ in range(2):
        await driver.validate_address(recipient())
    first, second = (one.headers["x-customer-transaction-id"] for one in sent(driver))
    assert first != second


async def test_closing_twice_is_no_error() -> None:
    """Context managers and shut-downs meet."""
    driver = always({})
    async with driver:
        pass
    await driver.aclose()
