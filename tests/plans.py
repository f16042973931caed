"""How PostgreSQL answers a statement: by which steps, and over how much."""

from collections.abc import Iterator
from typing import Any

import msgspec

from veza.infra.postgres.database import Conn

HOW = "analyze, buffers, timing off, format json"


class Catcher:
    """Takes a statement instead of the database."""

    sql = ""
    args: tuple[Any, ...] = ()

    async def all(self, _: Any, sql: str, *args: Any) -> list[Any]:
        self.sql, self.args = sql, args
        return []

    async def run(self, sql: str, *args: Any) -> int:
        self.sql, self.args = sql, args
        return 0

    async def column(self, _: Any, sql: str, *args: Any) -> list[Any]:
        self.sql, self.args = sql, args
        return []

    async def one(self, _: Any, sql: str, *args: Any) -> None:
        self.sql, self.args = sql, args

    async def value(self, _: Any, sql: str, *args: Any) -> None:
        self.sql, self.args = sql, args


class Plan:
    """How a statement was run."""

    def __init__(self, text: str) -> None:
        root = msgspec.json.decode(text)[0]["Plan"]
        self.nodes = list(_walk(root))
        self.buffers = root["Shared Hit Blocks"] + root["Shared Read Blocks"]
        self.kinds = {node["Node Type"] for node in self.nodes}
        self.tables = {node.get("Relation Name") for node in self.nodes}
        self.indexes = {node["Index Name"] for node in self.nodes if "Index Name" in node}

    def read_whole(self) -> set[str]:
        """The tables that were read from end to end."""
        return {
            node["Relation Name"]
            for node in self.nodes
            if node["Node Type"] == "Seq Scan" and node["Actual Loops"]
        }

    def sorted_rows(self) -> list[float]:
        """Return the numbers of rows that each executed sort was given, in all of its runs."""
        return [
            given["Actual Rows"] * given["Actual Loops"]
            for node in self.nodes
            if "Sort" in node["Node Type"]
            for given in node["Plans"]
            if given["Parent Relationship"] == "Outer" and given["Actual Loops"]
        ]

    def __repr__(self) -> str:
        told = ("Node Type", "Relation Name", "Actual Rows", "Actual Loops", "Shared Hit Blocks")
        return "\n".join(str({name: node.get(name) for name in told}) for node in self.nodes)


async def explain(conn: Conn, sql: str, *args: Any) -> Plan:
    """Run a statement, and tell how."""
    text = await conn.value(str, f"explain ({HOW}) {sql}", *args)
    assert text is not None
    return Plan(text)


async def explain_planned_once(conn: Conn, sql: str, *args: Any) -> Plan:
    """Run a statement as it is planned for all values, and tell how; in a transaction."""
    given = ", ".join(map(_literal, args))
    await conn.value(str, "select set_config('plan_cache_mode', 'force_generic_plan', true)")
    await conn.value(str, f"prepare planned_once as {sql}")
    try:
        run = f"execute planned_once({given})" if args else "execute planned_once"
        text = await conn.value(str, f"explain ({HOW}) {run}")
    finally:
        await conn.value(str, "deallocate planned_once")
        await conn.value(str, "select set_config('plan_cache_mode', 'auto', true)")
    assert text is not None
    return Plan(text)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        return f"array[{', '.join(map(_literal, value))}]::text[]"
    return "'" + str(value).replace("'", "''") + "'"


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _walk(inner)
