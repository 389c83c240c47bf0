"""A simulated Amazon: the Selling Partner API with one seller in three regions."""

from cartcarrier.sandbox.amazon._simulator import AmazonSimulator

__all__ = ["AmazonSimulator"]
