"""The FedEx driver, by what it can do."""

from cartcarrier.carriers.fedex.driver.carrier import FedExCarrier

__all__ = ["FedExCarrier"]
