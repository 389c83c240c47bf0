"""Sealing: what the ledger keeps of tokens and of people is unreadable without a key.

A value is sealed with the newest key (Fernet: AES-128-CBC and HMAC-SHA256) together with the name of its table and the key of its
row, so that a value that was moved to another row is found out. In front stands in plain which key it was. Order ids, tracking
numbers, states, times and money stay plain: the ledger searches by them, and they are what a purge leaves.

Nothing here knows a database. A back-end calls ``Sealer.seal`` where a value goes into SQL and ``Sealer.unseal`` where it comes
out, with the same ``Row``; asks ``admit`` about the marker in its table ``meta`` before it writes; and seals what is plain.
"""

import hashlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from typing_extensions import override

from cartcarrier.errors import ConfigurationError, LedgerError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

Row: TypeAlias = tuple[str, ...]
"""The name of a table, then the values of the row's primary key."""

TOKENS: Final = "tokens"
PERSONAL_DATA: Final = "personal_data"
KEY_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    TOKENS: ("key",),
    PERSONAL_DATA: ("channel", "order_id", "kind", "key"),
}
"""The tables whose column ``value`` is sealed, and the columns that make up a row's identity."""

MARKER: Final = "sealed"
"""Under this key the table ``meta`` has the marker: ``sealing`` or ``sealed``, then the ids of the keys that are in use."""

ENVIRONMENT: Final = "CARTCARRIER_LEDGER_KEYS"

_FORMAT: Final = "cc1"
_SEALING: Final = "sealing"
_SEALED: Final = "sealed"
_HOW_TO: Final = f"give the key to open_ledger(url, keys=…) or in {ENVIRONMENT}"


def read_keys(keys: Sequence[str] | None) -> tuple[str, ...]:
    """Return the keys that were given, or those of the environment.

    Args:
        keys: Newest first. ``None``: those in ``CARTCARRIER_LEDGER_KEYS``, parted by commas or white space, if it is set. Empty: none,
            whatever is set.

    Raises:
        ConfigurationError: The variable is set and there is no key in it. Its field is ``keys``.
    """
    if keys is not None:
        return (keys,) if isinstance(keys, str) else tuple(keys)
    text = os.environ.get(ENVIRONMENT)
    if text is None:
        return ()
    found = tuple(text.replace(",", " ").split())
    if not found:
        # A secret that was not delivered must not become a ledger that anybody can read.
        msg = f"{ENVIRONMENT} is set and has no key in it: put the keys of the ledger there, or do not set it"
        raise ConfigurationError(msg, field="keys")
    return found


class Sealer:
    """What seals and unseals. Without keys it lets everything through as it is.

    Args:
        keys: As ``cryptography.fernet.Fernet.generate_key()`` makes them, newest first.

    Raises:
        ConfigurationError: One of them is no such key; which one is said, the key is not. Its field is ``keys``.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self.ids: tuple[str, ...] = tuple(_id_of(key) for key in keys)
        self._fernet: MultiFernet | None = _fernet(keys) if keys else None
        self.mark: bytes = f"{_FORMAT}:{self.ids[0]}:".encode() if keys else b""

    @override
    def __repr__(self) -> str:
        return f"<Sealer with {len(self.ids)} keys>"

    def seal(self, row: Row, value: bytes) -> bytes:
        """Return the value as it is kept in that row, sealed with the newest key."""
        if self._fernet is None:
            return value
        return self.mark + self._fernet.encrypt(_name(row) + value)

    def unseal(self, row: Row, value: bytes, *, plain: bool = False) -> bytes:
        """Return the value that was sealed for that row.

        Args:
            row: Where it was found.
            value: What was found.
            plain: Let a value through that is not sealed: the ledger is being sealed, and this row's turn has not come.

        Raises:
            LedgerError: It was changed, or belongs to another row, or is not sealed.
        """
        if self._fernet is None:
            return value
        if not value.startswith(_FORMAT.encode() + b":"):
            if plain:
                return value
            raise _damaged(row, "is not sealed, as the others are")
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - loads only where a ledger is sealed

        try:
            text = self._fernet.decrypt(value[len(self.mark) :])
        except InvalidToken:
            raise _damaged(row, "cannot be unsealed: it was changed, or a key is missing") from None
        name = _name(row)
        if not text.startswith(name):
            raise _damaged(row, "was sealed for another row")
        return text[len(name) :]

    def seal_text(self, row: Row, value: str) -> str:
        """Return a text as it is kept in a column for text."""
        return self.seal(row, value.encode()).decode()

    def unseal_text(self, row: Row, value: str, *, plain: bool = False) -> str:
        """Return the text that ``seal_text`` sealed; see ``unseal``."""
        return self.unseal(row, value.encode(), plain=plain).decode()


def admit(marker: str | None, sealer: Sealer, name: str) -> str | None:
    """Return the marker that must stand in the ledger before this sealer may write there; ``None``: the ledger is plain.

    Args:
        marker: The one that stands there.
        sealer: Who wants to read and write.
        name: What to call the ledger in errors.

    Raises:
        ConfigurationError: A key that is in use is not among the sealer's, or it has none. Its field is ``keys``.
    """
    newest = sealer.ids[:1]
    if marker is None:
        return " ".join([_SEALING, *newest]) if newest else None
    state, *keys = marker.split()
    if not newest:
        msg = f"{name} is sealed and no key was given: {_HOW_TO}; nothing was read"
        raise ConfigurationError(msg, field="keys")
    missing = sorted(set(keys) - set(sealer.ids))
    if missing:
        msg = (
            f"{name} is sealed with a key that is not among the {len(sealer.ids)} given ones "
            f"(in use: {' '.join(missing)}; given: {' '.join(sealer.ids)}): {_HOW_TO}; nothing was read"
        )
        raise ConfigurationError(msg, field="keys")
    return marker if newest[0] in keys else " ".join([state, *newest, *keys])


def check_admitted(marker: str | None, sealer: Sealer, name: str) -> None:
    """Make sure that a ledger that is open may still be read and written with these keys.

    Raises:
        ConfigurationError: It has been sealed, or its keys have been rotated, by another process since. Its field is ``keys``.
    """
    if admit(marker, sealer, name) != marker:
        msg = f"{name}: its keys were rotated while it was open; open it again with the newest key in front"
        raise ConfigurationError(msg, field="keys")


def is_sealing(marker: str | None) -> bool:
    """Return whether a ledger still has values that are plain and are to be sealed."""
    return marker is not None and marker.startswith(_SEALING)


def all_sealed(sealer: Sealer) -> str:
    """Return the marker of a ledger in which every value is sealed with the newest key."""
    return f"{_SEALED} {sealer.ids[0]}"


def _name(row: Row) -> bytes:
    return msgspec.json.encode(row) + b"\n"  # no line break is in it: JSON escapes them


def _damaged(row: Row, what: str) -> LedgerError:
    return LedgerError(f"a value in the ledger {what}: table {row[0]}, row {' | '.join(row[1:])}")


def _id_of(key: str) -> str:
    return hashlib.sha256(b"cartcarrier ledger key\0" + key.encode()).hexdigest()[:8]


def _fernet(keys: Sequence[str]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - loads only where a ledger is sealed

    found: list[Any] = []
    for number, key in enumerate(keys, 1):
        try:
            found.append(Fernet(key))
        except ValueError:
            msg = (
                f"keys: key {number} of {len(keys)} of the ledger is none: "
                "32 bytes in URL-safe base64, as cryptography.fernet.Fernet.generate_key() makes them"
            )
            raise ConfigurationError(msg, field="keys") from None
    return MultiFernet(found)
