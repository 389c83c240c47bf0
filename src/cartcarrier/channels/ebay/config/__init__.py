"""The settings of one seller."""

from cartcarrier.channels.ebay.config.keys import SigningKey, read_signing_key
from cartcarrier.channels.ebay.config.settings import BASE_SCOPE, MOST_SKUS_A_CALL, EbayConfig

__all__ = ["BASE_SCOPE", "MOST_SKUS_A_CALL", "EbayConfig", "SigningKey", "read_signing_key"]
