"""A cartcarrier driver for Acme Parcel."""

from acme_carrier.config import AcmeConfig
from acme_carrier.driver import AcmeCarrier

__all__ = ["AcmeCarrier", "AcmeConfig"]
