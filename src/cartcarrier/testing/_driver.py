"""What holds for every driver, whatever it drives."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar, Final

import anyio
import attrs
import pytest

from cartcarrier.drivers import Driver, SupportsWebhooks
from cartcarrier.errors import (
    AuthenticationError,
    OperationError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import ManualClock, ReceivedRequest
from cartcarrier.models import WebhookRequest
from cartcarrier.testing._leaks import check_no_leak, logged, personal_data, secrets_of, spoken
from cartcarrier.testing._platform import Platform
from cartcarrier.testing._transport import RETRY_AFTER, Failure, FaultyTransport, credentials_in

AT_ONCE: Final = 20

Call = Callable[[], Awaitable[object]]

READ_FAILURES: Final = {
    Failure.REFUSED: TransportError,
    Failure.LOST: TransportError,
    Failure.HTML: ResponseError,
    Failure.CUT: ResponseError,
    Failure.SHAPE: ResponseError,
    Failure.LIMITED: RateLimitError,
    Failure.UNAVAILABLE: UnavailableError,
    Failure.UNAUTHORIZED: AuthenticationError,
    Failure.FORBIDDEN: PermissionDeniedError,
}


async def error_of(call: Call) -> OperationError:
    """Return the error that a call ends in; ending in anything else fails the test."""
    try:
        result = await call()
    except OperationError as error:
        return error
    raise AssertionError(f"the call failed for the platform, but not for the caller: {type(result).__name__}")


def check_error(error: OperationError, driver: Driver) -> None:
    """Fail unless an error says whose it is, and shows no personal data."""
    assert error.provider == driver.driver, f"the error names the provider {error.provider!r}, not {driver.driver!r}"
    assert error.account == driver.account, f"the error names the account {error.account!r}, not {driver.account!r}"
    assert error.operation, "the error names no operation"
    assert error.message, "the error says nothing"
    if isinstance(error, ProviderError):
        assert error.code is None or error.code.strip(), "an empty code is no code: say None"
    check_no_leak(spoken(error), personal_data(), f"the {type(error).__name__} of {error.operation}")


class DriverConformance:
    """Rules for every driver. Subclass the suite of your kind of driver, not this one.

    Attributes:
        known_gaps: Rules that the driver cannot keep, by test name, each with the reason. They must fail: one that passes is an
            error, and so is a name that is no test. ``"test_x[track]"`` names one case.
    """

    known_gaps: ClassVar[dict[str, str]] = {}
    pytestmark: ClassVar[Any] = pytest.mark.anyio

    @pytest.fixture
    def driver(self) -> Driver:
        """The driver under test; each suite names it anew."""
        pytest.fail("this suite needs a fixture that returns the driver")

    @pytest.fixture
    def platform(self) -> Platform:
        """What the suite knows of the other side; give your own to have more tests run."""
        return Platform()

    @pytest.fixture
    def wire(self, driver: Driver, platform: Platform) -> FaultyTransport:
        """The transport that fails on demand, put between the driver and its own."""
        if driver.transport is None:
            pytest.skip("give the driver a transport= to a fake or a simulator: the suite makes it fail")
        if driver.clock is None:
            driver.clock = ManualClock()
        if not isinstance(driver.transport, FaultyTransport):
            driver.transport = FaultyTransport(driver.transport, platform.answer)  # type: ignore[arg-type]  # transport= is an object by contract
        assert isinstance(driver.transport, FaultyTransport)
        return driver.transport

    async def reads(self, driver: Driver, platform: Platform) -> dict[str, Call]:
        """Return calls that only read, by their name, for the tests of failures. The first one stands for all where one will do."""
        del driver, platform
        pytest.skip("the suite has nothing to read")

    # --- itself -----------------------------------------------------------------------------------------------------

    async def test_key_is_driver_and_account(self, driver: Driver) -> None:
        """The key stands in orders, rates, ledger and limits."""
        assert driver.driver, "a driver has the name of its entry point"
        assert driver.key == f"{driver.driver}:{driver.account}"

    async def test_closing_twice_is_harmless(self, driver: Driver) -> None:
        """An exit stack and a finally clause may both close it."""
        await driver.aclose()
        await driver.aclose()

    async def test_closing_twice_after_a_call_is_harmless(
        self, driver: Driver, platform: Platform, wire: FaultyTransport
    ) -> None:
        """With connections open, closing has something to do."""
        await self._a_read(await self.reads(driver, platform))()
        assert wire.count() > 0
        await driver.aclose()
        await driver.aclose()

    async def test_text_forms_show_no_secret(self, driver: Driver, platform: Platform) -> None:
        """A driver or its config in a log must not give the account away."""
        secrets = (*secrets_of(driver), *platform.secrets)
        for shown in (driver, driver.config):
            check_no_leak(f"{shown!r} {shown}", secrets, f"the text form of {type(shown).__name__}")

    # --- failures of calls that only read ---------------------------------------------------------------------------

    @pytest.mark.parametrize("failure", list(READ_FAILURES))
    async def test_failed_read_gives_the_right_error(
        self, driver: Driver, platform: Platform, wire: FaultyTransport, failure: Failure
    ) -> None:
        """What went wrong decides what a caller does next: wait, mend the set-up, or call support."""
        for name, call in (await self.reads(driver, platform)).items():
            with wire.failing(failure, lambda request: not platform.is_token_request(request)):
                error = await error_of(call)
            expected = READ_FAILURES[failure]
            assert isinstance(error, expected), f"{name}: {type(error).__name__} instead of {expected.__name__}"
            assert not error.outcome_unknown, f"{name} only reads: its outcome cannot be unknown"
            check_error(error, driver)
            if isinstance(error, RateLimitError):
                assert error.retry_after is not None, f"{name}: the platform said when to come back"
                assert timedelta(seconds=RETRY_AFTER) <= error.retry_after < 2 * timedelta(seconds=RETRY_AFTER)
                await platform.pass_time(driver, 2 * timedelta(seconds=RETRY_AFTER))

    async def test_driver_works_after_a_failure(
        self, driver: Driver, platform: Platform, wire: FaultyTransport
    ) -> None:
        """A broken connection must not stay broken."""
        call = self._a_read(await self.reads(driver, platform))
        with wire.failing(Failure.LOST, lambda request: not platform.is_token_request(request)):
            await error_of(call)
        await call()

    # --- tokens -----------------------------------------------------------------------------------------------------

    async def test_first_calls_at_once_ask_for_one_token(
        self, driver: Driver, platform: Platform, wire: FaultyTransport
    ) -> None:
        """Platforms ban those who hammer the token endpoint."""
        path = self._token_path(platform)
        await self._at_once(self._a_read(await self.reads(driver, platform)))
        assert wire.count(path) == 1, f"{AT_ONCE} calls at once asked for {wire.count(path)} tokens"

    async def test_refused_token_is_renewed_once_for_all(
        self, driver: Driver, platform: Platform, wire: FaultyTransport
    ) -> None:
        """Of many calls whose token has ended, one asks for the next; the others use what it got."""
        path = self._token_path(platform)
        call = self._a_read(await self.reads(driver, platform))
        await call()
        before, old = wire.count(path), set(wire.credentials)

        def carries_the_old_token(request: ReceivedRequest) -> bool:
            return request.path != path and any(value in old for value in credentials_in(request))

        with wire.failing(Failure.UNAUTHORIZED, carries_the_old_token):
            await self._at_once(call)
        renewals = wire.count(path) - before
        assert renewals == 1, f"{AT_ONCE} calls whose token was refused asked for {renewals} new ones"

    async def test_refused_credentials_are_an_authentication_error(
        self, driver: Driver, platform: Platform, wire: FaultyTransport
    ) -> None:
        """A wrong secret is for a person to mend; trying again would only lock the account."""
        call = self._a_read(await self.reads(driver, platform))
        with wire.failing(Failure.UNAUTHORIZED, lambda _: True):
            error = await error_of(call)
        assert isinstance(error, AuthenticationError), f"{type(error).__name__} instead of AuthenticationError"
        check_error(error, driver)

    async def _at_once(self, call: Call) -> None:
        async def run() -> None:
            await call()

        async with anyio.create_task_group() as group:
            for _ in range(AT_ONCE):
                group.start_soon(run)

    # --- secrets and personal data ----------------------------------------------------------------------------------

    @pytest.mark.parametrize("failure", [Failure.QUOTED, Failure.CUT, Failure.SHAPE, Failure.UNAUTHORIZED])
    async def test_errors_and_logs_show_no_secret_and_no_person(
        self,
        driver: Driver,
        platform: Platform,
        wire: FaultyTransport,
        caplog: pytest.LogCaptureFixture,
        failure: Failure,
    ) -> None:
        """Errors end up in trackers and logs in other hands; platforms quote addresses in what they say."""
        caplog.set_level(logging.DEBUG)
        for name, call in (await self.talks(driver, platform)).items():
            with wire.failing(failure, lambda request: not platform.is_token_request(request)):
                error = await error_of(call)
            canaries = (*personal_data(), *secrets_of(driver), *platform.secrets, *wire.credentials)
            check_no_leak(spoken(error), canaries, f"the {type(error).__name__} of {name}")
            check_no_leak(logged(caplog.records), canaries, f"what was logged during {name}")

    async def talks(self, driver: Driver, platform: Platform) -> dict[str, Call]:
        """Return calls that carry personal data one way or the other, for the search for leaks."""
        return await self.reads(driver, platform)

    # --- pushes -----------------------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsWebhooks)
    async def test_genuine_push_is_an_event(self, driver: SupportsWebhooks, platform: Platform) -> None:
        """The suite's other tests of pushes mean nothing if none is ever accepted."""
        outcome = await driver.receive(await platform.make_push(driver))
        assert outcome.events, "a genuine push stands for at least one event"
        assert 200 <= outcome.status < 300
        assert {event.account for event in outcome.events} == {driver.key}

    @pytest.mark.requires(capability=SupportsWebhooks)
    async def test_redelivered_push_has_the_same_event_ids(self, driver: SupportsWebhooks, platform: Platform) -> None:
        """Platforms deliver at least once; by the id the second delivery is known."""
        push = await platform.make_push(driver)
        first = await driver.receive(push)
        second = await driver.receive(push)
        assert [event.id for event in first.events] == [event.id for event in second.events]

    @pytest.mark.requires(capability=SupportsWebhooks)
    @pytest.mark.parametrize("forgery", ["tampered body", "wrong signature", "no signature", "empty signature"])
    async def test_forged_push_is_refused(self, driver: SupportsWebhooks, platform: Platform, forgery: str) -> None:
        """Whoever finds the address could otherwise cancel orders."""
        push = await platform.make_push(driver)
        with pytest.raises(AuthenticationError) as caught:
            await driver.receive(self._forge(push, platform, forgery))
        check_error(caught.value, driver)

    def _forge(self, push: WebhookRequest, platform: Platform, forgery: str) -> WebhookRequest:
        name = (platform.signature_header or "").lower()
        headers = {key.lower(): value for key, value in push.headers.items()}
        if name not in headers:
            pytest.fail(f"{type(platform).__name__}.signature_header must name a header of the push")
        if forgery == "tampered body":
            middle = len(push.body) // 2
            flipped = bytes([push.body[middle] ^ 1])
            return attrs.evolve(push, body=push.body[:middle] + flipped + push.body[middle + 1 :])
        if forgery == "no signature":
            del headers[name]
        elif forgery == "empty signature":
            headers[name] = ""
        else:
            signature, middle = headers[name], len(headers[name]) // 2
            headers[name] = signature[:middle] + ("A" if signature[middle] != "A" else "B") + signature[middle + 1 :]
        return attrs.evolve(push, headers=headers)

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _a_read(self, reads: dict[str, Call]) -> Call:
        return next(iter(reads.values()))

    def _token_path(self, platform: Platform) -> str:
        if platform.token_path is None:
            pytest.skip("credentials never change: there is no token endpoint")
        return platform.token_path
