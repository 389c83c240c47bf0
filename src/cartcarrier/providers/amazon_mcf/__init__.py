"""Amazon Multi-Channel Fulfillment: orders of any channel shipped from FBA stock."""

from cartcarrier.providers.amazon_mcf.config import AmazonMCFConfig
from cartcarrier.providers.amazon_mcf.driver import AmazonMCFProvider

__all__ = ["AmazonMCFConfig", "AmazonMCFProvider"]
