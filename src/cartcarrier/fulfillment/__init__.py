"""The steps of shipping, as a state machine over the ledger; recovery; choosing rates."""

from cartcarrier.fulfillment._address import AddressCheck, AddressNotGoodError
from cartcarrier.fulfillment._choices import ChoiceRecord, MissingRate
from cartcarrier.fulfillment._choose import (
    Choice,
    Chooser,
    NoRateFitsError,
    by_deadline,
    cheapest,
    fastest,
    first_of,
    only,
    prefer,
)
from cartcarrier.fulfillment._compare import order_changes
from cartcarrier.fulfillment._delays import ParcelLate
from cartcarrier.fulfillment._findings import (
    CancelledButLive,
    ChargeMismatch,
    ConfirmedWithoutLabel,
    Finding,
    LinkedNotPaid,
    NeverScanned,
    NotConfirmed,
    PaidNotLinked,
    RefundRefused,
)
from cartcarrier.fulfillment._refund import Refund
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
from cartcarrier.fulfillment._unknown_codes import UnknownCode

__all__ = [
    "AddressCheck",
    "AddressNotGoodError",
    "Bought",
    "CancelledButLive",
    "ChargeMismatch",
    "Choice",
    "ChoiceRecord",
    "Chooser",
    "ConfirmedWithoutLabel",
    "DeadlineAtRisk",
    "Finding",
    "LinkedNotPaid",
    "MissingRate",
    "NeverScanned",
    "NoRateFitsError",
    "NotBought",
    "NotConfirmed",
    "OrderChange",
    "PaidNotLinked",
    "ParcelLate",
    "PlannedShipment",
    "Quote",
    "RecoveryProblem",
    "RecoveryReport",
    "Refund",
    "RefundRefused",
    "ShipFailure",
    "ShipPlan",
    "Shipped",
    "Submitted",
    "UncertainStep",
    "UnknownCode",
    "Voided",
    "by_deadline",
    "cheapest",
    "fastest",
    "first_of",
    "only",
    "order_changes",
    "prefer",
]
