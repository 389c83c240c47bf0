"""Shopify as a channel: the other rooms, joined."""

from cartcarrier.channels.shopify.driver.channel import ShopifyChannel

__all__ = ["ShopifyChannel"]
