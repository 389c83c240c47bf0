"""A sound provider keeps every rule; for each rule, one that breaks it is found out."""

from collections.abc import Sequence

import attrs
import pytest
from typing_extensions import override

from cartcarrier.errors import ConflictError, NotFoundError, OperationError
from cartcarrier.models import CancellationResult, CancellationStatus, Order, ProviderOrder, ProviderOrderStatus, Rate
from cartcarrier.testing import DriverConformance, ProviderConformance, handler_transport
from tests.testing.rules import broken_rule
from tests.testing.warehouse import WarehouseConfig, WarehousePlatform, WarehouseProvider


class TestWarehouse(ProviderConformance):
    """The rules for providers."""

    @pytest.fixture
    @override
    def platform(self) -> WarehousePlatform:
        return WarehousePlatform()

    @pytest.fixture
    @override
    def provider(self, platform: WarehousePlatform) -> WarehouseProvider:
        transport = handler_transport(platform.warehouse)
        return WarehouseProvider(WarehouseConfig(), transport=transport, clock=platform.clock)


class OfNobody(WarehouseProvider):
    @override
    async def preview(self, order: Order) -> Sequence[Rate]:
        return [attrs.evolve(rate, carrier="warehouse") for rate in await super().preview(order)]


class SubmitsAnew(WarehouseProvider):
    count = 0

    @override
    async def submit(self, order: Order, *, reference: str, service: str | None = None) -> ProviderOrder:
        self.count += 1
        done = await super().submit(order, reference=f"{reference}-{self.count}", service=service)
        return attrs.evolve(done, reference=reference)


class KeepsTheFirst(WarehouseProvider):
    @override
    async def submit(self, order: Order, *, reference: str, service: str | None = None) -> ProviderOrder:
        try:
            return await super().submit(order, reference=reference, service=service)
        except ConflictError:
            return await self.get_status(reference)


class SureOfItself(WarehouseProvider):
    @override
    async def submit(self, order: Order, *, reference: str, service: str | None = None) -> ProviderOrder:
        try:
            return await super().submit(order, reference=reference, service=service)
        except OperationError as error:
            raise error.replace(outcome_unknown=False) from error


class KnowsEverything(WarehouseProvider):
    @override
    async def get_status(self, reference: str) -> ProviderOrder:
        try:
            return await super().get_status(reference)
        except NotFoundError:
            return ProviderOrder(reference=reference, status=ProviderOrderStatus.UNKNOWN)


class CancelsOnce(WarehouseProvider):
    cancelled = False

    @override
    async def cancel(self, reference: str) -> CancellationResult:
        if self.cancelled:
            return CancellationResult(status=CancellationStatus.REFUSED, message="cancelled already")
        self.cancelled = True
        return await super().cancel(reference)


BROKEN: list[tuple[str, type[WarehouseProvider], str]] = [
    ("test_preview_is_of_this_account", OfNobody, "warehouse"),
    ("test_same_reference_twice_is_one_order", SubmitsAnew, ""),
    ("test_same_reference_for_other_goods_conflicts", KeepsTheFirst, "DID NOT RAISE"),
    ("test_lost_order_has_an_unknown_outcome", SureOfItself, "outcome_unknown"),
    ("test_unknown_reference_is_not_found", KnowsEverything, "DID NOT RAISE"),
    ("test_cancelling_twice_cancels_once", CancelsOnce, "cancelled already"),
]


@pytest.mark.parametrize(("rule", "broken", "said"), BROKEN, ids=[broken.__name__ for _, broken, _ in BROKEN])
async def test_rule_finds_the_broken_provider(rule: str, broken: type[WarehouseProvider], said: str) -> None:
    """A rule that no driver can break protects nobody."""
    platform = WarehousePlatform()
    provider = broken(WarehouseConfig(), transport=handler_transport(platform.warehouse), clock=platform.clock)
    assert said in await broken_rule(ProviderConformance, rule, provider, platform)


def test_every_rule_for_providers_has_its_broken_driver() -> None:
    """A new rule comes with a driver that breaks it; the rules for all drivers are broken by channels."""
    rules = {name for name in dir(ProviderConformance) if name.startswith("test_")}
    shared = {name for name in dir(DriverConformance) if name.startswith("test_")}
    assert {rule for rule, *_ in BROKEN} == rules - shared
