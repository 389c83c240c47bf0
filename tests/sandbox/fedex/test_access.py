"""Who may call and how often: tokens, projects, limits, hosts, envelopes, faults."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import Fault, FaultKind
from cartcarrier.sandbox.fedex.limits import CALLS_PER_WINDOW
from tests.sandbox.fedex.samples import FedExClient, address, domestic, quote_request, refusal

SHIP, TRACK, RATE = "/ship/v1/shipments", "/track/v1/trackingnumbers", "/rate/v1/rates/quotes"
ADDRESS = "/address/v1/addresses/resolve"


async def test_a_token_lives_for_an_hour(fedex: FedExClient) -> None:
    """The answer says so, and the clock keeps to it."""
    body = (await fedex.ask_token()).json()
    fedex.tokens["ship"] = body.pop("access_token")
    fedex.clock.advance(3599)
    in_time = await fedex.rate(quote_request())
    fedex.clock.advance(1)
    late = await fedex.rate(quote_request())

    assert body == {"token_type": "bearer", "expires_in": 3600, "scope": "CXS"}
    assert in_time.status_code == 200
    assert refusal(late) == (401, "NOT.AUTHORIZED.ERROR")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"client_secret": "wrong"}, (401, "NOT.AUTHORIZED.ERROR"), id="wrong secret"),
        pytest.param({"client_id": "nobody"}, (401, "NOT.AUTHORIZED.ERROR"), id="unknown project"),
        pytest.param({"grant_type": "password"}, (400, "BAD.REQUEST.ERROR"), id="other grant"),
        pytest.param({"grant_type": "csp_credentials"}, (401, "NOT.AUTHORIZED.ERROR"), id="child without key"),
    ],
)
async def test_a_wrong_token_request_is_refused(
    fedex: FedExClient, changes: dict[str, str], expected: tuple[int, str]
) -> None:
    """FedEx takes the credentials in the form, and nothing else."""
    assert refusal(await fedex.ask_token(**changes)) == expected


async def test_credentials_in_a_header_or_in_json_are_refused(fedex: FedExClient) -> None:
    """Basic authentication is another carrier's way."""
    settings = fedex.simulator.settings()
    pair = (str(settings["client_id"]), str(settings["client_secret"]))
    basic = await fedex.http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=pair)
    in_json = await fedex.http.post("/oauth/token", json={"grant_type": "client_credentials", "client_id": pair[0]})

    assert refusal(basic) == refusal(in_json) == (400, "BAD.REQUEST.ERROR")


async def test_a_child_account_signs_in_with_its_own_key(fedex: FedExClient) -> None:
    """Integrators and parents add the child's key, with a capital K."""
    child = {"child_Key": "sandbox-fedex-child", "child_secret": "sandbox-fedex-child-secret"}
    for grant in ("csp_credentials", "client_pc_credentials"):
        assert (await fedex.ask_token(grant_type=grant, **child)).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic c2FuZGJveA=="])
async def test_a_call_without_a_token_is_refused(fedex: FedExClient, header: str) -> None:
    """Nothing is bought by strangers."""
    answer = await fedex.http.post(SHIP, json=domestic(), headers={"Authorization": header})

    assert refusal(answer) == (401, "NOT.AUTHORIZED.ERROR")
    assert fedex.simulator.labels() == []


async def test_the_shipping_project_cannot_track(fedex: FedExClient) -> None:
    """Tracking needs credentials of its own (field guide, section 0-5), which in turn can do nothing else."""
    tracked = await fedex.call(TRACK, {"trackingInfo": []}, project="ship")
    shipped = await fedex.call(SHIP, domestic(), project="track")
    fedex.simulator.set_switches(one_project=True)
    allowed = await fedex.call(TRACK, {"trackingInfo": []}, project="ship")

    assert refusal(tracked) == refusal(shipped) == (403, "FORBIDDEN.ERROR")
    assert refusal(allowed) == (400, "TRACKING.TRACKINGNUMBER.EMPTY")


async def test_a_capability_can_be_missing_on_a_project(fedex: FedExClient) -> None:
    """Then it is 403, and the others go on."""
    fedex.simulator.set_switches(disabled_capabilities=["address"])

    assert refusal(await fedex.call(ADDRESS, {})) == (403, "FORBIDDEN.ERROR")
    assert (await fedex.rate(quote_request())).status_code == 200


async def test_a_full_window_is_429_until_it_ends(make_client: Callable[..., FedExClient]) -> None:
    """1400 calls in a fixed window of ten seconds, counted for each project."""
    fedex = make_client(limits=True)
    await fedex.sign_in()
    await fedex.sign_in("track")
    fedex.clock.advance(10)
    assert fedex.simulator.app is not None
    assert fedex.simulator.limiter is not None
    for _ in range(CALLS_PER_WINDOW):
        fedex.simulator.limiter.take_call("ship", "rate")
    refused = await fedex.rate(quote_request())
    other = await fedex.call(TRACK, {"trackingInfo": []})
    fedex.clock.advance(10)

    assert refusal(refused) == (429, "TOO.MANY.REQUESTS.ERROR")
    assert "short duration" in refused.text
    assert refusal(other)[0] == 400
    assert (await fedex.rate(quote_request())).status_code == 200


@pytest.mark.parametrize(("quota", "calls"), [("organization", 500_000), ("track", 100_000)])
async def test_a_days_quota_is_429_until_midnight(
    make_client: Callable[..., FedExClient], quota: str, calls: int
) -> None:
    """Of the whole organization, and of tracking alone; it ends at midnight GMT, which is twelve hours away."""
    fedex = make_client(limits=True)
    fedex.simulator.use_quota(calls=calls, quota=quota)
    tracked = await fedex.call(TRACK, {"trackingInfo": []})
    rated = await fedex.rate(quote_request())
    fedex.clock.advance(12 * 3600)
    fedex.tokens.clear()
    after = await fedex.call(TRACK, {"trackingInfo": []})

    assert refusal(tracked) == (429, "TOO.MANY.REQUESTS.ERROR")
    assert "daily" in tracked.text
    assert rated.status_code == (429 if quota == "organization" else 200)
    assert after.status_code == 400


async def test_a_token_for_every_call_is_a_ban_of_ten_minutes(make_client: Callable[..., FedExClient]) -> None:
    """Three token calls a second for five seconds; each call within the ban is refused too (field guide, section 1.1)."""
    fedex = make_client(limits=True)
    statuses = []
    for _ in range(15):
        statuses.append((await fedex.ask_token()).status_code)
        fedex.clock.advance(0.3)
    fedex.clock.advance(590)
    still = await fedex.ask_token()
    fedex.clock.advance(10)

    assert statuses == [200] * 14 + [403]
    assert "10 minutes" in still.text
    assert (await fedex.ask_token()).status_code == 200


async def test_one_token_a_second_for_two_minutes_is_a_ban(make_client: Callable[..., FedExClient]) -> None:
    """The average counts too: 120 calls in 120 seconds."""
    fedex = make_client(limits=True)
    statuses = []
    for _ in range(120):
        statuses.append((await fedex.ask_token()).status_code)
        fedex.clock.advance(0.99)

    assert statuses == [200] * 119 + [403]


async def test_raised_limits_are_said_so(make_client: Callable[..., FedExClient]) -> None:
    """A run without limits must not pass for one with them."""
    raised = make_client(limits=False)
    statuses = {(await raised.ask_token()).status_code for _ in range(30)}

    assert statuses == {200}
    assert "raised" in str(raised.simulator.describe()["limits"])
    assert "429" in str(make_client(limits=True).simulator.describe()["limits"])


async def test_answers_echo_the_callers_id(fedex: FedExClient) -> None:
    """It is echoed and no more: nothing can be looked up by it (field guide, section 0-1)."""
    body = {"addressesToValidate": [{"address": address()}]}
    named = await fedex.call(ADDRESS, body, **{"x-customer-transaction-id": "ord-1001"})
    plain = await fedex.call(ADDRESS, body)
    refused = await fedex.call(ADDRESS, {}, **{"x-customer-transaction-id": "ord-1001"})

    assert named.json()["customerTransactionId"] == refused.json()["customerTransactionId"] == "ord-1001"
    assert "customerTransactionId" not in plain.json()
    assert len({answer.json()["transactionId"] for answer in (named, plain, refused)}) == 3


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b'"x"'], ids=["cut", "list", "empty", "string"])
async def test_a_body_that_is_no_json_object_is_refused(fedex: FedExClient, body: bytes) -> None:
    """The envelope is 422, and no member is named."""
    token = await fedex.sign_in()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = await fedex.http.post(SHIP, content=body, headers=headers)

    assert refusal(answer) == (422, "INVALID.INPUT.EXCEPTION")


async def test_a_body_that_is_not_called_json_is_refused(fedex: FedExClient) -> None:
    """FedEx wants the content type."""
    token = await fedex.sign_in()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    answer = await fedex.http.post(SHIP, content=json.dumps(domestic()), headers=headers)

    assert refusal(answer) == (415, "INVALID.INPUT.EXCEPTION")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://apis-sandbox.fedex.com/nowhere", (404, "NOT.FOUND.ERROR"), id="no such path"),
        pytest.param("https://apis-sandbox.fedex.com/ship/v1/endofday", (404, "NOT.FOUND.ERROR"), id="close, no slash"),
        pytest.param(
            f"https://documentapitest.prod.fedex.com/sandbox{SHIP}", (404, "NOT.FOUND.ERROR"), id="other host"
        ),
        pytest.param(
            "https://apis-sandbox.fedex.com/documents/v1/etds/upload",
            (404, "NOT.FOUND.ERROR"),
            id="documents elsewhere",
        ),
        pytest.param(f"https://apis.fedex.com{SHIP}", (401, "NOT.AUTHORIZED.ERROR"), id="production"),
    ],
)
async def test_each_host_answers_its_own_paths(fedex: FedExClient, url: str, expected: tuple[int, str]) -> None:
    """Documents have a host of their own, and the sandbox's keys open nothing in production."""
    assert refusal(await fedex.call(url, domestic())) == expected


async def test_answers_are_compressed_when_asked(fedex: FedExClient) -> None:
    """And, as clients have met, also when not asked (field guide, section 1)."""
    body = {"addressesToValidate": [{"address": address()}]}
    asked = await fedex.call(ADDRESS, body)
    plain = await fedex.call(ADDRESS, body, **{"Accept-Encoding": "identity"})
    fedex.simulator.set_switches(gzip="always")
    token = await fedex.sign_in()
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    async with fedex.http.stream("POST", ADDRESS, json=body, headers=headers) as forced:
        raw = b"".join([chunk async for chunk in forced.aiter_raw()])

    assert asked.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert json.loads(gzip.decompress(raw))["output"] == plain.json()["output"] == asked.json()["output"]


async def test_a_message_can_be_missing(fedex: FedExClient) -> None:
    """Then only the code says what is wrong (field guide, section 8)."""
    fedex.simulator.set_switches(missing_messages=True)
    error = (await fedex.call(ADDRESS, {})).json()["errors"][0]

    assert error["code"] == "ADDRESSESTOVALIDATE.EMPTY"
    assert error["message"].startswith("We are not able to retrieve the message")


@pytest.mark.parametrize(
    ("kind", "labels"), [(FaultKind.DROP_BEFORE, 0), (FaultKind.DROP_AFTER, 1), (FaultKind.STATUS_AFTER, 1)]
)
async def test_a_lost_answer_may_have_bought_a_label(fedex: FedExClient, kind: FaultKind, labels: int) -> None:
    """What the client sees is the same; what was bought is not."""
    await fedex.sign_in()
    fedex.simulator.faults.add(Fault(operation="ship", kind=kind))
    try:
        answer = await fedex.ship(domestic())
        assert refusal(answer) == (503, "SERVICE.UNAVAILABLE.ERROR")
    except httpx.TransportError:
        assert kind is not FaultKind.STATUS_AFTER

    assert len(fedex.simulator.labels()) == labels


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "NOT.AUTHORIZED.ERROR"),
        (403, "FORBIDDEN.ERROR"),
        (404, "NOT.FOUND.ERROR"),
        (429, "TOO.MANY.REQUESTS.ERROR"),
        (500, "INTERNAL.SERVER.ERROR"),
        (503, "SERVICE.UNAVAILABLE.ERROR"),
    ],
)
async def test_ordered_failures_speak_fedexs_words(fedex: FedExClient, status: int, code: str) -> None:
    """A status without FedEx's body would test less than it seems to."""
    await fedex.sign_in()
    fedex.simulator.add_fault(operation="rate", kind="status", status=status)

    assert refusal(await fedex.rate(quote_request())) == (status, code)


async def test_calls_are_counted_by_operation(fedex: FedExClient) -> None:
    """The names are those under which faults are ordered."""
    await fedex.rate(quote_request())
    await fedex.ship(domestic())
    calls: Any = fedex.simulator.counts()["calls"]

    assert calls == {"token": 1, "rate": 1, "ship": 1}


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("set_switches", {"no_such_switch": True}),
        ("find_late", {"seconds": -1}),
        ("set_journey", {"tracking_number": "790000000020", "kind": "normal"}),
        ("set_journey", {"tracking_number": "790000000020", "kind": "nowhere"}),
        ("use_quota", {"calls": 1, "quota": "other"}),
        ("subscribe", {"url": "http://shop.example.org/fedex"}),
        ("subscribe", {"url": "https://203.0.113.7/fedex"}),
        ("subscribe", {"url": "https://push.fedex.com/me"}),
        ("subscribe", {"url": f"https://shop.example.org/{'x' * 200}"}),
    ],
)
def test_a_wrong_command_is_refused(fedex: FedExClient, command: str, arguments: dict[str, Any]) -> None:
    """A harness that misspells something must hear of it."""
    with pytest.raises(InvalidValueError):
        fedex.simulator.commands()[command](**arguments)


def test_settings_and_hosts_are_those_of_the_driver(fedex: FedExClient) -> None:
    """The contract of the settings, and both hosts of FedEx's."""
    assert set(fedex.simulator.settings()) == {
        "client_id", "client_secret", "track_client_id", "track_client_secret", "account_number", "webhook_secret", "sandbox",
    }  # fmt: skip
    there = "http://127.0.0.1:8700/fedex"
    assert fedex.simulator.hosts("http://127.0.0.1:8700/") == {"api": there, "documents": there}
