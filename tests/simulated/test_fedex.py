"""The FedEx driver against a simulator that was written by somebody else, from the field guide and FedEx's descriptions."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import anyio
import attrs
import pytest

import cartcarrier as cc
from cartcarrier.carriers import Carrier
from cartcarrier.carriers.fedex import FedExBattery, FedExCarrier, FedExNotice, FedExOptions
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    ServiceUnavailableForLaneError,
)
from cartcarrier.http import ManualClock
from cartcarrier.models import (
    BillParty,
    BillTo,
    CustomsDeclaration,
    Document,
    LabelFormat,
    Money,
    ParcelItem,
    PickupRequest,
    PurchaseStep,
    Shipment,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
    Tracking,
    TrackingFailure,
    TrackingStatus,
    TrackingUpdated,
    VoidStatus,
    WebhookRequest,
    Weight,
    WeightUnit,
)
from cartcarrier.sandbox import Sandbox
from cartcarrier.testing import make_address, make_parcel, make_request, make_warehouse

REFERENCE = "cc-00000000000000aa"
HOME = "GROUND_HOME_DELIVERY"
PAYER = "802255209"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox whose time is moved by hand."""
    async with Sandbox(clock=ManualClock()) as opened:
        yield opened


@pytest.fixture
def fedex(sandbox: Sandbox) -> FedExCarrier:
    """The driver on the simulator's account."""
    return cast("FedExCarrier", sandbox.carrier("fedex"))


@pytest.fixture
def simulator(sandbox: Sandbox) -> Any:
    """The simulator itself."""
    return sandbox.simulator("fedex")


def home(**changes: Any) -> ShipmentRequest:
    """Return a parcel to a home in New York."""
    return make_request(**{"service": HOME, **changes})


def express(**options: Any) -> ShipmentRequest:
    """Return a parcel by 2Day, with options."""
    return make_request(service="FEDEX_2_DAY", options=ShipmentOptions(**options))


def abroad(**changes: Any) -> ShipmentRequest:
    """Return mugs to Berlin."""
    berlin = make_address(city="Berlin", region=None, postal_code="10115", country_code="DE", phone="+493012345678")
    mug = ParcelItem(
        title="Ceramic mug",
        quantity=2,
        unit_value=Money(amount=Decimal("12.50"), currency="USD"),
        weight=Weight(value=Decimal("0.8"), unit=WeightUnit.POUND),
        hs_code="691200",
        country_of_origin="PT",
    )
    values: dict[str, Any] = {
        "service": "FEDEX_INTERNATIONAL_PRIORITY",
        "ship_to": berlin,
        "parcels": [make_parcel(items=[mug])],
        "customs": CustomsDeclaration(incoterm="DAP", export_filing="30.37(a)"),
    }
    return make_request(**{**values, **changes})


def step_of(carrier: FedExCarrier, asked: ShipmentRequest, reference: str = REFERENCE) -> PurchaseStep:
    """Return the step that buys this."""
    return carrier.prepare_shipment(asked, reference=reference).steps[0]


# --- prices ---------------------------------------------------------------------------------------------------------------


async def test_every_price_can_be_bought_at(fedex: FedExCarrier) -> None:
    """A price is a promise."""
    asked = home(service=None)
    for rate in await fedex.get_rates(asked):
        bought = await fedex.create_shipment(attrs.evolve(asked, rate=rate))
        assert (bought.service.code, bought.total) == (rate.service.code, rate.total)
        assert sum(charge.amount.amount for charge in rate.charges) == rate.total.amount
        assert sum(charge.amount.amount for charge in bought.charges) == rate.total.amount


@pytest.mark.parametrize("residential", [True, False, None])
async def test_ground_fits_the_address(fedex: FedExCarrier, residential: bool | None) -> None:
    """Homes get Home Delivery, firms Ground; what is offered can be bought."""
    asked = make_request(ship_to=make_address(residential=residential))
    offered = {rate.service.code: rate for rate in await fedex.get_rates(asked)}
    ground = [code for code in offered if "GROUND" in code]
    assert ground == ([HOME] if residential else ["FEDEX_GROUND"])
    bought = await fedex.create_shipment(attrs.evolve(asked, rate=offered[ground[0]]))
    assert bought.service.code == ground[0]


async def test_saturday_is_priced_and_bought_apart(fedex: FedExCarrier) -> None:
    """It costs more than the same service on a weekday."""
    thursday = date(2026, 1, 8)
    plain = {rate.service.code: rate for rate in await fedex.get_rates(home(service=None, ship_date=thursday))}
    options = ShipmentOptions(saturday_delivery=True)
    asked = home(service=None, ship_date=thursday, options=options)
    saturday = {rate.service.code: rate for rate in await fedex.get_rates(asked)}
    assert saturday.keys() < plain.keys()
    for code, rate in saturday.items():
        assert rate.total > plain[code].total
        assert (await fedex.create_shipment(attrs.evolve(asked, rate=rate))).total == rate.total


@pytest.mark.parametrize(
    "switches",
    [{"money_as_object": True}, {"detail_currency": False}, {"money_as_object": True, "detail_currency": False}],
)
async def test_prices_are_read_in_every_shape(fedex: FedExCarrier, simulator: Any, switches: dict[str, bool]) -> None:
    """Numbers or objects, the currency here or there (field guide fedex.md section 11, pitfall 12)."""
    before = {rate.service.code: rate.total for rate in await fedex.get_rates(home(service=None))}
    simulator.set_switches(**switches)
    after = {rate.service.code: rate.total for rate in await fedex.get_rates(home(service=None))}
    assert after == before


async def test_wished_for_currency_is_priced(sandbox: Sandbox) -> None:
    """Beside the account's own."""
    carrier = cast("FedExCarrier", sandbox.carrier("fedex", currency="EUR"))
    assert {rate.total.currency for rate in await carrier.get_rates(home(service=None))} == {"EUR"}


async def test_durations_name_a_day(fedex: FedExCarrier) -> None:
    """Without a price."""
    times = await fedex.get_transit_times(home(service=None))
    assert {one.service.code for one in times} >= {HOME, "FEDEX_2_DAY"}
    assert all(one.estimated_delivery is not None for one in times)
    (one,) = await fedex.get_transit_times(home(service="FEDEX_2_DAY"))
    assert one.service.code == "FEDEX_2_DAY"
    with pytest.raises(ServiceUnavailableForLaneError):
        await fedex.get_transit_times(home(service="FEDEX_BY_PIGEON"))


# --- labels ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "size", "start"),
    [
        (LabelFormat.PDF, "4x6", b"%PDF"),
        (LabelFormat.PDF, "letter", b"%PDF"),
        (LabelFormat.PNG, "4x6", b"\x89PNG"),
        (LabelFormat.ZPL, "4x6.75", b"^XA"),
        (LabelFormat.EPL, "4x8", b""),
    ],
)
async def test_label_comes_as_it_was_asked_for(fedex: FedExCarrier, form: LabelFormat, size: str, start: bytes) -> None:
    """On the paper that is in the printer."""
    bought = await fedex.create_shipment(express(label_formats=[form], label_size=size))
    label = bought.parcels[0].label
    assert label is not None
    assert label.format is form
    assert label.data.startswith(start)


async def test_label_by_address_is_fetched_before_it_dies(fedex: FedExCarrier, simulator: Any) -> None:
    """It is gone after a day, and its bytes are here (field guide fedex.md section 11, pitfall 17)."""
    bought = await fedex.create_shipment(express(carrier_options=FedExOptions(label_by_url=True)))
    assert bought.parcels[0].label is not None
    assert bought.parcels[0].label.data.startswith(b"\x89PNG")
    assert bought.warnings == ()
    assert simulator.counts()["calls"]["document"] == 1


async def test_parcels_of_a_shipment_have_one_master(fedex: FedExCarrier, simulator: Any) -> None:
    """And are given back together."""
    bought = await fedex.create_shipment(home(parcels=[make_parcel(), make_parcel(), make_parcel()]))
    numbers = [parcel.tracking_number for parcel in bought.parcels]
    assert len(set(numbers)) == 3
    assert bought.tracking_number == numbers[0] == bought.id
    assert all(parcel.label is not None for parcel in bought.parcels)
    done = await fedex.void_shipment(bought)
    assert set(done.parcels) == set(numbers)
    assert all(label["voided"] for label in simulator.labels())


OPTIONS: dict[str, ShipmentRequest] = {
    "adult signature": express(signature=Signature.ADULT),
    "indirect signature": express(signature=Signature.INDIRECT),
    "no signature": express(signature=Signature.NOT_REQUIRED),
    "alcohol": express(alcohol=True),
    "dry ice": express(dry_ice=Weight(value=Decimal("0.5"), unit=WeightUnit.KILOGRAM)),
    "receiver pays": express(bill_to=BillTo(party=BillParty.RECEIVER, account_number=PAYER)),
    "third party pays": express(bill_to=BillTo(party=BillParty.THIRD_PARTY, account_number=PAYER)),
    "notices": express(carrier_options=FedExOptions(notices=list(FedExNotice))),
    "evening": home(options=ShipmentOptions(carrier_options=FedExOptions(home_delivery="EVENING"))),
    "economy": make_request(
        service="SMART_POST", options=ShipmentOptions(carrier_options=FedExOptions(smartpost_hub="5531"))
    ),
    "one rate": make_request(
        service="FEDEX_2_DAY",
        parcels=[make_parcel(packaging="FEDEX_PAK", dimensions=None)],
        options=ShipmentOptions(carrier_options=FedExOptions(one_rate=True)),
    ),
    "insured": home(parcels=[make_parcel(insured_value=Money(amount=250, currency="USD")), make_parcel()]),
    "doc tab": express(carrier_options=FedExOptions(label_stock="STOCK_4X675_LEADING_DOC_TAB")),
    **{battery.value: express(lithium=battery.value) for battery in FedExBattery},
}


@pytest.mark.parametrize("name", OPTIONS)
async def test_option_is_understood(fedex: FedExCarrier, name: str) -> None:
    """Somebody else's reading of the descriptions takes it."""
    bought = await fedex.create_shipment(OPTIONS[name])
    assert bought.parcels[0].label is not None


async def test_return_comes_back(fedex: FedExCarrier) -> None:
    """From the customer to the warehouse."""
    asked = make_request(
        service="FEDEX_GROUND",
        is_return=True,
        ship_from=make_address(residential=None),
        ship_to=make_warehouse(residential=False),
        options=ShipmentOptions(carrier_options=FedExOptions(rma_reason="too small")),
    )
    bought = await fedex.create_shipment(asked)
    assert bought.is_return
    assert bought.parcels[0].label is not None


async def test_parcel_waits_where_a_place_can_keep_it(fedex: FedExCarrier) -> None:
    """The place's id is what a hold names."""
    memphis = make_address(city="Memphis", region="TN", postal_code="38116")
    (place,) = await fedex.find_locations(memphis, limit=1)
    asked = attrs.evolve(express(hold_at_location=place.id), ship_to=memphis)
    assert (await fedex.create_shipment(asked)).parcels


# --- abroad ---------------------------------------------------------------------------------------------------------------


async def test_invoice_comes_with_a_label_abroad(fedex: FedExCarrier) -> None:
    """To be printed where a country takes no electronic one."""
    bought = await fedex.create_shipment(abroad())
    assert [paper.kind for paper in bought.documents] == ["commercial_invoice"]
    assert bought.documents[0].data.startswith(b"%PDF")


@pytest.mark.parametrize(
    "changes",
    [
        {"customs": CustomsDeclaration(incoterm="DDP", export_filing="X20260105123456")},
        {"options": ShipmentOptions(carrier_options=FedExOptions(paperless=False))},
        {"service": "INTERNATIONAL_ECONOMY"},
    ],
    ids=["duties paid", "on paper", "economy"],
)
async def test_other_ways_abroad_are_understood(fedex: FedExCarrier, changes: dict[str, Any]) -> None:
    """By somebody else's reading of the descriptions."""
    asked = abroad(**changes)
    (rate,) = await fedex.get_rates(asked)
    assert rate.service.code == asked.service
    assert (await fedex.create_shipment(asked)).parcels[0].label is not None


async def test_own_invoice_is_handed_in_before(fedex: FedExCarrier, simulator: Any) -> None:
    """And FedEx makes none."""
    paper = Document(kind="commercial_invoice", format="pdf", data=b"%PDF-1.7\n%%EOF\n")
    identity = await fedex.upload_document(paper, request=abroad())
    (kept,) = simulator.documents()
    assert identity.startswith("COMMERCIAL_INVOICE:")
    assert kept
    declaration = CustomsDeclaration(export_filing="30.37(a)", document_ids=[identity])
    bought = await fedex.create_shipment(abroad(customs=declaration))
    assert bought.documents == ()


# --- when answers are lost ------------------------------------------------------------------------------------------------


async def test_lost_purchase_is_found_cancelled_and_bought_anew(fedex: FedExCarrier, simulator: Any) -> None:
    """One label is live in the end, and one is paid (field guide fedex.md section 9)."""
    simulator.find_late(seconds=300)
    simulator.add_fault(operation="ship", kind="drop_after")
    step = step_of(fedex, home(parcels=[make_parcel(), make_parcel()]))
    with pytest.raises(OperationError) as caught:
        await fedex.purchase(step)
    assert caught.value.outcome_unknown
    assert await fedex.find_purchase(step) is None
    assert fedex.settle_time is not None
    await simulator.advance(fedex.settle_time.total_seconds())
    found = await fedex.find_purchase(step)
    assert found is not None
    assert len(found.parcels) == 2
    assert (await fedex.void_shipment(found)).status is VoidStatus.VOIDED
    assert await fedex.find_purchase(step) is None
    bought = await fedex.purchase(step_of(fedex, home(parcels=[make_parcel(), make_parcel()]), "cc-00000000000000bb"))
    assert {label["shipment_id"] for label in simulator.labels() if not label["voided"]} == {bought.id}
    assert simulator.duplicates() == {}


async def test_facade_pays_one_label_for_a_lost_answer(sandbox: Sandbox, simulator: Any, tmp_path: Path) -> None:
    """It finds the one without bytes, gives it back and buys another, all by itself."""
    shop: Any = sandbox.simulator("shopify")
    order_id = shop.place_order(lines=[{"sku": "MUG-1", "title": "Mug", "quantity": 1, "price": "12.50"}])
    simulator.add_fault(operation="ship", kind="drop_after")
    channel, carrier = sandbox.channel("shopify"), sandbox.carrier("fedex")
    ledger = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with cc.Fulfiller(
        channels=[channel], carriers=[carrier], ledger=ledger, ship_from=make_warehouse(), clock=sandbox.clock
    ) as fulfiller:
        async for order in fulfiller.orders():
            if order.id == order_id:
                done = await fulfiller.ship(order, parcels=[make_parcel()])
                break
    assert done.shipment.parcels[0].label is not None
    live = [label["tracking_number"] for label in simulator.labels() if not label["voided"]]
    assert live == [done.shipment.tracking_number]
    assert simulator.counts()["calls"]["ship"] == 2


async def test_refused_cancellation_says_so(fedex: FedExCarrier, simulator: Any) -> None:
    """A 200 that has cancelled nothing (field guide fedex.md section 11, pitfall 19)."""
    bought = await fedex.create_shipment(home())
    simulator.set_switches(refuse_cancel=True)
    assert (await fedex.void_shipment(bought)).status is VoidStatus.REFUSED
    assert not simulator.labels()[0]["voided"]
    simulator.set_switches(refuse_cancel=False)
    assert (await fedex.void_shipment(bought)).status is VoidStatus.VOIDED


async def test_second_driver_knows_what_the_first_has_voided(sandbox: Sandbox, fedex: FedExCarrier) -> None:
    """After a crash nobody remembers; FedEx's tracking does."""
    bought = await fedex.create_shipment(home())
    await fedex.void_shipment(bought)
    other = cast("FedExCarrier", sandbox.carrier("fedex", account="default"))
    assert (await other.void_shipment(bought)).status is VoidStatus.VOIDED


async def test_what_was_scanned_is_not_given_back(fedex: FedExCarrier, simulator: Any) -> None:
    """It is on its way."""
    bought = await fedex.create_shipment(home())
    await simulator.advance(timedelta(days=2).total_seconds())
    done = await fedex.void_shipment(bought)
    assert done.status is VoidStatus.REFUSED
    assert done.message


async def test_virtual_test_environment_gives_one_number_to_all(fedex: FedExCarrier, simulator: Any) -> None:
    """As FedEx's own does; nothing may stumble over it (field guide fedex.md section 11, pitfall 21)."""
    simulator.set_switches(virtualized=True)
    first, second = [await fedex.create_shipment(home()) for _ in range(2)]
    assert first.tracking_number == second.tracking_number
    assert first.test
    assert second.test


# --- rights ---------------------------------------------------------------------------------------------------------------


async def test_labels_that_are_not_approved_say_so(fedex: FedExCarrier, simulator: Any) -> None:
    """Rates work all the same (field guide fedex.md section 11, pitfall 3)."""
    simulator.set_switches(label_approval=False)
    assert await fedex.get_rates(home(service=None))
    with pytest.raises(PermissionDeniedError, match="approve your labels"):
        await fedex.create_shipment(home())


async def test_shipping_key_does_not_track(sandbox: Sandbox) -> None:
    """The error says what to set (field guide fedex.md section 11, pitfall 2)."""
    alone: Carrier = sandbox.carrier("fedex", track_client_id=None, track_client_secret=None)
    assert isinstance(alone, FedExCarrier)
    bought = await alone.create_shipment(home())
    (failed,) = await alone.track([bought.tracking_number])
    assert isinstance(failed, TrackingFailure)
    assert isinstance(failed.error, PermissionDeniedError)
    assert "track_client_id" in str(failed.error)


async def test_wrong_credentials_are_told(sandbox: Sandbox) -> None:
    """As what they are."""
    stranger = cast("FedExCarrier", sandbox.carrier("fedex", client_secret="wrong"))
    with pytest.raises(AuthenticationError):
        await stranger.get_rates(home())


async def test_expired_tokens_are_renewed_unseen(fedex: FedExCarrier, simulator: Any) -> None:
    """A purchase too: it was not executed."""
    await fedex.create_shipment(home())
    simulator.expire_tokens()
    await fedex.create_shipment(home())
    assert simulator.counts()["labels"] == 2


async def test_credit_hold_is_no_fault_of_the_request(fedex: FedExCarrier, simulator: Any) -> None:
    """It is paid first, then repeated."""
    simulator.set_switches(credit_hold=True)
    with pytest.raises(RejectedError) as caught:
        await fedex.create_shipment(home())
    assert type(caught.value).__name__ == "InsufficientFundsError"


async def test_used_up_day_is_not_asked_again(fedex: FedExCarrier, simulator: Any) -> None:
    """Until midnight in Greenwich; buying goes on."""
    bought = await fedex.create_shipment(home())
    simulator.use_quota(calls=100_000, quota="track")
    for _ in range(2):
        (failed,) = await fedex.track([bought.tracking_number])
        assert isinstance(failed, TrackingFailure)
        assert isinstance(failed.error, RateLimitError)
        assert failed.error.retry_after is not None
        assert failed.error.retry_after > timedelta(hours=1)
    assert simulator.counts()["calls"]["track"] == 1
    assert (await fedex.create_shipment(home())).parcels


async def test_no_call_is_refused_for_the_window(fedex: FedExCarrier, simulator: Any) -> None:
    """1400 in ten seconds, whatever is asked of the driver."""
    async with anyio.create_task_group() as tasks:
        for _ in range(300):
            tasks.start_soon(fedex.get_rates, home())
    assert simulator.counts()["calls"]["rate"] == 300


# --- tracking -------------------------------------------------------------------------------------------------------------


async def test_parcel_is_followed_to_the_door(fedex: FedExCarrier, simulator: Any) -> None:
    """And its proof of delivery is there, and not before."""
    bought = await fedex.create_shipment(home())
    with pytest.raises(NotFoundError):
        await fedex.get_proof_of_delivery(bought.tracking_number)
    await simulator.advance(timedelta(days=10).total_seconds())
    (found,) = await fedex.track([bought.tracking_number])
    assert isinstance(found, Tracking)
    assert found.status is TrackingStatus.DELIVERED
    assert found.delivered_at is not None
    assert found.signed_by
    assert found.events[0].status is TrackingStatus.PRE_TRANSIT
    assert all(event.status is not TrackingStatus.UNKNOWN for event in found.events)
    proof = await fedex.get_proof_of_delivery(bought.tracking_number)
    assert proof.data.startswith(b"%PDF")


async def test_used_again_number_is_ours(fedex: FedExCarrier, simulator: Any) -> None:
    """The old parcel of that number was delivered long ago (field guide fedex.md section 11, pitfall 15)."""
    bought = await fedex.create_shipment(home())
    await simulator.advance(timedelta(days=1).total_seconds())
    simulator.reuse_number(tracking_number=bought.tracking_number)
    (found,) = await fedex.track([bought.tracking_number])
    assert isinstance(found, Tracking)
    assert found.status is not TrackingStatus.DELIVERED


@pytest.mark.parametrize("alerts", ["list", "string"])
@pytest.mark.parametrize("packed", ["never", "asked", "always"])
async def test_answers_are_read_as_they_come(fedex: FedExCarrier, simulator: Any, alerts: str, packed: str) -> None:
    """Packed or not, alerts as a list or a text."""
    bought = await fedex.create_shipment(home())
    simulator.set_switches(track_alerts=alerts, gzip=packed)
    found, failed = await fedex.track([bought.tracking_number, "612340987650"])
    assert isinstance(found, Tracking)
    assert isinstance(failed, TrackingFailure)


@pytest.mark.parametrize("shape", ["answer", "result"])
async def test_pushes_tell_what_a_question_would(fedex: FedExCarrier, simulator: Any, shape: str) -> None:
    """The same events with the same keys, in whatever shape and order."""
    bought = await fedex.create_shipment(home())
    simulator.set_switches(push_shape=shape)
    simulator.subscribe(url="https://shop.example/fedex", tracking_numbers=[bought.tracking_number])
    await simulator.advance(timedelta(days=10).total_seconds())
    (asked,) = await fedex.track([bought.tracking_number])
    assert isinstance(asked, Tracking)
    pushed: Tracking | None = None
    ids = set()
    for sent in simulator.deliveries(duplicates=1, shuffle=True):
        body = sent["body"] if isinstance(sent["body"], bytes) else sent["body"].encode()
        request = WebhookRequest(method="POST", url=sent["url"], headers=sent["headers"], body=body)
        for event in (await fedex.receive(request)).events:
            assert isinstance(event, TrackingUpdated)
            ids.add(event.id)
            pushed = event.tracking if pushed is None else pushed.merge(event.tracking)
    assert pushed is not None
    assert pushed.status is TrackingStatus.DELIVERED
    assert {event.key for event in pushed.events} <= {event.key for event in asked.events}
    assert len(ids) == len(pushed.events)
    assert asked.merge(pushed).status is TrackingStatus.DELIVERED


async def test_push_with_another_secret_is_refused(fedex: FedExCarrier, simulator: Any) -> None:
    """Whoever finds the address could otherwise say anything."""
    bought = await fedex.create_shipment(home())
    simulator.subscribe(url="https://shop.example/fedex", tracking_numbers=[bought.tracking_number])
    await simulator.advance(timedelta(days=3).total_seconds())
    (sent, *_) = simulator.deliveries(secret="another")
    body = sent["body"] if isinstance(sent["body"], bytes) else sent["body"].encode()
    with pytest.raises(AuthenticationError):
        await fedex.receive(WebhookRequest(method="POST", url=sent["url"], headers=sent["headers"], body=body))


# --- the handing over -----------------------------------------------------------------------------------------------------


async def test_day_of_ground_is_closed(fedex: FedExCarrier, simulator: Any) -> None:
    """Express goes without; a closed parcel is not given back."""
    ground, fast = await fedex.create_shipment(home()), await fedex.create_shipment(express())
    manifest = await fedex.create_manifest([ground, fast], ship_from=make_warehouse())
    assert manifest.tracking_numbers == (ground.tracking_number,)
    assert manifest.documents
    (closed,) = simulator.closes()
    assert ground.tracking_number in str(closed)
    with pytest.raises(ConflictError):
        await fedex.create_manifest([ground], ship_from=make_warehouse())
    assert (await fedex.void_shipment(ground)).status is VoidStatus.REFUSED
    today = date(2026, 1, 5)
    assert await fedex.reprint_manifest(today)
    assert await fedex.reprint_manifest(today, tracking_number=ground.tracking_number)


READY = datetime(2026, 1, 6, 9, tzinfo=timezone(timedelta(hours=-8)))


@pytest.mark.parametrize("service", ["FDXE", "FDXG"])
async def test_pickup_is_ordered_and_cancelled(fedex: FedExCarrier, simulator: Any, service: str) -> None:
    """Twice cancelled is once."""
    request = PickupRequest(
        address=make_warehouse(), ready_at=READY, close_at=READY.replace(hour=16), parcels=2, service=service
    )
    pickup = await fedex.schedule_pickup(request)
    assert pickup.carrier == fedex.key
    assert pickup.window == (READY, READY.replace(hour=16))
    for _ in range(2):
        await fedex.cancel_pickup(pickup)
    assert simulator.duplicate_pickups() == {}
    assert len(simulator.pickups()) == 1


async def test_pickup_for_yesterday_is_refused(fedex: FedExCarrier) -> None:
    """FedEx's word for it names the field."""
    over = READY - timedelta(days=3)
    request = PickupRequest(
        address=make_warehouse(), ready_at=over, close_at=over.replace(hour=16), parcels=1, service="FDXE"
    )
    with pytest.raises(RejectedError) as caught:
        await fedex.schedule_pickup(request)
    assert caught.value.problems[0].field == "originDetail.readyDateTimestamp"


# --- addresses ------------------------------------------------------------------------------------------------------------


async def test_postal_code_is_checked(fedex: FedExCarrier) -> None:
    """Against the state, too."""
    good = await fedex.validate_postal_code("10001", country_code="US", region="NY")
    assert (good.valid, good.postal_code) == (True, "10001")
    assert not (await fedex.validate_postal_code("10001", country_code="US", region="CA")).valid


@pytest.mark.parametrize("texts", [True, False])
async def test_facts_about_an_address_are_texts_or_truth_values(
    fedex: FedExCarrier, simulator: Any, texts: bool
) -> None:
    """The same verdict either way (field guide fedex.md section 3)."""
    address = make_address(postal_code="10118")
    before = await fedex.validate_address(address)
    simulator.set_switches(string_attributes=texts)
    assert (await fedex.validate_address(address)).verdict is before.verdict


async def test_code_without_words_is_still_a_code(fedex: FedExCarrier, simulator: Any) -> None:
    """FedEx loses its texts (field guide fedex.md section 11, pitfall 20)."""
    simulator.set_switches(missing_messages=True)
    with pytest.raises(RejectedError) as caught:
        await fedex.create_shipment(home(ship_to=make_address(postal_code="99999")))
    assert caught.value.code
    assert caught.value.code in str(caught.value)


async def test_account_language_changes_nothing(fedex: FedExCarrier, simulator: Any) -> None:
    """The locale is fixed, and codes are what counts (field guide fedex.md section 11, pitfall 23)."""
    bought: Shipment = await fedex.create_shipment(home())
    (before,) = await fedex.track([bought.tracking_number])
    simulator.set_switches(account_language="de_DE")
    assert await fedex.track([bought.tracking_number]) == (before,)
