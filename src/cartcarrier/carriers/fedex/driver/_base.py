"""What all parts of the driver stand on: settings, client, clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from typing_extensions import override

from cartcarrier.carriers import Carrier
from cartcarrier.carriers.fedex.client import FedExClient
from cartcarrier.carriers.fedex.config import FedExConfig
from cartcarrier.http import Clock, LimitStore, SystemClock, TokenStore

_REMEMBERED: Final = 4096


class Remembered:
    """The last of what was added; a worker runs for months."""

    def __init__(self) -> None:
        self._items: dict[str, None] = {}

    def __contains__(self, item: str) -> bool:
        return item in self._items

    def __len__(self) -> int:
        return len(self._items)

    def add(self, item: str) -> None:
        """Remember it; the oldest is forgotten."""
        self._items[item] = None
        while len(self._items) > _REMEMBERED:
            del self._items[next(iter(self._items))]


class FedExBase(Carrier):
    """One account at FedEx."""

    driver: ClassVar[str] = "fedex"
    config_class: ClassVar[type[Any]] = FedExConfig

    config: FedExConfig

    def __init__(
        self,
        config: FedExConfig,
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
        self._client = FedExClient(self, config)
        # FedEx calls unknown what was cancelled before (field guide fedex.md §5): what it has cancelled for us, and what it may have,
        # because the answer was lost.
        self._given_back = Remembered()
        self._perhaps_given_back = Remembered()

    @override
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        await self._client.aclose()

    def _clock(self) -> Clock:
        return self.clock if self.clock is not None else SystemClock()

    def _now(self) -> datetime:
        return self._clock().now()
