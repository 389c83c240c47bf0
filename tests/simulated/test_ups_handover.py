"""The UPS driver's returns, Access Points, papers, visits and pushes against a simulator that was written by somebody else."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any, cast

import attrs
import pytest

from cartcarrier.carriers.ups import UPSBattery, UPSCarrier, UPSOptions, UPSReturn
from cartcarrier.errors import InvalidValueError, NotFoundError, OperationError, PermissionDeniedError, RejectedError
from cartcarrier.http import ManualClock
from cartcarrier.models import (
    BillParty,
    BillTo,
    ContentsType,
    CustomsDeclaration,
    Document,
    LabelFormat,
    Money,
    ParcelItem,
    PickupRequest,
    ShipmentOptions,
    ShipmentRequest,
    Tracking,
    TrackingFailure,
    TrackingStatus,
    TrackingSubscription,
    TrackingUpdated,
    VoidStatus,
    WebhookRequest,
    Weight,
    WeightUnit,
)
from cartcarrier.sandbox import Sandbox
from cartcarrier.testing import make_address, make_parcel, make_request

PUSHED_TO = "https://shop.example/webhooks/ups"
SHIRT = ParcelItem(
    sku="SKU1",
    title="Cotton shirt",
    quantity=2,
    unit_value=Money(amount="15.00", currency="USD"),
    hs_code="610910",
    country_of_origin="PT",
)
PARIS = make_address(
    street1="4 rue X", city="Paris", region=None, postal_code="75001", country_code="FR", phone="+33 155 501 001"
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


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


def back(extra: UPSOptions | None = None, **changes: Any) -> ShipmentRequest:
    """Return shirts that a customer sends back."""
    forward = make_request(service="03")
    asked = attrs.evolve(
        forward,
        ship_from=attrs.evolve(forward.ship_to, email="jill@example.com"),
        ship_to=forward.ship_from,
        parcels=[make_parcel(items=[SHIRT])],
        is_return=True,
        options=ShipmentOptions(label_formats=[LabelFormat.ZPL], carrier_options=extra),
    )
    return attrs.evolve(asked, **changes)


# --- returns ------------------------------------------------------------------------------------------------------------


async def test_return_is_priced_bought_and_given_back(carrier: UPSCarrier, simulator: Any) -> None:
    """A customer's parcel on the account's bill."""
    rates = await carrier.get_rates(back())
    assert rates
    shipment = await carrier.create_shipment(back())
    assert shipment.is_return
    assert shipment.parcels[0].label is not None
    assert (await carrier.void_shipment(shipment)).status is VoidStatus.VOIDED
    assert all(label["voided"] for label in simulator.labels())


@pytest.mark.parametrize("links", [True, False], ids=["links", "e-mail"])
async def test_label_is_sent_to_the_customer(carrier: UPSCarrier, simulator: Any, links: bool) -> None:
    """By mail, or by a link that the merchant passes on."""
    extra = UPSOptions(return_service=UPSReturn.EMAIL_LABEL, return_links=links)
    shipment = await carrier.create_shipment(back(extra))
    assert shipment.is_return
    kinds = {document.kind for document in shipment.documents}
    assert ("label_link" in kinds) is links
    assert len(simulator.emails()) == (0 if links else 1)


async def test_return_across_a_border_has_its_invoice(carrier: UPSCarrier) -> None:
    """From France to the US."""
    asked = back(
        ship_from=attrs.evolve(PARIS, email="j@example.com"),
        service="65",
        customs=CustomsDeclaration(contents=ContentsType.RETURNED_GOODS, invoice_number="R-1"),
    )
    shipment = await carrier.create_shipment(asked)
    assert shipment.is_return


async def test_lost_answer_of_a_return_is_looked_up(carrier: UPSCarrier) -> None:
    """As of any label."""
    step = carrier.prepare_shipment(back(), reference="cc-00000000000000ab").steps[0]
    bought = await carrier.purchase(step)
    found = await carrier.find_purchase(step)
    assert found is not None
    assert (found.id, found.is_return) == (bought.id, True)


# --- options ------------------------------------------------------------------------------------------------------------


async def test_parcel_waits_at_an_access_point_that_was_found(carrier: UPSCarrier) -> None:
    """From the search to the label."""
    home = make_address(street1="9 Elm St", city="Aurora", region="CO", postal_code="80012", email="jill@example.com")
    asked = make_request(service="03", ship_to=home)
    places = await carrier.find_locations(asked.ship_to, limit=1)
    assert len(places) == 1
    held = attrs.evolve(
        asked,
        options=attrs.evolve(asked.options, hold_at_location=places[0].id),
    )
    assert await carrier.get_rates(held)
    shipment = await carrier.create_shipment(held)
    assert shipment.parcels[0].label is not None


async def test_dry_ice_is_carried(carrier: UPSCarrier) -> None:
    """Within the US."""
    ice = Weight(value="1", unit=WeightUnit.POUND)
    asked = make_request(service="01")
    options = attrs.evolve(asked.options, dry_ice=ice)
    shipment = await carrier.create_shipment(attrs.evolve(asked, options=options))
    assert shipment.parcels[0].label is not None


@pytest.mark.parametrize("service", ["03", "01"], ids=["road", "air"])
async def test_batteries_are_carried_under_a_contract(carrier: UPSCarrier, simulator: Any, service: str) -> None:
    """Without one UPS refuses before it sells."""
    asked = make_request(service=service)
    asked = attrs.evolve(asked, options=attrs.evolve(asked.options, lithium=UPSBattery.ION_WITH_EQUIPMENT))
    with pytest.raises(PermissionDeniedError):
        await carrier.create_shipment(asked)
    assert simulator.labels() == []
    simulator.set_switches(contracts=["hazmat"])
    shipment = await carrier.create_shipment(asked)
    assert shipment.parcels[0].label is not None


@pytest.mark.parametrize("party", [BillParty.THIRD_PARTY, BillParty.RECEIVER])
async def test_somebody_else_pays(carrier: UPSCarrier, party: BillParty) -> None:
    """An account that UPS does not know is refused, and nothing is bought."""
    payer = BillTo(party=party, account_number="A1B2C3", postal_code="60601", country_code="US")
    asked = make_request(service="03", options=ShipmentOptions(bill_to=payer))
    with pytest.raises(RejectedError):
        await carrier.create_shipment(asked)


async def test_ground_saver_is_sold(carrier: UPSCarrier) -> None:
    """To homes in the US."""
    asked = make_request(service="93")
    home = attrs.evolve(asked, ship_to=attrs.evolve(asked.ship_to, residential=True))
    shipment = await carrier.create_shipment(home)
    assert shipment.service.name == "UPS Ground Saver"


# --- times --------------------------------------------------------------------------------------------------------------


async def test_times_are_those_of_services_that_can_be_bought(carrier: UPSCarrier) -> None:
    """Their codes are the ones that the prices have."""
    asked = attrs.evolve(make_request(), service=None)
    times = await carrier.get_transit_times(asked)
    assert {time.service.code for time in times} & {rate.service.code for rate in await carrier.get_rates(asked)}
    (ground,) = await carrier.get_transit_times(attrs.evolve(asked, service="03"))
    assert ground.service.code == "03"
    assert isinstance(ground.estimated_delivery, date)


# --- labels again -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", [LabelFormat.ZPL, LabelFormat.PDF])
async def test_label_is_printed_again(carrier: UPSCarrier, label: LabelFormat) -> None:
    """In the form in which it was bought."""
    asked = make_request(service="03", options=ShipmentOptions(label_formats=[label]))
    shipment = await carrier.create_shipment(asked)
    (again,) = await carrier.reprint_labels(shipment)
    assert again.tracking_number == shipment.tracking_number
    assert again.label is not None
    assert again.label.format is label


async def test_voided_label_is_not_printed_again(carrier: UPSCarrier) -> None:
    """It must not go on a parcel."""
    shipment = await carrier.create_shipment(make_request(service="03"))
    await carrier.void_shipment(shipment)
    with pytest.raises(NotFoundError):
        await carrier.reprint_labels(shipment)


async def test_delivered_parcel_has_a_proof(carrier: UPSCarrier, simulator: Any) -> None:
    """Not before."""
    shipment = await carrier.create_shipment(make_request(service="03"))
    with pytest.raises(NotFoundError):
        await carrier.get_proof_of_delivery(shipment.tracking_number)
    await simulator.advance(timedelta(days=14).total_seconds())
    proof = await carrier.get_proof_of_delivery(shipment.tracking_number)
    assert proof.data


# --- papers -------------------------------------------------------------------------------------------------------------


def across(*document_ids: str) -> ShipmentRequest:
    """Return a parcel to France."""
    customs = CustomsDeclaration(incoterm="DAP", invoice_number="INV-7", document_ids=document_ids)
    parcels = [make_parcel(items=[SHIRT])]
    return make_request(service="65", ship_to=PARIS, parcels=parcels, customs=customs)


async def test_own_invoice_goes_with_the_shipment(carrier: UPSCarrier) -> None:
    """Handed in before, named in the purchase."""
    invoice = Document(kind="commercial_invoice", format="pdf", data=PDF)
    identity = await carrier.upload_document(invoice, request=across())
    shipment = await carrier.create_shipment(across(identity))
    assert shipment.parcels[0].label is not None


async def test_paper_is_joined_to_a_bought_shipment_and_another_taken_back(carrier: UPSCarrier) -> None:
    """And what is taken back is gone."""
    paper = Document(kind="packing_list", format="pdf", data=PDF)
    shipment = await carrier.create_shipment(across())
    await carrier.attach_documents(shipment, [await carrier.upload_document(paper, request=across())])
    other = await carrier.upload_document(paper, request=across())
    await carrier.delete_document(other)
    await carrier.delete_document(other)
    with pytest.raises((NotFoundError, RejectedError)):
        await carrier.attach_documents(shipment, [other])


# --- visits -------------------------------------------------------------------------------------------------------------


def visit(carrier: UPSCarrier, **changes: Any) -> PickupRequest:
    """Return what is asked of UPS's driver, for tomorrow."""
    assert carrier.clock is not None
    day = carrier.clock.now() + timedelta(days=1)
    ready = datetime(day.year, day.month, day.day, 12, tzinfo=day.tzinfo)
    values: dict[str, Any] = {
        "address": make_request().ship_from,
        "ready_at": ready,
        "close_at": ready + timedelta(hours=5),
        "parcels": 2,
    }
    return PickupRequest(**{**values, **changes})


async def test_visit_is_ordered_and_cancelled(carrier: UPSCarrier, simulator: Any) -> None:
    """Cancelling it twice is no error."""
    price = await carrier.rate_pickup(visit(carrier))
    pickup = await carrier.schedule_pickup(visit(carrier))
    assert pickup.id
    assert pickup.charge == price
    assert len(simulator.pickups()) == 1
    await carrier.cancel_pickup(pickup)
    await carrier.cancel_pickup(pickup)


@pytest.mark.parametrize("kind", ["drop_after", "status_after", "truncate"])
async def test_lost_answer_of_a_visit_is_looked_up(carrier: UPSCarrier, simulator: Any, kind: str) -> None:
    """One visit, one fee."""
    simulator.add_fault(operation="pickup", kind=kind)
    pickup = await carrier.schedule_pickup(visit(carrier))
    assert pickup.id
    assert len(simulator.pickups()) == 1


async def test_visit_that_was_not_ordered_is_not_invented(carrier: UPSCarrier, simulator: Any) -> None:
    """It looks the same from here: only the look-up tells, and what it does not find stays open."""
    simulator.add_fault(operation="pickup", kind="drop_before")
    with pytest.raises(OperationError) as caught:
        await carrier.schedule_pickup(visit(carrier))
    assert caught.value.outcome_unknown
    assert simulator.pickups() == []


async def test_visit_that_cannot_be_is_refused_before_asking(carrier: UPSCarrier) -> None:
    """It would end before it begins."""
    asked = visit(carrier)
    with pytest.raises(InvalidValueError):
        await carrier.schedule_pickup(attrs.evolve(asked, close_at=asked.ready_at))


# --- pushes -------------------------------------------------------------------------------------------------------------


async def test_parcel_is_followed(carrier: UPSCarrier, simulator: Any) -> None:
    """From the subscription to the delivery, with the history that a pull gives."""
    simulator.set_webhook(url=PUSHED_TO)
    shipment = await carrier.create_shipment(make_request(service="03"))
    followed, other = await carrier.subscribe_tracking([shipment.tracking_number, "H1234567890"], url=PUSHED_TO)
    assert isinstance(followed, TrackingSubscription)
    assert carrier.clock is not None
    assert followed.expires_at == carrier.clock.now() + timedelta(days=14)
    assert isinstance(other, TrackingFailure)
    (known,) = await carrier.track([shipment.tracking_number])
    assert isinstance(known, Tracking)
    await simulator.advance(timedelta(days=13).total_seconds())
    pushes = simulator.deliveries(shuffle=True, duplicates=1)
    assert pushes
    for push in pushes:
        request = WebhookRequest(method="POST", url=push["url"], headers=push["headers"], body=push["body"])
        (event,) = (await carrier.receive(request)).events
        assert isinstance(event, TrackingUpdated)
        known = known.merge(event.tracking)
    (pulled,) = await carrier.track([shipment.tracking_number])
    assert isinstance(pulled, Tracking)
    assert known.status is pulled.status is TrackingStatus.DELIVERED
    assert {event.key for event in known.events} == {event.key for event in pulled.events}


async def test_subscription_is_renewed_by_asking_again(carrier: UPSCarrier, simulator: Any) -> None:
    """After 14 days nothing would come."""
    shipment = await carrier.create_shipment(make_request(service="03"))
    await carrier.subscribe_tracking([shipment.tracking_number], url=PUSHED_TO)
    await simulator.advance(timedelta(days=10).total_seconds())
    (again,) = await carrier.subscribe_tracking([shipment.tracking_number], url=PUSHED_TO)
    assert isinstance(again, TrackingSubscription)
    assert carrier.clock is not None
    assert again.expires_at == carrier.clock.now() + timedelta(days=14)
