"""Shopify as a channel: the other rooms, joined."""

from cartcarrier.channels.shopify.driver.channel import ShopifyChannel
from cartcarrier.channels.shopify.driver.importing import OrderImport

__all__ = ["OrderImport", "ShopifyChannel"]
