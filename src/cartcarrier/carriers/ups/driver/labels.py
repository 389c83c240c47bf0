"""Labels: bought, found again, printed again, given back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Final

import attrs
from typing_extensions import override

from cartcarrier.carriers import PurchaseSafety, SupportsLabels, SupportsReprint, SupportsShipmentLookup, SupportsVoid
from cartcarrier.carriers.ups import mapping
from cartcarrier.carriers.ups.codes import ALREADY_VOIDED, NO_LIVE_LABEL, NOT_VOIDABLE
from cartcarrier.carriers.ups.driver._base import UPSBase
from cartcarrier.errors import (
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    ProviderError,
    RateExpiredError,
    RejectedError,
    ResponseError,
)
from cartcarrier.models import (
    LabelFormat,
    PreparedPurchase,
    PurchaseStep,
    Shipment,
    ShipmentRequest,
    ShippedParcel,
    VoidResult,
    VoidStatus,
)

_MOST_AT_ONCE: Final = 20
_ROADIE: Final = frozenset({"C6", "C7", "C8"})
_PDF_WAITS: Final = (1.0, 3.0)
"""Seconds between the tries to get a PDF of what was just bought; UPS knows it a moment later."""
_GONE: Final = frozenset({"300002", "300006", "300032", "300033"})
"""Label recovery has no label of that shipment, or none any more (field guide ups.md §8)."""


class UPSLabels(UPSBase, SupportsLabels, SupportsShipmentLookup, SupportsVoid, SupportsReprint):
    """The buying and the giving back."""

    purchase_safety: ClassVar[PurchaseSafety] = PurchaseSafety.LOOKUP_ADOPT
    key_lifetime: ClassVar[timedelta | None] = None
    settle_time: ClassVar[timedelta | None] = timedelta(minutes=10)
    label_formats: ClassVar[tuple[LabelFormat, ...]] = (
        LabelFormat.GIF,
        LabelFormat.PNG,
        LabelFormat.PDF,
        LabelFormat.ZPL,
        LabelFormat.EPL,
    )
    void_window: ClassVar[timedelta | None] = timedelta(days=28)

    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        """Make the exact bytes of the purchase, without I/O.

        The same request and reference give the same bytes; the day is looked at only for an invoice without a date of its own.

        Raises:
            InvalidValueError: Something would be cut in silence, or cost money; the error names the field.
            UnsupportedOperationError: An option or every wanted label format cannot be had from UPS.
            RateExpiredError: ``request.rate`` is over; UPS itself sets no end.
        """
        ends = request.rate.valid_until if request.rate is not None else None
        if ends is not None and self._now() >= ends:
            raise RateExpiredError("ups: ShipmentRequest.rate is over; quote again")
        return mapping.prepare(
            request, reference=reference, config=self.config, carrier=self.key, today=self._now().date()
        )

    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        """Send the bytes of a step, once.

        Where a PDF is wanted it is recovered after the purchase; if that fails the label that came with the purchase is returned,
        with a warning.

        Raises:
            AddressRejectedError: An address is not accepted.
            RejectedError: UPS refuses; nothing was bought.
            ServiceUnavailableForLaneError: The service does not run between the two places.
            InsufficientFundsError: The account cannot pay.
            OperationError: With ``outcome_unknown`` when a label may have been bought all the same: look it up. That holds for
                UPS's "requested before" too.
        """
        facts = mapping.read_step(step)
        answer = await self._client.ship(step.body)
        why: InvalidValueError | None = None
        try:
            shipment = mapping.to_shipment(
                answer.shipment_results, answer.response, facts, self._naming(step.reference)
            )
        except InvalidValueError as exc:
            shipment, why = None, exc
        if shipment is None:
            # whatever is wrong with the answer, money may have been spent
            raise ResponseError(
                "UPS answered ship without the parcels that were bought, or with what makes no sense",
                provider=self.driver,
                account=self.account,
                operation="ship",
                outcome_unknown=True,
                http_status=200,
            ) from why
        return await self._with_pdf(shipment, facts) if facts.wanted is LabelFormat.PDF else shipment

    @override
    async def find_purchase(self, step: PurchaseStep) -> Shipment | None:
        """Return what was bought by this step, with its labels, or ``None`` when UPS has no live label under its reference (yet).

        UPS does not repeat the price: ``total`` is ``None``. A shipment that was voided since counts as not there.

        Raises:
            ConflictError: Several shipments answer to the reference; the message names them.
            RejectedError: The shipment is there, but its label is not given out.
        """
        facts = mapping.read_step(step)
        question = mapping.to_recovery(facts, facts.wanted, reference=step.reference)
        try:
            answer = await self._client.recover(question)
        except (NotFoundError, RejectedError) as exc:
            if exc.code in NO_LIVE_LABEL:
                return None
            raise
        numbers = mapping.found_numbers(answer)
        if numbers:
            msg = f"UPS has several shipments under the reference {step.reference}: {', '.join(numbers)}"
            raise ConflictError(msg, provider=self.driver, account=self.account, operation="recover", http_status=200)
        return mapping.to_found_shipment(answer, facts.wanted, facts, self._naming(step.reference))

    @override
    async def reprint_labels(self, shipment: Shipment) -> Sequence[ShippedParcel]:
        """Return the parcels of a shipment with their labels, in the form in which they were bought. Costs nothing.

        Of PDFs the first parcel's holds the labels of all. UPS keeps labels for some time only, and does not say for how long.

        Raises:
            NotFoundError: UPS does not know the shipment, has voided it, or keeps its labels no longer.
        """
        bought = next((parcel.label for parcel in shipment.parcels if parcel.label is not None), None)
        label = bought.format if bought is not None else LabelFormat.GIF
        found = await self._reprinted(shipment, label, shipment.id)
        missing = [parcel for parcel in shipment.parcels if parcel.tracking_number not in found]
        for parcel in missing:
            found |= await self._reprinted(shipment, label, parcel.tracking_number)
        if not any(parcel.label is not None for parcel in found.values()):
            msg = "UPS answered recover without a label of this shipment"
            raise NotFoundError(msg, provider=self.driver, account=self.account, operation="reprint", http_status=200)
        return tuple(found.get(parcel.tracking_number, parcel) for parcel in shipment.parcels)

    @override
    async def void_shipment(self, shipment: Shipment, *, tracking_numbers: Sequence[str] | None = None) -> VoidResult:
        """Give labels back: the whole shipment, or some of its parcels. Repeating it is safe.

        Args:
            shipment: As it was bought.
            tracking_numbers: Only these of its parcels; ``None`` for all.

        Returns:
            ``REFUSED`` with why when UPS will not. UPS does not tell an unknown shipment from one that is too old.

        Raises:
            InvalidValueError: A number is not one of the shipment's.
        """
        all_numbers = tuple(parcel.tracking_number for parcel in shipment.parcels)
        asked = all_numbers if tracking_numbers is None else tuple(dict.fromkeys(tracking_numbers))
        if not asked or not set(asked) <= set(all_numbers):
            # one wrong number makes UPS refuse all of them (field guide ups.md §5)
            msg = "tracking_numbers must be parcels of this shipment, at least one"
            raise InvalidValueError(msg, field="tracking_numbers")
        roadie = shipment.service.code in _ROADIE
        if set(asked) == set(all_numbers):
            return await self._void(shipment.id.upper(), (), asked, roadie=roadie)
        parcels: dict[str, VoidStatus] = {}
        reasons: list[str] = []
        for start in range(0, len(asked), _MOST_AT_ONCE):
            some = asked[start : start + _MOST_AT_ONCE]
            result = await self._void(shipment.id.upper(), some, some, roadie=roadie)
            parcels.update(result.parcels)
            if result.message is not None:
                reasons.append(result.message)
        return mapping.join_voids(parcels, "; ".join(dict.fromkeys(reasons)) or None)

    async def _reprinted(self, shipment: Shipment, label: LabelFormat, number: str) -> dict[str, ShippedParcel]:
        try:
            answer = await self._client.recover(mapping.to_reprint_question(label, number))
        except RejectedError as exc:
            if exc.code in _GONE:
                raise NotFoundError(
                    exc.message,
                    provider=exc.provider,
                    account=exc.account,
                    operation=exc.operation,
                    code=exc.code,
                    request_id=exc.request_id,
                    http_status=exc.http_status,
                ) from exc
            raise
        return {parcel.tracking_number: parcel for parcel in mapping.to_reprint(answer, label, shipment)}

    async def _void(self, shipment_id: str, query: Sequence[str], asked: Sequence[str], *, roadie: bool) -> VoidResult:
        try:
            answer = await self._client.void(shipment_id, query, roadie=roadie)
        except ProviderError as exc:
            if exc.code == ALREADY_VOIDED:
                return mapping.join_voids(dict.fromkeys(asked, VoidStatus.VOIDED))
            if exc.code in NOT_VOIDABLE:
                hint = " (UPS's test environment voids its published test numbers only)" if self.config.sandbox else ""
                return mapping.join_voids(dict.fromkeys(asked, VoidStatus.REFUSED), exc.message + hint)
            raise
        return mapping.to_void_result(answer, asked, whole=not query)

    async def _with_pdf(self, shipment: Shipment, facts: mapping.PreparedFacts) -> Shipment:
        """Return the shipment with PDF labels; as it is, with a warning, when they cannot be had. It never loses what was bought."""
        question = mapping.to_recovery(facts, LabelFormat.PDF, tracking_number=shipment.id)
        why = "UPS's answer holds none"
        for wait in (*_PDF_WAITS, None):
            try:
                answer = await self._client.recover(question)
            except OperationError as exc:
                why = exc.message
                if isinstance(exc, NotFoundError) and wait is not None:
                    await self._clock().sleep(wait)
                    continue
                break
            found = mapping.to_found_shipment(answer, LabelFormat.PDF, facts, self._naming(shipment.reference))
            made = mapping.with_labels_of(shipment, found) if found is not None else None
            if made is not None:
                return made
            break
        warning = f"the PDF label could not be recovered, the {facts.native} label is here instead: {why}"
        return attrs.evolve(shipment, warnings=(*shipment.warnings, warning))

    def _naming(self, reference: str) -> mapping.Naming:
        return mapping.Naming(carrier=self.key, reference=reference, now=self._now(), test=self.config.sandbox)
