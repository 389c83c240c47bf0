"""What a query costs, and the bucket it is paid from. Facts: field guide shopify.md §5.1.

The platform's formula for connections is not published. Ours grows with the logarithm of how many nodes there may be,
and by half for each level of nesting. It meets the one exact figure that is public (``variants(first: 250)`` with an
inventory item each: 25), stays below multiplication everywhere, and lets wide, deep queries reach the ceiling.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
)

from cartcarrier.http import Clock
from cartcarrier.sandbox.shopify._ids import Json

MUTATION = 10
CONNECTION = 2
CEILING = 1000
CAPACITY, RATE = 2000.0, 100.0
RAISED_CAPACITY, RAISED_RATE = 2_000_000.0, 1_000_000.0


@attrs.define
class Plan:
    """What a selection asks for: objects of its own, lists below it, and what only some types have."""

    own: int = 0
    lists: list["Listed"] = attrs.Factory(list)
    branches: dict[str, "Plan"] = attrs.Factory(dict)


@attrs.define
class Listed:
    """A connection or list inside a selection.

    Attributes:
        path: Response keys from the enclosing object.
        size: How many at most: a number, the name of a variable, or ``None`` when nobody said.
        steps: Response keys that lead from the list's field to its nodes.
        plan: What each node asks for.
    """

    path: tuple[str, ...]
    size: int | str | None
    steps: tuple[tuple[str, ...], ...]
    plan: Plan


def plan_operation(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Plan:
    """Read an operation once, so that each call only fills in its variables."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    mutation = operation.operation is OperationType.MUTATION
    root = schema.mutation_type if mutation else schema.query_type
    plan = Plan()
    _Planner(schema, fragments).walk(operation.selection_set, root, plan, (), MUTATION if mutation else 1)
    return plan


@attrs.define
class _Planner:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]

    def walk(self, selections: SelectionSetNode, parent: Json, plan: Plan, path: tuple[str, ...], price: int) -> None:
        """Add a selection to a plan; ``price`` is what an object in it costs."""
        for node in selections.selections:
            if isinstance(node, FieldNode):
                self._field(node, parent, plan, path, price)
                continue
            fragment = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            if not isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode):
                continue
            condition = fragment.type_condition
            target = self.schema.type_map[condition.name.value] if condition else parent
            if is_abstract_type(parent) and target is not parent and not path:
                branch = plan.branches.setdefault(target.name, Plan())
                self.walk(fragment.selection_set, target, branch, path, price)
            else:
                self.walk(fragment.selection_set, target, plan, path, price)

    def _field(self, node: FieldNode, parent: Json, plan: Plan, path: tuple[str, ...], price: int) -> None:
        name = node.name.value
        if name.startswith("__") or node.selection_set is None:
            return
        declared = parent.fields[name].type
        kind = get_named_type(declared)
        if is_leaf_type(kind):
            return
        here = (*path, _key(node))
        if kind.name.endswith("Connection"):
            plan.own += CONNECTION
            self._connection(node, kind, plan, here)
        elif is_list_type(get_nullable_type(declared)) or (is_abstract_type(kind) and kind.name == "Node"):
            inner = Plan(own=price)
            self.walk(node.selection_set, kind, inner, (), 1)
            plan.lists.append(Listed(here, _size(node), ((),), inner))
        else:
            plan.own += price
            self.walk(node.selection_set, kind, plan, here, 1)

    def _connection(self, node: FieldNode, kind: Json, plan: Plan, path: tuple[str, ...]) -> None:
        nodes = Plan()
        steps: list[tuple[str, ...]] = []
        for child in self._fields(node.selection_set):
            if child.selection_set is None:
                continue
            if child.name.value == "nodes":
                steps.append((_key(child),))
                self._nodes(child, kind.fields["nodes"].type, nodes)
            elif child.name.value == "edges":
                edge = get_named_type(kind.fields["edges"].type)
                for inner in self._fields(child.selection_set):
                    if inner.name.value == "node":
                        steps.append((_key(child), _key(inner)))
                        self._nodes(inner, edge.fields["node"].type, nodes)
        if steps:
            plan.lists.append(Listed(path, _size(node), tuple(steps), nodes))

    def _nodes(self, node: FieldNode, declared: Json, plan: Plan) -> None:
        plan.own += 1
        if node.selection_set is not None:
            self.walk(node.selection_set, get_named_type(declared), plan, (), 1)

    def _fields(self, selections: SelectionSetNode | None) -> list[FieldNode]:
        """Return the fields of a selection, those of fragments too."""
        found: list[FieldNode] = []
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                found.append(node)
            elif isinstance(node, FragmentSpreadNode):
                found.extend(self._fields(self.fragments[node.name.value].selection_set))
            elif isinstance(node, InlineFragmentNode):
                found.extend(self._fields(node.selection_set))
        return found


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _size(node: FieldNode) -> int | str | None:
    for argument in node.arguments or ():
        if argument.name.value in {"first", "last"}:
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                return argument.value.name.value
    return None


def _weight(count: int, depth: int) -> float:
    if count < 2:
        return float(count)
    return max(1.0, 2 * math.log(count) * (1 + max(depth - 1, 0) / 2))


def requested_cost(plan: Plan, variables: Mapping[str, Any], count: int = 1, depth: int = 0) -> int:
    """Return what must be in the bucket before the query runs.

    Args:
        plan: The query.
        variables: Its variables: page sizes may be in them.
        count: How many objects this plan is for.
        depth: In how many lists they are nested.
    """
    total = math.floor(plan.own * _weight(count, depth))
    for entry in plan.lists:
        size = variables.get(entry.size) if isinstance(entry.size, str) else entry.size
        below = count * (size if isinstance(size, int) and size > 0 else 1)
        total += requested_cost(entry.plan, variables, below, depth + 1)
    if plan.branches:
        total += max(requested_cost(branch, variables, count, depth) for branch in plan.branches.values())
    return total


def actual_cost(plan: Plan, objects: Sequence[Mapping[str, Any]], depth: int = 0) -> int:
    """Return what the query cost in the end: page sizes as they came out."""
    total = math.floor(plan.own * _weight(len(objects), depth))
    for entry in plan.lists:
        total += actual_cost(entry.plan, _nodes(entry, objects), depth + 1)
    if plan.branches and objects:
        total += max(actual_cost(branch, objects, depth) for branch in plan.branches.values())
    return total


def _nodes(entry: Listed, objects: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for each in objects:
        at: Any = each
        for key in entry.path:
            at = at.get(key) if isinstance(at, Mapping) else None
        for steps in entry.steps[:1]:
            values = [at]
            for step in (*steps, None):
                values = [inner for value in values for inner in (value if isinstance(value, list) else [value])]
                if step is not None:
                    values = [value.get(step) for value in values if isinstance(value, Mapping)]
            found.extend(value for value in values if isinstance(value, Mapping))
    return found


class CostBucket:
    """The points of one app in one shop. It is not kept over a restart: a new server starts with a full one.

    Args:
        clock: The simulator's clock.
        limits: The real size and rate of a Standard shop, or raised ones.
    """

    def __init__(self, clock: Clock, *, limits: bool) -> None:
        self._clock = clock
        self.capacity: float = CAPACITY if limits else RAISED_CAPACITY
        self.rate: float = RATE if limits else RAISED_RATE
        self._level = self.capacity
        self._at = clock.monotonic()

    def level(self) -> float:
        """Return the points that are there now."""
        now = self._clock.monotonic()
        self._level = min(self.capacity, self._level + (now - self._at) * self.rate)
        self._at = now
        return self._level

    def take(self, points: float) -> bool:
        """Take points, and say whether there were enough; otherwise nothing is taken."""
        if self.level() < points:
            return False
        self._level -= points
        return True

    def give_back(self, points: float) -> None:
        """Return what was not needed."""
        self._level = min(self.capacity, self.level() + max(points, 0))

    def status(self) -> dict[str, float]:
        """Return what every answer says of it."""
        return {
            "maximumAvailable": self.capacity,
            "currentlyAvailable": math.floor(self.level()),
            "restoreRate": self.rate,
        }
