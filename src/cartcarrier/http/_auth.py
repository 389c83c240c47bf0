"""How a request gets its credentials."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from typing_extensions import override

from cartcarrier.errors import ConfigurationError
from cartcarrier.http._messages import Request, Response

if TYPE_CHECKING:
    from cartcarrier.http._session import Session


class Auth(ABC):
    """Credentials of one account, for one session."""

    _session: "Session | None" = None

    def attach(self, session: "Session") -> None:
        """Learn the session that the credentials are for; called by the session when it is made.

        Raises:
            ConfigurationError: They are another session's already.
        """
        if self._session is not None and self._session is not session:
            raise ConfigurationError("an Auth serves one Session: make another", field="auth")
        self._session = session

    @property
    def session(self) -> "Session":
        """The session that the credentials are for."""
        if self._session is None:
            raise ConfigurationError("this Auth belongs to no Session yet", field="auth")
        return self._session

    @abstractmethod
    async def headers(self, request: Request) -> Mapping[str, str]:
        """Return the header fields to add to a request.

        Raises:
            AuthenticationError: There are no credentials that the platform accepts.
            ConfigurationError: They can't be had with this set-up; nothing was sent.
        """

    async def refused(self, request: Request, response: Response) -> bool:
        """Say whether the credentials were renewed after a refusal, so that the request is worth one more try.

        Args:
            request: As it was sent, with the fields from ``headers``.
            response: The refusal.
        """
        del request, response
        return False


class StaticAuth(Auth):
    """Credentials that never change.

    Args:
        headers: The header fields that carry them.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    @override
    async def headers(self, request: Request) -> Mapping[str, str]:
        """Return the header fields."""
        return self._headers

    @override
    def __repr__(self) -> str:
        return f"<StaticAuth {', '.join(self._headers)}>"
