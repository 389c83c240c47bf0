"""Pushes, their keys, and quotas."""

from typing import Any

import msgspec

from cartcarrier.channels.ebay.schemas.base import Moment, Struct


class SignatureHeader(msgspec.Struct, frozen=True):
    """What stands in ``X-EBAY-SIGNATURE``, in base64 (field guide ebay.md §13.3)."""

    kid: str
    signature: str
    alg: str | None = None
    digest: str | None = None


class PublicKey(Struct, frozen=True):
    """The key that a push was signed with."""

    key: str
    algorithm: str | None = None
    digest: str | None = None


class Metadata(Struct, frozen=True):
    """What a push is about."""

    topic: str


class Notification(Struct, frozen=True):
    """A push. What ``data`` holds differs by topic, and is not documented for orders."""

    notification_id: str
    event_date: Moment | None = None
    data: dict[str, Any] = msgspec.field(default_factory=dict)


class Message(Struct, frozen=True):
    """A push with its envelope."""

    metadata: Metadata
    notification: Notification


class Rate(Struct, frozen=True):
    """One window of a quota."""

    limit: int | None = None
    remaining: int | None = None
    reset: Moment | None = None
    time_window: int | None = None


class Resource(Struct, frozen=True):
    """One kind of calls."""

    name: str | None = None
    rates: list[Rate] | None = None


class ApiLimits(Struct, frozen=True):
    """The kinds of one API."""

    resources: list[Resource] | None = None


class RateLimits(Struct, frozen=True):
    """The application's quotas (Developer Analytics API)."""

    rate_limits: list[ApiLimits] | None = None
