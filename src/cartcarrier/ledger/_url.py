"""Where a ledger is, from its address."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from cartcarrier.errors import ConfigurationError

if TYPE_CHECKING:
    from cartcarrier.ledger._interface import Ledger

_MEMORY: Final = ":memory:"
_FORMS: Final = "sqlite:///shop.db, sqlite:////var/lib/shop.db or sqlite:// (in memory)"


def open_ledger(url: str) -> "Ledger":
    """Return the ledger of that address. It does nothing until its ``open()`` is called.

    Args:
        url: ``sqlite:///shop.db`` (in the working directory), ``sqlite:////abs/path.db``, ``sqlite://`` or
            ``sqlite:///:memory:``.

    Raises:
        ConfigurationError: The address is none of these. Its field is ``ledger``.
    """
    scheme, separator, _ = url.partition("://")
    if separator and scheme.partition("+")[0] in {"postgresql", "postgres"}:
        msg = f"ledger: the PostgreSQL ledger comes with a later release; until then use {_FORMS}"
        raise ConfigurationError(msg, field="ledger")
    if scheme != "sqlite" or not separator:
        # the address itself stays out of the message: it may hold a password
        msg = f"ledger: the address must be {_FORMS}"
        raise ConfigurationError(msg, field="ledger")
    from cartcarrier.ledger._sqlite import SQLiteLedger  # noqa: PLC0415 - a back-end loads when it is asked for

    return SQLiteLedger(url)


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
