"""What every driver is, whatever it drives: the base class and the abilities that channels and carriers share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, ClassVar, Self

from typing_extensions import override

from cartcarrier.errors import ConfigurationError
from cartcarrier.http import Clock, LimitStore, TokenStore
from cartcarrier.models import WebhookOutcome, WebhookRequest, WebhookSubscription

__all__ = ["Driver", "SupportsAuthorization", "SupportsSubscriptions", "SupportsWebhooks"]

DEFAULT_MAX_WAIT = timedelta(seconds=60)


class Driver(ABC):
    """One account at one platform.

    A driver is an async context manager. Making one does no I/O; ``aclose()`` may be called twice.
    Drivers are opened by name through ``open_channel``, ``open_carrier`` and ``open_provider``, or made directly from their
    config object.

    Args:
        config: The driver's own settings, an instance of ``config_class``.
        account: The name by which your application tells its accounts at this platform apart.
        transport: For tests: an HTTP transport to use in place of the network.
        hosts: Base addresses by the driver's host names, in place of the platform's own.
        tokens: Where tokens are kept; by default in memory, or in the ledger of the ``Fulfiller`` that the driver joins.
        limits: Where the state of rate limits is kept; as ``tokens``.
        keep_raw: Keep the platform's own bytes in ``raw`` of what is returned. They are personal data.
        clock: Where time comes from.
        max_wait: The longest that a call waits for a rate limit before it raises ``RateLimitError``.

    Attributes:
        driver: The driver's name, as its entry point has it.
        config_class: The attrs class of its settings.
        key: ``driver:account``; stands in orders, rates, shipments, the ledger and the limits.
    """

    driver: ClassVar[str]
    config_class: ClassVar[type[Any]]
    account: str
    key: str

    def __init__(
        self,
        config: Any,  # noqa: ANN401 - each driver narrows it to its config_class
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
        if not account or ":" in account or "/" in account:
            msg = f"{self.driver}: an account's name must not be empty and must not contain ':' or '/'"
            raise ConfigurationError(msg, field="account")
        if not isinstance(config, self.config_class):
            msg = f"{self.driver}: config must be a {self.config_class.__name__}, not {type(config).__name__}"
            raise ConfigurationError(msg, field="config")
        self.config = config
        self.account = account
        self.key = f"{self.driver}:{account}"
        self.transport = transport
        self.hosts: dict[str, str] = dict(hosts or {})
        self.tokens = tokens
        self.limits = limits
        self.keep_raw = keep_raw
        self.clock = clock
        self.max_wait = max_wait

    def bind(
        self,
        *,
        tokens: TokenStore | None = None,
        limits: LimitStore | None = None,
        clock: Clock | None = None,
        max_wait: timedelta | None = None,
    ) -> None:
        """Fill in what was not given when the driver was made; called by the ``Fulfiller`` before the first use."""
        self.tokens = self.tokens if self.tokens is not None else tokens
        self.limits = self.limits if self.limits is not None else limits
        self.clock = self.clock if self.clock is not None else clock
        self.max_wait = self.max_wait if self.max_wait is not None else max_wait

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key}>"


class SupportsWebhooks(Driver):
    """A driver whose platform pushes."""

    @abstractmethod
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        """Verify a push, and say what it means and what to answer.

        The body is verified before it is parsed. A challenge is answered. The driver does not remember what it has seen: each
        event carries an ``id``, the same for every delivery of it, and ``Fulfiller.handle_webhook`` handles each once.

        Returns:
            The events, and the status, headers and body to answer with.

        Raises:
            AuthenticationError: The signature is missing or wrong, or the push is too old. Answer 401, keep nothing.
            ResponseError: It is genuine, but cannot be read.
            ConfigurationError: The secret to verify with was not set.
        """


class SupportsSubscriptions(SupportsWebhooks):
    """A driver whose platform is told what to push and where to, account by account."""

    @abstractmethod
    async def subscribe(self, destination: str, *, topics: Sequence[str] = ()) -> Sequence[WebhookSubscription]:
        """Have these topics pushed; safe to repeat.

        What is missing is set up, what is disabled or about to end is renewed, what points elsewhere in the same place is
        moved, and what fits is left alone. Run it when the application starts, and from time to time.

        Args:
            destination: Where to: an ``https`` address of yours, or the platform's name for a queue.
            topics: In the platform's words; without any those that ``Fulfiller`` makes use of.

        Returns:
            The subscriptions that stand now for these topics and that destination, one for each topic.

        Raises:
            InvalidValueError: The destination cannot be one.
            PermissionDeniedError: The account may not subscribe to one of the topics; names it.
            RejectedError: The platform refuses a topic or the destination.
        """

    @abstractmethod
    async def list_subscriptions(self) -> Sequence[WebhookSubscription]:
        """Return what this application is subscribed to."""

    @abstractmethod
    async def unsubscribe(self, subscription: WebhookSubscription) -> None:
        """End a subscription. Ending it twice is no error."""


class SupportsAuthorization(Driver):
    """A driver by which a seller can connect an account."""

    @abstractmethod
    def authorization_url(self, *, redirect_uri: str, state: str) -> str:
        """Return the page to send the seller to.

        Args:
            redirect_uri: Where the platform sends the seller afterwards.
            state: Unguessable; compare it with what comes back.
        """

    @abstractmethod
    async def exchange_code(self, code: str, *, redirect_uri: str) -> Mapping[str, str]:
        """Turn the code that came back into the settings to keep. They are secrets.

        Raises:
            AuthenticationError: The code is wrong, used, or too old.
        """
