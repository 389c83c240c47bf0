"""Shopify's refusals as our errors, in one place (field guide shopify.md §5).

There are three channels: the HTTP status, ``errors`` at the top level, and ``userErrors`` in what a mutation answers. Shopify's
own words are repeated only where they cannot hold personal data: for user errors of mutations that send none.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.channels.shopify.codes import Kind
from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    Problem,
    ProviderError,
    RateLimitError,
    RejectedError,
    UnavailableError,
    short_code,
)
from cartcarrier.http import Response

_LEAST_WAIT: Final = timedelta(seconds=1)
_NAMED: Final = 5  # codes in one message
_MOST_RATE: Final = 1e6  # points a second
_MOST_POINTS: Final = 1e7
_MOST_COST: Final = 1e4  # a single query may cost 1000 (field guide shopify.md §5.1)
_LONGEST_FILL: Final = 3600.0  # seconds in which any bucket is full again
_LEVEL_2: Final = "protected customer data of level 2 (name, address, phone, e-mail) is withheld from this app: ask Shopify for access to it"
# Fields whose path says that level 2 is what is missing (field guide shopify.md §4).
_LEVEL_2_FIELDS: Final = frozenset({"shippingAddress", "destination", "email", "phone", "billingAddress", "customer"})


# Without these an order can be shipped all the same; what is withheld is None, which means "not known".
_DISPENSABLE: Final = frozenset({"email", "phone", "risk", "location", "isFulfillmentService", "note"})


class TooHeavyError(ProviderError):
    """A query that must be asked for in smaller pages. It does not leave the driver.

    Attributes:
        permanent: True for a query that is too costly as it is; False for a 502 or 504, which may pass.
    """

    permanent: bool

    def __init__(self, message: str, *, permanent: bool = False, **facts: Any) -> None:  # noqa: ANN401 - ProviderError's
        super().__init__(message, permanent=permanent, **facts)

    def unwrapped(self) -> ProviderError:
        """Return what the caller is told when smaller pages do not help."""
        facts = {name: value for name, value in self._facts.items() if name != "permanent"}
        kind = RejectedError if self.permanent else UnavailableError
        return kind(self.message, **facts)


def response_facts(response: Response) -> dict[str, Any]:
    """Return what every error about an answer says."""
    return {**response.facts, "request_id": response.headers.get("x-request-id")}


def http_error(response: Response, *, shop: str, version: str) -> OperationError | None:
    """Return the error that an HTTP status means here, or ``None`` where the general meaning holds.

    Args:
        response: The answer; its status is not a success.
        shop: For the error about a wrong address.
        version: As ``shop``.

    Raises:
        ConfigurationError: There is no such shop, or no such version: nothing was done.
    """
    facts = response_facts(response)
    status = response.status
    operation = response.request.operation
    if status == 401:
        return AuthenticationError(
            f"shopify does not accept the access token for {operation}: it was revoked, or the app was uninstalled",
            **facts,
        )
    if status == 404:
        msg = f"shopify has no shop {shop}, or no version {version} of the API there (HTTP 404)"
        raise ConfigurationError(msg, field="shop")
    if status in codes.HTTP_KIND:
        _, why = codes.HTTP_KIND[status]
        return PermissionDeniedError(f"shopify refused {operation}: {why} (HTTP {status})", code=str(status), **facts)
    if status == 400:
        return RejectedError(f"shopify cannot read {operation} (HTTP 400)", code="400", **facts)
    if status in {502, 504} and response.request.safe:
        return TooHeavyError(f"shopify failed at {operation} (HTTP {status})", code=str(status), **facts)
    return None


def bucket_status(cost: schemas.Cost | None) -> schemas.ThrottleStatus | None:
    """Return what an answer says about the bucket; ``None`` for nothing, and for numbers that no bucket of Shopify's has.

    An odd number that was believed would stop the account for as long as it is remembered. Real buckets hold 1000 to 20 000
    points and are full again in 20 s (field guide shopify.md §5.1); the bounds leave room for others.
    """
    status = cost.throttle_status if cost is not None else None
    if status is None or not (
        1 <= status.restore_rate <= _MOST_RATE
        and 1 <= status.maximum_available <= _MOST_POINTS
        and -_MOST_POINTS <= status.currently_available <= _MOST_POINTS
    ):
        return None
    missing = status.maximum_available - status.currently_available
    return status if missing / status.restore_rate <= _LONGEST_FILL else None


def query_cost(cost: schemas.Cost | None) -> float | None:
    """Return what a query may cost; ``None`` for nothing, and for a number that no query can cost."""
    points = cost.requested_query_cost if cost is not None else None
    return points if points is not None and 0 <= points <= _MOST_COST else None


def throttle_wait(cost: schemas.Cost | None) -> timedelta:
    """Return how long to wait after ``THROTTLED``: until the bucket holds what the query may cost, at least a second (§5.1)."""
    status = bucket_status(cost)
    points = query_cost(cost)
    if status is None or points is None:
        return _LEAST_WAIT
    seconds = (points - status.currently_available) / status.restore_rate
    return timedelta(seconds=min(max(seconds, _LEAST_WAIT.total_seconds()), _LONGEST_FILL))


def is_dispensable(error: schemas.GraphQLError) -> bool:
    """Return whether a field was withheld without which the answer can be used.

    Apps are approved field by field, and places need ``read_locations`` (field guide shopify.md §4).
    """
    return bool(error.path) and error.code == "ACCESS_DENIED" and str((error.path or [""])[-1]) in _DISPENSABLE


def _permission_message(operation: str, error: schemas.GraphQLError) -> str:
    parts = {str(part) for part in error.path or ()}
    if parts & _LEVEL_2_FIELDS or "not approved to access" in error.message.lower():
        return f"shopify refused a part of {operation}: {_LEVEL_2}"
    needed = (error.extensions or {}).get("requiredAccess")
    # What Shopify says here comes from its schema: the names of scopes.
    words = f"; it needs: {needed}" if isinstance(needed, str) and needed else ""
    return f"shopify denies access to {error.field or operation}{words}"


def level_2_error(facts: dict[str, Any], operation: str) -> PermissionDeniedError:
    """Return the error for an order whose address is withheld."""
    return PermissionDeniedError(
        f"shopify gave no shipping address for an order that needs one in {operation}: {_LEVEL_2}; "
        "an order that truly has none must get one in the shop",
        code="ACCESS_DENIED",
        **facts,
    )


def graphql_error(
    response: Response, errors: Sequence[schemas.GraphQLError], extensions: schemas.Extensions | None
) -> OperationError:
    """Return the error for ``errors`` at the top level of an answer.

    Args:
        response: The answer.
        errors: At least one.
        extensions: With the cost, for the wait.
    """
    facts = response_facts(response)
    operation = response.request.operation
    kinds = {codes.ERROR_KIND.get(error.code, Kind.REJECTED): error for error in reversed(errors)}
    # The gravest first: what may have happened, what will pass, what needs a person.
    if (error := kinds.get(Kind.UNAVAILABLE)) is not None:
        request_id = (error.extensions or {}).get("requestId")
        if isinstance(request_id, str):
            facts["request_id"] = request_id
        return UnavailableError(
            f"shopify failed inside {operation} ({error.code})",
            code=error.code,
            outcome_unknown=not response.request.safe,
            **facts,
        )
    if (error := kinds.get(Kind.RATE_LIMIT)) is not None:
        return RateLimitError(
            f"shopify throttled {operation}; nothing was done",
            code=error.code,
            retry_after=throttle_wait(extensions.cost if extensions is not None else None),
            **facts,
        )
    if (error := kinds.get(Kind.TOO_COSTLY)) is not None:
        return TooHeavyError(
            f"shopify finds {operation} too costly for one query ({error.code})",
            permanent=True,
            code=error.code,
            **facts,
        )
    if (error := kinds.get(Kind.PERMISSION)) is not None:
        return PermissionDeniedError(_permission_message(operation, error), code=error.code, **facts)
    if (error := kinds.get(Kind.NOT_FOUND)) is not None:
        return NotFoundError(f"shopify does not know the object of {operation}", code=error.code, **facts)
    problems = tuple(
        Problem(message="refused by Shopify", code=error.code or None, field=error.field or None) for error in errors
    )
    named = ", ".join(sorted({error.code for error in errors if error.code})[:_NAMED]) or "no code"
    return RejectedError(
        f"shopify refused {operation} ({named})", code=errors[0].code or None, problems=problems, **facts
    )


def user_error(
    response: Response, errors: Sequence[schemas.UserError], *, words: bool = True
) -> RejectedError | NotFoundError | PermissionDeniedError | UnavailableError:
    """Return the error for ``userErrors``: the mutation was not done.

    Args:
        response: The answer.
        errors: At least one.
        words: Whether Shopify's own words may be repeated: only for mutations that send no personal data.
    """
    facts = response_facts(response)
    operation = response.request.operation
    first = errors[0]
    said = f": {first.message}" if words and first.message else ""
    code = short_code(first.code)
    message = f"shopify refused {operation}{said}" + (f" ({code})" if code else "")
    kind = codes.ERROR_KIND.get(first.code or "", Kind.REJECTED)
    if kind is Kind.NOT_FOUND:
        return NotFoundError(message, code=first.code, **facts)
    if kind is Kind.PERMISSION:
        return PermissionDeniedError(message, code=first.code, **facts)
    if kind is Kind.UNAVAILABLE:
        return UnavailableError(message, code=first.code, outcome_unknown=True, **facts)
    problems = tuple(
        Problem(
            message=error.message if words else "refused by Shopify",
            code=error.code,
            field=".".join(error.field) if error.field else None,
        )
        for error in errors
    )
    return RejectedError(message, code=first.code, problems=problems, **facts)


def conflict(facts: dict[str, Any], message: str, *, code: str | None = None) -> ConflictError:
    """Return the error for what collides with the present state."""
    return ConflictError(f"shopify: {message}", code=code, **facts)
