"""The durable record of every paid step, of tokens and of limits."""

from cartcarrier.ledger._interface import (
    Claim,
    LeaseLostError,
    Ledger,
    NewShipment,
    OrderRow,
    ShipmentRow,
    ShipmentState,
    StepKind,
    StepRow,
    StepState,
    TrackingRow,
    WorkState,
)
from cartcarrier.ledger._postgres import PostgresLedger
from cartcarrier.ledger._postgres_stores import PostgresLimitStore, PostgresTokenStore
from cartcarrier.ledger._sqlite import SQLiteLedger
from cartcarrier.ledger._states import package_id, shipment_state
from cartcarrier.ledger._stores import SharedStores, SQLiteLimitStore, SQLiteTokenStore
from cartcarrier.ledger._url import open_ledger

__all__ = [
    "Claim",
    "LeaseLostError",
    "Ledger",
    "NewShipment",
    "OrderRow",
    "PostgresLedger",
    "PostgresLimitStore",
    "PostgresTokenStore",
    "SQLiteLedger",
    "SQLiteLimitStore",
    "SQLiteTokenStore",
    "SharedStores",
    "ShipmentRow",
    "ShipmentState",
    "StepKind",
    "StepRow",
    "StepState",
    "TrackingRow",
    "WorkState",
    "open_ledger",
    "package_id",
    "shipment_state",
]
