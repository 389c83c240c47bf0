"""FedEx's refusals: a code, a message and an HTTP status, in the envelopes that FedEx sends (field guide fedex.md §8)."""

import json
from typing import Any, Final

NOT_AUTHORIZED: Final = "NOT.AUTHORIZED.ERROR"
FORBIDDEN: Final = "FORBIDDEN.ERROR"
NOT_FOUND: Final = "NOT.FOUND.ERROR"
BAD_REQUEST: Final = "BAD.REQUEST.ERROR"
TOO_MANY: Final = "TOO.MANY.REQUESTS.ERROR"  # assumed: FedEx documents the status and a text, not the code
INPUT: Final = "INVALID.INPUT.EXCEPTION"
PLACEHOLDER: Final = "We are not able to retrieve the message for the warning or error."

MESSAGES: Final = {
    NOT_AUTHORIZED: "The access token is unknown or has expired.",
    FORBIDDEN: "These credentials may not use this resource.",
    NOT_FOUND: "There is no such resource, or it is gone.",
    TOO_MANY: "Too many requests in a short duration; please wait a while.",
    "INTERNAL.SERVER.ERROR": "Something unexpected went wrong.",
    "SERVICE.UNAVAILABLE.ERROR": "The service is not available now.",
}
# The envelopes of these statuses have no room for the caller's own transaction id (the published descriptions).
_WITHOUT_CUSTOMER_ID: Final = frozenset({401, 403, 404, 429, 503})


class FedExError(Exception):
    """What FedEx answers in place of a result.

    Args:
        code: FedEx's own code.
        message: FedEx's words; by default those that belong to the code.
        status: The HTTP status.
        parameters: Name and value of what was wrong, where FedEx says it.
    """

    def __init__(
        self, code: str, message: str = "", status: int = 400, parameters: dict[str, str] | None = None
    ) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message: str = message or MESSAGES[code]
        self.status = status
        self.parameters: dict[str, str] = parameters or {}


def invalid_input(what: str) -> FedExError:
    """Return FedEx's refusal of a body whose shape is wrong: 422, and the member is often not named (guide §2.1)."""
    return FedExError(INPUT, f"A field's value is invalid: {what}", 422)


def error_envelope(error: FedExError, transaction_id: str, customer_id: str | None) -> dict[str, Any]:
    """Return the common error body."""
    entry: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.parameters:
        entry["parameterList"] = [{"key": key, "value": value} for key, value in error.parameters.items()]
    body: dict[str, Any] = {"transactionId": transaction_id}
    if customer_id is not None and error.status not in _WITHOUT_CUSTOMER_ID:
        body["customerTransactionId"] = customer_id
    return {**body, "errors": [entry]}


def body_for_status(status: int, transaction_id: str) -> bytes:
    """Return the body that FedEx sends with a status, when nothing else is known about the failure."""
    by_status = {401: NOT_AUTHORIZED, 403: FORBIDDEN, 404: NOT_FOUND, 429: TOO_MANY, 503: "SERVICE.UNAVAILABLE.ERROR"}
    code = by_status.get(status, "INTERNAL.SERVER.ERROR" if status >= 500 else INPUT)
    message = MESSAGES.get(code, "A field's value is invalid")
    return json.dumps(error_envelope(FedExError(code, message, status), transaction_id, None)).encode()
