"""Providers ship from their own warehouse. Their interface; the built-in drivers are below."""

from cartcarrier.providers._interface import FulfillmentProvider

__all__ = ["FulfillmentProvider"]
