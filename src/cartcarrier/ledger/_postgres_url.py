"""Where a ledger in PostgreSQL is, from its address."""

import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import attrs

from cartcarrier.errors import ConfigurationError

_FORM: Final = "postgresql://user:password@host:5432/database?schema=cartcarrier&min_size=1&max_size=10"
_SCHEMES: Final = frozenset({"postgresql", "postgres", "postgresql+asyncpg", "postgres+asyncpg"})
_SCHEMA: Final = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
_MOST: Final = 1000  # connections; more is a slip of the pen


@attrs.frozen(kw_only=True)
class PostgresAddress:
    """An address, taken apart.

    Attributes:
        dsn: What asyncpg takes; it may hold a password.
        schema: In which of the database's schemas the tables are.
        min_size: How many connections are kept open.
        max_size: How many there are at most.
        name: What to call the ledger in messages; no secret is in it.
    """

    dsn: str = attrs.field(repr=False)
    schema: str
    min_size: int
    max_size: int
    name: str


def is_postgres(url: str) -> bool:
    """Return whether an address is one of PostgreSQL's."""
    scheme, separator, _ = url.partition("://")
    return bool(separator) and scheme in _SCHEMES


def postgres_address(url: str) -> PostgresAddress:
    """Take an address apart.

    Args:
        url: ``postgresql://user:password@host:5432/database``. A socket's folder is given as ``?host=/run/postgresql``; what
            libpq's addresses may carry besides (``sslmode``, ``passfile``, …) is passed on. Ours are ``schema`` (of the tables,
            ``cartcarrier`` unless told), ``min_size`` (1) and ``max_size`` (10) of the pool of connections.

    Raises:
        ConfigurationError: It is not such an address. Its field is ``ledger``; the address itself stays out of the message,
            for it may hold a password.
    """
    if not is_postgres(url):
        raise _refused(f"the address must look like {_FORM}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # "from None": the cause would repeat the address
        raise _refused(f"the address must look like {_FORM}; host or port cannot be read") from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    schema = options.pop("schema", "cartcarrier")
    if not _SCHEMA.fullmatch(schema):
        raise _refused(
            "the schema must be a lower-case name of letters, digits and underscores, not beginning with pg_"
        )
    low, high = _size(options.pop("min_size", "1"), "min_size"), _size(options.pop("max_size", "10"), "max_size")
    if not low <= high or high < 1:
        raise _refused("min_size must not be above max_size, and max_size not below 1")
    host = options.get("host") or parts.hostname or "the local server"
    database = (
        options.get("database") or options.get("dbname") or unquote(parts.path.lstrip("/")) or "its default database"
    )
    return PostgresAddress(
        dsn=f"postgresql://{parts.netloc}{parts.path}{'?' if options else ''}{urlencode(options)}",
        schema=schema,
        min_size=low,
        max_size=high,
        name=f"the ledger {database}/{schema} on {host}{f':{port}' if port else ''}",
    )


def _size(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= _MOST):
        raise _refused(f"{name} must be a number of connections")
    return int(text)


def _refused(why: str) -> ConfigurationError:
    return ConfigurationError(f"ledger: {why}", field="ledger")
