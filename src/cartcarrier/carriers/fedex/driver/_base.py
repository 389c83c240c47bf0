"""What all parts of the driver stand on: settings, client, clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from typing_extensions import override

from cartcarrier.carriers import (
    Carrier,
)
from cartcarrier.carriers.fedex.client import FedExClient
from cartcarrier.carriers.fedex.config import FedExConfig
from cartcarrier.http import Clock, LimitStore, SystemClock, TokenStore


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
        # Shipments whose cancellation was sent: what FedEx calls unknown afterwards is given back (field guide fedex.md §5).
        self._given_back: dict[str, None] = {}

    @override
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        await self._client.aclose()

    def _clock(self) -> Clock:
        return self.clock if self.clock is not None else SystemClock()

    def _now(self) -> datetime:
        return self._clock().now()
