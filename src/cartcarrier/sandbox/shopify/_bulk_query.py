"""Bulk queries: what may be asked, and how an answer becomes lines of JSON. Field guide shopify.md §7.3."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    parse,
    validate,
)

from cartcarrier.sandbox.shopify._ids import Document, Json, RefusedError

MAX_CONNECTIONS = 5
MAX_DEPTH = 2
PAGE_PARTS = frozenset({"nodes", "edges", "pageInfo", "__typename"})


def check_bulk_query(schema: GraphQLSchema, text: str) -> None:
    """Refuse a query that cannot be run in bulk.

    Raises:
        RefusedError: It cannot be read, is no query, has no list, too many, or too deep ones, or asks for single objects.
    """
    try:
        document = parse(text)
    except GraphQLError as exc:
        raise _invalid(f"Invalid bulk query: {exc.message}") from exc
    problems = validate(schema, document)
    if problems:
        raise _invalid(f"Invalid bulk query: {problems[0].message}")
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        raise _invalid("Invalid bulk query: exactly one query operation is expected")
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    count = _Reader(schema, fragments).count(operations[0].selection_set, schema.query_type, 0)
    if count == 0:
        raise _invalid("Bulk queries must contain at least one connection")
    if count > MAX_CONNECTIONS:
        raise _invalid(f"Bulk queries cannot contain more than {MAX_CONNECTIONS} connections")


def _invalid(message: str) -> RefusedError:
    return RefusedError(message, field=["query"], code="INVALID")


@attrs.frozen
class _Reader:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]

    def _fields(self, selections: SelectionSetNode | None, kind: Json) -> Iterator[tuple[FieldNode, Json]]:
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                yield node, kind
                continue
            inner = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            if isinstance(inner, FragmentDefinitionNode | InlineFragmentNode):
                condition = inner.type_condition
                below = self.schema.type_map[condition.name.value] if condition else kind
                yield from self._fields(inner.selection_set, below)

    def count(self, selections: SelectionSetNode | None, kind: Json, depth: int) -> int:
        """Count connections, and refuse those that stand where none may."""
        total = 0
        fields = list(self._fields(selections, kind))
        has_id = any(node.name.value == "id" and node.alias is None for node, _ in fields)
        for node, owner in fields:
            name = node.name.value
            if depth == 0 and kind is self.schema.query_type and name in {"node", "nodes"}:
                raise _invalid("Bulk queries cannot contain a top level `node` or `nodes` field.")
            if node.selection_set is None or name.startswith("__"):
                continue
            below = get_named_type(owner.fields[name].type)
            if not below.name.endswith("Connection"):
                total += self.count(node.selection_set, below, depth)
                continue
            if depth == MAX_DEPTH:
                raise _invalid(f"Bulk queries cannot contain connections nested more than {MAX_DEPTH} levels deep")
            if depth and not has_id:
                raise _invalid(
                    "The parent 'node' field for a nested connection must select the 'id' field without an alias. "
                    f"Connection fields without 'id': {name}."
                )
            total += 1 + sum(
                self.count(each.selection_set, of, depth + 1) for each, of in self._nodes(node.selection_set, below)
            )
        return total

    def _nodes(self, selections: SelectionSetNode | None, kind: Json) -> Iterator[tuple[FieldNode, Json]]:
        for node, owner in self._fields(selections, kind):
            below = get_named_type(owner.fields[node.name.value].type) if node.selection_set else None
            if node.name.value == "nodes":
                yield node, below
            elif node.name.value == "edges":
                yield from (
                    (inner, get_named_type(of.fields["node"].type))
                    for inner, of in self._fields(node.selection_set, below)
                    if inner.name.value == "node"
                )


@attrs.define
class _Line:
    row: Document
    below: "list[_Line]" = attrs.Factory(list)


def to_lines(data: Mapping[str, Any], *, grouped: bool) -> tuple[list[str], int]:
    """Write an answer as lines of JSON: an object each, children after their parents, with ``__parentId``.

    Args:
        data: The answer's data, with whole lists in it.
        grouped: Children directly behind their parents; otherwise behind all of their parents' siblings.

    Returns:
        The lines, and how many of them are roots.
    """
    roots = [line for value in data.values() for line in _split(value, None)]
    ordered: list[_Line] = []
    if grouped:
        for line in roots:
            ordered += _flat(line)
    else:
        level: Sequence[_Line] = roots
        while level:
            ordered += level
            level = [child for line in level for child in line.below]
    return [json.dumps(line.row, ensure_ascii=False, separators=(",", ":")) for line in ordered], len(roots)


def _flat(line: _Line) -> Iterator[_Line]:
    yield line
    for child in line.below:
        yield from _flat(child)


def _is_page(value: Json) -> bool:
    return isinstance(value, dict) and bool(value.keys() & {"nodes", "edges"}) and value.keys() <= PAGE_PARTS


def _split(page: Json, parent: Json) -> list[_Line]:
    """Return the lines of a list; anything else at the root is one line of its own."""
    rows = [page] if not _is_page(page) else [*page.get("nodes", ()), *(edge["node"] for edge in page.get("edges", ()))]
    lines: list[_Line] = []
    for row in rows:
        if isinstance(row, dict):
            line = _Line({})
            line.row = _plain(row, row.get("id"), line.below)
            if parent is not None:
                line.row["__parentId"] = parent
            lines.append(line)
    return lines


def _plain(value: Mapping[str, Any], owner: Json, below: list[_Line]) -> Document:
    """Return an object without its lists; their lines go below."""
    plain: Document = {}
    for key, each in value.items():
        if _is_page(each):
            below += _split(each, owner)
        else:
            plain[key] = _plain(each, owner, below) if isinstance(each, dict) else each
    return plain
