"""The schema by version, and documents: parsed, checked and planned once."""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import attrs
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    build_schema,
    parse,
    validate,
)

from cartcarrier.sandbox.shopify._cost import Plan, plan_operation
from cartcarrier.sandbox.shopify._ids import Json

VERSIONS = ("2026-04", "2026-07", "2026-10")
LATEST = VERSIONS[-1]
PATTERN = re.compile(r"\d{4}-(01|04|07|10)")
# What an older version does not have yet (field guide shopify.md §1).
SINCE: Mapping[str, str] = {
    "LineItem.weight": "2026-07",
    "LineItem.priceAfterAllDiscountsBeforeTaxesSet": "2026-07",
    "FulfillmentOrderLineItem.shippingLine": "2026-07",
    "OrderCancelPayload.jobResult": "2026-10",
    "OrderCancelJobResult": "2026-10",
    "OrderCancelStatus": "2026-10",
}
# Values of enumerations that came later.
VALUES_SINCE: Mapping[str, str] = {
    "CUSTOMERS_WHATS_APP_MARKETING_CONSENT_UPDATE": "2026-07",
    "INVENTORY_TRANSFERS_UPDATED": "2026-07",
    "FULFILLMENT_NOT_REQUIRED": "2026-10",
}
IDEMPOTENT = frozenset({"inventorySetQuantities", "inventoryAdjustQuantities", "inventoryActivate"})
MAX_INPUT = 250
KEPT_DOCUMENTS = 256
HEAD = re.compile(r"(?:type|enum|interface|input) (\w+)")
MEMBER = re.compile(r"  (\w+)[(:]")
UNKNOWN_FIELD = re.compile(r"Cannot query field '(?P<field>\w+)' on type '(?P<type>\w+)'")


def serve_version(asked: str) -> str | None:
    """Return the version that runs: an older one falls forward to the oldest that is left; ``None`` is a bad address."""
    if asked == "unstable":
        return LATEST
    if not PATTERN.fullmatch(asked) or asked > LATEST:
        return None
    return max(asked, VERSIONS[0])


def schema_text() -> str:
    """Return the schema's text, that of the latest version."""
    return files("cartcarrier.sandbox.shopify").joinpath("schema.graphql").read_text(encoding="utf-8")


@cache
def schema_of(version: str) -> GraphQLSchema:
    """Return the schema of a version."""
    kept: list[str] = []
    owner = ""
    for line in schema_text().splitlines():
        head = HEAD.match(line)
        if head is not None:
            owner = head[1]
        member = MEMBER.match(line) if owner else None
        names = (owner, f"{owner}.{member[1]}") if member else (owner,)
        if all(SINCE.get(name, VERSIONS[0]) <= version for name in names):
            kept.append(line)
        if line == "}":
            owner = ""
    text = "\n".join(kept)
    for value, since in VALUES_SINCE.items():
        if since > version:
            text = re.sub(rf"\b{value}\b", "", text)
    return build_schema(text)


@attrs.frozen
class Prepared:
    """A document that was read once.

    Attributes:
        document: What was parsed; ``None`` when it could not be.
        errors: Why it cannot run.
        plans: What its operations cost, by name.
        roots: The fields that its operations ask the root for, by operation.
    """

    document: DocumentNode | None
    errors: tuple[dict[str, Any], ...]
    plans: Mapping[str | None, Plan]
    roots: Mapping[str | None, tuple[FieldNode, ...]]
    mutations: frozenset[str | None]

    def choose(self, name: str | None) -> str | None:
        """Return the operation to run.

        Raises:
            GraphQLError: The name fits none, or several could be meant.
        """
        if name is not None:
            if name not in self.plans:
                raise GraphQLError(f'No operation named "{name}"')
            return name
        if len(self.plans) != 1:
            raise GraphQLError("An operation name is required")
        return next(iter(self.plans))


class Documents:
    """Documents by text and version; the ones used last are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Prepared] = OrderedDict()

    def prepare(self, text: str, version: str) -> Prepared:
        """Parse, check and plan a document, or remember having done so."""
        key = (version, text)
        prepared = self._kept.get(key)
        if prepared is None:
            prepared = self._kept[key] = _prepare(text, version)
            if len(self._kept) > KEPT_DOCUMENTS:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return prepared


def _prepare(text: str, version: str) -> Prepared:
    schema = schema_of(version)
    try:
        document = parse(text)
    except GraphQLError as exc:
        return Prepared(None, (dict(exc.formatted),), {}, {}, frozenset())
    errors = validate(schema, document)
    if errors:
        return Prepared(document, tuple(_explain(error) for error in errors), {}, {}, frozenset())
    plans: dict[str | None, Plan] = {}
    roots: dict[str | None, tuple[FieldNode, ...]] = {}
    mutations: set[str | None] = set()
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            name = node.name.value if node.name else None
            plans[name] = plan_operation(schema, document, node)
            roots[name] = tuple(field for field in node.selection_set.selections if isinstance(field, FieldNode))
            if node.operation is OperationType.MUTATION:
                mutations.add(name)
    return Prepared(document, (), plans, roots, frozenset(mutations))


def _explain(error: GraphQLError) -> dict[str, Any]:
    """Write a validation error as the platform words the commonest one."""
    said: dict[str, Any] = dict(error.formatted)
    unknown = UNKNOWN_FIELD.match(error.message)
    if unknown:
        said["message"] = f"Field '{unknown['field']}' doesn't exist on type '{unknown['type']}'"
        said["extensions"] = {"code": "undefinedField", "typeName": unknown["type"], "fieldName": unknown["field"]}
    return said


def root_names(text: str) -> list[str]:
    """Return the fields that a document asks the root for, without checking it."""
    try:
        document = parse(text, no_location=True)
    except GraphQLError:
        return []
    return [
        field.name.value
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
        for field in node.selection_set.selections
        if isinstance(field, FieldNode)
    ]


# --- rules that the schema does not state (field guide shopify.md §6, §0.5) -------------------------------------------


def idempotency_key(field: FieldNode, variables: Mapping[str, Any]) -> str | None:
    """Return the key that a mutation's field carries."""
    for directive in field.directives or ():
        if directive.name.value == "idempotent":
            value = (directive.arguments or ())[0].value
            if isinstance(value, VariableNode):
                found = variables.get(value.name.value)
                return found if isinstance(found, str) else None
            return str(getattr(value, "value", ""))
    return None


def check_run_time_rules(roots: Sequence[FieldNode], variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is refused at run time although the schema allows it."""
    problems: list[dict[str, Any]] = []
    for field in roots:
        name = field.name.value
        if name in IDEMPOTENT and not idempotency_key(field, variables):
            problems.append(
                {
                    "message": f"The @idempotent directive is required for the {name} mutation.",
                    "path": [name],
                    "extensions": {"code": "BAD_REQUEST"},
                }
            )
        entries = _stock_entries(field, variables)
        if len(entries) > MAX_INPUT:
            problems.append(
                {
                    "message": f"The input array size of {len(entries)} is greater than the maximum allowed of {MAX_INPUT}.",
                    "path": [name],
                    "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"},
                }
            )
        if any("changeFromQuantity" not in entry for entry in entries):
            problems.append(
                {
                    "message": "changeFromQuantity must be given for every element; null switches the check off.",
                    "path": [name],
                    "extensions": {"code": "INVALID_FIELD_ARGUMENTS"},
                }
            )
    return problems


def _stock_entries(field: FieldNode, variables: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the elements of a mutation of stock, as they were sent."""
    member = {"inventorySetQuantities": "quantities", "inventoryAdjustQuantities": "changes"}.get(field.name.value)
    arguments = {argument.name.value: argument.value for argument in field.arguments or ()}
    given = _plain(arguments.get("input"), variables) if member else None
    entries = given.get(member) if isinstance(given, Mapping) else None
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def _plain(node: Json, variables: Mapping[str, Any]) -> Json:
    """Return an argument as plain data: enough to see which members are there."""
    if isinstance(node, VariableNode):
        return variables.get(node.name.value) or {}
    if isinstance(node, ObjectValueNode):
        return {member.name.value: _plain(member.value, variables) for member in node.fields or ()}
    if hasattr(node, "values"):
        return [_plain(value, variables) for value in node.values]
    return None if node is None or isinstance(node, NullValueNode) else getattr(node, "value", {})
