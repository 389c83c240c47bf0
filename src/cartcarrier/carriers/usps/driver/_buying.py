"""Buying labels, finding out what became of a purchase, printing again, giving back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

import attrs
from typing_extensions import override

from cartcarrier.carriers import (
    PurchaseSafety,
    SupportsLabels,
    SupportsReprint,
    SupportsShipmentLookup,
    SupportsVoid,
    SupportsVoidStatus,
)
from cartcarrier.carriers.usps import mapping
from cartcarrier.carriers.usps.codes import (
    ALREADY_CANCELLED,
    CANNOT_BE_CANCELLED,
    NEVER_BOUGHT,
    NOT_CANCELLED,
    REFUND_ASKED,
    TOO_LATE_TO_REPRINT,
)
from cartcarrier.carriers.usps.driver._base import USPSBase
from cartcarrier.errors import (
    InvalidValueError,
    NotFoundError,
    OperationError,
    ProviderError,
    RateExpiredError,
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

_LABEL_SIZE = "4X6LABEL"
_LABEL_IMAGE = "PDF"
_ASKED = "a refund was asked for; USPS decides"


class Buying(USPSBase, SupportsLabels, SupportsShipmentLookup, SupportsVoid, SupportsVoidStatus, SupportsReprint):
    """Labels, from the purchase to the refund."""

    purchase_safety: ClassVar[PurchaseSafety] = PurchaseSafety.NATIVE_KEY
    key_lifetime: ClassVar[timedelta | None] = timedelta(hours=12)
    settle_time: ClassVar[timedelta | None] = None
    label_formats: ClassVar[tuple[LabelFormat, ...]] = (
        LabelFormat.PDF,
        LabelFormat.PNG,
        LabelFormat.GIF,
        LabelFormat.ZPL,
        LabelFormat.EPL,
    )
    void_window: ClassVar[timedelta | None] = None

    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        """Make the exact bytes of the purchase, without I/O: a step for each parcel, each with a key of its own.

        The mailing date is frozen in them: ``request.ship_date``, the rate's, or today at the place of departure. When that day is over
        there, so are the bytes (``expires_at``).

        Raises:
            InvalidValueError: Something would be cut in silence, or cost money; the error names the field.
            UnsupportedOperationError: An option or every wanted label format cannot be had from USPS.
            RateExpiredError: ``request.rate`` is over.
        """
        ends = request.rate.valid_until if request.rate is not None else None
        if ends is not None and self._now() >= ends:
            raise RateExpiredError("usps: ShipmentRequest.rate is over; quote again")
        return mapping.prepare(request, reference=reference, carrier=self.key, crid=self.config.crid, now=self._now())

    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        """Send the bytes of a step, once. Under the same key USPS repeats its first answer, and charges nothing again.

        Raises:
            AddressRejectedError: An address is not accepted.
            RejectedError: USPS refuses; nothing was bought.
            ServiceUnavailableForLaneError: The service does not run between the two places.
            InsufficientFundsError: The account's balance is too low.
            PermissionDeniedError: The account is not enrolled in USPS Ship, or the app has no labels.
            OperationError: With ``outcome_unknown`` when a label may have been bought all the same: send the same step again.
        """
        wanted = mapping.read_step(step)
        answer = await self._client.buy(wanted.operation, step.body, _key_of(step), duties=wanted.duties)
        why: InvalidValueError | None = None
        shipment: Shipment | None = None
        try:
            shipment = mapping.to_shipment(answer, wanted, self._naming(step.reference))
        except InvalidValueError as exc:
            why = exc  # whatever is wrong with the answer, it was bought
        if shipment is None:
            raise ResponseError(
                f"USPS answered {wanted.operation} without a tracking number, or with a sum that makes no sense",
                provider=self.driver,
                account=self.account,
                operation=wanted.operation,
                outcome_unknown=True,
                http_status=200,
            ) from why
        return shipment

    @override
    async def create_shipment(self, request: ShipmentRequest) -> Shipment:
        """Prepare and buy in one go, for those who need no ledger; see ``SupportsLabels.create_shipment``.

        A total that differs from the rate's is a warning (field guide usps.md §11, pitfall 29).
        """
        shipment = await super().create_shipment(request)
        quoted = request.rate.total if request.rate is not None else None
        if quoted is None or shipment.total is None or shipment.total == quoted:
            return shipment
        warning = f"USPS charged {shipment.total} where {quoted} was quoted"
        return attrs.evolve(shipment, warnings=(*shipment.warnings, warning))

    @override
    async def find_purchase(self, step: PurchaseStep) -> Shipment | None:
        """Return what was bought by this step, with its label, or ``None`` when USPS knows nothing of it.

        Each look that finds a label counts as one of its three reprints. A label that was given back since counts as not there.

        Raises:
            RejectedError: The label is there and is not given out again: the mailing date is over, or the reprints are used up.
            NotFoundError: Something else than the label was not found, for example the interface: nothing is known.
        """
        wanted = mapping.read_step(step)
        question = mapping.to_reprint(wanted.image, wanted.size)
        abroad = wanted.operation == "ship_abroad"
        try:
            answer = await self._client.reprint(question, abroad=abroad, key=_key_of(step))
        except ProviderError as exc:
            # a 404 of the gateway, or of a server in front, says nothing about the label
            if exc.code in NEVER_BOUGHT | ALREADY_CANCELLED | REFUND_ASKED:
                return None
            raise
        shipment = mapping.to_shipment(answer, wanted, self._naming(step.reference))
        if shipment is None:
            raise ResponseError(
                "USPS answered reprint without a tracking number",
                provider=self.driver,
                account=self.account,
                operation="reprint",
                http_status=200,
            )
        return shipment

    @override
    async def reprint_labels(self, shipment: Shipment) -> Sequence[ShippedParcel]:
        """Return the parcels with their labels, in the form in which they were bought. Three times for a label, until its mailing date.

        Raises:
            NotFoundError: USPS knows no such label.
            RejectedError: The mailing date is over, or the reprints are used up.
            ConflictError: The label was given back.
        """
        parcels = []
        for parcel in shipment.parcels:
            image = _LABEL_IMAGE if parcel.label is None else _image_of(parcel)
            answer = await self._client.reprint(
                mapping.to_reprint(image, _LABEL_SIZE),
                abroad=mapping.is_abroad(shipment),
                number=parcel.tracking_number,
            )
            found, _ = mapping.to_shipped_parcel(answer, parcel.tracking_number, image)
            if found.label is None:
                raise ResponseError(
                    "USPS answered reprint without a label that can be read",
                    provider=self.driver,
                    account=self.account,
                    operation="reprint",
                    http_status=200,
                )
            parcels.append(attrs.evolve(parcel, label=found.label))
        return tuple(parcels)

    @override
    async def void_shipment(self, shipment: Shipment, *, tracking_numbers: Sequence[str] | None = None) -> VoidResult:
        """Give labels back. Repeating it is safe.

        Until 12:30 in the night after the mailing date, Central time, a label is cancelled and costs nothing; later a refund is asked
        for, and USPS decides: ``REFUND_PENDING`` (field guide usps.md §5).

        Args:
            shipment: As it was bought.
            tracking_numbers: Only these of its parcels; ``None`` for all.

        Returns:
            ``REFUSED`` with why when USPS will not.

        Raises:
            InvalidValueError: A number is not one of the shipment's.
            NotFoundError: USPS knows no such label.
        """
        own = [parcel.tracking_number for parcel in shipment.parcels]
        asked = own if tracking_numbers is None else list(dict.fromkeys(tracking_numbers))
        if not asked or not set(asked) <= set(own):
            msg = "tracking_numbers must be parcels of this shipment, at least one"
            raise InvalidValueError(msg, field="tracking_numbers")
        results: dict[str, tuple[VoidStatus, str | None]] = {}
        for number in asked:
            results[number] = await self._void(number, abroad=mapping.is_abroad(shipment))
        return mapping.join_voids(results)

    async def _void(self, number: str, *, abroad: bool) -> tuple[VoidStatus, str | None]:
        try:
            answer = await self._client.cancel(number, abroad=abroad)
        except ProviderError as exc:
            if exc.code in ALREADY_CANCELLED:
                return VoidStatus.VOIDED, None
            if exc.code in REFUND_ASKED:
                return VoidStatus.REFUND_PENDING, _ASKED
            if exc.code == CANNOT_BE_CANCELLED:
                return await self._why_not(number, exc, abroad=abroad)
            if exc.code in NOT_CANCELLED:
                return VoidStatus.REFUSED, exc.message
            raise
        return mapping.to_void(answer)

    async def _why_not(self, number: str, refusal: ProviderError, *, abroad: bool) -> tuple[VoidStatus, str | None]:
        """Return what is behind a label that cannot be cancelled: perhaps that it was given back on another day."""
        try:
            await self._client.reprint(mapping.to_reprint(_LABEL_IMAGE, _LABEL_SIZE), abroad=abroad, number=number)
        except OperationError as exc:
            code = exc.code if isinstance(exc, ProviderError) else None
            if code in ALREADY_CANCELLED:
                return VoidStatus.VOIDED, None
            if code in REFUND_ASKED:
                return VoidStatus.REFUND_PENDING, _ASKED
        return VoidStatus.REFUSED, refusal.message

    @override
    async def get_void_status(self, shipment: Shipment) -> VoidResult:
        """Return what became of labels whose refund was asked for, as far as USPS says.

        USPS has no question for a refund. Asked for a reprint it says whether a label was cancelled or a refund was asked for; a label
        that is live would be printed again, which counts. How a refund ended is told in USPS's portal only.

        Raises:
            NotFoundError: USPS knows no such label, or it was not given back.
        """
        results: dict[str, tuple[VoidStatus, str | None]] = {}
        for parcel in shipment.parcels:
            results[parcel.tracking_number] = await self._void_status(
                parcel.tracking_number, abroad=mapping.is_abroad(shipment)
            )
        return mapping.join_voids(results)

    async def _void_status(self, number: str, *, abroad: bool) -> tuple[VoidStatus, str | None]:
        question = mapping.to_reprint(_LABEL_IMAGE, _LABEL_SIZE)
        try:
            await self._client.reprint(question, abroad=abroad, number=number)
        except ProviderError as exc:
            if exc.code in ALREADY_CANCELLED:
                return VoidStatus.VOIDED, None
            if exc.code in REFUND_ASKED:
                return VoidStatus.REFUND_PENDING, _ASKED
            if exc.code in TOO_LATE_TO_REPRINT:
                return VoidStatus.REFUND_PENDING, "USPS does not say any more; look in its portal"
            raise
        raise NotFoundError(
            "USPS knows of no refund for this shipment: its label is live",
            provider=self.driver,
            account=self.account,
            operation="void_status",
            http_status=200,
        )


def _key_of(step: PurchaseStep) -> str:
    if step.key is None:
        field = "PurchaseStep.key"
        raise InvalidValueError(f"{field} is missing: without it USPS would sell a second label", field=field)
    return step.key


def _image_of(parcel: ShippedParcel) -> str:
    assert parcel.label is not None  # noqa: S101 - the caller has looked
    form = parcel.label.format
    return {"zpl": "ZPL203DPI", "epl": "EPL300DPI"}.get(form.value, form.value.upper())
