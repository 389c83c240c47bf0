"""What holds for every carrier that sells labels: paid once, found again, refused before it costs."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final

import attrs
import pytest

from cartcarrier.carriers import (
    Carrier,
    SupportsLabels,
    SupportsRates,
)
from cartcarrier.errors import (
    InvalidValueError,
    RateExpiredError,
    UnsupportedOperationError,
)
from cartcarrier.models import (
    BillParty,
    BillTo,
    LabelFormat,
    Money,
    PurchaseStep,
    Shipment,
    ShipmentRequest,
    Signature,
    Weight,
    WeightUnit,
)
from cartcarrier.testing._driver import DriverConformance
from cartcarrier.testing._factories import make_parcel
from cartcarrier.testing._platform import CarrierPlatform
from cartcarrier.testing._transport import FaultyTransport

# How a file of each form begins; the first bytes are what a printer goes by.
MAGIC: Final = {
    LabelFormat.PDF: (b"%PDF-",),
    LabelFormat.PNG: (b"\x89PNG\r\n\x1a\n",),
    LabelFormat.GIF: (b"GIF87a", b"GIF89a"),
    LabelFormat.ZPL: (b"^XA", b"\x10CT~~", b"CT~~", b"~"),
    LabelFormat.EPL: (b"N\n", b"N\r\n", b"\nN\n", b"\r\nN\r\n", b"EPL2", b"I8", b"q", b"Q", b"O", b"Z"),
}

Change = Callable[[ShipmentRequest], ShipmentRequest]


def _option(**changes: Any) -> Change:  # noqa: ANN401 - the fields of ShipmentOptions
    return lambda request: attrs.evolve(request, options=attrs.evolve(request.options, **changes))


def _insured(request: ShipmentRequest) -> ShipmentRequest:
    value = Money(amount=Decimal(250), currency="USD")
    return attrs.evolve(request, parcels=[attrs.evolve(parcel, insured_value=value) for parcel in request.parcels])


# Each asks for something that costs money, or goes wrong, when it is dropped in silence.
OPTIONS: Final[dict[str, Change]] = {
    "signature": _option(signature=Signature.ADULT),
    "saturday_delivery": _option(saturday_delivery=True),
    "hold_at_location": _option(hold_at_location="U12345"),
    "dry_ice": _option(dry_ice=Weight(value=Decimal(1), unit=WeightUnit.KILOGRAM)),
    "lithium": _option(lithium="UN3481"),
    "alcohol": _option(alcohol=True),
    "bill_to": _option(
        bill_to=BillTo(party=BillParty.THIRD_PARTY, account_number="A1B2C3", postal_code="60601", country_code="US")
    ),
    "label_size": _option(label_size="4x8"),
    "insured_value": _insured,
    "reference": lambda request: attrs.evolve(request, reference="order 1001"),
    "is_return": lambda request: attrs.evolve(request, is_return=True),
    "ship_date": lambda request: attrs.evolve(request, ship_date=date(2026, 1, 7)),
}


class LabelRules(DriverConformance):
    """The rules about labels; part of ``CarrierConformance``."""

    @pytest.fixture(autouse=True)
    def _needs_a_service(self, request: pytest.FixtureRequest, carrier: Carrier, platform: CarrierPlatform) -> None:
        """Skip what buys, when nothing can be bought: the suite cannot know a carrier's services."""
        buys = any(mark.kwargs.get("capability") is SupportsLabels for mark in request.node.iter_markers("requires"))
        if buys and isinstance(carrier, SupportsLabels) and (missing := platform.what_is_missing(carrier)):
            pytest.skip(missing)

    label_magic: ClassVar[dict[LabelFormat, tuple[bytes, ...]]] = MAGIC

    async def buy(self, carrier: SupportsLabels, platform: CarrierPlatform) -> Shipment:
        """Buy what the platform sells."""
        return await carrier.purchase(self.prepare(carrier, platform))

    def prepare(
        self, carrier: SupportsLabels, platform: CarrierPlatform, request: ShipmentRequest | None = None
    ) -> PurchaseStep:
        """Return the first step of a new purchase."""
        prepared = carrier.prepare_shipment(request or platform.make_request(), reference=platform.new_reference())
        return prepared.steps[0]

    # --- before anything is sent ------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_preparing_twice_gives_the_same_bytes(
        self, carrier: SupportsLabels, platform: CarrierPlatform
    ) -> None:
        """After a crash the same bytes are sent again; others would be another purchase."""
        request, reference = platform.make_request(), platform.new_reference()
        first = carrier.prepare_shipment(request, reference=reference)
        second = carrier.prepare_shipment(request, reference=reference)
        assert first.request_hash == second.request_hash
        assert [(step.reference, step.key, step.body) for step in first.steps] == [
            (step.reference, step.key, step.body) for step in second.steps
        ]

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_preparing_sends_nothing(
        self, carrier: SupportsLabels, platform: CarrierPlatform, wire: FaultyTransport
    ) -> None:
        """The bytes are recorded before the first of them leaves."""
        before = wire.count()
        prepared = carrier.prepare_shipment(platform.make_request(), reference=platform.new_reference())
        assert wire.count() == before
        assert prepared.carrier == carrier.key

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_references_tell_purchases_apart(self, carrier: SupportsLabels, platform: CarrierPlatform) -> None:
        """By the reference a lost purchase is found; two of one reference could not be told apart."""
        request = platform.make_request()
        references = [
            step.reference
            for _ in range(3)
            for step in carrier.prepare_shipment(request, reference=platform.new_reference()).steps
        ]
        assert len(set(references)) == len(references)

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_steps_cover_every_parcel_once(self, carrier: SupportsLabels, platform: CarrierPlatform) -> None:
        """A parcel in two steps is paid for twice, one in none has no label."""
        one = platform.make_request()
        two = attrs.evolve(one, parcels=(*one.parcels, make_parcel()))
        try:
            prepared = carrier.prepare_shipment(two, reference=platform.new_reference())
        except UnsupportedOperationError as refusal:
            pytest.skip(f"one parcel at a time: {refusal}")
        assert sorted(index for step in prepared.steps for index in step.parcels) == list(range(len(two.parcels)))
        assert [step.index for step in prepared.steps] == list(range(len(prepared.steps)))

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.parametrize("option", list(OPTIONS))
    async def test_option_is_said_or_refused(
        self, carrier: SupportsLabels, platform: CarrierPlatform, wire: FaultyTransport, option: str
    ) -> None:
        """An option that is dropped in silence is a parcel left at a door that an adult should have opened."""
        request, reference = platform.make_request(), platform.new_reference()
        plain = carrier.prepare_shipment(request, reference=reference)
        before = wire.count()
        try:
            changed = carrier.prepare_shipment(OPTIONS[option](request), reference=reference)
        except (UnsupportedOperationError, InvalidValueError) as refusal:
            _names_a_field(refusal, option)
        else:
            bodies = [step.body for step in changed.steps]
            assert bodies != [step.body for step in plain.steps], f"{option} is neither said nor refused"
        assert wire.count() == before, f"{option} was asked about over the wire"

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_some_label_format_can_be_had(self, carrier: SupportsLabels, platform: CarrierPlatform) -> None:
        """And the others are refused before anything is bought: a label that the printer cannot read costs the same."""
        possible = [form for form in LabelFormat if self._can_print(carrier, platform, form)]
        assert possible, "no label format can be had"
        with_default = carrier.prepare_shipment(platform.make_request(), reference=platform.new_reference())
        assert with_default.steps

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_expired_rate_is_refused_before_buying(
        self, carrier: SupportsLabels, platform: CarrierPlatform, wire: FaultyTransport
    ) -> None:
        """A price that is over would be replaced by another one, unseen."""
        if not isinstance(carrier, SupportsRates):
            pytest.skip(f"{type(carrier).__name__} has no SupportsRates")
        assert carrier.clock is not None
        rate = (await carrier.get_rates(platform.make_request()))[0]
        over = attrs.evolve(rate, valid_until=carrier.clock.now() - timedelta(seconds=1))
        before = wire.count()
        with pytest.raises(RateExpiredError):
            carrier.prepare_shipment(
                attrs.evolve(platform.make_request(), rate=over), reference=platform.new_reference()
            )
        assert wire.count() == before

    # --- what was bought --------------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_bought_shipment_says_what_it_is(self, carrier: SupportsLabels, platform: CarrierPlatform) -> None:
        """Void, look-up and confirmation all start from what the purchase returned."""
        step = self.prepare(carrier, platform)
        shipment = await carrier.purchase(step)
        assert shipment.carrier == carrier.key
        assert shipment.reference == step.reference, "the shipment has not the reference of its purchase"
        assert len(shipment.parcels) == len(step.parcels)
        numbers = [parcel.tracking_number for parcel in shipment.parcels]
        assert len(set(numbers)) == len(numbers)

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.requires(capability=SupportsRates)
    async def test_every_rate_can_be_bought(self, carrier: SupportsLabels, platform: CarrierPlatform) -> None:
        """A price is a promise: buying at it buys that service."""
        assert isinstance(carrier, SupportsRates)
        request = attrs.evolve(platform.make_request(), service=None)
        for rate in await carrier.get_rates(request):
            shipment = await carrier.purchase(self.prepare(carrier, platform, attrs.evolve(request, rate=rate)))
            bought, promised = shipment.service.code, rate.service.code
            assert bought == promised, f"{promised} was priced, and {bought} was bought"
            if shipment.total is not None and not shipment.total_is_estimate:
                assert shipment.total == rate.total

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.parametrize("form", list(LabelFormat))
    async def test_label_opens(self, carrier: SupportsLabels, platform: CarrierPlatform, form: LabelFormat) -> None:
        """A label that is base64 still, or another form than it says, is found out at the printer: too late."""
        if not self._can_print(carrier, platform, form):
            pytest.skip(f"{type(carrier).__name__} has no {form} labels")
        request = _option(label_formats=(form,))(platform.make_request())
        shipment = await carrier.purchase(self.prepare(carrier, platform, request))
        for parcel in shipment.parcels:
            assert parcel.label is not None, "no label came with the purchase"
            assert parcel.label.format is form
            assert parcel.label.data.startswith(self.label_magic[form]), f"the label does not begin as {form} does"

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_text_forms_of_a_purchase_show_no_label_and_no_person(
        self, carrier: SupportsLabels, platform: CarrierPlatform
    ) -> None:
        """Bytes and labels carry addresses; their text form ends up in logs."""
        step = self.prepare(carrier, platform)
        shipment = await carrier.purchase(step)
        person = platform.make_request().ship_to
        for shown in (repr(step), repr(shipment)):
            assert person.street1 not in shown
            assert person.name is None or person.name not in shown
            assert len(shown) < 4000, "a text form of that length holds the bytes"

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _can_print(self, carrier: SupportsLabels, platform: CarrierPlatform, form: LabelFormat) -> bool:
        request = _option(label_formats=(form,))(platform.make_request())
        try:
            carrier.prepare_shipment(request, reference=platform.new_reference())
        except UnsupportedOperationError as refusal:
            _names_a_field(refusal, form)
            return False
        return True


def _names_a_field(refusal: UnsupportedOperationError | InvalidValueError, what: str) -> None:
    assert refusal.field, f"the refusal of {what} names no field"
