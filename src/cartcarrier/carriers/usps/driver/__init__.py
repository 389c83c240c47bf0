"""The USPS driver: one module for each group of abilities."""

from cartcarrier.carriers.usps.driver._carrier import USPSCarrier

__all__ = ["USPSCarrier"]
