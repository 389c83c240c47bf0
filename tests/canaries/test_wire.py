"""Over a real connection: what the HTTP library and the event loop log of it at their chattiest."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Final

import httpx
import pytest
import yaml
from typing_extensions import override

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import find_simulator
from cartcarrier.testing import make_address, make_order, make_request, personal_data
from tests.canaries.planted import SENTENCE, WHO, Canaries, secrets_of
from tests.canaries.watch import Watch

TOKENS: Final = {"access_token": "canary-access-token-0001", "refresh_token": "canary-refresh-token-0001"}
KINDS: Final = {"amazon": "channel", "ebay": "channel", "shopify": "channel", "amazon-mcf": "provider"}
DRIVERS: Final = ("amazon", "ebay", "shopify", "ups", "fedex", "usps", "amazon-buy-shipping", "amazon-mcf")
RECORDED: Final = Path(__file__).parent.parent / "recorded" / "cassettes"


class Platform(BaseHTTPRequestHandler):
    """Gives a token to everybody, and refuses all else with the words that it was told."""

    def answer(self) -> None:
        """Answer one request."""
        told = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("utf-8", "replace")
        if "token" in self.path.lower():
            status, body = (
                200,
                (
                    f'{{"access_token": "{TOKENS["access_token"]}", "refresh_token": "{TOKENS["refresh_token"]}",'
                    ' "token_type": "Bearer", "expires_in": 3600, "status": "approved"}'
                ),
            )
        else:
            said = (
                (SENTENCE + told + str(self.headers))
                .replace("\\", " ")
                .replace('"', "'")
                .replace("\n", " ")
                .replace("\r", " ")
            )
            status, body = (
                400,
                f'{{"message": "{said}", "errors": [{{"code": "X1", "message": "{said}", "errorId": 1}}]}}',
            )
        self.send_response(status, "OK")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = answer  # noqa: N815 - the names that the base class looks for
    do_POST = answer  # noqa: N815 - as above
    do_PUT = answer  # noqa: N815 - as above
    do_DELETE = answer  # noqa: N815 - as above

    @override
    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The platform's address on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Platform) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio, whose debug log is listened to as well."""
    return "asyncio"


class Hosts:
    """The names of each driver's hosts."""

    NAMES: ClassVar[dict[str, tuple[str, ...]]] = {
        "amazon": ("api", "token"),
        "amazon-buy-shipping": ("api", "token"),
        "amazon-mcf": ("api", "token"),
        "ebay": ("api", "apiz", "auth"),
    }


QUERIES: Final = "httpx logs addresses with their queries at INFO, and USPS's address check has the street in its query"


@pytest.mark.parametrize("wire", ["plain", "as installed"])
@pytest.mark.parametrize(
    "name",
    list(DRIVERS),
)
async def test_http_library_logs_nothing_that_it_should_not(name: str, wire: str, address: str) -> None:
    """It logs addresses with their queries, and header fields: whatever stands there is in the log of every application."""
    simulator: Any = find_simulator(name if name in {"fedex", "usps", "ups", "ebay", "shopify"} else "amazon")(
        clock=ManualClock()
    )
    settings = simulator.settings_for(name)
    canaries = Canaries()
    canaries.hide(*TOKENS.values(), *secrets_of(settings))
    opener: Any = {"channel": cc.open_channel, "provider": cc.open_provider}.get(KINDS.get(name, ""), cc.open_carrier)
    hosts = dict.fromkeys(Hosts.NAMES.get(name, ("api",)), address)
    watch = Watch(canaries)
    person = make_address(street1=WHO["street"], street2=WHO["flat"], phone=WHO["phone"], email=WHO["email"])
    request = make_request(ship_to=person)
    with watch:
        transport = httpx.AsyncHTTPTransport() if wire == "plain" else None
        async with opener(name, hosts=hosts, transport=transport, **settings) as driver:
            calls: list[Any] = []
            if isinstance(driver, cc.SupportsOrders):
                calls.append(
                    lambda: driver.get_order("gid://shopify/Order/1" if name == "shopify" else "111-1111111-1111111")
                )
            if isinstance(driver, cc.SupportsRates):
                calls.append(lambda: driver.get_rates(request))
            if isinstance(driver, cc.SupportsAddressValidation):
                calls.append(lambda: driver.validate_address(person))
            if isinstance(driver, cc.SupportsLocations):
                calls.append(lambda: driver.find_locations(person))
            if isinstance(driver, cc.SupportsTransitTimes):
                calls.append(lambda: driver.get_transit_times(request))
            if name == "amazon-mcf":
                calls.append(lambda: driver.preview(make_order(ship_to=person)))
            for call in calls:
                await watch.attempt(name, call)
        if transport is not None:
            await transport.aclose()
    assert watch.errors
    assert watch.strangers == []
    loggers = {one.where for one in watch.said}
    assert {"log httpx", "log cartcarrier.http"} <= loggers
    assert wire != "plain" or "log httpcore.http11" in loggers
    assert watch.leaks() == []


def test_recordings_hold_no_secret_and_no_person() -> None:
    """They are published with the source."""
    files = sorted(RECORDED.rglob("*.yaml"))
    assert len(files) > 3
    canaries = Canaries()
    for name in ("amazon", "ebay", "fedex", "shopify", "ups", "usps"):
        simulator: Any = find_simulator(name)(clock=ManualClock())
        canaries.hide(*secrets_of(simulator.settings()))
    assert len(canaries.secrets) > 8
    for file in sorted(RECORDED.rglob("*.*")):
        text = file.read_text(encoding="utf-8")
        assert canaries.found_in(text) == [], file.name
        assert not [word for word in personal_data() if word.lower() in text.lower()], file.name
    for file in files:
        for exchange in yaml.safe_load(file.read_text(encoding="utf-8"))["interactions"]:
            assert not {name.lower() for name in exchange["request"]["headers"]} - {"accept", "content-type"}
