"""What tests and demonstrations can do to the simulator, in process and over HTTP; faults."""

import httpx
import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.http import ManualClock
from cartcarrier.sandbox._server import SandboxApp
from cartcarrier.sandbox.usps import USPSSimulator
from cartcarrier.sandbox.usps.app import OPERATIONS, name_operation
from tests.sandbox.usps.samples import USPSClient, code_of, domestic, new_key, put


async def test_labels_have_the_shape_that_the_harness_reads(usps: USPSClient) -> None:
    """The same members as other carriers' simulators."""
    key = new_key()
    number = (await usps.buy(domestic(), key))["trackingNumber"]
    (label,) = usps.simulator.labels()
    expected = {
        "tracking_number": number,
        "shipment_id": number,
        "references": ["cc-0001"],
        "voided": False,
        "key": key,
    }
    assert {name: label[name] for name in expected} == expected
    assert {"service", "created_at"} <= set(label)


@pytest.mark.parametrize("status", [500, 503, 429, 502])
async def test_ordered_failures_have_usps_s_bodies(usps: USPSClient, status: int) -> None:
    """The gateway's faults look otherwise than USPS's own."""
    await usps.authorize()
    usps.simulator.add_fault(operation="ship", kind="status", status=status)
    answer = await usps.ship(domestic())
    assert answer.status_code == status
    assert ("fault" in answer.json()) == (status == 502)
    assert usps.simulator.labels() == []


async def test_a_failure_after_the_fact_has_sold_a_label(usps: USPSClient) -> None:
    """And the key gives it back."""
    await usps.authorize()
    key = new_key()
    usps.simulator.add_fault(operation="ship", kind="status_after", status=500)
    assert (await usps.ship(domestic(), key)).status_code == 500
    (sold,) = usps.simulator.labels()
    assert (await usps.buy(domestic(), key))["trackingNumber"] == sold["tracking_number"]


@pytest.mark.parametrize(
    ("positions", "field"),
    [
        ({"nonsense": 1}, "nonsense"),
        ({"tracking_api": "v4"}, "tracking_api"),
        ({"account_state": "broke"}, "account_state"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": "labels"}, "scopes"),
    ],
)
def test_switches_that_do_not_exist_are_refused(positions: dict[str, object], field: str) -> None:
    """A typo in a test would otherwise test nothing."""
    with pytest.raises(InvalidValueError) as caught:
        USPSSimulator().set_switches(**positions)
    assert caught.value.field == field


async def test_commands_refuse_what_is_not_there(usps: USPSClient) -> None:
    """Each names its argument."""
    simulator = usps.simulator
    number = (await usps.buy(domestic()))["trackingNumber"]
    for attempt in (
        lambda: simulator.set_journey(tracking_number=number, kind="lost"),
        lambda: simulator.set_journey(tracking_number="1", kind="normal"),
        lambda: simulator.find_late(seconds=-1),
        lambda: simulator.set_funds(amount="much"),
        lambda: simulator.adjust(tracking_number="1", amount="1"),
        lambda: simulator.adjust(tracking_number=number, amount="1", kind="WHIM"),
        lambda: simulator.adjust(tracking_number=number, amount="x"),
    ):
        with pytest.raises(InvalidValueError):
            attempt()


async def test_reset_forgets_everything(usps: USPSClient) -> None:
    """Tokens too."""
    await usps.buy(domestic())
    usps.simulator.reset()
    assert usps.simulator.counts()["labels"] == 0
    assert (await usps.track("1")).status_code == 401


async def test_calls_are_counted_by_operation(usps: USPSClient) -> None:
    """Refused ones too."""
    await usps.buy(domestic())
    await usps.ship(put(domestic(), "toAddress.ZIPCode", "10018"))
    calls = usps.simulator.calls
    assert (calls["token"], calls["payment"], calls["ship"]) == (1, 1, 2)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/labels/v3/return-label", "ship"),
        ("POST", "/international-labels/v3/international-label", "ship"),
        ("DELETE", "/labels/v3/label", "void"),
        ("DELETE", "/international-labels/v3/international-label/CP1", "void"),
        ("POST", "/labels/v3/label-reprint", "recover"),
        ("POST", "/international-labels/v3/international-label-reprint/CP1", "recover"),
        ("PATCH", "/labels/v3/label/1", "edit"),
        ("GET", "/pickup/v3/carrier-pickup/eligibility", "pickup_eligibility"),
        ("GET", "/pickup/v3/carrier-pickup/W1", "pickup_read"),
        ("GET", "/tracking/v3/tracking/1", "track"),
        ("POST", "/tracking/v3r2/tracking", "track"),
        ("GET", "/labels/v3/label", "unknown"),
    ],
)
def test_operations_have_names(method: str, path: str, name: str) -> None:
    """Faults are ordered by them."""
    assert name_operation(method, path) == name


def test_every_operation_is_reachable() -> None:
    """No name twice in a row of patterns that shadow each other."""
    names = [name for _, _, name in OPERATIONS]
    assert len(names) == len(set(names)) + 1  # tracking has two versions


async def test_the_simulator_is_served_below_its_name() -> None:
    """Paths, error bodies and commands are the same there."""
    simulator = USPSSimulator(clock=ManualClock(), limits=False)
    transport = httpx.ASGITransport(app=SandboxApp({"usps": simulator}))
    base = simulator.hosts("http://127.0.0.1:8700")["api"]
    assert base == "http://127.0.0.1:8700/usps"
    settings = simulator.settings()
    async with httpx.AsyncClient(transport=transport) as client:
        body = {"grant_type": "client_credentials", **{name: settings[name] for name in ("client_id", "client_secret")}}
        token = (await client.post(f"{base}/oauth2/v3/token", json=body)).json()["access_token"]
        answer = await client.get(f"{base}/addresses/v3/city-state", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["apiVersion"] == "/addresses/v3"
        assert code_of(answer) == "steps.oasvalidation.Failed"
        counts = await client.post("http://127.0.0.1:8700/_control/usps/counts", json={})
        assert counts.json()["calls"] == {"token": 1, "city_state": 1}
        about = await client.get("http://127.0.0.1:8700/_control/usps")
        assert {"labels", "spent", "duplicates", "find_late", "set_journey", "set_switches"} <= set(
            about.json()["commands"]
        )


def test_it_says_what_is_in_force() -> None:
    """A run without limits must say so."""
    assert "60 calls an hour" in str(USPSSimulator(limits=True).describe()["limits"])
    assert "raised" in str(USPSSimulator(limits=False).describe()["limits"])


def test_settings_are_those_of_the_driver() -> None:
    """The contract of the driver ``usps``."""
    assert set(USPSSimulator().settings()) == {
        "client_id",
        "client_secret",
        "crid",
        "mid",
        "manifest_mid",
        "account_type",
        "account_number",
        "sandbox",
    }
