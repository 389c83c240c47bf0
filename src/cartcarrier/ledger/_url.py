"""Where a ledger is, from its address."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cartcarrier.errors import ConfigurationError
from cartcarrier.ledger._postgres_url import is_postgres
from cartcarrier.ledger._secrets import read_keys

if TYPE_CHECKING:
    from cartcarrier.ledger._interface import Ledger

_MEMORY: Final = ":memory:"
_FORMS: Final = "sqlite:///shop.db, sqlite:////var/lib/shop.db or sqlite:// (in memory)"
_OTHER: Final = "postgresql://user:password@host/database"


def open_ledger(url: str, *, keys: Sequence[str] | None = None) -> "Ledger":
    """Return the ledger of that address. It does nothing until its ``open()`` is called.

    Args:
        url: ``sqlite:///shop.db`` (in the working directory), ``sqlite:////abs/path.db``, ``sqlite://`` or
            ``sqlite:///:memory:``; or ``postgresql://user:password@host/database``, as ``PostgresLedger`` takes it.
        keys: What seals tokens and personal data, newest first, each as ``cryptography.fernet.Fernet.generate_key()`` makes it.
            Without them those of the environment, ``CARTCARRIER_LEDGER_KEYS``, parted by commas; where there are none either, and
            with an empty sequence, the ledger is plain.

    Raises:
        ConfigurationError: The address is none of these; its field is ``ledger``. Or a key is none; its field is ``keys``.
    """
    keys = read_keys(keys)
    if is_postgres(url):
        from cartcarrier.ledger._postgres import PostgresLedger  # noqa: PLC0415 - a back-end loads when it is asked for

        if keys:
            msg = "keys: the ledger in PostgreSQL cannot be sealed; encrypt the server's disk, or open it with keys=()"
            raise ConfigurationError(msg, field="keys")
        return PostgresLedger(url)
    scheme, separator, _ = url.partition("://")
    if scheme != "sqlite" or not separator:
        # the address itself stays out of the message: it may hold a password
        msg = f"ledger: the address must be {_FORMS}; or {_OTHER}"
        raise ConfigurationError(msg, field="ledger")
    from cartcarrier.ledger._sqlite import SQLiteLedger  # noqa: PLC0415 - a back-end loads when it is asked for

    return SQLiteLedger(url, keys=keys)


def sqlite_path(path_or_url: str | Path) -> str | None:
    """Return the file that is meant; ``None`` for memory.

    Raises:
        ConfigurationError: It is an address, but not one of SQLite's, or names a host or parameters.
    """
    text = str(path_or_url)
    if isinstance(path_or_url, str) and "://" in text:
        scheme, _, rest = text.partition("://")
        if scheme != "sqlite" or (rest and not rest.startswith("/")) or "?" in rest:
            msg = f"ledger: the address must be {_FORMS}, without host and parameters"
            raise ConfigurationError(msg, field="ledger")
        text = rest[1:] or _MEMORY
    if not text or "\0" in text:
        msg = "ledger: the path of the file must not be empty"
        raise ConfigurationError(msg, field="ledger")
    return None if text == _MEMORY else text
