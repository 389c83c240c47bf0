"""A check of every exchange with the simulated Amazon."""

import httpx

from cartcarrier.sandbox.amazon._routes import find_operation
from tests.contract import oracle_swagger2
from tests.sandbox.amazon.client import TOKEN_URL


class Checked:
    """Checks every exchange with the API, and remembers which operations and statuses it has seen."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()

    async def __call__(self, answer: httpx.Response) -> None:
        """Look at one exchange."""
        await answer.aread()
        request = answer.request
        if str(request.url) == TOKEN_URL:
            oracle_swagger2.check_assumed(answer.json(), "lwa_token")
            return
        raw = request.url.raw_path.decode().partition("?")[0]
        found = find_operation(request.method, raw)
        if found is None:
            return
        operation = found[0]
        oracle_swagger2.check_exchange(
            request.method,
            operation.template,
            request.url.query.decode(),
            request.content,
            answer.status_code,
            answer.content,
        )
        if answer.status_code < 500:  # ordered faults come from the front door, without it
            assert "x-amzn-requestid" in answer.headers
        self.seen.add((operation.name, answer.status_code))
