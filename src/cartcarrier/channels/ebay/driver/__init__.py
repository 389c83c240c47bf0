"""The driver: what eBay can do, in the words of the interfaces."""

from cartcarrier.channels.ebay.client import Quota
from cartcarrier.channels.ebay.driver.channel import EbayChannel

__all__ = ["EbayChannel", "Quota"]
