"""Acme's refusals as errors of cartcarrier."""

import msgspec
from cartcarrier.errors import OperationError, Problem, RejectedError
from cartcarrier.http import Request, Response, json_decoder

from acme_carrier.codes import ERRORS
from acme_carrier.schemas import Fault


def to_error(request: Request, response: Response) -> OperationError | None:
    """Return the error in an answer; None leaves it to the HTTP status.

    Acme's messages quote names and streets, so they stay out of ours.
    """
    if response.ok:
        return None
    try:
        fault = json_decoder(Fault).decode(response.content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    kind = ERRORS.get(fault.code)
    if kind is None:
        return None
    message = f"Acme refused {request.operation}: {fault.code}"
    facts = {**response.facts, "code": fault.code, "request_id": response.headers.get("x-acme-request")}
    if issubclass(kind, RejectedError):
        facts["problems"] = (Problem(message=fault.code, code=fault.code, field=fault.field),)
    return kind(message, **facts)
