"""Bulk operations, and the lines of their results (field guide shopify.md §7.3)."""

import msgspec

from cartcarrier.channels.shopify.schemas.base import Moment, Struct, UserError


class BulkOperation(Struct, frozen=True):
    """A query that Shopify runs in the background."""

    id: str
    status: str
    created_at: Moment
    query: str
    error_code: str | None = None
    file_size: str | None = None
    url: str | None = None


class BulkPayload(Struct, frozen=True):
    """What ``bulkOperationRunQuery`` answers."""

    user_errors: list[UserError]
    bulk_operation: BulkOperation | None = None


class BulkRunData(Struct, frozen=True):
    """Answer to ``bulk_run``."""

    bulk_operation_run_query: BulkPayload | None


class BulkOperationData(Struct, frozen=True):
    """Answer to ``bulk_operation``."""

    bulk_operation: BulkOperation | None


class BulkOperations(Struct, frozen=True):
    """Some of them."""

    nodes: list[BulkOperation]


class BulkOperationsData(Struct, frozen=True):
    """Answer to ``bulk_operations``."""

    bulk_operations: BulkOperations


class BulkLine(Struct, frozen=True):
    """A line of a result: an order, or with ``parent_id`` one of its fulfillment orders."""

    id: str
    parent_id: str | None = msgspec.field(name="__parentId", default=None)
    updated_at: Moment | None = None
    cancelled_at: Moment | None = None
    test: bool = False
    status: str = ""
