"""A PostgreSQL server of the tests' own: in a folder of its own, on a socket of its own, thrown away at the end."""

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

_USER: Final = "postgres"
_PLACES: Final = ("/usr/lib/postgresql", "/usr/local/lib/postgresql")
_SETTINGS: Final = (
    "listen_addresses=''",
    "shared_buffers=32MB",
    "max_connections=60",
    "timezone=UTC",
    "log_min_messages=warning",
)


# Nothing in the tests must survive a power cut, only processes that are killed; the ledger's own settings stay real.
_FAST: Final = ("fsync=off", "full_page_writes=off")


class UnavailableError(Exception):
    """There is no PostgreSQL on this machine, or it cannot be run; the text says why."""


def find_binaries() -> Path:
    """Return the folder with the newest server's programs.

    Raises:
        UnavailableError: There is none.
    """
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent  # it may be a link to one of several versions
    folders = [folder for place in _PLACES for folder in Path(place).glob("*/bin") if (folder / "initdb").exists()]
    if not folders:
        msg = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        raise UnavailableError(msg)
    return max(folders, key=lambda folder: [int(number) for number in re.findall(r"\d+", folder.parent.name)])


class Cluster:
    """A running server, with a database that is empty but for what the tests make.

    Args:
        durable: Whether commits wait for the disk, as they do where labels are bought.

    Attributes:
        folder: Where its files are.
        binaries: Where its programs are.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = _SETTINGS if durable else _SETTINGS + _FAST
        self.binaries = find_binaries()
        self.folder = Path(
            tempfile.mkdtemp(prefix="cartcarrier-pg-")
        )  # short: a socket's path has 107 characters at most
        self._as_user: tuple[str, ...] = ()
        if os.geteuid() == 0:
            # The server refuses to run as root.
            try:
                shutil.chown(self.folder, _USER, _USER)
            except LookupError as exc:
                self.folder.rmdir()
                msg = f"there is no user {_USER!r} to run PostgreSQL as, and it refuses to run as root"
                raise UnavailableError(msg) from exc
            self._as_user = ("runuser", "-u", _USER, "--")
        try:
            self._run("initdb", "--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--locale=C", "--no-sync")
            self.start()
        except (subprocess.CalledProcessError, OSError) as exc:
            self.remove()
            said = exc.stderr.strip() if isinstance(exc, subprocess.CalledProcessError) else exc
            msg = f"PostgreSQL could not be started: {said}"
            raise UnavailableError(msg) from exc

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = " ".join(f"-c {setting}" for setting in (*self._settings, f"unix_socket_directories={self.folder}"))
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={self.folder / 'log'}", f"--options={options}")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: ``fast`` cuts the connections, ``immediate`` is a crash."""
        self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}")

    def remove(self) -> None:
        """Stop the server, if it runs, and delete its files."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, schema: str | None = None, **options: object) -> str:
        """Return an address of the ledger: an empty schema, unless one is named."""
        parameters = {"host": self.folder, "schema": schema or self.new_schema(), **options}
        query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())
        return f"postgresql://{_USER}@/{_USER}?{query}"

    def new_schema(self) -> str:
        """Return the name of a schema that is not there yet."""
        return f"test_{secrets.token_hex(6)}"

    def run(self, program: str, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Run one of PostgreSQL's client programs on this server; return what it said."""
        command = (str(self.binaries / program), f"--host={self.folder}", f"--username={_USER}", *arguments)
        return subprocess.run(command, check=True, capture_output=True, input=stdin).stdout

    def sql(self, statements: str, schema: str | None = None) -> Sequence[str]:
        """Run SQL as another program would, from outside; return the lines of the answer."""
        path = f"SET search_path TO {schema}; " if schema is not None else ""
        said = self.run(
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            path + statements,
        )
        return said.decode().splitlines()

    def _run(self, program: str, *arguments: str) -> None:
        command = (*self._as_user, str(self.binaries / program), f"--pgdata={self.folder / 'data'}", *arguments)
        # Into files, not pipes: the server would hold a pipe open for as long as it runs.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command, check=False, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=self.folder
            )
            if done.returncode:
                said.seek(0)
                words = said.read().decode(errors="replace")
                raise subprocess.CalledProcessError(done.returncode, program, stderr=words)
