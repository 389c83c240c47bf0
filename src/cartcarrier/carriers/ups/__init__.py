"""UPS, over its REST interface with OAuth."""

from cartcarrier.carriers.ups.config import UPSConfig
from cartcarrier.carriers.ups.driver import UPSCarrier
from cartcarrier.carriers.ups.options import SimpleRate, UPSNotice, UPSOptions

__all__ = ["SimpleRate", "UPSCarrier", "UPSConfig", "UPSNotice", "UPSOptions"]
