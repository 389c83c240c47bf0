"""The driver: what UPS can do, in the words of the interfaces."""

from cartcarrier.carriers.ups.driver.carrier import UPSCarrier

__all__ = ["UPSCarrier"]
