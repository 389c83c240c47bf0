"""What goes out and what comes back, without anything of the HTTP library in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs
from typing_extensions import override

from cartcarrier.http._protocols import Lane


class Headers(Mapping[str, str]):
    """Header fields, found whatever the case of their names. A field that came twice is joined by a comma.

    Args:
        fields: A mapping, or pairs of name and value.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        joined: dict[str, str] = {}
        for name, value in pairs:
            lower = name.lower()
            joined[lower] = f"{joined[lower]}, {value}" if lower in joined else value
        self._fields = joined

    @override
    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    @override
    def __len__(self) -> int:
        return len(self._fields)

    @override
    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    @override
    def __repr__(self) -> str:
        return f"Headers({', '.join(self._fields)})"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Request:
    """One request of a driver to its platform.

    Attributes:
        operation: What is asked, in the driver's words, for errors and limits: ``"ship"``.
        method: The HTTP method, in capitals.
        path: The path, filled in and percent-encoded, beginning with a slash.
        template: The path with names in place of values, for logs: ``"/orders/{order_id}"``.
        host: Which of the driver's hosts.
        params: The query, not encoded; a sequence repeats the name.
        headers: Header fields of this request; those of session and credentials come beside them.
        content: The body.
        content_type: The body's type.
        safe: True when repeating it does no harm: it only reads, or the platform knows a repeat by its key.
        lane: What the call is for.
        cost: Units that it takes from the rate limit.
        timeout: Seconds without any progress, in place of the session's.
    """

    operation: str
    method: str
    path: str
    template: str | None = None
    host: str = "api"
    params: Mapping[str, str | Sequence[str]] = attrs.field(factory=dict)
    headers: Mapping[str, str] = attrs.field(factory=dict)
    content: bytes | None = None
    content_type: str = "application/json"
    safe: bool = False
    lane: Lane = Lane.SYNC
    cost: float = 1
    timeout: float | None = None

    @override
    def __repr__(self) -> str:
        # Path, query, headers and body name people and carry secrets.
        return f"<Request {self.operation}: {self.method} {self.template or '(no template)'} on {self.host}>"


def _to_headers(fields: Mapping[str, str]) -> Headers:
    return fields if isinstance(fields, Headers) else Headers(fields)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Response:
    """The answer of a platform.

    Attributes:
        status: The HTTP status.
        headers: The header fields.
        content: The whole body, decompressed.
        request: What was asked.
        provider: The driver that asked.
        account: Its account.
        elapsed: From sending to the last byte.
    """

    status: int
    headers: Headers = attrs.field(factory=Headers, converter=_to_headers)
    content: bytes = b""
    request: Request
    provider: str
    account: str = "default"
    elapsed: timedelta = timedelta()

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return 200 <= self.status < 300

    @property
    def facts(self) -> dict[str, Any]:
        """What every ``ProviderError`` about this answer must say: ``RejectedError(message, **response.facts)``."""
        return {
            "provider": self.provider,
            "account": self.account,
            "operation": self.request.operation,
            "http_status": self.status,
        }

    @override
    def __repr__(self) -> str:
        return f"<Response {self.status} to {self.provider} {self.request.operation}, {len(self.content)} bytes>"
