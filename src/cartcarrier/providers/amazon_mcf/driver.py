"""The driver of Amazon's Multi-Channel Fulfillment."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from typing_extensions import override

from cartcarrier.errors import ConfigurationError, ConflictError, NotFoundError, RejectedError
from cartcarrier.http import Clock, Lane, LimitStore, TokenStore
from cartcarrier.models import CancellationResult, Order, ProviderOrder, ProviderOrderStatus, Rate, Tracking
from cartcarrier.providers import FulfillmentProvider
from cartcarrier.providers.amazon_mcf import mapping, schemas
from cartcarrier.providers.amazon_mcf.client import MCFClient
from cartcarrier.providers.amazon_mcf.config import CURRENT, AmazonMCFConfig


class AmazonMCFProvider(FulfillmentProvider):
    """Amazon's Multi-Channel Fulfillment, over Fulfillment Outbound 2020-07-01: orders of any channel, shipped from FBA stock.

    The SKUs of the order's lines must be those of the seller's FBA offers. Our reference is Amazon's id of the order, which is
    unique for the seller: the same one twice is one order.
    """

    driver: ClassVar[str] = "amazon-mcf"
    config_class: ClassVar[type[Any]] = AmazonMCFConfig

    config: AmazonMCFConfig

    def __init__(
        self,
        config: AmazonMCFConfig,
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
        if config.api_version != CURRENT:
            msg = (
                f"{self.driver}: Fulfillment Outbound {config.api_version} is not implemented: leave out api_version, or set it"
                f" to {CURRENT}"
            )
            raise ConfigurationError(msg, field="api_version")
        self._client = MCFClient(self, config)

    @override
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        await self._client.aclose()

    @override
    async def preview(self, order: Order) -> Sequence[Rate]:
        """Return what each speed would cost, and when the last of it would arrive.

        Raises:
            RejectedError: The order cannot be shipped at any speed: no stock, or not to that address.
            InvalidValueError: Something of the order is missing or does not fit; nothing was sent.
            UnsupportedOperationError: The marketplace wants more than an order has; nothing was sent.
        """
        answer, response = await self._client.preview(mapping.to_preview(order, self.config))
        rates = tuple(mapping.to_rates(answer.fulfillment_previews, carrier=self.key))
        if not rates:
            problems = mapping.unfulfillable(answer.fulfillment_previews)
            codes = sorted({one.code for one in problems if one.code})
            shown = f" ({', '.join(codes)})" if codes else ""
            raise RejectedError(
                f"amazon cannot ship this order from FBA stock at any speed{shown}",
                problems=problems,
                code=codes[0] if codes else None,
                request_id=response.headers.get("x-amzn-requestid"),
                **response.facts,
            )
        return rates

    @override
    async def submit(self, order: Order, *, reference: str, service: str | None = None) -> ProviderOrder:
        """Hand all that is open of an order over. The same reference twice is one order: what Amazon has is read first.

        Args:
            order: What to ship, to whom; the lines' SKUs are those of the FBA stock.
            reference: Ours, unique: 1 to 40 letters, digits and hyphens.
            service: ``"Standard"``, ``"Expedited"`` or ``"Priority"``; ``None`` for the setting ``shipping_speed``.

        Raises:
            RejectedError: Amazon refuses it.
            ConflictError: The reference stands for other goods, another address or another speed.
            InvalidValueError: Something of the order is missing or does not fit, or it must not be shipped now. Nothing was sent.
            UnsupportedOperationError: Something cannot be said to Amazon. Nothing was sent.
            OperationError: With ``outcome_unknown`` when it may have been taken all the same: submit it again.
        """
        mapping.check_reference(reference)
        speed = mapping.to_speed(service, self.config)
        placed = await self._find(reference)
        if placed is not None:
            return self._same(order, placed, speed)
        mapping.check_shippable(order)
        request = mapping.to_order(order, self.config, reference=reference, service=service)
        try:
            await self._client.create(request)
        except (RejectedError, ConflictError):
            # Another worker may have been faster, or the order could not be read back yet: an id is taken once (§5.1).
            placed = await self._find(reference)
            if placed is None:
                raise
            return self._same(order, placed, speed)
        return ProviderOrder(reference=reference, id=reference, status=ProviderOrderStatus.RECEIVED)

    @override
    async def get_status(self, reference: str) -> ProviderOrder:
        """Return how far it is, with the packages that have left, what is in each, and their numbers.

        Raises:
            NotFoundError: Amazon does not know the reference.
        """
        mapping.check_reference(reference)
        return mapping.to_provider_order(await self._client.get(reference))

    @override
    async def cancel(self, reference: str) -> CancellationResult:
        """Ask for it not to be shipped, and look what became of that. Asking twice is no error.

        Returns:
            ``REFUSED`` once picking has begun; ``PENDING`` while Amazon has taken note and not cancelled it yet.

        Raises:
            NotFoundError: Amazon does not know the reference.
        """
        mapping.check_reference(reference)
        try:
            await self._client.cancel(reference)
        except (RejectedError, ConflictError) as exc:
            result = mapping.cancellation(await self._client.get(reference, named="cancel", lane=Lane.CONFIRM))
            return mapping.refused(result, exc.message)
        return mapping.cancellation(await self._client.get(reference, named="cancel", lane=Lane.CONFIRM))

    async def track(self, reference: str) -> Sequence[Tracking]:
        """Return where the packages of an order are; none before one has left.

        Args:
            reference: Ours.

        Raises:
            NotFoundError: Amazon does not know the reference.
        """
        mapping.check_reference(reference)
        placed = await self._client.get(reference, named="track", lane=Lane.TRACK)
        found = []
        for number in mapping.package_numbers(placed):
            details, response = await self._client.track(number)
            found.append(
                mapping.to_tracking(details, carrier=self.key, raw=response.content if self.keep_raw else None)
            )
        return tuple(found)

    async def _find(self, reference: str) -> schemas.PlacedOrder | None:
        """Return what Amazon has under a reference. How it says that it has nothing is not confirmed: a refusal says it, too."""
        try:
            return await self._client.get(reference, named="submit", lane=Lane.PURCHASE)
        except (NotFoundError, RejectedError):
            return None

    def _same(self, order: Order, placed: schemas.PlacedOrder, speed: str) -> ProviderOrder:
        why = mapping.conflict(order, placed, speed=speed)
        if why is not None:
            raise ConflictError(
                f"amazon has an order under this reference already: {why}; use another reference",
                code="ReferenceTaken",
                provider=self.driver,
                account=self.account,
                operation="submit",
                http_status=200,
            )
        return mapping.to_provider_order(placed)
