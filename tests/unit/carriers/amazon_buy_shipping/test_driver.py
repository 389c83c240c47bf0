"""The driver before a fake Amazon."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from cartcarrier.carriers import SupportsShipmentLookup
from cartcarrier.carriers.amazon_buy_shipping import AmazonBuyShippingCarrier, AmazonBuyShippingOptions
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    ProviderError,
    RateExpiredError,
    RateLimitError,
    RejectedError,
    ResponseError,
    ServiceUnavailableForLaneError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import ConnectionDropped, ReceivedRequest
from cartcarrier.models import (
    PurchaseSafety,
    PurchaseStep,
    Rate,
    Shipment,
    ShipmentOptions,
    Tracking,
    TrackingFailure,
    TrackingRef,
    TrackingStatus,
    VoidStatus,
)
from tests.unit.carriers.amazon_buy_shipping.samples import (
    NUMBER,
    PDF,
    REFERENCE,
    SHIPMENT_ID,
    UNTIL,
    Answer,
    amazon_request,
    bought,
    carrier,
    ineligible,
    offer,
    rates_answer,
    refusal,
    reply,
    request,
    sent,
)

BUSINESS = "x-amzn-shipping-business-id"
KEY = "x-amzn-idempotencykey"
TRACKED = {
    "payload": {
        "trackingId": NUMBER,
        "alternateLegTrackingId": "null",
        "eventHistory": [{"eventCode": "PickupDone", "eventTime": "2026-01-06T09:00:00Z", "shipmentType": "FORWARD"}],
        "promisedDeliveryDate": None,
        "summary": {"status": "InTransit", "trackingDetailCodes": None},
    }
}


def amazon(**answers: Callable[[ReceivedRequest], Answer] | Answer) -> Callable[[ReceivedRequest], Answer]:
    """Return an Amazon that answers by operation: rates, purchase, documents, cancel, tracking, inputs."""
    defaults: dict[str, Callable[[ReceivedRequest], Answer] | Answer] = {
        "rates": reply(rates_answer(offer())),
        "purchase": reply(bought()),
        "cancel": reply({}),
        "tracking": reply(TRACKED),
    }
    known = {**defaults, **answers}

    def answer(asked: ReceivedRequest) -> Answer:
        path = asked.path
        name = (
            "rates"
            if path.endswith("/rates")
            else "cancel"
            if path.endswith("/cancel")
            else "tracking"
            if path.endswith("/tracking")
            else "documents"
            if path.endswith("/documents")
            else "inputs"
            if path.endswith("/schema")
            else "purchase"
        )
        made = known[name]
        return made if isinstance(made, tuple) else made(asked)

    return answer


async def rate_of(driver: AmazonBuyShippingCarrier, **changes: Any) -> Rate:
    return (await driver.get_rates(request(**changes)))[0]


async def step_of(driver: AmazonBuyShippingCarrier, *, amazon_order: bool = False) -> PurchaseStep:
    asked = amazon_request() if amazon_order else request()
    rate = (await driver.get_rates(asked))[0]
    return driver.prepare_shipment(attrs.evolve(asked, rate=rate), reference=REFERENCE).steps[0]


async def buy(driver: AmazonBuyShippingCarrier) -> Shipment:
    return await driver.purchase(await step_of(driver))


async def test_every_call_names_the_business() -> None:
    """Amazon's default is the United Kingdom."""
    driver = carrier(amazon())
    shipment = await buy(driver)
    await driver.track([NUMBER])
    await driver.void_shipment(shipment)
    assert len(sent(driver)) == 4
    assert {one.headers[BUSINESS] for one in sent(driver)} == {"AmazonShipping_US"}


async def test_rates_are_good_for_ten_minutes_from_the_question() -> None:
    """Counted from the answer they would end too late."""
    driver = carrier(amazon())
    assert (await rate_of(driver)).valid_until == UNTIL
    assert driver.key_lifetime == timedelta(minutes=10)
    assert driver.purchase_safety is PurchaseSafety.NATIVE_KEY


async def test_answer_without_its_envelope_is_read() -> None:
    """Amazon's own examples have none."""
    driver = carrier(amazon(rates=reply(rates_answer(offer())["payload"]), purchase=reply(bought()["payload"])))
    assert (await buy(driver)).id == SHIPMENT_ID


async def test_purchase_carries_the_key_and_the_bytes() -> None:
    """Both again give the first answer; one of them changed buys a second label."""
    driver = carrier(amazon())
    step = await step_of(driver)
    await driver.purchase(step)
    await driver.purchase(step)
    first, second = sent(driver)[1:]
    assert first.headers[KEY] == second.headers[KEY] == REFERENCE
    assert first.content == second.content
    assert first.content in step.body


@pytest.mark.parametrize("status", [400, 403, 401], ids=str)
async def test_expired_token_is_an_expired_rate(status: int) -> None:
    """The facade quotes again; any other error would end the shipment."""
    driver = carrier(amazon(purchase=reply(refusal("TOKEN_EXPIRED", "The request token has expired"), status)))
    step = await step_of(driver)
    with pytest.raises(RateExpiredError):
        await driver.purchase(step)


async def test_rate_that_is_over_is_not_sent() -> None:
    """Its bytes would be refused, or worse, be another price."""
    driver = carrier(amazon())
    rate = await rate_of(driver)
    assert driver.clock is not None
    await driver.clock.sleep(599)
    driver.prepare_shipment(request(rate=rate), reference=REFERENCE)
    await driver.clock.sleep(1)
    with pytest.raises(RateExpiredError):
        driver.prepare_shipment(request(rate=rate), reference=REFERENCE)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (400, "InvalidInput", "Invalid input", RejectedError),
        (400, "Invalid Input", "no", RejectedError),
        (400, "InvalidInput", "The requested value added services are invalid.", RejectedError),
        (401, "Unauthorized", "Access token is missing", AuthenticationError),
        (403, "Unauthorized", "Access to requested resource is denied.", PermissionDeniedError),
        (404, "NotFound", "no", NotFoundError),
        (409, "Conflict", "no", ConflictError),
        (413, "RequestTooLarge", "no", RejectedError),
        (415, "UnsupportedMediaType", "no", RejectedError),
    ],
    ids=str,
)
async def test_refusal_becomes_an_error_that_bought_nothing(
    status: int, code: str, message: str, kind: type[ProviderError]
) -> None:
    """The class says what to do next; the facts are what Amazon's support asks for."""
    driver = carrier(amazon(purchase=reply(refusal(code, message), status)))
    with pytest.raises(kind) as caught:
        await buy(driver)
    error = caught.value
    assert (error.provider, error.account, error.operation) == ("amazon-buy-shipping", "default", "purchase")
    assert (error.http_status, error.request_id) == (status, "req-1")
    assert error.code
    assert not error.outcome_unknown


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(refusal("InternalFailure"), 500), UnavailableError),
        (reply(refusal("ServiceUnavailable"), 503), UnavailableError),
        ((200, {"content-type": "text/html"}, b"<html>one moment</html>"), ResponseError),
        ((200, {}, b'{"payload": {"shipmen'), ResponseError),
        (reply({"payload": {"promise": {}}}), ResponseError),
    ],
    ids=["500", "503", "html", "cut", "no shipment"],
)
async def test_doubtful_answer_leaves_the_outcome_open(answer: Answer, kind: type[OperationError]) -> None:
    """A label may have been bought; it is sent once, whatever comes."""
    driver = carrier(amazon(purchase=answer))
    with pytest.raises(kind) as caught:
        await buy(driver)
    assert caught.value.outcome_unknown
    assert len(sent(driver)) == 2


async def test_answer_that_cannot_be_leaves_the_outcome_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Amazon sold is paid, whatever is wrong with how it says so."""

    def stumble(*_: object, **__: object) -> None:
        raise InvalidValueError("Shipment.id must not be empty", field="Shipment.id")

    monkeypatch.setattr("cartcarrier.carriers.amazon_buy_shipping.mapping.to_shipment", stumble)
    driver = carrier(amazon())
    with pytest.raises(ResponseError) as caught:
        await buy(driver)
    assert caught.value.outcome_unknown


async def test_lost_answer_leaves_the_outcome_open() -> None:
    """As above; the same bytes under the same key settle it."""

    def drop(_: ReceivedRequest) -> Answer:
        raise ConnectionDropped

    driver = carrier(amazon(purchase=drop))
    with pytest.raises(TransportError) as caught:
        await buy(driver)
    assert caught.value.outcome_unknown


async def test_throttled_question_says_when_to_come_back() -> None:
    """Amazon sends no Retry-After: the plan says when a call flows back."""
    driver = carrier(amazon(rates=reply(refusal("QuotaExceeded"), 429)))
    with pytest.raises(RateLimitError) as caught:
        await rate_of(driver)
    assert caught.value.retry_after == timedelta(seconds=1 / 80)


@pytest.mark.parametrize("operation", ["rates", "purchase"])
@pytest.mark.parametrize("status", [400, 403], ids=str)
async def test_refused_outside_order_speaks_of_the_enrolment(operation: str, status: int) -> None:
    """It works in Amazon's sandbox and fails in production, with a code that says nothing."""
    driver = carrier(amazon(**{operation: reply(refusal(), status)}))
    with pytest.raises((RejectedError, PermissionDeniedError)) as caught:
        await buy(driver)
    assert any("enrolled in Amazon Shipping" in note for note in caught.value.__notes__)


async def test_refused_question_for_an_amazon_order_does_not_speak_of_the_enrolment() -> None:
    """It would lead astray."""
    driver = carrier(amazon(rates=reply(refusal(), 400)))
    with pytest.raises(RejectedError) as caught:
        await driver.get_rates(amazon_request())
    assert not hasattr(caught.value, "__notes__")


async def test_refused_amazon_order_does_not_speak_of_the_enrolment() -> None:
    """As above."""
    driver = carrier(amazon(purchase=reply(refusal(), 400)))
    step = await step_of(driver, amazon_order=True)
    with pytest.raises(RejectedError) as caught:
        await driver.purchase(step)
    assert not hasattr(caught.value, "__notes__")


async def test_refusals_show_no_personal_data() -> None:
    """Amazon quotes what was sent; errors end up in other hands."""
    driver = carrier(amazon(purchase=reply(refusal(), 400)))
    with pytest.raises(RejectedError) as caught:
        await buy(driver)
    assert "Jill" not in f"{caught.value} {caught.value!r} {caught.value.problems}"


async def test_named_service_that_is_not_on_offer_says_why() -> None:
    """With Amazon's request id."""
    driver = carrier(amazon(rates=reply(rates_answer(ineligible=[ineligible("NO_COVERAGE")]))))
    with pytest.raises(ServiceUnavailableForLaneError) as caught:
        await driver.get_rates(request(service="UPS_PTP_GND"))
    assert (caught.value.code, caught.value.request_id) == ("NO_COVERAGE", "req-1")


async def test_nothing_on_offer_is_an_empty_list() -> None:
    """Other carriers are asked, too."""
    driver = carrier(amazon(rates=reply(rates_answer())))
    assert list(await driver.get_rates(request())) == []


async def test_missing_label_is_asked_for_once_more() -> None:
    """It was paid for; buying it again is the worst way to get it."""
    again = {
        "payload": {
            "shipmentId": SHIPMENT_ID,
            "packageDocumentDetail": bought(PDF)["payload"]["packageDocumentDetails"][0],
        }
    }
    driver = carrier(amazon(purchase=reply(bought(None)), documents=reply(again)))
    shipment = await buy(driver)
    assert shipment.parcels[0].label is not None
    assert shipment.parcels[0].label.data == PDF
    asked = sent(driver)[-1]
    assert asked.path == f"/shipping/v2/shipments/{SHIPMENT_ID}/documents"
    assert dict(asked.params) == {"packageClientReferenceId": "1", "format": "PNG", "dpi": "203"}


@pytest.mark.parametrize(
    "answer", [reply(refusal(), 400), reply(refusal(), 404), (200, {}, b"<html>")], ids=["400", "404", "html"]
)
async def test_label_that_cannot_be_had_loses_no_shipment(answer: Answer) -> None:
    """An error would hide the id by which it can be given back."""
    driver = carrier(amazon(purchase=reply(bought(None)), documents=answer))
    shipment = await buy(driver)
    assert shipment.id == SHIPMENT_ID
    assert any("could not be read" in warning for warning in shipment.warnings)


@pytest.mark.parametrize(
    "answer", [reply({}), reply({"payload": {}}), (200, {}, b"")], ids=["bare", "payload", "empty"]
)
async def test_void_gives_the_label_back(answer: Answer) -> None:
    """Amazon's answer to it is empty, in several ways."""
    driver = carrier(amazon(cancel=answer))
    shipment = await buy(driver)
    result = await driver.void_shipment(shipment)
    assert result.status is VoidStatus.VOIDED
    assert dict(result.parcels) == {NUMBER: VoidStatus.VOIDED}
    assert (sent(driver)[-1].method, sent(driver)[-1].path) == ("PUT", f"/shipping/v2/shipments/{SHIPMENT_ID}/cancel")


@pytest.mark.parametrize(
    "message",
    ["The shipment was cancelled already.", "Shipment is already cancelled", "already been canceled"],
)
async def test_second_void_is_no_error(message: str) -> None:
    """A void whose answer was lost is sent again."""
    driver = carrier(amazon(cancel=reply(refusal(message=message), 400)))
    assert (await driver.void_shipment(await buy(driver))).status is VoidStatus.VOIDED


async def test_refused_void_of_what_tracking_shows_cancelled_is_no_error() -> None:
    """What Amazon says to a second cancel is not documented: the parcel's own state counts."""
    gone = json.loads(json.dumps(TRACKED))
    gone["payload"]["eventHistory"] = []
    gone["payload"]["summary"]["status"] = "PickupCancelled"
    driver = carrier(amazon(cancel=reply(refusal(), 400), tracking=reply(gone)))
    assert (await driver.void_shipment(await buy(driver))).status is VoidStatus.VOIDED


@pytest.mark.parametrize(
    ("message", "tracking"),
    [
        ("It cannot be cancelled: picked up already", reply(TRACKED)),
        ("no", reply(refusal(), 400)),
        ("no", reply(refusal(), 404)),
    ],
    ids=["picked up", "not followed", "not found"],
)
async def test_refused_void_is_a_result(message: str, tracking: Answer) -> None:
    """The label is live: somebody must know."""
    driver = carrier(amazon(cancel=reply(refusal(message=message), 400), tracking=tracking))
    result = await driver.void_shipment(await buy(driver))
    assert result.status is VoidStatus.REFUSED
    assert result.message
    assert "InvalidInput" in result.message


async def test_void_of_an_unknown_shipment_is_not_found() -> None:
    """It points to a mix-up of accounts."""
    driver = carrier(amazon(cancel=reply(refusal("NotFound"), 404)))
    shipment = await buy(driver)
    with pytest.raises(NotFoundError):
        await driver.void_shipment(shipment)


async def test_void_with_another_number_is_refused_before_sending() -> None:
    """The whole shipment would be cancelled, for a number that is not its own."""
    driver = carrier(amazon())
    shipment = await buy(driver)
    before = len(sent(driver))
    with pytest.raises(InvalidValueError):
        await driver.void_shipment(shipment, tracking_numbers=["1Z"])
    assert len(sent(driver)) == before


async def test_id_in_a_path_is_escaped() -> None:
    """A slash in it would be another address, which Amazon answers with 403."""
    driver = carrier(amazon())
    shipment = attrs.evolve(await buy(driver), id="a/b c")
    await driver.void_shipment(shipment)
    assert sent(driver)[-1].path == "/shipping/v2/shipments/a%2Fb%20c/cancel"


@pytest.mark.parametrize(
    ("ref", "settings", "expected"),
    [
        (NUMBER, {}, "UPS"),
        ("TBA-OTHER", {}, "AMZN_US"),
        ("TBA-OTHER", {"tracking_carrier_id": "AMZL"}, "AMZL"),
        (TrackingRef(number=NUMBER, token="FEDEX"), {}, "FEDEX"),
    ],
    ids=["bought here", "bare", "setting", "token"],
)
async def test_carrier_of_a_number_is_found(ref: TrackingRef | str, settings: dict[str, str], expected: str) -> None:
    """Amazon wants number and carrier."""
    driver = carrier(amazon(rates=reply(rates_answer(offer(carrierId="UPS")))), **settings)
    await buy(driver)
    (tracking,) = await driver.track([ref])
    assert isinstance(tracking, Tracking)
    assert tracking.status is TrackingStatus.IN_TRANSIT
    assert sent(driver)[-1].params["carrierId"] == expected


async def test_one_failure_does_not_hide_the_others() -> None:
    """Each number has its result, in the order asked."""

    def tracking(asked: ReceivedRequest) -> Answer:
        number = asked.params["trackingId"]
        return (
            reply(refusal("NotFound"), 404)
            if number == "A"
            else reply(refusal(), 400)
            if number == "B"
            else reply(TRACKED)
        )

    driver = carrier(amazon(tracking=tracking))
    first, second, third = await driver.track(["A", "B", NUMBER])
    assert isinstance(first, TrackingFailure)
    assert isinstance(first.error, NotFoundError)
    assert isinstance(second, TrackingFailure)
    assert any("ask the carrier" in note for note in second.error.__notes__)
    assert isinstance(third, Tracking)


async def test_revoked_seller_fails_the_whole_question() -> None:
    """Every number would fail in the same way."""
    driver = carrier(amazon(tracking=reply(refusal("Unauthorized", "token revoked"), 401)))
    with pytest.raises(AuthenticationError):
        await driver.track(["A", "B"])


async def test_raw_is_kept_only_when_asked_for() -> None:
    """It is personal data."""
    driver = carrier(amazon())
    (tracking,) = await driver.track([NUMBER])
    assert isinstance(tracking, Tracking)
    assert tracking.raw is None
    driver.keep_raw = True
    (tracking,) = await driver.track([NUMBER])
    assert isinstance(tracking, Tracking)
    assert isinstance(tracking.raw, bytes)


async def test_further_inputs_are_described() -> None:
    """Their schema is Amazon's, and another for every offer."""
    schema = {"type": "object", "properties": {"harmonizedSystemCode": {"type": "string"}}}
    extra = AmazonBuyShippingOptions(with_additional_inputs=True)
    driver = carrier(
        amazon(rates=reply(rates_answer(offer(requiresAdditionalInputs=True))), inputs=reply({"payload": schema}))
    )
    rate = await rate_of(driver, options=ShipmentOptions(carrier_options=extra))
    assert await driver.get_additional_inputs(rate) == schema
    assert dict(sent(driver)[-1].params) == {"requestToken": "token-of-the-answer", "rateId": "rate-1"}
    with pytest.raises(InvalidValueError):
        await driver.get_additional_inputs(attrs.evolve(rate, carrier="ups:default"))


@pytest.mark.parametrize("code", ["TOKEN_EXPIRED", "InvalidInput"])
async def test_further_inputs_of_a_rate_that_is_over(code: str) -> None:
    """Quote again, unless it is something else."""
    driver = carrier(amazon(inputs=reply(refusal(code), 400)))
    with pytest.raises(RateExpiredError if code == "TOKEN_EXPIRED" else RejectedError):
        await driver.get_additional_inputs(await rate_of(driver))


async def test_sandbox_has_its_own_host_and_marks_its_labels() -> None:
    """A sandbox label must not go on a parcel."""
    driver = carrier(amazon(), sandbox=True)
    shipment = await buy(driver)
    assert shipment.test
    assert sent(driver)[0].url.startswith("https://sandbox.sellingpartnerapi-na.amazon.com/")


async def test_purchase_cannot_be_looked_up() -> None:
    """Shipping v2 has no such call; the class must not pretend."""
    assert not isinstance(carrier(amazon()), SupportsShipmentLookup)


async def test_closing_twice_is_harmless() -> None:
    """An exit stack and a finally clause may both close it."""
    driver = carrier(amazon())
    await driver.aclose()
    await driver.aclose()
