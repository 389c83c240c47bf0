"""The driver of labels bought from Amazon."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import anyio
from typing_extensions import override

from cartcarrier.carriers import (
    PurchaseSafety,
    SupportsLabels,
    SupportsRates,
    SupportsTracking,
    SupportsVoid,
)
from cartcarrier.carriers.amazon_buy_shipping import mapping
from cartcarrier.carriers.amazon_buy_shipping.client import BuyShippingClient
from cartcarrier.carriers.amazon_buy_shipping.codes import ALREADY_CANCELLED
from cartcarrier.carriers.amazon_buy_shipping.config import AmazonBuyShippingConfig
from cartcarrier.carriers.amazon_buy_shipping.errors import (
    expired,
    hint_at_enrolment,
    hint_at_the_carrier,
    is_expired,
)
from cartcarrier.errors import (
    AuthenticationError,
    CartCarrierError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    ProviderError,
    RateExpiredError,
    RejectedError,
    ResponseError,
)
from cartcarrier.http import Clock, LimitStore, TokenStore
from cartcarrier.models import (
    PreparedPurchase,
    PurchaseStep,
    Rate,
    Shipment,
    ShipmentRequest,
    Tracking,
    TrackingFailure,
    TrackingRef,
    TrackingStatus,
    VoidResult,
    VoidStatus,
)

_LIFETIME: Final = timedelta(minutes=10)
"""A rate is good for ten minutes, and so is the key (field guide amazon.md §4.2, §9)."""
_TOGETHER: Final = 8


class AmazonBuyShippingCarrier(SupportsRates, SupportsLabels, SupportsVoid, SupportsTracking):
    """Labels bought from Amazon, over Shipping v2.

    For an order of the channel ``amazon`` the label confirms the shipment by itself, and it goes to the address of Amazon's own
    order. Other orders need the seller to be enrolled in Amazon Shipping. Amazon sells at a rate that it has just quoted, for ten
    minutes, one parcel at a time. It cannot be asked what became of a purchase: the same bytes under the same key give the first
    answer again; after ten minutes a person must look.

    Attributes:
        key_lifetime: Ten minutes. Amazon states the life of a rate, not of a key; no more is relied on.
    """

    driver: ClassVar[str] = "amazon-buy-shipping"
    config_class: ClassVar[type[Any]] = AmazonBuyShippingConfig
    purchase_safety: ClassVar[PurchaseSafety] = PurchaseSafety.NATIVE_KEY
    key_lifetime: ClassVar[timedelta | None] = _LIFETIME
    settle_time: ClassVar[timedelta | None] = None

    config: AmazonBuyShippingConfig

    def __init__(
        self,
        config: AmazonBuyShippingConfig,
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
        self._client = BuyShippingClient(self, config)
        self._carriers: dict[str, str] = {}

    @override
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        await self._client.aclose()

    @override
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        """Return what Amazon offers, its demanded value-added services in the price. Each rate is good for ten minutes.

        With ``request.service``, or the service of ``request.rate``, that one only.

        Raises:
            RejectedError: The parcel or an option is not accepted.
            ServiceUnavailableForLaneError: The service asked for is not on offer; the message says why.
            PermissionDeniedError: The seller has not accepted a carrier's terms, or is not enrolled.
            InvalidValueError: Something is missing or does not fit; the error names it. Nothing was sent.
            UnsupportedOperationError: An option cannot be said to Amazon, or no offer has it.
        """
        question = mapping.to_question(request, self.config)
        asked_at = self._now()
        try:
            answer, response = await self._client.rates(question.body)
        except (PermissionDeniedError, RejectedError) as exc:
            if not question.amazon:
                hint_at_enrolment(exc)
            raise
        rates, dropped = mapping.to_rates(answer, request, question, carrier=self.key, valid_until=asked_at + _LIFETIME)
        if not rates:
            facts = {**response.facts, "request_id": response.headers.get("x-amzn-requestid")}
            refusal = mapping.no_offer(answer, question, dropped, facts)
            if refusal is not None:
                raise refusal
        return tuple(rates)

    async def get_additional_inputs(self, rate: Rate) -> Mapping[str, Any]:
        """Return which further inputs a rate wants, as a JSON Schema; they go into ``AmazonBuyShippingOptions.additional_inputs``.

        Args:
            rate: One that warns of them.

        Raises:
            RateExpiredError: Its ten minutes are over.
            InvalidValueError: It is not a rate of this account.
        """
        if rate.carrier != self.key:
            raise InvalidValueError(f"rate is of {rate.carrier}, not of {self.key}", field="rate")
        token = mapping.read_token(rate.token)
        self._still_good(rate)
        try:
            return await self._client.additional_inputs(token.request_token, token.rate_id)
        except ProviderError as exc:
            if is_expired(exc):
                raise expired() from exc
            raise

    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        """Make the exact bytes of the purchase, without I/O. The reference is the idempotency key.

        Raises:
            InvalidValueError: There is no rate, or it was quoted for something else; the error names the field.
            UnsupportedOperationError: An option or every wanted label cannot be had at this rate.
            RateExpiredError: The rate's ten minutes are over.
        """
        if request.rate is not None:
            self._still_good(request.rate)
        return mapping.prepare(request, reference=reference, config=self.config, carrier=self.key)

    @override
    async def purchase(self, step: PurchaseStep) -> Shipment:
        """Send the bytes of a step, once, under its key. Sent again within ten minutes they give the first answer.

        A label that did not come with the answer is asked for once more; what was bought is returned all the same.

        Raises:
            RejectedError: Amazon refuses; nothing was bought.
            RateExpiredError: The ten minutes are over. Of a first sending: nothing was bought. Of a repeat it says nothing.
            OperationError: With ``outcome_unknown`` when a label may have been bought all the same.
        """
        facts = mapping.read_step(step)
        try:
            answer = await self._client.purchase(bytes(facts.request), key=step.key or step.reference)
        except ProviderError as exc:
            if is_expired(exc):
                raise expired() from exc
            if not facts.amazon and isinstance(exc, PermissionDeniedError | RejectedError):
                hint_at_enrolment(exc)
            raise
        try:
            shipment = mapping.to_shipment(
                answer,
                facts,
                carrier=self.key,
                reference=step.reference,
                now=self._now(),
                test=self.config.sandbox,
            )
        except InvalidValueError as exc:
            # whatever is wrong with the answer, it was bought
            raise ResponseError(
                "amazon-buy-shipping answered the purchase with a shipment that makes no sense",
                provider=self.driver,
                account=self.account,
                operation="ship",
                outcome_unknown=True,
                http_status=200,
            ) from exc
        if mapping.needs_reprint(shipment):
            shipment = await self._reprinted(shipment, facts)
        for parcel in shipment.parcels:
            self._carriers[parcel.tracking_number] = facts.carrier_id
        return shipment

    @override
    async def void_shipment(self, shipment: Shipment, *, tracking_numbers: Sequence[str] | None = None) -> VoidResult:
        """Give the label back. Repeating it is safe. The order stays shipped at Amazon.

        Returns:
            ``REFUSED`` with why when Amazon will not, unless tracking shows that it was given back before.

        Raises:
            InvalidValueError: A number is not the shipment's.
            NotFoundError: Amazon does not know the shipment.
        """
        numbers = tuple(parcel.tracking_number for parcel in shipment.parcels)
        if tracking_numbers is not None and set(tracking_numbers) != set(numbers):
            msg = "tracking_numbers must be those of the shipment: Amazon sells one parcel at a time"
            raise InvalidValueError(msg, field="tracking_numbers")
        try:
            await self._client.cancel(shipment.id)
        except (RejectedError, ConflictError) as exc:
            # What Amazon says to a second cancel is not confirmed (field guide amazon.md §9): an error may mean "done before".
            if exc.code != ALREADY_CANCELLED and not await self._is_cancelled(shipment):
                return VoidResult(
                    status=VoidStatus.REFUSED,
                    parcels=dict.fromkeys(numbers, VoidStatus.REFUSED),
                    message=exc.message,
                )
        return VoidResult(status=VoidStatus.VOIDED, parcels=dict.fromkeys(numbers, VoidStatus.VOIDED))

    @override
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        """Return where these parcels are: one result for each, in the order asked. Amazon knows of those that it carries itself.

        ``TrackingRef.token`` may name the carrier, as Amazon calls it. Without it the carrier is the one that the number was
        bought from here, or else the setting ``tracking_carrier_id``.

        Raises:
            AuthenticationError: The credentials are not accepted.
            ConfigurationError: The driver is closed. Nothing was sent.
            LedgerError: The ledger, where it keeps tokens and limits, could not be read or written.
        """
        asked = [TrackingRef(number=ref) if isinstance(ref, str) else ref for ref in refs]
        results: dict[int, Tracking | TrackingFailure] = {}
        refusals: list[CartCarrierError] = []
        gate = anyio.CapacityLimiter(_TOGETHER)

        async def follow(place: int, ref: TrackingRef) -> None:
            async with gate:
                if refusals:
                    return
                try:
                    results[place] = await self._track_one(ref)
                except AuthenticationError as exc:
                    refusals.append(exc)
                except OperationError as exc:
                    results[place] = TrackingFailure(tracking_number=ref.number, error=exc)
                except CartCarrierError as exc:  # of the set-up or the ledger: it concerns all of them
                    refusals.append(exc)

        async with anyio.create_task_group() as tasks:
            for place, ref in enumerate(asked):
                tasks.start_soon(follow, place, ref)
        if refusals:
            raise refusals[0]
        return tuple(results[place] for place in range(len(asked)))

    async def _track_one(self, ref: TrackingRef) -> Tracking:
        carrier_id = ref.token or self._carriers.get(ref.number) or self.config.own_fleet
        try:
            answer, response = await self._client.track(ref.number, carrier_id)
        except RejectedError as exc:
            hint_at_the_carrier(exc)
            raise
        return mapping.to_tracking(
            answer, number=ref.number, carrier=self.key, raw=response.content if self.keep_raw else None
        )

    async def _is_cancelled(self, shipment: Shipment) -> bool:
        try:
            seen = await self._track_one(TrackingRef(number=shipment.tracking_number))
        except (NotFoundError, RejectedError, ConflictError):
            return False
        return seen.status is TrackingStatus.CANCELLED

    async def _reprinted(self, shipment: Shipment, facts: mapping.Prepared) -> Shipment:
        """Ask for the label once more; a failure loses nothing of what was bought."""
        try:
            answer = await self._client.documents(shipment.id, facts.package, form=facts.format, dpi=facts.dpi)
        except OperationError:
            return shipment
        return mapping.with_documents(shipment, answer)

    def _still_good(self, rate: Rate) -> None:
        if rate.valid_until is not None and self._now() >= rate.valid_until:
            msg = "amazon-buy-shipping: the rate is over: it was good for ten minutes; quote again"
            raise RateExpiredError(msg)

    def _now(self) -> datetime:
        return self._client.clock.now()
