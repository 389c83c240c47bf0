"""The demonstration: awkward orders, the whole way, on simulators or on real accounts."""

from cartcarrier.cli.demo._run import run_demo

__all__ = ["run_demo"]
