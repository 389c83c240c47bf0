"""Questions and answers: one method for each document, a schema object back.

All goes to one address. What the answers say about costs is remembered here; how a page that is too heavy is made smaller is
decided here (field guide shopify.md §5).
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary, WeakSet

import msgspec

from cartcarrier.channels.shopify import schemas
from cartcarrier.channels.shopify.auth import TOKEN_PATH, exchange_code, make_auth
from cartcarrier.channels.shopify.client.documents import DOCUMENTS, Document
from cartcarrier.channels.shopify.client.files import ResultFile
from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.errors import (
    TooHeavyError,
    bucket_status,
    graphql_error,
    http_error,
    is_dispensable,
    query_cost,
    response_facts,
)
from cartcarrier.errors import OperationError, ProviderError, RejectedError, ResponseError
from cartcarrier.http import (
    Clock,
    Lane,
    Limit,
    Request,
    Response,
    RetryPolicy,
    Session,
    SessionOwner,
    json_decoder,
    json_encode,
    read_json,
)

T = TypeVar("T")

_logger = logging.getLogger("cartcarrier.channels.shopify")

# Until an answer tells: a Standard shop (field guide shopify.md §5.1). A tenth is kept for buying and confirming.
_FIRST_LIMIT: Final = Limit(capacity=2000, rate=100, reserve=0.1)
_UNKNOWN_COST_SHARE: Final = 0.1
_HEAVY_TRIES: Final = 2
_SMALLEST_TRIES: Final = 4
_WARY: Final = 20  # answers after which pages grow again that a 502 or 504 made small
_RETRY: Final = RetryPolicy(attempts=6)


class _Loose(msgspec.Struct, rename="camel"):
    """An answer of which only the errors can be read: a null where the schema promises a value."""

    errors: list[schemas.GraphQLError] | str | None = None
    extensions: schemas.Extensions | None = None


class ShopifyClient:
    """The Admin API of one shop.

    Args:
        driver: Whose requests they are.
        config: The shop's settings.

    Attributes:
        version_warning: What to know when Shopify ran another version than was asked for; ``None`` while it did not.
    """

    def __init__(self, driver: SessionOwner, config: ShopifyConfig) -> None:
        self._config = config
        self._path = config.graphql_path
        self._limit = _FIRST_LIMIT
        self._costs: dict[tuple[str, tuple[int, ...]], float] = {}
        self._sizes: dict[str, tuple[int, ...]] = {}
        self._wary: dict[str, int] = {}
        self._answers: WeakKeyDictionary[Response, schemas.Answer[Any]] = WeakKeyDictionary()
        self._withheld: set[str] = set()
        self.version_warning: str | None = None
        self._driver = driver
        self._results: WeakSet[ResultFile] = WeakSet()
        self._session = Session(
            driver,
            hosts={"api": f"https://{config.shop}"},
            auth=make_auth(config),
            translate=self._translate,
            limits=self._limits,
            observe=self._observe,
            retry=_RETRY,
        )

    @property
    def clock(self) -> Clock:
        """Where time comes from."""
        return self._session.clock

    @property
    def base_url(self) -> str:
        """The shop's address."""
        return self._session.base_url("api")

    def size(self, document: Document[Any], name: str, *, default: int | None = None) -> int:
        """Return the page size that a document is asked for with now.

        Args:
            document: Which.
            name: Of the size.
            default: In place of the document's own, while no smaller one was found to be needed.
        """
        names = [known for known, _ in document.sizes]
        if document.name in self._sizes:
            return self._sizes[document.name][names.index(name)]
        return default if default is not None else dict(document.sizes)[name]

    def facts(self, operation: str) -> dict[str, Any]:
        """Return what an error says that is about no single answer."""
        return {"provider": self._session.provider, "account": self._session.account, "operation": operation}

    async def aclose(self) -> None:
        """Close the connections."""
        for result in list(self._results):
            await result.aclose()
        await self._session.aclose()

    def open_result(self, url: str, *, size: int | None) -> ResultFile:
        """Return the result of a bulk operation; closed with the client.

        Args:
            url: As Shopify gave it.
            size: In bytes, where Shopify says.

        Raises:
            ResponseError: The address is none that such a file could have.
        """
        result = ResultFile(self._driver, self._config, url, size=size)
        self._results.add(result)
        return result

    async def exchange_code(self, code: str) -> dict[str, str]:
        """Turn an authorization code into settings."""
        return await exchange_code(self._session, self._config, code)

    # --- asking -----------------------------------------------------------------------------------------------------

    async def read(
        self,
        document: Document[T],
        variables: Mapping[str, Any] | None = None,
        *,
        operation: str,
        lane: Lane = Lane.SYNC,
        first: int | None = None,
    ) -> tuple[T, Response]:
        """Ask a query; where a page is too heavy, ask for a smaller one.

        Args:
            document: What to ask.
            variables: Beside the page sizes.
            operation: What the caller does, for errors.
            lane: What it is for.
            first: The largest outermost page that the caller wants.

        Raises:
            OperationError: As the platform says.
        """
        sizes = self._sizes.get(document.name) or tuple(size for _, size in document.sizes)
        if first is not None and sizes:
            sizes = (min(first, sizes[0]) if document.name in self._sizes else first, *sizes[1:])
        heavy = 0
        while True:
            request = self._request(document, dict(variables or {}), sizes, operation=operation, lane=lane, safe=True)
            try:
                answer = await self._send(request)
            except TooHeavyError as error:
                heavy += 1
                if not error.permanent and heavy < _HEAVY_TRIES:
                    await self._pause(heavy)
                    continue
                smaller = _halved(document, sizes)
                if smaller == sizes:
                    if error.permanent or heavy >= _SMALLEST_TRIES:
                        raise error.unwrapped() from None
                    await self._pause(heavy)
                    continue
                sizes = self._sizes[document.name] = smaller
                heavy = 0
                if error.permanent:
                    self._wary.pop(document.name, None)
                else:
                    self._wary[document.name] = _WARY
                    await self._pause(1)
                _logger.info("%s: asking for smaller pages of %s", self._session.key, document.name)
            else:
                self._grow(document)
                return answer

    def _grow(self, document: Document[Any]) -> None:
        """Forget smaller pages that a passing trouble made us ask for; a cost that is too high stays too high."""
        left = self._wary.get(document.name)
        if left is None:
            return
        if left > 1:
            self._wary[document.name] = left - 1
        else:
            del self._wary[document.name]
            self._sizes.pop(document.name, None)

    async def change(
        self,
        document: Document[T],
        variables: Mapping[str, Any],
        *,
        operation: str,
        lane: Lane = Lane.CONFIRM,
        safe: bool = False,
    ) -> tuple[T, Response]:
        """Ask for a change. Never repeated by itself once it may have been done; ``THROTTLED`` was not done.

        Args:
            document: What to do.
            variables: With what.
            operation: What the caller does, for errors.
            lane: What it is for.
            safe: True where a repeat does no harm.
        """
        request = self._request(document, dict(variables), (), operation=operation, lane=lane, safe=safe)
        try:
            return await self._send(request)
        except TooHeavyError as error:
            raise error.unwrapped() from None

    async def _pause(self, attempt: int) -> None:
        await self._session.clock.sleep(_RETRY.backoff(attempt).total_seconds())

    async def _send(self, request: Request) -> tuple[Any, Response]:
        response = await self._session.send(request)
        answer = self._answer(response)
        if answer.data is None:
            message = f"shopify answered {request.operation} without data"
            raise ResponseError(message, outcome_unknown=not request.safe, **response_facts(response))
        return answer.data, response

    def _request(
        self,
        document: Document[Any],
        variables: dict[str, Any],
        sizes: tuple[int, ...],
        *,
        operation: str,
        lane: Lane,
        safe: bool,
    ) -> Request:
        for (name, _), size in zip(document.sizes, sizes, strict=True):
            variables[name] = size
        cost = self._costs.get((document.name, sizes))
        if cost is None:
            cost = self._limit.capacity * _UNKNOWN_COST_SHARE if document.sizes else 10.0
        return Request(
            operation=operation,
            method="POST",
            path=self._path,
            # The name of the document stands in the log, and finds its schema again.
            template=f"/admin/api/{{version}}/graphql.json {document.name}",
            content=json_encode(schemas.Question(query=document.text, variables=variables)),
            safe=safe,
            lane=lane,
            cost=cost,
        )

    # --- reading answers --------------------------------------------------------------------------------------------

    def _document(self, request: Request) -> Document[Any] | None:
        return DOCUMENTS.get((request.template or "").rpartition(" ")[2])

    def _answer(self, response: Response) -> schemas.Answer[Any]:
        """Decode an answer, once: limits, errors and data are read from the same object."""
        known = self._answers.get(response)
        if known is not None:
            return known
        document = self._document(response.request)
        if document is None:
            msg = f"shopify: no document belongs to {response.request.operation}"
            raise ResponseError(msg, **response_facts(response))
        answer: schemas.Answer[Any]
        try:
            answer = document.decoder.decode(response.content)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            # A field that was refused may be null where the schema promises a value: then the errors say why.
            loose: _Loose | None
            try:
                loose = json_decoder(_Loose).decode(response.content)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                loose = None
            if loose is None or not loose.errors:
                answer = read_json(response, document.decoder)  # raises, and says where
            else:
                answer = schemas.Answer(errors=loose.errors, extensions=loose.extensions)
        self._answers[response] = answer
        return answer

    def _translate(self, request: Request, response: Response) -> OperationError | None:
        self._check_version(response)
        if not response.ok:
            return http_error(response, shop=self._config.shop, version=self._config.api_version)
        if request.path == TOKEN_PATH:
            return None
        answer = self._answer(response)
        errors = answer.errors
        if not errors:
            return None
        if isinstance(errors, str):
            # The form of the older API, which Shopify's edge still uses.
            return RejectedError(f"shopify refused {request.operation}", **response_facts(response))
        if answer.data is not None and all(is_dispensable(error) for error in errors):
            self._note_withheld(errors)
            return None
        return graphql_error(response, errors, answer.extensions)

    def _note_withheld(self, errors: Iterable[schemas.GraphQLError]) -> None:
        for error in errors:
            name = str(error.path[-1]) if error.path else "a field"
            if name not in self._withheld:
                self._withheld.add(name)
                _logger.warning(
                    "%s: Shopify withholds %r from this app; it is taken as not known", self._session.key, name
                )

    def _check_version(self, response: Response) -> None:
        # A version that has ended falls forward without a word (field guide shopify.md §1, pitfall 33).
        ran = response.headers.get("x-shopify-api-version")
        if ran is None or ran == self._config.api_version or self.version_warning is not None:
            return
        if not (len(ran) <= 16 and ran.replace("-", "").isalnum()):
            return
        self.version_warning = f"Shopify ran version {ran} of its API, not {self._config.api_version}: set api_version to one that it supports"
        _logger.warning("%s: %s", self._session.key, self.version_warning)

    # --- costs ------------------------------------------------------------------------------------------------------

    def _limits(self, request: Request) -> tuple[str, Limit] | None:
        return None if request.path == TOKEN_PATH else ("", self._limit)

    def _observe(self, request: Request, response: Response) -> Iterable[tuple[str, Limit]]:
        if request.path != self._path or not response.ok:
            return ()
        try:
            answer = self._answer(response)
        except ProviderError:
            return ()  # told by translate
        cost = answer.extensions.cost if answer.extensions is not None else None
        if cost is None:
            return ()
        document = self._document(request)
        points = query_cost(cost)
        if document is not None and points is not None:
            sizes = self._sizes_of(document, request)
            self._costs[(document.name, sizes)] = points
        status = bucket_status(cost)
        if status is None:
            return ()
        self._limit = Limit(
            capacity=status.maximum_available,
            rate=status.restore_rate,
            reserve=_FIRST_LIMIT.reserve,
        )
        return (
            (
                "",
                Limit(
                    capacity=status.maximum_available,
                    rate=status.restore_rate,
                    available=status.currently_available,
                    reserve=_FIRST_LIMIT.reserve,
                ),
            ),
        )

    def _sizes_of(self, document: Document[Any], request: Request) -> tuple[int, ...]:
        if not document.sizes or request.content is None:
            return ()
        variables = json_decoder(_Variables).decode(request.content).variables
        return tuple(variables[name] for name, _ in document.sizes)


class _Variables(msgspec.Struct):
    variables: dict[str, Any]


def _halved(document: Document[Any], sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return smaller pages: the outermost first; at one, the nested ones (field guide shopify.md §5.1)."""
    outermost = bool(document.sizes) and document.sizes[0][0] == "first"
    if outermost and sizes[0] > 1:
        return ((sizes[0] + 1) // 2, *sizes[1:])
    return tuple((size + 1) // 2 for size in sizes)
