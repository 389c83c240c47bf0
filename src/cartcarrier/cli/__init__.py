"""``cartcarrier`` on the command line."""

from cartcarrier.cli._main import main

__all__ = ["main"]
