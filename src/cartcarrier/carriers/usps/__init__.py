"""USPS, over its REST interface v3 with OAuth."""

from cartcarrier.carriers.usps.config import USPSConfig
from cartcarrier.carriers.usps.driver import USPSCarrier
from cartcarrier.carriers.usps.options import USPSOptions, VolumePlan

__all__ = ["USPSCarrier", "USPSConfig", "USPSOptions", "VolumePlan"]
