"""For each rule of the suite for carriers, a driver that breaks it, and is found out."""

import json
import uuid
from collections.abc import Mapping, Sequence

import attrs
import pytest
from typing_extensions import override

from cartcarrier.errors import (
    ConflictError,
    NotFoundError,
    OperationError,
    RateLimitError,
    ServiceUnavailableForLaneError,
    TransportError,
    UnsupportedOperationError,
)
from cartcarrier.models import (
    Address,
    AddressValidation,
    AddressVerdict,
    Label,
    LabelFormat,
    Manifest,
    PreparedPurchase,
    PurchaseSafety,
    PurchaseStep,
    Rate,
    Shipment,
    ShipmentRequest,
    Tracking,
    TrackingFailure,
    TrackingRef,
    VoidResult,
    VoidStatus,
)
from cartcarrier.testing import CarrierConformance, DriverConformance, Failure, handler_transport
from tests.testing.full_acme import CONFIG, FullAcme, FullPlatform
from tests.testing.rules import broken_rule


class OfNobody(FullAcme):
    @override
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        return [attrs.evolve(rate, carrier="acme") for rate in await super().get_rates(request)]


class PricesEverything(FullAcme):
    @override
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        return await super().get_rates(attrs.evolve(request, service=None))


class PricesNothing(FullAcme):
    @override
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        try:
            return await super().get_rates(request)
        except ServiceUnavailableForLaneError:
            return []


class CorrectsToNothing(FullAcme):
    @override
    async def validate_address(self, address: Address) -> AddressValidation:
        return AddressValidation(verdict=AddressVerdict.CORRECTED)


class ClosesAgain(FullAcme):
    @override
    async def create_manifest(self, shipments: Sequence[Shipment], *, ship_from: Address) -> Manifest:
        try:
            return await super().create_manifest(shipments, ship_from=ship_from)
        except ConflictError:
            return Manifest(id="manifest-1")


class Changed(FullAcme):
    """Prepares otherwise than it should."""

    def change(self, prepared: PreparedPurchase, request: ShipmentRequest) -> PreparedPurchase:
        """Spoil what was prepared."""
        raise AssertionError

    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        return self.change(super().prepare_shipment(request, reference=reference), request)


def _with_body(prepared: PreparedPurchase, **changes: object) -> PreparedPurchase:
    (step,) = prepared.steps
    body = json.dumps({**json.loads(step.body), **changes}).encode()
    return attrs.evolve(prepared, steps=[attrs.evolve(step, body=body)])


class PreparesAnew(Changed):
    @override
    def change(self, prepared: PreparedPurchase, request: ShipmentRequest) -> PreparedPurchase:
        return _with_body(prepared, nonce=uuid.uuid4().hex)


class PreparesForNobody(Changed):
    @override
    def change(self, prepared: PreparedPurchase, request: ShipmentRequest) -> PreparedPurchase:
        return attrs.evolve(prepared, carrier="acme")


class HasOneReference(Changed):
    @override
    def change(self, prepared: PreparedPurchase, request: ShipmentRequest) -> PreparedPurchase:
        return attrs.evolve(prepared, steps=[attrs.evolve(step, reference="cc-1") for step in prepared.steps])


class ForgetsAParcel(FullAcme):
    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        return super().prepare_shipment(attrs.evolve(request, parcels=request.parcels[:1]), reference=reference)


class DropsOptions(FullAcme):
    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        options = attrs.evolve(request.options, alcohol=False, signature=None)
        parcels = [attrs.evolve(parcel, insured_value=None) for parcel in request.parcels]
        changed = attrs.evolve(request, options=options, parcels=parcels, ship_date=None)
        return super().prepare_shipment(changed, reference=reference)


class RefusesWithoutAField(FullAcme):
    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        try:
            return super().prepare_shipment(request, reference=reference)
        except UnsupportedOperationError as error:
            raise UnsupportedOperationError(error.message) from error


class PrintsNothing(FullAcme):
    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        raise UnsupportedOperationError("no printer", field="options.label_formats")


class HonoursOldPrices(FullAcme):
    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        rate = attrs.evolve(request.rate, valid_until=None) if request.rate else None
        return super().prepare_shipment(attrs.evolve(request, rate=rate), reference=reference)


class ForgetsTheReference(FullAcme):
    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        return attrs.evolve(await super().purchase(step), reference="")


class BuysGround(FullAcme):
    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        return super().prepare_shipment(attrs.evolve(request, rate=None, service="ground"), reference=reference)


class LeavesBase64(FullAcme):
    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        shipment = await super().purchase(step)
        label = Label(format=LabelFormat.PDF, data=b"JVBERi0xLjQgU0FNUExF")
        return attrs.evolve(shipment, parcels=[attrs.evolve(part, label=label) for part in shipment.parcels])


class SaysWhoGetsIt(Changed):
    @override
    def change(self, prepared: PreparedPurchase, request: ShipmentRequest) -> PreparedPurchase:
        steps = [attrs.evolve(step, key=f"to {request.ship_to.name}") for step in prepared.steps]
        return attrs.evolve(prepared, steps=steps)


class ClaimsAKey(FullAcme):
    purchase_safety = PurchaseSafety.NATIVE_KEY


class ClaimsNotToBeAsked(FullAcme):
    purchase_safety = PurchaseSafety.UNCERTAIN


class SureOfItself(FullAcme):
    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        try:
            return await super().purchase(step)
        except OperationError as error:
            raise error.replace(outcome_unknown=False) from error


class SureOfNothing(FullAcme):
    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        try:
            return await super().purchase(step)
        except OperationError as error:
            raise error.replace(outcome_unknown=True) from error


class BuysAgain(FullAcme):
    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        try:
            return await super().purchase(step)
        except TransportError:
            return await super().purchase(step)


class FindsNothing(FullAcme):
    @override
    async def find_purchase(self, step: PurchaseStep) -> Shipment | None:
        return None


class FindsNoLabel(FullAcme):
    @override
    async def find_purchase(self, step: PurchaseStep) -> Shipment | None:
        found = await super().find_purchase(step)
        assert found is not None
        return attrs.evolve(found, parcels=[attrs.evolve(parcel, label=None) for parcel in found.parcels])


class FindsSomething(FullAcme):
    last: Shipment | None = None

    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        self.last = await super().purchase(step)
        return self.last

    @override
    async def find_purchase(self, step: PurchaseStep) -> Shipment | None:
        return self.last


class BuysTwoWithoutALedger(FullAcme):
    @override
    async def create_shipment(self, request: ShipmentRequest) -> Shipment:
        await super().create_shipment(request)
        return await super().create_shipment(request)


class VoidsOnce(FullAcme):
    voided = False

    @override
    async def void_shipment(self, shipment: Shipment, *, tracking_numbers: Sequence[str] | None = None) -> VoidResult:
        if self.voided:
            return VoidResult(status=VoidStatus.REFUSED, message="voided already")
        self.voided = True
        return await super().void_shipment(shipment, tracking_numbers=tracking_numbers)


class VoidsOnPaper(FullAcme):
    @override
    async def void_shipment(self, shipment: Shipment, *, tracking_numbers: Sequence[str] | None = None) -> VoidResult:
        return VoidResult(status=VoidStatus.VOIDED)


class KeepsEventsAsTheyCome(FullAcme):
    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        return [
            attrs.evolve(result, events=result.events[::-1]) if isinstance(result, Tracking) else result
            for result in await super().track(refs)
        ]


class NumbersEventsAnew(FullAcme):
    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        return [
            attrs.evolve(result, events=[attrs.evolve(event, key=uuid.uuid4().hex) for event in result.events])
            if isinstance(result, Tracking)
            else result
            for result in await super().track(refs)
        ]


class FailuresLast(FullAcme):
    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        return sorted(await super().track(refs), key=lambda result: isinstance(result, TrackingFailure))


class FailsForAll(FullAcme):
    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        results = await super().track(refs)
        for result in results:
            if isinstance(result, TrackingFailure):
                raise result.error
        return results


class SaysConflict(FullAcme):
    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        error = ConflictError("no", provider="acme", operation="track")
        return [TrackingFailure(tracking_number=str(ref), error=error) for ref in refs]


class SaysNoCode(FullAcme):
    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        error = NotFoundError("no", provider="acme", operation="track")
        return [TrackingFailure(tracking_number=str(ref), error=error) for ref in refs]


class NeedsANumber(FullAcme):
    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        if not refs:
            raise NotFoundError("nothing to follow", provider="acme", operation="track")
        return await super().track(refs)


OPTION = "test_option_is_said_or_refused"
LOST = "test_lost_purchase_has_an_unknown_outcome"
NEVER = "test_purchase_that_never_arrived_is_known_to_have_failed"

BROKEN: list[tuple[str, type[FullAcme], Mapping[str, object], str]] = [
    ("test_rates_are_of_this_account", OfNobody, {}, "acme"),
    ("test_asked_service_is_the_only_one_priced", PricesEverything, {}, "air"),
    ("test_unknown_service_is_no_empty_list", PricesNothing, {}, "DID NOT RAISE"),
    ("test_address_gets_a_verdict", CorrectsToNothing, {}, "corrected to what?"),
    ("test_manifest_closes_a_shipment_once", ClosesAgain, {}, "DID NOT RAISE"),
    ("test_preparing_twice_gives_the_same_bytes", PreparesAnew, {}, ""),
    ("test_preparing_sends_nothing", PreparesForNobody, {}, ""),
    ("test_references_tell_purchases_apart", HasOneReference, {}, ""),
    ("test_steps_cover_every_parcel_once", ForgetsAParcel, {}, ""),
    (OPTION, DropsOptions, {"option": "alcohol"}, "alcohol is neither said nor refused"),
    (OPTION, DropsOptions, {"option": "signature"}, "signature is neither said nor refused"),
    (OPTION, DropsOptions, {"option": "insured_value"}, "insured_value is neither said nor refused"),
    (OPTION, DropsOptions, {"option": "ship_date"}, "ship_date is neither said nor refused"),
    (OPTION, RefusesWithoutAField, {"option": "dry_ice"}, "names no field"),
    ("test_some_label_format_can_be_had", PrintsNothing, {}, "no label format"),
    ("test_expired_rate_is_refused_before_buying", HonoursOldPrices, {}, "DID NOT RAISE"),
    ("test_bought_shipment_says_what_it_is", ForgetsTheReference, {}, "has not the reference"),
    ("test_every_rate_can_be_bought", BuysGround, {}, "air was priced, and ground was bought"),
    ("test_label_opens", LeavesBase64, {"form": LabelFormat.PDF}, "does not begin as pdf does"),
    ("test_label_opens", LeavesBase64, {"form": LabelFormat.ZPL}, "format"),
    ("test_text_forms_of_a_purchase_show_no_label_and_no_person", SaysWhoGetsIt, {}, ""),
    ("test_safety_is_backed_by_abilities", ClaimsAKey, {}, "how long does the key protect?"),
    ("test_safety_is_backed_by_abilities", ClaimsNotToBeAsked, {}, ""),
    (LOST, SureOfItself, {"failure": Failure.LOST}, "cannot know"),
    (LOST, SureOfItself, {"failure": Failure.CUT}, "cannot know"),
    (LOST, SureOfItself, {"failure": Failure.HTML}, "cannot know"),
    (LOST, SureOfItself, {"failure": Failure.UNAVAILABLE_AFTER}, "cannot know"),
    ("test_lost_purchase_is_not_sent_again_unseen", BuysAgain, {}, "sent 2 times"),
    (NEVER, SureOfNothing, {"failure": Failure.REFUSED, "kind": TransportError}, "outcome_unknown"),
    (NEVER, SureOfNothing, {"failure": Failure.LIMITED, "kind": RateLimitError}, "outcome_unknown"),
    ("test_lost_purchase_is_found", FindsNothing, {}, "does not find it"),
    ("test_lost_purchase_is_found", FindsNoLabel, {}, "adopting means having the label"),
    ("test_purchase_never_sent_is_not_found", FindsSomething, {}, ""),
    ("test_native_key_buys_once", ClaimsAKey, {}, "bought a second label"),
    ("test_buying_without_a_ledger_buys_one", BuysTwoWithoutALedger, {}, ""),
    ("test_void_twice_voids_once", VoidsOnce, {}, "voided already"),
    ("test_voided_label_is_given_back", VoidsOnPaper, {}, ""),
    ("test_void_of_an_unknown_shipment_is_not_found", VoidsOnPaper, {}, "DID NOT RAISE"),
    ("test_lost_void_can_be_repeated", VoidsOnce, {}, "voided already"),
    ("test_events_are_aware_and_in_order", KeepsEventsAsTheyCome, {}, ""),
    ("test_same_event_has_the_same_key", NumbersEventsAnew, {}, ""),
    ("test_results_are_in_the_order_asked", FailuresLast, {}, ""),
    ("test_results_are_in_the_order_asked", FailsForAll, {}, "NotFoundError"),
    ("test_unknown_number_is_not_found", SaysConflict, {}, "ConflictError instead of NotFoundError"),
    ("test_unknown_number_has_the_carriers_code", SaysNoCode, {}, ""),
    ("test_following_nothing_gives_nothing", NeedsANumber, {}, "nothing to follow"),
]


@pytest.mark.parametrize(
    ("rule", "broken", "case", "said"),
    BROKEN,
    ids=[
        f"{rule.removeprefix('test_')}-{broken.__name__}-{number}" for number, (rule, broken, *_) in enumerate(BROKEN)
    ],
)
async def test_rule_finds_the_broken_carrier(
    rule: str, broken: type[FullAcme], case: Mapping[str, object], said: str
) -> None:
    """A rule that no driver can break protects nobody."""
    platform = FullPlatform()
    carrier = broken(CONFIG, transport=handler_transport(platform.acme), clock=platform.acme.clock)
    assert said in await broken_rule(CarrierConformance, rule, carrier, platform, **case)


def test_every_rule_for_carriers_has_its_broken_driver() -> None:
    """A new rule comes with a driver that breaks it; the rules for all drivers are broken by channels."""
    rules = {name for name in dir(CarrierConformance) if name.startswith("test_")}
    shared = {name for name in dir(DriverConformance) if name.startswith("test_")}
    assert {rule for rule, *_ in BROKEN} == rules - shared
