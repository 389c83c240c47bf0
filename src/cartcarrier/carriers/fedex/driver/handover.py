"""The handing over: Ground's end of day, pickups, trade documents."""

from collections.abc import Sequence
from datetime import date

from typing_extensions import override

from cartcarrier.carriers import (
    SupportsManifest,
    SupportsPickup,
    SupportsTradeDocuments,
)
from cartcarrier.carriers.fedex import mapping
from cartcarrier.carriers.fedex.driver._base import FedExBase
from cartcarrier.errors import (
    ConflictError,
    NotFoundError,
    RejectedError,
)
from cartcarrier.models import (
    Address,
    Document,
    Manifest,
    Pickup,
    PickupRequest,
    Shipment,
    ShipmentRequest,
)


class FedExHandover(FedExBase, SupportsManifest, SupportsPickup, SupportsTradeDocuments):
    """The handing over."""

    @override
    async def create_manifest(self, shipments: Sequence[Shipment], *, ship_from: Address) -> Manifest:
        """Close Ground's day and return the manifest. Express has no close; its shipments are left out.

        FedEx closes all that the account has shipped by Ground and not closed yet, these or others.

        Args:
            shipments: Which are to be closed; at least one by Ground or Home Delivery.
            ship_from: Where they leave: its date is closed.

        Raises:
            ConflictError: They are closed already, by another call.
            UnsupportedOperationError: None of them is Ground's. Nothing was sent.
            OperationError: With ``outcome_unknown`` when the day may be closed all the same: ``reprint_manifest`` tells.
        """
        ground = mapping.ground_only(shipments)
        day = mapping.wall_date(self._now(), ship_from)
        try:
            answer, _ = await self._client.close_day(mapping.to_close(self.config, day))
        except (NotFoundError, RejectedError) as exc:
            if await self._is_closed(ground[0].tracking_number, day):
                raise self._closed_before(exc.code) from exc
            raise
        documents = mapping.close_documents(answer)
        if not documents:
            raise self._closed_before(None)
        return mapping.to_manifest(ground, documents, mapping.close_id(answer, day))

    async def reprint_manifest(self, day: date, *, tracking_number: str | None = None) -> Sequence[Document]:
        """Return the manifest of a day that was closed before. Costs nothing.

        Args:
            day: Which was closed.
            tracking_number: Only the manifest that has this parcel.

        Raises:
            NotFoundError: That day has none.
        """
        answer = await self._client.reprint_close(mapping.to_reprint(self.config, day, tracking_number))
        return tuple(mapping.close_documents(answer))

    @override
    async def schedule_pickup(self, request: PickupRequest) -> Pickup:
        """Ask FedEx to come. ``request.service`` says which of its two networks: a service, ``"FDXE"`` or ``"FDXG"``.

        Keep the pickup: FedEx has no list of them.

        Raises:
            InvalidValueError: The window, the address or the service does not fit. Nothing was sent.
            RejectedError: FedEx will not, at that time or place.
            OperationError: With ``outcome_unknown`` when it may come all the same.
        """
        question = mapping.to_pickup_question(request, self.config, self._now())
        answer, response = await self._client.pickup(question)
        pickup = mapping.to_pickup(answer, request, self.key)
        if pickup is None:
            raise self._client.odd(response, "without a confirmation")
        return pickup

    @override
    async def cancel_pickup(self, pickup: Pickup) -> None:
        """Tell FedEx not to come. Telling it twice is no error.

        Raises:
            InvalidValueError: The pickup is not one of this driver's. Nothing was sent.
            RejectedError: It is too late.
        """
        try:
            await self._client.cancel_pickup(mapping.to_pickup_cancel(pickup, self.config))
        except (NotFoundError, ConflictError):
            return

    @override
    async def upload_document(self, document: Document, *, request: ShipmentRequest) -> str:
        """Hand a paper in for customs and return its identity, for ``CustomsDeclaration.document_ids``.

        Args:
            document: Its ``kind`` is one of ``commercial_invoice``, ``pro_forma_invoice``, ``certificate_of_origin`` and the like.
            request: The shipment that it is for.

        Raises:
            InvalidValueError: FedEx does not take that kind or form. Nothing was sent.
            RejectedError: FedEx refuses it.
        """
        upload = mapping.to_upload(document, request)
        answer, response = await self._client.upload(upload, document.data)
        meta = answer.output.meta
        if meta is None or not meta.doc_id:
            raise self._client.odd(response, "without the document's identity")
        return mapping.document_identity(upload, meta.doc_id)

    async def _is_closed(self, tracking_number: str, day: date) -> bool:
        """Whether a parcel stands on a manifest already; what cannot be said is no."""
        try:
            return bool(await self.reprint_manifest(day, tracking_number=tracking_number))
        except (NotFoundError, RejectedError):
            return False

    def _closed_before(self, code: str | None) -> ConflictError:
        return ConflictError(
            "FedEx has nothing left to close: these shipments were closed before; reprint_manifest gives the manifest again",
            provider=self.driver,
            account=self.account,
            operation="manifest",
            code=code,
        )
