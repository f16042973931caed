"""The pool: in which state a connection is lent, whatever happened to it or its last borrower."""

import asyncio
import os
import signal
from functools import partial
from pathlib import Path
from random import Random

import asyncpg
import pytest

from tests.infra.databases import execute
from tests.infra.engines import OWNER, running
from tests.infra.pools import (
    NAME,
    Opening,
    ask,
    backends,
    ensure_whole,
    give,
    in_line,
    lent,
    rows,
)
from tests.infra.waiting import until
from veza.infra.postgres import pool as pools
from veza.infra.postgres.pool import Pool
from veza.infra.processes.embedded_postgres import owner_url


async def test_a_connection_that_died_lying_there_is_not_lent(opening: Opening, things: str):
    pool = opening()
    raws = [await pool.acquire() for _ in range(3)]
    give(pool, *raws)
    for raw in raws:
        await execute(things, "select pg_terminate_backend($1)", raw.get_server_pid())
    await until(lambda: all(raw.is_closed() for raw in raws))

    async with lent(pool) as raw:
        assert await raw.fetchval("select 1") == 1
        assert await backends(things) == [raw.get_server_pid()]
    ensure_whole(pool)


async def test_a_connection_that_was_killed_makes_room_for_who_waits(opening: Opening, things: str):
    pool = opening(max_size=1)
    raw = await pool.acquire()
    (waiting,) = await in_line(pool, 1)

    await execute(things, "select pg_terminate_backend($1)", raw.get_server_pid())
    await until(raw.is_closed)
    pool.release(raw, is_idle=True)

    async with asyncio.timeout(28):
        served = await waiting
    assert served is not raw
    assert await served.fetchval("select 1") == 1
    give(pool, served)
    ensure_whole(pool)


@pytest.mark.parametrize("is_idle", [True, False])
async def test_an_open_transaction_is_undone_before_anybody_else_has_the_connection(
    opening: Opening, things: str, is_idle: bool
):
    pool = opening(max_size=1)
    async with lent(pool, is_idle=is_idle) as first:
        await first.execute("begin")
        await first.execute("insert into things values (1)")

    async with lent(pool) as second:
        assert second is first
        assert not second.is_in_transaction()
        await second.execute("insert into things values (2)")

    assert await rows(things) == [2]


async def test_a_transaction_that_failed_is_undone_too(opening: Opening):
    pool = opening(max_size=1)
    async with lent(pool) as first:
        await first.execute("begin")
        with pytest.raises(asyncpg.PostgresError):
            await first.execute("nonsense")

    async with lent(pool) as second:
        assert second is first
        assert await second.fetchval("select 1") == 1


@pytest.mark.parametrize("begun", [False, True])
async def test_a_borrower_who_is_cancelled_in_a_statement_leaves_it_to_nobody(
    opening: Opening, things: str, begun: bool
):
    pool = opening(max_size=1)

    async def dawdle() -> None:
        async with lent(pool, is_idle=False) as raw:
            if begun:
                await raw.execute("begin")
                await raw.execute("insert into things values (1)")
            await raw.execute("select pg_sleep(60)")

    async def is_asleep() -> bool:
        sql = "select 1 from pg_stat_activity where application_name = $1 and wait_event = $2"
        return bool(await execute(things, sql, NAME, "PgSleep"))

    task = asyncio.create_task(dawdle())
    await until(is_asleep)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with asyncio.timeout(28), lent(pool) as raw:
        assert not await is_asleep()
        assert not raw.is_in_transaction()
        await raw.execute("insert into things values (2)")
        assert await backends(things) == [raw.get_server_pid()], "It needed no other connection."
    assert await rows(things) == [2]
    ensure_whole(pool)


async def test_a_transaction_whose_beginning_was_cancelled_is_found_out(opening: Opening):
    pool = opening(max_size=1)
    async with lent(pool, is_idle=False) as raw:
        task = asyncio.create_task(raw.execute("begin"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async with lent(pool) as again:
        assert not again.is_in_transaction()
        assert await again.fetchval("select 1") == 1


async def test_a_statement_that_still_runs_when_its_borrower_leaves_takes_its_connection_along(
    opening: Opening, things: str
):
    pool = opening(max_size=1)
    async with lent(pool, is_idle=False) as first:
        pid = first.get_server_pid()
        left_over = asyncio.create_task(first.execute("select pg_sleep(60)"))
        await asyncio.sleep(0)

    async with lent(pool) as second:
        assert second is not first
        assert await second.fetchval("select 1") == 1
    with pytest.raises(asyncpg.PostgresError):
        await left_over
    # The server goes on with what nobody waits for any more.
    await execute(things, "select pg_terminate_backend($1)", pid)


async def test_a_connection_that_doesn_t_come_to_rest_is_let_go(opening: Opening, monkeypatch):
    monkeypatch.setattr(pools, "SETTLE_TIMEOUT_S", 0.1)
    pool = opening(max_size=1)
    async with lent(pool, is_idle=False) as stuck:
        pid = stuck.get_server_pid()
        os.kill(pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(28), lent(pool) as other:
            assert other is not stuck
            assert await other.fetchval("select 1") == 1
    finally:
        os.kill(pid, signal.SIGCONT)
    ensure_whole(pool)


async def test_a_pool_closed_while_a_connection_settles_waits_for_its_end(
    opening: Opening, things: str
):
    pool = opening()
    raw = await pool.acquire()
    await raw.execute("begin")
    pool.release(raw, is_idle=True)

    await pool.close()

    assert not pool._cleaning
    assert raw.is_closed()


@pytest.mark.long
async def test_it_outlives_a_restart_of_postgres(tmp_path: Path):
    tmp_path.chmod(0o755)
    folder = tmp_path / "postgres"
    pool = Pool(partial(asyncpg.connect, owner_url(folder, OWNER)), max_size=2, patience_s=20)
    async with running(folder):
        raws = [await pool.acquire(), await pool.acquire()]
        give(pool, raws[0])
    with pytest.raises((OSError, asyncpg.PostgresError)):
        await pool.acquire()
    give(pool, raws[1])

    async with running(folder):
        answers = await asyncio.gather(*(ask(pool) for _ in range(10)))
        assert answers == [1] * 10
        ensure_whole(pool)
        await pool.close()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
async def test_nothing_is_lost_among_many_who_come_go_break_off_and_kill(
    opening: Opening, things: str, seed: int
):
    pool, random = opening(patience_s=2), Random(seed)
    promised: set[int] = set()

    async def work(number: int) -> None:
        raw = await pool.acquire()
        is_idle = False
        try:
            await raw.execute("begin")
            await raw.execute("insert into things values ($1)", number)
            await raw.execute("select pg_sleep($1)", random.random() / 50)
            if random.random() < 0.1:
                raw.terminate()
            await raw.execute("commit")
            promised.add(number)
            is_idle = True
        finally:
            pool.release(raw, is_idle=is_idle)

    tasks = [asyncio.create_task(work(number)) for number in range(120)]
    for task in random.sample(tasks, 60):
        await asyncio.sleep(random.random() / 100)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await until(lambda: not pool._cleaning)

    # A commit whose answer was not waited for may have been done.
    assert promised <= set(await rows(things))
    assert promised
    ensure_whole(pool)
    assert await asyncio.gather(*(ask(pool) for _ in range(10))) == [1] * 10
