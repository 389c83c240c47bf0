"""Track Alert: what is asked to be pushed, and what a push says."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cartcarrier.carriers import SupportsTrackingSubscriptions
from cartcarrier.carriers.ups import UPSCarrier
from cartcarrier.drivers import SupportsWebhooks
from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidValueError,
    RejectedError,
    ResponseError,
    UnavailableError,
)
from cartcarrier.http import ManualClock, ReceivedRequest, handler_transport
from cartcarrier.models import (
    Location,
    TimeCertainty,
    TrackingFailure,
    TrackingReason,
    TrackingRef,
    TrackingStatus,
    TrackingSubscription,
    TrackingUpdated,
    WebhookOutcome,
    WebhookRequest,
)
from tests.unit.carriers.ups.samples import CARRIER, FIRST, SECOND, Answer, carrier, config, refusal, reply, sent
from tests.unit.carriers.ups.test_driver import once

CREDENTIAL = "correct horse battery staple"
URL = "https://shop.example/webhooks/ups"


def alert(**changes: Any) -> dict[str, Any]:
    """Return a push as UPS writes it; what is not known is an empty text."""
    made: dict[str, Any] = {
        "trackingNumber": FIRST,
        "localActivityDate": "20261124",
        "localActivityTime": "154207",
        "activityLocation": {"city": "Atlanta", "stateProvince": "GA", "postalCode": "", "country": "US"},
        "activityStatus": {"type": "I", "code": "OR", "description": "Origin Scan", "descriptionCode": "005"},
        "scheduledDeliveryDate": "20261127",
        "actualDeliveryDate": "",
        "actualDeliveryTime": "",
        "gmtActivityDate": "20261124",
        "gmtActivityTime": "204207",
        "gmtOffset": "-05.00",
        "deliveryStartTime": "",
        "deliveryEndTime": "",
        "deliveryTimeDescription": "",
        "deliveryPhoto": "",
    }
    return {**made, **changes}


def push(body: object, *, headers: dict[str, str] | None = None) -> WebhookRequest:
    """Return a push."""
    given = {"Authorization": f"Bearer {CREDENTIAL}"} if headers is None else headers
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return WebhookRequest(method="POST", url=URL, headers=given, body=content)


async def receive(body: object, **settings: Any) -> WebhookOutcome:
    """Let the driver receive a push."""
    headers = settings.pop("headers", None)
    driver = carrier(once(), **{"webhook_credential": CREDENTIAL, **settings})
    return await driver.receive(push(body, headers=headers))


async def tracking_of(body: object) -> Any:
    """Return what a push says about its parcel."""
    (event,) = (await receive(body)).events
    assert isinstance(event, TrackingUpdated)
    return event.tracking


# --- verified first -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {CREDENTIAL}"},
        {"authorization": CREDENTIAL},
        {"Credential": CREDENTIAL},
        {"credential": f"Bearer {CREDENTIAL}"},
    ],
    ids=["bearer", "bare", "own header", "own header, bearer"],
)
async def test_credential_is_looked_for_where_it_may_be(headers: dict[str, str]) -> None:
    """UPS signs nothing and publishes no header for it; it is the secret itself that counts."""
    assert len((await receive(alert(), headers=headers)).events) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {CREDENTIAL}x"},
        {"Authorization": f"Bearer x {CREDENTIAL}"},
        {"x-api-key": CREDENTIAL},
        {"Authorization": "Bearer geheimnis\u00e4"},
    ],
    ids=["none", "empty", "empty bearer", "longer", "after another", "another header", "not ASCII"],
)
async def test_push_of_somebody_else_is_refused(headers: dict[str, str]) -> None:
    """Whoever finds the address could say that parcels have arrived."""
    with pytest.raises(AuthenticationError) as caught:
        await receive(alert(), headers=headers)
    assert CREDENTIAL not in str(caught.value)
    assert (caught.value.provider, caught.value.account, caught.value.operation) == ("ups", "default", "receive")


async def test_nothing_is_read_before_it_is_verified() -> None:
    """A body that cannot be read tells a stranger nothing."""
    with pytest.raises(AuthenticationError):
        await receive(b"{", headers={})


async def test_without_a_credential_nothing_can_be_verified() -> None:
    """Neither asked for nor received."""
    driver = carrier(once())
    with pytest.raises(ConfigurationError, match="webhook_credential"):
        await driver.receive(push(alert()))
    with pytest.raises(ConfigurationError, match="webhook_credential"):
        await driver.subscribe_tracking([FIRST], url=URL)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]x", b'{"trackingNumber": 1}', b"{}", b"\xff", b'{"trackingNumber": " ", "activityStatus": {}}'],
)
async def test_genuine_push_that_cannot_be_read_is_an_error(body: bytes) -> None:
    """UPS sends it again."""
    with pytest.raises(ResponseError):
        await receive(body)


async def test_very_large_push_is_not_read() -> None:
    """UPS's have a few hundred bytes."""
    assert (await receive(b" " * (1024 * 1024 + 1))).status == 413


# --- what it says -------------------------------------------------------------------------------------------------------


async def test_event_is_read() -> None:
    """In UTC, with the place's own clock beside it."""
    (event,) = (await receive(alert())).events
    assert isinstance(event, TrackingUpdated)
    assert event.account == CARRIER
    moment = datetime(2026, 11, 24, 20, 42, 7, tzinfo=UTC)
    assert event.occurred_at == moment
    tracking = event.tracking
    assert (tracking.carrier, tracking.tracking_number) == (CARRIER, FIRST)
    assert tracking.status is TrackingStatus.IN_TRANSIT
    assert tracking.estimated_delivery == date(2026, 11, 27)
    (scan,) = tracking.events
    assert scan.occurred_at == moment
    assert scan.local_time == datetime(2026, 11, 24, 15, 42, 7)  # noqa: DTZ001 - the wall clock of the place
    assert scan.time_certainty is TimeCertainty.ZONED
    assert scan.location == Location(city="Atlanta", region="GA", country_code="US")
    assert (scan.description, scan.carrier_code) == ("Origin Scan", "OR")


async def test_offset_with_a_point_makes_the_local_time_certain() -> None:
    """Pushes write it otherwise than pulls do (field guide ups.md section 7.3)."""
    tracking = await tracking_of(alert(gmtActivityDate="", gmtActivityTime=""))
    assert tracking.events[0].occurred_at == datetime(2026, 11, 24, 20, 42, 7, tzinfo=UTC)


async def test_zone_is_never_invented() -> None:
    """Without UTC and offset the wall clock is all there is."""
    tracking = await tracking_of(alert(gmtActivityDate="", gmtActivityTime="", gmtOffset=""))
    assert tracking.events[0].occurred_at is None
    assert tracking.events[0].time_certainty is TimeCertainty.LOCAL


async def test_delivery_is_signed() -> None:
    """And is expected no more."""
    status = {"type": "D", "code": "FS", "description": "Delivered", "descriptionCode": "011"}
    tracking = await tracking_of(alert(activityStatus=status, receivedBy="DOE"))
    assert tracking.status is TrackingStatus.DELIVERED
    assert tracking.delivered_at == datetime(2026, 11, 24, 20, 42, 7, tzinfo=UTC)
    assert tracking.signed_by == "DOE"
    assert tracking.estimated_delivery is None


@pytest.mark.parametrize(
    ("status", "meaning", "reason"),
    [
        ({"type": "I", "code": "OT", "descriptionCode": "021"}, TrackingStatus.OUT_FOR_DELIVERY, None),
        ({"type": "I", "code": "OT", "descriptionCode": 21}, TrackingStatus.OUT_FOR_DELIVERY, None),
        ({"type": "D", "code": "FS"}, TrackingStatus.DELIVERED, None),
        ({"type": "D", "code": "ZZ"}, TrackingStatus.UNKNOWN, None),
        ({"type": "MV", "code": "VP"}, TrackingStatus.CANCELLED, None),
        ({"type": "X", "code": "A6"}, TrackingStatus.EXCEPTION, TrackingReason.ADDRESS),
        ({"type": "U", "code": "??"}, TrackingStatus.UNKNOWN, None),
    ],
    ids=["code", "number", "pair", "unknown", "void", "exception", "update"],
)
async def test_status_goes_by_the_tables_of_tracking(
    status: dict[str, Any], meaning: TrackingStatus, reason: TrackingReason | None
) -> None:
    """D alone is "delivery information": nothing is guessed (field guide ups.md section 7.4)."""
    tracking = await tracking_of(alert(activityStatus=status))
    assert tracking.status is meaning
    assert tracking.events[0].reason is reason


async def test_update_of_the_date_changes_no_status() -> None:
    """It is merged with what is known."""
    known = await tracking_of(alert())
    update = await tracking_of(
        alert(activityStatus={"type": "U", "code": "UP"}, localActivityTime="160000", gmtActivityTime="210000",
              scheduledDeliveryDate="20261128")
    )  # fmt: skip
    assert update.events[0].status is None
    both = known.merge(update)
    assert both.status is TrackingStatus.IN_TRANSIT
    assert both.estimated_delivery == date(2026, 11, 28)


async def test_same_event_has_the_same_key_over_pull_and_push() -> None:
    """Else it would stand twice in the history."""
    activity = {
        "date": "20261124",
        "time": "154207",
        "gmtDate": "20261124",
        "gmtTime": "20:42:07",
        "status": {"type": "I", "code": "OR", "statusCode": "005", "description": "Origin Scan"},
    }
    package = {"trackingNumber": FIRST, "activity": [activity]}
    driver = carrier(once(reply({"trackResponse": {"shipment": [{"package": [package]}]}})))
    (pulled,) = await driver.track([FIRST])
    pushed = await tracking_of(alert())
    assert not isinstance(pulled, TrackingFailure)
    assert pulled.events[0].key == pushed.events[0].key
    assert len(pulled.merge(pushed).events) == 1


async def test_number_of_a_status_has_its_zeros_in_the_key() -> None:
    """A pull writes it as a text of three."""
    pushed = await tracking_of(alert(activityStatus={"type": "I", "descriptionCode": 5}))
    assert pushed.events[0].key == "I.005.20261124T154207"


async def test_every_delivery_of_a_push_has_the_same_id() -> None:
    """UPS gives none: parcel and event make it."""
    first, again = [(await receive(alert())).events[0].id for _ in range(2)]
    assert first == again
    others = [
        alert(trackingNumber=SECOND),
        alert(localActivityTime="154208"),
        alert(scheduledDeliveryDate="20261128"),
        alert(activityStatus={"type": "I", "code": "DP"}),
    ]
    assert len({first, *[(await receive(other)).events[0].id for other in others]}) == 5


async def test_several_events_may_come_at_once() -> None:
    """They are one each in UPS's description; a list is read all the same."""
    assert len((await receive([alert(), alert(trackingNumber=SECOND)])).events) == 2


async def test_raw_is_off_unless_asked_for() -> None:
    """It is personal data."""
    assert (await tracking_of(alert())).raw is None
    keeping = UPSCarrier(
        config(webhook_credential=CREDENTIAL),
        transport=handler_transport(lambda _: reply({})),
        clock=ManualClock(),
        keep_raw=True,
    )
    (event,) = (await keeping.receive(push(alert()))).events
    assert isinstance(event, TrackingUpdated)
    assert event.tracking.raw == msgspec.json.encode(alert())


# --- what is asked for --------------------------------------------------------------------------------------------------


def following(answer: Any) -> UPSCarrier:
    """Return the driver before a UPS that follows parcels."""
    return carrier(answer, webhook_credential=CREDENTIAL)


async def test_parcels_are_followed_for_14_days() -> None:
    """Then the subscription ends by itself; asking again renews it (field guide ups.md section 7.6)."""
    driver = following(once(reply({"validTrackingNumbers": [FIRST], "invalidTrackingNumbers": []})))
    (made,) = await driver.subscribe_tracking([TrackingRef(number=f" {FIRST.lower()} ")], url=URL)
    assert made == TrackingSubscription(tracking_number=FIRST, expires_at=driver._now() + timedelta(days=14))
    (one,) = sent(driver)
    assert one.path == "/api/track/v2/subscription/standard/package"
    assert json.loads(one.content) == {"locale": "en_US", "countryCode": "US", "trackingNumberList": [FIRST]}


async def test_every_parcel_has_its_result_in_the_order_asked() -> None:
    """Some are refused beside a success, and some UPS is never asked about."""
    driver = following(once(reply({"validTrackingNumbers": [SECOND], "invalidTrackingNumbers": [FIRST]})))
    found = await driver.subscribe_tracking([FIRST, "9261290100130739674620", SECOND, SECOND], url=URL)
    assert [type(one) for one in found] == [
        TrackingFailure,
        TrackingFailure,
        TrackingSubscription,
        TrackingSubscription,
    ]
    assert [one.tracking_number for one in found] == [FIRST, "9261290100130739674620", SECOND, SECOND]
    assert json.loads(sent(driver)[0].content)["trackingNumberList"] == [FIRST, SECOND]
    assert isinstance(found[0], TrackingFailure)
    assert isinstance(found[0].error, RejectedError)


async def test_a_hundred_parcels_go_together() -> None:
    """One more and UPS refuses all of them (VSS220)."""
    numbers = [f"1Z{place:016}" for place in range(101)]
    asked: list[int] = []

    def ups(one: ReceivedRequest) -> Answer:
        some = json.loads(one.content)["trackingNumberList"]
        asked.append(len(some))
        return reply({"validTrackingNumbers": some})

    found = await following(ups).subscribe_tracking(numbers, url=URL)
    assert asked == [100, 1]
    assert all(isinstance(one, TrackingSubscription) for one in found)


async def test_no_number_to_follow_asks_nobody() -> None:
    """Pushes are for 1Z and 1R numbers only."""
    driver = following(once())
    (one,) = await driver.subscribe_tracking(["H1234567890"], url=URL)
    assert isinstance(one, TrackingFailure)
    assert sent(driver) == []


@pytest.mark.parametrize("code", ["VSS200", "VSS210", "VSS215"])
async def test_refusal_of_all_numbers_is_a_failure_of_each(code: str) -> None:
    """It stands beside the others' results, with UPS's code."""
    driver = following(once(reply(refusal(code), 400)))
    (one,) = await driver.subscribe_tracking([FIRST], url=URL)
    assert isinstance(one, TrackingFailure)
    assert isinstance(one.error, RejectedError)
    assert one.error.code == code


async def test_refusal_of_the_question_is_an_error() -> None:
    """No parcel is at fault."""
    driver = following(once(reply(refusal("VSS600"), 400)))
    with pytest.raises(RejectedError, match="developer portal"):
        await driver.subscribe_tracking([FIRST], url=URL)


async def test_trouble_at_ups_is_tried_again() -> None:
    """Asking again renews, so it is safe."""
    driver = following(once(reply(refusal("VSS100"), 500), reply({"validTrackingNumbers": [FIRST]})))
    (one,) = await driver.subscribe_tracking([FIRST], url=URL)
    assert isinstance(one, TrackingSubscription)
    always = following(lambda _: reply(refusal("VSS100"), 500))
    with pytest.raises(UnavailableError):
        await always.subscribe_tracking([FIRST], url=URL)


@pytest.mark.parametrize("url", ["http://shop.example/ups", "shop.example", "https://"])
async def test_pushes_come_over_https(url: str) -> None:
    """The credential would be read on the way."""
    driver = following(once())
    with pytest.raises(InvalidValueError):
        await driver.subscribe_tracking([FIRST], url=url)


def test_driver_pushes() -> None:
    """So says its type."""
    assert issubclass(UPSCarrier, SupportsTrackingSubscriptions)
    assert issubclass(UPSCarrier, SupportsWebhooks)
