"""USPS's descriptions as validators, read more strictly than they are written.

USPS builds nearly every object from parts (``allOf``) and lets each of them be open, so that a misspelt member would pass. Here
the parts are put together first, and an object that lists its members may have no others.
"""

import json
from email import message_from_bytes
from email.policy import HTTP
from functools import cache
from typing import Any

import httpx
import jsonschema_rs

from tests.contract import oracle
from tests.sandbox.usps.samples import Json

_DROPPED = frozenset({"example", "examples", "xml", "description", "title", "discriminator", "readOnly", "deprecated"})


@cache
def validator(  # noqa: PLR0917 - names an operation and which of its bodies
    spec: str, path: str, method: str, direction: oracle.Direction, status: str = "200", media: str = "json"
) -> oracle.Validator:
    """Return the validator of an operation's body.

    Args:
        spec: The description, for example ``usps/labels_v3.yaml``.
        path: The path template as the description has it.
        method: The HTTP method.
        direction: Whether the request's body is checked, or the answer's.
        status: The answer's status.
        media: The media type; ``json`` for the first that is some JSON.

    Raises:
        LookupError: The description has no such operation, status or media type.
    """
    document = oracle.load_spec(spec)
    operation = document["paths"][path][method]
    holder = operation["requestBody"] if direction == "request" else operation["responses"][status]
    content = oracle._resolve(document, holder)["content"]
    found = next((kind for kind in content if kind == media or (media == "json" and "json" in kind)), None)
    if found is None:
        raise LookupError(f"{spec} {method} {path} {status} has no {media}, only {', '.join(content)}")
    schema = oracle._to_json_schema(put_together(document, content[found]["schema"]), closed=False)
    return jsonschema_rs.Draft4Validator(schema)


def check(  # noqa: PLR0917 - names an operation as validator does
    body: object,
    spec: str,
    path: str,
    method: str,
    direction: oracle.Direction,
    status: str = "200",
    media: str = "json",
) -> None:
    """Fail the test, naming every member that does not fit the description."""
    found = oracle.problems(validator(spec, path, method, direction, status, media), body)
    assert not found, f"{direction} of {method.upper()} {path} does not fit {spec}:\n" + "\n".join(found)


def put_together(document: dict[str, Any], node: Any, seen: tuple[str, ...] = ()) -> Any:
    """Return a schema without references, whose parts are one object, and whose objects are closed."""
    if isinstance(node, list):
        return [put_together(document, item, seen) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        reference = node["$ref"]
        if reference in seen:  # the token endpoint's request contains itself
            return {}
        return put_together(document, oracle._resolve(document, {"$ref": reference}), (*seen, reference))
    made: dict[str, Any] = {}
    for name, value in node.items():
        if name == "properties":
            made[name] = {member: put_together(document, schema, seen) for member, schema in value.items()}
        elif name in {"enum", "default", "required"}:
            made[name] = value
        elif name not in _DROPPED | {"allOf", "additionalProperties"}:
            made[name] = put_together(document, value, seen)
    for part in node.get("allOf", ()):
        _add(made, put_together(document, part, seen))
    if made.get("properties") and "oneOf" not in made and made.get("type", "object") == "object":
        made["additionalProperties"] = False
    return made


def _add(made: dict[str, Any], part: dict[str, Any]) -> None:
    for name, value in part.items():
        if name == "properties":
            made.setdefault("properties", {}).update(value)
        elif name == "required":
            made["required"] = sorted({*made.get("required", ()), *value})
        elif name != "additionalProperties":
            made.setdefault(name, value)


def fits(answer: httpx.Response, spec: str, path: str, method: str) -> None:
    """Fail the test when an answer's body does not fit what the description says of its status."""
    check(answer.json(), spec, path, method, "response", str(answer.status_code))


def check_media(answer: httpx.Response, spec: str, path: str) -> None:
    """Check an answer against the schema of its own media type; the parts of a form become members."""
    media = answer.headers["content-type"].partition(";")[0]
    body = answer.json() if "json" in media else read_form(answer)
    check(body, spec, path, "post", "response", str(answer.status_code), media)


def read_form(answer: httpx.Response) -> Json:
    """Read a form of several parts as a mail reader would."""
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + answer.content, policy=HTTP)
    made: Json = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        text = str(part.get_payload()).strip()
        made[name] = json.loads(text) if part.get_content_type() == "application/json" else text
    return made
