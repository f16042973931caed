"""Talking to PostgreSQL. Rows come back as the Struct you ask for, or not at all.

This file and `pool` are the only ones that know the driver (asyncpg).
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from veza.core.errors import Invalid, Unavailable, VezaError
from veza.core.ids import UserId
from veza.infra.postgres.pool import GONE, Pool, Raw, answer_within

# How long a request waits for a connection, and how long the server works on a statement.
ACQUIRE_TIMEOUT_S = 5
STATEMENT_TIMEOUT_MS = 30_000
# How much later than the server we give up on a statement. It only comes to that where the server
# is frozen or out of reach; the connection is abandoned with the statement.
ANSWER_MARGIN_S = 2.0
_ANSWER_TIMEOUT_S = STATEMENT_TIMEOUT_MS / 1000 + ANSWER_MARGIN_S

type Signals = Callable[[frozenset[str]], Awaitable[None]]


class DatabaseUnavailable(Unavailable):
    """PostgreSQL doesn't answer."""

    code = "database_unavailable"
    message = "The database is not available at the moment: try again soon."


class StatementTimedOut(DatabaseUnavailable):
    """PostgreSQL ended a statement that took longer than it may."""

    code = "query_timed_out"
    message = "This takes too long at the moment: ask for less, or try again later."


class UnstorableText(Invalid):
    """PostgreSQL holds every text but those with the character U+0000, which has no use."""

    code = "unstorable_text"
    message = "Text may not hold the character U+0000."


class UnstorableValue(Invalid):
    """A number beyond what its column holds, or text that is no Unicode."""

    code = "unstorable_value"
    message = "A number is too large, or a text is no Unicode."


class Violation(Exception):
    """A constraint of the database refused a write; `constraint` is its name."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class _Driver:
    """Translates what the driver raises into what the program knows."""

    _GONE = (
        *GONE,
        # Two that waited for each other: the one that was picked may try again.
        asyncpg.exceptions.TransactionRollbackError,
    )

    _UNSTORABLE = (
        asyncpg.CharacterNotInRepertoireError,
        asyncpg.UntranslatableCharacterError,
    )

    # What the driver meets when it writes an argument down for the server.
    _UNWRITABLE = (OverflowError, UnicodeEncodeError)

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            raise Violation(error.constraint_name or "") from error
        if isinstance(error, self._UNSTORABLE):
            raise UnstorableText from error
        if isinstance(error, asyncpg.DataError) and isinstance(error.__cause__, self._UNWRITABLE):
            raise UnstorableValue from error
        if isinstance(error, asyncpg.QueryCanceledError):
            raise StatementTimedOut from error
        if isinstance(error, self._GONE):
            raise DatabaseUnavailable from error


_driver = _Driver()


class Conn:
    """A connection that reads."""

    def __init__(self, raw: Raw, answer_timeout_s: float = _ANSWER_TIMEOUT_S) -> None:
        self._raw = raw
        self._answer_timeout_s = answer_timeout_s
        # Whether what was asked last was answered: then the connection can be lent on as it is.
        self.is_at_rest = True

    async def all[T: Struct](self, row_type: type[T], sql: str, *args: Any) -> list[T]:
        """Fetch every row: the statement has a limit of its own."""
        rows = await self._answer(self._raw.fetch(sql, *args))
        return _to_structs(row_type, rows) if rows else []

    async def one[T: Struct](self, row_type: type[T], sql: str, *args: Any) -> T:
        """Fetch the row, which must exist: aggregates, `returning`."""
        row = await self.maybe(row_type, sql, *args)
        assert row is not None, sql
        return row

    async def maybe[T: Struct](self, row_type: type[T], sql: str, *args: Any) -> T | None:
        """Fetch the first row, if there is one."""
        row = await self._answer(self._raw.fetchrow(sql, *args))
        return None if row is None else _to_structs(row_type, [row])[0]

    async def value[T](self, value_type: type[T], sql: str, *args: Any) -> T | None:
        """Fetch the first column of the first row; None where there is no row."""
        found = await self._answer(self._raw.fetchval(sql, *args))
        return None if found is None else msgspec.convert(found, value_type)

    async def column[T](self, value_type: type[T], sql: str, *args: Any) -> list[T]:
        """Fetch the first column of every row."""
        rows = await self._answer(self._raw.fetch(sql, *args))
        return [msgspec.convert(row[0], value_type) for row in rows]

    def let_go(self) -> None:
        """Forget the connection, which others may have from now on."""
        del self._raw

    async def _answer[T](self, statement: Awaitable[T]) -> T:
        self.is_at_rest = False
        with _driver:
            answer = await answer_within(self._raw, statement, self._answer_timeout_s)
        self.is_at_rest = True
        return answer


class Tx(Conn):
    """A connection inside a transaction: the only thing that writes."""

    def __init__(self, raw: Raw, answer_timeout_s: float = _ANSWER_TIMEOUT_S) -> None:
        super().__init__(raw, answer_timeout_s)
        self.signals: set[str] = set()
        # What a record of the change must know, where the request doesn't say it: whose doing it
        # is, and that the caller is refused although this is committed.
        self.actor: UserId | None = None
        # Whom this transaction erases: its own record doesn't name them.
        self.erased: UserId | None = None
        self.refusal: type[VezaError] | None = None
        self.is_committed = False

    async def run(self, sql: str, *args: Any) -> int:
        """Run a statement and return how many rows it touched. Raises Violation."""
        status = await self._answer(self._raw.execute(sql, *args))
        return int(status.rsplit(" ", 1)[-1])

    def signal(self, topic: str) -> None:
        """Once this is committed, let every process know that `topic` has news."""
        self.signals.add(topic)

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """Undo only what happens inside, if it fails."""
        # The innermost of a name is meant, so that one name does for all.
        return self.frame("savepoint s", "release s", "rollback to s; release s")

    @asynccontextmanager
    async def frame(self, begin: str, keep: str, undo: str) -> AsyncGenerator[None]:
        """Begin a transaction, or a savepoint inside one; keep what happens, or undo it."""
        await self._answer(self._raw.execute(begin))
        try:
            yield
        except BaseException:
            # Where the connection is gone too, what came first still counts: a cancellation above
            # all, which nobody could hear any more if it turned into an outage.
            with suppress(DatabaseUnavailable):
                await self._answer(self._raw.execute(undo))
            raise
        kept = await self._answer(self._raw.execute(keep))
        assert kept != "ROLLBACK", "A statement that was refused was passed over: nothing is kept."


class _Loan[T: Conn]:
    """A connection of the pool for as long as an `async with` lasts."""

    def __init__(
        self, pool: Pool, kind: Callable[[Raw, float], T], answer_timeout_s: float
    ) -> None:
        self._pool = pool
        self._kind = kind
        self._answer_timeout_s = answer_timeout_s

    async def __aenter__(self) -> T:
        with _driver:
            self._raw = await self._pool.take()
        self._conn = self._kind(self._raw, self._answer_timeout_s)
        return self._conn

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._conn.let_go()
        self._pool.give_back(self._raw, is_at_rest=self._conn.is_at_rest)


type BeforeCommit = Callable[[Tx], Awaitable[None]]


class Database:
    """A pool of connections. `Conn` for reading, `Tx` for a transaction."""

    def __init__(
        self,
        pool: Pool,
        signals: Signals | None = None,
        *,
        answer_timeout_s: float = _ANSWER_TIMEOUT_S,
    ) -> None:
        self.pool = pool
        self._answer_timeout_s = answer_timeout_s
        self._signals = signals
        self._before_commit: BeforeCommit | None = None

    def set_signals(self, signals: Signals) -> None:
        """Say who tells the other processes what transactions signalled."""
        self._signals = signals

    def set_before_commit(self, hook: BeforeCommit) -> None:
        """Say who writes the record of a change, in the transaction of the change itself."""
        self._before_commit = hook

    def read(self) -> AbstractAsyncContextManager[Conn]:
        """Lend a connection for reading, each statement seeing what is committed by then."""
        return _Loan(self.pool, Conn, self._answer_timeout_s)

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Conn]:
        """Lend a connection for reading, all statements seeing what is committed by now."""
        begin = "begin isolation level repeatable read, read only"
        loan = _Loan(self.pool, Tx, self._answer_timeout_s)
        async with loan as tx, tx.frame(begin, "commit", "rollback"):
            yield tx

    @asynccontextmanager
    async def brief_read(self, statement_timeout_ms: int) -> AsyncGenerator[Conn]:
        """Lend a connection for reading, on which each statement ends after so long.

        Raises StatementTimedOut. It is a transaction, so that the limit ends with it.
        """
        begin = f"begin read only; set local statement_timeout = {statement_timeout_ms:d}"
        loan = _Loan(self.pool, Tx, self._answer_timeout_s)
        async with loan as tx, tx.frame(begin, "commit", "rollback"):
            yield tx

    @asynccontextmanager
    async def transaction(self, *, recorded: bool = True) -> AsyncGenerator[Tx]:
        """Lend a transaction: committed at the end, rolled back by any exception.

        Of several in one request, those that only prepare or tidy up leave no record: `recorded`.
        """
        async with _Loan(self.pool, Tx, self._answer_timeout_s) as tx:
            async with tx.frame("begin", "commit", "rollback"):
                yield tx
                if recorded and self._before_commit:
                    await self._before_commit(tx)
            tx.is_committed = True
        if tx.signals and self._signals:
            await self._signals(frozenset(tx.signals))


@asynccontextmanager
async def connect(
    url: str,
    *,
    max_size: int = 10,
    signals: Signals | None = None,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    name: str = "veza",
) -> AsyncGenerator[Database]:
    """Open a pool on a database. Connections are made when they are first needed.

    `name` is how PostgreSQL calls them: `application_name` in `pg_stat_activity`.
    """
    open_one = partial(_open, url, statement_timeout_ms, name)
    pool = Pool(open_one, max_size=max_size, patience_s=ACQUIRE_TIMEOUT_S)
    answer_timeout_s = statement_timeout_ms / 1000 + ANSWER_MARGIN_S
    try:
        yield Database(pool, signals, answer_timeout_s=answer_timeout_s)
    finally:
        await pool.close()


async def _open(url: str, statement_timeout_ms: int, name: str) -> Raw:
    raw = await asyncpg.connect(
        url,
        server_settings={
            "application_name": name,
            "statement_timeout": str(statement_timeout_ms),
            "timezone": "UTC",
            # A typing error in a short word leaves about a third of its trigrams in place.
            "pg_trgm.word_similarity_threshold": "0.3",
        },
    )
    await raw.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="text",
        encoder=_encode_json,
        decoder=msgspec.json.decode,
    )
    return raw


def _to_structs[T: Struct](row_type: type[T], rows: list[Any]) -> list[T]:
    names = tuple(rows[0].keys())
    if row_type.__struct_config__.array_like:
        # By place rather than by name: three times as fast, for wide rows of long lists.
        assert names == row_type.__struct_fields__[: len(names)], names
        return msgspec.convert([tuple(row) for row in rows], list[row_type])
    # Twice as fast as `dict(row)`, which looks each name up.
    return [msgspec.convert(dict(zip(names, row, strict=True)), row_type) for row in rows]


def _encode_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
