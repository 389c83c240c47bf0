"""UPS's refusals: a code, a message and an HTTP status, in the shapes that UPS sends (field guide ups.md §8)."""

import json
from collections.abc import Mapping
from typing import Any

MISSING = "10002"  # a member is missing or has the wrong type; UPS has finer codes for some, the guide names those
INVALID = "10003"  # a value that UPS does not take; as above
ILLEGAL_CHARACTERS = "121000"

MESSAGES = {
    "10429": "Too Many Requests",
    "250002": "Invalid Authentication Information.",
    "251004": "The access token has expired.",
    "190001": "The UPS void service is currently unavailable.",
    "10004": "The UPS system is unavailable; please try again later.",
    "120001": "The UPS shipping system is currently unavailable.",
    "20001": "The transaction could not be completed; please try again later.",
    "250050": "The license system is not available.",
    "300000": "The label recovery service is currently unavailable.",
    "VSS100": "We're sorry, the system is temporarily unavailable. Please try again later.",
    "250003": "Invalid Access License number.",
    "250004": "Incorrect user identifier or password.",
    "250005": "No access and authentication credentials provided.",
    "250006": "Too many attempts; try again later.",
    "250007": "Too many attempts: the access is locked for 24 hours.",
    "250009": "The license number and the user do not belong together.",
    "10401": "Invalid Authentication Information.",
    "UJ0001": "Invalid token or token is not present.",
}


class UPSError(Exception):
    """What UPS answers in place of a result.

    Args:
        code: UPS's own code.
        message: UPS's words.
        status: The HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.status = status
        self.extra: dict[str, Any] = {}


def error_body(code: str, message: str, extra: Mapping[str, Any] | None = None) -> bytes:
    """Return the common error body (shape (a) of the guide).

    Args:
        code: UPS's own code.
        message: UPS's words.
        extra: What stands beside the errors.
    """
    return json.dumps({**(extra or {}), "response": {"errors": [{"code": code, "message": message}]}}).encode()


def fault_body(code: str, message: str) -> bytes:
    """Return the older ``Fault`` body (shape (b)), which some gateways of UPS still send."""
    detail = {"Severity": "Hard", "PrimaryErrorCode": {"Code": code, "Description": message}}
    fault = {
        "faultcode": "Client",
        "faultstring": "An exception has been raised as a result of client data.",
        "detail": {"Errors": {"ErrorDetail": detail}},
    }
    return json.dumps({"Fault": fault}).encode()


def body_for_status(status: int) -> bytes:
    """Return the body that UPS sends with a status, when nothing else is known about the failure."""
    by_status = {
        401: ("250002", MESSAGES["250002"]),
        403: ("120121", "The account is not enabled for this service."),
        404: ("10404", "Not found."),
        429: ("10429", MESSAGES["10429"]),
    }
    return error_body(
        *by_status.get(status, ("10004", MESSAGES["10004"]) if status >= 500 else (INVALID, "Invalid request."))
    )
