import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest
from typing_extensions import override

from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import (
    ConnectionDropped,
    ManualClock,
    MemoryTokenStore,
    OAuth2Auth,
    ReceivedRequest,
    Request,
    Response,
    RetryPolicy,
    Session,
    StaticAuth,
    Token,
    authorization_url,
    json_decoder,
    new_code_verifier,
)


class Platform:
    """A token endpoint and one resource, strict about both."""

    def __init__(self, *, rotates: bool = False, lifetime: object = 3600) -> None:
        self.rotates = rotates
        self.lifetime = lifetime
        self.refresh_token = "seed"
        self.good = ""
        self.forms: list[dict[str, str]] = []
        self.heads: list[Any] = []
        self.faults: list[Any] = []  # for the next token requests: ("before"|"after" drop), or an answer
        self.calls = 0

    async def answer(self, request: ReceivedRequest) -> tuple[int, dict[str, str], bytes]:
        """Answer one request."""
        await anyio.lowlevel.checkpoint()
        if request.path.endswith("/token"):
            return self.issue(request)
        self.calls += 1
        if request.headers.get("authorization") != f"Bearer {self.good}" or not self.good:
            return 401, {}, b'{"message": "who are you"}'
        return 200, {}, b"{}"

    def issue(self, request: ReceivedRequest) -> tuple[int, dict[str, str], bytes]:
        """Answer one token request."""
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        self.forms.append(form)
        self.heads.append(request.headers)
        fault = self.faults.pop(0) if self.faults else None
        if fault == "before":
            raise ConnectionDropped(sent=False)
        if isinstance(fault, tuple):
            return fault
        # As Shopify does: the old refresh token is good until its successor is used.
        accepted = {self.refresh_token, getattr(self, "previous", self.refresh_token)}
        if form["grant_type"] == "refresh_token" and form["refresh_token"] not in accepted:
            return 400, {}, b'{"error": "invalid_grant", "error_description": "secret words"}'
        number = len(self.forms)
        self.good = f"access-{number}"
        payload: dict[str, object] = {"access_token": self.good, "expires_in": self.lifetime}
        if self.rotates:
            self.previous = form.get("refresh_token", "")
            self.refresh_token = payload["refresh_token"] = f"refresh-{number}"
        if fault == "after":
            raise ConnectionDropped
        return 200, {}, json.dumps(payload).encode()


def make_auth(**changes: Any) -> OAuth2Auth:
    settings: dict[str, Any] = {
        "token_path": "/token",
        "token_host": "token",
        "client_id": "CLIENT",
        "client_secret": "SECRET",
    }
    return OAuth2Auth(**{**settings, **changes})


def make_refresh_auth(**changes: Any) -> OAuth2Auth:
    return make_auth(**{"grant": "refresh_token", "refresh_token": "seed", **changes})


async def send_many(*sessions: Session, request: Request, times: int = 20) -> None:
    async with anyio.create_task_group() as group:
        for number in range(times):
            group.start_soon(sessions[number % len(sessions)].send, request)


# --- single flight ----------------------------------------------------------------------------------------------------


async def test_twenty_calls_make_one_token_request(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """A token fetched per call gets an application banned."""
    platform = Platform()
    await send_many(make_session(platform.answer, auth=make_auth()), request=make_request())
    assert (len(platform.forms), platform.calls) == (1, 20)


async def test_two_sessions_on_one_store_make_one_token_request(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """Two workers are two sessions, and the platform counts them as one."""
    platform = Platform()
    store = MemoryTokenStore()
    sessions = [make_session(platform.answer, auth=make_auth(), tokens=store) for _ in range(2)]
    await send_many(*sessions, request=make_request())
    assert (len(platform.forms), platform.calls) == (1, 20)


async def test_one_call_of_a_process_asks_for_the_lock_of_all(
    make_session: Callable[..., Session], make_request: Callable[..., Request], durable_store: Callable[[], Any]
) -> None:
    """A lock between processes is dear; twenty waiting calls must not queue for it one by one."""
    platform = Platform()
    store = durable_store()
    keys: list[str] = []
    lock = store.lock

    def counted(key: str) -> Any:
        keys.append(key)
        return lock(key)

    store.lock = counted
    await send_many(make_session(platform.answer, auth=make_auth(), tokens=store), request=make_request())
    assert len(keys) == 1


async def test_twenty_refusals_make_one_refresh(
    make_session: Callable[..., Session], make_request: Callable[..., Request], durable_store: Callable[[], Any]
) -> None:
    """All calls under way meet the 401; one of them should mend it."""
    platform = Platform(rotates=True)
    store = durable_store()
    sessions = [make_session(platform.answer, auth=make_refresh_auth(rotates=True), tokens=store) for _ in range(2)]
    await send_many(*sessions, request=make_request())
    platform.good = "revoked"
    await send_many(*sessions, request=make_request())
    assert len(platform.forms) == 2


async def test_different_settings_do_not_share_a_token(
    make_session: Callable[..., Session], make_request: Callable[..., Request], durable_store: Callable[[], Any]
) -> None:
    """After a seller has authorized anew, the token of the old consent is not what was asked for."""
    platform = Platform()
    store = durable_store()
    await make_session(platform.answer, auth=make_refresh_auth(), tokens=store).send(make_request())
    platform.refresh_token = "second"
    again = make_session(platform.answer, auth=make_refresh_auth(refresh_token="second"), tokens=store)
    await again.send(make_request())
    assert [form["refresh_token"] for form in platform.forms] == ["seed", "second"]


async def test_a_later_process_uses_what_was_stored(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """A restart is no reason for a new token."""
    platform = Platform()
    store = MemoryTokenStore()
    for _ in range(3):
        await make_session(platform.answer, auth=make_auth(), tokens=store).send(make_request())
    assert len(platform.forms) == 1


def test_a_store_serves_one_event_loop_after_another(make_session: Callable[..., Session]) -> None:
    """A program may call anyio.run more than once."""
    platform = Platform()
    session = make_session(platform.answer, auth=make_auth(), tokens=MemoryTokenStore())
    request = Request(operation="read", method="GET", path="/x", safe=True)
    for backend in ("asyncio", "trio", "asyncio"):
        anyio.run(session.send, request, backend=backend)
    assert (len(platform.forms), platform.calls) == (1, 3)


# --- when a token ends ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lifetime", [3600, "3600", 3600.0], ids=["int", "text", "float"])
async def test_a_token_is_renewed_before_it_ends(
    make_session: Callable[..., Session], make_request: Callable[..., Request], clock: ManualClock, lifetime: object
) -> None:
    """A purchase that meets an expired token is a purchase delayed. Lifetimes come as text, too."""
    platform = Platform(lifetime=lifetime)
    session = make_session(platform.answer, auth=make_auth())
    await session.send(make_request())
    clock.advance(3600 - 301)
    await session.send(make_request())
    assert len(platform.forms) == 1
    clock.advance(2)
    await session.send(make_request())
    assert len(platform.forms) == 2


async def test_a_short_lived_token_is_not_renewed_at_each_call(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """A leeway longer than the life would mean a token a call."""
    platform = Platform(lifetime=60)
    session = make_session(platform.answer, auth=make_auth(leeway=timedelta(minutes=5)))
    await session.send(make_request())
    await session.send(make_request())
    assert len(platform.forms) == 1


async def test_a_refused_token_is_replaced_once_and_the_call_repeated(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """A 401 means that nothing was done, so even a purchase may be sent again."""
    platform = Platform()
    session = make_session(platform.answer, auth=make_auth())
    await session.send(make_write())
    platform.good = "revoked"
    response = await session.send(make_write())
    assert response.status == 200
    assert (len(platform.forms), platform.calls) == (2, 3)


async def test_a_second_refusal_is_an_error_and_no_storm(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """An application without rights gets 401 for good tokens; asking for more of them gets it banned."""
    platform = Platform()

    async def refuses_all(request: ReceivedRequest) -> tuple[int, dict[str, str], bytes]:
        answered = await platform.answer(request)
        return answered if request.path.endswith("/token") else (401, {}, b"{}")

    session = make_session(refuses_all, auth=make_auth())
    for _ in range(5):
        with pytest.raises(AuthenticationError, match="acme does not accept the credentials") as caught:
            await session.send(make_request())
        assert "access-" not in str(caught.value)
    assert len(platform.forms) == 2
    assert platform.calls == 7 - 1  # five calls, and one repeat


async def test_a_call_is_repeated_once_for_its_credentials(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """Somebody's Auth may claim new credentials for ever."""
    platform = Platform()

    class Hopeful(StaticAuth):
        @override
        async def refused(self, request: Request, response: Response) -> bool:
            assert request.headers["Authorization"] == "Bearer x"
            return platform.calls < 50

    session = make_session(platform.answer, auth=Hopeful({"Authorization": "Bearer x"}))
    with pytest.raises(AuthenticationError):
        await session.send(make_request())
    assert platform.calls == 2


async def test_static_credentials_are_not_retried(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """There is nothing to renew."""
    platform = Platform()
    session = make_session(platform.answer, auth=StaticAuth({"Authorization": "Bearer x"}))
    with pytest.raises(AuthenticationError):
        await session.send(make_request())
    assert platform.calls == 1


async def test_a_missing_permission_does_not_cost_a_token(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """USPS says 401 where a scope is missing; the driver knows better, and the session believes it."""
    platform = Platform()

    def translate(request: Request, response: Response) -> PermissionDeniedError | None:
        return PermissionDeniedError("no scope", **response.facts) if response.status == 401 else None

    session = make_session(platform.answer, auth=make_auth(), translate=translate)
    await session.send(make_request())
    platform.good = "revoked"
    with pytest.raises(PermissionDeniedError):
        await session.send(make_request())
    assert len(platform.forms) == 1


# --- refresh tokens ---------------------------------------------------------------------------------------------------


async def test_a_rotating_refresh_token_needs_a_store_that_lasts(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """Kept in memory, the account would be lost with the process."""
    platform = Platform(rotates=True)
    session = make_session(platform.answer, auth=make_refresh_auth(rotates=True))
    with pytest.raises(ConfigurationError) as caught:
        await session.send(make_request())
    assert caught.value.field == "tokens"
    assert (platform.forms, platform.calls) == ([], 0)


async def test_a_missing_refresh_token_is_said_before_anything_is_sent(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """The seller has not authorized yet."""
    platform = Platform()
    with pytest.raises(ConfigurationError) as caught:
        await make_session(platform.answer, auth=make_refresh_auth(refresh_token=None)).send(make_request())
    assert caught.value.field == "refresh_token"
    assert platform.forms == []


async def test_the_new_refresh_token_is_used_next(
    make_session: Callable[..., Session],
    make_request: Callable[..., Request],
    durable_store: Callable[[], Any],
    clock: ManualClock,
) -> None:
    """A rotating token is good once."""
    platform = Platform(rotates=True)
    store = durable_store()
    for _ in range(3):
        # Each time a new process, after the token has ended.
        await make_session(platform.answer, auth=make_refresh_auth(rotates=True), tokens=store).send(make_request())
        clock.advance(3600)
    assert [form["refresh_token"] for form in platform.forms] == ["seed", "refresh-1", "refresh-2"]


async def test_a_refresh_token_that_was_not_replaced_stays(
    make_session: Callable[..., Session], make_request: Callable[..., Request], clock: ManualClock
) -> None:
    """A refresh at eBay answers without one."""
    platform = Platform()
    session = make_session(platform.answer, auth=make_refresh_auth())
    for _ in range(3):
        await session.send(make_request())
        clock.advance(7200)
    assert [form["refresh_token"] for form in platform.forms] == ["seed"] * 3


async def test_a_rotated_token_is_kept_before_it_is_used(
    make_session: Callable[..., Session], make_request: Callable[..., Request], durable_store: Callable[[], Any]
) -> None:
    """Killed between answer and store, the next process must still get in."""
    platform = Platform(rotates=True)
    store = durable_store()

    class Killed(BaseException):
        pass

    async def die(key: str, token: object) -> None:
        assert platform.calls == 0, "used before it was kept"
        raise Killed

    keep, store.save = store.save, die
    with pytest.raises(Killed):
        await make_session(platform.answer, auth=make_refresh_auth(rotates=True), tokens=store).send(make_request())
    assert platform.calls == 0
    store.save = keep
    await make_session(platform.answer, auth=make_refresh_auth(rotates=True), tokens=store).send(make_request())
    assert [form["refresh_token"] for form in platform.forms] == ["seed", "seed"]
    assert store.saved == ["access-2"]


async def test_a_cancelled_call_keeps_the_token_that_came(
    make_session: Callable[..., Session], make_request: Callable[..., Request], durable_store: Callable[[], Any]
) -> None:
    """Between the platform's answer and the store there is no point at which a cancellation may strike."""
    platform = Platform(rotates=True)
    store = durable_store()
    keep = store.save

    async def slow_save(key: str, token: Token) -> None:
        scope.cancel()
        await anyio.lowlevel.checkpoint()
        await keep(key, token)

    store.save = slow_save
    session = make_session(platform.answer, auth=make_refresh_auth(rotates=True), tokens=store)
    with anyio.CancelScope() as scope:
        await session.send(make_request())
    assert scope.cancelled_caught
    assert store.saved == ["access-1"]
    assert platform.calls == 0


async def test_a_lost_answer_is_asked_for_with_the_same_refresh_token(
    make_session: Callable[..., Session], make_request: Callable[..., Request], durable_store: Callable[[], Any]
) -> None:
    """The platform takes the old refresh token until its successor is used; there is no successor that we know."""
    platform = Platform(rotates=True)
    platform.faults = ["after", "before"]
    session = make_session(platform.answer, auth=make_refresh_auth(rotates=True), tokens=durable_store())
    await session.send(make_request())
    assert [form["refresh_token"] for form in platform.forms] == ["seed"] * 3


async def test_a_lost_token_answer_leaves_no_doubt_about_the_call(
    make_session: Callable[..., Session], make_write: Callable[..., Request]
) -> None:
    """The purchase itself was not sent, whatever became of the token."""
    platform = Platform()
    platform.faults = ["after"] * 9
    session = make_session(platform.answer, auth=make_auth())
    with pytest.raises(TransportError) as caught:
        await session.send(make_write())
    assert not caught.value.outcome_unknown
    assert len(platform.forms) == 3
    assert platform.calls == 0


async def test_a_withdrawn_consent_says_what_to_do(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """Only the seller can mend it, so somebody must ask the seller; repeating helps nobody."""
    platform = Platform()
    platform.refresh_token = "another"
    session = make_session(platform.answer, auth=make_refresh_auth())
    with pytest.raises(AuthenticationError, match="the seller must authorize again") as caught:
        await session.send(make_request())
    assert caught.value.code == "invalid_grant"
    assert caught.value.account == "eu"
    assert len(platform.forms) == 1
    assert "secret words" not in str(caught.value)


@pytest.mark.parametrize(
    ("answered", "kind", "requests"),
    [
        ((401, {}, b'{"error": "invalid_client"}'), AuthenticationError, 1),
        ((401, {}, b"nope"), AuthenticationError, 1),
        ((503, {}, b""), UnavailableError, 3),
        ((429, {"Retry-After": "1"}, b""), RateLimitError, 3),
        ((429, {"Retry-After": "600"}, b""), RateLimitError, 1),
        ((200, {}, b"<html>"), ResponseError, 1),
        ((200, {}, b"{}"), ResponseError, 1),
        ((200, {}, b'{"access_token": "x", "expires_in": "CANARY"}'), ResponseError, 1),
    ],
    ids=["client", "no body", "down", "busy", "banned", "page", "empty", "shape"],
)
async def test_what_the_token_endpoint_says(
    make_session: Callable[..., Session],
    make_write: Callable[..., Request],
    answered: tuple[int, dict[str, str], bytes],
    kind: type[Exception],
    requests: int,
) -> None:
    """Its refusals are of several kinds, and hammering it is the fastest way to be shut out."""
    platform = Platform()
    platform.faults = [answered] * 9
    session = make_session(platform.answer, auth=make_auth(), retry=RetryPolicy())
    with pytest.raises(kind) as caught:
        await session.send(make_write())
    assert len(platform.forms) == requests
    assert platform.calls == 0
    assert getattr(caught.value, "outcome_unknown", None) is False
    assert "CANARY" not in f"{caught.value!r}{caught.value.__cause__!r}"


# --- the shape of the request -----------------------------------------------------------------------------------------


async def test_client_credentials_go_where_the_platform_wants_them(
    make_session: Callable[..., Session], make_request: Callable[..., Request]
) -> None:
    """UPS and eBay want Basic, FedEx a form, Shopify and USPS take JSON."""
    basic, post = Platform(), Platform()
    await make_session(basic.answer, auth=make_auth(scope="a b", token_headers={"x-merchant-id": "m"})).send(
        make_request()
    )
    expected = base64.b64encode(b"CLIENT:SECRET").decode()
    assert basic.heads[0]["Authorization"] == f"Basic {expected}"
    assert basic.heads[0]["Content-Type"] == "application/x-www-form-urlencoded"
    assert basic.heads[0]["x-merchant-id"] == "m"
    assert basic.forms == [{"grant_type": "client_credentials", "scope": "a b"}]
    await make_session(post.answer, auth=make_auth(client_authentication="post", fields={"x": "1"})).send(
        make_request()
    )
    assert post.forms[0] == {
        "grant_type": "client_credentials",
        "client_id": "CLIENT",
        "client_secret": "SECRET",
        "x": "1",
    }
    assert "authorization" not in post.heads[0]


async def test_json_credentials(make_session: Callable[..., Session], make_request: Callable[..., Request]) -> None:
    """The third way."""
    seen: list[ReceivedRequest] = []

    def handler(request: ReceivedRequest) -> tuple[int, dict[str, str], bytes]:
        seen.append(request)
        return 200, {}, b'{"access_token": "t"}'

    auth = make_auth(client_authentication="json", header="X-Acme-Token", scheme="")
    await make_session(handler, auth=auth).send(make_request())
    assert seen[0].url == "https://id.acme.example/v1/token"
    assert json_decoder(dict[str, str]).decode(seen[0].content) == {
        "grant_type": "client_credentials",
        "client_id": "CLIENT",
        "client_secret": "SECRET",
    }
    assert seen[0].headers["content-type"] == "application/json"
    assert seen[1].headers["x-acme-token"] == "t"
    assert "authorization" not in seen[1].headers


async def test_a_code_is_exchanged_once_and_not_kept(make_session: Callable[..., Session]) -> None:
    """A code is good once; a repeat of a lost exchange can only fail in a confusing way."""
    platform = Platform(rotates=True)
    platform.faults = ["after"]
    auth = make_refresh_auth(refresh_token=None)
    make_session(platform.answer, auth=auth)
    with pytest.raises(TransportError):
        await auth.exchange_code("CODE", redirect_uri="https://app.example/cb")
    assert len(platform.forms) == 1
    token = await auth.exchange_code("CODE", redirect_uri="https://app.example/cb", code_verifier="v" * 43)
    assert token.refresh_token == "refresh-2"
    assert platform.forms[1] == {
        "grant_type": "authorization_code",
        "code": "CODE",
        "redirect_uri": "https://app.example/cb",
        "code_verifier": "v" * 43,
    }


def test_the_authorization_url_carries_state_and_challenge() -> None:
    """Without them, anybody's code could be slipped in."""
    verifier = new_code_verifier()
    url = authorization_url(
        "https://acme.example/authorize",
        client_id="CLIENT",
        redirect_uri="https://app.example/cb?x=1",
        state="abc",
        scope="a b",
        code_verifier=verifier,
        prompt="login",
    )
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    challenge = query.pop("code_challenge")
    assert query == {
        "response_type": "code",
        "client_id": "CLIENT",
        "redirect_uri": "https://app.example/cb?x=1",
        "state": "abc",
        "scope": "a b",
        "prompt": "login",
        "code_challenge_method": "S256",
    }
    assert 43 <= len(verifier) <= 128
    assert len(challenge) == 43
    assert verifier not in url


def test_the_challenge_is_the_one_of_the_standard() -> None:
    """The example of RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    url = authorization_url(
        "https://a.example", client_id="c", redirect_uri="https://b.example", state="s", code_verifier=verifier
    )
    assert "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" in url


def test_secrets_are_not_shown(make_session: Callable[..., Session]) -> None:
    """Objects are printed in debuggers and logs."""
    auth = make_refresh_auth(refresh_token="CANARY")
    session = make_session(None, auth=auth, transport=object())
    text = f"{auth!r} {session!r} {session.tokens!r} {StaticAuth({'a': 'CANARY'})!r} {auth.token_key}"
    assert "CANARY" not in text
    assert "SECRET" not in text


def test_an_auth_serves_one_session(make_session: Callable[..., Session]) -> None:
    """It keeps a token of one account; shared, it would hand it to another."""
    auth = make_auth()
    with pytest.raises(ConfigurationError):
        _ = auth.session
    make_session(None, auth=auth)
    with pytest.raises(ConfigurationError):
        make_session(None, auth=auth)
