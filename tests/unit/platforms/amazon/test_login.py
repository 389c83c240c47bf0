"""Login with Amazon: whose token goes where, and what its refusals mean."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import anyio
import pytest

from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    OperationError,
    PermissionDeniedError,
    ResponseError,
    UnavailableError,
)
from tests.unit.channels.amazon.fakes import NOW, ORDER, OTHER, SECRET, Amazon, order, refusal

REGULATED = {"payload": {"AmazonOrderId": ORDER, "RegulatedOrderVerificationStatus": {"Status": "Approved"}}}


@pytest.fixture
def amazon() -> Amazon:
    """An Amazon that has one order."""
    found = Amazon()
    found.on("getOrder", {"order": order()})
    return found


def form(amazon: Amazon, index: int = 0) -> dict[str, str]:
    """Return what the token endpoint was sent."""
    return dict(parse_qsl(amazon.requests("token")[index].content.decode()))


async def test_seller_is_named_by_the_refresh_token(amazon: Amazon) -> None:
    """At Amazon's login, not at the region's host."""
    await amazon.channel().get_order(ORDER)
    (request,) = amazon.requests("token")
    assert request.url == "https://api.amazon.com/auth/o2/token"
    assert form(amazon) == {
        "grant_type": "refresh_token",
        "refresh_token": "Atzr|0123456789",
        "client_id": "amzn1.application-oa2-client.1",
        "client_secret": SECRET,
    }
    (call,) = amazon.requests("getOrder")
    assert call.url.startswith("https://sellingpartnerapi-na.amazon.com/")
    assert call.headers["x-amz-date"] == NOW.strftime("%Y%m%dT%H%M%SZ")


async def test_token_is_kept_for_its_life(amazon: Amazon) -> None:
    """As long as Amazon says, less a minute; not a second longer (pitfall 18)."""
    channel = amazon.channel()
    await channel.get_order(ORDER)
    amazon.clock.advance(3600 - 61)
    await channel.get_order(ORDER)
    assert len(amazon.requests("token")) == 1
    amazon.clock.advance(2)
    await channel.get_order(ORDER)
    assert len(amazon.requests("token")) == 2
    assert amazon.requests("getOrder")[-1].headers["x-amz-access-token"] == "Atza|2"


async def test_calls_at_once_ask_for_one_token(amazon: Amazon) -> None:
    """Raced by twenty, a popular client flushed its cache each time (pitfall 18)."""
    channel = amazon.channel()
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(channel.get_order, ORDER)
    assert len(amazon.requests("token")) == 1


async def test_expired_token_is_replaced_once(amazon: Amazon) -> None:
    """403 stands for it as well as for a missing role; the text tells, and one try more is enough."""
    expired = refusal(403, "Unauthorized", "The access token you provided has expired.")
    amazon.on("getOrder", expired, {"order": order()})
    await amazon.channel().get_order(ORDER)
    assert [call.headers["x-amz-access-token"] for call in amazon.requests("getOrder")] == ["Atza|1", "Atza|2"]
    amazon.on("getOrder", expired)
    with pytest.raises(AuthenticationError):
        await amazon.channel().get_order(ORDER)
    assert len(amazon.requests("getOrder")) == 4, "never again and again"


@pytest.mark.parametrize(
    ("code", "status", "kind", "words"),
    [
        ("invalid_grant", 400, AuthenticationError, "authorize again"),
        ("unauthorized_client", 400, AuthenticationError, "authorize again"),
        ("invalid_client", 401, AuthenticationError, "180 days"),
        ("access_denied", 403, AuthenticationError, "authorize again"),
        ("invalid_scope", 400, AuthenticationError, "scope"),
        ("invalid_request", 400, AuthenticationError, "malformed"),
        ("server_error", 500, UnavailableError, "moment"),
        ("temporarily_unavailable", 503, UnavailableError, "moment"),
    ],
)
async def test_refusals_of_the_login_are_told_apart(
    amazon: Amazon, code: str, status: int, kind: type[OperationError], words: str
) -> None:
    """The seller, the operator or nobody can mend it (pitfall 19); only the last is worth another try."""
    body = f'{{"error": "{code}", "error_description": "Ada {SECRET}"}}'.encode()
    amazon.on("token", (status, {"content-type": "application/json", "x-amzn-requestid": "req-1"}, body))
    with pytest.raises(kind, match=words) as caught:
        await amazon.channel().get_order(ORDER)
    assert getattr(caught.value, "code", None) == code
    assert (caught.value.provider, caught.value.account, caught.value.outcome_unknown) == ("amazon", "us", False)
    assert "Ada" not in str(caught.value)
    assert len(amazon.requests("token")) == (3 if kind is UnavailableError else 1)


async def test_login_that_is_down_is_asked_again(amazon: Amazon) -> None:
    """A page of an edge server says nothing about the seller."""
    page = (503, {"content-type": "text/html"}, b"<html>")
    amazon.on("token", page, {"access_token": "Atza|9", "expires_in": 3600})
    assert (await amazon.channel().get_order(ORDER)).id == ORDER
    assert len(amazon.requests("token")) == 2


async def test_login_that_answers_nonsense_is_an_error(amazon: Amazon) -> None:
    """And shows nothing of it."""
    amazon.on("token", (200, {}, b'{"token": "Atza|secret"}'))
    with pytest.raises(ResponseError) as caught:
        await amazon.channel().get_order(ORDER)
    assert "secret" not in str(caught.value)


async def test_calls_without_a_seller_have_a_token_of_their_own(amazon: Amazon) -> None:
    """The scope, and no refresh token: never both."""
    amazon.on("getDestinations", {"payload": []})
    amazon.on("createDestination", {"payload": {"destinationId": "d-1", "name": "n", "resource": {}}})
    amazon.on("getSubscriptions", {"payload": {"subscriptions": []}})
    amazon.on("createSubscription", {"payload": {"subscriptionId": "s-1"}})
    await amazon.channel().subscribe("arn:aws:sqs:us-east-1:1:q")
    assert form(amazon, 0)["scope"] == "sellingpartnerapi::notifications"
    assert "refresh_token" not in form(amazon, 0)
    assert "scope" not in form(amazon, 1)
    assert amazon.requests("createDestination")[0].headers["x-amz-access-token"] == "Atza|1"
    assert amazon.requests("createSubscription")[0].headers["x-amz-access-token"] == "Atza|2"


# --- restricted data tokens -----------------------------------------------------------------------------------------------


async def test_one_restricted_token_serves_all_orders_for_its_hour(amazon: Amazon) -> None:
    """The generic path, with its braces; made for each order, it would eat one call a second (pitfall 20)."""
    amazon.on("createRestrictedDataToken", {"restrictedDataToken": "Atz.sprdt|1", "expiresIn": 3600})
    amazon.on("getOrderRegulatedInfo", REGULATED)
    amazon.on("getOrder", {"order": order()}, {"order": order(orderId=OTHER)}, {"order": order()})
    channel = amazon.channel(check_regulated=True)
    for order_id in (ORDER, OTHER):
        await channel.get_order(order_id)
    assert amazon.bodies("createRestrictedDataToken") == [
        {"restrictedResources": [{"method": "GET", "path": "/orders/v0/orders/{orderId}/regulatedInfo"}]}
    ]
    used = [call.headers["x-amz-access-token"] for call in amazon.requests("getOrderRegulatedInfo")]
    assert used == ["Atz.sprdt|1"] * 2
    assert amazon.requests("createRestrictedDataToken")[0].headers["x-amz-access-token"] == "Atza|1"
    amazon.clock.advance(3600)
    await channel.get_order(ORDER)
    assert len(amazon.requests("createRestrictedDataToken")) == 2


async def test_orders_at_once_ask_for_one_restricted_token(amazon: Amazon) -> None:
    """Single flight, as with every token."""
    amazon.on("createRestrictedDataToken", {"restrictedDataToken": "Atz.sprdt|1", "expiresIn": 3600})
    amazon.on("getOrderRegulatedInfo", REGULATED)
    channel = amazon.channel(check_regulated=True)
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(channel.get_order, ORDER)
    assert len(amazon.requests("createRestrictedDataToken")) == 1


async def test_restricted_token_in_a_payload_is_read(amazon: Amazon) -> None:
    """As older documents show it."""
    amazon.on("createRestrictedDataToken", {"payload": {"restrictedDataToken": "Atz.sprdt|1", "expiresIn": 3600}})
    amazon.on("getOrderRegulatedInfo", REGULATED)
    assert (await amazon.channel(check_regulated=True).get_order(ORDER)).holds == ()


async def test_refused_restricted_token_is_replaced(amazon: Amazon) -> None:
    """It may be expired by Amazon's clock."""
    tokens: list[Any] = [{"restrictedDataToken": f"Atz.sprdt|{number}", "expiresIn": 3600} for number in (1, 2)]
    amazon.on("createRestrictedDataToken", *tokens)
    amazon.on("getOrderRegulatedInfo", refusal(403, "Unauthorized", "token has expired"), REGULATED)
    await amazon.channel(check_regulated=True).get_order(ORDER)
    used = [call.headers["x-amz-access-token"] for call in amazon.requests("getOrderRegulatedInfo")]
    assert used == ["Atz.sprdt|1", "Atz.sprdt|2"]


async def test_missing_role_for_restricted_data_is_said(amazon: Amazon) -> None:
    """Amazon refuses the token, not the call (pitfall 21)."""
    text = "Application does not have access to one or more requested data elements: [buyerInfo]"
    amazon.on("createRestrictedDataToken", refusal(400, "InvalidInput", text))
    with pytest.raises(PermissionDeniedError) as caught:
        await amazon.channel(check_regulated=True).get_order(ORDER)
    assert caught.value.code == "DataElementsDenied"


async def test_order_that_is_not_regulated_is_free(amazon: Amazon) -> None:
    """Amazon does not know of any verification."""
    amazon.on("createRestrictedDataToken", {"restrictedDataToken": "Atz.sprdt|1", "expiresIn": 3600})
    amazon.on("getOrderRegulatedInfo", refusal(404, "NotFound"))
    assert (await amazon.channel(check_regulated=True).get_order(ORDER)).holds == ()


# --- the seller's consent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("market", "region", "host"),
    [
        ("US", "na", "sellercentral.amazon.com"),
        ("DE", "eu", "sellercentral-europe.amazon.com"),
        ("JP", "fe", "sellercentral.amazon.co.jp"),
        ("ANEWONE", "na", "sellercentral.amazon.com"),
    ],
)
def test_seller_is_sent_to_the_page_of_the_marketplace(market: str, region: str, host: str) -> None:
    """Each has a Seller Central of its own."""
    channel = Amazon().channel(
        marketplace_ids=[market], region=region, application_id="amzn1.sp.solution.1", draft_application=True
    )
    url = urlsplit(channel.authorization_url(redirect_uri="https://app.example/back?x=1", state="s&1"))
    assert (url.hostname, url.path) == (host, "/apps/authorize/consent")
    assert parse_qs(url.query) == {
        "application_id": ["amzn1.sp.solution.1"],
        "state": ["s&1"],
        "redirect_uri": ["https://app.example/back?x=1"],
        "version": ["beta"],
    }


def test_consent_needs_the_applications_id() -> None:
    """It is not the client id."""
    with pytest.raises(ConfigurationError) as caught:
        Amazon().channel().authorization_url(redirect_uri="https://app.example/back", state="s")
    assert caught.value.field == "application_id"


@pytest.mark.parametrize(
    "query",
    [
        "state=other&spapi_oauth_code=c",
        "spapi_oauth_code=c",
        "state=s",
        "state=s&spapi_oauth_code=",
        "state=s&spapi_oauth_code=c&state=s",
    ],
    ids=["another state", "no state", "no code", "an empty code", "twice"],
)
def test_return_that_is_not_ours_is_refused(query: str) -> None:
    """Somebody else's code would connect somebody else's shop."""
    with pytest.raises(AuthenticationError):
        Amazon().channel().verify_callback(f"https://app.example/back?{query}", state="s")


def test_return_that_is_ours_names_the_seller() -> None:
    """The code alone does not."""
    found = (
        Amazon()
        .channel()
        .verify_callback("https://app.example/back?spapi_oauth_code=c%2B1&state=s&selling_partner_id=A3", state="s")
    )
    assert found == {"code": "c+1", "seller_id": "A3"}


async def test_code_becomes_the_settings_to_keep(amazon: Amazon) -> None:
    """Sent once: a code is good once."""
    amazon.on("token", {"access_token": "Atza|1", "refresh_token": "Atzr|new", "expires_in": 3600})
    kept = await amazon.channel(refresh_token=None).exchange_code("c+1", redirect_uri="https://app.example/back")
    assert kept == {
        "client_id": "amzn1.application-oa2-client.1",
        "client_secret": SECRET,
        "region": "na",
        "refresh_token": "Atzr|new",
        "seller_id": "A3SELLER",
    }
    assert form(amazon) == {
        "grant_type": "authorization_code",
        "code": "c+1",
        "redirect_uri": "https://app.example/back",
        "client_id": "amzn1.application-oa2-client.1",
        "client_secret": SECRET,
    }


async def test_code_that_is_not_accepted_is_an_error(amazon: Amazon) -> None:
    """Wrong, used, or older than five minutes."""
    amazon.on("token", (400, {}, b'{"error": "invalid_grant"}'))
    with pytest.raises(AuthenticationError):
        await amazon.channel().exchange_code("c", redirect_uri="https://app.example/back")
    assert len(amazon.requests("token")) == 1


async def test_marketplaces_of_the_seller_are_those_in_which_he_takes_part(amazon: Amazon) -> None:
    """Asked for once a day."""
    rows = [
        {"marketplace": {"id": "US1"}, "participation": {"isParticipating": True}},
        {"marketplace": {"id": "CA1"}, "participation": {"isParticipating": False}},
    ]
    amazon.on("getMarketplaceParticipations", {"payload": rows})
    channel = amazon.channel()
    assert list(await channel.marketplaces()) == ["US1"]
    amazon.clock.advance(timedelta(hours=23).total_seconds())
    await channel.marketplaces()
    assert len(amazon.requests("getMarketplaceParticipations")) == 1
    amazon.clock.advance(timedelta(hours=2).total_seconds())
    await channel.marketplaces()
    assert len(amazon.requests("getMarketplaceParticipations")) == 2
