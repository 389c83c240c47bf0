"""A call as operations see it, and the answer they give."""

import json
from collections.abc import Mapping
from typing import Any, Final

import attrs

from cartcarrier.sandbox.amazon._errors import InvalidInputError, RefusedError
from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES, Marketplace, of_region
from cartcarrier.sandbox.amazon._world import Document, read_time, stamp

Json = Any  # a part of a request's body, before it is known to fit
MAX_BODY: Final = 5_000_000


@attrs.frozen(kw_only=True)
class Call:
    """One call of the API that got past the door.

    Attributes:
        name: The operation.
        region: The region of the host that was called.
        path: The path's parameters, decoded.
        query: The query's parameters, decoded.
        headers: The header fields, names in lower case.
        body: The body's bytes.
        roles: What the application may do.
        elements: For a restricted data token: the data elements it opens. ``None`` for other tokens.
        origin: Scheme and host under which presigned addresses must lie.
        sandbox: Whether Amazon's sandbox was called.
    """

    name: str
    region: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    roles: frozenset[str]
    elements: frozenset[str] | None = None
    origin: str = ""
    sandbox: bool = False

    def json(self) -> Document:
        """Read the body.

        Raises:
            RefusedError: It is too large, not JSON, or not an object.
        """
        if len(self.body) > MAX_BODY:
            raise RefusedError(413)
        kind = self.headers.get("content-type", "")
        if kind.partition(";")[0].strip().lower() != "application/json":
            raise RefusedError(415)
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            raise InvalidInputError("Could not parse the request body as JSON.") from None
        if not isinstance(body, dict):
            raise InvalidInputError("The request body is not a JSON object.")
        return body

    def values(self, name: str, *, allowed: frozenset[str] | None = None, most: int | None = None) -> list[str]:
        """Read a list from the query: separated by commas.

        Raises:
            InvalidInputError: A value that is not allowed, or too many.
        """
        values = [part for part in self.query.get(name, "").split(",") if part]
        if allowed is not None and (unknown := sorted(set(values) - allowed)):
            raise InvalidInputError(f"Value '{unknown[0]}' of parameter {name} is not one of the allowed values.")
        if most is not None and len(values) > most:
            raise InvalidInputError(f"Parameter {name} takes at most {most} values.")
        return values

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        """Read a whole number from the query.

        Raises:
            InvalidInputError: It is none, or out of bounds.
        """
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise InvalidInputError(f"Parameter {name} must be a number from {least} to {most}.")
        return int(text)

    def time(self, name: str) -> str | None:
        """Read a time from the query, and return it as Amazon writes it.

        Raises:
            InvalidInputError: It is not an ISO 8601 time.
        """
        text = self.query.get(name)
        if text is None:
            return None
        moment = read_time(text)
        if moment is None:
            raise InvalidInputError(f"Parameter {name} is not a date and time in ISO 8601 format.")
        return stamp(moment)

    def marketplaces(self, *, required: bool, most: int = 50) -> list[Marketplace]:
        """Read ``marketplaceIds`` (``MarketplaceIds`` in v0): those of this host's region.

        Raises:
            InvalidInputError: None where one is needed, too many, or one where the seller does not sell under this host.
        """
        name = "MarketplaceIds" if "MarketplaceIds" in self.query else "marketplaceIds"
        ids = self.values(name, most=most)
        if not ids and required:
            raise InvalidInputError(f"Parameter {name} is required.")
        return [self.marketplace(id_) for id_ in ids] or of_region(self.region)

    def marketplace(self, id_: object) -> Marketplace:
        """Return one of the seller's marketplaces under this host.

        Raises:
            InvalidInputError: It is none.
        """
        found = MARKETPLACES.get(id_) if isinstance(id_, str) else None
        if found is None or found.region != self.region:
            raise InvalidInputError(f"Marketplace {id_} is not valid for this seller in this region.")
        return found


@attrs.frozen
class Answer:
    """What an operation answers.

    Attributes:
        body: The JSON body; ``None`` for none.
        status: The HTTP status.
        headers: More header fields.
    """

    body: Document | None = None
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)


def text_of(body: Document, name: str, *, most: int | None = None, where: str = "") -> str:
    """Return a member of a body that must be text.

    Raises:
        InvalidInputError: It is missing, empty, too long, or something else.
    """
    value = body.get(name)
    label = f"{where}.{name}" if where else name
    if value is None or value == "":
        raise InvalidInputError(f"Request is missing the required field {label}.")
    if not isinstance(value, str):
        raise InvalidInputError(f"Invalid request: fields with invalid type [{label}].")
    if most is not None and len(value) > most:
        raise InvalidInputError(
            f"{label} failed to satisfy constraint: Member must have length less than or equal to {most}"
        )
    return value


def object_of(body: Document, name: str, *, where: str = "") -> Document:
    """Return a member of a body that must be an object.

    Raises:
        InvalidInputError: It is missing or something else.
    """
    value = body.get(name)
    label = f"{where}.{name}" if where else name
    if not isinstance(value, dict):
        problem = "Request is missing the required field" if value is None else "Invalid request: wrong type of field"
        raise InvalidInputError(f"{problem} {label}.")
    return value


def objects_of(body: Document, name: str, *, where: str = "", most: int | None = None) -> list[Document]:
    """Return a member of a body that must be a list of objects with something in it.

    Raises:
        InvalidInputError: It is missing, empty, too long, or something else.
    """
    value = body.get(name)
    label = f"{where}.{name}" if where else name
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise InvalidInputError(f"{label} must be a list of objects, and not empty.")
    if most is not None and len(value) > most:
        raise InvalidInputError(f"{label} takes at most {most} entries.")
    return value
