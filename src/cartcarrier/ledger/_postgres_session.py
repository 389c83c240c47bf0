"""One connection, as the SQL of this room sees it."""

from typing import Any, TypeAlias

Row = tuple[Any, ...]
Connection: TypeAlias = Any
"""asyncpg has no types."""


class Session:
    """One connection, as the statements of a piece of work see it."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, sql: str, *values: object) -> list[Row]:
        """Run a statement and return its rows."""
        return [tuple(record) for record in await self._connection.fetch(sql, *values)]

    async def row(self, sql: str, *values: object) -> Row | None:
        """Run a statement and return its first row, if there is one."""
        record = await self._connection.fetchrow(sql, *values)
        return None if record is None else tuple(record)

    async def value(self, sql: str, *values: object) -> Any:  # noqa: ANN401 - whatever the column holds
        """Run a statement and return the first column of its first row; ``None`` where there is none."""
        return await self._connection.fetchval(sql, *values)

    async def run(self, sql: str, *values: object) -> int:
        """Run a statement and return how many rows it wrote."""
        status: str = await self._connection.execute(sql, *values)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0

    async def script(self, sql: str) -> None:
        """Run several statements without values."""
        await self._connection.execute(sql)
