"""What all commands need: the platform, and finding orders, marketplaces and regions by what the caller says."""

from abc import abstractmethod
from typing import Any

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import Simulator
from cartcarrier.sandbox.amazon._marketplaces import REGIONS, Marketplace, find_marketplace
from cartcarrier.sandbox.amazon._platform import Platform
from cartcarrier.sandbox.amazon._world import Document


class ControlBase(Simulator):
    """The ground of the commands."""

    @property
    @abstractmethod
    def platform(self) -> Platform:
        """The platform behind it."""

    def _order(self, order_id: str) -> Document:
        self.platform.tick()
        order = self.platform.orders.get(order_id)
        if order is None:
            raise InvalidValueError(f"the sandbox's seller has no order {order_id}", field="order_id")
        return order

    def _marketplace(self, name: str) -> Marketplace:
        found = find_marketplace(name)
        if found is None:
            raise InvalidValueError(f"the sandbox's seller does not sell in {name}", field="marketplace")
        return found

    def _region(self, region: str) -> None:
        if region not in REGIONS:
            raise InvalidValueError(f"no such region: {region}; there are {', '.join(REGIONS)}", field="region")

    def _try(self, run: Any, *arguments: object, **named: object) -> object:  # noqa: ANN401 - any action of the platform
        try:
            return run(*arguments, **named)
        except ValueError as exc:
            raise InvalidValueError(f"the sandbox's Amazon refuses: {exc}", field="order_id") from exc
