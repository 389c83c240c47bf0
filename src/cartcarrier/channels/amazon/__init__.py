"""The driver for Amazon's marketplaces."""

from cartcarrier.channels.amazon.config import AmazonConfig
from cartcarrier.channels.amazon.driver import AmazonChannel

__all__ = ["AmazonChannel", "AmazonConfig"]
