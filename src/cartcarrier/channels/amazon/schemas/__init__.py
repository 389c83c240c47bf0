"""Amazon's JSON, one struct for each of its objects, with the members that this driver uses."""

from cartcarrier.channels.amazon.schemas import notices, orders, stock

__all__ = ["notices", "orders", "stock"]
