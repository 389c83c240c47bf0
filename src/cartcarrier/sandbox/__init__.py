"""The platforms on your own machine: simulators with memory and rules, in process or served over HTTP.

Real drivers talk to them through the same HTTP as to the platforms. Needs the extra ``cartcarrier[sandbox]``.
"""

from cartcarrier.sandbox._clock import ShiftedClock
from cartcarrier.sandbox._faults import Fault, FaultKind, Faults
from cartcarrier.sandbox._sandbox import Sandbox, find_simulator, simulator_names
from cartcarrier.sandbox._server import SandboxApp, serve
from cartcarrier.sandbox._simulator import Simulator, command
from cartcarrier.sandbox._store import MemoryStore, SQLiteStore, Store

__all__ = [
    "Fault",
    "FaultKind",
    "Faults",
    "MemoryStore",
    "SQLiteStore",
    "Sandbox",
    "SandboxApp",
    "ShiftedClock",
    "Simulator",
    "Store",
    "command",
    "find_simulator",
    "serve",
    "simulator_names",
]
