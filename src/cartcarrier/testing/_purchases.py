"""What holds for every carrier when answers are lost, and when labels are given back."""

from datetime import timedelta

import pytest

from cartcarrier.carriers import SupportsLabels, SupportsShipmentLookup, SupportsVoid
from cartcarrier.errors import CartCarrierError, NotFoundError, RateLimitError, TransportError
from cartcarrier.http import ReceivedRequest
from cartcarrier.models import PurchaseSafety, VoidStatus
from cartcarrier.testing._driver import check_error, error_of
from cartcarrier.testing._labels import LabelRules
from cartcarrier.testing._platform import CarrierPlatform
from cartcarrier.testing._transport import Failure, FaultyTransport


class PurchaseRules(LabelRules):
    """The rules about lost purchases and voids; part of ``CarrierConformance``."""

    # --- when the answer is lost ------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_safety_is_backed_by_abilities(self, carrier: SupportsLabels) -> None:
        """What the driver declares decides whether money is spent again."""
        match carrier.purchase_safety:
            case PurchaseSafety.NATIVE_KEY:
                assert carrier.key_lifetime is not None, "how long does the key protect?"
            case PurchaseSafety.LOOKUP_ADOPT:
                assert isinstance(carrier, SupportsShipmentLookup)
            case PurchaseSafety.LOOKUP_CANCEL:
                assert isinstance(carrier, SupportsShipmentLookup)
                assert isinstance(carrier, SupportsVoid)
            case PurchaseSafety.UNCERTAIN:
                assert not isinstance(carrier, SupportsShipmentLookup)

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.parametrize("failure", [Failure.LOST, Failure.CUT, Failure.HTML, Failure.UNAVAILABLE_AFTER])
    async def test_lost_purchase_has_an_unknown_outcome(
        self, carrier: SupportsLabels, platform: CarrierPlatform, wire: FaultyTransport, failure: Failure
    ) -> None:
        """A label may have been bought: whoever takes this for a failure buys a second one."""
        step = self.prepare(carrier, platform)
        with wire.failing(failure, platform.is_write):
            error = await error_of(lambda: carrier.purchase(step))
        assert error.outcome_unknown, f"{type(error).__name__} says that nothing was bought, and cannot know"
        check_error(error, carrier)

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_lost_purchase_is_not_sent_again_unseen(
        self, carrier: SupportsLabels, platform: CarrierPlatform, wire: FaultyTransport
    ) -> None:
        """A driver that repeats a purchase by itself buys a label for every try."""
        step = self.prepare(carrier, platform)
        sent: list[ReceivedRequest] = []

        def watch(request: ReceivedRequest) -> bool:
            if platform.is_write(request):
                sent.append(request)
            return platform.is_write(request)

        with wire.failing(Failure.LOST, watch):
            await error_of(lambda: carrier.purchase(step))
        assert len(sent) == 1, f"the purchase was sent {len(sent)} times"

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.parametrize(
        ("failure", "kind"), [(Failure.REFUSED, TransportError), (Failure.LIMITED, RateLimitError)], ids=str
    )
    async def test_purchase_that_never_arrived_is_known_to_have_failed(
        self,
        carrier: SupportsLabels,
        platform: CarrierPlatform,
        wire: FaultyTransport,
        failure: Failure,
        kind: type[CartCarrierError],
    ) -> None:
        """Where nothing was bought, the caller may try again at once, and need not look."""
        step = self.prepare(carrier, platform)
        with wire.failing(failure, platform.is_write):
            error = await error_of(lambda: carrier.purchase(step))
        assert isinstance(error, kind)
        assert not error.outcome_unknown
        check_error(error, carrier)

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.requires(capability=SupportsShipmentLookup)
    async def test_lost_purchase_is_found(
        self, carrier: SupportsLabels, platform: CarrierPlatform, wire: FaultyTransport
    ) -> None:
        """Found, it is adopted, or cancelled; not found, somebody must be asked, or pays twice."""
        assert isinstance(carrier, SupportsShipmentLookup)
        step = self.prepare(carrier, platform)
        with wire.failing(Failure.LOST, platform.is_write):
            await error_of(lambda: carrier.purchase(step))
        await platform.pass_time(carrier, carrier.settle_time or timedelta(minutes=10))
        found = await carrier.find_purchase(step)
        assert found is not None, "the platform sold it, and the look-up does not find it"
        assert found.carrier == carrier.key
        assert found.reference == step.reference
        assert len(found.parcels) == len(step.parcels)
        if carrier.purchase_safety is PurchaseSafety.LOOKUP_ADOPT:
            assert all(parcel.label is not None for parcel in found.parcels), "adopting means having the label"

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.requires(capability=SupportsShipmentLookup)
    async def test_purchase_never_sent_is_not_found(self, carrier: SupportsLabels, platform: CarrierPlatform) -> None:
        """A look-up that finds somebody else's shipment would void it."""
        assert isinstance(carrier, SupportsShipmentLookup)
        await self.buy(carrier, platform)
        assert await carrier.find_purchase(platform.other_step(carrier)) is None

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_native_key_buys_once(self, carrier: SupportsLabels, platform: CarrierPlatform) -> None:
        """The same bytes under the same key are the same purchase."""
        if carrier.purchase_safety is not PurchaseSafety.NATIVE_KEY:
            pytest.skip(f"{type(carrier).__name__} has no native key")
        step = self.prepare(carrier, platform)
        first = await carrier.purchase(step)
        second = await carrier.purchase(step)
        assert first.tracking_number == second.tracking_number, "the same key bought a second label"

    @pytest.mark.requires(capability=SupportsLabels)
    async def test_buying_without_a_ledger_buys_one(self, carrier: SupportsLabels, platform: CarrierPlatform) -> None:
        """``create_shipment`` is both phases at once."""
        before = platform.bought()
        await carrier.create_shipment(platform.make_request())
        assert platform.bought() == before + 1

    # --- giving back ------------------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.requires(capability=SupportsVoid)
    async def test_void_twice_voids_once(self, carrier: SupportsVoid, platform: CarrierPlatform) -> None:
        """A void whose answer was lost is sent again; that must not be an error."""
        assert isinstance(carrier, SupportsLabels)
        shipment = await self.buy(carrier, platform)
        for _ in range(2):
            result = await carrier.void_shipment(shipment)
            assert result.status in {VoidStatus.VOIDED, VoidStatus.REFUND_PENDING}, result.message

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.requires(capability=SupportsVoid)
    async def test_voided_label_is_given_back(self, carrier: SupportsVoid, platform: CarrierPlatform) -> None:
        """What says voided must be voided at the carrier, too."""
        assert isinstance(carrier, SupportsLabels)
        before = platform.bought()
        await carrier.void_shipment(await self.buy(carrier, platform))
        assert platform.bought() == before

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.requires(capability=SupportsVoid)
    async def test_void_of_an_unknown_shipment_is_not_found(
        self, carrier: SupportsVoid, platform: CarrierPlatform
    ) -> None:
        """A void of what the carrier never sold points to a mix-up of accounts."""
        assert isinstance(carrier, SupportsLabels)
        stranger = platform.unknown_shipment(await self.buy(carrier, platform))
        with pytest.raises(NotFoundError) as caught:
            await carrier.void_shipment(stranger)
        check_error(caught.value, carrier)

    @pytest.mark.requires(capability=SupportsLabels)
    @pytest.mark.requires(capability=SupportsVoid)
    async def test_lost_void_can_be_repeated(
        self, carrier: SupportsVoid, platform: CarrierPlatform, wire: FaultyTransport
    ) -> None:
        """Nobody knows whether it took effect; asking again settles it."""
        assert isinstance(carrier, SupportsLabels)
        shipment = await self.buy(carrier, platform)
        with wire.failing(Failure.LOST, lambda request: not platform.is_token_request(request)):
            await error_of(lambda: carrier.void_shipment(shipment))
        result = await carrier.void_shipment(shipment)
        assert result.status in {VoidStatus.VOIDED, VoidStatus.REFUND_PENDING}, result.message
