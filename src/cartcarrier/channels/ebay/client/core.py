"""Sending: two sessions, the application's quotas, eBay's clock.

One session is the seller's, the other the application's, for keys and quotas. Both count against the application's quotas.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import msgspec

from cartcarrier.channels.ebay import schemas
from cartcarrier.channels.ebay.auth import TOKEN_PATH, SellerAuth, application_auth
from cartcarrier.channels.ebay.client.quotas import ApplicationLimits, Quota, resource_of
from cartcarrier.channels.ebay.config import EbayConfig
from cartcarrier.channels.ebay.errors import ebay_error
from cartcarrier.errors import OperationError, RateLimitError
from cartcarrier.http import (
    Auth,
    Clock,
    Lane,
    Limit,
    LimitStore,
    MemoryLimitStore,
    Request,
    Response,
    RetryPolicy,
    Session,
    SessionOwner,
    TokenStore,
    json_decoder,
    read_json,
)

T = TypeVar("T")

_logger = logging.getLogger("cartcarrier.channels.ebay")

_QUOTAS: Final = "/developer/analytics/v1_beta/rate_limit/"

# Field guide ebay.md §3.3; a longer wait than this is not waited in silence.
_RETRY: Final = RetryPolicy(base=timedelta(seconds=1), cap=timedelta(seconds=60), max_retry_after=timedelta(seconds=30))
# §3.4: without an answer about quotas wait 60 s, then double up to an hour.
_FIRST_WAIT: Final = timedelta(seconds=60)
_LONGEST_WAIT: Final = timedelta(hours=1)
_MOST_DOUBLINGS: Final = 6
_A_DAY: Final = 86_400
_FASTEST_CLOCK: Final = timedelta(hours=1)
_QUOTAS_HOLD: Final = timedelta(minutes=5)


class _Owner:
    """The driver as its sessions see it: the limits are those of the application."""

    def __init__(self, driver: SessionOwner, limits: ApplicationLimits) -> None:
        self._driver = driver
        self._limits = limits

    @property
    def driver(self) -> str:
        return self._driver.driver

    @property
    def account(self) -> str:
        return self._driver.account

    @property
    def key(self) -> str:
        return self._driver.key

    @property
    def transport(self) -> object | None:
        return self._driver.transport

    @property
    def hosts(self) -> Mapping[str, str]:
        return self._driver.hosts

    @property
    def tokens(self) -> TokenStore | None:
        return self._driver.tokens

    @property
    def limits(self) -> LimitStore | None:
        return self._limits

    @property
    def clock(self) -> Clock | None:
        return self._driver.clock

    @property
    def max_wait(self) -> timedelta | None:
        return self._driver.max_wait


class Wire:
    """What the client sends its requests with.

    Args:
        driver: Whose requests they are.
        config: The seller's settings.
    """

    def __init__(self, driver: SessionOwner, config: EbayConfig) -> None:
        self._config = config
        memory = MemoryLimitStore()
        self._limits = ApplicationLimits(
            lambda: driver.limits if driver.limits is not None else memory, config, self._present
        )
        self._owner = _Owner(driver, self._limits)
        self._seller_auth = SellerAuth(config)
        self._seller = self._session(self._seller_auth)
        self._application = self._session(application_auth(config))
        self._skew = timedelta()
        self._refusals: dict[str, int] = {}
        self._unsure: set[str] = set()
        self._quotas: dict[str, Quota] = {}
        self._quotas_read: datetime | None = None

    def _session(self, auth: Auth) -> Session:
        return Session(
            self._owner,
            hosts=self._config.hosts,
            auth=auth,
            translate=self._translate,
            limits=self._limit_of,
            observe=self._observe,
            retry=_RETRY,
            headers={"Accept": "application/json", "X-EBAY-C-MARKETPLACE-ID": self._config.marketplace_id},
        )

    @property
    def clock(self) -> Clock:
        """Where time comes from."""
        return self._seller.clock

    def _present(self) -> datetime:
        return self.clock.now()

    def now(self) -> datetime:
        """Return the present by the slower of our clock and eBay's, which refuses what lies in its future (pitfall 23)."""
        return self.clock.now() + self._skew

    def facts(self, operation: str) -> dict[str, Any]:
        """Return what an error says that is about no single answer."""
        return {"provider": self._seller.provider, "account": self._seller.account, "operation": operation}

    async def aclose(self) -> None:
        """Close the connections."""
        await self._seller.aclose()
        await self._application.aclose()

    # --- sending ----------------------------------------------------------------------------------------------------

    async def read(self, request: Request, schema: type[T]) -> tuple[T, Response]:
        """Send a seller's request, and read what comes back."""
        response = await self.send(request)
        return read_json(response, json_decoder(schema)), response

    async def read_as_application(self, request: Request, schema: type[T]) -> T:
        """Send a request of the application's own, and read what comes back."""
        return read_json(await self.send_as_application(request), json_decoder(schema))

    async def send_as_application(self, request: Request) -> Response:
        """Send a request of the application's own."""
        response = await self._application.send(request)
        self._went_well(response)
        return response

    async def send(self, request: Request) -> Response:
        """Send a seller's request. Where a quota stands in the way, ask eBay what is left of it before giving up."""
        try:
            response = await self._seller.send(request)
        except RateLimitError as error:
            quota = await self._quota_behind(request, error)
            if quota is None:
                raise
            refused_here = error.http_status is None
            if refused_here and self._has_room(quota, request.lane):
                response = await self._seller.send(request)
            elif quota.remaining <= 0 and quota.reset is not None:
                wait = max(quota.reset - self.clock.now(), timedelta())
                raise error.replace(retry_after=wait) from error.__cause__
            else:
                raise
        self._went_well(response)
        return response

    def _went_well(self, response: Response) -> None:
        resource = resource_of(response.request)
        if resource is not None:
            self._refusals.pop(resource, None)
            self._unsure.discard(resource)
        self._tell_warnings(response)

    def _tell_warnings(self, response: Response) -> None:
        """Pass on what eBay warns of in a success: by number, since its words may quote what was sent."""
        if b'"warnings"' not in response.content:
            return
        try:
            warnings = json_decoder(schemas.Warned).decode(response.content).warnings
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return  # told by whoever reads the answer
        named = ", ".join(warning.code or "no number" for warning in warnings or ())
        if named:
            _logger.warning("%s: eBay warns at %s: %s", self._owner.key, response.request.operation, named)

    # --- quotas -----------------------------------------------------------------------------------------------------

    async def read_quotas(self) -> Mapping[str, Quota]:
        """Ask eBay what is left of the application's daily quotas, and go by it from now on."""
        request = Request(
            operation="read_quotas", method="GET", path=_QUOTAS, template=_QUOTAS, safe=True, lane=Lane.CONFIRM
        )
        response = await self._application.send(request)
        self._quotas_read = self.clock.now()
        # 204 means that there is nothing to report (§3.4).
        told = read_json(response, json_decoder(schemas.RateLimits)) if response.status != 204 else schemas.RateLimits()
        self._quotas = {}
        for api in told.rate_limits or ():
            for resource in api.resources or ():
                for rate in resource.rates or ():
                    daily = rate.time_window in {None, _A_DAY}
                    if resource.name is None or rate.limit is None or rate.remaining is None or not daily:
                        continue
                    self._quotas[resource.name] = Quota(
                        resource=resource.name, limit=rate.limit, remaining=rate.remaining, reset=rate.reset
                    )
        for quota in self._quotas.values():
            await self._limits.believe(quota)
        return dict(self._quotas)

    async def _quota_behind(self, request: Request, error: RateLimitError) -> Quota | None:
        """Return what is left of a call's quota, asked at most every five minutes; ``None`` where eBay said when to come back."""
        resource = resource_of(request)
        if resource is None or (error.http_status is not None and resource not in self._unsure):
            return None
        now = self.clock.now()
        if self._quotas_read is None or now - self._quotas_read >= _QUOTAS_HOLD:
            self._quotas_read = now
            try:
                await self.read_quotas()
            except OperationError as trouble:
                _logger.info("%s: what is left of the quotas cannot be read: %s", self._owner.key, trouble)
                self._quotas = {}
        return self._quotas.get(resource)

    def _has_room(self, quota: Quota, lane: Lane) -> bool:
        reserved = 0.0 if lane in {Lane.PURCHASE, Lane.CONFIRM} else quota.limit * self._config.reserve_percent / 100
        return quota.remaining - 1 >= reserved

    def _limit_of(self, request: Request) -> tuple[str, Limit] | None:
        resource = resource_of(request)
        return None if resource is None else (resource, self._limits.limit(resource))

    # --- reading answers --------------------------------------------------------------------------------------------

    def _translate(self, request: Request, response: Response) -> OperationError | None:
        if response.ok:
            return None
        if request.path == TOKEN_PATH:
            return None
        resource = resource_of(request)
        wait = None
        if response.status == 429 and resource is not None and "retry-after" not in response.headers:
            count = self._refusals.get(resource, 0)
            self._refusals[resource] = count + 1
            self._unsure.add(resource)
            wait = min(_FIRST_WAIT * (1 << min(count, _MOST_DOUBLINGS)), _LONGEST_WAIT)
        return ebay_error(response, resource=resource, wait=wait)

    def _observe(self, request: Request, response: Response) -> Iterable[tuple[str, Limit]]:
        # Not a limit, but every answer passes here: its Date is eBay's clock.
        del request
        try:
            said = parsedate_to_datetime(response.headers.get("date", ""))
        except (ValueError, TypeError):
            return ()
        if said.tzinfo is None:
            said = said.replace(tzinfo=UTC)
        ahead = self.clock.now() - said
        # More than an hour is no clock that is fast, but a page from a cache, or a clock of somebody else's.
        self._skew = -ahead if timedelta() < ahead <= _FASTEST_CLOCK else timedelta()
        return ()
