"""Transactions as wholes: kept or undone, told of once, and nothing left of them."""

import asyncio
import contextlib

import pytest

from tests.infra.things import Said, names, put, within
from tests.infra.waiting import until
from veza.core.errors import Invalid
from veza.infra.postgres import database as db
from veza.infra.postgres.database import ConstraintViolation, Database, Tx


async def test_a_transaction_is_kept_whole(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, 1, "one")
        assert await names(database) == [], "Others see nothing yet."
        await put(tx, 2, "two")

    assert await names(database) == ["one", "two"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, asyncio.CancelledError])
async def test_any_exception_undoes_all_of_it(
    database: Database, error: type[BaseException]
) -> None:
    async def fail(tx: Tx) -> None:
        await put(tx, 1, "one")
        raise error

    with pytest.raises(error):
        await within(database, fail)

    assert await names(database) == []


async def test_a_task_that_is_cancelled_undoes_all_of_it_and_gives_its_connection_back(
    database: Database,
) -> None:
    for _ in range(5):
        begun = asyncio.Event()

        async def work(begun: asyncio.Event = begun) -> None:
            async with database.transaction() as tx:
                await put(tx, 1, "one")
                begun.set()
                await tx.run("select pg_sleep(60)")

        task = asyncio.create_task(work())
        await begun.wait()
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert await names(database) == []


async def test_a_task_that_is_cancelled_again_while_it_undoes_leaves_nothing_open(
    database: Database,
) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with database.transaction() as tx:
            await put(tx, 1, "one")
            begun.set()
            await tx.run("select pg_sleep(60)")

    task = asyncio.create_task(work())
    await begun.wait()
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await names(database) == []
    async with database.transaction() as tx:
        await put(tx, 1, "again")
    assert await names(database) == ["again"]
    await until(lambda: len(database.pool._idle) == database.pool._size)


@pytest.mark.parametrize(
    ("number", "name", "constraint"),
    [
        (1, "other", "things_pkey"),
        (2, "ONE", "things_name_key"),
        (2, "far too long a name", "things_name_length"),
    ],
)
async def test_a_violation_names_the_constraint(
    database: Database, number: int, name: str, constraint: str
) -> None:
    async with database.transaction() as tx:
        await put(tx, 1, "one")
    with pytest.raises(ConstraintViolation) as refused:
        async with database.transaction() as tx:
            await put(tx, number, name)

    assert refused.value.constraint == constraint
    assert await names(database) == ["one"]


async def test_a_violation_that_shows_at_commit_is_told_too(database: Database, said: Said) -> None:
    async def point_nowhere(tx: Tx) -> None:
        await put(tx, 1, "one", shelf=99)
        tx.signal("things")

    with pytest.raises(ConstraintViolation) as refused:
        await within(database, point_nowhere)

    assert refused.value.constraint == "things_shelf_fkey"
    assert await names(database) == []
    assert said.topics == []


async def test_a_savepoint_undoes_only_what_is_inside(database: Database) -> None:
    async def put_twice(tx: Tx) -> None:
        async with tx.savepoint():
            await put(tx, 2, "inside")
            await put(tx, 2, "again")

    async with database.transaction() as tx:
        await put(tx, 1, "before")
        with pytest.raises(ConstraintViolation):
            await put_twice(tx)
        await put(tx, 3, "after")

    assert await names(database) == ["before", "after"]


async def test_savepoints_inside_savepoints_undo_each_their_own(database: Database) -> None:
    async def put_and_fail(tx: Tx, number: int) -> None:
        async with tx.savepoint():
            await put(tx, number, f"lost {number}")
            raise RuntimeError

    async def fail_around_a_failure(tx: Tx) -> None:
        async with tx.savepoint():
            await put(tx, 2, "outer")
            with pytest.raises(RuntimeError):
                await put_and_fail(tx, 3)
            await put(tx, 4, "outer too")
            raise RuntimeError

    async with database.transaction() as tx:
        await put(tx, 1, "before")
        with pytest.raises(RuntimeError):
            await fail_around_a_failure(tx)
        async with tx.savepoint():
            await put(tx, 5, "kept")
            with pytest.raises(RuntimeError):
                await put_and_fail(tx, 6)

    assert await names(database) == ["before", "kept"]


async def test_a_refusal_gives_the_connection_back_as_it_is(database: Database) -> None:
    async def refuse(tx: Tx) -> None:
        await put(tx, 1, "one")
        raise Invalid

    async def refuse_to_show() -> None:
        async with database.read() as conn:
            await conn.value(int, "select 1")
            raise Invalid

    with pytest.raises(Invalid):
        await refuse_to_show()
    with pytest.raises(Invalid):
        await within(database, refuse)

    assert not database.pool._cleaning
    assert len(database.pool._idle) == 1


async def test_to_use_a_connection_that_was_given_back_is_a_bug(database: Database) -> None:
    async with database.read() as conn:
        pass
    async with database.transaction() as tx:
        pass

    with pytest.raises(AttributeError):
        await conn.value(int, "select 1")
    with pytest.raises(AttributeError):
        await put(tx, 1, "into somebody else's transaction")
    assert await names(database) == []


async def test_a_refused_statement_that_is_passed_over_is_no_success(database: Database) -> None:
    async def pass_over(tx: Tx) -> None:
        await put(tx, 1, "one")
        with contextlib.suppress(ConstraintViolation):
            await put(tx, 1, "another")

    with pytest.raises(AssertionError, match="nothing is kept"):
        await within(database, pass_over)

    assert await names(database) == []


async def test_signals_are_given_after_the_commit_and_once(database: Database, said: Said) -> None:
    async with database.transaction() as tx:
        tx.signal("a")
        tx.signal("b")
        tx.signal("a")
        assert said.topics == []
    assert said.topics == [frozenset({"a", "b"})]

    async with database.transaction() as tx:
        await put(tx, 1, "silent")
    assert len(said.topics) == 1


async def test_whoever_hears_a_signal_sees_what_was_committed(url: str) -> None:
    seen: list[list[str]] = []

    async def look(_: frozenset[str]) -> None:
        seen.append(await names(database))

    # A pool of one: the connection must have been given back by then.
    async def bring_news(tx: Tx) -> None:
        await tx.run("delete from things")
        await put(tx, 1, "news")
        tx.signal("things")

    async with db.connect(url, max_size=1) as database:
        database.set_signals(look)
        await within(database, bring_news)

    assert seen == [["news"]]


async def test_a_transaction_that_is_undone_signals_nothing(database: Database, said: Said) -> None:
    async def fail(tx: Tx) -> None:
        tx.signal("a")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await within(database, fail)

    assert said.topics == []
