"""Who gets in: Login with Amazon, regions, roles, restricted data tokens."""

import pytest

from tests.sandbox.amazon.client import AGENT, EU, NA, ORDERS, ORDERS_V0, TOKEN_URL, US, AmazonClient, Json

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"
SEARCH = {"createdAfter": "2026-01-01T00:00:00Z"}


def why(answer: Json) -> str:
    return str(answer["errors"][0].get("details", ""))


async def test_refresh_token_gives_an_access_token_of_an_hour(amazon: AmazonClient) -> None:
    """Every call of the seller's API is made with such a token."""
    refresh = str(amazon.simulator.settings()["refresh_token"])
    answer = (await amazon.grant(grant_type="refresh_token", refresh_token=refresh)).json()
    assert answer["access_token"].startswith("Atza|")
    assert (answer["token_type"], answer["expires_in"], answer["refresh_token"]) == ("bearer", 3600, refresh)
    assert (await amazon.get(PARTICIPATIONS)).status_code == 200


async def test_access_token_ends_after_its_hour(amazon: AmazonClient) -> None:
    """The clock ends it, not a count of calls; the refusal says that it has expired."""
    amazon.clock.advance(3599)
    assert (await amazon.get(PARTICIPATIONS)).status_code == 200
    amazon.clock.advance(1)
    refused = await amazon.get(PARTICIPATIONS)
    assert refused.status_code == 403
    assert "expired" in why(refused.json())
    assert refused.headers["x-amzn-errortype"] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "Atzr|wrong"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "Atzr|x", "client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "Atzr|x", "client_id": ""}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "everything"}, 400, "invalid_scope"),
        (
            {"grant_type": "refresh_token", "refresh_token": "x", "scope": "sellingpartnerapi::notifications"},
            400,
            "invalid_request",
        ),
        ({"grant_type": "authorization_code", "code": "wrong"}, 400, "invalid_grant"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_token_endpoint_refuses(amazon: AmazonClient, form: dict[str, str], status: int, error: str) -> None:
    """Each refusal has a name of its own: a client must tell a wrong secret from a lost authorization."""
    answer = await amazon.grant(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


async def test_token_endpoint_wants_a_form(amazon: AmazonClient) -> None:
    """JSON is not what Amazon reads there."""
    answer = await amazon.http.post(TOKEN_URL, json={"grant_type": "refresh_token"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_authorization_code_gives_a_refresh_token_once(amazon: AmazonClient) -> None:
    """A seller's consent becomes an authorization; the same code again is worth nothing."""
    code = amazon.simulator.consent("eu", state="s1")["spapi_oauth_code"]
    first = await amazon.grant(grant_type="authorization_code", code=code)
    assert first.json()["refresh_token"] == amazon.simulator.credentials("eu")["refresh_token"]
    assert (await amazon.grant(grant_type="authorization_code", code=code)).json()["error"] == "invalid_grant"


async def test_authorization_code_lives_five_minutes(amazon: AmazonClient) -> None:
    """A consent that nobody picks up is void."""
    code = amazon.simulator.consent()["spapi_oauth_code"]
    amazon.clock.advance(300)
    assert (await amazon.grant(grant_type="authorization_code", code=code)).json()["error"] == "invalid_grant"


async def test_rotated_secret_ends_the_old_one_and_keeps_refresh_tokens(amazon: AmazonClient) -> None:
    """The secret must be rotated every 180 days; the sellers need not authorize again."""
    old = amazon.simulator.settings()
    new = amazon.simulator.rotate_secret()
    form = {"grant_type": "refresh_token", "refresh_token": str(old["refresh_token"])}
    assert (await amazon.grant(**form, client_secret=str(old["client_secret"]))).status_code == 401
    assert (await amazon.grant(**form, client_secret=new)).status_code == 200


async def test_revoked_authorization_ends_all_tokens(amazon: AmazonClient) -> None:
    """A seller who takes the authorization back is obeyed at once; other regions go on."""
    refresh = str(amazon.simulator.settings()["refresh_token"])
    amazon.simulator.revoke("na")
    refused = await amazon.get(PARTICIPATIONS)
    assert refused.status_code == 403
    assert "revoked" in why(refused.json())
    assert (await amazon.grant(grant_type="refresh_token", refresh_token=refresh)).json()["error"] == "invalid_grant"
    await amazon.log_in("eu")
    amazon.host = EU
    assert (await amazon.get(PARTICIPATIONS)).status_code == 200


@pytest.mark.parametrize("token", ["", "Atza|wrong"], ids=["missing", "unknown"])
async def test_strangers_are_refused(amazon: AmazonClient, token: str) -> None:
    """Without a good token nothing is answered."""
    answer = await amazon.call("GET", PARTICIPATIONS, token=token)
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "Unauthorized"


async def test_feeds_answer_401_to_strangers(amazon: AmazonClient) -> None:
    """Descriptions that list 401 use it, those that don't say 403: a client must know both."""
    assert (await amazon.call("GET", "/feeds/2021-06-30/feeds", token="wrong")).status_code == 401


async def test_token_of_another_region_is_refused(amazon: AmazonClient) -> None:
    """Authorizations are per region."""
    amazon.host = EU
    refused = await amazon.get(PARTICIPATIONS)
    assert refused.status_code == 403
    assert "another region" in why(refused.json())


async def test_grantless_token_does_not_open_the_sellers_orders(amazon: AmazonClient) -> None:
    """A token of the application knows no seller."""
    answer = await amazon.call("GET", ORDERS, token=await amazon.grantless(), params=SEARCH)
    assert answer.status_code == 403


async def test_sellers_token_does_not_open_grantless_operations(amazon: AmazonClient) -> None:
    """Destinations belong to the application."""
    assert (await amazon.get("/notifications/v1/destinations")).status_code == 403


async def test_mistyped_path_is_denied_not_missing(amazon: AmazonClient) -> None:
    """Amazon says 403 where others say 404: a client must not take it for a lost authorization."""
    for path in ("/orders/2026-01-01/order", "/nothing"):
        answer = await amazon.get(path)
        assert answer.status_code == 403
        assert answer.json()["errors"][0]["message"] == "Access to requested resource is denied."


async def test_token_endpoint_is_not_at_the_api_host(amazon: AmazonClient) -> None:
    """Each host answers for its own: a driver that mixes them up must notice."""
    assert (await amazon.http.post(f"{NA}/auth/o2/token", data={})).status_code == 403
    moved = await amazon.http.get("https://api.amazon.com" + PARTICIPATIONS)
    assert moved.status_code == 403


@pytest.mark.parametrize(
    "agent", ["", "Shop/1.0", "x" * 501 + "Language=Python"], ids=["missing", "no language", "too long"]
)
async def test_user_agent_must_be_as_amazon_wants_it(amazon: AmazonClient, agent: str) -> None:
    """The header is mandatory, names the language and has at most 500 characters."""
    answer = await amazon.call("GET", PARTICIPATIONS, headers={"user-agent": agent})
    assert answer.status_code == 400
    assert (await amazon.call("GET", PARTICIPATIONS, headers={"user-agent": AGENT})).status_code == 200


async def test_every_answer_has_a_request_id_of_its_own(amazon: AmazonClient) -> None:
    """Support asks for it."""
    ids = {(await amazon.get(path)).headers["x-amzn-requestid"] for path in (PARTICIPATIONS, PARTICIPATIONS, "/x")}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("inventory_and_order_tracking", f"{ORDERS}?createdAfter=2026-01-01T00:00:00Z"),
        ("amazon_fulfillment", "/fba/inventory/v1/summaries"),
        ("product_listing", f"/listings/2021-08-01/items/A3CARTCARRIER1/MUG-RED-01?marketplaceIds={US}"),
    ],
)
async def test_missing_role_is_denied(amazon: AmazonClient, role: str, path: str) -> None:
    """An application without the role gets Amazon's body, whatever it asks for."""
    from cartcarrier.sandbox.amazon._routes import ROLES

    amazon.simulator.set_roles([each for each in ROLES if each != role])
    answer = await amazon.get(path)
    assert answer.status_code == 403
    assert answer.json()["errors"][0] == {
        "code": "Unauthorized",
        "message": "Access to requested resource is denied.",
        "details": "",
    }


async def test_searching_can_be_denied_whatever_the_roles(amazon: AmazonClient) -> None:
    """Some sellers get 403 on searchOrders although v0 works."""
    amazon.simulator.set_switches(deny_searching_orders=True)
    assert (await amazon.get(ORDERS, **SEARCH)).status_code == 403
    v0 = await amazon.get(ORDERS_V0, CreatedAfter="2026-01-01T00:00:00Z", MarketplaceIds=US)
    assert v0.status_code == 200


async def restricted_answer(amazon: AmazonClient, *resources: Json) -> Json:
    answer = await amazon.call(
        "POST", "/tokens/2021-03-01/restrictedDataToken", json={"restrictedResources": list(resources)}
    )
    return {"status": answer.status_code, **answer.json()}


async def test_v0_shows_personal_data_only_with_a_restricted_token(amazon: AmazonClient) -> None:
    """Without one the order is there, its buyer's name and street are not."""
    order_id = amazon.simulator.place_order()
    path = f"{ORDERS_V0}/{order_id}"
    plain = (await amazon.get(path)).json()["payload"]
    token = await amazon.restricted(f"{ORDERS_V0}/{{orderId}}", "buyerInfo", "shippingAddress")
    full = (await amazon.call("GET", path, token=token)).json()["payload"]
    assert set(plain["ShippingAddress"]) == {"City", "StateOrRegion", "PostalCode", "CountryCode"}
    assert plain["BuyerInfo"] == {}
    assert full["ShippingAddress"]["AddressLine1"]
    assert full["BuyerInfo"]["BuyerName"]
    assert full["BuyerInfo"]["BuyerEmail"].endswith("@marketplace.amazon.com")


async def test_restricted_token_opens_only_what_was_asked_for(amazon: AmazonClient) -> None:
    """The address without the buyer, and only at its own path."""
    order_id = amazon.simulator.place_order()
    token = await amazon.restricted(f"{ORDERS_V0}/{order_id}", "shippingAddress")
    shown = (await amazon.call("GET", f"{ORDERS_V0}/{order_id}", token=token)).json()["payload"]
    assert shown["ShippingAddress"]["Name"]
    assert shown["BuyerInfo"] == {}
    other = amazon.simulator.place_order()
    assert (await amazon.call("GET", f"{ORDERS_V0}/{other}", token=token)).status_code == 403
    assert (await amazon.call("GET", f"{ORDERS}/{order_id}", token=token)).status_code == 403


async def test_restricted_token_ends_after_an_hour(amazon: AmazonClient) -> None:
    """One token may serve all orders of its hour, and no longer."""
    order_id = amazon.simulator.place_order()
    token = await amazon.restricted(f"{ORDERS_V0}/{{orderId}}", "shippingAddress")
    amazon.clock.advance(3600)
    assert (await amazon.call("GET", f"{ORDERS_V0}/{order_id}", token=token)).status_code == 403


@pytest.mark.parametrize(
    "resource",
    [
        {"method": "GET", "path": "/orders/v0/orders", "dataElements": ["creditCard"]},
        {"method": "GET", "path": "/orders/v0/orders/{orderId}/address", "dataElements": ["shippingAddress"]},
        {"method": "GET", "path": "/feeds/2021-06-30/feeds"},
        {"method": "DELETE", "path": "/orders/v0/orders"},
        {"method": "LOOK", "path": "/orders/v0/orders"},
        {"method": "GET"},
        {"path": "/orders/v0/orders"},
    ],
    ids=["element", "elements at a fixed path", "not restricted", "other method", "no method", "no path", "methodless"],
)
async def test_restricted_token_refuses_what_is_not_restricted(amazon: AmazonClient, resource: Json) -> None:
    """A token for nothing would hide a mistake."""
    assert (await restricted_answer(amazon, resource))["status"] == 400


async def test_restricted_token_takes_at_most_fifty_resources(amazon: AmazonClient) -> None:
    """The generic path exists for that."""
    resource = {"method": "GET", "path": "/orders/v0/orders"}
    assert (await restricted_answer(amazon, *[resource] * 50))["status"] == 200
    assert (await restricted_answer(amazon, *[resource] * 51))["status"] == 400
    assert (await restricted_answer(amazon))["status"] == 400


async def test_one_element_without_its_role_fails_the_whole_token(amazon: AmazonClient) -> None:
    """So elements are asked for one by one."""
    amazon.simulator.set_roles(["inventory_and_order_tracking", "direct_to_consumer"])
    path = "/orders/v0/orders/{orderId}"
    both = {"method": "GET", "path": path, "dataElements": ["buyerInfo", "shippingAddress"]}
    refused = await restricted_answer(amazon, both)
    assert refused["status"] == 400
    assert refused["errors"][0]["message"] == (
        "Application does not have access to one or more requested data elements: [buyerInfo]"
    )
    assert (await restricted_answer(amazon, {**both, "dataElements": ["shippingAddress"]}))["status"] == 200


async def test_regulated_information_needs_a_restricted_token(amazon: AmazonClient) -> None:
    """It names the patient."""
    order_id = amazon.simulator.place_order(regulated="Pending")
    path = f"{ORDERS_V0}/{order_id}/regulatedInfo"
    assert (await amazon.get(path)).status_code == 403
    token = await amazon.restricted(f"{ORDERS_V0}/{{orderId}}/regulatedInfo")
    payload = (await amazon.call("GET", path, token=token)).json()["payload"]
    assert payload["RegulatedOrderVerificationStatus"]["Status"] == "Pending"
