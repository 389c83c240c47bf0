"""Amazon's published descriptions (Swagger 2.0, and JSON Schemas of feeds and notifications) as validators of whole exchanges.

Beside ``oracle.py``: parameters in the query are checked too, ``allOf`` is flattened before objects are closed, and what Amazon
does not publish is checked against schemas of ours in ``assumed/amazon_*.json``.
"""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs

from tests.contract import oracle

Schema = dict[str, Any]
ERRATA = oracle.ERRATA / "amazon_simulator.json"
ASSUMED = Path(__file__).parent / "assumed"
# Which description has which paths.
SPECS = {
    "/orders/2026-01-01/": "amazon/orders_2026-01-01.json",
    "/orders/v0/": "amazon/orders_v0.json",
    "/tokens/2021-03-01/": "amazon/tokens_2021-03-01.json",
    "/sellers/v1/": "amazon/sellers_v1.json",
    "/listings/2021-08-01/": "amazon/listings_items_2021-08-01.json",
    "/feeds/2021-06-30/": "amazon/feeds_2021-06-30.json",
    "/fba/inventory/v1/": "amazon/fba_inventory_v1.json",
    "/notifications/v1/": "amazon/notifications_v1.json",
    "/shipping/v2/": "amazon/shipping_v2.json",
    "/fba/outbound/2020-07-01/": "amazon/fulfillment_outbound_2020-07-01.json",
}


def _patches(name: str) -> list[dict[str, Any]]:
    patches: list[dict[str, Any]] = json.loads(ERRATA.read_text(encoding="utf-8"))["patches"]
    return [patch for patch in patches if name in patch["specs"]]


@cache
def load(name: str) -> Schema:
    """Load a description or schema, errata applied, ``allOf`` of objects flattened. Shared: do not change it."""
    document = copy.deepcopy(oracle.load_yaml(name))
    for patch in _patches(name):
        oracle.apply_patch(document, patch)
    flat: Schema = _flatten(document, document)
    return flat


def _flatten(node: Any, document: Schema) -> Any:
    """Write the members that ``allOf`` brings together into one object, so that it can be closed."""
    if isinstance(node, list):
        return [_flatten(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("allOf"), list):
        parts = [_resolve(part, document) for part in node["allOf"]]
        if all("properties" in part for part in parts):
            merged: Schema = {"type": "object", "properties": {}, "required": []}
            for part in parts:
                merged["properties"] |= part["properties"]
                merged["required"] += part.get("required", [])
            if not merged["required"]:
                del merged["required"]
            return _flatten(merged, document)
    return {name: _flatten(value, document) for name, value in node.items()}


def _resolve(node: Schema, document: Schema) -> Schema:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part]
        node = target
    return node


def spec_of(template: str) -> str:
    """Return the description that has a path.

    Raises:
        LookupError: None has.
    """
    for prefix, name in SPECS.items():
        if template.startswith(prefix):
            return name
    raise LookupError(f"no description for {template}")


@cache
def _validator(spec: str, pointer: tuple[str, ...]) -> jsonschema_rs.Draft4Validator:
    document = load(spec)
    schema: Any = document
    for part in pointer:
        schema = schema[int(part) if isinstance(schema, list) else part]
    root = oracle._to_json_schema(
        copy.deepcopy({"schema": schema, "definitions": document["definitions"]}), closed=True
    )
    body = root.pop("schema")
    return jsonschema_rs.Draft4Validator({"allOf": [body], **root}, validate_formats=True)


def check_exchange(  # noqa: PLR0917 - an exchange, taken apart
    method: str, template: str, query: str, request: bytes, status: int, answer: bytes
) -> None:
    """Fail the test where a request or its answer does not fit the description."""
    spec = spec_of(template)
    operation = load(spec)["paths"][template][method.lower()]
    where = f"{method} {template} ({spec})"
    if status < 300:
        _check_query(operation, query, where)
        for index, parameter in enumerate(operation.get("parameters", [])):
            if parameter.get("in") == "body":
                validator = _validator(spec, ("paths", template, method.lower(), "parameters", str(index), "schema"))
                _assert_fits(validator, json.loads(request), f"request of {where}")
    response = operation["responses"].get(str(status))
    assert response is not None, f"{where} does not describe status {status}"
    if "schema" not in response:
        assert answer in {b"", b"{}"}, f"{where} describes no body for {status}"
        return
    validator = _validator(spec, ("paths", template, method.lower(), "responses", str(status), "schema"))
    _assert_fits(validator, json.loads(answer), f"answer {status} of {where}")


def _check_query(operation: Schema, query: str, where: str) -> None:
    described = {p["name"]: p for p in operation.get("parameters", []) if p.get("in") == "query"}
    sent = dict(parse_qsl(query, keep_blank_values=True))
    missing = {name for name, p in described.items() if p.get("required")} - set(sent)
    assert not missing, f"{where}: missing {sorted(missing)}"
    for name, text in sent.items():
        assert name in described, f"{where}: no parameter {name}"
        parameter = described[name]
        values = text.split(",") if parameter.get("type") == "array" else [text]
        allowed = parameter.get("items", parameter).get("enum")
        assert allowed is None or set(values) <= set(allowed), f"{where}: {name}={text}"
        assert len(values) <= parameter.get("maxItems", len(values)), f"{where}: too many values of {name}"


def check_notification(body: Schema, name: str) -> None:
    """Fail the test where a notification does not fit Amazon's schema of it."""
    schema = oracle._to_json_schema(copy.deepcopy(load(f"amazon/schemas/notifications/{name}.json")), closed=True)
    _assert_fits(jsonschema_rs.Draft7Validator(schema, validate_formats=True), body, name)


def check_feed_document(body: Schema, name: str) -> None:
    """Fail the test where a feed or its report does not fit Amazon's schema of it; its ``oneOf`` says what may be absent."""
    _assert_fits(jsonschema_rs.Draft7Validator(load(f"amazon/schemas/feeds/{name}.json")), body, name)


def check_assumed(body: object, name: str) -> None:
    """Fail the test where something that Amazon does not publish does not fit our schema of it."""
    schema = json.loads((ASSUMED / f"amazon_{name}.json").read_text(encoding="utf-8"))
    _assert_fits(jsonschema_rs.Draft202012Validator(schema), body, f"assumed/amazon_{name}.json")


def _assert_fits(validator: Any, body: object, what: str) -> None:
    found = oracle.problems(validator, body)
    assert not found, f"{what} does not fit:\n" + "\n".join(found)
