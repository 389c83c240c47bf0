"""Bulk operations: queries that run by themselves, and leave a file behind. Field guide shopify.md §7.3."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from graphql import ExecutionResult, execute_sync, parse

from cartcarrier.sandbox.shopify._bulk_query import check_bulk_query, to_lines
from cartcarrier.sandbox.shopify._ids import Document, Json, RefusedError, gid, number_of
from cartcarrier.sandbox.shopify._queries import Queries
from cartcarrier.sandbox.shopify._schema import schema_of
from cartcarrier.sandbox.shopify._search import PAGING, Ranked, compile_query, connection, list_name, unpaged
from cartcarrier.sandbox.shopify._stock_mutations import Resolver, said
from cartcarrier.sandbox.shopify._webhooks import Webhooks
from cartcarrier.sandbox.shopify._world import World

MAX_RUNNING = 5
FILE_SECONDS = 7 * 24 * 3600
CANCEL_SECONDS = 1.0
UNFINISHED = frozenset({"CREATED", "RUNNING", "CANCELING"})
FAILURES = frozenset({"ACCESS_DENIED", "INTERNAL_SERVER_ERROR", "TIMEOUT"})


@attrs.define
class Mishap:
    """An order for a bulk operation to fail.

    Attributes:
        code: Its error's code.
        partial: Whether half of the file is there all the same.
    """

    code: str
    partial: bool


class Bulk:
    """The app's bulk operations.

    Args:
        world: The shop's memory.
        queries: What they ask.
        webhooks: Who is told.
        seed: What addresses of files are drawn from.
    """

    def __init__(self, world: World, queries: Queries, webhooks: Webhooks, seed: int) -> None:
        self._world = world
        self._queries = queries
        self._webhooks = webhooks
        self._seed = seed
        self.version = ""
        self.base_url = ""
        self.mishaps: list[Mishap] = []

    # --- asking -------------------------------------------------------------------------------------------------------

    def root(self) -> dict[str, Resolver]:
        """Return a resolver for each of the questions."""
        return {
            "bulkOperation": lambda _info, id: self.by_id(id),  # noqa: A006 - the schema's name
            "bulkOperations": self._list,
            "currentBulkOperation": self._current,
        }

    def mutations(self) -> dict[str, Resolver]:
        """Return a resolver for each of the changes."""
        return {"bulkOperationRunQuery": self._run, "bulkOperationCancel": self._cancel}

    def by_id(self, value: str) -> Document | None:
        """Return an operation's object by its global id."""
        row = self._world.table("bulk").get(str(number_of(value, "BulkOperation")))
        return None if row is None else self._show(row)

    def _list(self, _info: object, query: str | None = None, sortKey: str | None = None, **arguments: Json) -> Document:  # noqa: N803 - the schema's name
        """Newest first, unless ``reverse`` is given."""
        matches = compile_query(query, "bulk", self._world.now())
        field = "completed_at" if sortKey == "COMPLETED_AT" else "created_at"
        rows = [
            Ranked((row[field] or "", row["id"]), row) for row in self._world.table("bulk").values() if matches(row)
        ]
        paging = {key: value for key, value in arguments.items() if key in PAGING}
        paging["reverse"] = not paging.get("reverse")
        rows.sort(key=lambda ranked: ranked.key)
        return connection(rows, self._show, bound_to=list_name("bulk", query, field), **paging)

    def _current(self, _info: object, type: str | None = None) -> Document | None:  # noqa: A002 - the schema's name
        rows = list(self._world.table("bulk").values())
        return self._show(rows[-1]) if rows and type != "MUTATION" else None

    def _show(self, row: Mapping[str, Any]) -> Document:
        expired = row["status"] == "COMPLETED" and self._expired(row)
        size = len(self._text(row).encode())

        def address(wanted: bool) -> str | None:  # noqa: FBT001 - one word of a table
            return f"{self.base_url}/bulk/{row['secret']}.jsonl" if wanted and size and not self._expired(row) else None

        return {
            "__typename": "BulkOperation",
            "id": gid("BulkOperation", row["id"]),
            "status": "EXPIRED" if expired else row["status"],
            "type": "QUERY",
            "query": row["query"],
            "errorCode": row["error_code"],
            "objectCount": str(row["objects"]),
            "rootObjectCount": str(row["roots"]),
            "fileSize": str(size) if size else None,
            "createdAt": row["created_at"],
            "completedAt": row["completed_at"],
            "url": address(row["status"] == "COMPLETED"),
            "partialDataUrl": address(row["status"] in {"FAILED", "CANCELED"}),
        }

    # --- running ------------------------------------------------------------------------------------------------------

    def _run(self, _info: object, query: str, groupObjects: bool = False) -> Document:  # noqa: N803, FBT001, FBT002 - the schema's
        try:
            check_bulk_query(schema_of(self.version), query)
            self._check_room()
        except RefusedError as exc:
            return {"bulkOperation": None, "userErrors": said(exc)}
        number = self._world.next_id()
        row: Document = {
            "id": number,
            "status": "CREATED",
            "query": query,
            "grouped": groupObjects,
            "version": self.version,
            "error_code": None,
            "objects": 0,
            "roots": 0,
            "lines": [],
            "secret": hashlib.sha256(f"bulk:{self._seed}:{number}".encode()).hexdigest()[:40],
            "created_at": self._world.stamp(),
            "completed_at": None,
            "due": self._world.epoch() + self._world.job_seconds,
            "expires": None,
        }
        self._world.put("bulk", str(number), row)
        return {"bulkOperation": self._show(row), "userErrors": []}

    def _check_room(self) -> None:
        running = [row for row in self._world.table("bulk").values() if row["status"] in UNFINISHED]
        if len(running) >= MAX_RUNNING:
            raise RefusedError("Bulk operations limit reached. Please try again later.", code="LIMIT_REACHED")

    def _cancel(self, _info: object, id: str) -> Document:  # noqa: A002 - the schema's name
        row = self._world.table("bulk").get(str(number_of(id, "BulkOperation")))
        if row is None or row["status"] not in UNFINISHED:
            message = "Bulk operation does not exist" if row is None else "A bulk operation that has ended stays so."
            return {"bulkOperation": None, "userErrors": said(RefusedError(message, field=["id"]))}
        row = {**row, "status": "CANCELING", "due": self._world.epoch() + CANCEL_SECONDS}
        self._world.put("bulk", row["key"], row)
        return {"bulkOperation": self._show(row), "userErrors": []}

    def tick(self) -> None:
        """Let run what runs, and end what is due."""
        now = self._world.epoch()
        for row in list(self._world.table("bulk").values()):
            if row["status"] not in UNFINISHED:
                continue
            if row["due"] <= now:
                with self._world.transaction():
                    self._finish(row)
            elif row["status"] == "CREATED":
                self._world.put("bulk", row["key"], {**row, "status": "RUNNING"})

    def _finish(self, row: Document) -> None:
        result = self._execute(row)
        codes = [(error.extensions or {}).get("code") for error in result.errors or ()]
        lines, roots = to_lines(result.data or {}, grouped=row["grouped"]) if not result.errors else ([], 0)
        ended: Document = {"status": "COMPLETED", "error_code": None}
        if row["status"] == "CANCELING":
            ended["status"] = "CANCELED"
            lines = lines[: len(lines) // 2]
        elif result.errors:
            code = "ACCESS_DENIED" if "ACCESS_DENIED" in codes else "INTERNAL_SERVER_ERROR"
            ended = {"status": "FAILED", "error_code": code}
        elif self.mishaps:
            mishap = self.mishaps.pop(0)
            ended = {"status": "FAILED", "error_code": mishap.code}
            lines = lines[: len(lines) // 2] if mishap.partial else []
        kept = {
            **row,
            **ended,
            "lines": lines,
            "objects": len(lines),
            "roots": min(roots, len(lines)),
            "completed_at": self._world.stamp(),
            "expires": self._world.epoch() + FILE_SECONDS,
        }
        self._world.put("bulk", row["key"], kept)
        self._webhooks.bulk_event(kept)

    def _execute(self, row: Mapping[str, Any]) -> ExecutionResult:
        root: Mapping[str, Callable[..., Any]] = self._queries.root()
        with unpaged():
            return execute_sync(schema_of(row["version"]), parse(row["query"]), root_value=root)

    # --- files --------------------------------------------------------------------------------------------------------

    def file(self, secret: str) -> str | None:
        """Return the file at an address; ``None`` when there is none, or none any more."""
        for row in self._world.table("bulk").values():
            if row["secret"] == secret and row["lines"] and not self._expired(row):
                return self._text(row)
        return None

    def _expired(self, row: Mapping[str, Any]) -> bool:
        return row["expires"] is not None and row["expires"] <= self._world.epoch()

    @staticmethod
    def _text(row: Mapping[str, Any]) -> str:
        return "".join(f"{line}\n" for line in row["lines"])
