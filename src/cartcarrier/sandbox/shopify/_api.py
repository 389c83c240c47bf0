"""The GraphQL endpoint: token, document, cost, execution, and the three ways to say no. Field guide shopify.md §2, §5."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import msgspec
from graphql import ExecutionResult, GraphQLError, execute_sync

from cartcarrier.sandbox.shopify._cost import CEILING, CostBucket, actual_cost, requested_cost
from cartcarrier.sandbox.shopify._mutations import Mutations
from cartcarrier.sandbox.shopify._queries import Queries
from cartcarrier.sandbox.shopify._schema import (
    Documents,
    Prepared,
    check_run_time_rules,
    schema_of,
)

INTERNAL = "Internal error. Looks like something went wrong on our end."


@attrs.define
class Breakdown:
    """An order to answer ``INTERNAL_SERVER_ERROR`` inside a 200.

    Attributes:
        operation: The root field that breaks, or ``*``.
        after: Whether the effect has happened by then.
        times: How often still.
    """

    operation: str
    after: bool
    times: int


class Api:
    """Answers GraphQL requests of somebody whose token is good.

    Args:
        queries: The questions.
        mutations: The changes.
        bucket: What it is paid from.
    """

    def __init__(self, queries: Queries, mutations: Mutations, bucket: CostBucket) -> None:
        self._queries = queries
        self._mutations = mutations
        self._bucket = bucket
        self._documents = Documents()
        self.breakdowns: list[Breakdown] = []

    def answer(self, body: bytes, version: str, request_id: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON of an answer.

        Args:
            body: The request's body.
            version: The version that runs.
            request_id: What the answer's header says, for messages.
        """
        try:
            asked = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return 400, {"errors": {"query": "Required parameter missing or invalid"}}
        if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
            return 400, {"errors": {"query": "Required parameter missing or invalid"}}
        variables = asked.get("variables") or {}
        if not isinstance(variables, dict):
            return 400, {"errors": {"variables": "Required parameter missing or invalid"}}
        prepared = self._documents.prepare(asked["query"], version)
        if prepared.errors:
            return 200, {"errors": list(prepared.errors)}
        try:
            name = prepared.choose(asked.get("operationName"))
        except GraphQLError as exc:
            return 200, {"errors": [exc.formatted]}
        return 200, self._run(prepared, name, variables, version, request_id)

    def _run(
        self, prepared: Prepared, name: str | None, variables: Mapping[str, Any], version: str, request_id: str
    ) -> dict[str, Any]:
        plan = prepared.plans[name]
        requested = requested_cost(plan, variables)
        if requested > CEILING:
            return self._refusal(
                f"Query cost is {requested}, which exceeds the single query max cost limit ({CEILING}).",
                {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": CEILING},
                None,
            )
        if not self._bucket.take(requested):
            return self._refusal("Throttled", {"code": "THROTTLED"}, requested)
        problems = check_run_time_rules(prepared.roots[name], variables)
        if problems:
            self._bucket.give_back(requested)
            return {"errors": problems, "extensions": self._cost(requested, 0)}
        roots = {field.name.value for field in prepared.roots[name]}
        broken = self._breakdown(roots)
        if broken is not None and not broken.after:
            if name in prepared.mutations:
                self._mutations.break_off(prepared.roots[name], variables)
            return self._internal(request_id, requested)
        result = self._execute(prepared, name, variables, version)
        if broken is not None:
            return self._internal(request_id, requested)
        actual = 0 if result.data is None else actual_cost(plan, [result.data])
        self._bucket.give_back(requested - actual)
        answer: dict[str, Any] = {}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        if result.data is not None or not result.errors:
            answer["data"] = result.data
        answer["extensions"] = self._cost(requested, actual)
        return answer

    def _execute(
        self, prepared: Prepared, name: str | None, variables: Mapping[str, Any], version: str
    ) -> ExecutionResult:
        if prepared.document is None:
            return ExecutionResult(None, [GraphQLError("no document")])
        if name in prepared.mutations:
            fields = {(field.alias or field.name).value: field for field in prepared.roots[name]}
            root: Mapping[str, Callable[..., Any]] = self._mutations.root(fields, variables)
        else:
            root = self._queries.root()
        return execute_sync(
            schema_of(version), prepared.document, root_value=root, variable_values=dict(variables), operation_name=name
        )

    def _breakdown(self, roots: set[str]) -> Breakdown | None:
        for broken in self.breakdowns:
            if broken.operation == "*" or broken.operation in roots:
                broken.times -= 1
                if broken.times <= 0:
                    self.breakdowns.remove(broken)
                return broken
        return None

    def _internal(self, request_id: str, requested: int) -> dict[str, Any]:
        message = f"{INTERNAL}\nRequest ID: {request_id} (include this in support requests)."
        return self._refusal(message, {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}, requested)

    def _refusal(self, message: str, extensions: Mapping[str, Any], requested: int | None) -> dict[str, Any]:
        answer: dict[str, Any] = {"errors": [{"message": message, "extensions": dict(extensions)}]}
        if requested is not None:
            answer["extensions"] = self._cost(requested, None)
        return answer

    def _cost(self, requested: int, actual: int | None) -> dict[str, Any]:
        return {
            "cost": {
                "requestedQueryCost": requested,
                "actualQueryCost": actual,
                "throttleStatus": self._bucket.status(),
            }
        }
