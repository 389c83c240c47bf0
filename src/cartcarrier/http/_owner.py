"""What a session reads of the driver that it belongs to."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from cartcarrier.http._protocols import Clock, LimitStore, TokenStore


class SessionOwner(Protocol):
    """What a session reads of its driver. Stores, clock and ``max_wait`` are read when first used: they may come late."""

    @property
    def driver(self) -> str:
        """The driver's name."""
        ...

    @property
    def account(self) -> str:
        """The account's name."""
        ...

    @property
    def key(self) -> str:
        """``driver:account``."""
        ...

    @property
    def transport(self) -> object | None:
        """What to send through, in place of the network."""
        ...

    @property
    def hosts(self) -> Mapping[str, str]:
        """Base addresses that replace the platform's own."""
        ...

    @property
    def tokens(self) -> TokenStore | None:
        """Where tokens are kept."""
        ...

    @property
    def limits(self) -> LimitStore | None:
        """Where the state of limits is kept."""
        ...

    @property
    def clock(self) -> Clock | None:
        """Where time comes from."""
        ...

    @property
    def max_wait(self) -> timedelta | None:
        """The longest wait for a rate limit."""
        ...
