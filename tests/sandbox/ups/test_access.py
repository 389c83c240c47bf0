"""Who may call and how often: tokens, products, limits, addresses, faults."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import Fault, FaultKind
from tests.sandbox.ups.samples import Json, UPSClient, address_question, code_of, domestic, put, quote_request

TOKEN = "/security/v1/oauth/token"


async def test_a_token_is_strings_all_through(ups: UPSClient) -> None:
    """Even the lifetime, which UPS writes as 14399."""
    settings = ups.simulator.settings()
    credentials = (str(settings["client_id"]), str(settings["client_secret"]))
    answer = await ups.http.post(TOKEN, data={"grant_type": "client_credentials"}, auth=credentials)

    body = answer.json()
    assert all(isinstance(value, str) for value in body.values())
    assert (body["expires_in"], body["token_type"], body["status"]) == ("14399", "Bearer", "approved")
    assert body["issued_at"] == str(int(ups.clock.now().timestamp() * 1000))


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        pytest.param(
            {"data": {"grant_type": "client_credentials"}, "auth": ("sandbox-ups-client", "wrong")},
            401,
            "250002",
            id="wrong secret",
        ),
        pytest.param({"data": {"grant_type": "client_credentials"}}, 401, "250002", id="no credentials"),
        pytest.param(
            {"data": {"grant_type": "password"}, "auth": ("sandbox-ups-client", "sandbox-ups-secret")},
            400,
            "10400",
            id="other grant",
        ),
        pytest.param(
            {"json": {"grant_type": "client_credentials"}, "auth": ("sandbox-ups-client", "sandbox-ups-secret")},
            400,
            "10400",
            id="json",
        ),
        pytest.param(
            {"data": {"grant_type": "client_credentials"}, "headers": {"Authorization": "Basic ///"}},
            401,
            "250002",
            id="no base64",
        ),
    ],
)
async def test_a_wrong_token_request_is_refused(
    ups: UPSClient, request_: dict[str, Any], status: int, code: str
) -> None:
    """UPS takes a form and HTTP Basic, and nothing else."""
    answer = await ups.http.post(TOKEN, **request_)

    assert (answer.status_code, code_of(answer)) == (status, code)


async def test_the_token_path_has_no_api_in_front(ups: UPSClient) -> None:
    """A 404 there was a real break (field guide, section 1)."""
    assert (await ups.http.post("/api" + TOKEN)).status_code == 404


async def test_a_token_expires_by_the_clock(ups: UPSClient) -> None:
    """Four hours less a second."""
    await ups.sign_in()
    ups.clock.advance(14398)
    in_time = await ups.rate(quote_request())
    ups.clock.advance(1)
    late = await ups.rate(quote_request())

    assert in_time.status_code == 200
    assert (late.status_code, code_of(late)) == (401, "251004")


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic c2FuZGJveA=="])
async def test_a_call_without_a_token_is_refused(ups: UPSClient, header: str) -> None:
    """Nothing is bought by strangers."""
    answer = await ups.http.post("/api/shipments/v2409/ship", json=domestic(), headers={"Authorization": header})

    assert (answer.status_code, code_of(answer)) == (401, "250002")
    assert ups.simulator.labels() == []


async def test_a_product_that_is_not_enabled_looks_like_wrong_credentials(ups: UPSClient) -> None:
    """UPS says the same words for both (field guide, section 1)."""
    ups.simulator.set_switches(disabled_products=["shipping"])
    refused = await ups.ship(domestic())

    assert (refused.status_code, code_of(refused)) == (401, "250002")
    assert (await ups.rate(quote_request())).status_code == 200


async def test_the_eleventh_call_in_a_second_is_refused(make_client: Callable[..., UPSClient]) -> None:
    """Ten a second by default; a tenth of a second later one more is let through."""
    ups = make_client(limits=True)
    await ups.sign_in()
    ups.clock.advance(1)
    statuses = [(await ups.rate(quote_request())).status_code for _ in range(11)]
    refused = await ups.rate(quote_request())
    ups.clock.advance(0.1)

    assert statuses == [200] * 10 + [429]
    assert refused.json() == {"response": {"errors": [{"code": "10429", "message": "Too Many Requests"}]}}
    assert (await ups.rate(quote_request())).status_code == 200


async def test_raised_limits_are_said_so(make_client: Callable[..., UPSClient]) -> None:
    """A run without limits must not pass for one with them."""
    raised = make_client(limits=False)
    statuses = {(await raised.rate(quote_request())).status_code for _ in range(30)}

    assert statuses == {200}
    assert "raised" in str(raised.simulator.describe()["limits"])
    assert "429" in str(make_client(limits=True).simulator.describe()["limits"])


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "10001"), (b"[]", "10001"), (b"", "10001"), (b'"x"', "10001")],
    ids=["cut", "list", "empty", "string"],
)
async def test_a_body_that_is_no_json_object_is_refused(ups: UPSClient, body: bytes, code: str) -> None:
    """UPS calls it not well formed."""
    await ups.sign_in()
    headers = {"Authorization": f"Bearer {ups.token}"}
    answer = await ups.http.post("/api/shipments/v2409/ship", content=body, headers=headers)

    assert (answer.status_code, code_of(answer)) == (400, code)


async def test_nothing_is_at_other_paths(ups: UPSClient) -> None:
    """A misspelled path or version is a 404, not a purchase."""
    await ups.sign_in()

    assert (await ups.call("POST", "/api/shipments/latest/ship", domestic())).status_code == 404
    assert (await ups.call("POST", "/api/ship", domestic())).status_code == 404
    assert ups.simulator.calls["unknown"] == 1


async def test_the_transaction_identifier_comes_back(ups: UPSClient) -> None:
    """As a header, and the context in the body."""
    answer = await ups.call("POST", "/api/shipments/v2409/ship", domestic(), transId="abc")

    assert answer.headers["transid"] == "abc"
    assert answer.json()["ShipmentResponse"]["Response"]["TransactionReference"] == {"CustomerContext": "ord-1001"}


async def test_refusals_can_come_in_the_older_shape(ups: UPSClient) -> None:
    """Some gateways of UPS still send a Fault (field guide, section 8)."""
    ups.simulator.set_switches(legacy_fault=True)
    body = (await ups.ship(put(domestic(), "Shipment.Service.Code", "99"))).json()

    assert body["Fault"]["detail"]["Errors"]["ErrorDetail"]["PrimaryErrorCode"]["Code"] == "121100"


async def test_a_lost_answer_leaves_a_label_behind(ups: UPSClient) -> None:
    """The case that everything here is about: money is spent, the client knows nothing, the reference finds it."""
    await ups.sign_in()
    ups.simulator.faults.add(Fault(operation="ship", kind=FaultKind.DROP_AFTER))
    with pytest.raises(httpx.ReadError):
        await ups.ship(domestic())
    found = await ups.recover_reference("cc-0001")

    (label,) = ups.simulator.labels()
    assert found.json()["LabelRecoveryResponse"]["ShipmentIdentificationNumber"] == label["tracking_number"]


@pytest.mark.parametrize(
    ("kind", "labels"),
    [("drop_before", 0), ("status", 0), ("html", 0), ("status_after", 1), ("truncate", 1), ("drop_after", 1)],
)
async def test_faults_take_effect_or_not(ups: UPSClient, kind: str, labels: int) -> None:
    """Which of them leave a label behind is what recovery is tested with."""
    await ups.sign_in()
    ups.simulator.add_fault(operation="ship", kind=kind)
    answer = None
    try:
        answer = await ups.ship(domestic())
    except httpx.ReadError:
        assert kind.startswith("drop")

    assert len(ups.simulator.labels()) == labels
    if kind == "status":
        assert answer is not None
        assert (answer.status_code, code_of(answer)) == (503, "10004")


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "250002"), (403, "120121"), (404, "10404"), (429, "10429"), (400, "10003"), (500, "10004")],
)
async def test_an_ordered_status_has_upss_own_body(ups: UPSClient, status: int, code: str) -> None:
    """A driver reads the code from it."""
    await ups.sign_in()
    ups.simulator.add_fault(operation="track", kind="status", status=status)
    answer = await ups.track("1ZC4RT010300000018")

    assert (answer.status_code, code_of(answer)) == (status, code)


async def validated(ups: UPSClient, body: Json, option: str = "3", query: str = "", version: str = "v2") -> Json:
    """Return the answer of address validation."""
    answer = await ups.call("POST", f"/api/addressvalidation/{version}/{option}{query}", body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()["XAVResponse"]
    return found


@pytest.mark.parametrize(
    ("question", "indicator", "kind", "candidates"),
    [
        pytest.param(address_question("9 Elm Street"), "ValidAddressIndicator", "2", ["9 ELM ST"], id="home"),
        pytest.param(address_question("1 Dock Rd", city="Alpharetta", state="GA", code="30005"), "ValidAddressIndicator", "1", ["1 DOCK RD"], id="business"),
        pytest.param(address_question("5 New Field Rd", city="Boise", state="ID", code="83702"), "ValidAddressIndicator", "0", ["5 NEW FIELD RD"], id="unclassified"),
        pytest.param(address_question("9 Elm St", code="80999"), "ValidAddressIndicator", "2", ["9 ELM ST"], id="postal code corrected"),
        pytest.param(
            address_question("200 Lake Street", city="Chicago", state="IL", code="60600"),
            "AmbiguousAddressIndicator", "0", ["200 N LAKE ST", "200 S LAKE ST"], id="direction missing",
        ),
        pytest.param(
            address_question("20 Oak Ln", city="Austin", state="TX", code="78799"),
            "AmbiguousAddressIndicator", "0", ["20 OAK LN", "20 OAK LN"], id="two postal codes",
        ),
        pytest.param(
            address_question("7 Maple Ave", city="Brooklyn", state="NY", code="11201"),
            "AmbiguousAddressIndicator", "0", ["7 MAPLE AVE"], id="unit missing",
        ),
        pytest.param(
            address_question("7 Maple Ave", "Apt 4", city="Brooklyn", state="NY", code="11201"),
            "ValidAddressIndicator", "2", ["7 MAPLE AVE APT 4"], id="unit given",
        ),
        pytest.param(address_question("Elm St"), "AmbiguousAddressIndicator", "0", ["1-199 ELM ST"], id="number missing"),
        pytest.param(address_question("9 Nowhere Blvd"), "NoCandidatesIndicator", "0", [], id="no such street"),
    ],
)  # fmt: skip
async def test_an_address_is_valid_ambiguous_or_unknown(
    ups: UPSClient, question: Json, indicator: str, kind: str, candidates: list[str]
) -> None:
    """Exactly one of the three, with candidates and a classification."""
    answer = await validated(ups, question)

    assert {name for name in answer if name.endswith("Indicator")} == {indicator}
    assert answer["AddressClassification"]["Code"] == kind
    found = answer.get("Candidate", [])
    assert [candidate["AddressKeyFormat"]["AddressLine"][0] for candidate in found] == candidates


async def test_request_options_decide_what_comes_back(ups: UPSClient) -> None:
    """1 validates, 2 classifies, 3 does both."""
    seen = {option: set(await validated(ups, address_question(), option)) for option in "123"}

    assert seen == {
        "1": {"Response", "ValidAddressIndicator", "Candidate"},
        "2": {"Response", "ValidAddressIndicator", "AddressClassification"},
        "3": {"Response", "ValidAddressIndicator", "AddressClassification", "Candidate"},
    }


async def test_candidates_are_limited_and_bare_in_version_1(ups: UPSClient) -> None:
    """As documented; and a regional request looks at the town only."""
    question = address_question("200 Lake Street", city="Chicago", state="IL", code="60600")
    one = await validated(ups, question, "1", "?maximumcandidatelistsize=1")
    old = await validated(ups, address_question(), "1", version="v1")
    regional = await validated(ups, address_question("x"), "1", "?regionalrequestindicator=True")

    assert len(one["Candidate"]) == 1
    assert isinstance(old["Candidate"], dict)
    assert "AddressLine" not in regional["Candidate"][0]["AddressKeyFormat"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        pytest.param("v2/4", address_question(), "10003", id="no such option"),
        pytest.param("v2/1?maximumcandidatelistsize=51", address_question(), "10003", id="too many candidates"),
        pytest.param("v2/1?maximumcandidatelistsize=x", address_question(), "10003", id="candidates in words"),
        pytest.param("v2/1", {"XAVRequest": {}}, "10002", id="no address"),
        pytest.param("v2/1", address_question(country=""), "10002", id="no country"),
        pytest.param("v2/1", address_question(country="FR"), "10003", id="abroad"),
    ],
)
async def test_an_address_question_that_breaks_a_rule_is_refused(
    ups: UPSClient, path: str, body: Json, code: str
) -> None:
    """Street level exists in the US and Puerto Rico only."""
    answer = await ups.call("POST", f"/api/addressvalidation/{path}", body)

    assert (answer.status_code, code_of(answer)) == (400, code)


async def test_the_test_system_knows_some_states_only(ups: UPSClient) -> None:
    """UPS's own test system says 9264030 for the others."""
    ups.simulator.set_switches(cie_states=["NY", "CA"])
    answer = await ups.call("POST", "/api/addressvalidation/v2/3", address_question())

    assert code_of(answer) == "9264030"


def test_commands_refuse_what_they_do_not_know(ups: UPSClient) -> None:
    """A misspelled switch that moved nothing would make a test pass for nothing."""
    with pytest.raises(InvalidValueError, match="no such switch"):
        ups.simulator.set_switches(negotiatd=False)
    with pytest.raises(InvalidValueError, match="no such journey"):
        ups.simulator.set_journey(tracking_number="1Z", kind="lost")
    with pytest.raises(InvalidValueError, match="no label"):
        ups.simulator.set_journey(tracking_number="1ZC4RT010300000018", kind="normal")
    with pytest.raises(InvalidValueError, match="negative"):
        ups.simulator.find_late(seconds=-timedelta(seconds=1).total_seconds())


async def test_calls_are_counted_by_operation(ups: UPSClient) -> None:
    """The harness proves by these numbers that nothing was asked twice."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    await ups.rate(quote_request(), "Rate")
    await ups.rate(quote_request(), "Shoptimeintransit")
    await ups.track(number)
    await ups.recover_reference("cc-0001")
    await validated(ups, address_question())
    await ups.void(number)

    expected = {"token": 1, "ship": 1, "rate": 1, "shop": 1, "track": 1, "recover": 1, "address": 1, "void": 1}
    assert ups.simulator.counts()["calls"] == expected
