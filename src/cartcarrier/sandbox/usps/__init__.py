"""A simulated USPS: the REST interfaces, version 3."""

from cartcarrier.sandbox.usps.simulator import USPSSimulator

__all__ = ["USPSSimulator"]
