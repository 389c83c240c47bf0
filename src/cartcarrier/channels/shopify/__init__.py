"""The driver for Shopify shops."""

from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.driver import ShopifyChannel

__all__ = ["ShopifyChannel", "ShopifyConfig"]
