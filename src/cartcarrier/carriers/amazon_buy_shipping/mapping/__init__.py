"""Unified models to Shipping v2 and back; no I/O."""

from cartcarrier.carriers.amazon_buy_shipping.mapping.offers import RateToken, no_offer, read_token, to_rates
from cartcarrier.carriers.amazon_buy_shipping.mapping.purchase import Prepared, prepare, read_step
from cartcarrier.carriers.amazon_buy_shipping.mapping.questions import Question, to_question
from cartcarrier.carriers.amazon_buy_shipping.mapping.shipments import needs_reprint, to_shipment, with_documents
from cartcarrier.carriers.amazon_buy_shipping.mapping.tracking import to_tracking

__all__ = [
    "Prepared",
    "Question",
    "RateToken",
    "needs_reprint",
    "no_offer",
    "prepare",
    "read_step",
    "read_token",
    "to_question",
    "to_rates",
    "to_shipment",
    "to_tracking",
    "with_documents",
]
