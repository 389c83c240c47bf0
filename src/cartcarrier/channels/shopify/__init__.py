"""Shopify: orders in, fulfillments, scans and stock out; pushes, and the work of a fulfillment service."""

from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.driver import OrderImport, ShopifyChannel
from cartcarrier.channels.shopify.options import FulfillmentRequest, FulfillmentRequestKind

__all__ = ["FulfillmentRequest", "FulfillmentRequestKind", "OrderImport", "ShopifyChannel", "ShopifyConfig"]
