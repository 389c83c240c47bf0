"""Login with Amazon: tokens, and how a seller authorizes an application (field guide amazon.md §1.3, §1.4, §1.6)."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from hmac import compare_digest
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from typing_extensions import override

from cartcarrier.errors import AuthenticationError, OperationError, UnavailableError
from cartcarrier.http import (
    Auth,
    Lane,
    OAuth2Auth,
    Request,
    Response,
    Session,
    Token,
    json_decoder,
    json_encode,
    read_json,
)
from cartcarrier.platforms.amazon import codes
from cartcarrier.platforms.amazon.account import AmazonAccount
from cartcarrier.platforms.amazon.errors import error_facts
from cartcarrier.platforms.amazon.marketplaces import MARKETPLACES
from cartcarrier.platforms.amazon.operations import CREATE_RESTRICTED_TOKEN, Grant, Operation

TOKEN_HOST: Final = "token"  # noqa: S105 - the name of a host
TOKEN_URL: Final = "https://api.amazon.com"  # noqa: S105 - an address
TOKEN_PATH: Final = "/auth/o2/token"  # noqa: S105 - a path
TOKEN_HEADER: Final = "x-amz-access-token"  # noqa: S105 - the name of a header
NOTIFICATIONS_SCOPE: Final = "sellingpartnerapi::notifications"
_LEEWAY: Final = timedelta(seconds=60)


class _LoginError(msgspec.Struct, frozen=True, gc=False):
    error: str = ""


class _RestrictedToken(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    restricted_data_token: str
    expires_in: int


class _WrappedRestrictedToken(msgspec.Struct, frozen=True, gc=False):
    payload: _RestrictedToken


class LoginWithAmazon(OAuth2Auth):
    """Tokens of Login with Amazon, for a seller or for the application itself.

    Args:
        account: Whose they are.
        scope: For the application itself; ``None`` for the seller. Never both are sent.
    """

    def __init__(self, account: AmazonAccount, *, scope: str | None = None) -> None:
        super().__init__(
            token_path=TOKEN_PATH,
            token_host=TOKEN_HOST,
            client_id=account.client_id,
            client_secret=account.client_secret,
            grant="client_credentials" if scope is not None else "refresh_token",
            client_authentication="post",
            scope=scope,
            refresh_token=account.refresh_token if scope is None else None,
            # Amazon echoes the refresh token: it does not rotate.
            rotates=False,
            leeway=_LEEWAY,
            header=TOKEN_HEADER,
            scheme="",
            name="grantless" if scope is not None else "",
        )

    @override
    def token_error(self, request: Request, response: Response) -> OperationError | None:
        if response.ok:
            return None
        try:
            code = json_decoder(_LoginError).decode(response.content).error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            code = ""
        if code in codes.LOGIN_PASSING:
            return UnavailableError(
                f"Login with Amazon failed for the moment ({code})", code=code, **error_facts(response)
            )
        if code in codes.LOGIN_ERRORS:
            why = codes.LOGIN_ERRORS[code]
            return AuthenticationError(f"Login with Amazon refused: {why} ({code})", code=code, **error_facts(response))
        return super().token_error(request, response)


class AmazonAuth(Auth):
    """The credentials of one seller: for each call the token that its operation wants, and Amazon's date header.

    Args:
        account: Whose they are.
        operation_of: Tells the operation of a request.
    """

    def __init__(self, account: AmazonAccount, operation_of: Callable[[Request], Operation | None]) -> None:
        self._operation_of = operation_of
        self._seller = LoginWithAmazon(account)
        self._grantless = LoginWithAmazon(account, scope=NOTIFICATIONS_SCOPE)
        self._restricted: dict[str, Token] = {}
        self._seed = f"{account.client_id}\n{account.refresh_token or ''}"

    @override
    def attach(self, session: Session) -> None:
        super().attach(session)
        self._seller.attach(session)
        self._grantless.attach(session)

    @override
    async def headers(self, request: Request) -> Mapping[str, str]:
        """Return the token's header and the date.

        Raises:
            AuthenticationError: Login with Amazon refuses the application or the seller's authorization.
            ConfigurationError: There is no refresh token; nothing was sent.
        """
        # Whether Amazon still checks the date is not known; it was mandatory once, so it is always sent (§1.4).
        date = self.session.clock.now().strftime("%Y%m%dT%H%M%SZ")
        operation = self._operation_of(request)
        grant = operation.grant if operation is not None else Grant.SELLER
        if operation is not None and grant is Grant.RESTRICTED:
            token = await self._restricted_token(operation, lane=request.lane)
            return {TOKEN_HEADER: token.access_token, "x-amz-date": date}
        source = self._grantless if grant is Grant.GRANTLESS else self._seller
        return {**await source.headers(request), "x-amz-date": date}

    @override
    async def refused(self, request: Request, response: Response) -> bool:
        operation = self._operation_of(request)
        grant = operation.grant if operation is not None else Grant.SELLER
        if operation is not None and grant is Grant.RESTRICTED:
            failed = request.headers.get(TOKEN_HEADER)
            token = await self._restricted_token(operation, failed=failed, lane=request.lane)
            return token.access_token != failed
        source = self._grantless if grant is Grant.GRANTLESS else self._seller
        return await source.refused(request, response)

    async def exchange_code(self, code: str, *, redirect_uri: str) -> Token:
        """Turn the code that a seller's authorization gave into a token; it lives five minutes (§1.3).

        Raises:
            AuthenticationError: The code is wrong, used, or too old.
        """
        return await self._seller.exchange_code(code, redirect_uri=redirect_uri)

    async def _restricted_token(self, operation: Operation, *, failed: str | None = None, lane: Lane) -> Token:
        """Return a restricted data token for an operation: one for all its objects, for its hour (§1.6).

        Each set of data elements has a token of its own: one element without its role fails the whole request.
        """
        resource = [operation.method, operation.template, *sorted(operation.data_elements)]
        digest = hashlib.sha256("\n".join([self._seed, *resource]).encode()).hexdigest()[:16]
        key = f"{self.session.key}:rdt:{digest}"
        store = self.session.tokens

        def good(token: Token | None) -> bool:
            return (
                token is not None
                and token.access_token != failed
                and (token.expires_at is None or self.session.clock.now() < token.expires_at - _LEEWAY)
            )

        token = self._restricted.get(key)
        if token is not None and good(token):
            return token
        async with store.lock(key):
            token = await store.load(key)
            if token is None or not good(token):
                token = await self._ask_restricted(operation, lane=lane)
                await store.save(key, token)
            self._restricted[key] = token
            return token

    async def _ask_restricted(self, operation: Operation, *, lane: Lane) -> Token:
        resource: dict[str, object] = {"method": operation.method, "path": operation.template}
        if operation.data_elements:
            resource["dataElements"] = list(operation.data_elements)
        requested_at = self.session.clock.now()
        response = await self.session.send(
            Request(
                operation="restricted_token",
                method=CREATE_RESTRICTED_TOKEN.method,
                path=CREATE_RESTRICTED_TOKEN.template,
                template=CREATE_RESTRICTED_TOKEN.template,
                content=json_encode({"restrictedResources": [resource]}),
                safe=True,
                lane=lane,
            )
        )
        # The answer is bare; older documents show it inside a payload (§1.5).
        wrapped = b'"payload"' in response.content
        answer = (
            read_json(response, json_decoder(_WrappedRestrictedToken)).payload
            if wrapped
            else read_json(response, json_decoder(_RestrictedToken))
        )
        return Token(
            access_token=answer.restricted_data_token,
            expires_at=requested_at + timedelta(seconds=min(answer.expires_in, 86_400)),
        )


def consent_address(
    account: AmazonAccount, application_id: str, *, redirect_uri: str, state: str, draft: bool = False
) -> str:
    """Return the page of Seller Central on which a seller authorizes the application.

    Args:
        account: Its first marketplace says whose Seller Central.
        application_id: The application's id in the developer console (``amzn1.sp.solution.…``), not the client id.
        redirect_uri: Where the seller comes back.
        state: Unguessable.
        draft: Whether the application is not published yet.
    """
    market = MARKETPLACES.get(account.marketplace_ids[0])
    host = market.seller_central if market is not None else "sellercentral.amazon.com"
    query = {"application_id": application_id, "state": state, "redirect_uri": redirect_uri}
    if draft:
        query["version"] = "beta"
    return f"https://{host}/apps/authorize/consent?{urlencode(query)}"


def check_consent(address: str, *, state: str, driver: str, account: str) -> dict[str, str]:
    """Check the address on which a seller came back from Seller Central.

    Args:
        address: The whole address, or its query.
        state: What the consent page was given.
        driver: For the error.
        account: For the error.

    Returns:
        ``code`` and, where Amazon said it, ``seller_id``.

    Raises:
        AuthenticationError: The state does not fit, or there is no code. Do not exchange anything.
    """
    pairs = parse_qsl(urlsplit(address).query or address.partition("?")[2] or address, keep_blank_values=True)
    query = dict(pairs)

    def refusal(why: str) -> AuthenticationError:
        msg = f"amazon: the return from the authorization page is not accepted: {why}"
        return AuthenticationError(msg, provider=driver, account=account, operation="verify_callback")

    if len(query) != len(pairs):
        raise refusal("a parameter came twice")
    if not state or not compare_digest(query.get("state", "").encode(), state.encode()):
        raise refusal("the state is not the one that was sent")
    if not query.get("spapi_oauth_code"):
        raise refusal("it has no code")
    found = {"code": query["spapi_oauth_code"]}
    if query.get("selling_partner_id"):
        found["seller_id"] = query["selling_partner_id"]
    return found
