"""Who may call USPS, and how often: tokens, scopes, hourly quotas, payment tokens."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox import SQLiteStore
from tests.sandbox.usps.samples import Json, USPSClient, code_of, domestic, message_of, put

CITY = "/addresses/v3/city-state?ZIPCode=80012"


async def test_a_token_lives_just_under_eight_hours(usps: USPSClient) -> None:
    """A client that keeps it a second too long must meet a 401."""
    made = await usps.sign_in()
    assert made["expires_in"] == 28_799
    assert made["issued_at"] == int(usps.clock.now().timestamp()) * 1000
    usps.clock.advance(28_798)
    assert (await usps.call("GET", CITY)).status_code == 200
    usps.clock.advance(1)
    refused = await usps.call("GET", CITY)

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        pytest.param({"client_secret": "wrong"}, 401, "invalid_client", id="wrong secret"),
        pytest.param({"grant_type": "password"}, 400, "invalid_request", id="unknown grant"),
        pytest.param({"client_id": None}, 400, "invalid_request", id="null"),
        pytest.param({"scopes": "labels"}, 400, "invalid_request", id="misspelt member"),
    ],
)
async def test_the_token_endpoint_has_error_bodies_of_its_own(
    usps: USPSClient, body: Json, status: int, error: str
) -> None:
    """``error`` and ``error_description``, not USPS's common shape."""
    settings = usps.simulator.settings()
    good = {"grant_type": "client_credentials", **{name: settings[name] for name in ("client_id", "client_secret")}}
    answer = await usps.http.post("/oauth2/v3/token", json={**good, **body})

    assert answer.status_code == status
    assert answer.json()["error"] == error


async def test_a_scope_that_is_not_owned_gives_a_token_with_an_empty_scope(usps: USPSClient) -> None:
    """No error tells the client: it has to look at the scope itself."""
    usps.simulator.set_switches(scopes=["addresses", "prices"])
    assert (await usps.sign_in())["scope"] == "addresses prices"
    assert (await usps.sign_in(scope="addresses"))["scope"] == "addresses"
    assert (await usps.sign_in(scope="addresses labels"))["scope"] == ""
    refused = await usps.call("GET", CITY)

    assert refused.status_code == 401
    assert message_of(refused) == "Insufficient OAuth scope."


async def test_a_product_that_is_not_granted_is_a_401(usps: USPSClient) -> None:
    """Not a 403: clients take it for bad credentials."""
    await usps.sign_in()
    usps.simulator.set_switches(scopes=["addresses"])
    answer = await usps.track("9400100000000000123453")

    assert answer.status_code == 401
    assert message_of(answer) == "Insufficient OAuth scope."
    assert (await usps.call("GET", CITY)).status_code == 200


async def test_a_revoked_token_opens_nothing(usps: USPSClient) -> None:
    """Revoking works as a form too."""
    await usps.sign_in()
    assert (await usps.http.post("/oauth2/v3/revoke", data={"token": usps.token})).status_code == 200
    assert (await usps.call("GET", CITY)).status_code == 401


async def test_an_hour_holds_sixty_calls_of_a_product(make_client: Callable[..., USPSClient]) -> None:
    """The tightest limit of all carriers; the answer says how long to wait."""
    usps = make_client(limits=True)
    usps.clock.advance(15 * 60)
    for _ in range(60):
        assert (await usps.call("GET", CITY)).status_code == 200
    refused = await usps.call("GET", CITY)

    assert refused.status_code == 429
    assert code_of(refused) == "429"
    assert "Exceeded quota limit" in message_of(refused)
    assert refused.headers["retry-after"] == str(45 * 60)
    assert (
        await usps.call("GET", "/service-standards/v3/estimates?originZIPCode=30005&destinationZIPCode=80012")
    ).status_code == 200
    usps.clock.advance(45 * 60)
    assert (await usps.call("GET", CITY)).status_code == 200


async def test_tokens_count_too(make_client: Callable[..., USPSClient]) -> None:
    """A client that fetches a token for each call runs dry after sixty."""
    usps = make_client(limits=True)
    for _ in range(60):
        await usps.sign_in()
    settings = usps.simulator.settings()
    body = {"grant_type": "client_credentials", **{name: settings[name] for name in ("client_id", "client_secret")}}
    assert (await usps.http.post("/oauth2/v3/token", json=body)).status_code == 429


async def test_refused_requests_use_up_the_quota_but_strangers_do_not(make_client: Callable[..., USPSClient]) -> None:
    """A 400 costs a call; a caller without a token has no quota to spend."""
    usps = make_client(limits=True)
    for _ in range(59):
        assert (await usps.call("GET", "/addresses/v3/city-state")).status_code == 400
    assert (await usps.http.get(CITY)).status_code == 401
    assert (await usps.call("GET", CITY)).status_code == 200
    assert (await usps.call("GET", CITY)).status_code == 429


async def test_products_may_share_one_counter(make_client: Callable[..., USPSClient]) -> None:
    """One tester saw that; the switch shows what it would mean."""
    usps = make_client(limits=True)
    usps.simulator.set_switches(shared_quota=True)
    for _ in range(59):  # the token was the first
        await usps.call("GET", CITY)
    assert (
        await usps.call("GET", "/service-standards/v3/estimates?originZIPCode=30005&destinationZIPCode=80012")
    ).status_code == 429


async def test_the_quota_survives_a_restart(make_client: Callable[..., USPSClient], tmp_path: object) -> None:
    """A killed simulator must not hand out a fresh hour."""
    usps = make_client(limits=True, store=SQLiteStore(f"{tmp_path}/state"))
    for _ in range(60):
        await usps.call("GET", CITY)
    again = make_client(limits=True, store=SQLiteStore(f"{tmp_path}/state"))
    again.token = usps.token

    assert (await again.call("GET", CITY)).status_code == 429


async def test_labels_have_a_quota_that_was_agreed(make_client: Callable[..., USPSClient]) -> None:
    """Products that are granted on request take more than sixty calls."""
    usps = make_client(limits=True)
    statuses = {(await usps.track("1")).status_code for _ in range(61)}
    assert statuses == {404}


ROLE_PROBLEMS = [
    pytest.param(lambda roles: roles[1:], "160228", id="no payer"),
    pytest.param(lambda roles: roles[:1], "160229", id="no label owner"),
    pytest.param(lambda roles: [*roles, roles[0]], "160227", id="a role twice"),
    pytest.param(lambda roles: [*roles, {"CRID": "12345678"}], "160219", id="a role without a name"),
    pytest.param(lambda roles: [without(roles[0], "CRID"), roles[1]], "160218", id="no CRID"),
    pytest.param(lambda roles: [roles[0], without(roles[1], "MID")], "160221", id="no MID"),
    pytest.param(lambda roles: [roles[0], without(roles[1], "manifestMID")], "160222", id="no manifestMID"),
    pytest.param(lambda roles: [without(roles[0], "accountType"), roles[1]], "160223", id="no account type"),
    pytest.param(lambda roles: [without(roles[0], "accountNumber"), roles[1]], "160224", id="no account number"),
    pytest.param(lambda roles: [roles[0] | {"accountType": "METER"}, roles[1]], "160290", id="a meter"),
    pytest.param(lambda roles: [roles[0] | {"accountType": "PERMIT"}, roles[1]], "160225", id="no permit number"),
    pytest.param(
        lambda roles: [roles[0] | {"accountType": "PERMIT", "permitNumber": "1"}, roles[1]],
        "160226",
        id="no permit ZIP",
    ),
    pytest.param(
        lambda roles: [*roles, {"roleName": "LABEL_PROVIDER", "CRID": "12345678", "accountType": "OMAS"}],
        "160372",
        id="a label provider without EPS",
    ),
    pytest.param(lambda roles: [roles[0] | {"accountNumber": "7"}, roles[1]], "100001", id="unknown account"),
]


def without(role: Json, name: str) -> Json:
    """Return a role without a member."""
    return {member: value for member, value in role.items() if member != name}


@pytest.mark.parametrize(("change", "code"), ROLE_PROBLEMS)
async def test_roles_are_checked(usps: USPSClient, change: Callable[[list[Json]], list[Json]], code: str) -> None:
    """Each with USPS's own code."""
    answer = await usps.authorize(change(usps.roles()))

    assert answer.status_code == 400
    assert code_of(answer) == code


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("inactive", "100002"),
        ("no_payment_method", "100003"),
        ("method_inactive", "100004"),
        ("card_unverified", "100005"),
        ("card_invalid", "100006"),
    ],
)
async def test_an_account_that_cannot_pay_is_refused(usps: USPSClient, state: str, code: str) -> None:
    """When the payment is authorized, and when a label is bought with an older token."""
    await usps.authorize()
    usps.simulator.set_switches(account_state=state)
    assert code_of(await usps.ship(domestic())) == code
    assert code_of(await usps.authorize()) == code
    assert usps.simulator.labels() == []


async def test_a_company_that_is_not_enrolled_gets_no_token_and_no_error(usps: USPSClient) -> None:
    """The body looks like a success: whoever indexes blindly falls over it."""
    usps.simulator.set_switches(ship_outbound=False)
    answer = await usps.authorize()

    assert answer.status_code == 200
    assert set(answer.json()) == {"body", "roles"}
    assert "isn't enrolled" in answer.json()["body"]


async def test_labels_need_a_payment_token_that_is_alive(usps: USPSClient) -> None:
    """None is refused by the gateway; one of eight hours is a 401, though the bearer is fine."""
    missing = await usps.call("POST", "/labels/v3/label", domestic())
    assert missing.status_code == 400
    assert "X-Payment-Authorization-Token" in missing.text
    await usps.authorize()
    usps.clock.advance(timedelta(hours=8).total_seconds())
    await usps.sign_in()
    late = await usps.ship(put(domestic(), "packageDescription.mailingDate", "2026-01-05"))

    assert late.status_code == 401
    assert usps.simulator.labels() == []


async def test_funds_are_told_before_anything_is_bought(usps: USPSClient) -> None:
    """For a batch: one call that says whether the money will do."""
    usps.simulator.set_funds(amount="100.00")
    path = "/payments/v3/payment-account/1000000001?accountType=EPS&amount="
    assert (await usps.call("GET", f"{path}100")).json()["sufficientFunds"] is True
    assert (await usps.call("GET", f"{path}100.01")).json()["sufficientFunds"] is False
    assert (await usps.call("GET", "/payments/v3/payment-account/5?accountType=EPS")).status_code == 404
    permit = await usps.call("GET", "/payments/v3/payment-account/4321?accountType=PERMIT")
    assert code_of(permit) == "160215"


async def test_paths_that_do_not_exist_are_404(usps: USPSClient, clock: ManualClock) -> None:
    """Rather than an HTML page of a framework."""
    del clock
    answer = await usps.call("GET", "/labels/v3/nothing")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "404"
