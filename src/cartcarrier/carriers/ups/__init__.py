"""UPS, over its REST interface with OAuth."""

from cartcarrier.carriers.ups.config import UPSConfig
from cartcarrier.carriers.ups.driver import UPSCarrier
from cartcarrier.carriers.ups.options import SimpleRate, UPSBattery, UPSNotice, UPSOptions, UPSRestricted, UPSReturn

__all__ = [
    "SimpleRate",
    "UPSBattery",
    "UPSCarrier",
    "UPSConfig",
    "UPSNotice",
    "UPSOptions",
    "UPSRestricted",
    "UPSReturn",
]
