"""How FedEx's requests get their token: one project ships and rates, perhaps another one tracks."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from cartcarrier.carriers.fedex.config import TOKEN_PATH, FedExConfig
from cartcarrier.errors import OperationError, RateLimitError
from cartcarrier.http import Auth, Lane, OAuth2Auth, Request, Response, Token

if TYPE_CHECKING:
    from cartcarrier.http import Session

BAN: Final = timedelta(minutes=10)
"""How long FedEx refuses an address that asked for tokens too often (field guide fedex.md §1.1)."""
TRACKING: Final = frozenset({"track", "find_purchase", "proof_of_delivery"})
"""Operations of the tracking product."""
_TOO_OFTEN: Final = 403


class FedExTokens(OAuth2Auth):
    """Client credentials in the form's body. Whoever is locked out of the token endpoint stays away from it."""

    @override
    async def get_token(self, *, lane: Lane = Lane.SYNC) -> Token:
        """Return a token that is good now.

        Raises:
            RateLimitError: FedEx locks this machine out for ten minutes; nobody who shares the limits asks until then.
        """
        try:
            return await super().get_token(lane=lane)
        except RateLimitError as exc:
            await self._stay_away(exc)
            raise

    @override
    async def refused(self, request: Request, response: Response) -> bool:
        """Replace the token that was refused, unless somebody has already."""
        try:
            return await super().refused(request, response)
        except RateLimitError as exc:
            await self._stay_away(exc)
            raise

    @override
    def token_error(self, request: Request, response: Response) -> OperationError | None:
        """Read the token endpoint's refusal.

        A 403 is no matter of rights here, but of too many calls from this machine; it is raised rather than returned, because a
        returned one would be tried again within seconds, and each try prolongs the ban (field guide fedex.md §0.3).

        Raises:
            RateLimitError: For the ban.
        """
        if response.status == _TOO_OFTEN:
            msg = "FedEx refuses tokens to this machine for ten minutes: too many were asked for"
            raise RateLimitError(msg, retry_after=BAN, **response.facts)
        return super().token_error(request, response)

    async def _stay_away(self, error: RateLimitError) -> None:
        if error.http_status == _TOO_OFTEN:
            until = self.session.clock.now() + BAN
            await self.session.limit_store.block(f"{self.session.key}:token", until=until)


def _tokens(client_id: str, client_secret: str, name: str) -> FedExTokens:
    return FedExTokens(
        token_path=TOKEN_PATH,
        client_id=client_id,
        client_secret=client_secret,
        client_authentication="post",
        name=name,
    )


class FedExAuth(Auth):
    """The credentials of an account: those of tracking for tracking, where there are some.

    Args:
        config: The account.
    """

    def __init__(self, config: FedExConfig) -> None:
        self._main = _tokens(config.client_id, config.client_secret, "token")
        self._track = self._main
        if config.track_client_id is not None and config.track_client_secret is not None:
            self._track = _tokens(config.track_client_id, config.track_client_secret, "track-token")

    @override
    def attach(self, session: "Session") -> None:
        """Learn the session that the credentials are for.

        Raises:
            ConfigurationError: They are another session's already.
        """
        super().attach(session)
        for one in dict.fromkeys((self._main, self._track)):
            one.attach(session)

    @override
    async def headers(self, request: Request) -> Mapping[str, str]:
        """Return the header field with a token that is good, getting one first if need be."""
        return await self._of(request).headers(request)

    @override
    async def refused(self, request: Request, response: Response) -> bool:
        """Say whether the credentials were renewed after a refusal."""
        return await self._of(request).refused(request, response)

    @override
    def __repr__(self) -> str:
        return f"<FedExAuth at {TOKEN_PATH}>"

    def _of(self, request: Request) -> FedExTokens:
        return self._track if request.operation in TRACKING else self._main
