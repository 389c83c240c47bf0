"""A simulated UPS."""

from cartcarrier.sandbox.ups.simulator import UPSSimulator

__all__ = ["UPSSimulator"]
