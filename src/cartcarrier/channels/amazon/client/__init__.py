"""Amazon's operations, one method each."""

from cartcarrier.channels.amazon.client.api import AmazonClient
from cartcarrier.channels.amazon.client.operations import OPERATIONS

__all__ = ["OPERATIONS", "AmazonClient"]
