"""Sending the requests of one driver: limits, credentials, retries, errors, one log line a try."""

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
from anyio.lowlevel import current_token
from typing_extensions import override

from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    OperationError,
    RateLimitError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http._addresses import build_url, check_base_url, check_headers
from cartcarrier.http._auth import Auth
from cartcarrier.http._clock import SystemClock
from cartcarrier.http._limiter import Limiter, Reservation
from cartcarrier.http._messages import Headers, Request, Response
from cartcarrier.http._owner import SessionOwner
from cartcarrier.http._protocols import Clock, Limit, LimitStore, TokenStore
from cartcarrier.http._retry import RetryPolicy, parse_retry_after, retry_delay
from cartcarrier.http._status import status_error
from cartcarrier.http._stores import MemoryLimitStore, MemoryTokenStore

if TYPE_CHECKING:
    from cartcarrier.http._wire import Wire

_logger = logging.getLogger("cartcarrier.http")

DEFAULT_MAX_WAIT = timedelta(seconds=60)
MAX_ANSWER = 64 * 1024 * 1024
# Daily limits end at midnight; whoever asks for more than a day has mistyped.
LONGEST_PAUSE = timedelta(days=1)


class Session:
    """What a driver's client sends its requests with.

    Args:
        driver: Whose requests they are.
        hosts: The platform's base addresses by name; the driver's own ``hosts`` replace some.
        auth: The credentials; None when each request has its own.
        translate: Reads every answer, a success too, and returns the error in it, or None. For a status that is no success,
            None becomes ``status_error(response)``.
        limits: Names the rate limit that a request counts against, and its documented size; None when there is none.
        observe: Reads from an answer what it says about limits.
        retry: How often to try, and how long to wait.
        timeout: Seconds that connecting, sending and receiving may each stand still.
        headers: Header fields of every request.
        max_answer: The largest body to accept, in bytes.

    Raises:
        ConfigurationError: One of the driver's ``hosts`` is unknown, or would carry secrets in the clear.
    """

    def __init__(
        self,
        driver: SessionOwner,
        *,
        hosts: Mapping[str, str],
        auth: Auth | None = None,
        translate: Callable[[Request, Response], OperationError | None] | None = None,
        limits: Callable[[Request], tuple[str, Limit] | None] | None = None,
        observe: Callable[[Request, Response], Iterable[tuple[str, Limit]]] | None = None,
        retry: RetryPolicy | None = None,
        timeout: float = 30.0,
        headers: Mapping[str, str] | None = None,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        self._owner = driver
        self.provider: str = driver.driver
        self.account: str = driver.account
        self.key: str = driver.key
        self.retry: RetryPolicy = retry or RetryPolicy()
        for name in driver.hosts:
            if name not in hosts:
                msg = f"{self.provider}: there is no host named {name!r}; there are {', '.join(sorted(hosts))}"
                raise ConfigurationError(msg, field="hosts")
        self._hosts = {
            name: check_base_url(self.provider, name, address) for name, address in {**hosts, **driver.hosts}.items()
        }
        self._auth = auth
        self._translate = translate
        self._limits = limits
        self._observe = observe
        self._timeout = timeout
        self._headers = dict(headers or {})
        self._max_answer = max_answer
        self._limiters: dict[str, Limiter] = {}
        self._wire: Wire | None = None
        self._wire_loop: object = None
        self._closed = False
        self._own_tokens = MemoryTokenStore()
        self._own_limits = MemoryLimitStore()
        self._own_clock = SystemClock()
        if auth is not None:
            auth.attach(self)

    @override
    def __repr__(self) -> str:
        return f"<Session of {self.key}>"

    @property
    def tokens(self) -> TokenStore:
        """Where tokens are kept: the driver's store, or one in memory."""
        return self._owner.tokens if self._owner.tokens is not None else self._own_tokens

    @property
    def limit_store(self) -> LimitStore:
        """Where the state of limits is kept: the driver's store, or one in memory."""
        return self._owner.limits if self._owner.limits is not None else self._own_limits

    @property
    def clock(self) -> Clock:
        """Where time comes from: the driver's clock, or the system's."""
        return self._owner.clock if self._owner.clock is not None else self._own_clock

    @property
    def max_wait(self) -> timedelta:
        """The longest that a call waits for a rate limit."""
        return self._owner.max_wait if self._owner.max_wait is not None else DEFAULT_MAX_WAIT

    def base_url(self, host: str) -> str:
        """Return the base address of one of the hosts, without a slash at its end.

        Raises:
            ConfigurationError: There is no such host.
        """
        try:
            return self._hosts[host]
        except KeyError:
            raise ConfigurationError(f"{self.provider}: there is no host named {host!r}", field="hosts") from None

    async def send(self, request: Request) -> Response:
        """Send a request: wait for the limit, add credentials, try again where that does no harm.

        Args:
            request: What to send.

        Returns:
            The answer, a success in which ``translate`` found no error.

        Raises:
            OperationError: What ``translate`` made of the answer, or the status; ``TransportError`` when none came.
                ``outcome_unknown`` is true when a write may have happened.
            RateLimitError: Also when the wait for the limit would be too long; then nothing was sent.
            ConfigurationError: Nothing was sent: the session is closed, or credentials cannot be had with this set-up.
        """
        attempt = 1
        renewed = False
        patience = self.max_wait
        while True:
            waiting_since = self.clock.monotonic()
            async with self._slot(request, patience) as slot:
                patience -= timedelta(seconds=self.clock.monotonic() - waiting_since)
                sent = request
                if self._auth is not None:
                    sent = attrs.evolve(request, headers={**request.headers, **await self._auth.headers(request)})
                response, error = await self._try(sent, attempt, slot)
            if error is None and response is not None:
                return response
            assert error is not None  # noqa: S101 - _try returns one of the two
            if (
                self._auth is not None
                and response is not None
                and isinstance(error, AuthenticationError)
                and not renewed
            ):
                renewed = True
                if await self._auth.refused(sent, response):
                    continue
            asked = self._retry_after(response)
            delay = retry_delay(error, attempt, safe=request.safe, policy=self.retry, retry_after=asked)
            if isinstance(error, RateLimitError):
                # All users of the limit pause, not this call alone.
                pause = error.retry_after or delay or self.retry.backoff(attempt)
                await self._block(request, min(pause, LONGEST_PAUSE))
                if delay is not None and delay > patience:
                    delay = None
                patience -= delay or timedelta()
            if delay is None:
                raise error
            await self.clock.sleep(delay.total_seconds())
            attempt += 1

    async def exchange(self, request: Request, *, attempt: int = 1) -> Response:
        """Send a request once, as it is, without credentials; the rate limit holds here too.

        Raises:
            TransportError: No answer came.
            ResponseError: The answer is too large.
            RateLimitError: The wait for the limit would be too long; nothing was sent.
        """
        async with self._slot(request, self.max_wait) as slot:
            response = await self._exchange(request, attempt)
            await self._learn(request, response, slot)
            return response

    def translate(self, request: Request, response: Response) -> OperationError | None:
        """Return the error in an answer, or None.

        Args:
            request: What was asked.
            response: What came back.
        """
        error: OperationError | None
        try:
            error = self._translate(request, response) if self._translate is not None else None
        except OperationError as exc:
            error = exc
        if error is None:
            return None if response.ok else self._completed(status_error(response), request, response)
        return self._completed(error, request, response)

    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        self._closed = True
        wire, self._wire = self._wire, None
        if wire is not None and self._wire_loop == current_token():
            await wire.aclose()

    # --- one try ----------------------------------------------------------------------------------------------------

    async def _try(
        self, request: Request, attempt: int, slot: "tuple[str, Reservation] | None"
    ) -> tuple[Response | None, OperationError | None]:
        try:
            response = await self._exchange(request, attempt)
        except (TransportError, ResponseError) as error:
            return None, error
        await self._learn(request, response, slot)
        return response, self.translate(request, response)

    async def _exchange(self, request: Request, attempt: int) -> Response:
        from cartcarrier.http._wire import NoAnswerError, TooLargeError  # noqa: PLC0415 - httpx loads when first used

        wire = self._open()
        url = build_url(self.base_url(request.host), request)
        headers = {**self._headers, **request.headers}
        if request.content is not None and "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = request.content_type
        check_headers(self.provider, headers)
        facts = {"provider": self.provider, "account": self.account, "operation": request.operation}
        started = self.clock.monotonic()
        try:
            answer = await wire.send(
                request.method,
                url,
                headers=headers,
                content=request.content,
                silence=request.timeout if request.timeout is not None else self._timeout,
            )
        except NoAnswerError as exc:
            unknown = exc.left and not request.safe
            self._log(request, exc.reason, attempt, started)
            message = f"{self.provider} gave no answer to {request.operation}: {exc.reason}"
            if unknown:
                message += "; it may have taken effect"
            raise TransportError(message, outcome_unknown=unknown, **facts) from exc.__cause__
        except TooLargeError as exc:
            self._log(request, f"{exc.status}, too large", attempt, started)
            raise ResponseError(
                f"{self.provider} answered {request.operation} with more than {self._max_answer} bytes",
                http_status=exc.status,
                outcome_unknown=not request.safe and (exc.status < 300 or exc.status >= 500),
                **facts,
            ) from None
        self._log(request, str(answer.status), attempt, started)
        return Response(
            status=answer.status,
            headers=Headers(answer.headers),
            content=answer.content,
            request=request,
            provider=self.provider,
            account=self.account,
            elapsed=timedelta(seconds=self.clock.monotonic() - started),
        )

    def _open(self) -> "Wire":
        if self._closed:
            msg = f"{self.provider}: the driver is closed; nothing was sent"
            raise ConfigurationError(msg)
        loop = current_token()
        # Connections belong to the event loop that made them; one that has ended cannot close them any more.
        if self._wire is None or self._wire_loop != loop:
            from cartcarrier.http._wire import Wire  # noqa: PLC0415 - httpx loads when first used

            self._wire = Wire(self._owner.transport, max_answer=self._max_answer)
            self._wire_loop = loop
        return self._wire

    def _log(self, request: Request, outcome: str, attempt: int, started: float) -> None:
        _logger.debug(
            "%s %s %s %s: %s in %.3f s, try %d",
            self.key,
            request.operation,
            request.method,
            request.template or "-",
            outcome,
            self.clock.monotonic() - started,
            attempt,
        )

    # --- errors -----------------------------------------------------------------------------------------------------

    def _completed(self, error: OperationError, request: Request, response: Response) -> OperationError:
        """Put in what a driver's translation cannot know or must not forget."""
        changes: dict[str, object] = {}
        if (error.provider, error.account) != (self.provider, self.account):
            changes.update(provider=self.provider, account=self.account)
        if isinstance(error, RateLimitError) and error.retry_after is None:
            asked = self._retry_after(response)
            if asked is not None:
                changes["retry_after"] = asked
        # A failure after a write was received, or a success that cannot be read: it may have happened.
        doubtful = isinstance(error, UnavailableError | ResponseError) and (response.ok or response.status >= 500)
        if doubtful and not request.safe and not error.outcome_unknown:
            changes["outcome_unknown"] = True
        if not changes:
            return error
        completed = error.replace(**changes)
        completed.__cause__ = error.__cause__
        return completed

    def _retry_after(self, response: Response | None) -> timedelta | None:
        if response is None:
            return None
        return parse_retry_after(response.headers.get("retry-after"), now=self.clock.now())

    # --- limits -----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _slot(self, request: Request, patience: timedelta) -> AsyncIterator[tuple[str, Reservation] | None]:
        named = self._limits(request) if self._limits is not None else None
        if named is None:
            yield None
            return
        name, limit = named
        limiter = self._limiter(name, limit)
        async with limiter.hold(
            request.cost, request.lane, operation=request.operation, max_wait=max(patience, timedelta())
        ) as reservation:
            yield name, reservation

    async def _learn(self, request: Request, response: Response, slot: tuple[str, Reservation] | None) -> None:
        if self._observe is None:
            return
        for name, limit in self._observe(request, response):
            reservation = slot[1] if slot is not None and slot[0] == name else None
            await self._limiter(name, limit).observe(limit, reservation)

    async def _block(self, request: Request, pause: timedelta) -> None:
        named = self._limits(request) if self._limits is not None else None
        if named is not None:
            await self._limiter(*named).block(self.clock.now() + pause)

    def _limiter(self, name: str, limit: Limit) -> Limiter:
        limiter = self._limiters.get(name)
        if limiter is None:
            key = f"{self.key}:{name}" if name else self.key
            limiter = self._limiters[name] = Limiter(key, limit, self.limit_store, self.clock, self.max_wait)
        return limiter
