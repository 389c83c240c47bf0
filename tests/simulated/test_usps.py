"""The USPS driver against a simulator that was written by somebody else, from the field guide and USPS's descriptions."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from cartcarrier.carriers.usps import USPSCarrier, USPSConfig
from cartcarrier.errors import (
    ConflictError,
    InsufficientFundsError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    RejectedError,
)
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.models import (
    AddressVerdict,
    CustomsDeclaration,
    LabelFormat,
    PickupRequest,
    Rate,
    Shipment,
    ShipmentRequest,
    Signature,
    Tracking,
    TrackingFailure,
    TrackingStatus,
    TrackingUpdated,
    VoidStatus,
    WebhookRequest,
)
from cartcarrier.sandbox import Sandbox
from tests.unit.carriers.usps.samples import (
    SECRET,
    abroad,
    back,
    berliner,
    dollars,
    inches,
    military,
    options,
    parcel,
    pounds,
    recipient,
    request,
    sender,
)

START = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
Open = Callable[..., USPSCarrier]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox whose time is moved by hand."""
    async with Sandbox(clock=ManualClock(START)) as opened:
        yield opened


@pytest.fixture
def simulator(sandbox: Sandbox) -> Any:
    """The simulator's control surface."""
    return sandbox.simulator("usps")


@pytest.fixture
async def open_usps(sandbox: Sandbox, simulator: Any) -> AsyncIterator[Open]:
    """Opens drivers on the simulator."""
    opened: list[USPSCarrier] = []

    def make(**changes: Any) -> USPSCarrier:
        settings = {**simulator.settings_for("usps"), "calls_per_hour": 100_000, "quote_cache_minutes": 0, **changes}
        driver = USPSCarrier(USPSConfig(**settings), transport=asgi_transport(simulator.app), clock=sandbox.clock)
        opened.append(driver)
        return driver

    yield make
    for driver in opened:
        await driver.aclose()


@pytest.fixture
def carrier(open_usps: Open) -> USPSCarrier:
    """The driver with calls enough."""
    return open_usps()


async def bought(carrier: USPSCarrier, asked: ShipmentRequest | None = None) -> Shipment:
    """Buy something."""
    return await carrier.create_shipment(asked or request())


# --- prices and labels ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        request(),
        request(parcels=[parcel(dimensions=inches("20", "20", "20"))]),
        request(parcels=[parcel(weight=pounds("40"), dimensions=inches("30", "10", "10"))]),
        request(parcels=[parcel(insured_value=dollars("750"))], options=options(signature=Signature.ADULT)),
        request(parcels=[parcel(packaging="MD_FLAT_RATE_BOX")]),
        request(parcels=[parcel(), parcel(weight=pounds("3"))]),
        military(),
        back(),
        abroad(),
    ],
    ids=[
        "plain",
        "bulky",
        "nonstandard",
        "insured and signed",
        "flat rate",
        "two parcels",
        "military",
        "return",
        "abroad",
    ],
)
async def test_every_price_is_what_the_label_costs(carrier: USPSCarrier, asked: ShipmentRequest) -> None:
    """A rate is a promise: its ingredients are repeated (pitfalls 11 and 29)."""
    rates = await carrier.get_rates(attrs.evolve(asked, service=None))
    assert rates
    for rate in rates:
        made = await bought(carrier, attrs.evolve(asked, service=None, rate=rate))
        assert made.total == rate.total
        assert made.service == rate.service
        assert not any("quoted" in warning for warning in made.warnings)
        assert len(made.parcels) == len(asked.parcels)


async def test_prepaid_duties_are_told(carrier: USPSCarrier) -> None:
    """By the quote and by the label; how USPS counts pieces in a quote is not described."""
    asked = abroad(ship_to=berliner(), customs=CustomsDeclaration(incoterm="DDP"))
    (rate,) = await carrier.get_rates(asked)
    made = await bought(carrier, asked)
    assert any(charge.code == "DUTIES" for charge in rate.charges)
    assert any(charge.code == "DUTIES" for charge in made.charges)


async def test_label_has_the_form_that_was_asked_for(carrier: USPSCarrier) -> None:
    """Decoded, and named by its bytes."""
    for form, magic in ((LabelFormat.PDF, b"%PDF"), (LabelFormat.ZPL, b"^XA"), (LabelFormat.PNG, b"\x89PNG")):
        made = await bought(carrier, request(options=options(label_formats=[form])))
        label = made.parcels[0].label
        assert label is not None
        assert label.format is form
        assert label.data.startswith(magic)


async def test_lost_label_is_the_same_label(carrier: USPSCarrier, simulator: Any) -> None:
    """Same bytes, same key: no second charge (field guide usps.md §0.1)."""
    (step,) = carrier.prepare_shipment(request(), reference="cc-00000000000000aa").steps
    simulator.add_fault(operation="ship", kind="drop_after")
    with pytest.raises(OperationError) as caught:
        await carrier.purchase(step)
    assert caught.value.outcome_unknown
    again = await carrier.purchase(step)
    found = await carrier.find_purchase(step)
    assert found is not None
    assert found.id == again.id
    assert found.parcels[0].label is not None
    assert len(simulator.labels()) == 1
    assert simulator.duplicates() == {}


async def test_purchase_that_was_never_made_is_not_found(carrier: USPSCarrier) -> None:
    """And what was given back is not found either."""
    (step,) = carrier.prepare_shipment(request(), reference="cc-00000000000000ab").steps
    assert await carrier.find_purchase(step) is None
    await carrier.void_shipment(await carrier.purchase(step))
    assert await carrier.find_purchase(step) is None


async def test_labels_are_printed_three_times(carrier: USPSCarrier) -> None:
    """Then USPS says no (field guide usps.md §9.4)."""
    made = await bought(carrier)
    for _ in range(3):
        (again,) = await carrier.reprint_labels(made)
        assert again.label is not None
    with pytest.raises(RejectedError) as caught:
        await carrier.reprint_labels(made)
    assert caught.value.code == "160382"


async def test_account_that_cannot_pay_says_so(carrier: USPSCarrier, simulator: Any) -> None:
    """Nothing was bought."""
    assert await carrier.has_funds() is True
    simulator.set_funds(amount="0.10")
    assert await carrier.has_funds(dollars("50")) is False
    with pytest.raises((InsufficientFundsError, PermissionDeniedError)) as caught:
        await bought(carrier)
    assert not caught.value.outcome_unknown
    assert simulator.labels() == []


async def test_crid_that_is_not_enrolled_is_explained(carrier: USPSCarrier, simulator: Any) -> None:
    """A frequent blocker, and a body that looks like a success (pitfall 3)."""
    simulator.set_switches(ship_outbound=False)
    with pytest.raises(PermissionDeniedError, match="enrolled"):
        await bought(carrier)


@pytest.mark.parametrize("missing", ["labels", "payments"])
async def test_product_that_was_not_granted_is_explained(carrier: USPSCarrier, simulator: Any, missing: str) -> None:
    """New apps lack them, and the answer is a 401 (pitfalls 4 and 6)."""
    scopes = [scope for scope in simulator.set_switches()["scopes"] if scope != missing]
    simulator.set_switches(scopes=scopes)
    with pytest.raises(PermissionDeniedError, match=missing):
        await bought(carrier)


async def test_contract_price_is_what_the_label_costs(open_usps: Open) -> None:
    """Quoted by the contract and bought without it, every label would cost more than was promised."""
    usps = open_usps(price_type="CONTRACT")
    for rate in await usps.get_rates(request()):
        sold = await usps.create_shipment(attrs.evolve(request(), rate=rate))
        assert sold.total == rate.total
        assert sold.warnings == ()


async def test_contract_that_is_not_shared_falls_back(open_usps: Open, simulator: Any) -> None:
    """Only where that is allowed (pitfall 12)."""
    contract = await open_usps(price_type="CONTRACT").get_rates(request())
    assert contract
    simulator.set_switches(contract_shared=False)
    with pytest.raises(PermissionDeniedError):
        await open_usps(price_type="CONTRACT").get_rates(request())
    (rate,) = await open_usps(price_type="CONTRACT", contract_fallback=True).get_rates(request())
    assert "commercial" in rate.warnings[0]


async def test_interface_that_is_broken_is_gone_round(carrier: USPSCarrier, simulator: Any) -> None:
    """Shopping goes on (pitfall 13)."""
    simulator.add_fault(operation="shop", kind="status", status=500, times=3)
    assert await carrier.get_rates(request(service=None))


async def test_transit_times_are_without_a_price(carrier: USPSCarrier) -> None:
    """Days, and when it should be there."""
    found = {time.service.code: time for time in await carrier.get_transit_times(request(service=None))}
    assert set(found) == {"USPS_GROUND_ADVANTAGE", "PRIORITY_MAIL", "PRIORITY_MAIL_EXPRESS"}
    assert all(time.transit_days for time in found.values())


async def test_addresses_get_a_verdict(carrier: USPSCarrier) -> None:
    """And ZIP codes their city."""
    made = await carrier.validate_address(recipient())
    assert made.verdict in set(AddressVerdict)
    city, state = await carrier.city_and_state("80012")
    assert city
    assert state == "CO"


# --- the quota -----------------------------------------------------------------------------------------------------------


async def test_new_account_never_meets_a_429(open_usps: Open, simulator: Any, sandbox: Sandbox) -> None:
    """With sixty calls an hour, counted over all products, and a shop that asks for more all day (pitfall 1)."""
    simulator.set_switches(shared_quota=True)
    carrier = open_usps(calls_per_hour=60)
    ends = sandbox.clock.now() + timedelta(hours=4)
    asked = 0
    refusals: list[RateLimitError] = []
    while sandbox.clock.now() < ends:
        try:
            await carrier.get_rates(request(parcels=[parcel(weight=pounds(f"{1 + asked % 50}"))]))
            asked += 1
        except RateLimitError as error:
            refusals.append(error)
            await simulator.advance(60)
    assert refusals
    assert all(error.http_status is None for error in refusals), "USPS itself has refused"
    assert all(error.retry_after for error in refusals)
    assert asked >= 140


async def test_purchases_go_on_when_quotes_have_used_up_their_share(open_usps: Open) -> None:
    """What is kept for them."""
    carrier = open_usps(calls_per_hour=60)

    async def crowd() -> None:
        for weight in range(1, 40):
            await carrier.get_rates(request(parcels=[parcel(weight=pounds(str(weight)))]))

    with pytest.raises(RateLimitError):
        await crowd()
    assert (await bought(carrier)).id


async def test_page_views_cost_one_call(open_usps: Open, simulator: Any) -> None:
    """The same parcel to the same ZIP code is answered from memory."""
    carrier = open_usps(calls_per_hour=60, quote_cache_minutes=60)
    prices: set[tuple[Rate, ...]] = set()
    for number in range(200):
        prices.add(tuple(await carrier.get_rates(request(ship_to=recipient(street1=f"{number} Elm St")))))
    assert len(prices) == 1
    assert sum(simulator.calls.values()) <= 2


# --- giving back ----------------------------------------------------------------------------------------------------------


async def test_label_costs_nothing_until_the_night(carrier: USPSCarrier, simulator: Any) -> None:
    """Cancelled, and a repeat is no error."""
    made = await bought(carrier)
    for _ in range(2):
        assert (await carrier.void_shipment(made)).status is VoidStatus.VOIDED
    assert Decimal(simulator.spent()["net"].get("USD", "0")) == 0
    assert (await carrier.get_void_status(made)).status is VoidStatus.VOIDED


async def test_next_day_it_is_a_refund(carrier: USPSCarrier, simulator: Any) -> None:
    """Asked for, and decided by USPS (pitfall 14)."""
    made = await bought(carrier)
    await simulator.advance(timedelta(days=1).total_seconds())
    result = await carrier.void_shipment(made)
    assert result.status is VoidStatus.REFUND_PENDING
    assert (await carrier.void_shipment(made)).status is VoidStatus.REFUND_PENDING
    assert (await carrier.get_void_status(made)).status is VoidStatus.REFUND_PENDING
    await simulator.advance(timedelta(days=1).total_seconds())
    assert (await carrier.void_shipment(made)).status is VoidStatus.REFUND_PENDING
    assert len(simulator.refunds()) == 1


async def test_return_label_is_not_cancelled(carrier: USPSCarrier) -> None:
    """It costs nothing until it is used (160187)."""
    result = await carrier.void_shipment(await bought(carrier, back()))
    assert result.status is VoidStatus.REFUSED
    assert "160187" in (result.message or "")


async def test_label_of_somebody_else_is_not_found(carrier: USPSCarrier) -> None:
    """A mix-up of accounts."""
    made = await bought(carrier)
    stranger = attrs.evolve(made.parcels[0], tracking_number="9400100000000000123453")
    for call in (carrier.void_shipment, carrier.get_void_status, carrier.reprint_labels):
        with pytest.raises(NotFoundError):
            await call(attrs.evolve(made, id="9400100000000000123453", parcels=[stranger]))


# --- handing over ----------------------------------------------------------------------------------------------------------


async def test_form_closes_labels_at_home_and_abroad(carrier: USPSCarrier) -> None:
    """Both may share one (field guide usps.md §6); a second form is a conflict that names the first."""
    first, second = await bought(carrier), await bought(carrier, abroad())
    manifest = await carrier.create_manifest([first, second, await bought(carrier, back())], ship_from=sender())
    assert set(manifest.tracking_numbers) == {first.id, second.id}
    assert manifest.documents[0].data.startswith(b"%PDF")
    with pytest.raises(ConflictError, match=manifest.id):
        await carrier.create_manifest([first], ship_from=sender())


async def test_lost_form_is_found_by_its_number(carrier: USPSCarrier, simulator: Any) -> None:
    """160040 to a repeat of our own: done."""
    made = await bought(carrier)
    simulator.add_fault(operation="manifest", kind="drop_after")
    manifest = await carrier.create_manifest([made], ship_from=sender())
    assert manifest.id
    assert manifest.tracking_numbers == (made.id,)


async def test_cancelled_label_is_left_off_the_form(carrier: USPSCarrier) -> None:
    """It would keep all others off."""
    first, second = await bought(carrier), await bought(carrier)
    await carrier.void_shipment(second)
    manifest = await carrier.create_manifest([first, second], ship_from=sender())
    assert manifest.tracking_numbers == (first.id,)


async def test_carrier_comes_once(carrier: USPSCarrier) -> None:
    """And is told not to, twice."""
    asked = PickupRequest(
        address=sender(),
        ready_at=datetime(2026, 12, 2, 9, tzinfo=UTC),
        close_at=datetime(2026, 12, 2, 17, tzinfo=UTC),
        parcels=3,
        weight=pounds("9"),
    )
    pickup = await carrier.schedule_pickup(asked)
    with pytest.raises(ConflictError):
        await carrier.schedule_pickup(asked)
    for _ in range(2):
        await carrier.cancel_pickup(pickup)
    assert (await carrier.schedule_pickup(asked)).id != pickup.id


@pytest.mark.parametrize("spelling", ["facilityID", "facilityId"])
async def test_parcel_waits_at_a_place_that_was_found(carrier: USPSCarrier, simulator: Any, spelling: str) -> None:
    """In either spelling of its id."""
    simulator.set_switches(facility_id_name=spelling)
    place = (await carrier.find_locations(recipient(), limit=2))[0]
    made = await bought(carrier, request(options=options(hold_at_location=place.id)))
    assert made.id


# --- tracking --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("normal", TrackingStatus.DELIVERED),
        ("returned", TrackingStatus.RETURNED),
        ("held", TrackingStatus.AVAILABLE_FOR_PICKUP),
    ],
)
async def test_journey_ends_where_it_ends(
    carrier: USPSCarrier, simulator: Any, kind: str, status: TrackingStatus
) -> None:
    """Each scan is understood, and in order."""
    made = await bought(carrier)
    (first,) = await carrier.track([made.id])
    assert isinstance(first, Tracking)
    assert first.status is TrackingStatus.PRE_TRANSIT
    simulator.set_journey(tracking_number=made.id, kind=kind)
    await simulator.advance(timedelta(days=10 if kind == "held" else 40).total_seconds())
    (last,) = await carrier.track([made.id])
    assert isinstance(last, Tracking)
    reached = {event.status for event in last.events}
    assert status in reached | {last.status}
    assert TrackingStatus.UNKNOWN not in reached
    assert last.merge(first).events == last.events


@pytest.mark.parametrize("style", ["+hh:mm", "h:mm", "minutes"])
async def test_clocks_of_usps_are_read_in_each_notation(carrier: USPSCarrier, simulator: Any, style: str) -> None:
    """With and without a false Z (pitfalls 19 and 20)."""
    made = await bought(carrier)
    await simulator.advance(timedelta(days=3).total_seconds())
    (plain,) = await carrier.track([made.id])
    simulator.set_switches(gmt_offset_style=style, false_z=True)
    (odd,) = await carrier.track([made.id])
    assert isinstance(plain, Tracking)
    assert isinstance(odd, Tracking)
    assert [event.occurred_at for event in odd.events] == [event.occurred_at for event in plain.events]
    assert [event.key for event in odd.events] == [event.key for event in plain.events]


async def test_app_with_the_old_tracking_is_served(carrier: USPSCarrier, simulator: Any) -> None:
    """It falls back by itself, once (field guide usps.md §7.1)."""
    made = await bought(carrier)
    await simulator.advance(timedelta(days=2).total_seconds())
    (new,) = await carrier.track([made.id])
    simulator.set_switches(tracking_api="v3")
    (old, unknown) = await carrier.track([made.id, "9400100000000000123453"])
    assert isinstance(new, Tracking)
    assert isinstance(old, Tracking)
    assert (old.status, [event.key for event in old.events]) == (new.status, [event.key for event in new.events])
    assert isinstance(unknown, TrackingFailure)
    assert isinstance(unknown.error, NotFoundError)


async def test_number_that_is_not_known_yet_is_a_failure_with_a_code(carrier: USPSCarrier, simulator: Any) -> None:
    """Labels of others show up with a delay (pitfall 17); those of the test environment never do (pitfall 15)."""
    made = await bought(carrier)
    simulator.set_journey(tracking_number=made.id, kind="not_found")
    (failure,) = await carrier.track([made.id])
    assert isinstance(failure, TrackingFailure)
    assert isinstance(failure.error, ProviderError)
    assert isinstance(failure.error, NotFoundError)
    assert failure.error.code


async def test_pushes_are_where_the_parcel_is(open_usps: Open, simulator: Any) -> None:
    """Signed by USPS, and the same events as a look gives."""
    carrier = open_usps(webhook_secret=SECRET, admin_email="boss@acme.test")
    (subscription,) = await carrier.subscribe("https://shop.test/usps")
    assert (await carrier.subscribe("https://shop.test/usps"))[0].id == subscription.id
    made = await bought(carrier)
    await simulator.advance(timedelta(days=10).total_seconds())
    pushed: Tracking | None = None
    ids: set[str] = set()
    for delivery in simulator.deliveries(duplicates=1, shuffle=True):
        push = WebhookRequest(
            method="POST", url=delivery["url"], headers=delivery["headers"], body=_bytes(delivery["body"])
        )
        for event in (await carrier.receive(push)).events:
            assert isinstance(event, TrackingUpdated)
            ids.add(event.id)
            pushed = event.tracking if pushed is None else pushed.merge(event.tracking)
    (looked,) = await carrier.track([made.id])
    assert isinstance(looked, Tracking)
    assert pushed is not None
    assert pushed.status is looked.status is TrackingStatus.DELIVERED
    assert {event.key for event in pushed.events} == {event.key for event in looked.events}
    assert ids
    await carrier.unsubscribe(subscription)
    assert await carrier.list_subscriptions() == ()


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode()
