"""Who gets in, what they may see, and which version answers."""

import hashlib
import hmac
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

SHOP_NAME = "{ shop { name } }"
SCOPES = "{ currentAppInstallation { accessScopes { handle } } }"


async def grant(shop: Fixture, **form: str) -> Fixture:
    return await shop.http.post("/admin/oauth/access_token", data=form)


def client(shop: Fixture) -> dict[str, str]:
    credentials = shop.simulator.credentials()["client_credentials"]
    return {"client_id": credentials["client_id"], "client_secret": credentials["client_secret"]}


async def test_static_token_opens_the_shop(shop: Fixture) -> None:
    """It is what existing custom apps have."""
    assert (await shop.data(SHOP_NAME))["shop"]["name"]


@pytest.mark.parametrize("token", [None, "", "shpat_wrong"], ids=["missing", "empty", "wrong"])
async def test_wrong_token_is_refused_with_401(shop: Fixture, token: str | None) -> None:
    """Nothing is answered to strangers."""
    shop.token = token
    answer = await shop.post(SHOP_NAME)
    assert answer.status_code == 401
    assert "Invalid API key or access token" in answer.json()["errors"]


async def test_client_credentials_give_a_token_of_a_day(shop: Fixture, clock: Fixture) -> None:
    """The grant of apps in the shop's own organisation: 86399 seconds, no refresh token."""
    answer = (await grant(shop, grant_type="client_credentials", **client(shop))).json()
    assert answer["expires_in"] == 86_399
    assert "refresh_token" not in answer
    assert "read_orders" in answer["scope"]
    shop.token = answer["access_token"]
    clock.advance(86_398)
    assert (await shop.post(SHOP_NAME)).status_code == 200
    clock.advance(1)
    assert (await shop.post(SHOP_NAME)).status_code == 401


async def test_token_endpoint_reads_json_too(shop: Fixture) -> None:
    """The platform takes both forms."""
    body = {"grant_type": "client_credentials", **client(shop)}
    assert (await shop.http.post("/admin/oauth/access_token", json=body)).status_code == 200


async def test_wrong_client_secret_is_refused(shop: Fixture) -> None:
    """A token endpoint that trusts anybody would hide a broken configuration."""
    answer = await grant(shop, grant_type="client_credentials", **{**client(shop), "client_secret": "shpss_wrong"})
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


async def test_unknown_grant_is_refused(shop: Fixture) -> None:
    """A misspelt grant type must not pass."""
    answer = await grant(shop, grant_type="password", **client(shop))
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_refresh_token_rotates(shop: Fixture) -> None:
    """Each use replaces it: a client that keeps the old one for good loses access."""
    first = shop.simulator.credentials()["refresh"]["refresh_token"]
    answer = (await grant(shop, grant_type="refresh_token", refresh_token=first, **client(shop))).json()
    assert answer["refresh_token"] != first
    assert (answer["expires_in"], answer["refresh_token_expires_in"]) == (3600, 7_776_000)


async def test_refresh_token_may_be_repeated_until_its_successor_is_used(shop: Fixture) -> None:
    """A lost answer can be repeated; after the successor was used the old one is dead."""
    first = shop.simulator.credentials()["refresh"]["refresh_token"]

    async def refresh(token: str) -> Fixture:
        return await grant(shop, grant_type="refresh_token", refresh_token=token, **client(shop))

    await refresh(first)
    second = (await refresh(first)).json()["refresh_token"]
    assert (await refresh(second)).status_code == 200
    refused = await refresh(first)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


async def test_sibling_of_a_used_successor_is_dead(shop: Fixture) -> None:
    """Two workers that refresh at once end with one living chain, and one of them without access."""
    first = shop.simulator.credentials()["refresh"]["refresh_token"]

    async def refresh(token: str) -> Fixture:
        return await grant(shop, grant_type="refresh_token", refresh_token=token, **client(shop))

    lost, kept = [(await refresh(first)).json()["refresh_token"] for _ in range(2)]
    await refresh(kept)
    assert (await refresh(lost)).json()["error"] == "invalid_grant"


async def test_refresh_token_ends_after_ninety_days(shop: Fixture, clock: Fixture) -> None:
    """An app that slept that long must be installed again."""
    token = shop.simulator.credentials()["refresh"]["refresh_token"]
    clock.advance(7_776_001)
    answer = await grant(shop, grant_type="refresh_token", refresh_token=token, **client(shop))
    assert answer.json()["error"] == "invalid_grant"


async def authorize(shop: Fixture) -> dict[str, str]:
    question = {
        "client_id": client(shop)["client_id"],
        "scope": "read_orders",
        "redirect_uri": "https://app.example.com/cb",
        "state": "nonce 1",
    }
    answer = await shop.http.get("/admin/oauth/authorize", params=question)
    assert answer.status_code == 302
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def test_callback_is_signed_and_carries_the_state(shop: Fixture) -> None:
    """An app checks both before it trusts the code."""
    callback = await authorize(shop)
    signature = callback.pop("hmac")
    message = "&".join(f"{key}={quote(value, safe='')}" for key, value in sorted(callback.items()))
    expected = hmac.new(client(shop)["client_secret"].encode(), message.encode(), hashlib.sha256).hexdigest()
    assert signature == expected
    assert callback["state"] == "nonce 1"
    assert callback["shop"] == "cartcarrier-sandbox.myshopify.com"


async def test_code_gives_an_expiring_token_once(shop: Fixture) -> None:
    """A stolen code that was used is worth nothing."""
    code = (await authorize(shop))["code"]
    answer = await grant(shop, code=code, expiring="1", **client(shop))
    assert {"access_token", "refresh_token"} <= set(answer.json())
    assert (await grant(shop, code=code, expiring="1", **client(shop))).status_code == 400


async def test_unknown_app_is_not_authorized(shop: Fixture) -> None:
    """The merchant never sees a stranger's consent page."""
    answer = await shop.http.get(
        "/admin/oauth/authorize", params={"client_id": "x", "redirect_uri": "https://a.example"}
    )
    assert answer.json()["error"] == "application_cannot_be_found"


async def test_revoked_tokens_are_refused(shop: Fixture) -> None:
    """That is what an uninstalled app meets."""
    shop.simulator.revoke_tokens()
    assert (await shop.post(SHOP_NAME)).status_code == 401


# --- scopes and levels ------------------------------------------------------------------------------------------------


async def test_app_can_read_its_scopes(shop: Fixture) -> None:
    """A driver checks at the start instead of wondering about empty lists."""
    shop.simulator.set_scopes(["read_orders", "write_orders"])
    scopes = (await shop.data(SCOPES))["currentAppInstallation"]["accessScopes"]
    assert {scope["handle"] for scope in scopes} == {"read_orders", "write_orders"}


async def test_missing_scope_empties_fulfillment_orders_without_an_error(shop: Fixture) -> None:
    """The platform's own trap: no error, no rows."""
    order = shop.place()
    shop.simulator.set_scopes(["read_orders"])
    assert await shop.fulfillment_orders(order) == []


async def test_service_fulfillment_orders_need_a_scope_of_their_own(shop: Fixture) -> None:
    """What lies at another app's location is not seen with the merchant-managed scope."""
    service = "gid://shopify/Location/70000003"
    order = shop.place(lines=[{"sku": "A"}, {"sku": "B", "location_id": service}])
    assert len(await shop.fulfillment_orders(order)) == 1
    shop.simulator.set_scopes(["read_orders", "read_third_party_fulfillment_orders"])
    (seen,) = await shop.fulfillment_orders(order)
    assert seen["assignedLocation"]["location"] is not None or seen["id"]
    assert [line["sku"] for line in seen["lineItems"]["nodes"]] == ["B"]


async def test_orders_without_their_scope_are_denied(shop: Fixture) -> None:
    """Orders, unlike fulfillment orders, say so."""
    shop.simulator.set_scopes(["read_locations"])
    error = await shop.refusal("{ orders(first: 1) { nodes { id } } }")
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert "read_orders" in error["extensions"]["requiredAccess"]


async def test_shipping_without_the_write_scope_is_denied_and_does_nothing(shop: Fixture) -> None:
    """A read-only app must not be able to ship."""
    order = shop.place()
    entry = (await shop.fulfillment_orders(order))[0]
    shop.simulator.set_scopes(["read_orders", "read_merchant_managed_fulfillment_orders"])
    answer = await shop.post(
        "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { userErrors { message } } }",
        {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": entry["id"]}]}},
    )
    assert answer.json()["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert shop.simulator.counts()["fulfillments"] == 0


async def test_level_one_withholds_addresses_with_an_error_beside_the_data(shop: Fixture) -> None:
    """A null address of a parcel order is a question of permission, never a digital order."""
    order = shop.place()
    shop.simulator.set_access_level(1)
    whole = await shop.ask("query($id: ID!) { order(id: $id) { name shippingAddress { zip } } }", id=order)
    assert whole["data"]["order"]["name"] == "#1001"
    assert whole["data"]["order"]["shippingAddress"] is None
    assert whole["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert whole["errors"][0]["path"] == ["order", "shippingAddress"]


async def test_orders_older_than_sixty_days_are_silently_missing(shop: Fixture) -> None:
    """Without read_all_orders the past has an end."""
    old, new = shop.place(placed_at="2026-09-24T09:00:00Z"), shop.place(placed_at="2026-09-26T09:00:00Z")
    rows = (await shop.data("{ orders(first: 5) { nodes { id } } }"))["orders"]["nodes"]
    assert [row["id"] for row in rows] == [new]
    assert (await shop.data("query($id: ID!) { order(id: $id) { id } }", id=old))["order"] is None


async def test_read_all_orders_lifts_the_horizon(shop: Fixture) -> None:
    """The scope that must be asked for."""
    old = shop.place(placed_at="2025-01-01T09:00:00Z")
    shop.simulator.set_scopes(["read_orders", "read_all_orders"])
    assert (await shop.data("query($id: ID!) { order(id: $id) { id } }", id=old))["order"]["id"] == old


# --- versions and paths -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "served"),
    [("2026-10", "2026-10"), ("2026-04", "2026-04"), ("2025-01", "2026-04"), ("unstable", "2026-10")],
)
async def test_header_says_which_version_ran(shop: Fixture, asked: str, served: str) -> None:
    """A version that is gone falls forward in silence; only the header tells."""
    answer = await shop.post(SHOP_NAME, version=asked)
    assert answer.headers["X-Shopify-API-Version"] == served


@pytest.mark.parametrize("asked", ["2027-01", "2026-05", "latest"])
async def test_version_that_never_was_is_not_found(shop: Fixture, asked: str) -> None:
    """A misspelt version is a matter of configuration."""
    assert (await shop.post(SHOP_NAME, version=asked)).status_code == 404


async def test_field_of_a_later_version_is_unknown_before_it(shop: Fixture) -> None:
    """LineItem.weight came with 2026-07."""
    document = "{ orders(first: 1) { nodes { lineItems(first: 1) { nodes { weight { value } } } } } }"
    assert "errors" not in (await shop.post(document, version="2026-07")).json()
    error = (await shop.post(document, version="2026-04")).json()["errors"][0]
    assert error["extensions"] == {"code": "undefinedField", "typeName": "LineItem", "fieldName": "weight"}


async def test_every_answer_has_a_request_id_of_its_own(shop: Fixture) -> None:
    """It goes into error reports."""
    ids = {(await shop.post(SHOP_NAME)).headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3


async def test_another_shop_is_not_here(shop: Fixture) -> None:
    """A wrong shop name must not be served by accident."""
    answer = await shop.http.post(
        "https://other.myshopify.com/admin/api/2026-10/graphql.json", json={"query": SHOP_NAME}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "body", [b"not json", b"[]", b'{"variables": {}}', b'{"query": "{ shop { id } }", "variables": 3}']
)
async def test_malformed_request_is_400(shop: Fixture, body: bytes) -> None:
    """It is a bug of the client."""
    headers = {"X-Shopify-Access-Token": shop.token}
    assert (await shop.http.post("/admin/api/2026-10/graphql.json", content=body, headers=headers)).status_code == 400


async def test_document_with_a_syntax_error_is_refused_at_200(shop: Fixture) -> None:
    """GraphQL's own errors come inside a success."""
    assert (await shop.ask("{ shop { "))["errors"]


async def test_missing_variable_is_refused(shop: Fixture) -> None:
    """A required variable has no default."""
    assert "$id" in (await shop.refusal("query($id: ID!) { order(id: $id) { id } }"))["message"]


async def test_operation_must_be_named_when_there_are_several(shop: Fixture) -> None:
    """Guessing could run the wrong mutation."""
    assert (await shop.refusal("query A { shop { id } } query B { shop { id } }"))["message"]
