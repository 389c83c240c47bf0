"""How requests get their token and, where the law asks for it, their signature (field guide ebay.md §2, §8, §9)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote, urlencode

import attrs
from typing_extensions import override

from cartcarrier.channels.ebay.auth.signatures import signature_headers
from cartcarrier.channels.ebay.config import BASE_SCOPE, EbayConfig, SigningKey
from cartcarrier.errors import ConfigurationError
from cartcarrier.http import OAuth2Auth, Request, Response

TOKEN_PATH: Final = "/identity/v1/oauth2/token"  # noqa: S105 - a path
AUTHORIZE_PATH: Final = "/oauth2/authorize"
_HEADER: Final = "Authorization"
_POST_ORDER: Final = "/post-order/"


class SellerAuth(OAuth2Auth):
    """The seller's tokens: by a refresh token that stays the same, under two schemes, and signed where need be.

    Args:
        config: With the seller's refresh token and the signing key.
    """

    def __init__(self, config: EbayConfig) -> None:
        super().__init__(
            token_path=TOKEN_PATH,
            client_id=config.client_id,
            client_secret=config.client_secret,
            grant="refresh_token",
            refresh_token=config.refresh_token,
            # No scope: all that the seller has consented to (§2.3). A refresh answers without a new refresh token.
        )
        self._key = config.key_to_sign_with

    @override
    async def headers(self, request: Request) -> Mapping[str, str]:
        """Return the token and, for calls that need it, the signature of this try.

        Raises:
            AuthenticationError: eBay does not accept the seller's consent any more.
            ConfigurationError: There is no refresh token.
        """
        token = await self.get_token(lane=request.lane)
        scheme = "IAF" if request.path.startswith(_POST_ORDER) else "Bearer"
        fields = {_HEADER: f"{scheme} {token.access_token}"}
        if self._key is not None and _must_be_signed(request):
            fields |= self._signature(self._key, request)
        return fields

    @override
    async def refused(self, request: Request, response: Response) -> bool:
        """Replace the token that was refused, unless somebody has already."""
        token = request.headers.get(_HEADER, "").partition(" ")[2]
        bearer = attrs.evolve(request, headers={**request.headers, _HEADER: f"Bearer {token}"})
        return await super().refused(bearer, response)

    def _signature(self, key: SigningKey, request: Request) -> Mapping[str, str]:
        # Host and path are those that are really called: a signature for another authority is refused.
        return signature_headers(
            key,
            method=request.method,
            url=self.session.base_url(request.host) + request.path,
            content=request.content,
            created=int(self.session.clock.now().timestamp()),
        )


def _must_be_signed(request: Request) -> bool:
    # Of this driver's calls the law's list has creating and approving a cancellation; signing more does no harm (§8).
    return request.method != "GET" and request.path.startswith(_POST_ORDER)


def application_auth(config: EbayConfig) -> OAuth2Auth:
    """Return the application's own credentials: for public keys and quotas."""
    return OAuth2Auth(
        token_path=TOKEN_PATH,
        client_id=config.client_id,
        client_secret=config.client_secret,
        scope=BASE_SCOPE,
        name="application",
    )


def redirect_name(config: EbayConfig, redirect_uri: str) -> str:
    """Return the RuName, which eBay wants where OAuth has an address (§2.2).

    Raises:
        ConfigurationError: There is an address only.
    """
    if config.ru_name is not None:
        return config.ru_name
    if not redirect_uri or "/" in redirect_uri:
        msg = "ebay: the redirect address stands behind a name at eBay: give ru_name, or that name as redirect_uri"
        raise ConfigurationError(msg, field="ru_name")
    return redirect_uri


def consent_address(config: EbayConfig, base_url: str, *, redirect_uri: str, state: str) -> str:
    """Return the page on which a seller gives the application access.

    Args:
        config: With client id, RuName and the scopes to ask for.
        base_url: Of the host ``auth``.
        redirect_uri: The RuName, where the settings have none.
        state: Unguessable.

    Raises:
        ConfigurationError: There is no RuName.
    """
    query = {
        "client_id": config.client_id,
        "redirect_uri": redirect_name(config, redirect_uri),
        "response_type": "code",
        "scope": " ".join(config.scopes),
        "state": state,
        "prompt": "login",
    }
    return f"{base_url}{AUTHORIZE_PATH}?{urlencode(query, quote_via=quote, safe='')}"


def decoded_code(code: str) -> str:
    """Return an authorization code as it must be handed to the form encoder: decoded once.

    The browser's address has it percent-encoded; most frameworks decode it. Codes contain ``#`` and ``^``, so one that has
    neither but percent signs was not decoded yet (§2.2, pitfall 4).
    """
    encoded = "%" in code and "#" not in code and "^" not in code
    return unquote(code) if encoded else code
