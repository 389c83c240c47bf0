"""The platforms' published API descriptions, as validators of what passes between drivers and simulators.

The descriptions lie beside the checkout, in ``../shared/specs``, and are never copied into it; where they are absent, tests
that need them skip by name (``needs_specs``). Descriptions have errors of their own: each is put right by a small patch in
``errata/{platform}.json`` that carries its reason and its evidence, never by a blanket exception.

Two things are read more strictly than JSON Schema would: an object that lists its members may have no others (a misspelled
member would pass otherwise), and a description's own way of writing limits is translated by its errata.
"""

import copy
import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs
import pytest
import yaml

Schema = dict[str, Any]
Direction = Literal["request", "response"]
Validator = jsonschema_rs.Draft4Validator | jsonschema_rs.Draft202012Validator

ERRATA = Path(__file__).parent / "errata"


def _find_shared() -> Path | None:
    candidates = [Path(given)] if (given := os.environ.get("CARTCARRIER_SHARED")) else []
    candidates.append(Path(__file__).resolve().parents[2].parent / "shared")
    return next((path for path in candidates if (path / "specs").is_dir()), None)


SHARED: Path | None = _find_shared()

needs_specs = pytest.mark.skipif(SHARED is None, reason="the published API descriptions (../shared/specs) are not here")


def load_yaml(name: str) -> Schema:
    """Load a description as published, for example ``ups/rating.yaml``; JSON is read too."""
    if SHARED is None:
        pytest.skip("the published API descriptions (../shared/specs) are not here")
    text = (SHARED / "specs" / name).read_text(encoding="utf-8")
    document: Schema = json.loads(text) if name.endswith(".json") else yaml.load(text, Loader=yaml.CSafeLoader)
    return document


@cache
def load_spec(name: str) -> Schema:
    """Load a description with its errata applied. The result is shared: do not change it."""
    document = copy.deepcopy(load_yaml(name))
    for patch in errata_for(name):
        apply_patch(document, patch)
    return document


def errata_for(name: str) -> list[dict[str, Any]]:
    """Return the patches for a description, in the order in which they apply."""
    path = ERRATA / f"{name.partition('/')[0]}.json"
    if not path.is_file():
        return []
    patches: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["patches"]
    return [patch for patch in patches if name in patch["specs"]]


def apply_patch(document: Schema, patch: dict[str, Any]) -> None:
    """Change a description in place, as an erratum says.

    ``op`` is one of: ``set`` and ``remove`` (at each JSON pointer in ``paths``; ``remove`` wants something to be there),
    ``limits_of_elements`` (limits written on an array are its elements'), ``lengths_of_numbers`` (see the errata file).

    Raises:
        LookupError: A pointer leads nowhere: the description has changed, so the erratum must be looked at again.
    """
    op = patch["op"]
    if op == "limits_of_elements":
        for schema in _walk(document["components"]):
            _limits_to_elements(schema)
        return
    for pointer in patch["paths"]:
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.lstrip("/").split("/")]
        target = document
        for part in parents:
            target = target[part]
        if op == "remove":
            del target[last]
        elif op == "set":
            if "was" in patch and target.get(last) != patch["was"]:
                raise LookupError(f"{pointer} is {target.get(last)!r}, not {patch['was']!r}: look at the erratum again")
            target[last] = copy.deepcopy(patch["value"])
        elif op == "drop_required":
            target[last]["required"] = [name for name in target[last]["required"] if name not in patch["value"]]
        else:
            raise LookupError(f"no such kind of erratum: {op}")


def _limits_to_elements(schema: Schema) -> None:
    if schema.get("type") != "array" or "items" not in schema:
        return
    limits = {name: schema.pop(name) for name in ("minLength", "maxLength") if name in schema}
    if schema["items"].get("type") == "string":
        schema["items"] = {**schema["items"], **limits}
    if (most := schema.pop("maximum", None)) is not None and most > 1:
        schema["maxItems"] = most


def _walk(node: object) -> Iterator[Schema]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from _walk(child)


@cache
def validator_for_operation(
    spec: str, path: str, method: str, direction: Direction, status: int | str = 200, *, closed: bool = True
) -> Validator:
    """Return the validator of an operation's body.

    Args:
        spec: The description, for example ``ups/shipping.yaml``.
        path: The path template as the description has it, ``/shipments/{version}/ship``.
        method: The HTTP method, in any case.
        direction: Whether the request's body is checked, or the answer's.
        status: The answer's status; one that is not described falls back to ``default``.
        closed: Whether members that the description does not list are refused.

    Raises:
        LookupError: The description has no such operation, status or JSON body.
    """
    document = load_spec(spec)
    schema = _schema_of(document, document["paths"][path][method.lower()], direction, str(status))
    parts: Schema = {name: document[name] for name in ("components", "definitions") if name in document}
    root: Schema = {"schema": schema, **parts}
    root = _to_json_schema(copy.deepcopy(root), closed=closed)
    body = root.pop("schema")
    modern = str(document.get("openapi", "")).startswith("3.1")
    make: Callable[[Schema], Validator] = (
        jsonschema_rs.Draft202012Validator if modern else jsonschema_rs.Draft4Validator
    )
    return make({"allOf": [body], **root})


def _schema_of(document: Schema, operation: Schema, direction: Direction, status: str) -> Schema:
    if "swagger" in document:
        if direction == "request":
            return next(p["schema"] for p in operation.get("parameters", []) if p.get("in") == "body")
        responses = operation["responses"]
        return _resolve(document, responses.get(status) or responses["default"])["schema"]  # type: ignore[no-any-return]  # plain JSON
    if direction == "request":
        holder = _resolve(document, operation["requestBody"])
    else:
        responses = operation["responses"]
        holder = _resolve(document, responses.get(status) or responses["default"])
    for media_type, content in holder["content"].items():
        if "json" in media_type or media_type == "application/x-www-form-urlencoded":
            return content["schema"]  # type: ignore[no-any-return]  # plain JSON
    raise LookupError("the operation has no JSON body")


def _resolve(document: Schema, node: Schema) -> Schema:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part]
        node = target
    return node


def _to_json_schema(node: Any, *, closed: bool) -> Any:
    """Turn OpenAPI's dialect into JSON Schema: ``nullable``, and lists of members that are complete."""
    if isinstance(node, list):
        return [_to_json_schema(item, closed=closed) for item in node]
    if not isinstance(node, dict):
        return node
    made = {
        name: value if name in {"example", "examples", "default", "enum"} else _to_json_schema(value, closed=closed)
        for name, value in node.items()
        if name not in {"example", "examples", "discriminator", "xml", "externalDocs"}
        or not isinstance(node.get("type"), str)
    }
    if made.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    properties = node.get("properties")
    is_object = isinstance(properties, dict) and node.get("type", "object") == "object"
    if closed and is_object and properties and "additionalProperties" not in node and "allOf" not in node:
        made["additionalProperties"] = False
    return made


def problems(validator: Validator, body: object) -> list[str]:
    """Return what the description has against a body, each with its path; empty when it fits."""
    return [
        f"{'.'.join(str(part) for part in error.instance_path) or 'body'}: {error.message}"
        for error in validator.iter_errors(body)
    ]


def check(  # noqa: PLR0917 - names an operation as validator_for_operation does
    body: object,
    spec: str,
    path: str,
    method: str,
    direction: Direction,
    status: int | str = 200,
    *,
    closed: bool = True,
) -> None:
    """Fail the test, naming every member that does not fit the description."""
    found = problems(validator_for_operation(spec, path, method, direction, status, closed=closed), body)
    assert not found, f"{direction} of {method.upper()} {path} does not fit {spec}:\n" + "\n".join(found)
