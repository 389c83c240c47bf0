"""The UPS driver."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import anyio
import attrs
from typing_extensions import override

from cartcarrier.carriers import (
    PurchaseSafety,
    SupportsAddressValidation,
    SupportsLabels,
    SupportsRates,
    SupportsShipmentLookup,
    SupportsTracking,
    SupportsVoid,
)
from cartcarrier.carriers.ups import mapping
from cartcarrier.carriers.ups.client import UPSClient
from cartcarrier.carriers.ups.codes import ALREADY_VOIDED, NO_LIVE_LABEL, NOT_VOIDABLE
from cartcarrier.carriers.ups.config import UPSConfig
from cartcarrier.errors import (
    AuthenticationError,
    CartCarrierError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    ProviderError,
    RateExpiredError,
    RejectedError,
    ResponseError,
    ServiceUnavailableForLaneError,
)
from cartcarrier.http import Clock, LimitStore, SystemClock, TokenStore
from cartcarrier.models import (
    Address,
    AddressValidation,
    LabelFormat,
    PreparedPurchase,
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

_TOGETHER: Final = 8
"""How many parcels are asked for at once: UPS has no question for several (field guide ups.md §7.1)."""
_MOST_AT_ONCE: Final = 20
_ROADIE: Final = frozenset({"C6", "C7", "C8"})
_INQUIRY: Final = re.compile(r"[0-9A-Za-z]{7,34}")
_PDF_WAITS: Final = (1.0, 3.0)
"""Seconds between the tries to get a PDF of what was just bought; UPS knows it a moment later."""


class UPSCarrier(
    SupportsRates, SupportsLabels, SupportsShipmentLookup, SupportsVoid, SupportsTracking, SupportsAddressValidation
):
    """UPS, over its REST interface.

    UPS knows no idempotency key. Our reference stands on the label (where the lane has references), and a purchase whose answer was
    lost is looked up under it; a label that is found is adopted.

    Attributes:
        settle_time: Ten minutes. UPS keeps working after a connection is lost, and how soon a label can be found is not known; the
            tries that are recommended end 8.5 minutes after the purchase (field guide ups.md §9).
    """

    driver: ClassVar[str] = "ups"
    config_class: ClassVar[type[Any]] = UPSConfig
    purchase_safety: ClassVar[PurchaseSafety] = PurchaseSafety.LOOKUP_ADOPT
    key_lifetime: ClassVar[timedelta | None] = None
    settle_time: ClassVar[timedelta | None] = timedelta(minutes=10)

    config: UPSConfig

    def __init__(
        self,
        config: UPSConfig,
        *,
        account: str = "default",
        transport: object | None = None,
        hosts: Mapping[str, str] | None = None,
        tokens: TokenStore | None = None,
        limits: LimitStore | None = None,
        keep_raw: bool = False,
        clock: Clock | None = None,
        max_wait: timedelta | None = None,
    ) -> None:
        super().__init__(
            config,
            account=account,
            transport=transport,
            hosts=hosts,
            tokens=tokens,
            limits=limits,
            keep_raw=keep_raw,
            clock=clock,
            max_wait=max_wait,
        )
        self._client = UPSClient(self, config)

    @override
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        await self._client.aclose()

    @override
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        """Return UPS's prices, the account's own where it has them.

        Without ``request.service`` and ``request.rate`` all services are asked for, and a lane that UPS does not serve gives no
        rates.

        Raises:
            AddressRejectedError: One of the addresses is not accepted.
            RejectedError: The parcel or an option is not accepted.
            ServiceUnavailableForLaneError: The asked service does not run between the two places.
            InvalidValueError: Something does not fit; the error names it. Nothing was sent.
            UnsupportedOperationError: An option cannot be said to UPS. Nothing was sent.
        """
        question = mapping.to_rate_question(request, self.config)
        try:
            answer = await self._client.rate(question.option, question.envelope)
        except ServiceUnavailableForLaneError:
            if question.service is None:
                return ()
            raise
        rates = tuple(mapping.to_rates(answer, request, self.key))
        if not rates and question.service is not None:
            raise ServiceUnavailableForLaneError(
                f"UPS has no price for the service {question.service} between these places",
                provider=self.driver,
                account=self.account,
                operation="rate",
                http_status=200,
            )
        return rates

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
        shipment = mapping.to_shipment(answer.shipment_results, answer.response, facts, self._naming(step.reference))
        if shipment is None:
            # the client refuses such an answer; if ever it does not, money may have been spent all the same
            raise ResponseError(
                "UPS answered ship without the parcels that were bought",
                provider=self.driver,
                account=self.account,
                operation="ship",
                outcome_unknown=True,
                http_status=200,
            )
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

    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        """Return where these parcels are: one result for each, in the order asked.

        Raises:
            AuthenticationError: The credentials are not accepted.
            ConfigurationError: The driver is closed. Nothing was sent.
            LedgerError: The ledger, where it keeps tokens and limits, could not be read or written.
        """
        numbers = [ref if isinstance(ref, str) else ref.number for ref in refs]
        results: dict[int, Tracking | TrackingFailure] = {}
        refusals: list[CartCarrierError] = []
        gate = anyio.CapacityLimiter(_TOGETHER)

        async def follow(place: int, number: str) -> None:
            async with gate:
                if refusals:
                    return
                try:
                    results[place] = await self._track_one(number)
                except AuthenticationError as exc:
                    refusals.append(exc)
                except OperationError as exc:
                    results[place] = TrackingFailure(tracking_number=number, error=exc)
                except CartCarrierError as exc:  # of the set-up or the ledger: it concerns all of them
                    refusals.append(exc)

        async with anyio.create_task_group() as tasks:
            for place, number in enumerate(numbers):
                tasks.start_soon(follow, place, number)
        if refusals:
            raise refusals[0]
        return tuple(results[place] for place in range(len(numbers)))

    @override
    async def validate_address(self, address: Address) -> AddressValidation:
        """Return what UPS thinks of an address; US and Puerto Rico only.

        Raises:
            UnsupportedOperationError: The address is elsewhere. Nothing was sent.
            RejectedError: In the test environment: it does not check this state.
        """
        question = mapping.to_address_question(address)
        answer = await self._client.validate(question)
        return mapping.to_validation(answer, address)

    async def _track_one(self, number: str) -> Tracking:
        wanted = "".join(number.split()).upper()
        if not _INQUIRY.fullmatch(wanted):
            raise RejectedError(
                "a number for UPS's tracking has 7 to 34 letters and digits; nothing was sent",
                provider=self.driver,
                account=self.account,
                operation="track",
            )
        answer, response = await self._client.track(wanted)
        package = mapping.find_package(answer, wanted)
        if package is None:
            # "not found" comes as a success with a warning (field guide ups.md §0.8)
            codes = [warning.code for warning in mapping.find_warnings(answer) if warning.code]
            raise (
                self._client.warned(codes[0], response)
                if codes
                else self._client.odd(response, "without the parcel that was asked for")
            )
        return mapping.to_tracking(package, number, self.key, response.content if self.keep_raw else None)

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

    def _clock(self) -> Clock:
        return self.clock if self.clock is not None else SystemClock()

    def _now(self) -> datetime:
        return self._clock().now()
