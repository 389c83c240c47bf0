"""The class that joins the rooms."""

from cartcarrier.channels.amazon.driver.channel import AmazonChannel

__all__ = ["AmazonChannel"]
