"""The statements that requests of Veza execute, recorded by PostgreSQL, as scripts for pgbench.

Whatever a route executes, the script executes too: it can't fall behind the code. Known ids are
replaced by ids chosen at random, and ids that the request created by new ones.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from bench.server import Server

# Longer than what runs in the background of the server waits between its statements.
_IDLE_S = 2.5
_LOGGED_S = 0.4
_ENTRY = re.compile(
    r"^\S+ \S+ \w+ \[(\d+)\] (?:\S+ )?(LOG|DETAIL):  (.*?)(?=^\d{4}-\d\d-\d\d |\Z)",
    re.MULTILINE | re.DOTALL,
)
_EXECUTED = re.compile(r"(?:duration: [\d.]+ ms  )?(?:statement|execute [^:]*): (.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
_PARAMETERS = ("parameters:", "Parameters:")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# The driver asks once for each type and connection.
_INTROSPECTION = re.compile(r"typeinfo_tree|set_config\('jit'")
_FRONT = {"begin", "commit", "rollback"}


class Statement(Struct, frozen=True):
    """An executed statement: the process that executed it, and its parameters as text."""

    pid: int
    sql: str
    parameters: dict[int, str | None] = {}

    @property
    def word(self) -> str:
        """The first word, in lower case and without a semicolon."""
        words = self.sql.lower().split()
        return words[0].rstrip(";") if words else ""


class Replacements(Struct, frozen=True):
    """SQL expressions that replace texts, such as ids and numbers, in parameters."""

    texts: dict[str, str]
    # Sets the variables of the expressions.
    settings: str = ""


@asynccontextmanager
async def recording(server: Server) -> AsyncGenerator["Recorder"]:
    """Yield a recorder that knows which statements run in the background."""
    recorder = Recorder(server)
    await recorder.learn_background()
    yield recorder


class Recorder:
    """Records the statements of requests to a server on data that `fill` filled."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._background: set[str] = set()

    async def learn_background(self) -> None:
        """Record what is executed without a request."""
        statements = await self._record(lambda: asyncio.sleep(_IDLE_S))
        self._background = {s.sql for s in statements if s.word not in _FRONT}

    async def record(self, send: Callable[[], Awaitable[object]]) -> list[Statement]:
        """Return the statements of what `send` sends; empty if it needs none."""
        statements = [
            s
            for s in await self._record(send)
            if s.sql not in self._background and not _INTROSPECTION.search(s.sql)
        ]
        busy = {s.pid for s in statements if s.word not in _FRONT}
        return _without_empty_transactions([s for s in statements if s.pid in busy])

    async def script(self, statements: Sequence[Statement], replace: Replacements) -> str:
        """Return a script for pgbench that executes the statements."""
        connection = await asyncpg.connect(self._server.addresses.migration)
        try:
            fresh: dict[str, str] = {}
            lines: list[str] = []
            for statement in statements:
                types = await _types_of(connection, statement)
                lines.append(render_statement(statement, types, replace, fresh))
        finally:
            await connection.close()
        numbers = [f"\\set {name} random(100000000000, 999999999999)" for name in fresh.values()]
        return "\n".join([replace.settings, *numbers, *lines, ""])

    async def _record(self, act: Callable[[], Awaitable[object]]) -> list[Statement]:
        log = self._server.postgres_log
        connection = await asyncpg.connect(self._server.superuser_url)
        try:
            await _set_logging(connection, "0")
            start = log.stat().st_size
            await act()
            await asyncio.sleep(_LOGGED_S)
            await _set_logging(connection, "-1")
        finally:
            await connection.close()
        with log.open("rb") as file:
            file.seek(start)
            return parse_log(file.read().decode(errors="replace"))


async def _set_logging(connection: asyncpg.Connection, duration: str) -> None:
    await connection.execute(f"alter system set log_min_duration_statement = {duration}")
    await connection.execute("select pg_reload_conf()")
    # Backends read the configuration before their next statement.
    await asyncio.sleep(0.2)


async def _types_of(connection: asyncpg.Connection, statement: Statement) -> list[str]:
    if not statement.parameters:
        return []
    prepared = await connection.prepare(statement.sql)
    return [f"{kind.schema}.{_quoted(kind.name)}" for kind in prepared.get_parameters()]


def _quoted(name: str) -> str:
    return f'"{name.removesuffix("[]")}"[]' if name.endswith("[]") else f'"{name}"'


def parse_log(text: str) -> list[Statement]:
    """Return the statements in a log of PostgreSQL, in their order."""
    found: list[Statement] = []
    # The place of the statement that a process logged just before, if it logged one.
    places: dict[str, int | None] = {}
    for pid, kind, message in _ENTRY.findall(text):
        body = message.rstrip("\n").replace("\n\t", "\n")
        if kind == "LOG":
            executed = _EXECUTED.fullmatch(body)
            places[pid] = len(found) if executed else None
            if executed:
                found.append(Statement(int(pid), executed[1].strip()))
        elif body.startswith(_PARAMETERS) and (place := places.get(pid)) is not None:
            values = {
                int(number): None if value == "NULL" else value[1:-1].replace("''", "'")
                for number, value in _PARAMETER.findall(body)
            }
            found[place] = Statement(found[place].pid, found[place].sql, values)
    return found


def _without_empty_transactions(statements: list[Statement]) -> list[Statement]:
    """Remove each `begin` that is directly followed by its end."""
    kept: list[Statement] = []
    for statement in statements:
        if kept and statement.word in _FRONT - {"begin"} and kept[-1].word == "begin":
            kept.pop()
        else:
            kept.append(statement)
    return kept


def render_statement(
    statement: Statement, types: list[str], replace: Replacements, fresh: dict[str, str]
) -> str:
    """Return a statement with its values in place; `fresh` collects variables of new ids."""

    def put(found: re.Match[str]) -> str:
        number = int(found[1])
        value = statement.parameters[number]
        kind = types[number - 1]
        if value is None:
            return f"null::{kind}"
        if "timestamp" in kind and _is_recent(value):
            return "now()"
        return f"({_render_value(value, replace, fresh)})::{kind}"

    sql = statement.sql.rstrip().rstrip(";")
    return (re.sub(r"\$(\d+)\b", put, sql) if statement.parameters else sql) + ";"


def _render_value(value: str, replace: Replacements, fresh: dict[str, str]) -> str:
    """Return an SQL expression for a text, in which known and new ids are replaced."""
    if value in replace.texts:
        return f"({replace.texts[value]})::text"
    parts: list[str] = []
    place = 0
    for found in _UUID.finditer(value):
        id_ = found[0]
        if id_ in replace.texts:
            expression = f"({replace.texts[id_]})::text"
        elif _is_new(UUID(id_)):
            name = fresh.setdefault(id_, f"fresh{len(fresh)}")
            expression = f"('{id_[:24]}' || :{name})"
        else:
            continue
        parts += [_literal(value[place : found.start()]), expression]
        place = found.end()
    return " || ".join([*parts, _literal(value[place:])])


def _literal(text: str) -> str:
    # A colon would begin a variable of pgbench.
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{escaped}'"


def _is_recent(value: str) -> bool:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return False
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return abs(datetime.now(UTC) - at) < timedelta(minutes=1)


def _is_new(id_: UUID) -> bool:
    """Return whether an id was made in the last minute; those of version 4 always are."""
    if id_.version == 4:
        return True
    made_at = datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)
    return id_.version == 7 and datetime.now(UTC) - made_at < timedelta(minutes=1)
