"""The driver before a UPS made by hand: what it sends, and what it makes of the answers."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import attrs
import pytest

from cartcarrier.carriers.ups import UPSCarrier
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    RateExpiredError,
    RateLimitError,
    RejectedError,
    ResponseError,
    ServiceUnavailableForLaneError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import ConnectionDropped, ManualClock, ReceivedRequest, handler_transport
from cartcarrier.models import (
    LabelFormat,
    Money,
    PurchaseSafety,
    Rate,
    Service,
    Shipment,
    ShipmentOptions,
    ShippedParcel,
    Tracking,
    TrackingFailure,
    TrackingRef,
    VoidStatus,
)
from tests.unit.carriers.ups.samples import (
    CARRIER,
    FIRST,
    REFERENCE,
    SECOND,
    TOKEN,
    ZPL,
    Answer,
    all_sent,
    bought,
    carrier,
    config,
    found,
    package_result,
    parcel,
    recipient,
    refusal,
    reply,
    request,
    sent,
    step_of,
)

PDF = b"%PDF-1.4 labels"


def zpl(**changes: Any) -> Any:
    """Return the step for a thermal label."""
    return step_of(request(options=ShipmentOptions(label_formats=[LabelFormat.ZPL]), **changes))


def pdf(**changes: Any) -> Any:
    """Return the step for a PDF, with a thermal label in reserve."""
    return step_of(request(options=ShipmentOptions(label_formats=[LabelFormat.PDF, LabelFormat.ZPL]), **changes))


def dropped(_: ReceivedRequest) -> Answer:
    """Let the connection break after the request was sent."""
    raise ConnectionDropped


def once(*answers: Answer | Callable[[ReceivedRequest], Answer]) -> Callable[[ReceivedRequest], Answer]:
    """Answer in turn; one request too many fails the test."""
    left = list(answers)

    def answer(asked: ReceivedRequest) -> Answer:
        assert left, f"unexpected {asked.method} {asked.path}"
        first = left.pop(0)
        return first(asked) if callable(first) else first

    return answer


def of_shipment(*numbers: str, service: str = "03") -> Shipment:
    """Return what was bought."""
    return Shipment(
        carrier=CARRIER,
        id=FIRST,
        service=Service(code=service, name="x"),
        tracking_number=FIRST,
        parcels=[ShippedParcel(tracking_number=number) for number in numbers or (FIRST,)],
        created_at=ManualClock().now(),
        reference=REFERENCE,
    )


# --- tokens and headers -------------------------------------------------------------------------------------------------


async def test_token_is_asked_for_beside_the_api() -> None:
    """Its path is not below ``/api``, and the secret goes by HTTP Basic (field guide ups.md section 1)."""
    driver = carrier(once(reply({"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001"}]}]}})))
    await driver.track([FIRST])
    token = all_sent(driver)[0]
    assert token.url == "https://onlinetools.ups.com/security/v1/oauth/token"
    assert token.content == b"grant_type=client_credentials"
    assert token.headers["authorization"] == "Basic " + base64.b64encode(b"id-of-app:secret-of-app").decode()
    assert token.headers["content-type"].startswith("application/x-www-form-urlencoded")


async def test_one_token_serves_many_calls() -> None:
    """A token for each call is the usual cause of 429 (field guide ups.md pitfall 4)."""
    driver = carrier(lambda _: reply({"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001"}]}]}}))
    await driver.track([FIRST] * 20)
    tokens = [one for one in all_sent(driver) if one.path.endswith("/oauth/token")]
    assert len(tokens) == 1


async def test_token_is_renewed_when_nine_tenths_of_its_life_are_over() -> None:
    """Values come as texts (field guide ups.md section 1.2)."""
    clock = ManualClock()
    asked: list[float] = []

    def answer(one: ReceivedRequest) -> Answer:
        if one.path.endswith("/oauth/token"):
            asked.append(clock.monotonic())
            return reply(TOKEN)
        return reply({"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001"}]}]}})

    driver = UPSCarrier(config(), transport=handler_transport(answer), clock=clock)
    await driver.track([FIRST])
    clock.advance(0.89 * 14399)
    await driver.track([FIRST])
    assert len(asked) == 1
    clock.advance(0.02 * 14399)
    await driver.track([FIRST])
    assert len(asked) == 2


async def test_expired_token_is_renewed_once() -> None:
    """UPS says 251004; the call is made again with a new token."""
    tokens = iter([reply(TOKEN), reply({**TOKEN, "access_token": "token-2"})])
    calls: list[str] = []

    def answer(one: ReceivedRequest) -> Answer:
        if one.path.endswith("/oauth/token"):
            return next(tokens)
        calls.append(one.headers["authorization"])
        return reply(refusal("251004"), 401) if len(calls) == 1 else reply(bought())

    driver = UPSCarrier(config(), transport=handler_transport(answer), clock=ManualClock())
    await driver.purchase(zpl())
    assert calls == ["Bearer token-1", "Bearer token-2"]


async def test_every_call_names_itself() -> None:
    """32 characters: with hyphens UPS refuses the transaction id (field guide ups.md section 1.1)."""
    driver = carrier(lambda _: reply(bought()))
    await driver.purchase(zpl())
    await driver.purchase(zpl())
    first, second = sent(driver)
    for one in (first, second):
        assert len(one.headers["transid"]) == 32
        assert one.headers["transid"].isalnum()
        assert one.headers["transactionsrc"] == "cartcarrier"
    assert first.headers["transid"] != second.headers["transid"]


async def test_missing_product_is_explained() -> None:
    """And stops all parcels at once: the next one would be refused, too."""
    driver = carrier(lambda _: reply(refusal("250002"), 401))
    with pytest.raises(AuthenticationError, match="not enabled for the app"):
        await driver.track([FIRST, SECOND])


# --- prices -------------------------------------------------------------------------------------------------------------


async def test_lane_without_service_gives_no_rates() -> None:
    """Shopping around, that is an answer."""
    driver = carrier(lambda _: reply(refusal("111217"), 400))
    assert await driver.get_rates(request(service=None)) == ()
    assert sent(driver)[0].path == "/api/rating/v2409/Shoptimeintransit"


async def test_asked_service_that_does_not_run_is_an_error() -> None:
    """Asked for one, an empty list would hide why."""
    driver = carrier(lambda _: reply(refusal("111217"), 400))
    with pytest.raises(ServiceUnavailableForLaneError):
        await driver.get_rates(request(service="14"))
    assert sent(driver)[0].path == "/api/rating/v2409/Ratetimeintransit"


@pytest.mark.parametrize("service", ["03", None])
async def test_answer_without_prices_is_an_error_only_where_one_was_asked_for(service: str | None) -> None:
    """A success that is empty says the same as the code."""
    driver = carrier(once(reply({"RateResponse": {"Response": {}, "RatedShipment": []}})))
    if service is None:
        assert await driver.get_rates(request(service=None)) == ()
        return
    with pytest.raises(ServiceUnavailableForLaneError) as caught:
        await driver.get_rates(request(service=service))
    assert (caught.value.provider, caught.value.account, caught.value.http_status) == ("ups", "default", 200)


# --- buying -------------------------------------------------------------------------------------------------------------


async def test_bytes_of_the_step_are_sent_as_they_are() -> None:
    """They are what was recorded."""
    step = attrs.evolve(zpl(), body=zpl().body + b" ")
    driver = carrier(once(reply(bought())))
    shipment = await driver.purchase(step)
    (one,) = sent(driver)
    assert (one.method, one.path, one.content) == ("POST", "/api/shipments/v2409/ship", step.body)
    assert shipment.id == FIRST
    assert not shipment.test


async def test_label_of_the_test_environment_says_so() -> None:
    """A sample on a parcel goes nowhere (field guide ups.md pitfall 14)."""
    driver = carrier(once(reply(bought())), sandbox=True)
    shipment = await driver.purchase(zpl())
    assert shipment.test
    assert sent(driver)[0].url.startswith("https://wwwcie.ups.com/")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (dropped, TransportError),
        ((500, {}, b""), UnavailableError),
        (reply(refusal("120001"), 400), UnavailableError),
        ((503, {"content-type": "text/html"}, b"<html>busy</html>"), UnavailableError),
        ((200, {"content-type": "text/html"}, b"<html>busy</html>"), ResponseError),
        ((200, {}, b""), ResponseError),
        ((200, {}, json.dumps(bought()).encode()[:200]), ResponseError),
        (reply({"ShipmentResponse": {"ShipmentResults": {"PackageResults": []}}}), ResponseError),
        (reply({"something": "else"}), ResponseError),
        ((408, {}, b""), UnavailableError),
    ],
    ids=["dropped", "500", "later", "503", "page", "empty", "cut", "no parcels", "shape", "408"],
)
async def test_silence_after_a_purchase_is_an_unknown_outcome(answer: Any, kind: type[OperationError]) -> None:
    """And is never answered by sending again: UPS knows no key (field guide ups.md section 0.1)."""
    driver = carrier(once(answer))
    with pytest.raises(kind) as caught:
        await driver.purchase(zpl())
    assert caught.value.outcome_unknown
    assert len(sent(driver)) == 1
    assert (caught.value.provider, caught.value.account, caught.value.operation) == ("ups", "default", "ship")


async def test_refusal_is_certain_and_not_repeated() -> None:
    """Hard errors must not be sent again unchanged."""
    driver = carrier(once(reply(refusal("120802"), 400)))
    with pytest.raises(RejectedError) as caught:
        await driver.purchase(zpl())
    assert not caught.value.outcome_unknown
    assert caught.value.request_id == sent(driver)[0].headers["transid"]


async def test_connection_that_was_never_made_is_certain() -> None:
    """Nothing left this machine."""

    def refused(_: ReceivedRequest) -> Answer:
        raise ConnectionDropped(sent=False)

    with pytest.raises(TransportError) as caught:
        await carrier(refused).purchase(zpl())
    assert not caught.value.outcome_unknown


async def test_throttled_purchase_is_tried_again() -> None:
    """A 429 is a refusal: nothing was done."""
    driver = carrier(once(reply(refusal("10429"), 429), reply(bought())))
    assert (await driver.purchase(zpl())).id == FIRST


async def test_throttling_gives_up_in_time() -> None:
    """Waiting in silence would be hanging."""
    driver = carrier(lambda _: reply(refusal("10429"), 429))
    with pytest.raises(RateLimitError):
        await driver.purchase(zpl())


async def test_expired_rate_is_refused_before_buying() -> None:
    """UPS sets no end, but whoever keeps rates may."""
    driver = carrier(once())
    rate = Rate(
        carrier=CARRIER,
        service=Service(code="03", name="UPS Ground"),
        total=Money(amount="9", currency="USD"),
        valid_until=ManualClock().now() - timedelta(seconds=1),
    )
    with pytest.raises(RateExpiredError):
        driver.prepare_shipment(request(rate=rate), reference=REFERENCE)


def test_driver_says_how_its_purchases_are_safe() -> None:
    """The ledger decides by this whether money may be spent again."""
    assert UPSCarrier.purchase_safety is PurchaseSafety.LOOKUP_ADOPT
    assert UPSCarrier.key_lifetime is None
    assert UPSCarrier.settle_time is not None
    # the recommended tries end 0.5 + 1 + 2 + 5 minutes after the purchase (field guide ups.md section 9)
    assert UPSCarrier.settle_time >= timedelta(minutes=8.5)


# --- a PDF ---------------------------------------------------------------------------------------------------------------


async def test_pdf_is_recovered_after_the_purchase() -> None:
    """Ship makes none (field guide ups.md section 0.7)."""
    driver = carrier(once(reply(bought()), reply(found((FIRST, PDF), code="PDF"))))
    shipment = await driver.purchase(pdf())
    assert shipment.parcels[0].label is not None
    assert (shipment.parcels[0].label.format, shipment.parcels[0].label.data) == (LabelFormat.PDF, PDF)
    assert (str(shipment.total), shipment.warnings) == ("12.50 USD", ())
    asked = json.loads(sent(driver)[1].content)["LabelRecoveryRequest"]
    assert asked["TrackingNumber"] == FIRST
    assert asked["LabelSpecification"]["LabelImageFormat"] == {"Code": "PDF"}


async def test_pdf_that_comes_a_moment_later_is_waited_for() -> None:
    """UPS does not know its own label at once."""
    late = reply(refusal("300007"), 400)
    driver = carrier(once(reply(bought()), late, late, reply(found((FIRST, PDF), code="PDF"))))
    shipment = await driver.purchase(pdf())
    assert shipment.parcels[0].label is not None
    assert shipment.parcels[0].label.format is LabelFormat.PDF


@pytest.mark.parametrize(
    "failure",
    [
        reply(refusal("300007"), 400),
        reply(refusal("300032"), 400),
        reply(refusal("250002"), 401),
        (503, {}, b""),
        (200, {}, b"<html>"),
        dropped,
        reply(found((FIRST, ZPL))),
        reply(found(LabelResults=None)),
    ],
    ids=["not yet", "none", "not enabled", "503", "page", "dropped", "another label", "empty"],
)
async def test_pdf_that_fails_never_loses_the_label(failure: Any) -> None:
    """The label is bought: what came with it is returned, and the warning says why."""
    driver = carrier(lambda one: reply(bought()) if one.path.endswith("/ship") else once(failure)(one))
    shipment = await driver.purchase(pdf())
    assert shipment.parcels[0].label is not None
    assert (shipment.parcels[0].label.format, shipment.parcels[0].label.data) == (LabelFormat.ZPL, ZPL)
    assert any("PDF" in warning for warning in shipment.warnings)
    assert sum(one.path.endswith("/ship") for one in sent(driver)) == 1


# --- looking up ---------------------------------------------------------------------------------------------------------


async def test_lost_purchase_is_found_by_our_reference() -> None:
    """With the label that was asked for."""
    driver = carrier(once(reply(found())))
    shipment = await driver.find_purchase(zpl())
    assert shipment is not None
    assert (shipment.id, shipment.reference, shipment.total) == (FIRST, REFERENCE, None)
    assert shipment.parcels[0].label is not None
    (one,) = sent(driver)
    assert one.path == "/api/labels/v1/recovery"
    asked = json.loads(one.content)["LabelRecoveryRequest"]
    assert asked["ReferenceValues"] == {"ReferenceNumber": {"Value": REFERENCE}, "ShipperNumber": "AB12C3"}
    assert asked["LabelSpecification"]["LabelImageFormat"] == {"Code": "ZPL"}


@pytest.mark.parametrize("code", ["300007", "300033"])
async def test_nothing_live_under_the_reference_is_none(code: str) -> None:
    """Not there yet, or voided since: no label of ours is live."""
    assert await carrier(once(reply(refusal(code), 400))).find_purchase(zpl()) is None


async def test_found_without_parcels_is_none() -> None:
    """An empty answer names no label."""
    assert await carrier(once(reply(found(LabelResults=None)))).find_purchase(zpl()) is None


@pytest.mark.parametrize("code", ["300001", "300035"])
async def test_several_shipments_are_a_conflict(code: str) -> None:
    """One of them was bought twice."""
    with pytest.raises(ConflictError):
        await carrier(once(reply(refusal(code), 400))).find_purchase(zpl())


async def test_several_candidates_are_named() -> None:
    """A person voids the others."""
    candidates = [{"TrackingNumber": FIRST}, {"TrackingNumber": SECOND}]
    document = {"LabelRecoveryResponse": {"Response": {}, "TrackingCandidate": candidates}}
    with pytest.raises(ConflictError) as caught:
        await carrier(once(reply(document))).find_purchase(zpl())
    assert FIRST in caught.value.message
    assert SECOND in caught.value.message


@pytest.mark.parametrize("code", ["300002", "300006", "300032", "300034"])
async def test_shipment_whose_label_is_not_given_out_is_not_none(code: str) -> None:
    """It is there, and paid for: ``None`` would have it bought again."""
    with pytest.raises(RejectedError):
        await carrier(once(reply(refusal(code), 400))).find_purchase(zpl())


async def test_page_of_a_server_in_front_is_not_none() -> None:
    """A 404 from elsewhere says nothing about the purchase."""
    with pytest.raises(ResponseError):
        await carrier(lambda _: (404, {"content-type": "text/html"}, b"<html>")).find_purchase(zpl())


async def test_look_up_is_repeated_when_its_answer_is_lost() -> None:
    """It only reads."""
    driver = carrier(once(dropped, reply(found())))
    assert await driver.find_purchase(zpl()) is not None


# --- taking back --------------------------------------------------------------------------------------------------------


def voided(*packages: tuple[str, str], summary: str = "1") -> Answer:
    """Return the answer to a void."""
    results = [{"TrackingNumber": number, "Status": {"Code": code}} for number, code in packages]
    body: dict[str, Any] = {"SummaryResult": {"Status": {"Code": summary}}}
    if results:
        body["PackageLevelResult"] = results
    return reply({"VoidShipmentResponse": body})


async def test_whole_shipment_is_voided_without_numbers() -> None:
    """A placeholder there breaks the call (field guide ups.md pitfall 8), and the older gateway is not asked (pitfall 21)."""
    driver = carrier(once(voided()))
    result = await driver.void_shipment(of_shipment(FIRST, SECOND))
    (one,) = sent(driver)
    assert (one.method, one.url) == ("DELETE", f"https://onlinetools.ups.com/api/shipments/v2409/void/cancel/{FIRST}")
    assert result.status is VoidStatus.VOIDED
    assert dict(result.parcels) == {FIRST: VoidStatus.VOIDED, SECOND: VoidStatus.VOIDED}


async def test_one_parcel_is_voided_by_its_number() -> None:
    """The others stay live."""
    driver = carrier(once(voided((SECOND, "1"))))
    result = await driver.void_shipment(of_shipment(FIRST, SECOND), tracking_numbers=[SECOND])
    assert sent(driver)[0].params == {"trackingnumber": SECOND}
    assert dict(result.parcels) == {SECOND: VoidStatus.VOIDED}


async def test_several_parcels_are_voided_as_a_list_twenty_at_a_time() -> None:
    """More UPS does not take."""
    numbers = [f"1ZAB12C3{place:010}" for place in range(23)]
    asked: list[list[str]] = []

    def answer(one: ReceivedRequest) -> Answer:
        some = json.loads(one.params["trackingnumber"])
        asked.append(some)
        return voided(*((number, "1") for number in some))

    result = await carrier(answer).void_shipment(of_shipment(*numbers), tracking_numbers=numbers[:22])
    assert asked == [numbers[:20], numbers[20:22]]
    assert result.status is VoidStatus.VOIDED
    assert list(result.parcels) == numbers[:22]


async def test_all_numbers_are_the_whole_shipment() -> None:
    """International shipments are voided as a whole only."""
    driver = carrier(once(voided()))
    await driver.void_shipment(of_shipment(FIRST, SECOND), tracking_numbers=[SECOND, FIRST])
    assert sent(driver)[0].params == {}


@pytest.mark.parametrize("numbers", [[], ["1ZXXXXXXXXXXXXXXXX"], [FIRST, "string"]])
async def test_number_of_another_shipment_is_an_error(numbers: list[str]) -> None:
    """One wrong number makes UPS refuse all of them."""
    driver = carrier(once())
    with pytest.raises(InvalidValueError) as caught:
        await driver.void_shipment(of_shipment(FIRST, SECOND), tracking_numbers=numbers)
    assert caught.value.field == "tracking_numbers"


async def test_voided_before_is_voided() -> None:
    """A repeat is no error."""
    result = await carrier(once(reply(refusal("190117"), 400))).void_shipment(of_shipment())
    assert (result.status, dict(result.parcels)) == (VoidStatus.VOIDED, {FIRST: VoidStatus.VOIDED})


@pytest.mark.parametrize("code", ["190101", "190102"])
async def test_unknown_or_expired_is_refused_with_both_reasons(code: str) -> None:
    """UPS does not say which."""
    result = await carrier(once(reply(refusal(code), 400))).void_shipment(of_shipment())
    assert result.status is VoidStatus.REFUSED
    assert "unknown" in (result.message or "")
    assert "over" in (result.message or "")


async def test_refusal_in_the_test_environment_has_a_hint() -> None:
    """It voids published numbers only (field guide ups.md section 1.3)."""
    result = await carrier(once(reply(refusal("190102"), 400)), sandbox=True).void_shipment(of_shipment())
    assert "test environment" in (result.message or "")


async def test_parcels_of_an_international_shipment_are_refused_one_by_one() -> None:
    """UPS voids those as a whole."""
    driver = carrier(once(reply(refusal("190112"), 400)))
    result = await driver.void_shipment(of_shipment(FIRST, SECOND), tracking_numbers=[FIRST])
    assert (result.status, dict(result.parcels)) == (VoidStatus.REFUSED, {FIRST: VoidStatus.REFUSED})
    assert "as a whole" in (result.message or "")


async def test_wrong_number_is_an_error_and_not_a_refusal() -> None:
    """Somebody has mixed up something."""
    with pytest.raises(RejectedError):
        await carrier(once(reply(refusal("190100"), 400))).void_shipment(of_shipment())


async def test_lost_void_is_repeated() -> None:
    """Safe, since the second one is told that it was voided before."""
    driver = carrier(once(dropped, reply(refusal("190117"), 400)))
    assert (await driver.void_shipment(of_shipment())).status is VoidStatus.VOIDED


async def test_roadie_has_a_path_of_its_own() -> None:
    """Version v3 (field guide ups.md section 2.3)."""
    driver = carrier(once(voided()))
    await driver.void_shipment(of_shipment(service="C8"))
    assert sent(driver)[0].path == f"/api/shipments/v3/void/cancel/{FIRST}"


# --- following ----------------------------------------------------------------------------------------------------------


def tracked(number: str) -> Answer:
    """Return an answer about one parcel."""
    status = {"type": "I", "code": "DP", "statusCode": "005"}
    package = {"trackingNumber": number, "activity": [{"date": "20260105", "time": "080000", "status": status}]}
    return reply({"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}})


def nothing(_: ReceivedRequest) -> Answer:
    """Answer that the number is not known."""
    return reply({"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001", "message": "not found"}]}]}})


async def test_each_number_is_asked_for_by_itself() -> None:
    """UPS has no question for several; spaces and small letters are people's."""
    driver = carrier(once(tracked(FIRST)))
    (result,) = await driver.track([TrackingRef(number="1z ab12c3 0376543211")])
    assert isinstance(result, Tracking)
    assert result.tracking_number == "1z ab12c3 0376543211"
    (one,) = sent(driver)
    assert one.path == f"/api/track/v1/details/{FIRST}"
    assert one.params == {
        "locale": "en_US",
        "returnSignature": "false",
        "returnMilestones": "false",
        "returnPOD": "false",
    }


async def test_not_found_is_a_failure_beside_the_results() -> None:
    """UPS says it with 200; a new label is not known yet, so keep asking (field guide ups.md pitfall 11)."""
    driver = carrier(lambda one: tracked(FIRST) if FIRST in one.path else nothing(one))
    unknown, known = await driver.track([SECOND, FIRST])
    assert isinstance(known, Tracking)
    assert isinstance(unknown, TrackingFailure)
    assert isinstance(unknown.error, NotFoundError)
    assert (unknown.error.code, unknown.error.http_status) == ("TW0001", 200)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(refusal("TV1002"), 400), RejectedError),
        (reply(refusal("X"), 404), NotFoundError),
        ((503, {}, b""), UnavailableError),
        ((200, {}, b"<html>"), ResponseError),
        (reply({"trackResponse": {"shipment": []}}), ResponseError),
        (reply({"trackResponse": {"shipment": [{"warnings": [{"code": "TW0009"}]}]}}), RejectedError),
    ],
    ids=["invalid", "404", "503", "page", "empty", "other warning"],
)
async def test_parcel_that_cannot_be_followed_does_not_hide_the_others(
    answer: Answer, kind: type[OperationError]
) -> None:
    """One failure for one number."""
    driver = carrier(lambda one: tracked(FIRST) if FIRST in one.path else answer)
    failed, known = await driver.track([SECOND, FIRST])
    assert isinstance(known, Tracking)
    assert isinstance(failed, TrackingFailure)
    assert type(failed.error) is kind
    assert failed.tracking_number == SECOND


@pytest.mark.parametrize("number", ["123456", "../../x/y", "1Z?a=b&c12345", "x" * 35])
async def test_number_of_no_form_is_not_sent(number: str) -> None:
    """It could lead to another path."""
    driver = carrier(once())
    (result,) = await driver.track([number])
    assert isinstance(result, TrackingFailure)
    assert isinstance(result.error, RejectedError)
    assert number not in result.error.message


async def test_few_parcels_are_asked_for_at_once() -> None:
    """UPS throttles those who ask for a hundred."""
    under_way = 0
    most = 0

    async def answer(one: ReceivedRequest) -> Answer:
        nonlocal under_way, most
        if one.path.endswith("/oauth/token"):
            return reply(TOKEN)
        under_way += 1
        most = max(most, under_way)
        await anyio.lowlevel.checkpoint()
        under_way -= 1
        return nothing(one)

    driver = UPSCarrier(config(calls_per_second=1000), transport=handler_transport(answer), clock=ManualClock())
    assert len(await driver.track([FIRST] * 40)) == 40
    assert 1 < most <= 8


@pytest.mark.parametrize("keep", [True, False])
async def test_raw_answer_is_kept_only_where_asked(keep: bool) -> None:
    """It is personal data."""
    transport = carrier(once(tracked(FIRST))).transport
    driver = UPSCarrier(config(), transport=transport, clock=ManualClock(), keep_raw=keep)
    (result,) = await driver.track([FIRST])
    assert isinstance(result, Tracking)
    assert (result.raw is not None) is keep


# --- addresses, limits, closing -----------------------------------------------------------------------------------------


async def test_address_is_checked_and_classified() -> None:
    """Both in one question."""
    driver = carrier(once(reply({"XAVResponse": {"NoCandidatesIndicator": ""}})))
    await driver.validate_address(recipient())
    assert sent(driver)[0].path == "/api/addressvalidation/v2/3"


async def test_state_that_the_test_environment_lacks_is_explained() -> None:
    """The address may be right."""
    driver = carrier(once(reply(refusal("9264030"), 400)), sandbox=True)
    with pytest.raises(RejectedError, match="test environment"):
        await driver.validate_address(recipient())


async def test_calls_keep_to_the_rate_of_the_account() -> None:
    """Ten a second, unless UPS has allowed more (field guide ups.md section 1.2)."""
    clock = ManualClock()
    times: list[float] = []

    def answer(one: ReceivedRequest) -> Answer:
        if one.path.endswith("/oauth/token"):
            return reply(TOKEN)
        times.append(clock.monotonic())
        return nothing(one)

    # a bucket of 5 that fills by 5 a second lets 10 through in its first second
    driver = UPSCarrier(config(calls_per_second=5), transport=handler_transport(answer), clock=clock)
    await driver.track([FIRST] * 20)
    assert times[-1] >= 3
    assert all(sum(start <= one < start + 1 for one in times) <= 10 for start in times)


async def test_bytes_of_another_driver_are_not_sent() -> None:
    """They would buy something that nobody asked for."""
    driver = carrier(once())
    with pytest.raises(InvalidValueError):
        await driver.purchase(attrs.evolve(zpl(), body=b"{}"))
    assert sent(driver) == []


async def test_closing_twice_does_nothing() -> None:
    """An exit stack and a finally clause may both close it."""
    async with carrier(once(reply(bought()))) as driver:
        await driver.purchase(zpl())
        await driver.aclose()
    await driver.aclose()


async def test_several_parcels_are_one_purchase() -> None:
    """Each with its own number and label (field guide ups.md section 4.5)."""
    driver = carrier(once(reply(bought(package_result(), package_result(SECOND)))))
    shipment = await driver.purchase(zpl(parcels=[parcel(), parcel()]))
    assert [one.tracking_number for one in shipment.parcels] == [FIRST, SECOND]


async def test_purchase_that_was_requested_before_is_open() -> None:
    """The first request may have bought the label, so this one must not count as failed; and it is sent once."""
    driver = carrier(once(reply(refusal("120021"), 400)))
    with pytest.raises(ConflictError) as caught:
        await driver.purchase(zpl())
    assert caught.value.outcome_unknown
    assert len(sent(driver)) == 1


async def test_purchase_without_parcels_is_open_even_if_the_client_lets_it_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Money was spent: a bare assertion would leave nothing to look up, and ``python -O`` not even that."""
    driver = carrier(once(reply(bought())))
    monkeypatch.setattr("cartcarrier.carriers.ups.mapping.to_shipment", lambda *_: None)
    with pytest.raises(ResponseError) as caught:
        await driver.purchase(zpl())
    assert caught.value.outcome_unknown


async def test_purchase_whose_answer_cannot_be_is_open() -> None:
    """A blank shipment number makes no shipment, but the money is spent: found by answering wrongly on purpose."""
    said = bought()
    said["ShipmentResponse"]["ShipmentResults"]["ShipmentIdentificationNumber"] = " "
    driver = carrier(once(reply(said)))
    with pytest.raises(ResponseError) as caught:
        await driver.purchase(zpl())
    assert caught.value.outcome_unknown


async def test_found_shipment_with_other_parcels_is_a_warning() -> None:
    """Two were asked for; the look-up names one."""
    driver = carrier(once(reply(found())))
    shipment = await driver.find_purchase(zpl(parcels=[parcel(), parcel()]))
    assert shipment is not None
    assert shipment.warnings == ("2 parcels were asked for, UPS answers 1",)


async def test_void_result_without_a_number_counts_by_the_summary() -> None:
    """It says nothing about any parcel."""
    results = [{"Status": {"Code": "0"}}]
    answer = {"VoidShipmentResponse": {"SummaryResult": {"Status": {"Code": "1"}}, "PackageLevelResult": results}}
    driver = carrier(once(reply(answer)))
    assert (await driver.void_shipment(of_shipment())).status is VoidStatus.VOIDED


async def test_charges_of_packages_are_part_of_a_published_price() -> None:
    """Where the account has no price of its own."""
    rated = {
        "Service": {"Code": "03"},
        "BaseServiceCharge": {"CurrencyCode": "USD", "MonetaryValue": "8.00"},
        "TotalCharges": {"CurrencyCode": "USD", "MonetaryValue": "9.00"},
        "RatedPackage": [{"ItemizedCharges": [{"Code": "375", "CurrencyCode": "USD", "MonetaryValue": "1.00"}]}],
    }
    driver = carrier(once(reply({"RateResponse": {"Response": {}, "RatedShipment": [rated]}})))
    (rate,) = await driver.get_rates(request())
    assert [charge.code for charge in rate.charges] == ["base", "375"]


def test_step_is_prepared_without_asking() -> None:
    """Its bytes are those of the mapping."""
    driver = carrier(once())
    made = driver.prepare_shipment(request(), reference=REFERENCE)
    assert made.steps == (step_of(request()),)
