"""The driver for eBay's sellers."""

from cartcarrier.channels.ebay.config import EbayConfig
from cartcarrier.channels.ebay.driver import EbayChannel, Quota

__all__ = ["EbayChannel", "EbayConfig", "Quota"]
