"""Transactions that PostgreSQL ends because of others: begun again, a few times."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.infra.things import Said, names, put
from veza.core.errors import Invalid
from veza.core.ids import UserId, new_id
from veza.infra.postgres.availability import MAX_RETRIES, TransactionConflict
from veza.infra.postgres.database import Database, Tx


@pytest.fixture
async def held(database: Database) -> AsyncIterator[Tx]:
    """A transaction that has locked the first thing."""
    async with database.transaction() as tx:
        await put(tx, 1, "one")
    async with database.transaction() as tx:
        await _lock(tx)
        yield tx


async def _lock(tx: Tx) -> None:
    await tx.value(str, "select set_config('lock_timeout', '1', true)")
    await tx.run("select from things where id = 1 for update")


@pytest.mark.parametrize("by_key", [False, True])
async def test_work_in_conflict_is_begun_again_and_nothing_is_left_of_its_first_attempts(
    database: Database, held: Tx, *, by_key: bool
) -> None:
    said, modes, attempts = Said(), set[str | None](), 0
    database.set_signals(said)

    async def work(tx: Tx) -> int:
        nonlocal attempts
        attempts += 1
        assert tx.actor is None
        tx.actor = UserId(new_id())
        tx.signal(f"attempt {attempts}")
        await put(tx, 10 + attempts, str(attempts))
        modes.add(await tx.value(str, "select current_setting('plan_cache_mode')"))
        if attempts <= MAX_RETRIES:
            async with tx.savepoint():
                await _lock(tx)
        return attempts

    assert await database.transact(work, by_key=by_key) == MAX_RETRIES + 1
    assert await names(database) == ["one", str(MAX_RETRIES + 1)]
    assert said.topics == [frozenset({f"attempt {MAX_RETRIES + 1}"})]
    assert modes == {"force_generic_plan" if by_key else "auto"}


async def test_a_conflict_that_stays_is_raised_and_nothing_is_kept(
    database: Database, held: Tx
) -> None:
    attempts = 0

    async def work(tx: Tx) -> None:
        nonlocal attempts
        attempts += 1
        await put(tx, 2, "two")
        await _lock(tx)

    with pytest.raises(TransactionConflict) as raised:
        await database.transact(work)

    assert raised.value.code == "database_unavailable"
    assert attempts == MAX_RETRIES + 1
    assert await names(database) == ["one"]


@pytest.mark.parametrize("error", [Invalid, RuntimeError, asyncio.CancelledError])
async def test_other_errors_are_raised_at_once(
    database: Database, error: type[BaseException]
) -> None:
    attempts = 0

    async def work(tx: Tx) -> None:
        nonlocal attempts
        attempts += 1
        await put(tx, 2, "two")
        raise error

    with pytest.raises(error):
        await database.transact(work)

    assert attempts == 1
    assert await names(database) == []
