"""USPS's refusals: a status, a code and a sentence, in the shapes that USPS sends (field guide usps.md §8)."""

import json
from http import HTTPStatus
from typing import Final

from cartcarrier.sandbox.usps.answers import Node

NO_SCOPE: Final = "Insufficient OAuth scope."
BAD_TOKEN: Final = "The access token is missing, invalid or expired."  # noqa: S105 - words, not a secret
OVER_QUOTA: Final = "Exceeded quota limit of calls for this API. Try again later."
GATEWAY_CODE: Final = "steps.oasvalidation.Failed"


class USPSError(Exception):
    """What USPS answers in place of a result.

    Args:
        code: USPS's own code, six digits; empty where only the sentence tells what is wrong.
        detail: USPS's sentence.
        parameter: The member that is to blame.
        status: The HTTP status.
        headers: To send along.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        parameter: str = "",
        *,
        status: int = 400,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.parameter = parameter
        self.status = status
        self.headers: dict[str, str] = headers or {}

    def body(self, api: str) -> Node:
        """Return the error body of an API, for example ``/labels/v3``."""
        if not self.code:
            return error_body(api, self.status, self.detail, [])
        entry: Node = {
            "status": str(self.status),
            "code": self.code,
            "title": HTTPStatus(self.status).phrase,
            "detail": self.detail,
        }
        if self.parameter:
            entry["source"] = {"parameter": self.parameter}
        message = self.detail if self.code == GATEWAY_CODE else HTTPStatus(self.status).phrase
        return error_body(api, self.status, message, [entry])


class ShapeError(Exception):
    """A request that the gateway does not let through: it does not fit the published description.

    Args:
        reason: What is wrong, as the gateway's validator says it.
        pointer: Where.
    """

    def __init__(self, reason: str, pointer: str) -> None:
        super().__init__(reason, pointer)
        self.reason = reason
        self.pointer = pointer

    def refuse(self, api: str) -> USPSError:
        """Return the refusal that the gateway sends for an API."""
        name = api.strip("/").replace("/", "-")
        text = (
            f'OASValidation OpenAPI-Spec-Validation-{name} with resource "oas://{name}.yaml": failed with reason: '
            f'"[ERROR - {self.reason}: [{self.pointer}]]"'
        )
        return USPSError(GATEWAY_CODE, text, self.pointer)


def error_body(api: str, status: int, message: str, errors: list[Node]) -> Node:
    """Return an error body in USPS's common shape."""
    return {"apiVersion": api, "error": {"code": str(status), "message": message, "errors": errors}}


def body_for_status(status: int, api: str = "/v3") -> bytes:
    """Return the body that USPS sends with a status, when nothing else is known about the failure."""
    if status in {502, 504}:
        fault = {
            "faultstring": "The Service is temporarily unavailable",
            "detail": {"errorcode": "messaging.adaptors.http.flow"},
        }
        return json.dumps({"fault": fault}).encode()
    message = OVER_QUOTA if status == 429 else HTTPStatus(status).phrase
    return json.dumps(error_body(api, status, message, [])).encode()


def unauthorized(message: str) -> USPSError:
    """Return the refusal of a caller who may not: 401, whether the token is bad or the product not granted (§0.4)."""
    return USPSError("", message, status=401, headers={"WWW-Authenticate": 'Bearer realm="apis.usps.com"'})
