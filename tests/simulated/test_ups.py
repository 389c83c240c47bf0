"""The UPS driver against a simulator that was written by somebody else, from the field guide and UPS's description."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any, cast

import attrs
import pytest

from cartcarrier.carriers.ups import UPSCarrier, UPSNotice, UPSOptions
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    InsufficientFundsError,
    OperationError,
    ServiceUnavailableForLaneError,
)
from cartcarrier.http import ManualClock
from cartcarrier.models import (
    AddressVerdict,
    CustomsDeclaration,
    LabelFormat,
    Money,
    ParcelItem,
    PurchaseStep,
    Shipment,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
    Tracking,
    TrackingStatus,
    VoidStatus,
)
from cartcarrier.sandbox import Sandbox
from cartcarrier.testing import make_address, make_parcel, make_request

REFERENCE = "cc-00000000000000aa"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox whose time is moved by hand."""
    async with Sandbox(clock=ManualClock()) as opened:
        yield opened


@pytest.fixture
def carrier(sandbox: Sandbox) -> UPSCarrier:
    """The driver on its simulator."""
    return cast("UPSCarrier", sandbox.carrier("ups"))


@pytest.fixture
def simulator(sandbox: Sandbox) -> Any:
    """The simulator's control surface."""
    return sandbox.simulator("ups")


# --- a shipment's life --------------------------------------------------------------------------------------------------

PLACES = {
    "US": make_address(),
    "PR": make_address(street1="8 Calle Uno", city="San Juan", region="PR", postal_code="00901"),
    "CA": make_address(
        street1="9 Rideau St",
        city="Ottawa",
        region="ON",
        postal_code="k1a 0b1",
        country_code="CA",
        phone="613 555 0101",
    ),
    "FR": make_address(
        street1="4 rue X", city="Paris", region=None, postal_code="75001", country_code="FR", phone="+33 155 501 001"
    ),
    "DE": make_address(
        street1="5 Allee", city="Berlin", region=None, postal_code="10115", country_code="DE", phone="+49 30 5550100"
    ),
}
SHIRT = ParcelItem(
    sku="SKU1",
    title="Cotton shirt",
    quantity=2,
    unit_value=Money(amount="15.00", currency="USD"),
    hs_code="610910",
    country_of_origin="PT",
)


def asked(label: LabelFormat = LabelFormat.ZPL, **changes: Any) -> ShipmentRequest:
    """Return a parcel by Ground, with a label of that form."""
    options = changes.pop("options", ShipmentOptions(label_formats=[label]))
    return make_request(**{"service": "03", "options": options, **changes})


async def bought(
    carrier: UPSCarrier, request: ShipmentRequest, reference: str = REFERENCE
) -> tuple[PurchaseStep, Shipment]:
    """Buy; return the step, too."""
    step = carrier.prepare_shipment(request, reference=reference).steps[0]
    return step, await carrier.purchase(step)


async def test_price_label_scans_and_no_void_afterwards(carrier: UPSCarrier, simulator: Any) -> None:
    """The whole way of a parcel, as a shop sees it."""
    rates = await carrier.get_rates(asked(service=None))
    ground = next(rate for rate in rates if rate.service.code == "03")
    assert ground.list_total is not None
    assert ground.total < ground.list_total
    assert ground.transit_days is not None
    assert isinstance(ground.estimated_delivery, date)
    _, shipment = await bought(carrier, asked(rate=ground))
    assert (shipment.total, shipment.test) == (ground.total, True)
    simulator.set_journey(tracking_number=shipment.tracking_number, kind="normal")
    (fresh,) = await carrier.track([shipment.tracking_number])
    assert isinstance(fresh, Tracking)
    assert fresh.status is TrackingStatus.PRE_TRANSIT
    await simulator.advance(timedelta(days=12).total_seconds())
    (arrived,) = await carrier.track([shipment.tracking_number])
    assert isinstance(arrived, Tracking)
    assert arrived.status is TrackingStatus.DELIVERED
    assert arrived.delivered_at is not None
    assert len(arrived.events) > len(fresh.events)
    result = await carrier.void_shipment(shipment)
    assert result.status is VoidStatus.REFUSED
    assert result.message


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("returned", TrackingStatus.RETURNED),
        ("untendered", TrackingStatus.PRE_TRANSIT),
        ("attempted", TrackingStatus.DELIVERED),
    ],
)
async def test_other_ways_end_where_they_should(
    carrier: UPSCarrier, simulator: Any, kind: str, status: TrackingStatus
) -> None:
    """A parcel that comes back is not delivered."""
    _, shipment = await bought(carrier, asked())
    simulator.set_journey(tracking_number=shipment.tracking_number, kind=kind)
    await simulator.advance(timedelta(days=25).total_seconds())
    (result,) = await carrier.track([shipment.tracking_number])
    assert isinstance(result, Tracking)
    assert result.status is status
    assert TrackingStatus.UNKNOWN not in {event.status for event in result.events}


@pytest.mark.parametrize("kind", ["drop_after", "status_after", "truncate"])
async def test_lost_answer_is_adopted_and_paid_for_once(carrier: UPSCarrier, simulator: Any, kind: str) -> None:
    """The promise of the whole library."""
    simulator.add_fault(operation="ship", kind=kind)
    step = carrier.prepare_shipment(asked(), reference=REFERENCE).steps[0]
    with pytest.raises(OperationError) as caught:
        await carrier.purchase(step)
    assert caught.value.outcome_unknown
    found = await carrier.find_purchase(step)
    assert found is not None
    assert found.reference == REFERENCE
    assert found.parcels[0].label is not None
    assert found.parcels[0].label.format is LabelFormat.ZPL
    assert len(simulator.labels()) == 1
    assert simulator.duplicates() == {}


@pytest.mark.parametrize("kind", ["drop_before", "status", "html"])
async def test_purchase_that_was_not_made_is_not_found(carrier: UPSCarrier, simulator: Any, kind: str) -> None:
    """It looks the same from here: only the look-up tells."""
    simulator.add_fault(operation="ship", kind=kind)
    step = carrier.prepare_shipment(asked(), reference=REFERENCE).steps[0]
    with pytest.raises(OperationError):
        await carrier.purchase(step)
    assert await carrier.find_purchase(step) is None
    assert simulator.labels() == []


async def test_label_that_is_found_late_is_not_there_before(carrier: UPSCarrier, simulator: Any) -> None:
    """Not found before the settle time means nothing."""
    assert carrier.settle_time is not None
    simulator.find_late(seconds=carrier.settle_time.total_seconds() / 2)
    step, shipment = await bought(carrier, asked())
    assert await carrier.find_purchase(step) is None
    await simulator.advance(carrier.settle_time.total_seconds())
    found = await carrier.find_purchase(step)
    assert found is not None
    assert found.id == shipment.id


async def test_found_label_is_the_bought_one(carrier: UPSCarrier) -> None:
    """Adopting it must change nothing but what UPS does not repeat."""
    step, shipment = await bought(carrier, asked(parcels=[make_parcel(), make_parcel()]))
    found = await carrier.find_purchase(step)
    assert found is not None
    assert found == attrs.evolve(shipment, total=None, list_total=None, charges=(), created_at=found.created_at)


async def test_purchase_made_twice_is_a_conflict(carrier: UPSCarrier) -> None:
    """Somebody has sent the same bytes again: both labels are named."""
    step, first = await bought(carrier, asked())
    second = await carrier.purchase(step)
    with pytest.raises(ConflictError) as caught:
        await carrier.find_purchase(step)
    assert first.id in caught.value.message or second.id in caught.value.message or caught.value.code is not None


async def test_voided_purchase_is_not_live(carrier: UPSCarrier) -> None:
    """Nothing under that reference can be used."""
    step, shipment = await bought(carrier, asked())
    await carrier.void_shipment(shipment)
    assert await carrier.find_purchase(step) is None


@pytest.mark.parametrize("key", ["PackageLevelResult", "PackageLevelResults"])
@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("dirt", [True, False])
async def test_some_parcels_are_voided(carrier: UPSCarrier, simulator: Any, key: str, single: bool, dirt: bool) -> None:
    """Whatever the answer looks like."""
    simulator.set_switches(void_result_key=key, single_as_object=single, cie_void_decoration=dirt)
    _, shipment = await bought(carrier, asked(parcels=[make_parcel()] * 3))
    numbers = [parcel.tracking_number for parcel in shipment.parcels]
    one = await carrier.void_shipment(shipment, tracking_numbers=numbers[1:2])
    assert (one.status, dict(one.parcels)) == (VoidStatus.VOIDED, {numbers[1]: VoidStatus.VOIDED})
    both = await carrier.void_shipment(shipment, tracking_numbers=numbers[:2])
    assert both.status is VoidStatus.VOIDED
    rest = await carrier.void_shipment(shipment)
    assert rest.status is VoidStatus.VOIDED
    assert set(rest.parcels) == set(numbers)


async def test_void_of_what_ups_does_not_know_is_refused(carrier: UPSCarrier) -> None:
    """UPS does not tell unknown from expired, so neither do we."""
    _, shipment = await bought(carrier, asked())
    result = await carrier.void_shipment(attrs.evolve(shipment, id="1Z999AA10123456784"))
    assert result.status is VoidStatus.REFUSED
    assert "unknown" in (result.message or "")


# --- lanes, by the simulator's own rules --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "there", "service"),
    [
        ("US", "US", "03"),
        ("US", "PR", "01"),
        ("US", "CA", "65"),
        ("US", "FR", "65"),
        ("CA", "CA", "11"),
        ("CA", "US", "65"),
        ("DE", "FR", "11"),
        ("DE", "US", "65"),
    ],
)
async def test_every_lane_takes_what_the_driver_says(
    carrier: UPSCarrier, origin: str, there: str, service: str
) -> None:
    """References, signature, units, forms: each lane has its own rules, and the simulator's author read them separately."""
    request = asked(
        ship_from=attrs.evolve(PLACES[origin], residential=None),
        ship_to=PLACES[there],
        service=service,
        reference="order 7",
        parcels=[make_parcel(items=[SHIRT], insured_value=Money(amount="100", currency="USD"))],
        customs=CustomsDeclaration(incoterm="DDP", invoice_number="INV-7"),
        options=ShipmentOptions(
            signature=Signature.ADULT,
            label_formats=[LabelFormat.ZPL],
            carrier_options=UPSOptions(
                carbon_neutral=True, notices=[UPSNotice.DELIVERED], notice_emails=["shop@example.com"]
            ),
        ),
    )
    (rate,) = await carrier.get_rates(request)
    step, shipment = await bought(carrier, attrs.evolve(request, rate=rate))
    assert shipment.total == rate.total
    found = await carrier.find_purchase(step)
    assert found is not None
    assert found.id == shipment.id


async def test_invoice_comes_back_as_a_document(carrier: UPSCarrier) -> None:
    """It travels with the parcel."""
    request = asked(ship_to=PLACES["FR"], service="65", parcels=[make_parcel(items=[SHIRT])])
    _, shipment = await bought(carrier, request)
    (invoice,) = [one for one in shipment.documents if one.kind == "commercial_invoice"]
    assert (invoice.format, invoice.data[:5]) == ("pdf", b"%PDF-")


async def test_parcels_of_one_shipment_have_numbers_of_their_own(carrier: UPSCarrier) -> None:
    """The first one's is the shipment's."""
    _, shipment = await bought(carrier, asked(parcels=[make_parcel()] * 3))
    numbers = [parcel.tracking_number for parcel in shipment.parcels]
    assert len(set(numbers)) == 3
    assert shipment.id == numbers[0]


# --- the account --------------------------------------------------------------------------------------------------------


async def test_account_without_prices_of_its_own_is_warned(carrier: UPSCarrier, simulator: Any) -> None:
    """The published price is what it pays."""
    simulator.set_switches(negotiated=False)
    for rate in await carrier.get_rates(asked(service=None)):
        assert rate.total == rate.list_total
        assert any("negotiated" in warning.lower() or "12090" in warning for warning in rate.warnings)


async def test_declined_payment_buys_nothing(carrier: UPSCarrier, simulator: Any) -> None:
    """And says so."""
    simulator.set_switches(payment_declined=True)
    with pytest.raises(InsufficientFundsError) as caught:
        await bought(carrier, asked())
    assert not caught.value.outcome_unknown
    assert simulator.labels() == []


async def test_product_that_is_not_enabled_is_explained(carrier: UPSCarrier, simulator: Any) -> None:
    """It looks like wrong credentials (field guide ups.md pitfall 3)."""
    simulator.set_switches(disabled_products=["rating"])
    with pytest.raises(AuthenticationError, match="not enabled for the app"):
        await carrier.get_rates(asked())


async def test_older_faults_are_read(carrier: UPSCarrier, simulator: Any) -> None:
    """Some servers answer in the older interface's words."""
    simulator.set_switches(legacy_fault=True)
    with pytest.raises(ServiceUnavailableForLaneError):
        await carrier.get_rates(asked(service="97"))


@pytest.mark.parametrize(
    ("change", "verdicts"),
    [
        ({}, {AddressVerdict.VALID}),
        ({"street1": "9 Nowhere Blvd", "postal_code": "99999"}, {AddressVerdict.INVALID}),
    ],
    ids=["known", "unknown"],
)
async def test_address_is_judged(carrier: UPSCarrier, change: dict[str, Any], verdicts: set[AddressVerdict]) -> None:
    """By a table that is not ours."""
    known = make_address(street1="9 Elm St", city="Aurora", region="CO", postal_code="80012")
    result = await carrier.validate_address(attrs.evolve(known, **change))
    assert result.verdict in verdicts
