"""Who gets in: the keyset, the seller's consent, tokens that end, scopes that lack."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.http import ManualClock
from tests.sandbox.ebay.client import API, APIZ, AUTH, CANCEL, HOOKS, ORDERS, SCOPE, STOCK, EbayClient, code

FULFILL = f"{SCOPE} {SCOPE}/sell.fulfillment"


def consent_url(ebay: EbayClient, **changes: str) -> httpx.URL:
    query = {
        "client_id": str(ebay.settings["client_id"]),
        "redirect_uri": str(ebay.settings["ru_name"]),
        "response_type": "code",
        "scope": FULFILL,
        "state": "state 1&2",
    }
    return httpx.URL(f"{AUTH}/oauth2/authorize", params={**query, **changes})


async def redeem(ebay: EbayClient, callback: str, **changes: str) -> httpx.Response:
    given = dict(parse_qsl(urlsplit(callback).query))
    form = {"grant_type": "authorization_code", "code": given["code"], "redirect_uri": str(ebay.settings["ru_name"])}
    return await ebay.grant(**{**form, **changes})


async def test_consent_page_leads_to_a_code(ebay: EbayClient) -> None:
    """The seller's browser walks from the page over the accept link to the application."""
    page = await ebay.http.get(consent_url(ebay))
    assert page.status_code == 200
    assert f"{SCOPE}/sell.fulfillment" in page.text
    link = re.search(r'id="agree" href="([^"]+)"', page.text)
    assert link is not None
    answer = await ebay.http.get(AUTH + link[1].replace("&amp;", "&"))
    assert answer.status_code == 302
    given = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert given["state"] == "state 1&2"
    assert {"#", "^"} <= set(given["code"])
    assert (await redeem(ebay, answer.headers["Location"])).status_code == 200


async def test_declined_consent_gives_no_code(ebay: EbayClient) -> None:
    """The seller may say no."""
    given = dict(parse_qsl(urlsplit(ebay.simulator.consent(str(consent_url(ebay)), agree=False)).query))
    assert given == {"error": "access_denied", "state": "state 1&2"}


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody"},
        {"redirect_uri": "https://app.example.com/ebay/accepted"},
        {"response_type": "token"},
        {"scope": f"{SCOPE}/sell.logistics"},
        {"scope": ""},
    ],
    ids=["client", "address instead of the RuName", "response type", "scope not granted", "no scope"],
)
async def test_wrong_consent_is_an_error_page(ebay: EbayClient, changes: dict[str, str]) -> None:
    """The most usual mistake is the address in place of the RuName."""
    url = consent_url(ebay, **changes)
    assert (await ebay.http.get(url)).status_code == 400
    with pytest.raises(InvalidValueError):
        ebay.simulator.consent(str(url))


async def test_code_exchange_gives_both_tokens(ebay: EbayClient) -> None:
    """Two hours, and eighteen months."""
    body = (await redeem(ebay, ebay.simulator.consent(str(consent_url(ebay))))).json()
    assert (body["expires_in"], body["refresh_token_expires_in"]) == (7_200, 47_304_000)
    assert body["token_type"] == "User Access Token"
    ebay.become({**ebay.settings, "refresh_token": body["refresh_token"]})
    assert (await ebay.orders())["total"] == 0


@pytest.mark.parametrize("broken", ["twice", "late", "still encoded", "address"])
async def test_code_is_good_once_and_soon(ebay: EbayClient, clock: ManualClock, broken: str) -> None:
    """Each of these is the invalid_grant that people meet first."""
    callback = ebay.simulator.consent(str(consent_url(ebay)))
    changes = {}
    if broken == "twice":
        await redeem(ebay, callback)
    if broken == "late":
        clock.advance(300)
    if broken == "still encoded":
        changes["code"] = dict(pair.split("=", 1) for pair in urlsplit(callback).query.split("&"))["code"]
        assert unquote(changes["code"]) != changes["code"]
    if broken == "address":
        changes["redirect_uri"] = "https://app.example.com/ebay/accepted"
    answer = await redeem(ebay, callback, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_refresh_keeps_the_refresh_token(ebay: EbayClient) -> None:
    """The answer has no new one; the old one goes on."""
    form = {"grant_type": "refresh_token", "refresh_token": str(ebay.settings["refresh_token"])}
    for _ in range(2):
        body = (await ebay.grant(**form)).json()
        assert body["expires_in"] == 7_200
        assert "refresh_token" not in body


async def test_refresh_can_narrow_the_scopes_only(ebay: EbayClient) -> None:
    """A scope that the consent did not include is invalid_scope."""
    form = {"grant_type": "refresh_token", "refresh_token": str(ebay.settings["refresh_token"])}
    answer = await ebay.grant(**form, scope=f"{SCOPE}/sell.logistics")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    narrow = (await ebay.grant(**form, scope=f"{SCOPE}/sell.inventory")).json()["access_token"]
    refused = await ebay.http.get(f"{ORDERS}/order", headers={"Authorization": f"Bearer {narrow}"})
    assert (refused.status_code, code(refused)) == (403, 1100)


async def test_refresh_token_ends_after_eighteen_months(ebay: EbayClient, clock: ManualClock) -> None:
    """Use does not renew it."""
    form = {"grant_type": "refresh_token", "refresh_token": str(ebay.settings["refresh_token"])}
    clock.advance(47_303_999)
    assert (await ebay.grant(**form)).status_code == 200
    clock.advance(1)
    assert (await ebay.grant(**form)).json()["error"] == "invalid_grant"


async def test_revoked_consent_is_invalid_grant(ebay: EbayClient) -> None:
    """A changed password ends every token of that seller, the access token too."""
    await ebay.orders()
    ebay.simulator.revoke()
    assert (await ebay.call("GET", f"{ORDERS}/order")).status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": str(ebay.settings["refresh_token"])}
    assert (await ebay.grant(**form)).json()["error"] == "invalid_grant"


async def test_access_token_ends_after_two_hours(ebay: EbayClient, clock: ManualClock) -> None:
    """The client refreshes; the platform only says 1001."""
    await ebay.orders()
    clock.advance(7_199)
    await ebay.orders()
    clock.advance(1)
    answer = await ebay.call("GET", f"{ORDERS}/order")
    assert (answer.status_code, code(answer)) == (401, 1001)


@pytest.mark.parametrize(
    ("auth", "content_type", "form", "status", "error"),
    [
        (("x", "y"), None, {"grant_type": "client_credentials"}, 401, "invalid_client"),
        (None, "application/json", {"grant_type": "client_credentials"}, 400, "invalid_request"),
        (None, None, {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (None, None, {"grant_type": "refresh_token", "refresh_token": "v^1.1#none"}, 400, "invalid_grant"),
        (None, None, {"grant_type": "client_credentials", "scope": f"{SCOPE}/sell.fulfillment"}, 400, "invalid_scope"),
    ],
    ids=["keyset", "no form", "grant", "refresh token", "seller's scope for the application"],
)
async def test_wrong_token_request_is_refused(  # noqa: PLR0917 - a case each
    ebay: EbayClient,
    auth: tuple[str, str] | None,
    content_type: str | None,
    form: dict[str, str],
    status: int,
    error: str,
) -> None:
    """In OAuth's own shape, not in eBay's."""
    right = (str(ebay.settings["client_id"]), str(ebay.settings["client_secret"]))
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await ebay.http.post("/identity/v1/oauth2/token", data=form, auth=auth or right, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_other_environment_knows_neither_keyset_nor_token(ebay: EbayClient) -> None:
    """Sandbox and production share nothing."""
    right = (str(ebay.settings["client_id"]), str(ebay.settings["client_secret"]))
    url = "https://api.sandbox.ebay.com"
    form = {"grant_type": "client_credentials", "scope": SCOPE}
    assert (await ebay.http.post(f"{url}/identity/v1/oauth2/token", data=form, auth=right)).status_code == 401
    answer = await ebay.call("GET", f"{ORDERS}/order", host=url)
    assert (answer.status_code, code(answer)) == (401, 1001)


@pytest.mark.parametrize(
    ("path", "header", "status", "error"),
    [
        (f"{ORDERS}/order", None, 400, 1002),
        (f"{ORDERS}/order", "Bearer nonsense", 401, 1001),
        (f"{ORDERS}/order", "IAF {user}", 401, 1001),
        (f"{ORDERS}/order", "Bearer {app}", 400, 1003),
        (f"{HOOKS}/topic", "Bearer {user}", 400, 1003),
        (f"{CANCEL}/search", "Bearer {user}", 401, 1001),
    ],
    ids=["none", "unknown", "IAF", "application's for a seller's data", "seller's for the application's", "no IAF"],
)
async def test_wrong_authorization_is_refused(
    ebay: EbayClient, path: str, header: str | None, status: int, error: int
) -> None:
    """Each API wants its own token in its own clothes."""
    tokens = {"user": await ebay.user_token(), "app": await ebay.app_token()}
    headers = {} if header is None else {"Authorization": header.format(**tokens)}
    answer = await ebay.http.get(path, headers=headers)
    assert (answer.status_code, code(answer)) == (status, error)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", f"{ORDERS}/order/1/shipping_fulfillment", "sell.fulfillment.readonly"),
        ("POST", f"{ORDERS}/order/1/issue_refund", "sell.fulfillment"),
        ("POST", f"{STOCK}/bulk_update_price_quantity", "sell.inventory.readonly"),
        ("GET", f"{STOCK}/inventory_item", "sell.fulfillment"),
    ],
    ids=["read-only ships", "refund without finances", "read-only stock", "orders' scope reads stock"],
)
async def test_missing_scope_is_1100(ebay: EbayClient, method: str, path: str, scope: str) -> None:
    """A new scope needs a new consent: no retry helps."""
    ebay.simulator.set_scopes([f"{SCOPE}/{scope}"])
    answer = await ebay.call(method, path, {} if method == "POST" else None)
    assert (answer.status_code, code(answer)) == (403, 1100)


@pytest.mark.parametrize(
    ("method", "url", "error"),
    [
        ("GET", f"{API}/sell/fulfillment/v1/orders", 3001),
        ("DELETE", f"{API}{ORDERS}/order/1", 3002),
        ("GET", f"{APIZ}{ORDERS}/order", 3002),
        ("POST", f"{API}/developer/key_management/v1/signing_key", 3002),
    ],
    ids=["no such path", "no such method", "orders at apiz", "keys at api"],
)
async def test_paths_live_at_their_host(ebay: EbayClient, method: str, url: str, error: int) -> None:
    """Key Management is at apiz, and orders are not."""
    answer = await ebay.http.request(method, url)
    assert (answer.status_code, code(answer)) == (404, error)


async def test_two_sellers_never_see_each_other(ebay: EbayClient) -> None:
    """One keyset serves many sellers."""
    first = ebay.place()
    other = ebay.simulator.add_seller("zweiter", "DE", "EBAY_DE")
    second = ebay.place(seller="zweiter")
    assert await ebay.ids() == [first]
    ebay.become(other)
    assert await ebay.ids() == [second]
    assert (await ebay.call("GET", f"{ORDERS}/order/{first}")).status_code == 404
    assert (await ebay.order(second))["pricingSummary"]["total"]["currency"] == "EUR"
