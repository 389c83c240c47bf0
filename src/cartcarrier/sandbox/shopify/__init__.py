"""A Shopify shop on your own machine. Needs the extra ``cartcarrier[sandbox]``."""

from cartcarrier.sandbox.shopify._simulator import ShopifySimulator

__all__ = ["ShopifySimulator"]
