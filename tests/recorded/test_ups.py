"""UPS's driver over real HTTP, from recordings. See conftest.py for what they were made from."""

from collections.abc import AsyncIterator

import attrs
import httpx
import pytest

from cartcarrier import open_carrier
from cartcarrier.carriers.ups import UPSCarrier
from cartcarrier.errors import NotFoundError, RejectedError
from cartcarrier.models import LabelFormat, ShipmentOptions, Tracking, TrackingFailure, VoidStatus
from cartcarrier.testing import make_request
from tests.recorded.conftest import Stage

PLATFORM = "ups"
REFERENCE = "cc-00000000000c0ffe"

pytestmark = [pytest.mark.vcr, pytest.mark.block_network]


@pytest.fixture
async def carrier(stage: Stage, transport: httpx.AsyncHTTPTransport) -> AsyncIterator[UPSCarrier]:
    """The driver, as an application opens it."""
    async with open_carrier("ups", transport=transport, clock=stage.clock, **stage.settings) as opened:  # type: ignore[arg-type]  # settings by name
        assert isinstance(opened, UPSCarrier)
        yield opened


async def test_prices(carrier: UPSCarrier, stage: Stage) -> None:
    """What UPS asks for a box across the country."""
    rates = await carrier.get_rates(make_request())
    stage.keep("rates", rates)
    by_service = {rate.service.code: rate for rate in rates}
    assert {"01", "03"} <= set(by_service), "Next Day Air and Ground run between the coasts"
    assert by_service["03"].total < by_service["01"].total
    assert {rate.carrier for rate in rates} == {"ups:default"}


async def test_label_is_bought_found_and_given_back(carrier: UPSCarrier, stage: Stage) -> None:
    """The life of a label: bought, found by its reference as after a crash, voided, and voided again."""
    options = ShipmentOptions(label_formats=[LabelFormat.ZPL])
    request = make_request(service="03", options=options)
    (step,) = carrier.prepare_shipment(request, reference=REFERENCE).steps
    bought = await carrier.purchase(step)
    stage.keep("bought", bought)
    assert bought.reference == REFERENCE
    assert bought.service.code == "03"
    (parcel,) = bought.parcels
    assert parcel.label is not None
    assert parcel.label.format is LabelFormat.ZPL
    assert parcel.label.data.startswith(b"^XA")

    found = await carrier.find_purchase(step)
    assert found is not None
    stage.keep("found", attrs.evolve(found, created_at=bought.created_at))
    assert found.tracking_number == bought.tracking_number

    for _ in range(2):
        result = await carrier.void_shipment(bought)
        assert result.status is VoidStatus.VOIDED


async def test_parcels_are_followed(carrier: UPSCarrier, stage: Stage) -> None:
    """A label that was just made, and a number that nobody has."""
    (step,) = carrier.prepare_shipment(make_request(service="03"), reference=REFERENCE).steps
    bought = await carrier.purchase(step)
    known, unknown = await carrier.track([bought.tracking_number, "1Z999AA10123456784"])
    assert isinstance(known, Tracking)
    stage.keep("known", known)
    assert isinstance(unknown, TrackingFailure)
    assert isinstance(unknown.error, NotFoundError)
    assert unknown.error.code


async def test_refusal_names_the_code(carrier: UPSCarrier) -> None:
    """A service that UPS does not have."""
    with pytest.raises(RejectedError) as caught:
        await carrier.get_rates(make_request(service="97"))
    assert caught.value.code
    assert caught.value.provider == "ups"
    assert not caught.value.outcome_unknown
