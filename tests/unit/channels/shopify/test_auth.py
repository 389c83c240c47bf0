"""Tokens, and how a seller connects a shop."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from cartcarrier.channels.shopify import ShopifyChannel, ShopifyConfig
from cartcarrier.errors import AuthenticationError, ConfigurationError
from cartcarrier.http import ConnectionDropped, ManualClock, MemoryTokenStore, ReceivedRequest, handler_transport

APP = {"client_id": "app-1", "client_secret": "hush-hush"}


class DurableStore(MemoryTokenStore):
    """A store that says that it lasts."""

    durable = True


class Platform:
    """The token endpoint and a GraphQL endpoint that accepts the newest token only."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.token_requests: list[dict[str, Any]] = []
        self.refreshes = {"refresh-0": ("access-1", "refresh-1"), "refresh-1": ("access-2", "refresh-2")}
        self.drop_next_token = False
        self.transport = handler_transport(self._answer)

    def _answer(self, request: ReceivedRequest) -> tuple[int, Mapping[str, str], bytes]:
        if request.path == "/admin/oauth/access_token":
            return self._token(json.loads(request.content))
        if request.headers["x-shopify-access-token"] == "revoked":
            return 401, {}, b'{"errors":"[API] Invalid API key or access token"}'
        body: dict[str, Any] = {"data": {"currentAppInstallation": {"accessScopes": []}}}
        return 200, {"content-type": "application/json"}, json.dumps(body).encode()

    def _token(self, fields: dict[str, Any]) -> tuple[int, Mapping[str, str], bytes]:
        self.token_requests.append(fields)
        if fields.get("client_id") != "app-1" or fields.get("client_secret") != "hush-hush":
            return 400, {}, b'{"error":"invalid_client"}'
        answer: dict[str, Any]
        if fields.get("grant_type") == "client_credentials":
            answer = {"access_token": "access-cc", "scope": "read_orders,write_orders", "expires_in": 86399}
        elif fields.get("grant_type") == "refresh_token":
            if fields["refresh_token"] not in self.refreshes:
                return 400, {}, b'{"error":"invalid_grant"}'
            access, refresh = self.refreshes[fields["refresh_token"]]
            answer = {
                "access_token": access,
                "expires_in": 3600,
                "refresh_token": refresh,
                "refresh_token_expires_in": 7776000,
            }
        elif fields.get("code") == "code-1":
            answer = {
                "access_token": "access-0",
                "scope": "read_orders",
                "expires_in": 3600,
                "refresh_token": "refresh-0",
            }
        elif fields.get("code") == "code-forever":
            answer = {"access_token": "shpat_forever", "scope": "read_orders"}
        else:
            return 400, {}, b'{"error":"invalid_request"}'
        if self.drop_next_token:
            self.drop_next_token = False
            raise ConnectionDropped
        return 200, {"content-type": "application/json"}, json.dumps(answer).encode()

    def channel(self, *, tokens: MemoryTokenStore | None = None, **settings: Any) -> ShopifyChannel:
        """Return a driver that talks to this platform."""
        config = ShopifyConfig(**{"shop": "my-shop", **(settings or APP)})
        return ShopifyChannel(config, transport=self.transport, clock=self.clock, tokens=tokens)

    def sent_tokens(self) -> list[str]:
        """Return the tokens of the questions, in turn."""
        return [
            request.headers["x-shopify-access-token"]
            for request in self.transport.requests
            if request.path.endswith("graphql.json")
        ]


async def ask(channel: ShopifyChannel) -> None:
    """Make the driver send something; what it is allowed does not matter here."""
    await channel._granted("test")
    channel._scopes = None


async def test_client_credentials_are_asked_for_once() -> None:
    """A token lives a day: asking for each call would be refused."""
    platform = Platform()
    channel = platform.channel()
    await ask(channel)
    await ask(channel)
    assert platform.token_requests == [{"grant_type": "client_credentials", **APP}]
    assert platform.sent_tokens() == ["access-cc", "access-cc"]


async def test_custom_app_token_goes_into_the_header() -> None:
    """A token that does not expire needs no token endpoint."""
    platform = Platform()
    await ask(platform.channel(access_token="shpat_static"))
    assert platform.sent_tokens() == ["shpat_static"]
    assert platform.token_requests == []


async def test_revoked_custom_app_token_is_an_authentication_error() -> None:
    """There is nothing to refresh: the user must act."""
    with pytest.raises(AuthenticationError) as caught:
        await ask(Platform().channel(access_token="revoked"))
    assert caught.value.http_status == 401


async def test_rotating_refresh_token_is_kept_before_it_is_used() -> None:
    """Two workers that refresh in turn must both go on from the newest pair."""
    platform = Platform()
    store = DurableStore()
    first = platform.channel(tokens=store, **APP, refresh_token="refresh-0")
    await ask(first)
    platform.clock.advance(3600)
    # another worker, with the settings of the first day
    await ask(platform.channel(tokens=store, **APP, refresh_token="refresh-0"))
    await ask(first)
    assert [fields["refresh_token"] for fields in platform.token_requests] == ["refresh-0", "refresh-1"]
    assert platform.sent_tokens() == ["access-1", "access-2", "access-2"]


async def test_lost_refresh_is_repeated_with_the_same_refresh_token() -> None:
    """Shopify keeps the previous refresh token good until its successor was used."""
    platform = Platform()
    platform.drop_next_token = True
    await ask(platform.channel(tokens=DurableStore(), **APP, refresh_token="refresh-0"))
    assert [fields["refresh_token"] for fields in platform.token_requests] == ["refresh-0", "refresh-0"]
    assert platform.sent_tokens() == ["access-1"]


async def test_rotation_without_a_store_that_lasts_is_refused() -> None:
    """The new pair would be lost with the process, and the shop with it."""
    platform = Platform()
    with pytest.raises(ConfigurationError) as caught:
        await ask(platform.channel(tokens=None, **APP, refresh_token="refresh-0"))
    assert caught.value.field == "tokens"
    assert platform.token_requests == []


async def test_refused_grant_asks_for_a_new_installation() -> None:
    """A refresh token that is gone cannot be mended by trying again."""
    platform = Platform()
    with pytest.raises(AuthenticationError, match="authorize again"):
        await ask(platform.channel(tokens=DurableStore(), **APP, refresh_token="spent"))
    assert len(platform.token_requests) == 1


def test_authorization_url_asks_for_the_scopes() -> None:
    """The page shows the seller what the app will be allowed."""
    channel = Platform().channel(tokens=None, **APP, scopes=("read_orders", "write_orders"))
    url = channel.authorization_url(redirect_uri="https://app.example.com/cb?x=1", state="n once")
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "my-shop.myshopify.com", "/admin/oauth/authorize")
    assert dict(parse_qsl(parts.query)) == {
        "client_id": "app-1",
        "scope": "read_orders,write_orders",
        "redirect_uri": "https://app.example.com/cb?x=1",
        "state": "n once",
    }


def test_authorization_needs_an_app() -> None:
    """A custom app's token has no app behind it that could be installed."""
    with pytest.raises(ConfigurationError) as caught:
        Platform().channel(access_token="shpat_static").authorization_url(redirect_uri="https://a.example", state="s")
    assert caught.value.field == "client_id"


def callback(clock: ManualClock, *, secret: str = APP["client_secret"], **changes: str) -> str:
    """Return the address on which Shopify sends the seller back, signed as its documentation says."""
    query = {
        "code": "code-1",
        "host": "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvbXktc2hvcA",
        "shop": "my-shop.myshopify.com",
        "state": "nonce 1",
        "timestamp": str(int(clock.now().timestamp())),
        **changes,
    }
    message = "&".join(f"{name}={quote(query[name], safe='')}" for name in sorted(query))
    signature = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return f"https://app.example.com/cb?hmac={signature}&{message}"


def test_genuine_callback_gives_the_code() -> None:
    """The signature is hex over the sorted query, spaces as %20."""
    platform = Platform()
    assert platform.channel().verify_callback(callback(platform.clock), state="nonce 1") == "code-1"


@pytest.mark.parametrize(
    ("url", "state"),
    [
        (lambda clock: callback(clock, state="other"), "nonce 1"),
        (lambda clock: callback(clock, state=""), ""),
        (lambda clock: callback(clock, shop="other.myshopify.com"), "nonce 1"),
        (lambda clock: callback(clock, shop="my-shop.myshopify.com.evil.example"), "nonce 1"),
        (lambda clock: callback(clock, secret="guess"), "nonce 1"),
        (lambda clock: callback(clock).replace("code-1", "code-2"), "nonce 1"),
        (lambda clock: callback(clock) + "&code=code-2", "nonce 1"),
        (lambda clock: callback(clock, timestamp=str(int(clock.now().timestamp()) - 91)), "nonce 1"),
        (lambda clock: callback(clock, timestamp=str(int(clock.now().timestamp()) + 91)), "nonce 1"),
        (lambda clock: callback(clock, timestamp="soon"), "nonce 1"),
        (lambda clock: callback(clock, code=""), "nonce 1"),
        (lambda clock: callback(clock).partition("&")[2], "nonce 1"),
    ],
    ids=[
        "state",
        "no-state",
        "shop",
        "shop-suffix",
        "secret",
        "changed",
        "twice",
        "old",
        "future",
        "no-time",
        "no-code",
        "unsigned",
    ],
)
def test_forged_callback_is_refused(url: Callable[[ManualClock], str], state: str) -> None:
    """Whoever gets a code exchanged that is not his connects a stranger's shop."""
    platform = Platform()
    with pytest.raises(AuthenticationError):
        platform.channel().verify_callback(url(platform.clock), state=state)


def test_callback_is_good_for_ninety_seconds() -> None:
    """Clocks differ a little."""
    platform = Platform()
    url = callback(platform.clock)
    platform.clock.advance(90)
    assert platform.channel().verify_callback(url, state="nonce 1") == "code-1"


async def test_code_becomes_settings_that_open_the_shop() -> None:
    """What comes back is kept and given to open_channel as it is."""
    platform = Platform()
    settings = await platform.channel().exchange_code("code-1", redirect_uri="https://app.example.com/cb")
    assert platform.token_requests == [{**APP, "code": "code-1", "expiring": "1"}]
    assert dict(settings) == {"shop": "my-shop.myshopify.com", **APP, "refresh_token": "refresh-0"}
    opened = platform.channel(tokens=DurableStore(), **dict[str, Any](settings))
    await ask(opened)
    assert platform.sent_tokens() == ["access-1"]


async def test_code_of_an_old_app_becomes_a_lasting_token() -> None:
    """Merchants' own apps may still get tokens that do not expire."""
    settings = await Platform().channel().exchange_code("code-forever", redirect_uri="https://app.example.com/cb")
    assert dict(settings) == {"shop": "my-shop.myshopify.com", "access_token": "shpat_forever"}


async def test_wrong_code_is_an_authentication_error() -> None:
    """A code is good once."""
    with pytest.raises(AuthenticationError):
        await Platform().channel().exchange_code("spent", redirect_uri="https://app.example.com/cb")


async def test_lost_exchange_is_not_repeated() -> None:
    """A code is good once: a second try would fail and hide the first."""
    platform = Platform()
    platform.drop_next_token = True
    with pytest.raises(Exception, match="no answer"):
        await platform.channel().exchange_code("code-1", redirect_uri="https://app.example.com/cb")
    assert len(platform.token_requests) == 1


def test_scope_table_is_complete() -> None:
    """The default scopes let every ability of a merchant's own app work."""
    from cartcarrier.channels.shopify.codes import ABILITY_SCOPES, with_implied
    from cartcarrier.channels.shopify.config import DEFAULT_SCOPES

    granted = with_implied(frozenset(DEFAULT_SCOPES))
    lacking = {
        name for name, groups in ABILITY_SCOPES.items() if not all(granted.intersection(group) for group in groups)
    }
    assert lacking == {"cancel_requests", "requests", "answers"}, "only a fulfillment service is asked"
