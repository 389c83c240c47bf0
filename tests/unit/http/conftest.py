from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest
from typing_extensions import override

from cartcarrier.http import (
    Clock,
    LimitStore,
    ManualClock,
    MemoryTokenStore,
    Request,
    RetryPolicy,
    Session,
    Token,
    TokenStore,
    handler_transport,
)


@attrs.define(kw_only=True)
class Owner:
    """What a session reads of a driver."""

    driver: str = "acme"
    account: str = "eu"
    key: str = "acme:eu"
    transport: object | None = None
    hosts: Mapping[str, str] = attrs.field(factory=dict)
    tokens: TokenStore | None = None
    limits: LimitStore | None = None
    clock: Clock | None = None
    max_wait: timedelta | None = None


class DurableStore(MemoryTokenStore):
    """Stands for a store that lasts; it outlives the sessions of a test."""

    durable = True

    def __init__(self) -> None:
        super().__init__()
        self.saved: list[str] = []

    @override
    async def save(self, key: str, token: Token) -> None:
        self.saved.append(token.access_token)
        await super().save(key, token)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def durable_store() -> Callable[[], DurableStore]:
    return DurableStore


@pytest.fixture
def make_owner(clock: ManualClock) -> Callable[..., Owner]:
    def make(handler: Any = None, **changes: Any) -> Owner:
        transport = handler_transport(handler) if handler is not None else None
        return Owner(**{"transport": transport, "clock": clock, **changes})

    return make


@pytest.fixture
def make_session(make_owner: Callable[..., Owner]) -> Callable[..., Session]:
    """Sessions on a handler; keywords that an owner has go to the owner, the rest to the session."""
    names = {field.name for field in attrs.fields(Owner)}

    def make(handler: Any = None, **changes: Any) -> Session:
        own = {name: changes.pop(name) for name in list(changes) if name in names and not callable(changes[name])}
        settings: dict[str, Any] = {
            "hosts": {"api": "https://api.acme.example", "token": "https://id.acme.example/v1"},
            "retry": RetryPolicy(attempts=3),
            **changes,
        }
        return Session(make_owner(handler, **own), **settings)

    return make


@pytest.fixture
def make_request() -> Callable[..., Request]:
    def make(**changes: Any) -> Request:
        return Request(**{"operation": "read", "method": "GET", "path": "/orders/1", "safe": True, **changes})

    return make


@pytest.fixture
def make_write() -> Callable[..., Request]:
    def make(**changes: Any) -> Request:
        return Request(**{"operation": "buy", "method": "POST", "path": "/labels", "content": b"{}", **changes})

    return make
