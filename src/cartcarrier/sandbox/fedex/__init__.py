"""A simulated FedEx."""

from cartcarrier.sandbox.fedex.simulator import FedExSimulator

__all__ = ["FedExSimulator"]
