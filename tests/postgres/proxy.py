"""A wire between the ledger and the server that breaks when it is told to."""

import asyncio
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from typing import Final

_SOCKET: Final = ".s.PGSQL.5432"
COMMIT: Final = b"Q\x00\x00\x00\x0bCOMMIT\x00"  # the message, with its length


class Break(Enum):
    """When the wire breaks, at the next message that is waited for."""

    BEFORE = auto()
    """The server never hears of it."""
    AFTER = auto()
    """The server has done it; its answer is lost."""
    WHILE = auto()
    """The client hears nothing; the server commits only when the client has come back and asks."""


class Proxy:
    """The wire. It listens on a socket of its own.

    Attributes:
        breaks: When it breaks next; ``None`` for not at all.
        at: What is in the message at which it breaks: one that commits.
        held: Until this is set, what breaks ``WHILE`` the server is at it is not sent on.
        refuses: Whether new connections are refused.
    """

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self.breaks: Break | None = None
        self.at = COMMIT
        self.refuses = False
        self._server = server / _SOCKET
        self._listener: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._asked = asyncio.Event()
        self.held = asyncio.Event()
        self.held.set()

    async def start(self) -> None:
        """Begin to listen."""
        self._listener = await asyncio.start_unix_server(self._serve, self.folder / _SOCKET)

    async def stop(self) -> None:
        """Break all, and listen no more."""
        if self._listener is not None:
            self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Break every connection there is."""
        for writer in tuple(self._open):
            writer.close()

    async def _serve(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        if self.refuses:
            to_client.close()
            return
        try:
            from_server, to_server = await asyncio.open_unix_connection(self._server)
        except OSError:
            to_client.close()
            return
        self._open |= {to_client, to_server}
        silent = asyncio.Event()
        back = asyncio.create_task(self._answer(from_server, to_client, silent))
        try:
            with suppress(ConnectionError):
                await self._ask(from_client, to_client, to_server, silent, back)
        finally:
            back.cancel()
            for writer in (to_client, to_server):
                writer.close()
            self._open -= {to_client, to_server}

    async def _ask(
        self,
        from_client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        to_server: asyncio.StreamWriter,
        silent: asyncio.Event,
        back: "asyncio.Task[None]",
    ) -> None:
        while data := await from_client.read(65536):
            if b"FROM writers" in data:
                self._asked.set()
            how = self.breaks if self.at in data else None
            if how is None:
                to_server.write(data)
                continue
            self.breaks = None
            if how is Break.BEFORE:
                return
            silent.set()
            if how is Break.WHILE:
                to_client.close()
                await self._asked.wait()
                await self.held.wait()
            to_server.write(data)
            await back  # it ends with the server's answer
            return

    async def _answer(
        self, from_server: asyncio.StreamReader, to_client: asyncio.StreamWriter, silent: asyncio.Event
    ) -> None:
        while data := await from_server.read(65536):
            if silent.is_set():
                return
            to_client.write(data)
        to_client.close()
