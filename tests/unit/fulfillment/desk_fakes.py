"""A carrier that can do what a whole shipping desk needs: late refunds, manifests with memory, addresses, papers."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from typing_extensions import override

from cartcarrier.carriers import SupportsAddressValidation, SupportsProofOfDelivery, SupportsVoidStatus
from cartcarrier.errors import ConflictError, NotFoundError
from cartcarrier.models import (
    Address,
    AddressValidation,
    AddressVerdict,
    Document,
    Manifest,
    Rate,
    Shipment,
    ShipmentRequest,
    TrackingRef,
    TrackingStatus,
    VoidResult,
    VoidStatus,
)
from tests.unit.fulfillment.fakes import AdoptCarrier, World


class DeskCarrier(AdoptCarrier, SupportsVoidStatus, SupportsAddressValidation, SupportsProofOfDelivery):
    """Refunds take their time, what is in a manifest is in no other, every request is remembered."""

    void_window: ClassVar[timedelta | None] = timedelta(days=28)

    def __init__(
        self, world: World, account: str = "default", *, price: str = "10", slow_refunds: bool = False
    ) -> None:
        super().__init__(world, account, price=price)
        self.slow_refunds = slow_refunds
        self.refund = VoidResult(status=VoidStatus.REFUND_PENDING, message="wait")
        self.knows_refund = True
        self.manifested: dict[str, str] = {}
        self.requests: list[ShipmentRequest] = []
        self.validation = AddressValidation(verdict=AddressVerdict.VALID)
        self.checked: list[Address] = []

    @override
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        self.requests.append(request)
        return await super().get_rates(request)

    @override
    async def void_shipment(self, shipment: Shipment, *, tracking_numbers: Sequence[str] | None = None) -> VoidResult:
        result = await super().void_shipment(shipment, tracking_numbers=tracking_numbers)
        if result.status is VoidStatus.VOIDED and self.slow_refunds:
            return VoidResult(status=VoidStatus.REFUND_PENDING, message="in a week")
        return result

    @override
    async def get_void_status(self, shipment: Shipment) -> VoidResult:
        await self.world.call("get_void_status", lambda: None)
        if not self.knows_refund:
            raise NotFoundError("no refund", provider="fakepost", operation="get_void_status")
        return self.refund

    @override
    async def create_manifest(self, shipments: Sequence[Shipment], *, ship_from: Address) -> Manifest:
        def effect() -> Manifest:
            taken = [one.id for one in shipments if one.id in self.manifested]
            if taken:
                raise ConflictError(f"{taken[0]} is in another", provider="fakepost", operation="create_manifest")
            number = f"M{len(set(self.manifested.values())) + 1}"
            self.manifested.update({one.id: number for one in shipments})
            paper = Document(kind="manifest", format="pdf", data=b"%PDF " + number.encode())
            return Manifest(id=number, documents=[paper], tracking_numbers=[one.tracking_number for one in shipments])

        result = await self.world.call("create_manifest", effect)
        assert isinstance(result, Manifest)
        return result

    @override
    async def validate_address(self, address: Address) -> AddressValidation:
        await self.world.call(f"validate_address {self.account}", lambda: None)
        self.checked.append(address)
        return self.validation

    @override
    async def get_proof_of_delivery(self, ref: TrackingRef | str) -> Document:
        number = ref if isinstance(ref, str) else ref.number
        await self.world.call("get_proof_of_delivery", lambda: None)
        if TrackingStatus.DELIVERED not in [event.status for event in self.world.scans.get(number, ())]:
            raise NotFoundError("not delivered", provider="fakepost", operation="get_proof_of_delivery")
        return Document(kind="proof_of_delivery", format="pdf", data=b"%PDF signed " + number.encode())
