"""Which workers of this machine have died, so that nobody waits for the leases that they left behind.

A lease protects a shipment from two workers at once. When a process is killed its lease runs on, and whoever is started in its
place would wait for its end. So each worker writes its name beside the ledger's rows; the name says which process it is, and a
process of this machine can be looked for. A wrong verdict costs nothing: the fencing number stops whoever lost a shipment, and
the next owner looks before it buys.
"""

import hashlib
import json
import logging
import os
import secrets
import socket
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cartcarrier.errors import LedgerError
from cartcarrier.http import Clock
from cartcarrier.ledger import Ledger

_CURSOR: Final = "workers"
_REMEMBERED: Final = timedelta(days=1)
_MOST: Final = 500
_PROC: Final = Path("/proc")

_log = logging.getLogger("cartcarrier.fulfillment")


def _machine() -> str:
    """Return what tells this machine, this boot and this container from others; a hash, for it is nobody's business."""
    known = [socket.gethostname()]
    try:
        known.append((_PROC / "sys/kernel/random/boot_id").read_text().strip())
        known.append(str((_PROC / "self/ns/pid").readlink()))
    except OSError:
        pass  # not Linux: the name of the host must do
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:12]


def _started(pid: int) -> str | None:
    """Return what tells this process from a later one of the same number; ``None`` when there is no such process."""
    try:
        # "pid (name) state ppid …": the name may hold anything, so count from its last parenthesis
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None if (_PROC / "self").exists() else _signalled(pid)
    except OSError:
        return ""
    return None if fields[0] in {"Z", "X"} else fields[19]


def _signalled(pid: int) -> str | None:
    if sys.platform == "win32":
        return ""  # there, os.kill would end the process: it counts as alive until its lease is over
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return ""
    return ""


def new_name() -> str:
    """Return a name for a worker of this process that no other has."""
    pid = os.getpid()
    return f"{_machine()}-{pid}-{_started(pid) or ''}-{secrets.token_hex(6)}"


def is_dead(name: str, *, machine: str) -> bool:
    """Return whether a worker was one of this machine and its process is gone; False when that cannot be known."""
    parts = name.split("-")
    if len(parts) != 4 or parts[0] != machine or not parts[1].isdecimal():
        return False
    started = _started(int(parts[1]))
    return started is None or bool(started and parts[2] and started != parts[2])


class Workers:
    """The workers that have used a ledger lately.

    Two that begin at the same moment may miss each other's names; then a lease is waited for, as between machines.
    """

    def __init__(self, ledger: Ledger, clock: Clock, *, name: str) -> None:
        self._ledger = ledger
        self._clock = clock
        self._name = name
        self._machine = name.partition("-")[0]

    async def register(self) -> None:
        """Write down that this worker has begun."""
        now = self._clock.now()
        known = {name: at for name, at in (await self._load()).items() if at > now - _REMEMBERED}
        newest = sorted({**known, self._name: now}.items(), key=lambda item: item[1])[-_MOST:]
        await self._save(dict(newest))

    async def unregister(self) -> None:
        """Write down that this worker has ended, its leases given back; it is no harm when that cannot be written."""
        try:
            known = await self._load()
            if known.pop(self._name, None) is not None:
                await self._save(known)
        except LedgerError as exc:
            _log.info("the end of a worker was not written down: %s", exc)

    async def dead(self) -> Sequence[str]:
        """Return those whose process is gone."""
        return [name for name in await self._load() if name != self._name and is_dead(name, machine=self._machine)]

    async def _load(self) -> dict[str, datetime]:
        text = await self._ledger.load_cursor(_CURSOR)
        return {name: datetime.fromisoformat(at) for name, at in json.loads(text or "{}").items()}

    async def _save(self, known: dict[str, datetime]) -> None:
        await self._ledger.save_cursor(_CURSOR, json.dumps({name: at.isoformat() for name, at in known.items()}))
