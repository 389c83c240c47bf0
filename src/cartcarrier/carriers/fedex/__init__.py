"""FedEx, over its REST interface with OAuth."""

from cartcarrier.carriers.fedex.config import FedExConfig
from cartcarrier.carriers.fedex.driver import FedExCarrier
from cartcarrier.carriers.fedex.options import FedExBattery, FedExNotice, FedExOptions, FedExPostalCode

__all__ = ["FedExBattery", "FedExCarrier", "FedExConfig", "FedExNotice", "FedExOptions", "FedExPostalCode"]
