"""How requests get their token, and how a seller connects a shop (field guide shopify.md §3)."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec

from cartcarrier.channels.shopify.config import ShopifyConfig, is_shop_domain
from cartcarrier.errors import AuthenticationError, ConfigurationError
from cartcarrier.http import (
    Auth,
    OAuth2Auth,
    Request,
    Response,
    Session,
    StaticAuth,
    json_decoder,
    json_encode,
    read_json,
    status_error,
)

TOKEN_HEADER: Final = "X-Shopify-Access-Token"  # noqa: S105 - the name of a header
TOKEN_PATH: Final = "/admin/oauth/access_token"  # noqa: S105 - a path
AUTHORIZE_PATH: Final = "/admin/oauth/authorize"
# Field guide shopify.md §3.1: the return from the authorization page is good for 90 seconds either way.
_CALLBACK_SECONDS: Final = 90


class TokenAnswer(msgspec.Struct, frozen=True, gc=False):
    """What the token endpoint answers to an authorization code."""

    access_token: str
    scope: str = ""
    expires_in: int | None = None
    refresh_token: str | None = None
    refresh_token_expires_in: int | None = None


def make_auth(config: ShopifyConfig) -> Auth:
    """Return the credentials that the settings describe."""
    if config.access_token is not None:
        return StaticAuth({TOKEN_HEADER: config.access_token})
    if config.client_id is None or config.client_secret is None:
        raise ConfigurationError("shopify: client_id and client_secret are needed", field="client_id")
    return OAuth2Auth(
        token_path=TOKEN_PATH,
        client_id=config.client_id,
        client_secret=config.client_secret,
        grant="client_credentials" if config.refresh_token is None else "refresh_token",
        client_authentication="json",
        refresh_token=config.refresh_token,
        # A refresh token is replaced at each use, and its predecessor still works until the new one is used for the first time: a lost
        # answer can be asked for again (field guide shopify.md §3).
        rotates=config.refresh_token is not None,
        header=TOKEN_HEADER,
        scheme="",
    )


def _app(config: ShopifyConfig) -> tuple[str, str]:
    if config.client_id is None or config.client_secret is None:
        msg = "shopify: connecting a shop needs client_id and client_secret"
        raise ConfigurationError(msg, field="client_id")
    return config.client_id, config.client_secret


def authorization_address(config: ShopifyConfig, base_url: str, *, redirect_uri: str, state: str) -> str:
    """Return the page on which a seller gives the app access.

    Args:
        config: With client id and the scopes to ask for.
        base_url: Of the shop.
        redirect_uri: Where the seller comes back.
        state: Unguessable; compared by ``verify_callback``.

    Raises:
        ConfigurationError: There is no client id.
    """
    client_id, _ = _app(config)
    query = {
        "client_id": client_id,
        "scope": ",".join(config.scopes),
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{base_url}{AUTHORIZE_PATH}?{urlencode(query, quote_via=quote)}"


def callback_signature(secret: str, parameters: Mapping[str, str]) -> str:
    """Return the hex HMAC-SHA256 of a query, without its ``hmac`` and ``signature`` (field guide shopify.md §3.1)."""
    kept = sorted((name, value) for name, value in parameters.items() if name not in {"hmac", "signature"})
    message = urlencode(kept, quote_via=quote)
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def check_callback(config: ShopifyConfig, address: str, *, state: str, now: datetime, account: str) -> str:
    """Verify the address on which a seller came back, and return the code in it.

    Args:
        config: With the client secret.
        address: The whole address, or its query.
        state: What ``authorization_url`` was given.
        now: The present.
        account: For the error.

    Raises:
        AuthenticationError: State, shop, signature or time do not fit. Do not exchange the code.
        ConfigurationError: There is no client secret.
    """
    _, secret = _app(config)
    pairs = parse_qsl(urlsplit(address).query or address.partition("?")[2] or address, keep_blank_values=True)
    query = dict(pairs)

    def refusal(why: str) -> AuthenticationError:
        return AuthenticationError(
            f"shopify: the return from the authorization page is not accepted: {why}",
            provider="shopify",
            account=account,
            operation="verify_callback",
        )

    if len(query) != len(pairs):
        raise refusal("a parameter came twice")
    if not state or not hmac.compare_digest(query.get("state", "").encode(), state.encode()):
        raise refusal("the state is not the one that was sent")
    shop = query.get("shop", "")
    if not is_shop_domain(shop) or shop.lower() != config.shop:
        raise refusal("it is for another shop")
    given = query.get("hmac", "").lower()
    if not hmac.compare_digest(given.encode(), callback_signature(secret, query).encode()):
        raise refusal("the signature is wrong")
    try:
        age = abs(now.timestamp() - int(query.get("timestamp", "")))
    except ValueError:
        raise refusal("it has no time") from None
    if age > _CALLBACK_SECONDS:
        raise refusal("it is too old, or the clocks differ by more than 90 seconds")
    if not query.get("code"):
        raise refusal("it has no code")
    return query["code"]


async def exchange_code(session: Session, config: ShopifyConfig, code: str) -> dict[str, str]:
    """Turn an authorization code into the settings to keep.

    Args:
        session: Without credentials of its own.
        config: Shop, client id and secret.
        code: From the callback; good once, so the request is never repeated.

    Returns:
        ``shop`` with ``client_id``, ``client_secret`` and ``refresh_token``; with ``access_token`` alone where Shopify gave a
        token that does not expire.

    Raises:
        AuthenticationError: The code is wrong, used, or too old.
    """
    client_id, client_secret = _app(config)
    request = Request(
        operation="exchange_code",
        method="POST",
        path=TOKEN_PATH,
        template=TOKEN_PATH,
        content=json_encode(
            # expiring=1: a pair of tokens that rotates, which public apps must use (field guide shopify.md §3)
            {"client_id": client_id, "client_secret": client_secret, "code": code, "expiring": "1"}
        ),
    )
    response = await session.exchange(request)
    if not response.ok:
        raise code_error(response)
    answer = read_json(response, json_decoder(TokenAnswer))
    if answer.refresh_token is None:
        return {"shop": config.shop, "access_token": answer.access_token}
    return {
        "shop": config.shop,
        "client_id": client_id,
        "client_secret": client_secret,
        "refresh_token": answer.refresh_token,
    }


def code_error(response: Response) -> Exception:
    """Return the error for a code that was not accepted: 400 and 401 mean that the code or the app's secret is wrong."""
    if response.status in {400, 401, 403}:
        return AuthenticationError(
            "shopify does not accept the authorization code: it is wrong, used or too old; send the seller there again",
            request_id=response.headers.get("x-request-id"),
            **response.facts,
        )
    return status_error(response, request_id=response.headers.get("x-request-id"), outcome_unknown=False)
