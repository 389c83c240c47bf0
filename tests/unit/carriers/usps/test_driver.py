"""The driver before a USPS made by hand: what it sends, and what it makes of the answers."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import attrs
import pytest

from cartcarrier.carriers.usps import USPSCarrier
from cartcarrier.carriers.usps.auth import PAYMENT_HEADER
from cartcarrier.carriers.usps.client import KEY_HEADER, quota
from cartcarrier.carriers.usps.driver._memory import Memory
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    PermissionDeniedError,
    RateExpiredError,
    RateLimitError,
    RejectedError,
    ResponseError,
    ServiceUnavailableForLaneError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import ConnectionDropped, ManualClock, MemoryTokenStore, ReceivedRequest, handler_transport
from cartcarrier.models import (
    AddressVerdict,
    CustomsDeclaration,
    LabelFormat,
    Pickup,
    PurchaseSafety,
    Shipment,
    ShippedParcel,
    Tracking,
    TrackingFailure,
    TrackingRef,
    VoidStatus,
)
from tests.unit.carriers.usps.samples import (
    CARRIER,
    FIRST,
    FOREIGN,
    NOW,
    PAYMENT,
    PDF,
    REFERENCE,
    SECOND,
    TOKEN,
    UNCOUNTED,
    Answer,
    abroad,
    all_sent,
    b64,
    back,
    bought,
    bought_abroad,
    carrier,
    config,
    dollars,
    event,
    military,
    never,
    options,
    parcel,
    price,
    priced,
    rate_option,
    recipient,
    refusal,
    reply,
    request,
    sender,
    sent,
    step_of,
    tracked,
    transport,
)

ALL = request(service=None)
PDF_WANTED = options(label_formats=[LabelFormat.PDF])


def answers(*found: Answer | type[Exception] | Exception) -> Callable[[ReceivedRequest], Answer]:
    """Return USPS that gives these answers, one after the other."""
    left = list(found)

    def answer(asked: ReceivedRequest) -> Answer:
        assert left, f"{asked.method} {asked.path} was not expected"
        one = left.pop(0)
        if isinstance(one, Exception):
            raise one
        assert isinstance(one, tuple)
        return one

    return answer


@pytest.mark.parametrize("changes", [{"trackingNumber": "  "}, {"postage": "NaN"}], ids=["blank number", "no sum"])
async def test_purchase_that_makes_no_sense_may_be_bought_all_the_same(changes: dict[str, Any]) -> None:
    """A complaint of ours about the answer, taken for a refusal, buys a second label."""
    with pytest.raises(ResponseError) as caught:
        await purchased(carrier(answers(reply(bought(**changes)))))
    assert caught.value.outcome_unknown


def test_forms_of_labels_are_said() -> None:
    """A shop chooses by them before it asks for a price."""
    assert set(USPSCarrier.label_formats) == set(LabelFormat)


async def purchased(driver: USPSCarrier, asked: Any = None) -> Shipment:
    """Return what was bought."""
    return await driver.purchase(step_of(asked or request(options=PDF_WANTED)))


# --- tokens -------------------------------------------------------------------------------------------------------------


async def test_both_tokens_serve_many_calls() -> None:
    """Each counts against the quota (pitfall 2)."""
    driver = carrier(lambda _: reply(bought()))
    for _ in range(3):
        await purchased(driver)
    assert [one.path for one in all_sent(driver)].count(UNCOUNTED[0]) == 1
    assert [one.path for one in all_sent(driver)].count(UNCOUNTED[1]) == 1


async def test_purchases_at_once_ask_for_one_payment_token() -> None:
    """Of all who wait, one asks."""
    driver = carrier(lambda _: reply(bought()))
    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(purchased, driver)
    assert [one.path for one in all_sent(driver)].count(UNCOUNTED[1]) == 1


async def test_payment_token_is_renewed_in_time() -> None:
    """After eight hours it would be a refusal in the middle of a purchase."""
    driver = carrier(lambda _: reply(bought()))
    await purchased(driver)
    assert isinstance(driver.clock, ManualClock)
    driver.clock.advance(timedelta(hours=7, minutes=44).total_seconds())
    await purchased(driver)
    assert [one.path for one in all_sent(driver)].count(UNCOUNTED[1]) == 1
    driver.clock.advance(timedelta(minutes=2).total_seconds())
    await purchased(driver)
    assert [one.path for one in all_sent(driver)].count(UNCOUNTED[1]) == 2


async def test_payment_token_is_shared_through_the_store() -> None:
    """Several processes of one account ask for one; another account for its own."""
    store = MemoryTokenStore()
    used = []
    for settings in ({}, {}, {"account_number": "1000000002"}):
        driver = USPSCarrier(
            config(**settings), transport=transport(lambda _: reply(bought())), clock=ManualClock(NOW), tokens=store
        )
        await purchased(driver)
        used.append([one.path for one in all_sent(driver)].count(UNCOUNTED[1]))
    assert used == [1, 0, 1]


@pytest.mark.parametrize(
    ("settings", "account"),
    [
        ({}, {"accountType": "EPS", "accountNumber": "1000000001"}),
        (
            {"account_type": "PERMIT", "account_number": "42", "permit_zip": "10018"},
            {"accountType": "PERMIT", "permitNumber": "42", "permitZIP": "10018"},
        ),
    ],
    ids=["account", "permit"],
)
async def test_contract_prices_are_bought_by_their_holder(settings: dict[str, Any], account: dict[str, str]) -> None:
    """Without that role the contract's price is quoted, and the commercial one is paid."""
    driver = carrier(answers(reply(bought())), price_type="CONTRACT", **settings)
    await purchased(driver)
    (asked,) = [one for one in all_sent(driver) if one.path == UNCOUNTED[1]]
    roles = {role.pop("roleName"): role for role in json.loads(asked.content)["roles"]}
    assert set(roles) == {"PAYER", "LABEL_OWNER", "RATE_HOLDER"}
    assert roles["RATE_HOLDER"] == {"CRID": "12345678", **account}


async def test_payment_roles_are_the_two_that_usps_demands() -> None:
    """160228, 160229."""
    driver = carrier(lambda _: reply(bought()))
    await purchased(driver)
    asked = next(one for one in all_sent(driver) if one.path == UNCOUNTED[1])
    assert json.loads(asked.content) == {
        "roles": [
            {
                "roleName": "PAYER",
                "CRID": "12345678",
                "MID": "900123456",
                "manifestMID": "900123457",
                "accountType": "EPS",
                "accountNumber": "1000000001",
            },
            {"roleName": "LABEL_OWNER", "CRID": "12345678", "MID": "900123456", "manifestMID": "900123457"},
        ]
    }


async def test_permit_pays_in_its_own_words() -> None:
    """The ZIP code has another name here than in the query for funds (pitfall 33)."""
    driver = carrier(
        lambda _: reply({"sufficientFunds": False}), account_type="PERMIT", account_number="77", permit_zip="10018"
    )
    assert await driver.has_funds() is False
    assert dict(sent(driver)[0].params) == {"accountType": "PERMIT", "permitZIPCode": "10018"}
    bought_one = carrier(lambda _: reply(bought()), account_type="PERMIT", account_number="77", permit_zip="10018")
    await purchased(bought_one)
    asked = next(one for one in all_sent(bought_one) if one.path == UNCOUNTED[1])
    payer = json.loads(asked.content)["roles"][0]
    assert (payer["permitNumber"], payer["permitZIP"]) == ("77", "10018")
    assert "accountNumber" not in payer


async def test_refusal_that_looks_like_a_success_is_one() -> None:
    """A body with a sentence, and no token (pitfall 3). Nothing was bought."""

    def respond(asked: ReceivedRequest) -> Answer:
        if asked.path == UNCOUNTED[0]:
            return reply(TOKEN)
        assert asked.path == UNCOUNTED[1]
        return reply({"body": "CRID isn't enrolled in USPS Ship Outbound", "roles": []})

    driver = USPSCarrier(config(), transport=handler_transport(respond), clock=ManualClock(NOW))
    with pytest.raises(PermissionDeniedError) as caught:
        await purchased(driver)
    assert not caught.value.outcome_unknown
    assert "enrolled" in caught.value.message


async def test_no_scope_is_asked_for() -> None:
    """Asking for one that the app does not own gives a token without any (pitfall 5)."""
    driver = carrier(lambda _: reply(priced()))
    await driver.get_rates(ALL)
    asked = json.loads(all_sent(driver)[0].content)
    assert asked == {"grant_type": "client_credentials", "client_id": "key-of-app", "client_secret": "secret-of-app"}


async def test_refused_tokens_are_both_renewed() -> None:
    """Which of the two is over is not said; here the bearer comes again as it was."""
    driver = carrier(answers(refusal(None, "Token expired", 401), reply(bought())))
    assert (await purchased(driver)).id == FIRST
    paths = [one.path for one in all_sent(driver)]
    assert (paths.count(UNCOUNTED[0]), paths.count(UNCOUNTED[1])) == (2, 2)


async def test_payment_token_that_was_refused_is_not_used_again() -> None:
    """It may have been revoked."""
    tokens = iter(range(1, 9))

    def respond(asked: ReceivedRequest) -> Answer:
        if asked.path == UNCOUNTED[0]:
            return reply({**TOKEN, "access_token": f"token-{next(tokens)}"})
        if asked.path == UNCOUNTED[1]:
            return reply({**PAYMENT, "paymentAuthorizationToken": f"payment-{next(tokens)}"})
        if asked.headers[PAYMENT_HEADER] == "payment-2":
            return refusal(None, "Token expired", 401)
        return reply(bought())

    driver = USPSCarrier(config(), transport=handler_transport(respond), clock=ManualClock(NOW))
    assert (await purchased(driver)).id == FIRST
    bodies = [one for one in driver.transport.requests if one.path not in UNCOUNTED]  # type: ignore[attr-defined]  # a HandlerTransport
    assert [one.headers[PAYMENT_HEADER] for one in bodies] == ["payment-2", "payment-4"]
    assert bodies[0].content == bodies[1].content
    assert bodies[0].headers[KEY_HEADER] == bodies[1].headers[KEY_HEADER]


async def test_scope_that_is_missing_is_said_and_not_renewed() -> None:
    """A new token would not have it either (pitfall 4)."""

    def respond(asked: ReceivedRequest) -> Answer:
        if asked.path == UNCOUNTED[0]:
            return reply({**TOKEN, "scope": "addresses"})
        return refusal(None, "Unauthorized", 401)

    driver = USPSCarrier(config(), transport=handler_transport(respond), clock=ManualClock(NOW))
    with pytest.raises(PermissionDeniedError, match="no scope"):
        await driver.get_rates(ALL)
    assert [one.path for one in driver.transport.requests].count(UNCOUNTED[0]) == 1  # type: ignore[attr-defined]  # a HandlerTransport


async def test_silent_401_with_a_fresh_token_is_a_missing_product() -> None:
    """New apps lack labels, payments, tracking (field guide usps.md §0.4; pitfall 6)."""
    numbers = iter(range(9))

    def respond(asked: ReceivedRequest) -> Answer:
        if asked.path == UNCOUNTED[0]:
            return reply({**TOKEN, "scope": "", "access_token": f"t{next(numbers)}"})
        return 401, {}, b""

    driver = USPSCarrier(config(), transport=handler_transport(respond), clock=ManualClock(NOW))
    with pytest.raises(PermissionDeniedError, match="API product"):
        await driver.get_rates(ALL)


# --- the quota ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("calls", [1, 2, 60, 1000])
def test_no_hour_holds_more_than_usps_allows(calls: int) -> None:
    """What may come at once and what flows back in an hour are together the quota (pitfall 1)."""
    limit = quota(calls)
    assert limit.capacity + limit.rate * 3600 <= max(calls, 2)
    assert (limit.reserve > 0) is (limit.capacity > 1)


async def test_full_quota_is_an_error_with_a_time() -> None:
    """Waiting for an hour in silence would be hanging (pitfall 1)."""
    driver = carrier(lambda _: reply(priced()), calls_per_hour=60)

    async def crowd() -> None:
        for _ in range(25):
            await driver.get_rates(ALL)

    with pytest.raises(RateLimitError) as caught:
        await crowd()
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > timedelta(minutes=1)
    asked = len(sent(driver))
    assert asked == 15
    assert (await purchased_from(driver)).id == FIRST


async def purchased_from(driver: USPSCarrier) -> Shipment:
    """Buy where only prices were asked for until now."""
    driver.transport = transport(lambda _: reply(bought()))
    driver._client._session._wire = None
    return await purchased(driver)


async def test_quota_keeps_a_share_for_purchases() -> None:
    """Checkout traffic must not stop the packing table."""
    limit = quota(60)
    assert limit.capacity == 20
    assert limit.capacity * limit.reserve == 5


async def test_same_parcel_is_priced_from_memory() -> None:
    """Of 60 calls none is for what was answered before (pitfall 1)."""
    driver = carrier(lambda _: reply(priced()), quote_cache_minutes=60)
    first = await driver.get_rates(ALL)
    second = await driver.get_rates(request(service=None, ship_to=recipient(name="Rob Roe", street1="1 Oak St")))
    assert first == second
    assert len(sent(driver)) == 1
    await driver.get_rates(request(service=None, parcels=[parcel(), parcel()]))
    assert len(sent(driver)) == 1
    await driver.get_rates(request(service=None, ship_to=recipient(postal_code="80013")))
    assert len(sent(driver)) == 2
    assert isinstance(driver.clock, ManualClock)
    driver.clock.advance(3601)
    await driver.get_rates(ALL)
    assert len(sent(driver)) == 3


async def test_same_question_at_once_is_asked_once() -> None:
    """A page that shows a price to a hundred visitors costs one call."""
    driver = carrier(lambda _: reply(priced()), quote_cache_minutes=60)
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(driver.get_rates, ALL)
    assert len(sent(driver)) == 1


async def test_errors_are_not_remembered() -> None:
    """The next one asks anew."""
    driver = carrier(answers(refusal(None, "x", 403), reply(priced())), quote_cache_minutes=60)
    with pytest.raises(PermissionDeniedError):
        await driver.get_rates(ALL)
    assert await driver.get_rates(ALL)


async def test_memory_is_bounded() -> None:
    """A shop of a million addresses must not fill a machine."""
    memory: Memory[int] = Memory(timedelta(hours=1), most=2)

    async def ask() -> int:
        calls.append(1)
        return len(calls)

    calls: list[int] = []
    for question in (b"a", b"b", b"c"):
        await memory.get(question, ask, now=0)
    assert await memory.get(b"c", ask, now=0) == 3
    assert await memory.get(b"a", ask, now=0) == 4


async def test_known_addresses_are_answered_from_memory() -> None:
    """Two weeks; the next asks again."""
    found = {
        "address": {"streetAddress": "9 ELM ST", "city": "AURORA", "state": "CO"},
        "additionalInfo": {"DPVConfirmation": "Y"},
    }
    driver = carrier(
        lambda asked: reply({"city": "AURORA", "state": "CO"} if "city" in asked.path else found), address_cache_days=14
    )
    for _ in range(2):
        await driver.validate_address(recipient())
        assert await driver.city_and_state("80012-1234") == ("AURORA", "CO")
    assert len(sent(driver)) == 2
    other = await driver.validate_address(recipient(name="Rob Roe"))
    assert other.candidates[0].name == "Rob Roe"


# --- prices -------------------------------------------------------------------------------------------------------------


async def test_one_call_shops_for_all() -> None:
    """Prices, days and extra services."""
    driver = carrier(lambda _: reply(priced(rate_option(price("PRIORITY_MAIL", 12)), rate_option(price()))))
    rates = await driver.get_rates(ALL)
    assert [rate.service.code for rate in rates] == ["PRIORITY_MAIL", "USPS_GROUND_ADVANTAGE"]
    (asked,) = sent(driver)
    assert asked.path == "/shipments/v3/options/search"
    assert "api" not in asked.url.replace("apis.usps.com", "")


@pytest.mark.parametrize(
    "fault",
    [refusal("OASValidation", "matched 2 out of 2 schemas"), refusal(None, "OASValidation: destinationCountryCode")],
    ids=["code", "words"],
)
async def test_gateway_that_does_not_take_the_question_is_gone_round(fault: Answer) -> None:
    """Options once demanded a country of domestic parcels (field guide usps.md §2.1)."""
    driver = carrier(answers(fault, reply({"rateOptions": [rate_option(price(), commitment=None)]})))
    (rate,) = await driver.get_rates(ALL)
    assert rate.total == dollars("8.25")
    assert [one.path for one in sent(driver)] == ["/shipments/v3/options/search", "/prices/v3/total-rates/search"]


async def test_broken_interfaces_are_gone_round_one_after_the_other() -> None:
    """One was broken for weeks (pitfall 13)."""
    broken = refusal(None, "x", 500)
    driver = carrier(answers(*[broken] * 6, reply({"rateOptions": [rate_option(price(), commitment=None)]})))
    (rate,) = await driver.get_rates(ALL)
    assert rate.total == dollars("8.25")
    assert sent(driver)[-1].path == "/prices/v3/base-rates-list/search"


async def test_maintenance_is_not_gone_round() -> None:
    """Every try counts against the quota."""
    driver = carrier(lambda _: refusal(None, "x", 503))
    with pytest.raises(UnavailableError):
        await driver.get_rates(ALL)
    assert {one.path for one in sent(driver)} == {"/shipments/v3/options/search"}


async def test_list_of_base_prices_cannot_price_extra_services() -> None:
    """Then its answer would be a promise that nobody keeps."""
    driver = carrier(lambda _: refusal(None, "x", 500))
    with pytest.raises(UnavailableError):
        await driver.get_rates(request(parcels=[parcel(insured_value=dollars("50"))]))
    assert sent(driver)[-1].path == "/prices/v3/total-rates/search"


async def test_prices_abroad_have_an_interface_of_their_own() -> None:
    """For the way round, too."""
    option = rate_option(price("PRIORITY_MAIL_INTERNATIONAL", 25), commitment=None)
    driver = carrier(answers(refusal("OASValidation", "x"), reply({"rateOptions": [option]})))
    (rate,) = await driver.get_rates(abroad(service=None))
    assert rate.service.code == "PRIORITY_MAIL_INTERNATIONAL"
    assert sent(driver)[-1].path == "/international-prices/v3/total-rates/search"


async def test_nothing_between_the_places_is_no_rates() -> None:
    """Or an error, when a service was asked for."""
    driver = carrier(lambda _: refusal("030001"))
    assert await driver.get_rates(ALL) == ()
    with pytest.raises(ServiceUnavailableForLaneError):
        await driver.get_rates(request())
    empty = carrier(lambda _: reply(priced(rate_option(price("PRIORITY_MAIL")))))
    with pytest.raises(ServiceUnavailableForLaneError):
        await empty.get_rates(request())


@pytest.mark.parametrize("asked", [request(service="97"), abroad(service="PRIORITY_MAIL")])
async def test_service_that_is_none_costs_no_call(asked: Any) -> None:
    """Nothing was sent."""
    for call in (carrier(never).get_rates, carrier(never).get_transit_times):
        with pytest.raises(ServiceUnavailableForLaneError):
            await call(asked)


async def test_contract_that_is_not_shared_is_said() -> None:
    """Or quoted at commercial prices when that is allowed (pitfall 12)."""
    secret = refusal(None, "The requested contract information is not authorized to access", 403)
    with pytest.raises(PermissionDeniedError):
        await carrier(lambda _: secret, price_type="CONTRACT").get_rates(ALL)
    for refused in (secret, refusal("160212")):
        driver = carrier(answers(refused, reply(priced())), price_type="CONTRACT", contract_fallback=True)
        (rate,) = await driver.get_rates(ALL)
        assert "commercial prices" in rate.warnings[0]
        assert [json.loads(one.content)["pricingOptions"][0]["priceType"] for one in sent(driver)] == [
            "CONTRACT",
            "COMMERCIAL",
        ]
    with pytest.raises(PermissionDeniedError):
        await carrier(lambda _: secret, contract_fallback=True).get_rates(ALL)


async def test_transit_times_are_a_call_each() -> None:
    """Kept for a day; a class that does not run there is left out."""

    def answer(asked: ReceivedRequest) -> Answer:
        service = asked.params["mailClass"]
        return (
            refusal("040001") if service == "PRIORITY_MAIL" else reply([{"mailClass": service, "serviceStandard": 3}])
        )

    driver = carrier(answer, quote_cache_minutes=60)
    found = await driver.get_transit_times(ALL)
    assert [time.service.code for time in found] == ["PRIORITY_MAIL_EXPRESS", "USPS_GROUND_ADVANTAGE"]
    with pytest.raises(ServiceUnavailableForLaneError):
        await driver.get_transit_times(request(service="PRIORITY_MAIL"))
    assert await driver.get_transit_times(request())
    assert len(sent(driver)) == 4
    assert await driver.get_transit_times(abroad()) == ()
    silent = carrier(lambda _: reply([]))
    with pytest.raises(ServiceUnavailableForLaneError):
        await silent.get_transit_times(request())


def test_volume_is_planned_without_a_call() -> None:
    """With the account's own quota and version of tracking."""
    made = carrier(never, calls_per_hour=60).plan_volume(parcels_per_day=200)
    assert made.calls_per_hour == 60
    assert made.fits is False
    assert made.calls_needed_per_hour is not None
    assert made.calls_needed_per_hour > 60
    roomy = carrier(never, calls_per_hour=made.calls_needed_per_hour).plan_volume(parcels_per_day=200)
    assert roomy.fits
    assert carrier(never, calls_per_hour=60, tracking_api="v3").plan_volume().parcels_per_day < made.parcels_per_day


# --- buying -------------------------------------------------------------------------------------------------------------


async def test_purchase_goes_with_key_and_payment_in_one_document() -> None:
    """The default answer is in parts, and 200 is a success (pitfalls 7 and 8)."""
    driver = carrier(lambda _: reply(bought()))
    step = step_of(request(options=PDF_WANTED))
    shipment = await driver.purchase(step)
    (asked,) = sent(driver)
    assert (asked.path, asked.content) == ("/labels/v3/label", step.body)
    assert asked.headers[KEY_HEADER] == step.key
    assert asked.headers[PAYMENT_HEADER] == "payment-1"
    assert asked.headers["accept"] == "application/vnd.usps.labels+json"
    assert (shipment.id, shipment.reference, shipment.total, shipment.test) == (
        FIRST,
        REFERENCE,
        dollars("8.25"),
        False,
    )


@pytest.mark.parametrize(
    ("asked", "answer", "path"),
    [
        (abroad(), reply(bought_abroad(), 201), "/international-labels/v3/international-label"),
        (back(), reply(bought()), "/labels/v3/return-label"),
        (military(), reply(bought()), "/labels/v3/label"),
    ],
    ids=["abroad", "return", "military"],
)
async def test_each_is_bought_at_its_place(asked: Any, answer: Answer, path: str) -> None:
    """Three endpoints; the military post is at home."""
    driver = carrier(lambda _: answer)
    await purchased(driver, asked)
    assert sent(driver)[0].path == path


async def test_prepaid_duties_are_in_the_total() -> None:
    """Only the plain form of the answer has them; without them the total is not all."""
    duties = {"packageFee": 5, "itemCosts": [{"dutyPrice": 4, "taxPrice": 2}]}
    flat = bought_abroad()
    image = flat.pop("labelImage")
    nested = reply({"labelMetadata": flat, "labelImage": image, "prepaidDutiesTaxesFees": duties}, 201)
    parts = (
        b'--b\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="labelMetadata"\r\n\r\n'
        + json.dumps(flat).encode()
        + b'\r\n--b\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="prepaidDutiesTaxesFees"\r\n\r\n'
        + json.dumps(duties).encode()
        + b'\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: form-data; name="labelImage"\r\n\r\n'
        + image.encode()
        + b"\r\n--b--\r\n"
    )
    asked = abroad(customs=CustomsDeclaration(incoterm="DDP"))
    for answer in (nested, (201, {"content-type": "multipart/form-data; boundary=b"}, parts)):
        driver = carrier(answers(answer))
        shipment = await purchased(driver, asked)
        assert shipment.total == dollars("39.75")
        assert shipment.parcels[0].label is not None
        assert sent(driver)[0].headers["accept"] == "application/json"
        assert shipment.warnings == ()
    silent = await purchased(carrier(answers(reply(bought_abroad(), 201))), asked)
    assert "not in the total" in silent.warnings[0]


async def test_answer_in_parts_is_understood() -> None:
    """Whatever was asked for (pitfall 7)."""
    flat = bought()
    image = flat.pop("labelImage")
    body = (
        b'--b\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="labelMetadata"\r\n\r\n'
        + json.dumps(flat).encode()
        + b'\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: form-data; name="receiptImage"\r\n\r\n'
        + b64(PDF).encode()
        + b'\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: form-data; name="labelImage"\r\n\r\n'
        + image.encode()
        + b"\r\n--b--\r\n"
    )
    shipment = await purchased(carrier(lambda _: (200, {"content-type": "multipart/form-data; boundary=b"}, body)))
    assert shipment.parcels[0].label is not None
    assert shipment.parcels[0].label.data == PDF
    assert [paper.kind for paper in shipment.parcels[0].documents] == ["receipt"]


@pytest.mark.parametrize(
    "answer",
    [
        reply(bought(trackingNumber=None)),
        (200, {"content-type": "multipart/form-data; boundary=b"}, b"--b\r\n\r\nx\r\n--b--"),
        (
            200,
            {"content-type": "multipart/form-data; boundary=b"},
            b"--b\r\nContent-Type: application/json\r\n\r\n{\r\n--b--",
        ),
        (200, {"content-type": "text/html"}, b"<html>"),
        refusal(None, "x", 500),
        refusal("160368", "x", 503),
    ],
    ids=["no number", "no parts", "cut", "page", "500", "503"],
)
async def test_answer_that_says_nothing_leaves_the_outcome_open(answer: Answer) -> None:
    """A label may have been bought: the same step is sent again, and nothing else."""
    driver = carrier(lambda _: answer)
    with pytest.raises((ResponseError, UnavailableError)) as caught:
        await purchased(driver)
    assert caught.value.outcome_unknown
    assert len(sent(driver)) == 1


async def test_lost_purchase_is_not_repeated_by_the_driver() -> None:
    """The ledger repeats it, with the same bytes and key (field guide usps.md §9)."""
    driver = carrier(answers(ConnectionDropped()))
    with pytest.raises(TransportError) as caught:
        await purchased(driver)
    assert caught.value.outcome_unknown


async def test_refused_purchase_bought_nothing() -> None:
    """Nobody needs to look."""
    with pytest.raises(RejectedError) as caught:
        await purchased(carrier(lambda _: refusal("160075")))
    assert not caught.value.outcome_unknown


async def test_step_without_a_key_is_not_sent() -> None:
    """Without it USPS would sell a second label."""
    step = attrs.evolve(step_of(request()), key=None)
    with pytest.raises(InvalidValueError) as caught:
        await carrier(never).purchase(step)
    assert caught.value.field == "PurchaseStep.key"


async def test_safety_is_the_native_key() -> None:
    """Of the three carriers only USPS has one (field guide usps.md §0.1)."""
    driver = carrier(never)
    assert driver.purchase_safety is PurchaseSafety.NATIVE_KEY
    assert driver.key_lifetime == timedelta(hours=12)
    assert driver.settle_time is None


async def test_several_parcels_are_bought_one_after_the_other() -> None:
    """And are one shipment."""
    driver = carrier(answers(reply(bought()), reply(bought(SECOND))))
    made = await driver.create_shipment(request(parcels=[parcel(), parcel()]))
    assert [one.tracking_number for one in made.parcels] == [FIRST, SECOND]
    assert made.total == dollars("16.50")
    keys = [one.headers[KEY_HEADER] for one in sent(driver)]
    assert len(set(keys)) == 2


async def test_failure_of_the_second_parcel_names_the_first() -> None:
    """It is paid, and live."""
    driver = carrier(answers(reply(bought()), refusal("160075")))
    with pytest.raises(RejectedError) as caught:
        await driver.create_shipment(request(parcels=[parcel(), parcel()]))
    assert any(FIRST in note for note in caught.value.__notes__)


async def test_price_other_than_the_quoted_one_is_a_warning() -> None:
    """Sides or indicator have changed (pitfall 29)."""
    for postage, warned in ((8.25, False), (9.10, True), (None, False)):
        driver = carrier(answers(reply(priced()), reply(bought(postage=postage))))
        (rate,) = await driver.get_rates(ALL)
        made = await driver.create_shipment(attrs.evolve(ALL, rate=rate, options=PDF_WANTED))
        assert any("quoted" in warning for warning in made.warnings) is warned


async def test_rate_that_is_over_is_not_bought() -> None:
    """Another price would be paid, unseen."""
    driver = carrier(lambda _: reply(priced()))
    (rate,) = await driver.get_rates(ALL)
    assert isinstance(driver.clock, ManualClock)
    driver.clock.advance(timedelta(days=1).total_seconds())
    with pytest.raises(RateExpiredError):
        driver.prepare_shipment(attrs.evolve(ALL, rate=rate), reference=REFERENCE)


async def test_label_of_the_test_environment_says_so() -> None:
    """It must not go on a parcel, and is never scanned (pitfall 15)."""
    driver = carrier(lambda _: reply(bought()), sandbox=True)
    assert (await purchased(driver)).test
    assert sent(driver)[0].url.startswith("https://apis-tem.usps.com/")


# --- finding, printing again ------------------------------------------------------------------------------------------


async def test_lost_purchase_is_found_by_its_key() -> None:
    """With its label; each look counts as a reprint (field guide usps.md §9.4)."""
    driver = carrier(lambda _: reply(bought()))
    step = step_of(request(options=PDF_WANTED))
    found = await driver.find_purchase(step)
    assert found is not None
    assert (found.id, found.reference) == (FIRST, step.reference)
    (asked,) = sent(driver)
    assert (asked.path, asked.headers[KEY_HEADER]) == ("/labels/v3/label-reprint", step.key)
    assert json.loads(asked.content) == {"imageInfo": {"imageType": "PDF", "labelType": "4X6LABEL"}}


@pytest.mark.parametrize("code", ["160378", "160185", "160379", "160380"])
async def test_label_that_is_not_live_is_not_found(code: str) -> None:
    """Never bought, or given back since."""
    assert await carrier(lambda _: refusal(code)).find_purchase(step_of(request())) is None


@pytest.mark.parametrize(
    "answer",
    [
        refusal(None, "x", 404),
        refusal("999999", "x", 404),
        reply({"fault": {"faultstring": "x", "detail": {"errorcode": "messaging.adaptors.http.flow.NotFound"}}}, 404),
        (404, {"content-type": "text/html"}, b"<html>"),
    ],
    ids=["no code", "unknown code", "gateway", "page"],
)
async def test_404_that_is_not_about_the_label_is_no_answer(answer: Answer) -> None:
    """Taken for "not bought", it buys a second label."""
    with pytest.raises((NotFoundError, ResponseError)):
        await carrier(lambda _: answer).find_purchase(step_of(request()))


async def test_label_that_is_there_and_not_given_out_is_an_error() -> None:
    """A person must look; nothing may be bought anew."""
    with pytest.raises(RejectedError) as caught:
        await carrier(lambda _: refusal("160381")).find_purchase(step_of(abroad()))
    assert caught.value.code == "160381"
    with pytest.raises(ResponseError):
        await carrier(lambda _: reply({})).find_purchase(step_of(request()))


async def test_look_is_one_try_and_never_open() -> None:
    """A repeat after a lost answer would use up a reprint (field guide usps.md §9.4)."""
    for failure in (ConnectionDropped(), refusal(None, "x", 503)):
        driver = carrier(answers(failure))
        with pytest.raises((TransportError, UnavailableError)) as caught:
            await driver.find_purchase(step_of(request()))
        assert not caught.value.outcome_unknown


async def test_labels_are_printed_again() -> None:
    """In the form in which they were bought."""
    driver = carrier(lambda _: reply(bought()))
    shipment = await purchased(driver)
    (again,) = await driver.reprint_labels(shipment)
    assert again == shipment.parcels[0]
    bare = attrs.evolve(shipment, parcels=[ShippedParcel(tracking_number=FIRST)])
    (with_label,) = await driver.reprint_labels(bare)
    assert with_label.label is not None
    assert sent(driver)[1].path == f"/labels/v3/label-reprint/{FIRST}"


async def test_labels_abroad_are_printed_elsewhere() -> None:
    """And may be thermal."""
    driver = carrier(lambda _: reply(bought_abroad(labelImage=b64(b"^XA^XZ"))))
    shipment = await purchased(driver, abroad(options=options(label_formats=[LabelFormat.ZPL])))
    await driver.reprint_labels(shipment)
    asked = sent(driver)[-1]
    assert asked.path == f"/international-labels/v3/international-label-reprint/{FOREIGN}"
    assert json.loads(asked.content)["imageInfo"]["imageType"] == "ZPL203DPI"


async def test_reprint_without_a_label_is_an_error() -> None:
    """It counted all the same."""
    driver = carrier(answers(reply(bought()), reply(bought(labelImage="*"))))
    with pytest.raises(ResponseError):
        await driver.reprint_labels(await purchased(driver))


# --- giving back --------------------------------------------------------------------------------------------------------


def cancelled(status: str = "CANCELED", **changes: Any) -> Answer:
    """Return the answer to a cancellation."""
    return reply({"trackingNumber": FIRST, "status": status, **changes})


async def test_label_is_given_back() -> None:
    """With the payment token."""
    driver = carrier(answers(reply(bought()), cancelled()))
    result = await driver.void_shipment(await purchased(driver))
    assert (result.status, dict(result.parcels)) == (VoidStatus.VOIDED, {FIRST: VoidStatus.VOIDED})
    asked = sent(driver)[-1]
    assert (asked.method, asked.path) == ("DELETE", f"/labels/v3/label/{FIRST}")
    assert PAYMENT_HEADER.lower() in {name.lower() for name in asked.headers}


async def test_refund_that_was_asked_for_is_pending() -> None:
    """After the night of the mailing date a label is not cancelled any more (pitfall 14)."""
    driver = carrier(
        answers(
            reply(bought()),
            cancelled("DISPUTED", disputeId="D-7"),
            refusal("160184", "Order cannot be canceled: duplicate submission"),
        )
    )
    shipment = await purchased(driver)
    first = await driver.void_shipment(shipment)
    assert (first.status, first.message and "D-7" in first.message) == (VoidStatus.REFUND_PENDING, True)
    assert (await driver.void_shipment(shipment)).status is VoidStatus.REFUND_PENDING


@pytest.mark.parametrize("code", ["160174", "160184", "160187", "160276", "160277", "160301", "160377"])
async def test_refused_void_is_an_answer(code: str) -> None:
    """Printed stamps of Click-N-Ship, returns, labels on a form: not here, not now (pitfall 28)."""
    left = [refusal("160381")] if code == "160184" else []
    driver = carrier(answers(reply(bought()), refusal(code), *left))
    result = await driver.void_shipment(await purchased(driver))
    assert result.status is VoidStatus.REFUSED
    assert code in (result.message or "")


@pytest.mark.parametrize(
    ("second", "status"),
    [
        (refusal("160380"), VoidStatus.REFUND_PENDING),
        (refusal("160379"), VoidStatus.VOIDED),
        (reply(bought()), VoidStatus.REFUSED),
        (ConnectionDropped(), VoidStatus.REFUSED),
    ],
    ids=["refund", "cancelled", "live", "lost"],
)
async def test_label_that_cannot_be_cancelled_may_be_given_back_already(second: Any, status: VoidStatus) -> None:
    """A void is repeated on another day, too: that is no refusal (field guide usps.md §5)."""
    driver = carrier(answers(reply(bought()), refusal("160184"), second))
    assert (await driver.void_shipment(await purchased(driver))).status is status


async def test_void_twice_voids_once() -> None:
    """160186 is what a repeat of our own is answered with."""
    driver = carrier(answers(reply(bought_abroad()), cancelled(), refusal("160186")))
    shipment = await purchased(driver, abroad())
    for _ in range(2):
        assert (await driver.void_shipment(shipment)).status is VoidStatus.VOIDED
    assert sent(driver)[-1].path == f"/international-labels/v3/international-label/{FOREIGN}"


async def test_void_of_what_was_never_sold_is_not_found() -> None:
    """It points to a mix-up of accounts."""
    driver = carrier(answers(reply(bought()), refusal("160185")))
    with pytest.raises(NotFoundError):
        await driver.void_shipment(await purchased(driver))


async def test_some_parcels_are_given_back() -> None:
    """Only those that are the shipment's."""
    driver = carrier(answers(reply(bought()), reply(bought(SECOND)), cancelled()))
    shipment = await driver.create_shipment(request(parcels=[parcel(), parcel()]))
    result = await driver.void_shipment(shipment, tracking_numbers=[SECOND, SECOND])
    assert dict(result.parcels) == {SECOND: VoidStatus.VOIDED}
    for numbers in ([], ["9400100000000000999999"]):
        with pytest.raises(InvalidValueError):
            await driver.void_shipment(shipment, tracking_numbers=numbers)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("160379", VoidStatus.VOIDED),
        ("160380", VoidStatus.REFUND_PENDING),
        ("160381", VoidStatus.REFUND_PENDING),
        ("160382", VoidStatus.REFUND_PENDING),
    ],
)
async def test_state_of_a_refund_is_told_as_far_as_usps_says(code: str, status: VoidStatus) -> None:
    """Without giving anything back: a look must not cancel."""
    driver = carrier(answers(reply(bought()), refusal(code)))
    result = await driver.get_void_status(await purchased(driver))
    assert result.status is status
    assert sent(driver)[-1].method == "POST"


async def test_live_label_has_no_refund() -> None:
    """Nor has one that nobody sold."""
    for answer in (reply(bought()), refusal("160378")):
        driver = carrier(answers(reply(bought()), answer))
        with pytest.raises(NotFoundError):
            await driver.get_void_status(await purchased(driver))
    driver = carrier(answers(reply(bought()), refusal("160383")))
    with pytest.raises(PermissionDeniedError):
        await driver.get_void_status(await purchased(driver))


# --- handing over -------------------------------------------------------------------------------------------------------

FORM = {"manifestNumber": "92750901234567890123", "trackingNumbers": [FIRST], "SCANFormImage": b64(PDF)}
TAKEN = f"barcode {FIRST} is already part of another SCAN Form with efn 92750901234567890123"


async def test_form_closes_the_day() -> None:
    """In one document."""
    driver = carrier(answers(reply(bought()), reply(FORM)))
    manifest = await driver.create_manifest([await purchased(driver)], ship_from=sender())
    assert (manifest.id, manifest.tracking_numbers, manifest.documents[0].data) == (
        FORM["manifestNumber"],
        (FIRST,),
        PDF,
    )
    made = json.loads(sent(driver)[-1].content)
    assert (made["mailingDate"], made["entryFacilityZIPCode"]) == ("2026-12-01", "10018")


async def test_label_on_another_form_is_a_conflict_that_names_it() -> None:
    """USPS has no second print (field guide usps.md §6)."""
    driver = carrier(answers(reply(bought()), refusal("160040", TAKEN)))
    with pytest.raises(ConflictError, match="92750901234567890123"):
        await driver.create_manifest([await purchased(driver)], ship_from=sender())


@pytest.mark.parametrize("lost", [ConnectionDropped(), refusal(None, "x", 503)], ids=["lost", "503"])
async def test_form_whose_answer_was_lost_is_found_by_its_number(lost: Any) -> None:
    """160040 to a repeat of our own names the form that was made."""
    driver = carrier(answers(reply(bought()), lost, refusal("160040", TAKEN)))
    manifest = await driver.create_manifest([await purchased(driver)], ship_from=sender())
    assert (manifest.id, manifest.tracking_numbers, manifest.documents) == ("92750901234567890123", (FIRST,), ())


async def test_form_that_is_lost_twice_is_open() -> None:
    """Nobody knows."""
    driver = carrier(answers(reply(bought()), ConnectionDropped(), ConnectionDropped()))
    with pytest.raises(TransportError) as caught:
        await driver.create_manifest([await purchased(driver)], ship_from=sender())
    assert caught.value.outcome_unknown


async def test_label_that_cannot_go_on_a_form_is_left_out() -> None:
    """One bad label would keep all others off (field guide usps.md §6)."""
    bad = refusal("160397", f"barcode {SECOND} has been canceled and is not eligible")
    driver = carrier(answers(reply(bought()), reply(bought(SECOND)), bad, reply(FORM)))
    shipment = await driver.create_shipment(request(parcels=[parcel(), parcel()]))
    manifest = await driver.create_manifest([shipment], ship_from=sender())
    assert manifest.tracking_numbers == (FIRST,)
    assert json.loads(sent(driver)[-1].content)["shipment"] == {"trackingNumbers": [FIRST]}


@pytest.mark.parametrize(
    "answer",
    [
        refusal("160397", f"barcode {FIRST} has been canceled"),
        refusal("160397", "a barcode has been canceled"),
        refusal("160161", f"barcode {FIRST} with zip 1"),
        refusal("160039", f"barcode {FIRST} does not exist"),
        refusal("160398", f"barcode {FIRST} has manifested"),
    ],
)
async def test_form_that_is_refused_says_why(answer: Answer) -> None:
    """Nothing is left out that was not named, and not the last one."""
    driver = carrier(answers(reply(bought()), answer))
    with pytest.raises((RejectedError, NotFoundError, ConflictError)):
        await driver.create_manifest([await purchased(driver)], ship_from=sender())


async def test_form_without_a_number_is_open() -> None:
    """It may be there."""
    driver = carrier(answers(reply(bought()), reply({})))
    with pytest.raises(ResponseError) as caught:
        await driver.create_manifest([await purchased(driver)], ship_from=sender())
    assert caught.value.outcome_unknown


async def test_form_does_not_drop_labels_without_end() -> None:
    """Each costs a call."""
    numbers = [f"94001000000000001{index:05}" for index in range(15)]
    left = iter(numbers)

    def answer(asked: ReceivedRequest) -> Answer:
        return refusal("160397", f"barcode {next(left)} has been canceled")

    driver = carrier(answer)
    shipment = Shipment(
        carrier=CARRIER,
        id=numbers[0],
        service=(await carrier(lambda _: reply(priced())).get_rates(ALL))[0].service,
        tracking_number=numbers[0],
        parcels=[ShippedParcel(tracking_number=number) for number in numbers],
        created_at=NOW,
        reference=REFERENCE,
    )
    with pytest.raises(RejectedError, match="10"):
        await driver.create_manifest([shipment], ship_from=sender())
    assert len(sent(driver)) == 10


async def test_form_in_parts_is_understood() -> None:
    """USPS's own examples name the parts otherwise than its description."""
    body = (
        b'--b\nContent-Type: application/json\nContent-Disposition: form-data; name="Scan Form Response"\n\n'
        + json.dumps({"manifestNumber": "9275", "trackingNumbers": [FIRST]}).encode()
        + b'\n--b\nContent-Type: application/pdf\nContent-Disposition: form-data; filename="label.pdf"; name="label"\n\n'
        + b64(PDF).encode()
        + b"\n--b--\n"
    )
    driver = carrier(answers(reply(bought()), (200, {"content-type": "multipart/form-data; boundary=b"}, body)))
    manifest = await driver.create_manifest([await purchased(driver)], ship_from=sender())
    assert (manifest.id, manifest.documents[0].data) == ("9275", PDF)


async def test_carrier_comes_and_is_told_not_to() -> None:
    """A change names the tag of what it changes."""

    def answer(asked: ReceivedRequest) -> Answer:
        if asked.method == "GET":
            return reply({"confirmationNumber": "WTC1"}, etag='"tag-1"')
        return (200, {}, b"") if asked.method == "DELETE" else reply({"confirmationNumber": "WTC1"})

    from tests.unit.carriers.usps.test_handover import pickup

    driver = carrier(answer)
    made = await driver.schedule_pickup(pickup())
    assert (made.carrier, made.id) == (CARRIER, "WTC1")
    await driver.cancel_pickup(made)
    assert [one.method for one in sent(driver)] == ["POST", "GET", "DELETE"]
    assert sent(driver)[-1].headers["if-match"] == '"tag-1"'


async def test_pickup_that_is_gone_is_cancelled() -> None:
    """Telling it twice is no error."""
    for gone in (refusal("020015"), refusal(None, "x", 404)):
        await carrier(answers(gone)).cancel_pickup(Pickup(carrier=CARRIER, id="WTC1"))
    untagged = carrier(answers(reply({"confirmationNumber": "WTC1"}), (204, {}, b"")))
    await untagged.cancel_pickup(Pickup(carrier=CARRIER, id="WTC1"))
    assert sent(untagged)[-1].headers["if-match"] == "*"


async def test_second_pickup_is_a_conflict() -> None:
    """The carrier comes; its number is not told again (field guide usps.md §9.9)."""
    from tests.unit.carriers.usps.test_handover import pickup

    with pytest.raises(ConflictError, match="020001"):
        await carrier(lambda _: refusal("020001")).schedule_pickup(pickup())
    with pytest.raises(TransportError) as caught:
        await carrier(answers(ConnectionDropped())).schedule_pickup(pickup())
    assert caught.value.outcome_unknown


async def test_places_near_an_address() -> None:
    """That hold parcels."""
    place = {
        "facilityID": "123",
        "facilityName": "AURORA",
        "facilityAddress": {"streetAddress": "1 MAIN", "city": "AURORA", "state": "CO"},
    }
    driver = carrier(lambda _: reply({"locations": [place]}))
    (found,) = await driver.find_locations(recipient(), limit=3)
    assert found.id == "123"
    assert sent(driver)[0].params["pickupService"] == "HOLD_FOR_PICKUP"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (refusal("010005"), AddressVerdict.INVALID),
        (refusal("010006"), AddressVerdict.AMBIGUOUS),
        (refusal(None, "There is no match for the address requested.", 404), AddressVerdict.INVALID),
        (refusal(None, "x", 404), AddressVerdict.INVALID),
    ],
)
async def test_unknown_address_is_a_verdict_not_an_error(answer: Answer, verdict: AddressVerdict) -> None:
    """404 with a sentence, or 400 with a code (field guide usps.md §3)."""
    assert (await carrier(lambda _: answer).validate_address(recipient())).verdict is verdict


async def test_funds_are_asked_for_an_amount() -> None:
    """Before a batch."""
    driver = carrier(lambda _: reply({}))
    assert await driver.has_funds(dollars("120")) is None
    assert sent(driver)[0].path == "/payments/v3/payment-account/1000000001"
    assert sent(driver)[0].params["amount"] == "120.00"


# --- tracking -----------------------------------------------------------------------------------------------------------


def failed(code: str, text: str, status: int = 404, **changes: Any) -> dict[str, Any]:
    """Return one parcel that could not be followed."""
    error = {"code": str(status), "message": text, "errors": [{"code": code, "detail": text}]}
    return {"apiVersion": "/tracking/v3r2", "error": error, "statusCode": str(status), **changes}


async def test_thirty_five_are_followed_in_a_call() -> None:
    """Each of 60 calls an hour."""
    numbers = [f"94001000000000001{index:05}" for index in range(40)]

    def answer(asked: ReceivedRequest) -> Answer:
        return reply(
            [tracked(event("OF", "Out"), number=item["trackingNumber"]) for item in reversed(json.loads(asked.content))]
        )

    driver = carrier(answer)
    found = await driver.track([numbers[0], *numbers])
    assert [one.tracking_number for one in found] == [numbers[0], *numbers]
    assert [len(json.loads(one.content)) for one in sent(driver)] == [35, 5]
    assert sent(driver)[0].path == "/tracking/v3r2/tracking"


async def test_one_that_fails_does_not_hide_the_others() -> None:
    """207: each failed entry has an error of its own (pitfall 17)."""
    body = [
        failed("150006", "A status update is not yet available", trackingNumber=SECOND),
        tracked(event("OF", "Out")),
    ]
    driver = carrier(lambda _: reply(body, 207))
    unknown, found = await driver.track([SECOND, TrackingRef(number=f"42080012{FIRST}")])
    assert isinstance(unknown, TrackingFailure)
    assert isinstance(unknown.error, NotFoundError)
    assert unknown.error.http_status == 404
    assert isinstance(found, Tracking)
    assert found.tracking_number == f"42080012{FIRST}"


async def test_failed_entry_need_not_name_its_number() -> None:
    """Then its place tells, or that it is the only one."""
    nameless = failed("150002", "may be incorrect")
    for body in ([nameless, tracked()], [tracked(), nameless]):
        answer = reply(body, 207)
        unknown, found = await carrier(answers(answer)).track([SECOND, FIRST])
        assert isinstance(unknown, TrackingFailure)
        assert isinstance(found, Tracking)


async def test_entry_that_is_missing_or_empty_is_a_failure() -> None:
    """Nothing is made up."""
    missing, found = await carrier(lambda _: reply([tracked()])).track([SECOND, FIRST])
    assert isinstance(missing, TrackingFailure)
    assert isinstance(missing.error, ResponseError)
    assert isinstance(found, Tracking)
    (empty,) = await carrier(lambda _: reply([{}])).track([FIRST])
    assert isinstance(empty, TrackingFailure)


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (failed("x", "not authorized", 403, trackingNumber=FIRST), PermissionDeniedError),
        ({**failed("150012", "fraudulent", 400, trackingNumber=FIRST), "statusCode": None}, RejectedError),
        ({"trackingNumber": FIRST, "error": {"message": "?"}}, NotFoundError),
    ],
)
async def test_access_denied_is_told_apart_from_unknown(entry: dict[str, Any], kind: type[Exception]) -> None:
    """Since April 2026 an app may follow parcels of its own Mailer IDs only (pitfall 16)."""
    (failure,) = await carrier(lambda _: reply([entry], 207)).track([FIRST])
    assert isinstance(failure, TrackingFailure)
    assert type(failure.error) is kind


async def test_whole_refusal_is_everybodys() -> None:
    """But for credentials: those are raised."""
    found = await carrier(lambda _: refusal(None, "x", 503)).track([FIRST, SECOND])
    assert all(isinstance(one, TrackingFailure) and isinstance(one.error, UnavailableError) for one in found)
    for version in ("v3r2", "v3"):
        with pytest.raises(AuthenticationError):
            await carrier(lambda _: refusal(None, "Token expired", 401), tracking_api=version).track([FIRST])


async def test_number_that_can_be_none_costs_no_call() -> None:
    """Nor does an empty list."""
    (failure,) = await carrier(never).track(["123"])
    assert isinstance(failure, TrackingFailure)
    assert await carrier(never).track([]) == ()


@pytest.mark.parametrize(
    "first",
    [
        refusal("OASValidation", "x"),
        (404, {"content-type": "text/html"}, b"<html>"),
        reply({"error": {"code": "404", "message": "Resource Not Found", "errors": []}}, 404),
        reply(
            {
                "fault": {
                    "faultstring": "Unable to identify proxy",
                    "detail": {"errorcode": "messaging.adaptors.http.flow.ApplicationNotFound"},
                }
            },
            404,
        ),
    ],
    ids=["gateway", "page", "bare", "fault"],
)
async def test_app_with_the_old_version_falls_back_once(first: Answer) -> None:
    """One parcel a call; the first answer has told (field guide usps.md §7.1)."""
    gone = refusal("150001", "not yet available")
    driver = carrier(answers(first, reply(tracked(event("OF", "Out"))), gone, reply(tracked())))
    found, unknown = await driver.track([TrackingRef(number=FIRST), SECOND])
    assert isinstance(found, Tracking)
    assert isinstance(unknown, TrackingFailure)
    await driver.track([FIRST])
    assert [one.method for one in sent(driver)] == ["POST", "GET", "GET", "GET"]
    assert sent(driver)[1].params == {"expand": "DETAIL"}


async def test_app_without_either_version_goes_on_asking_the_new_one() -> None:
    """A fall-back that does not work is not kept."""
    gone = reply({"error": {"code": "404", "message": "Resource Not Found", "errors": []}}, 404)
    driver = carrier(answers(gone, refusal("OASValidation", "x"), reply([tracked()])))
    (failure,) = await driver.track([FIRST])
    assert isinstance(failure, TrackingFailure)
    (found,) = await driver.track([FIRST])
    assert isinstance(found, Tracking)
    assert [one.method for one in sent(driver)] == ["POST", "GET", "POST"]


async def test_bytes_are_kept_when_asked_for() -> None:
    """They are personal data."""
    (kept,) = await carrier(lambda _: reply([tracked()]), keep_raw=True).track([FIRST])
    assert isinstance(kept, Tracking)
    assert kept.raw
    (bare,) = await carrier(lambda _: reply([tracked()])).track([FIRST])
    assert isinstance(bare, Tracking)
    assert bare.raw is None


# --- itself -------------------------------------------------------------------------------------------------------------


async def test_driver_is_what_its_entry_point_says() -> None:
    """And closes twice."""
    driver = carrier(never)
    assert (driver.driver, driver.key) == ("usps", CARRIER)
    await driver.aclose()
    await driver.aclose()
