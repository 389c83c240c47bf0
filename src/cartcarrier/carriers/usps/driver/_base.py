"""What all of the driver's abilities share: settings, client, memory, time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from typing_extensions import override

from cartcarrier.carriers import Carrier
from cartcarrier.carriers.usps import mapping
from cartcarrier.carriers.usps.client import USPSClient
from cartcarrier.carriers.usps.config import USPSConfig
from cartcarrier.carriers.usps.driver._memory import Memory
from cartcarrier.errors import ServiceUnavailableForLaneError
from cartcarrier.http import Clock, LimitStore, SystemClock, TokenStore
from cartcarrier.models import AddressValidation, TransitTime

_STANDARDS: Final = timedelta(days=1)


class USPSBase(Carrier):
    """The account, and how it is talked to."""

    driver: ClassVar[str] = "usps"
    config_class: ClassVar[type[Any]] = USPSConfig

    config: USPSConfig

    def __init__(
        self,
        config: USPSConfig,
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
        self._client = USPSClient(self, config)
        self._quotes: Memory[Sequence[mapping.Offer]] = Memory(timedelta(minutes=config.quote_cache_minutes))
        addresses = timedelta(days=config.address_cache_days)
        self._addresses: Memory[AddressValidation] = Memory(addresses)
        self._cities: Memory[tuple[str, str]] = Memory(addresses)
        self._standards: Memory[Sequence[TransitTime]] = Memory(
            _STANDARDS if config.quote_cache_minutes else timedelta()
        )
        self._own_clock = SystemClock()

    @override
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        await self._client.aclose()

    @property
    def _time(self) -> Clock:
        return self.clock if self.clock is not None else self._own_clock

    def _now(self) -> datetime:
        return self._time.now()

    def _naming(self, reference: str) -> mapping.Naming:
        return mapping.Naming(carrier=self.key, reference=reference, now=self._now(), test=self.config.sandbox)

    def _no_service(self, operation: str, service: str | None) -> ServiceUnavailableForLaneError:
        return ServiceUnavailableForLaneError(
            f"USPS has no service {service} for this parcel between these places",
            provider=self.driver,
            account=self.account,
            operation=operation,
        )
