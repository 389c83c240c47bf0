"""Amazon Buy Shipping: labels bought from Amazon, for orders of its marketplaces and, where it is offered, for others."""

from cartcarrier.carriers.amazon_buy_shipping.config import AmazonBuyShippingConfig
from cartcarrier.carriers.amazon_buy_shipping.driver import AmazonBuyShippingCarrier
from cartcarrier.carriers.amazon_buy_shipping.options import AmazonBuyShippingOptions

__all__ = ["AmazonBuyShippingCarrier", "AmazonBuyShippingConfig", "AmazonBuyShippingOptions"]
