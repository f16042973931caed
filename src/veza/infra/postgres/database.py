"""Connections and transactions of PostgreSQL; rows are converted to Structs.

Only this package knows the driver (asyncpg).
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Any, cast
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from veza.core.errors import VezaError
from veza.core.ids import UserId
from veza.infra.postgres.availability import DatabaseUnavailable, retry_conflicts
from veza.infra.postgres.driver_errors import ConstraintViolation, driver_errors
from veza.infra.postgres.pool import Pool, Raw, answer_within
from veza.infra.postgres.rows import convert_rows, to_structs
from veza.infra.postgres.single_statement import (
    NOT_RECORDED,
    UNDONE,
    SingleStatement,
    StatementRecord,
    bind_change,
)
from veza.infra.postgres.type_codecs import register_types

# How long a request waits for a connection, and the timeout of a statement.
ACQUIRE_TIMEOUT_S = 5
STATEMENT_TIMEOUT_MS = 30_000
# The rows that are read at a time where all are needed.
_BATCH = 500
# Added to the server's timeout. Only reached if the server is frozen or unreachable; the connection
# is then closed.
ANSWER_MARGIN_S = 2.0
_ANSWER_TIMEOUT_S = STATEMENT_TIMEOUT_MS / 1000 + ANSWER_MARGIN_S

_PLANNED_ONCE = "set local plan_cache_mode = force_generic_plan"
_BEGIN_BY_KEY = f"begin; {_PLANNED_ONCE}"

# A type, or the NewType of an id.
type ValueType[T] = type[T] | Callable[[UUID], T]
type Signals = Callable[[frozenset[str]], Awaitable[None]]


class Conn:
    """A connection for reading."""

    def __init__(self, raw: Raw, answer_timeout_s: float = _ANSWER_TIMEOUT_S) -> None:
        self._raw = raw
        self._answer_timeout_s = answer_timeout_s
        # False while a statement runs and after an interrupted one, which the pool has to clean up.
        self.is_idle = True

    async def all[T: Struct](self, row_type: type[T], sql: str, *args: Any) -> list[T]:
        """Return all rows; the statement has to have a limit."""
        return await convert_rows(row_type, await self._answer(self._raw.fetch(sql, *args)))

    async def every[T: Struct](self, row_type: type[T], sql: str, *args: Any) -> list[T]:
        """Return all rows of a statement without a limit, read in batches, in a transaction."""
        rows: list[T] = []
        async for batch in self.batches(row_type, sql, *args):
            rows += batch
        return rows

    async def batches[T: Struct](
        self, row_type: type[T], sql: str, *args: Any
    ) -> AsyncGenerator[list[T]]:
        """Yield all rows of a statement without a limit in batches, in a transaction."""
        cursor = await self._answer(self._raw.cursor(sql, *args))
        while batch := await self._answer(cursor.fetch(_BATCH)):
            yield await convert_rows(row_type, batch)

    async def one[T: Struct](self, row_type: type[T], sql: str, *args: Any) -> T:
        """Return the first row, which has to exist, as of aggregates and `returning`."""
        row = await self.maybe(row_type, sql, *args)
        assert row is not None, sql
        return row

    async def maybe[T: Struct](self, row_type: type[T], sql: str, *args: Any) -> T | None:
        """Return the first row, or None."""
        row = await self._answer(self._raw.fetchrow(sql, *args))
        return None if row is None else to_structs(row_type, [row])[0]

    async def value[T](self, value_type: ValueType[T], sql: str, *args: Any) -> T | None:
        """Return the first column of the first row, or None."""
        found = await self._answer(self._raw.fetchval(sql, *args))
        return None if found is None else msgspec.convert(found, cast(type[T], value_type))

    async def column[T](self, value_type: ValueType[T], sql: str, *args: Any) -> list[T]:
        """Return the first column of all rows."""
        rows = await self._answer(self._raw.fetch(sql, *args))
        return msgspec.convert([row[0] for row in rows], list[cast(type[T], value_type)])

    async def counts(self, sql: str, *args: Any) -> dict[str, int]:
        """Return the only row of a statement that counts, by the names of its columns."""
        row = await self._answer(self._raw.fetchrow(sql, *args))
        assert row is not None, sql
        return dict(row)

    def detach(self) -> None:
        """Forget the connection, so that it is not used after it went back to the pool."""
        del self._raw

    async def _answer[T](self, statement: Awaitable[T]) -> T:
        self.is_idle = False
        with driver_errors:
            answer = await answer_within(self._raw, statement, self._answer_timeout_s)
        self.is_idle = True
        return answer


class Tx(Conn):
    """A connection in a transaction, for writing."""

    def __init__(self, raw: Raw, answer_timeout_s: float = _ANSWER_TIMEOUT_S) -> None:
        super().__init__(raw, answer_timeout_s)
        self.begin = "begin"
        self.signals: set[str] = set()
        # For the audit record, if the request doesn't have them: the member who makes the change,
        # the member it erases (who is not named), and the error that is returned although the
        # transaction is committed.
        self.actor: UserId | None = None
        self.erased: UserId | None = None
        self.refusal: type[VezaError] | None = None
        self.is_committed = False

    async def run(self, sql: str, *args: Any) -> int:
        """Run a statement and return the number of rows. Raises ConstraintViolation."""
        status = await self._answer(self._raw.execute(sql, *args))
        return int(status.rsplit(" ", 1)[-1])

    def signal(self, topic: str) -> None:
        """Signal `topic` to all processes after the commit."""
        self.signals.add(topic)

    async def retrying[T](self, work: Callable[[], Awaitable[T]]) -> T:
        """Return what `work` returns, which makes all changes of this transaction.

        After a conflict the transaction is begun again, and the work with it.
        """
        return await retry_conflicts(work, self._begin_again)

    async def _begin_again(self) -> None:
        await self._answer(self._raw.execute(f"rollback; {self.begin}"))
        self.signals.clear()
        self.actor = self.erased = self.refusal = None

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """Roll back only the statements inside, if they fail."""
        # PostgreSQL uses the innermost savepoint of a name, so that one name is enough.
        return self.frame("savepoint s", "release s", "rollback to s; release s")

    @asynccontextmanager
    async def frame(self, begin: str, keep: str, undo: str) -> AsyncGenerator[None]:
        """Run `begin`, then `keep`, or `undo` after an exception: a transaction or a savepoint."""
        await self._answer(self._raw.execute(begin))
        try:
            yield
        except BaseException:
            # The first exception is the one to raise, even if the connection is lost as well: a
            # cancellation must not turn into DatabaseUnavailable.
            with suppress(DatabaseUnavailable):
                await self._answer(self._raw.execute(undo))
            raise
        kept = await self._answer(self._raw.execute(keep))
        assert kept != "ROLLBACK", "The error of a statement was ignored: nothing is kept."


class _BorrowedConnection[T: Conn]:
    """A connection of the pool, for the duration of an `async with`."""

    def __init__(
        self, pool: Pool, kind: Callable[[Raw, float], T], answer_timeout_s: float
    ) -> None:
        self._pool = pool
        self._kind = kind
        self._answer_timeout_s = answer_timeout_s

    async def __aenter__(self) -> T:
        with driver_errors:
            self._raw = await self._pool.acquire()
        self._conn = self._kind(self._raw, self._answer_timeout_s)
        return self._conn

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._conn.detach()
        self._pool.release(self._raw, is_idle=self._conn.is_idle)


type BeforeCommit = Callable[[Tx], Awaitable[None]]
type FindRecord = Callable[[], StatementRecord | None]


class Database:
    """A pool of connections."""

    def __init__(self, pool: Pool, *, answer_timeout_s: float = _ANSWER_TIMEOUT_S) -> None:
        self.pool = pool
        self._answer_timeout_s = answer_timeout_s
        self._signals: Signals | None = None
        self._before_commit: BeforeCommit | None = None
        self._find_record: FindRecord | None = None

    def set_signals(self, signals: Signals) -> None:
        """Set the function that sends the signals of committed transactions to all processes."""
        self._signals = signals

    def set_before_commit(self, hook: BeforeCommit) -> None:
        """Set the function that writes the audit record of a transaction just before its commit."""
        self._before_commit = hook

    def set_record_of_statement(self, find: FindRecord) -> None:
        """Set the function that returns how a single statement writes its audit record.

        It returns None if a record has to be written, but can't be in a single statement.
        """
        self._find_record = find

    async def run_single[T: Struct](self, row_type: type[T], change: SingleStatement) -> T | None:
        """Run a change that is one statement, and a transaction of its own; return its row.

        None if nothing was changed: the caller opens a transaction, and finds out why. Raises
        ConstraintViolation.
        """
        record = self._find_record() if self._find_record else NOT_RECORDED
        if record is None:
            return None
        bound = bind_change(change, record, row_type.__struct_fields__)

        async def run() -> list[T]:
            async with self.read() as conn:
                # All rows: the driver would stop a statement after its first row.
                return await conn.all(row_type, *bound)

        try:
            found = await retry_conflicts(run)
        except ConstraintViolation as violation:
            if violation.constraint != UNDONE:
                raise
            return None
        if not found:
            return None
        record.confirm()
        if change.signals and self._signals:
            await self._signals(change.signals)
        return found[0]

    def read(self) -> AbstractAsyncContextManager[Conn]:
        """Open a connection for reading; each statement sees what is committed when it starts."""
        return _BorrowedConnection(self.pool, Conn, self._answer_timeout_s)

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Conn]:
        """Open a connection for reading; all statements see the same snapshot."""
        begin = "begin isolation level repeatable read, read only"
        borrowed = _BorrowedConnection(self.pool, Tx, self._answer_timeout_s)
        async with borrowed as tx, tx.frame(begin, "commit", "rollback"):
            yield tx

    @asynccontextmanager
    async def brief_read(
        self, statement_timeout_ms: int, *, planned_once: bool = False
    ) -> AsyncGenerator[Conn]:
        """Open a connection for reading with a shorter timeout. Raises StatementTimedOut.

        It is a transaction, so that the timeout ends with it. With `planned_once` each statement is
        planned once for all values, where planning takes longer than running.
        """
        begin = f"begin read only; set local statement_timeout = {statement_timeout_ms:d}"
        if planned_once:
            begin += f"; {_PLANNED_ONCE}"
        borrowed = _BorrowedConnection(self.pool, Tx, self._answer_timeout_s)
        async with borrowed as tx, tx.frame(begin, "commit", "rollback"):
            yield tx

    @asynccontextmanager
    async def transaction(
        self, *, recorded: bool = True, by_key: bool = False
    ) -> AsyncGenerator[Tx]:
        """Open a transaction: committed at the end, rolled back after an exception.

        Transactions that only prepare or clean up are not `recorded` in the audit log. `by_key` is
        for frequent transactions that find all rows by keys: each statement is planned once for all
        values. Otherwise PostgreSQL plans those with arrays again and again.
        """
        async with _BorrowedConnection(self.pool, Tx, self._answer_timeout_s) as tx:
            if by_key:
                tx.begin = _BEGIN_BY_KEY
            async with tx.frame(tx.begin, "commit", "rollback"):
                yield tx
                if recorded and self._before_commit:
                    await self._before_commit(tx)
            tx.is_committed = True
        if tx.signals and self._signals:
            await self._signals(frozenset(tx.signals))

    async def transact[T](
        self, work: Callable[[Tx], Awaitable[T]], *, recorded: bool = True, by_key: bool = False
    ) -> T:
        """Return what `work` returns, run in a `transaction`, and again after a conflict.

        For transactions that change rows which many share. The work does nothing outside of it.
        """
        async with self.transaction(recorded=recorded, by_key=by_key) as tx:
            return await tx.retrying(partial(work, tx))


@asynccontextmanager
async def connect(
    url: str,
    *,
    max_size: int = 10,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    patience_s: float | None = None,
    name: str = "veza",
) -> AsyncGenerator[Database]:
    """Open a pool. Connections are opened when they are first needed.

    `name` is the `application_name` in `pg_stat_activity`. `patience_s` is how long a caller waits
    for a connection, by default `ACQUIRE_TIMEOUT_S`.
    """
    open_one = partial(_open, url, statement_timeout_ms, name)
    patience_s = ACQUIRE_TIMEOUT_S if patience_s is None else patience_s
    pool = Pool(open_one, max_size=max_size, patience_s=patience_s, name=name)
    answer_timeout_s = statement_timeout_ms / 1000 + ANSWER_MARGIN_S
    try:
        yield Database(pool, answer_timeout_s=answer_timeout_s)
    finally:
        await pool.close()


async def _open(url: str, statement_timeout_ms: int, name: str) -> Raw:
    raw = await asyncpg.connect(
        url,
        server_settings={
            "application_name": name,
            "statement_timeout": str(statement_timeout_ms),
            "timezone": "UTC",
        },
    )
    await register_types(raw)
    return raw
