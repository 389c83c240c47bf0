"""How USPS's requests get their two tokens: a bearer for all, and a payment token for what touches a label.

Neither is fetched for each call: each of these calls counts, and USPS asks for it (field guide usps.md §0.2, §1.1).
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs
import msgspec
from typing_extensions import override

from cartcarrier.carriers.usps.codes import missing_scope
from cartcarrier.carriers.usps.config import PAYMENT_PATH, TOKEN_PATH, USPSConfig
from cartcarrier.carriers.usps.errors import request_id, scope_missing
from cartcarrier.carriers.usps.schemas import PaymentRequest, PaymentResponse, Role
from cartcarrier.errors import PermissionDeniedError, ResponseError
from cartcarrier.http import Auth, Lane, OAuth2Auth, Request, Response, Token, json_decoder, json_encode, read_json

if TYPE_CHECKING:
    from cartcarrier.http import Session

PAYMENT_HEADER: Final = "X-Payment-Authorization-Token"
_BEARER_LEEWAY: Final = timedelta(minutes=5)
# USPS names no end in the answer, and 8 hours in the text (field guide usps.md §1.1).
_PAYMENT_LIFETIME: Final = timedelta(hours=8)
_PAYMENT_LEEWAY: Final = timedelta(minutes=15)
_PAID: Final = frozenset({"ship", "return", "ship_abroad", "reprint", "void", "manifest"})


def payment_roles(config: USPSConfig) -> PaymentRequest:
    """Return who pays and whose barcodes are used, which USPS demands; and whose contract prices, where those are quoted.

    Without a rate holder labels are sold at commercial prices, whatever was quoted (field guide usps.md §1.1).
    """
    permit = config.account_type == "PERMIT"
    payer = Role(
        role_name="PAYER",
        crid=config.crid,
        mid=config.mid,
        manifest_mid=config.manifest_mid,
        account_type=config.account_type,
        account_number=None if permit else config.account_number,
        permit_number=config.account_number if permit else None,
        permit_zip=config.permit_zip if permit else None,
    )
    owner = Role(role_name="LABEL_OWNER", crid=config.crid, mid=config.mid, manifest_mid=config.manifest_mid)
    if config.price_type != "CONTRACT":
        return PaymentRequest(roles=[payer, owner])
    holder = msgspec.structs.replace(payer, role_name="RATE_HOLDER", mid=None, manifest_mid=None)
    return PaymentRequest(roles=[payer, owner, holder])


class USPSAuth(Auth):
    """Both tokens of one account; each is renewed once for however many calls wait for it.

    Args:
        config: The account.
    """

    def __init__(self, config: USPSConfig) -> None:
        # no scope: asking for one that the app does not own gives a token without any (field guide usps.md §1)
        self._bearer = OAuth2Auth(
            token_path=TOKEN_PATH,
            client_id=config.client_id,
            client_secret=config.client_secret,
            client_authentication="json",
            leeway=_BEARER_LEEWAY,
        )
        self._roles = json_encode(payment_roles(config))
        self._payment: Token | None = None

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {TOKEN_PATH}>"

    @override
    def attach(self, session: "Session") -> None:
        """Learn the session that the credentials are for."""
        super().attach(session)
        self._bearer.attach(session)

    @override
    async def headers(self, request: Request) -> Mapping[str, str]:
        """Return the header fields with tokens that are good, getting them first if need be.

        Raises:
            AuthenticationError: USPS refuses the client.
            PermissionDeniedError: USPS refuses the payment account.
        """
        bearer = await self._bearer.headers(request)
        if request.operation not in _PAID:
            return bearer
        payment = await self.get_payment_token(lane=request.lane)
        return {**bearer, PAYMENT_HEADER: payment.access_token}

    @override
    async def refused(self, request: Request, response: Response) -> bool:
        """Replace the tokens that were refused, unless somebody has already.

        A token that never had the scope is not replaced: the next one would not have it either.

        Raises:
            PermissionDeniedError: The token has not the scope that this call needs.
        """
        token = await self._bearer.get_token(lane=request.lane)
        scope = missing_scope(request.operation, token.scopes)
        if scope is not None:
            raise scope_missing(request, response, scope)
        payment = request.headers.get(PAYMENT_HEADER)
        dropped = False
        if payment is not None:
            # which of the two is over is not said
            dropped = self._payment is None or self._payment.access_token != payment or await self._drop(payment)
        return await self._bearer.refused(request, response) or dropped

    async def get_payment_token(self, *, lane: Lane = Lane.PURCHASE) -> Token:
        """Return a payment token that is good now.

        Raises:
            PermissionDeniedError: The account is not set up for labels.
        """
        if self._payment is not None and self._is_good(self._payment):
            return self._payment
        store = self.session.tokens
        key = self.payment_key
        async with store.lock(key):
            stored = await store.load(key)
            if stored is not None and self._is_good(stored):
                self._payment = stored
                return stored
            token = await self._ask(lane)
            await store.save(key, token)
            self._payment = token
            return token

    @property
    def payment_key(self) -> str:
        """The key in the token store: the account, and a digest of its roles, so that new settings start afresh."""
        seed = self.session.base_url("api").encode() + b"\n" + self._roles
        return f"{self.session.key}:payment:{hashlib.sha256(seed).hexdigest()[:16]}"

    def _is_good(self, token: Token) -> bool:
        return token.expires_at is not None and self.session.clock.now() < token.expires_at - _PAYMENT_LEEWAY

    async def _drop(self, failed: str) -> bool:
        store = self.session.tokens
        async with store.lock(self.payment_key):
            stored = await store.load(self.payment_key)
            if stored is not None and stored.access_token == failed:
                await store.save(self.payment_key, attrs.evolve(stored, expires_at=self.session.clock.now()))
        self._payment = None
        return True

    async def _ask(self, lane: Lane) -> Token:
        asked_at = self.session.clock.now()
        request = Request(
            operation="payment",
            method="POST",
            path=PAYMENT_PATH,
            template=PAYMENT_PATH,
            content=self._roles,
            safe=True,
            lane=lane,
        )
        response = await self.session.send(request)
        answer = read_json(response, json_decoder(PaymentResponse))
        if not answer.payment_authorization_token and not answer.body:
            raise ResponseError(
                "USPS answered payment without a token", request_id=request_id(response), **response.facts
            )
        if not answer.payment_authorization_token:
            # a refusal that looks like a success (field guide usps.md §1.1); its sentence may name the account
            raise PermissionDeniedError(
                "USPS gave no payment token: the CRID is not enrolled in USPS Ship, or crid, mid, manifest_mid and"
                " account_number do not belong together",
                code="payment",
                request_id=request_id(response),
                **response.facts,
            )
        return Token(access_token=answer.payment_authorization_token, expires_at=asked_at + _PAYMENT_LIFETIME)
