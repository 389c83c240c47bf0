"""The driver: it maps, sends, and maps back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cartcarrier import carriers, models
from cartcarrier.errors import ConflictError, NotFoundError
from typing_extensions import override

from acme_carrier import mapping
from acme_carrier.client import AcmeClient
from acme_carrier.codes import ALREADY_VOIDED, FORMATS
from acme_carrier.config import AcmeConfig


class AcmeCarrier(
    carriers.SupportsRates,
    carriers.SupportsLabels,
    carriers.SupportsShipmentLookup,
    carriers.SupportsVoid,
    carriers.SupportsTracking,
):
    """Acme Parcel."""

    driver = "acme"
    config_class = AcmeConfig
    purchase_safety = models.PurchaseSafety.LOOKUP_ADOPT
    settle_time = timedelta(minutes=1)
    label_formats = tuple(FORMATS)

    _open_client: AcmeClient | None = None

    @property
    def _client(self) -> AcmeClient:
        # Made at the first call: the Fulfiller fills in stores and clock after the driver was made.
        if self._open_client is None:
            self._open_client = AcmeClient(self, self.config)
        return self._open_client

    @override
    async def get_rates(self, request: models.ShipmentRequest) -> Sequence[models.Rate]:
        question = mapping.to_label_request(request)
        answer = await self._client.price(question)
        return mapping.to_rates(answer, carrier=self.key)

    @override
    def prepare_shipment(self, request: models.ShipmentRequest, *, reference: str) -> models.PreparedPurchase:
        now = self.clock.now() if self.clock else datetime.now(UTC)
        return mapping.to_purchase(request, carrier=self.key, reference=reference, now=now)

    @override
    async def purchase(self, step: models.PurchaseStep) -> models.Shipment:
        return mapping.to_shipment(await self._client.buy(step.body), carrier=self.key)

    @override
    async def find_purchase(self, step: models.PurchaseStep) -> models.Shipment | None:
        labels = (await self._client.find(step.reference)).labels
        return mapping.to_shipment(labels[0], carrier=self.key) if labels else None

    @override
    async def void_shipment(
        self, shipment: models.Shipment, *, tracking_numbers: Sequence[str] | None = None
    ) -> models.VoidResult:
        if tracking_numbers is not None and shipment.tracking_number not in tracking_numbers:
            return models.VoidResult(status=models.VoidStatus.REFUSED, message="no such parcel in this shipment")
        try:
            await self._client.void(shipment.id)
        except ConflictError as error:
            if error.code != ALREADY_VOIDED:  # that would be our own earlier call
                raise
        return models.VoidResult(status=models.VoidStatus.VOIDED)

    @override
    async def track(
        self, refs: Sequence[models.TrackingRef | str]
    ) -> Sequence[models.Tracking | models.TrackingFailure]:
        return [await self._track_one(ref if isinstance(ref, str) else ref.number) for ref in refs]

    async def _track_one(self, number: str) -> models.Tracking | models.TrackingFailure:
        try:
            return mapping.to_tracking(await self._client.track(number), carrier=self.key)
        except NotFoundError as error:
            return models.TrackingFailure(tracking_number=number, error=error)

    @override
    async def aclose(self) -> None:
        if self._open_client is not None:
            await self._open_client.aclose()
