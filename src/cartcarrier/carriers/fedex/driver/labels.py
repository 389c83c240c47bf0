"""Labels: bought, found again, given back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Final

from typing_extensions import override

from cartcarrier.carriers import (
    PurchaseSafety,
    SupportsLabels,
    SupportsShipmentLookup,
    SupportsVoid,
)
from cartcarrier.carriers.fedex import mapping
from cartcarrier.carriers.fedex.codes import ALREADY_CANCELLED, IMAGES, NOT_CANCELLED, NOT_KNOWN
from cartcarrier.carriers.fedex.driver.tracking import FedExTracking
from cartcarrier.carriers.fedex.schemas import CancelAnswer, ResultsRequest, ShipAnswer
from cartcarrier.errors import (
    CartCarrierError,
    ConfigurationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    ProviderError,
    RateExpiredError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.http import Response
from cartcarrier.models import (
    LabelFormat,
    PreparedPurchase,
    PurchaseStep,
    Shipment,
    ShipmentRequest,
    Tracking,
    TrackingStatus,
    VoidResult,
    VoidStatus,
)

_JOB_WAITS: Final = (2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds between the looks at what FedEx makes in its own time."""
_CANCEL_WAITS: Final = (1.0, 3.0)
"""Seconds between the tries of a cancellation whose answer was lost."""
_UNMOVED: Final = frozenset({TrackingStatus.PRE_TRANSIT, TrackingStatus.UNKNOWN})
"""What tracking says of a parcel that nobody has scanned; it learns of a cancellation later."""


class FedExLabels(FedExTracking, SupportsLabels, SupportsShipmentLookup, SupportsVoid):
    """Labels."""

    purchase_safety: ClassVar[PurchaseSafety] = PurchaseSafety.LOOKUP_CANCEL
    key_lifetime: ClassVar[timedelta | None] = None
    settle_time: ClassVar[timedelta | None] = timedelta(minutes=36)
    label_formats: ClassVar[tuple[LabelFormat, ...]] = tuple(IMAGES)
    void_window: ClassVar[timedelta | None] = None

    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        """Make the exact bytes of the purchase, without I/O. One step, for up to 30 parcels.

        Raises:
            InvalidValueError: Something would be cut in silence, or cost money; the error names the field.
            UnsupportedOperationError: An option or every wanted label format cannot be had from FedEx.
            RateExpiredError: ``request.rate`` is over; FedEx itself sets no end.
        """
        ends = request.rate.valid_until if request.rate is not None else None
        if ends is not None and self._now() >= ends:
            raise RateExpiredError("fedex: ShipmentRequest.rate is over; quote again")
        if request.ship_date is not None and mapping.is_over(request.ship_date, self._now(), request.ship_from):
            # FedEx would take its own today in silence (the description of shipDatestamp)
            field = "ShipmentRequest.ship_date"
            raise InvalidValueError(f"{field} is over at the place of departure", field=field)
        return mapping.prepare(request, reference=reference, config=self.config, carrier=self.key)

    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        """Send the bytes of a step, once.

        A label that comes as an address only is fetched at once, because it dies after a day; when that fails, the shipment is
        returned without it, with a warning.

        Raises:
            AddressRejectedError: An address is not accepted.
            RejectedError: FedEx refuses; nothing was bought.
            ServiceUnavailableForLaneError: The service does not run between the two places.
            InsufficientFundsError: The account cannot pay.
            PermissionDeniedError: The account may not ship with these credentials, or FedEx has not approved its labels yet.
            OperationError: With ``outcome_unknown`` when a label may have been bought all the same: look it up.
        """
        facts = mapping.read_step(step)
        answer, response = await self._client.ship(step.body)
        question = mapping.to_results_question(answer, facts)
        if question is not None:
            answer = await self._wait_for(question, response)
        made = mapping.bought(answer)
        if made is None:
            raise self._client.odd(response, "without the parcels that were bought")
        fetched, lost = await self._fetch(mapping.label_urls(made))
        naming = mapping.Naming(carrier=self.key, reference=step.reference, now=self._now(), test=self.config.sandbox)
        try:
            return mapping.to_shipment(made, answer, facts, naming, fetched=fetched, lost=lost)
        except InvalidValueError as exc:
            # whatever is wrong with the answer, it was bought
            raise self._client.odd(response, "with a shipment that makes no sense") from exc

    @override
    async def find_purchase(self, step: PurchaseStep) -> Shipment | None:
        """Return what was bought by this step, without its labels, or ``None`` when FedEx knows nothing live under its reference (yet).

        FedEx gives no label out twice: void what is found, and buy again under a new reference. A shipment that was voided since
        counts as not there.

        Raises:
            ConflictError: Several shipments answer to the reference; the message names them.
            PermissionDeniedError: The credentials may not track: set ``track_client_id``.
        """
        facts = mapping.read_step(step)
        question = mapping.to_look_up(step.reference, facts, self._now().date())
        try:
            answer, response = await self._client.track_reference(question)
        except NotFoundError as exc:
            if (exc.code or "").startswith("TRACKING."):
                return None
            raise
        for code in mapping.look_up_errors(answer):
            error = self._client.refused(code, response)
            if not isinstance(error, NotFoundError):
                raise error
        found = mapping.found_results(answer, step.reference)
        if not found:
            return None
        masters = mapping.masters(found, facts)
        if len(masters) > 1:
            msg = f"FedEx has several shipments under the reference {step.reference}: {', '.join(masters)}"
            raise ConflictError(
                msg, provider=self.driver, account=self.account, operation="find_purchase", http_status=200
            )
        naming = mapping.Naming(carrier=self.key, reference=step.reference, now=self._now(), test=self.config.sandbox)
        return mapping.to_found_shipment(found, masters[0], facts, naming)

    @override
    async def void_shipment(self, shipment: Shipment, *, tracking_numbers: Sequence[str] | None = None) -> VoidResult:
        """Give a shipment back, whole: FedEx takes no single parcels of one. Repeating it is safe.

        FedEx answers a second cancellation as one of a number that it does not know. Then its tracking is asked: what is cancelled
        there is voided.

        Args:
            shipment: As it was bought.
            tracking_numbers: ``None``, or all of its parcels.

        Returns:
            ``REFUSED`` with why when FedEx will not; an answer that says "not cancelled" is one, whatever its status.

        Raises:
            NotFoundError: FedEx knows no such shipment.
            InvalidValueError: A number is not one of the shipment's.
            UnsupportedOperationError: Only some of its parcels are meant.
        """
        numbers = {parcel.tracking_number for parcel in shipment.parcels}
        asked = numbers if tracking_numbers is None else set(tracking_numbers)
        if not asked or not asked <= numbers:
            msg = "tracking_numbers must be parcels of this shipment, at least one"
            raise InvalidValueError(msg, field="tracking_numbers")
        if asked != numbers:
            msg = "fedex: a shipment is voided whole, not by parcel; nothing was sent"
            raise UnsupportedOperationError(msg, field="tracking_numbers")
        try:
            answer = await self._cancel(shipment.id)
        except (ConflictError, NotFoundError, RejectedError) as exc:
            code = exc.code or ""
            if ALREADY_CANCELLED.search(code):
                return mapping.to_void_result(shipment, VoidStatus.VOIDED)
            if NOT_CANCELLED.search(code) or (isinstance(exc, ConflictError) and not code):
                return await self._after_refusal(shipment, exc)
            if isinstance(exc, NotFoundError):
                raise
            return mapping.to_void_result(shipment, VoidStatus.REFUSED, exc.message)
        if answer.output.cancelled_shipment is True:
            self._given_back.add(shipment.id)
            return mapping.to_void_result(shipment, VoidStatus.VOIDED)
        # a 200 that has cancelled nothing (field guide fedex.md §11, pitfall 19)
        return await self._after_refusal(shipment, None)

    async def _cancel(self, shipment_id: str) -> CancelAnswer:
        """Order the cancellation, again where the answer was lost: FedEx calls unknown then what was cancelled the first time."""
        order = mapping.to_cancel(shipment_id, self.config)
        waits = iter(_CANCEL_WAITS)
        while True:
            try:
                return await self._client.cancel(order)
            except (TransportError, UnavailableError, ResponseError) as exc:
                if exc.outcome_unknown:
                    self._perhaps_given_back.add(shipment_id)
                wait = next(waits, None)
                if wait is None or (isinstance(exc, ResponseError) and not exc.outcome_unknown):
                    raise
            await self._clock().sleep(wait)

    async def _wait_for(self, question: ResultsRequest, response: Response) -> ShipAnswer:
        """Return what FedEx has made in its own time. Money may be spent: every error leaves the outcome open."""
        for wait in _JOB_WAITS:
            await self._clock().sleep(wait)
            try:
                answer = await self._client.ship_results(question)
            except NotFoundError:
                continue
            except OperationError as exc:
                raise exc.replace(outcome_unknown=True) from exc
            except ConfigurationError as exc:  # somebody has closed the driver meanwhile
                raise self._client.odd(response, "with a job that was not waited for") from exc
            if mapping.bought(answer) is not None:
                return answer
        raise self._client.odd(response, "with a job whose results did not come in time")

    async def _fetch(self, urls: Sequence[str]) -> tuple[dict[str, bytes], list[str]]:
        """Return papers by their addresses, and why some could not be fetched. It never loses what was bought."""
        fetched: dict[str, bytes] = {}
        lost: list[str] = []
        for url in urls:
            try:
                fetched[url] = await self._client.fetch(url)
            except CartCarrierError as exc:
                lost.append(f"a paper could not be fetched: {exc}")
        return fetched, lost

    async def _after_refusal(self, shipment: Shipment, refusal: ProviderError | None) -> VoidResult:
        """Find out what a cancellation met that has cancelled nothing: one before it, or a reason."""
        if shipment.id in self._given_back:
            return mapping.to_void_result(shipment, VoidStatus.VOIDED)
        code = (refusal.code or "") if refusal is not None else ""
        # Only "not known" tells that an earlier order, whose answer was lost, has done it (field guide fedex.md §5).
        done_before = shipment.id in self._perhaps_given_back and NOT_KNOWN.search(code) is not None
        why = refusal.message if refusal is not None else "FedEx has not cancelled it and does not say why"
        (found,) = await self.track([shipment.tracking_number])
        if isinstance(found, Tracking):
            if found.status is TrackingStatus.CANCELLED or (done_before and found.status in _UNMOVED):
                return mapping.to_void_result(shipment, VoidStatus.VOIDED)
            return mapping.to_void_result(shipment, VoidStatus.REFUSED, f"{why}; its tracking says {found.status}")
        if done_before:
            return mapping.to_void_result(shipment, VoidStatus.VOIDED)
        if refusal is None or not NOT_KNOWN.search(code):
            return mapping.to_void_result(shipment, VoidStatus.REFUSED, why)
        if isinstance(found.error, NotFoundError):
            raise NotFoundError(
                "FedEx knows no such shipment: neither its cancellation nor its tracking does",
                provider=self.driver,
                account=self.account,
                operation="void",
                code=refusal.code,
                request_id=refusal.request_id,
                http_status=refusal.http_status,
            ) from refusal
        raise refusal
