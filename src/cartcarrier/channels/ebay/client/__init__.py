"""What eBay can be asked."""

from cartcarrier.channels.ebay.client.api import EbayClient
from cartcarrier.channels.ebay.client.quotas import Quota

__all__ = ["EbayClient", "Quota"]
