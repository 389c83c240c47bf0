"""The steps of shipping, as a state machine over the ledger; recovery; choosing rates."""

from cartcarrier.fulfillment._choose import Choice, Chooser, by_deadline, cheapest, fastest
from cartcarrier.fulfillment._compare import order_changes
from cartcarrier.fulfillment._findings import (
    CancelledButLive,
    ChargeMismatch,
    ConfirmedWithoutLabel,
    Finding,
    LinkedNotPaid,
    NotConfirmed,
    PaidNotLinked,
)
from cartcarrier.fulfillment._reports import (
    Bought,
    DeadlineAtRisk,
    NotBought,
    OrderChange,
    PlannedShipment,
    Quote,
    RecoveryProblem,
    RecoveryReport,
    ShipFailure,
    Shipped,
    ShipPlan,
    Submitted,
    UncertainStep,
    Voided,
)

__all__ = [
    "Bought",
    "CancelledButLive",
    "ChargeMismatch",
    "Choice",
    "Chooser",
    "ConfirmedWithoutLabel",
    "DeadlineAtRisk",
    "Finding",
    "LinkedNotPaid",
    "NotBought",
    "NotConfirmed",
    "OrderChange",
    "PaidNotLinked",
    "PlannedShipment",
    "Quote",
    "RecoveryProblem",
    "RecoveryReport",
    "ShipFailure",
    "ShipPlan",
    "Shipped",
    "Submitted",
    "UncertainStep",
    "Voided",
    "by_deadline",
    "cheapest",
    "fastest",
    "order_changes",
]
