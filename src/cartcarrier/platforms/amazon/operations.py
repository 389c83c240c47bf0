"""Operations, their usage plans and credentials; what an answer says about a plan (field guide amazon.md §1.7, §9)."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Final

import attrs

from cartcarrier.http import Limit, Request, Response

RATE_HEADER: Final = "x-amzn-ratelimit-limit"


class Grant(StrEnum):
    """Whose token a call carries.

    Attributes:
        SELLER: The seller's, from the refresh token.
        GRANTLESS: The application's own, for the scope of notifications.
        RESTRICTED: A restricted data token for this operation (§1.6).
    """

    SELLER = "seller"
    GRANTLESS = "grantless"
    RESTRICTED = "restricted"


@attrs.frozen(kw_only=True)
class Operation:
    """One operation of the Selling Partner API.

    Attributes:
        id: Amazon's name of it; also of its rate limit.
        method: The HTTP method.
        template: The path, with Amazon's names in braces; as it stands it is also the generic path of a restricted token.
        rate: Calls that flow back in a second, as documented.
        burst: Calls at once.
        safe: Whether sending it twice does no harm.
        grant: Whose token it carries.
        data_elements: What of a restricted operation's data is asked for.
        reserve: Share of the burst that is kept for buying and confirming.
        markers: What Amazon says of a refusal in its text only: patterns, for small letters, with the word that stands as the
            error's ``code`` where one is found. The text itself is never repeated.
    """

    id: str
    method: str
    template: str
    rate: float
    burst: int
    safe: bool = True
    grant: Grant = Grant.SELLER
    data_elements: tuple[str, ...] = ()
    reserve: float = 0.0
    markers: tuple[tuple[str, str], ...] = ()


CREATE_RESTRICTED_TOKEN: Final = Operation(
    id="createRestrictedDataToken",
    method="POST",
    template="/tokens/2021-03-01/restrictedDataToken",
    rate=1,
    burst=10,
)
GET_PARTICIPATIONS: Final = Operation(
    id="getMarketplaceParticipations",
    method="GET",
    template="/sellers/v1/marketplaceParticipations",
    rate=0.016,
    burst=15,
)
SHARED: Final = (CREATE_RESTRICTED_TOKEN, GET_PARTICIPATIONS)
"""Operations that every driver may use."""

# Field guide amazon.md §1.1: one plan for all of the sandbox.
_SANDBOX: Final = Limit(capacity=15, rate=5)


class LimitTable:
    """The usage plans of one seller, as documented and as Amazon corrects them by its header.

    The header carries the rate, not what is left and not the burst; it is missing on refusals (§1.7).

    Args:
        operations: The operations that the driver uses.
        sandbox: Whether the sandbox's one plan holds for all.
    """

    def __init__(self, operations: Iterable[Operation], *, sandbox: bool = False) -> None:
        self._operations = {(one.method, one.template): one for one in operations}
        self._sandbox = sandbox
        self._rates: dict[str, float] = {}

    def operation(self, request: Request) -> Operation | None:
        """Return the operation that a request is for; ``None`` for what has no plan: tokens, documents."""
        return self._operations.get((request.method, request.template or ""))

    def limits(self, request: Request) -> tuple[str, Limit] | None:
        """Name the limit that a request counts against, with its size as far as it is known."""
        operation = self.operation(request)
        if operation is None:
            return None
        if self._sandbox:
            return "sandbox", _SANDBOX
        return operation.id, self._limit(operation)

    def observe(self, request: Request, response: Response) -> tuple[tuple[str, Limit], ...]:
        """Read from an answer at which rate calls flow back for this seller."""
        operation = self.operation(request)
        rate = _rate(response.headers.get(RATE_HEADER))
        if operation is None or rate is None or self._sandbox:
            return ()
        self._rates[operation.id] = rate
        return ((operation.id, self._limit(operation)),)

    def pause(self, request: Request) -> timedelta | None:
        """Return how long after a refusal the next call can succeed: until one unit has flowed back."""
        operation = self.operation(request)
        if operation is None:
            return None
        rate = _SANDBOX.rate if self._sandbox else self._rates.get(operation.id, operation.rate)
        return timedelta(seconds=1 / rate)

    def _limit(self, operation: Operation) -> Limit:
        rate = self._rates.get(operation.id, operation.rate)
        return Limit(capacity=operation.burst, rate=rate, reserve=operation.reserve)


def _rate(text: str | None) -> float | None:
    try:
        rate = float(text or "")
    except ValueError:
        return None
    # the slowest that is documented is one call in three minutes; far below that it is no rate
    return rate if 1e-5 < rate < 1e6 else None
