"""What every path reads of a request: its body, its version."""

import json
import re
from typing import Final

from starlette.requests import Request

from cartcarrier.sandbox.ups.errors import UPSError
from cartcarrier.sandbox.ups.fields import Node

MAX_TRANS_ID: Final = 32
_VERSION: Final = re.compile(r"v(\d{1,4})")


async def read_json(request: Request) -> Node:
    """Return the request's JSON object.

    Raises:
        UPSError: 10001 it is no JSON object; 10006 it is one that nobody can read, for its depth.
    """
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise UPSError("10001", "The request is not well formed.") from None
    except RecursionError:
        raise UPSError("10006", "The request is nested too deeply.") from None
    if not isinstance(body, dict):
        raise UPSError("10001", "The request is not a JSON object.")
    return body


def read_version(request: Request) -> int:
    """Return the number in the path's version.

    Raises:
        UPSError: 404: there is no such version.
    """
    match = _VERSION.fullmatch(request.path_params["version"])
    if match is None:
        raise UPSError("10404", "There is no such version.", 404)
    return int(match[1])
