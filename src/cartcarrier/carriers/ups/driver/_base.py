"""What all parts of the driver stand on: settings, client, clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from typing_extensions import override

from cartcarrier.carriers import Carrier
from cartcarrier.carriers.ups.client import UPSClient
from cartcarrier.carriers.ups.config import UPSConfig
from cartcarrier.http import Clock, LimitStore, SystemClock, TokenStore


class UPSBase(Carrier):
    """One account at UPS."""

    driver: ClassVar[str] = "ups"
    config_class: ClassVar[type[Any]] = UPSConfig

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

    def _clock(self) -> Clock:
        return self.clock if self.clock is not None else SystemClock()

    def _now(self) -> datetime:
        return self._clock().now()
