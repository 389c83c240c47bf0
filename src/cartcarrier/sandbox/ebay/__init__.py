"""eBay on your own machine: a keyset, its sellers, their orders and stock. Needs the extra ``cartcarrier[sandbox]``."""

from cartcarrier.sandbox.ebay._simulator import EbaySimulator

__all__ = ["EbaySimulator"]
