"""The handing over: visits, and papers for customs."""

from collections.abc import Sequence

from typing_extensions import override

from cartcarrier.carriers import SupportsPickup, SupportsTradeDocuments
from cartcarrier.carriers.ups import mapping
from cartcarrier.carriers.ups.driver._base import UPSBase
from cartcarrier.errors import ConflictError, NotFoundError, OperationError, RejectedError
from cartcarrier.models import Document, Money, Pickup, PickupRequest, Shipment, ShipmentRequest


class UPSHandover(UPSBase, SupportsPickup, SupportsTradeDocuments):
    """The handing over."""

    @override
    async def schedule_pickup(self, request: PickupRequest) -> Pickup:
        """Ask UPS to come once, on one day. On-call pickups cost money; the account pays (field guide ups.md §6).

        The times are told to UPS as the wall clock of the zone they were given in, which must be the place's. When the answer is lost,
        UPS is asked whether it will come; its list holds today and tomorrow only. Asked again for the same place while a pickup is
        open, UPS gives the same number again.

        Args:
            request: Where and when. Without ``service`` Ground, or Standard outside the US, is named.

        Raises:
            RejectedError: UPS will not, at that time or place.
            InvalidValueError: Something does not fit; the error names it. Nothing was sent.
            OperationError: With ``outcome_unknown`` when UPS may come all the same.
        """
        question = mapping.to_pickup(request, self.config)
        try:
            answer, response = await self._client.create_pickup(question)
        except OperationError as exc:
            if not exc.outcome_unknown:
                raise
            try:
                pending = await self._client.pending_pickups(self.config.account_number)
            except OperationError:
                raise exc from None
            number = mapping.find_pending(pending, question)
            if number is None:
                raise
            return mapping.to_pickup_result(number, request, self.key, None)
        if not answer.prn:
            raise self._client.odd(response, "without the number of the pickup")
        return mapping.to_pickup_result(answer.prn, request, self.key, mapping.to_pickup_charge(answer.rate_result))

    async def rate_pickup(self, request: PickupRequest) -> Money | None:
        """Return what a visit would cost; ``None`` when UPS does not say.

        Raises:
            RejectedError: UPS would not come, at that time or place.
            InvalidValueError: Something does not fit; the error names it. Nothing was sent.
        """
        answer = await self._client.rate_pickup(mapping.to_pickup_question(request, self.config))
        return mapping.to_pickup_charge(answer.rate_result)

    @override
    async def cancel_pickup(self, pickup: Pickup) -> None:
        """Tell UPS not to come. Telling it twice is no error.

        Raises:
            RejectedError: UPS refuses, and comes all the same.
        """
        try:
            await self._client.cancel_pickup(pickup.id)
        except (NotFoundError, ConflictError):
            return
        except RejectedError as exc:
            # UPS's codes for "cancelled before" are not published: whether it still comes is what counts
            if not await self._is_off(pickup):
                raise exc from None

    async def _is_off(self, pickup: Pickup) -> bool:
        """Say whether UPS no longer means to come. Its list holds today and tomorrow: of a later day it says nothing."""
        day = pickup.window[0].date() if pickup.window is not None else None
        today = self._now().astimezone(pickup.window[0].tzinfo if pickup.window is not None else None).date()
        if day is None or (day - today).days > 1:
            return False
        try:
            pending = await self._client.pending_pickups(self.config.account_number)
        except OperationError:
            return False
        return pickup.id not in mapping.pending_numbers(pending)

    @override
    async def upload_document(self, document: Document, *, request: ShipmentRequest) -> str:
        """Hand a paper in and return its identity, for ``CustomsDeclaration.document_ids``.

        With ``commercial_invoice`` among them UPS makes no invoice of its own. The account must have "Upload Forms Created Offline"
        enabled.

        Args:
            document: The paper: ``kind`` in our words (``"commercial_invoice"``, ``"packing_list"`` …), ``format`` its ending.
            request: The shipment that it is for; UPS does not ask.

        Raises:
            InvalidValueError: UPS does not take that kind, form or size; said before anything is sent.
            RejectedError: UPS refuses it.
        """
        del request
        question = mapping.to_upload(document, account=self.config.account_number, sandbox=self.config.sandbox)
        answer, response = await self._client.upload(question)
        identity = mapping.to_document_id(answer, document)
        if identity is None:
            raise self._client.odd(response, "without the document's number")
        return identity

    async def attach_documents(self, shipment: Shipment, document_ids: Sequence[str]) -> None:
        """Join papers that were handed in to a shipment that was bought already.

        Args:
            shipment: As it was bought.
            document_ids: As ``upload_document`` returned them; up to 13.

        Raises:
            RejectedError: UPS refuses: the numbers do not fit, say.
            OperationError: With ``outcome_unknown`` when they may be joined all the same.
        """
        await self._client.attach(mapping.to_push(shipment, document_ids, account=self.config.account_number))

    async def delete_document(self, document_id: str) -> None:
        """Take a paper back that no shipment uses. Doing it twice is no error.

        Args:
            document_id: As ``upload_document`` returned it.
        """
        paper = mapping.read_document_ids([document_id])[0]
        try:
            await self._client.delete_paper(paper.number, self.config.account_number)
        except NotFoundError:
            return
